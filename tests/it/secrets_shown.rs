//! No secret in what a program prints of itself: settings, parts of the app, senders, links, errors, and a panic with its backtrace (V-47,
//! ASVS 13.3.2). The walk through a whole reset with everything logged is `canaries.rs`.

use std::{fmt::Debug, path::Path};

use sspr::{
    app::App,
    cli::cmdlets,
    config::{Config, KeyMaterial, Mode, Sources},
    domain::secret::{Key, Keys, Purpose, SessionId, TypedCode, TypedToken},
    outbox::Senders,
    senders::{http_client, mail::Mail, sms::Sms},
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::support::this_binary_again;

/// One for every setting that is a secret, so that it is known which one shows.
const CANARIES: [(&str, &str); 13] = [
    ("SSPR_DATABASE__URL", "postgres://sspr:canary-database@127.0.0.1:1/sspr"),
    ("SSPR_DATABASE__OWNER_URL", "postgres://owner:canary-owner@127.0.0.1:1/sspr"),
    ("SSPR_MAIL__PASSWORD", "canary-mail-password"),
    ("SSPR_MAIL_2__PASSWORD", "canary-second-mail-password"),
    ("SSPR_SMS__AUTH_TOKEN", "canary-auth-token"),
    ("SSPR_SMS__RECEIPT_TOKEN", "canary-receipt-token"),
    ("SSPR_SMS_2__API_SECRET", "canary-api-secret"),
    ("SSPR_SMS_2__SIGNATURE_SECRET", "canary-signature-secret-of-32-letters"),
    (
        "SSPR_SMS_3__NOTIFY_API_KEY",
        "canary-0f9bd1e5-1111-4222-8333-444455556666-0f9bd1e5-1111-4222-8333-777788889999",
    ),
    ("SSPR_SMS_3__CALLBACK_TOKEN", "canary-callback-token"),
    ("SSPR_MAIL__USERNAME", "sspr"),
    ("SSPR_MAIL_2__USERNAME", "sspr"),
    ("SSPR_SMS__API_KEY_SID", "SK00000000000000000000000000000000"),
];

fn environment() -> Vec<(String, String)> {
    let plain = [
        ("SSPR_MAIL__KIND", "smtp"),
        ("SSPR_MAIL__HOST", "relay.contoso.com"),
        ("SSPR_MAIL__FROM", "Contoso <it@contoso.com>"),
        ("SSPR_MAIL__BOUNCE_ADDRESS", "bounces@contoso.com"),
        ("SSPR_MAIL_2__HOST", "relay2.contoso.com"),
        ("SSPR_SMS__KIND", "twilio"),
        ("SSPR_SMS__ACCOUNT_SID", "AC00000000000000000000000000000000"),
        ("SSPR_SMS__FROM", "+14255550142"),
        ("SSPR_SMS_2__KIND", "vonage"),
        ("SSPR_SMS_2__API_KEY", "abcd1234"),
        ("SSPR_SMS_2__FROM", "Contoso"),
        ("SSPR_SMS_3__KIND", "govuk_notify"),
        ("SSPR_SMS_3__TEMPLATE_ID", "0f9bd1e5-1111-4222-8333-444455556666"),
        ("SSPR_SERVER__PUBLIC_URL", "http://127.0.0.1:8080"),
    ];
    let all = plain.into_iter().chain(CANARIES);
    all.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// Fails where one of the canaries stands in a text.
fn silent(what: &str, text: &str) {
    assert!(!text.contains("canary"), "{what} shows a secret: {text}");
    // Nor one of the bytes of a key.
    assert!(!text.contains("75, 101, 121"), "{what} shows a key: {text}");
}

fn silent_debug(what: &str, thing: &impl Debug) {
    silent(what, &format!("{thing:?}"));
    silent(what, &format!("{thing:#?}"));
}

const KEY: &[u8; 32] = b"Key of a canary, in thirty-two b";

fn loaded() -> Config {
    let config = Config::load(Sources::new(Mode::Demo, environment()));
    let mut config = config.unwrap_or_else(|problems| panic!("{problems:#?}"));
    config.keys.current = KeyMaterial::new(KEY.to_vec());
    config
}

#[test] // V-47, ASVS 13.3.2
fn settings_show_none_of_their_secrets() {
    silent_debug("the places of the configuration", &Sources::new(Mode::Demo, environment()));
    let config = loaded();
    silent_debug("the configuration", &config);
    silent("config show", &config.show());
    assert!(config.show().matches("[redacted]").count() >= 10, "{}", config.show());
    for setting in config.settings.iter() {
        silent(&setting.name, &format!("{setting:?} {}", setting.value));
    }
    // What is wrong beside a secret, and with it.
    let mut wrong = environment();
    wrong.push(("SSPR_MAIL__PORT".to_owned(), "x".to_owned()));
    wrong.push(("SSPR_MAIL__PASSWORT".to_owned(), "canary-misspelt".to_owned()));
    wrong.push(("SSPR_SMS_2__SIGNATURE_SECRET_FILE".to_owned(), "/nowhere".to_owned()));
    wrong.push(("SSPR_DATABASE__URL".to_owned(), "canary-no-address".to_owned()));
    for mode in [Mode::Serve, Mode::Shell] {
        let problems = Config::load(Sources::new(mode, wrong.clone())).unwrap_err();
        assert!(!problems.is_empty());
        for problem in problems {
            silent("a problem", &format!("{problem} {problem:?}"));
        }
    }
}

#[tokio::test] // V-47, ASVS 13.3.2
async fn the_parts_of_the_app_show_none_of_their_secrets() {
    let config = loaded();
    let app = App::build(&config, true, None).unwrap();
    silent_debug("the keys", &app.keys);
    silent_debug("the captcha", &app.captcha);
    silent_debug("the return paths", &app.outbox.return_paths);
    silent_debug("the pool", &app.pool);
    let Senders { mail, sms } = &app.outbox.senders;
    for leg in mail.iter().flat_map(sspr::senders::route::Route::legs) {
        silent_debug(leg.name, &leg.sender);
    }
    for leg in sms.iter().flat_map(sspr::senders::route::Route::legs) {
        silent_debug(leg.name, &leg.sender);
    }
    assert_eq!(mail.iter().flat_map(sspr::senders::route::Route::legs).count(), 2);
    assert_eq!(sms.iter().flat_map(sspr::senders::route::Route::legs).count(), 3);
    for provider in &config.sms.providers {
        silent_debug("a provider's settings", provider);
        // Without its secrets it says which is missing, and nothing else.
        silent_debug("a provider", &provider.settings.sender(http_client::new(None).unwrap(), Vec::new()));
    }
    // A database that is away: its address stays where it is.
    let error = sqlx::query("select 1").execute(&app.pool).await.unwrap_err();
    silent("an error of the database", &format!("{error} {error:?}"));
    let error = sspr::web::error::PageError::from(error);
    silent_debug("a page's error", &error);
}

#[test] // V-47
fn what_opens_something_shows_nothing_of_itself() {
    let key = Key::new(KEY.to_vec()).unwrap();
    let (id, nonce) = (Uuid::from_u128(5), [3u8; 32]);
    let shown = |thing: &dyn Debug| format!("{thing:?}");
    for purpose in Purpose::ALL {
        let token = key.link_token(purpose, id, &nonce);
        assert_eq!(shown(&token), "[secret]");
        assert!(TypedToken::parse(token.expose()).is_some());
    }
    let code = key.security_code(id, &nonce);
    let typed = TypedCode::parse(code.expose()).unwrap();
    assert!(!shown(&typed).contains(code.expose()));
    let session = SessionId::of_start(&key, b"visitor", &[1; 32], "jane@contoso.com");
    assert!(!shown(&session).contains(session.expose()));
    silent_debug("keys", &Keys::new(key.clone(), vec![key]));

    let mail = Mail {
        to: "canary@fabrikam.com".to_owned(),
        return_path: None,
        subject: "canary".to_owned(),
        text: "canary".to_owned(),
        html: "canary".to_owned(),
        message_id: "<1@contoso.com>".to_owned(),
        language: "en".to_owned(),
        date: OffsetDateTime::UNIX_EPOCH,
    };
    silent_debug("a mail", &mail);
    let sms = Sms {
        to: "+14255550100".to_owned(),
        text: "canary".to_owned(),
        valid_for: std::time::Duration::from_mins(10),
        id,
        receipts: None,
    };
    silent_debug("a text message", &sms);

    let words = [
        "Set-MsolUserPassword",
        "-UserPrincipalName",
        "jane@contoso.com",
        "-NewPassword",
        "canary in a mine",
    ];
    let words: Vec<String> = words.map(str::to_owned).into();
    silent_debug("a cmdlet's line", &cmdlets::understand(&words).unwrap().unwrap());
}

const IN_CHILD: &str = "SSPR_TEST_PANIC_CHILD";

#[test] // V-47, V-71
#[expect(clippy::unnecessary_literal_unwrap, reason = "the slip that is tried")]
fn a_panic_beside_secrets_tells_its_place_and_none_of_them() {
    if std::env::var_os(IN_CHILD).is_some() {
        let settings =
            sspr::config::LogSettings { format: sspr::config::LogFormat::Text, filter: "trace".to_owned() };
        sspr::telemetry::init(&settings).unwrap();
        let config = loaded();
        let keys = config.keys.clone();
        let secret = format!("canary of a panic in {}", Path::new("/").display());
        // What a slip of ours would look like: a value that is not there, of things that hold secrets, with their texts beside it.
        let outcome = std::thread::spawn(move || -> u8 {
            let nothing: Result<u8, Config> = Err(config);
            assert!(keys.previous.is_empty(), "{secret}");
            nothing.expect(&secret)
        });
        assert!(outcome.join().is_err());
        return;
    }
    let test = "secrets_shown::a_panic_beside_secrets_tells_its_place_and_none_of_them";
    let output = this_binary_again(test, &[(IN_CHILD, "1"), ("RUST_BACKTRACE", "full")]);
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{said}");
    assert!(said.contains("panicked") && said.contains("secrets_shown.rs"), "{said}");
    silent("a panic", &said);
}

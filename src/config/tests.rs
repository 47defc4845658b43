//! The configuration as an operator meets it: slips, forms, layers, modes.

use std::{fs, os::unix::fs::PermissionsExt as _, path::PathBuf};

use secrecy::ExposeSecret as _;

use super::*;
use crate::{captcha::hosted::Provider, senders::sms};

/// A folder of its own for each test, gone with it.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("sspr-config-{}", crate::random::id()));
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n";

fn variables(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn shell(pairs: &[(&str, &str)]) -> Result<Config, Vec<ConfigProblem>> {
    Config::load(Sources::new(Mode::Shell, variables(pairs)))
}

/// What is said about a file with this text, one problem a line; `FILE` in place of its path.
fn said_about(text: &str) -> String {
    let folder = Folder::new();
    let path = folder.file("sspr.toml", text);
    let problems = Config::load(Sources::new(Mode::Shell, []).file(Some(path.clone()))).unwrap_err();
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    lines.join("\n").replace(&path.display().to_string(), "FILE")
}

#[expect(clippy::needless_pass_by_value, reason = "to be given to `map_err`")]
fn lines(problems: Vec<ConfigProblem>) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// A file with which `serve` would start.
fn complete(folder: &Folder) -> String {
    folder.file("links.key", KEY);
    folder.file("mail-password", "mail-secret-4711\n");
    "[server]\npublic_url = \"https://reset.contoso.com\"\n\
     [database]\nurl = \"postgres://sspr:database-secret-4711@localhost/sspr\"\n\
     [keys]\ncurrent_file = \"links.key\"\n\
     [mail]\nhost = \"smtp.contoso.com\"\nusername = \"sspr\"\npassword_file = \"mail-password\"\n\
     from = \"Contoso <password-reset@contoso.com>\"\n\
     [sms]\naccount_sid = \"AC00\"\nauth_token = \"sms-secret-4711\"\nfrom = \"+14255550142\"\n"
        .to_owned()
}

#[test]
fn the_manual_and_the_program_know_the_same_keys() {
    // Every key of the manual is read, else it would be unknown; every key read is in the manual.
    // Some are asked for by one kind of provider only.
    let mut read = std::collections::BTreeSet::new();
    for kind in sms::Settings::KINDS {
        let config = shell(&[("SSPR_SMS__KIND", kind)]).unwrap();
        read.extend(config.settings.iter().map(|setting| setting.name.clone()));
    }
    for provider in Provider::ALL {
        let config = shell(&[("SSPR_CAPTCHA__KIND", provider.name)]).unwrap();
        read.extend(config.settings.iter().map(|setting| setting.name.clone()));
    }
    // The third relay is explained with the second.
    read.retain(|key| {
        manual::base_of(key.split('.').next().unwrap()).is_none()
            || manual::entries().iter().any(|e| format!("{}.{}", e.section, e.key) == *key)
    });
    let told = manual::entries().iter().map(|entry| format!("{}.{}", entry.section, entry.key)).collect();
    assert_eq!(read, told);
}

#[test]
fn the_manual_marks_exactly_the_secrets() {
    for entry in manual::entries() {
        let name = manual::variable(entry.section, entry.key);
        let as_file = shell(&[(&format!("{name}_FILE"), "/nowhere/at/all")]);
        let takes_a_file = !lines(as_file.err().unwrap_or_default()).contains("unknown key");
        assert_eq!(takes_a_file, entry.is_secret(), "{name}");
    }
}

#[test]
fn a_typo_is_told_with_line_guess_and_example() {
    assert_eq!(
        said_about("# ours\n[server]\nlistn = \"127.0.0.1:8080\"\n"),
        "FILE, line 3: server.listn: unknown key. Did you mean server.listen? \
         Example: listen = \"127.0.0.1:8080\" under [server]"
    );
    assert!(said_about("[sever]\nlisten = \"127.0.0.1:1\"").contains("Did you mean server.listen?"));
    assert!(said_about("[sever]\n").contains("unknown section. Did you mean [server]?"));
    assert!(said_about("[server]\nworkers = 3").contains("Did you mean outbox.workers?"));
    assert!(said_about("listen = \"127.0.0.1:1\"").contains("Did you mean listen under [server]?"));
}

#[test]
fn an_unknown_variable_is_told_and_those_that_are_no_settings_are_left_alone() {
    let said = lines(
        shell(&[
            ("SSPR_SERVER__LISTN", "127.0.0.1:1"),
            ("SSPR_LISTEN", "127.0.0.1:1"),
            ("SSPR_Server__Listen", "127.0.0.1:1"),
            ("SSPR_CONFG", "x"),
        ])
        .unwrap_err(),
    );
    assert_eq!(said.lines().count(), 4, "{said}");
    assert!(said.contains(
        "environment SSPR_SERVER__LISTN: server.listn: unknown key. Did you mean SSPR_SERVER__LISTEN? \
         Example: SSPR_SERVER__LISTEN=127.0.0.1:8080"
    ));
    assert!(
        said.contains("environment SSPR_Server__Listen: unknown variable. Did you mean SSPR_SERVER__LISTEN?")
    );
    assert!(said.contains("environment SSPR_CONFG: unknown variable. Did you mean SSPR_CONFIG?"));
    shell(&[
        ("SSPR_COMPANY", "contoso.com"),
        ("SSPR_DATA_DIR", ".data"),
        ("SSPR_PG_BIN", "/usr"),
        ("SSPR_TEST_WALKS", "9"),
        ("PATH", "/bin"),
        ("SSPR_CONFIG", ""),
    ])
    .unwrap();
}

#[test]
fn every_problem_is_told_at_once() {
    let said = said_about(
        "[server]\nlisten = 8080\nbody_limit_bytes = \"large\"\n[mail]\ntls = \"startls\"\nport = 70000\n\
         [log]\nfilter = \"=,=\"\n[captcha]\nkinds = 1\n[help]\nurl = \"javascript:alert(1)\"\n",
    );
    assert_eq!(said.lines().count(), 7, "{said}");
    assert!(
        said.contains(
            "FILE, line 2: server.listen: must be a text in quotes, not a number. Example: listen = "
        )
    );
    assert!(said.contains(
        "line 3: server.body_limit_bytes: must be a whole number from 4096 to 1048576, not a text"
    ));
    assert!(said.contains("line 5: mail.tls: must be one of \"starttls\", \"implicit\", \"none\", not \"startls\". Did you mean \"starttls\"?"));
    assert!(said.contains(
        "line 6: mail.port: must be a whole number from 1 to 65535, not 70000. Example: port = 587"
    ));
    assert!(said.contains("line 10: captcha.kinds: unknown key. Did you mean captcha.kind?"));
}

#[test]
fn what_is_not_toml_is_told_with_its_line_and_nothing_is_called_missing_for_it() {
    let folder = Folder::new();
    let path = folder.file("sspr.toml", "[server]\nlisten = \n");
    let said = lines(Config::load(Sources::new(Mode::Serve, []).file(Some(path))).unwrap_err());
    assert!(said.contains("sspr.toml, line 2: is not TOML: "), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    // What the reader makes of such a file is not what its writer meant.
    let path = folder.file("open.toml", "[server\nlisten = 1\n[captcha]\nkind = \"none\"\n");
    let said = lines(Config::load(Sources::new(Mode::Serve, []).file(Some(path))).unwrap_err());
    assert!(said.lines().all(|line| line.contains("is not TOML: ")), "{said}");
    // Whoever forgot the heading gave the keys all the same.
    let path = folder.file("flat.toml", "public_url = \"https://reset.contoso.com\"\n");
    let said = lines(Config::load(Sources::new(Mode::Serve, []).file(Some(path))).unwrap_err());
    assert!(said.contains("every key belongs under a [section]"), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    let said = said_about("[server]\nlisten = \"127.0.0.1:1\"\nlisten = \"127.0.0.1:2\"\n");
    assert!(said.contains("FILE, line 3: is not TOML: duplicate key"), "{said}");
}

#[test]
fn a_file_that_is_not_there_is_told() {
    let said = lines(shell(&[("SSPR_CONFIG", "/nowhere/sspr.toml")]).unwrap_err());
    assert!(said.starts_with("/nowhere/sspr.toml: cannot be read: "), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    let at = variables(&[("SSPR_DATABASE__URL_FILE", "/nowhere/url")]);
    let said = lines(Config::load(Sources::new(Mode::Serve, at)).unwrap_err());
    assert!(said.contains("/nowhere/url cannot be read") && !said.contains("database.url: must"), "{said}");
}

#[test]
fn flags_win_over_the_environment_over_the_file_over_the_default() {
    let folder = Folder::new();
    let path = folder
        .file("sspr.toml", "[outbox]\nworkers = 7\npoll_seconds = 7\n[server]\nlisten = \"127.0.0.1:7\"");
    let environment = variables(&[("SSPR_OUTBOX__WORKERS", "8"), ("SSPR_SERVER__LISTEN", "127.0.0.1:8")]);
    let sources =
        Sources::new(Mode::Demo, environment).file(Some(path.clone())).listen(Some("127.0.0.1:9".to_owned()));
    let config = Config::load(sources).unwrap();
    assert_eq!(config.server.listen.port(), 9);
    assert_eq!(config.outbox.workers, 8);
    assert_eq!(config.outbox.poll.as_secs(), 7);
    assert_eq!(config.outbox.lease.as_secs(), 30);
    let shown = config.show();
    for (line, origin) in [
        ("listen = \"127.0.0.1:9\"", "flag --listen"),
        ("workers = 8", "environment SSPR_OUTBOX__WORKERS"),
        ("poll_seconds = 7", &format!("{}, line 3", path.display())),
        ("lease_seconds = 30", "default"),
        ("kind = \"demo\"", "demo"),
        ("public_url = \"http://127.0.0.1:9\"", "demo"),
    ] {
        let origin = format!("# {origin}");
        assert!(
            shown.lines().any(|l| l.starts_with(line) && l.ends_with(&origin)),
            "{line} {origin}\n{shown}"
        );
    }
}

#[test]
fn a_list_in_the_environment_is_written_with_commas() {
    let config = shell(&[("SSPR_SERVER__TRUSTED_PROXIES", "10.0.0.0/8, fd00::/8")]).unwrap();
    assert!(config.server.trusted_proxies[1].contains("fd00::1".parse().unwrap()));
    let said = lines(shell(&[("SSPR_SERVER__TRUSTED_PROXIES", "10.0.0.1/8")]).unwrap_err());
    assert!(said.contains("must hold networks like 10.0.0.0/8, not \"10.0.0.1/8\""), "{said}");
}

#[test]
fn a_complete_file_serves_and_a_secret_from_a_file_loses_its_newline() {
    let folder = Folder::new();
    let path = folder.file("sspr.toml", &complete(&folder));
    let config = Config::load(Sources::new(Mode::Serve, []).file(Some(path))).map_err(lines).unwrap();
    assert_eq!(config.server.public_url.unwrap().origin(), "https://reset.contoso.com");
    assert_eq!(config.keys.current.unwrap().expose()[31], 31);
    let [server] = &config.mail.relays[..] else { panic!() };
    assert_eq!(server.credentials.as_ref().unwrap().1.expose_secret(), "mail-secret-4711");
    let [provider] = &config.sms.providers[..] else { panic!() };
    let sms::Settings::Twilio(account) = &provider.settings else { panic!() };
    assert_eq!(account.sender, sms::twilio::TwilioSender::From("+14255550142".to_owned()));
    assert_eq!(account.base_url, "https://api.twilio.com/");
    assert!(config.warnings.is_empty(), "{:?}", config.warnings);
}

#[test]
fn to_serve_everything_that_serving_needs_is_asked_for_at_once() {
    let said = lines(Config::load(Sources::new(Mode::Serve, [])).unwrap_err());
    for key in ["server.public_url", "database.url", "keys.current_file", "mail.host", "mail.from"]
        .into_iter()
        .chain(["sms.account_sid", "sms.auth_token", "sms.from"])
    {
        assert!(said.contains(&format!("{key}: must be given ")), "{key}\n{said}");
    }
    assert!(said.contains(
        "server.public_url: must be given to serve. Example: public_url = \"https://reset.contoso.com\" \
         under [server] (or the variable SSPR_SERVER__PUBLIC_URL)"
    ));
}

#[test]
fn what_a_demo_may_nothing_else_may() {
    let folder = Folder::new();
    let path = folder.file("sspr.toml", &complete(&folder));
    let toys = variables(&[
        ("SSPR_CAPTCHA__KIND", "none"),
        ("SSPR_MAIL__KIND", "demo"),
        ("SSPR_SMS__KIND", "demo"),
        ("SSPR_SERVER__PUBLIC_URL", "http://127.0.0.1:8080"),
    ]);
    let said = lines(Config::load(Sources::new(Mode::Serve, toys.clone()).file(Some(path))).unwrap_err());
    assert_eq!(said.lines().count(), 4, "{said}");
    let demo = Config::load(Sources::new(Mode::Demo, toys.clone())).unwrap();
    assert_eq!(demo.captcha.kind, crate::captcha::CaptchaKind::None);
    assert!(demo.mail.relays.is_empty() && demo.sms.providers.is_empty());
    // A verb in a second terminal inherits the demo's environment.
    Config::load(Sources::new(Mode::Shell, toys)).unwrap();
}

#[test]
fn another_companys_check_asks_for_its_keys_and_shows_no_secret() {
    let folder = Folder::new();
    let path = folder.file("sspr.toml", &complete(&folder));
    let load = |more: &[(&str, &str)]| {
        Config::load(Sources::new(Mode::Serve, variables(more)).file(Some(path.clone())))
    };
    for kind in ["turnstile", "hcaptcha", "recaptcha"] {
        let said = lines(load(&[("SSPR_CAPTCHA__KIND", kind)]).unwrap_err());
        for key in ["captcha.site_key", "captcha.secret"] {
            assert!(said.contains(&format!("{key}: must be given with kind = \"{kind}\"")), "{said}");
        }
        let secret = folder.file("captcha.secret", "canary-4711\n");
        let complete = [
            ("SSPR_CAPTCHA__KIND", kind),
            ("SSPR_CAPTCHA__SITE_KEY", "site-key"),
            ("SSPR_CAPTCHA__SECRET_FILE", secret.to_str().unwrap()),
        ];
        let config = load(&complete).unwrap();
        let hosted = config.captcha.hosted.clone().unwrap();
        assert_eq!((hosted.provider.name, hosted.secret.expose_secret()), (kind, "canary-4711"));
        assert_eq!(hosted.verify_url.as_str(), hosted.provider.verify_url);
        assert!(!hosted.send_address && (hosted.least_score - 0.5).abs() < 1e-9);
        let shown = format!("{} {config:?}", config.show());
        assert!(!shown.contains("4711") && shown.contains("site-key"), "{shown}");
        for bad in ["http://siteverify.example/", "https://a:b@siteverify.example/", "siteverify"] {
            let mut all = complete.to_vec();
            all.push(("SSPR_CAPTCHA__VERIFY_URL", bad));
            assert!(lines(load(&all).unwrap_err()).contains("captcha.verify_url: must be an https address"));
        }
        let mut all = complete.to_vec();
        all[1].1 = "\"><script>";
        assert!(lines(load(&all).unwrap_err()).contains("captcha.site_key: must be a site key"));
    }
    // Of no effect elsewhere; and the levels have an order.
    let config = load(&[("SSPR_CAPTCHA__KIND", "proof_of_work"), ("SSPR_CAPTCHA__SITE_KEY", "x")]).unwrap();
    assert!(config.captcha.hosted.is_none());
    assert!(config.warnings.iter().any(|warning| warning.key == "captcha.site_key"), "{:?}", config.warnings);
    let said = lines(load(&[("SSPR_CAPTCHA__HARDER_AFTER", "2")]).unwrap_err());
    assert!(said.contains("captcha.harder_after: must not be below captcha.characters_after"), "{said}");
}

#[test]
fn a_demo_stays_on_this_machine() {
    let far = variables(&[
        ("SSPR_SERVER__LISTEN", "0.0.0.0:80"),
        ("SSPR_SERVER__PUBLIC_URL", "https://contoso.com"),
    ]);
    let said = lines(Config::load(Sources::new(Mode::Demo, far)).unwrap_err());
    assert_eq!(said.matches("must be a loopback address in a demo").count(), 2, "{said}");
}

#[test]
fn a_secret_in_two_forms_is_refused_without_showing_it() {
    let folder = Folder::new();
    let file = folder.file("database.url", "postgres://localhost/from-a-file-4711");
    let path = file.display().to_string();
    let both =
        [("SSPR_DATABASE__URL", "postgres://localhost/inline-4711"), ("SSPR_DATABASE__URL_FILE", &path)];
    let said = lines(shell(&both).unwrap_err());
    assert!(said.contains("database.url: is given more than once, keep one: url (environment SSPR_DATABASE__URL), url_file (environment SSPR_DATABASE__URL_FILE)"), "{said}");
    assert!(!said.contains("4711"), "{said}");

    let directory = folder.0.display().to_string();
    let credential = [
        ("SSPR_DATABASE__URL", "postgres://localhost/inline-4711"),
        ("CREDENTIALS_DIRECTORY", directory.as_str()),
    ];
    assert!(lines(shell(&credential).unwrap_err()).contains("the credential "));
    let config = shell(&credential[1..]).unwrap();
    assert_eq!(config.database.url.unwrap().expose_secret(), "postgres://localhost/from-a-file-4711");
    assert!(
        config.settings.iter().any(|s| s.name == "database.url" && matches!(s.origin, Origin::Credential(_)))
    );
}

#[test]
fn an_empty_form_is_not_given() {
    let folder = Folder::new();
    let path = folder.file("url", "postgres://localhost/x").display().to_string();
    let config = shell(&[("SSPR_DATABASE__URL", ""), ("SSPR_DATABASE__URL_FILE", &path)]).unwrap();
    assert!(config.database.url.is_some());
}

#[test]
fn a_secret_that_everyone_can_read_is_a_warning() {
    let folder = Folder::new();
    let path = folder.file("url", "postgres://localhost/x");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let config = shell(&[("SSPR_DATABASE__URL_FILE", &path.display().to_string())]).unwrap();
    assert!(config.warnings[0].to_string().contains("everyone can read this secret: chmod o= "));

    let path = folder.file("sspr.toml", "[database]\nurl = \"postgres://localhost/x\"\n");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let config = Config::load(Sources::new(Mode::Shell, []).file(Some(path))).unwrap();
    assert_eq!(config.warnings.len(), 1);
}

#[test]
fn no_secret_is_ever_shown() {
    let folder = Folder::new();
    let path = folder.file("sspr.toml", &complete(&folder));
    let config = Config::load(Sources::new(Mode::Serve, []).file(Some(path))).unwrap();
    let shown = config.show();
    assert!(!format!("{config:?}{shown}").contains("4711"));
    assert!(!format!("{config:?}").contains("1, 2, 3, 4"));
    assert!(shown.contains("auth_token = \"[redacted]\""));
    // Nor when it is wrong, or under a wrong name.
    let said = said_about(
        "[database]\nurl = \"mysql://x:secret-4711@y\"\n[sms]\nauth_token = 4711\nauth_tokn = \"4711\"\n",
    );
    assert_eq!(said.lines().count(), 3);
    assert!(!said.contains("4711"), "{said}");
}

#[test]
fn a_short_key_is_refused() {
    let folder = Folder::new();
    let path = folder.file("short.key", "c2hvcnQ=\n").display().to_string();
    let said = lines(shell(&[("SSPR_KEYS__CURRENT_FILE", &path)]).unwrap_err());
    assert!(said.contains("must hold 32 random bytes or more in base64"), "{said}");
}

#[test]
fn who_serves_does_not_hold_the_owners_credentials_and_a_shell_not_the_senders() {
    let folder = Folder::new();
    let text = complete(&folder)
        .replace("[database]", "[database]\nowner_url = \"postgres://owner@localhost/sspr\"");
    let path = folder.file("sspr.toml", &text);
    let load = |mode| Config::load(Sources::new(mode, []).file(Some(path.clone()))).unwrap();
    assert!(load(Mode::Serve).database.owner_url.is_none());
    let shell = load(Mode::Shell);
    assert_eq!(shell.database.owner_url.unwrap().expose_secret(), "postgres://owner@localhost/sspr");
    assert!(shell.sms.providers.is_empty());
}

#[test]
fn a_password_never_goes_to_another_machine_in_the_clear() {
    let clear = [("SSPR_MAIL__TLS", "none"), ("SSPR_MAIL__USERNAME", "u"), ("SSPR_MAIL__PASSWORD", "p")];
    let with = |host| [&clear[..], &[("SSPR_MAIL__HOST", host)]].concat();
    assert!(lines(shell(&with("smtp.contoso.com")).unwrap_err()).contains("in the clear"));
    shell(&with("127.0.0.1")).unwrap();
    assert!(lines(shell(&clear[1..2]).unwrap_err()).contains("mail.password: must be given with username"));
}

#[test]
fn a_lease_outlives_the_senders_timeouts() {
    let folder = Folder::new();
    let text =
        complete(&folder).replace("[mail]", "[outbox]\nlease_seconds = 10\n[mail]\ntimeout_seconds = 10");
    let path = folder.file("sspr.toml", &text);
    let said = lines(Config::load(Sources::new(Mode::Serve, []).file(Some(path))).unwrap_err());
    assert!(
        said.contains("outbox.lease_seconds: must be longer than the senders' timeout of 10 seconds"),
        "{said}"
    );
}

#[test]
fn further_relays_and_providers_have_the_keys_and_defaults_of_the_first() {
    let folder = Folder::new();
    let text = complete(&folder)
        + "[mail_2]\nhost = \"smtp2.contoso.com\"\ntimeout_seconds = 3\n[mail_3]\nhost = \"smtp3.contoso.com\"\nport = 25\n\
           [sms_2]\nkind = \"twilio\"\naccount_sid = \"AC01\"\nauth_token = \"sms-secret-4712\"\nfrom = \"Contoso\"\n\
           classify = [\"21211=retry\"]\n";
    let path = folder.file("sspr.toml", &text);
    let config = Config::load(Sources::new(Mode::Serve, []).file(Some(path))).map_err(lines).unwrap();
    let relays: Vec<_> =
        config.mail.relays.iter().map(|r| (r.section, r.port, r.timeout.as_secs())).collect();
    assert_eq!(relays, [("mail", 587, 5), ("mail_2", 587, 3), ("mail_3", 25, 5)]);
    assert!(config.mail.relays[1].credentials.is_none(), "credentials of one relay are no other's");
    let providers: Vec<_> = config.sms.providers.iter().map(|p| (p.section, p.classify.len())).collect();
    assert_eq!(providers, [("sms", 0), ("sms_2", 1)]);
    assert!(config.warnings.is_empty(), "{:?}", config.warnings);
}

#[test]
fn an_address_for_bounces_leaves_room_for_what_names_the_mail_and_is_one_for_all_relays() {
    let at =
        |address| shell(&[("SSPR_MAIL__BOUNCE_ADDRESS", address)]).map(|config| config.mail.bounce_address);
    assert!(at("bounces@contoso.com").unwrap().is_some() && at("").unwrap().is_none());
    for wrong in ["bounces", "Contoso <bounces@contoso.com>", "a-local-part-that-leaves-no-room@contoso.com"]
    {
        assert!(
            lines(at(wrong).unwrap_err()).contains("mail.bounce_address: must be an address like"),
            "{wrong}"
        );
    }
    let folder = Folder::new();
    let text = complete(&folder) + "[mail_2]\nbounce_address = \"x@contoso.com\"\n";
    let path = folder.file("sspr.toml", &text);
    let said = lines(Config::load(Sources::new(Mode::Serve, []).file(Some(path))).unwrap_err());
    let line =
        said.lines().find(|line| line.contains("mail_2.bounce_address: stands in [mail] only")).unwrap();
    assert!(!line.contains("Example"), "the example would be the refused line: {line}");
}

#[test]
fn a_further_provider_that_is_not_whole_is_told_with_its_own_place() {
    let folder = Folder::new();
    let text = complete(&folder)
        + "[mail_2]\nfrom = \"x@contoso.com\"\n[sms_2]\naccount_sid = \"AC01\"\n[sms_3]\nkind = \"twilio\"\nbase_url = \"http://x.example\"\n";
    let path = folder.file("sspr.toml", &text);
    let said = lines(Config::load(Sources::new(Mode::Serve, []).file(Some(path))).unwrap_err());
    for expected in [
        "mail_2.from: stands in [mail] only",
        "sms_2.kind: must be given beside account_sid",
        "sms_3.base_url: must be an https address (http on loopback only)",
        "sms_3.account_sid: must be given with kind = \"twilio\"",
        "SSPR_SMS_3__AUTH_TOKEN",
        "sms_3.from: must be given with kind = \"twilio\", or messaging_service_sid",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    assert!(!said.contains("sms.account_sid"), "{said}");
}

#[test]
fn what_another_kind_of_provider_needs_is_no_unknown_key_and_has_no_effect() {
    let config = shell(&[
        ("SSPR_SMS__KIND", "demo"),
        ("SSPR_SMS__ACCOUNT_SID", "AC00"),
        ("SSPR_SMS__AUTH_TOKEN_FILE", "/nowhere"),
    ])
    .unwrap();
    let said: Vec<&str> = config.warnings.iter().map(|warning| warning.key.as_str()).collect();
    assert_eq!(said, ["sms.account_sid", "sms.auth_token_file"]);
}

/// A file with which `serve` would start, but for these lines in place of its `[sms]`.
fn with_sms(folder: &Folder, lines: &str) -> std::result::Result<Config, Vec<ConfigProblem>> {
    let whole = complete(folder);
    let text = format!("{}[sms]\n{lines}\n", &whole[..whole.find("[sms]").unwrap()]);
    let path = folder.file("sspr.toml", &text);
    Config::load(Sources::new(Mode::Serve, []).file(Some(path)))
}

#[test]
fn each_kind_of_provider_asks_for_what_it_needs() {
    let folder = Folder::new();
    folder.file("secret", "0123456789abcdef0123456789abcdef\n");
    for right in [
        "kind = \"vonage\"\napi_key = \"abcd1234\"\napi_secret_file = \"secret\"\nfrom = \"Contoso\"",
        "kind = \"vonage\"\napi_key = \"abcd1234\"\nsignature_secret_file = \"secret\"\nfrom = \"Contoso\"",
        "kind = \"webhook\"\nbase_url = \"https://sms.contoso.com/in\"\nsignature_secret_file = \"secret\"",
    ] {
        let config = with_sms(&folder, right).map_err(lines).unwrap();
        assert_eq!((config.sms.providers.len(), config.warnings.len()), (1, 0), "{right}");
        assert!(!config.show().contains("0123456789abcdef"), "{right}");
    }
    for (wrong, said) in [
        ("kind = \"vonage\"", "sms.api_key: must be given with kind = \"vonage\""),
        ("kind = \"vonage\"", "sms.from: must be given with kind = \"vonage\""),
        ("kind = \"vonage\"", "sms.api_secret: must be given with kind = \"vonage\", or signature_secret"),
        ("kind = \"vonage\"\napi_key = \"a/b\"", "sms.api_key: must be an API key of letters and digits"),
        ("kind = \"webhook\"", "sms.base_url: must be given with kind = \"webhook\""),
        ("kind = \"webhook\"", "sms.signature_secret: must be given with kind = \"webhook\""),
        (
            "kind = \"webhook\"\nbase_url = \"http://sms.contoso.com\"",
            "sms.base_url: must be an https address",
        ),
        (
            "kind = \"webhook\"\nbase_url = \"https://sms.contoso.com\"\nsignature_secret = \"short-canary\"",
            "sms.signature_secret: must have 32 characters or more",
        ),
        ("kind = \"vonag\"", "Did you mean \"vonage\"?"),
    ] {
        let told = lines(with_sms(&folder, wrong).unwrap_err());
        assert!(told.contains(said), "{said}: {told}");
        assert!(!told.contains("short-canary"), "{told}");
    }
}

#[test]
fn a_secret_whose_file_cannot_be_read_is_not_called_missing_too() {
    let folder = Folder::new();
    let told = lines(
        with_sms(
            &folder,
            "kind = \"vonage\"\napi_key = \"abcd1234\"\napi_secret_file = \"nowhere\"\nfrom = \"Contoso\"",
        )
        .unwrap_err(),
    );
    assert!(told.contains("nowhere cannot be read") && !told.contains("must be given"), "{told}");
}

#[test]
fn exactly_one_sender_of_sms() {
    let both = [("SSPR_SMS__FROM", "+14255550142"), ("SSPR_SMS__MESSAGING_SERVICE_SID", "MG00")];
    assert!(lines(shell(&both).unwrap_err()).contains("sms.from: is given as well as messaging_service_sid"));
}

#[test] // V-67
fn what_is_typed_into_a_variable_cannot_repaint_the_terminal() {
    let said = lines(shell(&[("SSPR_MAIL__TLS", "no\u{202e}ne")]).unwrap_err());
    assert!(!said.contains('\u{202e}'));
    assert!(lines(shell(&[("SSPR_MAIL__TLS", "\u{1b}[2J")]).unwrap_err()).contains("control characters"));
    assert!(said_about("[server]\n\"a\\u001b[2J\" = 1").contains(r"server.a\u{1b}[2J: unknown key"));
}

#[test] // ASVS 12.3.1, 12.3.2
fn the_way_to_a_database_on_another_machine_is_protected_or_somebody_said_that_it_is_not() {
    let with = |url: &str| shell(&[("SSPR_DATABASE__URL", url)]);
    for here in [
        "postgres://sspr@localhost/sspr",
        "postgres://sspr@127.0.0.1:5433/sspr",
        "postgres://sspr@[::1]/sspr",
        "postgres:///sspr?host=/run/postgresql",
        "postgres://sspr@%2Frun%2Fpostgresql/sspr",
        "postgres://sspr@db.contoso.com/sspr?sslmode=verify-full",
        "postgres://sspr@db.contoso.com/sspr?sslrootcert=/etc/sspr/ca.pem&sslmode=verify-ca",
    ] {
        assert!(with(here).unwrap().warnings.is_empty(), "{here}");
    }
    for elsewhere in [
        "postgres://sspr:secret@db.contoso.com/sspr",
        "postgres://sspr:secret@192.0.2.5/sspr",
        "postgres://sspr:secret@localhost/sspr?host=db.contoso.com",
        "postgres://sspr:secret@[2001:db8::1]/sspr?application_name=x",
    ] {
        let said = lines(with(elsewhere).unwrap_err());
        assert!(said.contains("?sslmode=verify-full") && !said.contains("secret"), "{elsewhere}: {said}");
    }
    let chosen = with("postgres://sspr:secret@db.contoso.com/sspr?sslmode=require").unwrap();
    assert_eq!(chosen.warnings.len(), 1);
    assert!(!chosen.warnings[0].to_string().contains("secret"));
}

//! `sspr doctor` against a proxy, a relay, a provider, a DNS server and a database of the test's own.

use std::{collections::BTreeMap, os::unix::fs::PermissionsExt as _};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{Heard, Shell};
use crate::{
    captcha::siteverify::{Does, SECRET, Siteverify},
    dump::dump,
    migrations::{SERVICE, world_of_two_roles},
    support::{
        app::World,
        dns_server::{self, Record},
        front::{serve, status, to_node},
        http_server::{ACCOUNT, TOKEN, Then, broken},
        smtp_server::{Certificate, SmtpServer},
        walk::{JOHN, Walk},
    },
};

const PASSWORD: &str = "canary-relay-7c2e";

fn good_records() -> Vec<(&'static str, Record)> {
    vec![
        ("contoso.com", Record::Txt("google-site-verification=x".into())),
        ("contoso.com", Record::Txt("v=spf1 mx include:_spf.relay.example -all".into())),
        ("contoso.com", Record::Mx("mx.contoso.com")),
        ("_dmarc.contoso.com", Record::Txt("v=DMARC1; p=reject; rua=mailto:d@contoso.com".into())),
    ]
}

/// A provider that knows its account, as Twilio answers (`GET /2010-04-01/Accounts/{Sid}.json`).
fn provider() -> u16 {
    let right = format!("Basic {}", STANDARD.encode(format!("{ACCOUNT}:{TOKEN}")));
    serve(None, move |head| {
        let asked = head.starts_with(&format!("GET /2010-04-01/Accounts/{ACCOUNT}.json "));
        let signed_in =
            head.lines().any(|line| line.eq_ignore_ascii_case(&format!("authorization: {right}")));
        match (asked, signed_in) {
            (true, true) => status("200 OK", ""),
            (true, false) => status("401 Unauthorized", ""),
            _ => status("404 Not Found", ""),
        }
    })
}

/// A shell in which everything is configured.
async fn shell_of(
    world: &World,
    url: &str,
    front: u16,
    relay: &SmtpServer,
    certificate: &Certificate,
) -> Shell {
    let mut shell = Shell::of(world, &format!("https://localhost:{front}"));
    let ca = certificate.files().0.to_str().unwrap().to_owned();
    let dns = dns_server::start(good_records()).await;
    for (name, value) in [
        ("SSPR_DATABASE__URL", url),
        ("SSPR_DOCTOR__CA_FILE", &ca),
        ("SSPR_DOCTOR__DNS_SERVER", &dns.to_string()),
        ("SSPR_MAIL__HOST", "localhost"),
        ("SSPR_MAIL__PORT", &relay.port.to_string()),
        ("SSPR_MAIL__CA_FILE", &ca),
        ("SSPR_MAIL__USERNAME", "relay-user"),
        ("SSPR_MAIL__PASSWORD", PASSWORD),
        ("SSPR_MAIL__FROM", "Password reset <reset@contoso.com>"),
        ("SSPR_SMS__BASE_URL", &format!("http://127.0.0.1:{}", provider())),
        ("SSPR_SMS__ACCOUNT_SID", ACCOUNT),
        ("SSPR_SMS__AUTH_TOKEN", TOKEN),
        ("SSPR_SMS__FROM", "+14255550142"),
    ] {
        shell.set(name, value);
    }
    shell
}

async fn relay(certificate: &Certificate) -> SmtpServer {
    SmtpServer::start(certificate.add_to(json!({ "auth": ["relay-user", PASSWORD], "tells_senders": true })))
        .await
}

/// Check by name: its state and everything else.
fn read(heard: &Heard) -> BTreeMap<String, (String, String)> {
    let all: Vec<Value> =
        serde_json::from_str(&heard.out).unwrap_or_else(|error| panic!("{error}: {heard:?}"));
    let text = |one: &Value, key| one[key].as_str().unwrap().to_owned();
    all.iter()
        .map(|one| {
            let rest = format!("{} / {}", text(one, "Found"), text(one, "Do"));
            (text(one, "Check"), (text(one, "State"), rest))
        })
        .collect()
}

/// Fails unless the check has this state and says this.
#[track_caller]
fn says(found: &BTreeMap<String, (String, String)>, check: &str, state: &str, words: &str) {
    let (is, said) = found.get(check).unwrap_or_else(|| panic!("no {check} in {found:#?}"));
    assert_eq!(is, state, "{check}: {said}");
    assert!(said.contains(words), "{check}: {words:?} is not in {said:?}");
}

/// Nothing that must not stand in a ticket.
#[track_caller]
fn fit_for_a_ticket(heard: &Heard) {
    for canary in [PASSWORD, TOKEN, ACCOUNT, "relay-user", "@", "127.0.0.1", "425555", "postgres://", SERVICE]
    {
        assert!(!heard.out.contains(canary) && !heard.err.contains(canary), "{canary}: {heard:#?}");
    }
}

/// A dump without the lines that differ each time.
async fn everything(world: &World) -> String {
    let dump = dump(world).await;
    dump.lines().filter(|line| !line.contains("restrict ")).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn where_all_is_well_it_says_so_changes_nothing_and_sends_nothing() {
    let world = world_of_two_roles().await;
    world.execute("update installation set demo = false").await;
    let url = world.database.url_as(SERVICE);
    let node = world.node_at(&url, false).await;
    let certificate = Certificate::for_host("localhost");
    let mut relay = relay(&certificate).await;
    let front = serve(Some(&certificate), to_node(&node.url));
    let shell = shell_of(&world, &url, front, &relay, &certificate).await;
    let key = shell.folder.path().join("key");
    std::fs::set_permissions(key, std::fs::Permissions::from_mode(0o600)).unwrap();
    // What its people did a moment ago is sealed, as it would be while the service runs.
    world.execute("delete from audit_unsealed").await;

    let before = everything(&world).await;
    let heard = shell.types("doctor -o json").await;
    assert_eq!(heard.code, 0, "{heard:#?}");
    assert!(everything(&world).await == before, "it changed something");
    let commands: Vec<Value> = relay.events();
    assert!(commands.iter().any(|event| event["event"] == "ehlo"), "{commands:?}");
    assert!(
        !commands.iter().any(|event| event["event"] == "sender" || event["event"] == "mail"),
        "{commands:?}"
    );

    let found = read(&heard);
    says(&found, "configuration", "ok", "complete");
    // The test's certificate is good for two days.
    says(&found, "public address", "warning", "localhost answers over https as this service");
    says(&found, "clock", "ok", "other clock(s)");
    says(&found, "database", "ok", "PostgreSQL");
    says(&found, "database rights", "ok", "neither the schema nor what was recorded");
    says(&found, "database connections", "ok", "room for");
    // The server of the tests does not wait for its disk.
    says(&found, "database commits", "warning", "synchronous_commit");
    says(&found, "keys", "ok", "");
    says(&found, "relay mail", "warning", "localhost answers over TLS and lets us in");
    says(&found, "provider sms", "ok", "twilio answers and lets us in");
    says(&found, "dns spf", "ok", "contoso.com");
    says(&found, "dns dkim", "skipped", "sspr doctor --received");
    says(&found, "dns dmarc", "ok", "reject");
    says(&found, "dns mx", "ok", "takes mail");
    says(&found, "outbox", "ok", "nothing waits");
    says(&found, "last mail", "ok", "none yet");
    says(&found, "last sms", "ok", "none yet");
    says(&found, "audit seals", "ok", "sealed");
    fit_for_a_ticket(&heard);

    for (form, words) in
        [("list", "Check : configuration"), ("table", "Check"), ("csv", "Check,State,Found,Do\r\n")]
    {
        let heard = shell.types(&format!("doctor -o {form}")).await;
        assert_eq!(heard.code, 0, "{heard:?}");
        assert!(heard.out.contains(words), "{form}: {heard:?}");
        assert!(heard.err.contains("nothing is broken; warnings: 3"), "{heard:?}");
    }
}

#[tokio::test]
async fn each_thing_that_does_not_work_is_named_with_what_to_do() {
    let world = World::new().await;
    world.execute("update installation set demo = false").await;
    let node = world.node_without_workers().await;
    // Nobody sends: the link of this start waits for more than a minute, and its event for a seal.
    Walk::new(&world, &node).start(JOHN).await;
    world.execute("update outbox set created_at = created_at - interval '2 minutes'").await;
    world.execute("alter table audit_events disable trigger user").await;
    world.execute("update audit_events set at = at - interval '2 minutes'").await;
    world.execute("alter table audit_events enable trigger user").await;
    let certificate = Certificate::for_host("localhost");
    let other_name = Certificate::for_host("relay.contoso.com");
    let relay = SmtpServer::start(other_name.add_to(json!({}))).await;
    let front = serve(Some(&certificate), |_| status("200 OK", "Server: somebody\r\n"));
    let url = world.database.url();
    let mut shell = shell_of(&world, &url, front, &relay, &certificate).await;
    let records = vec![
        ("contoso.com", Record::Txt("v=spf1 -all".into())),
        ("contoso.com", Record::Txt("v=spf1 mx -all".into())),
        ("contoso.com", Record::Mx(".")),
        ("_dmarc.contoso.com", Record::Txt("v=DMARC1; p=none".into())),
    ];
    shell.set("SSPR_DOCTOR__DNS_SERVER", &dns_server::start(records).await.to_string());
    shell.set("SSPR_MAIL__CA_FILE", other_name.files().0.to_str().unwrap());
    shell.set("SSPR_MAIL_2__HOST", "localhost");
    shell.set("SSPR_MAIL_2__PORT", "1");
    shell.set("SSPR_MAIL_3__HOST", "relay.invalid");
    shell.set("SSPR_SMS__AUTH_TOKEN", "canary-wrong-token");
    shell.set("SSPR_SMS_2__KIND", "twilio");
    shell.set("SSPR_SMS_2__BASE_URL", "http://127.0.0.1:1");
    shell.set("SSPR_SMS_2__ACCOUNT_SID", ACCOUNT);
    shell.set("SSPR_SMS_2__AUTH_TOKEN", TOKEN);
    shell.set("SSPR_SMS_2__FROM", "+14255550142");
    let heard = shell.types("doctor -o json").await;
    assert_eq!(heard.code, 1, "{heard:#?}");
    let found = read(&heard);
    says(&found, "public address", "broken", "something else answers");
    says(&found, "database rights", "warning", "sspr migrate");
    says(&found, "relay mail", "broken", "the certificate is refused");
    says(&found, "relay mail_2", "broken", "the connection is refused");
    says(&found, "relay mail_3", "broken", "does not resolve");
    says(&found, "provider sms", "broken", "the sign-in is refused (twilio 401)");
    says(&found, "provider sms_2", "broken", "the connection is refused");
    says(&found, "dns spf", "broken", "2 SPF records");
    says(&found, "dns dmarc", "warning", "forged mails are delivered");
    says(&found, "dns mx", "broken", "takes no mail");
    says(&found, "outbox", "broken", "never tried");
    says(&found, "audit seals", "broken", "sspr serve");
    fit_for_a_ticket(&heard);
    assert!(!heard.out.contains("canary-wrong-token"));

    // A clock that is wrong, a proxy with nobody behind it, a key that is another one.
    let wrong = sspr::clock::now() + time::Duration::seconds(90);
    let format = time::macros::format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
    );
    let date = format!("Date: {}\r\n", wrong.format(format).unwrap());
    let front = serve(Some(&certificate), move |_| status("502 Bad Gateway", &date));
    shell.set("SSPR_SERVER__PUBLIC_URL", &format!("https://localhost:{front}"));
    let other_key = shell.folder.file("other", &STANDARD.encode([9u8, 1].repeat(16)));
    shell.set("SSPR_KEYS__CURRENT_FILE", &other_key);
    let found = read(&shell.types("doctor -o json").await);
    says(&found, "public address", "broken", "the proxy answers 502");
    says(&found, "clock", "broken", "behind that of localhost");
    says(&found, "keys", "broken", "keys.previous_files");
    let front = serve(Some(&certificate), to_node(&node.url));
    shell.set("SSPR_SERVER__PUBLIC_URL", &format!("https://localhost:{front}"));
    // A sender's domain that is nowhere, and mails that were tried in vain.
    shell.set("SSPR_MAIL__FROM", "Password reset <reset@contoso.test.example>");
    world.execute("update outbox set tries = 3").await;
    let found = read(&shell.types("doctor -o json").await);
    says(&found, "public address", "broken", "another installation");
    says(&found, "dns spf", "broken", "there is no domain contoso.test.example");
    for name in ["dns dkim", "dns dmarc", "dns mx"] {
        says(&found, name, "skipped", "no such domain");
    }
    says(&found, "last mail", "warning", "none was ever accepted");
    says(&found, "last sms", "ok", "none yet");
}

#[tokio::test]
async fn without_its_database_it_still_tells_everything_else_and_a_wrong_configuration_is_78() {
    let world = World::new().await;
    let certificate = Certificate::for_host("localhost");
    let relay = relay(&certificate).await;
    // Speaks HTTP where TLS is wanted.
    let front = broken("HTTP/1.1 400 Bad Request\r\n\r\n", Then::Close).await;
    let front = front.rsplit_once(':').unwrap().1.parse().unwrap();
    let url = world.database.url();
    let mut shell = shell_of(&world, &url, front, &relay, &certificate).await;
    let found = read(&shell.types("doctor -o json").await);
    says(&found, "database", "broken", "the mark of a demo");
    says(&found, "public address", "broken", "no TLS could be agreed");
    shell.set("SSPR_DATABASE__URL", "postgres://somebody:canary@127.0.0.1:1/nowhere");
    let heard = shell.types("doctor -o json").await;
    assert_eq!(heard.code, 1, "{heard:?}");
    let found = read(&heard);
    says(&found, "database", "broken", "no connection");
    for name in [
        "database rights",
        "database connections",
        "database commits",
        "keys",
        "outbox",
        "last mail",
        "last sms",
        "audit seals",
    ] {
        says(&found, name, "skipped", "no database");
    }
    says(&found, "relay mail", "warning", "lets us in");
    fit_for_a_ticket(&heard);
    assert!(!heard.out.contains("canary") && !heard.out.contains("somebody"), "{heard:?}");

    shell.set("SSPR_DOCTOR__DNS_SERVER", "dns.contoso.com");
    shell.types("doctor").await.refused(78, "doctor.dns_server");
}

#[tokio::test]
async fn another_companys_check_is_asked_whether_it_is_there_and_knows_our_secret() {
    let world = World::new().await;
    world.execute("update installation set demo = false").await;
    let certificate = Certificate::for_host("localhost");
    let relay = relay(&certificate).await;
    let server = Siteverify::start().await;
    let mut shell = shell_of(&world, &world.database.url(), 1, &relay, &certificate).await;
    for (name, value) in [
        ("SSPR_CAPTCHA__KIND", "turnstile"),
        ("SSPR_CAPTCHA__SITE_KEY", "site-key"),
        ("SSPR_CAPTCHA__SECRET", SECRET),
        ("SSPR_CAPTCHA__VERIFY_URL", server.url()),
    ] {
        shell.set(name, value);
    }
    let found = read(&shell.types("doctor -o json").await);
    says(&found, "captcha", "ok", "Cloudflare Turnstile answers and knows our secret");
    shell.set("SSPR_CAPTCHA__SECRET", "canary-another-secret");
    let heard = shell.types("doctor -o json").await;
    says(&read(&heard), "captcha", "broken", "it refuses our secret");
    assert!(!format!("{heard:?}").contains("canary"), "{heard:?}");
    server.does(Does::Says(502, ""));
    let found = read(&shell.types("doctor -o json").await);
    says(&found, "captcha", "broken", "an answer of another status");
}

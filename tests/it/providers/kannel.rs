//! Kannel itself, from Debian: bearerbox and smsbox, and behind them the phone network that Kannel brings for tests.

use std::path::Path;

use axum::http::HeaderMap;
use sspr::senders::{
    http_client,
    sms::{
        Kannel, Settings, Sms,
        kannel::KannelSettings,
        receipt::{Call, Fate, NotBelieved, Receipt, Which},
    },
};

use super::{
    Scripted, ScriptedAnswer, a_client, failure, patient, sender, sms, survives_every_fault,
    tools::{Folder, Tool, free_ports},
    with_receipts,
};

const PASSWORD: &str = "canary-gateway-password";
const SECRET: &str = "canary-receipt-secret-6f";

fn settings(base_url: &str) -> KannelSettings {
    KannelSettings {
        base_url: base_url.into(),
        username: "sspr".into(),
        password: PASSWORD.into(),
        from: Some("Contoso".into()),
        receipt_secret: Some(SECRET.into()),
    }
}

/// A gateway with its phone network; ends when it is dropped.
struct Gateway {
    /// In the order in which they have to end.
    phones: Tool,
    smsbox: Tool,
    _bearerbox: Tool,
    _folder: Folder,
    url: String,
}

impl Gateway {
    async fn start() -> Self {
        let [admin, boxes, phones, sendsms] = free_ports();
        let folder = Folder::new();
        let file = folder.0.join("kannel.conf");
        std::fs::write(&file, configuration(admin, boxes, phones, sendsms)).unwrap();
        let file = file.to_str().unwrap();
        let bearerbox = Tool::start(Path::new("/usr/sbin/bearerbox"), &[file], boxes).await;
        // The network of phones has to call in, and says one message of its own: the program insists.
        let fakesmsc = Path::new("/usr/lib/kannel/test/fakesmsc");
        wait_for(phones).await;
        let arguments =
            ["-H", "127.0.0.1", "-r", &phones.to_string(), "-m", "1", "14255550111 12345 text hello"];
        let phones = Tool::start_client(fakesmsc, &arguments);
        let smsbox = Tool::start(Path::new("/usr/sbin/smsbox"), &[file], sendsms).await;
        Self {
            phones,
            smsbox,
            _bearerbox: bearerbox,
            _folder: folder,
            url: format!("http://127.0.0.1:{sendsms}"),
        }
    }
}

async fn wait_for(port: u16) {
    for _ in 0..1_000 {
        if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("nobody listens on {port}");
}

/// Kannel's connection for phones can't be bound to loopback; it lets nobody else in.
fn configuration(admin: u16, boxes: u16, phones: u16, sendsms: u16) -> String {
    format!(
        "group = core\nadmin-port = {admin}\nadmin-interface = 127.0.0.1\nadmin-password = x\nsmsbox-port = {boxes}\n\
         smsbox-interface = 127.0.0.1\nbox-allow-ip = \"127.0.0.1\"\ndlr-storage = internal\n\n\
         group = smsc\nsmsc = fake\nsmsc-id = FAKE\nport = {phones}\nconnect-allow-ip = 127.0.0.1\n\n\
         group = smsbox\nbearerbox-host = 127.0.0.1\nsendsms-port = {sendsms}\nsendsms-interface = 127.0.0.1\n\n\
         group = sendsms-user\nusername = sspr\npassword = {PASSWORD}\n\n\
         group = sms-service\nkeyword = default\ntext = \"no\"\nmax-messages = 0\n"
    )
}

#[tokio::test]
async fn a_real_gateway_takes_the_text_to_the_phone_unchanged_and_tells_when_it_is_there() {
    let gateway = Gateway::start().await;
    let hooks = Scripted::start().await;
    let kannel = patient(&Settings::Kannel(settings(&gateway.url)));

    kannel.send(&with_receipts(&hooks.url())).await.unwrap();
    let log = gateway.phones.says("@passwords.contoso.com").await;
    // A line of the phones' log for each line of the text.
    let lines = log.lines().filter_map(|line| line.split_once(": <")?.1.strip_suffix('>'));
    let text: Vec<&str> = lines.skip_while(|line| !line.starts_with("Contoso ")).collect();
    assert_eq!(text.join("\n"), format!("Contoso +14255550100 text {}", sms().text), "{log}");

    let asked = hooks.asked().await;
    assert_eq!((asked.method.as_str(), asked.uri.path()), ("GET", "/hooks/sms/kannel"));
    let (url, query) = (format!("{}{}", hooks.url(), asked.uri), asked.uri.query().unwrap());
    let call = Call { url: &url, query, headers: &asked.headers, body: &asked.body, now: 0 };
    let expected = Receipt { message: Which::Ours(sms().id), fate: Fate::Delivered };
    assert_eq!(kannel.receipt(&call), Ok(expected), "{query}");

    // Letters that the small alphabet of phones lacks arrive as themselves, too.
    kannel.send(&Sms { text: "Zażółć €\n@x #1".into(), ..sms() }).await.unwrap();
    let log = gateway.phones.says("ucs-2").await;
    let said = log.split_once("ucs-2 ").unwrap().1.split('>').next().unwrap();
    assert_eq!(text_of(said), "Zażółć €\n@x #1", "{said}");

    // The addresses that it logs hold nothing of it.
    let log = gateway.smsbox.log();
    let asked: Vec<&str> = log.lines().filter(|line| line.contains("Got HTTP request")).collect();
    assert_eq!(asked.len(), 2, "{log}");
    assert!(asked.iter().all(|line| line.contains("</cgi-bin/sendsms> from")), "{asked:?}");
}

/// UTF-16 in the coding of addresses, as the phones' log has it.
fn text_of(coded: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = coded.chars();
    while let Some(c) = rest.next() {
        let mut digit = || rest.next().unwrap().to_digit(16).unwrap();
        bytes.push(match c {
            '%' => digit() * 16 + digit(),
            '+' => u32::from(' '),
            other => u32::from(other),
        });
    }
    let units: Vec<u16> =
        bytes.chunks(2).map(|pair| u16::try_from(pair[0] * 256 + pair[1]).unwrap()).collect();
    String::from_utf16(&units).unwrap()
}

#[tokio::test]
async fn a_real_gateway_refuses_a_wrong_password_and_a_missing_receiver() {
    let gateway = Gateway::start().await;
    let wrong = KannelSettings { password: "wrong".into(), ..settings(&gateway.url) };
    assert_eq!(failure(&patient(&Settings::Kannel(wrong))).await, "try again: kannel 403");
    let elsewhere = KannelSettings { base_url: format!("{}/elsewhere", gateway.url), ..settings("") };
    assert_eq!(failure(&patient(&Settings::Kannel(elsewhere))).await, "try again: kannel 404");

    // We always name a receiver: what it says without one is asked for by hand.
    let nobody = a_client()
        .post(format!("{}/cgi-bin/sendsms", gateway.url))
        .header("content-type", "text/plain")
        .header("x-kannel-username", "sspr")
        .header("x-kannel-password", PASSWORD)
        .body("x");
    assert_eq!(nobody.send().await.unwrap().status(), 400);
    // It takes no form, which is why we send headers.
    let form = [("username", "sspr"), ("password", PASSWORD), ("to", "+14255550100"), ("text", "x")];
    let form = a_client().post(format!("{}/cgi-bin/sendsms", gateway.url)).form(&form);
    assert_eq!(form.send().await.unwrap().status(), 400);
}

#[tokio::test]
async fn a_message_is_asked_for_by_headers_and_the_text_alone() {
    let server = Scripted::start().await;
    server.answers(ScriptedAnswer::new(202, "0: Accepted for delivery"));
    let accepted =
        sender(&Settings::Kannel(settings(&server.url()))).send(&with_receipts("https://x.example")).await;
    assert_eq!(accepted.unwrap().evidence, None);
    let asked = server.last();
    assert_eq!((asked.method.as_str(), &*asked.uri.to_string()), ("POST", "/cgi-bin/sendsms"));
    assert_eq!(asked.body, sms().text);
    for (name, value) in [
        ("content-type", "text/plain; charset=UTF-8"),
        ("x-kannel-username", "sspr"),
        ("x-kannel-password", PASSWORD),
        ("x-kannel-to", "+14255550100"),
        ("x-kannel-from", "Contoso"),
        ("x-kannel-coding", "0"),
        ("x-kannel-validity", "9"),
        ("x-kannel-dlr-mask", "19"),
    ] {
        assert_eq!(asked.header(name), value, "{name}");
    }
    let start = format!("https://x.example/hooks/sms/kannel?message={}&signature=", sms().id);
    let url = asked.header("x-kannel-dlr-url");
    assert!(url.starts_with(&start) && url.ends_with("&status=%d") && url.matches('%').count() == 1, "{url}");

    let silent = KannelSettings { receipt_secret: None, from: None, ..settings(&server.url()) };
    sender(&Settings::Kannel(silent)).send(&with_receipts("https://x.example")).await.unwrap();
    let asked = server.last();
    for name in ["x-kannel-dlr-url", "x-kannel-dlr-mask", "x-kannel-from"] {
        assert!(!asked.headers.contains_key(name), "{name}");
    }
}

#[tokio::test]
async fn a_broken_gateway_is_told_from_a_refusal() {
    survives_every_fault("kannel", |url| Settings::Kannel(settings(url))).await;
}

#[tokio::test]
async fn only_an_address_that_we_made_for_this_message_is_believed() {
    let server = Scripted::start().await;
    let kannel = sender(&Settings::Kannel(settings(&server.url())));
    kannel.send(&with_receipts("https://x.example")).await.unwrap();
    let url = server.last().header("x-kannel-dlr-url").to_owned();
    let headers = HeaderMap::new();
    let told = |url: &str| {
        let query = url.split_once('?').unwrap().1;
        kannel.receipt(&Call { url, query, headers: &headers, body: b"", now: 0 })
    };
    for (state, fate) in [
        ("1", Fate::Delivered),
        ("2", Fate::Failed(Some(2))),
        ("16", Fate::Failed(Some(16))),
        ("8", Fate::Underway),
    ] {
        let expected = Receipt { message: Which::Ours(sms().id), fate };
        assert_eq!(told(&url.replace("%d", state)), Ok(expected), "{state}");
    }
    let other = url.replace("0001&", "0002&");
    assert_ne!(other, url);
    let (before, signature) = url.split_once("signature=").unwrap();
    let signature = signature.split('&').next().unwrap();
    for wrong in [
        other,
        format!("{before}status=1"),
        format!("{before}signature=&status=1"),
        format!("{before}signature={}&status=1", &signature[1..]),
        format!("{before}signature={signature}A&status=1"),
        format!("{before}signature={signature}&signature={signature}&status=1"),
        format!("https://x.example/?signature={signature}&status=1"),
    ] {
        assert_eq!(told(&wrong), Err(NotBelieved::Signature), "{wrong}");
    }
    for odd in ["%d", "", "-1", "one", "1&status=2"] {
        assert_eq!(told(&url.replace("%d", odd)), Err(NotBelieved::Shape), "{odd}");
    }
    // Another gateway's secret makes other addresses; without one, none is believed.
    for (secret, expected) in
        [(Some("another-secret-of-16"), NotBelieved::Signature), (None, NotBelieved::NoReceipts)]
    {
        let settings = KannelSettings { receipt_secret: secret.map(Into::into), ..settings(&server.url()) };
        let query = url.split_once('?').unwrap().1.replace("%d", "1");
        let call = Call { url: &url, query: &query, headers: &headers, body: b"", now: 0 };
        assert_eq!(sender(&Settings::Kannel(settings)).receipt(&call), Err(expected));
    }
}

#[test]
fn settings_that_cannot_work_are_refused_here() {
    let good = || settings("http://127.0.0.1:13013");
    for (settings, key) in [
        (KannelSettings { username: "a b".into(), ..good() }, "username"),
        (KannelSettings { password: "two\r\nX-Kannel-To: +1".into(), ..good() }, "password"),
        (KannelSettings { password: "".into(), ..good() }, "password"),
        (KannelSettings { from: Some("a name that is long".into()), ..good() }, "from"),
        (KannelSettings { receipt_secret: Some("short".into()), ..good() }, "receipt_secret"),
        (KannelSettings { base_url: "http://gateway.example:13013".into(), ..good() }, "base_url"),
    ] {
        let client = http_client::new(None).unwrap();
        let refused = Kannel::new(client, &settings, Vec::new()).map(|_| ()).unwrap_err();
        assert_eq!(refused.key, key, "{refused}");
    }
}

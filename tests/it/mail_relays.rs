//! Two real mail servers: whatever the first one does, the mail arrives by the second, the person sees nothing of it, and the operator
//! sees what happened. What concerns the recipient goes to no second one.

use std::time::Duration;

use serde_json::{Value, json};
use sspr::{
    app::App,
    config::{Config, Mode, Sources},
    outbox::{Senders, worker},
    senders::{
        mail::{
            MailSender, Smtp,
            smtp::{SmtpSettings, SmtpTls},
        },
        route::{Leg, Route},
    },
};
use tokio::{io::AsyncWriteExt as _, net::TcpListener};
use tokio_util::sync::CancellationToken;

use crate::support::{
    app::{Node, World},
    client::{Client, link_in},
    smtp_server::{Certificate, SmtpServer},
    walk::{JOHN, JOHN_MAIL, Walk},
};

/// How long a person waits for a mail at most while a relay of two works.
const BUDGET: Duration = Duration::from_secs(10);
/// The time limit of a relay in most of these tests.
const SHORT: Duration = Duration::from_millis(800);

/// John at the page that says "check your e-mail", and his mail in the queue.
struct Waiting {
    world: World,
    client: Client,
    page: String,
    _node: Node,
}

impl Waiting {
    async fn new() -> Self {
        let world = World::new().await;
        let node = world.node_without_workers().await;
        let walk = Walk::new(&world, &node);
        walk.start(JOHN).await;
        let Walk { client, .. } = walk;
        let page = client.get("/reset/check-email").await.body;
        Self { world, client, page, _node: node }
    }

    /// The page says what it said, as if nothing had happened.
    async fn page_is_as_it_was(&self) -> bool {
        let after = self.client.get("/reset/check-email").await;
        after.status == 200 && without_what_changes(&self.page) == without_what_changes(&after.body)
    }

    fn app(&self, relays: Vec<SmtpSettings>) -> (App, Route<MailSender>) {
        let names = ["mail", "mail_2", "mail_3"];
        let leg = |(name, relay): (&'static str, SmtpSettings)| {
            Leg::new(name, MailSender::Smtp(Smtp::new(&relay).unwrap()))
        };
        let mail = Route::new(names.into_iter().zip(relays).map(leg).collect());
        let senders = Senders { mail: Some(mail.clone()), sms: None };
        (self.world.app(&self.world.database.url(), senders), mail)
    }

    /// Sends what is due by these relays; fails beyond [`BUDGET`]. Whether the first relay is asked last from now on.
    async fn sent_by(&self, relays: Vec<SmtpSettings>) -> bool {
        let (app, route) = self.app(relays);
        let stop = CancellationToken::new();
        let draining = worker::drain(&app.outbox, sspr::random::id(), &stop);
        tokio::time::timeout(BUDGET, draining).await.expect("within the budget of a mail").unwrap();
        route.legs()[0].rests()
    }

    /// State, tries, provider and its answer, as an operator sees them.
    async fn row(&self) -> (String, i16, String, String) {
        sqlx::query_as("select state, tries, coalesce(provider, ''), coalesce(last_error, '') from outbox")
            .fetch_one(&self.world.pool)
            .await
            .unwrap()
    }
}

fn sent_by_the_second(answer: &str) -> (String, i16, String, String) {
    ("sent".into(), 1, "mail_2".into(), answer.into())
}

fn mails(server: &mut SmtpServer) -> Vec<Value> {
    server.events().into_iter().filter(|event| event["event"] == "mail").collect()
}

fn header(mail: &Value, name: &str) -> String {
    let headers = mail["headers"].as_array().unwrap();
    headers.iter().find(|h| h[0] == name).map(|h| h[1].as_str().unwrap().to_owned()).unwrap()
}

/// A page without what every answer has anew: its own time.
fn without_what_changes(page: &str) -> String {
    page.split('<').filter(|tag| !tag.contains("data-now")).collect()
}

/// Takes connections and sends a byte now and then, or hangs up at once.
async fn raw_server(drips: bool) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            if drips {
                tokio::spawn(async move {
                    while stream.write_all(b"2").await.is_ok() {
                        tokio::time::sleep(Duration::from_millis(50)).await;
                    }
                });
            }
        }
    });
    port
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_the_first_relay_does_the_same_mail_arrives_by_the_second() {
    let unused = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let other_name = Certificate::for_host("mail.fabrikam.com");
    let mut good = SmtpServer::start(json!({})).await;
    let to = |port| SmtpSettings { port, timeout: SHORT, ..good.settings() };
    let mut cases: Vec<(&str, SmtpSettings, Option<SmtpServer>, &str, bool)> = vec![
        ("refuses the connection", to(unused), None, "smtp connect refused", true),
        ("takes it and hangs", to(silent.local_addr().unwrap().port()), None, "smtp connect timeout", true),
        ("hangs up", to(raw_server(false).await), None, "smtp connect failed", true),
        ("drips", to(raw_server(true).await), None, "smtp connect timeout", true),
    ];
    for (command, reply, answer, rests) in [
        ("EHLO", "421 4.3.2 Not now", "smtp connect 421 4.3.2", true),
        ("EHLO", "554 5.7.1 Your address is blocked", "smtp connect 554 5.7.1", true),
        ("MAIL", "451 4.3.0 Not now", "smtp mail 451 4.3.0", false),
        ("MAIL", "550 5.7.1 Sender refused", "smtp mail 550 5.7.1", true),
        ("MAIL", "hang", "smtp mail timeout", true),
        ("RCPT", "450 4.2.0 Greylisted", "smtp rcpt 450 4.2.0", false),
        ("RCPT", "554 5.7.1 <johnsmith@fabrikam.com>: Relay access denied", "smtp rcpt 554 5.7.1", true),
        ("RCPT", "hang", "smtp rcpt timeout", true),
        ("RCPT", "close", "smtp rcpt broken off", true),
        ("DATA", "451 4.3.1 Full", "smtp message 451 4.3.1", false),
        ("DATA", "554 5.7.1 Policy", "smtp message 554 5.7.1", true),
        ("DATA", "hang", "smtp message timeout (may have left)", true),
        ("DATA", "close", "smtp message broken off (may have left)", true),
    ] {
        let server = SmtpServer::start(json!({ "replies": { command: [reply] } })).await;
        cases.push((reply, to(server.port), Some(server), answer, rests));
    }
    for (implicit, answer) in [(false, "smtp certificate refused"), (true, "smtp certificate refused")] {
        let server = SmtpServer::start(other_name.add_to(json!({ "implicit": implicit }))).await;
        let tls = if implicit { SmtpTls::Implicit } else { SmtpTls::StartTls };
        let settings = SmtpSettings { tls, timeout: SHORT, ..server.settings_with(&other_name) };
        cases.push(("has another name in its certificate", settings, Some(server), answer, true));
    }
    let plain = SmtpServer::start(json!({})).await;
    let settings = SmtpSettings { tls: SmtpTls::StartTls, ..to(plain.port) };
    cases.push(("offers no TLS", settings, Some(plain), "smtp starttls not offered", true));

    for (what, first, server, answer, rests) in cases {
        let waiting = Waiting::new().await;
        let rested = waiting.sent_by(vec![first, good.settings()]).await;
        assert_eq!((waiting.row().await, rested), (sent_by_the_second(answer), rests), "{what}");
        let [mail] = &mails(&mut good)[..] else { panic!("{what}: not one mail at the second relay") };
        assert_eq!(mail["rcpt_tos"], json!([JOHN_MAIL]), "{what}");
        // If the first one took it too, it is the same mail twice, and mail programs show one.
        for twin in server.into_iter().flat_map(|mut server| mails(&mut server)) {
            assert_eq!(header(&twin, "Message-ID"), header(mail, "Message-ID"), "{what}");
            assert_eq!(twin["parts"][0]["text"], mail["parts"][0]["text"], "{what}");
        }
        assert!(waiting.page_is_as_it_was().await, "{what}");
        let link = link_in(mail["parts"][0]["text"].as_str().unwrap());
        let opened = waiting.client.get(&link[link.find("/reset/").unwrap()..]).await;
        assert_eq!(opened.status, 200, "{what}: {opened:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_concerns_the_recipient_or_the_mail_goes_to_no_second_relay() {
    let mut second = SmtpServer::start(json!({})).await;
    for (command, reply, answer) in [
        ("RCPT", "550 5.1.1 <johnsmith@fabrikam.com>: User unknown", "smtp rcpt 550 5.1.1"),
        ("RCPT", "550 johnsmith@fabrikam.com is unknown", "smtp rcpt 550"),
        ("RCPT", "552 5.2.2 Full", "smtp rcpt 552 5.2.2"),
        ("DATA", "552 5.3.4 Too big", "smtp message 552 5.3.4"),
    ] {
        let mut first = SmtpServer::start(json!({ "replies": { command: [reply] } })).await;
        let waiting = Waiting::new().await;
        let rested = waiting.sent_by(vec![first.settings(), second.settings()]).await;
        let expected = ("gave_up".to_owned(), 1, "mail".to_owned(), answer.to_owned());
        assert_eq!((waiting.row().await, rested), (expected, false), "{reply}");
        assert!(mails(&mut second).is_empty(), "{reply}");
        assert_eq!(mails(&mut first).len(), usize::from(command == "DATA"));
        // Before the proof no public page tells: it would say that the address exists.
        assert!(waiting.page_is_as_it_was().await, "{reply}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_both_fail_the_mail_waits_and_leaves_by_the_first_that_works_again() {
    let how = json!({ "replies": { "MAIL": ["451 4.3.0 Later", "ok"] } });
    let mut first = SmtpServer::start(how).await;
    let second = SmtpServer::start(json!({ "replies": { "RCPT": ["554 5.7.1 Relay access denied"] } })).await;
    let waiting = Waiting::new().await;
    let relays = || vec![first.settings(), second.settings()];
    waiting.sent_by(relays()).await;
    let row = waiting.row().await;
    assert_eq!(row, ("queued".into(), 1, "mail_2".into(), "smtp rcpt 554 5.7.1".into()));
    assert!(waiting.page_is_as_it_was().await);
    waiting.world.execute("update outbox set run_at = now()").await;
    waiting.sent_by(relays()).await;
    let (state, tries, provider, _) = waiting.row().await;
    assert_eq!((state.as_str(), tries, provider.as_str()), ("sent", 2, "mail"));
    assert_eq!(mails(&mut first).len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_second_relay_gets_nothing_that_ran_out_of_time_at_the_first() {
    let (mut first, mut second) = (
        SmtpServer::start(json!({ "replies": { "RCPT": ["hang"] } })).await,
        SmtpServer::start(json!({})).await,
    );
    let waiting = Waiting::new().await;
    let relay = SmtpSettings { timeout: Duration::from_secs(2), ..first.settings() };
    let (app, _) = waiting.app(vec![relay, second.settings()]);
    let sending = tokio::spawn(async move {
        worker::drain(&app.outbox, sspr::random::id(), &CancellationToken::new()).await.unwrap();
    });
    first.next("ehlo").await;
    waiting.world.execute("update outbox set deadline = now() where state = 'queued'").await;
    sending.await.unwrap();
    assert_eq!(waiting.row().await.0, "too_late");
    assert!(second.events().iter().all(|event| event["event"] == "ready"), "not even a connection");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_the_limits_that_ship_a_silent_relay_leaves_time_for_the_next_within_ten_seconds() {
    let said = [("SSPR_MAIL__HOST", "smtp.contoso.com"), ("SSPR_MAIL_2__HOST", "smtp2.contoso.com")];
    let environment = said.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let config = Config::load(Sources::new(Mode::Shell, environment)).unwrap();
    let [first, second] = &config.mail.relays[..] else { panic!("two relays") };
    let mut good = SmtpServer::start(json!({})).await;
    let hangs = SmtpServer::start(json!({ "replies": { "EHLO": ["hang"] } })).await;
    let silent = SmtpSettings { timeout: first.timeout, ..hangs.settings() };
    let waiting = Waiting::new().await;
    waiting.sent_by(vec![silent, SmtpSettings { timeout: second.timeout, ..good.settings() }]).await;
    assert_eq!(waiting.row().await, sent_by_the_second("smtp connect timeout"));
    assert_eq!(mails(&mut good).len(), 1);
}

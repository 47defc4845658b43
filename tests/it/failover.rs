//! Several providers of text messages: whatever the first one does, the code arrives once by the next, the person sees nothing of it,
//! and the operator sees what happened.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, http::StatusCode};
use serde_json::json;
use sspr::{
    app::App,
    outbox::{Senders, worker},
    senders::{
        Memory, Reason, SendError, http_client,
        mail::MailSender,
        route::{Leg, Route},
        sms::{
            SmsSender, Twilio,
            twilio::{TwilioSender, TwilioSettings},
        },
    },
};
use tokio::{net::TcpListener, sync::Semaphore};
use tokio_util::sync::CancellationToken;

use crate::support::{
    app::World,
    client::code_in,
    http_server::{ACCOUNT, Answer, MESSAGE, TOKEN, Then, TwilioServer, broken},
    smtp_server::{Certificate, SmtpServer},
    walk::{JOHN, JOHN_MAIL, Walk},
};

fn provider(base_url: &str) -> SmsSender {
    let client = http_client::with_limit(None, Duration::from_secs(1)).unwrap();
    let settings = TwilioSettings {
        base_url: base_url.into(),
        account_sid: ACCOUNT.into(),
        api_key_sid: None,
        auth_token: TOKEN.into(),
        receipt_token: None,
        sender: TwilioSender::From("+14255550199".into()),
    };
    SmsSender::Twilio(Twilio::new(client, &settings, Vec::new()).unwrap())
}

/// John in front of the page for the code, with the SMS still in the queue, and a worker with these two providers.
struct Waiting {
    world: World,
    app: App,
    sms: Route<SmsSender>,
    /// What the person saw before it was sent, and afterwards.
    pages: [String; 2],
}

impl Waiting {
    async fn with(first: &str, second: &str) -> Self {
        let world = World::new().await;
        let node = world.node_without_workers().await;
        let walk = Walk::new(&world, &node);
        walk.start(JOHN).await;
        node.drain().await;
        walk.open_link(&walk.link().await).await;
        let page = walk.client.get("/reset/security-code").await.body;
        let sms = Route::new(vec![Leg::new("sms", provider(first)), Leg::new("sms_2", provider(second))]);
        let mail = Route::to("mail", MailSender::Memory(world.mail.clone()));
        let app = world.app(&world.database.url(), Senders { mail: Some(mail), sms: Some(sms.clone()) });
        worker::drain(&app.outbox, sspr::random::id(), &CancellationToken::new()).await.unwrap();
        let pages = [page, walk.client.get("/reset/security-code").await.body];
        drop(walk);
        Self { world, app, sms, pages }
    }

    async fn drain(&self) {
        worker::drain(&self.app.outbox, sspr::random::id(), &CancellationToken::new()).await.unwrap();
    }

    /// State, tries, provider and its answer, as an operator sees them.
    async fn row(&self) -> (String, i16, String, String) {
        sqlx::query_as("select state, tries, coalesce(provider, ''), coalesce(last_error, '') from outbox where channel = 'sms'")
            .fetch_one(&self.world.pool)
            .await
            .unwrap()
    }
}

/// A page without what every answer has anew: its own time.
fn without_what_changes(page: &str) -> String {
    page.split('<').filter(|tag| !tag.contains("data-now")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_the_first_provider_does_the_code_arrives_once_by_the_second() {
    let nobody = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let answering = async |answer| {
        let server = TwilioServer::start().await;
        server.answers(answer);
        (server.url(), Some(server))
    };
    let certificate = Certificate::for_host("sms.fabrikam.com");
    let wrong_name = SmtpServer::start(certificate.add_to(json!({ "https": MESSAGE }))).await;
    let cases = [
        ("refused connection", (nobody, None), "twilio connect failed"),
        (
            "wrong name in the certificate",
            (format!("https://localhost:{}", wrong_name.port), None),
            "twilio connect failed",
        ),
        ("hangs", answering(Answer::Hang).await, "twilio timeout (may have left)"),
        ("hangs up", (broken("", Then::Close).await, None), "twilio broken off (may have left)"),
        (
            "never ends its answer's head",
            (broken("HTTP/1.1 2", Then::Hold).await, None),
            "twilio timeout (may have left)",
        ),
        (
            "says what is no HTTP",
            (broken("SSH-2.0-x\r\n", Then::Close).await, None),
            "twilio broken off (may have left)",
        ),
        ("refuses the number", answering(Answer::Refuse(400, 21211)).await, "twilio 400/21211"),
        ("does not let us in", answering(Answer::Refuse(401, 20003)).await, "twilio 401/20003"),
        ("has moved", answering(Answer::Redirect(307)).await, "twilio 307"),
        ("is overloaded", answering(Answer::Refuse(429, 20429)).await, "twilio 429/20429"),
        ("is broken", answering(Answer::Refuse(500, 20500)).await, "twilio 500/20500 (may have left)"),
        ("is away for a while", answering(Answer::Garbage(503)).await, "twilio 503"),
    ];
    for (what, (first, server), answer) in cases {
        let second = TwilioServer::start().await;
        let waiting = Waiting::with(&first, &second.url()).await;
        let [before, after] = waiting.pages.each_ref().map(|page| without_what_changes(page));
        assert_eq!(before, after, "{what}");
        let [message] = &second.messages()[..] else { panic!("{what}: {:?}", second.messages()) };
        let expected = ("sent".to_owned(), 1, "sms_2".to_owned(), answer.to_owned());
        assert_eq!(waiting.row().await, expected, "{what}");
        // The same code, if the first one had it too, and told how long it is good for from now.
        if let Some(first) = server.and_then(|server| server.messages().first().cloned()) {
            assert_eq!(code_in(&first["Body"]), code_in(&message["Body"]), "{what}");
        }
        assert!((590..=600).contains(&message["ValidityPeriod"].parse::<u64>().unwrap()), "{what}");
        // Whoever is silent or broken is not asked first by the next message; a refusal of one number says nothing.
        assert_eq!(
            waiting.sms.legs()[0].rests(),
            !what.starts_with("refuses") && what != "has moved",
            "{what}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_silent_providers_are_asked_once_each_and_nobody_a_third_time() {
    let (first, second) = (TwilioServer::start().await, TwilioServer::start().await);
    first.answers(Answer::Hang);
    second.answers(Answer::Hang);
    let waiting = Waiting::with(&first.url(), &second.url()).await;
    assert_eq!((first.messages().len(), second.messages().len()), (1, 1));
    let (state, tries, provider, _) = waiting.row().await;
    assert_eq!((state.as_str(), tries, provider.as_str()), ("gave_up", 1, "sms_2"));
    waiting.world.execute("update outbox set run_at = now(), lease_until = null").await;
    waiting.drain().await;
    assert_eq!((first.messages().len(), second.messages().len()), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_every_provider_refuses_for_now_the_message_waits_and_leaves_by_the_first_that_works() {
    let (first, second) = (TwilioServer::start().await, TwilioServer::start().await);
    first.answers(Answer::Garbage(503));
    second.answers(Answer::Refuse(429, 20429));
    let waiting = Waiting::with(&first.url(), &second.url()).await;
    assert_eq!(waiting.row().await.0, "queued");
    first.answers(Answer::Accept(201));
    waiting.world.execute("update outbox set run_at = now() where state = 'queued'").await;
    waiting.drain().await;
    let (state, tries, provider, _) = waiting.row().await;
    assert_eq!((state.as_str(), tries, provider.as_str()), ("sent", 2, "sms"));
    // 503 and 429 are no sends: both had been asked, and may be asked again.
    assert_eq!((first.messages().len(), second.messages().len()), (2, 1));
}

#[tokio::test]
async fn a_message_waits_as_long_as_the_least_patient_provider_asks_and_not_beyond_its_deadline() {
    let asks = |seconds: u64| {
        SendError::TryAgain(Reason::new("told to").code(429).wait(Some(Duration::from_secs(seconds))))
    };
    for (first, second, waits) in
        [(Some(20), Some(500), true), (None, Some(500), true), (Some(500), Some(550), false)]
    {
        let mut world = World::new().await;
        let other = Memory::default();
        world.second_sms = Some(other.clone());
        let node = world.node_without_workers().await;
        let walk = Walk::new(&world, &node);
        walk.start(JOHN).await;
        node.drain().await;
        walk.open_link(&walk.link().await).await;
        world.sms.fail_next(first.map_or(SendError::TryAgain(Reason::new("told to").code(503)), asks));
        other.fail_next(second.map_or(SendError::TryAgain(Reason::new("told to").code(503)), asks));
        node.drain().await;
        let within = "select count(*) from outbox where channel = 'sms' and state = 'queued' and run_at < now() + interval '25 s'";
        let ended = "select count(*) from outbox where channel = 'sms' and state = 'gave_up'";
        assert_eq!(
            (world.count(within).await == 1, world.count(ended).await == 1),
            (waits, !waits),
            "{first:?} {second:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_second_provider_gets_nothing_that_ran_out_of_time_at_the_first() {
    let second = Memory::default();
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let walk = Walk::new(&world, &node);
    walk.start(JOHN).await;
    node.drain().await;
    walk.open_link(&walk.link().await).await;
    let server = TwilioServer::start().await;
    server.answers(Answer::Hang);
    let sms = Route::new(vec![
        Leg::new("sms", provider(&server.url())),
        Leg::new("sms_2", SmsSender::Memory(second.clone())),
    ]);
    let app = world.app(&world.database.url(), Senders { mail: None, sms: Some(sms) });
    let sending = tokio::spawn(async move {
        worker::drain(&app.outbox, sspr::random::id(), &CancellationToken::new()).await.unwrap();
    });
    world.wait("the first provider's request", || (!server.messages().is_empty()).then_some(())).await;
    world.execute("update outbox set deadline = now() where state = 'queued'").await;
    sending.await.unwrap();
    let state: String = sqlx::query_scalar("select state from outbox where channel = 'sms'")
        .fetch_one(&world.pool)
        .await
        .unwrap();
    assert_eq!((state.as_str(), second.sent().len()), ("too_late", 0));
}

/// A provider that takes so many messages at once and no more.
async fn narrow(at_once: usize) -> (String, Arc<Mutex<BTreeMap<String, usize>>>) {
    let taken = Arc::new(Mutex::new(BTreeMap::new()));
    let (room, kept) = (Arc::new(Semaphore::new(at_once)), Arc::clone(&taken));
    let take = async move |body: String| {
        let Ok(_room) = room.try_acquire() else {
            return (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "1")], "{\"code\": 20429}".to_owned());
        };
        let form: BTreeMap<String, String> = serde_urlencoded::from_str(&body).unwrap();
        // Long enough for the others to meet a full house.
        tokio::time::sleep(Duration::from_millis(5)).await;
        *kept.lock().unwrap().entry(form["To"].clone()).or_default() += 1;
        (StatusCode::CREATED, [("retry-after", "")], format!("{{\"sid\": \"{MESSAGE}\"}}"))
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(take)).await });
    (url, taken)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_leave_at_the_pace_of_a_provider_that_says_not_so_fast() {
    let world = World::new().await;
    let (url, taken) = narrow(4).await;
    world
        .execute(
            "insert into outbox (id, channel, recipient, deliverable, message)
             select gen_random_uuid(), 'sms', '+1425555' || to_char(n, 'FM0000'), true,
                    jsonb_build_object('kind', 'password_was_reset_sms', 'at', now()) from generate_series(100, 199) n",
        )
        .await;
    let sms = Some(Route::to("sms", provider(&url)));
    let app = world.app(&world.database.url(), Senders { mail: None, sms });
    let stop = CancellationToken::new();
    let working = tokio::spawn(worker::run(app.outbox.clone(), stop.clone()));
    for _ in 0..3000 {
        if world.count("select count(*) from outbox where state = 'sent'").await == 100 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    stop.cancel();
    working.await.unwrap();
    let taken = std::mem::take(&mut *taken.lock().unwrap());
    assert_eq!((taken.len(), taken.values().max()), (100, Some(&1)), "each once");
    assert!(
        world.count("select max(tries)::bigint from outbox").await > 1,
        "it was never full: the test tells nothing"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_messages_wait_in_the_database_and_delay_no_code_and_a_dead_worker_doubles_only_what_it_held()
 {
    let world = World::with(&[("SSPR_OUTBOX__WORKERS", "8")]).await;
    let node = world.node_without_workers().await;
    world
        .execute(
            "insert into outbox (id, channel, recipient, deliverable, message, run_at)
             select gen_random_uuid(), 'email', 'person' || n || '@fabrikam.com', true,
                    jsonb_build_object('kind', 'administrator_was_reset', 'user', gen_random_uuid(), 'user_id', 'johnsmith@contoso.com',
                                       'display_name', 'John Smith', 'browser', 'Firefox on Windows', 'at', now()), now() - interval '1 hour'
             from generate_series(1, 10000) n",
        )
        .await;
    let run = || {
        let outbox = node.app.outbox.clone();
        tokio::spawn(
            async move { worker::drain(&outbox, sspr::random::id(), &CancellationToken::new()).await },
        )
    };
    let (dies, lives) = (run(), run());
    // Somebody asks for a link while they work, and does not wait for ten thousand others.
    let walk = Walk::new(&world, &node);
    walk.start(JOHN).await;
    world.mail_to(JOHN_MAIL).await;
    let behind = world.count("select count(*) from outbox where state = 'queued'").await;
    assert!(behind > 5000, "{behind}: nearly all were sent before the link, the test tells nothing");
    // Each worker holds what it can send at once, and leaves the rest where it is.
    for _ in 0..20 {
        assert!(
            world
                .count("select count(*) from outbox where state = 'queued' and lease_until is not null")
                .await
                <= 16
        );
    }
    dies.abort();
    assert!(dies.await.is_err());
    lives.await.unwrap().unwrap();
    let held = world.count("select count(*) from outbox where state = 'queued'").await;
    assert!(held <= 8, "{held} messages were with the worker that died");
    world.execute("update outbox set lease_until = now() - interval '1 s' where state = 'queued'").await;
    node.drain().await;
    assert_eq!(world.count("select count(*) from outbox where state <> 'sent'").await, 0);
    let mut copies: BTreeMap<String, usize> = BTreeMap::new();
    for mail in world.mail.take() {
        *copies.entry(mail.to).or_default() += 1;
    }
    assert_eq!(copies.len(), 10_001, "none is lost");
    let doubled = copies.values().filter(|times| **times > 1).count();
    assert!(
        i64::try_from(doubled).unwrap() <= held && copies.values().all(|times| *times <= 2),
        "{doubled} of {held} doubled"
    );
}

//! What people see while a part is away, and that everything goes on when it is back, without a restart (R-15, R-16, R-19, R-20,
//!

use std::{sync::Arc, time::Duration};

use serde_json::json;
use sspr::{
    demo::cluster::{Cluster, ClusterSettings, SUPERUSER},
    demo::people,
    senders::{Reason, SendError},
    store::migrate,
};

use crate::support::{
    app::{Node, World},
    client::{Answer, Client},
    http_server::TwilioServer,
    process::{HOST, Service},
    proxy::Proxy,
    smtp_server::SmtpServer,
    walk::{JOHN, JOHN_MAIL, JOHN_PHONE, NEW, Walk},
};

async fn until<T>(what: &str, mut found: impl AsyncFnMut() -> Option<T>) -> T {
    for _ in 0..1500 {
        if let Some(found) = found().await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{what} did not come");
}

/// The page for "try again later", with the time in the header.
fn says_try_again(what: &str, answer: &Answer) {
    assert_eq!(answer.status, 503, "{what}: {answer:?}");
    let seconds: u32 =
        answer.header("retry-after").unwrap_or_else(|| panic!("{what}: {answer:?}")).parse().unwrap();
    assert!((1..=60).contains(&seconds), "{what}: {seconds}");
    assert!(answer.header("content-type").unwrap().starts_with("text/html"), "{what}");
    assert!(!answer.heading().is_empty(), "{what}");
    assert!(
        !answer.body.to_lowercase().contains("sql") && !answer.body.contains("127.0.0.1:5"),
        "{what}: {answer:?}"
    );
}

/// Someone in front of the page for the code, signed in besides, and a node whose wire can be cut.
async fn in_the_middle(world: &World, settings_proxy: &Proxy) -> (Node, Client) {
    let node = world.node_at(settings_proxy.url(), true).await;
    let walk = Walk::new(world, &node);
    walk.up_to_code().await;
    let signed_in = [("user_id", JOHN), ("password", &world.first_password(JOHN))];
    let signed_in = walk.client.submit("/sign-in", "/sign-in", &signed_in).await;
    assert_eq!(signed_in.location.as_deref(), Some("/"));
    (node, walk.client)
}

async fn pages_without_a_database_stay(client: &Client) {
    // Whoever has no reset under way; with one, the second page fills in what was typed.
    let client = Client::new(&client.url.lock().unwrap());
    for path in [
        "/sign-in",
        "/reset",
        "/reset/verify-user",
        "/contact-administrator",
        "/not-me/done/ended",
        "/robots.txt",
    ] {
        let answer = client.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
    }
    assert_eq!(client.get("/livez").await.status, 200);
    assert_eq!(client.get("/readyz").await.status, 503);
}

async fn all_others_say_try_again(client: &Client, code: &[(String, String)]) {
    for path in ["/reset/check-email", "/reset/security-code", "/reset/new-password", "/account", "/"] {
        says_try_again(path, &client.get(path).await);
    }
    let token = "A".repeat(64);
    for path in ["/reset/email-link/", "/not-me/", "/set-password/"] {
        says_try_again(path, &client.get(&format!("{path}{token}")).await);
    }
    let fields: Vec<(&str, &str)> =
        code.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    says_try_again("the code", &client.post("/reset/security-code", &fields).await);
    let answer = client.submit("/sign-in", "/sign-in", &[("user_id", JOHN), ("password", NEW)]).await;
    says_try_again("a sign-in", &answer);
    let stranger = Client::new(&client.url.lock().unwrap());
    let answer = stranger.submit("/reset/verify-user", "/reset/verify-user", &[("user_id", JOHN)]).await;
    says_try_again("a start", &answer);
}

async fn the_code_form(world: &World, client: &Client) -> Vec<(String, String)> {
    let page = client.get("/reset/security-code").await;
    let mut form = page.hidden_fields("/reset/security-code").unwrap();
    let code = crate::support::client::code_in(&world.sms_to(JOHN_PHONE).await.text);
    form.push(("code".to_owned(), code));
    form
}

async fn goes_on(client: &Client, code: &[(String, String)]) {
    until("the database's return", async || (client.get("/readyz").await.status == 200).then_some(())).await;
    let fields: Vec<(&str, &str)> =
        code.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let proven = client.post("/reset/security-code", &fields).await;
    assert_eq!(proven.location.as_deref(), Some("/reset/new-password"), "{proven:?}");
    assert_eq!(client.get("/account").await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_database_is_away_what_needs_none_works_and_all_else_says_try_again() {
    let world = World::with(&[("SSPR_DATABASE__ACQUIRE_TIMEOUT_MS", "300")]).await;
    let proxy = Proxy::to(&world.database.url()).await;
    let (node, client) = in_the_middle(&world, &proxy).await;
    let code = the_code_form(&world, &client).await;
    proxy.refuse();
    proxy.gone().await;
    pages_without_a_database_stay(&client).await;
    all_others_say_try_again(&client, &code).await;
    proxy.mend();
    goes_on(&client, &code).await;
    // The outbox' workers and their listener are back as well.
    let walk = Walk { world: &world, client };
    assert_eq!(walk.set_password(NEW).await.location.as_deref(), Some("/reset/done"));
    world.mail_to(JOHN).await;
    drop(node);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_says_nothing_holds_nobody_longer_than_a_request_may_take() {
    let world = World::with(&[
        ("SSPR_DATABASE__ACQUIRE_TIMEOUT_MS", "300"),
        ("SSPR_SERVER__REQUEST_TIMEOUT_SECONDS", "1"),
    ])
    .await;
    let proxy = Proxy::to(&world.database.url()).await;
    let (_node, client) = in_the_middle(&world, &proxy).await;
    let code = the_code_form(&world, &client).await;
    proxy.silent(true);
    pages_without_a_database_stay(&client).await;
    all_others_say_try_again(&client, &code).await;
    proxy.silent(false);
    // What was sent while nobody listened may arrive now; the person sees the page of where it led.
    until("the database's return", async || (client.get("/readyz").await.status == 200).then_some(())).await;
    assert_eq!(client.get("/account").await.status, 200);
    assert_eq!(world.count("select count(*) from reset_attempts where code_tries > 1").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_fell_silent_for_ever_do_not_take_the_pool_with_them() {
    let world = World::with(&[
        ("SSPR_DATABASE__ACQUIRE_TIMEOUT_MS", "300"),
        ("SSPR_DATABASE__MAX_CONNECTIONS", "2"),
        ("SSPR_SERVER__REQUEST_TIMEOUT_SECONDS", "1"),
    ])
    .await;
    let proxy = Proxy::to(&world.database.url()).await;
    let node = world.node_at(proxy.url(), false).await;
    let client = Client::new(&node.url);
    // Both connections are open and in use.
    proxy.delay(Duration::from_millis(20));
    tokio::join!(client.get("/readyz"), client.get("/readyz"), client.get("/readyz"));
    proxy.delay(Duration::ZERO);
    proxy.strand();
    let token = "A".repeat(64);
    let path = format!("/not-me/{token}");
    until("an answer", async || (client.get(&path).await.status == 404).then_some(())).await;
    until("readiness", async || (client.get("/readyz").await.status == 200).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_a_slow_database_everything_takes_longer_and_works() {
    let world = World::new().await;
    let proxy = Proxy::to(&world.database.url()).await;
    proxy.delay(Duration::from_millis(15));
    let node = world.node_at(proxy.url(), true).await;
    let walk = Walk::new(&world, &node);
    walk.up_to_password().await;
    assert_eq!(walk.set_password(NEW).await.location.as_deref(), Some("/reset/done"));
    assert!(walk.signs_in(JOHN, NEW).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgres_that_is_stopped_and_started_again_is_found_again() {
    let data_dir = std::env::temp_dir().join(format!("sspr-it-outage-{}", sspr::random::id()));
    let settings = ClusterSettings { data_dir: data_dir.clone(), durable: false, binaries: None };
    let start = || {
        let settings = settings.clone();
        tokio::task::spawn_blocking(move || Cluster::start(&settings).unwrap())
    };
    let cluster = start().await.unwrap();
    let elsewhere = cluster.data_elsewhere().map(std::path::Path::to_owned);
    let url = cluster.url("postgres", SUPERUSER);
    migrate::migrate(&url, None).await.unwrap();
    let world = World::with(&[("SSPR_DATABASE__ACQUIRE_TIMEOUT_MS", "300")]).await;
    // A wire, since each start of the server has a socket of its own.
    let proxy = Proxy::to(&url).await;
    let node = world.node_at(proxy.url(), false).await;
    people::make(&url, node.app.keys.current(), &node.app.hashing).await.unwrap();
    let client = Client::new(&node.url);
    let sign_in = [("user_id", JOHN), ("password", &*world.first_password(JOHN))];
    assert_eq!(client.submit("/sign-in", "/sign-in", &sign_in).await.status, 303);
    tokio::task::spawn_blocking(move || cluster.stop().unwrap()).await.unwrap();
    pages_without_a_database_stay(&client).await;
    says_try_again("a sign-in", &client.submit("/sign-in", "/sign-in", &sign_in).await);
    let cluster = start().await.unwrap();
    proxy.aim(&cluster.url("postgres", SUPERUSER));
    until("readiness", async || (client.get("/readyz").await.status == 200).then_some(())).await;
    // The session outlived it, in the database.
    assert_eq!(client.get("/account").await.status, 200);
    drop(node);
    tokio::task::spawn_blocking(move || drop(cluster)).await.unwrap();
    for folder in elsewhere.iter().chain([&data_dir]) {
        std::fs::remove_dir_all(folder).unwrap();
    }
}

#[tokio::test]
async fn while_no_message_can_leave_the_pages_are_the_same_and_each_arrives_once_afterwards() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let walk = Walk::new(&world, &node);
    let away = SendError::TryAgain(Reason::new("connect"));
    let relay_is_away_for = async |times: usize| {
        for _ in 0..times {
            world.mail.fail_next(away);
            world.sms.fail_next(away);
        }
        for _ in 0..times {
            node.drain().await;
            world.execute("update outbox set run_at = now() where state = 'queued'").await;
        }
    };
    let started = walk.start(JOHN).await;
    assert_eq!(started.location.as_deref(), Some("/reset/check-email"));
    relay_is_away_for(3).await;
    let (_, page) = walk.client.open("/reset/check-email").await;
    assert_eq!((page.status.as_u16(), page.heading()), (200, "Check your e-mail"));
    assert!(world.mail.sent().is_empty());
    world.sms.take();
    node.drain().await;
    let opened = walk.open_link(&walk.link().await).await;
    assert_eq!(opened.location.as_deref(), Some("/reset/security-code"));
    node.drain().await;
    node.drain().await;
    world.execute("update outbox set run_at = now() where state = 'queued'").await;
    // Faults that were not used up by the mail are the SMS'.
    for _ in 0..4 {
        node.drain().await;
        world.execute("update outbox set run_at = now() where state = 'queued'").await;
    }
    assert_eq!(walk.type_code(&walk.code().await).await.location.as_deref(), Some("/reset/new-password"));
    world.mail.take();
    world.sms.take();
    assert_eq!(walk.set_password(NEW).await.location.as_deref(), Some("/reset/done"));
    for _ in 0..12 {
        world.mail.fail_next(away);
    }
    for round in 0..4 {
        assert!(world.mail.sent().is_empty() || round == 3, "sent in round {round}");
        node.drain().await;
        // Hours pass: a notice has no end.
        world.execute("update outbox set created_at = created_at - interval '5 hours', run_at = now() where state = 'queued'").await;
    }
    node.drain().await;
    let mut to: Vec<String> = world.mail.take().into_iter().map(|mail| mail.to).collect();
    to.sort();
    assert_eq!(to, ["globaladmin@contoso.com", "globaladmin@fabrikam.com", JOHN, JOHN_MAIL]);
    assert_eq!(world.sms.take().len(), 1);
    assert_eq!(world.count("select count(*) from outbox where state <> 'sent'").await, 0);
}

#[tokio::test]
async fn every_request_of_a_walk_meets_another_node_and_the_one_before_is_dead() {
    let world = World::new().await;
    let mut former: Option<(Proxy, Node)> = None;
    let client = Client::new("http://127.0.0.1:1");
    let mut next = async || {
        if let Some((proxy, node)) = former.take() {
            proxy.refuse();
            node.stop();
            proxy.gone().await;
        }
        let proxy = Proxy::to(&world.database.url()).await;
        let node = world.node_at(proxy.url(), true).await;
        client.go_to(&node.url);
        former = Some((proxy, node));
    };
    let mut step = async |page: &str, action: &str, fields: &[(&str, &str)], then: &str| {
        next().await;
        let (path, form) = client.open(page).await;
        let hidden = form.hidden_fields(action).unwrap_or_else(|| panic!("{path}: {form:?}"));
        next().await;
        let answer = client.post_form(action, hidden, fields).await;
        assert_eq!(answer.location.as_deref(), Some(then), "{action}: {answer:?}");
    };
    step("/reset", "/reset", &[("option", "forgot_password")], "/reset/verify-user").await;
    let page = "/reset/verify-user";
    step(page, page, &[("user_id", JOHN)], "/reset/check-email").await;
    let link = crate::support::client::link_in(&world.mail_to(JOHN_MAIL).await.text);
    let link = &link[link.find("/reset/email-link/").unwrap()..];
    step(link, "/reset/email-link", &[], "/reset/security-code").await;
    let code = crate::support::client::code_in(&world.sms_to(JOHN_PHONE).await.text);
    let page = "/reset/security-code";
    step(page, page, &[("code", &code)], "/reset/new-password").await;
    let page = "/reset/new-password";
    step(page, page, &[("new_password", NEW), ("confirm_password", NEW)], "/reset/done").await;
    step("/sign-in", "/sign-in", &[("user_id", JOHN), ("password", NEW)], "/").await;
    step("/account", "/sign-out", &[], "/sign-in?notice=signed-out").await;
}

/// A world that is served for real, and John's cookies under the names that go with it.
async fn served(world: &World, client: &Client, url: &str, mail: &SmtpServer, sms: &TwilioServer) -> Service {
    world.execute("update installation set demo = false").await;
    let service = Service::start(url, mail, sms).await;
    let cookies =
        client.cookies().into_iter().map(|(name, value)| (format!("__Host-{name}"), value)).collect();
    client.set_cookies(cookies);
    client.header("host", HOST);
    client.go_to(&service.url);
    service
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sigterm_lets_the_request_under_way_finish_and_loses_no_message() {
    let world = World::new().await;
    let (mut mail, sms) = (SmtpServer::start(json!({})).await, TwilioServer::start().await);
    let node = world.node().await;
    let walk = Walk::new(&world, &node);
    walk.up_to_password().await;
    drop(node);
    let proxy = Proxy::to(&world.database.url()).await;
    let service = served(&world, &walk.client, proxy.url(), &mail, &sms).await;
    let page = walk.client.get("/reset/new-password").await;
    let hidden = page.hidden_fields("/reset/new-password").unwrap();
    // The request waits in the middle of its work while the process is told to stop.
    proxy.silent(true);
    let fields = [("new_password", NEW), ("confirm_password", NEW)];
    let answer = walk.client.post_form("/reset/new-password", hidden, &fields);
    let stop = async {
        // Its first message waits on the wire. Should that have been the sealer's, the request is there within half a second.
        until("the request", async || (!proxy.seen().is_empty()).then_some(())).await;
        for _ in 0..50 {
            if proxy.seen().len() > 1 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        service.terminate();
        until("the stop", async || {
            service
                .log()
                .iter()
                .any(|line| line["message"].as_str().is_some_and(|m| m.starts_with("stopping")))
                .then_some(())
        })
        .await;
        proxy.silent(false);
    };
    proxy.forget();
    let (answer, ()) = tokio::join!(answer, stop);
    assert_eq!(answer.location.as_deref(), Some("/reset/done"), "{answer:?}");
    assert_eq!(service.end().await.code(), Some(0), "{:?}", service.log());
    // What it did not send any more, the next one does, and nothing twice.
    let service = Service::start(&world.database.url(), &mail, &sms).await;
    until("the notices", async || {
        (world.count("select count(*) from outbox where state <> 'sent'").await == 0).then_some(())
    })
    .await;
    drop(service);
    for _ in 0..4 {
        mail.next("mail").await;
    }
    assert!(!mail.events().iter().any(|event| event["event"] == "mail"));
    assert_eq!(sms.messages().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sigterm_lets_the_mail_under_way_finish_so_that_it_is_not_sent_twice() {
    let world = World::new().await;
    // The relay takes its time to say that it has the mail.
    let mut mail = SmtpServer::start(json!({ "replies": { "DATA": ["late 1.5", "ok"] } })).await;
    let sms = TwilioServer::start().await;
    let node = world.node_without_workers().await;
    let walk = Walk::new(&world, &node);
    walk.start(JOHN).await;
    let service = served(&world, &walk.client, &world.database.url(), &mail, &sms).await;
    mail.next("mail").await;
    service.terminate();
    assert_eq!(service.end().await.code(), Some(0));
    assert_eq!(world.count("select count(*) from outbox where state = 'sent'").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)] // R-20, V-59
async fn five_hundred_sign_ins_at_once_cost_no_one_else_their_page_and_no_memory() {
    let world = World::new().await;
    let (mail, sms) = (SmtpServer::start(json!({})).await, TwilioServer::start().await);
    let client = Arc::new(Client::new("http://127.0.0.1:1"));
    let service = served(&world, &client, &world.database.url(), &mail, &sms).await;
    let page = client.get("/sign-in").await;
    let hidden = page.hidden_fields("/sign-in").unwrap();
    let before = service.most_memory_kib();
    let mut flood = tokio::task::JoinSet::new();
    for number in 0..500 {
        let (client, hidden) = (client.clone(), hidden.clone());
        flood.spawn(async move {
            let user_id = format!("nobody{number}@contoso.com");
            client.post_form("/sign-in", hidden, &[("user_id", &user_id), ("password", NEW)]).await
        });
    }
    // Whoever only wants a page gets it meanwhile.
    let other = Client::new(&service.url);
    other.header("host", HOST);
    let mut looks = 0;
    let (mut judged, mut refused) = (0, 0);
    while !flood.is_empty() {
        for path in ["/sign-in", "/reset", "/livez"] {
            assert_eq!(other.get(path).await.status, 200, "{path}");
            looks += 1;
        }
        while let Some(answer) = flood.try_join_next() {
            let answer = answer.unwrap();
            if answer.status == 422 {
                judged += 1;
            } else {
                says_try_again("a sign-in of many", &answer);
                refused += 1;
            }
        }
    }
    assert_eq!(judged + refused, 500);
    assert!(judged > 0 && refused > 0 && looks >= 3, "{judged} judged, {refused} refused, {looks} looks");
    // 500 hashes at once would be 9.5 GB.
    if let (Some(before), Some(after)) = (before, service.most_memory_kib()) {
        assert!(after - before < 200 * 1024, "{before} KiB, then {after} KiB");
    }
    // And it still works.
    let answer = client
        .submit("/sign-in", "/sign-in", &[("user_id", JOHN), ("password", &world.first_password(JOHN))])
        .await;
    assert_eq!(answer.location.as_deref(), Some("/"), "{answer:?}");
}

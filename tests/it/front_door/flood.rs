//! Many sign-ins at once: each is judged or told to come again, nothing else, and nothing of it stays (R-20, V-59, V-18).

use std::{collections::BTreeMap, sync::Arc};

use axum::body::Body;

use crate::support::{
    app::World,
    client::Client,
    direct::Direct,
    office::{GLOBAL, Office},
    walk::{JOHN, NEW},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)] // R-20, V-59
async fn of_five_hundred_sign_ins_at_once_each_is_judged_or_told_to_come_again_and_nothing_stays() {
    let world = World::with(&[
        ("SSPR_SERVER__CONNECTIONS_PER_NETWORK", "800"),
        ("SSPR_BUDGETS__SIGN_IN_FAILURES_PER_ACCOUNT_AND_NETWORK_PER_15_MINUTES", "100"),
    ])
    .await;
    let node = world.node_without_workers().await;
    let client = Arc::new(Client::new(&node.url));
    let hidden = client.get("/sign-in").await.hidden_fields("/sign-in").unwrap();
    let right = world.first_password(JOHN);
    let mut flood = tokio::task::JoinSet::new();
    for n in 0..500 {
        let (client, hidden, right) = (client.clone(), hidden.clone(), right.clone());
        flood.spawn(async move {
            // Of each account fewer than its budget allows.
            let (who, password) = match n % 8 {
                0 => (JOHN.to_owned(), right),
                1 => (JOHN.to_owned(), "x".repeat(256)),
                2 => ("blocked@contoso.com".to_owned(), NEW.to_owned()),
                _ => (format!("nobody{n}@contoso.com"), "\u{1f511}".repeat(256)),
            };
            // A thief of the cookies would have them changed by each other's sign-in.
            client.twin().post_form("/sign-in", hidden, &[("user_id", &who), ("password", &password)]).await
        });
    }
    let mut answers: BTreeMap<u16, usize> = BTreeMap::new();
    while let Some(answer) = flood.join_next().await {
        let answer = answer.unwrap();
        *answers.entry(answer.status.as_u16()).or_default() += 1;
        if answer.status == 503 {
            assert!(answer.header("retry-after").is_some_and(|seconds| seconds.parse::<u32>().is_ok()));
        }
    }
    let known: Vec<u16> = answers.keys().copied().collect();
    assert!(known.iter().all(|status| [303, 422, 503].contains(status)), "{answers:?}");
    assert!(answers.values().sum::<usize>() == 500 && answers.len() >= 2, "{answers:?}");
    let standing = node.app.hashing.standing();
    assert_eq!(standing.waiting, 0, "{standing:?}");
    // Each answer that was judged was one job, whoever was named; what was refused was none that ran.
    let judged = answers.get(&422).unwrap_or(&0) + answers.get(&303).unwrap_or(&0);
    assert!(standing.taken >= u64::try_from(judged).unwrap(), "{standing:?} {answers:?}");
    let answer = client.submit("/sign-in", "/sign-in", &[("user_id", JOHN), ("password", &right)]).await;
    assert_eq!(answer.status, 303, "{answer:?}");
}

/// What counts as a wrong password.
async fn tries(world: &World) -> (i64, i64) {
    let in_a_row = "select coalesce(sum(failures), 0)::bigint from failures_in_a_row";
    (world.spent("sign-in/").await, world.count(in_a_row).await)
}

#[tokio::test] // R-20, V-16, V-26: a busy moment makes no right password a wrong one
async fn whoever_is_told_to_come_again_has_tried_nothing_and_a_network_at_its_limit_keeps_no_thread() {
    let world = World::with(&[
        ("SSPR_PASSWORD__HASHING_THREADS", "1"),
        ("SSPR_BUDGETS__SIGN_IN_FAILURES_PER_ACCOUNT_AND_NETWORK_PER_15_MINUTES", "1"),
    ])
    .await;
    let node = world.node_without_workers().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    office.grow_old().await;
    let client = Client::new(&node.url);
    let sign_in = async |who: &str, password: &str| {
        client.submit("/sign-in", "/sign-in", &[("user_id", who), ("password", password)]).await
    };
    let right = world.first_password(JOHN);
    let before = tries(&world).await;

    // The only thread is at work.
    let seat = node.app.hashing.seat(NEW.to_owned().into()).await.unwrap();
    for who in [JOHN, "nobody@contoso.com"] {
        let answer = sign_in(who, &right).await;
        assert_eq!(answer.status, 503, "{who}: {answer:?}");
        assert!(answer.header("retry-after").is_some());
    }
    assert_eq!(office.confirm(JOHN, "block", &[("your_password", "wrong")]).await.status, 503);
    let fields = [("current_password", "wrong"), ("new_password", NEW), ("confirm_password", NEW)];
    let own = office.client.submit("/account/password", "/account/password", &fields).await;
    assert_eq!(own.status, 503);
    assert_eq!(tries(&world).await, before, "counted, and never compared");
    drop(seat);

    // At its limit a network is told the time, whoever is named, and takes no thread for it: there is none.
    for who in [JOHN, "nobody@contoso.com"] {
        assert_eq!(sign_in(who, "wrong").await.status, 422);
        let seat = node.app.hashing.seat(NEW.to_owned().into()).await.unwrap();
        let jobs = node.app.hashing.jobs();
        assert_eq!(sign_in(who, &right).await.status, 429, "{who}");
        assert_eq!(node.app.hashing.jobs(), jobs);
        drop(seat);
    }
}

#[tokio::test] // V-18, V-58, V-59
async fn whoever_is_named_a_password_costs_one_hash_and_one_that_is_too_long_none() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let client = Client::new(&node.url);
    for who in [JOHN, "nobody@contoso.com", "nobody@nowhere.example", "blocked@contoso.com", "not a user ID"]
    {
        for (password, jobs) in [
            ("x".repeat(256), 1),
            ("\u{e9}".repeat(256), 1),
            ("x".repeat(257), 0),
            ("\u{1f511}".repeat(257), 0),
            ("x".repeat(15_000), 0),
        ] {
            let before = node.app.hashing.jobs();
            let answer =
                client.submit("/sign-in", "/sign-in", &[("user_id", who), ("password", &password)]).await;
            let length = password.chars().count();
            assert_eq!(answer.status, 422, "{who}, {length}: {answer:?}");
            assert!(
                answer.body.contains("The user ID or the password is not right"),
                "{who}: {}",
                answer.body
            );
            assert_eq!(node.app.hashing.jobs() - before, jobs, "{who}, {length} code points");
        }
        // Larger than a form may be.
        let before = node.app.hashing.jobs();
        let typed = [("user_id", who), ("password", &"x".repeat(20_000))];
        assert_eq!(client.submit("/sign-in", "/sign-in", &typed).await.status, 413);
        assert_eq!(node.app.hashing.jobs(), before);
    }
}

#[tokio::test] // V-59
async fn who_reads_recordings_slowly_holds_four_of_them_and_no_more() {
    let world = World::with(&[("SSPR_CAPTCHA__KIND", "characters")]).await;
    let node = world.node_without_workers().await;
    let mut visitor = Direct::new(&node.app);
    let page = visitor.look("GET", "/reset/verify-user").await;
    let sound = page
        .body
        .split('"')
        .find(|text| text.starts_with("/captcha/") && text.contains(".wav"))
        .unwrap()
        .to_owned();
    let begin = async || visitor.begin("GET", &sound, &[], Body::empty()).await;
    let mut read = Vec::new();
    for _ in 0..4 {
        let answer = begin().await;
        let length: u64 = answer.headers()["content-length"].to_str().unwrap().parse().unwrap();
        assert!(answer.status() == 200 && length > 50_000 && length < 340_000, "{answer:?}");
        read.push(answer);
    }
    let fifth = begin().await;
    assert_eq!((fifth.status().as_u16(), fifth.headers().contains_key("retry-after")), (503, true));
    // Whoever hangs up, and whoever has heard the whole, makes room.
    drop(read.pop());
    let whole = read.pop().unwrap();
    let length: usize = whole.headers()["content-length"].to_str().unwrap().parse().unwrap();
    assert_eq!(axum::body::to_bytes(whole.into_body(), 1 << 20).await.unwrap().len(), length);
    assert_eq!([begin().await, begin().await].map(|answer| answer.status().as_u16()), [200, 200]);
}

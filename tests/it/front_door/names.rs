//! Under which name we are asked: only ours, said once or twice the same (V-12); what a client says of proxies is not believed (V-30).

use super::{Raw, host};
use crate::support::app::World;

#[tokio::test] // V-12
async fn every_name_that_a_request_gives_has_to_be_ours() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let own = host(&node).to_owned();
    let name = own.split(':').next().unwrap();
    for (target, hosts, status) in [
        ("/reset".to_owned(), vec![own.clone()], 200),
        ("/reset".to_owned(), vec![name.to_owned()], 200),
        (format!("http://{own}/reset"), vec![own.clone()], 200),
        (format!("http://{own}/reset"), vec![], 200),
        // What a proxy looked at and what we look at may be two things.
        (format!("http://{own}/reset"), vec!["attacker.example".to_owned()], 421),
        ("http://attacker.example/reset".to_owned(), vec![own.clone()], 421),
        (format!("http://x@{own}/reset"), vec![own.clone()], 421),
        (format!("http://{own}:80/reset"), vec![own.clone()], 400),
        ("/reset".to_owned(), vec![own.clone(), own.clone()], 421),
        (format!("http://{own}/reset"), vec![own.clone(), own.clone()], 421),
        ("/reset".to_owned(), vec![format!("x@{own}")], 421),
        ("/reset".to_owned(), vec![format!("{own}.attacker.example")], 421),
        ("/reset".to_owned(), vec![String::new()], 421),
        ("/reset".to_owned(), vec![], 421),
        ("/reset".to_owned(), vec!["\u{e9}".to_owned()], 421),
        ("//attacker.example/reset".to_owned(), vec![own.clone()], 404),
    ] {
        let hosts: String = hosts.iter().map(|host| format!("Host: {host}\r\n")).collect::<Vec<_>>().concat();
        let request = format!("GET {target} HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n");
        let answers = Raw::all(&node, request).await;
        assert_eq!(answers.len(), 1, "{target} {hosts:?}: {answers:?}");
        assert_eq!(answers[0].status, status, "{target} {hosts:?}: {answers:?}");
        let all = format!("{}{}", answers[0].head, answers[0].body);
        assert!(!all.contains("attacker"), "{target} {hosts:?}: {all}");
    }
    // Asked by address and by providers: no name is looked at, and none comes back.
    for path in ["/livez", "/readyz", "/hooks/sms/nobody"] {
        let answer = Raw::to(&node).await.get(path, "attacker.example").await.unwrap();
        // A receipt that nobody signed is not believed, under whatever name.
        let status = if path.starts_with("/hooks/") { 403 } else { 200 };
        assert_eq!(answer.status, status, "{path}: {answer:?}");
        assert!(!format!("{answer:?}").contains("attacker"), "{path}: {answer:?}");
    }
    // What is no address of a page.
    for target in ["*", &own, "CONNECT"] {
        let line = if target == "*" { "OPTIONS *".to_owned() } else { format!("CONNECT {own}") };
        let answers =
            Raw::all(&node, format!("{line} HTTP/1.1\r\nHost: {own}\r\nConnection: close\r\n\r\n")).await;
        assert_eq!(answers.len(), 1, "{line}");
        assert!((400..500).contains(&answers[0].status), "{line}: {answers:?}");
    }
}

#[tokio::test] // V-30
async fn what_a_client_says_of_proxies_moves_no_budget() {
    for (proxies, moved) in [("", false), ("127.0.0.1", true)] {
        let world = World::with(&[
            ("SSPR_SERVER__TRUSTED_PROXIES", proxies),
            ("SSPR_BUDGETS__SIGN_IN_FAILURES_PER_NETWORK_PER_HOUR", "3"),
        ])
        .await;
        let node = world.node_without_workers().await;
        let mut last = 0;
        for n in 0..6 {
            let client = crate::support::client::Client::new(&node.url);
            for name in [
                "x-forwarded-for",
                "x-real-ip",
                "forwarded",
                "x-client-ip",
                "true-client-ip",
                "cf-connecting-ip",
            ] {
                let value =
                    if name == "forwarded" { format!("for=192.0.2.{n}") } else { format!("192.0.2.{n}") };
                client.header(name, &value);
            }
            let typed = [("user_id", &*format!("nobody{n}@contoso.com")), ("password", "x")];
            last = client.submit("/sign-in", "/sign-in", &typed).await.status.as_u16();
        }
        assert_eq!(last, if moved { 422 } else { 429 }, "{proxies:?}");
    }
}

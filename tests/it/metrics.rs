//! `/metrics`: what it tells, in a form that others read, and what it must never tell.
#![expect(clippy::float_cmp, reason = "these samples are counts: whole numbers, exactly")]

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
};

use sspr::{
    metrics::Fate,
    senders::{Reason, SendError},
    server,
};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::{
    shell::Shell,
    support::{
        app::{Node, World},
        client::Client,
        routes,
        walk::{JOHN, JOHN_MAIL, JOHN_PHONE, NEW, Walk},
    },
};

/// A node's listener for whoever watches.
struct Watch {
    address: SocketAddr,
    stop: CancellationToken,
    serving: JoinHandle<std::io::Result<()>>,
}

impl Watch {
    async fn of(node: &Node) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let serving = tokio::spawn(server::serve_metrics(node.app.clone(), listener, stop.clone()));
        Self { address, stop, serving }
    }

    async fn text(&self) -> String {
        scrape(self.address).await
    }

    async fn read(&self) -> Samples {
        read(&self.text().await)
    }
}

async fn scrape(address: SocketAddr) -> String {
    let answer = Client::new(&format!("http://{address}")).get("/metrics").await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("content-type"),
        Some("application/openmetrics-text; version=1.0.0; charset=utf-8")
    );
    answer.body
}

/// Every sample by its name and sorted labels.
type Samples = BTreeMap<String, f64>;

/// Reads `OpenMetrics` as strictly as its specification has it: whoever reads it elsewhere will.
fn read(text: &str) -> Samples {
    let (mut samples, mut families) = (Samples::new(), BTreeSet::new());
    let (mut family, mut kind) = (String::new(), String::new());
    let body = text.strip_suffix("# EOF\n").expect("the end of it");
    assert!(!body.contains("# EOF"));
    for line in body.lines() {
        if let Some(rest) = line.strip_prefix("# ") {
            let words: Vec<&str> = rest.splitn(3, ' ').collect();
            let [what, name, value] = words[..] else { panic!("{line}") };
            if name != family {
                assert!(families.insert(name.to_owned()), "{name} comes in two parts");
                (family, kind) = (name.to_owned(), String::new());
            }
            match what {
                "TYPE" => value.clone_into(&mut kind),
                "UNIT" => assert!(name.ends_with(&format!("_{value}")), "{line}"),
                "HELP" => assert!(value.len() > 5, "{line}"),
                _ => panic!("{line}"),
            }
            continue;
        }
        let (series, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("{line}"));
        let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
        let suffixes: &[&str] = match kind.as_str() {
            "counter" => &["_total"],
            "gauge" => &[""],
            "info" => &["_info"],
            "histogram" => &["_bucket", "_sum", "_count"],
            other => panic!("{other}: {line}"),
        };
        assert!(
            suffixes.iter().any(|suffix| name == format!("{family}{suffix}")),
            "{line} under {family} {kind}"
        );
        let mut pairs: Vec<&str> =
            labels.strip_suffix('}').unwrap_or_else(|| panic!("{line}")).split(',').collect();
        pairs.retain(|pair| !pair.is_empty());
        for pair in &pairs {
            let (key, value) = pair.split_once('=').unwrap_or_else(|| panic!("{line}"));
            assert!(key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{line}");
            let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
            assert!(value.is_some_and(|value| !value.contains(['"', '\\'])), "{line}");
        }
        pairs.sort_unstable();
        let value: f64 = value.parse().unwrap_or_else(|_| panic!("{line}"));
        assert!(value >= 0.0, "{line}");
        let known = samples.insert(format!("{name}{{{}}}", pairs.join(",")), value);
        assert!(known.is_none(), "{line} comes twice");
    }
    let counts: Vec<_> = samples.iter().filter(|(name, _)| name.contains("_count{")).collect();
    assert!(!counts.is_empty() || !text.contains("histogram"), "no histogram has a count: {text}");
    for (name, count) in counts {
        let (name, labels) = name.split_once("_count{").unwrap();
        let all = format!("{name}_bucket{{{}", join("le=\"+Inf\"", labels));
        assert_eq!(samples.get(&all), Some(count), "{all}: {text}");
    }
    samples
}

fn join(first: &str, labels: &str) -> String {
    let mut all: Vec<&str> = labels.trim_end_matches('}').split(',').filter(|l| !l.is_empty()).collect();
    all.push(first);
    all.sort_unstable();
    format!("{}}}", all.join(","))
}

/// A sample, 0 where it was never counted.
fn of(samples: &Samples, name: &str) -> f64 {
    samples.get(name).copied().unwrap_or(0.0)
}

#[tokio::test]
async fn what_happens_moves_the_numbers_that_tell_of_it() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let watch = Watch::of(&node).await;
    let walk = Walk::new(&world, &node);
    world.mail.fail_next(SendError::TryAgain(Reason::new("smtp rcpt").code(451)));
    walk.start(JOHN).await;
    let waiting = watch.read().await;
    assert_eq!(of(&waiting, "sspr_outbox_queued{channel=\"email\",urgent=\"true\"}"), 1.0);
    assert_eq!(of(&waiting, "sspr_outbox_queued{channel=\"sms\",urgent=\"true\"}"), 0.0);
    assert_eq!(of(&waiting, "sspr_database_up{}"), 1.0);
    world
        .execute("update outbox set created_at = now() - interval '61 s', run_at = now() - interval '61 s'")
        .await;
    let oldest = of(&watch.read().await, "sspr_outbox_oldest_seconds{channel=\"email\",urgent=\"true\"}");
    assert!((61.0..600.0).contains(&oldest), "{oldest}");
    node.drain().await;
    world.execute("update outbox set run_at = now() where state = 'queued'").await;
    node.drain().await;
    walk.open_link(&walk.link().await).await;
    world.sms.fail_next(SendError::GiveUp(Reason::new("refused").code(400)));
    node.drain().await;
    node.app.metrics.receipt("sms", Fate::Failed);
    walk.signs_in(JOHN, "not it").await;
    walk.signs_in(JOHN, &world.first_password(JOHN)).await;
    let found = watch.read().await;
    for (name, value) in [
        ("sspr_sends_total{channel=\"email\",outcome=\"retry\",provider=\"mail\"}", 1.0),
        ("sspr_sends_total{channel=\"email\",outcome=\"accepted\",provider=\"mail\"}", 1.0),
        ("sspr_sends_total{channel=\"sms\",outcome=\"refused\",provider=\"sms\"}", 1.0),
        ("sspr_send_seconds_count{channel=\"email\",provider=\"mail\"}", 2.0),
        ("sspr_messages_finished_total{channel=\"email\",state=\"sent\"}", 1.0),
        ("sspr_messages_finished_total{channel=\"sms\",state=\"gave_up\"}", 1.0),
        ("sspr_urgent_message_seconds_count{channel=\"email\"}", 1.0),
        // A minute had passed before it could leave.
        ("sspr_urgent_message_seconds_bucket{channel=\"email\",le=\"60.0\"}", 0.0),
        ("sspr_urgent_message_seconds_bucket{channel=\"email\",le=\"120.0\"}", 1.0),
        ("sspr_urgent_message_seconds_count{channel=\"sms\"}", 0.0),
        ("sspr_outbox_gave_up_last_hour{}", 1.0),
        ("sspr_outbox_queued{channel=\"email\",urgent=\"true\"}", 0.0),
        ("sspr_receipts_total{fate=\"failed\",provider=\"sms\"}", 1.0),
        ("sspr_sign_ins_total{outcome=\"failed\"}", 1.0),
        ("sspr_sign_ins_total{outcome=\"done\"}", 1.0),
        ("sspr_attempts_total{step=\"started\"}", 1.0),
        ("sspr_attempts_total{step=\"email_proven\"}", 1.0),
        ("sspr_attempts_total{step=\"code_proven\"}", 0.0),
        ("sspr_hashing_refused_total{}", 0.0),
        ("sspr_http_requests_total{route=\"/reset/email-link\",status=\"3xx\"}", 1.0),
    ] {
        assert_eq!(of(&found, name), value, "{name}: {found:#?}");
    }
    assert!(of(&found, "sspr_hashing_jobs_total{}") >= 2.0);
    assert!(of(&found, "sspr_audit_unsealed_oldest_seconds{}") > 0.0, "no sealer runs here: {found:#?}");
    assert!(found.keys().any(|name| name.starts_with("sspr_build_info{version=")));
}

#[tokio::test] // V-47
async fn no_label_and_no_value_is_of_a_person_and_their_number_is_bounded() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let watch = Watch::of(&node).await;
    let walk = Walk::new(&world, &node);
    walk.start("nobody@contoso.com").await;
    walk.start(JOHN).await;
    node.drain().await;
    let link = walk.link().await;
    walk.open_link(&link).await;
    node.drain().await;
    let code = walk.code().await;
    walk.type_code("00000000").await;
    walk.type_code(&code).await;
    walk.set_password(NEW).await;
    node.drain().await;
    let client = Client::new(&node.url);
    for n in 0..50 {
        client.get(&format!("/nowhere/{n}")).await;
        client.get(&format!("/reset/email-link/{n}")).await;
        client.get(&format!("/portal/users/{}", sspr::random::id())).await;
        client.get(&format!("/portal/messages/{}", sspr::random::id())).await;
    }
    let text = watch.text().await;
    let samples = read(&text);
    let mut canaries: Vec<String> = sqlx::query_scalar(
        "select user_id from users union select display_name from users union select id::text from users
         union select name from companies union select id::text from companies union select domain from company_domains
         union select address from alternate_emails union select number from mobile_phones
         union select id::text from outbox union select id::text from reset_attempts union select receipt from reset_attempts where receipt <> ''",
    )
    .fetch_all(&world.pool)
    .await
    .unwrap();
    canaries.extend([
        JOHN_MAIL.into(),
        JOHN_PHONE[2..].into(),
        code,
        link[link.rfind('/').unwrap() + 1..].into(),
    ]);
    let lower = text.to_lowercase();
    for canary in canaries {
        assert!(!lower.contains(&canary.to_lowercase()), "{canary}");
    }
    let table: BTreeSet<String> = routes::all().into_iter().map(|route| route.path).collect();
    for name in samples.keys() {
        let Some((_, rest)) = name.split_once("route=\"") else { continue };
        let route = rest.split_once('"').unwrap().0;
        assert!(route == "none" || table.contains(route), "{name}");
    }
    assert_eq!(of(&samples, "sspr_http_requests_total{route=\"none\",status=\"4xx\"}"), 50.0);
    assert!(samples.len() < 1500, "{}", samples.len());
}

#[tokio::test]
async fn a_database_that_is_away_leaves_its_numbers_out_and_the_rest_is_told() {
    let world = World::new().await;
    let nowhere = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let node = world.node_at(&format!("postgres://sspr@{nowhere}/sspr"), false).await;
    let watch = Watch::of(&node).await;
    let found = watch.read().await;
    assert_eq!(found.get("sspr_database_up{}"), Some(&0.0));
    assert!(!found.keys().any(|name| name.contains("outbox") || name.contains("unsealed")), "{found:#?}");
    assert!(
        found.contains_key("sspr_hashing_waiting{}")
            && found.contains_key("sspr_database_connections_used{}")
    );
}

#[tokio::test]
async fn the_public_address_tells_no_numbers_and_that_of_the_numbers_no_pages() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let watch = Watch::of(&node).await;
    let public = Client::new(&node.url).get("/metrics").await;
    assert_eq!(public.status, 404);
    assert!(!public.body.contains("sspr_"));
    let private = Client::new(&format!("http://{}", watch.address));
    for path in ["/", "/sign-in", "/reset", "/livez", "/portal/users", "/metrics/"] {
        assert_eq!(private.get(path).await.status, 404, "{path}");
    }
    assert_eq!(private.post("/metrics", &[]).await.status, 405);
    // It ends in order, and then nobody listens.
    drop(private);
    watch.stop.cancel();
    watch.serving.await.unwrap().unwrap();
    assert!(tokio::net::TcpStream::connect(watch.address).await.is_err());
}

/// Everything that serving insists on.
fn to_serve(world: &World) -> Shell {
    let mut shell = Shell::of(world, "https://reset.example");
    for (name, value) in [
        ("SSPR_SERVER__LISTEN", "127.0.0.1:0"),
        ("SSPR_MAIL__HOST", "localhost"),
        ("SSPR_MAIL__FROM", "Password reset <reset@contoso.com>"),
        ("SSPR_SMS__ACCOUNT_SID", "AC00000000000000000000000000000000"),
        ("SSPR_SMS__AUTH_TOKEN", "none"),
        ("SSPR_SMS__FROM", "+14255550142"),
        ("SSPR_LOG__FORMAT", "json"),
    ] {
        shell.set(name, value);
    }
    shell
}

/// Starts the service, waits until it serves, and gives where it tells its numbers, if anywhere.
async fn watched(shell: &Shell) -> (tokio::process::Child, Option<SocketAddr>) {
    use tokio::io::{AsyncBufReadExt as _, BufReader};
    let mut child = shell.command(&["serve"]).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut found = None;
    let looking = async {
        while let Some(line) = lines.next_line().await.unwrap() {
            let line: serde_json::Value = serde_json::from_str(&line).unwrap();
            let line = line.get("fields").unwrap_or(&line).clone();
            if line["message"] == "metrics" {
                found = Some(line["address"].as_str().unwrap().parse().unwrap());
            }
            if line["message"] == "serving" {
                return;
            }
        }
        panic!("it ended before it served");
    };
    tokio::time::timeout(std::time::Duration::from_mins(1), looking).await.unwrap();
    (child, found)
}

#[tokio::test]
async fn a_real_service_tells_its_numbers_where_the_configuration_says_so_and_else_nowhere() {
    let world = World::new().await;
    world.execute("update installation set demo = false").await;
    let mut shell = to_serve(&world);
    let (quiet, nowhere) = watched(&shell).await;
    assert_eq!(nowhere, None);
    drop(quiet);
    shell.set("SSPR_METRICS__LISTEN", "127.0.0.1:0");
    let (mut child, address) = watched(&shell).await;
    let found = read(&scrape(address.unwrap()).await);
    assert_eq!(of(&found, "sspr_database_up{}"), 1.0);
    let id = child.id().unwrap().to_string();
    assert!(tokio::process::Command::new("kill").args(["-TERM", &id]).status().await.unwrap().success());
    let ended = tokio::time::timeout(std::time::Duration::from_mins(1), child.wait()).await.unwrap().unwrap();
    assert_eq!(ended.code(), Some(0));
}

#[tokio::test]
async fn the_address_of_the_numbers_is_checked_before_anything_is_served() {
    let world = World::new().await;
    let mut shell = to_serve(&world);
    shell.set("SSPR_SERVER__LISTEN", "127.0.0.1:8080");
    for same in ["127.0.0.1:8080", "0.0.0.0:8080", "[::]:8080"] {
        shell.set("SSPR_METRICS__LISTEN", same);
        let heard = shell.types("config check").await;
        assert!(
            heard.code == 78 && heard.err.contains("must be another address than server.listen"),
            "{heard:?}"
        );
    }
    shell.set("SSPR_METRICS__LISTEN", "9464");
    let heard = shell.types("config check").await;
    assert!(heard.code == 78 && heard.err.contains("an IP address with a port"), "{heard:?}");
    for (address, warned) in [
        ("127.0.0.1:9464", false),
        ("10.0.0.5:9464", false),
        ("[fd00::1]:9464", false),
        ("0.0.0.0:9464", true),
        ("192.0.2.7:9464", true),
    ] {
        shell.set("SSPR_METRICS__LISTEN", address);
        let heard = shell.types("config check").await;
        let told = format!("{}{}", heard.out, heard.err);
        assert_eq!(told.contains("can be reached from elsewhere"), warned, "{address}: {heard:?}");
        assert_eq!(heard.code, 0, "{address}: {heard:?}");
    }
}

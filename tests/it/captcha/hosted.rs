//! Another company's check: believed only as it was asked for, spent once, and never waited for.

use serde_json::{Value, json};
use sspr::{
    captcha::hosted::Provider,
    config::{LogFormat, LogSettings},
};

use super::{
    siteverify::{Does, SECRET, Siteverify},
    *,
};
use crate::support::{browser::Setup, crowd::RESET, crowd::cookies_given, this_binary_again, walk::JOHN};

const KINDS: [&str; 3] = ["turnstile", "hcaptcha", "recaptcha"];
/// The policy of every other page, word for word.
const OURS: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; \
    form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'";
const TRUSTED: &str = "; require-trusted-types-for 'script'; trusted-types 'none'";
/// The same where our own worker is started, by the one policy of that name.
const TRUSTED_WORKER: &str = "; require-trusted-types-for 'script'; trusted-types sspr-proof";
/// The same where another company's script makes policies of its own.
const TRUSTED_THEIRS: &str = "; require-trusted-types-for 'script'";
const REFUSED: &str = "did not confirm that a person asks";
const AWAY: &str = "does not answer at the moment";

async fn world_of(kind: &str, verify_url: &str, more: &[(&str, &str)]) -> World {
    let mut settings = vec![
        ("SSPR_CAPTCHA__KIND", kind),
        ("SSPR_CAPTCHA__SITE_KEY", "site-key"),
        ("SSPR_CAPTCHA__SECRET", SECRET),
        ("SSPR_CAPTCHA__VERIFY_URL", verify_url),
        BEHIND_A_PROXY,
    ];
    settings.extend(more);
    World::with(&settings).await
}

fn has_check(page: &str) -> bool {
    page.contains("data-hosted=")
}

#[tokio::test] // V-68
async fn a_confirmed_token_starts_a_reset_once_on_its_own_form_and_nobodys_address_is_told() {
    for kind in KINDS {
        let server = Siteverify::start().await;
        let world = world_of(kind, server.url(), &[]).await;
        let node = world.node_without_workers().await;
        let visitor = Visitor::at(&node, RESET_PAGE, "192.0.2.1").await;
        assert!(has_check(&visitor.client.get(RESET_PAGE).await.body), "{kind}");
        let first =
            visitor.form.send(&visitor.client.twin(), &[("user_id", JOHN), ("proof", "good-1")]).await;
        assert_eq!(to(&first), STARTED, "{kind}");
        let again = visitor.send("globaladmin@contoso.com", "good-1", "").await;
        assert_eq!(again.status, 422, "{kind}");
        let asked = server.asked();
        let keys: Vec<&str> = asked[0].keys().map(String::as_str).collect();
        assert_eq!(keys, ["response", "secret"], "{kind}");
        assert_eq!(asked[0]["response"], "good-1");
        let contact = Visitor::at(&node, CONTACT_PAGE, "192.0.2.1").await;
        if kind == "hcaptcha" {
            server.made_for("no actions here");
        } else {
            assert_eq!(
                contact.send("user@contoso.com", "good-2", "").await.status,
                422,
                "{kind}: made for the reset"
            );
            server.made_for("contact");
        }
        let sent = contact.send("user@contoso.com", "good-3", "").await;
        assert_eq!(to(&sent), (303, "/contact-administrator/sent"), "{kind}");
        assert_eq!(starts(&world).await, 1, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)] // V-68
async fn a_token_counts_once_also_with_a_provider_that_forgets_and_on_two_nodes_at_once() {
    let server = Siteverify::start().await;
    server.does(Does::Forgets);
    let world = world_of("turnstile", server.url(), &[]).await;
    let nodes = [world.node_without_workers().await, world.node_without_workers().await];
    let visitor = Visitor::at(&nodes[0], RESET_PAGE, "192.0.2.1").await;
    let hands: Vec<Client> = (0..8).map(|_| visitor.client.twin()).collect();
    let names: Vec<String> = (0..8).map(|n| format!("person{n}@contoso.com")).collect();
    for (n, hand) in hands.iter().enumerate() {
        hand.go_to(&nodes[n % 2].url);
    }
    let form = &visitor.form;
    let sends = hands
        .iter()
        .zip(&names)
        .map(|(hand, name)| async move { form.send(hand, &[("user_id", name), ("proof", "good-1")]).await });
    let answers = futures_util::future::join_all(sends).await;
    assert_eq!(answers.iter().filter(|answer| to(answer) == STARTED).count(), 1, "{answers:?}");
    let hands: Vec<_> = hands.into_iter().zip(answers).collect();
    assert_eq!(cookies_given(&hands, RESET).len(), 1);
    assert_eq!(starts(&world).await, 1);
    // In another session.
    let other = Visitor::at(&nodes[1], RESET_PAGE, "192.0.2.2").await;
    assert_eq!(other.send(JOHN, "good-1", "").await.status, 422);
}

#[tokio::test] // V-26: each question costs the operator
async fn a_network_that_may_try_no_more_causes_no_question() {
    let server = Siteverify::start().await;
    let world =
        world_of("turnstile", server.url(), &[("SSPR_BUDGETS__STARTS_PER_NETWORK_PER_HOUR", "3")]).await;
    let node = world.node_without_workers().await;
    let visitor = Visitor::at(&node, RESET_PAGE, "192.0.2.1").await;
    // What is no user ID comes back without a question, and its token stays good.
    assert_eq!(visitor.send("nobody", "good-1", "").await.status, 422);
    assert_eq!(server.asked().len(), 0);
    for n in 0..6 {
        let answer = visitor.send(JOHN, &format!("bad-{n}"), "").await;
        assert_eq!(answer.status.as_u16(), if n < 3 { 422 } else { 429 }, "{n}");
    }
    assert_eq!(server.asked().len(), 3);
    // Nobody else has to wait for it.
    let other = Visitor::at(&node, RESET_PAGE, "192.0.2.2").await;
    assert_eq!(to(&other.send(JOHN, "good-1", "").await), STARTED);
}

#[tokio::test] // R-23, 16.5.2, R-13
async fn whatever_else_comes_is_a_refusal_with_the_characters_at_once_and_who_did_not_answer_rests() {
    let change = |name, value| Does::Changes(vec![(name, value)]);
    // What it does, what is said to the person, and whether it rests.
    let table: Vec<(&str, Does, &str, bool)> = vec![
        (
            "a refusal",
            Does::Says(200, r#"{"success":false,"error-codes":["invalid-input-response"]}"#),
            REFUSED,
            false,
        ),
        (
            "a refusal with 400",
            Does::Says(400, r#"{"success":false,"error-codes":["timeout-or-duplicate"]}"#),
            REFUSED,
            false,
        ),
        ("another host", change("hostname", json!("attacker.example")), REFUSED, false),
        ("no host", change("hostname", Value::Null), REFUSED, false),
        ("another action", change("action", json!("contact")), REFUSED, false),
        ("no action", change("action", Value::Null), REFUSED, false),
        ("a low score", change("score", json!(0.49)), REFUSED, false),
        ("no score", change("score", Value::Null), REFUSED, false),
        ("an old check", change("challenge_ts", json!("2026-01-01T00:00:00Z")), REFUSED, false),
        ("no time", change("challenge_ts", Value::Null), REFUSED, false),
        ("a token that is too long", Does::Says(413, "too large"), REFUSED, false),
        ("no verdict", Does::Says(200, "{}"), AWAY, true),
        ("no JSON", Does::Says(200, "<html>"), AWAY, true),
        ("nothing", Does::Says(200, ""), AWAY, true),
        ("a fault", Does::Says(500, r#"{"success":true}"#), AWAY, true),
        ("too many questions", Does::Says(429, "slow down"), AWAY, true),
        (
            "an unknown secret",
            Does::Says(200, r#"{"success":false,"error-codes":["invalid-input-secret"]}"#),
            AWAY,
            true,
        ),
        ("a redirect", Does::Redirects, AWAY, true),
        ("an endless answer", Does::Floods, AWAY, true),
        ("no answer", Does::Hangs, AWAY, true),
    ];
    let server = Siteverify::start().await;
    let world = world_of("recaptcha", server.url(), &[]).await;
    for (n, (what, does, said, rests)) in table.into_iter().enumerate() {
        let node = world.node_without_workers().await;
        server.does(does);
        let visitor = Visitor::at(&node, RESET_PAGE, "192.0.2.1").await;
        let answer = visitor.send(JOHN, &format!("good-{n}"), "").await;
        assert_eq!(answer.status, 422, "{what}: {answer:?}");
        assert!(answer.body.contains(said), "{what}: {}", answer.body);
        assert!(answer.body.contains(&format!("value=\"{JOHN}\"")), "{what}: the user ID is lost");
        assert!(!has_check(&answer.body) && answer.body.contains("name=\"captcha_id\""), "{what}");
        assert_eq!(answer.header("content-security-policy"), Some(&*format!("{OURS}{TRUSTED}")), "{what}");
        assert_eq!(cookie_of(&answer), None, "{what}");
        // Who rests is asked no more, and nobody is shown its script.
        let asked = server.asked().len();
        server.does(Does::Confirms);
        let page = visitor.client.get(RESET_PAGE).await.body;
        assert_eq!(!has_check(&page), rests, "{what}");
        let next = Visitor::at(&node, RESET_PAGE, "192.0.2.1").await;
        let answer = next.send("serviceadmin@contoso.com", &format!("good-{n}-next"), "").await;
        assert_eq!(answer.status.as_u16(), if rests { 422 } else { 303 }, "{what}");
        assert_eq!(server.asked().len() - asked, usize::from(!rests), "{what}");
        // The characters lead on.
        let next = Visitor::at(&node, RESET_PAGE, "192.0.2.1").await;
        assert_eq!(
            to(&next.send("billingadmin@contoso.com", "", &next.characters()).await),
            STARTED,
            "{what}"
        );
    }
    assert_eq!(server.strays(), 0, "a redirect was followed");
    // Nobody listens.
    let world = world_of("recaptcha", "http://127.0.0.1:1/", &[]).await;
    let node = world.node_without_workers().await;
    let visitor = Visitor::at(&node, RESET_PAGE, "192.0.2.1").await;
    let answer = visitor.send(JOHN, "good", "").await;
    assert!(answer.status == 422 && answer.body.contains(AWAY), "{answer:?}");
    // What can be no token is no question, and counts as wrong.
    let server = Siteverify::start().await;
    let world =
        world_of("hcaptcha", server.url(), &[("SSPR_BUDGETS__STARTS_PER_NETWORK_PER_HOUR", "1")]).await;
    let node = world.node_without_workers().await;
    let visitor = Visitor::at(&node, RESET_PAGE, "192.0.2.1").await;
    assert_eq!(visitor.send(JOHN, "two words", "").await.status, 422);
    assert_eq!(visitor.send(JOHN, "two words", "").await.status, 429);
    assert_eq!(server.asked().len(), 0);
}

fn cookie_of(answer: &Answer) -> Option<String> {
    crate::support::crowd::cookie_given(answer, RESET)
}

#[tokio::test]
async fn the_visitors_address_is_told_only_where_the_operator_says_so() {
    let server = Siteverify::start().await;
    let world = world_of("turnstile", server.url(), &[("SSPR_CAPTCHA__SEND_CLIENT_ADDRESS", "yes")]).await;
    let node = world.node_without_workers().await;
    let visitor = Visitor::at(&node, RESET_PAGE, "2001:db8::7").await;
    assert_eq!(to(&visitor.send(JOHN, "good-1", "").await), STARTED);
    assert_eq!(server.asked()[0]["remoteip"], "2001:db8::7");
}

/// What each company documents, beside our own policy.
fn policy_of(kind: &str) -> String {
    let hcaptcha = "https://hcaptcha.com https://*.hcaptcha.com";
    let (script, style, connect, frame, trusted) = match kind {
        "turnstile" => {
            ("https://challenges.cloudflare.com", "", "", "https://challenges.cloudflare.com", false)
        }
        "hcaptcha" => (hcaptcha, hcaptcha, hcaptcha, hcaptcha, false),
        _ => (
            "https://www.google.com/recaptcha/ https://www.gstatic.com/recaptcha/",
            "",
            "",
            "https://www.google.com/recaptcha/ https://recaptcha.google.com/recaptcha/",
            true,
        ),
    };
    let with = |own: &str, more: &str| if more.is_empty() { own.to_owned() } else { format!("{own} {more}") };
    format!(
        "default-src 'none'; {}; {}; img-src 'self'; media-src 'self'; {}; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'; frame-src {frame}{}",
        with("script-src 'self'", script),
        with("style-src 'self'", style),
        with("connect-src 'self'", connect),
        if trusted { TRUSTED_THEIRS } else { "" },
    )
}

#[tokio::test] // 3.4.3
async fn the_policy_is_widened_by_exactly_the_documented_hosts_on_the_two_pages_only() {
    let server = Siteverify::start().await;
    let policy = async |node: &Node, path: &str| {
        let client = Client::new(&node.url);
        client.get(path).await.header("content-security-policy").unwrap().to_owned()
    };
    for kind in ["none", "characters", "proof_of_work"] {
        let world = World::with(&[("SSPR_CAPTCHA__KIND", kind)]).await;
        let node = world.node_without_workers().await;
        for path in [RESET_PAGE, CONTACT_PAGE, "/sign-in", "/reset"] {
            let types = match (kind, path) {
                ("proof_of_work", RESET_PAGE | CONTACT_PAGE) => TRUSTED_WORKER,
                _ => TRUSTED,
            };
            assert_eq!(policy(&node, path).await, format!("{OURS}{types}"), "{kind} {path}");
        }
    }
    for kind in KINDS {
        let world = world_of(kind, server.url(), &[]).await;
        let node = world.node_without_workers().await;
        for path in [RESET_PAGE, CONTACT_PAGE] {
            assert_eq!(policy(&node, path).await, policy_of(kind), "{kind} {path}");
        }
        for path in ["/sign-in", "/reset", "/contact-administrator/sent", "/not/there", "/static/none"] {
            assert_eq!(policy(&node, path).await, format!("{OURS}{TRUSTED}"), "{kind} {path}");
        }
        // Every address on the page that is not ours is of a host in the policy.
        let page = Client::new(&node.url).get(RESET_PAGE).await.body;
        let provider = Provider::ALL.into_iter().find(|provider| provider.name == kind).unwrap();
        let script = provider.script("site-key").replace('&', "&#38;");
        assert!(page.contains(&format!("src=\"{script}\"")), "{kind}: {page}");
        assert_eq!(page.matches("https://").count(), 1, "{kind}: {page}");
    }
}

#[tokio::test]
async fn without_script_or_without_the_companys_script_the_characters_are_there() {
    let server = Siteverify::start().await;
    for kind in KINDS {
        let world = world_of(kind, server.url(), &[]).await;
        let node = world.node_without_workers().await;
        let page = format!("{}{RESET_PAGE}", node.url);
        let without = Setup::default().without_script().start().await;
        without.open(&page).await;
        let text = without.text().await;
        assert!(
            text.contains("Characters for verification") && !text.contains("another company"),
            "{kind}: {text}"
        );
        // The browser reaches loopback only: the company's script does not come.
        let browser = Setup::default().start().await;
        browser.open(&page).await;
        let visible = "return document.querySelector('#captcha').checkVisibility()";
        browser.wait_until("the characters", visible).await;
        browser.fill("User ID", JOHN).await;
        browser.press("Continue without the characters").await;
        assert_eq!(browser.heading().await, "Check your e-mail", "{kind}");
    }
}

/// The page's own script again, with a company's script that is there.
const THERE: &str = r"
const [name] = arguments;
const form = document.querySelector('[data-hosted]').closest('form');
const copy = form.cloneNode(true); form.replaceWith(copy);
copy.querySelector('[data-hosted]').hidden = true;
const api = { render: (place, options) => { window.asked = options; place.textContent = 'Check'; },
  execute: (key, options) => { window.asked = { sitekey: key, action: options.action }; return new Promise(done => { window.asked.callback = done; }); } };
window[name === 'recaptcha' ? 'grecaptcha' : name] = api;
const script = document.createElement('script');
const policy = trustedTypes.createPolicy('test', { createScriptURL: url => url });
script.src = policy.createScriptURL(document.querySelector('script[src*=hosted]').src);
document.head.append(script);
return new Promise(done => script.addEventListener('load', () => { window.ssprHostedReady(); done(true); }));
";

#[tokio::test]
async fn with_the_companys_script_its_token_is_sent_and_the_characters_are_a_click_away() {
    let server = Siteverify::start().await;
    for kind in KINDS {
        let world = world_of(kind, server.url(), &[]).await;
        let node = world.node_without_workers().await;
        let browser = Setup::default().start().await;
        let there = async || {
            browser.open(&format!("{}{RESET_PAGE}", node.url)).await;
            assert_eq!(browser.run(THERE, vec![kind.into()]).await, true);
        };
        there().await;
        let asked = browser.run("return [window.asked.sitekey, window.asked.action]", vec![]).await;
        assert_eq!(asked, json!(["site-key", "reset"]), "{kind}");
        let seen = "return document.querySelector('#captcha').checkVisibility()";
        assert_eq!(browser.run(seen, vec![]).await, false, "{kind}");
        assert!(browser.text().await.contains("another company"), "{kind}");
        assert_eq!(browser.axe().await, vec![], "{kind}");
        browser.press("Enter characters instead").await;
        assert_eq!(browser.run(seen, vec![]).await, true, "{kind}");
        assert_eq!(browser.focused().await, "Characters", "{kind}");
        // Sent before the check is done: the form waits for it.
        there().await;
        browser.fill("User ID", JOHN).await;
        browser.run("document.querySelector('form button[type=submit]').click(); return true", vec![]).await;
        assert!(browser.text().await.contains("Complete the check above"), "{kind}");
        browser.run(&format!("window.asked.callback('good-{kind}'); return true"), vec![]).await;
        browser.wait_for_heading("Check your e-mail").await;
        assert_eq!(starts(&world).await, 1, "{kind}");
    }
}

const IN_CHILD: &str = "SSPR_TEST_CAPTCHA_CHILD";

#[test] // V-47
fn neither_secret_nor_token_is_logged_whatever_the_provider_does() {
    if std::env::var_os(IN_CHILD).is_some() {
        every_answer_with_everything_logged();
        return;
    }
    let test = "captcha::hosted::neither_secret_nor_token_is_logged_whatever_the_provider_does";
    let output = this_binary_again(test, &[(IN_CHILD, "1"), ("RUST_BACKTRACE", "0")]);
    let log = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{log}");
    assert!(log.contains("the provider of the CAPTCHA rests") && log.contains("TRACE"), "{log}");
    for canary in [SECRET, "good-canary", "192.0.2.77"] {
        if let Some(line) = log.lines().find(|line| line.contains(canary)) {
            panic!("{canary} stands in the log: {line}");
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn every_answer_with_everything_logged() {
    let server = Siteverify::start().await;
    let world = world_of("turnstile", server.url(), &[("SSPR_CAPTCHA__SEND_CLIENT_ADDRESS", "yes")]).await;
    let everything = LogSettings { format: LogFormat::Text, filter: "trace".to_owned() };
    sspr::telemetry::init(&everything).unwrap();
    for (n, does) in [
        Does::Confirms,
        Does::Says(200, r#"{"success":false,"error-codes":["invalid-input-response"]}"#),
        Does::Says(500, "good-canary canary-captcha-secret-7f3a"),
        Does::Says(200, "good-canary canary-captcha-secret-7f3a"),
        Does::Redirects,
        Does::Hangs,
    ]
    .into_iter()
    .enumerate()
    {
        let node = world.node_without_workers().await;
        server.does(does);
        let visitor = Visitor::at(&node, RESET_PAGE, "192.0.2.77").await;
        visitor.send(JOHN, &format!("good-canary-{n}"), "").await;
        format!("{:?} {:?}", node.app.captcha, node.app.captcha.hosted())
            .contains(SECRET)
            .then(|| panic!("Debug"));
    }
}

//! Roads beside the straight one: another browser, a second start, "This was not me", "Contact your administrator", an administrator
//! who changes something meanwhile.

use std::collections::BTreeMap;

use reqwest::Method;
use sspr::{
    domain::user::{Role, may_reset},
    store::{self, users},
};

use crate::support::{
    app::{Node, World},
    client::{Answer, Client, link_in},
    crowd::{RESET, form},
    walk::{JOHN, JOHN_MAIL, JOHN_PHONE, NEW, Walk},
};

fn to(answer: &Answer) -> (u16, &str) {
    (answer.status.as_u16(), answer.location.as_deref().unwrap_or(""))
}

/// Everything that an open link could have changed.
async fn traces(world: &World) -> (i64, i64, i64, i64) {
    (
        world.count("select count(*) from outbox").await,
        world.count("select count(*) from audit_events").await,
        world
            .count(
                "select count(*) from reset_tokens where consumed_at is not null or replaced_at is not null",
            )
            .await,
        world
            .count(
                // Those of mails are counted by a worker, as it sends.
                "select coalesce(sum(cardinality(hits)), 0)::bigint from budgets where key not like 'mail/%'",
            )
            .await,
    )
}

// The link elsewhere

#[tokio::test(flavor = "multi_thread", worker_threads = 2)] // V-54, D-14
async fn a_link_opened_by_scanners_and_in_other_browsers_uses_nothing_up_and_sends_nothing() {
    let world = World::new().await;
    let node = world.node().await;
    let walk = Walk::new(&world, &node);
    walk.start(JOHN).await;
    let link = walk.link().await;
    let before = traces(&world).await;

    let agents = [
        "Mozilla/5.0 (compatible; Microsoft SafeLinks Scanner)",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/150.0 Safari/537.36",
        "Proofpoint URL Defense",
        "Slackbot-LinkExpanding 1.0",
        "",
    ];
    let visits = (0..20).map(|n| {
        let link = link.clone();
        let client = Client::new(&node.url);
        client.header("user-agent", agents[n % agents.len()]);
        if n % 3 == 0 {
            client.header("sec-purpose", "prefetch");
        }
        async move {
            let method = if n % 2 == 0 { Method::GET } else { Method::HEAD };
            let answer = client.send(method.clone(), &link, None, Vec::new()).await;
            assert_eq!(answer.status, 200, "{answer:?}");
            if method == Method::GET {
                assert_eq!(answer.heading(), "Open this link where you started");
                assert_eq!(answer.hidden_fields("/reset/email-link"), None, "a button that would send");
            } else {
                assert_eq!(answer.body, "");
            }
            assert!(!client.cookies().contains_key(RESET));
        }
    });
    futures_util::future::join_all(visits).await;

    // The browser that asked may look as often as it likes, too.
    for method in [Method::GET, Method::HEAD, Method::GET] {
        assert_eq!(walk.client.send(method, &link, None, Vec::new()).await.status, 200);
    }
    // A foreign attempt's cookie, an invented one, and a POST with the link's token from there.
    let other = Walk::new(&world, &node);
    other.start("globaladmin@contoso.com").await;
    let before_other = traces(&world).await;
    let invented = other.client.twin();
    invented.set_cookies({
        let mut cookies = invented.cookies();
        cookies.insert(RESET.to_owned(), "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".to_owned());
        cookies
    });
    let token = link.rsplit('/').next().unwrap().to_owned();
    for client in [&other.client, &invented] {
        assert_eq!(client.get(&link).await.heading(), "Open this link where you started");
        // Any page of this browser has a form token that counts.
        let page = form(client, "/reset", "/reset").await;
        let posted = client.post_form("/reset/email-link", page.hidden, &[("token", &token)]).await;
        assert_eq!((posted.status.as_u16(), posted.heading()), (200, "Open this link where you started"));
    }
    // A POST without any cookie has no form token.
    assert_eq!(Client::new(&node.url).post("/reset/email-link", &[("token", &token)]).await.status, 403);
    assert_eq!(traces(&world).await, before_other);
    assert_eq!(world.count("select count(*) from outbox where channel = 'sms'").await, 0);
    assert_eq!(
        (before.0 + 1, before.2),
        (before_other.0, before_other.2),
        "only the other start itself left a trace"
    );

    // And then the true browser succeeds.
    assert_eq!(to(&walk.open_link(&link).await), (303, "/reset/security-code"));
    assert_eq!(to(&walk.type_code(&walk.code().await).await), (303, "/reset/new-password"));
    // A used link says so elsewhere, and leads on here.
    let elsewhere = Client::new(&node.url).get(&link).await;
    assert_eq!((elsewhere.status.as_u16(), elsewhere.heading()), (410, "This link was used already"));
    assert_eq!(to(&walk.client.get(&link).await), (303, "/reset/new-password"));
}

#[tokio::test]
async fn a_broken_link_says_what_to_do() {
    let world = World::new().await;
    let node = world.node().await;
    let walk = Walk::new(&world, &node);
    walk.start(JOHN).await;
    let link = walk.link().await;
    let (head, last) = link.split_at(link.len() - 1);
    let altered = format!("{head}{}", if last == "A" { "B" } else { "A" });
    for wrong in [&link[..link.len() - 3], altered.as_str(), "/reset/email-link/x"] {
        let page = walk.client.get(wrong).await;
        assert_eq!((page.status.as_u16(), page.heading()), (404, "This link is not complete"), "{wrong}");
    }
    assert_eq!(to(&walk.open_link(&link).await), (303, "/reset/security-code"));
}

#[tokio::test]
async fn in_a_browser_whose_reset_expired_the_link_says_so() {
    let world = World::new().await;
    let node = world.node().await;
    let walk = Walk::new(&world, &node);
    walk.start(JOHN).await;
    let link = walk.link().await;
    world.turn_back(601).await;
    assert_eq!(to(&walk.client.get(&link).await), (303, "/reset/ended"));
    let elsewhere = Client::new(&node.url).get(&link).await;
    assert_eq!((elsewhere.status.as_u16(), elsewhere.heading()), (410, "This link has expired"));
}

// A second start

#[tokio::test]
async fn a_second_start_in_the_same_browser_replaces_the_first() {
    let world = World::new().await;
    let node = world.node().await;
    let walk = Walk::new(&world, &node);
    walk.start(JOHN).await;
    let first = walk.link().await;
    let old = walk.client.twin();
    walk.start(JOHN).await;
    let second = walk.next_link(1).await;
    for client in [&walk.client, &old, &Client::new(&node.url)] {
        let (_, page) = client.open(&first).await;
        let said = ["There is a newer e-mail", "You started again in this browser"];
        assert!(said.contains(&page.heading()), "{}", page.heading());
    }
    let (path, page) = old.open("/reset/check-email").await;
    assert_eq!((path.as_str(), page.heading()), ("/reset/ended", "You started again in this browser"));
    assert_eq!(to(&walk.open_link(&second).await), (303, "/reset/security-code"));
    // Also after the first proof: the newer start counts, and the code of the first is dead.
    let code = walk.next_code(0).await;
    let proven = walk.client.twin();
    let page = form(&proven, "/reset/security-code", "/reset/security-code").await;
    walk.start(JOHN).await;
    assert_eq!(to(&page.send(&proven, &[("code", &code)]).await), (303, "/reset/ended"));
    assert_eq!(world.audited("code_proven").await, 0);
}

#[tokio::test] // V-61
async fn a_start_elsewhere_ends_nothing() {
    let world = World::new().await;
    let node = world.node().await;
    let (one, two) = (Walk::new(&world, &node), Walk::new(&world, &node));
    one.start(JOHN).await;
    let first = one.next_link(0).await;
    two.start(JOHN).await;
    two.next_link(1).await;
    assert_eq!(to(&one.open_link(&first).await), (303, "/reset/security-code"));
    let code = one.next_code(0).await;
    let three = Walk::new(&world, &node);
    three.start(JOHN).await;
    assert_eq!(to(&one.type_code(&code).await), (303, "/reset/new-password"));
    assert_eq!(world.count("select count(*) from reset_attempts where ended_at is not null").await, 0);
    assert_eq!(to(&one.set_password(NEW).await), (303, "/reset/done"));
    let (_, page) = one.client.open("/reset/done").await;
    assert_eq!(page.heading(), "Your password has been reset");
    // V-41: the reset killed the links of the others.
    let links = one.links();
    assert_eq!(links.len(), 3);
    for link in &links[1..] {
        let (_, page) = Client::new(&node.url).open(link).await;
        assert_eq!((page.status.as_u16(), page.heading()), (410, "This link was used already"));
    }
}

// "This was not me"

/// What the browser that started can see and do.
async fn seen_by_its_browser(world: &World, walk: &Walk<'_>) -> Vec<(u16, String)> {
    let resend = form(&walk.client, "/reset/check-email", "/reset/check-email/resend").await;
    world.turn_back(61).await;
    let mut seen = Vec::new();
    for n in 0..2 {
        let answer = resend.send(&walk.client, &[]).await;
        seen.push((answer.status.as_u16(), answer.location.clone().unwrap_or_default()));
        let (path, page) = walk.client.open("/reset/check-email").await;
        seen.push((page.status.as_u16(), format!("{path} {} {n}", page.heading())));
        world.turn_back(61).await;
    }
    for page in ["/reset/ended", "/reset/security-code", "/reset/new-password", "/reset/done"] {
        let answer = walk.client.get(page).await;
        seen.push((answer.status.as_u16(), answer.location.unwrap_or_default()));
    }
    let old = walk.client.twin();
    walk.start("someone@contoso.com").await;
    let (path, page) = old.open("/reset/check-email").await;
    seen.push((page.status.as_u16(), format!("{path} {}", page.heading())));
    seen
}

#[tokio::test] // V-54, V-16
async fn not_me_before_the_proof_ends_the_reset_and_its_browser_learns_nothing() {
    let world = World::new().await;
    let node = world.node().await;
    let walk = Walk::new(&world, &node);
    walk.start(JOHN).await;
    let link = walk.link().await;

    let person = Client::new(&node.url);
    let (_, page) = person.open(&link).await;
    let token = link.rsplit('/').next().unwrap();
    let action = format!("/not-me/{token}");
    assert!(page.hidden_fields(&action).is_some(), "the other browser's page offers it: {}", page.body);
    // Looking changes nothing, however often and by whom.
    for method in [Method::GET, Method::HEAD, Method::GET] {
        assert_eq!(person.send(method, &action, None, Vec::new()).await.status, 200);
    }
    assert_eq!(world.count("select count(*) from reset_attempts where ended_at is not null").await, 0);
    let button = form(&person, &action, &action).await;
    assert_eq!(to(&button.send(&person, &[]).await), (303, "/not-me/done/ended"));
    assert_eq!(person.open("/not-me/done/ended").await.1.heading(), "The reset is stopped");
    assert_eq!(to(&button.send(&person, &[]).await), (303, "/not-me/done/already"));
    assert_eq!(world.audited("attempt_ended").await, 1);

    // Nobody can go on with it, not even in the browser that asked.
    let dead = walk.client.get(&link).await;
    assert_eq!((dead.status.as_u16(), dead.heading()), (410, "This link was used already"));
    assert_eq!(world.count("select count(*) from outbox where channel = 'sms'").await, 0);
    // Whoever started it, and may be a stranger, sees what a decoy's browser sees.
    let decoy = Walk::new(&world, &node);
    decoy.start("nobody@contoso.com").await;
    let sent = world.mail.sent().len();
    assert_eq!(seen_by_its_browser(&world, &walk).await, seen_by_its_browser(&world, &decoy).await);
    while world.count("select count(*) from outbox where state = 'queued'").await > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(world.mail.sent().len(), sent, "a stopped reset still writes to the person");
    // The password is the old one, and nothing is blocked.
    assert!(walk.signs_in(JOHN, &world.first_password(JOHN)).await);
}

#[tokio::test] // V-16, V-41
async fn a_reset_elsewhere_does_not_show_in_a_browser_that_proved_nothing() {
    let world = World::new().await;
    let node = world.node().await;
    let stranger = Walk::new(&world, &node);
    stranger.start(JOHN).await;
    let john = Walk::new(&world, &node);
    stranger.next_link(0).await;
    john.again_up_to_code().await;
    john.type_code(&john.next_code(0).await).await;
    assert_eq!(to(&john.set_password(NEW).await), (303, "/reset/done"));
    let decoy = Walk::new(&world, &node);
    decoy.start("nobody@contoso.com").await;
    assert_eq!(seen_by_its_browser(&world, &stranger).await, seen_by_its_browser(&world, &decoy).await);
}

#[tokio::test]
async fn not_me_after_the_proof_stops_the_reset_and_says_so() {
    let world = World::new().await;
    let node = world.node().await;
    let walk = Walk::new(&world, &node);
    walk.up_to_code().await;
    let action = walk.link().await.replace("/reset/email-link/", "/not-me/");
    let person = Client::new(&node.url);
    let button = form(&person, &action, &action).await;
    assert_eq!(to(&button.send(&person, &[]).await), (303, "/not-me/done/ended"));
    let (path, page) = walk.client.open("/reset/security-code").await;
    assert_eq!((path.as_str(), page.heading()), ("/reset/ended", "This reset was stopped"));
    assert_eq!(world.audited("attempt_ended").await, 1);
}

#[tokio::test]
async fn not_me_in_the_notice_blocks_sign_in_and_reset_once() {
    let world = World::new().await;
    let node = world.node().await;
    let walk = Walk::new(&world, &node);
    walk.up_to_password().await;
    walk.set_password(NEW).await;
    let thief = Client::new(&node.url);
    let fields = [("user_id", JOHN), ("password", NEW)];
    assert_eq!(to(&thief.submit("/sign-in", "/sign-in", &fields).await), (303, "/"));
    let mail = world
        .wait("the notice", || {
            world.mail.sent().into_iter().find(|mail| mail.to == JOHN_MAIL && mail.text.contains("/not-me/"))
        })
        .await;
    let link = link_in(&mail.text);
    let action = link[link.find("/not-me/").unwrap()..].to_owned();

    // A start under way is stopped, too; looking stops nothing.
    let other = Walk::new(&world, &node);
    other.start(JOHN).await;
    let pending = other.next_link(1).await;
    let person = Client::new(&node.url);
    let (_, page) = person.open(&action).await;
    assert!(page.body.contains("block your account"), "{}", page.body);
    assert_eq!(thief.get("/account").await.status, 200);

    let button = form(&person, &action, &action).await;
    let hands = button.crowd(&person, 5, |_| Vec::new()).await;
    let blocked = hands.iter().filter(|(_, answer)| to(answer) == (303, "/not-me/done/blocked")).count();
    let already = hands.iter().filter(|(_, answer)| to(answer) == (303, "/not-me/done/already")).count();
    assert_eq!((blocked, already), (1, 4));
    assert_eq!(world.audited("account_blocked").await, 1);
    let (path, page) = person.open(&action).await;
    assert_eq!((path, page.heading()), (action, "There is nothing left to stop"));

    assert_eq!(to(&thief.get("/account").await).0, 303);
    assert!(!walk.signs_in(JOHN, NEW).await);
    assert_eq!(to(&other.client.get(&pending).await).0, 410);
    let sent = other.links().len();
    let again = Walk::new(&world, &node);
    assert_eq!(to(&again.start(JOHN).await), (303, "/reset/check-email"));
    assert_eq!(
        world
            .count("select count(*) from audit_events where event = 'reset_started' and outcome = 'blocked'")
            .await,
        1
    );
    assert_eq!(again.links().len(), sent);
}

#[tokio::test]
async fn not_me_works_for_seven_days() {
    for (age, works) in [("interval '6 days 23:59'", true), ("interval '7 days 00:00:01'", false)] {
        let world = World::new().await;
        let node = world.node().await;
        let walk = Walk::new(&world, &node);
        walk.up_to_password().await;
        walk.set_password(NEW).await;
        let mail = world
            .wait("the notice", || world.mail.sent().into_iter().find(|mail| mail.text.contains("/not-me/")))
            .await;
        let link = link_in(&mail.text);
        let action = link[link.find("/not-me/").unwrap()..].to_owned();
        let person = Client::new(&node.url);
        let button = form(&person, &action, &action).await;
        sqlx::query(sqlx::AssertSqlSafe(format!("update reset_tokens set expires_at = expires_at - {age}")))
            .execute(&world.pool)
            .await
            .unwrap();
        let answer = button.send(&person, &[]).await;
        if works {
            assert_eq!(to(&answer), (303, "/not-me/done/blocked"));
        } else {
            assert_eq!(to(&answer), (303, "/not-me/done/dead"));
            let (_, page) = person.open(&action).await;
            assert_eq!((page.status.as_u16(), page.heading()), (410, "This link no longer works"));
            assert!(walk.signs_in(JOHN, NEW).await);
        }
    }
}

// "Contact your administrator"

async fn ask(node: &Node, user_id: &str) -> Answer {
    let client = Client::new(&node.url);
    let answer =
        client.submit("/contact-administrator", "/contact-administrator", &[("user_id", user_id)]).await;
    node.decide().await;
    answer
}

/// Recipients of the requests that are queued, in the order of their rank, and no more of them.
async fn take_recipients(world: &World) -> Vec<String> {
    let taken: Vec<String> = sqlx::query_scalar(
        "delete from outbox where message->>'kind' = 'contact_administrator' returning recipient",
    )
    .fetch_all(&world.pool)
    .await
    .unwrap();
    taken
}

#[tokio::test]
async fn for_every_role_those_are_asked_who_may_reset_it() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let people: Vec<(uuid::Uuid, String, String, bool)> = sqlx::query_as(
        "select u.id, u.user_id_normalised, u.role, u.blocked_at is not null from users u join companies c on c.id = u.company_id
         where c.name = 'Contoso'",
    )
    .fetch_all(&world.pool)
    .await
    .unwrap();
    let mut roles = BTreeMap::new();
    for (_, who, role, _) in &people {
        let target: Role = role.parse().unwrap();
        *roles.entry(role.clone()).or_insert(0) += 1;
        assert_eq!(to(&ask(&node, who).await), (303, "/contact-administrator/sent"));
        let mut asked = take_recipients(&world).await;
        asked.sort();
        let mut may: Vec<String> = people
            .iter()
            .filter(|(_, other, role, blocked)| {
                other != who && !blocked && may_reset(role.parse().unwrap(), target)
            })
            .map(|(_, other, ..)| other.clone())
            .collect();
        may.sort();
        assert_eq!(asked, may, "for {who}, a {role}");
    }
    assert_eq!(roles.len(), Role::ALL.len(), "a role without a person: {roles:?}");
}

#[tokio::test]
async fn ten_are_asked_at_most_the_least_powerful_first() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    world
        .execute(
            "insert into users (id, company_id, user_id, user_id_normalised, display_name, role)
             select gen_random_uuid(), (select id from companies where name = 'Contoso'), role || n || '@contoso.com', role || n || '@contoso.com', 'x', role
             from generate_series(1, 6) n, unnest(array['password_administrator', 'user_management_administrator', 'global_administrator']) role",
        )
        .await;
    ask(&node, "user@contoso.com").await;
    let asked = take_recipients(&world).await;
    assert_eq!(asked.len(), 10);
    let of = |role: &str, demo: &str| asked.iter().filter(|to| to.starts_with(role) || **to == demo).count();
    assert_eq!(of("password_administrator", "passwordadmin@contoso.com"), 7);
    assert_eq!(of("user_management_administrator", JOHN), 3);
    assert_eq!(of("global_administrator", "globaladmin@contoso.com"), 0);
}

#[tokio::test] // V-16
async fn one_request_a_day_is_open_and_the_answer_is_always_the_same() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let first = ask(&node, "user@contoso.com").await;
    let page = |answer: Answer| {
        (
            answer.status,
            answer.location,
            answer.headers.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>(),
        )
    };
    let first = page(first);
    for who in [
        "user@contoso.com",
        "nobody@contoso.com",
        "nobody@nowhere.example",
        "blocked@contoso.com",
        "User@Contoso.com",
    ] {
        assert_eq!(page(ask(&node, who).await), first, "{who}");
    }
    assert_eq!(world.count("select count(*) from contact_requests r join users u on u.id = r.user_id where u.user_id = 'user@contoso.com'").await, 1);
    take_recipients(&world).await;
    world.execute("update contact_requests set asked_at = asked_at - interval '23:59'").await;
    ask(&node, "user@contoso.com").await;
    assert!(take_recipients(&world).await.is_empty());
    world.execute("update contact_requests set asked_at = asked_at - interval '2 minutes'").await;
    ask(&node, "user@contoso.com").await;
    assert!(!take_recipients(&world).await.is_empty());
    // Answered ones leave room at once.
    world.execute("update contact_requests set state = 'done', closed_at = now()").await;
    ask(&node, "user@contoso.com").await;
    assert!(!take_recipients(&world).await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_requests_for_one_person_at_once_are_one() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let client = Client::new(&node.url);
    let page = form(&client, "/contact-administrator", "/contact-administrator").await;
    let hands = page.crowd(&client, 20, |_| vec![("user_id", "user@contoso.com".to_owned())]).await;
    assert!(hands.iter().all(|(_, answer)| to(answer) == (303, "/contact-administrator/sent")));
    let other = world.node_without_workers().await;
    futures_util::join!(node.decide(), other.decide());
    assert_eq!(world.count("select count(*) from contact_requests").await, 1);
    assert_eq!(world.audited("contact_requested").await, 20);
}

#[tokio::test]
async fn what_a_node_took_in_before_it_died_another_decides() {
    let world = World::new().await;
    let dies = world.node_without_workers().await;
    let client = Client::new(&dies.url);
    for who in ["user@contoso.com", "nobody@contoso.com"] {
        client.submit("/contact-administrator", "/contact-administrator", &[("user_id", who)]).await;
    }
    dies.stop();
    assert_eq!(world.count("select count(*) from contact_intake").await, 2);
    let _other = world.node().await;
    world.mail_to("globaladmin@contoso.com").await;
    assert_eq!(world.audited("contact_requested").await, 2);
    assert_eq!(world.count("select count(*) from contact_intake").await, 0);
}

#[tokio::test]
async fn a_company_is_asked_so_often_a_day_and_no_more() {
    let world = World::with(&[("SSPR_BUDGETS__CONTACT_REQUESTS_PER_COMPANY_PER_DAY", "2")]).await;
    let node = world.node_without_workers().await;
    for (n, who) in
        ["user@contoso.com", "noemail@contoso.com", "nomobile@contoso.com"].into_iter().enumerate()
    {
        assert_eq!(to(&ask(&node, who).await), (303, "/contact-administrator/sent"));
        assert_eq!(take_recipients(&world).await.is_empty(), n == 2, "{who}");
    }
    assert_eq!(to(&ask(&node, "user@fabrikam.com").await), (303, "/contact-administrator/sent"));
    assert_eq!(take_recipients(&world).await, ["globaladmin@fabrikam.com"]);
}

// An administrator meanwhile

#[derive(Clone, Copy, Debug)]
enum Edit {
    Email,
    Phone,
    Role,
    Block,
}

async fn edit(world: &World, what: Edit) {
    let john = world.user(JOHN).await;
    let mut tx = store::begin(&world.pool).await.unwrap();
    users::lock(&mut tx, john).await.unwrap();
    match what {
        Edit::Email => {
            users::set_alternate_emails(&mut tx, john, &["new@fabrikam.com".to_owned()]).await.unwrap();
        }
        Edit::Phone => users::set_mobile_phone(&mut tx, john, Some("+14255550199")).await.unwrap(),
        Edit::Role => users::set_basics(&mut tx, john, None, Some("billing_administrator")).await.unwrap(),
        Edit::Block => assert!(users::set_blocked(&mut tx, john, true).await.unwrap()),
    }
    users::end_attempts(&mut tx, john).await.unwrap();
    tx.commit().await.unwrap();
}

const EDITS: [Edit; 4] = [Edit::Email, Edit::Phone, Edit::Role, Edit::Block];

#[tokio::test] // V-42, V-35
async fn before_the_proof_a_change_of_the_person_ends_the_reset_in_silence() {
    for what in EDITS {
        let world = World::new().await;
        let node = world.node().await;
        let walk = Walk::new(&world, &node);
        walk.start(JOHN).await;
        let link = walk.link().await;
        let page = form(&walk.client, &link, "/reset/email-link").await;
        edit(&world, what).await;
        let decoy = Walk::new(&world, &node);
        let (path, shown) = walk.client.open("/reset/check-email").await;
        assert_eq!((path.as_str(), shown.heading()), ("/reset/check-email", "Check your e-mail"), "{what:?}");
        let posted = page.send(&walk.client, &[]).await;
        assert_eq!(posted.status, 410, "{what:?}: {posted:?}");
        assert_eq!(world.count("select count(*) from outbox where channel = 'sms'").await, 0, "{what:?}");
        decoy.start("nobody@contoso.com").await;
        assert_eq!(
            seen_by_its_browser(&world, &walk).await,
            seen_by_its_browser(&world, &decoy).await,
            "{what:?}"
        );
    }
}

#[tokio::test] // V-42
async fn after_the_proof_a_change_of_the_person_ends_the_reset_and_says_so() {
    for what in EDITS {
        for proofs in 1..=2 {
            let world = World::new().await;
            let node = world.node().await;
            let walk = Walk::new(&world, &node);
            walk.up_to_code().await;
            let code = walk.code().await;
            let old = form(&walk.client, "/reset/security-code", "/reset/security-code").await;
            let page = if proofs == 2 {
                walk.type_code(&code).await;
                form(&walk.client, "/reset/new-password", "/reset/new-password").await
            } else {
                old
            };
            edit(&world, what).await;
            let fields = [("code", code.as_str()), ("new_password", NEW), ("confirm_password", NEW)];
            let fields = if proofs == 2 { &fields[1..] } else { &fields[..1] };
            assert_eq!(to(&page.send(&walk.client, fields).await), (303, "/reset/ended"), "{what:?}");
            let (_, shown) = walk.client.open("/reset/ended").await;
            assert_eq!(shown.heading(), "This reset can’t go on", "{what:?}");
            assert_eq!(world.audited("password_reset").await, 0);
            if !matches!(what, Edit::Block) {
                assert!(walk.signs_in(JOHN, &world.first_password(JOHN)).await);
            }
        }
    }
}

#[tokio::test] // V-41
async fn a_password_set_in_another_way_ends_every_reset_of_the_person() {
    let world = World::new().await;
    let node = world.node().await;
    let walk = Walk::new(&world, &node);
    walk.up_to_password().await;
    let page = form(&walk.client, "/reset/new-password", "/reset/new-password").await;
    let john = Client::new(&node.url);
    let password = world.first_password(JOHN);
    john.submit("/sign-in", "/sign-in", &[("user_id", JOHN), ("password", &password)]).await;
    let other = "another good long password";
    let fields =
        [("current_password", password.as_str()), ("new_password", other), ("confirm_password", other)];
    let answer = john.submit("/account/password", "/account/password", &fields).await;
    assert_eq!(to(&answer), (303, "/account?notice=password-changed"), "{}", answer.body);
    let answer = page.send(&walk.client, &[("new_password", NEW), ("confirm_password", NEW)]).await;
    assert_eq!(to(&answer), (303, "/reset/ended"));
    assert!(walk.signs_in(JOHN, other).await);
    // One with the code; another tells of the change.
    let codes = world
        .sms
        .sent()
        .into_iter()
        .filter(|sms| sms.to == JOHN_PHONE && sms.text.contains("security code for"));
    assert_eq!(codes.count(), 1);
}

//! "This was not me" becomes an incident: opened once, told to those who have to know, looked at, closed with a note and a password;
//! from any browser, on any node, by however many hands.

use sspr::{
    admin::{
        Administrator, GlobalAdministrator, NotDone, Operator, Refusal,
        users::{self, UserChange},
    },
    domain::limits::Network,
    senders::mail::Mail,
};
use uuid::Uuid;

use crate::support::{
    app::{Node, World},
    client::{Answer, Client, link_in},
    crowd::form,
    office::{ELSEWHERE, GLOBAL, Office, path_of},
    secrets,
    walk::{JOHN, JOHN_MAIL, NEW, Walk},
};

/// Another global administrator.
const SECOND: &str = "serviceadmin@contoso.com";

fn to(answer: &Answer) -> (u16, &str) {
    (answer.status.as_u16(), answer.location.as_deref().unwrap_or(""))
}

async fn company() -> (World, Node) {
    let world = World::new().await;
    world.execute("update alternate_emails set updated_at = now() - interval '2 days'").await;
    world
        .execute("update users set role = 'global_administrator' where user_id = 'serviceadmin@contoso.com'")
        .await;
    let node = world.node().await;
    (world, node)
}

/// The path behind the one link of the newest mail with this beginning of a subject, at this address.
async fn button(world: &World, recipient: &str, subject: &str) -> String {
    let mail = mail(world, recipient, subject).await;
    let link = link_in(&mail.text);
    link[link.find("/not-me/").unwrap_or_else(|| panic!("{}", mail.text))..].to_owned()
}

async fn mail(world: &World, recipient: &str, subject: &str) -> Mail {
    let found = || {
        world
            .mail
            .sent()
            .into_iter()
            .rev()
            .find(|mail| mail.to == recipient && mail.subject.starts_with(subject))
    };
    world.wait(subject, found).await
}

async fn press(node: &Node, path: &str) -> String {
    let stranger = Client::new(&node.url);
    stranger.submit(path, path, &[]).await.location.unwrap_or_default()
}

/// The address of the one open incident of a deed.
async fn open_one(world: &World, deed: &str) -> String {
    let ids: Vec<Uuid> = sqlx::query_scalar("select id from incidents where deed = $1 and state = 'open'")
        .bind(deed)
        .fetch_all(&world.pool)
        .await
        .unwrap();
    assert_eq!(ids.len(), 1, "{deed}");
    format!("/portal/incidents/{}", ids[0])
}

/// The witness of a global administrator, made as the portal's door makes it.
async fn global(world: &World, who: &str) -> GlobalAdministrator {
    let id = world.user(who).await;
    let user = sspr::store::users::by_id(&world.pool, id).await.unwrap().unwrap();
    let network = Network::of("192.0.2.7".parse().unwrap());
    Administrator::signed_in(&user, &network).unwrap().global().unwrap()
}

/// An operator writes another number into John's settings.
async fn operator_changes_john(world: &World, node: &Node) {
    let change = UserChange { mobile_phone: Some(Some("425-555-0142")), ..UserChange::default() };
    let key = Some(node.app.keys.current());
    users::change(&world.pool, &Operator::at_the_shell("ann"), JOHN, &change, key).await.unwrap();
}

/// How many people were told.
const TOLD: &str = "select count(distinct person) from outbox where message->>'kind' = 'incident_opened'";
const OPEN: &str = "select count(*) from incidents where state = 'open'";
const BLOCKED: &str =
    "select count(*) from users where user_id = 'johnsmith@contoso.com' and blocked_because = 'not_me'";

#[tokio::test] // O-08
async fn a_rewind_reported_from_the_old_address_shows_old_and_new_masked_and_leads_to_the_settings() {
    let (world, node) = company().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    let john = Office::of(&world, &node, JOHN).await;
    office
        .change(
            JOHN,
            &[("alternate_email_address", "mallory@example.com"), ("mobile_phone", "(425) 555-0142")],
        )
        .await;
    let path = button(&world, JOHN_MAIL, "Your contact data changed").await;
    assert!(path.ends_with("?to=former_alternate_email"), "{path}");

    // Looking, in every way that programs do, opens nothing (V-54).
    let looker = Client::new(&node.url);
    for (name, value) in [("sec-purpose", "prefetch"), ("user-agent", "SafeLinks")] {
        looker.header(name, value);
        assert_eq!(looker.get(&path).await.status, 200);
    }
    assert_eq!((world.count(OPEN).await, world.count(BLOCKED).await, world.count(TOLD).await), (0, 0, 0));

    // Pressed by someone who is signed in as another: whose link it is counts.
    let pressed = office.client.submit(&path, &path, &[]).await;
    assert_eq!(to(&pressed), (303, "/not-me/done/blocked"));
    assert_eq!((world.count(OPEN).await, world.count(BLOCKED).await), (1, 1));
    assert_eq!(john.client.get("/account").await.status, 303, "every session ended");
    assert_eq!(office.client.get("/portal/users").await.status, 200, "but for that of whoever pressed it");

    let at = open_one(&world, "contact_changed").await;
    for who in [GLOBAL, SECOND] {
        let mail = mail(&world, who, "This was not me: johnsmith@contoso.com").await;
        assert!(link_in(&mail.text).ends_with(&at), "{}", mail.text);
        assert!(mail.text.contains("contact data of John Smith"), "{}", mail.text);
    }
    assert_eq!(world.count(TOLD).await, 2, "not the blocked person, and nobody of another company");

    let page = office.client.get(&at).await;
    for told in [
        "j••••••h@••••••.com",
        "m••••••y@••••••.com",
        "••••••00",
        "••••••42",
        "the alternate e-mail address before the change",
        "The contact data was changed",
        "Put back what the person tells you",
        "Open the user’s settings",
    ] {
        assert!(page.body.contains(told), "{told}: {}", page.body);
    }
    assert!(page.body.contains("/unblock\""), "{}", page.body);
    for whole in ["mallory@example.com", "johnsmith@fabrikam.com", "4255550142"] {
        assert!(!page.body.contains(whole), "{whole}");
    }
    assert!(page.body.contains(&format!("{}#contacts", path_of(&world, JOHN).await)));
    // Found from the navigation and from the user.
    let user = office.user(JOHN).await;
    assert!(user.body.contains(&at) && user.body.contains("1 open"), "{}", user.body);
    let list = office.client.get("/portal/incidents").await;
    assert!(list.body.contains(&at) && list.body.contains("Contact data changed"), "{}", list.body);

    // The shell shows the same.
    let operator = Operator::at_the_shell("ann");
    let id: Uuid = at.rsplit('/').next().unwrap().parse().unwrap();
    let seen = sspr::admin::incidents::see(&world.pool, &operator, id).await.unwrap();
    assert_eq!(seen.changes.len(), 2);
    assert!(seen.trail.iter().any(|event| event.event == "user_changed"), "{:?}", seen.trail);
}

#[tokio::test]
async fn it_is_closed_once_with_a_note_and_a_recent_password_and_lifts_no_block() {
    let (world, node) = company().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    operator_changes_john(&world, &node).await;
    press(&node, &button(&world, JOHN_MAIL, "Your contact data changed").await).await;
    let at = open_one(&world, "contact_changed").await;

    for note in ["", "   ", &"x".repeat(501), "a\u{202e}b"] {
        let refused = office.client.submit(&at, &at, &[("note", note)]).await;
        assert_eq!(refused.status, 422, "{note:?}");
        assert!(refused.body.contains("Write what you found out"), "{}", refused.body);
    }
    office.grow_old().await;
    for password in ["", "wrong"] {
        let refused =
            office.client.submit(&at, &at, &[("note", "Mallory"), ("your_password", password)]).await;
        assert_eq!(refused.status, 422);
        assert!(refused.body.contains(">\nMallory</textarea>"), "what was typed stays: {}", refused.body);
    }
    assert_eq!((world.count(OPEN).await, world.audited("incident_closed").await), (1, 0));
    let own = world.first_password(GLOBAL);
    let second = Office::of(&world, &node, SECOND).await;
    let forms = second.client.get(&at).await;
    let closed =
        office.client.submit(&at, &at, &[("note", "Mallory had the desk"), ("your_password", &own)]).await;
    assert_eq!(to(&closed), (303, &*format!("{at}?notice=closed")));
    let page = office.client.get(&closed.location.unwrap()).await;
    for told in ["The report is closed", "Mallory had the desk", GLOBAL] {
        assert!(page.body.contains(told), "{told}: {}", page.body);
    }
    // The other's form was open meanwhile.
    let late = second.accept(&forms, &at, &[("note", "Me too")]).await;
    assert_eq!(late.status, 422);
    assert_eq!((world.count(OPEN).await, world.audited("incident_closed").await), (0, 1));
    assert_eq!(world.count("select count(*) from incidents where note = 'Mallory had the desk' and closed_by = 'globaladmin@contoso.com'").await, 1);
    assert_eq!(world.count(BLOCKED).await, 1, "closing lifts no block");
    assert_eq!(world.count("select count(*) from audit_events where event = 'incident_closed' and details->>'note' = 'Mallory had the desk'").await, 1);
}

#[tokio::test]
async fn nobody_closes_a_report_about_themselves_and_nobody_else_sees_it() {
    let (world, node) = company().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    office.change(SECOND, &[("mobile_phone", "(425) 555-0143")]).await;
    press(&node, &button(&world, SECOND, "Your contact data changed").await).await;
    assert_eq!(world.count(TOLD).await, 1, "the one who reported is blocked, and is told nothing");
    let at = open_one(&world, "contact_changed").await;
    world.execute("update users set blocked_at = null, blocked_because = null").await;
    let second = Office::of(&world, &node, SECOND).await;
    let page = second.client.get(&at).await;
    assert!(
        page.body.contains("another global administrator") && !page.body.contains("<textarea"),
        "{}",
        page.body
    );
    // With another's form token.
    let other = second.client.get("/portal/company").await;
    let hidden = other.hidden_fields("/portal/company").unwrap();
    let forced = second.client.post_form(&at, hidden, &[("note", "Nothing happened")]).await;
    assert_eq!(forced.status, 403);
    assert_eq!(world.count(OPEN).await, 1);
    for who in [ELSEWHERE, "passwordadmin@contoso.com", "user@contoso.com"] {
        let stranger = Office::of(&world, &node, who).await;
        let answer = stranger.client.get(&at).await;
        assert_eq!(answer.status, if who == ELSEWHERE { 404 } else { 403 }, "{who}");
        assert!(!answer.body.contains(SECOND), "{who}");
    }
}

#[tokio::test]
async fn whoever_did_what_is_reported_does_not_close_the_report_of_it() {
    let (world, node) = company().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    office.change(JOHN, &[("mobile_phone", "(425) 555-0142")]).await;
    press(&node, &button(&world, JOHN_MAIL, "Your contact data changed").await).await;
    let at = open_one(&world, "contact_changed").await;
    // Nor once the person is deleted.
    for deleted in [false, true] {
        if deleted {
            let done = office.confirm(JOHN, "delete", &[("confirm_user_id", JOHN)]).await;
            assert_eq!(done.status, 303);
        }
        let page = office.client.get(&at).await;
        assert!(
            page.body.contains("You did what is reported here") && !page.body.contains("<textarea"),
            "{}",
            page.body
        );
        // With another's form token.
        let other = office.client.get("/portal/company").await;
        let hidden = other.hidden_fields("/portal/company").unwrap();
        let forced = office.client.post_form(&at, hidden, &[("note", "All is well")]).await;
        assert_eq!(forced.status, 403);
        assert_eq!((world.count(OPEN).await, world.audited("incident_closed").await), (1, 0));
    }
    let by = global(&world, GLOBAL).await;
    let id: Uuid = at.rsplit('/').next().unwrap().parse().unwrap();
    let refused = sspr::admin::incidents::close(&world.pool, &by, id, "All is well").await;
    assert!(matches!(refused, Err(NotDone::Refused(Refusal::OwnDeed))), "{refused:?}");
    let second = Office::of(&world, &node, SECOND).await;
    assert_eq!(second.client.submit(&at, &at, &[("note", "Talked to John")]).await.status, 303);
    assert_eq!(world.count(OPEN).await, 0);
}

#[tokio::test]
async fn where_nobody_else_could_an_operator_closes_it() {
    let (world, node) = company().await;
    world.execute("update users set role = 'user' where user_id = 'serviceadmin@contoso.com'").await;
    let office = Office::of(&world, &node, GLOBAL).await;
    office.change(JOHN, &[("mobile_phone", "(425) 555-0142")]).await;
    press(&node, &button(&world, JOHN_MAIL, "Your contact data changed").await).await;
    let at = open_one(&world, "contact_changed").await;
    let page = office.client.get(&at).await;
    assert!(page.body.contains("the people who run this service do"), "{}", page.body);
    let id: Uuid = at.rsplit('/').next().unwrap().parse().unwrap();
    let operator = Operator::at_the_shell("ann");
    sspr::admin::incidents::close(&world.pool, &operator, id, "It was agreed").await.unwrap();
    assert_eq!(world.count(OPEN).await, 0);
}

#[tokio::test]
async fn a_report_that_stays_open_for_weeks_swallows_no_report_of_another_deed() {
    let (world, node) = company().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    for n in 1..=3 {
        world.mail.take();
        let number = format!("(425) 555-014{n}");
        office.change(JOHN, &[("mobile_phone", &number)]).await;
        let path = button(&world, JOHN_MAIL, "Your contact data changed").await;
        assert_eq!(press(&node, &path).await, "/not-me/done/blocked");
        assert_eq!((world.count(OPEN).await, world.audited("incident_opened").await), (n, n));
        assert_eq!(
            world
                .count("select count(distinct (person, message->>'incident', message->>'deed_at')) from outbox where message->>'kind' = 'incident_opened'")
                .await,
            2 * n,
            "both others are told of each"
        );
        world.execute("update users set blocked_at = null, blocked_because = null").await;
        world.execute("update incidents set reported_at = reported_at - interval '20 days'").await;
    }
    assert_eq!(world.count("select count(distinct deed_at) from incidents where reports = 1").await, 3);
}

#[tokio::test]
async fn starts_of_a_reset_are_one_report_that_knows_the_last_and_is_told_once_a_day() {
    let (world, node) = company().await;
    let messages =
        "select count(distinct message->>'at') from outbox where message->>'kind' = 'incident_opened'";
    let mut attempts = Vec::new();
    for (n, told) in [(1, 1), (2, 1), (3, 2)] {
        if n == 3 {
            world
                .execute("update budgets set hits = array(select h - interval '25 hours' from unnest(hits) h) where key like 'incident/%'")
                .await;
        }
        world.mail.take();
        let walk = Walk::new(&world, &node);
        walk.start(JOHN).await;
        let link = walk.link().await;
        let token = link.rsplit('/').next().unwrap();
        assert_eq!(press(&node, &format!("/not-me/{token}")).await, "/not-me/done/ended");
        assert_eq!((world.count(OPEN).await, world.count(messages).await), (1, told), "{n}");
        assert_eq!(world.audited("incident_opened").await, told, "{n}");
        let seen: (i32, Uuid, bool) = sqlx::query_as(
            "select i.reports, i.attempt_id, i.deed_at = a.started_at from incidents i join reset_attempts a on a.id = i.attempt_id",
        )
        .fetch_one(&world.pool)
        .await
        .unwrap();
        assert_eq!((i64::from(seen.0), seen.2), (n, true));
        assert!(!attempts.contains(&seen.1), "the last one");
        attempts.push(seen.1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)] // V-36
async fn of_many_presses_on_two_nodes_one_opens_one_incident_with_one_set_of_mails() {
    let (world, node) = company().await;
    let other = world.node().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    office.change(JOHN, &[("mobile_phone", "(425) 555-0142")]).await;
    // The copies of one notice, on two nodes.
    let copies = [
        (button(&world, JOHN_MAIL, "Your contact data changed").await, &node),
        (button(&world, JOHN, "Your contact data changed").await, &other),
    ];
    let mut forms = Vec::new();
    for (path, node) in &copies {
        let client = Client::new(&node.url);
        forms.push((form(&client, path, path).await, client));
    }
    let crowds = forms.iter().map(|(form, client)| form.crowd(client, 15, |_| Vec::new()));
    let answers: Vec<String> = futures_util::future::join_all(crowds)
        .await
        .into_iter()
        .flatten()
        .map(|(_, answer)| answer.location.unwrap())
        .collect();
    assert_eq!(answers.len(), 30);
    assert_eq!(answers.iter().filter(|to| *to == "/not-me/done/blocked").count(), 1, "{answers:?}");
    assert!(
        answers.iter().all(|to| ["/not-me/done/blocked", "/not-me/done/already"].contains(&to.as_str())),
        "{answers:?}"
    );
    assert_eq!(world.count("select count(*) from incidents").await, 1);
    assert_eq!(
        (
            world.count(TOLD).await,
            world.audited("incident_opened").await,
            world.audited("account_blocked").await
        ),
        (2, 1, 1)
    );
}

#[tokio::test]
async fn before_there_is_a_new_password_nobody_is_blocked_and_the_report_is_a_milder_one() {
    let (world, node) = company().await;
    for (proven, n) in [(false, 1), (true, 2)] {
        let walk = Walk::new(&world, &node);
        if proven {
            walk.up_to_code().await;
        } else {
            walk.start(JOHN).await;
        }
        let link = walk.link().await;
        let token = link.rsplit('/').next().unwrap();
        assert_eq!(press(&node, &format!("/not-me/{token}")).await, "/not-me/done/ended");
        assert_eq!(press_again(&node, token).await, 410);
        assert_eq!(world.count(BLOCKED).await, 0);
        assert!(walk.signs_in(JOHN, &world.first_password(JOHN)).await);
        // A flood of starts is one report, and one mail.
        assert_eq!(world.count("select reports::bigint from incidents where deed = 'reset_asked'").await, n);
        assert_eq!((world.count(OPEN).await, world.count(TOLD).await), (1, 2));
        if !proven {
            let told = mail(&world, SECOND, "This was not me").await;
            assert!(told.text.contains("Nobody is blocked"), "{}", told.text);
            world.mail.take();
        }
    }
    let office = Office::of(&world, &node, GLOBAL).await;
    let page = office.client.get(&open_one(&world, "reset_asked").await).await;
    for told in ["Nobody is blocked for it", "2 times in all", "See its steps"] {
        assert!(page.body.contains(told), "{told}: {}", page.body);
    }
    assert!(!page.body.contains("/unblock"), "{}", page.body);
}

async fn press_again(node: &Node, token: &str) -> u16 {
    Client::new(&node.url).get(&format!("/not-me/{token}")).await.status.as_u16()
}

#[tokio::test]
async fn the_block_takes_sessions_attempts_links_and_a_temporary_password_and_older_links_block_nobody_again()
{
    let (world, node) = company().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    // An older deed, whose link is kept.
    assert_eq!(office.confirm(JOHN, "block", &[]).await.status, 303);
    assert_eq!(office.confirm(JOHN, "unblock", &[]).await.status, 303);
    let older = button(&world, JOHN_MAIL, "Your account is no longer blocked").await;
    let made = office.confirm(JOHN, "reset-password", &[("way", "temporary_password")]).await;
    assert_eq!(made.status, 200);
    let path = button(&world, JOHN_MAIL, "Your password was reset by an administrator").await;
    assert_eq!(office.confirm(JOHN, "reset-password", &[("way", "link")]).await.status, 303);
    let link = link_in(&mail(&world, JOHN_MAIL, "Set a new password").await.text);
    world.mail.take();
    let walk = Walk::new(&world, &node);
    walk.up_to_code().await;

    assert_eq!(press(&node, &path).await, "/not-me/done/blocked");
    assert_eq!(world.count("select count(*) from users where user_id = 'johnsmith@contoso.com' and password_good_until > now()").await, 0);
    assert_eq!(world.count("select count(*) from sessions s join users u on u.id = s.user_id where u.user_id = 'johnsmith@contoso.com'").await, 0);
    assert_eq!(to(&walk.client.get("/reset/security-code").await), (303, "/reset/ended"));
    let set = link[link.find("/set-password/").unwrap()..].to_owned();
    assert_eq!(Client::new(&node.url).get(&set).await.status, 410);

    let at = open_one(&world, "temporary_password").await;
    let page = office.client.get(&at).await;
    assert!(page.body.contains("Ask the administrator or operator who did it"), "{}", page.body);
    let recorded = office.client.get("/portal/audit?event=incident_opened").await;
    assert!(recorded.body.contains("<bdi>Temporary password made</bdi>"), "{}", recorded.body);
    assert!(!recorded.body.contains("<bdi>temporary_password</bdi>"), "{}", recorded.body);
    assert_eq!(office.confirm(JOHN, "unblock", &[]).await.status, 303);
    for dead in [&older, &path] {
        let stranger = Client::new(&node.url);
        assert_eq!(stranger.get(dead).await.status, 410, "{dead}");
    }
    assert_eq!(world.count(BLOCKED).await, 0);
    assert!(!walk.signs_in(JOHN, &world.first_password(JOHN)).await);
}

#[tokio::test]
async fn links_that_are_none_open_nothing() {
    let (world, node) = company().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    office.change(JOHN, &[("mobile_phone", "(425) 555-0142")]).await;
    let path = button(&world, JOHN_MAIL, "Your contact data changed").await;
    let token = secrets::newest(&world.pool, sspr::domain::secret::Purpose::NotMe).await;
    assert!(path.contains(&token));
    let stranger = Client::new(&node.url);
    let flipped = if token.ends_with('A') { "B" } else { "A" };
    for forged in [format!("/not-me/{}{flipped}", &token[..token.len() - 1]), "/not-me/none".to_owned()] {
        assert_eq!(stranger.get(&forged).await.status, 404, "{forged}");
    }
    // What the address says besides is a word of ours or nothing.
    let odd = format!("{}?to=%3Cscript%3E", path.split('?').next().unwrap());
    let page = stranger.get(&odd).await;
    assert!(
        page.status == 200 && !page.body.contains("script%3E") && !page.body.contains("?to="),
        "{}",
        page.body
    );
    world.execute("update reset_tokens set expires_at = now() where purpose = 'not_me'").await;
    assert_eq!(press_dead(&stranger, &path).await, 410);
    assert_eq!((world.count("select count(*) from incidents").await, world.count(BLOCKED).await), (0, 0));
}

async fn press_dead(client: &Client, path: &str) -> u16 {
    client.get(path).await.status.as_u16()
}

#[tokio::test]
async fn a_worker_that_dies_with_the_mails_loses_none() {
    let world = World::new().await;
    world.execute("update alternate_emails set updated_at = now() - interval '2 days'").await;
    let node = world.node_without_workers().await;
    let operator = Operator::at_the_shell("ann");
    let change = UserChange { mobile_phone: Some(Some("425-555-0142")), ..UserChange::default() };
    users::change(&world.pool, &operator, JOHN, &change, Some(node.app.keys.current())).await.unwrap();
    node.drain().await;
    let path = button(&world, JOHN_MAIL, "Your contact data changed").await;
    press(&node, &path).await;
    // A worker claimed it, and was killed: its lease ends.
    world
        .execute("update outbox set lease_by = gen_random_uuid(), lease_until = now() + interval '1 minute', tries = 1 where message->>'kind' = 'incident_opened'")
        .await;
    node.drain().await;
    assert!(world.mail.sent().iter().all(|mail| !mail.subject.starts_with("“This")));
    world
        .execute("update outbox set lease_until = now() - interval '1 second' where lease_by is not null")
        .await;
    node.drain().await;
    assert_eq!(
        world.mail.sent().iter().filter(|mail| mail.subject.starts_with("This was not me")).count(),
        2,
        "in the mailbox and at the alternate address"
    );
}

#[tokio::test]
async fn a_list_of_many_goes_on_page_by_page_open_ones_first_and_loses_none() {
    let (world, node) = company().await;
    world
        .execute(
            "insert into incidents (id, company_id, principal, deed, deed_at, reported_at, network, state, closed_at, closed_by, note)
             select gen_random_uuid(), c.id, 'gone' || n || '@contoso.com', 'password_reset', now(), now() - (n % 7) * interval '1 day', '192.0.2.7',
                    case when n % 2 = 0 then 'open' else 'closed' end, case when n % 2 = 1 then now() end, case when n % 2 = 1 then 'ann' end,
                    case when n % 2 = 1 then 'x' end
             from companies c, generate_series(1, 120) n where c.name = 'Contoso'",
        )
        .await;
    let office = Office::of(&world, &node, GLOBAL).await;
    let mut at = "/portal/incidents".to_owned();
    let (mut seen, mut states) = (Vec::new(), Vec::new());
    for _ in 0..10 {
        let page = office.client.get(&at).await;
        for line in page.body.split("<tr role=\"row\">\n<th scope=\"row\"").skip(1) {
            seen.push(line.split("/portal/incidents/").nth(1).unwrap()[..36].to_owned());
            states.push(line.contains("badge no"));
        }
        let Some(next) = page.body.split("rel=\"next\" href=\"").nth(1) else { break };
        at = next.split('"').next().unwrap().replace("&amp;", "&").replace("&#38;", "&");
    }
    assert_eq!(seen.len(), 120);
    assert_eq!(seen.iter().collect::<std::collections::BTreeSet<_>>().len(), 120, "none twice");
    assert!(states.is_sorted_by(|a, b| a >= b), "open ones first");
    assert!(office.client.get("/portal/incidents").await.body.contains("60 open"));
    assert_eq!(office.client.get("/portal/incidents?after=nonsense&among=closed").await.status, 200);
}

#[tokio::test]
async fn a_reset_that_was_not_theirs_is_reported_with_its_steps_and_survives_the_users_deletion() {
    let (world, node) = company().await;
    let walk = Walk::new(&world, &node);
    walk.up_to_password().await;
    assert_eq!(walk.set_password(NEW).await.status, 303);
    assert_eq!(
        press(&node, &button(&world, JOHN, "Your password was reset").await).await,
        "/not-me/done/blocked"
    );
    let at = open_one(&world, "password_reset").await;
    let office = Office::of(&world, &node, GLOBAL).await;
    let page = office.client.get(&at).await;
    for told in ["the mailbox of the user ID", "See its steps", "Someone else may read"] {
        assert!(page.body.contains(told), "{told}: {}", page.body);
    }
    // Whoever deletes the user deletes no report.
    let deleted = office.confirm(JOHN, "delete", &[("confirm_user_id", JOHN)]).await;
    assert_eq!(to(&deleted), (303, "/portal/users?notice=deleted"));
    let page = office.client.get(&at).await;
    assert!(
        page.status == 200 && page.body.contains(JOHN) && page.body.contains("deleted since"),
        "{}",
        page.body
    );
    assert_eq!(office.client.submit(&at, &at, &[("note", "gone")]).await.status, 303);
}

//! Passwords of others in the portal: a link or a temporary password for one, links for many; each form has its effect once.

use crate::support::{
    app::{Node, World},
    client::{Answer, Client, link_in},
    crowd::form,
    office::{ELSEWHERE, GLOBAL, Office, path_of, row_of},
    rows::{Changes, Rows},
    walk::{JOHN, JOHN_MAIL, NEW},
};

const BATCH: &str = "/portal/users/reset-passwords";
const PASSWORD_ADMIN: &str = "passwordadmin@contoso.com";
const USER: &str = "user@contoso.com";

async fn reset_path(world: &World, user_id: &str) -> String {
    format!("{}/reset-password", path_of(world, user_id).await)
}

async fn reset(office: &Office<'_>, user_id: &str, fields: &[(&str, &str)]) -> Answer {
    let path = reset_path(office.world, user_id).await;
    office.client.submit(&path, &path, fields).await
}

/// The password that an answer shows.
fn shown(answer: &Answer) -> &str {
    let (_, rest) = answer
        .body
        .split_once("id=\"temporary-password\">")
        .unwrap_or_else(|| panic!("no password: {}", answer.body));
    rest.split_once('<').unwrap().0
}

/// Where a sign-in leads; none: it fails.
async fn sign_in(node: &Node, user_id: &str, password: &str) -> Option<String> {
    let client = Client::new(&node.url);
    let fields = [("user_id", user_id), ("password", password)];
    let answer = client.submit("/sign-in", "/sign-in", &fields).await;
    match answer.status.as_u16() {
        303 => Some(client.open("/account").await.0),
        422 => None,
        _ => panic!("{answer:?}"),
    }
}

fn links_to(world: &World, address: &str) -> usize {
    world.mail.sent().iter().filter(|mail| mail.to == address && mail.text.contains("/set-password/")).count()
}

#[tokio::test]
async fn a_link_goes_once_to_the_persons_own_contact_however_often_its_form_is_sent() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    let path = reset_path(&world, JOHN).await;
    let page = office.client.get(&path).await;
    assert!(page.body.contains("j••••••h@••••••.com") && !page.body.contains(JOHN_MAIL), "{}", page.body);
    let form = form(&office.client, &path, &path).await;
    let link = |_| vec![("way", "link".to_owned())];
    let crowd = form.crowd(&office.client, 6, link).await;
    let again = form.send(&office.client, &[("way", "link")]).await;
    node.drain().await;
    assert_eq!(links_to(&world, JOHN_MAIL), 1);
    let places: std::collections::BTreeSet<_> = crowd
        .iter()
        .map(|(_, answer)| answer)
        .chain([&again])
        .map(|answer| answer.location.clone())
        .collect();
    assert_eq!(places.len(), 1, "{places:?}");
    let result = office.client.get(again.location.as_deref().unwrap()).await;
    assert!(result.body.contains("Sent by e-mail") && result.body.contains(JOHN), "{}", result.body);
    // The password stays until the link is used, and the link works.
    let old = world.first_password(JOHN);
    assert_eq!(sign_in(&node, JOHN, &old).await.as_deref(), Some("/account"));
    let mail = world.mail_to(JOHN_MAIL).await;
    let link = link_in(&mail.text);
    let place = &link[link.find("/set-password/").unwrap()..];
    let passwords = [("new_password", NEW), ("confirm_password", NEW)];
    assert_eq!(Client::new(&node.url).submit(place, place, &passwords).await.status, 303);
    assert_eq!(sign_in(&node, JOHN, &old).await, None);
    assert_eq!(sign_in(&node, JOHN, NEW).await.as_deref(), Some("/account"));
}

#[tokio::test]
async fn a_temporary_password_is_shown_once_and_a_second_submit_does_not_kill_it() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    let path = reset_path(&world, JOHN).await;
    let form = form(&office.client, &path, &path).await;
    let hands = form.crowd(&office.client, 5, |_| vec![("way", "temporary_password".to_owned())]).await;
    let (made, others): (Vec<_>, Vec<_>) =
        hands.iter().map(|(_, answer)| answer).partition(|answer| answer.status == 200);
    assert_eq!(made.len(), 1, "one of the submits makes a password");
    assert!(others.iter().all(|answer| answer.status == 422), "{others:?}");
    let password = shown(made[0]).to_owned();
    assert!(password.len() >= 15, "{password}");
    assert_eq!(made[0].header("cache-control"), Some("no-store"));
    // To load the answer again is to send the form again.
    let again = form.send(&office.client, &[("way", "temporary_password")]).await;
    assert_eq!(again.status, 422);
    assert!(again.body.contains("after you opened this page"), "{}", again.body);
    let everywhere = [again.body, office.client.get(&path).await.body];
    assert!(everywhere.iter().all(|body| !body.contains(&password)));
    // It signs in, and leads nowhere but to a password of one's own.
    assert_eq!(sign_in(&node, JOHN, &password).await.as_deref(), Some("/account/password"));
    assert_eq!(sign_in(&node, JOHN, &world.first_password(JOHN)).await, None);
    assert_eq!(world.audited("temporary_password_made").await, 1);
    node.drain().await;
    assert!(world.mail.sent().iter().all(|mail| !mail.text.contains(&password)), "it left in a mail");
    // Another, when it is wanted: the form of the answer is a new one.
    let next = reset(&office, JOHN, &[("way", "temporary_password")]).await;
    assert_eq!(next.status, 200);
    assert_ne!(shown(&next), password);
}

#[tokio::test]
async fn whoever_can_not_be_reset_is_told_of_with_the_reason_and_a_way_on() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let global = Office::of(&world, &node, GLOBAL).await;
    let limited = Office::of(&world, &node, PASSWORD_ADMIN).await;
    world.execute("delete from mobile_phones where user_id in (select id from users where user_id = 'noemail@contoso.com')").await;
    let look = async |office: &Office<'_>, user_id: &str| {
        office.client.get(&reset_path(&world, user_id).await).await
    };

    let oneself = look(&global, GLOBAL).await;
    assert_eq!((oneself.status.as_u16(), oneself.heading()), (200, "Your own password"));
    assert!(oneself.body.contains("href=\"/account/password\""));

    let row = row_of(&world, "blocked@contoso.com").await;
    let blocked = look(&global, "blocked@contoso.com").await;
    assert!(blocked.body.contains(&format!("href=\"/portal/users/{row}/unblock\"")), "{}", blocked.body);
    let blocked = look(&limited, "blocked@contoso.com").await;
    assert!(!blocked.body.contains("/unblock") && blocked.body.contains("A global administrator can lift"));

    let none = look(&global, "noemail@contoso.com").await;
    assert!(none.body.contains("#alternate_email_address") && !none.body.contains("value=\"link\""));
    world.execute("update companies set temporary_passwords_allowed = false").await;
    let nothing = look(&global, "noemail@contoso.com").await;
    assert!(nothing.body.contains("There is no way to reset"), "{}", nothing.body);
    let before = Rows::read(&world.pool).await;

    // What the pages do not offer, sent all the same.
    let path = reset_path(&world, JOHN).await;
    let hidden = form(&global.client, &path, &path).await.hidden;
    for (user_id, way) in [
        (GLOBAL, "link"),
        (GLOBAL, "temporary_password"),
        ("blocked@contoso.com", "temporary_password"),
        ("noemail@contoso.com", "temporary_password"),
        (JOHN, "temporary_password"),
        (JOHN, "neither"),
    ] {
        let path = reset_path(&world, user_id).await;
        let answer = global.client.post_form(&path, hidden.clone(), &[("way", way)]).await;
        assert_eq!(answer.status, 422, "{user_id} {way}: {answer:?}");
    }
    assert_eq!(before.changes(&Rows::read(&world.pool).await), Changes::new());
    for (user_id, way) in [("blocked@contoso.com", "link"), ("noemail@contoso.com", "link")] {
        let path = reset_path(&world, user_id).await;
        let mut hidden = hidden.clone();
        hidden.retain(|(name, _)| name != "once");
        let once = sspr::random::id().to_string();
        let answer = global.client.post_form(&path, hidden, &[("way", way), ("once", &once)]).await;
        assert_eq!(answer.status, 422, "{user_id} {way}: {answer:?}");
    }
    let changes = before.changes(&Rows::read(&world.pool).await);
    assert_eq!(changes.keys().copied().collect::<Vec<_>>(), ["reset_batch_items", "reset_batches"]);
}

#[tokio::test]
async fn whom_the_role_may_not_reset_is_403_and_audited_and_a_stranger_is_404() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let limited = Office::of(&world, &node, PASSWORD_ADMIN).await;
    let own = reset_path(&world, USER).await;
    let hidden = form(&limited.client, &own, &own).await.hidden;
    let way = [("way", "link")];
    for (user_id, status) in [(GLOBAL, 403), (JOHN, 403), ("billingadmin@contoso.com", 403), (ELSEWHERE, 404)]
    {
        let path = reset_path(&world, user_id).await;
        assert_eq!(limited.client.get(&path).await.status, status, "{user_id}");
        assert_eq!(limited.client.post_form(&path, hidden.clone(), &way).await.status, status, "{user_id}");
    }
    assert_eq!(world.audited("access_denied").await, 6);
    let bill = Office::of(&world, &node, "billingadmin@contoso.com").await;
    assert_eq!(bill.client.get(&own).await.status, 403);
    assert_eq!(bill.client.get(BATCH).await.status, 403);
    assert_eq!(world.count("select count(*) from outbox").await, 0);
}

#[tokio::test] // V-32
async fn an_old_proof_asks_for_the_own_password_again() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    let path = reset_path(&world, JOHN).await;
    assert!(!office.client.get(&path).await.body.contains("your_password"));
    office.grow_old().await;
    assert!(office.client.get(&path).await.body.contains("name=\"your_password\""));
    for typed in ["", "not it"] {
        let fields = [("way", "temporary_password"), ("your_password", typed)];
        let answer = reset(&office, JOHN, &fields).await;
        assert_eq!(answer.status, 422, "{answer:?}");
        assert!(answer.body.contains("id=\"your_password-problem\""));
    }
    assert_eq!(world.audited("temporary_password_made").await, 0);
    let row = row_of(&world, JOHN).await.to_string();
    let batch = office.client.submit(&format!("{BATCH}?select={row}"), BATCH, &[("your_password", "")]).await;
    assert_eq!(batch.status, 422);
    assert_eq!(world.count("select count(*) from outbox").await, 0);
    let password = world.first_password(GLOBAL);
    let fields = [("way", "temporary_password"), ("your_password", password.as_str())];
    assert_eq!(reset(&office, JOHN, &fields).await.status, 200);
    // Shown once, it is recent for what comes next.
    assert!(!office.client.get(&path).await.body.contains("your_password"));
}

async fn batch_address(world: &World, people: &[&str]) -> String {
    let mut address = BATCH.to_owned();
    for (place, user_id) in people.iter().enumerate() {
        address += if place == 0 { "?select=" } else { "&select=" };
        address += &row_of(world, user_id).await.to_string();
    }
    address
}

#[tokio::test]
async fn many_at_once_are_named_first_and_each_told_once_by_their_own_contact() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let office = Office::of(&world, &node, "johnsmith@contoso.com").await;
    let people = [USER, PASSWORD_ADMIN, JOHN, GLOBAL, "blocked@contoso.com"];
    let address = batch_address(&world, &people).await;
    let page = office.client.get(&address).await;
    assert_eq!(page.status, 200);
    for words in ["Send 2 links", "This is you.", "Your role does not reset", "Sign-in is blocked."] {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    let form = form(&office.client, &address, BATCH).await;
    let selected = form.hidden.iter().filter(|(name, _)| name == "select").count();
    assert_eq!(selected, 2, "only those who get a link are in the form");
    let hands = form.crowd(&office.client, 4, |_| Vec::new()).await;
    assert!(hands.iter().all(|(_, answer)| answer.status == 303));
    let result = hands[0].1.location.clone().unwrap();
    let queued = office.client.get(&result).await;
    assert!(queued.body.contains("2 on the way") && queued.body.contains("data-refresh"), "{}", queued.body);
    node.drain().await;
    assert_eq!(links_to(&world, "user@fabrikam.com"), 1);
    assert_eq!(links_to(&world, "passwordadmin@fabrikam.com"), 1);
    // The other global administrator hears of the administrator among them.
    let told = world.mail.sent().into_iter().filter(|mail| mail.to == GLOBAL).count();
    assert_eq!((told, world.mail.sent().len()), (1, 4), "at two places");
    let sent = office.client.get(&result).await;
    assert!(sent.body.contains("2 sent") && !sent.body.contains("data-refresh"), "{}", sent.body);
    let file = office.client.get(&format!("{result}/result.csv")).await;
    assert_eq!(file.header("content-type"), Some("text/csv; charset=utf-8"));
    assert!(file.header("content-disposition").unwrap().starts_with("attachment"));
    assert_eq!(
        file.body,
        "UserId,DisplayName,Outcome\r\nuser@contoso.com,Ordinary User,sent-email\r\n\
         passwordadmin@contoso.com,Password Admin,sent-email\r\n"
    );
    // It is found again later: where nobody is chosen, and from the audit log.
    let again = office.client.get(BATCH).await;
    assert!(
        again.body.contains(&format!("href=\"{result}\"")) && again.body.contains("2 people"),
        "{}",
        again.body
    );
    let global = Office::of(&world, &node, GLOBAL).await;
    let audit = global.client.get("/portal/audit?event=batch_reset").await;
    assert!(audit.body.contains(&format!("href=\"{result}\"")), "{}", audit.body);
    assert_eq!(global.client.get(&result).await.status, 200);
    assert!(!global.client.get(BATCH).await.body.contains(&result), "one's own only");
    // Another company's administrators see nothing of it.
    let elsewhere = Office::of(&world, &node, ELSEWHERE).await;
    assert_eq!(elsewhere.client.get(&result).await.status, 404);
    assert_eq!(elsewhere.client.get(&format!("{result}/result.csv")).await.status, 404);
}

#[tokio::test]
async fn a_form_with_someone_whom_the_page_left_out_does_nothing_for_anybody() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let office = Office::of(&world, &node, PASSWORD_ADMIN).await;
    let form = form(&office.client, &batch_address(&world, &[USER]).await, BATCH).await;
    for (user_id, status) in [(GLOBAL, 403), (PASSWORD_ADMIN, 403), (ELSEWHERE, 404)] {
        let row = row_of(&world, user_id).await.to_string();
        let answer = form.send(&office.client, &[("select", &row)]).await;
        assert_eq!(answer.status, status, "{user_id}");
    }
    assert_eq!(form.send(&office.client, &[("select", "nobody")]).await.status, 404);
    assert_eq!(form.send(&office.client, &[("batch", "2")]).await.status, 400);
    assert_eq!(world.count("select count(*) from outbox").await, 0);
    assert_eq!(world.count("select count(*) from reset_batches").await, 0);
    assert_eq!(world.audited("access_denied").await, 2);
    assert_eq!(form.send(&office.client, &[]).await.status, 303);
}

#[tokio::test]
async fn forty_are_taken_and_forty_one_are_not() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    world.people(41).await;
    let all: Vec<String> = (1..=41).map(|n| format!("user{n}@contoso.com")).collect();
    let names: Vec<&str> = all.iter().map(String::as_str).collect();
    let many = office.client.get(&batch_address(&world, &names).await).await;
    assert_eq!(many.status, 422);
    assert!(many.body.contains("You chose 41 people"), "{}", many.body);
    let form = form(&office.client, &batch_address(&world, &names[..40]).await, BATCH).await;
    let last = row_of(&world, names[40]).await.to_string();
    assert_eq!(form.send(&office.client, &[("select", &last)]).await.status, 422);
    assert_eq!(world.count("select count(*) from outbox").await, 0);
    assert_eq!(form.send(&office.client, &[]).await.status, 303);
    assert_eq!(world.count("select count(*) from outbox").await, 40);
    assert_eq!(office.client.get(BATCH).await.status, 200, "nobody chosen is an empty page");
}

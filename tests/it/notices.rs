//! Who hears of what: for each deed exactly these messages to exactly these addresses, and "This was not me" where the address is the
//! person's for certain (N-18, N-23, 6.3.5, 6.3.7).

use std::collections::BTreeSet;

use sspr::{
    admin::{Operator, users},
    senders::mail::Mail,
};

use crate::support::{
    app::{Node, World},
    client::{Client, link_in},
    office::{GLOBAL, Office, row_of},
    walk::{JOHN, JOHN_MAIL, JOHN_PHONE, NEW, Walk},
};

/// Two more global administrators.
const SECOND: &str = "serviceadmin@contoso.com";
const THIRD: &str = "billingadmin@contoso.com";
/// Another address of John's, of today, that nobody confirmed.
const FRESH: &str = "john@example.com";

/// Address or number, kind, whether "This was not me" is in it.
type Heard = (String, String, bool);

fn heard(all: &[(&str, &str, bool)]) -> BTreeSet<Heard> {
    all.iter().map(|(to, kind, button)| ((*to).to_owned(), (*kind).to_owned(), *button)).collect()
}

/// A notice at all of John's contacts, and on the phone as `text`.
fn john(kind: &str, text: &str) -> Vec<Heard> {
    let mails = [(JOHN, true), (JOHN_MAIL, true), (FRESH, false)];
    let mut all: Vec<Heard> =
        mails.iter().map(|(to, button)| ((*to).to_owned(), kind.to_owned(), *button)).collect();
    all.push((JOHN_PHONE.to_owned(), text.to_owned(), false));
    all
}

/// The others, in the mailbox and at the alternate address of each.
fn others(kind: &str, who: &[&str]) -> Vec<Heard> {
    let both = who.iter().flat_map(|to| [(*to).to_owned(), address_of(to)]);
    both.map(|to| (to, kind.to_owned(), false)).collect()
}

/// The alternate address that the demo gives a person of Contoso.
fn address_of(user_id: &str) -> String {
    user_id.replace("@contoso.com", "@fabrikam.com")
}

/// Three global administrators, and John with an old and a new address.
async fn company() -> (World, Node) {
    let world = World::new().await;
    world.execute("update alternate_emails set updated_at = now() - interval '2 days'").await;
    world
        .execute("update users set role = 'global_administrator' where user_id in ('serviceadmin@contoso.com', 'billingadmin@contoso.com')")
        .await;
    world
        .execute("insert into alternate_emails (user_id, position, address) select id, 1, 'john@example.com' from users where user_id = 'johnsmith@contoso.com'")
        .await;
    let node = world.node().await;
    (world, node)
}

/// Everything queued since it was emptied. A message twice at one address for one deed fails here.
async fn queued(world: &World) -> BTreeSet<Heard> {
    let rows: Vec<Heard> = sqlx::query_as(
        "select o.recipient, o.message->>'kind', coalesce(t.purpose = 'not_me', false)
         from outbox o left join reset_tokens t on t.id = o.token_id",
    )
    .fetch_all(&world.pool)
    .await
    .unwrap();
    let all: BTreeSet<Heard> = rows.iter().cloned().collect();
    assert_eq!(all.len(), rows.len(), "the same message twice: {rows:?}");
    let addresses: BTreeSet<&String> = rows.iter().map(|(to, ..)| to).collect();
    assert_eq!(addresses.len(), rows.len(), "two messages at one address: {rows:?}");
    all
}

async fn empty(world: &World) {
    world.execute("delete from outbox").await;
}

async fn expect(world: &World, deed: &str, parts: &[Vec<Heard>]) {
    let expected: BTreeSet<Heard> = parts.iter().flatten().cloned().collect();
    assert_eq!(queued(world).await, expected, "{deed}");
}

#[tokio::test] // N-23
async fn a_reset_in_the_wizard_is_told_at_every_contact_and_to_every_global_administrator() {
    let (world, node) = company().await;
    let walk = Walk::new(&world, &node);
    walk.up_to_password().await;
    empty(&world).await;
    assert_eq!(walk.set_password(NEW).await.location.as_deref(), Some("/reset/done"));
    let person = john("password_was_reset", "password_was_reset_sms");
    expect(&world, "wizard", &[person, others("administrator_was_reset", &[GLOBAL, SECOND, THIRD])]).await;
}

#[tokio::test] // N-23, 6.3.7
async fn a_changed_password_is_told_at_every_contact_and_to_nobody_else() {
    let (world, node) = company().await;
    let office = Office::of(&world, &node, JOHN).await;
    let old = world.first_password(JOHN);
    let fields = [("current_password", &*old), ("new_password", NEW), ("confirm_password", NEW)];
    empty(&world).await;
    office.client.submit("/account/password", "/account/password", &fields).await;
    expect(&world, "changed", &[john("password_changed", "notice_sms")]).await;
}

#[tokio::test] // N-23
async fn a_temporary_password_is_told_to_the_person_and_to_the_others_but_not_to_who_made_it() {
    let (world, node) = company().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    empty(&world).await;
    assert_eq!(office.confirm(JOHN, "reset-password", &[("way", "temporary_password")]).await.status, 200);
    let person = john("password_reset_by_administrator", "notice_sms");
    expect(&world, "temporary", &[person, others("administrator_was_reset", &[SECOND, THIRD])]).await;
}

#[tokio::test]
async fn a_link_is_told_to_the_others_when_it_is_sent_and_when_it_is_used() {
    let (world, node) = company().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    empty(&world).await;
    assert_eq!(office.confirm(JOHN, "reset-password", &[("way", "link")]).await.status, 303);
    let link = heard(&[(JOHN_MAIL, "set_password_link", false)]).into_iter().collect();
    expect(&world, "sent", &[link, others("administrator_was_reset", &[SECOND, THIRD])]).await;

    let link = link_in(&world.mail_to(JOHN_MAIL).await.text);
    let path = link[link.find("/set-password/").unwrap()..].to_owned();
    empty(&world).await;
    let fields = [("new_password", NEW), ("confirm_password", NEW)];
    assert_eq!(Client::new(&node.url).submit(&path, &path, &fields).await.status, 303);
    // Nobody knows who held the link: all of them are told.
    let all = others("administrator_was_reset", &[GLOBAL, SECOND, THIRD]);
    expect(&world, "used", &[john("password_changed", "notice_sms"), all]).await;
    let how: String = sqlx::query_scalar(
        "select message->>'how' from outbox where message->>'kind' = 'administrator_was_reset' limit 1",
    )
    .fetch_one(&world.pool)
    .await
    .unwrap();
    assert_eq!(how, "link_used");
}

#[tokio::test]
async fn nobody_is_told_of_a_link_to_someone_without_a_role_or_to_a_newcomer() {
    let (world, node) = company().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    empty(&world).await;
    assert_eq!(office.confirm("user@contoso.com", "reset-password", &[("way", "link")]).await.status, 303);
    world.execute("update users set password_hash = null where user_id = 'passwordadmin@contoso.com'").await;
    assert_eq!(
        office.confirm("passwordadmin@contoso.com", "reset-password", &[("way", "link")]).await.status,
        303
    );
    let links = [
        ("user@fabrikam.com", "set_password_link", false),
        ("passwordadmin@fabrikam.com", "set_password_link", false),
    ];
    assert_eq!(queued(&world).await, heard(&links));
}

#[tokio::test]
async fn a_link_that_an_operator_hands_over_is_told_to_everybody_concerned() {
    let (world, node) = company().await;
    let operator = Operator::at_the_shell("ann");
    empty(&world).await;
    users::one_time_link(&world.pool, &operator, node.app.keys.current(), JOHN).await.unwrap();
    let all = others("administrator_was_reset", &[GLOBAL, SECOND, THIRD]);
    expect(&world, "handed over", &[john("link_handed_over", "notice_sms"), all]).await;

    // Broken glass: the others are locked out, and are told all the same.
    world.execute("update users set password_hash = null where role = 'global_administrator' and user_id <> 'globaladmin@contoso.com'").await;
    empty(&world).await;
    let (_, link) =
        users::break_glass(&world.pool, &operator, node.app.keys.current(), GLOBAL).await.unwrap();
    let person = heard(&[
        (GLOBAL, "link_handed_over", true),
        ("globaladmin@fabrikam.com", "link_handed_over", true),
        ("+14255550101", "notice_sms", false),
    ]);
    let told: BTreeSet<&str> = link.told.iter().map(String::as_str).collect();
    assert_eq!(told, [GLOBAL, "globaladmin@fabrikam.com"].into());
    let phone: String = sqlx::query_scalar("select m.number from mobile_phones m join users u on u.id = m.user_id where u.user_id = 'globaladmin@contoso.com'")
        .fetch_one(&world.pool)
        .await
        .unwrap();
    let person = person
        .into_iter()
        .map(|(to, kind, button)| (if to.starts_with('+') { phone.clone() } else { to }, kind, button))
        .collect();
    expect(&world, "broken glass", &[person, others("administrator_was_reset", &[SECOND, THIRD])]).await;
}

#[tokio::test] // N-18, 6.3.7
async fn changed_contact_data_is_told_at_the_old_and_the_new_address_and_of_a_global_administrator_to_the_others()
 {
    let (world, node) = company().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    empty(&world).await;
    office.change(JOHN, &[("alternate_email_address", "js@example.com")]).await;
    // The new one may only confirm; who entered it may have mistyped.
    let mails = heard(&[
        (JOHN, "contact_changed", true),
        (JOHN_MAIL, "contact_changed", true),
        (FRESH, "contact_changed", false),
        (JOHN_PHONE, "contact_changed_sms", false),
        ("js@example.com", "confirm_email", false),
    ]);
    assert_eq!(queued(&world).await, mails, "no global administrator: the others are not told");

    empty(&world).await;
    office.change(SECOND, &[("alternate_email_address", "second@example.com")]).await;
    let rows = queued(&world).await;
    let told: BTreeSet<Heard> =
        rows.iter().filter(|(_, kind, _)| kind == "administrator_changed").cloned().collect();
    assert_eq!(told, others("administrator_changed", &[THIRD]).into_iter().collect(), "{rows:?}");
    assert!(rows.contains(&("serviceadmin@fabrikam.com".into(), "contact_changed".into(), true)), "{rows:?}");
    assert!(rows.contains(&(SECOND.into(), "contact_changed".into(), true)), "{rows:?}");
}

#[tokio::test]
async fn whoever_becomes_or_was_a_global_administrator_is_told_to_the_others_and_to_themselves() {
    let (world, node) = company().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    for (role, told) in [
        ("billing_administrator", vec![]),
        ("global_administrator", vec![SECOND, THIRD]),
        ("user_management_administrator", vec![SECOND, THIRD]),
    ] {
        empty(&world).await;
        world.execute("delete from budgets").await;
        office.change(JOHN, &[("role", role)]).await;
        expect(&world, role, &[john("role_changed", "notice_sms"), others("administrator_changed", &told)])
            .await;
    }
    // Both in one form are one deed, and one mail to each.
    empty(&world).await;
    world.execute("delete from budgets").await;
    office.change(JOHN, &[("role", "billing_administrator"), ("mobile_phone", "")]).await;
    expect(&world, "both", &[john("contact_changed", "contact_changed_sms")]).await;
    let mail: serde_json::Value =
        sqlx::query_scalar("select message from outbox where recipient = 'johnsmith@contoso.com'")
            .fetch_one(&world.pool)
            .await
            .unwrap();
    assert_eq!(mail["changes"][1]["what"], "role", "{mail}");
}

#[tokio::test]
async fn a_lifted_block_is_told_at_every_contact_and_can_be_put_back() {
    let (world, node) = company().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    office.confirm(JOHN, "block", &[]).await;
    empty(&world).await;
    let lifted = office.confirm(JOHN, "unblock", &[]).await;
    assert_eq!(lifted.status, 303, "{lifted:?}");
    expect(&world, "lifted", &[john("block_lifted", "notice_sms")]).await;
    let mail = world.mail_to(JOHN_MAIL).await;
    let link = link_in(&mail.text);
    let path = link[link.find("/not-me/").unwrap()..].to_owned();
    assert_eq!(
        Client::new(&node.url).submit(&path, &path, &[]).await.location.as_deref(),
        Some("/not-me/done/blocked")
    );
}

#[tokio::test] // 6.3.5
async fn five_wrong_codes_after_an_opened_link_are_told_at_every_contact_and_show_nothing_to_the_visitor() {
    let (world, node) = company().await;
    let walk = Walk::new(&world, &node);
    walk.up_to_code().await;
    let right = walk.code().await;
    let wrong = if right == "00000000" { "11111111" } else { "00000000" };
    empty(&world).await;
    for n in 1..=4 {
        assert_eq!(walk.type_code(wrong).await.status, 422, "{n}");
    }
    assert_eq!(queued(&world).await, BTreeSet::new(), "four may be a slip");
    let fifth = walk.type_code(wrong).await;
    assert_eq!((fifth.status.as_u16(), fifth.location.as_deref()), (303, Some("/reset/ended")));
    expect(&world, "partial", &[john("partial_reset", "notice_sms")]).await;
    let recorded: serde_json::Value = sqlx::query_scalar(
        "select details from audit_events where event = 'code_wrong' and outcome = 'too_many_tries'",
    )
    .fetch_one(&world.pool)
    .await
    .unwrap();
    assert_eq!(recorded, serde_json::json!({ "tries": 5, "mails": 3, "texts": 1 }));
    // Once, whatever else is sent.
    walk.type_code_blindly(wrong).await;
    expect(&world, "again", &[john("partial_reset", "notice_sms")]).await;
    // The mail with the link came to the same address before.
    let is_notice = |mail: &Mail| {
        mail.to == JOHN_MAIL && mail.subject.starts_with("Someone tried to reset your password")
    };
    let mail = world.wait("the notice", || world.mail.sent().into_iter().find(is_notice)).await;
    assert!(mail.text.contains("Asked from: an unknown browser\n"), "words, and no network: {}", mail.text);
    let link = link_in(&mail.text);
    let path = link[link.find("/not-me/").unwrap()..].to_owned();
    let pressed = Client::new(&node.url).submit(&path, &path, &[]).await;
    assert_eq!(pressed.location.as_deref(), Some("/not-me/done/blocked"));
    assert!(!walk.signs_in(JOHN, &world.first_password(JOHN)).await);
}

#[tokio::test]
async fn a_node_that_dies_after_the_fifth_try_owes_the_notice_and_another_one_pays() {
    let (world, node) = company().await;
    let walk = Walk::new(&world, &node);
    walk.up_to_code().await;
    empty(&world).await;
    // The count is committed by itself; then the node was gone.
    world.execute("update reset_attempts set code_tries = 5").await;
    let (pool, key) = (&node.app.pool, node.app.keys.current());
    assert_eq!(
        sspr::store::attempts::end_left_over(pool, key, 50).await.unwrap(),
        0,
        "a right fifth code may be on its way"
    );
    world.turn_back(11 * 60).await;
    assert_eq!(sspr::store::attempts::end_left_over(pool, key, 50).await.unwrap(), 1);
    expect(&world, "left over", &[john("partial_reset", "notice_sms")]).await;
    assert_eq!(sspr::store::attempts::end_left_over(pool, key, 50).await.unwrap(), 0);
}

#[tokio::test]
async fn a_batch_is_one_mail_to_each_of_the_others_and_the_rest_of_it_another() {
    let (world, node) = company().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    let rows = [
        row_of(&world, JOHN).await,
        row_of(&world, "passwordadmin@contoso.com").await,
        row_of(&world, "user@contoso.com").await,
    ];
    empty(&world).await;
    let ids: Vec<String> = rows.iter().map(ToString::to_string).collect();
    let query = ids.iter().map(|id| format!("select={id}")).collect::<Vec<_>>().join("&");
    let page = office.client.get(&format!("/portal/users/reset-passwords?{query}")).await;
    let sent = office.accept(&page, "/portal/users/reset-passwords", &[]).await;
    assert_eq!(sent.status, 303, "{sent:?}");
    let links = heard(&[
        (JOHN_MAIL, "set_password_link", false),
        ("passwordadmin@fabrikam.com", "set_password_link", false),
        ("user@fabrikam.com", "set_password_link", false),
    ]);
    let told = others("administrators_were_reset", &[SECOND, THIRD]);
    expect(&world, "batch", &[links.into_iter().collect(), told]).await;
    let people: serde_json::Value = sqlx::query_scalar(
        "select message->'people' from outbox where message->>'kind' = 'administrators_were_reset' limit 1",
    )
    .fetch_one(&world.pool)
    .await
    .unwrap();
    let named: BTreeSet<&str> =
        people.as_array().unwrap().iter().map(|one| one["user_id"].as_str().unwrap()).collect();
    assert_eq!(named, [JOHN, "passwordadmin@contoso.com"].into());

    // A node that died before it told: another one does, once.
    empty(&world).await;
    world.execute("update reset_batch_items set told_at = null").await;
    let left = async || sspr::admin::passwords::tell_left_over(&node.app.pool, 50).await.unwrap();
    assert_eq!(left().await, 0, "whoever is at it has five minutes");
    world.execute("update reset_batches set created_at = created_at - interval '6 minutes'").await;
    assert_eq!((left().await, left().await), (1, 0));
    assert_eq!(
        queued(&world).await,
        others("administrators_were_reset", &[SECOND, THIRD]).into_iter().collect()
    );
}

#[tokio::test]
async fn nobody_reads_of_one_deed_twice_at_an_address_that_two_people_share() {
    let (world, node) = company().await;
    world.execute("update companies set user_id_is_mailbox = false").await;
    // Both others are reached at one address, and the doer at another's.
    world
        .execute("update alternate_emails e set address = 'Shared@example.com' from users u where u.id = e.user_id and u.user_id = 'serviceadmin@contoso.com'")
        .await;
    world
        .execute("update alternate_emails e set address = 'shared@example.com' from users u where u.id = e.user_id and u.user_id = 'billingadmin@contoso.com'")
        .await;
    let office = Office::of(&world, &node, GLOBAL).await;
    empty(&world).await;
    assert_eq!(office.confirm(JOHN, "reset-password", &[("way", "temporary_password")]).await.status, 200);
    let rows = queued(&world).await;
    assert_eq!(rows.iter().filter(|(_, kind, _)| kind == "administrator_was_reset").count(), 1, "{rows:?}");
    // The person's own address is told as the person's alone.
    world
        .execute("update alternate_emails e set address = 'johnsmith@fabrikam.com' from users u where u.id = e.user_id and u.user_id in ('serviceadmin@contoso.com', 'billingadmin@contoso.com')")
        .await;
    empty(&world).await;
    world.execute("delete from budgets").await;
    assert_eq!(office.confirm(JOHN, "reset-password", &[("way", "temporary_password")]).await.status, 200);
    let rows = queued(&world).await;
    assert_eq!(rows.iter().filter(|(_, kind, _)| kind == "administrator_was_reset").count(), 0, "{rows:?}");
}

/// Changes a setting of the company at the desk.
async fn set_company(office: &Office<'_>, field: &str, value: &str) {
    let page = office.client.get("/portal/company").await;
    let hidden = page.hidden_fields("/portal/company").unwrap();
    let review = office.client.post_form("/portal/company", hidden, &[(field, value)]).await;
    let saved = office.accept(&review, "/portal/company", &[]).await;
    assert_eq!(saved.status, 303, "{saved:?}");
}

/// At which addresses a kind of message is queued.
async fn told(world: &World, kind: &str) -> BTreeSet<String> {
    queued(world).await.into_iter().filter(|(_, known, _)| known == kind).map(|(to, ..)| to).collect()
}

#[tokio::test]
async fn no_setting_sends_the_notices_to_administrators_where_nobody_reads_them_and_who_turns_it_is_heard() {
    let (world, node) = company().await;
    let everyone = [GLOBAL, SECOND, THIRD];
    let addresses = |who: &[&str]| -> BTreeSet<String> { who.iter().map(|to| address_of(to)).collect() };
    let both = |who: &[&str]| -> BTreeSet<String> {
        who.iter().map(|to| (*to).to_owned()).chain(addresses(who)).collect()
    };
    // User IDs that receive no mail.
    world
        .execute(
            "update companies set user_id_is_mailbox = false, global_administrator_changes = 'after_hold'",
        )
        .await;
    let office = Office::of(&world, &node, GLOBAL).await;
    for mailboxes in ["true", "false"] {
        empty(&world).await;
        set_company(&office, "user_id_is_mailbox", mailboxes).await;
        assert_eq!(
            told(&world, "change_ended").await,
            both(&everyone),
            "{mailboxes}: at the old places and the new"
        );
        let heard = |who: &[&str]| if mailboxes == "true" { both(who) } else { addresses(who) };
        // The rule becomes weaker, and a person is reset: nobody is unheard.
        empty(&world).await;
        world
            .execute("update pending_changes set state = 'refused', wanted = null, decided_at = now()")
            .await;
        set_company(&office, "global_administrator_changes", "at_once").await;
        assert_eq!(told(&world, "change_waits").await, heard(&everyone), "{mailboxes}");
        empty(&world).await;
        world.execute("delete from budgets").await;
        assert_eq!(
            office.confirm(JOHN, "reset-password", &[("way", "temporary_password")]).await.status,
            200
        );
        assert_eq!(told(&world, "administrator_was_reset").await, heard(&[SECOND, THIRD]), "{mailboxes}");
    }
    // Without any address the user ID is tried, whatever the setting says.
    world.execute("delete from alternate_emails e using users u where u.id = e.user_id and u.user_id = 'billingadmin@contoso.com'").await;
    empty(&world).await;
    assert_eq!(office.confirm(JOHN, "reset-password", &[("way", "temporary_password")]).await.status, 200);
    let to = [address_of(SECOND), THIRD.to_owned()].into();
    assert_eq!(told(&world, "administrator_was_reset").await, to);
}

#[tokio::test]
async fn whoever_is_blocked_is_told_of_what_is_done_to_the_others_meanwhile() {
    let (world, node) = company().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    world
        .execute("update users set blocked_at = now(), blocked_because = 'administrator' where user_id in ('serviceadmin@contoso.com', 'billingadmin@contoso.com')")
        .await;
    empty(&world).await;
    office.change(SECOND, &[("mobile_phone", "(425) 555-0144")]).await;
    let all: BTreeSet<String> = others("", &[THIRD]).into_iter().map(|(to, ..)| to).collect();
    assert_eq!(told(&world, "administrator_changed").await, all);
}

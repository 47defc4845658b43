//! A person shows to have an address and a phone, by the links that were sent there.

use sspr::domain::secret::Purpose;

use super::{panel, signed_in};
use crate::support::{
    app::{Node, World},
    client::{Answer, Client, link_in},
    crowd::form,
    rows::Rows,
    secrets,
    walk::{JOHN, JOHN_MAIL, JOHN_PHONE},
};

const PAGE: &str = "/account";
const ASK: &str = "/account/confirm-contact";
const REACHED: &str = "How you are reached";

/// Asks for a link as the button does. Both forms of the page have the same hidden token; the field says which.
async fn ask(client: &Client, channel: &str) -> Answer {
    let hidden = form(client, PAGE, ASK).await.hidden;
    let token = hidden.into_iter().filter(|(name, _)| name == "form_token").collect();
    client.post_form(ASK, token, &[("channel", channel)]).await
}

fn to(answer: &Answer) -> (u16, &str) {
    (answer.status.as_u16(), answer.location.as_deref().unwrap_or(""))
}

/// The newest confirming link for an address, as a path.
async fn email_link(world: &World, client: &Client) -> String {
    let before = world.mail.sent().len();
    assert_eq!(to(&ask(client, "email").await), (303, "/account?notice=confirmation-sent#contacts"));
    world.wait("the mail", || (world.mail.sent().len() > before).then_some(())).await;
    path_of(&world.mail_to(JOHN_MAIL).await.text)
}

fn path_of(text: &str) -> String {
    let link = link_in(text);
    link[link.find("/confirm-contact/").unwrap_or_else(|| panic!("{text}"))..].to_owned()
}

async fn confirm(node: &Node, path: &str) -> Answer {
    Client::new(&node.url).submit(path, path, &[]).await
}

#[tokio::test]
async fn address_and_phone_are_confirmed_in_any_browser_by_the_links_that_went_there() {
    let world = World::new().await;
    let node = world.node().await;
    let john = signed_in(&world, &node, JOHN).await;
    let reached = |page: &str| panel(page, REACHED).to_owned();
    let before = reached(&john.get(PAGE).await.body);
    assert_eq!(before.matches(">Unconfirmed<").count(), 2, "{before}");
    // Masked to the owner, too.
    assert!(before.contains("j••••••h@••••••.com") && before.contains("••••••00"), "{before}");
    assert!(!before.contains("fabrikam") && !before.contains("5550100") && !before.contains("555-0100"));

    let link = email_link(&world, &john).await;
    let stranger = Client::new(&node.url);
    let rows = Rows::read(&world.pool).await;
    // Scanners look, with every method that looks, and confirm nothing (V-54).
    for _ in 0..3 {
        let page = stranger.get(&link).await;
        assert_eq!((page.status.as_u16(), page.heading()), (200, "Confirm your alternate e-mail address"));
        assert!(page.body.contains(JOHN) && page.body.contains("j••••••h@••••••.com"), "{}", page.body);
        assert!(!page.body.contains("fabrikam"), "{}", page.body);
        assert_eq!(stranger.send(reqwest::Method::HEAD, &link, None, Vec::new()).await.status.as_u16(), 200);
    }
    assert!(rows.changes(&Rows::read(&world.pool).await).is_empty());

    let done = confirm(&node, &link).await;
    assert_eq!(to(&done), (303, "/confirm-contact/done/email"));
    let (_, page) = stranger.open("/confirm-contact/done/email").await;
    assert_eq!(page.heading(), "Your e-mail address is confirmed");
    let after = reached(&john.get(PAGE).await.body);
    assert_eq!((after.matches(">Confirmed<").count(), after.matches(">Unconfirmed<").count()), (1, 1));

    assert_eq!(to(&ask(&john, "sms").await).0, 303);
    let text = world.sms_to(JOHN_PHONE).await.text;
    assert!(text.chars().count() <= 160, "{text}");
    let link = path_of(&text);
    let page = stranger.get(&link).await;
    assert_eq!(page.heading(), "Confirm your mobile phone");
    assert!(page.body.contains("••••••00") && !page.body.contains("5550100"));
    assert_eq!(to(&confirm(&node, &link).await), (303, "/confirm-contact/done/mobile"));
    let after = reached(&john.get(PAGE).await.body);
    assert_eq!(after.matches(">Confirmed<").count(), 2, "{after}");
    assert!(!after.contains("<form"), "nothing is left to confirm: {after}");
    assert_eq!(world.audited("contact_confirmed").await, 2);
    assert_eq!(world.audited("confirmation_asked").await, 2);
}

#[tokio::test] // N-21: only what was reached is confirmed.
async fn a_link_confirms_the_address_that_it_was_sent_to_and_no_other() {
    let world = World::new().await;
    let node = world.node().await;
    let john = signed_in(&world, &node, JOHN).await;
    let link = email_link(&world, &john).await;
    let page = form(&Client::new(&node.url), &link, &link).await;
    world.execute("update alternate_emails set address = 'eve@attacker.example' where address = 'johnsmith@fabrikam.com'").await;
    let stranger = Client::new(&node.url);
    assert_eq!(stranger.get(&link).await.status, 410);
    let fresh = form(&stranger, "/contact-administrator", "/contact-administrator").await;
    assert_eq!(to(&stranger.post_form(&link, fresh.hidden, &[]).await), (303, "/confirm-contact/done/dead"));
    // Also past the page's own look: the statement asks again.
    let token = sqlx::query_scalar("select id from reset_tokens where purpose = 'confirm_email'")
        .fetch_one(&world.pool)
        .await
        .unwrap();
    let network = sspr::domain::limits::Network::of("192.0.2.1".parse().unwrap());
    let confirmed =
        sspr::store::users::confirm(&world.pool, token, sspr::random::id(), &network).await.unwrap();
    assert_eq!(confirmed, None);
    assert_eq!(world.count("select count(*) from alternate_emails where confirmed_at is not null").await, 0);
    assert_eq!(world.audited("contact_confirmed").await, 0);
    drop(page);
}

#[tokio::test]
async fn a_newer_link_replaces_the_older_and_a_week_ends_it() {
    let world = World::new().await;
    let node = world.node().await;
    let john = signed_in(&world, &node, JOHN).await;
    let first = email_link(&world, &john).await;
    let second = email_link(&world, &john).await;
    assert_ne!(first, second);
    let stranger = Client::new(&node.url);
    assert_eq!(stranger.get(&first).await.status, 410);
    assert_eq!(stranger.get(&second).await.status, 200);
    let week = world
        .count("select extract(epoch from expires_at - created_at)::bigint / 86400 from reset_tokens where replaced_at is null")
        .await;
    assert_eq!(week, 7);
    world.execute("update reset_tokens set expires_at = now() where purpose = 'confirm_email'").await;
    let page = stranger.get(&second).await;
    assert_eq!((page.status.as_u16(), page.heading()), (410, "This link confirms nothing any more"));
}

#[tokio::test] // V-08
async fn a_link_of_another_purpose_opens_nothing_here_and_this_one_nothing_elsewhere() {
    let world = World::new().await;
    let node = world.node().await;
    let john = signed_in(&world, &node, JOHN).await;
    email_link(&world, &john).await;
    let token = secrets::newest(&world.pool, Purpose::ConfirmEmail).await;
    let stranger = Client::new(&node.url);
    for path in ["/set-password/", "/not-me/", "/reset/email-link/"] {
        let answer = stranger.get(&format!("{path}{token}")).await;
        assert!(matches!(answer.status.as_u16(), 404 | 410), "{path}: {answer:?}");
    }
    world.execute("update reset_tokens set purpose = 'set_password'").await;
    let other = secrets::newest(&world.pool, Purpose::SetPassword).await;
    for token in [token.as_str(), other.as_str(), "abc", ""] {
        assert_eq!(stranger.get(&format!("/confirm-contact/{token}")).await.status, 404, "{token}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)] // V-36
async fn of_twenty_presses_at_once_one_confirms_and_all_are_told_that_it_is() {
    let world = World::new().await;
    let node = world.node().await;
    let john = signed_in(&world, &node, JOHN).await;
    let link = email_link(&world, &john).await;
    let stranger = Client::new(&node.url);
    let page = form(&stranger, &link, &link).await;
    let hands = page.crowd(&stranger, 20, |_| Vec::new()).await;
    assert_eq!(world.audited("contact_confirmed").await, 1);
    let told = |place: &str| hands.iter().filter(|(_, answer)| to(answer) == (303, place)).count();
    let (won, already) = (told("/confirm-contact/done/email"), told("/confirm-contact/done/already"));
    assert_eq!((won, won + already), (1, 20));
}

#[tokio::test]
async fn five_mails_a_day_may_be_asked_for_and_three_texts_in_ten_minutes() {
    let world = World::new().await;
    let node = world.node().await;
    let john = signed_in(&world, &node, JOHN).await;
    for _ in 0..5 {
        assert_eq!(to(&ask(&john, "email").await).0, 303);
    }
    let refused = ask(&john, "email").await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("You asked for many confirmations") && refused.body.contains(" UTC"));
    for _ in 0..3 {
        assert_eq!(to(&ask(&john, "sms").await).0, 303);
    }
    assert_eq!(ask(&john, "sms").await.status, 422);
    let queued = "select count(*) from outbox where message->>'kind' in ('confirm_email', 'confirm_mobile')";
    assert_eq!(world.count(queued).await, 8, "nothing was queued past the limits");
    world.execute("update budgets set hits = '{}' where key like 'confirm/%'").await;
    assert_eq!(to(&ask(&john, "email").await).0, 303, "the next day");
}

#[tokio::test]
async fn what_is_confirmed_or_missing_is_not_asked_for() {
    let world = World::new().await;
    let node = world.node().await;
    let john = signed_in(&world, &node, JOHN).await;
    let page = form(&john, PAGE, ASK).await;
    world.execute("update alternate_emails set confirmed_at = now()").await;
    world.execute("delete from mobile_phones").await;
    for channel in ["email", "sms"] {
        let token: Vec<_> = page.hidden.iter().filter(|(name, _)| name == "form_token").cloned().collect();
        let answer = john.post_form(ASK, token, &[("channel", channel)]).await;
        assert_eq!(to(&answer), (303, "/account?notice=nothing-to-confirm#contacts"), "{channel}");
    }
    assert_eq!(world.count("select count(*) from reset_tokens").await, 0);
}

#[tokio::test]
async fn the_company_s_rule_for_unconfirmed_contact_data_is_told_to_the_person() {
    let world = World::new().await;
    let node = world.node().await;
    let john = signed_in(&world, &node, JOHN).await;
    for (rule, words) in [
        (
            "update companies set unconfirmed_contact = 'at_once'",
            "so that you know it works before you need it",
        ),
        ("update companies set unconfirmed_contact = 'after_hold'", "It serves a password reset from"),
        ("update companies set unconfirmed_contact = 'never'", "It does not serve a password reset until"),
    ] {
        world.execute(rule).await;
        let page = john.get(PAGE).await.body;
        assert_eq!(panel(&page, REACHED).matches(words).count(), 2, "{rule}: {page}");
    }
    world.execute("update companies set unconfirmed_contact = 'after_hold', contact_hold_hours = 24").await;
    world.execute("update alternate_emails set updated_at = now() - interval '25 hours'").await;
    let page = john.get(PAGE).await.body;
    assert_eq!(panel(&page, REACHED).matches("It serves a password reset from").count(), 1, "{page}");
}

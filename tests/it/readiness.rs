//! "Could reset today" says what the wizard does: for each kind of user, under each rule for unconfirmed contact data, at each limit.

use sspr::{
    domain::limits::{Account, key},
    store::users,
};

use crate::support::{
    app::{Node, World},
    client::{Client, code_in, link_in},
};

const ABLE: &str = "passwordadmin@contoso.com";

/// One kind of user: who is named, and what makes them that kind.
struct Kind {
    name: &'static str,
    user_id: &'static str,
    before: &'static str,
    /// What the report must name, so that a kind can't agree for another reason than its own.
    reason: Option<&'static str>,
}

const fn kind(name: &'static str, user_id: &'static str, reason: &'static str) -> Kind {
    Kind { name, user_id, before: "select 1", reason: Some(reason) }
}

const fn able(name: &'static str, before: &'static str) -> Kind {
    Kind { name, user_id: ABLE, before, reason: None }
}

const fn made(name: &'static str, before: &'static str, reason: &'static str) -> Kind {
    Kind { name, user_id: ABLE, before, reason: Some(reason) }
}

/// The kinds of `same_road.rs` that a company's report can know, and those that only contact data and limits make. One limit is not
/// among them: starts from one network are that network's, and the next one still lets the person in.
const KINDS: &[Kind] = &[
    able("who can reset", "select 1"),
    kind("not an administrator", "user@contoso.com", "not_administrator"),
    kind("no alternate e-mail", "noemail@contoso.com", "no_alternate_email"),
    kind("no mobile phone", "nomobile@contoso.com", "no_mobile_phone"),
    kind("blocked", "blocked@contoso.com", "blocked"),
    made(
        "switched off",
        "update companies set self_serve_password_reset_enabled = false",
        "switched_off",
    ),
    able("unconfirmed, at once", "update alternate_emails set confirmed_at = null"),
    made(
        "unconfirmed address, in the wait",
        "with c as (update companies set unconfirmed_contact = 'after_hold', contact_hold_hours = 24 returning id),
              m as (update mobile_phones set confirmed_at = now())
         update alternate_emails set confirmed_at = null, updated_at = now() - interval '23 h 59 min'",
        "unconfirmed_email",
    ),
    made(
        "unconfirmed number, in the wait",
        "with c as (update companies set unconfirmed_contact = 'after_hold', contact_hold_hours = 24 returning id),
              e as (update alternate_emails set confirmed_at = now())
         update mobile_phones set confirmed_at = null, updated_at = now() - interval '23 h 59 min'",
        "unconfirmed_mobile",
    ),
    able(
        "unconfirmed, after the wait",
        "with c as (update companies set unconfirmed_contact = 'after_hold', contact_hold_hours = 24 returning id),
              m as (update mobile_phones set confirmed_at = null, updated_at = now() - interval '24 h 1 min')
         update alternate_emails set confirmed_at = null, updated_at = now() - interval '24 h 1 min'",
    ),
    made(
        "unconfirmed address, never",
        "with c as (update companies set unconfirmed_contact = 'never'),
              m as (update mobile_phones set confirmed_at = now())
         update alternate_emails set confirmed_at = null, updated_at = now() - interval '1 year'",
        "unconfirmed_email",
    ),
    made(
        "unconfirmed number, never",
        "with c as (update companies set unconfirmed_contact = 'never'),
              e as (update alternate_emails set confirmed_at = now())
         update mobile_phones set confirmed_at = null, updated_at = now() - interval '1 year'",
        "unconfirmed_mobile",
    ),
    able(
        "confirmed, never",
        "with c as (update companies set unconfirmed_contact = 'never'),
              m as (update mobile_phones set confirmed_at = now())
         update alternate_emails set confirmed_at = now()",
    ),
    made("refused country", "update mobile_phones set number = '+447400123456'", "refused_country"),
    able("an address that bounced", "update alternate_emails set address = 'passwordadmin@contoso.com'"),
];

/// Limits: how often, under which key, of those that the budgets allow.
fn limits(node: &Node) -> [(&'static str, String, i32); 3] {
    let (account, budgets) = (Account::of(ABLE), &node.app.budgets);
    [
        ("starts", key::starts_of_account(&account), budgets.starts_per_account_per_day),
        ("wrong codes", key::wrong_codes(&account), budgets.wrong_codes_per_account_per_day),
        ("text messages", "sms/day/+14255550102".to_owned(), budgets.sms_per_number_per_day),
    ]
}

async fn spend(world: &World, key: &str, times: i32) {
    sqlx::query(
        "insert into budgets (key, hits, fresh_until)
         select $1, array_agg(now() - interval '2 h' - make_interval(mins => n) order by n desc), now() + interval '1 day'
         from generate_series(1, $2) n",
    )
    .bind(key)
    .bind(times)
    .execute(&world.pool)
    .await
    .unwrap();
}

/// Whether a visitor who names this user comes as far as the page for the new password.
async fn comes_through(world: &World, node: &Node, user_id: &str) -> bool {
    world.mail.take();
    world.sms.take();
    let client = Client::new(&node.url);
    let page = "/reset/verify-user";
    let started = client.submit(page, page, &[("user_id", user_id)]).await;
    assert_eq!(started.location.as_deref(), Some("/reset/check-email"), "{started:?}");
    node.drain().await;
    let mails = world.mail.take();
    let Some(mail) = mails.iter().find(|mail| mail.text.contains("/reset/email-link/")) else {
        assert_eq!(mails.len(), 0);
        return false;
    };
    let link = link_in(&mail.text);
    client.submit(&link[link.find("/reset/").unwrap()..], "/reset/email-link", &[]).await;
    node.drain().await;
    let Some(sms) = world.sms.take().pop() else { return false };
    let page = "/reset/security-code";
    let answer = client.submit(page, page, &[("code", &code_in(&sms.text))]).await;
    answer.location.as_deref() == Some("/reset/new-password")
}

async fn says(world: &World, node: &Node, user_id: &str) -> Vec<&'static str> {
    let user = world.user(user_id).await;
    let found = users::readiness(&world.pool, user, &node.app.budgets).await.unwrap();
    found.reasons.iter().map(|reason| reason.as_str()).collect()
}

#[tokio::test]
async fn the_report_and_the_wizard_agree_on_every_kind_of_user() {
    for kind in KINDS {
        let world = World::with(&[("SSPR_BUDGETS__SMS_COUNTRY_CODES", "1")]).await;
        let node = world.node_without_workers().await;
        world.execute(kind.before).await;
        let reasons = says(&world, &node, kind.user_id).await;
        assert_eq!(reasons, Vec::from_iter(kind.reason), "{}", kind.name);
        let through = comes_through(&world, &node, kind.user_id).await;
        assert_eq!(through, reasons.is_empty(), "{}", kind.name);
    }
}

#[tokio::test]
async fn the_report_and_the_wizard_agree_at_every_limit() {
    for place in 0..3 {
        let world = World::new().await;
        let node = world.node_without_workers().await;
        let (name, key, most) = limits(&node)[place].clone();
        spend(&world, &key, most - 1).await;
        assert_eq!(says(&world, &node, ABLE).await, [""; 0], "{name}: one is left");
        assert!(comes_through(&world, &node, ABLE).await, "{name}: one is left");
        world.execute("delete from budgets").await;
        spend(&world, &key, most).await;
        assert_eq!(says(&world, &node, ABLE).await, ["at_limit"], "{name}");
        assert!(!comes_through(&world, &node, ABLE).await, "{name}");
    }
}

#[tokio::test]
async fn an_account_has_the_same_key_in_the_database_as_in_the_program() {
    let world = World::new().await;
    for user_id in ["johnsmith@contoso.com", "a@b.example", "", "o'brien+x@contoso.com"] {
        let sql: String = sqlx::query_scalar("select 'start/account/' || account_key($1)")
            .bind(user_id)
            .fetch_one(&world.pool)
            .await
            .unwrap();
        assert_eq!(sql, key::starts_of_account(&Account::of(user_id)));
    }
}

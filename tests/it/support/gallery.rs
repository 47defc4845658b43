//! Every page that a person can come to, in every variant, in a real browser: for the tests that look at all of them.
//!
//! To add a page: lead the browser there in its chapter and call `look` with a name that no other page has.

mod approvals;
mod console;
pub mod desk;
pub mod users;

pub use approvals::approvals;
pub use console::console;
use sspr::domain::secret::{Key, Purpose};

use super::{
    app::{KEY, World},
    browser::Browser,
    client::link_in,
    walk::{JOHN, JOHN_MAIL, NEW, Walk},
};

/// Sign-in, the first two steps and "Contact your administrator", with a CAPTCHA.
pub async fn entrance(browser: &Browser, mut look: impl AsyncFnMut(&Browser, &str)) {
    let world = World::with(&[
        ("SSPR_CAPTCHA__KIND", "characters"),
        ("SSPR_BUDGETS__WITHOUT_PUZZLE_PER_NETWORK_PER_HOUR", "1"),
    ])
    .await;
    let node = world.node().await;
    let open = async |path: &str| browser.open(&format!("{}{path}", node.url)).await;
    open("/sign-in").await;
    look(browser, "sign-in").await;
    browser.press("Sign in").await;
    look(browser, "sign-in-empty").await;
    browser.fill("User ID", JOHN).await;
    browser.fill("Password", "not it").await;
    browser.press("Sign in").await;
    look(browser, "sign-in-wrong").await;
    open("/sign-in?notice=password-reset").await;
    look(browser, "sign-in-notice").await;
    browser.follow("Forgot your password?").await;
    look(browser, "step1-choose-option").await;
    browser.press("Next").await;
    look(browser, "step1-nothing-chosen").await;
    browser.choose("I am an administrator and forgot my password").await;
    browser.press("Next").await;
    look(browser, "step2-verify-user").await;
    browser.press("Next").await;
    look(browser, "step2-empty").await;
    browser.fill("User ID", JOHN).await;
    browser.fill("Characters", "WRONG").await;
    browser.press("Next").await;
    look(browser, "step2-wrong-characters").await;
    browser.press("Continue without the characters").await;
    look(browser, "step3-later").await;
    browser.follow("Start again with another user ID").await;
    browser.fill("User ID", JOHN).await;
    browser.press("Continue without the characters").await;
    look(browser, "step2-without-puzzle-used-up").await;
    browser.follow("Contact your administrator").await;
    look(browser, "contact").await;
    browser.press("Next").await;
    look(browser, "contact-empty").await;
    open("/contact-administrator/sent").await;
    look(browser, "contact-sent").await;
    proof_of_work(browser, look).await;
}

/// The same two pages where the browser computes: on a quiet network, and on a busy one.
async fn proof_of_work(browser: &Browser, mut look: impl AsyncFnMut(&Browser, &str)) {
    let settings = [("SSPR_CAPTCHA__KIND", "proof_of_work"), ("SSPR_CAPTCHA__CHARACTERS_AFTER", "1")];
    let world = World::with(&settings).await;
    let node = world.node_without_workers().await;
    let open = async |path: &str| browser.open(&format!("{}{path}", node.url)).await;
    browser.forget_cookies().await;
    open("/reset/verify-user").await;
    look(browser, "step2-proof").await;
    open("/contact-administrator").await;
    look(browser, "contact-proof").await;
    browser.fill("User ID", JOHN).await;
    browser.press("Next").await;
    browser.wait_for_path("/contact-administrator/sent").await;
    open("/reset/verify-user").await;
    look(browser, "step2-proof-busy").await;
    browser.fill("User ID", JOHN).await;
    browser.wait_until("the proof", "return document.querySelector('[name=proof]').value !== ''").await;
    browser.press("Next").await;
    look(browser, "step2-characters-needed").await;
}

/// Steps 3 to 5 and the receipt, with all that can be wrong there.
pub async fn wizard(browser: &Browser, mut look: impl AsyncFnMut(&Browser, &str)) {
    let world = World::new().await;
    let node = world.node().await;
    let walk = Walk::new(&world, &node);
    let open = async |path: &str| browser.open(&format!("{}{path}", node.url)).await;
    walk.start(JOHN).await;
    let first_link = walk.link().await;
    browser.take_cookies_of(&walk.client).await;
    open("/reset/check-email").await;
    look(browser, "step3-check-email").await;
    browser.press("Send the e-mail again").await;
    look(browser, "step3-too-early").await;
    world.execute("update reset_attempts set email_sent_at = email_sent_at - interval '5 min'").await;
    browser.press("Send the e-mail again").await;
    look(browser, "step3-sent-again").await;
    let link = newer_link(&world, &first_link).await;
    open(&first_link).await;
    look(browser, "link-replaced").await;
    world.execute("update reset_attempts set email_sends = 4").await;
    open("/reset/check-email").await;
    look(browser, "step3-none-left").await;
    browser.forget_cookies().await;
    open(&link).await;
    look(browser, "link-other-browser").await;
    open(&link.replace("/reset/email-link/", "/not-me/")).await;
    look(browser, "not-me-ends-attempt").await;
    open("/reset/email-link/abc").await;
    look(browser, "link-broken").await;
    browser.take_cookies_of(&walk.client).await;
    // As without script: the page does not press its button by itself.
    browser.block(&["*/static/script*"]).await;
    open(&link).await;
    look(browser, "link-send").await;
    browser.press("Continue: send the code").await;
    browser.block(&[]).await;

    open("/reset/security-code").await;
    look(browser, "step4-security-code").await;
    browser.press("Next").await;
    look(browser, "step4-empty").await;
    browser.fill("Security code", "12").await;
    browser.press("Next").await;
    look(browser, "step4-unreadable").await;
    let code = walk.code().await;
    let wrong = if code == "12345678" { "12345679" } else { "12345678" };
    browser.fill("Security code", wrong).await;
    browser.press("Next").await;
    look(browser, "step4-wrong").await;
    browser.press("Send a new code").await;
    look(browser, "step4-too-early").await;
    for again in 0..3 {
        world.execute("update reset_attempts set code_sent_at = code_sent_at - interval '5 min'").await;
        browser.press("Send a new code").await;
        if again == 0 {
            look(browser, "step4-sent-again").await;
        }
    }
    look(browser, "step4-number-limit").await;
    world.execute("update reset_attempts set code_sends = 4").await;
    open("/reset/security-code").await;
    look(browser, "step4-none-left").await;
    world.wait("three text messages", || (world.sms.sent().len() == 3).then_some(())).await;
    world.execute("update outbox set state = 'gave_up', lease_until = null where channel = 'sms'").await;
    open("/reset/security-code").await;
    look(browser, "step4-not-delivered-none-left").await;
    world.execute("update reset_attempts set code_sends = 2").await;
    open("/reset/security-code").await;
    look(browser, "step4-not-delivered").await;
    browser.fill("Security code", &walk.code().await).await;
    browser.press("Next").await;
    look(browser, "step5-new-password").await;
    browser.press("Finish").await;
    look(browser, "step5-empty").await;
    browser.fill("New password", "John Smith").await;
    browser.fill("Confirm new password", "john smith").await;
    browser.press("Finish").await;
    look(browser, "step5-broken-rules").await;
    browser.fill("New password", NEW).await;
    browser.fill("Confirm new password", NEW).await;
    browser.press("Finish").await;
    look(browser, "done").await;
    browser.forget_cookies().await;
    open(&link).await;
    look(browser, "link-used").await;
    let notice = world
        .wait("the notice", || {
            world.mail.sent().into_iter().find(|mail| mail.to == JOHN_MAIL && mail.text.contains("/not-me/"))
        })
        .await;
    let not_me = notice.text.split_whitespace().find(|word| word.contains("/not-me/")).unwrap().to_owned();
    browser.open(&not_me).await;
    look(browser, "not-me-blocks-account").await;
    browser.press("This was not me").await;
    look(browser, "not-me-blocked").await;
}

/// All the ways a reset comes to an end, and the dead links.
pub async fn ends(browser: &Browser, mut look: impl AsyncFnMut(&Browser, &str)) {
    let world = World::new().await;
    let node = world.node().await;
    let open = async |path: &str| browser.open(&format!("{}{path}", node.url)).await;
    let walk = Walk::new(&world, &node);
    walk.start(JOHN).await;
    let link = walk.link().await;
    let old_cookies = walk.client.twin();
    world
        .execute("update reset_attempts set email_sent_at = email_sent_at - interval '601 s', email_expires_at = now() - interval '1 s'")
        .await;
    world.execute("update reset_tokens set expires_at = now() - interval '1 s'").await;
    browser.take_cookies_of(&walk.client).await;
    open("/reset/check-email").await;
    look(browser, "ended-expired").await;
    browser.forget_cookies().await;
    open(&link).await;
    look(browser, "link-expired").await;

    let mut ended = async |sql: &'static str, name: &str| {
        world.execute(sql).await;
        browser.take_cookies_of(&old_cookies).await;
        open("/reset/check-email").await;
        look(browser, name).await;
    };
    for (sql, name) in [
        ("update reset_attempts set ended_at = now(), end_reason = 'replaced'", "ended-replaced"),
        ("update reset_attempts set end_reason = 'too_many_tries'", "ended-too-many-tries"),
        ("update reset_attempts set end_reason = 'switched_off'", "ended-switched-off"),
        ("update reset_attempts set end_reason = 'used'", "ended-used"),
        ("update reset_attempts set end_reason = 'not_me'", "ended-not-me"),
    ] {
        ended(sql, name).await;
    }
    for (path, name) in [
        ("/not-me/done/ended", "not-me-ended"),
        ("/not-me/done/already", "not-me-already"),
        ("/not-me/abc", "not-me-dead"),
        ("/set-password/abc", "set-password-dead"),
    ] {
        open(path).await;
        look(browser, name).await;
    }
}

/// Pages of signed-in people and the one-time link.
pub async fn account(browser: &Browser, mut look: impl AsyncFnMut(&Browser, &str)) {
    let world = World::new().await;
    let node = world.node().await;
    browser.open(&format!("{}/sign-in", node.url)).await;
    browser.fill("User ID", JOHN).await;
    browser.fill("Password", &world.first_password(JOHN)).await;
    browser.press("Sign in").await;
    browser.open(&format!("{}/account", node.url)).await;
    look(browser, "account").await;
    browser.follow("Change password").await;
    look(browser, "account-password").await;
    browser.press("Change password").await;
    look(browser, "account-password-empty").await;
    browser.follow("Back to your account").await;
    browser.press("Sign out").await;
    look(browser, "signed-out").await;
    let token = one_time_token(&world).await;
    browser.open(&format!("{}/set-password/{token}", node.url)).await;
    look(browser, "set-password").await;
    browser.fill("New password", "password").await;
    browser.press("Set password").await;
    look(browser, "set-password-broken-rules").await;
}

/// The error pages.
pub async fn errors(browser: &Browser, mut look: impl AsyncFnMut(&Browser, &str)) {
    let world = World::with(&[("SSPR_BUDGETS__STARTS_PER_NETWORK_PER_HOUR", "1")]).await;
    let node = world.node().await;
    let open = async |path: &str| browser.open(&format!("{}{path}", node.url)).await;
    open("/no-such-page").await;
    assert_eq!(browser.status().await, 404);
    look(browser, "error-404").await;
    open("/reset").await;
    browser.choose("I am not an administrator").await;
    browser.run("document.querySelector('[name=option]:checked').value = 'x'", vec![]).await;
    browser.press("Next").await;
    assert_eq!(browser.status().await, 400);
    look(browser, "error-400").await;
    open("/reset").await;
    browser.run("document.querySelector('[name=form_token]').value = 'x'", vec![]).await;
    browser.press("Next").await;
    assert_eq!(browser.status().await, 403);
    look(browser, "error-403").await;
    open("/reset/verify-user").await;
    browser.run("document.querySelector('#user_id').value = 'x'.repeat(500000)", vec![]).await;
    browser.press("Next").await;
    assert_eq!(browser.status().await, 413);
    look(browser, "error-413").await;
    for _ in 0..2 {
        open("/reset/verify-user").await;
        browser.fill("User ID", JOHN).await;
        browser.press("Next").await;
    }
    assert_eq!(browser.status().await, 429);
    look(browser, "error-429").await;
    // The browser has a started reset: its pages need the table.
    let mut lock = sspr::store::begin(&world.pool).await.unwrap();
    sqlx::query("lock table reset_attempts in access exclusive mode").execute(&mut *lock).await.unwrap();
    open("/reset/check-email").await;
    lock.rollback().await.unwrap();
    assert_eq!(browser.status().await, 503);
    look(browser, "error-503").await;
    world.execute("alter table reset_attempts rename to away").await;
    open("/reset/check-email").await;
    assert_eq!(browser.status().await, 500);
    look(browser, "error-500").await;
}

/// The demo's outbox, empty and full.
pub async fn outbox(browser: &Browser, mut look: impl AsyncFnMut(&Browser, &str)) {
    let world = World::new().await;
    let node = world.node().await;
    browser.open(&format!("{}/demo/outbox", node.url)).await;
    look(browser, "demo-outbox-empty").await;
    let walk = Walk::new(&world, &node);
    walk.up_to_code().await;
    browser.wait_until("the text message", "return document.querySelector('.sms') !== null").await;
    look(browser, "demo-outbox").await;
}

/// The audit log: what a reset, an operator and a stranger leave in it, filters, and one reset step by step.
pub async fn audit(browser: &Browser, mut look: impl AsyncFnMut(&Browser, &str)) {
    let world = World::new().await;
    let node = world.node().await;
    let walk = Walk::new(&world, &node);
    walk.start("nobody@contoso.com").await;
    walk.up_to_code().await;
    walk.type_code("00000000").await;
    walk.type_code(&walk.code().await).await;
    walk.set_password(NEW).await;
    walk.signs_in(JOHN, "not it").await;
    world
        .execute(
            "insert into audit_events (id, event, company_id, user_id, subject, actor, outcome, details)
             select gen_random_uuid(), 'user_changed', company_id, id, user_id, 'operator:ann', 'done',
                    '{\"Role\": {\"old\": \"user\", \"new\": \"user_management_administrator\"},
                      \"MobilePhone\": {\"old\": \"\", \"new\": \"+14255550100\"}}'
             from users where user_id = 'johnsmith@contoso.com'",
        )
        .await;
    let open = async |path: &str| browser.open(&format!("{}{path}", node.url)).await;
    open("/sign-in").await;
    browser.fill("User ID", "globaladmin@contoso.com").await;
    browser.fill("Password", &world.first_password("globaladmin@contoso.com")).await;
    browser.press("Sign in").await;
    open("/portal/audit").await;
    look(browser, "audit").await;
    open("/portal/audit?outcome=not_done&search=johnsmith@contoso.com&from=2020-01-01").await;
    look(browser, "audit-filtered").await;
    open("/portal/audit?search=tailspin").await;
    look(browser, "audit-nothing").await;
    open("/portal/audit?from=yesterday").await;
    look(browser, "audit-wrong-day").await;
    let attempt: uuid::Uuid =
        sqlx::query_scalar("select attempt_id from audit_events where event = 'code_wrong'")
            .fetch_one(&world.pool)
            .await
            .unwrap();
    open(&format!("/portal/audit/attempts/{attempt}")).await;
    look(browser, "audit-attempt").await;
}

/// Reports of "This was not me": none, open and closed ones, each with what belongs to it.
pub async fn incidents(browser: &Browser, mut look: impl AsyncFnMut(&Browser, &str)) {
    let world = World::new().await;
    let node = world.node().await;
    let open = async |path: &str| browser.open(&format!("{}{path}", node.url)).await;
    world.execute("update alternate_emails set updated_at = now() - interval '2 days'").await;
    open("/sign-in").await;
    browser.fill("User ID", "globaladmin@contoso.com").await;
    browser.fill("Password", &world.first_password("globaladmin@contoso.com")).await;
    browser.press("Sign in").await;
    open("/portal/incidents").await;
    look(browser, "incidents-none").await;
    let operator = sspr::admin::Operator::at_the_shell("ann");
    let change = sspr::admin::users::UserChange {
        mobile_phone: Some(Some("425-555-0142")),
        alternate_emails: Some(&["mallory@example.com".to_owned()]),
        ..Default::default()
    };
    sspr::admin::users::change(&world.pool, &operator, JOHN, &change, Some(node.app.keys.current()))
        .await
        .unwrap();
    let mail = world.mail_to("johnsmith@fabrikam.com").await;
    let link = crate::support::client::link_in(&mail.text);
    let path = link[link.find("/not-me/").unwrap()..].to_owned();
    crate::support::client::Client::new(&node.url).submit(&path, &path, &[]).await;
    world
        .execute(
            "insert into incidents (id, company_id, user_id, principal, deed, deed_at, network, state, closed_at, closed_by, note)
             select gen_random_uuid(), company_id, id, user_id, case role when 'user' then 'password_changed' else 'reset_asked' end,
                    now() - interval '3 days', '192.0.2.7', case role when 'user' then 'closed' else 'open' end,
                    case role when 'user' then now() end, case role when 'user' then 'operator:ann' end,
                    case role when 'user' then 'A slip: the person pressed the wrong button.' end
             from users where user_id in ('user@contoso.com', 'passwordadmin@contoso.com')",
        )
        .await;
    open("/portal/incidents").await;
    look(browser, "incidents").await;
    let of = async |deed: &str| -> uuid::Uuid {
        sqlx::query_scalar("select id from incidents where deed = $1")
            .bind(deed)
            .fetch_one(&world.pool)
            .await
            .unwrap()
    };
    open(&format!("/portal/incidents/{}", of("contact_changed").await)).await;
    look(browser, "incident").await;
    browser.press("Close report").await;
    look(browser, "incident-no-note").await;
    open(&format!("/portal/incidents/{}", of("reset_asked").await)).await;
    look(browser, "incident-mild").await;
    open(&format!("/portal/incidents/{}", of("password_changed").await)).await;
    look(browser, "incident-closed").await;
    open(&format!("/portal/users/{}", world.user(JOHN).await)).await;
    look(browser, "user-with-report").await;
    // A report of what its reader did.
    let reader = super::office::Office::of(&world, &node, "globaladmin@contoso.com").await;
    world.mail.take();
    let other = "passwordadmin@contoso.com";
    reader.change(other, &[("alternate_email_address", "mallory@example.com")]).await;
    let mail = world.mail_to("passwordadmin@fabrikam.com").await;
    let link = crate::support::client::link_in(&mail.text);
    let path = link[link.find("/not-me/").unwrap()..].to_owned();
    crate::support::client::Client::new(&node.url).submit(&path, &path, &[]).await;
    let report: uuid::Uuid =
        sqlx::query_scalar("select id from incidents where principal = $1 and deed = 'contact_changed'")
            .bind(other)
            .fetch_one(&world.pool)
            .await
            .unwrap();
    open(&format!("/portal/incidents/{report}")).await;
    look(browser, "incident-own-deed").await;
}

/// Messages: sent, waiting, failed in every way, and one of each kind of page.
pub async fn messages(browser: &Browser, mut look: impl AsyncFnMut(&Browser, &str)) {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let open = async |path: &str| browser.open(&format!("{}{path}", node.url)).await;
    open("/sign-in").await;
    browser.fill("User ID", "globaladmin@contoso.com").await;
    browser.fill("Password", &world.first_password("globaladmin@contoso.com")).await;
    browser.press("Sign in").await;
    open("/portal/messages").await;
    look(browser, "messages-none").await;
    world
        .execute(
            "insert into outbox (id, channel, company_id, person, recipient, deliverable, message, state, created_at, run_at, finished_at,
                                 tries, provider, last_error, delivery, delivery_at, delivery_note, deadline)
             select ('00000000-0000-4000-8000-00000000000' || m.n)::uuid, m.channel, u.company_id, u.id, case m.channel when 'sms' then '+14255550100' else 'johnsmith@fabrikam.com' end,
                    true, jsonb_build_object('kind', m.kind), m.state, now() - m.n * interval '7 min', now() + interval '2 min',
                    case when m.state <> 'queued' then now() - m.n * interval '6 min' end, m.tries, m.provider, m.answer, m.delivery,
                    case when m.delivery <> '' then now() - m.n * interval '5 min' end, m.note, m.deadline
             from users u, (values
               (1, 'sms', 'security_code', 'queued', 0, null, null, null, null, now() + interval '9 min'),
               (2, 'email', 'contact_changed', 'queued', 3, 'mail_2', '451 4.7.1: try again later', null, null, null),
               (3, 'email', 'reset_link', 'sent', 1, 'mail', null, null, null, now()),
               (4, 'sms', 'security_code', 'sent', 1, 'sms', null, 'delivered', null, now()),
               (5, 'sms', 'security_code', 'sent', 2, 'sms_2', 'timeout', 'failed', '30005', now()),
               (6, 'email', 'set_password_link', 'gave_up', 1, 'mail', '550 5.1.1: no such mailbox', null, null, now() + interval '20 h'),
               (7, 'sms', 'security_code', 'too_late', 4, 'sms', '503', null, null, now() - interval '1 h'),
               (8, 'email', 'reset_link', 'withdrawn', 0, null, 'its link or code is dead', null, null, now()),
               (9, 'email', 'confirm_email', 'cancelled', 2, 'mail', 'connection refused', null, null, now() + interval '20 h')
             ) m (n, channel, kind, state, tries, provider, answer, delivery, note, deadline)
             where u.user_id = 'johnsmith@contoso.com'",
        )
        .await;
    open("/portal/messages").await;
    look(browser, "messages").await;
    open("/portal/messages?state=failed&channel=sms").await;
    look(browser, "messages-failed").await;
    open(&format!("/portal/messages?user={}", world.user(JOHN).await)).await;
    look(browser, "messages-of-one").await;
    open("/portal/messages?kind=password_expires").await;
    look(browser, "messages-nothing").await;
    open("/portal/messages?from=yesterday").await;
    look(browser, "messages-wrong-day").await;
    let message = |n: u8| format!("/portal/messages/00000000-0000-4000-8000-00000000000{n}");
    open(&message(6)).await;
    look(browser, "message-gave-up").await;
    browser.press("Send again").await;
    look(browser, "message-retried").await;
    browser.press("Stop this message").await;
    look(browser, "message-stopped").await;
    open(&message(2)).await;
    look(browser, "message-notice").await;
    open(&message(5)).await;
    look(browser, "message-not-delivered").await;
    open(&message(7)).await;
    look(browser, "message-too-late").await;
}

/// The newest link to John once it is another than this.
async fn newer_link(world: &World, known: &str) -> String {
    world
        .wait("a newer link", || {
            let mail = world.mail.sent().into_iter().rev().find(|mail| mail.to == JOHN_MAIL)?;
            let link = link_in(&mail.text);
            let path = link[link.find("/reset/email-link/")?..].to_owned();
            (path != known).then_some(path)
        })
        .await
}

/// A one-time link's token for John, as the shell makes one.
async fn one_time_token(world: &World) -> String {
    let key = Key::new(KEY.to_vec()).unwrap();
    let (id, nonce) = (sspr::random::id(), sspr::random::bytes::<32>());
    sqlx::query(
        "insert into reset_tokens (id, purpose, user_id, nonce, key_id, expires_at)
         select $1, 'set_password', u.id, $2, $3, now() + interval '24 h' from users u where u.user_id = $4",
    )
    .bind(id)
    .bind(nonce.as_slice())
    .bind(key.id())
    .bind(JOHN)
    .execute(&world.pool)
    .await
    .unwrap();
    key.link_token(Purpose::SetPassword, id, &nonce).expose().to_owned()
}

//! The role table × every route. A person is signed in as a global administrator, and then has another role: what counts is the role
//! at the request.
//!
//! To add a route: a line in `TABLE`; where it takes fields, an arm in `fields` with which it does something when it is allowed.

use std::collections::BTreeMap;

use sspr::domain::user::{Right, Role, has_right, may_reset};
use uuid::Uuid;

use super::{
    Stage,
    stage::{ACTOR, TARGET},
};
use crate::support::{
    client::Answer,
    direct::Direct,
    routes,
    rows::{Changes, Rows},
};

/// What a request needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Nothing: a page for everyone, whatever it says. Other tests hold these.
    Nothing,
    /// Somebody who is signed in.
    SignedIn,
    /// A role with this right.
    Has(Right),
    /// A role with this right that may reset the person that it is about.
    Resets(Right),
    /// There is no such request.
    None,
}

use Needs::{Has, None as No, Nothing, Resets, SignedIn};
use Right::{
    AnswerRequests, HandleMessages, ManageCompany, ManageUsers, ResetPasswords, SeeAudit, SeeReadiness,
    SeeUsers,
};

/// Path, GET, POST.
#[rustfmt::skip]
const TABLE: &[(&str, Needs, Needs)] = &[
    ("/", Nothing, No),
    ("/sign-in", Nothing, Nothing),
    ("/sign-out", No, Nothing),
    ("/reset", Nothing, Nothing),
    ("/reset/verify-user", Nothing, Nothing),
    ("/reset/check-email", Nothing, No),
    ("/reset/check-email/resend", No, Nothing),
    ("/reset/email-link/{token}", Nothing, No),
    ("/reset/email-link", No, Nothing),
    ("/reset/security-code", Nothing, Nothing),
    ("/reset/security-code/resend", No, Nothing),
    ("/reset/new-password", Nothing, Nothing),
    ("/reset/done", Nothing, No),
    ("/reset/ended", Nothing, No),
    ("/contact-administrator", Nothing, Nothing),
    ("/contact-administrator/sent", Nothing, No),
    ("/not-me/{token}", Nothing, Nothing),
    ("/not-me/done/{what}", Nothing, No),
    ("/confirm-contact/{token}", Nothing, Nothing),
    ("/confirm-contact/done/{what}", Nothing, No),
    ("/set-password/{token}", Nothing, Nothing),
    ("/captcha/{file}", Nothing, No),
    ("/static/{file}", Nothing, No),
    ("/robots.txt", Nothing, No),
    ("/.well-known/change-password", Nothing, No),
    ("/hooks/sms/{provider}", Nothing, Nothing),
    ("/livez", Nothing, No),
    ("/readyz", Nothing, No),
    ("/demo/outbox", Nothing, No),
    ("/demo/outbox.json", Nothing, No),

    ("/account", SignedIn, No),
    ("/account/password", SignedIn, SignedIn),
    ("/account/sessions/end", No, SignedIn),
    ("/account/confirm-contact", No, SignedIn),

    // Leads to the list, whoever asks.
    ("/portal", Nothing, No),
    ("/portal/users", Has(SeeUsers), No),
    ("/portal/users/new", Has(ManageUsers), Has(ManageUsers)),
    ("/portal/users/{id}", Has(SeeUsers), Has(ManageUsers)),
    ("/portal/users/{id}/block", Has(ManageUsers), Has(ManageUsers)),
    ("/portal/users/{id}/unblock", Has(ManageUsers), Has(ManageUsers)),
    ("/portal/users/{id}/lift-limits", Has(ManageUsers), Has(ManageUsers)),
    ("/portal/limits", Has(ManageUsers), No),
    ("/portal/users/{id}/delete", Has(ManageUsers), Has(ManageUsers)),
    ("/portal/users/{id}/sessions/end", No, Has(ManageUsers)),
    ("/portal/users/{id}/confirm-contact", No, Has(ManageUsers)),
    ("/portal/users/{id}/reset-password", Resets(ResetPasswords), Resets(ResetPasswords)),
    // The page says of each why not; the form names only whom the page offered.
    ("/portal/users/reset-passwords", Has(ResetPasswords), Resets(ResetPasswords)),
    ("/portal/users/reset-passwords/{batch}", Has(ResetPasswords), No),
    ("/portal/users/reset-passwords/{batch}/result.csv", Has(ResetPasswords), No),
    ("/portal/requests", Has(AnswerRequests), Resets(AnswerRequests)),
    ("/portal/readiness", Has(SeeReadiness), No),
    ("/portal/readiness.csv", Has(SeeReadiness), No),
    ("/portal/audit", Has(SeeAudit), No),
    ("/portal/audit.csv", Has(SeeAudit), No),
    ("/portal/audit.jsonl", Has(SeeAudit), No),
    ("/portal/audit/attempts/{attempt}", Has(SeeAudit), No),
    ("/portal/messages", Has(HandleMessages), No),
    ("/portal/messages/{message}", Has(HandleMessages), No),
    ("/portal/messages/{message}/retry", No, Has(HandleMessages)),
    ("/portal/messages/{message}/cancel", No, Has(HandleMessages)),
    ("/portal/company", Has(ManageCompany), Has(ManageCompany)),
    ("/portal/company/test", No, Has(ManageCompany)),
    // Only whoever asked for it: the stage makes it the actor's.
    ("/portal/company/test/{message}", Has(ManageCompany), No),
    ("/portal/incidents", Has(ManageUsers), No),
    ("/portal/incidents/{incident}", Has(ManageUsers), Has(ManageUsers)),
    ("/portal/approvals", Has(ManageUsers), Has(ManageUsers)),
];

/// What is put into a form: with it the request does something, if it is allowed.
pub fn fields(path: &str, target: &Target) -> Vec<(&'static str, String)> {
    match path {
        "/portal/users/new" => vec![
            ("user_id", "newcomer@contoso.com".into()),
            ("display_name", "Newcomer".into()),
            ("role", "user".into()),
            ("reviewed", "1".into()),
        ],
        "/portal/users/{id}" => vec![
            ("version", target.version.to_string()),
            ("display_name", "Another Name".into()),
            ("role", "billing_administrator".into()),
            ("alternate_email_address", "other@home.example".into()),
            ("mobile_phone", "425-555-0177".into()),
            ("reviewed", "1".into()),
        ],
        "/portal/users/{id}/delete" => vec![("confirm_user_id", target.user_id.clone())],
        "/portal/users/{id}/confirm-contact" => vec![("contact", "alternate_email_address".into())],
        "/portal/users/{id}/reset-password" => {
            vec![("way", "link".into()), ("once", sspr::random::id().to_string())]
        }
        "/portal/users/reset-passwords" => {
            vec![("batch", sspr::random::id().to_string()), ("select", target.id.to_string())]
        }
        "/portal/company" => vec![("name", format!("Name {}", sspr::random::id())), ("reviewed", "1".into())],
        "/portal/company/test" => vec![("channel", "email".into())],
        "/portal/approvals" => vec![("change", target.change.to_string()), ("answer", "refuse".into())],
        "/portal/requests" => vec![("request", target.request.to_string()), ("answer", "reset".into())],
        "/portal/incidents/{incident}" => vec![("note", "A mistake".into())],
        _ => Vec::new(),
    }
}

/// Whom a request is about.
#[derive(Debug)]
pub struct Target {
    pub id: Uuid,
    pub user_id: String,
    pub version: i64,
    pub request: Uuid,
    /// A batch that this person was in.
    pub batch: Uuid,
    /// An attempt of theirs.
    pub attempt: Uuid,
    /// A test message that the actor asked for.
    pub message: Uuid,
    /// A link to them that waits for an approval.
    pub change: Uuid,
    /// A link to them that was given up, and one that waits.
    pub messages: [Uuid; 2],
    /// A report of theirs.
    pub incident: Uuid,
}

impl Stage {
    /// What forms name of a person.
    pub async fn target(&self, id: Uuid) -> Target {
        let batch = sspr::random::id();
        sqlx::query(
            "with batch as (insert into reset_batches (id, company_id, actor) select $2, company_id, user_id from users where id = $1)
             insert into reset_batch_items (batch_id, place, user_id, principal, outcome) select $2, 0, id, user_id, 'sent_email' from users where id = $1",
        )
        .bind(id)
        .bind(batch)
        .execute(&self.world.pool)
        .await
        .unwrap();
        let attempt = sspr::random::id();
        sqlx::query(
            "insert into audit_events (id, event, company_id, user_id, attempt_id, subject, actor, outcome)
             select $2, 'reset_started', company_id, id, $3, user_id, 'visitor', 'done' from users where id = $1",
        )
        .bind(id)
        .bind(sspr::random::id())
        .bind(attempt)
        .execute(&self.world.pool)
        .await
        .unwrap();
        let message = sspr::random::id();
        sqlx::query(
            "insert into outbox (id, channel, company_id, recipient, deliverable, message)
             select $1, 'email', company_id, 'actor@home.example', true,
                    jsonb_build_object('kind', 'test_mail', 'by', 'operator', 'at', '2026-08-04T14:05:12Z', 'asked_by', id)
             from users where user_id = $2",
        )
        .bind(message)
        .bind(ACTOR)
        .execute(&self.world.pool)
        .await
        .unwrap();
        let change = sspr::random::id();
        sqlx::query(
            "insert into pending_changes (id, company_id, kind, target_id, subject, target_version, target_password_at, wanted, shown,
                                          requested_by, requester, expires_at)
             select $1, company_id, 'reset', id, user_id, version, password_changed_at, jsonb_build_object('what', 'reset'),
                    '[{\"what\": \"password\", \"old\": null, \"new\": \"link\"}]',
                    (select id from users where user_id = 'globaladmin@contoso.com'), 'globaladmin@contoso.com', now() + interval '7 days'
             from users where id = $2 and not exists (select from pending_changes where target_id = $2 and state = 'waiting')",
        )
        .bind(change)
        .bind(id)
        .execute(&self.world.pool)
        .await
        .unwrap();
        let change =
            sqlx::query_scalar("select id from pending_changes where target_id = $1 and state = 'waiting'")
                .bind(id)
                .fetch_optional(&self.world.pool)
                .await
                .unwrap()
                .unwrap_or(change);
        let (user_id, version, request) = sqlx::query_as(
            "select u.user_id, u.version, q.id from users u join contact_requests q on q.user_id = u.id where u.id = $1",
        )
        .bind(id)
        .fetch_one(&self.world.pool)
        .await
        .unwrap();
        let messages = [self.message(id, "gave_up").await, self.message(id, "queued").await];
        let incident = sspr::random::id();
        sqlx::query("update incidents set state = 'closed', closed_at = now(), closed_by = 'test', note = 'test' where user_id = $1")
            .bind(id)
            .execute(&self.world.pool)
            .await
            .unwrap();
        sqlx::query(
            "insert into incidents (id, company_id, user_id, principal, deed, deed_at, network)
             select $2, company_id, id, user_id, 'password_reset', now(), '192.0.2.7' from users where id = $1",
        )
        .bind(id)
        .bind(incident)
        .execute(&self.world.pool)
        .await
        .unwrap();
        Target { id, user_id, version, request, batch, attempt, message, change, messages, incident }
    }

    /// A browser in which someone that a test made has signed in.
    pub async fn signs_in(&self, user_id: &str) -> Browser {
        let mut direct = Direct::new(&self.node.app);
        let password = self.world.first_password("user@contoso.com");
        let answer = direct.submit("/sign-in", &[("user_id", user_id), ("password", &password)]).await;
        assert_eq!(answer.location.as_deref(), Some("/"), "{answer:?}");
        let page = direct.look("GET", "/account").await;
        let hidden = page.hidden_fields("/sign-out").unwrap_or_else(|| panic!("{page:?}"));
        let form_token = hidden.into_iter().find(|(name, _)| name == "form_token").unwrap().1;
        Browser { direct, form_token }
    }
}

/// A browser and the token of its forms.
pub struct Browser {
    pub direct: Direct,
    form_token: String,
}

impl Browser {
    pub async fn get(&mut self, path: &str) -> Answer {
        self.direct.look("GET", path).await
    }

    /// Sends a form with the right token.
    pub async fn post(&mut self, path: &str, fields: &[(&str, String)]) -> Answer {
        let mut all = vec![("form_token", self.form_token.as_str())];
        all.extend(fields.iter().map(|(name, value)| (*name, value.as_str())));
        self.direct.post(path, &all).await
    }
}

/// What a request changed, but for what the door itself writes.
fn without_the_door(mut changes: Changes) -> Changes {
    changes.remove("audit_events");
    changes.remove("budgets");
    changes
}

/// The newest denial: who, and what was asked.
async fn denial(stage: &Stage) -> (i64, String, String) {
    sqlx::query_as(
        "select count(*) over (), subject, details->>'asked' from audit_events where event = 'access_denied'
         order by at desc, id desc limit 1",
    )
    .fetch_optional(&stage.world.pool)
    .await
    .unwrap()
    .unwrap_or_default()
}

#[test]
fn every_route_is_in_the_role_table() {
    let table: BTreeMap<&str, (bool, bool)> =
        TABLE.iter().map(|(path, get, post)| (*path, (*get != No, *post != No))).collect();
    assert_eq!(table.len(), TABLE.len(), "a path twice");
    let all = routes::all();
    let found: BTreeMap<&str, (bool, bool)> =
        all.iter().map(|route| (route.path.as_str(), (route.get, route.post))).collect();
    assert_eq!(table, found);
    // Whatever is about the company or people is behind the door.
    for (path, get, post) in TABLE {
        let inside = path.starts_with("/portal/") || path.starts_with("/account");
        assert!(!inside || (*get != Nothing && *post != Nothing), "{path}");
    }
}

/// All requests that need something: method, path, what.
pub fn behind_the_door() -> Vec<(&'static str, &'static str, Needs)> {
    TABLE
        .iter()
        .flat_map(|(path, get, post)| [("GET", *path, *get), ("POST", *path, *post)])
        .filter(|(.., needs)| ![Nothing, No].contains(needs))
        .collect()
}

/// The address of a route, about someone.
pub fn address(path: &str, target: &Target) -> String {
    path.replace("{id}", &target.id.to_string())
        .replace("{batch}", &target.batch.to_string())
        .replace("{attempt}", &target.attempt.to_string())
        .replace("{message}", &message_of(path, target).to_string())
        .replace("{incident}", &target.incident.to_string())
}

fn message_of(path: &str, target: &Target) -> Uuid {
    if path.contains("/company/test/") {
        target.message
    } else {
        target.messages[usize::from(path.ends_with("/cancel"))]
    }
}

/// Asks with everything that makes it do something.
pub async fn ask(browser: &mut Browser, method: &str, path: &str, target: &Target) -> Answer {
    let address = address(path, target);
    if method == "GET" {
        browser.get(&address).await
    } else {
        browser.post(&address, &fields(path, target)).await
    }
}

#[tokio::test]
async fn a_visitor_is_sent_to_sign_in_and_changes_nothing() {
    let stage = Stage::new().await;
    let target = stage.person(TARGET, Role::User).await;
    let target = stage.target(target).await;
    stage.person(ACTOR, Role::GlobalAdministrator).await;
    // The form token of someone else is no entrance either.
    let signed_in = stage.signs_in(ACTOR).await;
    let mut visitor = Browser { direct: signed_in.direct.stranger(), form_token: signed_in.form_token };
    let before = Rows::read(&stage.world.pool).await;
    for (method, path, _) in behind_the_door() {
        let answer = ask(&mut visitor, method, path, &target).await;
        assert_eq!(answer.status.as_u16(), 303, "{method} {path}: {answer:?}");
        assert_eq!(answer.location.as_deref(), Some("/sign-in?notice=first"), "{method} {path}");
    }
    assert_eq!(before.changes(&Rows::read(&stage.world.pool).await), [].into());
}

#[tokio::test]
async fn each_route_is_open_exactly_where_the_role_table_says() {
    let stage = Stage::new().await;
    let actor = stage.person(ACTOR, Role::GlobalAdministrator).await;
    let mut browser = stage.signs_in(ACTOR).await;
    let (mut open, mut denied) = (0, 0);
    for (method, path, needs) in behind_the_door() {
        let (right, resets) = match needs {
            Has(right) => (right, false),
            Resets(right) => (right, true),
            _ => continue,
        };
        // A page that is about nobody is the same whoever else there is.
        let targets = if resets || path.contains("{id}") { &Role::ALL[..] } else { &[Role::User] };
        for role in Role::ALL {
            for target_role in targets.iter().copied() {
                let case = format!("{method} {path}: {role} on {target_role}");
                let id = stage.person(TARGET, target_role).await;
                if path.ends_with("/unblock") {
                    stage.set_blocked(id).await;
                }
                if path.ends_with("/lift-limits") {
                    stage.world.execute("insert into failures_in_a_row (account, kind, failures)
                                         select account_key(user_id_normalised), 'code', 100 from users on conflict do nothing").await;
                }
                stage.world.execute("delete from users where user_id = 'newcomer@contoso.com'").await;
                let target = stage.target(id).await;
                stage.set_role(actor, role).await;
                let (before, denials) = (Rows::read(&stage.world.pool).await, denial(&stage).await.0);
                let answer = ask(&mut browser, method, path, &target).await;
                let changes = before.changes(&Rows::read(&stage.world.pool).await);
                if has_right(role, right) && (!resets || may_reset(role, target_role)) {
                    let status = answer.status.as_u16();
                    assert!([200, 303].contains(&status), "{case}: {answer:?}");
                    let sign_in = answer.location.as_deref().is_some_and(|to| to.starts_with("/sign-in"));
                    assert!(!sign_in, "{case}: {answer:?}");
                    // What is sent does something: so it would have done it where it is denied, too.
                    assert_eq!(
                        without_the_door(changes.clone()).is_empty(),
                        method == "GET",
                        "{case}: {changes:?}"
                    );
                    assert_eq!(denial(&stage).await.0, denials, "{case}");
                    open += 1;
                } else {
                    assert_eq!(answer.status.as_u16(), 403, "{case}: {answer:?}");
                    assert_eq!(without_the_door(changes.clone()), [].into(), "{case}");
                    let asked = format!("{method} {path}");
                    assert_eq!(denial(&stage).await, (denials + 1, ACTOR.to_owned(), asked), "{case}");
                    assert_eq!(changes["audit_events"], (0, 1), "{case}");
                    denied += 1;
                }
            }
        }
        stage.world.execute("delete from budgets").await;
    }
    assert!(open > 100 && denied > 200, "{open} {denied}");
}

/// Signed in, and nothing but that: everyone's own page answers everyone.
#[tokio::test]
async fn ones_own_pages_are_open_to_every_role() {
    let stage = Stage::new().await;
    let actor = stage.person(ACTOR, Role::GlobalAdministrator).await;
    let mut browser = stage.signs_in(ACTOR).await;
    for role in Role::ALL {
        stage.set_role(actor, role).await;
        let target = stage.target(actor).await;
        for (method, path, needs) in behind_the_door() {
            if needs == SignedIn {
                let answer = ask(&mut browser, method, path, &target).await;
                assert!(
                    [200, 303, 400, 422].contains(&answer.status.as_u16()),
                    "{role}: {method} {path}: {answer:?}"
                );
                assert_ne!(
                    answer.location.as_deref(),
                    Some("/sign-in?notice=first"),
                    "{role}: {method} {path}"
                );
            }
        }
    }
}

#[tokio::test]
async fn denials_are_recorded_but_not_without_end() {
    let stage = Stage::new().await;
    stage.person(ACTOR, Role::ServiceAdministrator).await;
    let mut browser = stage.signs_in(ACTOR).await;
    for _ in 0..205 {
        assert_eq!(browser.get("/portal/users").await.status.as_u16(), 403);
    }
    assert_eq!(stage.world.audited("access_denied").await, 200);
    // Someone else's are.
    stage.person("other@contoso.com", Role::User).await;
    let mut other = stage.signs_in("other@contoso.com").await;
    assert_eq!(other.get("/portal/users").await.status.as_u16(), 403);
    assert_eq!(stage.world.audited("access_denied").await, 201);
}

/// Everything that can be wanted of a person or company, in a form of some other page.
const FORGED: [(&str, &str); 19] = [
    ("role", "global_administrator"),
    ("display_name", "Forged"),
    ("alternate_email_address", "forged@home.example"),
    ("alternate_emails", "forged@home.example"),
    ("mobile_phone", "425-555-0199"),
    ("reviewed", "1"),
    ("version", "1"),
    ("user_id", "forged@contoso.com"),
    ("user", "globaladmin@contoso.com"),
    ("id", "00000000-0000-0000-0000-000000000000"),
    ("company", "fabrikam.com"),
    ("company_id", "00000000-0000-0000-0000-000000000000"),
    ("by", "globaladmin@contoso.com"),
    ("actor", "globaladmin@contoso.com"),
    ("blocked", "true"),
    ("confirmed", "1"),
    ("self_serve_password_reset_enabled", "false"),
    ("temporary_passwords_allowed", "true"),
    ("domain", "forged.example"),
];

#[tokio::test]
async fn fields_of_other_forms_change_nothing_for_whoever_may_not_manage() {
    let stage = Stage::new().await;
    let actor = stage.person(ACTOR, Role::GlobalAdministrator).await;
    let mut browser = stage.signs_in(ACTOR).await;
    for role in Role::ALL.into_iter().filter(|role| !has_right(*role, ManageUsers)) {
        stage.set_role(actor, role).await;
        for (method, path, _) in behind_the_door() {
            let id = stage.person(TARGET, Role::User).await;
            let target = stage.target(id).await;
            let guarded = async || {
                let sql = "select string_agg(line, E'\\n' order by line) from (
                    select concat_ws(' ', id, company_id, user_id, display_name, role, blocked_at, version) as line from users
                    union all select concat_ws(' ', user_id, position, address, confirmed_at) from alternate_emails
                    union all select concat_ws(' ', user_id, number, confirmed_at) from mobile_phones
                    union all select concat_ws(' ', c.*) from companies c
                    union all select concat_ws(' ', d.*) from company_domains d) as lines";
                sqlx::query_scalar::<_, String>(sql).fetch_one(&stage.world.pool).await.unwrap()
            };
            let before = guarded().await;
            let address = address(path, &target);
            let mut sent = fields(path, &target);
            let own: Vec<&str> = sent.iter().map(|(name, _)| *name).collect();
            let forged = FORGED.iter().filter(|(name, _)| !own.contains(name));
            let forged: Vec<(&str, String)> =
                forged.map(|(name, value)| (*name, (*value).to_owned())).collect();
            sent.extend(forged.clone());
            if method == "GET" {
                let query = serde_urlencoded::to_string(&forged).unwrap();
                browser.get(&format!("{address}?{query}")).await;
            } else {
                browser.post(&address, &sent).await;
            }
            assert_eq!(guarded().await, before, "{role}: {method} {path}");
        }
    }
}

#[tokio::test]
async fn whoever_has_to_change_the_password_does_nothing_else_before() {
    let stage = Stage::new().await;
    let actor = stage.person(ACTOR, Role::GlobalAdministrator).await;
    let mut browser = stage.signs_in(ACTOR).await;
    let must_change = "update users set password_must_change = true where id = $1";
    sqlx::query(must_change).bind(actor).execute(&stage.world.pool).await.unwrap();
    let target = stage.person(TARGET, Role::User).await;
    let target = stage.target(target).await;
    let before = Rows::read(&stage.world.pool).await;
    for (method, path, _) in behind_the_door() {
        let answer = ask(&mut browser, method, path, &target).await;
        if path == "/account/password" {
            assert!([200, 422].contains(&answer.status.as_u16()), "{method} {path}: {answer:?}");
        } else {
            assert_eq!(answer.location.as_deref(), Some("/account/password"), "{method} {path}: {answer:?}");
        }
    }
    assert_eq!(without_the_door(before.changes(&Rows::read(&stage.world.pool).await)), [].into());
}

#[tokio::test]
async fn whoever_is_blocked_or_deleted_is_a_visitor_at_the_next_request() {
    let stage = Stage::new().await;
    for happened in [
        "update users set blocked_at = now(), blocked_because = 'not_me' where user_id = 'actor@contoso.com'",
        "delete from users where user_id = 'actor@contoso.com'",
    ] {
        stage.person(ACTOR, Role::GlobalAdministrator).await;
        let mut browser = stage.signs_in(ACTOR).await;
        let target = stage.person(TARGET, Role::User).await;
        let target = stage.target(target).await;
        stage.world.execute(happened).await;
        let before = Rows::read(&stage.world.pool).await;
        for (method, path, _) in behind_the_door() {
            let answer = ask(&mut browser, method, path, &target).await;
            assert_eq!(
                answer.location.as_deref(),
                Some("/sign-in?notice=first"),
                "{method} {path}: {answer:?}"
            );
        }
        let mut changes = before.changes(&Rows::read(&stage.world.pool).await);
        changes.remove("sessions");
        assert_eq!(changes, [].into(), "{happened}");
    }
}

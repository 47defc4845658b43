//! A node dies at any moment: whatever was under way has happened whole or not at all, the person goes on, and what was
//! queued still leaves.
//!
//! Each step of the wizard is cut at each message that it sends to the database: before the message arrives, and after the
//! database did it but before the node learns of it. The wire is cut (`support::proxy`), which for the database is the same as
//! the death of the node; the last tests kill a real process. One database a step, set back between the cuts.

use std::collections::BTreeMap;

use serde_json::json;
use sqlx::AssertSqlSafe;
use sspr::{
    outbox::worker,
    senders::{Memory, Reason, SendError},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_util::sync::CancellationToken;

use crate::support::{
    app::{Node, World},
    client::{Answer, Client, code_in, link_in},
    http_server::TwilioServer,
    process::{HOST, Service},
    proxy::{At, Moment, Proxy},
    smtp_server::SmtpServer,
    walk::{JOHN, JOHN_MAIL, JOHN_PHONE, NEW, Walk},
};

/// What a walk changes.
const TABLES: [&str; 10] = [
    "users",
    "sessions",
    "reset_attempts",
    "reset_tokens",
    "spent_challenges",
    "budgets",
    "outbox",
    "audit_events",
    "contact_requests",
    "contact_intake",
];

/// Each counts what must never be. `former` is the schema with the rows as they were before the step.
const NEVER: [(&str, &str); 19] = [
    (
        // Spent in an attempt of nobody: "This was not me" before the proof, which nothing may show (V-16).
        "a link spent without its proof, or a proof without a spent link",
        "select count(*) from reset_attempts a where a.user_id is not null and (a.email_proven_at is not null) <>
           exists (select from reset_tokens t where t.attempt_id = a.id and t.purpose = 'email_link' and t.consumed_at is not null)",
    ),
    (
        "a code spent without its proof, or a proof without a spent code",
        "select count(*) from reset_attempts a where (a.code_proven_at is not null) <>
           exists (select from reset_tokens t where t.attempt_id = a.id and t.purpose = 'security_code' and t.consumed_at is not null)",
    ),
    (
        "an e-mail counted that is not queued, or the reverse",
        "select count(*) from reset_attempts a where a.email_sends <>
           (select count(*) from outbox o where o.attempt_id = a.id and o.message->>'kind' = 'reset_link')",
    ),
    (
        "an SMS counted that is not queued, or the reverse",
        "select count(*) from reset_attempts a where a.code_sends <>
           (select count(*) from outbox o where o.attempt_id = a.id and o.message->>'kind' = 'security_code')",
    ),
    (
        "more than one live link or code in an attempt",
        "select count(*) from (select from reset_tokens where consumed_at is null and replaced_at is null and attempt_id is not null
           group by attempt_id, purpose having count(*) > 1) several",
    ),
    (
        "a password set with its attempt still open",
        "select count(*) from users u join former.users f using (id) where u.password_hash is distinct from f.password_hash
           and not exists (select from reset_attempts a where a.user_id = u.id and a.finished_at = u.password_changed_at)",
    ),
    (
        "an attempt finished without its password",
        "select count(*) from reset_attempts a join users u on u.id = a.user_id where a.finished_at is not null
           and a.finished_at <> u.password_changed_at",
    ),
    (
        "a session that outlived its password",
        "select count(*) from sessions s join users u on u.id = s.user_id where s.seen_at < u.password_changed_at",
    ),
    (
        "another attempt that outlived the password",
        "select count(*) from reset_attempts a join reset_attempts o on o.user_id = a.user_id
           where a.finished_at is not null and o.finished_at is null and o.ended_at is null",
    ),
    (
        "notices without a password, or a password without its notices (mailbox, alternate, phone, both places of the other administrator)",
        "select count(*) from reset_attempts a where
           case when a.finished_at is null then 0 else 5 end <> (select count(*) from outbox o where o.attempt_id = a.id
             and o.message->>'kind' in ('password_was_reset', 'password_was_reset_sms', 'administrator_was_reset'))",
    ),
    (
        "a start without its event, or the reverse",
        "select abs((select count(*) from reset_attempts) - (select count(*) from audit_events where event = 'reset_started'))",
    ),
    (
        "a first proof without its event, or the reverse",
        "select count(*) from reset_attempts a where (a.email_proven_at is not null)::int <>
           (select count(*) from audit_events e where e.attempt_id = a.id and e.event = 'email_proven')",
    ),
    (
        "a second proof without its event, or the reverse",
        "select count(*) from reset_attempts a where (a.code_proven_at is not null)::int <>
           (select count(*) from audit_events e where e.attempt_id = a.id and e.event = 'code_proven')",
    ),
    (
        "a reset without its event, or the reverse",
        "select count(*) from reset_attempts a where (a.finished_at is not null)::int <>
           (select count(*) from audit_events e where e.attempt_id = a.id and e.event = 'password_reset')",
    ),
    (
        "a resend without its event, or the reverse",
        "select count(*) from reset_attempts a where a.email_sends - 1 + greatest(a.code_sends - 1, 0) <>
           (select count(*) from audit_events e where e.attempt_id = a.id and e.event in ('email_resent', 'code_resent'))",
    ),
    (
        "fewer tries counted than codes compared",
        "select count(*) from reset_attempts a where a.code_tries < (a.code_proven_at is not null)::int +
           (select count(*) from audit_events e where e.attempt_id = a.id and e.event = 'code_wrong')",
    ),
    (
        "an end by 'this was not me' without its event, or the reverse",
        "select count(*) from reset_attempts a where (a.user_id is null and exists (select from reset_tokens t
             where t.attempt_id = a.id and t.purpose = 'email_link' and t.consumed_at is not null))::int <>
           (select count(*) from audit_events e where e.attempt_id = a.id and e.event = 'attempt_ended')
           -- A reset or a block ends others in silence too, under its own event.
           and not exists (select from audit_events where event in ('password_reset', 'account_blocked'))",
    ),
    (
        "an account blocked without a spent link and its event, or the reverse",
        "select count(*) from users u where u.blocked_because is not distinct from 'not_me' and
             (select count(*) from audit_events e where e.user_id = u.id and e.event = 'account_blocked') <> 1
           or (u.blocked_because is not distinct from 'not_me') <>
             exists (select from reset_tokens t where t.user_id = u.id and t.purpose = 'not_me' and t.consumed_at is not null)",
    ),
    (
        "a session without the event of its sign-in",
        "select count(*) from sessions s where s.user_id is not null and not exists
           (select from audit_events e where e.user_id = s.user_id and e.event = 'signed_in' and e.at <= s.seen_at)",
    ),
];

/// A form as the person's browser holds it, ready to be sent once or again.
struct Form {
    path: String,
    fields: Vec<(String, String)>,
}

impl Form {
    /// Opens a page, and fills in the form that posts to `action`.
    async fn on(client: &Client, page: &str, action: &str, fields: &[(&str, &str)]) -> Self {
        let (path, answer) = client.open(page).await;
        let hidden = answer
            .hidden_fields(action)
            .unwrap_or_else(|| panic!("{path}: no form for {action}: {}", answer.body));
        let typed = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Self { path: action.to_owned(), fields: hidden.into_iter().chain(typed).collect() }
    }

    async fn send(&self, client: &Client) -> Answer {
        let fields: Vec<(&str, &str)> = self.fields.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        client.post(&self.path, &fields).await
    }
}

/// A step in front of which everything waits, and to which everything goes back.
struct Scene {
    world: World,
    /// A node with a wire of its own that is never cut: where the person goes on.
    other: Node,
    client: Client,
    cookies: BTreeMap<String, String>,
}

impl Scene {
    async fn new() -> Self {
        let world = World::with(&[
            ("SSPR_DATABASE__ACQUIRE_TIMEOUT_MS", "500"),
            ("SSPR_OUTBOX__LEASE_SECONDS", "10"),
        ])
        .await;
        let other = world.node_without_workers().await;
        let client = Client::new(&other.url);
        Self { world, other, client, cookies: BTreeMap::new() }
    }

    fn walk(&self) -> Walk<'_> {
        let walk = Walk::new(&self.world, &self.other);
        walk.client.set_cookies(self.client.cookies());
        walk
    }

    /// John up to the page for the code, step by step, since nothing is sent by itself here.
    async fn up_to_code(&self) {
        let link = self.up_to_link().await;
        let walk = self.walk();
        walk.open_link(&link).await;
        self.other.drain().await;
        self.client.set_cookies(walk.client.cookies());
    }

    async fn up_to_link(&self) -> String {
        let walk = self.walk();
        walk.start(JOHN).await;
        self.other.drain().await;
        self.client.set_cookies(walk.client.cookies());
        walk.link().await
    }

    async fn up_to_password(&self) {
        self.up_to_code().await;
        let walk = self.walk();
        walk.type_code(&walk.code().await).await;
        self.client.set_cookies(walk.client.cookies());
    }

    /// Keeps the rows as they are, for [`Self::back`].
    async fn keep(&mut self) {
        self.cookies = self.client.cookies();
        let copies =
            TABLES.map(|table| format!("create table former.{table} as select * from public.{table};"));
        self.run(&format!("create schema former; {}", copies.concat())).await;
    }

    /// Everything as it was kept.
    async fn back(&self) {
        let empty = TABLES.map(|table| format!("delete from public.{table};"));
        let fill = TABLES.map(|table| {
            // What the database makes by itself can't be given to it.
            format!(
                "do $$ declare columns text; begin
                   select string_agg(quote_ident(column_name), ', ') into columns from information_schema.columns
                   where table_schema = 'public' and table_name = '{table}' and is_generated = 'NEVER';
                   execute format('insert into public.{table} (%s) select %s from former.{table}', columns, columns);
                 end $$;"
            )
        });
        self.run(&format!(
            "begin; set local session_replication_role = replica; {} {} commit",
            empty.concat(),
            fill.concat()
        ))
        .await;
        self.client.set_cookies(self.cookies.clone());
        self.client.go_to(&self.other.url);
        self.world.mail.take();
        self.world.sms.take();
    }

    async fn run(&self, sql: &str) {
        sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&self.world.pool).await.unwrap();
    }

    async fn check(&self, when: &str) {
        for (what, sql) in NEVER {
            let found: i64 = sqlx::query_scalar(AssertSqlSafe(format!("select ({sql})::bigint")))
                .fetch_one(&self.world.pool)
                .await
                .unwrap();
            assert_eq!(found, 0, "{when}: {what}");
        }
    }

    /// Sends everything that is queued: each message once, and none is left.
    async fn everything_leaves_once(&self, when: &str) {
        self.other.drain().await;
        let left = self.world.count("select count(*) from outbox where state = 'queued'").await;
        assert_eq!(left, 0, "{when}: something stays queued");
        let sent = self.world.count("select (select count(*) from outbox where state = 'sent') - (select count(*) from former.outbox where state = 'sent')").await;
        let mails = self.world.mail.take();
        let left = i64::try_from(mails.len() + self.world.sms.take().len()).unwrap();
        assert_eq!(left, sent, "{when}: sent twice, or never");
    }

    /// A node behind a wire.
    async fn victim(&self) -> (Proxy, Node) {
        let proxy = Proxy::to(&self.world.database.url()).await;
        let node = self.world.node_at(proxy.url(), false).await;
        (proxy, node)
    }

    /// Every message that the work sends, cut before it arrives and, where it asks for an answer, after it took effect.
    async fn cuts(&self, work: impl AsyncFn(&Node)) -> Vec<(usize, Moment)> {
        self.back().await;
        let (proxy, node) = self.victim().await;
        proxy.forget();
        work(&node).await;
        let seen = proxy.seen();
        assert!(seen.len() > 4, "the work asks the database something: {seen:?}");
        let asks = |kind: char| matches!(kind, 'S' | 'Q');
        let mut cuts = Vec::new();
        for (n, kind) in seen.into_iter().enumerate() {
            cuts.push((n, Moment::Before));
            if asks(kind) {
                cuts.push((n, Moment::After));
            }
        }
        cuts
    }

    /// Sends the form to a node that dies at each message in turn; then to another node, which must answer with one of `then`.
    async fn dies_at_each_message(&mut self, form: &Form, then: &[&str]) {
        self.keep().await;
        let leads_on = |answer: &Answer| answer.location.as_deref().is_some_and(|to| then.contains(&to));
        let cuts = self
            .cuts(async |node| {
                self.client.go_to(&node.url);
                let answer = form.send(&self.client).await;
                assert!(leads_on(&answer), "without any cut: {answer:?}");
            })
            .await;
        let mut tripped = 0;
        for (n, moment) in &cuts {
            let when = format!("{} cut {moment:?} message {n}", form.path);
            self.back().await;
            let (proxy, node) = self.victim().await;
            proxy.arm(At::Message(*n), *moment, None);
            self.client.go_to(&node.url);
            let answer = form.send(&self.client).await;
            tripped += usize::from(proxy.tripped());
            proxy.refuse();
            proxy.gone().await;
            drop(node);
            assert!(leads_on(&answer) || answer.status == 503, "{when}: {answer:?}");
            self.check(&when).await;
            // A dead node sends no cookie.
            self.client.set_cookies(self.cookies.clone());
            self.client.go_to(&self.other.url);
            let again = form.send(&self.client).await;
            assert!(leads_on(&again), "{when}, sent again: {again:?}");
            let to = again.location.as_deref().unwrap();
            let (path, page) = self.client.open(to).await;
            assert_eq!(page.status, 200, "{when}: {path}");
            assert_eq!(path, if to == "/" { "/portal/users" } else { to }, "{when}: sent to and fro");
            self.check(&format!("{when}, sent again")).await;
            self.everything_leaves_once(&when).await;
        }
        // How many messages a connection needs varies with what it has prepared: most of the cuts must have happened.
        assert!(tripped * 10 >= cuts.len() * 6, "{tripped} of {} cuts happened", cuts.len());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_that_dies_at_any_message_can_be_sent_again() {
    let mut scene = Scene::new().await;
    let option = scene.client.submit("/reset", "/reset", &[("option", "forgot_password")]).await;
    assert_eq!(option.location.as_deref(), Some("/reset/verify-user"));
    let page = "/reset/verify-user";
    let form = Form::on(&scene.client, page, page, &[("user_id", JOHN)]).await;
    scene.dies_at_each_message(&form, &["/reset/check-email"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_proof_dies_at_any_message_and_is_given_whole_or_not_at_all() {
    let mut scene = Scene::new().await;
    let link = scene.up_to_link().await;
    let form = Form::on(&scene.client, &link, "/reset/email-link", &[]).await;
    scene.dies_at_each_message(&form, &["/reset/security-code"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_second_proof_dies_at_any_message_and_is_given_whole_or_not_at_all() {
    let mut scene = Scene::new().await;
    scene.up_to_code().await;
    let code = scene.walk().code().await;
    let page = "/reset/security-code";
    let form = Form::on(&scene.client, page, page, &[("code", &code)]).await;
    scene.dies_at_each_message(&form, &["/reset/new-password"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)] // R-18, V-25, V-28
async fn the_last_wrong_code_dies_at_any_message_and_there_is_no_sixth() {
    let mut scene = Scene::new().await;
    scene.up_to_code().await;
    let right = scene.walk().code().await;
    let wrong = if right == "00000000" { "11111111" } else { "00000000" };
    scene.world.execute("update reset_attempts set code_tries = 4").await;
    let page = "/reset/security-code";
    let form = Form::on(&scene.client, page, page, &[("code", wrong)]).await;
    scene.dies_at_each_message(&form, &["/reset/ended"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_new_password_dies_at_any_message_and_is_set_with_all_that_goes_with_it_or_not_at_all() {
    let mut scene = Scene::new().await;
    // Somebody is signed in, and a second attempt is under way: both end with the password.
    let old = scene.world.first_password(JOHN);
    assert!(scene.walk().signs_in(JOHN, &old).await);
    scene.up_to_password().await;
    // After the walk's own mail: it takes the newest.
    Walk::new(&scene.world, &scene.other).start(JOHN).await;
    scene.other.drain().await;
    let page = "/reset/new-password";
    let form = Form::on(&scene.client, page, page, &[("new_password", NEW), ("confirm_password", NEW)]).await;
    scene.dies_at_each_message(&form, &["/reset/done"]).await;
    assert!(scene.walk().signs_in(JOHN, NEW).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_resend_that_dies_at_any_message_counts_and_sends_together() {
    let mut scene = Scene::new().await;
    scene.up_to_link().await;
    scene.world.execute("update reset_attempts set email_sent_at = now() - interval '2 minutes'").await;
    let form = Form::on(&scene.client, "/reset/check-email", "/reset/check-email/resend", &[]).await;
    scene.dies_at_each_message(&form, &["/reset/check-email?sent=again"]).await;

    let mut scene = Scene::new().await;
    scene.up_to_code().await;
    scene.world.execute("update reset_attempts set code_sent_at = now() - interval '2 minutes'").await;
    let form = Form::on(&scene.client, "/reset/security-code", "/reset/security-code/resend", &[]).await;
    scene.dies_at_each_message(&form, &["/reset/security-code?sent=again"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn this_was_not_me_dies_at_any_message_and_stops_the_attempt_whole_or_not_at_all() {
    let mut scene = Scene::new().await;
    let link = scene.up_to_link().await.replace("/reset/email-link/", "/not-me/");
    // In another browser, that of whoever got the mail.
    scene.client.set_cookies(BTreeMap::new());
    let form = Form::on(&scene.client, &link, &link, &[]).await;
    scene.dies_at_each_message(&form, &["/not-me/done/ended", "/not-me/done/already"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn this_was_not_me_dies_at_any_message_and_blocks_the_account_whole_or_not_at_all() {
    let mut scene = Scene::new().await;
    scene.up_to_password().await;
    let walk = scene.walk();
    walk.set_password(NEW).await;
    assert!(walk.signs_in(JOHN, NEW).await);
    scene.other.drain().await;
    let notice = scene.world.mail_to(JOHN_MAIL).await;
    let link = link_in(&notice.text);
    let link = &link[link.find("/not-me/").unwrap()..];
    scene.client.set_cookies(BTreeMap::new());
    let form = Form::on(&scene.client, link, link, &[]).await;
    scene.dies_at_each_message(&form, &["/not-me/done/blocked", "/not-me/done/already"]).await;
    assert!(!scene.walk().signs_in(JOHN, NEW).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_that_dies_at_any_message_can_be_sent_again() {
    let mut scene = Scene::new().await;
    let password = scene.world.first_password(JOHN);
    let form =
        Form::on(&scene.client, "/sign-in", "/sign-in", &[("user_id", JOHN), ("password", &password)]).await;
    scene.dies_at_each_message(&form, &["/"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_dies_at_any_message_loses_nothing_and_sends_at_most_twice() {
    let mut scene = Scene::new().await;
    scene.up_to_password().await;
    scene.walk().set_password(NEW).await;
    scene.keep().await;
    let work = async |node: &Node| {
        let _ = worker::drain(&node.app.outbox, sspr::random::id(), &CancellationToken::new()).await;
    };
    let cuts = scene.cuts(work).await;
    for (n, moment) in cuts {
        let when = format!("worker cut {moment:?} message {n}");
        scene.back().await;
        let (proxy, node) = scene.victim().await;
        proxy.arm(At::Message(n), moment, None);
        work(&node).await;
        proxy.refuse();
        proxy.gone().await;
        drop(node);
        scene.check(&when).await;
        // Whoever has the lease is left alone.
        let leased = scene
            .world
            .count("select count(*) from outbox where state = 'queued' and lease_until > now()")
            .await;
        scene.other.drain().await;
        let waiting = scene.world.count("select count(*) from outbox where state = 'queued'").await;
        assert_eq!(waiting, leased, "{when}: taken from its worker, or forgotten");
        scene
            .world
            .execute("update outbox set lease_until = now() - interval '1 s' where state = 'queued'")
            .await;
        scene.other.drain().await;
        assert_eq!(scene.world.count("select count(*) from outbox where state <> 'sent'").await, 0, "{when}");
        let mut mails: BTreeMap<(String, String), usize> = BTreeMap::new();
        for mail in scene.world.mail.take() {
            *mails.entry((mail.to, mail.message_id)).or_default() += 1;
        }
        // The Message-ID stays: a mail program shows a mail that came twice once.
        assert_eq!(mails.len(), 4, "{when}: {mails:?}");
        let sms = scene.world.sms.take();
        assert!(
            sms.iter().all(|sms| sms.to == JOHN_PHONE) && (1..=2).contains(&sms.len()),
            "{when}: {sms:?}"
        );
        assert!(mails.values().all(|times| *times <= 2), "{when}: {mails:?}");
        if leased == 0 {
            assert!(
                mails.values().all(|times| *times == 1) && sms.len() == 1,
                "{when}: sent twice for nothing"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_dies_between_two_providers_makes_no_third_copy() {
    let lost = SendError::TryAgain(Reason::new("provider timeout").but_may_have_left());
    let mut scene = Scene::new().await;
    let second = Memory::default();
    scene.world.second_sms = Some(second.clone());
    scene.up_to_link().await;
    let link = scene.walk().link().await;
    scene.walk().open_link(&link).await;
    scene.keep().await;
    let sms = scene.world.sms.clone();
    // The first provider takes the message and its answer is lost.
    let work = async |node: &Node| {
        sms.take_and_fail_next(lost);
        let _ = worker::drain(&node.app.outbox, sspr::random::id(), &CancellationToken::new()).await;
        sms.forget_faults();
    };
    for (n, moment) in scene.cuts(work).await {
        let when = format!("worker cut {moment:?} message {n}");
        scene.back().await;
        second.take();
        let (proxy, node) = scene.victim().await;
        proxy.arm(At::Message(n), moment, None);
        work(&node).await;
        proxy.refuse();
        proxy.gone().await;
        drop(node);
        scene
            .world
            .execute("update outbox set lease_until = lease_until - interval '1 minute', run_at = now() where state = 'queued'")
            .await;
        scene.other.drain().await;
        assert_eq!(
            scene.world.count("select count(*) from outbox where state = 'queued'").await,
            0,
            "{when}"
        );
        let copies: Vec<String> =
            [sms.take(), second.take()].concat().iter().map(|sms| code_in(&sms.text)).collect();
        assert!(
            (1..=2).contains(&copies.len()) && copies.iter().all(|code| *code == copies[0]),
            "{when}: {copies:?}"
        );
    }
}

/// A walk up to some step, whose next form is sent to a process that is killed at that moment; then to one started anew.
struct Killed {
    scene: Scene,
    mail: SmtpServer,
    sms: TwilioServer,
}

impl Killed {
    async fn new() -> Self {
        let scene = Scene::new().await;
        // Serving refuses a demo's database.
        scene.world.execute("update installation set demo = false").await;
        Self { scene, mail: SmtpServer::start(json!({})).await, sms: TwilioServer::start().await }
    }

    /// Sends the form of `page` that posts to `action`: kills at `at`, starts anew, sends again. The process that serves now.
    async fn kill(
        &self,
        page: &str,
        action: &str,
        fields: &[(&str, &str)],
        at: At,
        moment: Moment,
        then: &str,
    ) -> Service {
        let proxy = Proxy::to(&self.scene.world.database.url()).await;
        let service = Service::start(proxy.url(), &self.mail, &self.sms).await;
        let client = &self.scene.client;
        // What is served for real has other names for its cookies.
        let cookies =
            client.cookies().into_iter().map(|(name, value)| (format!("__Host-{name}"), value)).collect();
        client.set_cookies(cookies);
        client.header("host", HOST);
        client.go_to(&service.url);
        let form = Form::on(client, page, action, fields).await;
        proxy.arm(at, moment, Some(service.killer()));
        form.send_and_forget(client).await;
        assert!(!service.end().await.success());
        assert!(proxy.tripped());
        proxy.gone().await;
        self.scene.check("killed").await;
        let service = Service::start(&self.scene.world.database.url(), &self.mail, &self.sms).await;
        client.go_to(&service.url);
        let again = form.send(client).await;
        assert_eq!(again.location.as_deref(), Some(then), "{again:?}");
        self.scene.check("sent again").await;
        service
    }

    async fn all_sent(&self) {
        for _ in 0..1000 {
            if self.scene.world.count("select count(*) from outbox where state <> 'sent'").await == 0 {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("something stays queued");
    }
}

impl Form {
    /// Sends it and does not care for an answer.
    async fn send_and_forget(&self, client: &Client) {
        let url = client.url.lock().unwrap().clone();
        let body = serde_urlencoded::to_string(&self.fields).unwrap();
        let cookies: Vec<String> =
            client.cookies().iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut stream = TcpStream::connect(url.strip_prefix("http://").unwrap()).await.unwrap();
        let request = format!(
            "POST {} HTTP/1.1\r\nHost: {HOST}\r\nCookie: {}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            self.path,
            cookies.join("; "),
            body.len(),
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let _ = stream.read(&mut [0u8; 1024]).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_killed_as_the_first_proof_commits_sends_the_code_once_after_its_restart() {
    let mut killed = Killed::new().await;
    let link = killed.scene.up_to_link().await;
    killed.scene.keep().await;
    let at = At::Sync("set email_proven_at = now()", 2);
    let service =
        killed.kill(&link, "/reset/email-link", &[], at, Moment::After, "/reset/security-code").await;
    killed.all_sent().await;
    let sent = killed.sms.messages();
    assert_eq!(sent.len(), 1, "{sent:?}");
    let code = code_in(&sent[0]["Body"]);
    let page = "/reset/security-code";
    let proven = killed.scene.client.submit(page, page, &[("code", &code)]).await;
    assert_eq!(proven.location.as_deref(), Some("/reset/new-password"), "{proven:?}");
    drop(service);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_killed_before_or_after_the_password_commits_leaves_it_whole() {
    for moment in [Moment::Before, Moment::After] {
        let mut killed = Killed::new().await;
        killed.scene.up_to_password().await;
        killed.scene.keep().await;
        let (page, fields) = ("/reset/new-password", [("new_password", NEW), ("confirm_password", NEW)]);
        let at = At::Sync("set finished_at = now()", 2);
        let service = killed.kill(page, page, &fields, at, moment, "/reset/done").await;
        killed.all_sent().await;
        drop(service);
        // The notices of N-23, to the other administrator at two places, and the SMS beside the code's.
        for _ in 0..4 {
            killed.mail.next("mail").await;
        }
        assert!(!killed.mail.events().iter().any(|event| event["event"] == "mail"), "{moment:?}");
        assert_eq!(killed.sms.messages().len(), 1, "{moment:?}");
        assert!(killed.scene.walk().signs_in(JOHN, NEW).await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_killed_after_its_mail_left_sends_the_same_mail_again() {
    let mut killed = Killed::new().await;
    let walk = killed.scene.walk();
    walk.start(JOHN).await;
    killed.scene.keep().await;
    let proxy = Proxy::to(&killed.scene.world.database.url()).await;
    let mut mails = Vec::new();
    for first in [true, false] {
        let service = if first {
            // Armed before the process is there to be killed: the wire alone dies, then the process.
            proxy.arm(At::Sync("update outbox set state", 2), Moment::Before, None);
            Service::start(proxy.url(), &killed.mail, &killed.sms).await
        } else {
            killed
                .scene
                .world
                .execute("update outbox set lease_until = now() - interval '1 s' where state = 'queued'")
                .await;
            Service::start(&killed.scene.world.database.url(), &killed.mail, &killed.sms).await
        };
        mails.push(killed.mail.next("mail").await);
        if first {
            for _ in 0..1000 {
                if proxy.tripped() {
                    break;
                }
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            }
            service.killer()();
            proxy.gone().await;
        } else {
            killed.all_sent().await;
        }
    }
    let id = |mail: &serde_json::Value| {
        let headers = mail["headers"].as_array().unwrap().clone();
        headers.into_iter().find(|header| header[0] == "Message-ID").unwrap()
    };
    assert_eq!(id(&mails[0]), id(&mails[1]));
    assert_eq!(mails[0]["parts"][0]["text"], mails[1]["parts"][0]["text"], "another link");
}

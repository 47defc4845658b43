//! Whoever can't reset walks the same road as whoever can: same answers, same statements, same rows, until the mail that
//! only one of them gets.

use std::collections::BTreeMap;

use sspr::senders::{Reason, SendError};

use crate::support::{
    app::{Node, World},
    client::{Answer, Client},
    rows::{Changes, Rows},
    statements::Statements,
};

/// One kind of user: what is typed, and what makes them that kind.
struct Kind {
    name: &'static str,
    user_id: &'static str,
    /// Before the first start, and after it.
    before: &'static str,
    after_start: &'static str,
    earlier_starts: usize,
}

const fn kind(name: &'static str, user_id: &'static str) -> Kind {
    Kind { name, user_id, before: "select 1", after_start: "select 1", earlier_starts: 1 }
}

/// Who can reset, and everyone who can't (product.md, page 2). The switch comes last: it stays off.
const KINDS: [Kind; 12] = [
    kind("who can reset", "passwordadmin@contoso.com"),
    kind("unknown user", "nobody@contoso.com"),
    kind("unknown domain", "nobody@nowhere.example"),
    kind("not an administrator", "user@contoso.com"),
    kind("no alternate e-mail", "noemail@contoso.com"),
    kind("no mobile phone", "nomobile@contoso.com"),
    kind("blocked", "blocked@contoso.com"),
    Kind { earlier_starts: 5, ..kind("over the budget of this user ID", "billingadmin@contoso.com") },
    Kind {
        after_start: "update users set blocked_at = now(), blocked_because = 'administrator' where user_id = 'serviceadmin@contoso.com'",
        ..kind("blocked after the start", "serviceadmin@contoso.com")
    },
    Kind {
        after_start: "select end_attempts_of(id, 'used', null) from users where user_id = 'globaladmin@contoso.com'",
        ..kind("reset elsewhere after the start", "globaladmin@contoso.com")
    },
    Kind {
        after_start: "update companies set self_serve_password_reset_enabled = false where name = 'Fabrikam'",
        ..kind("switched off after the start", "globaladmin@fabrikam.com")
    },
    kind("switched off for the company", "user2@fabrikam.com"),
];

/// What a stranger sees of one request, and what it did inside.
#[derive(Debug, PartialEq, Eq)]
struct Step {
    what: &'static str,
    answer: String,
    statements: Vec<String>,
    rows: Changes,
}

/// A stranger who names someone.
struct Journey<'w> {
    world: &'w World,
    node: &'w Node,
    statements: &'w Statements,
    client: Client,
    user_id: &'static str,
    steps: Vec<Step>,
}

impl Journey<'_> {
    async fn step(&mut self, what: &'static str, request: impl Future<Output = Answer>) {
        let before = Rows::read(&self.world.pool).await;
        self.statements.take();
        let answer = request.await;
        let statements = self.statements.take();
        let rows = before.changes(&Rows::read(&self.world.pool).await);
        self.steps.push(Step { what, answer: masked(&answer, self.user_id), statements, rows });
    }

    async fn get(&mut self, what: &'static str, path: &'static str) {
        let client = self.client.twin();
        self.step(what, client.get(path)).await;
        self.client.set_cookies(client.cookies());
    }

    /// The form of a page is read before, so that what is looked at is the POST alone.
    async fn post(&mut self, what: &'static str, page: &str, action: &'static str, fields: &[(&str, &str)]) {
        let client = self.client.twin();
        let mut hidden = client.open(page).await.1.hidden_fields(action).unwrap_or_default();
        // What a script would have filled in.
        hidden.retain(|(hidden, _)| fields.iter().all(|(given, _)| given != hidden));
        self.step(what, client.post_form(action, hidden, fields)).await;
        self.client.set_cookies(client.cookies());
    }

    /// With the token of a form that every page of the wizard would take.
    async fn post_anyway(&mut self, what: &'static str, action: &'static str, fields: &[(&str, &str)]) {
        let client = self.client.twin();
        let hidden = client.get("/reset").await.hidden_fields("/reset").unwrap();
        self.step(what, client.post_form(action, hidden, fields)).await;
        self.client.set_cookies(client.cookies());
    }

    /// The workers' part: which statements end which messages.
    async fn drain(&mut self, what: &'static str) {
        let before = Rows::read(&self.world.pool).await;
        self.statements.take();
        self.node.drain().await;
        let rows = before.changes(&Rows::read(&self.world.pool).await);
        self.steps.push(Step { what, answer: String::new(), statements: self.statements.take(), rows });
    }

    async fn turn_the_clock(&self) {
        self.world.execute("update reset_attempts set email_sent_at = email_sent_at - interval '61 s'").await;
    }
}

/// What is random or a time goes, in its length; what was typed goes.
fn masked(answer: &Answer, user_id: &str) -> String {
    let mut out = format!("{}\n", answer.status);
    for (name, value) in &answer.headers {
        let value = match name.as_str() {
            "date" => "…",
            "content-length" => {
                assert_eq!(value, &answer.body.len().to_string());
                "…"
            }
            _ => value,
        };
        out.extend([name, ": ", value, "\n"]);
    }
    out.push_str(&answer.body.replace(user_id, "WHO"));
    let out = without_times(&out);
    let mut text = String::new();
    for word in out.split_inclusive(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-')) {
        let run = word.trim_end_matches(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-'));
        // Form tokens, sessions, challenges; and a challenge's end.
        if run.len() >= 32 || run.len() == 10 && run.bytes().all(|byte| byte.is_ascii_digit()) {
            text.extend(["[", &run.len().to_string(), " characters]", &word[run.len()..]]);
        } else {
            text.push_str(word);
        }
    }
    text
}

/// `14:05`, `14:05:30` and `2026-11-21` with their digits gone.
fn without_times(text: &str) -> String {
    let mut out: Vec<char> = text.chars().collect();
    for shape in ["dddd-dd-dd", "dd:dd"] {
        for at in 0..out.len() {
            let fits = shape.chars().enumerate().all(|(n, want)| match (want, out.get(at + n)) {
                ('d', Some(c)) => c.is_ascii_digit(),
                (want, found) => found == Some(&want),
            });
            if fits {
                out[at..at + shape.len()].iter_mut().filter(|c| c.is_ascii_digit()).for_each(|c| *c = '0');
                // Seconds.
                if out.get(at + 5) == Some(&':') {
                    out[at + 6..].iter_mut().take(2).for_each(|c| *c = '0');
                }
            }
        }
    }
    out.into_iter().collect()
}

/// The whole road of a stranger who named this user ID.
async fn walk(
    world: &World,
    node: &Node,
    statements: &Statements,
    kind: &Kind,
    relay_fails: bool,
) -> Vec<Step> {
    world.execute(kind.before).await;
    for _ in 0..kind.earlier_starts {
        let client = Client::new(&node.url);
        client.submit("/reset/verify-user", "/reset/verify-user", &[("user_id", kind.user_id)]).await;
    }
    node.drain().await;
    let mut j = Journey {
        world,
        node,
        statements,
        client: Client::new(&node.url),
        user_id: kind.user_id,
        steps: Vec::new(),
    };
    let named = [("user_id", kind.user_id)];
    let fail = || {
        if relay_fails {
            world.mail.fail_next(SendError::GiveUp(Reason::new("smtp rcpt").code(550)));
            world.mail.fail_next(SendError::TryAgain(Reason::new("smtp connect")));
        }
    };

    j.get("choose", "/reset").await;
    j.post("choose", "/reset", "/reset", &[("option", "forgot_password")]).await;
    j.get("verify", "/reset/verify-user").await;
    j.post("start", "/reset/verify-user", "/reset/verify-user", &named).await;
    world.execute(kind.after_start).await;
    fail();
    j.drain("workers after the start").await;
    j.get("check-email", "/reset/check-email").await;
    j.post("too early", "/reset/check-email", "/reset/check-email/resend", &[]).await;
    j.turn_the_clock().await;
    j.post("resend", "/reset/check-email", "/reset/check-email/resend", &[]).await;
    j.get("sent again", "/reset/check-email?sent=again").await;
    world.execute("update reset_attempts set email_sent_at = now()").await;
    j.post("double click", "/reset/check-email", "/reset/check-email/resend", &[]).await;
    fail();
    j.drain("workers after the resend").await;
    for _ in 0..2 {
        j.turn_the_clock().await;
        j.post("resend", "/reset/check-email", "/reset/check-email/resend", &[]).await;
    }
    j.turn_the_clock().await;
    j.get("none left", "/reset/check-email").await;
    j.post_anyway("none left", "/reset/check-email/resend", &[]).await;
    j.drain("workers after all").await;

    // Every other door.
    let token = "A".repeat(64);
    j.post_anyway("a made-up link", "/reset/email-link", &[("token", &token)]).await;
    j.post_anyway("a code", "/reset/security-code", &[("code", "12345678")]).await;
    j.post_anyway("a code again", "/reset/security-code/resend", &[]).await;
    let password = "correct horse battery staple";
    j.post_anyway(
        "a password",
        "/reset/new-password",
        &[("new_password", password), ("confirm_password", password)],
    )
    .await;
    for path in ["/reset/security-code", "/reset/new-password", "/reset/done", "/reset/ended"] {
        j.get("elsewhere", path).await;
    }

    // A second start in this browser; then the first, in a tab that kept its cookie.
    let first = j.client.cookies();
    j.get("verify again", "/reset/verify-user").await;
    j.post("second start", "/reset/verify-user", "/reset/verify-user", &named).await;
    let second = j.client.cookies();
    j.client.set_cookies(first);
    j.get("replaced", "/reset/check-email").await;
    j.get("replaced", "/reset/ended").await;
    j.post_anyway("replaced", "/reset/check-email/resend", &[]).await;

    j.client.set_cookies(second);
    world
        .execute("update reset_attempts set started_at = started_at - interval '600 s', email_expires_at = now() where ended_at is null")
        .await;
    j.get("expired", "/reset/check-email").await;
    j.get("expired", "/reset/ended").await;
    j.post_anyway("expired", "/reset/check-email/resend", &[]).await;
    j.get("start again", "/reset/verify-user").await;
    fail();
    j.drain("workers at the end").await;
    j.steps
}

/// The node whose statements are seen; its workers run when a test says so.
async fn watched(world: &World) -> (Node, Statements) {
    let statements = Statements::of(&world.database).await;
    let node = world.node_at(&statements.url, false).await;
    (node, statements)
}

/// The same changes, whether a count of a budget was begun or went on: a mail to an address that had one before changes its row, the
/// first makes it.
fn counts_aside(rows: &Changes) -> Changes {
    let mut rows = rows.clone();
    if let Some((gone, _)) = rows.get_mut("budgets") {
        *gone = 0;
    }
    rows
}

/// The statements. A worker counts no mail that it withdraws: nobody waits for a worker, and its queue is the same length.
fn seen(step: &Step) -> Vec<&String> {
    let counts =
        |statement: &&String| !(step.what.starts_with("workers") && statement.contains("take_mail("));
    step.statements.iter().filter(counts).collect()
}

fn same(name: &str, found: &[Step], like: &[Step]) {
    assert_eq!(found.len(), like.len());
    for (found, like) in found.iter().zip(like) {
        for (line, expected) in found.answer.lines().zip(like.answer.lines()) {
            assert_eq!(line, expected, "{name}, {}", found.what);
        }
        assert_eq!(found.answer, like.answer, "{name}, {}", found.what);
        assert_eq!(seen(found), seen(like), "{name}, {}", found.what);
        assert_eq!(counts_aside(&found.rows), counts_aside(&like.rows), "{name}, {}", found.what);
    }
}

#[tokio::test] // V-16, V-19, V-20, V-44
async fn everyone_who_can_not_reset_walks_the_road_of_who_can() {
    // One message at a time: of several the statements stand in the order in which their senders happen to be done.
    let world = World::with(&[("SSPR_OUTBOX__WORKERS", "1")]).await;
    let (node, statements) = watched(&world).await;
    // Whatever a connection does once is done here.
    walk(&world, &node, &statements, &kind("to warm up", "stranger@contoso.com"), false).await;
    let mut roads = BTreeMap::new();
    for kind in &KINDS {
        let mails = world.mail.sent().len();
        let steps = walk(&world, &node, &statements, kind, false).await;
        roads.insert(kind.name, (steps, world.mail.sent().len() - mails));
    }
    let (known, mails) = roads.remove("who can reset").unwrap();
    // Of an earlier start, the start, the first resend, the last one, and the second start.
    assert_eq!(mails, 5, "the one who can reset got no mail: all were decoys");
    assert!(
        known.iter().any(|step| step.statements.iter().any(|sql| sql.contains("insert into reset_attempts")))
    );
    for (name, (mut steps, mails)) in roads {
        match name {
            "over the budget of this user ID" => {
                // A budget that is used up is not written: the same for everyone over theirs, whoever they are.
                for step in &mut steps {
                    if matches!(step.what, "start" | "second start") {
                        step.rows.insert(
                            "budgets",
                            known.iter().find(|s| s.what == step.what).unwrap().rows["budgets"],
                        );
                    }
                }
                assert_eq!(mails, 5, "the starts within the budget");
            }
            "blocked after the start"
            | "switched off after the start"
            | "reset elsewhere after the start" => {
                assert!(mails <= 2, "{name}: {mails} mails");
                // A mail of nobody's is counted apart, so that the first of them makes those rows: a worker does that, behind the visitor.
                for (step, known) in steps.iter_mut().zip(&known) {
                    if step.what.starts_with("workers")
                        && let Some(rows) = known.rows.get("budgets")
                    {
                        step.rows.insert("budgets", *rows);
                    }
                }
                // Its first link is dead already, so that a resend has one row less to change.
                if name.starts_with("reset elsewhere") {
                    steps.iter_mut().zip(&known).for_each(|(step, known)| step.rows.clone_from(&known.rows));
                }
            }
            _ => assert_eq!(mails, 0, "{name}"),
        }
        same(name, &steps, &known);
    }
}

#[tokio::test] // V-17
async fn a_relay_that_fails_shows_nothing() {
    let world = World::new().await;
    let (node, statements) = watched(&world).await;
    walk(&world, &node, &statements, &kind("to warm up", "stranger@contoso.com"), false).await;
    let unknown = walk(&world, &node, &statements, &kind("unknown", "nobody@contoso.com"), false).await;
    let known = walk(&world, &node, &statements, &kind("known", "passwordadmin@contoso.com"), true).await;
    assert!(world.count("select count(*) from outbox where last_error is not null").await >= 2);
    let by_visitor = |steps: Vec<Step>| -> Vec<Step> {
        steps.into_iter().filter(|step| !step.what.starts_with("workers")).collect()
    };
    same("known", &by_visitor(known), &by_visitor(unknown));
}

#[tokio::test] // V-17, V-19, D-09
async fn an_address_over_its_budget_of_mails_shows_nothing() {
    let world = World::with(&[
        ("SSPR_OUTBOX__WORKERS", "1"),
        ("SSPR_BUDGETS__MAILS_PER_ADDRESS_PER_HOUR", "2"),
        ("SSPR_BUDGETS__MAILS_PER_ADDRESS_PER_DAY", "3"),
    ])
    .await;
    let (node, statements) = watched(&world).await;
    walk(&world, &node, &statements, &kind("to warm up", "stranger@contoso.com"), false).await;
    let unknown = walk(&world, &node, &statements, &kind("unknown", "nobody@contoso.com"), false).await;
    let known = walk(&world, &node, &statements, &kind("known", "passwordadmin@contoso.com"), false).await;
    assert_eq!(world.mail.sent().len(), 2);
    assert!(
        world
            .count("select count(*) from outbox where last_error like 'over the budget of the address'")
            .await
            >= 2
    );
    // To the very rows: also what a worker records.
    same("known", &known, &unknown);
}

#[tokio::test] // V-16, V-18, V-19, N-12
async fn an_account_at_a_hundred_wrong_passwords_answers_and_works_like_any_other() {
    let world = World::new().await;
    let (node, statements) = watched(&world).await;
    world
        .execute(
            "insert into failures_in_a_row (account, kind, failures)
             select account_key(id), 'password', n from (values ('serviceadmin@contoso.com', 100), ('passwordadmin@contoso.com', 5000),
               ('nobody@contoso.com', 100), ('billingadmin@contoso.com', 1), ('noone@contoso.com', 1)) v(id, n)",
        )
        .await;
    let right = world.first_password("serviceadmin@contoso.com");
    let kinds = [
        ("to warm up", "stranger@contoso.com", "wrong"),
        ("below, wrong password", "billingadmin@contoso.com", "wrong"),
        ("below, nobody", "noone@contoso.com", "wrong"),
        ("stopped, right password", "serviceadmin@contoso.com", right.as_str()),
        ("stopped, wrong password", "passwordadmin@contoso.com", "wrong"),
        ("stopped, nobody", "nobody@contoso.com", "wrong"),
    ];
    let mut roads = Vec::new();
    for (name, user_id, password) in kinds {
        let client = Client::new(&node.url);
        let mut j = Journey {
            world: &world,
            node: &node,
            statements: &statements,
            client,
            user_id,
            steps: Vec::new(),
        };
        let jobs = node.app.hashing.jobs();
        for _ in 0..2 {
            j.post("sign in", "/sign-in", "/sign-in", &[("user_id", user_id), ("password", password)]).await;
        }
        roads.push((name, j.steps, node.app.hashing.jobs() - jobs));
    }
    roads.remove(0);
    let (_, known, _) = roads.remove(0);
    assert!(known[0].rows.contains_key("failures_in_a_row"));
    for (name, steps, jobs) in roads {
        assert_eq!(jobs, 2, "{name}: one hash each");
        same(name, &steps, &known);
    }
    assert_eq!(world.count("select count(*) from sessions where user_id is not null").await, 0);
}

#[tokio::test] // V-16
async fn to_ask_an_administrator_answers_everyone_the_same() {
    let world = World::new().await;
    let (node, statements) = watched(&world).await;
    let mut roads: Vec<(&str, Vec<Step>)> = Vec::new();
    for (place, kind) in [kind("to warm up", "stranger@contoso.com")].iter().chain(&KINDS).enumerate() {
        let client = Client::new(&node.url);
        let mut j = Journey {
            world: &world,
            node: &node,
            statements: &statements,
            client,
            user_id: kind.user_id,
            steps: Vec::new(),
        };
        // The second time there is an open request already.
        for _ in 0..2 {
            let page = "/contact-administrator";
            j.get("form", page).await;
            j.post("ask", page, page, &[("user_id", kind.user_id)]).await;
            j.get("asked", "/contact-administrator/sent").await;
        }
        if place > 0 {
            roads.push((kind.name, j.steps));
        }
    }
    let (_, known) = roads.remove(0);
    assert_eq!(
        world.count("select count(*) from contact_requests").await,
        0,
        "nobody is looked up on the road"
    );
    node.decide().await;
    assert!(world.count("select count(*) from contact_requests").await > 0);
    for (name, steps) in roads {
        same(name, &steps, &known);
    }
}

#[tokio::test] // V-16: the same with characters for verification
async fn the_way_without_a_puzzle_is_the_same_for_everyone() {
    for kind in ["characters", "proof_of_work"] {
        puzzles_are_the_same_for_everyone(kind).await;
    }
}

/// What is asked for follows the network, never the user ID: here with every level on the way.
async fn puzzles_are_the_same_for_everyone(kind: &str) {
    let world = World::with(&[
        ("SSPR_CAPTCHA__KIND", kind),
        ("SSPR_CAPTCHA__CHARACTERS_AFTER", "1"),
        ("SSPR_CAPTCHA__HARDER_AFTER", "2"),
        ("SSPR_BUDGETS__WITHOUT_PUZZLE_PER_NETWORK_PER_HOUR", "1000"),
        ("SSPR_BUDGETS__WITHOUT_PUZZLE_PER_COMPANY_PER_HOUR", "1000"),
    ])
    .await;
    let (node, statements) = watched(&world).await;
    let mut roads = Vec::new();
    for (place, user_id) in
        ["stranger@contoso.com", "passwordadmin@contoso.com", "nobody@contoso.com", "user@contoso.com"]
            .into_iter()
            .enumerate()
    {
        let client = Client::new(&node.url);
        let mut j = Journey {
            world: &world,
            node: &node,
            statements: &statements,
            client,
            user_id,
            steps: Vec::new(),
        };
        let page = "/reset/verify-user";
        j.get("verify", page).await;
        j.post("wrong characters", page, page, &[("user_id", user_id), ("captcha", "no")]).await;
        j.post("no answer", page, page, &[("user_id", user_id)]).await;
        j.post("wrong proof", page, page, &[("user_id", user_id), ("proof", "{}")]).await;
        j.get("verify again", page).await;
        j.post("start", page, page, &[("user_id", user_id), ("without_puzzle", "1")]).await;
        j.get("check-email", "/reset/check-email").await;
        // The next one's network is quiet again.
        world.execute("update budgets set hits = array(select h - interval '2 hours' from unnest(hits) h) where key like 'start/network/%'").await;
        if place > 0 {
            roads.push((user_id, j.steps));
        }
    }
    let (_, known) = roads.remove(0);
    for (name, steps) in roads {
        same(name, &steps, &known);
    }
}

#[tokio::test] // V-16, V-18
async fn sign_in_is_the_same_work_and_the_same_answer_for_every_failure() {
    let world = World::new().await;
    let (node, statements) = watched(&world).await;
    world.execute("update users set password_hash = null where user_id = 'billingadmin@contoso.com'").await;
    let right = world.first_password("blocked@contoso.com");
    let kinds = [
        ("to warm up", "stranger@contoso.com", "wrong"),
        ("wrong password", "passwordadmin@contoso.com", "wrong"),
        ("unknown user", "nobody@contoso.com", "wrong"),
        ("unknown domain", "nobody@nowhere.example", "wrong"),
        ("no user ID at all", "nobody at contoso", "wrong"),
        ("blocked, right password", "blocked@contoso.com", right.as_str()),
        ("no password yet", "billingadmin@contoso.com", "wrong"),
    ];
    let mut roads = Vec::new();
    for (name, user_id, password) in kinds {
        let client = Client::new(&node.url);
        let mut j = Journey {
            world: &world,
            node: &node,
            statements: &statements,
            client,
            user_id,
            steps: Vec::new(),
        };
        let jobs = node.app.hashing.jobs();
        for _ in 0..2 {
            j.post("sign in", "/sign-in", "/sign-in", &[("user_id", user_id), ("password", password)]).await;
        }
        roads.push((name, j.steps, node.app.hashing.jobs() - jobs));
    }
    let (_, known, _) = roads.swap_remove(1);
    // The first of a network makes its budget's row.
    roads.retain(|(name, ..)| *name != "to warm up");
    for (name, steps, jobs) in roads {
        assert_eq!(jobs, 2, "{name}: one hash each");
        same(name, &steps, &known);
    }
}

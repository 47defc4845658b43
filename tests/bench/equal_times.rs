//! Whether the time of an answer tells who exists: every kind of user who can't reset beside one who can, in turn.

use std::{
    fmt::Write as _,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use sspr::domain::limits::{Account, key};
use tokio::task::JoinSet;

use super::{
    Effort,
    client::{Connection, get, post},
    table::{Goal, Row, Table, median},
    world::{World, run},
};

/// The kinds; each has as many people as there are requests, so that no budget turns one kind into another.
const KINDS: [(&str, &str); 9] = [
    ("can reset", "can{}@contoso.com"),
    ("unknown user", "nobody{}@contoso.com"),
    ("unknown domain", "nobody{}@tailspin.example"),
    ("not an administrator", "ordinary{}@contoso.com"),
    ("no alternate e-mail", "mailless{}@contoso.com"),
    ("no mobile phone", "phoneless{}@contoso.com"),
    ("blocked", "blocked{}@contoso.com"),
    ("switched off for the company", "off{}@off.example"),
    ("over the budget", "over{}@contoso.com"),
];

/// Prints the part: with nothing else to do, and while others start resets, sign in and look at pages.
pub async fn measure(world: &World, effort: &Effort, table: &mut Table) {
    make_people(world, 2 * effort.each_kind).await;
    world.settle().await;
    at_each_door(world, effort.each_kind, 0, "idle", table).await;
    let stop = Arc::new(AtomicBool::new(false));
    let others = others(world, &stop).await;
    at_each_door(world, effort.each_kind, effort.each_kind, "under load", table).await;
    stop.store(true, Ordering::Relaxed);
    Table::note(&format!("others got {} answers meanwhile", others.join_all().await.iter().sum::<usize>()));
}

/// The three doors at which a user ID is named. Each person is named once at each: the second time is another kind.
async fn at_each_door(world: &World, each: usize, from: usize, when: &str, table: &mut Table) {
    let turns = Turns { world, each, from };
    let (cookies, token) = world.form("/reset/verify-user").await;
    let verify = |user: &str| {
        let fields = [("form_token", token.as_str()), ("user_id", user)];
        post("/reset/verify-user", &cookies, world.number(), &fields)
    };
    report(table, &format!("user verification, {when}"), &KINDS, &turns.take(&KINDS, 303, verify).await);

    let (cookies, token) = world.form("/contact-administrator").await;
    let ask = |user: &str| {
        let fields = [("form_token", token.as_str()), ("user_id", user)];
        post("/contact-administrator", &cookies, world.number(), &fields)
    };
    let kinds = &KINDS[..7];
    report(table, &format!("contact, {when}"), kinds, &turns.take(kinds, 303, ask).await);

    let (cookies, token) = world.form("/sign-in").await;
    let sign_in = |user: &str| {
        let fields =
            [("form_token", token.as_str()), ("user_id", user), ("password", "not this one, surely")];
        post("/sign-in", &cookies, world.number(), &fields)
    };
    let kinds = [KINDS[0], KINDS[1], KINDS[2], KINDS[6]];
    report(table, &format!("sign-in, {when}"), &kinds, &turns.take(&kinds, 422, sign_in).await);
}

/// What else goes on: two who look at pages, one who starts resets, one who signs in.
async fn others(world: &World, stop: &Arc<AtomicBool>) -> JoinSet<usize> {
    let mut tasks = JoinSet::new();
    for path in ["/sign-in", "/reset/verify-user", "/reset/verify-user", "/sign-in"] {
        let (address, stop) = (world.ours.address, stop.clone());
        let (cookies, token) = world.form(path).await;
        let is_form = tasks.len() > 1;
        tasks.spawn(async move {
            let mut connection = Connection::open(address).await;
            let mut answers = 0;
            while !stop.load(Ordering::Relaxed) {
                let request = if is_form {
                    let client = 0x00F0_0000 | u32::try_from(answers & 0xFFFF).unwrap();
                    let user = format!("other{answers}@contoso.com");
                    let fields = [("form_token", &*token), ("user_id", &user), ("password", "not this one")];
                    post(path, &cookies, client, &fields)
                } else {
                    get(path, "")
                };
                if answers % 1000 == 999 {
                    connection = Connection::open(address).await;
                }
                let status = connection.exchange(&request).await;
                assert!([200, 303, 422].contains(&status), "{path}: {status}");
                answers += 1;
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            answers
        });
    }
    tasks
}

/// Who is asked about, how often.
struct Turns<'a> {
    world: &'a World,
    each: usize,
    from: usize,
}

impl Turns<'_> {
    /// Milliseconds of each request, kind by kind: one of each, then the next of each, starting with another kind every time.
    async fn take(
        &self,
        kinds: &[(&str, &str)],
        status: u16,
        request: impl Fn(&str) -> Vec<u8>,
    ) -> Vec<Vec<f64>> {
        let mut connection = Connection::open(self.world.ours.address).await;
        let mut times = vec![Vec::with_capacity(self.each); kinds.len()];
        for n in self.from..self.from + self.each {
            // No connection lives for ever.
            if n % 200 == 0 {
                connection = Connection::open(self.world.ours.address).await;
                connection.exchange(&get("/livez", "")).await;
            }
            for place in 0..kinds.len() {
                let kind = (place + n) % kinds.len();
                let request = request(&kinds[kind].1.replace("{}", &n.to_string()));
                let sent = Instant::now();
                assert_eq!(connection.exchange(&request).await, status);
                times[kind].push(sent.elapsed().as_secs_f64() * 1e3);
            }
        }
        times
    }
}

fn report(table: &mut Table, what: &str, kinds: &[(&str, &str)], times: &[Vec<f64>]) {
    let known = median(times[0].iter().copied());
    for ((kind, _), times) in kinds.iter().zip(times).skip(1) {
        let ours = median(times.iter().copied());
        table.row(&Row {
            what: &format!("{what}, p50: {kind}; apart by"),
            bare: None,
            ours: (ours - known).abs(),
            unit: "ms",
            goal: Goal::Most((known * 0.05).max(1.0)),
        });
    }
    Table::note(&format!("{what}, p50 of who is known: {known:.2} ms"));
}

async fn make_people(world: &World, each: usize) {
    let make = |name: &str, company: &str, role: &str, mail: bool, phone: bool, blocked: bool| {
        let mut sql = format!(
            "insert into users (id, company_id, user_id, user_id_normalised, display_name, role, password_hash, password_changed_at,
               blocked_at, blocked_because)
             select gen_random_uuid(), d.company_id, u, u, u, '{role}', j.password_hash, now(),
               case when {blocked} then now() end, case when {blocked} then 'administrator' end
             from generate_series(0, {each}) n, company_domains d, users j, lateral (select '{name}' || n || '@{company}') g(u)
             where d.domain = '{company}' and j.user_id_normalised = 'johnsmith@contoso.com';"
        );
        if mail {
            let _ = write!(
                sql,
                "insert into alternate_emails (user_id, position, address)
                 select id, 0, '{name}@fabrikam.com' from users where user_id ~ '^{name}[0-9]+@{company}';"
            );
        }
        if phone {
            let _ = write!(
                sql,
                "insert into mobile_phones (user_id, number)
                 select id, '+14255550100' from users where user_id ~ '^{name}[0-9]+@{company}';"
            );
        }
        sql
    };
    let administrator = "service_administrator";
    let mut sql = "insert into companies (id, name, self_serve_password_reset_enabled) values (gen_random_uuid(), 'Off', false);
                   insert into company_domains select 'off.example', id from companies where name = 'Off';"
        .to_owned();
    sql += &make("can", "contoso.com", administrator, true, true, false);
    sql += &make("ordinary", "contoso.com", "user", true, true, false);
    sql += &make("mailless", "contoso.com", administrator, false, true, false);
    sql += &make("phoneless", "contoso.com", administrator, true, false, false);
    sql += &make("blocked", "contoso.com", administrator, true, true, true);
    sql += &make("off", "off.example", administrator, true, true, false);
    sql += &make("over", "contoso.com", administrator, true, true, false);
    run(&world.pool, &sql).await;
    for n in 0..each {
        let account = Account::of(&format!("over{n}@contoso.com"));
        sqlx::query(
            "insert into budgets (key, hits, fresh_until)
             values ($1, array_fill(now() - interval '1 hour', array[20]), now() + interval '23 hours')",
        )
        .bind(key::starts_of_account(&account))
        .execute(&world.pool)
        .await
        .unwrap();
    }
    run(&world.pool, "analyze").await;
}

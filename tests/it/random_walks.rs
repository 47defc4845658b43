//! Thousands of walks that nobody planned: two people, three browsers, stolen cookies, swapped secrets, a clock that jumps and a
//! switch that flips. After each request: a password changed only where both proofs of one attempt went before, each with the
//! right secret from the right session (V-01, V-05, V-50).
//!
//! `SSPR_TEST_WALKS` says how many (1,000 without it), `SSPR_TEST_SEED` from which on. A failure prints seed and steps: run
//! `SSPR_TEST_SEED=that SSPR_TEST_WALKS=1`.

use std::collections::{HashMap, HashSet};

use rand::{Rng as _, RngExt as _, SeedableRng as _, rngs::StdRng, seq::IndexedRandom as _};
use sqlx::{PgPool, Row as _};
use sspr::domain::secret::{Purpose, SessionId};
use uuid::Uuid;

use crate::support::{
    app::{Node, World},
    direct::Direct,
    secrets::{self, Derived},
};

const STEPS: usize = 20;
const PEOPLE: [&str; 2] = ["johnsmith@contoso.com", "globaladmin@contoso.com"];
const NOBODY: [&str; 3] = ["nobody@contoso.com", "user@contoso.com", "noemail@contoso.com"];
const RESET: &str = "sspr-reset";

/// Three browsers, and everything that was ever seen by anyone.
struct Walk<'w> {
    world: &'w World,
    random: StdRng,
    browsers: Vec<Direct>,
    /// Form tokens belong to these pairs of cookies.
    stolen: Vec<std::collections::BTreeMap<String, String>>,
    /// The session that each attempt began with.
    began: HashMap<Uuid, String>,
    /// Which secret was posted from which session.
    presented: HashSet<(String, String)>,
    passwords: HashMap<Uuid, Option<String>>,
    told: Vec<String>,
    finished: usize,
}

#[tokio::test] // V-01
async fn no_walk_reaches_a_new_password_without_both_proofs() {
    walks(0).await;
}

/// The other half of the walks, on the other core.
#[tokio::test] // V-01
async fn no_other_walk_does_either() {
    walks(1).await;
}

async fn walks(half: u64) {
    let number = |name| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let walks = number("SSPR_TEST_WALKS").unwrap_or(1_000);
    let first =
        number("SSPR_TEST_SEED").unwrap_or_else(|| u64::from(u32::from_be_bytes(sspr::random::bytes())));
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let mut finished = 0;
    let seeds: Vec<u64> = (first..first + walks).skip(usize::try_from(half).unwrap()).step_by(2).collect();
    for seed in &seeds {
        finished += walk(&world, &node, *seed).await;
    }
    // Walks that get nowhere would prove nothing.
    assert!(
        seeds.len() < 100 || finished * 20 > seeds.len(),
        "only {finished} of {} walks set a password",
        seeds.len()
    );
    println!("{} walks from seed {first}: {finished} passwords set", seeds.len());
}

async fn walk(world: &World, node: &Node, seed: u64) -> usize {
    world.execute("delete from reset_attempts").await;
    world.execute("delete from budgets").await;
    world.execute("delete from audit_events").await;
    world
        .execute(
            "update users set blocked_at = null, blocked_because = null where blocked_because = 'not_me'",
        )
        .await;
    world.execute("update companies set self_serve_password_reset_enabled = true").await;
    let mut walk = Walk {
        world,
        random: StdRng::seed_from_u64(seed),
        browsers: (0..3).map(|_| Direct::new(&node.app)).collect(),
        stolen: Vec::new(),
        began: HashMap::new(),
        presented: HashSet::new(),
        passwords: passwords(&world.pool).await,
        told: vec![format!("seed {seed}")],
        finished: 0,
    };
    for _ in 0..STEPS {
        walk.step().await;
        walk.judge().await;
    }
    walk.finished
}

async fn passwords(pool: &PgPool) -> HashMap<Uuid, Option<String>> {
    sqlx::query_as("select id, password_hash from users").fetch_all(pool).await.unwrap().into_iter().collect()
}

impl Walk<'_> {
    fn chance(&mut self, percent: u32) -> bool {
        self.random.random_range(0..100) < percent
    }

    fn one<T: Clone>(&mut self, of: &[T]) -> Option<T> {
        of.choose(&mut self.random).cloned()
    }

    /// One thing that somebody does, leading on more often than not.
    async fn step(&mut self) {
        match self.random.random_range(0..100) {
            0..6 => self.turn_the_clock().await,
            6..9 => {
                let on = self.chance(60);
                self.tell(format!("switch {on}"));
                sqlx::query("update companies set self_serve_password_reset_enabled = $1")
                    .bind(on)
                    .execute(&self.world.pool)
                    .await
                    .unwrap();
            }
            9..18 => self.swap_cookies(),
            _ => self.request().await,
        }
    }

    fn tell(&mut self, what: String) {
        self.told.push(what);
    }

    async fn turn_the_clock(&mut self) {
        let seconds = self.one(&[61, 61, 61, 299, 599]).unwrap();
        self.tell(format!("{seconds} seconds pass"));
        for sql in [
            "update reset_attempts set started_at = started_at - $1, email_sent_at = email_sent_at - $1, email_expires_at = email_expires_at - $1,
             email_proven_at = email_proven_at - $1, code_sent_at = code_sent_at - $1, code_expires_at = code_expires_at - $1,
             code_proven_at = code_proven_at - $1, password_expires_at = password_expires_at - $1",
            "update reset_tokens set expires_at = expires_at - $1",
        ] {
            let interval = std::time::Duration::from_secs(seconds);
            sqlx::query(sql).bind(interval).execute(&self.world.pool).await.unwrap();
        }
    }

    /// A thief's copy, an old tab, or half of each.
    fn swap_cookies(&mut self) {
        let browser = self.random.random_range(0..self.browsers.len());
        let Some(other) = self.one(&self.stolen.clone()) else { return };
        if self.chance(50) {
            self.tell(format!("browser {browser} gets old cookies"));
            self.browsers[browser].cookies = other;
        } else if let Some(session) = other.get(RESET) {
            self.tell(format!("browser {browser} gets an old reset cookie"));
            self.browsers[browser].cookies.insert(RESET.to_owned(), session.clone());
        }
    }

    #[expect(clippy::too_many_lines, reason = "one table of what can be sent")]
    async fn request(&mut self) {
        let at = self.random.random_range(0..self.browsers.len());
        let known = secrets::all(&self.world.pool).await;
        // Where the attempt stands is the likeliest thing to go on with.
        let page = self.browsers[at].look("GET", "/reset/check-email").await;
        let here = page.location.unwrap_or_else(|| "/reset/check-email".to_owned());
        let natural = match here.as_str() {
            "/reset/check-email" => "/reset/email-link",
            "/reset/security-code" => "/reset/security-code",
            "/reset/new-password" => "/reset/new-password",
            _ => "/reset/verify-user",
        };
        let path = if self.chance(55) {
            natural
        } else {
            self.one(&[
                "/reset",
                "/reset/verify-user",
                "/reset/check-email/resend",
                "/reset/email-link",
                "/reset/security-code",
                "/reset/security-code/resend",
                "/reset/new-password",
                "/not-me",
                "/contact-administrator",
                "GET",
            ])
            .unwrap()
        };
        let session = self.browsers[at].cookies.get(RESET).cloned().unwrap_or_default();
        let secret =
            |purpose| known.iter().filter(move |token| token.purpose == purpose).cloned().collect::<Vec<_>>();
        let (path, fields): (String, Vec<(&str, String)>) = match path {
            "GET" => {
                let link = self.pick(&secret(Purpose::EmailLink));
                let address = self
                    .one(&[
                        format!("/reset/email-link/{link}"),
                        format!("/not-me/{link}"),
                        "/reset/done".to_owned(),
                        "/reset/ended".to_owned(),
                    ])
                    .unwrap();
                self.tell(format!("{at} GET {address}"));
                self.browsers[at].look("GET", &address).await;
                return;
            }
            "/not-me" => {
                let mut links = secret(Purpose::EmailLink);
                links.extend(secret(Purpose::NotMe));
                (format!("/not-me/{}", self.pick(&links)), Vec::new())
            }
            "/reset" => (path.to_owned(), vec![("option", "forgot_password".to_owned())]),
            "/reset/verify-user" | "/contact-administrator" => {
                let names = if self.chance(80) { PEOPLE.to_vec() } else { NOBODY.to_vec() };
                (path.to_owned(), vec![("user_id", self.one(&names).unwrap().to_owned())])
            }
            "/reset/email-link" => {
                let token = self.pick(&secret(Purpose::EmailLink));
                self.presented.insert((session.clone(), token.clone()));
                (path.to_owned(), vec![("token", token)])
            }
            "/reset/security-code" => {
                let code = if self.chance(80) {
                    self.pick(&secret(Purpose::SecurityCode))
                } else {
                    "00000000".to_owned()
                };
                self.presented.insert((session.clone(), code.clone()));
                (path.to_owned(), vec![("code", code)])
            }
            "/reset/new-password" => {
                let password = format!("walk {:x} through the meadow", self.random.next_u64());
                // What a form may not decide (V-03, V-05).
                let other = self.one(&PEOPLE).unwrap().to_owned();
                (
                    path.to_owned(),
                    vec![
                        ("new_password", password.clone()),
                        ("confirm_password", password),
                        ("user_id", other),
                    ],
                )
            }
            _ => (path.to_owned(), Vec::new()),
        };
        self.tell(format!("{at} POST {path} {fields:?} as {session}"));
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = self.browsers[at].submit(&path, &fields).await;
        self.tell(format!("  {} {:?}", answer.status, answer.location));
        assert!(!answer.status.is_server_error(), "{:#?}", self.told);
        let cookies = self.browsers[at].cookies.clone();
        if path == "/reset/verify-user" && answer.status == 303 {
            let session = SessionId::parse(&cookies[RESET]).unwrap();
            let attempt = sqlx::query_scalar("select id from reset_attempts where session_hash = $1")
                .bind(session.hash().as_slice())
                .fetch_one(&self.world.pool)
                .await
                .unwrap();
            self.began.insert(attempt, session.expose().to_owned());
        }
        self.stolen.push(cookies);
    }

    /// A secret of any attempt, the newest more often.
    fn pick(&mut self, of: &[Derived]) -> String {
        let newest = self.chance(60);
        let chosen = if newest { of.last().cloned() } else { self.one(of) };
        chosen.map_or_else(|| "none".to_owned(), |secret| secret.text)
    }

    /// What must hold after every step.
    async fn judge(&mut self) {
        let pool = &self.world.pool;
        let proven_decoys: i64 = sqlx::query_scalar(
            "select count(*) from reset_attempts where user_id is null and (email_proven_at is not null or code_sends > 0)",
        )
        .fetch_one(pool)
        .await
        .unwrap();
        assert_eq!(proven_decoys, 0, "a decoy has a proof: {:#?}", self.told);
        let now = passwords(pool).await;
        for (user, password) in &now {
            if self.passwords[user] != *password {
                self.finished += 1;
                self.explain(*user).await;
            }
        }
        self.passwords = now;
    }

    /// One attempt of this user was finished by the statement that set the password; its whole past is right.
    async fn explain(&self, user: Uuid) {
        let told = || format!("{:#?}", self.told);
        let attempts = sqlx::query(
            "select a.id, a.session_hash, a.email_proven_at is not null and a.code_proven_at is not null as proven
             from reset_attempts a join users u on u.id = a.user_id and u.password_changed_at = a.finished_at
             where u.id = $1 and a.ended_at is null",
        )
        .bind(user)
        .fetch_all(&self.world.pool)
        .await
        .unwrap();
        assert_eq!(attempts.len(), 1, "not one attempt that set the password: {}", told());
        let attempt: Uuid = attempts[0].get("id");
        assert!(attempts[0].get::<bool, _>("proven"), "without both proofs: {}", told());
        let spent = |all: &[Derived], purpose| -> Derived {
            let mut spent = all
                .iter()
                .filter(|token| token.attempt == Some(attempt) && token.purpose == purpose && token.consumed);
            let one = spent.next().unwrap_or_else(|| panic!("{purpose:?} not consumed: {}", told())).clone();
            assert!(spent.next().is_none(), "two of {purpose:?} consumed: {}", told());
            one
        };
        let all = secrets::all(&self.world.pool).await;
        let (link, code) = (spent(&all, Purpose::EmailLink), spent(&all, Purpose::SecurityCode));
        let key = secrets::key();
        let first = self.began.get(&attempt).unwrap_or_else(|| panic!("never begun: {}", told()));
        let second = SessionId::parse(first).unwrap().successor(&key, &link.nonce);
        let third = second.successor(&key, &code.nonce);
        assert!(
            self.presented.contains(&(first.clone(), link.text)),
            "nobody showed the link there: {}",
            told()
        );
        let typed = self.presented.contains(&(second.expose().to_owned(), code.text));
        assert!(typed, "nobody typed the code there: {}", told());
        let held: Vec<u8> = attempts[0].get("session_hash");
        assert_eq!(held, third.hash(), "another session holds it: {}", told());
    }
}

//! The machine under test: a durable Postgres, a database for the bare programs and one for ours, many people, and attempts
//! that stand at the step that is to be measured.

use std::{
    net::SocketAddr,
    path::PathBuf,
    process::Stdio,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sqlx::{AssertSqlSafe, PgPool, postgres::PgPoolOptions};
use sspr::{
    demo::cluster::{Cluster, ClusterSettings, SUPERUSER},
    domain::secret::{Key, Purpose, SessionId},
    random, store,
};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};
use uuid::Uuid;

use super::{
    bare,
    client::{Connection, Stretch, get},
};

/// Administrators who can reset, `able1@contoso.com` and so on.
pub const PEOPLE: i32 = 20_000;
/// Reached by any key of at least 32 bytes.
const KEY: [u8; 32] = *b"a key for measuring, and only it";

/// All of it. Dropping it ends every process and removes the files.
pub struct World {
    /// The bare program.
    pub bare: Server,
    /// Ours.
    pub ours: Server,
    /// Our database, past the service.
    pub pool: PgPool,
    /// The key of our service.
    pub key: Key,
    /// The folder of everything.
    pub folder: PathBuf,
    users: Vec<Uuid>,
    next: AtomicU32,
    cluster: Option<Cluster>,
}

/// A process that answers.
pub struct Server {
    /// Where.
    pub address: SocketAddr,
    /// The process; killed when dropped.
    pub child: Child,
}

impl Server {
    /// Starts a program and waits for the line on its standard output that says `ready URL`.
    pub async fn start(command: &mut Command) -> Self {
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = loop {
            let line = lines.next_line().await.unwrap().expect("it ended before it was ready");
            if let Some(url) = line.strip_prefix("ready http://") {
                break url.parse().unwrap();
            }
        };
        Self { address, child }
    }

    /// Memory in use, in MiB.
    pub fn memory(&self) -> f64 {
        memory(self.child.id().unwrap())
    }
}

/// Memory in use by a process, in MiB (`VmRSS`).
pub fn memory(process: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
}

/// An attempt in a browser's hands, with the token of the form on its page.
pub struct Prepared {
    /// The cookies of the browser.
    pub cookies: String,
    /// The hidden field.
    pub form_token: String,
    /// The token of the e-mail link; empty at later steps.
    pub link: String,
}

/// Where prepared attempts stand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// The e-mail was sent.
    CheckEmail,
    /// The SMS was sent.
    SecurityCode,
    /// Both were proven.
    NewPassword,
}

impl World {
    /// Starts everything.
    pub async fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("sspr-bench-{}", random::id()));
        let settings = ClusterSettings { data_dir: folder.join("cluster"), durable: true, binaries: None };
        let cluster = Cluster::start(&settings).unwrap_or_else(|error| panic!("{error}"));
        let admin = PgPool::connect(&cluster.url("postgres", SUPERUSER)).await.unwrap();
        for name in ["bare", "ours", "real"] {
            run(&admin, &format!("create database {name}")).await;
        }
        admin.close().await;

        let bare_url = cluster.url("bare", SUPERUSER);
        let tables = PgPool::connect(&bare_url).await.unwrap();
        sqlx::raw_sql(bare::TABLES).execute(&tables).await.unwrap();
        run(&tables, "vacuum analyze").await;
        tables.close().await;
        let mut program = Command::new(std::env::current_exe().unwrap());
        let bare = Server::start(program.arg("bare").arg(&bare_url)).await;

        std::fs::write(folder.join("key"), STANDARD.encode(KEY)).unwrap();
        store::migrate::migrate(&cluster.url("real", SUPERUSER), None).await.unwrap();
        let ours = Server::start(&mut demo(&folder, &cluster)).await;
        let pool =
            PgPoolOptions::new().max_connections(4).connect(&cluster.url("ours", SUPERUSER)).await.unwrap();
        let users = make_people(&pool).await;
        let key = Key::new(KEY.to_vec()).unwrap();
        Self { bare, ours, pool, key, folder, users, next: AtomicU32::new(1), cluster: Some(cluster) }
    }

    /// Another process of ours on the same database.
    pub async fn another(&self) -> Server {
        Server::start(&mut demo(&self.folder, self.cluster())).await
    }

    /// A process of ours on a database of its own, with the demo's few people: where what is asked is the point, and not how much there is.
    pub async fn small(&self) -> Server {
        run(&self.pool, "create database small").await;
        Server::start(demo(&self.folder, self.cluster()).env("SSPR_DATABASE__URL", self.url("small"))).await
    }

    /// Where a database is reached.
    pub fn url(&self, database: &str) -> String {
        self.cluster().url(database, SUPERUSER)
    }

    fn cluster(&self) -> &Cluster {
        self.cluster.as_ref().unwrap()
    }

    /// A number that was not given out before: a client's address, a user.
    pub fn number(&self) -> u32 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// A user ID that can reset; each comes again after [`PEOPLE`] others.
    pub fn able(&self) -> String {
        format!("able{}@contoso.com", self.number() % PEOPLE.unsigned_abs() + 1)
    }

    /// Measures, and adds the processor time that a server and the database took for it: unlike the rate, it hardly depends on what
    /// else the machine does. What the workers do with the outbox afterwards is in it.
    pub async fn with_work(&self, server: &Server, measured: impl Future<Output = Stretch>) -> Stretch {
        let before = self.work(server);
        let stretch = measured.await;
        Stretch { work: (self.work(server) - before) * 1e6 / stretch.count as f64, ..stretch }
    }

    /// Seconds of processor time so far, of a server and of the database's processes.
    fn work(&self, server: &Server) -> f64 {
        let stat = |process: u32| -> Option<(u32, f64)> {
            let text = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
            let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
            // Ticks of a hundredth of a second, as on every Linux: user and system.
            let ticks = fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?;
            Some((fields.get(1)?.parse().ok()?, ticks / 100.0))
        };
        let data =
            self.cluster().data_elsewhere().map_or(self.folder.join("cluster/postgres"), PathBuf::from);
        let file = std::fs::read_to_string(data.join("postmaster.pid")).unwrap();
        let database: u32 = file.lines().next().unwrap().trim().parse().unwrap();
        let mut seconds = stat(server.child.id().unwrap()).map_or(0.0, |(_, seconds)| seconds);
        for process in std::fs::read_dir("/proc").unwrap().flatten() {
            let number = process.file_name().to_str().and_then(|name| name.parse().ok());
            if let Some((parent, work)) = number.and_then(stat)
                && parent == database
            {
                seconds += work;
            }
        }
        seconds
    }

    /// Waits until nothing is queued, so that one stretch's messages are not sent in the next.
    pub async fn settle(&self) {
        while self.count("select count(*) from outbox where state = 'queued'").await > 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// One number out of our database.
    pub async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(&self.pool).await.unwrap()
    }

    /// Attempts at a step, each of another person in another browser, with the form of their page opened.
    pub async fn attempts(&self, at: At, count: usize) -> Vec<Prepared> {
        let visitor = SessionId::from_bytes(&random::bytes());
        let sessions: Vec<SessionId> = (0..count).map(|_| SessionId::from_bytes(&random::bytes())).collect();
        let ids: Vec<Uuid> = (0..count).map(|_| random::id()).collect();
        let tokens: Vec<Uuid> = (0..count).map(|_| random::id()).collect();
        let nonces: Vec<Vec<u8>> = (0..count).map(|_| random::bytes::<32>().to_vec()).collect();
        let hashes: Vec<Vec<u8>> = sessions.iter().map(|session| session.hash().to_vec()).collect();
        let users: Vec<Uuid> =
            (0..count).map(|_| self.users[self.number() as usize % self.users.len()]).collect();
        sqlx::query(
            "with attempt as (
               insert into reset_attempts (id, session_hash, typed_user_id, company_id, user_id, browser, email_expires_at,
                 email_proven_at, code_sends, code_sent_at, code_expires_at, code_proven_at, password_expires_at)
               select g.id, g.hash, u.user_id, u.company_id, u.id, 'Firefox on Windows', now() + interval '10 minutes',
                 case when $6 then now() end, case when $6 then 1 else 0 end, case when $6 then now() end,
                 case when $6 then now() + interval '10 minutes' end,
                 case when $7 then now() end, case when $7 then now() + interval '10 minutes' end
               from unnest($1::uuid[], $2::bytea[], $3::uuid[]) g(id, hash, person) join users u on u.id = g.person)
             insert into reset_tokens (id, purpose, attempt_id, nonce, key_id, expires_at)
             select g.id, case when $6 then 'security_code' else 'email_link' end, g.attempt, g.nonce, $8, now() + interval '10 minutes'
             from unnest($4::uuid[], $1::uuid[], $5::bytea[]) g(id, attempt, nonce)",
        )
        .bind(&ids)
        .bind(&hashes)
        .bind(&users)
        .bind(&tokens)
        .bind(&nonces)
        .bind(at != At::CheckEmail)
        .bind(at == At::NewPassword)
        .bind(self.key.id())
        .execute(&self.pool)
        .await
        .unwrap();
        let mut connection = Connection::open(self.ours.address).await;
        let mut prepared = Vec::with_capacity(count);
        for ((session, token), nonce) in sessions.iter().zip(&tokens).zip(&nonces) {
            let cookies = format!("sspr-visitor={}; sspr-reset={}", visitor.expose(), session.expose());
            let page = connection.ask(&get("/reset", &cookies)).await;
            prepared.push(Prepared {
                form_token: page.hidden("form_token").unwrap().to_owned(),
                cookies,
                link: self.key.link_token(Purpose::EmailLink, *token, nonce).expose().to_owned(),
            });
        }
        prepared
    }

    /// A visitor's cookie and the form token of a page without a session.
    pub async fn form(&self, page: &str) -> (String, String) {
        let mut connection = Connection::open(self.ours.address).await;
        let answer = connection.ask(&get(page, "")).await;
        let cookies = format!("sspr-visitor={}", answer.cookie("sspr-visitor").unwrap());
        (cookies, answer.hidden("form_token").unwrap().to_owned())
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let cluster = self.cluster.take();
        let elsewhere = cluster.as_ref().and_then(|cluster| cluster.data_elsewhere().map(PathBuf::from));
        drop(cluster);
        for folder in elsewhere.iter().chain([&self.folder]) {
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

/// `sspr demo` on our database: the real program, with what a proxy in front and scripts need. Its log goes to a file.
fn demo(folder: &std::path::Path, cluster: &Cluster) -> Command {
    let log = std::fs::File::options().create(true).append(true).open(folder.join("log")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_sspr"));
    command
        .args(["demo", "--listen", "127.0.0.1:0", "--data-dir"])
        .arg(folder)
        .env("SSPR_DATABASE__URL", cluster.url("ours", SUPERUSER))
        .env("SSPR_KEYS__CURRENT_FILE", folder.join("key"))
        .env("SSPR_SERVER__TRUSTED_PROXIES", "127.0.0.1/32")
        .env("SSPR_CAPTCHA__KIND", "none")
        // Thousands ask for help here, and each is to be one who is heard.
        .env("SSPR_BUDGETS__CONTACT_REQUESTS_PER_COMPANY_PER_DAY", "10000")
        .stderr(log);
    command
}

/// A statement without values, made of our own words.
pub async fn run(pool: &PgPool, sql: &str) {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(pool).await.unwrap();
}

async fn make_people(pool: &PgPool) -> Vec<Uuid> {
    let sql = format!(
        "insert into users (id, company_id, user_id, user_id_normalised, display_name, role, password_hash, password_changed_at)
         select gen_random_uuid(), company_id, 'able' || n || '@contoso.com', 'able' || n || '@contoso.com', 'Able ' || n, role,
                password_hash, now()
         from users, generate_series(1, {PEOPLE}) n where user_id_normalised = 'johnsmith@contoso.com';
         insert into alternate_emails (user_id, position, address)
         select id, 0, replace(user_id, '@contoso.com', '@fabrikam.com') from users where user_id like 'able%';
         insert into mobile_phones (user_id, number)
         select id, '+1425' || lpad(substr(split_part(user_id, '@', 1), 5), 7, '0') from users where user_id like 'able%'"
    );
    run(pool, &sql).await;
    run(pool, "vacuum analyze").await;
    sqlx::query_scalar("select id from users where user_id like 'able%'").fetch_all(pool).await.unwrap()
}

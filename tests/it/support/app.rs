//! The service under test: real Postgres, memory senders, its own port on loopback, any number of nodes.

mod watched;

use std::net::SocketAddr;

use secrecy::SecretString;
use sqlx::{PgPool, postgres::PgPoolOptions};
use sspr::{
    app::App,
    config::{Config, KeyMaterial, Mode, Sources},
    demo::people,
    outbox::{Senders, requests, worker},
    senders::{
        Memory,
        mail::{Mail, MailSender},
        route::{Leg, Route},
        sms::{Sms, SmsSender},
    },
    server, store,
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use self::watched::Ear;
use super::database::{self, TestDatabase};

/// The key of every test: what it derives can be derived again.
pub const KEY: [u8; 32] = *b"a key for tests, and only for it";

/// The budgets of mails as they are shipped (held by `limits::documented`), for a world that is not to have wide ones.
pub const MAILS_AS_SHIPPED: [(&str, &str); 4] = [
    ("SSPR_BUDGETS__MAILS_PER_ADDRESS_AND_NETWORK_PER_HOUR", "4"),
    ("SSPR_BUDGETS__MAILS_PER_ADDRESS_AND_NETWORK_PER_DAY", "5"),
    ("SSPR_BUDGETS__MAILS_PER_ADDRESS_PER_HOUR", "8"),
    ("SSPR_BUDGETS__MAILS_PER_ADDRESS_PER_DAY", "15"),
];

/// A database with the demo's people, and what leaves for them.
pub struct World {
    /// The database.
    pub database: TestDatabase,
    /// A look into it, past the service.
    pub pool: PgPool,
    /// What was mailed.
    pub mail: Memory<Mail>,
    /// What was texted.
    pub sms: Memory<Sms>,
    /// What was texted by a second provider, in a world that has one.
    pub second_sms: Option<Memory<Sms>>,
    settings: Vec<(String, String)>,
}

/// One node that serves.
pub struct Node {
    /// What it is made of.
    pub app: App,
    /// `http://127.0.0.1:PORT`.
    pub url: String,
    stop: CancellationToken,
}

impl Drop for Node {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl World {
    /// Contoso and Fabrikam, no CAPTCHA, budgets wide enough for one busy test from one address.
    pub async fn new() -> Self {
        Self::with(&[]).await
    }

    /// The same with settings such as `("SSPR_CAPTCHA__KIND", "characters")`.
    pub async fn with(settings: &[(&str, &str)]) -> Self {
        let database = database::copy_of("template_people", async |url: String| {
            store::migrate::migrate(&url, None).await.unwrap();
            let config = config(&url, &[], "127.0.0.1:1");
            let app = App::build(&config, true, None).unwrap();
            people::make(&url, app.keys.current(), &app.hashing).await.unwrap();
            app.pool.close().await;
        })
        .await;
        Self::on(database, settings).await
    }

    /// The same on a database that is there.
    pub async fn on(database: TestDatabase, settings: &[(&str, &str)]) -> Self {
        let pool = PgPoolOptions::new().max_connections(4).connect(&database.url()).await.unwrap();
        let wide = [
            ("SSPR_BUDGETS__STARTS_PER_NETWORK_PER_HOUR", "100000"),
            ("SSPR_BUDGETS__SIGN_IN_FAILURES_PER_NETWORK_PER_HOUR", "100000"),
            ("SSPR_BUDGETS__WRONG_LINKS_PER_NETWORK_PER_HOUR", "100000"),
            ("SSPR_BUDGETS__MAILS_PER_ADDRESS_AND_NETWORK_PER_HOUR", "1000"),
            ("SSPR_BUDGETS__MAILS_PER_ADDRESS_AND_NETWORK_PER_DAY", "1000"),
            ("SSPR_BUDGETS__MAILS_PER_ADDRESS_PER_HOUR", "1000"),
            ("SSPR_BUDGETS__MAILS_PER_ADDRESS_PER_DAY", "1000"),
            ("SSPR_BUDGETS__SMS_PER_ACCOUNT_PER_DAY", "1000"),
            ("SSPR_BUDGETS__SMS_PER_COUNTRY_PER_HOUR", "1000000"),
            ("SSPR_BUDGETS__SMS_PER_HOUR", "1000000"),
            // All are one network here.
            ("SSPR_SERVER__CONNECTIONS", "20000"),
            ("SSPR_SERVER__CONNECTIONS_PER_NETWORK", "20000"),
            ("SSPR_CAPTCHA__KIND", "none"),
            ("SSPR_OUTBOX__POLL_SECONDS", "1"),
        ];
        let mut all: Vec<(String, String)> = Vec::new();
        for (name, value) in wide.iter().chain(settings) {
            all.retain(|(known, _)| known != name);
            all.push(((*name).to_owned(), (*value).to_owned()));
        }
        Self {
            database,
            pool,
            mail: Memory::default(),
            sms: Memory::default(),
            second_sms: None,
            settings: all,
        }
    }

    /// Starts a node with its outbox workers.
    pub async fn node(&self) -> Node {
        self.node_at(&self.database.url(), true).await
    }

    /// Starts a node that sends nothing: what is queued stays queued.
    pub async fn node_without_workers(&self) -> Node {
        self.node_at(&self.database.url(), false).await
    }

    /// An app of this world that is not served: for workers with senders of their own.
    pub fn app(&self, database_url: &str, senders: Senders) -> App {
        App::build(&self.config(database_url, "127.0.0.1:1"), true, Some(senders)).unwrap()
    }

    fn config(&self, database_url: &str, listen: &str) -> Config {
        let settings: Vec<(&str, &str)> =
            self.settings.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        config(database_url, &settings, listen)
    }

    /// Starts a node on this database address (a proxy's, say).
    pub async fn node_at(&self, database_url: &str, workers: bool) -> Node {
        self.node_with_key(database_url, workers, KEY).await
    }

    /// Starts a node that has another key.
    pub async fn node_with_key(&self, database_url: &str, workers: bool, key: [u8; 32]) -> Node {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = self.app_at(database_url, address, key);
        let stop = CancellationToken::new();
        if workers {
            tokio::spawn(server::serve(app.clone(), listener, stop.clone()));
        } else {
            let (app, stop) = (app.clone(), stop.clone());
            tokio::spawn(async move { server::answer(&app, listener, stop).await });
        }
        Node { app, url: format!("http://{address}"), stop }
    }

    /// Starts a node without workers, with these keys: the current one and those beside it.
    pub async fn node_with_keys(&self, current: [u8; 32], beside: &[[u8; 32]]) -> Node {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut config = self.config(&self.database.url(), &address.to_string());
        config.keys.current = KeyMaterial::new(current.to_vec());
        config.keys.previous = beside.iter().map(|key| KeyMaterial::new(key.to_vec()).unwrap()).collect();
        let senders = Senders {
            mail: Some(Route::to("mail", MailSender::Memory(self.mail.clone()))),
            sms: Some(Route::to("sms", SmsSender::Memory(self.sms.clone()))),
        };
        let app = App::build(&config, true, Some(senders)).unwrap();
        let stop = CancellationToken::new();
        let router = server::router(&app).into_make_service_with_connect_info::<SocketAddr>();
        let stopped = stop.clone();
        tokio::spawn(async move {
            axum::serve(listener, router)
                .with_graceful_shutdown(async move { stopped.cancelled().await })
                .await
        });
        Node { app, url: format!("http://{address}"), stop }
    }

    /// Starts a node without workers, whose SMS leave by these providers.
    pub async fn node_by(&self, sms: Route<SmsSender>) -> Node {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let config = self.config(&self.database.url(), &address.to_string());
        let mail = Some(Route::to("mail", MailSender::Memory(self.mail.clone())));
        let app = App::build(&config, true, Some(Senders { mail, sms: Some(sms) })).unwrap();
        let stop = CancellationToken::new();
        let (answering, stopped) = (app.clone(), stop.clone());
        tokio::spawn(async move { server::answer(&answering, listener, stopped).await });
        Node { app, url: format!("http://{address}"), stop }
    }

    /// What a node at this address is made of.
    pub fn app_at(&self, database_url: &str, address: SocketAddr, key: [u8; 32]) -> App {
        let mut config = self.config(database_url, &address.to_string());
        config.keys.current = KeyMaterial::new(key.to_vec());
        let leg = |name, memory: &Memory<Sms>| Leg::new(name, SmsSender::Memory(memory.clone()));
        let sms = [leg("sms", &self.sms)]
            .into_iter()
            .chain(self.second_sms.iter().map(|second| leg("sms_2", second)));
        let senders = Senders {
            mail: Some(Route::to("mail", MailSender::Memory(self.mail.clone()))),
            sms: Some(Route::new(sms.collect())),
        };
        App::build(&config, true, Some(senders)).unwrap()
    }

    /// The newest mail to an address, once it is there; waits ten seconds at most.
    pub async fn mail_to(&self, address: &str) -> Mail {
        self.wait("a mail", || self.mail.sent().into_iter().rev().find(|mail| mail.to == address)).await
    }

    /// The newest SMS to a number.
    pub async fn sms_to(&self, number: &str) -> Sms {
        self.wait("an SMS", || self.sms.sent().into_iter().rev().find(|sms| sms.to == number)).await
    }

    /// Waits until `found` gives something; ten seconds at most.
    pub async fn wait<T>(&self, what: &str, found: impl Fn() -> Option<T>) -> T {
        for _ in 0..1000 {
            if let Some(found) = found() {
                return found;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("{what} did not come");
    }

    /// The first password of one of the demo's people.
    #[expect(clippy::unused_self, reason = "asked of the world that the person lives in")]
    pub fn first_password(&self, user_id: &str) -> String {
        let key = sspr::domain::secret::Key::new(KEY.to_vec()).unwrap();
        people::first_password(&key, user_id)
    }

    /// One number out of the database.
    pub async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(&self.pool).await.unwrap()
    }

    /// One statement, past the service: to turn the clock, or to be the other administrator.
    pub async fn execute(&self, sql: &'static str) {
        sqlx::query(sql).execute(&self.pool).await.unwrap();
    }
}

impl Node {
    /// Sends what is due now; for nodes without workers.
    pub async fn drain(&self) {
        worker::drain(&self.app.outbox, sspr::random::id(), &CancellationToken::new()).await.unwrap();
    }

    /// Decides whom every request to administrators goes to, also those that a worker decides at this moment.
    pub async fn decide(&self) {
        for _ in 0..1000 {
            requests::decide_all(&self.app.outbox, &CancellationToken::new()).await.unwrap();
            let left: i64 = sqlx::query_scalar("select count(*) from contact_intake")
                .fetch_one(&self.app.pool)
                .await
                .unwrap();
            if left == 0 {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("requests stayed undecided");
    }

    /// Stops it as SIGTERM does.
    pub fn stop(&self) {
        self.stop.cancel();
    }
}

fn config(database_url: &str, settings: &[(&str, &str)], listen: &str) -> Config {
    let environment = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let sources = Sources::new(Mode::Demo, environment).listen(Some(listen.to_owned()));
    let mut config = Config::load(sources).unwrap_or_else(|problems| panic!("{problems:?}"));
    config.database.url = Some(SecretString::from(database_url.to_owned()));
    config.keys.current = KeyMaterial::new(KEY.to_vec());
    config
}

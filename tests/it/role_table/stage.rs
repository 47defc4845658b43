//! A company's people, one made for each case, with everything that can hang on a person.

use sspr::{
    admin::passwords::Rules,
    admin::{Administrator, GlobalAdministrator, Operator},
    domain::{limits::Network, user::Role},
    store::{
        Pool,
        users::{self, SignedIn},
    },
};
use uuid::Uuid;

use crate::support::app::{Node, World};

/// The one who acts in most tests.
pub const ACTOR: &str = "actor@contoso.com";
/// The one whom it is about.
pub const TARGET: &str = "target@contoso.com";

/// A world with a node that sends nothing.
pub struct Stage {
    pub world: World,
    pub node: Node,
}

impl Stage {
    /// With the demo's people: so a global administrator of Contoso can sign in, whatever becomes of the ones that tests make.
    pub async fn new() -> Self {
        let world = World::new().await;
        let node = world.node_without_workers().await;
        Self { world, node }
    }

    /// Makes a person anew: with a password, contact data, a session, and an open request for help. The row.
    pub async fn person(&self, user_id: &str, role: Role) -> Uuid {
        let id = sspr::random::id();
        let local = user_id.split('@').next().unwrap();
        let number = format!("+1425555{:04}", sspr::random::bytes::<2>()[0]);
        let session: [u8; 32] = sspr::random::bytes();
        let mut tx = sspr::store::begin(&self.world.pool).await.unwrap();
        sqlx::query("delete from users where user_id_normalised = $1")
            .bind(user_id)
            .execute(&mut *tx)
            .await
            .unwrap();
        sqlx::query(
            "insert into users (id, company_id, user_id, user_id_normalised, display_name, role, password_hash, password_changed_at)
             select $1, d.company_id, $2, $2, initcap($3), $4, u.password_hash, u.password_changed_at
             from company_domains d, users u where d.domain = split_part($2, '@', 2) and u.user_id_normalised = 'user@contoso.com'",
        )
        .bind(id)
        .bind(user_id)
        .bind(local)
        .bind(role.as_str())
        .execute(&mut *tx)
        .await
        .unwrap();
        sqlx::query("insert into alternate_emails (user_id, position, address) values ($1, 0, $2)")
            .bind(id)
            .bind(format!("{local}@home.example"))
            .execute(&mut *tx)
            .await
            .unwrap();
        sqlx::query("insert into mobile_phones (user_id, number) values ($1, $2)")
            .bind(id)
            .bind(number)
            .execute(&mut *tx)
            .await
            .unwrap();
        sqlx::query(
            "insert into sessions (id_hash, user_id, data, expires_at) values ($1, $2, '{}', now() + interval '1 hour')",
        )
        .bind(&session[..])
        .bind(id)
        .execute(&mut *tx)
        .await
        .unwrap();
        tx.commit().await.unwrap();
        self.request(id, "open").await;
        id
    }

    /// A request for help of a person, in this state, in the place of any other.
    pub async fn request(&self, user: Uuid, state: &str) -> Uuid {
        let id = sspr::random::id();
        sqlx::query(
            "with former as (delete from contact_requests where user_id = $2)
             insert into contact_requests (id, company_id, user_id, browser, state, closed_at, closed_by)
             select $1, u.company_id, u.id, 'Firefox on Linux', $3, case when $3 <> 'open' then now() end,
                    case when $3 <> 'open' then 'someone@contoso.com' end
             from users u where u.id = $2",
        )
        .bind(id)
        .bind(user)
        .bind(state)
        .execute(&self.world.pool)
        .await
        .unwrap();
        id
    }

    /// Past the service.
    pub async fn set_role(&self, user: Uuid, role: Role) {
        sqlx::query("update users set role = $2 where id = $1")
            .bind(user)
            .bind(role.as_str())
            .execute(&self.world.pool)
            .await
            .unwrap();
    }

    /// Past the service.
    pub async fn set_blocked(&self, user: Uuid) {
        sqlx::query("update users set blocked_at = now(), blocked_because = 'administrator' where id = $1")
            .bind(user)
            .execute(&self.world.pool)
            .await
            .unwrap();
    }

    async fn signed_in(&self, user: Uuid) -> SignedIn {
        users::by_id(&self.world.pool, user).await.unwrap().unwrap()
    }

    /// The witness of a person, made as the portal's door makes it.
    pub async fn witness(&self, user: Uuid) -> Option<Administrator> {
        let network = Network::of("192.0.2.7".parse().unwrap());
        Administrator::signed_in(&self.signed_in(user).await, &network)
    }

    /// The same of a global administrator.
    pub async fn global(&self, user: Uuid) -> GlobalAdministrator {
        self.witness(user).await.unwrap().global().unwrap()
    }

    /// The service's own connections.
    pub fn pool(&self) -> &Pool {
        &self.node.app.pool
    }

    /// Waits until so many statements of the service wait for somebody's lock.
    pub async fn waiting(&self, statements: i64) {
        self.until(
            "select count(*) from pg_stat_activity
             where datname = current_database() and application_name = 'sspr' and wait_event_type = 'Lock'",
            statements,
        )
        .await;
    }

    /// Waits until a statement of the service waits for a row.
    pub async fn waiting_for_a_row(&self) {
        self.until(
            "select count(*) from pg_stat_activity
             where datname = current_database() and application_name = 'sspr' and wait_event in ('transactionid', 'tuple')",
            1,
        )
        .await;
    }

    async fn until(&self, sql: &'static str, least: i64) {
        for _ in 0..1000 {
            if self.world.count(sql).await >= least {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        panic!("nobody waits");
    }

    /// Someone at a shell.
    pub fn operator() -> Operator {
        Operator::at_the_shell("ann")
    }

    /// What a made password is checked against.
    pub fn rules(&self) -> Rules<'_> {
        let app = &self.node.app;
        Rules {
            hashing: &app.hashing,
            policy: app.policy,
            common: app.common.clone(),
            not_me: Some(app.keys.current()),
        }
    }

    /// The company's row.
    pub async fn company(&self, domain: &str) -> Uuid {
        sqlx::query_scalar("select company_id from company_domains where domain = $1")
            .bind(domain)
            .fetch_one(&self.world.pool)
            .await
            .unwrap()
    }

    /// The role that stands in the database.
    pub async fn role(&self, user: Uuid) -> Option<Role> {
        let role: Option<String> = sqlx::query_scalar("select role from users where id = $1")
            .bind(user)
            .fetch_optional(&self.world.pool)
            .await
            .unwrap();
        role.map(|role| role.parse().unwrap())
    }

    /// Global administrators of Contoso who can sign in.
    pub async fn able(&self) -> i64 {
        self.world
            .count(
                "select count(*) from users u join company_domains d on d.company_id = u.company_id and d.domain = 'contoso.com'
                 where role = 'global_administrator' and blocked_at is null and password_hash is not null",
            )
            .await
    }
}

//! Limits and lockouts: at the limit, one before it and one behind it; on two nodes, after a restart; the same for people and for nobody;
//! seen and lifted by administrators. What the wizard has by itself is in `wizard_limits`.

mod desk;
mod documented;
mod in_a_row;
mod inventory;
mod mails;
mod places;

use sspr::{
    app,
    config::{Config, Mode, Sources},
    domain::limits::{Account, Budgets, Network},
};

use crate::support::{
    app::{Node, World},
    client::{Answer, Client},
    walk::Walk,
};

const BEHIND_A_PROXY: (&str, &str) = ("SSPR_SERVER__TRUSTED_PROXIES", "127.0.0.1/32");

/// What is allowed where nobody configured anything.
pub fn budgets() -> Budgets {
    let config = Config::load(Sources::new(Mode::Shell, Vec::new())).unwrap();
    app::budgets(&config.budgets)
}

fn network(n: u32) -> Network {
    Network::parse(&std::net::Ipv4Addr::from(0xc633_6400 + n).to_string()).unwrap()
}

/// A browser in another network, for a world behind a proxy.
fn from(node: &Node, address: &str) -> Client {
    let client = Client::new(&node.url);
    client.header("x-forwarded-for", address);
    client
}

fn walk_from<'w>(world: &'w World, node: &Node, address: &str) -> Walk<'w> {
    Walk { world, client: from(node, address) }
}

async fn sign_in(client: &Client, user_id: &str, password: &str) -> Answer {
    client.submit("/sign-in", "/sign-in", &[("user_id", user_id), ("password", password)]).await
}

/// So many wrong ones in a row, from everywhere.
async fn in_a_row(world: &World, user_id: &str, kind: &str, failures: i32) {
    sqlx::query(
        "insert into failures_in_a_row (account, kind, failures) values ($1, $2, $3)
         on conflict (account, kind, network) do update set failures = excluded.failures, last_at = now()",
    )
    .bind(Account::of(user_id).as_str())
    .bind(kind)
    .bind(failures)
    .execute(&world.pool)
    .await
    .unwrap();
}

/// How many in a row are counted.
async fn counted(world: &World, user_id: &str, kind: &str) -> i32 {
    sqlx::query_scalar(
        "select coalesce(max(failures), 0) from failures_in_a_row where account = $1 and kind = $2 and network = ''",
    )
    .bind(Account::of(user_id).as_str())
    .bind(kind)
    .fetch_one(&world.pool)
    .await
    .unwrap()
}

/// Somebody signed in from there before.
async fn was_at(world: &World, user_id: &str, network: &str, days_ago: i32) {
    sqlx::query(
        "insert into sign_in_places (user_id, network, first_seen_at, last_seen_at)
         select id, $2, now() - make_interval(days => $3), now() - make_interval(days => $3) from users where user_id = $1",
    )
    .bind(user_id)
    .bind(network)
    .bind(days_ago)
    .execute(&world.pool)
    .await
    .unwrap();
}

fn to(answer: &Answer) -> (u16, &str) {
    (answer.status.as_u16(), answer.location.as_deref().unwrap_or(""))
}

//! How often, how long, from where: budgets, lifetimes, resends, sessions. The clock is turned in the rows.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sspr::{
    domain::secret::Key,
    random,
    store::{self, sessions::Sessions, users},
};
use tower_sessions::{SessionStore as _, session::Record};

use crate::support::{
    app::{KEY, MAILS_AS_SHIPPED, Node, World},
    client::{Answer, Client},
    crowd::{ACCOUNT, RESET, cookie_given, cookies_given, form},
    walk::{JOHN, JOHN_MAIL, JOHN_PHONE, NEW, Walk},
};

const MANY_STARTS: [(&str, &str); 4] = [
    ("SSPR_BUDGETS__STARTS_PER_ACCOUNT_AND_NETWORK_PER_DAY", "1000"),
    ("SSPR_BUDGETS__STARTS_PER_ACCOUNT_PER_DAY", "1000"),
    ("SSPR_BUDGETS__SMS_PER_NUMBER_PER_10_MINUTES", "20"),
    ("SSPR_BUDGETS__SMS_PER_NUMBER_PER_DAY", "100"),
];
const BEHIND_A_PROXY: (&str, &str) = ("SSPR_SERVER__TRUSTED_PROXIES", "127.0.0.1/32");

fn to(answer: &Answer) -> (u16, &str) {
    (answer.status.as_u16(), answer.location.as_deref().unwrap_or(""))
}

/// A code that is none of these.
fn not(codes: &[String]) -> String {
    (0..=codes.len()).map(|n| format!("{n:08}")).find(|code| !codes.contains(code)).unwrap()
}

/// Someone in another network, for a world behind a proxy.
fn from<'w>(world: &'w World, node: &Node, address: &str) -> Walk<'w> {
    let walk = Walk::new(world, node);
    walk.client.header("x-forwarded-for", address);
    walk
}

mod characters;
mod lifetimes;
mod sessions;
mod starts;
mod wrong_codes;

//! [`App`]: what a request needs, cheap to clone, built once from the configuration.

mod build;
pub mod content_policy;
mod leave_by;
pub mod own_texts;

pub use build::{CannotBuild, PasswordRules, budgets};

use std::{
    net::IpAddr,
    ops::Deref,
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use axum::http::HeaderValue;
use zeroize::Zeroizing;

use crate::{
    captcha::Captcha,
    config::{self, PublicUrl},
    directory::hashing::Hashing,
    domain::{
        escalation::Escalation,
        limits::Budgets,
        password::{CommonList, PasswordPolicy},
        secret::Keys,
    },
    language::Languages,
    metrics::Metrics,
    outbox::Outbox,
    store::Pool,
};

/// The product's name: part of the sender, and a context word that no password may be built from.
pub const PRODUCT: &str = "SSPR";

/// Everything that a request needs. Clones share it.
#[derive(Clone)]
pub struct App(Arc<Inner>);

/// What [`App`] gives access to.
pub struct Inner {
    /// The database.
    pub pool: Pool,
    /// What links and codes are derived from.
    pub keys: Arc<Keys>,
    /// What form tokens are made with, the current key's first.
    pub form_keys: Vec<Zeroizing<[u8; 32]>>,
    /// How a visitor shows not to be a program.
    pub captcha: Captcha,
    /// When a network has to show more.
    pub escalation: Escalation,
    /// The threads that hash.
    pub hashing: Hashing,
    /// The password rules.
    pub policy: PasswordPolicy,
    /// The operator's list of refused passwords.
    pub common: Option<Arc<CommonList>>,
    /// Every sentence.
    pub languages: Languages,
    /// The sender as a mail program shows it.
    pub mail_from: String,
    /// What is allowed.
    pub budgets: Budgets,
    /// How many resends, and how far apart.
    pub resends: u32,
    /// See [`Self::resends`].
    pub resend_wait: Duration,
    /// Where people reach the service: links come from here, never from a request (V-12).
    pub public_url: PublicUrl,
    /// Where to sign in after a reset, unless the company says otherwise.
    pub sign_in_url: String,
    /// Cookies with `__Host-` and Secure, HSTS: everything but a demo.
    pub secure: bool,
    /// What pages may load and do.
    pub content_policy: HeaderValue,
    /// The same where a page has the check against robots that the configuration names.
    pub check_policy: HeaderValue,
    /// A demo shows its outbox and a banner.
    pub demo: bool,
    /// The company's own help, on every page.
    pub help: Option<Arc<CompanyHelp>>,
    /// Whether the database was looked at: that it is no demo's, has our schema, and needs no key that is gone. Until then nothing is
    /// served from it, or a database that was away at the start would never be asked.
    pub database_is_known: AtomicBool,
    /// What a connection may take, and how many there may be.
    pub connections: config::Connections,
    /// From a request's arrival to its answer.
    pub request_timeout: Duration,
    /// Bytes of a body at most.
    pub body_limit: usize,
    /// What the workers of the outbox need.
    pub outbox: Outbox,
    /// What this node counts.
    pub metrics: Arc<Metrics>,
    proxies: Vec<config::Network>,
}

impl Deref for App {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

/// The company's own help, from its settings: on every page, in the same place (WCAG 2.2, 3.2.6).
#[derive(Debug, Clone, Default)]
pub struct CompanyHelp {
    /// A sentence or two, such as "Call the service desk on 425-555-0199."
    pub text: Option<String>,
    /// An `https` or `mailto` address; the configuration refuses any other.
    pub url: Option<String>,
}

impl App {
    /// Whether `X-Forwarded-For` of this peer counts.
    pub fn is_trusted_proxy(&self, address: IpAddr) -> bool {
        self.proxies.iter().any(|network| network.contains(address))
    }
}

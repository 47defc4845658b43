//! An [`App`] from the configuration. What is wrong with a setting that only shows when it is used is found here, before anything is
//! served.

use std::{
    num::NonZeroUsize,
    sync::{Arc, atomic::AtomicBool},
};

use secrecy::ExposeSecret as _;
use zeroize::Zeroizing;

use super::{
    App, CompanyHelp, Inner,
    content_policy::{self, Scripts},
    leave_by::leave_by,
    own_texts,
};
use crate::{
    captcha::{
        Captcha,
        hosted::{self, Hosted},
    },
    config::{self, Config, PublicUrl},
    directory::hashing::{HashSettings, Hashing},
    domain::{
        limits::Budgets,
        password::{CommonList, PasswordPolicy},
        return_path::ReturnPaths,
        secret::{Key, Keys},
    },
    language::Languages,
    metrics::Metrics,
    outbox::{Outbox, Senders},
    senders::http_client,
    store::connect,
};

/// What is wrong with a setting that only shows when it is used.
#[derive(Debug, thiserror::Error)]
#[error("{key}: {what}")]
pub struct CannotBuild {
    /// `section.key`.
    pub key: &'static str,
    /// What is wrong and what to do.
    pub what: String,
}

pub(super) fn wrong(key: &'static str) -> impl Fn(&dyn std::fmt::Display) -> CannotBuild {
    move |what| CannotBuild { key, what: what.to_string() }
}

impl App {
    /// Builds everything. Connects lazily: nothing is asked of the database yet.
    ///
    /// # Errors
    /// Names the setting; the program ends with exit code 78.
    pub fn build(config: &Config, demo: bool, senders: Option<Senders>) -> Result<Self, CannotBuild> {
        let url = config.database.url.as_ref().ok_or_else(|| wrong("database.url")(&"is missing"))?;
        let limits = connect::Limits {
            max_connections: config.database.max_connections,
            acquire_timeout: config.database.acquire_timeout,
            statement_timeout: config.database.statement_timeout,
        };
        let pool = connect::pool(url.expose_secret(), &limits).map_err(|_| {
            wrong("database.url")(&"is no address of a Postgres, such as postgres://sspr@db.example/sspr")
        })?;
        let keys = Arc::new(keys(config)?);
        let public_url =
            config.server.public_url.clone().ok_or_else(|| wrong("server.public_url")(&"is missing"))?;
        let languages = Languages::embedded(demo).map_err(|what| wrong("texts")(&what))?;
        let help = &config.help;
        let from = config.mail.from.as_ref();
        let (brand, own) = own_texts::read(config, &public_url)?;
        let senders = match senders {
            Some(given) => given,
            None => leave_by(config)?,
        };
        let mut captcha_key = Zeroizing::new([0u8; 32]);
        captcha_key.copy_from_slice(&*keys.current().derive("captcha"));
        let passwords = PasswordRules::build(config)?;
        let metrics = Arc::new(Metrics::new());
        // Challenges of a key before, or of the one that is rolled out, are answered too.
        let captcha = captcha(config, &public_url, *captcha_key)?
            .accepting(keys.all().skip(1).map(|key| key.derive("captcha")));
        Ok(Self(Arc::new(Inner {
            form_keys: keys.all().map(|key| key.derive("forms")).collect(),
            check_policy: content_policy::of_pages(public_url.is_https(), Scripts::of(&captcha)),
            captcha,
            escalation: config.captcha.escalation,
            outbox: Outbox {
                pool: pool.clone(),
                keys: keys.clone(),
                texts: own.texts,
                brand,
                origin: public_url.origin().into(),
                return_paths: config
                    .mail
                    .bounce_address
                    .as_ref()
                    .map(|address| Arc::new(ReturnPaths::new(address.clone(), &keys))),
                senders,
                budgets: budgets(&config.budgets),
                workers: config.outbox.workers,
                poll: config.outbox.poll,
                lease: config.outbox.lease,
                wake: Arc::default(),
                metrics: metrics.clone(),
            },
            keys,
            pool,
            metrics,
            hashing: passwords.hashing,
            policy: passwords.policy,
            common: passwords.common,
            languages,
            mail_from: from.map_or_else(|| own_texts::SENDER.to_owned(), ToString::to_string),
            budgets: budgets(&config.budgets),
            resends: config.wizard.resends,
            resend_wait: config.wizard.resend_wait,
            sign_in_url: config
                .server
                .sign_in_url
                .as_ref()
                .map_or_else(|| "/sign-in".to_owned(), ToString::to_string),
            content_policy: content_policy::of_pages(public_url.is_https(), Scripts::Ours),
            secure: public_url.is_https(),
            public_url,
            demo,
            help: (help.text.is_some() || help.url.is_some()).then(|| {
                Arc::new(CompanyHelp {
                    text: help.text.clone(),
                    url: help.url.as_ref().map(ToString::to_string),
                })
            }),
            database_is_known: AtomicBool::new(true),
            connections: config.server.connections,
            request_timeout: config.server.request_timeout,
            body_limit: config.server.body_limit_bytes,
            proxies: config.server.trusted_proxies.clone(),
        })))
    }
}

/// What a new password is checked against and hashed with: for verbs that need nothing else of an [`App`].
pub struct PasswordRules {
    /// The threads that hash.
    pub hashing: Hashing,
    /// The length.
    pub policy: PasswordPolicy,
    /// The operator's list of refused passwords.
    pub common: Option<Arc<CommonList>>,
}

impl PasswordRules {
    /// Builds them from the configuration.
    ///
    /// # Errors
    /// Names the setting; the program ends with exit code 78.
    pub fn build(config: &Config) -> Result<Self, CannotBuild> {
        Ok(Self {
            hashing: hashing(config)?,
            policy: PasswordPolicy::new(config.password.min_length, config.password.max_length)
                .map_err(|problem| wrong("password.min_length or max_length")(&format!("{problem:?}")))?,
            common: common_list(config)?,
        })
    }
}

fn captcha(config: &Config, public_url: &PublicUrl, key: [u8; 32]) -> Result<Captcha, CannotBuild> {
    let Some(settings) = &config.captcha.hosted else { return Ok(Captcha::new(config.captcha.kind, key)) };
    let client =
        http_client::with_limit(None, hosted::TIMEOUT).map_err(|problem| wrong("captcha.kind")(&problem))?;
    Ok(Captcha::hosted_by(Hosted::new(settings.clone(), public_url.host(), client), key))
}

fn keys(config: &Config) -> Result<Keys, CannotBuild> {
    let key = |material: &config::KeyMaterial| {
        Key::new(material.expose().to_vec()).ok_or_else(|| wrong("keys")(&"a key needs 32 bytes"))
    };
    let current = config.keys.current.as_ref().ok_or_else(|| wrong("keys.current_file")(&"is missing"))?;
    Ok(Keys::new(key(current)?, config.keys.previous.iter().map(key).collect::<Result<_, _>>()?))
}

fn hashing(config: &Config) -> Result<Hashing, CannotBuild> {
    let password = &config.password;
    Hashing::new(HashSettings {
        memory_kib: password.argon2_memory_kib,
        passes: password.argon2_passes,
        lanes: password.argon2_lanes,
        threads: password.hashing_threads,
        // A second of waiting is some seventy hashes a thread: a longer queue would only hold answers that come too late.
        queue: password.hashing_threads.saturating_mul(NonZeroUsize::MIN.saturating_add(63)),
    })
    .map_err(|problem| wrong("password.argon2_*")(&problem))
}

fn common_list(config: &Config) -> Result<Option<Arc<CommonList>>, CannotBuild> {
    let Some(path) = &config.password.list_file else { return Ok(None) };
    // Fail closed: a list that can't be read is a fault, not an empty list.
    let text = std::fs::read_to_string(path)
        .map_err(|error| wrong("password.list_file")(&format!("{}: {error}", path.display())))?;
    Ok(Some(Arc::new(CommonList::from_lines(text.lines()))))
}

/// What is allowed, as rules count it.
pub fn budgets(from: &config::Budgets) -> Budgets {
    let figure = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
    Budgets {
        starts_per_account_and_network_per_day: figure(from.starts_per_account_and_network_per_day),
        starts_per_account_per_day: figure(from.starts_per_account_per_day),
        starts_per_network_per_hour: figure(from.starts_per_network_per_hour),
        wrong_codes_per_account_per_day: figure(from.wrong_codes_per_account_per_day),
        sms_per_number_per_10_minutes: figure(from.sms_per_number_per_10_minutes),
        sms_per_number_per_day: figure(from.sms_per_number_per_day),
        sms_per_account_per_day: figure(from.sms_per_account_per_day),
        sms_per_country_per_hour: figure(from.sms_per_country_per_hour),
        sms_per_hour: figure(from.sms_per_hour),
        sms_country_codes: from.sms_country_codes.clone(),
        sms_to_any_country: from.sms_to_any_country,
        without_puzzle_per_network_per_hour: figure(from.without_puzzle_per_network_per_hour),
        without_puzzle_per_company_per_hour: figure(from.without_puzzle_per_company_per_hour),
        contact_requests_per_company_per_day: figure(from.contact_requests_per_company_per_day),
        sign_in_failures_per_account_and_network: figure(
            from.sign_in_failures_per_account_and_network_per_15_minutes,
        ),
        sign_in_failures_per_network_per_hour: figure(from.sign_in_failures_per_network_per_hour),
        wrong_links_per_network_per_hour: figure(from.wrong_links_per_network_per_hour),
        mails_per_address_and_network_per_hour: figure(from.mails_per_address_and_network_per_hour),
        mails_per_address_and_network_per_day: figure(from.mails_per_address_and_network_per_day),
        mails_per_address_per_hour: figure(from.mails_per_address_per_hour),
        mails_per_address_per_day: figure(from.mails_per_address_per_day),
    }
}

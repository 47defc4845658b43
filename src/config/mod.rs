//! What the operator chose: `config/default.toml` < the file of `--config` < `SSPR_SECTION__KEY` < flags.
//!
//! What must stay true: nothing unknown is ignored, everything wrong is told at once with its place, a secret is never
//! shown, and what a demo may (no CAPTCHA, demo senders, http) nothing else may. The caller ends with exit code 78.
//!
//! To add a key: its line and comment in `config/default.toml`, a field and one line in its section's file here.
//! To add a section: a file here, a line in [`Config`] and in [`Config::load`].

mod budgets;
mod captcha;
mod connections;
mod database;
mod doctor;
mod help;
mod keys;
mod layers;
mod log;
mod mail;
mod manual;
mod metrics;
mod network;
mod outbox;
mod password;
mod problem;
mod public_url;
mod reader;
mod secrets;
mod section;
mod server;
mod show;
mod sms;
#[cfg(test)]
mod tests;
mod texts;
mod wizard;

use std::{collections::BTreeMap, fmt, path::PathBuf, sync::Arc};

pub use self::{
    budgets::Budgets,
    captcha::CaptchaSettings,
    connections::Connections,
    database::DatabaseSettings,
    doctor::DoctorSettings,
    help::HelpSettings,
    keys::KeySettings,
    log::{LogFormat, LogSettings},
    mail::{MailSettings, MailTls, SmtpSettings},
    manual::DEFAULT_TOML,
    metrics::MetricsSettings,
    network::Network,
    outbox::OutboxSettings,
    password::PasswordSettings,
    problem::{ConfigProblem, Origin},
    public_url::PublicUrl,
    secrets::{KEY_BYTES, KeyMaterial},
    server::ServerSettings,
    show::Setting,
    sms::{SmsProvider, SmsSettings},
    texts::TextsSettings,
    wizard::WizardSettings,
};
use self::{layers::Layers, reader::Reader};

/// For whom the configuration is read: it decides what is required and what is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// `serve` and `config check`: everything that serving needs, no toys.
    Serve,
    /// `demo`: nothing is required, toys are allowed, loopback only.
    Demo,
    /// Every other verb: nothing is required; secrets of senders are not opened.
    Shell,
}

/// Everything that was chosen, checked.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "each field is the section of its name")]
pub struct Config {
    pub server: ServerSettings,
    pub database: DatabaseSettings,
    pub keys: KeySettings,
    pub log: LogSettings,
    pub metrics: MetricsSettings,
    pub captcha: CaptchaSettings,
    pub password: PasswordSettings,
    pub mail: MailSettings,
    pub sms: SmsSettings,
    pub outbox: OutboxSettings,
    pub texts: TextsSettings,
    pub budgets: Budgets,
    pub wizard: WizardSettings,
    pub help: HelpSettings,
    pub doctor: DoctorSettings,
    /// What is allowed but unwise; to be logged at the start.
    pub warnings: Arc<[ConfigProblem]>,
    /// Each value that holds, with its origin; secrets are `[redacted]`.
    pub settings: Arc<[Setting]>,
}

/// The places that a configuration is read from.
#[derive(Clone)]
pub struct Sources {
    mode: Mode,
    file: Option<PathBuf>,
    environment: BTreeMap<String, String>,
    listen: Option<String>,
}

/// Variables by their names: what they hold may be a secret.
impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { mode, file, environment, listen } = self;
        let names = environment.keys();
        f.debug_struct("Sources")
            .field("mode", mode)
            .field("file", file)
            .field("environment", &names.collect::<Vec<_>>())
            .field("listen", listen)
            .finish()
    }
}

impl Sources {
    /// The environment is an argument, so that a test has one of its own. [`process_environment`] is the real one.
    pub fn new(mode: Mode, environment: impl IntoIterator<Item = (String, String)>) -> Self {
        Self { mode, file: None, environment: environment.into_iter().collect(), listen: None }
    }

    /// The file of `--config`; without one, that of `SSPR_CONFIG`, if any.
    #[must_use]
    pub fn file(self, file: Option<PathBuf>) -> Self {
        Self { file, ..self }
    }

    /// The flag `--listen`, which stands for `server.listen`.
    #[must_use]
    pub fn listen(self, listen: Option<String>) -> Self {
        Self { listen, ..self }
    }
}

/// The variables of this process: the one place that reads them. What is not UTF-8 arrives with U+FFFD and is refused
/// where it matters.
pub fn process_environment() -> Vec<(String, String)> {
    std::env::vars_os()
        .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()))
        .collect()
}

impl Config {
    /// Reads and checks everything.
    ///
    /// # Errors
    /// Every problem there is, in the order of the places, or that the file can't be understood; the program ends with exit code 78.
    pub fn load(sources: Sources) -> Result<Self, Vec<ConfigProblem>> {
        let Sources { mode, file, environment, listen } = sources;
        let given = |name: &str| environment.get(name).filter(|value| !value.is_empty()).map(PathBuf::from);

        let mut layers = Layers::defaults();
        if mode == Mode::Demo {
            layers.demo();
        }
        if let Some(path) = file.or_else(|| given("SSPR_CONFIG")) {
            layers.file(path);
            if layers.unread {
                return Err(layers.problems);
            }
        }
        layers.environment(&environment);
        if let Some(listen) = listen {
            layers.flag("server", "listen", "--listen", listen);
        }

        let mut reader = Reader::new(mode, given("CREDENTIALS_DIRECTORY"), layers);
        let server = server::read(reader.section("server"));
        let database = database::read(reader.section("database"));
        let keys = keys::read(reader.section("keys"));
        let log = log::read(reader.section("log"));
        let metrics = metrics::read(reader.section("metrics"), server.listen);
        let captcha = captcha::read(reader.section("captcha"));
        let password = password::read(reader.section("password"));
        let mail = mail::read(&mut reader);
        let sms = sms::read(&mut reader);
        let outbox = outbox::read(reader.section("outbox"), &mail, &sms);
        let texts = texts::read(reader.section("texts"));
        let budgets = budgets::read(reader.section("budgets"));
        let wizard = wizard::read(reader.section("wizard"));
        let help = help::read(reader.section("help"));
        let doctor = doctor::read(reader.section("doctor"));
        let (settings, warnings) = reader.finish()?;
        Ok(Self {
            server,
            database,
            keys,
            log,
            metrics,
            captcha,
            password,
            mail,
            sms,
            outbox,
            texts,
            budgets,
            wizard,
            help,
            doctor,
            warnings: warnings.into(),
            settings: settings.into(),
        })
    }
}

//! Which database a verb works on, which company it means, who typed it, and what a printed link is made of.
//!
//! The database: the configured one (`SSPR_DATABASE__URL`) first; else that of the demo which runs on the data folder, so
//! that a second terminal needs no settings; else exit code 78 with what to do.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use secrecy::ExposeSecret as _;
use uuid::Uuid;

use super::{Exit, Said, arguments::OutputFormat, config::told, demo, refusal};
use crate::{
    admin::{Operator, companies},
    app::{self, PasswordRules},
    config::{Config, KeyMaterial, Mode, Sources},
    demo::cluster::{RunningDemo, running},
    domain::{
        limits::Budgets,
        secret::{Key, Keys},
    },
    outbox,
    store::{Pool, companies::Company, connect, migrate},
};

/// What every verb may be told, whatever it does.
pub struct Told {
    /// `--config`.
    pub file: Option<PathBuf>,
    /// `--data-dir`.
    pub data_dir: PathBuf,
    /// `--company`.
    pub company: Option<String>,
    /// `--output`.
    pub output: OutputFormat,
    /// The variables.
    pub environment: Vec<(String, String)>,
}

/// A database that answers and has our schema.
pub struct Reach {
    /// The settings.
    pub config: Config,
    /// The database.
    pub pool: Pool,
    /// Who typed the verb.
    pub operator: Operator,
    /// How results are printed.
    pub output: OutputFormat,
    company: Option<String>,
    data_dir: PathBuf,
    running: Option<RunningDemo>,
    is_demo: bool,
}

/// Carries out a verb on the database.
pub fn run(told: Told, verb: impl AsyncFnOnce(&Reach) -> Result<Said, Said>) -> Said {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return Said::refused(Exit::Refused, format!("sspr: no threads: {error}\n")),
    };
    runtime.block_on(async {
        let said = async {
            let reach = Reach::open(told).await?;
            let said = verb(&reach).await;
            if said.is_ok() {
                // Most verbs tell somebody of what they did. Should this fail, the nodes look by themselves in a moment.
                let _ = outbox::wake_all(&reach.pool).await;
            }
            reach.pool.close().await;
            said
        };
        said.await.unwrap_or_else(|said| said)
    })
}

impl Reach {
    async fn open(told: Told) -> Result<Self, Said> {
        let operator = Operator::at_the_shell(&who(&told.environment));
        let config = Config::load(Sources::new(Mode::Shell, told.environment).file(told.file))
            .map_err(|problems| Said::refused(Exit::Configuration, self::told("error", &problems)))?;
        let (url, running) = match &config.database.url {
            Some(url) => (url.expose_secret().to_owned(), None),
            None => match demo::url_of_running(&told.data_dir) {
                Some(url) => (url, running(&told.data_dir)),
                None => return Err(no_database(&told.data_dir)),
            },
        };
        let limits = connect::Limits { max_connections: 2, ..connect::Limits::default() };
        let pool = connect::pool(&url, &limits).map_err(|_| {
            Said::refused(Exit::Configuration, "sspr: database.url is no address of a Postgres\n".to_owned())
        })?;
        match migrate::check(&pool).await {
            Ok(migrate::Schema::Current | migrate::Schema::Ahead) => {}
            Ok(migrate::Schema::Behind) => {
                let what = "sspr: the database's schema is behind this binary: run `sspr migrate` first\n";
                return Err(Said::refused(Exit::Configuration, what.to_owned()));
            }
            Err(error) => return Err(refusal::away(&error)),
        }
        let is_demo = migrate::is_demo(&pool).await.map_err(|error| refusal::away(&error))?;
        let (company, data_dir, output) = (told.company, told.data_dir, told.output);
        let operator = match &company {
            // A domain that no company has stands for nobody, so that a slip in it reaches nobody.
            Some(domain) => {
                let found = companies::of_domain(&pool, &operator, domain).await;
                let found = found.map_err(|error| refusal::away(&error))?;
                operator.within(found.map_or_else(Uuid::nil, |company| company.id))
            }
            None => operator,
        };
        Ok(Self { config, pool, operator, output, company, data_dir, running, is_demo })
    }

    /// The company meant by a verb that names no user: `--company` or `SSPR_COMPANY`, the only one there is, contoso.com in a
    /// demo; else exit code 2 with the list.
    pub async fn company(&self) -> Result<Company, Said> {
        let (pool, by) = (&self.pool, &self.operator);
        if let Some(domain) = &self.company {
            return self.company_of(domain).await;
        }
        let mut all = companies::all(pool, by).await.map_err(|error| refusal::away(&error))?;
        let demo = all.iter().position(|c| self.is_demo && c.domains.iter().any(|d| d == "contoso.com"));
        match (all.len(), demo) {
            (0, _) => {
                let what = "sspr: there is no company yet: sspr company create --name Contoso --domain contoso.com\n";
                Err(Said::refused(Exit::Refused, what.to_owned()))
            }
            (1, _) => Ok(all.swap_remove(0)),
            (_, Some(place)) => Ok(all.swap_remove(place)),
            (_, None) => {
                let list = all.iter().fold(String::new(), |list, company| {
                    let name = crate::visible::visible(&company.name);
                    list + "  --company "
                        + company.domains.first().map_or("", String::as_str)
                        + "   "
                        + &name
                        + "\n"
                });
                let what = format!("sspr: which company? Say it with --company or SSPR_COMPANY:\n{list}");
                Err(Said::refused(Exit::Usage, what))
            }
        }
    }

    /// The company that has this domain; else exit code 1.
    pub async fn company_of(&self, domain: &str) -> Result<Company, Said> {
        let found = companies::of_domain(&self.pool, &self.operator, domain).await;
        let what = || format!("sspr: no company has the domain {}\n", crate::visible::visible(domain));
        found.map_err(|e| refusal::away(&e))?.ok_or_else(|| Said::refused(Exit::Refused, what()))
    }

    /// The rules for new passwords, with the threads that hash.
    pub fn password_rules(&self) -> Result<PasswordRules, Said> {
        PasswordRules::build(&self.config)
            .map_err(|wrong| Said::refused(Exit::Configuration, format!("sspr: {wrong}\n")))
    }

    /// What is allowed.
    pub fn budgets(&self) -> Budgets {
        app::budgets(&self.config.budgets)
    }

    /// The key of one-time links: the configured one, in a demo its own.
    pub fn key(&self) -> Result<Key, Said> {
        let of = |material: KeyMaterial| Key::new(material.expose().to_vec());
        let configured = self.config.keys.current.clone();
        let material = match configured {
            None if self.is_demo => fs::read_to_string(demo::key_file(&self.data_dir))
                .ok()
                .and_then(|text| KeyMaterial::from_base64(text.trim())),
            configured => configured,
        };
        material.and_then(of).ok_or_else(|| {
            let what = "sspr: keys.current_file is missing: this needs the same key as the service \
                        (SSPR_KEYS__CURRENT_FILE=/etc/sspr/links.key)\n";
            Said::refused(Exit::Configuration, what.to_owned())
        })
    }

    /// All keys: that one and those before it.
    pub fn keys(&self) -> Result<Keys, Said> {
        let previous = self.config.keys.previous.iter();
        let previous = previous.filter_map(|material| Key::new(material.expose().to_vec())).collect();
        Ok(Keys::new(self.key()?, previous))
    }

    /// Whether the database is a demo's.
    pub fn is_demo(&self) -> bool {
        self.is_demo
    }

    /// Whether `--company` or its variable says which company is meant.
    pub fn names_a_company(&self) -> bool {
        self.company.is_some()
    }

    /// The address that one-time links begin with.
    pub fn public_url(&self) -> Result<String, Said> {
        let configured = self.config.server.public_url.as_ref().map(|url| url.origin().to_owned());
        let demo = self.running.as_ref().and_then(|demo| demo.address.clone());
        configured.or(demo).ok_or_else(|| {
            let what = "sspr: server.public_url is missing: a one-time link begins with it \
                        (SSPR_SERVER__PUBLIC_URL=https://reset.contoso.com)\n";
            Said::refused(Exit::Configuration, what.to_owned())
        })
    }
}

fn no_database(data_dir: &Path) -> Said {
    let what = format!(
        "sspr: no database is configured, and no demo runs on {}. Either\n  \
         configure one: database.url in the file of --config, or SSPR_DATABASE__URL=postgres://…\n  \
         or start `sspr demo`, and name its folder with --data-dir or SSPR_DATA_DIR if it is another\n",
        data_dir.display()
    );
    Said::refused(Exit::Configuration, what)
}

/// The name of whoever is at the shell, for audit events: the one behind `sudo` first.
fn who(environment: &[(String, String)]) -> String {
    let variable = |name: &str| {
        environment
            .iter()
            .find(|(known, value)| known == name && !value.is_empty())
            .map(|(_, value)| value.clone())
    };
    ["SUDO_USER", "USER", "LOGNAME"].into_iter().find_map(variable).unwrap_or_else(|| {
        let id = Command::new("id").arg("-u").output();
        let id = id.ok().and_then(|output| String::from_utf8(output.stdout).ok());
        id.map_or_else(|| "unknown".to_owned(), |id| format!("uid {}", id.trim()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_typed_it_is_named_also_behind_sudo_and_without_a_name() {
        let names = |pairs: &[(&str, &str)]| {
            let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            who(&pairs.collect::<Vec<_>>())
        };
        assert_eq!(names(&[("USER", "root"), ("SUDO_USER", "ann")]), "ann");
        assert_eq!(names(&[("LOGNAME", "ben"), ("USER", "")]), "ben");
        assert!(names(&[]).starts_with("uid "), "{}", names(&[]));
    }
}

//! The layers on top of each other: what each place says about each key, the last one wins. Nothing here knows which keys
//! exist; what is left over once every section took its own is unknown (see [`super::reader`]).

use std::{collections::BTreeMap, fmt, ops::Range, path::PathBuf, sync::Arc};

use toml::de::{DeTable, DeValue};

use super::{
    manual::{self, DEFAULT_TOML},
    problem::{ConfigProblem, Origin, nearest},
};

/// Variables that start with `SSPR_` and are no settings: they say where settings, data or programs are.
const NOT_SETTINGS: &[&str] = &["SSPR_CONFIG", "SSPR_COMPANY", "SSPR_DATA_DIR", "SSPR_PG_BIN"];

/// A value as it was found.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Raw {
    Text(String),
    Number(i64),
    Truth(bool),
    List(Vec<String>),
    /// From the environment or a flag: whatever the key wants it to be.
    Untyped(String),
    /// A TOML type that no key has.
    Other(&'static str),
}

/// Only what kind of value it is: nobody knows yet whether it is a secret.
impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text(_) => "Text(…)",
            Self::Number(_) => "Number(…)",
            Self::Truth(_) => "Truth(…)",
            Self::List(_) => "List(…)",
            Self::Untyped(_) => "Untyped(…)",
            Self::Other(_) => "Other(…)",
        })
    }
}

/// A value and where it is from.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub raw: Raw,
    pub origin: Origin,
}

/// Section and key.
pub(super) type Name = (String, String);

/// All layers so far.
#[derive(Debug, Default)]
pub(super) struct Layers {
    pub found: BTreeMap<Name, Found>,
    pub problems: Vec<ConfigProblem>,
    /// Keys stood outside every section: what they may have meant is not called missing.
    pub incomplete: bool,
    /// The file can't be read, or is no TOML: all else would be said of something that the operator did not write.
    pub unread: bool,
}

impl Layers {
    /// The embedded defaults.
    pub fn defaults() -> Self {
        let mut layers = Self::default();
        layers.toml(DEFAULT_TOML, |_| Origin::Default);
        for (base, further) in manual::REPEATED {
            let defaults: Vec<(String, Found)> = layers
                .found
                .iter()
                // A further one is there only when its own kind is given.
                .filter(|((section, key), _)| section == base && key != "kind")
                .map(|((_, key), found)| (key.clone(), found.clone()))
                .collect();
            for (section, (key, found)) in
                further.iter().flat_map(|section| defaults.iter().map(move |d| (section, d)))
            {
                layers.found.entry(((*section).to_owned(), key.clone())).or_insert_with(|| found.clone());
            }
        }
        layers
    }

    /// What a demo assumes.
    pub fn demo(&mut self) {
        for (section, key, value) in [
            ("mail", "kind", "demo"),
            ("mail", "from", "Contoso password reset <password-reset@contoso.com>"),
            ("sms", "kind", "demo"),
        ] {
            self.put(section, key, Raw::Text(value.to_owned()), Origin::Demo);
        }
    }

    /// The operator's file.
    pub fn file(&mut self, path: PathBuf) {
        let path = Arc::new(path);
        match std::fs::read_to_string(path.as_path()) {
            Ok(text) => self.toml(&text, |line| Origin::File(Arc::clone(&path), line)),
            Err(error) => {
                self.unread = true;
                self.problem(Origin::File(path, 0), "", &format!("cannot be read: {error}"), None);
            }
        }
    }

    fn toml(&mut self, text: &str, origin: impl Fn(usize) -> Origin) {
        let line_of = |span: Range<usize>| text[..span.start].split('\n').count();
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in &errors {
            self.unread = true;
            let place = origin(error.span().map_or(0, &line_of));
            self.problem(place, "", &format!("is not TOML: {}", error.message()), None);
        }
        if self.unread {
            return;
        }
        for (section, value) in table.get_ref() {
            let place = origin(line_of(section.span()));
            match value.get_ref() {
                DeValue::Table(keys) => {
                    for (key, value) in keys {
                        let place = origin(line_of(key.span()));
                        self.put(section.get_ref(), key.get_ref(), raw(value.get_ref()), place);
                    }
                    if keys.is_empty() {
                        // An empty section says nothing; an unknown one is still a slip.
                        self.unknown_section(section.get_ref(), place);
                    }
                }
                _ => self.outside_a_section(section.get_ref(), place),
            }
        }
    }

    /// The environment: only names that start with `SSPR_` are ours, and each of those must mean something.
    pub fn environment(&mut self, variables: &BTreeMap<String, String>) {
        for (name, value) in variables {
            let Some(rest) = name.strip_prefix("SSPR_") else { continue };
            if NOT_SETTINGS.contains(&name.as_str()) || rest.starts_with("TEST_") {
                continue;
            }
            let origin = Origin::Environment(name.clone());
            match rest.split_once("__") {
                Some((section, key)) if rest == rest.to_uppercase() => {
                    if value.contains(char::REPLACEMENT_CHARACTER) {
                        self.problem(origin, name, "is not valid UTF-8", None);
                        continue;
                    }
                    let raw = Raw::Untyped(value.clone());
                    self.put(&section.to_lowercase(), &key.to_lowercase(), raw, origin);
                }
                _ => {
                    let settings: Vec<String> = manual::entries()
                        .iter()
                        .map(|entry| manual::variable(entry.section, entry.key))
                        .collect();
                    let known = settings.iter().map(String::as_str).chain(NOT_SETTINGS.iter().copied());
                    let meant = nearest(&name.to_uppercase(), known).map(str::to_owned);
                    let example = Some("SSPR_SERVER__LISTEN=127.0.0.1:8080 (SSPR_SECTION__KEY)".to_owned());
                    self.problems.push(ConfigProblem {
                        origin: Some(origin),
                        key: String::new(),
                        what: "unknown variable".to_owned(),
                        did_you_mean: meant,
                        example,
                    });
                }
            }
        }
    }

    /// A flag that stands for a key.
    pub fn flag(&mut self, section: &str, key: &str, flag: &'static str, value: String) {
        self.put(section, key, Raw::Untyped(value), Origin::Flag(flag));
    }

    fn put(&mut self, section: &str, key: &str, raw: Raw, origin: Origin) {
        self.found.insert((section.to_owned(), key.to_owned()), Found { raw, origin });
    }

    fn unknown_section(&mut self, section: &str, origin: Origin) {
        let entries = manual::entries();
        if entries.iter().all(|entry| entry.section != section) {
            let meant = nearest(section, entries.iter().map(|entry| entry.section));
            self.problem(origin, section, "unknown section", meant.map(|name| format!("[{name}]")));
        }
    }

    fn outside_a_section(&mut self, key: &str, origin: Origin) {
        self.incomplete = true;
        let meant = manual::entries().into_iter().find(|entry| entry.key == key);
        self.problems.push(ConfigProblem {
            origin: Some(origin),
            key: key.to_owned(),
            what: "every key belongs under a [section]".to_owned(),
            did_you_mean: meant.as_ref().map(|entry| format!("{key} under [{}]", entry.section)),
            example: Some(meant.map_or_else(
                || "[server] and below it: listen = \"127.0.0.1:8080\"".to_owned(),
                |entry| format!("[{}] and below it: {}", entry.section, entry.example()),
            )),
        });
    }

    fn problem(&mut self, origin: Origin, key: &str, what: &str, did_you_mean: Option<String>) {
        let (key, what) = (key.to_owned(), what.to_owned());
        self.problems.push(ConfigProblem { origin: Some(origin), key, what, did_you_mean, example: None });
    }
}

fn raw(value: &DeValue<'_>) -> Raw {
    match value {
        DeValue::String(text) => Raw::Text(text.to_string()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or(Raw::Other("a number out of range"), Raw::Number),
        DeValue::Boolean(truth) => Raw::Truth(*truth),
        DeValue::Array(items) => items
            .iter()
            .map(|item| item.get_ref().as_str().map(str::to_owned))
            .collect::<Option<Vec<String>>>()
            .map_or(Raw::Other("a list of something else than texts"), Raw::List),
        DeValue::Float(_) => Raw::Other("a number with a fraction"),
        DeValue::Datetime(_) => Raw::Other("a date"),
        DeValue::Table(_) => Raw::Other("a table"),
    }
}

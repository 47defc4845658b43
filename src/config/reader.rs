//! Keeps the layers while the sections take from them, and what was noted on the way. A wrong value does not stop the
//! reading; [`super::Config::load`] refuses with all notes at once. What no section asked for is unknown.

use std::{collections::BTreeMap, path::PathBuf};

use super::{
    Mode, Setting,
    layers::{Found, Layers, Name},
    manual,
    problem::{ConfigProblem, Origin, nearest},
    section::Section,
};

/// The layers while sections take from them.
pub(super) struct Reader {
    pub mode: Mode,
    /// `$CREDENTIALS_DIRECTORY`.
    pub credentials: Option<PathBuf>,
    pub found: BTreeMap<Name, Found>,
    /// Keys stood outside every section: nothing is called missing.
    pub incomplete: bool,
    /// Every key that a section asked for, secrets also as `key_file`.
    pub known: Vec<Name>,
    pub problems: Vec<ConfigProblem>,
    pub warnings: Vec<ConfigProblem>,
    pub settings: Vec<Setting>,
}

impl Reader {
    pub fn new(mode: Mode, credentials: Option<PathBuf>, layers: Layers) -> Self {
        let Layers { found, problems, incomplete, unread: _ } = layers;
        let (known, warnings, settings) = (Vec::new(), Vec::new(), Vec::new());
        Self { mode, credentials, found, incomplete, known, problems, warnings, settings }
    }

    pub fn section(&mut self, name: &'static str) -> Section<'_> {
        Section { name, reader: self }
    }

    /// Settings and warnings, or everything that is wrong, when every section has taken its own.
    pub fn finish(mut self) -> Result<(Vec<Setting>, Vec<ConfigProblem>), Vec<ConfigProblem>> {
        self.unknown_keys();
        if self.problems.is_empty() { Ok((self.settings, self.warnings)) } else { Err(self.problems) }
    }

    /// What nobody asked for is unknown.
    fn unknown_keys(&mut self) {
        for ((section, key), found) in std::mem::take(&mut self.found) {
            let same_section: Vec<&str> =
                self.known.iter().filter(|name| name.0 == section).map(|name| name.1.as_str()).collect();
            let meant: Option<Name> = if same_section.is_empty() {
                let near = nearest(&section, self.known.iter().map(|name| name.0.as_str()));
                near.map(|near| (near.to_owned(), key.clone())).filter(|name| self.known.contains(name))
            } else {
                nearest(&key, same_section).map(|near| (section.clone(), near.to_owned()))
            };
            // The right key under the wrong heading.
            let meant = meant.or_else(|| self.known.iter().find(|name| name.1 == key).cloned());
            let in_environment = matches!(found.origin, Origin::Environment(_));
            let example = meant.as_ref().and_then(|(section, key)| example(&found.origin, section, key));
            self.problems.push(ConfigProblem {
                origin: Some(found.origin),
                key: format!("{section}.{key}"),
                what: "unknown key".to_owned(),
                did_you_mean: meant.map(|(section, key)| {
                    if in_environment { manual::variable(&section, &key) } else { format!("{section}.{key}") }
                }),
                example,
            });
        }
    }
}

/// A right line for this key in the notation of that place.
pub(super) fn example(origin: &Origin, section: &str, key: &str) -> Option<String> {
    let entry = manual::find(section, key).or_else(|| manual::find(section, key.strip_suffix("_file")?))?;
    match origin {
        Origin::Environment(_) => Some(entry.example_variable()),
        Origin::Flag(flag) => {
            entry.example().split_once(" = ").map(|(_, value)| format!("{flag} {}", value.trim_matches('"')))
        }
        _ => Some(format!("{} under [{section}]", entry.example())),
    }
}

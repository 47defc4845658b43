//! An operator's own words for mails and text messages, for every company or for one.
//!
//! What must stay true: they are checked before the first of them leaves ([`read`] refuses all or takes all), and what a company's
//! own words can change is never seen before the first proof: the subject of the reset's mail, which the page shows to anyone who
//! types a user ID, is the same for all companies.

mod file;
mod proof;
mod shape;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::{self, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

#[cfg(test)]
use super::render;
use super::render::Brand;
use crate::language::Language;

pub use self::proof::Measured;

/// The file for every company.
const EVERYONE: &str = "_all";

/// The texts of all companies. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Texts {
    everyone: Arc<Language>,
    /// By domain.
    of: Arc<BTreeMap<String, Arc<Language>>>,
}

impl Texts {
    /// The texts for everyone: of decoys too, and of what is shown before the first proof.
    pub fn everyone(&self) -> &Language {
        &self.everyone
    }

    /// The texts of the company that has these domains. Where several of them have a file, the first in the alphabet.
    pub fn of_company(&self, domains: &[String]) -> &Language {
        domains
            .iter()
            .filter_map(|domain| self.of.get(domain).map(|found| (domain, found)))
            .min_by_key(|(domain, _)| *domain)
            .map_or(&self.everyone, |(_, found)| found)
    }
}

/// What is wrong with an own text. Its `Display` is one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The file.
    pub file: PathBuf,
    /// The line, from 1; 0: the file as a whole.
    pub line: usize,
    /// Which text.
    pub id: String,
    /// What is wrong, without a full stop.
    pub what: String,
    /// The id that was probably meant.
    pub did_you_mean: Option<String>,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = self.file.display().to_string();
        if self.line > 0 {
            write!(line, ", line {}", self.line)?;
        }
        if !self.id.is_empty() {
            write!(line, ": {}", self.id)?;
        }
        write!(line, ": {}.", self.what)?;
        if let Some(meant) = &self.did_you_mean {
            write!(line, " Did you mean {meant}?")?;
        }
        // The file may hold anything.
        f.write_str(&crate::visible::visible(&line))
    }
}

/// Texts and what was measured of them.
#[derive(Debug)]
pub struct Read {
    /// Ready for messages.
    pub texts: Texts,
    /// Every text message, file by file; ours first.
    pub measured: Vec<Measured>,
}

/// Reads a folder, checks every file, and puts every message into its words.
///
/// # Errors
/// Everything that is wrong, file by file; the program ends with exit code 78.
pub fn read(folder: Option<&Path>, brand: &Brand) -> Result<Read, Vec<Refused>> {
    let mut problems = Vec::new();
    let files = folder.map_or_else(|| Ok(Vec::new()), files).map_err(|problem| vec![problem])?;
    let mut own = Vec::new();
    for path in files {
        match file::read(&path) {
            Ok(texts) => own.push(texts),
            Err(found) => problems.extend(found),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let all = own.iter().position(|texts| texts.domain == EVERYONE).map(|place| own.remove(place));
    let no_ids = BTreeSet::new();
    let base = all.as_ref().map(|all| all.source.as_str());
    let ours = Path::new("");
    let everyone = Arc::new(language(
        &base.into_iter().collect::<Vec<_>>(),
        all.as_ref().map_or(ours, |all| &all.path),
    )?);
    let mut measured = Vec::new();
    match &all {
        Some(all) => problems.extend(proof::prove(&everyone, all, &all.ids, brand, &mut measured)),
        None => measured.extend(proof::measure(&everyone, "", &no_ids, brand)),
    }
    let mut of = BTreeMap::new();
    for texts in own {
        let over: Vec<&str> = base.into_iter().chain([texts.source.as_str()]).collect();
        let spoken = language(&over, &texts.path)?;
        problems.extend(proof::prove(&spoken, &texts, &texts.ids, brand, &mut measured));
        of.insert(texts.domain, Arc::new(spoken));
    }
    if problems.is_empty() {
        Ok(Read { texts: Texts { everyone, of: Arc::new(of) }, measured })
    } else {
        Err(problems)
    }
}

fn language(over: &[&str], file: &Path) -> Result<Language, Vec<Refused>> {
    Language::of_messages(over).map_err(|what| {
        let id = crate::language::OWN_TAG.to_owned();
        vec![Refused {
            file: file.to_owned(),
            line: 0,
            id,
            what: format!("no tag of a language ({what})"),
            did_you_mean: None,
        }]
    })
}

/// The files of a folder, by name: each must be one of ours, or a file that was meant to hold would hold nothing.
fn files(folder: &Path) -> Result<Vec<PathBuf>, Refused> {
    let wrong = |what: String| Refused {
        file: folder.to_owned(),
        line: 0,
        id: String::new(),
        what,
        did_you_mean: None,
    };
    let mut found = Vec::new();
    let entries = std::fs::read_dir(folder).map_err(|error| wrong(format!("cannot be read: {error}")))?;
    for entry in entries {
        let path = entry.map_err(|error| wrong(format!("cannot be read: {error}")))?.path();
        // What editors and version control leave lying about.
        let hidden = path.file_name().is_none_or(|name| name.to_string_lossy().starts_with('.'));
        if !hidden {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests;

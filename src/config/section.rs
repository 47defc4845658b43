//! Takes the values of one section, typed and checked. A wrong one is noted, and something harmless goes on in its place.
//!
//! To add a key: its line with comment in `config/default.toml`, a field in its section's file, one call there.

use std::{
    fmt::Write as _,
    ops::RangeInclusive,
    path::{Path, PathBuf},
    time::Duration,
};

use super::{
    Mode, Setting,
    layers::{Found, Raw},
    manual::{self, Entry},
    problem::{ConfigProblem, Origin, nearest},
    reader::{Reader, example},
};

/// One section of the [`Reader`].
pub(super) struct Section<'a> {
    pub name: &'static str,
    pub reader: &'a mut Reader,
}

impl Section<'_> {
    pub fn mode(&self) -> Mode {
        self.reader.mode
    }

    /// Takes what the layers hold; every key asked for becomes a known one.
    pub fn take(&mut self, key: &str) -> Option<Found> {
        let name = (self.name.to_owned(), key.to_owned());
        self.reader.known.push(name.clone());
        self.reader.found.remove(&name)
    }

    pub fn show(&mut self, key: &str, value: String, origin: Origin) {
        self.reader.settings.push(Setting { name: format!("{}.{key}", self.name), value, origin });
    }

    /// Shows something else than what was read: what was assumed or found in its place.
    pub fn replace_shown(&mut self, key: &str, value: String, origin: Origin) {
        let name = format!("{}.{key}", self.name);
        if let Some(setting) = self.reader.settings.iter_mut().find(|setting| setting.name == name) {
            (setting.value, setting.origin) = (value, origin);
        }
    }

    /// Where a value that was read comes from.
    pub fn origin(&self, key: &str) -> Origin {
        let name = format!("{}.{key}", self.name);
        let found = self.reader.settings.iter().find(|setting| setting.name == name);
        found.map_or(Origin::Default, |setting| setting.origin.clone())
    }

    fn problem_of(&self, key: &str, origin: Option<Origin>, what: String) -> ConfigProblem {
        let example = example(origin.as_ref().unwrap_or(&Origin::Default), self.name, key);
        ConfigProblem { origin, key: format!("{}.{key}", self.name), what, did_you_mean: None, example }
    }

    /// Notes that a value is impossible.
    pub fn wrong(&mut self, key: &str, origin: &Origin, what: impl Into<String>) {
        let problem = self.problem_of(key, Some(origin.clone()), what.into());
        self.reader.problems.push(problem);
    }

    /// Notes that a key stands in a section where it may not: an example would be the refused line itself.
    pub fn misplaced(&mut self, key: &str, origin: &Origin, what: impl Into<String>) {
        let mut problem = self.problem_of(key, Some(origin.clone()), what.into());
        problem.example = None;
        self.reader.problems.push(problem);
    }

    /// Notes something unwise that is no reason to refuse.
    pub fn warn(&mut self, key: &str, origin: &Origin, what: impl Into<String>) {
        let mut warning = self.problem_of(key, Some(origin.clone()), what.into());
        warning.example = None;
        self.reader.warnings.push(warning);
    }

    /// Notes that a value has to be given, unless something is known to be wrong with it already.
    pub fn missing(&mut self, key: &str, when: &str) {
        if self.reader.incomplete || self.is_wrong(key) {
            return;
        }
        let mut problem = self.problem_of(key, None, format!("must be given {when}"));
        problem.example = problem
            .example
            .map(|example| format!("{example} (or the variable {})", manual::variable(self.name, key)));
        self.reader.problems.push(problem);
    }

    /// Whether something is known to be wrong with a value.
    pub fn is_wrong(&self, key: &str) -> bool {
        // A secret may be given as a file, which can't be read.
        let (name, file) = (format!("{}.{key}", self.name), format!("{}.{key}_file", self.name));
        self.reader.problems.iter().any(|problem| problem.key == name || problem.key == file)
    }

    /// Takes the keys that another value of `decisive` would have asked for. Whoever gave one may have meant that value, and is told.
    pub fn leave_the_rest(&mut self, decisive: &str, value: &str) {
        let name = self.name;
        let rest: Vec<String> = self
            .reader
            .found
            .keys()
            .filter(|(section, _)| section == name)
            .map(|(_, key)| key.clone())
            .collect();
        for key in rest {
            let entry = manual::find(name, &key)
                .or_else(|| manual::find(name, key.strip_suffix("_file")?).filter(Entry::is_secret));
            let Some(Found { origin, .. }) = entry.and_then(|_| self.take(&key)) else { continue };
            match (&origin, value) {
                (Origin::Default | Origin::Demo, _) => {}
                (_, "") => self.missing(decisive, &format!("beside {key} ({origin})")),
                _ => self.warn(&key, &origin, format!("has no effect with {decisive} = {}", quoted(value))),
            }
        }
    }

    /// A text; `None` when it is empty. Second: where it is from.
    pub fn text(&mut self, key: &str) -> (Option<String>, Origin) {
        let Some(Found { raw, origin }) = self.take(key) else { return (None, Origin::Default) };
        let text = match raw {
            Raw::Text(text) | Raw::Untyped(text) => text,
            other => {
                self.wrong(key, &origin, format!("must be a text in quotes, not {}", type_of(&other)));
                return (None, origin);
            }
        };
        if text.chars().any(char::is_control) {
            self.wrong(key, &origin, "must not hold control characters or line ends");
            return (None, origin);
        }
        self.show(key, quoted(&text), origin.clone());
        (Some(text).filter(|text| !text.is_empty()), origin)
    }

    /// A text that has to mean something. `expected` completes "must be …".
    pub fn parsed<T>(
        &mut self,
        key: &str,
        expected: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> (Option<T>, Origin) {
        let (text, origin) = self.text(key);
        let Some(text) = text else { return (None, origin) };
        let value = parse(&text);
        if value.is_none() {
            self.wrong(key, &origin, format!("must be {expected}, not {}", quoted(&text)));
        }
        (value, origin)
    }

    /// A whole number within bounds. A wrong one goes on as the lower bound.
    pub fn number<T: TryFrom<i64> + Default>(&mut self, key: &str, bounds: RangeInclusive<i64>) -> T {
        let number = self.whole(key, &bounds).unwrap_or(*bounds.start());
        T::try_from(number).unwrap_or_default()
    }

    /// A number of seconds.
    pub fn seconds(&mut self, key: &str, bounds: RangeInclusive<i64>) -> Duration {
        Duration::from_secs(self.number(key, bounds))
    }

    /// A number of milliseconds.
    pub fn milliseconds(&mut self, key: &str, bounds: RangeInclusive<i64>) -> Duration {
        Duration::from_millis(self.number(key, bounds))
    }

    fn whole(&mut self, key: &str, bounds: &RangeInclusive<i64>) -> Option<i64> {
        let Found { raw, origin } = self.take(key)?;
        let expected = format!("must be a whole number from {} to {}", bounds.start(), bounds.end());
        let number = match raw {
            Raw::Number(number) => number,
            Raw::Untyped(text) => {
                let Ok(number) = text.parse() else {
                    self.wrong(key, &origin, format!("{expected}, not {}", quoted(&text)));
                    return None;
                };
                number
            }
            other => {
                self.wrong(key, &origin, format!("{expected}, not {}", type_of(&other)));
                return None;
            }
        };
        if !bounds.contains(&number) {
            self.wrong(key, &origin, format!("{expected}, not {number}"));
            return None;
        }
        self.show(key, number.to_string(), origin);
        Some(number)
    }

    /// One of a closed set; the first one goes on in place of a wrong one.
    pub fn choice<T: Copy>(&mut self, key: &str, choices: &[(&'static str, T)]) -> (T, Origin) {
        let (text, origin) = self.text(key);
        let text = text.unwrap_or_default();
        if let Some((_, value)) = choices.iter().find(|(name, _)| *name == text) {
            return (*value, origin);
        }
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        let known: Vec<String> = names.iter().map(|name| quoted(name)).collect();
        // A wrong type is noted already.
        if !self.is_wrong(key) {
            let what = format!("must be one of {}, not {}", known.join(", "), quoted(&text));
            let mut problem = self.problem_of(key, Some(origin.clone()), what);
            problem.did_you_mean = nearest(&text.to_lowercase(), names).map(quoted);
            self.reader.problems.push(problem);
        }
        (choices[0].1, origin)
    }

    /// A list; in the environment it is written `a,b`.
    pub fn list<T>(
        &mut self,
        key: &str,
        expected: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> (Vec<T>, Origin) {
        let Some(Found { raw, origin }) = self.take(key) else { return (Vec::new(), Origin::Default) };
        let items = match raw {
            Raw::List(items) => items,
            Raw::Untyped(text) => {
                text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
            }
            other => {
                self.wrong(key, &origin, format!("must be a list of texts, not {}", type_of(&other)));
                return (Vec::new(), origin);
            }
        };
        let shown: Vec<String> = items.iter().map(|item| quoted(item)).collect();
        self.show(key, format!("[{}]", shown.join(", ")), origin.clone());
        let mut values = Vec::new();
        for item in items {
            match parse(&item) {
                Some(value) => values.push(value),
                None => self.wrong(key, &origin, format!("must hold {expected}, not {}", quoted(&item))),
            }
        }
        (values, origin)
    }

    /// The path of a file that has to be readable (a shell verb, which does not open it, takes it unseen).
    pub fn file(&mut self, key: &str) -> Option<PathBuf> {
        let (text, origin) = self.text(key);
        let path = resolve(&text?, &origin);
        if self.mode() != Mode::Shell
            && let Err(error) = std::fs::File::open(&path)
        {
            self.wrong(key, &origin, format!("{} cannot be read: {error}", path.display()));
        }
        Some(path)
    }
}

/// Relative paths are meant from the folder of the file that holds them.
pub(super) fn resolve(path: &str, origin: &Origin) -> PathBuf {
    match origin {
        Origin::File(file, _) => file.parent().unwrap_or(Path::new("")).join(path),
        _ => PathBuf::from(path),
    }
}

fn type_of(raw: &Raw) -> &'static str {
    match raw {
        Raw::Text(_) | Raw::Untyped(_) => "a text",
        Raw::Number(_) => "a number",
        Raw::Truth(_) => "true or false",
        Raw::List(_) => "a list",
        Raw::Other(name) => name,
    }
}

/// A text in the notation of TOML, on one line, without anything that a terminal would obey.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() || crate::visible::is_unsafe(c) => {
                let _ = write!(out, "\\U{:08X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

//! A cmdlet line as PowerShell would take it apart, after a Unix shell, a web page or a word processor has been at it.
//!
//! Dashes and quotation marks may be the typographic ones (PowerShell takes those too); a name may be shortened while it stays
//! clear; commas make lists, over several words. What a Unix shell makes of an unquoted `$true` (nothing) is told as that.

use secrecy::SecretString;

use super::{
    Cmdlet, NotUnderstood,
    names::{cmdlet, empty, foreign, is_dash, name_in, parameter, usage},
    table::{Kind, Parameter},
};
use crate::visible::visible;

/// A value as it was typed.
#[derive(Clone, Debug)]
pub enum Given {
    /// A text, or a number before it is read.
    Text(String),
    /// `$null`.
    Null,
    /// Texts.
    List(Vec<String>),
    /// A truth, or a switch.
    Truth(bool),
    /// A number.
    Number(usize),
    /// Not to be seen.
    Secret(SecretString),
}

/// A line taken apart: each parameter once, by its full name.
#[derive(Debug)]
pub struct Typed {
    /// Which cmdlet.
    pub cmdlet: &'static Cmdlet,
    values: Vec<(&'static str, Given)>,
}

/// Options of ours that may stand before the cmdlet and take a word.
const BEFORE: &[&str] = &["--config", "--data-dir", "--company", "-o", "--output"];

/// Where the cmdlet's name stands, if this is the line of one.
pub fn place_of_cmdlet(words: &[String]) -> Option<usize> {
    let mut place = 0;
    while let Some(word) = words.get(place) {
        if BEFORE.contains(&word.as_str()) {
            place += 2;
        } else if word.starts_with('-') && word.contains('=') {
            place += 1;
        } else {
            let (verb, noun) = word.split_once(is_dash)?;
            let is_one = !verb.is_empty()
                && verb.chars().all(|c| c.is_ascii_alphabetic())
                && noun.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("msol"));
            return is_one.then_some(place);
        }
    }
    None
}

/// Takes a line apart; the cmdlet's name stands at this place.
pub fn read(words: &[String], place: usize) -> Result<Typed, NotUnderstood> {
    let cmdlet = cmdlet(&words[place])?;
    let mut typed = Typed { cmdlet, values: Vec::new() };
    let rest: Vec<&str> = words[..place].iter().chain(&words[place + 1..]).map(String::as_str).collect();
    let mut rest = &rest[..];
    while let Some((word, after)) = rest.split_first() {
        rest = after;
        let Some(named) = name_in(word) else {
            let what = format!("{} does not know what to do with {}", cmdlet.name, visible(word));
            return Err(usage(cmdlet, &what));
        };
        if matches!(named.to_ascii_lowercase().as_str(), "h" | "help" | "?") {
            return Err(NotUnderstood::Help(format!("sspr {}\n", super::usage(cmdlet))));
        }
        let (name, glued) = match named.split_once([':', '=']) {
            Some((name, value)) => (name, Some(value)),
            None => (named, None),
        };
        let (parameter, skipped) = parameter(cmdlet, name, glued, rest)?;
        rest = &rest[skipped..];
        if typed.values.iter().any(|(known, _)| *known == parameter.name) {
            return Err(usage(cmdlet, &format!("-{} stands there twice", parameter.name)));
        }
        let words = match glued {
            Some(value) => Some(vec![value]),
            None if parameter.kind == Kind::Switch => None,
            None => Some(value_words(parameter.kind, &mut rest)),
        };
        typed.values.push((parameter.name, given(cmdlet, parameter, words)?));
    }
    Ok(typed)
}

/// The words of a value: one, and those that a comma ties to it.
fn value_words<'a>(kind: Kind, rest: &mut &[&'a str]) -> Vec<&'a str> {
    let mut words: Vec<&str> = Vec::new();
    while let Some((word, after)) = rest.split_first() {
        let tied = kind == Kind::List
            && (words.last().is_some_and(|last| last.ends_with(',')) || word.starts_with(','));
        // A Unix shell splits “+1 425 555 0111” at its spaces: to it those are no quotation marks.
        let open = kind != Kind::Secret && is_open(&words);
        // A dash begins the next parameter.
        if !(words.is_empty() && name_in(word).is_none() || tied || open) {
            break;
        }
        words.push(word);
        *rest = after;
    }
    words
}

/// Whether typographic quotation marks were opened and not yet closed.
fn is_open(words: &[&str]) -> bool {
    let opens = |word: &str| word.starts_with(['\u{2018}', '\u{201a}', '\u{201c}', '\u{201d}', '\u{201e}']);
    let closes = |word: &str| word.ends_with(is_quote) && (words.len() > 1 || word.chars().count() > 1);
    words.first().is_some_and(|first| opens(first)) && !words.last().is_some_and(|last| closes(last))
}

/// A value of that kind. No words: a switch that stands alone.
fn given(
    cmdlet: &'static Cmdlet,
    parameter: Parameter,
    words: Option<Vec<&str>>,
) -> Result<Given, NotUnderstood> {
    let name = parameter.name;
    let Some(words) = words else { return Ok(Given::Truth(true)) };
    let text = words.join(" ");
    let bare = unquoted(text.trim());
    if bare.is_empty() {
        return match parameter.kind {
            Kind::TruthOrAlone if words.is_empty() => Ok(Given::Truth(true)),
            Kind::Quiet => Ok(Given::Null),
            _ => Err(empty(cmdlet, parameter)),
        };
    }
    if parameter.kind != Kind::Secret && is_open(&words) {
        return Err(usage(cmdlet, &format!("the quotation mark after -{name} is never closed")));
    }
    let null = bare.eq_ignore_ascii_case("$null");
    match parameter.kind {
        Kind::Truth | Kind::TruthOrAlone | Kind::Switch => match bare.to_ascii_lowercase().as_str() {
            "true" | "$true" | "1" => Ok(Given::Truth(true)),
            "false" | "$false" | "0" => Ok(Given::Truth(false)),
            _ => Err(usage(
                cmdlet,
                &format!("-{name} takes '$true' or '$false' (in quotes), not {}", visible(bare)),
            )),
        },
        Kind::Number => bare.parse().map(Given::Number).map_err(|_| {
            usage(cmdlet, &format!("-{name} takes a whole number such as 60, not {}", visible(bare)))
        }),
        Kind::List if null => Ok(Given::List(Vec::new())),
        Kind::List => list(&text).map(Given::List).ok_or_else(|| empty(cmdlet, parameter)),
        Kind::Removable if null => Ok(Given::Null),
        Kind::Text | Kind::Secret if null => Err(empty(cmdlet, parameter)),
        Kind::Secret => Ok(Given::Secret(text.into())),
        Kind::Text | Kind::Removable | Kind::Quiet => Ok(Given::Text(bare.to_owned())),
        Kind::Foreign => Err(usage(cmdlet, &foreign(cmdlet, name))),
    }
}

/// `a, b`, `"a","b"`, `@("a","b")`; `@()` is none. Nothing for a list with a hole in it.
fn list(text: &str) -> Option<Vec<String>> {
    let inner = text.trim().strip_prefix("@(").and_then(|inner| inner.strip_suffix(')'));
    let inner = inner.unwrap_or(text).trim();
    if inner.is_empty() {
        return Some(Vec::new());
    }
    // The whole list may have been quoted once more, to get it past the Unix shell.
    let inner = if unquoted(inner).contains(is_quote) { inner } else { unquoted(inner) };
    inner
        .split(',')
        .map(|item| Some(unquoted(item.trim()).to_owned()).filter(|item| !item.is_empty()))
        .collect()
}

/// Without the quotation marks around it.
fn unquoted(text: &str) -> &str {
    let inner = text.strip_prefix(is_quote).and_then(|inner| inner.strip_suffix(is_quote));
    inner.unwrap_or(text).trim()
}

/// The quotation marks that PowerShell takes for one; word processors make them.
fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\'' | '\u{2018}'..='\u{201b}' | '\u{201c}'..='\u{201e}')
}

impl Typed {
    /// Takes the value of a parameter, if it was given.
    pub fn take(&mut self, name: &str) -> Option<Given> {
        let place = self.values.iter().position(|(known, _)| *known == name)?;
        Some(self.values.swap_remove(place).1)
    }

    /// Takes a text.
    pub fn text(&mut self, name: &str) -> Option<String> {
        match self.take(name) {
            Some(Given::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// Takes a text that the cmdlet can't do without.
    pub fn needed(&mut self, name: &str) -> Result<String, NotUnderstood> {
        self.text(name).ok_or_else(|| usage(self.cmdlet, &format!("{} needs -{name}", self.cmdlet.name)))
    }

    /// Takes a secret.
    pub fn secret(&mut self, name: &str) -> Option<SecretString> {
        match self.take(name) {
            Some(Given::Secret(secret)) => Some(secret),
            _ => None,
        }
    }

    /// Takes a list.
    pub fn list(&mut self, name: &str) -> Option<Vec<String>> {
        match self.take(name) {
            Some(Given::List(list)) => Some(list),
            _ => None,
        }
    }

    /// Takes a truth.
    pub fn truth(&mut self, name: &str) -> Option<bool> {
        match self.take(name) {
            Some(Given::Truth(value)) => Some(value),
            _ => None,
        }
    }

    /// Takes a number.
    pub fn number(&mut self, name: &str) -> Option<usize> {
        match self.take(name) {
            Some(Given::Number(number)) => Some(number),
            _ => None,
        }
    }

    /// A refusal of this line.
    pub fn wrong(&self, what: &str) -> NotUnderstood {
        usage(self.cmdlet, what)
    }
}

//! Every sentence that a person reads, from the Fluent files under `templates/locales/`.
//!
//! A template calls `{{ l.t("sign-in-title") }}` for a plain sentence and
//! `{{ l.a("wait-until").arg("time", time).s() }}` for one with values. A missing key shows as the key itself, and the
//! pseudo-language test fails on it.
//!
//! To add a language: a folder beside `en`, a line in [`Languages::embedded`].

use std::{collections::HashMap, sync::Arc};

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use unic_langid::LanguageIdentifier;

/// The English texts, file by file; each file holds one part of the product.
const ENGLISH: &[&str] = &[
    include_str!("../templates/locales/en/common.ftl"),
    include_str!("../templates/locales/en/wizard.ftl"),
    include_str!("../templates/locales/en/account.ftl"),
    include_str!("../templates/locales/en/portal.ftl"),
    include_str!("../templates/locales/en/portal_requests.ftl"),
    include_str!("../templates/locales/en/portal_password.ftl"),
    include_str!("../templates/locales/en/portal_company.ftl"),
    include_str!("../templates/locales/en/portal_audit.ftl"),
    include_str!("../templates/locales/en/portal_messages.ftl"),
    include_str!("../templates/locales/en/portal_limits.ftl"),
    include_str!("../templates/locales/en/portal_approvals.ftl"),
    include_str!("../templates/locales/en/mail.ftl"),
    include_str!("../templates/locales/en/demo.ftl"),
    include_str!("../templates/locales/en/portal_incidents.ftl"),
];

/// The English mails and text messages alone: what an operator's own texts stand in the place of.
pub const MESSAGES: &str = include_str!("../templates/locales/en/mail.ftl");

/// The text that says what language the messages are in: screen readers and hyphenation go by it.
pub const OWN_TAG: &str = "mail-language";

/// The tag of the pseudo-language: English with every message in brackets, so that a test sees what is not a message.
pub const PSEUDO: &str = "en-XA";

/// All languages that this binary speaks.
#[derive(Clone)]
pub struct Languages {
    known: Arc<HashMap<String, Arc<Language>>>,
    fallback: Arc<Language>,
}

/// One language: the `l` of the templates.
pub struct Language {
    tag: String,
    bundle: FluentBundle<FluentResource>,
    /// Every message without values, finished: most of a page, and the same in every answer.
    plain: HashMap<String, String>,
    pseudo: bool,
}

impl std::fmt::Debug for Languages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.known.keys()).finish()
    }
}

impl std::fmt::Debug for Language {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.tag)
    }
}

impl Languages {
    /// The languages embedded in the binary. With `pseudo`, also [`PSEUDO`] (demo and tests).
    ///
    /// # Errors
    /// Says which file does not parse; a unit test keeps that from ever leaving the workshop.
    pub fn embedded(pseudo: bool) -> Result<Self, String> {
        let english = Arc::new(Language::from_files("en", ENGLISH, false)?);
        let mut known = HashMap::from([("en".to_owned(), english.clone())]);
        if pseudo {
            known.insert(PSEUDO.to_owned(), Arc::new(Language::from_files(PSEUDO, ENGLISH, true)?));
        }
        Ok(Self { known: Arc::new(known), fallback: english })
    }

    /// The best language for an `Accept-Language` header; English where there is none.
    pub fn negotiate(&self, accept_language: Option<&str>) -> Arc<Language> {
        // One language needs no negotiation, and most headers are read for nothing.
        let Some(header) = accept_language.filter(|_| self.known.len() > 1) else {
            return self.fallback.clone();
        };
        fluent_langneg::parse_accepted_languages(header)
            .iter()
            .find_map(|wanted| self.known.get(&wanted.to_string()))
            .unwrap_or(&self.fallback)
            .clone()
    }

    /// English: for mails and SMS until people have a language of their own.
    pub fn english(&self) -> Arc<Language> {
        self.fallback.clone()
    }
}

impl Language {
    /// The texts of messages, with others in the place of some; of two for one place the later holds.
    ///
    /// # Errors
    /// Says which file does not parse, or that [`OWN_TAG`] is no language.
    pub fn of_messages(over: &[&str]) -> Result<Self, String> {
        let files: Vec<&str> = std::iter::once(MESSAGES).chain(over.iter().copied()).collect();
        let language = Self::from_files("en", &files, false)?;
        let tag = language.t(OWN_TAG);
        // Plural forms are those of the language that the texts are in.
        if tag == "en" { Ok(language) } else { Self::from_files(&tag, &files, false) }
    }

    fn from_files(tag: &str, files: &[&str], pseudo: bool) -> Result<Self, String> {
        let id: LanguageIdentifier = tag.parse().map_err(|e| format!("{tag}: {e}"))?;
        let mut bundle = FluentBundle::new_concurrent(vec![id]);
        // The isolation marks around values would land in mails, SMS and copied codes.
        bundle.set_use_isolating(false);
        for (n, file) in files.iter().enumerate() {
            let resource = FluentResource::try_new((*file).to_owned())
                .map_err(|(_, errors)| format!("{tag}, file {n}: {errors:?}"))?;
            bundle.add_resource_overriding(resource);
        }
        let mut language = Self { tag: tag.to_owned(), bundle, plain: HashMap::new(), pseudo };
        let keys = files
            .iter()
            .flat_map(|file| file.lines())
            .filter_map(|line| line.split_once(" ="))
            .map(|(key, _)| key);
        language.plain =
            keys.filter_map(|key| Some((key.to_owned(), language.try_format(key, None).ok()??))).collect();
        Ok(language)
    }

    /// The tag for `<html lang>` and `Content-Language`.
    pub fn tag(&self) -> &str {
        &self.tag
    }

    /// A message without values.
    pub fn t(&self, key: &str) -> String {
        self.plain.get(key).cloned().unwrap_or_else(|| self.format(key, None))
    }

    /// A message with values: `l.a("key").arg("name", value).s()`.
    pub fn a<'l>(&'l self, key: &'l str) -> WithValues<'l> {
        WithValues { language: self, key, values: FluentArgs::new() }
    }

    /// A text with these values, or nothing where it lacks one or is none.
    pub fn complete(&self, key: &str, values: &[(&str, FluentValue<'static>)]) -> Option<String> {
        let mut given = FluentArgs::new();
        for (name, value) in values {
            given.set((*name).to_owned(), value.clone());
        }
        self.try_format(key, Some(&given)).ok().flatten()
    }

    fn format(&self, key: &str, values: Option<&FluentArgs<'_>>) -> String {
        match self.try_format(key, values) {
            Ok(Some(text)) => text,
            Ok(None) => key.to_owned(),
            Err(text) => {
                tracing::error!(key, language = %self.tag, "a text lacks a value");
                text
            }
        }
    }

    /// The text; `None` where there is no such message; `Err` is the text with a value missing.
    fn try_format(&self, key: &str, values: Option<&FluentArgs<'_>>) -> Result<Option<String>, String> {
        let Some(pattern) = self.bundle.get_message(key).and_then(|m| m.value()) else { return Ok(None) };
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, values, &mut errors);
        let text = if self.pseudo { format!("⟦{text}⟧") } else { text.into_owned() };
        if errors.is_empty() { Ok(Some(text)) } else { Err(text) }
    }
}

/// A message on its way to a string.
pub struct WithValues<'l> {
    language: &'l Language,
    key: &'l str,
    values: FluentArgs<'l>,
}

impl<'l> WithValues<'l> {
    /// Gives the message one value. Numbers choose plural forms.
    #[must_use]
    pub fn arg<V>(mut self, name: &'l str, value: V) -> Self
    where
        V: IntoValue,
    {
        self.values.set(name, value.into_value());
        self
    }

    /// The finished sentence.
    pub fn s(&self) -> String {
        self.language.format(self.key, Some(&self.values))
    }
}

/// What a message takes as a value.
pub trait IntoValue {
    /// The value as Fluent knows it.
    fn into_value(self) -> FluentValue<'static>;
}

impl IntoValue for &str {
    fn into_value(self) -> FluentValue<'static> {
        FluentValue::from(self.to_owned())
    }
}

impl IntoValue for String {
    fn into_value(self) -> FluentValue<'static> {
        FluentValue::from(self)
    }
}

impl IntoValue for &String {
    fn into_value(self) -> FluentValue<'static> {
        FluentValue::from(self.clone())
    }
}

macro_rules! numbers {
    ($($t:ty),*) => { $(
        impl IntoValue for $t {
            fn into_value(self) -> FluentValue<'static> {
                FluentValue::from(self)
            }
        }
        impl IntoValue for &$t {
            fn into_value(self) -> FluentValue<'static> {
                FluentValue::from(*self)
            }
        }
    )* };
}
numbers!(i64, i32, u32, u16, u8, usize);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_embedded_file_parses() {
        Languages::embedded(true).unwrap();
    }

    #[test]
    fn no_text_is_there_twice() {
        let mut seen = std::collections::HashSet::new();
        for line in ENGLISH.iter().flat_map(|file| file.lines()) {
            if let Some((key, _)) = line.split_once(" =").filter(|(key, _)| !key.starts_with([' ', '#'])) {
                assert!(seen.insert(key), "{key}");
            }
        }
    }

    #[test]
    fn an_unknown_language_gets_english() {
        let all = Languages::embedded(true).unwrap();
        assert_eq!(all.negotiate(Some("xx, yy;q=0.5")).tag(), "en");
        assert_eq!(all.negotiate(Some("de, en-XA;q=0.9")).tag(), PSEUDO);
    }
}

//! `[sms]`, `[sms_2]`, `[sms_3]`: how SMS leave, in this order.

use std::{path::PathBuf, time::Duration};

use secrecy::SecretString;
use url::Url;

use super::{Mode, reader::Reader, secrets::Need, section::Section};
use crate::senders::{
    ask::{Ask, is_safe_url},
    sms::{
        Settings,
        judge::{self, Classify},
    },
};

/// The sections in the order in which they are tried. Further ones have the keys and defaults of the first.
pub(super) const SECTIONS: [&str; 3] = ["sms", "sms_2", "sms_3"];

/// SMS: nobody (a demo, or a shell that sends nothing), or providers in order.
#[derive(Clone, Debug, Default)]
pub struct SmsSettings {
    /// The preferred one first.
    pub providers: Vec<SmsProvider>,
}

/// One provider.
#[derive(Clone, Debug)]
pub struct SmsProvider {
    /// The section that it stands in.
    pub section: &'static str,
    /// What it needs.
    pub settings: Settings,
    /// Where it is reached: the first address that it asked for.
    pub address: Option<Url>,
    /// One request.
    pub timeout: Duration,
    /// PEM file with further trusted roots.
    pub ca_file: Option<PathBuf>,
    /// What its codes mean, where the operator knows better.
    pub classify: Classify,
}

pub(super) fn read(reader: &mut Reader) -> SmsSettings {
    SmsSettings {
        providers: SECTIONS.into_iter().filter_map(|name| read_one(reader.section(name))).collect(),
    }
}

fn read_one(mut section: Section<'_>) -> Option<SmsProvider> {
    let first = section.name == SECTIONS[0];
    let mut kinds: Vec<(&'static str, &'static str)> =
        Settings::KINDS.iter().map(|kind| (*kind, *kind)).collect();
    kinds.push(if first { ("demo", "demo") } else { ("", "") });
    let (kind, origin) = section.choice("kind", &kinds);
    if kind.is_empty() {
        section.leave_the_rest("kind", kind);
        return None;
    }
    if kind == "demo" && section.mode() == Mode::Serve {
        section.wrong("kind", &origin, "\"demo\" is for a demo only, messages would reach nobody");
    }
    let mut asking = Asking { section: &mut section, kind, address: None };
    let settings = Settings::ask(kind, &mut asking);
    let address = asking.address;
    let timeout = section.seconds("timeout_seconds", 1..=60);
    let ca_file = section.file("ca_file");
    let (classify, _) = section.list(
        "classify",
        "a code or status and what it means, like 21211=refuse or 429=retry",
        judge::parse,
    );
    section.leave_the_rest("kind", kind);
    Some(SmsProvider { section: section.name, settings: settings?, address, timeout, ca_file, classify })
}

/// A provider asks, a section answers.
struct Asking<'a, 'b> {
    section: &'a mut Section<'b>,
    kind: &'static str,
    address: Option<Url>,
}

impl Asking<'_, '_> {
    fn note_missing(&mut self, key: &str, or: &str) {
        if self.section.mode() != Mode::Shell {
            self.section.missing(key, &format!("with kind = \"{}\"{or}", self.kind));
        }
    }
}

impl Ask for Asking<'_, '_> {
    fn text(&mut self, key: &'static str, expected: &str, fits: fn(&str) -> bool) -> Option<String> {
        let text = self.optional(key, expected, fits);
        if text.is_none() {
            self.note_missing(key, "");
        }
        text
    }

    fn optional(&mut self, key: &'static str, expected: &str, fits: fn(&str) -> bool) -> Option<String> {
        self.section.parsed(key, expected, |text| fits(text).then(|| text.to_owned())).0
    }

    fn secret(&mut self, key: &'static str) -> Option<SecretString> {
        let given = self.section.secret(key, Need::Serving);
        if given.is_none() {
            self.note_missing(key, "");
        }
        given?.value
    }

    fn optional_secret(&mut self, key: &'static str) -> Option<SecretString> {
        self.section.secret(key, Need::Serving)?.value
    }

    fn url(&mut self, key: &'static str, usual: Option<&str>) -> Option<Url> {
        let safe = |text: &str| Url::parse(text).ok().filter(is_safe_url);
        let (url, _) = self.section.parsed(key, "an https address (http on loopback only)", safe);
        if self.section.is_wrong(key) {
            return url;
        }
        let url = url.or_else(|| usual.and_then(|usual| Url::parse(usual).ok()));
        if url.is_none() {
            self.note_missing(key, "");
        }
        self.address = self.address.take().or_else(|| url.clone());
        url
    }

    fn missing(&mut self, key: &'static str, or: &'static str) {
        // One that is there but wrong is noted already, also as the file of a secret.
        let noted =
            |name: &str| self.section.is_wrong(name) || self.section.is_wrong(&format!("{name}_file"));
        if !noted(or) && !noted(key) {
            self.note_missing(key, &format!(", or {or}"));
        }
    }

    fn wrong(&mut self, key: &'static str, what: &str) {
        let origin = self.section.origin(key);
        self.section.wrong(key, &origin, what);
    }
}

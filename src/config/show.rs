//! `config show`: what holds, and where it comes from.

use std::fmt::Write as _;

use super::{Config, problem::Origin};

/// One value that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// `section.key`.
    pub name: String,
    /// In the notation of TOML; a secret is `"[redacted]"`.
    pub value: String,
    /// Where it comes from.
    pub origin: Origin,
}

impl Config {
    /// All settings as a TOML file, each with its origin as a comment.
    pub fn show(&self) -> String {
        let mut out = String::new();
        let mut section = "";
        for setting in self.settings.iter() {
            let (of, key) = setting.name.split_once('.').unwrap_or(("", &setting.name));
            if of != section {
                let _ = writeln!(out, "{}[{of}]", if section.is_empty() { "" } else { "\n" });
                section = of;
            }
            let line = format!("{key} = {}", setting.value);
            let _ = writeln!(out, "{line:<44}  # {}", crate::visible::visible(&setting.origin.to_string()));
        }
        out
    }
}

//! `config/default.toml` read as the manual that it is: every key with its default, its comment and an example.
//!
//! The tests below hold it to its promise: each key is explained with unit and variable, secrets are marked.

/// The text of the embedded file.
pub const DEFAULT_TOML: &str = include_str!("../../config/default.toml");

/// One key of the manual.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub section: &'static str,
    pub key: &'static str,
    /// `key = value` as it stands in the file.
    line: &'static str,
    comment: Vec<&'static str>,
}

/// All keys, in the file's order.
pub(super) fn entries() -> Vec<Entry> {
    let mut all = Vec::new();
    let mut section = "";
    let mut comment = Vec::new();
    for line in DEFAULT_TOML.lines() {
        if let Some(text) = line.strip_prefix('#') {
            comment.push(text.trim());
        } else if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = name;
            comment.clear();
        } else if let Some((key, _)) = line.split_once(" = ") {
            all.push(Entry { section, key, line, comment: std::mem::take(&mut comment) });
        } else {
            comment.clear();
        }
    }
    all
}

/// The section whose keys and defaults this one has too: of several relays or providers the first explains all.
pub(super) fn base_of(section: &str) -> Option<&'static str> {
    REPEATED.iter().find(|(_, further)| further.contains(&section)).map(|(base, _)| *base)
}

/// Sections that may be given again.
pub(super) const REPEATED: [(&str, &[&str]); 2] =
    [("mail", &["mail_2", "mail_3"]), ("sms", &["sms_2", "sms_3"])];

/// The manual's entry of a key.
pub(super) fn find(section: &str, key: &str) -> Option<Entry> {
    let explains = |name: &str| entries().into_iter().find(|entry| entry.section == name && entry.key == key);
    explains(section).or_else(|| {
        let entry = explains(base_of(section)?)?;
        let section =
            REPEATED.iter().flat_map(|(_, further)| *further).find(|further| **further == section)?;
        Some(Entry { section, ..entry })
    })
}

impl Entry {
    /// A right line for a file: the manual's example, else the default.
    pub fn example(&self) -> &'static str {
        self.comment.iter().find_map(|line| line.strip_prefix("Example: ")).unwrap_or(self.line)
    }

    /// The same for the environment.
    pub fn example_variable(&self) -> String {
        let (key, value) = self.example().split_once(" = ").unwrap_or((self.key, ""));
        let value: String = value.chars().filter(|c| !matches!(c, '"' | '[' | ']')).collect();
        let value = value.replace(", ", ",");
        if value.contains([' ', '<', '=']) {
            format!("{}='{value}'", variable(self.section, key))
        } else {
            format!("{}={value}", variable(self.section, key))
        }
    }
}

impl Entry {
    /// Whether the manual says that this is a secret.
    pub fn is_secret(&self) -> bool {
        self.comment.join(" ").contains(" Secret.")
    }
}

/// The environment variable of a key.
pub(super) fn variable(section: &str, key: &str) -> String {
    format!("SSPR_{}__{}", section.to_uppercase(), key.to_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_its_meaning_unit_and_variable() {
        for entry in entries() {
            let text = entry.comment.join(" ");
            let name = variable(entry.section, entry.key);
            let before_unit = text.split("Unit: ").next().unwrap_or_default();
            assert!(before_unit.len() > 20, "{name}: says nothing about its meaning");
            assert!(text.contains("Unit: "), "{name}: no unit");
            assert!(
                text.contains(&format!("Environment: {name}."))
                    || text.contains(&format!("Environment: {name} (")),
                "{name}: variable not named"
            );
        }
    }

    #[test]
    fn every_key_without_a_default_has_an_example_of_its_own() {
        for entry in entries() {
            if (entry.line.ends_with("\"\"") || entry.line.ends_with("[]"))
                && !entry.example().contains(" = \"")
            {
                assert!(entry.example().contains(" = ["), "{}.{}: no example", entry.section, entry.key);
                assert_ne!(entry.example(), entry.line);
            }
        }
    }

    #[test]
    fn what_the_reader_takes_for_the_manual_is_what_toml_sees() {
        let parsed = toml::de::DeTable::parse(DEFAULT_TOML).unwrap();
        let mut seen: Vec<(String, String)> = Vec::new();
        for (section, keys) in parsed.get_ref() {
            for key in keys.get_ref().as_table().unwrap().keys() {
                seen.push((section.get_ref().to_string(), key.get_ref().to_string()));
            }
        }
        let mut read: Vec<(String, String)> =
            entries().iter().map(|entry| (entry.section.to_owned(), entry.key.to_owned())).collect();
        seen.sort();
        read.sort();
        assert_eq!(read, seen);
    }

    #[test]
    fn an_example_can_be_shown_for_the_environment() {
        let proxies = find("server", "trusted_proxies").unwrap();
        assert_eq!(proxies.example_variable(), "SSPR_SERVER__TRUSTED_PROXIES=10.0.0.5/32,fd00::/8");
        let from = find("mail", "from").unwrap();
        assert_eq!(
            from.example_variable(),
            "SSPR_MAIL__FROM='Contoso password reset <password-reset@contoso.com>'"
        );
    }
}

//! `[help]`: who helps beyond these pages.

use url::Url;

use super::section::Section;

/// Shown on every page.
#[derive(Clone, Debug)]
pub struct HelpSettings {
    /// Plain text; a template escapes it.
    pub text: Option<String>,
    /// https or mailto, so that it can be a link's target as it is.
    pub url: Option<Url>,
}

pub(super) fn read(mut section: Section<'_>) -> HelpSettings {
    let text = section
        .parsed("text", "200 characters at most", |text| {
            (text.chars().count() <= 200).then(|| text.to_owned())
        })
        .0;
    let url = section.parsed("url", "an https or mailto address", |text| {
        let url = Url::parse(text).ok()?;
        let safe = matches!(url.scheme(), "https" | "mailto")
            && url.username().is_empty()
            && url.password().is_none();
        safe.then_some(url)
    });
    HelpSettings { text, url: url.0 }
}

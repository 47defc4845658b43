//! `[texts]`: an operator's own words for mails and text messages.

use std::path::PathBuf;

use super::{
    Mode,
    section::{Section, resolve},
};

/// Where they are.
#[derive(Clone, Debug)]
pub struct TextsSettings {
    /// The folder of the files; none: ours alone.
    pub folder: Option<PathBuf>,
}

pub(super) fn read(mut section: Section<'_>) -> TextsSettings {
    let (text, origin) = section.text("folder");
    let folder = text.map(|text| resolve(&text, &origin));
    if let Some(path) = &folder
        && section.mode() != Mode::Shell
        && let Err(error) = std::fs::read_dir(path)
    {
        section.wrong("folder", &origin, format!("{} cannot be read: {error}", path.display()));
    }
    TextsSettings { folder }
}

//! `[keys]`: what e-mail links and security codes are derived from. Lives outside the database, so that a stolen database
//! opens nothing.

use std::path::Path;

use secrecy::ExposeSecret as _;

use super::{
    Mode,
    problem::Origin,
    secrets::KeyMaterial,
    section::{Section, quoted, resolve},
};

/// The keys, newest first.
#[derive(Clone, Debug)]
pub struct KeySettings {
    /// Derives everything new. Always there when serving; a demo makes its own when there is none.
    pub current: Option<KeyMaterial>,
    /// Only to accept what they derived.
    pub previous: Vec<KeyMaterial>,
}

pub(super) fn read(mut section: Section<'_>) -> KeySettings {
    let (path, origin) = section.text("current_file");
    let credential = section.credential("current");
    let current = match (path, credential) {
        (Some(_), Some(path)) => {
            let what = format!("is given more than once, keep this or the credential {}", path.display());
            section.wrong("current_file", &origin, what);
            None
        }
        (Some(path), None) => key(&mut section, "current_file", &resolve(&path, &origin), &origin),
        (None, Some(path)) => {
            let origin = Origin::Credential(path.clone());
            section.replace_shown("current_file", quoted(&path.to_string_lossy()), origin.clone());
            key(&mut section, "current_file", &path, &origin)
        }
        (None, None) => None,
    };
    if current.is_none() && section.mode() == Mode::Serve {
        section.missing("current_file", "to serve");
    }
    let (paths, origin) = section.list("previous_files", "paths", |path| Some(path.to_owned()));
    let previous = paths
        .iter()
        .filter_map(|path| key(&mut section, "previous_files", &resolve(path, &origin), &origin))
        .collect();
    KeySettings { current, previous }
}

fn key(section: &mut Section<'_>, name: &str, path: &Path, origin: &Origin) -> Option<KeyMaterial> {
    let text = section.secret_file(name, path, origin)?;
    let key = KeyMaterial::from_base64(text.expose_secret());
    if key.is_none() {
        let what = format!(
            "{} must hold 32 random bytes or more in base64 (head -c 32 /dev/urandom | base64)",
            path.display()
        );
        section.wrong(name, origin, what);
    }
    key
}

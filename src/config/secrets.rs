//! Values that may never be shown: read from one of three forms, kept in types whose `Debug` says `[REDACTED]`.

use std::{
    fmt,
    io::Read as _,
    path::{Path, PathBuf},
};

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use secrecy::{ExposeSecret as _, SecretSlice, SecretString};
use zeroize::Zeroizing;

use super::{
    Mode,
    layers::{Found, Raw},
    problem::Origin,
    section::{Section, resolve},
};

/// The least length of a key, in bytes: that of the HMAC's output.
pub const KEY_BYTES: usize = 32;
/// No secret is longer; a larger file is some other file. Bytes.
const FILE_LIMIT: u64 = 64 * 1024;
/// Room for the largest, and the byte that tells that it was too large.
const FILE_BUFFER: usize = 64 * 1024 + 1;
/// What `config show` prints in place of a secret.
pub(super) const REDACTED: &str = "\"[redacted]\"";

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The bytes from which secrets are derived: at least [`KEY_BYTES`], never shown, wiped when dropped.
#[derive(Clone)]
pub struct KeyMaterial(SecretSlice<u8>);

impl KeyMaterial {
    /// From raw bytes; `None` when they are too few, or all the same (a placeholder, not a key).
    pub fn new(bytes: Vec<u8>) -> Option<Self> {
        let bytes = Zeroizing::new(bytes);
        (bytes.len() >= KEY_BYTES && bytes.iter().any(|byte| *byte != bytes[0]))
            .then(|| Self(bytes.to_vec().into()))
    }

    /// From the text of a key file: base64 with or without padding, white space around it ignored.
    pub fn from_base64(text: &str) -> Option<Self> {
        BASE64.decode(text.trim()).ok().and_then(Self::new)
    }

    /// The bytes, for a MAC.
    pub fn expose(&self) -> &[u8] {
        self.0.expose_secret()
    }
}

impl fmt::Debug for KeyMaterial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyMaterial([REDACTED])")
    }
}

/// Whether a secret's file is opened in this mode.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// Whoever serves needs it; a shell verb does not, and the person may not be allowed to read it.
    Serving,
    /// Only a shell verb needs it; the running service does not take it into its memory.
    Shell,
    /// Both.
    Always,
}

impl Need {
    fn in_mode(self, mode: Mode) -> bool {
        match self {
            Self::Serving => mode != Mode::Shell,
            Self::Shell => mode != Mode::Serve,
            Self::Always => true,
        }
    }
}

/// A secret and where it was given.
pub(super) struct Given {
    /// `None`: given, but not read in this mode or not readable (a problem or a warning says so).
    pub value: Option<SecretString>,
    pub origin: Origin,
}

impl Section<'_> {
    /// A secret in one of its three forms; `None` when it is not given.
    pub fn secret(&mut self, key: &str, need: Need) -> Option<Given> {
        let file_key = format!("{key}_file");
        let inline = self.take(key).and_then(|found| self.secret_text(key, found));
        let (path, path_origin) = self.text(&file_key);
        let credential = self.credential(key);

        let forms: Vec<String> = [
            inline.as_ref().map(|(_, origin)| format!("{key} ({origin})")),
            path.as_ref().map(|_| format!("{file_key} ({path_origin})")),
            credential.as_ref().map(|path| format!("the credential {}", path.display())),
        ]
        .into_iter()
        .flatten()
        .collect();
        if forms.len() > 1 {
            let origin = inline.map_or(path_origin, |(_, origin)| origin);
            self.wrong(key, &origin, format!("is given more than once, keep one: {}", forms.join(", ")));
            return None;
        }
        if let Some((text, origin)) = inline {
            self.show(key, REDACTED.to_owned(), origin.clone());
            if let Origin::File(file, _) = &origin
                && readable_by_everyone(file)
            {
                self.warn(
                    key,
                    &origin,
                    format!("everyone can read this secret: chmod o= {}", file.display()),
                );
            }
            return Some(Given { value: need.in_mode(self.mode()).then_some(text), origin });
        }
        let (path, origin) = match (path, credential) {
            (Some(path), _) => (resolve(&path, &path_origin), path_origin),
            (None, Some(path)) => (path.clone(), Origin::Credential(path)),
            (None, None) => {
                self.show(key, "\"\"".to_owned(), Origin::Default);
                return None;
            }
        };
        self.show(key, REDACTED.to_owned(), origin.clone());
        let value =
            if need.in_mode(self.mode()) { self.secret_file(&file_key, &path, &origin) } else { None };
        Some(Given { value, origin })
    }

    fn secret_text(&mut self, key: &str, found: Found) -> Option<(SecretString, Origin)> {
        match found.raw {
            Raw::Text(text) | Raw::Untyped(text) => {
                (!text.is_empty()).then(|| (SecretString::from(text), found.origin))
            }
            _ => {
                self.wrong(key, &found.origin, "must be a text in quotes");
                None
            }
        }
    }

    /// The service manager's file for this key, if there is one.
    pub fn credential(&self, key: &str) -> Option<PathBuf> {
        let path = self.reader.credentials.as_ref()?.join(format!("{}.{key}", self.name));
        path.exists().then_some(path)
    }

    /// The text of a secret's file without the newline at its end.
    pub fn secret_file(&mut self, key: &str, path: &Path, origin: &Origin) -> Option<SecretString> {
        // All at once: a vector that grows leaves copies of the secret behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(FILE_BUFFER));
        let read =
            std::fs::File::open(path).and_then(|file| file.take(FILE_LIMIT + 1).read_to_end(&mut bytes));
        match read {
            // Another person's secret is no reason to refuse a verb that may not need it.
            Err(error)
                if self.mode() == Mode::Shell && error.kind() == std::io::ErrorKind::PermissionDenied =>
            {
                self.warn(key, origin, format!("{} may not be read by this user", path.display()));
                return None;
            }
            Err(error) => {
                self.wrong(key, origin, format!("{} cannot be read: {error}", path.display()));
                return None;
            }
            Ok(_) => {}
        }
        if readable_by_everyone(path) {
            self.warn(key, origin, format!("everyone can read this secret: chmod o= {}", path.display()));
        }
        if bytes.len() as u64 > FILE_LIMIT {
            self.wrong(key, origin, format!("{} is too large for a secret", path.display()));
            return None;
        }
        let Ok(text) = std::str::from_utf8(&bytes) else {
            self.wrong(key, origin, format!("{} is not UTF-8 text", path.display()));
            return None;
        };
        let text = text.strip_suffix('\n').map_or(text, |text| text.strip_suffix('\r').unwrap_or(text));
        if text.is_empty() {
            self.wrong(key, origin, format!("{} is empty", path.display()));
            return None;
        }
        Some(SecretString::from(text))
    }
}

/// Whether others than owner and group may read the file.
fn readable_by_everyone(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).is_ok_and(|data| data.permissions().mode() & 0o004 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_or_uniform_key_is_refused() {
        assert!(KeyMaterial::new((0..31).collect()).is_none());
        assert!(KeyMaterial::new(vec![0; 64]).is_none());
        assert!(KeyMaterial::new((0..32).collect()).is_some());
    }

    #[test]
    fn a_key_file_may_have_padding_or_not_and_a_newline() {
        let text = base64::engine::general_purpose::STANDARD.encode((0..32).collect::<Vec<u8>>());
        for form in [text.clone(), format!("{text}\n"), text.trim_end_matches('=').to_owned()] {
            assert_eq!(KeyMaterial::from_base64(&form).unwrap().expose(), (0..32).collect::<Vec<u8>>());
        }
        assert!(KeyMaterial::from_base64("not base64!").is_none());
    }

    #[test]
    fn a_key_does_not_show_itself() {
        let key = KeyMaterial::new((0..32).collect()).unwrap();
        assert_eq!(format!("{key:?}"), "KeyMaterial([REDACTED])");
    }
}

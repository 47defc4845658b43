//! The style sheet, the script and the icons: in the binary, under a name that holds a hash of the content.
//!
//! Must stay true: a changed file has a new path, so that a browser may keep each for ever; nothing is read from
//! disk. To add a file: a `static` here and its line in [`ALL`].

use std::sync::LazyLock;

use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use sha2::{Digest, Sha256};

/// One embedded file.
pub struct Asset {
    stem: &'static str,
    extension: &'static str,
    content_type: &'static str,
    content: &'static [u8],
    path: LazyLock<String>,
}

macro_rules! asset {
    ($(#[$doc:meta])* $name:ident, $stem:literal, $extension:literal, $content_type:literal) => {
        $(#[$doc])*
        pub static $name: Asset = Asset {
            stem: $stem,
            extension: $extension,
            content_type: $content_type,
            content: include_bytes!(concat!("../../static/", $stem, ".", $extension)),
            path: LazyLock::new(|| $name.hashed_path()),
        };
    };
}

asset!(
    /// The style sheet of every page.
    STYLE, "style", "css", "text/css; charset=utf-8"
);
asset!(
    /// The script of every page; every page works without it.
    SCRIPT, "script", "js", "text/javascript; charset=utf-8"
);
asset!(
    /// What only pages with [`super::portal_nav::PortalNav`] load: tables, filters, reviews.
    PORTAL_STYLE, "portal", "css", "text/css; charset=utf-8"
);
asset!(
    /// What only these pages load; they work without it, too.
    PORTAL_SCRIPT, "portal", "js", "text/javascript; charset=utf-8"
);
asset!(
    /// What only the page loads that waits for a text message; it works without it, too.
    WATCH_SCRIPT, "watch", "js", "text/javascript; charset=utf-8"
);
asset!(
    /// What only pages load whose visitor's browser computes a proof; its worker is the same file.
    PROOF_SCRIPT, "proof", "js", "text/javascript; charset=utf-8"
);
asset!(
    /// What only pages load that show another company's check: it stands between that and the form.
    HOSTED_SCRIPT, "hosted", "js", "text/javascript; charset=utf-8"
);
asset!(
    /// The icon of the browser's tab and of the header.
    ICON, "favicon", "svg", "image/svg+xml"
);
asset!(
    /// The same in another colour, for a demo.
    ICON_DEMO, "favicon-demo", "svg", "image/svg+xml"
);

/// All embedded files.
pub static ALL: [&Asset; 9] = [
    &STYLE,
    &SCRIPT,
    &PORTAL_STYLE,
    &PORTAL_SCRIPT,
    &WATCH_SCRIPT,
    &ICON,
    &ICON_DEMO,
    &PROOF_SCRIPT,
    &HOSTED_SCRIPT,
];

impl Asset {
    /// `/static/style.0123456789abcdef.css`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The bytes of the file.
    pub fn content(&self) -> &'static [u8] {
        self.content
    }

    fn hashed_path(&self) -> String {
        use std::fmt::Write as _;
        let digest = Sha256::digest(self.content);
        let mut path = format!("/static/{}.", self.stem);
        for byte in digest.iter().take(8) {
            // Fails never: a String takes all.
            let _ = write!(path, "{byte:02x}");
        }
        path.push('.');
        path.push_str(self.extension);
        path
    }
}

/// The file behind `/static/{name}`; `None` for a name that is not one of ours, also an outdated one.
pub fn file(name: &str) -> Option<Response> {
    let asset = ALL.iter().find(|asset| asset.path().strip_prefix("/static/") == Some(name))?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(asset.content_type)),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    Some((headers, asset.content).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_found_under_its_hashed_path_and_may_be_kept_for_ever() {
        for asset in ALL {
            let name = asset.path().strip_prefix("/static/").unwrap();
            let answer = file(name).unwrap();
            assert_eq!(answer.headers()[header::CACHE_CONTROL], "public, max-age=31536000, immutable");
            assert_eq!(answer.headers()[header::CONTENT_TYPE], asset.content_type);
        }
    }

    #[test]
    fn a_name_without_its_hash_or_with_another_is_unknown() {
        for name in ["style.css", "style.0000000000000000.css", "", "../Cargo.toml"] {
            assert!(file(name).is_none(), "{name}");
        }
    }
}

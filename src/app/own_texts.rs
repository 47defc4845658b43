//! An operator's own words for messages, read and checked before anything is served.

use crate::{
    config::{Config, PublicUrl},
    outbox::{
        render::{self, Brand},
        texts::{self, Measured, Read},
    },
};

use super::build::{CannotBuild, wrong};

/// The sender's name where the configuration gives none.
pub(super) const SENDER: &str = "Password reset";

/// Who sends, and in what words.
///
/// # Errors
/// Every text that can't be used, a line each; the program ends with exit code 78.
pub(super) fn read(config: &Config, public_url: &PublicUrl) -> Result<(Brand, Read), CannotBuild> {
    let name = config.mail.from.as_ref().and_then(|from| from.name.as_deref()).unwrap_or(SENDER);
    let brand = Brand::new(public_url.origin(), name, config.help.text.as_deref())
        .map_err(|fault| wrong("mail.from, help.text or server.public_url")(&fault))?;
    let read = texts::read(config.texts.folder.as_deref(), &brand).map_err(|refused| {
        let lines: Vec<String> = refused.iter().map(ToString::to_string).collect();
        wrong("texts.folder")(&lines.join("\n  "))
    })?;
    render::host_fits(brand.host(), read.texts.everyone())
        .map_err(|fault| wrong("server.public_url")(&fault))?;
    Ok((brand, read))
}

/// What `config check` tells of the text messages of this configuration. Nothing where it has no public address: then nothing leaves.
///
/// # Errors
/// As [`super::App::build`] would.
pub fn measure(config: &Config) -> Result<Vec<Measured>, CannotBuild> {
    let Some(public_url) = &config.server.public_url else { return Ok(Vec::new()) };
    Ok(read(config, public_url)?.1.measured)
}

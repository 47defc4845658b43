//! Every mail with sample data, as it leaves: for tests against programs that nobody here wrote (`tests/it/mail_contract`).

use super::{Brand, CannotRender, RenderedMail, Secrets, mail, samples};
use crate::language::Language;

/// One sample.
pub struct Sample {
    /// Which message.
    pub kind: &'static str,
    /// Its two parts.
    pub mail: RenderedMail,
    /// Its one link, if it is the secret of a token and no page.
    pub link: Option<String>,
}

/// All of them, to the owner of this user ID; `typed` stands wherever somebody else typed something.
pub fn every_mail(
    sender: &Brand,
    language: &Language,
    user_id: &str,
    typed: &str,
) -> Result<Vec<Sample>, CannotRender> {
    let all = samples::mails(user_id, typed).into_iter().map(|sample| {
        // As long as a real one.
        let link = sample.has_link.then(|| {
            sender.page("/reset/email-link/q7Zk0v3M-1bW_9dT4sXyC2aE6gHfJ8kLmNpQrStUvWx0123456789AbCdEfGhIjK")
        });
        let secrets = Secrets { link: link.clone() };
        let mail = mail(&sample.message, &secrets, sender, language)?;
        Ok(Sample { kind: sample.message.kind(), mail, link })
    });
    all.collect()
}

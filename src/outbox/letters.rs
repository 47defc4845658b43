//! From a row of the outbox to a finished mail or SMS: the one place that derives a link or code to show it to someone.

use crate::{
    domain::{
        message::{Channel, Message},
        secret::{Keys, Purpose, Secret},
    },
    store::outbox::{Claimed, Token},
};

use super::{
    Outbox,
    render::{self, RenderedMail, Secrets},
};

/// A finished message.
pub enum Letter {
    /// For the mail sender.
    Mail(RenderedMail),
    /// For the SMS sender: the text.
    Sms(Secret),
}

/// Why a row can't become a message. Nothing of it depends on the network: no retry helps.
#[derive(Debug, thiserror::Error)]
pub enum CannotWrite {
    /// The facts are of a kind that this binary does not know.
    #[error("unknown kind of message")]
    Facts,
    /// The key that the secret was derived with is gone.
    #[error("the key of the secret is gone")]
    Key,
    /// The text does not come out as it must.
    #[error("rendering failed: {0:?}")]
    Render(render::CannotRender),
}

/// The path under which a purpose's links are opened.
pub fn path_of(purpose: Purpose) -> Option<&'static str> {
    match purpose {
        Purpose::EmailLink => Some("/reset/email-link/"),
        Purpose::NotMe => Some("/not-me/"),
        Purpose::SetPassword => Some("/set-password/"),
        Purpose::ConfirmEmail | Purpose::ConfirmMobile => Some("/confirm-contact/"),
        Purpose::SecurityCode => None,
    }
}

fn secret(token: &Token, keys: &Keys) -> Result<Secret, CannotWrite> {
    let key = keys.find(&token.key_id).ok_or(CannotWrite::Key)?;
    Ok(match token.purpose {
        Purpose::SecurityCode => key.security_code(token.id, &token.nonce),
        purpose => key.link_token(purpose, token.id, &token.nonce),
    })
}

/// Derives, renders.
pub fn write(row: &Claimed, outbox: &Outbox) -> Result<Letter, CannotWrite> {
    let Outbox { keys, brand, origin, texts, .. } = outbox;
    let language = texts.of_company(&row.domains);
    let message: Message = serde_json::from_value(row.message.clone()).map_err(|_| CannotWrite::Facts)?;
    let secret = row.token.as_ref().map(|token| secret(token, keys)).transpose()?;
    // What a person gets of it: a link where the purpose has a page, else the code itself.
    let path = row.token.as_ref().and_then(|token| path_of(token.purpose));
    // Which of the person's contacts a copy went to: an incident tells from where it was reported. A hint that its reader could change.
    let copy = match row.token.as_ref().map(|token| token.purpose) {
        Some(Purpose::NotMe) => message.sent_to().map(|to| format!("?to={}", to.as_str())),
        _ => None,
    };
    let copy = copy.unwrap_or_default();
    let secret = secret.map(|secret| match path {
        Some(path) => Secret::new(format!("{origin}{path}{}{copy}", secret.expose())),
        None => secret,
    });
    match message.channel() {
        Channel::Email => {
            let link = secret.filter(|_| path.is_some()).map(|link| link.expose().to_owned());
            render::mail(&message, &Secrets { link }, brand, language)
                .map(Letter::Mail)
                .map_err(CannotWrite::Render)
        }
        Channel::Sms => render::sms(&message, secret.as_ref().map(Secret::expose), brand.host(), language)
            .map(|text| Letter::Sms(Secret::new(text)))
            .map_err(CannotWrite::Render),
    }
}

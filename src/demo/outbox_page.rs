//! `/demo/outbox`: e-mail and text messages side by side, as a person would see them, newest first.
//!
//! Shows each message as text, never its HTML: the page's content policy forbids inline styles, and a demo must not
//! open a hole for markup in a name.

use axum::{Json, Router, extract::State, http::StatusCode, response::Response, routing::get};
use serde::Serialize;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    app::App,
    clock,
    outbox::letters::{self, Letter},
    store::outbox::{self, Claimed},
    web::{
        error::PageError,
        visit::{Visit, show},
    },
};
use askama::Template;

use crate::web::page::{Moment, Page, Screen};

/// The page.
#[derive(Template)]
#[template(path = "demo/outbox.html")]
pub struct OutboxPage {
    /// The shell.
    pub page: Page,
    /// All captured messages, newest first.
    pub messages: Vec<OutboxMessage>,
}

/// One captured message.
#[derive(Clone)]
pub struct OutboxMessage {
    /// The same as in `/demo/outbox.json`.
    pub id: String,
    /// An address or a number.
    pub to: String,
    /// Who sent it, as a mail program shows it; nothing for a text message.
    pub from: Option<String>,
    /// Only an e-mail has one.
    pub subject: Option<String>,
    /// The text part.
    pub text: String,
    /// When it was sent, to the second.
    pub at: Moment,
}

/// A stretch of a message's text.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece<'t> {
    /// Words.
    Words(&'t str),
    /// An address that can be opened.
    Link(&'t str),
    /// A security code.
    Code(&'t str),
}

impl OutboxPage {
    fn emails(&self) -> impl Iterator<Item = &OutboxMessage> {
        self.messages.iter().filter(|m| m.subject.is_some())
    }

    fn texts(&self) -> impl Iterator<Item = &OutboxMessage> {
        self.messages.iter().filter(|m| m.subject.is_none())
    }

    /// The newest message: the script looks whether another one took its place.
    fn newest(&self) -> &str {
        self.messages.first().map_or("", |m| m.id.as_str())
    }
}

impl Screen for OutboxPage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        self.page.t("outbox-title")
    }
}

impl OutboxMessage {
    /// The text in pieces: links that can be opened, the first code made visible.
    pub fn pieces(&self) -> Vec<Piece<'_>> {
        pieces(&self.text, self.subject.is_none())
    }
}

/// Cuts a text at spaces and line ends. A link is a whole word that starts with `http://` or `https://`, so that the
/// page can't be made to link to anything else; a code is a word of eight digits in a text message.
fn pieces(text: &str, codes: bool) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut words_from = 0;
    let mut at = 0;
    for word in text.split_inclusive(char::is_whitespace) {
        let bare = word.trim_end();
        let piece = if bare.starts_with("https://") || bare.starts_with("http://") {
            Some(Piece::Link(bare))
        } else {
            let digits = bare.trim_end_matches(['.', ':', ',']);
            let is_code = codes && digits.len() == 8 && digits.bytes().all(|b| b.is_ascii_digit());
            is_code.then_some(Piece::Code(digits))
        };
        if let Some(piece) = piece {
            if words_from < at {
                found.push(Piece::Words(&text[words_from..at]));
            }
            let (Piece::Link(taken) | Piece::Code(taken) | Piece::Words(taken)) = piece;
            words_from = at + taken.len();
            found.push(piece);
        }
        at += word.len();
    }
    if words_from < text.len() {
        found.push(Piece::Words(&text[words_from..]));
    }
    found
}

/// How many messages are shown.
const MOST: i64 = 100;

/// The page and its data. Mounted in a demo only.
pub fn routes() -> Router<App> {
    Router::new().route("/demo/outbox", get(page)).route("/demo/outbox.json", get(json))
}

/// A message as scripts read it: its names are an interface.
#[derive(Serialize)]
struct Shown {
    id: String,
    channel: String,
    to: String,
    subject: Option<String>,
    text: String,
    html: Option<String>,
    at: String,
    /// As the page shows it, whose lines have their own length.
    #[serde(skip)]
    unbroken: String,
    #[serde(skip)]
    sent_at: OffsetDateTime,
}

/// What went out, newest first. Every text is written again from its facts: the database keeps no link and no code, in a demo
/// as elsewhere.
async fn shown(app: &App) -> Result<Vec<Shown>, PageError> {
    let rows = outbox::sent(&app.pool, MOST).await?;
    Ok(rows
        .into_iter()
        .filter_map(|row: Claimed| {
            let letter = letters::write(&row, &app.outbox).ok()?;
            let (subject, text, unbroken, html) = match letter {
                Letter::Mail(mail) => (Some(mail.subject), mail.text, mail.unbroken, Some(mail.html)),
                Letter::Sms(text) => (None, text.expose().to_owned(), text.expose().to_owned(), None),
            };
            Some(Shown {
                id: row.id.to_string(),
                channel: row.channel,
                to: row.recipient,
                subject,
                text,
                unbroken,
                html,
                at: row.now.format(&Rfc3339).unwrap_or_default(),
                sent_at: row.now,
            })
        })
        .collect())
}

async fn json(State(app): State<App>) -> Result<Json<Vec<Shown>>, PageError> {
    Ok(Json(shown(&app).await?))
}

async fn page(State(app): State<App>, visit: Visit) -> Result<Response, PageError> {
    let messages = shown(&app)
        .await?
        .into_iter()
        .map(|message| OutboxMessage {
            id: message.id,
            to: message.to,
            from: message.subject.is_some().then(|| app.mail_from.clone()),
            subject: message.subject,
            text: message.unbroken,
            at: Moment::to_the_second(message.sent_at),
        })
        .collect();
    show(StatusCode::OK, &OutboxPage { page: visit.page(clock::now()), messages })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_and_a_code_are_found_and_nothing_is_lost() {
        let text = "12345678 is your code.\n\n@reset.example #12345678";
        assert_eq!(
            pieces(text, true),
            [Piece::Code("12345678"), Piece::Words(" is your code.\n\n@reset.example #12345678")]
        );
        let text = "Open\nhttps://reset.example/reset/email-link/abc\nin this browser.";
        assert_eq!(
            pieces(text, false),
            [
                Piece::Words("Open\n"),
                Piece::Link("https://reset.example/reset/email-link/abc"),
                Piece::Words("\nin this browser.")
            ]
        );
    }

    #[test]
    fn only_web_addresses_become_links() {
        for text in ["javascript:alert(1)", "data:text/html,x", "HTTPS:evil", "xhttps://a.example"] {
            assert_eq!(pieces(text, true), [Piece::Words(text)]);
        }
    }
}

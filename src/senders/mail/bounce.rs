//! What mail systems report about mail that they took over: delivery status notifications (RFC 3464), read as data.
//!
//! What must stay true: anybody can write such a mail, so it may be anything, and it is only read here; whether it is genuine, and of
//! which message, its reader decides. Nothing of it is kept but actions, numbers and our own Message-ID: no address, no words.

use std::thread;

use mail_parser::{Message, MessageParser, MessagePart, MimeHeaders as _, PartType};

use super::enhanced::EnhancedStatus;

/// As much of a mail as is looked at, in bytes. A report stands in front of the mail that it returns, and ours are small.
pub const LONGEST: usize = 256 * 1024;
/// A mail in a mail in a mail …, a dozen bytes each, is taken down by as many calls inside each other: more than a thread usually
/// has room for, and where its room ends, the whole process does.
const STACK: usize = 128 * 1024 * 1024;
/// More addresses than these in one mail are nobody's.
const MOST_ADDRESSES: usize = 64;
/// More reports or recipients than these are in no honest one.
const MOST: usize = 64;
/// Where a mail system writes the envelope's recipient, or the sender of the report its address.
const ADDRESSED: [&str; 4] = ["delivered-to", "x-original-to", "envelope-to", "to"];

/// A mail that came to the address of bounces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bounce {
    /// Whom its headers say that it is for. Not for logs.
    pub addressed_to: Vec<String>,
    /// Its reports. None: it is something else, such as an automatic answer.
    pub reports: Vec<Report>,
}

/// One report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// What became of the mail, one for each recipient.
    pub recipients: Vec<Told>,
    /// The Message-ID of the mail that it returns, with its angle brackets.
    pub message_id: Option<String>,
}

/// What became of a mail for one recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// In a word.
    pub action: Action,
    /// In numbers, where they are there.
    pub status: Option<EnhancedStatus>,
}

/// RFC 3464, 2.3.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It is not delivered and will not be.
    Failed,
    /// It is tried still.
    Delayed,
    /// It is in the mailbox.
    Delivered,
    /// It went to a mail system that reports nothing.
    Relayed,
    /// It went on to several addresses.
    Expanded,
}

/// Reads a mail; what is beyond [`LONGEST`] is not looked at. What is no mail at all has neither addresses nor reports.
pub fn read(bytes: &[u8]) -> Bounce {
    let bytes = without_postmark(&bytes[..bytes.len().min(LONGEST)]);
    thread::scope(|scope| {
        let reading = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, || read_here(bytes));
        // A mail over which the library stumbles is none that we can use.
        reading.ok().and_then(|reading| reading.join().ok()).unwrap_or_default()
    })
}

/// Pipes of mail systems begin with the line that separates mails in a file: `From MAILER-DAEMON Sat Nov 21 …`.
fn without_postmark(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().position(|byte| *byte == b'\n');
    match end {
        Some(end) if bytes.starts_with(b"From ") => &bytes[end + 1..],
        _ => bytes,
    }
}

fn read_here(bytes: &[u8]) -> Bounce {
    let Some(mail) = MessageParser::default().parse(bytes) else { return Bounce::default() };
    let addresses = mail
        .headers_raw()
        .filter(|(name, _)| ADDRESSED.iter().any(|known| name.eq_ignore_ascii_case(known)))
        .flat_map(|(_, value)| {
            value.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '<' | '>' | '"'))
        })
        .filter(|word| word.contains('@') && word.len() <= 254);
    let addressed_to = addresses.take(MOST_ADDRESSES).map(str::to_owned).collect();
    // The report itself, or several in one mail. Never what stands in a returned mail: that is only quoted.
    let within = |part: &MessagePart<'_>| match &part.body {
        PartType::Multipart(ids) => ids.clone(),
        _ => Vec::new(),
    };
    let root = mail.parts.first();
    let mut reports: Vec<Report> = root.and_then(|root| report(&mail, root)).into_iter().collect();
    if reports.is_empty() {
        let parts = root.map(within).unwrap_or_default();
        let parts = parts.into_iter().filter_map(|id| mail.part(id));
        reports = parts.take(MOST).filter_map(|part| report(&mail, part)).collect();
    }
    Bounce { addressed_to, reports }
}

fn is(part: &MessagePart<'_>, kind: &str, subkinds: &[&str]) -> bool {
    part.content_type().is_some_and(|told| {
        told.ctype().eq_ignore_ascii_case(kind)
            && told.subtype().is_some_and(|sub| subkinds.iter().any(|known| sub.eq_ignore_ascii_case(known)))
    })
}

/// `multipart/report; report-type=delivery-status`.
fn report(mail: &Message<'_>, part: &MessagePart<'_>) -> Option<Report> {
    let PartType::Multipart(ids) = &part.body else { return None };
    let told = part.content_type()?.attribute("report-type")?;
    if !is(part, "multipart", &["report"]) || !told.eq_ignore_ascii_case("delivery-status") {
        return None;
    }
    let mut report = Report::default();
    for part in ids.iter().take(MOST).filter_map(|id| mail.part(*id)) {
        if is(part, "message", &["delivery-status", "global-delivery-status"]) {
            report.recipients.extend(recipients(&text_of(part)));
        } else if is(part, "text", &["rfc822-headers"]) || is(part, "message", &["global-headers"]) {
            let id = fields(&text_of(part)).into_iter().find(|(name, _)| name == "message-id");
            report.message_id = report.message_id.or(id.map(|(_, value)| value));
        } else if let PartType::Message(returned) = &part.body {
            let id = returned.message_id().map(|id| format!("<{id}>"));
            report.message_id = report.message_id.or(id);
        }
    }
    report.recipients.truncate(MOST);
    Some(report)
}

fn text_of(part: &MessagePart<'_>) -> String {
    match &part.body {
        PartType::Text(text) | PartType::Html(text) => text.clone().into_owned(),
        PartType::Binary(bytes) | PartType::InlineBinary(bytes) => {
            String::from_utf8_lossy(bytes).into_owned()
        }
        PartType::Message(_) | PartType::Multipart(_) => String::new(),
    }
}

/// The groups of a report, which empty lines part: the first is about the mail system, each other one about one recipient.
fn recipients(text: &str) -> Vec<Told> {
    let text = text.replace("\r\n", "\n");
    let groups = text.split("\n\n").map(fields);
    groups
        .filter_map(|fields| {
            let field =
                |name| fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
            let action = match field("action")?.to_ascii_lowercase().as_str() {
                "failed" => Action::Failed,
                "delayed" => Action::Delayed,
                "delivered" => Action::Delivered,
                "relayed" => Action::Relayed,
                "expanded" => Action::Expanded,
                _ => return None,
            };
            let status = field("status").and_then(EnhancedStatus::at_start);
            Some(Told { action, status: closer(status, field("diagnostic-code").unwrap_or_default()) })
        })
        .collect()
}

/// Exim calls every refusal 5.0.0; what the other side called it stands in `Diagnostic-Code: smtp; 550 5.1.1 …`.
fn closer(status: Option<EnhancedStatus>, diagnostic: &str) -> Option<EnhancedStatus> {
    let said = diagnostic.split_once(';').map(|(_, said)| said.trim_start());
    let said = said.and_then(|said| EnhancedStatus::at_start(said.get(3..)?));
    match (status, said) {
        (Some(told), Some(said)) if (told.subject, told.detail) == (0, 0) && told.class == said.class => {
            Some(said)
        }
        _ => status,
    }
}

/// Names in lower case and values in one line each, up to the first empty line.
fn fields(text: &str) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in text.trim_start_matches(['\r', '\n']).lines().take_while(|line| !line.trim().is_empty()) {
        match (line.starts_with([' ', '\t']), fields.last_mut(), line.split_once(':')) {
            (true, Some((_, value)), _) => {
                value.push(' ');
                value.push_str(line.trim());
            }
            (false, _, Some((name, value))) => {
                fields.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
            }
            _ => {}
        }
    }
    fields
}

#[cfg(test)]
mod tests;

//! A mail as bytes: `multipart/alternative`, the text first, the HTML second.
//!
//! What must stay true: a link stands on one line of the bytes wherever the server lets it. So lines up to the 998
//! octets of RFC 5322 go as they are; lettre's own choice is quoted-printable or base64 from 76 octets on, which splits
//! a long link in the raw text that support staff and simple filters look at.

use std::time::SystemTime;

use lettre::{
    Address,
    message::{
        Body, Mailbox, Message, MultiPart, SinglePart,
        header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue},
    },
};

use super::Mail;
use crate::senders::{BadSetting, Reason};

/// RFC 5322 2.1.1: the longest line, without its end.
const LONGEST_LINE: usize = 998;

/// Who a mail is from, and who reads the answers.
#[derive(Clone)]
pub(super) struct Letterhead {
    pub(super) from: Mailbox,
    reply_to: Option<Mailbox>,
}

impl Letterhead {
    /// Parses `Name <address>` or a bare address.
    pub(super) fn parse(from: &str, reply_to: Option<&str>) -> Result<Self, BadSetting> {
        let mailbox = |key, value: &str| {
            if value.chars().any(char::is_control) {
                return Err(BadSetting::new(key, "has a control character"));
            }
            value
                .parse()
                .map_err(|_| BadSetting::new(key, "is not an address like: Contoso <it@contoso.com>"))
        };
        Ok(Self {
            from: mailbox("from", from)?,
            reply_to: reply_to.map(|value| mailbox("reply_to", value)).transpose()?,
        })
    }
}

/// The bytes of a mail whose header values [`super::check`] has passed. With `eight_bit`, text beyond ASCII stays as it
/// is (the server must offer 8BITMIME); without, it becomes quoted-printable.
pub(super) fn compose(
    mail: &Mail,
    to: Address,
    letterhead: &Letterhead,
    eight_bit: bool,
) -> Result<Vec<u8>, Reason> {
    // 32 letters and digits that nobody can have put into a part.
    let boundary = format!("{:032x}", u128::from_be_bytes(crate::random::bytes()));
    let part = |kind, text: &str| SinglePart::builder().header(kind).body(body(text, eight_bit));
    let alternative = MultiPart::alternative()
        .boundary(boundary)
        .singlepart(part(ContentType::TEXT_PLAIN, &mail.text))
        .singlepart(part(ContentType::TEXT_HTML, &mail.html));
    let mut message = Message::builder()
        .date(SystemTime::from(mail.date))
        .from(letterhead.from.clone())
        .to(Mailbox::new(None, to))
        .subject(mail.subject.as_str())
        .raw_header(as_it_is("Message-ID", &mail.message_id))
        .raw_header(as_it_is("Content-Language", &mail.language))
        // No answer of a machine comes back: RFC 3834, and the spelling that Exchange listens to.
        .raw_header(as_it_is("Auto-Submitted", "auto-generated"))
        .raw_header(as_it_is("X-Auto-Response-Suppress", "All"));
    if let Some(reply_to) = &letterhead.reply_to {
        message = message.reply_to(reply_to.clone());
    }
    message
        .multipart(alternative)
        .map(|message| message.formatted())
        .map_err(|_| Reason::new("mail cannot be composed"))
}

/// A header whose value is known to be printable ASCII: not folded, so that what compares bytes finds it.
fn as_it_is(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::dangerous_new_pre_encoded(
        HeaderName::new_from_ascii_str(name),
        value.to_owned(),
        value.to_owned(),
    )
}

fn body(text: &str, eight_bit: bool) -> Body {
    // CR, LF and CRLF all end a line: a bare CR or LF would let two servers disagree on where a mail ends (V-63).
    let text = text.replace("\r\n", "\n").replace('\r', "\n").replace('\n', "\r\n");
    let fits = text.split("\r\n").all(|line| line.len() <= LONGEST_LINE)
        && !text.chars().any(|c| c.is_ascii_control() && !matches!(c, '\r' | '\n' | '\t'));
    match (fits, text.is_ascii()) {
        (true, true) => Body::dangerous_pre_encoded(text.into_bytes(), ContentTransferEncoding::SevenBit),
        (true, false) if eight_bit => {
            Body::dangerous_pre_encoded(text.into_bytes(), ContentTransferEncoding::EightBit)
        }
        _ => {
            let encoding = ContentTransferEncoding::QuotedPrintable;
            Body::new_with_encoding(text, encoding)
                .unwrap_or_else(|text| Body::dangerous_pre_encoded(text, ContentTransferEncoding::Binary))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoding_of(text: &str, eight_bit: bool) -> ContentTransferEncoding {
        body(text, eight_bit).encoding()
    }

    #[test]
    fn text_stays_as_it_is_up_to_the_longest_line() {
        let long = "x".repeat(LONGEST_LINE);
        assert_eq!(encoding_of(&long, false), ContentTransferEncoding::SevenBit);
        assert_eq!(encoding_of(&format!("{long}x"), true), ContentTransferEncoding::QuotedPrintable);
        assert_eq!(encoding_of("é", true), ContentTransferEncoding::EightBit);
        assert_eq!(encoding_of("é", false), ContentTransferEncoding::QuotedPrintable);
        assert_eq!(encoding_of("\0", true), ContentTransferEncoding::QuotedPrintable);
    }

    #[test] // V-63
    fn every_line_end_becomes_a_whole_one() {
        assert_eq!(body("a\rb\nc\r\nd\r\r\n.\n", false).as_ref(), b"a\r\nb\r\nc\r\nd\r\n\r\n.\r\n");
    }

    #[test]
    fn a_bad_from_is_named() {
        for from in ["", "Contoso", "Contoso <it@contoso.com>\r\nBcc: eve@example.com"] {
            assert_eq!(Letterhead::parse(from, None).map(|_| ()).unwrap_err().key, "from");
        }
        assert_eq!(
            Letterhead::parse("it@contoso.com", Some("nobody")).map(|_| ()).unwrap_err().key,
            "reply_to"
        );
    }
}

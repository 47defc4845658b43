//! Enhanced status codes (RFC 3463): what a relay says in numbers beside its reply code, and a bounce beside its action.
//!
//! What must stay true: only the three numbers are kept. The words around them may hold an address.

use std::fmt;

/// `class.subject.detail`, such as 5.1.1: no such mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EnhancedStatus {
    /// 2 done, 4 not now, 5 never.
    pub class: u8,
    /// 1 address, 2 mailbox, 3 mail system, 4 network, 5 protocol, 6 content, 7 policy; 0 none of them.
    pub subject: u16,
    /// Which of the subject's.
    pub detail: u16,
}

impl EnhancedStatus {
    /// Reads the code that a text begins with. `None`: it begins with something else.
    pub fn at_start(text: &str) -> Option<Self> {
        let word = text.split_whitespace().next()?;
        let mut numbers = word.split('.');
        let (class, subject, detail) = (numbers.next()?, numbers.next()?, numbers.next()?);
        // RFC 3463, 2: one digit, then up to three, without a zero in front.
        let number = |text: &str| {
            let plain = (1..=3).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
            if plain && (text == "0" || !text.starts_with('0')) { text.parse::<u16>().ok() } else { None }
        };
        let class = match class {
            "2" => 2,
            "4" => 4,
            "5" => 5,
            _ => return None,
        };
        if numbers.next().is_some() {
            return None;
        }
        Some(Self { class, subject: number(subject)?, detail: number(detail)? })
    }
}

impl fmt::Display for EnhancedStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_code_at_the_start_is_one() {
        let read = |text| EnhancedStatus::at_start(text).map(|status| status.to_string());
        for (text, code) in [
            ("5.1.1 <x@contoso.com>: no such user", "5.1.1"),
            ("4.7.1", "4.7.1"),
            ("  2.0.0 Ok", "2.0.0"),
            ("5.7.509 DMARC", "5.7.509"),
        ] {
            assert_eq!(read(text).as_deref(), Some(code), "{text}");
        }
        for text in [
            "",
            "No",
            "5.1",
            "5.1.1.1",
            "3.1.1",
            "5.1.1000",
            "5.01.1",
            "5.1.1:",
            "5..1",
            "5.-1.1",
            "x 5.1.1",
            "55.1.1",
            "192.0.2.1",
            "5.1.\u{661}",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}

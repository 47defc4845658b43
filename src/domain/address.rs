//! The one grammar of `local@domain`, for user IDs and for alternate e-mail addresses.
//!
//! Narrower than RFC 5322 on purpose: what two programs may read differently (quotes, comments, two @, Unicode,
//! domain literals) is refused, so that nobody downstream parses another domain than we compared (V-21, V-22, V-23).
//! Everything accepted here must also be accepted by the mail library; a test below keeps the two together.

/// Longest local part, in characters (RFC 5321 4.5.3.1.1).
const LOCAL_MAX: usize = 64;
/// Longest address, in characters (RFC 5321 4.5.3.1.3, less the angle brackets).
const TOTAL_MAX: usize = 254;
/// Longest label of a domain name, in characters (RFC 1035 2.3.4).
const LABEL_MAX: usize = 63;

/// Why a text is not an address. Data for a page, not an error; the page words it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressProblem {
    /// Nothing was typed.
    Empty,
    /// More than 254 characters, or more than 64 before the @.
    TooLong,
    /// A letter outside ASCII, such as an accent, a full-width letter or a dotless i.
    NotAscii,
    /// A space, line break, quote, bracket, comma or other character that has no place in an address.
    Character,
    /// There is no @, or more than one.
    At,
    /// Nothing before the @, or a dot at its start or end, or two dots in a row.
    LocalPart,
    /// What follows the @ is not a domain name with a dot.
    Domain,
}

/// The address as typed, without spaces around it, and where its parts are.
pub(super) struct Parts<'a> {
    pub whole: &'a str,
    pub local: &'a str,
    pub domain: &'a str,
}

/// Takes an address apart. Spaces around it are a slip of the hand; a line break is not, it is how headers are injected.
pub(super) fn parse(text: &str) -> Result<Parts<'_>, AddressProblem> {
    let whole = text.trim_matches(|c: char| c.is_whitespace() && c != '\r' && c != '\n');
    if whole.is_empty() {
        return Err(AddressProblem::Empty);
    }
    if whole.len() > TOTAL_MAX {
        return Err(AddressProblem::TooLong);
    }
    if !whole.is_ascii() {
        return Err(AddressProblem::NotAscii);
    }
    if !whole.bytes().all(|b| b == b'@' || b == b'.' || is_atext(b)) {
        return Err(AddressProblem::Character);
    }
    let (local, domain) = whole.split_once('@').ok_or(AddressProblem::At)?;
    if domain.contains('@') {
        return Err(AddressProblem::At);
    }
    if local.len() > LOCAL_MAX {
        return Err(AddressProblem::TooLong);
    }
    if local.split('.').any(str::is_empty) {
        return Err(AddressProblem::LocalPart);
    }
    if !is_domain(domain) {
        return Err(AddressProblem::Domain);
    }
    Ok(Parts { whole, local, domain })
}

/// Whether a text is a DNS name with at least one dot: labels of letters, digits and inner hyphens.
///
/// A name whose last label is only digits is an IP address to some programs. Punycode that decodes to plain ASCII
/// ends with a hyphen and so falls out by itself (RUSTSEC-2024-0421).
pub fn is_domain(text: &str) -> bool {
    let mut labels = 0;
    let mut last = "";
    for label in text.split('.') {
        let fits = (1..=LABEL_MAX).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-');
        if !fits {
            return false;
        }
        labels += 1;
        last = label;
    }
    labels >= 2 && text.len() <= TOTAL_MAX && !last.bytes().all(|b| b.is_ascii_digit())
}

/// `atext` of RFC 5322 3.2.3.
fn is_atext(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test] // V-23
    fn what_we_accept_the_mail_library_accepts_and_reads_the_same_way() {
        let local_64 = "a".repeat(64);
        let label_63 = "b".repeat(63);
        for text in [
            "a@b.example",
            "johnsmith@contoso.com",
            "John.Smith+reset@mail.fabrikam.com",
            "!#$%&'*+-/=?^_`{|}~@contoso.com",
            "o'brien@contoso.com",
            "x@xn--bcher-kva.example",
            &format!("{local_64}@{label_63}.example"),
        ] {
            // That the mail library reads them alike: `senders::mail`'s tests.
            parse(text).unwrap_or_else(|problem| panic!("{text}: {problem:?}"));
        }
    }

    #[test] // V-21, V-22, V-23
    fn whatever_two_programs_could_read_differently_is_refused() {
        use AddressProblem::{At, Character, Domain, Empty, LocalPart, NotAscii, TooLong};
        let long_local = format!("{}@contoso.com", "a".repeat(65));
        let long_label = format!("a@{}.com", "b".repeat(64));
        let long_whole = format!("a@{}com", "bcdefgh.".repeat(32));
        for (text, problem) in [
            ("", Empty),
            ("  \t", Empty),
            ("johnsmith", At),
            ("a@b@contoso.com", At),
            ("a@evil.example@contoso.com", At),
            ("@contoso.com", LocalPart),
            (".a@contoso.com", LocalPart),
            ("a.@contoso.com", LocalPart),
            ("a..b@contoso.com", LocalPart),
            ("a@", Domain),
            ("a@contoso", Domain),
            ("a@.com", Domain),
            ("a@contoso.com.", Domain),
            ("a@-contoso.com", Domain),
            ("a@contoso-.com", Domain),
            ("a@con_toso.com", Domain),
            ("a@192.0.2.1", Domain),
            ("a@xn--contoso-.com", Domain),
            ("a@[192.0.2.1]", Character),
            ("\"a b\"@contoso.com", Character),
            ("a(comment)@contoso.com", Character),
            ("a b@contoso.com", Character),
            ("a,b@contoso.com", Character),
            ("<a@contoso.com>", Character),
            ("a\\@contoso.com", Character),
            ("a\0@contoso.com", Character),
            ("a@contoso.com\r\nBcc: b@fabrikam.com", Character),
            ("a@contoso.com\n", Character),
            ("jos\u{e9}@contoso.com", NotAscii),
            ("jose\u{301}@contoso.com", NotAscii),
            ("johnsm\u{131}th@contoso.com", NotAscii),
            ("john\u{17f}mith@contoso.com", NotAscii),
            ("\u{212a}ate@contoso.com", NotAscii),
            ("\u{ff41}@contoso.com", NotAscii),
            ("a\u{ff20}contoso.com", NotAscii),
            (&long_local, TooLong),
            (&long_label, Domain),
            (&long_whole, TooLong),
        ] {
            assert_eq!(parse(text).err(), Some(problem), "{text:?}");
        }
    }
}

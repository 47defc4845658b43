//! A security code as people type or paste it.

use subtle::ConstantTimeEq as _;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{CODE_DIGITS, Key, Secret};

/// Whether a typed code is the code of that row, compared in constant time (V-72).
pub fn code_is_right(key: &Key, id: Uuid, nonce: &[u8], typed: &TypedCode) -> bool {
    key.security_code(id, nonce).expose().as_bytes().ct_eq(typed.0.expose().as_bytes()).into()
}

/// Eight digits that someone typed or pasted.
#[derive(Debug)]
pub struct TypedCode(Secret);

impl TypedCode {
    /// Reads a code as people give it: with spaces or dashes, in full-width digits, with invisible characters, or as
    /// the whole pasted SMS. `None` where there are not exactly eight digits to be found.
    pub fn parse(text: &str) -> Option<Self> {
        // Longer than any SMS is no code; nobody needs us to read it (V-58).
        if text.len() > 2_000 {
            return None;
        }
        let folded: Zeroizing<String> = Zeroizing::new(text.chars().filter_map(fold).collect());
        let digits: Zeroizing<String> = Zeroizing::new(folded.chars().filter(char::is_ascii_digit).collect());
        if folded.chars().all(|c| c.is_ascii_digit() || c == ' ') {
            return (digits.len() == CODE_DIGITS).then(|| Self(Secret::new(digits.to_string())));
        }
        // A pasted message: every run of exactly eight digits in it must be the same code.
        let mut runs = folded.split(|c: char| !c.is_ascii_digit()).filter(|run| run.len() == CODE_DIGITS);
        let first = runs.next()?;
        runs.all(|run| run == first).then(|| Self(Secret::new(first.to_owned())))
    }
}

/// One character of a typed code: digits of every width as ASCII, separators as a space, invisible ones gone.
fn fold(c: char) -> Option<char> {
    match c {
        '０'..='９' => char::from_u32(u32::from(c) - u32::from('０') + u32::from('0')),
        '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{202a}'..='\u{202e}' => None,
        '-' | '\u{2010}'..='\u{2015}' | '.' | '\u{a0}' => Some(' '),
        c if c.is_whitespace() => Some(' '),
        c => Some(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_people_give_it() {
        let ok = |text: &str| TypedCode::parse(text).map(|code| code.0.expose().to_owned());
        for text in [
            "12345678",
            " 1234 5678 ",
            "1234-5678",
            "12 34 56 78",
            "1234–5678",
            "１２３４５６７８",
            "12345678\u{200b}",
            "\u{202a}12345678\u{202c}",
            "12345678 is your security code for reset.contoso.com. Good until 14:15 UTC.\n@reset.contoso.com #12345678",
            "Code: 12345678.",
        ] {
            assert_eq!(ok(text).as_deref(), Some("12345678"), "{text}");
        }
        for text in
            ["", "1234567", "123456789", "12345678 or 87654321", "abcdefgh", "1234 567x", &"1".repeat(3_000)]
        {
            assert_eq!(ok(text), None, "{text}");
        }
        assert_eq!(ok("01234567").as_deref(), Some("01234567"));
    }
}

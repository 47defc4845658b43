//! The basic alphabet of SMS and how much of a message it fills.
//!
//! Source: 3GPP TS 23.038, 6.2.1. The extension table (`[ ] { } ^ ~ | \ €`) is left out on purpose: gateways
//! garble it, and nothing that we say needs it. One character outside turns the whole message into UCS-2 of 70
//! characters a segment.

/// What one segment holds, in septets.
pub const SEGMENT: usize = 160;

/// What two joined segments hold: each gives seven septets to the header that joins them (3GPP TS 23.040, 9.2.3.24.1).
pub const TWO_SEGMENTS: usize = 306;

/// The basic table in the order of its codes, without code 27, the escape to the extension table.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

/// How many septets a text takes; `Err` with the first character that the basic table lacks.
pub fn septets(text: &str) -> Result<usize, char> {
    text.chars().try_fold(0, |count, c| if BASIC.contains(c) { Ok(count + 1) } else { Err(c) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_basic_table_has_127_different_characters() {
        let all: std::collections::HashSet<char> = BASIC.chars().collect();
        assert_eq!((BASIC.chars().count(), all.len()), (127, 127));
    }

    #[test]
    fn the_code_of_a_character_is_its_place_in_the_table() {
        // Fixed points of the standard, on both sides of the escape at 27.
        for (c, code) in
            [('@', 0), ('\n', 10), ('Ξ', 26), ('Æ', 28), (' ', 32), ('A', 65), ('a', 97), ('à', 127)]
        {
            let place = BASIC.chars().position(|x| x == c).unwrap();
            assert_eq!(place + usize::from(place > 26), code, "{c:?}");
        }
    }

    #[test]
    fn what_the_table_lacks_is_named() {
        assert_eq!(septets("@a.example #1"), Ok(13));
        for c in ['[', '€', '\u{2019}', '⟦', 'ç', '\t', '`', '\u{1b}'] {
            assert_eq!(septets(&format!("code {c}")), Err(c));
        }
    }
}

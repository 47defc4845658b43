//! The mobile phone: where the security code of a reset goes.
//!
//! A number must be *possible* (right length for its country), not *valid* by the library's pattern: `+1 4251234567`,
//! which the article's readers type, is in no pattern, and new ranges appear before a library knows them. But a number that
//! the library knows to be of a kind that takes no SMS, or costs the sender, is refused.
//!
//! Only ever with `rlibphonenumber`: the `phonenumber` crate turns `+49 170 …` typed in the US into another
//! subscriber's number (its issues 68 and 76).

use std::fmt;

use rlibphonenumber::{NumberLengthType, PhoneNumber, PhoneNumberFormat, PhoneNumberType, ValidationError};

use super::{MASK, Region};

/// Longest text that is looked at, in bytes. The longest number has 15 digits; the rest is room for spaces.
const TEXT_MAX: usize = 64;

/// Fewest and most digits of a number with its country code: ITU-T E.164 6.2.1 has at most 15; the shortest subscriber's number of a
/// country has seven. The table's check says the same.
const DIGITS_MIN: usize = 7;
const DIGITS_MAX: usize = 15;

/// Country codes of ITU-T E.164 that are no country's: shared cost (808), satellites (870, 881), personal numbers (878), networks of
/// machines and ships (882, 883), disaster relief (888), premium rate (979). A text there costs a multiple, which is what thieves of
/// text messages live on, and nobody's mobile phone is there. The database's function `number_is_allowed` says the same.
pub const REFUSED_NETWORKS: [u16; 8] = [808, 870, 878, 881, 882, 883, 888, 979];

/// Why a text is not a mobile phone number that we can send a code to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MobilePhoneProblem {
    /// Nothing was typed.
    Empty,
    /// Letters or signs that are in no telephone number, or no number at all.
    NotANumber,
    /// Starts with `+` and a country code that no country has.
    CountryCode,
    /// Too few digits for its country, or the area code is missing.
    TooShort,
    /// Too many digits for its country.
    TooLong,
    /// A length that its country does not use.
    Length,
    /// Has an extension. An SMS can't reach one, and without it would go to a switchboard, so it is not dropped silently.
    Extension,
    /// A landline in a country that tells the two apart: no SMS, or one that is read out to whoever answers.
    Landline,
    /// Free-phone, premium rate, shared cost, voicemail, pager or company number, or in one of the [`REFUSED_NETWORKS`].
    Kind,
}

/// A mobile phone number in E.164, such as `+14255550100`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct MobilePhone {
    e164: String,
    country_code: u16,
}

impl MobilePhone {
    /// Takes what a person typed: international with `+`, or as dialled within the company's `default_region`.
    pub fn parse(text: &str, default_region: Region) -> Result<Self, MobilePhoneProblem> {
        let text = text.trim_matches(|c: char| c.is_whitespace() || is_invisible(c));
        if text.is_empty() {
            return Err(MobilePhoneProblem::Empty);
        }
        if text.len() > TEXT_MAX {
            return Err(MobilePhoneProblem::TooLong);
        }
        let number = read(text, Some(default_region.known()))?;
        if number.extension.is_some() {
            return Err(MobilePhoneProblem::Extension);
        }
        // The library skips what stands before a number and spells letters as keys. We send codes to what was meant.
        if !text.chars().all(|c| c.is_numeric() || is_separator(c) || is_invisible(c)) {
            return Err(MobilePhoneProblem::NotANumber);
        }
        // Before its length: no length of such a number would do.
        if u16::try_from(number.country_code).is_ok_and(|code| REFUSED_NETWORKS.contains(&code)) {
            return Err(MobilePhoneProblem::Kind);
        }
        match number.is_possible_with_reason() {
            Ok(NumberLengthType::IsPossible) => {}
            Ok(NumberLengthType::IsPossibleLocalOnly) | Err(ValidationError::TooShort) => {
                return Err(MobilePhoneProblem::TooShort);
            }
            Err(ValidationError::TooLong) => return Err(MobilePhoneProblem::TooLong),
            Err(ValidationError::InvalidCountryCode) => return Err(MobilePhoneProblem::CountryCode),
            Err(ValidationError::InvalidLength) => return Err(MobilePhoneProblem::Length),
        }
        match number.get_type() {
            PhoneNumberType::FixedLine => return Err(MobilePhoneProblem::Landline),
            PhoneNumberType::TollFree
            | PhoneNumberType::PremiumRate
            | PhoneNumberType::SharedCost
            | PhoneNumberType::VoiceMail
            | PhoneNumberType::Pager
            | PhoneNumberType::UAN => return Err(MobilePhoneProblem::Kind),
            PhoneNumberType::Mobile
            | PhoneNumberType::FixedLineOrMobile
            | PhoneNumberType::VoIP
            | PhoneNumberType::PersonalNumber
            | PhoneNumberType::Unknown => {}
        }
        let phone = Self::from_number(&number)?;
        // What we show and store must name the same subscriber when it is typed again: a trunk zero after the country code is
        // dropped once, and of two the second would be dropped by the next reader.
        if [phone.e164.as_str(), &phone.international()].into_iter().all(|shown| phone.is_named_by(shown)) {
            Ok(phone)
        } else {
            Err(MobilePhoneProblem::NotANumber)
        }
    }

    /// Takes a number from our own table, digit for digit. Its kind is not judged again: numbering plans change, and a person
    /// must not lose a working phone to an update of ours.
    pub fn from_stored(e164: &str) -> Result<Self, MobilePhoneProblem> {
        let digits = e164.strip_prefix('+').ok_or(MobilePhoneProblem::NotANumber)?;
        if !(DIGITS_MIN..=DIGITS_MAX).contains(&digits.len()) || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(MobilePhoneProblem::NotANumber);
        }
        let number = read(e164, None)?;
        let country_code = u16::try_from(number.country_code).map_err(|_| MobilePhoneProblem::CountryCode)?;
        Ok(Self { e164: e164.to_owned(), country_code })
    }

    fn from_number(number: &PhoneNumber) -> Result<Self, MobilePhoneProblem> {
        let e164 = number.format_as(PhoneNumberFormat::E164).into_owned();
        // Some countries have shorter and longer ones within, which no network outside carries.
        match e164.len() - 1 {
            ..DIGITS_MIN => return Err(MobilePhoneProblem::TooShort),
            DIGITS_MIN..=DIGITS_MAX => {}
            _ => return Err(MobilePhoneProblem::TooLong),
        }
        let country_code = u16::try_from(number.country_code).map_err(|_| MobilePhoneProblem::CountryCode)?;
        Ok(Self { e164, country_code })
    }

    /// As it is stored and given to a provider: `+14255550100`.
    pub fn e164(&self) -> &str {
        &self.e164
    }

    /// For reading, from anywhere: `+1 425-555-0100`.
    pub fn international(&self) -> String {
        self.format(PhoneNumberFormat::International)
    }

    /// For reading, within its country: `(425) 555-0100`.
    pub fn national(&self) -> String {
        self.format(PhoneNumberFormat::National)
    }

    /// Such as `••••••00`: the last two digits, always behind the same mask.
    pub fn masked(&self) -> String {
        format!("{MASK}{}", self.last_two_digits())
    }

    /// For sentences such as "ending in 00".
    pub fn last_two_digits(&self) -> &str {
        // Digits after a plus sign: ASCII, at least five.
        &self.e164[self.e164.len() - 2..]
    }

    /// The country calling code, such as 1 or 49: for the daily limit per code (V-56).
    pub fn country_calling_code(&self) -> u16 {
        self.country_code
    }

    /// Whether it is in a network to which nothing is sent, also where it was stored before that was so.
    pub fn is_in_refused_network(&self) -> bool {
        REFUSED_NETWORKS.contains(&self.country_code)
    }

    fn is_named_by(&self, shown: &str) -> bool {
        read(shown, None).is_ok_and(|number| number.format_as(PhoneNumberFormat::E164) == self.e164)
    }

    fn format(&self, format: PhoneNumberFormat) -> String {
        match PhoneNumber::parse(&self.e164, None) {
            Ok(number) => number.format_as(format).into_owned(),
            Err(_) => self.e164.clone(),
        }
    }
}

impl fmt::Debug for MobilePhone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MobilePhone(…)")
    }
}

fn read(text: &str, region: Option<rlibphonenumber::Region>) -> Result<PhoneNumber, MobilePhoneProblem> {
    use rlibphonenumber::ParseError;
    PhoneNumber::parse(text, region).map_err(|error| match error {
        ParseError::InvalidCountryCode => MobilePhoneProblem::CountryCode,
        ParseError::NotANumber(_) => MobilePhoneProblem::NotANumber,
        ParseError::TooShortAfterIdd | ParseError::TooShortNsn => MobilePhoneProblem::TooShort,
        ParseError::TooLongNsn => MobilePhoneProblem::TooLong,
    })
}

/// What people write between digits: spaces, dots, slashes, brackets, a tilde, dashes of every width, the plus sign.
fn is_separator(c: char) -> bool {
    c.is_whitespace()
        || "+-.()/~\u{ff0b}\u{ff0d}\u{ff0e}\u{ff08}\u{ff09}\u{2212}".contains(c)
        || ('\u{2010}'..='\u{2015}').contains(&c)
}

/// Direction marks and such, which come along when a number is copied from a phone's contacts.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str, region: &str) -> Result<MobilePhone, MobilePhoneProblem> {
        MobilePhone::parse(text, Region::parse(region).unwrap())
    }

    #[test]
    fn a_number_is_kept_as_the_subscriber_that_was_meant() {
        for (text, region, e164, international) in [
            ("425-555-0100", "US", "+14255550100", "+1 425-555-0100"),
            ("+1 4251234567", "US", "+14251234567", "+1 425-123-4567"),
            ("+1 (425) 555-0100", "DE", "+14255550100", "+1 425-555-0100"),
            ("1.425.555.0199", "us", "+14255550199", "+1 425-555-0199"),
            ("001 425 555 0100", "DE", "+14255550100", "+1 425-555-0100"),
            ("\u{202d}425-555-0100\u{202c}", "US", "+14255550100", "+1 425-555-0100"),
            ("４２５－５５５－０１００", "US", "+14255550100", "+1 425-555-0100"),
            ("+4915123456789", "US", "+4915123456789", "+49 1512 3456789"),
            ("+49 170 1234567", "US", "+491701234567", "+49 170 1234567"),
            ("0170 1234567", "DE", "+491701234567", "+49 170 1234567"),
            ("+86 138 0013 8000", "US", "+8613800138000", "+86 138 0013 8000"),
            ("07700 900123", "GB", "+447700900123", "+44 7700 900123"),
        ] {
            let phone = parse(text, region).unwrap_or_else(|problem| panic!("{text}: {problem:?}"));
            assert_eq!(phone.e164(), e164);
            assert_eq!(phone.international(), international);
            assert_eq!(MobilePhone::from_stored(e164), Ok(phone), "as stored: {e164}");
        }
        for last in 100..200 {
            assert!(parse(&format!("425-555-0{last}"), "US").is_ok(), "425-555-0{last}");
        }
        assert_eq!(parse("425-555-0100", "US").unwrap().national(), "(425) 555-0100");
        assert_eq!(parse("425-555-0100", "US").unwrap().country_calling_code(), 1);
        assert_eq!(parse("+49 170 1234567", "US").unwrap().country_calling_code(), 49);
    }

    #[test]
    fn what_can_take_no_code_is_refused_with_the_reason() {
        use MobilePhoneProblem::{
            CountryCode, Empty, Extension, Kind, Landline, NotANumber, TooLong, TooShort,
        };
        let endless = "1".repeat(100_000);
        for (text, problem) in [
            ("", Empty),
            (" \u{200e} ", Empty),
            ("call me", NotANumber),
            ("+0 1", NotANumber),
            ("tel:+14255550100", NotANumber),
            ("my phone is 425-555-0100", NotANumber),
            ("425-555-0100, 425-555-0101", NotANumber),
            ("425-CALL-ME1", NotANumber),
            ("425-555-0100\0", NotANumber),
            ("*425-555-0100", NotANumber),
            ("555-0100", TooShort),
            ("+1 555 0100", TooShort),
            ("+999 123456789", CountryCode),
            ("+14255550100123", TooLong),
            // Found by fuzzing: possible within Japan and Germany, and no number for a table or a provider.
            ("+8163116315555555555", TooLong),
            ("+49 1234", TooShort),
            // And this one: with one zero dropped it would be stored as a number that reads as another.
            ("+49 0019 1233", NotANumber),
            (&endless, TooLong),
            ("425-555-0100 ext. 7", Extension),
            ("425-555-0100x7", Extension),
            ("+44 20 7946 0000", Landline),
            ("+49 30 23125000", Landline),
            ("+1 800 555 0199", Kind),
            ("+1 900 555 0199", Kind),
            ("+800 1234 5678", Kind),
            ("+808 1234 5678", Kind),
            ("+870 773 111 632", Kind),
            ("+878 10 123456789", Kind),
            ("+881 612 345 678", Kind),
            ("+882 1234 5678", Kind),
            ("+883 5100 12345678", Kind),
            ("+888 123 456 789 00", Kind),
            ("+979 123 456 789", Kind),
        ] {
            assert_eq!(parse(text, "US"), Err(problem), "{text:.40}");
        }
        for stored in ["", "14255550100", "+1", "+1 425 555 0100", "+14255550100;ext=7", "+1425555010012345"]
        {
            assert!(MobilePhone::from_stored(stored).is_err(), "{stored}");
        }
        // What an earlier version took is sent to as it stands, never to a neighbour.
        assert_eq!(MobilePhone::from_stored("+490191233").unwrap().e164(), "+490191233");
    }

    #[test] // V-20
    fn a_mask_shows_two_digits_of_any_number() {
        for (text, masked) in [("425-555-0100", "••••••00"), ("+447700900117", "••••••17")]
        {
            assert_eq!(parse(text, "US").unwrap().masked(), masked);
        }
        assert_eq!(format!("{:?}", parse("425-555-0100", "US")), "Ok(MobilePhone(…))");
    }
}

//! The country of a company: how numbers without a country code are read.

use rlibphonenumber::PHONE_NUMBER_UTIL;

/// The country whose numbers may be typed without `+` and country code: two letters, ISO 3166.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region(rlibphonenumber::Region);

/// No country with telephone numbers has these letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unknown region; give the two letters of a country, such as US")]
pub struct UnknownRegion;

impl Region {
    /// Takes two letters of any case, such as `US`.
    pub fn parse(text: &str) -> Result<Self, UnknownRegion> {
        let region = rlibphonenumber::Region::try_from(text.trim().to_ascii_uppercase().as_str());
        match region {
            Ok(region) if PHONE_NUMBER_UTIL.get_country_code_for_region(region).is_some() => Ok(Self(region)),
            _ => Err(UnknownRegion),
        }
    }

    /// Its country calling code, such as 1.
    pub fn calling_code(self) -> Option<u16> {
        PHONE_NUMBER_UTIL.get_country_code_for_region(self.0).and_then(|code| u16::try_from(code).ok())
    }

    /// The two letters, upper case.
    pub fn letters(self) -> String {
        self.0.as_region_str().to_string()
    }

    pub(super) fn known(self) -> rlibphonenumber::Region {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_two_letters_of_a_country_with_telephones() {
        assert_eq!(Region::parse(" us ").map(Region::letters), Ok("US".to_owned()));
        for text in ["", "U", "USA", "ZZ", "1", "001", "Ü"] {
            assert_eq!(Region::parse(text), Err(UnknownRegion), "{text}");
        }
    }
}

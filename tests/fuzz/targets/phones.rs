//! The mobile phone as people type it, and the region that a company has.

use sspr::domain::contact::{MobilePhone, Region};

use super::texts;

/// What is taken is E.164, names itself again however it is written, and its mask shows two digits.
pub fn mobile_phone(data: &[u8]) {
    let [letters, typed] = texts(data);
    let region = Region::parse(letters).ok();
    if let Some(region) = region {
        assert_eq!(Region::parse(&region.letters()), Ok(region));
        assert!(region.calling_code().is_some_and(|code| (1..=999).contains(&code)));
    }
    let region = region.unwrap_or_else(|| Region::parse("US").expect("a region"));
    let Ok(phone) = MobilePhone::parse(typed, region) else { return };
    let e164 = phone.e164();
    let digits = e164.strip_prefix('+').expect("a plus sign");
    assert!((7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()), "{e164}");
    assert!(!digits.starts_with('0') && digits.starts_with(&phone.country_calling_code().to_string()));
    assert!(!phone.is_in_refused_network(), "{e164}");
    assert_eq!(MobilePhone::from_stored(e164).as_ref(), Ok(&phone));
    // As stored, and as it is shown to people: the same number, wherever it is typed.
    let elsewhere = Region::parse("DE").expect("a region");
    for shown in [e164.to_owned(), phone.international()] {
        assert_eq!(MobilePhone::parse(&shown, elsewhere).as_ref(), Ok(&phone), "{shown}");
    }
    assert_eq!(phone.masked().chars().filter(char::is_ascii_digit).count(), 2);
    assert!(digits.ends_with(phone.last_two_digits()));
    assert_eq!(format!("{phone:?}"), "MobilePhone(…)");
}

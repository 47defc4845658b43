//! `local@domain` in its three uses: who somebody is, where a link goes, where a bounce comes back (V-21, V-22, V-23, V-63).

use sspr::domain::{
    contact::AlternateEmail,
    return_path::{BounceAddress, ReturnPaths},
    secret::{Key, Keys},
    user::{Role, UserId},
};
use uuid::Uuid;

use super::{is_one_line, text};

/// What every accepted address is, so that no other program reads another one out of it.
fn is_plain(address: &str) {
    assert!(address.is_ascii() && is_one_line(address) && address.len() <= 254, "{address}");
    assert!(!address.contains([' ', '"', '<', '>', ',', ';', ':', '(', ')', '[', ']', '\\']), "{address}");
    assert_eq!(address.matches('@').count(), 1, "{address}");
    let theirs: lettre::Address = address.parse().expect("the mail library takes what we take");
    assert_eq!(theirs.to_string(), address);
}

/// A user ID has one normal form, which is itself a user ID.
pub fn user_id(data: &[u8]) {
    if let Ok(user_id) = UserId::parse(text(data)) {
        is_plain(user_id.as_typed());
        let normalised = user_id.normalised();
        assert_eq!(normalised, format!("{}@{}", user_id.local_part(), user_id.domain()));
        assert_eq!(normalised, user_id.as_typed().to_ascii_lowercase());
        assert_eq!(UserId::parse(normalised).expect("its own normal form").normalised(), normalised);
    }
    if let Ok(role) = text(data).parse::<Role>() {
        assert_eq!(role.as_str().parse(), Ok(role));
    }
}

/// An alternate address is read back as it is kept, and its mask tells no more than its ends.
pub fn alternate_email(data: &[u8]) {
    let Ok(email) = AlternateEmail::parse(text(data)) else { return };
    is_plain(email.as_str());
    assert_eq!(AlternateEmail::parse(email.as_str()).as_ref(), Ok(&email));
    assert_eq!(format!("{email:?}"), "AlternateEmail(…)");
    let (local, domain) = email.as_str().split_once('@').expect("one @");
    assert_eq!(domain, email.domain());
    let masked = email.masked();
    let (masked_local, masked_domain) = masked.split_once('@').expect("one @");
    assert!(!masked_local.contains(local) && !masked_domain.contains(domain), "{masked}");
    let top = domain.rsplit('.').next().map_or(0, str::len);
    assert!(masked.chars().filter(char::is_ascii).count() <= 4 + top, "{masked}");
    let user_id = UserId::parse("jane@contoso.com").expect("an address");
    // A company that allows its own domains allows nothing more than that.
    let strict = email.problem_for(&user_id, &["contoso.com"], false);
    let lenient = email.problem_for(&user_id, &["contoso.com"], true);
    assert!(lenient.is_none() || lenient == strict);
}

/// Only the signed address of a message names it; whoever signs takes it back in any case.
pub fn return_path(data: &[u8]) {
    let keys = |byte| Keys::new(Key::new(vec![byte; 32]).expect("32 bytes"), Vec::new());
    let address = BounceAddress::parse("bounces@contoso.com").expect("an address");
    let paths = ReturnPaths::new(address, &keys(7));
    if let Some(message) = paths.message_of(text(data)) {
        assert!(text(data).trim().eq_ignore_ascii_case(&paths.of(message)), "{message}");
    }
    let Ok(address) = BounceAddress::parse(text(data)) else { return };
    let (ours, theirs) = (ReturnPaths::new(address.clone(), &keys(7)), ReturnPaths::new(address, &keys(8)));
    let message =
        Uuid::from_u128(u128::from_le_bytes(std::array::from_fn(|n| data.get(n).copied().unwrap_or(0))));
    let path = ours.of(message);
    is_plain(&path);
    assert_eq!(ours.message_of(&path.to_uppercase()), Some(message));
    assert_eq!(theirs.message_of(&path), None);
}

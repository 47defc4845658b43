//! Names of ours that come back from the database, from addresses and from shells.

use sspr::{
    cli::file::Column,
    domain::{audit::AuditEvent, deed, delivery, gsm7, limits::TextBudget, readiness, secret::Purpose},
};

use super::text;

/// A name that is known is the one that we write.
pub fn names(data: &[u8]) {
    let name = text(data);
    assert!(Purpose::named(name).is_none_or(|known| known.as_str() == name));
    assert!(AuditEvent::named(name).is_none_or(|known| known.as_str() == name));
    assert!(TextBudget::named(name).is_none_or(|known| known.as_str() == name));
    assert!(readiness::Reason::named(name).is_none_or(|known| known.as_str() == name));
    assert!(delivery::State::named(name).is_none_or(|known| known.as_str() == name));
    assert!(delivery::Kind::named(name).is_none_or(|known| known.as_str() == name));
    let _ = (deed::Deed::named(name), Column::named(name));
    match gsm7::septets(name) {
        Ok(septets) => assert_eq!(septets, name.chars().count()),
        Err(outside) => assert!(name.contains(outside)),
    }
}

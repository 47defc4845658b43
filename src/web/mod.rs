//! The HTTP kit: what every page needs and no page of its own.
//!
//! Must stay true: nothing here knows a step of the wizard or a page of the portal.

pub mod assets;
pub mod error;
pub mod markup;
pub mod page;
pub mod password_fields;

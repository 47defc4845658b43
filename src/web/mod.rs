//! The HTTP kit: what every page needs and no page of its own.
//!
//! Must stay true: nothing here knows a step of the wizard or a page of the portal.

pub mod arrival;
pub mod assets;
pub mod browser;
pub mod challenge;
pub mod client_ip;
pub mod cookies;
pub mod download;
pub mod error;
pub mod form;
pub mod headers;
pub mod health;
pub mod link;
pub mod log;
pub mod markup;
pub mod metrics;
pub mod one_try;
pub mod page;
pub mod password_fields;
pub mod portal_nav;
pub mod recent_proof;
pub mod signed_in;
pub mod stopped;
pub mod visit;

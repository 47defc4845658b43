//! Who may do what: the role table over every verb, route and form, with what people do at the same moment. Allowed exactly where
//! the table says; elsewhere a refusal, and nothing changed.
//!
//! To add a verb: a variant in `deed.rs`. To add a route: a line in `routes.rs`. Both fail until the table has it.

mod crossing;
mod deed;
mod masked;
mod matrix;
mod moments;
pub mod routes;
mod stage;
mod walls;

pub use deed::{Came, Deed, came};
pub use stage::Stage;

//! "Not received it?": the button that sends the e-mail or the code again, on two pages. The part of the template
//! is `parts/resend.html`.

use crate::web::page::Moment;

/// What may be sent again, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resend {
    /// How often the button still works.
    pub left: u32,
    /// The end of the cool-down, to the second, while it runs.
    pub from: Option<Moment>,
}

/// Why the button did nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResendProblem {
    /// The cool-down has not passed.
    TooEarly {
        /// When it will have.
        from: Moment,
    },
    /// The button was used as often as it may be.
    NoneLeft,
}

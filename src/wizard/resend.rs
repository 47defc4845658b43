//! "Not received it?": the button that sends the e-mail or the code again, on two pages. The part of the template
//! is `parts/resend.html`.

use time::OffsetDateTime;

use crate::app::App;
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

/// The seconds within which a second press of the button is taken for a double click: answered like the first.
const DOUBLE_CLICK_SECONDS: i64 = 5;

/// What the button can do now, after so many sends.
pub fn button(app: &App, sends: i16, sent_at: OffsetDateTime, now: OffsetDateTime) -> Resend {
    let from = sent_at + app.resend_wait;
    Resend {
        left: (app.resends + 1).saturating_sub(u32::try_from(sends).unwrap_or(0)),
        from: (now < from).then(|| Moment::to_the_second(from)),
    }
}

/// Why the button did nothing; `None` for the second press of a double click.
pub fn refusal(app: &App, sends: i16, sent_at: OffsetDateTime, now: OffsetDateTime) -> Option<ResendProblem> {
    if sends > 1 && (now - sent_at).whole_seconds() < DOUBLE_CLICK_SECONDS {
        return None;
    }
    let button = button(app, sends, sent_at, now);
    Some(match button.from {
        Some(from) if button.left > 0 => ResendProblem::TooEarly { from },
        _ => ResendProblem::NoneLeft,
    })
}

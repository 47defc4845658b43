//! The only place that reads the time.
//!
//! Deadlines are judged by the database's clock (`now()` in the statement that uses them), so that nodes with
//! skewed clocks agree. This clock serves what never decides about access: log lines, message dates, the short
//! life of a CAPTCHA picture.

use time::OffsetDateTime;

/// The time of this node, in UTC.
#[expect(clippy::disallowed_methods, reason = "the one place")]
pub fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}

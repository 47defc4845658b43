//! The shell of every page: language, banner, help, form token, and how a template becomes an answer.
//!
//! Must stay true: every page has one `h1` that is also its title; a page that shows problems says so first in its
//! title, lists them in a summary that has the focus, and repeats each at its field; help stands in the same place
//! on every page (WCAG 2.2, 3.2.6); no page may be stored by a cache.
//!
//! To add a page: a template that extends `base.html`, a struct with a [`Page`], and an impl of [`Screen`].

use std::sync::Arc;

use askama::Template;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339, macros::format_description};

use super::{
    assets,
    markup::{Marked, Markup},
    portal_nav::PortalNav,
};
use crate::{
    app::CompanyHelp,
    language::{Language, WithValues},
};

/// What the shell around every page needs to know. No `Debug` here and on the pages: they hold tokens and names.
#[derive(Clone)]
pub struct Page {
    /// The language of this answer.
    pub l: Arc<Language>,
    /// A demo says so on every page.
    pub demo: bool,
    /// What the company adds to the help at the foot of every page.
    pub help: Option<Arc<CompanyHelp>>,
    /// The user ID of the signed-in person; shown in the header.
    pub signed_in: Option<String>,
    /// The navigation of the portal and of `/account`; with it comes the look of the console.
    pub portal: Option<PortalNav>,
    /// The hidden field `form_token` of every form; empty on pages without a form.
    pub form_token: String,
    /// The time of this answer: the countdown starts from it, whatever the visitor's clock says.
    pub now: Moment,
}

impl Page {
    /// A sentence without values.
    pub fn t(&self, key: &str) -> String {
        self.l.t(key)
    }

    /// A sentence with plain values: `page.a("tries-left").arg("n", n).s()`.
    pub fn a<'l>(&'l self, key: &'l str) -> WithValues<'l> {
        self.l.a(key)
    }

    /// A sentence with times, names or links inside: `page.m("good-until").time("time", at).s()`.
    pub fn m<'l>(&'l self, key: &'l str) -> Marked<'l> {
        Marked::new(&self.l, key)
    }

    /// A time that stands alone, as in a table.
    pub fn when(&self, at: &Moment) -> Markup {
        self.m("moment").time("time", at).s()
    }

    /// The direction of the language, for `<html dir>`.
    pub fn dir(&self) -> &'static str {
        let primary = self.l.tag().split('-').next().unwrap_or_default();
        if matches!(primary, "ar" | "dv" | "fa" | "he" | "ks" | "ps" | "sd" | "ug" | "ur" | "yi") {
            "rtl"
        } else {
            "ltr"
        }
    }

    /// The path of the style sheet, with its content hash.
    pub fn style(&self) -> &'static str {
        assets::STYLE.path()
    }

    /// The path of the script, with its content hash.
    pub fn script(&self) -> &'static str {
        assets::SCRIPT.path()
    }

    /// The path of the console's style sheet: what the wizard has no use for does not weigh on it.
    pub fn portal_style(&self) -> &'static str {
        assets::PORTAL_STYLE.path()
    }

    /// The path of the console's script.
    pub fn portal_script(&self) -> &'static str {
        assets::PORTAL_SCRIPT.path()
    }

    /// The path of the script of the page that waits for a text message.
    pub fn watch_script(&self) -> &'static str {
        assets::WATCH_SCRIPT.path()
    }

    /// The path of the icon, with its content hash; a demo has its own, so that its tab is not taken for the real one.
    pub fn icon(&self) -> &'static str {
        if self.demo { assets::ICON_DEMO.path() } else { assets::ICON.path() }
    }
}

/// A page as `base.html` sees it.
pub trait Screen {
    /// The shell.
    fn page(&self) -> &Page;

    /// The title and the `h1`, different on every page.
    fn title(&self) -> String;

    /// What the person has to put right, in the order of the fields; empty on a fresh page.
    fn problems(&self) -> Vec<FieldProblem> {
        Vec::new()
    }

    /// Which of the wizard's five steps this page belongs to.
    fn step(&self) -> Option<u8> {
        None
    }

    /// The problems of one field, shown at the field.
    fn problems_of(&self, field: &str) -> Vec<FieldProblem> {
        self.problems().into_iter().filter(|problem| problem.field == field).collect()
    }
}

/// One mistake of the person who filled in a form: data, not an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldProblem {
    /// The `id` of the field that the summary links to.
    pub field: &'static str,
    /// What is wrong and what to do, as a finished sentence.
    pub sentence: Markup,
}

impl FieldProblem {
    /// A problem with its finished sentence, see [`Page::t`].
    pub fn new(field: &'static str, sentence: &str) -> Self {
        Self { field, sentence: Markup::text(sentence) }
    }

    /// A problem with a time in its sentence, see [`Page::m`].
    pub fn with_time(field: &'static str, sentence: &Marked<'_>) -> Self {
        Self { field, sentence: sentence.s() }
    }
}

/// A point in time as pages show it: a clock time in UTC, which the script turns into local time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// `14:05 UTC`.
    pub clock: String,
    /// For `<time datetime>` and the countdown.
    pub rfc3339: String,
    /// How the script writes it in local time: `time`, `seconds` or `date`.
    pub local: &'static str,
}

impl From<OffsetDateTime> for Moment {
    /// To the minute: `14:05 UTC`. For anything less than half a day away.
    fn from(at: OffsetDateTime) -> Self {
        Self::written(at, "time", format_description!("[hour]:[minute] UTC"))
    }
}

impl Moment {
    /// To the second, `14:05:30 UTC`: for a cool-down of a minute.
    pub fn to_the_second(at: OffsetDateTime) -> Self {
        Self::written(at, "seconds", format_description!("[hour]:[minute]:[second] UTC"))
    }

    /// With its day, `2026-11-21 14:05 UTC`: for what may lie on another day.
    pub fn with_day(at: OffsetDateTime) -> Self {
        Self::written(at, "date", format_description!("[year]-[month]-[day] [hour]:[minute] UTC"))
    }

    fn written(
        at: OffsetDateTime,
        local: &'static str,
        clock: &[time::format_description::BorrowedFormatItem<'_>],
    ) -> Self {
        // The database hands out microseconds; a reader of the page has no use for them.
        let at = at.to_offset(UtcOffset::UTC).replace_nanosecond(0).unwrap_or(at);
        // Neither fails between the years 0 and 9999; an empty text would be a shorter sentence, not a lost page.
        Self {
            clock: at.format(clock).unwrap_or_default(),
            rfc3339: at.format(&Rfc3339).unwrap_or_default(),
            local,
        }
    }
}

/// Renders a page. No cache may keep it, not even the browser's own: it may hold a token, a number or a name.
///
/// # Errors
/// When the template cannot be rendered; the caller shows its page for that.
pub fn render<T: Template>(status: StatusCode, template: &T) -> Result<Response, askama::Error> {
    let body = template.render()?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((status, headers, body).into_response())
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_moment_is_shown_in_utc_wherever_it_was_taken() {
        let moment = Moment::from(datetime!(2026-11-21 16:05:59.123456 +02:00));
        assert_eq!(moment.clock, "14:05 UTC");
        assert_eq!(moment.rfc3339, "2026-11-21T14:05:59Z");
    }

    #[test]
    fn a_cool_down_is_shown_to_the_second_and_a_ban_with_its_day() {
        let at = datetime!(2026-01-02 03:04:05 UTC);
        assert_eq!(Moment::to_the_second(at).clock, "03:04:05 UTC");
        assert_eq!(Moment::with_day(at).clock, "2026-01-02 03:04 UTC");
    }
}

//! What of the report is shown, as it stands in the address.

use serde::Deserialize;
use url::form_urlencoded;

use crate::{
    domain::readiness::{Reason, Verdict},
    store::users::Line,
};

/// The filter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Filter {
    /// `yes`, `doubtful`, `no`, or the name of a reason; empty: all.
    #[serde(default)]
    pub ready: String,
    /// A role; empty: all.
    #[serde(default)]
    pub role: String,
    /// The page, from 1; what is no number is the first.
    #[serde(default)]
    pub page: String,
}

impl Filter {
    /// Whether someone is shown.
    pub fn fits(&self, line: &Line) -> bool {
        let ready = match self.ready.as_str() {
            "" => true,
            "yes" => line.readiness.verdict() == Verdict::Yes,
            "doubtful" => line.readiness.verdict() == Verdict::Doubtful,
            "no" => line.readiness.verdict() == Verdict::No,
            name => Reason::named(name).is_some_and(|reason| line.readiness.all().any(|of| of == reason)),
        };
        ready && (self.role.is_empty() || self.role == line.role)
    }

    /// Everyone is shown.
    pub fn is_empty(&self) -> bool {
        self.ready.is_empty() && self.role.is_empty()
    }

    /// The page that is asked for, from 0, of so many.
    pub fn page(&self, pages: usize) -> usize {
        self.page.parse::<usize>().unwrap_or(1).clamp(1, pages.max(1)) - 1
    }

    /// The address of the report, or of its file, with this filter on this page (from 0).
    pub fn address(&self, path: &str, page: usize) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in [("ready", &self.ready), ("role", &self.role)] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        if page > 0 {
            query.append_pair("page", &(page + 1).to_string());
        }
        let query = query.finish();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }

    /// The same with another choice of readiness, from the first page.
    #[must_use]
    pub fn with_ready(&self, ready: &str) -> Self {
        Self { ready: ready.to_owned(), page: String::new(), ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_is_none_is_the_nearest() {
        let page = |text: &str| Filter { page: text.to_owned(), ..Filter::default() }.page(3);
        assert_eq!(["", "0", "1", "2", "9", "-1", "x"].map(page), [0, 0, 0, 1, 2, 0, 0]);
        assert_eq!(Filter::default().page(0), 0);
    }

    #[test]
    fn an_address_holds_the_filter_and_what_a_person_typed_is_no_part_of_its_form() {
        let filter = Filter { ready: "no&x=1".to_owned(), role: "user".to_owned(), page: String::new() };
        assert_eq!(
            filter.address("/portal/readiness", 1),
            "/portal/readiness?ready=no%26x%3D1&role=user&page=2"
        );
        assert_eq!(Filter::default().address("/portal/readiness", 0), "/portal/readiness");
    }
}

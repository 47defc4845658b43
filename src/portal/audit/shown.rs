//! An event in words.
//!
//! Names of events, outcomes and details come from `portal_audit.ftl`; one that has no words there yet is shown by its own name, since
//! a record must never be hidden by a missing translation.

use serde_json::Value;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;

use crate::{
    admin::truth,
    domain::user::Role,
    store::audit::list::Listed,
    web::{
        markup::Markup,
        page::{Moment, Page},
    },
};

/// An event as a page shows it.
pub struct EventShown {
    /// What happened.
    pub what: String,
    /// When.
    pub at: Moment,
    /// Why not, if it was not done.
    pub refused: Option<String>,
    /// About whom or what.
    pub about: String,
    /// Their row, to look for all of theirs.
    pub user: Option<Uuid>,
    /// Who did it.
    pub by: Markup,
    /// From where.
    pub network: Option<String>,
    /// Before and after, and what else there is.
    pub details: Vec<Detail>,
    /// The attempt that it is a step of.
    pub attempt: Option<Uuid>,
}

/// One thing that an event tells.
pub struct Detail {
    /// Which.
    pub name: String,
    /// Before, if it is a change.
    pub old: Option<Markup>,
    /// Now.
    pub new: Markup,
    /// The page that shows more of it.
    pub link: Option<String>,
}

impl EventShown {
    /// In the page's language.
    pub fn new(page: &Page, event: Listed) -> Self {
        let done = matches!(event.outcome.as_str(), "done" | "started");
        Self {
            what: words(page, "event", &event.event),
            at: Moment::with_day(event.at),
            refused: (!done).then(|| words(page, "outcome", &event.outcome)),
            by: actor(page, &event.actor),
            details: details(page, &event.details),
            about: event.subject,
            user: event.user,
            network: event.network,
            attempt: event.attempt,
        }
    }
}

/// The words of a name, or the name.
pub fn words(page: &Page, kind: &str, name: &str) -> String {
    let key = format!("audit-{kind}-{name}");
    let words = page.t(&key);
    if words == key { name.to_owned() } else { words }
}

fn actor(page: &Page, actor: &str) -> Markup {
    match actor.split_once(':') {
        Some(("operator", name)) => page.m("audit-by-operator").name("name", name).s(),
        _ if matches!(actor, "visitor" | "service" | "one-time link") => {
            Markup::text(&page.t(&format!("audit-by-{}", actor.replace(' ', "-"))))
        }
        _ => page.m("audit-by-user").name("name", actor).s(),
    }
}

fn details(page: &Page, details: &Value) -> Vec<Detail> {
    let Some(details) = details.as_object() else { return Vec::new() };
    let detail = |(key, value): (&String, &Value)| {
        let name = words(page, "detail", key);
        let batch = value.as_str().filter(|_| key == "batch").and_then(|id| id.parse::<Uuid>().ok());
        if let Some(batch) = batch {
            let link = Some(format!("/portal/users/reset-passwords/{batch}"));
            return Detail { name, old: None, new: Markup::text(&page.t("audit-batch-result")), link };
        }
        match (value.get("old"), value.get("new")) {
            (Some(old), Some(new)) => {
                Detail { name, old: Some(shown(page, key, old)), new: shown(page, key, new), link: None }
            }
            _ => Detail { name, old: None, new: shown(page, key, value), link: None },
        }
    };
    details.iter().map(detail).collect()
}

/// A value as people read it: moments in the reader's time, truths and roles in words, and so is nothing.
fn shown(page: &Page, key: &str, value: &Value) -> Markup {
    match value.as_str().and_then(|text| OffsetDateTime::parse(text, &Rfc3339).ok()) {
        Some(at) => page.when(&Moment::with_day(at)),
        None => Markup::text(&text(page, key, value)),
    }
}

fn text(page: &Page, key: &str, value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => {
            values.iter().map(|value| self::text(page, key, value)).collect::<Vec<_>>().join(", ")
        }
        Value::Bool(value) => truth(*value).to_owned(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    match text.as_str() {
        "" => page.t("audit-empty"),
        "True" => page.t("audit-true"),
        "False" => page.t("audit-false"),
        role if key.eq_ignore_ascii_case("role") && role.parse::<Role>().is_ok() => {
            page.t(&format!("role-{role}"))
        }
        deed if key == "deed" => words(page, "deed", deed),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        domain::{audit::AuditEvent, deed::Deed},
        language::Languages,
    };

    #[test]
    fn every_event_has_words() {
        let english = Languages::embedded(false).unwrap().english();
        for event in AuditEvent::ALL {
            let key = format!("audit-event-{}", event.as_str());
            assert_ne!(english.t(&key), key);
        }
    }

    #[test]
    fn every_deed_that_an_event_answers_has_words() {
        let english = Languages::embedded(false).unwrap().english();
        for deed in Deed::ALL {
            let key = format!("audit-deed-{}", deed.as_str());
            assert_ne!(english.t(&key), key);
        }
    }
}

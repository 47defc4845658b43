//! The audit log's pages of the portal.

use serde_json::json;
use sspr::{
    portal::audit::{
        attempt::{AttemptPage, Step},
        list::{AuditPage, Typed},
        shown::EventShown,
    },
    store::audit::list::Listed,
    web::{
        page::{Moment, Page},
        portal_nav::Section,
    },
};
use time::Duration;
use uuid::Uuid;

use super::{Gallery, NOW};

impl Gallery<'_> {
    pub(super) fn event(&self, page: &Page, event: &str, outcome: &str, actor: &str) -> EventShown {
        let given = self.given;
        let listed = Listed {
            id: Uuid::nil(),
            at: NOW,
            event: event.to_owned(),
            company: None,
            user: Some(Uuid::from_u128(1)),
            subject: given.user_id.clone(),
            actor: actor.to_owned(),
            attempt: (event != "user_changed").then(|| Uuid::from_u128(2)),
            network: Some("192.0.2.7".to_owned()),
            outcome: outcome.to_owned(),
            details: json!({
                "DisplayName": { "old": "", "new": given.display_name },
                "AlternateEmailAddresses": [given.user_id],
                "Role": { "old": "user", "new": "password_administrator" },
                "Blocked": { "old": "False", "new": "True" },
                "tries": 3,
                "unblocked": true,
            }),
        };
        EventShown::new(page, listed)
    }

    pub(super) fn portal_audit(&mut self) {
        let page = self.console(Section::Audit);
        let operator = format!("operator:{}", self.given.display_name);
        let events = [
            ("user_changed", "done", operator.as_str()),
            ("sign_in_failed", "wrong_password", "visitor"),
            ("password_set", "done", "one-time link"),
            ("expiry_warned", "done", "service"),
            ("access_denied", "denied", &self.given.user_id),
        ];
        let full = AuditPage {
            page: page.clone(),
            typed: Typed {
                search: self.given.user_id.clone(),
                event: "signed_in".to_owned(),
                outcome: "not_done".to_owned(),
                from: "2026-11-01".to_owned(),
                until: "2026-11-21".to_owned(),
                user: Uuid::from_u128(1).to_string(),
            },
            events: events.map(|(event, outcome, actor)| self.event(&page, event, outcome, actor)).into(),
            newer: Some("1.7".to_owned()),
            older: Some("1.8".to_owned()),
        };
        self.add("portal_audit-full", &full);
        let typed =
            Typed { from: self.given.display_name.clone(), until: "x".to_owned(), ..Typed::default() };
        let wrong = AuditPage { page: page.clone(), typed, events: Vec::new(), newer: None, older: None };
        self.add("portal_audit-wrong-days", &wrong);
        let typed = Typed { search: "x".to_owned(), ..Typed::default() };
        let nothing = AuditPage { page: page.clone(), typed, events: Vec::new(), newer: None, older: None };
        self.add("portal_audit-nothing", &nothing);

        for standing in [
            "audit-attempt-done",
            "audit-attempt-not-done",
            "audit-attempt-replaced",
            "audit-attempt-too-many-tries",
            "audit-attempt-switched-off",
            "audit-attempt-not-me",
            "audit-attempt-expired",
            "audit-attempt-under-way",
        ] {
            let step = |event: &str, outcome: &str, seconds: i64| Step {
                event: self.event(&page, event, outcome, "visitor"),
                at: Moment::to_the_second(NOW + Duration::seconds(seconds)),
                after: (seconds / 60, seconds % 60),
            };
            let attempt = AttemptPage {
                page: page.clone(),
                id: Uuid::from_u128(2),
                user_id: self.given.user_id.clone(),
                began: Moment::with_day(NOW),
                browser: Some(self.given.browser.clone()),
                standing,
                steps: vec![step("reset_started", "started", 0), step("code_wrong", "wrong", 95)],
            };
            self.add(&format!("portal_attempt-{standing}"), &attempt);
        }
    }
}

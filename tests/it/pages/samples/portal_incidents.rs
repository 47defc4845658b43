//! `/portal/incidents`.

use sspr::{
    portal::{
        incidents::{
            list::{IncidentsPage, Line},
            show::{Change, CloseForm, CloseProblem, Closed, IncidentPage},
        },
        your_password::PasswordProblem,
    },
    web::{page::Moment, portal_nav::Section},
};
use uuid::Uuid;

use super::{Gallery, NOW};

const WHAT: [&str; 10] = [
    "incident-password_reset",
    "incident-password_changed",
    "incident-contact_changed",
    "incident-temporary_password",
    "incident-link_handed_over",
    "incident-partial_reset",
    "incident-role_changed",
    "incident-block_lifted",
    "incident-reset_asked",
    "incident-other",
];

impl Gallery<'_> {
    fn incident(&self, what: &'static str) -> IncidentPage {
        let page = self.console(Section::Incidents);
        IncidentPage {
            id: Uuid::from_u128(1),
            user: Some(Uuid::from_u128(2)),
            user_id: self.given.user_id.clone(),
            display_name: self.given.display_name.clone(),
            what,
            blocks: what != "incident-reset_asked",
            deed_at: Moment::to_the_second(NOW),
            reported_at: Moment::to_the_second(NOW),
            again: Some((3, Moment::to_the_second(NOW))),
            network: "192.0.2.7".to_owned(),
            via: "incident-via-former_alternate_email",
            attempt: Some(Uuid::from_u128(3)),
            changes: vec![
                Change {
                    key: "incident-alternate-email",
                    old: self.given.user_id.clone(),
                    new: self.given.user_id.clone(),
                },
                Change {
                    key: "incident-mobile-phone",
                    old: self.given.number.clone(),
                    new: page.t("incident-none"),
                },
            ],
            blocked: true,
            advice: vec![
                "incident-do-talk",
                "incident-do-asked",
                "incident-do-mailbox",
                "incident-do-rewind",
                "incident-do-doer",
                "incident-do-contacts",
                "incident-do-trail",
                "incident-do-lift",
                "incident-do-close",
            ],
            trail: vec![
                self.event(&page, "account_blocked", "not_me", "visitor"),
                self.event(&page, "user_changed", "done", &self.given.user_id),
            ],
            closed: None,
            barred: None,
            form: Some(CloseForm::default()),
            just_closed: false,
            page,
        }
    }

    pub(super) fn portal_incidents(&mut self) {
        for what in WHAT {
            self.add(&format!("portal_incident-{what}"), &self.incident(what));
        }
        let form = |password, refused| {
            Some(CloseForm { note: self.given.display_name.clone(), asks_password: true, password, refused })
        };
        let forms = [
            form(None, None),
            form(Some(PasswordProblem::Empty), None),
            form(Some(PasswordProblem::Wrong), None),
            form(None, Some(CloseProblem::Note)),
            form(None, Some(CloseProblem::Already(self.given.user_id.clone()))),
        ];
        for (n, form) in forms.into_iter().enumerate() {
            let page = IncidentPage { form, ..self.incident("incident-contact_changed") };
            self.add(&format!("portal_incident-form-{n}"), &page);
        }
        for why in ["incident-own", "incident-own-deed"] {
            let barred =
                IncidentPage { form: None, barred: Some(why), ..self.incident("incident-password_reset") };
            self.add(&format!("portal_{why}"), &barred);
        }
        let closed = IncidentPage {
            form: None,
            closed: Some(Closed {
                at: Moment::with_day(NOW),
                by: self.given.user_id.clone(),
                note: self.given.display_name.clone(),
            }),
            just_closed: true,
            blocked: false,
            user: None,
            again: None,
            attempt: None,
            changes: Vec::new(),
            trail: Vec::new(),
            ..self.incident("incident-password_reset")
        };
        self.add("portal_incident-closed", &closed);
        let line = |what: &str, is_open: bool| Line {
            id: Uuid::from_u128(1),
            user_id: self.given.user_id.clone(),
            display_name: self.given.display_name.clone(),
            what: what.replace("incident-", "incidents-what-"),
            reported_at: Moment::with_day(NOW),
            is_open,
            closed_by: (!is_open).then(|| self.given.user_id.clone()),
        };
        let full = IncidentsPage {
            page: self.console(Section::Incidents),
            lines: WHAT.into_iter().enumerate().map(|(n, what)| line(what, n < 5)).collect(),
            next: Some("/portal/incidents?after=1".to_owned()),
            is_further: true,
        };
        let none = IncidentsPage {
            page: self.console(Section::Incidents),
            lines: Vec::new(),
            next: None,
            is_further: false,
        };
        self.add("portal_incidents", &full);
        self.add("portal_incidents-none", &none);
    }
}

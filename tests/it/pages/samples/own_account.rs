//! `/account`, and the pages behind a link that confirms contact data.

use sspr::{
    portal::{
        account::{AccountNotice, AccountPage, ContactLine, ContactState, EventLine, SessionLine},
        confirm_contact::{ConfirmContactDonePage, ConfirmContactPage, ConfirmOutcome, ContactKind},
    },
    web::{markup::Markup, page::Moment, portal_nav::Section},
};
use time::Duration;

use super::{Gallery, NOW};

fn day(hours: i64) -> Moment {
    Moment::with_day(NOW + Duration::hours(hours))
}

impl Gallery<'_> {
    pub(super) fn own_account(&mut self) {
        let given = self.given;
        let contact = |channel: &str, is_used, state, bounced| ContactLine {
            channel: channel.to_owned(),
            is_used,
            masked: given.number.clone(),
            state,
            bounced,
        };
        let session = |is_here, browser: &str| SessionLine {
            name: "q7Zk0v3M".to_owned(),
            browser: browser.to_owned(),
            network: browser.to_owned(),
            since: day(-3),
            seen: day(0),
            is_here,
        };
        let page = self.console(Section::Account);
        let event = |key: &str, times: u32, alarming| EventLine {
            at: day(-5),
            what: page.m(key).arg("times", times).s(),
            from: page.m("account-event-by").name("who", &given.user_id).s(),
            alarming,
        };
        let account = |notice, role: &str, full: bool| AccountPage {
            page: page.clone(),
            user_id: given.user_id.clone(),
            display_name: given.display_name.clone(),
            role: role.to_owned(),
            company: given.company.clone(),
            notice,
            too_often: None,
            contacts: if full {
                vec![
                    contact("email", true, ContactState::Unconfirmed, true),
                    contact("email", false, ContactState::Useless, false),
                    contact("sms", true, ContactState::Confirmed, false),
                    contact("email", true, ContactState::Waits { until: day(20) }, false),
                    contact("sms", true, ContactState::Useless, false),
                ]
            } else {
                Vec::new()
            },
            sessions: if full {
                vec![session(true, &given.browser), session(false, &given.browser), session(false, "")]
            } else {
                vec![session(true, &given.browser)]
            },
            events: if full {
                vec![
                    event("account-event-signed_in", 1, false),
                    event("account-event-sign_in_failed", 12, true),
                    EventLine { from: Markup::text(""), ..event("account-event-user_changed", 1, false) },
                ]
            } else {
                Vec::new()
            },
        };
        let accounts = [
            (None, "global_administrator"),
            (Some(AccountNotice::PasswordChanged), "user_management_administrator"),
            (Some(AccountNotice::SessionsEnded), "password_administrator"),
            (Some(AccountNotice::ConfirmationSent), "billing_administrator"),
            (Some(AccountNotice::NothingToConfirm), "service_administrator"),
            (Some(AccountNotice::RefusedCountry), "global_administrator"),
            (None, "user"),
        ]
        .map(|(notice, role)| (role, account(notice, role, role != "user")));
        let too_often = AccountPage { too_often: Some(day(3)), ..account(None, "user", true) };
        self.add("account-too_often", &too_often);
        for (role, page) in &accounts {
            self.add(&format!("account-{role}"), page);
        }
    }

    pub(super) fn confirm_contact(&mut self) {
        for (name, kind) in [("confirm_email", ContactKind::Email), ("confirm_mobile", ContactKind::Mobile)] {
            let page = ConfirmContactPage {
                page: self.page(),
                token: "q7Zk0v3M".to_owned(),
                kind,
                masked: self.given.number.clone(),
                user_id: self.given.user_id.clone(),
                expires_at: day(160),
            };
            self.add(name, &page);
        }
        for (name, outcome) in [
            ("confirm_done_email", ConfirmOutcome::Email),
            ("confirm_done_mobile", ConfirmOutcome::Mobile),
            ("confirm_done_already", ConfirmOutcome::Already),
            ("confirm_done_dead", ConfirmOutcome::Dead),
        ] {
            let page = ConfirmContactDonePage { page: self.page(), outcome };
            self.add(name, &page);
        }
    }
}

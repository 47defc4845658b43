//! Another's password: for one person, and for many at once.

use sspr::{
    admin::passwords::{Guarded, Temporary},
    domain::second_pair::Terms,
    portal::{
        reset_password::{
            page::{LinkTo, ResetCase, ResetPasswordPage, ResetProblem, Way},
            temporary::TemporaryPasswordPage,
        },
        reset_passwords::{
            ask::{AskPage, Chosen, LeftOut, Person},
            result::ResultPage,
        },
        your_password::PasswordProblem,
    },
    store::{
        batches::{Batch, Item},
        users::User,
    },
    web::{page::Moment, portal_nav::Section},
};
use time::Duration;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{Gallery, NOW, TEMPORARY};

impl Gallery<'_> {
    fn reset(&self, case: ResetCase, way: Option<Way>, problem: Option<ResetProblem>) -> ResetPasswordPage {
        let proof = matches!(way, Some(Way::Link));
        ResetPasswordPage {
            page: self.console(Section::Users),
            id: Uuid::from_u128(7),
            user_id: self.given.user_id.clone(),
            display_name: self.given.display_name.clone(),
            mends: !proof,
            guarded: match (&case, &problem) {
                (ResetCase::Open { temporary: false, link: Some(_) }, Some(_)) => Guarded::BecomesGlobal,
                (ResetCase::Open { temporary: false, link: Some(LinkTo::Sms(_)) }, _) => {
                    Guarded::Waits(Terms::Approval)
                }
                (ResetCase::Open { temporary: false, link: Some(LinkTo::Email(_)) }, _) => {
                    Guarded::Waits(Terms::Hold(24))
                }
                _ => Guarded::No,
            },
            case,
            way,
            once: Uuid::from_u128(9),
            beside: "1763733930000000".to_owned(),
            asks_password: proof,
            password: proof.then_some(PasswordProblem::Wrong),
            problem,
        }
    }

    pub(super) fn portal_reset_password(&mut self) {
        let email = || Some(LinkTo::Email(self.given.number.clone()));
        let sms = || Some(LinkTo::Sms(self.given.number.clone()));
        let open = |link, temporary| ResetCase::Open { link, temporary };
        let until = || ResetProblem::TooOften(Moment::with_day(NOW + Duration::hours(5)));
        let (link, temporary) = (Some(Way::Link), Some(Way::TemporaryPassword));
        let pages = [
            ("fresh", self.reset(open(email(), true), None, None)),
            ("sms", self.reset(open(sms(), true), None, Some(until()))),
            ("forbidden", self.reset(open(email(), false), link, None)),
            ("becomes_global", self.reset(open(email(), false), None, Some(ResetProblem::NoWay))),
            ("no_contact", self.reset(open(None, true), temporary, Some(ResetProblem::Once))),
            ("no_contact_ask", self.reset(open(None, true), link, Some(ResetProblem::Already))),
            ("nothing", self.reset(open(None, false), None, None)),
            ("no_way", self.reset(open(email(), true), None, Some(ResetProblem::NoWay))),
            ("blocked", self.reset(ResetCase::Blocked, None, None)),
            ("blocked_ask", self.reset(ResetCase::Blocked, link, None)),
            ("oneself", self.reset(ResetCase::Oneself, None, None)),
        ];
        for (name, screen) in &pages {
            self.add(&format!("portal_reset_password-{name}"), screen);
        }
        let user = User {
            id: Uuid::from_u128(7),
            company_id: Uuid::from_u128(1),
            company_name: self.given.company.clone(),
            user_id: self.given.user_id.clone(),
            display_name: self.given.display_name.clone(),
            role: "user".to_owned(),
            alternate_emails: vec![super::ADDRESS.to_owned()],
            settled_emails: Vec::new(),
            mobile_phone: None,
            blocked_at: None,
            blocked_because: None,
            self_serve_password_reset_enabled: true,
            has_password: true,
            password_changed_at: Some(NOW),
            password_must_change: true,
            password_good_until: Some(NOW + Duration::days(1)),
            version: 1,
        };
        let made = Temporary {
            user,
            password: Zeroizing::new(TEMPORARY.to_owned()),
            good_until: NOW + Duration::days(1),
        };
        let shown = TemporaryPasswordPage::new(self.console(Section::Users), &made);
        self.add("portal_temporary_password", &shown);
    }

    pub(super) fn portal_reset_passwords(&mut self) {
        let person = |n: u128, link| Person {
            id: Uuid::from_u128(n),
            user_id: self.given.user_id.clone(),
            display_name: self.given.display_name.clone(),
            link,
        };
        let ask = |chosen, password: Option<PasswordProblem>| AskPage {
            page: self.console(Section::Users),
            rows: vec![Uuid::from_u128(1), Uuid::from_u128(2)],
            chosen,
            batch: Uuid::from_u128(9),
            asks_password: password.is_some(),
            password,
            latest: vec![
                (Moment::with_day(NOW), 1, Uuid::from_u128(7)),
                (Moment::with_day(NOW), 40, Uuid::from_u128(8)),
            ],
        };
        let left_out = || {
            vec![
                (person(3, None), LeftOut::Oneself),
                (person(4, None), LeftOut::Role),
                (person(5, None), LeftOut::Blocked),
                (person(6, None), LeftOut::NoContact),
            ]
        };
        let email = || Some(LinkTo::Email(self.given.number.clone()));
        let sms = || Some(LinkTo::Sms(self.given.number.clone()));
        let people = |people, left_out| Chosen::People { people, left_out };
        let both = || vec![person(1, email()), person(2, sms())];
        let pages = [
            ("both", ask(people(both(), left_out()), Some(PasswordProblem::Empty))),
            ("one", ask(people(vec![person(1, email())], vec![]), None)),
            ("nobody", ask(people(vec![], vec![]), None)),
            ("nobody_helped", ask(people(vec![], left_out()), None)),
            ("too_many", ask(Chosen::TooMany(41), None)),
        ];
        for (name, screen) in &pages {
            self.add(&format!("portal_reset_passwords-{name}"), screen);
        }
        let item = |n: u128, outcome: &str, delivery: Option<&str>| Item {
            user: (n != 4).then(|| Uuid::from_u128(n)),
            principal: self.given.user_id.clone(),
            display_name: (n != 4).then(|| self.given.display_name.clone()),
            outcome: outcome.to_owned(),
            delivery: delivery.map(str::to_owned),
            message: Some(Uuid::from_u128(n)),
        };
        let batch = |items| Batch { actor: self.given.user_id.clone(), created_at: NOW, items };
        let all = vec![
            item(1, "sent_email", Some("queued")),
            item(2, "sent_email", Some("sent")),
            item(3, "sent_sms", Some("sent")),
            item(4, "sent_email", Some("gave_up")),
            item(5, "sent_email", Some("too_late")),
            item(6, "sent_email", Some("withdrawn")),
            item(13, "sent_email", Some("cancelled")),
            item(7, "blocked", None),
            item(8, "no_contact", None),
            item(9, "not_allowed", None),
            item(10, "oneself", None),
            item(11, "too_often", None),
            item(12, "begun", None),
        ];
        let id = Uuid::from_u128(9);
        let whole = ResultPage::new(self.console(Section::Users), id, batch(all), true);
        let over = vec![item(1, "sent_email", Some("sent"))];
        let over = ResultPage::new(self.console(Section::Users), id, batch(over), false);
        self.add("portal_batch-all", &whole);
        self.add("portal_batch-over", &over);
    }
}

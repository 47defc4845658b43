//! The report of who could reset, and the company's settings with their review.

use sspr::{
    admin::pending::Waits,
    admin::{Refusal, readiness::Report},
    domain::{
        message::Channel,
        readiness::{Readiness, Reason},
        user::Role,
    },
    portal::{
        company::{
            conflict::CompanyConflictPage,
            fields::{Carried, Field},
            review::{CompanyReviewPage, ReasonProblem},
            settings::{CompanyNotice, CompanyPage, problem},
            trial::{Answer, TrialPage, TrialState},
        },
        readiness::{Filter, ReadinessPage},
        your_password::PasswordProblem,
    },
    store::{
        companies::{Company, Consequence},
        users::Line,
    },
    web::{
        page::{Moment, Page},
        portal_nav::Section,
    },
};
use time::Duration;
use uuid::Uuid;

use super::{ADDRESS, Gallery, NOW};

const FLOOR: usize = 15;

impl Gallery<'_> {
    fn report(&self, roles: &[Role]) -> Report {
        let looks = [
            (vec![], vec![]),
            (vec![], vec![Reason::EmailShared, Reason::MailBounced, Reason::MobileShared, Reason::SmsFailed]),
            (vec![Reason::Blocked, Reason::NoAlternateEmail, Reason::NoMobilePhone], vec![]),
            (
                vec![Reason::AtLimit, Reason::SwitchedOff, Reason::RefusedCountry],
                vec![Reason::EmailIsUserId, Reason::EmailInOwnDomain],
            ),
            (vec![Reason::UnconfirmedEmail, Reason::UnconfirmedMobile], vec![]),
        ];
        let lines = roles.iter().zip(looks).zip(1..).map(|((role, (reasons, doubts)), n)| Line {
            id: Uuid::from_u128(n),
            user_id: self.given.user_id.clone(),
            display_name: self.given.display_name.clone(),
            role: role.to_string(),
            blocked_at: None,
            alternate_email: (n != 3).then(|| ADDRESS.to_owned()),
            mobile_phone: (n != 3).then(|| "+14255550100".to_owned()),
            readiness: Readiness {
                limited_until: reasons.contains(&Reason::AtLimit).then_some(NOW + Duration::hours(3)),
                reasons,
                doubts,
            },
        });
        Report { lines: lines.collect() }
    }

    pub(super) fn portal_readiness(&mut self) {
        let page = self.console(Section::Readiness);
        let few = self.report(&Role::ALL[..5]);
        let filter = |ready: &str| Filter { ready: ready.to_owned(), ..Filter::default() };
        let of = |page: &Page, report: &Report, filter, mends, most| {
            ReadinessPage::new(page.clone(), report, filter, mends, most)
        };
        self.add("portal_readiness-global", &of(&page, &few, Filter::default(), true, 100));
        self.add("portal_readiness-masked", &of(&page, &few, filter("no"), false, 1));
        self.add("portal_readiness-nobody", &of(&page, &few, filter("not_administrator"), true, 100));
        let enough = self.report(&[Role::GlobalAdministrator; 2]);
        self.add("portal_readiness-enough", &of(&page, &enough, filter("yes"), true, 100));
    }

    fn company(&self) -> Company {
        Company {
            id: Uuid::from_u128(1),
            name: self.given.company.clone(),
            domains: vec![self.given.company.clone()],
            default_region: "US".to_owned(),
            self_serve_password_reset_enabled: true,
            alternate_email_in_own_domain_allowed: false,
            user_id_is_mailbox: false,
            sign_in_url: Some(super::HELP_URL.to_owned()),
            password_expires_after_days: None,
            password_warning_days: 14,
            password_min_length: None,
            password_refused_words: vec![self.given.company.clone()],
            unconfirmed_contact: "at_once".to_owned(),
            contact_hold_hours: 24,
            temporary_passwords_allowed: true,
            global_administrator_changes: "approval".to_owned(),
            global_administrator_hold_hours: 24,
            version: 7,
        }
    }

    pub(super) fn portal_company(&mut self) {
        let page = self.console(Section::Company);
        let now = self.company();
        let carried = Carried::of(&now);
        let mut wanted = carried.clone();
        for (field, text) in [
            (Field::Name, self.given.number.as_str()),
            (Field::SelfServe, "false"),
            (Field::UnconfirmedContact, "never"),
            (Field::TemporaryPasswords, "false"),
            (Field::GlobalChanges, "after_hold"),
            (Field::ExpiresAfterDays, "90"),
            (Field::MinLength, "20"),
            (Field::SignInUrl, ""),
        ] {
            wanted.fields.set(field, text);
        }
        let settings = |carried: &Carried, notice, problems| CompanyPage {
            page: page.clone(),
            carried: carried.clone(),
            domains: now.domains.clone(),
            floor: FLOOR,
            notice,
            problems,
        };
        let wrong = Field::ALL.map(|field| problem(&page, FLOOR, field, &Refusal::Name)).to_vec();
        self.add("portal_company-fresh", &settings(&carried, None, vec![]));
        self.add(
            "portal_company-saved",
            &settings(&carried, Some(CompanyNotice::Saved { undo: Some(Box::new(wanted.clone())) }), vec![]),
        );
        self.add("portal_company-waits", &settings(&carried, Some(CompanyNotice::Waits), vec![]));
        self.add("portal_company-unchanged", &settings(&carried, Some(CompanyNotice::Unchanged), vec![]));
        self.add("portal_company-problems", &settings(&wanted, None, wrong));

        let review = |carried: &Carried, n, reason_problem, password| CompanyReviewPage {
            page: page.clone(),
            carried: carried.clone(),
            floor: FLOOR,
            consequence: Consequence {
                could_reset: n,
                global_administrators: n,
                under_way: n,
                older_passwords: n,
            },
            reason: self.given.company.clone(),
            reason_problem,
            asks_password: true,
            password,
            waits: None,
        };
        let waits = |needs_approval| Some(Waits { change: Uuid::from_u128(1), needs_approval, until: NOW });
        for (name, needs_approval) in [("waits-hold", false), ("waits-approval", true)] {
            let page = CompanyReviewPage { waits: waits(needs_approval), ..review(&wanted, 1, None, None) };
            self.add(&format!("portal_company_review-{name}"), &page);
        }
        let mut back = wanted.clone();
        std::mem::swap(&mut back.fields, &mut back.was);
        let pages = [
            ("portal_company_review-many", review(&wanted, 17, None, None)),
            (
                "portal_company_review-one",
                review(&wanted, 1, Some(ReasonProblem::Missing), Some(PasswordProblem::Wrong)),
            ),
            (
                "portal_company_review-none",
                review(&wanted, 0, Some(ReasonProblem::Unfit), Some(PasswordProblem::Empty)),
            ),
            ("portal_company_review-on", review(&back, 17, None, None)),
        ];
        for (name, screen) in &pages {
            self.add(name, screen);
        }

        let mut theirs = now.clone();
        theirs.version = 8;
        theirs.name.clone_from(&self.given.user_id);
        theirs.contact_hold_hours = 48;
        let both = CompanyConflictPage::new(page.clone(), FLOOR, &wanted, &theirs);
        self.add("portal_company_conflict-both", &both);
        let theirs_alone = CompanyConflictPage::new(page, FLOOR, &carried, &theirs);
        self.add("portal_company_conflict-theirs", &theirs_alone);
        self.trials();
    }

    fn trials(&mut self) {
        let page = self.console(Section::Company);
        let last = Answer { by: "mail_2".to_owned(), what: "smtp rcpt 550".to_owned() };
        let at = Moment::to_the_second(NOW);
        let accepted = |later| TrialState::Accepted { by: Some("sms".to_owned()), at: at.clone(), later };
        let states = [
            ("waiting", TrialState::Waiting),
            ("again", TrialState::TriedAgain { last: last.clone() }),
            ("accepted", accepted(None)),
            ("delivered", accepted(Some((true, at.clone())))),
            ("failed", accepted(Some((false, at.clone())))),
            ("demo", TrialState::Accepted { by: None, at: at.clone(), later: None }),
            ("refused", TrialState::Refused { last: last.clone() }),
            ("refused-silent", TrialState::Refused { last: Answer::default() }),
            ("too-late", TrialState::TooLate { last }),
            ("stopped", TrialState::Stopped),
            ("no-contact", TrialState::NoContact),
            ("too-often", TrialState::TooOften(Moment::with_day(NOW))),
        ];
        for (name, state) in states {
            for (channel, word) in [(Channel::Email, "email"), (Channel::Sms, "sms")] {
                let page = TrialPage {
                    page: page.clone(),
                    channel,
                    state: state.clone(),
                    message: Uuid::from_u128(8),
                    own: Uuid::from_u128(7),
                };
                self.add(&format!("portal_company_trial-{name}-{word}"), &page);
            }
        }
    }
}

//! The pages of one user, and what stands between a form and its effect.

use sspr::{
    admin::{Refusal, users::Asker},
    domain::{
        contact::{ContactProblem, MobilePhoneProblem},
        readiness::Reason,
        second_pair::Terms,
        user::{Role, UserIdProblem},
    },
    portal::{
        could_reset::CouldReset,
        limits::sentence,
        users::{
            confirm::{ConfirmPage, ConfirmProblem, Deed},
            conflict::ConflictPage,
            fields::{AroundFields, Carried, StoredNumber, UserFields},
            new::NewUserPage,
            review::{Effect, ReviewPage},
            user::{
                BlockedSince, ContactLine, EditForm, EventLine, SessionLine, StateLine, UserNotice, UserPage,
            },
        },
        your_password::PasswordProblem,
    },
    web::{
        markup::Markup,
        page::{Moment, Page},
        portal_nav::Section,
    },
};
use time::Duration;

use super::{
    ADDRESS, Gallery, MASKED, NOW, NUMBER, OTHER_ADDRESS, OTHER_NAME,
    portal_users::{readiness, row},
};

fn on_day(days: i64) -> Moment {
    Moment::with_day(NOW - Duration::days(days))
}

impl Gallery<'_> {
    fn fields(&self) -> UserFields {
        UserFields {
            user_id: self.given.user_id.clone(),
            display_name: self.given.display_name.clone(),
            role: Role::UserManagementAdministrator.to_string(),
            alternate_email_address: format!("{ADDRESS}\n{OTHER_ADDRESS}"),
            mobile_phone: "+14255550100".to_owned(),
        }
    }

    fn around() -> AroundFields {
        AroundFields { region: "US".to_owned(), stored: StoredNumber::of("+14255550100") }
    }

    fn carried(&self) -> Carried {
        let was = self.fields();
        let fields = UserFields {
            display_name: OTHER_NAME.to_owned(),
            role: Role::User.to_string(),
            alternate_email_address: OTHER_ADDRESS.to_owned(),
            mobile_phone: String::new(),
            ..was.clone()
        };
        Carried { version: 7, fields, was }
    }

    fn contact(page: &Page, is_email: bool, value: &str, state: u8) -> ContactLine {
        let time = on_day(3);
        let line =
            |class, word, key| StateLine { class, word, sentence: page.m(key).time("time", &time).s() };
        ContactLine {
            is_email,
            is_used: state != 1,
            value: value.to_owned(),
            states: match state {
                0 => vec![
                    line("doubt", "user-contact-unconfirmed-word", "user-contact-unconfirmed"),
                    line("no", "user-contact-failed-word", "user-contact-failed"),
                ],
                1 => vec![],
                _ => vec![line("yes", "user-contact-confirmed-word", "user-contact-confirmed")],
            },
            ask: (state == 0).then_some("alternate_email"),
        }
    }

    fn user(&self, reasons: &[Reason], doubts: &[Reason]) -> UserPage {
        let page = self.console(Section::Users);
        let role = Role::UserManagementAdministrator;
        let session = |browser: Option<&String>| SessionLine {
            browser: browser.cloned(),
            network: Some("192.0.2.1".to_owned()),
            since: on_day(0),
            seen: on_day(0),
        };
        let events = ["user_changed", "signed_in", "password_reset"];
        let event = |name: &str| EventLine { at: on_day(2), key: format!("audit-event-{name}") };
        UserPage {
            id: row(7),
            user_id: self.given.user_id.clone(),
            display_name: self.given.display_name.clone(),
            role,
            is_self: false,
            notice: Some(UserNotice::Saved { undo: Some(self.carried()) }),
            form: Some(EditForm {
                version: 7,
                fields: self.fields(),
                was: self.fields(),
                around: Self::around(),
                refused: Vec::new(),
            }),
            ready: CouldReset::new(&page, row(7), role, &readiness(reasons, doubts), true),
            contacts: vec![
                Self::contact(&page, true, ADDRESS, 0),
                Self::contact(&page, true, OTHER_ADDRESS, 1),
                Self::contact(&page, false, NUMBER, 2),
            ],
            blocked: None,
            password: page.m("user-password-set").time("time", &on_day(90)).s(),
            may_manage: true,
            may_reset: true,
            sessions: Some(vec![session(Some(&self.given.browser)), session(None)]),
            limits: Some(self.standing().iter().map(|at| sentence(&page, at)).collect()),
            events: Some(events.map(event).into()),
            reports: vec![row(8), row(9)],
            waiting: Vec::new(),
            page,
        }
    }

    pub(super) fn portal_user(&mut self) {
        let full = self.user(&[], &[Reason::MailBounced]);
        self.add("portal_user-full", &full);

        let mut wrong = self.user(&[Reason::NoMobilePhone], &[]);
        wrong.notice = None;
        if let Some(form) = &mut wrong.form {
            form.refused = vec![
                Refusal::Name,
                Refusal::LastGlobalAdministrator,
                Refusal::UnfitAlternateEmail(0, ContactProblem::IsUserId),
                Refusal::MobilePhone(MobilePhoneProblem::Landline),
            ];
        }
        self.add("portal_user-wrong", &wrong);

        let masked = |is_email, value: &str| ContactLine {
            is_email,
            is_used: true,
            value: value.to_owned(),
            states: Vec::new(),
            ask: None,
        };
        let asker = |is_own| Asker { user_id: self.given.user_id.clone(), is_own };
        let waits =
            UserPage { notice: None, waiting: vec![asker(false), asker(true)], ..self.user(&[], &[]) };
        self.add("portal_user-waits", &waits);
        let seen = UserPage {
            notice: Some(UserNotice::Blocked),
            form: None,
            contacts: vec![masked(true, MASKED), masked(false, &self.given.number)],
            blocked: Some(BlockedSince { since: on_day(1), not_me: true }),
            password: Markup::text(&self.console(Section::Users).t("user-password-none")),
            may_manage: false,
            sessions: None,
            limits: None,
            events: None,
            reports: Vec::new(),
            ..self.user(&[Reason::Blocked, Reason::UnconfirmedEmail], &[])
        };
        self.add("portal_user-masked", &seen);

        let bare = UserPage {
            is_self: true,
            notice: Some(UserNotice::AskedTooOften(on_day(-1))),
            contacts: Vec::new(),
            sessions: Some(Vec::new()),
            limits: Some(Vec::new()),
            events: Some(Vec::new()),
            ..self.user(&[Reason::NoAlternateEmail, Reason::NoMobilePhone], &[])
        };
        self.add("portal_user-bare", &bare);
        for (n, notice) in [
            UserNotice::Saved { undo: None },
            UserNotice::Unchanged,
            UserNotice::LimitsLifted,
            UserNotice::NoLimits,
            UserNotice::Created,
            UserNotice::Waits,
            UserNotice::CreatedWaits,
            UserNotice::Blocked,
            UserNotice::BlockedAlready,
            UserNotice::Unblocked,
            UserNotice::UnblockedAlready,
            UserNotice::SessionsEnded(2),
            UserNotice::ConfirmationAsked,
            UserNotice::NothingToConfirm,
            UserNotice::RefusedCountry,
        ]
        .into_iter()
        .enumerate()
        {
            let page = UserPage { notice: Some(notice), ..self.user(&[], &[]) };
            self.add(&format!("portal_user-notice{n}"), &page);
        }
        self.new_user();
        self.before_the_effect();
    }

    fn new_user(&mut self) {
        let page = || self.console(Section::Users);
        let domains = vec!["contoso.com".to_owned(), "contoso.example".to_owned()];
        let around = AroundFields { stored: None, ..Self::around() };
        let fresh = NewUserPage {
            page: page(),
            fields: UserFields::default(),
            around: around.clone(),
            domains: domains.clone(),
            refused: Vec::new(),
        };
        let mut wrong = Vec::new();
        for refused in [
            vec![
                Refusal::UserId(UserIdProblem::Empty),
                Refusal::Name,
                Refusal::AlternateEmail(1, UserIdProblem::Empty),
                Refusal::MobilePhone(MobilePhoneProblem::TooShort),
            ],
            vec![Refusal::NoCompany, Refusal::UnfitAlternateEmail(0, ContactProblem::OwnDomain)],
            vec![Refusal::UserIdTaken, Refusal::TooManyAlternateEmails],
        ] {
            wrong.push(NewUserPage {
                page: page(),
                fields: self.fields(),
                around: around.clone(),
                domains: domains.clone(),
                refused,
            });
        }
        self.add("portal_user_new-fresh", &fresh);
        for (n, page) in wrong.iter().enumerate() {
            self.add(&format!("portal_user_new-wrong{n}"), page);
        }
    }

    fn before_the_effect(&mut self) {
        let page = || self.console(Section::Users);
        let carried = self.carried();
        let display_name = self.given.display_name.clone();
        let effects = vec![
            Effect::ToldAtOld(vec![ADDRESS.to_owned(), NUMBER.to_owned()]),
            Effect::AskedToConfirm(vec![OTHER_ADDRESS.to_owned()]),
            Effect::ServesAtOnce,
            Effect::ServesAfter(24),
            Effect::ServesWhenConfirmed,
            Effect::EndsAttempts,
            Effect::OpensPortal,
            Effect::ClosesPortal,
            Effect::NoSelfService,
            Effect::LinkSentTo(ADDRESS.to_owned()),
            Effect::NoLink,
        ];
        let mut effects = effects;
        effects.extend([Effect::Waits(Terms::Hold(24)), Effect::Waits(Terms::Approval), Effect::RoleWaits]);
        let review = ReviewPage {
            page: page(),
            id: Some(row(7)),
            display_name: display_name.clone(),
            lines: carried.was.difference(&carried.fields),
            effects,
            carried: carried.clone(),
            asks_password: true,
            password: None,
        };
        let again = ReviewPage { password: Some(PasswordProblem::Wrong), page: page(), ..review_of(&review) };
        let empty = ReviewPage { password: Some(PasswordProblem::Empty), page: page(), ..review_of(&review) };
        let new = ReviewPage { id: None, asks_password: false, page: page(), ..review_of(&review) };
        let conflict = |other, lines| ConflictPage {
            page: page(),
            id: row(7),
            display_name: display_name.clone(),
            other,
            lines,
            carried: carried.clone(),
        };
        let told = conflict(Some((self.given.user_id.clone(), on_day(0))), review.lines.clone());
        let unknown = conflict(None, review.lines.clone());
        let confirm = |deed, refused, password| ConfirmPage {
            page: page(),
            deed,
            id: row(7),
            user_id: self.given.user_id.clone(),
            display_name: display_name.clone(),
            waits: match (deed, &refused) {
                (Deed::Unblock { not_me: true }, None) => Some(Terms::Approval),
                (Deed::Unblock { .. }, Some(_)) => Some(Terms::Hold(24)),
                _ => None,
            },
            asks_password: password,
            password: None,
            refused,
        };
        let last = Some(ConfirmProblem::Refused(Refusal::LastGlobalAdministrator));
        let oneself = Some(ConfirmProblem::Refused(Refusal::Oneself));
        let deeds = [
            ("block-fresh", confirm(Deed::Block, None, false)),
            ("block-last", confirm(Deed::Block, last.clone(), false)),
            ("block-self", confirm(Deed::Block, oneself.clone(), false)),
            ("unblock-plain", confirm(Deed::Unblock { not_me: false }, None, true)),
            ("unblock-not_me", confirm(Deed::Unblock { not_me: true }, None, false)),
            (
                "unblock-waits_already",
                confirm(
                    Deed::Unblock { not_me: false },
                    Some(ConfirmProblem::Refused(Refusal::WaitsAlready)),
                    false,
                ),
            ),
            ("delete-fresh", confirm(Deed::Delete, None, true)),
            ("delete-wrong", confirm(Deed::Delete, Some(ConfirmProblem::UserId), true)),
            ("delete-last", confirm(Deed::Delete, last, false)),
            ("delete-self", confirm(Deed::Delete, oneself, false)),
        ];
        self.add("portal_review-fresh", &review);
        self.add("portal_review-wrong", &again);
        self.add("portal_review-empty", &empty);
        self.add("portal_review_new-fresh", &new);
        self.add("portal_conflict-told", &told);
        self.add("portal_conflict-unknown", &unknown);
        for (name, deed) in deeds {
            self.add(&format!("portal_{name}"), &deed);
        }
    }
}

fn review_of(other: &ReviewPage) -> ReviewPage {
    ReviewPage {
        page: other.page.clone(),
        id: other.id,
        display_name: other.display_name.clone(),
        lines: other.lines.clone(),
        effects: other.effects.clone(),
        carried: other.carried.clone(),
        asks_password: other.asks_password,
        password: other.password,
    }
}

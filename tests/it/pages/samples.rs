//! Every page in every variant, with the worst data that a person or a company could give.
//!
//! To add a page: its variants here, or in a file of `samples/`; all checks and the screenshots then know it.

mod own_account;
mod portal_approvals;
mod portal_audit;
mod portal_company;
mod portal_incidents;
mod portal_limits;
mod portal_messages;
mod portal_passwords;
mod portal_requests;
mod portal_user;
mod portal_users;

use std::sync::Arc;

use askama::Template;
use sspr::{
    app::CompanyHelp,
    captcha::{hosted::Provider, proof_of_work::Work},
    demo::outbox_page::{OutboxMessage, OutboxPage},
    domain::{deed::Deed, password::PasswordPolicy, user::Role},
    language::Language,
    portal::{
        account_password::{AccountPasswordPage, CurrentPasswordProblem, MustChange},
        set_password::{SetPasswordDeadPage, SetPasswordPage},
        sign_in::{SignInNotice, SignInPage, SignInProblem},
    },
    web::{
        error::{ErrorKind, ErrorPage},
        page::{Moment, Page, Screen},
        password_fields::BrokenRule,
        portal_nav::{PortalNav, Section},
    },
    wizard::{
        contact_administrator::{ContactAdministratorPage, ContactAdministratorSentPage},
        done::{DonePage, Notice},
        email_link::{DeadLink, EmailLinkDeadPage, EmailLinkOtherBrowserPage, EmailLinkSendPage},
        ended::{End, EndedPage},
        not_me::{NotMeDonePage, NotMeEffect, NotMeOutcome, NotMePage},
        resend::{Resend, ResendProblem},
        step1_choose_option::ChooseOptionPage,
        step2_verify_user::VerifyUserPage,
        step3_check_email::CheckEmailPage,
        step4_security_code::{CodeProblem, SecurityCodePage},
        step5_new_password::NewPasswordPage,
        who::{Beside, Captcha, Check, Who, WhoProblem},
    },
};
use time::{Duration, OffsetDateTime, macros::datetime};

/// A rendered page.
pub struct Rendered {
    /// The page and its variant, such as `security_code-wrong`.
    pub name: String,
    /// What `Screen` says about it.
    pub title: String,
    pub has_problems: bool,
    /// Has the navigation and the look of the portal.
    pub is_console: bool,
    pub html: String,
}

/// What persons and companies give.
pub struct Given {
    pub user_id: String,
    pub display_name: String,
    pub company: String,
    pub browser: String,
    pub help: String,
    pub number: String,
}

impl Given {
    pub fn pleasant() -> Self {
        Self {
            user_id: "johnsmith@contoso.com".to_owned(),
            display_name: "John Smith".to_owned(),
            company: "Contoso".to_owned(),
            browser: "Firefox on Windows".to_owned(),
            help: "Service desk: 425-555-0199, Monday to Friday".to_owned(),
            number: "••••••••00".to_owned(),
        }
    }

    /// Markup, quotes, marks that turn the direction of text round, our own private marks, and length.
    pub fn hostile() -> Self {
        let evil = "<script>alert(1)</script>\"' onload=x &amp; \u{202E}moc\u{2066}\u{E000}0\u{E001}";
        Self {
            user_id: format!("{evil}@contoso.com"),
            display_name: "Long ".repeat(1024) + evil,
            company: format!("</title>{evil}"),
            browser: format!("<img src=x onerror=alert(1)>{evil}"),
            help: evil.to_owned(),
            number: evil.to_owned(),
        }
    }

    /// Text that may stand on a page without being a sentence of ours.
    pub fn all(&self) -> Vec<String> {
        let given =
            [&self.user_id, &self.display_name, &self.company, &self.browser, &self.help, &self.number];
        // Our own private marks do not survive where a name stands alone.
        let without_marks = given.map(|text| text.replace(['\u{E000}', '\u{E001}'], ""));
        given
            .into_iter()
            .cloned()
            .chain(without_marks)
            .chain(
                [
                    TEMPORARY,
                    ADD_DOMAIN,
                    SENDER,
                    SUBJECT,
                    RECEIPT,
                    MAIL_TEXT,
                    SMS_TEXT,
                    AFTER_CODE,
                    LINK,
                    "12345678",
                    HELP_URL,
                    ADDRESS,
                    NUMBER,
                    OTHER_NAME,
                    OTHER_ADDRESS,
                    MASKED,
                ]
                .map(str::to_owned),
            )
            .collect()
    }
}

pub const TEMPORARY: &str = "tide-ember-canyon-53";
const ADD_DOMAIN: &str = "sspr company add-domain";
pub const SENDER: &str = "Contoso sign-in help <no-reply@reset.example>";
pub const SUBJECT: &str = "Reset your password for johnsmith@contoso.com";
pub const RECEIPT: &str = "7KQ4-M2XD-9RFT";
pub const LINK: &str = "https://reset.example/reset/email-link/kfZ0s8mJ2a1QxT4yWvB7nC5dE9gHiL3o";
pub const HELP_URL: &str = "https://help.contoso.com/";
pub const ADDRESS: &str = "johnsmith@fabrikam.com";
pub const OTHER_NAME: &str = "Johnny Smith";
pub const OTHER_ADDRESS: &str = "john@example.com";
pub const MASKED: &str = "j••••••h@••••••.com";
pub const NUMBER: &str = "+1 425-555-0100";
const MAIL_TEXT: &str = "Someone asked to reset the password of johnsmith@contoso.com.\n\n\
    https://reset.example/reset/email-link/kfZ0s8mJ2a1QxT4yWvB7nC5dE9gHiL3o\n\n\
    Open this link in the browser where you started. It is good until 14:15 UTC.";
const SMS_TEXT: &str = "12345678 is your security code for Contoso.\n\n@reset.example #12345678";
/// What follows the code, which stands in an element of its own.
const AFTER_CODE: &str = "is your security code for Contoso.";
const NOW: OffsetDateTime = datetime!(2026-11-21 14:05:30 UTC);

fn at(seconds: i64) -> Moment {
    Moment::from(NOW + Duration::seconds(seconds))
}

struct Gallery<'g> {
    given: &'g Given,
    language: Arc<Language>,
    pages: Vec<Rendered>,
}

impl Gallery<'_> {
    fn page(&self) -> Page {
        Page {
            l: self.language.clone(),
            demo: false,
            help: None,
            signed_in: None,
            portal: None,
            form_token: "t0k3n".to_owned(),
            now: at(0),
        }
    }

    /// The shell of a page of the portal, as a global administrator sees it with all that it can show.
    fn console(&self, here: Section) -> Page {
        let mut nav = PortalNav::new(Role::GlobalAdministrator, here);
        nav.open_requests = 3;
        nav.open_incidents = 2;
        Page { portal: Some(nav), signed_in: Some(self.given.user_id.clone()), ..self.page() }
    }

    fn add<T: Template + Screen>(&mut self, name: &str, screen: &T) {
        self.pages.push(Rendered {
            name: name.to_owned(),
            title: screen.title(),
            has_problems: !screen.problems().is_empty(),
            is_console: screen.page().portal.is_some(),
            html: screen.render().unwrap(),
        });
    }
}

/// Every page in every variant.
pub fn every_page(language: &Arc<Language>, given: &Given) -> Vec<Rendered> {
    let mut gallery = Gallery { given, language: language.clone(), pages: Vec::new() };
    gallery.sign_in_and_account();
    gallery.wizard_until_the_email();
    gallery.email_link();
    gallery.wizard_to_the_end();
    gallery.ways_out();
    gallery.errors();
    gallery.demo();
    gallery.portal_users();
    gallery.portal_reset_password();
    gallery.portal_reset_passwords();
    gallery.portal_readiness();
    gallery.portal_company();
    gallery.portal_user();
    gallery.own_account();
    gallery.confirm_contact();
    gallery.portal_requests();
    gallery.portal_incidents();
    gallery.portal_approvals();
    gallery.portal_audit();
    gallery.portal_messages();
    gallery.portal_limits();
    gallery.pages
}

/// Every rule broken at once, as far as one password can.
fn every_broken_rule() -> Vec<BrokenRule> {
    vec![
        BrokenRule::Empty,
        BrokenRule::TooShort { length: 4, min: 15 },
        BrokenRule::TooLong { max: 256 },
        BrokenRule::Common,
        BrokenRule::ContextWord { word: "contoso".to_owned() },
        BrokenRule::Guessable,
        BrokenRule::Listed,
        BrokenRule::SameAsBefore,
        BrokenRule::Mismatch,
    ]
}

impl Gallery<'_> {
    fn sign_in_and_account(&mut self) {
        use SignInProblem::{PasswordEmpty, UserIdEmpty, Wrong};
        let given = self.given;
        let sign_in =
            |page: Page, user_id: &str, problems: Vec<SignInProblem>, notice: Option<SignInNotice>| {
                SignInPage { page, user_id: user_id.to_owned(), problems, notice }
            };
        self.add("sign_in", &sign_in(self.page(), "", vec![], None));
        self.add("sign_in-empty", &sign_in(self.page(), "", vec![UserIdEmpty, PasswordEmpty], None));
        self.add("sign_in-wrong", &sign_in(self.page(), &given.user_id, vec![Wrong], None));
        for (name, notice) in [
            ("sign_in-signed_out", SignInNotice::SignedOut),
            ("sign_in-password_set", SignInNotice::PasswordSet),
            ("sign_in-password_reset", SignInNotice::PasswordReset),
            ("sign_in-first", SignInNotice::SignInFirst),
        ] {
            self.add(name, &sign_in(self.page(), "", vec![], Some(notice)));
        }

        let signed_in = || Page { signed_in: Some(given.user_id.clone()), ..self.page() };
        let password = |must_change, current, broken| AccountPasswordPage {
            page: signed_in(),
            user_id: given.user_id.clone(),
            must_change,
            current,
            policy: PasswordPolicy::default(),
            broken,
        };
        let passwords = [
            ("account_password", password(None, None, vec![])),
            ("account_password-expired", password(Some(MustChange::Expired), None, vec![])),
            ("account_password-temporary", password(Some(MustChange::Temporary), None, vec![])),
            (
                "account_password-problems",
                password(None, Some(CurrentPasswordProblem::Empty), every_broken_rule()),
            ),
            ("account_password-wrong", password(None, Some(CurrentPasswordProblem::Wrong), vec![])),
        ];
        for (name, page) in &passwords {
            self.add(name, page);
        }

        let set = |action: &str, token: &str, broken| SetPasswordPage {
            page: self.page(),
            action: action.to_owned(),
            token: token.to_owned(),
            user_id: given.user_id.clone(),
            expires_at: Moment::with_day(NOW + Duration::hours(24)),
            policy: PasswordPolicy::default(),
            broken,
        };
        let forms = [
            ("set_password", set("/set-password/a", "", vec![])),
            ("set_password-problems", set("/set-password", "abc", every_broken_rule())),
        ];
        for (name, page) in &forms {
            self.add(name, page);
        }
        self.add("set_password_dead", &SetPasswordDeadPage { page: self.page() });
    }

    fn who(&self, captcha: bool, problems: Vec<WhoProblem>) -> Who {
        let user_id = if problems.contains(&WhoProblem::UserIdEmpty) { "" } else { &self.given.user_id };
        let challenge_id = "challenge".to_owned();
        Who {
            user_id: user_id.to_owned(),
            captcha: if captcha {
                Captcha::Characters { challenge_id, beside: Beside::Nothing }
            } else {
                Captcha::None
            },
            problems,
        }
    }

    fn wizard_until_the_email(&mut self) {
        for (name, nothing_chosen) in [("choose_option", false), ("choose_option-nothing", true)] {
            self.add(name, &ChooseOptionPage { page: self.page(), nothing_chosen });
        }
        for (name, captcha, problems) in [
            ("plain", false, vec![]),
            ("characters", true, vec![]),
            ("empty", true, vec![WhoProblem::UserIdEmpty, WhoProblem::CharactersEmpty]),
            ("wrong", true, vec![WhoProblem::CharactersWrong]),
            ("unlikely", false, vec![WhoProblem::UserIdUnlikely]),
            ("too_long", false, vec![WhoProblem::UserIdTooLong]),
            ("used_up", true, vec![WhoProblem::WithoutPuzzleUsedUp { from: at(1200) }]),
        ] {
            let page = VerifyUserPage { page: self.page(), who: self.who(captcha, problems.clone()) };
            self.add(&format!("verify_user-{name}"), &page);
            let page = ContactAdministratorPage { page: self.page(), who: self.who(captcha, problems) };
            self.add(&format!("contact_administrator-{name}"), &page);
        }
        let challenge = r#"{"parameters":{"algorithm":"PBKDF2/SHA-256"},"signature":"00"}"#;
        let work =
            |alone| Beside::Work { work: Work { challenge: challenge.to_owned(), most: 3_000 }, alone };
        let mut kinds = vec![("proof", work(true), vec![]), ("proof_busy", work(false), vec![])];
        for (name, problem) in [
            ("proof_wrong", WhoProblem::ProofWrong),
            ("characters_needed", WhoProblem::CharactersNeeded),
            ("more_needed", WhoProblem::MoreNeeded),
        ] {
            kinds.push((name, work(false), vec![problem]));
        }
        for provider in Provider::ALL {
            let (script, site_key) = (provider.script("site-key"), "site-key".to_owned());
            kinds.push((
                provider.name,
                Beside::Hosted(Check { provider, script, site_key, action: "reset" }),
                vec![],
            ));
        }
        kinds.push(("check_refused", Beside::Nothing, vec![WhoProblem::CheckRefused]));
        kinds.push(("check_away", Beside::Nothing, vec![WhoProblem::CheckAway]));
        for (name, beside, problems) in kinds {
            let captcha = Captcha::Characters { challenge_id: "challenge".to_owned(), beside };
            let who = |problems| Who { captcha: captcha.clone(), ..self.who(true, problems) };
            let page = VerifyUserPage { page: self.page(), who: who(problems.clone()) };
            let other = ContactAdministratorPage { page: self.page(), who: who(problems) };
            self.add(&format!("verify_user-{name}"), &page);
            self.add(&format!("contact_administrator-{name}"), &other);
        }
        self.add("contact_administrator_sent", &ContactAdministratorSentPage { page: self.page() });

        let from = || Moment::to_the_second(NOW + Duration::seconds(42));
        for (name, left, cooling, late, problem, sent_again) in [
            ("fresh", 3, true, false, None, false),
            ("late", 3, true, true, None, false),
            ("later", 1, false, false, None, false),
            ("sent_again", 2, true, false, None, true),
            ("too_early", 2, true, false, Some(ResendProblem::TooEarly { from: from() }), false),
            ("none_left", 0, false, false, Some(ResendProblem::NoneLeft), false),
        ] {
            let page = CheckEmailPage {
                page: self.page(),
                user_id: self.given.user_id.clone(),
                sender: SENDER.to_owned(),
                subject: SUBJECT.to_owned(),
                expires_at: at(582),
                late_until: late.then(|| at(60)),
                resend: Resend { left, from: cooling.then(from) },
                problem,
                sent_again,
            };
            self.add(&format!("check_email-{name}"), &page);
        }
    }

    fn email_link(&mut self) {
        for (name, phone_must_wait) in [("email_link_send", None), ("email_link_send-wait", Some(at(3600)))] {
            let token = "kfZ0s8mJ2a".to_owned();
            let page = EmailLinkSendPage { page: self.page(), token, expires_at: at(400), phone_must_wait };
            self.add(name, &page);
        }
        for (name, started_in) in [("named", Some(self.given.browser.clone())), ("unnamed", None)] {
            let page = EmailLinkOtherBrowserPage {
                page: self.page(),
                not_me_token: "kfZ0s8mJ2a".to_owned(),
                started_in,
                started_at: at(-200),
                expires_at: at(400),
            };
            self.add(&format!("email_link_other_browser-{name}"), &page);
        }
        for (name, reason) in [
            ("expired", DeadLink::Expired { at: at(-60) }),
            ("used", DeadLink::Used { at: None }),
            ("used_at", DeadLink::Used { at: Some(at(-60)) }),
            ("replaced", DeadLink::Replaced { at: None }),
            ("replaced_at", DeadLink::Replaced { at: Some(at(-60)) }),
            ("broken", DeadLink::Broken),
        ] {
            self.add(&format!("email_link_dead-{name}"), &EmailLinkDeadPage { page: self.page(), reason });
        }
    }

    fn wizard_to_the_end(&mut self) {
        let given = self.given;
        let from = || Moment::to_the_second(NOW + Duration::seconds(42));
        for (name, left, problem) in [
            ("fresh", 3, None),
            ("sent_again", 2, None),
            ("empty", 3, Some(CodeProblem::Empty)),
            ("unreadable", 3, Some(CodeProblem::Unreadable)),
            ("wrong", 3, Some(CodeProblem::Wrong { tries_left: 4 })),
            ("wrong_last", 1, Some(CodeProblem::Wrong { tries_left: 1 })),
            ("too_early", 2, Some(CodeProblem::Resend(ResendProblem::TooEarly { from: from() }))),
            ("none_left", 0, Some(CodeProblem::Resend(ResendProblem::NoneLeft))),
            ("number_limit", 2, Some(CodeProblem::NumberLimit { from: None })),
            ("number_limit_until", 2, Some(CodeProblem::NumberLimit { from: Some(at(900)) })),
            ("not_delivered", 2, None),
            ("not_delivered_none_left", 0, None),
        ] {
            let page = SecurityCodePage {
                page: self.page(),
                masked_number: given.number.clone(),
                expires_at: at(571),
                resend: Resend { left, from: (left == 3).then(from) },
                problem,
                sent_again: name == "sent_again",
                not_delivered: name.starts_with("not_delivered"),
            };
            self.add(&format!("security_code-{name}"), &page);
        }
        for (name, broken) in [
            ("fresh", vec![]),
            ("short", vec![BrokenRule::TooShort { length: 4, min: 15 }, BrokenRule::Mismatch]),
            ("problems", every_broken_rule()),
        ] {
            let user_id = given.user_id.clone();
            let policy = PasswordPolicy::default();
            let page = NewPasswordPage { page: self.page(), user_id, expires_at: at(590), policy, broken };
            self.add(&format!("new_password-{name}"), &page);
        }
        for (name, n, notices) in [
            ("nothing", 0, vec![]),
            ("one", 1, vec![Notice::AlternateEmail, Notice::GlobalAdministrators { n: 1 }]),
            (
                "many",
                3,
                vec![
                    Notice::UserMailbox,
                    Notice::AlternateEmail,
                    Notice::MobilePhone,
                    Notice::GlobalAdministrators { n: 4 },
                ],
            ),
        ] {
            let page = DonePage {
                page: self.page(),
                user_id: given.user_id.clone(),
                at: at(0),
                sessions_ended: n,
                attempts_ended: n,
                receipt: RECEIPT.to_owned(),
                notices,
                sign_in_url: "/sign-in".to_owned(),
            };
            self.add(&format!("done-{name}"), &page);
        }
    }

    fn ways_out(&mut self) {
        for (name, end) in [
            ("expired", End::Expired { at: None }),
            ("expired_at", End::Expired { at: Some(at(-10)) }),
            ("replaced", End::Replaced),
            ("used", End::Used),
            ("too_many_tries", End::TooManyTries),
            ("too_many_tries_today", End::TooManyTriesToday { from: at(1440) }),
            ("switched_off", End::SwitchedOff),
            ("not_me", End::NotMe),
        ] {
            for user_id in [None, Some(self.given.user_id.clone())] {
                let name = format!("ended-{name}{}", if user_id.is_some() { "-known" } else { "" });
                self.add(&name, &EndedPage { page: self.page(), end: end.clone(), user_id });
            }
        }
        let blocks = Deed::ALL.map(|deed| (deed.as_str(), NotMeEffect::BlocksAccount(deed)));
        for (name, effect) in [("before", NotMeEffect::EndsAttempt)].into_iter().chain(blocks) {
            let page =
                NotMePage { page: self.page(), token: "kfZ0s8mJ2a".to_owned(), to: String::new(), effect };
            self.add(&format!("not_me-{name}"), &page);
        }
        for (name, outcome) in [
            ("ended", NotMeOutcome::EndedAttempt),
            ("blocked", NotMeOutcome::BlockedAccount),
            ("already", NotMeOutcome::AlreadyDone),
            ("dead", NotMeOutcome::Dead),
        ] {
            self.add(&format!("not_me_done-{name}"), &NotMeDonePage { page: self.page(), outcome });
        }
    }

    fn errors(&mut self) {
        for (name, kind) in [
            ("not_found", ErrorKind::NotFound),
            ("forbidden_form", ErrorKind::ForbiddenForm),
            ("too_many", ErrorKind::TooMany { until: Moment::with_day(NOW + Duration::hours(20)) }),
            ("too_large", ErrorKind::TooLarge),
            ("bad_request", ErrorKind::BadRequest),
            ("wrong_method", ErrorKind::WrongMethod),
            ("wrong_media", ErrorKind::WrongMedia),
            ("busy", ErrorKind::Busy),
            ("unavailable", ErrorKind::Unavailable),
            ("too_slow", ErrorKind::TooSlow),
            ("slow_body", ErrorKind::SlowBody),
            ("long_address", ErrorKind::LongAddress),
            ("internal", ErrorKind::Internal),
        ] {
            let reference = (name == "internal").then(|| RECEIPT.to_owned());
            let again = (name == "forbidden_form").then(|| "/reset".to_owned());
            self.add(&format!("error-{name}"), &ErrorPage { page: self.page(), kind, reference, again });
        }
        let help = CompanyHelp { text: Some(self.given.help.clone()), url: Some(HELP_URL.to_owned()) };
        let page = Page { help: Some(Arc::new(help)), demo: true, ..self.page() };
        let again = Some("/reset".to_owned());
        self.add("error-with_help", &ErrorPage { page, kind: ErrorKind::Busy, reference: None, again });
    }

    fn demo(&mut self) {
        let message = |n: i64, subject: Option<&str>, text: &str| OutboxMessage {
            id: format!("m{n}"),
            to: if subject.is_some() { ADDRESS.to_owned() } else { NUMBER.to_owned() },
            from: subject.map(|_| SENDER.to_owned()),
            subject: subject.map(str::to_owned),
            text: text.to_owned(),
            at: Moment::to_the_second(NOW - Duration::seconds(n)),
        };
        let hostile = format!("{}\n{}", self.given.browser, self.given.user_id);
        let full = vec![
            message(1, None, SMS_TEXT),
            message(30, Some(SUBJECT), MAIL_TEXT),
            message(90, Some(&self.given.company), &hostile),
        ];
        for (name, messages) in [("full", full), ("empty", vec![])] {
            let page = OutboxPage { page: Page { demo: true, ..self.page() }, messages };
            self.add(&format!("outbox-{name}"), &page);
        }
    }
}

//! One of every message, for the check of an operator's own texts and for tests. No real person, number or address.
//!
//! To add a message: one here, and what a reader must find in it in `tests/samples.rs`, at the same place.

use time::{OffsetDateTime, macros::datetime};
use uuid::Uuid;

use crate::domain::{
    contact::{AlternateEmail, MobilePhone},
    deed::Deed,
    message::{Author, ChangeLine, ContactChange, How, Message, Person, SentTo, Subject},
    second_pair::End,
    user::Role,
};

/// The user of all samples.
pub(super) const USER: Uuid = Uuid::from_u128(0x0198_7a5c_0000_7000_8000_0000_0000_0001);

const AT: OffsetDateTime = datetime!(2026-08-04 14:05:12 UTC);
const NEXT_DAY: OffsetDateTime = datetime!(2026-08-05 14:05:12 UTC);
const NEXT_WEEK: OffsetDateTime = datetime!(2026-08-11 14:05:12 UTC);

/// A mail, and whether a link of a token goes into it.
pub(super) struct Sample {
    pub(super) message: Message,
    pub(super) has_link: bool,
}

fn linked(message: Message) -> Sample {
    Sample { message, has_link: true }
}

fn plain(message: Message) -> Sample {
    Sample { message, has_link: false }
}

fn administrator() -> Author {
    Author::Administrator("globaladmin@contoso.com".into())
}

/// Every mail, to the owner of this user ID; `typed` stands wherever somebody else typed something.
pub(super) fn mails(user_id: &str, typed: &str) -> Vec<Sample> {
    let mut all = of_the_wizard(user_id, typed);
    all.extend(about_contact_data(user_id, typed));
    all.extend(about_a_password(user_id, typed));
    all.extend(of_other_deeds(user_id, typed));
    all.extend(about_others(user_id, typed));
    all.extend(about_a_change_that_waits(user_id, typed));
    all
}

fn of_other_deeds(user_id: &str, typed: &str) -> Vec<Sample> {
    let user_id = user_id.to_owned();
    let partial = |not_me_until, to| Message::PartialReset {
        user_id: user_id.clone(),
        browser: typed.to_owned(),
        at: AT,
        not_me_until,
        to,
    };
    let role = |not_me_until| Message::RoleChanged {
        user_id: user_id.clone(),
        by: administrator(),
        old: Role::PasswordAdministrator.as_str().into(),
        new: Role::GlobalAdministrator.as_str().into(),
        at: AT,
        not_me_until,
        to: SentTo::Mailbox,
    };
    let lifted = |not_me_until| Message::BlockLifted {
        user_id: user_id.clone(),
        by: Author::Operator,
        at: AT,
        not_me_until,
        to: SentTo::AlternateEmail,
    };
    vec![
        linked(partial(Some(NEXT_WEEK), SentTo::AlternateEmail)),
        plain(partial(None, SentTo::Mailbox)),
        linked(role(Some(NEXT_WEEK))),
        plain(role(None)),
        linked(lifted(Some(NEXT_WEEK))),
        plain(lifted(None)),
    ]
}

fn about_others(user_id: &str, typed: &str) -> Vec<Sample> {
    let reset = |how: &How| {
        plain(Message::AdministratorWasReset {
            user: USER,
            user_id: user_id.to_owned(),
            display_name: typed.to_owned(),
            at: AT,
            browser: if *how == How::LinkUsed { typed.to_owned() } else { String::new() },
            how: *how,
            by: (*how != How::LinkUsed).then(administrator),
        })
    };
    let mut all: Vec<Sample> = How::ALL.iter().filter(|how| **how != How::Wizard).map(reset).collect();
    let person = |_| Person { user_id: user_id.to_owned(), display_name: typed.to_owned() };
    let many = |people, more| {
        plain(Message::AdministratorsWereReset {
            people: (0..people).map(person).collect(),
            more,
            by: administrator(),
            at: AT,
        })
    };
    all.extend([many(2, 0), many(3, 3)]);
    let number = MobilePhone::from_stored("+14255550100").ok();
    all.push(plain(Message::AdministratorChanged {
        user: USER,
        user_id: user_id.to_owned(),
        display_name: typed.to_owned(),
        by: administrator(),
        changes: vec![
            ContactChange::of_role(Role::User.as_str(), Role::GlobalAdministrator.as_str()),
            ContactChange::of_mobile(number.as_ref(), None),
        ],
        at: AT,
    }));
    all.extend([true, false].map(|blocked| {
        plain(Message::AdministratorChanged {
            user: USER,
            user_id: user_id.to_owned(),
            display_name: typed.to_owned(),
            by: administrator(),
            changes: vec![ContactChange::of_sign_in(blocked)],
            at: AT,
        })
    }));
    all.extend(Deed::ALL.map(|deed| {
        plain(Message::IncidentOpened {
            incident: USER,
            user_id: user_id.to_owned(),
            display_name: typed.to_owned(),
            deed,
            deed_at: AT,
            at: NEXT_DAY,
        })
    }));
    all
}

fn of_the_wizard(user_id: &str, typed: &str) -> Vec<Sample> {
    let (user_id, typed) = (user_id.to_owned(), typed.to_owned());
    let was_reset = |not_me_until, to| Message::PasswordWasReset {
        user_id: user_id.clone(),
        browser: typed.clone(),
        at: AT,
        receipt: "7K2M-9QXD".into(),
        not_me_until,
        to,
    };
    vec![
        linked(Message::ResetLink {
            user_id: user_id.clone(),
            browser: typed.clone(),
            asked_at: AT,
            expires_at: datetime!(2026-08-04 14:15:12 UTC),
        }),
        linked(was_reset(Some(NEXT_WEEK), SentTo::AlternateEmail)),
        linked(was_reset(Some(NEXT_WEEK), SentTo::Mailbox)),
        plain(was_reset(None, SentTo::AlternateEmail)),
        plain(Message::AdministratorWasReset {
            user: USER,
            user_id: user_id.clone(),
            display_name: typed.clone(),
            at: AT,
            browser: typed.clone(),
            how: How::Wizard,
            by: None,
        }),
        plain(Message::ContactAdministrator {
            user: USER,
            user_id: user_id.clone(),
            display_name: typed.clone(),
            company: typed.clone(),
            asked_at: AT,
            browser: typed.clone(),
        }),
    ]
}

fn about_contact_data(user_id: &str, typed: &str) -> Vec<Sample> {
    let old = AlternateEmail::parse("johnsmith@fabrikam.com").ok();
    let new = AlternateEmail::parse("js@example.com").ok();
    let number = MobilePhone::from_stored("+14255550100").ok();
    let changed = |by, not_me_until, to| Message::ContactChanged {
        user_id: user_id.to_owned(),
        by,
        changes: vec![
            ContactChange::of_email(old.as_ref(), new.as_ref()),
            ContactChange::of_mobile(number.as_ref(), None),
        ],
        at: AT,
        not_me_until,
        to,
    };
    let confirm = |by| Message::ConfirmEmail {
        user_id: user_id.to_owned(),
        company: typed.to_owned(),
        by,
        expires_at: NEXT_WEEK,
    };
    vec![
        linked(changed(administrator(), Some(NEXT_WEEK), SentTo::FormerAlternateEmail)),
        plain(changed(Author::Operator, None, SentTo::Mailbox)),
        linked(confirm(Some(administrator()))),
        linked(confirm(None)),
    ]
}

fn about_a_password(user_id: &str, typed: &str) -> Vec<Sample> {
    let user_id = user_id.to_owned();
    let to = SentTo::AlternateEmail;
    let handed = |not_me_until| Message::LinkHandedOver {
        user_id: user_id.clone(),
        at: AT,
        good_until: NEXT_DAY,
        not_me_until,
        to,
    };
    let temporary = |not_me_until| Message::PasswordResetByAdministrator {
        user_id: user_id.clone(),
        by: administrator(),
        at: AT,
        good_until: NEXT_DAY,
        not_me_until,
        to,
    };
    let link_to_set = |is_first| Message::SetPasswordLink {
        user_id: user_id.clone(),
        by: administrator(),
        expires_at: NEXT_DAY,
        is_first,
    };
    let refused = |by| Message::RequestRefused { user_id: user_id.clone(), by, at: AT };
    let changed = |not_me_until| Message::PasswordChanged {
        user_id: user_id.clone(),
        browser: typed.to_owned(),
        at: AT,
        not_me_until,
        to,
    };
    let new_place = |not_me_until| Message::SignedInFromNewPlace {
        user_id: user_id.clone(),
        browser: typed.to_owned(),
        network: "198.51.100.7".to_owned(),
        at: AT,
        not_me_until,
        to,
    };
    vec![
        linked(link_to_set(false)),
        linked(link_to_set(true)),
        linked(handed(Some(NEXT_WEEK))),
        plain(handed(None)),
        linked(temporary(Some(NEXT_WEEK))),
        plain(temporary(None)),
        plain(refused(Some(administrator()))),
        plain(refused(None)),
        plain(Message::PasswordExpires {
            user_id: user_id.clone(),
            expires_at: datetime!(2026-08-18 14:05:12 UTC),
            days: 14,
            to: SentTo::Mailbox,
        }),
        linked(changed(Some(NEXT_WEEK))),
        plain(changed(None)),
        linked(new_place(Some(NEXT_WEEK))),
        plain(new_place(None)),
        plain(Message::TestMail { by: Author::Administrator(user_id.clone()), at: AT, asked_by: None }),
    ]
}

fn about_a_change_that_waits(user_id: &str, typed: &str) -> Vec<Sample> {
    let line = |what, old: Option<&str>, new: Option<&str>| ChangeLine {
        what,
        old: old.map(str::to_owned),
        new: new.map(str::to_owned),
    };
    let of_person = || {
        vec![
            line(Subject::DisplayName, Some(typed), Some("Ann")),
            line(Subject::Role, Some("user"), Some("global_administrator")),
            line(Subject::AlternateEmail, Some("j••••••h@••••••.com"), None),
        ]
    };
    // Of the company's rule nobody is changed: then the person is who asked.
    let asked_by = |user: &Option<String>| match user {
        Some(_) => administrator(),
        None => Author::Administrator(user_id.to_owned()),
    };
    let waits = |user: Option<String>, lines, needs_approval, to: Option<SentTo>| Message::ChangeWaits {
        by: asked_by(&user),
        user_id: user,
        lines,
        needs_approval,
        until: NEXT_DAY,
        at: AT,
        only_tells: to == Some(SentTo::Mailbox),
        to,
    };
    let ended = |user: Option<String>, lines, end, decided_by| Message::ChangeEnded {
        by: asked_by(&user),
        user_id: user,
        lines,
        end,
        decided_by,
        at: AT,
    };
    let user = || Some(user_id.to_owned());
    let link = || vec![line(Subject::Password, None, Some("link"))];
    let rule = || {
        vec![
            line(Subject::Rule, Some("approval"), Some("at_once")),
            line(Subject::HoldHours, Some("48"), Some("24")),
        ]
    };
    vec![
        plain(waits(user(), of_person(), false, Some(SentTo::AlternateEmail))),
        plain(waits(user(), link(), true, None)),
        plain(waits(user(), of_person(), true, Some(SentTo::Mailbox))),
        plain(waits(None, rule(), true, None)),
        plain(ended(user(), of_person(), End::Done, None)),
        plain(ended(user(), link(), End::Refused, Some(Author::Administrator(user_id.to_owned())))),
        plain(ended(user(), link(), End::Cancelled, Some(administrator()))),
        plain(ended(user(), link(), End::Void, None)),
        plain(ended(user(), link(), End::Expired, None)),
        plain(ended(None, rule(), End::Done, Some(Author::Operator))),
        plain(ended(None, vec![line(Subject::Mailboxes, Some("false"), Some("true"))], End::Done, None)),
    ]
}

/// What a text message carries.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Carries {
    Code,
    Link,
    Nothing,
}

/// Every text message.
pub(super) fn texts() -> Vec<(Message, Carries)> {
    vec![
        (Message::SecurityCode { expires_at: AT }, Carries::Code),
        (Message::PasswordWasResetSms { at: AT }, Carries::Nothing),
        (Message::ContactChangedSms { at: AT }, Carries::Nothing),
        (Message::ConfirmMobile { company: "Contoso".into(), expires_at: AT }, Carries::Link),
        (Message::SetPasswordLinkSms { expires_at: AT }, Carries::Link),
        (Message::TestSms { at: AT, asked_by: None }, Carries::Nothing),
        (Message::ChangeWaitsSms { at: AT, only_tells: false }, Carries::Nothing),
        (Message::ChangeWaitsSms { at: AT, only_tells: true }, Carries::Nothing),
    ]
    .into_iter()
    .chain(Deed::ALL.map(|deed| (Message::NoticeSms { deed, at: AT }, Carries::Nothing)))
    .collect()
}

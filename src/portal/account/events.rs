//! What happened to someone's own account, in words. Audit events are for auditors; here stands what the person themselves may want
//! to know, and can recognise: nothing of contact data, nothing of an administrator's place.
//!
//! To tell of another event: a line in [`TOLD`] and its words `account-event-…` in `account.ftl`.

use crate::{
    domain::audit::AuditEvent,
    store::own_events::OwnEvent,
    web::{
        markup::Markup,
        page::{Moment, Page},
    },
};

/// The events that a person is told of.
pub const TOLD: [AuditEvent; 21] = [
    AuditEvent::SignedIn,
    AuditEvent::SignInFailed,
    AuditEvent::PasswordSet,
    AuditEvent::PasswordReset,
    AuditEvent::ResetStarted,
    AuditEvent::EmailProven,
    AuditEvent::CodeWrong,
    AuditEvent::AttemptEnded,
    AuditEvent::ContactRequested,
    AuditEvent::RequestAnswered,
    AuditEvent::AccountBlocked,
    AuditEvent::AccountUnblocked,
    AuditEvent::LinkMade,
    AuditEvent::LinkSent,
    AuditEvent::TemporaryPasswordMade,
    AuditEvent::BreakGlass,
    AuditEvent::UserCreated,
    AuditEvent::UserChanged,
    AuditEvent::SessionsEnded,
    AuditEvent::ConfirmationAsked,
    AuditEvent::ContactConfirmed,
];

/// How many events are read: after those of one kind in a row became one line, some are left.
pub const READ: i64 = 200;
/// How many lines are shown.
const SHOWN: usize = 20;

/// One line, which may stand for several events of the same kind in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventLine {
    /// The newest of them.
    pub at: Moment,
    /// What happened.
    pub what: Markup,
    /// From which network, where the person's own browser (or a stranger's) did it; else who did it.
    pub from: Markup,
    /// Somebody else may have tried: stands out.
    pub alarming: bool,
}

/// The lines of someone's page, newest first. A stranger who tries passwords all day must not push everything else off the page:
/// failures of one kind, from one network, one after the other, are one line with their number.
pub fn lines(page: &Page, own: &str, events: Vec<OwnEvent>) -> Vec<EventLine> {
    let mut runs: Vec<(OwnEvent, u32)> = Vec::new();
    for event in events {
        match runs.last_mut() {
            Some((first, times))
                if may_flood(&event)
                    && (&first.event, &first.network, &first.outcome)
                        == (&event.event, &event.network, &event.outcome) =>
            {
                *times += 1;
            }
            _ => runs.push((event, 1)),
        }
    }
    runs.truncate(SHOWN);
    runs.into_iter().map(|(event, times)| line(page, own, &event, times)).collect()
}

/// What comes many times in a row without telling more each time.
fn may_flood(event: &OwnEvent) -> bool {
    is_alarming(event) || event.event == AuditEvent::ConfirmationAsked.as_str()
}

fn is_alarming(event: &OwnEvent) -> bool {
    [AuditEvent::SignInFailed, AuditEvent::CodeWrong, AuditEvent::ResetStarted]
        .iter()
        .any(|known| known.as_str() == event.event)
}

/// Who did it, as the person may know.
enum Doer<'e> {
    /// The person, or whoever had a browser and did not sign in.
    Browser,
    /// An administrator of the company.
    Administrator(&'e str),
    /// Someone at the shell.
    Operator,
    /// The service by itself, or the holder of a link.
    Nobody,
}

fn doer<'e>(own: &str, event: &'e OwnEvent) -> Doer<'e> {
    match event.actor.as_str() {
        "visitor" => Doer::Browser,
        actor if actor == own => Doer::Browser,
        actor if actor.starts_with("operator:") => Doer::Operator,
        actor if actor.contains('@') => Doer::Administrator(actor),
        // "one-time link", "confirmation link": whoever opened it.
        actor if actor.ends_with(" link") => Doer::Browser,
        _ => Doer::Nobody,
    }
}

fn line(page: &Page, own: &str, event: &OwnEvent, times: u32) -> EventLine {
    let by_link = event.actor.ends_with(" link");
    let key = match event.event.as_str() {
        "password_set" if by_link => "account-event-password_set-by-link".to_owned(),
        name => format!("account-event-{name}"),
    };
    // Where an administrator sits is not the person's business.
    let from = match doer(own, event) {
        Doer::Browser => Markup::text(event.network.as_deref().unwrap_or_default()),
        Doer::Administrator(who) => page.m("account-event-by").name("who", who).s(),
        Doer::Operator => Markup::text(&page.t("account-event-by-operator")),
        Doer::Nobody => Markup::text(""),
    };
    let what = page.m(&key).arg("times", times).s();
    EventLine { at: Moment::with_day(event.at), what, from, alarming: is_alarming(event) }
}

#[cfg(test)]
mod tests {
    use time::{Duration, OffsetDateTime};

    use super::*;
    use crate::language::Languages;

    const JOHN: &str = "johnsmith@contoso.com";

    fn page() -> Page {
        Page {
            l: Languages::embedded(false).unwrap().english(),
            demo: false,
            help: None,
            signed_in: None,
            portal: None,
            form_token: String::new(),
            now: Moment::from(OffsetDateTime::UNIX_EPOCH),
        }
    }

    fn event(event: AuditEvent, actor: &str, network: Option<&str>, minute: i64) -> OwnEvent {
        OwnEvent {
            at: OffsetDateTime::UNIX_EPOCH - Duration::minutes(minute),
            event: event.as_str().to_owned(),
            actor: actor.to_owned(),
            network: network.map(str::to_owned),
            outcome: "done".to_owned(),
        }
    }

    #[test]
    fn every_event_that_is_told_has_words() {
        let page = page();
        for kind in TOLD {
            let said = line(&page, JOHN, &event(kind, JOHN, None, 0), 1).what.to_string();
            assert!(!said.contains("account-event"), "{}: {said}", kind.as_str());
        }
    }

    #[test]
    fn a_guesser_does_not_push_the_rest_off_the_page() {
        let failed = |minute| event(AuditEvent::SignInFailed, "visitor", Some("203.0.113.9"), minute);
        let mut events: Vec<OwnEvent> = (0..150).map(failed).collect();
        events.push(event(AuditEvent::SignedIn, JOHN, Some("192.0.2.7"), 200));
        let lines = lines(&page(), JOHN, events);
        assert_eq!(lines.len(), 2);
        assert!(lines[0].alarming && lines[0].what.to_string().contains("150"), "{:?}", lines[0]);
        assert_eq!(lines[1].from.to_string(), "192.0.2.7");
    }

    #[test]
    fn sign_ins_that_succeeded_are_each_a_line_and_so_are_failures_from_elsewhere() {
        let good = |minute| event(AuditEvent::SignedIn, JOHN, Some("192.0.2.7"), minute);
        let failed = |network, minute| event(AuditEvent::SignInFailed, "visitor", Some(network), minute);
        let events = vec![good(0), good(1), failed("192.0.2.7", 2), failed("203.0.113.9", 3)];
        assert_eq!(lines(&page(), JOHN, events).len(), 4);
    }

    #[test]
    fn an_administrator_is_named_and_their_network_is_not() {
        let by = event(AuditEvent::UserChanged, "globaladmin@contoso.com", Some("192.0.2.200"), 0);
        let told = line(&page(), JOHN, &by, 1);
        let from = told.from.to_string();
        assert!(from.contains("globaladmin@contoso.com") && !from.contains("192.0.2"), "{from}");
        let told = line(&page(), JOHN, &event(AuditEvent::UserChanged, "operator:root", None, 0), 1);
        let from = told.from.to_string();
        assert!(!from.is_empty() && !from.contains("root"), "{from}");
    }
}

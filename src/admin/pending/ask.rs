//! A change begins to wait: kept, recorded, and told to everyone who could stop it.

use serde_json::{Map, Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;

use super::wanted::{Shown, Wanted};
use crate::{
    admin::{By, NotDone, Property, Refusal},
    domain::{
        audit::AuditEvent,
        limits::Network,
        message::{Author, ChangeLine, Message, SentTo, Subject},
        second_pair::{End, Guard, Rule, Terms},
        user::Role,
    },
    random,
    store::{
        self, Connection, StoreError, audit, budgets,
        companies::Company,
        outbox::{self, Queued},
        pending_changes::{self, New, Pending},
        users::User,
    },
};

/// Changes a day that one administrator asks for and that wait: whoever asks and withdraws to and fro floods nobody.
const ASKED_A_DAY: i32 = 40;

/// A change that waits, for whoever asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waits {
    /// The change.
    pub change: Uuid,
    /// It is carried out only when another global administrator approves it.
    pub needs_approval: bool,
    /// When it is carried out, or else dropped.
    pub until: OffsetDateTime,
}

/// A company's rule. One that this version does not know is the strictest.
pub(in crate::admin) fn guard_of(company: &Company) -> Guard {
    Guard {
        rule: Rule::named(&company.global_administrator_changes).unwrap_or(Rule::Approval),
        hours: company.global_administrator_hold_hours,
    }
}

/// What a change of a global administrator, or of the rule, waits for; none: it acts at once. Call it after the rows of the people are
/// locked.
pub(in crate::admin) async fn terms(
    tx: &mut Connection,
    by: &impl By,
    company: &Company,
    target: Option<Uuid>,
) -> Result<Option<Terms>, StoreError> {
    let Some(actor) = by.user().filter(|_| !by.acts_at_once()) else { return Ok(None) };
    let guard = guard_of(company);
    let besides: Vec<Uuid> = [actor].into_iter().chain(target).collect();
    let another = guard.rule == Rule::Approval
        && pending_changes::another_could_approve(tx, company.id, &besides).await?;
    Ok(guard.terms(another))
}

/// The same for a change of a person: only of whoever is a global administrator, or would become one. Also of oneself: who holds one's
/// session must not move where one's own resets go.
pub(in crate::admin) async fn terms_of(
    tx: &mut Connection,
    by: &impl By,
    company: &Company,
    target: &User,
    role: Option<Role>,
) -> Result<Option<Terms>, StoreError> {
    let is_global = target.role == Role::GlobalAdministrator.as_str();
    if is_global || role == Some(Role::GlobalAdministrator) {
        terms(tx, by, company, Some(target.id)).await
    } else {
        Ok(None)
    }
}

/// What is to wait.
pub(in crate::admin) struct Ask<'a> {
    /// Whose.
    pub(in crate::admin) company: &'a Company,
    /// Whom it changes, as they are; none: the rule.
    pub(in crate::admin) target: Option<&'a User>,
    /// What is to be done.
    pub(in crate::admin) wanted: Wanted,
    /// What it waits for.
    pub(in crate::admin) terms: Terms,
}

/// Keeps a change until its time, in the caller's transaction.
pub(in crate::admin) async fn ask(
    tx: &mut Connection,
    by: &impl By,
    asked: &Ask<'_>,
) -> Result<Waits, NotDone> {
    let Some(actor) = by.user() else { return Err(Refusal::NotAllowed.into()) };
    if let Some(until) = budgets::take(&mut *tx, &format!("waits/{actor}"), ASKED_A_DAY).await? {
        return Err(Refusal::TooOften(until).into());
    }
    let lines = asked.wanted.lines(asked.target, Shown::Masked);
    let encode = |fault: serde_json::Error| StoreError::Encode(fault.into());
    let (id, subject) = (random::id(), asked.target.map_or(&asked.company.name, |user| &user.user_id));
    let new = New {
        id,
        company: asked.company.id,
        kind: asked.wanted.kind(),
        target: asked.target.map(|user| user.id),
        subject,
        target_version: asked.target.map(|user| user.version),
        target_password_at: asked.target.and_then(|user| user.password_changed_at),
        wanted: &serde_json::to_value(&asked.wanted).map_err(encode)?,
        shown: &serde_json::to_value(&lines).map_err(encode)?,
        requested_by: actor,
        requester: &by.actor(),
        terms: asked.terms,
    };
    let until = pending_changes::add(tx, &new).await?.ok_or(Refusal::WaitsAlready)?;
    let waits = Waits { change: id, needs_approval: asked.terms == Terms::Approval, until };
    let mut told = details(&lines);
    told.insert("change".to_owned(), json!(id));
    told.insert("until".to_owned(), json!(until.format(&Rfc3339).unwrap_or_default()));
    told.insert("needs_approval".to_owned(), json!(waits.needs_approval));
    let recorded = audit::Recorded {
        id: random::id(),
        event: AuditEvent::ChangeRequested,
        company: Some(asked.company.id),
        user: asked.target.map(|user| user.id),
        subject,
        actor: &by.actor(),
        network: by.network().map(Network::as_str),
        outcome: "done",
        details: Value::Object(told),
    };
    audit::record(tx, &recorded).await?;
    tell(tx, by, asked, &waits, lines).await?;
    Ok(waits)
}

/// The lines as an audit event holds them.
pub(super) fn details(lines: &[ChangeLine]) -> Map<String, Value> {
    let mut all = Map::new();
    for line in lines {
        let name = match line.what {
            Subject::DisplayName => Property::DisplayName.as_str(),
            Subject::Role => Property::Role.as_str(),
            Subject::AlternateEmail => Property::AlternateEmailAddresses.as_str(),
            Subject::MobilePhone => Property::MobilePhone.as_str(),
            Subject::Rule => Property::GlobalAdministratorChanges.as_str(),
            Subject::HoldHours => Property::GlobalAdministratorHoldHours.as_str(),
            Subject::Mailboxes => Property::UserIdIsMailbox.as_str(),
            Subject::SignIn => Property::Blocked.as_str(),
            Subject::Password => continue,
        };
        // Several addresses are one property.
        let joined = |key: &str, value: &Option<String>| {
            let value = value.as_deref().unwrap_or_default();
            match all.get(name).and_then(|known: &Value| known[key].as_str()) {
                Some(known) if !known.is_empty() && !value.is_empty() => format!("{known}, {value}"),
                Some(known) if !known.is_empty() => known.to_owned(),
                _ => value.to_owned(),
            }
        };
        let pair = json!({ "old": joined("old", &line.old), "new": joined("new", &line.new) });
        all.insert(name.to_owned(), pair);
    }
    all
}

/// Tells whoever would be changed at every contact that they have now, and all global administrators, who asked among them: their
/// session may be somebody else's.
async fn tell(
    tx: &mut Connection,
    by: &impl By,
    asked: &Ask<'_>,
    waits: &Waits,
    lines: Vec<ChangeLine>,
) -> Result<(), StoreError> {
    let at = store::now(tx).await?;
    // Whoever would only become a global administrator must not be sent to a page that is closed to them.
    let only_tells = asked.target.is_some_and(|target| target.role != Role::GlobalAdministrator.as_str());
    let message = |to: Option<SentTo>| Message::ChangeWaits {
        user_id: asked.target.map(|user| user.user_id.clone()),
        by: by.author(),
        lines: lines.clone(),
        needs_approval: waits.needs_approval,
        until: waits.until,
        at,
        only_tells: only_tells && to.is_some(),
        to,
    };
    let company = asked.company.id;
    if let Some(target) = asked.target {
        let mailbox =
            asked.company.user_id_is_mailbox.then_some((&target.user_id, SentTo::Mailbox)).into_iter();
        let others = target.alternate_emails.iter().map(|address| (address, SentTo::AlternateEmail));
        for (address, to) in mailbox.chain(others) {
            send(tx, company, target.id, address, &message(Some(to))).await?;
        }
        if let Some(number) = &target.mobile_phone
            && budgets::take_text_of_company(&mut *tx, company, number).await?.is_none()
        {
            send(tx, company, target.id, number, &Message::ChangeWaitsSms { at, only_tells }).await?;
        }
    }
    let besides: Vec<Uuid> = asked.target.iter().map(|user| user.id).collect();
    for (person, address) in pending_changes::listeners(tx, company, &besides).await? {
        send(tx, company, person, &address, &message(None)).await?;
    }
    Ok(())
}

/// Tells all global administrators what became of a change.
pub(super) async fn tell_end(
    tx: &mut Connection,
    change: &Pending,
    end: End,
    decided_by: Option<Author>,
) -> Result<(), StoreError> {
    let message = Message::ChangeEnded {
        user_id: (change.kind != "setting").then(|| change.subject.clone()),
        by: Author::Administrator(change.requester.clone()),
        lines: serde_json::from_value(change.shown.clone()).unwrap_or_default(),
        end,
        decided_by,
        at: store::now(tx).await?,
    };
    to_all(tx, change.company, &message).await
}

/// Tells all global administrators that the rule became weaker at the shell, where nothing waits.
pub(in crate::admin) async fn tell_rule(
    tx: &mut Connection,
    by: &impl By,
    company: Uuid,
    old: Guard,
    new: Guard,
) -> Result<(), StoreError> {
    let message = Message::ChangeEnded {
        user_id: None,
        by: by.author(),
        lines: Wanted::setting(old, new).lines(None, Shown::Masked),
        end: End::Done,
        decided_by: None,
        at: store::now(tx).await?,
    };
    to_all(tx, company, &message).await
}

/// Tells all global administrators that user IDs are mailboxes now, or no longer: whoever turns that decides where everything else is
/// told. Call it while they are, before or after the change: then it goes to the old places and to the new ones. Ten times a day a
/// company: who turns it to and fro floods nobody.
pub(in crate::admin) async fn tell_mailboxes(
    tx: &mut Connection,
    by: &impl By,
    company: Uuid,
    are: bool,
) -> Result<(), StoreError> {
    if budgets::take(&mut *tx, &format!("mailboxes/{company}"), 10).await?.is_some() {
        return Ok(());
    }
    let message = Message::ChangeEnded {
        user_id: None,
        by: by.author(),
        lines: vec![ChangeLine {
            what: Subject::Mailboxes,
            old: Some((!are).to_string()),
            new: Some(are.to_string()),
        }],
        end: End::Done,
        decided_by: None,
        at: store::now(tx).await?,
    };
    to_all(tx, company, &message).await
}

async fn to_all(tx: &mut Connection, company: Uuid, message: &Message) -> Result<(), StoreError> {
    for (person, address) in pending_changes::listeners(tx, company, &[]).await? {
        send(tx, company, person, &address, message).await?;
    }
    Ok(())
}

async fn send(
    tx: &mut Connection,
    company: Uuid,
    person: Uuid,
    recipient: &str,
    message: &Message,
) -> Result<(), StoreError> {
    let (id, person) = (random::id(), Some(person));
    outbox::queue(&mut *tx, &Queued { id, company, person, token: None, recipient, message, deadline: None })
        .await
}

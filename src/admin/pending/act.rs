//! A change is carried out: when its time has come, or when it was approved.
//!
//! Must stay true: what it does and its end are one transaction, so that a node that dies in between has done nothing, and of several
//! nodes one does it.

use uuid::Uuid;

use super::{ask::tell_end, decide::record, wanted::Wanted};
use crate::{
    admin::{
        Asked, NotDone, Refusal, companies as company_verbs, passwords,
        users::{self as people, UserChange, Whom},
    },
    domain::{
        audit::AuditEvent,
        limits::Budgets,
        second_pair::{End, Guard, Rule},
        secret::Key,
        user::{Right, Role},
    },
    store::{
        self, Connection, Pool,
        companies::{self, Change},
        pending_changes::{self, Pending},
        users,
    },
};

/// Changes that are looked at in one go.
const AT_ONCE: i64 = 50;

/// Carries out what is due, and drops what nobody approved in time. Gives how many ended here.
pub async fn run_due(pool: &Pool, key: &Key, budgets: &Budgets) -> Result<usize, NotDone> {
    let mut ended = 0;
    for id in pending_changes::due(pool, AT_ONCE).await? {
        match one(pool, id, key, budgets).await {
            Ok(done) => ended += usize::from(done),
            // One that can't be done at this moment keeps no other from being done; it is due again in a moment.
            Err(fault) => {
                tracing::warn!(change = %id, %fault, "a change that waited could not be carried out yet");
            }
        }
    }
    Ok(ended)
}

async fn one(pool: &Pool, id: Uuid, key: &Key, budgets: &Budgets) -> Result<bool, NotDone> {
    let mut tx = store::begin(pool).await?;
    let Some(change) = pending_changes::find(&mut *tx, id).await? else { return Ok(false) };
    let change = locked(&mut tx, None, &change).await?.filter(|it| it.is_due || it.doubt.is_some());
    let Some(change) = change else { return Ok(false) };
    let (end, why) = by_the_clock(&mut tx, &change, key, budgets).await?;
    close(&mut tx, &change, end, why.as_deref()).await?;
    tx.commit().await?;
    Ok(true)
}

/// Carries out what nobody refused, if anybody could have.
async fn by_the_clock(
    tx: &mut Connection,
    change: &Pending,
    key: &Key,
    budgets: &Budgets,
) -> Result<(End, Option<String>), NotDone> {
    // Nobody approved it, or it could not be done for days.
    if change.is_over && change.doubt.is_none() {
        return Ok((End::Expired, None));
    }
    match pending_changes::unrefusable(tx, change.id).await? {
        Some(why) if change.doubt.is_none() => Ok((End::Void, Some(why))),
        _ => attempt(tx, change, key, budgets).await,
    }
}

/// Locks the people, the company and the change, in this order, and reads it again; none: it waits no more.
pub(super) async fn locked(
    tx: &mut Connection,
    decider: Option<Uuid>,
    change: &Pending,
) -> Result<Option<Pending>, NotDone> {
    let people: Vec<Uuid> = decider.into_iter().chain(change.requested_by).chain(change.target).collect();
    users::lock_all(tx, &people).await?;
    companies::lock(tx, change.company).await?;
    Ok(pending_changes::lock(tx, change.id).await?.filter(|it| it.state == "waiting"))
}

/// Carries a change out, or finds it void; nothing of a void one is left. What may be done a little later is an error.
pub(super) async fn attempt(
    tx: &mut Connection,
    change: &Pending,
    key: &Key,
    budgets: &Budgets,
) -> Result<(End, Option<String>), NotDone> {
    if change.doubt.is_some() {
        return Ok((End::Void, change.doubt.clone()));
    }
    store::mark(tx).await?;
    match carry_out(tx, change, key, budgets).await {
        Ok(()) => Ok((End::Done, None)),
        Err(NotDone::Refused(refusal)) if !matches!(refusal, Refusal::TooOften(_)) => {
            store::back(tx).await?;
            Ok((End::Void, Some(why(&refusal).to_owned())))
        }
        Err(other) => Err(other),
    }
}

const fn why(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::NotAllowed => "requester",
        Refusal::ChangedMeanwhile => "changed",
        Refusal::NoUser => "gone",
        Refusal::Blocked => "blocked",
        Refusal::LastGlobalAdministrator => "last",
        Refusal::NoContact | Refusal::ContactWaits | Refusal::RefusedCountry => "no_contact",
        _ => "other",
    }
}

/// The verb itself, by whoever asked, with the rights that they have now.
async fn carry_out(
    tx: &mut Connection,
    change: &Pending,
    key: &Key,
    budgets: &Budgets,
) -> Result<(), NotDone> {
    let by = Asked::of(change).ok_or(Refusal::NotAllowed)?;
    let wanted: Option<Wanted> = change.wanted.clone().and_then(|it| serde_json::from_value(it).ok());
    match wanted.ok_or(Refusal::NoChange)? {
        Wanted::User { display_name, role, alternate_emails, mobile_phone } => {
            let target = change.target.ok_or(Refusal::NoUser)?;
            let role = role.parse().map_err(|_| Refusal::NoChange)?;
            if role == Role::GlobalAdministrator {
                users::forget_a_password_of_others(tx, target, change.requested_at).await?;
            }
            let wanted = UserChange {
                display_name: Some(&display_name),
                role: Some(role),
                alternate_emails: Some(&alternate_emails),
                mobile_phone: Some(mobile_phone.as_deref()),
                version: change.target_version,
            };
            people::change_in_of(tx, &by, Whom::Row(target), &wanted, Some(key)).await?;
        }
        Wanted::Reset => {
            let target = change.target.ok_or(Refusal::NoUser)?;
            let user = people::open(tx, &by, Whom::Row(target), Right::ResetPasswords).await?;
            let same = Some(user.version) == change.target_version
                && user.password_changed_at == change.target_password_at;
            if !same {
                return Err(Refusal::ChangedMeanwhile.into());
            }
            passwords::send_in(tx, &by, key, user, budgets).await?;
        }
        Wanted::Unblock => {
            let target = change.target.ok_or(Refusal::NoUser)?;
            people::unblock_in_of(tx, &by, Whom::Row(target), key).await?;
        }
        Wanted::Setting { rule, hours, was_rule, was_hours } => {
            let company = companies::by_id(&mut *tx, change.company).await?.ok_or(Refusal::NoCompany)?;
            let was = Rule::named(&was_rule).map(|rule| Guard { rule, hours: was_hours });
            if was != Some(super::guard_of(&company)) {
                return Err(Refusal::ChangedMeanwhile.into());
            }
            let wanted = Change {
                global_administrator_changes: Some(rule),
                global_administrator_hold_hours: Some(hours),
                ..Change::default()
            };
            company_verbs::change_of(tx, &by, company.id, &wanted).await?;
        }
    }
    Ok(())
}

/// Ends a change whose time came: recorded, and told.
async fn close(tx: &mut Connection, change: &Pending, end: End, why: Option<&str>) -> Result<(), NotDone> {
    if !pending_changes::end(tx, change.id, end, why, None).await? {
        return Err(Refusal::NoChange.into());
    }
    let event = if end == End::Done { AuditEvent::ChangeCarriedOut } else { AuditEvent::ChangeVoid };
    record(tx, change, event, "service", None, outcome(end), why).await?;
    tell_end(tx, change, end, None).await?;
    Ok(())
}

/// How an audit event names an end.
pub(super) const fn outcome(end: End) -> &'static str {
    match end {
        End::Void => "void",
        End::Expired => "expired",
        End::Done | End::Refused | End::Cancelled => "done",
    }
}

//! Tokens behind links: read to show a page, spent only by the statements that have their effect.

use sqlx::PgExecutor;
use time::OffsetDateTime;
use uuid::Uuid;

use super::Result;
use crate::{
    domain::{
        audit::AuditEvent,
        deed::Deed,
        limits::{Network, PLACE_DAYS, PLACES},
        message::SentTo,
        secret::{Key, Purpose},
        wizard::{Attempt, End, Step, Subject},
    },
    random,
};

/// A token's row and what a page may say about it to whoever holds the right link.
#[derive(Debug)]
pub struct Link {
    /// The token's row.
    pub id: Uuid,
    /// What it is good for.
    pub purpose: Purpose,
    /// What happened, for [`Purpose::NotMe`].
    pub deed: Option<Deed>,
    /// What it is derived from.
    pub nonce: Vec<u8>,
    /// The key that it is derived with.
    pub key_id: String,
    /// Until when it is good.
    pub expires_at: OffsetDateTime,
    /// When it was spent.
    pub consumed_at: Option<OffsetDateTime>,
    /// When a newer one took its place.
    pub replaced_at: Option<OffsetDateTime>,
    /// The database's time of this look.
    pub now: OffsetDateTime,
    /// The attempt that it belongs to.
    pub attempt: Option<LinkAttempt>,
    /// Whose it is.
    pub user: Option<Uuid>,
    /// User ID of whose it is.
    pub principal: Option<String>,
    /// Fewest characters of a password in the company, if more than the service's.
    pub password_min_length: Option<i32>,
}

/// The attempt behind a link.
#[derive(Debug)]
pub struct LinkAttempt {
    /// Its facts.
    pub attempt: Attempt,
    /// Hash of the session that holds it.
    pub session_hash: Vec<u8>,
    /// Hash of the session before its last proof.
    pub previous_session_hash: Option<Vec<u8>>,
    /// Who started it, in words.
    pub browser: String,
    /// What ended it, when.
    pub ended_at: Option<OffsetDateTime>,
    /// The newer attempt in its browser.
    pub replaced_by: Option<Uuid>,
    /// The session of the attempt that replaced it.
    pub successor_session_hash: Option<Vec<u8>>,
}

impl Link {
    /// Whether the link can still be spent.
    pub fn is_live(&self) -> bool {
        self.consumed_at.is_none() && self.replaced_at.is_none() && self.now < self.expires_at
    }
}

impl LinkAttempt {
    /// The page that the attempt stands on.
    pub fn step(&self, now: OffsetDateTime) -> Step {
        self.attempt.step(now)
    }
}

/// Looks a link up. Changes nothing, whoever asks.
pub async fn link(db: impl PgExecutor<'_>, id: Uuid) -> Result<Option<Link>> {
    let row = sqlx::query!(
        r#"select t.id, t.purpose, t.deed, t.nonce, t.key_id, t.expires_at, t.consumed_at, t.replaced_at, now() as "now!",
                  coalesce(t.user_id, a.user_id) as "user?", u.user_id as "principal?", c.password_min_length as "password_min_length?",
                  a.id as "attempt?", a.session_hash as "session_hash?", a.previous_session_hash as "previous_session_hash?",
                  a.browser as "browser?", a.user_id as "attempt_user?",
                  a.started_at as "started_at?", a.email_expires_at as "email_expires_at?", a.email_proven_at as "email_proven_at?",
                  a.code_expires_at as "code_expires_at?", a.code_proven_at as "code_proven_at?",
                  a.password_expires_at as "password_expires_at?", a.finished_at as "finished_at?",
                  a.ended_at as "ended_at?", a.end_reason as "end_reason?", a.replaced_by as "replaced_by?",
                  n.session_hash as "successor_session_hash?",
                  coalesce(u.role <> 'user' and u.blocked_at is null and c.self_serve_password_reset_enabled, false) as "able!"
           from reset_tokens t
           left join reset_attempts a on a.id = t.attempt_id
           left join reset_attempts n on n.id = a.replaced_by
           left join users u on u.id = coalesce(t.user_id, a.user_id)
           left join companies c on c.id = u.company_id
           where t.id = $1"#,
        id
    )
    .fetch_optional(db)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let Some(purpose) = Purpose::named(&row.purpose) else { return Ok(None) };
    let attempt = match (row.attempt, row.session_hash, row.browser, row.started_at, row.email_expires_at) {
        (Some(id), Some(session_hash), Some(browser), Some(started_at), Some(email_expires_at)) => {
            Some(LinkAttempt {
                attempt: Attempt {
                    id,
                    subject: row.attempt_user.map_or(Subject::Decoy, Subject::Known),
                    able: row.able,
                    started_at,
                    email_expires_at,
                    email_proven_at: row.email_proven_at,
                    code_expires_at: row.code_expires_at,
                    code_proven_at: row.code_proven_at,
                    password_expires_at: row.password_expires_at,
                    finished_at: row.finished_at,
                    ended: row.end_reason.map(|name| End::named(&name).unwrap_or(End::Expired)),
                },
                session_hash,
                previous_session_hash: row.previous_session_hash,
                browser,
                ended_at: row.ended_at,
                replaced_by: row.replaced_by,
                successor_session_hash: row.successor_session_hash,
            })
        }
        _ => None,
    };
    Ok(Some(Link {
        id: row.id,
        purpose,
        deed: row.deed.as_deref().and_then(Deed::named),
        nonce: row.nonce,
        key_id: row.key_id,
        expires_at: row.expires_at,
        consumed_at: row.consumed_at,
        replaced_at: row.replaced_at,
        now: row.now,
        attempt,
        user: row.user,
        principal: row.principal,
        password_min_length: row.password_min_length,
    }))
}

/// What a link that says "This was not me" is made of.
#[derive(Debug)]
pub struct NotMe<'a> {
    /// Row.
    pub id: Uuid,
    /// Whose account it blocks.
    pub user: Uuid,
    /// Of what the person is told.
    pub deed: Deed,
    /// 32 random bytes.
    pub nonce: [u8; 32],
    /// The key that it is derived with.
    pub key_id: &'a str,
}

impl<'a> NotMe<'a> {
    /// A new one.
    pub fn new(key: &'a Key, user: Uuid, deed: Deed) -> Self {
        Self { id: random::id(), user, deed, nonce: random::bytes(), key_id: key.id() }
    }
}

/// Makes such a link's token, in the transaction of the deed. Gives its end, seven days later. One for all copies of a notice: the
/// first that is used spends it.
pub async fn make_not_me(db: impl PgExecutor<'_>, token: &NotMe<'_>) -> Result<OffsetDateTime> {
    sqlx::query_scalar!(
        "insert into reset_tokens (id, purpose, deed, user_id, nonce, key_id, expires_at)
         values ($1, 'not_me', $2, $3, $4, $5, now() + interval '7 days') returning expires_at",
        token.id,
        token.deed.as_str(),
        token.user,
        token.nonce.as_slice(),
        token.key_id,
    )
    .fetch_one(db)
    .await
}

/// "This was not me" in a notice: blocks sign-in and reset of the link's user until someone lifts it, ends sessions, attempts, a
/// temporary password, one-time links and the links of other notices, forgets the places since the deed, opens an incident and tells every other global administrator.
/// Spends the link. `false`: it was spent, or its time is over.
///
/// A block of an administrator becomes this one, so that lifting it forgets the password. Of the other links those in older notices of
/// changed contact data stay: an address that was taken away from the person must not lose its button by that of a newer notice, at the
/// address that took its place (O-08). Each blocks once, for seven days, and pressing the oldest of them kills them all.
///
/// The user's row is locked first: of two presses at once, of one copy or of two, the second finds nothing to spend.
pub async fn block_by_not_me(
    db: impl PgExecutor<'_>,
    token: Uuid,
    network: &Network,
    to: Option<SentTo>,
) -> Result<bool> {
    let row = sqlx::query!(
        r#"with
        subject as materialized (select user_id from reset_tokens where id = $1),
        locked as materialized (select u.id from users u join subject s on s.user_id = u.id for no key update of u),
        spent as (
          update reset_tokens t set consumed_at = now() from locked
          where t.id = $1 and t.purpose = 'not_me' and t.consumed_at is null and t.replaced_at is null and t.expires_at > now()
          returning t.user_id, t.attempt_id, coalesce(t.deed, 'password_reset') as deed, t.created_at),
        blocked as (
          update users u
          set blocked_at = coalesce(u.blocked_at, now()), blocked_because = 'not_me',
              password_good_until = case when u.password_must_change then least(u.password_good_until, now()) else u.password_good_until end
          from spent where u.id = spent.user_id
          returning u.id, u.company_id, u.user_id),
        signed_out as (delete from sessions s using blocked where s.user_id = blocked.id),
        attempts as materialized (select end_attempts_of(id, 'not_me', null) from blocked),
        -- Whoever it was is no longer known where the deed made them so.
        places as (
          delete from sign_in_places p using spent s where p.user_id = s.user_id and p.first_seen_at >= s.created_at),
        dead as (
          update reset_tokens t set replaced_at = now() from blocked, spent s
          where t.user_id = blocked.id and t.purpose in ('set_password', 'not_me') and t.id <> $1
            and (t.deed is distinct from 'contact_changed' or t.created_at >= s.created_at)
            and t.consumed_at is null and t.replaced_at is null),
        event as (
          insert into audit_events (id, event, company_id, user_id, subject, actor, attempt_id, network, outcome, details)
          select $2, $3, b.company_id, b.id, b.user_id, 'visitor', s.attempt_id, $4, 'not_me', jsonb_build_object('deed', s.deed)
          from blocked b, spent s),
        incident as materialized (
          select open_incident($5, $6, b.company_id, b.id, s.deed, s.created_at, $4, $7, s.attempt_id) from blocked b, spent s)
        select exists (select from blocked) as "blocked!", (select count(*) from attempts) as attempts,
               (select count(*) from incident) as incidents"#,
        token,
        random::id(),
        AuditEvent::AccountBlocked.as_str(),
        network.as_str(),
        random::id(),
        random::id(),
        to.map(SentTo::as_str),
    )
    .fetch_one(db)
    .await?;
    Ok(row.blocked)
}

/// Makes a one-time link's token for a user (good for `hours`); older ones of that user die.
pub async fn make_set_password(
    db: impl PgExecutor<'_>,
    user: Uuid,
    token: Uuid,
    nonce: &[u8; 32],
    key_id: &str,
    hours: i32,
) -> Result<OffsetDateTime> {
    let row = sqlx::query!(
        r#"with dead as (
          update reset_tokens set replaced_at = now()
          where user_id = $1 and purpose = 'set_password' and consumed_at is null and replaced_at is null)
        insert into reset_tokens (id, purpose, user_id, nonce, key_id, expires_at)
        values ($2, 'set_password', $1, $3, $4, now() + make_interval(hours => $5))
        returning expires_at"#,
        user,
        token,
        nonce.as_slice(),
        key_id,
        hours,
    )
    .fetch_one(db)
    .await?;
    Ok(row.expires_at)
}

/// A password that was set by a one-time link.
#[derive(Debug)]
pub struct SetByLink {
    /// Whose.
    pub user: Uuid,
    /// It is their first one: there is nothing that could have been taken from them.
    pub first: bool,
}

/// Sets a password by a one-time link: spends it, ends sessions and attempts, remembers the place, records it. `None`: spent or over; nothing changed.
pub async fn set_password(
    db: impl PgExecutor<'_>,
    token: Uuid,
    password_hash: &str,
    event: Uuid,
    network: &Network,
) -> Result<Option<SetByLink>> {
    let row = sqlx::query!(
        r#"with
        subject as materialized (select user_id from reset_tokens where id = $1),
        locked as materialized (
          select u.id, u.password_hash is null as first from users u join subject s on s.user_id = u.id where u.blocked_at is null
          for no key update of u),
        spent as (
          update reset_tokens t set consumed_at = now() from locked
          where t.id = $1 and t.purpose = 'set_password' and t.consumed_at is null and t.replaced_at is null and t.expires_at > now()
          returning t.user_id, locked.first),
        done as (
          update users u
          set password_hash = $2, password_changed_at = now(), password_must_change = false, password_good_until = null,
              expiry_warned_at = null
          from spent where u.id = spent.user_id
          returning u.id, u.company_id, u.user_id, spent.first),
        signed_out as (delete from sessions s using done where s.user_id = done.id),
        attempts as materialized (select end_attempts_of(id, 'used', null) from done),
        place as materialized (select remember_place(id, $5, $6, $7) from done),
        event as (
          insert into audit_events (id, event, company_id, user_id, subject, actor, network, outcome)
          select $3, $4, company_id, id, user_id, 'one-time link', $5, 'done' from done)
        select id, first as "first!", (select count(*) from attempts) as attempts, (select count(*) from place) as places from done"#,
        token,
        password_hash,
        event,
        AuditEvent::PasswordSet.as_str(),
        network.as_str(),
        PLACE_DAYS,
        PLACES,
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| SetByLink { user: row.id, first: row.first }))
}

/// The keys that live links and codes were made with, and whether one of an attempt under way is among them.
pub async fn live_key_ids(db: impl PgExecutor<'_>) -> Result<Vec<(String, bool)>> {
    let rows = sqlx::query!(
        r#"select key_id, bool_or(purpose in ('email_link', 'security_code')) as "under_way!" from reset_tokens
           where consumed_at is null and replaced_at is null and expires_at > now()
           group by key_id"#
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.key_id, row.under_way)).collect())
}

//! Sign-in: counted before it is judged, the same statements for known and unknown.

use sqlx::PgExecutor;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Result, tokens::NotMe};
use crate::domain::{
    audit::AuditEvent,
    limits::{
        Account, Budgets, IN_A_ROW, IN_A_ROW_ELSEWHERE, NEW_PLACE_NOTICES_PER_DAY, Network, PLACE_DAYS,
        PLACES, key,
    },
};

/// What sign-in needs, read and counted in one statement.
#[derive(Debug)]
pub struct SignIn {
    /// The user's row; none for an unknown user ID.
    pub user: Option<Uuid>,
    /// The company's row.
    pub company: Option<Uuid>,
    /// The hash to compare with.
    pub password_hash: Option<String>,
    /// Sign-in is blocked.
    pub blocked: bool,
    /// Too many wrong passwords in a row: none is compared here, not even the right one. Nobody is told, since a stranger would learn
    /// when guessing is over.
    pub stopped: bool,
    /// When the account or network may try again, if it has to wait.
    pub until: Option<OffsetDateTime>,
}

impl SignIn {
    /// Why nobody was signed in, for the audit log.
    pub const fn why_not(&self) -> &'static str {
        match self {
            Self { user: None, .. } => "unknown_user",
            Self { blocked: true, .. } => "blocked",
            Self { stopped: true, .. } => "too_many_in_a_row",
            _ => "wrong_password",
        }
    }
}

/// Until when nothing is judged for this account and network, or this network, as far as a look tells: [`begin`] decides. For whatever
/// is to be kept from a network at its limit before it is counted.
pub async fn must_wait(
    db: impl PgExecutor<'_>,
    normalised: &str,
    network: &Network,
    budgets: &Budgets,
) -> Result<Option<OffsetDateTime>> {
    let of_account = budgets.sign_in_failures_per_account_and_network;
    sqlx::query_scalar!(
        "select coalesce(budget_free_at($1, $2, interval '1 hour'), budget_free_at($3, $4, interval '15 minutes')) as until",
        key::sign_in_of_network(network),
        budgets.sign_in_failures_per_network_per_hour,
        key::sign_in_of_account_and_network(&Account::of(normalised), network),
        of_account,
    )
    .fetch_one(db)
    .await
}

/// Counts a sign-in before it is judged (V-26), and finds the user. Budgets are of the account *and* the network, so that
/// nobody can lock another's account (V-61), and of the network.
///
/// Wrong passwords in a row are counted too (N-12): from this network, and then from everywhere. After [`IN_A_ROW`] from everywhere no
/// password is compared but from a network where this person was let in before; there only those of that network count. So a flood
/// from elsewhere shuts nobody out of their usual place, and each place has the same end to guessing. Any other network ends at
/// [`IN_A_ROW_ELSEWHERE`] by itself, and what is not compared counts not from everywhere: one address stops no account (V-61).
pub async fn begin(
    db: impl PgExecutor<'_>,
    normalised: &str,
    network: &Network,
    budgets: &Budgets,
) -> Result<SignIn> {
    let account = Account::of(normalised);
    let row = sqlx::query!(
        r#"with
        network as materialized (select take_budget($1, $2, interval '1 hour') as until),
        account as materialized (
          select coalesce(network.until, take_budget($3, $4, interval '15 minutes')) as until from network),
        person as materialized (
          select account.until, u.id, u.company_id, u.password_changed_at, coalesce(u.blocked_at is not null, false) as blocked,
                 -- After its end a temporary password is no password.
                 case when u.password_good_until is null or u.password_good_until > now() then u.password_hash end as password_hash,
                 knows_place(u.id, $7, $9) as known_place
          from account left join users u on u.user_id_normalised = $5),
        -- First the network's row, then that of all, which sorts before every network: whoever deletes locks them downwards.
        -- Those of an older password count no more: a reset opens every place.
        here as materialized (
          select p.*, case when p.until is null then count_failure($6, 'password', $7, p.password_changed_at) end
                      > case when p.known_place then $8::integer else $10::integer end as over_here
          from person p),
        counted as materialized (
          select h.*, case when not h.over_here then count_failure($6, 'password', '', h.password_changed_at) end as in_all from here h),
        judged as materialized (
          select c.*, coalesce(c.over_here or (not c.known_place and c.in_all > $8), false) as stopped from counted c)
        select until, id as "user?", company_id as "company?", case when not stopped then password_hash end as "password_hash?",
               blocked as "blocked!", stopped as "stopped!"
        from judged"#,
        key::sign_in_of_network(network),
        budgets.sign_in_failures_per_network_per_hour,
        key::sign_in_of_account_and_network(&account, network),
        budgets.sign_in_failures_per_account_and_network,
        normalised,
        account.as_str(),
        network.as_str(),
        IN_A_ROW,
        PLACE_DAYS,
        IN_A_ROW_ELSEWHERE,
    )
    .fetch_one(db)
    .await?;
    Ok(SignIn {
        user: row.user,
        company: row.company,
        password_hash: row.password_hash,
        blocked: row.blocked,
        stopped: row.stopped,
        until: row.until,
    })
}

/// Gives back what [`begin`] took, for a password that was right where nobody signs in by it. In the order in which it was taken, so
/// that two do not wait for each other.
pub async fn give_back(db: impl PgExecutor<'_>, normalised: &str, network: &Network) -> Result<()> {
    let account = Account::of(normalised);
    sqlx::query!(
        r#"with
        refunded as (
          update budgets b set hits = b.hits[1:cardinality(b.hits) - 1] where b.key = $2 and cardinality(b.hits) > 0 returning 1),
        forgotten as (delete from budgets where key = $1 and (select count(*) from refunded) >= 0 returning 1)
        select forget_failures($3, 'password') from (select count(*) from forgotten) f"#,
        key::sign_in_of_account_and_network(&account, network),
        key::sign_in_of_network(network),
        account.as_str(),
    )
    .fetch_one(db)
    .await?;
    Ok(())
}

/// A sign-in that failed, for the audit log.
pub async fn record_failed(
    db: impl PgExecutor<'_>,
    sign_in: &SignIn,
    typed: &str,
    event: Uuid,
    network: &Network,
    why: &str,
) -> Result<()> {
    sqlx::query!(
        "insert into audit_events (id, event, company_id, user_id, subject, actor, network, outcome)
         values ($1, $2, $3, $4, $5, 'visitor', $6, $7)",
        event,
        AuditEvent::SignInFailed.as_str(),
        sign_in.company,
        sign_in.user,
        typed,
        network.as_str(),
        why,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A session's beginning, in microseconds of the database's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Begun {
    /// When the password was set with which the person signs in: a session of an older one is dead.
    pub password_set: i64,
    /// When the person gave it.
    pub proven: i64,
}

/// What the end of a sign-in needs.
#[derive(Debug)]
pub struct Complete<'a> {
    /// Who.
    pub user: Uuid,
    /// The hash that the password was found right with.
    pub verified_hash: &'a str,
    /// The same password with better settings.
    pub better_hash: Option<&'a str>,
    /// The user ID as it is compared.
    pub normalised: &'a str,
    /// Row of the audit event.
    pub event: Uuid,
    /// The client.
    pub network: &'a Network,
    /// Browser and system in words, for the notice.
    pub browser: &'a str,
    /// What "This was not me" in the notice is made of, should there be one.
    pub not_me: NotMe<'a>,
}

/// A sign-in that succeeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Completed {
    /// The session's beginning.
    pub begun: Begun,
    /// A notice was queued: the caller wakes the workers.
    pub told: bool,
}

/// A sign-in that succeeded: its failures are forgotten, a hash with better settings is kept, the place is remembered, and the
/// password's time is given for the session. `None`: the password changed or the user was blocked in the meantime.
///
/// From a network where the person never signed in before they are told at each address, a few times a day at most (6.3.5); not of
/// the first sign-in of all, when every place is new.
pub async fn complete(db: impl PgExecutor<'_>, c: &Complete<'_>) -> Result<Option<Completed>> {
    let account = Account::of(c.normalised);
    let row = sqlx::query!(
        r#"with
        signed_in as (
          update users u set password_hash = coalesce($3, u.password_hash)
          where u.id = $1 and u.password_hash = $2 and u.blocked_at is null
          returning u.id, u.company_id, u.user_id, u.password_changed_at),
        -- In the order in which a sign-in takes them, so that two do not wait for each other.
        refunded as (
          update budgets b set hits = b.hits[1:cardinality(b.hits) - 1] from signed_in where b.key = $5 and cardinality(b.hits) > 0
          returning 1),
        forgotten as (
          delete from budgets b using signed_in where b.key = $4 and (select count(*) from refunded) >= 0 returning 1),
        in_a_row as materialized (
          select forget_failures($9, 'password') from signed_in where (select count(*) from forgotten) >= 0),
        before as materialized (
          select s.id, s.company_id, s.user_id,
                 exists (select from sign_in_places p where p.user_id = s.id) as has_places,
                 knows_place(s.id, $8, $10) as was_here
          from signed_in s),
        place as materialized (select remember_place(id, $8, $10, $11) from before),
        told as materialized (
          select b.id, b.company_id, b.user_id from before b
          where b.has_places and not b.was_here and take_budget('new-place/user/' || b.id, $12, interval '1 day') is null),
        not_me as (
          insert into reset_tokens (id, purpose, deed, user_id, nonce, key_id, expires_at)
          select $13, 'not_me', $14, id, $15, $16, now() + interval '7 days' from told),
        message as (
          insert into outbox (id, channel, company_id, token_id, person, recipient, deliverable, message)
          select gen_random_uuid(), 'email', told.company_id, case when way.theirs then $13::uuid end, told.id, way.recipient, true,
                 jsonb_build_object('kind', 'signed_in_from_new_place', 'user_id', told.user_id, 'browser', $17::text, 'network', $8::text,
                                    'at', now(), 'not_me_until', case when way.theirs then now() + interval '7 days' end, 'to', way.name)
          from told join companies co on co.id = told.company_id
          cross join lateral (
            select told.user_id as recipient, 'mailbox' as name, true as theirs where co.user_id_is_mailbox
            union all
            -- A new address that nobody confirmed may be a stranger's, who gets no power to block.
            select e.address, 'alternate_email', e.confirmed_at is not null or e.updated_at < now() - interval '1 day'
            from alternate_emails e where e.user_id = told.id) way),
        event as (
          insert into audit_events (id, event, company_id, user_id, subject, actor, network, outcome)
          select $6, $7, company_id, id, user_id, user_id, $8, 'done' from signed_in)
        select (extract(epoch from password_changed_at) * 1000000)::bigint as "password_set!",
               (extract(epoch from now()) * 1000000)::bigint as "proven!", exists (select from told) as "told!",
               (select count(*) from in_a_row) as forgotten, (select count(*) from place) as places
        from signed_in"#,
        c.user,
        c.verified_hash,
        c.better_hash,
        key::sign_in_of_account_and_network(&account, c.network),
        key::sign_in_of_network(c.network),
        c.event,
        AuditEvent::SignedIn.as_str(),
        c.network.as_str(),
        account.as_str(),
        PLACE_DAYS,
        PLACES,
        NEW_PLACE_NOTICES_PER_DAY,
        c.not_me.id,
        c.not_me.deed.as_str(),
        c.not_me.nonce.as_slice(),
        c.not_me.key_id,
        c.browser,
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| Completed {
        begun: Begun { password_set: row.password_set, proven: row.proven },
        told: row.told,
    }))
}

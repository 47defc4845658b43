//! How a person is reached, whether the person confirmed it, and whether the last message arrived.

use sqlx::PgExecutor;
use time::OffsetDateTime;
use uuid::Uuid;

use super::super::{Connection, Result};
use crate::domain::{audit::AuditEvent, limits::Network, secret::Purpose};

/// An address or number with its state.
#[derive(Debug, Clone)]
pub struct Contact {
    /// `email` or `sms`.
    pub channel: String,
    /// Order among addresses; 0 is used.
    pub position: i16,
    /// Address, or number in E.164.
    pub value: String,
    /// When it was set.
    pub updated_at: OffsetDateTime,
    /// When its person showed to have it.
    pub confirmed_at: Option<OffsetDateTime>,
    /// Serves a reset now, by the company's rule.
    pub serves: bool,
    /// From when on it does, while it waits.
    pub serves_from: Option<OffsetDateTime>,
    /// What became of the last message to it since it was set: `sent`, `gave_up`, or nothing yet.
    pub last_delivery: Option<String>,
    /// When.
    pub last_delivery_at: Option<OffsetDateTime>,
}

/// Addresses in their order, then the phone.
pub async fn contacts(db: impl PgExecutor<'_>, user: Uuid) -> Result<Vec<Contact>> {
    sqlx::query_as!(
        Contact,
        r#"with given as (
          select 'email' as channel, position, address as value, updated_at, confirmed_at from alternate_emails where user_id = $1
          union all
          select 'sms', 0::smallint, number, updated_at, confirmed_at from mobile_phones where user_id = $1)
        select g.channel as "channel!", g.position as "position!", g.value as "value!", g.updated_at as "updated_at!", g.confirmed_at,
               contact_serves(g.confirmed_at, g.updated_at, c.unconfirmed_contact, c.contact_hold_hours) as "serves!",
               case when g.confirmed_at is null and c.unconfirmed_contact = 'after_hold'
                    then g.updated_at + make_interval(hours => c.contact_hold_hours) end as serves_from,
               last.state as "last_delivery?", last.finished_at as "last_delivery_at?"
        from given g
        join users u on u.id = $1 join companies c on c.id = u.company_id
        left join lateral (
          select o.state, o.finished_at from outbox o
          where o.recipient = g.value and o.state in ('sent', 'gave_up') and o.company_id = u.company_id and o.finished_at >= g.updated_at
          order by o.finished_at desc limit 1) last on true
        order by g.channel, g.position"#,
        user,
    )
    .fetch_all(db)
    .await
}

/// Replaces the alternate e-mail addresses of a user. An address that stays keeps its time and its confirmation.
pub async fn set_alternate_emails(db: &mut Connection, user: Uuid, addresses: &[String]) -> Result<()> {
    let old = sqlx::query!(
        "delete from alternate_emails where user_id = $1 returning address, updated_at, confirmed_at",
        user
    )
    .fetch_all(&mut *db)
    .await?;
    let (mut kept, mut times, mut confirmed) = (Vec::new(), Vec::new(), Vec::new());
    for row in old {
        kept.push(row.address);
        times.push(row.updated_at);
        confirmed.push(row.confirmed_at);
    }
    sqlx::query!(
        r#"insert into alternate_emails (user_id, position, address, updated_at, confirmed_at)
           select $1, (given.n - 1)::smallint, given.address, coalesce(old.updated_at, now()), old.confirmed_at
           from unnest($2::text[]) with ordinality as given(address, n)
           left join unnest($3::text[], $4::timestamptz[], $5::timestamptz[]) as old(address, updated_at, confirmed_at)
             on old.address = given.address"#,
        user,
        addresses,
        &kept,
        &times,
        &confirmed as &[Option<OffsetDateTime>],
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Sets or removes the mobile phone of a user. The same number keeps its time and its confirmation.
pub async fn set_mobile_phone(db: &mut Connection, user: Uuid, number: Option<&str>) -> Result<()> {
    sqlx::query!(
        r#"with gone as (delete from mobile_phones where user_id = $1 and $2::text is null)
           insert into mobile_phones as m (user_id, number) select $1, $2 where $2::text is not null
           on conflict (user_id) do update set number = excluded.number, updated_at = now(), confirmed_at = null
           where m.number <> excluded.number"#,
        user,
        number,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// What a link that confirms a contact is made of.
#[derive(Debug)]
pub struct ConfirmToken<'a> {
    /// Row.
    pub id: Uuid,
    /// [`Purpose::ConfirmEmail`] or [`Purpose::ConfirmMobile`].
    pub purpose: Purpose,
    /// Whose.
    pub user: Uuid,
    /// 32 random bytes.
    pub nonce: [u8; 32],
    /// The key that it is derived with.
    pub key_id: &'a str,
}

/// How long such a link is good, in days.
pub const CONFIRM_DAYS: i32 = 7;

/// Makes such a link's token; older ones of the same purpose die. Gives its end.
pub async fn make_confirm_token(db: &mut Connection, token: &ConfirmToken<'_>) -> Result<OffsetDateTime> {
    kill_confirmations(db, token.user, token.purpose).await?;
    let row = sqlx::query!(
        r#"insert into reset_tokens (id, purpose, user_id, nonce, key_id, expires_at)
           values ($1, $2, $3, $4, $5, now() + make_interval(days => $6)) returning expires_at"#,
        token.id,
        token.purpose.as_str(),
        token.user,
        token.nonce.as_slice(),
        token.key_id,
        CONFIRM_DAYS,
    )
    .fetch_one(db)
    .await?;
    Ok(row.expires_at)
}

/// The links that would confirm what no longer is die.
pub async fn kill_confirmations(db: &mut Connection, user: Uuid, purpose: Purpose) -> Result<()> {
    sqlx::query!(
        "update reset_tokens set replaced_at = now()
         where user_id = $1 and purpose = $2 and consumed_at is null and replaced_at is null",
        user,
        purpose.as_str(),
    )
    .execute(db)
    .await?;
    Ok(())
}

/// What a link confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmed {
    /// The address or number.
    pub value: String,
}

/// Spends a link that confirms a contact, and confirms it: only the one that the link was sent to, and only while it is the
/// person's. `None`: nothing changed.
pub async fn confirm(
    db: impl PgExecutor<'_>,
    token: Uuid,
    event: Uuid,
    network: &Network,
) -> Result<Option<Confirmed>> {
    let row = sqlx::query!(
        r#"with
        subject as materialized (
          select t.user_id, t.purpose, o.recipient from reset_tokens t join outbox o on o.token_id = t.id where t.id = $1),
        locked as materialized (
          select u.id, u.company_id, u.user_id as principal, s.purpose, s.recipient
          from users u join subject s on s.user_id = u.id for no key update of u),
        spent as (
          update reset_tokens t set consumed_at = now() from locked
          where t.id = $1 and t.purpose in ('confirm_email', 'confirm_mobile')
            and t.consumed_at is null and t.replaced_at is null and t.expires_at > now()
          returning t.id),
        email as (
          update alternate_emails e set confirmed_at = coalesce(e.confirmed_at, now()) from locked, spent
          where locked.purpose = 'confirm_email' and e.user_id = locked.id and e.address = locked.recipient
          returning e.address as value),
        mobile as (
          update mobile_phones m set confirmed_at = coalesce(m.confirmed_at, now()) from locked, spent
          where locked.purpose = 'confirm_mobile' and m.user_id = locked.id and m.number = locked.recipient
          returning m.number as value),
        done as (select value from email union all select value from mobile),
        event as (
          insert into audit_events (id, event, company_id, user_id, subject, actor, network, outcome, details)
          select $2, $3, locked.company_id, locked.id, locked.principal, 'confirmation link', $4, 'done',
                 jsonb_build_object('Contact', done.value)
          from locked, done)
        select value as "value!" from done limit 1"#,
        token,
        event,
        AuditEvent::ContactConfirmed.as_str(),
        network.as_str(),
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| Confirmed { value: row.value }))
}

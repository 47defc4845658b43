//! Passwords that are set by their owner or made by an administrator, and their end.

use time::OffsetDateTime;
use uuid::Uuid;

use super::super::{
    Connection, Result,
    sign_in::Begun,
    tokens::{self, NotMe},
};

/// Sets a password: by its owner, who gave the current one, or for a new user. Ends sessions but those in `keep`, attempts and
/// one-time links. `false`: the current hash is not the one that was verified.
pub async fn set_password(
    db: &mut Connection,
    user: Uuid,
    verified_hash: Option<&str>,
    password_hash: &str,
) -> Result<Option<Begun>> {
    let row = sqlx::query!(
        r#"with
        done as (
          update users
          set password_hash = $3, password_changed_at = now(), password_must_change = false, password_good_until = null,
              expiry_warned_at = null
          where id = $1 and ($2::text is null or password_hash = $2) and blocked_at is null
          returning id, password_changed_at),
        signed_out as (delete from sessions s using done where s.user_id = done.id),
        attempts as materialized (select end_attempts_of(id, 'used', null) from done),
        dead as (
          update reset_tokens t set replaced_at = now() from done
          where t.purpose = 'set_password' and t.user_id = done.id and t.consumed_at is null and t.replaced_at is null)
        select (extract(epoch from password_changed_at) * 1000000)::bigint as "password_set!",
               (select count(*) from attempts) as attempts
        from done"#,
        user,
        verified_hash,
        password_hash,
    )
    .fetch_optional(db)
    .await?;
    // Whoever set it has just given it.
    Ok(row.map(|row| Begun { password_set: row.password_set, proven: row.password_set }))
}

/// A password that an administrator made.
#[derive(Debug)]
pub struct TemporaryPassword<'a> {
    /// Whose.
    pub user: Uuid,
    /// Its hash.
    pub password_hash: &'a str,
    /// Hours until it is no password any more.
    pub hours: i32,
}

/// Sets a password that someone else made: ends sessions, attempts under way and one-time links, like every other. Gives its end.
/// Call it inside a transaction, after [`super::lock_all`].
pub async fn set_temporary_password(
    db: &mut Connection,
    password: &TemporaryPassword<'_>,
) -> Result<OffsetDateTime> {
    let row = sqlx::query!(
        r#"with
        done as (
          update users
          set password_hash = $2, password_changed_at = now(), password_must_change = true,
              password_good_until = now() + make_interval(hours => $3), expiry_warned_at = null
          where id = $1
          returning id, password_good_until),
        signed_out as (delete from sessions s using done where s.user_id = done.id),
        attempts as materialized (select end_attempts_of(id, 'used', null) from done),
        dead as (
          update reset_tokens t set replaced_at = now() from done
          where t.purpose = 'set_password' and t.user_id = done.id and t.consumed_at is null and t.replaced_at is null)
        select password_good_until as "good_until!", (select count(*) from attempts) as attempts from done"#,
        password.user,
        password.password_hash,
        password.hours,
    )
    .fetch_one(db)
    .await?;
    Ok(row.good_until)
}

/// Queues the mails that tell people that their password expires: when the company's warning days begin and once more on the last
/// day. At most `most` people; the rows are skipped by other nodes meanwhile. Gives how many were told.
pub async fn queue_expiry_warnings(db: &mut Connection, most: i64) -> Result<i64> {
    let row = sqlx::query!(
        r#"with
        due as materialized (
          select u.id, u.company_id, u.user_id, c.user_id_is_mailbox,
                 u.password_changed_at + make_interval(days => c.password_expires_after_days) as expires_at
          from companies c join users u on u.company_id = c.id
          where c.password_expires_after_days is not null and u.password_hash is not null and u.blocked_at is null
            and not u.password_must_change
            and u.password_changed_at + make_interval(days => c.password_expires_after_days) > now()
            and u.password_changed_at + make_interval(days => c.password_expires_after_days - c.password_warning_days) <= now()
            and (u.expiry_warned_at is null
                 or u.password_changed_at + make_interval(days => c.password_expires_after_days - 1) <= now()
                    and u.expiry_warned_at < u.password_changed_at + make_interval(days => c.password_expires_after_days - 1))
          order by u.id limit $1
          for no key update of u skip locked),
        warned as (update users u set expiry_warned_at = now() from due where u.id = due.id returning u.id),
        -- Whoever can't be told is not looked at again, and no record says that they were.
        reachable as materialized (
          select due.*, case when due.user_id_is_mailbox then due.user_id else e.address end as recipient
          from due left join alternate_emails e on e.user_id = due.id and e.position = 0
          where due.user_id_is_mailbox or e.address is not null),
        message as (
          insert into outbox (id, channel, company_id, person, recipient, deliverable, message, deadline)
          select gen_random_uuid(), 'email', due.company_id, due.id, due.recipient, true,
                 jsonb_build_object('kind', 'password_expires', 'user_id', due.user_id, 'expires_at', due.expires_at,
                                    'days', ceil(extract(epoch from due.expires_at - now()) / 86400)::integer,
                                    'to', case when due.user_id_is_mailbox then 'mailbox' else 'alternate_email' end),
                 due.expires_at
          from reachable due),
        event as (
          insert into audit_events (id, event, company_id, user_id, subject, actor, outcome, details)
          select gen_random_uuid(), 'expiry_warned', company_id, id, user_id, 'service', 'done',
                 jsonb_build_object('expires_at', expires_at)
          from reachable)
        select count(*) as "told!" from warned"#,
        most,
    )
    .fetch_one(db)
    .await?;
    Ok(row.told)
}

/// Tells a person, at each of their addresses and on the phone, that their password was changed by whoever had it or a one-time link (N-23), with
/// the link that takes the account from them. Call it in the transaction of the change.
pub async fn queue_password_changed(db: &mut Connection, not_me: &NotMe<'_>, browser: &str) -> Result<()> {
    let until = tokens::make_not_me(&mut *db, not_me).await?;
    sqlx::query!(
        r#"with
           phone as materialized (
             select u.id, u.company_id, m.number from users u join mobile_phones m on m.user_id = u.id
             where u.id = $1 and take_text_of_company(u.company_id, m.number) is null),
           text as (
             insert into outbox (id, channel, company_id, person, recipient, deliverable, message)
             select gen_random_uuid(), 'sms', company_id, id, number, true,
                    jsonb_build_object('kind', 'notice_sms', 'deed', 'password_changed', 'at', now()) from phone)
           insert into outbox (id, channel, company_id, token_id, person, recipient, deliverable, message)
           select gen_random_uuid(), 'email', u.company_id, case when told.theirs then $3::uuid end, u.id, told.recipient, true,
                  jsonb_build_object('kind', 'password_changed', 'user_id', u.user_id, 'browser', $2::text, 'at', now(),
                                     'not_me_until', case when told.theirs then $4::timestamptz end, 'to', told.way)
           from users u join companies c on c.id = u.company_id
           cross join lateral (
             select u.user_id as recipient, 'mailbox' as way, true as theirs where c.user_id_is_mailbox
             union all
             -- A new address that nobody confirmed may be a stranger's, who gets no power to block.
             select e.address, 'alternate_email', e.confirmed_at is not null or e.updated_at < now() - interval '1 day' from alternate_emails e where e.user_id = u.id) told
           where u.id = $1"#,
        not_me.user,
        browser,
        not_me.id,
        until,
    )
    .execute(db)
    .await?;
    Ok(())
}

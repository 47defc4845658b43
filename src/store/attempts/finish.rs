//! Step 5: the new password, and all that ends with it, in one statement: never a password set with its attempt still open.

use sqlx::PgExecutor;
use uuid::Uuid;

use crate::{
    domain::{
        audit::AuditEvent,
        limits::{Account, Network, PLACE_DAYS, PLACES, key},
        wizard::ProvenAttempt,
    },
    store::Result,
};

/// What the end needs.
#[derive(Debug)]
pub struct Finish<'a> {
    /// Both proofs, as a witness.
    pub proven: &'a ProvenAttempt,
    /// Hash of the session that holds the attempt.
    pub session_hash: [u8; 32],
    /// The new password's hash, in PHC form.
    pub password_hash: &'a str,
    /// What the person is shown and the audit log can find.
    pub receipt: &'a str,
    /// Whose failed sign-ins and starts are forgotten: the person is back, whoever used them up.
    pub account: &'a Account,
    /// Row of the token behind "This was not me".
    pub not_me: Uuid,
    /// Its nonce.
    pub nonce: [u8; 32],
    /// The key that it is derived with.
    pub key_id: &'a str,
    /// Row of the audit event.
    pub event: Uuid,
    /// The client.
    pub network: &'a Network,
}

/// What became of it.
#[derive(Debug, PartialEq, Eq)]
pub enum Finished {
    /// The password is set.
    Done,
    /// Another submit was first, time is over, or it was ended: nothing changed.
    Refused,
}

/// Sets the password and ends sessions, other attempts, one-time links and the sign-in lockout of this user; remembers the place, where
/// two things were proven; records it and queues every notice.
#[expect(clippy::too_many_lines, reason = "one statement: all of it or nothing")]
pub async fn finish(db: impl PgExecutor<'_>, f: &Finish<'_>) -> Result<Finished> {
    let sign_in = key::sign_in_of_account(f.account);
    let row = sqlx::query!(
        r#"with
        -- First the user, then attempts: two attempts that finish at once stand in line instead of in each other's way.
        locked as materialized (
          select u.id, u.company_id, u.user_id as principal, u.display_name, c.user_id_is_mailbox
          from users u join companies c on c.id = u.company_id and c.self_serve_password_reset_enabled
          where u.id = $1 and u.role <> 'user' and u.blocked_at is null
          -- no key: a start that points at this row, holding the attempt it replaces, does not wait for us.
          for no key update of u),
        -- Budgets before attempts, and those of networks first: as a start takes them, which then ends the attempt that it replaces.
        given_back as materialized (
          select b.key from budgets b, locked
          where (b.key >= $6 and b.key < $6 || '~') or b.key in ($13, $14) or (b.key >= $13 || '/' and b.key < $13 || '/~')
          order by strpos(b.key, '/network/') = 0, b.key desc
          for update of b),
        done as (
          update reset_attempts a
          set finished_at = now(), receipt = $5,
              sessions_ended = (select count(*) from sessions s where s.user_id = $1 and s.expires_at > now())
          from locked
          where (select count(*) from given_back) >= 0 and a.id = $2 and a.user_id = locked.id and a.session_hash = $3
            and a.email_proven_at is not null and a.code_proven_at is not null
            and a.finished_at is null and a.ended_at is null
            and a.password_expires_at > now() and a.started_at + interval '30 minutes' > now()
          returning a.id, a.browser, a.typed_user_id, locked.id as user_id, locked.company_id, locked.principal, locked.display_name,
                    locked.user_id_is_mailbox),
        password as (
          update users u
          set password_hash = $4, password_changed_at = now(), password_must_change = false, password_good_until = null,
              expiry_warned_at = null
          from done where u.id = done.user_id),
        -- Link and code came through them: that is the confirmation.
        confirmed_email as (
          update alternate_emails e set confirmed_at = now() from done
          where e.user_id = done.user_id and e.position = 0 and e.confirmed_at is null),
        confirmed_mobile as (
          update mobile_phones m set confirmed_at = now() from done where m.user_id = done.user_id and m.confirmed_at is null),
        signed_out as (delete from sessions s using done where s.user_id = done.user_id),
        others as materialized (select end_attempts_of(user_id, 'used', id) from done),
        dead as (
          update reset_tokens t set replaced_at = now() from done
          where t.user_id = done.user_id and t.purpose = 'set_password' and t.consumed_at is null and t.replaced_at is null),
        lockout as (
          delete from budgets b using given_back g where b.key = g.key and exists (select from done)),
        place as materialized (select remember_place(user_id, $12, $15, $16) from done),
        not_me as (
          insert into reset_tokens (id, purpose, deed, attempt_id, user_id, nonce, key_id, expires_at)
          select $7, 'not_me', 'password_reset', id, user_id, $8, $9, now() + interval '7 days' from done),
        person as (
          select 'email' as channel, principal as recipient, 'mailbox' as way, true as theirs from done where user_id_is_mailbox
          union all
          -- The first has just been proven. Another of today that nobody confirmed may be a stranger's, who gets no power to block.
          select 'email', e.address, 'alternate_email', e.position = 0 or e.confirmed_at is not null or e.updated_at < now() - interval '1 day'
          from done join alternate_emails e on e.user_id = done.user_id
          union all
          select 'sms', m.number, null, false from done join mobile_phones m on m.user_id = done.user_id),
        to_person as (
          insert into outbox (id, channel, company_id, person, attempt_id, token_id, recipient, deliverable, message)
          select gen_random_uuid(), person.channel, done.company_id, done.user_id, done.id,
                 case when person.theirs then $7 end, person.recipient, true,
                 case when person.channel = 'email'
                      then jsonb_build_object('kind', 'password_was_reset', 'user_id', done.principal, 'browser', done.browser,
                                              'at', now(), 'receipt', $5::text,
                                              'expires_at', case when person.theirs then now() + interval '7 days' end,
                                              'to', person.way)
                      else jsonb_build_object('kind', 'password_was_reset_sms', 'at', now()) end
          from done, person),
        to_administrators as (
          insert into outbox (id, channel, company_id, person, attempt_id, recipient, deliverable, message)
          select gen_random_uuid(), 'email', done.company_id, admin.id, done.id, admin.recipient, true,
                 jsonb_build_object('kind', 'administrator_was_reset', 'user', done.user_id, 'user_id', done.principal,
                                    'display_name', done.display_name, 'browser', done.browser, 'how', 'wizard', 'at', now())
          from done
          cross join lateral administrators_to_tell(done.company_id, done.user_id, null, array(select recipient from person)) admin),
        event as (
          insert into audit_events (id, event, company_id, user_id, subject, actor, attempt_id, network, outcome, details)
          select $10, $11, company_id, user_id, principal, 'visitor', id, $12, 'done', jsonb_build_object('receipt', $5::text)
          from done)
        select exists (select from done) as "done!", (select count(*) from others) as others, (select count(*) from place) as places"#,
        f.proven.user(),
        f.proven.attempt(),
        f.session_hash.as_slice(),
        f.password_hash,
        f.receipt,
        sign_in,
        f.not_me,
        f.nonce.as_slice(),
        f.key_id,
        f.event,
        AuditEvent::PasswordReset.as_str(),
        f.network.as_str(),
        key::starts_of_account(f.account),
        key::starts_of_account_from_own_places(f.account),
        PLACE_DAYS,
        PLACES,
    )
    .fetch_one(db)
    .await?;
    Ok(if row.done { Finished::Done } else { Finished::Refused })
}

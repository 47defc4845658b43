//! Reset attempts: read by the browser session that holds them, changed only by the guarded statements beside.
//!
//! One file a step, in the order of the wizard. Every statement repeats the rules of `domain::wizard` in its `where`: the
//! machine decides which page, the statement decides who wins (V-36).

mod code;
mod email_link;
mod end;
mod finish;
mod resend;
mod start;
mod tries;

use sqlx::PgExecutor;
use time::OffsetDateTime;
use uuid::Uuid;

pub use code::{CodeCount, CodeProof, Counted, count_try, prove_code, record_wrong_code};
pub use email_link::{EmailProof, EmailProofOutcome, prove_email};
pub use end::{end, end_by_not_me};
pub use finish::{Finish, Finished, finish};
pub use resend::{Resend, ResendOutcome, resend_code, resend_email};
pub use start::{Start, StartOutcome, start};
pub use tries::{Over, end_by_tries, end_left_over};

use super::Result;
use crate::domain::{
    limits::CODE_TRIES,
    password::CompanyPasswordRules,
    wizard::{Attempt, End, Step, Subject},
};

/// An attempt as a page needs it, read in one statement with the time of that statement.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The facts.
    pub attempt: Attempt,
    /// The database's time of this look.
    pub now: OffsetDateTime,
    /// The user ID as it was typed: for the form of a new start.
    pub typed_user_id: String,
    /// Browser and system that started, in words.
    pub browser: String,
    /// Started without a puzzle.
    pub late: bool,
    /// E-mails so far.
    pub email_sends: i16,
    /// When the newest e-mail was queued.
    pub email_sent_at: OffsetDateTime,
    /// SMS so far.
    pub code_sends: i16,
    /// When the newest SMS was queued.
    pub code_sent_at: Option<OffsetDateTime>,
    /// The text message with the newest code was not delivered. False before the first proof, whatever happened.
    pub code_failed: bool,
    /// Codes tried so far.
    pub code_tries: i16,
    /// Whether the session is the one before the last proof: only a repeat of that proof is answered.
    pub is_previous_session: bool,
    /// What ended it, when.
    pub ended_at: Option<OffsetDateTime>,
    /// The newer attempt in the same browser.
    pub replaced_by: Option<Uuid>,
    /// The person, for a known subject.
    pub person: Option<Person>,
    /// For the last page.
    pub receipt: Option<String>,
    /// For the last page.
    pub sessions_ended: i32,
}

/// What the pages after the first proof know of the person.
#[derive(Clone, Debug)]
pub struct Person {
    /// The user's row.
    pub id: Uuid,
    /// The company's row.
    pub company_id: Uuid,
    /// User ID as given at creation.
    pub user_id: String,
    /// Display name.
    pub display_name: String,
    /// Company name.
    pub company_name: String,
    /// The phone, E.164.
    pub mobile_phone: Option<String>,
    /// Where to sign in, if not here.
    pub sign_in_url: Option<String>,
    /// Whether the user ID receives mail.
    pub user_id_is_mailbox: bool,
    /// What the company asks of passwords.
    pub password_rules: CompanyPasswordRules,
}

impl Seen {
    /// The page that it stands on. After the fifth try that is the end, whether or not the node lived to write it down: else
    /// the page would ask for a code that no longer counts. A right fifth code that is just being proven still counts.
    pub fn step(&self) -> Step {
        match self.attempt.step(self.now) {
            Step::SecurityCode if self.code_tries >= CODE_TRIES => Step::Ended(End::TooManyTries),
            step => step,
        }
    }
}

#[expect(clippy::struct_excessive_bools, reason = "a row as the statement gives it")]
struct Row {
    id: Uuid,
    session_is_current: bool,
    typed_user_id: String,
    user_id: Option<Uuid>,
    browser: String,
    started_at: OffsetDateTime,
    late: bool,
    email_sends: i16,
    email_sent_at: OffsetDateTime,
    email_expires_at: OffsetDateTime,
    email_proven_at: Option<OffsetDateTime>,
    code_sends: i16,
    code_sent_at: Option<OffsetDateTime>,
    code_expires_at: Option<OffsetDateTime>,
    code_failed: bool,
    code_tries: i16,
    code_proven_at: Option<OffsetDateTime>,
    password_expires_at: Option<OffsetDateTime>,
    finished_at: Option<OffsetDateTime>,
    receipt: Option<String>,
    sessions_ended: Option<i32>,
    ended_at: Option<OffsetDateTime>,
    end_reason: Option<String>,
    replaced_by: Option<Uuid>,
    now: OffsetDateTime,
    able: bool,
    principal: Option<String>,
    display_name: Option<String>,
    company_id: Option<Uuid>,
    company_name: Option<String>,
    sign_in_url: Option<String>,
    user_id_is_mailbox: Option<bool>,
    password_min_length: Option<i32>,
    password_refused_words: Option<Vec<String>>,
    number: Option<String>,
}

impl From<Row> for Seen {
    fn from(row: Row) -> Self {
        let person = match (row.user_id, row.company_id, row.principal, row.display_name, row.company_name) {
            (Some(id), Some(company_id), Some(user_id), Some(display_name), Some(company_name)) => {
                Some(Person {
                    id,
                    company_id,
                    user_id,
                    display_name,
                    company_name,
                    mobile_phone: row.number,
                    sign_in_url: row.sign_in_url,
                    user_id_is_mailbox: row.user_id_is_mailbox.unwrap_or(false),
                    password_rules: CompanyPasswordRules {
                        min_length: row.password_min_length,
                        refused_words: row.password_refused_words.unwrap_or_default(),
                    },
                })
            }
            _ => None,
        };
        Self {
            attempt: Attempt {
                id: row.id,
                subject: row.user_id.map_or(Subject::Decoy, Subject::Known),
                able: row.able,
                started_at: row.started_at,
                email_expires_at: row.email_expires_at,
                email_proven_at: row.email_proven_at,
                code_expires_at: row.code_expires_at,
                code_proven_at: row.code_proven_at,
                password_expires_at: row.password_expires_at,
                finished_at: row.finished_at,
                // A reason that this binary does not know is still an end.
                ended: row.end_reason.map(|name| End::named(&name).unwrap_or(End::Expired)),
            },
            now: row.now,
            typed_user_id: row.typed_user_id,
            browser: row.browser,
            late: row.late,
            email_sends: row.email_sends,
            email_sent_at: row.email_sent_at,
            code_sends: row.code_sends,
            code_sent_at: row.code_sent_at,
            code_failed: row.code_failed,
            code_tries: row.code_tries,
            is_previous_session: !row.session_is_current,
            ended_at: row.ended_at,
            replaced_by: row.replaced_by,
            person,
            receipt: row.receipt,
            sessions_ended: row.sessions_ended.unwrap_or(0),
        }
    }
}

/// The attempt that a browser session holds, or the one whose last proof it may be repeating. One statement.
pub async fn of_session(db: impl PgExecutor<'_>, session_hash: &[u8; 32]) -> Result<Option<Seen>> {
    let row = sqlx::query_as!(
        Row,
        r#"select a.id, a.session_hash = $1 as "session_is_current!", a.typed_user_id, a.user_id, a.browser, a.started_at, a.late,
                  a.email_sends, a.email_sent_at, a.email_expires_at, a.email_proven_at,
                  a.code_sends, a.code_sent_at, a.code_expires_at, a.code_tries, a.code_proven_at,
                  -- Looked up only while a code is waited for: before the first proof no page may know of any delivery (V-19).
                  case when a.email_proven_at is not null and a.code_proven_at is null then coalesce((
                    select o.state in ('gave_up', 'too_late', 'cancelled') and o.delivery is distinct from 'delivered'
                           or o.state = 'sent' and o.delivery = 'failed'
                    from reset_tokens t join outbox o on o.token_id = t.id
                    where t.attempt_id = a.id and t.purpose = 'security_code' and t.replaced_at is null limit 1), false)
                  else false end as "code_failed!",
                  a.password_expires_at, a.finished_at, a.receipt, a.sessions_ended, a.ended_at, a.end_reason, a.replaced_by,
                  now() as "now!",
                  coalesce(u.role <> 'user' and u.blocked_at is null and c.self_serve_password_reset_enabled, false) as "able!",
                  u.user_id as "principal?", u.display_name as "display_name?", c.id as "company_id?", c.name as "company_name?",
                  c.sign_in_url as "sign_in_url?", c.user_id_is_mailbox as "user_id_is_mailbox?",
                  c.password_min_length, c.password_refused_words as "password_refused_words?", m.number as "number?"
           from reset_attempts a
           left join users u on u.id = a.user_id
           left join companies c on c.id = u.company_id
           left join mobile_phones m on m.user_id = u.id
           where a.session_hash = $1
              or (a.previous_session_hash = $1
                  and greatest(a.email_proven_at, a.code_proven_at) > now() - interval '60 seconds')
           order by a.session_hash = $1 desc
           limit 1"#,
        session_hash.as_slice(),
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(Seen::from))
}

/// What a finished attempt brought about, for its last page.
#[derive(Clone, Copy, Debug)]
pub struct Consequences {
    /// A notice went to the user ID's mailbox.
    pub mailbox: bool,
    /// A notice went to an alternate e-mail address.
    pub alternate_email: bool,
    /// A notice went to the mobile phone.
    pub mobile_phone: bool,
    /// How many other global administrators were told, at however many places.
    pub administrators: i64,
    /// How many other attempts it ended.
    pub attempts_ended: i64,
}

/// Reads the consequences from what was queued and ended.
pub async fn consequences(db: impl PgExecutor<'_>, attempt: Uuid) -> Result<Consequences> {
    sqlx::query_as!(
        Consequences,
        r#"select coalesce(bool_or(o.message->>'kind' = 'password_was_reset' and o.message->>'to' = 'mailbox'), false) as "mailbox!",
                  coalesce(bool_or(o.message->>'kind' = 'password_was_reset' and o.message->>'to' = 'alternate_email'), false)
                    as "alternate_email!",
                  coalesce(bool_or(o.message->>'kind' = 'password_was_reset_sms'), false) as "mobile_phone!",
                  count(distinct o.person) filter (where o.message->>'kind' = 'administrator_was_reset') as "administrators!",
                  (select count(*) from reset_attempts a join reset_attempts done on done.id = $1
                   where a.user_id = done.user_id and a.end_reason = 'used' and a.ended_at = done.finished_at) as "attempts_ended!"
           from outbox o where o.attempt_id = $1"#,
        attempt,
    )
    .fetch_one(db)
    .await
}

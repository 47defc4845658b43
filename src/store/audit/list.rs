//! Lists of audit events: newest first, of one company or of nobody's, by any filters together.
//!
//! Must stay true: the company stands in the statement itself; every filter has an index, and pages go by the last row seen,
//! never by a count of rows to skip, so that the thousandth is as quick as the first.

use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::store::{
    Pool, Result, begin,
    paging::{Cursor, Place},
};

/// An event as it is shown and exported.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Row.
    pub id: Uuid,
    /// When.
    pub at: OffsetDateTime,
    /// What.
    pub event: String,
    /// Whose company.
    pub company: Option<Uuid>,
    /// About which user.
    pub user: Option<Uuid>,
    /// About what, in words.
    pub subject: String,
    /// Who did it.
    pub actor: String,
    /// The attempt.
    pub attempt: Option<Uuid>,
    /// From where.
    pub network: Option<String>,
    /// done, or why not.
    pub outcome: String,
    /// Before and after.
    pub details: Value,
}

impl Listed {
    /// Where the page behind this row begins.
    pub fn place(&self) -> Place {
        Place { at: self.at, id: self.id }
    }
}

/// Which events. Everything that is given must hold.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// About this user.
    pub user: Option<Uuid>,
    /// Or: about or by whoever's name this is or, with `begins`, begins with; or with this receipt.
    pub who: Option<String>,
    /// See `who`.
    pub begins: bool,
    /// Of this kind.
    pub event: Option<String>,
    /// With this outcome.
    pub outcome: Option<String>,
    /// With any outcome but done: a start that is no decoy counts as done.
    pub not_done: bool,
    /// Of this attempt.
    pub attempt: Option<Uuid>,
    /// Not before this.
    pub since: Option<OffsetDateTime>,
    /// Before this.
    pub until: Option<OffsetDateTime>,
    /// Where the page begins.
    pub cursor: Cursor,
}

impl Filter {
    /// `who` for the statement's `like`: what has a meaning there stands for itself.
    fn pattern(&self) -> Option<String> {
        let who = self.who.as_ref()?.to_ascii_lowercase();
        let mut pattern = String::with_capacity(who.len() + 8);
        for c in who.chars() {
            if matches!(c, '\\' | '%' | '_') {
                pattern.push('\\');
            }
            pattern.push(c);
        }
        if self.begins {
            pattern.push('%');
        }
        Some(pattern)
    }
}

/// A page in one direction: the index gives its rows in order.
macro_rules! page_query {
    ($from:literal, $($value:expr),+ $(,)?) => {
        sqlx::query_as!(
            Listed,
            r#"select e.id, e.at, e.event, e.company_id as company, e.user_id as "user", e.subject, e.actor,
                  e.attempt_id as attempt, e.network, e.outcome, e.details
           from audit_events e
           where (e.company_id = $1 or ($1::uuid is null and e.company_id is null))
             and (($2::uuid is null and $3::text is null) or e.user_id = $2
                  or lower(e.subject collate "C") like $3 or lower(e.actor collate "C") like $3
                  or (e.details ? 'receipt' and e.details->>'receipt' = $4))
             and ($5::text is null or e.event = $5)
             and ($6::text is null or e.outcome = $6)
             and (not $7::boolean or e.outcome not in ('done', 'started'))
             and ($8::uuid is null or e.attempt_id = $8)
             and ($9::timestamptz is null or e.at >= $9)
             and ($10::timestamptz is null or e.at < $10)
             and "# + $from,
            $($value),+
        )
    };
}

/// At most `limit` events of a company, or of nobody's for `None`; newest first, whichever way the cursor looks.
pub async fn page(pool: &Pool, company: Option<Uuid>, filter: &Filter, limit: u16) -> Result<Vec<Listed>> {
    let receipt = filter.who.as_deref().map(str::to_ascii_uppercase);
    let place = filter.cursor.place();
    let (at, id) = (place.map(|place| place.at), place.map(|place| place.id));
    let mut tx = begin(pool).await?;
    // Planned with the values at hand: only so is a filter that is not given none at all, and the right index found.
    sqlx::query!("set local plan_cache_mode = force_custom_plan").execute(&mut *tx).await?;
    let rows = if matches!(filter.cursor, Cursor::NewerThan(_)) {
        let query = page_query!(
            "($11::timestamptz is null or (e.at, e.id) > ($11, $12::uuid)) order by e.at, e.id limit $13",
            company,
            filter.user,
            filter.pattern(),
            receipt,
            filter.event,
            filter.outcome,
            filter.not_done,
            filter.attempt,
            filter.since,
            filter.until,
            at,
            id,
            i64::from(limit),
        );
        let mut rows = query.fetch_all(&mut *tx).await?;
        rows.reverse();
        rows
    } else {
        let query = page_query!(
            "($11::timestamptz is null or (e.at, e.id) < ($11, $12::uuid)) order by e.at desc, e.id desc limit $13",
            company,
            filter.user,
            filter.pattern(),
            receipt,
            filter.event,
            filter.outcome,
            filter.not_done,
            filter.attempt,
            filter.since,
            filter.until,
            at,
            id,
            i64::from(limit),
        );
        query.fetch_all(&mut *tx).await?
    };
    tx.rollback().await?;
    Ok(rows)
}

/// What is known of an attempt besides its events; for thirty days, then its row goes.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// Browser and system in words.
    pub browser: String,
    /// The new password was set.
    pub finished: bool,
    /// Why it was ended before its time.
    pub end_reason: Option<String>,
    /// Its time is over.
    pub over: bool,
}

/// An attempt of a company.
pub async fn attempt(pool: &Pool, company: Uuid, id: Uuid) -> Result<Option<Attempt>> {
    sqlx::query_as!(
        Attempt,
        r#"select browser, finished_at is not null as "finished!", end_reason,
                  coalesce(password_expires_at, code_expires_at, email_expires_at) <= now() as "over!"
           from reset_attempts where id = $2 and company_id = $1"#,
        company,
        id
    )
    .fetch_optional(pool)
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_is_looked_for_as_it_stands() {
        let pattern =
            |who: &str, begins| Filter { who: Some(who.to_owned()), begins, ..Filter::default() }.pattern();
        assert_eq!(pattern("John_Smith%\\", true).as_deref(), Some("john\\_smith\\%\\\\%"));
        assert_eq!(pattern("john", false).as_deref(), Some("john"));
        assert_eq!(Filter::default().pattern(), None);
    }
}

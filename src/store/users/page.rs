//! Lists of users, a page at a time, with who could reset today.
//!
//! Paged by the user ID that a page ends with, so that a page stays the same whoever comes or goes before it.

use sqlx::PgExecutor;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    super::{Connection, Result},
    judged,
};
use crate::domain::{
    limits::Budgets,
    readiness::{Readiness, Reason},
    user::Role,
};

/// Which users.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Part of a name, user ID or address, or digits of a number in any format; empty: all.
    pub search: String,
    /// Searched are names and user IDs only: for whom contact data is masked, since a search would tell it digit by digit.
    pub names_only: bool,
    /// Only this role.
    pub role: Option<Role>,
    /// Only administrators: everyone who has a role but `user`.
    pub administrators: bool,
    /// Only blocked ones, or only others.
    pub blocked: Option<bool>,
    /// Only who could reset, or could not, or for this reason.
    pub ready: Option<ReadyFilter>,
}

/// A filter by readiness.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadyFilter {
    /// Could reset, doubtful or not.
    Yes,
    /// Administrators who could not.
    No,
    /// Could, but a message may not arrive.
    Doubtful,
    /// This reason or doubt is among theirs.
    Because(Reason),
}

/// Where a page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cursor {
    /// At the first.
    Start,
    /// After this user's place.
    After(Uuid),
    /// Ends before this user's place.
    Before(Uuid),
}

/// A user in a list.
#[derive(Debug, Clone)]
pub struct Line {
    /// The row.
    pub id: Uuid,
    /// User ID.
    pub user_id: String,
    /// Display name.
    pub display_name: String,
    /// Role as stored.
    pub role: String,
    /// Since when blocked.
    pub blocked_at: Option<OffsetDateTime>,
    /// The address of a reset's link.
    pub alternate_email: Option<String>,
    /// The phone in E.164.
    pub mobile_phone: Option<String>,
    /// Whether they could reset today.
    pub readiness: Readiness,
}

/// A page of a list.
#[derive(Debug, Clone)]
pub struct Page {
    /// Its users, by user ID.
    pub lines: Vec<Line>,
    /// How many fit the filter, on all pages.
    pub total: i64,
    /// There are users before the page.
    pub has_before: bool,
    /// There are users after the page.
    pub has_after: bool,
}

/// What a search looks for: the text in lower case, and its digits as E.164 holds them, without the zeros or the plus that someone
/// at home or abroad writes first. Fewer than three digits are no number.
fn needles(search: &str) -> (String, String) {
    let text = search.trim().to_lowercase();
    let numberlike = text.chars().all(|c| c.is_ascii_digit() || " +-()./\u{a0}\u{2011}".contains(c));
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.trim_start_matches('0').to_owned();
    if numberlike && digits.len() >= 3 { (text, digits) } else { (text, String::new()) }
}

/// A page's rows in one direction: the index gives them in order, so that no more are judged than are shown.
macro_rules! page_query {
    ($from:literal, $($value:expr),+) => {
        sqlx::query_as!(
            Row,
            r#"select u.id, u.user_id, u.display_name, u.role, u.blocked_at, e.address as "alternate_email?", m.number as "mobile_phone?",
                  r.reasons as "reasons!", r.doubts as "doubts!", r.limited_until as "limited_until?"
        from users u
        left join alternate_emails e on e.user_id = u.id and e.position = 0
        left join mobile_phones m on m.user_id = u.id
        cross join lateral readiness_of(u.id, $8, $9, $10, $11) r
        where u.company_id = $1
          and ($2 = '' or strpos(case when $14 then lower(u.display_name || ' ' || u.user_id) else u.search end, $2) > 0
               or ($3 <> '' and strpos(u.search, $3) > 0))
          and ($4::text is null or u.role = $4)
          and ($12 = false or u.role <> 'user')
          and ($5::boolean is null or (u.blocked_at is not null) = $5)
          and "# + $from,
            $($value),+
        )
    };
}

struct Row {
    id: Uuid,
    user_id: String,
    display_name: String,
    role: String,
    blocked_at: Option<OffsetDateTime>,
    alternate_email: Option<String>,
    mobile_phone: Option<String>,
    reasons: Vec<String>,
    doubts: Vec<String>,
    limited_until: Option<OffsetDateTime>,
}

impl From<Row> for Line {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            user_id: row.user_id,
            display_name: row.display_name,
            role: row.role,
            blocked_at: row.blocked_at,
            alternate_email: row.alternate_email,
            mobile_phone: row.mobile_phone,
            readiness: Readiness::from_names(&row.reasons, &row.doubts, row.limited_until),
        }
    }
}

/// A page of a company's users. Everything is judged in the statement; the company's id is part of each condition (isolation): a
/// cursor of another company is the start.
pub async fn page(
    db: &mut Connection,
    company: Uuid,
    filter: &Filter,
    cursor: Cursor,
    size: i64,
    budgets: &Budgets,
) -> Result<Page> {
    let edge = match cursor {
        Cursor::Start => None,
        Cursor::After(id) | Cursor::Before(id) => sqlx::query_scalar!(
            "select user_id_normalised from users where id = $1 and company_id = $2",
            id,
            company
        )
        .fetch_optional(&mut *db)
        .await?
        .map(|name| (name, id)),
    };
    let backwards = edge.is_some() && matches!(cursor, Cursor::Before(_));
    match filter.ready {
        None | Some(ReadyFilter::Because(Reason::NotAdministrator)) => {}
        Some(ready) => {
            return judged::page(
                db,
                company,
                filter,
                ready,
                edge.map(|edge| (edge, backwards)),
                size,
                budgets,
            )
            .await;
        }
    }
    let Asked { text, digits, role } = Asked::of(filter);
    let (name, id) = edge.clone().unwrap_or_default();
    let rows = if backwards {
        page_query!(
            "(u.user_id_normalised, u.id) < ($6, $7) order by u.user_id_normalised desc, u.id desc limit $13",
            company,
            text,
            digits,
            role,
            filter.blocked,
            name,
            id,
            &budgets.sms_country_codes,
            budgets.starts_per_account_per_day,
            budgets.wrong_codes_per_account_per_day,
            budgets.sms_per_number_per_day,
            filter.administrators,
            size + 1,
            filter.names_only
        )
        .fetch_all(&mut *db)
        .await?
    } else {
        page_query!(
            "(u.user_id_normalised, u.id) > ($6, $7) order by u.user_id_normalised, u.id limit $13",
            company,
            text,
            digits,
            role,
            filter.blocked,
            name,
            id,
            &budgets.sms_country_codes,
            budgets.starts_per_account_per_day,
            budgets.wrong_codes_per_account_per_day,
            budgets.sms_per_number_per_day,
            filter.administrators,
            size + 1,
            filter.names_only
        )
        .fetch_all(&mut *db)
        .await?
    };
    let total = count(db, company, filter).await?;
    let size = usize::try_from(size).unwrap_or(0);
    let more = rows.len() > size;
    let mut lines: Vec<Line> = rows.into_iter().take(size).map(Line::from).collect();
    if backwards {
        lines.reverse();
    }
    Ok(Page {
        lines,
        total,
        has_before: if backwards { more } else { edge.is_some() },
        has_after: backwards || more,
    })
}

/// A filter as the statements take it, apart from what has to be judged.
pub(super) struct Asked {
    pub text: String,
    pub digits: String,
    pub role: Option<&'static str>,
}

impl Asked {
    pub fn of(filter: &Filter) -> Self {
        let (text, mut digits) = needles(&filter.search);
        if filter.names_only {
            digits.clear();
        }
        let role = match filter.ready {
            // What the role says needs no look at anyone.
            Some(ReadyFilter::Because(Reason::NotAdministrator)) => {
                let none = filter.role.is_some_and(|role| role != Role::User) || filter.administrators;
                Some(if none { "" } else { Role::User.as_str() })
            }
            _ => filter.role.map(Role::as_str),
        };
        Self { text, digits, role }
    }
}

/// How many users of a company fit a filter.
async fn count(db: &mut Connection, company: Uuid, filter: &Filter) -> Result<i64> {
    let Asked { text, digits, role } = Asked::of(filter);
    sqlx::query_scalar!(
        r#"select count(*) as "n!" from users u
        where u.company_id = $1
          and ($2 = '' or strpos(case when $7 then lower(u.display_name || ' ' || u.user_id) else u.search end, $2) > 0
               or ($3 <> '' and strpos(u.search, $3) > 0))
          and ($4::text is null or u.role = $4)
          and ($6 = false or u.role <> 'user')
          and ($5::boolean is null or (u.blocked_at is not null) = $5)"#,
        company,
        text,
        digits,
        role,
        filter.blocked,
        filter.administrators,
        filter.names_only,
    )
    .fetch_one(db)
    .await
}

/// These rows of a company, in the order of the list.
pub(super) async fn rows_of(
    db: &mut Connection,
    company: Uuid,
    ids: &[Uuid],
    budgets: &Budgets,
) -> Result<Vec<Line>> {
    let rows = sqlx::query_as!(
        Row,
        r#"select u.id, u.user_id, u.display_name, u.role, u.blocked_at, e.address as "alternate_email?", m.number as "mobile_phone?",
                  r.reasons as "reasons!", r.doubts as "doubts!", r.limited_until as "limited_until?"
           from users u
           left join alternate_emails e on e.user_id = u.id and e.position = 0
           left join mobile_phones m on m.user_id = u.id
           cross join lateral readiness_of(u.id, $3, $4, $5, $6) r
           where u.id = any($2) and u.company_id = $1
           order by u.user_id_normalised, u.id"#,
        company,
        ids,
        &budgets.sms_country_codes,
        budgets.starts_per_account_per_day,
        budgets.wrong_codes_per_account_per_day,
        budgets.sms_per_number_per_day,
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Line::from).collect())
}

/// Whether a user could reset today.
pub async fn readiness(db: impl PgExecutor<'_>, user: Uuid, budgets: &Budgets) -> Result<Readiness> {
    let row = sqlx::query!(
        r#"select reasons as "reasons!", doubts as "doubts!", limited_until from readiness_of($1, $2, $3, $4, $5)"#,
        user,
        &budgets.sms_country_codes,
        budgets.starts_per_account_per_day,
        budgets.wrong_codes_per_account_per_day,
        budgets.sms_per_number_per_day,
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map_or_else(Readiness::default, |row| {
        Readiness::from_names(&row.reasons, &row.doubts, row.limited_until)
    }))
}

/// Every administrator of a company with whether they could reset today, by role and user ID.
pub async fn readiness_of_all(
    db: impl PgExecutor<'_>,
    company: Uuid,
    budgets: &Budgets,
) -> Result<Vec<Line>> {
    let rows = sqlx::query_as!(
        Row,
        r#"select u.id, u.user_id, u.display_name, u.role, u.blocked_at, e.address as "alternate_email?", m.number as "mobile_phone?",
                  r.reasons as "reasons!", r.doubts as "doubts!", r.limited_until as "limited_until?"
           from users u
           left join alternate_emails e on e.user_id = u.id and e.position = 0
           left join mobile_phones m on m.user_id = u.id
           cross join lateral readiness_of(u.id, $2, $3, $4, $5) r
           where u.company_id = $1 and u.role <> 'user'
           order by case u.role when 'global_administrator' then 1 when 'user_management_administrator' then 2
                                when 'password_administrator' then 3 else 4 end, u.user_id_normalised, u.id"#,
        company,
        &budgets.sms_country_codes,
        budgets.starts_per_account_per_day,
        budgets.wrong_codes_per_account_per_day,
        budgets.sms_per_number_per_day,
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Line::from).collect())
}

#[cfg(test)]
mod tests {
    use super::needles;

    #[test]
    fn a_number_is_found_in_whatever_format_it_is_typed() {
        for typed in ["425-555-0100", "(425) 555 0100", "0425.555.0100", " 4255550100 "] {
            assert_eq!(needles(typed).1, "4255550100", "{typed}");
        }
        assert_eq!(needles("+1 425 555 0100").1, "14255550100");
        assert_eq!(needles("0044 20").1, "4420");
    }

    #[test]
    fn a_name_is_no_number() {
        assert_eq!(needles("John 425"), ("john 425".to_owned(), String::new()));
        assert_eq!(needles("42"), ("42".to_owned(), String::new()));
    }
}

//! The list of users by whether they could reset: every administrator who fits the rest of the filter is judged once, which tells
//! the page and how many there are.

use uuid::Uuid;

use super::{
    super::{Connection, Result},
    page::{Asked, Filter, Line, Page, ReadyFilter, rows_of},
};
use crate::domain::{limits::Budgets, user::Role};

/// Where a page begins or ends, and whether it is read backwards from there.
type Edge = ((String, Uuid), bool);

/// A page of them.
pub(super) async fn page(
    db: &mut Connection,
    company: Uuid,
    filter: &Filter,
    ready: ReadyFilter,
    edge: Option<Edge>,
    size: i64,
    budgets: &Budgets,
) -> Result<Page> {
    let all = fitting(db, company, filter, ready, budgets).await?;
    let size = usize::try_from(size).unwrap_or(0);
    let (from, to) = match &edge {
        None => (0, size.min(all.len())),
        Some((edge, false)) => {
            let from = all.partition_point(|user| user <= edge);
            (from, (from + size).min(all.len()))
        }
        Some((edge, true)) => {
            let to = all.partition_point(|user| user < edge);
            (to.saturating_sub(size), to)
        }
    };
    let ids: Vec<Uuid> = all.get(from..to).unwrap_or_default().iter().map(|(_, id)| *id).collect();
    let lines: Vec<Line> = rows_of(db, company, &ids, budgets).await?;
    let total = i64::try_from(all.len()).unwrap_or(i64::MAX);
    Ok(Page { lines, total, has_before: from > 0, has_after: to < all.len() })
}

/// Everyone who fits, in the order of the list: the name that it goes by, and the row.
async fn fitting(
    db: &mut Connection,
    company: Uuid,
    filter: &Filter,
    ready: ReadyFilter,
    budgets: &Budgets,
) -> Result<Vec<(String, Uuid)>> {
    let Asked { text, digits, .. } = Asked::of(filter);
    let roles: Vec<String> = Role::ALL
        .into_iter()
        .filter(|role| role.is_administrator() && filter.role.is_none_or(|only| only == *role))
        .map(|role| role.to_string())
        .collect();
    let verdict = match ready {
        ReadyFilter::Yes => "yes",
        ReadyFilter::No => "no",
        ReadyFilter::Doubtful => "doubtful",
        ReadyFilter::Because(reason) => reason.as_str(),
    };
    let rows = sqlx::query!(
        r#"select u.user_id_normalised as name, u.id
        from users u
        cross join lateral readiness_of(u.id, $7, $8, $9, $10) r
        where u.company_id = $1
          and u.role = any($4::text[])
          and ($2 = '' or strpos(case when $11 then lower(u.display_name || ' ' || u.user_id) else u.search end, $2) > 0
               or ($3 <> '' and strpos(u.search, $3) > 0))
          and ($5::boolean is null or (u.blocked_at is not null) = $5)
          and case $6
                when 'yes' then cardinality(r.reasons) = 0
                when 'no' then cardinality(r.reasons) > 0
                when 'doubtful' then cardinality(r.reasons) = 0 and cardinality(r.doubts) > 0
                else $6 = any(r.reasons || r.doubts) end
        order by u.user_id_normalised, u.id"#,
        company,
        text,
        digits,
        &roles,
        filter.blocked,
        verdict,
        &budgets.sms_country_codes,
        budgets.starts_per_account_per_day,
        budgets.wrong_codes_per_account_per_day,
        budgets.sms_per_number_per_day,
        filter.names_only,
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.name, row.id)).collect())
}

//! Companies and the domains that make someone their user.

use sqlx::PgExecutor;
use uuid::Uuid;

use super::{Connection, Result};
use crate::domain::contact::Region;

/// A company with its settings.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
pub struct Company {
    /// The row.
    pub id: Uuid,
    /// Name.
    pub name: String,
    /// Domains, in order.
    pub domains: Vec<String>,
    /// ISO 3166 code for numbers without a country code.
    pub default_region: String,
    /// `SelfServePasswordResetEnabled`.
    pub self_serve_password_reset_enabled: bool,
    /// Whether an alternate e-mail address may be in the company's own domains.
    pub alternate_email_in_own_domain_allowed: bool,
    /// Whether user IDs receive mail.
    pub user_id_is_mailbox: bool,
    /// Where people sign in after a reset.
    pub sign_in_url: Option<String>,
    /// Days until a password must be changed; none: never.
    pub password_expires_after_days: Option<i32>,
    /// Days before that in which the person is told.
    pub password_warning_days: i32,
    /// Fewest code points of a password, if more than the service's floor.
    pub password_min_length: Option<i32>,
    /// Words that no password may be built from.
    pub password_refused_words: Vec<String>,
    /// Whether unconfirmed contact data serves a reset: `at_once`, `after_hold`, `never`.
    pub unconfirmed_contact: String,
    /// The hold, in hours.
    pub contact_hold_hours: i32,
    /// Whether an administrator may make a password that they see.
    pub temporary_passwords_allowed: bool,
    /// What a change of a global administrator waits for: `at_once`, `after_hold`, `approval`.
    pub global_administrator_changes: String,
    /// How long, in hours.
    pub global_administrator_hold_hours: i32,
    /// Goes up with each change.
    pub version: i64,
}

/// All companies by name, or the one that owns a domain.
pub async fn list(db: impl PgExecutor<'_>, domain: Option<&str>) -> Result<Vec<Company>> {
    sqlx::query_as!(
        Company,
        r#"select c.id, c.name, array(select d.domain from company_domains d where d.company_id = c.id order by d.domain) as "domains!",
                  c.default_region, c.self_serve_password_reset_enabled, c.alternate_email_in_own_domain_allowed,
                  c.user_id_is_mailbox, c.sign_in_url, c.password_expires_after_days, c.password_warning_days, c.password_min_length,
                  c.password_refused_words, c.unconfirmed_contact, c.contact_hold_hours, c.temporary_passwords_allowed,
                  c.global_administrator_changes, c.global_administrator_hold_hours, c.version
           from companies c
           where $1::text is null or exists (select from company_domains d where d.company_id = c.id and d.domain = $1)
           order by c.name, c.id"#,
        domain
    )
    .fetch_all(db)
    .await
}

/// The company of a row.
pub async fn by_id(db: impl PgExecutor<'_>, id: Uuid) -> Result<Option<Company>> {
    sqlx::query_as!(
        Company,
        r#"select c.id, c.name, array(select d.domain from company_domains d where d.company_id = c.id order by d.domain) as "domains!",
                  c.default_region, c.self_serve_password_reset_enabled, c.alternate_email_in_own_domain_allowed,
                  c.user_id_is_mailbox, c.sign_in_url, c.password_expires_after_days, c.password_warning_days, c.password_min_length,
                  c.password_refused_words, c.unconfirmed_contact, c.contact_hold_hours, c.temporary_passwords_allowed,
                  c.global_administrator_changes, c.global_administrator_hold_hours, c.version
           from companies c where c.id = $1"#,
        id
    )
    .fetch_optional(db)
    .await
}

/// Takes a domain from a company. `false`: it is not the company's.
pub async fn remove_domain(db: &mut Connection, company: Uuid, domain: &str) -> Result<bool> {
    let done =
        sqlx::query!("delete from company_domains where domain = $1 and company_id = $2", domain, company)
            .execute(db)
            .await?;
    Ok(done.rows_affected() == 1)
}

/// Whether users of a company have user IDs in a domain.
pub async fn domain_is_used(db: &mut Connection, company: Uuid, domain: &str) -> Result<bool> {
    sqlx::query_scalar!(
        r#"select exists (select from users where company_id = $1 and split_part(user_id_normalised, '@', 2) = $2) as "used!""#,
        company,
        domain
    )
    .fetch_one(db)
    .await
}

/// What switching self-service on or off would do, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Consequence {
    /// Administrators who can reset while it is on.
    pub could_reset: i64,
    /// Global administrators among them.
    pub global_administrators: i64,
    /// Attempts under way, proven in part or not: they end.
    pub under_way: i64,
    /// Passwords that are older than they may be by the expiry that is asked about; none where none is.
    pub older_passwords: i64,
}

/// Counts them. `expires_after_days`: an expiry that is thought of.
pub async fn consequence(
    db: impl PgExecutor<'_>,
    company: Uuid,
    budgets: &crate::domain::limits::Budgets,
    expires_after_days: Option<i32>,
) -> Result<Consequence> {
    sqlx::query_as!(
        Consequence,
        r#"with able as (
          select u.role from users u cross join lateral readiness_of(u.id, $2, $3, $4, $5) r
          where u.company_id = $1 and u.role <> 'user' and array_remove(r.reasons, 'switched_off') = '{}')
        select count(*) as "could_reset!", count(*) filter (where role = 'global_administrator') as "global_administrators!",
               (select count(*) from users u join reset_attempts a on a.user_id = u.id
                where u.company_id = $1 and a.ended_at is null and a.finished_at is null
                  and coalesce(a.password_expires_at, a.code_expires_at, a.email_expires_at) > now()) as "under_way!",
               (select count(*) from users u
                where u.company_id = $1 and u.password_hash is not null and not u.password_must_change
                  and u.password_changed_at + make_interval(days => $6::integer) <= now()) as "older_passwords!"
        from able"#,
        company,
        &budgets.sms_country_codes,
        budgets.starts_per_account_per_day,
        budgets.wrong_codes_per_account_per_day,
        budgets.sms_per_number_per_day,
        expires_after_days,
    )
    .fetch_one(db)
    .await
}

/// Ends the attempts under way of everyone in a company, since self-service was switched off: switched on again, none comes back.
pub async fn end_attempts(db: &mut Connection, company: Uuid) -> Result<()> {
    sqlx::query!(
        r#"select end_attempts_of(u.id, 'switched_off', null) as ended from users u
           where u.company_id = $1
             and exists (select from reset_attempts a where a.user_id = u.id and a.ended_at is null and a.finished_at is null)"#,
        company
    )
    .fetch_all(db)
    .await?;
    Ok(())
}

/// Ends the attempts under way of everyone in a company whose unconfirmed contact data serves no more, since the company's rule
/// became stricter.
pub async fn end_attempts_of_unconfirmed(db: &mut Connection, company: Uuid) -> Result<()> {
    sqlx::query!(
        r#"select end_attempts_of(u.id, 'switched_off', null) as ended from users u
           join companies c on c.id = u.company_id
           left join alternate_emails e on e.user_id = u.id and e.position = 0
           left join mobile_phones m on m.user_id = u.id
           where u.company_id = $1
             and exists (select from reset_attempts a where a.user_id = u.id and a.ended_at is null and a.finished_at is null)
             and not (contact_serves(e.confirmed_at, e.updated_at, c.unconfirmed_contact, c.contact_hold_hours)
                      and contact_serves(m.confirmed_at, m.updated_at, c.unconfirmed_contact, c.contact_hold_hours))"#,
        company
    )
    .fetch_all(db)
    .await?;
    Ok(())
}

/// Inserts a company. Domains are added beside, in the same transaction.
pub async fn create(db: &mut Connection, id: Uuid, name: &str, default_region: &str) -> Result<()> {
    sqlx::query!(
        "insert into companies (id, name, default_region) values ($1, $2, $3)",
        id,
        name,
        default_region
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Gives a company a domain. `false`: it belongs to a company already.
pub async fn add_domain(db: &mut Connection, company: Uuid, domain: &str) -> Result<bool> {
    let done = sqlx::query!(
        "insert into company_domains (domain, company_id) values ($1, $2) on conflict (domain) do nothing",
        domain,
        company
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Locks a company's row for a change, so that what is told and recorded as its old settings are the ones that it replaces.
pub async fn lock(db: &mut Connection, company: Uuid) -> Result<bool> {
    Ok(sqlx::query!("select id from companies where id = $1 for no key update", company)
        .fetch_optional(db)
        .await?
        .is_some())
}

/// What can be changed; `None` leaves it.
#[derive(Debug, Default, Clone)]
pub struct Change {
    /// `SelfServePasswordResetEnabled`.
    pub self_serve_password_reset_enabled: Option<bool>,
    /// Name.
    pub name: Option<String>,
    /// Region for numbers.
    pub default_region: Option<String>,
    /// Alternate e-mail addresses in own domains.
    pub alternate_email_in_own_domain_allowed: Option<bool>,
    /// User IDs receive mail.
    pub user_id_is_mailbox: Option<bool>,
    /// Where to sign in; an empty text removes it.
    pub sign_in_url: Option<String>,
    /// Days until a password must be changed; `Some(None)`: never.
    pub password_expires_after_days: Option<Option<i32>>,
    /// Days before that in which the person is told.
    pub password_warning_days: Option<i32>,
    /// Fewest code points of a password; `Some(None)`: the service's floor.
    pub password_min_length: Option<Option<i32>>,
    /// Words that no password may be built from.
    pub password_refused_words: Option<Vec<String>>,
    /// `at_once`, `after_hold` or `never`.
    pub unconfirmed_contact: Option<String>,
    /// The hold, in hours.
    pub contact_hold_hours: Option<i32>,
    /// Whether an administrator may make a password that they see.
    pub temporary_passwords_allowed: Option<bool>,
    /// `at_once`, `after_hold` or `approval`.
    pub global_administrator_changes: Option<String>,
    /// Its time, in hours.
    pub global_administrator_hold_hours: Option<i32>,
}

/// Changes settings. Every step reads them, so that a change acts at once on every node.
pub async fn change(db: &mut Connection, company: Uuid, c: &Change) -> Result<()> {
    sqlx::query!(
        "update companies set
           self_serve_password_reset_enabled = coalesce($2, self_serve_password_reset_enabled),
           name = coalesce($3, name), default_region = coalesce($4, default_region),
           alternate_email_in_own_domain_allowed = coalesce($5, alternate_email_in_own_domain_allowed),
           user_id_is_mailbox = coalesce($6, user_id_is_mailbox),
           sign_in_url = case when $7::text is null then sign_in_url else nullif($7, '') end,
           password_expires_after_days = case when $8 then $9 else password_expires_after_days end,
           password_warning_days = coalesce($10, password_warning_days),
           password_min_length = case when $11 then $12 else password_min_length end,
           password_refused_words = coalesce($13, password_refused_words),
           unconfirmed_contact = coalesce($14, unconfirmed_contact),
           contact_hold_hours = coalesce($15, contact_hold_hours),
           temporary_passwords_allowed = coalesce($16, temporary_passwords_allowed),
           global_administrator_changes = coalesce($17, global_administrator_changes),
           global_administrator_hold_hours = coalesce($18, global_administrator_hold_hours),
           version = version + 1
         where id = $1",
        company,
        c.self_serve_password_reset_enabled,
        c.name,
        c.default_region,
        c.alternate_email_in_own_domain_allowed,
        c.user_id_is_mailbox,
        c.sign_in_url,
        c.password_expires_after_days.is_some(),
        c.password_expires_after_days.flatten(),
        c.password_warning_days,
        c.password_min_length.is_some(),
        c.password_min_length.flatten(),
        c.password_refused_words.as_deref(),
        c.unconfirmed_contact.as_deref(),
        c.contact_hold_hours,
        c.temporary_passwords_allowed,
        c.global_administrator_changes.as_deref(),
        c.global_administrator_hold_hours,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The calling codes of a company's own countries: where its administrators have their phones, and its region.
pub async fn calling_codes(db: impl PgExecutor<'_>, company: Uuid) -> Result<Vec<u16>> {
    let found = sqlx::query!(
        r#"select default_region, calling_codes_of(id) as "codes!" from companies where id = $1"#,
        company
    )
    .fetch_optional(db)
    .await?;
    let Some(found) = found else { return Ok(Vec::new()) };
    let region = Region::parse(&found.default_region).ok().and_then(Region::calling_code);
    Ok(found.codes.iter().filter_map(|code| code.parse().ok()).chain(region).collect())
}

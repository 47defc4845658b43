//! Companies and the domains that make someone their user.

use sqlx::PgExecutor;
use uuid::Uuid;

use super::{Connection, Result};

/// A company with its settings.
#[derive(Debug, Clone)]
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
}

/// All companies by name, or the one that owns a domain.
pub async fn list(db: impl PgExecutor<'_>, domain: Option<&str>) -> Result<Vec<Company>> {
    sqlx::query_as!(
        Company,
        r#"select c.id, c.name, array(select d.domain from company_domains d where d.company_id = c.id order by d.domain) as "domains!",
                  c.default_region, c.self_serve_password_reset_enabled, c.alternate_email_in_own_domain_allowed,
                  c.user_id_is_mailbox, c.sign_in_url
           from companies c
           where $1::text is null or exists (select from company_domains d where d.company_id = c.id and d.domain = $1)
           order by c.name, c.id"#,
        domain
    )
    .fetch_all(db)
    .await
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
#[derive(Debug, Default)]
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
}

/// Changes settings. Every step reads them, so that a change acts at once on every node.
pub async fn change(db: &mut Connection, company: Uuid, c: &Change) -> Result<()> {
    sqlx::query!(
        "update companies set
           self_serve_password_reset_enabled = coalesce($2, self_serve_password_reset_enabled),
           name = coalesce($3, name), default_region = coalesce($4, default_region),
           alternate_email_in_own_domain_allowed = coalesce($5, alternate_email_in_own_domain_allowed),
           user_id_is_mailbox = coalesce($6, user_id_is_mailbox),
           sign_in_url = case when $7::text is null then sign_in_url else nullif($7, '') end
         where id = $1",
        company,
        c.self_serve_password_reset_enabled,
        c.name,
        c.default_region,
        c.alternate_email_in_own_domain_allowed,
        c.user_id_is_mailbox,
        c.sign_in_url,
    )
    .execute(db)
    .await?;
    Ok(())
}

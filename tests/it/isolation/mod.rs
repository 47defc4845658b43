//! Two companies of equal shape in one service: nothing of one reaches the other, by no verb, list, filter, cursor, message or count.
//!
//! Must stay true: the people of both have the same names before the @, the same addresses and the same phones, so that whatever looks
//! beyond a company finds something. What only the other company has is called quagga.

mod limits;
mod lists;
mod messages;
mod routes;
mod shell;
mod verbs;

use sspr::{
    admin::{Administrator, GlobalAdministrator},
    domain::user::Role,
};
use uuid::Uuid;

use crate::role_table::Stage;

/// One person of each role in each company.
pub const NAMES: [(&str, Role); 6] = [
    ("boss", Role::GlobalAdministrator),
    ("manager", Role::UserManagementAdministrator),
    ("desk", Role::PasswordAdministrator),
    ("billing", Role::BillingAdministrator),
    ("service", Role::ServiceAdministrator),
    ("sam", Role::User),
];

/// Contoso is ours, Fabrikam is theirs.
pub struct Two {
    pub stage: Stage,
    pub ours: Uuid,
    pub theirs: Uuid,
}

impl Two {
    pub async fn new() -> Self {
        let stage = Stage::new().await;
        for (name, role) in NAMES {
            stage.person(&format!("{name}@contoso.com"), role).await;
            stage.person(&format!("{name}@fabrikam.com"), role).await;
        }
        for sql in [
            // Nobody's address shows the other company's name.
            "update alternate_emails set address = split_part(address, '@', 1) || '@home.example'",
            "update mobile_phones p set number = m.number
             from users t, users o, mobile_phones m
             where p.user_id = t.id and m.user_id = o.id and t.user_id_normalised like '%@fabrikam.com'
               and o.user_id_normalised = split_part(t.user_id_normalised, '@', 1) || '@contoso.com'",
            "update users set display_name = 'Quagga ' || display_name where user_id_normalised like '%@fabrikam.com'",
            "update companies c set name = 'Quagga Works', default_region = 'GB', sign_in_url = 'https://quagga.example/'
             from company_domains d where d.company_id = c.id and d.domain = 'fabrikam.com'",
            "update contact_requests q set browser = 'Quaggafox', closed_by = 'quagga'
             from company_domains d where d.company_id = q.company_id and d.domain = 'fabrikam.com'",
        ] {
            stage.world.execute(sql).await;
        }
        let (ours, theirs) = (stage.company("contoso.com").await, stage.company("fabrikam.com").await);
        Self { stage, ours, theirs }
    }

    /// Someone of our company.
    pub async fn our(&self, name: &str) -> Uuid {
        self.stage.world.user(&format!("{name}@contoso.com")).await
    }

    /// The one with the same name in the other company.
    pub async fn their(&self, name: &str) -> Uuid {
        self.stage.world.user(&format!("{name}@fabrikam.com")).await
    }

    /// The witness of someone of ours.
    pub async fn witness(&self, name: &str) -> Administrator {
        self.stage.witness(self.our(name).await).await.unwrap()
    }

    /// The witness of our global administrator.
    pub async fn boss(&self) -> GlobalAdministrator {
        self.witness("boss").await.global().unwrap()
    }

    /// Everyone of the other company, and what else only it has.
    pub async fn canaries(&self) -> Vec<String> {
        let mut all: Vec<String> = sqlx::query_scalar(
            "select id::text from users where company_id = $1
             union all select id::text from contact_requests where company_id = $1
             union all select id::text from reset_batches where company_id = $1
             union all select id::text from audit_events where company_id = $1
             union all select attempt_id::text from audit_events where company_id = $1 and attempt_id is not null",
        )
        .bind(self.theirs)
        .fetch_all(&self.stage.world.pool)
        .await
        .unwrap();
        all.extend(["quagga", "fabrikam"].map(str::to_owned));
        all.push(self.theirs.to_string());
        all
    }

    /// Fails if a text holds anything of the other company.
    #[track_caller]
    pub fn nothing_of(canaries: &[String], text: &str, case: &str) {
        let lower = text.to_lowercase();
        let found = canaries.iter().find(|canary| lower.contains(canary.as_str()));
        assert_eq!(found, None, "{case}: {text}");
    }
}

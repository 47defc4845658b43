//! What leaves the service goes to people of the company that it is about.

use std::collections::BTreeSet;

use super::{NAMES, Two};
use crate::{
    role_table::{Came, Deed},
    support::{
        client::Client,
        secrets,
        walk::{NEW, Walk},
    },
};
use sspr::domain::secret::Purpose;

/// An alternate address of someone of ours, or a user ID's own mailbox.
fn is_ours(to: &str) -> bool {
    to.ends_with("-contoso.com@home.example") || to.ends_with("@contoso.com")
}

impl Two {
    /// Everyone gets an address of their own that says whose it is.
    async fn told_apart(&self) {
        self.stage
            .world
            .execute(
                "update alternate_emails e set address = replace(u.user_id_normalised, '@', '-') || '@home.example'
                 from users u where u.id = e.user_id",
            )
            .await;
    }

    /// To whom something was queued, and in whose name.
    async fn queued(&self) -> (BTreeSet<String>, BTreeSet<String>) {
        let rows: Vec<(String, String)> =
            sqlx::query_as("select recipient, coalesce(company_id::text, 'nobody') from outbox where channel = 'email' and deliverable")
                .fetch_all(&self.stage.world.pool)
                .await
                .unwrap();
        rows.into_iter().unzip()
    }
}

#[tokio::test]
async fn whoever_asks_for_help_asks_administrators_of_the_own_company() {
    let two = Two::new().await;
    two.told_apart().await;
    two.stage.world.execute("delete from contact_requests").await;
    for (name, _) in NAMES {
        let client = Client::new(&two.stage.node.url);
        let user_id = format!("{name}@contoso.com");
        let answer =
            client.submit("/contact-administrator", "/contact-administrator", &[("user_id", &user_id)]).await;
        assert_eq!(answer.status.as_u16(), 303, "{answer:?}");
    }
    two.stage.node.decide().await;
    let (recipients, companies) = two.queued().await;
    assert_eq!(companies, [two.ours.to_string()].into());
    assert!(recipients.len() >= 3, "{recipients:?}");
    assert!(recipients.iter().all(|to| is_ours(to)), "{recipients:?}");
    let theirs = two.stage.world.count("select count(*) from contact_requests q join company_domains d on d.company_id = q.company_id where d.domain = 'fabrikam.com'");
    assert_eq!(theirs.await, 0);
}

#[tokio::test]
async fn of_a_reset_only_the_own_companys_administrators_are_told() {
    let two = Two::new().await;
    two.told_apart().await;
    let (world, node) = (&two.stage.world, &two.stage.node);
    let walk = Walk::new(world, node);
    walk.start("desk@contoso.com").await;
    let link = secrets::newest(&world.pool, Purpose::EmailLink).await;
    let opened = walk.open_link(&format!("/reset/email-link/{link}")).await;
    assert_eq!(opened.location.as_deref(), Some("/reset/security-code"), "{opened:?}");
    walk.type_code(&secrets::newest(&world.pool, Purpose::SecurityCode).await).await;
    let done = walk.set_password(NEW).await;
    assert_eq!(done.location.as_deref(), Some("/reset/done"), "{done:?}");
    let (recipients, companies) = two.queued().await;
    assert_eq!(companies, [two.ours.to_string()].into());
    assert!(recipients.contains("boss@contoso.com"), "{recipients:?}");
    assert!(recipients.iter().all(|to| is_ours(to)), "{recipients:?}");
    // The namesake's password and sessions are as they were.
    let changed = world.count("select count(*) from users d join users s on s.user_id_normalised = 'user@contoso.com' where d.user_id_normalised = 'desk@fabrikam.com' and d.password_hash = s.password_hash").await;
    assert_eq!(changed, 1);
    assert_eq!(world.count("select count(*) from sessions s join users u on u.id = s.user_id where u.user_id_normalised = 'desk@fabrikam.com'").await, 1);
}

#[tokio::test]
async fn what_administrators_do_is_told_to_whom_it_is_about_and_to_nobody_of_another_company() {
    let two = Two::new().await;
    two.told_apart().await;
    let (mut recipients, mut companies) = (BTreeSet::new(), BTreeSet::new());
    for deed in Deed::ALL {
        let target = two.our("sam").await;
        deed.prepare(&two.stage, target).await;
        assert_eq!(deed.run(&two.stage, &two.witness("boss").await, target).await, Came::Done, "{deed:?}");
        // Before the person is made anew: what carries a link goes with the link.
        let (to, of) = two.queued().await;
        recipients.extend(to);
        companies.extend(of);
        if deed != Deed::ReopenRequest {
            two.stage.person("sam@contoso.com", sspr::domain::user::Role::User).await;
            two.told_apart().await;
        }
    }
    assert_eq!(companies, [two.ours.to_string()].into());
    let expected: BTreeSet<String> =
        ["new@home.example", "sam-contoso.com@home.example", "sam@contoso.com"].map(str::to_owned).into();
    assert_eq!(recipients, expected);
}

#[tokio::test]
async fn a_warning_of_expiry_goes_to_people_of_the_company_that_has_one() {
    let two = Two::new().await;
    two.told_apart().await;
    let world = &two.stage.world;
    world.execute("update users set password_changed_at = now() - interval '29 days'").await;
    world.execute("update companies c set password_expires_after_days = 30 from company_domains d where d.company_id = c.id and d.domain = 'contoso.com'").await;
    let mut connection = two.stage.pool().acquire().await.unwrap();
    assert!(sspr::store::users::queue_expiry_warnings(&mut connection, 100).await.unwrap() > 5);
    let (recipients, companies) = two.queued().await;
    assert_eq!(companies, [two.ours.to_string()].into());
    assert!(recipients.iter().all(|to| is_ours(to)), "{recipients:?}");
}

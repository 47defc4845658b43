//! What one company uses up, another still has.

use sspr::admin::{readiness, users};
use sspr::domain::readiness::Reason;

use super::Two;
use crate::{
    role_table::{Came, Deed},
    support::client::Client,
};

#[tokio::test]
async fn an_account_at_its_limit_leaves_its_namesake_in_another_company_alone() {
    let two = Two::new().await;
    let (pool, budgets) = (two.stage.pool(), &two.stage.node.app.budgets);
    // No phone of both is at its limit: a number has one budget, whoever sends to it, for the sake of its owner.
    for _ in 0..budgets.starts_per_account_per_day {
        two.stage
            .world
            .execute("select take_budget('start/account/' || account_key('desk@fabrikam.com'), 1000, interval '1 day')")
            .await;
    }
    let at_limit = async |domain: &str| {
        let by = two.stage.witness(two.stage.world.user(&format!("boss@{domain}")).await).await.unwrap();
        let user = users::find(pool, &by, format!("desk@{domain}").as_str()).await.unwrap().unwrap();
        readiness::of(pool, &by, &user, budgets).await.unwrap().reasons.contains(&Reason::AtLimit)
    };
    assert_eq!((at_limit("fabrikam.com").await, at_limit("contoso.com").await), (true, false));
}

#[tokio::test]
async fn requests_for_help_of_one_company_use_up_nothing_of_another() {
    let two = Two::new().await;
    two.stage.world.execute("delete from contact_requests").await;
    let key = sspr::domain::limits::key::contact_requests_of_domain("fabrikam.com");
    for _ in 0..two.stage.node.app.budgets.contact_requests_per_company_per_day {
        sqlx::query("select take_budget($1, 100000, interval '1 day')")
            .bind(&key)
            .execute(&two.stage.world.pool)
            .await
            .unwrap();
    }
    for domain in ["fabrikam.com", "contoso.com"] {
        let client = Client::new(&two.stage.node.url);
        let user_id = format!("sam@{domain}");
        client.submit("/contact-administrator", "/contact-administrator", &[("user_id", &user_id)]).await;
    }
    two.stage.node.decide().await;
    let asked: Vec<String> =
        sqlx::query_scalar("select u.user_id from contact_requests q join users u on u.id = q.user_id")
            .fetch_all(&two.stage.world.pool)
            .await
            .unwrap();
    assert_eq!(asked, ["sam@contoso.com"]);
}

#[tokio::test]
async fn mails_that_ask_to_confirm_are_counted_person_by_person() {
    let two = Two::new().await;
    let their_boss = two.stage.witness(two.their("boss").await).await.unwrap();
    let their_sam = two.their("sam").await;
    let mut last = Came::Done;
    for _ in 0..6 {
        last = Deed::AskToConfirm.run(&two.stage, &their_boss, their_sam).await;
    }
    assert_ne!(last, Came::Done);
    let ours = Deed::AskToConfirm.run(&two.stage, &two.witness("boss").await, two.our("sam").await).await;
    assert_eq!(ours, Came::Done);
}

//! What a hostile reader of the portal found, each as a test that failed before it was mended.

use sspr::{
    admin::{
        NotDone, Refusal, companies,
        companies::Told,
        passwords::{self, Outcome},
        users::{self, UserChange},
    },
    domain::user::Role,
    store::companies::Change,
};
use uuid::Uuid;

use crate::role_table::Stage;
use crate::support::office::{Office, path_of};

const LIVE: &str = "select count(*) from reset_tokens where purpose = 'set_password' and consumed_at is null and replaced_at is null";
const PERSON: &str = "target@contoso.com";

/// A person with a one-time link that is on its way, and the operator's witness.
async fn with_a_link(stage: &Stage) -> Uuid {
    let person = stage.person(PERSON, Role::PasswordAdministrator).await;
    let app = &stage.node.app;
    let key = app.keys.current();
    passwords::send_link(stage.pool(), &Stage::operator(), key, person, &app.budgets).await.unwrap();
    assert_eq!(stage.world.count(LIVE).await, 1);
    person
}

#[tokio::test] // V-42, V-38
async fn a_one_time_link_dies_with_the_address_the_phone_the_role_and_the_block_it_was_made_under() {
    let stage = Stage::new().await;
    let operator = Stage::operator();
    let addresses = ["other@fabrikam.com".to_owned()];
    let changes = [
        UserChange { alternate_emails: Some(&addresses), ..UserChange::default() },
        UserChange { mobile_phone: Some(Some("425-555-0177")), ..UserChange::default() },
        UserChange { role: Some(Role::GlobalAdministrator), ..UserChange::default() },
    ];
    for change in &changes {
        let person = with_a_link(&stage).await;
        users::change(stage.pool(), &operator, person, change, None).await.unwrap();
        assert_eq!(stage.world.count(LIVE).await, 0, "{change:?}");
    }
    let person = with_a_link(&stage).await;
    let name = UserChange { display_name: Some("Another Name"), ..UserChange::default() };
    users::change(stage.pool(), &operator, person, &name, None).await.unwrap();
    assert_eq!(stage.world.count(LIVE).await, 1, "a name is no way in");
    users::block(stage.pool(), &operator, person).await.unwrap();
    assert_eq!(stage.world.count(LIVE).await, 0);
}

#[tokio::test] // V-43
async fn lifting_a_block_by_not_me_does_not_give_a_thiefs_password_back() {
    let stage = Stage::new().await;
    let operator = Stage::operator();
    let has = "select count(*) from users where user_id = 'target@contoso.com' and password_hash is not null";
    let person = stage.person(PERSON, Role::User).await;
    users::block(stage.pool(), &operator, person).await.unwrap();
    users::unblock(stage.pool(), &operator, person).await.unwrap();
    assert_eq!(stage.world.count(has).await, 1, "an administrator's own block is about nobody's password");
    users::block(stage.pool(), &operator, person).await.unwrap();
    stage
        .world
        .execute("update users set blocked_because = 'not_me' where user_id = 'target@contoso.com'")
        .await;
    users::unblock(stage.pool(), &operator, person).await.unwrap();
    assert_eq!(stage.world.count(has).await, 0);
}

#[tokio::test] // V-43
async fn whoever_made_a_temporary_password_gains_nothing_by_the_promotion_of_its_owner() {
    let stage = Stage::new().await;
    let person = stage.person(PERSON, Role::User).await;
    let helper = stage.person("actor@contoso.com", Role::PasswordAdministrator).await;
    let by = stage.witness(helper).await.unwrap();
    passwords::temporary(stage.pool(), &by, person, &stage.rules()).await.unwrap();
    let session = "insert into sessions (id_hash, user_id, data, expires_at)
                   select sha256('s'), id, '{}', now() + interval '1 hour' from users where user_id = 'target@contoso.com'";
    stage.world.execute(session).await;
    let change = UserChange { role: Some(Role::GlobalAdministrator), ..UserChange::default() };
    users::change(stage.pool(), &Stage::operator(), person, &change, None).await.unwrap();
    let left = "select count(*) from users u where user_id = 'target@contoso.com'
                and (password_hash is not null or password_must_change or exists (select from sessions s where s.user_id = u.id))";
    assert_eq!(stage.world.count(left).await, 0);
}

#[tokio::test]
async fn where_the_company_waits_for_confirmation_a_link_waits_too() {
    let stage = Stage::new().await;
    let (operator, app) = (Stage::operator(), &stage.node.app);
    let person = stage.person(PERSON, Role::PasswordAdministrator).await;
    let never = Change { unconfirmed_contact: Some("never".to_owned()), ..Change::default() };
    let company = stage.company("contoso.com").await;
    companies::change(stage.pool(), &operator, company, &never, Told::default()).await.unwrap();
    let send = || passwords::send_link(stage.pool(), &operator, app.keys.current(), person, &app.budgets);
    assert!(matches!(send().await, Err(NotDone::Refused(Refusal::ContactWaits))));
    assert_eq!(stage.world.count(LIVE).await, 0);
    // Someone without a password has nothing to take.
    stage.world.execute("update users set password_hash = null where user_id = 'target@contoso.com'").await;
    assert!(send().await.is_ok());
    stage.world.execute("update users set password_hash = 'x' where user_id = 'target@contoso.com'").await;
    stage.world.execute("update alternate_emails set confirmed_at = now()").await;
    assert!(send().await.is_ok());
}

#[tokio::test] // V-27
async fn links_and_texts_of_administrators_are_counted_and_texts_company_by_company() {
    let stage = Stage::new().await;
    let app = &stage.node.app;
    let person = stage.person(PERSON, Role::User).await;
    let helper = stage.person("actor@contoso.com", Role::PasswordAdministrator).await;
    let by = stage.witness(helper).await.unwrap();
    let send = || passwords::send_link(stage.pool(), &by, app.keys.current(), person, &app.budgets);
    for _ in 0..10 {
        send().await.unwrap();
    }
    assert!(matches!(send().await, Err(NotDone::Refused(Refusal::TooOften(_)))));
    let operator = Stage::operator();
    for n in 0..12 {
        let number = if n % 2 == 0 { "425-555-0177" } else { "425-555-0178" };
        let change = UserChange { mobile_phone: Some(Some(number)), ..UserChange::default() };
        users::change(stage.pool(), &operator, person, &change, Some(app.keys.current())).await.unwrap();
    }
    let texts =
        "select count(*) from outbox where channel = 'sms' and recipient in ('+14255550177', '+14255550178')";
    let sent = stage.world.count(texts).await;
    assert!((2..=6).contains(&sent), "{sent} texts to two numbers in a moment");
    let wizard = "select count(*) from budgets where key like 'sms/%'";
    assert_eq!(stage.world.count(wizard).await, 0, "the wizard's own budget is nobody else's to use up");
}

#[tokio::test]
async fn nobody_goes_on_with_another_administrators_batch() {
    let stage = Stage::new().await;
    let app = &stage.node.app;
    let person = stage.person(PERSON, Role::User).await;
    let helper = stage.person("actor@contoso.com", Role::PasswordAdministrator).await;
    let other = stage.person("other@contoso.com", Role::PasswordAdministrator).await;
    let (by, other) = (stage.witness(helper).await.unwrap(), stage.witness(other).await.unwrap());
    let id = sspr::random::id();
    let (key, budgets) = (app.keys.current(), &app.budgets);
    let first = passwords::batch(stage.pool(), &by, key, id, &[person], budgets).await.unwrap();
    assert!(matches!(first[..], [Outcome::Sent(_)]));
    let second = passwords::batch(stage.pool(), &other, key, id, &[person], budgets).await;
    assert!(matches!(second, Err(NotDone::Refused(Refusal::NoUser))), "{second:?}");
}

#[tokio::test]
async fn a_request_is_answered_with_a_link_only_by_whoever_gave_the_password_lately() {
    let stage = Stage::new().await;
    // With an open request, as everyone on the stage.
    stage.person(PERSON, Role::User).await;
    let office = Office::of(&stage.world, &stage.node, "globaladmin@contoso.com").await;
    let page = office.client.get("/portal/requests").await;
    office.grow_old().await;
    let answer = office.accept(&page, "/portal/requests", &[("answer", "reset")]).await;
    let asks = format!("{}/reset-password", path_of(&stage.world, PERSON).await);
    assert_eq!(answer.location.as_deref(), Some(asks.as_str()), "{answer:?}");
    assert_eq!(stage.world.count(LIVE).await, 0);
    assert!(office.client.get(&asks).await.body.contains("your_password"));
}

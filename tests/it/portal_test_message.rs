//! "Try delivery" in the portal: to oneself, by the way of every message, with a page that says what became of it.

use sspr::senders::{Reason, SendError};

use crate::support::{
    app::World,
    client::Answer,
    office::{ELSEWHERE, GLOBAL, Office, path_of},
};

const COMPANY: &str = "/portal/company";
const TEST: &str = "/portal/company/test";

async fn press(office: &Office<'_>, channel: &str) -> Answer {
    office.client.submit(COMPANY, TEST, &[("channel", channel)]).await
}

async fn contacts(world: &World) -> (String, String) {
    sqlx::query_as(
        "select e.address, m.number from users u join alternate_emails e on e.user_id = u.id and e.position = 0
         join mobile_phones m on m.user_id = u.id where u.user_id = $1",
    )
    .bind(GLOBAL)
    .fetch_one(&world.pool)
    .await
    .unwrap()
}

#[tokio::test]
async fn a_test_goes_to_oneself_and_its_page_says_what_became_of_it() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    let (address, number) = contacts(&world).await;

    let pressed = press(&office, "email").await;
    assert_eq!(pressed.status, 303, "{pressed:?}");
    let place = pressed.location.unwrap();
    let page = office.client.get(&place).await;
    assert_eq!(page.heading(), "Test e-mail");
    assert!(page.body.contains("Waiting to be sent.") && page.body.contains("Look again"), "{}", page.body);
    let again = SendError::TryAgain(Reason::new("smtp connect refused"));
    world.mail.fail_next(again);
    node.drain().await;
    let page = office.client.get(&place).await;
    assert!(page.body.contains("smtp connect refused"), "{}", page.body);
    assert!(page.body.contains("Not accepted yet"), "{}", page.body);
    world.execute("update outbox set run_at = now()").await;
    node.drain().await;
    let page = office.client.get(&place).await;
    assert!(page.body.contains("Accepted by the mail relay"), "{}", page.body);
    assert!(page.body.contains("datetime="), "{}", page.body);
    assert!(!page.body.contains(&address), "{}", page.body);
    let mail = world.mail_to(&address).await;
    assert!(mail.subject.starts_with("Test message") && mail.text.contains(GLOBAL), "{}", mail.text);

    let place = press(&office, "sms").await.location.unwrap();
    node.drain().await;
    let page = office.client.get(&place).await;
    assert_eq!(page.heading(), "Test text message");
    assert!(page.body.contains("Accepted by the provider"), "{}", page.body);
    assert!(!page.body.contains(&number) && !page.body.contains("5550"), "{}", page.body);
    assert!(world.sms_to(&number).await.text.starts_with("Test from"));
    for (delivery, words) in [("delivered", "Delivered at"), ("failed", "It could not be delivered")] {
        sqlx::query("update outbox set delivery = $1, delivery_at = now() where channel = 'sms'")
            .bind(delivery)
            .execute(&world.pool)
            .await
            .unwrap();
        let page = office.client.get(&place).await;
        assert!(page.body.contains(words) && !page.body.contains("Look again"), "{}", page.body);
    }

    // Recorded, without where to.
    assert_eq!(world.audited("test_message_sent").await, 2);
    let rows: Vec<String> =
        sqlx::query_scalar("select e::text from audit_events e where event = 'test_message_sent'")
            .fetch_all(&world.pool)
            .await
            .unwrap();
    assert!(rows.iter().all(|row| !row.contains(&address) && !row.contains(&number)), "{rows:?}");
}

#[tokio::test]
async fn a_refusal_and_a_time_that_ran_out_are_said_in_words() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    let place = press(&office, "email").await.location.unwrap();
    world.mail.fail_next(SendError::GiveUp(Reason::new("smtp rcpt").code(550)));
    node.drain().await;
    let page = office.client.get(&place).await;
    assert!(page.body.contains("Refused: “") && page.body.contains("smtp rcpt 550"), "{}", page.body);

    let place = press(&office, "sms").await.location.unwrap();
    world.execute("update outbox set deadline = now() - interval '1 second' where state = 'queued'").await;
    node.drain().await;
    let page = office.client.get(&place).await;
    assert!(page.body.contains("Nobody accepted it within ten minutes"), "{}", page.body);
    assert!(world.sms.sent().is_empty());
}

#[tokio::test]
async fn nobody_else_sees_it_and_five_an_hour_are_enough() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    let place = press(&office, "email").await.location.unwrap();
    let elsewhere = Office::of(&world, &node, ELSEWHERE).await;
    assert_eq!(elsewhere.client.get(&place).await.status, 404);
    // Another global administrator of the same company.
    world
        .execute("update users set role = 'global_administrator' where user_id = 'passwordadmin@contoso.com'")
        .await;
    let colleague = Office::of(&world, &node, "passwordadmin@contoso.com").await;
    assert_eq!(colleague.client.get(COMPANY).await.status, 200);
    assert_eq!(colleague.client.get(&place).await.status, 404);
    // Nor does it show a message that is no test.
    world.execute("update outbox set message = jsonb_set(message, '{kind}', '\"reset_link\"')").await;
    assert_eq!(office.client.get(&place).await.status, 404);
    for nonsense in ["", "/x", "/0192f0c1-2b3a-7c4d-8e5f-60718293a4b5"] {
        let status = office.client.get(&format!("{TEST}{nonsense}")).await.status.as_u16();
        assert!(matches!(status, 404 | 405), "{nonsense}: {status}");
    }
    assert_eq!(press(&office, "pigeon").await.status, 400);

    for _ in 0..4 {
        assert_eq!(press(&office, "email").await.status, 303);
    }
    let sixth = press(&office, "email").await;
    assert_eq!(sixth.status, 422);
    assert!(
        sixth.body.contains("many tests in a short time") && sixth.body.contains("<time"),
        "{}",
        sixth.body
    );
    assert_eq!(world.count("select count(*) from outbox").await, 5);
    // Each has their own, and an hour later there are new ones.
    assert_eq!(press(&colleague, "email").await.status, 303);
    world.execute("update budgets set hits = array(select h - interval '1 hour' from unnest(hits) h)").await;
    assert_eq!(press(&office, "email").await.status, 303);
}

#[tokio::test]
async fn without_contact_data_the_page_leads_to_where_it_is_mended() {
    let world = World::with(&[("SSPR_BUDGETS__SMS_COUNTRY_CODES", "49")]).await;
    let node = world.node_without_workers().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    world.execute("delete from alternate_emails").await;
    let own = path_of(&world, GLOBAL).await;
    for (channel, words) in [("email", "no alternate e-mail address"), ("sms", "no mobile phone to which")] {
        let page = press(&office, channel).await;
        assert_eq!(page.status, 422, "{page:?}");
        assert!(page.body.contains(words), "{}", page.body);
        assert!(page.body.contains(&format!("href=\"{own}\"")), "{}", page.body);
    }
    assert_eq!(world.count("select count(*) from outbox").await, 0);
    assert_eq!(world.audited("test_message_sent").await, 0);
}

//! What a receipt changes in the outbox: once, forward only, for the send that it is about; and the failed text that goes again.

use sspr::{
    random,
    store::outbox::{
        self, End, Finished,
        receipt::{self, Receipt, Taken},
    },
};

use super::{Desk, FIRST, SECOND};
use crate::support::{
    app::World,
    http_server::Answer,
    walk::{JOHN, Walk},
};

#[tokio::test]
async fn a_receipt_is_noted_once_and_only_forward() {
    let world = World::new().await;
    let desk = Desk::new(&world, 1).await;
    desk.waiting().await;
    let id = desk.row().await.id;
    assert_eq!(desk.row().await.is(), ("sent", None, Some("sms")));
    for status in ["accepted", "queued", "sending", "sent", "a word of next year"] {
        desk.tells(id, FIRST, status, None).await;
        assert_eq!(desk.row().await.is(), ("sent", None, Some("sms")), "{status}");
    }
    desk.tells(id, FIRST, "undelivered", Some("30003")).await;
    assert_eq!(desk.row().await.is(), ("sent", Some("failed"), Some("sms")));
    assert_eq!(desk.row().await.delivery_note.as_deref(), Some("30003"));
    // Again, and in another order.
    let at = "select extract(epoch from delivery_at * 1000000)::bigint from outbox where channel = 'sms'";
    let at = at.replace("delivery_at * 1000000", "delivery_at");
    let when = async || {
        sqlx::query_scalar::<_, i64>(sqlx::AssertSqlSafe(at.clone())).fetch_one(&world.pool).await.unwrap()
    };
    let noted = when().await;
    world
        .execute("update outbox set delivery_at = delivery_at - interval '100 s' where channel = 'sms'")
        .await;
    desk.tells(id, FIRST, "failed", Some("30008")).await;
    desk.tells(id, FIRST, "sent", None).await;
    assert_eq!(desk.row().await.delivery_note.as_deref(), Some("30003"));
    assert!(when().await <= noted - 99);
    let events = desk.events().await;
    assert_eq!(events.len(), 1, "{events:?}");
    let (outcome, subject, with_attempt, details) = &events[0];
    assert_eq!((outcome.as_str(), subject.as_str(), *with_attempt), ("failed", JOHN, true));
    assert_eq!(
        *details,
        serde_json::json!({ "channel": "sms", "message": "security_code", "provider": "sms", "code": "30003" })
    );
    // The phone was switched on after all; then nothing takes it back.
    desk.tells(id, FIRST, "delivered", None).await;
    assert_eq!(desk.row().await.is(), ("sent", Some("delivered"), Some("sms")));
    assert_eq!(desk.row().await.delivery_note, None);
    desk.tells(id, FIRST, "undelivered", Some("30003")).await;
    assert_eq!(desk.row().await.is(), ("sent", Some("delivered"), Some("sms")));
    assert_eq!(desk.events().await.len(), 1);
}

#[tokio::test]
async fn a_receipt_finds_its_message_by_the_providers_name_too_and_no_other() {
    let world = World::new().await;
    let desk = Desk::new(&world, 1).await;
    desk.waiting().await;
    for sid in [SECOND, FIRST] {
        assert_eq!(desk.receipt(None, sid, "delivered", None).await.status, 204);
        let expected = (sid == FIRST).then_some("delivered");
        assert_eq!(desk.row().await.delivery.as_deref(), expected, "{sid}");
    }
    // The same name in another provider's messages, a mail, and an id of nobody.
    world.execute("update outbox set provider = 'sms_3', delivery = null where channel = 'sms'").await;
    assert_eq!(desk.receipt(None, FIRST, "undelivered", None).await.status, 204);
    assert_eq!(desk.row().await.delivery, None);
    let mail = sqlx::query_scalar("select id from outbox where channel = 'email' and state = 'sent' limit 1");
    desk.tells(mail.fetch_one(&world.pool).await.unwrap(), FIRST, "undelivered", None).await;
    desk.tells(random::id(), FIRST, "undelivered", None).await;
    assert_eq!(world.count("select count(*) from outbox where delivery is not null").await, 0);
    assert_eq!(desk.events().await.len(), 0);
}

#[tokio::test]
async fn a_text_that_failed_goes_to_the_next_provider_once_with_the_same_code() {
    let world = World::new().await;
    let desk = Desk::new(&world, 2).await;
    let walk = desk.waiting().await;
    assert_eq!(desk.sent(), (1, 0));
    let id = desk.row().await.id;
    desk.tells(id, FIRST, "undelivered", Some("30005")).await;
    let row = desk.row().await;
    assert_eq!((row.is(), row.maybe_sent), (("queued", None, Some("sms")), 1));
    // Once more, before and after the second send.
    desk.tells(id, FIRST, "undelivered", Some("30005")).await;
    desk.node.drain().await;
    assert_eq!(desk.sent(), (1, 1));
    desk.tells(id, FIRST, "undelivered", Some("30005")).await;
    assert_eq!(desk.row().await.is(), ("sent", None, Some("sms_2")));
    let texts = desk.texts();
    assert_eq!(texts[0]["Body"], texts[1]["Body"], "the same code");
    // The second fails as well: a third time it never leaves.
    desk.tells(id, SECOND, "failed", Some("30006")).await;
    assert_eq!(desk.row().await.is(), ("sent", Some("failed"), Some("sms_2")));
    desk.node.drain().await;
    assert_eq!(desk.sent(), (1, 1));
    let outcomes: Vec<String> = desk.events().await.into_iter().map(|(outcome, ..)| outcome).collect();
    assert_eq!(outcomes, ["goes_again", "failed"]);
    // The code of both is good.
    let code = crate::support::client::code_in(&texts[1]["Body"]);
    assert_eq!(walk.type_code(&code).await.location.as_deref(), Some("/reset/new-password"));
}

#[tokio::test]
async fn a_failed_text_stays_where_another_send_would_help_nobody() {
    let world = World::new().await;
    for (why, change) in [
        ("the code is spent", "update reset_tokens set consumed_at = now() where purpose = 'security_code'"),
        ("a newer code", "update reset_tokens set replaced_at = now() where purpose = 'security_code'"),
        ("the code is over", "update reset_tokens set expires_at = now() where purpose = 'security_code'"),
        ("the deadline", "update outbox set deadline = now() where channel = 'sms'"),
        ("it may have left twice", "update outbox set maybe_sent = 1 where channel = 'sms'"),
    ] {
        world.execute("delete from reset_attempts").await;
        world.execute("delete from budgets").await;
        let desk = Desk::new(&world, 2).await;
        desk.waiting().await;
        world.execute(change).await;
        let id = desk.row().await.id;
        desk.tells(id, FIRST, "undelivered", None).await;
        assert_eq!(desk.row().await.is(), ("sent", Some("failed"), Some("sms")), "{why}");
    }
}

#[tokio::test]
async fn a_receipt_that_is_faster_than_our_own_commit_is_not_lost() {
    let world = World::new().await;
    for (providers, status, now, then) in [
        (1, "delivered", ("sent", Some("delivered")), ("sent", Some("delivered"))),
        (1, "undelivered", ("queued", Some("failed")), ("sent", Some("failed"))),
        (2, "undelivered", ("queued", Some("failed")), ("queued", None)),
    ] {
        world.execute("delete from reset_attempts").await;
        world.execute("delete from budgets").await;
        let desk = Desk::new(&world, providers).await;
        let walk = Walk::new(&world, &desk.node);
        desk.start(&walk).await;
        // A worker has it, and the provider too; the answer is still on its way.
        let worker = random::id();
        let claimed = outbox::claim(&world.pool, worker, 10, 30.0).await.unwrap();
        let id = claimed.iter().find(|row| row.channel == "sms").unwrap().id;
        desk.tells(id, FIRST, status, None).await;
        let row = desk.row().await;
        assert_eq!((row.state.as_str(), row.delivery.as_deref()), now, "{providers} {status}");
        let end = End { state: "sent", provider: Some("sms"), reference: Some(FIRST), ..End::default() };
        let finished = outbox::finish(&world.pool, id, worker, &end).await.unwrap();
        let expected = if status == "delivered" { Finished::NotMine } else { Finished::MineAndFailed };
        assert_eq!(finished, expected);
        if finished == Finished::MineAndFailed {
            let sections = desk.node.app.outbox.senders.sms_sections();
            let again = outbox::receipt::go_again(&world.pool, id, &sections).await.unwrap();
            assert_eq!(again, providers == 2);
        }
        let row = desk.row().await;
        assert_eq!((row.state.as_str(), row.delivery.as_deref()), then, "{providers} {status}");
    }
}

#[tokio::test]
async fn a_slow_provider_that_delivered_all_the_same_ends_the_second_try() {
    let world = World::new().await;
    let desk = Desk::new(&world, 1).await;
    let walk = Walk::new(&world, &desk.node);
    desk.start(&walk).await;
    // It has taken the message and answers 500.
    desk.first.answers(Answer::Garbage(500));
    desk.node.drain().await;
    let row = desk.row().await;
    assert_eq!((row.is(), row.maybe_sent), (("queued", None, Some("sms")), 1));
    // "Failed" of a send that we take for failed already says nothing new; "delivered" does.
    desk.tells(row.id, FIRST, "undelivered", None).await;
    assert_eq!(desk.row().await.is(), ("queued", None, Some("sms")));
    desk.tells(row.id, FIRST, "delivered", None).await;
    assert_eq!(desk.row().await.is(), ("sent", Some("delivered"), Some("sms")));
    world.execute("update outbox set run_at = now()").await;
    desk.node.drain().await;
    assert_eq!(desk.sent(), (1, 0));
}

#[tokio::test]
async fn of_a_thousand_receipts_at_once_one_puts_the_text_back() {
    let world = World::new().await;
    let desk = Desk::new(&world, 2).await;
    desk.waiting().await;
    let id = desk.row().await.id;
    let all = (0..50).map(|_| desk.receipt(Some(id), FIRST, "undelivered", Some("30003")));
    for answer in futures_util::future::join_all(all).await {
        assert_eq!(answer.status, 204);
    }
    let row = desk.row().await;
    assert_eq!((row.is(), row.maybe_sent), (("queued", None, Some("sms")), 1));
    assert_eq!(desk.events().await.len(), 1);
    desk.node.drain().await;
    assert_eq!(desk.sent(), (1, 1));
}

#[tokio::test] // readiness
async fn readiness_doubts_a_phone_by_its_receipts() {
    let world = World::new().await;
    let desk = Desk::new(&world, 1).await;
    desk.waiting().await;
    let id = desk.row().await.id;
    let doubts = async || -> Vec<String> {
        sqlx::query_scalar(
            "select r.doubts from users u, readiness_of(u.id, '{}', 1000, 1000, 1000) r where u.user_id = 'johnsmith@contoso.com'",
        )
        .fetch_one(&world.pool)
        .await
        .unwrap()
    };
    let failed = "sms_failed".to_owned();
    assert!(!doubts().await.contains(&failed));
    desk.tells(id, FIRST, "undelivered", Some("30003")).await;
    assert!(doubts().await.contains(&failed));
    desk.tells(id, FIRST, "delivered", None).await;
    assert!(!doubts().await.contains(&failed));
}

#[tokio::test]
async fn of_a_provider_that_names_its_messages_nothing_a_failed_text_goes_to_the_other_one_and_late_receipts_change_nothing()
 {
    let world = World::new().await;
    let desk = Desk::new(&world, 2).await;
    desk.waiting().await;
    world.execute("update outbox set provider_reference = null where channel = 'sms'").await;
    let id = desk.row().await.id;
    let told = async |sections: &[&str], delivered| {
        let receipt = Receipt {
            id: Some(id),
            reference: None,
            sections,
            delivered,
            note: None,
            all_sections: &["sms", "sms_2"],
            event: random::id(),
        };
        receipt::take(&world.pool, &receipt).await.unwrap()
    };
    // Of one who never had it, by whatever secret.
    assert_eq!(
        (told(&["sms_3"], true).await, told(&["sms_2"], false).await),
        (Taken::Nothing, Taken::Nothing)
    );
    assert_eq!(told(&["sms"], false).await, Taken::GoesAgain);
    assert_eq!(told(&["sms"], false).await, Taken::Nothing);
    assert_eq!(told(&["sms_2"], true).await, Taken::Nothing);
    let worker = random::id();
    let claimed = outbox::claim(&world.pool, worker, 1, 30.0).await.unwrap().remove(0);
    assert_eq!((claimed.id, claimed.avoid.as_deref(), claimed.maybe_sent), (id, Some("sms"), 1));
    // The first one's receipt comes twice while the second is being asked.
    assert_eq!(told(&["sms"], false).await, Taken::Nothing);
    let end = End { state: "sent", provider: Some("sms_2"), ..End::default() };
    assert_eq!(outbox::finish(&world.pool, id, worker, &end).await.unwrap(), Finished::Mine);
    assert_eq!(told(&["sms"], false).await, Taken::Nothing);
    assert_eq!(told(&["sms_2"], true).await, Taken::Noted);
    assert_eq!(desk.row().await.is(), ("sent", Some("delivered"), Some("sms_2")));
}

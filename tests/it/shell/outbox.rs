//! `sspr outbox …`, as an operator types it.

use sspr::{domain::user::Role, random};

use super::Shell;
use crate::{
    role_table::Stage,
    support::walk::{JOHN, JOHN_MAIL, JOHN_PHONE, Walk},
};

async fn ids(shell: &Shell, line: &str) -> Vec<String> {
    let heard = shell.types(format!("outbox list -o json {line}").trim_end()).await.json();
    heard.as_array().unwrap().iter().map(|m| m["MessageId"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn messages_are_listed_by_every_filter_and_shown_with_what_can_be_done() {
    let stage = Stage::new().await;
    let shell = Shell::of(&stage.world, &stage.node.url);
    let none = shell.types("outbox list -o table").await;
    assert_eq!((none.code, none.out.as_str()), (0, ""));
    assert_eq!(none.err, "sspr: there are no messages\n");
    assert_eq!(shell.types("outbox list --failed").await.err, "sspr: no message failed\n");
    assert_eq!(shell.types("outbox list --failed --since 1h").await.err, "sspr: no such message failed\n");
    assert_eq!(shell.types("outbox list --state sent").await.err, "sspr: no such message\n");
    let sam = stage.person("sam@contoso.com", Role::User).await;
    let theirs = stage.person("sam@fabrikam.com", Role::User).await;
    let failed = stage.message(sam, "gave_up").await.to_string();
    let waiting = stage.message(sam, "queued").await.to_string();
    let others = stage.message(theirs, "sent").await.to_string();
    stage
        .world
        .execute("update outbox set created_at = now() - interval '3 days' where state = 'gave_up'")
        .await;
    assert_eq!(ids(&shell, "").await, [&others, &waiting, &failed].map(Clone::clone));
    for (line, expected) in [
        ("--company contoso.com", vec![&waiting, &failed]),
        ("--company nowhere.example", vec![]),
        ("--state queued", vec![&waiting]),
        ("--failed", vec![&failed]),
        ("--failed --since 2d", vec![]),
        ("--channel sms", vec![]),
        ("--kind set_password_link --user sam@fabrikam.com", vec![&others]),
        ("--user SAM@contoso.com --limit 1", vec![&waiting]),
    ] {
        let found = ids(&shell, line).await;
        assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{line}");
    }
    let cut = shell.types("outbox list --limit 2 -o csv").await;
    assert!(
        cut.err.contains("--limit shows more") && cut.out.starts_with("MessageId,CreatedAt,Channel,"),
        "{cut:?}"
    );
    shell.types("outbox list --user nobody@contoso.com").await.refused(1, "there is no user");
    shell.types("outbox list --state lost").await.refused(2, "gave_up");
    shell.types("outbox list --kind lost").await.refused(2, "security_code");

    let shown = shell.types(&format!("outbox show {failed} -o json")).await.json();
    assert_eq!(shown["UserId"], "sam@contoso.com");
    assert_eq!(shown["Recipient"], "q••••••a@••••••.example");
    assert_eq!(
        (&shown["State"], &shown["Tries"], &shown["Answer"]),
        (&"gave_up".into(), &1.into(), &"550 5.1.1".into())
    );
    assert_eq!((&shown["CanRetry"], &shown["CanCancel"]), (&true.into(), &false.into()));
    let words = shell.types(&format!("outbox show {waiting}")).await;
    assert!(
        words.out.contains("set password link") && words.out.contains("False: it waits in the queue"),
        "{words:?}"
    );
    shell.types(&format!("outbox show {}", random::id())).await.refused(1, "no such message");
}

#[tokio::test]
async fn what_can_be_done_is_done_and_the_rest_is_refused_with_its_reason() {
    let stage = Stage::new().await;
    let shell = Shell::of(&stage.world, &stage.node.url);
    let sam = stage.person("sam@contoso.com", Role::User).await;
    let [failed, waiting, sent] = [
        stage.message(sam, "gave_up").await,
        stage.message(sam, "queued").await,
        stage.message(sam, "sent").await,
    ];
    let unknown = random::id();
    let some = shell.types(&format!("outbox retry {failed} {waiting} {sent} {unknown} -o json")).await;
    assert_eq!(some.code, 1);
    let done: serde_json::Value = serde_json::from_str(&some.out).unwrap();
    assert_eq!(done.as_array().unwrap().len(), 1);
    assert_eq!((&done[0]["MessageId"], &done[0]["State"]), (&failed.to_string().into(), &"queued".into()));
    for (id, words) in
        [(waiting, "it waits in the queue"), (sent, "it was sent"), (unknown, "there is no such message")]
    {
        assert!(
            some.err.lines().any(|line| line.contains(&id.to_string()) && line.contains(words)),
            "{some:?}"
        );
    }
    let stopped = shell.types(&format!("outbox cancel {failed} {waiting} -o json")).await.json();
    assert!(stopped.as_array().unwrap().iter().all(|message| message["State"] == "cancelled"), "{stopped}");
    shell.types(&format!("outbox cancel {waiting}")).await.refused(1, "does not wait any more");
    shell.types("outbox cancel").await.refused(2, "MESSAGE_ID");
    shell.types("outbox retry").await.refused(2, "MESSAGE_ID");
    shell.types(&format!("outbox retry {failed} --all-given-up")).await.refused(2, "--all-given-up");
    shell.types(&format!("outbox retry {failed} --since 1h")).await.refused(2, "--since");
    let recorded = stage
        .world
        .count("select count(*) from audit_events where event like 'message%' and actor = 'operator:ann'");
    assert_eq!(recorded.await, 3);
}

#[tokio::test]
async fn after_an_outage_one_line_sends_all_again_and_the_running_service_takes_them() {
    let stage = Stage::new().await;
    let shell = Shell::of(&stage.world, &stage.node.url);
    let sam = stage.person("sam@contoso.com", Role::User).await;
    for _ in 0..3 {
        stage.message(sam, "gave_up").await;
    }
    let late = stage.message(sam, "gave_up").await;
    sqlx::query("update outbox set deadline = now() where id = $1")
        .bind(late)
        .execute(&stage.world.pool)
        .await
        .unwrap();
    let notice = "update outbox set message = jsonb_build_object('kind', 'request_refused', 'user_id', 'sam@contoso.com', 'at', now())";
    stage.world.execute(notice).await;
    let node = stage.world.node().await;
    let heard = shell.types("outbox retry --all-given-up --since 1h -o json").await;
    assert!(heard.err.contains("1 not sent again: its time is over"), "{heard:?}");
    let told = heard.json();
    assert_eq!((&told["Retried"], &told["Refused"]), (&3.into(), &1.into()));
    stage.world.wait("all three", || (stage.world.mail.sent().len() == 3).then_some(())).await;
    drop(node);
}

#[tokio::test] // V-47
async fn nothing_that_is_printed_is_a_recipient_a_link_or_a_code() {
    let stage = Stage::new().await;
    let shell = Shell::of(&stage.world, &stage.node.url);
    let walk = Walk::new(&stage.world, &stage.node);
    walk.start(JOHN).await;
    stage.node.drain().await;
    let link = walk.link().await;
    walk.open_link(&link).await;
    stage.node.drain().await;
    let code = walk.code().await;
    let token = link.rsplit_once('/').unwrap().1;
    for form in ["list", "table", "json", "csv"] {
        let mut told = shell.types(&format!("outbox list -o {form}")).await.out;
        for id in ids(&shell, "").await {
            told += &shell.types(&format!("outbox show {id} -o {form}")).await.out;
        }
        for secret in [JOHN_MAIL, JOHN_PHONE, "4255550100", token, code.as_str()] {
            assert!(!told.contains(secret), "{form}: {secret}: {told}");
        }
        assert!(told.contains("••••••00") && told.contains("j••••••h@••••••.com"), "{form}: {told}");
    }
}

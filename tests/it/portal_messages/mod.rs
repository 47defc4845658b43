//! `/portal/messages`: what an administrator sees of what was sent, finds by filters, sends again and stops.

use sspr::domain::user::Role;
use uuid::Uuid;

use crate::{
    role_table::{Stage, routes::Browser},
    support::client::Answer,
};

/// A global administrator of Contoso in front of the portal, and a colleague to whom messages go.
struct Desk {
    stage: Stage,
    browser: Browser,
    sam: Uuid,
}

impl Desk {
    async fn new() -> Self {
        let stage = Stage::new().await;
        stage.person("boss@contoso.com", Role::GlobalAdministrator).await;
        let sam = stage.person("sam@contoso.com", Role::PasswordAdministrator).await;
        let browser = stage.signs_in("boss@contoso.com").await;
        Self { stage, browser, sam }
    }

    async fn state(&self, id: Uuid) -> String {
        sqlx::query_scalar("select state from outbox where id = $1")
            .bind(id)
            .fetch_one(&self.stage.world.pool)
            .await
            .unwrap()
    }
}

/// The ids on a page of the list, in their order.
fn ids(answer: &Answer) -> Vec<Uuid> {
    let links = answer.body.split("href=\"/portal/messages/").skip(1);
    links.filter_map(|rest| rest.split_once('"')?.0.parse().ok()).collect()
}

/// Where the link with these words leads.
fn link(answer: &Answer, words: &str) -> Option<String> {
    let (before, _) = answer.body.split_once(&format!(">{words}</a>"))?;
    let (_, href) = before.rsplit_once("href=\"")?;
    Some(href.split_once('"')?.0.replace("&#38;", "&").replace("&amp;", "&"))
}

#[tokio::test]
async fn the_list_pages_to_its_end_and_back_and_stays_the_same_while_messages_come() {
    let mut desk = Desk::new().await;
    for n in 0..120i32 {
        let id = desk.stage.message(desk.sam, "sent").await;
        sqlx::query("update outbox set created_at = now() - $2 * interval '1 s' where id = $1")
            .bind(id)
            .bind(n + 100)
            .execute(&desk.stage.world.pool)
            .await
            .unwrap();
    }
    let first = desk.browser.get("/portal/messages").await;
    assert_eq!(ids(&first).len(), 50);
    assert!(link(&first, "Newer").is_none());
    // A message comes while the administrator reads: the next page begins where this one ended.
    desk.stage.message(desk.sam, "queued").await;
    let second = desk.browser.get(&link(&first, "Older").unwrap()).await;
    let third = desk.browser.get(&link(&second, "Older").unwrap()).await;
    assert_eq!((ids(&second).len(), ids(&third).len()), (50, 20));
    assert!(link(&third, "Older").is_none());
    let all: Vec<Uuid> = [&first, &second, &third].into_iter().flat_map(ids).collect();
    let expected: Vec<Uuid> =
        sqlx::query_scalar("select id from outbox where state = 'sent' order by created_at desc, id desc")
            .fetch_all(&desk.stage.world.pool)
            .await
            .unwrap();
    assert_eq!(all, expected);
    let back = desk.browser.get(&link(&third, "Newer").unwrap()).await;
    assert_eq!(ids(&back), ids(&second));
}

#[tokio::test]
async fn filters_stand_in_the_address_and_hold_together() {
    let mut desk = Desk::new().await;
    let other = desk.stage.person("kim@contoso.com", Role::User).await;
    let failed = desk.stage.message(desk.sam, "gave_up").await;
    let waiting = desk.stage.message(desk.sam, "queued").await;
    let others = desk.stage.message(other, "gave_up").await;
    let undelivered = desk.stage.message(desk.sam, "sent").await;
    sqlx::query("update outbox set delivery = 'failed', channel = 'sms', message = '{\"kind\": \"security_code\"}' where id = $1")
        .bind(undelivered)
        .execute(&desk.stage.world.pool)
        .await
        .unwrap();
    let sam = desk.sam;
    for (query, expected) in [
        (String::new(), vec![undelivered, others, waiting, failed]),
        ("?state=failed".into(), vec![undelivered, others, failed]),
        ("?state=queued".into(), vec![waiting]),
        ("?channel=sms".into(), vec![undelivered]),
        ("?kind=security_code".into(), vec![undelivered]),
        (format!("?user={sam}"), vec![undelivered, waiting, failed]),
        (format!("?user={sam}&state=failed&channel=email"), vec![failed]),
        ("?from=2020-01-01".into(), vec![undelivered, others, waiting, failed]),
        ("?from=9000-01-01".into(), vec![]),
        // What no form of ours sends is no filter.
        ("?state=x&channel=y&kind=z&older=1&newer=2".into(), vec![undelivered, others, waiting, failed]),
    ] {
        let answer = desk.browser.get(&format!("/portal/messages{query}")).await;
        assert_eq!((answer.status.as_u16(), ids(&answer)), (200, expected.clone()), "{query}");
        assert_eq!(answer.body.contains("class=\"nothing\""), expected.is_empty(), "{query}");
    }
    let wrong = desk.browser.get("/portal/messages?from=tomorrow").await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.body.contains("Enter a day") && wrong.body.contains("value=\"tomorrow\""));
    let of_sam = desk.browser.get(&format!("/portal/messages?user={sam}")).await;
    assert!(
        of_sam.body.contains("Only messages to <bdi class=\"name\">sam@contoso.com</bdi>"),
        "{}",
        of_sam.body
    );
    let user = desk.browser.get(&format!("/portal/users/{sam}")).await;
    assert_eq!(link(&user, "Messages to this user").unwrap(), format!("/portal/messages?user={sam}"));
}

#[tokio::test]
async fn no_page_holds_a_recipient_a_text_a_link_or_a_code() {
    let mut desk = Desk::new().await;
    let message = desk.stage.message(desk.sam, "gave_up").await;
    for path in ["/portal/messages".to_owned(), format!("/portal/messages/{message}")] {
        let answer = desk.browser.get(&path).await;
        assert!(answer.body.contains("q••••••a@••••••.example"), "{path}: {}", answer.body);
        assert!(!answer.body.contains("quagga") && !answer.body.contains("home.example"), "{path}");
        assert!(!answer.body.contains("/set-password/"), "{path}");
        assert!(answer.body.contains("550 5.1.1") && answer.body.contains("sam@contoso.com"), "{path}");
    }
}

#[tokio::test]
async fn a_message_is_sent_again_and_stopped_by_its_buttons_and_each_answer_says_so() {
    let mut desk = Desk::new().await;
    let message = desk.stage.message(desk.sam, "gave_up").await;
    let at = format!("/portal/messages/{message}");
    let page = desk.browser.get(&at).await;
    assert!(page.body.contains("Send again") && !page.body.contains("Stop this message"), "{}", page.body);
    let done = desk.browser.post(&format!("{at}/retry"), &[]).await;
    assert_eq!(
        (done.status.as_u16(), done.location.as_deref()),
        (303, Some(&*format!("{at}?notice=retried")))
    );
    assert_eq!(desk.state(message).await, "queued");
    let page = desk.browser.get(&format!("{at}?notice=retried")).await;
    assert!(page.body.contains("in the queue again") && page.body.contains("Stop this message"));
    assert!(!page.body.contains("Send again"));
    // A second press of a button on an old page does nothing and says why.
    let twice = desk.browser.post(&format!("{at}/retry"), &[]).await;
    assert_eq!(twice.status, 422);
    assert!(twice.body.contains("waits in the queue already"), "{}", twice.body);
    let stopped = desk.browser.post(&format!("{at}/cancel"), &[]).await;
    assert_eq!(stopped.location.as_deref(), Some(&*format!("{at}?notice=cancelled")));
    assert_eq!(desk.state(message).await, "cancelled");
    let twice = desk.browser.post(&format!("{at}/cancel"), &[]).await;
    assert!(twice.status == 422 && twice.body.contains("nothing to stop"), "{}", twice.body);
    let actors: Vec<(String, String, Option<String>)> = sqlx::query_as(
        "select event, actor, network from audit_events where event like 'message%' order by at, id",
    )
    .fetch_all(&desk.stage.world.pool)
    .await
    .unwrap();
    let boss = "boss@contoso.com".to_owned();
    let events: Vec<&str> = actors.iter().map(|(event, ..)| event.as_str()).collect();
    assert_eq!(events, ["message_retried", "message_cancelled"]);
    assert!(actors.iter().all(|(_, actor, network)| *actor == boss && network.is_some()), "{actors:?}");
    let audit = desk.browser.get("/portal/audit").await;
    assert!(audit.body.contains("Message put back into the queue") && audit.body.contains("Message stopped"));
}

#[tokio::test] // N-23
async fn a_notice_and_what_is_on_its_way_have_no_button_and_a_forged_form_stops_neither() {
    let mut desk = Desk::new().await;
    let notice = desk.stage.message(desk.sam, "queued").await;
    sqlx::query("update outbox set message = '{\"kind\": \"contact_changed\"}' where id = $1")
        .bind(notice)
        .execute(&desk.stage.world.pool)
        .await
        .unwrap();
    let leaving = desk.stage.message(desk.sam, "queued").await;
    sqlx::query(
        "update outbox set lease_until = now() + interval '30 s', lease_by = gen_random_uuid() where id = $1",
    )
    .bind(leaving)
    .execute(&desk.stage.world.pool)
    .await
    .unwrap();
    for (message, why) in [(notice, "tells a person what happened"), (leaving, "may have left already")] {
        let page = desk.browser.get(&format!("/portal/messages/{message}")).await;
        assert!(!page.body.contains("Stop this message") && page.body.contains(why), "{}", page.body);
        let forged = desk.browser.post(&format!("/portal/messages/{message}/cancel"), &[]).await;
        assert!(forged.status == 422 && forged.body.contains(why), "{}", forged.body);
        assert_eq!(desk.state(message).await, "queued");
    }
}

#[tokio::test]
async fn a_retry_wakes_the_workers() {
    let stage = Stage::new().await;
    let sam = stage.person("sam@contoso.com", Role::User).await;
    stage.person("boss@contoso.com", Role::GlobalAdministrator).await;
    let message = stage.message(sam, "gave_up").await;
    sqlx::query("update outbox set message = jsonb_build_object('kind', 'request_refused', 'user_id', 'sam@contoso.com', 'at', now()) where id = $1")
        .bind(message)
        .execute(&stage.world.pool)
        .await
        .unwrap();
    let mut browser = stage.signs_in("boss@contoso.com").await;
    let stop = tokio_util::sync::CancellationToken::new();
    // Its workers look by themselves only once a minute.
    let mut outbox = stage.node.app.outbox.clone();
    outbox.poll = std::time::Duration::from_mins(1);
    let workers = tokio::spawn(sspr::outbox::worker::run(outbox, stop.clone()));
    let answer = browser.post(&format!("/portal/messages/{message}/retry"), &[]).await;
    assert_eq!(answer.status, 303, "{answer:?}");
    stage.world.mail_to("quagga@home.example").await;
    stop.cancel();
    workers.await.unwrap();
}

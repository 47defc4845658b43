//! What people asked with "Contact your administrator": listed to those who may reset them, answered once, taken back.

use crate::support::{
    app::{Node, World},
    client::{Answer, Client, link_in},
    crowd::form,
    rows::Rows,
    walk::{JOHN, NEW},
};

const PAGE: &str = "/portal/requests";
const ADMIN: &str = "globaladmin@contoso.com";
const PASSWORD_ADMIN: &str = "passwordadmin@contoso.com";
const USER: &str = "user@contoso.com";
const USER_MAIL: &str = "user@fabrikam.com";

async fn signed_in(world: &World, node: &Node, user_id: &str) -> Client {
    let client = Client::new(&node.url);
    let fields = [("user_id", user_id), ("password", &*world.first_password(user_id))];
    assert_eq!(client.submit("/sign-in", "/sign-in", &fields).await.status, 303);
    client
}

/// Someone asks for help.
async fn asks(node: &Node, user_id: &str) {
    let path = "/contact-administrator";
    let answer = Client::new(&node.url).submit(path, path, &[("user_id", user_id)]).await;
    assert_eq!(answer.status, 303, "{answer:?}");
    node.decide().await;
}

/// The request of someone, as the form names it.
async fn request_of(world: &World, user_id: &str) -> String {
    let id: uuid::Uuid = sqlx::query_scalar(
        "select q.id from contact_requests q join users u on u.id = q.user_id where u.user_id = $1 order by asked_at desc limit 1",
    )
    .bind(user_id)
    .fetch_one(&world.pool)
    .await
    .unwrap();
    id.to_string()
}

/// Answers as a button does, with the token of the page.
async fn answer(client: &Client, request: &str, answer: &str) -> Answer {
    let token = form(client, PAGE, "/sign-out").await.hidden;
    client.post_form(PAGE, token, &[("request", request), ("answer", answer)]).await
}

async fn follow(client: &Client, answer: &Answer) -> Answer {
    assert_eq!(answer.status, 303, "{answer:?}");
    client.get(answer.location.as_deref().unwrap()).await
}

/// Which of these user IDs stand on the page.
fn named<'u>(page: &str, user_ids: &[&'u str]) -> Vec<&'u str> {
    let list = page.split_once("<main").unwrap().1.split_once("</main>").unwrap().0;
    user_ids.iter().copied().filter(|user_id| list.contains(user_id)).collect()
}

#[tokio::test]
async fn a_request_is_answered_with_a_link_to_the_person_s_own_address() {
    let world = World::new().await;
    let node = world.node().await;
    asks(&node, USER).await;
    let admin = signed_in(&world, &node, PASSWORD_ADMIN).await;
    let page = admin.get(PAGE).await;
    assert_eq!(page.heading(), "Requests");
    assert!(page.body.contains(USER) && page.body.contains("1 open"), "{}", page.body);

    let request = request_of(&world, USER).await;
    let done = follow(&admin, &answer(&admin, &request, "reset").await).await;
    assert!(done.body.contains("A one-time link is on its way to") && done.body.contains("Nobody waits"));
    let mail = world.mail_to(USER_MAIL).await;
    assert!(mail.subject.starts_with("Set a new password ("), "{}", mail.subject);
    assert!(mail.text.contains(PASSWORD_ADMIN), "{}", mail.text);
    let link = link_in(&mail.text);
    let path = &link[link.find("/set-password/").unwrap()..];
    assert!(!done.body.contains(path) && !done.body.contains("fabrikam"), "the administrator sees no link");
    let fields = [("new_password", NEW), ("confirm_password", NEW)];
    assert_eq!(Client::new(&node.url).submit(path, path, &fields).await.status, 303);
    let user = Client::new(&node.url);
    let signed = user.submit("/sign-in", "/sign-in", &[("user_id", USER), ("password", NEW)]).await;
    assert_eq!(signed.status, 303);
    assert_eq!(world.audited("request_answered").await, 1);
    assert_eq!(world.audited("link_sent").await, 1);
    let all = admin.get("/portal/requests?show=all").await.body;
    assert!(
        all.contains("Answered requests") && all.contains(PASSWORD_ADMIN) && all.contains(">Reset</span>")
    );
}

#[tokio::test]
async fn a_refusal_is_told_to_the_person_and_can_be_taken_back() {
    let world = World::new().await;
    let node = world.node().await;
    asks(&node, USER).await;
    let admin = signed_in(&world, &node, ADMIN).await;
    let request = request_of(&world, USER).await;
    let done = follow(&admin, &answer(&admin, &request, "refuse").await).await;
    assert!(done.body.contains("is refused.") && done.body.contains("They are told"), "{}", done.body);
    let mail = world.mail_to(USER_MAIL).await;
    assert!(mail.subject.starts_with("Your request for a password reset was refused"), "{}", mail.subject);

    let undone = follow(&admin, &answer(&admin, &request, "reopen").await).await;
    assert!(undone.body.contains("waits again.") && named(&undone.body, &[USER]).len() == 1);
    assert_eq!(
        world.count("select count(*) from contact_requests where state = 'open' and closed_by is null").await,
        1
    );
    assert_eq!(world.audited("request_answered").await, 2);
    let again = answer(&admin, &request, "reopen").await;
    assert_eq!(again.status, 422);
    assert!(again.body.contains("This can’t be undone"), "{}", again.body);
}

#[tokio::test]
async fn a_person_who_asked_again_is_not_opened_twice() {
    let world = World::new().await;
    let node = world.node().await;
    asks(&node, USER).await;
    let admin = signed_in(&world, &node, ADMIN).await;
    let first = request_of(&world, USER).await;
    answer(&admin, &first, "refuse").await;
    asks(&node, USER).await;
    let page = admin.get("/portal/requests?show=all").await.body;
    assert_eq!(page.matches("value=\"reopen\"").count(), 0, "no undo while a newer one waits: {page}");
    assert_eq!(answer(&admin, &first, "reopen").await.status, 422);
    assert_eq!(world.count("select count(*) from contact_requests where state = 'open'").await, 1);
}

#[tokio::test] // The role table: nobody sees or answers whom they may not reset.
async fn each_role_sees_and_answers_the_requests_of_those_whom_it_may_reset() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let everyone = [ADMIN, JOHN, PASSWORD_ADMIN, "billingadmin@contoso.com", USER, "user@fabrikam.com"];
    world
        .execute(
            "insert into contact_requests (id, company_id, user_id, browser)
             select gen_random_uuid(), company_id, id, 'Firefox on Windows' from users where blocked_at is null",
        )
        .await;
    for (viewer, sees) in [
        (ADMIN, vec![JOHN, PASSWORD_ADMIN, "billingadmin@contoso.com", USER]),
        (JOHN, vec![PASSWORD_ADMIN, USER]),
        (PASSWORD_ADMIN, vec![USER]),
    ] {
        let client = signed_in(&world, &node, viewer).await;
        let page = client.get(PAGE).await.body;
        assert_eq!(named(&page, &everyone), sees, "{viewer}");
        for target in everyone {
            let request = request_of(&world, target).await;
            let before = Rows::read(&world.pool).await;
            let denied = world.audited("access_denied").await;
            let mut changed = 0;
            for what in ["reset", "refuse", "reopen"] {
                let status = answer(&client, &request, what).await.status.as_u16();
                match (sees.contains(&target), target.ends_with("fabrikam.com") || target == viewer) {
                    (true, _) => changed += i32::from(status == 303),
                    (false, true) => assert_eq!(status, 404, "{viewer} {what} {target}"),
                    (false, false) => {
                        // Nothing can be taken back that is not refused; who may not see it is told less.
                        assert!(matches!(status, 403 | 404), "{viewer} {what} {target}: {status}");
                    }
                }
            }
            if sees.contains(&target) {
                assert!(changed >= 1, "{viewer} {target}");
                world
                    .execute("update contact_requests set state = 'open', closed_at = null, closed_by = null")
                    .await;
            } else {
                let changes = before.changes(&Rows::read(&world.pool).await);
                assert!(
                    changes.keys().all(|table| matches!(*table, "audit_events" | "budgets")),
                    "{viewer} {target}: {changes:?}"
                );
                let same_company = !target.ends_with("fabrikam.com") && target != viewer;
                assert_eq!(world.audited("access_denied").await > denied, same_company, "{viewer} {target}");
            }
        }
    }
    for nobody in ["billingadmin@contoso.com", "serviceadmin@contoso.com", USER] {
        let client = signed_in(&world, &node, nobody).await;
        assert_eq!(client.get(PAGE).await.status, 403, "{nobody}");
        let token = form(&client, "/account", "/sign-out").await.hidden;
        let request = request_of(&world, "noemail@contoso.com").await;
        let fields = [("request", request.as_str()), ("answer", "refuse")];
        assert_eq!(client.post_form(PAGE, token, &fields).await.status, 403, "{nobody}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)] // V-36
async fn of_two_administrators_who_answer_at_once_one_wins_and_the_other_is_told_who() {
    let world = World::new().await;
    let node = world.node().await;
    let (one, other) = (signed_in(&world, &node, ADMIN).await, signed_in(&world, &node, JOHN).await);
    for round in 0..5 {
        world.execute("delete from contact_requests").await;
        asks(&node, USER).await;
        let request = request_of(&world, USER).await;
        let (first, second) =
            tokio::join!(answer(&one, &request, "reset"), answer(&other, &request, "refuse"));
        let winners = [&first, &second].iter().filter(|answer| answer.status == 303).count();
        assert_eq!(winners, 1, "round {round}: {first:?} {second:?}");
        let (loser, winner) = if first.status == 303 { (&second, ADMIN) } else { (&first, JOHN) };
        assert_eq!(loser.status, 422);
        assert!(
            loser.body.contains("answered this request already") && loser.body.contains(winner),
            "{}",
            loser.body
        );
        assert_eq!(world.audited("request_answered").await, round + 1);
    }
    let links = world.audited("link_sent").await;
    let refusals =
        world.count("select count(*) from outbox where message->>'kind' = 'request_refused'").await;
    assert_eq!(links + refusals, 5);
}

#[tokio::test]
async fn whom_no_link_can_reach_is_said_before_and_refused_after() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    world.execute("delete from alternate_emails where user_id = (select id from users where user_id = 'user@contoso.com')").await;
    world.execute("delete from mobile_phones where user_id = (select id from users where user_id = 'user@contoso.com')").await;
    asks(&node, USER).await;
    let admin = signed_in(&world, &node, ADMIN).await;
    let page = admin.get(PAGE).await.body;
    assert!(page.contains("No contact for a link") && page.contains("/reset-password\""), "{page}");
    let request = request_of(&world, USER).await;
    let refused = answer(&admin, &request, "reset").await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("No link was sent: the person has no alternate"), "{}", refused.body);
    assert_eq!(world.count("select count(*) from contact_requests where state = 'open'").await, 1);
    let done = follow(&admin, &answer(&admin, &request, "refuse").await).await;
    assert!(done.body.contains("so nobody told them"), "{}", done.body);

    world.execute("update contact_requests set state = 'open', closed_at = null").await;
    world.execute("update users set blocked_at = now(), blocked_because = 'administrator' where user_id = 'user@contoso.com'").await;
    let page = admin.get(PAGE).await.body;
    assert!(page.contains(">Blocked</span>"), "{page}");
    assert_eq!(answer(&admin, &request, "reset").await.status, 422);
}

#[tokio::test]
async fn a_notice_is_believed_only_when_the_request_says_the_same() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    asks(&node, USER).await;
    let admin = signed_in(&world, &node, ADMIN).await;
    let request = request_of(&world, USER).await;
    for forged in ["reset", "refused", "x"] {
        let page = admin.get(&format!("{PAGE}?notice={forged}&request={request}")).await;
        assert_eq!(page.status, 200);
        assert!(!page.body.contains("role=\"status\""), "{forged}: {}", page.body);
    }
    for bad in ["", "x", "00000000-0000-0000-0000-000000000000"] {
        assert_eq!(answer(&admin, bad, "refuse").await.status, 404, "{bad:?}");
    }
    assert_eq!(answer(&admin, &request, "explode").await.status, 400);
}

#[tokio::test]
async fn a_reset_from_the_user_s_own_page_answers_the_request_too() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    asks(&node, USER).await;
    let by = sspr::admin::Operator::at_the_shell("root");
    sspr::admin::passwords::send_link(&world.pool, &by, node.app.keys.current(), USER, &node.app.budgets)
        .await
        .unwrap();
    let admin = signed_in(&world, &node, ADMIN).await;
    let page = admin.get("/portal/requests?show=all").await.body;
    assert!(page.contains("Nobody waits") && page.contains("operator:root"), "{page}");
}

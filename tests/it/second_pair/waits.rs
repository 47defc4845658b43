//! What waits, who hears of it, and what is no way round it.

use sspr::{
    admin::{
        Refusal,
        passwords::{self, Outcome},
        requests,
        users::{self, FirstAccess, NewUser, UserChange},
    },
    domain::user::Role,
};

use super::{ANN, BOB, Board, CARL, NEW, OLD, refused, waits};

#[tokio::test] // ASVS 2.3.5
async fn new_contact_data_waits_and_everyone_who_could_stop_it_hears_at_the_old_contacts() {
    let board = Board::new("after_hold").await;
    let desk = board.at_the_desk(ANN).await;
    let review = desk.edit(BOB, &[("alternate_email_address", NEW)]).await;
    assert!(review.body.contains("it waits 2 hours"), "{}", review.body);
    let path = format!("/portal/users/{}", board.bob);
    let answer = desk.accept(&review, &path, &[]).await;
    assert_eq!(answer.location, Some(format!("{path}?notice=waits")), "{answer:?}");
    let page = desk.client.get(answer.location.as_deref().unwrap()).await;
    assert!(
        page.body.contains("Nothing has changed yet") && page.body.contains("A change waits"),
        "{}",
        page.body
    );
    assert!(page.body.contains("1 open</span>"), "the navigation counts it: {}", page.body);
    assert_eq!(board.address().await, OLD);
    assert_eq!(board.events("user_changed").await, 0);
    assert_eq!(board.events("change_requested").await, 1);
    // Bob at the old address and the old number; the others, who asked among them; nobody at the new address.
    let told = board.told("change_waits").await;
    assert!(told.contains(&OLD.to_owned()), "{told:?}");
    for other in ["ann", "carl"] {
        assert!(told.iter().any(|to| to.starts_with(other)), "{told:?}");
    }
    assert!(!told.contains(&NEW.to_owned()));
    assert_eq!(board.told("change_waits_sms").await.len(), 1);
    // What rests readable of the new address: the row that waits, and nothing else.
    for sql in [
        "select count(*) from outbox where message::text like '%new-bob%' or recipient like 'new-bob%'",
        "select count(*) from audit_events where details::text like '%new-bob%'",
        "select count(*) from pending_changes where shown::text like '%new-bob%'",
    ] {
        assert_eq!(board.stage.world.count(sql).await, 0, "{sql}");
    }
    board.stage.node.drain().await;
    let mail = board.stage.world.mail_to(OLD).await;
    for words in [ANN, "carried out on", "n••••••b@••••••.example", "/portal/approvals"]
    {
        assert!(mail.text.contains(words), "{words}: {}", mail.text);
    }
}

#[tokio::test]
async fn who_would_only_become_a_global_administrator_is_sent_to_no_page_that_is_closed_to_them() {
    let board = Board::new("approval").await;
    board.stage.person("sam@contoso.com", Role::User).await;
    let desk = board.at_the_desk(ANN).await;
    let answer = desk.change("sam@contoso.com", &[("role", "global_administrator")]).await;
    let page = desk.client.get(answer.location.as_deref().unwrap()).await;
    assert!(page.body.contains("Nothing has changed yet"), "{}", page.body);
    // Who asked has nothing to decide; somebody else does.
    assert!(page.body.contains(">See it</a>") && !page.body.contains("See it and decide"), "{}", page.body);
    let carls = board.at_the_desk(CARL).await;
    let path = answer.location.as_deref().unwrap().split('?').next().unwrap();
    assert!(carls.client.get(path).await.body.contains("See it and decide"));
    let list = desk.client.get("/portal/approvals").await;
    assert!(list.body.contains("you can withdraw it, but not approve it"), "{}", list.body);

    board.stage.node.drain().await;
    let tell = "tell a global administrator of your company: any of them can refuse it.";
    let sams = board.stage.world.mail_to("sam@home.example").await;
    for part in [&sams.text, &sams.html] {
        assert!(part.contains(tell) && part.contains("/account"), "{part}");
        assert!(!part.contains("/portal/approvals") && !part.contains("refuse it under"), "{part}");
    }
    let theirs = board.stage.world.mail_to(OLD).await;
    assert!(theirs.text.contains("refuse it under “Approvals”"), "{}", theirs.text);
    assert!(theirs.text.contains("/portal/approvals") && !theirs.text.contains(tell), "{}", theirs.text);
    let texts = board.stage.world.sms.sent();
    assert!(
        texts.iter().any(|sms| sms.text.contains("Tell a global administrator, who can refuse it.")),
        "nobody was told by SMS"
    );
    assert!(!texts.iter().any(|sms| sms.text.contains("Refuse it in the portal")));
}

#[tokio::test]
async fn under_the_first_rule_everything_acts_at_once_and_of_others_it_always_does() {
    let board = Board::new("at_once").await;
    let desk = board.at_the_desk(ANN).await;
    let fields = [("alternate_email_address", NEW)];
    assert!(desk.change(BOB, &fields).await.location.unwrap().ends_with("notice=saved"));
    assert_eq!(board.address().await, NEW);
    board.rule("approval", 2).await;
    let sam = "sam@contoso.com";
    board.stage.person(sam, Role::UserManagementAdministrator).await;
    assert!(desk.change(sam, &[("mobile_phone", "425-555-0177")]).await.location.unwrap().ends_with("saved"));
    // Another name takes nobody's account.
    assert!(desk.change(BOB, &[("display_name", "Robert")]).await.location.unwrap().ends_with("saved"));
    assert_eq!(board.events("change_requested").await, 0);
}

#[tokio::test] // ASVS 2.3.5
async fn ones_own_contact_data_waits_too_since_a_session_may_be_somebody_elses() {
    let board = Board::new("approval").await;
    let change = UserChange { mobile_phone: Some(None), ..UserChange::default() };
    let change = board.asks(board.ann, &change).await;
    assert_eq!(refused(board.approves(board.ann, change).await), Refusal::OwnChange);
    assert_eq!(board.stage.world.count("select count(*) from mobile_phones m join users u on u.id = m.user_id where u.user_id = 'ann@contoso.com'").await, 1);
}

#[tokio::test] // ASVS 2.3.5
async fn taking_the_role_away_changing_and_giving_it_back_is_no_way_round() {
    let board = Board::new("approval").await;
    let pool = board.stage.pool();
    let by = board.by(board.ann).await;
    let role = |role| UserChange { role: Some(role), ..UserChange::default() };
    board.asks(board.bob, &role(Role::User)).await;
    assert_eq!(board.role(board.bob).await, "global_administrator", "still protected");
    let addresses = [NEW.to_owned()];
    let change = UserChange { alternate_emails: Some(&addresses), ..UserChange::default() };
    assert_eq!(refused(users::change(pool, &by, board.bob, &change, None).await), Refusal::WaitsAlready);
    // Deleted and made anew; and somebody new who would approve.
    assert_eq!(refused(users::delete(pool, &by, board.bob).await), Refusal::GlobalAdministratorStays);
    let sam = board.stage.person("sam@contoso.com", Role::User).await;
    board.asks(sam, &role(Role::GlobalAdministrator)).await;
    assert_eq!(board.role(sam).await, "user");
    let new = NewUser {
        user_id: "eve@contoso.com",
        display_name: "Eve",
        role: Role::GlobalAdministrator,
        alternate_emails: &addresses,
        mobile_phone: None,
    };
    let made = users::create(pool, &by, &new, FirstAccess::None, None).await.unwrap();
    assert!(made.waits.is_some_and(|waits| waits.needs_approval));
    assert_eq!(board.role(made.user.id).await, "user");
    let change = board.newest().await;
    board.approves(board.carl, change).await.unwrap();
    assert_eq!(board.role(made.user.id).await, "global_administrator");
}

#[tokio::test] // ASVS 2.3.5
async fn every_road_to_a_reset_waits_and_no_temporary_password_is_made() {
    let board = Board::new("approval").await;
    let (pool, app) = (board.stage.pool(), &board.stage.node.app);
    let (key, budgets) = (app.keys.current(), &app.budgets);
    let by = board.by(board.ann).await;
    let links = "select count(*) from outbox where message->>'kind' = 'set_password_link'";
    let again = async || {
        board.stage.world.execute("update pending_changes set state = 'refused', wanted = null, decided_at = now() where state = 'waiting'").await;
    };

    let held = waits(passwords::send_link(pool, &by, key, board.bob, budgets).await);
    assert!(held.needs_approval);
    assert_eq!(
        refused(passwords::send_link(pool, &by, key, board.bob, budgets).await),
        Refusal::WaitsAlready
    );
    again().await;
    let once = sspr::random::id();
    let sent = passwords::send_link_once(pool, &by, key, once, board.bob, budgets).await.unwrap();
    assert!(matches!(sent, Outcome::Not(Refusal::Waits(_))), "{sent:?}");
    assert_eq!(
        passwords::send_link_once(pool, &by, key, once, board.bob, budgets).await.unwrap(),
        Outcome::Already
    );
    again().await;
    let rows = [board.bob, board.carl];
    let sent = passwords::batch(pool, &by, key, sspr::random::id(), &rows, budgets).await.unwrap();
    assert!(sent.iter().all(|outcome| matches!(outcome, Outcome::Not(Refusal::Waits(_)))), "{sent:?}");
    again().await;
    let request = sqlx::query_scalar("select id from contact_requests where user_id = $1").bind(board.bob);
    let request = request.fetch_one(&board.stage.world.pool).await.unwrap();
    waits(requests::reset(pool, &by, request, key, budgets).await);
    let open = "select count(*) from contact_requests where state = 'open' and user_id = (select id from users where user_id = 'bob@contoso.com')";
    assert_eq!(board.stage.world.count(open).await, 1, "it stays open until the link is on its way");
    let temporary = passwords::temporary(pool, &by, board.bob, &board.stage.rules()).await;
    assert_eq!(temporary.map(drop).map_err(|_| ()), Err(()));
    let page =
        board.at_the_desk(ANN).await.client.get(&format!("/portal/users/{}/reset-password", board.bob)).await;
    assert!(page.body.contains("when another global administrator approves it"), "{}", page.body);
    assert!(!page.body.contains("value=\"temporary_password\""));
    assert_eq!(board.stage.world.count(links).await, 0);
    assert_eq!(
        board
            .stage
            .world
            .count("select count(*) from audit_events where event = 'temporary_password_made'")
            .await,
        0
    );

    // The link that waited is sent once, to the person's own contact, and answers the request.
    board.approves(board.carl, board.newest().await).await.unwrap();
    assert_eq!(board.stage.world.count(links).await, 1);
    assert_eq!(board.stage.world.count(open).await, 0);
}

#[tokio::test] // ASVS 2.3.5
async fn where_nobody_else_could_approve_it_is_held_and_blocking_all_others_gains_nothing() {
    let board = Board::new("approval").await;
    let world = &board.stage.world;
    // Blocked a moment ago, by whoever holds Ann's session.
    world.execute("update users set blocked_at = now(), blocked_because = 'administrator' where user_id in ('carl@contoso.com', 'globaladmin@contoso.com')").await;
    board.asks_for_address().await;
    assert_eq!(
        world.count("select count(*) from pending_changes where acts_at is null").await,
        1,
        "an approval is needed"
    );
    world.execute("delete from pending_changes").await;
    // Blocked for long: nobody counts on them.
    world
        .execute("update users set blocked_at = now() - interval '8 days' where blocked_at is not null")
        .await;
    board.asks_for_address().await;
    let held = "select count(*) from pending_changes where acts_at between now() + interval '119 minutes' and now() + interval '120 minutes'";
    assert_eq!(world.count(held).await, 1);
    // The wizard's reset takes two proofs and nobody else: it is not held.
    assert_eq!(world.count("select count(*) from pending_changes where kind = 'reset'").await, 0);
}

#[tokio::test] // ASVS 2.3.5
async fn a_lifted_block_that_forgot_the_password_leaves_its_person_one_who_could_approve() {
    let board = Board::new("approval").await;
    let world = &board.stage.world;
    world.execute("update users set blocked_at = now(), blocked_because = 'not_me' where user_id in ('carl@contoso.com', 'globaladmin@contoso.com')").await;
    for who in ["carl@contoso.com", "globaladmin@contoso.com"] {
        let operator = crate::role_table::Stage::operator();
        users::unblock(board.stage.pool(), &operator, who).await.unwrap();
    }
    let forgotten = "select count(*) from users where user_id = 'carl@contoso.com' and password_hash is null and blocked_at is null";
    assert_eq!(world.count(forgotten).await, 1);
    board.asks_for_address().await;
    let approval = "select count(*) from pending_changes where state = 'waiting' and acts_at is null";
    assert_eq!(world.count(approval).await, 1, "it fell to a hold");
}

#[tokio::test] // V-36
async fn the_same_form_twice_waits_once() {
    let board = Board::new("after_hold").await;
    let desk = board.at_the_desk(ANN).await;
    let review = desk.edit(BOB, &[("alternate_email_address", NEW)]).await;
    let path = format!("/portal/users/{}", board.bob);
    let answers = tokio::join!(desk.accept(&review, &path, &[]), desk.accept(&review, &path, &[]));
    let mut statuses = [answers.0.status.as_u16(), answers.1.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 422], "{answers:?}");
    assert_eq!(board.stage.world.count("select count(*) from pending_changes").await, 1);
    let again = desk.accept(&review, &path, &[]).await;
    assert!(again.body.contains("waits already"), "{}", again.body);
}

#[tokio::test]
async fn whoever_asks_and_withdraws_without_end_is_stopped() {
    let board = Board::new("approval").await;
    let by = board.by(board.ann).await;
    for _ in 0..40 {
        let change = board.asks_for_address().await;
        sspr::admin::pending::refuse(board.stage.pool(), &by, change).await.unwrap();
    }
    let addresses = [NEW.to_owned()];
    let change = UserChange { alternate_emails: Some(&addresses), ..UserChange::default() };
    let answer = refused(users::change(board.stage.pool(), &by, board.bob, &change, None).await);
    assert!(matches!(answer, Refusal::TooOften(_)), "{answer:?}");
}

//! A change whose time has come.

use sspr::{
    admin::users::{self, UserChange},
    domain::user::Role,
};

use super::{BOB, Board, NEW, OLD};

const HOLD: i64 = 2 * 3600;

#[tokio::test] // ASVS 2.3.5, V-40
async fn it_acts_when_its_time_is_over_by_the_databases_clock_and_not_before() {
    let board = Board::new("after_hold").await;
    let change = board.asks_for_address().await;
    board.passes(HOLD - 60).await;
    assert_eq!((board.looks().await, board.address().await), (0, OLD.to_owned()));
    board.passes(61).await;
    assert_eq!((board.looks().await, board.address().await), (1, NEW.to_owned()));
    assert_eq!(board.state(change).await, ("done".to_owned(), None));
    assert_eq!(board.events("change_carried_out").await, 1);
    assert_eq!((board.looks().await, board.events("user_changed").await), (0, 1));
    // The clock decided, under Ann's name.
    let sql = "select count(*) from audit_events where event = 'change_carried_out' and actor = 'service' and details->>'by' = 'ann@contoso.com'";
    assert_eq!(board.stage.world.count(sql).await, 1);
}

#[tokio::test] // V-36
async fn of_several_nodes_one_carries_it_out() {
    let board = Board::new("after_hold").await;
    for round in 1..=5 {
        board.asks_for_address().await;
        board.passes(HOLD + 1).await;
        let (a, b, c) = tokio::join!(board.looks(), board.looks(), board.looks());
        assert_eq!(a + b + c, 1);
        assert_eq!(board.events("user_changed").await, round);
        board
            .stage
            .world
            .execute("update alternate_emails set address = 'bob@home.example' where address like 'new-bob%'")
            .await;
    }
}

#[tokio::test]
async fn past_its_time_nobody_decides_any_more() {
    let board = Board::new("after_hold").await;
    let change = board.asks_for_address().await;
    board.passes(HOLD + 1).await;
    assert!(board.approves(board.carl, change).await.is_err());
    let refused = sspr::admin::pending::refuse(board.stage.pool(), &board.by(board.bob).await, change).await;
    assert!(refused.is_err());
    assert_eq!(board.looks().await, 1);
}

#[tokio::test] // V-35
async fn whoever_asked_must_still_have_the_right_when_it_is_carried_out() {
    for (case, lost) in [
        ("role", "update users set role = 'user_management_administrator' where user_id = 'ann@contoso.com'"),
        (
            "block",
            "update users set blocked_at = now(), blocked_because = 'not_me' where user_id = 'ann@contoso.com'",
        ),
        ("deleted", "delete from users where user_id = 'ann@contoso.com'"),
        (
            "company",
            "update users set company_id = (select id from companies where name = 'Fabrikam') where user_id = 'ann@contoso.com'",
        ),
    ] {
        for rule in ["after_hold", "approval"] {
            let board = Board::new(rule).await;
            let change = board.asks_for_address().await;
            board.stage.world.execute(lost).await;
            if rule == "after_hold" {
                board.passes(HOLD + 1).await;
                assert_eq!(board.looks().await, 1, "{case}");
            } else {
                let decided = board.approves(board.carl, change).await.unwrap();
                assert_eq!(decided.why.as_deref(), Some("requester"), "{case}");
            }
            assert_eq!(
                board.state(change).await,
                ("void".to_owned(), Some("requester".to_owned())),
                "{case}, {rule}"
            );
            assert_eq!(board.address().await, OLD, "{case}, {rule}");
            assert_eq!(board.events("change_void").await, 1, "{case}, {rule}");
            assert_eq!(board.events("user_changed").await, 0, "{case}, {rule}");
        }
    }
}

#[tokio::test] // V-35
async fn what_changed_in_between_makes_it_void_and_so_does_a_password_that_was_set() {
    let board = Board::new("after_hold").await;
    let change = board.asks_for_address().await;
    let name = UserChange { display_name: Some("Robert"), ..UserChange::default() };
    users::change(board.stage.pool(), &board.by(board.carl).await, board.bob, &name, None).await.unwrap();
    board.passes(HOLD + 1).await;
    assert_eq!(board.looks().await, 1);
    assert_eq!(board.state(change).await, ("void".to_owned(), Some("changed".to_owned())));
    assert_eq!(board.address().await, OLD);

    let app = &board.stage.node.app;
    let by = board.by(board.ann).await;
    let sent = sspr::admin::passwords::send_link(
        board.stage.pool(),
        &by,
        app.keys.current(),
        board.bob,
        &app.budgets,
    )
    .await;
    let change = super::waits(sent).change;
    board
        .stage
        .world
        .execute("update users set password_changed_at = now() where user_id = 'bob@contoso.com'")
        .await;
    board.passes(HOLD + 1).await;
    assert_eq!(board.looks().await, 1);
    assert_eq!(board.state(change).await.1.as_deref(), Some("changed"));
    assert!(board.told("set_password_link").await.is_empty());
}

#[tokio::test]
async fn whoever_is_gone_or_blocked_is_not_changed() {
    let board = Board::new("after_hold").await;
    let change = board.asks_for_address().await;
    let other =
        board.asks(board.carl, &UserChange { mobile_phone: Some(None), ..UserChange::default() }).await;
    board
        .stage
        .world
        .execute("delete from users where user_id in ('bob@contoso.com', 'carl@contoso.com')")
        .await;
    board.passes(HOLD + 1).await;
    assert_eq!(board.looks().await, 2);
    for change in [change, other] {
        assert_eq!(board.state(change).await, ("void".to_owned(), Some("gone".to_owned())));
    }
}

#[tokio::test]
async fn whoever_is_deleted_takes_along_what_waited() {
    let board = Board::new("approval").await;
    let change = board.asks_for_address().await;
    let operator = crate::role_table::Stage::operator();
    users::delete(board.stage.pool(), &operator, BOB).await.unwrap();
    assert_eq!(board.state(change).await, ("void".to_owned(), Some("gone".to_owned())));
}

#[tokio::test]
async fn what_nobody_approves_in_a_week_is_dropped() {
    let board = Board::new("approval").await;
    let change = board.asks_for_address().await;
    board.passes(7 * 24 * 3600 - 60).await;
    assert_eq!(board.looks().await, 0);
    board.passes(61).await;
    assert_eq!(board.looks().await, 1);
    assert_eq!(board.state(change).await.0, "expired");
    assert_eq!(board.address().await, OLD);
}

#[tokio::test]
async fn a_role_that_was_held_ends_sessions_when_it_is_taken_and_the_last_one_keeps_it() {
    let board = Board::new("after_hold").await;
    let role = UserChange { role: Some(Role::User), ..UserChange::default() };
    let change = board.asks(board.bob, &role).await;
    // Meanwhile all others went away.
    board.stage.world.execute("update users set blocked_at = now(), blocked_because = 'administrator' where role = 'global_administrator' and user_id not in ('ann@contoso.com', 'bob@contoso.com')").await;
    board.passes(HOLD + 1).await;
    assert_eq!(board.looks().await, 1);
    assert_eq!(board.state(change).await.0, "done", "Ann is left");
    assert_eq!(board.role(board.bob).await, "user");
    board.stage.world.execute("update users set blocked_at = null, blocked_because = null").await;
    let change = board.asks(board.ann, &role).await;
    board.stage.world.execute("update users set password_hash = null where role = 'global_administrator' and user_id <> 'ann@contoso.com'").await;
    board.passes(HOLD + 1).await;
    assert_eq!(board.looks().await, 1);
    assert_eq!(board.state(change).await, ("void".to_owned(), Some("last".to_owned())));
}

//! What a thief asked for in somebody's session does not outlive that person's recovery.

use sspr::admin::users;
use uuid::Uuid;

use super::{ANN, Board, OLD};
use crate::role_table::Stage;

/// What waited in Ann's name is dropped by the next look, long before its time, for this reason; recorded, told and said.
async fn is_dropped(board: &Board, change: Uuid, why: &str, words: &str) {
    assert_eq!(board.looks().await, 1, "{why}");
    assert_eq!(board.state(change).await, ("void".to_owned(), Some(why.to_owned())));
    assert_eq!(board.address().await, OLD);
    assert_eq!(board.events("change_void").await, 1);
    assert!(board.told("change_ended").await.iter().any(|to| to.starts_with("carl")));
    let page = board.at_the_desk("carl@contoso.com").await.client.get("/portal/approvals").await;
    assert!(page.body.contains(words), "{}", page.body);
}

#[tokio::test] // V-35
async fn whoever_gets_a_new_password_has_what_waited_in_their_name_dropped() {
    for rule in ["after_hold", "approval"] {
        let board = Board::new(rule).await;
        let change = board.asks_for_address().await;
        let rules = board.stage.rules();
        sspr::admin::passwords::temporary(board.stage.pool(), &Stage::operator(), ANN, &rules).await.unwrap();
        is_dropped(&board, change, "password", "somebody else may have asked in their place").await;
    }
}

#[tokio::test] // V-35
async fn nobody_approves_what_was_asked_before_a_new_password_nor_does_the_clock() {
    let board = Board::new("approval").await;
    let change = board.asks_for_address().await;
    // By whatever road it was set.
    let sets = "update users set password_changed_at = now() where user_id = 'ann@contoso.com'";
    board.stage.world.execute(sets).await;
    let decided = board.approves(board.carl, change).await.unwrap();
    assert_eq!(decided.why.as_deref(), Some("password"));
    assert_eq!(board.address().await, OLD);

    board.rule("after_hold", 2).await;
    let change = board.asks_for_address().await;
    board.stage.world.execute(sets).await;
    board.passes(2 * 3600 + 1).await;
    assert_eq!(board.looks().await, 1);
    assert_eq!(board.state(change).await.1.as_deref(), Some("password"));
    assert_eq!(board.address().await, OLD);

    // What is asked for afterwards is not touched.
    let change = board.asks_for_address().await;
    board.passes(2 * 3600 + 1).await;
    assert_eq!(board.looks().await, 1);
    assert_eq!(board.state(change).await.0, "done");
}

#[tokio::test] // V-35
async fn a_block_drops_what_waited_in_its_persons_name_also_when_it_is_lifted() {
    let board = Board::new("after_hold").await;
    let change = board.asks_for_address().await;
    users::block(board.stage.pool(), &board.by(board.carl).await, board.ann).await.unwrap();
    users::unblock(board.stage.pool(), &Stage::operator(), ANN).await.unwrap();
    is_dropped(&board, change, "requester", "may not do it any more").await;
}

#[tokio::test] // V-35, O-08
async fn this_was_not_me_drops_what_waited_in_its_persons_name() {
    let board = Board::new("approval").await;
    let world = &board.stage.world;
    // The button in a notice of Ann's.
    world
        .execute(
            "insert into reset_tokens (id, purpose, deed, user_id, nonce, key_id, expires_at)
             select gen_random_uuid(), 'not_me', 'signed_in', id, sha256('x'), 'k', now() + interval '7 days'
             from users where user_id = 'ann@contoso.com'",
        )
        .await;
    let change = board.asks_for_address().await;
    let sql = "select id from reset_tokens where purpose = 'not_me' and replaced_at is null
               and user_id = (select id from users where user_id = 'ann@contoso.com')";
    let button: Uuid = sqlx::query_scalar(sql).fetch_one(&world.pool).await.unwrap();
    let network = sspr::domain::limits::Network::of("192.0.2.7".parse().unwrap());
    assert!(sspr::store::tokens::block_by_not_me(&world.pool, button, &network, None).await.unwrap());
    users::unblock(board.stage.pool(), &Stage::operator(), ANN).await.unwrap();
    is_dropped(&board, change, "requester", "may not do it any more").await;
}

//! Nobody becomes a global administrator by a password that they planted in the account of whoever does.

use sspr::{
    admin::{
        Administrator, NotDone, Refusal,
        passwords::{self, Sent},
        users::UserChange,
    },
    domain::user::Role,
};
use uuid::Uuid;

use super::{Board, refused};

const SAM: &str = "sam@contoso.com";

/// Sam, a user, and somebody who may reset the passwords of users.
async fn sam_and_the_planter(board: &Board) -> (Uuid, Administrator) {
    let sam = board.stage.person(SAM, Role::User).await;
    let mallory = board.stage.person("mallory@contoso.com", Role::PasswordAdministrator).await;
    (sam, board.stage.witness(mallory).await.unwrap())
}

async fn plants(board: &Board, by: &Administrator, whom: Uuid) -> Result<(), NotDone> {
    passwords::temporary(board.stage.pool(), by, whom, &board.stage.rules()).await.map(drop)
}

/// Ann asks for the role for Sam.
async fn asks_for_the_role(board: &Board, sam: Uuid) -> Uuid {
    let role = UserChange { role: Some(Role::GlobalAdministrator), ..UserChange::default() };
    board.asks(sam, &role).await
}

#[tokio::test] // V-35
async fn while_a_promotion_waits_nobody_plants_a_password() {
    for rule in ["after_hold", "approval"] {
        let board = Board::new(rule).await;
        let (sam, mallory) = sam_and_the_planter(&board).await;
        let change = asks_for_the_role(&board, sam).await;
        assert_eq!(refused(plants(&board, &mallory, sam).await), Refusal::TemporaryPasswordCannotWait);
        let global = board.stage.witness(board.carl).await.unwrap();
        assert_eq!(refused(plants(&board, &global, sam).await), Refusal::TemporaryPasswordCannotWait);
        // The page says so, and still sends a link to Sam's own contact.
        let desk = board.at_the_desk("mallory@contoso.com").await;
        let page = desk.client.get(&format!("/portal/users/{sam}/reset-password")).await;
        assert!(page.body.contains("waits to become a global administrator"), "{}", page.body);
        assert!(!page.body.contains("value=\"temporary_password\""));
        let app = &board.stage.node.app;
        let sent =
            passwords::send_link(board.stage.pool(), &mallory, app.keys.current(), sam, &app.budgets).await;
        assert_eq!(sent.unwrap().sent, Sent::Email);
        // When it waits no more, nothing is kept from anybody.
        sspr::admin::pending::refuse(board.stage.pool(), &board.by(board.carl).await, change).await.unwrap();
        plants(&board, &mallory, sam).await.unwrap();
    }
}

#[tokio::test] // V-35
async fn a_password_that_was_planted_just_before_is_forgotten_when_the_role_comes() {
    for rule in ["after_hold", "approval"] {
        let board = Board::new(rule).await;
        let (sam, mallory) = sam_and_the_planter(&board).await;
        plants(&board, &mallory, sam).await.unwrap();
        let change = asks_for_the_role(&board, sam).await;
        // Whoever made it signs in as Sam, and sets a password that is temporary no more.
        board
            .stage
            .world
            .execute("update users set password_must_change = false, password_good_until = null, password_changed_at = now() where user_id = 'sam@contoso.com'")
            .await;
        if rule == "approval" {
            board.approves(board.carl, change).await.unwrap();
        } else {
            board.passes(2 * 3600 + 1).await;
            assert_eq!(board.looks().await, 1);
        }
        assert_eq!(board.state(change).await, ("done".to_owned(), None));
        assert_eq!(board.role(sam).await, "global_administrator");
        let open =
            "select count(*) from users where user_id = 'sam@contoso.com' and password_hash is not null";
        assert_eq!(board.stage.world.count(open).await, 0, "{rule}: whoever planted it signs in as one");
    }
}

#[tokio::test]
async fn a_password_of_ones_own_outlives_the_promotion() {
    let board = Board::new("approval").await;
    let (sam, _) = sam_and_the_planter(&board).await;
    let change = asks_for_the_role(&board, sam).await;
    board.approves(board.carl, change).await.unwrap();
    let open = "select count(*) from users where user_id = 'sam@contoso.com' and password_hash is not null";
    assert_eq!(board.stage.world.count(open).await, 1);
}

#[tokio::test]
async fn an_operator_makes_a_temporary_password_also_for_whoever_waits_for_the_role() {
    let board = Board::new("approval").await;
    let (sam, _) = sam_and_the_planter(&board).await;
    asks_for_the_role(&board, sam).await;
    let operator = crate::role_table::Stage::operator();
    passwords::temporary(board.stage.pool(), &operator, sam, &board.stage.rules()).await.unwrap();
}

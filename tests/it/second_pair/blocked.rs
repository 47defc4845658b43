//! A block, and a lifted one: neither makes accomplices, nor takes away who could refuse.

use sspr::{
    admin::{
        Refusal,
        users::{self, UserChange},
    },
    domain::user::Role,
};
use uuid::Uuid;

use super::{ANN, BOB, Board, CARL, NEW, OLD, refused, waits};
use crate::role_table::Stage;

const HOLD: i64 = 2 * 3600;

impl Board {
    /// Ann blocks them in the portal.
    async fn blocks(&self, whom: &[Uuid]) {
        let by = self.by(self.ann).await;
        for who in whom {
            assert!(users::block(self.stage.pool(), &by, *who).await.unwrap().1);
        }
    }

    /// Ann blocks every other global administrator of the company.
    async fn blocks_all_others(&self) {
        let sql = "select id from users where user_id_normalised = 'globaladmin@contoso.com'";
        let global = sqlx::query_scalar(sql).fetch_one(&self.stage.world.pool).await.unwrap();
        self.blocks(&[self.bob, self.carl, global]).await;
    }

    async fn lets_in(&self, who: &str) {
        users::unblock(self.stage.pool(), &Stage::operator(), who).await.unwrap();
    }

    async fn is_blocked(&self, who: Uuid) -> bool {
        let sql = "select blocked_at is not null from users where id = $1";
        sqlx::query_scalar(sql).bind(who).fetch_one(&self.stage.world.pool).await.unwrap()
    }

    /// It is due now, and is dropped for this reason.
    async fn is_dropped(&self, change: Uuid, why: &str) {
        self.passes(HOLD + 1).await;
        self.looks().await;
        assert_eq!(self.state(change).await, ("void".to_owned(), Some(why.to_owned())));
    }
}

#[tokio::test] // ASVS 2.3.5, V-35
async fn lifting_the_block_of_a_global_administrator_waits_and_nobody_lets_an_accomplice_in() {
    for rule in ["after_hold", "approval"] {
        let board = Board::new(rule).await;
        let pool = board.stage.pool();
        users::block(pool, &Stage::operator(), CARL).await.unwrap();
        let by = board.by(board.ann).await;
        let held = waits(users::unblock(pool, &by, board.carl).await.map(drop));
        assert_eq!(held.needs_approval, rule == "approval");
        assert!(board.is_blocked(board.carl).await);
        assert_eq!(refused(users::unblock(pool, &by, board.carl).await.map(drop)), Refusal::WaitsAlready);
        // Carl at his address, and the others, who asked among them.
        let told = board.told("change_waits").await;
        for who in ["carl@home.example", "ann", "bob"] {
            assert!(told.iter().any(|to| to.starts_with(who)), "{who}: {told:?}");
        }
        if rule == "approval" {
            assert_eq!(refused(board.approves(board.ann, held.change).await), Refusal::OwnChange);
            board.approves(board.bob, held.change).await.unwrap();
        } else {
            board.passes(HOLD + 1).await;
            assert_eq!(board.looks().await, 1);
        }
        assert_eq!(board.state(held.change).await, ("done".to_owned(), None), "{rule}");
        assert!(!board.is_blocked(board.carl).await, "{rule}");
        assert_eq!(board.events("account_unblocked").await, 1);
        assert!(board.told("block_lifted").await.contains(&"carl@home.example".to_owned()));
    }
}

#[tokio::test]
async fn the_pages_say_that_a_block_is_not_lifted_at_once() {
    let board = Board::new("approval").await;
    board.blocks(&[board.carl]).await;
    let desk = board.at_the_desk(ANN).await;
    let path = format!("/portal/users/{}/unblock", board.carl);
    let page = desk.client.get(&path).await;
    assert!(
        page.body.contains("the block is lifted when another global administrator approves it"),
        "{page:?}"
    );
    let answer = desk.client.submit(&path, &path, &[]).await;
    let user = format!("/portal/users/{}?notice=waits", board.carl);
    assert_eq!(answer.location.as_deref(), Some(user.as_str()), "{answer:?}");
    assert!(desk.client.get(&user).await.body.contains("Nothing has changed yet"));
    let again = desk.client.submit(&path, &path, &[]).await;
    assert!(again.status == 422 && again.body.contains("waits already"), "{again:?}");
    let approvals = board.at_the_desk(BOB).await.client.get("/portal/approvals").await;
    assert!(approvals.body.contains("Sign-in") && approvals.body.contains("not blocked"), "{approvals:?}");
}

#[tokio::test]
async fn a_block_that_is_another_by_then_is_not_lifted_and_of_others_it_always_is() {
    let board = Board::new("approval").await;
    let pool = board.stage.pool();
    board.blocks(&[board.carl]).await;
    let by = board.by(board.ann).await;
    let held = waits(users::unblock(pool, &by, board.carl).await.map(drop));
    board.lets_in(CARL).await;
    board.blocks(&[board.carl]).await;
    let decided = board.approves(board.bob, held.change).await.unwrap();
    assert_eq!(decided.why.as_deref(), Some("changed"));
    assert!(board.is_blocked(board.carl).await);
    let sam = board.stage.person("sam@contoso.com", Role::UserManagementAdministrator).await;
    board.blocks(&[sam]).await;
    assert!(users::unblock(pool, &by, sam).await.unwrap().1.is_some(), "no global administrator");
}

#[tokio::test] // ASVS 2.3.5
async fn in_a_company_of_two_a_block_is_lifted_by_the_clock() {
    let board = Board::new("approval").await;
    board
        .stage
        .world
        .execute("delete from users where user_id in ('carl@contoso.com', 'globaladmin@contoso.com')")
        .await;
    board.blocks(&[board.bob]).await;
    let by = board.by(board.ann).await;
    let held = waits(users::unblock(board.stage.pool(), &by, board.bob).await.map(drop));
    assert!(!held.needs_approval);
    board.passes(HOLD + 1).await;
    assert_eq!(board.looks().await, 1);
    assert!(!board.is_blocked(board.bob).await);
}

#[tokio::test]
async fn a_block_of_a_global_administrator_and_its_end_are_told_to_them_and_to_the_others() {
    let board = Board::new("at_once").await;
    board.blocks(&[board.bob]).await;
    let told = board.told("administrator_changed").await;
    for who in ["bob@contoso.com", OLD, "carl"] {
        assert!(told.iter().any(|to| to.starts_with(who)), "{who}: {told:?}");
    }
    assert!(!told.iter().any(|to| to.starts_with("ann")), "who did it: {told:?}");
    board.stage.node.drain().await;
    let mail = board.stage.world.mail_to(OLD).await;
    for words in ["was changed by ann@contoso.com", "is now blocked", "a global administrator at"] {
        assert!(mail.text.contains(words), "{words}: {}", mail.text);
    }
    users::unblock(board.stage.pool(), &board.by(board.ann).await, board.bob).await.unwrap();
    assert!(board.told("administrator_changed").await.len() > told.len());
    // Of others nobody hears.
    let sam = board.stage.person("sam@contoso.com", Role::User).await;
    let before = board.told("administrator_changed").await.len();
    board.blocks(&[sam]).await;
    assert_eq!(board.told("administrator_changed").await.len(), before);
}

#[tokio::test] // ASVS 2.3.5, V-35
async fn a_hold_whose_person_was_blocked_first_ends_in_nothing() {
    let board = Board::new("after_hold").await;
    board.blocks(&[board.bob]).await;
    let change = board.asks_for_address().await;
    board.is_dropped(change, "shut_out").await;
    assert_eq!(board.address().await, OLD);
    assert_eq!(board.events("change_void").await, 1);
}

#[tokio::test] // ASVS 2.3.5, V-35
async fn a_block_in_between_or_a_lifted_one_ends_what_its_person_could_not_refuse_all_the_time() {
    let board = Board::new("after_hold").await;
    // Blocked after it was asked, and let in before its time.
    let change = board.asks_for_address().await;
    board.blocks(&[board.bob]).await;
    board.lets_in(BOB).await;
    board.is_dropped(change, "shut_out").await;
    // Blocked before it was asked, and let in just before its time.
    board.blocks(&[board.bob]).await;
    let change = board.asks_for_address().await;
    board.lets_in(BOB).await;
    board.is_dropped(change, "shut_out").await;
    assert_eq!(board.address().await, OLD);
    // Another approves no more than the clock does.
    board.rule("approval", 2).await;
    let change = board.asks_for_address().await;
    board.blocks(&[board.bob]).await;
    assert_eq!(board.approves(board.carl, change).await.unwrap().why.as_deref(), Some("shut_out"));
    assert_eq!(board.address().await, OLD);
}

#[tokio::test] // ASVS 2.3.5, V-35
async fn a_hold_that_nobody_is_left_to_refuse_ends_in_nothing() {
    let sam = async |board: &Board| board.stage.person("sam@contoso.com", Role::User).await;
    let role = UserChange { role: Some(Role::GlobalAdministrator), ..UserChange::default() };
    // All others are blocked, then somebody is made an accomplice.
    let board = Board::new("after_hold").await;
    let target = sam(&board).await;
    board.blocks_all_others().await;
    let change = board.asks(target, &role).await;
    board.is_dropped(change, "nobody").await;
    assert_eq!(board.role(target).await, "user");

    // The same, and one of them is let in just before its time.
    let board = Board::new("after_hold").await;
    let target = sam(&board).await;
    board.blocks_all_others().await;
    let change = board.asks(target, &role).await;
    board.lets_in(CARL).await;
    board.is_dropped(change, "nobody").await;

    // One of them was there all the time.
    let board = Board::new("after_hold").await;
    let target = sam(&board).await;
    board.blocks(&[board.bob, board.carl]).await;
    let change = board.asks(target, &role).await;
    board.passes(HOLD + 1).await;
    assert_eq!(board.looks().await, 1);
    assert_eq!(board.state(change).await.0, "done");
}

#[tokio::test]
async fn a_company_with_one_global_administrator_goes_on() {
    let board = Board::new("after_hold").await;
    board.stage.world.execute("delete from users where user_id in ('bob@contoso.com', 'carl@contoso.com', 'globaladmin@contoso.com')").await;
    let change =
        board.asks(board.ann, &UserChange { mobile_phone: Some(None), ..UserChange::default() }).await;
    board.passes(HOLD + 1).await;
    assert_eq!(board.looks().await, 1);
    assert_eq!(board.state(change).await.0, "done");
}

#[tokio::test]
async fn whoever_leaves_is_blocked_and_then_loses_the_role() {
    let board = Board::new("after_hold").await;
    board.blocks(&[board.bob]).await;
    let addresses = [NEW.to_owned()];
    let role =
        UserChange { role: Some(Role::User), alternate_emails: Some(&addresses), ..UserChange::default() };
    let change = board.asks(board.bob, &role).await;
    board.passes(HOLD + 1).await;
    assert_eq!(board.looks().await, 1);
    assert_eq!(board.state(change).await.0, "done", "the others could have refused it");
    assert_eq!(board.role(board.bob).await, "user");
}

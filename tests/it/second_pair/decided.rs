//! Who approves and who refuses.

use sspr::{
    admin::{Refusal, pending},
    domain::{second_pair::End, user::Role},
};

use super::{ANN, BOB, Board, CARL, NEW, OLD, refused};
use crate::support::client::Answer;

async fn answers(board: &Board, who: &str, answer: &str) -> Answer {
    let desk = board.at_the_desk(who).await;
    let change = board.newest().await.to_string();
    let page = desk.client.get("/portal/approvals").await;
    let mut hidden = page.hidden_fields("/sign-out").unwrap();
    hidden.retain(|(name, _)| name == "form_token");
    desk.client.post_form("/portal/approvals", hidden, &[("change", &change), ("answer", answer)]).await
}

#[tokio::test] // ASVS 2.3.5, V-35
async fn a_third_approves_and_neither_who_asked_nor_who_is_changed_can() {
    let board = Board::new("approval").await;
    let change = board.asks_for_address().await;
    for who in [board.ann, board.bob] {
        assert_eq!(refused(board.approves(who, change).await), Refusal::OwnChange);
    }
    for who in [ANN, BOB] {
        let answer = answers(&board, who, "approve").await;
        assert_eq!(answer.status, 422, "{who}");
        assert!(answer.body.contains("Nobody approves what they asked for"), "{}", answer.body);
        let page = board.at_the_desk(who).await.client.get("/portal/approvals").await;
        assert!(!page.body.contains("value=\"approve\""), "{who} is not offered it");
    }
    assert_eq!(board.address().await, OLD);
    let page = board.at_the_desk(CARL).await.client.get("/portal/approvals").await;
    assert!(page.body.contains(NEW), "whoever approves sees what: {}", page.body);
    let answer = answers(&board, CARL, "approve").await;
    assert_eq!(answer.location, Some(format!("/portal/approvals?ended={change}")), "{answer:?}");
    let page = board.at_the_desk(CARL).await.client.get(answer.location.as_deref().unwrap()).await;
    assert!(page.body.contains("was carried out.") && !page.body.contains(NEW), "{}", page.body);
    assert_eq!(board.address().await, NEW);
    assert_eq!(board.state(change).await.0, "done");
    // Who did it is who asked; who approved stands beside.
    let world = &board.stage.world;
    assert_eq!(
        world
            .count(
                "select count(*) from audit_events where event = 'user_changed' and actor = 'ann@contoso.com'"
            )
            .await,
        1
    );
    for event in ["change_approved", "change_carried_out"] {
        let sql = "select count(*) from audit_events where event = any($1) and actor = 'carl@contoso.com' and network is not null";
        let n: i64 = sqlx::query_scalar(sql).bind(vec![event]).fetch_one(&world.pool).await.unwrap();
        assert_eq!(n, 1, "{event}");
    }
    // The verb's own notice goes to the old address, with the way to stop it all.
    let notice = "select count(*) from outbox where message->>'kind' = 'contact_changed' and recipient = 'bob@home.example'";
    assert_eq!(world.count(notice).await, 1);
}

#[tokio::test] // V-36
async fn two_approvals_at_once_are_one_act() {
    let board = Board::new("approval").await;
    let dora = board.stage.person("dora@contoso.com", Role::GlobalAdministrator).await;
    for round in 1..=5 {
        let change = board.asks_for_address().await;
        let (one, other) = tokio::join!(board.approves(board.carl, change), board.approves(dora, change));
        let (done, late) = if one.is_ok() { (one, other) } else { (other, one) };
        assert_eq!(done.unwrap().end, End::Done);
        assert!(matches!(refused(late), Refusal::AlreadyDecided(state, Some(_)) if state == "done"));
        assert_eq!(board.events("change_carried_out").await, round);
        assert_eq!(board.events("user_changed").await, round);
        board
            .stage
            .world
            .execute("update alternate_emails set address = 'bob@home.example' where address like 'new-bob%'")
            .await;
    }
}

#[tokio::test]
async fn whoever_hears_of_it_refuses_it_and_what_it_wanted_is_forgotten() {
    for (rule, who) in [("after_hold", BOB), ("after_hold", CARL), ("approval", BOB), ("approval", CARL)] {
        let board = Board::new(rule).await;
        let change = board.asks_for_address().await;
        let answer = answers(&board, who, "refuse").await;
        assert_eq!(answer.status, 303, "{answer:?}");
        assert_eq!(board.state(change).await.0, "refused");
        board.passes(30 * 24 * 3600).await;
        assert_eq!(board.looks().await, 0);
        assert_eq!(board.address().await, OLD);
        assert_eq!(
            board.stage.world.count("select count(*) from pending_changes where wanted is not null").await,
            0
        );
        assert!(board.told("change_ended").await.len() >= 3);
    }
}

#[tokio::test]
async fn who_asked_withdraws_and_an_operator_approves_without_anybody() {
    let board = Board::new("approval").await;
    let change = board.asks_for_address().await;
    let withdrawn = pending::refuse(board.stage.pool(), &board.by(board.ann).await, change).await.unwrap();
    assert_eq!(withdrawn.end, End::Cancelled);
    let late = board.approves(board.carl, change).await;
    assert!(matches!(refused(late), Refusal::AlreadyDecided(state, _) if state == "cancelled"));
    let change = board.asks_for_address().await;
    let app = &board.stage.node.app;
    let operator = crate::role_table::Stage::operator();
    let done =
        pending::approve(board.stage.pool(), &operator, change, app.keys.current(), &app.budgets).await;
    assert_eq!(done.unwrap().end, End::Done);
    assert_eq!(board.address().await, NEW);
}

#[tokio::test] // ASVS 7.5.3, V-32
async fn an_answer_asks_for_the_password_when_the_proof_is_old() {
    let board = Board::new("approval").await;
    board.asks_for_address().await;
    let desk = board.at_the_desk(CARL).await;
    desk.grow_old().await;
    let page = desk.client.get("/portal/approvals").await;
    let asks = desk.accept(&page, "/portal/approvals", &[("answer", "approve")]).await;
    assert!(asks.status == 200 && asks.body.contains("id=\"your_password\""), "{asks:?}");
    assert_eq!(board.address().await, OLD);
    let password = board.stage.world.first_password("user@contoso.com");
    let wrong = desk.accept(&asks, "/portal/approvals", &[("your_password", "not it")]).await;
    assert_eq!((wrong.status.as_u16(), board.address().await), (422, OLD.to_owned()));
    let done = desk.accept(&wrong, "/portal/approvals", &[("your_password", &password)]).await;
    assert_eq!((done.status.as_u16(), board.address().await), (303, NEW.to_owned()));
}

#[tokio::test] // V-35
async fn another_company_decides_nothing_and_whoever_lost_the_role_neither() {
    let board = Board::new("approval").await;
    let change = board.asks_for_address().await;
    let theirs = board.stage.person("boss@fabrikam.com", Role::GlobalAdministrator).await;
    assert_eq!(refused(board.approves(theirs, change).await), Refusal::NoChange);
    assert_eq!(
        refused(pending::refuse(board.stage.pool(), &board.by(theirs).await, change).await),
        Refusal::NoChange
    );
    let answer = answers(&board, "boss@fabrikam.com", "approve").await;
    assert_eq!(answer.status, 404);
    // The witness was made while Carl still had the role.
    let by = board.by(board.carl).await;
    board.stage.set_role(board.carl, Role::UserManagementAdministrator).await;
    let app = &board.stage.node.app;
    let late = pending::approve(board.stage.pool(), &by, change, app.keys.current(), &app.budgets).await;
    assert_eq!(refused(late), Refusal::NotAllowed);
    assert_eq!(board.address().await, OLD);
}

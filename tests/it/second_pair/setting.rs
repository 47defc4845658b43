//! The rule itself: stronger at once, weaker only as it says.

use sspr::{
    admin::companies::{self, Told},
    domain::second_pair::End,
    store::companies::Change,
};

use super::{ANN, Board};

async fn asks(board: &Board, rule: Option<&str>, hours: Option<i32>) -> bool {
    let change = Change {
        global_administrator_changes: rule.map(str::to_owned),
        global_administrator_hold_hours: hours,
        ..Change::default()
    };
    let by = board.by(board.ann).await;
    let company = by.company_id();
    companies::change(board.stage.pool(), &by, company, &change, Told::default())
        .await
        .unwrap()
        .waits
        .is_some()
}

async fn stands(board: &Board) -> (String, i32) {
    let sql = "select global_administrator_changes, global_administrator_hold_hours from companies where name = 'Contoso'";
    sqlx::query_as(sql).fetch_one(&board.stage.world.pool).await.unwrap()
}

#[tokio::test] // ASVS 2.3.5
async fn whoever_holds_one_session_cannot_turn_the_rule_off_first() {
    let board = Board::new("approval").await;
    for (rule, hours) in
        [(Some("at_once"), None), (Some("after_hold"), None), (None, Some(1)), (Some("approval"), Some(1))]
    {
        assert!(asks(&board, rule, hours).await, "{rule:?} {hours:?}");
        assert_eq!(stands(&board).await, ("approval".to_owned(), 2));
        let change = board.newest().await;
        assert!(board.approves(board.ann, change).await.is_err(), "their own");
        board.stage.world.execute("update pending_changes set state = 'refused', wanted = null, decided_at = now() where state = 'waiting'").await;
    }
    assert!(asks(&board, Some("at_once"), Some(1)).await);
    let told = board.told("change_waits").await;
    assert!(told.iter().any(|to| to.starts_with("ann")), "who asked hears of it: {told:?}");
    assert_eq!(board.approves(board.carl, board.newest().await).await.unwrap().end, End::Done);
    assert_eq!(stands(&board).await, ("at_once".to_owned(), 1));
    assert_eq!(board.events("company_changed").await, 1);
}

#[tokio::test]
async fn a_stronger_rule_acts_at_once_and_makes_a_weaker_one_that_waited_void() {
    let board = Board::new("at_once").await;
    assert!(!asks(&board, Some("after_hold"), Some(5)).await);
    assert_eq!(stands(&board).await, ("after_hold".to_owned(), 5));
    assert!(asks(&board, Some("at_once"), None).await);
    let change = board.newest().await;
    assert!(!asks(&board, Some("approval"), Some(50)).await);
    board.passes(6 * 3600).await;
    assert_eq!(board.looks().await, 1);
    assert_eq!(board.state(change).await, ("void".to_owned(), Some("changed".to_owned())));
    assert_eq!(stands(&board).await, ("approval".to_owned(), 50));
}

#[tokio::test]
async fn the_page_says_what_it_means_and_saves_the_rest() {
    let board = Board::new("after_hold").await;
    let desk = board.at_the_desk(ANN).await;
    let page = desk.client.get("/portal/company").await;
    assert!(page.body.contains("acts after a hold in which anyone can refuse it"), "{}", page.body);
    let hidden = page.hidden_fields("/portal/company").unwrap();
    let fields =
        [("global_administrator_changes", "at_once"), ("sign_in_url", "https://portal.contoso.com/")];
    let review = desk.client.post_form("/portal/company", hidden, &fields).await;
    assert!(
        review.body.contains("is in force at") && review.body.contains("All global administrators are told"),
        "{}",
        review.body
    );
    let saved = desk.accept(&review, "/portal/company", &[]).await;
    assert_eq!(saved.location.as_deref(), Some("/portal/company?notice=waits"), "{saved:?}");
    let page = desk.client.get("/portal/company?notice=waits").await;
    assert!(
        page.body.contains("Not in force yet") && page.body.contains("https://portal.contoso.com/"),
        "{}",
        page.body
    );
    assert_eq!(stands(&board).await.0, "after_hold");
    let wrong = desk
        .client
        .post_form(
            "/portal/company",
            page.hidden_fields("/portal/company").unwrap(),
            &[("global_administrator_hold_hours", "169")],
        )
        .await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.body.contains("from 1 to 168"), "{}", wrong.body);
}

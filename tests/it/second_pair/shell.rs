//! The operator's side: everything at once, told and recorded; and what even an operator has to say twice.

use super::{BOB, Board, NEW, OLD};
use crate::shell::Shell;

#[tokio::test]
async fn what_an_operator_does_waits_for_nobody_and_a_weaker_rule_is_told() {
    let board = Board::new("approval").await;
    let shell = Shell::of(&board.stage.world, &board.stage.node.url);
    let set = shell.types(&format!("user set {BOB} --alternate-email-address {NEW}")).await;
    assert_eq!((set.code, board.address().await), (0, NEW.to_owned()), "{set:?}");
    let made = shell.types(&format!("user reset-password {BOB} --temporary-password")).await;
    assert_eq!(made.code, 0, "{made:?}");
    let set = shell
        .types("company set --company contoso.com --global-administrator-changes at_once --global-administrator-hold-hours 9")
        .await;
    assert_eq!(set.code, 0, "{set:?}");
    let shown = shell.types("company show --company contoso.com").await;
    assert!(shown.out.contains("GlobalAdministratorChanges") && shown.out.contains("at_once"), "{shown:?}");
    assert!(board.told("change_ended").await.len() >= 3, "all global administrators");
    assert_eq!(board.events("company_changed").await, 1);
    assert_eq!(board.events("change_requested").await, 0);
}

#[tokio::test]
async fn an_operator_lists_approves_and_refuses() {
    let board = Board::new("approval").await;
    let shell = Shell::of(&board.stage.world, &board.stage.node.url);
    let nothing = shell.types("change list --company contoso.com").await;
    assert_eq!((nothing.code, nothing.err.as_str()), (0, "sspr: nothing waits\n"), "{nothing:?}");
    let change = board.asks_for_address().await;
    let list = shell.types("change list --company contoso.com --output json").await;
    let json: serde_json::Value = serde_json::from_str(&list.out).unwrap();
    assert_eq!(json[0]["ChangeId"], change.to_string());
    assert_eq!(json[0]["NeedsApproval"], true);
    assert_eq!(json[0]["Changes"][0], format!("alternate_email: {OLD} -> {NEW}"));
    let other = shell.types(&format!("change approve {change} --company fabrikam.com")).await;
    assert_eq!((other.code, other.err.as_str()), (1, "sspr: there is no such change\n"));
    let approved = shell.types(&format!("change approve {change}")).await;
    assert_eq!((approved.code, board.address().await), (0, NEW.to_owned()), "{approved:?}");
    let late = shell.types(&format!("change refuse {change}")).await;
    assert_eq!(late.code, 1);
    assert!(late.err.contains("has ended it already: done"), "{late:?}");
}

#[tokio::test]
async fn the_last_global_administrator_goes_only_when_the_operator_says_so() {
    let board = Board::new("at_once").await;
    let shell = Shell::of(&board.stage.world, &board.stage.node.url);
    board.stage.world.execute("delete from users where role = 'global_administrator' and company_id = (select id from companies where name = 'Contoso') and user_id <> 'bob@contoso.com'").await;
    for line in [format!("user delete {BOB}"), format!("user set {BOB} --role user")] {
        let heard = shell.types(&line).await;
        assert_eq!(heard.code, 1, "{heard:?}");
        assert!(
            heard.err.contains("last global administrator")
                && heard.err.contains("--last-global-administrator"),
            "{heard:?}"
        );
        assert_eq!(board.role(board.bob).await, "global_administrator");
    }
    let set = shell.types(&format!("user set {BOB} --role user --last-global-administrator")).await;
    assert_eq!((set.code, board.role(board.bob).await.as_str()), (0, "user"), "{set:?}");
    board.stage.set_role(board.bob, sspr::domain::user::Role::GlobalAdministrator).await;
    let gone = shell.types(&format!("user delete {BOB} --last-global-administrator")).await;
    assert_eq!(gone.code, 0, "{gone:?}");
}

#[tokio::test]
async fn a_password_that_an_operator_gives_is_temporary_but_for_the_first_global_administrator() {
    let board = Board::new("at_once").await;
    let shell = Shell::of(&board.stage.world, &board.stage.node.url);
    let password = "quartz meadow lantern 47\n";
    let make = async |who: &str, role: &str| {
        let heard = shell
            .runs(
                &["user", "create", who, "--display-name", "X", "--role", role, "--password-stdin"],
                password,
            )
            .await;
        assert_eq!(heard.code, 0, "{heard:?}");
        let sql =
            "select password_must_change, password_good_until is not null from users where user_id = $1";
        sqlx::query_as::<_, (bool, bool)>(sql).bind(who).fetch_one(&board.stage.world.pool).await.unwrap()
    };
    assert_eq!(make("dan@contoso.com", "user").await, (true, true));
    assert_eq!(make("eve@contoso.com", "global_administrator").await, (true, true));
    board
        .stage
        .world
        .execute("delete from users where role = 'global_administrator' and user_id like '%@contoso.com'")
        .await;
    assert_eq!(make("first@contoso.com", "global_administrator").await, (false, false));
}

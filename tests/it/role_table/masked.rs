//! Contact data leaves the service whole only for whoever may change it; the others learn nothing of it, also by a search.

use sspr::domain::user::{Right, Role, has_right};

use super::{
    Stage,
    routes::{ask, behind_the_door},
    stage::{ACTOR, TARGET},
};

/// Spellings of the target's address and number, none of which is in a masked one.
const SPELLINGS: [&str; 7] =
    ["quite.particular", "particular@", "5550142", "555-0142", "555 0142", "555.0142", "50142"];

async fn stage() -> Stage {
    let stage = Stage::new().await;
    stage.person(TARGET, Role::User).await;
    stage
}

/// Gives the target the contact data that is looked for.
async fn equip(stage: &Stage) {
    for sql in [
        "update alternate_emails e set address = 'quite.particular@hidden.example' from users u where u.id = e.user_id and u.user_id = 'target@contoso.com'",
        "update mobile_phones m set number = '+14255550142' from users u where u.id = m.user_id and u.user_id = 'target@contoso.com'",
    ] {
        stage.world.execute(sql).await;
    }
}

#[tokio::test]
async fn no_page_tells_an_address_or_number_to_whoever_may_not_change_it() {
    let stage = stage().await;
    let actor = stage.person(ACTOR, Role::GlobalAdministrator).await;
    let mut browser = stage.signs_in(ACTOR).await;
    let mut told = 0;
    for role in Role::ALL {
        stage.set_role(actor, role).await;
        for target_role in [Role::User, Role::PasswordAdministrator] {
            for (method, path, _) in behind_the_door() {
                let target = stage.person(TARGET, target_role).await;
                equip(&stage).await;
                let target = stage.target(target).await;
                let answer = ask(&mut browser, method, path, &target).await;
                let found = SPELLINGS.iter().find(|spelling| answer.body.contains(**spelling));
                if !has_right(role, Right::ManageUsers) {
                    assert_eq!(found, None, "{role}: {method} {path}: {}", answer.body);
                }
                told += usize::from(found.is_some());
            }
        }
    }
    // The page of the user, and the report of administrators with its file.
    assert!(told >= 4, "{told}");
}

#[tokio::test]
async fn a_search_finds_by_contact_data_only_for_whoever_may_see_it() {
    let stage = stage().await;
    let actor = stage.person(ACTOR, Role::GlobalAdministrator).await;
    equip(&stage).await;
    let mut browser = stage.signs_in(ACTOR).await;
    for role in Role::ALL.into_iter().filter(|role| role.opens_portal()) {
        stage.set_role(actor, role).await;
        for (search, contact) in [
            ("target", false),
            ("TARGET@contoso", false),
            ("quite.particular", true),
            ("hidden.example", true),
            ("4255550142", true),
            ("(425) 555-0142", true),
            ("0142", true),
            ("+1 425 555 014", true),
        ] {
            let query = serde_urlencoded::to_string([("search", search)]).unwrap();
            let answer = browser.get(&format!("/portal/users?{query}")).await;
            let expected = !contact || has_right(role, Right::ManageUsers);
            assert_eq!(answer.body.contains(TARGET), expected, "{role}: {search}: {}", answer.body);
        }
    }
}

//! What people said was not they, by the shell.

use serde_json::json;

use super::Shell;
use crate::support::app::World;

#[tokio::test]
async fn an_incident_is_listed_shown_and_closed_once_with_a_note() {
    let world = World::new().await;
    let node = world.node().await;
    let shell = Shell::of(&world, &node.url);
    let none = shell.types("incident list -o csv").await;
    assert!(none.code == 0 && none.out.starts_with("IncidentId,UserId,Deed,"), "{none:?}");
    assert!(none.err.contains("nobody reports"), "{none:?}");
    world
        .execute(
            "insert into incidents (id, company_id, user_id, principal, deed, deed_at, network, via)
             select gen_random_uuid(), company_id, id, user_id, 'password_reset', now(), '192.0.2.7', 'mailbox' from users
             where user_id in ('johnsmith@contoso.com', 'user@fabrikam.com')",
        )
        .await;
    let list = shell.types("incident list --company contoso.com -o json").await.json();
    assert_eq!(list.as_array().unwrap().len(), 1, "{list}");
    let id = list[0]["IncidentId"].as_str().unwrap();
    assert_eq!((&list[0]["State"], &list[0]["Via"]), (&json!("open"), &json!("mailbox")));
    let shown = shell.types(&format!("incident show {id} -o json")).await.json();
    assert_eq!(shown["UserId"], json!("johnsmith@contoso.com"));
    assert!(shown["Trail"].is_array(), "{shown}");

    shell.types(&format!("incident close {id}")).await.refused(2, "--note");
    shell
        .types(&format!("incident close {id} --note {}", "x".repeat(501)))
        .await
        .refused(1, "500 characters");
    let closed = shell.types(&format!("incident close {id} --note mistake -o json")).await.json();
    assert_eq!((&closed["State"], &closed["StillBlocked"]), (&json!("closed"), &json!(false)));
    shell
        .types(&format!("incident close {id} --note again"))
        .await
        .refused(1, "operator:ann has answered it already");
    shell.types(&format!("incident show {}", sspr::random::id())).await.refused(1, "no such incident");
    let recorded = "select count(*) from audit_events where event = 'incident_closed' and actor = 'operator:ann' and details->>'note' = 'mistake'";
    assert_eq!(world.count(recorded).await, 1);
}

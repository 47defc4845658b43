//! Who could reset today, and what people asked, by the shell.

use serde_json::json;

use super::Shell;
use crate::support::{app::World, walk::JOHN};

#[tokio::test]
async fn each_administrator_is_shown_with_yes_or_the_reasons_and_a_threshold_decides_the_exit_code() {
    let world = World::new().await;
    let shell = Shell::of(&world, "https://reset.example");
    let report = shell.types("readiness -o json").await;
    let all = report.json();
    let of = |user_id: &str| {
        all.as_array().unwrap().iter().find(|line| line["UserId"] == user_id).cloned().unwrap_or_default()
    };
    assert_eq!(all.as_array().unwrap().len(), 8, "administrators only");
    assert_eq!(of(JOHN)["CouldReset"], json!(true));
    assert_eq!(of("noemail@contoso.com")["Reasons"], json!(["no_alternate_email"]));
    assert_eq!(of("nomobile@contoso.com")["WhyNot"], json!(["no mobile phone"]));
    assert_eq!(of("blocked@contoso.com")["Reasons"], json!(["blocked"]));
    assert_eq!(of("user@contoso.com"), json!(null));
    assert!(
        report.err.contains("8 administrators: 5 could reset, 0 could with a doubt, 3 could not"),
        "{report:?}"
    );
    assert!(report.err.contains("warning: one global administrator only could reset"), "{report:?}");

    for (line, code) in [
        ("readiness --fail-under 5", 0),
        ("readiness --fail-under 6", 1),
        ("readiness --fail-under 62%", 0),
        ("readiness --fail-under 63%", 1),
        ("readiness --fail-under 101%", 2),
        ("readiness --fail-under -1", 2),
        ("readiness --fail-under many", 2),
    ] {
        let heard = shell.types(line).await;
        assert_eq!(heard.code, code, "{line}: {heard:?}");
        // The report is there all the same: whoever is woken by the exit code wants to read why.
        assert_eq!(heard.out.contains("noemail@contoso.com"), code < 2, "{heard:?}");
    }

    shell
        .types(
            "user create second@contoso.com --display-name S --role global_administrator \
                 --alternate-email-address second@fabrikam.com --mobile-phone 425-555-0160",
        )
        .await;
    assert!(!shell.types("readiness").await.err.contains("warning"));
    shell.types("company set --self-serve-password-reset-enabled false").await;
    let off = shell.types("readiness --fail-under 1").await;
    assert!(off.code == 1 && off.err.contains("no global administrator could reset"), "{off:?}");
    // One company's report has nobody of another.
    let other = shell.types("readiness --company fabrikam.com -o csv").await;
    assert!(!other.out.contains("contoso.com,") && other.out.lines().count() == 2, "{other:?}");
}

#[tokio::test]
async fn a_request_is_listed_and_answered_once_with_a_link_or_a_refusal() {
    let world = World::new().await;
    let node = world.node().await;
    let shell = Shell::of(&world, &node.url);
    let none = shell.types("request list -o csv").await;
    assert!(none.code == 0 && none.out.starts_with("RequestId,UserId,"), "{none:?}");
    assert!(none.err.contains("nobody asks"), "{none:?}");
    world
        .execute(
            "insert into contact_requests (id, company_id, user_id, browser)
             select gen_random_uuid(), company_id, id, 'Firefox on Windows' from users
             where user_id in ('johnsmith@contoso.com', 'passwordadmin@contoso.com', 'globaladmin@fabrikam.com')",
        )
        .await;
    let list = shell.types("request list -o json").await.json();
    assert_eq!(list.as_array().unwrap().len(), 2, "of one company only: {list}");
    let id_of = |user_id: &str| {
        let found = list.as_array().unwrap().iter().find(|request| request["UserId"] == user_id);
        found.unwrap()["RequestId"].as_str().unwrap().to_owned()
    };
    let (john, other) = (id_of(JOHN), id_of("passwordadmin@contoso.com"));
    let reset = shell.types(&format!("request reset {john} -o json")).await.json();
    assert_eq!((&reset["UserId"], &reset["SentTo"]), (&json!(JOHN), &json!("alternate e-mail address")));
    assert!(!reset.to_string().contains("set-password"), "the link is the person's alone: {reset}");
    assert!(world.mail_to("johnsmith@fabrikam.com").await.text.contains("/set-password/"));
    let refused = shell.types(&format!("request refuse {other} -o json")).await.json();
    assert_eq!((&refused["State"], &refused["PersonTold"]), (&json!("refused"), &json!(true)));
    world.mail_to("passwordadmin@fabrikam.com").await;

    shell.types(&format!("request reset {other}")).await.refused(1, "operator:ann has answered it already");
    shell.types(&format!("request refuse {}", sspr::random::id())).await.refused(1, "no such request");
    shell.types("request refuse 4711").await.refused(2, "REQUEST_ID");
    assert_eq!(shell.types("request list -o json").await.json(), json!([]));
    let all = shell.types("request list --all -o json").await.json();
    assert_eq!(all[0]["AnsweredBy"], "operator:ann");
    let answered =
        "select count(*) from audit_events where event = 'request_answered' and actor = 'operator:ann'";
    assert_eq!(world.count(answered).await, 2);
}

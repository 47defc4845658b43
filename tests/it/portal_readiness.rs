//! The report of who could reset: filters in the address, masked where nothing can be mended, a file that no spreadsheet runs.

use crate::support::{
    app::World,
    office::{ELSEWHERE, GLOBAL, Office},
};

const PAGE: &str = "/portal/readiness";
const FILE: &str = "/portal/readiness.csv";

#[tokio::test]
async fn a_global_administrator_sees_every_reason_with_a_link_to_mend_it() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    let page = office.client.get(PAGE).await;
    assert_eq!((page.status.as_u16(), page.heading()), (200, "Could they reset today?"));
    for words in [
        "5 of 8 administrators",
        "Only one global administrator could reset the own password today. Have two at least",
        "All (8)",
        "Yes (5)",
        "No (3)",
        "No mobile phone (1)",
        "johnsmith@fabrikam.com",
        "+1 425-555-0100",
        "#mobile_phone\">Mend",
        "/unblock\">Mend",
    ] {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    assert!(!page.body.contains("globaladmin@fabrikam.com</bdi></span></th>"), "someone of another company");
    let filtered = office.client.get(&format!("{PAGE}?ready=no_mobile_phone")).await;
    assert!(
        filtered.body.contains("nomobile@contoso.com") && !filtered.body.contains(">noemail@contoso.com<")
    );
    assert!(filtered.body.contains("No (3)"), "counts stay those of all");
    let nobody = office.client.get(&format!("{PAGE}?ready=no&role=global_administrator")).await;
    assert!(nobody.body.contains("Nobody fits"), "{}", nobody.body);
    for odd in ["?ready=%00", "?ready=x&role=y&page=-1", "?page=99999999999999999999"] {
        assert_eq!(office.client.get(&format!("{PAGE}{odd}")).await.status, 200, "{odd}");
    }
}

#[tokio::test]
async fn whoever_can_not_mend_sees_no_link_and_masked_contact_data() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let office = Office::of(&world, &node, "passwordadmin@contoso.com").await;
    let page = office.client.get(PAGE).await;
    assert!(
        page.body.contains("No mobile phone") && page.body.contains("j••••••h@••••••.com"),
        "{}",
        page.body
    );
    assert!(page.body.contains("Tell your global administrators"));
    let file = office.client.get(FILE).await;
    assert!(file.body.contains("no_mobile_phone") && file.body.contains("••••••00"), "{}", file.body);
    for body in [&page.body, &file.body] {
        for whole in ["@fabrikam.com", "5550100", "555-0100", ">Mend"] {
            assert!(!body.contains(whole), "{whole}: {body}");
        }
    }
    let user = Office::of(&world, &node, "billingadmin@contoso.com").await;
    assert_eq!(user.client.get(PAGE).await.status, 403);
    assert_eq!(user.client.get(FILE).await.status, 403);
    assert_eq!(world.audited("access_denied").await, 2);
}

#[tokio::test] // V-66
async fn the_file_holds_what_the_filter_shows_and_nothing_in_it_runs() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    world.execute("update users set display_name = '=HYPERLINK(\"https://attacker.example\")' where user_id = 'nomobile@contoso.com'").await;
    let file = office.client.get(&format!("{FILE}?ready=no")).await;
    assert_eq!(file.header("content-type"), Some("text/csv; charset=utf-8"));
    assert_eq!(file.header("content-disposition"), Some("attachment; filename=\"readiness.csv\""));
    assert_eq!(file.header("cache-control"), Some("no-store"));
    let lines: Vec<&str> = file.body.lines().collect();
    assert_eq!(lines.len(), 4, "{}", file.body);
    assert_eq!(
        lines[0],
        "UserId,DisplayName,Role,CouldReset,Reasons,Doubts,LimitedUntil,AlternateEmailAddress,MobilePhone"
    );
    let line = lines.iter().find(|line| line.starts_with("nomobile@")).unwrap();
    assert!(line.contains("\"'=HYPERLINK(\"\"https"), "{line}");
    assert!(line.contains(",billing_administrator,no,no_mobile_phone,,,nomobile@fabrikam.com,"), "{line}");
    let elsewhere = Office::of(&world, &node, ELSEWHERE).await;
    let file = elsewhere.client.get(FILE).await;
    assert!(!file.body.contains("johnsmith") && file.body.lines().count() == 2, "{}", file.body);
}

#[tokio::test]
async fn five_hundred_administrators_are_pages_of_a_hundred_and_one_file() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    world.people(492).await;
    world.execute("update users set role = 'service_administrator' where display_name like 'User %'").await;
    world.execute("analyze").await;
    let started = std::time::Instant::now();
    let first = office.client.get(PAGE).await;
    println!("the report of 500 administrators: {:?}", started.elapsed());
    assert!(first.body.contains("All (500)"));
    assert_eq!(first.body.matches("<th scope=\"row\"").count(), 100);
    assert!(first.body.len() < 200_000, "{} bytes", first.body.len());
    assert!(first.body.contains("rel=\"next\" href=\"/portal/readiness?page=2\""));
    let last = office.client.get(&format!("{PAGE}?ready=no&page=5")).await;
    assert_eq!(last.body.matches("<th scope=\"row\"").count(), 95, "492 and the demo's 3");
    assert!(
        last.body.contains("rel=\"prev\" href=\"/portal/readiness?ready=no&#38;page=4\"")
            && !last.body.contains("rel=\"next\"")
    );
    assert_eq!(office.client.get(FILE).await.body.lines().count(), 501);
}

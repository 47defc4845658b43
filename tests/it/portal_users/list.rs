//! The list: search, filters, pages, choice.

use std::collections::BTreeSet;

use crate::support::{
    app::World,
    client::Answer,
    office::{GLOBAL, Office, row_of},
    walk::JOHN,
};

/// The user IDs of a page, in its order.
fn listed(page: &Answer) -> Vec<String> {
    assert_eq!(page.status, 200, "{page:?}");
    let cells = page.body.split("data-label=\"User ID\"><bdi>").skip(1);
    cells.map(|cell| cell.split_once("</bdi>").unwrap().0.to_owned()).collect()
}

/// The value of a paging button, if the page has it.
fn button(page: &Answer, name: &str) -> Option<String> {
    let (_, rest) = page.body.split_once(&format!("name=\"{name}\" value=\""))?;
    Some(rest.split_once('"').unwrap().0.to_owned())
}

async fn crowd(world: &World) {
    world
        .execute(
            "insert into users (id, company_id, user_id, user_id_normalised, display_name, role)
             select gen_random_uuid(), c.id, 'person' || lpad(n::text, 4, '0') || '@contoso.com',
                    'person' || lpad(n::text, 4, '0') || '@contoso.com', 'Person ' || n, 'user'
             from companies c, generate_series(1, 170) n where c.name = 'Contoso'",
        )
        .await;
}

#[tokio::test]
async fn people_are_found_by_name_user_id_address_and_digits_of_a_number_in_any_format() {
    let world = World::new().await;
    let node = world.node().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    for (search, found) in [
        ("john%20smi", vec![JOHN]),
        ("JOHNSMITH@contoso", vec![JOHN]),
        ("johnsmith%40fabrikam.com", vec![JOHN]),
        ("425-555-0100", vec![JOHN]),
        ("%2B1%20(425)%20555.0100", vec![JOHN]),
        ("4255550100", vec![JOHN]),
        ("5550100", vec![JOHN]),
        // A percent sign and an underscore are characters, not wildcards.
        ("%25", vec![]),
        ("john_smith", vec![]),
        ("nobody%20has%20this", vec![]),
    ] {
        let page = office.client.get(&format!("/portal/users?search={search}")).await;
        assert_eq!(listed(&page), found, "{search}");
        assert_eq!(page.body.contains("Nobody fits"), found.is_empty(), "{search}");
    }
}

#[tokio::test]
async fn filters_say_who_and_why_and_stand_in_the_address() {
    let world = World::new().await;
    let node = world.node().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    for (query, found) in [
        ("role=service_administrator", vec!["noemail@contoso.com", "serviceadmin@contoso.com"]),
        ("role=user", vec!["user@contoso.com"]),
        ("blocked=yes", vec!["blocked@contoso.com"]),
        ("ready=no", vec!["blocked@contoso.com", "noemail@contoso.com", "nomobile@contoso.com"]),
        ("ready=no_mobile_phone", vec!["nomobile@contoso.com"]),
        ("ready=no_alternate_email", vec!["noemail@contoso.com"]),
        ("ready=no&blocked=no&role=billing_administrator", vec!["nomobile@contoso.com"]),
        ("ready=yes&role=global_administrator", vec![GLOBAL]),
        ("ready=not_administrator", vec!["user@contoso.com"]),
    ] {
        let page = office.client.get(&format!("/portal/users?{query}")).await;
        assert_eq!(listed(&page), found, "{query}");
        for pair in query.split('&') {
            let value = pair.split_once('=').unwrap().1;
            assert!(page.body.contains(&format!("<option value=\"{value}\" selected>")), "{query}");
        }
    }
    let everyone = listed(&office.client.get("/portal/users?role=administrators").await);
    assert!(!everyone.contains(&"user@contoso.com".to_owned()) && everyone.len() == 8, "{everyone:?}");
}

#[tokio::test]
async fn every_user_is_on_one_page_whoever_comes_or_goes_in_between() {
    let world = World::new().await;
    crowd(&world).await;
    let node = world.node().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    let mut seen: Vec<String> = Vec::new();
    let mut path = "/portal/users?search=person0".to_owned();
    let mut pages = 0;
    loop {
        let page = office.client.get(&path).await;
        seen.extend(listed(&page));
        pages += 1;
        let Some(after) = button(&page, "after") else { break };
        path = format!("/portal/users?search=person0&after={after}");
        // Someone before the page goes, someone before the page comes: neither moves what follows.
        world
            .execute(
                "delete from users where id = (select id from users where user_id like 'person%' order by user_id limit 1)",
            )
            .await;
    }
    let once: BTreeSet<&String> = seen.iter().collect();
    assert_eq!((pages, seen.len(), once.len()), (4, 170, 170));
    let back = office.client.get(&path).await;
    let before = button(&back, "before").unwrap();
    let previous = listed(&office.client.get(&format!("/portal/users?search=person0&before={before}")).await);
    assert_eq!(previous, seen[100..150]);
}

#[tokio::test]
async fn who_is_chosen_stays_chosen_from_page_to_page_and_nobody_is_offered_who_may_not_be_reset() {
    let world = World::new().await;
    crowd(&world).await;
    let node = world.node().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    let (john, late) = (row_of(&world, JOHN).await, row_of(&world, "person0170@contoso.com").await);
    let first = office.client.get(&format!("/portal/users?select={john}&select={late}")).await;
    let ticked = |id| format!("name=\"select\" value=\"{id}\" autocomplete=\"off\" checked");
    let carried = |id| format!("<input type=\"hidden\" name=\"select\" value=\"{id}\">");
    assert!(first.body.contains(&ticked(john)) && first.body.contains(&carried(late)), "{}", first.body);
    assert!(first.body.contains("2 chosen") && first.body.contains("1 of them is not on this page."));
    let after = button(&first, "after").unwrap();
    let second = office.client.get(&format!("/portal/users?after={after}&select={john}&select={late}")).await;
    assert!(second.body.contains(&carried(john)) && second.body.contains("2 chosen"), "{}", second.body);
    let oneself = row_of(&world, GLOBAL).await;
    assert!(!first.body.contains(&format!("id=\"select-{oneself}\"")), "nobody resets their own here");

    // A password administrator is offered users and their own kind only.
    let office = Office::of(&world, &node, "passwordadmin@contoso.com").await;
    let page = office.client.get("/portal/users?role=administrators").await;
    assert!(page.body.contains(&format!("id=\"select-{}\"", row_of(&world, "blocked@contoso.com").await)));
    assert_eq!(page.body.matches("id=\"select-").count(), 1, "{}", page.body);
    assert!(!page.body.contains("/portal/users/new"), "who may not make users is not offered to");

    let too_many: Vec<String> = (0..41u128).map(|n| format!("select={}", uuid::Uuid::from_u128(n))).collect();
    let too_many = too_many.join("&");
    let page = office.client.get(&format!("/portal/users?{too_many}")).await;
    assert!(page.body.contains("You can reset the passwords of 40 people at once."), "{}", page.body);
}

#[tokio::test] // V-58
async fn an_address_full_of_nonsense_shows_the_list() {
    let world = World::new().await;
    let node = world.node().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    for query in [
        "search=%00&role=king&ready=perhaps&blocked=2&after=x&before=%ff&select=%3Cscript%3E",
        "after=00000000-0000-0000-0000-000000000000",
        "&&&=&=&",
        "search=%ff%fe",
        "search='%20or%201%3D1--",
    ] {
        let page = office.client.get(&format!("/portal/users?{query}")).await;
        assert_eq!(page.status, 200, "{query}");
    }
    let long = office.client.get(&format!("/portal/users?search={}", "x".repeat(8_000))).await;
    assert_eq!(long.status, 200);
}

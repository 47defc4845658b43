//! A new user: reviewed, made, and let in by a link to their own contact.

use crate::support::{
    app::World,
    client::{Answer, Client, link_in},
    office::{GLOBAL, Office},
    rows::Rows,
    walk::{JOHN, NEW, Walk},
};

const ANNA: &str = "Anna.Berg@contoso.com";

async fn fill_in(office: &Office<'_>, fields: &[(&str, &str)]) -> Answer {
    let mut all = vec![("user_id", ANNA), ("display_name", "Anna Berg"), ("role", "password_administrator")];
    all.retain(|(name, _)| fields.iter().all(|(given, _)| given != name));
    all.extend_from_slice(fields);
    office.client.submit("/portal/users/new", "/portal/users/new", &all).await
}

#[tokio::test]
async fn a_new_administrator_is_reviewed_made_and_sets_a_password_by_a_link_of_their_own() {
    let world = World::new().await;
    let node = world.node().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    let before = Rows::read(&world.pool).await;
    let review = fill_in(
        &office,
        &[("alternate_email_address", "anna@example.com"), ("mobile_phone", "425-555-0150")],
    )
    .await;
    assert_eq!((review.status.as_u16(), review.heading()), (200, "Review the new user"));
    for words in [
        "A link to set a password goes to <bdi class=\"name\">anna@example.com</bdi>.",
        "<ins><bdi>+14255550150</bdi></ins>",
        "<ins>Password administrator</ins>",
        "The person will be able to open this portal.",
    ] {
        assert!(review.body.contains(words), "{words}: {}", review.body);
    }
    assert!(!review.body.contains("signed out"), "somebody who is signed in nowhere: {}", review.body);
    assert_eq!(before.changes(&Rows::read(&world.pool).await), [].into());

    let made = office.accept(&review, "/portal/users/new", &[]).await;
    let (_, page) = office.client.open(made.location.as_deref().unwrap()).await;
    assert_eq!(page.heading(), "Anna Berg", "{made:?}");
    assert!(page.body.contains("None was ever set"), "{}", page.body);
    let link = world
        .wait("the link", || {
            world
                .mail
                .sent()
                .into_iter()
                .find(|mail| mail.to == "anna@example.com" && mail.text.contains("/set-password/"))
        })
        .await;
    // Who never had a password asked for nothing, and nothing of theirs stays as it is.
    assert!(link.subject.starts_with("Make your password ("), "{}", link.subject);
    for part in [&link.text, &link.html] {
        assert!(part.contains("has no password yet"), "{part}");
        assert!(!part.contains("your password stays") && !part.contains("Did you not ask for it?"), "{part}");
    }
    let link = link_in(&link.text);
    let path = &link[link.find("/set-password/").unwrap()..];
    let anna = Client::new(&node.url);
    let set = anna.submit(path, path, &[("new_password", NEW), ("confirm_password", NEW)]).await;
    assert_eq!(set.location.as_deref(), Some("/sign-in?notice=password-set"), "{set:?}");
    assert!(Walk::new(&world, &node).signs_in(ANNA, NEW).await);
}

#[tokio::test]
async fn a_new_user_whose_role_waits_is_made_and_the_pages_say_what_waits() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    world.execute("update companies set global_administrator_changes = 'after_hold'").await;
    let office = Office::of(&world, &node, GLOBAL).await;
    let review = fill_in(&office, &[("role", "global_administrator")]).await;
    assert!(review.body.contains("The person is made as a user at first."), "{}", review.body);
    for words in ["signed out", "able to open this portal", "temporary password"] {
        assert!(!review.body.contains(words), "{words}: {}", review.body);
    }
    let made = office.accept(&review, "/portal/users/new", &[]).await;
    let (_, page) = office.client.open(made.location.as_deref().unwrap()).await;
    assert!(page.body.contains("was made, with the role of a user."), "{}", page.body);
    assert!(!page.body.contains("Nothing has changed yet"), "{}", page.body);
}

#[tokio::test]
async fn what_is_wrong_with_a_new_user_is_told_at_once_and_nobody_is_made() {
    let world = World::new().await;
    let node = world.node().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    let before = Rows::read(&world.pool).await;
    let answer = fill_in(
        &office,
        &[("user_id", ""), ("display_name", ""), ("alternate_email_address", "x"), ("mobile_phone", "1")],
    )
    .await;
    assert_eq!(answer.status, 422);
    assert!(answer.body.contains("Enter the user ID."), "{}", answer.body);

    for (user_id, told) in [
        ("anna", "This is not a user ID."),
        (JOHN, "Somebody has this user ID already."),
        // Of another company, taken there or not: the same as of nobody.
        ("user@fabrikam.com", "The domain of this user ID is not your company’s. Use one of"),
        ("free@fabrikam.com", "The domain of this user ID is not your company’s. Use one of"),
        ("free@nobody.example", "The domain of this user ID is not your company’s. Use one of"),
    ] {
        let answer = fill_in(&office, &[("user_id", user_id)]).await;
        assert_eq!(answer.status, 422, "{user_id}");
        assert!(answer.body.contains(told), "{user_id}: {}", answer.body);
    }
    let answer = fill_in(
        &office,
        &[("display_name", ""), ("alternate_email_address", "x@contoso.com"), ("mobile_phone", "12")],
    )
    .await;
    for told in ["Enter a name of 1 to", "is in a domain of your company", "This number is too short"] {
        assert!(answer.body.contains(told), "{told}: {}", answer.body);
    }
    assert_eq!(before.changes(&Rows::read(&world.pool).await), [].into());
    assert_eq!(fill_in(&office, &[("role", "king")]).await.status, 400);
}

#[tokio::test]
async fn without_any_contact_nobody_gets_a_link_and_the_page_says_so() {
    let world = World::new().await;
    let node = world.node().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    let review = fill_in(&office, &[("role", "user")]).await;
    assert!(review.body.contains("There is no address or phone"), "{}", review.body);
    let made = office.accept(&review, "/portal/users/new", &[]).await;
    assert_eq!(made.status, 303);
    assert_eq!(world.count("select count(*) from outbox").await, 0);
    let twice = office.accept(&review, "/portal/users/new", &[]).await;
    assert!(twice.body.contains("Somebody has this user ID already."), "{twice:?}");
}

#[tokio::test]
async fn making_someone_asks_for_the_password_when_the_last_proof_is_old() {
    let world = World::new().await;
    let node = world.node().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    office.grow_old().await;
    let review = fill_in(&office, &[]).await;
    let again = office.accept(&review, "/portal/users/new", &[("your_password", "")]).await;
    assert!(again.status == 422 && again.body.contains("Enter your own password."), "{again:?}");
    let entries = office.accept(&review, "/portal/users/new", &[("back", "1")]).await;
    assert!(entries.status == 200 && entries.body.contains(&format!("value=\"{ANNA}\"")), "{entries:?}");
    assert_eq!(
        world.count("select count(*) from users where user_id_normalised = 'anna.berg@contoso.com'").await,
        0
    );
    let password = world.first_password(GLOBAL);
    let made = office.accept(&review, "/portal/users/new", &[("your_password", &password)]).await;
    assert_eq!(made.status, 303, "{made:?}");
}

//! Two people who edit the same user: the second is told, sees both versions, and chooses.

use crate::support::{
    app::World,
    office::{GLOBAL, Office, path_of},
    walk::JOHN,
};

/// A second global administrator.
async fn second(world: &World) {
    world
        .execute("update users set role = 'global_administrator' where user_id = 'billingadmin@contoso.com'")
        .await;
}
const SECOND: &str = "billingadmin@contoso.com";

#[tokio::test]
async fn the_second_editor_sees_both_versions_and_loses_nothing_of_the_first() {
    let world = World::new().await;
    second(&world).await;
    let node = world.node().await;
    let (first, other) = (Office::of(&world, &node, GLOBAL).await, Office::of(&world, &node, SECOND).await);
    let path = path_of(&world, JOHN).await;
    let opened = other.user(JOHN).await;
    first.change(JOHN, &[("display_name", "Johnny"), ("mobile_phone", "425-555-0142")]).await;

    let told = other
        .edit_page(
            &path,
            &opened,
            &[("display_name", "Jack"), ("alternate_email_address", "jack@example.com")],
        )
        .await;
    assert_eq!(told.status, 409);
    assert_eq!(told.heading(), "John Smith was changed meanwhile".replace("John Smith", "Johnny"));
    assert!(
        told.body.contains("<bdi class=\"name\">globaladmin@contoso.com</bdi> saved changes"),
        "{}",
        told.body
    );
    for words in ["<bdi>Johnny</bdi>", "<ins><bdi>Jack</bdi></ins>", "<ins><bdi>jack@example.com</bdi></ins>"]
    {
        assert!(told.body.contains(words), "{words}: {}", told.body);
    }
    assert!(
        !told.body.contains("+14255550100</bdi>"),
        "the number that the other did not touch is no conflict"
    );
    assert_eq!(world.count("select count(*) from users where display_name = 'Johnny'").await, 1);

    let review = other.accept(&told, &path, &[]).await;
    assert_eq!(review.status, 200, "{review:?}");
    assert!(review.body.contains("<del><bdi>Johnny</bdi></del>"), "{}", review.body);
    assert!(!review.body.contains("Mobile phone</th>"), "what the first saved stays: {}", review.body);
    other.accept(&review, &path, &[]).await;
    assert_eq!(
        world
            .count(
                "select count(*) from users u join mobile_phones m on m.user_id = u.id
                 join alternate_emails e on e.user_id = u.id
                 where display_name = 'Jack' and number = '+14255550142' and address = 'jack@example.com'",
            )
            .await,
        1
    );
}

#[tokio::test]
async fn a_review_that_was_overtaken_saves_nothing() {
    let world = World::new().await;
    second(&world).await;
    let node = world.node().await;
    let (first, other) = (Office::of(&world, &node, GLOBAL).await, Office::of(&world, &node, SECOND).await);
    let path = path_of(&world, JOHN).await;
    let review = other.edit(JOHN, &[("role", "user")]).await;
    first.change(JOHN, &[("display_name", "Johnny")]).await;
    let told = other.accept(&review, &path, &[]).await;
    assert_eq!(told.status, 409, "{told:?}");
    assert_eq!(
        world
            .count("select count(*) from users where user_id = 'johnsmith@contoso.com' and role = 'user'")
            .await,
        0
    );
}

#[tokio::test]
async fn of_two_at_the_same_moment_exactly_one_is_saved() {
    let world = World::new().await;
    second(&world).await;
    let node = world.node().await;
    let (first, other) = (Office::of(&world, &node, GLOBAL).await, Office::of(&world, &node, SECOND).await);
    let path = path_of(&world, JOHN).await;
    for round in 0..5 {
        let (mine, theirs) = (format!("Mine {round}"), format!("Theirs {round}"));
        let one = first.edit(JOHN, &[("display_name", &mine)]).await;
        let two = other.edit(JOHN, &[("display_name", &theirs)]).await;
        let (one, two) = tokio::join!(first.accept(&one, &path, &[]), other.accept(&two, &path, &[]));
        let mut ends = [one.status.as_u16(), two.status.as_u16()];
        ends.sort_unstable();
        assert_eq!(ends, [303, 409], "round {round}");
    }
}

#[tokio::test]
async fn the_same_wish_of_two_people_is_no_conflict() {
    let world = World::new().await;
    second(&world).await;
    let node = world.node().await;
    let (first, other) = (Office::of(&world, &node, GLOBAL).await, Office::of(&world, &node, SECOND).await);
    let path = path_of(&world, JOHN).await;
    let opened = other.user(JOHN).await;
    first.change(JOHN, &[("display_name", "Johnny")]).await;
    let told = other.edit_page(&path, &opened, &[("display_name", "Johnny")]).await;
    assert_eq!(told.location, Some(format!("{path}?notice=unchanged")), "{told:?}");
}

//! A user's settings: reviewed, then changed, then told; and taken back.

use crate::support::{
    app::World,
    client::link_in,
    office::{GLOBAL, Office, path_of},
    rows::Rows,
    walk::{JOHN, JOHN_MAIL, JOHN_PHONE, Walk},
};

const NEW_MAIL: &str = "john@example.com";
const NEW_PHONE: &str = "+14255550142";

#[tokio::test]
async fn nothing_changes_before_the_review_and_the_review_says_what_will() {
    let world = World::new().await;
    let node = world.node().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    let before = Rows::read(&world.pool).await;
    let fields = [("alternate_email_address", NEW_MAIL), ("mobile_phone", "(425) 555-0142")];
    let review = office.edit(JOHN, &fields).await;
    assert_eq!(review.status, 200);
    assert_eq!(review.heading(), "Review the changes of John Smith");
    for words in [
        format!("<del><bdi>{JOHN_MAIL}</bdi></del>"),
        format!("<ins><bdi>{NEW_MAIL}</bdi></ins>"),
        format!("<del><bdi>{JOHN_PHONE}</bdi></del>"),
        // As it will be kept, not as it was typed.
        format!("<ins><bdi>{NEW_PHONE}</bdi></ins>"),
        "The person is told at the old".to_owned(),
        "The person is asked to confirm at the new".to_owned(),
        "New contact data serves a reset at once".to_owned(),
        "A reset of this person that is under way ends, and one-time links that they got before no longer work.".to_owned(),
    ] {
        assert!(review.body.contains(&words), "{words}: {}", review.body);
    }
    assert!(!review.body.contains("Display name</th>"), "what stays is not in the way");
    assert!(!review.body.contains("your_password"), "the password was given a moment ago");
    assert_eq!(before.changes(&Rows::read(&world.pool).await), [].into());

    let saved = office.accept(&review, &path_of(&world, JOHN).await, &[]).await;
    assert_eq!(saved.status, 303, "{saved:?}");
    let (_, page) = office.client.open(saved.location.as_deref().unwrap()).await;
    assert!(
        page.body.contains("Saved.") && page.body.contains(NEW_MAIL) && page.body.contains("Unconfirmed")
    );
    assert!(page.body.contains("(425) 555-0142"), "the number is shown in its country's form too");
    let told = world.mail_to(JOHN_MAIL).await;
    assert!(told.text.contains("globaladmin@contoso.com"), "{}", told.text);
    world.sms_to(JOHN_PHONE).await;
    let asked = world.mail_to(NEW_MAIL).await;
    assert!(link_in(&asked.text).contains("/confirm-contact/"), "{}", asked.text);
    assert!(world.sms_to(NEW_PHONE).await.text.contains("/confirm-contact/"));
    assert_eq!(
        world
            .count(
                "select count(*) from audit_events where event = 'user_changed' and actor = 'globaladmin@contoso.com'
                 and network is not null and details->'MobilePhone'->>'new' = '+14255550142'",
            )
            .await,
        1
    );
}

#[tokio::test] // V-42
async fn new_contact_data_ends_a_reset_under_way() {
    let world = World::new().await;
    let node = world.node().await;
    let walk = Walk::new(&world, &node);
    walk.up_to_code().await;
    let code = walk.code().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    let saved = office.change(JOHN, &[("mobile_phone", "425-555-0142")]).await;
    assert_eq!(saved.status, 303, "{saved:?}");
    let answer = walk.type_code_blindly(&code).await;
    assert_eq!(answer.location.as_deref(), Some("/reset/ended"), "{answer:?}");
}

#[tokio::test]
async fn the_password_is_asked_again_when_the_last_proof_is_older_than_ten_minutes() {
    let world = World::new().await;
    let node = world.node().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    let path = path_of(&world, JOHN).await;
    office.grow_old().await;
    let review = office.edit(JOHN, &[("alternate_email_address", NEW_MAIL)]).await;
    assert!(review.body.contains("id=\"your_password\""), "{}", review.body);
    let before =
        world.count("select count(*) from alternate_emails where address = 'john@example.com'").await;
    for (typed, told) in [("", "Enter your own password."), ("not it", "This is not your password.")] {
        let again = office.accept(&review, &path, &[("your_password", typed)]).await;
        assert_eq!(again.status, 422);
        assert!(again.body.contains(told) && again.body.contains(NEW_MAIL), "{}", again.body);
    }
    let without = office.accept(&review, &path, &[]).await;
    assert_eq!(without.status, 422, "a form that leaves the field out is no way past it");
    assert_eq!(before, 0);
    assert_eq!(
        world.count("select count(*) from alternate_emails where address = 'john@example.com'").await,
        0
    );
    let password = world.first_password(GLOBAL);
    let saved = office.accept(&review, &path, &[("your_password", &password)]).await;
    assert_eq!(saved.status, 303, "{saved:?}");
    assert_eq!(
        world.count("select count(*) from alternate_emails where address = 'john@example.com'").await,
        1
    );
    // That was a proof, too.
    let review = office.edit(JOHN, &[("display_name", "Johnny")]).await;
    assert!(!review.body.contains("your_password"), "{}", review.body);
}

#[tokio::test]
async fn every_refusal_is_told_at_its_field_at_once_and_what_was_typed_stays() {
    let world = World::new().await;
    let node = world.node().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    let before = Rows::read(&world.pool).await;
    let answer = office
        .edit(
            JOHN,
            &[
                ("display_name", "  "),
                ("alternate_email_address", "ok@example.com\njohnsmith@contoso.com"),
                ("mobile_phone", "555-0100"),
            ],
        )
        .await;
    assert_eq!(answer.status, 422);
    for (field, told) in [
        ("display_name", "Enter a name of 1 to 200 characters"),
        ("alternate_email_address", "is the user ID itself"),
        ("mobile_phone", "This number is too short"),
    ] {
        let (_, at_field) = answer.body.split_once(&format!("id=\"{field}-problem\"")).unwrap();
        assert!(at_field.split_once("</div>").unwrap().0.contains(told), "{field}: {at_field}");
        assert!(answer.body.contains(&format!("<a href=\"#{field}\">")), "{field}");
    }
    assert!(answer.body.contains("ok@example.com\njohnsmith@contoso.com</textarea>"), "{}", answer.body);
    assert!(answer.body.contains("value=\"555-0100\""));

    for (field, typed, told) in [
        ("alternate_email_address", "x@contoso.com", "is in a domain of your company"),
        ("alternate_email_address", "not an address", "is not an e-mail address"),
        ("mobile_phone", "+49 30 901820", "This is a landline"),
        ("mobile_phone", "+999 1234567", "No country has this country code"),
        ("mobile_phone", "425-555-0100 ext. 5", "A number with an extension"),
        ("mobile_phone", "+1 800 555 0100", "A number of this kind"),
        ("mobile_phone", "call me", "This is not a telephone number"),
    ] {
        let answer = office.edit(JOHN, &[(field, typed)]).await;
        assert_eq!(answer.status, 422, "{typed}");
        assert!(answer.body.contains(told), "{typed}: {}", answer.body);
    }
    let eleven: Vec<String> = (0..11).map(|n| format!("a{n}@example.com")).collect();
    let answer = office.edit(JOHN, &[("alternate_email_address", &eleven.join("\n"))]).await;
    assert!(answer.status == 422 && answer.body.contains("Enter 10 addresses at most."), "{answer:?}");
    assert_eq!(before.changes(&Rows::read(&world.pool).await), [].into());
}

#[tokio::test]
async fn addresses_keep_their_order_and_the_first_gets_the_link() {
    let world = World::new().await;
    let node = world.node().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    let typed = format!("{NEW_MAIL}\r\n\r\n  {JOHN_MAIL}  \r\n");
    office.change(JOHN, &[("alternate_email_address", &typed)]).await;
    let kept: Vec<String> = sqlx::query_scalar(
        "select address from alternate_emails e join users u on u.id = e.user_id where u.user_id = $1 order by position",
    )
    .bind(JOHN)
    .fetch_all(&world.pool)
    .await
    .unwrap();
    assert_eq!(kept, [NEW_MAIL, JOHN_MAIL]);
    let walk = Walk::new(&world, &node);
    walk.start(JOHN).await;
    let link = world
        .wait("the link", || {
            world.mail.sent().into_iter().find(|mail| mail.text.contains("/reset/email-link/"))
        })
        .await;
    assert_eq!(link.to, NEW_MAIL);
}

#[tokio::test]
async fn a_form_without_a_change_says_so_and_a_change_can_be_taken_back() {
    let world = World::new().await;
    let node = world.node().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    let path = path_of(&world, JOHN).await;
    let same = office
        .edit(
            JOHN,
            &[("mobile_phone", "425 555 0100"), ("alternate_email_address", "johnsmith@fabrikam.com\n")],
        )
        .await;
    assert_eq!(same.location, Some(format!("{path}?notice=unchanged")), "{same:?}");
    assert_eq!(world.count("select count(*) from audit_events where event = 'user_changed'").await, 0);

    let saved = office.change(JOHN, &[("display_name", "Johnny"), ("mobile_phone", "")]).await;
    let (_, page) = office.client.open(saved.location.as_deref().unwrap()).await;
    let (_, notice) = page.body.split_once("<div class=\"notice\"").unwrap();
    assert!(notice.contains("Undo"), "{}", page.body);
    // The first form of the page is the one in the notice.
    let review = office.accept(&page, &path, &[]).await;
    assert_eq!(review.status, 200, "{review:?}");
    assert!(review.body.contains("<del><bdi>Johnny</bdi></del>"), "{}", review.body);
    office.accept(&review, &path, &[]).await;
    let page = office.user(JOHN).await;
    assert!(page.body.contains("value=\"John Smith\"") && page.body.contains(JOHN_PHONE), "{}", page.body);
    assert!(!page.body.contains(">Undo<"), "only the page that follows a change offers it");

    // Whoever else changes the user takes the offer away.
    let saved = office.change(JOHN, &[("display_name", "Johnny")]).await;
    world.execute("update users set version = version + 1 where user_id = 'johnsmith@contoso.com'").await;
    let (_, page) = office.client.open(saved.location.as_deref().unwrap()).await;
    assert!(page.body.contains("Saved.") && !page.body.contains(">Undo<"), "{}", page.body);
}

#[tokio::test]
async fn the_other_button_of_a_review_leads_back_to_the_entries() {
    let world = World::new().await;
    let node = world.node().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    let review = office.edit(JOHN, &[("display_name", "Johnny")]).await;
    let form = office.accept(&review, &path_of(&world, JOHN).await, &[("back", "1")]).await;
    assert_eq!(form.status, 200);
    assert!(form.body.contains("name=\"display_name\" value=\"Johnny\""), "{}", form.body);
    assert_eq!(world.count("select count(*) from users where display_name = 'Johnny'").await, 0);
}

#[tokio::test]
async fn a_role_is_changed_but_the_last_global_administrator_stays_one() {
    let world = World::new().await;
    let node = world.node().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    let answer = office.edit(GLOBAL, &[("role", "user")]).await;
    assert_eq!(answer.status, 422);
    assert!(
        answer.body.contains("This is the last global administrator who can sign in."),
        "{}",
        answer.body
    );

    let review = office.edit("user@contoso.com", &[("role", "global_administrator")]).await;
    assert!(review.body.contains("The person will be able to open this portal."), "{}", review.body);
    office.accept(&review, &path_of(&world, "user@contoso.com").await, &[]).await;
    let answer = office.edit(GLOBAL, &[("role", "user")]).await;
    assert!(answer.body.contains("can’t reset the password by self-service"), "{}", answer.body);
    let answer = office.accept(&answer, &path_of(&world, GLOBAL).await, &[]).await;
    assert_eq!(answer.location.as_deref(), Some("/account"), "the portal is closed to them now");
    // The session ended with the role that it was signed in with.
    let answer = office.client.get("/portal/users").await;
    assert_eq!(answer.location.as_deref(), Some("/sign-in?notice=first"), "{answer:?}");
}

#[tokio::test]
async fn the_person_is_asked_again_to_confirm_but_not_without_end() {
    let world = World::new().await;
    let node = world.node().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    let path = path_of(&world, JOHN).await;
    let page = office.user(JOHN).await;
    let action = format!("{path}/confirm-contact");
    let mut ends = Vec::new();
    for _ in 0..6 {
        let answer = office.accept(&page, &action, &[]).await;
        ends.push(answer.status.as_u16());
        if answer.status == 422 {
            assert!(answer.body.contains("asked often enough today"), "{}", answer.body);
        }
    }
    assert_eq!(ends, [303, 303, 303, 303, 303, 422]);
    assert!(link_in(&world.mail_to(JOHN_MAIL).await.text).contains("/confirm-contact/"));
    world
        .execute("update alternate_emails set confirmed_at = now() where address = 'johnsmith@fabrikam.com'")
        .await;
    let page = office.user(JOHN).await;
    assert!(page.body.contains("Confirmed</span>"), "{}", page.body);
    assert!(
        !page.body.contains("value=\"alternate_email_address\""),
        "nothing to ask any more: {}",
        page.body
    );
}

//! The company's settings in the portal: reviewed, with the consequence in numbers, bound to a version, taken back.

use std::time::{Duration, Instant};

use sspr::portal::company::fields::{Field, Fields};

use crate::support::{
    app::World,
    client::{Answer, Client},
    crowd::form,
    office::{ELSEWHERE, GLOBAL, Office},
    rows::{Changes, Rows},
    walk::Walk,
};

const PAGE: &str = "/portal/company";
const SWITCH: &str = "self_serve_password_reset_enabled";

async fn send(office: &Office<'_>, fields: &[(&str, &str)]) -> Answer {
    office.client.submit(PAGE, PAGE, fields).await
}

/// Presses the button of a page that asks, with other fields besides.
async fn accept(office: &Office<'_>, asked: &Answer, fields: &[(&str, &str)]) -> Answer {
    let hidden = asked.hidden_fields(PAGE).unwrap_or_else(|| panic!("no form: {}", asked.body));
    office.client.post_form(PAGE, hidden, fields).await
}

async fn change(office: &Office<'_>, fields: &[(&str, &str)]) -> Answer {
    let review = send(office, fields).await;
    assert_eq!((review.status.as_u16(), review.heading()), (200, "Review the changes of the company"));
    accept(office, &review, &[("reason", "a test")]).await
}

#[tokio::test]
async fn the_switch_says_in_numbers_what_it_does_wants_a_reason_and_is_taken_back() {
    let world = World::new().await;
    let node = world.node().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    let walk = Walk::new(&world, &node);
    walk.up_to_code().await;
    // Until the worker has done all it does for the code: it counts the text, and finishes the message.
    for _ in 0..1000 {
        if world.count("select count(*) from outbox where state = 'queued'").await == 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let before = Rows::read(&world.pool).await;
    let review = send(&office, &[(SWITCH, "false")]).await;
    for words in [
        "5 administrators will no longer be able to reset their password.",
        "1 of them is a global administrator.",
        "1 reset under way will end.",
        "name=\"reason\"",
        "Needed. It is recorded in the audit log",
        ">Switch self-service off</button>",
    ] {
        assert!(review.body.contains(words), "{words}: {}", review.body);
    }
    // The button saves whatever else was changed, and says so.
    let both = send(&office, &[(SWITCH, "false"), ("password_min_length", "20")]).await;
    assert!(both.body.contains(">Save all changes and switch self-service off</button>"), "{}", both.body);
    assert!(!both.body.contains(">Switch self-service off</button>"), "{}", both.body);
    let missing = accept(&office, &review, &[("reason", "  ")]).await;
    assert_eq!(missing.status, 422);
    assert!(missing.body.contains("id=\"reason-problem\""), "{}", missing.body);
    let long = "x".repeat(501);
    assert_eq!(accept(&office, &review, &[("reason", &long)]).await.status, 422);
    let changes = before.changes(&Rows::read(&world.pool).await);
    assert_eq!(changes, Changes::new(), "a review changed something");
    let saved = accept(&office, &review, &[("reason", "The phones are away.")]).await;
    assert_eq!(saved.location.as_deref(), Some("/portal/company?notice=saved"), "{saved:?}");
    let recorded: serde_json::Value =
        sqlx::query_scalar("select details from audit_events where event = 'company_changed' and actor = $1")
            .bind(GLOBAL)
            .fetch_one(&world.pool)
            .await
            .unwrap();
    assert_eq!(recorded["Reason"], "The phones are away.");
    assert_eq!(recorded["SelfServePasswordResetEnabled"]["new"], "False");
    let ended = walk.client.get("/reset/security-code").await;
    assert_eq!(ended.location.as_deref(), Some("/reset/ended"));

    let page = office.client.get("/portal/company?notice=saved").await;
    assert!(page.body.contains("Saved.") && page.body.contains(">Undo<"), "{}", page.body);
    // The first form for this path is that of Undo.
    let review = accept(&office, &page, &[]).await;
    assert_eq!(
        review.heading(),
        "Review the changes of the company",
        "taking back is no less grave: {review:?}"
    );
    assert!(review.body.contains("Taken back with Undo"), "the reason is filled in: {}", review.body);
    let undone = accept(&office, &review, &[("reason", "Taken back.")]).await;
    assert_eq!(undone.location.as_deref(), Some("/portal/company?notice=saved"), "{undone:?}");
    assert_eq!(
        world.count("select count(*) from companies where self_serve_password_reset_enabled").await,
        2
    );
    // What ended is over, also when the switch is back.
    let ended = walk.client.get("/reset/security-code").await;
    assert_eq!(ended.location.as_deref(), Some("/reset/ended"));
    // What another changed meanwhile is not taken back.
    let page = office.client.get("/portal/company?notice=saved").await;
    world.execute("update companies set version = version + 1").await;
    assert!(!office.client.get("/portal/company?notice=saved").await.body.contains(">Undo<"));
    assert_eq!(accept(&office, &page, &[]).await.status, 409);
}

#[tokio::test]
async fn every_setting_is_saved_and_every_mistake_is_named_at_once() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let office = Office::of(&world, &node, GLOBAL).await;
    let wrong = [
        ("name", " "),
        ("default_region", "Atlantis"),
        ("sign_in_url", "http://contoso.com"),
        ("contact_hold_hours", "721"),
        ("unconfirmed_contact", "perhaps"),
        ("password_expires_after_days", "13"),
        ("password_warning_days", "31"),
        ("password_min_length", "8"),
        ("password_refused_words", "ab"),
    ];
    let answer = send(&office, &wrong).await;
    assert_eq!(answer.status, 422);
    for (field, _) in wrong {
        assert!(answer.body.contains(&format!("id=\"{field}-problem\"")), "{field}: {}", answer.body);
    }
    let long = send(&office, &[("password_expires_after_days", "14"), ("password_warning_days", "14")]).await;
    assert!(long.body.contains("id=\"password_warning_days-problem\""), "{}", long.body);

    let wanted = [
        ("name", "Contoso Ltd"),
        ("default_region", "GB"),
        ("sign_in_url", "https://login.contoso.com/"),
        ("user_id_is_mailbox", "true"),
        ("alternate_email_in_own_domain_allowed", "true"),
        ("unconfirmed_contact", "after_hold"),
        ("contact_hold_hours", "48"),
        ("temporary_passwords_allowed", "false"),
        ("global_administrator_changes", "approval"),
        ("global_administrator_hold_hours", "36"),
        ("password_expires_after_days", "90"),
        ("password_warning_days", "7"),
        ("password_min_length", "20"),
        ("password_refused_words", "summer\r\nwinter"),
    ];
    world.execute("update users set password_changed_at = now() - interval '91 days' where user_id in ('johnsmith@contoso.com', 'user@contoso.com', 'user@fabrikam.com')").await;
    let review = send(&office, &wanted).await;
    assert!(review.body.contains("2 passwords are older than that"), "{}", review.body);
    assert!(!review.body.contains("name=\"reason\""), "a reason is asked for the switch");
    assert_eq!(accept(&office, &review, &[]).await.status, 303);
    let page = office.client.get(PAGE).await;
    let was = page.hidden_fields(PAGE).unwrap().into_iter().find(|(name, _)| name == "was").unwrap().1;
    let was = Fields::read(&was).unwrap();
    for field in Field::ALL.into_iter().filter(|field| *field != Field::SelfServe) {
        let (_, value) = wanted.iter().find(|(name, _)| *name == field.as_str()).unwrap();
        assert_eq!(was.get(field), value.replace("\r\n", "\n"), "{field:?}");
    }
    assert_eq!(send(&office, &[]).await.location.as_deref(), Some("/portal/company?notice=unchanged"));
    let back = send(
        &office,
        &[("password_expires_after_days", ""), ("password_min_length", ""), ("sign_in_url", "")],
    )
    .await;
    assert_eq!(accept(&office, &back, &[]).await.status, 303);
    assert_eq!(
        world.count("select count(*) from companies where password_expires_after_days is null and password_min_length is null and sign_in_url is null").await,
        2
    );
    // A field twice is no form of ours.
    assert_eq!(send(&office, &[("name", "a"), ("name", "b")]).await.status, 400);
}

#[tokio::test]
async fn of_two_who_edit_at_once_the_second_sees_both_versions() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let (one, other) = (Office::of(&world, &node, GLOBAL).await, Office::of(&world, &node, GLOBAL).await);
    let opened = form(&other.client, PAGE, PAGE).await;
    assert_eq!(change(&one, &[("name", "Contoso of the first")]).await.status, 303);
    let fields = [("name", "Contoso of the second"), ("contact_hold_hours", "72")];
    let told = opened.send(&other.client, &fields).await;
    assert_eq!((told.status.as_u16(), told.heading()), (409, "The company was changed meanwhile"));
    assert!(told.body.contains("Contoso of the first") && told.body.contains("Contoso of the second"));
    assert_eq!(world.count("select count(*) from companies where contact_hold_hours = 72").await, 0);
    let review = accept(&other, &told, &[]).await;
    assert_eq!((review.status.as_u16(), review.heading()), (200, "Review the changes of the company"));
    assert_eq!(accept(&other, &review, &[]).await.status, 303);
    // One who changed another field keeps what the first saved.
    let opened = form(&other.client, PAGE, PAGE).await;
    assert_eq!(change(&one, &[("name", "Contoso again")]).await.status, 303);
    let told = opened.send(&other.client, &[("contact_hold_hours", "96")]).await;
    let review = accept(&other, &told, &[]).await;
    assert_eq!(accept(&other, &review, &[]).await.status, 303);
    let both = "select count(*) from companies where name = 'Contoso again' and contact_hold_hours = 96";
    assert_eq!(world.count(both).await, 1);
}

#[tokio::test]
async fn only_global_administrators_come_in_and_an_old_proof_asks_again() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let global = Office::of(&world, &node, GLOBAL).await;
    let opened = form(&global.client, PAGE, PAGE).await;
    for user_id in
        ["johnsmith@contoso.com", "passwordadmin@contoso.com", "billingadmin@contoso.com", "user@contoso.com"]
    {
        let office = Office::of(&world, &node, user_id).await;
        assert_eq!(office.client.get(PAGE).await.status, 403, "{user_id}");
        let mut own = form(&office.client, "/account", "/sign-out").await;
        PAGE.clone_into(&mut own.action);
        let fields = [(SWITCH, "false"), ("reviewed", "1"), ("reason", "none")];
        assert_eq!(own.send(&office.client, &fields).await.status, 403, "{user_id}");
    }
    assert_eq!(world.audited("access_denied").await, 8);
    let elsewhere = Office::of(&world, &node, ELSEWHERE).await;
    let page = elsewhere.client.get(PAGE).await;
    assert!(page.body.contains("Fabrikam") && !page.body.contains("Contoso"), "{}", page.body);
    assert_eq!(
        world.count("select count(*) from companies where self_serve_password_reset_enabled").await,
        2
    );

    global.grow_old().await;
    let review = opened.send(&global.client, &[("name", "Contoso Ltd")]).await;
    assert!(review.body.contains("name=\"your_password\""), "{}", review.body);
    let wrong = accept(&global, &review, &[("your_password", "not it")]).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.body.contains("id=\"your_password-problem\""));
    let password = world.first_password(GLOBAL);
    let saved = accept(&global, &wrong, &[("your_password", &password)]).await;
    assert_eq!(saved.status, 303, "{saved:?}");
}

#[tokio::test] // issue 3: measured
async fn a_switch_set_on_one_node_is_obeyed_by_the_other_in_under_two_seconds() {
    let world = World::new().await;
    let (here, there) = (world.node().await, world.node().await);
    let office = Office::of(&world, &here, GLOBAL).await;
    let walk = Walk::new(&world, &there);
    walk.up_to_code().await;
    assert_eq!(walk.client.get("/reset/security-code").await.status, 200);
    let waiting = walk.client.twin();
    let review = send(&office, &[(SWITCH, "false")]).await;
    let started = Instant::now();
    assert_eq!(accept(&office, &review, &[("reason", "measured")]).await.status, 303);
    while waiting.get("/reset/security-code").await.location.as_deref() != Some("/reset/ended") {
        assert!(started.elapsed() < Duration::from_secs(20), "never obeyed");
    }
    let off = started.elapsed();
    // Whoever starts now is led as anyone, and gets no mail.
    let mails = world.count("select count(*) from outbox where channel = 'email' and deliverable").await;
    Walk { world: &world, client: Client::new(&there.url) }.start("johnsmith@contoso.com").await;
    assert_eq!(
        world.count("select count(*) from outbox where channel = 'email' and deliverable").await,
        mails
    );

    let review = send(&office, &[(SWITCH, "true")]).await;
    let started = Instant::now();
    assert_eq!(accept(&office, &review, &[("reason", "measured")]).await.status, 303);
    Walk { world: &world, client: Client::new(&there.url) }.start("johnsmith@contoso.com").await;
    assert_eq!(
        world.count("select count(*) from outbox where channel = 'email' and deliverable").await,
        mails + 1
    );
    let on = started.elapsed();
    println!("the switch was obeyed by the other node after {off:?} (off), {on:?} (on)");
    assert!(off < Duration::from_secs(2) && on < Duration::from_secs(2), "{off:?} {on:?}");
}

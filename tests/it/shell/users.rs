//! Users by the shell: shown, made, changed, let in again.

use serde_json::json;

use super::Shell;
use crate::support::{
    app::World,
    walk::{JOHN, NEW, Walk},
};

#[tokio::test]
async fn a_user_is_shown_with_whether_and_why_not() {
    let world = World::new().await;
    let shell = Shell::of(&world, "https://reset.example");
    let john = shell.types("user show JohnSmith@Contoso.com").await;
    assert_eq!(
        john.out,
        "UserId                  : johnsmith@contoso.com\n\
         DisplayName             : John Smith\n\
         Role                    : user_management_administrator\n\
         Company                 : Contoso\n\
         AlternateEmailAddresses : johnsmith@fabrikam.com\n\
         MobilePhone             : +14255550100\n\
         Blocked                 : False\n\
         PasswordSet             : True\n\
         CouldReset              : True\n\
         WhyNot                  :\n"
    );
    world
        .execute("update companies set self_serve_password_reset_enabled = false where name = 'Fabrikam'")
        .await;
    for (user_id, why) in [
        ("user@contoso.com", "not an administrator"),
        ("noemail@contoso.com", "no alternate e-mail address"),
        ("nomobile@contoso.com", "no mobile phone"),
        ("blocked@contoso.com", "blocked"),
        (
            "user@fabrikam.com",
            "not an administrator; switched off for the company; no alternate e-mail address; no mobile phone",
        ),
    ] {
        let user = shell.types(&format!("user show {user_id} -o json")).await.json();
        let why: Vec<&str> = why.split("; ").collect();
        assert_eq!((&user["CouldReset"], &user["WhyNot"]), (&json!(false), &json!(why)), "{user_id}");
    }
    shell.types("user show nobody@contoso.com").await.refused(1, "there is no user nobody@contoso.com");
    shell.types("user show nobody").await.refused(1, "exactly one @");
}

#[tokio::test] // V-66
async fn a_list_has_the_companys_users_and_nobody_elses() {
    let world = World::new().await;
    let shell = Shell::of(&world, "https://reset.example");
    let all = shell.types("user list -o json").await.json();
    let ids: Vec<&str> =
        all.as_array().unwrap().iter().map(|user| user["UserId"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 9);
    assert!(ids.is_sorted() && ids.iter().all(|id| id.ends_with("@contoso.com")), "{ids:?}");
    let csv = shell.types("user list --company fabrikam.com -o csv").await.out;
    assert_eq!(csv.lines().count(), 3, "{csv}");
    assert!(csv.starts_with("UserId,DisplayName,Role,Company,AlternateEmailAddresses,MobilePhone,"), "{csv}");
    assert!(csv.contains(",'+14255550108,"), "{csv}");
    let table = shell.types("user list -o table").await.out;
    assert_eq!(table.lines().count(), 11, "{table}");
}

#[tokio::test]
async fn addresses_and_numbers_are_set_removed_and_echoed_as_they_are_kept() {
    let world = World::new().await;
    let shell = Shell::of(&world, "https://reset.example");
    let told = shell
        .runs(
            &[
                "user",
                "set",
                "johnsmith@contoso.com",
                "--mobile-phone",
                "+1 (425) 555-0142",
                "--alternate-email-address",
                "John@FABRIKAM.com",
                "--alternate-email-address",
                "second@fabrikam.com",
                "--display-name",
                "John T. Smith",
                "-o",
                "json",
            ],
            "",
        )
        .await;
    let change = |property: &str, old: &str, new: &str| json!({ "UserId": JOHN, "Property": property, "Old": old, "New": new });
    assert_eq!(
        told.json(),
        json!([
            change("DisplayName", "John Smith", "John T. Smith"),
            change(
                "AlternateEmailAddresses",
                "johnsmith@fabrikam.com",
                "John@fabrikam.com, second@fabrikam.com"
            ),
            change("MobilePhone", "+14255550100", "+14255550142"),
        ])
    );
    assert!(told.err.contains("John@FABRIKAM.com is stored as John@fabrikam.com"), "{told:?}");
    assert!(told.err.contains("is stored as +14255550142, that is (425) 555-0142"), "{told:?}");

    let gone =
        shell.types("user set johnsmith@contoso.com --no-alternate-email-address --no-mobile-phone -o json");
    let gone = gone.await.json();
    assert_eq!(gone[0]["New"], "");
    assert_eq!(gone[1], change("MobilePhone", "+14255550142", ""));
    let john = shell.types("user show johnsmith@contoso.com -o json").await.json();
    assert_eq!(john["WhyNot"], json!(["no alternate e-mail address", "no mobile phone"]));
    let again = shell.types("user set johnsmith@contoso.com --no-mobile-phone").await;
    assert_eq!((again.code, again.out.as_str()), (0, ""));
    assert!(again.err.contains("nothing changed"), "{again:?}");
    let events = world.count(
        "select count(*) from audit_events e join users u on u.id = e.user_id and u.company_id = e.company_id
         where e.event = 'user_changed' and e.actor = 'operator:ann' and e.subject = 'johnsmith@contoso.com'",
    );
    assert_eq!(events.await, 2);
}

#[tokio::test]
async fn what_can_not_be_is_refused_with_its_reason_and_changes_nothing() {
    let world = World::new().await;
    let shell = Shell::of(&world, "https://reset.example");
    for (line, why) in [
        ("user set johnsmith@contoso.com --alternate-email-address johnsmith@contoso.com", "user ID itself"),
        (
            "user set johnsmith@contoso.com --alternate-email-address johnsmith+x@contoso.com",
            "user ID itself",
        ),
        (
            "user set johnsmith@contoso.com --alternate-email-address jane@contoso.com",
            "in-own-domain-allowed true",
        ),
        ("user set johnsmith@contoso.com --alternate-email-address john", "exactly one @"),
        (
            "user set johnsmith@contoso.com --role user --alternate-email-address a@fabrikam.com --mobile-phone 555-0100",
            "555-0100 can't get a security code: it has too few digits, or no area code",
        ),
        ("user set johnsmith@contoso.com --mobile-phone +18005550199", "service number"),
        ("user set nobody@contoso.com --mobile-phone 425-555-0100", "there is no user nobody@contoso.com"),
        ("user create johnsmith@contoso.com --display-name J --role user", "already"),
        ("user create JOHNSMITH@contoso.com --display-name J --role user", "already"),
        ("user create a@tailspin.example --display-name A --role user", "no company has the domain"),
        ("user create a@mail.contoso.com --display-name A --role user", "no company has the domain"),
        ("user create a --display-name A --role user", "no user ID"),
        (
            "user create a@contoso.com --display-name A --role user --alternate-email-address A@contoso.com",
            "user ID itself",
        ),
        ("user create a@contoso.com --display-name A --role user --mobile-phone x", "no telephone number"),
        ("user unblock nobody@contoso.com", "there is no user"),
        ("user reset-password nobody@contoso.com", "there is no user"),
        ("user reset-password blocked@contoso.com", "sspr user unblock blocked@contoso.com"),
    ] {
        shell.types(line).await.refused(1, why);
    }
    let long = format!("user create a@contoso.com --role user --display-name {}", "x".repeat(201));
    shell.types(&long).await.refused(1, "1 to 200 characters");
    assert_eq!(world.count("select count(*) from audit_events").await, 0);
    assert_eq!(world.count("select count(*) from users where role = 'user'").await, 2);

    shell.types("company set --alternate-email-in-own-domain-allowed true").await;
    let allowed = "user set johnsmith@contoso.com --alternate-email-address jane@contoso.com -o json";
    assert_eq!(shell.types(allowed).await.json()[0]["New"], "jane@contoso.com");
    let itself = "user set johnsmith@contoso.com --alternate-email-address johnsmith@contoso.com";
    shell.types(itself).await.refused(1, "user ID itself");
}

#[tokio::test] // V-42
async fn a_new_number_address_or_role_ends_attempts_under_way_and_a_new_name_does_not() {
    let world = World::new().await;
    let node = world.node().await;
    let shell = Shell::of(&world, &node.url);
    for change in [
        &["--mobile-phone", "425-555-0142"][..],
        &["--no-mobile-phone"],
        &["--alternate-email-address", "new@fabrikam.com"],
        &["--role", "billing_administrator"],
    ] {
        world.execute("update users set role = 'user_management_administrator' where user_id = 'johnsmith@contoso.com'").await;
        world
            .execute(
                "insert into mobile_phones (user_id, number) select id, '+14255550100' from users
                 where user_id = 'johnsmith@contoso.com'
                 on conflict (user_id) do update set number = excluded.number",
            )
            .await;
        world
            .execute(
                "update alternate_emails set address = 'johnsmith@fabrikam.com' where address = 'new@fabrikam.com'",
            )
            .await;
        world.execute("delete from budgets").await;
        world.mail.take();
        world.sms.take();
        let proven = Walk::new(&world, &node);
        proven.up_to_code().await;
        let code = proven.code().await;
        let started = Walk::new(&world, &node);
        started.start(JOHN).await;
        let unproven = world.count(
            "select count(*) from reset_attempts where user_id is not null and ended_at is null and finished_at is null",
        );
        assert_eq!(unproven.await, 2);

        let renamed = shell.runs(&["user", "set", JOHN, "--display-name", &change.concat()[2..]], "").await;
        assert_eq!(renamed.code, 0, "{renamed:?}");
        let (path, _) = proven.client.open("/reset/security-code").await;
        assert_eq!(path, "/reset/security-code", "a name is no reason");

        let line = [&["user", "set", JOHN][..], change].concat();
        let heard = shell.runs(&line, "").await;
        assert_eq!(heard.code, 0, "{heard:?}");
        let (path, page) = proven.client.open("/reset/security-code").await;
        assert!(path.starts_with("/reset/ended"), "{change:?}: {path} {}", page.heading());
        // Before the first proof nothing shows; but the attempt is nobody's any more.
        let (path, _) = started.client.open("/reset/check-email").await;
        assert_eq!(path, "/reset/check-email");
        let alive = world.count(
            "select count(*) from reset_attempts where user_id is not null and ended_at is null and finished_at is null",
        );
        assert_eq!(alive.await, 0, "{change:?}");
        assert!(!code.is_empty());
    }
    assert!(Walk::new(&world, &node).signs_in(JOHN, &world.first_password(JOHN)).await);
    assert_eq!(world.count("select count(*) from audit_events where event = 'password_reset'").await, 0);
}

#[tokio::test]
async fn unblock_lifts_a_block_and_says_since_when_and_why_it_was() {
    let world = World::new().await;
    let node = world.node().await;
    let shell = Shell::of(&world, &node.url);
    let walk = Walk::new(&world, &node);
    let blocked = "blocked@contoso.com";
    let password = world.first_password(blocked);
    assert!(!walk.signs_in(blocked, &password).await);
    let told = shell.types("user unblock blocked@contoso.com -o json").await.json();
    assert_eq!((&told[0]["Property"], &told[0]["New"]), (&json!("Blocked"), &json!("False")));
    let old = told[0]["Old"].as_str().unwrap();
    assert!(old.starts_with("True since 20") && old.ends_with("Z by administrator"), "{old}");
    assert!(walk.signs_in(blocked, &password).await);
    let again = shell.types("user unblock blocked@contoso.com -o json").await;
    assert_eq!(again.json(), json!([]));
    assert!(again.err.contains("nothing changed"), "{again:?}");
    let told = shell.types("user block blocked@contoso.com -o json").await.json();
    assert_eq!((&told[0]["Old"], &told[0]["New"]), (&json!("False"), &json!("True")));
    assert!(!walk.signs_in(blocked, &password).await);
    assert_eq!(world.count("select count(*) from audit_events where event = 'account_blocked'").await, 1);
    shell.types("user unblock blocked@contoso.com").await;

    world
        .execute("update users set blocked_at = now(), blocked_because = 'not_me' where user_id = 'johnsmith@contoso.com'")
        .await;
    let told = shell.types("user unblock johnsmith@contoso.com -o json").await.json();
    assert!(told[0]["Old"].as_str().unwrap().ends_with("by \"This was not me\""), "{told}");
    let events = "select count(*) from audit_events where event = 'account_unblocked' and details ? 'since' and actor = 'operator:ann'";
    assert_eq!(world.count(events).await, 3);
    assert!(!walk.signs_in(JOHN, NEW).await);
}

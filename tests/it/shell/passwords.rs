//! Passwords of others by the shell: a link, a temporary password, many at once, the broken glass. Also sessions and deletion.

use serde_json::{Value, json};

use super::Shell;
use crate::support::{
    app::{Node, World},
    client::Client,
    walk::{JOHN, JOHN_MAIL, NEW, Walk},
};

/// Whether John gets in with it, and has to change it before anything else.
async fn must_change(node: &Node, password: &str) -> bool {
    let client = Client::new(&node.url);
    let fields = [("user_id", JOHN), ("password", password)];
    let answer = client.submit("/sign-in", "/sign-in", &fields).await;
    answer.status == 303 && client.open("/").await.0 == "/account/password"
}

#[tokio::test]
async fn a_link_is_sent_to_the_persons_own_contact_and_shown_to_nobody() {
    let world = World::new().await;
    let node = world.node().await;
    let shell = Shell::of(&world, &node.url);
    let sent = shell.types("user reset-password johnsmith@contoso.com --send -o json").await;
    assert!(!sent.out.contains("set-password") && !sent.out.contains("fabrikam"), "{sent:?}");
    assert_eq!(sent.json()["SentTo"], "alternate e-mail address");
    assert!(world.mail_to(JOHN_MAIL).await.text.contains("/set-password/"));
    let by_phone = shell.types("user reset-password noemail@contoso.com --send -o json").await.json();
    assert_eq!(by_phone["SentTo"], "mobile phone");
    for (line, why) in [
        ("user reset-password blocked@contoso.com --send", "is blocked"),
        ("user reset-password user@fabrikam.com --send", "no alternate e-mail address and no mobile phone"),
        ("user reset-password nobody@contoso.com --send", "no user"),
    ] {
        shell.types(line).await.refused(1, why);
    }
    let both = shell.types("user reset-password johnsmith@contoso.com --send --temporary-password").await;
    assert_eq!(both.code, 2, "{both:?}");
}

#[tokio::test] // V-47
async fn a_temporary_password_is_printed_once_and_signs_in_to_be_changed() {
    let world = World::new().await;
    let node = world.node().await;
    let shell = Shell::of(&world, &node.url);
    for line in [
        "user reset-password johnsmith@contoso.com --temporary-password -o json",
        "Set-MsolUserPassword -UserPrincipalName johnsmith@contoso.com -ForceChangePassword -o json",
        "Set-MsolUserPassword -UserPrincipalName johnsmith@contoso.com -ForceChangePassword true -o json",
    ] {
        let made = shell.types(line).await.json();
        let password =
            made["TemporaryPassword"].as_str().or(made["NewPassword"].as_str()).unwrap().to_owned();
        assert!(must_change(&node, &password).await, "{line}");
        assert_eq!(world.count("select count(*) from users where password_must_change").await, 1);
    }
    // Of somebody's choice: from standard input, and as the cmdlet had it.
    let given = shell.runs(&["user", "reset-password", JOHN, "--password-stdin"], &format!("{NEW}\n")).await;
    assert!(given.code == 0 && !given.out.contains(NEW), "{given:?}");
    assert!(must_change(&node, NEW).await);
    let line = ["Set-MsolUserPassword", "-UserPrincipalName", JOHN, "-NewPassword", "-"];
    let given = shell.runs(&line, "another long passphrase of words\n").await;
    assert_eq!((given.code, given.err.as_str()), (0, ""), "{given:?}");
    let line = ["Set-MsolUserPassword", "-UserPrincipalName", JOHN, "-NewPassword", NEW];
    let seen = shell.runs(&line, "").await;
    assert!(seen.code == 0 && seen.err.contains("history") && !seen.err.contains(NEW), "{seen:?}");
    let weak = shell.runs(&["user", "reset-password", JOHN, "--password-stdin"], "short\n").await;
    weak.refused(1, "needs 15 at least");

    let kept = ["Set-MsolUserPassword", "-UserPrincipalName", JOHN, "-ForceChangePassword", "$false"];
    shell.runs(&kept, "").await.refused(2, "has to be changed at sign-in");
    let only = ["Set-MsolUserPassword", "-UserPrincipalName", JOHN, "-ForceChangePasswordOnly", "$true"];
    shell.runs(&only, "").await.refused(2, "-ForceChangePasswordOnly");

    shell.types("company set --temporary-passwords-allowed false").await;
    for line in [
        "user reset-password johnsmith@contoso.com --temporary-password",
        "Set-MsolUserPassword -UserPrincipalName johnsmith@contoso.com",
    ] {
        shell.types(line).await.refused(1, "one-time links only");
    }
    assert!(must_change(&node, NEW).await, "a refused one changes nothing");
    let told: Vec<(Value,)> =
        sqlx::query_as("select details from audit_events").fetch_all(&world.pool).await.unwrap();
    assert!(told.iter().all(|(details,)| !details.to_string().contains(NEW)));
}

#[tokio::test]
async fn the_glass_is_broken_for_the_last_global_administrator_only_and_loudly() {
    let world = World::new().await;
    let node = world.node().await;
    let shell = Shell::of(&world, &node.url);
    shell.types("user break-glass johnsmith@contoso.com").await.refused(1, "no global administrator");
    shell.types("user create second@contoso.com --display-name S --role global_administrator").await;
    let second = shell
        .runs(&["user", "reset-password", "second@contoso.com", "--password-stdin"], &format!("{NEW}\n"))
        .await;
    assert_eq!(second.code, 0);
    let others = shell.types("user break-glass globaladmin@contoso.com").await;
    others.refused(1, "another global administrator can sign in");
    assert!(others.err.contains("sspr user reset-password"), "the way on: {others:?}");
    assert_eq!(world.count("select count(*) from audit_events where event = 'break_glass'").await, 0);

    shell.types("user block second@contoso.com").await;
    shell.types("user block globaladmin@contoso.com").await;
    let broken = shell.types("user break-glass globaladmin@contoso.com -o json").await;
    let record = broken.json();
    assert_eq!(record["WasBlocked"], json!(true));
    assert!(
        broken.err.contains("the glass is broken") && broken.err.contains("globaladmin@fabrikam.com"),
        "{broken:?}"
    );
    let link = record["SetPasswordLink"].as_str().unwrap();
    let walk = Walk::new(&world, &node);
    let (path, page) = walk.client.open(link.strip_prefix(&node.url).unwrap()).await;
    assert!(path.starts_with("/set-password/") && page.status == 200, "{path}");
    world.mail_to("globaladmin@fabrikam.com").await;
    let events = "select count(*) from audit_events where event = 'break_glass' and actor = 'operator:ann' and subject = 'globaladmin@contoso.com'";
    assert_eq!(world.count(events).await, 1);
    assert_eq!(
        world
            .count(
                "select count(*) from users where user_id = 'globaladmin@contoso.com' and blocked_at is null"
            )
            .await,
        1
    );
}

#[tokio::test]
async fn many_get_links_by_a_file_each_with_a_result_and_nobody_twice() {
    let world = World::new().await;
    let node = world.node().await;
    let shell = Shell::of(&world, &node.url);
    let file = shell.folder.file(
        "users.csv",
        "\u{feff}Display name;User principal name\r\nJohn;johnsmith@contoso.com\r\nJ;JOHNSMITH@contoso.com\r\n\
         B;blocked@contoso.com\r\nU;user@contoso.com\r\nN;nobody@contoso.com\r\nF;globaladmin@fabrikam.com\r\n\
         P;passwordadmin@contoso.com\r\nM;noemail@contoso.com\r\n",
    );
    world.execute("delete from alternate_emails where address = 'user@fabrikam.com'").await;
    world.execute("delete from mobile_phones where number = '+14255550105'").await;
    let line = ["user", "reset-passwords", "--file", &file];
    let expected = [
        (2, "sent_email"),
        (3, "already"),
        (4, "blocked"),
        (5, "no_contact"),
        (6, "no_user"),
        (7, "no_user"),
        (8, "sent_email"),
        (9, "sent_sms"),
    ];
    let outcomes = |records: &Value| {
        let of = |record: &Value| {
            (record["Line"].as_i64().unwrap(), record["Outcome"].as_str().unwrap().to_owned())
        };
        records.as_array().unwrap().iter().map(of).collect::<Vec<_>>()
    };
    let expected = expected.map(|(line, outcome)| (line, outcome.to_owned()));
    let dry = shell.runs(&[&line[..], &["--dry-run", "-o", "json"]].concat(), "").await;
    assert_eq!(dry.code, 1);
    assert_eq!(outcomes(&serde_json::from_str(&dry.out).unwrap()), expected);
    assert!(dry.err.contains("3 of 7 people would be sent a link"), "{dry:?}");
    assert_eq!(world.count("select count(*) from reset_tokens").await, 0);
    assert_eq!(world.count("select count(*) from audit_events").await, 0);

    let done = shell.runs(&[&line[..], &["--result-file", "out.csv", "-o", "json"]].concat(), "").await;
    assert_eq!(outcomes(&serde_json::from_str(&done.out).unwrap()), expected);
    assert!(
        done.code == 1 && done.err == "sspr: 3 of 7 people were sent a link\n",
        "no bar without a terminal: {done:?}"
    );
    assert!(!done.out.contains("/set-password/") && !done.out.contains("johnsmith@fabrikam.com"), "{done:?}");
    let result = std::fs::read_to_string(shell.folder.path().join("out.csv")).unwrap();
    assert!(result.starts_with("Line,UserId,Outcome,Why\r\n2,johnsmith@contoso.com,sent_email,"), "{result}");
    assert_eq!(result.lines().count(), 9);
    world.mail_to(JOHN_MAIL).await;
    world.mail_to("passwordadmin@fabrikam.com").await;
    assert_eq!(world.count("select count(*) from reset_tokens where purpose = 'set_password'").await, 3);
    assert_eq!(
        world
            .count("select count(*) from audit_events where event = 'batch_reset' and actor = 'operator:ann'")
            .await,
        1
    );

    // A result is never written over another, and nothing is sent when it can't be written.
    let again = shell.runs(&[&line[..], &["--result-file", "out.csv"]].concat(), "").await;
    again.refused(1, "exists");
    assert_eq!(world.count("select count(*) from reset_tokens where purpose = 'set_password'").await, 3);
    let empty = shell.folder.file("other.csv", "Name\nJohn\n");
    shell.runs(&["user", "reset-passwords", "--file", &empty], "").await.refused(1, "no column UserId");
    shell.runs(&["user", "reset-passwords", "--file", "gone.csv"], "").await.refused(1, "gone.csv");
}

#[tokio::test]
async fn sessions_are_listed_and_ended_and_a_user_is_deleted_for_good() {
    let world = World::new().await;
    let node = world.node().await;
    let shell = Shell::of(&world, &node.url);
    assert!(shell.types("user sessions johnsmith@contoso.com").await.err.contains("signed in nowhere"));
    let walk = Walk::new(&world, &node);
    assert!(walk.signs_in(JOHN, &world.first_password(JOHN)).await);
    let open = shell.types("user sessions johnsmith@contoso.com -o json").await.json();
    assert_eq!(open.as_array().unwrap().len(), 1, "{open}");
    let ended = shell.types("user end-sessions johnsmith@contoso.com -o json").await.json();
    assert_eq!(ended, json!({ "UserId": JOHN, "SessionsEnded": 1 }));
    let (path, _) = walk.client.open("/account").await;
    assert!(path.starts_with("/sign-in"), "{path}");

    // At a terminal it asks; what is not a yes is a no.
    let asked = shell.at_a_terminal("Remove-MsolUser -UserPrincipalName noemail@contoso.com", "n\n").await;
    assert!(asked.code == 2 && asked.out.contains("Remove noemail@contoso.com for good? [y/N]"), "{asked:?}");
    assert_eq!(world.count("select count(*) from audit_events where event = 'user_deleted'").await, 0);
    let asked = shell.at_a_terminal("Remove-MsolUser -UserPrincipalName noemail@contoso.com", "y\n").await;
    assert!(asked.code == 0, "{asked:?}");
    assert_eq!(world.count("select count(*) from audit_events where event = 'user_deleted'").await, 1);
    // Nobody is there to be asked.
    let asked = shell.types("Remove-MsolUser -UserPrincipalName user@contoso.com").await;
    asked.refused(2, "-Force does not ask");
    let removed = shell.types("Remove-MsolUser -UserPrincipalName user@contoso.com -Force").await;
    assert_eq!(removed.out, "UserPrincipalName : user@contoso.com\n");
    let deleted = shell.types("user delete johnsmith@contoso.com -o json").await.json();
    assert_eq!(deleted, json!({ "UserId": JOHN, "Deleted": true }));
    shell.types("user show johnsmith@contoso.com").await.refused(1, "no user");
    assert_eq!(world.count("select count(*) from audit_events where event = 'user_deleted'").await, 3);
}

//! Users by a CSV: in, out, and what hostile files can't do.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::Shell;
use crate::support::{app::World, walk::JOHN};

async fn imports(shell: &Shell, text: &str, options: &[&str]) -> (i32, Value, String) {
    let heard = shell.runs(&[&["user", "import", "-", "-o", "json"][..], options].concat(), text).await;
    let report = serde_json::from_str(&heard.out).unwrap_or_else(|error| panic!("{error}: {heard:?}"));
    (heard.code, report, heard.err)
}

fn outcomes(report: &Value) -> Vec<(i64, &str)> {
    let of = |row: &'_ Value| (row["Line"].as_i64().unwrap(), row["Outcome"].as_str().unwrap().to_owned());
    let all: Vec<(i64, String)> = report.as_array().unwrap().iter().map(of).collect();
    all.into_iter()
        .map(|(line, outcome)| {
            (
                line,
                match outcome.as_str() {
                    "created" => "created",
                    "changed" => "changed",
                    "same" => "same",
                    "refused" => "refused",
                    other => panic!("{other}"),
                },
            )
        })
        .collect()
}

const MIXED: &str = "\
sep=;
UserPrincipalName;Display name;ROLE;Alternate-Email-Addresses;MobilePhone;BlockCredential
new@contoso.com;New;Password Administrator;\"new@fabrikam.com; second@fabrikam.com\";'+14255550170;
NoEmail@contoso.com;;;noemail@fabrikam.com;;
johnsmith@contoso.com;John Smith;;;;false
blocked@contoso.com;;;;;False
nomobile@contoso.com;;;;4.25556E+11;
user@contoso.com;;root;;;
new@contoso.com;Again;;;;
else@fabrikam.com;Else;;;;
passwordadmin@contoso.com;;;passwordadmin@contoso.com;;
nameless@contoso.com;;;;;
;Nobody;;;;
";

#[tokio::test]
async fn rows_are_made_changed_left_and_refused_each_with_its_reason_and_the_change_in_readiness() {
    let world = World::new().await;
    let shell = Shell::of(&world, "https://reset.example");
    let expected = [
        (3, "created"),
        (4, "changed"),
        (5, "same"),
        (6, "changed"),
        (7, "refused"),
        (8, "refused"),
        (9, "refused"),
        (10, "refused"),
        (11, "refused"),
        (12, "refused"),
        (13, "refused"),
    ];
    let readiness = "could reset: 5 of 8 administrators before, 8 of 9 after (+3); global administrators: 1 before, 1 after";
    // A dry run tells exactly what will come.
    let (code, dry, err) = imports(&shell, MIXED, &["--dry-run"]).await;
    assert_eq!((code, outcomes(&dry)), (1, expected.to_vec()), "{dry:#}");
    assert!(err.contains("a dry run: 3 users would be made or changed") && err.contains(readiness), "{err}");
    assert_eq!(world.count("select count(*) from audit_events").await, 0);

    // One refused row refuses all, if that was asked for.
    let (code, report, err) = imports(&shell, MIXED, &["--all-or-nothing"]).await;
    assert_eq!((code, outcomes(&report)), (1, expected.to_vec()));
    assert!(err.contains("nothing was imported"), "{err}");
    assert_eq!(world.count("select count(*) from audit_events").await, 0);

    let (code, report, err) = imports(&shell, MIXED, &[]).await;
    assert_eq!((code, &report), (1, &dry), "the dry run told the truth");
    assert!(
        err.contains("11 rows, 7 refused; 3 users were made or changed") && err.contains(readiness),
        "{err}"
    );
    for (line, why) in [
        (7, "format the column as text"),
        (8, "root is no role"),
        (9, "an earlier row"),
        (10, "in no domain of the company"),
        (11, "user ID itself"),
        (12, "a name has 1 to 200"),
        (13, "no user ID"),
    ] {
        let row = report.as_array().unwrap().iter().find(|row| row["Line"] == line).unwrap();
        assert!(row["Why"].as_str().unwrap().contains(why), "{row}");
    }
    assert_eq!(report[1]["Changes"], "AlternateEmailAddresses:  -> noemail@fabrikam.com");
    let new = shell.types("user show new@contoso.com -o json").await.json();
    assert_eq!(new["AlternateEmailAddresses"], json!(["new@fabrikam.com", "second@fabrikam.com"]));
    assert_eq!((&new["MobilePhone"], &new["PasswordSet"]), (&json!("+14255550170"), &json!(false)));
    assert_eq!(shell.types("user show blocked@contoso.com -o json").await.json()["Blocked"], json!(false));
    let counts: (Value,) = sqlx::query_as(
        "select details from audit_events where event = 'users_imported' and actor = 'operator:ann'",
    )
    .fetch_one(&world.pool)
    .await
    .unwrap();
    assert_eq!(
        (&counts.0["created"], &counts.0["changed"], &counts.0["same"]),
        (&json!(1), &json!(2), &json!(1))
    );
    let each = "select count(*) from audit_events where event in ('user_created', 'user_changed', 'account_unblocked')";
    assert_eq!(world.count(each).await, 3);

    let (code, _, err) = imports(&shell, "UserId,DisplayName\njohnsmith@contoso.com,John Smith\n", &[]).await;
    assert!(code == 0 && err.contains("nothing was changed"), "{err}");
}

#[tokio::test]
async fn only_new_ones_or_only_known_ones_if_that_was_asked_for() {
    let world = World::new().await;
    let shell = Shell::of(&world, "https://reset.example");
    let text = "UserId,DisplayName\nnew@contoso.com,New\njohnsmith@contoso.com,John\n";
    let (_, create, _) = imports(&shell, text, &["--create", "--dry-run"]).await;
    assert_eq!(outcomes(&create), [(2, "created"), (3, "refused")]);
    let (_, update, _) = imports(&shell, text, &["--update", "--dry-run"]).await;
    assert_eq!(outcomes(&update), [(2, "refused"), (3, "changed")]);
    assert!(update[0]["Why"].as_str().unwrap().contains("no user new@contoso.com"));
    assert_eq!(shell.runs(&["user", "import", "-", "--create", "--update"], text).await.code, 2);
}

#[tokio::test]
async fn null_removes_and_an_empty_field_leaves() {
    let world = World::new().await;
    let shell = Shell::of(&world, "https://reset.example");
    let text = "UserId,AlternateEmailAddresses,MobilePhone,DisplayName\njohnsmith@contoso.com,$null,,\n";
    let (code, _, _) = imports(&shell, text, &[]).await;
    assert_eq!(code, 0);
    let john = shell.types("user show johnsmith@contoso.com -o json").await.json();
    assert_eq!(
        (&john["AlternateEmailAddresses"], &john["MobilePhone"], &john["DisplayName"]),
        (&json!([]), &json!("+14255550100"), &json!("John Smith"))
    );
}

#[tokio::test] // V-42
async fn a_new_number_by_import_ends_attempts_and_the_old_contact_is_told() {
    use crate::support::walk::Walk;
    let world = World::new().await;
    let node = world.node().await;
    let shell = Shell::of(&world, &node.url);
    let walk = Walk::new(&world, &node);
    walk.up_to_password().await;
    world.mail.take();
    let (code, _, _) = imports(&shell, "UserId,MobilePhone\njohnsmith@contoso.com,425-555-0177\n", &[]).await;
    assert_eq!(code, 0);
    let (path, _) = walk.client.open("/reset/new-password").await;
    assert!(path.starts_with("/reset/ended"), "{path}");
    world.mail_to("johnsmith@fabrikam.com").await;
}

#[tokio::test] // V-66
async fn an_export_runs_nothing_in_a_spreadsheet_and_comes_back_unchanged() {
    let world = World::new().await;
    let shell = Shell::of(&world, "https://reset.example");
    for (user_id, name) in [
        ("a@contoso.com", "=cmd|'/c calc'!A1"),
        ("b@contoso.com", "'=1+1"),
        ("c@contoso.com", "Smith, \"John\"; II"),
        ("d@contoso.com", "'t Hart"),
        ("e@contoso.com", "@SUM(1)"),
        ("f@contoso.com", "Zoë 东京"),
    ] {
        let line = [
            "user",
            "create",
            user_id,
            "--display-name",
            name,
            "--role",
            "user",
            "--mobile-phone",
            "425-555-0180",
        ];
        assert_eq!(shell.runs(&line, "").await.code, 0, "{name}");
    }
    let export = shell.types("user export").await;
    assert!(
        export.out.starts_with("UserId,DisplayName,Role,AlternateEmailAddresses,MobilePhone,Blocked\r\n"),
        "{export:?}"
    );
    assert!(
        export.out.contains(",'=cmd|'/c calc'!A1,") && export.out.contains(",'+14255550180,"),
        "{export:?}"
    );
    let events = world.count("select count(*) from audit_events").await;
    for text in
        [export.out.clone(), format!("\u{feff}{}", export.out), shell.types("user list -o csv").await.out]
    {
        let (code, report, err) = imports(&shell, &text, &["--all-or-nothing"]).await;
        assert!(code == 0 && err.contains("nothing was changed"), "{err} {report:#}");
        assert!(outcomes(&report).iter().all(|(_, outcome)| *outcome == "same"), "{report:#}");
    }
    assert_eq!(world.count("select count(*) from audit_events").await, events);

    // Into another installation: the same people.
    let other = World::new().await;
    other.execute("delete from users where user_id like '%@contoso.com'").await;
    let there = Shell::of(&other, "https://reset.example");
    let (code, report, _) = imports(&there, &export.out, &["--all-or-nothing"]).await;
    assert_eq!(code, 0, "{report:#}");
    assert_eq!(there.types("user export").await.out, export.out);
}

#[tokio::test]
async fn files_that_are_no_list_of_users_are_refused_whole_with_their_reason() {
    let world = World::new().await;
    let shell = Shell::of(&world, "https://reset.example");
    for (bytes, why) in [
        (&b"UserId,DisplayName\njos\xe9@contoso.com,Jos\xe9\n"[..], "CSV UTF-8"),
        (b"UserId,Titel\na@contoso.com,x\n", "the column Titel is not known"),
        (b"DisplayName\nJohn\n", "no column UserId"),
        (b"UserId,UserPrincipalName\na@contoso.com,b@contoso.com\n", "two columns mean UserId"),
        (b"UserId\n\"a@contoso.com\n", "never ends"),
        (b"UserId\na\0b@contoso.com\n", "NUL"),
        (b"UserId,DisplayName\na@contoso.com\n", "line 2 has 1 fields, and the heading has 2"),
        (b"", "nothing in it"),
        (b"\x50\x4b\x03\x04\xff\xfe workbook", "not UTF-8"),
    ] {
        let file = shell.folder.path().join("users.csv");
        std::fs::write(&file, bytes).unwrap();
        shell.types("user import users.csv").await.refused(1, why);
    }
    let wide = format!("UserId{}\n", ",x".repeat(1_000_000));
    shell.folder.file("users.csv", &wide);
    shell.types("user import users.csv").await.refused(1, "more than 200 fields");
    shell.folder.file("users.csv", &format!("UserId,DisplayName\na@contoso.com,{}\n", "x".repeat(100_000)));
    shell.types("user import users.csv").await.refused(1, "a field of more than");
    shell.types("user import gone.csv").await.refused(1, "gone.csv");
    assert_eq!(world.count("select count(*) from audit_events").await, 0);
}

#[tokio::test]
async fn an_import_that_fails_on_the_way_leaves_nothing_behind() {
    let world = World::new().await;
    let shell = Shell::of(&world, "https://reset.example");
    // The tenth row can't be recorded.
    world
        .execute(
            "alter table audit_events add constraint full_disk check (subject <> 'u9@contoso.com') not valid",
        )
        .await;
    let text = (0..20).fold("UserId,DisplayName\n".to_owned(), |mut text, n| {
        let _ = writeln!(text, "u{n}@contoso.com,User {n}");
        text
    });
    let heard = shell.runs(&["user", "import", "-"], &text).await;
    heard.refused(1, "database");
    assert_eq!(world.count("select count(*) from users").await, 11);
    assert_eq!(world.count("select count(*) from audit_events").await, 0);
}

#[tokio::test]
async fn at_a_terminal_a_bar_tells_how_far_it_is() {
    let world = World::new().await;
    let shell = Shell::of(&world, "https://reset.example");
    shell.folder.file("users.csv", "UserId,DisplayName\na@contoso.com,A\nb@contoso.com,B\n");
    let seen = shell.at_a_terminal("user import users.csv --dry-run", "").await;
    assert!(
        seen.code == 0 && seen.out.contains("]  50 %  1 of 2") && seen.out.contains("] 100 %  2 of 2"),
        "{seen:?}"
    );
}

#[tokio::test]
async fn ten_thousand_people_are_imported_in_one_transaction() {
    let world = World::new().await;
    let shell = Shell::of(&world, "https://reset.example");
    let text = (0..10_000).fold(
        "UserId,DisplayName,Role,AlternateEmailAddresses,MobilePhone\n".to_owned(),
        |mut text, n| {
            let _ = writeln!(
                text,
                "u{n}@contoso.com,User {n},billing_administrator,u{n}@fabrikam.com,+1425555{n:04}"
            );
            text
        },
    );
    let file = shell.folder.file("users.csv", &text);
    // `runs` gives a minute: slow machines share their processors with other tests.
    let command = shell.command(&["user", "import", &file, "--all-or-nothing", "-o", "csv"]).output();
    let output = command.await.unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{err}");
    assert!(err.contains("10000 rows, 0 refused; 10000 users were made or changed"), "{err}");
    assert!(!err.contains('\r'), "no bar without a terminal: {err}");
    assert_eq!(world.count("select count(*) from users where user_id ~ '^u[0-9]+@'").await, 10_000);
    let transactions: (i64,) =
        sqlx::query_as("select count(distinct xmin::text) from users where user_id ~ '^u[0-9]+@'")
            .fetch_one(&world.pool)
            .await
            .unwrap();
    assert_eq!(transactions.0, 1);
    assert_eq!(
        world.count("select count(*) from outbox").await,
        0,
        "ten thousand messages are sent on purpose only"
    );
    assert_eq!(shell.types(&format!("user show {JOHN} -o json")).await.json()["CouldReset"], json!(true));
}

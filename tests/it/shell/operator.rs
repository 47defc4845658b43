//! What holds for every verb: which database, which company, what is said, what is recorded, who may.

use std::path::Path;

use serde_json::json;

use super::Shell;
use crate::support::{app::World, database};

#[tokio::test]
async fn without_a_database_every_verb_says_what_to_do_and_exits_78() {
    let shell = Shell::bare();
    for line in ["company show", "user list", "user show a@contoso.com", "user unblock a@contoso.com"] {
        let heard = shell.types(line).await;
        heard.refused(78, "SSPR_DATABASE__URL=postgres://");
        assert!(heard.err.contains("sspr demo") && heard.err.contains("--data-dir"), "{heard:?}");
    }
}

#[tokio::test]
async fn a_wrong_configuration_exits_78_and_an_unmigrated_database_names_the_command() {
    let mut shell = Shell::bare();
    shell.set("SSPR_DATABASE__ULR", "postgres://localhost/sspr");
    shell.types("user list").await.refused(78, "SSPR_DATABASE__ULR");

    let empty = database::copy_of("template_of_nothing", async |_: String| {}).await;
    let mut shell = Shell::bare();
    shell.set("SSPR_DATABASE__URL", &empty.url());
    shell.types("user list").await.refused(78, "sspr migrate");
    shell.set("SSPR_DATABASE__URL", &empty.url().replace("template", "nowhere").replace("test_", "no_"));
    shell.types("user list").await.refused(1, "the database does not answer");
}

#[tokio::test]
async fn the_company_is_the_one_named_else_the_only_one_else_contoso_in_a_demo_else_asked_for() {
    let world = World::new().await;
    let mut shell = Shell::of(&world, "https://reset.example");
    let name = async |shell: &Shell, line: &str| shell.types(line).await.json()["Name"].clone();
    assert_eq!(name(&shell, "company show -o json").await, "Contoso");
    assert_eq!(name(&shell, "company show --company Fabrikam.COM -o json").await, "Fabrikam");
    shell.types("company show --company tailspin.example").await.refused(1, "tailspin.example");

    world.execute("update installation set demo = false").await;
    let asked = shell.types("company show").await;
    asked.refused(2, "--company contoso.com");
    assert!(asked.err.contains("--company fabrikam.com") && asked.err.contains("SSPR_COMPANY"), "{asked:?}");
    shell.set("SSPR_COMPANY", "fabrikam.com");
    assert_eq!(name(&shell, "company show -o json").await, "Fabrikam");
    assert_eq!(name(&shell, "company show --company contoso.com -o json").await, "Contoso");
    shell.unset("SSPR_COMPANY");

    world.execute("delete from users where user_id like '%@fabrikam.com'").await;
    world.execute("delete from companies where name = 'Fabrikam'").await;
    assert_eq!(name(&shell, "company show -o json").await, "Contoso");
    world.execute("delete from users").await;
    world.execute("delete from companies").await;
    shell.types("company show").await.refused(1, "sspr company create");
}

#[tokio::test]
async fn a_company_is_made_with_its_domains_and_no_domain_belongs_to_two() {
    let world = World::new().await;
    let shell = Shell::of(&world, "https://reset.example");
    let made = shell
        .types("company create --name Tailspin --domain Tailspin.Example --domain toys.example --default-region de -o json")
        .await
        .json();
    assert_eq!(made["Domains"], json!(["tailspin.example", "toys.example"]));
    assert_eq!(made["DefaultRegion"], "DE");
    assert_eq!(made["SelfServePasswordResetEnabled"], true);
    let user = shell
        .types(
            "user create ben@toys.example --display-name Ben --role user --mobile-phone 01701234567 -o json",
        )
        .await
        .json();
    assert_eq!((&user["Company"], &user["MobilePhone"]), (&json!("Tailspin"), &json!("+491701234567")));

    for (line, why) in [
        ("company create --name Other --domain other.example --domain toys.example", "toys.example belongs"),
        ("company create --name Other --domain localhost", "localhost is no domain name"),
        ("company create --name Other --domain other.example --default-region ZZ", "two letters"),
    ] {
        shell.types(line).await.refused(1, why);
    }
    assert_eq!(world.count("select count(*) from companies where name = 'Other'").await, 0);
    assert_eq!(world.count("select count(*) from audit_events where event = 'company_created'").await, 1);
}

#[tokio::test]
async fn a_change_is_told_from_old_to_new_in_every_form_and_recorded_with_the_operators_name() {
    let world = World::new().await;
    let mut shell = Shell::of(&world, "https://reset.example");
    let off = shell.types("company set --self-serve-password-reset-enabled $false").await;
    assert_eq!(
        off.out,
        "Company  : contoso.com\nProperty : SelfServePasswordResetEnabled\nOld      : True\nNew      : False\n"
    );
    let shown = shell.types("company show").await.out;
    assert!(shown.contains("SelfServePasswordResetEnabled    : False\n"), "{shown}");

    let same = shell.types("company set --self-serve-password-reset-enabled false -o json").await;
    assert_eq!(same.json(), json!([]));
    assert!(same.err.contains("nothing changed"), "{same:?}");

    shell.set("SUDO_USER", "ben");
    let on =
        shell.types("company set --self-serve-password-reset-enabled 1 --default-region CA -o csv").await;
    assert_eq!(
        on.out,
        "Company,Property,Old,New\r\ncontoso.com,DefaultRegion,US,CA\r\n\
         contoso.com,SelfServePasswordResetEnabled,False,True\r\n"
    );
    let table = shell.types("company set --user-id-is-mailbox false -o table").await.out;
    assert!(table.starts_with("Company      Property         Old   New\n"), "{table}");
    for (line, old, new) in [
        ("company set --sign-in-url https://portal.contoso.com/ -o json", "", "https://portal.contoso.com/"),
        ("company set --no-sign-in-url -o json", "https://portal.contoso.com/", ""),
    ] {
        let told = shell.types(line).await.json();
        assert_eq!((&told[0]["Old"], &told[0]["New"]), (&json!(old), &json!(new)), "{line}");
    }
    shell.types("company set --sign-in-url http://portal.contoso.com/").await.refused(1, "https://");

    let events: Vec<(String, serde_json::Value)> =
        sqlx::query_as("select actor, details from audit_events where event = 'company_changed' order by at")
            .fetch_all(&world.pool)
            .await
            .unwrap();
    let change = |old: &str, new: &str| json!({ "old": old, "new": new });
    assert_eq!(events.len(), 5, "{events:?}");
    assert_eq!(events[0].0, "operator:ann");
    assert_eq!(events[0].1, json!({ "SelfServePasswordResetEnabled": change("True", "False") }));
    assert_eq!(events[1].0, "operator:ben");
    assert_eq!(events[1].1["DefaultRegion"], change("US", "CA"));
}

#[tokio::test]
async fn a_change_that_cannot_be_recorded_is_not_made() {
    let world = World::new().await;
    let shell = Shell::of(&world, "https://reset.example");
    world.execute("alter table audit_events add constraint full_disk check (false) not valid").await;
    for line in [
        "company set --self-serve-password-reset-enabled false",
        "company create --name Tailspin --domain tailspin.example",
        "user create new@contoso.com --display-name New --role user",
        "user set johnsmith@contoso.com --mobile-phone 425-555-0199",
        "user reset-password johnsmith@contoso.com",
        "user unblock blocked@contoso.com",
    ] {
        let heard = shell.types(line).await;
        assert_eq!((heard.code, heard.out.as_str()), (1, ""), "{line}: {heard:?}");
    }
    for (sql, count) in [
        ("select count(*) from companies where self_serve_password_reset_enabled", 2),
        ("select count(*) from users", 11),
        ("select count(*) from mobile_phones where number = '+14255550199'", 0),
        ("select count(*) from reset_tokens", 0),
        ("select count(*) from users where blocked_at is not null", 1),
    ] {
        assert_eq!(world.count(sql).await, count, "{sql}");
    }
}

#[test]
fn only_the_shell_makes_the_witness_of_an_operator() {
    fn look(folder: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                look(&path, found);
            } else if std::fs::read_to_string(&path).unwrap().contains("Operator::at_the_shell") {
                found.push(path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap().display().to_string());
            }
        }
    }
    let mut found = Vec::new();
    look(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    found.sort();
    // The second is the unit test beside the type itself.
    assert_eq!(found, ["src/admin/witness.rs", "src/cli/reach.rs"]);
}

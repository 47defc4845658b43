//! Settings and domains of companies by the shell.

use serde_json::json;

use super::Shell;
use crate::support::app::World;

#[tokio::test]
async fn every_setting_is_set_shown_and_refused_outside_its_bounds() {
    let world = World::new().await;
    let shell = Shell::of(&world, "https://reset.example");
    let changes = shell
        .types(
            "company set --password-expires-after-days 180 --password-warning-days 21 --password-min-length 20 \
             --password-refused-word tailspin --password-refused-word toys --unconfirmed-contact after_hold \
             --contact-hold-hours 48 --temporary-passwords-allowed false --reason audit-finding-12 -o json",
        )
        .await
        .json();
    assert_eq!(changes.as_array().unwrap().len(), 7, "{changes}");
    assert_eq!(
        changes[0],
        json!({ "Company": "contoso.com", "Property": "PasswordExpiresAfterDays", "Old": "never", "New": "180" })
    );
    let shown = shell.types("company show -o json").await.json();
    for (property, value) in [
        ("PasswordExpiresAfterDays", json!(180)),
        ("PasswordWarningDays", json!(21)),
        ("PasswordMinLength", json!(20)),
        ("PasswordRefusedWords", json!(["tailspin", "toys"])),
        ("UnconfirmedContact", json!("after_hold")),
        ("ContactHoldHours", json!(48)),
        ("TemporaryPasswordsAllowed", json!(false)),
    ] {
        assert_eq!(shown[property], value, "{property}");
    }
    let reason = "select count(*) from audit_events where event = 'company_changed' and details->>'Reason' = 'audit-finding-12'";
    assert_eq!(world.count(reason).await, 1);

    for (line, why) in [
        ("company set --password-expires-after-days 13", "14 to 730"),
        ("company set --password-expires-after-days 731", "14 to 730"),
        ("company set --password-warning-days 31", "1 to 30 days"),
        ("company set --password-min-length 14", "15 to 64"),
        ("company set --contact-hold-hours 721", "1 to 720"),
        ("company set --password-refused-word ab", "3 to 64 characters"),
    ] {
        shell.types(line).await.refused(1, why);
    }
    for line in [
        "company set --unconfirmed-contact perhaps",
        "company set --password-expires-after-days soon",
        "company set --temporary-passwords-allowed maybe",
        "company set --reason alone",
    ] {
        assert_eq!(shell.types(line).await.code, 2, "{line}");
    }
    let back = shell
        .types("company set --password-expires-after-days never --password-min-length 0 --no-password-refused-word -o json")
        .await
        .json();
    assert_eq!((&back[0]["New"], back.as_array().unwrap().len()), (&json!("never"), 3));
}

#[tokio::test]
async fn a_dry_run_tells_the_same_changes_and_makes_none() {
    let world = World::new().await;
    let shell = Shell::of(&world, "https://reset.example");
    for line in [
        "company set --self-serve-password-reset-enabled false --name Contoso-Ltd",
        "user set johnsmith@contoso.com --mobile-phone 425-555-0142 --role user",
        "Set-MsolUser -UserPrincipalName johnsmith@contoso.com -MobilePhone 425-555-0142 -BlockCredential true",
        "Set-MsolCompanySettings -SelfServePasswordResetEnabled false",
        "Set-MsolPasswordPolicy -ValidityPeriod 60 -NotificationDays 13",
    ] {
        let dry = if line.contains("Msol") { "-WhatIf" } else { "--dry-run" };
        let told = shell.types(&format!("{line} {dry}")).await;
        assert!(told.code == 0 && told.err.contains("nothing was changed"), "{told:?}");
        assert_eq!(world.count("select count(*) from audit_events").await, 0, "{line}");
        let again = shell.types(&format!("{line} {dry}")).await;
        assert_eq!(told, again, "{line}: what it told is still to be done");
        let done = shell.types(line).await;
        assert_eq!((done.code, &done.out), (0, &told.out), "{line}");
        world.execute("update companies set self_serve_password_reset_enabled = true, name = 'Contoso' where name like 'Contoso%'").await;
        world.execute("update users set role = 'user_management_administrator', blocked_at = null, blocked_because = null where user_id = 'johnsmith@contoso.com'").await;
        world.execute("update mobile_phones set number = '+14255550100' where number = '+14255550142'").await;
        world.execute("alter table audit_events disable trigger all").await;
        world.execute("truncate audit_events cascade").await;
        world.execute("alter table audit_events enable trigger all").await;
    }
    for (line, why) in [
        ("user set johnsmith@contoso.com --mobile-phone 555-0100 --dry-run", "too few digits"),
        ("Set-MsolUser -UserPrincipalName nobody@contoso.com -DisplayName N -WhatIf", "no user"),
        ("New-MsolUser -UserPrincipalName johnsmith@contoso.com -DisplayName N -WhatIf", "already"),
        ("Set-MsolUserPassword -UserPrincipalName blocked@contoso.com -WhatIf", "blocked"),
        ("Remove-MsolUser -UserPrincipalName nobody@contoso.com -WhatIf", "no user"),
        ("Set-MsolPasswordPolicy -ValidityPeriod 5 -WhatIf", "14 to 730"),
    ] {
        shell.types(line).await.refused(1, why);
    }
    for line in [
        "New-MsolUser -UserPrincipalName new@contoso.com -DisplayName N -WhatIf",
        "Set-MsolUserPassword -UserPrincipalName johnsmith@contoso.com -WhatIf",
        "Remove-MsolUser -UserPrincipalName johnsmith@contoso.com -WhatIf",
    ] {
        let told = shell.types(line).await;
        assert!(told.code == 0 && told.err.contains("-WhatIf: nothing was changed"), "{told:?}");
    }
    assert_eq!(world.count("select count(*) from audit_events").await, 0);
    assert_eq!(world.count("select count(*) from users").await, 11);
}

#[tokio::test]
async fn a_domain_is_given_and_taken_while_nobody_lives_in_it() {
    let world = World::new().await;
    let shell = Shell::of(&world, "https://reset.example");
    let given = shell.types("company add-domain Toys.Example --company contoso.com -o json").await.json();
    assert_eq!((&given[0]["Property"], &given[0]["New"]), (&json!("Domains"), &json!("toys.example")));
    assert_eq!(shell.types("user create eve@toys.example --display-name Eve --role user").await.code, 0);
    shell
        .types("company remove-domain toys.example --company contoso.com")
        .await
        .refused(1, "have user IDs in that domain");
    shell
        .types("company add-domain toys.example --company fabrikam.com")
        .await
        .refused(1, "belongs to a company already");
    shell
        .types("company remove-domain toys.example --company fabrikam.com")
        .await
        .refused(1, "does not have that domain");
    shell.types("company add-domain localhost").await.refused(1, "localhost is no domain name");
    assert_eq!(shell.types("user delete eve@toys.example").await.code, 0);
    let taken = shell.types("company remove-domain toys.example --company contoso.com -o json").await.json();
    assert_eq!((&taken[0]["Old"], &taken[0]["New"]), (&json!("toys.example"), &json!("")));

    let list = shell.types("company list -o json").await.json();
    assert_eq!((&list[0]["Name"], &list[1]["Name"]), (&json!("Contoso"), &json!("Fabrikam")));
    assert_eq!(list[0]["Domains"], json!(["contoso.com"]));
}

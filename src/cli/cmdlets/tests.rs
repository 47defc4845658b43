use super::{
    meant::{ListUsers, MAX_RESULTS, SetUser},
    *,
};

fn line(words: &[&str]) -> Result<Line, NotUnderstood> {
    let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    understand(&words).unwrap_or_else(|| panic!("{words:?} is no cmdlet"))
}

fn set(words: &[&str]) -> SetUser {
    let words = [&["Set-MsolUser", "-UserPrincipalName", "john@contoso.com"][..], words].concat();
    let Meant::SetUser(set) = line(&words).unwrap_or_else(|why| panic!("{why:?}")).meant else { panic!() };
    set
}

fn wrong(words: &[&str]) -> String {
    match line(words) {
        Err(NotUnderstood::Usage(why)) => why,
        other => panic!("{words:?}: {other:?}"),
    }
}

#[test]
fn a_line_without_a_cmdlet_is_left_to_the_ordinary_verbs() {
    for words in [
        &["user", "set", "a@contoso.com"][..],
        &["--company", "contoso.com", "user", "list"],
        &["--company=contoso.com", "user", "list"],
        &[],
        &["--help"],
        &["é-msol"],
    ] {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        assert!(understand(&words).is_none(), "{words:?}");
    }
}

#[test]
fn names_are_found_in_any_case_with_one_dash_or_two_or_a_word_processors_and_shortened_while_clear() {
    for words in [
        &["Set-MsolUser", "-UserPrincipalName", "john@contoso.com", "-MobilePhone", "425-555-0100"][..],
        &["set-msoluser", "-userprincipalname", "john@contoso.com", "-mobilephone", "425-555-0100"],
        &["SET-MSOLUSER", "--UserPrincipalName", "john@contoso.com", "--MOBILEPHONE=425-555-0100"],
        &["Set-MsolUser", "-UserPrincipalName:john@contoso.com", "-MobilePhone:425-555-0100"],
        &[
            "Set\u{2013}MsolUser",
            "\u{2013}UserPrincipalName",
            "john@contoso.com",
            "\u{2014}MobilePhone",
            "\u{201c}425-555-0100\u{201d}",
        ],
        &["Set-MsolUser", "-UserPrincipal", "Name", "john@contoso.com", "-Mobile", "Phone", "425-555-0100"],
        &["Set-MsolUser", "-UserP", "john@contoso.com", "-m", "425-555-0100"],
        &["Set-MsolUser", "-MobilePhone", "425-555-0100", "-UserPrincipalName", "\"john@contoso.com\""],
        &[
            "Set-MsolUser",
            "-UserPrincipalName",
            "john@contoso.com",
            "-MobilePhone",
            "425-555-0100",
            "-ErrorAction",
            "Stop",
            "-Verbose",
            "-Confirm:$false",
        ],
    ] {
        let Meant::SetUser(set) = line(words).unwrap_or_else(|why| panic!("{words:?}: {why:?}")).meant else {
            panic!()
        };
        assert_eq!(set.user_id, "john@contoso.com", "{words:?}");
        assert_eq!(set.mobile_phone, Some("425-555-0100".to_owned()), "{words:?}");
        assert_eq!((set.alternate_emails, set.display_name, set.blocked), (None, None, None), "{words:?}");
    }
}

#[test]
fn quotation_marks_of_a_web_page_hold_words_together_where_the_shell_saw_none() {
    let number = set(&[
        "-MobilePhone",
        "\u{201c}+1",
        "425",
        "555",
        "0111\u{201d}",
        "-DisplayName",
        "\u{201c}Ann\u{201d}",
    ]);
    assert_eq!(number.mobile_phone, Some("+1 425 555 0111".to_owned()));
    assert_eq!(number.display_name.as_deref(), Some("Ann"));
    assert_eq!(
        set(&["-DisplayName", "'t Hart", "-BlockCredential", "0"]).display_name.as_deref(),
        Some("'t Hart")
    );
    let john = ["Set-MsolUser", "-UserPrincipalName", "j@contoso.com"];
    let never_closed = [&john[..], &["-DisplayName", "\u{201c}Ann", "-BlockCredential", "1"]].concat();
    assert!(wrong(&never_closed).contains("never closed"));
}

#[test]
fn a_list_has_commas_however_the_shell_left_them() {
    let two = ["a@fabrikam.com".to_owned(), "b@fabrikam.com".to_owned()];
    for words in [
        &["a@fabrikam.com,b@fabrikam.com"][..],
        &["a@fabrikam.com,", "b@fabrikam.com"],
        &["a@fabrikam.com", ",b@fabrikam.com"],
        &["a@fabrikam.com", ",", "b@fabrikam.com"],
        &["\"a@fabrikam.com\",\"b@fabrikam.com\""],
        &["@(\"a@fabrikam.com\",\"b@fabrikam.com\")"],
        &["@('a@fabrikam.com',", "'b@fabrikam.com')"],
        &["\u{201c}a@fabrikam.com\u{201d}, \u{201c}b@fabrikam.com\u{201d}"],
        &["\"a@fabrikam.com, b@fabrikam.com\""],
    ] {
        let list = set(&[&["-AlternateEmailAddresses"][..], words, &["-BlockCredential", "$false"]].concat());
        assert_eq!(list.alternate_emails.as_deref(), Some(&two[..]), "{words:?}");
        assert_eq!(list.blocked, Some(false), "{words:?}");
    }
    for nothing in ["@()", "$null", "$NULL"] {
        assert_eq!(set(&["-AlternateEmailAddresses", nothing]).alternate_emails, Some(Vec::new()));
    }
    assert_eq!(set(&["-MobilePhone", "$null"]).mobile_phone.as_deref(), Some(""));
    for hole in ["a@fabrikam.com,,b@fabrikam.com", ",", "a@fabrikam.com,"] {
        let words = ["Set-MsolUser", "-UserPrincipalName", "j@contoso.com", "-AlternateEmailAddresses", hole];
        assert!(wrong(&words).contains("no value"), "{hole}");
    }
}

#[test]
fn a_switch_of_the_company_moves_by_a_plain_truth_only_and_a_swallowed_one_says_how_to_quote() {
    let settings = |words: &[&str]| line(&[&["Set-MsolCompanySettings"][..], words].concat());
    for (text, expected) in [
        ("$true", true),
        ("True", true),
        ("true", true),
        ("1", true),
        ("'$true'", true),
        ("$False", false),
        ("0", false),
    ] {
        for words in [
            &["-SelfServePasswordResetEnabled", text][..],
            &[&format!("-SelfServePasswordResetEnabled:{text}")],
            &[&format!("--selfservepasswordresetenabled={text}")],
        ] {
            let Ok(Line { meant: Meant::CompanySettings { enabled }, .. }) = settings(words) else {
                panic!("{words:?}")
            };
            assert_eq!(enabled, expected, "{words:?}");
        }
    }
    // What bash makes of an unquoted $true: nothing, so that the name stands alone, or before the next one.
    for words in [
        &["-SelfServePasswordResetEnabled"][..],
        &["-SelfServePasswordResetEnabled", ""],
        &["-SelfServePasswordResetEnabled:"],
        &["-SelfServePasswordResetEnabled", "-WhatIf"],
    ] {
        let Err(NotUnderstood::Usage(why)) = settings(words) else { panic!("{words:?}") };
        assert!(why.contains("Quote it: '$true' or"), "{words:?}: {why}");
    }
    for text in ["yes", "2", "-1", "tru", "$null", "on"] {
        let words = &["-SelfServePasswordResetEnabled", text][..];
        assert!(matches!(settings(words), Err(NotUnderstood::Usage(_))), "{text}");
    }
    let blocked = ["Set-MsolUser", "-UserPrincipalName", "j@contoso.com", "-BlockCredential"];
    assert!(wrong(&blocked).contains("Quote it"));
    let dry = ["Set-MsolUser", "-UserPrincipalName", "j@contoso.com", "-MobilePhone", "1", "-WhatIf:"];
    assert!(wrong(&dry).contains("Quote it"), "an unquoted $true must not change what was to be tried");
}

#[test]
fn what_is_not_understood_is_refused_by_its_name_with_the_nearest_and_nothing_is_skipped() {
    let john = ["Set-MsolUser", "-UserPrincipalName", "j@contoso.com"];
    let with = |words: &[&str]| wrong(&[&john[..], words].concat());
    assert!(with(&["-MobilPhone", "1"]).contains("no parameter -MobilPhone; the nearest is -MobilePhone"));
    assert!(with(&["-AlternateEmailAddress5", "1"]).contains("nearest is -AlternateEmailAddresses"));
    // As PowerShell says it: the cmdlet has also -AlternateMobilePhones.
    assert!(with(&["-Alternate", "1"]).contains("-AlternateEmailAddresses or -AlternateMobilePhones"));
    assert!(with(&["-City", "Seattle"]).contains("-City of Set-MsolUser could mean"));
    assert!(with(&["-PasswordNeverExpires", "$true"]).contains("Set-MsolPasswordPolicy"));
    assert!(with(&["-DisplayName", "John", "Smith"]).contains("what to do with Smith"));
    assert!(with(&["-DisplayName", "J", "-displayname", "K"]).contains("twice"));
    assert!(with(&[]).contains("something to set"));
    assert!(with(&["-Qzx", "1"]).contains("has no parameter -Qzx\n"));
    assert!(wrong(&["Set-MsolUser", "-MobilePhone", "1"]).contains("needs -UserPrincipalName"));
    assert!(wrong(&["Set-MsolUsr", "-MobilePhone", "1"]).contains("nearest is Set-MsolUser"));
    assert!(wrong(&["Get-MsolGroup"]).contains("none of the cmdlets"));
    assert!(wrong(&["Get-MsolUser", "-MaxResults", "many"]).contains("whole number"));
    assert!(wrong(&["Get-MsolUser", "-All", "-MaxResults", "3"]).contains("contradict"));
    assert!(wrong(&["Get-MsolUser", "-UserPrincipalName", "a@contoso.com", "-All"]).contains("stands alone"));
    assert!(wrong(&["Get-MsolUser", "-EnabledFilter", "Some"]).contains("EnabledOnly"));
    assert!(wrong(&["Get-MsolUser", "-o", "xml"]).contains("list, table, json or csv"));
}

#[test] // V-67
fn what_was_typed_cannot_drive_the_terminal_when_it_is_told_back() {
    for words in [
        &["Set-MsolUser\u{1b}[2J"][..],
        &["Set-MsolUser", "-x\u{1b}[2J", "1"],
        &["Set-MsolUser", "\u{1b}[2J"],
        &["Get-MsolUser", "-MaxResults", "\u{1b}[2J"],
        &["Get-MsolUser", "-Output", "\u{1b}[2J"],
    ] {
        assert!(!wrong(words).contains('\u{1b}'), "{words:?}");
    }
}

#[test]
fn our_own_options_stand_before_or_behind() {
    for words in [
        &["--company", "contoso.com", "-o", "json", "Get-MsolCompanyInformation"][..],
        &["Get-MsolCompanyInformation", "--company", "contoso.com", "-o", "json"],
        &["--company=contoso.com", "Get-MsolCompanyInformation", "--output=JSON"],
    ] {
        let line = line(words).unwrap();
        assert_eq!(
            (line.company.as_deref(), line.output),
            (Some("contoso.com"), OutputFormat::Json),
            "{words:?}"
        );
    }
    let line = line(&["Get-MsolUser", "--property", "userprincipalname,MobilePhone", "-WhatIf"]).unwrap();
    assert_eq!(line.properties, ["userprincipalname", "MobilePhone"]);
    assert!(line.what_if);
    let Meant::ListUsers(ListUsers { max, .. }) = line.meant else { panic!() };
    assert_eq!(max, Some(MAX_RESULTS));
}

#[test] // V-47
fn a_password_is_taken_as_it_stands_and_never_shown() {
    use secrecy::ExposeSecret as _;
    let words = [
        "New-MsolUser",
        "-UserPrincipalName",
        "a@contoso.com",
        "-DisplayName",
        "A",
        "-Password",
        "'quoted' $pass ",
    ];
    let line = line(&words).unwrap();
    assert!(!format!("{line:?}").contains("pass "), "{line:?}");
    let Meant::NewUser(new) = line.meant else { panic!() };
    assert_eq!(new.password.unwrap().expose_secret(), "'quoted' $pass ");
}

#[test]
fn help_names_every_cmdlet_and_a_cmdlets_own_help_its_parameters() {
    let help = help();
    for cmdlet in CMDLETS {
        assert!(help.contains(cmdlet.name), "{}", cmdlet.name);
        for word in ["-h", "--help", "-?"] {
            let Err(NotUnderstood::Help(text)) = line(&[cmdlet.name, word]) else {
                panic!("{}", cmdlet.name)
            };
            assert!(text.starts_with(&format!("sspr {}", cmdlet.name)));
        }
    }
}

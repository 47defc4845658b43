use clap::{CommandFactory as _, error::ErrorKind};

use super::*;

fn typed(line: &str) -> Result<Arguments, clap::Error> {
    parse(["sspr"].into_iter().chain(line.split_whitespace()), &[])
}

#[test]
fn the_frame_is_sound() {
    Arguments::command().debug_assert();
}

#[test]
fn what_the_design_names_is_understood() {
    for line in [
        "demo",
        "demo --listen 127.0.0.1:8080 --data-dir .data --install",
        "serve",
        "serve --config /etc/sspr.toml",
        "--config /etc/sspr.toml serve",
        "migrate",
        "config check",
        "config show -o json",
        "company create --name Contoso --domain contoso.com --default-region US",
        "company show --company contoso.com",
        "company set --self-serve-password-reset-enabled true",
        "user create a@contoso.com --display-name A --role global_administrator --password-stdin",
        "user create a@contoso.com --display-name A --role user --alternate-email-address a@fabrikam.com --mobile-phone 425-555-0100",
        "user show a@contoso.com",
        "user list --output csv",
        "user set a@contoso.com --alternate-email-address a@fabrikam.com",
        "user set a@contoso.com --mobile-phone 425-555-0100 --role billing_administrator",
        "user set a@contoso.com --alternate-email-address a@fabrikam.com --alternate-email-address b@fabrikam.com",
        "user set a@contoso.com --no-alternate-email-address --no-mobile-phone",
        "user reset-password a@contoso.com",
        "user block a@contoso.com",
        "user unblock a@contoso.com",
        "company set --user-id-is-mailbox false --no-sign-in-url",
        "company set --self-serve-password-reset-enabled false --reason incident",
        "company set --password-expires-after-days never --dry-run",
        "company list",
        "company add-domain mail.contoso.com",
        "company remove-domain mail.contoso.com",
        "user delete a@contoso.com",
        "user break-glass a@contoso.com",
        "user sessions a@contoso.com",
        "user end-sessions a@contoso.com",
        "user reset-password a@contoso.com --send",
        "user reset-password a@contoso.com --temporary-password",
        "user reset-passwords --file users.csv --dry-run --result-file out.csv",
        "user import users.csv --dry-run --all-or-nothing --create",
        "user import -",
        "user export",
        "readiness --fail-under 2",
        "readiness --fail-under 90%",
        "request list --all",
        "request reset 0192f0c1-2b3a-7c4d-8e5f-60718293a4b5",
        "incident list --limit 5",
        "incident show 0192f0c1-2b3a-7c4d-8e5f-60718293a4b5",
        "incident close 0192f0c1-2b3a-7c4d-8e5f-60718293a4b5 --note mistake",
        "completions bash",
        "man",
        "audit list",
        "audit list --user a@contoso.com --event signed_in --outcome done --since 7d --until 2026-11-21 --limit 5 --json-lines",
        "audit list --attempt 019a9c1e-7a2b-7c3d-8e4f-5a6b7c8d9e0f --company contoso.com -o csv",
        "audit list --of-nobody",
        "audit verify",
        "audit verify --checkpoints service.log",
    ] {
        assert!(typed(line).is_ok(), "{line}: {}", typed(line).unwrap_err());
    }
}

#[test]
fn a_usage_error_exits_2() {
    for line in [
        "",
        "sevre",
        "serve --liste 1",
        "user set a@contoso.com",
        "company set",
        "company set --self-serve-password-reset-enabled",
        "company set --self-serve-password-reset-enabled perhaps",
        "company create --name Contoso",
        "user create a@contoso.com --display-name A --role root",
        "user list --output xml",
        "user set a@contoso.com --no-mobile-phone --mobile-phone 425-555-0100",
        "user set a@contoso.com --dry-run",
        "company set --dry-run",
        "user reset-passwords",
        "user import",
        "user import users.csv --create --update",
        "readiness --fail-under 200%",
        "audit list --limit 0",
        "audit list --event sing_in",
        "audit list --since yesterday",
        "audit list --attempt 7",
        "audit list --of-nobody --company contoso.com",
        "audit verify --checkpoint 7",
        "user set a@contoso.com --no-alternate-email-address --alternate-email-address a@fabrikam.com",
    ] {
        assert_eq!(typed(line).unwrap_err().exit_code(), 2, "{line}");
    }
    let empty = ["sspr", "user", "set", "a@contoso.com", "--mobile-phone", ""];
    assert_eq!(parse(empty, &[]).unwrap_err().exit_code(), 2);
}

#[test]
fn a_switch_is_read_as_people_write_it_and_moves_by_nothing_else() {
    for (text, position) in [
        ("true", true),
        ("True", true),
        ("$true", true),
        ("$True", true),
        ("1", true),
        ("false", false),
        ("$false", false),
        ("FALSE", false),
        ("0", false),
    ] {
        let set = typed(&format!("company set --self-serve-password-reset-enabled {text}")).unwrap();
        let Verb::Company(CompanyVerb::Set(set)) = set.verb else { panic!() };
        assert_eq!(set.self_serve_password_reset_enabled, Some(position), "{text}");
    }
    for text in ["", "no", "-1", "2", "tru", "null"] {
        let refused = parse(["sspr", "company", "set", "--self-serve-password-reset-enabled", text], &[]);
        assert_eq!(refused.unwrap_err().exit_code(), 2, "{text}");
    }
    let empty = parse(["sspr", "company", "set", "--self-serve-password-reset-enabled", ""], &[]);
    assert!(empty.unwrap_err().to_string().contains("'$true' in quotes"));
}

#[test]
fn flags_win_over_variables_and_an_empty_variable_is_none() {
    let environment = [("SSPR_COMPANY", "contoso.com"), ("SSPR_DATA_DIR", ""), ("SSPR_CONFIG", "c.toml")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let from_variables = parse(["sspr", "user", "list"], &environment).unwrap();
    assert_eq!(from_variables.company.as_deref(), Some("contoso.com"));
    assert_eq!(from_variables.config.as_deref(), Some(Path::new("c.toml")));
    assert_eq!(from_variables.data_dir(), Path::new(".data"));
    let flag = parse(["sspr", "user", "list", "--company", "fabrikam.com"], &environment).unwrap();
    assert_eq!(flag.company.as_deref(), Some("fabrikam.com"));
}

#[test]
fn every_verb_has_help_and_the_first_page_has_examples_and_exit_codes() {
    fn walk(command: &mut clap::Command, path: &str) {
        assert!(command.get_about().is_some(), "{path}: no help");
        for argument in command.get_arguments() {
            assert!(argument.get_help().is_some(), "{path} {}: no help", argument.get_id());
        }
        let leaf = !command.has_subcommands();
        if leaf && (path.contains(" user ") || path.contains(" company ") || path.contains(" audit ")) {
            let examples = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(examples.contains("Example") && examples.contains(path), "{path}: no example");
        }
        for sub in command.get_subcommands_mut() {
            let name = format!("{path} {}", sub.get_name());
            walk(sub, &name);
        }
    }
    let mut command = Arguments::command();
    walk(&mut command, "sspr");
    let help = command.render_help().to_string();
    assert!(help.contains("Examples:") && help.contains("78  configuration"));
    assert_eq!(typed("user set --help").unwrap_err().kind(), ErrorKind::DisplayHelp);
    assert_eq!(typed("--version").unwrap_err().exit_code(), 0);
}

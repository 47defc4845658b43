//! Every verb of the shell: what it reaches. `--company` means that company and no other.
//!
//! To add a verb: a line in `VERBS`; a verb of a company or user with something that it does.

use std::collections::BTreeSet;

use clap::CommandFactory as _;
use sspr::{cli::arguments::Arguments, domain::user::Role};

use super::Two;
use crate::shell::Shell;

/// What a verb reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    /// The company that is named, by these words.
    Company(&'static [&'static str]),
    /// The user who is named, by these words.
    User(&'static [&'static str]),
    /// The incident that is named.
    Incident,
    /// The request that is named.
    Request,
    /// The message that is named, in this state.
    Message(&'static str),
    /// The change that is named.
    Change,
    /// Nothing of any company, or all of them: an operator's own.
    Service,
}

use Reach::{Change, Company, Incident, Message, Request, Service, User};

/// `FILE` names people of both companies, one of each. What takes somebody away comes last.
const VERBS: &[(&str, Reach)] = &[
    ("demo", Service),
    ("serve", Service),
    ("migrate", Service),
    ("config check", Service),
    ("config show", Service),
    ("doctor", Service),
    ("send-test mail", Service),
    ("send-test sms", Service),
    ("completions", Service),
    ("man", Service),
    ("bounce", Service),
    ("company create", Service),
    ("company list", Service),
    ("audit verify", Service),
    ("company show", Company(&[""])),
    ("company set", Company(&["--self-serve-password-reset-enabled false", "--name Other"])),
    ("company add-domain", Company(&["other.example"])),
    ("company remove-domain", Company(&["other.example"])),
    ("readiness", Company(&["", "--output csv", "--output json"])),
    ("user list", Company(&["", "--output csv", "--output json"])),
    ("user export", Company(&[""])),
    ("user import", Company(&["FILE --dry-run", "FILE"])),
    ("user reset-passwords", Company(&["--file FILE --dry-run", "--file FILE"])),
    ("audit list", Company(&["", "--output json"])),
    ("request list", Company(&["--all", "--output json"])),
    ("request refuse", Request),
    ("request reset", Request),
    ("incident list", Company(&["", "--output json"])),
    ("incident show", Incident),
    ("incident close", Incident),
    ("outbox list", Company(&["", "--failed", "--output json"])),
    ("outbox show", Message("sent")),
    ("outbox retry", Message("gave_up")),
    ("outbox cancel", Message("queued")),
    ("limit list", Company(&["", "--output json"])),
    ("limit lift", User(&[""])),
    ("change list", Company(&["", "--output json"])),
    ("change refuse", Change),
    ("change approve", Change),
    ("user create", User(&["--display-name New --role user"])),
    ("user show", User(&[""])),
    ("user sessions", User(&[""])),
    ("user set", User(&["--mobile-phone 425-555-0177", "--role service_administrator"])),
    ("user reset-password", User(&["", "--send", "--temporary-password"])),
    ("user end-sessions", User(&[""])),
    ("user block", User(&[""])),
    ("user unblock", User(&[""])),
    ("user break-glass", User(&[""])),
    ("user delete", User(&[""])),
];

#[test]
fn every_verb_of_the_shell_has_its_place() {
    fn leaves(command: &clap::Command, path: &str, found: &mut BTreeSet<String>) {
        for sub in command.get_subcommands() {
            let path = format!("{path} {}", sub.get_name()).trim().to_owned();
            if sub.has_subcommands() {
                leaves(sub, &path, found);
            } else {
                assert!(found.insert(path));
            }
        }
    }
    let mut found = BTreeSet::new();
    leaves(&Arguments::command(), "", &mut found);
    let table: BTreeSet<String> = VERBS.iter().map(|(verb, _)| (*verb).to_owned()).collect();
    assert_eq!(table.len(), VERBS.len(), "a verb twice");
    assert_eq!(found, table);
}

impl Two {
    /// Everything of the other company, in a text.
    async fn of_theirs(&self) -> String {
        sqlx::query_scalar(
            "select string_agg(line, E'\\n' order by line) from (
               select concat_ws(' ', u.*) as line from users u where company_id = $1
               union all select concat_ws(' ', c.*) from companies c where id = $1
               union all select concat_ws(' ', d.*) from company_domains d where company_id = $1
               union all select concat_ws(' ', e.*) from alternate_emails e join users u on u.id = e.user_id where company_id = $1
               union all select concat_ws(' ', m.*) from mobile_phones m join users u on u.id = m.user_id where company_id = $1
               union all select concat_ws(' ', s.*) from sessions s join users u on u.id = s.user_id where company_id = $1
               union all select concat_ws(' ', t.*) from reset_tokens t join users u on u.id = t.user_id where company_id = $1
               union all select concat_ws(' ', q.*) from contact_requests q where company_id = $1
               union all select concat_ws(' ', i.*) from incidents i where company_id = $1
               union all select concat_ws(' ', o.*) from outbox o where company_id = $1
               union all select concat_ws(' ', p.*) from pending_changes p where company_id = $1
               union all select concat_ws(' ', a.*) from audit_events a where company_id = $1) lines",
        )
        .bind(self.theirs)
        .fetch_one(&self.stage.world.pool)
        .await
        .unwrap()
    }
}

/// A line about an incident.
fn incident(verb: &str, id: uuid::Uuid) -> String {
    let note = if verb.ends_with("close") { " --note mistake" } else { "" };
    format!("{verb} {id}{note}")
}

/// A file with someone of each company.
const BOTH: &str = "UserId,DisplayName\r\nsam@contoso.com,Sam\r\nsam@fabrikam.com,Forged\r\n";

#[tokio::test]
async fn each_verb_reaches_the_company_or_user_that_is_named_and_no_other() {
    let two = Two::new().await;
    let shell = Shell::of(&two.stage.world, &two.stage.node.url);
    let file = shell.folder.file("both.csv", BOTH);
    let (before, canaries) = (two.of_theirs().await, two.canaries().await);
    for (verb, reach) in VERBS {
        let sam = two.stage.person("sam@contoso.com", Role::User).await;
        let lines: Vec<String> = match reach {
            Company(words) => {
                words.iter().map(|words| format!("{verb} {words} --company contoso.com")).collect()
            }
            User(words) => {
                let user = if *verb == "user create" { "newcomer" } else { "sam" };
                words.iter().map(|words| format!("{verb} {user}@contoso.com {words}")).collect()
            }
            Request => vec![format!("{verb} {}", two.stage.target(sam).await.request)],
            Incident => vec![incident(verb, two.stage.target(sam).await.incident)],
            Change => vec![format!("{verb} {}", two.stage.target(sam).await.change)],
            Message(state) => {
                vec![format!("{verb} {} --company contoso.com", two.stage.message(sam, state).await)]
            }
            Service => Vec::new(),
        };
        for line in lines {
            let heard = shell.types(line.replace("FILE", &file).replace("  ", " ").trim_end()).await;
            // A file that names strangers is done for the others, and says so.
            let fine = line.contains("FILE") || *verb == "user break-glass" || heard.code == 0;
            assert!(fine, "{line}: {heard:?}");
            // What stood in the operator's own file may come back.
            let told = format!("{}{}", heard.out, heard.err).replace("sam@fabrikam.com", "");
            Two::nothing_of(&canaries, &told, &line);
            assert_eq!(two.of_theirs().await, before, "{line}");
        }
    }
}

#[tokio::test]
async fn whoever_names_a_company_reaches_nobody_of_another_by_user_id_or_request() {
    let two = Two::new().await;
    let mut shell = Shell::of(&two.stage.world, &two.stage.node.url);
    let theirs = two.stage.target(two.their("sam").await).await;
    let (request, incident_of_theirs, change) = (theirs.request, theirs.incident, theirs.change);
    let mut messages = std::collections::BTreeMap::new();
    for state in ["sent", "gave_up", "queued"] {
        messages.insert(state, two.stage.message(two.their("sam").await, state).await);
    }
    let (before, canaries) = (two.of_theirs().await, two.canaries().await);
    for company in ["contoso.com", "nowhere.example"] {
        shell.set("SSPR_COMPANY", company);
        for (verb, reach) in VERBS {
            let lines: Vec<String> = match reach {
                User(words) => words.iter().map(|words| format!("{verb} sam@fabrikam.com {words}")).collect(),
                Request => vec![format!("{verb} {request}")],
                Incident => vec![incident(verb, incident_of_theirs)],
                Change => vec![format!("{verb} {change}")],
                Message(state) => vec![format!("{verb} {}", messages[state])],
                Company(_) | Service => Vec::new(),
            };
            for line in lines {
                let heard = shell.types(line.trim_end()).await;
                assert_eq!((heard.code, heard.out.as_str()), (1, ""), "{company}: {line}: {heard:?}");
                Two::nothing_of(&canaries, &heard.err.replace("sam@fabrikam.com", ""), &line);
                assert_eq!(two.of_theirs().await, before, "{company}: {line}");
            }
        }
    }
    // Without a company it is done: an operator reaches everyone.
    shell.unset("SSPR_COMPANY");
    assert_eq!(shell.types("user block sam@fabrikam.com").await.code, 0);
    assert_ne!(two.of_theirs().await, before);
}

#[tokio::test]
async fn the_old_spellings_reach_the_company_that_is_named_and_no_other() {
    let two = Two::new().await;
    let shell = Shell::of(&two.stage.world, &two.stage.node.url);
    let (before, canaries) = (two.of_theirs().await, two.canaries().await);
    for line in [
        "Get-MsolCompanyInformation --company contoso.com",
        "Set-MsolCompanySettings -SelfServePasswordResetEnabled $false --company contoso.com",
        "Set-MsolPasswordPolicy -ValidityPeriod 60 -NotificationDays 14 --company contoso.com",
        "Get-MsolUser --company contoso.com",
        "Get-MsolUser -UserPrincipalName sam@contoso.com",
        "Set-MsolUser -UserPrincipalName sam@contoso.com -MobilePhone 425-555-0177",
    ] {
        let heard = shell.types(line).await;
        assert_eq!(heard.code, 0, "{line}: {heard:?}");
        Two::nothing_of(&canaries, &format!("{}{}", heard.out, heard.err), line);
        assert_eq!(two.of_theirs().await, before, "{line}");
    }
}

//! The old spellings, typed into a real bash: transcripts that are kept beside this file.
//!
//! A transcript is what a terminal would show: a line that begins with `$` is typed, what follows is what was said (standard
//! output, then standard error), `[exit N]` how it ended, if not with 0. A line with `#` is for readers. To add one: a file, and
//! its test here. `SSPR_TEST_TRANSCRIPTS=1` writes what was said into the files instead of comparing, to be read in the diff.

use std::{fmt::Write as _, path::Path};

use super::Shell;
use crate::support::{
    app::World,
    walk::{JOHN, NEW, Walk},
};

/// Types every line of a transcript and fails unless all is said as it stands there.
async fn holds(shell: &Shell, name: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/shell/transcripts").join(name);
    let kept = std::fs::read_to_string(&file).unwrap();
    let mut heard = String::new();
    let mut typed = 0;
    for line in kept.lines() {
        if line.starts_with('#') {
            // An empty line before what a reader is told, but for the first.
            let begins = heard.lines().last().is_some_and(|last| !last.starts_with('#'));
            let _ = writeln!(heard, "{}{line}", if begins { "\n" } else { "" });
        } else if let Some(command) = line.strip_prefix("$ ") {
            typed += 1;
            let said = shell.bash(command).await;
            let _ = write!(heard, "{line}\n{}{}", said.out, said.err);
            if said.code != 0 {
                let _ = writeln!(heard, "[exit {}]", said.code);
            }
        }
    }
    assert!(typed > 0, "{name} types nothing");
    if std::env::var("SSPR_TEST_TRANSCRIPTS").is_ok() {
        std::fs::write(&file, &heard).unwrap();
        return;
    }
    assert!(heard == kept, "{name} holds no longer. What was said:\n{heard}");
}

#[tokio::test]
async fn the_commands_of_the_article_do_what_it_says_and_johnsmith_can_reset_with_them() {
    let world = World::new().await;
    let node = world.node().await;
    let shell = Shell::of(&world, &node.url);
    holds(&shell, "article.txt").await;
    // What the article sets is what the reset uses.
    node.drain().await;
    world.mail.take();
    world.sms.take();
    let walk = Walk::new(&world, &node);
    walk.up_to_password().await;
    let events = "select count(*) from audit_events where actor = 'operator:ann'";
    assert!(world.count(events).await >= 5);
    assert!(walk.signs_in(JOHN, &world.first_password(JOHN)).await);
}

#[tokio::test]
async fn lines_of_runbooks_do_what_the_cmdlets_did_however_they_were_pasted() {
    let world = World::new().await;
    let shell = Shell::of(&world, "https://reset.example");
    // Times would differ from run to run.
    world.execute("update users set password_changed_at = '2026-01-02T03:04:05Z'").await;
    holds(&shell, "runbook.txt").await;
}

#[tokio::test]
async fn what_a_cmdlet_can_not_mean_here_is_refused_and_changes_nothing() {
    let world = World::new().await;
    let shell = Shell::of(&world, "https://reset.example");
    holds(&shell, "refused.txt").await;
    assert_eq!(world.count("select count(*) from audit_events").await, 0);
}

#[tokio::test]
async fn a_list_ends_after_500_as_the_cmdlet_did_and_says_so() {
    let world = World::new().await;
    let shell = Shell::of(&world, "https://reset.example");
    world
        .execute(
            "insert into users (id, company_id, user_id, user_id_normalised, display_name, role)
             select gen_random_uuid(), (select id from companies where name = 'Contoso'), 'u' || n || '@contoso.com',
                    'u' || n || '@contoso.com', 'User ' || n, 'user' from generate_series(1, 600) n",
        )
        .await;
    let some = shell.types("Get-MsolUser -o csv").await;
    assert_eq!(some.out.lines().count(), 501);
    assert!(some.err.contains("500 of 609 users are shown; -All shows all"), "{}", some.err);
    let all = shell.types("Get-MsolUser -All -o csv").await;
    assert_eq!((all.out.lines().count(), all.err.as_str()), (610, ""));
    let few = shell.types("Get-MsolUser -MaxResults 3 -o json").await.json();
    assert_eq!(few.as_array().unwrap().len(), 3);
}

#[tokio::test] // V-47
async fn a_password_on_the_command_line_is_taken_and_warned_of_and_one_on_standard_input_is_not_seen() {
    let world = World::new().await;
    let node = world.node().await;
    let shell = Shell::of(&world, &node.url);
    let new = |user_id| {
        ["New-MsolUser", "-UserPrincipalName", user_id, "-DisplayName", "Ann", "-Password"].to_vec()
    };
    let seen = shell.runs(&[&new("ann@contoso.com")[..], &[NEW]].concat(), "").await;
    assert!(seen.code == 0 && seen.err.contains("history") && seen.err.contains("-Password -"), "{seen:?}");
    assert!(!seen.out.contains(NEW) && !seen.err.contains(NEW));
    let unseen = shell.runs(&[&new("ben@contoso.com")[..], &["-"]].concat(), &format!("{NEW}\n")).await;
    assert_eq!((unseen.code, unseen.err.as_str()), (0, ""));
    for user_id in ["ann@contoso.com", "ben@contoso.com"] {
        assert!(Walk::new(&world, &node).signs_in(user_id, NEW).await, "{user_id}");
    }
    let weak = shell.runs(&[&new("eve@contoso.com")[..], &["short"]].concat(), "").await;
    assert!(weak.code == 1 && weak.err.contains("history") && weak.err.contains("needs 15"), "{weak:?}");
}

//! Completions and the manual's pages, given to the programs that read them.

use std::{fs, process::Command};

use super::Shell;

fn says(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}: {out}{err}");
    format!("{out}{err}")
}

#[tokio::test]
async fn bash_completes_verbs_options_and_values() {
    let shell = Shell::bare();
    let script = shell.types("completions bash").await;
    assert_eq!((script.code, script.err.as_str()), (0, ""), "{script:?}");
    let file = shell.folder.file("sspr.bash", &script.out);
    let completes = |words: &str| {
        let place = words.split(' ').count() - 1;
        let last = words.rsplit(' ').next().unwrap();
        let before = words.split(' ').nth(place - 1).unwrap();
        let line = format!(
            "set -eu; . '{file}'; COMP_WORDS=({words}); COMP_CWORD={place}; COMPREPLY=();
             [[ '{last}' ]] || COMP_WORDS+=(''); _sspr sspr '{last}' '{before}'; printf '%s\\n' \"${{COMPREPLY[@]}}\""
        );
        let said = says(Command::new("bash").args(["--norc", "-c", &line]));
        said.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert!(says(Command::new("bash").args(["-n", &file])).is_empty());
    assert_eq!(completes("sspr us"), ["user"]);
    assert_eq!(completes("sspr user unb"), ["unblock"]);
    assert_eq!(completes("sspr user set --mob"), ["--mobile-phone"]);
    assert_eq!(completes("sspr user list --output js"), ["json"]);
    assert!(
        completes("sspr user create a@contoso.com --role ").contains(&"password_administrator".to_owned())
    );
}

#[tokio::test]
async fn fish_completes_and_zsh_reads_its_script() {
    let shell = Shell::bare();
    let script = shell.types("completions fish").await;
    let file = shell.folder.file("sspr.fish", &script.out);
    let line = format!("source '{file}'; complete -C 'sspr user unb'");
    let said = says(Command::new("fish").args(["--no-config", "-c", &line]).env("HOME", shell.folder.path()));
    assert!(said.starts_with("unblock"), "{said}");

    let script = shell.types("completions zsh").await;
    let file = shell.folder.file("_sspr", &script.out);
    assert!(says(Command::new("zsh").args(["-f", "-n", &file])).is_empty());
    assert!(script.out.starts_with("#compdef sspr"));

    shell.types("completions tcsh").await.refused(2, "bash, zsh, fish");
}

#[tokio::test]
async fn every_command_has_a_page_that_a_strict_reader_accepts_and_whose_examples_can_be_copied() {
    let shell = Shell::bare();
    // Made on the way, as is the one above it.
    let folder = shell.folder.path().join("share/man1");
    let told = shell.types("man share/man1").await;
    assert_eq!((told.code, told.out.as_str()), (0, ""), "{told:?}");
    let mut pages: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    pages.sort();
    assert!(told.err.starts_with(&format!("sspr: {} pages", pages.len())) && pages.len() > 20, "{told:?}");
    let faults = says(Command::new("mandoc").args(["-T", "lint", "-W", "error"]).args(&pages));
    assert_eq!(faults, "");

    let read = |name: &str| {
        says(Command::new("mandoc").args(["-T", "ascii", "-O", "width=60"]).arg(folder.join(name)))
            // Bold and underlined, as old printers did it.
            .replace("_\u{8}", "")
    };
    let set = read("sspr-user-set.1");
    assert!(
        set.contains(
            "sspr user set johnsmith@contoso.com --alternate-email-address johnsmith@fabrikam.com\n"
        ),
        "{set}"
    );
    let first = read("sspr.1");
    assert!(first.contains("Set-MsolUser") && first.contains("78  configuration"), "{first}");

    assert_eq!(shell.types("man").await.out, fs::read_to_string(folder.join("sspr.1")).unwrap());
    shell.folder.file("a-file", "");
    shell.types("man a-file").await.refused(1, "a-file");
}

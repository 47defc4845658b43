//! `sspr serve` refuses what it must not serve, before it listens.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::Shell;
use crate::support::{
    app::World,
    walk::{JOHN, Walk},
};

/// A shell in which everything that serving needs is configured; nothing of it is ever called.
fn shell_of(world: &World) -> Shell {
    let mut shell = Shell::of(world, "https://reset.example");
    for (name, value) in [
        ("SSPR_SERVER__LISTEN", "127.0.0.1:0"),
        ("SSPR_MAIL__HOST", "localhost"),
        ("SSPR_MAIL__FROM", "Password reset <reset@contoso.com>"),
        ("SSPR_SMS__ACCOUNT_SID", "AC00000000000000000000000000000000"),
        ("SSPR_SMS__AUTH_TOKEN", "none"),
        ("SSPR_SMS__FROM", "+14255550142"),
    ] {
        shell.set(name, value);
    }
    shell
}

#[tokio::test]
async fn a_demos_database_is_never_served_for_real() {
    let world = World::new().await;
    shell_of(&world).types("serve").await.refused(78, "the mark of a demo");
}

#[tokio::test]
async fn a_key_that_links_under_way_need_must_be_there() {
    let world = World::new().await;
    world.execute("update installation set demo = false").await;
    let node = world.node().await;
    Walk::new(&world, &node).start(JOHN).await;

    let mut shell = shell_of(&world);
    let right = shell.folder.path().join("key").to_str().unwrap().to_owned();
    let other = shell.folder.file("other", &STANDARD.encode([9u8, 1].repeat(16)));
    shell.set("SSPR_KEYS__CURRENT_FILE", &other);
    let heard = shell.types("serve").await;
    heard.refused(78, "keys.current_file");
    assert!(heard.err.contains("keys.previous_files"), "{heard:?}");

    // As the one before, it is enough: the node serves until it is told to stop.
    shell.set("SSPR_KEYS__PREVIOUS_FILES", &right);
    serves(&shell).await;
    shell.unset("SSPR_KEYS__PREVIOUS_FILES");
    world.execute("update reset_tokens set expires_at = now()").await;
    serves(&shell).await;
}

/// Starts, says that it serves, and ends in order when it is asked to.
async fn serves(shell: &Shell) {
    use tokio::io::{AsyncBufReadExt as _, BufReader};
    let mut child = shell.command(&["serve"]).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut log = Vec::new();
    while let Some(line) = lines.next_line().await.unwrap() {
        log.push(line);
        if log.last().unwrap().contains("serving") {
            let process = child.id().unwrap().to_string();
            let killed = tokio::process::Command::new("kill").args(["-TERM", &process]).status().await;
            assert!(killed.unwrap().success());
        }
    }
    assert_eq!(child.wait().await.unwrap().code(), Some(0), "{log:#?}");
    assert!(log.iter().any(|line| line.contains("serving")), "{log:#?}");
}

//! The demo as somebody meets it who has read the interfaces and nothing else: two terminals and a browser.

use std::{process::ExitStatus, time::Duration};

use serde_json::Value;
use sqlx::{Connection as _, PgConnection};
use sspr::demo::cluster::running;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

use super::Shell;
use crate::support::{
    client::{Client, code_in, link_in},
    database,
    walk::{JOHN, JOHN_MAIL, JOHN_PHONE, NEW},
};

/// A demo that runs: the first terminal.
struct Demo {
    child: Child,
    url: String,
    people: Vec<(String, String)>,
}

impl Demo {
    /// Starts it and reads what it prints, to the line that scripts wait for.
    async fn start(shell: &Shell) -> Self {
        let mut command = shell.command(&["demo", "--listen", "127.0.0.1:0", "--data-dir", "data"]);
        command.env("SSPR_CAPTCHA__KIND", "none").stderr(std::process::Stdio::inherit());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut people = Vec::new();
        let url = tokio::time::timeout(Duration::from_mins(2), async {
            loop {
                let line = lines.next_line().await.unwrap().expect("it ended before it was ready");
                let words: Vec<&str> = line.split(' ').collect();
                match words[..] {
                    ["ready", url] => return url.to_owned(),
                    ["person", user_id, password, _role] => {
                        people.push((user_id.to_owned(), password.to_owned()));
                    }
                    _ => {}
                }
            }
        })
        .await
        .expect("no ready line");
        Self { child, url, people }
    }

    fn password_of(&self, user_id: &str) -> String {
        self.people.iter().find(|(known, _)| known == user_id).unwrap().1.clone()
    }

    /// What a service manager does.
    async fn terminate(mut self) -> ExitStatus {
        let process = self.child.id().unwrap().to_string();
        assert!(Command::new("kill").args(["-TERM", &process]).status().await.unwrap().success());
        tokio::time::timeout(Duration::from_mins(1), self.child.wait()).await.expect("it stays").unwrap()
    }

    /// The text of the newest message to somebody, once it is there.
    async fn message_to(&self, to: &str) -> String {
        for _ in 0..600 {
            let outbox = Client::new(&self.url).get("/demo/outbox.json").await;
            let messages: Value = serde_json::from_str(&outbox.body).unwrap();
            if let Some(message) = messages.as_array().unwrap().iter().find(|message| message["to"] == to) {
                let channel = if to.starts_with('+') { "sms" } else { "email" };
                assert_eq!(message["channel"], channel);
                assert_eq!(message["subject"].is_null(), channel == "sms");
                return message["text"].as_str().unwrap().to_owned();
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("no message to {to}");
    }
}

/// Where signing in leads: `/sign-in` when it was refused.
async fn signs_in(url: &str, user_id: &str, password: &str) -> bool {
    let client = Client::new(url);
    let answer = client.submit("/sign-in", "/sign-in", &[("user_id", user_id), ("password", password)]).await;
    assert!(matches!(answer.status.as_u16(), 303 | 422), "{answer:?}");
    client.open("/").await.0 != "/sign-in"
}

/// The wizard by paths and fields alone, to the new password.
async fn resets(demo: &Demo, user_id: &str, password: &str) {
    let client = Client::new(&demo.url);
    let step = async |page: &str, action: &str, fields: &[(&str, &str)]| {
        let answer = client.submit(page, action, fields).await;
        assert_eq!(answer.status, 303, "{action}: {answer:?}");
        answer.location.unwrap()
    };
    let next = step("/reset", "/reset", &[("option", "forgot_password")]).await;
    assert_eq!(next, "/reset/verify-user");
    let next = step(&next, "/reset/verify-user", &[("user_id", user_id)]).await;
    assert_eq!(next, "/reset/check-email");
    let link = link_in(&demo.message_to(JOHN_MAIL).await);
    assert!(link.starts_with(&demo.url), "{link} is not of {}", demo.url);
    let next = step(&link, "/reset/email-link", &[]).await;
    assert_eq!(next, "/reset/security-code");
    let code = code_in(&demo.message_to(JOHN_PHONE).await);
    let next = step(&next, "/reset/security-code", &[("code", &code)]).await;
    assert_eq!(next, "/reset/new-password");
    let fields = [("new_password", password), ("confirm_password", password)];
    let next = step(&next, "/reset/new-password", &fields).await;
    assert_eq!(next, "/reset/done");
    assert_eq!(client.get(&next).await.heading(), "Your password has been reset");
}

#[tokio::test]
async fn a_demo_is_walked_operated_from_a_second_terminal_stopped_and_started_again() {
    // Both terminals stand in the same folder; the second has no configuration at all.
    let shell = Shell::bare();
    let types = async |line: &str| shell.types(&format!("{line} --data-dir data")).await;
    types("company show").await.refused(78, "no demo runs on data");

    let demo = Demo::start(&shell).await;
    let old = demo.password_of(JOHN);
    assert_eq!(demo.people.len(), 11);
    let company = types("company show").await;
    assert!(company.out.contains("SelfServePasswordResetEnabled    : True\n"), "{company:?}");
    let john = types("user show johnsmith@contoso.com -o json").await.json();
    assert_eq!((&john["MobilePhone"], &john["CouldReset"]), (&JOHN_PHONE.into(), &true.into()));
    let moved = types("user set johnsmith@contoso.com --display-name Johnny -o json").await.json();
    assert_eq!((&moved[0]["Old"], &moved[0]["New"]), (&"John Smith".into(), &"Johnny".into()));

    // Its key and its address make the link.
    let made = types("user create eve@contoso.com --display-name Eve --role billing_administrator -o json");
    let link = made.await.json()["SetPasswordLink"].as_str().unwrap().to_owned();
    assert!(link.starts_with(&format!("{}/set-password/", demo.url)), "{link}");
    let path = &link[demo.url.len()..];
    let fields = [("new_password", NEW), ("confirm_password", NEW)];
    assert_eq!(Client::new(&demo.url).submit(path, path, &fields).await.status, 303);
    assert!(signs_in(&demo.url, "eve@contoso.com", NEW).await);

    assert!(signs_in(&demo.url, JOHN, &old).await);
    resets(&demo, JOHN, NEW).await;
    assert!(signs_in(&demo.url, JOHN, NEW).await);
    assert!(!signs_in(&demo.url, JOHN, &old).await);

    // A second demo on the same data says where the first one is.
    let second = shell.types("demo --listen 127.0.0.1:0 --data-dir data").await;
    assert_eq!(second.code, 1, "{second:?}");
    assert!(second.err.contains(&demo.url), "{second:?}");

    let status = demo.terminate().await;
    assert_eq!(status.code(), Some(0), "{status:?}");
    assert!(running(&shell.folder.path().join("data")).is_none(), "its database is gone with it");
    types("user list").await.refused(78, "no demo runs on data");

    let demo = Demo::start(&shell).await;
    assert_eq!(demo.password_of(JOHN), old, "it prints the first passwords again");
    assert!(signs_in(&demo.url, JOHN, NEW).await && signs_in(&demo.url, "eve@contoso.com", NEW).await);
    assert!(!signs_in(&demo.url, JOHN, &old).await);
    assert_eq!(types("user list -o json").await.json().as_array().unwrap().len(), 10);
    assert_eq!(demo.terminate().await.code(), Some(0));
}

#[tokio::test]
async fn a_demo_takes_no_database_that_holds_anything_of_somebodys() {
    let foreign = database::copy_of("template_of_somebody", async |url: String| {
        let mut connection = PgConnection::connect(&url).await.unwrap();
        sqlx::query("create table ledger as select 1 as amount").execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    })
    .await;
    let mut shell = Shell::bare();
    shell.set("SSPR_DATABASE__URL", &foreign.url());
    let heard = shell.types("demo --listen 127.0.0.1:0 --data-dir data").await;
    heard.refused(1, "neither empty nor a demo's");
    let pool = sqlx::PgPool::connect(&foreign.url()).await.unwrap();
    let tables: i64 = sqlx::query_scalar("select count(*) from pg_tables where schemaname = 'public'")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(tables, 1, "nothing was made in it");
}

#[tokio::test]
async fn a_demo_takes_no_database_that_serves_for_real() {
    let world = crate::support::app::World::new().await;
    world.execute("update installation set demo = false").await;
    let mut shell = Shell::bare();
    shell.set("SSPR_DATABASE__URL", &world.database.url());
    let heard = shell.types("demo --listen 127.0.0.1:0 --data-dir data").await;
    heard.refused(1, "neither empty nor a demo's");
}

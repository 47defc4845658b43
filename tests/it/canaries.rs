//! No secret and no person in a log, in an error or in a panic's text: one process walks the whole road with everything logged
//! at the finest level, and what it wrote is searched (V-47).

use sspr::{
    config::{LogFormat, LogSettings},
    domain::secret::Purpose,
};

use crate::support::{
    app::World,
    client::{Client, code_in},
    secrets, this_binary_again,
    walk::{JOHN, JOHN_PHONE, Walk},
};

const IN_CHILD: &str = "SSPR_TEST_CANARY_CHILD";
/// What the child tells its parent, on lines that are cut out before the search.
const TOLD: &str = "canary: ";
const PASSWORD: &str = "canary bird in a coal mine";

#[test]
fn a_whole_walk_at_the_finest_level_leaves_no_secret_in_the_log() {
    if std::env::var_os(IN_CHILD).is_some() {
        walk_with_everything_logged();
        return;
    }
    let test = "canaries::a_whole_walk_at_the_finest_level_leaves_no_secret_in_the_log";
    let output = this_binary_again(test, &[(IN_CHILD, "1"), ("RUST_BACKTRACE", "0")]);
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{said}");
    let (told, log): (Vec<&str>, Vec<&str>) = said.lines().partition(|line| line.contains(TOLD));
    let log = log.join("\n");
    assert!(log.contains("TRACE") || log.contains("DEBUG"), "not at the finest level");
    for line in ["answered", "message accepted", "message finished", "another try may help", "panicked"] {
        assert!(log.contains(line), "the log is not caught: {line}");
    }
    let canaries: Vec<&str> =
        told.iter().filter_map(|line| line.split_once(TOLD)).map(|(_, canary)| canary).collect();
    assert!(canaries.len() >= 20, "{canaries:?}");
    for canary in canaries {
        if let Some(line) = log.lines().find(|line| line.contains(canary)) {
            panic!("{canary} stands in the log: {line}");
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn walk_with_everything_logged() {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    // As an operator would who wants to see everything.
    let everything = LogSettings { format: LogFormat::Text, filter: "trace".to_owned() };
    sspr::telemetry::init(&everything).unwrap();
    let tell = |canary: &str| println!("{TOLD}{canary}");

    let walk = Walk::new(&world, &node);
    let first_password = world.first_password(JOHN);
    tell(&first_password);
    assert!(walk.signs_in(JOHN, &first_password).await);
    assert!(!walk.signs_in(JOHN, "canary wrong password").await);
    tell("canary wrong password");
    let other = Client::new(&node.url);
    other
        .submit(
            "/contact-administrator",
            "/contact-administrator",
            &[("user_id", "canary-person@contoso.com")],
        )
        .await;
    tell("canary-person");

    walk.start(JOHN).await;
    tell_cookies(&walk.client);
    let fault = sspr::senders::SendError::TryAgain(sspr::senders::Reason::new("smtp rcpt").code(450));
    world.mail.fail_next(fault);
    node.drain().await;
    world.execute("update outbox set run_at = now() where state = 'queued'").await;
    node.drain().await;
    let link = walk.link().await;
    other.get(&link).await;
    other.get(&format!("{link}x")).await;
    walk.open_link(&link).await;
    tell_cookies(&walk.client);
    node.drain().await;
    walk.type_code("91827364").await;
    tell("91827364");
    let code = code_in(&world.sms_to(JOHN_PHONE).await.text);
    walk.type_code(&code).await;
    tell_cookies(&walk.client);
    walk.set_password("canary").await;
    walk.set_password(PASSWORD).await;
    tell(PASSWORD);
    walk.client.get("/reset/done").await;
    node.drain().await;
    assert!(walk.signs_in(JOHN, PASSWORD).await);
    let notice = secrets::newest(&world.pool, Purpose::NotMe).await;
    other.get(&format!("/not-me/{notice}")).await;
    other.submit(&format!("/not-me/{notice}"), &format!("/not-me/{notice}"), &[]).await;

    // What breaks inside, with what it breaks on.
    world.execute("alter table reset_attempts rename to away").await;
    walk.client.header("user-agent", "canary-browser/1.0");
    let broken = walk.client.get("/reset/done").await;
    assert_eq!(broken.status, 500);
    tell("canary-browser");

    let text = "canary in a panic".to_owned();
    assert!(std::thread::spawn(move || panic!("{text}")).join().is_err());
    tell("canary in a panic");

    for secret in secrets_of(&world).await {
        tell(&secret);
    }
    for person in [JOHN, "johnsmith", "fabrikam.com", "contoso.com", "4255550100", "555-0100", "John Smith"] {
        tell(person);
    }
}

fn tell_cookies(client: &Client) {
    for value in client.cookies().values() {
        println!("{TOLD}{value}");
    }
}

async fn secrets_of(world: &World) -> Vec<String> {
    let mut all: Vec<String> =
        secrets::all(&world.pool).await.into_iter().map(|secret| secret.text).collect();
    all.extend(
        sqlx::query_scalar::<_, String>("select password_hash from users where password_hash is not null")
            .fetch_all(&world.pool)
            .await
            .unwrap(),
    );
    all
}

//! A stolen database opens nothing (D-04, D-05, D-17): not the texts in it, and not what can be made from them.

use std::process::Command;

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use sha2::{Digest as _, Sha256};
use sspr::domain::secret::{Key, Purpose};
use uuid::Uuid;

use crate::support::{
    app::{KEY, Node, World},
    client::Client,
    database,
    walk::{JOHN, JOHN_MAIL, NEW, Walk},
};

const OTHER_KEY: [u8; 32] = *b"the key of somebody who has only";

/// A token's row as whoever holds the dump reads it.
#[derive(sqlx::FromRow)]
struct Token {
    id: Uuid,
    purpose: String,
    nonce: Vec<u8>,
}

async fn tokens(world: &World) -> Vec<Token> {
    sqlx::query_as("select id, purpose, nonce from reset_tokens order by created_at")
        .fetch_all(&world.pool)
        .await
        .unwrap()
}

/// A program of the cluster's own Postgres: another version's may refuse.
async fn program(world: &World, name: &str) -> Command {
    let folder: String = sqlx::query_scalar("select setting from pg_config where name = 'BINDIR'")
        .fetch_one(&world.pool)
        .await
        .unwrap();
    let mut command = Command::new(format!("{folder}/{name}"));
    command.env("PGAPPNAME", "a thief");
    command
}

/// Everything in the database, as `pg_dump` writes it.
pub async fn dump(world: &World) -> String {
    let output =
        program(world, "pg_dump").await.args(["--no-owner", &world.database.url()]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Every way in which these bytes may stand in a text, or in a `bytea` of it.
fn spellings(bytes: &[u8]) -> Vec<String> {
    let mut all = Vec::new();
    let mut backwards = bytes.to_vec();
    backwards.reverse();
    for bytes in [bytes, &backwards] {
        let hex = bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
        let base64 = STANDARD.encode(bytes);
        all.extend([
            hex,
            base64.trim_end_matches('=').to_owned(),
            URL_SAFE_NO_PAD.encode(bytes),
            String::from_utf8_lossy(bytes).into_owned(),
            bytes.iter().map(|byte| format!("\\{byte:03o}")).collect::<Vec<_>>().concat(),
        ]);
    }
    all
}

/// The spelling of a secret that is in the dump, whatever the case of letters.
fn found(dump: &str, secret: &str) -> Option<String> {
    let mut all = spellings(secret.as_bytes());
    if let Ok(raw) = URL_SAFE_NO_PAD.decode(secret) {
        all.extend(spellings(&raw));
        // What stands behind an id is the secret part of a link.
        if raw.len() == 48 {
            all.extend(spellings(&raw[16..]));
        }
    }
    if let Ok(number) = secret.parse::<u32>() {
        all.extend(spellings(&number.to_be_bytes()).into_iter().filter(|text| text.len() >= 6));
        // A hash of so few digits without a key is as good as the digits.
        all.extend(spellings(&Sha256::digest(secret)));
    }
    let dump = dump.to_lowercase();
    all.into_iter().find(|spelling| dump.contains(&spelling.to_lowercase()))
}

/// Three people on their way: one before the first proof, one before the second, one done, signed in again; nothing sent yet.
struct Underway {
    world: World,
    node: Node,
    people: Vec<Client>,
    form_tokens: Vec<String>,
}

async fn underway() -> Underway {
    let world = World::new().await;
    let node = world.node_without_workers().await;
    let mut people = Vec::new();
    let mut form_tokens = Vec::new();
    for (steps, user_id) in [(1, "globaladmin@contoso.com"), (2, "passwordadmin@contoso.com"), (3, JOHN)] {
        let walk = Walk::new(&world, &node);
        walk.start(user_id).await;
        let mut action = "/reset/check-email/resend";
        if steps > 1 {
            let token = tokens(&world).await.pop().unwrap();
            let link = key().link_token(Purpose::EmailLink, token.id, &token.nonce);
            walk.open_link(&format!("/reset/email-link/{}", link.expose())).await;
            action = "/reset/security-code";
        }
        if steps > 2 {
            let token = tokens(&world).await.pop().unwrap();
            let code = key().security_code(token.id, &token.nonce);
            let proven = walk.type_code(code.expose()).await;
            assert_eq!(proven.location.as_deref(), Some("/reset/new-password"), "{proven:?}");
            walk.set_password(NEW).await;
            let signed_in =
                walk.client.submit("/sign-in", "/sign-in", &[("user_id", JOHN), ("password", NEW)]).await;
            assert_eq!(signed_in.location.as_deref(), Some("/"));
            action = "/sign-out";
        }
        let page = if steps > 2 { "/account" } else { "/reset/check-email" };
        let (_, page) = walk.client.open(page).await;
        let hidden = page.hidden_fields(action).unwrap();
        form_tokens
            .extend(hidden.into_iter().filter(|(name, _)| name == "form_token").map(|(_, value)| value));
        people.push(walk.client);
    }
    assert_eq!(world.count("select count(*) from outbox where state = 'queued'").await, 10);
    Underway { world, node, people, form_tokens }
}

fn key() -> Key {
    Key::new(KEY.to_vec()).unwrap()
}

/// Link or code of a row, with this key.
fn secret(key: &Key, token: &Token) -> String {
    match Purpose::named(&token.purpose).unwrap() {
        Purpose::SecurityCode => key.security_code(token.id, &token.nonce).expose().to_owned(),
        purpose => key.link_token(purpose, token.id, &token.nonce).expose().to_owned(),
    }
}

#[tokio::test] // D-04, D-05, D-17
async fn a_dump_with_everything_still_queued_holds_nothing_that_opens_anything() {
    let underway = underway().await;
    let dump = dump(&underway.world).await;

    // It is the right dump, and the search finds what is there.
    let tokens = tokens(&underway.world).await;
    let nonce = URL_SAFE_NO_PAD.encode(&tokens[0].nonce);
    assert!(
        dump.contains(JOHN_MAIL) && found(&dump, &nonce).is_some() && found(&dump, "14255550100").is_some()
    );

    let mut secrets: Vec<(&str, String)> =
        vec![("the key", String::from_utf8(KEY.to_vec()).unwrap()), ("the password", NEW.into())];
    secrets.push(("the first password", underway.world.first_password(JOHN)));
    for token in &tokens {
        secrets.push(("a link or code", secret(&key(), token)));
    }
    for token in &underway.form_tokens {
        secrets.push(("a form token", token.clone()));
    }
    for client in &underway.people {
        let cookies = client.cookies();
        assert!(cookies.len() >= 2, "{cookies:?}");
        secrets.extend(cookies.into_values().map(|value| ("a cookie", value)));
    }
    let codes = tokens.iter().filter(|token| token.purpose == "security_code").count();
    let purposes = tokens.iter().filter(|token| token.purpose == "not_me").count();
    assert_eq!((tokens.len(), codes, purposes, underway.form_tokens.len()), (6, 2, 1, 3));
    for (what, secret) in secrets {
        assert_eq!(found(&dump, &secret), None, "{what} is in the dump");
        // And would be found, had it been written there in any column.
        let written = format!("{dump}\\\\x{}", spellings(secret.as_bytes())[0]);
        assert!(found(&written, &secret).is_some(), "{what} would not be found");
    }
}

/// Opens every address and every cookie that can be made from the rows.
async fn nothing_opens(world: &World, node: &Node) {
    let thief = Key::new(OTHER_KEY.to_vec()).unwrap();
    let mut links = Vec::new();
    for token in tokens(world).await {
        links.extend([
            secret(&thief, &token),
            URL_SAFE_NO_PAD.encode([token.id.as_bytes(), &token.nonce[..]].concat()),
            URL_SAFE_NO_PAD.encode([token.id.as_bytes(), &Sha256::digest(&token.nonce)[..]].concat()),
            URL_SAFE_NO_PAD.encode(&token.nonce),
            token.id.to_string(),
        ]);
    }
    let client = Client::new(&node.url);
    for link in &links {
        for path in ["/reset/email-link/", "/not-me/", "/set-password/"] {
            let answer = client.get(&format!("{path}{link}")).await;
            assert!(matches!(answer.status.as_u16(), 404 | 410), "{path}: {answer:?}");
            assert_eq!(answer.hidden_fields("/reset/email-link"), None);
        }
    }
    let hashes: Vec<(String, Vec<u8>)> = sqlx::query_as(
        "select 'sspr-reset', session_hash from reset_attempts union all
         select 'sspr-reset', previous_session_hash from reset_attempts where previous_session_hash is not null union all
         select 'sspr-account', id_hash from sessions",
    )
    .fetch_all(&world.pool)
    .await
    .unwrap();
    // Three attempts, two of them with a session before the last proof, and one that is signed in.
    assert_eq!(hashes.len(), 6);
    for (name, hash) in hashes {
        for value in
            [URL_SAFE_NO_PAD.encode(&hash), URL_SAFE_NO_PAD.encode(&hash[..16]), spellings(&hash)[0].clone()]
        {
            client.set_cookies([(name.clone(), value)].into());
            for (path, away) in [
                ("/reset/check-email", "/reset"),
                ("/reset/security-code", "/reset"),
                ("/reset/new-password", "/reset"),
                ("/reset/done", "/reset"),
                ("/account", "/sign-in?notice=first"),
            ] {
                let answer = client.get(path).await;
                assert_eq!(answer.location.as_deref(), Some(away), "{name} on {path}: {answer:?}");
            }
        }
    }
}

#[tokio::test] // D-04, D-05, D-17, R-26
async fn nothing_made_from_a_dump_opens_anything_here_or_where_it_is_restored() {
    let underway = underway().await;
    nothing_opens(&underway.world, &underway.node).await;

    let text = dump(&underway.world).await;
    let database = database::copy_of("template_of_a_thief", async |_| {}).await;
    let file = std::env::temp_dir().join(format!("sspr-dump-{}", sspr::random::id()));
    std::fs::write(&file, text).unwrap();
    let restored = program(&underway.world, "psql")
        .await
        .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-f"])
        .arg(&file)
        .arg(database.url())
        .output()
        .unwrap();
    std::fs::remove_file(&file).unwrap();
    assert!(restored.status.success(), "{}", String::from_utf8_lossy(&restored.stderr));
    let world = World::on(database, &[]).await;
    let node = world.node_with_key(&world.database.url(), true, OTHER_KEY).await;
    nothing_opens(&world, &node).await;

    // Its workers send no link and no code of the dump, whoever reads the mail there.
    for _ in 0..1000 {
        // What a key is missing for waits for a node that has it.
        if world.count("select count(*) from outbox where state = 'queued' and last_error is null").await == 0
        {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let with_secret: Vec<String> = sqlx::query_scalar(
        "select concat_ws(' ', message ->> 'kind', state, last_error) from outbox
         where token_id is not null and state not in ('gave_up', 'withdrawn')
           and (state <> 'queued' or last_error is distinct from 'the key of the secret is gone')",
    )
    .fetch_all(&world.pool)
    .await
    .unwrap();
    assert_eq!(with_secret, Vec::<String>::new());

    // What was made with the right key is refused there, too: link, code, and the cookie of a form.
    for token in tokens(&world).await {
        let link = secret(&key(), &token);
        for path in ["/reset/email-link/", "/not-me/", "/set-password/"] {
            let answer = Client::new(&node.url).get(&format!("{path}{link}")).await;
            assert!(matches!(answer.status.as_u16(), 404 | 410), "{path}: {answer:?}");
        }
    }
    let person = &underway.people[1];
    person.go_to(&node.url);
    let code = tokens(&world)
        .await
        .into_iter()
        .filter(|token| token.purpose == "security_code")
        .map(|t| secret(&key(), &t));
    for code in code {
        let answer = person.submit("/reset/security-code", "/reset/security-code", &[("code", &code)]).await;
        assert_ne!(answer.location.as_deref(), Some("/reset/new-password"), "{answer:?}");
    }
    assert_eq!(world.count("select count(*) from reset_attempts where code_proven_at is not null").await, 1);
}

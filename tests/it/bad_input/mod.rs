//! What no page of ours sends: on every route a defined answer, our own page, and the process lives.

mod fields;
mod forged;
mod requests;

use sspr::domain::secret::Purpose;

use crate::support::{
    app::{Node, World},
    client::Answer,
    direct::Direct,
    routes::{self, Route},
    secrets,
};

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// Our page: HTML with one heading, and a way on.
fn is_our_page(answer: &Answer, what: &str) {
    assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"), "{what}: {answer:?}");
    assert_eq!(answer.body.matches("<h1").count(), 1, "{what}: {}", answer.body);
    let main = answer.body.split_once("<main").unwrap().1.split_once("</main>").unwrap().0;
    assert!(main.contains("<a ") || main.contains("<form"), "{what} has no way on: {main}");
}

/// The forms: what machines send is no form, and its answers are no pages (`receipts`).
fn posts() -> impl Iterator<Item = Route> {
    routes::all().into_iter().filter(|route| route.post && !route.path.starts_with("/hooks/"))
}

/// A browser that may post to this route.
async fn ready(node: &Node) -> Direct {
    let mut browser = Direct::new(&node.app);
    browser.look("GET", "/reset").await;
    browser
}

/// A one-time link as an administrator gives it.
async fn set_password_token(world: &World) -> String {
    sqlx::query(
        "insert into reset_tokens (id, purpose, user_id, nonce, key_id, expires_at)
         select $1, 'set_password', id, $2, $3, now() + interval '1 hour' from users where user_id = 'user@contoso.com'",
    )
    .bind(sspr::random::id())
    .bind(vec![7u8; 32])
    .bind(secrets::key().id())
    .execute(&world.pool)
    .await
    .unwrap();
    secrets::newest(&world.pool, Purpose::SetPassword).await
}

//! Attacks that no page's own test has: whole lists of them, and every route gets each.

mod addresses;
mod figures;
mod looking;
mod passwords;
mod read_only;
mod redirects;
mod spellings;

use crate::support::{
    app::{Node, World},
    direct::Direct,
};

/// Who may see and change everything of Contoso.
const GLOBAL: &str = "globaladmin@contoso.com";

/// A browser that may post.
async fn visitor(node: &Node) -> Direct {
    let mut browser = Direct::new(&node.app);
    browser.look("GET", "/reset").await;
    browser
}

/// A browser in which somebody signed in.
async fn signed_in(world: &World, node: &Node, user_id: &str) -> Direct {
    let mut browser = visitor(node).await;
    let password = world.first_password(user_id);
    let answer = browser.submit("/sign-in", &[("user_id", user_id), ("password", &password)]).await;
    assert_eq!(answer.location.as_deref(), Some("/"), "{answer:?}");
    browser
}

//! `/account` and what leads to it: own contact data confirmed, sessions ended, events told, passwords that get old.

mod confirm_contact;
mod events;
mod expiry;
mod sessions;

use crate::support::{
    app::{Node, World},
    client::Client,
};

/// A browser in which someone signed in with the demo's first password.
async fn signed_in(world: &World, node: &Node, user_id: &str) -> Client {
    let client = Client::new(&node.url);
    let fields = [("user_id", user_id), ("password", &*world.first_password(user_id))];
    let answer = client.submit("/sign-in", "/sign-in", &fields).await;
    assert_eq!(answer.status, 303, "{answer:?}");
    client
}

/// The part of a page between two headings of level two: from the one with these words.
fn panel<'p>(page: &'p str, heading: &str) -> &'p str {
    let (_, rest) =
        page.split_once(&format!("<h2>{heading}</h2>")).unwrap_or_else(|| panic!("no {heading} in {page}"));
    rest.split("<h2>").next().unwrap()
}

//! The users' pages of the portal, over the verbs of `admin::users`.
//!
//! Must stay true: a page shows contact data whole only to those who may change it; nothing is changed but through a review that says
//! what will change; a change is bound to the version of the user that was looked at.
//!
//! One file a page: [`list`], [`user`] (filled by [`show`], its form taken by [`edit`]), [`new`]; between a form and its effect stand
//! [`review`], [`conflict`] and [`confirm`] (its effects: [`deeds`]).
//! To add a field of a user: [`fields`], and its line in [`review`].

pub mod address;
pub mod confirm;
pub mod conflict;
pub mod deeds;
pub mod edit;
pub mod fields;
pub mod list;
pub mod new;
pub mod review;
pub mod show;
pub mod user;

use crate::{
    domain::user::Role,
    visible,
    web::{markup::Markup, page::Page},
};

/// The key of a role's words.
pub fn role_key(role: Role) -> String {
    format!("role-{role}")
}

/// A name as a title: on one line, and without marks that turn the title round.
pub(in crate::portal) fn titled(page: &Page, key: &str, name: &str) -> String {
    let name: String = name.chars().filter(|c| !visible::is_unsafe(*c)).collect();
    page.a(key).arg("name", name).s()
}

/// What a table says of a property: words for a role, the text itself for anything else.
fn shown(page: &Page, key: &str, value: &str) -> Markup {
    match value.parse::<Role>() {
        Ok(role) if key == fields::ROLE => Markup::text(&page.t(&role_key(role))),
        _ => Markup::isolated(value),
    }
}

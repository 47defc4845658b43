//! Limits in the portal: who stands at one, until when, and lifting it. For global administrators.
//!
//! Must stay true: only people of the own company; lifting asks for a recent proof of the own password, and is recorded.

pub mod lift;
pub mod list;

use crate::{
    store::limits::Standing,
    web::{
        markup::Markup,
        page::{Moment, Page},
    },
};

/// A limit as a sentence: which, from where, and the time of the next try.
pub fn sentence(page: &Page, at: &Standing) -> Markup {
    let limit = page.t(&format!("limit-{}", at.kind.as_str()));
    let key = match (&at.until, &at.network) {
        (Some(_), None) => "limit-until",
        (Some(_), Some(_)) => "limit-until-from",
        (None, None) => "limit-lifted",
        (None, Some(_)) => "limit-lifted-from",
    };
    let sentence = page.m(key).arg("limit", limit);
    let sentence = match &at.network {
        Some(network) => sentence.name("network", network),
        None => sentence,
    };
    match at.until {
        Some(until) => sentence.time("time", &Moment::with_day(until)).s(),
        None => sentence.s(),
    }
}

//! The CAPTCHA, where another company's server decides: it is there, and knows our secret. Nothing is said where that is not the kind.

use super::check::{Finding, Report};
use crate::app::App;

/// The line's name.
pub const NAME: &str = "captcha";

/// Asks about a token that is none.
pub async fn check(app: &App) -> Report {
    let Some(hosted) = app.captcha.hosted() else { return Report::default() };
    let name = hosted.provider().known_as;
    match hosted.probe().await {
        Ok(()) => Finding::ok(NAME, format!("{name} answers and knows our secret")).into(),
        Err(why) => {
            let todo = "look at captcha.secret and captcha.verify_url and at the network between; people get the characters meanwhile";
            Finding::broken(NAME, format!("{name}: {why}"), todo).into()
        }
    }
}

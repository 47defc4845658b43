//! The answer that shows a temporary password: once, on no address that could be opened again, kept by no cache.

use askama::Template;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{
    admin::passwords::Temporary,
    portal::users::titled,
    web::page::{Moment, Page, Screen},
};

/// The page. Wiped when it is dropped.
#[derive(Template)]
#[template(path = "portal/temporary_password.html")]
pub struct TemporaryPasswordPage {
    /// The shell.
    pub page: Page,
    /// The user.
    pub id: Uuid,
    /// User ID.
    pub user_id: String,
    /// The name that colleagues see.
    pub display_name: String,
    /// The password.
    pub password: Zeroizing<String>,
    /// Until when it signs in.
    pub good_until: Moment,
    /// There is an address at which the person is told.
    pub told: bool,
}

impl TemporaryPasswordPage {
    /// Of a password that was just made.
    pub fn new(page: Page, made: &Temporary) -> Self {
        Self {
            page,
            id: made.user.id,
            user_id: made.user.user_id.clone(),
            display_name: made.user.display_name.clone(),
            password: made.password.clone(),
            good_until: Moment::with_day(made.good_until),
            told: !made.user.alternate_emails.is_empty(),
        }
    }
}

impl Screen for TemporaryPasswordPage {
    fn page(&self) -> &Page {
        &self.page
    }

    fn title(&self) -> String {
        titled(&self.page, "temporary-title", &self.display_name)
    }
}

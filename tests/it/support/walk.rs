//! A person who resets a password, step by step.

use super::{
    app::{Node, World},
    client::{Answer, Client, code_in, link_in},
};

/// The demo's person who can reset.
pub const JOHN: &str = "johnsmith@contoso.com";
/// John's alternate address.
pub const JOHN_MAIL: &str = "johnsmith@fabrikam.com";
/// John's phone.
pub const JOHN_PHONE: &str = "+14255550100";
/// A password that every rule accepts.
pub const NEW: &str = "correct horse battery staple";

/// A person with a browser on a node.
pub struct Walk<'w> {
    /// The world.
    pub world: &'w World,
    /// The browser.
    pub client: Client,
}

impl<'w> Walk<'w> {
    /// Someone new.
    pub fn new(world: &'w World, node: &Node) -> Self {
        Self { world, client: Client::new(&node.url) }
    }

    /// Steps 1 and 2.
    pub async fn start(&self, user_id: &str) -> Answer {
        let answer = self.client.submit("/reset", "/reset", &[("option", "forgot_password")]).await;
        assert_eq!(answer.location.as_deref(), Some("/reset/verify-user"), "{answer:?}");
        self.client.submit("/reset/verify-user", "/reset/verify-user", &[("user_id", user_id)]).await
    }

    /// The path of the newest e-mail link to John.
    pub async fn link(&self) -> String {
        let mail = self.world.mail_to(JOHN_MAIL).await;
        let link = link_in(&mail.text);
        let at = link.find("/reset/email-link/").unwrap_or_else(|| panic!("not a reset link: {link}"));
        link[at..].to_owned()
    }

    /// Step 3: opens the link and presses its button.
    pub async fn open_link(&self, link: &str) -> Answer {
        self.client.submit(link, "/reset/email-link", &[]).await
    }

    /// The newest code to John.
    pub async fn code(&self) -> String {
        code_in(&self.world.sms_to(JOHN_PHONE).await.text)
    }

    /// Step 4.
    pub async fn type_code(&self, code: &str) -> Answer {
        self.client.submit("/reset/security-code", "/reset/security-code", &[("code", code)]).await
    }

    /// Step 4 from a page that is no more: the form is sent as it was.
    pub async fn type_code_blindly(&self, code: &str) -> Answer {
        let page = self.client.get("/reset/security-code").await;
        match page.hidden_fields("/reset/security-code") {
            Some(hidden) => self.client.post_form("/reset/security-code", hidden, &[("code", code)]).await,
            None => page,
        }
    }

    /// Step 5.
    pub async fn set_password(&self, password: &str) -> Answer {
        let fields = [("new_password", password), ("confirm_password", password)];
        self.client.submit("/reset/new-password", "/reset/new-password", &fields).await
    }

    /// John up to the page for the code.
    pub async fn up_to_code(&self) {
        self.start(JOHN).await;
        let answer = self.open_link(&self.link().await).await;
        assert_eq!(answer.location.as_deref(), Some("/reset/security-code"), "{answer:?}");
    }

    /// John up to the page for the new password.
    pub async fn up_to_password(&self) {
        self.up_to_code().await;
        let answer = self.type_code(&self.code().await).await;
        assert_eq!(answer.location.as_deref(), Some("/reset/new-password"), "{answer:?}");
    }

    /// Signs in; whether it worked.
    pub async fn signs_in(&self, user_id: &str, password: &str) -> bool {
        let client = Client::new(&self.client.url.lock().unwrap());
        let answer =
            client.submit("/sign-in", "/sign-in", &[("user_id", user_id), ("password", password)]).await;
        match answer.status.as_u16() {
            303 => {
                let (path, page) = client.open("/").await;
                // A temporary password opens the page that changes it, and nothing else.
                let pages = ["/account", "/portal/users", "/account/password"];
                assert!(pages.contains(&path.as_str()), "{path}");
                assert_eq!(page.status, 200);
                true
            }
            422 => false,
            _ => panic!("{answer:?}"),
        }
    }
}

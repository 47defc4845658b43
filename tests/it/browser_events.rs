//! Every page of the wizard × everything a person or the world does to it: each pair lands on a defined page with one main heading
//! and a way on. The rows come from [`PAGES`] and [`EVENTS`], the answers from [`expected`]: to add a page or an event, add it
//! there and the compiler asks for the rest.

use sspr::domain::secret::{Key, Purpose};

use crate::support::{
    app::{KEY, Node, World},
    browser::{Browser, Setup},
    walk::{JOHN, NEW, Walk},
};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Page {
    Choose,
    Verify,
    CheckEmail,
    Link,
    Code,
    Password,
    Done,
    Ended,
}
use Page::{CheckEmail, Choose, Code, Done, Ended, Link, Password, Verify};

const PAGES: [Page; 8] = [Choose, Verify, CheckEmail, Link, Code, Password, Done, Ended];

#[derive(Clone, Copy, Debug, PartialEq)]
enum Event {
    Back,
    BackAndForward,
    Reload,
    SecondTab,
    DoubleSubmit,
    DeepLink(Page),
    ExpiryThenReload,
    ExpiryThenSubmit,
    SwitchOffThenReload,
    SwitchOffThenSubmit,
}
use Event::{
    Back, BackAndForward, DeepLink, DoubleSubmit, ExpiryThenReload, ExpiryThenSubmit, Reload, SecondTab,
    SwitchOffThenReload, SwitchOffThenSubmit,
};

const EVENTS: [Event; 9] = [
    Back,
    BackAndForward,
    Reload,
    SecondTab,
    DoubleSubmit,
    ExpiryThenReload,
    ExpiryThenSubmit,
    SwitchOffThenReload,
    SwitchOffThenSubmit,
];

const EXPIRED: &str = "The time for this reset is over";
const SWITCHED_OFF: &str = "This reset can’t go on";

impl Page {
    fn heading(self) -> &'static str {
        match self {
            Choose => "Reset your password",
            Verify => "User verification",
            CheckEmail => "Check your e-mail",
            Link => "Confirm your e-mail address",
            Code => "Mobile phone verification",
            Password => "Create a new password",
            Done => "Your password has been reset",
            Ended => EXPIRED,
        }
    }

    /// The page that a person comes from.
    fn before(self) -> Page {
        match self {
            Choose | Verify => Choose,
            CheckEmail | Ended => Verify,
            Link | Code => CheckEmail,
            Password => Code,
            Done => Password,
        }
    }

    /// The button that leads on, and the page after it; a page without one stays.
    fn button(self) -> Option<(&'static str, Page)> {
        Some(match self {
            Choose => ("Next", Verify),
            Verify => ("Next", CheckEmail),
            CheckEmail => ("Send the e-mail again", CheckEmail),
            Link => ("Continue: send the code", Code),
            Code => ("Next", Password),
            Password => ("Finish", Done),
            Done | Ended => return None,
        })
    }

    /// Whether what is done to an attempt shows on this page.
    fn has_attempt(self) -> bool {
        !matches!(self, Choose | Verify)
    }
}

/// Where an event leads; `None` where there is no such event.
#[expect(clippy::match_same_arms, reason = "one line an event, as a table is read")]
fn expected(page: Page, event: Event) -> Option<&'static str> {
    Some(match event {
        Back if page == Choose => return None,
        Back => deep(page, page.before()),
        DeepLink(other) => deep(page, other),
        BackAndForward if page == Choose => return None,
        BackAndForward | Reload | SecondTab => page.heading(),
        DoubleSubmit => page.button()?.1.heading(),
        // What is over stays as it is, and a start has no time.
        ExpiryThenReload if matches!(page, Done | Ended) || !page.has_attempt() => page.heading(),
        ExpiryThenReload => EXPIRED,
        ExpiryThenSubmit if !page.has_attempt() => page.button()?.1.heading(),
        ExpiryThenSubmit => page.button().map(|_| EXPIRED)?,
        // Before the e-mail is proven nobody may learn of it.
        SwitchOffThenReload if matches!(page, Code | Password) => SWITCHED_OFF,
        SwitchOffThenReload => page.heading(),
        SwitchOffThenSubmit if matches!(page, Link | Code | Password) => SWITCHED_OFF,
        SwitchOffThenSubmit => page.button()?.1.heading(),
    })
}

/// The page that another page's address shows to a person who stands on this one.
fn deep(page: Page, other: Page) -> &'static str {
    match (page, other) {
        (_, Choose | Verify) => other.heading(),
        // Nothing was started yet.
        (Choose | Verify, Link) => "This link is not complete",
        (Choose | Verify, _) => Choose.heading(),
        (CheckEmail | Link, Link) => Link.heading(),
        (Link, _) => CheckEmail.heading(),
        _ => page.heading(),
    }
}

/// One world for all rows of a test: nothing is sent, links and codes are derived.
struct Stage {
    world: World,
    node: Node,
    browser: Browser,
    key: Key,
    script: bool,
}

impl Stage {
    async fn new(setup: Setup, script: bool) -> Self {
        let world = World::new().await;
        let node = world.node_without_workers().await;
        Self { world, node, browser: setup.start().await, key: Key::new(KEY.to_vec()).unwrap(), script }
    }

    async fn newest_token(&self, purpose: &str) -> (uuid::Uuid, Vec<u8>) {
        sqlx::query_as("select id, nonce from reset_tokens where purpose = $1 order by id desc limit 1")
            .bind(purpose)
            .fetch_one(&self.world.pool)
            .await
            .unwrap()
    }

    async fn link(&self) -> String {
        let (id, nonce) = self.newest_token("email_link").await;
        format!("/reset/email-link/{}", self.key.link_token(Purpose::EmailLink, id, &nonce).expose())
    }

    async fn code(&self) -> String {
        let (id, nonce) = self.newest_token("security_code").await;
        self.key.security_code(id, &nonce).expose().to_owned()
    }

    async fn path(&self, page: Page) -> String {
        match page {
            Choose => "/reset".to_owned(),
            Verify => "/reset/verify-user".to_owned(),
            CheckEmail => "/reset/check-email".to_owned(),
            Link => self.link().await,
            Code => "/reset/security-code".to_owned(),
            Password => "/reset/new-password".to_owned(),
            Done => "/reset/done".to_owned(),
            Ended => "/reset/ended".to_owned(),
        }
    }

    async fn open(&self, path: &str) {
        self.browser.open(&format!("{}{path}", self.node.url)).await;
    }

    /// A new person in front of the page, who came from the page before.
    async fn stand_on(&self, page: Page) {
        self.world.execute("delete from budgets").await;
        self.world.execute("update companies set self_serve_password_reset_enabled = true").await;
        let walk = Walk::new(&self.world, &self.node);
        self.browser.forget_cookies().await;
        if !page.has_attempt() {
            self.world.execute("delete from reset_attempts").await;
        }
        // The page before is really seen, and then kept for Back by the browser.
        for at in [Choose, Verify, CheckEmail, Link, Code, Password, Done, Ended] {
            if at == page || at == page.before() {
                self.browser.take_cookies_of(&walk.client).await;
                self.open(&self.path(at).await).await;
            }
            if at == page {
                break;
            }
            match at {
                Verify => drop(walk.start(JOHN).await),
                Link if page != Ended => drop(walk.open_link(&self.link().await).await),
                Link => self.expire().await,
                Code if page != Ended => drop(walk.type_code(&self.code().await).await),
                Password if page != Ended => {
                    walk.set_password(&format!("{NEW} {}", sspr::random::id())).await;
                }
                _ => {}
            }
        }
        assert_eq!(self.browser.heading().await, page.heading(), "the way to {page:?}");
    }

    async fn expire(&self) {
        self.world
            .execute(
                "update reset_attempts set email_expires_at = now() - interval '1 s',
                   code_expires_at = code_expires_at - interval '11 min',
                   password_expires_at = password_expires_at - interval '11 min'",
            )
            .await;
        self.world.execute("update reset_tokens set expires_at = now() - interval '1 s'").await;
    }

    async fn switch_off(&self) {
        self.world.execute("update companies set self_serve_password_reset_enabled = false").await;
    }

    /// Fills in what the page needs.
    async fn fill(&self, page: Page) {
        match page {
            Choose => self.browser.choose("I am an administrator and forgot my password").await,
            Verify => self.browser.fill("User ID", JOHN).await,
            CheckEmail => {
                self.world
                    .execute("update reset_attempts set email_sent_at = email_sent_at - interval '61 s'")
                    .await;
            }
            Code => self.browser.fill("Security code", &self.code().await).await,
            Password => {
                self.browser.fill("New password", NEW).await;
                self.browser.fill("Confirm new password", NEW).await;
            }
            Link | Done | Ended => {}
        }
    }

    async fn happen(&self, page: Page, event: Event) {
        let button = page.button().map_or("", |(button, _)| button);
        match event {
            Back => self.browser.back().await,
            BackAndForward => {
                self.browser.back().await;
                self.browser.forward().await;
            }
            Reload => self.browser.reload().await,
            SecondTab => {
                let path = self.path(page).await;
                let first = self.browser.new_tab().await;
                self.open(&path).await;
                assert_eq!(self.browser.heading().await, page.heading());
                self.browser.close_tab(first).await;
            }
            DoubleSubmit => {
                self.fill(page).await;
                self.browser.press_twice(button).await;
            }
            DeepLink(other) => {
                let path = match (page, other) {
                    (Choose | Verify, Link) => "/reset/email-link/abc".to_owned(),
                    _ => self.path(other).await,
                };
                self.open(&path).await;
            }
            ExpiryThenReload => {
                self.expire().await;
                self.browser.reload().await;
            }
            SwitchOffThenReload => {
                self.switch_off().await;
                self.browser.reload().await;
            }
            ExpiryThenSubmit => {
                self.fill(page).await;
                self.expire().await;
                self.browser.press(button).await;
            }
            SwitchOffThenSubmit => {
                self.fill(page).await;
                self.switch_off().await;
                self.browser.press(button).await;
            }
        }
    }

    /// One row: stands on the page, lets it happen, and sees where that leads. Deep links follow one another: none of them
    /// changes where the person stands.
    async fn row(&self, page: Page, event: Event, failures: &mut Vec<String>) {
        let Some(mut expected) = expected(page, event) else { return };
        if !matches!(event, DeepLink(other) if other != PAGES[0]) {
            self.stand_on(page).await;
        }
        if self.script && expected == Link.heading() {
            // The page behind the link presses its own button.
            expected = Code.heading();
        }
        self.happen(page, event).await;
        self.browser.settle().await;
        let mut heading = self.browser.heading().await;
        for _ in 0..100 {
            if heading == expected {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            heading = self.browser.heading().await;
        }
        if heading != expected {
            let at = self.browser.address().await;
            failures.push(format!("{page:?} × {event:?}: “{heading}” at {at} instead of “{expected}”"));
        }
        let shape = "return [document.querySelectorAll('h1').length,
            document.querySelectorAll('main a[href], main button, footer a[href]').length > 0]";
        if self.browser.run(shape, vec![]).await != serde_json::json!([1, true]) {
            failures.push(format!("{page:?} × {event:?}: not one heading and a way on"));
        }
        let effect = match (page, event) {
            (Link, DoubleSubmit) => Some((
                "select count(*) from reset_tokens where purpose = 'security_code' and attempt_id = $1",
                1,
            )),
            (CheckEmail, DoubleSubmit) => Some((
                "select count(*) from reset_tokens where purpose = 'email_link' and attempt_id = $1",
                2,
            )),
            (Password, DoubleSubmit) => Some((
                "select count(*) from audit_events where event = 'password_reset' and attempt_id = $1",
                1,
            )),
            _ => None,
        };
        if let Some((sql, once)) = effect {
            let newest: uuid::Uuid =
                sqlx::query_scalar("select id from reset_attempts order by id desc limit 1")
                    .fetch_one(&self.world.pool)
                    .await
                    .unwrap();
            let times: i64 = sqlx::query_scalar(sql).bind(newest).fetch_one(&self.world.pool).await.unwrap();
            if times != once {
                failures.push(format!("{page:?} × {event:?}: {times} effects instead of {once}"));
            }
        }
        let console = self.browser.console().await;
        if !console.is_empty() {
            failures.push(format!("{page:?} × {event:?}: {console:?}"));
        }
    }
}

async fn every_row(setup: Setup, script: bool) {
    let stage = Stage::new(setup, script).await;
    let mut failures = Vec::new();
    for page in PAGES {
        // With script nobody stands on the page behind the link: its rows are in browser_wizard.
        if script && page == Link {
            continue;
        }
        for event in EVENTS {
            stage.row(page, event, &mut failures).await;
        }
        // The link last: with script it leads on by itself.
        for other in PAGES.into_iter().filter(|other| *other != Link).chain([Link]) {
            stage.row(page, DeepLink(other), &mut failures).await;
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[tokio::test]
async fn every_page_has_an_answer_to_every_event_without_script() {
    every_row(Setup::default().without_script(), false).await;
}

#[tokio::test]
async fn every_page_has_an_answer_to_every_event_with_script() {
    every_row(Setup::default(), true).await;
}

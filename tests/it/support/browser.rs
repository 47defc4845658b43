//! A real browser for the tests: what a person does (open, fill, press) and what a person sees.
//!
//! Each `Browser` is its own person: a fresh profile without cookies. Fields, buttons and links are found by the words
//! that people see, so that a test that passes is also a page that can be used. Everything here works without script on
//! the page too, unless it says so. A helper that cannot do its work fails the test and says where the browser stood.
//!
//! The browser reaches loopback only: names other than `localhost` and those given to `Setup::host` do not resolve.

mod axe;
mod driver;
mod navigate;
mod session;

use std::time::{Duration, Instant};

use thirtyfour::cookie::Cookie;
use thirtyfour::error::WebDriverResult;
use thirtyfour::{By, WebDriver, WebElement};

#[expect(
    unused_imports,
    reason = "the type that `axe` answers with, for helpers that take a list of them"
)]
pub use axe::Violation;
pub use session::Setup;

/// How long a change that comes by script or from the server may take.
const PATIENCE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(20);

/// Whether a click on it asks for another page: it sends a form, or links to more than a place on this page.
const LEADS_ON: &str = r"
const [element] = arguments;
if (element.form) return element.type === 'submit';
return element.hasAttribute('href') && !element.getAttribute('href').startsWith('#');
";

pub struct Browser {
    session: WebDriver,
    setup: Setup,
}

impl Browser {
    /// Opens the address and waits for the page.
    pub async fn open(&self, url: &str) {
        let done = self.session.goto(url).await;
        self.must(done, &format!("open {url}")).await;
    }

    /// The address of the page.
    pub async fn address(&self) -> String {
        self.session.current_url().await.map_or_else(|error| format!("(no address: {error})"), Into::into)
    }

    /// The page's title.
    pub async fn title(&self) -> String {
        let title = self.session.title().await;
        self.must(title, "read the title").await
    }

    /// The text of the page's first main heading; empty if it has none.
    pub async fn heading(&self) -> String {
        self.text_of("h1").await.unwrap_or_default()
    }

    /// All that can be read on the page.
    pub async fn text(&self) -> String {
        self.text_of("body").await.unwrap_or_default()
    }

    /// The text of the first element that the CSS selector finds, as it is seen.
    pub async fn text_of(&self, css: &str) -> Option<String> {
        let read = async || match self.session.find_all(By::Css(css)).await?.first() {
            Some(element) => element.text().await.map(Some),
            None => Ok(None),
        };
        // Where script leads on by itself, the page can change between finding and reading.
        let started = Instant::now();
        loop {
            match read().await {
                Err(_) if started.elapsed() < PATIENCE => tokio::time::sleep(PAUSE).await,
                text => return self.must(text, &format!("read “{css}”")).await,
            }
        }
    }

    /// What the page says is wrong (`.error-summary`, or else an element with the role alert), if it says so.
    pub async fn error_summary(&self) -> Option<String> {
        match self.text_of(".error-summary").await {
            Some(summary) => Some(summary),
            None => self.text_of("[role=alert]").await,
        }
    }

    /// Waits until the main heading is this one.
    pub async fn wait_for_heading(&self, heading: &str) {
        let started = Instant::now();
        while self.heading().await != heading {
            if started.elapsed() > PATIENCE {
                self.fail(&format!("see the heading “{heading}”")).await;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Writes into the field with this label (or this `name`), in place of what is there.
    pub async fn fill(&self, field: &str, text: &str) {
        let element = self.field(field).await;
        let done = async {
            element.clear().await?;
            element.send_keys(text).await
        };
        self.must(done.await, &format!("fill “{field}”")).await;
    }

    /// What the field with this label (or this `name`) holds.
    pub async fn value(&self, field: &str) -> String {
        let value = self.field(field).await.prop("value").await;
        self.must(value, field).await.unwrap_or_default()
    }

    /// Chooses the radio button, or ticks or unticks the check box, with this label.
    pub async fn choose(&self, label: &str) {
        let done = self.field(label).await.click().await;
        self.must(done, &format!("choose “{label}”")).await;
    }

    /// Presses the button with this text. One that sends a form has to lead to a page, which is waited for.
    pub async fn press(&self, button: &str) {
        let text = quoted(button);
        self.click(
            &format!("//button[normalize-space()={text}] | //input[@type='submit' and @value={text}]"),
            &format!("press “{button}”"),
        )
        .await;
    }

    /// Follows the link with this text.
    pub async fn follow(&self, link: &str) {
        self.click(
            &format!("//a[@href and normalize-space()={}]", quoted(link)),
            &format!("follow “{link}”"),
        )
        .await;
    }

    /// The label of the element that has the focus, or else its `id`, or its name as an element.
    pub async fn focused(&self) -> String {
        let element = self.session.active_element().await;
        let element = self.must(element, "find the focus").await;
        let id = self.must(element.id().await, "read the focus").await.unwrap_or_default();
        if id.is_empty() {
            return self.must(element.tag_name().await, "read the focus").await;
        }
        self.text_of(&format!("label[for='{id}']")).await.unwrap_or(id)
    }

    /// The cookies that the browser would send to this page, those that script cannot see among them.
    pub async fn cookies(&self) -> Vec<Cookie> {
        let cookies = self.session.get_all_cookies().await;
        self.must(cookies, "read the cookies").await
    }

    /// What the browser reported since it was last asked: errors and warnings of scripts, refusals by the
    /// Content-Security-Policy, resources that did not load. The page's own answer with a status above 399 is no report:
    /// a form with a mistake answers 422.
    pub async fn console(&self) -> Vec<String> {
        let entries = self.session.browser_log().await;
        let address = self.address().await;
        let own_status =
            format!("{address} - Failed to load resource: the server responded with a status of ");
        self.must(entries, "read the console")
            .await
            .into_iter()
            .map(|entry| entry.message)
            .filter(|message| !message.starts_with(&own_status))
            .collect()
    }

    /// Ends the session. Dropping it does too, but blocks the test's thread.
    pub async fn close(self) {
        self.session.quit().await.unwrap_or_else(|error| panic!("the browser could not be closed: {error}"));
    }

    async fn click(&self, xpath: &str, what: &str) {
        let page = self.session.find(By::Css("html")).await;
        let page = self.must(page, what).await;
        let element = self.session.find(By::XPath(xpath)).await;
        let element = self.must(element, what).await;
        let leads_on = element.to_json().map(|element| self.run(LEADS_ON, vec![element]));
        let leads_on = self.must(leads_on, what).await.await == true;
        let done = element.click().await;
        self.must(done, what).await;
        if leads_on {
            self.wait_for_the_page_after(&page, what).await;
        }
    }

    /// The driver answers a click before the browser has left the page: what is read next could still be the old one.
    async fn wait_for_the_page_after(&self, old: &WebElement, what: &str) {
        let started = Instant::now();
        // Any answer about an element of the old page means that it still stands.
        while old.tag_name().await.is_ok() || !self.is_loaded().await {
            if started.elapsed() > PATIENCE {
                self.fail(&format!("{what} and come to another page")).await;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn is_loaded(&self) -> bool {
        let state = self.session.execute("return document.readyState", vec![]).await;
        state.is_ok_and(|state| state.json() == "complete")
    }

    /// The field whose label has this text, else the one with this `name`.
    async fn field(&self, field: &str) -> WebElement {
        let text = quoted(field);
        let labelled = format!(
            "//*[@id=//label[normalize-space()={text}]/@for] | //label[normalize-space()={text}]//input | //*[@aria-label={text}]"
        );
        let named = format!("//*[@name={text} and not(@type='hidden')]");
        for xpath in [labelled, named] {
            let found = self.session.find_all(By::XPath(xpath)).await;
            if let Some(element) = self.must(found, field).await.into_iter().next() {
                return element;
            }
        }
        self.fail(&format!("find the field “{field}”")).await
    }

    async fn must<T>(&self, result: WebDriverResult<T>, what: &str) -> T {
        match result {
            Ok(value) => value,
            Err(error) => self.fail(&format!("{what} ({error})")).await,
        }
    }

    async fn fail(&self, what: &str) -> ! {
        let page = match self.session.find(By::Css("body")).await {
            Ok(body) => body.text().await.unwrap_or_default(),
            Err(_) => String::new(),
        };
        panic!("the browser could not {what} at {}, which shows:\n{page}", self.address().await)
    }
}

/// The text as an `XPath` literal; that language has no escapes.
fn quoted(text: &str) -> String {
    if text.contains('\'') {
        format!("concat('{}')", text.replace('\'', r#"', "'", '"#))
    } else {
        format!("'{text}'")
    }
}

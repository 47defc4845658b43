//! What a person does around the page: back and forward, reload, tabs, keys; and a browser with another's cookies.

use serde_json::json;
use thirtyfour::{By, WindowHandle};

use super::{Browser, PATIENCE, PAUSE};
use crate::support::client::Client;

impl Browser {
    /// The browser's own Back.
    pub async fn back(&self) {
        let done = self.session.back().await;
        self.must(done, "go back").await;
        self.settle().await;
    }

    /// The browser's own Forward.
    pub async fn forward(&self) {
        let done = self.session.forward().await;
        self.must(done, "go forward").await;
        self.settle().await;
    }

    /// The browser's own Reload.
    pub async fn reload(&self) {
        let done = self.session.refresh().await;
        self.must(done, "reload").await;
        self.settle().await;
    }

    /// Opens a second tab, and stays in it; gives the first.
    pub async fn new_tab(&self) -> WindowHandle {
        let first = self.session.window().await;
        let first = self.must(first, "name the tab").await;
        let tab = self.session.new_tab().await;
        let tab = self.must(tab, "open a tab").await;
        let done = self.session.switch_to_window(tab).await;
        self.must(done, "go to the tab").await;
        first
    }

    /// Goes to the tab that was opened last.
    pub async fn newest_tab(&self) {
        let started = std::time::Instant::now();
        loop {
            let tabs = self.session.windows().await;
            let tabs = self.must(tabs, "list the tabs").await;
            if let (true, Some(last)) = (tabs.len() > 1, tabs.last()) {
                let done = self.session.switch_to_window(last.clone()).await;
                return self.must(done, "go to the tab").await;
            }
            if started.elapsed() > PATIENCE {
                self.fail("see a second tab").await;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Closes this tab and goes to that one.
    pub async fn close_tab(&self, next: WindowHandle) {
        let done = self.session.close_window().await;
        self.must(done, "close the tab").await;
        let done = self.session.switch_to_window(next).await;
        self.must(done, "go to the tab").await;
    }

    /// The addresses in this tab's history, and which of them is shown.
    pub async fn history(&self) -> (Vec<String>, usize) {
        let answer = self.devtools("Page.getNavigationHistory", json!({})).await;
        let entries = answer["entries"].as_array().cloned().unwrap_or_default();
        let addresses =
            entries.iter().map(|entry| entry["url"].as_str().unwrap_or_default().to_owned()).collect();
        let now = answer["currentIndex"].as_u64().and_then(|index| index.try_into().ok()).unwrap_or_default();
        (addresses, now)
    }

    /// Forgets all cookies.
    pub async fn forget_cookies(&self) {
        self.devtools("Network.clearBrowserCookies", json!({})).await;
    }

    /// Has exactly this visitor's cookies from now on.
    pub async fn take_cookies_of(&self, client: &Client) {
        self.forget_cookies().await;
        let url = client.url.lock().unwrap().clone();
        for (name, value) in client.cookies() {
            let cookie =
                json!({"name": name, "value": value, "url": url, "httpOnly": true, "sameSite": "Lax"});
            self.devtools("Network.setCookie", cookie).await;
        }
    }

    /// What matches these patterns does not load any more; nothing is blocked after an empty list.
    pub async fn block(&self, patterns: &[&str]) {
        self.devtools("Network.enable", json!({})).await;
        self.devtools("Network.setBlockedURLs", json!({"urls": patterns})).await;
    }

    /// Presses the button with this text, again before the answer can be there, and waits for the page that comes.
    pub async fn press_twice(&self, button: &str) {
        let what = format!("press “{button}” twice");
        let page = self.session.find(By::Css("html")).await;
        let page = self.must(page, &what).await;
        let element =
            self.session.find(By::XPath(format!("//button[normalize-space()={}]", super::quoted(button))));
        let element = self.must(element.await, &what).await;
        // One after the other in one task of the page: the second click is there before the first one's answer can be.
        let argument = self.must(element.to_json(), &what).await;
        self.run("arguments[0].click(); arguments[0].click();", vec![argument]).await;
        self.wait_for_the_page_after(&page, &what).await;
        self.settle().await;
    }

    /// Follows a link that opens a new tab, and goes there.
    pub async fn follow_into_new_tab(&self, link: &str) {
        let what = format!("follow “{link}” into a new tab");
        let xpath = format!("//a[@target='_blank' and normalize-space()={}]", super::quoted(link));
        let element = self.session.find(By::XPath(xpath)).await;
        let done = self.must(element, &what).await.click().await;
        self.must(done, &what).await;
        self.newest_tab().await;
        self.settle().await;
    }

    /// Sends keys to whatever has the focus.
    pub async fn keys(&self, keys: impl Into<thirtyfour::TypingData>) {
        let element = self.session.active_element().await;
        let element = self.must(element, "find the focus").await;
        let done = element.send_keys(keys.into()).await;
        self.must(done, "send keys").await;
    }

    /// Waits until no page is on its way: what is shown stays, also where script or a redirect leads on.
    pub async fn settle(&self) {
        let started = std::time::Instant::now();
        while !self.is_loaded().await {
            if started.elapsed() > PATIENCE {
                self.fail("load the page whole").await;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Waits until the script finds what it looks for.
    pub async fn wait_until(&self, what: &str, script: &str) {
        let started = std::time::Instant::now();
        while self.run(script, vec![]).await != true {
            if started.elapsed() > PATIENCE {
                self.fail(&format!("see {what}")).await;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Waits until the address ends so.
    pub async fn wait_for_path(&self, path: &str) {
        let started = std::time::Instant::now();
        while !self.address().await.ends_with(path) {
            if started.elapsed() > PATIENCE {
                self.fail(&format!("come to {path}")).await;
            }
            tokio::time::sleep(PAUSE).await;
        }
        self.settle().await;
    }
}

//! The accessibility rules (axe-core), run over the page as it stands, in light and in dark.
//!
//! WCAG 2.2 A and AA and axe's best practices. axe knows nothing of some criteria (3.3.7, 3.3.8, 2.4.11, 1.4.10):
//! none found is where testing starts.

use std::fmt;

use serde_json::Value;

use super::{Browser, driver};

/// A rule that the page breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// axe's name of the rule, such as `label`.
    pub rule: String,
    /// The rule in one sentence.
    pub help: String,
    /// `light` or `dark`.
    pub scheme: &'static str,
    /// The elements that break it: selector and what is wrong.
    pub elements: Vec<String>,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} ({}): {}", self.rule, self.scheme, self.help)?;
        self.elements.iter().try_for_each(|element| writeln!(f, "    {element}"))
    }
}

// `target-size` is off by default although its tag is asked for.
const RUN: &str = r"
const done = arguments[0];
axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa', 'best-practice'],
    rules: { 'target-size': { enabled: true } },
    resultTypes: ['violations'],
}).then(
    result => done({ ran: result.passes.length + result.violations.length, violations: result.violations.map(v => ({
        rule: v.id, help: v.help,
        elements: v.nodes.map(n => n.target.join(' ') + ': ' + n.failureSummary.replace(/\s+/g, ' ')) })) }),
    error => done({ error: String(error) }));
";

impl Browser {
    /// What axe finds on this page in light and in dark; the session's own scheme is set again afterwards. Needs script.
    pub async fn axe(&self) -> Vec<Violation> {
        assert!(self.setup.script, "axe is a script: run it in a session with script");
        let mut found = Vec::new();
        for (scheme, dark) in [("light", false), ("dark", true)] {
            self.set_dark(dark).await;
            found.extend(self.axe_as_it_is(scheme).await);
        }
        self.set_dark(self.setup.dark).await;
        found
    }

    async fn axe_as_it_is(&self, scheme: &'static str) -> Vec<Violation> {
        let here = self.run("return typeof axe === 'object'", vec![]).await;
        if here != Value::Bool(true) {
            // Not a <script> element: the page's Content-Security-Policy holds for those, and not for the driver.
            self.run(driver::axe_script(), vec![]).await;
        }
        let result = self.run_async(RUN).await;
        let ran = result["ran"].as_u64().unwrap_or(0);
        // A run in which no rule found anything to look at would be as green as a good page.
        assert!(ran > 3, "axe ran {ran} rules on {}: {result}", self.address().await);
        let list = result["violations"].as_array().cloned().unwrap_or_default();
        list.iter()
            .map(|violation| Violation {
                rule: text(&violation["rule"]),
                help: text(&violation["help"]),
                scheme,
                elements: violation["elements"].as_array().into_iter().flatten().map(text).collect(),
            })
            .collect()
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

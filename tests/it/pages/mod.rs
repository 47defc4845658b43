//! What must be true of every page, whatever is on it: words from the language files only, nothing that a person
//! gave taken for markup, names for everything that has to have one.
//!
//! With `SSPR_TEST_PAGES_DIR` set, the pages and their static files are also written there, to be looked at.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test: its helpers may panic too")]

mod html;
mod samples;

use std::{
    collections::{HashMap, HashSet},
    path::Path,
    sync::Arc,
};

use html::{Token, text_of, tokens};
use samples::{Given, Rendered, every_page};
use sspr::captcha::hosted::Provider;
use sspr::{
    language::{Language, Languages, PSEUDO},
    web::{
        assets,
        error::{ErrorKind, ErrorPage},
        page::{Moment, Page, render},
    },
};

fn english() -> Arc<Language> {
    Languages::embedded(false).unwrap().english()
}

fn pleasant_and_hostile() -> Vec<Rendered> {
    let mut pages = every_page(&english(), &Given::pleasant());
    pages.extend(every_page(&english(), &Given::hostile()));
    pages
}

/// Attributes that a person reads or hears, now or when the script shows them.
fn is_read(attribute: &str) -> bool {
    matches!(attribute, "alt" | "aria-label" | "placeholder" | "title" | "aria-description" | "data-reveal")
        || matches!(attribute, "data-copy-page" | "data-copied" | "data-busy" | "data-label" | "data-chosen")
        || matches!(attribute, "data-copy-words" | "data-on" | "data-off" | "data-turn-on" | "data-turn-off")
        || attribute.starts_with("data-say-")
}

/// What of a text stands outside of the brackets of the pseudo-language; `depth` goes on from text to text.
fn outside(text: &str, depth: &mut usize) -> String {
    let mut outside = String::new();
    for c in text.chars() {
        match c {
            '⟦' => *depth += 1,
            '⟧' => *depth -= 1,
            other if *depth == 0 => outside.push(other),
            _ => {}
        }
    }
    outside
}

#[test]
fn every_word_comes_from_the_language_files_or_from_a_person() {
    let pseudo = Languages::embedded(true).unwrap().negotiate(Some(PSEUDO));
    for given in [Given::pleasant(), Given::hostile()] {
        let given_texts = given.all();
        let allowed: HashSet<&str> =
            given_texts.iter().flat_map(|text| text.lines()).map(str::trim).collect();
        for page in every_page(&pseudo, &given) {
            let mut depth = 0;
            for token in tokens(&page.html) {
                match token {
                    Token::Text(text) => {
                        let text = outside(&text, &mut depth);
                        for line in text.lines().map(str::trim) {
                            let known = allowed.contains(line) || !line.chars().any(char::is_alphabetic);
                            assert!(
                                known,
                                "{}: {:?} is no message",
                                page.name,
                                line.chars().take(99).collect::<String>()
                            );
                        }
                    }
                    Token::Open(name, attributes) => {
                        for (key, value) in attributes.iter().filter(|(key, _)| is_read(key)) {
                            let mut depth = 0;
                            let bare = outside(value, &mut depth);
                            assert!(
                                !bare.chars().any(char::is_alphabetic),
                                "{}: {key}={value:?} of <{name}> is no message",
                                page.name
                            );
                        }
                    }
                    Token::Close(_) => {}
                }
            }
            assert_eq!(depth, 0, "{}", page.name);
        }
    }
}

#[test]
fn every_page_has_one_heading_that_is_its_title_and_no_other_page_has_it() {
    let mut titles: HashMap<String, String> = HashMap::new();
    for page in every_page(&english(), &Given::pleasant()) {
        let tokens = tokens(&page.html);
        let headings = page.html.matches("<h1").count();
        assert_eq!(headings, 1, "{}", page.name);
        let heading = text_of(&tokens, "h1");
        assert_eq!(heading, page.title, "{}", page.name);
        let prefix = if page.has_problems { "Error: " } else { "" };
        assert_eq!(text_of(&tokens, "title"), format!("{prefix}{heading} – Self-service password reset"));
        let family = page.name.split('-').next().unwrap().to_owned();
        let family = match family.as_str() {
            // Each reason is a page of its own to the person who reads it.
            "ended" | "email_link_dead" | "error" | "not_me_done" => heading.clone(),
            _ => family,
        };
        let other = titles.insert(heading.clone(), family.clone());
        assert!(other.is_none_or(|other| other == family), "two pages are called {heading:?}");
    }
    for fixed in [
        "Reset your password",
        "User verification",
        "Check your e-mail",
        "Mobile phone verification",
        "Create a new password",
        "Your password has been reset",
        "Contact your administrator",
    ] {
        assert!(titles.contains_key(fixed), "{fixed}");
    }
}

#[test]
fn the_fixed_buttons_and_labels_are_on_their_pages() {
    let pages = every_page(&english(), &Given::pleasant());
    for (page, element, words) in [
        ("sign_in", "<a href=\"/reset\">", "Forgot your password?"),
        ("choose_option", "<button type=\"submit\">", "Next"),
        ("verify_user-plain", "<button type=\"submit\">", "Next"),
        ("security_code-fresh", "<label for=\"code\">", "Security code"),
        ("security_code-wrong", "</span> ", "Invalid Security Code"),
        ("new_password-fresh", "<button type=\"submit\">", "Finish"),
        ("not_me-before", "<button class=\"danger\" type=\"submit\">", "This was not me"),
        ("email_link_other_browser-named", "<button class=\"danger\" type=\"submit\">", "This was not me"),
        ("check_email-fresh", "<a href=\"/contact-administrator\">", "Contact your administrator"),
    ] {
        let html = &pages.iter().find(|p| p.name == page).unwrap().html;
        assert!(html.contains(&format!("{element}{words}")), "{page}: {words}");
    }
}

#[test]
fn nothing_that_a_person_gave_becomes_markup() {
    for page in pleasant_and_hostile() {
        let scripts = page.html.matches("<script").count();
        // The console's pages have one more, and so has the page that waits for a text message.
        let more = page.is_console || page.name.starts_with("security_code-");
        // And those whose visitor's browser computes, or shows another company's check: that company's own is the third.
        let proof =
            [&assets::PROOF_SCRIPT, &assets::HOSTED_SCRIPT].map(|own| page.html.matches(own.path()).count());
        let ours = 1 + usize::from(more) + proof[0] + 2 * proof[1];
        assert_eq!(scripts, ours, "{}: only our own script files", page.name);
        assert!(!page.html.contains("<img src=x"), "{}", page.name);
        // A direction mark is harmless inside an element that cuts it off, and in an attribute.
        let tokens = tokens(&page.html);
        for (n, token) in tokens.iter().enumerate() {
            let Token::Text(text) = token else { continue };
            if text.contains('\u{202E}') {
                let isolated = matches!(&tokens[n - 1], Token::Open(name, attributes)
                    if name == "bdi" || name == "textarea" || attributes.contains(&("class".to_owned(), "body".to_owned())));
                assert!(isolated, "{}: {text:?} can turn the text around it", page.name);
            }
        }
    }
}

#[test]
fn no_page_needs_more_than_the_content_policy_allows() {
    let mut outward = vec![samples::HELP_URL.to_owned(), samples::LINK.to_owned()];
    // Their pages have a policy of their own.
    outward.extend(Provider::ALL.map(|provider| provider.script("site-key")));
    for page in pleasant_and_hostile() {
        for token in tokens(&page.html) {
            let Token::Open(name, attributes) = token else { continue };
            assert!(name != "style" && name != "iframe" && name != "base", "{}: <{name}>", page.name);
            for (key, value) in &attributes {
                assert!(key != "style" && !key.starts_with("on"), "{}: {key} on <{name}>", page.name);
                if matches!(key.as_str(), "href" | "src" | "action" | "formaction") {
                    let ours = (value.starts_with('/') && !value.starts_with("//")) || value.starts_with('#');
                    assert!(ours || outward.contains(value), "{}: {value}", page.name);
                }
            }
        }
    }
}

#[test]
fn every_reference_has_its_element_and_every_field_its_label() {
    for page in pleasant_and_hostile() {
        let tokens = tokens(&page.html);
        let value = |attributes: &[(String, String)], wanted: &str| {
            attributes.iter().find(|(key, _)| key == wanted).map(|(_, value)| value.clone())
        };
        let mut ids = HashSet::new();
        let mut referred = Vec::new();
        let mut labelled = HashSet::new();
        let mut fields = Vec::new();
        for token in &tokens {
            let Token::Open(name, attributes) = token else { continue };
            if let Some(id) = value(attributes, "id") {
                assert!(ids.insert(id.clone()), "{}: two elements are #{id}", page.name);
            }
            for key in ["aria-describedby", "aria-labelledby"] {
                let list = value(attributes, key).unwrap_or_default();
                referred.extend(list.split_whitespace().map(str::to_owned));
            }
            if let Some(target) =
                value(attributes, "href").and_then(|h| h.strip_prefix('#').map(str::to_owned))
            {
                referred.push(target);
            }
            if let Some(field) = value(attributes, "for") {
                labelled.insert(field);
            }
            let silent = value(attributes, "type").as_deref() == Some("hidden")
                || value(attributes, "aria-hidden").as_deref() == Some("true");
            if name == "input" && !silent {
                fields.push(value(attributes, "id").expect("a field has an id"));
            }
            if name == "img" {
                assert!(value(attributes, "alt").is_some(), "{}: a picture without a text", page.name);
            }
        }
        for id in referred {
            assert!(ids.contains(&id), "{}: #{id} is not on the page", page.name);
        }
        for field in fields {
            assert!(labelled.contains(&field), "{}: #{field} has no label", page.name);
        }
    }
}

#[test]
fn headings_go_down_one_level_at_a_time() {
    for page in every_page(&english(), &Given::pleasant()) {
        let mut last = 2;
        for token in tokens(&page.html) {
            let Token::Open(name, _) = token else { continue };
            let level = ["h1", "h2", "h3", "h4"].iter().position(|h| *h == name).map(|n| n + 1);
            if let Some(level) = level {
                assert!(level <= last + 1, "{}: <h{level}> after <h{last}>", page.name);
                last = level;
            }
        }
    }
}

#[test] // WCAG 2.2, 3.2.6
fn help_stands_in_the_same_place_on_every_page() {
    for page in pleasant_and_hostile() {
        let (_, footer) = page.html.rsplit_once("<footer>").unwrap();
        assert!(footer.contains("<a href=\"/contact-administrator\">"), "{}", page.name);
        assert!(page.html.matches("<footer>").count() == 1, "{}", page.name);
    }
}

#[test]
fn a_page_with_problems_says_so_first_and_links_to_each_field() {
    for page in every_page(&english(), &Given::pleasant()).iter().filter(|p| p.has_problems) {
        let summary = page.html.find("role=\"alert\" tabindex=\"-1\" autofocus").unwrap();
        assert!(summary < page.html.find("<h1").unwrap(), "{}", page.name);
        assert!(page.html.contains("There is a problem"), "{}", page.name);
        assert!(page.html.contains("-problem\"><p>"), "{}: the problem is not at its field", page.name);
    }
}

#[test]
fn a_typed_password_never_comes_back_and_passwords_may_be_pasted_whole() {
    for page in pleasant_and_hostile() {
        for token in tokens(&page.html) {
            let Token::Open(name, attributes) = token else { continue };
            if name == "input" && attributes.contains(&("type".to_owned(), "password".to_owned())) {
                assert!(attributes.iter().all(|(key, _)| key != "value"), "{}", page.name);
            }
            assert!(attributes.iter().all(|(key, _)| key != "maxlength"), "{}", page.name);
        }
    }
}

#[test] // V-48
fn no_cache_may_keep_a_page() {
    let page = Page {
        l: english(),
        demo: false,
        help: None,
        signed_in: None,
        portal: None,
        form_token: String::new(),
        now: Moment::from(time::OffsetDateTime::UNIX_EPOCH),
    };
    let kind = ErrorKind::Internal;
    let status = kind.status();
    let answer = render(status, &ErrorPage { page, kind, reference: None, again: None }).unwrap();
    assert_eq!(answer.status(), 500);
    assert_eq!(answer.headers()["cache-control"], "no-store");
    assert_eq!(answer.headers()["content-type"], "text/html; charset=utf-8");
}

#[test] // design/performance.md: at most 30 KB compressed
fn a_page_with_style_and_script_is_light_even_without_compression() {
    let both = assets::STYLE.content().len() + assets::SCRIPT.content().len();
    for page in every_page(&english(), &Given::pleasant()) {
        let own: usize = [&assets::WATCH_SCRIPT, &assets::PROOF_SCRIPT, &assets::HOSTED_SCRIPT]
            .into_iter()
            .filter(|asset| page.html.contains(asset.path()))
            .map(|asset| asset.content().len())
            .sum();
        assert!(own <= 5 * 1024, "{}: {own} bytes of a script of its own", page.name);
        let console = assets::PORTAL_STYLE.content().len() + assets::PORTAL_SCRIPT.content().len();
        // The console's pages hold tables; their goal is looked at by the benchmark, compressed.
        let (weight, most) = if page.is_console {
            (both + console + page.html.len(), 60)
        } else {
            (both + page.html.len(), 30)
        };
        assert!(weight <= most * 1024, "{}: {weight} bytes", page.name);
    }
}

#[test]
fn the_pages_can_be_written_to_a_folder_and_looked_at() {
    let Ok(folder) = std::env::var("SSPR_TEST_PAGES_DIR") else { return };
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder.join("static")).unwrap();
    for asset in assets::ALL {
        std::fs::write(folder.join(&asset.path()[1..]), asset.content()).unwrap();
    }
    for (prefix, given) in [("", Given::pleasant()), ("hostile-", Given::hostile())] {
        for page in every_page(&english(), &given) {
            std::fs::write(folder.join(format!("{prefix}{}.html", page.name)), page.html).unwrap();
        }
    }
}

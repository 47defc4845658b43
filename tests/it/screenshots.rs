//! Pictures of every page: for the README, and to be looked at.
//!
//! `SSPR_TEST_SCREENSHOTS=1 cargo test --test it screenshots` writes them to `tests/screenshots/`: light at 1280 pixels, and
//! dark at 320. Without the variable the pages are not visited; the test of the pictures' size always runs.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use crate::support::{
    browser::{Browser, Setup},
    gallery,
};

/// Colours of a picture at most, and how far apart they are at least (squared): letters keep their soft edges.
const COLOURS: usize = 16;
const APART: u32 = 900;

/// What a picture, and all of them, may weigh in bytes.
const EACH: u64 = 70 * 1024;
const ALL: u64 = 2_500_000;

/// The pages that a picture is kept of; the gallery has more variants, which the other tests look at.
const PAGES: &[&str] = &[
    "sign-in",
    "step1-choose-option",
    "step2-verify-user",
    "step2-wrong-characters",
    "step3-check-email",
    "link-send",
    "link-other-browser",
    "link-expired",
    "step4-security-code",
    "step4-wrong",
    "step5-new-password",
    "step5-broken-rules",
    "done",
    "ended-expired",
    "ended-too-many-tries",
    "contact",
    "contact-sent",
    "not-me-ends-attempt",
    "not-me-blocks-account",
    "account",
    "readiness",
    "company",
    "company-review",
    "company-trial-refused",
    "password-resets",
    "temporary-password",
    "account-two-sessions",
    "account-password",
    "account-password-expired",
    "confirm-email",
    "requests-refused",
    "set-password",
    "error-404",
    "error-429",
    "error-500",
    "demo-outbox",
    "audit",
    "audit-attempt",
    "messages",
    "message-gave-up",
    "incidents",
    "incident",
    "users",
    "user",
    "user-review",
    "user-conflict",
    "user-delete",
    "limits",
    "user-lift-limits",
    "approvals",
    "prove-again-empty",
];

/// These are also taken as a telephone in the dark shows them.
const NARROW: &[&str] = &[
    "incidents",
    "incident",
    "account-two-sessions",
    "requests-refused",
    "step1-choose-option",
    "step2-wrong-characters",
    "step3-check-email",
    "step4-wrong",
    "step5-new-password",
    "done",
    "readiness",
    "company-review",
    "company-trial-refused",
    "demo-outbox",
    "audit",
    "audit-attempt",
    "messages",
    "message-gave-up",
    "users",
    "user",
    "user-review",
    "limits",
    "user-lift-limits",
    "approvals",
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/screenshots")
}

fn wanted() -> bool {
    std::env::var_os("SSPR_TEST_SCREENSHOTS").is_some_and(|value| value == "1")
}

async fn take(browser: &Browser, name: &str) {
    if !PAGES.contains(&name) {
        return;
    }
    picture(browser, &folder().join(format!("{name}.png"))).await;
    if NARROW.contains(&name) {
        browser.set_size(320, 700).await;
        browser.set_dark(true).await;
        picture(browser, &folder().join(format!("{name}-narrow-dark.png"))).await;
        browser.set_dark(false).await;
        browser.set_size(1280, 900).await;
    }
}

/// Takes a picture with 256 colours at most: a third of the size, and nobody sees the difference.
async fn picture(browser: &Browser, path: &Path) {
    browser.screenshot(path).await;
    let taken = lodepng::decode32_file(path).unwrap();
    let mut count: HashMap<[u8; 3], usize> = HashMap::new();
    let colours: Vec<[u8; 3]> = taken.buffer.iter().map(|pixel| [pixel.r, pixel.g, pixel.b]).collect();
    for colour in &colours {
        *count.entry(*colour).or_default() += 1;
    }
    let mut palette: Vec<([u8; 3], usize)> = count.iter().map(|(colour, times)| (*colour, *times)).collect();
    palette.sort_unstable_by_key(|(colour, times)| (std::cmp::Reverse(*times), *colour));
    let distance = |a: &[u8; 3], b: &[u8; 3]| -> u32 {
        a.iter().zip(b).map(|(a, b)| u32::from(a.abs_diff(*b)).pow(2)).sum()
    };
    // Large areas keep exactly their colours, however near; edges share some.
    let large = colours.len() / 200;
    let mut kept: Vec<([u8; 3], usize)> = Vec::new();
    for (colour, times) in palette {
        let near = kept.iter().any(|(other, _)| distance(&colour, other) < APART);
        if kept.len() < COLOURS && (times > large || !near) {
            kept.push((colour, times));
        }
    }
    let palette = kept;
    let nearest: HashMap<[u8; 3], [u8; 3]> = count
        .keys()
        .map(|colour| {
            let (near, _) = palette.iter().min_by_key(|(other, _)| distance(colour, other)).unwrap();
            (*colour, *near)
        })
        .collect();
    let plain: Vec<u8> = colours.iter().flat_map(|colour| nearest[colour]).collect();
    // The encoder finds the palette by itself.
    lodepng::encode24_file(path, &plain, taken.width, taken.height).unwrap();
}

#[tokio::test]
async fn pictures_are_taken_of_every_page_when_they_are_asked_for() {
    if !wanted() {
        return;
    }
    std::fs::create_dir_all(folder()).unwrap();
    let browser = Setup::default().start().await;
    gallery::entrance(&browser, take).await;
    browser.forget_cookies().await;
    gallery::wizard(&browser, take).await;
    gallery::ends(&browser, take).await;
    gallery::account(&browser, take).await;
    gallery::desk::own_account(&browser, take).await;
    browser.forget_cookies().await;
    gallery::desk::requests(&browser, take).await;
    browser.forget_cookies().await;
    gallery::errors(&browser, take).await;
    gallery::outbox(&browser, take).await;
    gallery::audit(&browser, take).await;
    browser.forget_cookies().await;
    gallery::users::users(&browser, take).await;
}

#[tokio::test]
async fn pictures_are_taken_of_limits() {
    if !wanted() {
        return;
    }
    std::fs::create_dir_all(folder()).unwrap();
    let browser = Setup::default().start().await;
    gallery::users::limits(&browser, take).await;
}

#[tokio::test]
async fn pictures_are_taken_of_reports() {
    if !wanted() {
        return;
    }
    std::fs::create_dir_all(folder()).unwrap();
    let browser = Setup::default().start().await;
    gallery::incidents(&browser, take).await;
}

#[tokio::test]
async fn pictures_are_taken_of_messages() {
    if !wanted() {
        return;
    }
    std::fs::create_dir_all(folder()).unwrap();
    let browser = Setup::default().start().await;
    gallery::messages(&browser, take).await;
}

#[tokio::test]
async fn pictures_are_taken_of_resets_by_administrators_readiness_and_the_company() {
    if !wanted() {
        return;
    }
    std::fs::create_dir_all(folder()).unwrap();
    let browser = Setup::default().start().await;
    gallery::console(&browser, take).await;
}

#[tokio::test]
async fn pictures_are_taken_of_approvals() {
    if !wanted() {
        return;
    }
    std::fs::create_dir_all(folder()).unwrap();
    let browser = Setup::default().start().await;
    gallery::approvals(&browser, take).await;
}

#[test]
fn the_pictures_are_all_there_and_small() {
    let mut all = 0;
    let narrow = NARROW.iter().map(|name| format!("{name}-narrow-dark"));
    for name in PAGES.iter().map(|name| (*name).to_owned()).chain(narrow) {
        let path = folder().join(format!("{name}.png"));
        let picture = std::fs::metadata(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(picture.len() < EACH, "{name} has {} bytes", picture.len());
        all += picture.len();
    }
    assert!(all < ALL, "{all} bytes");
}

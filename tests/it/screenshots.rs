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

/// As many as fit into half a byte a pixel look ragged; these do not.
const COLOURS: usize = 64;

/// These are also taken as a telephone in the dark shows them.
const NARROW: &[&str] = &[
    "step1-choose-option",
    "step2-wrong-characters",
    "step3-check-email",
    "step4-wrong",
    "step5-new-password",
    "done",
    "demo-outbox",
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/screenshots")
}

fn wanted() -> bool {
    std::env::var_os("SSPR_TEST_SCREENSHOTS").is_some_and(|value| value == "1")
}

async fn take(browser: &Browser, name: &str) {
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
    palette.truncate(COLOURS);
    let distance = |a: &[u8; 3], b: &[u8; 3]| -> u32 {
        a.iter().zip(b).map(|(a, b)| u32::from(a.abs_diff(*b)).pow(2)).sum()
    };
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
    gallery::errors(&browser, take).await;
    gallery::outbox(&browser, take).await;
}

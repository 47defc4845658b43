//! A password is what was typed: every character of it, in whichever Unicode form.

use crate::support::{
    app::World,
    walk::{JOHN, Walk},
};

/// Spaces in front, inside and behind; a letter with its accent apart (NFD); a duck.
const TYPED: &str = "  Cafe\u{301} by  the   canal \u{1F986} ";

#[tokio::test] // N-03, N-07, N-08
async fn a_password_is_good_in_both_unicode_forms_and_with_every_space_and_in_no_other_spelling() {
    let world = World::new().await;
    let node = world.node().await;
    let walk = Walk::new(&world, &node);
    walk.up_to_password().await;
    assert_eq!(walk.set_password(TYPED).await.location.as_deref(), Some("/reset/done"));
    assert!(walk.signs_in(JOHN, TYPED).await);
    assert!(walk.signs_in(JOHN, &TYPED.replace("e\u{301}", "\u{E9}")).await, "the same in NFC");
    for other in [
        TYPED.trim().to_owned(),
        TYPED.replace("  ", " "),
        TYPED.replace("e\u{301}", "e"),
        TYPED.to_lowercase(),
        TYPED.replace('\u{1F986}', "\u{1F985}"),
        TYPED.replace('\u{1F986}', ""),
    ] {
        assert!(!walk.signs_in(JOHN, &other).await, "{other:?}");
    }
}

#[tokio::test] // N-01, N-03, N-04: one code point is one character, whatever it is
async fn fifteen_of_any_characters_are_enough_and_fourteen_are_not() {
    let world = World::new().await;
    let node = world.node().await;
    let walk = Walk::new(&world, &node);
    walk.up_to_password().await;
    let pictures = "🐙🍋🚀🎸🌵🍄🔑🎈🐶🌍🎁🦆🍎🥁🐝";
    let fourteen: String = pictures.chars().take(14).collect();
    assert_eq!(walk.set_password(&fourteen).await.status, 422);
    assert_eq!(walk.set_password(pictures).await.location.as_deref(), Some("/reset/done"));
    assert!(walk.signs_in(JOHN, pictures).await);
}

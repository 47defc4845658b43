//! The picture of a challenge.
//!
//! What must stay true: all six characters are in it and whole. The crate leaves out what its font lacks and cuts off
//! what is too wide, both in silence; the tests hold [`super::ALPHABET`] against that.
//!
//! After a change of the recipe look at fifty pictures and write down what you read before you see the answers.

use ::captcha::filters::{Dots, Noise, Wave};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

use super::characters::Puzzle;

/// Size in pixels: room for six of the widest glyph of the alphabet (41) and the swing to both sides.
const WIDTH: u32 = 260;
const HEIGHT: u32 = 100;

/// The challenge as PNG. `None` (logged) should the crate not draw what it was asked to.
pub(super) fn draw(puzzle: &Puzzle) -> Option<Vec<u8>> {
    let mut sheet = bent(puzzle);
    let whole = sheet.chars().iter().copied().eq(puzzle.answer.iter().copied().map(char::from));
    let png = sheet.view(WIDTH, HEIGHT).apply_filter(Dots::new(6).min_radius(2).max_radius(3)).as_png();
    let png = png.filter(|_| whole);
    if png.is_none() {
        tracing::error!("the picture of a challenge could not be drawn");
    }
    png
}

/// The characters on a large sheet, speckled and bent.
fn bent(puzzle: &Puzzle) -> ::captcha::Captcha {
    let mut shape = StdRng::from_seed(puzzle.shape);
    let mut swing = |at_least: f64, at_most: f64| {
        let size = shape.random_range(at_least..=at_most);
        if shape.random() { size } else { -size }
    };
    let mut sheet = ::captcha::Captcha::new();
    for character in puzzle.answer {
        sheet.set_chars(&[char::from(character)]).add_char();
    }
    sheet
        .apply_filter(Noise::new(0.1))
        .apply_filter(Wave::new(swing(1.8, 2.6).abs(), swing(6.0, 10.0)).horizontal())
        .apply_filter(Wave::new(swing(6.0, 9.0).abs(), swing(3.0, 5.0)).vertical());
    sheet
}

#[cfg(test)]
mod tests {
    use super::super::{ALPHABET, LENGTH};
    use super::*;

    /// The largest swing to one side.
    const SWING: u32 = 5;

    fn puzzle(answer: [u8; LENGTH]) -> Puzzle {
        Puzzle { answer, shape: [answer[0]; 32] }
    }

    #[test]
    fn the_font_has_the_whole_alphabet() {
        let font = ::captcha::Captcha::new().supported_chars();
        for character in ALPHABET {
            assert!(font.contains(&char::from(*character)), "{}", char::from(*character));
        }
    }

    #[test]
    fn exactly_the_answer_is_drawn() {
        for answer in [*b"A2K7XY", *b"888888", *b"345689", *b"CEHNPQ", *b"RU2A2A"] {
            let drawn = bent(&puzzle(answer)).chars_as_string();
            assert_eq!(drawn.as_bytes(), answer);
        }
    }

    #[test]
    fn a_character_without_a_glyph_gives_no_picture_rather_than_a_short_one() {
        assert_eq!(draw(&puzzle(*b"A0K7XY")), None);
    }

    #[test]
    fn six_of_the_widest_fit_with_their_swing_and_six_of_the_narrowest_are_centred() {
        for character in ALPHABET {
            let puzzle = puzzle([*character; LENGTH]);
            let text = bent(&puzzle).text_area();
            let name = char::from(*character);
            assert!(text.right - text.left + 2 * SWING < WIDTH, "six {name} are too wide");
            let png = draw(&puzzle).unwrap();
            assert!(png.starts_with(b"\x89PNG\r\n\x1a\n"), "{name}");
            assert_eq!(png[16..24], [0, 0, 1, 4, 0, 0, 0, 100], "{name}");
        }
    }
}

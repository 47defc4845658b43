//! Patterns that span a whole password: found exactly, at any length, in no time.
//!
//! The estimate of zxcvbn sees them too, but names them by chance (`qwertyuiop` is in its word list) and thinks three
//! runs in a row safe.

use super::GuessableReason;

/// A run counts for a pattern when runs have this many characters on average. Fifteen random digits reach it once in
/// about 10^9 times.
const RUN_MEAN: usize = 4;
/// A password of fewer different characters is a repetition, whatever their order.
const DISTINCT_MIN: usize = 4;

/// Rows and columns of the usual keyboard, with and without shift, as lower-casing leaves them.
const KEYS: [&str; 15] = [
    "`1234567890-=",
    "~!@#$%^&*()_+",
    "qwertyuiop[]\\",
    "asdfghjkl;'",
    "zxcvbnm,./",
    "1qaz",
    "2wsx",
    "3edc",
    "4rfv",
    "5tgb",
    "6yhn",
    "7ujm",
    "8ik,",
    "9ol.",
    "0p;/",
];

/// The pattern that the whole of `folded` (lower case) follows. A repeated unit of `unit_min` characters or more is none:
/// it could stand alone.
pub(super) fn of(folded: &str, unit_min: usize) -> Option<GuessableReason> {
    let chars: zeroize::Zeroizing<Vec<char>> = zeroize::Zeroizing::new(folded.chars().collect());
    if chars.len() < DISTINCT_MIN {
        return None;
    }
    if repeats(&chars, unit_min) {
        return Some(GuessableReason::Repeats);
    }
    runs(&chars)
}

/// Whether a short unit, again and again, makes up the whole (`abcabcab`), or very few characters do.
fn repeats(chars: &[char], unit_min: usize) -> bool {
    let longest_unit = (chars.len() / 2).min(unit_min.saturating_sub(1));
    let by_unit = (1..=longest_unit).any(|unit| chars[unit..] == chars[..chars.len() - unit]);
    let mut distinct = [None; DISTINCT_MIN];
    for c in chars {
        if !distinct.contains(&Some(*c)) {
            match distinct.iter_mut().find(|slot| slot.is_none()) {
                Some(slot) => *slot = Some(*c),
                None => return by_unit,
            }
        }
    }
    by_unit || distinct[DISTINCT_MIN - 1].is_none()
}

/// Cuts the password greedily into runs and names the kind of run that covers most of it.
fn runs(chars: &[char]) -> Option<GuessableReason> {
    type Step = fn(char, char) -> bool;
    const KINDS: [(Step, GuessableReason); 5] = [
        (|a, b| a == b, GuessableReason::Repeats),
        (next, GuessableReason::Sequence),
        (|a, b| next(b, a), GuessableReason::Sequence),
        (right_of, GuessableReason::Keyboard),
        (|a, b| right_of(b, a), GuessableReason::Keyboard),
    ];
    let mut covered = [0usize; KINDS.len()];
    let mut count = 0;
    let mut rest = chars;
    while !rest.is_empty() {
        let mut best = (0, 1);
        for (kind, (step, _)) in KINDS.iter().enumerate() {
            let length = 1 + rest.windows(2).take_while(|pair| step(pair[0], pair[1])).count();
            if length > best.1 {
                best = (kind, length);
            }
        }
        let (kind, length) = best;
        covered[kind] += length;
        count += 1;
        rest = &rest[length..];
    }
    if count * RUN_MEAN > chars.len() {
        return None;
    }
    let of = |wanted| {
        KINDS.iter().zip(covered).filter(|((_, reason), _)| *reason == wanted).map(|(_, n)| n).sum::<usize>()
    };
    [GuessableReason::Sequence, GuessableReason::Keyboard, GuessableReason::Repeats]
        .into_iter()
        .rev()
        .max_by_key(|reason| of(*reason))
}

/// `b` follows `a` among digits or letters; 0 follows 9 and a follows z.
fn next(a: char, b: char) -> bool {
    match (a, b) {
        ('9', '0') | ('z', 'a') => true,
        _ => a.is_alphanumeric() && b.is_alphanumeric() && u32::from(a) + 1 == u32::from(b),
    }
}

/// `b` is the next key to the right of `a`, or the one below it.
fn right_of(a: char, b: char) -> bool {
    KEYS.iter().any(|row| row.chars().zip(row.chars().skip(1)).any(|pair| pair == (a, b)))
}

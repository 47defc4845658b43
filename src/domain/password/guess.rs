//! How soon a password would be guessed: the estimate of zxcvbn, bounded in time, and in words for a person.
//!
//! zxcvbn keeps pieces of the password in strings of its own and drops them unwiped; ours are wiped.

use zeroize::Zeroizing;
use zxcvbn::{
    Match,
    matching::patterns::{DictionaryPattern, MatchPattern},
    zxcvbn,
};

use super::{GuessableReason, PasswordContext, PasswordProblem, SHORTEST, pattern};

/// Fewest guesses that a password must withstand.
///
/// zxcvbn calls 10^8 "safely unguessable" (score 3), the bar that others set too (matrix-authentication-service). It counts
/// 10^8 on top for every password that it takes for three parts, so that `summer2024summer` just passes; hence twice
/// that. Random passwords are far above it: of 30,000 times fifteen digits 3 were refused, of letters none.
const GUESSES_MIN: u64 = 2 * 100_000_000;

/// What zxcvbn sees at a time, in code points. From 33 on its arithmetic overflows on zigzags over the keyboard (`qwqwqw…`;
/// a panic in debug builds, nonsense otherwise), and hostile input takes 1.6 s at 64 against 0.3 s at 32 unoptimised.
const WINDOW: usize = 32;
/// How many windows are looked at. A password is as strong as its strongest window; longer ones are never refused for more.
const WINDOWS: usize = 2;

/// What must be left of a password without the words of [`PasswordContext`], in code points: 8, which NIST SP 800-63B-4
/// 3.1.1.2(1) takes for the least of any password.
const REST_MIN: usize = 8;

/// The problems of a password beyond its length: common, made of the person's own words, guessable.
pub(super) fn problems(password: &str, folded: &str, context: &PasswordContext) -> Vec<PasswordProblem> {
    let mut problems = Vec::new();
    let context_word = context.carries(folded, REST_MIN).map(str::to_owned);
    let pattern = pattern::of(folded, SHORTEST);
    let estimate = estimate(password, context);
    if let Estimate::Common = estimate {
        problems.push(PasswordProblem::Common);
    }
    let by_estimate = match &estimate {
        Estimate::ContextWord(word) => Some(word.clone()),
        _ => None,
    };
    if let Some(word) = context_word.or(by_estimate) {
        problems.push(PasswordProblem::ContextWord { word });
    }
    match (pattern, estimate) {
        (Some(reason), _) => problems.push(PasswordProblem::Guessable { reason }),
        (None, Estimate::Weak(reason)) if problems.is_empty() => {
            problems.push(PasswordProblem::Guessable { reason });
        }
        _ => {}
    }
    problems
}

enum Estimate {
    Strong,
    Common,
    ContextWord(String),
    Weak(GuessableReason),
}

fn estimate(password: &str, context: &PasswordContext) -> Estimate {
    let words: Vec<&str> = context.words().iter().map(String::as_str).collect();
    let chars: Zeroizing<Vec<char>> = Zeroizing::new(password.chars().collect());
    let mut weakest_seen = Estimate::Strong;
    for (n, window) in chars.chunks(WINDOW).take(WINDOWS).enumerate() {
        let text: Zeroizing<String> = Zeroizing::new(window.iter().collect());
        let entropy = zxcvbn(&text, &words);
        if entropy.guesses() >= GUESSES_MIN {
            return Estimate::Strong;
        }
        if n == 0 {
            weakest_seen = name(entropy.sequence(), window.len() == chars.len(), context);
        }
    }
    weakest_seen
}

/// Names what zxcvbn took the password for.
fn name(sequence: &[Match], is_whole: bool, context: &PasswordContext) -> Estimate {
    if let Some(word) = sequence.iter().find_map(|part| word_of_context(part, context)) {
        return Estimate::ContextWord(word);
    }
    if let ([Match { pattern: MatchPattern::Dictionary(_), .. }], true) = (sequence, is_whole) {
        return Estimate::Common;
    }
    // Guesses stand beside words, so the longest part decides; what zxcvbn has no pattern for explains nothing.
    let part = sequence
        .iter()
        .filter(|part| reason(part) != GuessableReason::Other)
        .max_by_key(|part| part.j - part.i);
    Estimate::Weak(part.map_or(GuessableReason::Other, reason))
}

fn word_of_context(part: &Match, context: &PasswordContext) -> Option<String> {
    match &part.pattern {
        MatchPattern::Dictionary(DictionaryPattern { matched_word, .. }) => {
            context.words().contains(matched_word).then(|| matched_word.clone())
        }
        MatchPattern::Repeat(repeat) => {
            repeat.base_matches.iter().find_map(|inner| word_of_context(inner, context))
        }
        _ => None,
    }
}

fn reason(part: &Match) -> GuessableReason {
    // `12345678` is a word and a sequence to zxcvbn, by the order of a hash map; a person must get one answer.
    if let Some(reason) = pattern::of(&Zeroizing::new(part.token.to_lowercase()), SHORTEST) {
        return reason;
    }
    match part.pattern {
        MatchPattern::Dictionary(_) => GuessableReason::Words,
        MatchPattern::Spatial(_) => GuessableReason::Keyboard,
        MatchPattern::Repeat(_) => GuessableReason::Repeats,
        MatchPattern::Sequence(_) => GuessableReason::Sequence,
        // The only expression that zxcvbn looks for is a recent year.
        MatchPattern::Date(_) | MatchPattern::Regex(_) => GuessableReason::Dates,
        MatchPattern::BruteForce => GuessableReason::Other,
    }
}

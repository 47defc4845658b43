//! A challenge of six characters: its id, its answer, and the comparison. All derived from one key; nothing is stored.
//!
//! What must stay true: every field that decides is inside the MAC, the visitor included (a solved challenge is worth
//! nothing in another browser; V-68); each use of the key has its own label; the visitor, the only part of varying
//! length, comes last.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use time::{Duration, OffsetDateTime};
use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

use super::{
    Refusal, Solved, Spend,
    bounded::{Bound, Line},
};

/// Recordings that one client may be receiving, and all of a node together: each is 330 KB of memory until its last piece has left, and
/// who reads slowly has minutes.
const LISTENING_OF_ONE_CLIENT: usize = 4;
const LISTENING: usize = 64;

/// How long a challenge can be answered.
pub const LIFE: Duration = Duration::minutes(10);

/// How many characters a challenge has.
pub const LENGTH: usize = 6;

/// The characters that occur: those that are told apart by eye *and* by ear (pictures looked at; recordings compared
/// by spectrum).
///
/// - Not in the font of the pictures: `0 I L O`.
/// - Look like another once bent: `1 T` (7), `B` (8), `S` (5), `Z` (2), `G` (6), `V` (U, Y), `D` (Q), `F` (E),
///   `J` (I, 1).
/// - Sound like another: `B D G T V` (C, P), `M` (N), `F S` (X), `J` (K).
/// - Too wide for six of them in a picture: `M W`.
pub const ALPHABET: &[u8; 20] = b"23456789ACEHKNPQRUXY";

/// What a person may take for a character of the alphabet, and what it then was. None of these occurs in an answer,
/// so taking one for its twin makes guessing no easier.
const TWINS: &[(char, char)] = &[
    ('0', 'Q'),
    ('1', '7'),
    ('B', '8'),
    ('D', 'Q'),
    ('G', '6'),
    ('M', 'N'),
    ('O', 'Q'),
    ('S', '5'),
    ('V', 'U'),
    ('Z', '2'),
];

const NONCE: usize = 12;
const EXPIRY: usize = 4;
const TAG: usize = 16;
/// 32 bytes are 43 characters of base64url.
const ID_TEXT: usize = 43;

/// The kind of puzzle with characters. Its methods are those of [`super::Captcha`].
#[derive(Clone)]
pub struct Characters {
    key: Zeroizing<[u8; 32]>,
    /// Of challenges that may still be answered; none is made with them.
    previous: Vec<Zeroizing<[u8; 32]>>,
    pub(super) bound: Bound,
    /// Who is being sent a recording.
    pub(super) listening: Line,
}

impl std::fmt::Debug for Characters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Characters([secret])")
    }
}

/// What a picture or a recording is made from. Without `Debug`: it holds the answer.
pub(super) struct Puzzle {
    /// Bytes of [`ALPHABET`].
    pub(super) answer: [u8; LENGTH],
    /// Decides how it is drawn and spoken, the same each time: asking again gives no second view to average over.
    pub(super) shape: [u8; 32],
}

/// An id whose MAC was right and whose time has not come.
struct Challenge<'k> {
    /// What it was made with: its answer and its shape come from the same.
    key: &'k [u8; 32],
    bytes: [u8; NONCE + EXPIRY + TAG],
    expires_at: OffsetDateTime,
}

impl Challenge<'_> {
    fn nonce(&self) -> &[u8] {
        &self.bytes[..NONCE]
    }

    fn spend(&self) -> Spend {
        Spend { id_hash: Sha256::digest(self.bytes).into(), expires_at: self.expires_at }
    }
}

impl Characters {
    pub(super) fn new(key: [u8; 32]) -> Self {
        Self {
            key: Zeroizing::new(key),
            previous: Vec::new(),
            bound: Bound::new(),
            listening: Line::new(LISTENING_OF_ONE_CLIENT, LISTENING),
        }
    }

    pub(super) fn accepting(self, previous: impl IntoIterator<Item = Zeroizing<[u8; 32]>>) -> Self {
        Self { previous: previous.into_iter().collect(), ..self }
    }

    pub(super) fn new_challenge(&self, visitor: &[u8], now: OffsetDateTime) -> String {
        let nonce = crate::random::bytes::<NONCE>();
        // 32 bits last until 2106. A clock outside them gives a challenge that is dead at once.
        let expiry = u32::try_from((now + LIFE).unix_timestamp()).unwrap_or(0).to_be_bytes();
        let mut bytes = [0; NONCE + EXPIRY + TAG];
        bytes[..NONCE].copy_from_slice(&nonce);
        bytes[NONCE..NONCE + EXPIRY].copy_from_slice(&expiry);
        let tag = tag(&self.key, &bytes[..NONCE + EXPIRY], visitor);
        bytes[NONCE + EXPIRY..].copy_from_slice(&tag);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    pub(super) fn puzzle(&self, id: &str, visitor: &[u8], now: OffsetDateTime) -> Option<Puzzle> {
        let challenge = self.living(id, visitor, now)?;
        Some(Puzzle {
            answer: answer(challenge.key, challenge.nonce(), visitor),
            shape: mac(challenge.key, b"sspr captcha shape 1\0", &[challenge.nonce(), visitor]),
        })
    }

    pub(super) fn check(
        &self,
        id: &str,
        visitor: &[u8],
        typed: &str,
        now: OffsetDateTime,
    ) -> Result<Solved, Refusal> {
        let challenge = self.living(id, visitor, now).ok_or(Refusal::Dead)?;
        let right = answer(challenge.key, challenge.nonce(), visitor);
        if bool::from(right.as_slice().ct_eq(fold(typed).as_bytes())) {
            Ok(Solved { spend: Some(challenge.spend()) })
        } else {
            Err(Refusal::Wrong(challenge.spend()))
        }
    }

    fn living(&self, id: &str, visitor: &[u8], now: OffsetDateTime) -> Option<Challenge<'_>> {
        if id.len() != ID_TEXT {
            return None;
        }
        let bytes: [u8; NONCE + EXPIRY + TAG] = URL_SAFE_NO_PAD.decode(id).ok()?.try_into().ok()?;
        let (signed, given) = bytes.split_at(NONCE + EXPIRY);
        let made = |key: &&Zeroizing<[u8; 32]>| bool::from(tag(key, signed, visitor).as_slice().ct_eq(given));
        let key = std::iter::once(&self.key).chain(&self.previous).find(made)?;
        let expiry = u32::from_be_bytes(signed[NONCE..].try_into().ok()?);
        let expires_at = OffsetDateTime::from_unix_timestamp(i64::from(expiry)).ok()?;
        (now < expires_at).then_some(Challenge { key, bytes, expires_at })
    }
}

fn tag(key: &[u8; 32], nonce_and_expiry: &[u8], visitor: &[u8]) -> [u8; TAG] {
    let full = mac(key, b"sspr captcha challenge 1\0", &[nonce_and_expiry, visitor]);
    std::array::from_fn(|n| full[n])
}

/// The characters of a nonce. Bytes past the last whole multiple of the alphabet's size are passed over, so that
/// no character comes more often; should a block run dry, the next one is counted up.
fn answer(key: &[u8; 32], nonce: &[u8], visitor: &[u8]) -> [u8; LENGTH] {
    let size = ALPHABET.len();
    let fair = 256 / size * size;
    let mut stream = (0..=u32::MAX)
        .flat_map(|block| mac(key, b"sspr captcha answer 1\0", &[&block.to_be_bytes(), nonce, visitor]));
    std::array::from_fn(|_| {
        let byte = stream.by_ref().map(usize::from).find(|byte| *byte < fair);
        ALPHABET[byte.unwrap_or_default() % size]
    })
}

fn mac(key: &[u8; 32], label: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_slice()).expect("a key of 32 bytes");
    mac.update(label);
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// An answer as typed, pasted or dictated, in the form of [`ALPHABET`].
fn fold(typed: &str) -> String {
    typed
        .chars()
        // Enough for any spelling of six characters; a megabyte of spaces costs nothing.
        .take(64)
        .nfkc()
        .filter(|c| !(c.is_whitespace() || matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}')))
        .map(|c| c.to_ascii_uppercase())
        .map(|c| TWINS.iter().find(|(taken, _)| *taken == c).map_or(c, |(_, meant)| *meant))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: OffsetDateTime = time::macros::datetime!(2026-11-20 12:00 UTC);
    const VISITOR: &[u8] = b"a cookie";

    fn characters() -> Characters {
        Characters::new([7; 32])
    }

    fn answer_of(c: &Characters, id: &str) -> String {
        String::from_utf8(c.puzzle(id, VISITOR, NOON).unwrap().answer.to_vec()).unwrap()
    }

    #[test]
    fn the_answer_belongs_to_the_id_and_needs_no_memory() {
        let id = characters().new_challenge(VISITOR, NOON);
        assert_eq!(answer_of(&characters(), &id), answer_of(&characters(), &id));
        let shapes = [(); 2].map(|()| characters().puzzle(&id, VISITOR, NOON).unwrap().shape);
        assert_eq!(shapes[0], shapes[1]);
        let other = characters().new_challenge(VISITOR, NOON);
        assert_ne!(id, other);
        assert_ne!(answer_of(&characters(), &id), answer_of(&characters(), &other));
    }

    #[test]
    fn a_right_answer_counts_in_any_spelling() {
        let c = characters();
        let id = c.new_challenge(VISITOR, NOON);
        let right = answer_of(&c, &id);
        let wide: String =
            right.chars().map(|ch| char::from_u32(u32::from(ch) - 0x20 + 0xFF00).unwrap()).collect();
        let spelled = format!("\t{} - {}\u{2013}{}\u{3000}\n", &right[..2], &right[2..4], &right[4..]);
        for typed in [right.clone(), right.to_lowercase(), wide, spelled] {
            let solved = c.check(&id, VISITOR, &typed, NOON).expect(&typed);
            assert_eq!(solved.spend.unwrap().expires_at, NOON + LIFE);
        }
    }

    #[test]
    fn a_twin_that_never_occurs_is_taken_for_what_it_looks_like() {
        for (taken, meant) in TWINS {
            assert!(!ALPHABET.contains(&u8::try_from(*taken).unwrap()), "{taken}");
            assert!(ALPHABET.contains(&u8::try_from(*meant).unwrap()), "{meant}");
        }
        assert_eq!(fold("sob-Z1 v"), "5Q827U");
    }

    #[test] // V-68
    fn right_and_wrong_answers_use_up_the_same_challenge() {
        let c = characters();
        let id = c.new_challenge(VISITOR, NOON);
        let right = answer_of(&c, &id);
        let spend = c.check(&id, VISITOR, &right, NOON).unwrap().spend.unwrap();
        let longer = format!("{right}2");
        for wrong in ["", &right[..5], &longer, "######", "ÄÖÜ", &"A".repeat(100_000)] {
            assert_eq!(c.check(&id, VISITOR, wrong, NOON), Err(Refusal::Wrong(spend.clone())), "{wrong}");
        }
        let another = c.new_challenge(VISITOR, NOON);
        let Err(Refusal::Wrong(other)) = c.check(&another, VISITOR, &right, NOON) else { panic!() };
        assert_ne!(other.id_hash, spend.id_hash);
    }

    #[test] // V-68
    fn a_challenge_is_dead_for_another_visitor_another_key_and_after_its_time() {
        let c = characters();
        let id = c.new_challenge(VISITOR, NOON);
        let right = answer_of(&c, &id);
        let last = NOON + LIFE - Duration::seconds(1);
        assert!(c.check(&id, VISITOR, &right, last).is_ok());
        assert_eq!(c.check(&id, VISITOR, &right, NOON + LIFE), Err(Refusal::Dead));
        assert_eq!(c.check(&id, b"another cookie", &right, NOON), Err(Refusal::Dead));
        assert_eq!(c.check(&id, b"", &right, NOON), Err(Refusal::Dead));
        assert_eq!(Characters::new([8; 32]).check(&id, VISITOR, &right, NOON), Err(Refusal::Dead));
        assert!(c.puzzle(&id, VISITOR, NOON + LIFE).is_none());
        assert!(c.puzzle(&id, b"another cookie", NOON).is_none());
    }

    #[test] // V-68
    fn an_id_with_any_bit_altered_is_dead() {
        let c = characters();
        let id = c.new_challenge(VISITOR, NOON);
        let bytes = URL_SAFE_NO_PAD.decode(&id).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut altered = bytes.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            assert!(c.puzzle(&URL_SAFE_NO_PAD.encode(altered), VISITOR, NOON).is_none(), "bit {bit}");
        }
    }

    #[test] // ASVS 11.2.2
    fn a_challenge_of_the_key_before_is_answered_while_that_key_is_kept() {
        let before = Characters::new([8; 32]);
        let id = before.new_challenge(VISITOR, NOON);
        let right = answer_of(&before, &id);
        let after = characters().accepting([9, 8].map(|byte| Zeroizing::new([byte; 32])));
        assert_eq!(answer_of(&after, &id), right, "the picture is the one that was shown");
        assert!(after.check(&id, VISITOR, &right, NOON).is_ok());
        assert!(matches!(after.check(&id, VISITOR, "", NOON), Err(Refusal::Wrong(_))));
        assert_eq!(after.check(&id, b"other", &right, NOON), Err(Refusal::Dead));
        assert_eq!(characters().check(&id, VISITOR, &right, NOON), Err(Refusal::Dead), "the key is gone");
        // Nothing new is made with it.
        assert_eq!(before.check(&after.new_challenge(VISITOR, NOON), VISITOR, "", NOON), Err(Refusal::Dead));
    }

    #[test] // V-68: a second spelling of one id would be a second use of it
    fn an_id_has_one_spelling() {
        let c = characters();
        let id = c.new_challenge(VISITOR, NOON);
        let readings = (0..=255u8)
            .map(|last| format!("{}{}", &id[..ID_TEXT - 1], char::from(last)))
            .chain([format!("{id}="), format!(" {id}"), id[1..].to_owned(), String::new()])
            .filter(|spelling| c.puzzle(spelling, VISITOR, NOON).is_some())
            .count();
        assert_eq!(readings, 1);
    }

    #[test]
    fn all_characters_come_equally_often_at_every_place() {
        let c = characters();
        let mut seen = [[0u32; ALPHABET.len()]; LENGTH];
        for n in 0..10_000u32 {
            for (place, ch) in answer(&c.key, &n.to_be_bytes(), VISITOR).iter().enumerate() {
                seen[place][ALPHABET.iter().position(|a| a == ch).unwrap()] += 1;
            }
        }
        // Chi-square with 19 degrees of freedom: above 50 less than once in 10,000 fair draws, and these are fixed.
        for place in seen {
            let chi: f64 = place.iter().map(|n| (f64::from(*n) - 500.0).powi(2) / 500.0).sum();
            assert!(chi < 50.0, "{chi} {place:?}");
        }
    }
}

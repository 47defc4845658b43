//! "The characters for verification": the puzzle between a stranger and the work that we do for a user ID.
//!
//! It slows a script down and no more: picture and recordings can be read by a good program. What protects people
//! are the budgets (per network, account, number). So it is kept readable, and never the only way through.
//!
//! What must stay true:
//! - A challenge is stateless: its id is signed over visitor, nonce and expiry (V-68), so any node can draw, speak and
//!   check it. Only an answered one is stored, as spent, by its hash.
//! - [`Captcha::check`] does **not** know what was spent. The caller spends [`Spend`] in the statement that starts the
//!   work, or that counts the wrong answer; a row that was there already means refused.
//! - Nothing here depends on the user ID: the answer says nothing about who exists.
//! - The characters are always there beside a kind that needs a script: whoever has none, or whose proof failed, goes on with them.
//!
//! To add a kind: a file beside `characters.rs`, a variant in [`CaptchaKind`] and [`Captcha`]; the compiler then asks for the rest.

mod bounded;
mod characters;
pub mod hosted;
mod picture;
pub mod proof_of_work;
mod spoken;

use time::OffsetDateTime;
use zeroize::Zeroizing;

pub use bounded::{Busy, Turn};
pub use characters::{ALPHABET, Characters, LENGTH, LIFE};
pub use hosted::Hosted;
pub use proof_of_work::ProofOfWork;

/// `captcha.kind` of the configuration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CaptchaKind {
    /// Six characters, drawn and spoken by this program: no third party, no script.
    #[default]
    Characters,
    /// Everything passes. The configuration allows it in demo mode only.
    None,
    /// The browser computes; characters where it can't, and where a network is busy.
    ProofOfWork,
    /// Another company's script looks at the visitor; characters where it can't.
    Hosted(&'static hosted::Provider),
}

/// For which form something was solved: a solution of one is worth nothing on the other (V-68).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// "User verification".
    Reset,
    /// "Contact your administrator".
    Contact,
}

impl Purpose {
    /// Its name, in signatures and for providers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reset => "reset",
            Self::Contact => "contact",
        }
    }
}

/// The puzzle of this deployment. Cheap to clone; clones share the bound on parallel drawing.
#[derive(Clone, Debug)]
pub enum Captcha {
    /// Every check is solved.
    None,
    /// Six characters.
    Characters(Characters),
    /// A computation of the browser, and the characters beside it.
    ProofOfWork(Characters, ProofOfWork),
    /// What another company thinks of the visitor, and the characters beside it.
    Hosted(Characters, Hosted),
}

/// A right answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "an answer that is not spent can be sent again"]
pub struct Solved {
    /// What must be spent for this answer to count; nothing where there was no puzzle.
    pub spend: Option<Spend>,
}

/// The challenge that an answer, right or wrong, uses up.
///
/// Its row may go once `expires_at` is an hour past: nodes judge the life of a challenge by their own clocks, and a
/// row that left too early would open the challenge again on a slow node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spend {
    /// SHA-256 over the bytes of the id.
    pub id_hash: [u8; 32],
    /// When the challenge is dead by itself.
    pub expires_at: OffsetDateTime,
}

/// Why an answer does not count. The page is the same: a new challenge, the user ID kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Not the characters. The challenge must be spent all the same, or one picture could be guessed at for ever.
    Wrong(Spend),
    /// Not a living challenge of this visitor: expired, altered, another browser's, missing. There is nothing to spend,
    /// so that nobody can use up what belongs to another browser.
    Dead,
}

impl Captcha {
    /// The puzzle of a kind of our own; without its provider a hosted one is the characters alone. `key` belongs to this purpose alone
    /// (derived from the master key under its own label) and is the same on all nodes.
    pub fn new(kind: CaptchaKind, key: [u8; 32]) -> Self {
        match kind {
            CaptchaKind::None => Self::None,
            CaptchaKind::Characters | CaptchaKind::Hosted(_) => Self::Characters(Characters::new(key)),
            CaptchaKind::ProofOfWork => Self::ProofOfWork(Characters::new(key), ProofOfWork::new(key)),
        }
    }

    /// The same with a provider.
    pub fn hosted_by(hosted: Hosted, key: [u8; 32]) -> Self {
        Self::Hosted(Characters::new(key), hosted)
    }

    /// The characters; `None` where there is no puzzle at all.
    pub const fn characters(&self) -> Option<&Characters> {
        match self {
            Self::None => None,
            Self::Characters(characters) | Self::ProofOfWork(characters, _) | Self::Hosted(characters, _) => {
                Some(characters)
            }
        }
    }

    /// The computation, where that is the kind.
    pub const fn work(&self) -> Option<&ProofOfWork> {
        match self {
            Self::ProofOfWork(_, work) => Some(work),
            Self::None | Self::Characters(_) | Self::Hosted(..) => None,
        }
    }

    /// The provider, where there is one.
    pub const fn hosted(&self) -> Option<&Hosted> {
        match self {
            Self::Hosted(_, hosted) => Some(hosted),
            Self::None | Self::Characters(_) | Self::ProofOfWork(..) => None,
        }
    }

    /// The same, which also takes answers to challenges that were made under these keys: while a key is rolled out over nodes, and
    /// for the life of a challenge after it (ASVS 11.2.2). Nothing new is made with them.
    #[must_use]
    pub fn accepting(self, previous: impl IntoIterator<Item = Zeroizing<[u8; 32]>>) -> Self {
        let previous: Vec<_> = previous.into_iter().collect();
        match self {
            Self::None => Self::None,
            Self::Characters(characters) => Self::Characters(characters.accepting(previous)),
            Self::ProofOfWork(characters, work) => {
                Self::ProofOfWork(characters.accepting(previous.clone()), work.accepting(previous))
            }
            Self::Hosted(characters, hosted) => Self::Hosted(characters.accepting(previous), hosted),
        }
    }

    /// The id of a new challenge for `visitor` (a value that only this browser has: its pre-session cookie), good for
    /// [`LIFE`]: 43 characters that need no escaping in addresses and forms. `None` where there is no puzzle.
    pub fn new_challenge(&self, visitor: &[u8], now: OffsetDateTime) -> Option<String> {
        self.characters().map(|characters| characters.new_challenge(visitor, now))
    }

    /// The picture of a challenge: PNG, 260 by 100, black on its own white so that it reads on dark pages too.
    /// `None` when the id is malformed, expired, or another visitor's: 404.
    ///
    /// Some milliseconds of computing: use [`Captcha::picture_bounded`] in a handler.
    pub fn picture(&self, id: &str, visitor: &[u8], now: OffsetDateTime) -> Option<Vec<u8>> {
        self.characters()?.puzzle(id, visitor, now).and_then(|p| picture::draw(&p))
    }

    /// The characters of a challenge in spoken English: one WAV (mono, 16 bit, 11,025 Hz) of 15 seconds at most.
    /// `None` as for the picture.
    ///
    /// The first call of a process decodes the recordings (0.3 s optimised, ten times that not): use [`Captcha::spoken_bounded`] in a handler.
    pub fn spoken(&self, id: &str, visitor: &[u8], now: OffsetDateTime) -> Option<Vec<u8>> {
        self.characters()?.puzzle(id, visitor, now).and_then(|p| spoken::speak(&p))
    }

    /// [`Captcha::picture`] on a thread for such work, two at a time.
    ///
    /// # Errors
    /// [`Busy`] after a second of waiting for a place: 503 with `Retry-After`.
    pub async fn picture_bounded(
        &self,
        id: &str,
        visitor: &[u8],
        now: OffsetDateTime,
        client: &str,
    ) -> Result<Option<Vec<u8>>, Busy> {
        self.bounded(id, visitor, now, client, picture::draw).await
    }

    /// [`Captcha::spoken`] on a thread for such work, two at a time together with the pictures. The turn is to be kept until the last
    /// piece was taken by whoever listens.
    ///
    /// # Errors
    /// [`Busy`] after a second of waiting for a place, or when this client is sent enough of them already: 503 with `Retry-After`.
    pub async fn spoken_bounded(
        &self,
        id: &str,
        visitor: &[u8],
        now: OffsetDateTime,
        client: &str,
    ) -> Result<Option<(Vec<u8>, Turn)>, Busy> {
        let Some(characters) = self.characters() else { return Ok(None) };
        let turn = characters.listening.turn_of(client)?;
        let recording = self.bounded(id, visitor, now, client, spoken::speak).await?;
        Ok(recording.map(|recording| (recording, turn)))
    }

    async fn bounded(
        &self,
        id: &str,
        visitor: &[u8],
        now: OffsetDateTime,
        client: &str,
        make: fn(&characters::Puzzle) -> Option<Vec<u8>>,
    ) -> Result<Option<Vec<u8>>, Busy> {
        let Some(c) = self.characters() else { return Ok(None) };
        // Before the queue: a flood of invented ids takes no place in it.
        let Some(puzzle) = c.puzzle(id, visitor, now) else { return Ok(None) };
        c.bound.run(client, move || make(&puzzle)).await
    }

    /// Compares an answer, in constant time. Case, spaces, dashes and full-width forms don't matter.
    ///
    /// # Errors
    /// [`Refusal`] says whether the challenge must be spent.
    pub fn check(
        &self,
        id: &str,
        visitor: &[u8],
        answer: &str,
        now: OffsetDateTime,
    ) -> Result<Solved, Refusal> {
        self.characters()
            .map_or(Ok(Solved { spend: None }), |characters| characters.check(id, visitor, answer, now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_puzzle_everything_is_solved_and_nothing_is_shown() {
        let captcha = Captcha::new(CaptchaKind::None, [7; 32]);
        let now = crate::clock::now();
        assert_eq!(captcha.new_challenge(b"visitor", now), None);
        assert_eq!(captcha.picture("x", b"visitor", now), None);
        assert_eq!(captcha.spoken("x", b"visitor", now), None);
        assert_eq!(captcha.check("", b"visitor", "", now), Ok(Solved { spend: None }));
    }

    #[test]
    fn without_a_choice_the_kind_is_characters() {
        assert_eq!(CaptchaKind::default(), CaptchaKind::Characters);
    }

    #[test]
    fn the_key_is_in_no_debug_output() {
        let shown = format!("{:?}", Captcha::new(CaptchaKind::Characters, [123; 32]));
        assert!(!shown.contains("123"), "{shown}");
    }

    #[tokio::test]
    async fn the_bounded_forms_give_picture_and_sound_and_refuse_strangers() {
        let captcha = Captcha::new(CaptchaKind::Characters, [7; 32]);
        let now = crate::clock::now();
        let id = captcha.new_challenge(b"visitor", now).unwrap();
        let png = captcha.picture_bounded(&id, b"visitor", now, "192.0.2.1").await.unwrap().unwrap();
        assert!(png.starts_with(b"\x89PNG\r\n\x1a\n"));
        let (wav, turn) = captcha.spoken_bounded(&id, b"visitor", now, "192.0.2.1").await.unwrap().unwrap();
        assert!(wav.starts_with(b"RIFF"));
        drop(turn);
        assert_eq!(captcha.picture_bounded(&id, b"another", now, "192.0.2.1").await, Ok(None));
        assert!(captcha.spoken_bounded("", b"visitor", now, "192.0.2.1").await.unwrap().is_none());
    }
}

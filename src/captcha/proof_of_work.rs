//! Proof of work: the visitor's browser computes for a second or two, and nobody types anything. The protocol is ALTCHA's (version 2,
//! crate `altcha`); the script is our own, `static/proof.js`.
//!
//! A browser looks for a number: PBKDF2 over it begins with the bytes that stand in the challenge. The server chose the number, so
//! that making a challenge costs one derivation, and checking an answer two HMACs.
//!
//! What must stay true:
//! - Every field that decides is signed: the crate signs all parameters, the end and the level among them; visitor and purpose are in
//!   the key of the signature (V-68).
//! - A challenge has one spelling, the one that is spent: its signature.
//! - The number is drawn from zero on. With a lower bound above it everyone would begin there, and the bound would be no work.

use std::collections::BTreeMap;

use altcha::{
    CounterMode, CreateChallengeOptions, HmacAlgorithm, Payload, VerifySolutionOptions, create_challenge,
    verify_solution,
};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::{LIFE, Purpose, Refusal, Spend};

/// Rounds of a derivation. So many that the calls between script and browser weigh little beside it.
const COST: u32 = 2_000;
/// Derivations at most; half of them on average. Measured in Chromium on two busy cores of a server: 0.25 ms each, 0.4 s on average and
/// 0.75 s at most. A middling phone, taken as three to five times slower (an estimate: none was at hand), needs 1 to 2 s on average.
const TRIES: u32 = 3_000;
/// The same where a network is crowded.
const HARD_TRIES: u32 = 12_000;
/// No answer is longer, in bytes.
const LONGEST: usize = 2_048;
/// The signed note that a challenge was of the harder kind.
const HARD: &str = "hard";

/// The kind of puzzle that a browser solves.
#[derive(Clone)]
pub struct ProofOfWork {
    key: Zeroizing<[u8; 32]>,
    /// Of challenges that may still be answered; none is made with them.
    previous: Vec<Zeroizing<[u8; 32]>>,
}

impl std::fmt::Debug for ProofOfWork {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ProofOfWork([secret])")
    }
}

/// What a page gives its script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Work {
    /// The challenge as JSON, to be sent back as it is.
    pub challenge: String,
    /// How many numbers there are to try.
    pub most: u32,
}

/// A right answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "an answer that is not spent can be sent again"]
pub struct Worked {
    /// What must be spent for it to count.
    pub spend: Spend,
    /// It was of the harder kind.
    pub hard: bool,
}

impl ProofOfWork {
    pub(super) fn new(key: [u8; 32]) -> Self {
        Self { key: Zeroizing::new(key), previous: Vec::new() }
    }

    pub(super) fn accepting(self, previous: Vec<Zeroizing<[u8; 32]>>) -> Self {
        Self { previous, ..self }
    }

    /// A new challenge for `visitor` and `purpose`, good for [`LIFE`]. `None` should the crate refuse its own options.
    pub fn new_challenge(
        &self,
        visitor: &[u8],
        purpose: Purpose,
        hard: bool,
        now: OffsetDateTime,
    ) -> Option<Work> {
        let most = if hard { HARD_TRIES } else { TRIES };
        self.with_number(visitor, purpose, hard, now, number_below(most))
            .map(|challenge| Work { challenge, most })
    }

    fn with_number(
        &self,
        visitor: &[u8],
        purpose: Purpose,
        hard: bool,
        now: OffsetDateTime,
        number: u32,
    ) -> Option<String> {
        let challenge = create_challenge(CreateChallengeOptions {
            algorithm: "PBKDF2/SHA-256".to_owned(),
            cost: COST,
            counter: Some(number),
            counter_mode: CounterMode::Uint32,
            data: hard.then(|| BTreeMap::from([(HARD.to_owned(), Value::Bool(true))])),
            expires_at: Some((now + LIFE).unix_timestamp()),
            hmac_algorithm: HmacAlgorithm::Sha256,
            hmac_signature_secret: Some(secret(&self.key, "challenge", visitor, purpose)),
            hmac_key_signature_secret: Some(secret(&self.key, "solution", visitor, purpose)),
            ..CreateChallengeOptions::default()
        });
        challenge.ok().and_then(|challenge| serde_json::to_string(&challenge).ok())
    }

    /// Judges what the script sent: `{"challenge": …, "solution": {"counter": …, "derivedKey": …}}`.
    ///
    /// # Errors
    /// [`Refusal`] says whether a challenge must be spent.
    pub fn check(
        &self,
        answer: &str,
        visitor: &[u8],
        purpose: Purpose,
        now: OffsetDateTime,
    ) -> Result<Worked, Refusal> {
        if answer.len() > LONGEST {
            return Err(Refusal::Dead);
        }
        let Ok(Payload { challenge, solution }) = serde_json::from_str(answer) else {
            return Err(Refusal::Dead);
        };
        let end = challenge.parameters.expires_at.and_then(|at| OffsetDateTime::from_unix_timestamp(at).ok());
        let (Some(signature), Some(expires_at)) = (&challenge.signature, end) else {
            return Err(Refusal::Dead);
        };
        if expires_at <= now {
            return Err(Refusal::Dead);
        }
        let judged = |key: &Zeroizing<[u8; 32]>| {
            let verdict = verify_solution(VerifySolutionOptions {
                hmac_key_signature_secret: Some(secret(key, "solution", visitor, purpose)),
                ..VerifySolutionOptions::new(
                    &challenge,
                    &solution,
                    secret(key, "challenge", visitor, purpose),
                )
            });
            verdict.ok().filter(|verdict| !verdict.expired && verdict.invalid_signature == Some(false))
        };
        let verdict =
            std::iter::once(&self.key).chain(&self.previous).find_map(judged).ok_or(Refusal::Dead)?;
        let spend = Spend { id_hash: Sha256::digest(signature).into(), expires_at };
        if !verdict.verified {
            return Err(Refusal::Wrong(spend));
        }
        let hard = challenge.parameters.data.is_some_and(|data| data.get(HARD) == Some(&Value::Bool(true)));
        Ok(Worked { spend, hard })
    }
}

/// A key for one use, visitor and purpose; the visitor, the only part of varying length, comes last.
fn secret(key: &[u8; 32], usage: &str, visitor: &[u8], purpose: Purpose) -> String {
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_slice()).expect("a key of 32 bytes");
    for part in ["sspr proof of work 1", usage, purpose.as_str()] {
        mac.update(part.as_bytes());
        mac.update(b"\0");
    }
    mac.update(visitor);
    mac.finalize().into_bytes().iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Cannot fail: a String takes all.
        let _ = std::fmt::Write::write_fmt(&mut hex, format_args!("{byte:02x}"));
        hex
    })
}

/// A number below `most`; of 64 bits the few that come more often weigh nothing.
fn number_below(most: u32) -> u32 {
    let drawn = u64::from_be_bytes(crate::random::bytes::<8>()) % u64::from(most);
    u32::try_from(drawn).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use altcha::{Challenge, SolveChallengeOptions, solve_challenge};
    use time::Duration;

    use super::*;

    const VISITOR: &[u8] = b"a cookie";

    fn work() -> ProofOfWork {
        ProofOfWork::new([7; 32])
    }

    /// A solved challenge; its number is small, so that no test computes for long.
    fn solved(hard: bool, now: OffsetDateTime) -> Value {
        let text = work().with_number(VISITOR, Purpose::Reset, hard, now, 2).unwrap();
        let challenge: Challenge = serde_json::from_str(&text).unwrap();
        let solution = solve_challenge(SolveChallengeOptions::new(&challenge)).unwrap().unwrap();
        assert_eq!(solution.counter, 2);
        let mut answer = serde_json::json!({ "challenge": challenge, "solution": solution });
        answer["solution"].as_object_mut().unwrap().remove("time");
        answer
    }

    fn check(answer: &Value, now: OffsetDateTime) -> Result<Worked, Refusal> {
        work().check(&answer.to_string(), VISITOR, Purpose::Reset, now)
    }

    #[test] // V-68
    fn a_solution_counts_for_its_visitor_purpose_key_and_time_only() {
        let now = crate::clock::now();
        let answer = solved(false, now);
        let worked = check(&answer, now).unwrap();
        assert_eq!(worked.spend.expires_at.unix_timestamp(), (now + LIFE).unix_timestamp());
        assert!(!worked.hard);
        let text = answer.to_string();
        assert_eq!(work().check(&text, b"another", Purpose::Reset, now), Err(Refusal::Dead));
        assert_eq!(work().check(&text, VISITOR, Purpose::Contact, now), Err(Refusal::Dead));
        assert_eq!(ProofOfWork::new([8; 32]).check(&text, VISITOR, Purpose::Reset, now), Err(Refusal::Dead));
        assert_eq!(check(&answer, now + LIFE), Err(Refusal::Dead));
        assert!(check(&answer, now + LIFE - Duration::seconds(2)).is_ok());
        // By the crate's own clock too.
        let old = solved(false, now - LIFE - Duration::seconds(2));
        assert_eq!(check(&old, now - LIFE), Err(Refusal::Dead));
    }

    #[test] // ASVS 11.2.2
    fn a_computation_of_the_key_before_counts_while_that_key_is_kept() {
        let now = crate::clock::now();
        let text = solved(false, now).to_string();
        let kept = [9, 7].map(|byte| Zeroizing::new([byte; 32])).to_vec();
        let after = ProofOfWork::new([8; 32]).accepting(kept);
        assert!(after.check(&text, VISITOR, Purpose::Reset, now).is_ok());
        assert_eq!(after.check(&text, b"another", Purpose::Reset, now), Err(Refusal::Dead));
    }

    #[test] // V-68
    fn every_altered_field_makes_a_challenge_worthless() {
        let now = crate::clock::now();
        let answer = solved(false, now);
        let later = (now + Duration::days(1)).unix_timestamp();
        for (pointer, value) in [
            ("/challenge/parameters/expiresAt", Value::from(later)),
            ("/challenge/parameters/expiresAt", Value::from(0)),
            ("/challenge/parameters/expiresAt", Value::Null),
            ("/challenge/parameters/cost", Value::from(1)),
            ("/challenge/parameters/cost", Value::from(u32::MAX)),
            ("/challenge/parameters/algorithm", Value::from("SHA-256")),
            ("/challenge/parameters/algorithm", Value::from("pbkdf2/sha-256")),
            ("/challenge/parameters/keyPrefix", Value::from("")),
            ("/challenge/parameters/keyLength", Value::from(1)),
            ("/challenge/parameters/keySignature", Value::Null),
            ("/challenge/parameters/nonce", Value::from("00112233445566778899aabbccddeeff")),
            ("/challenge/parameters/salt", Value::from("00112233445566778899aabbccddeeff")),
            ("/challenge/parameters/data", serde_json::json!({ "hard": true })),
            ("/challenge/signature", Value::Null),
            ("/challenge/signature", Value::from("")),
        ] {
            let mut altered = answer.clone();
            match altered.pointer_mut(pointer) {
                Some(field) => *field = value.clone(),
                None => altered["challenge"]["parameters"]["data"] = value.clone(),
            }
            assert_eq!(check(&altered, now), Err(Refusal::Dead), "{pointer} {value}");
        }
        let mut shouted = answer.clone();
        shouted["challenge"]["signature"] =
            Value::from(answer["challenge"]["signature"].as_str().unwrap().to_uppercase());
        assert_eq!(
            check(&shouted, now),
            Err(Refusal::Dead),
            "a second spelling could be spent a second time"
        );
        for garbage in ["", "{}", "[]", "null", &"[".repeat(2_000), &"x".repeat(100_000)] {
            assert_eq!(work().check(garbage, VISITOR, Purpose::Reset, now), Err(Refusal::Dead));
        }
    }

    #[test] // V-68
    fn what_is_added_to_an_answer_changes_nothing_of_what_is_spent() {
        let now = crate::clock::now();
        let answer = solved(false, now);
        let mut padded = answer.clone();
        padded["more"] = Value::from(1);
        padded["challenge"]["more"] = Value::from(2);
        padded["challenge"]["parameters"]["more"] = Value::from(3);
        padded["solution"]["time"] = Value::from(4);
        padded["solution"]["counter"] = Value::from(5);
        assert_eq!(check(&padded, now).unwrap().spend, check(&answer, now).unwrap().spend);
    }

    #[test] // V-68
    fn a_wrong_solution_uses_up_the_challenge() {
        let now = crate::clock::now();
        let answer = solved(false, now);
        let spend = check(&answer, now).unwrap().spend;
        for wrong in
            ["", "zz", &"0".repeat(64), answer["challenge"]["parameters"]["keyPrefix"].as_str().unwrap()]
        {
            let mut altered = answer.clone();
            altered["solution"]["derivedKey"] = Value::from(wrong);
            assert_eq!(check(&altered, now), Err(Refusal::Wrong(spend.clone())), "{wrong}");
        }
    }

    #[test]
    fn the_harder_kind_says_so_in_its_signed_part_and_has_more_to_try() {
        let now = crate::clock::now();
        let answer = solved(true, now);
        assert!(check(&answer, now).unwrap().hard);
        let mut easier = answer;
        easier["challenge"]["parameters"]["data"] = serde_json::json!({ "hard": false });
        assert_eq!(check(&easier, now), Err(Refusal::Dead));
        let most = |hard| work().new_challenge(VISITOR, Purpose::Reset, hard, now).unwrap().most;
        assert!(most(true) >= 4 * most(false));
    }

    #[test]
    fn numbers_are_drawn_from_zero_to_the_end() {
        let drawn: Vec<u32> = (0..2_000).map(|_| number_below(TRIES)).collect();
        assert!(drawn.iter().all(|n| *n < TRIES));
        // Missed by chance less than once in 10^43.
        assert!(drawn.iter().any(|n| *n < TRIES / 20) && drawn.iter().any(|n| *n > TRIES / 20 * 19));
    }

    #[test]
    fn the_key_is_in_no_debug_output() {
        assert_eq!(format!("{:?}", ProofOfWork::new([123; 32])), "ProofOfWork([secret])");
    }
}

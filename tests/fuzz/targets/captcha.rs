//! The id of a challenge and its answer (V-68).

use sspr::captcha::{Captcha, CaptchaKind, Purpose, Refusal, hosted};
use time::macros::datetime;

use super::{parts, text, texts};

/// An id that we did not make is dead; one that we made is dead in another browser, later, and when anything of it is another; no answer
/// opens it by its spelling.
pub fn captcha(data: &[u8]) {
    let [typed, answer] = texts(data);
    let captcha = Captcha::new(CaptchaKind::Characters, [7; 32]);
    let now = datetime!(2026-11-21 12:00 UTC);
    assert_eq!(captcha.check(typed, b"visitor", answer, now), Err(Refusal::Dead));
    let id = captcha.new_challenge(b"visitor", now).expect("a challenge");
    let Err(Refusal::Wrong(spend)) = captcha.check(&id, b"visitor", answer, now) else {
        // One in 64 million, if the fuzzer hits it by chance.
        return;
    };
    assert!(spend.expires_at > now);
    assert_eq!(captcha.check(&id, b"other", answer, now), Err(Refusal::Dead));
    assert_eq!(captcha.check(&id, b"visitor", answer, spend.expires_at), Err(Refusal::Dead));
    let place = data.first().map_or(0, |byte| usize::from(*byte)) % id.len();
    let mut spoilt = id.clone().into_bytes();
    spoilt[place] = if spoilt[place] == b'A' { b'B' } else { b'A' };
    let spoilt = String::from_utf8(spoilt).expect("letters");
    assert_eq!(captcha.check(&spoilt, b"visitor", answer, now), Err(Refusal::Dead));
}

/// What a script sends of a computation: nothing that we did not make is one, and of what we made every byte counts.
pub fn proof_of_work(data: &[u8]) {
    let captcha = Captcha::new(CaptchaKind::ProofOfWork, [7; 32]);
    let work = captcha.work().expect("that kind");
    // The crate behind it looks at its own clock: a time that does not come soon.
    let now = datetime!(2100-01-01 12:00 UTC);
    let check = |answer: &str| work.check(answer, b"visitor", Purpose::Reset, now);
    assert!(matches!(check(text(data)), Err(Refusal::Dead)), "a challenge that nobody made");
    let [counter, place] = parts(data);
    let counter: u32 = text(counter).parse().unwrap_or(7);
    let made = work
        .new_challenge(b"visitor", Purpose::Reset, counter.is_multiple_of(2), now)
        .expect("a challenge")
        .challenge;
    let payload = |challenge: &str| {
        format!(
            r#"{{"challenge":{challenge},"solution":{{"counter":{counter},"derivedKey":"{}"}}}}"#,
            "0".repeat(64)
        )
    };
    assert!(matches!(check(&payload(&made)), Err(Refusal::Wrong(_))), "a number that is not the one");
    let mut spoilt = made.into_bytes();
    let place = place.iter().fold(0usize, |place, byte| (place * 31 + usize::from(*byte)) % spoilt.len());
    // A digit or a letter of a value: its signature is another.
    if !spoilt[place].is_ascii_alphanumeric() {
        return;
    }
    spoilt[place] = if spoilt[place] == b'1' { b'2' } else { b'1' };
    let spoilt = String::from_utf8(spoilt).expect("text");
    assert!(matches!(check(&payload(&spoilt)), Err(Refusal::Dead)), "altered: {spoilt}");
}

/// What a provider answers about a visitor: a person is one only here, for this form, and now.
pub fn hosted(data: &[u8]) {
    let now = datetime!(2026-11-21 12:00 UTC);
    let believed = hosted::is_believed(data, "reset.contoso.com", Some("reset"), Some(0.5), now);
    if believed {
        let said: serde_json::Value = serde_json::from_slice(data).expect("read already");
        assert_eq!((&said["success"], &said["action"]), (&true.into(), &"reset".into()));
        assert!(said["hostname"].as_str().is_some_and(|host| host.eq_ignore_ascii_case("reset.contoso.com")));
        assert!(said["score"].as_f64().is_some_and(|score| score >= 0.5));
    }
    for (host, action) in [("other.contoso.com", "reset"), ("reset.contoso.com", "contact")] {
        let elsewhere = hosted::is_believed(data, host, Some(action), Some(0.5), now);
        assert!(!believed || !elsewhere, "believed on {host} for {action}");
    }
}

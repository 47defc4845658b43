//! What SMS providers answer to a message: status, `Retry-After`, and a body of theirs in JSON or XML.

use sspr::senders::{SendError, sms::Answer};

use super::{parts, senders, text};

/// Any 2xx of a provider that has no codes is an acceptance; evidence is a short word without the person's number; a reason is words of
/// ours and numbers (R-08, V-47).
pub fn answers(data: &[u8]) {
    let [status, retry_after, body] = parts(data);
    let status = text(status).parse().unwrap_or(200);
    let retry_after = (!retry_after.is_empty()).then(|| text(retry_after));
    let sms = senders::sms();
    for sender in senders::all() {
        match sender.outcome(&Answer::new(status, retry_after, body.to_vec()), &sms) {
            Ok(accepted) => {
                assert!((200..=299).contains(&status), "{status}");
                if let Some(evidence) = accepted.evidence {
                    assert!(
                        (1..=64).contains(&evidence.len()) && evidence.bytes().all(|b| b.is_ascii_graphic()),
                        "{evidence}"
                    );
                    assert!(!evidence.contains("14255550100"), "{evidence}");
                }
            }
            Err(SendError::TryAgain(reason) | SendError::GiveUp(reason)) => {
                let shown = reason.to_string();
                assert!(
                    shown.len() <= 100 && shown.bytes().all(|b| b.is_ascii_graphic() || b == b' '),
                    "{shown}"
                );
                assert!(!shown.contains("4255550100"), "{shown}");
            }
        }
        assert!(
            sender.provider() == "vonage"
                || !(200..=299).contains(&status)
                || sender.outcome(&Answer::new(status, None, Vec::new()), &sms).is_ok()
        );
    }
}

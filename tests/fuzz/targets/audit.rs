//! Checkpoints of the audit chain, as an operator gives them or the log has them, and what seals are made over (V-38).

use sspr::domain::{
    audit::seal::{ChainKey, Checkpoint, Event},
    secret::Key,
};
use uuid::Uuid;

use super::{parts, text, texts};

/// A checkpoint is read back as it is written; two events that differ have two encodings, wherever the texts are cut.
pub fn audit(data: &[u8]) {
    for found in [Checkpoint::parse(text(data)), Checkpoint::in_log_line(text(data))].into_iter().flatten() {
        assert!(found.seq > 0);
        assert_eq!(Checkpoint::parse(&found.to_string()), Some(found));
        for line in [
            format!("2026-11-21T12:00:00Z  INFO sspr::sealer: audit checkpoint checkpoint={found}"),
            format!("{{\"message\":\"audit checkpoint\",\"checkpoint\":\"{found}\"}}"),
        ] {
            assert_eq!(Checkpoint::in_log_line(&line), Some(found), "{line}");
        }
    }
    let event = |[event, subject, actor]: [&str; 3]| Event {
        id: Uuid::nil(),
        event: Some(event.to_owned()),
        subject: (!subject.is_empty()).then(|| subject.to_owned()),
        actor: (!actor.is_empty()).then(|| actor.to_owned()),
        ..Event::default()
    };
    let one = texts::<3>(data);
    let [first, rest] = parts::<2>(data);
    let other = [text(first), "", text(rest)];
    let key = ChainKey::of(&Key::new(vec![7; 32]).expect("32 bytes"));
    let (a, b) = (event(one), event(other));
    let seals = [&a, &b].map(|event| key.seal(&[0; 32], 1, 0, event));
    assert_eq!(a == b, seals[0] == seals[1]);
    assert_ne!(seals[0], key.seal(&[0; 32], 2, 0, &a));
}

//! The chain over audit events: what a seal is made of, and what a broken one tells.
//!
//! Each seal is an HMAC over the seal before it, its own place and time, and every column of its event, under a key that lives
//! outside the database. So whoever can write to the database can neither change, remove, reorder nor add an event in the
//! sealed part without breaking the chain. What the chain can't show by itself is a tail that was cut off: for that,
//! checkpoints stand in the log.
//!
//! Must stay true: no two different events have one encoding ([`Event::encoded`]), and every column is in it. A further column
//! of `audit_events` comes at the end, only where it is not null, so that old seals stay good.

use uuid::Uuid;
use zeroize::Zeroizing;

use crate::domain::secret::{Key, Keys, mac};

/// What the first seal stands on.
pub const BEFORE_THE_FIRST: [u8; 32] = [0; 32];

/// An event as it is sealed: every column as the database holds it. All of them may be missing here: whoever breaks a row
/// must not break the look at it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    /// Row.
    pub id: Uuid,
    /// Microseconds since 1970; none for what is no moment.
    pub at: Option<i64>,
    /// What.
    pub event: Option<String>,
    /// Whose company.
    pub company: Option<Uuid>,
    /// About which user.
    pub user: Option<Uuid>,
    /// About what, in words.
    pub subject: Option<String>,
    /// Who did it.
    pub actor: Option<String>,
    /// The attempt.
    pub attempt: Option<Uuid>,
    /// From where.
    pub network: Option<String>,
    /// done, or why not.
    pub outcome: Option<String>,
    /// The database's own text of it, which has one form for each value and loses no digit of a number.
    pub details: Option<String>,
}

impl Event {
    /// Every column in a fixed order: a byte says whether there is a value, eight its length, then it follows. So one encoding
    /// is of one event only, whatever its texts hold.
    pub fn encoded(&self) -> Vec<u8> {
        fn text(value: Option<&String>) -> Option<&[u8]> {
            value.map(String::as_bytes)
        }
        fn id(value: Option<&Uuid>) -> Option<&[u8]> {
            value.map(|id| id.as_bytes().as_slice())
        }
        let at = self.at.map(i64::to_be_bytes);
        let columns = [
            id(Some(&self.id)),
            at.as_ref().map(<[u8; 8]>::as_slice),
            text(self.event.as_ref()),
            id(self.company.as_ref()),
            id(self.user.as_ref()),
            text(self.subject.as_ref()),
            text(self.actor.as_ref()),
            id(self.attempt.as_ref()),
            text(self.network.as_ref()),
            text(self.outcome.as_ref()),
            text(self.details.as_ref()),
        ];
        let mut bytes = Vec::with_capacity(512);
        for column in columns {
            bytes.push(u8::from(column.is_some()));
            if let Some(value) = column {
                bytes.extend((value.len() as u64).to_be_bytes());
                bytes.extend(value);
            }
        }
        bytes
    }
}

/// The key of the chain, derived from one of the service's so that no other use shares it.
#[derive(Clone)]
pub struct ChainKey {
    id: String,
    bytes: Zeroizing<[u8; 32]>,
}

impl std::fmt::Debug for ChainKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ChainKey({})", self.id)
    }
}

impl ChainKey {
    /// The chain's key that belongs to a key of the service.
    pub fn of(key: &Key) -> Self {
        Self { id: key.id().to_owned(), bytes: key.derive("audit chain") }
    }

    /// Those of all keys, the current one first.
    pub fn all(keys: &Keys) -> Vec<Self> {
        keys.all().map(Self::of).collect()
    }

    /// The public id, as seals hold it.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The seal of an event at a place in the chain. `sealed_at` in microseconds since 1970.
    pub fn seal(&self, before: &[u8; 32], seq: i64, sealed_at: i64, event: &Event) -> [u8; 32] {
        let parts: [&[u8]; 4] = [before, &seq.to_be_bytes(), &sealed_at.to_be_bytes(), &event.encoded()];
        mac(&*self.bytes, "audit seal v1", &parts)
    }
}

/// A place in the chain with its seal, to be kept outside the database: whoever cuts or rewrites the chain before it is found out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Place in the chain.
    pub seq: i64,
    /// The seal there.
    pub mac: [u8; 32],
}

impl Checkpoint {
    /// The beginning: nothing is sealed.
    pub const NONE: Self = Self { seq: 0, mac: BEFORE_THE_FIRST };

    /// Reads `SEQ:MAC`, the seal in 64 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let (seq, hex) = text.split_once(':')?;
        let seq = seq.parse().ok().filter(|seq| *seq > 0 && !text.starts_with('+'))?;
        let digits: Vec<u8> =
            hex.chars().map(|c| c.to_digit(16).and_then(|d| d.try_into().ok())).collect::<Option<_>>()?;
        let mut mac = [0; 32];
        if digits.len() != 64 {
            return None;
        }
        for (byte, pair) in mac.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = pair[0] << 4 | pair[1];
        }
        Some(Self { seq, mac })
    }

    /// Finds the checkpoint in a line of the service's log, text or JSON. Only where the line ends with it, or its fields say
    /// so: what a stranger can bring into a line stands elsewhere in it.
    pub fn in_log_line(line: &str) -> Option<Self> {
        let line = line.trim_end();
        if let Some((_, text)) = line.rsplit_once("audit checkpoint checkpoint=") {
            return Self::parse(text);
        }
        if !line.contains("\"message\":\"audit checkpoint\"") {
            return None;
        }
        let (_, rest) = line.split_once("\"checkpoint\":\"")?;
        Self::parse(rest.split_once('"')?.0)
    }
}

impl std::fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:", self.seq)?;
        self.mac.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn event() -> Event {
        let text = |text: &str| Some(text.to_owned());
        Event {
            id: Uuid::from_u128(1),
            at: Some(2),
            event: text("user_changed"),
            company: Some(Uuid::from_u128(3)),
            user: Some(Uuid::from_u128(4)),
            subject: text("johnsmith@contoso.com"),
            actor: text("operator:ann"),
            attempt: Some(Uuid::from_u128(5)),
            network: text("192.0.2.7"),
            outcome: text("done"),
            details: text("{\"a\": 1.0}"),
        }
    }

    #[test]
    fn no_two_events_have_one_encoding() {
        let text = |text: &str| Some(text.to_owned());
        let one = event();
        let mut all = vec![
            one.clone(),
            Event { id: Uuid::from_u128(9), ..one.clone() },
            Event { at: Some(9), ..one.clone() },
            Event { at: None, ..one.clone() },
            Event { company: None, user: one.company, ..one.clone() },
            Event { company: one.user, user: one.company, ..one.clone() },
            Event { company: None, ..one.clone() },
            Event { user: None, ..one.clone() },
            Event { attempt: None, ..one.clone() },
            Event { user: one.attempt, attempt: one.user, ..one.clone() },
            // A byte that moves over the border between two columns.
            Event { subject: text("johnsmith@contoso.como"), actor: text("perator:ann"), ..one.clone() },
            Event { subject: text("johnsmith@contoso.co"), actor: text("moperator:ann"), ..one.clone() },
            Event { network: None, outcome: text("192.0.2.7"), ..one.clone() },
            Event { network: text(""), ..one.clone() },
            Event { network: None, ..one.clone() },
            Event { subject: None, ..one.clone() },
            Event { details: text("{\"a\": 1.00}"), ..one.clone() },
            Event { details: None, ..one.clone() },
            Event::default(),
        ];
        for column in 0..6 {
            let mut other = event();
            let columns = [
                &mut other.event,
                &mut other.subject,
                &mut other.actor,
                &mut other.network,
                &mut other.outcome,
                &mut other.details,
            ];
            columns.into_iter().nth(column).unwrap().as_mut().unwrap().push('\0');
            all.push(other);
        }
        let encodings: HashSet<Vec<u8>> = all.iter().map(Event::encoded).collect();
        assert_eq!(encodings.len(), all.len());
        // And none is the beginning of another.
        for a in &encodings {
            assert!(encodings.iter().all(|b| a == b || !b.starts_with(a)));
        }
    }

    #[test]
    fn a_seal_depends_on_key_place_time_the_seal_before_and_the_event() {
        let key = |byte: u8| ChainKey::of(&Key::new(vec![byte; 32]).unwrap());
        let (before, one) = ([7; 32], event());
        let all = [
            key(1).seal(&before, 5, 6, &one),
            key(2).seal(&before, 5, 6, &one),
            key(1).seal(&[8; 32], 5, 6, &one),
            key(1).seal(&before, 6, 6, &one),
            key(1).seal(&before, 5, 7, &one),
            key(1).seal(&before, 5, 6, &Event { at: None, ..one.clone() }),
        ];
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len());
        assert_eq!(all[0], key(1).seal(&before, 5, 6, &one));
        // What it is derived from seals nothing itself.
        assert_ne!(all[0], mac(&[1; 32], "audit seal v1", &[&before]));
        assert_eq!(format!("{:?}", key(1)), format!("ChainKey({})", key(1).id()));
    }

    #[test] // A seal that was made today must be good in years: neither encoding nor derivation may change.
    fn the_form_of_a_seal_is_kept_for_ever() {
        let seal = ChainKey::of(&Key::new(vec![1; 32]).unwrap()).seal(&BEFORE_THE_FIRST, 1, 2, &event());
        let seal = Checkpoint { seq: 1, mac: seal }.to_string();
        assert_eq!(seal, "1:14521fdefdf061030d8d0c58418b3daa3d8c40b3e25dbbcff4dd697f706f78b8");
    }

    #[test]
    fn a_checkpoint_is_read_as_it_is_written_and_nothing_else_is_one() {
        let checkpoint = Checkpoint { seq: 42, mac: [0xA5; 32] };
        let text = checkpoint.to_string();
        assert_eq!(Checkpoint::parse(&text), Some(checkpoint));
        assert_eq!(Checkpoint::parse(&text.to_uppercase()), Some(checkpoint));
        for bad in [
            "",
            "42",
            "42:",
            "0:a5",
            &text[..66],
            &format!("{text}a5"),
            &format!("-{text}"),
            &format!("+{text}"),
            &text.replace('5', "g"),
            &text.replace("a5", "a＃"),
        ] {
            assert_eq!(Checkpoint::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_checkpoint_is_found_in_both_forms_of_the_log_and_where_the_service_wrote_it_only() {
        let checkpoint = Checkpoint { seq: 42, mac: [0xA5; 32] };
        let text = format!(
            "2026-11-21T09:00:00.000000Z  INFO sspr::sealer: audit checkpoint checkpoint={checkpoint}"
        );
        let json = format!(
            "{{\"timestamp\":\"2026-11-21T09:00:00Z\",\"level\":\"INFO\",\"message\":\"audit checkpoint\",\"checkpoint\":\"{checkpoint}\"}}\n"
        );
        for line in [&text, &json, &format!("reset sspr[77]: {text}\n")] {
            assert_eq!(Checkpoint::in_log_line(line), Some(checkpoint), "{line}");
        }
        for line in [
            &format!(
                "INFO request: answered path=/audit%20checkpoint user_agent=\"audit checkpoint checkpoint={checkpoint}\""
            ),
            &format!("{{\"message\":\"answered\",\"checkpoint\":\"{checkpoint}\"}}"),
            &checkpoint.to_string(),
        ] {
            assert_eq!(Checkpoint::in_log_line(line), None, "{line}");
        }
    }
}

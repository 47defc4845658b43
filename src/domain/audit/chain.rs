//! Whether the chain holds: fed with seal after seal, in any number of batches, it keeps what is wrong and forgets the rest.
//!
//! Must stay true: memory does not grow with the chain. Of each kind of fault all are counted, and the first are named.

use std::collections::BTreeMap;

use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use super::seal::{ChainKey, Checkpoint, Event};

/// How many faults and events are named; the rest is counted.
pub const NAMED: usize = 20;
/// Longest usual time between an event and its seal, in microseconds: a service that was away for a while, or a clock set right.
pub const SOON: i64 = 10 * 60 * 1_000_000;

/// How long two keys may seal side by side, in microseconds: while the later one is rolled out over the nodes.
pub const ROLL_OUT: i64 = 24 * 60 * 60 * 1_000_000;

/// A seal as it was found, with the event that it names, if that is there.
#[derive(Clone, Debug)]
pub struct Seal {
    /// Place in the chain.
    pub seq: i64,
    /// Which event.
    pub event_id: Uuid,
    /// Made with which key.
    pub key_id: String,
    /// What it says.
    pub mac: Vec<u8>,
    /// Microseconds since 1970; none for what is no moment.
    pub sealed_at: Option<i64>,
    /// The event as it is now.
    pub event: Option<Event>,
}

/// Something that an untouched log never shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Event or seal is not what was sealed there: changed, moved, or forged.
    Differs {
        /// Place in the chain.
        seq: i64,
        /// The event that the seal names.
        event: Uuid,
    },
    /// The event of a seal is gone.
    EventGone {
        /// Place in the chain.
        seq: i64,
        /// The event.
        event: Uuid,
    },
    /// Seals between two others, or at the beginning, are gone.
    SealsGone {
        /// The first.
        from: i64,
        /// The last.
        to: i64,
    },
    /// A seal names a key that is not given: it can't be checked.
    UnknownKey {
        /// Place in the chain.
        seq: i64,
        /// The key's public id.
        key_id: String,
    },
    /// A seal of a key that another had replaced for longer than a day, or that says it is from before that: whoever has a key that
    /// was given up for a leak could add events with it.
    Retired {
        /// Place in the chain.
        seq: i64,
        /// The key's public id.
        key_id: String,
    },
    /// The chain ends before a checkpoint.
    TailCut {
        /// The checkpoint.
        checkpoint: i64,
        /// Where the chain ends.
        end: i64,
    },
    /// The seal at a checkpoint is another: the chain was made anew.
    Rewritten {
        /// The checkpoint.
        checkpoint: i64,
    },
    /// An event that is neither sealed nor queued for it: forged past the service, or its seal was removed.
    NeverSealed {
        /// The event.
        event: Uuid,
    },
    /// An event was removed before it was sealed.
    GoneUnsealed {
        /// The event.
        event: Uuid,
    },
}

/// What a look at the whole log found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Seals that hold, with their events.
    pub good: u64,
    /// Everything wrong.
    pub faults: u64,
    /// The first of it.
    pub first_faults: Vec<Fault>,
    /// Events that wait to be sealed.
    pub unsealed: u64,
    /// The first of them.
    pub first_unsealed: Vec<Uuid>,
    /// Events that were sealed long after the time that they bear, or before it: nobody sealed for a while, or somebody put them there
    /// later with a time of their choice, which a seal can't tell from the other.
    pub dated: u64,
    /// The first of them.
    pub first_dated: Vec<Uuid>,
}

impl Report {
    /// Notes a fault.
    pub fn fault(&mut self, fault: Fault) {
        self.faults += 1;
        if self.first_faults.len() < NAMED {
            self.first_faults.push(fault);
        }
    }

    /// Notes an event whose time and seal are far apart.
    pub fn dated(&mut self, event: Uuid) {
        self.dated += 1;
        if self.first_dated.len() < NAMED {
            self.first_dated.push(event);
        }
    }

    /// Notes an event that waits.
    pub fn waits(&mut self, event: Uuid) {
        self.unsealed += 1;
        if self.first_unsealed.len() < NAMED {
            self.first_unsealed.push(event);
        }
    }
}

/// Walks along the chain.
#[derive(Debug)]
pub struct Chain<'a> {
    keys: &'a [ChainKey],
    checkpoints: BTreeMap<i64, Vec<[u8; 32]>>,
    last: i64,
    /// The seal before; none where it is gone.
    before: Option<Vec<u8>>,
    /// The keys in the order of their first good seals, with the time of that and of the newest.
    in_use: Vec<InUse<'a>>,
    /// What was found so far.
    pub report: Report,
}

/// A key that seals were made with.
#[derive(Debug)]
struct InUse<'a> {
    key_id: &'a str,
    since: i64,
    until: i64,
}

impl<'a> Chain<'a> {
    /// At the beginning of the chain, with the keys that seals were ever made with.
    pub fn new(keys: &'a [ChainKey], checkpoints: &[Checkpoint]) -> Self {
        let mut at = BTreeMap::<i64, Vec<[u8; 32]>>::new();
        for checkpoint in checkpoints {
            at.entry(checkpoint.seq).or_default().push(checkpoint.mac);
        }
        let before = Some(Checkpoint::NONE.mac.to_vec());
        let (last, in_use, report) = (Checkpoint::NONE.seq, Vec::new(), Report::default());
        Self { keys, checkpoints: at, last, before, in_use, report }
    }

    /// The place of the last seal that was looked at.
    pub fn last(&self) -> i64 {
        self.last
    }

    /// The seal there.
    pub fn end_of_chain(&self) -> Option<Checkpoint> {
        let mac = self.before.as_deref()?.try_into().ok()?;
        (self.last > 0).then_some(Checkpoint { seq: self.last, mac })
    }

    /// Looks at the next seal, by its place.
    pub fn take(&mut self, seal: Seal) {
        let next = self.last.saturating_add(1);
        if seal.seq == self.last {
            // Two rows under one id, past the table's own rules: one of them is none of ours.
            self.report.fault(Fault::Differs { seq: seal.seq, event: seal.event_id });
            return;
        }
        if seal.seq != next {
            self.report.fault(Fault::SealsGone { from: next, to: seal.seq.saturating_sub(1) });
            self.before = None;
        }
        self.last = seal.seq;
        match self.judge(&seal).and_then(|good| self.in_turn(&seal, good)) {
            Ok(good) => {
                self.report.good += u64::from(good);
                let times = seal.event.as_ref().and_then(|event| event.at).zip(seal.sealed_at);
                if times.is_none_or(|(at, sealed_at)| at.abs_diff(sealed_at) > SOON.unsigned_abs()) {
                    self.report.dated(seal.event_id);
                }
            }
            Err(fault) => self.report.fault(fault),
        }
        for mac in self.checkpoints.remove(&seal.seq).unwrap_or_default() {
            if seal.mac != mac {
                self.report.fault(Fault::Rewritten { checkpoint: seal.seq });
            }
        }
        // Also where it was wrong: an edited event breaks its own seal, not the ones behind it.
        self.before = Some(seal.mac);
    }

    /// Whether it holds; false where that can't be known: behind a gap nothing is left to check it against, and the gap is told.
    fn judge(&self, seal: &Seal) -> Result<bool, Fault> {
        let (seq, event) = (seal.seq, seal.event_id);
        let found = seal.event.as_ref().ok_or(Fault::EventGone { seq, event })?;
        let key = self.keys.iter().find(|key| key.id() == seal.key_id);
        let key = key.ok_or_else(|| Fault::UnknownKey { seq, key_id: seal.key_id.clone() })?;
        let Some(before) = &self.before else { return Ok(false) };
        let before = <&[u8; 32]>::try_from(before.as_slice()).ok();
        let right = before.zip(seal.sealed_at).is_some_and(|(before, sealed_at)| {
            key.seal(before, seq, sealed_at, found).ct_eq(&seal.mac).into()
        });
        if right { Ok(true) } else { Err(Fault::Differs { seq, event }) }
    }

    /// Whether a good seal's key was still in use: not replaced by another for longer than [`ROLL_OUT`]. Its time is inside the seal, and
    /// may not lie before what the later key had sealed already. Keys are known by their first seals, not by the order in which they are
    /// given; so there are no more of them than keys.
    fn in_turn(&mut self, seal: &Seal, good: bool) -> Result<bool, Fault> {
        let key = self.keys.iter().find(|key| key.id() == seal.key_id);
        let (true, Some(key), Some(at)) = (good, key, seal.sealed_at) else { return Ok(good) };
        let Some(place) = self.in_use.iter().position(|known| known.key_id == key.id()) else {
            self.in_use.push(InUse { key_id: key.id(), since: at, until: at });
            return Ok(true);
        };
        let later = &self.in_use[place + 1..];
        let over = later.first().is_some_and(|next| at > next.since.saturating_add(ROLL_OUT));
        let back_dated = later.iter().any(|next| at.saturating_add(SOON) < next.until);
        if over || back_dated {
            return Err(Fault::Retired { seq: seal.seq, key_id: seal.key_id.clone() });
        }
        self.in_use[place].until = self.in_use[place].until.max(at);
        Ok(true)
    }

    /// At the end of the chain: the checkpoints behind it.
    pub fn end(mut self) -> Report {
        for checkpoint in std::mem::take(&mut self.checkpoints).into_keys() {
            // One inside the chain stands in a gap that was told.
            if checkpoint > self.last {
                self.report.fault(Fault::TailCut { checkpoint, end: self.last });
            }
        }
        self.report
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::secret::Key;

    fn key(byte: u8) -> ChainKey {
        ChainKey::of(&Key::new(vec![byte; 32]).unwrap())
    }

    /// Seals in a row, made with these keys.
    fn chain(keys: &[u8]) -> Vec<Seal> {
        chain_at(&keys.iter().map(|byte| (*byte, 9)).collect::<Vec<_>>())
    }

    /// The same, made at these times.
    fn chain_at(keys: &[(u8, i64)]) -> Vec<Seal> {
        let mut before = Checkpoint::NONE.mac;
        (1i64..)
            .zip(keys)
            .map(|(seq, (byte, at))| {
                let id = Uuid::from_u128(seq.unsigned_abs().into());
                let event = Event { id, at: Some(seq), ..Event::default() };
                before = key(*byte).seal(&before, seq, *at, &event);
                Seal {
                    seq,
                    event_id: id,
                    key_id: key(*byte).id().to_owned(),
                    mac: before.to_vec(),
                    sealed_at: Some(*at),
                    event: Some(event),
                }
            })
            .collect()
    }

    fn faults(seals: Vec<Seal>, checkpoints: &[Checkpoint]) -> Vec<Fault> {
        let keys = [key(1), key(2)];
        let mut chain = Chain::new(&keys, checkpoints);
        for seal in seals {
            chain.take(seal);
        }
        let report = chain.end();
        assert_eq!(report.faults, report.first_faults.len() as u64);
        report.first_faults
    }

    fn checkpoint(seal: &Seal) -> Checkpoint {
        Checkpoint { seq: seal.seq, mac: seal.mac.as_slice().try_into().unwrap() }
    }

    fn differs(seq: i64) -> Fault {
        Fault::Differs { seq, event: Uuid::from_u128(seq.unsigned_abs().into()) }
    }

    #[test]
    fn an_untouched_chain_holds_over_a_change_of_keys_and_at_every_checkpoint() {
        let seals = chain(&[1, 1, 2, 2, 1]);
        let checkpoints: Vec<Checkpoint> = seals.iter().map(checkpoint).collect();
        assert_eq!(faults(seals, &checkpoints), []);
        assert_eq!(faults(Vec::new(), &[]), []);
    }

    #[test] // ASVS 16.4.2, 11.2.2
    fn a_key_that_was_replaced_seals_for_a_day_and_no_longer() {
        const HOUR: i64 = 60 * 60 * 1_000_000;
        let retired = |seq| Fault::Retired { seq, key_id: key(1).id().to_owned() };
        // Two nodes, one after the other.
        let rolled = [(1, 0), (1, HOUR), (2, 2 * HOUR), (1, 3 * HOUR), (2, 4 * HOUR), (2, 90 * HOUR)];
        assert_eq!(faults(chain_at(&rolled), &[]), []);
        // Somebody who has the key that was given up for its leak adds an event: now, or with a time at which the key was good.
        for at in [27 * HOUR, 91 * HOUR, 3 * HOUR, i64::MIN, i64::MAX] {
            let forged: Vec<_> = rolled.into_iter().chain([(1, at)]).collect();
            assert_eq!(faults(chain_at(&forged), &[]), [retired(7)], "{at}");
        }
        // The order of keys is that of the chain, not the one in which they are given.
        assert_eq!(faults(chain_at(&[(2, 0), (1, 30 * HOUR), (1, 60 * HOUR)]), &[]), []);
        assert_eq!(faults(chain_at(&[(2, 0), (1, HOUR), (2, 60 * HOUR)]), &[]).len(), 1);
    }

    #[test]
    fn what_was_edited_is_named_and_what_follows_still_holds() {
        let mut seals = chain(&[1; 5]);
        seals[2].event.as_mut().unwrap().outcome = Some("nothing".to_owned());
        assert_eq!(faults(seals, &[]), [differs(3)]);
        let mut seals = chain(&[1; 5]);
        seals[2].event = None;
        assert_eq!(faults(seals, &[]), [Fault::EventGone { seq: 3, event: Uuid::from_u128(3) }]);
    }

    #[test]
    fn an_edited_seal_breaks_itself_and_the_next() {
        for (place, broken) in [(0, vec![1, 2]), (2, vec![3, 4]), (4, vec![5])] {
            let mut seals = chain(&[1; 5]);
            seals[place].mac[31] ^= 1;
            assert_eq!(faults(seals, &[]), broken.into_iter().map(differs).collect::<Vec<_>>());
        }
        let mut seals = chain(&[1; 5]);
        seals[2].mac.pop();
        assert_eq!(faults(seals, &[]), [differs(3), differs(4)]);
        for edit in [|seal: &mut Seal| seal.sealed_at = Some(8), |seal: &mut Seal| seal.sealed_at = None] {
            let mut seals = chain(&[1; 5]);
            edit(&mut seals[2]);
            assert_eq!(faults(seals, &[]), [differs(3)]);
        }
        let mut seals = chain(&[1; 5]);
        seals[2].key_id = key(2).id().to_owned();
        assert_eq!(faults(seals, &[]), [differs(3)]);
        let mut seals = chain(&[1; 5]);
        seals[2].key_id = "none".to_owned();
        assert_eq!(faults(seals, &[]), [Fault::UnknownKey { seq: 3, key_id: "none".to_owned() }]);
    }

    #[test]
    fn removed_seals_are_named_and_what_stands_behind_the_gap_is_not_called_good() {
        let keys = [key(1)];
        let mut walked = Chain::new(&keys, &[]);
        for seal in chain(&[1; 6]).into_iter().filter(|seal| ![1, 3, 4].contains(&seal.seq)) {
            walked.take(seal);
        }
        let report = walked.end();
        assert_eq!(
            report.first_faults,
            [Fault::SealsGone { from: 1, to: 1 }, Fault::SealsGone { from: 3, to: 4 }]
        );
        // 2 and 5 stand behind gaps; 6 stands behind 5.
        assert_eq!(report.good, 1);
    }

    #[test]
    fn moved_seals_do_not_hold() {
        let mut seals = chain(&[1; 5]);
        seals.swap(1, 3);
        (seals[1].seq, seals[3].seq) = (2, 4);
        let named = faults(seals, &[]);
        assert!(named.len() >= 2 && named.iter().all(|fault| matches!(fault, Fault::Differs { .. })));
    }

    #[test]
    fn a_cut_or_rewritten_tail_shows_against_a_checkpoint_and_only_so() {
        let seals = chain(&[1; 5]);
        let kept = [checkpoint(&seals[1]), checkpoint(&seals[4])];
        let cut = seals[..3].to_vec();
        assert_eq!(faults(cut.clone(), &[]), []);
        assert_eq!(faults(cut, &kept), [Fault::TailCut { checkpoint: 5, end: 3 }]);
        assert_eq!(faults(Vec::new(), &kept[..1]), [Fault::TailCut { checkpoint: 2, end: 0 }]);
        let rewritten = chain(&[1, 1, 1, 2, 1]);
        assert_eq!(faults(rewritten, &kept), [Fault::Rewritten { checkpoint: 5 }]);
    }

    #[test]
    fn a_thousand_faults_are_counted_and_twenty_named() {
        let keys = [key(1)];
        let mut walked = Chain::new(&keys, &[]);
        for seal in chain(&[2; 1000]) {
            walked.take(seal);
        }
        let report = walked.end();
        assert_eq!((report.faults, report.first_faults.len(), report.good), (1000, NAMED, 0));
    }
}

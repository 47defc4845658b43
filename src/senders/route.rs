//! The providers of one channel in the operator's order.
//!
//! What must stay true: a provider that failed rests, so that the messages behind do not wait for its time limit one after the other;
//! while all rest, they are tried in their order all the same. Whoever sends decides how often ([`crate::outbox::worker`]); a route
//! only says who is next.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How long a provider rests after a failure that another try may mend, unless it asked for more.
pub const REST: Duration = Duration::from_secs(30);
/// It rests no longer than this, whatever it asks for.
pub const LONGEST_REST: Duration = Duration::from_mins(10);

/// Providers, the preferred one first. Clones share who rests.
#[derive(Debug)]
pub struct Route<S>(Arc<[Leg<S>]>);

/// One provider of a route.
#[derive(Debug)]
pub struct Leg<S> {
    /// The section of the configuration, such as `sms` or `sms_2`: what operators know it by.
    pub name: &'static str,
    /// Who sends.
    pub sender: S,
    rests_until: Mutex<Option<Instant>>,
}

impl<S> Leg<S> {
    /// A provider by the name of its section.
    pub fn new(name: &'static str, sender: S) -> Self {
        Self { name, sender, rests_until: Mutex::default() }
    }

    /// It failed: the next messages try the others first.
    pub fn rest(&self, asked: Option<Duration>) {
        let until = Instant::now() + asked.unwrap_or(REST).min(LONGEST_REST);
        *self.rests_until.lock().unwrap_or_else(PoisonError::into_inner) = Some(until);
    }

    /// It works.
    pub fn awake(&self) {
        *self.rests_until.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Whether it failed a moment ago.
    pub fn rests(&self) -> bool {
        self.rests_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_some_and(|until| Instant::now() < until)
    }
}

impl<S> Route<S> {
    /// In this order. Empty: nobody sends.
    pub fn new(legs: Vec<Leg<S>>) -> Self {
        Self(legs.into())
    }

    /// A single provider.
    pub fn to(name: &'static str, sender: S) -> Self {
        Self::new(vec![Leg::new(name, sender)])
    }

    /// All, in the operator's order.
    pub fn legs(&self) -> &[Leg<S>] {
        &self.0
    }

    /// All, in the order of the next message: those that rest come last, and `avoid` (it failed this very recipient) behind them.
    pub fn order(&self, avoid: Option<&str>) -> Vec<&Leg<S>> {
        let mut legs: Vec<&Leg<S>> = self.0.iter().collect();
        legs.sort_by_key(|leg| (Some(leg.name) == avoid, leg.rests()));
        legs
    }
}

impl<S> Clone for Route<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(legs: &[&Leg<()>]) -> Vec<&'static str> {
        legs.iter().map(|leg| leg.name).collect()
    }

    #[test]
    fn who_rests_comes_last_and_whom_to_avoid_behind_it() {
        let route = Route::new(["a", "b", "c"].map(|name| Leg::new(name, ())).into());
        assert_eq!(names(&route.order(None)), ["a", "b", "c"]);
        route.legs()[0].rest(None);
        assert_eq!(names(&route.clone().order(None)), ["b", "c", "a"]);
        assert_eq!(names(&route.order(Some("b"))), ["c", "a", "b"]);
        route.legs()[1].rest(Some(Duration::ZERO));
        assert_eq!(names(&route.order(None)), ["b", "c", "a"]);
        route.legs()[0].awake();
        assert_eq!(names(&route.order(Some("nobody"))), ["a", "b", "c"]);
    }
}

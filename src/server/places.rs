//! How many connections there are, in all and per client network (O-16, R-15).
//!
//! Must stay true: a place is given back however its connection ends; what is told in the log is no more than a line in ten seconds,
//! or whoever floods the door floods the disk, too.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::watch, time::Instant};

use crate::{config::Connections, domain::limits::Network};

/// Between two lines about the same.
const TOLD_EVERY: Duration = Duration::from_secs(10);

/// The places of one listener.
pub(super) struct Places {
    most: usize,
    most_per_network: usize,
    taken: Mutex<Taken>,
    crowded: watch::Sender<bool>,
}

#[derive(Default)]
struct Taken {
    all: usize,
    by_network: HashMap<Network, usize>,
    told: Option<Instant>,
}

/// One connection's place, until it is dropped.
pub(super) struct Place {
    places: Arc<Places>,
    network: Option<Network>,
}

impl Places {
    pub(super) fn new(limits: &Connections) -> Arc<Self> {
        Arc::new(Self {
            most: limits.most,
            most_per_network: limits.most_per_network,
            taken: Mutex::default(),
            crowded: watch::Sender::new(false),
        })
    }

    /// A place for a client. `counts`: whether its network has a share of its own; a trusted proxy is many clients.
    pub(super) fn take(self: &Arc<Self>, client: IpAddr, counts: bool) -> Option<Place> {
        let network = counts.then(|| Network::of(client));
        let mut taken = self.lock();
        let of_network =
            network.as_ref().map_or(0, |network| taken.by_network.get(network).map_or(0, |n| *n));
        if taken.all >= self.most || of_network >= self.most_per_network {
            let (all, now) = (taken.all, Instant::now());
            if taken.told.is_none_or(|told| now.duration_since(told) >= TOLD_EVERY) {
                taken.told = Some(now);
                drop(taken);
                tracing::warn!(all, of_network, "too many connections: the next ones are turned away");
            }
            return None;
        }
        taken.all += 1;
        if let Some(network) = &network {
            *taken.by_network.entry(network.clone()).or_default() += 1;
        }
        self.tell(taken.all);
        Some(Place { places: self.clone(), network })
    }

    /// Whether three quarters of the places are taken: each answer is then the last of its connection, and those that rest go.
    pub(super) fn crowded(&self) -> watch::Receiver<bool> {
        self.crowded.subscribe()
    }

    fn tell(&self, all: usize) {
        let crowded = all * 4 >= self.most * 3;
        self.crowded.send_if_modified(|was| std::mem::replace(was, crowded) != crowded);
    }

    /// Nothing in here panics, so the counts are right even if the mutex says otherwise.
    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.lock();
        taken.all -= 1;
        if let Some(network) = self.network.take()
            && let Some(n) = taken.by_network.get_mut(&network)
        {
            *n -= 1;
            // A map that only grows would be the leak that a flood of addresses looks for.
            if *n == 0 {
                taken.by_network.remove(&network);
            }
        }
        self.places.tell(taken.all);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(most: usize, most_per_network: usize) -> Arc<Places> {
        let second = Duration::from_secs(1);
        Places::new(&Connections {
            most,
            most_per_network,
            header_limit_bytes: 8192,
            header_timeout: second,
            body_timeout: second,
            write_timeout: second,
            idle_timeout: second,
            life: second,
        })
    }

    fn from(places: &Arc<Places>, client: &str) -> Option<Place> {
        places.take(client.parse().unwrap(), true)
    }

    #[test] // O-16
    fn one_network_leaves_room_for_others_and_all_together_have_an_end() {
        let places = places(4, 2);
        let mut held = vec![from(&places, "192.0.2.1").unwrap(), from(&places, "::ffff:192.0.2.1").unwrap()];
        assert!(from(&places, "192.0.2.1").is_none(), "its share is used up");
        held.push(from(&places, "2001:db8::1").unwrap());
        held.push(from(&places, "2001:db8::2:1").unwrap());
        assert!(from(&places, "198.51.100.1").is_none(), "all are taken");
        held.remove(0);
        assert!(from(&places, "198.51.100.1").is_some(), "a place was given back");
        held.clear();
        assert!(places.lock().by_network.is_empty() && places.lock().all == 0);
    }

    #[test]
    fn an_ipv6_client_can_not_make_networks_of_its_own() {
        let places = places(8, 2);
        let held = ["2001:db8::1", "2001:db8::2", "2001:db8:0:0:ffff::3"].map(|client| from(&places, client));
        assert!(held[0].is_some() && held[1].is_some() && held[2].is_none());
    }

    #[test]
    fn a_proxy_is_many_clients() {
        let places = places(4, 1);
        let proxy: IpAddr = "10.0.0.5".parse().unwrap();
        let held: Vec<_> = (0..5).map_while(|_| places.take(proxy, false)).collect();
        assert_eq!(held.len(), 4);
    }

    #[test]
    fn a_crowd_is_told_when_it_comes_and_when_it_goes() {
        let places = places(4, 4);
        let crowded = places.crowded();
        let mut held: Vec<_> = (0..2).map(|_| from(&places, "192.0.2.1")).collect();
        assert!(!*crowded.borrow());
        held.push(from(&places, "192.0.2.1"));
        assert!(*crowded.borrow());
        held.pop();
        assert!(!*crowded.borrow());
    }
}

//! How much one may ask: of what comes in by the second, and of connections that stay open.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anchor_lang::prelude::Pubkey;

use crate::{Settings, interface::Problem};

/// Senders that are counted before those are forgotten who have sent nothing for a second.
const MOST_COUNTED: usize = 100_000;
/// Bits of an IPv6 address that name whoever it was given to: he can choose the rest.
const SUBSCRIBER_BITS: u32 = 64;

/// What is counted by the second.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Counted {
    /// Whatever comes from an address.
    Address(IpAddr),
    /// Requests for quotes that an address sends for an account. Nobody signs them: what a stranger sends does not count against
    /// whom he names, but where he sends it from.
    Requests(IpAddr, Pubkey),
    /// Orders of an account, which are signed.
    Orders(Pubkey),
}

/// Counts.
pub(crate) struct Limits {
    most_per_second: u32,
    most_per_address: u32,
    most_connections: usize,
    most_connections_per_address: usize,
    counted: Mutex<HashMap<Counted, (Instant, u32)>>,
    connections: Mutex<HashMap<IpAddr, usize>>,
}

/// The place of a connection, until it is dropped.
pub(crate) struct Place {
    limits: Arc<Limits>,
    address: IpAddr,
}

impl Limits {
    pub(crate) fn new(settings: &Settings) -> Arc<Self> {
        Arc::new(Self {
            most_per_second: settings.most_per_second,
            most_per_address: settings.most_per_address,
            most_connections: settings.most_connections,
            most_connections_per_address: settings.most_connections_per_address,
            counted: Mutex::default(),
            connections: Mutex::default(),
        })
    }

    /// Counts something that has come.
    ///
    /// # Errors
    /// `tooMany` if it is more than a second may bring.
    pub(crate) fn count(&self, what: Counted) -> Result<(), Problem> {
        let (most, whose) = match what {
            Counted::Address(_) => (self.most_per_address, "from one address"),
            Counted::Requests(..) => (self.most_per_second, "for one account from one address"),
            Counted::Orders(_) => (self.most_per_second, "of one account"),
        };
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        if counted.len() >= MOST_COUNTED {
            counted.retain(|_, (since, _)| since.elapsed() < Duration::from_secs(1));
        }
        let (since, count) = counted.entry(what).or_insert((Instant::now(), 0));
        if since.elapsed() >= Duration::from_secs(1) {
            (*since, *count) = (Instant::now(), 0);
        }
        *count = count.saturating_add(1);
        if *count > most {
            return Err(Problem::new("tooMany", format!("more than {most} in a second {whose}")));
        }
        Ok(())
    }

    /// Takes a place for a connection that stays open.
    ///
    /// # Errors
    /// `tooManyConnections` if there is none.
    pub(crate) fn connect(self: &Arc<Self>, address: IpAddr) -> Result<Place, Problem> {
        let full = |most: usize, whose| {
            Problem::new("tooManyConnections", format!("{most} WebSocket connections are open {whose}"))
        };
        let mut connections = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
        if connections.values().sum::<usize>() >= self.most_connections {
            return Err(full(self.most_connections, "already"));
        }
        let of_address = connections.entry(address).or_default();
        if *of_address >= self.most_connections_per_address {
            return Err(full(self.most_connections_per_address, "from this address already"));
        }
        *of_address += 1;
        Ok(Place { limits: self.clone(), address })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut connections = self.limits.connections.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = connections.get_mut(&self.address) {
            *open = open.saturating_sub(1);
            if *open == 0 {
                connections.remove(&self.address);
            }
        }
    }
}

/// What stands for everybody whom an address may be of.
pub(crate) fn subscriber(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let kept = u128::MAX << (u128::BITS - SUBSCRIBER_BITS);
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & kept))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> Arc<Limits> {
        Limits::new(&Settings {
            most_per_second: 2,
            most_per_address: 3,
            most_connections: 3,
            most_connections_per_address: 2,
            ..Settings::default()
        })
    }

    #[test]
    fn a_stranger_cannot_use_up_what_another_may_ask() {
        let limits = limits();
        let account = Pubkey::from([7; 32]);
        let [own, strangers] = [[127, 0, 0, 1], [127, 0, 0, 2]].map(IpAddr::from);
        for _ in 0..2 {
            limits.count(Counted::Requests(strangers, account)).unwrap();
        }
        let refused = limits.count(Counted::Requests(strangers, account)).unwrap_err();
        assert_eq!(refused.message, "more than 2 in a second for one account from one address");
        limits.count(Counted::Requests(own, account)).unwrap();
        limits.count(Counted::Orders(account)).unwrap();
    }

    #[test]
    fn an_address_may_not_ask_without_end_whomever_it_names() {
        let limits = limits();
        let address = IpAddr::from([127, 0, 0, 1]);
        for _ in 0..3 {
            limits.count(Counted::Address(address)).unwrap();
        }
        assert_eq!(limits.count(Counted::Address(address)).unwrap_err().code, "tooMany");
    }

    #[test]
    fn places_are_limited_and_given_back() {
        let limits = limits();
        let [first, second] = [[127, 0, 0, 1], [127, 0, 0, 2]].map(IpAddr::from);
        let held = limits.connect(first).unwrap();
        let _also = limits.connect(first).unwrap();
        let message = limits.connect(first).err().unwrap().message;
        assert_eq!(message, "2 WebSocket connections are open from this address already");
        let _other = limits.connect(second).unwrap();
        let message = limits.connect(second).err().unwrap().message;
        assert_eq!(message, "3 WebSocket connections are open already");
        drop(held);
        assert!(limits.connect(first).is_ok());
    }

    #[test]
    fn an_address_stands_for_its_subscriber() {
        let of = |text: &str| subscriber(text.parse().unwrap()).to_string();
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(of("::ffff:10.1.2.3"), "10.1.2.3");
        assert_eq!(of("10.1.2.3"), "10.1.2.3");
    }
}

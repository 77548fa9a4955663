//! What is known of an exchange at one time.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use anchor_lang::prelude::Pubkey;
use ballast_client::{Snapshot, accounts};
use ballast_state::{
    Exchange, MarginAccount,
    revaluation::{Moment, Purpose},
};
use tracing::warn;

/// An exchange with its markets, banks and margin accounts, as far as a feed has seen them. Does not change.
#[derive(Clone)]
pub struct View {
    /// The exchange, its markets and banks.
    pub snapshot: Snapshot,
    /// Every margin account of the exchange.
    pub accounts: BTreeMap<Pubkey, Arc<MarginAccount>>,
    /// The network's slot when it was last asked.
    pub slot: u64,
    /// The network's time when it was last asked, Unix seconds.
    pub now: i64,
    /// Counts changes.
    pub version: u64,
    /// Whether subscriptions are open and the network answered lately. Otherwise nothing is sent on what is seen here.
    pub is_live: bool,
}

impl View {
    pub(crate) fn new(address: Pubkey, exchange: Exchange) -> Self {
        Self {
            snapshot: Snapshot::new(address, exchange),
            accounts: BTreeMap::new(),
            slot: 0,
            now: 0,
            version: 0,
            is_live: false,
        }
    }

    /// The moment of checks with this purpose.
    pub fn moment(&self, purpose: Purpose) -> Moment {
        Moment { now: self.now, slot: self.slot, purpose }
    }

    /// Takes in an account as it came. Returns whether anything is different now.
    ///
    /// What comes last holds: notifications of a connection come in the order of changes, and those that arrive during a scan are
    /// taken in after it. Slots do not decide, for there are nodes that stamp every notification with that of the subscription.
    pub(crate) fn take_in(&mut self, address: Pubkey, data: &[u8]) -> bool {
        if data.is_empty() {
            return self.accounts.remove(&address).is_some() || self.snapshot.forget(&address);
        }
        if accounts::is::<MarginAccount>(data) {
            return match accounts::read_margin_account(data) {
                Ok(account) if account.exchange == self.snapshot.address => {
                    let is_new = self
                        .accounts
                        .get(&address)
                        .is_none_or(|known| bytemuck::bytes_of(&**known) != bytemuck::bytes_of(&account));
                    if is_new {
                        self.accounts.insert(address, Arc::new(account));
                    }
                    is_new
                }
                Ok(_) => false,
                Err(error) => {
                    warn!(%address, %error, "a margin account cannot be read");
                    false
                }
            };
        }
        self.snapshot.read(address, data).unwrap_or_else(|error| {
            warn!(%address, %error, "an account cannot be read");
            false
        })
    }

    /// Forgets margin accounts, markets and banks that a scan did not find.
    pub(crate) fn keep_only(&mut self, found: &[Pubkey]) {
        let found: HashSet<_> = found.iter().collect();
        self.accounts.retain(|address, _| found.contains(address));
        self.snapshot.keep_only(|address| found.contains(address));
    }
}

#[cfg(test)]
mod tests {
    use anchor_lang::Discriminator;
    use ballast_client::MarginAccountKey;
    use ballast_state::{Bank, Market, revaluation::Sources, seeds};
    use bytemuck::{Pod, Zeroable};

    use super::*;

    fn data<T: Discriminator + Pod>(account: &T) -> Vec<u8> {
        [T::DISCRIMINATOR, bytemuck::bytes_of(account)].concat()
    }

    /// A view of an exchange with two markets, two banks and two margin accounts, and their addresses in this order.
    fn view() -> (View, [Pubkey; 6]) {
        let exchange = Pubkey::new_unique();
        let mut view = View::new(exchange, Exchange::zeroed());
        let markets = [1, 2].map(|number| {
            let address = seeds::market(&exchange, number).0;
            assert!(view.take_in(address, &data(&Market { exchange, number, ..Market::zeroed() })));
            address
        });
        let banks = [1, 2].map(|number| {
            let address = Pubkey::new_unique();
            assert!(view.take_in(address, &data(&Bank { exchange, number, ..Bank::zeroed() })));
            address
        });
        let accounts = [1, 2].map(|sub_account| {
            let account = MarginAccount { exchange, sub_account, ..MarginAccount::zeroed() };
            let address = MarginAccountKey::of(&account).address();
            assert!(view.take_in(address, &data(&account)));
            address
        });
        (view, [markets[0], markets[1], banks[0], banks[1], accounts[0], accounts[1]])
    }

    /// What is known: numbers of markets, of banks, and how many accounts.
    fn known(view: &View) -> (Vec<u16>, Vec<u16>, usize) {
        let markets = view.snapshot.markets().map(|(_, market)| market.number).collect();
        (markets, view.snapshot.banks().map(|(_, bank)| bank.number).collect(), view.accounts.len())
    }

    #[test]
    fn what_a_scan_does_not_find_is_forgotten_whatever_it_is() {
        let (mut view, addresses) = view();
        assert_eq!(known(&view), (vec![1, 2], vec![1, 2], 2));
        view.keep_only(&[addresses[1], addresses[2], addresses[5]]);
        assert_eq!(known(&view), (vec![2], vec![1], 1));
        assert!(view.snapshot.market(1).is_none() && view.snapshot.bank_address(2).is_none());
        assert!(view.accounts.contains_key(&addresses[5]));
    }

    #[test]
    fn what_is_closed_is_forgotten_at_once() {
        let (mut view, addresses) = view();
        for address in [addresses[0], addresses[3], addresses[4]] {
            assert!(view.take_in(address, &[]), "it was known");
            assert!(!view.take_in(address, &[]), "it is not known any more");
        }
        assert_eq!(known(&view), (vec![2], vec![1], 1));
    }
}

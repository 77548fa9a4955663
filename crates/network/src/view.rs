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
            // Markets and banks that go leave no account behind that could refer to them.
            return self.accounts.remove(&address).is_some();
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

    /// Forgets margin accounts that a scan did not find.
    pub(crate) fn keep_only(&mut self, found: &[Pubkey]) {
        let found: HashSet<_> = found.iter().collect();
        self.accounts.retain(|address, _| found.contains(address));
    }
}

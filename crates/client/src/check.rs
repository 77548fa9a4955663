//! The accounts that a margin check reads.
//!
//! An instruction that checks margin takes, after its named accounts, every market in which the checked accounts hold
//! positions, every bank in which they hold collateral, and, if one of them has positions or owes the lending pool, the
//! quote token's bank: each once, in any order. Markets that the instruction changes must be writable.

use core::fmt;
use std::collections::{BTreeMap, BTreeSet};

use anchor_lang::prelude::AccountMeta;
use ballast_state::MarginAccount;

use crate::Snapshot;

/// Collects the account list of a check.
#[derive(Clone, Debug, Default)]
pub struct CheckAccounts {
    /// Market numbers, and whether the instruction writes to them.
    markets: BTreeMap<u16, bool>,
    banks: BTreeSet<u16>,
    /// Whether an account owes the lending pool, whose books the quote token's bank keeps.
    has_debt: bool,
}

/// The snapshot knows no bank with this number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownBank(pub u16);

impl fmt::Display for UnknownBank {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "bank {} is not part of the snapshot", self.0)
    }
}

impl core::error::Error for UnknownBank {}

impl CheckAccounts {
    /// What checks of these accounts read.
    pub fn of(accounts: &[&MarginAccount]) -> Self {
        let mut list = Self::default();
        for account in accounts {
            let held = account.markets.iter().filter(|market| market.market != 0);
            list.markets.extend(held.map(|market| (market.market, false)));
            list.has_debt |= account.debt > 0;
            list.banks.extend(account.balances.iter().map(|balance| balance.bank).filter(|&bank| bank != 0));
        }
        list
    }

    /// Adds the quote token's bank, as an account that begins to owe the lending pool needs it.
    #[must_use]
    pub fn borrowing(mut self) -> Self {
        self.has_debt = true;
        self
    }

    /// Adds markets that the instruction changes.
    #[must_use]
    pub fn touching(mut self, markets: impl IntoIterator<Item = u16>) -> Self {
        self.markets.extend(markets.into_iter().map(|market| (market, true)));
        self
    }

    /// Numbers of the markets and of the banks whose prices are read.
    pub fn sources(&self, snapshot: &Snapshot) -> (Vec<u16>, Vec<u16>) {
        (self.markets.keys().copied().collect(), self.banks(snapshot).into_iter().collect())
    }

    /// The banks, with the quote token's where it is read.
    fn banks(&self, snapshot: &Snapshot) -> BTreeSet<u16> {
        let mut banks = self.banks.clone();
        if !self.markets.is_empty() || self.has_debt {
            banks.insert(snapshot.exchange.quote_bank_number);
        }
        banks
    }

    /// The list: markets by number, then banks by number.
    ///
    /// # Errors
    /// [`UnknownBank`] if the snapshot lacks a bank.
    pub fn metas(&self, snapshot: &Snapshot) -> Result<Vec<AccountMeta>, UnknownBank> {
        let markets = self.markets.iter().map(|(&number, &is_writable)| {
            Ok(AccountMeta { pubkey: snapshot.market_address(number), is_signer: false, is_writable })
        });
        let banks = self.banks(snapshot).into_iter().map(|number| {
            let address = snapshot.bank_address(number).ok_or(UnknownBank(number))?;
            Ok(AccountMeta::new_readonly(address, false))
        });
        markets.chain(banks).collect()
    }
}

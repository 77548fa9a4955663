//! The books: what must add up over all accounts, whatever happened (docs/architecture.md, invariants 1 and 2).

use std::collections::BTreeMap;

use anchor_lang::prelude::Pubkey;
use ballast_client::accounts;
use ballast_state::{Bank, ExpiryStatus, MarginAccount, Market, PositionKind};

use crate::exchange::Exchange;

/// All accounts of the exchange.
pub struct Books {
    /// Banks with their addresses.
    pub banks: Vec<(Pubkey, Bank)>,
    /// Markets.
    pub markets: Vec<Market>,
    /// Margin accounts with their addresses.
    pub accounts: Vec<(Pubkey, MarginAccount)>,
}

impl Exchange {
    /// Reads all accounts.
    ///
    /// # Panics
    /// If an account cannot be read.
    pub fn books(&self) -> Books {
        let mut books = Books { banks: Vec::new(), markets: Vec::new(), accounts: Vec::new() };
        for (address, account) in self.chain.program_accounts() {
            let data = &account.data;
            // Whatever belongs to an exchange names it first.
            if data.get(8..40) != Some(self.address.as_ref()) {
                continue;
            }
            if accounts::is::<Bank>(data) {
                books.banks.push((address, accounts::read_bank(data).expect("the bank can be read")));
            } else if accounts::is::<Market>(data) {
                books.markets.push(accounts::read_market(data).expect("the market can be read"));
            } else if accounts::is::<MarginAccount>(data) {
                let account = accounts::read_margin_account(data).expect("the margin account can be read");
                books.accounts.push((address, account));
            }
        }
        books
    }

    /// Asserts that every vault holds exactly what the accounts claim, that the lots of every contract sum to zero, and
    /// that open interest and counters match the positions.
    ///
    /// # Panics
    /// If something does not add up.
    pub fn assert_books_balance(&self) {
        let books = self.books();
        let quote_bank = self.state().quote_bank;
        for (address, bank) in &books.banks {
            let held = self.chain.tokens(&bank.vault);
            let owed = if *address == quote_bank { books.quote_owed(bank) } else { books.deposits(bank.number) };
            assert_eq!(i128::from(held), owed, "vault of bank {} against what is owed from it", bank.number);
            if *address != quote_bank {
                assert_eq!(i128::from(bank.deposits), owed, "deposits of bank {}", bank.number);
            }
        }
        for market in &books.markets {
            books.assert_market_balances(market);
        }
        for (address, account) in &books.accounts {
            assert_account_is_well_formed(address, account);
        }
    }
}

impl Books {
    /// Σ cash + Σ pools + insurance.
    fn quote_owed(&self, bank: &Bank) -> i128 {
        let cash: i128 = self.accounts.iter().map(|(_, account)| i128::from(account.cash)).sum();
        let pools: u64 = self
            .markets
            .iter()
            .map(|market| market.perpetual_pool + market.expiries.iter().map(|expiry| expiry.pool).sum::<u64>())
            .sum();
        cash + i128::from(pools) + i128::from(bank.insurance)
    }

    fn deposits(&self, bank: u16) -> i128 {
        let balances = self.accounts.iter().flat_map(|(_, account)| &account.balances);
        balances.filter(|balance| balance.bank == bank).map(|balance| i128::from(balance.amount)).sum()
    }

    fn assert_market_balances(&self, market: &Market) {
        // By kind and number: lots on both sides, lots held long.
        let mut sums: BTreeMap<(u8, u32), (i64, i64)> = BTreeMap::new();
        let mut holders: BTreeMap<u32, u32> = BTreeMap::new();
        for (_, account) in &self.accounts {
            let Some(slot) = account.market_slot(market.number) else { continue };
            for position in account.positions().iter().filter(|position| usize::from(position.market_slot) == slot) {
                let sum = sums.entry((position.kind, position.number)).or_default();
                sum.0 += position.quantity;
                sum.1 += position.quantity.max(0);
                if position.kind() != PositionKind::Perpetual {
                    *holders.entry(market.expiries[usize::from(position.expiry_slot)].number).or_default() += 1;
                }
            }
        }
        for ((kind, number), (sum, _)) in &sums {
            // Accounts leave a settled expiry one by one.
            if !is_settled(market, *kind, *number) {
                assert_eq!(*sum, 0, "lots of contract {number} of kind {kind} in market {}", market.number);
            }
        }
        let long = |kind: PositionKind, number| sums.get(&(kind as u8, number)).map_or(0, |(_, long)| *long as u64);
        let perpetual = long(PositionKind::Perpetual, 0);
        assert_eq!(market.perpetual_open_interest, perpetual, "open interest of perpetual {}", market.number);
        for (slot, expiry) in market.expiries.iter().enumerate().filter(|(_, expiry)| expiry.number != 0) {
            let mut open = long(PositionKind::Future, expiry.number);
            let series = market.series.iter().filter(|series| series.number != 0);
            for series in series.filter(|series| usize::from(series.expiry_slot) == slot) {
                let held = long(PositionKind::Call, series.number) + long(PositionKind::Put, series.number);
                assert_eq!(series.open_interest, held, "open interest of series {}", series.number);
                open += held;
            }
            assert_eq!(expiry.open_interest, open, "open interest of expiry {}", expiry.number);
            let holders = holders.get(&expiry.number).copied().unwrap_or(0);
            assert_eq!(expiry.position_count, holders, "positions that refer to expiry {}", expiry.number);
            assert!(expiry.status() != ExpiryStatus::Free, "expiry {} has a status", expiry.number);
        }
    }
}

/// Whether a contract's expiry is settled.
fn is_settled(market: &Market, kind: u8, number: u32) -> bool {
    let expiry = if kind == PositionKind::Future as u8 {
        market.expiries.iter().find(|expiry| expiry.number == number)
    } else {
        let series = market.series.iter().find(|series| series.number == number);
        series.map(|series| &market.expiries[usize::from(series.expiry_slot)])
    };
    kind != PositionKind::Perpetual as u8 && expiry.is_some_and(|expiry| expiry.status() == ExpiryStatus::Settled)
}

/// Positions come first, sorted by what revaluation relies on; slots and counters match; nobody owes cash.
fn assert_account_is_well_formed(address: &Pubkey, account: &MarginAccount) {
    assert!(account.cash >= 0, "cash of {address}");
    let mut counts = [0_u8; 8];
    for position in account.positions() {
        assert!(position.kind() != PositionKind::None, "free slot among the positions of {address}");
        counts[usize::from(position.market_slot)] += 1;
    }
    for (held, count) in account.markets.iter().zip(counts) {
        assert_eq!(held.position_count, count, "positions by market of {address}");
        assert_eq!(held.market != 0, count != 0, "market slots of {address}");
    }
    let groups = account.positions().iter().map(|position| position.order(0));
    let groups: Vec<_> = groups.map(|(market, group, _, _)| (market, group)).collect();
    assert!(groups.is_sorted(), "positions of {address} are sorted");
    let free = account.positions.iter().skip(usize::from(account.position_count));
    assert!(free.clone().all(|position| position.kind() == PositionKind::None), "slots beyond the last of {address}");
    for balance in account.balances.iter().filter(|balance| balance.bank != 0) {
        assert!(balance.amount > 0 && balance.hedge <= balance.amount, "balance in bank {} of {address}", balance.bank);
    }
}

//! The books: what must add up over all accounts, whatever happened (docs/architecture.md, invariants 1 and 2).

use std::collections::BTreeMap;

use anchor_lang::prelude::Pubkey;
use ballast_client::accounts;
use ballast_risk::gain_cut::CutIndex;
use ballast_state::{Bank, ExpiryStatus, MarginAccount, Market, PositionKind, Stake};

use crate::exchange::Exchange;

/// Most that rounding of cuts leaves in a pool over a test, µUSD.
const CUT_RESIDUE: i128 = 10_000;

/// All accounts of the exchange.
pub struct Books {
    /// Banks with their addresses.
    pub banks: Vec<(Pubkey, Bank)>,
    /// Markets.
    pub markets: Vec<Market>,
    /// Margin accounts with their addresses.
    pub accounts: Vec<(Pubkey, MarginAccount)>,
    /// Stakes in the insurance fund.
    pub stakes: Vec<Stake>,
}

/// What a bank's vault holds against what is owed from it: native units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vault {
    /// The bank's number.
    pub bank: u16,
    /// Tokens in the vault.
    pub held: i128,
    /// What all claims on it add up to.
    pub owed: i128,
}

impl Exchange {
    /// Reads all accounts.
    ///
    /// # Panics
    /// If an account cannot be read.
    pub fn books(&self) -> Books {
        let mut books = Books { banks: Vec::new(), markets: Vec::new(), accounts: Vec::new(), stakes: Vec::new() };
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
            } else if accounts::is::<Stake>(data) {
                books.stakes.push(accounts::read_stake(data).expect("the stake can be read"));
            }
        }
        books
    }

    /// What every vault holds against what is owed from it.
    pub fn vaults(&self, books: &Books) -> Vec<Vault> {
        let quote_bank = self.state().quote_bank;
        let vault = |(address, bank): &(Pubkey, Bank)| Vault {
            bank: bank.number,
            held: i128::from(self.chain.tokens(&bank.vault)),
            owed: if *address == quote_bank { books.quote_owed(bank) } else { books.deposits(bank.number) },
        };
        books.banks.iter().map(vault).collect()
    }

    /// Asserts that every vault holds exactly what the accounts claim, that the lots of every contract sum to zero, and
    /// that open interest and counters match the positions.
    ///
    /// # Panics
    /// If something does not add up.
    pub fn assert_books_balance(&self) {
        let books = self.books();
        for Vault { bank, held, owed } in self.vaults(&books) {
            assert_eq!(held, owed, "vault of bank {bank} against what is owed from it");
        }
        let quote_bank = self.state().quote_bank;
        for (address, bank) in &books.banks {
            books.assert_lending_balances(*address == quote_bank, bank);
            if *address == quote_bank {
                books.assert_stakes_fit(bank);
                let bankrupt = books.accounts.iter().filter(|(_, account)| account.is_bankrupt != 0).count();
                assert_eq!(bank.open_bankruptcies as usize, bankrupt, "accounts on record as bankrupt");
            } else {
                assert_eq!(i128::from(bank.deposits), books.deposits(bank.number), "deposits of bank {}", bank.number);
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
    /// Σ cash + what the lending pool has not lent out + Σ pools + Σ fees not swept yet + insurance.
    fn quote_owed(&self, bank: &Bank) -> i128 {
        let cash: i128 = self.accounts.iter().map(|(_, account)| i128::from(account.cash)).sum();
        let pools: u64 = self
            .markets
            .iter()
            .map(|market| market.perpetual_pool + market.expiries.iter().map(|expiry| expiry.pool).sum::<u64>())
            .sum();
        let fees: u64 = self.markets.iter().map(|market| market.fees).sum();
        cash + i128::from(bank.lending.liquidity()) + i128::from(pools) + i128::from(fees) + i128::from(bank.insurance)
    }

    /// Debts and shares of all accounts match the pool's books, what belongs to lenders and insurance fund is there or
    /// lent out, and debts with all their interest cover what the pool counts on. Only the quote bank has a pool.
    fn assert_lending_balances(&self, is_quote: bool, bank: &Bank) {
        let pool = &bank.lending;
        if !is_quote {
            assert!(bytemuck::bytes_of(pool).iter().all(|&byte| byte == 0), "lending pool of bank {}", bank.number);
            return;
        }
        let sum = |of: fn(&MarginAccount) -> u64| self.accounts.iter().map(|(_, account)| of(account)).sum::<u64>();
        assert_eq!(pool.borrowed, sum(|account| account.debt), "debts to the lending pool");
        assert_eq!(pool.shares, sum(|account| account.lending_shares), "shares of the lending pool");
        assert!(
            pool.assets + pool.insurance_due >= pool.owed(),
            "the lending pool lent what it does not have: {pool:?}"
        );
        let debts = self.accounts.iter().map(|(_, account)| account.debt_at(pool.index).expect("debts are in range"));
        assert!(debts.sum::<u64>() >= pool.owed(), "the lending pool counts on more than is owed to it: {pool:?}");
    }

    /// What a perpetual's holders are owed, less what is pending of cuts, is what its pool holds and what nobody bore of
    /// cuts, but for what cuts round up by; and no more gains are counted than accounts remember.
    fn assert_perpetual_balances(&self, market: &Market) {
        let (mut ledgers, mut gains, mut holders, mut largest) = (0_i128, 0_i128, 0_i128, 0_i64);
        for (_, account) in &self.accounts {
            let Some(slot) = account.market_slot(market.number) else { continue };
            let held = &account.markets[slot];
            let perpetual = account.find_position(slot, PositionKind::Perpetual, 0);
            let ledger = perpetual.map_or(0, |index| {
                let position = &account.positions[index];
                i128::from(position.ledger) + i128::from(market.pending_funding(position))
            });
            ledgers += ledger - i128::from(held.pending_cut(market));
            gains += i128::from(held.perpetual_gain - held.pending_cut(market));
            holders += 1;
            largest = largest.max(held.perpetual_gain);
        }
        let residue = i128::from(market.perpetual_pool) + i128::from(market.uncollected_cut) - ledgers;
        assert!((0..CUT_RESIDUE).contains(&residue), "pool of perpetual {} holds {residue} µUSD more", market.number);
        let counted = CutIndex(market.perpetual_gain_index).worth(market.perpetual_gain_units);
        let rounding = cut_rounding(largest, holders);
        assert!(i128::from(counted) <= gains + rounding, "gains on perpetual {}: {counted} of {gains}", market.number);
    }

    /// Once everybody who held a settled expiry has a claim, claims add up to its pool, but for what rounding left there.
    fn assert_claims_balance(&self, market: &Market) {
        for (slot, expiry) in market.expiries.iter().enumerate().filter(|(_, expiry)| expiry.number != 0) {
            let (mut owed, mut credits, mut claims, mut largest) = (0_i128, 0_i128, 0_u32, 0_i64);
            for (_, account) in &self.accounts {
                let Some(held) = account.market_slot(market.number) else { continue };
                let index = account.find_position(held, PositionKind::Claim, expiry.number);
                let Some(position) = index.map(|index| &account.positions[index]) else { continue };
                assert_eq!(usize::from(position.expiry_slot), slot, "slot of a claim");
                let left = i128::from(position.ledger - position.pending_claim_cut(expiry));
                (owed, credits, claims) = (owed + left, credits + left.max(0), claims + 1);
                largest = largest.max(position.ledger);
            }
            assert_eq!(expiry.claim_count, claims, "claims on expiry {}", expiry.number);
            let counted = CutIndex(expiry.credit_index).worth(expiry.credit_units);
            let rounding = cut_rounding(largest, claims.into());
            assert!(i128::from(counted) <= credits + rounding, "{counted} of {credits} owed to claims");
            let uncollected = if market.perpetual_settles_with(slot as u8) { market.uncollected_cut } else { 0 };
            let residue = i128::from(expiry.pool) + i128::from(uncollected) - owed;
            let is_settled = market.is_wholly_settled(slot as u8);
            assert!(!is_settled || residue >= 0, "expiry {} lacks {residue} µUSD", expiry.number);
        }
    }

    /// The stakes' shares are part of the fund's, and what they are worth part of what it holds.
    fn assert_stakes_fit(&self, bank: &Bank) {
        let valid = self.stakes.iter().filter(|stake| stake.epoch == bank.insurance_epoch);
        assert!(valid.clone().all(|stake| stake.requested_shares <= stake.shares), "notice for shares that are there");
        let staked: u64 = valid.map(|stake| stake.shares).sum();
        assert!(staked <= bank.insurance_shares, "{staked} shares of stakes, {} in all", bank.insurance_shares);
        assert!(bank.insurance_fund().worth(staked) <= bank.insurance, "stakes are covered by the insurance fund");
    }

    fn deposits(&self, bank: u16) -> i128 {
        let balances = self.accounts.iter().flat_map(|(_, account)| &account.balances);
        balances.filter(|balance| balance.bank == bank).map(|balance| i128::from(balance.amount)).sum()
    }

    fn assert_market_balances(&self, market: &Market) {
        // By kind and number: lots on both sides, lots held long.
        let mut sums: BTreeMap<(u8, u32), (i64, i64)> = BTreeMap::new();
        let mut holders: BTreeMap<u32, u32> = BTreeMap::new();
        let mut perpetuals = 0;
        for (_, account) in &self.accounts {
            let Some(slot) = account.market_slot(market.number) else { continue };
            for position in account.positions().iter().filter(|position| usize::from(position.market_slot) == slot) {
                let sum = sums.entry((position.kind, position.number)).or_default();
                sum.0 += position.quantity;
                sum.1 += position.quantity.max(0);
                if position.kind() == PositionKind::Perpetual {
                    perpetuals += 1;
                } else {
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
        assert_eq!(market.perpetual_position_count, perpetuals, "positions in perpetual {}", market.number);
        if !is_settled(market, PositionKind::Perpetual as u8, 0) {
            self.assert_perpetual_balances(market);
        }
        self.assert_claims_balance(market);
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

/// By how much an index of cuts may count more than its holders have: what is pending of cuts rounds up by one µUSD for each
/// holder, and, once the index was halved, by its resolution, one part in 2^48 of the largest amount that was remembered.
fn cut_rounding(largest: i64, holders: i128) -> i128 {
    holders * (1 + i128::from(largest >> 47))
}

/// Whether a contract's expiry is settled.
fn is_settled(market: &Market, kind: u8, number: u32) -> bool {
    let expiry = if kind == PositionKind::Perpetual as u8 {
        market.perpetual_expiry()
    } else if kind == PositionKind::Future as u8 {
        market.expiries.iter().find(|expiry| expiry.number == number)
    } else {
        let series = market.series.iter().find(|series| series.number == number);
        series.map(|series| &market.expiries[usize::from(series.expiry_slot)])
    };
    expiry.is_some_and(|expiry| expiry.status() == ExpiryStatus::Settled)
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

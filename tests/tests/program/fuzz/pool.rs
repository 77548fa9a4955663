//! The lending pool, computed anew (docs/margin-model.md, section 15).

use anchor_lang::prelude::Pubkey;
use ballast_state::{ExchangeParameters, LendingPool};

use super::{
    action::Done,
    ledger::{Account, Ledger, share_ceil},
};

/// One, in the scale of an index.
const INDEX_ONE: i128 = 1 << 48;
/// One, in the scale of ratios.
const ONE: i128 = 1 << 30;
/// Seconds of a year.
const YEAR: i128 = 365 * 86_400;
/// Shares and µUSD that count beside the real ones in the price of a share.
const VIRTUAL: i128 = 1_000_000;

/// The pool's books, µUSD unless said otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pool {
    /// What belongs to the lenders.
    pub assets: i128,
    /// Their shares.
    pub shares: i128,
    /// Debts as they stand in the accounts.
    pub borrowed: i128,
    /// Interest that no account was charged yet.
    pub uncollected: i128,
    /// The insurance fund's part of the interest that has not moved there.
    pub insurance_due: i128,
    /// What a debt of one has grown to, scale 2^-48.
    pub index: i128,
    /// When interest last accrued, Unix seconds.
    pub accrued_at: i128,
}

impl Pool {
    /// What a bank holds.
    pub fn on_chain(pool: &LendingPool) -> Self {
        let [assets, shares, borrowed, uncollected, insurance_due, index] =
            [pool.assets, pool.shares, pool.borrowed, pool.uncollected, pool.insurance_due, pool.index].map(i128::from);
        Self { assets, shares, borrowed, uncollected, insurance_due, index, accrued_at: pool.accrued_at.into() }
    }

    /// Tokens that are not lent out.
    pub fn liquidity(&self) -> i128 {
        self.assets + self.insurance_due - self.owed()
    }

    fn owed(&self) -> i128 {
        self.borrowed + self.uncollected
    }

    /// Shares for cash that is lent, rounded down.
    pub fn shares_for(&self, amount: i128) -> i128 {
        amount * (self.shares + VIRTUAL) / (self.assets + VIRTUAL)
    }

    /// Cash for shares, rounded down.
    pub fn cash_for(&self, shares: i128) -> i128 {
        (shares * (self.assets + VIRTUAL) / (self.shares + VIRTUAL)).min(self.assets)
    }

    fn accrue(&mut self, parameters: &ExchangeParameters, now: i128) {
        let elapsed = (now - self.accrued_at).max(0);
        self.accrued_at = self.accrued_at.max(now);
        if self.index == 0 {
            self.index = INDEX_ONE;
            return;
        }
        let owed = self.owed();
        if owed == 0 || elapsed == 0 {
            return;
        }
        let used = if self.assets == 0 { ONE } else { (owed * ONE / self.assets).min(ONE) };
        let seconds = elapsed.min(parameters.lending_catch_up_seconds.into());
        let growth = div_ceil(rate(parameters, used) * seconds * (INDEX_ONE / ONE), YEAR);
        let interest = owed * growth / INDEX_ONE;
        let insurance = share_ceil(parameters.lending_insurance_share, interest).min(interest);
        self.index += div_ceil(self.index * growth, INDEX_ONE);
        self.uncollected += interest;
        self.insurance_due += insurance;
        self.assets += interest - insurance;
    }
}

/// Interest per year where this share is lent out, scale 2^-30: two straight lines that meet at the kink.
fn rate(parameters: &ExchangeParameters, used: i128) -> i128 {
    let [base, kink, middle, highest] = [
        parameters.lending_rate_base,
        parameters.lending_kink,
        parameters.lending_rate_kink,
        parameters.lending_rate_highest,
    ]
    .map(i128::from);
    if used <= kink {
        base + (middle - base) * used / kink
    } else {
        middle + (highest - middle) * (used - kink) / (ONE - kink)
    }
}

fn div_ceil(dividend: i128, divisor: i128) -> i128 {
    -(-dividend).div_euclid(divisor)
}

/// A debt at an index, µUSD, rounded up.
pub fn debt_at(account: &Account, index: i128) -> i128 {
    if account.debt == 0 { 0 } else { div_ceil(account.debt * index, account.debt_index) }
}

impl Ledger {
    /// Accrues interest up to now, and moves the insurance fund's part there as far as the pool has tokens.
    pub fn accrue_interest(&mut self, done: &Done) {
        self.lending.accrue(&done.before.snapshot.exchange.parameters, done.before.now.into());
        let due = self.lending.insurance_due.min(self.lending.liquidity());
        self.lending.insurance_due -= due;
        self.insurance += due;
    }

    /// Charges an account the interest on its debt. What rounding adds is the insurance fund's.
    pub fn charge_interest(&mut self, address: &Pubkey) {
        let index = self.lending.index;
        let account = self.account(address);
        let debt = debt_at(account, index);
        let interest = debt - account.debt;
        (account.debt, account.debt_index) = (debt, index);
        let counted_on = interest.min(self.lending.uncollected);
        self.lending.uncollected -= counted_on;
        self.lending.insurance_due += interest - counted_on;
        self.lending.borrowed += interest;
    }
}

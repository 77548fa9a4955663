//! The lending pool: whoever lends cash owns shares of it, and debts to it grow with an index.
//!
//! Interest accrues to the pool as a whole; an account's debt follows when the account is charged. Rounding keeps the
//! debts, brought up to date, at or above what the pool counts on, so that nothing it counts on is missing in the end.

use core::fmt;

use ballast_risk::{
    MicroUsd, Ratio,
    lending::{INDEX_ONE, LendingRules},
    num,
};

use crate::{Bank, ExchangeParameters, LendingPool, MarginAccount};

/// Shares and µUSD that the pool counts beside the real ones when it prices a share: what lenders pay in is worth far
/// more than what rounding could take from them, even if the pool is empty but for one unit of an attacker.
const VIRTUAL: u64 = 1_000_000;

/// Why the pool refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LendingRefusal {
    /// What was asked for comes to nothing.
    Nothing,
    /// Less is there than was asked for.
    Illiquid {
        /// What is there, µUSD.
        available: u64,
        /// What was asked for, µUSD.
        asked: u64,
    },
    /// The account holds less.
    Insufficient {
        /// What it holds: cash in µUSD, or shares.
        held: u64,
        /// What was asked for.
        asked: u64,
    },
    /// A sum is out of range.
    Overflow,
}

impl fmt::Display for LendingRefusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => formatter.write_str("nothing would move"),
            Self::Illiquid { available, asked } => {
                write!(formatter, "the pool has {available} µUSD available, {asked} were asked for")
            }
            Self::Insufficient { held, asked } => write!(formatter, "the account holds {held}, {asked} were asked for"),
            Self::Overflow => formatter.write_str("a sum is out of range"),
        }
    }
}

impl core::error::Error for LendingRefusal {}

impl ExchangeParameters {
    /// Rules of the lending pool, for the engine.
    pub fn lending_rules(&self) -> LendingRules {
        LendingRules {
            rate_base: Ratio::from_bits(self.lending_rate_base),
            kink: Ratio::from_bits(self.lending_kink),
            rate_kink: Ratio::from_bits(self.lending_rate_kink),
            rate_highest: Ratio::from_bits(self.lending_rate_highest),
            insurance_share: Ratio::from_bits(self.lending_insurance_share),
            catch_up_seconds: self.lending_catch_up_seconds,
        }
    }
}

impl Bank {
    /// Brings the interest of the quote bank's pool up to now: debts grow by the index, the lenders' assets by their
    /// part of the interest. The insurance fund's part moves there as far as the pool has the tokens.
    pub fn accrue_interest(&mut self, rules: &LendingRules, now: i64) {
        self.lending.accrue(rules, now);
        let due = self.lending.insurance_due.min(self.lending.liquidity());
        self.lending.insurance_due -= due;
        self.insurance = self.insurance.saturating_add(due);
    }
}

impl LendingPool {
    /// What borrowers owe, µUSD: stored debts and the interest that they were not charged yet.
    pub fn owed(&self) -> u64 {
        self.borrowed.saturating_add(self.uncollected)
    }

    /// Tokens that the pool has and has not lent out, µUSD.
    pub fn liquidity(&self) -> u64 {
        self.assets.saturating_add(self.insurance_due).saturating_sub(self.owed())
    }

    fn accrue(&mut self, rules: &LendingRules, now: i64) {
        let elapsed = now.saturating_sub(self.accrued_at).max(0).unsigned_abs();
        let is_first = self.index == 0;
        self.accrued_at = self.accrued_at.max(now);
        if is_first {
            self.index = INDEX_ONE;
        }
        let owed = self.owed();
        if is_first || owed == 0 || elapsed == 0 {
            return;
        }
        let growth = rules.growth(LendingRules::utilisation(owed, self.assets), elapsed);
        // Debts round up and the pool's interest down.
        let index = num::mul_div_ceil(self.index, growth, INDEX_ONE).and_then(|rise| self.index.checked_add(rise));
        let interest = num::mul_div_floor(owed, growth, INDEX_ONE).filter(|&interest| interest <= i64::MAX as u64 / 2);
        let (Some(index), Some(interest)) = (index, interest) else { return };
        let insurance = num::mul_div_ceil(interest, u64::from(rules.insurance_share.to_bits()), 1 << 30);
        let insurance = insurance.unwrap_or(interest).min(interest);
        self.index = index;
        self.uncollected = self.uncollected.saturating_add(interest);
        self.insurance_due = self.insurance_due.saturating_add(insurance);
        self.assets = self.assets.saturating_add(interest - insurance);
    }

    /// Brings an account's debt up to the index. What rounding adds beyond what the pool counted on is the insurance
    /// fund's. Returns the debt.
    ///
    /// # Errors
    /// [`LendingRefusal::Overflow`].
    pub fn charge(&mut self, account: &mut MarginAccount) -> Result<u64, LendingRefusal> {
        let debt = account.debt_at(self.index).ok_or(LendingRefusal::Overflow)?;
        let interest = debt.saturating_sub(account.debt);
        let counted_on = interest.min(self.uncollected);
        self.uncollected -= counted_on;
        self.insurance_due = self.insurance_due.saturating_add(interest - counted_on);
        self.borrowed = self.borrowed.checked_add(interest).ok_or(LendingRefusal::Overflow)?;
        (account.debt, account.debt_index) = (debt, self.index);
        Ok(debt)
    }

    /// Lends cash of an account to the pool. Returns the shares, rounded down.
    ///
    /// # Errors
    /// [`LendingRefusal::Nothing`] if it comes to no share, [`LendingRefusal::Insufficient`],
    /// [`LendingRefusal::Overflow`].
    pub fn lend(&mut self, account: &mut MarginAccount, amount: u64) -> Result<u64, LendingRefusal> {
        let (all_shares, all_assets) = self.with_virtual()?;
        let shares = num::mul_div_floor(amount, all_shares, all_assets).ok_or(LendingRefusal::Overflow)?;
        if shares == 0 {
            return Err(LendingRefusal::Nothing);
        }
        account.pay(amount)?;
        self.assets = self.assets.checked_add(amount).ok_or(LendingRefusal::Overflow)?;
        self.shares = self.shares.checked_add(shares).ok_or(LendingRefusal::Overflow)?;
        account.lending_shares = account.lending_shares.checked_add(shares).ok_or(LendingRefusal::Overflow)?;
        Ok(shares)
    }

    /// Takes shares of an account back for cash. Returns the cash, rounded down. With the last share and the last debt
    /// gone, what rounding left is the insurance fund's.
    ///
    /// # Errors
    /// [`LendingRefusal::Nothing`], [`LendingRefusal::Insufficient`], [`LendingRefusal::Illiquid`],
    /// [`LendingRefusal::Overflow`].
    pub fn unlend(&mut self, account: &mut MarginAccount, shares: u64) -> Result<u64, LendingRefusal> {
        let held = account.lending_shares;
        account.lending_shares =
            held.checked_sub(shares).ok_or(LendingRefusal::Insufficient { held, asked: shares })?;
        let (all_shares, all_assets) = self.with_virtual()?;
        let amount = num::mul_div_floor(shares, all_assets, all_shares).ok_or(LendingRefusal::Overflow)?;
        let amount = amount.min(self.assets);
        if amount == 0 {
            return Err(LendingRefusal::Nothing);
        }
        self.require_liquid(amount)?;
        account.receive(amount)?;
        self.assets -= amount;
        self.shares = self.shares.checked_sub(shares).ok_or(LendingRefusal::Overflow)?;
        if self.shares == 0 && self.owed() == 0 {
            self.insurance_due = self.insurance_due.saturating_add(core::mem::take(&mut self.assets));
        }
        Ok(amount)
    }

    /// Lends an account cash out of the pool: cash and debt rise alike. Interest has accrued. Returns the debt.
    ///
    /// # Errors
    /// [`LendingRefusal::Nothing`], [`LendingRefusal::Illiquid`], [`LendingRefusal::Overflow`].
    pub fn borrow(&mut self, account: &mut MarginAccount, amount: u64) -> Result<u64, LendingRefusal> {
        if amount == 0 {
            return Err(LendingRefusal::Nothing);
        }
        let debt = self.charge(account)?;
        self.require_liquid(amount)?;
        account.receive(amount)?;
        account.debt = debt.checked_add(amount).ok_or(LendingRefusal::Overflow)?;
        self.borrowed = self.borrowed.checked_add(amount).ok_or(LendingRefusal::Overflow)?;
        Ok(account.debt)
    }

    /// Pays an account's debt back out of its cash, at most all of it. Interest has accrued. Returns what was paid.
    ///
    /// # Errors
    /// [`LendingRefusal::Nothing`], [`LendingRefusal::Insufficient`], [`LendingRefusal::Overflow`].
    pub fn repay(&mut self, account: &mut MarginAccount, amount: u64) -> Result<u64, LendingRefusal> {
        let debt = self.charge(account)?;
        let amount = amount.min(debt);
        if amount == 0 {
            return Err(LendingRefusal::Nothing);
        }
        account.pay(amount)?;
        account.debt = debt - amount;
        self.borrowed = self.borrowed.checked_sub(amount).ok_or(LendingRefusal::Overflow)?;
        Ok(amount)
    }

    /// Makes up to `wanted` of a loss good to the account that took it over, at the lenders' cost: forgives its debt, then
    /// pays out tokens that are not lent out. Interest has accrued. Returns what it is.
    ///
    /// # Errors
    /// [`LendingRefusal::Overflow`].
    pub fn absorb(&mut self, taker: &mut MarginAccount, wanted: MicroUsd) -> Result<MicroUsd, LendingRefusal> {
        let debt = self.charge(taker)?;
        let wanted = wanted.gain().0.unsigned_abs().min(self.assets);
        let forgiven = wanted.min(debt);
        taker.debt = debt - forgiven;
        self.borrowed = self.borrowed.checked_sub(forgiven).ok_or(LendingRefusal::Overflow)?;
        self.assets -= forgiven;
        let paid = (wanted - forgiven).min(self.liquidity());
        taker.receive(paid)?;
        self.assets -= paid;
        // At most the amount that was wanted.
        Ok(MicroUsd((forgiven + paid) as i64))
    }

    fn require_liquid(&self, asked: u64) -> Result<(), LendingRefusal> {
        let available = self.liquidity();
        if asked > available { Err(LendingRefusal::Illiquid { available, asked }) } else { Ok(()) }
    }

    /// Shares and assets, the virtual ones included.
    fn with_virtual(&self) -> Result<(u64, u64), LendingRefusal> {
        let add = |amount: u64| amount.checked_add(VIRTUAL).ok_or(LendingRefusal::Overflow);
        Ok((add(self.shares)?, add(self.assets)?))
    }
}

impl MarginAccount {
    /// The debt at an index of the pool, µUSD, rounded up. `None` if it is out of range.
    pub fn debt_at(&self, index: u64) -> Option<u64> {
        if self.debt == 0 {
            return Some(0);
        }
        num::mul_div_ceil(self.debt, index.max(self.debt_index), self.debt_index).filter(|&debt| debt <= 1 << 60)
    }

    /// Cash less debt at an index of the pool, what a check counts.
    pub fn net_cash(&self, index: u64) -> Option<MicroUsd> {
        Some(MicroUsd(self.cash) - MicroUsd(i64::try_from(self.debt_at(index)?).ok()?))
    }

    /// Passes part of the debt to another account. Both have been charged at the same index.
    ///
    /// # Errors
    /// [`LendingRefusal::Insufficient`], [`LendingRefusal::Overflow`].
    pub fn pass_debt(&mut self, to: &mut Self, part: u64) -> Result<(), LendingRefusal> {
        let held = self.debt;
        self.debt = held.checked_sub(part).ok_or(LendingRefusal::Insufficient { held, asked: part })?;
        to.debt = to.debt.checked_add(part).ok_or(LendingRefusal::Overflow)?;
        Ok(())
    }

    fn pay(&mut self, amount: u64) -> Result<(), LendingRefusal> {
        let held = self.cash.max(0).unsigned_abs();
        if amount > held {
            return Err(LendingRefusal::Insufficient { held, asked: amount });
        }
        self.cash -= amount as i64;
        Ok(())
    }

    fn receive(&mut self, amount: u64) -> Result<(), LendingRefusal> {
        self.cash = self.cash.checked_add_unsigned(amount).ok_or(LendingRefusal::Overflow)?;
        Ok(())
    }
}

//! Shares in the insurance fund (docs/margin-model.md, section 8).
//!
//! Whoever stakes buys shares at what a share is worth, and leaves at what it is worth then: income and losses fall on all
//! shares alike. What the fund held while nobody had a stake in it belongs to shares of the protocol's own, which never
//! leave. They are worth at least [`PROTOCOL_MINIMUM`] when a stake comes in, so a donation to the fund always goes to them
//! too, and no share can be made so dear that rounding takes a noticeable part of somebody's stake.

use crate::{num, quantity::MicroUsd};

/// Least value of the protocol's own shares when the first stake comes in, µUSD. If the fund holds less, that stake makes
/// it up.
pub const PROTOCOL_MINIMUM: u64 = 1_000_000;

/// Losses after which a share, worth one µUSD at first, is void: below 2^-16 µUSD.
const VOID_SHIFT: u32 = 16;

/// What the fund holds, and the shares in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fund {
    /// µUSD.
    pub assets: u64,
    /// All shares, the protocol's own included; zero before the first stake, and again once shares are void.
    pub shares: u64,
}

impl Fund {
    /// Takes in `amount` µUSD and returns the shares that it buys, rounded down. `None`, and the fund is as it was, if it
    /// buys none or a sum leaves its range.
    pub fn stake(&mut self, amount: u64) -> Option<u64> {
        let before = *self;
        let bought = self.buy(amount).filter(|&shares| shares > 0);
        if bought.is_none() {
            *self = before;
        }
        bought
    }

    fn buy(&mut self, amount: u64) -> Option<u64> {
        let mut priced = amount;
        if self.shares == 0 {
            let made_up = PROTOCOL_MINIMUM.saturating_sub(self.assets);
            priced = amount.checked_sub(made_up)?;
            self.assets = self.assets.checked_add(made_up)?;
            self.shares = self.assets;
        }
        let bought = num::mul_div_floor(priced, self.shares, self.assets)?;
        self.assets = self.assets.checked_add(priced)?;
        self.shares = self.shares.checked_add(bought)?;
        Some(bought)
    }

    /// What shares are worth, µUSD, rounded down.
    pub fn worth(&self, shares: u64) -> u64 {
        num::mul_div_floor(shares.min(self.shares), self.assets, self.shares).unwrap_or(0)
    }

    /// Pays shares out and returns what they were worth, rounded down: what rounding leaves stays with the other shares.
    pub fn unstake(&mut self, shares: u64) -> u64 {
        let paid = self.worth(shares);
        self.assets = self.assets.saturating_sub(paid);
        self.shares = self.shares.saturating_sub(shares);
        paid
    }

    /// Takes a loss out of the fund, at most what it holds. Returns whether that voids all shares, because each has lost
    /// nearly everything: what is left then belongs to the protocol, and stakes begin anew.
    pub fn draw(&mut self, loss: MicroUsd) -> bool {
        self.assets = self.assets.saturating_sub(loss.gain().0.unsigned_abs());
        let is_void = self.shares > 0 && self.assets <= self.shares >> VOID_SHIFT;
        if is_void {
            self.shares = 0;
        }
        is_void
    }
}

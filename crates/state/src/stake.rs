//! A stake in the insurance fund.

use anchor_lang::prelude::*;
use ballast_risk::insurance::Fund;

use crate::Bank;

/// One owner's shares in the insurance fund, and the notice given for leaving it.
#[account(zero_copy)]
#[derive(Debug)]
pub struct Stake {
    /// The exchange whose fund it is.
    pub exchange: Pubkey,
    /// Who may stake, give notice and leave.
    pub owner: Pubkey,
    /// Shares held. They bear losses until they are paid out, whether notice was given or not.
    pub shares: u64,
    /// Shares for which notice was given; at most `shares`.
    pub requested_shares: u64,
    /// When it was given, Unix seconds.
    pub requested_at: i64,
    /// [`Bank::insurance_epoch`] in which the shares were bought: those of an earlier one are void.
    pub epoch: u32,
    /// [`LAYOUT_VERSION`](crate::LAYOUT_VERSION) at creation.
    pub version: u8,
    /// Bump of the address.
    pub bump: u8,
    /// Zero.
    pub padding: [u8; 2],
    /// Zero.
    pub reserved: [u64; 8],
}

impl Stake {
    /// Forgets shares that losses made void.
    pub fn bring_to(&mut self, epoch: u32) {
        if self.epoch != epoch {
            (self.epoch, self.shares, self.requested_shares) = (epoch, 0, 0);
        }
    }

    /// Whether notice was given long enough ago for the shares to leave, and not so long ago that it has lapsed: it holds
    /// for one cool-down beyond its end, so that nobody keeps a way out open for good.
    pub fn may_leave(&self, now: i64, cooldown_seconds: u32) -> bool {
        let waited = now.saturating_sub(self.requested_at);
        let cooldown = i64::from(cooldown_seconds);
        (cooldown..=cooldown.saturating_mul(2)).contains(&waited)
    }
}

impl Bank {
    /// The insurance fund that the quote bank keeps.
    pub fn insurance_fund(&self) -> Fund {
        Fund { assets: self.insurance, shares: self.insurance_shares }
    }

    /// Writes the fund back.
    pub fn set_insurance_fund(&mut self, fund: Fund) {
        (self.insurance, self.insurance_shares) = (fund.assets, fund.shares);
    }
}

const _: () = assert!(size_of::<Stake>() == 2 * 32 + 3 * 8 + 8 + 8 * 8);

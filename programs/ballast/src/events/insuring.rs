//! The insurance fund, and bankruptcies.

use anchor_lang::prelude::*;
use ballast_risk::MicroUsd;

/// A stake in the insurance fund was opened.
#[event]
pub struct StakeOpened {
    /// The stake.
    pub stake: Pubkey,
    /// Its owner.
    pub owner: Pubkey,
}

/// A stake in the insurance fund was closed.
#[event]
pub struct StakeClosed {
    /// The stake.
    pub stake: Pubkey,
    /// Its owner.
    pub owner: Pubkey,
}

/// Cash was staked in the insurance fund.
#[event]
pub struct Staked {
    /// The stake.
    pub stake: Pubkey,
    /// The margin account that the cash came from.
    pub account: Pubkey,
    /// What was staked.
    pub amount: u64,
    /// Shares of the stake before.
    pub shares_before: u64,
    /// Shares of the stake after.
    pub shares: u64,
    /// What the fund holds after.
    pub fund: u64,
    /// Shares in the fund after.
    pub fund_shares: u64,
    /// Cash of the account after.
    pub cash: i64,
}

/// Notice was given for shares in the insurance fund.
#[event]
pub struct UnstakeRequested {
    /// The stake.
    pub stake: Pubkey,
    /// Shares for which an earlier notice was still there.
    pub requested_before: u64,
    /// Shares for which notice was given.
    pub requested: u64,
    /// When they may leave, Unix seconds.
    pub leaves_from: i64,
}

/// Shares in the insurance fund were paid out.
#[event]
pub struct Unstaked {
    /// The stake.
    pub stake: Pubkey,
    /// The margin account that the cash went to.
    pub account: Pubkey,
    /// What was paid out.
    pub amount: u64,
    /// Shares of the stake before.
    pub shares_before: u64,
    /// Shares of the stake after.
    pub shares: u64,
    /// What the fund holds after.
    pub fund: u64,
    /// Shares in the fund after.
    pub fund_shares: u64,
    /// Cash of the account after.
    pub cash: i64,
}

/// A bankruptcy was put on record, or taken off it.
#[event]
pub struct BankruptcyRecorded {
    /// The account.
    pub account: Pubkey,
    /// Whether it is on record now.
    pub is_open: bool,
    /// The account's equity.
    pub equity: i64,
    /// Bankruptcies on record after.
    pub open_bankruptcies: u32,
}

/// A part of a bankrupt account was taken over, and its deficit made good.
#[event]
pub struct BankruptcyResolved {
    /// The bankrupt account.
    pub account: Pubkey,
    /// The liquidator's account.
    pub liquidator: Pubkey,
    /// Share of the account taken, scale 2^-28.
    pub fraction: u32,
    /// What the part was short of.
    pub deficit: i64,
    /// What the liquidator received on top.
    pub bonus: i64,
    /// Who bore deficit and bonus, by market.
    pub losses: Vec<MarketLoss>,
    /// What the lending pool bore beyond them.
    pub lending_pool: i64,
    /// Equity before.
    pub equity_before: i64,
    /// Equity after.
    pub equity: i64,
    /// Maintenance excess before.
    pub maintenance_excess_before: i64,
    /// Maintenance excess after.
    pub maintenance_excess: i64,
    /// What the insurance fund holds after.
    pub insurance: u64,
    /// Whether the account is on record as an open bankruptcy after.
    pub is_open: bool,
}

/// A market's part of a loss, and who bore it.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarketLoss {
    /// The market's number.
    pub market: u16,
    /// Its part of deficit and bonus.
    pub loss: i64,
    /// What the insurance fund paid of it, in cash.
    pub insurance: i64,
    /// What was cut off claims on settled expiries of the market for it.
    pub claims: i64,
    /// What was cut off unsettled gains on the market's perpetual for it.
    pub gains: i64,
}

impl MarketLoss {
    /// What of the loss somebody bore.
    pub fn made_good(&self) -> MicroUsd {
        MicroUsd(self.insurance) + MicroUsd(self.claims) + MicroUsd(self.gains)
    }
}

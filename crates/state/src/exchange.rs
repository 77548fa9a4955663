//! The exchange: roles, limits and the parameters that all markets share.

use anchor_lang::prelude::*;
use ballast_risk::{MicroUsd, Ratio, liquidation::LiquidationRules};
use borsh::{BorshDeserialize, BorshSerialize};

/// One clearing house. Written by governance only, so that no trade ever waits for another on this account.
#[account(zero_copy)]
#[derive(Debug)]
pub struct Exchange {
    /// Who created the exchange; part of its address.
    pub creator: Pubkey,
    /// Who lists banks, markets, expiries and series.
    pub governance: Pubkey,
    /// Who posts volatility surfaces, forward bases and rates.
    pub publisher: Pubkey,
    /// Mint of the quote token (six decimals): cash, premiums and profits are paid in it.
    pub quote_mint: Pubkey,
    /// Bank of the quote token; the zero key until that bank is created.
    pub quote_bank: Pubkey,
    /// Limits and factors shared by all markets.
    pub parameters: ExchangeParameters,
    /// Number of the newest market; 0 when there is none.
    pub market_count: u16,
    /// Number of the newest bank; 0 when there is none.
    pub bank_count: u16,
    /// Distinguishes the exchanges of one creator; part of the address.
    pub index: u16,
    /// [`LAYOUT_VERSION`](crate::LAYOUT_VERSION) at creation.
    pub version: u8,
    /// Bump of the address.
    pub bump: u8,
    /// Zero; for pending roles, pauses, groups of markets with their correlations, and the fee schedule.
    pub reserved: [u64; 256],
}

/// Limits and factors shared by all markets of an exchange.
///
/// Ratios are bits of [`ballast_risk::Ratio`], scale 2^-30.
#[zero_copy]
#[derive(Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ExchangeParameters {
    /// Equity below which an account under liquidation may be taken over whole, µUSD.
    pub dust_limit: i64,
    /// Age in slots after which a market's or bank's refresh no longer serves a check.
    pub mark_age_slots: u32,
    /// Oldest oracle publication, in seconds, that a trade or a change of collateral accepts.
    pub trade_oracle_age: u32,
    /// Oldest oracle publication, in seconds, that a liquidation accepts.
    pub liquidation_oracle_age: u32,
    /// Oldest volatility surface, in seconds, on which a trade or a change of collateral may rely.
    pub surface_age: u32,
    /// Most compute units that one account's check may need at its worst.
    pub check_compute_cap: u32,
    /// Time over which an unsettled gain becomes payable, in seconds.
    pub vesting_seconds: u32,
    /// Share of the scan loss that the maintenance requirement holds: ratio.
    pub maintenance_factor: u32,
    /// Share of the scan loss that the initial requirement holds: ratio, at least `maintenance_factor`.
    pub initial_factor: u32,
    /// A liquidation aims at maintenance excess = this × maintenance requirement: ratio.
    pub liquidation_buffer: u32,
    /// How far, as a ratio of the maintenance requirement before, a liquidation may pass its target.
    pub liquidation_tolerance: u32,
    /// Reward for closing legs, as a ratio of the maintenance requirement that the closing frees.
    pub liquidation_fee: u32,
    /// Part of the liquidation fee that goes to the insurance fund: ratio.
    pub insurance_share: u32,
    /// Fraction of value that a liquidator pays for a slice when a liquidation starts: ratio.
    pub slice_price_start: u32,
    /// Fraction of value that a liquidator pays for a slice once `slice_price_slots` have passed: ratio.
    pub slice_price_end: u32,
    /// Slots over which the price of a slice falls from start to end.
    pub slice_price_slots: u32,
    /// Zero.
    pub padding: u32,
}

impl ExchangeParameters {
    /// The rules of liquidation for the engine.
    pub fn liquidation_rules(&self) -> LiquidationRules {
        LiquidationRules {
            buffer: Ratio::from_bits(self.liquidation_buffer),
            tolerance: Ratio::from_bits(self.liquidation_tolerance),
            price_start: Ratio::from_bits(self.slice_price_start),
            price_end: Ratio::from_bits(self.slice_price_end),
            price_slots: self.slice_price_slots,
            fee: Ratio::from_bits(self.liquidation_fee),
            insurance_share: Ratio::from_bits(self.insurance_share),
            dust_limit: MicroUsd(self.dust_limit),
        }
    }
}

const _: () = assert!(size_of::<ExchangeParameters>() == 72);
const _: () = assert!(size_of::<Exchange>() == 5 * 32 + 72 + 8 + 256 * 8);

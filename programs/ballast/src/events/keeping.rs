//! What publishers and keepers do: prices, surfaces, funding, settlement, liquidation.

use anchor_lang::prelude::*;
use ballast_state::market::FundingAccrual;

/// A volatility surface was posted.
#[event]
pub struct SurfacePosted {
    /// The market.
    pub market: Pubkey,
    /// The expiry's number.
    pub expiry: u32,
    /// eSSVI θ, scale 2^-28.
    pub theta: u32,
    /// eSSVI ρ, scale 2^-30.
    pub rho: i32,
    /// eSSVI ψ, scale 2^-28.
    pub psi: u32,
    /// ln(forward / index), scale 2^-30.
    pub basis: i32,
    /// Interest rate, scale 2^-30.
    pub rate: i32,
    /// Scan range of the market before: ratio, scale 2^-30.
    pub scan_range_before: u32,
    /// Scan range after.
    pub scan_range: u32,
}

/// The perpetual's basis was posted.
#[event]
pub struct PerpetualBasisPosted {
    /// The market.
    pub market: Pubkey,
    /// Mark less index as a share of the index, before: scale 2^-30.
    pub basis_before: i32,
    /// The same after.
    pub basis: i32,
}

/// The perpetual's funding moved on.
#[event]
pub struct FundingAccrued {
    /// The market.
    pub market: Pubkey,
    /// Funding since listing before, units of 2^-24 µUSD per lot, positive if longs paid.
    pub index_before: i64,
    /// The same after.
    pub index: i64,
    /// Seconds that counted.
    pub seconds: u64,
}

impl FundingAccrued {
    pub(crate) fn new(market: Pubkey, accrual: &FundingAccrual) -> Self {
        let FundingAccrual { index_before, index, seconds } = *accrual;
        Self { market, index_before, index, seconds }
    }
}

/// A market's or bank's price was refreshed.
#[event]
pub struct PriceRefreshed {
    /// The market or bank.
    pub target: Pubkey,
    /// Price before.
    pub price_before: u64,
    /// Price after.
    pub price: u64,
    /// Confidence.
    pub confidence: u64,
    /// When the oracle published it, Unix seconds.
    pub publish_time: i64,
    /// Its grade then: see `oracle_grade::Grade`.
    pub grade: u8,
}

/// A quote was refused, and what its target holds of that source left as it was.
#[event]
pub struct PriceRefused {
    /// The market or bank.
    pub target: Pubkey,
    /// The oracle account.
    pub oracle: Pubkey,
    /// Error code of the refusal.
    pub error: u32,
}

/// Fees were swept into the insurance fund.
#[event]
pub struct FeesCollected {
    /// The market that they waited in.
    pub market: Pubkey,
    /// What was swept.
    pub amount: u64,
    /// What the fund paid for cuts that nobody bore.
    pub cuts_made_good: u64,
    /// What is left of them.
    pub uncollected_cut: u64,
    /// Insurance fund before.
    pub insurance_before: u64,
    /// Insurance fund after.
    pub insurance: u64,
}

/// Profit or loss became cash.
#[event]
pub struct PnlSettled {
    /// The account.
    pub account: Pubkey,
    /// The market's number.
    pub market: u16,
    /// The expiry's number; zero for the perpetual.
    pub expiry: u32,
    /// What bankruptcies had cut off the account's gain in the meantime.
    pub cut: i64,
    /// Unsettled profit before, without that.
    pub profit: i64,
    /// What was settled; negative for a loss.
    pub settled: i64,
    /// Cash after.
    pub cash: i64,
    /// The pool after.
    pub pool: u64,
}

/// The settlement price of an expiry was fixed.
#[event]
pub struct SettlementFixed {
    /// The market.
    pub market: Pubkey,
    /// The expiry's number.
    pub expiry: u32,
    /// Settlement price.
    pub price: u64,
    /// Seconds that accepted prices cover; none if the stable price stands in for them.
    pub covered_seconds: u32,
    /// Seconds that they should cover; fewer do where the extension ended first.
    pub required_seconds: u32,
}

/// An account's positions of an expiry were settled.
#[event]
pub struct ExpirySettled {
    /// The account.
    pub account: Pubkey,
    /// The market's number.
    pub market: u16,
    /// The expiry's number.
    pub expiry: u32,
    /// What the positions were worth.
    pub value: i64,
    /// What was settled in cash at once; negative was paid.
    pub settled: i64,
    /// Cash after.
    pub cash: i64,
}

/// A settled expiry left its slot.
#[event]
pub struct ExpiryRemoved {
    /// The market.
    pub market: Pubkey,
    /// The expiry's number.
    pub expiry: u32,
    /// What rounding had left in its pool, now in the insurance fund.
    pub residue: u64,
}

/// A liquidation step.
#[event]
pub struct Liquidated {
    /// The account liquidated.
    pub account: Pubkey,
    /// The liquidator's account.
    pub liquidator: Pubkey,
    /// Tier that the step was taken in: 2 partial, 3 accelerated, 4 bankrupt.
    pub tier: u8,
    /// Share of the account that may go within a cool-down, scale 2^-30; it binds in tier 2.
    pub close_factor: u32,
    /// The account's volatility regime, scale 2^-30.
    pub regime: u32,
    /// Share of the account taken, scale 2^-28; zero unless a slice.
    pub slice: u32,
    /// Number of the bank whose token was bought; zero unless collateral.
    pub bank: u16,
    /// Native units of it.
    pub collateral: u64,
    /// What the liquidator paid for the slice or the collateral.
    pub paid: i64,
    /// Reward for closing legs.
    pub reward: i64,
    /// What the insurance fund received.
    pub insurance: i64,
    /// Equity before.
    pub equity_before: i64,
    /// Equity after.
    pub equity: i64,
    /// Maintenance excess before.
    pub maintenance_excess_before: i64,
    /// Maintenance excess after.
    pub maintenance_excess: i64,
    /// Maintenance requirement before.
    pub requirement_before: i64,
    /// Maintenance requirement after.
    pub requirement: i64,
}

/// An account of an earlier version was brought into this version's layout.
#[event]
pub struct AccountMigrated {
    /// The account.
    pub account: Pubkey,
    /// Version before.
    pub from: u8,
    /// Version after.
    pub to: u8,
}

//! What a check costs in compute units: the published formula, at its worst over an account's life.
//!
//! The coefficients are upper bounds that `cargo xtask bench` measures on the real program image and that tests
//! assert: for every shape of account the measured cost stays below the formula.

use crate::revaluation::Netting;

/// What the cost of a check depends on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CheckShape {
    /// Options held.
    pub options: u32,
    /// Futures, perpetuals and claims held.
    pub linears: u32,
    /// Pairs of market and expiry with a position.
    pub expiries: u32,
    /// Markets with a position.
    pub markets: u32,
    /// Collateral balances.
    pub collaterals: u32,
}

/// Compute units of a check without positions.
pub const BASE: u32 = 6_000;
/// Compute units per option when positions of a market are revalued together.
pub const PER_OPTION: u32 = 2_100;
/// Compute units per option when every position is revalued alone.
pub const PER_OPTION_ALONE: u32 = 3_600;
/// Compute units per future, perpetual or claim.
pub const PER_LINEAR: u32 = 1_200;
/// Compute units per expiry.
pub const PER_EXPIRY: u32 = 4_500;
/// Compute units per market.
pub const PER_MARKET: u32 = 5_000;
/// Compute units per collateral balance.
pub const PER_COLLATERAL: u32 = 900;

impl CheckShape {
    /// Compute units that a check of such an account may need at most.
    pub fn compute_units(&self, netting: Netting) -> u32 {
        let per_option = if netting == Netting::Alone { PER_OPTION_ALONE } else { PER_OPTION };
        [
            (self.options, per_option),
            (self.linears, PER_LINEAR),
            (self.expiries, PER_EXPIRY),
            (self.markets, PER_MARKET),
            (self.collaterals, PER_COLLATERAL),
        ]
        .iter()
        .fold(BASE, |sum, &(count, cost)| sum.saturating_add(count.saturating_mul(cost)))
    }
}

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

// Each is the dearest case that any market and book may present, and a margin of five to ten per cent: the largest
// scenario grid that governance may choose, expiries whose settlement average is being formed, strikes of any distance,
// every declared hedge.

/// Compute units of a check without positions, and of the quote token's price.
pub const BASE: u32 = 5_300;
/// Compute units per option when positions of a market are revalued together. The dearest strikes lie more than eight
/// times above the forward, where prices need wide arithmetic; near the money an option takes half of this.
pub const PER_OPTION: u32 = 4_000;
/// Compute units per option when every position is revalued alone.
pub const PER_OPTION_ALONE: u32 = 6_300;
/// Compute units per future, perpetual or claim: dearest when every position is revalued alone.
pub const PER_LINEAR: u32 = 2_350;
/// Compute units per expiry: dearest in its averaging window, where every node's logarithm is computed anew and its strikes
/// are scenarios of their own.
pub const PER_EXPIRY: u32 = 9_100;
/// Compute units per market, its part of the joint scenario, and what is declared a hedge there.
pub const PER_MARKET: u32 = 10_500;
/// Compute units per collateral balance.
pub const PER_COLLATERAL: u32 = 2_000;

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

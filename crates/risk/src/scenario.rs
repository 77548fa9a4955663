//! The scenarios: which moves of price and volatility a book is revalued under (docs/margin-model.md, section 2).
//!
//! A market has a *core grid* of 9 or 11 equally spaced price moves within its scan range, each with volatility up,
//! flat and down, and up to eight *tails*: extreme price moves with volatility up whose loss counts by a weight
//! below one. The set follows Deribit's portfolio margin and Derive's PMRM.

use crate::{
    black76::{GridShape, MAX_NODES},
    error::RiskError,
    num,
    quantity::Ratio,
};

/// Most tails.
pub const MAX_TAILS: usize = 8;
/// 30 days in seconds: where the term factor of volatility shocks is one.
pub const TERM_SECONDS: u64 = 30 * 86_400;
/// ln(30 days in seconds), Q40.
const LOG_TERM_Q40: i64 = 16_237_522_118_234;
/// One, in the scale 2^-28 of price factors, deviations and volatility multipliers.
pub const ONE_Q28: u64 = 1 << 28;

/// Volatility of a scenario, and the row of the grid that it fills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum VolatilityRow {
    /// Volatility up; the tails belong to this row.
    Up = 0,
    /// Volatility as it is.
    Flat = 1,
    /// Volatility down.
    Down = 2,
}

/// One scenario of a market: a row and a price node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScenarioIndex {
    /// Row: 0 volatility up, 1 flat, 2 down.
    pub row: u8,
    /// Node: core nodes from the deepest fall to the highest rise, then the tails.
    pub node: u8,
}

/// The price moves of a market's scenarios.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScenarioSet {
    /// Number of core and tail nodes.
    pub shape: GridShape,
    /// 1 + move of every node, scale 2^-28; unused nodes are one.
    pub price_factors: [u32; MAX_NODES],
    /// ln(1 + move) of every node, scale 2^-29; unused nodes are zero.
    pub log_factors: [i32; MAX_NODES],
}

impl ScenarioSet {
    /// Prepares the nodes from a scan range and tails given as price factors (scale 2^-28).
    ///
    /// Core moves are rounded to the nearest 2^-28.
    ///
    /// # Errors
    /// [`RiskError::ParameterOutOfRange`] if `core_nodes` is neither 9 nor 11, there are more than eight tails, the
    /// scan range is not in [0.01, 0.9], or a tail's price factor is not in [0.01, 7].
    pub fn new(core_nodes: u8, scan_range: Ratio, tails: &[u32]) -> Result<Self, RiskError> {
        if core_nodes != 9 && core_nodes != 11 {
            return Err(out_of_range("core_nodes", i64::from(core_nodes), 9, 11));
        }
        if tails.len() > MAX_TAILS {
            return Err(out_of_range("tail_nodes", tails.len() as i64, 0, MAX_TAILS as i64));
        }
        let bits = i64::from(scan_range.to_bits());
        let (lowest, highest) = (Ratio::from_millionths(10_000), Ratio::from_millionths(900_000));
        if scan_range < lowest || scan_range > highest {
            let (lowest, highest) = (i64::from(lowest.to_bits()), i64::from(highest.to_bits()));
            return Err(out_of_range("scan_range", bits, lowest, highest));
        }
        let mut price_factors = [ONE_Q28 as u32; MAX_NODES];
        let half = i64::from(core_nodes / 2);
        for node in 0..i64::from(core_nodes) {
            // The scan range has scale 2^-30, the factor 2^-28: hence four times the divisor, and half of it to round.
            // The sum is positive, and divided without a sign: sBPF has no signed division.
            let numerator = (ONE_Q28 as i64) * 8 * half + bits * (node - half) * 2 + 4 * half;
            price_factors[node as usize] = (numerator.unsigned_abs() / (8 * half).unsigned_abs()) as u32;
        }
        for (index, &factor) in tails.iter().enumerate() {
            let (lowest, highest) = (ONE_Q28 / 100, 7 * ONE_Q28);
            if !(lowest..=highest).contains(&u64::from(factor)) {
                return Err(out_of_range("tail_price_factors", i64::from(factor), lowest as i64, highest as i64));
            }
            price_factors[usize::from(core_nodes) + index] = factor;
        }
        let log_factors = price_factors.map(|factor| log_of_factor(u64::from(factor)));
        let shape = GridShape { core_nodes: usize::from(core_nodes), tail_nodes: tails.len() };
        Ok(Self { shape, price_factors, log_factors })
    }

    /// The node without a price move.
    pub fn centre(shape: GridShape) -> usize {
        shape.core_nodes / 2
    }
}

/// ln(factor / 2^28), scale 2^-29, rounded towards minus infinity.
fn log_of_factor(factor: u64) -> i32 {
    ((num::ln_q40(factor).wrapping_sub(28 * num::LN_2_Q40)) >> 11) as i32
}

fn out_of_range(name: &'static str, value: i64, lowest: i64, highest: i64) -> RiskError {
    RiskError::ParameterOutOfRange { name, value, lowest, highest }
}

/// How far the volatility rows move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VolatilityShock {
    /// Rise of the up row at a term factor of one.
    pub up: Ratio,
    /// Fall of the down row at a term factor of one.
    pub down: Ratio,
    /// Lowest volatility per year of the up row.
    pub up_floor: Ratio,
    /// Exponent of the term factor up to 30 days.
    pub exponent_near: Ratio,
    /// Exponent of the term factor beyond 30 days.
    pub exponent_far: Ratio,
    /// Shortest time that the term factor takes, seconds; at least one hour.
    pub floor_seconds: u32,
}

impl VolatilityShock {
    /// Multipliers of the up and down rows for an expiry in `seconds`, scale 2^-28:
    /// `1 + up·τ^p` rounded up and `max(0, 1 − down·τ^p)` rounded down, τ = 30 days / max(time, floor).
    ///
    /// The up multiplier is at most 15: the domain of deviations ends long before.
    pub fn multipliers(&self, seconds: u32) -> (u64, u64) {
        let time = u64::from(seconds.max(self.floor_seconds).max(3_600));
        let log_ratio = LOG_TERM_Q40.wrapping_sub(num::ln_q40(time));
        // Q40 × Q30 → Q28: |log ratio| < 12, so the product of the Q29 logarithm and the exponent stays below 2^63.
        let exponent = if log_ratio > 0 { self.exponent_near } else { self.exponent_far };
        let log_term = ((log_ratio.unsigned_abs() >> 11).wrapping_mul(u64::from(exponent.to_bits()))) >> 31;
        let decay = num::exp_neg_q31(log_term).max(1 << 20);
        let term_q28 = if log_ratio > 0 { (1_u64 << 59) / decay } else { decay >> 3 };
        let rise = (term_q28.wrapping_mul(u64::from(self.up.to_bits())) >> 30).wrapping_add(1);
        let fall = (term_q28.wrapping_mul(u64::from(self.down.to_bits())) >> 30).wrapping_add(1);
        (ONE_Q28.wrapping_add(rise.min(14 * ONE_Q28)), ONE_Q28.saturating_sub(fall))
    }
}

//! Value at risk of a group of markets, reported beside the margin.
//!
//! ```text
//! VaR = z·√h·√(Σ_uv ρ_uv·D_u·σ_u·D_v·σ_v) + ½·Σ max(0, −G_u)·(z·σ_u·√h)² + z·√h·Σ |V_u|·ν_u
//! ```
//!
//! for z standard deviations over a horizon of h years: D the net delta in USD, G the net gamma × index² in USD,
//! V the net vega per 100 points of volatility, σ the annual volatility of the index, ν that of its volatility, ρ the
//! correlations. The second term is the curvature of short gamma at z standard deviations, the third a move of every
//! volatility against the book.
//!
//! It is not charged: the scan range of the scenarios is a value at risk of the price already, and an approximation by
//! delta and gamma overstates books whose loss is limited. Source: the delta-gamma method of RiskMetrics (J.P. Morgan and
//! Reuters, RiskMetrics Technical Document, 1996, chapter 7), gamma and vega taken at their worst.

use crate::{
    correlation::{CorrelationMatrix, MAX_MARKETS},
    error::RiskError,
    num,
    quantity::{MicroUsd, Multiple, Ratio},
    revaluation::Greeks,
};

/// Bits of an exposure's mantissa, so that a sum of 64 products of two stays below 2^62.
const MANTISSA_BITS: u32 = 28;

/// Largest amount that a term takes, µUSD: so that two factors below four keep it in 64 bits.
const LARGEST: i64 = 1 << 58;

/// Adds up the value at risk of one group; those of several groups add up.
#[derive(Clone, Copy, Debug, Default)]
pub struct ValueAtRisk {
    /// D·σ of each market, µUSD.
    exposures: [i64; MAX_MARKETS],
    /// Σ max(0, −G/100)·σ², µUSD.
    short_gamma: MicroUsd,
    /// Σ |V/100|·ν, µUSD.
    vega: MicroUsd,
}

impl ValueAtRisk {
    /// Adds a market: its place in the group, its net Greeks, the annual volatility of its index and the annual volatility
    /// of that volatility. Greeks count up to ±2^58 µUSD.
    ///
    /// # Errors
    /// [`RiskError::ParameterOutOfRange`] if `market` is not below [`MAX_MARKETS`].
    pub fn add(
        &mut self,
        market: usize,
        greeks: &Greeks,
        volatility: Ratio,
        volatility_of_volatility: Ratio,
    ) -> Result<(), RiskError> {
        let Some(exposure) = self.exposures.get_mut(market) else {
            return Err(RiskError::ParameterOutOfRange {
                name: "value_at_risk.market",
                value: i64::try_from(market).unwrap_or(i64::MAX),
                lowest: 0,
                highest: MAX_MARKETS as i64 - 1,
            });
        };
        let delta = limited(greeks.delta);
        // Away from zero, so that no exposure disappears.
        let volatile = if delta > MicroUsd::ZERO { volatility.of_ceil(delta) } else { volatility.of_floor(delta) };
        *exposure = exposure.saturating_add(volatile.0);
        let short_gamma = limited(-greeks.gamma).gain();
        self.short_gamma += volatility.of_ceil(volatility.of_ceil(short_gamma));
        self.vega += volatility_of_volatility.of_ceil(limited(greeks.vega).magnitude());
        Ok(())
    }

    /// The value at risk at `deviations` standard deviations over a horizon, µUSD, rounded up: never below the formula,
    /// and above it by at most 10⁻⁷·z·√h·max|D·σ| + (1.2·10⁻⁸/√h)·VaR + 2,000 µUSD·(1 + z·√h)², h in years. The
    /// correlations have to be valid. An amount that does not fit becomes the largest that does.
    pub fn finish(&self, correlations: &CorrelationMatrix, deviations: Multiple, horizon_seconds: u32) -> MicroUsd {
        // The root is exact to a unit of Q28 and one part in 2^30.
        let root = num::sqrt_years_q28(horizon_seconds);
        let root = root.wrapping_add(root >> 30).wrapping_add(1);
        // z·√h: z is below 16 and √h below 11.7, so the product is below 2^64.
        let move_q56 = root.wrapping_mul(u64::from(deviations.to_bits()));
        let scaled = |amount: u64| num::mul_div_ceil(amount, move_q56, 1 << 56).unwrap_or(u64::MAX);

        // ½·G = 50·(G/100).
        let curvature = self.short_gamma.0.unsigned_abs().saturating_mul(50);
        let vega = self.vega.0.unsigned_abs().saturating_mul(100);
        let total =
            scaled(self.deviation(correlations)).saturating_add(scaled(scaled(curvature))).saturating_add(scaled(vega));
        MicroUsd(i64::try_from(total).unwrap_or(i64::MAX))
    }

    /// Annual standard deviation of the book's first-order profit, µUSD: √(a'·ρ·a) with a = D·σ, rounded up.
    ///
    /// Exposures become mantissas below 2^28 of one common unit, whose quadratic form fits 64 bits and is computed exactly.
    /// What the mantissas lose, less than a unit and a µUSD each, moves the root by less than as much: the root is a norm
    /// in which every market alone has length one. That much is added.
    fn deviation(&self, correlations: &CorrelationMatrix) -> u64 {
        let magnitudes = self.exposures.iter().fold(0, |bits, exposure| bits | exposure.unsigned_abs());
        if magnitudes == 0 {
            return 0;
        }
        let unit = num::most_significant_bit(magnitudes).wrapping_add(1).saturating_sub(MANTISSA_BITS);
        let mantissas = self.exposures.map(|exposure| exposure >> unit);
        let (mut whole, mut fraction) = (0_i64, 0_i64);
        let mut lost_units = 0_u64;
        for (market, (&mantissa, &exposure)) in mantissas.iter().zip(&self.exposures).enumerate() {
            if exposure == 0 {
                continue;
            }
            lost_units = lost_units.wrapping_add(1);
            // Twice the mantissas of the earlier markets, weighted by correlation, and this one's own: Q30, below 2^62.
            let row = correlations.weighted_before(market, &mantissas).wrapping_mul(2).wrapping_add(mantissa << 30);
            whole = whole.wrapping_add((row >> 30).wrapping_mul(mantissa));
            fraction = fraction.wrapping_add((row & 0x3fff_ffff).wrapping_mul(mantissa));
        }
        // Not negative for valid correlations.
        let square = whole.wrapping_add(fraction >> 30).wrapping_add(1).max(0) as u64;
        let root = num::sqrt_floor(square).wrapping_add(1).wrapping_add(lost_units);
        (root << unit).saturating_add(lost_units)
    }
}

/// An amount brought into the range that the terms take.
fn limited(amount: MicroUsd) -> MicroUsd {
    MicroUsd(amount.0.clamp(-LARGEST, LARGEST))
}

//! How wide a market's scenario grid is: the value at risk of its price, and how fast that may change
//! (docs/margin-model.md).

use crate::{
    num,
    quantity::{Multiple, Ratio, SECONDS_PER_YEAR},
    realised::{LONGEST_STEP_SECONDS, RealisedVariance, square_root_ceil},
};

/// Seconds per day.
const DAY: u64 = 86_400;

/// How a scan range follows from variance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScanRangeParameters {
    /// z: how many standard deviations the range covers.
    pub deviations: Multiple,
    /// h: over how long, seconds.
    pub horizon_seconds: u32,
    /// Part of the implied variance at the money that counts even if prices stood still.
    pub implied_share: Ratio,
    /// Narrowest range.
    pub floor: Ratio,
    /// Widest range; wins over the floor.
    pub cap: Ratio,
    /// How far the range may fall in a day, of itself.
    pub fall_per_day: Ratio,
    /// Time in which a rise of the range reaches maintenance margin in full, seconds; 0: at once.
    pub ramp_seconds: u32,
}

impl ScanRangeParameters {
    /// Where the range is heading, `clamp(z·√(h·v), floor, cap)`, with v the largest of both realised variances and the
    /// share of the implied one (annual variance, scale 2^-32). Rounded up, by at most z + 1 units of 2^-30 and 10⁻⁹.
    pub fn target(&self, realised: &RealisedVariance, implied_variance: u64) -> Ratio {
        let share = u64::from(self.implied_share.to_bits());
        let implied = num::mul_div_ceil(implied_variance, share, 1 << 30).unwrap_or(u64::MAX);
        let variance = realised.larger().max(implied);
        // h·v from Q32 to Q60, so that its root has Q30.
        let horizon = u64::from(self.horizon_seconds) << 28;
        let range = match num::mul_div_ceil(variance, horizon, SECONDS_PER_YEAR) {
            Some(horizon_variance_q60) => {
                let deviation_q30 = square_root_ceil(horizon_variance_q60).min(u64::from(u32::MAX));
                let product_q58 = deviation_q30.wrapping_mul(u64::from(self.deviations.to_bits()));
                product_q58.div_ceil(1 << 28).min(u64::from(u32::MAX)) as u32
            }
            None => u32::MAX,
        };
        Ratio::from_bits(range).max(self.floor).min(self.cap)
    }
}

/// Annual variance from the total variance θ (Q40) of a surface at the money and the time it spans, scale 2^-32,
/// rounded up. θ ≤ 9; a time of zero counts as one second.
pub fn annual_variance(theta_q40: u64, seconds: u64) -> u64 {
    num::mul_div_ceil(theta_q40, SECONDS_PER_YEAR, seconds.clamp(1, 1 << 32) << 8).unwrap_or(u64::MAX)
}

/// A market's scan range, and the one that maintenance margin has got used to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScanRange {
    /// R: the largest move of the core grid. Zero before the first step.
    pub range: Ratio,
    /// R_m ≤ R: the range that maintenance margin counts.
    pub maintenance: Ratio,
}

impl ScanRange {
    /// Takes a step towards a target, given the time since the last accepted price, of which at most a day counts.
    ///
    /// - R rises at once. It falls by at most `fall_per_day`·R·Δt/day, rounded down.
    /// - R_m falls with R at once. It rises by at most R·Δt/ramp, rounded up.
    ///
    /// Both are rates: whoever calls more often gets there no sooner and no later, but for one unit of rounding a call
    /// and for a fall compounding (5 % in one step, 4.88 % in many).
    pub fn update(&mut self, target: Ratio, elapsed_seconds: u64, parameters: &ScanRangeParameters) {
        if self.range == Ratio::ZERO {
            *self = Self { range: target, maintenance: target };
            return;
        }
        let elapsed = elapsed_seconds.min(LONGEST_STEP_SECONDS);
        let range = u64::from(self.range.to_bits());
        // Ranges and shares below 2³² and at most 2¹⁷ seconds: the product of all three would not fit.
        let fall_in_a_day = range.wrapping_mul(u64::from(parameters.fall_per_day.to_bits())) >> 30;
        let fall = fall_in_a_day.wrapping_mul(elapsed) / DAY;
        let range = range.saturating_sub(fall).max(u64::from(target.to_bits()));

        let maintenance = u64::from(self.maintenance.to_bits());
        let rise = match parameters.ramp_seconds {
            0 => range,
            seconds => range.wrapping_mul(elapsed).div_ceil(u64::from(seconds)),
        };
        let maintenance = maintenance.wrapping_add(rise).min(range);
        // At most R, and R at most what a ratio holds.
        *self = Self { range: Ratio::from_bits(range as u32), maintenance: Ratio::from_bits(maintenance as u32) };
    }

    /// m = R_m/R, rounded up: what a loss over R counts in maintenance margin while a rise of R is under way. 1
    /// before the first step.
    pub fn maintenance_share(&self) -> Ratio {
        let range = u64::from(self.range.to_bits());
        let maintenance = u64::from(self.maintenance.to_bits()) << 30;
        if range == 0 || self.maintenance >= self.range {
            return Ratio::ONE;
        }
        Ratio::from_bits(maintenance.div_ceil(range) as u32)
    }
}

//! What a price has done lately: realised variance, the volatility regime and the stable price (docs/margin-model.md).
//!
//! Two exponentially weighted averages of squared returns, a fast and a slow one, each told the time that passed
//! between the prices, so that it does not matter how regularly they come. The estimator is that of RiskMetrics
//! (J.P. Morgan/Reuters, Technical Document, 4th edition, 1996, section 5.2) in continuous time.

use crate::{
    num,
    quantity::{Multiple, Price, Ratio, SECONDS_PER_YEAR},
};

/// Longest time between two prices that ramps, limited falls and the stable price count, seconds: one day.
pub const LONGEST_STEP_SECONDS: u64 = 86_400;

/// Largest return that counts, as a logarithm in Q40: 8, a price times 2,981.
const LARGEST_RETURN_Q40: u64 = 8 << 40;
/// Longest time between two counted prices, seconds: 34 years, beyond which both averages forget everything.
const LONGEST_GAP_SECONDS: u64 = 1 << 30;
/// From this many time constants on an average forgets everything before.
const FORGOTTEN: u64 = 22;
/// e^−y is taken from its series below 1/64 time constants, and from the table above.
const SERIES_FRACTION: u64 = 64;
/// One in Q40, the scale of the weights.
const ONE_Q40: u64 = 1 << 40;

/// How realised variance is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VarianceParameters {
    /// Time constant of the fast average, seconds; 0 counts as 1.
    pub fast_seconds: u32,
    /// Time constant of the slow average, seconds; 0 counts as 1.
    pub slow_seconds: u32,
    /// Shortest time between two prices that both count, seconds; 0 counts as 1.
    pub min_interval_seconds: u32,
}

/// Realised variance per year, and the price that the next return is measured from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RealisedVariance {
    /// Average that forgets fast: annual variance, scale 2^-32, below 2^31.
    pub fast: u64,
    /// Average that forgets slowly: annual variance, scale 2^-32, below 2^31.
    pub slow: u64,
    /// ln of the last price that counted, in ticks, Q40.
    pub reference_log: i64,
    /// When that price was published, Unix seconds; 0 before the first one.
    pub reference_time: i64,
}

impl RealisedVariance {
    /// Both averages at a volatility per year, and no price yet.
    pub fn seeded(volatility: Ratio) -> Self {
        let bits = u64::from(volatility.to_bits());
        let variance = bits.wrapping_mul(bits).div_ceil(1 << 28);
        Self { fast: variance, slow: variance, reference_log: 0, reference_time: 0 }
    }

    /// Takes an accepted price into account, given ln(price in ticks) in Q40 ([`num::ln_q40`]); says whether it
    /// counted.
    ///
    /// The first price is only remembered. Afterwards a price counts if it was published at least the minimum interval
    /// after the last one that did: with the return r = ln(price/last), the time Δt, and a = exp(−Δt/time constant),
    ///
    /// ```text
    /// v ← a·v + (1 − a)·r²·year/Δt
    /// ```
    ///
    /// Any other price changes nothing, so that prices within the interval count as one, however many there are, and
    /// one that does not advance in time never counts.
    ///
    /// 1 − a has a relative error of at most 3·10⁻⁷; everything else rounds up, by at most two units of 2^-32 a call.
    /// |r| counts as at most 8 and Δt as at most 34 years.
    pub fn update(&mut self, price_log: i64, publish_time: i64, parameters: &VarianceParameters) -> bool {
        if self.reference_time == 0 {
            (self.reference_log, self.reference_time) = (price_log, publish_time);
            return false;
        }
        let shortest = i64::from(parameters.min_interval_seconds.max(1));
        let elapsed = publish_time.saturating_sub(self.reference_time);
        if elapsed < shortest {
            return false;
        }
        let elapsed = elapsed.unsigned_abs().min(LONGEST_GAP_SECONDS);
        let squared = annual_squared_return(price_log.saturating_sub(self.reference_log).unsigned_abs(), elapsed);
        self.fast = average(self.fast, squared, weight_q40(elapsed, parameters.fast_seconds));
        self.slow = average(self.slow, squared, weight_q40(elapsed, parameters.slow_seconds));
        (self.reference_log, self.reference_time) = (price_log, publish_time);
        true
    }

    /// The larger of both averages: annual variance, scale 2^-32.
    pub fn larger(&self) -> u64 {
        self.fast.max(self.slow)
    }

    /// Volatility per year, from the larger of both averages: rounded up, at most the largest multiple (16).
    pub fn volatility(&self) -> Multiple {
        let variance = self.larger();
        if variance >= 1 << 40 {
            return Multiple::from_bits(u32::MAX);
        }
        // √(v·2³²·2²⁴) = √v·2²⁸, below 2³² because v < 2⁸.
        Multiple::from_bits(square_root_ceil(variance << 24).min(u64::from(u32::MAX)) as u32)
    }

    /// How fast the market is against its usual pace: √(fast/slow) between ½ and 3, rounded down. 1 if nothing moved in
    /// either average.
    pub fn regime(&self) -> Ratio {
        const SLOWEST: Ratio = Ratio::from_millionths(500_000);
        const FASTEST: Ratio = Ratio::from_millionths(3_000_000);
        if self.fast / 9 >= self.slow {
            return if self.fast == 0 { Ratio::ONE } else { FASTEST };
        }
        if self.fast <= self.slow / 4 {
            return SLOWEST;
        }
        // Below 9·2⁶⁰, so it fits.
        let quotient_q60 = num::mul_div_floor(self.fast, 1 << 60, self.slow).unwrap_or(u64::MAX);
        Ratio::from_bits(num::sqrt_floor(quotient_q60) as u32).clamp(SLOWEST, FASTEST)
    }
}

/// `⌈√value⌉`.
pub(crate) fn square_root_ceil(value: u64) -> u64 {
    // For whole numbers ⌈√v⌉ = ⌊√(v − 1)⌋ + 1.
    if value == 0 { 0 } else { num::sqrt_floor(value.wrapping_sub(1)).wrapping_add(1) }
}

/// r²·year/Δt, scale 2^-32, rounded up; below 2^63. `elapsed` from 1 to 2³⁰.
fn annual_squared_return(magnitude_q40: u64, elapsed: u64) -> u64 {
    let magnitude = magnitude_q40.min(LARGEST_RETURN_Q40);
    if magnitude == 0 {
        return 0;
    }
    let (high, low) = num::widening_mul(magnitude, magnitude);
    // From Q80 to Q56: at most 2⁶². A unit is a millionth of the square of a return of 4·10⁻⁶.
    let squared_q56 = ((high << 40) | (low >> 24)).wrapping_add(1);
    // The quotient is at most 2⁶²·2²⁵/2²⁴.
    num::mul_div_ceil(squared_q56, SECONDS_PER_YEAR, elapsed << 24).unwrap_or(i64::MAX as u64)
}

/// 1 − exp(−elapsed/time constant), Q40. `elapsed` at most 2³⁰.
fn weight_q40(elapsed: u64, time_constant: u32) -> u64 {
    let time_constant = u64::from(time_constant.max(1));
    if elapsed >= FORGOTTEN.wrapping_mul(time_constant) {
        return ONE_Q40;
    }
    if elapsed.wrapping_mul(SERIES_FRACTION) < time_constant {
        // Below 2³⁴, whose products need a few bits less. `elapsed` is below 2²⁶ here, or the quotient below 2⁻⁶.
        let y = ratio_q40(elapsed, time_constant);
        let square = (y >> 4).wrapping_mul(y >> 4) >> 32;
        let cube = square.wrapping_mul(y) >> 40;
        return y.wrapping_sub(square >> 1).wrapping_add(cube / 6);
    }
    // Below 22·2²⁸.
    let y_q28 = ratio_q40(elapsed, time_constant) >> 12;
    ONE_Q40.wrapping_sub(num::exp_neg_q31(y_q28) << 9)
}

/// elapsed / time constant in Q40, rounded down, for a quotient below 22.
fn ratio_q40(elapsed: u64, time_constant: u64) -> u64 {
    num::mul_div_floor(elapsed, ONE_Q40, time_constant).unwrap_or(0)
}

/// before + weight·(now − before), rounded up; below 2^63 because both are.
fn average(before: u64, now: u64, weight_q40: u64) -> u64 {
    if now >= before {
        before.wrapping_add(share_q40(now.wrapping_sub(before), weight_q40).wrapping_add(1)).min(now)
    } else {
        before.wrapping_sub(share_q40(before.wrapping_sub(now), weight_q40))
    }
}

/// ⌊amount·weight⌋ for a weight in Q40 of at most one.
fn share_q40(amount: u64, weight_q40: u64) -> u64 {
    let (high, low) = num::widening_mul(amount, weight_q40);
    (high << 24) | (low >> 40)
}

/// A price that follows the oracle's, but not faster than it is allowed to.
///
/// Collateral counts at the lower of the two for initial margin, so that nobody borrows against a spike.
///
/// Scale 2^-16 of a tick: at a tick a step of a second is not lost to rounding even for the cheapest token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StablePrice(u64);

impl StablePrice {
    /// Seconds per hour: also the longest time that one step counts.
    const HOUR: u64 = 3_600;
    /// Seconds per minute: the longest time that one step counts of what moves by minutes.
    const MINUTE: u64 = 60;

    /// The price with these bits, scale 2^-16 of a tick; 0 before the first price.
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// The bits, scale 2^-16 of a tick.
    pub const fn to_bits(self) -> u64 {
        self.0
    }

    /// Moves towards the oracle's price, by at most `growth_per_hour` × itself × the time since the last price, of
    /// which at most an hour counts. The first price is taken as it is.
    ///
    /// A step rounds down when rising and up when falling, by at most one unit: against whoever deposits.
    pub fn update(&mut self, oracle: Price, elapsed_seconds: u64, growth_per_hour: Ratio) {
        self.approach(oracle, elapsed_seconds, growth_per_hour, Self::HOUR);
    }

    /// The same with a rate per minute, of which at most a minute counts: no publication moves it by more than that rate.
    pub fn update_by_minutes(&mut self, oracle: Price, elapsed_seconds: u64, growth_per_minute: Ratio) {
        self.approach(oracle, elapsed_seconds, growth_per_minute, Self::MINUTE);
    }

    fn approach(&mut self, oracle: Price, elapsed_seconds: u64, growth: Ratio, period: u64) {
        let oracle = oracle.ticks() << 16;
        if self.0 == 0 {
            self.0 = oracle;
            return;
        }
        let growth = u64::from(growth.to_bits()).wrapping_mul(elapsed_seconds.min(period));
        let divisor = period << 30;
        if oracle >= self.0 {
            let step = num::mul_div_floor(self.0, growth, divisor).unwrap_or(u64::MAX);
            self.0 = self.0.saturating_add(step).min(oracle);
        } else {
            let step = num::mul_div_ceil(self.0, growth, divisor).unwrap_or(u64::MAX);
            self.0 = self.0.saturating_sub(step).max(oracle);
        }
    }

    /// The price to the nearest tick.
    pub fn nearest_ticks(self) -> u64 {
        self.0.saturating_add(1 << 15) >> 16
    }

    /// The price in whole ticks, rounded down.
    pub fn ticks(self) -> u64 {
        self.0 >> 16
    }

    /// The price that initial margin counts a deposit at: the oracle's or this one, whichever is lower, and at least
    /// one tick.
    pub fn lower_of(self, oracle: Price) -> Price {
        Price::new(self.ticks().clamp(1, oracle.ticks())).unwrap_or(oracle)
    }

    /// The oracle's price or this one, whichever is higher; rounded up.
    pub fn higher_of(self, oracle: Price) -> Price {
        Price::new(self.0.div_ceil(1 << 16).max(oracle.ticks())).unwrap_or(oracle)
    }
}

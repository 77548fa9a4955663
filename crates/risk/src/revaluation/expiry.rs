//! Forward, discount factor, volatility rows and units of one expiry.

use super::{
    ExpiryInput, MarketInput,
    money::{UnitValue, scale_q26_ceil},
    years_q31,
};
use crate::{
    black76::{self, GreekSums, KernelOption, MIN_DEVIATION},
    error::RiskError,
    num,
    quantity::{Multiple, Price, Ratio},
    scenario::{BasisShock, Discounts, ONE_Q28, SkewShock},
    surface::RawSvi,
};

/// An expiry prepared for pricing.
///
/// Prices are held as block floating point: mantissa × 2^`exponent` ticks, with the forward's mantissa in
/// [2^28, 2^29).
#[derive(Clone, Copy, Debug)]
pub struct ExpiryValuation {
    /// Forward, mantissa.
    pub forward: u64,
    /// Part of the forward that still moves with the index, mantissa; the rest is fixed by the settlement average.
    pub moving: u64,
    /// Exponent of mantissas.
    pub exponent: i32,
    /// ln(forward in ticks), Q40.
    pub log_forward: i64,
    /// Forward, ticks, rounded to nearest.
    pub forward_ticks: u64,
    /// Moving part of the forward, ticks, rounded to nearest.
    pub moving_ticks: u64,
    /// Discounted value of one mantissa unit × lot, rounded down.
    pub unit: UnitValue,
    /// What it counts for in scenarios where the expiry's options are worth something, rounded down …
    pub long_unit: UnitValue,
    /// … and where they cost something, rounded up.
    pub short_unit: UnitValue,
    /// Discount factor, Q31.
    pub discount: u64,
    /// Multipliers of volatility: up and down, Q28.
    pub multipliers: (u64, u64),
    /// √time in years, Q28; zero from expiry on.
    pub sqrt_time: u64,
    /// Years to expiry, Q31.
    pub years: u64,
    /// Lowest deviation of the up row, Q28.
    up_floor: u64,
    /// What the up row adds to a deviation, and what the down row takes off it, whatever it is, Q28.
    shifts: (u64, u64),
    /// Skew of the smile's shocks.
    pub(super) skew: ExpirySkew,
    /// What a basis loss is multiplied with, scale 2^-26, rounded up.
    pub(super) basis_weight: u64,
    /// σ·√T at the money, Q28; zero from expiry on.
    pub at_the_money: u64,
    /// Quality of the prices behind the marks.
    pub(super) quality: Ratio,
    /// √(time now / time when the surface was posted), Q28.
    surface_decay: u64,
    surface: RawSvi,
    /// A root of the surface at the money, from which those of other strikes are found.
    surface_root: u64,
}

/// The slope of the skew scenarios and where it ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct ExpirySkew {
    /// cap / k*, scale 2^-24, rounded up.
    slope: u64,
    /// Scale 2^-28.
    cap: u64,
}

impl ExpirySkew {
    fn new(shock: &SkewShock, sqrt_time: u64) -> Self {
        if !shock.is_on() {
            return Self { slope: 0, cap: 0 };
        }
        // √T is below 3 in Q28 for the seven years that anything is listed for; ratios are below 4 in Q30.
        let sqrt_time = sqrt_time.min(3 << 28);
        let of_root = |ratio: Ratio| sqrt_time.wrapping_mul(u64::from(ratio.to_bits())) >> 30;
        let cap = of_root(shock.base).wrapping_add(u64::from(shock.scale.to_bits() >> 2));
        let volatility = u64::from(shock.volatility.to_bits() >> 2).wrapping_add(of_root(shock.volatility_per_root));
        // Volatility below 16 and √T below 3 in Q24 each, width below 16 in Q20.
        let width =
            ((volatility >> 4).wrapping_mul(sqrt_time >> 4) >> 24).wrapping_mul(u64::from(shock.width.to_bits() >> 8));
        let width = (width >> 16).max(u64::from(shock.width_floor.to_bits() >> 2)).max(1 << 12);
        // A steeper slope than 1,024 would reach any cap within a thousandth of a strike all the same.
        Self { slope: ((cap << 24) / width).wrapping_add(1).min((1 << 34) - 1), cap }
    }

    /// How far the multiplier of a strike's volatility is from one, Q28, rounded up. |log-moneyness| < 8.
    #[inline(always)]
    pub fn change(&self, log_moneyness: i64) -> u64 {
        // In Q26 at most 2^29, times less than 2^34.
        let magnitude = (log_moneyness.unsigned_abs() >> 3).wrapping_add(1);
        (magnitude.wrapping_mul(self.slope) >> 22).wrapping_add(1).min(self.cap)
    }
}

/// A strike prepared for pricing.
#[derive(Clone, Copy, Debug)]
pub struct StrikeValuation {
    /// ln(forward / strike), Q29.
    pub log_moneyness: i64,
    /// Strike, mantissa.
    pub mantissa: u64,
    /// σ·√T at the mark, Q28; zero from expiry on.
    pub deviation: u64,
}

impl ExpiryValuation {
    /// Prepares an expiry.
    ///
    /// # Errors
    /// [`RiskError::PriceOutOfRange`] if the forward leaves the range of prices.
    pub fn new(market: &MarketInput, input: &ExpiryInput) -> Result<Self, RiskError> {
        let index = market.price.ticks();
        // The index as a mantissa in [2^30, 2^31); prices are below 2^48.
        let lift = 30_i32.wrapping_sub(num::most_significant_bit(index) as i32);
        let index_mantissa = shift(index, lift);
        let basis = i64::from(input.basis.to_bits());
        let growth = num::exp_q30(basis);
        let spot_forward = index_mantissa.wrapping_mul(growth) >> 30;

        let fixed_share = u64::from(input.fixed_share).min(ONE_Q28);
        let (moving, fixed) = if fixed_share == 0 {
            (spot_forward, 0)
        } else {
            let average = shift(Price::new(input.average)?.ticks(), lift).min(1 << 34);
            (
                spot_forward.wrapping_mul(ONE_Q28.wrapping_sub(fixed_share)) >> 28,
                average.wrapping_mul(fixed_share) >> 28,
            )
        };
        let total = moving.wrapping_add(fixed);
        let excess = (num::most_significant_bit(total.max(1)) as i32).wrapping_sub(28);
        let (forward, moving) = (shift(total, excess.wrapping_neg()), shift(moving, excess.wrapping_neg()));
        let exponent = excess.wrapping_sub(lift);
        let forward_ticks = Price::new(shift_to_nearest(forward, exponent))?.ticks();
        let log_forward = if fixed_share == 0 {
            market.log_price.wrapping_add(basis << 10)
        } else {
            num::ln_q40(forward).wrapping_add(i64::from(exponent).wrapping_mul(num::LN_2_Q40))
        };

        let years = years_q31(input.seconds);
        let term = Term::new(input, years);
        let (scale, scale_shift) = market.scale.mantissa();
        let unit = |factor: u64| UnitValue::new(scale, factor, scale_shift.wrapping_sub(exponent));
        let (long, short) = term.factors(&market.discounts);
        let short_unit = unit(short).raised(2);
        // Both with one shift, which saves every scenario a choice.
        let long_unit = short_unit.beside(scale, long, scale_shift.wrapping_sub(exponent));
        let sqrt_time = num::sqrt_years_q28(input.seconds);
        let surface_root = if sqrt_time == 0 { 0 } else { input.surface.root_at(0) };
        let surface_decay = (sqrt_time << 28) / input.surface_sqrt_time.max(1);
        let of_root = |volatility: Ratio| u64::from(volatility.to_bits()).wrapping_mul(sqrt_time) >> 30;
        Ok(Self {
            forward,
            moving,
            exponent,
            log_forward,
            forward_ticks,
            moving_ticks: shift_to_nearest(moving, exponent),
            unit: unit(term.discount),
            long_unit,
            short_unit,
            discount: term.discount,
            multipliers: market.volatility.multipliers(input.seconds, input.widening),
            sqrt_time,
            years,
            up_floor: of_root(market.volatility.up_floor),
            shifts: (of_root(market.volatility.up_shift), of_root(market.volatility.down_shift)),
            skew: ExpirySkew::new(&market.skew, sqrt_time),
            basis_weight: basis_weight(&market.basis, years),
            at_the_money: (surface_root >> (input.surface.variance_shift & 63)).wrapping_mul(surface_decay) >> 28,
            quality: input.quality,
            surface_decay,
            surface: input.surface,
            surface_root,
        })
    }

    /// Whether option values can still change: from expiry on they are intrinsic values of the settlement price.
    pub fn is_alive(&self) -> bool {
        self.sqrt_time > 0
    }

    /// A strike as a mantissa, rounded to nearest; at most 2^62.
    fn strike_mantissa(&self, strike: u64) -> u64 {
        let by = self.exponent.wrapping_neg();
        if by > 0 && strike >> (62_i32.wrapping_sub(by).max(0) & 63) != 0 {
            1 << 62
        } else {
            shift_to_nearest(strike, by)
        }
    }

    /// What the kernels need to know about a strike.
    #[inline(always)]
    pub fn strike(&self, strike: u64, log_strike: i64) -> StrikeValuation {
        let log_moneyness = self.log_forward.wrapping_sub(log_strike) >> 11;
        StrikeValuation {
            log_moneyness,
            mantissa: self.strike_mantissa(strike),
            deviation: if self.is_alive() { self.deviation(log_moneyness) } else { 0 },
        }
    }

    /// What the kernels need to know about a strike whose volatility is given instead of taken from the surface.
    pub fn strike_with_volatility(&self, strike: u64, log_strike: i64, volatility: Multiple) -> StrikeValuation {
        StrikeValuation {
            log_moneyness: self.log_forward.wrapping_sub(log_strike) >> 11,
            mantissa: self.strike_mantissa(strike),
            // Below 2^32 · 2^30.
            deviation: (u64::from(volatility.to_bits()).wrapping_mul(self.sqrt_time) >> 28).max(MIN_DEVIATION),
        }
    }

    /// σ·√T of a strike at the mark, Q28; the kernels limit it to their range.
    fn deviation(&self, log_moneyness: i64) -> u64 {
        let posted = self.surface.total_deviation_near(log_moneyness.wrapping_neg(), self.surface_root);
        (posted.wrapping_mul(self.surface_decay) >> 28).max(MIN_DEVIATION)
    }

    /// What the call and the put of a strike are worth.
    pub fn option_prices(&self, strike: u64, log_strike: i64) -> OptionPrices {
        let StrikeValuation { log_moneyness, mantissa, deviation } = self.strike(strike, log_strike);
        let mut sums = GreekSums::default();
        let option = KernelOption { log_moneyness, strike: mantissa, quantity: 1 };
        // A price for people and for the trading band: the error bound is far below a tick of either.
        let _ = black76::accumulate_greeks(self.forward, &option, deviation, &mut sums);
        let call = sums.value.max(0) as u64;
        let put = call.saturating_add(mantissa).saturating_sub(self.forward);
        let vega =
            ((sums.vega.max(0) as u64).wrapping_mul(self.forward >> 4) >> 27).wrapping_mul(self.sqrt_time >> 4) >> 24;
        let ticks = |value: u64| {
            let discounted = num::mul_div_floor(value, self.discount, 1 << 31).unwrap_or(value);
            shift_to_nearest(discounted, self.exponent)
        };
        let call_delta = (sums.delta.clamp(0, 1 << 31) as u64).wrapping_mul(self.forward) >> 31;
        OptionPrices {
            call: ticks(call),
            put: ticks(put),
            vega: ticks(vega),
            call_delta: ticks(call_delta),
            put_delta: ticks(self.forward.saturating_sub(call_delta)),
        }
    }

    /// A loss to a basis shock, weighted by the time to expiry and rounded up; a gain counts for nothing. µUSD.
    pub(super) fn weigh_basis(&self, loss: i64) -> i64 {
        if loss <= 0 { 0 } else { scale_q26_ceil(loss, self.basis_weight) }
    }

    /// σ·√T of a strike in the rows up, flat and down, Q28; the kernels limit it to their range.
    pub fn row_deviations(&self, deviation: u64) -> [u64; 3] {
        let (rise, fall) = self.shifts;
        let up =
            (deviation.wrapping_mul(self.multipliers.0) >> 28).wrapping_add(rise).wrapping_add(1).max(self.up_floor);
        let down = (deviation.wrapping_mul(self.multipliers.1) >> 28).max(fall).wrapping_sub(fall);
        [up, deviation, down]
    }
}

/// What the call and the put of a strike are worth; discounted, ticks, rounded to nearest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OptionPrices {
    /// Price of the call.
    pub call: u64,
    /// Price of the put.
    pub put: u64,
    /// What either gains per rise of volatility by 1.00.
    pub vega: u64,
    /// What the call gains per rise of the index by 100 %, to first order.
    pub call_delta: u64,
    /// What the put loses per rise of the index by 100 %, to first order.
    pub put_delta: u64,
}

/// Interest over the time to expiry.
struct Term {
    /// max(rate, 0), Q30.
    rate: u64,
    /// Q31.
    years: u64,
    /// exp(−rate × years), Q31.
    discount: u64,
}

impl Term {
    /// A rate counts for at most 100 % a year, the time for at most seven years: beyond what a market may list.
    fn new(input: &ExpiryInput, years: u64) -> Self {
        let rate = input.rate.to_bits().clamp(0, 1 << 30).unsigned_abs();
        let mut term = Self { rate: u64::from(rate), years: years.min(7 << 31), discount: 0 };
        term.discount = term.decay(term.rate);
        term
    }

    /// exp(−rate × years), Q31. A rate in Q30, of which at most 16 counts.
    fn decay(&self, rate: u64) -> u64 {
        // Q30 × Q31 → Q28. At most 7 years: the product stays below 2^64 for a rate of at most one, and for a greater one
        // without its last bits.
        let exponent = if rate == 0 {
            return 1 << 31;
        } else if rate <= 1 << 30 {
            rate.wrapping_mul(self.years) >> 33
        } else {
            (rate.min(16 << 30) >> 4).wrapping_mul(self.years) >> 29
        };
        num::exp_neg_q31(exponent)
    }

    /// Discount factor times the factors of [`Discounts`], Q31: of a value that is not negative, rounded down, and of a
    /// negative one.
    fn factors(&self, discounts: &Discounts) -> (u64, u64) {
        let share = |rate: Ratio| self.rate.wrapping_mul(u64::from(rate.to_bits())) >> 30;
        let long_rate = share(discounts.rate_long).wrapping_add(u64::from(discounts.add_long.to_bits()));
        let short_rate = share(discounts.rate_short).wrapping_add(u64::from(discounts.add_short.to_bits()));
        let long = self.decay(self.rate.wrapping_add(long_rate));
        let long = long.wrapping_mul(u64::from(discounts.base_long.to_bits().min(1 << 30))) >> 30;
        let base_short = u64::from(discounts.base_short.to_bits());
        // The discount factor cancels as soon as the short factor grows as fast.
        let short = if short_rate < self.rate {
            (self.decay(self.rate.wrapping_sub(short_rate)).wrapping_mul(base_short) >> 30).wrapping_add(2)
        } else if base_short >= 1 << 30 {
            1 << 31
        } else {
            ((base_short << 32) / self.decay(short_rate.wrapping_sub(self.rate)).max(1)).wrapping_add(2)
        };
        let short = short.min(1 << 31);
        (long.saturating_sub(2), short)
    }
}

/// add + per year × years, scale 2^-26, rounded up; below 2^31.
fn basis_weight(shock: &BasisShock, years: u64) -> u64 {
    if !shock.is_on() {
        return 0;
    }
    let per_year = u64::from(shock.per_year.to_bits()).wrapping_mul(years.min(7 << 31).div_ceil(1 << 5));
    let add = u64::from(shock.add.to_bits()).div_ceil(1 << 4);
    add.wrapping_add(per_year.div_ceil(1 << 30)).min((1 << 31) - 1)
}

/// `value` × 2^`by`, rounded down.
fn shift(value: u64, by: i32) -> u64 {
    if by >= 0 { value << (by & 63) } else { value >> (by.wrapping_neg().min(63) & 63) }
}

/// `value` × 2^`by`, rounded to nearest.
fn shift_to_nearest(value: u64, by: i32) -> u64 {
    if by >= 0 {
        return value << (by & 63);
    }
    let all_but_one = by.wrapping_neg().min(63).wrapping_sub(1);
    (value >> (all_but_one & 63)).wrapping_add(1) >> 1
}

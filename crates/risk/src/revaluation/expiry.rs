//! Forward, discount factor, volatility rows and units of one expiry.

use super::{ExpiryInput, MarketInput, money::UnitValue, years_q31};
use crate::{
    black76::{self, GreekSums, KernelOption, MIN_DEVIATION},
    error::RiskError,
    num,
    quantity::Price,
    scenario::ONE_Q28,
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
    /// Discounted value of one mantissa unit × lot.
    pub unit: UnitValue,
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
    /// √(time now / time when the surface was posted), Q28.
    surface_decay: u64,
    surface: RawSvi,
    /// A root of the surface at the money, from which those of other strikes are found.
    surface_root: u64,
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
        let discount = discount_q31(input, years);
        let (scale, scale_shift) = market.scale.mantissa();
        let sqrt_time = num::sqrt_years_q28(input.seconds);
        Ok(Self {
            forward,
            moving,
            exponent,
            log_forward,
            forward_ticks,
            moving_ticks: shift_to_nearest(moving, exponent),
            unit: UnitValue { mantissa: scale.wrapping_mul(discount) >> 31, shift: scale_shift.wrapping_sub(exponent) },
            discount,
            multipliers: market.volatility.multipliers(input.seconds),
            sqrt_time,
            years,
            up_floor: u64::from(market.volatility.up_floor.to_bits()).wrapping_mul(sqrt_time) >> 30,
            surface_decay: (sqrt_time << 28) / input.surface_sqrt_time.max(1),
            surface: input.surface,
            surface_root: if sqrt_time == 0 { 0 } else { input.surface.root_at(0) },
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

    /// σ·√T of a strike at the mark, Q28; the kernels limit it to their range.
    fn deviation(&self, log_moneyness: i64) -> u64 {
        let posted = self.surface.total_deviation_near(log_moneyness.wrapping_neg(), self.surface_root);
        (posted.wrapping_mul(self.surface_decay) >> 28).max(MIN_DEVIATION)
    }

    /// Prices of the call and the put of a strike, and their vega per 1.00 of volatility; discounted, ticks, rounded
    /// to nearest.
    pub fn option_prices(&self, strike: u64, log_strike: i64) -> (u64, u64, u64) {
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
        (ticks(call), ticks(put), ticks(vega))
    }

    /// σ·√T of a strike in the rows up, flat and down, Q28; the kernels limit it to their range.
    pub fn row_deviations(&self, deviation: u64) -> [u64; 3] {
        let up = (deviation.wrapping_mul(self.multipliers.0) >> 28).wrapping_add(1).max(self.up_floor);
        let down = deviation.wrapping_mul(self.multipliers.1) >> 28;
        [up, deviation, down]
    }
}

/// exp(−max(rate, 0) × years), scale 2^-31. A rate counts for at most 100 % a year, the time for at most seven years:
/// beyond what a market may list.
fn discount_q31(input: &ExpiryInput, years: u64) -> u64 {
    let rate = input.rate.to_bits().clamp(0, 1 << 30).unsigned_abs();
    if rate == 0 {
        return 1 << 31;
    }
    // Q30 × Q31 → Q28: the product of a rate of at most one and at most seven years stays below 2^64.
    let product = u64::from(rate).wrapping_mul(years.min(7 << 31));
    num::exp_neg_q31(product >> 33)
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

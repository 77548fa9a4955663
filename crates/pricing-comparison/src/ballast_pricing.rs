//! This project's pricing: the kernel as the engine calls it, and a complete Black-Scholes formula made of the same
//! functions.

use ballast_risk::{
    black76::{GreekSums, KernelOption, accumulate_greeks, call_value},
    num,
};

use crate::{Priced, Terms};

/// The engine's own case: a forward's mantissa, ln(F/K) Q29, the strike's mantissa, σ√T Q28. Logarithms of strikes are
/// stored with them, that of the forward and σ√T belong to an expiry and a strike.
///
/// The call in units of the mantissas, undiscounted.
pub fn kernel_value(terms: &Terms) -> Priced {
    let [forward, log_moneyness, strike, deviation, _] = terms.map(|number| number as i64);
    let call = call_value(forward as u64, strike as u64, log_moneyness, deviation as u64);
    [i128::from(call), i128::from(call - forward + strike), 0, 0, 0, 0, 0, 0]
}

/// Call and put, and the sums of [`GreekSums`] as they are: money and time come in once per expiry.
pub fn kernel_greeks(terms: &Terms) -> Priced {
    let [forward, log_moneyness, strike, deviation, _] = terms.map(|number| number as i64);
    let option = KernelOption { log_moneyness, strike: strike as u64, quantity: 1 };
    let mut sums = GreekSums::default();
    let _ = accumulate_greeks(forward as u64, &option, deviation as u64, &mut sums);
    let put = sums.value - forward + strike;
    [sums.value, put, sums.delta, sums.gamma, sums.vega, sums.theta, sums.rho, 0].map(i128::from)
}

/// What the formula needs beside the prices themselves.
struct Prepared {
    forward: u64,
    option: KernelOption,
    deviation: u64,
    /// √T, Q28.
    root: u64,
    /// e^(−rT), Q30.
    discount: u64,
    /// Binary exponent of the mantissas.
    exponent: i32,
}

/// Spot price and strike in ticks, below 2^48; rate Q30, not negative; volatility Q28; years Q40, below 16.
fn prepare(terms: &Terms) -> Prepared {
    let [spot, strike, rate, volatility, years] = terms.map(|number| number as u64);
    // r·T, Q30.
    let drift = rate.wrapping_mul(years >> 10) >> 30;
    let growth = num::exp_q30(drift as i64);
    let lift = 30_i32 - num::most_significant_bit(spot) as i32;
    let forward = shift(spot, lift).wrapping_mul(growth) >> 30;
    let excess = num::most_significant_bit(forward) as i32 - 28;
    let log_moneyness = (num::ln_q40(spot) + ((drift << 10) as i64) - num::ln_q40(strike)) >> 11;
    let root = num::sqrt_fast(years << 16);
    Prepared {
        forward: forward >> excess,
        option: KernelOption { log_moneyness, strike: shift(strike, lift - excess), quantity: 1 },
        deviation: volatility.wrapping_mul(root) >> 28,
        root,
        discount: num::exp_neg_q31(drift >> 2) >> 1,
        exponent: excess - lift,
    }
}

/// The call and the put, discounted: in mantissa units, with their exponent.
pub fn value(terms: &Terms) -> Priced {
    let Prepared { forward, option, deviation, discount, exponent, .. } = prepare(terms);
    let call = call_value(forward, option.strike, option.log_moneyness, deviation);
    let put = call - forward as i64 + option.strike as i64;
    let discounted = |amount: i64| i128::from(num::mul_shift_30_floor(amount, discount as u32));
    [discounted(call), discounted(put), 0, 0, 0, 0, 0, i128::from(exponent)]
}

/// Everything that the other implementations give. Call, put and theta in mantissa units, vega and rho in 2^-12 of one;
/// delta Q31; gamma × spot price Q20.
pub fn greeks(terms: &Terms) -> Priced {
    let Prepared { forward, option, deviation, root, discount, exponent } = prepare(terms);
    let (rate, years) = (terms[2] as i64, terms[4] as i64);
    let mut sums = GreekSums::default();
    let _ = accumulate_greeks(forward, &option, deviation, &mut sums);
    let put = sums.value - forward as i64 + option.strike as i64;
    let discounted = |amount: i64| num::mul_shift_30_floor(amount, discount as u32);
    let volatile = (sums.vega * forward as i64) >> 31;
    let vega = (volatile * root as i64) >> 16;
    let decaying = (sums.theta * forward as i64) >> 31;
    let decay = ((decaying.unsigned_abs() << 33) / (years.unsigned_abs() >> 6).max(1)) as i64;
    let carry = (rate * sums.rho) >> 30;
    let rho = num::mul_div_floor(sums.rho as u64, years.unsigned_abs(), 1 << 28).unwrap_or(0) as i64;
    [
        discounted(sums.value),
        discounted(put),
        // D·F = S without dividends: delta is N(d1), and Γ·S = φ(d1)/w.
        sums.delta,
        sums.gamma,
        discounted(vega),
        -discounted(decay + carry),
        discounted(rho),
        i64::from(exponent),
    ]
    .map(i128::from)
}

fn shift(value: u64, left: i32) -> u64 {
    if left >= 0 { value << (left & 63) } else { value >> (-left & 63) }
}

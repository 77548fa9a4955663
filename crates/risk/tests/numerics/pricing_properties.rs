//! What must hold for the cubic kernel at every input, and its error over random ones.

use ballast_risk::black76::{
    GreekSums, KernelOption, MAX_DEVIATION, MIN_DEVIATION, accumulate_greeks, call_value, value_error_bound,
};
use proptest::prelude::*;

use crate::reference::{Q28, Q29, Q31, call, density, distribution};

/// A consistent option: forward, strike, ln(F/K) and w, strikes from F/16 to 16·F and w spread over its whole range.
pub fn options() -> impl Strategy<Value = (u64, u64, i64, u64)> {
    (1u64 << 28..1 << 29, -2.77f64..2.07, 0.0f64..1.0).prop_map(|(forward, log_strike, spread)| {
        let strike = (forward as f64 * log_strike.exp()).round().max(1.0) as u64;
        let log_moneyness = ((forward as f64 / strike as f64).ln() * Q29).floor() as i64;
        let (least, most) = (MIN_DEVIATION as f64, MAX_DEVIATION as f64);
        (forward, strike, log_moneyness, (least * (most / least).powf(spread)) as u64)
    })
}

fn greeks(forward: u64, strike: u64, log_moneyness: i64, deviation: u64, quantity: i64) -> GreekSums {
    let mut sums = GreekSums::default();
    let option = KernelOption { log_moneyness, strike, quantity };
    let slack = accumulate_greeks(forward, &option, deviation, &mut sums);
    assert_eq!(slack, 0);
    sums
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40_000))]

    #[test]
    fn values_are_within_the_bound_of_exact_ones((forward, strike, x, w) in options()) {
        // The reference takes the kernel's own inputs, so only the kernel's error shows.
        let (f, k) = (forward as f64, strike as f64);
        let exact = call(f, k, (f / k).ln(), w as f64 / Q28);
        let bound = value_error_bound(forward, strike) as f64;
        let error = (call_value(forward, strike, x, w) as f64 - exact).abs();
        prop_assert!(error <= bound, "error {} beyond {}", error, bound);
    }

    #[test]
    fn a_call_lies_between_intrinsic_value_and_forward((forward, strike, x, w) in options()) {
        let value = call_value(forward, strike, x, w);
        let slack = value_error_bound(forward, strike) as i64;
        let intrinsic = (forward as i64 - strike as i64).max(0);
        prop_assert!(value >= intrinsic - slack);
        prop_assert!(value <= forward as i64 + slack);
    }

    #[test]
    fn a_call_gains_with_the_forward_but_never_more_than_it(
        (forward, strike, x, w) in options(),
        rise in 1u64..1 << 24,
    ) {
        let risen = forward + rise;
        let risen_x = x + ((rise as f64 / forward as f64).ln_1p() * Q29).floor() as i64;
        let gain = call_value(risen, strike, risen_x, w) - call_value(forward, strike, x, w);
        let slack = 2 * value_error_bound(risen, strike) as i64;
        prop_assert!(gain >= -slack);
        prop_assert!(gain <= rise as i64 + slack);
    }

    #[test]
    fn a_call_gains_with_volatility((forward, strike, x, w) in options(), rise in 0u64..1 << 26) {
        let slack = 2 * value_error_bound(forward, strike) as i64;
        let more = call_value(forward, strike, x, w + rise);
        prop_assert!(more >= call_value(forward, strike, x, w) - slack);
    }

    #[test]
    fn the_value_in_the_greeks_is_the_call_value(
        (forward, strike, x, w) in options(),
        quantity in -1i64 << 30..=1 << 30,
    ) {
        let sums = greeks(forward, strike, x, w, quantity);
        prop_assert_eq!(sums.value, quantity * call_value(forward, strike, x, w));
    }

    #[test]
    fn a_put_by_parity_is_the_call_with_the_roles_exchanged((forward, strike, x, w) in options()) {
        // P(F, K) = C(K, F): two independent evaluations.
        prop_assume!(forward >> 32 == 0 && strike >> 32 == 0);
        let parity = call_value(forward, strike, x, w) - (forward as i64 - strike as i64);
        let exchanged = call_value(strike, forward, -x, w);
        let slack = value_error_bound(forward, strike) + value_error_bound(strike, forward);
        prop_assert!(parity.abs_diff(exchanged) <= slack);
    }

    #[test]
    fn greeks_are_accurate((forward, strike, x, w) in options()) {
        let sums = greeks(forward, strike, x, w, 1);
        let deviation = w as f64 / Q28;
        let (f, k) = (forward as f64, strike as f64);
        let d1 = (f / k).ln() / deviation + deviation / 2.0;
        let phi = density(d1);
        let bound = 6e-8 * (1.0 + 0.02 / deviation);
        prop_assert!((sums.delta as f64 / Q31 - distribution(d1)).abs() <= bound);
        prop_assert!((sums.vega as f64 / Q31 - phi).abs() <= bound);
        prop_assert!((sums.theta as f64 / Q31 - phi * deviation).abs() <= 1e-7);
        let gamma = sums.gamma as f64 / (1u64 << 20) as f64;
        prop_assert!((gamma - phi / deviation).abs() <= 1e-6 + bound / deviation);
        let paid = k * distribution(d1 - deviation);
        prop_assert!((sums.rho as f64 - paid).abs() <= (bound * f.max(k)) + 2.0);
    }
}

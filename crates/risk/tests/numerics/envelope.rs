//! Strikes that the kernels' 64-bit products cannot take: the stand-in must stay within the bound that it reports.

use ballast_risk::black76::{
    BoundedValue, FIRST_CORE, GreekSums, KernelOption, MAX_DEVIATION, MIN_DEVIATION, NodeGrid, Visits,
    accumulate_greeks, accumulate_scenarios, call_value_with_bound,
};
use bytemuck::Zeroable;
use proptest::prelude::*;

use crate::reference::{Q28, Q29, call};

/// Strikes from 8 to 22,000 times the forward, and below a 2,980th of it.
fn far_options() -> impl Strategy<Value = (u64, u64, i64, u64)> {
    let log_strike = prop_oneof![2.1f64..10.0, -19.0f64..-7.9];
    (1u64 << 28..1 << 29, log_strike, 0.0f64..1.0).prop_map(|(forward, log_strike, spread)| {
        let strike = (forward as f64 * log_strike.exp()).round().max(1.0) as u64;
        let log_moneyness = ((forward as f64 / strike as f64).ln() * Q29).floor() as i64;
        let (least, most) = (MIN_DEVIATION as f64, MAX_DEVIATION as f64);
        (forward, strike, log_moneyness, (least * (most / least).powf(spread)) as u64)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn the_stand_in_is_within_its_bound((forward, strike, x, w) in far_options()) {
        let (f, k) = (forward as f64, strike as f64);
        let exact = call(f, k, (f / k).ln(), w as f64 / Q28);
        let BoundedValue { value, error_bound } = call_value_with_bound(forward, strike, x, w);
        prop_assert!((value as f64 - exact).abs() <= error_bound as f64 + 1e-6 * k.min(f));
        prop_assert!((value as f64 - exact).abs() <= error_bound as f64 + 1.0);
    }

    #[test]
    fn scenarios_report_what_they_may_be_off_by(
        (forward, strike, x, w) in far_options(),
        quantity in -1i64 << 30..=1 << 30,
    ) {
        let mut grid = NodeGrid::zeroed();
        let factors = [0.4, 1.0, 6.0];
        for (node, factor) in factors.into_iter().enumerate() {
            grid.log_factor[FIRST_CORE + node] = (f64::ln(factor) * Q29).floor() as i64;
            grid.forward[FIRST_CORE + node] = (forward as f64 * factor) as u64;
        }
        let option = KernelOption { log_moneyness: x, strike, quantity };
        let slack = accumulate_scenarios(&option, [w; 3], &Visits { ends: [FIRST_CORE as u64 + 3; 3], basis: 0 }, &mut grid);
        let value = |node: usize| {
            let (f, k) = (grid.forward[FIRST_CORE + node] as f64, strike as f64);
            call(f, k, (f / k).ln(), w as f64 / Q28)
        };
        let in_range = strike >> 32 == 0 && x.abs() < 8 << 29;
        prop_assert_eq!(slack == 0, in_range || quantity == 0);
        if !in_range {
            for (node, sum) in grid.accumulated[0][FIRST_CORE..FIRST_CORE + 3].iter().enumerate() {
                let gain = (sum - grid.accumulated[0][FIRST_CORE + 1]) as f64;
                let exact = (value(node) - value(1)) * quantity as f64;
                prop_assert!((gain - exact).abs() <= slack as f64 + quantity.abs() as f64);
            }
        }
    }

    #[test]
    fn greeks_of_far_strikes_are_those_of_their_limit((forward, strike, x, w) in far_options()) {
        // For w below 1 a strike beyond x = ±8 is more than seven standard deviations away.
        let w = w.min(1 << 28);
        let mut sums = GreekSums::default();
        let option = KernelOption { log_moneyness: x, strike, quantity: 1 };
        let slack = accumulate_greeks(forward, &option, w, &mut sums);
        let BoundedValue { value, error_bound } = call_value_with_bound(forward, strike, x, w);
        prop_assert_eq!(sums.value, value);
        prop_assert!(slack == 0 || slack == error_bound);
        if x <= -8 << 29 || x >= 8 << 29 {
            let inside = if x > 0 { 1i64 << 31 } else { 0 };
            prop_assert!((sums.delta - inside).abs() <= 1 << 8);
            prop_assert!(sums.vega <= 1 << 8);
        }
    }

    #[test]
    fn no_input_panics(forward in any::<u64>(), strike in any::<u64>(), x in any::<i64>(), w in any::<u64>()) {
        let option = KernelOption { log_moneyness: x, strike, quantity: i64::MIN };
        let mut sums = GreekSums::default();
        let _ = accumulate_greeks(forward, &option, w, &mut sums);
        let _ = call_value_with_bound(forward, strike, x, w);
        let _ = call_value_with_bound(forward >> 31, strike >> 25, x >> 30, w);
    }
}

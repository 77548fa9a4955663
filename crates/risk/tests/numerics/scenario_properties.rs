//! The scenario kernel against exact values over random options, shocks and volatilities.

use ballast_risk::black76::{
    FIRST_CORE, KernelOption, MAX_NODES, NodeGrid, VOLATILITY_ROWS, Visits, accumulate_scenarios, shocked_call_value,
    snap_error_bound, snap_slack, value_error_bound,
};
use bytemuck::Zeroable;
use proptest::prelude::*;

use crate::pricing_properties::options;
use crate::reference::{Q28, Q29, call};

/// One past the ninth core node.
const CORE_END: u64 = FIRST_CORE as u64 + 9;
/// Nine core nodes in every row, and eight tails in the first.
const VISITS: Visits = Visits { ends: [CORE_END + 8, CORE_END, CORE_END], basis: 1 };
/// The unshocked node.
const CENTRE: usize = FIRST_CORE + 4;

/// Price factors of two basis shocks, 9 core nodes in ±`range` and the eight default tails.
fn factors(range: f64) -> Vec<f64> {
    let core = (-4..=4).map(|step| 1.0 + range * f64::from(step) / 4.0);
    [0.955, 1.045].into_iter().chain(core).chain([0.34, 0.67, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0]).collect()
}

fn grid(forward: u64, factors: &[f64]) -> NodeGrid {
    let mut grid = NodeGrid::zeroed();
    for (node, factor) in factors.iter().enumerate() {
        grid.log_factor[node] = (factor.ln() * Q29).floor() as i64;
        grid.forward[node] = (forward as f64 * factor) as u64;
    }
    grid
}

fn nodes_of_row(row: usize) -> std::ops::Range<usize> {
    if row == 1 { 0..VISITS.ends[row] as usize } else { FIRST_CORE..VISITS.ends[row] as usize }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    // 4,000 cases of 35 scenarios each.
    #[test]
    fn every_scenario_is_within_the_bound(
        (forward, strike, log_moneyness, w) in options(),
        range in 0.05f64..0.6,
        up in 1.0f64..3.0,
        down in 0.1f64..1.0,
        quantity in -1i64 << 30..=1 << 30,
    ) {
        let deviations = [(w as f64 * up) as u64, w, (w as f64 * down) as u64];
        let factors = factors(range);
        let mut grid = grid(forward, &factors);
        let option = KernelOption { log_moneyness, strike, quantity };
        let slack = accumulate_scenarios(&option, deviations, &VISITS, &mut grid);
        prop_assert_eq!(slack, 0);
        for (row, deviation) in deviations.into_iter().enumerate() {
            let deviation = deviation.clamp(1 << 18, 6 << 28);
            for node in nodes_of_row(row) {
                let shocked = grid.forward[node];
                prop_assert_eq!(grid.accumulated[row][node] % quantity.max(1), 0);
                let value = if quantity == 0 { continue } else { grid.accumulated[row][node] / quantity };
                let (f, k) = (shocked as f64, strike as f64);
                let exact = call(f, k, (f / k).ln(), deviation as f64 / Q28);
                let bound = snap_error_bound(shocked, strike, deviation);
                prop_assert!((value as f64 - exact).abs() <= bound as f64);
                let cubic = shocked_call_value(shocked, strike, log_moneyness, grid.log_factor[node], deviation);
                prop_assert!(value.abs_diff(cubic) <= bound + value_error_bound(shocked, strike));
            }
        }
    }

    #[test]
    fn the_slack_makes_every_difference_conservative(
        (forward, strike, log_moneyness, w) in options(),
        range in 0.05f64..0.6,
        up in 1.0f64..3.0,
    ) {
        let deviations = [(w as f64 * up) as u64, w, w / 2].map(|w| w.clamp(1 << 18, 6 << 28));
        let mut grid = grid(forward, &factors(range));
        let option = KernelOption { log_moneyness, strike, quantity: 1 };
        let slack = accumulate_scenarios(&option, deviations, &VISITS, &mut grid);
        prop_assert_eq!(slack, 0);
        let exact = |node: usize, row: usize| {
            let (f, k) = (grid.forward[node] as f64, strike as f64);
            call(f, k, (f / k).ln(), deviations[row] as f64 / Q28)
        };
        let forward_max = *grid.forward.iter().max().unwrap();
        let slack = snap_slack(forward_max, strike, deviations[0]) as f64;
        for row in 0..VOLATILITY_ROWS {
            for node in nodes_of_row(row) {
                let gain = (grid.accumulated[row][node] - grid.accumulated[1][CENTRE]) as f64;
                let exact_gain = exact(node, row) - exact(CENTRE, 1);
                prop_assert!((gain - exact_gain).abs() <= slack);
            }
        }
    }

    #[test]
    fn every_row_visits_its_nodes_and_no_more(
        (forward, strike, log_moneyness, w) in options(),
        ends in any::<[u8; 3]>(),
        basis in any::<bool>(),
    ) {
        let ends = ends.map(|end| u64::from(end % 25));
        let whole = factors(0.3);
        let mut grid = grid(forward, &whole);
        let option = KernelOption { log_moneyness, strike, quantity: 7 };
        let deviations = [2 * w, w, w / 2];
        let slack = accumulate_scenarios(&option, deviations, &Visits { ends, basis: u64::from(basis) }, &mut grid);
        prop_assert_eq!(slack, 0);
        let mut all = grid;
        all.accumulated = Zeroable::zeroed();
        let slack = accumulate_scenarios(&option, deviations, &Visits { ends: [MAX_NODES as u64; 3], basis: 1 }, &mut all);
        prop_assert_eq!(slack, 0);
        for (row, end) in ends.into_iter().enumerate() {
            let first = if row == 1 && basis { 0 } else { FIRST_CORE };
            let visited = first..(end as usize).clamp(FIRST_CORE + 9, MAX_NODES);
            for node in 0..MAX_NODES {
                let expected = if visited.contains(&node) { all.accumulated[row][node] } else { 0 };
                prop_assert_eq!(grid.accumulated[row][node], expected);
            }
        }
    }

    #[test]
    fn no_input_panics(
        log_moneyness in any::<i64>(),
        strike in any::<u64>(),
        quantity in any::<i64>(),
        deviations in any::<[u64; VOLATILITY_ROWS]>(),
        end in any::<u64>(),
        log_factor in any::<i64>(),
        forward in any::<u64>(),
    ) {
        let mut grid = NodeGrid::zeroed();
        grid.log_factor = [log_factor; MAX_NODES];
        grid.forward = [forward; MAX_NODES];
        for (log_moneyness, strike) in [(log_moneyness, strike), (log_moneyness >> 31, strike >> 32)] {
            let option = KernelOption { log_moneyness, strike, quantity };
            for ends in [[end; 3], VISITS.ends, [MAX_NODES as u64; 3]] {
                let _ = accumulate_scenarios(&option, deviations, &Visits { ends, basis: 1 }, &mut grid);
            }
        }
    }
}

#[test]
fn quantities_add_up_exactly() {
    let mut together = grid(1 << 28, &factors(0.2));
    let mut apart = together;
    let option = |quantity| KernelOption { log_moneyness: 12_345_678, strike: 262_335_000, quantity };
    let deviations = [90_000_000, 60_000_000, 40_000_000];
    assert_eq!(accumulate_scenarios(&option(5), deviations, &VISITS, &mut together), 0);
    for quantity in [1 << 29, -(1 << 29), 2, 3] {
        assert_eq!(accumulate_scenarios(&option(quantity), deviations, &VISITS, &mut apart), 0);
    }
    assert_eq!(together.accumulated, apart.accumulated);
}

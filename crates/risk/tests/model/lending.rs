//! Interest rates of the lending pool.

use ballast_risk::{
    Ratio,
    lending::{INDEX_ONE, LendingRules},
    quantity::SECONDS_PER_YEAR,
};

const fn percent(percent: u32) -> Ratio {
    Ratio::from_millionths(percent * 10_000)
}

const RULES: LendingRules = LendingRules {
    rate_base: percent(1),
    kink: percent(80),
    rate_kink: percent(10),
    rate_highest: percent(150),
    insurance_share: percent(20),
    catch_up_seconds: 7 * 86_400,
};

#[test]
fn rate_follows_two_lines_that_meet_at_the_kink() {
    let rate = |used: u32| f64::from(RULES.rate(percent(used)).to_bits()) / f64::from(1 << 30);
    for (used, expected) in [(0, 0.01), (40, 0.055), (80, 0.1), (90, 0.8), (100, 1.5)] {
        assert!((rate(used) - expected).abs() < 1e-6, "{} at {used} %", rate(used));
    }
    assert!((0..100).all(|used| rate(used) <= rate(used + 1)));
}

#[test]
fn utilisation_is_at_most_one() {
    assert_eq!(LendingRules::utilisation(0, 0), Ratio::ZERO);
    assert_eq!(LendingRules::utilisation(1, 0), Ratio::ONE);
    assert_eq!(LendingRules::utilisation(5, 4), Ratio::ONE);
    assert_eq!(LendingRules::utilisation(1, 4), Ratio::from_bits(1 << 28));
    assert_eq!(LendingRules::utilisation(u64::MAX, u64::MAX), Ratio::ONE);
}

#[test]
fn growth_is_the_rate_of_the_time_rounded_up_and_ends_at_the_catch_up() {
    let growth = |seconds| RULES.growth(percent(80), seconds);
    assert_eq!(growth(0), 0);
    let day = growth(86_400) as f64 / INDEX_ONE as f64;
    assert!((day - 0.1 / 365.0).abs() < 1e-9, "{day}");
    assert!(growth(1) > 0 && 86_400 * growth(1) >= growth(86_400));
    assert_eq!(growth(7 * 86_400), growth(u64::MAX));
    assert_eq!(growth(SECONDS_PER_YEAR), growth(7 * 86_400));
}

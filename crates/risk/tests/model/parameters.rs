//! The table of parameters: defaults inside bounds, no name twice, documented as it is.

use std::{collections::HashSet, path::Path};

use ballast_risk::{
    Ratio, RiskError,
    parameters::{BankClass, Defaults, MarketClass, bank, exchange, group, market, table},
};

#[path = "../../examples/parameter_table/render.rs"]
mod render;

#[test]
fn every_default_lies_inside_its_bounds() {
    for parameter in table() {
        let defaults = match parameter.default {
            Defaults::Same(value) => vec![value],
            Defaults::ByClass(values) => values.to_vec(),
            Defaults::List(values) => values.to_vec(),
        };
        assert!(parameter.lowest < parameter.highest, "{}", parameter.name);
        for (position, value) in defaults.into_iter().enumerate() {
            assert_eq!(parameter.check(value), Ok(()), "{}", parameter.name);
            assert_eq!(parameter.default_at(position), value, "{}", parameter.name);
        }
    }
}

#[test]
fn defaults_respect_the_orderings_between_parameters() {
    let ordered = [
        (exchange::MAINTENANCE_FACTOR, exchange::INITIAL_FACTOR),
        (exchange::TRADE_ORACLE_AGE, exchange::LIQUIDATION_ORACLE_AGE),
        (exchange::VARIANCE_FAST_SECONDS, exchange::VARIANCE_SLOW_SECONDS),
        (exchange::VARIANCE_INTERVAL_SECONDS, exchange::VARIANCE_FAST_SECONDS),
        (exchange::SLICE_PRICE_END, exchange::SLICE_PRICE_START),
        (market::SCAN_RANGE_FLOOR, market::SCAN_RANGE_CAP),
        (market::CONFIDENCE_LIMIT, market::CONFIDENCE_REFUSAL),
        (bank::CONFIDENCE_LIMIT, bank::CONFIDENCE_REFUSAL),
        (bank::HAIRCUT_BASE, bank::HAIRCUT_HIGHEST),
        (bank::INITIAL_CAP, bank::DEPOSIT_CAP),
    ];
    for (lower, higher) in ordered {
        for class in 0..3 {
            assert!(lower.default_at(class) <= higher.default_at(class), "{} and {}", lower.name, higher.name);
        }
    }
}

#[test]
fn no_scope_names_two_parameters_alike_and_every_one_has_a_meaning() {
    let mut seen = HashSet::new();
    for parameter in table() {
        assert!(seen.insert((format!("{:?}", parameter.scope), parameter.name)), "{} stands twice", parameter.name);
        assert!(parameter.meaning.trim().len() > 3, "{}", parameter.name);
        assert!(!parameter.meaning.contains('|'), "{} would break the table", parameter.name);
    }
}

#[test]
fn defaults_are_those_of_the_published_model() {
    // Spot checks against the numbers people discuss, not against the table's own helpers.
    let share = |value: f64| (value * 2_f64.powi(30)).floor() as i64;
    let multiple = |value: f64| (value * 2_f64.powi(28)).floor() as i64;
    assert_eq!(market::SCAN_DEVIATIONS.default_at(0), multiple(3.7));
    assert_eq!(market::SCAN_RANGE_FLOOR.default_at(MarketClass::Major as usize), share(0.16));
    assert_eq!(market::SCAN_RANGE_FLOOR.default_at(MarketClass::Volatile as usize), share(0.27));
    assert_eq!(market::SCAN_RANGE_FLOOR.default_at(MarketClass::Small as usize), share(0.33));
    assert_eq!(bank::HAIRCUT_BASE.default_at(BankClass::Stablecoin as usize), share(0.02));
    assert_eq!(bank::HAIRCUT_BASE.default_at(BankClass::Medium as usize), share(0.35));
    assert_eq!(exchange::PEG_FACTOR.default_at(0), 4 << 28);
    let tails = [
        (-0.66, 0.21),
        (-0.33, 0.42),
        (0.5, 0.2772),
        (1.0, 0.1386),
        (2.0, 0.0693),
        (3.0, 0.0462),
        (4.0, 0.03465),
        (5.0, 0.02772),
    ];
    for (index, (price_move, weight)) in tails.into_iter().enumerate() {
        assert!((group::TAIL_PRICE_FACTORS.default_at(index) - multiple(1.0 + price_move)).abs() <= 1);
        assert!((group::TAIL_WEIGHTS.default_at(index) - share(weight)).abs() <= 1);
    }
}

#[test]
fn a_value_outside_is_refused_with_its_name_and_the_bounds() {
    let factor = exchange::MAINTENANCE_FACTOR;
    let error = |value, lowest, highest| RiskError::ParameterOutOfRange { name: factor.name, value, lowest, highest };
    let (lowest, highest) = (factor.lowest, factor.highest);
    assert_eq!(factor.check(lowest - 1), Err(error(lowest - 1, lowest, highest)));
    assert_eq!(factor.check(highest + 1), Err(error(highest + 1, lowest, highest)));
    assert_eq!(factor.check_unsigned(u64::MAX), Err(error(i64::MAX, lowest, highest)));
    // Another parameter narrows the bounds, but never widens them.
    let one = i64::from(Ratio::ONE.to_bits());
    assert_eq!(factor.check_between(one + 1, 0, one), Err(error(one + 1, lowest, one)));
    assert_eq!(factor.check_between(highest + 1, 0, i64::MAX), Err(error(highest + 1, lowest, highest)));
    assert_eq!(factor.check_between(one, 0, one), Ok(()));
}

#[test]
fn the_documentation_has_the_table_as_it_is() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/parameters.md");
    let documented = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        documented == render::document(),
        "docs/parameters.md is out of date: \
         run `cargo run -p ballast-risk --example parameter_table > docs/parameters.md`"
    );
}

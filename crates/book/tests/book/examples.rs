//! The examples: valid by the schema, accepted by the calculator, and consistent.

use std::{fs, path::PathBuf};

use ballast_book::{Decimal, Report};
use serde_json::Value;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn examples() -> Vec<(String, String)> {
    let folder = root().join("../../examples/books");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| (path.display().to_string(), fs::read_to_string(path).unwrap())).collect()
}

fn evaluate(text: &str) -> Report {
    ballast_book::evaluate(&ballast_book::parse(text).unwrap()).unwrap()
}

#[test]
fn there_is_an_example_of_every_kind() {
    assert!(examples().len() >= 14);
}

#[test]
fn every_example_is_valid_by_the_schema_and_its_report_too() {
    let books = jsonschema::draft202012::new(&ballast_book::book_schema().to_value()).unwrap();
    let reports = jsonschema::draft202012::new(&ballast_book::report_schema().to_value()).unwrap();
    for (name, text) in examples() {
        let example: Value = serde_json::from_str(&text).unwrap();
        if let Err(error) = books.validate(&example) {
            panic!("{name}: {} at {}", error, error.instance_path);
        }
        let report = serde_json::from_str(&serde_json::to_string(&evaluate(&text)).unwrap()).unwrap();
        if let Err(error) = reports.validate(&report) {
            panic!("report of {name}: {} at {}", error, error.instance_path);
        }
    }
}

#[test]
fn the_schema_refuses_what_the_calculator_refuses() {
    let books = jsonschema::draft202012::new(&ballast_book::book_schema().to_value()).unwrap();
    for text in [
        r#"{"market": []}"#,
        r#"{"account": {"cash": "a lot"}}"#,
        r#"{"markets": [{"name": "BTC", "price": 1, "positions": [{"kind": "swap"}]}]}"#,
        r#"{"parameters": {"cells": {"up": "some"}}}"#,
        r#"{"parameters": {"tails": [{"move": 1}]}}"#,
    ] {
        assert!(!books.is_valid(&serde_json::from_str(text).unwrap()), "{text}");
        assert!(ballast_book::parse(text).is_err(), "{text}");
    }
}

#[test]
fn checked_in_schemas_are_those_of_the_types() {
    for (file, schema) in [("book", ballast_book::book_schema()), ("report", ballast_book::report_schema())] {
        let path = root().join(format!("schema/{file}.schema.json"));
        let stored: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        assert_eq!(stored, schema.to_value(), "write it anew with `ballast schema`");
    }
}

#[test]
fn requirements_of_examples_fall_from_isolated_to_portfolio() {
    for (name, text) in examples() {
        let report = evaluate(&text);
        let requirements = report.modes.iter().map(|mode| mode.initial_requirement.to_f64());
        assert!(requirements.is_sorted_by(|above, below| above >= below), "{name}");
    }
}

#[test]
fn light_and_full_evaluation_agree() {
    for (name, text) in examples() {
        let margins = ballast_book::requirements(&ballast_book::parse(&text).unwrap()).unwrap();
        for (margin, mode) in margins.iter().zip(evaluate(&text).modes) {
            let money = |amount: i64| Decimal::new(i128::from(amount), 6);
            assert_eq!(money(margin.initial_requirement.0), mode.initial_requirement, "{name}");
            assert_eq!(money(margin.maintenance_excess.0), mode.maintenance_excess, "{name}");
            assert_eq!(money(margin.withdrawal_excess.0), mode.withdrawal_excess, "{name}");
        }
    }
}

#[test]
fn excess_is_what_the_terms_add_up_to() {
    let micro = |amount: Decimal| amount.to_integer(6).unwrap();
    for (name, text) in examples() {
        let report = evaluate(&text);
        let equity = &report.equity;
        let parts = [equity.cash, equity.collateral, equity.options, equity.linear_profit];
        assert_eq!(parts.map(micro).iter().sum::<i64>(), micro(equity.total), "{name}");
        for mode in &report.modes {
            let initial = micro(equity.total)
                - micro(mode.uncounted_gain)
                - micro(mode.initial_haircut)
                - micro(mode.initial_requirement);
            assert_eq!(initial, micro(mode.initial_excess), "{name} {}", mode.mode);
            let maintenance =
                micro(equity.total) - micro(mode.maintenance_haircut) - micro(mode.maintenance_requirement);
            assert_eq!(maintenance, micro(mode.maintenance_excess), "{name} {}", mode.mode);
            let factor = report.factors.initial.to_f64();
            let requirement = factor * mode.scan_loss.to_f64()
                + mode.charges.maintenance.to_f64()
                + mode.charges.initial.to_f64()
                + mode.early_exercise.to_f64();
            assert!((requirement - mode.initial_requirement.to_f64()).abs() < 0.001, "{name} {}", mode.mode);
        }
    }
}

#[test]
fn the_worst_cell_of_the_matrix_is_the_scan_loss() {
    for (name, text) in examples() {
        for market in evaluate(&text).markets {
            let matrix = &market.matrix;
            let cells = [&matrix.up, &matrix.flat, &matrix.down].into_iter().flatten().flatten();
            let worst = cells.map(|profit| -profit.to_f64()).fold(0.0, f64::max);
            let [linear, absolute] = market.skew_losses.map(Decimal::to_f64);
            let expected = worst.max(linear).max(absolute).max(market.basis_loss.to_f64());
            assert_eq!(market.scan_loss.to_f64(), expected, "{name} {}", market.market);
        }
    }
}

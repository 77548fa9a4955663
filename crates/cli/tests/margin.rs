//! `ballast margin` as people use it: what it prints, where, and with which exit code.

#![allow(missing_docs)]

use std::{
    io::Write,
    path::PathBuf,
    process::{Command, Output, Stdio},
};

use serde_json::Value;

fn example(name: &str) -> String {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples/books").join(name).display().to_string()
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ballast"));
    command.args(arguments);
    command
}

fn ballast(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

fn with_input(arguments: &[&str], input: &str) -> Output {
    let mut child =
        command(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn text_has_every_part_and_marks_the_worst_cell() {
    let output = ballast(&["margin", &example("cross-asset-pair.json"), "--largest-withdrawal"]);
    assert!(output.status.success());
    let shown = text(&output.stdout);
    for part in [
        "Margin in portfolio mode: healthy",
        "initial excess",
        "Every term, by mode",
        "delta concentration",
        "requirement / notional",
        "leverage",
        "Greeks, USD: delta",
        "►",
        "Joint loss",
        "Value at risk",
        "Largest withdrawal",
    ] {
        assert!(shown.contains(part), "\"{part}\" is missing");
    }
    assert_eq!(shown.matches('►').count(), 2, "one worst cell in each market");
    assert!(!shown.contains('\u{1b}'), "colours are for terminals");
}

#[test]
fn explanation_ends_with_the_excess() {
    let shown = text(&ballast(&["margin", &example("cross-asset-pair.json"), "--explain"]).stdout);
    for part in [
        "How it is calculated",
        "BTC: marks",
        "F = ",
        "σ up",
        "ETH: binding scenario",
        "Across markets",
        "Scan loss = group \"majors\"",
        "Excess",
    ] {
        assert!(shown.contains(part), "\"{part}\" is missing");
    }
}

#[test]
fn every_example_is_explained() {
    for entry in std::fs::read_dir(example("")).unwrap() {
        let path = entry.unwrap().path().display().to_string();
        assert!(ballast(&["margin", &path, "--explain"]).status.success(), "{path}");
    }
}

#[test]
fn json_has_all_of_it() {
    let output = ballast(&["margin", &example("derive-pmrm-2.json"), "--json"]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    for field in ["equity", "modes", "groups", "markets", "collateral", "factors", "value_at_risk"] {
        assert!(!report[field].is_null(), "{field}");
    }
    assert_eq!(report["modes"].as_array().unwrap().len(), 3);
    assert_eq!(report["markets"][0]["matrix"]["up"].as_array().unwrap().len(), 17);
}

#[test]
fn a_dash_reads_standard_input() {
    let output = with_input(&["margin", "-"], r#"{"account": {"cash": 1234.5}}"#);
    assert!(output.status.success());
    assert!(text(&output.stdout).contains("1,234.50"));
}

#[test]
fn mistakes_exit_with_two_and_one_message() {
    let output = with_input(&["margin", "-"], r#"{"account": {"cahs": 1}}"#);
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let message = text(&output.stderr);
    assert_eq!(message.lines().count(), 1);
    assert!(message.contains("account.cahs") && message.contains("did you mean `cash`?"), "{message}");

    let output = with_input(&["margin", "-", "--json"], r#"{"parameters": {"scan_range": 16}}"#);
    assert_eq!(output.status.code(), Some(2));
    let error: Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!(error["error"]["path"], "parameters.scan_range");
    assert_eq!(error["error"]["value"], "16");
    assert_eq!(error["error"]["expected"], "0.01 to 0.9");
    assert_eq!(error["error"]["hint"], "this is a fraction: 16 % is 0.16");

    let output = ballast(&["margin", "no-such-file.json"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("no-such-file.json"));
    assert_eq!(ballast(&["margin"]).status.code(), Some(2));
    assert_eq!(ballast(&["margin", "--account", "x"]).status.code(), Some(2));
}

#[test]
fn trades_on_the_command_line_are_those_of_the_book() {
    let book = example("iron-condor.json");
    let asked =
        ballast(&["margin", &book, "--json", "--largest-trade", r#"{"side": "sell", "kind": "put", "strike": 88000}"#]);
    let report: Value = serde_json::from_slice(&asked.stdout).unwrap();
    assert_eq!(asked.stdout, ballast(&["margin", &book, "--json"]).stdout);
    assert!(report["solutions"]["largest_trade"]["quantity"].as_f64().unwrap() < 0.0);
    let wrong = ballast(&["margin", &book, "--largest-trade", r#"{"kind": "call", "strike": 88000, "expiry": "x"}"#]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(text(&wrong.stderr).contains("solve.largest_trade.expiry"), "{}", text(&wrong.stderr));
}

#[test]
fn schemas_are_printed() {
    for (arguments, title) in [(&["schema"][..], "Book"), (&["schema", "--report"], "Report")] {
        let schema: Value = serde_json::from_slice(&ballast(arguments).stdout).unwrap();
        assert_eq!(schema["title"], title);
        assert!(schema["$schema"].as_str().unwrap().contains("2020-12"));
    }
}

//! `ballast backtest` and `ballast generate-prices`, from the command line.

// What the reports say is compared with computations of the tests' own, in floating point.
#![allow(clippy::float_arithmetic)]

mod chart;
mod dynamics;
mod example;
mod faults;
mod own_book;
mod prices;
mod shape;
mod statistics;

use std::{
    path::PathBuf,
    process::{Command, Output},
    sync::atomic::{AtomicU32, Ordering},
};

use serde_json::Value;

/// A file of its own, which goes when the test ends.
struct TemporaryFile(PathBuf);

impl TemporaryFile {
    fn new(extension: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("ballast-backtest-{}-{number}.{extension}", std::process::id());
        Self(std::env::temp_dir().join(name))
    }

    fn with(extension: &str, content: &str) -> Self {
        let file = Self::new(extension);
        std::fs::write(&file.0, content).expect("a temporary file is written");
        file
    }

    fn path(&self) -> &str {
        self.0.to_str().expect("a path in UTF-8")
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ballast")).args(arguments).output().expect("the binary runs")
}

/// What a run prints, which has to succeed.
fn output(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text in UTF-8")
}

/// The report on a price file as JSON, with every date.
fn report(prices: &str, options: &[&str]) -> Value {
    let file = TemporaryFile::with("csv", prices);
    let mut arguments = vec!["backtest", "--prices", file.path(), "--json", "--series"];
    arguments.extend(options);
    serde_json::from_str(&output(&arguments)).expect("a report in JSON")
}

/// A result by book, assets ("BTC/ETH") and mode.
fn result<'a>(report: &'a Value, book: &str, assets: &str, mode: &str) -> &'a Value {
    let results = report["results"].as_array().expect("results");
    let is_wanted =
        |result: &&Value| result["book"] == book && names(&result["assets"]) == assets && result["mode"] == mode;
    results.iter().find(is_wanted).unwrap_or_else(|| panic!("no result for {book} of {assets} in {mode} mode"))
}

/// The dates of a book.
fn series<'a>(report: &'a Value, book: &str, assets: &str) -> &'a [Value] {
    let all = report["series"].as_array().expect("series");
    let found = all.iter().find(|series| series["book"] == book && names(&series["assets"]) == assets);
    found.and_then(|series| series["dates"].as_array()).expect("dates")
}

fn names(assets: &Value) -> String {
    let names: Vec<&str> = assets.as_array().expect("assets").iter().filter_map(Value::as_str).collect();
    names.join("/")
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

#[track_caller]
fn assert_near(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance, "{found} instead of {expected}");
}

//! Properties of the engine's arithmetic, decided by trying inputs until none of the stated domain is left.
//!
//! `cargo xtask prove` runs this in release, with overflow checks as the program has them. Where the domain is that of the
//! function, nothing is left to believe but the reference; where it is a part, the line says which. A failure names the
//! input. Words after `--` pick the properties that contain one of them.

#![allow(clippy::float_arithmetic)]

mod functions;
mod money;
mod parallel;
mod reference;
mod roots;
mod wide;

use std::env;
use std::process::ExitCode;
use std::time::Instant;

/// One property.
#[derive(Clone, Copy)]
struct Check {
    /// What holds.
    property: &'static str,
    /// For which inputs it was decided.
    domain: &'static str,
    /// Tries them all; counts them, or says what failed.
    run: fn() -> Result<u64, String>,
}

fn main() -> ExitCode {
    let started = Instant::now();
    let wanted: Vec<String> = env::args().skip(1).collect();
    let mut checks = [functions::CHECKS, roots::CHECKS, wide::CHECKS, money::CHECKS].concat();
    checks.retain(|check| wanted.is_empty() || wanted.iter().any(|word| check.property.contains(word.as_str())));
    let mut failures = 0;
    for check in &checks {
        let begun = Instant::now();
        let result = (check.run)();
        let seconds = begun.elapsed().as_secs_f64();
        match result {
            Ok(cases) => {
                println!("holds   {seconds:7.1} s  {cases:>14}  {}\n{:27}  {}", check.property, "", check.domain)
            }
            Err(counterexample) => {
                failures += 1;
                println!("BROKEN  {seconds:7.1} s  {}\n{:10}{counterexample}", check.property, "");
            }
        }
    }
    println!("{} properties, {failures} broken, {:.0} s", checks.len(), started.elapsed().as_secs_f64());
    if failures == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

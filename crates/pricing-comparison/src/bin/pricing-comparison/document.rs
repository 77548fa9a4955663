//! The document.

use std::fmt::Write;

use crate::statistics::{Measured, Spread};

/// The tables and what they mean.
pub fn render(results: &[Measured], options: usize, image_bytes: usize) -> String {
    let mut text = format!(
        "# Option pricing beside other fixed-point implementations

`cargo xtask compare` measures this and writes it. One program of {image_bytes} bytes holds all of them, built by the
project's own toolchain for sBPF v3 with the project's release profile, and prices the same {options} options in LiteSVM:
the vectors of `crates/risk/tests/vectors/bs_vectors.csv` with rates that are not negative, computed with 50 digits. Time
to expiry runs from one hour to four years, volatility from 20 % to 250 %, strikes from deep in to far out of the money.

Compute units are those of a transaction less those of one that takes and returns as many numbers and computes nothing.
Every implementation gets its numbers in its own format, converted outside.

| implementation | value: mean | most | value and Greeks: mean | most | refused |
|---|---:|---:|---:|---:|---:|
"
    );
    for result in results {
        let [one, two, three, four] = [
            result.value_units.mean,
            result.value_units.greatest,
            result.greeks_units.mean,
            result.greeks_units.greatest,
        ]
        .map(units);
        let _ = writeln!(text, "| {} | {one} | {two} | {three} | {four} | {} |", result.name, result.refused);
    }
    text.push_str(
        "
The kernel alone is what the engine runs for the mark of a strike: ln(F/K), σ√T and the discount factor are prepared
once per strike, expiry and market. The row above it does everything that the other implementations do, from the spot
price on. Scenarios have another kernel, cheaper still per value ([compute-units.md](compute-units.md)).

## Errors

Greatest error, and in brackets the mean one, against the vectors: of call and put as a share of the spot price S, of
delta, of gamma × S × σ√T, vega / (S√T), theta / (S·σ/√T) and rho / (K·T).

| implementation | value | delta | gamma | vega | theta | rho |
|---|---:|---:|---:|---:|---:|---:|
",
    );
    for result in results {
        let [value, delta, gamma, vega, theta, rho] = result.errors.map(errors);
        let _ = writeln!(text, "| {} | {value} | {delta} | {gamma} | {vega} | {theta} | {rho} |", result.name);
    }
    text.push_str(
        "
`solmath` computes about three more digits than this project and costs eleven times as much or more. Here those digits
would decide nothing: prices, volatilities and parameters are coarser than 10⁻⁸, and the engine adds a bound on its own
error to every loss. The direct formula is as good as its approximation of the error function (Abramowitz and Stegun
7.1.26).
",
    );
    text
}

/// A whole number with separators.
fn units(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

fn errors(spread: Spread) -> String {
    format!("{:.1e} ({:.0e})", spread.greatest, spread.mean)
}

//! Compute units and errors of one implementation over all options.

use anyhow::Result;
use pricing_comparison::Method;

use crate::machine::Machine;
use crate::methods::Compared;
use crate::vectors::{ExactOption, Values};

/// Mean and greatest of something.
#[derive(Clone, Copy, Default)]
pub struct Spread {
    pub mean: f64,
    pub greatest: f64,
}

/// What was measured of one implementation.
pub struct Measured {
    pub name: &'static str,
    /// Compute units of the value alone.
    pub value_units: Spread,
    /// Compute units of value and Greeks.
    pub greeks_units: Spread,
    /// Errors of value, delta, gamma, vega, theta and rho, each in its own natural unit.
    pub errors: [Spread; 6],
    /// Options that it refuses.
    pub refused: usize,
}

/// Prices every option by both methods of an implementation.
pub fn measure(machine: &mut Machine, compared: &Compared, options: &[ExactOption]) -> Result<Measured> {
    let mut value_units = Vec::new();
    let mut greeks_units = Vec::new();
    let mut errors: [Vec<f64>; 6] = Default::default();
    let mut refused = 0;
    for option in options {
        let terms = (compared.encode)(option);
        let nothing = machine.price(Method::Nothing, &terms)?.compute_units;
        let value = machine.price(compared.value, &terms)?;
        let greeks = machine.price(compared.greeks, &terms)?;
        let (Some(alone), Some(whole)) = (value.priced, greeks.priced) else {
            refused += 1;
            continue;
        };
        value_units.push(value.compute_units.saturating_sub(nothing) as f64);
        greeks_units.push(greeks.compute_units.saturating_sub(nothing) as f64);
        let alone = (compared.decode)(option, &alone);
        let whole = (compared.decode)(option, &whole);
        let found = relative_errors(option, &alone, &whole);
        for (all, error) in errors.iter_mut().zip(found) {
            all.push(error);
        }
    }
    Ok(Measured {
        name: compared.name,
        value_units: spread(&value_units),
        greeks_units: spread(&greeks_units),
        errors: errors.map(|all| spread(&all)),
        refused,
    })
}

/// Errors in units of the spot price, of one, of 1/(S·w), of S·√T, of S·σ/√T and of K·T.
fn relative_errors(option: &ExactOption, alone: &Values, whole: &Values) -> [f64; 6] {
    let ExactOption { spot, strike, volatility, years, exact, .. } = option;
    let root = years.sqrt();
    let of_values = |values: &Values| (values.call - exact.call).abs().max((values.put - exact.put).abs());
    [
        of_values(alone).max(of_values(whole)) / spot,
        (whole.delta - exact.delta).abs(),
        (whole.gamma - exact.gamma).abs() * spot * option.deviation(),
        (whole.vega - exact.vega).abs() / (spot * root),
        (whole.theta - exact.theta).abs() / (spot * volatility / root),
        (whole.rho - exact.rho).abs() / (strike * years),
    ]
}

fn spread(all: &[f64]) -> Spread {
    let greatest = all.iter().copied().fold(0.0, f64::max);
    Spread { mean: all.iter().sum::<f64>() / all.len().max(1) as f64, greatest }
}

//! Options and their exact values, from the vectors that this project's pricing is tested with.

use std::collections::HashMap;

/// Values and Greeks of the call, the put's value, per unit of the underlying.
#[derive(Clone, Copy, Debug, Default)]
pub struct Values {
    pub call: f64,
    pub put: f64,
    pub delta: f64,
    pub gamma: f64,
    pub vega: f64,
    pub theta: f64,
    pub rho: f64,
}

/// An option and what it is worth.
pub struct ExactOption {
    pub spot: f64,
    pub strike: f64,
    pub rate: f64,
    pub volatility: f64,
    pub years: f64,
    pub exact: Values,
}

impl ExactOption {
    /// σ√T.
    pub fn deviation(&self) -> f64 {
        self.volatility * self.years.sqrt()
    }
}

/// The vectors without those of negative rates, which `solmath` has no number for. Prices are stated in a unit in which
/// the spot price is between 1,000 and 10,000: decimal formats lose digits on small numbers, and whoever uses one picks
/// its unit accordingly.
pub fn options() -> Vec<ExactOption> {
    let text = include_str!("../../../../risk/tests/vectors/bs_vectors.csv");
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    let rows = lines.map(|line| names.iter().copied().zip(line.split(',')).collect::<HashMap<_, _>>());
    rows.map(|row| scaled(&row)).filter(|option| option.rate >= 0.0).collect()
}

fn scaled(row: &HashMap<&str, &str>) -> ExactOption {
    let real = |name: &str| row[name].parse::<f64>().unwrap_or_else(|_| panic!("{name} is no number"));
    let unit = 10f64.powi(3 - real("S").log10().floor() as i32);
    ExactOption {
        spot: real("S") * unit,
        strike: real("K") * unit,
        rate: real("r"),
        volatility: real("sigma"),
        years: real("T"),
        exact: Values {
            call: real("call") * unit,
            put: real("put") * unit,
            delta: real("delta"),
            gamma: real("gamma") / unit,
            vega: real("vega") * unit,
            theta: real("theta") * unit,
            rho: real("rho") * unit,
        },
    }
}

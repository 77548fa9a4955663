//! `ballast generate-prices`: a made-up history, the same for the same seed on every machine.
//!
//! No market ever had these prices. They have what makes margin hard: volatility that comes in spells, rare moves far
//! beyond a normal distribution, assets that fall together, and one crash.
//!
//! Each day a market factor moves all assets. It is in one of two regimes, calm or turbulent, that change with fixed
//! probabilities. Its returns and those of every asset alone have Student's t distribution with five degrees of
//! freedom. After three fifths of the history comes a crash: the factor's return is −0.3, and turbulence follows.
//!
//! Only additions, multiplications, divisions and square roots are used, which IEEE 754 defines to the last bit: a
//! normal variate is the sum of twelve uniform ones less six, and e^r is (1 + r/2)/(1 − r/2).

use std::path::PathBuf;

use super::{error::Error, timestamp};

const DAY: i64 = 86_400;
/// Most days of a history.
const MAX_DAYS: u32 = 36_500;
/// Chance of a calm day to be followed by a turbulent one.
const CALM_ENDS: f64 = 1.0 / 120.0;
/// Chance of a turbulent day to be followed by a calm one.
const TURBULENCE_ENDS: f64 = 1.0 / 20.0;
/// Daily volatility of the market factor when calm, and when turbulent.
const FACTOR_VOLATILITIES: (f64, f64) = (0.018, 0.042);
/// Daily drift of the factor.
const DRIFT: f64 = 0.000_6;
/// Degrees of freedom of all returns.
const FREEDOM: u32 = 5;
/// Share of the history after which the crash comes.
const CRASH_AT: f64 = 0.6;
/// The factor's return on that day, as a logarithm.
const CRASH: f64 = -0.30;
/// Largest return of a day, up and down, before it becomes a factor.
const LARGEST_RETURN: f64 = 1.0;
/// First prices, betas and own daily volatilities of the assets, taken in turn.
const ASSETS: [(f64, f64, f64); 3] = [(40_000.0, 1.0, 0.008), (2_500.0, 1.2, 0.014), (80.0, 1.5, 0.028)];

/// What history to make up.
#[derive(clap::Args, Clone, Debug)]
pub struct Arguments {
    /// Number that the history follows from.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Days, from 2 to 36500.
    #[arg(long, default_value_t = 730)]
    pub days: u32,
    /// First date.
    #[arg(long, value_name = "DATE", default_value = "2024-01-01")]
    pub start: String,
    /// Names of the assets, separated by commas.
    #[arg(long, value_name = "NAMES", value_delimiter = ',', default_values = ["BTC", "ETH", "SOL"])]
    pub assets: Vec<String>,
    /// File to write [default: standard output].
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Runs `ballast generate-prices`.
///
/// # Errors
/// [`Error::Option`], [`Error::File`] or [`Error::Output`].
pub fn run(arguments: &Arguments) -> Result<(), Error> {
    let text = csv(arguments)?;
    match &arguments.output {
        Some(path) => std::fs::write(path, text).map_err(|source| Error::File { path: path.clone(), source }),
        None => super::print(&text),
    }
}

/// The history as CSV.
fn csv(arguments: &Arguments) -> Result<String, Error> {
    let Arguments { seed, days, start, assets, .. } = arguments;
    let fault = |name, value: &str, expected: &str| Error::Option {
        name,
        value: value.to_owned(),
        expected: expected.to_owned(),
    };
    if !(2..=MAX_DAYS).contains(days) {
        return Err(fault("--days", &days.to_string(), "2 to 36500"));
    }
    let first = timestamp::parse(start).ok_or_else(|| fault("--start", start, timestamp::EXPECTED))?;
    for (place, name) in assets.iter().enumerate() {
        let plain = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !plain || assets[..place].contains(name) {
            return Err(fault("--assets", name, "different names of letters and digits"));
        }
    }
    let names = assets.join(",");
    let mut text = format!(
        "# Synthetic prices that no market ever had: \
         ballast generate-prices --seed {seed} --days {days} --start {start} --assets {names}\n\
         date,{names}\n"
    );
    for (day, prices) in (0_i64..).zip(Generator::new(*seed, *days, assets.len())) {
        text += &timestamp::date(first + day * DAY);
        for price in prices {
            text += &format!(",{}", with_digits(price));
        }
        text.push('\n');
    }
    Ok(text)
}

/// A price with six significant digits or two decimals, whichever is more.
fn with_digits(price: f64) -> String {
    let mut decimals = 2;
    let mut scaled = price;
    while scaled < 1_000.0 && decimals < 12 {
        scaled *= 10.0;
        decimals += 1;
    }
    format!("{price:.decimals$}")
}

/// Prices day by day.
struct Generator {
    random: Random,
    day: u32,
    days: u32,
    turbulent: bool,
    prices: Vec<f64>,
}

impl Generator {
    fn new(seed: u64, days: u32, assets: usize) -> Self {
        let prices = ASSETS.iter().cycle().take(assets).map(|&(price, ..)| price).collect();
        Self { random: Random(seed), day: 0, days, turbulent: false, prices }
    }

    fn advance(&mut self) {
        let crash = self.day == (f64::from(self.days) * CRASH_AT) as u32;
        let change = self.random.uniform();
        self.turbulent = crash || if self.turbulent { change >= TURBULENCE_ENDS } else { change < CALM_ENDS };
        let (calm, turbulent) = FACTOR_VOLATILITIES;
        let volatility = if self.turbulent { turbulent } else { calm };
        let moved = DRIFT + volatility * self.random.student();
        let factor = if crash { CRASH } else { moved };
        for (price, &(_, beta, own)) in self.prices.iter_mut().zip(ASSETS.iter().cycle()) {
            let half = (beta * factor + own * self.random.student()).clamp(-LARGEST_RETURN, LARGEST_RETURN) / 2.0;
            *price *= (1.0 + half) / (1.0 - half);
        }
    }
}

impl Iterator for Generator {
    type Item = Vec<f64>;

    fn next(&mut self) -> Option<Vec<f64>> {
        if self.day == self.days {
            return None;
        }
        if self.day > 0 {
            self.advance();
        }
        self.day += 1;
        Some(self.prices.clone())
    }
}

/// The generator SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014).
struct Random(u64);

impl Random {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to 1, the latter exclusive.
    fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Nearly normal, with variance one.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }

    /// Student's t, scaled to variance one.
    fn student(&mut self) -> f64 {
        let square_sum: f64 = (0..FREEDOM).map(|_| self.normal()).map(|normal| normal * normal).sum();
        // t·√((ν − 2)/ν) = normal/√(χ²/ν)·√((ν − 2)/ν).
        self.normal() / (square_sum / f64::from(FREEDOM - 2)).sqrt()
    }
}

//! A book on its way through a history: opened anew at every date, at that date's prices.
//!
//! A book states a price for each of its markets. At every date the unit of an asset is chosen so that its index has
//! that very price: strikes then lie where the book has them relative to the index, and positions are worth what they
//! are worth in the book. Until the end of the horizon the price moves with the index. The model does not change with
//! the unit of an asset, so the book is the same bet at every date.

use std::path::{Path, PathBuf};

use ballast_book::{
    Book, BookError, Decimal,
    book::{Kind, Market, Parameters, Preset},
};
use ballast_risk::{
    Ratio,
    parameters::{Parameter, market},
    quantity::Multiple,
    scan_range::ScanRangeParameters,
};

use super::{dynamics::MarketRules, error::Error};

/// Ticks that the price of a market may have when a book is opened: it may rise 256-fold from there.
const MOST_TICKS: i64 = 1 << 40;
/// Most decimals of a price: leaves room for those of quantities.
const MOST_DECIMALS: u32 = 9;
const DAY: i64 = 86_400;

/// A book that can be opened at any date.
#[derive(Clone, Debug)]
pub struct Template {
    /// Name in reports.
    pub name: String,
    /// What it holds, in words.
    pub holding: String,
    /// Its markets, in the order of the book's.
    pub markets: Vec<TemplateMarket>,
    /// The book as it is opened.
    pub book: Book,
}

/// What a book's market needs to move through a history.
#[derive(Clone, Debug)]
pub struct TemplateMarket {
    /// Number of its asset in the history.
    pub asset: usize,
    /// Price when the book is opened, USD.
    pub price: f64,
    /// Decimals of its prices.
    pub decimals: u32,
    /// Seconds to each expiry when the book is opened.
    pub seconds: Vec<u32>,
    /// How the model sees the market.
    pub rules: MarketRules,
}

impl Template {
    /// Prepares a book whose markets are named like assets of the history, and whose expiries lie beyond the horizon.
    ///
    /// # Errors
    /// What is wrong with the book, or cannot be replayed.
    pub fn new(
        name: &str,
        holding: &str,
        mut book: Book,
        assets: &[String],
        horizon: i64,
    ) -> Result<Self, TemplateError> {
        if !book.collateral.is_empty() {
            return Err(refuse("collateral", "is not replayed: state cash and positions alone"));
        }
        let now = book.as_of.map(|moment| moment.unix_seconds);
        let parameters = book.parameters.clone();
        let mut markets = Vec::new();
        for (place, market) in book.markets.iter_mut().enumerate() {
            let path = format!("markets[{place}]");
            let asset = assets.iter().position(|asset| *asset == market.name).ok_or_else(|| {
                let expected = format!("is no asset of the price file, which has {}", assets.join(", "));
                refuse(&format!("{path}.name"), &expected)
            })?;
            let price = market.price.ok_or_else(|| refuse(&format!("{path}.price"), "is missing"))?;
            let rules = MarketRules::new(&market.parameters.or(&parameters), &format!("{path}.parameters"))?;
            let decimals = decimals(price);
            market.price_decimals = Some(Decimal::from(i64::from(decimals)));
            let seconds = take_expiries(market, now, horizon, &path)?;
            take_positions(market, price);
            if market.perpetual_price.is_some() {
                return Err(refuse(&format!("{path}.perpetual_price"), "does not move: state perpetual_basis"));
            }
            markets.push(TemplateMarket { asset, price: price.to_f64(), decimals, seconds, rules });
        }
        if markets.is_empty() {
            return Err(refuse("markets", "is empty"));
        }
        Ok(Self { name: name.to_owned(), holding: holding.to_owned(), markets, book })
    }

    /// A user's book, as `ballast margin` takes it.
    ///
    /// # Errors
    /// [`Error::File`] or [`Error::Book`].
    pub fn read(path: &Path, assets: &[String], horizon: i64) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path).map_err(|source| Error::File { path: path.to_owned(), source })?;
        let failed = |source| Error::Book { path: PathBuf::from(path), source };
        let book = ballast_book::parse(&text).map_err(|source| failed(TemplateError::Book(Box::new(source))))?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let holding = book.description.clone().unwrap_or_else(|| format!("the positions of {}", path.display()));
        Self::new(&name, &holding, book, assets, horizon).map_err(failed)
    }

    /// Names of its assets.
    pub fn asset_names(&self, names: &[String]) -> Vec<String> {
        self.markets.iter().filter_map(|market| names.get(market.asset).cloned()).collect()
    }

    /// Assets and name, such as "BTC/ETH pair".
    pub fn title(&self, names: &[String]) -> String {
        format!("{} {}", self.asset_names(names).join("/"), self.name)
    }
}

/// What is wrong with a book.
#[derive(Clone, Debug)]
pub enum TemplateError {
    /// It cannot be replayed.
    Refused {
        /// The field.
        field: String,
        /// What is wrong.
        problem: String,
    },
    /// It is no book.
    Book(Box<BookError>),
}

impl std::fmt::Display for TemplateError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused { field, problem } => write!(formatter, "{field}: {problem}"),
            Self::Book(source) => write!(formatter, "{source}"),
        }
    }
}

impl std::error::Error for TemplateError {}

fn refuse(field: &str, problem: &str) -> TemplateError {
    TemplateError::Refused { field: field.to_owned(), problem: problem.to_owned() }
}

/// As many decimals as leave room for rises.
fn decimals(price: Decimal) -> u32 {
    let fits = |&decimals: &u32| price.to_integer_floor(decimals).is_some_and(|ticks| ticks < MOST_TICKS);
    (0..=MOST_DECIMALS).rev().find(fits).unwrap_or(0)
}

/// Takes the times to expiry out of a market, and with them whatever the replay sets at each date.
fn take_expiries(market: &mut Market, now: Option<i64>, horizon: i64, path: &str) -> Result<Vec<u32>, TemplateError> {
    let mut all = Vec::new();
    for (place, expiry) in market.expiries.iter_mut().enumerate() {
        let path = format!("{path}.expiries[{place}]");
        let fixed = [
            ("forward", expiry.forward.is_some(), "carry"),
            ("discount", expiry.discount.is_some(), "rate"),
            ("averaging", expiry.averaging.is_some(), "an expiry beyond the averaging window"),
        ];
        if let Some((name, _, instead)) = fixed.into_iter().find(|(_, is_stated, _)| *is_stated) {
            return Err(refuse(&format!("{path}.{name}"), &format!("does not move with the history: state {instead}")));
        }
        let days = expiry.days.and_then(|days| days.product_floor(Decimal::from(DAY), 0));
        let at = expiry.at.zip(now).map(|(at, now)| at.unix_seconds.saturating_sub(now));
        let seconds = expiry.seconds.and_then(|seconds| seconds.to_integer_floor(0)).or(days).or(at);
        let seconds = seconds.filter(|&seconds| seconds > horizon).and_then(|seconds| u32::try_from(seconds).ok());
        let Some(seconds) = seconds else {
            return Err(refuse(&path, "expected seconds, days, or at with as_of, beyond the horizon"));
        };
        (expiry.days, expiry.at, expiry.volatility) = (None, None, None);
        all.push(seconds);
    }
    Ok(all)
}

/// Leaves volatilities of positions to the replay, and opens what is linear at the price of the market.
fn take_positions(market: &mut Market, price: Decimal) {
    for position in &mut market.positions {
        position.volatility = None;
        if matches!(position.kind, Kind::Perpetual | Kind::Future) {
            position.entry.get_or_insert(price);
        }
    }
}

impl MarketRules {
    /// The rules of a market with these parameters, found at a path of the book.
    fn new(parameters: &Parameters, path: &str) -> Result<Self, TemplateError> {
        let class = match parameters.preset.unwrap_or_default() {
            Preset::Major => 0,
            Preset::Volatile => 1,
            Preset::Small => 2,
        };
        let stated = &parameters.scan_range_dynamics;
        // A number as stored, with `bits` after the point.
        let number = |field: &str, value: Option<Decimal>, bits: u32, bounds: &Parameter| {
            let Some(value) = value else { return Ok(bounds.default_at(class) as u32) };
            let stored = value.to_binary_floor(bits).unwrap_or(i64::MAX);
            let unit = (1_u64 << bits) as f64;
            let bound = |bound: i64| (bound as f64 / unit * 1e4).round() / 1e4;
            bounds.check(stored).map(|()| stored as u32).map_err(|_| {
                let expected = format!("{value}, expected {} to {}", bound(bounds.lowest), bound(bounds.highest));
                refuse(&format!("{path}.{field}"), &expected)
            })
        };
        let ratio = |field, value, bounds| number(field, value, 30, bounds).map(Ratio::from_bits);
        let floor = ratio("scan_range_dynamics.floor", stated.floor, &market::SCAN_RANGE_FLOOR)?;
        let cap = ratio("scan_range_dynamics.cap", stated.cap, &market::SCAN_RANGE_CAP)?;
        if stated.cap.is_some() && cap < floor {
            return Err(refuse(&format!("{path}.scan_range_dynamics.cap"), "is below the floor"));
        }
        let field = "scan_range_dynamics.deviations";
        let deviations = number(field, stated.deviations, 28, &market::SCAN_DEVIATIONS)?;
        let field = "scan_range_dynamics.horizon_seconds";
        let horizon_seconds = number(field, stated.horizon_seconds, 0, &market::SCAN_HORIZON_SECONDS)?;
        let field = "scan_range_dynamics.implied_share";
        let implied_share = ratio(field, stated.implied_share, &market::IMPLIED_VARIANCE_SHARE)?;
        let field = "scan_range_dynamics.fall_per_day";
        let fall_per_day = ratio(field, stated.fall_per_day, &market::SCAN_RANGE_FALL)?;
        let field = "scan_range_dynamics.ramp_seconds";
        let ramp_seconds = number(field, stated.ramp_seconds, 0, &market::SCAN_RANGE_RAMP_SECONDS)?;
        let fixed = match parameters.scan_range {
            Some(_) => Some(ratio("scan_range", parameters.scan_range, &market::SCAN_RANGE_CAP)?),
            None => None,
        };
        Ok(Self {
            seed_volatility: Ratio::from_bits(market::SEED_VOLATILITY.default_at(class) as u32),
            dynamics: ScanRangeParameters {
                deviations: Multiple::from_bits(deviations),
                horizon_seconds,
                implied_share,
                floor,
                cap: cap.max(floor),
                fall_per_day,
                ramp_seconds,
            },
            fixed,
        })
    }
}

//! The report of a backtest, as `--json` prints it; docs/backtest.md describes every field.

use std::path::Path;

use ballast_risk::Mode;
use serde::Serialize;

use super::{
    error::Error,
    history::History,
    replay::{BookResult, Observation},
    settings::{Settings, class_name},
    statistics::{Kind, Requirement, dollars},
};

/// Layout of the report, which rises whenever a field changes its meaning or goes.
const VERSION: u32 = 1;

/// A whole backtest.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Layout.
    pub version: u32,
    /// What was replayed.
    pub prices: Prices,
    /// How.
    pub settings: ReportSettings,
    /// Every book in every mode.
    pub results: Vec<ModeResult>,
    /// Every date of every book, if asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub series: Option<Vec<Series>>,
}

/// The price file.
#[derive(Clone, Debug, Serialize)]
pub struct Prices {
    /// Its name.
    pub file: String,
    /// Rows of prices in it.
    pub rows: usize,
    /// Assets in it.
    pub assets: Vec<AssetClass>,
}

/// An asset and the class whose default parameters it has.
#[derive(Clone, Debug, Serialize)]
pub struct AssetClass {
    /// Name in the header.
    pub name: String,
    /// major, volatile or small.
    pub class: &'static str,
}

/// What the backtest was asked to do.
#[derive(Clone, Debug, Serialize)]
pub struct ReportSettings {
    /// How long a loss runs, seconds.
    pub horizon_seconds: i64,
    /// Size of each leg when opened, USD.
    pub notional: u32,
    /// Share of dates at which a requirement should hold.
    pub target: f64,
    /// First date at which books were opened, as in the file.
    pub first: String,
    /// Last one.
    pub last: String,
}

/// One book in one mode.
#[derive(Clone, Debug, Serialize)]
pub struct ModeResult {
    /// Name of the book.
    pub book: String,
    /// What it holds.
    pub holding: String,
    /// Its assets.
    pub assets: Vec<String>,
    /// isolated, cross or portfolio.
    pub mode: &'static str,
    /// Dates at which it was opened.
    pub dates: usize,
    /// Average gross notional, USD.
    pub gross_notional: f64,
    /// Largest loss over the horizon, USD; negative if there were only gains.
    pub largest_loss: f64,
    /// Initial requirement.
    pub initial: Requirement,
    /// Maintenance requirement.
    pub maintenance: Requirement,
}

/// One book at every date.
#[derive(Clone, Debug, Serialize)]
pub struct Series {
    /// Name of the book.
    pub book: String,
    /// Its assets.
    pub assets: Vec<String>,
    /// Its dates in order.
    pub dates: Vec<SeriesDate>,
}

/// One book at one date, USD.
#[derive(Clone, Debug, Serialize)]
pub struct SeriesDate {
    /// When it was opened, as in the file.
    pub date: String,
    /// When its loss was taken.
    pub until: String,
    /// The loss; a gain is negative.
    pub loss: f64,
    /// Initial requirements in isolated, cross and portfolio mode.
    pub initial: [f64; 3],
    /// Maintenance requirements in isolated, cross and portfolio mode.
    pub maintenance: [f64; 3],
}

/// The name of a mode.
pub fn mode_name(mode: Mode) -> &'static str {
    match mode {
        Mode::Isolated => "isolated",
        Mode::Cross => "cross",
        Mode::Portfolio => "portfolio",
    }
}

impl Report {
    /// Summarises a replay.
    pub fn new(path: &Path, history: &History, settings: &Settings, results: &[BookResult], series: bool) -> Self {
        let label = |observation: Option<&Observation>| {
            observation.map(|observation| history.rows[observation.opened].label.clone()).unwrap_or_default()
        };
        let observations = results.first().map_or(&[][..], |result| &result.observations);
        let classes = history.assets.iter().zip(&settings.classes);
        Self {
            version: VERSION,
            prices: Prices {
                file: path.display().to_string(),
                rows: history.rows.len(),
                assets: classes
                    .map(|(name, &class)| AssetClass { name: name.clone(), class: class_name(class) })
                    .collect(),
            },
            settings: ReportSettings {
                horizon_seconds: settings.horizon,
                notional: settings.notional,
                target: settings.target,
                first: label(observations.first()),
                last: label(observations.last()),
            },
            results: results
                .iter()
                .flat_map(|result| Mode::ALL.map(|mode| mode_result(result, history, mode, settings.target)))
                .collect(),
            series: series.then(|| results.iter().map(|result| series_of(result, history)).collect()),
        }
    }

    /// The report as JSON with a line break at the end.
    ///
    /// # Errors
    /// [`Error::Json`].
    pub fn to_json(&self) -> Result<String, Error> {
        let mut text = serde_json::to_string_pretty(self).map_err(Error::Json)?;
        text.push('\n');
        Ok(text)
    }
}

fn mode_result(result: &BookResult, history: &History, mode: Mode, target: f64) -> ModeResult {
    let observations = &result.observations;
    let requirement = |kind| Requirement::new(observations, history, mode, kind, target);
    let gross: f64 = observations.iter().map(|observation| dollars(observation.gross_notional)).sum();
    let largest_loss = observations.iter().map(|observation| observation.loss).max().unwrap_or_default();
    ModeResult {
        book: result.book.name.clone(),
        holding: result.book.holding.clone(),
        assets: result.book.asset_names(&history.assets),
        mode: mode_name(mode),
        dates: observations.len(),
        gross_notional: gross / observations.len().max(1) as f64,
        largest_loss: dollars(largest_loss),
        initial: requirement(Kind::Initial),
        maintenance: requirement(Kind::Maintenance),
    }
}

fn series_of(result: &BookResult, history: &History) -> Series {
    let date = |observation: &Observation| SeriesDate {
        date: history.rows[observation.opened].label.clone(),
        until: history.rows[observation.until].label.clone(),
        loss: dollars(observation.loss),
        initial: observation.initial.map(dollars),
        maintenance: observation.maintenance.map(dollars),
    };
    Series {
        book: result.book.name.clone(),
        assets: result.book.asset_names(&history.assets),
        dates: result.observations.iter().map(date).collect(),
    }
}

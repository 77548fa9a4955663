//! What a series of losses and requirements says about a margin model.

use ballast_risk::{MicroUsd, Mode};
use serde::Serialize;

use super::{
    history::{History, Row},
    replay::Observation,
};

const DAY: i64 = 86_400;

/// Initial or maintenance requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Initial.
    Initial,
    /// Maintenance.
    Maintenance,
}

impl Kind {
    /// The requirement of an observation, µUSD.
    pub fn of(self, observation: &Observation, mode: Mode) -> MicroUsd {
        match self {
            Self::Initial => observation.initial[mode as usize],
            Self::Maintenance => observation.maintenance[mode as usize],
        }
    }
}

/// One kind of requirement of one book in one mode, and how losses compare with it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Requirement {
    /// Average over all dates, USD.
    pub average: f64,
    /// Largest of all dates, USD.
    pub largest: f64,
    /// Average of requirement / gross notional.
    pub efficiency: f64,
    /// Largest relative rise within a day; none if no two dates lie a day apart.
    pub largest_daily_rise: Option<Rise>,
    /// Largest over smallest requirement.
    pub peak_to_trough: f64,
    /// Losses beyond it.
    pub exceedances: Exceedances,
}

/// A rise of a requirement from one date to another a day later.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rise {
    /// Relative to the requirement before: 0.5 is one half more.
    pub share: f64,
    /// The later date, as in the file.
    pub date: String,
}

/// Losses beyond a requirement.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Exceedances {
    /// How many there are.
    pub count: usize,
    /// Of all dates.
    pub share: f64,
    /// How many a requirement of the target's coverage would have on average.
    pub expected: f64,
    /// (count − expected) / standard deviation of the count, were dates independent; none if horizons overlap.
    pub z: Option<f64>,
    /// Kupiec's likelihood ratio of the count against the target, χ² with one degree of freedom: above 3.84 the two
    /// disagree at 95 %. None if horizons overlap.
    pub kupiec: Option<f64>,
    /// Average of loss less requirement, USD.
    pub average_excess: f64,
    /// The deepest.
    pub worst: Option<Exceedance>,
}

/// One loss beyond a requirement.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Exceedance {
    /// When the book was opened, as in the file.
    pub date: String,
    /// When its loss was taken.
    pub until: String,
    /// The loss, USD.
    pub loss: f64,
    /// The requirement, USD.
    pub requirement: f64,
    /// Loss less requirement, USD.
    pub excess: f64,
    /// Excess / requirement.
    pub excess_share: f64,
}

/// Dollars of an amount.
pub fn dollars(amount: MicroUsd) -> f64 {
    amount.get() as f64 / 1e6
}

/// part / whole; zero of nothing.
fn share(part: f64, whole: f64) -> f64 {
    if whole == 0.0 { 0.0 } else { part / whole }
}

impl Requirement {
    /// Summarises observations, of which there is at least one.
    pub fn new(observations: &[Observation], history: &History, mode: Mode, kind: Kind, target: f64) -> Self {
        let count = observations.len().max(1) as f64;
        let amounts = || observations.iter().map(|observation| dollars(kind.of(observation, mode)));
        let (smallest, largest) = amounts().fold((f64::INFINITY, 0.0), |(low, high), x| (low.min(x), x.max(high)));
        let efficiencies = observations
            .iter()
            .map(|observation| share(dollars(kind.of(observation, mode)), dollars(observation.gross_notional)));
        Self {
            average: amounts().sum::<f64>() / count,
            largest,
            efficiency: efficiencies.sum::<f64>() / count,
            largest_daily_rise: largest_daily_rise(observations, history, mode, kind),
            peak_to_trough: share(largest, smallest),
            exceedances: Exceedances::new(observations, history, mode, kind, target),
        }
    }
}

impl Exceedances {
    fn new(observations: &[Observation], history: &History, mode: Mode, kind: Kind, target: f64) -> Self {
        let excess = |observation: &Observation| observation.loss - kind.of(observation, mode);
        let beyond = || observations.iter().filter(|observation| excess(observation) > MicroUsd::ZERO);
        let (count, dates) = (beyond().count(), observations.len());
        let worst = beyond().max_by_key(|observation| excess(observation)).map(|observation| {
            let (loss, requirement) = (dollars(observation.loss), dollars(kind.of(observation, mode)));
            Exceedance {
                date: history.rows[observation.opened].label.clone(),
                until: history.rows[observation.until].label.clone(),
                loss,
                requirement,
                excess: loss - requirement,
                excess_share: share(loss - requirement, requirement),
            }
        });
        let independent = observations.windows(2).all(|pair| pair[0].until <= pair[1].opened);
        let miss = 1.0 - target;
        let expected = miss * dates as f64;
        Self {
            count,
            share: share(count as f64, dates as f64),
            expected,
            z: independent.then(|| (count as f64 - expected) / (expected * target).sqrt()),
            kupiec: independent.then(|| likelihood_ratio(count, dates, miss)),
            average_excess: share(beyond().map(|observation| dollars(excess(observation))).sum(), count as f64),
            worst,
        }
    }
}

/// 2·ln of how much likelier the count is at its own frequency than at the expected one (Kupiec, "Techniques for
/// verifying the accuracy of risk measurement models", Journal of Derivatives 3, 1995).
fn likelihood_ratio(count: usize, dates: usize, expected_share: f64) -> f64 {
    let (count, dates) = (count as f64, dates as f64);
    // x·ln(x/y), which goes to zero with x.
    let term = |times: f64, seen: f64, expected: f64| if times == 0.0 { 0.0 } else { times * (seen / expected).ln() };
    let seen = count / dates;
    2.0 * (term(count, seen, expected_share) + term(dates - count, 1.0 - seen, 1.0 - expected_share))
}

/// The largest relative rise from a date to the first one at least a day later.
fn largest_daily_rise(observations: &[Observation], history: &History, mode: Mode, kind: Kind) -> Option<Rise> {
    let row = |observation: &Observation| -> &Row { &history.rows[observation.opened] };
    let mut largest: Option<Rise> = None;
    let mut later = observations.iter().peekable();
    for before in observations {
        while later.peek().is_some_and(|after| row(after).time < row(before).time + DAY) {
            later.next();
        }
        let Some(after) = later.peek() else { break };
        let (low, high) = (dollars(kind.of(before, mode)), dollars(kind.of(after, mode)));
        let rise = share(high - low, low);
        if largest.as_ref().is_none_or(|largest| rise > largest.share) {
            largest = Some(Rise { share: rise, date: row(after).label.clone() });
        }
    }
    largest
}

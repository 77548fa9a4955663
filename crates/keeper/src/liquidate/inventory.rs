//! What steps do to the liquidator's own book: whether they fit, and what the risk that they bring is charged.
//!
//! Steps of one round are sent side by side, so each has to fit whichever of the others land.

use std::collections::BTreeMap;

use ballast_client::liquidation::{Choice, Valuer, taken_over};
use ballast_risk::{Margin, MicroUsd};
use ballast_state::MarginAccount;

use crate::settings::LiquidateSettings;

/// One, in basis points.
const WHOLE: i128 = 10_000;

/// Delta and vega in one market, µUSD and µUSD per point of volatility.
type Greeks = [i64; 2];

/// The liquidator's book with the steps that were chosen for it.
pub struct Inventory<'a> {
    settings: &'a LiquidateSettings,
    valuer: &'a Valuer<'a>,
    own: &'a MarginAccount,
    margin: Margin,
    greeks: BTreeMap<u16, Greeks>,
    /// The book once all chosen steps have landed.
    together: Box<MarginAccount>,
    /// Its initial requirement.
    requirement: MicroUsd,
    /// What the chosen steps gain.
    gain: MicroUsd,
    /// The lowest and the highest greeks that the book can come to, whichever of the chosen steps land.
    reach: BTreeMap<u16, [Reach; 2]>,
}

/// How far a greek of the book can go.
#[derive(Clone, Copy)]
struct Reach {
    lowest: i64,
    highest: i64,
}

/// A step that fits.
pub struct Fitting {
    /// The charge for its risk, µUSD.
    pub charge: MicroUsd,
    together: Box<MarginAccount>,
    requirement: MicroUsd,
    gain: MicroUsd,
    changes: BTreeMap<u16, Greeks>,
}

impl<'a> Inventory<'a> {
    /// The liquidator's book before any step; nothing if it cannot be valued.
    pub fn new(settings: &'a LiquidateSettings, valuer: &'a Valuer<'a>, own: &'a MarginAccount) -> Option<Self> {
        let margin = valuer.margin(own)?;
        let greeks = greeks(valuer, own)?;
        let reach = greeks.iter().map(|(&market, &[delta, vega])| (market, [Reach::at(delta), Reach::at(vega)]));
        Some(Self {
            settings,
            valuer,
            own,
            margin,
            reach: reach.collect(),
            greeks,
            together: Box::new(*own),
            requirement: margin.initial_requirement,
            gain: MicroUsd::ZERO,
        })
    }

    /// Whether a step on an account fits beside those that were chosen; nothing if it passes a limit, or cannot be valued.
    ///
    /// What brings the book closer to zero always fits, beyond a limit as well.
    pub fn fits(&self, victim: &MarginAccount, choice: &Choice) -> Option<Fitting> {
        let alone = taken_over(self.valuer, victim, self.own, &choice.plan)?;
        let requirement_alone = self.valuer.margin(&alone)?.initial_requirement;
        let together = taken_over(self.valuer, victim, &self.together, &choice.plan)?;
        let requirement = self.valuer.margin(&together)?.initial_requirement;
        let gain = self.gain + choice.gain;
        let fits_margin = self.bears(self.margin.initial_requirement, requirement_alone, choice.gain)
            && self.bears(self.requirement, requirement, gain);
        let changes = self.changes(&alone)?;
        let fits_limits = changes.iter().all(|(market, &change)| self.is_within(*market, change));
        let risen = (requirement - self.requirement).gain();
        let charge = share(risen, self.settings.risk_charge_basis_points);
        (fits_margin && fits_limits).then_some(Fitting { charge, together, requirement, gain, changes })
    }

    /// Adds a step to those that were chosen.
    pub fn take(&mut self, step: Fitting) {
        (self.together, self.requirement, self.gain) = (step.together, step.requirement, step.gain);
        for (market, change) in step.changes {
            let reach = self.reach.entry(market).or_insert([Reach::at(0); 2]);
            for (reach, change) in reach.iter_mut().zip(change) {
                *reach = reach.after(change);
            }
        }
    }

    /// Whether the own equity with a gain bears a requirement, unless that has not risen. What is not paid for yet is no equity.
    fn bears(&self, before: MicroUsd, needed: MicroUsd, gain: MicroUsd) -> bool {
        needed <= before || needed <= share((self.margin.equity + gain).gain(), self.settings.most_margin_basis_points)
    }

    /// By how much a step changes the greeks, by market.
    fn changes(&self, after: &MarginAccount) -> Option<BTreeMap<u16, Greeks>> {
        let then = greeks(self.valuer, after)?;
        let of = |greeks: &BTreeMap<u16, Greeks>, market: u16| greeks.get(&market).copied().unwrap_or_default();
        let markets = self.greeks.keys().chain(then.keys()).copied();
        let change = |market: u16| {
            let (before, after) = (of(&self.greeks, market), of(&then, market));
            (market, [0, 1].map(|greek| after[greek].saturating_sub(before[greek])))
        };
        Some(markets.map(change).collect())
    }

    fn is_within(&self, market: u16, change: Greeks) -> bool {
        let own = self.greeks.get(&market).copied().unwrap_or_default();
        let reach = self.reach.get(&market).copied().unwrap_or([Reach::at(0); 2]);
        let most = [self.settings.most_delta, self.settings.most_vega];
        (0..2).all(|greek| {
            let furthest = most[greek].unsigned_abs().max(own[greek].unsigned_abs());
            change[greek] == 0 || reach[greek].after(change[greek]).is_within(change[greek], furthest)
        })
    }
}

impl Reach {
    fn at(value: i64) -> Self {
        Self { lowest: value, highest: value }
    }

    /// With a step that may land or not.
    fn after(self, change: i64) -> Self {
        Self { lowest: self.lowest.saturating_add(change.min(0)), highest: self.highest.saturating_add(change.max(0)) }
    }

    /// Whether the end that a change moved is no further from zero than `furthest`.
    fn is_within(self, change: i64, furthest: u64) -> bool {
        let furthest = i64::try_from(furthest).unwrap_or(i64::MAX);
        if change > 0 { self.highest <= furthest } else { self.lowest >= -furthest }
    }
}

fn greeks(valuer: &Valuer, account: &MarginAccount) -> Option<BTreeMap<u16, Greeks>> {
    let reports = valuer.snapshot.market_reports(account, valuer.moment).ok()?;
    Some(reports.into_iter().map(|it| (it.market, [it.delta, it.vega])).collect())
}

/// A share of an amount, in basis points.
fn share(amount: MicroUsd, basis_points: i64) -> MicroUsd {
    let share = i128::from(amount.0) * i128::from(basis_points) / WHOLE;
    MicroUsd(i64::try_from(share).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The steps that are taken of those offered one after the other, from a book with this greek, within a limit of 10.
    fn taken(own: i64, offered: &[i64]) -> Vec<i64> {
        let mut reach = Reach::at(own);
        let furthest = own.unsigned_abs().max(10);
        let fits = |change: &&i64| {
            let after = reach.after(**change);
            let is_within = after.is_within(**change, furthest);
            if is_within {
                reach = after;
            }
            is_within
        };
        offered.iter().filter(fits).copied().collect()
    }

    /// Every value that the greek can come to if any of the steps land.
    fn outcomes(own: i64, steps: &[i64]) -> Vec<i64> {
        steps.iter().fold(vec![own], |sums, step| sums.iter().flat_map(|sum| [*sum, sum + step]).collect())
    }

    #[test]
    fn limits_hold_for_all_steps_together() {
        assert_eq!(taken(0, &[6, 6, 4]), [6, 4]);
        assert_eq!(taken(-8, &[-3, -2, 12]), [-2, 12]);
    }

    #[test]
    fn a_step_that_may_fail_makes_no_room_for_another() {
        // If the second one failed, the third would be too much.
        assert_eq!(taken(0, &[10, -10, 10]), [10, -10]);
    }

    #[test]
    fn what_brings_the_book_closer_to_zero_fits_beyond_a_limit() {
        assert_eq!(taken(50, &[1, -20, -30, -50, -1]), [-20, -30, -50]);
    }

    #[test]
    fn whichever_steps_land_the_limits_hold() {
        for own in [-25, -10, -3, 0, 7, 40] {
            for seed in 0_i64..200 {
                let offered: Vec<i64> = (1..6).map(|place| (seed * 7_919 * place + place * 31) % 41 - 20).collect();
                let offered: Vec<i64> = offered.into_iter().filter(|step| *step != 0).collect();
                let steps = taken(own, &offered);
                let furthest = own.abs().max(10);
                for outcome in outcomes(own, &steps) {
                    assert!(outcome.abs() <= furthest, "{own} with some of {steps:?} comes to {outcome}");
                }
            }
        }
    }
}

//! Everything that the engine states about a book, against what a reference makes of it.

use ballast_risk::{
    Mode,
    revaluation::{Charges, Netting},
};

use crate::{
    book::{Account, Market},
    bounds::{Allowances, Bounds},
    reference::{AccountTotals, ChargeSums, MarketReference},
};

/// Holds the engine against a reference, cell by cell and charge by charge.
pub fn market(name: &str, market: &Market, expected: &MarketReference) {
    let bounds = Bounds::of(name, market);
    let losses = &expected.losses;
    let together = market.revalued(Netting::Together);
    let core = usize::from(market.core_nodes);
    for (row, cells) in together.cells.iter().enumerate() {
        for (node, computed) in cells.iter().enumerate() {
            let exact = if node < core { losses.core[row][node] } else { losses.tails[row][node - core] };
            assert_eq!(computed.is_some(), exact.is_some(), "{name}: cell {row}, {node}");
            if let (Some(computed), Some(exact)) = (computed, exact) {
                let what = format!("loss in row {row}, node {node}");
                if losses.ties.contains(&node) {
                    bounds.loss_beside_tie(&what, *computed, exact);
                } else {
                    bounds.loss(&what, *computed, exact);
                }
            }
        }
    }
    let risk = together.risk;
    for (kind, (computed, exact)) in risk.skew_losses.iter().zip(&losses.skew).enumerate() {
        match exact {
            Some(exact) => bounds.skew(&format!("skew {kind}"), computed.0, *exact),
            None => assert_eq!(computed.0, 0, "{name}: skew {kind}"),
        }
    }
    let alone = market.risk(Netting::Alone);
    bounds.basis("basis", risk.basis_loss.0, losses.basis);
    bounds.scan("scan loss", risk.scan_loss.0, losses.scan);
    bounds.scan("isolated", alone.scan_loss.0, losses.alone.iter().sum());

    let marks = &expected.marks;
    bounds.value("option value", risk.option_value.0, marks.option_value);
    bounds.value("linear profit", risk.linear_profit.0, marks.linear_profit);
    bounds.near("gross notional", risk.gross_notional.0, marks.gross_notional);
    let greeks = &risk.greeks;
    bounds.greek("delta", greeks.delta.0, marks.delta, market.notional());
    bounds.greek("vega", greeks.vega.0, marks.vega / 100.0, market.notional());
    // The time to expiry has a resolution of a 68th of a second, which the theta of the last hour feels.
    if market.expiries.iter().all(|expiry| expiry.seconds == 0 || expiry.seconds > 3_600) {
        bounds.greek("theta", greeks.theta.0, marks.theta, market.notional());
    }
    bounds.greek("rho", greeks.rho.0, marks.rho / 100.0, market.notional());

    charges(&bounds, &risk.charges, &expected.charges);
    charges(&bounds, &alone.charges, &expected.charges_alone);
}

fn charges(bounds: &Bounds, computed: &Charges, exact: &ChargeSums) {
    for (what, computed, exact) in [
        ("naked shorts, maintenance", computed.naked_short_maintenance, exact.naked_maintenance),
        ("naked shorts, initial", computed.naked_short_initial, exact.naked_initial),
        ("linear, maintenance", computed.linear_maintenance, exact.linear_maintenance),
        ("linear, initial", computed.linear_initial, exact.linear_initial),
        ("confidence", computed.confidence, exact.confidence),
    ] {
        bounds.charge(what, computed.0, exact);
    }
    bounds.concentration("delta concentration", computed.delta_concentration.0, exact.concentration_delta);
    bounds.concentration("vega concentration", computed.vega_concentration.0, exact.concentration_vega);
}

/// How far the sums of one account are from exact ones.
#[derive(Clone, Copy, Debug)]
pub struct Distance {
    /// Largest amount to the owner's advantage beyond what is allowed, and to his disadvantage beyond that; µUSD. Not
    /// positive: the account is within bounds.
    pub advantage: f64,
    pub disadvantage: f64,
    /// Largest amount to the owner's advantage without any allowance, as a share of the account's notional.
    pub bare: f64,
}

/// Holds the engine's totals in all modes against a reference.
pub fn account(name: &str, account: &Account, expected: &AccountTotals) {
    let Distance { advantage, disadvantage, .. } = distance(account, expected, &mut |what, computed, exact, excess| {
        panic!("{name}, {what}: computed {computed}, exact {exact}, beyond its bound by {excess}");
    });
    assert!(advantage <= 0.0 && disadvantage <= 0.0);
}

/// The same as a measure; `beyond` is told of everything that is out of bounds.
pub fn distance(account: &Account, expected: &AccountTotals, beyond: &mut dyn FnMut(&str, i64, f64, f64)) -> Distance {
    let allowances = Allowances::of(account);
    // The initial factor is at most 1.25, and 0.36 more where the quote token is far below its peg.
    let requirement = allowances.requirement(1.61);
    let excess = allowances.value + requirement;
    let notional: f64 = account.markets.iter().map(Market::notional).sum();
    let mut worst = Distance { advantage: f64::MIN, disadvantage: f64::MIN, bare: f64::MIN };
    for (mode, exact) in Mode::ALL.into_iter().zip(&expected.modes) {
        let margin = account.margin(mode);
        let sums = &margin.components;
        // What, computed, exact, whether more is to the owner's advantage, how much may be.
        for (what, computed, exact, is_gain, allowed) in [
            ("equity", margin.equity, expected.equity, true, allowances.value),
            ("initial haircut", sums.initial_haircut, expected.initial_haircut, false, 2.0),
            ("maintenance haircut", sums.maintenance_haircut, expected.maintenance_haircut, false, 2.0),
            // Less by what the gain itself was rounded down by, a unit a position.
            ("uncounted gain", sums.uncounted_gain, expected.uncounted_gain, false, allowances.value + 64.0),
            ("unwithdrawable", sums.unwithdrawable, expected.unwithdrawable, false, allowances.most),
            ("loss", sums.scan_loss, exact.loss, false, allowances.loss),
            ("initial requirement", margin.initial_requirement, exact.initial_requirement, false, requirement),
            (
                "maintenance requirement",
                margin.maintenance_requirement,
                exact.maintenance_requirement,
                false,
                requirement,
            ),
            ("initial excess", margin.initial_excess, exact.initial_excess, true, excess),
            ("maintenance excess", margin.maintenance_excess, exact.maintenance_excess, true, excess),
            ("withdrawal excess", margin.withdrawal_excess, exact.withdrawal_excess, true, excess),
        ] {
            let difference = computed.0 as f64 - exact;
            let advantage = if is_gain { difference } else { -difference };
            let (over, under) = (advantage - allowed, -advantage - allowances.most);
            if over > 0.0 || under > 0.0 {
                beyond(&format!("{mode:?} {what}"), computed.0, exact, over.max(under));
            }
            worst.advantage = worst.advantage.max(over);
            worst.disadvantage = worst.disadvantage.max(under);
            if what != "unwithdrawable" {
                worst.bare = worst.bare.max((advantage - 2.0) / notional);
            }
        }
    }
    worst
}

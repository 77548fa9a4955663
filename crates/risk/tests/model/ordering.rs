//! Orders that every book keeps, to the last unit: isolated above cross above portfolio, term by term.

use ballast_risk::{Mode, revaluation::Netting};
use proptest::prelude::*;

use crate::{
    book::{Account, Leg, ONE},
    random::{self, Features},
};

/// An account for which the order is promised. Where cells are masked, a strike near expiry may lie between a cell that
/// exists and one that does not, and the positions around it are interpolated with a node that they are not scanned at alone:
/// masks and near expiries are not mixed here.
fn ordered(seed: u64, has_masks: bool) -> Account {
    let mut account = random::account(seed, Features { near: !has_masks, masks: has_masks, ..Features::ALL });
    if has_masks {
        account.markets.iter_mut().for_each(random::drop_near_options);
    }
    account
}

/// The account with some of its positions, so that a failing one shrinks.
fn thinned(mut account: Account, kept: u64) -> Account {
    let mut place = 0;
    for market in &mut account.markets {
        market.legs.retain(|_| {
            place += 1;
            kept >> (place % 64) & 1 == 1
        });
    }
    account
}

prop_compose! {
    fn any_account()(seed: u64, kept: u64, has_masks: bool, all in prop::bool::weighted(0.7)) -> Account {
        thinned(ordered(seed, has_masks), if all { u64::MAX } else { kept })
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn positions_alone_need_no_less_than_together(account in any_account()) {
        for market in &account.markets {
            let alone = market.risk(Netting::Alone);
            let together = market.risk(Netting::Together);
            prop_assert!(alone.scan_loss >= together.scan_loss, "{:?} {:?}", alone.scan_loss, together.scan_loss);
            for (name, apart, netted) in [
                ("naked, maintenance", alone.charges.naked_short_maintenance, together.charges.naked_short_maintenance),
                ("naked, initial", alone.charges.naked_short_initial, together.charges.naked_short_initial),
                ("linear, maintenance", alone.charges.linear_maintenance, together.charges.linear_maintenance),
                ("linear, initial", alone.charges.linear_initial, together.charges.linear_initial),
                ("confidence", alone.charges.confidence, together.charges.confidence),
                ("delta concentration", alone.charges.delta_concentration, together.charges.delta_concentration),
                ("vega concentration", alone.charges.vega_concentration, together.charges.vega_concentration),
            ] {
                prop_assert!(apart >= netted, "{name}: {apart:?} alone, {netted:?} together");
            }
            prop_assert_eq!(alone.option_value, together.option_value);
            prop_assert_eq!(alone.linear_profit, together.linear_profit);
            prop_assert_eq!(alone.gross_notional, together.gross_notional);
        }
    }

    #[test]
    fn requirements_fall_from_mode_to_mode(account in any_account()) {
        let [isolated, cross, portfolio] = Mode::ALL.map(|mode| account.margin(mode));
        for (more, less) in [(&isolated, &cross), (&cross, &portfolio)] {
            prop_assert!(more.components.scan_loss >= less.components.scan_loss);
            prop_assert!(more.components.maintenance_loss >= less.components.maintenance_loss);
            prop_assert!(more.initial_requirement >= less.initial_requirement);
            prop_assert!(more.maintenance_requirement >= less.maintenance_requirement);
            prop_assert!(more.initial_excess <= less.initial_excess);
            prop_assert!(more.maintenance_excess <= less.maintenance_excess);
            prop_assert!(more.withdrawal_excess <= less.withdrawal_excess);
            prop_assert_eq!(more.equity, less.equity);
        }
    }

    /// A wider window and a smaller allowance for gains never lower the joint loss.
    #[test]
    fn joint_losses_rise_with_the_window_and_fall_with_the_allowance(account in any_account()) {
        let loss = |window: u8, allowance: u32| {
            let mut changed = account.clone();
            for group in &mut changed.groups {
                group.window = group.window.saturating_add(window);
                group.gain_allowance = group.gain_allowance.saturating_sub(allowance);
            }
            changed.margin(Mode::Portfolio).components.scan_loss
        };
        let base = loss(0, 0);
        prop_assert!(loss(1, 0) >= base);
        prop_assert!(loss(10, 0) >= loss(1, 0));
        prop_assert!(loss(0, ONE / 5) >= base);
        prop_assert!(loss(3, ONE) >= loss(0, ONE));
    }

    /// A group never loses less than all of its markets together in one and the same scenario.
    #[test]
    fn a_group_covers_every_correlated_scenario(account in any_account()) {
        let mut account = account;
        // One group has one set of nodes and cells.
        let group = account.markets[0].group;
        account.markets.retain(|market| market.group == group);
        let cells: Vec<_> = account.markets.iter().map(|market| market.revalued(Netting::Together).cells).collect();
        let loss = account.margin(Mode::Portfolio).components.scan_loss.0;
        for row in 0..3 {
            for node in 0..cells[0][row].len() {
                let together: Option<i64> = cells.iter().map(|cells| cells[row][node]).sum();
                if let Some(together) = together {
                    prop_assert!(loss >= together, "row {row}, node {node}: {together} above {loss}");
                }
            }
        }
    }

    /// A position alone loses more over a wider scan range: its value is monotone in the price.
    #[test]
    fn isolated_losses_rise_with_the_scan_range(seed: u64) {
        let account = random::account(seed, Features { masks: false, ..Features::ALL });
        for market in &account.markets {
            let mut wider = market.clone();
            wider.set_scan_range(market.scan_range / 4 * 5);
            let (narrow, wide) = (market.risk(Netting::Alone), wider.risk(Netting::Alone));
            // An option that is lost altogether carries the error bound of the price that it is lost at.
            let slack = (1e-6 * market.notional()) as i64;
            prop_assert!(wide.scan_loss.0 + slack >= narrow.scan_loss.0, "{:?} {:?}", wide.scan_loss, narrow.scan_loss);
        }
    }

    /// Owing one more option never lifts any excess, however it moves: what it is worth is taken off equity at once, and in
    /// no scenario is it worth less than nothing. Concentration, which nets, skew and basis, which count changes of
    /// value instead of values, are left out.
    #[test]
    fn one_more_liability_never_helps(seed: u64, place: prop::sample::Index, is_call: bool, lots in 1i64..5_000) {
        let mut account = random::account(seed, Features { skew: false, basis: false, near: false, ..Features::ALL });
        account.factors.initial = ONE;
        account.factors.quote_price = ONE;
        account.factors.maintenance = ONE;
        for market in &mut account.markets {
            market.charges.concentration_delta.slope = 0;
            market.charges.concentration_vega.slope = 0;
            market.charges.confidence_threshold = 0;
            market.maintenance_share = ONE;
        }
        let mut worse = account.clone();
        let market = place.get_mut(&mut worse.markets);
        let kind = if is_call { crate::book::Kind::Call } else { crate::book::Kind::Put };
        let strike = market.price / 10 * 9 + market.price / 64 * (seed % 16);
        *market = market.merged(&[Leg { kind, expiry: 0, strike, lots: -lots, ledger: 0, volatility: 0 }]);
        // Error bounds fall by those of what the new option offsets.
        let notional = lots as f64 * market.price as f64 * market.unit();
        let slack = (2e-5 * notional) as i64 + 100;
        for mode in Mode::ALL {
            let (before, after) = (account.margin(mode), worse.margin(mode));
            prop_assert!(after.initial_excess.0 <= before.initial_excess.0 + slack, "{mode:?}");
            prop_assert!(after.maintenance_excess.0 <= before.maintenance_excess.0 + slack, "{mode:?}");
        }
    }
}

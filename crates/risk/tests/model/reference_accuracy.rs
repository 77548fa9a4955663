//! The floating-point reference against the high-precision one: two implementations of the model, in two languages, that
//! agree to 1e-12 of the notional. The engine's tests over random books rest on it.

use crate::{
    reference::{self, ChargeSums, MarketReference},
    vectors::{AccountCase, ChargeOutputs, ModeOutputs, TermCase, read, real},
};

/// Shares of the notional that two sums of doubles may differ by.
const TOLERANCE: f64 = 1e-12;

struct Check<'a> {
    name: &'a str,
    scale: f64,
}

impl Check<'_> {
    fn agree(&self, what: &str, computed: f64, exact: &str) {
        let difference = (computed - real(exact)).abs();
        assert!(
            difference <= TOLERANCE * self.scale + 1e-6,
            "{}, {what}: {computed} against {exact}, off by {difference:e}",
            self.name
        );
    }

    fn agree_if_any(&self, what: &str, computed: Option<f64>, exact: &Option<String>) {
        assert_eq!(computed.is_some(), exact.is_some(), "{}, {what}", self.name);
        if let (Some(computed), Some(exact)) = (computed, exact) {
            self.agree(what, computed, exact);
        }
    }

    fn charges(&self, computed: &ChargeSums, exact: &ChargeOutputs) {
        for (what, computed, exact) in [
            ("naked maintenance", computed.naked_maintenance, &exact.naked_maintenance),
            ("naked initial", computed.naked_initial, &exact.naked_initial),
            ("linear maintenance", computed.linear_maintenance, &exact.linear_maintenance),
            ("linear initial", computed.linear_initial, &exact.linear_initial),
            ("confidence", computed.confidence, &exact.confidence),
            ("delta concentration", computed.concentration_delta, &exact.concentration_delta),
            ("vega concentration", computed.concentration_vega, &exact.concentration_vega),
        ] {
            self.agree(what, computed, exact);
        }
    }
}

#[test]
fn every_term_agrees() {
    let cases: Vec<TermCase> = read("terms");
    assert!(cases.len() > 90);
    for TermCase { name, market, expected } in &cases {
        let computed = MarketReference::of(market);
        // Tails multiply prices by up to six, and vega and gamma carry the root of time and its inverse.
        let check = Check { name, scale: market.notional() * 10.0 };
        let losses = &computed.losses;
        for row in 0..3 {
            for (computed, exact) in losses.core[row].iter().zip(&expected.core[row]) {
                check.agree_if_any("core", *computed, exact);
            }
            for (computed, exact) in losses.tails[row].iter().zip(&expected.tails[row]) {
                check.agree_if_any("tail", *computed, exact);
            }
        }
        for (computed, exact) in losses.skew.iter().zip(&expected.skew) {
            check.agree_if_any("skew", *computed, exact);
        }
        check.agree("basis", losses.basis, &expected.basis);
        check.agree("scan loss", losses.scan, &expected.scan_loss);
        assert_eq!(losses.alone.len(), expected.alone.len(), "{name}");
        for (computed, exact) in losses.alone.iter().zip(&expected.alone) {
            check.agree("alone", *computed, exact);
        }
        let (marks, exact) = (&computed.marks, &expected.marks);
        for (what, computed, exact) in [
            ("option value", marks.option_value, &exact.option_value),
            ("linear profit", marks.linear_profit, &exact.linear_profit),
            ("gross notional", marks.gross_notional, &exact.gross_notional),
            ("delta", marks.delta, &exact.delta),
            ("gamma", marks.gamma / 1024.0, &(real(&exact.gamma) / 1024.0).to_string()),
            ("vega", marks.vega, &exact.vega),
            ("theta", marks.theta, &exact.theta),
            ("rho", marks.rho, &exact.rho),
            ("gross delta", marks.gross_delta, &exact.gross_delta),
            ("gross vega", marks.gross_vega, &exact.gross_vega),
        ] {
            check.agree(what, computed, exact);
        }
        check.charges(&computed.charges, &expected.charges);
        check.charges(&computed.charges_alone, &expected.charges_alone);
    }
}

#[test]
fn every_account_agrees() {
    let cases: Vec<AccountCase> = read("accounts");
    assert!(cases.len() > 40);
    for AccountCase { name, account, expected } in &cases {
        let markets: Vec<MarketReference> = account.markets.iter().map(MarketReference::of).collect();
        let computed = reference::account(account, &markets);
        let collateral: f64 = account.collateral.iter().map(|held| reference::deposit(held).0).sum();
        let notional: f64 = account.markets.iter().map(|market| market.notional()).sum();
        let check = Check { name, scale: notional * 10.0 + collateral + account.cash as f64 };
        for (what, computed, exact) in [
            ("equity", computed.equity, &expected.equity),
            ("initial haircut", computed.initial_haircut, &expected.initial_haircut),
            ("maintenance haircut", computed.maintenance_haircut, &expected.maintenance_haircut),
            ("uncounted gain", computed.uncounted_gain, &expected.uncounted_gain),
            ("unwithdrawable", computed.unwithdrawable, &expected.unwithdrawable),
        ] {
            check.agree(what, computed, exact);
        }
        let modes = [&expected.isolated, &expected.cross, &expected.portfolio];
        for (computed, exact) in computed.modes.iter().zip(modes) {
            let ModeOutputs { loss, initial_requirement, maintenance_requirement, .. } = exact;
            check.agree("loss", computed.loss, loss);
            check.agree("initial requirement", computed.initial_requirement, initial_requirement);
            check.agree("maintenance requirement", computed.maintenance_requirement, maintenance_requirement);
            check.agree("initial excess", computed.initial_excess, &exact.initial_excess);
            check.agree("maintenance excess", computed.maintenance_excess, &exact.maintenance_excess);
            check.agree("withdrawal excess", computed.withdrawal_excess, &exact.withdrawal_excess);
        }
    }
}

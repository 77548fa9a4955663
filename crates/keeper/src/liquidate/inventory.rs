//! What a step does to the liquidator's own book: whether it fits, and what the risk that it brings is charged.

use ballast_client::liquidation::{Plan, Valuer, taken_over};
use ballast_risk::MicroUsd;
use ballast_state::MarginAccount;

use crate::settings::LiquidateSettings;

/// One, in basis points.
const WHOLE: i128 = 10_000;

/// The charge for the risk of a step, µUSD; nothing if the step passes a limit, or cannot be valued.
///
/// What brings the book closer to zero always fits, beyond a limit as well.
pub(super) fn charge(
    settings: &LiquidateSettings,
    valuer: &Valuer,
    victim: &MarginAccount,
    own: &MarginAccount,
    plan: &Plan,
) -> Option<MicroUsd> {
    let after = taken_over(valuer, victim, own, plan)?;
    let (margin_before, margin_after) = (valuer.margin(own)?, valuer.margin(&after)?);
    let (before, needed) = (margin_before.initial_requirement, margin_after.initial_requirement);
    let most = i128::from(margin_after.equity.gain().0) * i128::from(settings.most_margin_basis_points) / WHOLE;
    if needed > before && i128::from(needed.0) > most {
        return None;
    }
    let held = valuer.snapshot.market_reports(own, valuer.moment).ok()?;
    for then in valuer.snapshot.market_reports(&after, valuer.moment).ok()? {
        let (delta_before, vega_before) =
            held.iter().find(|it| it.market == then.market).map_or((0, 0), |it| (it.delta, it.vega));
        let is_beyond = |now: i64, before: i64, most: i64| {
            now.unsigned_abs() > most.unsigned_abs() && now.unsigned_abs() > before.unsigned_abs()
        };
        if is_beyond(then.delta, delta_before, settings.most_delta)
            || is_beyond(then.vega, vega_before, settings.most_vega)
        {
            return None;
        }
    }
    let risen = (needed - before).gain();
    let charge = i128::from(risen.0) * i128::from(settings.risk_charge_basis_points) / WHOLE;
    Some(MicroUsd(i64::try_from(charge).unwrap_or(i64::MAX)))
}

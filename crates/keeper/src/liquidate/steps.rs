//! Which steps are sent in a round.

use ballast::LiquidationPlan;
use ballast_client::liquidation::{Candidate, Choice, Plan, Valuer};
use ballast_risk::MicroUsd;
use ballast_state::MarginAccount;

use super::inventory::Inventory;
use crate::{margins::Distressed, settings::LiquidateSettings};

/// A step that is to be sent.
pub struct Step<'a> {
    /// On whom.
    pub victim: &'a Distressed,
    /// What.
    pub choice: Choice,
    /// What it earns after the charge for risk and the cost of the transaction, µUSD.
    pub profit: MicroUsd,
    /// Parts of [`FULL_SIZE`](ballast_client::liquidation::FULL_SIZE) of what the rules allow.
    pub size: u64,
}

/// Chooses the steps of a round: of each account in turn the one that pays best of those that fit into the liquidator's book beside
/// the steps chosen before. None if the book cannot be valued.
pub fn choose<'a>(
    settings: &LiquidateSettings,
    valuer: &Valuer<'_>,
    own: &MarginAccount,
    victims: impl IntoIterator<Item = (&'a Distressed, u64)>,
) -> Vec<Step<'a>> {
    let Some(mut inventory) = Inventory::new(settings, valuer, own) else { return Vec::new() };
    let mut chosen = Vec::new();
    for (victim, size) in victims {
        if chosen.len() >= settings.parallel.max(1) {
            break;
        }
        let Some(candidate) = Candidate::look(valuer, &victim.account, &victim.margin) else { continue };
        let steps = candidate.choices(size).into_iter().filter_map(|choice| {
            let fitting = inventory.fits(&victim.account, &choice)?;
            let profit = choice.gain - fitting.charge - MicroUsd(settings.transaction_cost);
            let step = Step { victim, choice, profit, size };
            (profit >= MicroUsd(settings.least_profit)).then_some((step, fitting))
        });
        if let Some((step, fitting)) = steps.max_by_key(|(step, _)| step.profit) {
            inventory.take(fitting);
            chosen.push(step);
        }
    }
    chosen
}

/// What metrics call a plan.
pub(super) fn kind_of(plan: &Plan) -> &'static str {
    match plan {
        Plan::Step(LiquidationPlan::Legs { .. }) => "legs",
        Plan::Step(LiquidationPlan::Slice { .. }) => "slice",
        Plan::Step(LiquidationPlan::Collateral { .. }) => "collateral",
        Plan::Resolution(_) => "resolution",
    }
}

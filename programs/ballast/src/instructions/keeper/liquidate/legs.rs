//! Closing legs at their marks.

use anchor_lang::prelude::*;
use ballast_risk::{MicroUsd, liquidation::share_freed};
use ballast_state::MarginAccount;

use super::{LiquidationLeg, Opening, Step, less_cash};
use crate::{
    check::{CheckAccounts, Checker},
    errors::{BallastError, step_error},
    fill,
    instructions::trader::trade::MAX_LEGS,
};

/// Passes every leg to the liquidator at its mark, then pays the reward out of the account's cash as far as that goes.
/// The requirement that the legs free together is the share of the account that they take.
pub(super) fn close(
    legs: &[LiquidationLeg],
    opening: &Opening,
    account: &mut MarginAccount,
    liquidator: &mut MarginAccount,
    sources: &CheckAccounts,
    checker: &mut Checker,
) -> Result<Step> {
    let Opening { rules, terms, before } = opening;
    require!(!legs.is_empty() && legs.len() <= MAX_LEGS, BallastError::LegCount);
    terms.require_allowance().map_err(|refusal| step_error(refusal, terms))?;
    for leg in legs {
        let mut market = sources.market_mut(leg.market)?;
        let contract = fill::find(&leg.contract, &market)?;
        let held = account.quantity_of(leg.market, contract.kind, contract.number);
        let is_part = leg.quantity.signum() == held.signum() && leg.quantity.unsigned_abs() <= held.unsigned_abs();
        if leg.quantity == 0 || !is_part {
            return Err(error!(BallastError::LegNotReducing).with_values((held, leg.quantity)));
        }
        let mark = checker.closing_mark(&market, &contract)?;
        let value = fill::value(&market, leg.quantity, mark.price)?;
        fill::exchange(&mut market, &contract, liquidator, account, leg.quantity, value)?;
    }
    if account.cash < 0 {
        return Err(error!(BallastError::InsufficientCash).with_values((0, account.cash)));
    }
    let filled = checker.margin(account, &sources.borrow()?)?;
    let freed = before.maintenance_requirement - filled.maintenance_requirement;
    let share = share_freed(before, freed);
    let risen = filled.maintenance_excess - before.maintenance_excess;
    let (reward, insurance) = rules.leg_reward(terms.bonus, freed, risen, MicroUsd(account.cash));
    account.cash -= reward.0 + insurance.0;
    liquidator.cash += reward.0;
    Ok(Step { after: less_cash(filled, reward + insurance), share, reward, insurance, ..Step::default() })
}

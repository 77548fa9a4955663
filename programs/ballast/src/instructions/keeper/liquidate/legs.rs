//! Closing legs at their marks.

use anchor_lang::prelude::*;
use ballast_risk::{Margin, MicroUsd, liquidation::LiquidationRules};
use ballast_state::MarginAccount;

use super::{LiquidationLeg, Step, less_cash};
use crate::{
    check::{CheckAccounts, Checker},
    errors::BallastError,
    fill,
    instructions::trader::trade::MAX_LEGS,
};

/// Passes every leg to the liquidator at its mark, then pays the reward out of the account's cash as far as that goes.
pub(super) fn close(
    legs: &[LiquidationLeg],
    rules: &LiquidationRules,
    before: &Margin,
    account: &mut MarginAccount,
    liquidator: &mut MarginAccount,
    sources: &CheckAccounts,
    checker: &mut Checker,
) -> Result<Step> {
    require!(!legs.is_empty() && legs.len() <= MAX_LEGS, BallastError::LegCount);
    for leg in legs {
        let mut market = sources.market_mut(leg.market)?;
        let contract = fill::find(&leg.contract, &market)?;
        let held = account.quantity_of(leg.market, contract.kind, contract.number);
        let is_part = leg.quantity.signum() == held.signum() && leg.quantity.unsigned_abs() <= held.unsigned_abs();
        if leg.quantity == 0 || !is_part {
            return Err(error!(BallastError::LegNotReducing).with_values((held, leg.quantity)));
        }
        let mark = checker.mark(&market, &contract)?;
        let value = fill::value(&market, leg.quantity, mark.price)?;
        fill::exchange(&mut market, &contract, liquidator, account, leg.quantity, value)?;
    }
    if account.cash < 0 {
        return Err(error!(BallastError::InsufficientCash).with_values((0, account.cash)));
    }
    let filled = checker.margin(account, &sources.borrow()?)?;
    let freed = before.maintenance_requirement - filled.maintenance_requirement;
    let (reward, insurance) = rules.leg_reward(freed, MicroUsd(account.cash));
    account.cash -= reward.0 + insurance.0;
    liquidator.cash += reward.0;
    Ok(Step { after: less_cash(filled, reward + insurance), slice: 0, paid: MicroUsd::ZERO, reward, insurance })
}

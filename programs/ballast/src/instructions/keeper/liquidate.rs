//! Liquidates an account below maintenance margin.

mod legs;
mod slice;

use anchor_lang::prelude::*;
use ballast_risk::{
    Margin, MicroUsd,
    liquidation::{LiquidationRules, StepRefusal},
    scenario::ONE_Q28,
};
use ballast_state::{
    Bank, Contract, Exchange, MarginAccount,
    revaluation::{self, Purpose},
};

use crate::{
    check::{CheckAccounts, Checker},
    errors::BallastError,
    events::Liquidated,
};

/// What a liquidator takes.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Debug)]
pub enum LiquidationPlan {
    /// Positions, closed at their marks for a reward.
    Legs {
        /// One to eight legs.
        legs: Vec<LiquidationLeg>,
    },
    /// A share of everything: positions, collateral and cash, bought at a discount.
    Slice {
        /// The share, scale 2^-28.
        fraction: u32,
    },
}

impl LiquidationPlan {
    /// What the checks are for. Closing legs needs the prices of these alone; a slice of everything has no price while
    /// anything in it has none.
    fn purpose(&self) -> Purpose {
        match self {
            Self::Legs { .. } => Purpose::Closing,
            Self::Slice { .. } => Purpose::Liquidation,
        }
    }

    /// Whether nothing less could be closed: a single lot, which may be worth more than the distance to the target.
    fn is_smallest(&self) -> bool {
        matches!(self, Self::Legs { legs } if legs.len() == 1 && legs[0].quantity.unsigned_abs() == 1)
    }
}

/// One position to take.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug)]
pub struct LiquidationLeg {
    /// Number of the market.
    pub market: u16,
    /// The contract.
    pub contract: Contract,
    /// Lots that the liquidator takes over, with the sign of the account's position.
    pub quantity: i64,
}

/// Accounts of [`liquidate`](crate::ballast::liquidate), followed by the markets (writable) and banks of both checks.
#[derive(Accounts)]
pub struct Liquidate<'info> {
    /// The exchange.
    #[account(has_one = quote_bank @ BallastError::WrongExchange)]
    pub exchange: AccountLoader<'info, Exchange>,
    /// The account to liquidate.
    #[account(mut, has_one = exchange @ BallastError::WrongExchange)]
    pub account: AccountLoader<'info, MarginAccount>,
    /// The liquidator's account, which takes over what the account gives up.
    #[account(
        mut,
        dup,
        has_one = exchange @ BallastError::WrongExchange,
        constraint = liquidator.load()?.owner == liquidator_owner.key() @ BallastError::NotOwner,
        constraint = liquidator.key() != account.key() @ BallastError::SelfLiquidation,
        constraint = account.load()?.owner != liquidator_owner.key() @ BallastError::SelfLiquidation
    )]
    pub liquidator: AccountLoader<'info, MarginAccount>,
    /// Owner of the liquidator's account.
    pub liquidator_owner: Signer<'info>,
    /// Bank of the quote token, which holds the insurance fund.
    #[account(mut, has_one = exchange @ BallastError::WrongExchange)]
    pub quote_bank: AccountLoader<'info, Bank>,
}

/// What a plan moved.
struct Step {
    /// The account's margin after the plan.
    after: Margin,
    slice: u32,
    paid: MicroUsd,
    reward: MicroUsd,
    insurance: MicroUsd,
}

/// 1. Checks that the account is below maintenance margin, or that a liquidation which has not reached its target was
///    continued within the time in which the price of a slice falls.
/// 2. Carries out the plan: legs at their marks for a reward in proportion to the requirement freed, or a slice at a
///    price that falls with the slots since the liquidation began.
/// 3. Checks that the account's maintenance excess rose and does not pass the target by more than the tolerance.
/// 4. Checks that the liquidator meets initial margin.
///
/// # Errors
/// [`BallastError::NotLiquidatable`], [`BallastError::SelfLiquidation`], what is wrong with the plan,
/// [`BallastError::LiquidationNoImprovement`], [`BallastError::LiquidationBeyondTarget`],
/// [`BallastError::LiquidatorBelowMargin`], or why a check cannot be made.
pub fn handler<'info>(ctx: Context<'info, Liquidate<'info>>, plan: LiquidationPlan) -> Result<()> {
    let accounts = &ctx.accounts;
    let exchange = accounts.exchange.load()?;
    let mut account = accounts.account.load_mut()?;
    let mut liquidator = accounts.liquidator.load_mut()?;
    let rules = exchange.parameters.liquidation_rules();
    let sources = CheckAccounts::load(&accounts.exchange.key(), ctx.remaining_accounts)?;
    let mut checker = Checker::new(&exchange, plan.purpose())?;
    let liquidator_shape = revaluation::shape(&liquidator);

    let before = checker.margin(&account, &sources.borrow()?)?;
    // A liquidation that nobody continued is over: the account may have recovered since, and a new breach starts anew.
    let slot = checker.moment().slot;
    let is_under_way = account.liquidation_started_slot != 0
        && slot.saturating_sub(account.liquidation_step_slot) <= u64::from(rules.price_slots);
    let may_continue = is_under_way && rules.distance_to_target(&before).0 < 0;
    if before.maintenance_excess.0 >= 0 && !may_continue {
        msg!("maintenance excess is {} µUSD", before.maintenance_excess.0);
        return err!(BallastError::NotLiquidatable);
    }
    if !is_under_way {
        account.liquidation_started_slot = slot;
        account.liquidation_proceeds = 0;
    }
    account.liquidation_step_slot = slot;

    let step = match &plan {
        LiquidationPlan::Legs { legs } => {
            legs::close(legs, &rules, &before, &mut account, &mut liquidator, &sources, &mut checker)?
        }
        LiquidationPlan::Slice { fraction } => {
            slice::take(*fraction, &rules, &before, &mut account, &mut liquidator, &sources, &mut checker)?
        }
    };
    let is_dust = step.slice == ONE_Q28 as u32 && before.equity < rules.dust_limit;
    if !is_dust {
        require_step(&rules, &before, &step.after, plan.is_smallest())?;
    }
    if rules.distance_to_target(&step.after).0 >= 0 {
        account.liquidation_started_slot = 0;
        account.liquidation_step_slot = 0;
        account.liquidation_proceeds = 0;
    }

    let liquidator_margin = checker.margin_within_cap(&liquidator, || liquidator_shape, &sources.borrow()?)?;
    if liquidator_margin.initial_excess.0 < 0 || liquidator.cash < 0 {
        msg!("liquidator: initial excess {} µUSD, cash {}", liquidator_margin.initial_excess.0, liquidator.cash);
        return err!(BallastError::LiquidatorBelowMargin);
    }

    let mut quote_bank = accounts.quote_bank.load_mut()?;
    quote_bank.insurance = quote_bank.insurance.checked_add_signed(step.insurance.0).ok_or(BallastError::Overflow)?;
    emit!(Liquidated {
        account: accounts.account.key(),
        liquidator: accounts.liquidator.key(),
        slice: step.slice,
        paid: step.paid.0,
        reward: step.reward.0,
        insurance: step.insurance.0,
        equity_before: before.equity.0,
        equity: step.after.equity.0,
        maintenance_excess_before: before.maintenance_excess.0,
        maintenance_excess: step.after.maintenance_excess.0,
        requirement_before: before.maintenance_requirement.0,
        requirement: step.after.maintenance_requirement.0,
    });
    Ok(())
}

/// Refuses a step that does not improve the account, or that passes the target although a smaller one was possible.
fn require_step(rules: &LiquidationRules, before: &Margin, after: &Margin, is_smallest: bool) -> Result<()> {
    let refusal = rules.accepts(before, after);
    if refusal == Err(StepRefusal::BeyondTarget) && is_smallest {
        return Ok(());
    }
    refusal.map_err(|refusal| {
        msg!(
            "maintenance excess {} µUSD before, {} after; distance to target {}",
            before.maintenance_excess.0,
            after.maintenance_excess.0,
            rules.distance_to_target(after).0
        );
        match refusal {
            StepRefusal::NoImprovement => BallastError::LiquidationNoImprovement.into(),
            StepRefusal::BeyondTarget => BallastError::LiquidationBeyondTarget.into(),
        }
    })
}

/// The margin after cash left the account.
fn less_cash(margin: Margin, cash: MicroUsd) -> Margin {
    Margin {
        equity: margin.equity - cash,
        initial_excess: margin.initial_excess - cash,
        maintenance_excess: margin.maintenance_excess - cash,
        withdrawal_excess: margin.withdrawal_excess - cash,
        ..margin
    }
}

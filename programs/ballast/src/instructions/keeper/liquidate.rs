//! Liquidates an account below maintenance margin.

mod collateral;
mod legs;
pub(crate) mod slice;

use anchor_lang::prelude::*;
use ballast_risk::{
    Margin, MicroUsd, Ratio,
    cost::CheckShape,
    liquidation::{LiquidationRules, Progress, StepRefusal, StepTerms},
    scenario::ONE_Q28,
};
use ballast_state::{
    Bank, Contract, Exchange, MarginAccount,
    revaluation::{self, Moment, Purpose},
};

use crate::{
    check::{CheckAccounts, Checker},
    errors::{BallastError, check_error, lending_error, require_output, step_error},
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
    /// Collateral for cash, bought at a discount: for an account that is short of cash alone.
    Collateral {
        /// Number of the token's bank.
        bank: u16,
        /// Native units.
        amount: u64,
    },
}

impl LiquidationPlan {
    /// What the checks are for. Closing legs needs the prices of these alone; a slice of everything has no price while
    /// anything in it has none.
    fn purpose(&self) -> Purpose {
        match self {
            Self::Legs { .. } => Purpose::Closing,
            Self::Slice { .. } | Self::Collateral { .. } => Purpose::Liquidation,
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

/// Accounts of [`liquidate`](crate::ballast::liquidate) and
/// [`resolve_bankruptcy`](crate::ballast::resolve_bankruptcy), followed by the markets (writable) and banks of both checks.
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

/// What a step starts from.
struct Opening {
    rules: LiquidationRules,
    terms: StepTerms,
    /// The account's margin before.
    before: Margin,
}

/// What a plan moved.
#[derive(Default)]
struct Step {
    /// The account's margin after the plan.
    after: Margin,
    /// Share of the account that counts against the close factor.
    share: Ratio,
    slice: u32,
    bank: u16,
    collateral: u64,
    paid: MicroUsd,
    reward: MicroUsd,
    insurance: MicroUsd,
}

/// 1. Charges both accounts the interest on their debts.
/// 2. Checks that the account is below maintenance margin, or that a liquidation which has not reached its target was
///    continued in time. Close factor, price, reward and cool-down follow from the shortfall and the volatility regime.
/// 3. Carries out the plan: legs at their marks for a reward in proportion to the requirement freed, a slice at a price
///    that falls with the slots since the liquidation began, or collateral at that price for cash.
/// 4. Checks that legs and slices of a partial liquidation stay within the close factor of a cool-down.
/// 5. Checks that the account's maintenance excess rose and does not pass the target by more than the tolerance, unless
///    the account is dust and goes whole.
/// 6. Checks that the liquidator's cash changed by at least `minimum_proceeds`, and that it meets initial margin.
///
/// # Errors
/// [`BallastError::NotLiquidatable`], [`BallastError::SelfLiquidation`], what is wrong with the plan,
/// [`BallastError::LiquidationCoolingDown`], [`BallastError::CloseFactorExceeded`],
/// [`BallastError::LiquidationNoImprovement`], [`BallastError::LiquidationBeyondTarget`],
/// [`BallastError::OutputBelowMinimum`], [`BallastError::LiquidatorBelowMargin`], or why a check cannot be made.
pub fn handler<'info>(
    ctx: Context<'info, Liquidate<'info>>,
    plan: LiquidationPlan,
    minimum_proceeds: i64,
) -> Result<()> {
    let accounts = &ctx.accounts;
    let exchange = accounts.exchange.load()?;
    let mut account = accounts.account.load_mut()?;
    let mut liquidator = accounts.liquidator.load_mut()?;
    let rules = exchange.parameters.liquidation_rules();
    let sources = CheckAccounts::load(&accounts.exchange.key(), ctx.remaining_accounts)?;
    let mut checker = Checker::new(&exchange, plan.purpose())?;
    let liquidator_shape = revaluation::shape(&liquidator);
    let liquidator_cash = liquidator.cash;
    charge_interest(&accounts.quote_bank, &exchange, [&mut account, &mut liquidator], checker.moment())?;

    let before = checker.margin(&account, &sources.borrow()?)?;
    let regime = revaluation::regime(&account, &sources.borrow()?).map_err(check_error)?;
    let next = rules.next_step(&before, regime, account.liquidation(), checker.moment().slot);
    let Some((progress, terms)) = next else {
        msg!("maintenance excess is {} µUSD", before.maintenance_excess.0);
        return err!(BallastError::NotLiquidatable);
    };
    account.set_liquidation(&progress);
    account.count_change();
    liquidator.count_change();

    let opening = Opening { rules, terms, before };
    let step = match &plan {
        LiquidationPlan::Legs { legs } => {
            legs::close(legs, &opening, &mut account, &mut liquidator, &sources, &mut checker)?
        }
        LiquidationPlan::Slice { fraction } => {
            slice::take(*fraction, &opening, &mut account, &mut liquidator, &sources, &mut checker)?
        }
        LiquidationPlan::Collateral { bank, amount } => {
            collateral::buy(*bank, *amount, &opening, &mut account, &mut liquidator, &sources, &mut checker)?
        }
    };
    let is_dust = u64::from(step.slice) == ONE_Q28 && terms.goes_whole;
    if !is_dust {
        opening.require_accepted(&step, plan.is_smallest())?;
    }
    let is_restored = rules.distance_to_target(&step.after).0 >= 0;
    account.set_liquidation(&if is_restored { Progress::default() } else { progress.after(step.share, step.paid) });

    require_output(liquidator.cash.saturating_sub(liquidator_cash), minimum_proceeds)?;
    require_liquidator_margin(&liquidator, liquidator_shape, &sources, &mut checker)?;

    let mut quote_bank = accounts.quote_bank.load_mut()?;
    quote_bank.insurance = quote_bank.insurance.checked_add_signed(step.insurance.0).ok_or(BallastError::Overflow)?;
    emit!(Liquidated {
        account: accounts.account.key(),
        liquidator: accounts.liquidator.key(),
        tier: terms.tier as u8,
        close_factor: terms.close_factor.to_bits(),
        regime: terms.regime.to_bits(),
        slice: step.slice,
        bank: step.bank,
        collateral: step.collateral,
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

impl Opening {
    /// Refuses a step that does not help the account, helps it too far although a smaller one was possible, or goes too
    /// fast. The first step of a cool-down may always be the smallest there is.
    fn require_accepted(&self, step: &Step, is_smallest: bool) -> Result<()> {
        let (before, after) = (&self.before, &step.after);
        let helps = match self.rules.accepts(before, after) {
            Err(StepRefusal::BeyondTarget) if is_smallest => Ok(()),
            judged => judged,
        };
        let is_first = self.terms.allowance >= self.terms.close_factor;
        let pace = if is_smallest && is_first { Ok(()) } else { self.terms.allows_share(step.share) };
        helps.and(pace).map_err(|refusal| {
            msg!(
                "maintenance excess {} µUSD before, {} after; distance to target {}",
                before.maintenance_excess.0,
                after.maintenance_excess.0,
                self.rules.distance_to_target(after).0
            );
            step_error(refusal, &self.terms)
        })
    }
}

/// Charges both accounts of a step the interest on their debts.
///
/// # Errors
/// [`BallastError::Overflow`].
pub(crate) fn charge_interest(
    quote_bank: &AccountLoader<Bank>,
    exchange: &Exchange,
    debtors: [&mut MarginAccount; 2],
    moment: Moment,
) -> Result<()> {
    let mut bank = quote_bank.load_mut()?;
    bank.accrue_interest(&exchange.parameters.lending_rules(), moment.now);
    for debtor in debtors {
        bank.lending.charge(debtor).map_err(lending_error)?;
    }
    Ok(())
}

/// Passes what a liquidator pays to the account. Returns the account's margin with it.
fn pay(paid: MicroUsd, margin: Margin, account: &mut MarginAccount, liquidator: &mut MarginAccount) -> Result<Margin> {
    liquidator.cash = liquidator.cash.checked_sub(paid.0).ok_or(BallastError::Overflow)?;
    account.cash = account.cash.checked_add(paid.0).ok_or(BallastError::Overflow)?;
    Ok(less_cash(margin, -paid))
}

/// Checks that a liquidator meets initial margin with what it took over, within the cap of a check, and owes no cash.
///
/// # Errors
/// [`BallastError::LiquidatorBelowMargin`], or why the check cannot be made.
pub(crate) fn require_liquidator_margin(
    liquidator: &MarginAccount,
    shape_before: CheckShape,
    sources: &CheckAccounts,
    checker: &mut Checker,
) -> Result<()> {
    let margin = checker.margin_within_cap(liquidator, || shape_before, &sources.borrow()?)?;
    if margin.initial_excess.0 < 0 || liquidator.cash < 0 {
        msg!("liquidator: initial excess {} µUSD, cash {}", margin.initial_excess.0, liquidator.cash);
        return err!(BallastError::LiquidatorBelowMargin);
    }
    Ok(())
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

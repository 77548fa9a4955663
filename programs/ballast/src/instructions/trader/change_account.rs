//! Changes how an account is margined: its mode and its hedges.

use anchor_lang::prelude::*;
use ballast_risk::{Margin, Mode, cost::CheckShape};
use ballast_state::{
    Exchange, MarginAccount,
    revaluation::{Purpose, Sources},
};

use crate::{
    check::{BorrowedSources, CheckAccounts, Checker},
    errors::BallastError,
    events::AccountChanged,
};

/// Accounts of [`set_mode`](crate::ballast::set_mode) and [`declare_hedge`](crate::ballast::declare_hedge), followed by
/// the markets and banks of the check.
#[derive(Accounts)]
pub struct ChangeAccount<'info> {
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// The account to change.
    #[account(mut, has_one = exchange @ BallastError::WrongExchange, has_one = owner @ BallastError::NotOwner)]
    pub account: AccountLoader<'info, MarginAccount>,
    /// Its owner.
    pub owner: Signer<'info>,
}

/// Which hedge to declare.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug)]
pub struct DeclareHedgeArgs {
    /// Number of the bank.
    pub bank: u16,
    /// Native units of the deposit that are a hedge from now on; zero for none.
    pub amount: u64,
}

/// Changes the mode, and runs the full check in the new one.
///
/// # Errors
/// [`BallastError::UnknownMode`], [`BallastError::BelowInitialMargin`], or why the check cannot be made.
pub fn set_mode<'info>(ctx: Context<'info, ChangeAccount<'info>>, mode: u8) -> Result<()> {
    let mode = Mode::from_index(mode).ok_or(BallastError::UnknownMode)?;
    let before = {
        let mut account = ctx.accounts.account.load_mut()?;
        let before = account.mode;
        account.mode = mode as u8;
        account.count_change();
        before
    };
    let (margin, _) = require_initial_margin_in_full(&ctx)?;
    emit!(AccountChanged {
        account: ctx.accounts.account.key(),
        mode_before: before,
        mode: mode as u8,
        bank: 0,
        hedge_before: 0,
        hedge: 0,
        initial_excess: margin.initial_excess.0,
    });
    Ok(())
}

/// Declares part of a deposit a hedge of positions in its own market, and runs the full check.
///
/// # Errors
/// [`BallastError::InsufficientBalance`], [`BallastError::NotAHedge`], [`BallastError::BelowInitialMargin`], or why the
/// check cannot be made.
pub fn declare_hedge<'info>(ctx: Context<'info, ChangeAccount<'info>>, args: DeclareHedgeArgs) -> Result<()> {
    let (hedge_before, mode) = {
        let mut account = ctx.accounts.account.load_mut()?;
        let mode = account.mode;
        account.count_change();
        let slot = account.balance_slot(args.bank).ok_or(BallastError::InsufficientBalance)?;
        let balance = &mut account.balances[slot];
        if args.amount > balance.amount {
            return Err(error!(BallastError::InsufficientBalance).with_values((balance.amount, args.amount)));
        }
        (std::mem::replace(&mut balance.hedge, args.amount), mode)
    };
    let (margin, sources) = require_initial_margin_in_full(&ctx)?;
    let hedge_market = sources.bank(args.bank).map_or(0, |bank| bank.hedge_market);
    require!(hedge_market != 0, BallastError::NotAHedge);
    emit!(AccountChanged {
        account: ctx.accounts.account.key(),
        mode_before: mode,
        mode,
        bank: args.bank,
        hedge_before,
        hedge: args.amount,
        initial_excess: margin.initial_excess.0,
    });
    Ok(())
}

/// The full check: initial margin, no exception for changes that reduce risk.
pub(super) fn require_initial_margin_in_full<'info>(
    ctx: &Context<'info, ChangeAccount<'info>>,
) -> Result<(Margin, BorrowedSources<'info>)> {
    let exchange = ctx.accounts.exchange.load()?;
    let account = ctx.accounts.account.load()?;
    let sources = CheckAccounts::load(&account.exchange, ctx.remaining_accounts)?.borrow()?;
    let mut checker = Checker::new(&exchange, Purpose::Owner)?;
    let margin = checker.margin_within_cap(&account, CheckShape::default, &sources)?;
    if margin.initial_excess.0 < 0 {
        msg!("initial excess would be {} µUSD", margin.initial_excess.0);
        return err!(BallastError::BelowInitialMargin);
    }
    Ok((margin, sources))
}

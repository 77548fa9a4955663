//! Settles an account's positions of an expiry.

use anchor_lang::prelude::*;
use ballast_state::{Exchange, ExpiryStatus, MarginAccount, Market};

use super::ExpiryArgs;
use crate::{errors::BallastError, events::ExpirySettled, fill::settlement_error};

/// Accounts of [`settle_expired`](crate::ballast::settle_expired).
#[derive(Accounts)]
pub struct SettleExpired<'info> {
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// The account to settle.
    #[account(mut, has_one = exchange @ BallastError::WrongExchange)]
    pub account: AccountLoader<'info, MarginAccount>,
    /// The expiry's market.
    #[account(mut, has_one = exchange @ BallastError::WrongExchange)]
    pub market: AccountLoader<'info, Market>,
}

/// 1. Values every position of the expiry at the settlement price, each rounded down, and turns them into one claim.
/// 2. Settles the claim against the expiry's own pool: a debt as far as the cash goes, a credit as far as debts have
///    been paid in. What is left stays a claim, which `settle_pnl` settles later.
///
/// # Errors
/// [`BallastError::UnknownExpiry`], [`BallastError::SettlementState`], [`BallastError::NothingToSettle`].
pub fn handler(ctx: Context<SettleExpired>, args: ExpiryArgs) -> Result<()> {
    let mut account = ctx.accounts.account.load_mut()?;
    let mut market = ctx.accounts.market.load_mut()?;
    let expiry = market.expiry(args.slot, args.number).ok_or(BallastError::UnknownExpiry)?;
    require!(expiry.status() == ExpiryStatus::Settled, BallastError::SettlementState);
    let settled = account
        .settle_expiry(&mut market, args.slot)
        .map_err(settlement_error)?
        .ok_or(BallastError::NothingToSettle)?;
    emit!(ExpirySettled {
        account: ctx.accounts.account.key(),
        market: market.number,
        expiry: args.number,
        value: settled.profit,
        settled: settled.moved,
        cash: account.cash,
    });
    Ok(())
}

//! Frees the slot of a settled expiry that nobody holds any more, and those of its series.
//!
//! 1. Checks that the settlement price is fixed and that no position or claim refers to the expiry.
//! 2. Moves what rounding left in the expiry's pool to the insurance fund, in the books of the quote bank: the
//!    tokens are in its vault already.
//! 3. Clears the slots. Their numbers are never used again.
//!
//! **Authority:** anyone.
//!
//! **Errors:** `WrongExchange`, `QuoteBank`, `UnknownExpiry`, `SettlementState`, `ExpiryInUse`.

use anchor_lang::prelude::*;
use ballast_state::{Bank, Exchange, Expiry, ExpiryStatus, Market, Series};
use bytemuck::Zeroable;

use super::fix_settlement::ExpiryArgs;
use crate::{errors::BallastError, events::ExpiryRemoved};

/// Accounts of [`remove_expiry`](crate::ballast::remove_expiry).
#[derive(Accounts)]
pub struct RemoveExpiry<'info> {
    /// The exchange.
    #[account(has_one = quote_bank @ BallastError::QuoteBank)]
    pub exchange: AccountLoader<'info, Exchange>,
    /// The market of the expiry.
    #[account(mut, has_one = exchange @ BallastError::WrongExchange)]
    pub market: AccountLoader<'info, Market>,
    /// Bank of the quote token, which keeps the insurance fund's books.
    #[account(mut)]
    pub quote_bank: AccountLoader<'info, Bank>,
}

/// Handles [`remove_expiry`](crate::ballast::remove_expiry).
pub(crate) fn handler(ctx: Context<RemoveExpiry>, args: ExpiryArgs) -> Result<()> {
    let ExpiryArgs { slot, number } = args;
    let mut market = ctx.accounts.market.load_mut()?;
    let expiry = market.expiry(slot, number).ok_or(BallastError::UnknownExpiry)?;
    require!(expiry.status() == ExpiryStatus::Settled, BallastError::SettlementState);
    require!(!market.is_expiry_held(slot), BallastError::ExpiryInUse);
    let residue = expiry.pool;

    let mut bank = ctx.accounts.quote_bank.load_mut()?;
    bank.insurance = bank.insurance.checked_add(residue).ok_or(BallastError::Overflow)?;
    market.expiries[usize::from(slot)] = Expiry::zeroed();
    for series in market.series.iter_mut().filter(|series| series.number != 0 && series.expiry_slot == slot) {
        *series = Series::zeroed();
    }

    emit!(ExpiryRemoved { market: ctx.accounts.market.key(), expiry: number, residue });
    Ok(())
}

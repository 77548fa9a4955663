//! Sweeps the fees that wait in a market into the insurance fund.
//!
//! Trades leave fees in a market, which they write anyway, so that no trade waits for another on the quote bank.
//!
//! 1. Moves what waits in the market to the insurance fund, in the books of the quote bank: the tokens are in its vault
//!    already. Nothing waiting is no error, so that a keeper may sweep all markets in one transaction.
//! 2. Makes good from the fund what nobody bore of cuts of the market's gains, within what its losses may draw in a window.
//!
//! **Authority:** anyone.
//!
//! **Errors:** `WrongExchange`, `QuoteBank`.

use anchor_lang::prelude::*;
use ballast_state::{Bank, Exchange, Market};

use crate::{errors::BallastError, events::FeesCollected};

/// Accounts of [`collect_fees`](crate::ballast::collect_fees).
#[derive(Accounts)]
pub struct CollectFees<'info> {
    /// The exchange.
    #[account(has_one = quote_bank @ BallastError::QuoteBank)]
    pub exchange: AccountLoader<'info, Exchange>,
    /// The market.
    #[account(mut, has_one = exchange @ BallastError::WrongExchange)]
    pub market: AccountLoader<'info, Market>,
    /// Bank of the quote token, which keeps the insurance fund's books.
    #[account(mut)]
    pub quote_bank: AccountLoader<'info, Bank>,
}

/// Handles [`collect_fees`](crate::ballast::collect_fees).
pub(crate) fn handler(ctx: Context<CollectFees>) -> Result<()> {
    let parameters = ctx.accounts.exchange.load()?.parameters;
    let mut market = ctx.accounts.market.load_mut()?;
    let mut bank = ctx.accounts.quote_bank.load_mut()?;
    let amount = std::mem::take(&mut market.fees);
    let insurance_before = bank.insurance;
    bank.insurance = insurance_before.checked_add(amount).ok_or(BallastError::Overflow)?;
    let made_good = market.make_cuts_good(&mut bank, &parameters, Clock::get()?.unix_timestamp);
    emit!(FeesCollected {
        market: ctx.accounts.market.key(),
        amount,
        cuts_made_good: made_good.0.unsigned_abs(),
        uncollected_cut: market.uncollected_cut,
        insurance_before,
        insurance: bank.insurance,
    });
    Ok(())
}

//! Removes a closed market that holds nothing any more.
//!
//! 1. Checks that the market is closing, that all its expiries are removed and that nobody has the perpetual.
//! 2. Moves what is left in the perpetual's pool, and fees that nobody swept, to the insurance fund, in the books of the
//!    quote bank: the tokens are in its vault already.
//! 3. Takes the market out of its group. Its place is given back if it is the last one; otherwise it stays empty.
//! 4. Closes the account; governance receives the rent. The number is never used again.
//!
//! **Authority:** governance.
//!
//! **Errors:** `NotGovernance`, `DurableNonce`, `WrongExchange`, `QuoteBank`, `MarketInUse`.

use anchor_lang::prelude::*;
use ballast_state::{Bank, Exchange, Market};

use crate::{
    errors::BallastError,
    events::MarketRemoved,
    governance::{INSTRUCTIONS, require_fresh},
};

/// Accounts of [`remove_market`](crate::ballast::remove_market).
#[derive(Accounts)]
pub struct RemoveMarket<'info> {
    /// The exchange, whose group the market leaves.
    #[account(
        mut,
        has_one = governance @ BallastError::NotGovernance,
        has_one = quote_bank @ BallastError::QuoteBank
    )]
    pub exchange: AccountLoader<'info, Exchange>,
    /// The market to remove.
    #[account(mut, has_one = exchange @ BallastError::WrongExchange, close = governance)]
    pub market: AccountLoader<'info, Market>,
    /// Bank of the quote token, which keeps the insurance fund's books.
    #[account(mut)]
    pub quote_bank: AccountLoader<'info, Bank>,
    /// Governance; receives the rent.
    #[account(mut)]
    pub governance: Signer<'info>,
    /// CHECK: The transaction's instructions, shown by the runtime at this address alone.
    #[account(address = INSTRUCTIONS)]
    pub instructions: UncheckedAccount<'info>,
}

/// Handles [`remove_market`](crate::ballast::remove_market).
pub(crate) fn handler(ctx: Context<RemoveMarket>) -> Result<()> {
    require_fresh(&ctx.accounts.instructions)?;
    let accounts = &ctx.accounts;
    let market = accounts.market.load()?;
    require!(market.is_removable(), BallastError::MarketInUse);
    let residue = market.perpetual_pool.checked_add(market.fees).ok_or(BallastError::Overflow)?;

    let mut bank = accounts.quote_bank.load_mut()?;
    bank.insurance = bank.insurance.checked_add(residue).ok_or(BallastError::Overflow)?;
    let mut exchange = accounts.exchange.load_mut()?;
    if let Some(group) = exchange.groups.get_mut(usize::from(market.group)) {
        group.remove_market(market.group_place);
    }

    let number = market.number;
    emit!(MarketRemoved { exchange: accounts.exchange.key(), market: accounts.market.key(), number, residue });
    Ok(())
}

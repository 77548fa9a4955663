//! Begins to close a bank: nothing is deposited any more. Withdrawals, hedges and liquidation go on, and what is deposited
//! counts as before. There is no way back.
//!
//! **Authority:** governance.
//!
//! **Errors:** `NotGovernance`, `DurableNonce`, `WrongExchange`, `QuoteBank` for the quote token's, `BankClosing`.

use anchor_lang::prelude::*;
use ballast_state::{Bank, Exchange};

use crate::{
    errors::BallastError,
    events::BankClosingBegan,
    governance::{INSTRUCTIONS, require_fresh},
};

/// Accounts of [`close_bank`](crate::ballast::close_bank).
#[derive(Accounts)]
pub struct CloseBank<'info> {
    /// The exchange.
    #[account(
        has_one = governance @ BallastError::NotGovernance,
        constraint = exchange.load()?.quote_bank != bank.key() @ BallastError::QuoteBank
    )]
    pub exchange: AccountLoader<'info, Exchange>,
    /// The bank to close.
    #[account(mut, has_one = exchange @ BallastError::WrongExchange)]
    pub bank: AccountLoader<'info, Bank>,
    /// Governance.
    pub governance: Signer<'info>,
    /// CHECK: The transaction's instructions, shown by the runtime at this address alone.
    #[account(address = INSTRUCTIONS)]
    pub instructions: UncheckedAccount<'info>,
}

/// Handles [`close_bank`](crate::ballast::close_bank).
pub(crate) fn handler(ctx: Context<CloseBank>) -> Result<()> {
    require_fresh(&ctx.accounts.instructions)?;
    let mut bank = ctx.accounts.bank.load_mut()?;
    require!(!bank.is_closing(), BallastError::BankClosing);
    bank.closing_since = Clock::get()?.unix_timestamp;

    emit!(BankClosingBegan { bank: ctx.accounts.bank.key(), number: bank.number, deposits: bank.deposits });
    Ok(())
}

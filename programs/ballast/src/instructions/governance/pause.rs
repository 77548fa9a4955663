//! Pauses trades or withdrawals, or takes a pause back.
//!
//! Of the exchange: trades in all its markets, withdrawals from all its banks and borrowing, as the arguments say. Of a
//! market: its trades. Of a bank: its withdrawals, and borrowing if it is the quote token's.
//!
//! While trades are paused, those that reduce both sides' positions go on. Deposits, repayments, settlement, refreshes
//! and liquidations are never paused. A pause ends by itself, and nothing prolongs it: all that is paused while one is
//! under way ends with it, and the next one has to wait.
//!
//! **Authority:** the guardian.
//!
//! **Errors:** `NotRoleHolder`, `ForeignAccount`, `WrongExchange`, `PauseSpent`.

use anchor_lang::prelude::*;
use ballast_state::Exchange;

use crate::{errors::BallastError, events::Paused, governance::change_at};

/// What to pause; what is false goes on.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct PauseArgs {
    /// Trades, of the exchange or of a market.
    pub trades: bool,
    /// Withdrawals, of the exchange or of a bank.
    pub withdrawals: bool,
}

/// Accounts of [`pause`](crate::ballast::pause).
#[derive(Accounts)]
pub struct Pause<'info> {
    /// The exchange.
    #[account(mut, has_one = guardian @ BallastError::NotRoleHolder)]
    pub exchange: AccountLoader<'info, Exchange>,
    /// The guardian.
    pub guardian: Signer<'info>,
    /// CHECK: The exchange, or one of its markets or banks: read as what its discriminator says.
    #[account(mut)]
    pub target: UncheckedAccount<'info>,
}

/// Handles [`pause`](crate::ballast::pause).
pub(crate) fn handler(ctx: Context<Pause>, args: PauseArgs) -> Result<()> {
    let accounts = &ctx.accounts;
    let now = Clock::get()?.unix_timestamp;
    let ends_at = if args.trades || args.withdrawals {
        accounts.exchange.load_mut()?.begin_pause(now).map_err(|spent| {
            msg!("the next pause may begin at {}; it is {}", spent.next, now);
            error!(BallastError::PauseSpent)
        })?
    } else {
        0
    };
    let until = |is_paused| if is_paused { ends_at } else { 0 };
    change_at(&accounts.exchange.key(), &accounts.target, |target| {
        target.set_pause(until(args.trades), until(args.withdrawals));
        Ok(())
    })?;
    let PauseArgs { trades, withdrawals } = args;
    emit!(Paused { target: accounts.target.key(), trades, withdrawals, ends_at });
    Ok(())
}

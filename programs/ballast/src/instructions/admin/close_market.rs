//! Begins to close a market.
//!
//! 1. Checks that the expiry is listed, and far enough away to serve as notice.
//! 2. Makes the perpetual a contract of that expiry, with which it will settle for good.
//!
//! From then on nothing new is listed in the market, and trades there only reduce the positions of both sides. Marks,
//! liquidation, settlement and withdrawals go on. Other expiries run to their dates. There is no way back.
//!
//! **Authority:** governance.
//!
//! **Errors:** `NotGovernance`, `DurableNonce`, `WrongExchange`, `MarketClosing`, `UnknownExpiry`, `ClosingNotice`.

use anchor_lang::prelude::*;
use ballast_state::{Exchange, Market, market::ClosingRefusal};

use crate::{
    errors::BallastError,
    events::MarketClosingBegan,
    governance::{INSTRUCTIONS, require_fresh},
    instructions::keeper::ExpiryArgs,
};

/// Accounts of [`close_market`](crate::ballast::close_market).
#[derive(Accounts)]
pub struct CloseMarket<'info> {
    /// The exchange.
    #[account(has_one = governance @ BallastError::NotGovernance)]
    pub exchange: AccountLoader<'info, Exchange>,
    /// The market to close.
    #[account(mut, has_one = exchange @ BallastError::WrongExchange)]
    pub market: AccountLoader<'info, Market>,
    /// Governance.
    pub governance: Signer<'info>,
    /// CHECK: The transaction's instructions, shown by the runtime at this address alone.
    #[account(address = INSTRUCTIONS)]
    pub instructions: UncheckedAccount<'info>,
}

/// Handles [`close_market`](crate::ballast::close_market).
pub(crate) fn handler(ctx: Context<CloseMarket>, args: ExpiryArgs) -> Result<()> {
    require_fresh(&ctx.accounts.instructions)?;
    let now = Clock::get()?.unix_timestamp;
    let mut market = ctx.accounts.market.load_mut()?;
    let settles_at = market.begin_closing(args.slot, args.number, now).map_err(|refusal| match refusal {
        ClosingRefusal::UnderWay => error!(BallastError::MarketClosing),
        ClosingRefusal::UnknownExpiry => error!(BallastError::UnknownExpiry),
        ClosingRefusal::Notice { earliest } => {
            msg!("the perpetual may settle from {} on", earliest);
            error!(BallastError::ClosingNotice)
        }
    })?;

    emit!(MarketClosingBegan { market: ctx.accounts.market.key(), expiry: args.number, settles_at });
    Ok(())
}

//! Removes a placed order.

use anchor_lang::prelude::*;
use ballast_state::{Order, PlacedOrder};

use crate::{
    errors::{BallastError, order_error},
    events::OrderRemoved,
};

/// Accounts of [`cancel_order`](crate::ballast::cancel_order).
#[derive(Accounts)]
pub struct CancelOrder<'info> {
    /// The order.
    #[account(mut, has_one = payer @ BallastError::OrderForAnother, close = payer)]
    pub order: AccountLoader<'info, PlacedOrder>,
    /// Who removes it.
    pub authority: Signer<'info>,
    /// Who paid the rent gets it back.
    /// CHECK: the order names it.
    #[account(mut)]
    pub payer: UncheckedAccount<'info>,
}

/// Removes the order and returns its rent. Before it expires only who placed it or paid for it may do so; after that
/// anyone. An owner ends what a delegate placed with [`cancel_orders`](crate::ballast::cancel_orders), or by revoking the
/// delegate.
///
/// # Errors
/// [`BallastError::OrderStillLive`].
pub fn handler(ctx: Context<CancelOrder>) -> Result<()> {
    let order = ctx.accounts.order.load()?;
    let now = Clock::get()?.unix_timestamp;
    let expires_at = Order::decode(order.message()).map_err(order_error)?.expires_at;
    let by = ctx.accounts.authority.key();
    if now < expires_at && by != order.signer && by != order.payer {
        return Err(error!(BallastError::OrderStillLive).with_values((expires_at, now)));
    }
    emit!(OrderRemoved { placed: ctx.accounts.order.key(), account: order.account, nonce: order.nonce, by });
    Ok(())
}

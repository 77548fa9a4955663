//! Places an order as an account.

use anchor_lang::prelude::*;
use ballast_state::{LAYOUT_VERSION, MarginAccount, Order, OrderRecords, PlacedOrder, order, seeds};

use crate::{
    errors::{BallastError, authority_error, order_error},
    events::OrderPlaced,
};

/// What to place.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Debug)]
pub struct PlaceOrderArgs {
    /// The nonce in the message; part of the address.
    pub nonce: u64,
    /// The message that another wallet would sign.
    pub message: Vec<u8>,
}

/// Accounts of [`place_order`](crate::ballast::place_order).
#[derive(Accounts)]
#[instruction(args: PlaceOrderArgs)]
pub struct PlaceOrder<'info> {
    /// The margin account that trades.
    pub account: AccountLoader<'info, MarginAccount>,
    /// Its records.
    #[account(has_one = account @ BallastError::OrderForAnother)]
    pub records: AccountLoader<'info, OrderRecords>,
    /// The order.
    #[account(
        init,
        payer = payer,
        space = 8 + size_of::<PlacedOrder>(),
        seeds = [seeds::ORDER, account.key().as_ref(), args.nonce.to_le_bytes().as_ref()],
        bump
    )]
    pub order: AccountLoader<'info, PlacedOrder>,
    /// Owner or delegate of the margin account.
    pub authority: Signer<'info>,
    /// Pays the rent.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// The system program.
    pub system_program: Program<'info, System>,
}

/// Places an order that could be filled now, for wallets that sign transactions but no messages. It is filled, cancelled and
/// forgotten like a signed one.
///
/// # Errors
/// [`BallastError::OrderMalformed`], [`BallastError::OrderForAnother`], [`BallastError::NotOwner`],
/// [`BallastError::DelegateRights`], or why the order could not be filled.
pub fn handler(ctx: Context<PlaceOrder>, args: PlaceOrderArgs) -> Result<()> {
    let accounts = &ctx.accounts;
    let decoded = Order::decode(&args.message).map_err(order_error)?;
    let id = order::id(&args.message);
    let now = Clock::get()?.unix_timestamp;
    {
        let account = accounts.account.load()?;
        account.require_trader(accounts.authority.key, decoded.markets(), now).map_err(authority_error)?;
        require_keys_eq!(decoded.exchange, account.exchange, BallastError::OrderForAnother);
    }
    require_eq!(decoded.nonce, args.nonce, BallastError::OrderMalformed);
    let left = accounts.records.load()?.left(&decoded, &id, now).map_err(order_error)?;
    require!(left > 0, BallastError::OrderExceeded);

    let mut placed = accounts.order.load_init()?;
    placed.account = accounts.account.key();
    placed.signer = accounts.authority.key();
    placed.payer = accounts.payer.key();
    placed.nonce = args.nonce;
    placed.message[..args.message.len()].copy_from_slice(&args.message);
    placed.length = args.message.len() as u16;
    placed.version = LAYOUT_VERSION;
    placed.bump = ctx.bumps.order;
    emit!(OrderPlaced {
        order: id,
        placed: accounts.order.key(),
        account: placed.account,
        signer: placed.signer,
        nonce: placed.nonce,
        expires_at: decoded.expires_at,
    });
    Ok(())
}

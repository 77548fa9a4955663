//! Opens a margin account.

use anchor_lang::prelude::*;
use ballast_risk::Mode;
use ballast_state::{Exchange, LAYOUT_VERSION, MarginAccount, seeds};

use crate::{errors::BallastError, events::AccountOpened};

/// How to open it.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug)]
pub struct OpenAccountArgs {
    /// Distinguishes the accounts of one owner.
    pub sub_account: u16,
    /// Margin mode: 0 isolated, 1 cross, 2 portfolio.
    pub mode: u8,
}

/// Accounts of [`open_account`](crate::ballast::open_account).
#[derive(Accounts)]
#[instruction(args: OpenAccountArgs)]
pub struct OpenAccount<'info> {
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// The account to open.
    #[account(
        init,
        payer = payer,
        space = 8 + size_of::<MarginAccount>(),
        seeds = [
            seeds::MARGIN_ACCOUNT,
            exchange.key().as_ref(),
            owner.key().as_ref(),
            args.sub_account.to_le_bytes().as_ref(),
        ],
        bump
    )]
    pub account: AccountLoader<'info, MarginAccount>,
    /// Its owner.
    pub owner: Signer<'info>,
    /// Pays the rent.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// The system program.
    pub system_program: Program<'info, System>,
}

/// Opens the account, empty and in the mode asked for.
///
/// # Errors
/// [`BallastError::UnknownMode`].
pub fn handler(ctx: Context<OpenAccount>, args: OpenAccountArgs) -> Result<()> {
    let mode = Mode::from_index(args.mode).ok_or(BallastError::UnknownMode)?;
    let mut account = ctx.accounts.account.load_init()?;
    account.exchange = ctx.accounts.exchange.key();
    account.owner = ctx.accounts.owner.key();
    account.sub_account = args.sub_account;
    account.mode = mode as u8;
    account.version = LAYOUT_VERSION;
    account.bump = ctx.bumps.account;
    emit!(AccountOpened { account: ctx.accounts.account.key(), owner: account.owner, mode: args.mode });
    Ok(())
}

//! Opens a stake in the insurance fund.

use anchor_lang::prelude::*;
use ballast_state::{Exchange, LAYOUT_VERSION, Stake, seeds};

use crate::events::StakeOpened;

/// Accounts of [`open_stake`](crate::ballast::open_stake).
#[derive(Accounts)]
pub struct OpenStake<'info> {
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// The stake to open.
    #[account(
        init,
        payer = payer,
        space = 8 + size_of::<Stake>(),
        seeds = [seeds::STAKE, exchange.key().as_ref(), owner.key().as_ref()],
        bump
    )]
    pub stake: AccountLoader<'info, Stake>,
    /// Its owner.
    pub owner: Signer<'info>,
    /// Pays the rent.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// The system program.
    pub system_program: Program<'info, System>,
}

/// Opens the stake, without shares.
///
/// # Errors
/// None beyond the accounts'.
pub fn handler(ctx: Context<OpenStake>) -> Result<()> {
    let mut stake = ctx.accounts.stake.load_init()?;
    stake.exchange = ctx.accounts.exchange.key();
    stake.owner = ctx.accounts.owner.key();
    stake.version = LAYOUT_VERSION;
    stake.bump = ctx.bumps.stake;
    emit!(StakeOpened { stake: ctx.accounts.stake.key(), owner: stake.owner });
    Ok(())
}

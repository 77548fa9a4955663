//! Opens a group of markets.
//!
//! 1. Checks the parameters and that the slot is free.
//! 2. Stores the parameters. Markets join when they are listed.
//!
//! **Authority:** the listing role.
//!
//! **Errors:** `NotRoleHolder`, `DurableNonce`, `GroupSlot`, `ParameterOutOfBounds`.

use anchor_lang::prelude::*;
use ballast_state::{Exchange, GroupParameters};

use crate::{
    errors::{BallastError, risk_error},
    events::GroupCreated,
    governance::{INSTRUCTIONS, require_fresh},
};

/// What to open.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Debug)]
pub struct CreateGroupArgs {
    /// Slot of the group: 0 to 3.
    pub slot: u8,
    /// What its markets will share.
    pub parameters: GroupParameters,
}

/// Accounts of [`create_group`](crate::ballast::create_group).
#[derive(Accounts)]
pub struct CreateGroup<'info> {
    /// The exchange.
    #[account(mut, has_one = listing @ BallastError::NotRoleHolder)]
    pub exchange: AccountLoader<'info, Exchange>,
    /// The listing role.
    pub listing: Signer<'info>,
    /// CHECK: The transaction's instructions, shown by the runtime at this address alone.
    #[account(address = INSTRUCTIONS)]
    pub instructions: UncheckedAccount<'info>,
}

/// Handles [`create_group`](crate::ballast::create_group).
pub(crate) fn handler(ctx: Context<CreateGroup>, args: CreateGroupArgs) -> Result<()> {
    require_fresh(&ctx.accounts.instructions)?;
    args.parameters.validate().map_err(risk_error)?;
    let mut exchange = ctx.accounts.exchange.load_mut()?;
    let slots = exchange.groups.len();
    let Some(group) = exchange.groups.get_mut(usize::from(args.slot)).filter(|group| !group.is_open()) else {
        msg!("slot {} of {} is taken or does not exist", args.slot, slots);
        return err!(BallastError::GroupSlot);
    };
    group.parameters = args.parameters;

    emit!(GroupCreated { exchange: ctx.accounts.exchange.key(), slot: args.slot });
    Ok(())
}

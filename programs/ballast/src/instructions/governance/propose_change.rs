//! Proposes a change of a parameter, for everybody to read before it takes effect.
//!
//! 1. Refuses a transaction on a durable nonce.
//! 2. Checks that the role may propose this, that the parameter may change, and that the value is within its bounds and
//!    within a step of the one that is there.
//! 3. Computes whether the change tightens or loosens, and from that its time lock.
//! 4. Creates the pending change at the address derived from target, parameter and slot: one at a time for each
//!    parameter.
//!
//! **Authority:** the risk role; governance for how things change, and for publishers.
//!
//! **Errors:** `NotRoleHolder`, `DurableNonce`, `ForeignAccount`, `WrongExchange`, `UnknownParameter`,
//! `ChangesNothing`, `ParameterOutOfBounds`, `ParameterStep`.

use anchor_lang::prelude::*;
use ballast_state::{
    Exchange, LAYOUT_VERSION, PendingChange,
    governance::{Change, PUBLISHER},
    seeds,
};

use crate::{
    errors::BallastError,
    events::ChangeProposed,
    governance::{INSTRUCTIONS, change_error, look_at, require_fresh},
};

/// What to change.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug)]
pub struct ChangeArgs {
    /// Number of the parameter (`ballast_risk::parameters::Parameter::id`), or 1 for a publisher.
    pub parameter: u32,
    /// Slot of the group or of the publisher; otherwise zero.
    pub slot: u8,
    /// The value to be, in the parameter's unit; zero for a publisher.
    pub value: i64,
    /// Who is to be publisher, the zero key to remove the one in the slot; otherwise zero.
    pub key: Pubkey,
}

/// Accounts of [`propose_change`](crate::ballast::propose_change).
#[derive(Accounts)]
#[instruction(args: ChangeArgs)]
pub struct ProposeChange<'info> {
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// The role that proposes; pays the rent.
    #[account(mut)]
    pub proposer: Signer<'info>,
    /// CHECK: The exchange, market or bank whose parameter is to change: read as what its discriminator says.
    pub target: UncheckedAccount<'info>,
    /// The pending change.
    #[account(
        init,
        payer = proposer,
        space = 8 + size_of::<PendingChange>(),
        seeds = [seeds::CHANGE, target.key().as_ref(), args.parameter.to_le_bytes().as_ref(), &[args.slot]],
        bump,
    )]
    pub change: AccountLoader<'info, PendingChange>,
    /// CHECK: The transaction's instructions, shown by the runtime at this address alone.
    #[account(address = INSTRUCTIONS)]
    pub instructions: UncheckedAccount<'info>,
    /// Creates accounts.
    pub system_program: Program<'info, System>,
}

/// Handles [`propose_change`](crate::ballast::propose_change).
pub(crate) fn handler(ctx: Context<ProposeChange>, args: ChangeArgs) -> Result<()> {
    let accounts = &ctx.accounts;
    require_fresh(&accounts.instructions)?;
    let ChangeArgs { parameter, slot, value, key } = args;
    let change = Change { parameter, slot, value, key };
    let exchange_key = accounts.exchange.key();
    let (holder, rules) = {
        let exchange = accounts.exchange.load()?;
        (exchange.holder(change.role()), exchange.governing)
    };
    require_keys_eq!(accounts.proposer.key(), holder, BallastError::NotRoleHolder);
    let ((value_before, direction), publisher) = look_at(&exchange_key, &accounts.target, |target| {
        Ok((target.preview(&change).map_err(change_error)?, target.publisher(slot)))
    })?;

    let now = Clock::get()?.unix_timestamp;
    let earliest = now.saturating_add(rules.delay(direction));
    let mut pending = accounts.change.load_init()?;
    pending.exchange = exchange_key;
    pending.target = accounts.target.key();
    pending.proposer = holder;
    pending.key = key;
    if parameter == PUBLISHER {
        pending.key_before = publisher;
    }
    pending.value = value;
    pending.value_before = value_before;
    pending.proposed_at = now;
    pending.earliest = earliest;
    pending.parameter = parameter;
    pending.slot = slot;
    pending.direction = direction as u8;
    pending.version = LAYOUT_VERSION;
    pending.bump = ctx.bumps.change;
    emit!(ChangeProposed {
        change: accounts.change.key(),
        target: accounts.target.key(),
        parameter,
        slot,
        value_before,
        value,
        key,
        direction: direction as u8,
        earliest,
    });
    Ok(())
}

//! Carries a proposed change out.
//!
//! 1. Checks that its time lock is over and that it has not lapsed.
//! 2. Checks bounds and step again, against the value that is there now, and that the parameters still fit together.
//! 3. Checks that a publisher's slot holds who it held when the change was proposed.
//! 4. Checks that what it does now was proposed with a time lock as long as that takes: a value may have moved past it.
//! 5. Changes the parameter. The account of the change stays as the record of it until the parameter may change again.
//!
//! **Authority:** anyone.
//!
//! **Errors:** `WrongExchange`, `TimeLock`, `UnknownParameter`, `ChangesNothing`, `ParameterOutOfBounds`,
//! `ParameterStep`, `PublisherList`.

use anchor_lang::prelude::*;
use ballast_state::{
    Exchange, PendingChange,
    governance::{ChangeRefusal, PUBLISHER},
};

use crate::{
    errors::BallastError,
    events::ParameterChanged,
    governance::{change_at, change_error, time_lock_error},
};

/// Accounts of [`apply_change`](crate::ballast::apply_change).
#[derive(Accounts)]
pub struct ApplyChange<'info> {
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// The pending change.
    #[account(mut, has_one = exchange @ BallastError::WrongExchange, has_one = target)]
    pub change: AccountLoader<'info, PendingChange>,
    /// CHECK: The account that the change names; read as what its discriminator says.
    #[account(mut)]
    pub target: UncheckedAccount<'info>,
}

/// Handles [`apply_change`](crate::ballast::apply_change).
pub(crate) fn handler(ctx: Context<ApplyChange>) -> Result<()> {
    let accounts = &ctx.accounts;
    let now = Clock::get()?.unix_timestamp;
    let mut pending = accounts.change.load_mut()?;
    if !pending.is_due(now) {
        return Err(time_lock_error(pending.earliest, now));
    }
    let change = pending.change();
    let (value_before, direction) = change_at(&accounts.exchange.key(), &accounts.target, |target| {
        // The slots of publishers move together when one is removed.
        if change.parameter == PUBLISHER && target.publisher(change.slot) != pending.key_before {
            return Err(change_error(ChangeRefusal::Publishers));
        }
        target.change(&change).map_err(change_error)
    })?;
    if !pending.covers(direction) {
        msg!("the value moved past the one proposed: the change would loosen now");
        return Err(time_lock_error(pending.earliest, now));
    }
    pending.applied_at = now;
    emit!(ParameterChanged {
        target: accounts.target.key(),
        parameter: change.parameter,
        slot: change.slot,
        value_before,
        value: change.value,
        key: change.key,
    });
    Ok(())
}

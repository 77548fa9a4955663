//! Closes what a margin account remembers of its orders.

use anchor_lang::prelude::*;
use ballast_state::OrderRecords;

use crate::{errors::BallastError, events::OrderRecordsClosed};

/// Accounts of [`close_order_records`](crate::ballast::close_order_records).
#[derive(Accounts)]
pub struct CloseOrderRecords<'info> {
    /// The records.
    #[account(mut, has_one = owner @ BallastError::NotOwner, close = receiver)]
    pub records: AccountLoader<'info, OrderRecords>,
    /// Owner of the margin account, which may be closed already.
    pub owner: Signer<'info>,
    /// Receives the rent.
    /// CHECK: any address may receive lamports.
    #[account(mut)]
    pub receiver: UncheckedAccount<'info>,
}

/// Closes the records. All orders signed so far end with them: records that are opened later draw another domain. Within
/// one slot they would draw the same, so records outlive the slot in which they were opened.
///
/// # Errors
/// [`BallastError::RecordsJustOpened`].
pub fn handler(ctx: Context<CloseOrderRecords>) -> Result<()> {
    let records = ctx.accounts.records.load()?;
    require!(records.opened_slot != Clock::get()?.slot, BallastError::RecordsJustOpened);
    emit!(OrderRecordsClosed { records: ctx.accounts.records.key(), account: records.account });
    Ok(())
}

//! Cancels orders, wherever their messages are.

use anchor_lang::prelude::*;
use ballast_state::{MarginAccount, OrderRecords};

use super::open_order_records::{SLOT_HASHES, latest_slot_hash};
use crate::{
    errors::{BallastError, authority_error, order_error},
    events::OrdersCancelled,
};

/// Which orders to cancel.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug)]
pub enum Cancellation {
    /// Those of one nonce.
    One {
        /// The nonce.
        nonce: u64,
        /// When the last of them expires, Unix seconds: the cancellation is remembered until then.
        expires_at: i64,
    },
    /// Those with a lower nonce.
    Below {
        /// The lowest nonce that is not cancelled. Cancellations are never taken back: a lower one than before changes nothing.
        nonce: u64,
    },
    /// All that were ever signed, by drawing another domain.
    All,
}

/// Accounts of [`cancel_orders`](crate::ballast::cancel_orders).
#[derive(Accounts)]
pub struct CancelOrders<'info> {
    /// The margin account.
    pub account: AccountLoader<'info, MarginAccount>,
    /// Its records.
    #[account(mut, has_one = account @ BallastError::OrderForAnother)]
    pub records: AccountLoader<'info, OrderRecords>,
    /// Its owner or delegate.
    pub authority: Signer<'info>,
    /// Hashes of recent slots.
    /// CHECK: the address says what it is.
    #[account(address = SLOT_HASHES)]
    pub slot_hashes: UncheckedAccount<'info>,
}

/// Cancels orders, signed and placed ones alike. What was filled of them stays.
///
/// # Errors
/// [`BallastError::NotOwner`], [`BallastError::DelegateRights`]; for a single nonce [`BallastError::OrderExpired`] and
/// [`BallastError::OrderSlotTaken`], where only the other two ways are left.
pub fn handler(ctx: Context<CancelOrders>, which: Cancellation) -> Result<()> {
    let accounts = &ctx.accounts;
    let now = Clock::get()?.unix_timestamp;
    accounts.account.load()?.require_authority(accounts.authority.key, now).map_err(authority_error)?;
    let mut records = accounts.records.load_mut()?;
    let (domain_before, minimum_nonce_before) = (records.domain, records.minimum_nonce);
    let mut cancelled = None;
    match which {
        Cancellation::One { nonce, expires_at } => {
            records.cancel(nonce, expires_at, now).map_err(order_error)?;
            cancelled = Some(nonce);
        }
        Cancellation::Below { nonce } => records.minimum_nonce = nonce.max(minimum_nonce_before),
        Cancellation::All => {
            records.epoch = records.epoch.checked_add(1).ok_or(BallastError::Overflow)?;
            records.draw_domain(&latest_slot_hash(&accounts.slot_hashes)?);
        }
    }
    emit!(OrdersCancelled {
        account: records.account,
        by: accounts.authority.key(),
        nonce: cancelled,
        minimum_nonce_before,
        minimum_nonce: records.minimum_nonce,
        domain_before,
        domain: records.domain,
    });
    Ok(())
}

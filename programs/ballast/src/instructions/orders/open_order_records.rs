//! Opens what a margin account remembers of its orders.

use anchor_lang::prelude::*;
use ballast_state::{LAYOUT_VERSION, MarginAccount, OrderRecords, seeds};

use crate::{errors::BallastError, events::OrderRecordsOpened};

/// The sysvar that holds the hashes of recent slots.
pub const SLOT_HASHES: Pubkey = pubkey!("SysvarS1otHashes111111111111111111111111111");

/// Accounts of [`open_order_records`](crate::ballast::open_order_records).
#[derive(Accounts)]
pub struct OpenOrderRecords<'info> {
    /// The margin account that is to have orders.
    #[account(has_one = owner @ BallastError::NotOwner)]
    pub account: AccountLoader<'info, MarginAccount>,
    /// Its records.
    #[account(
        init,
        payer = payer,
        space = 8 + size_of::<OrderRecords>(),
        seeds = [seeds::ORDER_RECORDS, account.key().as_ref()],
        bump
    )]
    pub records: AccountLoader<'info, OrderRecords>,
    /// Owner of the margin account.
    pub owner: Signer<'info>,
    /// Pays the rent.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// Hashes of recent slots.
    /// CHECK: the address says what it is.
    #[account(address = SLOT_HASHES)]
    pub slot_hashes: UncheckedAccount<'info>,
    /// The system program.
    pub system_program: Program<'info, System>,
}

/// Opens the records, and draws the domain that orders must be signed for.
///
/// # Errors
/// Anchor's, if they exist already.
pub fn handler(ctx: Context<OpenOrderRecords>) -> Result<()> {
    let mut records = ctx.accounts.records.load_init()?;
    records.account = ctx.accounts.account.key();
    records.owner = ctx.accounts.owner.key();
    records.opened_slot = Clock::get()?.slot;
    records.version = LAYOUT_VERSION;
    records.bump = ctx.bumps.records;
    records.draw_domain(&latest_slot_hash(&ctx.accounts.slot_hashes)?);
    let (account, domain) = (records.account, records.domain);
    emit!(OrderRecordsOpened { records: ctx.accounts.records.key(), account, domain });
    Ok(())
}

/// Hash of the latest slot in the sysvar: the count of entries, then slot and hash of each, the newest first.
///
/// # Errors
/// [`ProgramError::UnsupportedSysvar`] if the sysvar holds none.
pub(super) fn latest_slot_hash(slot_hashes: &UncheckedAccount) -> Result<[u8; 32]> {
    let data = slot_hashes.try_borrow_data()?;
    let hash = data.get(16..48).and_then(|hash| hash.try_into().ok());
    Ok(hash.ok_or(ProgramError::UnsupportedSysvar)?)
}

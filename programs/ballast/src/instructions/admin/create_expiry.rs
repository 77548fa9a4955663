//! Lists an expiry date.
//!
//! 1. Checks that the date is to come, within five years, and not listed yet.
//! 2. Takes a free slot and the market's next expiry number, and keeps the rules by which settlement prices come about.
//!
//! Its contracts trade once a surface has been posted.
//!
//! **Authority:** the listing role.
//!
//! **Errors:** `NotRoleHolder`, `DurableNonce`, `WrongExchange`, `ExpiryDate`, `MarketClosing`, `NoFreeExpiry`.

use anchor_lang::prelude::*;
use ballast_state::{Exchange, ExpiryStatus, Market};

use crate::{
    errors::BallastError,
    events::ExpiryCreated,
    governance::{INSTRUCTIONS, require_fresh},
};

/// Longest life of an expiry: five years of 365 days.
const LONGEST_LIFE_SECONDS: i64 = 5 * 31_536_000;

/// What to list.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Debug)]
pub struct CreateExpiryArgs {
    /// When the contracts expire, Unix seconds.
    pub expires_at: i64,
}

/// Accounts of [`create_expiry`](crate::ballast::create_expiry).
#[derive(Accounts)]
pub struct CreateExpiry<'info> {
    /// The exchange.
    #[account(has_one = listing @ BallastError::NotRoleHolder)]
    pub exchange: AccountLoader<'info, Exchange>,
    /// The market to list in.
    #[account(mut, has_one = exchange @ BallastError::WrongExchange)]
    pub market: AccountLoader<'info, Market>,
    /// The listing role.
    pub listing: Signer<'info>,
    /// CHECK: The transaction's instructions, shown by the runtime at this address alone.
    #[account(address = INSTRUCTIONS)]
    pub instructions: UncheckedAccount<'info>,
}

/// Handles [`create_expiry`](crate::ballast::create_expiry).
pub(crate) fn handler(ctx: Context<CreateExpiry>, args: CreateExpiryArgs) -> Result<()> {
    require_fresh(&ctx.accounts.instructions)?;
    let now = Clock::get()?.unix_timestamp;
    let expires_at = args.expires_at;
    let latest = now.saturating_add(LONGEST_LIFE_SECONDS);
    if expires_at <= now || expires_at > latest {
        msg!("expected a date after {} and up to {}, came {}", now, latest, expires_at);
        return err!(BallastError::ExpiryDate);
    }

    let rules = ctx.accounts.exchange.load()?.parameters.settlement_rules();
    let mut market = ctx.accounts.market.load_mut()?;
    require!(!market.is_closing(), BallastError::MarketClosing);
    let is_listed = |status| status != ExpiryStatus::Free;
    if let Some(same) = market.expiries.iter().find(|it| is_listed(it.status()) && it.expires_at == expires_at) {
        msg!("expiry {} has that date", same.number);
        return err!(BallastError::ExpiryDate);
    }
    let free = market.expiries.iter().position(|expiry| expiry.number == 0).ok_or(BallastError::NoFreeExpiry)?;
    let slot = u8::try_from(free).map_err(|_| BallastError::NoFreeExpiry)?;
    let number = market.last_expiry_number.checked_add(1).ok_or(BallastError::Overflow)?;
    market.last_expiry_number = number;
    let expiry = &mut market.expiries[free];
    expiry.number = number;
    expiry.expires_at = expires_at;
    expiry.status = ExpiryStatus::Listed as u8;
    expiry.set_settlement_rules(&rules);

    emit!(ExpiryCreated { market: ctx.accounts.market.key(), expiry: number, slot, expires_at });
    Ok(())
}

//! Lists an option series.
//!
//! 1. Checks that the expiry is listed and still running, and the strike in range and not listed yet.
//! 2. Takes a free slot and the market's next series number, and stores the strike with its logarithm.
//!
//! Strikes may lie any distance from the index: the engine values them all.
//!
//! **Authority:** the listing role.
//!
//! **Errors:** `NotRoleHolder`, `DurableNonce`, `WrongExchange`, `UnknownExpiry`, `StrikeOutOfRange`,
//! `ParameterOutOfBounds`, `MarketClosing`, `DuplicateSeries`, `NoFreeSeries`.

use anchor_lang::prelude::*;
use ballast_risk::{Price, num};
use ballast_state::{Exchange, Market, OptionKind};

use crate::{
    errors::BallastError,
    events::SeriesCreated,
    governance::{INSTRUCTIONS, require_fresh},
    parameters,
};

/// What to list.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Debug)]
pub struct CreateSeriesArgs {
    /// Slot of the expiry.
    pub expiry_slot: u8,
    /// Number of the expiry.
    pub expiry_number: u32,
    /// Strike, ticks.
    pub strike: u64,
    /// An [`OptionKind`]: 0 call, 1 put.
    pub kind: u8,
}

/// Accounts of [`create_series`](crate::ballast::create_series).
#[derive(Accounts)]
pub struct CreateSeries<'info> {
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

/// Handles [`create_series`](crate::ballast::create_series).
pub(crate) fn handler(ctx: Context<CreateSeries>, args: CreateSeriesArgs) -> Result<()> {
    require_fresh(&ctx.accounts.instructions)?;
    let CreateSeriesArgs { expiry_slot, expiry_number, strike, kind } = args;
    parameters::require_within("kind", i64::from(kind), OptionKind::Call as i64, OptionKind::Put as i64)?;
    if let Err(error) = Price::new(strike) {
        msg!("{}", error);
        return err!(BallastError::StrikeOutOfRange);
    }
    let now = Clock::get()?.unix_timestamp;

    let mut market = ctx.accounts.market.load_mut()?;
    let market = &mut *market;
    require!(!market.is_closing(), BallastError::MarketClosing);
    let mut listed = market.series.iter().filter(|series| series.number != 0 && series.expiry_slot == expiry_slot);
    if let Some(same) = listed.find(|series| series.strike == strike && series.kind == kind) {
        msg!("series {} is the same", same.number);
        return err!(BallastError::DuplicateSeries);
    }
    let free = market.series.iter().position(|series| series.number == 0).ok_or(BallastError::NoFreeSeries)?;
    let slot = u8::try_from(free).map_err(|_| BallastError::NoFreeSeries)?;
    let number = market.last_series_number.checked_add(1).ok_or(BallastError::Overflow)?;
    let expiry = market.listed_expiry_mut(expiry_slot, expiry_number).ok_or(BallastError::UnknownExpiry)?;
    require_gt!(expiry.expires_at, now, BallastError::UnknownExpiry);
    expiry.series_count = expiry.series_count.checked_add(1).ok_or(BallastError::Overflow)?;
    market.last_series_number = number;
    let series = &mut market.series[free];
    series.strike = strike;
    series.log_strike = num::ln_q40(strike);
    series.number = number;
    series.kind = kind;
    series.expiry_slot = expiry_slot;

    let market = ctx.accounts.market.key();
    emit!(SeriesCreated { market, series: number, slot, expiry: expiry_number, strike, kind });
    Ok(())
}

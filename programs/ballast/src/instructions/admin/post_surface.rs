//! Posts an expiry's volatility surface, forward basis and interest rate.
//!
//! 1. Checks that enough of the market's publishers signed.
//! 2. Checks that the expiry is listed and still running, the basis within the market's limit, the rate within one a
//!    year, the smile free of butterfly arbitrage, and free of calendar arbitrage against its neighbours; and that the post
//!    is within the steps from the one before and from the first one of the day.
//! 3. Stores the smile in the form that the engine evaluates, with the time that its variance spans. The scan range rises
//!    at once if the smile states more variance than there was.
//!
//! **Authority:** `publisher_threshold` of the market's publishers.
//!
//! **Errors:** `NotPublisher`, `PublisherSignature`, `TooFewPublishers`, `WrongExchange`, `UnknownExpiry`,
//! `ParameterOutOfBounds`, `SurfaceRefused`, `SurfaceStep`, `CalendarArbitrage`.

use anchor_lang::prelude::*;
use ballast_risk::{SignedRatio, surface::EssviSlice};
use ballast_state::{Exchange, Market, market::SurfacePost};

use super::publishers;
use crate::{
    errors::{BallastError, publication_error},
    events::SurfacePosted,
};

/// What to post.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Debug)]
pub struct PostSurfaceArgs {
    /// Slot of the expiry.
    pub expiry_slot: u8,
    /// Number of the expiry.
    pub expiry_number: u32,
    /// eSSVI θ, the total variance at the money until expiry, scale 2^-28.
    pub theta: u32,
    /// eSSVI ρ, the tilt, scale 2^-30; between −1 and 1.
    pub rho: i32,
    /// eSSVI ψ, the slope of the wings, scale 2^-28.
    pub psi: u32,
    /// ln(forward / index), scale 2^-30.
    pub basis: i32,
    /// Interest rate per year, continuously compounded, scale 2^-30.
    pub rate: i32,
}

/// Accounts of [`post_surface`](crate::ballast::post_surface) and
/// [`post_perpetual_basis`](crate::ballast::post_perpetual_basis), followed by the publishers, who sign.
#[derive(Accounts)]
pub struct Publish<'info> {
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// The market.
    #[account(mut, has_one = exchange @ BallastError::WrongExchange)]
    pub market: AccountLoader<'info, Market>,
}

/// Handles [`post_surface`](crate::ballast::post_surface).
pub(crate) fn handler(ctx: Context<Publish>, args: PostSurfaceArgs) -> Result<()> {
    let PostSurfaceArgs { expiry_slot, expiry_number, theta, rho, psi, basis, rate } = args;
    let surface_age = ctx.accounts.exchange.load()?.parameters.surface_age;
    let mut market = ctx.accounts.market.load_mut()?;
    publishers::require(&market, ctx.remaining_accounts)?;
    // The engine computes with ρ in units of 2^-29.
    let smile =
        EssviSlice { theta_q40: u64::from(theta) << 12, rho_q29: i64::from(rho) >> 1, psi_q40: u64::from(psi) << 12 };
    let post = SurfacePost { smile, basis: SignedRatio::from_bits(basis), rate: SignedRatio::from_bits(rate) };
    let now = Clock::get()?.unix_timestamp;
    let scan_range_before = market.scan_range;
    market.post_surface(expiry_slot, expiry_number, &post, now, surface_age).map_err(publication_error)?;

    emit!(SurfacePosted {
        market: ctx.accounts.market.key(),
        expiry: expiry_number,
        theta,
        rho,
        psi,
        basis,
        rate,
        scan_range_before,
        scan_range: market.scan_range,
    });
    Ok(())
}

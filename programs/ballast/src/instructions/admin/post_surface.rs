//! Posts an expiry's volatility surface, forward basis and interest rate.
//!
//! 1. Checks that the expiry is listed and still running, the basis within the market's limit, the rate within one a
//!    year, and the smile free of butterfly arbitrage.
//! 2. Stores the smile in the form that the engine evaluates, with the time that its variance spans.
//!
//! **Authority:** the publisher.
//!
//! **Errors:** `NotPublisher`, `WrongExchange`, `UnknownExpiry`, `ParameterOutOfBounds`, `SurfaceRefused`.

use anchor_lang::prelude::*;
use ballast_risk::{SignedRatio, num, surface::EssviSlice};
use ballast_state::{Exchange, Market};

use crate::{
    errors::{BallastError, surface_error},
    events::SurfacePosted,
    parameters::require_within,
};

/// Largest interest rate, up and down: one a year.
const RATE_LIMIT: i64 = SignedRatio::from_millionths(1_000_000).to_bits() as i64;

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

/// Accounts of [`post_surface`](crate::ballast::post_surface).
#[derive(Accounts)]
pub struct PostSurface<'info> {
    /// The exchange.
    #[account(has_one = publisher @ BallastError::NotPublisher)]
    pub exchange: AccountLoader<'info, Exchange>,
    /// The market of the expiry.
    #[account(mut, has_one = exchange @ BallastError::WrongExchange)]
    pub market: AccountLoader<'info, Market>,
    /// The publisher.
    pub publisher: Signer<'info>,
}

/// Handles [`post_surface`](crate::ballast::post_surface).
pub(crate) fn handler(ctx: Context<PostSurface>, args: PostSurfaceArgs) -> Result<()> {
    let PostSurfaceArgs { expiry_slot, expiry_number, theta, rho, psi, basis, rate } = args;
    require_within("rate", i64::from(rate), -RATE_LIMIT, RATE_LIMIT)?;
    // The engine computes with ρ in units of 2^-29.
    let smile =
        EssviSlice { theta_q40: u64::from(theta) << 12, rho_q29: i64::from(rho) >> 1, psi_q40: u64::from(psi) << 12 };
    let raw = smile.to_raw().map_err(surface_error)?;
    let now = Clock::get()?.unix_timestamp;

    let mut market = ctx.accounts.market.load_mut()?;
    let limit = i64::from(market.parameters.basis_limit);
    require_within("basis", i64::from(basis), -limit, limit)?;
    let expiry = market.listed_expiry_mut(expiry_slot, expiry_number).ok_or(BallastError::UnknownExpiry)?;
    require_gt!(expiry.expires_at, now, BallastError::UnknownExpiry);
    let remaining = expiry.expires_at.saturating_sub(now);
    expiry.surface_sqrt_time = num::sqrt_years_q28(u32::try_from(remaining).map_err(|_| BallastError::UnknownExpiry)?);
    expiry.posted_at = now;
    expiry.svi_a = raw.a;
    expiry.svi_b = raw.b;
    expiry.svi_rho = raw.rho;
    expiry.svi_m = raw.m;
    expiry.svi_sigma = raw.sigma;
    expiry.svi_variance_shift = raw.variance_shift;
    expiry.basis = basis;
    expiry.rate = rate;

    let market = ctx.accounts.market.key();
    emit!(SurfacePosted { market, expiry: expiry_number, theta, rho, psi, basis, rate });
    Ok(())
}

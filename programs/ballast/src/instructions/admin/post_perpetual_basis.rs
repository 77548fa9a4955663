//! Posts the basis of a market's perpetual: its mark less the index, as a share of the index.
//!
//! 1. Checks that enough of the market's publishers signed.
//! 2. Checks that the basis is within the market's limit and within a step of the one before.
//! 3. Accrues the perpetual's funding at the basis before.
//!
//! **Authority:** `publisher_threshold` of the market's publishers.
//!
//! **Errors:** `NotPublisher`, `PublisherSignature`, `TooFewPublishers`, `WrongExchange`, `ParameterOutOfBounds`,
//! `SurfaceStep`.

use anchor_lang::prelude::*;
use ballast_risk::SignedRatio;

use super::{post_surface::Publish, publishers};
use crate::{
    errors::publication_error,
    events::{FundingAccrued, PerpetualBasisPosted},
};

/// Handles [`post_perpetual_basis`](crate::ballast::post_perpetual_basis).
pub(crate) fn handler(ctx: Context<Publish>, basis: i32) -> Result<()> {
    let rules = ctx.accounts.exchange.load()?.parameters.funding_rules();
    let mut market = ctx.accounts.market.load_mut()?;
    publishers::require(&market, ctx.remaining_accounts)?;
    let basis_before = market.perpetual_basis;
    let now = Clock::get()?.unix_timestamp;
    let accrual = market.post_perpetual_basis(SignedRatio::from_bits(basis), &rules, now).map_err(publication_error)?;

    if let Some(accrual) = accrual {
        emit!(FundingAccrued::new(ctx.accounts.market.key(), &accrual));
    }
    emit!(PerpetualBasisPosted { market: ctx.accounts.market.key(), basis_before, basis });
    Ok(())
}

//! Posts the basis of a market's perpetual: its mark less the index, as a share of the index.
//!
//! 1. Checks that enough of the market's publishers signed.
//! 2. Checks that the basis is within the market's limit and within a step of the one before.
//!
//! **Authority:** `publisher_threshold` of the market's publishers.
//!
//! **Errors:** `NotPublisher`, `PublisherSignature`, `TooFewPublishers`, `WrongExchange`, `ParameterOutOfBounds`,
//! `SurfaceStep`.

use anchor_lang::prelude::*;
use ballast_risk::SignedRatio;

use super::{post_surface::Publish, publishers};
use crate::{errors::publication_error, events::PerpetualBasisPosted};

/// Handles [`post_perpetual_basis`](crate::ballast::post_perpetual_basis).
pub(crate) fn handler(ctx: Context<Publish>, basis: i32) -> Result<()> {
    let mut market = ctx.accounts.market.load_mut()?;
    publishers::require(&market, ctx.remaining_accounts)?;
    let basis_before = market.perpetual_basis;
    market.post_perpetual_basis(SignedRatio::from_bits(basis)).map_err(publication_error)?;

    emit!(PerpetualBasisPosted { market: ctx.accounts.market.key(), basis_before, basis });
    Ok(())
}

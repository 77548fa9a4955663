//! Who may post in a market.

use anchor_lang::prelude::*;
use ballast_state::Market;

use crate::errors::BallastError;

/// Checks that at least as many of a market's publishers as its parameters ask for signed. One that is given twice counts
/// once.
///
/// # Errors
/// [`BallastError::NotPublisher`] for a stranger, [`BallastError::PublisherSignature`] for a publisher that did not sign,
/// [`BallastError::TooFewPublishers`].
pub(super) fn require(market: &Market, signers: &[AccountInfo]) -> Result<()> {
    let publishers = &market.publishers[..usize::from(market.publisher_count).min(market.publishers.len())];
    let mut signed: u8 = 0;
    for (index, info) in signers.iter().enumerate() {
        if !publishers.contains(info.key) {
            return Err(error!(BallastError::NotPublisher).with_account_name(info.key));
        }
        if !info.is_signer {
            return Err(error!(BallastError::PublisherSignature).with_account_name(info.key));
        }
        if !signers[..index].iter().any(|other| other.key == info.key) {
            signed = signed.saturating_add(1);
        }
    }
    let threshold = market.parameters.publisher_threshold;
    if signed < threshold {
        return Err(error!(BallastError::TooFewPublishers).with_values((threshold, signed)));
    }
    Ok(())
}

//! Delegates: who may trade for an account beside its owner, and how its owner's view of it is kept from going stale.

use anchor_lang::prelude::*;

use crate::MarginAccount;

/// Most markets that a delegate's right can be limited to.
pub const MAX_DELEGATE_MARKETS: usize = 4;

/// Who may trade for an account, and nothing else: no withdrawal, no loan, no change of the account.
#[zero_copy]
#[derive(Debug, PartialEq, Eq)]
pub struct Delegate {
    /// The delegate; the zero key for none.
    pub key: Pubkey,
    /// When the right ends, Unix seconds.
    pub expires_at: i64,
    /// Numbers of the markets that it is limited to, first those in use; none for all markets.
    pub markets: [u16; MAX_DELEGATE_MARKETS],
}

/// Why somebody may not trade for an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthorityRefusal {
    /// He is neither its owner nor its delegate.
    Stranger,
    /// The delegate's right has ended.
    Ended,
    /// The delegate's right does not cover the market with this number.
    Market(u16),
}

impl core::fmt::Display for AuthorityRefusal {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Stranger => formatter.write_str("the signer is neither the account's owner nor its delegate"),
            Self::Ended => formatter.write_str("the delegate's right has ended"),
            Self::Market(number) => write!(formatter, "the delegate's right does not cover market {number}"),
        }
    }
}

impl core::error::Error for AuthorityRefusal {}

impl Delegate {
    /// Whether the right covers a market.
    pub fn covers(&self, market: u16) -> bool {
        self.markets[0] == 0 || (market != 0 && self.markets.contains(&market))
    }
}

impl MarginAccount {
    /// Whether somebody is the owner, or the delegate whose right has not ended.
    ///
    /// # Errors
    /// [`AuthorityRefusal`].
    pub fn require_authority(&self, signer: &Pubkey, now: i64) -> core::result::Result<(), AuthorityRefusal> {
        if *signer == self.owner {
            return Ok(());
        }
        if *signer != self.delegate.key || self.delegate.key == Pubkey::default() {
            return Err(AuthorityRefusal::Stranger);
        }
        if now >= self.delegate.expires_at {
            return Err(AuthorityRefusal::Ended);
        }
        Ok(())
    }

    /// Whether somebody may trade for the account in these markets.
    ///
    /// # Errors
    /// [`AuthorityRefusal`].
    pub fn require_trader(
        &self,
        signer: &Pubkey,
        markets: impl IntoIterator<Item = u16>,
        now: i64,
    ) -> core::result::Result<(), AuthorityRefusal> {
        self.require_authority(signer, now)?;
        let is_owner = *signer == self.owner;
        match markets.into_iter().find(|market| !is_owner && !self.delegate.covers(*market)) {
            Some(market) => Err(AuthorityRefusal::Market(market)),
            None => Ok(()),
        }
    }

    /// Counts a change that the owner or the delegate signed a transaction for, or a liquidation. Nothing that a stranger can
    /// bring about is counted, fills of signed orders included: else he could make the owner's next transaction fail.
    pub fn count_change(&mut self) {
        self.authorised_changes = self.authorised_changes.wrapping_add(1);
    }
}

const _: () = assert!(size_of::<Delegate>() == 48);

//! Lets somebody trade for an account.

use anchor_lang::prelude::*;
use ballast_state::{Delegate, delegate::MAX_DELEGATE_MARKETS};

use super::change_account::{ChangeAccount, require_initial_margin_in_full};
use crate::{errors::BallastError, events::DelegateChanged};

/// Whom to let trade, and how far.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug)]
pub struct SetDelegateArgs {
    /// The delegate; the zero key for none.
    pub delegate: Pubkey,
    /// When the right ends, Unix seconds; zero for none.
    pub expires_at: i64,
    /// Numbers of the markets that it is limited to, first those in use; all zero for every market.
    pub markets: [u16; MAX_DELEGATE_MARKETS],
}

/// Replaces the delegate. A new one is appointed only by an account that passes the full check. To revoke one needs no
/// check and no prices, so that nobody keeps a right because the account fails its margin.
///
/// # Errors
/// [`BallastError::DelegateTerms`], [`BallastError::BelowInitialMargin`], or why the check cannot be made.
pub fn handler<'info>(ctx: Context<'info, ChangeAccount<'info>>, args: SetDelegateArgs) -> Result<()> {
    let delegate = Delegate { key: args.delegate, expires_at: args.expires_at, markets: args.markets };
    let is_none = delegate.key == Pubkey::default();
    let before = {
        let mut account = ctx.accounts.account.load_mut()?;
        let has_gap = delegate.markets.windows(2).any(|pair| pair[0] == 0 && pair[1] != 0);
        let is_sound = if is_none {
            delegate.expires_at == 0 && delegate.markets == [0; MAX_DELEGATE_MARKETS]
        } else {
            delegate.key != account.owner && delegate.expires_at > Clock::get()?.unix_timestamp && !has_gap
        };
        require!(is_sound, BallastError::DelegateTerms);
        account.count_change();
        std::mem::replace(&mut account.delegate, delegate)
    };
    if !is_none {
        require_initial_margin_in_full(&ctx)?;
    }
    emit!(DelegateChanged {
        account: ctx.accounts.account.key(),
        delegate_before: before.key,
        delegate: delegate.key,
        expires_at_before: before.expires_at,
        expires_at: delegate.expires_at,
        markets_before: before.markets,
        markets: delegate.markets,
    });
    Ok(())
}

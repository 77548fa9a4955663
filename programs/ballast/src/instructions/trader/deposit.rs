//! Deposits collateral.

use anchor_lang::prelude::*;
use anchor_spl::token_interface::{self, Mint, TokenAccount, TokenInterface, TransferChecked};
use ballast_state::{Bank, Exchange, MarginAccount};

use crate::{errors::BallastError, events::CollateralMoved, fill::book_error, token};

/// Accounts of [`deposit`](crate::ballast::deposit).
#[derive(Accounts)]
pub struct Deposit<'info> {
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// The account that receives the collateral.
    #[account(mut, has_one = exchange @ BallastError::WrongExchange, has_one = owner @ BallastError::NotOwner)]
    pub account: AccountLoader<'info, MarginAccount>,
    /// Its owner, who also owns `source`.
    pub owner: Signer<'info>,
    /// The token's bank.
    #[account(
        mut,
        has_one = exchange @ BallastError::WrongExchange,
        has_one = mint,
        has_one = vault,
        has_one = token_program
    )]
    pub bank: AccountLoader<'info, Bank>,
    /// The bank's vault.
    #[account(mut, dup)]
    pub vault: InterfaceAccount<'info, TokenAccount>,
    /// The token's mint.
    pub mint: InterfaceAccount<'info, Mint>,
    /// Token account to take the tokens from.
    // `dup`: Anchor's own check would bring in a hash set, whose random state is memory that an image cannot have.
    #[account(mut, dup, constraint = source.key() != vault.key() @ BallastError::DuplicateAccount)]
    pub source: InterfaceAccount<'info, TokenAccount>,
    /// SPL Token or Token-2022.
    pub token_program: Interface<'info, TokenInterface>,
}

/// 1. Checks again that the mint has no extension beyond the allow list: extensions can change after listing.
/// 2. Moves the tokens into the vault.
/// 3. Credits what the vault received: cash for the quote token, a balance for any other, within the cap of the moment.
///
/// # Errors
/// [`BallastError::ZeroAmount`], [`BallastError::BankClosing`], [`BallastError::MintExtension`],
/// [`BallastError::DepositCap`], [`BallastError::NoFreeBalance`], and what the token program refuses.
pub fn handler(ctx: Context<Deposit>, amount: u64) -> Result<()> {
    require!(amount > 0, BallastError::ZeroAmount);
    let accounts = ctx.accounts;
    require!(!accounts.bank.load()?.is_closing(), BallastError::BankClosing);
    token::require_supported_mint(&accounts.mint.to_account_info())?;

    let held_before = accounts.vault.amount;
    let transfer = TransferChecked {
        from: accounts.source.to_account_info(),
        mint: accounts.mint.to_account_info(),
        to: accounts.vault.to_account_info(),
        authority: accounts.owner.to_account_info(),
    };
    token_interface::transfer_checked(
        CpiContext::new(accounts.token_program.key(), transfer),
        amount,
        accounts.mint.decimals,
    )?;
    accounts.vault.reload()?;
    let received = accounts.vault.amount.saturating_sub(held_before);

    let exchange = accounts.exchange.load()?;
    let mut bank = accounts.bank.load_mut()?;
    let mut account = accounts.account.load_mut()?;
    account.count_change();
    let (before, after) = if exchange.quote_bank == accounts.bank.key() {
        let before = account.cash;
        let received = i64::try_from(received).map_err(|_| BallastError::Overflow)?;
        account.cash = before.checked_add(received).ok_or(BallastError::Overflow)?;
        (before, account.cash)
    } else {
        bank.deposits = bank.deposits.checked_add(received).ok_or(BallastError::Overflow)?;
        let cap = bank.effective_cap(Clock::get()?.unix_timestamp);
        if bank.deposits > cap {
            return Err(error!(BallastError::DepositCap).with_values((cap, bank.deposits)));
        }
        let before = account.credit(bank.number, received).map_err(book_error)?;
        (before as i64, (before + received) as i64)
    };
    emit!(CollateralMoved { account: accounts.account.key(), bank: accounts.bank.key(), before, after });
    Ok(())
}

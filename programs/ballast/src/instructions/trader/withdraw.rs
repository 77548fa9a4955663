//! Withdraws collateral or cash.

use anchor_lang::prelude::*;
use anchor_spl::token_interface::{self, Mint, TokenAccount, TokenInterface, TransferChecked};
use ballast_risk::MicroUsd;
use ballast_state::{Bank, Exchange, MarginAccount, seeds};

use crate::{check::require_withdrawal_excess, errors::BallastError, events::CollateralMoved, fill::book_error};

/// Accounts of [`withdraw`](crate::ballast::withdraw), followed by the markets and banks of the check: the named bank
/// once more if the account still holds some of its token.
#[derive(Accounts)]
pub struct Withdraw<'info> {
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// The account to withdraw from.
    #[account(mut, has_one = exchange @ BallastError::WrongExchange, has_one = owner @ BallastError::NotOwner)]
    pub account: AccountLoader<'info, MarginAccount>,
    /// Its owner.
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
    /// Token account that receives the tokens.
    // `dup`: Anchor's own check would bring in a hash set, whose random state is memory that an image cannot have.
    #[account(mut, dup, constraint = destination.key() != vault.key() @ BallastError::DuplicateAccount)]
    pub destination: InterfaceAccount<'info, TokenAccount>,
    /// SPL Token or Token-2022.
    pub token_program: Interface<'info, TokenInterface>,
}

/// 1. Takes the amount off the account.
/// 2. With positions or a debt, checks that the withdrawal excess is not negative. Without, nothing is required of the
///    account and no price is needed.
/// 3. Pays out of the vault.
///
/// # Errors
/// [`BallastError::ZeroAmount`], [`BallastError::InsufficientBalance`], [`BallastError::BelowWithdrawalExcess`], why
/// the check cannot be made, and what the token program refuses.
pub fn handler<'info>(ctx: Context<'info, Withdraw<'info>>, amount: u64) -> Result<()> {
    require!(amount > 0, BallastError::ZeroAmount);
    let accounts = ctx.accounts;
    let (before, after) = take(accounts, amount)?;
    {
        let (exchange, account) = (accounts.exchange.load()?, accounts.account.load()?);
        require_withdrawal_excess(&exchange, &account, ctx.remaining_accounts, MicroUsd::ZERO)?;
    }
    emit!(CollateralMoved { account: accounts.account.key(), bank: accounts.bank.key(), before, after });

    let bump = [accounts.bank.load()?.bump];
    let (exchange, mint) = (accounts.exchange.key(), accounts.mint.key());
    let bank_seeds: &[&[u8]] = &[seeds::BANK, exchange.as_ref(), mint.as_ref(), &bump];
    let transfer = TransferChecked {
        from: accounts.vault.to_account_info(),
        mint: accounts.mint.to_account_info(),
        to: accounts.destination.to_account_info(),
        authority: accounts.bank.to_account_info(),
    };
    token_interface::transfer_checked(
        CpiContext::new_with_signer(accounts.token_program.key(), transfer, &[bank_seeds]),
        amount,
        accounts.mint.decimals,
    )
}

/// Takes the amount off the account and the bank. Returns the balance before and after.
fn take(accounts: &Withdraw, amount: u64) -> Result<(i64, i64)> {
    let exchange = accounts.exchange.load()?;
    let mut bank = accounts.bank.load_mut()?;
    let mut account = accounts.account.load_mut()?;
    account.count_change();
    if exchange.quote_bank == accounts.bank.key() {
        let before = account.cash;
        let amount = i64::try_from(amount).map_err(|_| BallastError::InsufficientBalance)?;
        if amount > before {
            return Err(error!(BallastError::InsufficientBalance).with_values((before, amount)));
        }
        account.cash = before - amount;
        return Ok((before, account.cash));
    }
    let before = account.debit(bank.number, amount).map_err(book_error)?;
    bank.deposits = bank.deposits.checked_sub(amount).ok_or(BallastError::Overflow)?;
    Ok((before as i64, (before - amount) as i64))
}

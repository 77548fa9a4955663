//! Removes a closed bank without deposits.
//!
//! 1. Checks that the bank is closing and that nobody has a deposit in it.
//! 2. Pays out what somebody sent to the vault without depositing it: it belongs to nobody, and must not keep the vault open.
//! 3. Closes the vault and the bank; governance receives the rent of both. The number is never used again; the token can be
//!    listed anew.
//!
//! **Authority:** governance.
//!
//! **Errors:** `NotGovernance`, `DurableNonce`, `WrongExchange`, `BankInUse`, and what the token program refuses.

use anchor_lang::prelude::*;
use anchor_spl::token_interface::{self, CloseAccount, Mint, TokenAccount, TokenInterface, TransferChecked};
use ballast_state::{Bank, Exchange, seeds};

use crate::{
    errors::BallastError,
    events::BankRemoved,
    governance::{INSTRUCTIONS, require_fresh},
};

/// Accounts of [`remove_bank`](crate::ballast::remove_bank).
#[derive(Accounts)]
pub struct RemoveBank<'info> {
    /// The exchange.
    #[account(has_one = governance @ BallastError::NotGovernance)]
    pub exchange: AccountLoader<'info, Exchange>,
    /// The bank to remove.
    #[account(
        mut,
        has_one = exchange @ BallastError::WrongExchange,
        has_one = mint,
        has_one = vault,
        has_one = token_program,
        close = governance
    )]
    pub bank: AccountLoader<'info, Bank>,
    /// The bank's vault.
    #[account(mut, dup)]
    pub vault: Box<InterfaceAccount<'info, TokenAccount>>,
    /// The token's mint.
    pub mint: Box<InterfaceAccount<'info, Mint>>,
    /// Token account that receives what nobody deposited.
    // `dup`: Anchor's own check would bring in a hash set, whose random state is memory that an image cannot have.
    #[account(mut, dup, constraint = surplus.key() != vault.key() @ BallastError::DuplicateAccount)]
    pub surplus: Box<InterfaceAccount<'info, TokenAccount>>,
    /// Governance; receives the rent.
    #[account(mut)]
    pub governance: Signer<'info>,
    /// CHECK: The transaction's instructions, shown by the runtime at this address alone.
    #[account(address = INSTRUCTIONS)]
    pub instructions: UncheckedAccount<'info>,
    /// SPL Token or Token-2022.
    pub token_program: Interface<'info, TokenInterface>,
}

/// Handles [`remove_bank`](crate::ballast::remove_bank).
pub(crate) fn handler(ctx: Context<RemoveBank>) -> Result<()> {
    require_fresh(&ctx.accounts.instructions)?;
    let accounts = &ctx.accounts;
    let (number, bump) = {
        let bank = accounts.bank.load()?;
        require!(bank.is_closing() && bank.deposits == 0, BallastError::BankInUse);
        (bank.number, [bank.bump])
    };
    let surplus = accounts.vault.amount;
    emit!(BankRemoved { exchange: accounts.exchange.key(), bank: accounts.bank.key(), number, surplus });

    let (exchange, mint) = (accounts.exchange.key(), accounts.mint.key());
    let bank_seeds: &[&[u8]] = &[seeds::BANK, exchange.as_ref(), mint.as_ref(), &bump];
    let signers = &[bank_seeds];
    if surplus > 0 {
        let transfer = TransferChecked {
            from: accounts.vault.to_account_info(),
            mint: accounts.mint.to_account_info(),
            to: accounts.surplus.to_account_info(),
            authority: accounts.bank.to_account_info(),
        };
        token_interface::transfer_checked(
            CpiContext::new_with_signer(accounts.token_program.key(), transfer, signers),
            surplus,
            accounts.mint.decimals,
        )?;
    }
    let close = CloseAccount {
        account: accounts.vault.to_account_info(),
        destination: accounts.governance.to_account_info(),
        authority: accounts.bank.to_account_info(),
    };
    token_interface::close_account(CpiContext::new_with_signer(accounts.token_program.key(), close, signers))
}

//! An example of a program on top of Ballast: a desk, whose margin account belongs to the program and not to a wallet.
//!
//! A manager trades for the desk but can take nothing out of it: this program has no instruction that withdraws. After every
//! trade the desk asks Ballast for its margin report and refuses a trade that leaves it less room than the manager said. What
//! a real program adds (shares, several managers, a way out) has nothing to do with margin, and is left out.
//!
//! docs/composability.md explains the calls.

#![deny(unsafe_code)]
#![allow(missing_docs, reason = "Anchor's macros generate undocumented items beside the documented ones")]
#![allow(ambiguous_glob_reexports, reason = "Anchor finds generated items by glob; handlers are called by their path")]

use anchor_lang::{prelude::*, solana_program::program::get_return_data};
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};
use ballast::{
    cpi::accounts as calls,
    program::Ballast,
    state::{Bank, Exchange, MarginAccount},
};
use ballast_risk::MarginReport;

// The upstream code generator calls for its 128-bit arithmetic; naming the crate links it.
#[cfg(target_arch = "bpf")]
use sbpf_builtins as _;

declare_id!("6MzxzFP19o1kSMi3mZE43hWJNyjbSGEgEQNwLpwJmK18");

/// First seed of a desk's address.
pub const DESK: &[u8] = b"desk";

/// The program's instructions.
#[program]
pub mod example_desk {
    use super::*;

    /// (manager) Opens a desk and its margin account in portfolio mode.
    pub fn open(ctx: Context<Open>) -> Result<()> {
        let accounts = ctx.accounts;
        accounts.desk.set_inner(Desk {
            exchange: accounts.exchange.key(),
            manager: accounts.manager.key(),
            bump: ctx.bumps.desk,
        });
        let call = calls::OpenAccount {
            exchange: accounts.exchange.to_account_info(),
            account: accounts.account.to_account_info(),
            owner: accounts.desk.to_account_info(),
            payer: accounts.manager.to_account_info(),
            system_program: accounts.system_program.to_account_info(),
        };
        let args = ballast::OpenAccountArgs { sub_account: 0, mode: ballast_risk::Mode::Portfolio as u8 };
        let signature = accounts.desk.signature();
        ballast::cpi::open_account(CpiContext::new_with_signer(Ballast::id(), call, &[&seeds(&signature)]), args)
    }

    /// (manager) Deposits tokens that the desk has.
    pub fn deposit(ctx: Context<Deposit>, amount: u64) -> Result<()> {
        let accounts = ctx.accounts;
        let call = calls::Deposit {
            exchange: accounts.exchange.to_account_info(),
            account: accounts.account.to_account_info(),
            owner: accounts.desk.to_account_info(),
            bank: accounts.bank.to_account_info(),
            vault: accounts.vault.to_account_info(),
            mint: accounts.mint.to_account_info(),
            source: accounts.source.to_account_info(),
            token_program: accounts.token_program.to_account_info(),
        };
        let signature = accounts.desk.signature();
        ballast::cpi::deposit(CpiContext::new_with_signer(Ballast::id(), call, &[&seeds(&signature)]), amount)
    }

    /// (manager, and whoever trades with the desk) Trades as the taker, and checks what room that leaves.
    pub fn trade<'info>(ctx: Context<'info, Trade<'info>>, args: TradeArgs) -> Result<()> {
        let accounts = &ctx.accounts;
        let signature = accounts.desk.signature();
        let call = calls::Trade {
            exchange: accounts.exchange.to_account_info(),
            first: accounts.account.to_account_info(),
            second: accounts.other.to_account_info(),
            first_authority: accounts.desk.to_account_info(),
            second_authority: accounts.other_authority.to_account_info(),
        };
        let trade =
            ballast::TradeArgs { legs: args.legs, claims_rebates: false, maximum_fees: [args.maximum_fee, u64::MAX] };
        ballast::cpi::trade(
            CpiContext::new_with_signer(Ballast::id(), call, &[&seeds(&signature)])
                .with_remaining_accounts(ctx.remaining_accounts.to_vec()),
            trade,
        )?;

        let call = calls::Assess {
            exchange: accounts.exchange.to_account_info(),
            account: accounts.account.to_account_info(),
        };
        ballast::cpi::assess(
            CpiContext::new(Ballast::id(), call).with_remaining_accounts(ctx.remaining_accounts.to_vec()),
        )?;
        // Return data is whoever set it last: what another program left there is none of Ballast's.
        let (program, data) = get_return_data().ok_or(DeskError::NoReport)?;
        require_keys_eq!(program, Ballast::id(), DeskError::NoReport);
        let report = MarginReport::from_return_data(&data).ok_or(DeskError::NoReport)?;
        let excess = report.modes[usize::from(report.mode)].initial_excess;
        if excess < args.least_initial_excess {
            return Err(error!(DeskError::TooLittleRoom).with_values((args.least_initial_excess, excess)));
        }
        Ok(())
    }
}

/// A desk.
#[account]
#[derive(InitSpace)]
pub struct Desk {
    /// The exchange that it trades on.
    pub exchange: Pubkey,
    /// Who trades for it.
    pub manager: Pubkey,
    /// Bump of its address.
    pub bump: u8,
}

impl Desk {
    /// What the desk signs with.
    fn signature(&self) -> ([u8; 32], [u8; 32], [u8; 1]) {
        (self.exchange.to_bytes(), self.manager.to_bytes(), [self.bump])
    }
}

/// The seeds of a desk's address.
fn seeds((exchange, manager, bump): &([u8; 32], [u8; 32], [u8; 1])) -> [&[u8]; 4] {
    [DESK, exchange, manager, bump]
}

/// What to trade.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Debug)]
pub struct TradeArgs {
    /// What the desk buys from the other account; negative: sells to it.
    pub legs: Vec<ballast::TradeLeg>,
    /// Most that the desk pays in fees, µUSD.
    pub maximum_fee: u64,
    /// Least initial excess that the desk must have afterwards, µUSD.
    pub least_initial_excess: i64,
}

/// Accounts of [`open`].
#[derive(Accounts)]
pub struct Open<'info> {
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// The desk to open.
    #[account(
        init,
        payer = manager,
        space = 8 + Desk::INIT_SPACE,
        seeds = [DESK, exchange.key().as_ref(), manager.key().as_ref()],
        bump
    )]
    pub desk: Account<'info, Desk>,
    /// CHECK: Ballast creates it at the address that it derives from the desk.
    #[account(mut)]
    pub account: UncheckedAccount<'info>,
    /// Manager; pays the rent.
    #[account(mut)]
    pub manager: Signer<'info>,
    /// Ballast.
    pub ballast: Program<'info, Ballast>,
    /// The system program.
    pub system_program: Program<'info, System>,
}

/// Accounts of [`deposit`].
#[derive(Accounts)]
pub struct Deposit<'info> {
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// The desk, whose tokens they are.
    #[account(has_one = exchange, has_one = manager)]
    pub desk: Account<'info, Desk>,
    /// Its manager.
    pub manager: Signer<'info>,
    /// The desk's margin account.
    #[account(mut)]
    pub account: AccountLoader<'info, MarginAccount>,
    /// The token's bank.
    #[account(mut)]
    pub bank: AccountLoader<'info, Bank>,
    /// The bank's vault.
    // `dup`: as in Ballast, Anchor's own check would bring in memory that an image cannot have.
    #[account(mut, dup)]
    pub vault: InterfaceAccount<'info, TokenAccount>,
    /// The token's mint.
    pub mint: InterfaceAccount<'info, Mint>,
    /// The desk's token account.
    #[account(mut, dup)]
    pub source: InterfaceAccount<'info, TokenAccount>,
    /// SPL Token or Token-2022.
    pub token_program: Interface<'info, TokenInterface>,
    /// Ballast.
    pub ballast: Program<'info, Ballast>,
}

/// Accounts of [`trade`], followed by the markets and banks of both checks; markets of a leg writable.
#[derive(Accounts)]
pub struct Trade<'info> {
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// The desk.
    #[account(has_one = exchange, has_one = manager)]
    pub desk: Account<'info, Desk>,
    /// Its manager.
    pub manager: Signer<'info>,
    /// The desk's margin account: the taker.
    #[account(mut)]
    pub account: AccountLoader<'info, MarginAccount>,
    /// The account that it trades with: the maker.
    #[account(mut, dup)]
    pub other: AccountLoader<'info, MarginAccount>,
    /// Owner or delegate of that account.
    pub other_authority: Signer<'info>,
    /// Ballast.
    pub ballast: Program<'info, Ballast>,
}

/// What the desk refuses.
#[error_code]
pub enum DeskError {
    /// 6000
    #[msg("Ballast returned no margin report")]
    NoReport,
    /// 6001
    #[msg("The trade leaves the desk less initial excess than asked for")]
    TooLittleRoom,
}

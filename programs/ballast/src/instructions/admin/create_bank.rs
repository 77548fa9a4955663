//! Lists a collateral token and opens its vault.
//!
//! 1. Checks the mint's extensions, the price source, the parameters and the decimals.
//! 2. Creates the bank at the address derived from exchange and mint, and the vault, which the bank owns.
//! 3. Numbers the bank; the bank of the quote token becomes the exchange's quote bank.
//!
//! Deposits are taken once its oracle has lived for as long as the exchange asks, which refreshes see.
//!
//! The listing role answers for what no program can check: that the price source prices this token, and that the market
//! named for hedging has it as its underlying.
//!
//! **Authority:** the listing role.
//!
//! **Errors:** `NotRoleHolder`, `DurableNonce`, `MintExtension`, `OracleSourceRefused`, `ParameterOutOfBounds`.

use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};
use ballast_state::{Bank, BankParameters, Exchange, LAYOUT_VERSION, OracleSource, seeds};

use crate::{
    errors::{BallastError, risk_error},
    events::BankCreated,
    governance::{INSTRUCTIONS, require_fresh},
    parameters::{self, Listing, require_within},
    token,
};

/// What to list.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Debug)]
pub struct CreateBankArgs {
    /// Where the price comes from.
    pub oracle: OracleSource,
    /// Haircuts and limits.
    pub parameters: BankParameters,
    /// Decimals of the price.
    pub price_decimals: u8,
    /// Number of the market whose underlying the token is; 0: none. The quote token has none.
    pub hedge_market: u16,
}

/// Accounts of [`create_bank`](crate::ballast::create_bank).
#[derive(Accounts)]
pub struct CreateBank<'info> {
    /// The exchange, which counts its banks.
    #[account(mut, has_one = listing @ BallastError::NotRoleHolder)]
    pub exchange: AccountLoader<'info, Exchange>,
    /// The listing role; pays for the accounts.
    #[account(mut)]
    pub listing: Signer<'info>,
    /// The token.
    #[account(mint::token_program = token_program)]
    pub mint: Box<InterfaceAccount<'info, Mint>>,
    /// The bank.
    #[account(
        init,
        payer = listing,
        space = 8 + size_of::<Bank>(),
        seeds = [seeds::BANK, exchange.key().as_ref(), mint.key().as_ref()],
        bump,
    )]
    pub bank: AccountLoader<'info, Bank>,
    /// The token account that will hold every deposit.
    #[account(
        init,
        payer = listing,
        seeds = [seeds::VAULT, bank.key().as_ref()],
        bump,
        token::mint = mint,
        token::authority = bank,
        token::token_program = token_program,
    )]
    pub vault: Box<InterfaceAccount<'info, TokenAccount>>,
    /// The mint's token program.
    pub token_program: Interface<'info, TokenInterface>,
    /// CHECK: The transaction's instructions, shown by the runtime at this address alone.
    #[account(address = INSTRUCTIONS)]
    pub instructions: UncheckedAccount<'info>,
    /// Creates accounts.
    pub system_program: Program<'info, System>,
}

/// Handles [`create_bank`](crate::ballast::create_bank).
pub(crate) fn handler(ctx: Context<CreateBank>, args: CreateBankArgs) -> Result<()> {
    require_fresh(&ctx.accounts.instructions)?;
    let accounts = &ctx.accounts;
    let (exchange_key, bank_key, mint) = (accounts.exchange.key(), accounts.bank.key(), accounts.mint.key());
    token::require_supported_mint(accounts.mint.as_ref().as_ref())?;
    parameters::validate_oracle(&args.oracle, Listing::Bank)?;
    args.parameters.validate().map_err(risk_error)?;
    parameters::validate_bank_decimals(args.price_decimals, accounts.mint.decimals)?;

    let mut exchange = accounts.exchange.load_mut()?;
    let is_quote = mint == exchange.quote_mint;
    let last_market = if is_quote { 0 } else { exchange.market_count };
    require_within("hedge_market", i64::from(args.hedge_market), 0, i64::from(last_market))?;
    let number = exchange.bank_count.checked_add(1).ok_or(BallastError::Overflow)?;
    exchange.bank_count = number;
    if is_quote {
        exchange.quote_bank = bank_key;
        exchange.quote_bank_number = number;
    }

    let mut bank = accounts.bank.load_init()?;
    bank.exchange = exchange_key;
    bank.mint = mint;
    bank.vault = accounts.vault.key();
    bank.token_program = accounts.token_program.key();
    bank.oracle = args.oracle;
    bank.parameters = args.parameters;
    bank.number = number;
    bank.hedge_market = args.hedge_market;
    bank.token_decimals = accounts.mint.decimals;
    bank.price_decimals = args.price_decimals;
    bank.version = LAYOUT_VERSION;
    bank.bump = ctx.bumps.bank;
    bank.begin_listing(exchange.governing.oracle_life_seconds, Clock::get()?.unix_timestamp);
    bank.begin_dynamics();

    emit!(BankCreated { exchange: exchange_key, bank: bank_key, mint, number });
    Ok(())
}

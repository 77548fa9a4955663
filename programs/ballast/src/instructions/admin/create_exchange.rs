//! Opens an exchange.
//!
//! 1. Checks the parameters and the quote token.
//! 2. Creates the exchange at the address derived from its creator and index. The creator becomes governance; the other
//!    roles go to the keys that are named, so that no key ever has to hold two.
//!
//! **Authority:** anyone may open an exchange of their own.
//!
//! **Errors:** `ParameterOutOfBounds`, `QuoteDecimals`, `MintExtension`.

use anchor_lang::prelude::*;
use anchor_spl::token_interface::Mint;
use ballast_state::{Exchange, ExchangeParameters, GovernanceParameters, seeds};

use crate::{
    errors::{BallastError, risk_error},
    events::ExchangeCreated,
    token,
};

/// Decimals of the quote token, so that one native unit of cash is one µUSD.
const QUOTE_DECIMALS: u8 = 6;

/// What to open.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Debug)]
pub struct CreateExchangeArgs {
    /// Distinguishes the exchanges of one creator.
    pub index: u16,
    /// Limits and factors shared by all markets.
    pub parameters: ExchangeParameters,
    /// How parameters, roles and pauses change.
    pub governing: GovernanceParameters,
    /// Who proposes changes of parameters.
    pub risk: Pubkey,
    /// Who lists.
    pub listing: Pubkey,
    /// Who pauses, lowers limits and cancels.
    pub guardian: Pubkey,
}

/// Accounts of [`create_exchange`](crate::ballast::create_exchange).
#[derive(Accounts)]
#[instruction(args: CreateExchangeArgs)]
pub struct CreateExchange<'info> {
    /// The exchange.
    #[account(
        init,
        payer = creator,
        space = 8 + size_of::<Exchange>(),
        seeds = [seeds::EXCHANGE, creator.key().as_ref(), &args.index.to_le_bytes()],
        bump,
    )]
    pub exchange: AccountLoader<'info, Exchange>,
    /// Pays for the account and becomes governance.
    #[account(mut)]
    pub creator: Signer<'info>,
    /// The quote token.
    #[account(constraint = quote_mint.decimals == QUOTE_DECIMALS @ BallastError::QuoteDecimals)]
    pub quote_mint: Box<InterfaceAccount<'info, Mint>>,
    /// Creates accounts.
    pub system_program: Program<'info, System>,
}

/// Handles [`create_exchange`](crate::ballast::create_exchange).
pub(crate) fn handler(ctx: Context<CreateExchange>, args: CreateExchangeArgs) -> Result<()> {
    args.parameters.validate().map_err(risk_error)?;
    args.governing.validate().map_err(risk_error)?;
    token::require_supported_mint(ctx.accounts.quote_mint.as_ref().as_ref())?;

    let governance = ctx.accounts.creator.key();
    let quote_mint = ctx.accounts.quote_mint.key();
    let mut exchange = ctx.accounts.exchange.load_init()?;
    exchange.creator = governance;
    exchange.governance = governance;
    exchange.quote_mint = quote_mint;
    exchange.parameters = args.parameters;
    exchange.governing = args.governing;
    (exchange.risk, exchange.listing, exchange.guardian) = (args.risk, args.listing, args.guardian);
    exchange.index = args.index;
    exchange.version = Exchange::LAYOUT_VERSION;
    exchange.bump = ctx.bumps.exchange;

    emit!(ExchangeCreated { exchange: ctx.accounts.exchange.key(), governance, quote_mint });
    Ok(())
}

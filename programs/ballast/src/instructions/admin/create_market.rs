//! Lists an underlying.
//!
//! 1. Checks the price source, the decimals and the risk parameters, and prepares the scenarios.
//! 2. Creates the market at the address derived from exchange and number.
//!
//! The number must be the next one of the exchange, so of two listings under way at once the later one fails.
//!
//! **Authority:** governance.
//!
//! **Errors:** `NotGovernance`, `OracleSourceRefused`, `ParameterOutOfBounds`.

use anchor_lang::prelude::*;
use ballast_risk::quantity::ValueScale;
use ballast_state::{Exchange, LAYOUT_VERSION, Market, MarketParameters, OracleSource, seeds};

use crate::{
    errors::{BallastError, risk_error},
    events::MarketCreated,
    parameters::{self, Listing},
};

/// What to list.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Debug)]
pub struct CreateMarketArgs {
    /// Name of the underlying, UTF-8, padded with zeros.
    pub name: [u8; 16],
    /// Where the index price comes from.
    pub oracle: OracleSource,
    /// Decimals of prices and strikes.
    pub price_decimals: u8,
    /// Decimals of quantities.
    pub quantity_decimals: u8,
    /// Risk parameters.
    pub parameters: MarketParameters,
}

/// Accounts of [`create_market`](crate::ballast::create_market).
#[derive(Accounts)]
#[instruction(number: u16)]
pub struct CreateMarket<'info> {
    /// The exchange, which counts its markets.
    #[account(mut, has_one = governance @ BallastError::NotGovernance)]
    pub exchange: AccountLoader<'info, Exchange>,
    /// Governance; pays for the account.
    #[account(mut)]
    pub governance: Signer<'info>,
    /// The market.
    #[account(
        init,
        payer = governance,
        space = 8 + size_of::<Market>(),
        seeds = [seeds::MARKET, exchange.key().as_ref(), number.to_le_bytes().as_ref()],
        bump,
    )]
    pub market: AccountLoader<'info, Market>,
    /// Creates accounts.
    pub system_program: Program<'info, System>,
}

/// Handles [`create_market`](crate::ballast::create_market).
pub(crate) fn handler(ctx: Context<CreateMarket>, number: u16, args: CreateMarketArgs) -> Result<()> {
    let accounts = &ctx.accounts;
    let next = accounts.exchange.load()?.market_count.checked_add(1).ok_or(BallastError::Overflow)?;
    require_eq!(number, next, BallastError::ParameterOutOfBounds);
    parameters::validate_oracle(&args.oracle, Listing::Market)?;
    ValueScale::new(args.price_decimals, args.quantity_decimals).map_err(risk_error)?;
    let scenarios = parameters::validate_market(&args.parameters)?;

    accounts.exchange.load_mut()?.market_count = number;

    let mut market = accounts.market.load_init()?;
    market.exchange = accounts.exchange.key();
    market.oracle = args.oracle;
    market.name = args.name;
    market.number = number;
    market.price_decimals = args.price_decimals;
    market.quantity_decimals = args.quantity_decimals;
    market.version = LAYOUT_VERSION;
    market.bump = ctx.bumps.market;
    market.parameters = args.parameters;
    market.scenarios = scenarios;

    emit!(MarketCreated { exchange: accounts.exchange.key(), market: accounts.market.key(), number });
    Ok(())
}

//! Lists an underlying.
//!
//! 1. Checks the price sources, the decimals, the risk parameters, the publishers and the correlations.
//! 2. Gives the market the next place in its group.
//! 3. Creates the market at the address derived from exchange and number, and prepares its scenarios for the scan range
//!    that follows from the seed volatility.
//!
//! Trades are taken once its oracle has lived for as long as the exchange asks, which refreshes see.
//!
//! The number must be the next one of the exchange, so of two listings under way at once the later one fails.
//!
//! **Authority:** the listing role.
//!
//! **Errors:** `NotRoleHolder`, `DurableNonce`, `OracleSourceRefused`, `ParameterOutOfBounds`, `PublisherList`,
//! `GroupSlot`, `GroupFull`, `CorrelationsRefused`.

use anchor_lang::prelude::*;
use ballast_risk::{SignedRatio, quantity::ValueScale};
use ballast_state::{
    Exchange, LAYOUT_VERSION, Market, MarketGroup, MarketParameters, OracleSource, exchange::MAX_GROUP_MARKETS, seeds,
};

use crate::{
    errors::{BallastError, risk_error},
    events::MarketCreated,
    governance::{INSTRUCTIONS, require_fresh},
    parameters::{self, Listing},
};

/// What to list.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Debug)]
pub struct CreateMarketArgs {
    /// Name of the underlying, UTF-8, padded with zeros.
    pub name: [u8; 16],
    /// Where the index price comes from.
    pub oracle: OracleSource,
    /// A second source to hold it against, of another feed; of kind 0, and otherwise zero, for none.
    // Boxed, for the frame into which the arguments are read.
    pub second_oracle: Box<OracleSource>,
    /// Decimals of prices and strikes.
    pub price_decimals: u8,
    /// Decimals of quantities.
    pub quantity_decimals: u8,
    /// Slot of the market's group.
    pub group: u8,
    /// Correlations of the price with those of the group's earlier markets, in the order of their places: scale 2^-30.
    pub correlations: Vec<i32>,
    /// Who may post surfaces.
    pub publishers: Vec<Pubkey>,
    /// Risk parameters.
    pub parameters: MarketParameters,
}

/// Accounts of [`create_market`](crate::ballast::create_market).
#[derive(Accounts)]
#[instruction(number: u16)]
pub struct CreateMarket<'info> {
    /// The exchange, which counts its markets.
    #[account(mut, has_one = listing @ BallastError::NotRoleHolder)]
    pub exchange: AccountLoader<'info, Exchange>,
    /// The listing role; pays for the account.
    #[account(mut)]
    pub listing: Signer<'info>,
    /// The market.
    #[account(
        init,
        payer = listing,
        space = 8 + size_of::<Market>(),
        seeds = [seeds::MARKET, exchange.key().as_ref(), number.to_le_bytes().as_ref()],
        bump,
    )]
    pub market: AccountLoader<'info, Market>,
    /// CHECK: The transaction's instructions, shown by the runtime at this address alone.
    #[account(address = INSTRUCTIONS)]
    pub instructions: UncheckedAccount<'info>,
    /// Creates accounts.
    pub system_program: Program<'info, System>,
}

/// Handles [`create_market`](crate::ballast::create_market).
// Apart from its caller: the arguments alone take much of a stack frame's 4 KiB.
#[inline(never)]
pub(crate) fn handler(ctx: Context<CreateMarket>, number: u16, args: CreateMarketArgs) -> Result<()> {
    require_fresh(&ctx.accounts.instructions)?;
    let accounts = &ctx.accounts;
    let next = accounts.exchange.load()?.market_count.checked_add(1).ok_or(BallastError::Overflow)?;
    require_eq!(number, next, BallastError::ParameterOutOfBounds);
    parameters::validate_oracle(&args.oracle, Listing::Market)?;
    parameters::validate_second_oracle(&args.second_oracle, &args.oracle)?;
    ValueScale::new(args.price_decimals, args.quantity_decimals).map_err(risk_error)?;
    args.parameters.validate().map_err(risk_error)?;
    parameters::validate_publishers(&args.publishers, args.parameters.publisher_threshold)?;

    let mut exchange = accounts.exchange.load_mut()?;
    exchange.market_count = number;
    let group = exchange.groups.get_mut(usize::from(args.group)).filter(|group| group.is_open());
    let Some(group) = group else {
        msg!("there is no group in slot {}", args.group);
        return err!(BallastError::GroupSlot);
    };
    let place = join(group, number, &args.correlations)?;

    let mut market = accounts.market.load_init()?;
    market.exchange = accounts.exchange.key();
    market.oracle = args.oracle;
    market.second_oracle = *args.second_oracle;
    market.name = args.name;
    market.number = number;
    market.price_decimals = args.price_decimals;
    market.quantity_decimals = args.quantity_decimals;
    market.version = LAYOUT_VERSION;
    market.bump = ctx.bumps.market;
    market.group = args.group;
    market.group_place = place;
    market.publishers[..args.publishers.len()].copy_from_slice(&args.publishers);
    market.publisher_count = args.publishers.len() as u8;
    market.parameters = args.parameters;
    market.begin_dynamics(&group.parameters).map_err(risk_error)?;
    market.begin_listing(exchange.governing.oracle_life_seconds, Clock::get()?.unix_timestamp);

    emit!(MarketCreated {
        exchange: accounts.exchange.key(),
        market: accounts.market.key(),
        number,
        group: args.group,
        group_place: place,
    });
    Ok(())
}

/// Gives a market the next place in a group.
fn join(group: &mut MarketGroup, number: u16, correlations: &[i32]) -> Result<u8> {
    let before = usize::from(group.market_count);
    if before >= MAX_GROUP_MARKETS {
        msg!("the group has {} markets, and no place for more", before);
        return err!(BallastError::GroupFull);
    }
    if correlations.len() != before {
        msg!("{} correlations came, expected {}", correlations.len(), before);
        return err!(BallastError::CorrelationsRefused);
    }
    let correlations: Vec<SignedRatio> = correlations.iter().copied().map(SignedRatio::from_bits).collect();
    group.add_market(number, &correlations).map_err(|error| {
        msg!("{}", error);
        BallastError::CorrelationsRefused.into()
    })
}

//! Trades contracts between two accounts.

use anchor_lang::prelude::*;
use ballast_risk::{Margin, MicroUsd, Ratio};
use ballast_state::{
    Contract, Exchange, MarginAccount, Market,
    book::MAX_LOTS,
    contract::Mark,
    revaluation::{self, Purpose, Sources},
};

use crate::{
    check::{CheckAccounts, Checker, HeapCopy, require_initial_margin},
    errors::BallastError,
    events::{LegFilled, Traded},
    fill,
};

/// Most legs of one trade.
pub const MAX_LEGS: usize = 8;

/// What to trade.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Debug)]
pub struct TradeArgs {
    /// One to eight legs, filled all or none.
    pub legs: Vec<TradeLeg>,
}

/// One contract of a trade.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug)]
pub struct TradeLeg {
    /// Number of the market.
    pub market: u16,
    /// The contract.
    pub contract: Contract,
    /// Lots that the first account buys from the second; negative: sells to it.
    pub quantity: i64,
    /// Price, ticks.
    pub price: u64,
}

/// Accounts of [`trade`](crate::ballast::trade), followed by the markets and banks of both checks; markets of a leg
/// writable.
#[derive(Accounts)]
pub struct Trade<'info> {
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// One account.
    #[account(
        mut,
        has_one = exchange @ BallastError::WrongExchange,
        constraint = first.load()?.owner == first_owner.key() @ BallastError::NotOwner
    )]
    pub first: AccountLoader<'info, MarginAccount>,
    /// The other account.
    #[account(
        mut,
        dup,
        has_one = exchange @ BallastError::WrongExchange,
        constraint = second.load()?.owner == second_owner.key() @ BallastError::NotOwner,
        constraint = second.key() != first.key() @ BallastError::SameAccount
    )]
    pub second: AccountLoader<'info, MarginAccount>,
    /// Owner of the first account.
    pub first_owner: Signer<'info>,
    /// Owner of the second account.
    pub second_owner: Signer<'info>,
}

/// 1. Fills every leg inside the band around its mark: premiums in cash, the rest through the ledgers.
/// 2. Checks that neither account owes cash, and that both stay small enough to be checked.
/// 3. Checks the margin of both accounts in their mode: initial margin, or neither excess falls.
/// 4. Checks that the value handed over against the marks fits the payer's withdrawal excess: a price away from the
///    mark must not carry out what a withdrawal could not.
///
/// # Errors
/// [`BallastError::LegCount`], what is wrong with a leg, [`BallastError::InsufficientCash`],
/// [`BallastError::CheckTooLarge`], [`BallastError::BelowInitialMargin`], [`BallastError::HandoverExceedsExcess`], or
/// why a check cannot be made.
pub fn handler<'info>(ctx: Context<'info, Trade<'info>>, args: TradeArgs) -> Result<()> {
    require!(!args.legs.is_empty() && args.legs.len() <= MAX_LEGS, BallastError::LegCount);
    let accounts = &ctx.accounts;
    let exchange = accounts.exchange.load()?;
    let mut first = accounts.first.load_mut()?;
    let mut second = accounts.second.load_mut()?;
    let (first_before, second_before) = (HeapCopy::of(&first), HeapCopy::of(&second));
    let sources = CheckAccounts::load(&accounts.exchange.key(), ctx.remaining_accounts)?;
    let mut checker = Checker::new(&exchange, Purpose::Owner)?;

    let mut handed_over = MicroUsd::ZERO;
    for leg in &args.legs {
        let mut market = sources.market_mut(leg.market)?;
        let (filled, handed) = fill_leg(&mut market, leg, &checker, &mut first, &mut second)?;
        handed_over += handed;
        emit!(LegFilled { first: accounts.first.key(), second: accounts.second.key(), ..filled });
    }

    let sources = sources.borrow()?;
    let (first_paid, second_paid) = (handed_over, -handed_over);
    let first_margin = check_side(&mut checker, &first, first_before.get(), &sources, first_paid)?;
    let second_margin = check_side(&mut checker, &second, second_before.get(), &sources, second_paid)?;
    emit!(Traded {
        first: accounts.first.key(),
        second: accounts.second.key(),
        first_cash_before: first_before.get().cash,
        first_cash: first.cash,
        second_cash_before: second_before.get().cash,
        second_cash: second.cash,
        first_equity: first_margin.equity.0,
        first_initial_excess: first_margin.initial_excess.0,
        second_equity: second_margin.equity.0,
        second_initial_excess: second_margin.initial_excess.0,
        handed_over: handed_over.0,
    });
    Ok(())
}

/// Fills one leg. Returns its event, keys left out, and the value that the first account hands over against the mark.
fn fill_leg(
    market: &mut Market,
    leg: &TradeLeg,
    checker: &Checker,
    first: &mut MarginAccount,
    second: &mut MarginAccount,
) -> Result<(LegFilled, MicroUsd)> {
    require!(
        leg.quantity != 0 && leg.quantity.unsigned_abs() <= MAX_LOTS.unsigned_abs(),
        BallastError::QuantityOutOfRange
    );
    let contract = fill::find(&leg.contract, market)?;
    let mark = checker.mark(market, &contract)?;
    require_in_band(market, leg.price, &mark)?;
    let value = fill::value(market, leg.quantity, leg.price)?;
    let handed_over = value - fill::value(market, leg.quantity, mark.price)?;
    let open_before = market.limited_open_interest(&contract);
    let (first_before, second_before) = fill::exchange(market, &contract, first, second, leg.quantity, value)?;
    market.require_open_interest_limit(&contract, open_before).map_err(fill::book_error)?;
    let filled = LegFilled {
        first: Pubkey::default(),
        second: Pubkey::default(),
        market: leg.market,
        kind: leg.contract.kind,
        number: leg.contract.number,
        quantity: leg.quantity,
        price: leg.price,
        mark: mark.price,
        first_before,
        second_before,
    };
    Ok((filled, handed_over))
}

/// Refuses a price too far from the mark: the band is a share of the index, and for options also their vega over some
/// volatility points.
fn require_in_band(market: &Market, price: u64, mark: &Mark) -> Result<()> {
    let share = |bits: u32, of: u64| Ratio::from_bits(bits).of_floor(MicroUsd(of as i64)).0 as u64;
    let parameters = &market.parameters;
    let width = share(parameters.band_price, market.price).saturating_add(share(parameters.band_volatility, mark.vega));
    if price.abs_diff(mark.price) > width {
        msg!("price {} is not within {} of the mark {}", price, width, mark.price);
        return err!(BallastError::OutsideBand);
    }
    Ok(())
}

/// Checks one account after the fills.
fn check_side(
    checker: &mut Checker,
    account: &MarginAccount,
    before: &MarginAccount,
    sources: &impl Sources,
    paid: MicroUsd,
) -> Result<Margin> {
    if account.cash < 0 {
        return Err(error!(BallastError::InsufficientCash).with_values((before.cash, before.cash - account.cash)));
    }
    let margin = checker.margin_within_cap(account, || revaluation::shape(before), sources)?;
    require_initial_margin(&margin, || checker.margin(before, sources))?;
    if paid.0 > 0 && margin.withdrawal_excess.0 < 0 {
        let excess = checker.margin(before, sources)?.withdrawal_excess;
        if excess < paid {
            msg!("{} µUSD handed over against the marks, withdrawal excess {} before", paid.0, excess.0);
            return err!(BallastError::HandoverExceedsExcess);
        }
    }
    Ok(margin)
}

//! Trades contracts between two accounts.

mod side;
mod turnover;

use anchor_lang::prelude::*;
use ballast_state::{Contract, Exchange, MarginAccount, Market, book::MAX_LOTS, contract::Mark, revaluation::Purpose};

use self::{
    side::Side,
    turnover::{Role, Turnover},
};
use crate::{
    check::{CheckAccounts, Checker, HeapCopy},
    errors::{BallastError, check_error},
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
    /// Whether accounts whose maintenance requirement falls ask for a rebate of their fee. Each account that pays one
    /// is then checked as it was before, too.
    pub claims_rebates: bool,
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
    /// One account: the taker.
    #[account(
        mut,
        has_one = exchange @ BallastError::WrongExchange,
        constraint = first.load()?.owner == first_owner.key() @ BallastError::NotOwner
    )]
    pub first: AccountLoader<'info, MarginAccount>,
    /// The other account: the maker.
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

/// 1. Fills every leg inside the band around its mark: premiums in cash, the rest through the ledgers. In a market that is
///    closing, or whose index or surface is not fresh, it must reduce both positions.
/// 2. Checks that neither account owes cash, and that both stay small enough to be checked.
/// 3. Checks the margin of both accounts in their mode, their fees included: initial margin, or neither excess falls. Where
///    a price only serves reductions, neither excess may fall in any case.
/// 4. Checks that the value handed over against the marks fits the payer's withdrawal excess: a price away from the
///    mark must not carry out what a withdrawal could not.
/// 5. Takes the fees, less rebates, out of cash: of the first account as the taker, of the second as the maker. They
///    wait in the market of the first leg, which the trade writes anyway, until somebody sweeps them into the insurance
///    fund.
///
/// # Errors
/// [`BallastError::LegCount`], what is wrong with a leg, [`BallastError::InsufficientCash`],
/// [`BallastError::CheckTooLarge`], [`BallastError::BelowInitialMargin`], [`BallastError::PriceDoubtful`],
/// [`BallastError::HandoverExceedsExcess`], or why a check cannot be made.
pub fn handler<'info>(ctx: Context<'info, Trade<'info>>, args: TradeArgs) -> Result<()> {
    require!(!args.legs.is_empty() && args.legs.len() <= MAX_LEGS, BallastError::LegCount);
    let accounts = &ctx.accounts;
    let exchange = accounts.exchange.load()?;
    let mut first = accounts.first.load_mut()?;
    let mut second = accounts.second.load_mut()?;
    let (first_before, second_before) = (HeapCopy::of(&first), HeapCopy::of(&second));
    let sources = CheckAccounts::load(&accounts.exchange.key(), ctx.remaining_accounts)?;
    let mut checker = Checker::new(&exchange, Purpose::Owner)?;

    let mut turnover = Turnover::new(&exchange, args.claims_rebates);
    for leg in &args.legs {
        let mut market = sources.market_mut(leg.market)?;
        let filled = fill_leg(&mut market, leg, &checker, &mut first, &mut second, &mut turnover)?;
        emit!(LegFilled { first: accounts.first.key(), second: accounts.second.key(), ..filled });
    }

    let borrowed = sources.borrow()?;
    let taker = Side { account: &mut first, before: first_before.get(), role: Role::Taker };
    let taker = taker.check(&turnover, &mut checker, &borrowed)?;
    let maker = Side { account: &mut second, before: second_before.get(), role: Role::Maker };
    let maker = maker.check(&turnover, &mut checker, &borrowed)?;
    drop(borrowed);

    let charged = taker.charged() + maker.charged();
    let mut market = sources.market_mut(args.legs[0].market)?;
    market.fees = market.fees.checked_add_signed(charged.0).ok_or(BallastError::Overflow)?;
    emit!(Traded {
        first: accounts.first.key(),
        second: accounts.second.key(),
        first_cash_before: first_before.get().cash,
        first_cash: first.cash,
        second_cash_before: second_before.get().cash,
        second_cash: second.cash,
        first_equity: (taker.margin.equity - taker.charged()).0,
        first_initial_excess: (taker.margin.initial_excess - taker.charged()).0,
        second_equity: (maker.margin.equity - maker.charged()).0,
        second_initial_excess: (maker.margin.initial_excess - maker.charged()).0,
        handed_over: turnover.handed_over_by(Role::Taker).0,
        first_fee: taker.fee.0,
        first_rebate: taker.rebate.0,
        second_fee: maker.fee.0,
        second_rebate: maker.rebate.0,
    });
    Ok(())
}

/// Fills one leg and adds it to the turnover. Returns its event, keys left out.
fn fill_leg(
    market: &mut Market,
    leg: &TradeLeg,
    checker: &Checker,
    first: &mut MarginAccount,
    second: &mut MarginAccount,
    turnover: &mut Turnover,
) -> Result<LegFilled> {
    require!(
        leg.quantity != 0 && leg.quantity.unsigned_abs() <= MAX_LOTS.unsigned_abs(),
        BallastError::QuantityOutOfRange
    );
    let contract = fill::find(&leg.contract, market)?;
    let (mark, restriction) = checker.mark_of_trade(market, &contract)?;
    require_in_band(market, leg.price, &mark)?;
    let value = fill::value(market, leg.quantity, leg.price)?;
    turnover.add(market, leg, &mark, value, contract.kind.is_option())?;
    let open_before = market.limited_open_interest(&contract);
    let (first_before, second_before) = fill::exchange(market, &contract, first, second, leg.quantity, value)?;
    market.require_open_interest_limit(&contract, open_before).map_err(fill::book_error)?;
    let reduces =
        [is_reduction(first_before, leg.quantity), is_reduction(second_before, leg.quantity.saturating_neg())];
    if market.is_closing() && reduces != [true; 2] {
        return Err(error!(BallastError::MarketClosing).with_values((first_before, second_before)));
    }
    if let Some(refusal) = restriction {
        if reduces != [true; 2] {
            return Err(check_error(refusal));
        }
        turnover.must_reduce = true;
    }
    turnover.note_reductions(reduces);
    Ok(LegFilled {
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
    })
}

/// Whether a change brings a position closer to nothing.
fn is_reduction(before: i64, change: i64) -> bool {
    before.signum() == -change.signum() && change.unsigned_abs() <= before.unsigned_abs()
}

/// Refuses a price too far from the mark.
fn require_in_band(market: &Market, price: u64, mark: &Mark) -> Result<()> {
    let width = mark.band(market);
    if price.abs_diff(mark.price) > width {
        msg!("price {} is not within {} of the mark {}", price, width, mark.price);
        return err!(BallastError::OutsideBand);
    }
    Ok(())
}

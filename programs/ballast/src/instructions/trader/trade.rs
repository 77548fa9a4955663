//! Trades contracts between two accounts.

mod side;
mod turnover;

use anchor_lang::prelude::*;
use ballast_risk::MicroUsd;
use ballast_state::{Exchange, MarginAccount, Market, book::MAX_LOTS, contract::Mark, revaluation::Purpose};

pub use ballast_state::TradeLeg;

use self::{
    side::Side,
    turnover::{Role, Turnover},
};
use crate::{
    check::{CheckAccounts, Checker, HeapCopy},
    errors::{BallastError, authority_error, check_error},
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
    /// Most that the first and the second account pay in fees, rebates taken off, µUSD; the highest number for any.
    pub maximum_fees: [u64; 2],
}

/// Accounts of [`trade`](crate::ballast::trade), followed by the markets and banks of both checks; markets of a leg
/// writable.
#[derive(Accounts)]
pub struct Trade<'info> {
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// One account: the taker.
    #[account(mut, has_one = exchange @ BallastError::WrongExchange)]
    pub first: AccountLoader<'info, MarginAccount>,
    /// The other account: the maker.
    #[account(
        mut,
        dup,
        has_one = exchange @ BallastError::WrongExchange,
        constraint = second.key() != first.key() @ BallastError::SameAccount
    )]
    pub second: AccountLoader<'info, MarginAccount>,
    /// Owner or delegate of the first account.
    pub first_authority: Signer<'info>,
    /// Owner or delegate of the second account.
    pub second_authority: Signer<'info>,
}

/// Trades what both accounts' owners, or their delegates, signed the transaction for: see `execute`.
///
/// # Errors
/// [`BallastError::LegCount`], [`BallastError::NotOwner`], [`BallastError::DelegateRights`], those of `execute`, and
/// [`BallastError::OrderFee`].
pub fn handler<'info>(ctx: Context<'info, Trade<'info>>, args: TradeArgs) -> Result<()> {
    require!(!args.legs.is_empty() && args.legs.len() <= MAX_LEGS, BallastError::LegCount);
    let accounts = &ctx.accounts;
    let exchange = accounts.exchange.load()?;
    let mut first = accounts.first.load_mut()?;
    let mut second = accounts.second.load_mut()?;
    let now = Clock::get()?.unix_timestamp;
    for (account, authority) in [(&mut first, &accounts.first_authority), (&mut second, &accounts.second_authority)] {
        let markets = args.legs.iter().map(|leg| leg.market);
        account.require_trader(authority.key, markets, now).map_err(authority_error)?;
        account.count_change();
    }
    let sources = CheckAccounts::load(&accounts.exchange.key(), ctx.remaining_accounts)?;
    let party = |key, account| Party { key, account, claims_rebates: args.claims_rebates, is_reduce_only: false };
    let parties = [party(accounts.first.key(), &mut *first), party(accounts.second.key(), &mut *second)];
    let executed = execute(&exchange, &sources, &args.legs, parties)?;
    for (fee, most) in executed.charged.into_iter().zip(args.maximum_fees) {
        if fee.0 > 0 && fee.0.unsigned_abs() > most {
            return Err(error!(BallastError::OrderFee).with_values((most, fee.0)));
        }
    }
    Ok(())
}

/// One account of a trade.
pub(crate) struct Party<'a> {
    /// Its address.
    pub key: Pubkey,
    /// The account.
    pub account: &'a mut MarginAccount,
    /// Whether it claims rebates.
    pub claims_rebates: bool,
    /// Whether every leg must bring its position closer to nothing.
    pub is_reduce_only: bool,
}

/// What a trade came to.
pub(crate) struct Executed {
    /// What the legs cost the first account, µUSD; the second received it.
    pub value: MicroUsd,
    /// What first and second account paid in fees, rebates taken off.
    pub charged: [MicroUsd; 2],
}

/// The one way in which two accounts trade, whoever asked for it. The first is the taker, the second the maker.
///
/// 1. Fills every leg inside the band around its mark: premiums in cash, the rest through the ledgers. In a market that is
///    closing or paused, or whose index or surface is not fresh, it must reduce both positions; that of an account which
///    only reduces, anywhere.
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
/// What is wrong with a leg, [`BallastError::OrderNotReducing`], [`BallastError::InsufficientCash`],
/// [`BallastError::CheckTooLarge`], [`BallastError::BelowInitialMargin`], [`BallastError::PriceDoubtful`],
/// [`BallastError::HandoverExceedsExcess`], or why a check cannot be made.
pub(crate) fn execute(
    exchange: &Exchange,
    sources: &CheckAccounts,
    legs: &[TradeLeg],
    [mut first, mut second]: [Party; 2],
) -> Result<Executed> {
    let (first_before, second_before) = (HeapCopy::of(first.account), HeapCopy::of(second.account));
    let mut checker = Checker::new(exchange, Purpose::Owner)?;

    let mut turnover = Turnover::new(exchange);
    for leg in legs {
        let mut market = sources.market_mut(leg.market)?;
        let accounts = (&mut *first.account, &mut *second.account);
        let filled = fill_leg(&mut market, leg, exchange, &checker, accounts, &mut turnover)?;
        if first.is_reduce_only {
            require_reduction(filled.first_before, leg.quantity)?;
        }
        if second.is_reduce_only {
            require_reduction(filled.second_before, leg.quantity.saturating_neg())?;
        }
        emit!(LegFilled { first: first.key, second: second.key, ..filled });
    }

    let borrowed = sources.borrow()?;
    let taker = Side { party: &mut first, before: first_before.get(), role: Role::Taker };
    let taker = taker.check(&turnover, &mut checker, &borrowed)?;
    let maker = Side { party: &mut second, before: second_before.get(), role: Role::Maker };
    let maker = maker.check(&turnover, &mut checker, &borrowed)?;
    drop(borrowed);

    let charged = [taker.charged(), maker.charged()];
    let mut market = sources.market_mut(legs[0].market)?;
    market.fees = market.fees.checked_add_signed((charged[0] + charged[1]).0).ok_or(BallastError::Overflow)?;
    emit!(Traded {
        first: first.key,
        second: second.key,
        first_cash_before: first_before.get().cash,
        first_cash: first.account.cash,
        second_cash_before: second_before.get().cash,
        second_cash: second.account.cash,
        first_equity: (taker.margin.equity - charged[0]).0,
        first_initial_excess: (taker.margin.initial_excess - charged[0]).0,
        second_equity: (maker.margin.equity - charged[1]).0,
        second_initial_excess: (maker.margin.initial_excess - charged[1]).0,
        handed_over: turnover.handed_over_by(Role::Taker).0,
        first_fee: taker.fee.0,
        first_rebate: taker.rebate.0,
        second_fee: maker.fee.0,
        second_rebate: maker.rebate.0,
    });
    Ok(Executed { value: turnover.value, charged })
}

/// Fills one leg and adds it to the turnover. Returns its event, keys left out.
fn fill_leg(
    market: &mut Market,
    leg: &TradeLeg,
    exchange: &Exchange,
    checker: &Checker,
    (first, second): (&mut MarginAccount, &mut MarginAccount),
    turnover: &mut Turnover,
) -> Result<LegFilled> {
    require!(
        leg.quantity != 0 && leg.quantity.unsigned_abs() <= MAX_LOTS.unsigned_abs(),
        BallastError::QuantityOutOfRange
    );
    require!(market.is_open(), BallastError::NotOpen);
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
    let refusal = if market.is_closing() {
        Some(BallastError::MarketClosing)
    } else {
        exchange.pauses_trades(market, checker.moment().now).then_some(BallastError::Paused)
    };
    if let Some(refusal) = refusal.filter(|_| reduces != [true; 2]) {
        return Err(error!(refusal).with_values((first_before, second_before)));
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

/// Refuses a change that does not bring a position closer to nothing.
fn require_reduction(before: i64, change: i64) -> Result<()> {
    if is_reduction(before, change) {
        return Ok(());
    }
    Err(error!(BallastError::OrderNotReducing).with_values((before, change)))
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

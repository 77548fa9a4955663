//! Funding of the perpetual: accrued by `refresh` and `post_perpetual_basis`, paid through `settle_pnl`.

use ballast::{
    LiquidationPlan,
    events::{FundingAccrued, PnlSettled},
};
use ballast_harness::{Exchange, Trader, oracle::USD};
use ballast_risk::Mode;
use ballast_state::{Contract, Market, PositionKind};
use ballast_tests::standard;

/// One bitcoin in lots of the seeded market.
const BITCOIN: i64 = 100_000;
/// One µUSD-dollar.
const DOLLAR: i64 = 1_000_000;
const HOUR: u64 = 3_600;
/// 0.1 % of the index, scale 2^-30.
const BASIS: i32 = ((1_u64 << 30) / 1_000) as i32;

/// A long and a short of one bitcoin at the mark, with the perpetual at a basis of 0.1 %.
fn with_basis() -> (Exchange, Trader, Trader) {
    let mut exchange = standard();
    exchange.post_perpetual_basis("BTC", BASIS).expect("within the limit");
    let long = exchange.trader(Mode::Portfolio, &[("USDC", 50_000 * DOLLAR as u64)]);
    let short = exchange.trader(Mode::Portfolio, &[("USDC", 50_000 * DOLLAR as u64)]);
    exchange.buy(&long, &short, "BTC", Contract::PERPETUAL, BITCOIN);
    (exchange, long, short)
}

fn settle(exchange: &mut Exchange, trader: &Trader) -> PnlSettled {
    let outcome = exchange.settle_pnl(trader, "BTC", PositionKind::Perpetual, 0).expect("the position settles");
    exchange.assert_books_balance();
    outcome.event()
}

/// Eight hours, refreshed every hour.
fn pass_period(exchange: &mut Exchange) {
    for _ in 0..8 {
        exchange.pass_time(HOUR);
        exchange.assert_books_balance();
    }
}

/// Whether an amount of µUSD is this many dollars, to a cent.
fn is_dollars(amount: i64, dollars: i64) -> bool {
    (amount - dollars * DOLLAR).abs() < DOLLAR / 100
}

#[test]
fn funding_moves_equity_from_longs_to_shorts_and_cash_through_settle_pnl() {
    let (mut exchange, long, short) = with_basis();
    let before = [&long, &short].map(|trader| exchange.assess(trader).equity);
    pass_period(&mut exchange);
    let after = [&long, &short].map(|trader| exchange.assess(trader).equity);
    // A bitcoin of 100,000 pays a tenth of a per cent once a period.
    assert!(is_dollars(after[0] - before[0], -100), "{}", after[0] - before[0]);
    assert!(is_dollars(after[1] - before[1], 100), "{}", after[1] - before[1]);
    for (trader, equity) in [&long, &short].into_iter().zip(after) {
        assert_eq!(exchange.preview(trader).equity, equity);
    }
    let cash = exchange.account(&long).cash;
    let paid = settle(&mut exchange, &long);
    assert_eq!((paid.profit, paid.settled), (after[0] - before[0], after[0] - before[0]));
    assert_eq!((paid.cash, paid.pool), (cash + paid.settled, paid.settled.unsigned_abs()));
    assert_eq!(exchange.assess(&long).equity, after[0]);
    // What was received vests as any gain does, and comes out of the same pool.
    settle(&mut exchange, &short);
    exchange.post_perpetual_basis("BTC", 0).expect("within the step");
    exchange.pass_time(86_400);
    let received = settle(&mut exchange, &short);
    assert!(is_dollars(received.settled, 100), "{}", received.settled);
    assert!(received.pool <= 2, "what rounding left stays in the pool: {}", received.pool);
}

#[test]
fn shorts_pay_where_the_perpetual_is_below_the_index() {
    let (mut exchange, long, short) = with_basis();
    exchange.post_perpetual_basis("BTC", -BASIS).expect("within the step");
    let before = [&long, &short].map(|trader| exchange.assess(trader).equity);
    pass_period(&mut exchange);
    let after = [&long, &short].map(|trader| exchange.assess(trader).equity);
    assert!(is_dollars(after[0] - before[0], 100) && is_dollars(after[1] - before[1], -100), "{before:?} {after:?}");
}

#[test]
fn who_opens_later_pays_from_then_on() {
    let (mut exchange, long, short) = with_basis();
    let late = exchange.trader(Mode::Portfolio, &[("USDC", 50_000 * DOLLAR as u64)]);
    pass_period(&mut exchange);
    exchange.buy(&late, &long, "BTC", Contract::PERPETUAL, BITCOIN);
    let index = exchange.market(1).funding_index;
    let [position, closed] = [&late, &long].map(|trader| exchange.account(trader).positions[0]);
    assert_eq!((position.entry_index, closed.quantity, closed.entry_index), (index, 0, index));
    assert!(is_dollars(closed.ledger, -100), "{}", closed.ledger);
    let before = [&late, &long].map(|trader| exchange.assess(trader).equity);
    pass_period(&mut exchange);
    let after = [&late, &long].map(|trader| exchange.assess(trader).equity);
    assert!(is_dollars(after[0] - before[0], -100), "{before:?} {after:?}");
    assert_eq!(after[1], before[1]);
    assert!(is_dollars(settle(&mut exchange, &long).settled, -100));
    assert!(is_dollars(settle(&mut exchange, &short).profit, 200));
}

#[test]
fn a_halt_is_caught_up_for_an_hour_at_most() {
    let (mut exchange, ..) = with_basis();
    let before = exchange.market(1).funding_index;
    exchange.pass_time(10 * HOUR);
    let market = exchange.market(1);
    // A lot is worth a dollar, so a period costs 1,000 µUSD a lot, and an hour of it an eighth.
    let per_lot = (market.funding_index - before) >> Market::FUNDING_BITS;
    assert!((123..=125).contains(&per_lot), "{per_lot}");
    assert_eq!(market.funded_at, exchange.chain.now());
}

#[test]
fn fills_and_second_refreshes_do_not_move_funding() {
    let (mut exchange, long, short) = with_basis();
    exchange.pass_time(60);
    let before = exchange.market(1).funding_index;
    for _ in 0..3 {
        exchange.buy(&short, &long, "BTC", Contract::PERPETUAL, BITCOIN / 4);
        exchange.buy(&long, &short, "BTC", Contract::PERPETUAL, BITCOIN / 4);
        assert!(exchange.refresh_all().events::<FundingAccrued>().is_empty(), "no time has passed");
    }
    assert_eq!(exchange.market(1).funding_index, before);
    exchange.assert_books_balance();
}

#[test]
fn accruals_are_reported_where_the_index_moves() {
    let (mut exchange, ..) = with_basis();
    let before = exchange.market(1).funding_index;
    exchange.chain.advance(60);
    exchange.publish_again();
    let events: Vec<FundingAccrued> = exchange.refresh_all().events();
    // Only one of three markets has a basis.
    assert_eq!(events.len(), 1);
    let market = exchange.market(1);
    assert_eq!(events[0].market, ballast_state::seeds::market(&exchange.address, 1).0);
    assert_eq!((events[0].index_before, events[0].index, events[0].seconds), (before, market.funding_index, 60));
    exchange.chain.advance(30);
    let posted = exchange.post_perpetual_basis("BTC", 0).expect("within the step");
    let events: Vec<FundingAccrued> = posted.events();
    assert_eq!((events.len(), events[0].seconds), (1, 30), "at the basis before");
    exchange.chain.advance(30);
    exchange.publish_again();
    assert!(exchange.refresh_all().events::<FundingAccrued>().is_empty());
}

#[test]
fn a_slice_takes_its_share_of_pending_funding() {
    let (mut exchange, long, _) = with_basis();
    let taker = exchange.trader(Mode::Portfolio, &[("USDC", 200_000 * DOLLAR as u64)]);
    let cash = exchange.account(&long).cash - 21_000 * DOLLAR;
    exchange.withdraw(&long, "USDC", cash as u64).expect("the margin is less");
    pass_period(&mut exchange);
    exchange.set_price("BTC", 93_000 * USD);
    exchange.refresh_all();
    let before = exchange.assess(&long);
    let plan = LiquidationPlan::Slice { fraction: (1 << 28) / 100 };
    exchange.liquidate(&long, &taker, plan).expect("the account is below maintenance margin");
    exchange.assert_books_balance();
    let index = exchange.market(1).funding_index;
    for trader in [&long, &taker] {
        assert_eq!(exchange.account(trader).positions[0].entry_index, index);
    }
    let after = exchange.assess(&long);
    assert!(after.equity < before.equity && after.equity > before.equity - before.equity / 50);
}

//! What both sides signed, and what stands around every trade: prices, sizes, fees, counterparties, margin.

use ballast::{BallastError, TradeLeg};
use ballast_harness::{
    Exchange, Trader, defaults,
    oracle::{Feed, USD},
};
use ballast_risk::Mode;
use ballast_state::{Contract, OptionKind, Order};
use ballast_tests::{assert_refused, standard, tamper};

use super::{BITCOIN, DOLLAR, matched, orders, perpetual, with_orderers};

#[track_caller]
fn assert_match_refused(
    exchange: &mut Exchange,
    error: BallastError,
    taker: (&Trader, &Order),
    maker: (&Trader, &Order),
    units: u32,
) {
    assert_refused(exchange, error, |exchange| matched(exchange, taker, maker, units));
}

#[test]
fn price_beyond_the_limit_of_a_leg_is_refused_on_either_side() {
    let (mut exchange, taker, maker) = with_orderers();
    for side in [1, -1] {
        let mut leg = perpetual(&exchange);
        leg.quantity *= side;
        let taking = exchange.order(&taker, 1, &[leg]);
        let mut resting = exchange.resting_against(&maker, 1, &taking);
        resting.legs[0].price = resting.legs[0].price.wrapping_add_signed(side);
        assert_match_refused(&mut exchange, BallastError::OrderLimit, (&taker, &taking), (&maker, &resting), 1);
        resting.legs[0].price = resting.legs[0].price.wrapping_add_signed(-2 * side);
        let filled = matched(&mut exchange, (&taker, &taking), (&maker, &resting), 1).expect("better than the limit");
        let filled: ballast::events::LegFilled = filled.event();
        assert_eq!(filled.price, resting.legs[0].price);
        for trader in [&taker, &maker] {
            let which = ballast::Cancellation::All;
            exchange.cancel_orders(&trader.wallet, trader, which).expect("the owner cancels");
        }
    }
}

#[test]
fn net_limit_holds_to_the_micro_dollar() {
    let (mut exchange, taker, maker) = with_orderers();
    let expiry = exchange.list_chain("BTC", 30, &[90_000, 110_000]);
    // Odd quantities, so that legs round.
    let legs = [(90_000, OptionKind::Put, 3), (110_000, OptionKind::Call, -7)]
        .map(|(strike, kind, lots)| exchange.leg_at_mark("BTC", exchange.option(&expiry, strike, kind), lots));
    let priced = exchange.order(&taker, 1, &legs);
    let units = 9;
    let resting = Order { size: 100, ..exchange.resting_against(&maker, 1, &priced) };
    let cost: i64 =
        priced.legs.iter().map(|leg| (i64::from(leg.ratio) * i64::from(units) * leg.price as i64).div_euclid(10)).sum();
    assert!(cost < 0);
    let mut taking = Order { size: 100, net_limit: Some(cost.div_euclid(i64::from(units))), ..priced };
    taking.legs.iter_mut().for_each(|leg| leg.price = 0);
    let exact = taking.net_limit.map(|limit| limit * i64::from(units)) == Some(cost);
    if !exact {
        assert_match_refused(&mut exchange, BallastError::OrderLimit, (&taker, &taking), (&maker, &resting), units);
    }
    let stricter = Order { net_limit: taking.net_limit.map(|limit| limit - 1), ..taking.clone() };
    assert_match_refused(&mut exchange, BallastError::OrderLimit, (&taker, &stricter), (&maker, &resting), units);
    let looser = Order { net_limit: taking.net_limit.map(|limit| limit + 1), ..taking };
    matched(&mut exchange, (&taker, &looser), (&maker, &resting), units).expect("within the limit");
    assert_eq!(exchange.account(&taker).cash, 1_000_000 * DOLLAR - cost);
    for limit in [i64::MIN, i64::MAX] {
        let order = Order { nonce: 2, net_limit: Some(limit), ..looser.clone() };
        let outcome = matched(&mut exchange, (&taker, &order), (&maker, &resting), 1);
        assert_eq!(outcome.is_ok(), limit == i64::MAX);
    }
}

#[test]
fn fills_below_the_minimum_are_refused_unless_they_are_the_rest() {
    let (mut exchange, taker, maker) = with_orderers();
    let (taking, resting) = orders(&exchange, &taker, &maker, 10);
    let taking = Order { minimum_fill: 4, ..taking };
    assert_match_refused(&mut exchange, BallastError::OrderBelowMinimum, (&taker, &taking), (&maker, &resting), 3);
    for units in [4, 4, 2] {
        matched(&mut exchange, (&taker, &taking), (&maker, &resting), units).expect("at least four, or the rest");
    }
    let (taking, resting) = (Order { nonce: 2, ..taking }, Order { nonce: 2, minimum_fill: 10, ..resting });
    assert_match_refused(&mut exchange, BallastError::OrderBelowMinimum, (&taker, &taking), (&maker, &resting), 9);
    matched(&mut exchange, (&taker, &taking), (&maker, &resting), 10).expect("all or none");
}

#[test]
fn orders_for_other_contracts_ratios_or_sides_do_not_match() {
    let (mut exchange, taker, maker) = with_orderers();
    let ether = exchange.leg_at_mark("ETH", Contract::PERPETUAL, 1_000);
    let taking = Order { size: 10, ..exchange.order(&taker, 1, &[perpetual(&exchange), ether]) };
    let resting = exchange.resting_against(&maker, 1, &taking);
    let change = |change: fn(&mut Order)| {
        let mut order = resting.clone();
        change(&mut order);
        order
    };
    for order in [
        change(|order| order.legs[0].ratio = -order.legs[0].ratio),
        change(|order| order.legs[1].ratio -= 1),
        change(|order| order.legs[1].market += 1),
        change(|order| order.legs.truncate(1)),
    ] {
        assert_match_refused(&mut exchange, BallastError::OrdersDiffer, (&taker, &taking), (&maker, &order), 2);
    }
    let (taken, made) = (taker.sign(&taking), maker.sign(&resting));
    assert_refused(&mut exchange, BallastError::OrdersDiffer, |exchange| {
        exchange.match_signed((&taker, &taken, 2), (&maker, &made, 3))
    });
    matched(&mut exchange, (&taker, &taking), (&maker, &resting), 2).expect("as it stands it matches");
}

#[test]
fn order_for_a_counterparty_is_matched_with_no_other() {
    let (mut exchange, taker, maker) = with_orderers();
    let other = exchange.orderer(Mode::Portfolio, &[("USDC", 1_000_000 * DOLLAR as u64)]);
    let (taking, resting) = orders(&exchange, &taker, &maker, 10);
    let named = Order { counterparty: Some(other.address()), ..taking.clone() };
    assert_match_refused(&mut exchange, BallastError::OrderCounterparty, (&taker, &named), (&maker, &resting), 1);
    let named = Order { counterparty: Some(other.address()), ..resting.clone() };
    assert_match_refused(&mut exchange, BallastError::OrderCounterparty, (&taker, &taking), (&maker, &named), 1);
    let others = Order { account: other.address(), domain: exchange.order_records(&other).domain, ..taking };
    matched(&mut exchange, (&other, &others), (&maker, &named), 1).expect("it is for this one");
}

#[test]
fn orders_of_one_owner_are_not_matched() {
    let (mut exchange, taker, _) = with_orderers();
    let second = exchange.open_account(&taker.wallet, 1, Mode::Portfolio).expect("it is opened");
    exchange.open_order_records(&second).expect("they are opened");
    exchange.fund(&second, "USDC", 1_000_000 * DOLLAR as u64);
    exchange.deposit(&second, "USDC", 1_000_000 * DOLLAR as u64).expect("the deposit is accepted");
    let (taking, resting) = orders(&exchange, &taker, &second, 10);
    assert_match_refused(&mut exchange, BallastError::SelfTrade, (&taker, &taking), (&second, &resting), 1);
    let same = Order { nonce: 2, account: taker.address(), domain: taking.domain, ..resting };
    assert_match_refused(&mut exchange, BallastError::SameAccount, (&taker, &taking), (&taker, &same), 1);
}

#[test]
fn reduce_only_order_brings_every_leg_closer_to_nothing() {
    let (mut exchange, taker, maker) = with_orderers();
    let (taking, resting) = orders(&exchange, &taker, &maker, 10);
    let reducing = Order { is_reduce_only: true, ..taking.clone() };
    assert_match_refused(&mut exchange, BallastError::OrderNotReducing, (&taker, &reducing), (&maker, &resting), 1);
    exchange.buy(&maker, &taker, "BTC", Contract::PERPETUAL, BITCOIN / 20);
    assert_match_refused(&mut exchange, BallastError::OrderNotReducing, (&taker, &reducing), (&maker, &resting), 6);
    // The maker would reduce, too, but two legs of one order have to.
    let ether = exchange.leg_at_mark("ETH", Contract::PERPETUAL, 1_000);
    let pair = Order { nonce: 2, is_reduce_only: true, ..exchange.order(&taker, 2, &[perpetual(&exchange), ether]) };
    let against = Order { is_reduce_only: false, ..exchange.resting_against(&maker, 2, &pair) };
    assert_match_refused(&mut exchange, BallastError::OrderNotReducing, (&taker, &pair), (&maker, &against), 1);
    let making = Order { is_reduce_only: true, ..resting };
    matched(&mut exchange, (&taker, &reducing), (&maker, &making), 5).expect("both come closer to nothing");
    assert_eq!(exchange.account(&taker).quantity_of(1, ballast_state::PositionKind::Perpetual, 0), 0);
    assert_match_refused(&mut exchange, BallastError::OrderNotReducing, (&taker, &reducing), (&maker, &making), 1);
    // Only the maker's flag stands in the way now.
    matched(
        &mut exchange,
        (&taker, &Order { nonce: 3, ..taking }),
        (&maker, &Order { nonce: 3, is_reduce_only: false, ..making }),
        1,
    )
    .expect("nobody has to reduce");
}

/// A market that charges the table's fees, its coin at 100,000 dollars, and two traders with a million each.
fn with_fees() -> (Exchange, Trader, Trader) {
    let mut exchange = standard();
    let parameters = defaults::with_fees(defaults::major_market());
    exchange.list_market("COIN", Feed::pull([7; 32]), (2, 5), parameters).expect("the market is listed");
    exchange.set_price("COIN", 100_000 * USD);
    exchange.pass_time(1);
    let deposits = [("USDC", 1_000_000 * DOLLAR as u64)];
    let [taker, maker] = [0; 2].map(|_| exchange.orderer(Mode::Portfolio, &deposits));
    (exchange, taker, maker)
}

#[test]
fn fees_beyond_what_an_order_allows_are_refused() {
    let (mut exchange, taker, maker) = with_fees();
    // A thousand dollars a package: three hundredths of a per cent of it for the taker, one for the maker.
    let leg = exchange.leg_at_mark("COIN", Contract::PERPETUAL, BITCOIN / 100);
    let taking = Order { size: 10, maximum_fee: 3 * DOLLAR as u64 + 9, ..exchange.order(&taker, 1, &[leg]) };
    let resting = Order { maximum_fee: DOLLAR as u64 + 9, ..exchange.resting_against(&maker, 1, &taking) };
    for (taking, resting) in [
        (Order { maximum_fee: 3 * DOLLAR as u64 - 10, ..taking.clone() }, resting.clone()),
        (taking.clone(), Order { maximum_fee: DOLLAR as u64 - 10, ..resting.clone() }),
        (Order { maximum_fee: 0, ..taking.clone() }, resting.clone()),
    ] {
        for units in [1, 10] {
            assert_match_refused(&mut exchange, BallastError::OrderFee, (&taker, &taking), (&maker, &resting), units);
        }
    }
    let mut paid = 0;
    for units in [3, 7] {
        let outcome = matched(&mut exchange, (&taker, &taking), (&maker, &resting), units).expect("within the fees");
        let [taken, _]: [ballast::events::OrderFilled; 2] = outcome.events().try_into().ok().expect("two orders");
        paid += taken.fee;
        assert_eq!(taken.fees, paid.unsigned_abs());
    }
    assert!(paid > 2_999_000 && paid.unsigned_abs() <= taking.maximum_fee, "{paid}");
    assert_eq!(exchange.account(&taker).cash, 1_000_000 * DOLLAR - paid);
    exchange.assert_books_balance();
}

#[test]
fn rebates_are_claimed_by_the_order_and_not_by_the_matcher() {
    let (mut exchange, taker, maker) = with_fees();
    exchange.buy(&maker, &taker, "COIN", Contract::PERPETUAL, BITCOIN);
    let leg: TradeLeg = exchange.leg_at_mark("COIN", Contract::PERPETUAL, BITCOIN / 2);
    let taking = Order { claims_rebates: true, ..exchange.order(&taker, 1, &[leg]) };
    let resting = Order { claims_rebates: false, ..exchange.resting_against(&maker, 1, &taking) };
    let outcome = matched(&mut exchange, (&taker, &taking), (&maker, &resting), 1).expect("both reduce");
    let traded: ballast::events::Traded = outcome.event();
    assert!(traded.first_rebate > 0 && traded.second_fee > 0);
    assert_eq!(traded.second_rebate, 0);
}

#[test]
fn rules_of_every_trade_hold_for_orders() {
    let (mut exchange, taker, maker) = with_orderers();
    let (taking, resting) = orders(&exchange, &taker, &maker, 10_000);
    let refused = |exchange: &mut Exchange, error, change: &dyn Fn(&mut Order)| {
        let (mut taking, mut resting) = (taking.clone(), resting.clone());
        change(&mut taking);
        change(&mut resting);
        let units = taking.size.min(10);
        assert_match_refused(exchange, error, (&taker, &taking), (&maker, &resting), units);
    };
    // Two per cent of the index, and a tick.
    refused(&mut exchange, BallastError::OutsideBand, &|order| order.legs[0].price += 200_000);
    refused(&mut exchange, BallastError::OutsideBand, &|order| order.legs[0].price -= 200_000);
    refused(&mut exchange, BallastError::UnknownContract, &|order| order.legs[0].contract.number = 5);
    assert_match_refused(
        &mut exchange,
        BallastError::BelowInitialMargin,
        (&taker, &taking),
        (&maker, &resting),
        10_000,
    );
    let poor = exchange.orderer(Mode::Portfolio, &[("USDC", 100 * DOLLAR as u64)]);
    let small = exchange.resting_against(&poor, 1, &taking);
    assert_match_refused(&mut exchange, BallastError::BelowInitialMargin, (&taker, &taking), (&poor, &small), 10);
    let market = exchange.snapshot().market_address(1);
    tamper(&mut exchange, market, |market: &mut ballast_state::Market| market.parameters.open_interest_limit = 9_000);
    assert_match_refused(&mut exchange, BallastError::OpenInterestLimit, (&taker, &taking), (&maker, &resting), 10);
    exchange.chain.advance(11);
    assert_match_refused(&mut exchange, BallastError::StaleMarket, (&taker, &taking), (&maker, &resting), 1);
}

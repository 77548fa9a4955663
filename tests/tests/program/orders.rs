//! Orders: what `match_orders` fills, and what it refuses.

mod cancelling;
mod delegates;
mod guards;
mod insertion;
mod limits;
mod messages;
mod model;
mod outputs;
mod placed;
mod signatures;

use ballast::{
    TradeLeg,
    events::{LegFilled, OrderFilled, Traded},
};
use ballast_client::order_text;
use ballast_harness::{Exchange, Outcome, Refusal, Trader};
use ballast_risk::Mode;
use ballast_state::{Contract, OptionKind, Order, OrderRole};
use ballast_tests::standard;

/// One bitcoin in lots of the seeded market.
const BITCOIN: i64 = 100_000;
/// One µUSD-dollar.
const DOLLAR: i64 = 1_000_000;

/// A taker and a maker with a million USDC each, who can have orders.
fn with_orderers() -> (Exchange, Trader, Trader) {
    let mut exchange = standard();
    let deposits = [("USDC", 1_000_000 * DOLLAR as u64)];
    let taker = exchange.orderer(Mode::Portfolio, &deposits);
    let maker = exchange.orderer(Mode::Portfolio, &deposits);
    (exchange, taker, maker)
}

/// A hundredth of a bitcoin's perpetual at its mark.
fn perpetual(exchange: &Exchange) -> TradeLeg {
    exchange.leg_at_mark("BTC", Contract::PERPETUAL, BITCOIN / 100)
}

/// A taking order for so many hundredths of a bitcoin's perpetual at the mark, and the resting one against it.
fn orders(exchange: &Exchange, taker: &Trader, maker: &Trader, size: u32) -> (Order, Order) {
    let taking = Order { size, ..exchange.order(taker, 1, &[perpetual(exchange)]) };
    let resting = exchange.resting_against(maker, 1, &taking);
    (taking, resting)
}

/// Signs both orders, and matches so many packages of each.
fn matched(
    exchange: &mut Exchange,
    (taker, taking): (&Trader, &Order),
    (maker, resting): (&Trader, &Order),
    units: u32,
) -> Result<Outcome, Refusal> {
    exchange.match_signed((taker, &taker.sign(taking), units), (maker, &maker.sign(resting), units))
}

#[test]
fn orders_are_filled_at_the_resting_orders_price() {
    let (mut exchange, taker, maker) = with_orderers();
    let (mut taking, resting) = orders(&exchange, &taker, &maker, 200);
    let price = resting.legs[0].price;
    taking.legs[0].price += 5_000;
    let outcome = matched(&mut exchange, (&taker, &taking), (&maker, &resting), 200).expect("the orders match");
    let filled: LegFilled = outcome.event();
    assert_eq!((filled.first, filled.second), (taker.address(), maker.address()));
    assert_eq!((filled.quantity, filled.price), (2 * BITCOIN, price), "the improvement is the taker's");
    for (trader, lots) in [(&taker, 2 * BITCOIN), (&maker, -2 * BITCOIN)] {
        assert_eq!(exchange.account(trader).positions[0].quantity, lots);
    }
    let [taken, made]: [OrderFilled; 2] = outcome.events().try_into().ok().expect("an event for each order");
    for (event, order, trader) in [(&taken, &taking, &taker), (&made, &resting, &maker)] {
        assert_eq!(event.order, ballast_state::order::id(&order.encode().expect("it is an order")));
        assert_eq!((event.account, event.signer, event.nonce), (trader.address(), trader.owner(), 1));
        assert_eq!((event.filled_before, event.filled, event.size), (0, 200, 200));
    }
    assert_eq!((taken.is_taking, taken.cost), (true, 200_000 * DOLLAR));
    assert_eq!((made.is_taking, made.cost), (false, -200_000 * DOLLAR));
    assert_eq!(outcome.event::<Traded>().handed_over, 0);
    exchange.assert_books_balance();
}

#[test]
fn order_is_filled_in_parts_by_several_others() {
    let (mut exchange, taker, maker) = with_orderers();
    let other = exchange.orderer(Mode::Portfolio, &[("USDC", 1_000_000 * DOLLAR as u64)]);
    let (taking, resting) = orders(&exchange, &taker, &maker, 100);
    let another = Order { size: 70, ..exchange.resting_against(&other, 9, &taking) };
    matched(&mut exchange, (&taker, &taking), (&maker, &resting), 30).expect("a part is filled");
    matched(&mut exchange, (&taker, &taking), (&other, &another), 50).expect("another part is filled");
    matched(&mut exchange, (&taker, &taking), (&maker, &resting), 20).expect("the rest is filled");
    assert_eq!(exchange.account(&taker).positions[0].quantity, BITCOIN);
    let filled = |exchange: &Exchange, trader, nonce: usize| exchange.order_records(trader).records[nonce].filled;
    assert_eq!(
        [filled(&exchange, &taker, 1), filled(&exchange, &maker, 1), filled(&exchange, &other, 9)],
        [100, 50, 50]
    );
    exchange.assert_books_balance();
}

#[test]
fn iron_condor_trades_in_one_transaction_at_one_net_price() {
    let (mut exchange, taker, maker) = with_orderers();
    let expiry = exchange.list_chain("BTC", 30, &[80_000, 90_000, 110_000, 120_000]);
    let lots = BITCOIN / 10;
    let legs: Vec<TradeLeg> = [
        (80_000, OptionKind::Put, lots),
        (90_000, OptionKind::Put, -lots),
        (110_000, OptionKind::Call, -lots),
        (120_000, OptionKind::Call, lots),
    ]
    .map(|(strike, kind, lots)| exchange.leg_at_mark("BTC", exchange.option(&expiry, strike, kind), lots))
    .to_vec();
    // Lots times ticks, in µUSD: five and two decimals to six.
    let net: i64 = legs.iter().map(|leg| leg.quantity * leg.price as i64).sum::<i64>() / 10;
    assert!(net < 0, "whoever buys the wings is paid for the body");
    let quote = exchange.order(&taker, 7, &legs);
    let resting = Order { size: 5, ..exchange.resting_against(&maker, 7, &quote) };
    let mut taking = Order { size: 5, net_limit: Some(net), ..quote };
    taking.legs.iter_mut().for_each(|leg| leg.price = 0);
    let text = order_text::describe(&taking, &exchange.snapshot());
    assert!(text.contains("Sells 0.1 BTC 110000 call of Unix second"), "{text}");
    assert!(text.contains("Each package brings at least "), "{text}");
    let outcome = matched(&mut exchange, (&taker, &taking), (&maker, &resting), 5).expect("the condor trades");
    assert_eq!(outcome.events::<LegFilled>().len(), 4);
    assert_eq!(exchange.account(&taker).position_count, 4);
    assert_eq!(exchange.account(&taker).cash, 1_000_000 * DOLLAR - 5 * net);
    assert!(outcome.transaction_bytes <= 1_232);
    exchange.assert_books_balance();
}

#[test]
fn request_for_quote_is_answered_by_an_order_for_one_counterparty_and_taken_in_a_plain_transaction() {
    let (mut exchange, taker, maker) = with_orderers();
    let (taking, mut quote) = orders(&exchange, &taker, &maker, 10);
    quote.counterparty = Some(taker.address());
    let (quote, message) = (maker.sign(&quote), taking.encode().expect("it is an order"));
    let source = ballast_client::OrderSource::Transaction { signer: taker.owner(), message: message.clone() };
    let check = exchange.match_check(&taker, &maker, &message);
    let order = |trader: &Trader, source| ballast_client::MatchedOrder { account: trader.key, units: 10, source };
    let taken = order(&taker, source);
    let made = order(&maker, ballast_client::OrderSource::Signature { instruction: 1, index: 0 });
    let instructions = [
        ballast_client::instructions::verify_signatures(&[&quote]),
        ballast_client::instructions::match_orders(&taken, &made, check),
    ];
    let changes = [&taker, &maker].map(|trader| exchange.account(trader).authorised_changes);
    exchange.chain.send(&instructions, &[&taker.wallet]).expect("the quote is taken");
    assert_eq!(exchange.account(&taker).positions[0].quantity, BITCOIN / 10);
    // The taker signed the transaction, the maker did not choose when.
    let after = [&taker, &maker].map(|trader| exchange.account(trader).authorised_changes);
    assert_eq!(after, [changes[0] + 1, changes[1]]);
    exchange.assert_books_balance();
}

#[test]
fn orders_of_different_packages_match_where_the_lots_do() {
    let (mut exchange, taker, maker) = with_orderers();
    let (taking, mut resting) = orders(&exchange, &taker, &maker, 10);
    resting.legs[0].ratio /= 2;
    resting.size = 100;
    let (taking, resting) = (taker.sign(&taking), maker.sign(&resting));
    exchange.match_signed((&taker, &taking, 10), (&maker, &resting, 20)).expect("ten packages are twenty halves");
    let records = exchange.order_records(&maker);
    assert_eq!((records.records[1].filled, exchange.account(&maker).positions[0].quantity), (20, -BITCOIN / 10));
}

#[test]
fn roles_are_the_orders_and_not_the_matchers() {
    let (mut exchange, taker, maker) = with_orderers();
    let (taking, resting) = orders(&exchange, &taker, &maker, 10);
    for (first, second) in [
        (OrderRole::Resting, OrderRole::Taking),
        (OrderRole::Taking, OrderRole::Taking),
        (OrderRole::Resting, OrderRole::Resting),
    ] {
        let (taking, resting) = (Order { role: first, ..taking.clone() }, Order { role: second, ..resting.clone() });
        ballast_tests::assert_refused(&mut exchange, ballast::BallastError::OrdersDiffer, |exchange| {
            matched(exchange, (&taker, &taking), (&maker, &resting), 10)
        });
    }
}

//! Orders, delegates and the guard of a transaction.

use ballast::Cancellation;
use ballast_client::{OrderSource, instructions};
use ballast_harness::{Exchange, matches::Match};
use ballast_risk::Mode;
use ballast_state::{Contract, Order};
use solana_signer::Signer;

use super::{BITCOIN, DOLLAR, row};
use crate::measurements::InstructionCost;

pub fn measure() -> Vec<InstructionCost> {
    let mut costs = vec![matching(1, "1 leg, two signatures"), matching(4, "4 legs: an iron condor, two signatures")];
    costs.extend(placed());
    costs.extend(rights());
    costs
}

fn matching(legs: usize, call: &'static str) -> InstructionCost {
    let (mut exchange, instructions) = Match { options: 0, legs }.build();
    row("match_orders", call, &exchange.chain.send(&instructions, &[]).expect("the orders match"))
}

/// Records, placed orders and cancellations.
fn placed() -> Vec<InstructionCost> {
    let mut exchange = Exchange::standard();
    let deposits = [("USDC", 1_000_000 * DOLLAR)];
    let maker = exchange.orderer(Mode::Portfolio, &deposits);
    let taker = exchange.trader(Mode::Portfolio, &deposits);
    let opened = exchange.open_order_records(&taker).expect("the records are opened");
    let leg = exchange.leg_at_mark("BTC", Contract::PERPETUAL, BITCOIN);
    let taking = exchange.order(&taker, 1, &[leg]);
    let resting = Order { size: 2, ..exchange.resting_against(&maker, 1, &taking) };
    let placing = exchange.place_order(&taker, &taking).expect("the order is placed");
    exchange.place_order(&maker, &resting).expect("the order is placed");
    let message = taking.encode().expect("it is an order");
    let source = || OrderSource::Placed { nonce: 1 };
    let matched =
        exchange.match_from((&taker, source(), 1), (&maker, source(), 1), &message, &[]).expect("the orders match");
    let removed = exchange.cancel_order(&taker.wallet, &taker, 1).expect("the order is removed");
    let one = Cancellation::One { nonce: 7, expires_at: taking.expires_at };
    let cancelled = exchange.cancel_orders(&taker.wallet, &taker, one).expect("the owner cancels");
    let all = exchange.cancel_orders(&taker.wallet, &taker, Cancellation::All).expect("the owner cancels");
    exchange.pass_time(1);
    let closed = exchange.close_order_records(&taker).expect("the records are closed");
    vec![
        row("match_orders", "1 leg, two placed orders", &matched),
        row("place_order", "1 leg", &placing),
        row("cancel_order", "", &removed),
        row("cancel_orders", "one nonce", &cancelled),
        row("cancel_orders", "all", &all),
        row("open_order_records", "", &opened),
        row("close_order_records", "", &closed),
    ]
}

fn rights() -> [InstructionCost; 2] {
    let mut exchange = Exchange::standard();
    let trader = exchange.trader(Mode::Portfolio, &[("USDC", DOLLAR)]);
    let delegate = exchange.chain.wallet().pubkey();
    let appointed = exchange.set_delegate(&trader, delegate, 60, &[]).expect("the owner appoints");
    let changes = exchange.account(&trader).authorised_changes;
    let guard = instructions::expect_changes(trader.address(), changes);
    let guarded = exchange.chain.send(&[guard], &[]).expect("nothing has changed");
    [row("set_delegate", "no positions", &appointed), row("expect_changes", "", &guarded)]
}

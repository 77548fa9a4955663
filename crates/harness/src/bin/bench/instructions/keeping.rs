//! Instructions that anyone may send.

use ballast::{LiquidationLeg, LiquidationPlan};
use ballast_harness::{Exchange, ExpiryKey, Outcome, Trader, defaults, oracle::USD, shapes::Shape};
use ballast_risk::Mode;
use ballast_state::{Contract, Expiry, OptionKind, PositionKind};

use super::{BITCOIN, DOLLAR, row};
use crate::measurements::InstructionCost;

pub fn measure() -> Vec<InstructionCost> {
    let mut costs = vec![settle_pnl()];
    costs.extend(settlement());
    costs.push(collect_fees());
    costs.extend(liquidations());
    costs.extend(assessments());
    costs
}

fn settle_pnl() -> InstructionCost {
    let (mut exchange, loser, _) = with_loser(99_000);
    let settled = exchange.settle_pnl(&loser, "BTC", PositionKind::Perpetual, 0).expect("the loss is settled");
    row("settle_pnl", "a perpetual's loss", &settled)
}

fn collect_fees() -> InstructionCost {
    let mut exchange = Exchange::standard();
    row("collect_fees", "", &exchange.collect_fees("BTC").expect("sweeping nothing is no error"))
}

/// An expiry with a call and a future, to its end.
fn settlement() -> [InstructionCost; 3] {
    let mut exchange = Exchange::standard();
    let [holder, writer] = [0; 2].map(|_| exchange.trader(Mode::Portfolio, &[("USDC", 100_000 * DOLLAR)]));
    let expiry = exchange.list_chain("BTC", 1, &[100_000]);
    let call = exchange.option(&expiry, 100_000, OptionKind::Call);
    let legs = [exchange.leg_at_mark("BTC", call, BITCOIN), exchange.leg_at_mark("BTC", expiry.future(), BITCOIN)];
    exchange.trade(&holder, &writer, &legs).expect("the trade is accepted");
    exchange.set_price("BTC", 105_000 * USD);
    let begins_at = expiry.expires_at - Expiry::AVERAGING_SECONDS;
    exchange.pass_time((begins_at - exchange.chain.now()) as u64);
    exchange.pass_minutes_until(expiry.expires_at);
    let fixed = exchange.fix_settlement(&expiry).expect("the expiry is over");
    let settled = settle_all(&mut exchange, &expiry, [&writer, &holder]);
    let removed = exchange.remove_expiry(&expiry).expect("nobody holds it");
    [
        row("fix_settlement", "", &fixed),
        row("settle_expired", "a call and a future", &settled),
        row("remove_expiry", "2 series", &removed),
    ]
}

/// Settles everybody; returns what the last one took.
fn settle_all(exchange: &mut Exchange, expiry: &ExpiryKey, traders: [&Trader; 2]) -> Outcome {
    let [_, last] = traders.map(|trader| exchange.settle_expired(trader, expiry).expect("it settles"));
    last
}

fn liquidations() -> [InstructionCost; 3] {
    let legs = LiquidationPlan::Legs {
        legs: vec![LiquidationLeg { market: 1, contract: Contract::PERPETUAL, quantity: BITCOIN / 20 }],
    };
    let slice = LiquidationPlan::Slice { fraction: (1 << 28) / 100 };
    let [legs, slice] = [("1 leg: a perpetual", legs), ("a slice: a perpetual and cash", slice)].map(|(call, plan)| {
        let (mut exchange, victim, liquidator) = with_loser(93_000);
        row("liquidate", call, &exchange.liquidate(&victim, &liquidator, plan).expect("the plan is accepted"))
    });
    [legs, slice, collateral()]
}

/// Collateral bought from a loser who has some.
fn collateral() -> InstructionCost {
    let (mut exchange, victim, liquidator) = with_loser(93_000);
    exchange.fund(&victim, "PYUSD", DOLLAR);
    exchange.deposit(&victim, "PYUSD", DOLLAR).expect("the deposit is accepted");
    let plan = LiquidationPlan::Collateral { bank: exchange.collateral("PYUSD").number, amount: DOLLAR };
    let bought = exchange.liquidate(&victim, &liquidator, plan).expect("the collateral is bought");
    row("liquidate", "collateral: one token", &bought)
}

fn assessments() -> [InstructionCost; 3] {
    let measure = |call, shape: Shape| {
        let (mut exchange, trader) = shape.build(Mode::Portfolio, defaults::group());
        let (_, outcome) = exchange.assess_outcome(&trader);
        row("assess", call, &outcome)
    };
    let (mut exchange, trader) = Shape::options(16, 1, 1).build(Mode::Portfolio, defaults::group());
    let (_, matrix) = exchange.assess_market_outcome(&trader, "BTC").expect("the program assesses the market");
    [
        measure("16 options in one market", Shape::options(16, 1, 1)),
        measure("64 options in two markets and eight expiries", Shape::options(64, 8, 2)),
        row("assess_market", "16 options", &matrix),
    ]
}

/// Somebody with 21,000 USDC who bought a bitcoin at 100,000, somebody with plenty, and the bitcoin at this price.
fn with_loser(price: i64) -> (Exchange, Trader, Trader) {
    let mut exchange = Exchange::standard();
    let loser = exchange.trader(Mode::Portfolio, &[("USDC", 21_000 * DOLLAR)]);
    let seller = exchange.trader(Mode::Portfolio, &[("USDC", 500_000 * DOLLAR)]);
    let other = exchange.trader(Mode::Portfolio, &[("USDC", 200_000 * DOLLAR)]);
    exchange.buy(&loser, &seller, "BTC", Contract::PERPETUAL, BITCOIN);
    exchange.set_price("BTC", price * USD);
    exchange.refresh_all();
    (exchange, loser, other)
}

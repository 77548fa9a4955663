//! The guide to the legs of an account.

use ballast::{LiquidationLeg, LiquidationPlan, events::Liquidated};
use ballast_harness::oracle::USD;
use ballast_risk::Mode;
use ballast_state::{Contract, OptionKind};
use ballast_tests::standard;

use super::{BITCOIN, DOLLAR};

#[test]
fn the_best_leg_frees_what_the_guide_says() {
    let mut exchange = standard();
    let victim = exchange.trader(Mode::Portfolio, &[("USDC", 32_000 * DOLLAR as u64)]);
    let [other, liquidator] = [0; 2].map(|_| exchange.trader(Mode::Portfolio, &[("USDC", 900_000 * DOLLAR as u64)]));
    let expiry = exchange.list_chain("BTC", 30, &[90_000, 110_000]);
    let call = exchange.option(&expiry, 110_000, OptionKind::Call);
    let put = exchange.option(&expiry, 90_000, OptionKind::Put);
    // A short call that the perpetual hedges, a long put that costs nothing, and an exposed ether position.
    exchange.buy(&other, &victim, "BTC", call, BITCOIN);
    exchange.buy(&victim, &other, "BTC", Contract::PERPETUAL, BITCOIN / 3);
    exchange.buy(&victim, &other, "BTC", put, BITCOIN / 10);
    exchange.buy(&other, &victim, "ETH", Contract::PERPETUAL, 1_000);
    exchange.set_price("BTC", 148_000 * USD);
    exchange.refresh_all();

    let ranked = exchange.rank_legs(&victim);
    let per_dollar = |index: usize| ranked[index].freed.0 as f64 / ranked[index].cost.0 as f64;
    assert!((1..ranked.len()).all(|index| per_dollar(index - 1) >= per_dollar(index)), "{ranked:?}");
    // Closing the hedge or the protection would raise the requirement.
    assert!(ranked.iter().all(|leg| leg.contract != put && (leg.market, leg.contract) != (1, Contract::PERPETUAL)));
    let best = ranked[0];
    assert_eq!((best.market, best.contract, best.quantity), (2, Contract::PERPETUAL, -125));
    assert!(ranked.iter().any(|leg| leg.contract == call && leg.quantity == -BITCOIN / 8), "{ranked:?}");

    let leg = LiquidationLeg { market: best.market, contract: best.contract, quantity: best.quantity };
    let plan = LiquidationPlan::Legs { legs: vec![leg] };
    let event: Liquidated = exchange.liquidate(&victim, &liquidator, plan).expect("the leg is taken").event();
    assert_eq!(event.requirement_before - event.requirement, best.freed.0);
    assert!(event.reward + event.insurance <= best.cost.0);
}

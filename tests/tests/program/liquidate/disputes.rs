//! Liquidations while a price is in doubt.

use ballast::{BallastError, LiquidationPlan, events::BankruptcyRecorded};
use ballast_harness::{
    Exchange, Trader, defaults,
    distress::SMALL_SLICE,
    oracle::{Feed, Quote, USD},
};
use ballast_risk::Mode;
use ballast_state::Contract;
use ballast_tests::{assert_each_liquidates, assert_refused};

use super::{BITCOIN, DOLLAR, WHOLE, legs, maintenance_excess};

/// Seconds that a dispute lasts.
const DISPUTE: u64 = 300;

/// Somebody with 21,000 USDC long a bitcoin at 100,000, and a liquidator, where doubtful prices delay liquidations.
fn with_long() -> (Exchange, Trader, Trader) {
    let mut exchange = Exchange::standard_with(defaults::with_disputes());
    let victim = exchange.trader(Mode::Portfolio, &[("USDC", 21_000 * DOLLAR as u64)]);
    let [other, liquidator] = [0; 2].map(|_| exchange.trader(Mode::Portfolio, &[("USDC", 500_000 * DOLLAR as u64)]));
    exchange.buy(&victim, &other, "BTC", Contract::PERPETUAL, BITCOIN);
    (exchange, victim, liquidator)
}

/// A second later the bitcoin's feed says this, in dollars: price, confidence and average. The rest stands.
fn publish(exchange: &mut Exchange, price: i64, confidence: u64, average: i64) {
    publish_after(exchange, 1, price, confidence, average);
}

fn publish_after(exchange: &mut Exchange, seconds: u64, price: i64, confidence: u64, average: i64) {
    exchange.chain.advance(seconds);
    exchange.publish_again();
    let feed = exchange.underlying("BTC").feed.clone();
    let quote = Quote::new(price * USD, exchange.chain.now());
    let confidence = confidence * USD as u64;
    exchange.chain.publish(&feed, &Quote { confidence, average: average * USD, ..quote });
    exchange.refresh_all();
}

#[track_caller]
fn assert_protected(exchange: &mut Exchange, victim: &Trader, liquidator: &Trader) {
    assert!(maintenance_excess(&exchange.assess(victim)) < 0, "below maintenance margin at the index");
    assert_eq!(exchange.liquidation_terms(victim), None);
    for plan in [legs(BITCOIN / 20), SMALL_SLICE] {
        assert_refused(exchange, BallastError::PriceDisputed, |exchange| exchange.liquidate(victim, liquidator, plan));
    }
}

#[track_caller]
fn assert_liquidatable(exchange: &Exchange, victim: &Trader, liquidator: &Trader) {
    assert!(exchange.liquidation_terms(victim).is_some());
    assert_each_liquidates(exchange, victim, liquidator, [legs(BITCOIN / 20), SMALL_SLICE]);
}

#[test]
fn attacker_liquidate_a_healthy_account_at_a_wide_price() {
    let (mut exchange, victim, liquidator) = with_long();
    // 92,000 ± 9,000, where maintenance ends at some 94,300.
    publish(&mut exchange, 92_000, 9_000, 92_000);
    assert_protected(&mut exchange, &victim, &liquidator);
    // As certain as usual, the same price counts.
    publish(&mut exchange, 92_000, 40, 92_000);
    assert_liquidatable(&exchange, &victim, &liquidator);
}

#[test]
fn liquidate_at_a_wide_price_takes_an_account_below_maintenance_at_its_bound() {
    let (mut exchange, victim, liquidator) = with_long();
    exchange.set_price("BTC", 93_000 * USD);
    for _ in 0..60 {
        exchange.pass_time(60);
    }
    // The stable price has followed; 89,000 ± 2,500 leaves nothing to argue about.
    publish(&mut exchange, 89_000, 2_500, 89_000);
    assert_liquidatable(&exchange, &victim, &liquidator);
}

#[test]
fn attacker_liquidate_a_healthy_account_with_a_spike() {
    let (mut exchange, victim, liquidator) = with_long();
    // A fifth in a second: further from the stable price than the scan range of 16 %.
    publish(&mut exchange, 80_500, 40, 80_500);
    assert_protected(&mut exchange, &victim, &liquidator);
    publish(&mut exchange, 100_000, 40, 100_000);
    assert_refused(&mut exchange, BallastError::NotLiquidatable, |exchange| {
        exchange.liquidate(&victim, &liquidator, SMALL_SLICE)
    });
}

#[test]
fn dispute_ends_although_the_feed_stays_as_bad() {
    let (mut exchange, victim, liquidator) = with_long();
    publish(&mut exchange, 92_000, 9_000, 92_000);
    for _ in 0..DISPUTE / 60 {
        assert_protected(&mut exchange, &victim, &liquidator);
        publish_after(&mut exchange, 60, 92_000, 9_000, 92_000);
    }
    assert_liquidatable(&exchange, &victim, &liquidator);
    // It does not begin anew as long as the price is in doubt.
    publish_after(&mut exchange, 600, 91_000, 9_000, 91_000);
    assert_liquidatable(&exchange, &victim, &liquidator);
    // A good publication in between begins it anew; at that moment the account could go.
    publish(&mut exchange, 91_000, 40, 91_000);
    assert_liquidatable(&exchange, &victim, &liquidator);
    publish(&mut exchange, 91_000, 9_000, 91_000);
    assert_protected(&mut exchange, &victim, &liquidator);
}

#[test]
fn dispute_pauses_a_liquidation_that_is_under_way() {
    let (mut exchange, victim, liquidator) = with_long();
    publish(&mut exchange, 92_000, 40, 92_000);
    exchange.liquidate(&victim, &liquidator, legs(BITCOIN / 20)).expect("a liquidation begins");
    publish(&mut exchange, 92_000, 9_000, 92_000);
    assert_protected(&mut exchange, &victim, &liquidator);
    publish(&mut exchange, 92_000, 40, 92_000);
    exchange.liquidate(&victim, &liquidator, legs(BITCOIN / 100)).expect("it goes on");
}

#[test]
fn dispute_protects_the_short_side_at_the_lower_bound() {
    let mut exchange = Exchange::standard_with(defaults::with_disputes());
    let victim = exchange.trader(Mode::Portfolio, &[("USDC", 21_000 * DOLLAR as u64)]);
    let [other, liquidator] = [0; 2].map(|_| exchange.trader(Mode::Portfolio, &[("USDC", 500_000 * DOLLAR as u64)]));
    exchange.buy(&other, &victim, "BTC", Contract::PERPETUAL, BITCOIN);
    publish(&mut exchange, 108_000, 9_000, 108_000);
    assert!(maintenance_excess(&exchange.assess(&victim)) < 0);
    assert_refused(&mut exchange, BallastError::PriceDisputed, |exchange| {
        exchange.liquidate(&victim, &liquidator, legs(-BITCOIN / 20))
    });
    publish(&mut exchange, 108_000, 40, 108_000);
    exchange.liquidate(&victim, &liquidator, legs(-BITCOIN / 20)).expect("the price is certain");
}

#[test]
fn dispute_over_a_bankruptcy_keeps_others_from_paying_for_it() {
    let (mut exchange, victim, liquidator) = with_long();
    publish(&mut exchange, 70_000, 40, 70_000);
    assert!(exchange.assess(&victim).equity < 0, "bankrupt at the index");
    for fraction in [WHOLE, WHOLE / 8] {
        assert_refused(&mut exchange, BallastError::PriceDisputed, |exchange| {
            exchange.resolve_bankruptcy(&victim, &liquidator, fraction)
        });
    }
    assert_refused(&mut exchange, BallastError::BankruptcyUnchanged, |exchange| exchange.record_bankruptcy(&victim));
    assert_protected(&mut exchange, &victim, &liquidator);
    // The fall was real.
    for _ in 0..DISPUTE / 60 {
        publish_after(&mut exchange, 60, 70_000, 40, 70_000);
    }
    let recorded: BankruptcyRecorded = exchange.record_bankruptcy(&victim).expect("it is on record").event();
    assert!(recorded.is_open && recorded.equity < 0);
    assert_liquidatable(&exchange, &victim, &liquidator);
}

#[test]
fn dispute_lasts_longer_over_a_bankruptcy_than_over_an_account_that_can_pay() {
    let (mut exchange, _, liquidator) = with_long();
    let [bankrupt, solvent] = [40_000, 66_000].map(|dollars| {
        let trader = exchange.trader(Mode::Portfolio, &[("USDC", dollars * DOLLAR as u64)]);
        exchange.buy(&trader, &liquidator, "BTC", Contract::PERPETUAL, BITCOIN);
        trader
    });
    // So far that the price stays in doubt, although the scan range widens as far as it goes.
    publish(&mut exchange, 35_000, 40, 35_000);
    let equities = [&bankrupt, &solvent].map(|trader| exchange.assess(trader).equity);
    assert!(equities[0] < 0 && equities[1] > 0, "{equities:?}");
    for minute in 1..=60 {
        let is_over = minute * 60 > DISPUTE;
        for trader in [&bankrupt, &solvent] {
            if is_over && trader.address() == solvent.address() {
                assert_liquidatable(&exchange, trader, &liquidator);
            } else {
                assert_protected(&mut exchange, trader, &liquidator);
            }
        }
        assert_refused(&mut exchange, BallastError::PriceDisputed, |exchange| {
            exchange.resolve_bankruptcy(&bankrupt, &liquidator, WHOLE / 8)
        });
        publish_after(&mut exchange, 60, 35_000, 40, 35_000);
    }
    assert_liquidatable(&exchange, &bankrupt, &liquidator);
    let recorded: BankruptcyRecorded = exchange.record_bankruptcy(&bankrupt).expect("it is on record").event();
    assert!(recorded.is_open);
}

#[test]
fn attacker_liquidate_a_healthy_account_against_the_second_source() {
    let mut exchange = Exchange::standard_with(defaults::with_disputes());
    let feeds = [Feed::pull([50; 32]), Feed::pull([52; 32])];
    let sources = (feeds[0].clone(), Some(feeds[1].clone()));
    exchange.list_market_with("TWO", sources, (2, 5), defaults::major_market()).expect("the market is listed");
    exchange.set_price("TWO", 100_000 * USD);
    exchange.refresh_all();
    let victim = exchange.trader(Mode::Portfolio, &[("USDC", 21_000 * DOLLAR as u64)]);
    let [other, liquidator] = [0; 2].map(|_| exchange.trader(Mode::Portfolio, &[("USDC", 500_000 * DOLLAR as u64)]));
    exchange.buy(&victim, &other, "TWO", Contract::PERPETUAL, BITCOIN);
    // The first source alone says that it fell by a tenth, within the scan range, and is sure of it.
    exchange.chain.advance(1);
    exchange.publish_again();
    let quote = Quote::new(90_000 * USD, exchange.chain.now());
    exchange.chain.publish(&feeds[0], &quote);
    exchange.refresh_all();
    assert!(maintenance_excess(&exchange.assess(&victim)) < 0);
    let plan = exchange.small_leg(&victim, "TWO", Contract::PERPETUAL);
    for plan in [plan.clone(), SMALL_SLICE] {
        assert_refused(&mut exchange, BallastError::PriceDisputed, |exchange| {
            exchange.liquidate(&victim, &liquidator, plan)
        });
    }
    // Nor is there a trade to be had at that price.
    let leg = exchange.leg_at_mark("TWO", Contract::PERPETUAL, 1);
    assert_refused(&mut exchange, BallastError::PriceDoubtful, |exchange| exchange.trade(&liquidator, &other, &[leg]));
    exchange.chain.publish(&feeds[1], &quote);
    exchange.refresh_all();
    exchange.liquidate(&victim, &liquidator, plan).expect("both say so");
    exchange.assert_books_balance();
}

#[test]
fn attacker_liquidate_an_account_by_a_spike_of_its_collateral() {
    let mut exchange = Exchange::standard_with(defaults::with_disputes());
    let victim = exchange.trader(Mode::Portfolio, &[("USDC", 12_000 * DOLLAR as u64), ("SOL", 100_000_000_000)]);
    let [other, liquidator] = [0; 2].map(|_| exchange.trader(Mode::Portfolio, &[("USDC", 500_000 * DOLLAR as u64)]));
    exchange.buy(&victim, &other, "BTC", Contract::PERPETUAL, BITCOIN);
    let spike = |exchange: &mut Exchange, seconds: u64, average: i64| {
        exchange.chain.advance(seconds);
        exchange.publish_again();
        let feed = exchange.collateral("SOL").feed.clone();
        let quote = Quote::new(20 * USD, exchange.chain.now());
        exchange.chain.publish(&feed, &Quote { average: average * USD, ..quote });
        exchange.refresh_all();
    };
    spike(&mut exchange, 1, 200);
    assert!(maintenance_excess(&exchange.assess(&victim)) < 0);
    let bank = exchange.collateral("SOL").number;
    let purchase = LiquidationPlan::Collateral { bank, amount: 1_000_000_000 };
    for plan in [legs(BITCOIN / 20), SMALL_SLICE, purchase.clone()] {
        assert_refused(&mut exchange, BallastError::PriceDisputed, |exchange| {
            exchange.liquidate(&victim, &liquidator, plan)
        });
    }
    for _ in 0..DISPUTE / 30 {
        spike(&mut exchange, 30, 20);
    }
    // The stable price is still far away: nobody buys the deposit at this one, but the account goes in slices and legs.
    assert_refused(&mut exchange, BallastError::PriceDoubtful, |exchange| {
        exchange.liquidate(&victim, &liquidator, purchase)
    });
    for plan in [legs(BITCOIN / 20), SMALL_SLICE] {
        exchange.clone().liquidate(&victim, &liquidator, plan).expect("the dispute is over");
    }
}

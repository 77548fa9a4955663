//! What somebody inserts before a taker's transaction cannot make it worse: it comes out the same, or it is refused.

use anchor_lang::solana_program::instruction::Instruction;
use ballast::{BallastError, LiquidationPlan};
use ballast_client::instructions;
use ballast_harness::{Exchange, Trader, oracle::USD};
use ballast_risk::Mode;
use ballast_state::{Contract, OptionKind, Order};
use ballast_tests::standard;

use super::{BITCOIN, DOLLAR};

/// A taker and a maker with orders for a straddle, an attacker and an accomplice with positions, and a victim to be.
struct Scene {
    exchange: Exchange,
    taker: Trader,
    maker: Trader,
    attacker: Trader,
    accomplice: Trader,
    matching: [Instruction; 2],
}

fn scene() -> Scene {
    let mut exchange = standard();
    let rich = [("USDC", 1_000_000 * DOLLAR as u64)];
    let [taker, maker, attacker, accomplice] = [0; 4].map(|_| exchange.orderer(Mode::Portfolio, &rich));
    let expiry = exchange.list_chain("BTC", 30, &[100_000]);
    let legs = [OptionKind::Call, OptionKind::Put]
        .map(|kind| exchange.leg_at_mark("BTC", exchange.option(&expiry, 100_000, kind), BITCOIN / 10));
    let priced = Order { size: 10, ..exchange.order(&taker, 1, &legs) };
    let resting = exchange.resting_against(&maker, 1, &priced);
    let net = priced.legs.iter().map(|leg| i64::from(leg.ratio) * leg.price as i64 / 10).sum::<i64>();
    let mut taking = Order { net_limit: Some(net), ..priced };
    taking.legs.iter_mut().for_each(|leg| leg.price = 0);
    let (taking, resting) = (taker.sign(&taking), maker.sign(&resting));
    let matching = exchange.matching((&taker, &taking, 10), (&maker, &resting, 10));
    Scene { exchange, taker, maker, attacker, accomplice, matching }
}

/// What the taker has after the match: cash and lots. Nothing if it is refused.
fn outcome(exchange: &mut Exchange, scene: &Scene) -> Result<(i64, Vec<i64>), Option<u32>> {
    exchange.chain.send(&scene.matching, &[]).map_err(|refusal| refusal.code)?;
    let account = exchange.account(&scene.taker);
    Ok((account.cash, account.positions().iter().map(|position| position.quantity).collect()))
}

#[test]
fn what_is_inserted_before_a_match_changes_nothing_of_it() {
    let scene = scene();
    let undisturbed = outcome(&mut scene.exchange.clone(), &scene).expect("the orders match");
    type Insertion<'a> = (&'a str, Box<dyn Fn(&mut Exchange) + 'a>);
    let trade = |exchange: &mut Exchange, lots: i64, off: i64| {
        let mut leg = exchange.leg_at_mark("BTC", Contract::PERPETUAL, lots);
        leg.price = leg.price.wrapping_add_signed(off);
        exchange.trade(&scene.attacker, &scene.accomplice, &[leg]).expect("the trade is accepted");
    };
    let move_to = |exchange: &mut Exchange, price: i64| {
        exchange.set_price("BTC", price);
        exchange.refresh_all();
    };
    let insertions: Vec<Insertion> = vec![
        ("a refresh at the same price", Box::new(|exchange| drop(exchange.refresh_all()))),
        ("a refresh half a per cent up", Box::new(|exchange| move_to(exchange, 100_500 * USD))),
        ("a refresh half a per cent down", Box::new(|exchange| move_to(exchange, 99_500 * USD))),
        (
            "large trades at the edge of the band",
            Box::new(|exchange| {
                trade(exchange, 10 * BITCOIN, 190_000);
                trade(exchange, -20 * BITCOIN, -190_000);
            }),
        ),
        (
            "trades in the options of the package",
            Box::new(|exchange| {
                let market = exchange.market(1);
                let option = Contract::option(0, &market.series[0]);
                let leg = exchange.leg_at_mark("BTC", option, BITCOIN);
                exchange.trade(&scene.attacker, &scene.accomplice, &[leg]).expect("the trade is accepted");
            }),
        ),
        (
            "settlement of everybody's profit",
            Box::new(|exchange| {
                trade(exchange, BITCOIN, 0);
                move_to(exchange, 99_900 * USD);
                let perpetual = ballast_state::PositionKind::Perpetual;
                exchange.settle_pnl(&scene.attacker, "BTC", perpetual, 0).expect("a loss is settled");
            }),
        ),
        (
            "a liquidation",
            Box::new(|exchange| {
                let victim = exchange.trader(Mode::Portfolio, &[("USDC", 20_400 * DOLLAR as u64)]);
                exchange.buy(&victim, &scene.accomplice, "BTC", Contract::PERPETUAL, BITCOIN);
                move_to(exchange, 92_500 * USD);
                let plan = LiquidationPlan::Slice { fraction: 1 << 22 };
                exchange.liquidate(&victim, &scene.attacker, plan).expect("the account may be liquidated");
                move_to(exchange, 100_000 * USD);
            }),
        ),
        ("a sweep of fees", Box::new(|exchange| drop(exchange.collect_fees("BTC")))),
    ];
    for (name, insert) in insertions {
        let mut exchange = scene.exchange.clone();
        insert(&mut exchange);
        match outcome(&mut exchange, &scene) {
            Ok(after) => assert_eq!(after, undisturbed, "{name}"),
            // The mark may have moved so far that the prices signed are outside the band, or the volatility regime.
            Err(code) => panic!("{name}: refused with {code:?}"),
        }
        exchange.assert_books_balance();
    }
}

#[test]
fn marks_that_move_away_refuse_a_match_and_never_worsen_it() {
    let scene = scene();
    for (price, is_refused) in [(97_000, true), (103_000, true), (100_200, false)] {
        let mut exchange = scene.exchange.clone();
        exchange.set_price("BTC", price * USD);
        exchange.refresh_all();
        let found = outcome(&mut exchange, &scene);
        if is_refused {
            // The straddle's legs move apart: one of them leaves its band.
            assert!(matches!(found, Ok(_) | Err(Some(_))));
        }
        if let Ok((cash, lots)) = found {
            let undisturbed = outcome(&mut scene.exchange.clone(), &scene).expect("the orders match");
            assert_eq!((cash, lots), undisturbed);
        }
    }
}

#[test]
fn filling_a_part_ahead_of_the_taker_refuses_the_rest_and_costs_nothing() {
    let scene = scene();
    let mut exchange = scene.exchange.clone();
    // The attacker takes a part of the resting order first.
    let resting = Order::decode(&scene.matching[0].data[message_range(&scene.matching[0], 1)]).expect("it is an order");
    let mut front = exchange.order(&scene.attacker, 1, &[]);
    front.legs = resting.legs.iter().map(|leg| ballast_state::OrderLeg { ratio: -leg.ratio, ..*leg }).collect();
    let made = ballast_client::SignedOrder {
        message: scene.matching[0].data[message_range(&scene.matching[0], 1)].to_vec(),
        signer: scene.maker.owner(),
        signature: scene.maker.sign(&resting).signature,
    };
    let taken = scene.attacker.sign(&front);
    exchange.match_signed((&scene.attacker, &taken, 1), (&scene.maker, &made, 1)).expect("anybody may take it");
    let before = exchange.account(&scene.taker);
    assert_eq!(outcome(&mut exchange, &scene), Err(Some(BallastError::OrderExceeded.into())));
    let after = exchange.account(&scene.taker);
    assert_eq!((before.cash, before.position_count), (after.cash, after.position_count));
}

#[test]
fn guarded_transaction_fails_after_a_liquidation_and_not_after_a_strangers_deeds() {
    let Scene { mut exchange, taker, attacker, matching, .. } = scene();
    let seen = exchange.account(&taker).authorised_changes;
    let guard = instructions::expect_changes(taker.address(), seen);
    exchange.refresh_all();
    exchange.settle_pnl(&attacker, "BTC", ballast_state::PositionKind::Perpetual, 0).expect_err("nothing to settle");
    let [mut verified, matching] = matching;
    // The guard stands first, so the signatures are instruction 2.
    let mut guarded = matching;
    let length = guarded.data.len();
    for place in [length - 2 - 3, length - 2] {
        assert_eq!(guarded.data[place], 1);
        guarded.data[place] = 2;
    }
    verified.accounts.clear();
    exchange.chain.send(&[guard, verified, guarded], &[]).expect("nothing has changed");
}

/// Where the message of a signature stands in an Ed25519 instruction.
fn message_range(instruction: &Instruction, index: usize) -> std::ops::Range<usize> {
    let at = 2 + 14 * index + 8;
    let field = |at: usize| usize::from(u16::from_le_bytes([instruction.data[at], instruction.data[at + 1]]));
    let (start, length) = (field(at), field(at + 2));
    start..start + length
}

//! Prices that are pumped: Mango's incident and its relatives.
//!
//! The oracle is honest here and the market is not: for a while the index really is five times what it was.

use ballast::{BallastError, LiquidationLeg, LiquidationPlan};
use ballast_harness::{Exchange, Trader, defaults, distress::SMALL_SLICE, oracle::USD};
use ballast_risk::Mode;
use ballast_state::{Contract, PositionKind};
use ballast_tests::{assert_refused, standard};

use super::{BITCOIN, DOLLAR, Stakes, wealth, withdraw_what_goes};

const DAY: u64 = 86_400;

/// Two accounts of one attacker that traded two bitcoin with each other, and two honest traders, one of whom has paid a
/// loss of half a million into the pool that the other has not taken out yet.
struct Scene {
    exchange: Exchange,
    long: Trader,
    short: Trader,
    winner: Trader,
    loser: Trader,
}

impl Scene {
    fn new() -> Self {
        Self::on(standard())
    }

    fn on(mut exchange: Exchange) -> Self {
        let [winner, loser] = [(); 2].map(|()| exchange.trader(Mode::Portfolio, &[("USDC", 5_000_000 * DOLLAR)]));
        exchange.buy(&winner, &loser, "BTC", Contract::PERPETUAL, 100 * BITCOIN);
        exchange.set_price("BTC", 105_000 * USD);
        exchange.pass_time(60);
        let [long, short] = [(); 2].map(|()| exchange.trader(Mode::Portfolio, &[("USDC", 60_000 * DOLLAR)]));
        exchange.buy(&long, &short, "BTC", Contract::PERPETUAL, 2 * BITCOIN);
        let mut scene = Self { exchange, long, short, winner, loser };
        for trader in [scene.loser.clone(), scene.winner.clone()] {
            scene.settle(&trader);
        }
        assert_eq!(scene.exchange.market(1).perpetual_pool, 500_000 * DOLLAR);
        scene
    }

    fn stakes(&self) -> Stakes {
        Stakes::before(&self.exchange, &[&self.long, &self.short], &[&self.winner, &self.loser])
    }

    /// Sets the price of the bitcoin after some seconds.
    fn price(&mut self, seconds: u64, dollars: i64) {
        self.exchange.set_price("BTC", dollars * USD);
        self.exchange.pass_time(seconds);
    }

    fn settle(&mut self, trader: &Trader) {
        self.exchange.settle_pnl(trader, "BTC", PositionKind::Perpetual, 0).expect("the position settles");
    }

    /// Takes what can be taken out of the long account.
    fn take(&mut self) {
        let long = self.long.clone();
        self.settle(&long);
        withdraw_what_goes(&mut self.exchange, &long);
    }

    /// Asserts that the winner can have every cent of the gain.
    fn assert_winner_is_paid(mut self) {
        let Self { long, short, winner, loser, .. } = &self;
        for trader in [long, short, loser, winner].map(Trader::clone) {
            self.settle(&trader);
        }
        self.exchange.pass_time(2 * DAY);
        let winner = self.winner.clone();
        self.settle(&winner);
        assert_eq!(self.exchange.account(&winner).cash, 5_500_000 * DOLLAR as i64);
        self.exchange.assert_books_balance();
    }
}

#[test]
fn attack_pump_a_position_held_against_oneself_and_withdraw() {
    let mut scene = Scene::new();
    let stakes = scene.stakes();
    scene.price(30, 525_000);
    let long = scene.long.clone();
    assert!(scene.exchange.assess(&long).equity > 800_000 * DOLLAR as i64, "on paper");
    scene.take();
    assert_refused(&mut scene.exchange, BallastError::BelowWithdrawalExcess, |exchange| {
        exchange.withdraw(&long, "USDC", DOLLAR)
    });
    scene.price(600, 525_000);
    scene.take();
    scene.price(30, 105_000);
    stakes.assert_no_profit(&scene.exchange);
    scene.assert_winner_is_paid();
}

#[test]
fn attack_vest_a_gain_with_two_short_pumps() {
    // A gain vests in a day as long as it lasts. It is looked at twice, and is there both times.
    let mut scene = Scene::new();
    let stakes = scene.stakes();
    scene.price(1, 525_000);
    scene.take();
    scene.price(1, 105_000);
    scene.price(DAY, 105_000);
    scene.price(1, 525_000);
    scene.take();
    scene.price(1, 105_000);
    stakes.assert_no_profit(&scene.exchange);
    scene.assert_winner_is_paid();
}

#[test]
fn attack_realise_a_pumped_gain_against_an_account_that_cannot_pay_it() {
    let mut scene = Scene::new();
    let stakes = scene.stakes();
    scene.price(30, 525_000);
    let (long, short) = (scene.long.clone(), scene.short.clone());
    // The short account owes seven times what it has: it must not buy back from its accomplice.
    let leg = scene.exchange.leg_at_mark("BTC", Contract::PERPETUAL, 2 * BITCOIN);
    // Reductions are all that the price serves for, and who is bankrupt does not even reduce.
    assert_refused(&mut scene.exchange, BallastError::PriceDoubtful, |exchange| exchange.trade(&short, &long, &[leg]));
    scene.price(30, 105_000);
    stakes.assert_no_profit(&scene.exchange);
    scene.assert_winner_is_paid();
}

#[test]
fn attack_realise_a_pumped_gain_against_an_accomplice_who_buys_at_the_top() {
    // The accomplice has initial margin at the top, and would owe far more than that on the way back.
    let mut scene = Scene::new();
    let accomplice = scene.exchange.trader(Mode::Portfolio, &[("USDC", 900_000 * DOLLAR)]);
    let stakes =
        Stakes::before(&scene.exchange, &[&scene.long, &scene.short, &accomplice], &[&scene.winner, &scene.loser]);
    let long = scene.long.clone();
    for seconds in [30, 60, 600, 3_000] {
        scene.price(seconds, 525_000);
        let leg = scene.exchange.leg_at_mark("BTC", Contract::PERPETUAL, 2 * BITCOIN);
        assert_refused(&mut scene.exchange, BallastError::PriceDoubtful, |exchange| {
            exchange.trade(&accomplice, &long, &[leg])
        });
        scene.take();
    }
    scene.price(30, 105_000);
    stakes.assert_no_profit(&scene.exchange);
    scene.assert_winner_is_paid();
}

#[test]
fn attack_realise_a_pumped_gain_by_liquidating_the_accomplice() {
    // The short account is bankrupt at the top: whoever takes its position over there gains all of it on the way back.
    let mut scene = Scene::on(Exchange::standard_with(defaults::with_disputes()));
    let taker = scene.exchange.trader(Mode::Portfolio, &[("USDC", 900_000 * DOLLAR)]);
    let stakes = Stakes::before(&scene.exchange, &[&scene.long, &scene.short, &taker], &[&scene.winner, &scene.loser]);
    let short = scene.short.clone();
    // Solvent accounts are protected for the first five minutes of this, bankrupt ones all along.
    for seconds in [30, 60, 200, 600, 2_700] {
        scene.price(seconds, 525_000);
        let leg = scene.exchange.small_leg(&short, "BTC", Contract::PERPETUAL);
        for plan in [leg, SMALL_SLICE] {
            assert_refused(&mut scene.exchange, BallastError::PriceDisputed, |exchange| {
                exchange.liquidate(&short, &taker, plan)
            });
        }
        assert_refused(&mut scene.exchange, BallastError::PriceDisputed, |exchange| {
            exchange.resolve_bankruptcy(&short, &taker, 1 << 28)
        });
    }
    scene.price(30, 105_000);
    stakes.assert_no_profit(&scene.exchange);
    scene.assert_winner_is_paid();
}

/// What is left to whoever holds the index there for longer than any dispute: the accomplice is liquidated at the top, owes what
/// nobody has, and the deficit is cut from all gains alike. SECURITY.md has the figures.
#[test]
fn attack_hold_the_pump_for_longer_than_any_dispute() {
    let mut scene = Scene::on(Exchange::standard_with(defaults::with_disputes()));
    let taker = scene.exchange.trader(Mode::Portfolio, &[("USDC", 900_000 * DOLLAR)]);
    let owned = |scene: &Scene| {
        [[&scene.long, &scene.short, &taker].as_slice(), &[&scene.winner, &scene.loser]]
            .map(|traders| traders.iter().map(|trader| wealth(&scene.exchange, trader)).sum::<i128>())
    };
    let before = owned(&scene);
    let short = scene.short.clone();
    let leg = LiquidationLeg { market: 1, contract: Contract::PERPETUAL, quantity: -2 * BITCOIN };
    let legs = || LiquidationPlan::Legs { legs: vec![leg] };
    for _ in 0..60 {
        scene.price(60, 525_000);
        assert_refused(&mut scene.exchange, BallastError::PriceDisputed, |exchange| {
            exchange.liquidate(&short, &taker, legs())
        });
    }
    scene.price(60, 525_000);
    scene.exchange.liquidate(&short, &taker, legs()).expect("it goes at the top");
    scene.price(60, 105_000);
    for trader in [&scene.short, &taker, &scene.winner].map(Trader::clone) {
        scene.settle(&trader);
    }
    let rescuer = scene.exchange.trader(Mode::Portfolio, &[("USDC", 1_000_000 * DOLLAR)]);
    // A resolution cuts half of the gains at most, so it takes three, the last one of all that is left.
    for fraction in [1 << 27, 1 << 27, 1 << 28] {
        scene.exchange.resolve_bankruptcy(&short, &rescuer, fraction).expect("gains suffice");
    }
    assert_eq!(scene.exchange.account(&short).position_count, 0);
    scene.exchange.assert_books_balance();
    // Of 840,000 dollars gained at the top; the winner had gained half a million.
    let after = owned(&scene);
    let change = [0, 1].map(|side| (after[side] - before[side]) / i128::from(DOLLAR));
    assert_eq!(change, [283_268, -285_611]);
}

#[test]
fn attack_withdraw_while_the_index_is_lifted_for_a_moment() {
    let mut scene = Scene::new();
    let long = scene.long.clone();
    scene.exchange.fund(&long, "USDC", 100_000 * DOLLAR);
    scene.exchange.deposit(&long, "USDC", 100_000 * DOLLAR).expect("the deposit is accepted");
    for _ in 0..10 {
        scene.price(60, 96_000);
    }
    let stakes = scene.stakes();
    let spare = scene.exchange.withdrawable(&long);
    assert!(spare > 0);
    // A tenth, well within the scan range.
    scene.price(1, 105_000);
    let lifted = scene.exchange.assess(&long).modes[Mode::Portfolio as usize].withdrawal_excess;
    assert!(lifted > spare + 10_000 * DOLLAR as i64, "{spare} {lifted}");
    assert!(scene.exchange.withdrawable(&long) < spare + 100 * DOLLAR as i64);
    assert_refused(&mut scene.exchange, BallastError::BelowWithdrawalExcess, |exchange| {
        exchange.withdraw(&long, "USDC", lifted as u64)
    });
    withdraw_what_goes(&mut scene.exchange, &long);
    scene.price(1, 96_000);
    let after = scene.exchange.assess(&long).modes[Mode::Portfolio as usize];
    assert!(after.withdrawal_excess > -100 * DOLLAR as i64, "{after:?}: what is left carries the position");
    stakes.assert_no_profit(&scene.exchange);
}

#[test]
fn attack_margin_a_position_with_pumped_collateral() {
    let mut exchange = standard();
    let attacker = exchange.trader(Mode::Portfolio, &[("USDC", 21_000 * DOLLAR), ("SOL", 100_000_000_000)]);
    let honest = exchange.trader(Mode::Portfolio, &[("USDC", 500_000 * DOLLAR)]);
    exchange.buy(&attacker, &honest, "BTC", Contract::PERPETUAL, BITCOIN);
    let stakes = Stakes::before(&exchange, &[&attacker], &[&honest]);
    let spare = exchange.assess(&attacker).modes[Mode::Portfolio as usize].withdrawal_excess;
    exchange.set_price("SOL", 2_000 * USD);
    exchange.pass_time(60);
    let pumped = exchange.assess(&attacker).modes[Mode::Portfolio as usize].withdrawal_excess;
    assert!(pumped <= spare + spare / 100, "{pumped}, {spare} before: the stable price hardly moved");
    withdraw_what_goes(&mut exchange, &attacker);
    exchange.set_price("SOL", 200 * USD);
    exchange.pass_time(60);
    let after = exchange.assess(&attacker).modes[Mode::Portfolio as usize];
    assert!(after.maintenance_excess > 0, "{after:?}: what is left carries the position");
    stakes.assert_no_profit(&exchange);
}

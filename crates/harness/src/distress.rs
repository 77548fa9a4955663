//! Accounts of a given shape below maintenance margin, to measure what it takes to liquidate them.

use ballast::{LiquidationLeg, LiquidationPlan};
use ballast_risk::Mode;
use ballast_state::{Contract, GroupParameters};

use crate::{exchange::Exchange, shapes::Shape, trading::Trader};

/// A slice that is small enough for every bound on a single step.
pub const SMALL_SLICE: LiquidationPlan = LiquidationPlan::Slice { fraction: (1 << 28) / 64 };
/// Everything, which only dust allows.
pub const WHOLE: LiquidationPlan = LiquidationPlan::Slice { fraction: 1 << 28 };

impl Exchange {
    /// Closes a part of one position that is small enough for every bound on a single step, and at least a lot.
    ///
    /// # Panics
    /// If the account does not hold the contract.
    pub fn small_leg(&self, victim: &Trader, market: &str, contract: Contract) -> LiquidationPlan {
        let market = self.underlying(market).number;
        let account = self.account(victim);
        let held = account.positions().iter().find(|position| {
            account.markets[usize::from(position.market_slot)].market == market
                && (position.kind, position.number) == (contract.kind, contract.number)
        });
        let held = held.expect("the account holds the contract").quantity;
        let quantity = if held.unsigned_abs() < 20 { held.signum() } else { held / 20 };
        LiquidationPlan::Legs { legs: vec![LiquidationLeg { market, contract, quantity }] }
    }
}

/// An account below maintenance margin, and who may liquidate it.
pub struct Distress {
    /// Their exchange. Its prices are published, and older than a check takes.
    pub exchange: Exchange,
    /// The account below maintenance margin.
    pub victim: Trader,
    /// An account with nothing but cash.
    pub liquidator: Trader,
}

/// µUSD that the liquidator has.
const PLENTY: u64 = 1 << 50;
/// Per cent by which the indices move, the smaller first, until the account is below maintenance margin.
const MOVES: [i64; 12] = [2, -2, 5, -5, 10, -10, 15, -15, 20, -20, -60, -70];

impl Shape {
    /// Opens an account of this shape, takes what it has to spare out of it, and moves the indices until it is below
    /// maintenance margin. Then time passes, so that whoever liquidates has to refresh everything.
    ///
    /// # Panics
    /// If the program refuses, or no move of the indices suffices.
    pub fn distressed(&self, mode: Mode, group: GroupParameters) -> Distress {
        let (mut exchange, victim) = self.build(mode, group);
        let liquidator = exchange.trader(Mode::Portfolio, &[("USDC", PLENTY)]);
        let own = exchange.preview(&victim).modes[mode as usize];
        let spare = own.withdrawal_excess.min(exchange.account(&victim).cash);
        exchange.withdraw(&victim, "USDC", spare as u64).expect("the excess may leave");

        let indices: Vec<(String, i64)> = exchange.underlyings.iter().map(|it| (it.name.clone(), it.price)).collect();
        let is_distressed = MOVES.into_iter().any(|percent| {
            for (name, price) in indices.iter().filter(|(_, price)| *price > 0) {
                exchange.set_price(name, price / 100 * (100 + percent));
            }
            exchange.refresh_all();
            let own = exchange.preview(&victim);
            own.modes[mode as usize].maintenance_excess < 0 && own.equity > 0
        });
        assert!(is_distressed, "no move brings the account below maintenance margin: {:?}", exchange.preview(&victim));
        exchange.chain.advance(MARKS_TOO_OLD);
        exchange.publish_again();
        Distress { exchange, victim, liquidator }
    }
}

/// Seconds after which no check takes a market that was not refreshed.
const MARKS_TOO_OLD: u64 = 15;

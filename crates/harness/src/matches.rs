//! Two signed orders that meet, to measure what their match costs.

use anchor_lang::solana_program::instruction::Instruction;
use ballast::TradeLeg;
use ballast_risk::Mode;
use ballast_state::{Contract, OptionKind, Order};

use crate::exchange::Exchange;

/// Most compute units of the match of a package of four legs between two accounts of sixteen options each.
pub const MATCH_CEILING: u64 = 250_000;

/// A match of two signed orders: a quote with a price per leg for the taker alone, and a taking order with a net limit.
#[derive(Clone, Copy, Debug)]
pub struct Match {
    /// Options that each of the two accounts holds, up to 32 in one market; the legs are among them if there are any.
    pub options: usize,
    /// Legs of the package: options of one expiry, alternately bought and sold.
    pub legs: usize,
}

impl Match {
    /// Makes the accounts, and the two instructions that match their orders whole.
    ///
    /// # Panics
    /// If the program refuses a step on the way.
    pub fn build(&self) -> (Exchange, [Instruction; 2]) {
        let mut exchange = Exchange::standard();
        let rich = [("USDC", 1 << 44)];
        let [taker, maker] = [0; 2].map(|_| exchange.orderer(Mode::Portfolio, &rich));
        let other = exchange.trader(Mode::Portfolio, &rich);
        let places = self.options.max(self.legs) as u64;
        let strikes: Vec<u64> = (0..places).map(|place| 100_000 + 2_000 * place - 1_000 * places).collect();
        let expiry = exchange.list_chain("BTC", 30, &strikes);
        let contract = |exchange: &Exchange, place: usize| -> Contract {
            let kind = if 2 * place < strikes.len() { OptionKind::Put } else { OptionKind::Call };
            exchange.option(&expiry, strikes[place], kind)
        };
        let leg = |exchange: &Exchange, place: usize, lots: i64| -> TradeLeg {
            let lots = if place.is_multiple_of(2) { lots } else { -lots };
            exchange.leg_at_mark("BTC", contract(exchange, place), lots)
        };
        for (trader, lots) in [(&taker, 10_000), (&maker, -5_000)] {
            for places in (0..self.options).collect::<Vec<_>>().chunks(8) {
                let legs: Vec<TradeLeg> = places.iter().map(|&place| leg(&exchange, place, lots)).collect();
                exchange.trade(trader, &other, &legs).expect("the trade is accepted");
            }
        }
        // From the middle of the strikes, or the only ones.
        let first = (strikes.len() - self.legs) / 2;
        let legs: Vec<TradeLeg> = (first..first + self.legs).map(|place| leg(&exchange, place, 1_000)).collect();
        let priced = Order { size: 10, ..exchange.order(&taker, 1, &legs) };
        let resting = exchange.resting_against(&maker, 1, &priced);
        let resting = Order { counterparty: Some(taker.address()), ..resting };
        let mut taking = Order { net_limit: Some(i64::MAX >> 8), ..priced };
        taking.legs.iter_mut().for_each(|leg| leg.price = 0);
        let (taking, resting) = (taker.sign(&taking), maker.sign(&resting));
        let matching = exchange.matching((&taker, &taking, 10), (&maker, &resting, 10));
        (exchange, matching)
    }
}

//! Accounts of a given shape, to measure what their checks cost.

use ballast_client::instructions;
use ballast_risk::Mode;
use ballast_state::{Contract, MarketParameters, OptionKind};

use crate::{
    defaults,
    exchange::{Exchange, ExpiryKey},
    trading::Trader,
};

/// Compute units that the compute budget instruction of every transaction costs.
pub const BUDGET_INSTRUCTION: u64 = 150;

/// What an account holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// Options, spread evenly over the expiries; no two of one strike.
    pub options: usize,
    /// Expiries with a position, spread evenly over the markets.
    pub expiries: usize,
    /// Markets with a position: up to three.
    pub markets: usize,
    /// Whether every market also has a perpetual.
    pub perpetuals: bool,
    /// Whether every expiry also has a future.
    pub futures: bool,
    /// Kinds of collateral beside cash: up to four.
    pub collaterals: usize,
}

const MARKETS: [(&str, u64, u64); 3] = [("BTC", 100_000, 2_000), ("ETH", 4_000, 80), ("SOL", 200, 4)];
const COLLATERALS: [(&str, u64); 4] =
    [("BTC", 100_000_000), ("ETH", 1_000_000_000), ("SOL", 100_000_000_000), ("PYUSD", 1_000_000_000)];

impl Shape {
    /// Options in one market and expiry after another.
    pub fn options(options: usize, expiries: usize, markets: usize) -> Self {
        Self { options, expiries, markets, ..Self::default() }
    }

    /// Opens an exchange and an account of this shape in this mode. Its options are alternately long and short, so
    /// every strike is priced and none cancels.
    ///
    /// # Panics
    /// If the program refuses, or the shape asks for more than there is.
    pub fn build(&self, mode: Mode, parameters: &dyn Fn(MarketParameters) -> MarketParameters) -> (Exchange, Trader) {
        let mut exchange = Exchange::standard_with_markets(defaults::exchange(), parameters);
        let rich: [(&str, u64); 1] = [("USDC", 1 << 45)];
        let maker = exchange.trader(Mode::Portfolio, &rich);
        let trader = exchange.trader(mode, &rich);
        for (bank, amount) in &COLLATERALS[..self.collaterals] {
            exchange.fund(&trader, bank, *amount);
            exchange.deposit(&trader, bank, *amount).expect("the deposit is accepted");
        }
        let mut contracts = Vec::new();
        for (index, (market, centre, step)) in MARKETS.into_iter().enumerate().take(self.markets) {
            let expiries = share(self.expiries, self.markets, index);
            let options = share(self.options, self.markets, index);
            if self.perpetuals {
                contracts.push((market, Contract::PERPETUAL));
            }
            for expiry in 0..expiries {
                let count = share(options, expiries, expiry);
                let strikes: Vec<u64> =
                    (0..count as u64).map(|place| centre + place * step - count as u64 / 2 * step).collect();
                let key = exchange.list_chain(market, 7 * (expiry as i64 + 1), &strikes);
                contracts.extend(self.contracts_of(&exchange, market, &key, &strikes));
            }
        }
        for (batch, legs) in contracts.chunks(8).enumerate() {
            let legs: Vec<_> = legs
                .iter()
                .enumerate()
                .map(|(place, (market, contract))| {
                    exchange.leg_at_mark(market, *contract, if (batch + place) % 2 == 0 { 1 } else { -1 })
                })
                .collect();
            exchange.trade(&trader, &maker, &legs).expect("the trade is accepted");
        }
        (exchange, trader)
    }

    fn contracts_of<'a>(
        &self,
        exchange: &Exchange,
        market: &'a str,
        expiry: &ExpiryKey,
        strikes: &[u64],
    ) -> Vec<(&'a str, Contract)> {
        let future = self.futures.then(|| (market, expiry.future()));
        let option = |(place, &strike): (usize, &u64)| {
            let kind = if place % 2 == 0 { OptionKind::Call } else { OptionKind::Put };
            (market, exchange.option(expiry, strike, kind))
        };
        future.into_iter().chain(strikes.iter().enumerate().map(option)).collect()
    }
}

/// How many of `total` things, spread evenly over `parts`, fall to the part at `index`.
fn share(total: usize, parts: usize, index: usize) -> usize {
    total / parts + usize::from(index < total % parts)
}

impl Exchange {
    /// Compute units of one full check of an account in its own mode, account loading included: what `set_mode` costs
    /// that sets the mode which the account has.
    ///
    /// # Panics
    /// If the program refuses.
    pub fn check_cost(&mut self, trader: &Trader) -> u64 {
        let instruction = instructions::set_mode(&trader.key, self.account(trader).mode(), self.check_of(trader));
        let outcome = self.chain.simulate(&[instruction], &[&trader.wallet]).expect("the account passes its check");
        outcome.compute_units - BUDGET_INSTRUCTION
    }
}

//! The stage: the harness's standard exchange with expiries listed, and a market maker who takes the other side.

use anyhow::Context;
use ballast::TradeLeg;
use ballast_harness::{Exchange, ExpiryKey, Outcome, Trader};
use ballast_risk::Mode;

/// One dollar of a token with six decimals.
pub const USDC: u64 = 1_000_000;

/// An exchange ready to trade.
pub struct Stage {
    /// The exchange.
    pub exchange: Exchange,
    /// Counterparty of every trade.
    pub maker: Trader,
    /// Options on BTC, 30 days away.
    pub btc: ExpiryKey,
    /// Options on ETH, 30 days away.
    pub eth: ExpiryKey,
    /// Options on SOL, 14 days away.
    pub sol_near: ExpiryKey,
    /// Options on SOL, 60 days away.
    pub sol_far: ExpiryKey,
}

impl Stage {
    /// Opens the exchange.
    pub fn open() -> Self {
        let mut exchange = Exchange::standard();
        let btc = exchange.list_chain("BTC", 30, &[90_000, 95_000, 100_000, 110_000]);
        let eth = exchange.list_chain("ETH", 30, &[3_400, 3_600, 4_000, 4_400, 4_600]);
        let sol_near = exchange.list_chain("SOL", 14, &[200]);
        let sol_far = exchange.list_chain("SOL", 60, &[200]);
        let maker = exchange.trader(Mode::Portfolio, &[("USDC", 20_000_000 * USDC)]);
        Self { exchange, maker, btc, eth, sol_near, sol_far }
    }

    /// Trades with the market maker. `what` tells, should the program refuse, which trade it was.
    ///
    /// # Errors
    /// If the program refuses.
    pub fn trade(&mut self, trader: &Trader, legs: &[TradeLeg], what: &str) -> anyhow::Result<Outcome> {
        let maker = self.maker.clone();
        self.exchange.trade(trader, &maker, legs).with_context(|| format!("the program should accept {what}"))
    }
}

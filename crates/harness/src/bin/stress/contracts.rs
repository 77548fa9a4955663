//! What is traded: in each of three underlyings a perpetual, two futures, calls and puts.

use ballast_harness::{Exchange, ExpiryKey};
use ballast_state::{Contract, OptionKind};

/// Underlyings and their prices at the start, dollars.
const UNDERLYINGS: [(&str, u64); 3] = [("BTC", 100_000), ("ETH", 4_000), ("SOL", 200)];
/// Strikes of the near expiry, per cent of the price at the start.
const NEAR_STRIKES: [u64; 5] = [80, 90, 100, 110, 120];
/// Strikes of the far expiry.
const FAR_STRIKES: [u64; 1] = [100];
/// Days to the near and to the far expiry.
const DAYS: [i64; 2] = [30, 90];

/// Call and put of one strike.
#[derive(Clone, Copy)]
pub struct Strike {
    /// The call.
    pub call: Contract,
    /// The put.
    pub put: Contract,
}

/// Everything listed in one market.
#[derive(Clone)]
pub struct Chain {
    /// Name of market and bank.
    pub name: &'static str,
    /// Number of the market.
    pub market: u16,
    /// Near and far expiry.
    pub expiries: [ExpiryKey; 2],
    /// Near strikes: 80, 90, 100, 110 and 120 % of the price at the start.
    pub near: [Strike; 5],
    /// The far strike: 100 %.
    pub far: Strike,
    /// Price at the start, dollars.
    pub dollars: u64,
    lots_per_coin: i64,
}

impl Chain {
    /// Lists the chains of all underlyings.
    pub fn list_all(exchange: &mut Exchange) -> Vec<Self> {
        UNDERLYINGS.into_iter().map(|(name, dollars)| Self::list(exchange, name, dollars)).collect()
    }

    fn list(exchange: &mut Exchange, name: &'static str, dollars: u64) -> Self {
        let strikes = |per_cent: &[u64]| per_cent.iter().map(|share| dollars * share / 100).collect::<Vec<_>>();
        let near = exchange.list_chain(name, DAYS[0], &strikes(&NEAR_STRIKES));
        let far = exchange.list_chain(name, DAYS[1], &strikes(&FAR_STRIKES));
        let strike = |expiry: &ExpiryKey, share: u64| Strike {
            call: exchange.option(expiry, dollars * share / 100, OptionKind::Call),
            put: exchange.option(expiry, dollars * share / 100, OptionKind::Put),
        };
        let underlying = exchange.underlying(name);
        Self {
            name,
            market: underlying.number,
            expiries: [near, far],
            near: NEAR_STRIKES.map(|share| strike(&near, share)),
            far: strike(&far, FAR_STRIKES[0]),
            dollars,
            lots_per_coin: underlying.lots(1),
        }
    }

    /// Lots that are worth about so many dollars of the underlying at the start; at least one.
    pub fn lots(&self, notional: i64) -> i64 {
        (notional * self.lots_per_coin / self.dollars as i64).max(1)
    }

    /// What lots are worth at the start, µUSD.
    pub fn notional(&self, lots: i64) -> i128 {
        i128::from(lots) * i128::from(self.dollars) * 1_000_000 / i128::from(self.lots_per_coin)
    }

    /// Native units of the coin that so many lots stand for.
    pub fn coins(&self, lots: i64, token_decimals: u8) -> u64 {
        let units = i128::from(lots) * 10_i128.pow(u32::from(token_decimals)) / i128::from(self.lots_per_coin);
        u64::try_from(units).unwrap_or(0)
    }
}

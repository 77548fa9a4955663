//! A seeded exchange: markets and banks with their prices.

use anchor_lang::prelude::Pubkey;
use ballast::CreateExchangeArgs;
use ballast_client::instructions;
use ballast_risk::parameters::{BankClass, MarketClass};
use ballast_state::{ExchangeParameters, GroupParameters, OptionKind};
use solana_signer::Signer;

use crate::{
    defaults,
    exchange::{Exchange, ExpiryKey},
    oracle::{Feed, USD, feed_id},
    surfaces::{self, Smile},
    tokens::{SPL_TOKEN, TOKEN_2022},
    transaction::{Outcome, Refusal},
};

/// Pyth's feed of USDC / USD.
pub const USDC_FEED: &str = "eaa020c61cc479712813461ce153894a96a6c00b21ed0cfc2798d1f9a9e9c94a";
/// Pyth's feed of BTC / USD.
pub const BTC_FEED: &str = "e62df6c8b4a85fe1a67db44dc12de5db330f7ac66b72dc658afedf0f4a415b43";
/// Pyth's feed of ETH / USD.
pub const ETH_FEED: &str = "ff61491a931112ddf1bd8147cd1b641375f79f5825126d665480874634fd0ace";
/// Pyth's feed of SOL / USD.
pub const SOL_FEED: &str = "ef0d8b6fda2ceba41da15d4095d1da392a0d2f8ed0c6c7bc0f4cfac8c280b56d";
/// Pyth's feed of PYUSD / USD.
pub const PYUSD_FEED: &str = "c1da1b73d7f01e7ddd54b3766cf7fcd644395ad14f70aa706ec5384c59e76692";

/// An underlying of the standard exchange.
pub struct StandardMarket {
    /// Its name.
    pub name: &'static str,
    /// Pyth's feed of its price.
    pub feed: &'static str,
    /// Decimals of prices and quantities.
    pub decimals: (u8, u8),
    /// Which defaults it is listed with.
    pub class: MarketClass,
    /// Volatility per year at the money.
    pub volatility: f64,
}

/// A collateral token of the standard exchange.
pub struct StandardBank {
    /// Its name.
    pub name: &'static str,
    /// Pyth's feed of its price.
    pub feed: &'static str,
    /// Decimals of the token.
    pub decimals: u8,
    /// The token's program.
    pub program: Pubkey,
    /// Which defaults it is listed with.
    pub class: BankClass,
}

/// The markets of the standard exchange, all in one group.
pub const MARKETS: [StandardMarket; 3] = [
    StandardMarket { name: "BTC", feed: BTC_FEED, decimals: (2, 5), class: MarketClass::Major, volatility: 0.5 },
    StandardMarket { name: "ETH", feed: ETH_FEED, decimals: (2, 4), class: MarketClass::Major, volatility: 0.65 },
    StandardMarket { name: "SOL", feed: SOL_FEED, decimals: (4, 2), class: MarketClass::Volatile, volatility: 0.8 },
];

/// The banks of the standard exchange, that of the quote token first.
pub const BANKS: [StandardBank; 5] = [
    StandardBank { name: "USDC", feed: USDC_FEED, decimals: 6, program: SPL_TOKEN, class: BankClass::Stablecoin },
    StandardBank { name: "BTC", feed: BTC_FEED, decimals: 8, program: SPL_TOKEN, class: BankClass::Major },
    StandardBank { name: "ETH", feed: ETH_FEED, decimals: 8, program: SPL_TOKEN, class: BankClass::Major },
    StandardBank { name: "SOL", feed: SOL_FEED, decimals: 9, program: SPL_TOKEN, class: BankClass::Medium },
    StandardBank { name: "PYUSD", feed: PYUSD_FEED, decimals: 6, program: TOKEN_2022, class: BankClass::Stablecoin },
];

/// Prices at the start, units of 10^-8 USD.
pub const PRICES: [(&str, i64); 5] =
    [("USDC", USD), ("BTC", 100_000 * USD), ("ETH", 4_000 * USD), ("SOL", 200 * USD), ("PYUSD", USD)];

impl Exchange {
    /// An exchange with its quote bank, "USDC", and nothing else.
    pub fn new() -> Self {
        Self::opened(defaults::exchange())
    }

    /// [`Exchange::new`] with parameters of one's own.
    ///
    /// # Panics
    /// If the program refuses.
    pub fn opened(parameters: ExchangeParameters) -> Self {
        let mut exchange = Self::unopened();
        let governance = exchange.governance.clone();
        let creation = CreateExchangeArgs { parameters, ..exchange.creation() };
        let creator = governance.pubkey();
        let instruction = instructions::create_exchange(creator, exchange.quote.token.mint, creation);
        exchange.chain.send(&[instruction], &[&governance]).expect("the exchange is created");
        let quote = exchange.quote.clone();
        let feed = Feed::pull(feed_id(USDC_FEED));
        exchange.list_bank("USDC", &quote, feed, defaults::stable_bank(), 0).expect("the quote bank is listed");
        exchange
    }

    /// An exchange with markets in BTC, ETH and SOL, all in one group, banks for USDC, BTC, ETH, SOL (SPL Token) and PYUSD (Token-2022),
    /// and fresh prices. No expiries yet.
    pub fn standard() -> Self {
        Self::standard_with(defaults::exchange())
    }

    /// [`Exchange::standard`] with parameters of one's own.
    ///
    /// # Panics
    /// If the program refuses.
    pub fn standard_with(parameters: ExchangeParameters) -> Self {
        Self::standard_in(parameters, defaults::group())
    }

    /// [`Exchange::standard_with`], all markets in a group with parameters of one's own.
    ///
    /// # Panics
    /// If the program refuses.
    pub fn standard_in(parameters: ExchangeParameters, group: GroupParameters) -> Self {
        let mut exchange = Self::opened(parameters);
        exchange.create_group(0, group).expect("the group is opened");
        for StandardMarket { name, feed, decimals, class, .. } in MARKETS {
            let feed = Feed::pull(feed_id(feed));
            exchange.list_market(name, feed, decimals, defaults::market(class)).expect("the market is listed");
        }
        for StandardBank { name, feed, decimals, program, class } in BANKS.into_iter().skip(1) {
            let mint = exchange.chain.mint(decimals, program, &[]);
            let market = exchange.underlyings.iter().find(|market| market.name == name).map_or(0, |found| found.number);
            let feed = Feed::pull(feed_id(feed));
            exchange.list_bank(name, &mint, feed, defaults::bank(class), market).expect("the bank is listed");
        }
        for (name, price) in PRICES {
            exchange.set_price(name, price);
        }
        exchange.refresh_all();
        exchange
    }

    /// The smile that the harness posts for a market.
    pub fn smile(&self, market: &str) -> Smile {
        let known = MARKETS.iter().find(|known| known.name == market);
        Smile::new(known.map_or(0.7, |known| known.volatility))
    }

    /// Lists an expiry `days` from now at 08:00 UTC, posts its surface, and lists calls and puts at these strikes (whole
    /// dollars). Returns the expiry; contracts come from [`Exchange::option`].
    ///
    /// # Panics
    /// If the program refuses.
    pub fn list_chain(&mut self, market: &str, days: i64, strikes: &[u64]) -> ExpiryKey {
        let expires_at = (self.chain.now() / 86_400 + days) * 86_400 + 8 * 3_600;
        self.list_chain_at(market, expires_at, strikes)
    }

    /// [`Exchange::list_chain`] with an expiry at any second.
    ///
    /// # Panics
    /// If the program refuses.
    pub fn list_chain_at(&mut self, market: &str, expires_at: i64, strikes: &[u64]) -> ExpiryKey {
        let expiry = self.list_expiry(market, expires_at).expect("the expiry is listed");
        let surface = self.smile(market).surface(expires_at - self.chain.now());
        self.post_surface(&expiry, surface).expect("the surface is posted");
        for &strike in strikes {
            let ticks = self.underlying(market).ticks(strike);
            for kind in [OptionKind::Call, OptionKind::Put] {
                self.list_series(&expiry, ticks, kind).expect("the series is listed");
            }
        }
        expiry
    }

    /// Posts a smile with another volatility for an expiry, in as many posts as the step from post to post asks for.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn post_smile(&mut self, expiry: &ExpiryKey, smile: Smile) -> Result<Outcome, Refusal> {
        // A little less than the 10 % that a post may change.
        const STEP: f64 = 0.099;
        loop {
            let posted = self.market(expiry.market).expiries[usize::from(expiry.slot)];
            let seconds = expiry.expires_at - self.chain.now();
            if posted.posted_at == 0 {
                return self.post_surface(expiry, smile.surface(seconds));
            }
            let before = surfaces::volatility_of(posted.theta, posted.surface_seconds());
            let volatility = surfaces::next_volatility(before, smile.volatility, STEP);
            let outcome = self.post_surface(expiry, Smile { volatility, ..smile }.surface(seconds))?;
            if volatility == smile.volatility {
                return Ok(outcome);
            }
        }
    }

    /// Posts the surfaces of all running expiries again, as publishers do.
    ///
    /// # Panics
    /// If the program refuses.
    pub fn post_surfaces_again(&mut self) {
        let now = self.chain.now();
        for underlying in self.underlyings.clone() {
            let smile = self.smile(&underlying.name);
            let mut expiries: Vec<ExpiryKey> = (0_u8..)
                .zip(&self.market(underlying.number).expiries)
                .filter(|(_, expiry)| expiry.number != 0 && expiry.expires_at > now)
                .map(|(slot, expiry)| ExpiryKey {
                    market: underlying.number,
                    slot,
                    number: expiry.number,
                    expires_at: expiry.expires_at,
                })
                .collect();
            // Variance falls as time passes: with the nearest expiry first, calendar order holds at every step.
            expiries.sort_unstable_by_key(|expiry| expiry.expires_at);
            for expiry in expiries {
                let surface = smile.surface(expiry.expires_at - now);
                self.post_surface(&expiry, surface).expect("the surface is posted");
            }
        }
    }
}

impl Default for Exchange {
    fn default() -> Self {
        Self::new()
    }
}

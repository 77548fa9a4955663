//! What oracles and publishers do while the market breaks.
#![allow(clippy::float_arithmetic)]

use ballast::TradeLeg;
use ballast_client::instructions;
use ballast_harness::{
    ExpiryKey,
    oracle::{Quote, USD},
    surfaces::{self, Smile},
};

use crate::{
    contracts::Chain,
    random::Random,
    scenarios::Scenario,
    world::{LINEAR, World},
};

/// Slots from one publication of the oracles to the next.
pub const PUBLICATION_SLOTS: u64 = 10;
/// Slots from one round of the publishers' posts to the next.
const POST_SLOTS: u64 = 25;
/// How far the underlyings fall when BTC falls by one, hundredths.
const BETAS: [i64; 3] = [100, 105, 110];
/// Largest deviation from the path while prices fall, hundredths of a per cent.
const NOISE: i64 = 30;
/// A wide confidence: this many millionths of the price. The program accepts up to 2 %.
const WIDE_CONFIDENCE: u64 = 15_000;
/// A little less than the 10 % by which a post may change the volatility.
const STEP: f64 = 0.099;
/// A little less than the doubling that a day allows.
const DOUBLED: f64 = 1.98;

/// Farthest that sales push a price, of the price at the start.
const FARTHEST: f64 = 0.3;

/// Oracles, the keeper who refreshes, and the publishers of the surfaces.
pub struct Prices<'a> {
    scenario: &'a Scenario,
    random: Random,
    /// Volatility last posted for each expiry, by chain.
    posted: Vec<[f64; 2]>,
    /// What traders hold of perpetuals and futures at the start, lots, by chain.
    held: Vec<i64>,
    /// How far sales have pushed each price below the path, of the price at the start.
    pushed: Vec<f64>,
    /// Lowest price of BTC so far as a share of the price at the start, hundredths of a per cent, noise aside.
    lowest: i64,
}

impl<'a> Prices<'a> {
    /// Prices of a scenario; the noise follows from the seed.
    pub fn new(scenario: &'a Scenario, seed: u64, world: &World, traders: usize) -> Self {
        let posted = world.chains.iter().map(|chain| [world.exchange.smile(chain.name).volatility; 2]).collect();
        let held = world.chains.iter().map(|chain| world.linear_lots(chain.market, traders)).collect();
        let pushed = vec![0.0; world.chains.len()];
        Self { scenario, random: Random::new(seed), posted, held, pushed, lowest: 10_000 }
    }

    /// Lets sales push prices, from the next publication on. Options do not: what hedging them would sell is left out.
    pub fn absorb(&mut self, world: &World, sold: &[TradeLeg]) {
        let Some(impact) = self.scenario.impact else { return };
        for leg in sold.iter().filter(|leg| LINEAR.contains(&leg.contract.kind)) {
            if let Some(index) = world.chains.iter().position(|chain| chain.market == leg.market) {
                let share = -leg.quantity as f64 / self.held[index].max(1) as f64;
                self.pushed[index] = (self.pushed[index] + impact.depth * share).clamp(-FARTHEST, FARTHEST);
            }
        }
    }

    /// The scenario.
    pub fn scenario(&self) -> &'a Scenario {
        self.scenario
    }

    /// Lowest price of BTC so far as a share of the price at the start, hundredths of a per cent.
    pub fn lowest(&self) -> i64 {
        self.lowest
    }

    /// Publishes, refreshes and posts what is due `slot` slots after the start. Returns whether anything that margins
    /// depend on may have changed.
    pub fn advance(&mut self, world: &mut World, slot: u64) -> bool {
        let is_due = slot.is_multiple_of(PUBLICATION_SLOTS);
        if is_due {
            self.publish(world, slot);
            let refresh = instructions::refresh(world.exchange.address, &world.exchange.priced(), true);
            world.send(refresh, &[]).expect("a refresh passes over what it refuses");
        }
        let posts = slot.is_multiple_of(POST_SLOTS);
        if posts {
            self.post(world, slot);
        }
        if is_due || posts {
            world.reload_prices();
        }
        is_due || posts
    }

    fn publish(&mut self, world: &mut World, slot: u64) {
        let now = world.exchange.chain.now();
        for name in ["USDC", "PYUSD"] {
            let feed = world.exchange.collateral(name).feed.clone();
            world.exchange.chain.publish(&feed, &Quote::new(USD, now));
        }
        if !self.scenario.publishes(slot) {
            return;
        }
        let falls = 0 < slot && slot < self.scenario.ends_at();
        let memory = self.scenario.impact.map_or(0.0, |impact| impact.memory);
        for (index, (chain, beta)) in world.chains.clone().iter().zip(BETAS).enumerate() {
            let noise = if falls { self.random.around_zero(NOISE) } else { 0 };
            let quiet = 10_000 - self.scenario.fall(slot) * beta / 100 - (self.pushed[index] * 10_000.0) as i64;
            self.pushed[index] *= memory;
            if index == 0 {
                self.lowest = self.lowest.min(quiet);
            }
            let left = quiet + noise;
            let price = chain.dollars as i64 * USD / 10_000 * left;
            let quote = Quote::new(price, now);
            let confidence = if self.scenario.is_wide(slot) {
                price.unsigned_abs() / 1_000_000 * WIDE_CONFIDENCE
            } else {
                quote.confidence
            };
            let feed = world.exchange.underlying(chain.name).feed.clone();
            world.exchange.chain.publish(&feed, &Quote { confidence, ..quote });
        }
    }

    /// Posts every surface: each volatility a step nearer to where the deepest fall so far puts it. It does not come down
    /// when prices recover.
    fn post(&mut self, world: &mut World, slot: u64) {
        let progress = self.scenario.deepest_fall(slot) as f64 / self.scenario.deepest_fall(u64::MAX).max(1) as f64;
        for (index, Chain { name, expiries, .. }) in world.chains.clone().into_iter().enumerate() {
            let calm = world.exchange.smile(name);
            let wanted = calm.volatility * (1.0 + (DOUBLED - 1.0) * progress);
            for (place, expiry) in expiries.iter().enumerate() {
                let volatility = surfaces::next_volatility(self.posted[index][place], wanted, STEP);
                self.posted[index][place] = volatility;
                post(world, expiry, Smile { volatility, ..calm });
            }
        }
    }
}

fn post(world: &mut World, expiry: &ExpiryKey, smile: Smile) {
    let seconds = expiry.expires_at - world.exchange.chain.now();
    world.exchange.post_surface(expiry, smile.surface(seconds)).expect("the program accepts the surface");
}

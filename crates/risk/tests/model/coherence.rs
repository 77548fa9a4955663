//! Losses are subadditive and in proportion to the book.

use ballast_risk::{Mode, revaluation::Netting};
use proptest::prelude::*;

use crate::{
    book::{Account, Kind, Leg, Market, ONE},
    random::{self, Features},
};

/// An account without options of expiries that are valued at their strikes. Such a loss counts at the nearest node, where
/// other books lose another amount than at the strike, and a merged book has the strikes of both its parts: there, and only
/// there, a merged book may lose a little more than its parts.
fn smooth(seed: u64) -> Account {
    let mut account = random::account(seed, Features { near: false, ..Features::ALL });
    account.markets.iter_mut().for_each(random::drop_near_options);
    account
}

/// µUSD by which roundings of a whole may exceed those of its parts.
const ROUNDING: i64 = 16;

/// The two parts of a book; the hedge goes with the first.
fn halves(market: &Market, split: u64) -> (Market, Market) {
    let part = |wanted: bool| -> Vec<Leg> {
        let chosen = market.legs.iter().enumerate().filter(|(index, _)| (split >> (index % 64) & 1 == 1) == wanted);
        chosen.map(|(_, leg)| *leg).collect()
    };
    (market.with_legs(part(true)), Market { hedge_value: 0, ..market.with_legs(part(false)) })
}

fn multiplied(market: &Market, by: i64) -> Market {
    let legs = market.legs.iter().map(|leg| Leg { lots: leg.lots * by, ..*leg }).collect();
    Market { hedge_value: market.hedge_value * by, ..market.with_legs(legs) }
}

fn portfolio_loss(account: &Account) -> i64 {
    account.margin(Mode::Portfolio).components.scan_loss.0
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    /// Two books merged lose at most what they lose apart, in one market.
    #[test]
    fn scan_loss_is_subadditive(seed: u64, split: u64) {
        for market in &smooth(seed).markets {
            let (one, other) = halves(market, split);
            let parts = one.risk(Netting::Together).scan_loss.0 + other.risk(Netting::Together).scan_loss.0;
            let whole = market.risk(Netting::Together).scan_loss.0;
            prop_assert!(whole <= parts + ROUNDING, "{whole} above {parts}");
        }
    }

    /// And across markets.
    #[test]
    fn joint_loss_is_subadditive(seed: u64, split: u64) {
        let account = smooth(seed);
        let mut parts = [account.clone(), account.clone()];
        for (index, market) in account.markets.iter().enumerate() {
            let (one, other) = halves(market, split >> (8 * index));
            parts[0].markets[index] = one;
            parts[1].markets[index] = other;
        }
        let (whole, sum) = (portfolio_loss(&account), portfolio_loss(&parts[0]) + portfolio_loss(&parts[1]));
        prop_assert!(whole <= sum + 4 * ROUNDING, "{whole} above {sum}");
    }

    /// Books of one near expiry and linear positions, whose profit is linear between strikes, are subadditive too.
    #[test]
    fn near_books_with_linear_positions_are_subadditive(seed: u64, split: u64) {
        let features = Features { masks: false, skew: false, ..Features::ALL };
        for market in &random::account(seed, features).markets {
            let mut market = market.clone();
            market.expiries.truncate(1);
            market.expiries[0].seconds = 3_600;
            market.expiries[0].surface_seconds = 3_600;
            market.expiries[0].fixed_share = 0;
            market.expiries[0].theta = 1 << 25;
            market.expiries[0].psi = 1 << 30;
            market.legs.retain(|leg| leg.kind == Kind::Perpetual || leg.expiry == 0);
            let (one, other) = halves(&market, split);
            let parts = one.risk(Netting::Together).scan_loss.0 + other.risk(Netting::Together).scan_loss.0;
            let whole = market.risk(Netting::Together).scan_loss.0;
            // Points between nodes are weighed with shares of 2^-28.
            let slack = ROUNDING + (1e-7 * market.notional()) as i64;
            prop_assert!(whole <= parts + slack, "{whole} above {parts}");
        }
    }

    /// Three times the book loses three times as much, up to rounding.
    #[test]
    fn losses_are_in_proportion(seed: u64) {
        let account = random::account(seed, Features::ALL);
        let mut triple = account.clone();
        for market in &mut triple.markets {
            *market = multiplied(market, 3);
        }
        let (one, three) = (portfolio_loss(&account), portfolio_loss(&triple));
        // Units of rounding per expiry and market, and fractions of mantissa units in error bounds.
        prop_assert!((three - 3 * one).abs() <= 512, "{three} against three times {one}");
        for (market, triple) in account.markets.iter().zip(&triple.markets) {
            let (one, three) = (market.risk(Netting::Together).scan_loss.0, triple.risk(Netting::Together).scan_loss.0);
            prop_assert!((three - 3 * one).abs() <= 256, "{three} against three times {one}");
        }
    }

    /// Conversions (long future, short call, long put of one strike) lose nothing but their charges where nothing is
    /// discounted.
    #[test]
    fn conversions_lose_nothing(seed: u64, lots in 1i64..1_000_000) {
        for market in &random::account(seed, Features { hedge: false, ..Features::ALL }).markets {
            let mut market = market.clone();
            market.discount = crate::book::Discount::PLAIN;
            let mut legs: Vec<Leg> = Vec::new();
            for (expiry, terms) in market.expiries.iter_mut().enumerate() {
                terms.rate = terms.rate.min(0);
                let leg = |kind, strike, lots| Leg { kind, expiry, strike, lots, ledger: 0, volatility: 0 };
                let lots = lots * (expiry as i64 + 1);
                legs.push(leg(Kind::Future, 0, lots));
                for (share, strike) in [(1, market.price), (2, market.price / 16 * 17), (-2, market.price / 8 * 7)] {
                    legs.push(leg(Kind::Call, strike, -lots * share));
                    legs.push(leg(Kind::Put, strike, lots * share));
                }
            }
            market.legs = legs;
            market.sort();
            let loss = market.risk(Netting::Together).scan_loss.0 as f64;
            // Half a tick of each future, the forward's 30 bits, and units of rounding.
            let futures: f64 =
                market.legs.iter().filter(|leg| leg.kind == Kind::Future).map(|leg| leg.lots.abs() as f64).sum();
            let slack = 6.0 * futures * market.unit() * (0.5 + 2e-8 * market.price as f64) + 200.0;
            let weight = market.expiries.iter().map(|expiry| f64::from(expiry.seconds) / 31_536_000.0).fold(1.0, f64::max);
            prop_assert!(loss <= slack * (1.0 + 3.5 * weight), "{loss} above {slack}");
        }
    }

    /// One market alone in its group loses exactly what its own scenarios say, whatever window and allowance.
    #[test]
    fn one_market_alone_is_its_own_worst_case(seed: u64) {
        let mut account = random::account(seed, Features { markets: 1, ..Features::ALL });
        account.groups.iter_mut().for_each(|group| group.gain_allowance = ONE);
        let [_, cross, portfolio] = Mode::ALL.map(|mode| account.margin(mode).components.scan_loss);
        prop_assert_eq!(cross, portfolio);
    }
}

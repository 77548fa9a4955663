//! The engine against the floating-point reference over random books: never to the owner's advantage, and hardly to his
//! disadvantage.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Instant,
};

use proptest::prelude::*;

use crate::{
    compare,
    random::{self, Features},
    reference::{self, MarketReference},
};

const EVERYTHING: Features = Features { discounted_skew: true, ..Features::ALL };

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    /// Every cell, charge, mark and Greek of every market.
    #[test]
    fn markets_agree_with_the_reference(seed: u64) {
        for market in &random::account(seed, EVERYTHING).markets {
            compare::market(&format!("seed {seed}"), market, &MarketReference::of(market));
        }
    }

    /// Requirements and excess in all modes.
    #[test]
    fn accounts_agree_with_the_reference(seed: u64) {
        let account = random::account(seed, EVERYTHING);
        let markets: Vec<MarketReference> = account.markets.iter().map(MarketReference::of).collect();
        compare::account(&format!("seed {seed}"), &account, &reference::account(&account, &markets));
    }
}

/// Both for a million accounts from a seed (`BALLAST_SEED`, by default 1; `BALLAST_BOOKS` of them), two threads:
///
/// `cargo test --release -p ballast-risk --test model -- --ignored --nocapture million_books`
#[test]
#[ignore = "minutes in a release build"]
fn million_books() {
    let number =
        |name: &str, default: u64| std::env::var(name).ok().map_or(default, |text| text.parse().expect("a number"));
    let (seed, books) = (number("BALLAST_SEED", 1), number("BALLAST_BOOKS", 1_000_000));
    let begin = Instant::now();
    let (next, failed) = (AtomicU64::new(0), AtomicU64::new(0));
    let mut bare: Vec<(f64, u64)> = Vec::new();
    std::thread::scope(|scope| {
        let work = || {
            let mut worst = (f64::MIN, 0);
            loop {
                let book = next.fetch_add(1, Ordering::Relaxed);
                if book >= books {
                    return worst;
                }
                if book > 0 && book % 100_000 == 0 {
                    println!("{book} books after {:.0} s", begin.elapsed().as_secs_f64());
                }
                let seed = seed << 32 | book;
                let account = random::account(seed, EVERYTHING);
                let markets: Vec<MarketReference> = account.markets.iter().map(MarketReference::of).collect();
                for (market, expected) in account.markets.iter().zip(&markets) {
                    compare::market(&format!("seed {seed}"), market, expected);
                }
                let expected = reference::account(&account, &markets);
                let distance = compare::distance(&account, &expected, &mut |what, computed, exact, excess| {
                    failed.fetch_add(1, Ordering::Relaxed);
                    println!("seed {seed}, {what}: computed {computed}, exact {exact}, beyond its bound by {excess}");
                });
                if distance.bare > worst.0 {
                    worst = (distance.bare, seed);
                }
            }
        };
        let threads: Vec<_> = (0..2).map(|_| scope.spawn(work)).collect();
        bare.extend(threads.into_iter().map(|thread| thread.join().expect("a thread that ends")));
    });
    for (share, seed) in bare {
        println!("largest advantage without allowances: {share:.1e} of the notional, seed {seed}");
    }
    println!("{books} books in {:.0} s, {failed:?} sums out of bounds", begin.elapsed().as_secs_f64());
    assert_eq!(failed.into_inner(), 0, "sums out of bounds");
}

use ballast_risk::{Price, parameters::MarketClass};
use bytemuck::Zeroable;

use super::*;
use crate::{MarketParameters, exchange::GroupParameters, oracle_grade::Publication, revaluation::expiry_input};

const EXPIRY: i64 = 1_000_000;
const WINDOW: i64 = Expiry::AVERAGING_SECONDS;
/// By default prices have to cover half of the window …
const REQUIRED: i64 = 900;
/// … each counts for at most two minutes …
const GAP: i64 = 120;
/// … and more may come for four hours.
const EXTENSION: i64 = 14_400;

fn market() -> Box<Market> {
    let mut market = Box::new(Market::zeroed());
    market.parameters = MarketParameters::defaults(MarketClass::Major);
    market.begin_dynamics(&GroupParameters::defaults()).unwrap();
    for (slot, status) in [ExpiryStatus::Listed, ExpiryStatus::Settled].into_iter().enumerate() {
        market.expiries[slot].number = slot as u32 + 1;
        market.expiries[slot].expires_at = EXPIRY;
        market.expiries[slot].status = status as u8;
        market.expiries[slot].set_settlement_rules(&ExchangeParameters::defaults().settlement_rules());
    }
    market
}

fn accept(market: &mut Market, price: u64, publish_time: i64) {
    let publication = Publication { price: Price::new(price).unwrap(), confidence: 1, publish_time, average: 0 };
    market.accept_price(&publication, 7, &ExchangeParameters::defaults()).unwrap();
}

/// A price published every minute, from `from` to `until`.
fn every_minute(market: &mut Market, price: u64, from: i64, until: i64) {
    for time in (from..=until).step_by(60) {
        accept(market, price, time);
    }
}

fn progress(market: &Market, until: i64) -> SettlementProgress {
    market.settlement_progress(&market.expiries[0], until)
}

#[test]
fn each_price_counts_for_the_seconds_it_stood_within_the_window() {
    let mut market = market();
    // The first 200 seconds are before the window.
    every_minute(&mut market, 100, EXPIRY - 2_000, EXPIRY - 1_220);
    every_minute(&mut market, 200, EXPIRY - 1_200, EXPIRY - 320);
    every_minute(&mut market, 300, EXPIRY - 300, EXPIRY - 60);
    // The last 60 seconds are after it.
    accept(&mut market, 900, EXPIRY + 60);
    accept(&mut market, 999, EXPIRY + 120);
    let expiry = &market.expiries[0];
    assert_eq!(expiry.averaged_seconds, 1_800);
    assert_eq!(expiry.averaged_price_seconds, 100 * 600 + 200 * 900 + 300 * 300);
    assert_eq!((market.price, market.publish_time, market.refreshed_slot), (999, EXPIRY + 120, 7));
}

#[test]
fn a_price_counts_for_no_longer_than_the_gap() {
    let mut market = market();
    accept(&mut market, 100, EXPIRY - 1_000);
    accept(&mut market, 200, EXPIRY - 500);
    accept(&mut market, 300, EXPIRY - 450);
    let expiry = &market.expiries[0];
    assert_eq!(i64::from(expiry.averaged_seconds), GAP + 50);
    assert_eq!(expiry.averaged_price_seconds, 100 * 120 + 200 * 50);
    // One from before the window covers of it what its two minutes reach into.
    let mut early = self::market();
    accept(&mut early, 100, EXPIRY - WINDOW - 100);
    accept(&mut early, 200, EXPIRY - 900);
    assert_eq!(early.expiries[0].averaged_seconds, 20);
}

#[test]
fn refreshing_again_from_one_publication_adds_nothing() {
    let mut once = market();
    accept(&mut once, 100, EXPIRY - 600);
    accept(&mut once, 200, EXPIRY - 500);
    let sum = once.expiries[0].averaged_price_seconds;
    accept(&mut once, 200, EXPIRY - 500);
    assert_eq!(once.expiries[0].averaged_price_seconds, sum);
    assert_eq!(once.expiries[0].averaged_seconds, 100);
}

#[test]
fn nothing_stands_before_the_first_price_and_nothing_enters_a_settled_expiry() {
    let mut market = market();
    market.publish_time = EXPIRY - 1_500;
    accept(&mut market, 100, EXPIRY - 60);
    assert_eq!(market.expiries[0].averaged_seconds, 0);
    accept(&mut market, 100, EXPIRY);
    assert_eq!(market.expiries[0].averaged_seconds, 60);
    assert_eq!(market.expiries[1].averaged_seconds, 0);
}

#[test]
fn the_running_average_ends_at_the_settlement_price() {
    let mut market = market();
    every_minute(&mut market, 100, EXPIRY - 1_800, EXPIRY - 660);
    every_minute(&mut market, 200, EXPIRY - 600, EXPIRY - 60);
    let at_expiry = progress(&market, EXPIRY);
    assert_eq!((at_expiry.covered_seconds, at_expiry.outstanding_seconds), (1_800, 0));
    accept(&mut market, 5_000, EXPIRY + 10);
    assert_eq!(progress(&market, EXPIRY + 99), at_expiry);
    assert_eq!(at_expiry.price, (100 * 1_200 + 200 * 600) / 1_800);
}

#[test]
fn with_prices_all_along_the_share_that_is_fixed_is_the_share_that_is_over() {
    for over in [1, 60, 450, 900, 1_799] {
        let now = EXPIRY - WINDOW + over;
        let mut market = market();
        every_minute(&mut market, 100, EXPIRY - WINDOW - 60, now);
        let input = expiry_input(&market, &market.expiries[0], now);
        let share = ((over << 28) / WINDOW) as u32;
        assert_eq!((i64::from(input.seconds), input.average, input.fixed_share), (WINDOW - over, 100, share));
    }
    let before = expiry_input(&market(), &market().expiries[0], EXPIRY - WINDOW);
    assert_eq!((i64::from(before.seconds), before.fixed_share), (WINDOW, 0));
}

#[test]
fn a_gap_in_the_window_leaves_a_smaller_share_fixed() {
    let mut market = market();
    every_minute(&mut market, 100, EXPIRY - 1_800, EXPIRY - 1_500);
    // A halt of fifteen minutes, of which the last price covers two.
    accept(&mut market, 200, EXPIRY - 600);
    let input = expiry_input(&market, &market.expiries[0], EXPIRY - 600);
    assert_eq!((input.seconds, input.average), (600, 100));
    // 420 seconds are covered and 600 may come: those are enough.
    assert_eq!(input.fixed_share, ((420_u64 << 28) / 1_020) as u32);
}

#[test]
fn the_extension_counts_prices_until_enough_is_covered() {
    let mut market = market();
    accept(&mut market, 100, EXPIRY - 600);
    let at_expiry = progress(&market, EXPIRY);
    assert_eq!((at_expiry.covered_seconds, at_expiry.outstanding_seconds), (120, 780));
    every_minute(&mut market, 200, EXPIRY + 3_600, EXPIRY + 3_960);
    let halfway = progress(&market, market.publish_time);
    assert_eq!((halfway.covered_seconds, halfway.outstanding_seconds), (480, 420));
    assert_eq!(halfway.price, (100 * 120 + 200 * 360) / 480);
    every_minute(&mut market, 200, EXPIRY + 4_020, EXPIRY + 4_380);
    let enough = progress(&market, market.publish_time);
    assert_eq!((i64::from(enough.covered_seconds), enough.outstanding_seconds), (REQUIRED, 0));
    // What comes afterwards changes nothing.
    every_minute(&mut market, 900, EXPIRY + 4_440, EXPIRY + 9_000);
    assert_eq!(progress(&market, EXPIRY + 9_000), enough);
    assert_eq!(enough.price, (100 * 120 + 200 * 780) / 900);
}

#[test]
fn a_price_that_stands_over_the_expiry_counts_on_only_where_more_is_needed() {
    let (mut short, mut full) = (market(), market());
    accept(&mut short, 100, EXPIRY - 20);
    every_minute(&mut full, 100, EXPIRY - 1_800, EXPIRY - 60);
    for market in [&mut short, &mut full] {
        accept(market, 200, EXPIRY + 3_000);
    }
    assert_eq!(short.expiries[0].averaged_seconds, 120);
    assert_eq!(full.expiries[0].averaged_seconds, 1_800);
}

#[test]
fn contracts_keep_their_risk_while_prices_may_still_come() {
    let mut market = market();
    accept(&mut market, 100, EXPIRY - 600);
    accept(&mut market, 300, EXPIRY + 600);
    let waiting = expiry_input(&market, &market.expiries[0], EXPIRY + 600);
    assert_eq!((waiting.seconds, waiting.average), (780, 100));
    // The most that can still move: 780 of 900 seconds.
    assert_eq!(waiting.fixed_share, ((120_u64 << 28) / 900) as u32);
    // Whatever comes, the settlement price is within what a move of that share explains.
    for price in [30, 300, 900] {
        let mut later = market.clone();
        every_minute(&mut later, price, EXPIRY + 660, EXPIRY + 660 + 780);
        let settled = progress(&later, later.publish_time);
        assert_eq!(settled.outstanding_seconds, 0);
        let (least, most) = (300.min(price) * 780, 300.max(price) * 780);
        let range = (100 * 120 + least) / 900..=(100 * 120 + most) / 900;
        assert!(range.contains(&settled.price), "{} outside of {range:?}", settled.price);
    }
    // Near the end of the extension less can come.
    let last = progress(&market, EXPIRY + EXTENSION - 10);
    assert_eq!((last.covered_seconds, last.outstanding_seconds), (240, 10));
}

#[test]
fn after_the_extension_the_average_of_what_there_is_is_final() {
    let mut market = market();
    accept(&mut market, 100, EXPIRY - 600);
    let over = progress(&market, EXPIRY + EXTENSION);
    assert_eq!((over.price, over.covered_seconds, over.outstanding_seconds), (100, 120, 0));
    assert_eq!(over.fixed_share(), 1 << 28);
    accept(&mut market, 900, EXPIRY + EXTENSION);
    every_minute(&mut market, 900, EXPIRY + EXTENSION + 60, EXPIRY + EXTENSION + 3_600);
    assert_eq!(progress(&market, market.publish_time), over);
}

#[test]
fn without_any_price_the_stable_price_stands_in_as_it_was_when_the_extension_ended() {
    let mut market = market();
    every_minute(&mut market, 1_000, EXPIRY - 90_000, EXPIRY - 80_000);
    // A spike just before the oracle stops moves the stable price by little.
    accept(&mut market, 9_000, EXPIRY - 79_999);
    let stable = market.prices.stable().ticks();
    assert!((1_000..1_010).contains(&stable), "{stable}");
    let silent = progress(&market, EXPIRY + EXTENSION);
    assert_eq!((silent.price, silent.covered_seconds, silent.outstanding_seconds), (stable, 0, 0));
    // Whoever fixes it later, and whatever the oracle says by then, it stays.
    every_minute(&mut market, 9_000, EXPIRY + EXTENSION + 600, EXPIRY + EXTENSION + 30_000);
    assert!(market.prices.stable().ticks() > stable);
    assert_eq!(progress(&market, market.publish_time), silent);
}

#[test]
fn a_market_without_a_price_settles_too() {
    let market = market();
    let never = progress(&market, EXPIRY + EXTENSION);
    assert_eq!((never.price, never.outstanding_seconds), (1, 0));
}

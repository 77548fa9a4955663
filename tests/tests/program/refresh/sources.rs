//! Where prices come from: both receiver programs, second sources, and one publication seen again.

use anchor_lang::prelude::Pubkey;
use ballast::{
    BallastError,
    events::{PriceRefreshed, PriceRefused},
};
use ballast_client::{Priced, instructions};
use ballast_harness::{
    Exchange, defaults,
    oracle::{Feed, NEWER_RECEIVER, Quote, RECEIVER, USD},
};
use ballast_state::{Market, OracleSource, oracle_grade::Grade, seeds};
use ballast_tests::{assert_refused, standard};

use super::{bitcoin, refresh};

/// A market, "TWO", at 100 dollars, with two sources.
fn with_two_sources(second: Feed) -> (Exchange, Priced, [Feed; 2]) {
    let mut exchange = standard();
    let first = Feed::pull([50; 32]);
    let feeds = (first.clone(), Some(second.clone()));
    exchange.list_market_with("TWO", feeds, (2, 2), defaults::major_market()).expect("the market is listed");
    exchange.set_price("TWO", 100 * USD);
    exchange.refresh(&["TWO"]);
    let target = seeds::market(&exchange.address, exchange.underlying("TWO").number).0;
    let priced = Priced { target, oracle: first.account, second_oracle: Some(second.account) };
    (exchange, priced, [first, second])
}

/// Refreshes the market after a second in which both sources published, and returns its grade.
fn grade_after(exchange: &mut Exchange, priced: Priced, feeds: &[Feed; 2], quotes: [Quote; 2]) -> u8 {
    exchange.chain.advance(1);
    let publish_time = exchange.chain.now();
    for (feed, quote) in feeds.iter().zip(quotes) {
        exchange.chain.publish(feed, &Quote { publish_time, ..quote });
    }
    refresh(exchange, &[priced]).expect("the price is taken").event::<PriceRefreshed>().grade
}

/// A price in hundredths of a dollar with a confidence of a cent.
fn cents(price: i64) -> Quote {
    Quote { confidence: USD as u64 / 100, ..Quote::new(price * USD / 100, 0) }
}

fn two(exchange: &Exchange) -> Market {
    exchange.market(exchange.underlying("TWO").number)
}

#[test]
fn refresh_reads_both_receiver_programs_as_the_listing_says() {
    for newer in [false, true] {
        let mut exchange = standard();
        let feed = Feed::pull([51; 32]);
        let feed = if newer { feed.from_newer_receiver() } else { feed };
        exchange.list_market("NEW", feed.clone(), (2, 2), defaults::major_market()).expect("both may be listed");
        exchange.set_price("NEW", 50 * USD);
        exchange.refresh(&["NEW"]);
        let number = exchange.underlying("NEW").number;
        assert_eq!(exchange.market(number).price, 5_000);
        // The same bytes from the other program are worth nothing.
        let other = if newer { RECEIVER } else { NEWER_RECEIVER };
        let data = feed.data(&Quote::new(51 * USD, exchange.chain.now()), exchange.chain.slot());
        exchange.chain.set_account(feed.account, other, data);
        let priced = Priced::new(seeds::market(&exchange.address, number).0, feed.account);
        assert_refused(&mut exchange, BallastError::OracleWrongProgram, |exchange| refresh(exchange, &[priced]));
    }
}

#[test]
fn refresh_takes_the_first_price_and_lets_the_second_widen_it() {
    for second in [Feed::pull([52; 32]).from_newer_receiver(), Feed::legacy(Pubkey::new_from_array([53; 32]))] {
        let (mut exchange, priced, feeds) = with_two_sources(second);
        assert_eq!(grade_after(&mut exchange, priced, &feeds, [cents(10_000), cents(10_000)]), Grade::Fresh as u8);
        let sure = two(&exchange).quality;
        // A cent of confidence beside one and a half dollars to the other source: 1.51 %.
        assert_eq!(grade_after(&mut exchange, priced, &feeds, [cents(10_000), cents(10_150)]), Grade::Fresh as u8);
        let market = two(&exchange);
        assert_eq!((market.price, market.confidence, market.second_price), (10_000, 1, 10_150));
        assert_eq!(market.quote().uncertainty(), 151);
        assert!(market.quality < sure / 3, "{} after {sure}", market.quality);
        assert_eq!(grade_after(&mut exchange, priced, &feeds, [cents(10_000), cents(9_800)]), Grade::Wide as u8);
        assert_eq!(grade_after(&mut exchange, priced, &feeds, [cents(10_000), cents(9_600)]), Grade::Divergent as u8);
        assert_eq!(grade_after(&mut exchange, priced, &feeds, [cents(10_000), cents(10_001)]), Grade::Fresh as u8);
    }
}

#[test]
fn refresh_goes_on_without_the_second_source_which_then_confirms_nothing() {
    let (mut exchange, priced, feeds) = with_two_sources(Feed::pull([52; 32]));
    exchange.chain.advance(60);
    let quote = Quote::new(100 * USD, exchange.chain.now());
    exchange.chain.publish(&feeds[0], &quote);
    exchange.chain.publish(&feeds[1], &Quote { price: -1, ..quote });
    let outcome = refresh(&mut exchange, &[priced]).expect("the first source speaks");
    let refused: PriceRefused = outcome.event();
    assert_eq!((refused.target, refused.oracle), (priced.target, feeds[1].account));
    assert_eq!(refused.error, u32::from(BallastError::OraclePriceNotPositive));
    assert_eq!(outcome.event::<PriceRefreshed>().grade, Grade::Fresh as u8, "a minute ago it agreed");
    exchange.chain.advance(61);
    exchange.chain.publish(&feeds[0], &Quote::new(100 * USD, exchange.chain.now()));
    let refreshed: PriceRefreshed = refresh(&mut exchange, &[priced]).expect("the first source speaks").event();
    assert_eq!(refreshed.grade, Grade::Divergent as u8);
}

#[test]
fn attacker_refresh_with_an_old_or_foreign_second_publication_changes_nothing() {
    let (mut exchange, priced, feeds) = with_two_sources(Feed::pull([52; 32]));
    grade_after(&mut exchange, priced, &feeds, [cents(10_000), cents(9_000)]);
    let held = two(&exchange);
    assert_eq!(held.second_price, 9_000);
    // One that agrees, from before; one of another feed; the first source once more; another program's.
    let old = Quote { publish_time: held.second_publish_time - 1, ..cents(10_000) };
    exchange.chain.publish(&feeds[1], &old);
    let now = Quote { publish_time: exchange.chain.now(), ..cents(10_000) };
    let strange = Feed::pull([54; 32]);
    exchange.chain.publish(&strange, &now);
    let forged = Pubkey::new_from_array([55; 32]);
    let data = feeds[1].data(&now, exchange.chain.slot());
    exchange.chain.set_account(forged, ballast::ID, data);
    for second in [feeds[1].account, strange.account, feeds[0].account, forged] {
        let priced = Priced { second_oracle: Some(second), ..priced };
        let refreshed: PriceRefreshed = refresh(&mut exchange, &[priced]).expect("the first source counts").event();
        assert_eq!(refreshed.grade, Grade::Divergent as u8);
        assert_eq!(two(&exchange).second_price, 9_000);
    }
}

#[test]
fn refresh_expects_the_second_account_of_a_market_with_two_sources_and_of_no_other() {
    let (mut exchange, priced, _) = with_two_sources(Feed::pull([52; 32]));
    let (one_source, _) = bitcoin(&exchange);
    let missing = Priced { second_oracle: None, ..priced };
    assert_refused(&mut exchange, BallastError::RefreshPairs, |exchange| refresh(exchange, &[one_source, missing]));
    let extra = Priced { second_oracle: priced.second_oracle, ..one_source };
    assert_refused(&mut exchange, BallastError::RefreshPairs, |exchange| refresh(exchange, &[extra]));
    // Before another target, the account that is too many is taken for one.
    assert_refused(&mut exchange, BallastError::RefreshTarget, |exchange| refresh(exchange, &[extra, priced]));
    refresh(&mut exchange, &[one_source, priced, one_source]).expect("pairs and triples side by side");
}

#[test]
fn create_market_refuses_a_second_source_that_adds_nothing() {
    let mut exchange = standard();
    let first = Feed::pull([50; 32]);
    let unknown = Feed { source: OracleSource { kind: 3, ..Feed::pull([52; 32]).source }, ..first.clone() };
    let strange = OracleSource { program: Pubkey::new_from_array([9; 32]), ..Feed::pull([52; 32]).source };
    let leftover = OracleSource { kind: OracleSource::NONE, ..first.source };
    for (second, error) in [
        (first.clone(), BallastError::OracleSourceRefused),
        (first.clone().from_newer_receiver(), BallastError::OracleSourceRefused),
        (unknown, BallastError::ParameterOutOfBounds),
        (Feed { source: strange, ..first.clone() }, BallastError::OracleSourceRefused),
        (Feed { source: leftover, ..first.clone() }, BallastError::OracleSourceRefused),
    ] {
        assert_refused(&mut exchange, error, |exchange| {
            exchange.list_market_with("TWO", (first.clone(), Some(second)), (2, 2), defaults::major_market())
        });
    }
}

#[test]
fn attacker_refresh_replays_a_publication_or_picks_among_those_of_one_second() {
    let mut exchange = standard();
    let (priced, feed) = bitcoin(&exchange);
    let expiry = exchange.list_chain_at("BTC", exchange.chain.now() + 900, &[]);
    exchange.chain.advance(60);
    let quote = Quote::new(104_000 * USD, exchange.chain.now());
    exchange.chain.publish(&feed, &quote);
    refresh(&mut exchange, &[priced]).expect("the price is accepted");
    let once = exchange.market(1);
    // What a price adds to averages goes by the time it stood: the same again adds nothing but the slot.
    for _ in 0..3 {
        exchange.chain.advance(5);
        let instruction = instructions::refresh(exchange.address, &[priced, priced], false);
        exchange.chain.send(&[instruction], &[]).expect("it is accepted again");
    }
    let mut again = exchange.market(1);
    again.refreshed_slot = once.refreshed_slot;
    again.funding_index = once.funding_index;
    (again.funded_at, again.funding_fraction) = (once.funded_at, once.funding_fraction);
    assert_eq!(bytemuck::bytes_of(&again), bytemuck::bytes_of(&once));
    // Another price of that very second is taken, and weighs no more.
    exchange.chain.publish(&feed, &Quote { publish_time: quote.publish_time, ..Quote::new(90_000 * USD, 0) });
    refresh(&mut exchange, &[priced]).expect("it is of the same second");
    let other = exchange.market(1);
    assert_eq!((other.price, other.publish_time), (9_000_000, quote.publish_time));
    assert_eq!(other.prices, once.prices);
    assert_eq!(other.withdrawal_index, once.withdrawal_index);
    let average = |market: &Market| {
        let expiry = &market.expiries[usize::from(expiry.slot)];
        (expiry.averaged_price_seconds, expiry.averaged_seconds)
    };
    assert_eq!(average(&other), average(&once));
}

#[test]
fn refresh_takes_wide_prices_and_says_so() {
    let mut exchange = standard();
    let (priced, feed) = bitcoin(&exchange);
    for (thousandths, grade) in [(1, Grade::Fresh), (19, Grade::Fresh), (21, Grade::Wide), (99, Grade::Wide)] {
        exchange.chain.advance(1);
        let confidence = 100 * USD as u64 * thousandths - 1;
        let quote = Quote { confidence, ..Quote::new(100_000 * USD, exchange.chain.now()) };
        exchange.chain.publish(&feed, &quote);
        let refreshed: PriceRefreshed = refresh(&mut exchange, &[priced]).expect("it is taken").event();
        assert_eq!(refreshed.grade, grade as u8, "{thousandths}");
        assert_eq!(exchange.market(1).doubtful_since != 0, grade.is_doubtful());
    }
    assert_eq!(exchange.market(1).quality, 0);
}

#[test]
fn refresh_notes_since_when_a_price_is_doubtful() {
    let mut exchange = standard();
    let (priced, feed) = bitcoin(&exchange);
    let mut since = Vec::new();
    for average in [100_000, 200_000, 200_000, 100_000, 50_000] {
        exchange.chain.advance(1);
        let quote = Quote { average: average * USD, ..Quote::new(100_000 * USD, exchange.chain.now()) };
        exchange.chain.publish(&feed, &quote);
        refresh(&mut exchange, &[priced]).expect("the price is accepted");
        since.push(exchange.market(1).doubtful_since);
    }
    let now = exchange.chain.now();
    assert_eq!(since, [0, now - 3, now - 3, 0, now]);
    // A bank keeps count as well.
    let usdc = exchange.collateral("USDC").feed.clone();
    let quote = Quote { average: 2 * USD, ..Quote::new(USD, now) };
    exchange.chain.publish(&usdc, &quote);
    exchange.refresh(&["USDC"]);
    assert_eq!(exchange.bank("USDC").doubtful_since, now);
}

#[test]
fn refresh_takes_a_price_whose_average_does_not_fit_without_it() {
    let mut exchange = standard();
    let (priced, feed) = bitcoin(&exchange);
    for average in [0, -1, i64::MIN, 1] {
        exchange.chain.advance(1);
        let quote = Quote { average, ..Quote::new(100_000 * USD, exchange.chain.now()) };
        exchange.chain.publish(&feed, &quote);
        let refreshed: PriceRefreshed = refresh(&mut exchange, &[priced]).expect("the price stands alone").event();
        assert_eq!((refreshed.grade, exchange.market(1).oracle_average), (Grade::Fresh as u8, 0));
    }
}

//! What the price accounts say, against what a refresh makes of them.

use ballast_harness::{
    Exchange, defaults,
    oracle::{Feed, Quote, USD},
};
use ballast_keeper::prices::{News, PriceAccounts, Prices};

/// An exchange with a market that has two sources, and their feeds.
fn stage() -> (Exchange, u16, [Feed; 2]) {
    let mut exchange = Exchange::standard();
    let feeds = [Feed::pull([71; 32]), Feed::pull([72; 32])];
    let [first, second] = feeds.clone();
    exchange.list_market_with("TWO", (first, Some(second)), (2, 2), defaults::major_market()).expect("it is listed");
    exchange.set_price("TWO", 100 * USD);
    exchange.refresh_all();
    let number = exchange.underlying("TWO").number;
    (exchange, number, feeds)
}

/// What the keeper reads.
fn read(exchange: &Exchange) -> Prices {
    let addresses = exchange.priced().into_iter().flat_map(|it| [Some(it.oracle), it.second_oracle]).flatten();
    let accounts: PriceAccounts = addresses
        .map(|address| {
            let account = exchange.chain.account(&address).expect("every feed has published");
            (address, (account.owner, account.data))
        })
        .collect();
    Prices::read(&exchange.snapshot(), &accounts, (exchange.chain.now(), exchange.chain.slot()))
}

/// Whether the keeper's market is to the byte what the program's becomes by a refresh.
fn assert_as_refreshed(exchange: &mut Exchange, number: u16) {
    let prices = read(exchange);
    exchange.refresh_all();
    let (_, expected) = prices.fresh.markets().find(|(_, it)| it.number == number).expect("it is known");
    let market = exchange.market(number);
    assert_eq!((expected.price, expected.second_price), (market.price, market.second_price));
    let parameters = exchange.state().parameters;
    let (now, slot) = (exchange.chain.now(), exchange.chain.slot());
    assert_eq!(expected.grade(&parameters, now, slot), market.grade(&parameters, now, slot));
    assert!(bytemuck::bytes_of(expected) == bytemuck::bytes_of(&market), "{expected:?}\n{market:?}");
}

#[test]
fn both_sources_are_read_as_the_program_reads_them() {
    let (mut exchange, number, [first, second]) = stage();
    exchange.chain.advance(2);
    let now = exchange.chain.now();
    exchange.chain.publish(&first, &Quote::new(101 * USD, now));
    // Far enough to put the price in doubt.
    exchange.chain.publish(&second, &Quote::new(110 * USD, now));
    assert!(read(&exchange).news.contains(&News::Market(number)));
    assert_as_refreshed(&mut exchange, number);
    assert!(read(&exchange).news.is_empty(), "it is held now");
}

#[test]
fn what_the_second_source_says_alone_is_news() {
    let (mut exchange, number, [_, second]) = stage();
    exchange.chain.advance(2);
    assert!(read(&exchange).news.is_empty());
    exchange.chain.publish(&second, &Quote::new(104 * USD, exchange.chain.now()));
    assert_eq!(Vec::from_iter(read(&exchange).news), [News::Market(number)]);
    assert_as_refreshed(&mut exchange, number);
}

#[test]
fn a_second_source_that_is_refused_leaves_the_first_one_alone() {
    let (mut exchange, number, [first, second]) = stage();
    exchange.chain.advance(2);
    let now = exchange.chain.now();
    exchange.chain.publish(&first, &Quote::new(101 * USD, now));
    exchange.chain.publish(&second, &Quote::new(104 * USD, now + 60));
    assert_eq!(Vec::from_iter(read(&exchange).news), [News::Market(number)]);
    assert_as_refreshed(&mut exchange, number);
}

#[test]
fn a_publication_that_stands_is_confirmed_in_time_and_one_that_is_too_old_is_silence() {
    let (mut exchange, number, _) = stage();
    let parameters = exchange.state().parameters;
    let market = News::Market(number);
    let states = |exchange: &Exchange| {
        let prices = read(exchange);
        assert!(prices.news.is_empty(), "nothing is published anew");
        (prices.lapsed.contains(&market), prices.silent.contains(&market))
    };
    assert_eq!(states(&exchange), (false, false));
    let refreshed_slot = exchange.market(number).refreshed_slot;
    while exchange.chain.slot() <= refreshed_slot + u64::from(parameters.mark_age_slots) / 2 {
        exchange.chain.advance(1);
    }
    assert_eq!(states(&exchange), (true, false));
    assert_as_refreshed(&mut exchange, number);
    assert_eq!(states(&exchange), (false, false));
    exchange.chain.advance(u64::from(parameters.liquidation_oracle_age) + 1);
    assert_eq!(states(&exchange), (false, true));
}

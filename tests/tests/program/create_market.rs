//! `create_market`

use anchor_lang::prelude::Pubkey;
use ballast::{BallastError, CreateMarketArgs, events::MarketCreated};
use ballast_client::instructions;
use ballast_harness::{
    Exchange, Outcome, Refusal, defaults,
    oracle::{Feed, LEGACY},
};
use ballast_state::{LAYOUT_VERSION, MarketParameters, OracleSource, exchange::MAX_GROUP_MARKETS, seeds};
use ballast_tests::{assert_refused, standard};
use solana_signer::Signer;

fn listing(exchange: &Exchange) -> CreateMarketArgs {
    exchange.listing("HYPE", &Feed::pull([5; 32]), (4, 2), defaults::volatile_market())
}

fn create(exchange: &mut Exchange, number: u16, args: CreateMarketArgs) -> Result<Outcome, Refusal> {
    let lister = exchange.listing.clone();
    let instruction = instructions::create_market(exchange.address, lister.pubkey(), number, args);
    exchange.chain.send(&[instruction], &[&lister])
}

#[test]
fn create_market_prepares_the_scenarios_and_joins_a_group() {
    let mut exchange = standard();
    let number = exchange.state().market_count + 1;
    let args = listing(&exchange);
    let event: MarketCreated = create(&mut exchange, number, args.clone()).expect("the market is listed").event();
    let address = seeds::market(&exchange.address, number).0;
    assert_eq!((event.exchange, event.market, event.number), (exchange.address, address, number));
    assert_eq!((event.group, event.group_place), (0, 3));
    let state = exchange.state();
    assert_eq!(state.market_count, number);
    assert_eq!((state.groups[0].market_count, state.groups[0].markets[3]), (4, number));
    for other in 0..3 {
        assert_eq!(state.groups[0].matrix().get(other, 3).to_bits(), defaults::correlation());
    }
    let market = exchange.market(number);
    assert_eq!((market.exchange, market.number, market.version), (exchange.address, number, LAYOUT_VERSION));
    assert_eq!((market.name, market.oracle, market.parameters), (args.name, args.oracle, args.parameters));
    assert_eq!((market.price_decimals, market.quantity_decimals, market.price), (4, 2, 0));
    assert_eq!((market.group, market.group_place, market.publisher_count), (0, 3, 3));
    assert_eq!(market.publishers[..3], args.publishers);
    // 3.7 deviations of 100 % a year over a day are 19.4 %: below the floor.
    assert_eq!(market.scan_range, args.parameters.scan_range_floor);
    assert_eq!(market.maintenance_range, market.scan_range);
    let group = defaults::group();
    let set = market.scenarios.set();
    let factors: Vec<u32> = (0..set.shape.nodes()).map(|node| set.price_factor(node)).collect();
    let (core, tails) = factors.split_at(usize::from(group.core_nodes));
    assert!(core.is_sorted(), "the core grid rises");
    assert_eq!(core[core.len() / 2], 1 << 28);
    assert_eq!(core[0], (1 << 28) - ((market.scan_range + 2) >> 2));
    assert_eq!(tails, &group.tail_price_factors[..tails.len()]);
    assert_eq!((market.scenarios.cells, market.scenarios.tail_weights), (group.cells, group.tail_weights));
}

#[test]
fn create_market_refuses_a_group_that_is_not_open() {
    let mut exchange = standard();
    let number = exchange.state().market_count + 1;
    for group in [1, 4, 255] {
        let args = CreateMarketArgs { group, correlations: Vec::new(), ..listing(&exchange) };
        assert_refused(&mut exchange, BallastError::GroupSlot, |exchange| create(exchange, number, args));
    }
}

#[test]
fn create_market_refuses_a_ninth_market_in_a_group() {
    let mut exchange = standard();
    for place in 3..MAX_GROUP_MARKETS {
        let feed = Feed::pull([20 + place as u8; 32]);
        let name = format!("MARKET {place}");
        exchange.list_market(&name, feed, (2, 2), defaults::major_market()).expect("eight markets fit");
    }
    let number = exchange.state().market_count + 1;
    let args = CreateMarketArgs {
        group: 0,
        correlations: vec![defaults::correlation(); MAX_GROUP_MARKETS],
        ..listing(&exchange)
    };
    assert_refused(&mut exchange, BallastError::GroupFull, |exchange| create(exchange, number, args));
}

#[test]
fn create_market_refuses_correlations_that_are_missing_or_contradict_each_other() {
    let mut exchange = standard();
    let number = exchange.state().market_count + 1;
    let one = 1 << 30;
    for correlations in [
        vec![],
        vec![defaults::correlation(); 2],
        vec![defaults::correlation(); 4],
        vec![one, 0, 0],
        vec![one + 1, 0, 0],
        vec![i32::MIN, 0, 0],
        // The others move alike at 80 %: none can move with one and against another like this.
        vec![one / 10 * 9, -one / 10 * 9, 0],
    ] {
        let args = CreateMarketArgs { correlations, ..listing(&exchange) };
        assert_refused(&mut exchange, BallastError::CorrelationsRefused, |exchange| create(exchange, number, args));
    }
}

#[test]
fn create_market_refuses_publishers_that_are_too_few_too_many_or_the_same() {
    let mut exchange = standard();
    let number = exchange.state().market_count + 1;
    let keys: Vec<_> = (1..=9).map(|byte| Pubkey::new_from_array([byte; 32])).collect();
    for publishers in [vec![], keys[..1].to_vec(), vec![keys[0]; 2], vec![keys[0], Pubkey::default()], keys] {
        let args = CreateMarketArgs { publishers, ..listing(&exchange) };
        assert_refused(&mut exchange, BallastError::PublisherList, |exchange| create(exchange, number, args));
    }
}

#[test]
fn create_market_refuses_any_number_but_the_next() {
    let mut exchange = standard();
    let next = exchange.state().market_count + 1;
    // An account stands at the last number already: the system program's "account already in use".
    assert_refused(&mut exchange, 0_u32, |exchange| create(exchange, next - 1, listing(exchange)));
    for number in [0, next + 1] {
        assert_refused(&mut exchange, BallastError::ParameterOutOfBounds, |exchange| {
            create(exchange, number, listing(exchange))
        });
    }
}

#[test]
fn create_market_refuses_an_unmaintained_or_unknown_oracle() {
    let mut exchange = standard();
    let number = exchange.state().market_count + 1;
    let good = listing(&exchange).oracle;
    for oracle in [
        OracleSource { kind: OracleSource::PUSH, program: LEGACY, ..good },
        OracleSource { program: ballast::ID, ..good },
        OracleSource { feed: [0; 32], ..good },
    ] {
        let args = CreateMarketArgs { oracle, ..listing(&exchange) };
        assert_refused(&mut exchange, BallastError::OracleSourceRefused, |exchange| create(exchange, number, args));
    }
}

#[test]
fn create_market_refuses_decimals_that_do_not_convert() {
    let mut exchange = standard();
    let number = exchange.state().market_count + 1;
    let args = CreateMarketArgs { price_decimals: 10, quantity_decimals: 9, ..listing(&exchange) };
    assert_refused(&mut exchange, BallastError::ParameterOutOfBounds, |exchange| create(exchange, number, args));
}

#[test]
fn create_market_refuses_parameters_out_of_bounds() {
    let mut exchange = standard();
    let number = exchange.state().market_count + 1;
    // The bounds themselves are tested where they stand, in the state crate: here, that none is passed by.
    let cases: [fn(&mut MarketParameters); 8] = [
        |parameters| parameters.unsettled_gain_cap = -1,
        |parameters| parameters.open_interest_limit = 0,
        |parameters| parameters.scan_range_floor = parameters.scan_range_cap + 1,
        |parameters| parameters.scan_deviations = 0,
        |parameters| parameters.surface_rate_step = 0,
        |parameters| parameters.publisher_threshold = 0,
        |parameters| parameters.skew_scenarios = 4,
        |parameters| parameters.padding[0] = 1,
    ];
    for break_one in cases {
        let mut args = listing(&exchange);
        break_one(&mut args.parameters);
        assert_refused(&mut exchange, BallastError::ParameterOutOfBounds, |exchange| create(exchange, number, args));
    }
}

#[test]
fn attacker_create_market_without_the_listing_role() {
    let mut exchange = standard();
    let attacker = exchange.chain.wallet();
    let number = exchange.state().market_count + 1;
    let instruction = instructions::create_market(exchange.address, attacker.pubkey(), number, listing(&exchange));
    assert_refused(&mut exchange, BallastError::NotRoleHolder, |exchange| {
        exchange.chain.send(&[instruction], &[&attacker])
    });
}

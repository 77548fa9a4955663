//! `create_market`

use ballast::{BallastError, CreateMarketArgs, events::MarketCreated};
use ballast_client::instructions;
use ballast_harness::{
    Exchange, Outcome, Refusal, defaults,
    oracle::{Feed, LEGACY},
};
use ballast_risk::scenario::MAX_TAILS;
use ballast_state::{LAYOUT_VERSION, MarketParameters, OracleSource, seeds};
use ballast_tests::{assert_refused, standard};
use solana_signer::Signer;

fn listing() -> CreateMarketArgs {
    CreateMarketArgs {
        name: *b"HYPE\0\0\0\0\0\0\0\0\0\0\0\0",
        oracle: Feed::pull([5; 32]).source,
        price_decimals: 4,
        quantity_decimals: 2,
        parameters: defaults::volatile_market(),
    }
}

fn create(exchange: &mut Exchange, number: u16, args: CreateMarketArgs) -> Result<Outcome, Refusal> {
    let governance = exchange.governance.clone();
    let instruction = instructions::create_market(exchange.address, governance.pubkey(), number, args);
    exchange.chain.send(&[instruction], &[&governance])
}

#[test]
fn create_market_prepares_the_scenarios() {
    let mut exchange = standard();
    let number = exchange.state().market_count + 1;
    let event: MarketCreated = create(&mut exchange, number, listing()).expect("the market is listed").event();
    let address = seeds::market(&exchange.address, number).0;
    assert_eq!((event.exchange, event.market, event.number), (exchange.address, address, number));
    assert_eq!(exchange.state().market_count, number);
    let market = exchange.market(number);
    assert_eq!((market.exchange, market.number, market.version), (exchange.address, number, LAYOUT_VERSION));
    assert_eq!((market.name, market.oracle), (listing().name, listing().oracle));
    assert_eq!((market.price_decimals, market.quantity_decimals, market.price), (4, 2, 0));
    assert_eq!(market.parameters, listing().parameters);
    let core = usize::from(market.parameters.core_nodes);
    let (grid, tails) = market.scenarios.price_factors.split_at(core);
    assert!(grid.is_sorted(), "the core grid rises");
    assert_eq!((grid[core / 2], market.scenarios.log_factors[core / 2]), (1 << 28, 0));
    assert_eq!(tails[..MAX_TAILS], market.parameters.tail_price_factors);
}

#[test]
fn create_market_refuses_any_number_but_the_next() {
    let mut exchange = standard();
    let next = exchange.state().market_count + 1;
    // An account stands at the last number already: the system program's "account already in use".
    assert_refused(&mut exchange, 0_u32, |exchange| create(exchange, next - 1, listing()));
    for number in [0, next + 1] {
        assert_refused(&mut exchange, BallastError::ParameterOutOfBounds, |exchange| {
            create(exchange, number, listing())
        });
    }
}

#[test]
fn create_market_refuses_an_unmaintained_or_unknown_oracle() {
    let mut exchange = standard();
    let number = exchange.state().market_count + 1;
    let good = listing().oracle;
    for oracle in [
        OracleSource { kind: OracleSource::PUSH, program: LEGACY, ..good },
        OracleSource { program: ballast::ID, ..good },
        OracleSource { feed: [0; 32], ..good },
    ] {
        let args = CreateMarketArgs { oracle, ..listing() };
        assert_refused(&mut exchange, BallastError::OracleSourceRefused, |exchange| create(exchange, number, args));
    }
}

#[test]
fn create_market_refuses_decimals_that_do_not_convert() {
    let mut exchange = standard();
    let number = exchange.state().market_count + 1;
    let args = CreateMarketArgs { price_decimals: 10, quantity_decimals: 9, ..listing() };
    assert_refused(&mut exchange, BallastError::ParameterOutOfBounds, |exchange| create(exchange, number, args));
}

#[test]
fn create_market_refuses_parameters_out_of_bounds() {
    let mut exchange = standard();
    let number = exchange.state().market_count + 1;
    let cases: [fn(&mut MarketParameters); 24] = [
        |parameters| parameters.unsettled_gain_cap = -1,
        |parameters| parameters.open_interest_limit = 0,
        |parameters| parameters.scan_range = 0,
        |parameters| parameters.scan_range = 1 << 30,
        |parameters| parameters.volatility_up = u32::MAX,
        |parameters| parameters.volatility_down = u32::MAX,
        |parameters| parameters.volatility_up_floor = u32::MAX,
        |parameters| parameters.term_exponent_near = u32::MAX,
        |parameters| parameters.term_exponent_far = u32::MAX,
        |parameters| parameters.term_floor_seconds = 0,
        |parameters| parameters.naked_short_maintenance = u32::MAX,
        |parameters| parameters.naked_short_initial = u32::MAX,
        |parameters| parameters.linear_maintenance = u32::MAX,
        |parameters| parameters.linear_initial = u32::MAX,
        |parameters| parameters.unsettled_gain_weight = u32::MAX,
        |parameters| parameters.confidence_limit = 0,
        |parameters| parameters.band_price = 0,
        |parameters| parameters.band_volatility = u32::MAX,
        |parameters| parameters.basis_limit = u32::MAX,
        |parameters| parameters.tail_price_factors[0] = u32::MAX,
        |parameters| parameters.tail_weights[7] = u32::MAX,
        |parameters| parameters.core_nodes = 10,
        |parameters| parameters.tail_nodes = 9,
        |parameters| parameters.padding[0] = 1,
    ];
    for break_one in cases {
        let mut args = listing();
        break_one(&mut args.parameters);
        assert_refused(&mut exchange, BallastError::ParameterOutOfBounds, |exchange| create(exchange, number, args));
    }
}

#[test]
fn attacker_create_market_without_being_governance() {
    let mut exchange = standard();
    let attacker = exchange.chain.wallet();
    let number = exchange.state().market_count + 1;
    let instruction = instructions::create_market(exchange.address, attacker.pubkey(), number, listing());
    assert_refused(&mut exchange, BallastError::NotGovernance, |exchange| {
        exchange.chain.send(&[instruction], &[&attacker])
    });
}

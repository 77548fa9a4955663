//! `create_exchange`

use anchor_lang::error::ErrorCode;
use ballast::{BallastError, CreateExchangeArgs, events::ExchangeCreated};
use ballast_client::instructions;
use ballast_harness::{Exchange, MintExtension, Outcome, Refusal, defaults, tokens::SPL_TOKEN, tokens::TOKEN_2022};
use ballast_state::ExchangeParameters;
use ballast_tests::{assert_refused, substitute};
use solana_signer::Signer;

fn create(exchange: &mut Exchange, args: CreateExchangeArgs) -> Result<Outcome, Refusal> {
    let governance = exchange.governance.clone();
    let mint = exchange.quote.token.mint;
    exchange.chain.send(&[instructions::create_exchange(governance.pubkey(), mint, args)], &[&governance])
}

#[test]
fn create_exchange_makes_the_creator_its_governance() {
    let mut exchange = Exchange::unopened();
    let creation = exchange.creation();
    let event: ExchangeCreated = create(&mut exchange, creation).expect("the exchange is created").event();
    let governance = exchange.governance.pubkey();
    let quote_mint = exchange.quote.token.mint;
    assert_eq!((event.exchange, event.governance, event.quote_mint), (exchange.address, governance, quote_mint));
    let state = exchange.state();
    assert_eq!((state.creator, state.governance), (governance, governance));
    assert_eq!((state.quote_mint, state.quote_bank_number), (quote_mint, 0));
    assert!(state.groups.iter().all(|group| !group.is_open()));
    assert_eq!(state.parameters, defaults::exchange());
    assert_eq!((state.market_count, state.bank_count, state.index, state.version), (0, 0, 0, 2));
    assert!(state.reserved.iter().all(|&word| word == 0));
}

#[test]
fn create_exchange_gives_each_index_an_exchange_of_its_own() {
    let mut exchange = Exchange::new();
    let other = exchange.open_another(1).expect("another index is another exchange");
    assert_ne!(other, exchange.address);
    // The system program's "account already in use".
    assert_refused(&mut exchange, 0_u32, |exchange| create(exchange, exchange.creation()));
}

#[test]
fn create_exchange_refuses_a_quote_token_without_six_decimals() {
    let mut exchange = Exchange::unopened();
    let mint = exchange.chain.mint(9, SPL_TOKEN, &[]);
    let governance = exchange.governance.clone();
    let instruction = instructions::create_exchange(governance.pubkey(), mint.token.mint, exchange.creation());
    assert_refused(&mut exchange, BallastError::QuoteDecimals, |exchange| {
        exchange.chain.send(&[instruction], &[&governance])
    });
}

#[test]
fn create_exchange_refuses_a_quote_token_with_a_transfer_fee() {
    let mut exchange = Exchange::unopened();
    let mint = exchange.chain.mint(6, TOKEN_2022, &[MintExtension::TransferFee(1)]);
    let governance = exchange.governance.clone();
    let instruction = instructions::create_exchange(governance.pubkey(), mint.token.mint, exchange.creation());
    assert_refused(&mut exchange, BallastError::MintExtension, |exchange| {
        exchange.chain.send(&[instruction], &[&governance])
    });
}

#[test]
fn create_exchange_refuses_parameters_out_of_bounds() {
    let cases: [fn(&mut ExchangeParameters); 19] = [
        |parameters| parameters.dust_limit = -1,
        |parameters| parameters.mark_age_slots = 0,
        |parameters| parameters.trade_oracle_age = 0,
        |parameters| parameters.liquidation_oracle_age = parameters.trade_oracle_age - 1,
        |parameters| parameters.surface_age = 0,
        |parameters| parameters.check_compute_cap = 1_400_000,
        |parameters| parameters.vesting_seconds = 0,
        |parameters| parameters.maintenance_factor = 0,
        |parameters| parameters.initial_factor = parameters.maintenance_factor - 1,
        |parameters| parameters.liquidation_buffer = u32::MAX,
        |parameters| parameters.liquidation_tolerance = u32::MAX,
        |parameters| parameters.liquidation_fee = u32::MAX,
        |parameters| parameters.insurance_share = u32::MAX,
        |parameters| parameters.slice_price_start = u32::MAX,
        |parameters| parameters.slice_price_end = parameters.slice_price_start + 1,
        |parameters| parameters.slice_price_slots = 0,
        |parameters| parameters.variance_slow_seconds = parameters.variance_fast_seconds - 1,
        |parameters| parameters.peg_threshold = u32::MAX,
        |parameters| parameters.value_at_risk_deviations = 0,
    ];
    let mut exchange = Exchange::unopened();
    for break_one in cases {
        let mut creation = exchange.creation();
        break_one(&mut creation.parameters);
        assert_refused(&mut exchange, BallastError::ParameterOutOfBounds, |exchange| create(exchange, creation));
    }
}

#[test]
fn attacker_create_exchange_at_somebody_elses_address() {
    let mut exchange = Exchange::unopened();
    let attacker = exchange.chain.wallet();
    let own = ballast_state::seeds::exchange(&attacker.pubkey(), 0).0;
    let instruction = instructions::create_exchange(attacker.pubkey(), exchange.quote.token.mint, exchange.creation());
    let instruction = substitute(instruction, own, exchange.address);
    assert_refused(&mut exchange, ErrorCode::ConstraintSeeds, |exchange| {
        exchange.chain.send(&[instruction], &[&attacker])
    });
}

//! `create_bank`

use anchor_lang::error::ErrorCode;
use ballast::{BallastError, CreateBankArgs, events::BankCreated};
use ballast_client::instructions;
use ballast_harness::{
    Exchange, Mint, MintExtension, Outcome, Refusal, defaults,
    oracle::{Feed, LEGACY, RECEIVER},
    tokens::{SPL_TOKEN, TOKEN_2022},
};
use ballast_risk::Mode;
use ballast_state::{BankParameters, LAYOUT_VERSION, OracleSource};
use ballast_tests::{assert_refused, standard, substitute};
use solana_signer::Signer;

fn create(exchange: &mut Exchange, mint: &Mint, args: CreateBankArgs) -> Result<Outcome, Refusal> {
    let lister = exchange.listing.clone();
    let instruction = instructions::create_bank(exchange.address, lister.pubkey(), &mint.token, args);
    exchange.chain.send(&[instruction], &[&lister])
}

fn listing() -> CreateBankArgs {
    CreateBankArgs {
        oracle: Feed::pull([5; 32]).source,
        parameters: defaults::major_bank(),
        price_decimals: 6,
        hedge_market: 0,
    }
}

#[test]
fn create_bank_opens_a_vault_and_numbers_the_bank() {
    let mut exchange = standard();
    let before = exchange.state().bank_count;
    let mint = exchange.chain.mint(8, TOKEN_2022, &[]);
    let args = CreateBankArgs { hedge_market: 3, ..listing() };
    let event: BankCreated = create(&mut exchange, &mint, args.clone()).expect("the bank is listed").event();
    let (address, vault) = mint.token.bank(&exchange.address);
    assert_eq!((event.exchange, event.bank, event.mint), (exchange.address, address, mint.token.mint));
    assert_eq!((event.number, exchange.state().bank_count), (before + 1, before + 1));
    let snapshot = exchange.snapshot();
    let (_, bank) = snapshot.banks().find(|(found, _)| *found == address).expect("the bank is there");
    assert_eq!((bank.exchange, bank.mint, bank.vault), (exchange.address, mint.token.mint, vault));
    assert_eq!((bank.token_program, bank.number, bank.hedge_market), (TOKEN_2022, before + 1, 3));
    assert_eq!((bank.oracle, bank.parameters), (args.oracle, args.parameters));
    assert_eq!((bank.token_decimals, bank.price_decimals, bank.version), (8, 6, LAYOUT_VERSION));
    assert_eq!((bank.price, bank.deposits, bank.insurance), (0, 0, 0));
    exchange.assert_books_balance();
}

#[test]
fn create_bank_of_the_quote_token_makes_it_the_quote_bank() {
    let exchange = Exchange::new();
    assert_eq!(exchange.state().quote_bank, exchange.quote_token().bank(&exchange.address).0);
}

#[test]
fn create_bank_refuses_to_list_a_token_twice() {
    let mut exchange = standard();
    let mint = exchange.collateral("BTC").mint.clone();
    // The system program's "account already in use".
    assert_refused(&mut exchange, 0_u32, |exchange| create(exchange, &mint, listing()));
}

#[test]
fn create_bank_accepts_extensions_that_do_not_endanger_a_vault() {
    let mut exchange = Exchange::new();
    let harmless = [
        vec![MintExtension::MetadataPointer],
        vec![MintExtension::InterestBearing],
        vec![MintExtension::ScaledUiAmount, MintExtension::MetadataPointer],
    ];
    for (index, extensions) in harmless.iter().enumerate() {
        let mint = exchange.chain.mint(6, TOKEN_2022, extensions);
        let name = format!("TOKEN {index}");
        exchange.list_bank(&name, &mint, Feed::pull([5; 32]), defaults::stable_bank(), 0).expect("it is listed");
        let trader = exchange.trader(Mode::Cross, &[(&name, 1_000)]);
        exchange.withdraw(&trader, &name, 400).expect("the token moves");
        assert_eq!(exchange.wallet_tokens(&trader, &name), 400);
    }
    exchange.assert_books_balance();
}

#[test]
fn create_bank_refuses_extensions_that_endanger_a_vault() {
    let mut exchange = Exchange::new();
    for extension in [
        MintExtension::TransferFee(100),
        // A fee of zero that its authority can raise.
        MintExtension::TransferFee(0),
        MintExtension::TransferHook(Some(ballast::ID)),
        // No hook yet, but an authority that can set one.
        MintExtension::TransferHook(None),
        MintExtension::PermanentDelegate,
        MintExtension::CloseAuthority,
        MintExtension::NonTransferable,
        MintExtension::Pausable,
        MintExtension::DefaultFrozen,
    ] {
        let mint = exchange.chain.mint(6, TOKEN_2022, &[MintExtension::MetadataPointer, extension]);
        assert_refused(&mut exchange, BallastError::MintExtension, |exchange| create(exchange, &mint, listing()));
    }
}

#[test]
fn create_bank_refuses_oracle_sources_it_does_not_know() {
    let mut exchange = Exchange::new();
    let mint = exchange.chain.mint(6, SPL_TOKEN, &[]);
    let good = Feed::pull([5; 32]).source;
    for oracle in [
        OracleSource { program: ballast::ID, ..good },
        OracleSource { program: LEGACY, ..good },
        OracleSource { kind: OracleSource::PUSH, program: RECEIVER, ..good },
        OracleSource { feed: [0; 32], ..good },
    ] {
        let args = CreateBankArgs { oracle, ..listing() };
        assert_refused(&mut exchange, BallastError::OracleSourceRefused, |exchange| create(exchange, &mint, args));
    }
    for oracle in [
        OracleSource { kind: 0, ..good },
        OracleSource { kind: 3, ..good },
        OracleSource { padding: [0, 0, 0, 0, 0, 0, 1], ..good },
    ] {
        let args = CreateBankArgs { oracle, ..listing() };
        assert_refused(&mut exchange, BallastError::ParameterOutOfBounds, |exchange| create(exchange, &mint, args));
    }
}

#[test]
fn create_bank_refuses_parameters_out_of_bounds() {
    let mut exchange = standard();
    let mint = exchange.chain.mint(6, SPL_TOKEN, &[]);
    // The bounds themselves are tested where they stand, in the state crate: here, that none is passed by.
    let cases: [fn(&mut BankParameters); 8] = [
        |parameters| parameters.deposit_cap = u64::MAX,
        |parameters| parameters.initial_cap = parameters.deposit_cap + 1,
        |parameters| parameters.haircut_base = u32::MAX,
        |parameters| parameters.haircut_base = parameters.haircut_highest + 1,
        |parameters| parameters.seed_volatility = 0,
        |parameters| parameters.confidence_limit = 0,
        |parameters| parameters.confidence_limit = u32::MAX,
        |parameters| parameters.outflow_share = 0,
    ];
    for break_one in cases {
        let mut args = listing();
        break_one(&mut args.parameters);
        assert_refused(&mut exchange, BallastError::ParameterOutOfBounds, |exchange| create(exchange, &mint, args));
    }
    let beyond = exchange.state().market_count + 1;
    for args in
        [CreateBankArgs { price_decimals: 20, ..listing() }, CreateBankArgs { hedge_market: beyond, ..listing() }]
    {
        assert_refused(&mut exchange, BallastError::ParameterOutOfBounds, |exchange| create(exchange, &mint, args));
    }
}

#[test]
fn attacker_create_bank_without_the_listing_role() {
    let mut exchange = standard();
    let attacker = exchange.chain.wallet();
    let mint = exchange.chain.mint(6, SPL_TOKEN, &[]);
    let instruction = instructions::create_bank(exchange.address, attacker.pubkey(), &mint.token, listing());
    assert_refused(&mut exchange, BallastError::NotRoleHolder, |exchange| {
        exchange.chain.send(&[instruction], &[&attacker])
    });
}

#[test]
fn attacker_create_bank_with_a_vault_of_their_own() {
    let mut exchange = standard();
    let lister = exchange.listing.clone();
    let mint = exchange.chain.mint(6, SPL_TOKEN, &[]);
    let attacker = exchange.chain.wallet();
    let own = exchange.chain.fund(&mint, &attacker.pubkey(), 1);
    let instruction = instructions::create_bank(exchange.address, lister.pubkey(), &mint.token, listing());
    let instruction = substitute(instruction, mint.token.bank(&exchange.address).1, own);
    assert_refused(&mut exchange, ErrorCode::ConstraintSeeds, |exchange| {
        exchange.chain.send(&[instruction], &[&lister])
    });
}

//! `migrate`: accounts of earlier versions, from bytes that the program of that version wrote (`migrations/`).

use std::collections::BTreeMap;

use anchor_lang::error::ErrorCode;
use ballast::{BallastError, events::AccountMigrated};
use ballast_client::instructions;
use ballast_harness::Exchange;
use ballast_risk::Mode;
use ballast_state::{
    Contract,
    reader::{self, ReadError},
};
use ballast_tests::{assert_refused, standard};
use solana_signer::Signer;

/// An exchange as version 1 wrote it, type tag included: the seeded one with a hand-over that waits and a pause.
const EXCHANGE_1: &[u8] = include_bytes!("../../../migrations/exchange_1.bin");
/// Its fields, as that version's code shows them.
const EXCHANGE_1_FIELDS: &str = include_str!("../../../migrations/exchange_1.txt");

/// The seeded exchange, as version 1 left it.
fn on_version_1() -> Exchange {
    let mut exchange = standard();
    leave_to_version_1(&mut exchange);
    exchange
}

fn leave_to_version_1(exchange: &mut Exchange) {
    exchange.chain.set_account(exchange.address, ballast::ID, EXCHANGE_1.to_vec());
}

/// The fields of a structure as its `Debug` shows them, by their paths; those that version 2 added or meant to change left out.
fn fields(shown: &str) -> BTreeMap<String, String> {
    let mut path: Vec<String> = Vec::new();
    let mut counts = vec![0];
    let mut fields = BTreeMap::new();
    for line in shown.lines().map(|line| line.trim().trim_end_matches(',')) {
        if matches!(line, "}" | "]" | ")") {
            path.pop();
            counts.pop();
            continue;
        }
        let count = counts.last_mut().expect("brackets are balanced");
        let (name, value) =
            line.split_once(": ").map_or((count.to_string(), line), |(name, value)| (name.into(), value));
        *count += 1;
        if value.ends_with(['{', '[', '(']) {
            path.push(name);
            counts.push(0);
        } else {
            fields.insert(format!("{}/{name}", path.join("/")), value.into());
        }
    }
    fields.retain(|path, _| {
        let name = path.trim_start_matches("0/");
        !name.starts_with("reserved/")
            && !name.starts_with("parameters/padding")
            && !["version", "parameters/bankruptcy_dispute_seconds"].contains(&name)
    });
    fields
}

#[test]
fn an_exchange_of_version_1_keeps_every_field() {
    let mut exchange = on_version_1();
    let address = exchange.address;
    let outcome = exchange.chain.send(&[instructions::migrate(address)], &[]).expect("it is migrated");
    assert!(outcome.compute_units <= 1_700, "{} compute units", outcome.compute_units);
    let event: AccountMigrated = outcome.event();
    assert_eq!((event.account, event.from, event.to), (address, 1, 2));
    let state = exchange.state();
    let (before, after) = (fields(EXCHANGE_1_FIELDS), fields(&format!("{state:#?}")));
    assert!(before.len() > 300, "{} fields", before.len());
    assert_eq!(before, after);
    assert_eq!((state.version, state.parameters.bankruptcy_dispute_seconds), (2, 3_600));
    assert_eq!((state.parameters.padding, state.reserved), ([0; 4], [0; 208]));
    state.parameters.validate().expect("the new parameter is within its bounds");
    assert_eq!(exchange.chain.data(&address).len(), EXCHANGE_1.len());
}

#[test]
fn an_exchange_goes_on_once_it_is_migrated() {
    let mut exchange = standard();
    let [first, second] = [(); 2].map(|()| exchange.trader(Mode::Portfolio, &[("USDC", 100_000_000_000)]));
    exchange.buy(&first, &second, "BTC", Contract::PERPETUAL, 1_000);
    let leg = exchange.leg_at_mark("BTC", Contract::PERPETUAL, 1_000);
    let check = exchange.trade_check(&first, &second, &[leg]);
    let trade = instructions::trade(&first.key, &second.key, vec![leg], check);
    let signers = [&first.wallet, &second.wallet];
    leave_to_version_1(&mut exchange);
    let refusal = ErrorCode::AccountDiscriminatorMismatch;
    assert_refused(&mut exchange, refusal, |exchange| exchange.chain.send(std::slice::from_ref(&trade), &signers));
    let migrate = instructions::migrate(exchange.address);
    exchange.chain.send(&[migrate, trade], &signers).expect("both in one transaction");
    assert_eq!(exchange.account(&first).positions[0].quantity, 2_000);
    exchange.assert_books_balance();
}

#[test]
fn readers_name_an_account_of_an_earlier_version() {
    assert_eq!(reader::read::<ballast_state::Exchange>(EXCHANGE_1).err(), Some(ReadError::EarlierVersion));
    assert_eq!(reader::read::<ballast_state::Exchange>(&EXCHANGE_1[1..]).err(), Some(ReadError::WrongType));
}

#[test]
fn migrate_refuses_what_is_up_to_date() {
    let mut exchange = standard();
    let trader = exchange.trader(Mode::Portfolio, &[]);
    let bank = exchange.collateral("SOL").mint.token.bank(&exchange.address).0;
    for account in [exchange.address, bank, exchange.market_address("BTC"), trader.address()] {
        assert_refused(&mut exchange, BallastError::UpToDate, |exchange| {
            exchange.chain.send(&[instructions::migrate(account)], &[])
        });
    }
}

#[test]
fn attacker_migrates_an_account_of_another_program() {
    let mut exchange = on_version_1();
    let [theirs, wallet] = [(); 2].map(|()| exchange.chain.wallet());
    let foreign = theirs.pubkey();
    // Whoever owns a program can write what it likes into its accounts.
    exchange.chain.set_account(foreign, example_desk::ID, EXCHANGE_1.to_vec());
    for account in [foreign, wallet.pubkey()] {
        assert_refused(&mut exchange, BallastError::ForeignAccount, |exchange| {
            exchange.chain.send(&[instructions::migrate(account)], &[])
        });
    }
}

#[test]
fn migrate_refuses_what_no_version_wrote() {
    let mut exchange = on_version_1();
    let address = exchange.address;
    let damaged = [EXCHANGE_1[..EXCHANGE_1.len() - 1].to_vec(), vec![0; EXCHANGE_1.len()], Vec::new()];
    for data in damaged {
        exchange.chain.set_account(address, ballast::ID, data);
        assert_refused(&mut exchange, BallastError::ForeignAccount, |exchange| {
            exchange.chain.send(&[instructions::migrate(address)], &[])
        });
    }
}

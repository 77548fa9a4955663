//! `open_account`

use anchor_lang::error::ErrorCode;
use ballast::{BallastError, events::AccountOpened};
use ballast_client::{MarginAccountKey, instructions};
use ballast_risk::Mode;
use ballast_state::LAYOUT_VERSION;
use ballast_tests::{assert_refused, standard, substitute, unsigned};
use solana_signer::Signer;

#[test]
fn open_account_starts_empty_in_the_mode_asked_for() {
    let mut exchange = standard();
    let wallet = exchange.chain.wallet();
    for (sub_account, mode) in [(0, Mode::Portfolio), (1, Mode::Isolated), (u16::MAX, Mode::Cross)] {
        let trader = exchange.open_account(&wallet, sub_account, mode).expect("the account is opened");
        let account = exchange.account(&trader);
        assert_eq!((account.exchange, account.owner), (exchange.address, wallet.pubkey()));
        assert_eq!((account.sub_account, account.mode(), account.version), (sub_account, mode, LAYOUT_VERSION));
        assert_eq!((account.cash, account.position_count), (0, 0));
    }
    exchange.assert_books_balance();
}

#[test]
fn open_account_reports_what_it_opened() {
    let mut exchange = standard();
    let wallet = exchange.chain.wallet();
    let key = MarginAccountKey { exchange: exchange.address, owner: wallet.pubkey(), sub_account: 7 };
    let instruction = instructions::open_account(&key, exchange.chain.payer().pubkey(), Mode::Cross);
    let outcome = exchange.chain.send(&[instruction], &[&wallet]).expect("the account is opened");
    let event: AccountOpened = outcome.event();
    assert_eq!((event.account, event.owner, event.mode), (key.address(), wallet.pubkey(), Mode::Cross as u8));
}

#[test]
fn open_account_refuses_an_unknown_mode() {
    let mut exchange = standard();
    let wallet = exchange.chain.wallet();
    let key = MarginAccountKey { exchange: exchange.address, owner: wallet.pubkey(), sub_account: 0 };
    let mut instruction = instructions::open_account(&key, exchange.chain.payer().pubkey(), Mode::Cross);
    *instruction.data.last_mut().expect("the mode is the last byte") = 3;
    assert_refused(&mut exchange, BallastError::UnknownMode, |exchange| {
        exchange.chain.send(&[instruction], &[&wallet])
    });
}

#[test]
fn open_account_refuses_to_open_twice() {
    let mut exchange = standard();
    let trader = exchange.trader(Mode::Cross, &[]);
    // The system program's "account already in use".
    assert_refused(&mut exchange, 0_u32, |exchange| {
        let instruction = instructions::open_account(&trader.key, exchange.chain.payer().pubkey(), Mode::Cross);
        exchange.chain.send(&[instruction], &[&trader.wallet])
    });
}

#[test]
fn attacker_open_account_for_somebody_who_does_not_sign() {
    let mut exchange = standard();
    let victim = exchange.chain.wallet();
    let key = MarginAccountKey { exchange: exchange.address, owner: victim.pubkey(), sub_account: 0 };
    let instruction = instructions::open_account(&key, exchange.chain.payer().pubkey(), Mode::Cross);
    let instruction = unsigned(instruction, victim.pubkey());
    assert_refused(&mut exchange, ErrorCode::AccountNotSigner, |exchange| exchange.chain.send(&[instruction], &[]));
}

#[test]
fn attacker_open_account_at_an_address_of_their_choice() {
    let mut exchange = standard();
    let attacker = exchange.chain.wallet();
    let elsewhere = exchange.chain.wallet();
    let key = MarginAccountKey { exchange: exchange.address, owner: attacker.pubkey(), sub_account: 0 };
    let instruction = instructions::open_account(&key, exchange.chain.payer().pubkey(), Mode::Cross);
    let instruction = substitute(instruction, key.address(), elsewhere.pubkey());
    assert_refused(&mut exchange, ErrorCode::ConstraintSeeds, |exchange| {
        exchange.chain.send(&[instruction], &[&attacker])
    });
}

#[test]
fn attacker_open_account_in_an_exchange_that_is_none() {
    let mut exchange = standard();
    let attacker = exchange.chain.wallet();
    let fake = exchange.collateral("BTC").mint.token.bank(&exchange.address).0;
    let key = MarginAccountKey { exchange: fake, owner: attacker.pubkey(), sub_account: 0 };
    assert_refused(&mut exchange, ErrorCode::AccountDiscriminatorMismatch, |exchange| {
        let instruction = instructions::open_account(&key, exchange.chain.payer().pubkey(), Mode::Cross);
        exchange.chain.send(&[instruction], &[&attacker])
    });
}

//! `close_account`

use anchor_lang::error::ErrorCode;
use ballast::{BallastError, events::AccountClosed};
use ballast_client::instructions;
use ballast_risk::Mode;
use ballast_state::Contract;
use ballast_tests::{assert_refused, standard, unsigned};
use solana_signer::Signer;

#[test]
fn close_account_returns_the_rent_and_can_open_again() {
    let mut exchange = standard();
    let trader = exchange.trader(Mode::Cross, &[]);
    let rent = exchange.chain.account(&trader.address()).expect("the account exists").lamports;
    let before = exchange.chain.account(&trader.owner()).expect("the wallet exists").lamports;
    let event: AccountClosed = exchange.close_account(&trader).expect("an empty account closes").event();
    assert_eq!((event.account, event.owner), (trader.address(), trader.owner()));
    assert!(exchange.chain.account(&trader.address()).is_none());
    let after = exchange.chain.account(&trader.owner()).expect("the wallet exists").lamports;
    assert_eq!(after - before, rent);
    exchange.open_account(&trader.wallet, 0, Mode::Portfolio).expect("the account opens again");
    assert_eq!(exchange.account(&trader).mode(), Mode::Portfolio);
}

#[test]
fn close_account_refuses_cash() {
    let mut exchange = standard();
    let trader = exchange.trader(Mode::Cross, &[("USDC", 1)]);
    assert_refused(&mut exchange, BallastError::AccountNotEmpty, |exchange| exchange.close_account(&trader));
    exchange.withdraw(&trader, "USDC", 1).expect("without positions all cash may leave");
    exchange.close_account(&trader).expect("an empty account closes");
}

#[test]
fn close_account_refuses_collateral() {
    let mut exchange = standard();
    let trader = exchange.trader(Mode::Cross, &[("SOL", 1)]);
    assert_refused(&mut exchange, BallastError::AccountNotEmpty, |exchange| exchange.close_account(&trader));
}

#[test]
fn close_account_refuses_positions() {
    let mut exchange = standard();
    let first = exchange.trader(Mode::Cross, &[("USDC", 10_000_000_000)]);
    let second = exchange.trader(Mode::Cross, &[("USDC", 10_000_000_000)]);
    exchange.buy(&first, &second, "BTC", Contract::PERPETUAL, 1_000);
    for trader in [&first, &second] {
        assert_refused(&mut exchange, BallastError::AccountNotEmpty, |exchange| exchange.close_account(trader));
    }
}

#[test]
fn attacker_close_account_of_somebody_else() {
    let mut exchange = standard();
    let victim = exchange.trader(Mode::Cross, &[]);
    let attacker = exchange.chain.wallet();
    let stolen = ballast_tests::substitute(
        instructions::close_account(&victim.key, attacker.pubkey()),
        victim.owner(),
        attacker.pubkey(),
    );
    assert_refused(&mut exchange, BallastError::NotOwner, |exchange| exchange.chain.send(&[stolen], &[&attacker]));
    let unsigned = unsigned(instructions::close_account(&victim.key, attacker.pubkey()), victim.owner());
    assert_refused(&mut exchange, ErrorCode::AccountNotSigner, |exchange| {
        exchange.chain.send(&[unsigned], &[&attacker])
    });
}

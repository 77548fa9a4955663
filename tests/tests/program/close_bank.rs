//! `close_bank`, `remove_bank`: the end of a collateral token.

use ballast::{
    BallastError,
    events::{BankClosingBegan, BankRemoved},
};
use ballast_client::instructions;
use ballast_harness::{Exchange, Trader};
use ballast_risk::Mode;
use ballast_state::Contract;
use ballast_tests::{assert_refused, standard, substitute, unsigned};
use solana_signer::Signer;

const DOLLAR: u64 = 1_000_000;
/// One SOL in native units.
const SOL: u64 = 1_000_000_000;

/// Somebody with cash and ten SOL, and where governance wants what is left over.
fn with_deposit() -> (Exchange, Trader, anchor_lang::prelude::Pubkey) {
    let mut exchange = standard();
    let trader = exchange.trader(Mode::Portfolio, &[("USDC", 50_000 * DOLLAR), ("SOL", 10 * SOL)]);
    let mint = exchange.collateral("SOL").mint.clone();
    let governance = exchange.governance.pubkey();
    let surplus = exchange.chain.fund(&mint, &governance, 1);
    (exchange, trader, surplus)
}

#[test]
fn a_closing_bank_takes_no_deposits_and_lets_everything_out() {
    let (mut exchange, trader, surplus) = with_deposit();
    let event: BankClosingBegan = exchange.close_bank("SOL").expect("it begins to close").event();
    assert_eq!((event.number, event.deposits), (exchange.collateral("SOL").number, 10 * SOL));
    exchange.fund(&trader, "SOL", SOL);
    assert_refused(&mut exchange, BallastError::BankClosing, |exchange| exchange.deposit(&trader, "SOL", SOL));
    assert_refused(&mut exchange, BallastError::BankClosing, |exchange| exchange.close_bank("SOL"));
    // It counts as before, and may be declared a hedge.
    let other = exchange.trader(Mode::Portfolio, &[("USDC", 50_000 * DOLLAR)]);
    exchange.buy(&other, &trader, "SOL", Contract::PERPETUAL, 500);
    exchange.declare_hedge(&trader, "SOL", 5 * SOL).expect("a hedge");
    assert_refused(&mut exchange, BallastError::BankInUse, |exchange| exchange.remove_bank("SOL", surplus));
    exchange.withdraw(&trader, "SOL", 10 * SOL).expect("withdrawals are free");
    exchange.assert_books_balance();
}

#[test]
fn remove_bank_returns_the_rent_and_what_nobody_deposited() {
    let (mut exchange, trader, surplus) = with_deposit();
    exchange.close_bank("SOL").expect("it begins to close");
    exchange.withdraw(&trader, "SOL", 10 * SOL).expect("withdrawals are free");
    let mint = exchange.collateral("SOL").mint.clone();
    let (bank, vault) = mint.token.bank(&exchange.address);
    // Somebody sends a token to the vault, to keep it from being closed.
    exchange.chain.give(&mint, &vault, 7);
    let governance = exchange.governance.pubkey();
    let lamports = |exchange: &Exchange, address| exchange.chain.account(address).map_or(0, |account| account.lamports);
    let before = lamports(&exchange, &governance);
    let rent = lamports(&exchange, &bank) + lamports(&exchange, &vault);
    let number = exchange.collateral("SOL").number;
    let governor = exchange.governance.clone();
    let remove = instructions::remove_bank(exchange.address, governance, &mint.token, surplus);
    assert_refused(&mut exchange, BallastError::DurableNonce, |exchange| {
        exchange.chain.send_on_nonce(&[remove], &[&governor])
    });
    let event: BankRemoved = exchange.remove_bank("SOL", surplus).expect("nobody has a deposit").event();
    assert_eq!((event.number, event.surplus), (number, 7));
    assert_eq!(exchange.chain.tokens(&surplus), 8);
    assert_eq!(lamports(&exchange, &governance), before + rent);
    assert!(exchange.chain.account(&bank).is_none() && exchange.chain.account(&vault).is_none());
    exchange.assert_books_balance();
    // The token can be listed anew, under a number of its own.
    let count = exchange.state().bank_count;
    let feed = ballast_harness::oracle::Feed::pull([5; 32]);
    exchange.list_bank("SOL", &mint, feed, ballast_harness::defaults::midcap_bank(), 0).expect("it is listed again");
    assert_eq!(exchange.collateral("SOL").number, count + 1);
}

#[test]
fn remove_bank_refuses_one_that_is_open() {
    let mut exchange = standard();
    let mint = exchange.collateral("PYUSD").mint.clone();
    let governance = exchange.governance.pubkey();
    let surplus = exchange.chain.fund(&mint, &governance, 1);
    assert_refused(&mut exchange, BallastError::BankInUse, |exchange| exchange.remove_bank("PYUSD", surplus));
    exchange.close_bank("PYUSD").expect("it begins to close");
    exchange.remove_bank("PYUSD", surplus).expect("a Token-2022 vault closes, too");
}

#[test]
fn close_bank_refuses_that_of_the_quote_token() {
    let mut exchange = standard();
    assert_refused(&mut exchange, BallastError::QuoteBank, |exchange| exchange.close_bank("USDC"));
}

#[test]
fn attacker_closes_or_removes_a_bank_without_being_governance() {
    let (mut exchange, trader, surplus) = with_deposit();
    let (token, governance) = (exchange.collateral("SOL").mint.token, exchange.governance.pubkey());
    let close = instructions::close_bank(exchange.address, governance, &token);
    let remove = instructions::remove_bank(exchange.address, governance, &token, surplus);
    for instruction in [close, remove] {
        let theirs = substitute(instruction.clone(), governance, trader.owner());
        assert_refused(&mut exchange, BallastError::NotGovernance, |exchange| {
            exchange.chain.send(&[theirs], &[&trader.wallet])
        });
        let signature = anchor_lang::error::ErrorCode::AccountNotSigner;
        let theirs = unsigned(instruction, governance);
        assert_refused(&mut exchange, signature, |exchange| exchange.chain.send(&[theirs], &[]));
    }
}

//! States that no instruction makes: should one come about all the same, the program refuses with a clear error.

use anchor_lang::prelude::{AccountMeta, Pubkey};
use ballast::BallastError;
use ballast_client::instructions;
use ballast_harness::{Exchange, Trader};
use ballast_risk::Mode;
use ballast_state::{Contract, MarginAccount, Market, seeds};
use ballast_tests::{assert_refused, standard, tamper};

/// One µUSD-dollar.
const DOLLAR: u64 = 1_000_000;

/// A trader who holds one lot of the BTC perpetual, and the address of that market.
fn with_position() -> (Exchange, Trader, Pubkey) {
    let mut exchange = standard();
    let deposits = [("USDC", 1_000_000 * DOLLAR)];
    let (trader, other) = (exchange.trader(Mode::Portfolio, &deposits), exchange.trader(Mode::Portfolio, &deposits));
    exchange.buy(&trader, &other, "BTC", Contract::PERPETUAL, 1);
    let market = seeds::market(&exchange.address, exchange.underlying("BTC").number).0;
    (exchange, trader, market)
}

#[track_caller]
fn assert_assess_refuses(exchange: &mut Exchange, trader: &Trader, error: BallastError) {
    let check = exchange.check_of(trader);
    let instruction = instructions::assess(exchange.address, trader.address(), check);
    assert_refused(exchange, error, |exchange| exchange.chain.send(&[instruction], &[]));
}

#[test]
fn assess_refuses_an_account_that_refers_to_an_unlisted_contract() {
    let (mut exchange, trader, _) = with_position();
    tamper(&mut exchange, trader.address(), |account: &mut MarginAccount| {
        account.positions[0].kind = 4;
        account.positions[0].number = 77;
    });
    assert_assess_refuses(&mut exchange, &trader, BallastError::CorruptAccount);
}

#[test]
fn assess_refuses_an_account_whose_counts_disagree() {
    let (mut exchange, trader, _) = with_position();
    tamper(&mut exchange, trader.address(), |account: &mut MarginAccount| account.markets[0].position_count = 9);
    assert_assess_refuses(&mut exchange, &trader, BallastError::CorruptAccount);
}

#[test]
fn assess_refuses_a_market_without_a_price() {
    let (mut exchange, trader, market) = with_position();
    tamper(&mut exchange, market, |market: &mut Market| market.price = 0);
    assert_assess_refuses(&mut exchange, &trader, BallastError::StaleMarket);
    tamper(&mut exchange, market, |market: &mut Market| market.price = 1 << 48);
    assert_assess_refuses(&mut exchange, &trader, BallastError::PriceOutOfRange);
}

#[test]
fn assess_refuses_a_notional_beyond_the_limit() {
    let (mut exchange, trader, market) = with_position();
    tamper(&mut exchange, trader.address(), |account: &mut MarginAccount| account.positions[0].quantity = 1 << 30);
    tamper(&mut exchange, market, |market: &mut Market| market.price = (1 << 48) - 1);
    assert_assess_refuses(&mut exchange, &trader, BallastError::NotionalOutOfRange);
}

#[test]
fn assess_refuses_a_quantity_beyond_the_limit() {
    let (mut exchange, trader, _) = with_position();
    for quantity in [(1 << 30) + 1, i64::MAX, i64::MIN] {
        tamper(&mut exchange, trader.address(), |account: &mut MarginAccount| {
            account.positions[0].quantity = quantity;
        });
        assert_assess_refuses(&mut exchange, &trader, BallastError::QuantityOutOfRange);
    }
}

#[test]
fn deposit_refuses_cash_that_would_overflow() {
    let (mut exchange, trader, _) = with_position();
    tamper(&mut exchange, trader.address(), |account: &mut MarginAccount| account.cash = i64::MAX);
    exchange.fund(&trader, "USDC", 1);
    assert_refused(&mut exchange, BallastError::Overflow, |exchange| exchange.deposit(&trader, "USDC", 1));
}

#[test]
fn assess_refuses_more_accounts_than_a_check_takes() {
    let (mut exchange, trader, market) = with_position();
    let original = exchange.chain.data(&market);
    let copies: Vec<AccountMeta> = (0..49_u16)
        .map(|number| {
            let address = Pubkey::new_from_array([number as u8 + 100; 32]);
            exchange.chain.set_account(address, ballast::ID, original.clone());
            tamper(&mut exchange, address, |market: &mut Market| market.number = 1_000 + number);
            AccountMeta::new_readonly(address, false)
        })
        .collect();
    let instruction = instructions::assess(exchange.address, trader.address(), copies);
    assert_refused(&mut exchange, BallastError::TooManyAccounts, |exchange| exchange.chain.send(&[instruction], &[]));
}

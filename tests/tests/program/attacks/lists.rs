//! Account lists that leave out, repeat, replace or multiply.

use anchor_lang::prelude::{AccountMeta, Pubkey};
use ballast::{BallastError, events::Traded};
use ballast_client::instructions;
use ballast_harness::{
    Exchange, Trader, defaults, distress::SMALL_SLICE, oracle::USD, shapes::Shape, tokens::SPL_TOKEN,
};
use ballast_risk::Mode;
use ballast_state::{Contract, PositionKind, seeds};
use ballast_tests::{assert_refused, standard};
use solana_signer::Signer;

use super::{BITCOIN, DOLLAR};

/// An attacker long a bitcoin with 60,000 dollars and somebody honest; the bitcoin fell to 70,000.
fn with_loss() -> (Exchange, Trader, Trader) {
    let mut exchange = standard();
    let attacker = exchange.trader(Mode::Portfolio, &[("USDC", 60_000 * DOLLAR), ("PYUSD", DOLLAR)]);
    let honest = exchange.trader(Mode::Portfolio, &[("USDC", 500_000 * DOLLAR)]);
    exchange.buy(&attacker, &honest, "BTC", Contract::PERPETUAL, BITCOIN);
    exchange.buy(&attacker, &honest, "ETH", Contract::PERPETUAL, 1);
    exchange.set_price("BTC", 70_000 * USD);
    exchange.refresh_all();
    (exchange, attacker, honest)
}

/// Tries to withdraw 50,000 dollars, of which thirty are lost, with a list of one's own making.
fn assert_no_withdrawal(error: BallastError, change: impl FnOnce(&mut Exchange, &mut Vec<AccountMeta>)) {
    let (mut exchange, attacker, _) = with_loss();
    let mut check = exchange.check_of(&attacker);
    change(&mut exchange, &mut check);
    let (token, destination) = exchange.wallet_account(&attacker, "USDC");
    let instruction = instructions::withdraw(&attacker.key, &token, destination, 50_000 * DOLLAR, check);
    assert_refused(&mut exchange, error, |exchange| exchange.chain.send(&[instruction], &[&attacker.wallet]));
}

fn market(exchange: &Exchange, name: &str) -> Pubkey {
    seeds::market(&exchange.address, exchange.underlying(name).number).0
}

#[test]
fn attack_withdraw_with_the_whole_list_in_any_order() {
    for turn in 0..4 {
        assert_no_withdrawal(BallastError::BelowWithdrawalExcess, |_, check| check.rotate_left(turn));
    }
}

#[test]
fn attack_withdraw_without_the_market_of_the_loss() {
    assert_no_withdrawal(BallastError::MissingMarket, |exchange, check| {
        let lost = market(exchange, "BTC");
        check.retain(|meta| meta.pubkey != lost);
    });
    // Markets come first: nothing but the banks is left.
    assert_no_withdrawal(BallastError::MissingMarket, |_, check| drop(check.drain(..2)));
}

#[test]
fn attack_withdraw_with_a_market_in_place_of_another() {
    assert_no_withdrawal(BallastError::DuplicateAccount, |exchange, check| {
        let (lost, other) = (market(exchange, "BTC"), market(exchange, "ETH"));
        for meta in check.iter_mut().filter(|meta| meta.pubkey == lost) {
            meta.pubkey = other;
        }
    });
    assert_no_withdrawal(BallastError::MissingMarket, |exchange, check| {
        let (lost, other) = (market(exchange, "BTC"), market(exchange, "SOL"));
        for meta in check.iter_mut().filter(|meta| meta.pubkey == lost) {
            meta.pubkey = other;
        }
    });
}

#[test]
fn attack_withdraw_with_a_copy_of_a_market_from_before_the_loss() {
    assert_no_withdrawal(BallastError::ForeignAccount, |exchange, check| {
        let lost = market(exchange, "BTC");
        let data = exchange.chain.data(&lost);
        let copy = exchange.chain.wallet().pubkey();
        exchange.chain.set_account(copy, SPL_TOKEN, data);
        for meta in check.iter_mut().filter(|meta| meta.pubkey == lost) {
            meta.pubkey = copy;
        }
    });
}

#[test]
fn attack_withdraw_with_the_market_of_an_exchange_of_ones_own() {
    assert_no_withdrawal(BallastError::WrongExchange, |exchange, check| {
        let lost = market(exchange, "BTC");
        let other = exchange.open_another(1).expect("another exchange is created");
        let elsewhere = exchange.list_market_in(other, "BTC").expect("a market there");
        for meta in check.iter_mut().filter(|meta| meta.pubkey == lost) {
            meta.pubkey = elsewhere;
        }
    });
}

#[test]
fn attack_escape_liquidation_by_changing_the_account_under_the_liquidator() {
    // A speck of another collateral, deposited just before, makes the liquidator's account list incomplete. Who lists
    // all banks and markets in the first place cannot be shaken off.
    let mut exchange = standard();
    let attacker = exchange.trader(Mode::Portfolio, &[("USDC", 21_000 * DOLLAR)]);
    let [honest, liquidator] = [(); 2].map(|()| exchange.trader(Mode::Portfolio, &[("USDC", 500_000 * DOLLAR)]));
    exchange.buy(&attacker, &honest, "BTC", Contract::PERPETUAL, BITCOIN);
    exchange.set_price("BTC", 93_000 * USD);
    exchange.refresh_all();
    let narrow = exchange.liquidation(&attacker, &liquidator, SMALL_SLICE);
    let mut wide = narrow.clone();
    for pair in exchange.priced() {
        if wide.accounts.iter().skip(5).all(|meta| meta.pubkey != pair.target) {
            wide.accounts.push(AccountMeta::new(pair.target, false));
        }
    }
    exchange.fund(&attacker, "SOL", 1);
    exchange.deposit(&attacker, "SOL", 1).expect("the deposit is accepted");
    assert_refused(&mut exchange, BallastError::MissingBank, |exchange| {
        exchange.chain.send(&[narrow], &[&liquidator.wallet])
    });
    exchange.chain.send(&[wide], &[&liquidator.wallet]).expect("more accounts than needed do no harm");
    exchange.assert_books_balance();
}

#[test]
fn attack_flood_the_log_to_hide_a_trade() {
    // Logs are cut at ten thousand bytes. The accounts tell what happened, to whoever reads them.
    let (mut exchange, attacker, honest) = with_loss();
    exchange.set_price("BTC", 100_000 * USD);
    exchange.pass_time(60);
    let refresh = instructions::refresh(exchange.address, &exchange.priced(), false);
    let leg = exchange.leg_at_mark("BTC", Contract::PERPETUAL, -BITCOIN);
    let check = exchange.trade_check(&attacker, &honest, &[leg]);
    let trade = instructions::trade(&attacker.key, &honest.key, vec![leg], check);
    let mut flood = vec![refresh; 12];
    flood.push(trade);
    let outcome = exchange.chain.send(&flood, &[&attacker.wallet, &honest.wallet]).expect("the trade is accepted");
    assert!(outcome.events::<Traded>().is_empty(), "the log was cut before the trade");
    let held = |trader| exchange.account(trader).quantity_of(1, PositionKind::Perpetual, 0);
    assert_eq!((held(&attacker), held(&honest)), (0, 0));
    exchange.assert_books_balance();
}

#[test]
fn attack_exhaust_the_memory_of_a_check() {
    // The largest account and the largest grid: what a check allocates grows with neither.
    let (mut exchange, trader) = Shape::largest().build(Mode::Portfolio, defaults::largest_grid());
    exchange.set_mode(&trader, Mode::Portfolio).expect("the largest account is checked");
}

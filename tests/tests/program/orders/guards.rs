//! The guard of a transaction: what advances the counter of authorised changes, and what must not.

use ballast::{BallastError, Cancellation};
use ballast_client::instructions;
use ballast_harness::{Exchange, Outcome, Refusal, Trader, oracle::USD};
use ballast_risk::Mode;
use ballast_state::{Contract, PositionKind};
use ballast_tests::{assert_refused, tamper};

use super::{BITCOIN, DOLLAR, matched, orders, perpetual, with_orderers};

fn changes(exchange: &Exchange, trader: &Trader) -> u64 {
    exchange.account(trader).authorised_changes
}

/// Withdraws a dollar, if the account is still as it was after so many changes.
fn withdraw_if(exchange: &mut Exchange, trader: &Trader, expected: u64) -> Result<Outcome, Refusal> {
    let (token, destination) = exchange.wallet_account(trader, "USDC");
    let check = exchange.check_of(trader);
    let withdrawal = instructions::withdraw(&trader.key, &token, destination, DOLLAR as u64, check);
    exchange.chain.send(&[instructions::expect_changes(trader.address(), expected), withdrawal], &[&trader.wallet])
}

#[test]
fn stale_transaction_fails_whole() {
    let (mut exchange, taker, _) = with_orderers();
    exchange.fund(&taker, "USDC", DOLLAR as u64);
    let seen = changes(&exchange, &taker);
    withdraw_if(&mut exchange, &taker, seen).expect("nothing has changed");
    // The same transaction again: the first one has changed the account.
    assert_refused(&mut exchange, BallastError::StateChanged, |exchange| withdraw_if(exchange, &taker, seen));
    withdraw_if(&mut exchange, &taker, seen + 1).expect("this one has looked again");
    for wrong in [0, seen + 3, u64::MAX] {
        assert_refused(&mut exchange, BallastError::StateChanged, |exchange| withdraw_if(exchange, &taker, wrong));
    }
}

#[test]
fn every_change_of_the_owner_advances_the_counter() {
    let (mut exchange, taker, maker) = with_orderers();
    let other = exchange.chain.wallet();
    let delegate = solana_signer::Signer::pubkey(&other);
    exchange.fund(&taker, "USDC", 10 * DOLLAR as u64);
    exchange.fund(&taker, "BTC", 100_000_000);
    let leg = perpetual(&exchange);
    type Change<'a> = Box<dyn Fn(&mut Exchange) -> Result<Outcome, Refusal> + 'a>;
    let own: Vec<Change> = vec![
        Box::new(|exchange| exchange.deposit(&taker, "USDC", DOLLAR as u64)),
        Box::new(|exchange| exchange.deposit(&taker, "BTC", 100_000_000)),
        Box::new(|exchange| exchange.withdraw(&taker, "USDC", DOLLAR as u64)),
        Box::new(|exchange| exchange.set_mode(&taker, Mode::Portfolio)),
        Box::new(|exchange| exchange.trade(&taker, &maker, &[leg])),
        Box::new(|exchange| exchange.declare_hedge(&taker, "BTC", 1_000)),
        Box::new(|exchange| exchange.lend(&taker, 10 * DOLLAR as u64)),
        Box::new(|exchange| exchange.borrow(&taker, DOLLAR as u64)),
        Box::new(|exchange| exchange.repay(&taker, DOLLAR as u64)),
        Box::new(|exchange| exchange.unlend(&taker, DOLLAR as u64)),
        Box::new(|exchange| exchange.set_delegate(&taker, delegate, 60, &[])),
        Box::new(|exchange| exchange.revoke_delegate(&taker)),
    ];
    for (place, change) in own.iter().enumerate() {
        let before = changes(&exchange, &taker);
        change(&mut exchange).unwrap_or_else(|refusal| panic!("change {place}: {refusal}"));
        assert_eq!(changes(&exchange, &taker), before + 1, "change {place}");
    }
}

#[test]
fn attacker_cannot_make_the_owners_transaction_stale() {
    let (mut exchange, taker, maker) = with_orderers();
    exchange.trade(&taker, &maker, &[perpetual(&exchange)]).expect("the trade is accepted");
    let (taking, resting) = orders(&exchange, &taker, &maker, 10);
    let seen = changes(&exchange, &taker);
    // All that a stranger can do to an account: refresh its markets, settle its profit and loss, fill its orders, one lot at
    // a time.
    exchange.set_price("BTC", 99_000 * USD);
    exchange.refresh_all();
    exchange.settle_pnl(&taker, "BTC", PositionKind::Perpetual, 0).expect("a loss is settled");
    exchange.set_price("BTC", 100_000 * USD);
    exchange.refresh_all();
    matched(&mut exchange, (&taker, &taking), (&maker, &resting), 1).expect("the orders match");
    withdraw_if(&mut exchange, &taker, seen).expect("nothing of that makes it stale");
}

#[test]
fn liquidation_advances_the_counter() {
    let mut exchange = ballast_tests::standard();
    let victim = exchange.orderer(Mode::Portfolio, &[("USDC", 21_000 * DOLLAR as u64)]);
    let other = exchange.trader(Mode::Portfolio, &[("USDC", 1_000_000 * DOLLAR as u64)]);
    exchange.buy(&victim, &other, "BTC", Contract::PERPETUAL, BITCOIN);
    let seen = [&victim, &other].map(|trader| changes(&exchange, trader));
    exchange.set_price("BTC", 92_000 * USD);
    exchange.refresh_all();
    let plan = ballast::LiquidationPlan::Slice { fraction: 1 << 22 };
    exchange.liquidate(&victim, &other, plan).expect("the account is below maintenance margin");
    assert_eq!([&victim, &other].map(|trader| changes(&exchange, trader)), seen.map(|seen| seen + 1));
    assert_refused(&mut exchange, BallastError::StateChanged, |exchange| withdraw_if(exchange, &victim, seen[0]));
}

#[test]
fn counter_wraps_around() {
    let (mut exchange, taker, _) = with_orderers();
    tamper(&mut exchange, taker.address(), |account: &mut ballast_state::MarginAccount| {
        account.authorised_changes = u64::MAX;
    });
    withdraw_if(&mut exchange, &taker, u64::MAX).expect("it is as expected");
    assert_eq!(changes(&exchange, &taker), 0);
    // Cancelling changes nothing of the account.
    exchange.cancel_orders(&taker.wallet, &taker, Cancellation::All).expect("the owner cancels");
    assert_eq!(changes(&exchange, &taker), 0);
}

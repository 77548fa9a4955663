//! `set_mode` and `declare_hedge`

use anchor_lang::error::ErrorCode;
use ballast::{BallastError, events::AccountChanged};
use ballast_client::instructions;
use ballast_harness::{Exchange, Trader, oracle::USD};
use ballast_risk::Mode;
use ballast_state::{Contract, OptionKind};
use ballast_tests::{assert_refused, standard, substitute, unsigned};

/// One bitcoin in native units, and in lots of the seeded market.
const BITCOIN: u64 = 100_000_000;
const LOTS: i64 = 100_000;
/// One µUSD-dollar.
const DOLLAR: u64 = 1_000_000;

/// A writer of one covered call with one bitcoin deposited, and the buyer.
fn with_covered_call(cash: u64) -> (Exchange, Trader, Trader) {
    let mut exchange = standard();
    let writer = exchange.trader(Mode::Portfolio, &[("BTC", BITCOIN), ("USDC", cash)]);
    let buyer = exchange.trader(Mode::Portfolio, &[("USDC", 100_000 * DOLLAR)]);
    let expiry = exchange.list_chain("BTC", 30, &[105_000]);
    let call = exchange.option(&expiry, 105_000, OptionKind::Call);
    exchange.buy(&buyer, &writer, "BTC", call, LOTS);
    (exchange, writer, buyer)
}

#[test]
fn declare_hedge_turns_a_deposit_into_cover() {
    let (mut exchange, writer, _) = with_covered_call(DOLLAR);
    let before = exchange.assess(&writer);
    let event: AccountChanged = exchange.declare_hedge(&writer, "BTC", BITCOIN).expect("cover is accepted").event();
    assert_eq!((event.bank, event.hedge_before, event.hedge), (exchange.collateral("BTC").number, 0, BITCOIN));
    let after = exchange.assess(&writer);
    let own = Mode::Portfolio as usize;
    assert_eq!(event.initial_excess, after.modes[own].initial_excess);
    assert_eq!(after.equity, before.equity);
    assert!(after.initial_haircut < before.initial_haircut);
    assert!(after.modes[own].initial_excess > before.modes[own].initial_excess);
    assert_eq!(exchange.preview(&writer), after);
    // What is declared goes with what it covers.
    exchange.declare_hedge(&writer, "BTC", 0).expect("without cover the deposit is collateral again");
    assert_eq!(exchange.assess(&writer), before);
    exchange.assert_books_balance();
}

#[test]
fn declare_hedge_shrinks_with_a_withdrawal() {
    let (mut exchange, writer, _) = with_covered_call(100_000 * DOLLAR);
    exchange.declare_hedge(&writer, "BTC", BITCOIN).expect("cover is accepted");
    exchange.withdraw(&writer, "BTC", BITCOIN / 4).expect("cash margins what the cover loses");
    let account = exchange.account(&writer);
    let slot = account.balance_slot(exchange.collateral("BTC").number).expect("the balance is there");
    assert_eq!(account.balances[slot].hedge, BITCOIN / 4 * 3);
    exchange.assert_books_balance();
}

#[test]
fn declare_hedge_refuses_more_than_the_balance() {
    let (mut exchange, writer, buyer) = with_covered_call(DOLLAR);
    assert_refused(&mut exchange, BallastError::InsufficientBalance, |exchange| {
        exchange.declare_hedge(&writer, "BTC", BITCOIN + 1)
    });
    assert_refused(&mut exchange, BallastError::InsufficientBalance, |exchange| {
        exchange.declare_hedge(&buyer, "BTC", 0)
    });
}

#[test]
fn declare_hedge_refuses_a_token_that_is_no_underlying() {
    let (mut exchange, writer, _) = with_covered_call(DOLLAR);
    exchange.fund(&writer, "PYUSD", 10);
    exchange.deposit(&writer, "PYUSD", 10).expect("the deposit is accepted");
    assert_refused(&mut exchange, BallastError::NotAHedge, |exchange| exchange.declare_hedge(&writer, "PYUSD", 10));
}

#[test]
fn declare_hedge_refuses_to_uncover_below_initial_margin() {
    let (mut exchange, writer, _) = with_covered_call(DOLLAR);
    exchange.declare_hedge(&writer, "BTC", BITCOIN).expect("cover is accepted");
    exchange.set_price("BTC", 400_000 * USD);
    exchange.refresh_all();
    // Far in the money, the cover pays for nearly all that the call costs; a deposit under a haircut would not.
    assert_refused(&mut exchange, BallastError::BelowInitialMargin, |exchange| {
        exchange.declare_hedge(&writer, "BTC", 0)
    });
}

#[test]
fn set_mode_runs_the_check_of_the_new_mode() {
    let mut exchange = standard();
    let hedger = exchange.trader(Mode::Portfolio, &[("USDC", 12_000 * DOLLAR)]);
    let other = exchange.trader(Mode::Portfolio, &[("USDC", 500_000 * DOLLAR)]);
    let expiry = exchange.list_chain("BTC", 30, &[]);
    let legs =
        [exchange.leg_at_mark("BTC", Contract::PERPETUAL, LOTS), exchange.leg_at_mark("BTC", expiry.future(), -LOTS)];
    exchange.trade(&hedger, &other, &legs).expect("the legs offset each other");
    let event: AccountChanged = exchange.set_mode(&hedger, Mode::Cross).expect("cross nets one market").event();
    assert_eq!((event.mode_before, event.mode), (Mode::Portfolio as u8, Mode::Cross as u8));
    assert_eq!(exchange.account(&hedger).mode(), Mode::Cross);
    assert_refused(&mut exchange, BallastError::BelowInitialMargin, |exchange| {
        exchange.set_mode(&hedger, Mode::Isolated)
    });
}

#[test]
fn set_mode_refuses_an_unknown_mode() {
    let mut exchange = standard();
    let trader = exchange.trader(Mode::Cross, &[]);
    let mut instruction = instructions::set_mode(&trader.key, Mode::Cross, Vec::new());
    *instruction.data.last_mut().expect("the mode is the last byte") = 3;
    assert_refused(&mut exchange, BallastError::UnknownMode, |exchange| {
        exchange.chain.send(&[instruction], &[&trader.wallet])
    });
}

#[test]
fn set_mode_refuses_without_the_accounts_of_the_check() {
    let (mut exchange, writer, _) = with_covered_call(DOLLAR);
    let instruction = instructions::set_mode(&writer.key, Mode::Cross, Vec::new());
    assert_refused(&mut exchange, BallastError::MissingBank, |exchange| {
        exchange.chain.send(&[instruction], &[&writer.wallet])
    });
}

#[test]
fn set_mode_refuses_stale_prices() {
    let (mut exchange, writer, _) = with_covered_call(DOLLAR);
    exchange.chain.advance(11);
    assert_refused(&mut exchange, BallastError::StaleQuote, |exchange| exchange.set_mode(&writer, Mode::Cross));
    exchange.publish_again();
    exchange.refresh(&["USDC"]);
    assert_refused(&mut exchange, BallastError::StaleMarket, |exchange| exchange.set_mode(&writer, Mode::Cross));
    exchange.refresh(&["BTC"]);
    exchange.set_mode(&writer, Mode::Cross).expect("fresh prices will do");
}

#[test]
fn attacker_set_mode_of_somebody_else() {
    let mut exchange = standard();
    let victim = exchange.trader(Mode::Portfolio, &[]);
    let attacker = exchange.trader(Mode::Portfolio, &[]);
    let instruction = instructions::set_mode(&victim.key, Mode::Isolated, Vec::new());
    let signed_for = substitute(instruction.clone(), victim.owner(), attacker.owner());
    assert_refused(&mut exchange, BallastError::NotOwner, |exchange| {
        exchange.chain.send(&[signed_for], &[&attacker.wallet])
    });
    let not_signed = unsigned(instruction, victim.owner());
    assert_refused(&mut exchange, ErrorCode::AccountNotSigner, |exchange| exchange.chain.send(&[not_signed], &[]));
}

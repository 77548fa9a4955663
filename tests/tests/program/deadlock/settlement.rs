//! Settlement goes on, whatever the oracle and the pools are short of.

use ballast::{BallastError, events::ExpirySettled};
use ballast_harness::{Exchange, ExpiryKey, Trader, oracle::USD};
use ballast_risk::Mode;
use ballast_state::{Expiry, OptionKind, PositionKind};
use ballast_tests::{assert_refused, standard};

use super::{BITCOIN, DOLLAR};

/// A settled expiry at 110,000, the holder of a call at 100,000 and a future, and the other side with this much cash.
fn with_settled_expiry(writers_cash: u64) -> (Exchange, ExpiryKey, Trader, Trader) {
    let mut exchange = standard();
    let holder = exchange.trader(Mode::Portfolio, &[("USDC", 50_000 * DOLLAR)]);
    let writer = exchange.trader(Mode::Portfolio, &[("USDC", writers_cash), ("BTC", 500_000_000)]);
    let expiry = exchange.list_chain("BTC", 1, &[100_000]);
    let call = exchange.option(&expiry, 100_000, OptionKind::Call);
    let legs = [exchange.leg_at_mark("BTC", call, BITCOIN), exchange.leg_at_mark("BTC", expiry.future(), BITCOIN)];
    exchange.trade(&holder, &writer, &legs).expect("the trade is accepted");
    exchange.set_price("BTC", 110_000 * USD);
    exchange.pass_time((expiry.expires_at - Expiry::AVERAGING_SECONDS - exchange.chain.now()) as u64);
    exchange.pass_minutes_until(expiry.expires_at);
    exchange.fix_settlement(&expiry).expect("the expiry is over");
    (exchange, expiry, holder, writer)
}

#[test]
fn nothing_blocks_a_settlement_when_the_feed_of_the_market_is_silent() {
    let (mut exchange, expiry, holder, writer) = with_settled_expiry(2_000 * DOLLAR);
    exchange.chain.advance(1_000_000);
    let debt: ExpirySettled = exchange.settle_expired(&writer, &expiry).expect("the price is fixed").event();
    let claim: ExpirySettled = exchange.settle_expired(&holder, &expiry).expect("the price is fixed").event();
    assert!(claim.settled == -debt.settled && claim.settled < claim.value, "the writer is short of cash");
    // The rest is a claim: its value is known, and the debt is paid without a price.
    let rest = (claim.value - claim.settled) as u64;
    exchange.fund(&writer, "USDC", rest);
    exchange.deposit(&writer, "USDC", rest).expect("the deposit is accepted");
    for trader in [&writer, &holder] {
        exchange.settle_pnl(trader, "BTC", PositionKind::Claim, expiry.number).expect("a claim needs no price");
        assert_eq!(exchange.account(trader).position_count, 0);
    }
    exchange.remove_expiry(&expiry).expect("nobody is left");
    exchange.assert_books_balance();
}

#[test]
fn nothing_blocks_a_settlement_when_the_pool_is_empty() {
    let (mut exchange, expiry, holder, writer) = with_settled_expiry(2_000 * DOLLAR);
    let first: ExpirySettled = exchange.settle_expired(&holder, &expiry).expect("it settles").event();
    assert!(first.value > 0 && first.settled == 0, "nobody has paid in");
    // The claim is margin, and no position is left that could lose.
    assert_eq!(exchange.account(&holder).positions()[0].kind(), PositionKind::Claim);
    exchange.settle_expired(&writer, &expiry).expect("the writer settles");
    exchange.settle_pnl(&holder, "BTC", PositionKind::Claim, expiry.number).expect("the claim settles in part");
    exchange.assert_books_balance();
}

#[test]
fn nothing_blocks_a_settlement_of_a_full_account() {
    let mut exchange = standard();
    let [holder, writer] = [(); 2].map(|()| exchange.trader(Mode::Portfolio, &[("USDC", 2_000_000 * DOLLAR)]));
    let strikes: Vec<u64> = (0..32).map(|step| 84_000 + 1_000 * step).collect();
    let expiry = exchange.list_chain("BTC", 1, &strikes);
    for batch in strikes.chunks(4) {
        let options = batch.iter().flat_map(|&strike| [OptionKind::Call, OptionKind::Put].map(|kind| (strike, kind)));
        let legs: Vec<_> = options
            .map(|(strike, kind)| exchange.leg_at_mark("BTC", exchange.option(&expiry, strike, kind), 10))
            .collect();
        exchange.trade(&holder, &writer, &legs).expect("the trade is accepted");
    }
    exchange.pass_time((expiry.expires_at - Expiry::AVERAGING_SECONDS - exchange.chain.now()) as u64);
    exchange.pass_minutes_until(expiry.expires_at);
    exchange.fix_settlement(&expiry).expect("the expiry is over");
    for trader in [&writer, &holder] {
        assert_eq!(exchange.account(trader).position_count, 64);
        exchange.settle_expired(trader, &expiry).expect("a claim takes the place of what it replaces");
        assert_eq!(exchange.account(trader).position_count, 0);
    }
    exchange.assert_books_balance();
}

#[test]
fn nothing_blocks_a_settlement_of_an_account_below_maintenance_margin() {
    let (mut exchange, expiry, _, writer) = with_settled_expiry(2_000 * DOLLAR);
    let other = exchange.trader(Mode::Portfolio, &[("USDC", 2_000_000 * DOLLAR)]);
    exchange.buy(&other, &writer, "SOL", ballast_state::Contract::PERPETUAL, 100_000);
    exchange.set_price("SOL", 10_000 * USD);
    exchange.refresh_all();
    assert!(exchange.assess(&writer).modes[Mode::Portfolio as usize].maintenance_excess < 0);
    assert_refused(&mut exchange, BallastError::BelowWithdrawalExcess, |exchange| {
        exchange.withdraw(&writer, "USDC", 1)
    });
    exchange.settle_expired(&writer, &expiry).expect("it settles");
    exchange.assert_books_balance();
}

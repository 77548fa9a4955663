//! `close_market`, `remove_market`: the end of a market.

use ballast::{
    BallastError, ExpiryArgs, LiquidationPlan,
    events::{ExpirySettled, MarketClosingBegan, MarketRemoved, SettlementFixed},
};
use ballast_client::instructions;
use ballast_harness::{Exchange, ExpiryKey, Trader, oracle::USD};
use ballast_risk::Mode;
use ballast_state::{Contract, Expiry, OptionKind, PositionKind};
use ballast_tests::{assert_refused, standard, substitute, unsigned};
use solana_signer::Signer;

/// One bitcoin in lots of the seeded market.
const BITCOIN: i64 = 100_000;
/// One µUSD-dollar.
const DOLLAR: i64 = 1_000_000;
const DAY: i64 = 86_400;

/// A long and a short of one bitcoin in the perpetual, and an expiry in three days with a series.
fn with_perpetual() -> (Exchange, ExpiryKey, Trader, Trader) {
    let mut exchange = standard();
    let long = exchange.trader(Mode::Portfolio, &[("USDC", 50_000 * DOLLAR as u64)]);
    let short = exchange.trader(Mode::Portfolio, &[("USDC", 50_000 * DOLLAR as u64)]);
    exchange.buy(&long, &short, "BTC", Contract::PERPETUAL, BITCOIN);
    let expiry = exchange.list_chain("BTC", 3, &[100_000]);
    (exchange, expiry, long, short)
}

/// Lets the expiry pass at this price.
fn expire_at(exchange: &mut Exchange, expiry: &ExpiryKey, price: i64) {
    exchange.set_price("BTC", price * USD);
    let begins_at = expiry.expires_at - Expiry::AVERAGING_SECONDS;
    exchange.pass_time((begins_at - exchange.chain.now()) as u64);
    exchange.pass_minutes_until(expiry.expires_at);
}

#[test]
fn a_closing_market_lists_nothing_and_trades_only_what_reduces() {
    let (mut exchange, expiry, long, short) = with_perpetual();
    let call = exchange.option(&expiry, 100_000, OptionKind::Call);
    let event: MarketClosingBegan = exchange.close_market(&expiry).expect("it begins to close").event();
    assert_eq!((event.expiry, event.settles_at), (expiry.number, expiry.expires_at));
    assert!(exchange.market(1).is_closing());

    let later = exchange.chain.now() + 30 * DAY;
    assert_refused(&mut exchange, BallastError::MarketClosing, |exchange| exchange.close_market(&expiry));
    assert_refused(&mut exchange, BallastError::MarketClosing, |exchange| {
        let args = ballast::CreateExpiryArgs { expires_at: later };
        let lister = exchange.listing.clone();
        let instruction = instructions::create_expiry(exchange.address, lister.pubkey(), 1, args);
        exchange.chain.send(&[instruction], &[&lister])
    });
    assert_refused(&mut exchange, BallastError::MarketClosing, |exchange| {
        let args = ballast::CreateSeriesArgs {
            expiry_slot: expiry.slot,
            expiry_number: expiry.number,
            strike: 9_000_000,
            kind: OptionKind::Call as u8,
        };
        let lister = exchange.listing.clone();
        let instruction = instructions::create_series(exchange.address, lister.pubkey(), 1, args);
        exchange.chain.send(&[instruction], &[&lister])
    });

    let other = exchange.trader(Mode::Portfolio, &[("USDC", 50_000 * DOLLAR as u64)]);
    let attempts = [
        // More of it, a new holder, a turn to the other side, another contract.
        (&long, &short, Contract::PERPETUAL, BITCOIN / 10),
        (&other, &long, Contract::PERPETUAL, BITCOIN / 10),
        (&short, &long, Contract::PERPETUAL, BITCOIN + 1),
        (&short, &long, call, 1),
        (&short, &long, expiry.future(), 1),
    ];
    for (buyer, seller, contract, lots) in attempts {
        let leg = exchange.leg_at_mark("BTC", contract, lots);
        assert_refused(&mut exchange, BallastError::MarketClosing, |exchange| exchange.trade(buyer, seller, &[leg]));
    }
    exchange.buy(&short, &long, "BTC", Contract::PERPETUAL, BITCOIN / 4);
    exchange.buy(&short, &long, "BTC", Contract::PERPETUAL, BITCOIN - BITCOIN / 4);
    assert_eq!(exchange.market(1).perpetual_open_interest, 0);
    exchange.withdraw(&other, "USDC", 50_000 * DOLLAR as u64).expect("withdrawals are free");
    exchange.assert_books_balance();
}

#[test]
fn the_perpetual_settles_at_the_average_and_the_market_goes() {
    let (mut exchange, expiry, long, short) = with_perpetual();
    exchange.close_market(&expiry).expect("it begins to close");
    exchange.set_price("BTC", 104_000 * USD);
    exchange.refresh_all();
    exchange.settle_pnl(&short, "BTC", PositionKind::Perpetual, 0).expect("a loss is paid in before");
    let pool = exchange.market(1).perpetual_pool;
    assert_eq!(pool, 4_000 * DOLLAR as u64);
    expire_at(&mut exchange, &expiry, 106_000);
    let marked = [&long, &short].map(|trader| exchange.assess(trader).equity);
    assert_eq!(marked, [&long, &short].map(|trader| exchange.preview(trader).equity));
    // From the date on nothing but its settlement price counts.
    let contract_expired = BallastError::ContractExpired;
    assert_refused(&mut exchange, contract_expired, |exchange| {
        exchange.settle_pnl(&short, "BTC", PositionKind::Perpetual, 0)
    });
    let fixed: SettlementFixed = exchange.fix_settlement(&expiry).expect("it is over").event();
    assert_eq!(fixed.price, exchange.underlying("BTC").ticks(106_000));
    let market = exchange.market(1);
    assert_eq!((market.perpetual_pool, market.expiries[usize::from(expiry.slot)].pool), (0, pool));
    exchange.assert_books_balance();
    for (trader, equity) in [&long, &short].into_iter().zip(marked) {
        assert_eq!(exchange.assess(trader).equity, equity, "the marks were what it settles at");
    }

    assert_refused(&mut exchange, BallastError::ExpiryInUse, |exchange| exchange.remove_expiry(&expiry));
    assert_refused(&mut exchange, BallastError::MarketInUse, |exchange| exchange.remove_market("BTC"));
    let paid: ExpirySettled = exchange.settle_expired(&short, &expiry).expect("the short settles").event();
    assert_eq!(paid.settled, -2_000 * DOLLAR, "the rest of its loss");
    exchange.assert_books_balance();
    let received: ExpirySettled = exchange.settle_expired(&long, &expiry).expect("the long settles").event();
    assert_eq!((received.settled, received.cash), (6_000 * DOLLAR, 56_000 * DOLLAR));
    exchange.assert_books_balance();
    assert_refused(&mut exchange, BallastError::MarketInUse, |exchange| exchange.remove_market("BTC"));
    exchange.remove_expiry(&expiry).expect("nobody holds it");

    let (address, governance) = (exchange.snapshot().market_address(1), exchange.governance.pubkey());
    let lamports = |exchange: &Exchange, address| exchange.chain.account(address).map_or(0, |account| account.lamports);
    let before = lamports(&exchange, &governance);
    let rent = lamports(&exchange, &address);
    let (quote, governor) = (exchange.quote_token(), exchange.governance.clone());
    let remove = instructions::remove_market(exchange.address, governance, &quote, 1);
    assert_refused(&mut exchange, BallastError::DurableNonce, |exchange| {
        exchange.chain.send_on_nonce(&[remove], &[&governor])
    });
    let removed: MarketRemoved = exchange.remove_market("BTC").expect("nothing is left").event();
    assert_eq!((removed.number, removed.residue), (1, 0));
    assert_eq!(lamports(&exchange, &governance), before + rent);
    assert!(exchange.chain.account(&address).is_none());
    exchange.assert_books_balance();
    exchange.withdraw(&long, "USDC", 56_000 * DOLLAR as u64).expect("the gain is money");
    // Later markets stand behind the place in their group, so it stays empty; its number is not used again.
    let group = exchange.state().groups[0];
    assert_eq!((group.market_count, group.markets[0], exchange.state().market_count), (3, 0, 3));
}

#[test]
fn funding_goes_on_until_the_perpetual_settles() {
    let (mut exchange, expiry, long, short) = with_perpetual();
    exchange.post_perpetual_basis("BTC", (1 << 30) / 1_000).expect("within the limit");
    exchange.close_market(&expiry).expect("it begins to close");
    exchange.pass_minutes_until(exchange.chain.now() + 3_600);
    expire_at(&mut exchange, &expiry, 100_000);
    let index = exchange.market(1).funding_index;
    exchange.pass_time(60);
    assert_eq!(exchange.market(1).funding_index, index, "it ended with the expiry");
    exchange.fix_settlement(&expiry).expect("it is over");
    exchange.settle_expired(&long, &expiry).expect("it settles");
    exchange.settle_expired(&short, &expiry).expect("it settles");
    let [paid, received] = [&long, &short].map(|trader| exchange.account(trader).cash - 50_000 * DOLLAR);
    assert!(paid < -12 * DOLLAR && (0..=2).contains(&(-paid - received)), "{paid} {received}");
    exchange.remove_expiry(&expiry).expect("nobody holds it");
    exchange.assert_books_balance();
}

#[test]
fn a_closing_market_is_liquidated_and_settles_without_its_oracle() {
    let (mut exchange, expiry, long, short) = with_perpetual();
    let taker = exchange.trader(Mode::Portfolio, &[("USDC", 500_000 * DOLLAR as u64)]);
    let spare = exchange.account(&long).cash - 21_000 * DOLLAR;
    exchange.withdraw(&long, "USDC", spare as u64).expect("the margin is less");
    exchange.close_market(&expiry).expect("it begins to close");
    exchange.set_price("BTC", 93_000 * USD);
    exchange.refresh_all();
    let plan = LiquidationPlan::Slice { fraction: (1 << 28) / 100 };
    exchange.liquidate(&long, &taker, plan).expect("a new holder, by liquidation");
    exchange.assert_books_balance();
    // The oracle falls silent for good.
    exchange.chain.set_clock(expiry.expires_at + 14_400 + 120, exchange.chain.slot() + 1_000_000);
    let fixed: SettlementFixed = exchange.fix_settlement(&expiry).expect("the extension is over").event();
    assert_eq!(fixed.covered_seconds, 0);
    for trader in [&long, &short, &taker] {
        exchange.settle_expired(trader, &expiry).expect("it settles");
    }
    // Whoever was owed before debts were paid in still has a claim, which needs no price either.
    for trader in [&long, &short, &taker] {
        if exchange.account(trader).position_count > 0 {
            exchange.settle_expired(trader, &expiry).expect("the claim settles");
        }
    }
    exchange.assert_books_balance();
    exchange.remove_expiry(&expiry).expect("nobody holds it");
    exchange.remove_market("BTC").expect("nothing is left");
    exchange.assert_books_balance();
}

#[test]
fn the_last_place_of_a_group_is_given_back() {
    let mut exchange = standard();
    let expiry = exchange.list_expiry("SOL", exchange.chain.now() + 2 * DAY).expect("the expiry is listed");
    exchange.close_market(&expiry).expect("it begins to close");
    exchange.chain.set_clock(expiry.expires_at + 14_400 + 120, exchange.chain.slot() + 1_000_000);
    exchange.fix_settlement(&expiry).expect("the extension is over");
    exchange.remove_expiry(&expiry).expect("nobody holds it");
    exchange.remove_market("SOL").expect("nothing is left");
    let group = exchange.state().groups[0];
    assert_eq!((group.market_count, group.markets), (2, [1, 2, 0, 0, 0, 0, 0, 0]));
}

#[test]
fn close_market_asks_for_notice_and_a_running_expiry() {
    let (mut exchange, expiry, ..) = with_perpetual();
    for wrong in [ExpiryKey { slot: 1, ..expiry }, ExpiryKey { number: 9, ..expiry }, ExpiryKey { slot: 12, ..expiry }]
    {
        assert_refused(&mut exchange, BallastError::UnknownExpiry, |exchange| exchange.close_market(&wrong));
    }
    let soon = exchange.list_expiry("BTC", exchange.chain.now() + DAY - 1).expect("the expiry is listed");
    assert_refused(&mut exchange, BallastError::ClosingNotice, |exchange| exchange.close_market(&soon));
    assert_refused(&mut exchange, BallastError::MarketInUse, |exchange| exchange.remove_market("ETH"));
}

#[test]
fn attacker_closes_or_removes_a_market_without_being_governance() {
    let (mut exchange, expiry, long, _) = with_perpetual();
    let (quote, governance) = (exchange.quote_token(), exchange.governance.pubkey());
    let args = ExpiryArgs { slot: expiry.slot, number: expiry.number };
    let close = instructions::close_market(exchange.address, governance, 1, args);
    let remove = instructions::remove_market(exchange.address, governance, &quote, 1);
    for instruction in [close, remove] {
        let theirs = substitute(instruction.clone(), governance, long.owner());
        assert_refused(&mut exchange, BallastError::NotGovernance, |exchange| {
            exchange.chain.send(&[theirs], &[&long.wallet])
        });
        let theirs = unsigned(instruction, governance);
        let signature = anchor_lang::error::ErrorCode::AccountNotSigner;
        assert_refused(&mut exchange, signature, |exchange| exchange.chain.send(&[theirs], &[]));
    }
}

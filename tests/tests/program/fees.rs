//! Fees of `trade`, their rebates, and `collect_fees`.

use ballast::{
    BallastError, TradeArgs, TradeLeg,
    events::{FeesCollected, Traded},
};
use ballast_client::instructions;
use ballast_harness::{
    Exchange, Trader, defaults,
    oracle::{Feed, USD},
};
use ballast_risk::Mode;
use ballast_state::{Contract, MarketParameters, OptionKind};
use ballast_tests::{assert_refused, standard, substitute};

/// One coin of the market that charges fees, in lots.
const COIN: i64 = 100_000;
/// One µUSD-dollar.
const DOLLAR: i64 = 1_000_000;
/// What tests call the market that charges fees; a coin costs 100,000 dollars.
const MARKET: &str = "COIN";

/// The seeded exchange with one more market, which charges the table's fees, and two traders with this much cash each.
fn with_fees(cash: [i64; 2]) -> (Exchange, Trader, Trader) {
    let mut exchange = standard();
    let parameters = defaults::with_fees(defaults::major_market());
    exchange.list_market(MARKET, Feed::pull([7; 32]), (2, 5), parameters).expect("the market is listed");
    exchange.set_price(MARKET, 100_000 * USD);
    exchange.pass_time(1);
    let [first, second] = cash.map(|cash| {
        let deposits = [("USDC", cash as u64)];
        exchange.trader(Mode::Portfolio, if cash > 0 { &deposits } else { &[] })
    });
    (exchange, first, second)
}

fn parameters(exchange: &Exchange) -> MarketParameters {
    exchange.market(exchange.underlying(MARKET).number).parameters
}

fn fees_waiting(exchange: &Exchange) -> u64 {
    exchange.market(exchange.underlying(MARKET).number).fees
}

/// A share of an amount, rounded up.
fn share(bits: u32, amount: i64) -> i64 {
    ((i128::from(bits) * i128::from(amount) + (1 << 30) - 1) >> 30) as i64
}

fn perpetual(exchange: &Exchange, lots: i64) -> TradeLeg {
    exchange.leg_at_mark(MARKET, Contract::PERPETUAL, lots)
}

#[test]
fn first_account_pays_as_taker_and_second_as_maker() {
    let (mut exchange, taker, maker) = with_fees([1_000_000 * DOLLAR; 2]);
    let leg = perpetual(&exchange, -2 * COIN);
    let traded: Traded = exchange.trade(&taker, &maker, &[leg]).expect("the trade is accepted").event();
    let rates = parameters(&exchange);
    let [taken, made] = [rates.taker_fee, rates.maker_fee].map(|rate| share(rate, 200_000 * DOLLAR));
    assert!(taken > 59 * DOLLAR && made > 19 * DOLLAR, "three and one hundredths of a per cent");
    assert_eq!((traded.first_fee, traded.second_fee), (taken, made));
    assert_eq!((traded.first_rebate, traded.second_rebate), (0, 0));
    for (trader, fee, equity) in [(&taker, taken, traded.first_equity), (&maker, made, traded.second_equity)] {
        let account = exchange.account(trader);
        assert_eq!(account.cash, 1_000_000 * DOLLAR - fee);
        assert_eq!((account.fee_window.paid, account.fee_window.rebated), (fee, 0));
        assert_eq!(exchange.assess(trader).equity, equity);
    }
    assert_eq!(fees_waiting(&exchange), (taken + made) as u64);
    exchange.assert_books_balance();
}

#[test]
fn neither_side_pays_more_fees_than_it_allowed() {
    let (mut exchange, taker, maker) = with_fees([1_000_000 * DOLLAR; 2]);
    let leg = perpetual(&exchange, COIN);
    let traded: Traded = exchange.clone().trade(&taker, &maker, &[leg]).expect("the trade is accepted").event();
    let (taken, made) = (traded.first_fee as u64, traded.second_fee as u64);
    let check = exchange.trade_check(&taker, &maker, &[leg]);
    let trade = |maximum_fees| {
        let args = TradeArgs { legs: vec![leg], claims_rebates: false, maximum_fees };
        instructions::trade_with(&taker.key, &maker.key, args, check.clone())
    };
    let signers = [&taker.wallet, &maker.wallet];
    for too_little in [[taken - 1, made], [taken, made - 1], [0, u64::MAX]] {
        assert_refused(&mut exchange, BallastError::OrderFee, |exchange| {
            exchange.chain.send(&[trade(too_little)], &signers)
        });
    }
    exchange.chain.send(&[trade([taken, made])], &signers).expect("exactly as much is allowed");
}

#[test]
fn fee_of_an_option_is_at_most_a_share_of_its_premium() {
    let (mut exchange, taker, maker) = with_fees([1_000_000 * DOLLAR; 2]);
    let expiry = exchange.list_chain(MARKET, 7, &[100_000, 160_000]);
    let rates = parameters(&exchange);
    let on_notional = share(rates.taker_fee, 100_000 * DOLLAR);
    let cap = exchange.state().parameters.premium_fee_cap;
    for (strike, is_capped) in [(100_000, false), (160_000, true)] {
        let call = exchange.option(&expiry, strike, OptionKind::Call);
        let on_premium = share(cap, exchange.mark(MARKET, call) as i64 * DOLLAR / 100);
        assert_eq!(on_premium < on_notional, is_capped, "{on_premium} at {strike}");
        let traded: Traded = exchange.buy(&taker, &maker, MARKET, call, COIN).event();
        assert_eq!(traded.first_fee, on_premium.min(on_notional));
    }
    exchange.assert_books_balance();
}

#[test]
fn fees_of_legs_add_up_and_wait_in_the_market_of_the_first() {
    let (mut exchange, taker, maker) = with_fees([1_000_000 * DOLLAR; 2]);
    let free = exchange.leg_at_mark("BTC", Contract::PERPETUAL, COIN);
    let legs = [free, perpetual(&exchange, COIN), perpetual(&exchange, -COIN)];
    let traded: Traded = exchange.trade(&taker, &maker, &legs).expect("the trade is accepted").event();
    assert_eq!(traded.first_fee, 2 * share(parameters(&exchange).taker_fee, 100_000 * DOLLAR));
    assert_eq!(exchange.market(1).fees, (traded.first_fee + traded.second_fee) as u64);
    assert_eq!(fees_waiting(&exchange), 0);
    exchange.assert_books_balance();
}

#[test]
fn surcharge_is_for_net_delta_beyond_the_free_amount() {
    let (mut exchange, taker, maker) = with_fees([5_000_000 * DOLLAR; 2]);
    let base = share(parameters(&exchange).taker_fee, 1_000_000 * DOLLAR);
    let mut fees = [0; 4];
    for fee in &mut fees {
        let leg = perpetual(&exchange, 10 * COIN);
        let traded: Traded = exchange.trade(&taker, &maker, &[leg]).expect("the trade is accepted").event();
        *fee = traded.first_fee - base;
        assert_eq!(traded.second_fee - share(parameters(&exchange).maker_fee, 1_000_000 * DOLLAR), *fee);
    }
    // With 1, 2 and 3 millions beyond the free one, the surcharges up to there are 20, 80 and 180 dollars.
    for (fee, expected) in fees.into_iter().zip([0, 20, 60, 100]) {
        assert!((fee - expected * DOLLAR).abs() < 1_000, "{fees:?}");
    }
    let less = perpetual(&exchange, -10 * COIN);
    let traded: Traded = exchange.trade(&taker, &maker, &[less]).expect("the trade is accepted").event();
    assert_eq!(traded.first_fee, base, "who takes concentration off pays no surcharge");
    exchange.assert_books_balance();
}

#[test]
fn surcharge_counts_options_by_their_delta() {
    let (mut exchange, taker, maker) = with_fees([50_000_000 * DOLLAR; 2]);
    let expiry = exchange.list_chain(MARKET, 30, &[100_000]);
    let surcharge_of = |exchange: &mut Exchange, kind, lots: i64| {
        let option = exchange.option(&expiry, 100_000, kind);
        let traded: Traded = exchange.buy(&taker, &maker, MARKET, option, lots).event();
        let notional = lots.abs() / COIN * 100_000 * DOLLAR;
        traded.first_fee - share(parameters(exchange).taker_fee, notional)
    };
    // Fifty coins of calls at the money: a delta of some 2.7 millions.
    let long = surcharge_of(&mut exchange, OptionKind::Call, 50 * COIN);
    assert!(long > 40 * DOLLAR && long < 80 * DOLLAR, "{long}");
    assert_eq!(surcharge_of(&mut exchange, OptionKind::Put, 50 * COIN), 0, "puts take the delta off again");
    exchange.assert_books_balance();
}

#[test]
fn rebate_is_for_whoever_frees_requirement_and_claims_it() {
    let (mut exchange, taker, maker) = with_fees([1_000_000 * DOLLAR; 2]);
    let [open, close] = [COIN, -COIN].map(|lots| perpetual(&exchange, lots));
    let opened: Traded = exchange.trade_for_rebates(&taker, &maker, &[open]).expect("it trades").event();
    assert_eq!((opened.first_rebate, opened.second_rebate), (0, 0), "both tie requirement up");
    let requirement = exchange.assess(&taker).modes[Mode::Portfolio as usize].maintenance_requirement;
    let mut unclaimed = exchange.clone();
    let closed: Traded = unclaimed.trade(&taker, &maker, &[close]).expect("it trades").event();
    assert_eq!((closed.first_rebate, closed.second_rebate), (0, 0));
    let closed: Traded = exchange.trade_for_rebates(&taker, &maker, &[close]).expect("it trades").event();
    let rate = exchange.state().parameters.rebate_rate;
    assert_eq!(closed.first_rebate, -share(rate, -requirement), "a rate on what is freed, rounded down");
    assert!(closed.first_rebate > 0 && closed.first_rebate < closed.first_fee);
    // The maker has paid two fees of ten dollars and gets back at most half of them.
    assert_eq!(closed.second_rebate, closed.second_fee);
    assert_eq!(closed.second_rebate, (opened.second_fee + closed.second_fee) / 2);
    exchange.assert_books_balance();
}

#[test]
fn attacker_wash_trades_for_rebates() {
    let (mut exchange, taker, maker) = with_fees([1_000_000 * DOLLAR; 2]);
    let worth = |exchange: &Exchange| exchange.account(&taker).cash + exchange.account(&maker).cash;
    let mut paid = 0;
    for round in 0..6 {
        for lots in [COIN, -COIN] {
            let before = worth(&exchange);
            let leg = perpetual(&exchange, lots);
            let (first, second) = if round % 2 == 0 { (&taker, &maker) } else { (&maker, &taker) };
            let traded: Traded = exchange.trade_for_rebates(first, second, &[leg]).expect("it trades").event();
            assert!(worth(&exchange) <= before, "no trade pays");
            paid += traded.first_fee + traded.second_fee;
        }
    }
    let kept = fees_waiting(&exchange) as i64;
    assert_eq!(kept, 2_000_000 * DOLLAR - worth(&exchange));
    assert!(2 * kept >= paid, "at least half of all fees stays: {kept} of {paid}");
    for trader in [&taker, &maker] {
        let window = exchange.account(trader).fee_window;
        assert!(window.rebated > 0 && 2 * window.rebated <= window.paid, "{window:?}");
    }
    exchange.assert_books_balance();
}

#[test]
fn fee_that_cash_does_not_cover_is_refused_unless_risk_falls() {
    let (mut exchange, poor, rich) = with_fees([0, 1_000_000 * DOLLAR]);
    exchange.fund(&poor, "BTC", 100_000_000);
    exchange.deposit(&poor, "BTC", 100_000_000).expect("the deposit is accepted");
    let open = perpetual(&exchange, COIN);
    for (first, second) in [(&poor, &rich), (&rich, &poor)] {
        assert_refused(&mut exchange, BallastError::InsufficientCash, |exchange| {
            exchange.trade(first, second, &[open])
        });
    }
    exchange.fund(&poor, "USDC", 40 * DOLLAR as u64);
    exchange.deposit(&poor, "USDC", 40 * DOLLAR as u64).expect("the deposit is accepted");
    let opened: Traded = exchange.trade(&poor, &rich, &[open]).expect("cash covers the fee").event();
    let left = exchange.account(&poor).cash;
    assert!(left > 0 && left < opened.first_fee);
    let close = perpetual(&exchange, -COIN);
    let closed: Traded = exchange.trade(&poor, &rich, &[close]).expect("closing needs no cash").event();
    assert_eq!((closed.first_fee, closed.first_cash), (left, 0));
    exchange.assert_books_balance();
}

#[test]
fn fee_must_fit_initial_margin_unless_risk_falls() {
    // One coin at 100,000: a scan loss of 16 % and charges of 4 %, with ten dollars for a fee of thirty.
    let (mut exchange, taker, maker) = with_fees([20_010 * DOLLAR, 1_000_000 * DOLLAR]);
    let open = perpetual(&exchange, COIN);
    assert_refused(&mut exchange, BallastError::BelowInitialMargin, |exchange| exchange.trade(&taker, &maker, &[open]));
    exchange.fund(&taker, "USDC", 30 * DOLLAR as u64);
    exchange.deposit(&taker, "USDC", 30 * DOLLAR as u64).expect("the deposit is accepted");
    exchange.trade(&taker, &maker, &[open]).expect("margin covers the fee");
    exchange.set_price(MARKET, 97_000 * USD);
    exchange.refresh_all();
    let own = |exchange: &mut Exchange| exchange.assess(&taker).modes[Mode::Portfolio as usize];
    let before = own(&mut exchange);
    assert!(before.initial_excess < 0, "{before:?}");
    let less = perpetual(&exchange, -COIN / 10);
    let traded: Traded = exchange.trade(&taker, &maker, &[less]).expect("risk falls").event();
    assert_eq!(traded.first_fee, share(parameters(&exchange).taker_fee, 9_700 * DOLLAR), "it freed much more");
    let after = own(&mut exchange);
    assert!(after.initial_excess > before.initial_excess && after.maintenance_excess > before.maintenance_excess);
    exchange.assert_books_balance();
}

#[test]
fn collect_fees_moves_them_to_the_insurance_fund() {
    let (mut exchange, taker, maker) = with_fees([1_000_000 * DOLLAR; 2]);
    let leg = perpetual(&exchange, COIN);
    exchange.trade(&taker, &maker, &[leg]).expect("the trade is accepted");
    let waiting = fees_waiting(&exchange);
    assert!(waiting > 0);
    let collected: FeesCollected = exchange.collect_fees(MARKET).expect("anyone may sweep").event();
    assert_eq!((collected.amount, collected.insurance_before, collected.insurance), (waiting, 0, waiting));
    assert_eq!((fees_waiting(&exchange), exchange.bank("USDC").insurance), (0, waiting));
    exchange.assert_books_balance();
    let again: FeesCollected = exchange.collect_fees(MARKET).expect("sweeping nothing is no error").event();
    assert_eq!((again.amount, again.insurance), (0, waiting));
}

#[test]
fn attacker_collect_fees_into_another_bank() {
    let (mut exchange, taker, maker) = with_fees([1_000_000 * DOLLAR; 2]);
    let leg = perpetual(&exchange, COIN);
    exchange.trade(&taker, &maker, &[leg]).expect("the trade is accepted");
    let quote = exchange.quote_token();
    let other = exchange.collateral("PYUSD").mint.token.bank(&exchange.address).0;
    let instruction = instructions::collect_fees(exchange.address, &quote, exchange.underlying(MARKET).number);
    let instruction = substitute(instruction, quote.bank(&exchange.address).0, other);
    assert_refused(&mut exchange, BallastError::QuoteBank, |exchange| exchange.chain.send(&[instruction], &[]));
}

#[test]
fn attacker_collect_fees_of_another_exchange() {
    let (mut exchange, _, _) = with_fees([1_000_000 * DOLLAR; 2]);
    let other = exchange.open_another(1).expect("another exchange is created");
    let number = exchange.underlying(MARKET).number;
    let foreign = exchange.list_market_in(other, "BTC").expect("a market there is listed");
    let quote = exchange.quote_token();
    let instruction = instructions::collect_fees(exchange.address, &quote, number);
    let own = ballast_state::seeds::market(&exchange.address, number).0;
    let instruction = substitute(instruction, own, foreign);
    assert_refused(&mut exchange, BallastError::WrongExchange, |exchange| exchange.chain.send(&[instruction], &[]));
}

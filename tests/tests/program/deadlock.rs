//! Nothing blocks a liquidation or a settlement: no limit, no silent oracle, no frozen or full account, no dust.
//!
//! Every test brings about what might stand in the way, shows that it does stand in the way of something else, and then
//! liquidates or settles.

mod oracles;
mod settlement;

use ballast::BallastError;
use ballast_harness::{
    Exchange, Trader, defaults,
    distress::{SMALL_SLICE, WHOLE},
    oracle::{Feed, USD},
    tokens::SPL_TOKEN,
};
use ballast_risk::Mode;
use ballast_state::{BankParameters, Contract, Market, MarketParameters, OptionKind, seeds};
use ballast_tests::{assert_each_liquidates, assert_refused, standard, tamper};

/// One bitcoin in lots of the seeded market.
const BITCOIN: i64 = 100_000;
/// One µUSD-dollar.
const DOLLAR: u64 = 1_000_000;

/// Who may be long a bitcoin at 100,000 dollars with little to spare, the other side, and a liquidator.
fn with_traders(deposits: &[(&str, u64)]) -> (Exchange, [Trader; 3]) {
    let mut exchange = standard();
    let victim = exchange.trader(Mode::Portfolio, &[&[("USDC", 21_000 * DOLLAR)], deposits].concat());
    let [other, liquidator] = [(); 2].map(|()| exchange.trader(Mode::Portfolio, &[("USDC", 2_000_000 * DOLLAR)]));
    (exchange, [victim, other, liquidator])
}

/// [`with_traders`], the bitcoin bought.
fn with_position(deposits: &[(&str, u64)]) -> (Exchange, [Trader; 3]) {
    let (mut exchange, traders) = with_traders(deposits);
    exchange.buy(&traders[0], &traders[1], "BTC", Contract::PERPETUAL, BITCOIN);
    (exchange, traders)
}

/// Lets the bitcoin fall so far that the long one is below maintenance margin.
fn fall(exchange: &mut Exchange) {
    exchange.set_price("BTC", 92_000 * USD);
    exchange.refresh_all();
}

/// Asserts that a small leg can be closed and that a slice can be taken, each on a copy of the exchange.
#[track_caller]
fn assert_liquidatable(exchange: &Exchange, victim: &Trader, liquidator: &Trader) {
    let leg = exchange.small_leg(victim, "BTC", Contract::PERPETUAL);
    assert_each_liquidates(exchange, victim, liquidator, [leg, SMALL_SLICE]);
}

#[test]
fn nothing_blocks_a_liquidation_when_a_bank_is_at_its_deposit_cap() {
    let (mut exchange, [victim, other, liquidator]) = with_traders(&[]);
    // Full to the last unit of what the cap has grown to so far.
    let amount = 1_000 * DOLLAR;
    let caps = BankParameters { initial_cap: amount, deposit_cap: 2 * amount, ..defaults::stable_bank() };
    let mint = exchange.chain.mint(6, SPL_TOKEN, &[]);
    exchange.list_bank("FULL", &mint, Feed::pull([70; 32]), caps, 0).expect("the bank is listed");
    exchange.set_price("FULL", USD);
    exchange.refresh_all();
    exchange.fund(&victim, "FULL", amount);
    exchange.deposit(&victim, "FULL", amount).expect("there is room for it");
    exchange.fund(&other, "FULL", DOLLAR);
    assert_refused(&mut exchange, BallastError::DepositCap, |exchange| exchange.deposit(&other, "FULL", 1));
    exchange.buy(&victim, &other, "BTC", Contract::PERPETUAL, BITCOIN);
    fall(&mut exchange);
    assert_liquidatable(&exchange, &victim, &liquidator);
    exchange.liquidate(&victim, &liquidator, SMALL_SLICE).expect("a slice is taken");
    let slot = exchange.account(&liquidator).balance_slot(exchange.collateral("FULL").number);
    assert!(slot.is_some(), "the liquidator received a part of what nobody may deposit");
}

#[test]
fn nothing_blocks_a_liquidation_when_open_interest_is_at_its_limit_or_above() {
    let (mut exchange, [victim, other, liquidator]) = with_traders(&[]);
    let parameters = MarketParameters { open_interest_limit: 2_000, ..defaults::major_market() };
    exchange.list_market("SMALL", Feed::pull([8; 32]), (2, 2), parameters).expect("the market is listed");
    exchange.set_price("SMALL", 4_000 * USD);
    exchange.refresh_all();
    exchange.buy(&victim, &other, "SMALL", Contract::PERPETUAL, 2_000);
    exchange.buy(&victim, &other, "BTC", Contract::PERPETUAL, BITCOIN / 10);
    let more = exchange.leg_at_mark("SMALL", Contract::PERPETUAL, 1);
    exchange.set_price("SMALL", 3_500 * USD);
    exchange.refresh_all();
    let at_limit = |exchange: &Exchange| {
        let leg = exchange.small_leg(&victim, "SMALL", Contract::PERPETUAL);
        exchange.clone().liquidate(&victim, &liquidator, leg).expect("what is closed was open before");
        assert_liquidatable(exchange, &victim, &liquidator);
    };
    at_limit(&exchange);
    // A limit below what is open, as a market about to be closed would have.
    let market = seeds::market(&exchange.address, exchange.underlying("SMALL").number).0;
    tamper(&mut exchange, market, |market: &mut Market| market.parameters.open_interest_limit = 10);
    let at_the_mark = ballast::TradeLeg { price: exchange.mark("SMALL", Contract::PERPETUAL), ..more };
    assert_refused(&mut exchange, BallastError::OpenInterestLimit, |exchange| {
        exchange.trade(&liquidator, &other, &[at_the_mark])
    });
    at_limit(&exchange);
}

#[test]
fn nothing_blocks_a_liquidation_when_the_compute_cap_was_lowered() {
    let (mut exchange, [victim, other, liquidator]) = with_position(&[]);
    exchange.buy(&victim, &other, "ETH", Contract::PERPETUAL, 1_000);
    let address = exchange.address;
    tamper(&mut exchange, address, |state: &mut ballast_state::Exchange| state.parameters.check_compute_cap = 30_000);
    let more = exchange.leg_at_mark("SOL", Contract::PERPETUAL, 1);
    assert_refused(&mut exchange, BallastError::CheckTooLarge, |exchange| exchange.trade(&victim, &other, &[more]));
    fall(&mut exchange);
    let leg = exchange.small_leg(&victim, "BTC", Contract::PERPETUAL);
    exchange.liquidate(&victim, &liquidator, leg).expect("the cap is for who takes on more");
}

#[test]
fn nothing_blocks_a_liquidation_when_the_first_liquidator_has_no_free_position() {
    let (mut exchange, [victim, _, full]) = with_position(&[]);
    let [maker, liquidator] = [(); 2].map(|()| exchange.trader(Mode::Portfolio, &[("USDC", 500_000 * DOLLAR)]));
    let strikes: Vec<u64> = (0..32).map(|step| 84_000 + 1_000 * step).collect();
    let expiry = exchange.list_chain("ETH", 30, &strikes.iter().map(|strike| strike / 25).collect::<Vec<_>>());
    for batch in strikes.chunks(4) {
        let options =
            batch.iter().flat_map(|strike| [OptionKind::Call, OptionKind::Put].map(|kind| (strike / 25, kind)));
        let legs: Vec<_> = options
            .map(|(strike, kind)| exchange.leg_at_mark("ETH", exchange.option(&expiry, strike, kind), 10))
            .collect();
        exchange.trade(&full, &maker, &legs).expect("the trade is accepted");
    }
    fall(&mut exchange);
    for plan in [exchange.small_leg(&victim, "BTC", Contract::PERPETUAL), SMALL_SLICE] {
        assert_refused(&mut exchange, BallastError::NoFreePosition, |exchange| {
            exchange.liquidate(&victim, &full, plan)
        });
    }
    assert_liquidatable(&exchange, &victim, &liquidator);
}

#[test]
fn nothing_blocks_a_liquidation_when_the_first_liquidator_has_no_free_market() {
    let (mut exchange, [victim, _, full]) = with_position(&[]);
    let [maker, liquidator] = [(); 2].map(|()| exchange.trader(Mode::Portfolio, &[("USDC", 500_000 * DOLLAR)]));
    for index in 0..8_u8 {
        let name = format!("MARKET {index}");
        let feed = Feed::pull([100 + index; 32]);
        exchange.list_market(&name, feed, (2, 2), defaults::major_market()).expect("the market is listed");
        exchange.set_price(&name, 100 * USD);
        exchange.refresh(&[&name]);
        exchange.buy(&full, &maker, &name, Contract::PERPETUAL, 1);
    }
    fall(&mut exchange);
    for plan in [exchange.small_leg(&victim, "BTC", Contract::PERPETUAL), SMALL_SLICE] {
        assert_refused(&mut exchange, BallastError::NoFreeMarket, |exchange| exchange.liquidate(&victim, &full, plan));
    }
    assert_liquidatable(&exchange, &victim, &liquidator);
}

#[test]
fn nothing_blocks_a_liquidation_when_the_first_liquidator_has_no_free_balance() {
    let (mut exchange, [victim, _, full]) = with_position(&[("PYUSD", 100 * DOLLAR)]);
    let liquidator = exchange.trader(Mode::Portfolio, &[("USDC", 500_000 * DOLLAR)]);
    for index in 0..16_u8 {
        let name = format!("TOKEN {index}");
        let mint = exchange.chain.mint(6, SPL_TOKEN, &[]);
        let feed = Feed::pull([100 + index; 32]);
        exchange.list_bank(&name, &mint, feed, defaults::stable_bank(), 0).expect("the bank is listed");
        exchange.fund(&full, &name, 1);
        exchange.deposit(&full, &name, 1).expect("the deposit is accepted");
    }
    fall(&mut exchange);
    assert_refused(&mut exchange, BallastError::NoFreeBalance, |exchange| {
        exchange.liquidate(&victim, &full, SMALL_SLICE)
    });
    let leg = exchange.small_leg(&victim, "BTC", Contract::PERPETUAL);
    exchange.clone().liquidate(&victim, &full, leg).expect("legs come without collateral");
    assert_liquidatable(&exchange, &victim, &liquidator);
}

#[test]
fn nothing_blocks_a_liquidation_when_the_tokens_of_either_side_are_frozen() {
    let (mut exchange, [victim, _, liquidator]) = with_position(&[("PYUSD", 100 * DOLLAR)]);
    for bank in ["USDC", "PYUSD"] {
        let mint = exchange.collateral(bank).mint.clone();
        exchange.fund(&liquidator, bank, 1);
        let accounts = [&victim, &liquidator].map(|trader| exchange.wallet_account(trader, bank).1);
        for account in [accounts[0], accounts[1], exchange.bank(bank).vault] {
            exchange.chain.set_frozen(&mint, &account, true);
        }
    }
    fall(&mut exchange);
    // The token programs' "account is frozen".
    assert_refused(&mut exchange, 17_u32, |exchange| exchange.withdraw(&liquidator, "USDC", 1));
    assert_liquidatable(&exchange, &victim, &liquidator);
}

#[test]
fn nothing_blocks_a_liquidation_when_no_pool_has_a_unit() {
    let (mut exchange, [victim, _, liquidator]) = with_position(&[]);
    fall(&mut exchange);
    let market = exchange.market(exchange.underlying("BTC").number);
    assert_eq!((market.perpetual_pool, exchange.bank("USDC").insurance), (0, 0));
    assert_liquidatable(&exchange, &victim, &liquidator);
}

#[test]
fn nothing_blocks_a_liquidation_of_an_account_without_cash() {
    let (mut exchange, [_, other, liquidator]) = with_traders(&[]);
    let victim = exchange.trader(Mode::Portfolio, &[("PYUSD", 21_500 * DOLLAR)]);
    exchange.buy(&victim, &other, "BTC", Contract::PERPETUAL, BITCOIN);
    fall(&mut exchange);
    assert_eq!(exchange.account(&victim).cash, 0);
    assert_liquidatable(&exchange, &victim, &liquidator);
}

#[test]
fn nothing_blocks_a_liquidation_of_dust() {
    let (mut exchange, [victim, _, liquidator]) = with_position(&[("ETH", 1), ("SOL", 1), ("PYUSD", 1)]);
    // Equity of some thirty dollars, below the limit of fifty.
    exchange.set_price("BTC", 79_030 * USD);
    exchange.refresh_all();
    exchange.liquidate(&victim, &liquidator, WHOLE).expect("dust may go whole");
    let left = exchange.account(&victim);
    assert!(left.position_count == 0 && left.balances.iter().all(|balance| balance.bank == 0), "nothing stays behind");
    exchange.assert_books_balance();
}

#[test]
fn nothing_blocks_a_liquidation_of_a_single_lot() {
    let (mut exchange, [_, other, liquidator]) = with_traders(&[]);
    let victim = exchange.trader(Mode::Portfolio, &[("USDC", 210 * DOLLAR)]);
    // A lot is worth a thousand dollars: to close the only one is the smallest step, and passes the target by far.
    exchange
        .list_market("COARSE", Feed::pull([8; 32]), (2, 0), defaults::major_market())
        .expect("the market is listed");
    exchange.set_price("COARSE", 1_000 * USD);
    exchange.refresh_all();
    exchange.buy(&victim, &other, "COARSE", Contract::PERPETUAL, 1);
    exchange.set_price("COARSE", 920 * USD);
    exchange.refresh_all();
    let report = exchange.assess(&victim);
    assert!(report.equity > 100 * DOLLAR as i64, "more than dust");
    let leg = exchange.small_leg(&victim, "COARSE", Contract::PERPETUAL);
    exchange.liquidate(&victim, &liquidator, leg).expect("less than a lot cannot be closed");
    exchange.assert_books_balance();
}

#[test]
fn nothing_blocks_a_liquidation_that_was_begun_and_abandoned() {
    let (mut exchange, [victim, _, liquidator]) = with_position(&[]);
    fall(&mut exchange);
    let first = exchange.small_leg(&victim, "BTC", Contract::PERPETUAL);
    exchange.liquidate(&victim, &liquidator, first).expect("a liquidation begins");
    let another = exchange.trader(Mode::Portfolio, &[("USDC", 500_000 * DOLLAR)]);
    for seconds in [30, 1_000, 100_000] {
        exchange.pass_time(seconds);
        assert!(exchange.account(&victim).liquidation_started_slot != 0, "it is not at its target");
        assert_liquidatable(&exchange, &victim, &another);
    }
}

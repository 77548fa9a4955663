//! What owners may do at prices of each grade (docs/oracles.md).

use ballast::{BallastError, TradeLeg};
use ballast_harness::{
    Exchange, Trader, defaults,
    oracle::{Feed, Quote, USD},
};
use ballast_risk::Mode;
use ballast_state::{Contract, oracle_grade::Grade};
use ballast_tests::{assert_refused, standard};

/// One bitcoin in lots of the seeded market.
const BITCOIN: i64 = 100_000;
/// One µUSD-dollar.
const DOLLAR: u64 = 1_000_000;

/// Two traders, the first long a bitcoin and a tenth of one in ether against the second, all with plenty of cash.
fn with_positions() -> (Exchange, [Trader; 2]) {
    let mut exchange = standard();
    let traders = [(); 2].map(|()| exchange.trader(Mode::Portfolio, &[("USDC", 500_000 * DOLLAR)]));
    exchange.buy(&traders[0], &traders[1], "BTC", Contract::PERPETUAL, BITCOIN);
    exchange.buy(&traders[0], &traders[1], "ETH", Contract::PERPETUAL, 25_000);
    (exchange, traders)
}

/// What spoils a feed so that its price is of this grade, and nothing else of it changes.
fn spoil(quote: Quote, grade: Grade) -> Quote {
    match grade {
        Grade::Aged => Quote { publish_time: quote.publish_time - 61, ..quote },
        Grade::Wide => Quote { confidence: quote.price.unsigned_abs() / 25, ..quote },
        Grade::Divergent => Quote { average: quote.price * 2, ..quote },
        _ => quote,
    }
}

/// Lets time pass, publishes everything again with one feed spoilt, and refreshes everything.
fn with_grade(exchange: &mut Exchange, name: &str, price: i64, grade: Grade) {
    exchange.chain.advance(70);
    exchange.publish_again();
    let feed = exchange.underlying(name).feed.clone();
    let quote = spoil(Quote::new(price * USD, exchange.chain.now()), grade);
    exchange.chain.publish(&feed, &quote);
    exchange.refresh_all();
    let market = exchange.market(exchange.underlying(name).number);
    let parameters = exchange.state().parameters;
    assert_eq!(market.grade(&parameters, exchange.chain.now(), exchange.chain.slot()), grade);
}

/// Lets the feed of a market, and of the bank that shares it, fall silent.
fn silence(exchange: &mut Exchange, name: &str) {
    exchange.chain.advance(121);
    exchange.publish_again();
    let (feed, price) = (exchange.underlying(name).feed.clone(), exchange.underlying(name).price);
    exchange.chain.publish(&feed, &Quote::new(price, exchange.chain.now() - 121));
    let speaking: Vec<&str> = ["USDC", "BTC", "ETH", "SOL", "PYUSD"].into_iter().filter(|it| *it != name).collect();
    exchange.refresh(&speaking);
}

fn perpetual(exchange: &Exchange, name: &str, lots: i64) -> TradeLeg {
    exchange.leg_at_mark(name, Contract::PERPETUAL, lots)
}

#[test]
fn trade_at_a_doubtful_index_only_reduces_both_positions() {
    for (grade, error) in [
        (Grade::Aged, BallastError::StaleMarket),
        (Grade::Wide, BallastError::PriceDoubtful),
        (Grade::Divergent, BallastError::PriceDoubtful),
    ] {
        let (mut exchange, [long, short]) = with_positions();
        let third = exchange.trader(Mode::Portfolio, &[("USDC", 500_000 * DOLLAR)]);
        with_grade(&mut exchange, "BTC", 100_000, grade);
        let buy = perpetual(&exchange, "BTC", 1);
        assert_refused(&mut exchange, error, |exchange| exchange.trade(&long, &short, &[buy]));
        // One side reduces, the other opens; more than there is turns both around.
        assert_refused(&mut exchange, error, |exchange| exchange.trade(&third, &long, &[buy]));
        let turn = perpetual(&exchange, "BTC", -BITCOIN - 1);
        assert_refused(&mut exchange, error, |exchange| exchange.trade(&long, &short, &[turn]));
        let close = perpetual(&exchange, "BTC", -BITCOIN);
        exchange.trade(&long, &short, &[close]).unwrap_or_else(|refusal| panic!("{grade:?}: {refusal}"));
        exchange.assert_books_balance();
    }
}

#[test]
fn trade_that_reduces_positions_at_a_doubtful_index_must_not_add_risk() {
    // Long the perpetual and short the future: to close the future alone leaves the perpetual without its hedge.
    let mut exchange = standard();
    let [hedged, other] = [(); 2].map(|()| exchange.trader(Mode::Portfolio, &[("USDC", 500_000 * DOLLAR)]));
    let expiry = exchange.list_chain("BTC", 30, &[]);
    exchange.buy(&hedged, &other, "BTC", Contract::PERPETUAL, BITCOIN);
    let future = exchange.leg_at_mark("BTC", expiry.future(), -BITCOIN);
    exchange.trade(&hedged, &other, &[future]).expect("the trade is accepted");
    with_grade(&mut exchange, "BTC", 100_000, Grade::Wide);
    let close = exchange.leg_at_mark("BTC", expiry.future(), BITCOIN);
    assert_refused(&mut exchange, BallastError::PriceDoubtful, |exchange| exchange.trade(&hedged, &other, &[close]));
    let both = [close, perpetual(&exchange, "BTC", -BITCOIN)];
    exchange.trade(&hedged, &other, &both).expect("both together take risk off");
}

#[test]
fn trade_elsewhere_sets_a_doubtful_market_aside() {
    for grade in [Grade::Aged, Grade::Wide, Grade::Divergent] {
        let (mut exchange, [long, short]) = with_positions();
        let own = |exchange: &mut Exchange| exchange.assess(&long).modes[Mode::Portfolio as usize].initial_excess;
        let before = own(&mut exchange);
        with_grade(&mut exchange, "ETH", 4_000, grade);
        let report = own(&mut exchange);
        // Ten thousand dollars of ether are set aside in what owners do, and in nothing else.
        let withdrawable = exchange.withdrawable(&long);
        assert!(report - withdrawable >= 10_000 * DOLLAR as i64, "{grade:?}: {before}, {report}, {withdrawable}");
        let more = perpetual(&exchange, "BTC", BITCOIN);
        exchange.trade(&long, &short, &[more]).unwrap_or_else(|refusal| panic!("{grade:?}: {refusal}"));
        exchange.withdraw(&long, "USDC", exchange.withdrawable(&long) as u64).expect("the rest may leave");
        assert_refused(&mut exchange, BallastError::BelowWithdrawalExcess, |exchange| {
            exchange.withdraw(&long, "USDC", DOLLAR)
        });
    }
}

#[test]
fn owner_with_a_silent_market_reduces_elsewhere_and_withdraws_nothing() {
    let (mut exchange, [long, short]) = with_positions();
    silence(&mut exchange, "ETH");
    let ether = perpetual(&exchange, "ETH", -1);
    assert_refused(&mut exchange, BallastError::StaleMarket, |exchange| exchange.trade(&long, &short, &[ether]));
    let more = perpetual(&exchange, "BTC", 1);
    assert_refused(&mut exchange, BallastError::StaleMarket, |exchange| exchange.trade(&long, &short, &[more]));
    assert_refused(&mut exchange, BallastError::StaleMarket, |exchange| exchange.withdraw(&long, "USDC", 1));
    assert_refused(&mut exchange, BallastError::StaleMarket, |exchange| exchange.set_mode(&long, Mode::Cross));
    let less = perpetual(&exchange, "BTC", -BITCOIN / 2);
    exchange.trade(&long, &short, &[less]).expect("both reduce");
    // Nothing is handed over on the way.
    let gift = TradeLeg { price: less.price - 10_000, quantity: -1, ..less };
    assert_refused(&mut exchange, BallastError::StaleMarket, |exchange| exchange.trade(&long, &short, &[gift]));
    exchange.fund(&long, "USDC", DOLLAR);
    exchange.deposit(&long, "USDC", DOLLAR).expect("deposits need no price");
}

#[test]
fn owner_reduces_while_the_quote_token_has_no_price() {
    let (mut exchange, [long, short]) = with_positions();
    exchange.chain.advance(121);
    exchange.publish_again();
    exchange.refresh(&["BTC", "ETH"]);
    let more = perpetual(&exchange, "BTC", 1);
    assert_refused(&mut exchange, BallastError::StaleQuote, |exchange| exchange.trade(&long, &short, &[more]));
    assert_refused(&mut exchange, BallastError::StaleQuote, |exchange| exchange.withdraw(&long, "USDC", 1));
    let less = perpetual(&exchange, "BTC", -BITCOIN);
    exchange.trade(&long, &short, &[less]).expect("both reduce");
}

#[test]
fn deposits_in_doubt_count_for_nothing_in_initial_margin_and_in_full_in_maintenance() {
    for grade in [Grade::Aged, Grade::Wide, Grade::Divergent] {
        let mut exchange = standard();
        let holder = exchange.trader(Mode::Portfolio, &[("USDC", 30_000 * DOLLAR), ("SOL", 100_000_000_000)]);
        let other = exchange.trader(Mode::Portfolio, &[("USDC", 500_000 * DOLLAR)]);
        exchange.buy(&holder, &other, "BTC", Contract::PERPETUAL, BITCOIN / 10);
        let fresh = exchange.withdrawable(&holder);
        let cover = exchange.assess(&holder).modes[Mode::Portfolio as usize].maintenance_excess;
        exchange.chain.advance(70);
        exchange.publish_again();
        let feed = exchange.collateral("SOL").feed.clone();
        // The bank's divergence limit is wider than the market's scan range.
        let quote = spoil(Quote::new(200 * USD, exchange.chain.now()), grade);
        exchange.chain.publish(&feed, &quote);
        exchange.refresh_all();
        let doubtful = exchange.withdrawable(&holder);
        // 20,000 dollars less a haircut of 35 %.
        assert!((fresh - doubtful - 13_000 * DOLLAR as i64).abs() < 50 * DOLLAR as i64, "{grade:?}");
        let after = exchange.assess(&holder).modes[Mode::Portfolio as usize].maintenance_excess;
        assert!((after - cover).abs() < 10 * DOLLAR as i64, "{grade:?}: {cover} {after}");
        // Nobody is frozen: there is cash enough for more.
        let more = perpetual(&exchange, "BTC", BITCOIN / 100);
        exchange.trade(&holder, &other, &[more]).expect("cash carries it");
    }
}

#[test]
fn confidence_raises_the_requirement_by_its_charge_and_nothing_else() {
    let (mut exchange, [long, _]) = with_positions();
    let market = exchange.market(1);
    let scale = f64::from(1_u32 << 30);
    let [limit, threshold, rate] =
        [market.parameters.confidence_limit, market.parameters.confidence_threshold, market.parameters.confidence_rate]
            .map(|bits| f64::from(bits) / scale);
    let notional = 100_000.0;
    let base = {
        with_grade(&mut exchange, "BTC", 100_000, Grade::Fresh);
        exchange.assess(&long)
    };
    for share in [0.0, 0.002, 0.008, 0.010, 0.015, 0.0199, 0.05] {
        exchange.chain.advance(1);
        exchange.publish_again();
        let feed = exchange.underlying("BTC").feed.clone();
        let confidence = (100_000.0 * share * USD as f64) as u64;
        exchange.chain.publish(&feed, &Quote { confidence, ..Quote::new(100_000 * USD, exchange.chain.now()) });
        exchange.refresh_all();
        let mut report = exchange.assess(&long);
        let quality = (1.0 - share / limit).max(0.0);
        let expected = if quality < threshold { (1.0 - quality) * rate * notional } else { 0.0 };
        for mode in Mode::ALL {
            let (before, after) = (base.modes[mode as usize], &mut report.modes[mode as usize]);
            let added = (after.initial_requirement - before.initial_requirement) as f64 / 1e6;
            assert!((added - expected).abs() < 0.1, "{share}: {added} instead of {expected}");
            let fell = after.initial_excess - before.initial_excess;
            assert_eq!(fell, before.initial_requirement - after.initial_requirement, "{share}");
            assert_eq!(after.maintenance_excess, before.maintenance_excess, "{share}");
            assert_eq!(after.maintenance_requirement, before.maintenance_requirement, "{share}");
            assert_eq!(after.scan_loss, before.scan_loss, "{share}");
            assert_eq!(after.withdrawal_excess - before.withdrawal_excess, fell, "{share}");
        }
        assert_eq!((report.equity, report.gross_notional), (base.equity, base.gross_notional), "{share}");
    }
}

#[test]
fn withdrawals_follow_the_index_one_step_at_a_time() {
    let (mut exchange, [long, _]) = with_positions();
    let calm = exchange.withdrawable(&long);
    // A fall that is news to the exchange: the index counts, which is worse for the long account.
    exchange.set_price("BTC", 95_000 * USD);
    exchange.pass_time(1);
    assert!(exchange.withdrawable(&long) < calm - 3_900 * DOLLAR as i64);
    // Back up by as much at once: the index of withdrawals is where it was a second ago, and a little more.
    for _ in 0..10 {
        exchange.pass_time(60);
    }
    let low = exchange.market(1).withdrawal_index >> 16;
    assert_eq!(low, 9_500_000);
    exchange.set_price("BTC", 100_000 * USD);
    exchange.pass_time(60);
    let market = exchange.market(1);
    assert_eq!((market.price, market.withdrawal_index >> 16), (10_000_000, 9_594_999));
    let at_index = exchange.assess(&long).modes[Mode::Portfolio as usize].withdrawal_excess;
    let bounded = exchange.withdrawable(&long);
    assert!(at_index - bounded > 2_000 * DOLLAR as i64, "{at_index} {bounded}");
    assert_refused(&mut exchange, BallastError::BelowWithdrawalExcess, |exchange| {
        exchange.withdraw(&long, "USDC", bounded as u64 + 1)
    });
    exchange.clone().withdraw(&long, "USDC", bounded as u64).expect("what is left at both");
    // However often it is refreshed within the minute.
    for _ in 0..5 {
        exchange.pass_time(1);
    }
    let price = exchange.market(1).withdrawal_index >> 16;
    assert!((9_602_900..9_603_100).contains(&price), "{price}: five seconds of a per cent a minute");
    for _ in 0..5 {
        exchange.pass_time(60);
    }
    assert_eq!(exchange.market(1).withdrawal_index >> 16, 10_000_000);
    let (settled, at_index) =
        (exchange.withdrawable(&long), exchange.assess(&long).modes[Mode::Portfolio as usize].withdrawal_excess);
    assert_eq!(settled, at_index);
}

#[test]
fn withdrawals_after_a_halt_wait_for_as_many_publications_as_the_move_takes() {
    let (mut exchange, [_, short]) = with_positions();
    exchange.set_price("BTC", 97_500 * USD);
    exchange.pass_time(100_000);
    // A day later one publication is worth one step, as any other.
    let price = exchange.market(1).withdrawal_index >> 16;
    assert!((9_899_900..9_900_100).contains(&price), "{price}");
    let at_index = exchange.assess(&short).modes[Mode::Portfolio as usize].withdrawal_excess;
    assert!(exchange.withdrawable(&short) < at_index);
    for _ in 0..2 {
        exchange.pass_time(60);
    }
    let at_index = exchange.assess(&short).modes[Mode::Portfolio as usize].withdrawal_excess;
    assert_eq!(exchange.withdrawable(&short), at_index);
}

#[test]
fn value_handed_over_must_fit_the_index_of_withdrawals() {
    let (mut exchange, [long, short]) = with_positions();
    exchange.set_price("BTC", 96_000 * USD);
    for _ in 0..5 {
        exchange.pass_time(60);
    }
    let spare = exchange.withdrawable(&long);
    exchange.withdraw(&long, "USDC", spare as u64 - DOLLAR).expect("all but a dollar");
    exchange.set_price("BTC", 100_000 * USD);
    exchange.pass_time(1);
    let own = exchange.assess(&long).modes[Mode::Portfolio as usize];
    assert!(own.withdrawal_excess > 2_000 * DOLLAR as i64, "{own:?}");
    // Twenty-five dollars for nothing: at the index they are there, a second ago they were not.
    let leg = perpetual(&exchange, "BTC", BITCOIN / 20);
    let gift = TradeLeg { price: leg.price + 50_000, ..leg };
    assert_refused(&mut exchange, BallastError::HandoverExceedsExcess, |exchange| {
        exchange.trade(&long, &short, &[gift])
    });
    exchange.trade(&long, &short, &[leg]).expect("at the mark nothing is handed over");
}

#[test]
fn big_account_with_a_dead_small_market_and_a_dead_small_deposit_goes_on() {
    let mut exchange = standard();
    exchange
        .list_market("TINY", Feed::pull([60; 32]), (4, 2), defaults::volatile_market())
        .expect("the market is listed");
    exchange.set_price("TINY", USD);
    exchange.refresh_all();
    let big = exchange.trader(Mode::Portfolio, &[("USDC", 5_000_000 * DOLLAR), ("SOL", 1_000_000_000)]);
    let other = exchange.trader(Mode::Portfolio, &[("USDC", 5_000_000 * DOLLAR)]);
    exchange.buy(&big, &other, "BTC", Contract::PERPETUAL, 20 * BITCOIN);
    exchange.buy(&big, &other, "TINY", Contract::PERPETUAL, 10_000);
    for thousandths in [30, 99] {
        exchange.chain.advance(2);
        exchange.publish_again();
        for feed in [exchange.underlying("TINY").feed.clone(), exchange.collateral("SOL").feed.clone()] {
            let price = if feed == exchange.underlying("TINY").feed { USD } else { 200 * USD };
            let quote = Quote::new(price, exchange.chain.now());
            let confidence = price.unsigned_abs() / 1_000 * thousandths;
            exchange.chain.publish(&feed, &Quote { confidence, average: price / 10, ..quote });
        }
        exchange.refresh_all();
        let more = perpetual(&exchange, "BTC", BITCOIN);
        exchange.trade(&big, &other, &[more]).expect("the bitcoin has a price");
        exchange.withdraw(&big, "USDC", 1_000 * DOLLAR).expect("the rest is plenty");
        assert_eq!(exchange.liquidation_terms(&big), None);
    }
    exchange.assert_books_balance();
}

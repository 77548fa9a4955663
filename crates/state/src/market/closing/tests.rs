use bytemuck::Zeroable;

use super::*;
use crate::{
    Contract, ExchangeParameters, MarginAccount, PositionKind, contract::ContractRefusal, market::FundingRules,
    oracle_grade::Publication,
};

const NOW: i64 = 1_767_600_000;
const EXPIRY: i64 = NOW + 3 * SHORTEST_NOTICE_SECONDS;

/// A market with one expiry, and two accounts with a perpetual of a thousand lots between them, sold at 100 dollars.
fn market() -> (Box<Market>, [Box<MarginAccount>; 2]) {
    let mut market: Box<Market> = Box::new(Zeroable::zeroed());
    market.number = 1;
    (market.price_decimals, market.quantity_decimals) = (2, 3);
    market.parameters = crate::MarketParameters::defaults(ballast_risk::parameters::MarketClass::Major);
    market.begin_dynamics(&crate::GroupParameters::defaults()).unwrap();
    accept(&mut market, 10_000, NOW);
    market.expiries[2].number = 7;
    market.expiries[2].expires_at = EXPIRY;
    market.expiries[2].status = ExpiryStatus::Listed as u8;
    market.expiries[2].set_settlement_rules(&ExchangeParameters::defaults().settlement_rules());
    let mut accounts = [(); 2].map(|()| Box::<MarginAccount>::new(Zeroable::zeroed()));
    let contract = Contract::PERPETUAL.find(&market).unwrap();
    accounts[0].adjust(&mut market, &contract, 1_000, -100_000_000).unwrap();
    accounts[1].adjust(&mut market, &contract, -1_000, 100_000_000).unwrap();
    (market, accounts)
}

fn accept(market: &mut Market, price: u64, publish_time: i64) {
    let publication =
        Publication { price: ballast_risk::Price::new(price).unwrap(), confidence: 1, publish_time, average: 0 };
    market.accept_price(&publication, 1, &ExchangeParameters::defaults()).unwrap();
}

#[test]
fn a_market_closes_once_with_a_running_expiry_after_its_notice() {
    let (mut market, _) = market();
    assert_eq!(market.begin_closing(2, 8, NOW), Err(ClosingRefusal::UnknownExpiry));
    let late = EXPIRY - SHORTEST_NOTICE_SECONDS + 1;
    assert_eq!(market.begin_closing(2, 7, late), Err(ClosingRefusal::Notice { earliest: EXPIRY + 1 }));
    assert!(!market.is_closing() && !market.perpetual_settles_with(2) && !market.is_removable());
    assert_eq!(market.begin_closing(2, 7, late - 1), Ok(EXPIRY));
    assert_eq!(market.begin_closing(2, 7, NOW), Err(ClosingRefusal::UnderWay));
    assert!(market.is_closing() && market.perpetual_settles_with(2) && !market.perpetual_settles_with(0));
}

#[test]
fn the_perpetual_is_marked_with_its_expiry_from_the_window_on() {
    let (mut market, _) = market();
    market.perpetual_basis = 1 << 23;
    market.begin_closing(2, 7, NOW).unwrap();
    let perpetual = Contract::PERPETUAL.find(&market).unwrap();
    let mark = |market: &Market, now| perpetual.mark(market, now).map(|mark| mark.price);
    let begins_at = EXPIRY - Expiry::AVERAGING_SECONDS;
    assert_eq!(mark(&market, begins_at), Ok(market.perpetual_mark()));
    assert!(market.perpetual_mark() > 10_000);
    for time in (begins_at..begins_at + 900).step_by(60) {
        accept(&mut market, 10_000, time);
    }
    accept(&mut market, 20_000, begins_at + 900);
    // One half is fixed at 100, the other half is worth 200.
    assert_eq!(mark(&market, begins_at + 900), Ok(15_000));
    assert_eq!(mark(&market, EXPIRY), Err(ContractRefusal::Expired));
}

#[test]
fn its_holders_settle_out_of_one_pool_and_the_market_is_empty() {
    let (mut market, [mut long, mut short]) = market();
    market.begin_closing(2, 7, NOW).unwrap();
    market.perpetual_pool = 3_000_000;
    short.positions[0].ledger += 3_000_000;
    market.settle_at(2, 10_600);
    assert_eq!((market.perpetual_pool, market.expiries[2].pool), (0, 3_000_000));
    assert!(market.is_expiry_held(2));
    short.cash = 10_000_000;
    let paid = short.settle_expiry(&mut market, 2).unwrap().unwrap();
    assert_eq!((paid.profit, paid.moved, short.cash, short.position_count), (-3_000_000, -3_000_000, 7_000_000, 0));
    assert!(market.is_expiry_held(2));
    let received = long.settle_expiry(&mut market, 2).unwrap().unwrap();
    assert_eq!((received.moved, long.cash, long.position_count), (6_000_000, 6_000_000, 0));
    assert_eq!((market.perpetual_open_interest, market.perpetual_position_count, market.expiries[2].pool), (0, 0, 0));
    assert!(!market.is_expiry_held(2) && !market.is_removable());
    market.expiries[2] = Expiry::zeroed();
    assert!(market.is_removable());
}

#[test]
fn an_expiry_of_a_market_that_stays_leaves_the_perpetual_alone() {
    let (mut market, [mut long, _]) = market();
    market.perpetual_pool = 5;
    market.settle_at(2, 10_600);
    assert_eq!((market.perpetual_pool, market.expiries[2].pool), (5, 0));
    assert_eq!(long.settle_expiry(&mut market, 2), Ok(None));
    assert_eq!(long.quantity_of(1, PositionKind::Perpetual, 0), 1_000);
}

#[test]
fn funding_ends_when_the_perpetual_settles() {
    let (mut market, _) = market();
    market.perpetual_basis = 1 << 20;
    market.begin_closing(2, 7, NOW).unwrap();
    let rules: FundingRules = ExchangeParameters::defaults().funding_rules();
    market.accrue_funding(&rules, EXPIRY - 100);
    market.publish_time = EXPIRY - 50;
    let last = market.accrue_funding(&rules, EXPIRY + 500);
    assert_eq!(last.map(|accrual| accrual.seconds), Some(100));
    assert_eq!(market.accrue_funding(&rules, EXPIRY + 900), None);
}

//! The book: whatever is traded, positions stay sorted, quantities sum to zero and counters agree.

#![allow(missing_docs)]

use ballast_risk::{MicroUsd, num, revaluation::MarketRisk};
use ballast_state::{
    AccountMarket, Contract, ExpiryStatus, MarginAccount, Market, OptionKind, Position, PositionKind, VestingGain,
    book::BookRefusal,
    margin_account::{MAX_MARKETS, MAX_POSITIONS},
};
use bytemuck::Zeroable;
use proptest::prelude::*;

const LIMIT: u64 = 1_000_000;

/// A market with three expiries of eight strikes, calls and puts.
fn market(number: u16) -> Box<Market> {
    let mut market: Box<Market> = Box::new(Zeroable::zeroed());
    market.number = number;
    market.price = 10_000_000;
    market.price_decimals = 2;
    market.quantity_decimals = 3;
    market.parameters.open_interest_limit = LIMIT;
    for expiry in 0..3 {
        market.expiries[expiry].number = expiry as u32 + 1;
        market.expiries[expiry].status = ExpiryStatus::Listed as u8;
        for strike in 0..8 {
            for kind in [OptionKind::Call, OptionKind::Put] {
                // Slots in an order that has nothing to do with strikes.
                let slot = (expiry * 16 + strike * 2 + kind as usize) * 7 % 48;
                let series = &mut market.series[slot];
                series.number = slot as u32 + 1;
                series.expiry_slot = expiry as u8;
                series.kind = kind as u8;
                series.strike = 8_000_000 + 500_000 * strike as u64;
                series.log_strike = num::ln_q40(series.strike);
            }
        }
    }
    market
}

fn contract(market: &Market, choice: usize) -> Contract {
    match choice % 52 {
        48 => Contract::PERPETUAL,
        choice @ 49..52 => Contract::future((choice - 49) as u8, choice as u32 - 48),
        slot => Contract::option(slot as u8, &market.series[slot]),
    }
}

fn is_sorted(account: &MarginAccount, markets: &[Box<Market>]) -> bool {
    let strike = |position: &Position| {
        let number = account.markets[usize::from(position.market_slot)].market;
        let market = markets.iter().find(|market| market.number == number).unwrap();
        if position.kind().is_option() { market.series[usize::from(position.series_slot)].strike } else { 0 }
    };
    account.positions().is_sorted_by_key(|position| position.order(strike(position)))
}

fn assert_account_in_order(account: &MarginAccount, markets: &[Box<Market>]) {
    assert!(is_sorted(account, markets));
    for (slot, held) in account.markets.iter().enumerate() {
        let count = account.positions().iter().filter(|p| usize::from(p.market_slot) == slot).count();
        assert_eq!(usize::from(held.position_count), count);
        assert_eq!(held.market == 0, count == 0);
    }
    for position in account.positions() {
        assert!(position.quantity != 0 || (!position.kind().is_option() && position.ledger != 0));
    }
    for free in &account.positions[usize::from(account.position_count)..] {
        assert_eq!(free.kind(), PositionKind::None);
    }
}

fn assert_market_in_step(market: &Market, accounts: &[Box<MarginAccount>]) {
    let held = |kind: PositionKind, number: u32| {
        accounts
            .iter()
            .map(|account| account.quantity_of(market.number, kind, number))
            .fold((0, 0), |(sum, long), lots| (sum + lots, long + lots.max(0)))
    };
    assert_eq!(held(PositionKind::Perpetual, 0), (0, market.perpetual_open_interest as i64));
    let mut by_expiry = [0; 3];
    for series in market.series.iter().filter(|series| series.number != 0) {
        let kind = if series.kind() == OptionKind::Call { PositionKind::Call } else { PositionKind::Put };
        let (sum, long) = held(kind, series.number);
        assert_eq!((sum, long), (0, series.open_interest as i64));
        by_expiry[usize::from(series.expiry_slot)] += long;
    }
    for (slot, expiry) in market.expiries[..3].iter().enumerate() {
        let (sum, long) = held(PositionKind::Future, expiry.number);
        assert_eq!((sum, long + by_expiry[slot]), (0, expiry.open_interest as i64));
        let refers = |account: &MarginAccount, position: &Position| {
            position.kind() != PositionKind::Perpetual
                && usize::from(position.expiry_slot) == slot
                && account.markets[usize::from(position.market_slot)].market == market.number
        };
        let references: usize =
            accounts.iter().map(|account| account.positions().iter().filter(|p| refers(account, p)).count()).sum();
        assert_eq!(references, expiry.position_count as usize);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn random_fills_keep_the_book_in_order(
        fills in prop::collection::vec((0usize..3, 0usize..3, 0usize..3, 0usize..52, -40i64..40), 1..120)
    ) {
        let mut markets = [market(1), market(2), market(3)];
        let mut accounts: Vec<Box<MarginAccount>> = (0..3).map(|_| Box::new(Zeroable::zeroed())).collect();
        for (buyer, seller, market, choice, quantity) in fills {
            if buyer == seller || quantity == 0 {
                continue;
            }
            let market = &mut markets[market];
            let listed = contract(market, choice).find(market).unwrap();
            let saved = (accounts[buyer].clone(), accounts[seller].clone(), market.clone());
            let result = accounts[buyer]
                .adjust(market, &listed, quantity, -quantity * 7)
                .and_then(|_| accounts[seller].adjust(market, &listed, -quantity, quantity * 7));
            if let Err(refusal) = result {
                prop_assert_eq!(refusal, BookRefusal::NoFreePosition);
                (accounts[buyer], accounts[seller], *market) = saved;
            }
        }
        for account in &accounts {
            assert_account_in_order(account, &markets);
        }
        for market in &markets {
            assert_market_in_step(market, &accounts);
        }
    }
}

#[test]
fn limits_are_refused() {
    let mut market = market(1);
    let mut account: Box<MarginAccount> = Box::new(Zeroable::zeroed());
    let perpetual = Contract::PERPETUAL.find(&market).unwrap();
    for quantity in [-(1 << 31), i64::MIN] {
        let result = account.adjust(&mut market, &perpetual, quantity, 0);
        assert_eq!(result, Err(BookRefusal::QuantityOutOfRange));
    }
}

#[test]
fn open_interest_may_reach_the_limit_and_beyond_it_only_fall() {
    let mut market = market(1);
    let mut account: Box<MarginAccount> = Box::new(Zeroable::zeroed());
    let perpetual = Contract::PERPETUAL.find(&market).unwrap();
    let call = contract(&market, 0).find(&market).unwrap();
    for listed in [perpetual, call] {
        account.adjust(&mut market, &listed, LIMIT as i64, 0).unwrap();
        assert_eq!(market.require_open_interest_limit(&listed, 0), Ok(()));
        account.adjust(&mut market, &listed, 1, 0).unwrap();
        let refused = Err(BookRefusal::OpenInterestLimit);
        assert_eq!(market.require_open_interest_limit(&listed, LIMIT), refused);
        for before in [LIMIT + 1, LIMIT + 2] {
            assert_eq!(market.require_open_interest_limit(&listed, before), Ok(()));
        }
    }
}

#[test]
fn a_ninth_market_and_a_65th_position_are_refused() {
    let mut account: Box<MarginAccount> = Box::new(Zeroable::zeroed());
    for number in 1..=MAX_MARKETS as u16 {
        let mut market = market(number);
        let perpetual = Contract::PERPETUAL.find(&market).unwrap();
        account.adjust(&mut market, &perpetual, 1, 0).unwrap();
    }
    let mut ninth = market(9);
    let perpetual = Contract::PERPETUAL.find(&ninth).unwrap();
    assert_eq!(account.adjust(&mut ninth, &perpetual, 1, 0), Err(BookRefusal::NoFreeMarket));

    let mut account: Box<MarginAccount> = Box::new(Zeroable::zeroed());
    let mut markets = [market(1), market(2)];
    let opened: Vec<_> = markets
        .iter_mut()
        .flat_map(|market| {
            (0..52).map(|choice| (contract(market, choice).find(market).unwrap(), choice)).collect::<Vec<_>>()
        })
        .collect();
    for (count, (listed, _)) in opened.iter().enumerate() {
        let result = account.adjust(&mut markets[count / 52], listed, 1, 0);
        if count < MAX_POSITIONS {
            assert!(result.is_ok());
        } else {
            assert_eq!(result, Err(BookRefusal::NoFreePosition));
        }
    }
}

#[test]
fn a_contract_is_found_only_under_its_own_slot_number_and_kind() {
    let market = market(1);
    let call = Contract::option(0, &market.series[0]);
    assert!(call.find(&market).is_ok());
    for wrong in [
        Contract { slot: 1, ..call },
        Contract { slot: 200, ..call },
        Contract { number: 0, ..call },
        Contract { number: call.number + 1, ..call },
        Contract { kind: call.kind ^ 1, ..call },
        Contract { kind: PositionKind::Claim as u8, ..call },
        Contract { kind: 0, ..call },
        Contract { kind: 99, ..call },
        Contract { number: 1, ..Contract::PERPETUAL },
        Contract::future(0, 2),
        Contract::future(11, 0),
    ] {
        assert!(wrong.find(&market).is_err(), "{wrong:?}");
    }
}

fn gains(linear: i64) -> MarketRisk {
    MarketRisk { linear_profit: MicroUsd(linear), ..MarketRisk::default() }
}

const DAY: u32 = 86_400;

#[test]
fn gains_vest_in_proportion_to_time() {
    let mut held = AccountMarket::zeroed();
    held.vest(&gains(1_000_000), MicroUsd::ZERO, 1_000, DAY);
    assert_eq!(held.linear_gain.vested, 0);
    held.vest(&gains(1_000_000), MicroUsd::ZERO, 1_000 + 43_200, DAY);
    assert_eq!(held.linear_gain.vested, 500_000);
    held.vest(&gains(1_000_000), MicroUsd::ZERO, 1_000 + 10 * i64::from(DAY), DAY);
    assert_eq!(held.linear_gain.vested, 1_000_000);
    held.linear_gain.spend(400_000);
    assert_eq!((held.linear_gain.seen, held.linear_gain.vested), (600_000, 600_000));
}

#[test]
fn settling_often_neither_hastens_nor_delays_vesting() {
    const GAIN: i64 = 7_777_777_777;
    for interval in [1, 7, 60, 3_600, 43_200] {
        let mut held = AccountMarket::zeroed();
        for now in (1_000..=1_000 + i64::from(DAY)).step_by(interval) {
            held.vest(&gains(GAIN), MicroUsd::ZERO, now, DAY);
            let expected = GAIN * (now - 1_000) / i64::from(DAY);
            // Each call rounds down to a whole µUSD.
            let calls = (now - 1_000) / interval as i64;
            let late = expected - held.linear_gain.vested;
            assert!((0..=calls).contains(&late), "{late} µUSD late after {calls} calls every {interval} s");
        }
        held.vest(&gains(GAIN), MicroUsd::ZERO, 1_000 + i64::from(DAY), DAY);
        assert_eq!(held.linear_gain.vested, GAIN);
    }
}

#[test]
fn what_comes_on_top_of_a_gain_begins_anew() {
    let mut held = AccountMarket::zeroed();
    held.vest(&gains(1_000_000), MicroUsd::ZERO, 1_000, DAY);
    let full = 1_000 + i64::from(DAY);
    held.vest(&gains(1_000_000), MicroUsd::ZERO, full, DAY);
    held.vest(&gains(3_000_000), MicroUsd::ZERO, full + 1, DAY);
    assert_eq!(held.linear_gain.vested, 1_000_000, "a gain that has vested stays");
    held.vest(&gains(3_000_000), MicroUsd::ZERO, full + 1 + 43_200, DAY);
    assert_eq!(held.linear_gain.vested, 2_000_000, "half of the new part after half of the time");

    // Half way through, 1,000,000 with half a day left and 1,000,000 with a whole one: three quarters on average.
    let mut held = AccountMarket::zeroed();
    held.vest(&gains(2_000_000), MicroUsd::ZERO, 1_000, DAY);
    held.vest(&gains(3_000_000), MicroUsd::ZERO, 1_000 + 43_200, DAY);
    assert_eq!(held.linear_gain, VestingGain { seen: 3_000_000, vested: 1_000_000, vests_at: 1_000 + 43_200 + 64_800 });
    held.vest(&gains(3_000_000), MicroUsd::ZERO, 1_000 + 43_200 + 32_400, DAY);
    assert_eq!(held.linear_gain.vested, 2_000_000);
}

#[test]
fn attacker_gets_nothing_from_a_spike() {
    let mut held = AccountMarket::zeroed();
    held.vest(&gains(0), MicroUsd::ZERO, 1_000, DAY);
    held.vest(&gains(900_000_000), MicroUsd::ZERO, 500_000, DAY);
    assert_eq!(held.linear_gain.vested, 0, "the gain was not there at the last vesting");
    held.vest(&gains(-5), MicroUsd::ZERO, 500_001, DAY);
    assert_eq!((held.linear_gain.seen, held.linear_gain.vested), (0, 0));
}

#[test]
fn balances_open_shrink_their_hedge_and_free_their_slot() {
    let mut account: Box<MarginAccount> = Box::new(Zeroable::zeroed());
    assert_eq!(account.credit(7, 100), Ok(0));
    assert_eq!(account.credit(7, 50), Ok(100));
    account.balances[0].hedge = 120;
    assert_eq!(account.debit(7, 60), Ok(150));
    assert_eq!((account.balances[0].amount, account.balances[0].hedge), (90, 90));
    assert_eq!(account.debit(7, 91), Err(BookRefusal::InsufficientBalance { held: 90, asked: 91 }));
    assert_eq!(account.debit(8, 1), Err(BookRefusal::InsufficientBalance { held: 0, asked: 1 }));
    assert_eq!(account.credit(7, u64::MAX), Err(BookRefusal::Overflow));
    assert_eq!(account.debit(7, 90), Ok(90));
    assert_eq!(account.balances[0].bank, 0);
    for bank in 1..=16 {
        account.credit(bank, 1).unwrap();
    }
    assert_eq!(account.credit(17, 1), Err(BookRefusal::NoFreeBalance));
}

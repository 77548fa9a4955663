//! Thousands of random books: the report that the image returns is the report that a client computes, byte for byte.

use std::thread;

use ballast_harness::{Exchange, ExpiryKey, Trader};
use ballast_risk::Mode;
use ballast_state::{Contract, MarginAccount, Market, OptionKind, seeds};
use ballast_tests::{standard, tamper};

/// Books that each thread tries.
const BOOKS_PER_THREAD: u64 = 1_500;
const THREADS: u64 = 2;

/// A deterministic source of numbers (Knuth's MMIX generator).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn between(&mut self, lowest: i64, highest: i64) -> i64 {
        lowest + self.below((highest - lowest + 1) as u64) as i64
    }

    /// Small or large, positive or negative.
    fn lots(&mut self) -> i64 {
        let size = 1 << self.below(16);
        self.between(-size, size)
    }
}

/// An exchange with three expiries a market, from hours to a year away, and the contracts listed there.
fn with_chains() -> (Exchange, Vec<(u16, Contract)>) {
    let mut exchange = standard();
    let mut contracts = Vec::new();
    for (market, strikes) in [
        ("BTC", [40_000, 80_000, 100_000, 101_000, 150_000, 900_000]),
        ("ETH", [2_000, 3_900, 4_000, 4_100, 6_000, 9_000]),
        ("SOL", [100, 190, 200, 210, 300, 1_000]),
    ] {
        let number = exchange.underlying(market).number;
        contracts.push((number, Contract::PERPETUAL));
        for days in [1, 45, 360] {
            let expiry: ExpiryKey = exchange.list_chain(market, days, &strikes);
            contracts.push((number, expiry.future()));
            for kind in [OptionKind::Call, OptionKind::Put] {
                contracts.extend(strikes.map(|strike| (number, exchange.option(&expiry, strike, kind))));
            }
        }
    }
    (exchange, contracts)
}

/// Fills the account with random cash, collateral and positions, some of them in calls and puts of one strike.
fn fill(numbers: &mut Numbers, account: &mut MarginAccount, markets: &mut [Market], contracts: &[(u16, Contract)]) {
    account.cash = numbers.between(-1_000_000_000, 50_000_000_000);
    account.mode = numbers.below(3) as u8;
    for bank in 2..=5 {
        let balance = &mut account.balances[bank - 2];
        balance.bank = bank as u16;
        balance.amount = numbers.below(1 << 36);
        balance.hedge = numbers.below(balance.amount + 1) * numbers.below(2);
    }
    for _ in 0..numbers.below(40) {
        let (number, contract) = contracts[numbers.below(contracts.len() as u64) as usize];
        let market = markets.iter_mut().find(|market| market.number == number).expect("the market is listed");
        let listed = contract.find(market).expect("the contract is listed");
        let (lots, ledger) = (numbers.lots(), numbers.between(-1_000_000_000, 1_000_000_000));
        account.adjust(market, &listed, lots, ledger).expect("the book takes it");
    }
}

/// Gives an account one random book after another, at random prices and times, and shows each to `visit`.
pub(super) fn for_each_book(seed: u64, books: u64, mut visit: impl FnMut(u64, &mut Exchange, &Trader)) {
    let (mut exchange, contracts) = with_chains();
    let trader: Trader = exchange.trader(Mode::Cross, &[]);
    let start = exchange.chain.now();
    let listed: Vec<Market> = (1..=3).map(|number| exchange.market(number)).collect();
    let mut numbers = Numbers(seed);
    for book in 0..books {
        let mut markets = listed.clone();
        tamper(&mut exchange, trader.address(), |account: &mut MarginAccount| {
            let empty = MarginAccount { cash: 0, position_count: 0, ..*account };
            *account = MarginAccount {
                markets: bytemuck::Zeroable::zeroed(),
                positions: bytemuck::Zeroable::zeroed(),
                ..empty
            };
            fill(&mut numbers, account, &mut markets, &contracts);
        });
        for market in &listed {
            let price = market.price * (50 + numbers.below(150)) / 100;
            let address = seeds::market(&exchange.address, market.number).0;
            tamper(&mut exchange, address, |market: &mut Market| market.price = price);
        }
        // From now to past the first expiry, half an hour before which averaging begins.
        let slot = exchange.chain.slot();
        exchange.chain.set_clock(start + numbers.between(0, 40 * 3_600), slot);
        visit(book, &mut exchange, &trader);
    }
}

fn compare_books(seed: u64) {
    for_each_book(seed, BOOKS_PER_THREAD, |book, exchange, trader| {
        let (on_chain, native) = (exchange.assess(trader), exchange.preview(trader));
        assert_eq!(on_chain, native, "book {book} of seed {seed}");
        let requirement = on_chain.modes.map(|mode| (mode.initial_requirement, mode.maintenance_requirement));
        let is_ordered = |one: (i64, i64), other: (i64, i64)| one.0 >= other.0 && one.1 >= other.1;
        assert!(
            is_ordered(requirement[0], requirement[1]) && is_ordered(requirement[1], requirement[2]),
            "{on_chain:?}"
        );
    });
}

#[test]
fn assess_agrees_with_the_native_engine_on_thousands_of_books() {
    thread::scope(|scope| {
        for seed in 1..=THREADS {
            scope.spawn(move || compare_books(seed));
        }
    });
}

//! `liquidate`

mod collateral;
mod disputes;
mod guide;
mod tiers;

use anchor_lang::error::ErrorCode;
use ballast::{BallastError, LiquidationLeg, LiquidationPlan, events::Liquidated};
use ballast_client::{CheckAccounts, instructions};
use ballast_harness::{
    Exchange, Trader, defaults,
    oracle::{Feed, USD},
    tokens::SPL_TOKEN,
};
use ballast_risk::{MarginReport, Mode};
use ballast_state::{Contract, OptionKind, PositionKind};
use ballast_tests::{assert_refused, standard, substitute, unsigned};

/// One bitcoin in lots of the seeded market.
const BITCOIN: i64 = 100_000;
/// One µUSD-dollar.
const DOLLAR: i64 = 1_000_000;
/// One, in the scale of slices.
const WHOLE: u32 = 1 << 28;

/// A victim of 21,000 USDC long one bitcoin, a liquidator, and the bitcoin at this price.
fn with_victim(price: i64) -> (Exchange, Trader, Trader) {
    let mut exchange = standard();
    let victim = exchange.trader(Mode::Portfolio, &[("USDC", 21_000 * DOLLAR as u64)]);
    let other = exchange.trader(Mode::Portfolio, &[("USDC", 500_000 * DOLLAR as u64)]);
    let liquidator = exchange.trader(Mode::Portfolio, &[("USDC", 200_000 * DOLLAR as u64)]);
    exchange.buy(&victim, &other, "BTC", Contract::PERPETUAL, BITCOIN);
    exchange.set_price("BTC", price * USD);
    exchange.refresh_all();
    (exchange, victim, liquidator)
}

fn legs(lots: i64) -> LiquidationPlan {
    LiquidationPlan::Legs { legs: vec![LiquidationLeg { market: 1, contract: Contract::PERPETUAL, quantity: lots }] }
}

fn maintenance_excess(report: &MarginReport) -> i64 {
    report.modes[usize::from(report.mode)].maintenance_excess
}

#[test]
fn liquidate_of_legs_raises_the_excess_and_pays_a_reward() {
    let (mut exchange, victim, liquidator) = with_victim(93_000);
    let before = exchange.assess(&victim);
    assert!(maintenance_excess(&before) < 0 && before.equity > 0);
    let cash = exchange.account(&liquidator).cash;
    let event: Liquidated =
        exchange.liquidate(&victim, &liquidator, legs(BITCOIN / 20)).expect("the legs are taken").event();
    let after = exchange.assess(&victim);
    assert_eq!((event.account, event.liquidator), (victim.address(), liquidator.address()));
    assert_eq!((event.slice, event.paid), (0, 0));
    assert_eq!((event.maintenance_excess_before, event.equity_before), (maintenance_excess(&before), before.equity));
    assert_eq!((event.maintenance_excess, event.equity), (maintenance_excess(&after), after.equity));
    assert!(event.reward > 0 && event.insurance > 0);
    assert!(maintenance_excess(&after) > maintenance_excess(&before));
    let market = exchange.underlying("BTC").number;
    assert_eq!(exchange.account(&liquidator).quantity_of(market, PositionKind::Perpetual, 0), BITCOIN / 20);
    assert_eq!(exchange.account(&liquidator).cash, cash + event.reward);
    assert_eq!(exchange.bank("USDC").insurance, event.insurance as u64);
    exchange.assert_books_balance();
}

#[test]
fn liquidate_of_legs_stops_at_the_target() {
    let (mut exchange, victim, liquidator) = with_victim(93_000);
    assert_refused(&mut exchange, BallastError::LiquidationBeyondTarget, |exchange| {
        exchange.liquidate(&victim, &liquidator, legs(BITCOIN))
    });
    let mut closed = 0;
    while exchange.liquidate(&victim, &liquidator, legs(BITCOIN / 50)).is_ok() {
        exchange.assert_books_balance();
        // Every cool-down lets five such steps through.
        exchange.pass_time(2);
        closed += 1;
        assert!(closed < 50, "the account is closed whole");
    }
    let after = exchange.assess(&victim);
    assert!(maintenance_excess(&after) > 0);
    assert_refused(&mut exchange, BallastError::NotLiquidatable, |exchange| {
        exchange.liquidate(&victim, &liquidator, legs(1))
    });
    assert_eq!(exchange.account(&victim).liquidation_started_slot, 0);
}

#[test]
fn liquidate_of_a_slice_takes_a_share_of_everything() {
    let mut exchange = standard();
    let deposits = [("USDC", 12_000 * DOLLAR as u64), ("SOL", 60_000_000_000), ("PYUSD", 1_000_000_000)];
    let victim = exchange.trader(Mode::Portfolio, &deposits);
    let other = exchange.trader(Mode::Portfolio, &[("USDC", 500_000 * DOLLAR as u64)]);
    let liquidator = exchange.trader(Mode::Portfolio, &[("USDC", 200_000 * DOLLAR as u64)]);
    let expiry = exchange.list_chain("BTC", 30, &[110_000]);
    let call = exchange.option(&expiry, 110_000, OptionKind::Call);
    exchange.buy(&other, &victim, "BTC", call, BITCOIN);
    exchange.buy(&other, &victim, "ETH", Contract::PERPETUAL, 1_000);
    exchange.set_price("BTC", 120_000 * USD);
    exchange.refresh_all();
    let before = exchange.assess(&victim);
    assert!(maintenance_excess(&before) < 0 && before.equity > 0, "{before:?}");
    let held = exchange.account(&victim);
    let slice = LiquidationPlan::Slice { fraction: WHOLE / 16 };
    let event: Liquidated = exchange.liquidate(&victim, &liquidator, slice).expect("the slice is taken").event();
    assert_eq!((event.slice, event.reward), (WHOLE / 16, 0));
    let taken = exchange.account(&liquidator);
    assert_eq!(taken.quantity_of(1, PositionKind::Call, call.number), -BITCOIN / 16);
    assert_eq!(taken.quantity_of(2, PositionKind::Perpetual, 0), -62);
    let bank = exchange.collateral("SOL").number;
    let balance = |account: &ballast_state::MarginAccount| {
        account.balance_slot(bank).map_or(0, |slot| account.balances[slot].amount)
    };
    assert_eq!((balance(&taken), balance(&exchange.account(&victim))), (3_750_000_000, 56_250_000_000));
    assert_eq!(held.cash - held.cash / 16 + event.paid, exchange.account(&victim).cash);
    assert!(event.maintenance_excess > event.maintenance_excess_before);
    exchange.assert_books_balance();
}

#[test]
fn liquidate_of_a_slice_becomes_cheaper_with_time() {
    let price_at = |seconds: u64| {
        let (mut exchange, victim, liquidator) = with_victim(93_000);
        let first = LiquidationPlan::Slice { fraction: WHOLE / 100 };
        exchange.liquidate(&victim, &liquidator, first.clone()).expect("the slice is taken");
        exchange.pass_time(seconds);
        let event: Liquidated = exchange.liquidate(&victim, &liquidator, first).expect("the slice is taken").event();
        event.paid
    };
    let prices = [0, 10, 40, 120].map(price_at);
    assert!(prices.is_sorted_by(|earlier, later| earlier > later), "{prices:?}");
    // From 99 % to 70 % of nearly the same value.
    assert!((69..72).contains(&(prices[3] * 100 / prices[0])), "{prices:?}");
    // A liquidation that nobody continued in time starts anew, at the price that it first had.
    assert!(price_at(1_000) > prices[1]);
}

#[test]
fn liquidate_refuses_a_slice_that_passes_the_target() {
    let (mut exchange, victim, liquidator) = with_victim(93_000);
    for fraction in [WHOLE / 2, WHOLE] {
        assert_refused(&mut exchange, BallastError::LiquidationBeyondTarget, |exchange| {
            exchange.liquidate(&victim, &liquidator, LiquidationPlan::Slice { fraction })
        });
    }
}

#[test]
fn liquidate_refuses_slices_out_of_range() {
    let (mut exchange, victim, liquidator) = with_victim(93_000);
    for fraction in [0, WHOLE + 1, u32::MAX] {
        assert_refused(&mut exchange, BallastError::SliceOutOfRange, |exchange| {
            exchange.liquidate(&victim, &liquidator, LiquidationPlan::Slice { fraction })
        });
    }
}

#[test]
fn liquidate_refuses_an_account_above_maintenance_margin() {
    // Below initial margin, above maintenance margin.
    let (mut exchange, victim, liquidator) = with_victim(97_000);
    let report = exchange.assess(&victim);
    assert!(maintenance_excess(&report) > 0 && report.modes[Mode::Portfolio as usize].initial_excess < 0);
    for plan in [legs(1), LiquidationPlan::Slice { fraction: 1 }] {
        assert_refused(&mut exchange, BallastError::NotLiquidatable, |exchange| {
            exchange.liquidate(&victim, &liquidator, plan)
        });
    }
}

#[test]
fn liquidate_refuses_legs_that_do_not_reduce() {
    let (mut exchange, victim, liquidator) = with_victim(93_000);
    for lots in [0, -1, BITCOIN + 1, i64::MAX, i64::MIN] {
        assert_refused(&mut exchange, BallastError::LegNotReducing, |exchange| {
            exchange.liquidate(&victim, &liquidator, legs(lots))
        });
    }
    let none = LiquidationPlan::Legs { legs: Vec::new() };
    assert_refused(&mut exchange, BallastError::LegCount, |exchange| exchange.liquidate(&victim, &liquidator, none));
}

#[test]
fn liquidate_refuses_to_break_a_hedge() {
    let mut exchange = standard();
    let victim = exchange.trader(Mode::Portfolio, &[("USDC", 7_000 * DOLLAR as u64), ("SOL", 100_000_000_000)]);
    let other = exchange.trader(Mode::Portfolio, &[("USDC", 900_000 * DOLLAR as u64)]);
    let liquidator = exchange.trader(Mode::Portfolio, &[("USDC", 900_000 * DOLLAR as u64)]);
    let expiry = exchange.list_chain("BTC", 30, &[]);
    let hedge = [
        exchange.leg_at_mark("BTC", Contract::PERPETUAL, BITCOIN),
        exchange.leg_at_mark("BTC", expiry.future(), -BITCOIN),
    ];
    exchange.trade(&victim, &other, &hedge).expect("the legs offset each other");
    exchange.set_price("SOL", USD);
    exchange.refresh_all();
    exchange.set_price("BTC", 130_000 * USD);
    exchange.refresh_all();
    assert!(maintenance_excess(&exchange.assess(&victim)) < 0, "{:?}", exchange.assess(&victim));
    assert_refused(&mut exchange, BallastError::LiquidationNoImprovement, |exchange| {
        exchange.liquidate(&victim, &liquidator, legs(BITCOIN / 2))
    });
    let both = LiquidationPlan::Legs {
        legs: vec![
            LiquidationLeg { market: 1, contract: Contract::PERPETUAL, quantity: BITCOIN / 20 },
            LiquidationLeg { market: 1, contract: expiry.future(), quantity: -BITCOIN / 20 },
        ],
    };
    exchange.liquidate(&victim, &liquidator, both).expect("both legs together may be closed");
    exchange.assert_books_balance();
}

#[test]
fn liquidate_refuses_a_liquidator_without_margin() {
    let (mut exchange, victim, _) = with_victim(93_000);
    let poor = exchange.trader(Mode::Portfolio, &[("USDC", 100 * DOLLAR as u64)]);
    for plan in [legs(BITCOIN / 20), LiquidationPlan::Slice { fraction: WHOLE / 10 }] {
        assert_refused(&mut exchange, BallastError::LiquidatorBelowMargin, |exchange| {
            exchange.liquidate(&victim, &poor, plan)
        });
    }
}

#[test]
fn liquidate_works_with_older_prices_than_a_trade_but_not_with_any() {
    let (mut exchange, victim, liquidator) = with_victim(93_000);
    exchange.chain.advance(100);
    assert_refused(&mut exchange, BallastError::StaleMarket, |exchange| {
        exchange.liquidate(&victim, &liquidator, legs(BITCOIN / 20))
    });
    // The oracle has said nothing new for 100 seconds: too old for a trade, not for a liquidation.
    exchange.refresh_all();
    let leg = exchange.leg_at_mark("BTC", Contract::PERPETUAL, 1);
    assert_refused(&mut exchange, BallastError::StaleMarket, |exchange| exchange.trade(&liquidator, &victim, &[leg]));
    exchange.liquidate(&victim, &liquidator, legs(BITCOIN / 20)).expect("the price will do");
}

#[test]
fn attacker_liquidate_an_account_of_their_own() {
    let (mut exchange, victim, _) = with_victim(93_000);
    let own = exchange.open_account(&victim.wallet, 1, Mode::Portfolio).expect("a second account is opened");
    exchange.fund(&own, "USDC", 100_000 * DOLLAR as u64);
    exchange.deposit(&own, "USDC", 100_000 * DOLLAR as u64).expect("the deposit is accepted");
    for liquidator in [&victim, &own] {
        assert_refused(&mut exchange, BallastError::SelfLiquidation, |exchange| {
            exchange.liquidate(&victim, liquidator, legs(BITCOIN / 20))
        });
    }
}

#[test]
fn attacker_liquidate_on_somebody_elses_account() {
    let (mut exchange, victim, liquidator) = with_victim(93_000);
    let attacker = exchange.chain.wallet();
    let accounts = [exchange.account(&victim), exchange.account(&liquidator)];
    let check = exchange.check(CheckAccounts::of(&[&accounts[0], &accounts[1]]).touching([1]));
    let quote = exchange.quote_token();
    let instruction = instructions::liquidate(&victim.key, &liquidator.key, &quote, legs(BITCOIN / 20), check);
    let attackers = solana_signer::Signer::pubkey(&*attacker);
    let signed_for = substitute(instruction.clone(), liquidator.owner(), attackers);
    assert_refused(&mut exchange, BallastError::NotOwner, |exchange| exchange.chain.send(&[signed_for], &[&attacker]));
    let not_signed = unsigned(instruction, liquidator.owner());
    assert_refused(&mut exchange, ErrorCode::AccountNotSigner, |exchange| exchange.chain.send(&[not_signed], &[]));
}

#[test]
fn attacker_liquidate_with_a_bank_that_is_not_the_quote_bank() {
    let (mut exchange, victim, liquidator) = with_victim(93_000);
    let accounts = [exchange.account(&victim), exchange.account(&liquidator)];
    let check = exchange.check(CheckAccounts::of(&[&accounts[0], &accounts[1]]).touching([1]));
    let quote = exchange.quote_token();
    let instruction = instructions::liquidate(&victim.key, &liquidator.key, &quote, legs(BITCOIN / 20), check);
    let other = exchange.collateral("BTC").mint.token.bank(&exchange.address).0;
    let instruction = substitute(instruction, quote.bank(&exchange.address).0, other);
    assert_refused(&mut exchange, BallastError::WrongExchange, |exchange| {
        exchange.chain.send(&[instruction], &[&liquidator.wallet])
    });
}

#[test]
fn attacker_liquidate_an_account_that_recovered_long_ago() {
    let (mut exchange, victim, liquidator) = with_victim(93_000);
    exchange.liquidate(&victim, &liquidator, legs(BITCOIN / 50)).expect("the liquidation starts");
    // The owner brings collateral and stays healthy for a day; then the price falls a little, never to maintenance.
    exchange.fund(&victim, "USDC", 20_000 * DOLLAR as u64);
    exchange.deposit(&victim, "USDC", 20_000 * DOLLAR as u64).expect("the deposit is accepted");
    exchange.pass_time(86_400);
    let healthy = exchange.assess(&victim);
    assert!(healthy.modes[Mode::Portfolio as usize].initial_excess > 0);
    let withdrawal = healthy.modes[Mode::Portfolio as usize].withdrawal_excess as u64;
    exchange.withdraw(&victim, "USDC", withdrawal).expect("the excess may leave");
    exchange.set_price("BTC", 90_500 * USD);
    exchange.refresh_all();
    let report = exchange.assess(&victim);
    assert!(maintenance_excess(&report) > 0, "{report:?}");
    assert_refused(&mut exchange, BallastError::NotLiquidatable, |exchange| {
        exchange.liquidate(&victim, &liquidator, LiquidationPlan::Slice { fraction: WHOLE / 100 })
    });
}

#[test]
fn liquidate_of_dust_may_take_the_whole() {
    let (mut exchange, victim, liquidator) = with_victim(93_000);
    // Equity of 30 dollars, below the limit of 50.
    exchange.set_price("BTC", 79_030 * USD);
    exchange.refresh_all();
    assert_eq!(exchange.assess(&victim).equity, 30 * DOLLAR);
    let whole = LiquidationPlan::Slice { fraction: WHOLE };
    exchange.liquidate(&victim, &liquidator, whole).expect("dust may go whole");
    assert_eq!(exchange.account(&victim).position_count, 0);
    exchange.assert_books_balance();
}

#[test]
fn liquidate_of_a_bankrupt_account_pays_nothing_for_it() {
    let (mut exchange, victim, liquidator) = with_victim(93_000);
    exchange.set_price("BTC", 75_000 * USD);
    exchange.refresh_all();
    assert!(exchange.assess(&victim).equity < 0);
    let slice = LiquidationPlan::Slice { fraction: WHOLE / 10 };
    let event: Liquidated = exchange.liquidate(&victim, &liquidator, slice).expect("the slice is taken").event();
    assert_eq!(event.paid, 0);
    exchange.assert_books_balance();
}

#[test]
fn liquidate_works_while_the_vault_is_frozen() {
    let (mut exchange, victim, liquidator) = with_victim(93_000);
    let (mint, vault) = (exchange.quote.clone(), exchange.bank("USDC").vault);
    exchange.chain.set_frozen(&mint, &vault, true);
    // The token programs' "account is frozen".
    assert_refused(&mut exchange, 17_u32, |exchange| exchange.withdraw(&liquidator, "USDC", 1));
    exchange.liquidate(&victim, &liquidator, legs(BITCOIN / 20)).expect("claims move, no tokens");
    exchange.assert_books_balance();
}

/// A short straddle book of 64 options in 8 markets, margined by 16 kinds of collateral, and a liquidator.
fn with_largest_account() -> (Exchange, Trader, Trader) {
    let mut exchange = Exchange::new();
    let mut deposits = vec![("USDC".to_owned(), 100 * DOLLAR as u64)];
    for index in 0..16_u8 {
        let name = format!("BANK {index}");
        let mint = exchange.chain.mint(6, SPL_TOKEN, &[]);
        let feed = Feed::pull([50 + index; 32]);
        exchange.list_bank(&name, &mint, feed, defaults::stable_bank(), 0).expect("the bank is listed");
        exchange.set_price(&name, USD);
        deposits.push((name, 1_000 * DOLLAR as u64));
    }
    let markets: Vec<String> = (0..8_u8).map(|index| format!("MARKET {index}")).collect();
    for (index, name) in markets.iter().enumerate() {
        let feed = Feed::pull([100 + index as u8; 32]);
        exchange.list_market(name, feed, (2, 2), defaults::major_market()).expect("the market is listed");
        exchange.set_price(name, 100 * USD);
    }
    for priced in exchange.priced().chunks(8) {
        let instruction = instructions::refresh(exchange.address, priced, false);
        exchange.chain.send(&[instruction], &[]).expect("the prices are accepted");
    }
    let deposits: Vec<(&str, u64)> = deposits.iter().map(|(name, amount)| (name.as_str(), *amount)).collect();
    let victim = exchange.trader(Mode::Portfolio, &deposits);
    exchange.set_price("USDC", USD);
    exchange.refresh(&["USDC"]);
    let dollars = [("USDC", 5_000_000 * DOLLAR as u64)];
    let [other, liquidator] = [(), ()].map(|()| exchange.trader(Mode::Portfolio, &dollars));
    for name in &markets {
        let expiry = exchange.list_chain(name, 30, &[90, 100, 110, 120]);
        let legs: Vec<_> = [90, 100, 110, 120]
            .into_iter()
            .flat_map(|strike| [OptionKind::Call, OptionKind::Put].map(|kind| exchange.option(&expiry, strike, kind)))
            .map(|option| exchange.leg_at_mark(name, option, -2_000))
            .collect();
        exchange.trade(&victim, &other, &legs).expect("the trade is accepted");
    }
    (exchange, victim, liquidator)
}

#[test]
fn liquidate_of_the_largest_account_fits_one_transaction() {
    let (mut exchange, victim, liquidator) = with_largest_account();
    let account = exchange.account(&victim);
    assert_eq!(account.position_count, 64);
    assert!(account.markets.iter().all(|held| held.market != 0));
    assert!(account.balances.iter().all(|balance| balance.bank != 0));
    for index in 0..8 {
        exchange.set_price(&format!("MARKET {index}"), 125 * USD);
    }
    for priced in exchange.priced().chunks(8) {
        let instruction = instructions::refresh(exchange.address, priced, false);
        exchange.chain.send(&[instruction], &[]).expect("the prices are accepted");
    }
    let report = exchange.assess(&victim);
    assert!(maintenance_excess(&report) < 0, "{}", maintenance_excess(&report));
    let slice = LiquidationPlan::Slice { fraction: WHOLE / 16 };
    let outcome = exchange.liquidate(&victim, &liquidator, slice).expect("the slice is taken");
    println!("{} units, {} bytes, {} locks", outcome.compute_units, outcome.transaction_bytes, outcome.account_locks);
    assert!(outcome.account_locks <= 64 && outcome.compute_units <= 1_400_000);
    let taken = exchange.account(&liquidator);
    assert_eq!(taken.position_count, 64);
    assert!(taken.balances.iter().all(|balance| balance.amount > 0));
    exchange.assert_books_balance();
}

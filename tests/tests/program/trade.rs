//! `trade`: fills, and what a fill is refused for.

mod limits;
mod margin;

use anchor_lang::{error::ErrorCode, prelude::AccountMeta};
use ballast::{
    BallastError, TradeLeg,
    events::{LegFilled, Traded},
};
use ballast_client::instructions;
use ballast_harness::{Exchange, Trader};
use ballast_risk::Mode;
use ballast_state::{Contract, OptionKind, PositionKind, seeds};
use ballast_tests::{assert_refused, standard, substitute, unsigned};

/// One bitcoin in lots of the seeded market.
const BITCOIN: i64 = 100_000;
/// One µUSD-dollar.
const DOLLAR: i64 = 1_000_000;

/// Two traders with a million USDC each.
fn with_traders() -> (Exchange, Trader, Trader) {
    let mut exchange = standard();
    let deposits = [("USDC", 1_000_000 * DOLLAR as u64)];
    let first = exchange.trader(Mode::Portfolio, &deposits);
    let second = exchange.trader(Mode::Portfolio, &deposits);
    (exchange, first, second)
}

fn perpetual(exchange: &Exchange, lots: i64) -> TradeLeg {
    exchange.leg_at_mark("BTC", Contract::PERPETUAL, lots)
}

#[test]
fn trade_of_perpetuals_goes_through_the_ledgers() {
    let (mut exchange, first, second) = with_traders();
    let leg = perpetual(&exchange, 2 * BITCOIN);
    let outcome = exchange.trade(&first, &second, &[leg]).expect("the trade is accepted");
    for (trader, lots, ledger) in [(&first, 2 * BITCOIN, -200_000 * DOLLAR), (&second, -2 * BITCOIN, 200_000 * DOLLAR)]
    {
        let account = exchange.account(trader);
        assert_eq!((account.position_count, account.cash), (1, 1_000_000 * DOLLAR));
        let position = account.positions[0];
        assert_eq!((position.kind(), position.quantity, position.ledger), (PositionKind::Perpetual, lots, ledger));
    }
    assert_eq!(exchange.market(1).perpetual_open_interest, 2 * BITCOIN as u64);
    let filled: LegFilled = outcome.event();
    assert_eq!((filled.first, filled.second), (first.address(), second.address()));
    assert_eq!((filled.market, filled.quantity, filled.price, filled.mark), (1, 2 * BITCOIN, leg.price, leg.price));
    let traded: Traded = outcome.event();
    assert_eq!((traded.handed_over, traded.first_equity), (0, 1_000_000 * DOLLAR));
    let report = exchange.assess(&first);
    assert_eq!(traded.first_initial_excess, report.modes[Mode::Portfolio as usize].initial_excess);
    exchange.assert_books_balance();
}

#[test]
fn trade_of_options_pays_the_premium_in_cash() {
    let (mut exchange, first, second) = with_traders();
    let expiry = exchange.list_chain("BTC", 30, &[100_000]);
    let call = exchange.option(&expiry, 100_000, OptionKind::Call);
    let premium = exchange.mark("BTC", call) as i64 * DOLLAR / 100;
    exchange.buy(&first, &second, "BTC", call, BITCOIN);
    assert_eq!(exchange.account(&first).cash, 1_000_000 * DOLLAR - premium);
    assert_eq!(exchange.account(&second).cash, 1_000_000 * DOLLAR + premium);
    let market = exchange.market(1);
    assert_eq!(market.series[usize::from(call.slot)].open_interest, BITCOIN as u64);
    assert_eq!(market.expiries[usize::from(expiry.slot)].position_count, 2);
    exchange.assert_books_balance();
    // Closing removes the positions and leaves nothing behind.
    exchange.buy(&second, &first, "BTC", call, BITCOIN);
    for trader in [&first, &second] {
        let account = exchange.account(trader);
        assert_eq!((account.position_count, account.cash), (0, 1_000_000 * DOLLAR));
        assert!(account.markets.iter().all(|held| held.market == 0));
    }
    assert_eq!(exchange.market(1).expiries[usize::from(expiry.slot)].position_count, 0);
    exchange.assert_books_balance();
}

#[test]
fn trade_of_eight_legs_in_several_markets_is_one_trade() {
    let (mut exchange, first, second) = with_traders();
    let bitcoin = exchange.list_chain("BTC", 30, &[90_000, 110_000]);
    let ether = exchange.list_chain("ETH", 60, &[4_000]);
    let mut legs: Vec<TradeLeg> = [
        (90_000, OptionKind::Put, -BITCOIN),
        (110_000, OptionKind::Call, -BITCOIN),
        (90_000, OptionKind::Call, BITCOIN / 2),
        (110_000, OptionKind::Put, BITCOIN / 2),
    ]
    .map(|(strike, kind, lots)| exchange.leg_at_mark("BTC", exchange.option(&bitcoin, strike, kind), lots))
    .to_vec();
    legs.push(exchange.leg_at_mark("BTC", bitcoin.future(), BITCOIN));
    legs.push(perpetual(&exchange, -BITCOIN));
    legs.push(exchange.leg_at_mark("ETH", exchange.option(&ether, 4_000, OptionKind::Call), 10_000));
    legs.push(exchange.leg_at_mark("ETH", ether.future(), -20_000));
    let outcome = exchange.trade(&first, &second, &legs).expect("the trade is accepted");
    assert_eq!(outcome.events::<LegFilled>().len(), 8);
    let account = exchange.account(&first);
    assert_eq!((account.position_count, account.markets[0].position_count), (8, 6));
    exchange.assert_books_balance();
}

#[test]
fn trade_is_all_or_none() {
    let (mut exchange, first, second) = with_traders();
    let good = perpetual(&exchange, BITCOIN);
    let bad = TradeLeg { price: good.price * 2, ..good };
    assert_refused(&mut exchange, BallastError::OutsideBand, |exchange| exchange.trade(&first, &second, &[good, bad]));
}

#[test]
fn trade_refuses_no_legs_and_more_than_eight() {
    let (mut exchange, first, second) = with_traders();
    let leg = perpetual(&exchange, 1);
    assert_refused(&mut exchange, BallastError::LegCount, |exchange| exchange.trade(&first, &second, &[]));
    assert_refused(&mut exchange, BallastError::LegCount, |exchange| exchange.trade(&first, &second, &[leg; 9]));
    exchange.trade(&first, &second, &[leg; 8]).expect("eight legs are allowed");
}

#[test]
fn trade_refuses_quantities_out_of_range() {
    let (mut exchange, first, second) = with_traders();
    for lots in [0, (1 << 30) + 1, -(1 << 30) - 1, i64::MAX, i64::MIN] {
        let leg = perpetual(&exchange, lots);
        assert_refused(&mut exchange, BallastError::QuantityOutOfRange, |exchange| {
            exchange.trade(&first, &second, &[leg])
        });
    }
}

#[test]
fn trade_refuses_prices_outside_the_band() {
    let (mut exchange, first, second) = with_traders();
    let expiry = exchange.list_chain("BTC", 30, &[100_000]);
    let call = exchange.option(&expiry, 100_000, OptionKind::Call);
    let mark = exchange.mark("BTC", call);
    // Two per cent of the index for the perpetual, rounded down.
    let width = 199_999;
    for (price, is_refused) in
        [(0, true), (u64::MAX, true), (10_000_000 + width + 1, true), (10_000_000 + width, false)]
    {
        let leg = TradeLeg { price, ..perpetual(&exchange, 1) };
        if is_refused {
            assert_refused(&mut exchange, BallastError::OutsideBand, |exchange| {
                exchange.trade(&first, &second, &[leg])
            });
        } else {
            exchange.trade(&first, &second, &[leg]).expect("the edge of the band is inside");
        }
    }
    // An option's band adds five volatility points of vega, about 570 dollars here.
    for (price, is_refused) in [(mark + width + 40_000, false), (mark + width + 70_000, true)] {
        let leg = exchange.leg("BTC", call, 1, price);
        if is_refused {
            assert_refused(&mut exchange, BallastError::OutsideBand, |exchange| {
                exchange.trade(&first, &second, &[leg])
            });
        } else {
            exchange.trade(&first, &second, &[leg]).expect("the band of an option is wider");
        }
    }
}

#[test]
fn trade_refuses_contracts_that_are_not_listed() {
    let (mut exchange, first, second) = with_traders();
    let expiry = exchange.list_chain("BTC", 30, &[100_000]);
    let call = exchange.option(&expiry, 100_000, OptionKind::Call);
    let price = exchange.mark("BTC", call);
    for contract in [
        Contract { kind: PositionKind::Put as u8, ..call },
        Contract { slot: call.slot + 2, ..call },
        Contract { number: call.number + 2, ..call },
        Contract { number: 0, ..call },
        Contract { slot: 255, ..call },
        Contract { kind: PositionKind::Claim as u8, ..expiry.future() },
        Contract { kind: PositionKind::None as u8, ..Contract::PERPETUAL },
        Contract { kind: 6, ..Contract::PERPETUAL },
        Contract { slot: 1, ..Contract::PERPETUAL },
        Contract { number: 9, ..expiry.future() },
    ] {
        let leg = exchange.leg("BTC", contract, 1, price);
        assert_refused(&mut exchange, BallastError::UnknownContract, |exchange| {
            exchange.trade(&first, &second, &[leg])
        });
    }
}

#[test]
fn trade_refuses_expired_contracts() {
    let (mut exchange, first, second) = with_traders();
    let expiry = exchange.list_chain("BTC", 1, &[100_000]);
    let call = exchange.option(&expiry, 100_000, OptionKind::Call);
    let legs = [call, expiry.future()].map(|contract| exchange.leg_at_mark("BTC", contract, 1));
    exchange.pass_time((expiry.expires_at - exchange.chain.now()) as u64);
    for leg in legs {
        assert_refused(&mut exchange, BallastError::ContractExpired, |exchange| {
            exchange.trade(&first, &second, &[leg])
        });
    }
}

#[test]
fn trade_refuses_stale_prices_and_surfaces() {
    let (mut exchange, first, second) = with_traders();
    let expiry = exchange.list_expiry("BTC", exchange.chain.now() + 30 * 86_400).expect("the expiry is listed");
    let strike = exchange.underlying("BTC").ticks(100_000);
    let call = exchange.list_series(&expiry, strike, OptionKind::Call).expect("the call is listed");
    let leg = exchange.leg("BTC", call, 1, 500_000);
    assert_refused(&mut exchange, BallastError::StaleSurface, |exchange| exchange.trade(&first, &second, &[leg]));
    exchange.post_surfaces_again();
    let leg = exchange.leg_at_mark("BTC", call, 1);
    exchange.trade(&first, &second, &[leg]).expect("price and surface are fresh");
    exchange.chain.advance(11);
    assert_refused(&mut exchange, BallastError::StaleMarket, |exchange| exchange.trade(&first, &second, &[leg]));
    exchange.pass_time(290);
    assert_refused(&mut exchange, BallastError::StaleSurface, |exchange| exchange.trade(&first, &second, &[leg]));
    let close = exchange.leg_at_mark("BTC", leg.contract, -leg.quantity);
    exchange.trade(&first, &second, &[close]).expect("an old surface serves to close");
    assert_refused(&mut exchange, BallastError::StaleSurface, |exchange| exchange.trade(&first, &second, &[close]));
    exchange.post_surfaces_again();
    let leg = exchange.leg_at_mark("BTC", call, 1);
    exchange.trade(&first, &second, &[leg]).expect("price and surface are fresh again");
}

#[test]
fn trade_refuses_an_account_list_that_will_not_do() {
    let (mut exchange, first, second) = with_traders();
    exchange.fund(&first, "SOL", 1);
    exchange.deposit(&first, "SOL", 1).expect("the deposit is accepted");
    let stranger = exchange.trader(Mode::Cross, &[]);
    let leg = perpetual(&exchange, 1);
    let full = exchange.trade_check(&first, &second, &[leg]);
    let [market, quote, bank] = <[AccountMeta; 3]>::try_from(full).expect("a market, the quote bank and another bank");
    let readonly = AccountMeta::new_readonly(market.pubkey, false);
    let other = seeds::market(&exchange.address, exchange.underlying("ETH").number).0;
    for (list, error) in [
        (vec![quote.clone(), bank.clone()], BallastError::MissingMarket),
        (vec![AccountMeta::new(other, false), quote.clone(), bank.clone()], BallastError::MissingMarket),
        (vec![market.clone(), quote.clone()], BallastError::MissingBank),
        (vec![market.clone(), bank.clone()], BallastError::MissingBank),
        (vec![readonly, quote.clone(), bank.clone()], BallastError::MarketNotWritable),
        (vec![market.clone(), quote.clone(), bank.clone(), bank.clone()], BallastError::DuplicateAccount),
        (vec![market, quote, bank, AccountMeta::new_readonly(stranger.address(), false)], BallastError::ForeignAccount),
    ] {
        let instruction = instructions::trade(&first.key, &second.key, vec![leg], list);
        assert_refused(&mut exchange, error, |exchange| {
            exchange.chain.send(&[instruction], &[&first.wallet, &second.wallet])
        });
    }
}

#[test]
fn trade_between_two_accounts_of_one_owner_needs_one_signature() {
    let (mut exchange, first, _) = with_traders();
    let second = exchange.open_account(&first.wallet, 1, Mode::Isolated).expect("a second account is opened");
    exchange.fund(&second, "USDC", 100_000 * DOLLAR as u64);
    exchange.deposit(&second, "USDC", 100_000 * DOLLAR as u64).expect("the deposit is accepted");
    exchange.buy(&first, &second, "BTC", Contract::PERPETUAL, BITCOIN);
    exchange.assert_books_balance();
}

#[test]
fn attacker_trade_with_oneself_in_one_account() {
    let (mut exchange, first, _) = with_traders();
    let leg = perpetual(&exchange, 1);
    assert_refused(&mut exchange, BallastError::SameAccount, |exchange| exchange.trade(&first, &first, &[leg]));
}

#[test]
fn attacker_trade_with_somebody_who_does_not_sign() {
    let (mut exchange, attacker, victim) = with_traders();
    let leg = perpetual(&exchange, 1);
    let check = exchange.trade_check(&attacker, &victim, &[leg]);
    let instruction = instructions::trade(&attacker.key, &victim.key, vec![leg], check);
    let not_signed = unsigned(instruction.clone(), victim.owner());
    assert_refused(&mut exchange, ErrorCode::AccountNotSigner, |exchange| {
        exchange.chain.send(&[not_signed], &[&attacker.wallet])
    });
    let signed_for = substitute(instruction, victim.owner(), attacker.owner());
    assert_refused(&mut exchange, BallastError::NotOwner, |exchange| {
        exchange.chain.send(&[signed_for], &[&attacker.wallet])
    });
}

#[test]
fn attacker_trade_against_an_account_of_another_exchange() {
    let (mut exchange, first, second) = with_traders();
    let other = exchange.open_another(1).expect("another exchange is created");
    let elsewhere = ballast_client::MarginAccountKey { exchange: other, ..second.key };
    let opening = instructions::open_account(&elsewhere, second.owner(), Mode::Cross);
    exchange.chain.send(&[opening], &[&second.wallet]).expect("an account there is opened");
    let leg = perpetual(&exchange, 1);
    let check = exchange.trade_check(&first, &second, &[leg]);
    let instruction = instructions::trade(&first.key, &elsewhere, vec![leg], check);
    assert_refused(&mut exchange, BallastError::WrongExchange, |exchange| {
        exchange.chain.send(&[instruction], &[&first.wallet, &second.wallet])
    });
}

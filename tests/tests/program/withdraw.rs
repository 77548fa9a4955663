//! `withdraw`

use anchor_lang::{error::ErrorCode, prelude::AccountMeta};
use ballast::{BallastError, events::CollateralMoved};
use ballast_client::{CheckAccounts, instructions};
use ballast_harness::{Exchange, Trader, oracle::USD};
use ballast_risk::Mode;
use ballast_state::Contract;
use ballast_tests::{assert_refused, standard, substitute, unsigned};

/// A holder of one long bitcoin perpetual with 30,000 USDC and 1 SOL, and the other side of it.
fn with_position() -> (Exchange, Trader, Trader) {
    let mut exchange = standard();
    let holder = exchange.trader(Mode::Portfolio, &[("USDC", 30_000_000_000), ("SOL", 1_000_000_000)]);
    let other = exchange.trader(Mode::Portfolio, &[("USDC", 60_000_000_000)]);
    exchange.buy(&holder, &other, "BTC", Contract::PERPETUAL, 100_000);
    (exchange, holder, other)
}

#[test]
fn withdraw_without_positions_pays_everything_and_needs_no_prices() {
    let mut exchange = standard();
    let trader = exchange.trader(Mode::Cross, &[("USDC", 100), ("BTC", 200), ("PYUSD", 300)]);
    exchange.chain.advance(100_000);
    for (bank, amount) in [("USDC", 100), ("BTC", 200), ("PYUSD", 300)] {
        let event: CollateralMoved = exchange.withdraw(&trader, bank, amount).expect("all of it may leave").event();
        assert_eq!((event.before, event.after), (amount as i64, 0));
        assert_eq!(exchange.wallet_tokens(&trader, bank), amount);
    }
    let account = exchange.account(&trader);
    assert!(account.cash == 0 && account.balances.iter().all(|balance| balance.bank == 0));
    exchange.assert_books_balance();
}

#[test]
fn withdraw_refuses_zero_and_more_than_the_balance() {
    let mut exchange = standard();
    let trader = exchange.trader(Mode::Cross, &[("USDC", 100), ("BTC", 200)]);
    exchange.trader(Mode::Cross, &[("USDC", 100), ("BTC", 200)]);
    for (bank, amount) in [("USDC", 101), ("BTC", 201), ("USDC", u64::MAX), ("BTC", u64::MAX)] {
        assert_refused(&mut exchange, BallastError::ZeroAmount, |exchange| exchange.withdraw(&trader, bank, 0));
        assert_refused(&mut exchange, BallastError::InsufficientBalance, |exchange| {
            exchange.withdraw(&trader, bank, amount)
        });
    }
}

#[test]
fn withdraw_refuses_a_token_never_deposited() {
    let mut exchange = standard();
    exchange.trader(Mode::Cross, &[("ETH", 100)]);
    let trader = exchange.trader(Mode::Cross, &[("USDC", 100)]);
    exchange.fund(&trader, "ETH", 1);
    assert_refused(&mut exchange, BallastError::InsufficientBalance, |exchange| exchange.withdraw(&trader, "ETH", 1));
}

#[test]
fn withdraw_with_positions_pays_exactly_the_withdrawal_excess() {
    let (mut exchange, holder, _) = with_position();
    let excess = exchange.assess(&holder).modes[Mode::Portfolio as usize].withdrawal_excess;
    assert!(excess > 0);
    assert_refused(&mut exchange, BallastError::BelowWithdrawalExcess, |exchange| {
        exchange.withdraw(&holder, "USDC", excess as u64 + 1)
    });
    exchange.withdraw(&holder, "USDC", excess as u64).expect("the excess may leave");
    assert_eq!(exchange.assess(&holder).modes[Mode::Portfolio as usize].withdrawal_excess, 0);
    assert_refused(&mut exchange, BallastError::BelowWithdrawalExcess, |exchange| {
        exchange.withdraw(&holder, "SOL", 1_000_000_000)
    });
    exchange.assert_books_balance();
}

#[test]
fn withdraw_never_pays_out_unsettled_gains() {
    let (mut exchange, holder, _) = with_position();
    let before = exchange.assess(&holder).modes[Mode::Portfolio as usize].withdrawal_excess;
    exchange.set_price("BTC", 110_000 * USD);
    exchange.refresh_all();
    let report = exchange.assess(&holder);
    assert_eq!(report.linear_profit, 10_000_000_000);
    // The requirement grows with the price; the gain does not count.
    assert!(report.modes[Mode::Portfolio as usize].withdrawal_excess < before);
    assert_refused(&mut exchange, BallastError::BelowWithdrawalExcess, |exchange| {
        exchange.withdraw(&holder, "USDC", before as u64)
    });
}

#[test]
fn withdraw_refuses_stale_prices_while_positions_are_held() {
    let (mut exchange, holder, _) = with_position();
    exchange.chain.advance(11);
    assert_refused(&mut exchange, BallastError::StaleQuote, |exchange| exchange.withdraw(&holder, "USDC", 1));
    exchange.publish_again();
    exchange.refresh(&["USDC"]);
    assert_refused(&mut exchange, BallastError::StaleMarket, |exchange| exchange.withdraw(&holder, "USDC", 1));
    exchange.refresh_all();
    exchange.withdraw(&holder, "USDC", 1).expect("fresh prices will do");
}

#[test]
fn withdraw_refuses_an_incomplete_account_list() {
    let (mut exchange, holder, _) = with_position();
    let (token, destination) = exchange.wallet_account(&holder, "USDC");
    let full = CheckAccounts::of(&[&exchange.account(&holder)]).metas(&exchange.snapshot()).expect("banks are known");
    let [market, quote, bank] = <[AccountMeta; 3]>::try_from(full).expect("a market, the quote bank and another bank");
    for (list, error) in [
        (vec![quote.clone(), bank.clone()], BallastError::MissingMarket),
        (vec![market.clone(), quote.clone()], BallastError::MissingBank),
        (vec![market.clone(), bank.clone()], BallastError::MissingBank),
        (vec![market.clone(), quote.clone(), bank.clone(), market.clone()], BallastError::DuplicateAccount),
        (vec![market.clone(), quote.clone(), bank.clone(), quote.clone()], BallastError::DuplicateAccount),
        (vec![AccountMeta::new_readonly(token.mint, false), market, quote, bank], BallastError::ForeignAccount),
    ] {
        let instruction = instructions::withdraw(&holder.key, &token, destination, 1, list);
        assert_refused(&mut exchange, error, |exchange| exchange.chain.send(&[instruction], &[&holder.wallet]));
    }
}

#[test]
fn attacker_withdraw_with_a_market_of_another_exchange() {
    let (mut exchange, holder, _) = with_position();
    let other = exchange.open_another(1).expect("another exchange is created");
    let elsewhere = exchange.list_market_in(other, "BTC").expect("a market there");
    let here = ballast_state::seeds::market(&exchange.address, exchange.underlying("BTC").number).0;
    let (token, destination) = exchange.wallet_account(&holder, "USDC");
    let check = CheckAccounts::of(&[&exchange.account(&holder)]).metas(&exchange.snapshot()).expect("banks are known");
    let instruction = substitute(instructions::withdraw(&holder.key, &token, destination, 1, check), here, elsewhere);
    assert_refused(&mut exchange, BallastError::WrongExchange, |exchange| {
        exchange.chain.send(&[instruction], &[&holder.wallet])
    });
}

#[test]
fn attacker_withdraw_from_somebody_elses_account() {
    let mut exchange = standard();
    let victim = exchange.trader(Mode::Cross, &[("USDC", 1_000)]);
    let attacker = exchange.trader(Mode::Cross, &[("USDC", 1_000)]);
    let (token, destination) = exchange.wallet_account(&attacker, "USDC");
    let instruction = instructions::withdraw(&victim.key, &token, destination, 1_000, Vec::new());
    let signed_by_the_attacker = substitute(instruction.clone(), victim.owner(), attacker.owner());
    assert_refused(&mut exchange, BallastError::NotOwner, |exchange| {
        exchange.chain.send(&[signed_by_the_attacker], &[&attacker.wallet])
    });
    let unsigned = unsigned(instruction, victim.owner());
    assert_refused(&mut exchange, ErrorCode::AccountNotSigner, |exchange| exchange.chain.send(&[unsigned], &[]));
}

#[test]
fn attacker_withdraw_from_the_vault_of_another_bank() {
    let mut exchange = standard();
    exchange.trader(Mode::Cross, &[("BTC", 1_000)]);
    let attacker = exchange.trader(Mode::Cross, &[("USDC", 1_000)]);
    exchange.fund(&attacker, "BTC", 1);
    let (usdc, _) = exchange.wallet_account(&attacker, "USDC");
    let (btc, destination) = exchange.wallet_account(&attacker, "BTC");
    let vaults = [usdc, btc].map(|token| token.bank(&exchange.address).1);
    let instruction = instructions::withdraw(&attacker.key, &usdc, destination, 1_000, Vec::new());
    let instruction = substitute(instruction, vaults[0], vaults[1]);
    assert_refused(&mut exchange, ErrorCode::ConstraintHasOne, |exchange| {
        exchange.chain.send(&[instruction], &[&attacker.wallet])
    });
}

#[test]
fn attacker_withdraw_into_the_vault_itself() {
    let mut exchange = standard();
    let attacker = exchange.trader(Mode::Cross, &[("USDC", 1_000)]);
    let token = exchange.quote_token();
    let vault = token.bank(&exchange.address).1;
    let instruction = instructions::withdraw(&attacker.key, &token, vault, 1_000, Vec::new());
    assert_refused(&mut exchange, BallastError::DuplicateAccount, |exchange| {
        exchange.chain.send(&[instruction], &[&attacker.wallet])
    });
}

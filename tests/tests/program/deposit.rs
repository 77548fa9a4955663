//! `deposit`

use anchor_lang::error::ErrorCode;
use ballast::{BallastError, events::CollateralMoved};
use ballast_client::instructions;
use ballast_harness::{
    Exchange, defaults,
    oracle::Feed,
    tokens::{SPL_TOKEN, TOKEN_2022},
};
use ballast_risk::Mode;
use ballast_state::BankParameters;
use ballast_tests::{assert_refused, standard, substitute, unsigned};

/// The token programs' "insufficient funds".
const TOKEN_INSUFFICIENT_FUNDS: u32 = 1;
/// The token programs' "owner does not match".
const TOKEN_OWNER_MISMATCH: u32 = 4;
/// The token programs' "account is frozen".
const TOKEN_ACCOUNT_FROZEN: u32 = 17;

#[test]
fn deposit_of_the_quote_token_becomes_cash() {
    let mut exchange = standard();
    let trader = exchange.trader(Mode::Cross, &[("USDC", 1_500_000)]);
    exchange.fund(&trader, "USDC", 500_000);
    let event: CollateralMoved = exchange.deposit(&trader, "USDC", 400_000).expect("the deposit is accepted").event();
    assert_eq!((event.account, event.before, event.after), (trader.address(), 1_500_000, 1_900_000));
    assert_eq!(exchange.account(&trader).cash, 1_900_000);
    assert_eq!(exchange.wallet_tokens(&trader, "USDC"), 100_000);
    assert!(exchange.account(&trader).balances.iter().all(|balance| balance.bank == 0));
    exchange.assert_books_balance();
}

#[test]
fn deposit_of_any_other_token_becomes_a_balance() {
    let mut exchange = standard();
    // PYUSD is a Token-2022 mint, the others are SPL Token mints.
    let trader = exchange.trader(Mode::Cross, &[("BTC", 3), ("PYUSD", 5), ("SOL", 7), ("BTC", 11)]);
    let account = exchange.account(&trader);
    for (name, amount) in [("BTC", 14), ("PYUSD", 5), ("SOL", 7)] {
        let slot = account.balance_slot(exchange.collateral(name).number).expect("the balance exists");
        assert_eq!((account.balances[slot].amount, account.balances[slot].hedge), (amount, 0), "{name}");
    }
    assert_eq!(account.cash, 0);
    exchange.assert_books_balance();
}

#[test]
fn deposit_refuses_zero() {
    let mut exchange = standard();
    let trader = exchange.trader(Mode::Cross, &[]);
    exchange.fund(&trader, "USDC", 1);
    assert_refused(&mut exchange, BallastError::ZeroAmount, |exchange| exchange.deposit(&trader, "USDC", 0));
}

#[test]
fn deposit_refuses_more_than_the_wallet_holds() {
    let mut exchange = standard();
    let trader = exchange.trader(Mode::Cross, &[]);
    for bank in ["USDC", "PYUSD"] {
        exchange.fund(&trader, bank, 10);
        assert_refused(&mut exchange, TOKEN_INSUFFICIENT_FUNDS, |exchange| exchange.deposit(&trader, bank, 11));
    }
}

#[test]
fn deposit_refuses_frozen_tokens() {
    let mut exchange = standard();
    let trader = exchange.trader(Mode::Cross, &[]);
    exchange.fund(&trader, "PYUSD", 10);
    let mint = exchange.collateral("PYUSD").mint.clone();
    let (_, account) = exchange.wallet_account(&trader, "PYUSD");
    exchange.chain.set_frozen(&mint, &account, true);
    assert_refused(&mut exchange, TOKEN_ACCOUNT_FROZEN, |exchange| exchange.deposit(&trader, "PYUSD", 10));
    exchange.chain.set_frozen(&mint, &account, false);
    exchange.deposit(&trader, "PYUSD", 10).expect("thawed tokens can be deposited");
}

#[test]
fn deposit_cap_of_a_new_bank_grows_in_a_straight_line() {
    const DAY: u64 = 86_400;
    let mut exchange = Exchange::new();
    let mint = exchange.chain.mint(6, SPL_TOKEN, &[]);
    let parameters = BankParameters {
        deposit_cap: 1_100,
        initial_cap: 100,
        cap_ramp_seconds: 10 * DAY as u32,
        ..defaults::stable_bank()
    };
    exchange.list_bank("YOUNG", &mint, Feed::pull([1; 32]), parameters, 0).expect("the bank is listed");
    let trader = exchange.trader(Mode::Cross, &[]);
    exchange.fund(&trader, "YOUNG", 2_000);
    for (days, cap) in [(0, 100), (1, 200), (4, 600), (5, 1_100), (100, 1_100)] {
        exchange.chain.advance(days * DAY);
        let room = cap - exchange.bank("YOUNG").deposits;
        assert_refused(&mut exchange, BallastError::DepositCap, |exchange| {
            exchange.deposit(&trader, "YOUNG", room + 1)
        });
        if room > 0 {
            exchange.deposit(&trader, "YOUNG", room).expect("the cap itself may be reached");
        }
    }
    exchange.assert_books_balance();
}

#[test]
fn deposit_refuses_more_than_the_cap_of_the_bank() {
    let mut exchange = Exchange::new();
    let mint = exchange.chain.mint(6, SPL_TOKEN, &[]);
    let parameters = BankParameters { deposit_cap: 100, initial_cap: 100, ..defaults::stable_bank() };
    exchange.list_bank("CAPPED", &mint, Feed::pull([1; 32]), parameters, 0).expect("the bank is listed");
    let first = exchange.trader(Mode::Cross, &[("CAPPED", 60)]);
    let second = exchange.trader(Mode::Cross, &[]);
    exchange.fund(&second, "CAPPED", 41);
    assert_refused(&mut exchange, BallastError::DepositCap, |exchange| exchange.deposit(&second, "CAPPED", 41));
    exchange.deposit(&second, "CAPPED", 40).expect("the cap itself may be reached");
    exchange.withdraw(&first, "CAPPED", 60).expect("a withdrawal makes room");
    exchange.deposit(&second, "CAPPED", 1).expect("there is room again");
    exchange.assert_books_balance();
}

#[test]
fn deposit_refuses_a_seventeenth_kind_of_collateral() {
    let mut exchange = Exchange::new();
    let trader = exchange.trader(Mode::Cross, &[]);
    for index in 0..17 {
        let mint = exchange.chain.mint(6, SPL_TOKEN, &[]);
        let feed = Feed::pull([index + 1; 32]);
        let name = format!("TOKEN {index}");
        exchange.list_bank(&name, &mint, feed, defaults::stable_bank(), 0).expect("the bank is listed");
        exchange.fund(&trader, &name, 10);
    }
    for index in 0..16 {
        exchange.deposit(&trader, &format!("TOKEN {index}"), 1).expect("sixteen kinds fit");
    }
    assert_refused(&mut exchange, BallastError::NoFreeBalance, |exchange| exchange.deposit(&trader, "TOKEN 16", 1));
    exchange.withdraw(&trader, "TOKEN 3", 1).expect("the balance is withdrawn whole");
    exchange.deposit(&trader, "TOKEN 16", 1).expect("the slot is free again");
    exchange.assert_books_balance();
}

#[test]
fn deposit_refuses_wrong_mint() {
    let mut exchange = standard();
    let trader = exchange.trader(Mode::Cross, &[]);
    exchange.fund(&trader, "SOL", 10);
    let (sol, source) = exchange.wallet_account(&trader, "SOL");
    let (btc, _) = exchange.wallet_account(&trader, "BTC");
    let instruction = substitute(instructions::deposit(&trader.key, &btc, source, 10), btc.mint, sol.mint);
    assert_refused(&mut exchange, ErrorCode::ConstraintHasOne, |exchange| {
        exchange.chain.send(&[instruction], &[&trader.wallet])
    });
}

#[test]
fn deposit_refuses_wrong_token_program() {
    let mut exchange = standard();
    let trader = exchange.trader(Mode::Cross, &[]);
    exchange.fund(&trader, "SOL", 10);
    let (token, source) = exchange.wallet_account(&trader, "SOL");
    let instruction = substitute(instructions::deposit(&trader.key, &token, source, 10), SPL_TOKEN, TOKEN_2022);
    assert_refused(&mut exchange, ErrorCode::ConstraintHasOne, |exchange| {
        exchange.chain.send(&[instruction], &[&trader.wallet])
    });
}

#[test]
fn attacker_deposit_into_a_vault_of_their_own() {
    let mut exchange = standard();
    let attacker = exchange.trader(Mode::Cross, &[]);
    let accomplice = exchange.trader(Mode::Cross, &[]);
    exchange.fund(&attacker, "USDC", 10);
    exchange.fund(&accomplice, "USDC", 1);
    let (token, source) = exchange.wallet_account(&attacker, "USDC");
    let (_, elsewhere) = exchange.wallet_account(&accomplice, "USDC");
    let vault = token.bank(&exchange.address).1;
    let instruction = substitute(instructions::deposit(&attacker.key, &token, source, 10), vault, elsewhere);
    assert_refused(&mut exchange, ErrorCode::ConstraintHasOne, |exchange| {
        exchange.chain.send(&[instruction], &[&attacker.wallet])
    });
}

#[test]
fn attacker_deposit_of_somebody_elses_tokens() {
    let mut exchange = standard();
    let attacker = exchange.trader(Mode::Cross, &[]);
    let victim = exchange.trader(Mode::Cross, &[]);
    exchange.fund(&victim, "USDC", 10);
    let (token, source) = exchange.wallet_account(&victim, "USDC");
    let instruction = instructions::deposit(&attacker.key, &token, source, 10);
    assert_refused(&mut exchange, TOKEN_OWNER_MISMATCH, |exchange| {
        exchange.chain.send(&[instruction], &[&attacker.wallet])
    });
}

#[test]
fn attacker_deposit_from_the_vault_itself() {
    let mut exchange = standard();
    exchange.trader(Mode::Cross, &[("USDC", 1_000)]);
    let attacker = exchange.trader(Mode::Cross, &[]);
    let token = exchange.quote_token();
    let vault = token.bank(&exchange.address).1;
    let instruction = instructions::deposit(&attacker.key, &token, vault, 1_000);
    assert_refused(&mut exchange, BallastError::DuplicateAccount, |exchange| {
        exchange.chain.send(&[instruction], &[&attacker.wallet])
    });
}

#[test]
fn attacker_deposit_with_the_owners_key_but_not_the_signature() {
    let mut exchange = standard();
    let victim = exchange.trader(Mode::Cross, &[]);
    exchange.fund(&victim, "USDC", 10);
    let (token, source) = exchange.wallet_account(&victim, "USDC");
    let instruction = unsigned(instructions::deposit(&victim.key, &token, source, 10), victim.owner());
    assert_refused(&mut exchange, ErrorCode::AccountNotSigner, |exchange| exchange.chain.send(&[instruction], &[]));
}

#[test]
fn attacker_deposit_with_a_bank_of_another_exchange() {
    let mut exchange = standard();
    let attacker = exchange.trader(Mode::Cross, &[]);
    exchange.fund(&attacker, "USDC", 10);
    let other = exchange.open_another(1).expect("another exchange is created");
    let (token, source) = exchange.wallet_account(&attacker, "USDC");
    let instruction = instructions::deposit(&attacker.key, &token, source, 10);
    let (bank, vault) = token.bank(&exchange.address);
    let (other_bank, other_vault) = token.bank(&other);
    let instruction = substitute(substitute(instruction, bank, other_bank), vault, other_vault);
    assert_refused(&mut exchange, BallastError::WrongExchange, |exchange| {
        exchange.chain.send(&[instruction], &[&attacker.wallet])
    });
}

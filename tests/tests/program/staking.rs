//! `open_stake`, `close_stake`, `stake`, `request_unstake` and `unstake`: shares in the insurance fund.

use anchor_lang::error::ErrorCode;
use ballast::{
    BallastError,
    events::{StakeClosed, StakeOpened, Staked, UnstakeRequested, Unstaked},
};
use ballast_client::instructions;
use ballast_harness::{Exchange, Trader, oracle::USD};
use ballast_risk::Mode;
use ballast_state::{Bank, Contract, Stake, seeds};
use ballast_tests::{assert_refused, standard, substitute, tamper, unsigned};

/// One µUSD-dollar.
const DOLLAR: u64 = 1_000_000;
const DAY: u64 = 86_400;
/// The default cool-down.
const COOLDOWN: u64 = 7 * DAY;

/// Lets income or losses reach the fund, and its vault, as fees and bankruptcies do.
fn change_fund(exchange: &mut Exchange, change: i64) {
    let vault = exchange.bank("USDC").vault;
    let quote = exchange.quote.clone();
    let bank = quote.token.bank(&exchange.address).0;
    tamper(exchange, bank, |bank: &mut Bank| {
        bank.insurance = bank.insurance.checked_add_signed(change).expect("it fits")
    });
    exchange.chain.change_tokens(&vault, change);
}

/// Gives notice for all shares, waits, and leaves.
fn leave(exchange: &mut Exchange, staker: &Trader) -> Unstaked {
    let shares = exchange.stake_of(staker).shares;
    exchange.request_unstake(staker, shares).expect("notice is given");
    exchange.chain.advance(COOLDOWN);
    let event = exchange.unstake(staker).expect("the shares leave").event();
    exchange.assert_books_balance();
    event
}

#[test]
fn a_stake_opens_and_closes_and_returns_its_rent() {
    let mut exchange = standard();
    let trader = exchange.trader(Mode::Portfolio, &[]);
    let opened: StakeOpened = exchange.open_stake(&trader).expect("the stake is opened").event();
    let address = seeds::stake(&exchange.address, &trader.owner()).0;
    assert_eq!((opened.stake, opened.owner), (address, trader.owner()));
    let stake = exchange.stake_of(&trader);
    assert_eq!((stake.exchange, stake.owner, stake.shares), (exchange.address, trader.owner(), 0));
    let before = exchange.chain.account(&trader.owner()).expect("the wallet exists").lamports;
    let closed: StakeClosed = exchange.close_stake(&trader).expect("an empty stake closes").event();
    assert_eq!((closed.stake, closed.owner), (address, trader.owner()));
    assert!(exchange.chain.account(&address).is_none());
    let after = exchange.chain.account(&trader.owner()).expect("the wallet exists").lamports;
    assert_eq!(after - before, exchange.chain.rent(8 + size_of::<Stake>()));
}

#[test]
fn stake_buys_shares_and_takes_the_cash() {
    let mut exchange = standard();
    let first = exchange.staker(1_000 * DOLLAR);
    let event: Staked = exchange.stake(&first, 100 * DOLLAR).expect("the stake is accepted").event();
    // The fund was empty: one dollar goes to the protocol's own shares.
    assert_eq!((event.amount, event.shares_before, event.shares), (100 * DOLLAR, 0, 99 * DOLLAR));
    assert_eq!((event.fund, event.fund_shares), (100 * DOLLAR, 100 * DOLLAR));
    assert_eq!(event.cash, 900 * DOLLAR as i64);
    exchange.assert_books_balance();
    change_fund(&mut exchange, 50 * DOLLAR as i64);
    let second = exchange.staker(1_000 * DOLLAR);
    let event: Staked = exchange.stake(&second, 150 * DOLLAR).expect("the stake is accepted").event();
    assert_eq!((event.shares, event.fund), (100 * DOLLAR, 300 * DOLLAR));
    exchange.assert_books_balance();
}

#[test]
fn stakers_share_income_and_losses() {
    let mut exchange = standard();
    let [first, second] = [0; 2].map(|_| exchange.staker(1_000 * DOLLAR));
    exchange.stake(&first, 100 * DOLLAR).expect("the stake is accepted");
    exchange.stake(&second, 300 * DOLLAR).expect("the stake is accepted");
    change_fund(&mut exchange, 40 * DOLLAR as i64);
    let event = leave(&mut exchange, &first);
    // Its 99 of 400 shares in 440 dollars.
    assert_eq!((event.amount, event.shares_before, event.shares), (108_900_000, 99 * DOLLAR, 0));
    assert_eq!(event.cash, exchange.account(&first).cash);
    change_fund(&mut exchange, -(event.fund as i64 / 2));
    let event = leave(&mut exchange, &second);
    assert_eq!(event.amount, 165 * DOLLAR);
    exchange.close_stake(&second).expect("an empty stake closes");
}

#[test]
fn stakers_go_on_bearing_losses_after_notice() {
    let mut exchange = standard();
    let staker = exchange.staker(1_000 * DOLLAR);
    exchange.stake(&staker, 100 * DOLLAR).expect("the stake is accepted");
    let event: UnstakeRequested = exchange.request_unstake(&staker, 99 * DOLLAR).expect("notice is given").event();
    let now = exchange.chain.now();
    assert_eq!((event.requested_before, event.requested), (0, 99 * DOLLAR));
    assert_eq!(event.leaves_from, now + COOLDOWN as i64);
    change_fund(&mut exchange, -50 * DOLLAR as i64);
    exchange.chain.advance(COOLDOWN);
    let event: Unstaked = exchange.unstake(&staker).expect("the shares leave").event();
    assert_eq!(event.amount, 99 * DOLLAR / 2);
    exchange.assert_books_balance();
}

#[test]
fn unstake_waits_for_the_cooldown_and_lapses_after_it() {
    let mut exchange = standard();
    let staker = exchange.staker(1_000 * DOLLAR);
    exchange.stake(&staker, 100 * DOLLAR).expect("the stake is accepted");
    assert_refused(&mut exchange, BallastError::InsufficientShares, |exchange| exchange.unstake(&staker));
    exchange.request_unstake(&staker, DOLLAR).expect("notice is given");
    exchange.chain.advance(COOLDOWN - 1);
    assert_refused(&mut exchange, BallastError::StakeCooldown, |exchange| exchange.unstake(&staker));
    // A way out that stays open for good would let stakers leave just ahead of a loss.
    exchange.chain.advance(COOLDOWN + 2);
    assert_refused(&mut exchange, BallastError::StakeCooldown, |exchange| exchange.unstake(&staker));
    let renewed: UnstakeRequested =
        exchange.request_unstake(&staker, 2 * DOLLAR).expect("notice is given again").event();
    assert_eq!(renewed.requested_before, DOLLAR);
    exchange.chain.advance(2 * COOLDOWN);
    let event: Unstaked = exchange.unstake(&staker).expect("the last second is in time").event();
    assert_eq!(event.amount, 2 * DOLLAR);
    assert_refused(&mut exchange, BallastError::InsufficientShares, |exchange| exchange.unstake(&staker));
}

#[test]
fn unstake_is_refused_while_a_bankruptcy_is_open() {
    let mut exchange = standard();
    let staker = exchange.staker(1_000 * DOLLAR);
    exchange.stake(&staker, 100 * DOLLAR).expect("the stake is accepted");
    exchange.request_unstake(&staker, DOLLAR).expect("notice is given");
    exchange.chain.advance(COOLDOWN);
    let bank = exchange.quote_token().bank(&exchange.address).0;
    tamper(&mut exchange, bank, |bank: &mut Bank| bank.open_bankruptcies = 1);
    assert_refused(&mut exchange, BallastError::BankruptcyOpen, |exchange| exchange.unstake(&staker));
    tamper(&mut exchange, bank, |bank: &mut Bank| bank.open_bankruptcies = 0);
    exchange.unstake(&staker).expect("the shares leave");
}

#[test]
fn stake_refuses_what_it_cannot_take() {
    let mut exchange = standard();
    let staker = exchange.staker(100 * DOLLAR);
    assert_refused(&mut exchange, BallastError::InsufficientCash, |exchange| exchange.stake(&staker, 100 * DOLLAR + 1));
    assert_refused(&mut exchange, BallastError::InsufficientCash, |exchange| exchange.stake(&staker, u64::MAX));
    // Nothing, and what only makes up the protocol's minimum.
    for amount in [0, DOLLAR / 2, DOLLAR] {
        assert_refused(&mut exchange, BallastError::StakeTooSmall, |exchange| exchange.stake(&staker, amount));
    }
    exchange.stake(&staker, 50 * DOLLAR).expect("the stake is accepted");
    assert_refused(&mut exchange, BallastError::ZeroAmount, |exchange| exchange.request_unstake(&staker, 0));
    assert_refused(&mut exchange, BallastError::InsufficientShares, |exchange| {
        exchange.request_unstake(&staker, 49 * DOLLAR + 1)
    });
    assert_refused(&mut exchange, BallastError::AccountNotEmpty, |exchange| exchange.close_stake(&staker));
}

#[test]
fn stake_leaves_the_withdrawal_excess_of_an_account_with_positions() {
    let mut exchange = standard();
    let staker = exchange.staker(50_000 * DOLLAR);
    let other = exchange.trader(Mode::Portfolio, &[("USDC", 500_000 * DOLLAR)]);
    exchange.buy(&staker, &other, "BTC", Contract::PERPETUAL, 100_000);
    let excess = exchange.assess(&staker).modes[Mode::Portfolio as usize].withdrawal_excess as u64;
    assert_refused(&mut exchange, BallastError::BelowWithdrawalExcess, |exchange| exchange.stake(&staker, excess + 1));
    exchange.stake(&staker, excess).expect("the excess may be staked");
    exchange.set_price("BTC", 100_000 * USD);
    exchange.assert_books_balance();
}

#[test]
fn a_wiped_out_fund_voids_its_shares_and_takes_stakes_again() {
    let mut exchange = standard();
    let [first, second] = [0; 2].map(|_| exchange.staker(1_000 * DOLLAR));
    exchange.stake(&first, 100 * DOLLAR).expect("the stake is accepted");
    exchange.request_unstake(&first, DOLLAR).expect("notice is given");
    // As a bankruptcy that takes everything leaves it.
    change_fund(&mut exchange, -100 * DOLLAR as i64);
    let bank = exchange.quote_token().bank(&exchange.address).0;
    tamper(&mut exchange, bank, |bank: &mut Bank| (bank.insurance_shares, bank.insurance_epoch) = (0, 1));
    exchange.stake(&second, 11 * DOLLAR).expect("the fund begins anew");
    assert_eq!(exchange.stake_of(&second).shares, 10 * DOLLAR);
    exchange.chain.advance(COOLDOWN);
    assert_refused(&mut exchange, BallastError::InsufficientShares, |exchange| exchange.unstake(&first));
    assert_refused(&mut exchange, BallastError::InsufficientShares, |exchange| exchange.request_unstake(&first, 1));
    assert_eq!(leave(&mut exchange, &second).amount, 10 * DOLLAR);
    exchange.stake(&first, 5 * DOLLAR).expect("whoever lost all may come back");
    assert_eq!(exchange.stake_of(&first).shares, 5 * DOLLAR);
    exchange.assert_books_balance();
}

#[test]
fn attacker_first_depositor_donates_before_the_next_stake() {
    let mut exchange = standard();
    let attacker = exchange.staker(1_000_000 * DOLLAR);
    let victim = exchange.staker(1_000_000 * DOLLAR);
    exchange.stake(&attacker, DOLLAR + 1).expect("one share is bought");
    assert_eq!(exchange.stake_of(&attacker).shares, 1);
    // The donation reaches the fund as fees would; it cost the attacker as much.
    change_fund(&mut exchange, 100_000 * DOLLAR as i64);
    exchange.stake(&victim, 150_000 * DOLLAR).expect("the stake is accepted");
    let stolen = leave(&mut exchange, &attacker).amount;
    assert!(stolen < DOLLAR, "the attacker gets {stolen} µUSD of 100,000 dollars back");
    let returned = leave(&mut exchange, &victim).amount;
    assert!(150_000 * DOLLAR - returned < DOLLAR, "the victim gets {returned} µUSD back");
}

#[test]
fn attacker_unstake_into_or_from_what_is_not_theirs() {
    let mut exchange = standard();
    let [staker, attacker] = [0; 2].map(|_| exchange.staker(1_000 * DOLLAR));
    exchange.stake(&staker, 100 * DOLLAR).expect("the stake is accepted");
    exchange.request_unstake(&staker, 99 * DOLLAR).expect("notice is given");
    exchange.chain.advance(COOLDOWN);
    let quote = exchange.quote_token();
    let stakes = [&staker, &attacker].map(|it| seeds::stake(&exchange.address, &it.owner()).0);
    let own = instructions::unstake(&attacker.key, &quote);
    let others = substitute(own.clone(), stakes[1], stakes[0]);
    let accounts = substitute(instructions::unstake(&staker.key, &quote), staker.address(), attacker.address());
    for (instruction, wallet) in [(others, &attacker.wallet), (accounts, &staker.wallet)] {
        assert_refused(&mut exchange, BallastError::NotOwner, |exchange| {
            exchange.chain.send(&[instruction], &[wallet])
        });
    }
    let other_bank = exchange.collateral("BTC").mint.token.bank(&exchange.address).0;
    let bank = substitute(instructions::unstake(&staker.key, &quote), quote.bank(&exchange.address).0, other_bank);
    assert_refused(&mut exchange, BallastError::QuoteBank, |exchange| exchange.chain.send(&[bank], &[&staker.wallet]));
    let not_signed = unsigned(instructions::unstake(&staker.key, &quote), staker.owner());
    assert_refused(&mut exchange, ErrorCode::AccountNotSigner, |exchange| exchange.chain.send(&[not_signed], &[]));
    let request = instructions::request_unstake(exchange.address, attacker.owner(), &quote, 1);
    let request = substitute(request, stakes[1], stakes[0]);
    assert_refused(&mut exchange, BallastError::NotOwner, |exchange| {
        exchange.chain.send(&[request], &[&attacker.wallet])
    });
    let close = instructions::close_stake(exchange.address, attacker.owner(), &quote, attacker.owner());
    let close = substitute(close, stakes[1], stakes[0]);
    assert_refused(&mut exchange, BallastError::NotOwner, |exchange| {
        exchange.chain.send(&[close], &[&attacker.wallet])
    });
}

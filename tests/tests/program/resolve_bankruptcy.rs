//! `resolve_bankruptcy` and `record_bankruptcy`: what becomes of an account whose equity is below zero.

use anchor_lang::error::ErrorCode;
use ballast::{
    BallastError, LiquidationLeg, LiquidationPlan,
    events::{BankruptcyRecorded, BankruptcyResolved, Liquidated},
};
use ballast_client::instructions;
use ballast_harness::{Exchange, ExpiryKey, Trader, oracle::USD};
use ballast_risk::Mode;
use ballast_state::{Contract, PositionKind};
use ballast_tests::{assert_refused, standard, substitute, unsigned};

/// One bitcoin in lots of the seeded market.
const BITCOIN: i64 = 100_000;
/// One µUSD-dollar.
const DOLLAR: i64 = 1_000_000;
/// One, in the scale of fractions.
const WHOLE: u32 = 1 << 28;
const DAY: u64 = 86_400;

/// An exchange after a crash, and who was in it.
struct Crash {
    exchange: Exchange,
    /// Bought one bitcoin at 100,000 with 21,000 USDC.
    victim: Trader,
    /// Sold it.
    winner: Trader,
    /// Has plenty.
    liquidator: Trader,
    /// Has this much in the insurance fund.
    staker: Trader,
}

impl Crash {
    /// The bitcoin at this price, and this many dollars in the insurance fund.
    fn to(price: i64, fund: i64) -> Self {
        let mut exchange = standard();
        let victim = exchange.trader(Mode::Portfolio, &[("USDC", 21_000 * DOLLAR as u64)]);
        let winner = exchange.trader(Mode::Portfolio, &[("USDC", 500_000 * DOLLAR as u64)]);
        let liquidator = exchange.trader(Mode::Portfolio, &[("USDC", 200_000 * DOLLAR as u64)]);
        let staker = exchange.staker((fund.max(1) * DOLLAR) as u64);
        if fund > 0 {
            exchange.stake(&staker, (fund * DOLLAR) as u64).expect("the stake is accepted");
        }
        exchange.buy(&victim, &winner, "BTC", Contract::PERPETUAL, BITCOIN);
        exchange.set_price("BTC", price * USD);
        exchange.refresh_all();
        Self { exchange, victim, winner, liquidator, staker }
    }

    fn resolve(&mut self, fraction: u32) -> BankruptcyResolved {
        let outcome = self.exchange.resolve_bankruptcy(&self.victim, &self.liquidator, fraction);
        self.exchange.assert_books_balance();
        outcome.expect("the bankruptcy is resolved").event()
    }

    fn assert_refused(&mut self, error: BallastError, fraction: u32) {
        let Self { exchange, victim, liquidator, .. } = self;
        assert_refused(exchange, error, |exchange| exchange.resolve_bankruptcy(victim, liquidator, fraction));
    }

    fn equity(&mut self) -> i64 {
        self.exchange.assess(&self.victim).equity
    }

    /// Has somebody close the victim's position, whose loss takes all cash. Returns the debt that is left: of the 22,000
    /// dollars lost and the reward for closing, 1,000 and the reward.
    fn leave_a_debt(&mut self) -> i64 {
        let Self { exchange, victim, liquidator, .. } = self;
        let leg = LiquidationLeg { market: 1, contract: Contract::PERPETUAL, quantity: BITCOIN };
        let plan = LiquidationPlan::Legs { legs: vec![leg] };
        let closed: Liquidated = exchange.liquidate(victim, liquidator, plan).expect("the leg is closed").event();
        exchange.settle_pnl(victim, "BTC", PositionKind::Perpetual, 0).expect("the loss is paid as far as cash goes");
        let debtor = exchange.account(victim);
        let debt = 1_000 * DOLLAR + closed.reward + closed.insurance;
        assert_eq!((debtor.cash, debtor.positions[0].quantity, debtor.positions[0].ledger), (0, 0, -debt));
        debt
    }
}

#[test]
fn a_bankrupt_account_is_taken_whole_and_the_fund_pays() {
    let mut crash = Crash::to(78_900, 10_000);
    assert_eq!(crash.equity(), -100 * DOLLAR);
    let cash = crash.exchange.account(&crash.liquidator).cash;
    let event = crash.resolve(WHOLE);
    assert_eq!((event.account, event.liquidator), (crash.victim.address(), crash.liquidator.address()));
    // The bonus, five per cent of the requirement freed, is capped at the deficit.
    assert_eq!((event.deficit, event.bonus), (100 * DOLLAR, 100 * DOLLAR));
    assert_eq!((event.losses.len(), event.losses[0].market), (1, 1));
    assert_eq!((event.losses[0].loss, event.losses[0].insurance), (200 * DOLLAR, 200 * DOLLAR));
    assert_eq!((event.equity_before, event.equity, event.is_open), (-100 * DOLLAR, 0, false));
    assert!(event.maintenance_excess > event.maintenance_excess_before);
    assert_eq!(event.insurance, 9_800 * DOLLAR as u64);
    assert_eq!(crash.exchange.bank("USDC").insurance, event.insurance);
    let victim = crash.exchange.account(&crash.victim);
    assert_eq!((victim.cash, victim.position_count), (0, 0));
    let liquidator = crash.exchange.account(&crash.liquidator);
    assert_eq!(liquidator.cash, cash + 21_000 * DOLLAR + 200 * DOLLAR);
    assert_eq!(liquidator.quantity_of(1, PositionKind::Perpetual, 0), BITCOIN);
    // Everybody else has what he had.
    assert_eq!(crash.exchange.account(&crash.winner).cash, 500_000 * DOLLAR);
}

/// Who was here before has emptied the fund: what would have been cash is an unsettled gain now.
#[test]
fn liquidator_gets_the_cash_that_it_named_or_does_not_take_over() {
    let mut crash = Crash::to(78_900, 10_000);
    let Crash { exchange, victim, liquidator, .. } = &mut crash;
    let (quote, check) = (exchange.quote_token(), exchange.liquidation_check(victim, liquidator));
    let resolve =
        |least| instructions::resolve_bankruptcy_for(&victim.key, &liquidator.key, &quote, WHOLE, least, check.clone());
    // All cash of the account, its deficit and the bonus.
    let cash = (21_000 + 100 + 100) * DOLLAR;
    assert_refused(exchange, BallastError::OutputBelowMinimum, |exchange| {
        exchange.chain.send(&[resolve(cash + 1)], &[&liquidator.wallet])
    });
    exchange.chain.send(&[resolve(cash)], &[&liquidator.wallet]).expect("that much comes out");

    let mut crash = Crash::to(78_900, 0);
    let Crash { exchange, victim, winner, liquidator, .. } = &mut crash;
    exchange.settle_pnl(winner, "BTC", PositionKind::Perpetual, 0).expect("the winner's gain is seen");
    let (quote, check) = (exchange.quote_token(), exchange.liquidation_check(victim, liquidator));
    let least = instructions::resolve_bankruptcy_for(&victim.key, &liquidator.key, &quote, WHOLE, cash, check);
    assert_refused(exchange, BallastError::OutputBelowMinimum, |exchange| {
        exchange.chain.send(&[least], &[&liquidator.wallet])
    });
}

#[test]
fn the_loss_is_borne_by_the_stakes() {
    let mut crash = Crash::to(78_900, 1_000);
    let shares = crash.exchange.stake_of(&crash.staker).shares;
    crash.resolve(WHOLE);
    crash.exchange.request_unstake(&crash.staker, shares).expect("notice is given");
    crash.exchange.chain.advance(7 * DAY);
    crash.exchange.unstake(&crash.staker).expect("the shares leave");
    // 999 of 1,000 shares in 800 dollars.
    assert_eq!(crash.exchange.account(&crash.staker).cash, 799_200_000);
    crash.exchange.assert_books_balance();
}

#[test]
fn a_fraction_takes_its_share_of_everything() {
    let mut crash = Crash::to(78_000, 10_000);
    let event = crash.resolve(WHOLE / 4);
    assert_eq!((event.deficit, event.equity_before, event.equity), (250 * DOLLAR, -1_000 * DOLLAR, -750 * DOLLAR));
    assert!(event.bonus > 0 && event.bonus <= event.deficit && event.is_open);
    let victim = crash.exchange.account(&crash.victim);
    assert_eq!((victim.cash, victim.is_bankrupt), (15_750 * DOLLAR, 1));
    assert_eq!(victim.quantity_of(1, PositionKind::Perpetual, 0), BITCOIN / 4 * 3);
    let event = crash.resolve(WHOLE);
    assert_eq!((event.deficit, event.equity, event.is_open), (750 * DOLLAR, 0, false));
    assert_eq!(crash.exchange.bank("USDC").open_bankruptcies, 0);
}

#[test]
fn a_market_draws_only_its_share_of_the_fund_within_a_window() {
    let mut crash = Crash::to(78_900, 300);
    // 200 dollars are owed, half of the fund is 150; nobody's gain is known yet.
    crash.assert_refused(BallastError::LossUncovered, WHOLE);
    assert_eq!(crash.resolve(WHOLE / 2).losses[0].insurance, 100 * DOLLAR);
    crash.assert_refused(BallastError::LossUncovered, WHOLE);
    assert_eq!(crash.resolve(WHOLE / 2).losses[0].insurance, 50 * DOLLAR);
    crash.assert_refused(BallastError::LossUncovered, WHOLE / 2);
    let market = crash.exchange.market(1);
    assert_eq!((market.insurance_drawn, crash.exchange.bank("USDC").insurance), (150_000_000, 150_000_000));
    crash.exchange.pass_time(DAY);
    assert_eq!(crash.resolve(WHOLE).losses[0].insurance, 50 * DOLLAR);
    assert_eq!(crash.exchange.market(1).insurance_drawn, 50_000_000);
}

#[test]
fn a_loss_is_divided_among_the_markets_that_made_it() {
    let mut exchange = standard();
    let victim = exchange.trader(Mode::Portfolio, &[("USDC", 30_000 * DOLLAR as u64)]);
    let other = exchange.trader(Mode::Portfolio, &[("USDC", 900_000 * DOLLAR as u64)]);
    let liquidator = exchange.trader(Mode::Portfolio, &[("USDC", 200_000 * DOLLAR as u64)]);
    let staker = exchange.staker(50_000 * DOLLAR as u64);
    exchange.stake(&staker, 50_000 * DOLLAR as u64).expect("the stake is accepted");
    exchange.buy(&victim, &other, "BTC", Contract::PERPETUAL, BITCOIN / 2);
    exchange.buy(&victim, &other, "ETH", Contract::PERPETUAL, 50_000);
    exchange.buy(&victim, &other, "SOL", Contract::PERPETUAL, -1_000);
    // 20,000 lost on bitcoin, 12,000 on ether, 100 gained on SOL.
    exchange.set_price("BTC", 60_000 * USD);
    exchange.set_price("ETH", 1_600 * USD);
    exchange.set_price("SOL", 190 * USD);
    exchange.refresh_all();
    assert_eq!(exchange.assess(&victim).equity, -1_900 * DOLLAR);
    let event: BankruptcyResolved =
        exchange.resolve_bankruptcy(&victim, &liquidator, WHOLE).expect("the bankruptcy is resolved").event();
    let total = event.deficit + event.bonus;
    let losses: Vec<_> = event.losses.iter().map(|loss| (loss.market, loss.loss)).collect();
    assert_eq!(losses, [(1, (total * 5 + 7) / 8), (2, total * 3 / 8)]);
    assert!(event.losses.iter().all(|loss| loss.insurance == loss.loss));
    exchange.assert_books_balance();
}

#[test]
fn an_account_with_only_a_debt_needs_no_inventory() {
    let mut crash = Crash::to(78_000, 10_000);
    let debt = crash.leave_a_debt();
    let Crash { exchange, victim, .. } = &mut crash;
    let empty = exchange.trader(Mode::Portfolio, &[]);
    let outcome = exchange.resolve_bankruptcy(victim, &empty, WHOLE).expect("the debt is resolved");
    let event: BankruptcyResolved = outcome.event();
    assert_eq!((event.deficit, event.bonus, event.losses[0].insurance), (debt, 0, debt));
    exchange.settle_pnl(&empty, "BTC", PositionKind::Perpetual, 0).expect("the debt is paid");
    for trader in [&*victim, &empty] {
        exchange.close_account(trader).expect("nothing is left");
    }
    // The winner's gain is all there: 22,000 dollars wait in the pool.
    assert_eq!(exchange.market(1).perpetual_pool, 22_000 * DOLLAR as u64);
    exchange.assert_books_balance();
}

/// What an expiry settles.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Settles {
    /// A future.
    Future,
    /// The perpetual of its market, which is closing.
    Perpetual,
}

/// An expiry that is over, its holders settled but for the second, and a writer who owes it more than he had.
fn with_debt_to_an_expiry(settles: Settles) -> (Exchange, ExpiryKey, [Trader; 2], Trader) {
    let mut exchange = standard();
    let holders = [0; 2].map(|_| exchange.trader(Mode::Portfolio, &[("USDC", 50_000 * DOLLAR as u64)]));
    let writer = exchange.trader(Mode::Portfolio, &[("USDC", 30_000 * DOLLAR as u64)]);
    let expiry = exchange.list_chain("BTC", 3, &[]);
    let contract = if settles == Settles::Future { expiry.future() } else { Contract::PERPETUAL };
    exchange.buy(&holders[0], &writer, "BTC", contract, BITCOIN / 4 * 3);
    exchange.buy(&holders[1], &writer, "BTC", contract, BITCOIN / 4);
    if settles == Settles::Perpetual {
        exchange.close_market(&expiry).expect("the market closes");
    }
    exchange.set_price("BTC", 132_000 * USD);
    exchange.pass_time((expiry.expires_at - 1_800 - exchange.chain.now()) as u64);
    exchange.pass_minutes_until(expiry.expires_at);
    exchange.fix_settlement(&expiry).expect("the expiry is over");
    for trader in [&writer, &holders[0]] {
        exchange.settle_expired(trader, &expiry).expect("it settles");
    }
    assert!(exchange.account(&writer).positions[0].ledger < -1_000 * DOLLAR && exchange.account(&writer).cash == 0);
    (exchange, expiry, holders, writer)
}

#[test]
fn a_debt_to_an_expiry_is_paid_and_its_slot_freed() {
    let (mut exchange, expiry, holders, writer) = with_debt_to_an_expiry(Settles::Future);
    let staker = exchange.staker(50_000 * DOLLAR as u64);
    exchange.stake(&staker, 50_000 * DOLLAR as u64).expect("the stake is accepted");
    exchange.settle_expired(&holders[1], &expiry).expect("it settles");
    let empty = exchange.trader(Mode::Portfolio, &[]);
    exchange.resolve_bankruptcy(&writer, &empty, WHOLE).expect("the debt is resolved");
    exchange.assert_books_balance();
    assert_refused(&mut exchange, BallastError::ExpiryInUse, |exchange| exchange.remove_expiry(&expiry));
    exchange.settle_pnl(&empty, "BTC", PositionKind::Claim, expiry.number).expect("the debt is paid");
    for holder in &holders {
        if exchange.account(holder).position_count > 0 {
            exchange.settle_pnl(holder, "BTC", PositionKind::Claim, expiry.number).expect("the claim is paid");
        }
    }
    exchange.remove_expiry(&expiry).expect("nobody holds it any more");
    exchange.assert_books_balance();
}

#[test]
fn a_debt_to_an_expiry_that_nobody_pays_is_cut_off_its_claims() {
    cut_debt_off_claims(Settles::Future);
}

#[test]
fn a_debt_of_a_perpetual_that_settled_with_its_market_is_cut_off_its_claims() {
    cut_debt_off_claims(Settles::Perpetual);
}

fn cut_debt_off_claims(settles: Settles) {
    let (mut exchange, expiry, holders, writer) = with_debt_to_an_expiry(settles);
    let empty = exchange.trader(Mode::Portfolio, &[]);
    // One holder is not settled yet: nobody knows what he is owed.
    assert_refused(&mut exchange, BallastError::LossUncovered, |exchange| {
        exchange.resolve_bankruptcy(&writer, &empty, WHOLE)
    });
    exchange.settle_expired(&holders[1], &expiry).expect("it settles");
    exchange.assert_books_balance();
    let debt = -exchange.account(&writer).positions[0].ledger;
    let equities = holders.each_ref().map(|holder| exchange.assess(holder).equity);
    let outcome = exchange.resolve_bankruptcy(&writer, &empty, WHOLE).expect("the debt is resolved");
    let event: BankruptcyResolved = outcome.event();
    let loss = event.losses[0];
    assert_eq!((event.deficit, loss.insurance, loss.claims, loss.gains), (debt, 0, debt, 0));
    exchange.assert_books_balance();
    assert_eq!(exchange.account(&empty).position_count, 0, "the debt is gone");
    // In proportion to what each was still owed.
    let lost: i64 = holders.iter().zip(equities).map(|(holder, before)| before - exchange.assess(holder).equity).sum();
    assert!((debt..=debt + 2).contains(&lost), "{lost} of {debt}");
    for holder in &holders {
        if exchange.account(holder).position_count > 0 {
            exchange.settle_pnl(holder, "BTC", PositionKind::Claim, expiry.number).expect("the claim settles");
        }
        exchange.assert_books_balance();
    }
    exchange.remove_expiry(&expiry).expect("nobody holds it any more");
    exchange.assert_books_balance();
}

#[test]
fn a_bankruptcy_on_record_keeps_stakers_in_until_it_is_resolved() {
    let mut crash = Crash::to(78_900, 10_000);
    let event: BankruptcyRecorded =
        crash.exchange.record_bankruptcy(&crash.victim).expect("the bankruptcy is recorded").event();
    assert_eq!((event.account, event.is_open), (crash.victim.address(), true));
    assert_eq!((event.equity, event.open_bankruptcies), (-100 * DOLLAR, 1));
    crash.exchange.assert_books_balance();
    let Crash { exchange, victim, staker, .. } = &mut crash;
    exchange.request_unstake(staker, 1).expect("notice is given");
    assert_refused(exchange, BallastError::BankruptcyUnchanged, |exchange| exchange.record_bankruptcy(victim));
    exchange.chain.advance(7 * DAY);
    assert_refused(exchange, BallastError::BankruptcyOpen, |exchange| exchange.unstake(staker));
    exchange.publish_again();
    exchange.refresh_all();
    crash.resolve(WHOLE);
    crash.exchange.unstake(&crash.staker).expect("the bankruptcy is resolved");
}

#[test]
fn an_account_that_recovered_is_taken_off_the_record() {
    let mut crash = Crash::to(78_900, 10_000);
    let Crash { exchange, victim, .. } = &mut crash;
    exchange.record_bankruptcy(victim).expect("the bankruptcy is recorded");
    assert_refused(exchange, BallastError::BankruptcyOpen, |exchange| exchange.close_account(victim));
    exchange.set_price("BTC", 90_000 * USD);
    exchange.refresh_all();
    let event: BankruptcyRecorded = exchange.record_bankruptcy(victim).expect("it is taken off").event();
    assert_eq!((event.is_open, event.open_bankruptcies, exchange.account(victim).is_bankrupt), (false, 0, 0));
    assert_refused(exchange, BallastError::BankruptcyUnchanged, |exchange| exchange.record_bankruptcy(victim));
    exchange.assert_books_balance();
}

#[test]
fn a_bankruptcy_is_recorded_even_when_nothing_can_be_paid() {
    let mut crash = Crash::to(78_000, 0);
    crash.assert_refused(BallastError::LossUncovered, 1 << 20);
    crash.exchange.record_bankruptcy(&crash.victim).expect("the bankruptcy is recorded");
    assert_eq!(crash.exchange.bank("USDC").open_bankruptcies, 1);
}

#[test]
fn dust_is_not_recorded_and_resolves_at_once() {
    let mut crash = Crash::to(78_970, 10_000);
    assert_eq!(crash.equity(), -30 * DOLLAR);
    let Crash { exchange, victim, .. } = &mut crash;
    assert_refused(exchange, BallastError::BankruptcyUnchanged, |exchange| exchange.record_bankruptcy(victim));
    assert_eq!(crash.resolve(WHOLE).deficit, 30 * DOLLAR);
}

#[test]
fn resolve_bankruptcy_refuses_an_account_with_equity() {
    let mut crash = Crash::to(79_100, 10_000);
    assert_eq!(crash.equity(), 100 * DOLLAR);
    crash.assert_refused(BallastError::NotBankrupt, WHOLE);
}

#[test]
fn resolve_bankruptcy_refuses_fractions_out_of_range() {
    let mut crash = Crash::to(78_000, 10_000);
    for fraction in [0, WHOLE + 1, u32::MAX] {
        crash.assert_refused(BallastError::SliceOutOfRange, fraction);
    }
    // So little that nothing moves.
    let debt = crash.leave_a_debt();
    crash.exchange.set_price("BTC", 78_000 * USD);
    crash.exchange.refresh_all();
    assert_eq!(crash.resolve(1).deficit, debt >> 28);
}

#[test]
fn resolve_bankruptcy_refuses_a_liquidator_without_margin() {
    let mut crash = Crash::to(78_000, 10_000);
    crash.liquidator = crash.exchange.trader(Mode::Portfolio, &[]);
    crash.assert_refused(BallastError::LiquidatorBelowMargin, WHOLE);
}

#[test]
fn attacker_resolve_bankruptcy_of_an_account_of_their_own() {
    let mut crash = Crash::to(78_000, 10_000);
    let Crash { exchange, victim, .. } = &mut crash;
    let own = exchange.open_account(&victim.wallet, 1, Mode::Portfolio).expect("a second account is opened");
    for liquidator in [&*victim, &own] {
        assert_refused(exchange, BallastError::SelfLiquidation, |exchange| {
            exchange.resolve_bankruptcy(victim, liquidator, WHOLE)
        });
    }
}

#[test]
fn attacker_resolve_bankruptcy_in_somebody_elses_name_or_fund() {
    let mut crash = Crash::to(78_000, 10_000);
    let Crash { exchange, victim, liquidator, .. } = &mut crash;
    let attacker = exchange.chain.wallet();
    let (quote, check) = (exchange.quote_token(), exchange.liquidation_check(victim, liquidator));
    let instruction = instructions::resolve_bankruptcy(&victim.key, &liquidator.key, &quote, WHOLE, check);
    let attackers = solana_signer::Signer::pubkey(&*attacker);
    let signed_for = substitute(instruction.clone(), liquidator.owner(), attackers);
    assert_refused(exchange, BallastError::NotOwner, |exchange| exchange.chain.send(&[signed_for], &[&attacker]));
    let not_signed = unsigned(instruction.clone(), liquidator.owner());
    assert_refused(exchange, ErrorCode::AccountNotSigner, |exchange| exchange.chain.send(&[not_signed], &[]));
    let other = exchange.collateral("BTC").mint.token.bank(&exchange.address).0;
    let quote_bank = quote.bank(&exchange.address).0;
    let elsewhere = substitute(instruction, quote_bank, other);
    assert_refused(exchange, BallastError::WrongExchange, |exchange| {
        exchange.chain.send(&[elsewhere], &[&liquidator.wallet])
    });
    let record = instructions::record_bankruptcy(&victim.key, &quote, exchange.check_of(victim));
    let record = substitute(record, quote_bank, other);
    assert_refused(exchange, BallastError::QuoteBank, |exchange| exchange.chain.send(&[record], &[]));
}

/// Whoever brings a bankruptcy about against himself, both sides and the liquidator, gets no more out of the fund than
/// twice what the bankrupt side lost beyond its collateral.
#[test]
fn attacker_resolve_bankruptcy_brought_about_for_the_bonus() {
    // A deficit of one dollar, where the fee on the requirement freed would be hundreds.
    let mut crash = Crash::to(78_999, 10_000);
    assert_eq!(crash.equity(), -DOLLAR);
    let event = crash.resolve(WHOLE);
    assert_eq!((event.deficit, event.bonus), (DOLLAR, DOLLAR));
    assert_eq!(event.insurance, 9_998 * DOLLAR as u64);
}

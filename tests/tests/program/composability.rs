//! Another program in front of this one: the example desk (programs/example-desk), whose margin account belongs to it.

use anchor_lang::{
    InstructionData, Space, ToAccountMetas,
    prelude::{AccountMeta, Pubkey},
    solana_program::instruction::Instruction,
};
use ballast::{BallastError, TradeLeg, events::Traded};
use ballast_client::{CheckAccounts, MarginAccountKey};
use ballast_harness::{Exchange, Outcome, Refusal, Trader, Wallet, image};
use ballast_risk::Mode;
use ballast_state::Contract;
use ballast_tests::{assert_refused, standard};
use example_desk::{DESK, DeskError, accounts, instruction};
use solana_signer::Signer;

/// One bitcoin in lots of the seeded market.
const BITCOIN: i64 = 100_000;
/// One µUSD-dollar.
const DOLLAR: u64 = 1_000_000;
const SYSTEM_PROGRAM: Pubkey = Pubkey::new_from_array([0; 32]);

/// A desk.
struct Desk {
    address: Pubkey,
    /// Its margin account, with its manager's wallet, which does not own it.
    trader: Trader,
}

fn call(accounts: &impl ToAccountMetas, check: Vec<AccountMeta>, data: &impl InstructionData) -> Instruction {
    let mut metas = accounts.to_account_metas(None);
    metas.extend(check);
    Instruction { program_id: example_desk::ID, accounts: metas, data: data.data() }
}

/// The seeded exchange with a desk that has deposited 50,000 USDC, and a trader to trade with.
fn with_desk() -> (Exchange, Desk, Trader) {
    let mut exchange = standard();
    exchange.chain.add_program(example_desk::ID, &image::read_example());
    let manager = exchange.chain.wallet();
    let seeds = [DESK, exchange.address.as_ref(), &manager.pubkey().to_bytes()];
    let address = Pubkey::find_program_address(&seeds, &example_desk::ID).0;
    let key = MarginAccountKey { exchange: exchange.address, owner: address, sub_account: 0 };
    let desk = Desk { address, trader: Trader { key, wallet: manager.clone() } };
    let open = accounts::Open {
        exchange: exchange.address,
        desk: desk.address,
        account: desk.trader.address(),
        manager: manager.pubkey(),
        ballast: ballast::ID,
        system_program: SYSTEM_PROGRAM,
    };
    let opening = call(&open, Vec::new(), &instruction::Open {});
    exchange.chain.send(&[opening], &[&manager]).expect("the desk opens its account");
    assert_eq!(exchange.chain.data(&desk.address).len(), 8 + example_desk::Desk::INIT_SPACE);

    let mint = exchange.collateral("USDC").mint.clone();
    exchange.chain.fund(&mint, &desk.address, 60_000 * DOLLAR);
    deposit(&mut exchange, &desk, 50_000 * DOLLAR).expect("the desk deposits");
    let trader = exchange.trader(Mode::Portfolio, &[("USDC", 200_000 * DOLLAR)]);
    (exchange, desk, trader)
}

fn deposit(exchange: &mut Exchange, desk: &Desk, amount: u64) -> Result<Outcome, Refusal> {
    let mint = exchange.collateral("USDC").mint.clone();
    let (bank, vault) = mint.token.bank(&exchange.address);
    let accounts = accounts::Deposit {
        exchange: exchange.address,
        desk: desk.address,
        manager: desk.trader.wallet.pubkey(),
        account: desk.trader.address(),
        bank,
        vault,
        mint: mint.token.mint,
        source: mint.account_of(&desk.address),
        token_program: mint.token.program,
        ballast: ballast::ID,
    };
    exchange.chain.send(&[call(&accounts, Vec::new(), &instruction::Deposit { amount })], &[&desk.trader.wallet])
}

/// Buys for the desk from the trader, signed by these wallets.
fn trade(
    exchange: &mut Exchange,
    desk: &Desk,
    trader: &Trader,
    leg: TradeLeg,
    least_initial_excess: i64,
    manager: &Wallet,
) -> Result<Outcome, Refusal> {
    let held = exchange.account(&desk.trader);
    let check = CheckAccounts::of(&[&held, &exchange.account(trader)]).touching([leg.market]);
    let accounts = accounts::Trade {
        exchange: exchange.address,
        desk: desk.address,
        manager: manager.pubkey(),
        account: desk.trader.address(),
        other: trader.key.address(),
        other_authority: trader.owner(),
        ballast: ballast::ID,
    };
    let args = example_desk::TradeArgs { legs: vec![leg], maximum_fee: u64::MAX, least_initial_excess };
    let instruction = call(&accounts, exchange.check(check), &instruction::Trade { args });
    exchange.chain.send(&[instruction], &[manager, &trader.wallet])
}

#[test]
fn a_program_owns_an_account_and_trades_with_it() {
    let (mut exchange, desk, trader) = with_desk();
    let leg = exchange.leg_at_mark("BTC", Contract::PERPETUAL, BITCOIN);
    let outcome = trade(&mut exchange, &desk, &trader, leg, 1, &desk.trader.wallet.clone()).expect("the desk trades");
    let traded: Traded = outcome.event();
    assert_eq!((traded.first, traded.second), (desk.trader.address(), trader.key.address()));
    let account = exchange.account(&desk.trader);
    assert_eq!((account.owner, account.cash as u64), (desk.address, 50_000 * DOLLAR));
    assert_eq!(account.positions()[0].quantity, BITCOIN);
    exchange.assert_books_balance();
}

/// The report that Ballast returned says what is left after the trade, to the µUSD.
#[test]
fn a_program_reads_the_margin_report_that_was_returned_to_it() {
    let (mut exchange, desk, trader) = with_desk();
    let leg = exchange.leg_at_mark("BTC", Contract::PERPETUAL, BITCOIN);
    let manager = desk.trader.wallet.clone();
    let mut copy = exchange.clone();
    trade(&mut copy, &desk, &trader, leg, 0, &manager).expect("the desk trades");
    let left = copy.assess(&desk.trader).modes[Mode::Portfolio as usize].initial_excess;
    assert_refused(&mut exchange, u32::from(DeskError::TooLittleRoom), |exchange| {
        trade(exchange, &desk, &trader, leg, left + 1, &manager)
    });
    trade(&mut exchange, &desk, &trader, leg, left, &manager).expect("exactly as much is left");
}

#[test]
fn what_ballast_refuses_the_caller_refuses_with_the_same_code() {
    let (mut exchange, desk, trader) = with_desk();
    let manager = desk.trader.wallet.clone();
    let leg = exchange.leg_at_mark("BTC", Contract::PERPETUAL, 5 * BITCOIN);
    assert_refused(&mut exchange, BallastError::BelowInitialMargin, |exchange| {
        trade(exchange, &desk, &trader, leg, 0, &manager)
    });
    assert_refused(&mut exchange, BallastError::ZeroAmount, |exchange| deposit(exchange, &desk, 0));
}

/// Whoever is not the manager moves nothing: neither through the desk nor straight at Ballast, for which only the desk's own
/// address is the owner.
#[test]
fn attacker_trades_for_a_desk_of_others() {
    let (mut exchange, desk, trader) = with_desk();
    let thief = exchange.chain.wallet();
    let leg = exchange.leg_at_mark("BTC", Contract::PERPETUAL, -BITCOIN);
    let violated = u32::from(anchor_lang::error::ErrorCode::ConstraintHasOne);
    assert_refused(&mut exchange, violated, |exchange| trade(exchange, &desk, &trader, leg, 0, &thief));
    let direct = MarginAccountKey { owner: thief.pubkey(), ..desk.trader.key };
    let held = exchange.account(&desk.trader);
    let check = CheckAccounts::of(&[&held, &exchange.account(&trader)]).touching([leg.market]);
    let check = exchange.check(check);
    let mut attempt = ballast_client::instructions::trade(&direct, &trader.key, vec![leg], check);
    for meta in attempt.accounts.iter_mut().filter(|meta| meta.pubkey == direct.address()) {
        meta.pubkey = desk.trader.address();
    }
    assert_refused(&mut exchange, BallastError::NotOwner, |exchange| {
        exchange.chain.send(&[attempt], &[&thief, &trader.wallet])
    });
}

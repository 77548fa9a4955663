//! What the end-to-end tests share: a seeded exchange, and the assertion that a refusal changes nothing.

pub mod dice;

use std::sync::OnceLock;

use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use ballast::{LiquidationPlan, events::Liquidated};
use ballast_harness::{
    Exchange, Outcome, Refusal, Trader,
    tokens::{SPL_TOKEN, TOKEN_2022},
};
use bytemuck::{AnyBitPattern, NoUninit};

/// The banks of the seeded exchange, and a usual deposit in each, native units.
pub const USUAL_DEPOSITS: [(&str, u64); 5] = [
    ("USDC", 30_000_000_000),
    ("BTC", 10_000_000),
    ("ETH", 200_000_000),
    ("SOL", 50_000_000_000),
    ("PYUSD", 3_000_000_000),
];

/// A copy of the seeded exchange: seeding it takes longer than most tests, so it happens once.
pub fn standard() -> Exchange {
    static STANDARD: OnceLock<Exchange> = OnceLock::new();
    STANDARD.get_or_init(Exchange::standard).clone()
}

/// Every account of the program and of the token programs: address, lamports, data.
pub fn state(exchange: &Exchange) -> Vec<(Pubkey, u64, Vec<u8>)> {
    [ballast::ID, SPL_TOKEN, TOKEN_2022]
        .iter()
        .flat_map(|program| exchange.chain.accounts_of(program))
        .map(|(address, account)| (address, account.lamports, account.data))
        .collect()
}

/// Asserts that an attempt is refused with this error code and leaves every account as it was.
///
/// # Panics
/// If the attempt goes through, fails for another reason, or changes something.
#[track_caller]
pub fn assert_refused(
    exchange: &mut Exchange,
    error: impl Into<u32>,
    attempt: impl FnOnce(&mut Exchange) -> Result<Outcome, Refusal>,
) {
    let before = state(exchange);
    let expected = error.into();
    match attempt(exchange) {
        Ok(outcome) => panic!("expected error {expected}, but it went through:\n{}", outcome.logs.join("\n")),
        Err(refusal) => assert_eq!(refusal.code, Some(expected), "{refusal}"),
    }
    assert!(state(exchange) == before, "a refused transaction changed an account");
}

/// Asserts that each plan is taken and helps the victim, each on a copy of the exchange.
///
/// # Panics
/// If one is refused, or the victim's maintenance excess does not rise.
#[track_caller]
pub fn assert_each_liquidates(
    exchange: &Exchange,
    victim: &Trader,
    liquidator: &Trader,
    plans: impl IntoIterator<Item = LiquidationPlan>,
) {
    for plan in plans {
        let mut copy = exchange.clone();
        let outcome = copy.liquidate(victim, liquidator, plan.clone());
        let event: Liquidated = outcome.unwrap_or_else(|refusal| panic!("{plan:?}: {refusal}")).event();
        assert!(event.maintenance_excess > event.maintenance_excess_before);
        copy.assert_books_balance();
    }
}

/// Replaces an account of an instruction, as an attacker would.
///
/// # Panics
/// If the instruction does not name `old`.
#[track_caller]
#[must_use]
pub fn substitute(mut instruction: Instruction, old: Pubkey, new: Pubkey) -> Instruction {
    let mut found = false;
    for meta in instruction.accounts.iter_mut().filter(|meta| meta.pubkey == old) {
        meta.pubkey = new;
        found = true;
    }
    assert!(found, "the instruction does not name {old}");
    instruction
}

/// Takes the signer flag off an account of an instruction.
#[must_use]
pub fn unsigned(mut instruction: Instruction, address: Pubkey) -> Instruction {
    for meta in instruction.accounts.iter_mut().filter(|meta| meta.pubkey == address) {
        meta.is_signer = false;
    }
    instruction
}

/// Changes an account of the program behind its back, into a state that no instruction makes.
///
/// # Panics
/// If the account is not a `T`.
pub fn tamper<T: AnyBitPattern + NoUninit>(exchange: &mut Exchange, address: Pubkey, change: impl FnOnce(&mut T)) {
    let mut data = exchange.chain.data(&address);
    let body = &mut data[8..];
    let mut account: T = bytemuck::pod_read_unaligned(body);
    change(&mut account);
    body.copy_from_slice(bytemuck::bytes_of(&account));
    exchange.chain.set_account(address, ballast::ID, data);
}

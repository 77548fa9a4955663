//! Stakes in the insurance fund, and bankruptcies.

use ballast_harness::{Exchange, Trader, oracle::USD};
use ballast_risk::Mode;
use ballast_state::Contract;

use super::{BITCOIN, DOLLAR, row};
use crate::measurements::InstructionCost;

pub fn measure() -> Vec<InstructionCost> {
    let mut costs = stake();
    costs.extend(bankruptcy());
    costs
}

/// A stake from its opening to its end.
fn stake() -> Vec<InstructionCost> {
    let mut exchange = Exchange::standard();
    let staker = exchange.trader(Mode::Portfolio, &[("USDC", 1_000 * DOLLAR)]);
    let opened = exchange.open_stake(&staker).expect("the stake is opened");
    let staked = exchange.stake(&staker, 100 * DOLLAR).expect("the stake is accepted");
    let shares = exchange.stake_of(&staker).shares;
    let requested = exchange.request_unstake(&staker, shares).expect("the notice is accepted");
    let cooldown = exchange.state().parameters.stake_cooldown_seconds;
    exchange.pass_time(cooldown.into());
    let paid_out = exchange.unstake(&staker).expect("the cool-down is over");
    let closed = exchange.close_stake(&staker).expect("the stake is empty");
    vec![
        row("open_stake", "", &opened),
        row("stake", "without positions", &staked),
        row("request_unstake", "", &requested),
        row("unstake", "", &paid_out),
        row("close_stake", "", &closed),
    ]
}

/// Somebody with 21,000 USDC who bought a bitcoin that fell by more, and who takes that over.
fn bankruptcy() -> [InstructionCost; 2] {
    let under_water = || -> (Exchange, Trader, Trader) {
        let mut exchange = Exchange::standard();
        let victim = exchange.trader(Mode::Portfolio, &[("USDC", 21_000 * DOLLAR)]);
        let seller = exchange.trader(Mode::Portfolio, &[("USDC", 500_000 * DOLLAR)]);
        let liquidator = exchange.trader(Mode::Portfolio, &[("USDC", 200_000 * DOLLAR)]);
        let staker = exchange.staker(10_000 * DOLLAR);
        exchange.stake(&staker, 10_000 * DOLLAR).expect("the stake is accepted");
        exchange.buy(&victim, &seller, "BTC", Contract::PERPETUAL, BITCOIN);
        exchange.set_price("BTC", 78_900 * USD);
        exchange.refresh_all();
        (exchange, victim, liquidator)
    };
    let (mut exchange, victim, liquidator) = under_water();
    let resolved = exchange.resolve_bankruptcy(&victim, &liquidator, 1 << 28).expect("the fund suffices");
    let (mut exchange, victim, _) = under_water();
    let recorded = exchange.record_bankruptcy(&victim).expect("the account is bankrupt");
    [
        row("resolve_bankruptcy", "a perpetual, out of the fund", &resolved),
        row("record_bankruptcy", "the same", &recorded),
    ]
}

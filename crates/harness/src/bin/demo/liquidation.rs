//! What a liquidator does: takes a position over at its mark, then buys slices until the account is at its target.

use anyhow::{Context, bail, ensure};
use ballast::{BallastError, LiquidationLeg, LiquidationPlan, events::Liquidated};
use ballast_harness::{Outcome, Refusal, Trader};
use ballast_risk::{Margin, MicroUsd};
use ballast_state::{Contract, MarginAccount};
use serde::Serialize;

use crate::{
    contracts,
    figures::{self, Money},
    screen::{FAINT, STRONG, Screen},
    stage::Stage,
};

/// Steps after which the account must be restored.
const MOST_STEPS: usize = 8;
/// Slots pass while liquidators wait out the cool-down: seconds between the steps.
const PAUSE: u64 = 10;
/// How often a refused step is tried smaller.
const ATTEMPTS: u32 = 12;

/// A step that the program accepted.
#[derive(Serialize)]
pub struct LiquidationStep {
    /// "legs" or "slice".
    kind: &'static str,
    /// Positions that became smaller.
    moved: Vec<Moved>,
    /// The account's cash before and after.
    cash: [Money; 2],
    /// Share of the account that was bought, basis points; zero for legs.
    slice_basis_points: i64,
    /// What the liquidator paid for the slice.
    paid: Money,
    /// What the liquidator got for closing legs.
    reward: Money,
    /// What the insurance fund got.
    insurance: Money,
    /// Maintenance excess before and after.
    maintenance_excess: [Money; 2],
    /// Compute units of the transaction.
    compute_units: u64,
}

/// A position that became smaller.
#[derive(Serialize)]
struct Moved {
    contract: String,
    /// Before and after.
    lots: [i64; 2],
    /// A lot is 10^-`quantity_decimals` of the underlying.
    quantity_decimals: u8,
}

/// Liquidates until the account is at its target.
///
/// # Errors
/// If the program refuses, or the target is not reached.
pub fn until_restored(
    screen: &Screen,
    stage: &mut Stage,
    account: &Trader,
    liquidator: &Trader,
) -> anyhow::Result<Vec<LiquidationStep>> {
    let mut steps = Vec::new();
    while shortfall(stage, account)? > MicroUsd::ZERO {
        ensure!(steps.len() < MOST_STEPS, "the account is not at its target after {MOST_STEPS} steps");
        if !steps.is_empty() {
            stage.exchange.pass_time(PAUSE);
        }
        let before = stage.exchange.account(account);
        let outcome = if steps.is_empty() {
            take_option(stage, account, liquidator)?
        } else {
            take_slice(stage, account, liquidator)?
        };
        let step = describe(stage, &before, &stage.exchange.account(account), &outcome);
        print(screen, steps.len() + 1, &step);
        steps.push(step);
    }
    Ok(steps)
}

/// Takes over a third of the account's option position, or less if the program finds that too much.
fn take_option(stage: &mut Stage, account: &Trader, liquidator: &Trader) -> anyhow::Result<Outcome> {
    let held = stage.exchange.account(account);
    let position = held.positions().iter().find(|position| position.kind().is_option());
    let position = *position.context("the account holds an option")?;
    let market = held.markets[usize::from(position.market_slot)].market;
    largest_accepted(stage, account, liquidator, |attempt| {
        let contract = Contract { kind: position.kind, slot: position.series_slot, number: position.number };
        let quantity = position.quantity / 3 * i64::from(ATTEMPTS - attempt) / i64::from(ATTEMPTS);
        LiquidationPlan::Legs { legs: vec![LiquidationLeg { market, contract, quantity }] }
    })
}

/// Buys the largest slice that the terms of the moment allow. Charges do not shrink in proportion, so it may pass the
/// target: then a little less will do.
fn take_slice(stage: &mut Stage, account: &Trader, liquidator: &Trader) -> anyhow::Result<Outcome> {
    let terms = stage.exchange.liquidation_terms(account).context("the account can be liquidated")?;
    let slice = terms.largest_slice();
    largest_accepted(stage, account, liquidator, |attempt| {
        let fraction = slice - slice * u64::from(attempt) / u64::from(ATTEMPTS);
        LiquidationPlan::Slice { fraction: u32::try_from(fraction).unwrap_or(u32::MAX) }
    })
}

/// Tries ever smaller plans while the program finds them too large.
fn largest_accepted(
    stage: &mut Stage,
    account: &Trader,
    liquidator: &Trader,
    plan: impl Fn(u32) -> LiquidationPlan,
) -> anyhow::Result<Outcome> {
    for attempt in 0..ATTEMPTS {
        match stage.exchange.liquidate(account, liquidator, plan(attempt)) {
            Err(refusal) if is_too_much(&refusal) => {}
            result => return result.context("the program should accept the liquidation"),
        }
    }
    bail!("the program finds every liquidation step too large")
}

fn is_too_much(refusal: &Refusal) -> bool {
    [BallastError::LiquidationBeyondTarget, BallastError::CloseFactorExceeded]
        .into_iter()
        .any(|error| refusal.code == Some(u32::from(error)))
}

/// How far the account is below its target; zero once its liquidation is over.
fn shortfall(stage: &Stage, account: &Trader) -> anyhow::Result<MicroUsd> {
    let margin = margin(stage, account)?;
    let is_under_way = stage.exchange.account(account).liquidation_started_slot != 0;
    if margin.maintenance_excess >= MicroUsd::ZERO && !is_under_way {
        return Ok(MicroUsd::ZERO);
    }
    Ok((-stage.exchange.state().parameters.liquidation_rules().distance_to_target(&margin)).gain())
}

/// The account's margin as the program will compute it.
fn margin(stage: &Stage, account: &Trader) -> anyhow::Result<Margin> {
    let held = stage.exchange.account(account);
    let margin = stage.exchange.snapshot().margin(&held, stage.exchange.liquidation_moment(), held.mode());
    margin.map_err(|refusal| anyhow::anyhow!("the account cannot be valued: {refusal}"))
}

fn describe(stage: &Stage, before: &MarginAccount, after: &MarginAccount, outcome: &Outcome) -> LiquidationStep {
    let event: Liquidated = outcome.event();
    LiquidationStep {
        kind: if event.slice == 0 { "legs" } else { "slice" },
        moved: moved(stage, before, after),
        cash: [Money(before.cash), Money(after.cash)],
        slice_basis_points: figures::quotient(i64::from(event.slice), 1 << 28, 4),
        paid: Money(event.paid),
        reward: Money(event.reward),
        insurance: Money(event.insurance),
        maintenance_excess: [Money(event.maintenance_excess_before), Money(event.maintenance_excess)],
        compute_units: outcome.compute_units,
    }
}

/// The account's positions that became smaller.
fn moved(stage: &Stage, before: &MarginAccount, after: &MarginAccount) -> Vec<Moved> {
    let mut moved = Vec::new();
    for position in before.positions() {
        let same = after.positions().iter().find(|left| (left.kind, left.number) == (position.kind, position.number));
        let left = same.map_or(0, |left| left.quantity);
        if left == position.quantity {
            continue;
        }
        let market = stage.exchange.market(before.markets[usize::from(position.market_slot)].market);
        moved.push(Moved {
            contract: contracts::contract_name(&stage.exchange, &market, position.kind, position.number),
            lots: [position.quantity, left],
            quantity_decimals: market.quantity_decimals,
        });
    }
    moved
}

fn print(screen: &Screen, number: usize, step: &LiquidationStep) {
    let title = match step.kind {
        "legs" => "takes over part of a position at its mark".to_owned(),
        _ => format!("buys a slice of {} of the account", figures::percent(step.slice_basis_points)),
    };
    screen.blank();
    screen.line(&format!("  {STRONG}Step {number}: the liquidator {title}{STRONG:#}"));
    for Moved { contract, lots, quantity_decimals } in &step.moved {
        let [before, after] = lots.map(|lots| figures::quantity(lots, *quantity_decimals));
        screen.item(&format!("{contract}: {before} -> {after}"));
    }
    screen.item(&format!("cash: {} -> {}", step.cash[0], step.cash[1]));
    screen.item(&match step.kind {
        "legs" => format!("reward {}, insurance fund {}", step.reward, step.insurance),
        _ => format!("paid {}", step.paid),
    });
    let [before, after] = step.maintenance_excess;
    screen.item(&format!("maintenance excess {before} -> {after}"));
    let units = figures::whole(i128::from(step.compute_units));
    screen.line(&format!("    {FAINT}{units} compute units{FAINT:#}"));
}

//! Section 4: BTC falls step by step, volatility rises, and a leveraged account goes from healthy to liquidation.

use anyhow::{Context, ensure};
use ballast_harness::{Trader, surfaces::Smile};
use ballast_risk::{MarginReport, Mode};
use ballast_state::{Contract, OptionKind};
use serde::Serialize;

use crate::{
    contracts,
    figures::{self, Money},
    liquidation::{self, LiquidationStep},
    screen::{BAD, FAINT, GOOD, STRONG, Screen, WARNING, bar},
    stage::{Stage, USDC},
};

/// Fall of the index from step to step, per cent.
const FALL: i64 = 4;
/// Rise of the volatility at the money from step to step, points.
const VOLATILITY_RISE: u32 = 4;
/// Volatility at the money before the crash, points.
const VOLATILITY_BEFORE: u32 = 50;
/// Steps after which the account must have been liquidated.
const MOST_STEPS: u32 = 12;
/// Seconds from step to step.
const PAUSE: u64 = 20;

/// A crash and what it did to an account.
#[derive(Serialize)]
pub struct Crash {
    /// The account.
    #[serde(skip)]
    pub account: Trader,
    /// How the account stood after each step.
    pub steps: Vec<Health>,
    /// What liquidators did.
    pub liquidation: Vec<LiquidationStep>,
    /// How the account stood in the end.
    pub after: Health,
    /// Insurance fund before and after.
    pub insurance: [Money; 2],
}

/// How an account stands.
#[derive(Clone, Serialize)]
pub struct Health {
    /// Index price of BTC.
    pub index: Money,
    /// Volatility at the money, points.
    pub volatility: u32,
    /// Equity.
    pub equity: Money,
    /// Initial excess.
    pub initial_excess: Money,
    /// Maintenance excess.
    pub maintenance_excess: Money,
    /// Maintenance requirement and haircut as a share of equity, basis points.
    pub used_basis_points: i64,
    /// Name of the tier.
    pub tier: &'static str,
}

/// Lets BTC crash.
///
/// # Errors
/// If the program refuses what it should accept.
pub fn show(screen: &Screen, stage: &mut Stage) -> anyhow::Result<Crash> {
    screen.heading(4, "A crash");
    screen.say(&format!(
        "An account with 60,000 USDC buys 1.5 BTC of the perpetual and sells one 95,000 put. Then BTC falls by \
         {FALL}\u{a0}% a step while the publishers raise its volatility. The bar shows how much of the equity the \
         maintenance requirement takes: when it is full, the account may be liquidated."
    ));
    screen.blank();
    let account = leveraged_account(stage)?;
    let liquidator = stage.exchange.trader(Mode::Portfolio, &[("USDC", 1_000_000 * USDC)]);
    let insurance_before = stage.exchange.insurance();

    screen.line(&format!(
        "  {STRONG}{:>10}  {:>4}  {:>10}  {:>13}  {:>15}  maintenance / equity             tier{STRONG:#}",
        "BTC", "vol", "equity", "initial excess", "maint. excess"
    ));
    let mut volatility = VOLATILITY_BEFORE;
    let mut steps = vec![health(stage, &account, volatility)];
    print_health(screen, &steps[0]);
    while steps.last().is_some_and(|health| health.maintenance_excess >= Money(0)) {
        ensure!(steps.len() as u32 <= MOST_STEPS, "the account survived a crash that should have broken it");
        volatility += VOLATILITY_RISE;
        fall(stage, volatility)?;
        steps.push(health(stage, &account, volatility));
        print_health(screen, &steps[steps.len() - 1]);
    }

    screen.blank();
    let buffer = i64::from(stage.exchange.state().parameters.liquidation_buffer);
    screen.say(&format!(
        "Below maintenance margin anyone may step in, but only as far as it takes to lift the account back to its \
         target, a maintenance excess of {}\u{a0}% of the requirement, and only so much of the account within a few slots. \
         A liquidator first takes over part of a position at its mark, for a share of the requirement freed. Then it buys \
         slices of the whole account, at a discount that grows the longer nobody does.",
        figures::round_percent(figures::basis_points(buffer, 30))
    ));
    let liquidation = liquidation::until_restored(screen, stage, &account, &liquidator)?;
    let after = health(stage, &account, volatility);
    screen.blank();
    print_health(screen, &after);
    let insurance = [insurance_before, stage.exchange.insurance()];
    screen.blank();
    screen.say(&format!("The insurance fund went from {} to {} USD.", insurance[0], insurance[1]));
    screen.say(
        "Back above its target the account cannot be liquidated any more. It stays close-only until its owner adds \
         collateral or reduces risk.",
    );
    Ok(Crash { account, steps, liquidation, after, insurance })
}

fn leveraged_account(stage: &mut Stage) -> anyhow::Result<Trader> {
    let account = stage.exchange.trader(Mode::Portfolio, &[("USDC", 60_000 * USDC)]);
    let coin = stage.exchange.underlying("BTC").lots(1);
    let put = stage.exchange.option(&stage.btc, 95_000, OptionKind::Put);
    let legs = [
        stage.exchange.leg_at_mark("BTC", Contract::PERPETUAL, coin + coin / 2),
        stage.exchange.leg_at_mark("BTC", put, -coin),
    ];
    stage.trade(&account, &legs, "the leveraged account's positions")?;
    Ok(account)
}

/// The oracle publishes a lower price, a keeper brings it in, and the publishers post a higher volatility.
fn fall(stage: &mut Stage, volatility: u32) -> anyhow::Result<()> {
    let exchange = &mut stage.exchange;
    exchange.pass_time(PAUSE);
    let price = exchange.underlying("BTC").price;
    exchange.set_price("BTC", price / 100 * (100 - FALL));
    exchange.refresh_all();
    let smile = Smile { volatility: points(volatility), ..exchange.smile("BTC") };
    exchange.post_smile(&stage.btc, smile).context("the program should accept the surface")?;
    Ok(())
}

/// A volatility in points, as the harness's stand-in for a publisher's fit takes it.
#[allow(clippy::float_arithmetic)]
fn points(volatility: u32) -> f64 {
    f64::from(volatility) / 100.0
}

fn health(stage: &mut Stage, account: &Trader, volatility: u32) -> Health {
    let report = stage.exchange.assess(account);
    let own = report.modes[usize::from(report.mode)];
    let market = stage.exchange.market(stage.exchange.underlying("BTC").number);
    Health {
        index: contracts::price(&market, market.price),
        volatility,
        equity: Money(report.equity),
        initial_excess: Money(own.initial_excess),
        maintenance_excess: Money(own.maintenance_excess),
        used_basis_points: used(&report),
        tier: tier_name(report.tier),
    }
}

fn used(report: &MarginReport) -> i64 {
    let own = report.modes[usize::from(report.mode)];
    figures::quotient(report.equity - own.maintenance_excess, report.equity.max(1), 4)
}

fn tier_name(tier: u8) -> &'static str {
    ["healthy", "close-only", "partial liquidation", "accelerated liquidation", "bankrupt"]
        .get(usize::from(tier))
        .unwrap_or(&"unknown")
}

fn print_health(screen: &Screen, health: &Health) {
    let style = match health.tier {
        "healthy" => GOOD,
        "close-only" => WARNING,
        _ => BAD,
    };
    let Health { index, volatility, equity, initial_excess, maintenance_excess, used_basis_points, tier } = health;
    let used = figures::percent(*used_basis_points);
    let bar = bar(*used_basis_points);
    screen.line(&format!(
        "  {index:>10}  {FAINT}{volatility:>2} %{FAINT:#}  {equity:>10}  {initial_excess:>14}  {maintenance_excess:>15}  \
         {style}{bar} {used:>8}  {tier}{style:#}"
    ));
}

//! Section 2: five portfolios, traded for real, and what the program asks for them in each margin mode.

use anyhow::{Context, ensure};
use ballast::events::LegFilled;
use ballast_harness::{Outcome, Trader};
use ballast_risk::{MarginReport, Mode, report::MarketReport, scenario::ScenarioIndex};
use ballast_state::{Contract, OptionKind};
use serde::Serialize;

use crate::{
    contracts::{self, Fill},
    figures::{self, Money},
    portfolio_table,
    screen::{STRONG, Screen},
    stage::{Stage, USDC},
};

/// A portfolio and what the program says of it.
#[derive(Serialize)]
pub struct Portfolio {
    /// What traders call it.
    pub name: &'static str,
    /// What was deposited.
    pub deposit: String,
    /// What was traded.
    pub fills: Vec<Fill>,
    /// Σ |quantity| × index.
    pub gross_notional: Money,
    /// Initial requirement: isolated, cross, portfolio.
    pub initial_requirement: [Money; 3],
    /// Initial requirement ÷ gross notional in basis points, by mode.
    pub requirement_basis_points: [i64; 3],
    /// Gross notional ÷ initial requirement in hundredths, by mode.
    pub leverage_hundredths: [i64; 3],
    /// What portfolio margin saves against isolated margin, basis points.
    pub saving_basis_points: i64,
    /// Value of the underlying that would move alike.
    pub delta: Money,
    /// Change of delta when the index rises by 1 %.
    pub gamma: Money,
    /// Gain when volatility rises by a point.
    pub vega: Money,
    /// Gain per day that passes.
    pub theta: Money,
    /// The scenario that decides the requirement.
    pub binding_scenario: String,
    /// Compute units that one check may take at most.
    pub check_limit: u32,
    /// Compute units of `assess`, which computes all modes.
    pub assess_units: u64,
    /// Compute units of each trade's transaction.
    pub trade_units: Vec<u64>,
}

/// Trades the portfolios and compares the modes.
///
/// # Errors
/// If the program refuses one, or the modes are out of order.
pub fn show(screen: &Screen, stage: &mut Stage) -> anyhow::Result<Vec<Portfolio>> {
    screen.heading(2, "Five portfolios, each margined as a whole");
    screen.say(
        "Each book has a margin account of its own and trades with a market maker. A trade is one transaction: it \
         goes through only if both accounts are covered afterwards.",
    );
    screen.blank();
    let portfolios =
        vec![covered_call(stage)?, iron_condor(stage)?, hedged_straddle(stage)?, calendar_spread(stage)?, pair(stage)?];
    for Portfolio { name, deposit, fills, .. } in &portfolios {
        screen.line(&format!("  {STRONG}{name}{STRONG:#}: {deposit}"));
        for fill in fills {
            screen.item(&fill.in_words());
        }
    }
    screen.blank();
    portfolio_table::print(screen, &portfolios);
    Ok(portfolios)
}

fn covered_call(stage: &mut Stage) -> anyhow::Result<Portfolio> {
    let coins = 200_000_000;
    let trader = stage.exchange.trader(Mode::Portfolio, &[("BTC", coins)]);
    stage.exchange.declare_hedge(&trader, "BTC", coins).context("the program should accept the hedge")?;
    let call = stage.exchange.option(&stage.btc, 110_000, OptionKind::Call);
    let leg = stage.exchange.leg_at_mark("BTC", call, -stage.exchange.underlying("BTC").lots(2));
    let trade = stage.trade(&trader, &[leg], "the covered call")?;
    describe(stage, &trader, "covered call", "2 BTC deposited and declared a hedge", &[trade])
}

fn iron_condor(stage: &mut Stage) -> anyhow::Result<Portfolio> {
    let trader = stage.exchange.trader(Mode::Portfolio, &[("USDC", 10_000 * USDC)]);
    let lots = stage.exchange.underlying("ETH").lots(10);
    let wings = [
        (3_400, OptionKind::Put, lots),
        (3_600, OptionKind::Put, -lots),
        (4_400, OptionKind::Call, -lots),
        (4_600, OptionKind::Call, lots),
    ];
    let legs = wings.map(|(strike, kind, lots)| {
        let contract = stage.exchange.option(&stage.eth, strike, kind);
        stage.exchange.leg_at_mark("ETH", contract, lots)
    });
    let trade = stage.trade(&trader, &legs, "the iron condor")?;
    describe(stage, &trader, "iron condor", "10,000 USDC; four legs, filled all or none", &[trade])
}

/// Sells the straddle, asks the program for the account's delta, and trades it away in the perpetual.
fn hedged_straddle(stage: &mut Stage) -> anyhow::Result<Portfolio> {
    let trader = stage.exchange.trader(Mode::Portfolio, &[("USDC", 60_000 * USDC)]);
    let underlying = stage.exchange.underlying("BTC").clone();
    let lots = underlying.lots(1);
    let straddle = [OptionKind::Call, OptionKind::Put].map(|kind| {
        let contract = stage.exchange.option(&stage.btc, 95_000, kind);
        stage.exchange.leg_at_mark("BTC", contract, -lots)
    });
    let sale = stage.trade(&trader, &straddle, "the straddle")?;

    let delta = stage.exchange.assess(&trader).markets[0].delta;
    let index = stage.exchange.mark("BTC", Contract::PERPETUAL);
    // A lot of the perpetual in µUSD: the index in ticks, less the decimals that price and quantity have beyond six.
    let decimals = u32::from(underlying.price_decimals + underlying.quantity_decimals);
    let lot_value = i64::try_from(index / 10_u64.pow(decimals - 6)).context("the index fits")?;
    let hedge = stage.exchange.leg_at_mark("BTC", Contract::PERPETUAL, -delta / lot_value);
    let hedged = stage.trade(&trader, &[hedge], "the hedge")?;
    describe(stage, &trader, "hedged straddle", "60,000 USDC; the perpetual offsets the delta", &[sale, hedged])
}

fn calendar_spread(stage: &mut Stage) -> anyhow::Result<Portfolio> {
    let trader = stage.exchange.trader(Mode::Portfolio, &[("USDC", 20_000 * USDC)]);
    let lots = stage.exchange.underlying("SOL").lots(200);
    let legs = [(stage.sol_near, -lots), (stage.sol_far, lots)].map(|(expiry, lots)| {
        let contract = stage.exchange.option(&expiry, 200, OptionKind::Call);
        stage.exchange.leg_at_mark("SOL", contract, lots)
    });
    let trade = stage.trade(&trader, &legs, "the calendar spread")?;
    describe(stage, &trader, "calendar spread", "20,000 USDC; one strike, two expiries", &[trade])
}

/// Long bitcoin against short ether: what the two have in common offsets in portfolio mode alone.
fn pair(stage: &mut Stage) -> anyhow::Result<Portfolio> {
    let trader = stage.exchange.trader(Mode::Portfolio, &[("USDC", 60_000 * USDC)]);
    let [bitcoin, ether] = ["BTC", "ETH"].map(|name| stage.exchange.underlying(name).lots(1));
    let legs = [("BTC", bitcoin), ("ETH", -25 * ether)]
        .map(|(market, lots)| stage.exchange.leg_at_mark(market, Contract::PERPETUAL, lots));
    let trade = stage.trade(&trader, &legs, "the pair")?;
    describe(stage, &trader, "pair", "60,000 USDC; one coin against the other", &[trade])
}

fn describe(
    stage: &mut Stage,
    trader: &Trader,
    name: &'static str,
    deposit: &str,
    trades: &[Outcome],
) -> anyhow::Result<Portfolio> {
    let exchange = &mut stage.exchange;
    let (report, assessed) = exchange.assess_outcome(trader);
    // The same code natively: a difference means that image and sources are not of one version.
    ensure!(
        report == exchange.preview(trader),
        "the program reports something else of the {name} than its sources compute: run `cargo xtask build`"
    );
    let fills = trades.iter().flat_map(|trade| trade.events::<LegFilled>());
    let fills = fills.map(|fill| Fill::new(exchange, &fill)).collect();
    let requirements = report.modes.map(|mode| mode.initial_requirement);
    ensure!(
        requirements.is_sorted_by(|more, less| more >= less),
        "a mode of the {name} asks for more than a stricter one"
    );
    let MarginReport { gross_notional, markets, market_count, joint_bindings, .. } = report;
    let held = &markets[..usize::from(market_count)];
    let sum = |greek: fn(&MarketReport) -> i64| Money(held.iter().map(greek).sum());
    // A market alone has a scenario of its own; several share the joint one of their group.
    let [row, node] =
        if held.len() > 1 { joint_bindings[0] } else { [markets[0].binding_row, markets[0].binding_node] };
    Ok(Portfolio {
        name,
        deposit: deposit.to_owned(),
        fills,
        gross_notional: Money(gross_notional),
        initial_requirement: requirements.map(Money),
        requirement_basis_points: requirements.map(|required| figures::quotient(required, gross_notional, 4)),
        leverage_hundredths: requirements.map(|required| figures::quotient(gross_notional, required, 2)),
        saving_basis_points: figures::quotient(requirements[0] - requirements[2], requirements[0], 4),
        delta: sum(|market| market.delta),
        gamma: sum(|market| market.gamma),
        vega: sum(|market| market.vega),
        theta: sum(|market| market.theta),
        binding_scenario: contracts::binding_scenario(&exchange.market(markets[0].market), ScenarioIndex { row, node }),
        check_limit: report.check_compute_units,
        assess_units: assessed.compute_units,
        trade_units: trades.iter().map(|trade| trade.compute_units).collect(),
    })
}

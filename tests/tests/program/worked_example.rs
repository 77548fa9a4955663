//! The worked example of docs/margin-model.md: the program's own report, to the unit, and the model computed here in
//! floating point from the document's formulas alone. Every number that the document shows is held against one of the
//! two, so that document and engine cannot drift apart.
#![allow(clippy::float_arithmetic)]

use std::fmt::Write;

use ballast_harness::{Exchange, Trader};
use ballast_risk::{MarginReport, Mode};
use ballast_state::{Contract, OptionKind};
use ballast_tests::standard;
use serde_json::{Value, json};

/// The document.
const DOCUMENT: &str = include_str!("../../../docs/margin-model.md");
/// One bitcoin in lots of the seeded market.
const BITCOIN: i64 = 100_000;
/// One µUSD-dollar.
const DOLLAR: u64 = 1_000_000;

/// The example's market and account.
mod example {
    pub const INDEX: f64 = 100_000.0;
    pub const DAYS: f64 = 30.0;
    pub const VOLATILITY: f64 = 0.5;
    pub const TILT: f64 = -0.2;
    pub const CURVATURE: f64 = 0.8;
    pub const CARRY: f64 = 0.04;
    pub const RATE: f64 = 0.04;
    pub const STRIKE: f64 = 110_000.0;
    pub const PERPETUAL: f64 = 0.4;
    pub const PERPETUAL_PRICE: f64 = 99_000.0;
    pub const CASH: f64 = 20_000.0;
    pub const COLLATERAL: f64 = 0.5;
    /// Confidence of the oracle, of the price.
    pub const CONFIDENCE: f64 = 0.0005;
    /// Core moves, then tails with their weights: the defaults of a major coin.
    pub const CORE_MOVES: [f64; 9] = [-0.16, -0.12, -0.08, -0.04, 0.0, 0.04, 0.08, 0.12, 0.16];
    pub const TAILS: [(f64, f64); 8] = [
        (-0.66, 0.21),
        (-0.33, 0.42),
        (0.5, 0.2772),
        (1.0, 0.1386),
        (2.0, 0.0693),
        (3.0, 0.0462),
        (4.0, 0.03465),
        (5.0, 0.02772),
    ];
}

/// Opens the example's account on the seeded exchange and makes its trade.
fn open(exchange: &mut Exchange) -> (Trader, u64) {
    let deposits = [("USDC", example::CASH as u64 * DOLLAR), ("BTC", 50_000_000)];
    let trader = exchange.trader(Mode::Portfolio, &deposits);
    let maker = exchange.trader(Mode::Portfolio, &[("USDC", 1_000_000 * DOLLAR)]);
    let expiry = exchange.list_chain("BTC", example::DAYS as i64, &[example::STRIKE as u64]);
    assert_eq!(expiry.expires_at - exchange.chain.now(), 30 * 86_400, "the example has exactly 30 days");
    let call = exchange.option(&expiry, example::STRIKE as u64, OptionKind::Call);
    let mark = exchange.mark("BTC", call);
    let legs = [
        exchange.leg("BTC", call, -BITCOIN, mark),
        exchange.leg("BTC", Contract::PERPETUAL, 2 * BITCOIN / 5, example::PERPETUAL_PRICE as u64 * 100),
    ];
    exchange.trade(&trader, &maker, &legs).expect("the trade is accepted");
    (trader, mark)
}

/// What the engine says, in µUSD unless the name says otherwise.
fn engine_results(report: &MarginReport, mark: u64) -> Value {
    let own = report.modes[Mode::Portfolio as usize];
    let market = report.markets[0];
    json!({
        "call_mark_cents": mark,
        "cash": report.cash,
        "collateral": report.collateral,
        "options": report.options,
        "linear_profit": report.linear_profit,
        "equity": report.equity,
        "initial_haircut": report.initial_haircut,
        "maintenance_haircut": report.maintenance_haircut,
        "uncounted_gain": report.uncounted_gain,
        "unwithdrawable": report.unwithdrawable,
        "gross_notional": report.gross_notional,
        "binding_row": market.binding_row,
        "binding_node": market.binding_node,
        "scan_loss": own.scan_loss,
        "naked_short_charge": own.naked_short_charge,
        "linear_charge": own.linear_charge,
        "confidence_charge": own.confidence_charge,
        "concentration_charge": own.concentration_charge,
        "initial_requirement": own.initial_requirement,
        "maintenance_requirement": own.maintenance_requirement,
        "initial_excess": own.initial_excess,
        "maintenance_excess": own.maintenance_excess,
        "withdrawal_excess": own.withdrawal_excess,
        "delta": market.delta,
        "gamma": market.gamma,
        "vega": market.vega,
        "theta": market.theta,
        "rho": market.rho,
        "isolated_scan_loss": report.modes[Mode::Isolated as usize].scan_loss,
        "isolated_initial_requirement": report.modes[Mode::Isolated as usize].initial_requirement,
        "isolated_initial_excess": report.modes[Mode::Isolated as usize].initial_excess,
    })
}

/// The complementary error function: Maclaurin series of its complement below 2.5, Laplace's continued fraction beyond.
fn erfc(x: f64) -> f64 {
    if x < 0.0 {
        return 2.0 - erfc(-x);
    }
    if x < 2.5 {
        let (mut term, mut sum, mut n) = (x, x, 0.0);
        while f64::abs(term) > 1e-18 {
            n += 1.0;
            term *= -x * x / n;
            sum += term / (2.0 * n + 1.0);
        }
        return 1.0 - 2.0 / std::f64::consts::PI.sqrt() * sum;
    }
    let fraction = (1..=120).rev().fold(0.0, |fraction, k| f64::from(k) / 2.0 / (x + fraction));
    (-x * x).exp() / std::f64::consts::PI.sqrt() / (x + fraction)
}

/// Standard normal distribution.
fn distribution(x: f64) -> f64 {
    erfc(-x / std::f64::consts::SQRT_2) / 2.0
}

/// Standard normal density.
fn density(x: f64) -> f64 {
    (-x * x / 2.0).exp() / std::f64::consts::TAU.sqrt()
}

/// The example in floating point, USD.
struct Model {
    years: f64,
    forward: f64,
    discount: f64,
    /// σ√T of the strike.
    deviation: f64,
}

impl Model {
    fn new() -> Self {
        let years = example::DAYS / 365.0;
        let forward = example::INDEX * (example::CARRY * years).exp();
        let theta = example::VOLATILITY.powi(2) * years;
        let phi_k = example::CURVATURE / theta.sqrt() * (example::STRIKE / forward).ln();
        let tilt = example::TILT;
        let variance = theta / 2.0 * (1.0 + tilt * phi_k + ((phi_k + tilt).powi(2) + 1.0 - tilt * tilt).sqrt());
        Self { years, forward, discount: (-example::RATE * years).exp(), deviation: variance.sqrt() }
    }

    fn volatility(&self) -> f64 {
        self.deviation / self.years.sqrt()
    }

    fn d1(&self) -> f64 {
        (self.forward / example::STRIKE).ln() / self.deviation + self.deviation / 2.0
    }

    /// The call at a moved index, with volatility times a factor.
    fn call(&self, price_factor: f64, volatility_factor: f64) -> f64 {
        let (forward, deviation) = (self.forward * price_factor, self.deviation * volatility_factor);
        let d1 = (forward / example::STRIKE).ln() / deviation + deviation / 2.0;
        self.discount * (forward * distribution(d1) - example::STRIKE * distribution(d1 - deviation))
    }

    /// Profit of the short call and of the long perpetual. The term factor of 30 days is one, and what the account owes
    /// in a scenario counts undiscounted.
    fn profits(&self, price_move: f64, volatility_factor: f64) -> (f64, f64) {
        let call = self.call(1.0, 1.0) - self.call(1.0 + price_move, volatility_factor) / self.discount;
        (call, example::PERPETUAL * example::INDEX * price_move)
    }

    fn profit(&self, price_move: f64, volatility_factor: f64) -> f64 {
        let (call, perpetual) = self.profits(price_move, volatility_factor);
        call + perpetual
    }

    /// Rows up, flat and down of the core grid, and the tails before their weights.
    fn scenarios(&self) -> ([[f64; 9]; 3], [f64; 8]) {
        let rows = [1.5, 1.0, 0.7].map(|factor| example::CORE_MOVES.map(|price_move| self.profit(price_move, factor)));
        (rows, example::TAILS.map(|(price_move, _)| self.profit(price_move, 1.5)))
    }

    fn scan_loss(&self) -> f64 {
        let (rows, tails) = self.scenarios();
        let core = rows.iter().flatten().copied().fold(0.0, f64::min);
        -tails.iter().zip(example::TAILS).map(|(profit, (_, weight))| profit * weight).fold(core, f64::min)
    }

    /// Delta, gamma, vega, theta and rho of the account, in the units of the report.
    fn greeks(&self) -> [f64; 5] {
        let (forward, years, d1) = (self.forward, self.years, self.d1());
        let paid = self.discount * forward;
        [
            example::PERPETUAL * example::INDEX - paid * distribution(d1),
            -paid * density(d1) / self.deviation / 100.0,
            -paid * density(d1) * years.sqrt() / 100.0,
            paid * density(d1) * self.deviation / (2.0 * years) / 365.0,
            -self.discount * example::STRIKE * distribution(d1 - self.deviation) * years / 100.0,
        ]
    }
}

fn cents(dollars: f64) -> i64 {
    (dollars * 100.0).round() as i64
}

/// Cents as the document writes them: 1,234.56, with a minus sign that is one.
fn written(cents: i64) -> String {
    let digits = (cents.unsigned_abs() / 100).to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{}{grouped}.{:02}", if cents < 0 { "−" } else { "" }, cents.unsigned_abs() % 100)
}

/// Per cent with its sign.
fn written_move(price_move: f64) -> String {
    let percent = (price_move * 100.0).round() as i64;
    let sign = match percent.signum() {
        -1 => "−",
        0 => "",
        _ => "+",
    };
    format!("{sign}{} %", percent.unsigned_abs())
}

/// The document's table of core scenarios.
fn core_table(model: &Model) -> String {
    let (rows, _) = model.scenarios();
    let mut table = String::from("| node | index | volatility up | flat | down |\n|---|---|---|---|---|\n");
    for (node, price_move) in example::CORE_MOVES.into_iter().enumerate() {
        let _ = write!(table, "| {node} | {} |", written_move(price_move));
        for row in rows {
            let _ = write!(table, " {} |", written(cents(row[node])));
        }
        table.push('\n');
    }
    table
}

/// The document's table of tails, with the binding scenario in bold.
fn tail_table(model: &Model, binding_node: u8) -> String {
    let mut table = String::from("| node | index | P&L | weight | weighted |\n|---|---|---|---|---|\n");
    let (_, tails) = model.scenarios();
    for ((profit, (price_move, weight)), node) in tails.into_iter().zip(example::TAILS).zip(9..) {
        let bold = if node == binding_node { "**" } else { "" };
        let _ = writeln!(
            table,
            "| {bold}{node}{bold} | {bold}{}{bold} | {bold}{}{bold} | {bold}{weight}{bold} | {bold}{}{bold} |",
            written_move(price_move),
            written(cents(profit)),
            written(cents(profit * weight)),
        );
    }
    table
}

/// The document's machine-readable block.
fn documented() -> Value {
    let (_, rest) = DOCUMENT.split_once("```json\n").expect("the document has a machine-readable block");
    let (block, _) = rest.split_once("```").expect("the block ends");
    serde_json::from_str(block).expect("the block is JSON")
}

#[track_caller]
fn assert_shown(text: &str) {
    assert!(DOCUMENT.contains(text), "docs/margin-model.md should contain:\n{text}");
}

#[test]
fn the_engine_computes_the_documented_results() {
    let mut exchange = standard();
    let (trader, mark) = open(&mut exchange);
    let report = exchange.assess(&trader);
    assert_eq!(report, exchange.preview(&trader));
    let computed = engine_results(&report, mark);
    assert!(documented() == computed, "docs/margin-model.md should say:\n{computed:#}");
    // Every amount also stands in the text, rounded to the cent.
    for (name, amount) in computed.as_object().expect("an object") {
        let amount = amount.as_i64().expect("an amount");
        let in_cents = if name.ends_with("_cents") { amount } else { cents(amount as f64 / DOLLAR as f64) };
        if !name.starts_with("binding") {
            assert_shown(&written(in_cents));
        }
    }
}

#[test]
fn the_documented_scenarios_are_those_of_the_model() {
    let mut exchange = standard();
    let (trader, _) = open(&mut exchange);
    let binding = exchange.assess(&trader).markets[0].binding_node;
    let model = Model::new();
    assert_shown(&core_table(&model));
    assert_shown(&tail_table(&model, binding));
    let (call, perpetual) = model.profits(example::TAILS[usize::from(binding) - 9].0, 1.5);
    for amount in [model.forward, model.call(1.0, 1.0), call, perpetual] {
        assert_shown(&written(cents(amount)));
    }
    for number in [model.discount, model.volatility(), model.deviation, model.d1(), model.d1() - model.deviation] {
        assert_shown(&format!("{number:.6}").replace('-', "−"));
    }
}

#[test]
fn the_engine_agrees_with_the_model_to_the_cent() {
    let mut exchange = standard();
    let (trader, mark) = open(&mut exchange);
    let report = exchange.assess(&trader);
    let model = Model::new();
    let dollars = |amount: i64| amount as f64 / DOLLAR as f64;

    let call = model.call(1.0, 1.0);
    assert!((mark as f64 / 100.0 - call).abs() <= 0.006, "mark {mark}, model {call}");
    // Rounded and bounded against the account: what it owes up, what it may lose up, each by at most a cent.
    let owed = -dollars(report.options) - call;
    assert!((0.0..=0.01).contains(&owed), "options exceed the model by {owed}");
    let caution = dollars(report.modes[2].scan_loss) - model.scan_loss();
    assert!((0.0..=0.01).contains(&caution), "the scan loss exceeds the model by {caution}");
    let market = report.markets[0];
    let greeks = [market.delta, market.gamma, market.vega, market.theta, market.rho].map(dollars);
    for (computed, exact) in greeks.into_iter().zip(model.greeks()) {
        assert!((computed - exact).abs() <= 0.05, "{computed}, model {exact}");
    }

    // The totals, from the document's rules and the defaults.
    let premium = mark as f64 / 100.0;
    let collateral = example::COLLATERAL * example::INDEX;
    let profit = example::PERPETUAL * (example::INDEX - example::PERPETUAL_PRICE);
    let equity = example::CASH + premium + collateral - call + profit;
    let linear = example::PERPETUAL * example::INDEX;
    let maintenance_charge = 0.003 * example::INDEX + 0.03 * linear;
    let initial_charge = 0.002 * example::INDEX + 0.01 * linear;
    let initial_requirement = model.scan_loss() + maintenance_charge + initial_charge;
    // A calm token's haircut, and twice the confidence of its price.
    let haircut = 0.15 + 2.0 * example::CONFIDENCE;
    let initial = equity - 0.2 * profit - haircut * collateral - initial_requirement;
    let maintenance = equity - 0.12 * collateral - 0.8 * model.scan_loss() - maintenance_charge;
    let withdrawal = initial - 0.8 * profit;
    let own = report.modes[Mode::Portfolio as usize];
    for (computed, exact) in [
        (report.equity, equity),
        (own.initial_requirement, initial_requirement),
        (own.initial_excess, initial),
        (own.maintenance_excess, maintenance),
        (own.withdrawal_excess, withdrawal),
    ] {
        assert!((dollars(computed) - exact).abs() <= 0.05, "{}, model {exact}", dollars(computed));
    }
}

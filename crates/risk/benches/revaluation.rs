//! How long the engine takes on one core for the margin of a whole account in portfolio mode: 16, 32 and 64 options over
//! four markets and eight expiries, with perpetuals, futures and six kinds of collateral, every term of the model at the
//! parameters' defaults.
//!
//! `cargo bench --package ballast-risk` prints the time of each book, and what a sweep over a million accounts of its
//! size would take.

#![allow(missing_docs)]

use std::{
    cell::Cell,
    hint::black_box,
    time::{Duration, Instant},
};

use ballast_risk::{
    Margin, MicroUsd, Price, Ratio, SignedRatio,
    collateral::CollateralInput,
    margin::{GainLimits, MarginCalculation, MarginFactors},
    num,
    quantity::{Multiple, ValueScale},
    revaluation::{ChargeRates, ConcentrationRate, ExpiryInput, Group, MarketInput, MarketPass, Netting, Workspace},
    scenario::{
        BasisShock, CellMask, Discounts, GridShape, ScenarioDefinition, ScenarioSet, SkewShock, VolatilityShock,
    },
    surface::EssviSlice,
};
use bytemuck::Zeroable;
use criterion::{Criterion, criterion_group, criterion_main};

const MARKETS: u64 = 4;
const EXPIRIES_PER_MARKET: u64 = 2;
const COLLATERALS: u64 = 6;
const ACCOUNTS: u32 = 1_000_000;

struct HeldMarket {
    input: MarketInput,
    perpetual: i64,
    expiries: Vec<HeldExpiry>,
}

struct HeldExpiry {
    input: ExpiryInput,
    future: i64,
    options: Vec<HeldOption>,
}

struct HeldOption {
    strike: u64,
    log_strike: i64,
    calls: i64,
    puts: i64,
}

/// Each option has a strike of its own, which is the slowest case, and long and short alternate, so that every term has
/// something to do. A perpetual and a future accompany the options of each market and expiry.
fn book(options: u64) -> Vec<HeldMarket> {
    let per_expiry = options / (MARKETS * EXPIRIES_PER_MARKET);
    (0..MARKETS)
        .map(|market| {
            let price = 10_000_000 + market * 1_234_567;
            let expiries = (0..EXPIRIES_PER_MARKET).map(|place| HeldExpiry {
                input: expiry(7 * 86_400 * (1 + market + 4 * place)),
                future: if place == 0 { 300 } else { -200 },
                options: (0..per_expiry).map(|number| option(price, number, per_expiry)).collect(),
            });
            HeldMarket { input: market_input(price), perpetual: -500, expiries: expiries.collect() }
        })
        .collect()
}

fn option(price: u64, number: u64, count: u64) -> HeldOption {
    // From 70 % to 130 % of the index.
    let strike = price * 7 / 10 + price * 6 / 10 * number / count.max(2).wrapping_sub(1);
    let lots = if number.is_multiple_of(2) { -1_500 } else { 2_000 };
    let (calls, puts) = if number % 4 < 2 { (lots, 0) } else { (0, lots) };
    HeldOption { strike, log_strike: num::ln_q40(strike), calls, puts }
}

fn expiry(seconds: u64) -> ExpiryInput {
    // 60 % of volatility: θ = 0.36·T, ψ = 0.5·√θ, ρ = −0.3.
    let seconds = u32::try_from(seconds).expect("below a century");
    let root_q28 = num::sqrt_years_q28(seconds);
    let theta_q40 = ((root_q28 * root_q28) >> 16) * 36 / 100;
    let slice = EssviSlice { theta_q40, rho_q29: -(1 << 29) / 10 * 3, psi_q40: (root_q28 << 12) * 3 / 10 };
    ExpiryInput {
        seconds,
        basis: SignedRatio::from_millionths(4_000),
        rate: SignedRatio::from_millionths(40_000),
        surface: slice.to_raw().expect("a smile without arbitrage"),
        surface_sqrt_time: root_q28,
        widening: Ratio::ONE,
        quality: Ratio::from_millionths(400_000),
        average: 0,
        fixed_share: 0,
    }
}

/// All terms in use: the quality of the price is below the threshold of its charge, too.
fn market_input(price: u64) -> MarketInput {
    let ratio = Ratio::from_millionths;
    let tails = [340_000, 670_000, 1_500_000, 2_000_000, 3_000_000, 4_000_000, 5_000_000, 6_000_000];
    let tails = tails.map(Multiple::from_millionths);
    let weights = [210_000, 420_000, 277_200, 138_600, 69_300, 46_200, 34_650, 27_720];
    let shape = GridShape { core_nodes: 9, tail_nodes: tails.len() };
    let scenarios = ScenarioSet::new(&ScenarioDefinition {
        core_nodes: 9,
        scan_range: ratio(160_000),
        tails: &tails,
        cells: CellMask::full(shape),
        basis_down: ratio(45_000),
        basis_up: ratio(45_000),
    });
    let concentration =
        ConcentrationRate { free: MicroUsd(1_000_000_000_000), slope: ratio(100_000), cap: ratio(100_000) };
    MarketInput {
        price: Price::new(price).expect("a price in range"),
        log_price: num::ln_q40(price),
        scale: ValueScale::new(2, 3).expect("decimals in range"),
        perpetual_basis: SignedRatio::from_millionths(500),
        scenarios: scenarios.expect("scenarios in range"),
        tail_weights: weights.map(ratio),
        volatility: VolatilityShock {
            up: ratio(500_000),
            down: ratio(300_000),
            up_shift: Ratio::ZERO,
            down_shift: Ratio::ZERO,
            up_floor: ratio(400_000),
            exponent_near: ratio(300_000),
            exponent_far: ratio(130_000),
            floor_seconds: 86_400,
        },
        skew: SkewShock {
            linear: true,
            absolute: true,
            discounted: false,
            base: ratio(60_000),
            scale: ratio(100_000),
            width_floor: ratio(10_000),
            width: Multiple::from_millionths(4_000_000),
            volatility: ratio(500_000),
            volatility_per_root: Ratio::ZERO,
        },
        basis: BasisShock { add: ratio(500_000), per_year: ratio(2_000_000) },
        discounts: Discounts {
            base_long: Ratio::ONE,
            base_short: Ratio::ONE,
            rate_long: Ratio::ONE,
            rate_short: Ratio::ONE,
            add_long: Ratio::ZERO,
            add_short: Ratio::ZERO,
        },
        charges: ChargeRates {
            naked_short_maintenance: ratio(3_000),
            naked_short_initial: ratio(2_000),
            linear_maintenance: ratio(30_000),
            linear_initial: ratio(10_000),
            confidence_threshold: ratio(550_000),
            confidence_rate: ratio(50_000),
            delta_concentration: concentration,
            vega_concentration: concentration,
        },
        quality: ratio(400_000),
        maintenance_share: ratio(900_000),
        hedge_value: MicroUsd(1_000_000_000),
    }
}

fn collateral(number: u64) -> CollateralInput {
    let price = |ticks| Price::new(ticks).expect("a price in range");
    CollateralInput {
        amount: 1_000_000_000 * (number + 1),
        hedge: 1_000_000,
        price: price(14_000_000_000),
        price_decimals: 8,
        token_decimals: 9,
        initial_price: price(13_900_000_000),
        initial_haircut: Ratio::from_millionths(150_000),
        maintenance_haircut: Ratio::from_millionths(75_000),
        initial_liquidity_haircut: Ratio::from_millionths(20_000),
        maintenance_liquidity_haircut: Ratio::from_millionths(10_000),
        stale: false,
    }
}

/// The margin of a book as the program computes it, marks and scenarios of every position from the market's data on.
fn margin(book: &[HeldMarket], workspace: &mut Workspace) -> Margin {
    let factors = MarginFactors { maintenance: Ratio::from_millionths(800_000), initial: Ratio::ONE };
    let limits = GainLimits {
        weight: Ratio::from_millionths(800_000),
        cap: MicroUsd(250_000_000_000),
        option_premium: MicroUsd::ZERO,
        vested_option_gain: MicroUsd::ZERO,
    };
    let mut calculation = MarginCalculation::begin(factors, MicroUsd(100_000_000_000), workspace);
    let group = Group { index: 0, window: 2, gain_allowance: Ratio::from_millionths(600_000) };
    for market in book {
        let mut pass = MarketPass::begin(&market.input, Netting::Together, workspace);
        pass.perpetual(market.perpetual, 0).expect("in range");
        for held in &market.expiries {
            let valuation = pass.begin_expiry(&held.input).expect("in range");
            pass.future(&valuation, held.future, 0).expect("in range");
            for option in &held.options {
                let strike = valuation.strike(option.strike, option.log_strike);
                pass.option(&valuation, &strike, option.calls, option.puts).expect("in range");
            }
            pass.end_expiry(&valuation).expect("in range");
        }
        calculation.add_market(&pass.finish(Some(&group)).expect("in range"), &limits);
    }
    for number in 0..COLLATERALS {
        calculation.add_collateral(&collateral(number).value().expect("in range"));
    }
    calculation.finish(workspace)
}

fn measure(criterion: &mut Criterion) {
    let mut workspace = Workspace::zeroed();
    for options in [16, 32, 64] {
        let book = book(options);
        let measured = Cell::new((Duration::ZERO, 0));
        criterion.bench_function(&format!("margin of {options} options"), |bencher| {
            bencher.iter_custom(|iterations| {
                let started = Instant::now();
                for _ in 0..iterations {
                    black_box(margin(black_box(&book), &mut workspace));
                }
                let elapsed = started.elapsed();
                let (time, count) = measured.get();
                measured.set((time + elapsed, count + iterations));
                elapsed
            });
        });
        let (time, iterations) = measured.get();
        let nanoseconds = time.as_nanos() * u128::from(ACCOUNTS) / u128::from(iterations.max(1));
        let sweep = Duration::from_nanos(nanoseconds as u64);
        println!("sweep over {ACCOUNTS} accounts of {options} options on one core: {:.1} s\n", sweep.as_secs_f64());
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(3));
    targets = measure
}
criterion_main!(benches);

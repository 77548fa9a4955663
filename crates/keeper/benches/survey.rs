//! How many accounts one core margins in a second, as the keeper does on every price change.
//! `cargo bench --package ballast-keeper --bench survey`
#![allow(clippy::float_arithmetic)]

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use ballast_client::liquidation::Valuer;
use ballast_harness::{defaults, shapes::Shape};
use ballast_risk::Mode;
use ballast_state::revaluation::{Moment, Purpose};

/// How long each size is measured.
const MEASURED: Duration = Duration::from_secs(3);

fn main() {
    println!("| options | markets | expiries | accounts per second and core |\n|---:|---:|---:|---:|");
    for shape in [Shape::options(4, 1, 1), Shape::options(16, 1, 1), Shape::full()] {
        let (exchange, trader) = shape.build(Mode::Portfolio, defaults::group());
        let (account, snapshot) = (exchange.account(&trader), exchange.snapshot());
        let moment = Moment { now: exchange.chain.now(), slot: exchange.chain.slot(), purpose: Purpose::Liquidation };
        let valuer = Valuer::new(&snapshot, moment);
        let started = Instant::now();
        let mut count = 0_u32;
        while started.elapsed() < MEASURED {
            let margin = valuer.margin(black_box(&account)).expect("the account can be valued");
            black_box(margin);
            count += 1;
        }
        let per_second = f64::from(count) / started.elapsed().as_secs_f64();
        let Shape { options, markets, expiries, .. } = shape;
        println!("| {options} | {markets} | {expiries} | {per_second:.0} |");
    }
}

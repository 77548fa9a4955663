//! What a full margin check costs, by the shape of the account.

use ballast_harness::{
    defaults,
    shapes::{CHECK_CEILING, CHECK_OF_16_CEILING, CHECK_OF_32_CEILING, Life, OPTION_CEILING, Shape, Strikes},
};
use ballast_risk::Mode;
use ballast_state::GroupParameters;
use serde::Serialize;

use crate::measurements::{COEFFICIENTS, Ceiling};

/// Compute units of the check of one account, in both ways of netting, and what the formula allows them.
#[derive(Serialize)]
pub struct CheckCost {
    pub account: String,
    pub portfolio: u64,
    pub portfolio_formula: u64,
    pub isolated: u64,
    pub isolated_formula: u64,
}

/// What one more of something costs, and what the formula allows it.
#[derive(Serialize)]
pub struct Marginal {
    pub each: &'static str,
    /// Default parameters, strikes around the index, weeks to expiry.
    pub usual: u64,
    /// The dearest parameters, strikes and times.
    pub dearest: u64,
    pub coefficient: u64,
}

/// Per cent of the index at which a strike is more than eight times above every forward.
const BEYOND: Strikes = Strikes::At(10_000);

/// The ceilings: of accounts in one market, of the largest that is meant to be usual, and of what one more option in it
/// costs.
pub fn ceilings() -> Vec<Ceiling> {
    let full = cost(Shape::full(), Mode::Portfolio);
    let half = cost(Shape { options: 32, ..Shape::full() }, Mode::Portfolio);
    vec![
        Ceiling {
            account: "16 options in one market",
            compute_units: cost(Shape::options(16, 1, 1), Mode::Portfolio),
            ceiling: CHECK_OF_16_CEILING,
        },
        Ceiling {
            account: "32 options in one market",
            compute_units: cost(Shape::options(32, 1, 1), Mode::Portfolio),
            ceiling: CHECK_OF_32_CEILING,
        },
        Ceiling {
            account: "64 options over four markets and eight expiries, six banks",
            compute_units: full,
            ceiling: CHECK_CEILING,
        },
        Ceiling {
            account: "each of the last 32 options of it",
            compute_units: (full - half).div_ceil(32),
            ceiling: OPTION_CEILING,
        },
    ]
}

/// Checks of many shapes.
pub fn measure() -> Vec<CheckCost> {
    let mut shapes: Vec<(String, Shape)> = vec![("nothing but cash".to_owned(), empty())];
    for options in [1, 8, 16, 32, 64] {
        let plural = if options == 1 { "" } else { "s" };
        shapes.push((format!("{options} option{plural}, 1 expiry, 1 market"), Shape::options(options, 1, 1)));
    }
    let of_32 = |expiries, markets| Shape::options(32, expiries, markets);
    let soon = |shape| Shape { life: Life::Minutes, ..shape };
    let rich = |shape| Shape { collaterals: 16, ..shape };
    let largest = rich(Shape::options(64, 64, 8));
    let others = [
        ("32 options, 4 expiries, 1 market", of_32(4, 1)),
        ("32 options, 4 expiries, 4 markets", of_32(4, 4)),
        ("64 options, 8 expiries, 2 markets", Shape::options(64, 8, 2)),
        ("64 options, 8 expiries, 4 markets, 6 collaterals", Shape::full()),
        ("1 perpetual", Shape { markets: 1, perpetuals: true, ..empty() }),
        ("8 perpetuals in 8 markets", Shape { markets: 8, perpetuals: true, ..empty() }),
        ("12 futures, 12 expiries, 1 market", Shape { expiries: 12, markets: 1, futures: true, ..empty() }),
        (
            "30 options, 4 futures, 2 perpetuals, 4 expiries, 2 markets",
            Shape { perpetuals: true, futures: true, ..Shape::options(30, 4, 2) },
        ),
        ("4 collaterals", Shape { collaterals: 4, ..empty() }),
        ("16 collaterals", rich(empty())),
        ("32 options, 4 expiries, 4 markets, 4 collaterals", Shape { collaterals: 4, ..of_32(4, 4) }),
        ("the same, 3 of the collaterals declared hedges", Shape { collaterals: 4, hedged: true, ..of_32(4, 4) }),
        ("32 options, calls and puts of 16 strikes, 1 market", Shape { strikes: Strikes::Pairs, ..of_32(1, 1) }),
        ("32 options, 1/32 to 17 times the index, 1 market", Shape { strikes: Strikes::Far, ..of_32(1, 1) }),
        ("32 options, 100 times the index, 1 market", Shape { strikes: BEYOND, ..of_32(1, 1) }),
        ("32 options, 4 expiries, 1 market, averaging", soon(of_32(4, 1))),
        ("64 options, 8 expiries, 2 markets, averaging", soon(Shape::options(64, 8, 2))),
        ("32 options, 4 expiries, 1 market, expired", Shape { life: Life::Over, ..of_32(4, 1) }),
        ("64 options, 8 expiries, 2 markets, 16 collaterals", rich(Shape::options(64, 8, 2))),
        ("64 options, 64 expiries, 8 markets, 16 collaterals", largest),
        ("the same, averaging", soon(largest)),
    ];
    shapes.extend(others.map(|(name, shape)| (name.to_owned(), shape)));
    shapes.into_iter().map(|(account, shape)| check_cost(account, shape)).collect()
}

/// Differences between checks, next to the coefficients of the formula.
pub fn marginals() -> Vec<Marginal> {
    COEFFICIENTS
        .into_iter()
        .zip(differences())
        .map(|((each, coefficient), [usual, dearest])| Marginal {
            each,
            usual: usual.measure(defaults::group()),
            dearest: dearest.measure(defaults::largest_grid()),
            coefficient: u64::from(coefficient),
        })
        .collect()
}

/// Two accounts that differ in `count` of something.
struct Difference {
    mode: Mode,
    less: Option<Shape>,
    more: Shape,
    count: u64,
}

impl Difference {
    /// What one of it costs, rounded up.
    fn measure(&self, group: GroupParameters) -> u64 {
        let less = self.less.map_or(0, |shape| cost_with(shape, self.mode, group));
        (cost_with(self.more, self.mode, group) - less).div_ceil(self.count)
    }
}

fn difference(mode: Mode, less: Shape, more: Shape, count: u64) -> Difference {
    Difference { mode, less: Some(less), more, count }
}

/// The usual and the dearest case of every coefficient, in the order of [`COEFFICIENTS`].
fn differences() -> [[Difference; 2]; 7] {
    use Mode::{Isolated, Portfolio};
    let options = Shape::options;
    let beyond = |count| Shape { strikes: BEYOND, life: Life::Years, ..options(count, 1, 1) };
    let soon = |shape| Shape { life: Life::Minutes, ..shape };
    let with_futures = |shape| Shape { futures: true, ..shape };
    let with_collaterals = |collaterals, shape| Shape { collaterals, ..shape };
    let hedged = |shape| Shape { hedged: true, ..with_collaterals(3, shape) };
    let base = |mode| Difference { mode, less: None, more: empty(), count: 1 };
    [
        [base(Portfolio), base(Isolated)],
        [
            difference(Portfolio, options(16, 1, 1), options(32, 1, 1), 16),
            difference(Portfolio, beyond(16), beyond(32), 16),
        ],
        [
            difference(Isolated, options(16, 1, 1), options(32, 1, 1), 16),
            difference(Isolated, beyond(16), beyond(32), 16),
        ],
        [
            difference(Portfolio, options(12, 12, 1), with_futures(options(12, 12, 1)), 12),
            difference(Isolated, options(12, 12, 1), with_futures(options(12, 12, 1)), 12),
        ],
        [
            difference(Portfolio, options(12, 1, 1), options(12, 12, 1), 11),
            difference(Portfolio, soon(options(12, 1, 1)), soon(options(12, 12, 1)), 11),
        ],
        [
            difference(Portfolio, options(12, 3, 1), options(12, 3, 3), 2),
            // From one hedged market to three.
            difference(Isolated, soon(hedged(options(12, 3, 1))), soon(hedged(options(12, 3, 3))), 2),
        ],
        [
            difference(Portfolio, empty(), with_collaterals(4, empty()), 4),
            difference(Portfolio, with_collaterals(4, empty()), with_collaterals(16, empty()), 12),
        ],
    ]
}

/// An account that holds nothing but cash.
fn empty() -> Shape {
    Shape::default()
}

fn check_cost(account: String, shape: Shape) -> CheckCost {
    let of = |mode| {
        let (mut exchange, trader) = shape.build(mode, defaults::group());
        (exchange.check_cost(&trader), exchange.check_bound(&trader))
    };
    let ((portfolio, portfolio_formula), (isolated, isolated_formula)) = (of(Mode::Portfolio), of(Mode::Isolated));
    CheckCost { account, portfolio, portfolio_formula, isolated, isolated_formula }
}

fn cost(shape: Shape, mode: Mode) -> u64 {
    cost_with(shape, mode, defaults::group())
}

/// Compute units of the check of an account in markets of a group with these parameters.
pub fn cost_with(shape: Shape, mode: Mode, group: GroupParameters) -> u64 {
    let (mut exchange, trader) = shape.build(mode, group);
    exchange.check_cost(&trader)
}

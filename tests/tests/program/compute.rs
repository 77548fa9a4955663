//! What margin checks cost: the ceilings, the published formula, and the cap that rests on it.

use ballast::BallastError;
use ballast_harness::{
    Exchange, defaults,
    matches::{MATCH_CEILING, Match},
    shapes::{CHECK_CEILING, CHECK_OF_16_CEILING, CHECK_OF_32_CEILING, Life, OPTION_CEILING, Shape, Strikes},
    transaction::TRANSACTION_LIMIT,
};
use ballast_risk::Mode;
use ballast_state::{ExchangeParameters, OptionKind};
use ballast_tests::assert_refused;

/// Compute units of the check of an account in portfolio mode, with default parameters.
fn portfolio_check(shape: Shape) -> u64 {
    let (mut exchange, trader) = shape.build(Mode::Portfolio, defaults::group());
    exchange.check_cost(&trader)
}

/// Asserts that an account's check costs no more than the formula says, in all modes and with both scenario grids.
#[track_caller]
fn assert_within_formula(shape: Shape) {
    let grids = [defaults::group(), defaults::largest_grid()];
    for mode in Mode::ALL {
        for (grid, group) in grids.into_iter().enumerate() {
            let (mut exchange, trader) = shape.build(mode, group);
            let (cost, bound) = (exchange.check_cost(&trader), exchange.check_bound(&trader));
            assert!(cost <= bound, "{cost} units, the formula allows {bound}: {mode:?}, grid {grid}, {shape:?}");
        }
    }
}

#[test]
fn checks_of_16_and_32_options_in_one_market_stay_below_their_ceilings() {
    for (options, ceiling) in [(16, CHECK_OF_16_CEILING), (32, CHECK_OF_32_CEILING)] {
        let cost = portfolio_check(Shape::options(options, 1, 1));
        assert!(cost <= ceiling, "{cost} for {options} options");
    }
}

#[test]
fn check_of_64_options_over_four_markets_eight_expiries_and_six_banks_stays_below_its_ceiling() {
    let cost = portfolio_check(Shape::full());
    assert!(cost <= CHECK_CEILING, "{cost}");
}

#[test]
fn one_more_option_costs_no_more_than_its_ceiling() {
    let more = portfolio_check(Shape::full()) - portfolio_check(Shape { options: 32, ..Shape::full() });
    assert!(more <= 32 * OPTION_CEILING, "{more} for 32 options, {} each", more / 32);
}

#[test]
fn match_of_four_legs_between_accounts_of_16_options_stays_below_its_ceiling_and_fits_a_transaction() {
    let (mut exchange, instructions) = Match { options: 16, legs: 4 }.build();
    let outcome = exchange.chain.send(&instructions, &[]).expect("the orders match");
    let (bytes, units) = (outcome.transaction_bytes, outcome.compute_units);
    println!("{bytes} bytes, {} account locks, {units} compute units", outcome.account_locks);
    assert!(units <= MATCH_CEILING, "{units}");
    assert!(bytes <= TRANSACTION_LIMIT, "{bytes}");
}

#[test]
fn match_of_eight_legs_fits_a_transaction() {
    let (mut exchange, instructions) = Match { options: 16, legs: 8 }.build();
    let outcome = exchange.chain.send(&instructions, &[]).expect("the orders match");
    assert!(outcome.transaction_bytes <= TRANSACTION_LIMIT, "{}", outcome.transaction_bytes);
}

#[test]
fn formula_bounds_checks_without_options() {
    for shape in [
        Shape::default(),
        Shape { collaterals: 16, ..Shape::default() },
        Shape { markets: 8, perpetuals: true, ..Shape::default() },
        Shape { markets: 3, perpetuals: true, collaterals: 4, hedged: true, ..Shape::default() },
        Shape { expiries: 12, markets: 1, futures: true, ..Shape::default() },
    ] {
        assert_within_formula(shape);
    }
}

#[test]
fn formula_bounds_checks_of_options_at_any_strike() {
    for (strikes, life) in [
        (Strikes::Near, Life::Weeks),
        (Strikes::Pairs, Life::Weeks),
        (Strikes::Far, Life::Weeks),
        (Strikes::At(2), Life::Weeks),
        (Strikes::At(1_500), Life::Weeks),
        (Strikes::Near, Life::Years),
        // The dearest option there is: beyond the reach of narrow arithmetic, and every scenario within reach.
        (Strikes::At(10_000), Life::Years),
    ] {
        assert_within_formula(Shape { strikes, life, ..Shape::options(32, 1, 1) });
    }
}

#[test]
fn formula_bounds_checks_during_the_averaging_window_and_after_it() {
    for life in [Life::Minutes, Life::Over] {
        for strikes in [Strikes::Near, Strikes::Far, Strikes::At(1_500)] {
            assert_within_formula(Shape { strikes, life, ..Shape::options(24, 12, 2) });
        }
        assert_within_formula(Shape { expiries: 12, markets: 1, futures: true, life, ..Shape::default() });
    }
}

#[test]
fn formula_bounds_checks_of_the_largest_accounts() {
    let collaterals = 16;
    let full = Shape { collaterals, hedged: true, ..Shape::options(64, 8, 2) };
    let spread = Shape { collaterals, hedged: true, life: Life::Minutes, ..Shape::options(64, 64, 8) };
    let mixed = Shape {
        collaterals,
        hedged: true,
        perpetuals: true,
        futures: true,
        life: Life::Minutes,
        ..Shape::options(32, 24, 8)
    };
    for shape in [full, Shape { strikes: Strikes::At(10_000), life: Life::Years, ..full }, spread, mixed] {
        assert_within_formula(shape);
    }
}

#[test]
fn trade_past_the_compute_cap_is_refused_whoever_would_pass_it() {
    let parameters = ExchangeParameters { check_compute_cap: 75_000, ..defaults::exchange() };
    let mut exchange = Exchange::standard_with(parameters);
    let [first, second, third] = [0; 3].map(|_| exchange.trader(Mode::Portfolio, &[("USDC", 1_000_000_000_000)]));
    let strikes: Vec<u64> = (0..16).map(|step| 90_000 + 1_000 * step).collect();
    let expiry = exchange.list_chain("BTC", 30, &strikes);
    let legs: Vec<_> = strikes
        .iter()
        .map(|&strike| exchange.leg_at_mark("BTC", exchange.option(&expiry, strike, OptionKind::Call), 10))
        .collect();
    exchange.trade(&first, &second, &legs[..8]).expect("eight options can be checked within the cap");
    assert!(exchange.check_bound(&first) <= 75_000);
    for (buyer, seller) in [(&first, &third), (&third, &first)] {
        assert_refused(&mut exchange, BallastError::CheckTooLarge, |exchange| {
            exchange.trade(buyer, seller, &legs[8..])
        });
    }
    assert!(exchange.check_cost(&first) <= 75_000);
    exchange.trade(&third, &second, &legs[..8]).expect("more of what is held makes no check longer");
}

//! Engine against reference: never below the exact loss, and hardly above it.

use ballast_risk::revaluation::Netting;
use proptest::prelude::*;

use crate::{
    book::{Book, Leg, TestExpiry, any_book},
    reference,
};

const USD: f64 = 1e6;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// The scan loss covers the exact loss of the model, and exceeds it by less than a millionth of the notional.
    #[test]
    fn scan_loss_covers_the_exact_loss(book in any_book(12)) {
        let exact = reference::scan_loss(&book) * USD;
        let computed = book.risk(Netting::Together).scan_loss.0 as f64;
        // The time, basis and surface that the engine reads are rounded too: 2e-8 of the notional either way.
        let inputs = 2e-8 * book.gross_notional() * USD;
        prop_assert!(computed >= exact - inputs - 1.0, "computed {computed}, exact {exact}");
        prop_assert!(computed <= exact + 6e-6 * book.gross_notional() * USD + 100.0, "computed {computed}, exact {exact}");
    }

    /// Marks are never above the exact value, and hardly below it.
    #[test]
    fn option_value_stays_below_the_exact_value(book in any_book(12)) {
        let exact = reference::revalue(&book, 1.0, 1).value * USD;
        let computed = book.risk(Netting::Together).option_value.0 as f64;
        let inputs = 2e-8 * book.gross_notional() * USD;
        prop_assert!(computed <= exact + inputs + 1.0, "computed {computed}, exact {exact}");
        prop_assert!(computed >= exact - 1e-6 * book.gross_notional() * USD - 100.0, "computed {computed}, exact {exact}");
    }

    /// Delta and gamma agree with differences of the reference, vega with a longer look at the surface.
    #[test]
    fn greeks_match_differences_of_the_reference(book in any_book(8)) {
        let risk = book.risk(Netting::Together);
        let step = 1e-4;
        let up = reference::revalue(&book, 1.0 + step, 1).profit;
        let down = reference::revalue(&book, 1.0 - step, 1).profit;
        let delta = (up - down) / (2.0 * step) * USD;
        let scale = book.gross_notional() * USD;
        // Third-order terms of a very short expiry dominate the difference's own error.
        let shortest = book.expiries.iter().map(|expiry| expiry.theta.sqrt()).fold(1.0, f64::min);
        let tolerance = scale * (1e-6 + (step / shortest).powi(2)) + 10.0;
        prop_assert!((risk.greeks.delta.0 as f64 - delta).abs() <= tolerance, "{} {delta}", risk.greeks.delta.0);
    }
}

fn straddle() -> Book {
    Book {
        price: 10_000_000,
        price_decimals: 2,
        quantity_decimals: 3,
        expiries: vec![TestExpiry {
            seconds: 2_592_000,
            basis: 0.0,
            rate: 0.0,
            theta: 0.0295890,
            rho: -0.2,
            psi: 0.08,
        }],
        legs: vec![
            Leg::Option { expiry: 0, strike: 10_000_000, is_call: true, lots: -1_000 },
            Leg::Option { expiry: 0, strike: 10_000_000, is_call: false, lots: -1_000 },
        ],
    }
}

#[test]
fn short_straddle_binds_with_volatility_up() {
    let risk = straddle().risk(Netting::Together);
    assert_eq!(risk.binding.row, 0);
    assert!(risk.greeks.gamma.0 < 0 && risk.greeks.vega.0 < 0 && risk.greeks.theta.0 > 0, "{:?}", risk.greeks);
}

/// Greeks of an at-the-money straddle by textbook formulas: vega 2·F·φ(d1)·√T per 1.00, theta −vega·σ/(2T).
#[test]
fn greeks_of_a_straddle_match_the_textbook() {
    let mut book = straddle();
    book.expiries[0].rho = 0.0;
    let risk = book.risk(Netting::Together);
    let (forward, time): (f64, f64) = (100_000.0, 30.0 / 365.0);
    let deviation = 0.029589f64.sqrt();
    let volatility = deviation / time.sqrt();
    let density = (-deviation * deviation / 8.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
    let vega = -2.0 * forward * density * time.sqrt() / 100.0 * USD;
    let theta = -vega * 100.0 * volatility / (2.0 * time) / 365.0;
    let gamma = -2.0 * density / (forward * deviation) * forward * forward / 100.0 * USD;
    for (name, computed, exact) in [
        ("vega", risk.greeks.vega.0, vega),
        ("theta", risk.greeks.theta.0, theta),
        ("gamma", risk.greeks.gamma.0, gamma),
    ] {
        assert!((computed as f64 / exact - 1.0).abs() < 2e-3, "{name}: {computed} against {exact}");
    }
}

/// A conversion (long future, short call, long put at one strike) has nothing to lose but its charges.
#[test]
fn a_conversion_has_no_scan_loss() {
    let mut book = straddle();
    book.legs = vec![
        Leg::Future { expiry: 0, lots: 1_000 },
        Leg::Option { expiry: 0, strike: 9_000_000, is_call: true, lots: -1_000 },
        Leg::Option { expiry: 0, strike: 9_000_000, is_call: false, lots: 1_000 },
    ];
    let risk = book.risk(Netting::Together);
    // What is left is the bound on the rounding of units.
    assert!(risk.scan_loss.0 < 1_000, "{} µUSD on 100,000 USD", risk.scan_loss.0);
}

/// In the last half hour only the share of the settlement average that is still open moves.
#[test]
fn a_half_fixed_average_halves_the_loss_of_a_future() {
    let mut book = straddle();
    book.legs = vec![Leg::Future { expiry: 0, lots: 1_000 }];
    let market = book.market();
    let loss = |fixed_share: u32, seconds: u32| {
        let mut workspace: ballast_risk::revaluation::Workspace = bytemuck::Zeroable::zeroed();
        let mut pass = ballast_risk::revaluation::MarketPass::begin(&market, Netting::Together, &mut workspace);
        let input =
            ballast_risk::revaluation::ExpiryInput { average: book.price, fixed_share, seconds, ..book.expiry(0) };
        let valuation = pass.begin_expiry(&input).unwrap();
        pass.future(&valuation, 1_000, 0).unwrap();
        pass.option(&valuation, book.price, ballast_risk::num::ln_q40(book.price), 0, 0).unwrap();
        pass.end_expiry(&valuation);
        pass.finish().unwrap().scan_loss.0
    };
    // Moves are rounded to 2^-28.
    let near = |loss: i64, exact: i64| (loss - exact).abs() < 200;
    assert!(near(loss(0, 1_800), 16_000_000_000));
    assert!(near(loss(1 << 27, 900), 8_000_000_000));
    assert_eq!(loss(1 << 28, 0), 0);
}

/// The longest listing (five years) is discounted in full.
#[test]
fn a_long_expiry_is_discounted_for_all_of_its_time() {
    let mut book = straddle();
    book.expiries[0] = TestExpiry { seconds: 157_000_000, basis: 0.2, rate: 0.5, theta: 1.2, rho: 0.0, psi: 0.6 };
    book.legs = vec![Leg::Option { expiry: 0, strike: 10_000_000, is_call: true, lots: 1_000 }];
    let exact = reference::revalue(&book, 1.0, 1).value * USD;
    let computed = book.risk(Netting::Together).option_value.0 as f64;
    assert!((computed / exact - 1.0).abs() < 1e-6, "{computed} against {exact}");
}

//! Numbers that others have published (`vectors/model/published.json` names the sources).

use ballast_risk::{black76, num, surface::RawSvi};
use serde::Deserialize;

use crate::{
    book::Group,
    reference,
    vectors::{Decimal, read_one, real},
};

#[derive(Deserialize)]
struct Published {
    black_76: Black76,
    svi: Svi,
    span: Span,
}

/// Seconds, volatility, forward, strike, discount, call, put, forward delta of the call.
type Row = (u32, Decimal, Decimal, Decimal, Decimal, Decimal, Decimal, Option<Decimal>);

#[derive(Deserialize)]
struct Black76 {
    rows: Vec<Row>,
}

#[derive(Deserialize)]
struct Svi {
    tau: Decimal,
    a: Decimal,
    b: Decimal,
    rho: Decimal,
    m: Decimal,
    sigma: Decimal,
    forward: Decimal,
    strikes: Vec<Decimal>,
    volatilities: Vec<Decimal>,
}

#[derive(Deserialize)]
struct Span {
    long_future: [i32; 16],
    long_call: [i32; 16],
    covered_write: [i32; 16],
    requirements: Requirements,
}

#[derive(Deserialize)]
struct Requirements {
    long_call: i32,
    long_future: i32,
    covered_write: i32,
}

fn published() -> Published {
    read_one("published")
}

/// Marks agree to 5e-9 of the larger of forward and strike.
#[test]
fn black_76_rows() {
    for (seconds, volatility, forward, strike, discount, call, put, _) in published().black_76.rows {
        // Mantissas of 2^-18 of a dollar, as the block floating point of an expiry holds a forward of 1,000 to 2,000.
        let scale = f64::from(1 << 18);
        let (forward, strike) = ((real(&forward) * scale) as u64, (real(&strike) * scale) as u64);
        let sqrt_time = num::sqrt_years_q28(seconds);
        let deviation = (real(&volatility) * sqrt_time as f64) as u64;
        let log_moneyness = (num::ln_q40(forward) - num::ln_q40(strike)) >> 11;
        let value = black76::call_value(forward, strike, log_moneyness, deviation) as f64;
        let (call_value, put_value) = (value / scale, (value - forward as f64 + strike as f64) / scale);
        for (computed, exact) in [(call_value, real(&call)), (put_value, real(&put))] {
            let computed = computed * real(&discount);
            assert!((computed - exact).abs() < 2e-8 * 1_500.0, "{computed}, published {exact}");
        }
    }
}

#[test]
fn svi_rows() {
    let svi = published().svi;
    let q29 = |text: &str| (real(text) * f64::from(1 << 29)).round() as i64;
    let smile = RawSvi {
        a: q29(&svi.a),
        b: q29(&svi.b),
        rho: q29(&svi.rho),
        m: q29(&svi.m),
        sigma: q29(&svi.sigma),
        variance_shift: 0,
    };
    for (strike, volatility) in svi.strikes.iter().zip(&svi.volatilities) {
        let log_strike = (real(strike) / real(&svi.forward)).ln();
        let deviation = smile.total_deviation_q28((log_strike * f64::from(1 << 29)).round() as i64);
        let computed = deviation as f64 / f64::from(1 << 28) / real(&svi.tau).sqrt();
        assert!((computed - real(volatility)).abs() < 2e-6, "{computed}, published {volatility}");
    }
}

/// SPAN adds the arrays of a group's contracts scenario by scenario: a window of nothing and full credit for gains.
#[test]
fn span_arrays() {
    let span = published().span;
    // Losses by volatility (up, none, down) and move (seven, from the deepest fall); the extremes are tails.
    let cells = |gains: &[i32; 16], sign: i32| -> Vec<Vec<Option<f64>>> {
        // −1, −2/3, −1/3, 0, 1/3, 2/3, 1 in the order of the arrays.
        let place = [12, 8, 4, 0, 2, 6, 10];
        let row = |offset: usize| place.iter().map(|&index| Some(f64::from(-sign * gains[index + offset]))).collect();
        vec![row(0), vec![None; 7], row(1)]
    };
    let group = Group { window: 0, gain_allowance: 1 << 30 };
    let requirement = |members: &[(&[i32; 16], i32)]| {
        let cells: Vec<_> = members.iter().map(|(gains, sign)| cells(gains, *sign)).collect();
        let extreme = |index: usize| members.iter().map(|(gains, sign)| f64::from(-sign * gains[index])).sum::<f64>();
        reference::joint_loss(group, &cells.iter().collect::<Vec<_>>()).max(extreme(14)).max(extreme(15))
    };
    let (future, call) = (&span.long_future, &span.long_call);
    assert_eq!(requirement(&[(future, 1)]), f64::from(span.requirements.long_future));
    assert_eq!(requirement(&[(call, 1)]), f64::from(span.requirements.long_call));
    assert_eq!(requirement(&[(future, 1), (call, -1)]), f64::from(span.requirements.covered_write));
    for (index, gain) in span.covered_write.iter().enumerate() {
        assert_eq!(*gain, future[index] - call[index], "scenario {}", index + 1);
    }
}

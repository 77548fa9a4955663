//! Published numbers that a book can express, reproduced to their precision.

use serde_json::{Value, json};

use crate::{assert_near, report};

type Black76 = (u32, &'static str, &'static str, &'static str, &'static str, f64, f64, Option<f64>);

/// lyra-finance/lyra-utils, commit 759e962, test/math/Black76.t.sol: seconds, volatility, forward, strike, discount
/// factor, call, put, delta of the call.
const BLACK_76: [Black76; 4] = [
    (604_800, "1", "1500", "1500", "1", 82.805_080_668_634_56, 82.805_080_668_634_56, Some(0.527_601_693_556_211_6)),
    (
        2_592_000,
        "0.25",
        "1000",
        "1200",
        "0.9991784198737006",
        0.137_082_128_426_579_3,
        199.972_766_103_166_72,
        Some(0.006_071_372_605_597_036),
    ),
    (172_800, "0.75", "1000", "700", "0.9998904169635637", 299.967_125_089_526_2, 4.570_846_8e-10, None),
    (
        31_536_000,
        "5",
        "1000",
        "700",
        "0.9801986733067553",
        970.034_553_583_819,
        675.974_951_591_792_5,
        Some(0.994_934_635_966_640_8),
    ),
];

#[test]
fn black_76_rows() {
    for (seconds, volatility, forward, strike, discount, call, put, delta) in BLACK_76 {
        let book = json!({
            "parameters": { "averaging_seconds": 0 },
            "markets": [{
                "name": "ETH",
                "price": forward,
                "expiries": [{ "name": "e", "seconds": seconds, "discount": discount }],
                "positions": [
                    { "kind": "call", "strike": strike, "quantity": 1, "volatility": volatility },
                    { "kind": "put", "strike": strike, "quantity": 1, "volatility": volatility },
                ],
            }],
        });
        let report = report(&book);
        let positions = &report.markets[0].positions;
        let forward: f64 = forward.parse().unwrap();
        // The engine's documented error of a mark, 4.9·10⁻⁹ of the forward and roundings, and a bound on it taken off.
        let tolerance = 4e-8 * forward;
        assert_near(positions[0].value, call, tolerance);
        assert_near(positions[1].value, put, tolerance);
        if let Some(delta) = delta {
            // Published per unit of the forward and undiscounted; a Greek of the engine is money, and so is discounted.
            let delta = delta * discount.parse::<f64>().unwrap();
            assert_near(positions[0].greeks.delta, delta * forward, 2e-7 * forward);
        }
    }
}

/// lyra-finance/lyra-utils, commit 759e962, test/math/SVI.t.sol: strikes and volatilities.
const SVI: [(&str, f64); 4] = [
    ("1500", 0.959_724_473_412_012_8),
    ("1800", 0.851_385_607_696_952_2),
    ("2100", 0.939_244_986_304_054),
    ("2400", 1.013_357_133_427_566_8),
];

#[test]
fn svi_rows() {
    let positions: Vec<Value> =
        SVI.iter().map(|(strike, _)| json!({ "kind": "call", "strike": strike, "quantity": 1 })).collect();
    let report = report(&json!({
        "markets": [{
            "name": "ETH",
            "price": 1805,
            "expiries": [{
                "name": "e",
                "days": 14,
                "surface": { "svi": {
                    "a": "0.027616438356164386",
                    "b": "0.041424657534246574",
                    "rho": "0.003452054794520548",
                    "m": "0.001726027397260274",
                    "sigma": "0.000345205479452055",
                } },
            }],
            "positions": positions,
        }],
    }));
    for (position, (_, volatility)) in report.markets[0].positions.iter().zip(SVI) {
        let [_, flat, _] = position.volatilities.unwrap();
        assert_near(flat, volatility, 2e-7);
    }
}

/// L. McMillan, Options as a Strategic Investment: SPAN array of a long future on the S&P 500, in dollars gained and
/// rounded to ten; price unchanged, +⅓, −⅓, +⅔, −⅔, +1, −1 of the range, then the extreme moves up and down.
const SPAN_LONG_FUTURE: [f64; 7] = [0.0, 3_330.0, -3_330.0, 6_670.0, -6_670.0, 10_000.0, -10_000.0];
const SPAN_EXTREMES: [f64; 2] = [7_000.0, -7_000.0];

#[test]
fn span_array_of_a_future() {
    let text = include_str!("../../../../examples/books/span.json");
    let report = ballast_book::evaluate(&ballast_book::parse(text).unwrap()).unwrap();
    let market = &report.markets[0];
    // From the deepest fall to the highest rise.
    let nodes = [3, 4, 2, 5, 1, 6, 0];
    for (node, published) in nodes.into_iter().zip(SPAN_LONG_FUTURE) {
        // Rounded to ten dollars.
        assert_near(market.matrix.up[node].unwrap(), published, 5.0);
        assert_eq!(market.matrix.up[node], market.matrix.down[node]);
        assert_eq!(market.matrix.flat[node], None);
    }
    assert_near(market.matrix.flat[8].unwrap(), SPAN_EXTREMES[0], 0.001);
    assert_near(market.matrix.flat[7].unwrap(), SPAN_EXTREMES[1], 0.001);
    let scenarios = [&market.matrix.up, &market.matrix.flat, &market.matrix.down].into_iter().flatten().flatten();
    assert_eq!(scenarios.count(), 16);
    assert_near(report.modes[1].initial_requirement, 10_000.0, 0.001);
}

#[test]
fn derive_has_as_many_scenarios_as_published() {
    for (text, grid, in_all) in [
        (include_str!("../../../../examples/books/derive-pmrm.json"), 23, 23),
        (include_str!("../../../../examples/books/derive-pmrm-2.json"), 31, 33),
    ] {
        let report = ballast_book::evaluate(&ballast_book::parse(text).unwrap()).unwrap();
        let matrix = &report.markets[0].matrix;
        let cells = [&matrix.up, &matrix.flat, &matrix.down].into_iter().flatten().flatten().count();
        assert_eq!(cells, grid);
        let skews = report.markets[0].skew_losses.iter().filter(|loss| !loss.is_zero()).count();
        assert_eq!(cells + skews, in_all);
    }
}

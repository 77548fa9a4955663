//! What is compared, and each implementation's number format.

use pricing_comparison::{Method, Priced, Terms};

use crate::vectors::{ExactOption, Values};

/// An implementation: its two methods and its format.
pub struct Compared {
    pub name: &'static str,
    pub value: Method,
    pub greeks: Method,
    /// An option in the implementation's format.
    pub encode: fn(&ExactOption) -> Terms,
    /// An answer in plain numbers.
    pub decode: fn(&ExactOption, &Priced) -> Values,
}

/// All of them, in the order of the table.
pub const COMPARED: &[Compared] = &[
    Compared {
        name: "Ballast, from S, K, r, σ, T",
        value: Method::BallastValue,
        greeks: Method::BallastGreeks,
        encode: encode_ballast,
        decode: decode_ballast,
    },
    Compared {
        name: "Ballast, the kernel alone",
        value: Method::KernelValue,
        greeks: Method::KernelGreeks,
        encode: encode_kernel,
        decode: decode_kernel,
    },
    Compared {
        name: "`solmath` 0.2, `black_scholes_price` and `bs_full`",
        value: Method::SolmathValue,
        greeks: Method::SolmathGreeks,
        encode: encode_decimal,
        decode: decode_decimal,
    },
    Compared {
        name: "`solmath` 0.2, `black_scholes_price_hp` and `bs_full_hp`",
        value: Method::SolmathPreciseValue,
        greeks: Method::SolmathPreciseGreeks,
        encode: encode_decimal,
        decode: decode_decimal,
    },
    Compared {
        name: "the formula on `fixed::types::I80F48`",
        value: Method::DirectValue,
        greeks: Method::DirectGreeks,
        encode: encode_direct,
        decode: decode_direct,
    },
];

const TICKS: f64 = 1e9;
const DECIMAL: f64 = 1e12;
const Q12: f64 = 4_096.0;
const Q20: f64 = 1_048_576.0;
const Q28: f64 = 268_435_456.0;
const Q29: f64 = 536_870_912.0;
const Q30: f64 = 1_073_741_824.0;
const Q31: f64 = 2_147_483_648.0;
const Q40: f64 = 1_099_511_627_776.0;
const Q48: f64 = 281_474_976_710_656.0;

fn numbers(option: &ExactOption, scales: [f64; 5]) -> Terms {
    let terms = [option.spot, option.strike, option.rate, option.volatility, option.years];
    core::array::from_fn(|index| (terms[index] * scales[index]).round() as i128)
}

fn plain(priced: &Priced, scale: f64) -> Values {
    let [call, put, delta, gamma, vega, theta, rho, _] = priced.map(|number| number as f64 / scale);
    Values { call, put, delta, gamma, vega, theta, rho }
}

fn encode_decimal(option: &ExactOption) -> Terms {
    numbers(option, [DECIMAL; 5])
}

fn decode_decimal(_: &ExactOption, priced: &Priced) -> Values {
    plain(priced, DECIMAL)
}

fn encode_direct(option: &ExactOption) -> Terms {
    numbers(option, [Q48; 5])
}

fn decode_direct(_: &ExactOption, priced: &Priced) -> Values {
    plain(priced, Q48)
}

fn encode_ballast(option: &ExactOption) -> Terms {
    numbers(option, [TICKS, TICKS, Q30, Q28, Q40])
}

fn decode_ballast(option: &ExactOption, priced: &Priced) -> Values {
    let units = TICKS / (priced[7] as f64).exp2();
    let money = plain(priced, units);
    Values {
        delta: priced[2] as f64 / Q31,
        gamma: priced[3] as f64 / Q20 / option.spot,
        vega: money.vega / Q12,
        rho: money.rho / Q12,
        ..money
    }
}

fn forward(option: &ExactOption) -> f64 {
    option.spot * (option.rate * option.years).exp()
}

/// Mantissa units per unit of currency, such that the forward's is in [2^28, 2^29).
fn kernel_units(option: &ExactOption) -> f64 {
    (28.0 - forward(option).log2().floor()).exp2()
}

fn encode_kernel(option: &ExactOption) -> Terms {
    let (forward, units) = (forward(option), kernel_units(option));
    let log_moneyness = (forward / option.strike).ln() * Q29;
    let terms = [forward * units, log_moneyness, option.strike * units, option.deviation() * Q28, 0.0];
    terms.map(|term| term.round() as i128)
}

/// What the engine does to the sums of an expiry, here on one option.
fn decode_kernel(option: &ExactOption, priced: &Priced) -> Values {
    let discount = (-option.rate * option.years).exp();
    let (units, volatile) = (kernel_units(option), forward(option) * discount);
    let money = plain(priced, units);
    let carry = option.rate * discount * money.rho;
    Values {
        call: money.call * discount,
        put: money.put * discount,
        delta: priced[2] as f64 / Q31,
        gamma: priced[3] as f64 / Q20 / option.spot,
        vega: priced[4] as f64 / Q31 * volatile * option.years.sqrt(),
        theta: -(priced[5] as f64) / Q31 * volatile / (2.0 * option.years) - carry,
        rho: money.rho * option.years * discount,
    }
}

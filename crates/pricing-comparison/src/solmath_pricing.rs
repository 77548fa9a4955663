//! The crate `solmath`: every number has the scale 10^12.

use solmath::{BsFull, SolMathError};

use crate::{Priced, Terms};

type Value = fn(u128, u128, u128, u128, u128) -> Result<(u128, u128), SolMathError>;
type Greeks = fn(u128, u128, u128, u128, u128) -> Result<BsFull, SolMathError>;

/// Call and put from spot price, strike, rate, volatility and years.
pub fn value(terms: &Terms, price: Value) -> Option<Priced> {
    let [spot, strike, rate, volatility, years] = terms.map(i128::unsigned_abs);
    let (call, put) = price(spot, strike, rate, volatility, years).ok()?;
    Some([call as i128, put as i128, 0, 0, 0, 0, 0, 0])
}

/// The same with the call's Greeks.
pub fn greeks(terms: &Terms, price: Greeks) -> Option<Priced> {
    let [spot, strike, rate, volatility, years] = terms.map(i128::unsigned_abs);
    let all = price(spot, strike, rate, volatility, years).ok()?;
    let (call, put) = (all.call as i128, all.put as i128);
    Some([call, put, all.call_delta, all.gamma, all.vega, all.call_theta, all.call_rho, 0])
}

//! Default parameters: the starting points of docs/margin-model.md.

use ballast_risk::{Ratio, scenario::MAX_TAILS};
use ballast_state::{BankParameters, ExchangeParameters, MarketParameters};

/// One µUSD-dollar.
const DOLLAR: i64 = 1_000_000;

/// Bits of a ratio given in hundredths of a per cent.
pub const fn basis_points(points: u32) -> u32 {
    Ratio::from_millionths(points * 100).to_bits()
}

/// Bits of a ratio given in per cent.
pub const fn percent(percent: u32) -> u32 {
    basis_points(percent * 100)
}

/// Extreme moves beyond the core grid: price after the move in per cent of the price before, and weight of the loss in
/// millionths. The product of move and weight is the same for every rise.
const TAILS: [(u32, u32); MAX_TAILS] = [
    (34, 210_000),
    (67, 420_000),
    (150, 277_200),
    (200, 138_600),
    (300, 69_300),
    (400, 46_200),
    (500, 34_650),
    (600, 27_720),
];

/// Parameters of an exchange.
pub fn exchange() -> ExchangeParameters {
    ExchangeParameters {
        dust_limit: 50 * DOLLAR,
        mark_age_slots: 25,
        trade_oracle_age: 60,
        liquidation_oracle_age: 120,
        surface_age: 300,
        check_compute_cap: 320_000,
        vesting_seconds: 86_400,
        maintenance_factor: percent(80),
        initial_factor: percent(100),
        liquidation_buffer: percent(15),
        liquidation_tolerance: percent(5),
        liquidation_fee: percent(5),
        insurance_share: percent(50),
        slice_price_start: percent(99),
        slice_price_end: percent(70),
        slice_price_slots: 300,
        padding: 0,
    }
}

/// Parameters of a market in one of the two largest coins.
pub fn major_market() -> MarketParameters {
    let mut tail_price_factors = [0; MAX_TAILS];
    let mut tail_weights = [0; MAX_TAILS];
    for (index, (price, weight)) in TAILS.into_iter().enumerate() {
        tail_price_factors[index] = (u64::from(price) * (1 << 28) / 100) as u32;
        tail_weights[index] = Ratio::from_millionths(weight).to_bits();
    }
    MarketParameters {
        unsettled_gain_cap: 250_000 * DOLLAR,
        open_interest_limit: 1 << 30,
        scan_range: percent(16),
        volatility_up: percent(50),
        volatility_down: percent(30),
        volatility_up_floor: percent(40),
        term_exponent_near: percent(30),
        term_exponent_far: percent(13),
        term_floor_seconds: 86_400,
        naked_short_maintenance: basis_points(30),
        naked_short_initial: basis_points(20),
        linear_maintenance: percent(3),
        linear_initial: percent(1),
        unsettled_gain_weight: percent(80),
        confidence_limit: percent(2),
        band_price: percent(2),
        band_volatility: percent(5),
        basis_limit: percent(10),
        tail_price_factors,
        tail_weights,
        core_nodes: 9,
        tail_nodes: MAX_TAILS as u8,
        padding: [0; 6],
    }
}

/// Parameters of a market in a coin as volatile as SOL.
pub fn volatile_market() -> MarketParameters {
    MarketParameters { scan_range: percent(27), ..major_market() }
}

/// Parameters of a bank for a stablecoin.
pub fn stable_bank() -> BankParameters {
    bank(2)
}

/// Parameters of a bank for one of the largest coins.
pub fn major_bank() -> BankParameters {
    bank(15)
}

/// Parameters of a bank for a coin of medium size.
pub fn midcap_bank() -> BankParameters {
    bank(35)
}

/// A bank whose initial haircut is this many per cent, and whose maintenance haircut is four fifths of that.
fn bank(haircut: u32) -> BankParameters {
    BankParameters {
        deposit_cap: 1 << 50,
        initial_haircut: percent(haircut),
        maintenance_haircut: basis_points(haircut * 80),
        confidence_limit: percent(2),
        padding: 0,
    }
}

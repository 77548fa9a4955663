//! Default parameters: those of the table in `ballast_risk::parameters`, except that markets charge no fees, so that
//! whoever tests something else need not take them off every figure, that doubtful prices delay no liquidation, so that
//! nobody waits after every crash, that no bank holds withdrawals back, and that listings are open at once. [`with_fees`]
//! and [`with_disputes`] put the defaults back.

use ballast_risk::{
    Ratio,
    parameters::{BankClass, MarketClass, group::CORRELATION},
    scenario::{CellMask, GridShape, MAX_CORE_NODES, MAX_TAILS},
};
use ballast_state::{BankParameters, ExchangeParameters, GovernanceParameters, GroupParameters, MarketParameters};

/// Bits of a ratio given in hundredths of a per cent.
pub const fn basis_points(points: u32) -> u32 {
    Ratio::from_millionths(points * 100).to_bits()
}

/// Bits of a ratio given in per cent.
pub const fn percent(percent: u32) -> u32 {
    basis_points(percent * 100)
}

/// Parameters of an exchange.
pub fn exchange() -> ExchangeParameters {
    ExchangeParameters { dispute_seconds: 0, bankruptcy_dispute_seconds: 0, ..with_disputes() }
}

/// Parameters of an exchange where doubtful prices delay liquidations as the table has it.
pub fn with_disputes() -> ExchangeParameters {
    ExchangeParameters::defaults()
}

/// How parameters, roles and pauses change.
pub fn governance() -> GovernanceParameters {
    GovernanceParameters { oracle_life_seconds: 0, ..GovernanceParameters::defaults() }
}

/// Parameters of a group of markets.
pub fn group() -> GroupParameters {
    GroupParameters::defaults()
}

/// Parameters of a group with the largest scenario grid that governance may choose.
pub fn largest_grid() -> GroupParameters {
    let cells = CellMask::full(GridShape { core_nodes: MAX_CORE_NODES, tail_nodes: MAX_TAILS });
    GroupParameters { core_nodes: MAX_CORE_NODES as u8, tail_nodes: MAX_TAILS as u8, cells: cells.0, ..group() }
}

/// Correlation of two markets of a group: scale 2^-30.
pub fn correlation() -> i32 {
    CORRELATION.default_at(0) as i32
}

/// Parameters of a market.
pub fn market(class: MarketClass) -> MarketParameters {
    without_fees(MarketParameters::defaults(class))
}

/// Parameters of a market in one of the two largest coins.
pub fn major_market() -> MarketParameters {
    market(MarketClass::Major)
}

/// Parameters of a market in a coin as volatile as SOL.
pub fn volatile_market() -> MarketParameters {
    market(MarketClass::Volatile)
}

fn without_fees(parameters: MarketParameters) -> MarketParameters {
    MarketParameters { taker_fee: 0, maker_fee: 0, concentration_fee_cap: 0, ..parameters }
}

/// These parameters with the table's fees, the same in every class.
pub fn with_fees(parameters: MarketParameters) -> MarketParameters {
    let MarketParameters { taker_fee, maker_fee, concentration_fee_cap, .. } =
        MarketParameters::defaults(MarketClass::Major);
    MarketParameters { taker_fee, maker_fee, concentration_fee_cap, ..parameters }
}

/// Parameters of a bank.
pub fn bank(class: BankClass) -> BankParameters {
    BankParameters::defaults(class)
}

/// Parameters of a bank for a stablecoin.
pub fn stable_bank() -> BankParameters {
    without_breaker(bank(BankClass::Stablecoin))
}

/// Parameters of a bank for one of the largest coins.
pub fn major_bank() -> BankParameters {
    without_breaker(bank(BankClass::Major))
}

/// Parameters of a bank for a coin of medium size.
pub fn midcap_bank() -> BankParameters {
    without_breaker(bank(BankClass::Medium))
}

fn without_breaker(parameters: BankParameters) -> BankParameters {
    BankParameters { outflow_share: percent(100), ..parameters }
}

//! What the engine refuses.

use core::fmt;

use crate::surface::SurfaceError;

/// Why the engine could not compute, or would not accept, something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RiskError {
    /// A price is zero or at least 2^48 ticks.
    PriceOutOfRange {
        /// The price in ticks.
        price: u64,
    },
    /// The quantities of one expiry, or of one contract, exceed 2^30 lots in absolute value.
    QuantityOutOfRange {
        /// The quantity in lots.
        quantity: i64,
    },
    /// A notional exceeds 2^57 µUSD, about 144 billion USD.
    NotionalOutOfRange,
    /// A market's decimals allow no exact conversion to µUSD: their sum must be at most 18.
    DecimalsOutOfRange {
        /// Decimals of the price.
        price: u8,
        /// Decimals of the quantity.
        quantity: u8,
    },
    /// A parameter is outside its bounds.
    ParameterOutOfRange {
        /// The parameter's name.
        name: &'static str,
        /// The value given, in the parameter's own unit.
        value: i64,
        /// Lowest accepted value.
        lowest: i64,
        /// Highest accepted value.
        highest: i64,
    },
    /// The correlations of a group contradict each other, or two of its markets are the same up to 2^-20.
    CorrelationsNotPositiveDefinite,
    /// A volatility surface admits arbitrage or leaves its envelope.
    Surface(SurfaceError),
}

impl fmt::Display for RiskError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PriceOutOfRange { price } => {
                write!(formatter, "price of {price} ticks is outside 1 to 2^48 - 1")
            }
            Self::QuantityOutOfRange { quantity } => {
                write!(formatter, "quantity of {quantity} lots is beyond 2^30")
            }
            Self::NotionalOutOfRange => write!(formatter, "notional is beyond 2^57 µUSD"),
            Self::DecimalsOutOfRange { price, quantity } => {
                write!(formatter, "{price} price and {quantity} quantity decimals: their sum must be at most 18")
            }
            Self::ParameterOutOfRange { name, value, lowest, highest } => {
                write!(formatter, "{name} is {value}, expected {lowest} to {highest}")
            }
            Self::CorrelationsNotPositiveDefinite => {
                write!(formatter, "the correlations contradict each other: their matrix is not positive definite")
            }
            Self::Surface(error) => write!(formatter, "{error}"),
        }
    }
}

impl core::error::Error for RiskError {}

impl From<SurfaceError> for RiskError {
    fn from(error: SurfaceError) -> Self {
        Self::Surface(error)
    }
}

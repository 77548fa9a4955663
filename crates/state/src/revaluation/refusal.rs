//! Why a check could not be made.

use core::fmt;

use ballast_risk::RiskError;

use crate::oracle_grade::Grade;

/// Why a check could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckRefusal {
    /// The account holds positions in a market that was not passed in.
    MissingMarket {
        /// Number of the market.
        market: u16,
    },
    /// The account holds collateral of a bank that was not passed in.
    MissingBank {
        /// Number of the bank.
        bank: u16,
    },
    /// The market's index price is too old, or was never set: refresh it first.
    StaleMarket {
        /// Number of the market.
        market: u16,
    },
    /// The market's index price is too uncertain, or too far from what it was or from what a second source says.
    DoubtfulMarket {
        /// Number of the market.
        market: u16,
        /// Grade of its price.
        grade: Grade,
    },
    /// The same of collateral that is to be bought.
    DoubtfulBank {
        /// Number of the bank.
        bank: u16,
        /// Grade of its price.
        grade: Grade,
    },
    /// The price of the quote token is too old, or was never set: refresh its bank first.
    StaleQuote {
        /// Number of the quote token's bank.
        bank: u16,
    },
    /// The price of collateral that is to be bought is too old, or was never set: refresh its bank first.
    StaleBank {
        /// Number of the bank.
        bank: u16,
    },
    /// The surface of an expiry with options is too old, or was never posted.
    StaleSurface {
        /// Number of the market.
        market: u16,
        /// Number of the expiry.
        expiry: u32,
    },
    /// The account refers to something that its market does not list.
    Corrupt,
    /// The engine refused.
    Risk(RiskError),
}

impl fmt::Display for CheckRefusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingMarket { market } => write!(formatter, "market {market} is missing from the account list"),
            Self::MissingBank { bank } => write!(formatter, "bank {bank} is missing from the account list"),
            Self::StaleMarket { market } => {
                write!(formatter, "the price of market {market} is too old: refresh it in the same transaction")
            }
            Self::DoubtfulMarket { market, grade } => {
                write!(formatter, "the price of market {market} is {}, expected one that is fresh", grade.name())
            }
            Self::DoubtfulBank { bank, grade } => {
                write!(formatter, "the price of bank {bank} is {}, expected one that is fresh or aged", grade.name())
            }
            Self::StaleQuote { bank } => {
                write!(
                    formatter,
                    "the price of the quote token, bank {bank}, is too old: refresh it in the same transaction"
                )
            }
            Self::StaleBank { bank } => {
                write!(formatter, "the price of bank {bank} is too old: refresh it in the same transaction")
            }
            Self::StaleSurface { market, expiry } => {
                write!(formatter, "the surface of expiry {expiry} in market {market} is too old or was never posted")
            }
            Self::Corrupt => write!(formatter, "the account refers to a contract that its market does not list"),
            Self::Risk(error) => write!(formatter, "{error}"),
        }
    }
}

impl core::error::Error for CheckRefusal {}

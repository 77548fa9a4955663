//! Contracts: what can be traded in a market, and what it is worth.

use anchor_lang::prelude::*;
use ballast_risk::{MicroUsd, Ratio, RiskError, revaluation::ExpiryValuation};

use crate::{
    Expiry, ExpiryStatus, Market, OptionKind, PositionKind, Series,
    revaluation::{expiry_input, market_input},
};

/// One contract of a market: the perpetual, a future or an option.
///
/// Slots say where to look; numbers say what must be found there.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contract {
    /// A [`PositionKind`]: perpetual, future, call or put.
    pub kind: u8,
    /// Slot of the expiry (future) or series (option); zero for the perpetual.
    pub slot: u8,
    /// Number of the expiry (future) or series (option); zero for the perpetual.
    pub number: u32,
}

/// One contract passing between the two accounts of a trade.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct TradeLeg {
    /// Number of the market.
    pub market: u16,
    /// The contract.
    pub contract: Contract,
    /// Lots that the first account buys from the second; negative: sells to it.
    pub quantity: i64,
    /// Price, ticks.
    pub price: u64,
}

/// A contract found in its market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListedContract {
    /// What it is.
    pub kind: PositionKind,
    /// Number of the expiry or series; zero for the perpetual.
    pub number: u32,
    /// Slot of its expiry; zero for the perpetual.
    pub expiry_slot: u8,
    /// Slot of its series; zero unless an option.
    pub series_slot: u8,
    /// Strike in ticks; zero unless an option.
    pub strike: u64,
}

/// What a contract is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Price, ticks.
    pub price: u64,
    /// Change of the price per 1.00 of volatility, ticks; zero unless an option.
    pub vega: u64,
    /// Change of the price per rise of the index by 100 %, to first order, ticks.
    pub delta: i64,
}

impl Mark {
    /// How far from the mark a trade may be, ticks, rounded down: a share of the index, and for options also their vega
    /// over some volatility points.
    pub fn band(&self, market: &Market) -> u64 {
        let share = |bits: u32, of: u64| Ratio::from_bits(bits).of_floor(MicroUsd(of as i64)).0 as u64;
        let parameters = &market.parameters;
        share(parameters.band_price, market.price).saturating_add(share(parameters.band_volatility, self.vega))
    }
}

/// Why a contract cannot be traded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContractRefusal {
    /// It is not listed under that slot and number.
    Unknown,
    /// It has expired.
    Expired,
    /// Its expiry has no surface yet.
    NoSurface,
    /// The engine refused.
    Risk(RiskError),
}

impl core::fmt::Display for ContractRefusal {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Unknown => formatter.write_str("no contract is listed under that slot and number"),
            Self::Expired => formatter.write_str("the contract has expired"),
            Self::NoSurface => formatter.write_str("the contract's expiry has no surface yet"),
            Self::Risk(error) => write!(formatter, "{error}"),
        }
    }
}

impl core::error::Error for ContractRefusal {}

impl From<RiskError> for ContractRefusal {
    fn from(error: RiskError) -> Self {
        Self::Risk(error)
    }
}

impl Contract {
    /// The market's perpetual.
    pub const PERPETUAL: Self = Self { kind: PositionKind::Perpetual as u8, slot: 0, number: 0 };

    /// The future of an expiry.
    pub fn future(slot: u8, number: u32) -> Self {
        Self { kind: PositionKind::Future as u8, slot, number }
    }

    /// The option of a series.
    pub fn option(slot: u8, series: &Series) -> Self {
        let kind = match series.kind() {
            OptionKind::Call => PositionKind::Call,
            OptionKind::Put => PositionKind::Put,
        };
        Self { kind: kind as u8, slot, number: series.number }
    }

    /// Finds the contract in its market.
    ///
    /// # Errors
    /// [`ContractRefusal::Unknown`] if nothing of that kind is listed under that slot and number.
    pub fn find(&self, market: &Market) -> core::result::Result<ListedContract, ContractRefusal> {
        let nothing = ListedContract {
            kind: PositionKind::Perpetual,
            number: self.number,
            expiry_slot: 0,
            series_slot: 0,
            strike: 0,
        };
        match self.kind {
            kind if kind == PositionKind::Perpetual as u8 && self.slot == 0 && self.number == 0 => Ok(nothing),
            kind if kind == PositionKind::Future as u8 => {
                market.expiry(self.slot, self.number).ok_or(ContractRefusal::Unknown)?;
                Ok(ListedContract { kind: PositionKind::Future, expiry_slot: self.slot, ..nothing })
            }
            kind if kind == PositionKind::Call as u8 || kind == PositionKind::Put as u8 => {
                let series = market.series(self.slot, self.number).ok_or(ContractRefusal::Unknown)?;
                let kind = match series.kind() {
                    OptionKind::Call => PositionKind::Call,
                    OptionKind::Put => PositionKind::Put,
                };
                if kind as u8 != self.kind {
                    return Err(ContractRefusal::Unknown);
                }
                Ok(ListedContract {
                    kind,
                    expiry_slot: series.expiry_slot,
                    series_slot: self.slot,
                    strike: series.strike,
                    ..nothing
                })
            }
            _ => Err(ContractRefusal::Unknown),
        }
    }
}

impl ListedContract {
    /// The expiry, unless the contract is the perpetual.
    pub fn expiry<'a>(&self, market: &'a Market) -> Option<&'a Expiry> {
        match self.kind {
            PositionKind::Perpetual | PositionKind::None => None,
            _ => market.expiries.get(usize::from(self.expiry_slot)),
        }
    }

    /// The mark: index and basis, forward or option value; for the perpetual of a closing market the forward, once it
    /// settles.
    ///
    /// # Errors
    /// [`ContractRefusal::Expired`] from expiry on, [`ContractRefusal::NoSurface`] for an option without a surface,
    /// and what the engine refuses.
    pub fn mark(&self, market: &Market, now: i64) -> core::result::Result<Mark, ContractRefusal> {
        let input = market_input(market, MicroUsd::ZERO)?;
        let settling = if self.kind == PositionKind::Perpetual { market.perpetual_settling(now) } else { None };
        let Some(expiry) = self.expiry(market).or(settling) else {
            return Ok(Mark { price: market.perpetual_mark(), vega: 0, delta: market.price as i64 });
        };
        if expiry.status() != ExpiryStatus::Listed || now >= expiry.expires_at {
            return Err(ContractRefusal::Expired);
        }
        let valuation = ExpiryValuation::new(&input, &expiry_input(market, expiry, now))?;
        if !self.kind.is_option() {
            return Ok(Mark { price: valuation.forward_ticks, vega: 0, delta: valuation.forward_ticks as i64 });
        }
        if expiry.posted_at == 0 {
            return Err(ContractRefusal::NoSurface);
        }
        let series = market.series(self.series_slot, self.number).ok_or(ContractRefusal::Unknown)?;
        let prices = valuation.option_prices(series.strike, series.log_strike);
        let (price, delta) = match self.kind {
            PositionKind::Call => (prices.call, prices.call_delta as i64),
            _ => (prices.put, -(prices.put_delta as i64)),
        };
        Ok(Mark { price, vega: prices.vega, delta })
    }
}

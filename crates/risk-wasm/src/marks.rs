//! What the contracts of a market are marked at: what the program holds the prices of trades against.

use ballast_state::{Contract, Market};
use bytemuck::{Pod, Zeroable};

use crate::assessment::{AccountRole, AssessmentError, Rest, read};

/// A contract and its mark. Prices are ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct ContractMark {
    /// [`Contract::number`].
    pub number: u32,
    /// [`Contract::kind`].
    pub kind: u8,
    /// [`Contract::slot`].
    pub slot: u8,
    /// Zero.
    pub padding: [u8; 2],
    /// The mark.
    pub price: u64,
    /// How far from it a trade's price may be.
    pub band: u64,
    /// Change of the mark per 1.00 of volatility; zero unless an option.
    pub vega: u64,
    /// Change of the mark per rise of the index by 100 %, to first order.
    pub delta: i64,
}

/// The marks of everything that a market lists: the perpetual, then futures, then options, each in the order of their slots.
/// What has no mark is left out: an expiry that is over, or an option whose expiry has no surface yet.
///
/// The request is, little-endian and without padding: the time as Unix seconds (`i64`), and the market as its length
/// (`u32`) and its bytes with the discriminator.
///
/// # Errors
/// [`AssessmentError`].
pub fn marks(request: &[u8]) -> Result<Vec<ContractMark>, AssessmentError> {
    let mut rest = Rest(request);
    let now = i64::from_le_bytes(rest.number()?);
    let market: Box<Market> = read(rest.account()?, AccountRole::Market)?;
    let futures = (0_u8..).zip(&market.expiries).filter(|(_, expiry)| expiry.number != 0);
    let options = (0_u8..).zip(&market.series).filter(|(_, series)| series.number != 0);
    let contracts = [Contract::PERPETUAL]
        .into_iter()
        .chain(futures.map(|(slot, expiry)| Contract::future(slot, expiry.number)))
        .chain(options.map(|(slot, series)| Contract::option(slot, series)));
    Ok(contracts.filter_map(|contract| mark_of(&market, contract, now)).collect())
}

fn mark_of(market: &Market, contract: Contract, now: i64) -> Option<ContractMark> {
    let mark = contract.find(market).ok()?.mark(market, now).ok()?;
    let Contract { kind, slot, number } = contract;
    let band = mark.band(market);
    Some(ContractMark {
        number,
        kind,
        slot,
        padding: [0; 2],
        price: mark.price,
        band,
        vega: mark.vega,
        delta: mark.delta,
    })
}

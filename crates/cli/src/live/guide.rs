//! The guide to a live account: which legs lower its maintenance requirement most per dollar, in human units.

use ballast_book::Decimal;
use ballast_risk::{MicroUsd, revaluation::Workspace};
use ballast_state::{
    Market, PositionKind,
    contract::ListedContract,
    guide::{self, GuideLeg},
    revaluation::Sources,
};
use bytemuck::Zeroable;
use serde::Serialize;

use super::{Error, Snapshot, convert};

/// A leg of the guide.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GuideEntry {
    /// Name of the market.
    pub market: String,
    /// The contract in words: kind, expiry and strike.
    pub contract: String,
    /// Quantity to close, with the sign of the position.
    pub quantity: Decimal,
    /// Maintenance requirement that this frees, USD.
    pub freed: Decimal,
    /// What it costs: the reward of a liquidation, and the band around the mark, USD.
    pub cost: Decimal,
    /// One over the other, to two decimals.
    pub freed_per_dollar: Decimal,
}

/// The legs of a snapshot's account, best first.
pub fn of(snapshot: &Snapshot) -> Result<Vec<GuideEntry>, Error> {
    let mut workspace = Box::new(Workspace::zeroed());
    let legs = guide::rank_legs(&snapshot.account, &snapshot.exchange, snapshot, snapshot.moment, &mut workspace);
    let legs = legs.map_err(|refusal| Error::Refused(refusal.to_string()))?;
    legs.iter().map(|leg| entry(snapshot, leg)).collect()
}

fn entry(snapshot: &Snapshot, leg: &GuideLeg) -> Result<GuideEntry, Error> {
    let market = snapshot.market(leg.market).ok_or_else(convert::corrupt)?;
    let listed = leg.contract.find(market).map_err(|_| convert::corrupt())?;
    let usd = |amount: MicroUsd| Decimal::new(i128::from(amount.0), 6);
    Ok(GuideEntry {
        market: convert::text(&market.name),
        contract: contract(market, &listed),
        quantity: Decimal::new(i128::from(leg.quantity), u32::from(market.quantity_decimals)),
        freed: usd(leg.freed),
        cost: usd(leg.cost),
        freed_per_dollar: Decimal::new(i128::from(leg.freed.0) * 100 / i128::from(leg.cost.0.max(1)), 2),
    })
}

fn contract(market: &Market, listed: &ListedContract) -> String {
    let kind = match listed.kind {
        PositionKind::Perpetual => "perpetual",
        PositionKind::Future => "future",
        PositionKind::Call => "call",
        _ => "put",
    };
    let expiry = listed.expiry(market).map(convert::expiry_name);
    let strike = Decimal::new(i128::from(listed.strike), u32::from(market.price_decimals));
    let strike = listed.kind.is_option().then(|| strike.to_string());
    expiry.into_iter().chain(strike).fold(kind.to_owned(), |name, part| format!("{name} {part}"))
}

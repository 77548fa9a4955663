//! What comes of two orders that meet. The taking order is filled at the prices of the resting one: whoever matches them
//! chooses how many packages, and nothing else.

use super::{Order, OrderRefusal, OrderRole};
use crate::contract::TradeLeg;

/// What the taking order's account buys and sells when this many packages of each order are filled, at the resting order's
/// prices, which keep the taking order's limits of legs. Its net limit depends on what the legs are worth: see
/// [`Order::require_net_limit`].
///
/// # Errors
/// [`OrderRefusal::NoMatch`], [`OrderRefusal::OutsideLimit`].
pub fn match_legs(
    (taking, taking_units): (&Order, u32),
    (resting, resting_units): (&Order, u32),
) -> Result<Vec<TradeLeg>, OrderRefusal> {
    let require = |holds: bool, what| if holds { Ok(()) } else { Err(OrderRefusal::NoMatch(what)) };
    require(
        taking.role == OrderRole::Taking && resting.role == OrderRole::Resting,
        "a taking order is matched with a resting one",
    )?;
    require(taking.legs.len() == resting.legs.len(), "the orders differ in their number of legs")?;
    let mut legs = Vec::with_capacity(taking.legs.len());
    for (wanted, offered) in taking.legs.iter().zip(&resting.legs) {
        require(wanted.key() == offered.key(), "the orders are for different contracts")?;
        // A ratio takes 32 bits and so do packages.
        let quantity = i64::from(wanted.ratio) * i64::from(taking_units);
        let available = i64::from(offered.ratio) * i64::from(resting_units);
        require(quantity == -available, "what one order trades is not the reverse of what the other does")?;
        let price = offered.price;
        let is_within = if quantity > 0 { price <= wanted.price } else { price >= wanted.price };
        if taking.net_limit.is_none() && !is_within {
            return Err(OrderRefusal::OutsideLimit { limit: wanted.price, price });
        }
        legs.push(TradeLeg { market: wanted.market, contract: wanted.contract, quantity, price });
    }
    Ok(legs)
}

impl Order {
    /// Refuses packages that cost more in all, µUSD (negative: bring less), than the net limit allows.
    ///
    /// # Errors
    /// [`OrderRefusal::OutsideNetLimit`].
    pub fn require_net_limit(&self, units: u32, cost: i64) -> Result<(), OrderRefusal> {
        let Some(limit) = self.net_limit else { return Ok(()) };
        // A limit beyond all money is none, or nothing can keep it.
        let limit = limit.saturating_mul(i64::from(units));
        if cost > limit {
            return Err(OrderRefusal::OutsideNetLimit { limit, cost });
        }
        Ok(())
    }
}

//! Which prices and surfaces a check accepts, by what it is for.

use super::CheckRefusal;
use crate::{Bank, Exchange, Expiry, ExpiryStatus, Market, contract::ListedContract};

/// When and for what a check is made: what age of prices it accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Unix seconds.
    pub now: i64,
    /// Slot.
    pub slot: u64,
    /// What the check is for.
    pub purpose: Purpose,
}

/// What a check is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A trade, withdrawal or other change that the owner asks for: fresh prices and surfaces.
    Owner,
    /// A liquidation or settlement: older prices and surfaces will do.
    Liquidation,
    /// What is left of an account whose legs a liquidation closes: as a liquidation, but a market whose oracle is
    /// silent counts at its last price. Marks, and the liquidator's own check, need prices as for a liquidation.
    Closing,
    /// A report: whatever there is.
    View,
}

impl Purpose {
    /// The purpose of checking an account that takes on more: a silent oracle is forgiven only to who gives up.
    pub fn of_who_takes_on(self) -> Self {
        match self {
            Self::Closing => Self::Liquidation,
            other => other,
        }
    }
}

/// Refuses a market whose price is too old for a purpose.
///
/// # Errors
/// [`CheckRefusal::StaleMarket`].
pub fn require_fresh(exchange: &Exchange, market: &Market, moment: Moment) -> core::result::Result<(), CheckRefusal> {
    if moment.purpose == Purpose::Closing && is_silent(exchange, market.publish_time, moment.now) {
        return Ok(());
    }
    require_fresh_price(exchange, market, moment)
}

fn require_fresh_price(exchange: &Exchange, market: &Market, moment: Moment) -> core::result::Result<(), CheckRefusal> {
    if is_stale(exchange, market.refreshed_slot, market.publish_time, moment) {
        return Err(CheckRefusal::StaleMarket { market: market.number });
    }
    Ok(())
}

/// Refuses a bank whose price is too old for a purpose, or that never had one.
///
/// # Errors
/// [`CheckRefusal::StaleBank`].
pub fn require_fresh_bank(exchange: &Exchange, bank: &Bank, moment: Moment) -> core::result::Result<(), CheckRefusal> {
    if bank.price == 0 || is_stale(exchange, bank.refreshed_slot, bank.publish_time, moment) {
        return Err(CheckRefusal::StaleBank { bank: bank.number });
    }
    Ok(())
}

/// Refuses a contract whose mark is too old for a purpose: the market's price, and for an option the surface. What is
/// traded needs a price of its own: a silent oracle is never forgiven here.
///
/// # Errors
/// [`CheckRefusal::StaleMarket`], [`CheckRefusal::StaleSurface`].
pub fn require_fresh_mark(
    exchange: &Exchange,
    market: &Market,
    contract: &ListedContract,
    moment: Moment,
) -> core::result::Result<(), CheckRefusal> {
    require_fresh_price(exchange, market, moment)?;
    match contract.expiry(market) {
        Some(expiry) if contract.kind.is_option() && is_surface_stale(exchange, expiry, moment) => {
            Err(CheckRefusal::StaleSurface { market: market.number, expiry: expiry.number })
        }
        _ => Ok(()),
    }
}

/// Whether a price is too old for a check.
pub(super) fn is_stale(exchange: &Exchange, refreshed_slot: u64, publish_time: i64, moment: Moment) -> bool {
    let parameters = &exchange.parameters;
    let oldest = match moment.purpose {
        Purpose::Owner => parameters.trade_oracle_age,
        Purpose::Liquidation | Purpose::Closing => parameters.liquidation_oracle_age,
        Purpose::View => return false,
    };
    moment.slot.saturating_sub(refreshed_slot) > u64::from(parameters.mark_age_slots)
        || moment.now.saturating_sub(publish_time) > i64::from(oldest)
}

/// Whether a market's oracle has said nothing that could still be accepted: nobody can refresh the market.
///
/// A younger price is another matter: whoever is refused for it could have refreshed it.
pub(super) fn is_silent(exchange: &Exchange, publish_time: i64, now: i64) -> bool {
    now.saturating_sub(publish_time) > i64::from(exchange.parameters.liquidation_oracle_age)
}

/// Whether a surface is too old for a check. From expiry on none is needed; a liquidation takes any.
pub(super) fn is_surface_stale(exchange: &Exchange, expiry: &Expiry, moment: Moment) -> bool {
    if expiry.status() == ExpiryStatus::Settled || moment.now >= expiry.expires_at {
        return false;
    }
    expiry.posted_at == 0
        || (moment.purpose == Purpose::Owner
            && moment.now.saturating_sub(expiry.posted_at) > i64::from(exchange.parameters.surface_age))
}

//! What the engine needs to know, read from the accounts.

use ballast_risk::{
    MicroUsd, Price, Ratio, RiskError, SignedRatio,
    black76::GridShape,
    collateral::CollateralInput,
    num,
    quantity::ValueScale,
    revaluation::{ChargeRates, ExpiryInput, MarketInput},
    scenario::{ONE_Q28, ScenarioSet, VolatilityShock},
    surface::RawSvi,
};

use super::{Moment, Purpose};
use crate::{Bank, Exchange, Expiry, ExpiryStatus, Market};

/// Conversion of a market's lots × ticks to µUSD.
///
/// # Errors
/// [`RiskError::DecimalsOutOfRange`].
pub fn value_scale(market: &Market) -> Result<ValueScale, RiskError> {
    ValueScale::new(market.price_decimals, market.quantity_decimals)
}

/// A market for the engine, with the value of what one account declared as a hedge there.
///
/// # Errors
/// [`RiskError`] if the market has no price yet or its decimals are out of range.
pub fn market_input(market: &Market, hedge_value: MicroUsd) -> Result<MarketInput, RiskError> {
    let parameters = &market.parameters;
    Ok(MarketInput {
        price: Price::new(market.price)?,
        log_price: num::ln_q40(market.price),
        scale: value_scale(market)?,
        scenarios: ScenarioSet {
            shape: GridShape {
                core_nodes: usize::from(parameters.core_nodes),
                tail_nodes: usize::from(parameters.tail_nodes),
            },
            price_factors: market.scenarios.price_factors,
            log_factors: market.scenarios.log_factors,
        },
        tail_weights: parameters.tail_weights.map(Ratio::from_bits),
        volatility: VolatilityShock {
            up: Ratio::from_bits(parameters.volatility_up),
            down: Ratio::from_bits(parameters.volatility_down),
            up_floor: Ratio::from_bits(parameters.volatility_up_floor),
            exponent_near: Ratio::from_bits(parameters.term_exponent_near),
            exponent_far: Ratio::from_bits(parameters.term_exponent_far),
            floor_seconds: parameters.term_floor_seconds,
        },
        charges: ChargeRates {
            naked_short_maintenance: Ratio::from_bits(parameters.naked_short_maintenance),
            naked_short_initial: Ratio::from_bits(parameters.naked_short_initial),
            linear_maintenance: Ratio::from_bits(parameters.linear_maintenance),
            linear_initial: Ratio::from_bits(parameters.linear_initial),
        },
        hedge_value,
    })
}

/// An expiry for the engine, as of `now`.
pub fn expiry_input(market: &Market, expiry: &Expiry, now: i64) -> ExpiryInput {
    let remaining = expiry.expires_at.saturating_sub(now).clamp(0, i64::from(u32::MAX));
    let (average, fixed_share) = if expiry.status() == ExpiryStatus::Settled {
        (expiry.settlement_price, ONE_Q28)
    } else {
        let over = Expiry::AVERAGING_SECONDS.saturating_sub(remaining).max(0) as u64;
        let average = if over == 0 { 0 } else { running_average(market, expiry, now) };
        (average, (over << 28) / Expiry::AVERAGING_SECONDS as u64)
    };
    ExpiryInput {
        seconds: if expiry.status() == ExpiryStatus::Settled { 0 } else { remaining as u32 },
        basis: SignedRatio::from_bits(expiry.basis),
        rate: SignedRatio::from_bits(expiry.rate),
        surface: RawSvi {
            a: expiry.svi_a,
            b: expiry.svi_b,
            rho: expiry.svi_rho,
            m: expiry.svi_m,
            sigma: expiry.svi_sigma,
            variance_shift: expiry.svi_variance_shift,
        },
        surface_sqrt_time: expiry.surface_sqrt_time,
        average,
        fixed_share: fixed_share as u32,
    }
}

/// Average price over the averaging window so far, ticks: accepted prices weighted by how long each stood, the newest
/// one until `now`. The index price if the window has not begun or nothing covers it.
pub fn running_average(market: &Market, expiry: &Expiry, now: i64) -> u64 {
    let from = market.publish_time.max(expiry.expires_at.saturating_sub(Expiry::AVERAGING_SECONDS));
    let standing = now.min(expiry.expires_at).saturating_sub(from).clamp(0, Expiry::AVERAGING_SECONDS) as u64;
    let seconds = u64::from(expiry.averaged_seconds).saturating_add(standing);
    // Prices are below 2^48 and the window has 1,800 seconds.
    let sum = expiry.averaged_price_seconds.saturating_add(market.price.saturating_mul(standing));
    sum.checked_div(seconds).unwrap_or(market.price)
}

/// A collateral holding for the engine.
///
/// # Errors
/// [`RiskError::PriceOutOfRange`] if the bank has no price yet.
pub fn collateral_input(bank: &Bank, amount: u64, hedge: u64, stale: bool) -> Result<CollateralInput, RiskError> {
    Ok(CollateralInput {
        amount,
        hedge,
        price: Price::new(bank.price)?,
        price_decimals: bank.price_decimals,
        token_decimals: bank.token_decimals,
        initial_haircut: Ratio::from_bits(bank.parameters.initial_haircut),
        maintenance_haircut: Ratio::from_bits(bank.parameters.maintenance_haircut),
        stale,
    })
}

/// Whether a price is too old for a check.
pub(super) fn is_stale(exchange: &Exchange, refreshed_slot: u64, publish_time: i64, moment: Moment) -> bool {
    let parameters = &exchange.parameters;
    let oldest = match moment.purpose {
        Purpose::Owner => parameters.trade_oracle_age,
        Purpose::Liquidation => parameters.liquidation_oracle_age,
        Purpose::View => return false,
    };
    moment.slot.saturating_sub(refreshed_slot) > u64::from(parameters.mark_age_slots)
        || moment.now.saturating_sub(publish_time) > i64::from(oldest)
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

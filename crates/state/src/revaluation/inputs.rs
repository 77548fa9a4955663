//! What the engine needs to know, read from the accounts.

use ballast_risk::{
    MicroUsd, Price, Ratio, RiskError, SignedRatio,
    collateral::CollateralInput,
    num,
    quantity::{Multiple, ValueScale},
    revaluation::{ChargeRates, ConcentrationRate, ExpiryInput, MarketInput},
    scan_range::ScanRange,
    scenario::{BasisShock, Discounts, ONE_Q28, SkewShock, VolatilityShock},
    surface::RawSvi,
};

use crate::{Bank, Exchange, Expiry, ExpiryStatus, Market, MarketParameters};

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
    let range = ScanRange {
        range: Ratio::from_bits(market.scan_range),
        maintenance: Ratio::from_bits(market.maintenance_range),
    };
    Ok(MarketInput {
        price: Price::new(market.price)?,
        log_price: num::ln_q40(market.price),
        scale: value_scale(market)?,
        perpetual_basis: SignedRatio::from_bits(market.perpetual_basis),
        scenarios: market.scenarios.set(),
        tail_weights: market.scenarios.weights(),
        volatility: volatility_shock(parameters),
        skew: skew_shock(parameters),
        basis: BasisShock {
            add: Ratio::from_bits(parameters.basis_add),
            per_year: Ratio::from_bits(parameters.basis_per_year),
        },
        discounts: Discounts {
            base_long: Ratio::from_bits(parameters.discount_base_long),
            base_short: Ratio::from_bits(parameters.discount_base_short),
            rate_long: Ratio::from_bits(parameters.discount_rate_long),
            rate_short: Ratio::from_bits(parameters.discount_rate_short),
            add_long: Ratio::from_bits(parameters.discount_add_long),
            add_short: Ratio::from_bits(parameters.discount_add_short),
        },
        charges: charge_rates(parameters),
        quality: Ratio::from_bits(market.quality),
        maintenance_share: range.maintenance_share(),
        hedge_value,
    })
}

fn volatility_shock(parameters: &MarketParameters) -> VolatilityShock {
    VolatilityShock {
        up: Ratio::from_bits(parameters.volatility_up),
        down: Ratio::from_bits(parameters.volatility_down),
        up_shift: Ratio::ZERO,
        down_shift: Ratio::ZERO,
        up_floor: Ratio::from_bits(parameters.volatility_up_floor),
        exponent_near: Ratio::from_bits(parameters.term_exponent_near),
        exponent_far: Ratio::from_bits(parameters.term_exponent_far),
        floor_seconds: parameters.term_floor_seconds,
    }
}

fn skew_shock(parameters: &MarketParameters) -> SkewShock {
    SkewShock {
        linear: parameters.skew_scenarios & 1 != 0,
        absolute: parameters.skew_scenarios & 2 != 0,
        discounted: parameters.skew_discounted != 0,
        base: Ratio::from_bits(parameters.skew_base),
        scale: Ratio::from_bits(parameters.skew_scale),
        width_floor: Ratio::from_bits(parameters.skew_width_floor),
        width: Multiple::from_bits(parameters.skew_width),
        volatility: Ratio::from_bits(parameters.skew_volatility),
        volatility_per_root: Ratio::from_bits(parameters.skew_volatility_per_root),
    }
}

fn charge_rates(parameters: &MarketParameters) -> ChargeRates {
    ChargeRates {
        naked_short_maintenance: Ratio::from_bits(parameters.naked_short_maintenance),
        naked_short_initial: Ratio::from_bits(parameters.naked_short_initial),
        linear_maintenance: Ratio::from_bits(parameters.linear_maintenance),
        linear_initial: Ratio::from_bits(parameters.linear_initial),
        confidence_threshold: Ratio::from_bits(parameters.confidence_threshold),
        confidence_rate: Ratio::from_bits(parameters.confidence_rate),
        delta_concentration: ConcentrationRate {
            free: MicroUsd(parameters.delta_free),
            slope: Ratio::from_bits(parameters.delta_slope),
            cap: Ratio::from_bits(parameters.delta_cap),
        },
        vega_concentration: ConcentrationRate {
            free: MicroUsd(parameters.vega_free),
            slope: Ratio::from_bits(parameters.vega_slope),
            cap: Ratio::from_bits(parameters.vega_cap),
        },
    }
}

/// An expiry for the engine, as of `now`. The volatility shocks are those of a fresh surface.
///
/// While prices may still enter the settlement average after expiry, the contracts live on for as many seconds: they carry
/// the risk of the prices to come.
pub fn expiry_input(market: &Market, expiry: &Expiry, now: i64) -> ExpiryInput {
    let remaining = expiry.expires_at.saturating_sub(now).clamp(0, i64::from(u32::MAX)) as u32;
    let (seconds, average, fixed_share) = if expiry.status() == ExpiryStatus::Settled {
        (0, expiry.settlement_price, ONE_Q28 as u32)
    } else if now <= expiry.averaging_begins_at() {
        (remaining, 0, 0)
    } else {
        let progress = market.settlement_progress(expiry, now);
        let seconds = if remaining > 0 { remaining } else { progress.outstanding_seconds };
        (seconds, progress.price, progress.fixed_share())
    };
    ExpiryInput {
        seconds,
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
        widening: Ratio::ONE,
        quality: Ratio::from_bits(market.quality),
        average,
        fixed_share,
    }
}

/// The expiry that the perpetual of a closing market settles with, as the perpetual sees it: the same forward, and no
/// options, for which time would matter.
pub fn perpetual_input(market: &Market, expiry: &Expiry, now: i64) -> ExpiryInput {
    ExpiryInput { seconds: 0, ..expiry_input(market, expiry, now) }
}

/// What the volatility shocks of an expiry are multiplied with at a moment: more than one, the older its surface is beyond
/// what owners' checks accept. Who relies on an old surface has to hold more, and nobody is kept from liquidating.
pub fn widening(exchange: &Exchange, expiry: &Expiry, now: i64) -> Ratio {
    let parameters = &exchange.parameters;
    let age = now.saturating_sub(expiry.posted_at);
    let beyond = age.saturating_sub(i64::from(parameters.surface_age));
    if beyond <= 0 || expiry.posted_at == 0 {
        return Ratio::ONE;
    }
    core::hint::cold_path();
    // The growth stops at its cap, long before a year of the highest rate would overflow.
    let seconds = beyond.unsigned_abs().min(31_536_000);
    let growth = u64::from(parameters.surface_widening_rate).wrapping_mul(seconds) / 3_600;
    let growth = growth.min(u64::from(parameters.surface_widening_cap)) as u32;
    Ratio::from_bits(Ratio::ONE.to_bits().saturating_add(growth))
}

/// Price of the quote token in dollars, rounded down; at most one.
pub fn quote_price(bank: &Bank) -> Ratio {
    let one = 10_u64.saturating_pow(u32::from(bank.price_decimals));
    let bits = num::mul_div_floor(bank.price.min(one), 1 << 30, one).unwrap_or(0);
    Ratio::from_bits(bits as u32)
}

/// A collateral holding for the engine, as of `now`.
///
/// # Errors
/// [`RiskError::PriceOutOfRange`] if the bank has no price yet.
pub fn collateral_input(
    bank: &Bank,
    amount: u64,
    hedge: u64,
    stale: bool,
    now: i64,
) -> Result<CollateralInput, RiskError> {
    let parameters = &bank.parameters;
    let price = Price::new(bank.price)?;
    let liquidity_haircut = Ratio::from_bits(parameters.liquidity_haircut);
    let maintenance_share = Ratio::from_bits(parameters.haircut_maintenance_share);
    let share_of_liquidity = maintenance_share.of_ceil(MicroUsd(i64::from(liquidity_haircut.to_bits())));
    Ok(CollateralInput {
        amount,
        hedge,
        price,
        price_decimals: bank.price_decimals,
        token_decimals: bank.token_decimals,
        initial_price: bank.prices.stable().lower_of(price),
        initial_haircut: parameters.haircuts().initial(&bank.haircut_inputs(), bank.deposits, bank.effective_cap(now)),
        maintenance_haircut: Ratio::from_bits(bank.maintenance_haircut),
        initial_liquidity_haircut: liquidity_haircut,
        maintenance_liquidity_haircut: Ratio::from_bits(share_of_liquidity.0 as u32),
        stale,
    })
}

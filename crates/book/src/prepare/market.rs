//! A market of a book in the engine's numbers.

use ballast_risk::{
    MicroUsd, Price, Ratio, SignedRatio,
    margin::GainLimits,
    num,
    parameters::{Unit, market as table},
    quantity::ValueScale,
    revaluation::MarketInput,
};

use super::{expiry, parameters::Stated, positions, units};
use crate::{
    book::{Book, Market},
    convert::{Field, ONE_RATIO},
    engine::EngineMarket,
    error::{BookError, Path},
};

/// Converts a market with its positions; the hedge comes with the collateral.
pub(super) fn prepare(book: &Book, market: &Market, group: usize, path: &Path) -> Result<EngineMarket, BookError> {
    if market.name.is_empty() {
        return Err(BookError::new(&path.field("name"), "is missing: name every market, such as \"BTC\""));
    }
    let price_field = Field::new(path, "price", market.price);
    let index = price_field.required("the index price in USD")?;
    let units = units::choose(market, index, path)?;
    let ticks = units::ticks(&units, &price_field, index)?;
    let price = Price::new(ticks).map_err(|error| BookError::risk(price_field.path(), error))?;

    let stated = Stated::new(&market.parameters, &book.parameters, path);
    let spot_quality = spot_quality(market, &stated, path)?;
    let expiries = expiry::prepare(book, market, &units, spot_quality, path)?;
    let implied = expiries.iter().map(|expiry| expiry.annual_variance).max().unwrap_or(0);
    let (scan_range, maintenance_share) = stated.scan_range(implied)?;
    let (scenarios, tail_weights) = stated.scenarios(scan_range)?;
    let quality = |name, value| Field::new(path, name, value).ratio_between(ONE_RATIO, 0, ONE_RATIO);
    let perpetual_quality = quality("confidence.perpetual", market.confidence.perpetual)?;
    let input = MarketInput {
        price,
        log_price: num::ln_q40(ticks),
        scale: units.scale,
        perpetual_basis: perpetual_basis(market, path)?,
        scenarios,
        tail_weights,
        volatility: stated.volatility()?,
        skew: stated.skew()?,
        basis: stated.basis()?,
        discounts: stated.discounts()?,
        charges: stated.charges()?,
        quality: spot_quality.min(perpetual_quality),
        maintenance_share,
        hedge_value: MicroUsd::ZERO,
    };
    let (weight, cap) = stated.gains()?;
    let (volatility, volatility_of_volatility) = stated.volatilities()?;
    let mut prepared = EngineMarket {
        name: market.name.clone(),
        units,
        input,
        group,
        limits: GainLimits { weight, cap, option_premium: MicroUsd::ZERO, vested_option_gain: MicroUsd::ZERO },
        volatility,
        volatility_of_volatility,
        perpetual: None,
        expiries: Vec::new(),
    };
    positions::add(market, &expiries, &mut prepared, path)?;
    let money = |name, value, default| {
        let limit = ValueScale::NOTIONAL_LIMIT;
        Field::new(path, name, value).stored_between(Unit::MicroUsd, default, -limit, limit).map(MicroUsd)
    };
    prepared.limits.option_premium = money("option_premium", market.option_premium, prepared.limits.option_premium.0)?;
    prepared.limits.vested_option_gain = money("vested_option_gain", market.vested_option_gain, 0)?.gain();
    Ok(prepared)
}

/// Quality of the index price: stated, or from its confidence interval.
fn spot_quality(market: &Market, stated: &Stated, path: &Path) -> Result<Ratio, BookError> {
    let path = path.field("confidence");
    let confidence = &market.confidence;
    let interval = Field::new(&path, "of_price", confidence.of_price);
    if confidence.of_price.is_some() && confidence.spot.is_some() {
        return Err(interval.refuse("is stated beside the quality \"spot\"", "one of the two"));
    }
    if confidence.of_price.is_some() {
        let of_price = interval.ratio_between(0, 0, ONE_RATIO)?;
        let rejection_path = stated.path.field("confidence");
        let rejection = Field::new(&rejection_path, "rejection", stated.parameters.confidence.rejection)
            .ratio(&table::CONFIDENCE_LIMIT, 0)?;
        let missing = (u64::from(of_price.to_bits()) << 30).div_ceil(u64::from(rejection.to_bits().max(1)));
        return Ok(Ratio::from_bits((ONE_RATIO.unsigned_abs()).saturating_sub(missing) as u32));
    }
    Field::new(&path, "spot", confidence.spot).ratio_between(ONE_RATIO, 0, ONE_RATIO)
}

#[allow(
    clippy::float_arithmetic,
    reason = "a basis is the ratio of two prices that the book states, rounded to its scale"
)]
fn perpetual_basis(market: &Market, path: &Path) -> Result<SignedRatio, BookError> {
    let price = Field::new(path, "perpetual_price", market.perpetual_price);
    let Some(mark) = market.perpetual_price else {
        return Field::new(path, "perpetual_basis", market.perpetual_basis).signed_ratio(0, ONE_RATIO / 2);
    };
    if market.perpetual_basis.is_some() {
        return Err(price.refuse("is stated beside \"perpetual_basis\"", "one of the two"));
    }
    let index = market.price.unwrap_or_default().to_f64();
    let basis = libm::round((mark.to_f64() / index - 1.0) * ONE_RATIO as f64);
    if libm::fabs(basis) > ONE_RATIO as f64 / 2.0 {
        return Err(price.refuse("is too far from the index", "a price within 50 % of it"));
    }
    Ok(SignedRatio::from_bits(basis as i32))
}

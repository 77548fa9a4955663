//! Expiries of a book in the engine's numbers.
//!
//! Forwards, discount factors and surfaces that a book states become the logarithms, rates and scaled variances that
//! the engine takes: the one place where binary floating point stands between the two. Its error, 10^-16, is far below
//! the scales' 2^-30.
#![allow(
    clippy::float_arithmetic,
    reason = "logarithms and roots of what the book states, rounded to the engine's scales"
)]

use ballast_risk::{
    Ratio, SignedRatio, num,
    parameters::Unit,
    quantity::{Multiple, SECONDS_PER_YEAR},
    revaluation::ExpiryInput,
    scenario::ONE_Q28,
    surface::{EssviSlice, RawSvi},
};

use super::units;
use crate::{
    book::{Book, Expiry, Market, Surface},
    convert::{Field, ONE_MULTIPLE, ONE_RATIO},
    decimal::Decimal,
    engine::Units,
    error::{BookError, Path},
};

/// Seconds over which settlement prices are averaged.
const AVERAGING_SECONDS: i64 = 1_800;
/// Longest time to expiry: seven years, as far as interest counts.
const LONGEST_SECONDS: i64 = 7 * SECONDS_PER_YEAR as i64;

/// An expiry before positions are added to it.
pub(super) struct ListedExpiry {
    pub name: String,
    pub input: ExpiryInput,
    /// Quality of its prices for futures; that in `input` is for options.
    pub linear_quality: Ratio,
    /// One volatility for every strike.
    pub volatility: Option<Multiple>,
    /// Whether there is a smile.
    pub has_surface: bool,
    /// Annual variance at the money, scale 2^-32; zero if only options state volatilities.
    pub annual_variance: u64,
}

pub(super) fn prepare(
    book: &Book,
    market: &Market,
    units: &Units,
    spot_quality: Ratio,
    path: &Path,
) -> Result<Vec<ListedExpiry>, BookError> {
    let list = path.field("expiries");
    let mut expiries = Vec::with_capacity(market.expiries.len());
    for (index, expiry) in market.expiries.iter().enumerate() {
        let path = list.index(index);
        let is_repeated = market.expiries[..index].iter().any(|other| other.name == expiry.name);
        if is_repeated || (expiry.name.is_empty() && market.expiries.len() > 1) {
            let name = format!("\"{}\"", expiry.name);
            let expected = "a different one for each expiry";
            return Err(BookError::value(&path.field("name"), name, "is not a name", expected));
        }
        expiries.push(one(book, market, expiry, units, spot_quality, &path)?);
    }
    Ok(expiries)
}

fn one(
    book: &Book,
    market: &Market,
    expiry: &Expiry,
    units: &Units,
    spot_quality: Ratio,
    path: &Path,
) -> Result<ListedExpiry, BookError> {
    let seconds = seconds(book, expiry, path)?;
    let years = f64::from(seconds) / SECONDS_PER_YEAR as f64;
    let widening = Field::new(path, "widening", expiry.widening).ratio_between(ONE_RATIO, ONE_RATIO, 3 * ONE_RATIO)?;
    let confidence_path = path.field("confidence");
    let quality = |name, value| Field::new(&confidence_path, name, value).ratio_between(ONE_RATIO, 0, ONE_RATIO);
    let linear_quality = spot_quality.min(quality("forward", expiry.confidence.forward)?);
    let option_quality = linear_quality
        .min(quality("volatility", expiry.confidence.volatility)?)
        .min(quality("rate", expiry.confidence.rate)?);
    let (average, fixed_share) = averaging(book, market, expiry, seconds, units, path)?;
    let (surface, surface_seconds, volatility) = surface(expiry, seconds, path)?;
    let at_the_money = surface.total_deviation_q28(0);
    let annual_variance = match surface_seconds {
        0 => 0,
        seconds => {
            num::mul_div_ceil(at_the_money.saturating_mul(at_the_money), SECONDS_PER_YEAR, u64::from(seconds) << 24)
                .unwrap_or(0)
        }
    };
    Ok(ListedExpiry {
        name: expiry.name.clone(),
        input: ExpiryInput {
            seconds,
            basis: basis(market, expiry, years, path)?,
            rate: rate(expiry, years, path)?,
            surface,
            surface_sqrt_time: num::sqrt_years_q28(surface_seconds).max(1),
            widening,
            quality: option_quality,
            average,
            fixed_share,
        },
        linear_quality,
        volatility,
        has_surface: expiry.surface.is_some(),
        annual_variance,
    })
}

fn seconds(book: &Book, expiry: &Expiry, path: &Path) -> Result<u32, BookError> {
    let stated = [expiry.seconds.is_some(), expiry.days.is_some(), expiry.at.is_some()];
    if stated.iter().filter(|stated| **stated).count() != 1 {
        let problem = "needs one statement of the time to expiry";
        let error = BookError::new(path, problem);
        return Err(BookError { expected: Some("\"seconds\", \"days\" or \"at\"".to_owned()), ..error });
    }
    if let Some(days) = expiry.days {
        let field = Field::new(path, "days", expiry.days);
        let seconds = days.product_floor(Decimal::from(86_400), 0);
        return match seconds.filter(|seconds| (0..=LONGEST_SECONDS).contains(seconds)) {
            Some(seconds) => Ok(seconds as u32),
            None => Err(field.refuse("is out of range", format!("0 to {}", LONGEST_SECONDS / 86_400))),
        };
    }
    if let Some(at) = expiry.at {
        let Some(now) = book.as_of else {
            return Err(BookError::new(&Path::ROOT.field("as_of"), "is missing: an expiry states a moment"));
        };
        let seconds = at.unix_seconds.saturating_sub(now.unix_seconds);
        if seconds > LONGEST_SECONDS {
            let expected = format!("at most {} days after \"as_of\"", LONGEST_SECONDS / 86_400);
            return Err(BookError::value(&path.field("at"), at.unix_seconds, "is too far away", expected));
        }
        return Ok(seconds.max(0) as u32);
    }
    let field = Field::new(path, "seconds", expiry.seconds);
    field.stored_between(Unit::Seconds, 0, 0, LONGEST_SECONDS).map(|seconds| seconds as u32)
}

/// ln(forward / index).
fn basis(market: &Market, expiry: &Expiry, years: f64, path: &Path) -> Result<SignedRatio, BookError> {
    let stated = [expiry.forward.is_some(), expiry.basis.is_some(), expiry.carry.is_some()];
    if stated.iter().filter(|stated| **stated).count() > 1 {
        let error = BookError::new(path, "states its forward more than once");
        return Err(BookError { expected: Some("one of \"forward\", \"basis\" and \"carry\"".to_owned()), ..error });
    }
    let limit = ONE_RATIO / 2;
    if let Some(carry) = expiry.carry {
        let field = Field::new(path, "carry", expiry.carry);
        let bits = libm::round(carry.to_f64() * years * ONE_RATIO as f64);
        if libm::fabs(bits) > limit as f64 {
            return Err(field.refuse("is out of range", "a forward within 0.606 and 1.648 times the index"));
        }
        return Ok(SignedRatio::from_bits(bits as i32));
    }
    if let Some(forward) = expiry.forward {
        let field = Field::new(path, "forward", expiry.forward);
        let ratio = forward.to_f64() / market.price.unwrap_or_default().to_f64();
        let bits = if ratio > 0.0 { libm::round(libm::log(ratio) * ONE_RATIO as f64) } else { f64::INFINITY };
        if libm::fabs(bits) > limit as f64 {
            return Err(field.refuse("is out of range", "a price from 0.607 to 1.648 times the index"));
        }
        return Ok(SignedRatio::from_bits(bits as i32));
    }
    Field::new(path, "basis", expiry.basis).signed_ratio(0, limit)
}

/// Interest rate per year.
fn rate(expiry: &Expiry, years: f64, path: &Path) -> Result<SignedRatio, BookError> {
    let Some(discount) = expiry.discount else {
        return Field::new(path, "rate", expiry.rate).signed_ratio(0, ONE_RATIO);
    };
    let field = Field::new(path, "discount", expiry.discount);
    if expiry.rate.is_some() {
        return Err(field.refuse("is stated beside \"rate\"", "one of the two"));
    }
    let factor = discount.to_f64();
    if factor == 1.0 {
        return Ok(SignedRatio::default());
    }
    let rate = libm::round(-libm::log(factor) / years * ONE_RATIO as f64);
    if !(factor > 0.0 && factor < 1.0 && rate <= ONE_RATIO as f64) {
        return Err(field.refuse("is out of range", "a factor of at most 1 that is a rate of at most 100 % a year"));
    }
    Ok(SignedRatio::from_bits(rate as i32))
}

/// The part of the settlement average that is fixed: its average, ticks, and its share, Q28.
fn averaging(
    book: &Book,
    market: &Market,
    expiry: &Expiry,
    seconds: u32,
    units: &Units,
    path: &Path,
) -> Result<(u64, u32), BookError> {
    let path = path.field("averaging");
    let window = market.parameters.averaging_seconds.or(book.parameters.averaging_seconds);
    let parameters = Path::ROOT.field("parameters");
    let window = Field::new(&parameters, "averaging_seconds", window);
    let window = window.stored_between(Unit::Seconds, AVERAGING_SECONDS, 0, 86_400)?;
    let over = (window - i64::from(seconds)).max(0);
    let from_time = match window {
        0 if seconds == 0 => ONE_MULTIPLE,
        0 => 0,
        window => over * ONE_MULTIPLE / window,
    };
    let Some(stated) = &expiry.averaging else {
        let index = Field::new(&path, "price", market.price);
        let average = units::ticks(units, &index, market.price.unwrap_or_default())?;
        return Ok((average, from_time.min(ONE_Q28 as i64) as u32));
    };
    let average = units::ticks(units, &Field::new(&path, "price", Some(stated.price)), stated.price)?;
    let share = Field::new(&path, "share", stated.share);
    let share = share.stored_between(Unit::Multiple, from_time, 0, ONE_MULTIPLE)?;
    Ok((average, if seconds == 0 { ONE_Q28 as u32 } else { share as u32 }))
}

/// The smile, the seconds that its variances span, and the one volatility of all strikes if there is one.
fn surface(expiry: &Expiry, seconds: u32, path: &Path) -> Result<(RawSvi, u32, Option<Multiple>), BookError> {
    let volatility_field = Field::new(path, "volatility", expiry.volatility);
    let volatility = volatility_field.volatility()?;
    let Some(stated) = &expiry.surface else {
        return Ok((flat(volatility.unwrap_or_default(), seconds), seconds, volatility));
    };
    if volatility.is_some() {
        return Err(volatility_field.refuse("is stated beside \"surface\"", "one of the two"));
    }
    let path = path.field("surface");
    let spanned = Field::new(&path, "seconds", stated.seconds);
    let spanned = spanned.stored_between(Unit::Seconds, i64::from(seconds), 1, LONGEST_SECONDS)? as u32;
    let surface = match (&stated.essvi, &stated.svi) {
        (Some(_), None) => essvi(stated, spanned, &path.field("essvi"))?,
        (None, Some(_)) => raw(stated, &path.field("svi"))?,
        _ => {
            let error = BookError::new(&path, "needs one form of smile");
            return Err(BookError { expected: Some("\"essvi\" or \"svi\"".to_owned()), ..error });
        }
    };
    Ok((surface, spanned, None))
}

/// The same volatility at every strike, with as many digits as fit.
fn flat(volatility: Multiple, seconds: u32) -> RawSvi {
    let volatility = f64::from(volatility.to_bits()) / ONE_MULTIPLE as f64;
    let mut variance = volatility * volatility * f64::from(seconds) / SECONDS_PER_YEAR as f64;
    let mut variance_shift = 0;
    while variance_shift < u64::from(RawSvi::MAX_VARIANCE_SHIFT) && variance * 4.0 <= 9.0 {
        variance *= 4.0;
        variance_shift += 1;
    }
    RawSvi { a: scaled(variance.min(9.0), 29), variance_shift, ..RawSvi::default() }
}

fn essvi(stated: &Surface, seconds: u32, path: &Path) -> Result<RawSvi, BookError> {
    let slice = stated.essvi.clone().unwrap_or_default();
    let refuse =
        |expected: &str| BookError { expected: Some(expected.to_owned()), ..BookError::new(path, "is incomplete") };
    let years = f64::from(seconds) / SECONDS_PER_YEAR as f64;
    let theta = match (slice.theta, slice.volatility) {
        (Some(theta), None) => theta.to_f64(),
        (None, Some(_)) => {
            let volatility = Field::new(path, "volatility", slice.volatility).volatility()?.unwrap_or_default();
            let volatility = f64::from(volatility.to_bits()) / ONE_MULTIPLE as f64;
            volatility * volatility * years
        }
        _ => return Err(refuse("one of \"theta\" and \"volatility\"")),
    };
    let psi = match (slice.psi, slice.curvature) {
        (Some(psi), None) => psi.to_f64(),
        (None, Some(curvature)) => curvature.to_f64() * libm::sqrt(theta),
        _ => return Err(refuse("one of \"psi\" and \"curvature\"")),
    };
    let rho = Field::new(path, "rho", slice.rho);
    let rho_q29 = scaled(rho.required("the tilt, between -1 and 1")?.to_f64(), 29);
    let slice = EssviSlice {
        theta_q40: scaled(theta, 40).max(0).unsigned_abs(),
        rho_q29,
        psi_q40: scaled(psi, 40).max(0).unsigned_abs(),
    };
    slice.to_raw().map_err(|error| BookError::new(path, error.to_string()))
}

fn raw(stated: &Surface, path: &Path) -> Result<RawSvi, BookError> {
    let Some(svi) = &stated.svi else { return Ok(RawSvi::default()) };
    let number = |name, value: Decimal, lowest: f64, highest: f64| {
        let number = value.to_f64();
        if number >= lowest && number <= highest {
            return Ok(number);
        }
        Err(Field::new(path, name, Some(value)).refuse("is out of range", format!("{lowest} to {highest}")))
    };
    let rho = number("rho", svi.rho, -0.999_999_9, 0.999_999_9)?;
    let steepest = 2.0 / (1.0 + libm::fabs(rho));
    let (mut a, mut b) = (number("a", svi.a, -4.0, 9.0)?, number("b", svi.b, 0.0, steepest)?);
    let (m, sigma) = (number("m", svi.m, -4.0, 4.0)?, number("sigma", svi.sigma, 0.0, 4.0)?);
    if a + b * sigma * libm::sqrt(1.0 - rho * rho) < 0.0 {
        let error = BookError::new(path, "has a negative variance at its vertex");
        return Err(BookError { expected: Some("a + b·σ·√(1 − ρ²) of at least 0".to_owned()), ..error });
    }
    let mut variance_shift = 0;
    while variance_shift < u64::from(RawSvi::MAX_VARIANCE_SHIFT)
        && a * 4.0 <= 9.0
        && a * 4.0 >= -4.0
        && b * 4.0 <= steepest
    {
        a *= 4.0;
        b *= 4.0;
        variance_shift += 1;
    }
    Ok(RawSvi {
        a: scaled(a, 29),
        b: scaled(b, 29),
        rho: scaled(rho, 29),
        m: scaled(m, 29),
        sigma: scaled(sigma, 29),
        variance_shift,
    })
}

/// `value` × 2^`bits`, rounded to nearest; the ends of the range for what does not fit.
fn scaled(value: f64, bits: u32) -> i64 {
    libm::round(value * (1_u64 << bits) as f64) as i64
}

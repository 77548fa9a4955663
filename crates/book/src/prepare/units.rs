//! Ticks and lots: how fine the engine counts a market's prices and quantities.

use ballast_risk::{Price, quantity::ValueScale};

use super::MOST_LOTS;
use crate::{
    book::Market,
    convert::Field,
    decimal::Decimal,
    engine::Units,
    error::{BookError, Path},
};

/// Ticks that an index has at least, where its decimals are not stated: 10^-7 of it.
const LEAST_TICKS: i64 = 10_000_000;
/// Decimals of quantities that are chosen where there is room, so that the largest trade can be found finely.
const USUAL_QUANTITY_DECIMALS: u32 = 4;
/// Most decimals of prices and quantities together.
const MOST_DECIMALS: u32 = 18;

/// Chooses them so that every price of the market is a whole number of ticks, and every quantity of lots.
pub(crate) fn choose(market: &Market, index: Decimal, path: &Path) -> Result<Units, BookError> {
    let quantity_decimals = quantity_decimals(market, index, path)?;
    let price_decimals = price_decimals(market, index, MOST_DECIMALS - quantity_decimals, path)?;
    let scale =
        ValueScale::new(price_decimals as u8, quantity_decimals as u8).map_err(|error| BookError::risk(path, error))?;
    Ok(Units { price_decimals, quantity_decimals, scale })
}

/// A price in ticks.
pub(crate) fn ticks(units: &Units, field: &Field, price: Decimal) -> Result<u64, BookError> {
    // Decimals were chosen for the price, so their range says nothing about one that cannot be.
    if price.is_negative() || price.is_zero() {
        return Err(field.refuse("is not a price", "a positive number".to_owned()));
    }
    let ticks = price.to_integer(units.price_decimals).and_then(|ticks| u64::try_from(ticks).ok());
    match ticks.filter(|&ticks| ticks > 0 && ticks < Price::LIMIT) {
        Some(ticks) => Ok(ticks),
        None => {
            let highest = Decimal::new(i128::from(Price::LIMIT - 1), units.price_decimals);
            let smallest = Decimal::new(1, units.price_decimals);
            Err(field.refuse("is not a price", format!("a multiple of {smallest} from {smallest} to {highest}")))
        }
    }
}

/// A quantity in lots.
pub(crate) fn lots(units: &Units, field: &Field, quantity: Decimal) -> Result<i64, BookError> {
    let lots = quantity.to_integer(units.quantity_decimals);
    lots.filter(|lots| *lots != 0 && lots.abs() <= MOST_LOTS).ok_or_else(|| {
        let smallest = Decimal::new(1, units.quantity_decimals);
        let largest = Decimal::new(i128::from(MOST_LOTS), units.quantity_decimals);
        field.refuse("is not a quantity", format!("a multiple of {smallest}, not zero, within ±{largest}"))
    })
}

fn quantity_decimals(market: &Market, index: Decimal, path: &Path) -> Result<u32, BookError> {
    let stated = Field::new(path, "quantity_decimals", market.quantity_decimals);
    if let Some(decimals) = stated.get() {
        let fits = decimals.to_integer(0).filter(|decimals| (0..=9).contains(decimals));
        return fits.map(|decimals| decimals as u32).ok_or_else(|| stated.refuse("is out of range", "0 to 9"));
    }
    let quantities = || market.positions.iter().filter_map(|position| position.quantity);
    let needed = quantities().map(Decimal::decimals).max().unwrap_or(0).min(9);
    // Twice as many, so that a trade of the same size still fits.
    let fits = |decimals: u32| {
        let lots = quantities().map(|quantity| quantity.magnitude().to_integer(decimals).unwrap_or(i64::MAX));
        lots.fold(0_i64, i64::saturating_add) <= MOST_LOTS / 2
    };
    // A lot is worth at least a dollar.
    let usual =
        (0..USUAL_QUANTITY_DECIMALS).find(|&decimals| index.to_integer_floor(0) < Some(10_i64.pow(decimals + 1)));
    let usual = usual.unwrap_or(USUAL_QUANTITY_DECIMALS);
    let chosen = (needed..=needed.max(usual)).rev().find(|&decimals| fits(decimals));
    Ok(chosen.unwrap_or(needed))
}

fn price_decimals(market: &Market, index: Decimal, most: u32, path: &Path) -> Result<u32, BookError> {
    let stated = Field::new(path, "price_decimals", market.price_decimals);
    if let Some(decimals) = stated.get() {
        let fits = decimals.to_integer(0).filter(|decimals| (0..=i64::from(most)).contains(decimals));
        return fits.map(|decimals| decimals as u32).ok_or_else(|| {
            stated.refuse("is out of range", format!("0 to {most}, {MOST_DECIMALS} with those of quantities"))
        });
    }
    let of_positions = market.positions.iter().flat_map(|position| [position.strike, position.entry]);
    let of_expiries = market.expiries.iter().map(|expiry| expiry.averaging.as_ref().map(|averaging| averaging.price));
    let prices = || of_positions.clone().chain(of_expiries.clone()).flatten().chain([index]);
    let needed = prices().map(Decimal::decimals).max().unwrap_or(0).min(most);
    let fits = |decimals: u32| {
        prices().all(|price| price.to_integer(decimals).is_some_and(|ticks| ticks < Price::LIMIT as i64))
    };
    let is_fine = |decimals: u32| index.to_integer(decimals).is_none_or(|ticks| ticks >= LEAST_TICKS);
    let wanted = (needed..=most).find(|&decimals| is_fine(decimals)).unwrap_or(most);
    let chosen = (needed..=wanted).rev().find(|&decimals| fits(decimals));
    Ok(chosen.unwrap_or(needed))
}

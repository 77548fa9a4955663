//! From accounts to a book in the engine's numbers: the inputs are those of the program's own walk.

use core::fmt::Display;

use ballast_book::{
    book::Exercise,
    engine::{
        EngineBook, EngineDeposit, EngineExpiry, EngineGroup, EngineMarket, Linear, OptionLeg, Strike, Units, Valuation,
    },
};
use ballast_risk::{
    MicroUsd, Ratio, RiskError,
    correlation::CorrelationMatrix,
    margin::GainLimits,
    quantity::Multiple,
    revaluation::{ExpiryInput, Group},
};
use ballast_state::{
    AccountMarket, Bank, Expiry, Market, Position, PositionKind,
    revaluation::{self, Sources},
};
use time::OffsetDateTime;

use super::{Error, Snapshot};

fn refused(error: impl Display) -> Error {
    Error::Refused(error.to_string())
}

/// A position refers to nothing.
pub(super) fn corrupt() -> Error {
    Error::Refused("a position refers to a contract that is not listed".to_owned())
}

/// The book of a snapshot's account.
pub fn book(snapshot: &Snapshot) -> Result<EngineBook, Error> {
    let (account, exchange) = (&snapshot.account, &snapshot.exchange);
    let parameters = &exchange.parameters;
    let quote_price = match snapshot.bank(exchange.quote_bank_number) {
        Some(bank) if account.position_count > 0 => revaluation::quote_price(bank),
        _ => Ratio::ONE,
    };
    let factors = parameters.factors(quote_price);
    let surcharge = factors.initial.to_bits().saturating_sub(parameters.initial_factor);
    let (deposits, hedges) = deposits(snapshot)?;
    let mut markets = Vec::new();
    let mut places = Vec::new();
    for (slot, held) in account.markets.iter().enumerate().filter(|(_, held)| held.position_count > 0) {
        let market = snapshot.market(held.market).ok_or_else(corrupt)?;
        markets.push(self::market(snapshot, market, slot, held, hedges[slot])?);
        places.push((usize::from(market.group), usize::from(market.group_place)));
    }
    let groups = exchange.groups.iter().enumerate().map(|(index, group)| {
        let members: Vec<_> = places.iter().filter(|(group, _)| *group == index).map(|(_, place)| *place).collect();
        Ok(EngineGroup {
            name: index.to_string(),
            engine: Group {
                index: index as u8,
                window: group.parameters.window,
                gain_allowance: Ratio::from_bits(group.parameters.gain_allowance),
            },
            correlations: among(&group.matrix(), &members).map_err(refused)?,
        })
    });
    Ok(EngineBook {
        mode: account.mode(),
        cash: revaluation::net_cash(account, exchange, snapshot).map_err(refused)?,
        factors,
        quote_price,
        peg_surcharge: Ratio::from_bits(surcharge),
        groups: groups.collect::<Result<_, Error>>()?,
        markets,
        deposits,
        deviations: Multiple::from_bits(parameters.value_at_risk_deviations),
        horizon_seconds: parameters.value_at_risk_horizon_seconds,
    })
}

/// Correlations of some of a group's markets, in their order.
fn among(all: &CorrelationMatrix, places: &[usize]) -> Result<CorrelationMatrix, RiskError> {
    let mut some = CorrelationMatrix::default();
    for (one, &place) in places.iter().enumerate() {
        for (other, &earlier) in places[..one].iter().enumerate() {
            some.set(one, other, all.get(place, earlier))?;
        }
    }
    Ok(some)
}

/// Text of a name that is padded with zeros.
pub(super) fn text(name: &[u8]) -> String {
    String::from_utf8_lossy(name).trim_end_matches('\0').to_owned()
}

/// The deposits, and the value of hedges by the account's market slots.
fn deposits(snapshot: &Snapshot) -> Result<(Vec<EngineDeposit>, Vec<MicroUsd>), Error> {
    let account = &snapshot.account;
    let mut hedges = vec![MicroUsd::ZERO; account.markets.len()];
    let mut deposits = Vec::new();
    for balance in account.balances.iter().filter(|balance| balance.bank != 0) {
        let missing = || Error::Refused(format!("bank {} does not exist", balance.bank));
        let bank: &Bank = snapshot.bank(balance.bank).ok_or_else(missing)?;
        if bank.price == 0 {
            continue;
        }
        let hedged = account
            .market_slot(bank.hedge_market)
            .filter(|&slot| balance.hedge > 0 && account.markets[slot].position_count > 0);
        let declared = if hedged.is_some() { balance.hedge } else { 0 };
        let input = revaluation::collateral_input(bank, balance.amount, declared, false, snapshot.moment.now);
        let input = input.map_err(refused)?;
        let value = input.value().map_err(refused)?;
        if let Some(slot) = hedged {
            hedges[slot] += value.hedge_value;
        }
        deposits.push(EngineDeposit { name: format!("bank {}", bank.number), input, value });
    }
    Ok((deposits, hedges))
}

fn market(
    snapshot: &Snapshot,
    market: &Market,
    slot: usize,
    held: &AccountMarket,
    hedge: MicroUsd,
) -> Result<EngineMarket, Error> {
    let parameters = &market.parameters;
    let mut book = EngineMarket {
        name: text(&market.name),
        units: Units {
            price_decimals: u32::from(market.price_decimals),
            quantity_decimals: u32::from(market.quantity_decimals),
            scale: revaluation::value_scale(market).map_err(refused)?,
        },
        input: revaluation::market_input(market, hedge).map_err(refused)?,
        group: usize::from(market.group),
        limits: GainLimits {
            weight: Ratio::from_bits(parameters.unsettled_gain_weight),
            cap: MicroUsd(parameters.unsettled_gain_cap),
            option_premium: MicroUsd::ZERO,
            vested_option_gain: MicroUsd(held.option_gain.vested),
        },
        // A multiple below 16 into a ratio below 4.
        volatility: market.prices.volatility(),
        volatility_of_volatility: Ratio::from_bits(parameters.volatility_of_volatility),
        perpetual: None,
        expiries: Vec::new(),
    };
    let positions = snapshot.account.positions().iter().filter(|position| usize::from(position.market_slot) == slot);
    for (place, position) in positions.enumerate() {
        add(snapshot, market, &mut book, place, position)?;
    }
    Ok(book)
}

/// Adds a position. They come sorted by expiry and strike.
fn add(
    snapshot: &Snapshot,
    market: &Market,
    book: &mut EngineMarket,
    place: usize,
    position: &Position,
) -> Result<(), Error> {
    let linear = Linear { position: place, lots: position.quantity, ledger: position.ledger };
    let kind = position.kind();
    if kind == PositionKind::Perpetual {
        let held = &snapshot.account.markets[usize::from(position.market_slot)];
        let ledger = market.perpetual_ledger(held, position);
        add_perpetual(snapshot, market, book, Linear { ledger, ..linear });
        return Ok(());
    }
    let expiry = expiry(snapshot, market, book, usize::from(position.expiry_slot))?;
    match kind {
        PositionKind::Claim => {
            let listed = market.expiries.get(usize::from(position.expiry_slot)).ok_or_else(corrupt)?;
            expiry.claims.push((place, position.ledger - position.pending_claim_cut(listed)));
        }
        PositionKind::Future => expiry.future = Some(linear),
        PositionKind::Call | PositionKind::Put => {
            let series = market.series(position.series_slot, position.number).ok_or_else(corrupt)?;
            let leg = OptionLeg { position: place, lots: position.quantity, exercise: Exercise::European };
            let same = expiry.strikes.last_mut().filter(|last| last.strike == series.strike);
            match (same, kind) {
                (Some(strike), PositionKind::Put) => strike.put = Some(leg),
                _ => {
                    let (call, put) = if kind == PositionKind::Call { (Some(leg), None) } else { (None, Some(leg)) };
                    expiry.strikes.push(Strike {
                        strike: series.strike,
                        log_strike: series.log_strike,
                        volatility: None,
                        call,
                        put,
                    });
                }
            }
            book.limits.option_premium += MicroUsd(-position.ledger);
        }
        PositionKind::None | PositionKind::Perpetual => return Err(corrupt()),
    }
    Ok(())
}

/// An expiry's date and time.
pub(super) fn expiry_name(expiry: &Expiry) -> String {
    OffsetDateTime::from_unix_timestamp(expiry.expires_at).map_or_else(
        |_| format!("expiry {}", expiry.number),
        |at| format!("{} {:02}:{:02}", at.date(), at.hour(), at.minute()),
    )
}

/// Adds the perpetual; as the future of an expiry by itself once it settles with its market.
fn add_perpetual(snapshot: &Snapshot, market: &Market, book: &mut EngineMarket, perpetual: Linear) {
    let now = snapshot.moment.now;
    match market.perpetual_settling(now) {
        None => book.perpetual = Some(perpetual),
        Some(listed) => {
            let input = revaluation::perpetual_input(market, listed, now);
            let settling = engine_expiry(market.expiries.len(), "perpetual".to_owned(), input);
            book.expiries.push(EngineExpiry { future: Some(perpetual), ..settling });
        }
    }
}

/// An expiry without positions.
fn engine_expiry(place: usize, name: String, input: ExpiryInput) -> EngineExpiry {
    EngineExpiry {
        place,
        name,
        valuation: Valuation::European,
        input,
        listed: input,
        claims: Vec::new(),
        future: None,
        strikes: Vec::new(),
    }
}

/// The entry for an expiry, made if there is none yet.
fn expiry<'a>(
    snapshot: &Snapshot,
    market: &Market,
    book: &'a mut EngineMarket,
    slot: usize,
) -> Result<&'a mut EngineExpiry, Error> {
    if book.expiries.last().is_none_or(|last| last.place != slot) {
        let listed = market.expiries.get(slot).ok_or_else(corrupt)?;
        let now = snapshot.moment.now;
        let mut input = revaluation::expiry_input(market, listed, now);
        input.widening = revaluation::widening(&snapshot.exchange, listed, now);
        book.expiries.push(engine_expiry(slot, expiry_name(listed), input));
    }
    book.expiries.last_mut().ok_or_else(corrupt)
}

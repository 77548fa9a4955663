//! Positions of a market, in the order in which the engine takes them.

use ballast_risk::{
    Ratio, SignedRatio, num,
    quantity::{Multiple, SECONDS_PER_YEAR},
    revaluation::{ExpiryInput, ExpiryValuation},
    surface::RawSvi,
};

use super::{expiry::ListedExpiry, one_of, units};
use crate::{
    book::{Exercise, Kind, Market, Position},
    convert::Field,
    engine::{EngineExpiry, EngineMarket, Linear, OptionLeg, Strike, Valuation},
    error::{BookError, Path},
};

/// Most positions of a market: what the engine's sums have room for.
const MOST_POSITIONS: usize = 64;

/// Adds a market's positions to it.
pub(super) fn add(
    market: &Market,
    expiries: &[ListedExpiry],
    prepared: &mut EngineMarket,
    path: &Path,
) -> Result<(), BookError> {
    let list = path.field("positions");
    if market.positions.len() > MOST_POSITIONS {
        let expected = format!("at most {MOST_POSITIONS} in a market");
        return Err(BookError::value(&list, market.positions.len(), "positions are too many", expected));
    }
    let mut premium = 0_i64;
    for (place, position) in market.positions.iter().enumerate() {
        let path = list.index(place);
        if let Some(first) = market.positions[..place].iter().position(|other| is_same_contract(other, position)) {
            let problem =
                format!("is in the same contract as positions[{first}]: state one position for each contract");
            return Err(BookError::new(&path, problem));
        }
        let reader = Reader { market, position, place, path: &path };
        match position.kind {
            Kind::Perpetual => prepared.perpetual = Some(reader.perpetual(prepared)?),
            Kind::Claim => {
                let listed = reader.expiry(expiries)?;
                let amount = reader.claim()?;
                entry(prepared, &expiries[listed], listed, Valuation::European).claims.push((place, amount));
            }
            Kind::Future => {
                let listed = reader.expiry(expiries)?;
                let future = reader.future(prepared, &expiries[listed])?;
                entry(prepared, &expiries[listed], listed, Valuation::European).future = Some(future);
            }
            Kind::Call | Kind::Put => {
                premium = premium.saturating_add(reader.option(prepared, expiries)?);
            }
        }
    }
    for expiry in &mut prepared.expiries {
        expiry.strikes.sort_by_key(|strike| strike.strike);
        let listed = &expiries[expiry.place];
        if !listed.has_surface && listed.volatility.is_none() {
            set_smile(expiry, prepared.input.price.ticks());
        }
        if expiry.strikes.is_empty() {
            expiry.input.quality = listed.linear_quality;
        }
    }
    prepared.expiries.sort_by_key(|expiry| (expiry.input.seconds, expiry.place, expiry.valuation));
    prepared.limits.option_premium.0 = premium;
    Ok(())
}

fn is_same_contract(one: &Position, other: &Position) -> bool {
    let exercise = |position: &Position| position.exercise.unwrap_or_default();
    one.kind == other.kind
        && one.expiry == other.expiry
        && one.strike == other.strike
        && exercise(one) == exercise(other)
}

/// The entry for an expiry's options of a valuation, made if there is none yet.
fn entry<'a>(
    market: &'a mut EngineMarket,
    listed: &ListedExpiry,
    place: usize,
    valuation: Valuation,
) -> &'a mut EngineExpiry {
    let known = market.expiries.iter().position(|expiry| expiry.place == place && expiry.valuation == valuation);
    let index = known.unwrap_or_else(|| {
        market.expiries.push(EngineExpiry {
            place,
            name: listed.name.clone(),
            valuation,
            input: bound_input(&listed.input, valuation),
            listed: listed.input,
            claims: Vec::new(),
            future: None,
            strikes: Vec::new(),
        });
        market.expiries.len() - 1
    });
    &mut market.expiries[index]
}

/// The inputs under which European values bound American ones: no discount, and the higher of index and forward for
/// calls, the lower for puts.
pub(crate) fn bound_input(listed: &ExpiryInput, valuation: Valuation) -> ExpiryInput {
    let basis = listed.basis.to_bits();
    match valuation {
        Valuation::European => *listed,
        Valuation::CallBound => {
            ExpiryInput { basis: SignedRatio::from_bits(basis.max(0)), rate: SignedRatio::default(), ..*listed }
        }
        Valuation::PutBound => {
            ExpiryInput { basis: SignedRatio::from_bits(basis.min(0)), rate: SignedRatio::default(), ..*listed }
        }
    }
}

/// Without a smile, the volatility of the strike nearest to the index tells how near the expiry is.
fn set_smile(expiry: &mut EngineExpiry, index: u64) {
    let nearest = expiry.strikes.iter().min_by_key(|strike| strike.strike.abs_diff(index));
    let Some(volatility) = nearest.and_then(|strike| strike.volatility) else { return };
    // Q28 squared, of which Q29 is kept: at most 25 · 2^29 per year, times at most seven years.
    let square = (u64::from(volatility.to_bits()) >> 4).pow(2) >> 19;
    let variance = num::mul_div_floor(square, u64::from(expiry.input.seconds), SECONDS_PER_YEAR).unwrap_or(0);
    let surface = RawSvi { a: variance.min(9 << 29) as i64, ..RawSvi::default() };
    (expiry.input.surface, expiry.listed.surface) = (surface, surface);
}

/// Reads one position.
struct Reader<'a> {
    market: &'a Market,
    position: &'a Position,
    place: usize,
    path: &'a Path<'a>,
}

impl Reader<'_> {
    /// Refuses fields that mean nothing for the position's kind.
    fn require_unused(&self, fields: &[(&str, bool)]) -> Result<(), BookError> {
        match fields.iter().find(|(_, is_stated)| *is_stated) {
            Some((name, _)) => {
                let kind = format!("{:?}", self.position.kind).to_lowercase();
                Err(BookError::new(&self.path.field(name), format!("means nothing for a {kind}")))
            }
            None => Ok(()),
        }
    }

    fn require_no_option_fields(&self) -> Result<(), BookError> {
        let position = self.position;
        self.require_unused(&[
            ("strike", position.strike.is_some()),
            ("volatility", position.volatility.is_some()),
            ("premium", position.premium.is_some()),
            ("exercise", position.exercise.is_some()),
        ])
    }

    fn lots(&self, market: &EngineMarket) -> Result<i64, BookError> {
        let field = Field::new(self.path, "quantity", self.position.quantity);
        let quantity = field.required("the quantity, positive long, negative short")?;
        units::lots(&market.units, &field, quantity)
    }

    /// Place of the position's expiry.
    fn expiry(&self, expiries: &[ListedExpiry]) -> Result<usize, BookError> {
        let names = || one_of(expiries.iter().map(|expiry| &expiry.name));
        match (&self.position.expiry, expiries) {
            (None, [_]) => Ok(0),
            (None, _) => {
                let error = BookError::new(&self.path.field("expiry"), "is missing");
                Err(BookError { expected: Some(names()), ..error })
            }
            (Some(name), _) => expiries.iter().position(|expiry| expiry.name == *name).ok_or_else(|| {
                let path = self.path.field("expiry");
                BookError::value(&path, format!("\"{name}\""), "is not an expiry of the market", names())
            }),
        }
    }

    /// What opening a perpetual or future at its price takes out of its profit: minus quantity × price, or minus what
    /// it is worth at its mark.
    fn ledger(&self, market: &EngineMarket, lots: i64, mark_value: i64) -> Result<i64, BookError> {
        let Some(price) = self.position.entry else { return Ok(-mark_value) };
        let field = Field::new(self.path, "entry", self.position.entry);
        let ticks = units::ticks(&market.units, &field, price)?;
        let value = market.units.scale.value_floor(-lots, ticks).map_err(|error| BookError::risk(self.path, error))?;
        Ok(value.0)
    }

    fn perpetual(&self, market: &EngineMarket) -> Result<Linear, BookError> {
        self.require_no_option_fields()?;
        self.require_unused(&[("expiry", self.position.expiry.is_some()), ("amount", self.position.amount.is_some())])?;
        let lots = self.lots(market)?;
        let input = &market.input;
        let value =
            input.scale.value_floor(lots, input.price.ticks()).map_err(|error| BookError::risk(self.path, error))?;
        let basis = input.perpetual_basis.to_bits();
        let share = Ratio::from_bits(basis.unsigned_abs());
        let of_basis = if basis < 0 { -share.of_ceil(value) } else { share.of_floor(value) };
        let ledger = self.ledger(market, lots, (value + of_basis).0)?;
        Ok(Linear { position: self.place, lots, ledger })
    }

    fn future(&self, market: &EngineMarket, listed: &ListedExpiry) -> Result<Linear, BookError> {
        self.require_no_option_fields()?;
        self.require_unused(&[("amount", self.position.amount.is_some())])?;
        let lots = self.lots(market)?;
        let risk = |error| BookError::risk(self.path, error);
        let forward = ExpiryValuation::new(&market.input, &listed.input).map_err(risk)?.forward_ticks;
        let value = market.units.scale.value_floor(lots, forward).map_err(risk)?;
        let ledger = self.ledger(market, lots, value.0)?;
        Ok(Linear { position: self.place, lots, ledger })
    }

    fn claim(&self) -> Result<i64, BookError> {
        self.require_no_option_fields()?;
        self.require_unused(&[
            ("entry", self.position.entry.is_some()),
            ("quantity", self.position.quantity.is_some()),
        ])?;
        let field = Field::new(self.path, "amount", self.position.amount);
        let amount = field.required("what the expiry owes the account, USD")?;
        let limit = ballast_risk::quantity::ValueScale::NOTIONAL_LIMIT;
        amount
            .to_integer_floor(6)
            .filter(|amount| amount.abs() <= limit)
            .ok_or_else(|| field.refuse("is out of range", "at most 144115188075 USD either way"))
    }

    /// Adds an option. Returns the premium paid for it, µUSD, negative if it was received.
    fn option(&self, market: &mut EngineMarket, expiries: &[ListedExpiry]) -> Result<i64, BookError> {
        self.require_unused(&[("entry", self.position.entry.is_some()), ("amount", self.position.amount.is_some())])?;
        let place = self.expiry(expiries)?;
        let listed = &expiries[place];
        let lots = self.lots(market)?;
        let strike_field = Field::new(self.path, "strike", self.position.strike);
        let ticks = units::ticks(&market.units, &strike_field, strike_field.required("the strike in USD")?)?;
        let marked = Field::new(self.path, "volatility", self.position.volatility).volatility()?;
        let volatility = marked.or(listed.volatility);
        if volatility.is_none() && !listed.has_surface && listed.input.seconds > 0 {
            let expiry = self.market.expiries.get(place).map_or("", |expiry| expiry.name.as_str());
            let problem =
                format!("is missing: neither the position nor expiry \"{expiry}\" states a volatility or surface");
            return Err(BookError::new(&self.path.field("volatility"), problem));
        }
        let exercise = self.position.exercise.unwrap_or_default();
        let is_bound = exercise == Exercise::American && lots < 0;
        if exercise == Exercise::American && listed.input.fixed_share != 0 {
            let problem = "is not possible within the averaging window: state averaging_seconds of 0";
            return Err(BookError::new(&self.path.field("exercise"), problem));
        }
        let valuation = match self.position.kind {
            Kind::Call if is_bound => Valuation::CallBound,
            Kind::Put if is_bound => Valuation::PutBound,
            _ => Valuation::European,
        };
        let leg = OptionLeg { position: self.place, lots, exercise };
        let premium = self.premium()?;
        add_leg(entry(market, listed, place, valuation), ticks, volatility, self.position.kind, leg);
        Ok(premium)
    }

    /// quantity × premium, µUSD.
    fn premium(&self) -> Result<i64, BookError> {
        let Some(premium) = self.position.premium else { return Ok(0) };
        let field = Field::new(self.path, "premium", self.position.premium);
        if premium.is_negative() {
            return Err(field.refuse("is negative", "what one option cost, whether bought or sold"));
        }
        let quantity = self.position.quantity.unwrap_or_default();
        let limit = ballast_risk::quantity::ValueScale::NOTIONAL_LIMIT;
        quantity
            .product_floor(premium, 6)
            .filter(|paid| paid.abs() <= limit)
            .ok_or_else(|| field.refuse("is out of range", "a price in USD"))
    }
}

/// Puts calls and puts of one strike and volatility together.
fn add_leg(expiry: &mut EngineExpiry, ticks: u64, volatility: Option<Multiple>, kind: Kind, leg: OptionLeg) {
    let is_call = kind == Kind::Call;
    let has_room = |strike: &&mut Strike| {
        strike.strike == ticks
            && strike.volatility == volatility
            && if is_call { strike.call.is_none() } else { strike.put.is_none() }
    };
    let (call, put) = if is_call { (Some(leg), None) } else { (None, Some(leg)) };
    match expiry.strikes.iter_mut().find(has_room) {
        Some(strike) if is_call => strike.call = call,
        Some(strike) => strike.put = put,
        None => {
            let log_strike = num::ln_q40(ticks);
            expiry.strikes.push(Strike { strike: ticks, log_strike, volatility, call, put });
        }
    }
}

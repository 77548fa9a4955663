//! The largest trade and the largest withdrawal that the margin allows, by the engine's own search.

use ballast_risk::{
    MicroUsd,
    revaluation::{ExpiryValuation, Netting, Workspace},
    solver,
};

use crate::{
    book::{Book, Kind, LargestTrade, LargestWithdrawal, Market, Position, Side},
    convert::Field,
    decimal::Decimal,
    engine::{EngineBook, EngineExpiry, EngineMarket, Linear, Units},
    error::{BookError, Path},
    prepare::{self, MOST_LOTS, choose_units, one_of, ticks_of},
    report::{Solutions, TradeSolution, WithdrawalSolution, money},
    walk,
};

/// Answers what the book asks.
pub(crate) fn solve(book: &Book, prepared: &EngineBook) -> Result<Solutions, BookError> {
    let asked = &book.solve;
    if asked.largest_trade.is_none() && asked.largest_withdrawal.is_none() {
        return Ok(Solutions::default());
    }
    let mut workspace = walk::workspace();
    Ok(Solutions {
        largest_trade: match &asked.largest_trade {
            Some(trade) => Some(largest_trade(book, trade, &mut workspace)?),
            None => None,
        },
        largest_withdrawal: match &asked.largest_withdrawal {
            Some(withdrawal) => Some(largest_withdrawal(prepared, withdrawal, &mut workspace)?),
            None => None,
        },
    })
}

/// A trade of a contract at a price, of any size.
struct Trade {
    /// The book, its market's ticks and lots stated.
    book: Book,
    /// Place of the market in the book.
    market: usize,
    /// Place of the position in the same contract, if there is one.
    held: Option<usize>,
    /// The position without a quantity.
    contract: Position,
    side: Side,
    /// Price of one contract, ticks.
    price: u64,
    units: Units,
    /// The book before the trade.
    before: EngineBook,
}

fn largest_trade(book: &Book, asked: &LargestTrade, workspace: &mut Workspace) -> Result<TradeSolution, BookError> {
    let trade = Trade::new(book, asked, workspace)?;
    let mut limited_by = "size limit";
    let mode = trade.before.mode;
    let held = trade.held_lots().abs();
    let limit = (MOST_LOTS - held).max(0).unsigned_abs();
    let largest = solver::largest(limit, |size| {
        let Ok(after) = trade.after(size) else {
            limited_by = "size limit";
            return Ok(false);
        };
        let Ok(margin) = walk::margin(&after, mode, workspace, |_, _, _| ()) else {
            limited_by = "size limit";
            return Ok(false);
        };
        let has_cash = after.cash >= MicroUsd::ZERO || after.cash >= trade.before.cash;
        let has_margin = margin.initial_excess >= MicroUsd::ZERO;
        if !has_cash || !has_margin {
            limited_by = if has_margin { "cash" } else { "initial margin" };
        }
        Ok::<_, BookError>(has_cash && has_margin)
    })?;
    let after = if largest == 0 { trade.before.clone() } else { trade.after(largest)? };
    let margin = walk::margin(&after, mode, workspace, |_, _, _| ())?;
    if largest == limit {
        limited_by = "size limit";
    }
    Ok(TradeSolution {
        quantity: trade.units.quantity(trade.signed(largest)),
        price: trade.units.price(trade.price),
        initial_excess: money(margin.initial_excess),
        limited_by,
    })
}

impl Trade {
    fn new(book: &Book, asked: &LargestTrade, workspace: &mut Workspace) -> Result<Self, BookError> {
        let root = Path::ROOT;
        let solve = root.field("solve");
        let path = solve.field("largest_trade");
        if asked.kind == Kind::Claim {
            let expected = "perpetual, future, call or put";
            return Err(BookError::value(&path.field("kind"), "claim", "is not traded", expected));
        }
        let market = market_of(book, asked.market.as_deref(), &path)?;
        let contract = Position {
            kind: asked.kind,
            expiry: asked.expiry.clone(),
            strike: asked.strike,
            volatility: asked.volatility,
            exercise: asked.exercise,
            ..Position::default()
        };
        let units = units(&book.markets[market], &contract, asked.price, &path)?;
        let mut book = book.clone();
        let stated = &mut book.markets[market];
        stated.price_decimals = Some(Decimal::from(i64::from(units.price_decimals)));
        stated.quantity_decimals = Some(Decimal::from(i64::from(units.quantity_decimals)));
        let only_expiry = match stated.expiries.as_slice() {
            [only] if contract.kind != Kind::Perpetual => Some(only.name.clone()),
            _ => None,
        };
        let expiry = |position: &Position| position.expiry.clone().or_else(|| only_expiry.clone());
        let held = stated.positions.iter().position(|position| {
            position.kind == contract.kind
                && expiry(position) == expiry(&contract)
                && position.strike == contract.strike
                && position.exercise.unwrap_or_default() == contract.exercise.unwrap_or_default()
        });
        let before = prepare::prepare(&book)?;
        let at_trade = |error| at_trade(error, market);
        let mut trade = Self { book, market, held, contract, side: asked.side, price: 0, units, before };
        let price = match asked.price {
            Some(price) => price,
            None => trade.mark(workspace).map_err(at_trade)?,
        };
        trade.price = ticks_of(&units, &Field::new(&path, "price", Some(price)), price)?;
        // A mistake in what is asked shows at the smallest size; later on, only the size can be at fault.
        trade.after(1).map_err(at_trade)?;
        Ok(trade)
    }

    fn signed(&self, size: u64) -> i64 {
        let lots = i64::try_from(size).unwrap_or(i64::MAX);
        if self.side == Side::Sell { -lots } else { lots }
    }

    fn held_lots(&self) -> i64 {
        let quantity = self.held.and_then(|held| self.book.markets[self.market].positions[held].quantity);
        quantity.and_then(|quantity| quantity.to_integer(self.units.quantity_decimals)).unwrap_or(0)
    }

    /// The book with the contract in a quantity, and the others of its market if `keep` says so.
    fn with_lots(&self, lots: i64, keep: bool) -> Result<EngineBook, BookError> {
        let mut book = self.book.clone();
        let positions = &mut book.markets[self.market].positions;
        let mut position = match self.held {
            Some(held) => positions.remove(held),
            None => self.contract.clone(),
        };
        if !keep {
            positions.clear();
        }
        if lots != 0 {
            position.quantity = Some(self.units.quantity(lots));
            positions.push(position);
        }
        prepare::prepare(&book)
    }

    /// The mark of one contract, rounded to a tick.
    fn mark(&self, workspace: &mut Workspace) -> Result<Decimal, BookError> {
        let one = 10_i64.pow(self.units.quantity_decimals);
        let prepared = self.with_lots(self.signed(one.unsigned_abs()), false)?;
        let market = &prepared.markets[self.market];
        let refused = |error| BookError::risk(&Path::ROOT.field("solve").field("largest_trade"), error);
        let input = &market.input;
        Ok(match self.contract.kind {
            Kind::Perpetual => {
                let basis = Decimal::new((i128::from(input.perpetual_basis.to_bits()) * 1_000_000_000) >> 30, 9);
                let price = self.units.price(input.price.ticks());
                let mark = basis.plus_one().product_floor(price, self.units.price_decimals).unwrap_or(0);
                Decimal::new(i128::from(mark), self.units.price_decimals)
            }
            Kind::Future => {
                let expiry = market.expiries.first().map(|expiry| ExpiryValuation::new(input, &expiry.input));
                let ticks = expiry.transpose().map_err(refused)?.map_or(0, |valuation| valuation.forward_ticks);
                self.units.price(ticks)
            }
            _ => {
                let alone = market.only(|_| true);
                let risk = walk::market_risk(&alone, Netting::Together, None, workspace).map_err(refused)?;
                let value = money(risk.option_value.magnitude()).rounded(self.units.price_decimals);
                // An option that is worth less than a tick trades at one.
                if value.is_zero() { Decimal::new(1, self.units.price_decimals) } else { value }
            }
        })
    }

    /// The book after a trade of so many lots.
    fn after(&self, size: u64) -> Result<EngineBook, BookError> {
        let traded = self.signed(size);
        let mut after = self.with_lots(self.held_lots() + traded, true)?;
        let path = Path::ROOT;
        let path = path.field("solve");
        let path = path.field("largest_trade");
        let paid = self.units.scale.value_floor(-traded, self.price).map_err(|error| BookError::risk(&path, error))?;
        let (before, market) = (&self.before.markets[self.market], &mut after.markets[self.market]);
        match self.contract.kind {
            Kind::Perpetual => {
                let ledger = before.perpetual.map_or(0, |held| held.ledger);
                realise(&mut after.cash, market.perpetual.as_mut(), ledger + paid.0);
            }
            Kind::Future => {
                let place = self.place_of_future(market);
                let ledger = place.and_then(|place| future(before, place)).map_or(0, |held| held.ledger);
                let future = market
                    .expiries
                    .iter_mut()
                    .find_map(|expiry| (Some(expiry.place) == place).then_some(expiry.future.as_mut()).flatten());
                realise(&mut after.cash, future, ledger + paid.0);
            }
            _ => {
                after.cash += paid;
                market.limits.option_premium = before.limits.option_premium - paid;
            }
        }
        Ok(after)
    }

    /// Place of the traded future's expiry.
    fn place_of_future(&self, market: &EngineMarket) -> Option<usize> {
        let name = self.contract.expiry.as_ref();
        let has_name = |expiry: &&EngineExpiry| name.is_none_or(|name| expiry.name == *name);
        market
            .expiries
            .iter()
            .chain(&self.before.markets[self.market].expiries)
            .find(has_name)
            .map(|expiry| expiry.place)
    }
}

/// An error about the position that a trade adds is one about the trade.
fn at_trade(error: BookError, market: usize) -> BookError {
    let positions = format!("markets[{market}].positions[");
    let field = error.path.strip_prefix(&positions).and_then(|rest| rest.split_once(']')).map(|(_, field)| field);
    match field {
        Some(field) => BookError { path: format!("solve.largest_trade{field}"), ..error },
        None => error,
    }
}

fn future(market: &EngineMarket, place: usize) -> Option<Linear> {
    market.expiries.iter().filter(|expiry| expiry.place == place).find_map(|expiry| expiry.future)
}

/// Writes a ledger; where nothing is held any more, it is the profit in cash.
fn realise(cash: &mut MicroUsd, held: Option<&mut Linear>, ledger: i64) {
    match held {
        Some(linear) => linear.ledger = ledger,
        None => *cash += MicroUsd(ledger),
    }
}

fn market_of(book: &Book, name: Option<&str>, path: &Path) -> Result<usize, BookError> {
    let names = || one_of(book.markets.iter().map(|market| &market.name));
    match (name, book.markets.as_slice()) {
        (None, [_]) => Ok(0),
        (None, _) => {
            let error = BookError::new(&path.field("market"), "is missing");
            Err(BookError { expected: Some(names()), ..error })
        }
        (Some(name), markets) => markets
            .iter()
            .position(|market| market.name == name)
            .ok_or_else(|| BookError::value(&path.field("market"), format!("\"{name}\""), "is not a market", names())),
    }
}

/// Ticks and lots that the contract's strike and price are whole numbers of, as all others of the market are.
fn units(market: &Market, contract: &Position, price: Option<Decimal>, path: &Path) -> Result<Units, BookError> {
    let mut market = market.clone();
    market.positions.push(Position { entry: price, ..contract.clone() });
    choose_units(&market, market.price.unwrap_or_default(), path)
}

fn largest_withdrawal(
    prepared: &EngineBook,
    asked: &LargestWithdrawal,
    workspace: &mut Workspace,
) -> Result<WithdrawalSolution, BookError> {
    let name = asked.of.as_deref().unwrap_or("cash");
    let place = prepared.deposits.iter().position(|deposit| deposit.name == name);
    if place.is_none() && name != "cash" {
        let path = Path::ROOT;
        let path = path.field("solve");
        let path = path.field("largest_withdrawal");
        let known =
            one_of(std::iter::once("cash").chain(prepared.deposits.iter().map(|deposit| deposit.name.as_str())));
        return Err(BookError::value(&path.field("of"), format!("\"{name}\""), "is not a deposit", known));
    }
    let (balance, decimals) = match place {
        Some(place) => {
            let input = &prepared.deposits[place].input;
            (input.amount - input.hedge, u32::from(input.token_decimals))
        }
        None => (prepared.cash.gain().0.unsigned_abs(), 6),
    };
    let after = |amount: u64| -> Result<EngineBook, BookError> {
        let mut after = prepared.clone();
        match place.map(|place| &mut after.deposits[place]) {
            Some(deposit) => {
                deposit.input.amount -= amount;
                deposit.value = deposit.input.value().map_err(|error| BookError::risk(&Path::ROOT, error))?;
            }
            None => after.cash -= MicroUsd(i64::try_from(amount).unwrap_or(i64::MAX)),
        }
        Ok(after)
    };
    let is_free = !prepared.markets.iter().any(EngineMarket::has_positions) && prepared.cash >= MicroUsd::ZERO;
    let largest = solver::largest(balance, |amount| {
        let margin = walk::margin(&after(amount)?, prepared.mode, workspace, |_, _, _| ())?;
        Ok::<_, BookError>(is_free || margin.withdrawal_excess >= MicroUsd::ZERO)
    })?;
    let margin = walk::margin(&after(largest)?, prepared.mode, workspace, |_, _, _| ())?;
    Ok(WithdrawalSolution {
        of: name.to_owned(),
        amount: Decimal::new(i128::from(largest), decimals),
        withdrawal_excess: money(margin.withdrawal_excess),
        limited_by: if largest == balance { "balance" } else { "withdrawal excess" },
    })
}

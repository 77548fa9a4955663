//! From a book to the engine's inputs.

mod collateral;
mod expiry;
mod market;
mod parameters;
mod positions;
mod units;

use ballast_risk::{
    Lots, MicroUsd, Mode, Ratio,
    correlation::{CorrelationMatrix, MAX_MARKETS},
    margin::{MAX_GROUPS, MarginFactors, PegProtection},
    parameters::{Defaults, exchange, group, market as market_table},
    revaluation::Group,
};

pub(crate) use positions::bound_input;
pub(crate) use units::{choose as choose_units, ticks as ticks_of};

use crate::{
    book::{Book, MarginMode, Parameters},
    convert::{Field, ONE_RATIO},
    engine::{EngineBook, EngineGroup, EngineMarket},
    error::{BookError, Path},
};

/// Converts a book.
pub(crate) fn prepare(book: &Book) -> Result<EngineBook, BookError> {
    let root = Path::ROOT;
    let path = root.field("account");
    let account = &book.account;
    let field = |name, value| Field::new(&path, name, value);
    let initial = field("initial_factor", account.initial_factor).ratio(&exchange::INITIAL_FACTOR, 0)?;
    let maintenance = field("maintenance_factor", account.maintenance_factor);
    let highest = i64::from(initial.to_bits());
    let default = exchange::MAINTENANCE_FACTOR.default_at(0).min(highest);
    let maintenance = maintenance.ratio_between(default, exchange::MAINTENANCE_FACTOR.lowest, highest)?;
    let quote_price = field("quote_price", account.quote_price).ratio_between(ONE_RATIO, 0, 2 * ONE_RATIO)?;
    let peg = PegProtection {
        threshold: field("peg_threshold", account.peg_threshold).ratio(&exchange::PEG_THRESHOLD, 0)?,
        factor: field("peg_factor", account.peg_factor).multiple(&exchange::PEG_FACTOR, 0)?,
    };
    let peg_surcharge = peg.surcharge(quote_price);
    let raised = initial.to_bits().saturating_add(peg_surcharge.to_bits());

    let cash = account.cash.unwrap_or_default();
    let cash = cash.to_integer_floor(6).filter(|cash| cash.unsigned_abs() <= 1 << 57).ok_or_else(|| {
        BookError::value(&path.field("cash"), cash, "is out of range", "at most 144115188075 USD either way")
    })?;

    parameters::Stated::new(&book.parameters, &Parameters::default(), &root).check()?;
    let names = group_names(book)?;
    let mut markets = Vec::with_capacity(book.markets.len());
    for (index, market) in book.markets.iter().enumerate() {
        let list = root.field("markets");
        let path = list.index(index);
        if let Some(first) = book.markets[..index].iter().position(|other| other.name == market.name) {
            let problem = format!("is the name of markets[{first}] too");
            return Err(BookError::value(&path.field("name"), &market.name, problem, "a name for each market"));
        }
        let group = group_of(market.group.as_deref(), &names, &path)?;
        markets.push(market::prepare(book, market, group, &path)?);
    }
    let groups = groups(book, &names, &markets)?;
    let deposits = collateral::prepare(book, &mut markets)?;

    let path = root.field("value_at_risk");
    let field = |name, value| Field::new(&path, name, value);
    Ok(EngineBook {
        mode: match account.mode.unwrap_or_default() {
            MarginMode::Isolated => Mode::Isolated,
            MarginMode::Cross => Mode::Cross,
            MarginMode::Portfolio => Mode::Portfolio,
        },
        cash: MicroUsd(cash),
        factors: MarginFactors { maintenance, initial: Ratio::from_bits(raised) },
        quote_price,
        peg_surcharge,
        groups,
        markets,
        deposits,
        deviations: field("deviations", book.value_at_risk.deviations).multiple(&market_table::SCAN_DEVIATIONS, 0)?,
        horizon_seconds: field("horizon_seconds", book.value_at_risk.horizon_seconds)
            .count(&market_table::SCAN_HORIZON_SECONDS)?,
    })
}

/// Name of the group that all markets form unless any is stated.
const ONLY_GROUP: &str = "default";

fn group_names(book: &Book) -> Result<Vec<String>, BookError> {
    let root = Path::ROOT;
    let list = root.field("groups");
    if book.groups.len() > MAX_GROUPS {
        let problem = "groups are too many";
        return Err(BookError::value(&list, book.groups.len(), problem, format!("at most {MAX_GROUPS}")));
    }
    let names: Vec<_> = book.groups.iter().map(|group| group.name.clone()).collect();
    for (index, name) in names.iter().enumerate() {
        if name.is_empty() || names[..index].contains(name) {
            let path = list.index(index);
            let value = format!("\"{name}\"");
            return Err(BookError::value(
                &path.field("name"),
                value,
                "is not a name",
                "a different one for each group",
            ));
        }
    }
    Ok(if names.is_empty() { vec![ONLY_GROUP.to_owned()] } else { names })
}

fn group_of(name: Option<&str>, names: &[String], path: &Path) -> Result<usize, BookError> {
    let Some(name) = name else { return Ok(0) };
    names
        .iter()
        .position(|known| known == name)
        .ok_or_else(|| BookError::value(&path.field("group"), name, "is not the name of a group", one_of(names.iter())))
}

/// "a", "b" or "c".
pub(crate) fn one_of(names: impl Iterator<Item = impl AsRef<str>>) -> String {
    let quoted: Vec<_> = names.map(|name| format!("\"{}\"", name.as_ref())).collect();
    match quoted.split_last() {
        None => "none, for there are none".to_owned(),
        Some((only, [])) => only.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
    }
}

fn groups(book: &Book, names: &[String], markets: &[EngineMarket]) -> Result<Vec<EngineGroup>, BookError> {
    let root = Path::ROOT;
    let list = root.field("groups");
    let unstated = crate::book::Group::default();
    let mut groups = Vec::with_capacity(names.len());
    for (index, name) in names.iter().enumerate() {
        let path = list.index(index);
        let stated = book.groups.get(index).unwrap_or(&unstated);
        let members: Vec<_> = markets.iter().filter(|market| market.group == index).collect();
        if members.len() > MAX_MARKETS {
            return Err(BookError::value(
                &path,
                members.len(),
                "markets are too many",
                format!("at most {MAX_MARKETS}"),
            ));
        }
        require_same_grid(&members)?;
        let engine = Group {
            index: index as u8,
            window: Field::new(&path, "window", stated.window).stored(&group::WINDOW, 0)? as u8,
            gain_allowance: Field::new(&path, "gain_allowance", stated.gain_allowance)
                .ratio(&group::GAIN_ALLOWANCE, 0)?,
        };
        let correlations = correlations(stated, &members, &path)?;
        groups.push(EngineGroup { name: name.clone(), engine, correlations });
    }
    Ok(groups)
}

/// The joint scenario of a group adds up the markets' losses node by node.
fn require_same_grid(members: &[&EngineMarket]) -> Result<(), BookError> {
    let Some(first) = members.first() else { return Ok(()) };
    for market in members {
        let (one, other) = (&first.input.scenarios, &market.input.scenarios);
        if one.shape != other.shape || one.cells != other.cells {
            let path = Path::ROOT;
            let problem = format!(
                "\"{}\" and \"{}\" are in one group, and have different nodes, tails or cells",
                first.name, market.name
            );
            let hint = "state the grid in the book's parameters, or put the markets into different groups";
            return Err(BookError::new(&path.field("markets"), problem).hint(Some(hint.to_owned())));
        }
    }
    Ok(())
}

fn correlations(
    stated: &crate::book::Group,
    members: &[&EngineMarket],
    path: &Path,
) -> Result<CorrelationMatrix, BookError> {
    let mut matrix = CorrelationMatrix::default();
    let Defaults::Same(default) = group::CORRELATION.default else { return Ok(matrix) };
    let every = Field::new(path, "correlation", stated.correlation).signed_ratio(default, ONE_RATIO)?;
    for one in 0..members.len() {
        for other in 0..one {
            matrix.set(one, other, every).map_err(|error| BookError::risk(path, error))?;
        }
    }
    let list = path.field("correlations");
    for (index, pair) in stated.correlations.iter().enumerate() {
        let path = list.index(index);
        let names = path.field("markets");
        let place = |name: &String| {
            members.iter().position(|market| market.name == *name).ok_or_else(|| {
                let known = one_of(members.iter().map(|market| &market.name));
                BookError::value(&names, name, "is not a market of the group", known)
            })
        };
        let [one, other] = &pair.markets;
        let correlation = Field::new(&path, "correlation", Some(pair.correlation)).signed_ratio(0, ONE_RATIO)?;
        matrix.set(place(one)?, place(other)?, correlation).map_err(|error| BookError::risk(&path, error))?;
    }
    matrix.validate().map_err(|error| BookError::risk(&list, error))?;
    Ok(matrix)
}

/// Most lots of one contract.
pub(crate) const MOST_LOTS: i64 = Lots::LIMIT;

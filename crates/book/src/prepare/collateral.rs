//! Deposits of a book in the engine's numbers.

use ballast_risk::{
    MicroUsd, Price, Ratio,
    collateral::CollateralInput,
    haircut::{HaircutInputs, HaircutParameters},
    parameters::{Parameter, bank},
    quantity::Multiple,
};

use super::one_of;
use crate::{
    book::{Book, Deposit, DepositClass},
    convert::{Field, ONE_RATIO},
    decimal::Decimal,
    engine::{EngineDeposit, EngineMarket},
    error::{BookError, Path},
};

/// Converts the deposits, and adds what is declared a hedge to its market.
pub(super) fn prepare(book: &Book, markets: &mut [EngineMarket]) -> Result<Vec<EngineDeposit>, BookError> {
    let root = Path::ROOT;
    let list = root.field("collateral");
    let mut deposits = Vec::with_capacity(book.collateral.len());
    for (index, deposit) in book.collateral.iter().enumerate() {
        let path = list.index(index);
        let is_repeated = book.collateral[..index].iter().any(|other| other.name == deposit.name);
        if is_repeated || deposit.name.is_empty() || deposit.name == "cash" {
            let name = format!("\"{}\"", deposit.name);
            let expected = "a different name for each deposit, other than \"cash\"";
            return Err(BookError::value(&path.field("name"), name, "is not a name", expected));
        }
        let hedged = hedged_market(deposit, markets, &path)?;
        let prepared = one(deposit, hedged, &path)?;
        if let Some(market) = hedged {
            markets[market].input.hedge_value += prepared.value.hedge_value;
        }
        deposits.push(prepared);
    }
    Ok(deposits)
}

/// The market of a hedge; none if nothing is declared, or there are no positions that it could hedge.
fn hedged_market(deposit: &Deposit, markets: &[EngineMarket], path: &Path) -> Result<Option<usize>, BookError> {
    if deposit.hedge.is_none_or(Decimal::is_zero) {
        return Ok(None);
    }
    let name = deposit.hedge_market.as_ref().unwrap_or(&deposit.name);
    let place = markets.iter().position(|market| market.name == *name).ok_or_else(|| {
        let known = one_of(markets.iter().map(|market| &market.name));
        BookError::value(&path.field("hedge_market"), format!("\"{name}\""), "is not a market", known)
    })?;
    Ok(markets[place].has_positions().then_some(place))
}

fn one(deposit: &Deposit, hedged: Option<usize>, path: &Path) -> Result<EngineDeposit, BookError> {
    let class = match deposit.class.unwrap_or_default() {
        DepositClass::Stablecoin => 0,
        DepositClass::Major => 1,
        DepositClass::Medium => 2,
    };
    let amount_field = Field::new(path, "amount", deposit.amount);
    let amount = amount_field.required("the tokens deposited")?;
    let price_field = Field::new(path, "price", deposit.price);
    let price = price_field.required("the oracle's price of a token in USD")?;
    let hedge_field = Field::new(path, "hedge", deposit.hedge);
    let hedge = deposit.hedge.unwrap_or_default();

    let token_decimals = amount.decimals().max(hedge.decimals()).clamp(6, 18);
    let native = |field: &Field, amount: Decimal| {
        let native = amount.to_integer(token_decimals).and_then(|native| u64::try_from(native).ok());
        native.ok_or_else(|| {
            let largest = Decimal::new(i128::from(i64::MAX), token_decimals);
            field.refuse("is not an amount", format!("0 to {largest}, with at most 18 decimals"))
        })
    };
    let (amount, hedge) = (native(&amount_field, amount)?, native(&hedge_field, hedge)?);
    if hedge > amount {
        return Err(hedge_field.refuse("is more than the deposit", "at most its amount"));
    }
    let stable = deposit.stable_price.unwrap_or(price);
    let price_decimals = price.decimals().max(stable.decimals()).clamp(4, 12).min(25 - token_decimals);
    let ticks = |field: &Field, price: Decimal| {
        let ticks = price.to_integer(price_decimals).and_then(|ticks| u64::try_from(ticks).ok());
        let checked = ticks.and_then(|ticks| Price::new(ticks).ok());
        checked.ok_or_else(|| {
            field.refuse("is not a price", format!("a price in USD with at most {price_decimals} decimals"))
        })
    };
    let price = ticks(&price_field, price)?;
    let stable = ticks(&Field::new(path, "stable_price", Some(stable)), stable)?;

    let haircuts = Haircuts::read(deposit, class, path)?;
    let input = CollateralInput {
        amount,
        hedge: if hedged.is_some() { hedge } else { 0 },
        price,
        price_decimals: price_decimals as u8,
        token_decimals: token_decimals as u8,
        initial_price: price.min(stable),
        initial_haircut: haircuts.initial,
        maintenance_haircut: haircuts.maintenance,
        initial_liquidity_haircut: haircuts.initial_liquidity,
        maintenance_liquidity_haircut: haircuts.maintenance_liquidity,
        stale: deposit.stale,
    };
    let value = input.value().map_err(|error| BookError::risk(path, error))?;
    Ok(EngineDeposit { name: deposit.name.clone(), input, value })
}

/// Shares of a deposit's value that margin does not count.
struct Haircuts {
    initial: Ratio,
    maintenance: Ratio,
    initial_liquidity: Ratio,
    maintenance_liquidity: Ratio,
}

impl Haircuts {
    /// Those stated, and otherwise those that follow from volatility, confidence and size.
    fn read(deposit: &Deposit, class: usize, path: &Path) -> Result<Self, BookError> {
        let (stated, inside) = (&deposit.haircut, path.field("haircut"));
        let ratio = |name, value, table: &Parameter| Field::new(&inside, name, value).ratio(table, class);
        let base = ratio("base", stated.base, &bank::HAIRCUT_BASE)?;
        let least_highest = bank::HAIRCUT_HIGHEST.default_at(0).max(i64::from(base.to_bits()));
        let highest = Field::new(&inside, "highest", stated.highest);
        let calm_volatility = ratio("calm_volatility", stated.calm_volatility, &bank::CALM_VOLATILITY)?;
        let parameters = HaircutParameters {
            base,
            highest: highest.ratio_between(least_highest, i64::from(base.to_bits()), ONE_RATIO)?,
            volatility_slope: ratio("volatility_slope", stated.volatility_slope, &bank::HAIRCUT_VOLATILITY_SLOPE)?,
            calm_volatility,
            confidence_slope: ratio("confidence_slope", stated.confidence_slope, &bank::HAIRCUT_CONFIDENCE_SLOPE)?,
            size_slope: ratio("size_slope", stated.size_slope, &bank::HAIRCUT_SIZE_SLOPE)?,
            maintenance_share: ratio("maintenance_share", stated.maintenance_share, &bank::HAIRCUT_MAINTENANCE_SHARE)?,
            ramp_seconds: 0,
        };
        let volatility = Field::new(&inside, "volatility", stated.volatility).volatility()?;
        let confidence = Field::new(&inside, "confidence", stated.confidence).ratio_between(0, 0, ONE_RATIO)?;
        let deposits = Field::new(&inside, "deposits_of_cap", stated.deposits_of_cap).ratio_between(0, 0, ONE_RATIO)?;
        let inputs = HaircutInputs {
            volatility: volatility.unwrap_or(Multiple::from_bits(calm_volatility.to_bits() >> 2)),
            price: ONE_RATIO.unsigned_abs(),
            confidence: u64::from(confidence.to_bits()),
        };
        let given = |name, value, default: Ratio, highest| {
            Field::new(path, name, value).ratio_between(i64::from(default.to_bits()), 0, highest)
        };
        let cap = ONE_RATIO.unsigned_abs();
        let initial = parameters.initial(&inputs, u64::from(deposits.to_bits()), cap);
        let initial = given("initial_haircut", deposit.initial_haircut, initial, ONE_RATIO)?;
        // A stated initial haircut implies a maintenance haircut as the model's own does.
        let maintenance = match deposit.initial_haircut {
            Some(_) => share_of(initial, parameters.maintenance_share),
            None => parameters.maintenance_target(&inputs),
        };
        let maintenance =
            given("maintenance_haircut", deposit.maintenance_haircut, maintenance, i64::from(initial.to_bits()))?;
        let liquidity = Field::new(path, "liquidity_haircut", deposit.liquidity_haircut);
        let initial_liquidity = liquidity.ratio(&bank::LIQUIDITY_HAIRCUT, class)?;
        let maintenance_liquidity = share_of(initial_liquidity, parameters.maintenance_share);
        Ok(Self { initial, maintenance, initial_liquidity, maintenance_liquidity })
    }
}

/// A share of a ratio, rounded up.
fn share_of(whole: Ratio, share: Ratio) -> Ratio {
    Ratio::from_bits(share.of_ceil(MicroUsd(i64::from(whole.to_bits()))).0.unsigned_abs() as u32)
}

//! A book in the engine's own numbers.
//!
//! What [`evaluate`](crate::evaluate) makes of a [`Book`](crate::Book) first, and what a reader of accounts fills in
//! itself: the same inputs, and so the same report, as on chain.

use ballast_risk::{
    MicroUsd, Mode, Ratio,
    collateral::{CollateralInput, CollateralValue},
    correlation::CorrelationMatrix,
    margin::{GainLimits, MarginFactors},
    quantity::{Multiple, ValueScale},
    revaluation::{ExpiryInput, Group, MarketInput},
};

use crate::{book::Exercise, decimal::Decimal};

/// A book in the engine's numbers.
#[derive(Clone, Debug)]
pub struct EngineBook {
    /// Mode of the account.
    pub mode: Mode,
    /// Cash.
    pub cash: MicroUsd,
    /// Factors of the scan loss, the peg surcharge included.
    pub factors: MarginFactors,
    /// Price of the quote token, and what the initial factor rises by because of it.
    pub quote_price: Ratio,
    /// That rise.
    pub peg_surcharge: Ratio,
    /// Groups of markets, each at the place that its engine index says.
    pub groups: Vec<EngineGroup>,
    /// Markets.
    pub markets: Vec<EngineMarket>,
    /// Deposits.
    pub deposits: Vec<EngineDeposit>,
    /// Standard deviations of the value at risk.
    pub deviations: Multiple,
    /// Its horizon, seconds.
    pub horizon_seconds: u32,
}

/// A group of markets.
#[derive(Clone, Debug)]
pub struct EngineGroup {
    /// Name.
    pub name: String,
    /// What the engine knows of it.
    pub engine: Group,
    /// Correlations of its markets, by their order in the book.
    pub correlations: CorrelationMatrix,
}

/// A market in the engine's numbers.
#[derive(Clone, Debug)]
pub struct EngineMarket {
    /// Name.
    pub name: String,
    /// Ticks and lots.
    pub units: Units,
    /// What the engine knows of it, the value of hedges included.
    pub input: MarketInput,
    /// Place of its group.
    pub group: usize,
    /// How far gains and option values count.
    pub limits: GainLimits,
    /// Volatility per year of the index, for the value at risk.
    pub volatility: Ratio,
    /// Volatility per year of that volatility.
    pub volatility_of_volatility: Ratio,
    /// The perpetual.
    pub perpetual: Option<Linear>,
    /// Expiries with positions, by time.
    pub expiries: Vec<EngineExpiry>,
}

/// A perpetual or future.
#[derive(Clone, Copy, Debug)]
pub struct Linear {
    /// Place among the market's positions in the book.
    pub position: usize,
    /// Lots.
    pub lots: i64,
    /// Profit less the value at the mark, µUSD.
    pub ledger: i64,
}

/// What the options of an expiry are valued at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Valuation {
    /// Their European value.
    European,
    /// The upper bound of American calls.
    CallBound,
    /// The upper bound of American puts.
    PutBound,
}

/// An expiry, or the American options of one that are margined at their bound.
#[derive(Clone, Debug)]
pub struct EngineExpiry {
    /// Place among the market's expiries in the book.
    pub place: usize,
    /// Name.
    pub name: String,
    /// What its options are valued at.
    pub valuation: Valuation,
    /// What the options are revalued with.
    pub input: ExpiryInput,
    /// The expiry itself, whose surface gives volatilities; the same unless the options are valued at a bound.
    pub listed: ExpiryInput,
    /// Claims: place in the book, and µUSD.
    pub claims: Vec<(usize, i64)>,
    /// The future.
    pub future: Option<Linear>,
    /// Options, by strike.
    pub strikes: Vec<Strike>,
}

/// The options of one strike that share a volatility.
#[derive(Clone, Copy, Debug)]
pub struct Strike {
    /// Strike, ticks.
    pub strike: u64,
    /// ln(ticks), Q40.
    pub log_strike: i64,
    /// Volatility in place of the surface's.
    pub volatility: Option<Multiple>,
    /// The call.
    pub call: Option<OptionLeg>,
    /// The put.
    pub put: Option<OptionLeg>,
}

/// An option position.
#[derive(Clone, Copy, Debug)]
pub struct OptionLeg {
    /// Place among the market's positions in the book.
    pub position: usize,
    /// Lots.
    pub lots: i64,
    /// When it may be exercised.
    pub exercise: Exercise,
}

impl Strike {
    /// Net calls and net puts, lots.
    pub fn lots(&self) -> (i64, i64) {
        let of = |leg: Option<OptionLeg>| leg.map_or(0, |leg| leg.lots);
        (of(self.call), of(self.put))
    }

    /// The positions of the strike.
    pub fn legs(&self) -> impl Iterator<Item = OptionLeg> {
        [self.call, self.put].into_iter().flatten()
    }
}

impl EngineMarket {
    /// Whether there is any position.
    pub fn has_positions(&self) -> bool {
        self.perpetual.is_some() || !self.expiries.is_empty()
    }

    /// The market with the positions alone that `keep` picks by their place in the book, and without its hedge.
    pub fn only(&self, keep: impl Fn(usize) -> bool) -> Self {
        let mut market = self.clone();
        market.input.hedge_value = MicroUsd::ZERO;
        market.perpetual = market.perpetual.filter(|linear| keep(linear.position));
        for expiry in &mut market.expiries {
            expiry.claims.retain(|&(position, _)| keep(position));
            expiry.future = expiry.future.filter(|linear| keep(linear.position));
            for strike in &mut expiry.strikes {
                strike.call = strike.call.filter(|leg| keep(leg.position));
                strike.put = strike.put.filter(|leg| keep(leg.position));
            }
            expiry.strikes.retain(|strike| strike.call.is_some() || strike.put.is_some());
        }
        market
            .expiries
            .retain(|expiry| !expiry.claims.is_empty() || expiry.future.is_some() || !expiry.strikes.is_empty());
        market
    }
}

/// A deposit, valued.
#[derive(Clone, Debug)]
pub struct EngineDeposit {
    /// Name of the token.
    pub name: String,
    /// What the engine values, and what a withdrawal changes.
    pub input: CollateralInput,
    /// Its value and haircuts. What it has as a hedge is part of a market's input.
    pub value: CollateralValue,
}

/// Decimals of a market's prices and quantities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Units {
    /// A tick is 10^-this USD.
    pub price_decimals: u32,
    /// A lot is 10^-this.
    pub quantity_decimals: u32,
    /// Conversion of lots × ticks to µUSD.
    pub scale: ValueScale,
}

impl Units {
    /// Lots as a quantity.
    pub fn quantity(&self, lots: i64) -> Decimal {
        Decimal::new(i128::from(lots), self.quantity_decimals)
    }

    /// Ticks as a price.
    pub fn price(&self, ticks: u64) -> Decimal {
        Decimal::new(i128::from(ticks), self.price_decimals)
    }
}

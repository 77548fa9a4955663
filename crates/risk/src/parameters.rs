//! Every parameter of the model in one table: name, unit, default, bounds, meaning.
//!
//! A parameter is one constant, named like the field it bounds; whoever takes parameters from outside checks them
//! against it. The bounds keep a typing error or a careless vote from breaking the margin model; they do not make every
//! choice inside them a wise one. Orderings between parameters are stated in their meaning and checked where the
//! parameters enter.
//!
//! `cargo run -p ballast-risk --example parameter_table` prints the table as docs/parameters.md.

pub mod bank;
pub mod exchange;
pub mod governance;
pub mod group;
pub mod market;

use crate::{
    error::RiskError,
    quantity::{Multiple, Ratio},
};

/// What has the parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All markets and banks together.
    Exchange,
    /// Markets whose scenarios are scanned together.
    Group,
    /// One market.
    Market,
    /// One kind of collateral.
    Bank,
    /// How the others change.
    Governance,
}

/// Which way a change of a parameter makes the exchange stricter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tightening {
    /// A higher value asks for more or allows less.
    Up,
    /// A lower value does.
    Down,
    /// Neither: what protects one protects another less, so every change counts as a loosening.
    Neither,
    /// The parameter is fixed when what has it is listed.
    Fixed,
}

/// What a change of a parameter does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Direction {
    /// It asks for more or allows less.
    Tightening = 1,
    /// Anything else.
    Loosening = 2,
}

/// What one unit of the stored number means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A share or rate: scale 2^-30.
    Ratio,
    /// A factor of up to 16: scale 2^-28.
    Multiple,
    /// Seconds.
    Seconds,
    /// Slots of the chain.
    Slots,
    /// Money: µUSD.
    MicroUsd,
    /// Lots of a contract.
    Lots,
    /// Native units of a token.
    NativeUnits,
    /// Compute units of the chain.
    ComputeUnits,
    /// A count or a number.
    Count,
    /// A bit for each node of the scenario grid.
    NodeMask,
}

/// The kinds of market that have defaults of their own; the numbers are positions in [`Defaults::ByClass`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarketClass {
    /// One of the two largest coins.
    Major = 0,
    /// A coin as volatile as SOL.
    Volatile = 1,
    /// A small coin.
    Small = 2,
}

/// The kinds of bank that have defaults of their own; the numbers are positions in [`Defaults::ByClass`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BankClass {
    /// A token worth one dollar.
    Stablecoin = 0,
    /// One of the two largest coins.
    Major = 1,
    /// A coin of medium size.
    Medium = 2,
}

/// Where to start from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Defaults {
    /// The same everywhere.
    Same(i64),
    /// By [`MarketClass`] or [`BankClass`].
    ByClass([i64; 3]),
    /// The elements of a list.
    List(&'static [i64]),
}

/// A parameter of the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Name of the field that holds it.
    pub name: &'static str,
    /// What has it.
    pub scope: Scope,
    /// What one unit of `default`, `lowest` and `highest` means.
    pub unit: Unit,
    /// Where to start from.
    pub default: Defaults,
    /// Lowest accepted value.
    pub lowest: i64,
    /// Highest accepted value.
    pub highest: i64,
    /// Which way it tightens.
    pub tightens: Tightening,
    /// What it does.
    pub meaning: &'static str,
}

impl Parameter {
    /// The default of a class, or an element of a list; the position does not matter if there is only one.
    ///
    /// A position beyond the end gives the lowest value.
    pub const fn default_at(&self, position: usize) -> i64 {
        match self.default {
            Defaults::Same(value) => value,
            Defaults::ByClass(values) if position < values.len() => values[position],
            Defaults::List(values) if position < values.len() => values[position],
            _ => self.lowest,
        }
    }

    /// A number that stands for the parameter in instructions and accounts: a hash (FNV-1a, 32 bits) of scope and name,
    /// so that it stays the same wherever the table grows.
    pub const fn id(&self) -> u32 {
        let name = self.name.as_bytes();
        let mut hash = (0x811C_9DC5 ^ self.scope as u32).wrapping_mul(0x0100_0193);
        let mut place = 0;
        while place < name.len() {
            hash = (hash ^ name[place] as u32).wrapping_mul(0x0100_0193);
            place += 1;
        }
        hash
    }

    /// What a change from one value to another does; nothing if the parameter is fixed or the values are the same.
    pub fn direction(&self, before: i64, after: i64) -> Option<Direction> {
        match self.tightens {
            _ if before == after => None,
            Tightening::Fixed => None,
            Tightening::Up if after > before => Some(Direction::Tightening),
            Tightening::Down if after < before => Some(Direction::Tightening),
            _ => Some(Direction::Loosening),
        }
    }

    /// The least step that a change may always make, so that a value near zero can leave it: 1/16 of the default where
    /// the bounds mean nothing (amounts of money, lots or tokens), otherwise a share of the width of the bounds, 1/8192
    /// for seconds and 1/1024 for the rest; at least one.
    pub const fn least_step(&self) -> i64 {
        let step = match self.unit {
            Unit::MicroUsd | Unit::Lots | Unit::NativeUnits => self.default_at(0) / 16,
            Unit::Seconds => (self.highest - self.lowest) / 8_192,
            _ => (self.highest - self.lowest) / 1_024,
        };
        if step > 1 { step } else { 1 }
    }

    /// The largest step that one change may make from a value: an eighth of it, or [`least_step`](Self::least_step) if
    /// that is more.
    pub fn largest_step(&self, value: i64) -> i64 {
        (value / STEPS_OF_A_VALUE).saturating_abs().max(self.least_step())
    }

    /// Checks a value against the bounds.
    ///
    /// # Errors
    /// [`RiskError::ParameterOutOfRange`] with the name, the value and the bounds.
    #[inline]
    pub fn check(&self, value: i64) -> Result<(), RiskError> {
        self.check_between(value, self.lowest, self.highest)
    }

    /// [`check`](Self::check) for unsigned values, of which those beyond `i64` count as its largest.
    ///
    /// # Errors
    /// [`RiskError::ParameterOutOfRange`].
    #[inline]
    pub fn check_unsigned(&self, value: u64) -> Result<(), RiskError> {
        self.check(i64::try_from(value).unwrap_or(i64::MAX))
    }

    /// Checks a value against bounds that other parameters narrow: it must lie in these and in its own.
    ///
    /// # Errors
    /// [`RiskError::ParameterOutOfRange`] with the narrower bounds.
    #[inline]
    pub fn check_between(&self, value: i64, lowest: i64, highest: i64) -> Result<(), RiskError> {
        let (lowest, highest) = (lowest.max(self.lowest), highest.min(self.highest));
        if value < lowest || value > highest {
            return Err(RiskError::ParameterOutOfRange { name: self.name, value, lowest, highest });
        }
        Ok(())
    }
}

/// All parameters, scope by scope.
pub fn table() -> impl Iterator<Item = &'static Parameter> {
    [exchange::ALL, group::ALL, market::ALL, bank::ALL, governance::ALL].into_iter().flatten().copied()
}

/// A change moves a parameter by at most its value over this.
const STEPS_OF_A_VALUE: i64 = 8;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const DOLLAR: i64 = 1_000_000;

/// Bits of a ratio in millionths.
const fn millionths(parts: u32) -> i64 {
    Ratio::from_millionths(parts).to_bits() as i64
}

/// Bits of a ratio in hundredths of a per cent.
const fn basis_points(points: u32) -> i64 {
    millionths(points * 100)
}

/// Bits of a ratio in per cent.
const fn percent(percent: u32) -> i64 {
    basis_points(percent * 100)
}

/// Bits of a multiple in hundredths.
const fn hundredths(parts: u32) -> i64 {
    Multiple::from_millionths(parts * 10_000).to_bits() as i64
}

/// Defines parameters of a scope as constants, and the list of them:
/// `NAME "name" Unit, default, lowest, highest, Tightening;`, documented by its meaning.
macro_rules! parameters {
    ($scope:ident: $(
        $(#[doc = $meaning:literal])+
        $constant:ident $name:literal $unit:ident, $default:expr, $lowest:expr, $highest:expr, $tightens:ident;
    )+) => {
        $(
            $(#[doc = $meaning])+
            pub const $constant: Parameter = Parameter {
                name: $name,
                scope: Scope::$scope,
                unit: Unit::$unit,
                default: $default,
                lowest: $lowest,
                highest: $highest,
                tightens: $crate::parameters::Tightening::$tightens,
                meaning: concat!($($meaning),+),
            };
        )+
        /// All of them, in the order of the documentation.
        pub const ALL: &[&Parameter] = &[$(&$constant),+];
    };
}
use parameters;

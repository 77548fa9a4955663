//! Typed quantities: what a number means is part of its type.

use core::ops::{Add, AddAssign, Neg, Sub, SubAssign};

use fixed::types::{I2F30, U2F30, U4F28};

use crate::{error::RiskError, num};

/// Seconds in a year of 365 days, the year of every annual rate and volatility here.
pub const SECONDS_PER_YEAR: u64 = 31_536_000;

/// A price or strike in ticks of 10^-decimals USD, in [1, 2^48).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Price(u64);

impl Price {
    /// Largest price, exclusive.
    pub const LIMIT: u64 = 1 << 48;

    /// Checks the range.
    ///
    /// # Errors
    /// [`RiskError::PriceOutOfRange`] for zero and for [`Price::LIMIT`] and above.
    pub fn new(ticks: u64) -> Result<Self, RiskError> {
        if ticks == 0 || ticks >= Self::LIMIT {
            return Err(RiskError::PriceOutOfRange { price: ticks });
        }
        Ok(Self(ticks))
    }

    /// The number of ticks.
    pub fn ticks(self) -> u64 {
        self.0
    }
}

/// A quantity in lots, positive long, within ±2^30.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lots(i64);

impl Lots {
    /// Largest absolute quantity.
    pub const LIMIT: i64 = 1 << 30;

    /// Checks the range.
    ///
    /// # Errors
    /// [`RiskError::QuantityOutOfRange`] beyond ±[`Lots::LIMIT`].
    pub fn new(lots: i64) -> Result<Self, RiskError> {
        if lots.unsigned_abs() > Self::LIMIT.unsigned_abs() {
            return Err(RiskError::QuantityOutOfRange { quantity: lots });
        }
        Ok(Self(lots))
    }

    /// The number of lots.
    pub fn get(self) -> i64 {
        self.0
    }
}

/// An amount of money in µUSD.
///
/// Every single amount stays within ±2^60 and no account sums more than a few hundred, so sums stay within `i64`;
/// arithmetic saturates at its ends all the same, so that a broken envelope can never wrap into a gain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[repr(transparent)]
pub struct MicroUsd(pub i64);

impl MicroUsd {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// The number of µUSD.
    pub fn get(self) -> i64 {
        self.0
    }

    /// The amount, or zero if it is negative.
    pub fn gain(self) -> Self {
        Self(self.0.max(0))
    }

    /// Absolute value.
    pub fn magnitude(self) -> Self {
        Self(self.0.saturating_abs())
    }
}

impl Add for MicroUsd {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for MicroUsd {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for MicroUsd {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl SubAssign for MicroUsd {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl Neg for MicroUsd {
    type Output = Self;
    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

/// A ratio, weight, haircut or factor in [0, 4), resolution 2^-30.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[repr(transparent)]
pub struct Ratio(pub U2F30);

impl Ratio {
    /// Nothing.
    pub const ZERO: Self = Self(U2F30::ZERO);
    /// The whole.
    pub const ONE: Self = Self(U2F30::ONE);

    /// The ratio with these bits, scale 2^-30.
    pub const fn from_bits(bits: u32) -> Self {
        Self(U2F30::from_bits(bits))
    }

    /// The bits, scale 2^-30.
    pub const fn to_bits(self) -> u32 {
        self.0.to_bits()
    }

    /// `parts` / 1,000,000, rounded down; at most 3,999,999 parts.
    pub const fn from_millionths(parts: u32) -> Self {
        Self::from_bits((((parts as u64) << 30) / 1_000_000) as u32)
    }

    /// This share of an amount, rounded towards minus infinity. |amount| ≤ 2^60.
    pub fn of_floor(self, amount: MicroUsd) -> MicroUsd {
        MicroUsd(num::mul_shift_30_floor(amount.0, self.to_bits()))
    }

    /// This share of an amount, rounded towards plus infinity. |amount| ≤ 2^60.
    pub fn of_ceil(self, amount: MicroUsd) -> MicroUsd {
        -self.of_floor(-amount)
    }
}

/// A rate or basis in [-2, 2), resolution 2^-30.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[repr(transparent)]
pub struct SignedRatio(pub I2F30);

impl SignedRatio {
    /// The ratio with these bits, scale 2^-30.
    pub const fn from_bits(bits: i32) -> Self {
        Self(I2F30::from_bits(bits))
    }

    /// The bits, scale 2^-30.
    pub const fn to_bits(self) -> i32 {
        self.0.to_bits()
    }

    /// `parts` / 1,000,000, rounded towards zero; within ±1,999,999 parts.
    pub const fn from_millionths(parts: i32) -> Self {
        Self::from_bits((((parts as i64) << 30) / 1_000_000) as i32)
    }
}

/// A multiple in [0, 16), resolution 2^-28: a number of standard deviations, a price after an extreme move.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[repr(transparent)]
pub struct Multiple(pub U4F28);

impl Multiple {
    /// Once.
    pub const ONE: Self = Self(U4F28::ONE);

    /// The multiple with these bits, scale 2^-28.
    pub const fn from_bits(bits: u32) -> Self {
        Self(U4F28::from_bits(bits))
    }

    /// The bits, scale 2^-28.
    pub const fn to_bits(self) -> u32 {
        self.0.to_bits()
    }

    /// `parts` / 1,000,000, rounded down; at most 15,999,999 parts.
    pub const fn from_millionths(parts: u32) -> Self {
        Self::from_bits((((parts as u64) << 28) / 1_000_000) as u32)
    }
}

/// Turns lots × ticks into µUSD: the factor 10^(6 − price decimals − quantity decimals).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ValueScale {
    multiplier: u64,
    divisor: u64,
    mantissa: u64,
    shift: i32,
}

impl ValueScale {
    /// Largest absolute notional, µUSD.
    pub const NOTIONAL_LIMIT: i64 = 1 << 57;

    /// The scale of a market with these decimals.
    ///
    /// # Errors
    /// [`RiskError::DecimalsOutOfRange`] if the decimals together exceed 18.
    pub fn new(price_decimals: u8, quantity_decimals: u8) -> Result<Self, RiskError> {
        let sum = u32::from(price_decimals) + u32::from(quantity_decimals);
        if sum > 18 {
            return Err(RiskError::DecimalsOutOfRange { price: price_decimals, quantity: quantity_decimals });
        }
        let multiplier = 10_u64.pow(6_u32.saturating_sub(sum));
        let divisor = 10_u64.pow(sum.saturating_sub(6));
        let (mantissa, shift) = if divisor == 1 {
            let shift = 30 - num::most_significant_bit(multiplier) as i32;
            (multiplier << shift, shift)
        } else {
            let bit = num::most_significant_bit(divisor);
            // A power of ten above 1 is never a power of two, so the quotient stays below 2^31.
            let quotient = num::mul_div_floor(1 << 31, 1 << bit, divisor).unwrap_or(1 << 30);
            (quotient, 31 + bit as i32)
        };
        Ok(Self { multiplier, divisor, mantissa, shift })
    }

    /// Value of a quantity at a price, rounded towards minus infinity: against the holder, long or short.
    ///
    /// # Errors
    /// [`RiskError::NotionalOutOfRange`] beyond ±[`ValueScale::NOTIONAL_LIMIT`].
    pub fn value_floor(&self, quantity: i64, price: u64) -> Result<MicroUsd, RiskError> {
        let lots = quantity.unsigned_abs().wrapping_mul(self.multiplier);
        let magnitude = if quantity < 0 {
            num::mul_div_ceil(lots, price, self.divisor)
        } else {
            num::mul_div_floor(lots, price, self.divisor)
        };
        match magnitude {
            Some(value) if value <= Self::NOTIONAL_LIMIT as u64 => {
                Ok(MicroUsd(if quantity < 0 { -(value as i64) } else { value as i64 }))
            }
            _ => Err(RiskError::NotionalOutOfRange),
        }
    }

    /// The factor as multiplier and divisor, of which one is 1: at most 10^6 and 10^12.
    pub fn factor(&self) -> (u64, u64) {
        (self.multiplier, self.divisor)
    }

    /// The scale as a mantissa in [2^30, 2^31) and a right shift: factor = mantissa × 2^-shift, rounded down by
    /// less than one part in 2^30.
    pub fn mantissa(&self) -> (u64, i32) {
        (self.mantissa, self.shift)
    }
}

//! Collateral other than cash: its value and its haircuts (docs/margin-model.md, section 5).

use crate::{
    error::RiskError,
    num,
    quantity::{MicroUsd, Price, Ratio, ValueScale},
};

/// One kind of collateral that an account holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CollateralInput {
    /// Native units of the token.
    pub amount: u64,
    /// Part of `amount` declared as a hedge, native units.
    pub hedge: u64,
    /// Price of a whole token.
    pub price: Price,
    /// Decimals of the price.
    pub price_decimals: u8,
    /// Decimals of the token.
    pub token_decimals: u8,
    /// Price of a whole token that initial margin counts, at most `price`: the stable price if that is lower.
    pub initial_price: Price,
    /// Share of the value that initial margin does not count.
    pub initial_haircut: Ratio,
    /// Share of the value that maintenance margin does not count.
    pub maintenance_haircut: Ratio,
    /// The same for the part declared as a hedge: initial …
    pub initial_liquidity_haircut: Ratio,
    /// … and maintenance.
    pub maintenance_liquidity_haircut: Ratio,
    /// Whether the price is too old for initial margin, which then counts the holding as worthless.
    pub stale: bool,
}

/// What a collateral holding is worth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CollateralValue {
    /// Value at the price, rounded down.
    pub value: MicroUsd,
    /// Part of `value` declared as a hedge, rounded down: scanned with the hedged market.
    pub hedge_value: MicroUsd,
    /// Initial haircut, rounded up.
    pub initial_haircut: MicroUsd,
    /// Maintenance haircut, rounded up.
    pub maintenance_haircut: MicroUsd,
}

impl CollateralInput {
    /// Values the holding. What is not declared as a hedge counts at the initial price in initial margin, less its haircut;
    /// what is, at the price, less the liquidity haircut: the scenarios move it with the positions that it hedges.
    ///
    /// # Errors
    /// [`RiskError::DecimalsOutOfRange`] if the decimals together exceed 25, [`RiskError::NotionalOutOfRange`] beyond
    /// the notional limit.
    pub fn value(&self) -> Result<CollateralValue, RiskError> {
        let hedge = self.hedge.min(self.amount);
        let value = self.value_of(self.amount, self.price)?;
        let hedge_value = if hedge == 0 { MicroUsd::ZERO } else { self.value_of(hedge, self.price)? };
        let exposed = value - hedge_value;
        let steady = if self.initial_price < self.price {
            let amount = self.amount.saturating_sub(hedge);
            self.value_of(amount, self.initial_price)?.min(exposed)
        } else {
            exposed
        };
        let initial_haircut = if self.stale {
            value
        } else {
            exposed - steady
                + self.initial_haircut.of_ceil(steady)
                + self.initial_liquidity_haircut.of_ceil(hedge_value)
        };
        let maintenance_haircut =
            self.maintenance_haircut.of_ceil(exposed) + self.maintenance_liquidity_haircut.of_ceil(hedge_value);
        Ok(CollateralValue { value, hedge_value, initial_haircut, maintenance_haircut })
    }

    /// Value of native units in µUSD, rounded down.
    fn value_of(&self, amount: u64, price: Price) -> Result<MicroUsd, RiskError> {
        let decimals = u32::from(self.price_decimals) + u32::from(self.token_decimals);
        let value = if decimals <= 6 {
            num::mul_div_floor(amount, price.ticks(), 1).and_then(|value| value.checked_mul(10_u64.pow(6 - decimals)))
        } else if decimals <= 25 {
            num::mul_div_floor(amount, price.ticks(), 10_u64.pow(decimals - 6))
        } else {
            return Err(RiskError::DecimalsOutOfRange { price: self.price_decimals, quantity: self.token_decimals });
        };
        match value {
            Some(value) if value <= ValueScale::NOTIONAL_LIMIT as u64 => Ok(MicroUsd(value as i64)),
            _ => Err(RiskError::NotionalOutOfRange),
        }
    }
}

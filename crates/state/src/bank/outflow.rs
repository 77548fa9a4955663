//! The outflow breaker: how much may leave a vault within a window, net of what comes in.
//!
//! A bank remembers its net outflow, which fades to nothing over the window. Withdrawals add to it and deposits take
//! from it, below zero too, so that whoever deposits and withdraws again leaves it where it was. What may leave is a
//! share of the vault as it was without the flow remembered: neither deposits nor withdrawals of the moment change
//! that, so nobody widens the limit with tokens that leave again. Only withdrawals are refused; nobody lifts the limit.

use crate::Bank;

/// Rules of the breaker that all banks share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutflowRules {
    /// Time over which a flow fades, seconds; above zero.
    pub window_seconds: u32,
    /// Value that may leave whatever the share, µUSD; not negative.
    pub floor: i64,
}

/// A withdrawal is more than may leave the vault now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutflowLimit {
    /// Net outflow that is allowed, native units.
    pub limit: i64,
    /// Net outflow that there would be, native units.
    pub outflow: i64,
}

impl Bank {
    /// Counts tokens that came into the vault, native units.
    pub fn record_inflow(&mut self, amount: u64, now: i64, rules: &OutflowRules) {
        self.outflow = self.faded_outflow(now, rules).saturating_sub(clamp(amount.into()));
        self.outflow_at = now;
    }

    /// Counts tokens that are about to leave a vault that holds `held`, native units.
    ///
    /// # Errors
    /// [`OutflowLimit`]; nothing is counted then.
    pub fn record_outflow(
        &mut self,
        amount: u64,
        held: u64,
        now: i64,
        rules: &OutflowRules,
    ) -> Result<(), OutflowLimit> {
        let before = self.faded_outflow(now, rules);
        let outflow = before.saturating_add(clamp(amount.into()));
        let limit = self.outflow_limit(before, held, rules);
        if outflow > limit {
            return Err(OutflowLimit { limit, outflow });
        }
        (self.outflow, self.outflow_at) = (outflow, now);
        Ok(())
    }

    /// Net outflow remembered now, native units: outflows are rounded up, inflows down.
    pub fn faded_outflow(&self, now: i64, rules: &OutflowRules) -> i64 {
        let window = i64::from(rules.window_seconds.max(1));
        let left = window - now.saturating_sub(self.outflow_at).clamp(0, window);
        // At most 2^63 × 2^32, and no larger than what it was. Euclidean division rounds towards minus infinity.
        clamp(-(-i128::from(self.outflow) * i128::from(left)).div_euclid(i128::from(window)))
    }

    /// Net outflow that is allowed, native units, if that remembered is `outflow` and the vault holds `held`: zero at
    /// least.
    fn outflow_limit(&self, outflow: i64, held: u64, rules: &OutflowRules) -> i64 {
        let reference = (i128::from(held) + i128::from(outflow)).max(0);
        let share = (reference * i128::from(self.parameters.outflow_share)) >> 30;
        clamp(share).max(self.native_units(rules.floor))
    }

    /// How many native units are worth so much at the price held, rounded down; none without a price.
    pub fn native_units(&self, value: i64) -> i64 {
        // µUSD × 10^25 at most, the decimals that a listing may have together, over µUSD per dollar.
        let scale = 10_i128.checked_pow(u32::from(self.price_decimals) + u32::from(self.token_decimals));
        let units = scale.and_then(|scale| i128::from(value.max(0)).checked_mul(scale));
        match (units, i128::from(self.price) * 1_000_000) {
            (_, 0) | (None, _) => 0,
            (Some(units), price) => clamp(units / price),
        }
    }
}

fn clamp(value: i128) -> i64 {
    value.clamp(i64::MIN.into(), i64::MAX.into()) as i64
}

#[cfg(test)]
mod tests;

//! Fees of trades: the rates that markets hold, and what an account paid and got back.

use ballast_risk::{
    MicroUsd, Ratio,
    fees::{FeeRates, RebateRules},
    revaluation::ConcentrationRate,
};

use crate::{ExchangeParameters, FeeWindow, MarketParameters};

impl MarketParameters {
    /// Fee rates of the market, for the engine, with the exchange's cap on the fee for an option.
    pub fn fee_rates(&self, premium_cap: Ratio) -> FeeRates {
        FeeRates {
            taker: Ratio::from_bits(self.taker_fee),
            maker: Ratio::from_bits(self.maker_fee),
            premium_cap,
            concentration: ConcentrationRate {
                free: MicroUsd(self.delta_free),
                slope: Ratio::from_bits(self.concentration_fee_slope),
                cap: Ratio::from_bits(self.concentration_fee_cap),
            },
        }
    }
}

impl ExchangeParameters {
    /// Rules of rebates, for the engine.
    pub fn rebate_rules(&self) -> RebateRules {
        RebateRules {
            rate: Ratio::from_bits(self.rebate_rate),
            share: Ratio::from_bits(self.rebate_share),
            window_seconds: self.fee_window_seconds,
        }
    }
}

impl FeeWindow {
    /// Enters a fee, not negative, of a trade that freed this much maintenance requirement (negative: tied it up).
    /// Returns the rebate, rounded down: at most the fee, and all rebates of a window at most a share of its fees.
    pub fn pay(&mut self, fee: MicroUsd, freed: MicroUsd, rules: &RebateRules, now: i64) -> MicroUsd {
        if now.saturating_sub(self.started_at) >= i64::from(rules.window_seconds) {
            *self = Self { started_at: now, paid: 0, rebated: 0 };
        }
        self.paid = self.paid.saturating_add(fee.0);
        // Shares take amounts up to 2^60: beyond that many fees the bound stays where it is.
        let returnable = rules.share.of_floor(MicroUsd(self.paid.min(1 << 60))) - MicroUsd(self.rebated);
        let rebate = rules.rate.of_floor(freed.gain()).min(returnable.gain()).min(fee);
        self.rebated = self.rebated.saturating_add(rebate.0);
        rebate
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: RebateRules = RebateRules {
        rate: Ratio::from_millionths(1_000),
        share: Ratio::from_millionths(500_000),
        window_seconds: 3_600,
    };

    fn fresh() -> FeeWindow {
        FeeWindow { started_at: 0, paid: 0, rebated: 0 }
    }

    #[test]
    fn rebates_of_a_window_stay_below_their_share_of_its_fees() {
        let mut window = fresh();
        let (mut paid, mut rebated) = (0, 0);
        for (fee, freed) in [(100, 0), (7, 1_000_000), (1_000, 3_000), (3, -5_000), (0, i64::MAX >> 4), (1, 999)] {
            let rebate = window.pay(MicroUsd(fee), MicroUsd(freed), &RULES, 10_000);
            assert!(rebate.0 >= 0 && rebate.0 <= fee);
            paid += fee;
            rebated += rebate.0;
            assert!(rebated * 2 <= paid, "{rebated} of {paid}");
            assert_eq!((window.paid, window.rebated), (paid, rebated));
        }
        assert!(rebated > 0);
    }

    #[test]
    fn rebate_is_a_rate_on_the_requirement_freed_rounded_down() {
        let mut window = fresh();
        assert_eq!(window.pay(MicroUsd(1_000), MicroUsd(99_999), &RULES, 10_000), MicroUsd(99));
        assert_eq!(window.pay(MicroUsd(1_000), MicroUsd(-99_999), &RULES, 10_000), MicroUsd(0));
    }

    #[test]
    fn a_new_window_forgets_the_fees_of_the_last() {
        let mut window = fresh();
        window.pay(MicroUsd(1_000_000), MicroUsd::ZERO, &RULES, 10_000);
        let mut same = window;
        // Enough is left of the window's share to return a fee whole.
        assert_eq!(same.pay(MicroUsd(100), MicroUsd(1_000_000), &RULES, 13_599), MicroUsd(100));
        assert_eq!(window.pay(MicroUsd(100), MicroUsd(1_000_000), &RULES, 13_600), MicroUsd(50));
        assert_eq!(window, FeeWindow { started_at: 13_600, paid: 100, rebated: 50 });
    }
}

//! Who makes a bankrupt account's deficit good: the books of the waterfall (docs/margin-model.md, section 8).

use ballast_risk::{MicroUsd, Ratio, waterfall::DrawWindow};

use crate::{Bank, ExchangeParameters, MarginAccount, Market};

impl MarginAccount {
    /// Records the account as an open bankruptcy, or takes it off the record, and keeps the quote bank's count in step.
    /// Returns whether that changed anything.
    pub fn record_bankruptcy(&mut self, quote_bank: &mut Bank, is_open: bool) -> bool {
        if (self.is_bankrupt != 0) == is_open {
            return false;
        }
        self.is_bankrupt = u8::from(is_open);
        quote_bank.open_bankruptcies = if is_open {
            quote_bank.open_bankruptcies.saturating_add(1)
        } else {
            quote_bank.open_bankruptcies.saturating_sub(1)
        };
        true
    }
}

impl Market {
    /// Draws up to `wanted` for a loss of the market from the insurance fund, within what the market may draw in a window.
    /// Returns what it is.
    pub fn draw_insurance(
        &mut self,
        quote_bank: &mut Bank,
        wanted: MicroUsd,
        parameters: &ExchangeParameters,
        now: i64,
    ) -> MicroUsd {
        let mut fund = quote_bank.insurance_fund();
        let mut window = DrawWindow { drawn: self.insurance_drawn, started_at: self.insurance_window_started_at };
        let share = Ratio::from_bits(parameters.insurance_draw_share);
        let drawn = window.draw(wanted, fund.assets, share, now, parameters.insurance_window_seconds);
        (self.insurance_drawn, self.insurance_window_started_at) = (window.drawn, window.started_at);
        if fund.draw(drawn) {
            quote_bank.insurance_epoch = quote_bank.insurance_epoch.wrapping_add(1);
        }
        quote_bank.set_insurance_fund(fund);
        drawn
    }

    /// Makes good, from the insurance fund and within what the market may draw in a window, what nobody bore of cuts. Returns
    /// what it is: it goes to the pool that the perpetual's gains are paid from.
    pub fn make_cuts_good(&mut self, quote_bank: &mut Bank, parameters: &ExchangeParameters, now: i64) -> MicroUsd {
        let wanted = MicroUsd(self.uncollected_cut.min(1 << 60) as i64);
        let paid = self.draw_insurance(quote_bank, wanted, parameters, now);
        let amount = paid.0.unsigned_abs();
        self.uncollected_cut = self.uncollected_cut.saturating_sub(amount);
        let pool = self.pool_of_perpetual();
        *pool = pool.saturating_add(amount);
        paid
    }
}

//! How accepted prices enter a market, and with them the averages that expiries settle at.

use crate::{Expiry, ExpiryStatus, Market};

impl Market {
    /// Adds the price held so far to the average of every listed expiry, for the seconds that it stood within the averaging
    /// window, which ends at expiry: from its own publication to that of the next price.
    ///
    /// Publication times rather than the times of refreshes decide, so that whoever refreshes chooses neither weights nor
    /// moments; a second refresh from one publication adds nothing.
    pub(super) fn accumulate_averages(&mut self, next_publish_time: i64) {
        if self.price == 0 {
            return;
        }
        let (held, from) = (self.price, self.publish_time);
        for expiry in self.expiries.iter_mut().filter(|expiry| expiry.status() == ExpiryStatus::Listed) {
            expiry.accumulate(held, from, next_publish_time);
        }
    }
}

impl Expiry {
    /// Adds a price that stood from `from` until `until` to the average.
    fn accumulate(&mut self, price: u64, from: i64, until: i64) {
        let begin = from.max(self.expires_at.saturating_sub(Self::AVERAGING_SECONDS));
        let seconds = until.min(self.expires_at).saturating_sub(begin);
        if seconds <= 0 {
            return;
        }
        // At most 1,800 seconds of a price below 2^48, all additions of one window together.
        let seconds = seconds.unsigned_abs();
        self.averaged_price_seconds = self.averaged_price_seconds.saturating_add(price.saturating_mul(seconds));
        self.averaged_seconds = self.averaged_seconds.saturating_add(u32::try_from(seconds).unwrap_or(u32::MAX));
    }
}

#[cfg(test)]
mod tests {
    use ballast_risk::{Price, parameters::MarketClass};
    use bytemuck::Zeroable;

    use super::*;
    use crate::{
        ExchangeParameters, MarketParameters, exchange::GroupParameters, market::Publication,
        revaluation::running_average,
    };

    const EXPIRY: i64 = 1_000_000;

    fn market() -> Box<Market> {
        let mut market = Box::new(Market::zeroed());
        market.parameters = MarketParameters::defaults(MarketClass::Major);
        market.begin_dynamics(&GroupParameters::defaults()).unwrap();
        for (slot, status) in [ExpiryStatus::Listed, ExpiryStatus::Settled].into_iter().enumerate() {
            market.expiries[slot].number = slot as u32 + 1;
            market.expiries[slot].expires_at = EXPIRY;
            market.expiries[slot].status = status as u8;
        }
        market
    }

    fn accept(market: &mut Market, price: u64, publish_time: i64) {
        let publication = Publication { price: Price::new(price).unwrap(), confidence: 1, publish_time };
        market.accept_price(&publication, 7, &ExchangeParameters::defaults().variance()).unwrap();
    }

    #[test]
    fn each_price_counts_for_the_seconds_it_stood_within_the_window() {
        let mut market = market();
        accept(&mut market, 100, EXPIRY - 2_000);
        // The first 200 seconds are before the window.
        accept(&mut market, 200, EXPIRY - 1_200);
        accept(&mut market, 300, EXPIRY - 300);
        // The last 60 seconds are after it.
        accept(&mut market, 900, EXPIRY + 60);
        accept(&mut market, 999, EXPIRY + 120);
        let expiry = &market.expiries[0];
        assert_eq!(expiry.averaged_seconds, 1_800);
        assert_eq!(expiry.averaged_price_seconds, 100 * 600 + 200 * 900 + 300 * 300);
        assert_eq!((market.price, market.publish_time, market.refreshed_slot), (999, EXPIRY + 120, 7));
    }

    #[test]
    fn refreshing_again_from_one_publication_adds_nothing() {
        let mut once = market();
        accept(&mut once, 100, EXPIRY - 1_000);
        accept(&mut once, 200, EXPIRY - 500);
        let sum = once.expiries[0].averaged_price_seconds;
        accept(&mut once, 200, EXPIRY - 500);
        assert_eq!(once.expiries[0].averaged_price_seconds, sum);
        assert_eq!(once.expiries[0].averaged_seconds, 500);
    }

    #[test]
    fn nothing_stands_before_the_first_price_and_nothing_enters_a_settled_expiry() {
        let mut market = market();
        market.publish_time = EXPIRY - 1_500;
        accept(&mut market, 100, EXPIRY - 1_000);
        assert_eq!(market.expiries[0].averaged_seconds, 0);
        accept(&mut market, 100, EXPIRY);
        assert_eq!(market.expiries[0].averaged_seconds, 1_000);
        assert_eq!(market.expiries[1].averaged_seconds, 0);
    }

    #[test]
    fn the_running_average_ends_at_the_settlement_price() {
        let mut market = market();
        accept(&mut market, 100, EXPIRY - 1_800);
        accept(&mut market, 200, EXPIRY - 600);
        let at_expiry = running_average(&market, &market.expiries[0], EXPIRY);
        accept(&mut market, 5_000, EXPIRY + 10);
        assert_eq!(running_average(&market, &market.expiries[0], EXPIRY + 99), at_expiry);
        assert_eq!(at_expiry, (100 * 1_200 + 200 * 600) / 1_800);
    }
}

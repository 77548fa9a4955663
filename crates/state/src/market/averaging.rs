//! How accepted prices enter a market, and with them the averages that expiries settle at.
//!
//! Publication times rather than the times of refreshes decide, so that whoever refreshes chooses neither weights nor moments.
//! docs/margin-model.md, section 8, states the rules.

use ballast_risk::{Ratio, scenario::ONE_Q28};

use crate::{
    ExchangeParameters, Expiry, ExpiryStatus, Market,
    oracle_grade::{Acceptance, Action, Grade},
};

// An average keeps no grades, so it has to take every price that can be held when the next one comes.
const _: () = {
    let mut grade = 0;
    while grade <= Grade::Divergent as usize {
        assert!(matches!(Action::Average.accepts(Grade::ALL[grade]), Acceptance::Full));
        grade += 1;
    }
};

/// How the settlement price of an expiry comes about. An expiry keeps those that it was listed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SettlementRules {
    /// Longest time that one price counts for, seconds; at most the averaging window.
    pub gap_seconds: u32,
    /// Share of the averaging window that prices must cover.
    pub coverage: Ratio,
    /// How long after expiry prices still count where they cover less, seconds.
    pub extension_seconds: u32,
}

/// A settlement price in the making.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SettlementProgress {
    /// What the expiry would settle at if no other price came, ticks: the average so far. While nothing is averaged yet but
    /// something may still be, the index price.
    pub price: u64,
    /// Seconds of prices in the average.
    pub covered_seconds: u32,
    /// Seconds of prices that may still enter it, at most; once there are none, the price is final.
    pub outstanding_seconds: u32,
}

/// Prices, weighted by the seconds that each stood.
#[derive(Clone, Copy)]
struct Average {
    price_seconds: u64,
    seconds: u32,
}

impl ExchangeParameters {
    /// How expiries that are listed now will settle.
    pub fn settlement_rules(&self) -> SettlementRules {
        SettlementRules {
            gap_seconds: self.settlement_gap_seconds,
            coverage: Ratio::from_bits(self.settlement_coverage),
            extension_seconds: self.settlement_extension_seconds,
        }
    }
}

impl Market {
    /// Adds the price held so far to the average of every listed expiry, for the seconds that it stood until the next one
    /// was published; a second refresh from one publication adds nothing.
    ///
    /// An expiry whose extension ends without any price takes the stable price of that moment, before the next one moves it.
    pub(super) fn accumulate_averages(&mut self, next_publish_time: i64) {
        if self.price == 0 {
            return;
        }
        let (held, from, stable) = (self.price, self.publish_time, self.prices.stable().ticks());
        let is_near = |expiry: &&mut Expiry| {
            expiry.status() == ExpiryStatus::Listed && next_publish_time > expiry.averaging_begins_at()
        };
        for expiry in self.expiries.iter_mut().filter(is_near) {
            let average = expiry.average_with(held, from, next_publish_time);
            (expiry.averaged_price_seconds, expiry.averaged_seconds) = (average.price_seconds, average.seconds);
            if average.seconds == 0 && next_publish_time >= expiry.extended_until() && expiry.settlement_price == 0 {
                expiry.settlement_price = stable.max(1);
            }
        }
    }

    /// How far an expiry's settlement price has come, with the price held counted until `until`.
    pub fn settlement_progress(&self, expiry: &Expiry, until: i64) -> SettlementProgress {
        let average = expiry.average_with(self.price, self.publish_time, until);
        let outstanding_seconds = expiry.outstanding_seconds(average.seconds, until);
        let price = match average.price_seconds.checked_div(u64::from(average.seconds)) {
            Some(price) => price,
            None if outstanding_seconds > 0 => self.price,
            None if expiry.settlement_price > 0 => expiry.settlement_price,
            None => self.prices.stable().ticks().max(1),
        };
        SettlementProgress { price, covered_seconds: average.seconds, outstanding_seconds }
    }
}

impl SettlementProgress {
    /// Least share of the final average that the one so far makes up: scale 2^-28. Whatever does not come makes it larger,
    /// so a scenario that moves the rest moves the settlement price by at least as much as prices can.
    pub fn fixed_share(&self) -> u32 {
        let covered = u64::from(self.covered_seconds) << 28;
        let most = u64::from(self.covered_seconds) + u64::from(self.outstanding_seconds);
        covered.checked_div(most).unwrap_or(ONE_Q28) as u32
    }
}

impl Expiry {
    /// Takes the rules that the expiry will settle by.
    pub fn set_settlement_rules(&mut self, rules: &SettlementRules) {
        let window = Self::AVERAGING_SECONDS.unsigned_abs();
        let required = (window * u64::from(rules.coverage.to_bits())).div_ceil(1 << 30).min(window);
        self.settlement_gap = u64::from(rules.gap_seconds).min(window) as u16;
        self.settlement_required = required as u16;
        self.settlement_extension = rules.extension_seconds;
    }

    /// When the averaging window begins, Unix seconds.
    pub fn averaging_begins_at(&self) -> i64 {
        self.expires_at.saturating_sub(Self::AVERAGING_SECONDS)
    }

    /// Until when prices may count at the latest, Unix seconds.
    pub fn extended_until(&self) -> i64 {
        self.expires_at.saturating_add(i64::from(self.settlement_extension))
    }

    /// The average so far, with a price published at `from` that stood until `until`.
    ///
    /// It counts for at most the longest gap; within the averaging window, and after expiry as long as less is covered than
    /// has to be.
    fn average_with(&self, price: u64, from: i64, until: i64) -> Average {
        let until = until.min(from.saturating_add(i64::from(self.settlement_gap)));
        let overlap = |begin: i64, end: i64| until.min(end).saturating_sub(from.max(begin)).max(0).unsigned_abs();
        let in_window = overlap(self.averaging_begins_at(), self.expires_at);
        let covered = u64::from(self.averaged_seconds) + in_window;
        let missing = u64::from(self.settlement_required).saturating_sub(covered);
        let counted = in_window + overlap(self.expires_at, self.extended_until()).min(missing);
        // Never more than the window's 1,800 seconds of prices below 2^48 in all.
        Average {
            price_seconds: self.averaged_price_seconds.saturating_add(price.saturating_mul(counted)),
            seconds: self.averaged_seconds.saturating_add(counted as u32),
        }
    }

    /// Seconds of prices that may still enter an average that covers so many, after `until`: at most what is left of the
    /// window, or what is missing if that is more, as far as the extension has room for it.
    fn outstanding_seconds(&self, covered: u32, until: i64) -> u32 {
        let left = self.expires_at.saturating_sub(until).clamp(0, Self::AVERAGING_SECONDS);
        let extension = self.extended_until().saturating_sub(until.max(self.expires_at)).max(0);
        let missing = i64::from(self.settlement_required) - i64::from(covered);
        left.max(missing).min(left.saturating_add(extension)) as u32
    }
}

#[cfg(test)]
mod tests;

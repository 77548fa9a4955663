//! How far a price can be relied on: its grade, and what each action makes of each grade.
//!
//! Grades are computed in one place, from what a market or bank holds, and nowhere is a threshold compared a second time.
//! What an action does with a grade stands in one table; docs/oracles.md shows it, printed from here by
//! `cargo run -p ballast-state --example oracle_grades`.

use ballast_risk::{Price, Ratio, num};

/// A price that an oracle published and that passed every check: of the right program and feed, positive, recent, not from
/// the future, not before the one held, and certain enough to be taken at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Publication {
    /// The price.
    pub price: Price,
    /// Its confidence to each side, ticks.
    pub confidence: u64,
    /// When the oracle published it, Unix seconds.
    pub publish_time: i64,
    /// The oracle's own average of its price, ticks; zero if it states none that fits.
    pub average: u64,
}

/// What a second source of a price stated last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecondQuote {
    /// Its price, ticks; zero before the first time.
    pub price: u64,
    /// Confidence of that price, ticks.
    pub confidence: u64,
    /// When it was published, Unix seconds.
    pub publish_time: i64,
}

/// A price as a market or bank holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quote {
    /// The price, ticks; zero before the first one.
    pub price: u64,
    /// Its confidence, ticks.
    pub confidence: u64,
    /// When it was published, Unix seconds.
    pub publish_time: i64,
    /// Slot of the refresh that brought or confirmed it.
    pub refreshed_slot: u64,
    /// Stable price, ticks; zero before the first price.
    pub stable: u64,
    /// The oracle's own average, ticks; zero if there is none.
    pub average: u64,
    /// What the second source says, if one is configured.
    pub second: Option<SecondQuote>,
}

/// From where on a price loses its grade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuoteLimits {
    /// Slots within which it must have been refreshed.
    pub refresh_slots: u32,
    /// Seconds for which a publication is fresh.
    pub fresh_seconds: u32,
    /// Seconds for which it is accepted; at least `fresh_seconds`.
    pub oldest_seconds: u32,
    /// Confidence beyond which it is wide, of the price.
    pub confidence: Ratio,
    /// Distance of the stable price or of the oracle's average beyond which it diverges, of the price.
    pub divergence: Ratio,
    /// Distance of the second source beyond which it diverges, of the price.
    pub second_distance: Ratio,
}

/// How far a price can be relied on, best first. Of several that apply the worst counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Grade {
    /// None of the below.
    Fresh = 0,
    /// Published longer ago than trades rely on.
    Aged = 1,
    /// The oracle, or the distance of the second source, leaves it too uncertain.
    Wide = 2,
    /// Too far from the stable price, from the oracle's own average or from the second source, or the second source is
    /// silent.
    Divergent = 3,
    /// Not refreshed of late, although its oracle may speak: whoever needs it can refresh it.
    Stale = 4,
    /// The oracle has published nothing that could still be accepted: nobody can refresh it.
    Silent = 5,
    /// There never was a price.
    Invalid = 6,
}

impl Grade {
    /// All grades, best first.
    pub const ALL: [Self; 7] =
        [Self::Fresh, Self::Aged, Self::Wide, Self::Divergent, Self::Stale, Self::Silent, Self::Invalid];

    /// What documents and logs call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Aged => "aged",
            Self::Wide => "wide",
            Self::Divergent => "divergent",
            Self::Stale => "stale",
            Self::Silent => "silent",
            Self::Invalid => "invalid",
        }
    }

    /// The grade of a price at a moment: `now` in Unix seconds.
    pub fn of(quote: &Quote, limits: &QuoteLimits, now: i64, slot: u64) -> Self {
        let age = now.saturating_sub(quote.publish_time);
        if quote.price == 0 {
            Self::Invalid
        } else if age > i64::from(limits.oldest_seconds) {
            Self::Silent
        } else if slot.saturating_sub(quote.refreshed_slot) > u64::from(limits.refresh_slots) {
            Self::Stale
        } else if quote.diverges(limits, now) {
            Self::Divergent
        } else if quote.uncertainty() > share(quote.price, limits.confidence) {
            Self::Wide
        } else if age > i64::from(limits.fresh_seconds) {
            Self::Aged
        } else {
            Self::Fresh
        }
    }

    /// The grade of a surface posted at some moment (Unix seconds, zero for never), with the age up to which it is fresh.
    pub fn of_surface(posted_at: i64, fresh_seconds: u32, now: i64) -> Self {
        if posted_at == 0 {
            Self::Invalid
        } else if now.saturating_sub(posted_at) > i64::from(fresh_seconds) {
            Self::Aged
        } else {
            Self::Fresh
        }
    }

    /// Whether the price itself is in doubt, and not its age.
    pub const fn is_doubtful(self) -> bool {
        matches!(self, Self::Wide | Self::Divergent)
    }
}

impl Quote {
    /// How uncertain the price is, ticks: its confidence, or the distance of the second source and the confidence of that
    /// one, whichever is more. So the confidence charge covers both, and nothing else changes.
    pub fn uncertainty(&self) -> u64 {
        match self.second {
            Some(second) if second.price > 0 => {
                self.confidence.max(self.price.abs_diff(second.price).saturating_add(second.confidence))
            }
            _ => self.confidence,
        }
    }

    fn diverges(&self, limits: &QuoteLimits, now: i64) -> bool {
        let furthest = share(self.price, limits.divergence);
        let is_far = |reference: u64| reference > 0 && self.price.abs_diff(reference) > furthest;
        is_far(self.stable) || is_far(self.average) || self.second.is_some_and(|it| it.contradicts(self, limits, now))
    }

    /// The lowest and the highest price that it could stand for, ticks: within its uncertainty, or the stable price, or the
    /// oracle's average. At least one tick.
    pub fn bounds(&self) -> (u64, u64) {
        let uncertainty = self.uncertainty();
        let mut bounds = (self.price.saturating_sub(uncertainty), self.price.saturating_add(uncertainty));
        for reference in [self.stable, self.average].into_iter().filter(|reference| *reference > 0) {
            bounds = (bounds.0.min(reference), bounds.1.max(reference));
        }
        (bounds.0.max(1), bounds.1)
    }
}

impl SecondQuote {
    /// Whether the second source is too far away, or has not spoken for longer than a publication is accepted.
    fn contradicts(&self, first: &Quote, limits: &QuoteLimits, now: i64) -> bool {
        now.saturating_sub(self.publish_time) > i64::from(limits.oldest_seconds)
            || first.price.abs_diff(self.price) > share(first.price, limits.second_distance)
    }
}

/// A share of a price, ticks, rounded down.
fn share(price: u64, share: Ratio) -> u64 {
    let (high, low) = num::widening_mul(price, u64::from(share.to_bits()));
    // Below 2^50: prices end at 2^48, ratios at 4.
    (high << 34) | (low >> 30)
}

/// What an action makes of a price, mildest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Acceptance {
    /// It counts as it is.
    Full,
    /// It counts, but for a time an account must be unhealthy at the bound that favours it as well.
    Disputed,
    /// Initial margin counts no gain in the market and sets its whole notional aside.
    SetAside,
    /// The holding counts for nothing.
    Nothing,
    /// Only trades that reduce every position they touch, and let neither excess fall.
    ReduceOnly,
    /// The action is refused.
    Refused,
}

impl Acceptance {
    /// What documents call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Disputed => "disputed",
            Self::SetAside => "set aside",
            Self::Nothing => "nothing",
            Self::ReduceOnly => "reduce only",
            Self::Refused => "refused",
        }
    }
}

/// What a price is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Action {
    /// Two owners trade a contract: its market, and for an option its surface.
    Trade = 0,
    /// An owner trades, or changes mode or hedge: every market that the account holds.
    Carry = 1,
    /// An owner withdraws, lends, borrows or hands value over: every market that the account holds.
    Withdraw = 2,
    /// Any of these: the quote token.
    Peg = 3,
    /// Any of these: what a deposit adds to initial margin.
    Pledge = 4,
    /// A slice, a purchase of collateral or a bankruptcy: the markets of both accounts.
    Liquidate = 5,
    /// A liquidator closes a leg: its market, and for an option its surface.
    CloseLeg = 6,
    /// The same: the account's other markets.
    CloseElsewhere = 7,
    /// Any liquidation: what a deposit adds to the liquidator's initial margin.
    LiquidatorPledge = 8,
    /// Any check: what a deposit adds to maintenance margin.
    Cover = 9,
    /// A liquidator buys a deposit.
    BuyCollateral = 10,
    /// Profit or loss of a position becomes cash.
    Settle = 11,
    /// A publication enters realised variance, stable price and settlement averages.
    Average = 12,
    /// A report.
    Report = 13,
}

use Acceptance::{Disputed, Full, Nothing, ReduceOnly, Refused, SetAside};

/// What each action makes of each grade: rows in the order of [`Action`], columns in that of [`Grade`].
///
/// From left to right no row becomes milder, but for last prices: a *stale* one is refused, since whoever is refused can
/// refresh it, and a *silent* one counts where somebody would be kept from liquidating otherwise.
const MATRIX: [[Acceptance; Grade::ALL.len()]; Action::ALL.len()] = [
    // fresh, aged, wide, divergent, stale, silent, invalid
    [Full, ReduceOnly, ReduceOnly, ReduceOnly, Refused, Refused, Refused],
    [Full, SetAside, SetAside, SetAside, Refused, ReduceOnly, Refused],
    [Full, SetAside, SetAside, SetAside, Refused, Refused, Refused],
    [Full, Full, Full, Full, Refused, ReduceOnly, Refused],
    [Full, Nothing, Nothing, Nothing, Nothing, Nothing, Nothing],
    [Full, Full, Disputed, Disputed, Refused, Refused, Refused],
    [Full, Full, Disputed, Disputed, Refused, Refused, Refused],
    [Full, Full, Disputed, Disputed, Refused, Full, Refused],
    [Full, Full, Nothing, Nothing, Nothing, Nothing, Nothing],
    [Full, Full, Disputed, Disputed, Full, Full, Nothing],
    [Full, Full, Refused, Refused, Refused, Refused, Refused],
    [Full, Full, Full, Full, Refused, Refused, Refused],
    [Full, Full, Full, Full, Refused, Refused, Refused],
    [Full, Full, Full, Full, Full, Full, Refused],
];

impl Action {
    /// All actions, in the order of the table.
    pub const ALL: [Self; 14] = [
        Self::Trade,
        Self::Carry,
        Self::Withdraw,
        Self::Peg,
        Self::Pledge,
        Self::Liquidate,
        Self::CloseLeg,
        Self::CloseElsewhere,
        Self::LiquidatorPledge,
        Self::Cover,
        Self::BuyCollateral,
        Self::Settle,
        Self::Average,
        Self::Report,
    ];

    /// What the action makes of a price of this grade.
    #[inline]
    pub const fn accepts(self, grade: Grade) -> Acceptance {
        MATRIX[self as usize][grade as usize]
    }

    /// What documents call it.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Trade => "trade: market and surface of a leg",
            Self::Carry => "trade, change of mode or hedge: markets held",
            Self::Withdraw => "withdrawal, lending, borrowing, value handed over: markets held",
            Self::Peg => "any of these: the quote token",
            Self::Pledge => "any of these: deposits in initial margin",
            Self::Liquidate => "slice, purchase of collateral, bankruptcy: markets held",
            Self::CloseLeg => "closing a leg: its market and surface",
            Self::CloseElsewhere => "closing a leg: the account's other markets",
            Self::LiquidatorPledge => "any liquidation: deposits in the liquidator's initial margin",
            Self::Cover => "any check: deposits in maintenance margin",
            Self::BuyCollateral => "purchase of collateral: the deposit bought",
            Self::Settle => "settling profit and loss: the market",
            Self::Average => "variance, stable price and settlement averages: a publication",
            Self::Report => "reports",
        }
    }
}

#[cfg(test)]
mod tests;

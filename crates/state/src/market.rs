//! A market: one underlying with its index, its perpetual, its expiries and its option series.

mod averaging;
mod closing;
mod dynamics;
mod expiry;
mod funding;
mod index;
mod parameters;
mod publication;
mod series;

use anchor_lang::prelude::*;
use ballast_risk::num;

pub use averaging::{SettlementProgress, SettlementRules};
pub use closing::{ClosingRefusal, SHORTEST_NOTICE_SECONDS};
pub use expiry::{Expiry, ExpiryStatus};
pub use funding::{FundingAccrual, FundingRules};
pub use index::Dispute;
pub(crate) use index::doubtful_since;
pub use parameters::{MarketParameters, Scenarios};
pub use publication::{PublicationRefusal, SurfacePost};
pub use series::{OptionKind, Series};

use crate::{PriceHistory, bank::OracleSource};

/// Most expiries that a market lists at once.
pub const MAX_EXPIRIES: usize = 12;
/// Most option series that a market lists at once.
pub const MAX_SERIES: usize = 128;

/// Most publishers of a market.
pub const MAX_PUBLISHERS: usize = 8;

/// Everything that a check of positions in one underlying needs.
#[account(zero_copy)]
#[derive(Debug)]
pub struct Market {
    /// The exchange that the market belongs to.
    pub exchange: Pubkey,
    /// Where the index price comes from.
    pub oracle: OracleSource,
    /// Name of the underlying, UTF-8, padded with zeros.
    pub name: [u8; 16],
    /// Index price, ticks; zero until the first refresh.
    pub price: u64,
    /// Confidence of the index price as the oracle publishes it, ticks.
    pub confidence: u64,
    /// When the oracle published the index price, Unix seconds.
    pub publish_time: i64,
    /// Slot of the last accepted refresh.
    pub refreshed_slot: u64,
    /// Perpetual contracts held long, lots.
    pub perpetual_open_interest: u64,
    /// Losses on the perpetual that holders have paid in and no gain has yet taken out, µUSD.
    pub perpetual_pool: u64,
    /// What is remembered of the index prices before.
    pub prices: PriceHistory,
    /// Largest move of the core grid: ratio.
    pub scan_range: u32,
    /// What of it maintenance margin counts so far: ratio, at most `scan_range`.
    pub maintenance_range: u32,
    /// Quality of the index price, one less its uncertainty over the limit: ratio.
    pub quality: u32,
    /// Mark of the perpetual less the index, as a share of the index: bits of
    /// [`SignedRatio`](ballast_risk::SignedRatio), posted by the publishers.
    pub perpetual_basis: i32,
    /// Number of the newest expiry.
    pub last_expiry_number: u32,
    /// Number of the newest series.
    pub last_series_number: u32,
    /// The market's number in its exchange, from 1.
    pub number: u16,
    /// Decimals of prices and strikes: a tick is 10^-`price_decimals` USD.
    pub price_decimals: u8,
    /// Decimals of quantities: a lot is 10^-`quantity_decimals` units of the underlying.
    pub quantity_decimals: u8,
    /// [`LAYOUT_VERSION`](crate::LAYOUT_VERSION) at creation.
    pub version: u8,
    /// Bump of the market's address.
    pub bump: u8,
    /// Slot of the market's group in [`Exchange::groups`](crate::Exchange::groups).
    pub group: u8,
    /// The market's place in its group.
    pub group_place: u8,
    /// Who may post surfaces; the first `publisher_count` are in use.
    pub publishers: [Pubkey; MAX_PUBLISHERS],
    /// Publishers in use.
    pub publisher_count: u8,
    /// Zero.
    pub padding: [u8; 7],
    /// Risk parameters.
    pub parameters: MarketParameters,
    /// The price moves of the scenario grid, prepared whenever the scan range changes.
    pub scenarios: Scenarios,
    /// Expiries; a slot with number 0 is free.
    pub expiries: [Expiry; MAX_EXPIRIES],
    /// Option series; a slot with number 0 is free.
    pub series: [Series; MAX_SERIES],
    /// Funding of the perpetual since listing, per lot: units of 2^-24 µUSD, positive if longs paid. Differences of it
    /// matter, not its level; within ±[`Market::FUNDING_INDEX_LIMIT`].
    pub funding_index: i64,
    /// When funding was last brought up to date, Unix seconds; zero before the first time.
    pub funded_at: i64,
    /// What the index has beyond its unit: scale 2^-32 of it.
    pub funding_fraction: u32,
    /// Positions in the perpetual, in all accounts; those without lots whose ledger is not settled are among them.
    pub perpetual_position_count: u32,
    /// Number of the expiry that the perpetual settles with; zero unless governance is closing the market.
    pub closing_expiry_number: u32,
    /// Slot of that expiry.
    pub closing_expiry_slot: u8,
    /// Zero.
    pub closing_padding: [u8; 3],
    /// Fees of trades that are not swept into the insurance fund yet, µUSD.
    pub fees: u64,
    /// What losses of the market have drawn from the insurance fund within the window, µUSD.
    pub insurance_drawn: u64,
    /// When that window began, Unix seconds.
    pub insurance_window_started_at: i64,
    /// Gains on the perpetual that accounts remember, units of [`CutIndex`](ballast_risk::gain_cut::CutIndex).
    pub perpetual_gain_units: u64,
    /// What bankruptcies have cut off gains on the perpetual: bits of a
    /// [`CutIndex`](ballast_risk::gain_cut::CutIndex).
    pub perpetual_gain_index: u64,
    /// What was cut off gains on the perpetual that were gone when their holders were looked at, µUSD: by so much the
    /// perpetual's gains exceed what its losers owe, until the insurance fund has made it good.
    pub uncollected_cut: u64,
    /// Until when trades only reduce, Unix seconds.
    pub paused_until: i64,
    /// When the oracle published the first price that was accepted, Unix seconds; zero before.
    pub first_published_at: i64,
    /// When the market was opened for trades, Unix seconds; zero before.
    pub activated_at: i64,
    /// A second source of the index price, of kind [`OracleSource::NONE`] if there is none.
    pub second_oracle: OracleSource,
    /// What it stated last, ticks; zero before the first time.
    pub second_price: u64,
    /// Confidence of that price, ticks.
    pub second_confidence: u64,
    /// When it was published, Unix seconds.
    pub second_publish_time: i64,
    /// The first source's own average of its price, ticks; zero if it states none.
    pub oracle_average: u64,
    /// Index that withdrawals count with if it is worse: follows the index at a bounded rate, scale 2^-16 of a tick.
    pub withdrawal_index: u64,
    /// Since when the index is wide or diverges, Unix seconds; zero while it is neither.
    pub doubtful_since: i64,
    /// Zero.
    pub reserved: [u64; 55],
}

impl Market {
    /// The expiry with this number, if it is listed.
    pub fn expiry(&self, slot: u8, number: u32) -> Option<&Expiry> {
        self.expiries.get(usize::from(slot)).filter(|expiry| number != 0 && expiry.number == number)
    }

    /// The expiry with this number, if it is listed and its settlement price not fixed yet.
    pub fn listed_expiry_mut(&mut self, slot: u8, number: u32) -> Option<&mut Expiry> {
        let expiry = self.expiries.get_mut(usize::from(slot))?;
        (number != 0 && expiry.number == number && expiry.status() == ExpiryStatus::Listed).then_some(expiry)
    }

    /// Mark of the perpetual, ticks: the index and the published basis, rounded to nearest; at least one.
    pub fn perpetual_mark(&self) -> u64 {
        let halves = num::mul_div_floor_signed(2 * i64::from(self.perpetual_basis), self.price, 1 << 30).unwrap_or(0);
        let basis = halves.saturating_add(1) >> 1;
        self.price.saturating_add_signed(basis).max(1)
    }

    /// The series with this number, if it is listed.
    pub fn series(&self, slot: u8, number: u32) -> Option<&Series> {
        self.series.get(usize::from(slot)).filter(|series| number != 0 && series.number == number)
    }
}

const _: () = assert!(
    size_of::<Market>()
        == 32
            + 72
            + 16
            + 6 * 8
            + 5 * 8
            + 4 * 4
            + 2 * 4
            + 8
            + MAX_PUBLISHERS * 32
            + 8
            + size_of::<MarketParameters>()
            + size_of::<Scenarios>()
            + MAX_EXPIRIES * size_of::<Expiry>()
            + MAX_SERIES * size_of::<Series>()
            + 2 * 8
            + 2 * 4
            + 8
            + 8
            + 5 * 8
            + 3 * 8
            + 72
            + 6 * 8
            + 55 * 8
);
// The runtime lets a program create accounts of up to 10 KiB itself; a larger one would have to be made by the
// caller beforehand and could not live at a derived address.
const _: () = assert!(8 + size_of::<Market>() <= 10_240);

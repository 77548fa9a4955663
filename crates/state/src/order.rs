//! Orders: what a trader signs, byte for byte.
//!
//! An order buys and sells a **package** of up to eight contracts, `size` times over. A *resting* order names a price for
//! each leg and is filled at exactly those. A *taking* order is filled at the prices of the resting order that it meets, as
//! long as they keep its limits: one per leg, or one for the whole package.
//!
//! The message is binary, little-endian and has one encoding only. docs/orders.md explains every byte;
//! docs/order-vectors.json has messages to check another implementation against.
//!
//! | offset | bytes | field |
//! |---|---|---|
//! | 0 | 14 | [`PREFIX`] |
//! | 14 | 1 | [`VERSION`] |
//! | 15 | 1 | flags: 1 resting, 2 reduce-only, 4 net limit, 8 counterparty, 16 claims rebates |
//! | 16 | 16 | domain |
//! | 32 | 32 | exchange |
//! | 64 | 32 | margin account |
//! | 96 | 8 | nonce |
//! | 104 | 8 | expires at, Unix seconds |
//! | 112 | 8 | maximum fee, µUSD |
//! | 120 | 4 | size, packages |
//! | 124 | 4 | minimum fill, packages |
//! | 128 | 1 | legs |
//! | 129 | 32 | counterparty's margin account, if flagged |
//! | | 8 | net limit, µUSD per package, if flagged |
//! | | 12 or 20 each | legs: market 2, kind 1, slot 1, number 4, ratio 4, and, without a net limit, price 8 |

mod bytes;
mod matching;
pub mod records;

use core::fmt;

use anchor_lang::prelude::Pubkey;

use crate::{Contract, book::MAX_LOTS};

pub use matching::match_legs;
pub use records::{ORDER_SLOTS, OrderRecord, OrderRecords, PlacedOrder};

/// What every message begins with. No transaction begins with 0xFF, so none can be mistaken for an order.
pub const PREFIX: [u8; 14] = *b"\xffBallast order";
/// The encoding that this crate writes and reads.
pub const VERSION: u8 = 1;
/// Most legs of an order.
pub const MAX_ORDER_LEGS: usize = 8;
/// Bytes of the longest order: eight legs with a price each, for a named counterparty.
pub const MAX_ORDER_BYTES: usize = 129 + 32 + MAX_ORDER_LEGS * 20;

/// What a trader signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// [`OrderRecords::domain`] of the account: differs between clusters, and changes when all orders are cancelled.
    pub domain: [u8; 16],
    /// The exchange.
    pub exchange: Pubkey,
    /// The margin account that trades.
    pub account: Pubkey,
    /// Names the order among the account's. At most one order of a nonce is filled, and orders whose nonces differ by a
    /// multiple of [`ORDER_SLOTS`] are not filled at the same time.
    pub nonce: u64,
    /// When the order ends, Unix seconds: it is filled only before.
    pub expires_at: i64,
    /// Most fees of the whole order, rebates taken off, µUSD; of a part of it, the same part, rounded up.
    pub maximum_fee: u64,
    /// Packages to trade.
    pub size: u32,
    /// Least packages of one fill, unless fewer are left; from 1 to `size`, which means all or none.
    pub minimum_fill: u32,
    /// Whether the order rests or takes.
    pub role: OrderRole,
    /// Whether every leg of every fill must bring the account's position closer to nothing.
    pub is_reduce_only: bool,
    /// Whether the account claims rebates of its fees.
    pub claims_rebates: bool,
    /// The only margin account that the order may be matched with.
    pub counterparty: Option<Pubkey>,
    /// Most that a package may cost in all, µUSD; negative: least that it must bring. Only of a taking order, whose legs have
    /// no prices then.
    pub net_limit: Option<i64>,
    /// The package, in the order of [`OrderLeg::key`].
    pub legs: Vec<OrderLeg>,
}

/// Which side of a match an order stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderRole {
    /// Filled at the other order's prices, within its limits, for the taker's fee.
    Taking,
    /// Filled at its own prices, for the maker's fee.
    Resting,
}

/// One contract of a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderLeg {
    /// Number of the market.
    pub market: u16,
    /// The contract.
    pub contract: Contract,
    /// Lots that one package buys; negative: sells.
    pub ratio: i32,
    /// A resting order's price, a taking order's limit, ticks: highest for what it buys, lowest for what it sells. Zero with a
    /// net limit.
    pub price: u64,
}

impl OrderLeg {
    /// What legs are sorted by. No two legs of an order have the same.
    pub fn key(&self) -> (u16, u8, u8, u32) {
        (self.market, self.contract.kind, self.contract.slot, self.contract.number)
    }
}

/// Why a message is no order, or an order cannot be filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderRefusal {
    /// The message does not begin as an order of this version does.
    NotAnOrder,
    /// It does, but says nothing that this version allows; what is wrong.
    Malformed(&'static str),
    /// It was signed for another exchange, account or domain.
    ForAnother(&'static str),
    /// It has expired.
    Expired {
        /// When it did, Unix seconds.
        expires_at: i64,
        /// Now.
        now: i64,
    },
    /// It was cancelled.
    Cancelled {
        /// Its nonce.
        nonce: u64,
    },
    /// Fewer packages are left of it, or none were asked for.
    Exceeded {
        /// Packages left.
        left: u32,
        /// Packages asked for.
        asked: u32,
    },
    /// The fill is smaller than the order allows.
    BelowMinimum {
        /// Least packages.
        least: u32,
        /// Packages asked for.
        asked: u32,
    },
    /// Its slot remembers an order of another nonce that has not expired.
    SlotTaken {
        /// That order's nonce.
        nonce: u64,
    },
    /// Another order of the same nonce was filled, and has not expired.
    NonceTaken {
        /// The nonce.
        nonce: u64,
    },
    /// It does not trade the reverse of the other order; what differs.
    NoMatch(&'static str),
    /// The other order's price is beyond the limit of a leg, ticks.
    OutsideLimit {
        /// The limit.
        limit: u64,
        /// The price.
        price: u64,
    },
    /// The packages cost more than the net limit allows, µUSD.
    OutsideNetLimit {
        /// Most that they may cost.
        limit: i64,
        /// What they cost.
        cost: i64,
    },
    /// The fees exceed what the order allows, µUSD.
    FeeAboveMaximum {
        /// Most that the fills so far may cost in fees.
        most: u64,
        /// What they cost.
        fees: u64,
    },
}

impl fmt::Display for OrderRefusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAnOrder => write!(formatter, "the message is not an order of version {VERSION}"),
            Self::Malformed(what) | Self::ForAnother(what) | Self::NoMatch(what) => formatter.write_str(what),
            Self::Expired { expires_at, now } => write!(formatter, "the order expired at {expires_at}, it is {now}"),
            Self::Cancelled { nonce } => write!(formatter, "the order with nonce {nonce} was cancelled"),
            Self::Exceeded { left, asked } => {
                write!(formatter, "{left} packages are left of the order, {asked} were asked for")
            }
            Self::BelowMinimum { least, asked } => {
                write!(formatter, "a fill takes at least {least} packages, {asked} were asked for")
            }
            Self::SlotTaken { nonce } => {
                write!(formatter, "the order's slot still remembers the order with nonce {nonce}")
            }
            Self::NonceTaken { nonce } => write!(formatter, "another order with nonce {nonce} was filled"),
            Self::OutsideLimit { limit, price } => write!(formatter, "the limit is {limit}, the price {price}"),
            Self::OutsideNetLimit { limit, cost } => {
                write!(formatter, "the packages may cost {limit} µUSD, they would cost {cost}")
            }
            Self::FeeAboveMaximum { most, fees } => {
                write!(formatter, "the fills may cost {most} µUSD in fees, they would cost {fees}")
            }
        }
    }
}

impl core::error::Error for OrderRefusal {}

impl Order {
    /// Checks what the encoding alone does not.
    ///
    /// # Errors
    /// [`OrderRefusal::Malformed`].
    pub fn validate(&self) -> Result<(), OrderRefusal> {
        let require = |holds: bool, what| if holds { Ok(()) } else { Err(OrderRefusal::Malformed(what)) };
        require(self.size > 0, "an order is for at least one package")?;
        require((1..=self.size).contains(&self.minimum_fill), "the minimum fill must be from 1 to the size")?;
        require((1..=MAX_ORDER_LEGS).contains(&self.legs.len()), "an order has one to eight legs")?;
        require(
            self.net_limit.is_none() || self.role == OrderRole::Taking,
            "a resting order has a price for each leg, no net limit",
        )?;
        let is_sorted = self.legs.windows(2).all(|pair| pair[0].key() < pair[1].key());
        require(is_sorted, "legs must be sorted by market, kind, slot and number, each contract once")?;
        for leg in &self.legs {
            let lots = i64::from(leg.ratio).unsigned_abs().saturating_mul(u64::from(self.size));
            require((1..=MAX_LOTS.unsigned_abs()).contains(&lots), "a leg must be for one to 2^30 lots in all")?;
            require(self.net_limit.is_none() || leg.price == 0, "with a net limit, legs have no price")?;
        }
        Ok(())
    }

    /// Most that `filled` packages may cost in fees, µUSD.
    pub fn fee_limit(&self, filled: u32) -> u64 {
        let part = u128::from(self.maximum_fee) * u128::from(filled.min(self.size));
        part.div_ceil(u128::from(self.size.max(1))) as u64
    }

    /// The markets of the legs, each once.
    pub fn markets(&self) -> impl Iterator<Item = u16> {
        // Legs are sorted by market.
        let is_first = |place: usize| place == 0 || self.legs[place - 1].market != self.legs[place].market;
        self.legs.iter().enumerate().filter(move |(place, _)| is_first(*place)).map(|(_, leg)| leg.market)
    }
}

/// What names an order everywhere: the SHA-256 of its message.
pub fn id(message: &[u8]) -> [u8; 32] {
    solana_sha256_hasher::hash(message).to_bytes()
}

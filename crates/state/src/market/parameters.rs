//! Risk parameters of a market and the scenario moves prepared from them.

use anchor_lang::prelude::*;
use borsh::{BorshDeserialize, BorshSerialize};

/// Most extreme moves beyond the core grid.
pub const MAX_TAILS: usize = 8;
/// Most price nodes: 11 of the core grid and the tails, rounded up to keep the engine's rows aligned.
pub const MAX_NODES: usize = 20;

/// Risk parameters of a market. docs/margin-model.md says what each does.
///
/// Ratios are bits of [`Ratio`](ballast_risk::Ratio), scale 2^-30.
#[zero_copy]
#[derive(Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct MarketParameters {
    /// Most that an account's unsettled gains in this market add to its initial margin, µUSD.
    pub unsettled_gain_cap: i64,
    /// Most lots of one contract that all accounts together may hold long.
    pub open_interest_limit: u64,
    /// Largest price move of the core grid, up and down: ratio.
    pub scan_range: u32,
    /// Rise of volatility in the up row, before the term factor: ratio.
    pub volatility_up: u32,
    /// Fall of volatility in the down row, before the term factor: ratio.
    pub volatility_down: u32,
    /// Lowest volatility per year of the up row: ratio.
    pub volatility_up_floor: u32,
    /// Exponent of the term factor (30 days / time)^p up to 30 days: ratio.
    pub term_exponent_near: u32,
    /// Exponent of the term factor beyond 30 days: ratio.
    pub term_exponent_far: u32,
    /// Shortest time that the term factor takes, seconds.
    pub term_floor_seconds: u32,
    /// Maintenance charge on each naked short option, ratio of the index.
    pub naked_short_maintenance: u32,
    /// What the initial charge on each naked short option adds to that: ratio of the index.
    pub naked_short_initial: u32,
    /// Maintenance charge on linear notional: ratio.
    pub linear_maintenance: u32,
    /// What the initial charge on linear notional adds to that: ratio.
    pub linear_initial: u32,
    /// Weight of unsettled gains in initial margin: ratio, at most 1.
    pub unsettled_gain_weight: u32,
    /// Widest accepted oracle confidence, as a ratio of the price.
    pub confidence_limit: u32,
    /// Widest distance of a fill from the mark, as a ratio of the index …
    pub band_price: u32,
    /// … to which an option's band adds its vega over this many volatility points: ratio (0.01 is one point).
    pub band_volatility: u32,
    /// Largest published basis, up and down: ratio.
    pub basis_limit: u32,
    /// Tail moves: price factors 1 + move, scale 2^-28, in (0, 7].
    pub tail_price_factors: [u32; MAX_TAILS],
    /// Weight of each tail's loss: ratio, at most 1.
    pub tail_weights: [u32; MAX_TAILS],
    /// Nodes of the core grid: 9 or 11.
    pub core_nodes: u8,
    /// Tails in use.
    pub tail_nodes: u8,
    /// Zero.
    pub padding: [u8; 6],
}

/// The price moves of the scenario grid: the core nodes from −scan range to +scan range, then the tails.
///
/// Prepared from [`MarketParameters`] whenever they are set, so that no check computes a logarithm of a constant.
#[zero_copy]
#[derive(Debug, PartialEq, Eq)]
pub struct Scenarios {
    /// 1 + move, scale 2^-28.
    pub price_factors: [u32; MAX_NODES],
    /// ln(1 + move), scale 2^-29.
    pub log_factors: [i32; MAX_NODES],
}

const _: () = assert!(size_of::<MarketParameters>() == 16 + 16 * 4 + 64 + 8);
const _: () = assert!(size_of::<Scenarios>() == 160);

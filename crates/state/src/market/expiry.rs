//! An expiry: forward, volatility surface and settlement.

use anchor_lang::prelude::*;

/// One expiry date of a market: what its futures and options are marked with, and how they settle.
#[zero_copy]
#[derive(Debug)]
pub struct Expiry {
    /// When the contracts expire, Unix seconds.
    pub expires_at: i64,
    /// When the surface was posted, Unix seconds; zero until the first post.
    pub posted_at: i64,
    /// Futures and options held long that are not settled yet, lots.
    pub open_interest: u64,
    /// Losses on this expiry that holders have paid in and no gain has yet taken out, µUSD. Ring-fenced: nothing
    /// else is paid from it.
    pub pool: u64,
    /// Sum over those seconds of the price that stood, tick-seconds.
    pub averaged_price_seconds: u64,
    /// Settlement price in ticks, fixed once; zero before, or what it will be if the extension ended without any price.
    pub settlement_price: u64,
    /// Surface: raw SVI `a` of the total variance at `posted_at`, Q29.
    pub svi_a: i64,
    /// Surface: raw SVI `b`, Q29.
    pub svi_b: i64,
    /// Surface: raw SVI `rho`, Q29.
    pub svi_rho: i64,
    /// Surface: raw SVI `m`, Q29.
    pub svi_m: i64,
    /// Surface: raw SVI `sigma`, Q29.
    pub svi_sigma: i64,
    /// Surface: √(years to expiry at `posted_at`), the time that its total variance spans, Q28.
    pub surface_sqrt_time: u64,
    /// Surface: doublings of w that `svi_a` and `svi_b` carry (see `RawSvi::variance_shift`).
    pub svi_variance_shift: u64,
    /// Surface as posted: eSSVI θ, the total variance at the money over the same time, Q40. With ρ = `svi_rho` and ψ it
    /// is what the next post is held against.
    pub theta: u64,
    /// Surface as posted: eSSVI ψ, Q40.
    pub psi: u64,
    /// When the day began that the daily steps of posts are counted in, Unix seconds; zero before the first post.
    pub day_started_at: i64,
    /// Volatility at the money, per year, of the first post of that day: bits of
    /// [`Multiple`](ballast_risk::quantity::Multiple), scale 2^-28.
    pub day_volatility: u32,
    /// Basis of the first post of that day: bits of [`SignedRatio`](ballast_risk::SignedRatio).
    pub day_basis: i32,
    /// Number in the market, from 1; zero for a free slot.
    pub number: u32,
    /// Positions, in all accounts, that refer to this expiry.
    pub position_count: u32,
    /// Series that belong to this expiry.
    pub series_count: u32,
    /// Seconds that accepted prices cover, of the averaging window or, where that was not enough, after it.
    pub averaged_seconds: u32,
    /// ln(forward / index): bits of [`SignedRatio`](ballast_risk::SignedRatio).
    pub basis: i32,
    /// Interest rate per year, continuously compounded: bits of [`SignedRatio`](ballast_risk::SignedRatio).
    pub rate: i32,
    /// An [`ExpiryStatus`].
    pub status: u8,
    /// Zero.
    pub padding: [u8; 3],
    /// Those of `position_count` that are claims: all of them once everybody is settled.
    pub claim_count: u32,
    /// How long after expiry prices still count where they cover less than they have to, seconds.
    pub settlement_extension: u32,
    /// Longest time that one price counts for, seconds.
    pub settlement_gap: u16,
    /// Seconds that prices have to cover.
    pub settlement_required: u16,
    /// What claims are owed, units of [`CutIndex`](ballast_risk::gain_cut::CutIndex).
    pub credit_units: u64,
    /// What bankruptcies have cut off what claims are owed: bits of a [`CutIndex`](ballast_risk::gain_cut::CutIndex).
    pub credit_index: u64,
}

/// Life of an expiry slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ExpiryStatus {
    /// Nothing listed here.
    Free = 0,
    /// Trading until its time, then waiting for its settlement price.
    Listed = 1,
    /// Settlement price fixed; positions settle account by account.
    Settled = 2,
}

impl Expiry {
    /// Length of the window before expiry whose average price settles the contracts, seconds.
    pub const AVERAGING_SECONDS: i64 = 1_800;

    /// The slot's state. A value that no version wrote reads as free.
    pub fn status(&self) -> ExpiryStatus {
        match self.status {
            1 => ExpiryStatus::Listed,
            2 => ExpiryStatus::Settled,
            _ => ExpiryStatus::Free,
        }
    }
}

const _: () = assert!(size_of::<Expiry>() == 13 * 8 + 4 * 8 + 6 * 4 + 8 + 8 + 2 * 8);

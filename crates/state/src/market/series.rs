//! An option series: kind, strike and expiry.

use anchor_lang::prelude::*;

/// One European option contract of a market.
#[zero_copy]
#[derive(Debug)]
pub struct Series {
    /// Strike, ticks.
    pub strike: u64,
    /// ln(strike in ticks), Q40, computed at listing so that no check pays for it.
    pub log_strike: i64,
    /// Options held long that are not settled yet, lots.
    pub open_interest: u64,
    /// Number in the market, from 1; zero for a free slot.
    pub number: u32,
    /// An [`OptionKind`].
    pub kind: u8,
    /// Slot of the expiry in [`Market::expiries`](crate::Market::expiries).
    pub expiry_slot: u8,
    /// Zero.
    pub padding: [u8; 2],
}

/// Call or put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum OptionKind {
    /// The right to the excess of the settlement price over the strike.
    Call = 0,
    /// The right to the excess of the strike over the settlement price.
    Put = 1,
}

impl Series {
    /// Call or put.
    pub fn kind(&self) -> OptionKind {
        if self.kind == OptionKind::Put as u8 { OptionKind::Put } else { OptionKind::Call }
    }
}

const _: () = assert!(size_of::<Series>() == 32);

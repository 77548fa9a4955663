//! Pro-rata cuts of gains, at a cost that does not depend on how many hold them (docs/margin-model.md, section 8).
//!
//! A [`CutIndex`] says what part of every gain is left. A gain is remembered at the index of the moment; the difference to
//! the index of a later moment is what was cut in between, and nobody needs to be visited. So that cuts add up, the whole
//! of all gains is counted in *units*: a gain of g at an index that keeps k stands for g / k units, rounded down, and keeps
//! them whatever is cut. A cut of X takes X / (all units) off k, rounded up, and each holder's part rounds up too: the
//! parts add up to X at least.
//!
//! What is left is a floating number, halved as often as it has to be, so that it never runs out; units halve with it and
//! stay between one and two µUSD.

use crate::num;

/// One, in the scale of what is left: 2^48.
const ONE: u64 = 1 << 48;
/// Bits of what was cut; the halvings stand above them.
const CUT_BITS: u32 = 48;
/// Most halvings that an index can count.
const MOST_HALVINGS: u32 = u16::MAX as u32;

/// What cuts have left of a gain: 2^-halvings × (1 − cut × 2^-48), with the halvings in the upper 16 bits and the cut, at
/// most one half, in the lower 48. Zero bits: everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[repr(transparent)]
pub struct CutIndex(pub u64);

impl CutIndex {
    /// Nothing was cut.
    pub const NONE: Self = Self(0);

    fn halvings(self) -> u32 {
        (self.0 >> CUT_BITS) as u32
    }

    /// What is left at these halvings, scale 2^-48: above one half.
    fn kept(self) -> u64 {
        ONE.saturating_sub(self.0 & (ONE - 1)).max(ONE >> 1)
    }

    /// Units that a gain remembered at this index stands for, rounded down. Gains count up to 2^60 µUSD.
    pub fn units(self, gain: u64) -> u64 {
        num::mul_div_floor(gain.min(1 << 60), ONE, self.kept()).unwrap_or(0)
    }

    /// What of a gain that was remembered at this index has been cut until `now`, rounded up; at most the gain.
    pub fn cut_since(self, gain: u64, now: Self) -> u64 {
        if self == now {
            return 0;
        }
        let halved = now.halvings().saturating_sub(self.halvings());
        let kept = now.kept().checked_shr(halved).unwrap_or(0);
        let cut = self.kept().saturating_sub(kept);
        num::mul_div_ceil(self.units(gain), cut, ONE).unwrap_or(gain).min(gain)
    }

    /// Takes a gain that was remembered at this index out of the units counted at `now`. What it counts for rounds up, so
    /// that a later cut is a little larger, never too small. An index that was halved has the resolution of now: by one part
    /// in 2^48 of what was remembered, a holder may have less than is counted for him.
    pub fn leave(self, gain: u64, now: Self, total: u64) -> u64 {
        let halved = now.halvings().saturating_sub(self.halvings());
        let units = self.units(gain);
        let down = units.checked_shr(halved).unwrap_or(0);
        let is_exact = down.checked_shl(halved).is_some_and(|up| up == units);
        total.saturating_sub(if is_exact { down } else { down.saturating_add(1) })
    }

    /// What `total` units stand for at this index, rounded down.
    pub fn worth(self, total: u64) -> u64 {
        num::mul_div_floor(total, self.kept(), ONE).unwrap_or(0)
    }

    /// Cuts `amount` off what `total` units stand for. Returns the index and the count of units after it; `None` if that is
    /// more than they stand for, or the index has counted all the halvings it can.
    pub fn cut(self, amount: u64, total: u64) -> Option<(Self, u64)> {
        if amount == 0 {
            return Some((self, total));
        }
        let mut kept = self.kept().checked_sub(num::mul_div_ceil(amount, ONE, total)?)?;
        let (mut halvings, mut total) = (self.halvings(), total);
        if kept == 0 {
            // Nothing is left of any gain remembered so far: enough halvings for no bit to remain.
            (kept, halvings, total) = (ONE, halvings + CUT_BITS + 1, 0);
        }
        while kept <= ONE >> 1 {
            (kept, halvings, total) = (kept << 1, halvings + 1, total >> 1);
        }
        (halvings <= MOST_HALVINGS).then(|| (Self((u64::from(halvings) << CUT_BITS) | (ONE - kept)), total))
    }
}

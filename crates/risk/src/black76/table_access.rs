//! The grid of the normal distribution and density that the scenario kernel reads.

use crate::num::tables::row;

/// Grid points per standard deviation.
pub(super) const STEPS_PER_UNIT: u64 = 1 << 10;

/// From −6.5 to 6.5, both included.
const POINTS: usize = 13 * STEPS_PER_UNIT as usize + 1;

/// One grid point.
#[derive(Clone, Copy)]
pub(super) struct GridPoint {
    /// N(x) in Q31.
    pub distribution: u32,
    /// φ(x) in Q31.
    pub density: u32,
}

/// N and φ at −6.5 + g/1024, correctly rounded.
static GRID: [GridPoint; POINTS] = decode(include_bytes!("../../tables/normal_grid.bin"));

const fn decode(bytes: &[u8]) -> [GridPoint; POINTS] {
    assert!(bytes.len() == POINTS * 8);
    let mut points = [GridPoint { distribution: 0, density: 0 }; POINTS];
    let mut rest = bytes;
    let mut index = 0;
    while let Some((entry, after)) = rest.split_first_chunk::<8>() {
        let [a, b, c, d, e, f, g, h] = *entry;
        points[index] =
            GridPoint { distribution: u32::from_le_bytes([a, b, c, d]), density: u32::from_le_bytes([e, f, g, h]) };
        rest = after;
        index += 1;
    }
    points
}

/// The grid seen at two places a fixed distance apart: at d2, and at d1 = d2 + w.
#[derive(Clone, Copy)]
pub(super) struct GridPair {
    /// Grid points between d2 and d1; at most [`POINTS`].
    distance: usize,
    /// Points that can serve as d2, because the one `distance` further is on the grid.
    count: u64,
}

impl GridPair {
    /// `distance` is w in grid steps; beyond the grid's length no pair exists.
    #[inline(always)]
    pub fn new(distance: u64) -> Self {
        // The minimum changes nothing for a clamped w (at most 6 · 1024).
        let distance = distance.min(POINTS as u64);
        Self { distance: distance as usize, count: POINTS as u64 - distance }
    }

    /// The points at d2 and d1 if both are on the grid.
    ///
    /// The one place of the engine that gives up bounds checks: they would cost every scenario of every option three
    /// compute units, a tenth of the kernel.
    #[inline(always)]
    #[allow(unsafe_code)]
    pub fn at(&self, d2_index: i64) -> Option<(GridPoint, GridPoint)> {
        // A negative index is beyond the end as an unsigned number.
        if d2_index as u64 >= self.count {
            core::hint::cold_path();
            return None;
        }
        // SAFETY: `new` is the only constructor and makes `count + distance` the number of points; the index is below
        // `count`, so both it and it plus `distance` are on the grid.
        unsafe {
            let d2 = GRID.as_ptr().add(d2_index as usize);
            Some((*d2, *d2.add(self.distance)))
        }
    }
}

/// N in Q31 at a grid index, 0 before the grid and 1 after it.
#[inline(always)]
pub(super) fn distribution_or_limit(index: i64) -> u64 {
    match row(&GRID, index as u64) {
        Some(point) => point.distribution as u64,
        None if index < 0 => 0,
        None => 1 << 31,
    }
}

/// One more than the last grid index.
pub(super) const END: i64 = POINTS as i64;

//! Square roots.

use ballast_risk::num::{sqrt_fast, sqrt_floor, sqrt_years_q28};

use crate::Check;
use crate::parallel::blocks;

pub const CHECKS: &[Check] = &[
    Check {
        property: "sqrt_floor is the floor of the root, and sqrt_fast that or one more",
        domain: "every integer below 2^32, and both neighbours of every 16th square up to 2^64",
        run: floors,
    },
    Check {
        property: "sqrt_years_q28 is within half a unit plus 7e-10 of the root",
        domain: "every number of seconds, 0 to 2^32 - 1",
        run: years,
    },
];

/// Decided by multiplication alone: r² ≤ value < (r + 1)².
fn is_floor(value: u64, root: u64) -> bool {
    let next = root + 1;
    root.checked_mul(root).is_some_and(|square| square <= value)
        && next.checked_mul(next).is_none_or(|square| square > value)
}

fn check(value: u64) -> Result<(), String> {
    let root = sqrt_floor(value);
    if !is_floor(value, root) {
        return Err(format!("sqrt_floor({value}) = {root}"));
    }
    let fast = sqrt_fast(value);
    if fast != root && fast != root + 1 {
        return Err(format!("sqrt_fast({value}) = {fast}"));
    }
    Ok(())
}

fn floors() -> Result<u64, String> {
    let small = blocks(0, 1 << 32, |from, to| (from..to).try_for_each(|value| check(value as u64)))?;
    let squares = blocks(1, 1 << 28, |from, to| {
        (from..to).try_for_each(|index| {
            // Every residue of the lowest four bits comes up as well.
            let root = (index as u64) << 4 | (index as u64 & 15);
            let square = root * root;
            check(square - 1)?;
            check(square)?;
            check(square + 2 * root)
        })
    })?;
    check(u64::MAX)?;
    Ok(small + 3 * squares)
}

fn years() -> Result<u64, String> {
    const SECONDS_PER_YEAR: f64 = 31_536_000.0;
    blocks(0, 1 << 32, |from, to| {
        for seconds in from..to {
            let exact = (seconds as f64 / SECONDS_PER_YEAR).sqrt() * 268_435_456.0;
            let error = (sqrt_years_q28(seconds as u32) as f64 - exact).abs();
            if error > 0.5 + 7e-10 * exact + 1e-6 {
                return Err(format!("at {seconds} seconds: off by {error} units"));
            }
        }
        Ok(())
    })
}

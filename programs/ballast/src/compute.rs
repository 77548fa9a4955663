//! The compute meter: how much of the transaction's limit is left.

use anchor_lang::prelude::*;

use crate::errors::BallastError;

/// Compute units left to the program.
///
/// Nothing tells: the system call for it (`sol_remaining_compute_units`, SIMD-0049) is behind a feature that no public
/// cluster has active, and an image that makes the call there stops with "unsupported BPF instruction".
pub fn remaining() -> u64 {
    u64::MAX
}

/// Fails early, with the amount, when less than `needed` compute units are left.
///
/// # Errors
/// [`BallastError::InsufficientCompute`].
pub fn require(needed: u32) -> Result<()> {
    let left = remaining();
    if left < u64::from(needed) {
        msg!("the margin check needs {} compute units, {} are left", needed, left);
        return err!(BallastError::InsufficientCompute);
    }
    Ok(())
}

//! The largest size that a check accepts: of a trade, of a withdrawal.
//!
//! # Why bisection finds it
//!
//! Let a trade at given prices grow. Equity, marks and the profit of every scenario are linear in its size. A
//! requirement is made of maxima, positive parts and absolute values of such functions with factors that are not
//! negative, and so is convex; discounting long and short values apart, and counting gains in part, keep it so. Equity
//! less requirement, the excess, is therefore concave, and the sizes at which a concave function is not negative are an
//! interval. It begins at zero if the account passes without the trade. Withdrawals are the linear case.
//!
//! Three parts of the model are not convex: the knee where the concentration charge reaches its cap and its slope falls,
//! the lesser of two sums that the maintenance requirement of a group is, and rounding to whole units. Around those the
//! accepted sizes may be more than one interval. The answer is an accepted size all the same, and one that no larger size
//! of the search improves, but a larger one might pass.

/// The largest size, from 1 to `limit`, that `accepts` confirms; 0 if it refuses size 1.
///
/// The accepted sizes should be an interval that begins at zero. Whatever they are, a result above zero has been accepted,
/// and was the last accepted size to be asked. Zero itself is never asked. At most 128 evaluations: doubling, then
/// bisection.
///
/// # Errors
/// The first error of `accepts`.
pub fn largest<E>(limit: u64, mut accepts: impl FnMut(u64) -> Result<bool, E>) -> Result<u64, E> {
    let mut accepted = 0;
    let mut refused = None;
    while accepted < limit {
        let size = match refused {
            None if accepted == 0 => 1,
            None => accepted.saturating_mul(2).min(limit),
            Some(refused) if refused - accepted <= 1 => break,
            Some(refused) => accepted + (refused - accepted) / 2,
        };
        if accepts(size)? {
            accepted = size;
        } else {
            refused = Some(size);
        }
    }
    Ok(accepted)
}

//! A range of integers, cut into blocks that all cores take turns at.

use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread;

/// Integers per block. References are computed anew at the middle of each.
pub const BLOCK: i64 = 4_096;

/// Gives every block of `from..to` to `check`, and counts the integers. The last block may be shorter.
///
/// # Errors
/// The first failure that any core meets.
pub fn blocks(from: i64, to: i64, check: impl Fn(i64, i64) -> Result<(), String> + Sync) -> Result<u64, String> {
    let next = AtomicI64::new(from);
    let failure = Mutex::new(None);
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                loop {
                    let start = next.fetch_add(BLOCK, Ordering::Relaxed);
                    if start >= to {
                        return;
                    }
                    if let Err(message) = check(start, (start + BLOCK).min(to)) {
                        // Ends the other cores' turns as well.
                        next.store(to, Ordering::Relaxed);
                        if let Ok(mut failure) = failure.lock() {
                            failure.get_or_insert(message);
                        }
                    }
                }
            });
        }
    });
    match failure.into_inner() {
        Ok(None) => Ok(to.abs_diff(from)),
        Ok(Some(message)) => Err(message),
        Err(_) => Err("a core gave up".to_owned()),
    }
}

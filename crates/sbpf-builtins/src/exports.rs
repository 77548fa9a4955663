//! The symbols that LLVM's generated code calls.
//!
//! The ABI is `unadjusted` because rustc, left to itself, returns a 128-bit value through a pointer, while LLVM's
//! calls expect it in registers. With any other ABI the caller and the helper disagree about where the result is.

#![allow(improper_ctypes_definitions)]

use crate::arithmetic::{div_rem, div_rem_signed, mul};

/// The low 128 bits of `a * b`; the same bits serve signed and unsigned operands.
#[unsafe(no_mangle)]
pub extern "unadjusted" fn __multi3(a: i128, b: i128) -> i128 {
    mul(a as u128, b as u128) as i128
}

/// `n / d`.
#[unsafe(no_mangle)]
pub extern "unadjusted" fn __udivti3(n: u128, d: u128) -> u128 {
    div_rem(n, d).0
}

/// `n % d`.
#[unsafe(no_mangle)]
pub extern "unadjusted" fn __umodti3(n: u128, d: u128) -> u128 {
    div_rem(n, d).1
}

/// `n / d`, rounded towards zero.
#[unsafe(no_mangle)]
pub extern "unadjusted" fn __divti3(n: i128, d: i128) -> i128 {
    div_rem_signed(n, d).0
}

/// `n % d`, with the sign of `n`.
#[unsafe(no_mangle)]
pub extern "unadjusted" fn __modti3(n: i128, d: i128) -> i128 {
    div_rem_signed(n, d).1
}

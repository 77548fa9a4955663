//! The 128-bit arithmetic that upstream LLVM calls for on sBPF.
//!
//! sBPF has 64-bit registers. Where a program multiplies or divides 128-bit integers (and wherever a 64-bit
//! multiplication is checked for overflow) LLVM emits a call to one of five helper functions, which Solana's own
//! platform tools bring along and the upstream toolchain does not:
//!
//! | symbol | computes |
//! |---|---|
//! | `__multi3` | the low 128 bits of a product |
//! | `__udivti3`, `__umodti3` | unsigned quotient, remainder |
//! | `__divti3`, `__modti3` | quotient and remainder of a signed division, rounded towards zero |
//!
//! [`arithmetic`] holds the arithmetic in portable Rust, tested on the host against Rust's own operators. The
//! exported symbols exist only for `target_arch = "bpf"`, the upstream toolchain's architecture; platform tools
//! use another name for theirs, so an image that they build carries their helpers and none of this crate. Linking
//! the crate also brings in `solana-compiler-builtins`, which supplies `memcpy` and its relatives.
//!
//! # Division by zero
//!
//! Rust checks a divisor before it divides, so no Rust code reaches a helper with a zero divisor. If something else
//! does, the division panics; on chain the program aborts and the transaction fails.

#![no_std]
#![cfg_attr(target_arch = "bpf", feature(abi_unadjusted))]
#![cfg_attr(target_arch = "bpf", allow(internal_features))]
// An overflow check on a multiplication is itself a 128-bit multiplication: it would make these functions call
// themselves.
#![deny(clippy::arithmetic_side_effects)]

pub mod arithmetic;

#[cfg(target_arch = "bpf")]
mod exports;

#[cfg(target_arch = "bpf")]
pub use solana_compiler_builtins;

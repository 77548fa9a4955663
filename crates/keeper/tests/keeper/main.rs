//! The keeper as somebody runs it: its own process, on a local network of its own, with connections that fail.

mod command;
mod faults;
mod keeping;
mod liquidation;
mod stage;

//! End-to-end tests of the program's instructions, one module each, against the real image.
//!
//! Names say who did what and what came of it; tests that begin with `attacker_` try what a thief would.

mod assess;
mod change_account;
mod close_account;
mod compute;
mod create_bank;
mod create_exchange;
mod create_expiry;
mod create_group;
mod create_market;
mod create_series;
mod damaged;
mod deposit;
mod dynamics;
mod expiry;
mod fuzz;
mod liquidate;
mod open_account;
mod post_surface;
mod random_books;
mod refresh;
mod same_bytes;
mod sequences;
mod settle_pnl;
mod trade;
mod withdraw;
mod worked_example;

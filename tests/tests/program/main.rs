//! End-to-end tests of the program's instructions, one module each, against the real image.
//!
//! Names say who did what and what came of it; tests that begin with `attacker_` try what a thief would. Three modules
//! stand across the instructions: `attacks`, `deadlock` (nothing blocks a liquidation or a settlement) and `largest`.

mod assess;
mod attacks;
mod change_account;
mod close_account;
mod close_bank;
mod close_market;
mod composability;
mod compute;
mod create_bank;
mod create_exchange;
mod create_expiry;
mod create_group;
mod create_market;
mod create_series;
mod damaged;
mod deadlock;
mod deposit;
mod dynamics;
mod expiry;
mod fees;
mod funding;
mod fuzz;
mod gain_cut;
mod governance;
mod grades;
mod largest;
mod lending;
mod liquidate;
mod migrate;
mod open_account;
mod orders;
mod post_surface;
mod random_books;
mod refresh;
mod resolve_bankruptcy;
mod same_bytes;
mod sequences;
mod settle_pnl;
mod staking;
mod trade;
mod withdraw;
mod worked_example;

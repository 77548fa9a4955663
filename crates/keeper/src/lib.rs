//! The keeper: what an exchange needs that somebody does again and again, for rewards or for the good of it.
//!
//! Roles work side by side on one view of the exchange: [`refresh`] brings prices in, [`settle`] turns profit and loss into cash,
//! [`fund`] keeps funding up to date, [`expire`] ends what has expired, [`publish`] posts volatility surfaces, [`liquidate`] takes
//! risk over from accounts below maintenance margin. All of them can be stopped anywhere and started again: they keep nothing but
//! what they read. Several keepers do not harm each other: who comes second finds nothing left to do.

pub mod context;
pub mod expire;
pub mod fund;
pub mod liquidate;
pub mod margins;
pub mod prices;
pub mod publish;
pub mod refresh;
pub mod role;
pub mod settings;
pub mod settle;

pub use context::Context;
pub use role::Role;
pub use settings::Settings;

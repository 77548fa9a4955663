//! The margin model against two implementations that share nothing with it, and its identities.
//!
//! `tests/reference` is a high-precision implementation in Python, whose results are the files of `vectors/model`;
//! `reference` a floating-point one, held against those files and then against the engine over random books
//! (`accuracy`). `bounds` says how far the engine may be from either, and on which side.

#![allow(clippy::float_arithmetic, missing_docs)]

mod accuracy;
mod book;
mod bounds;
mod coherence;
mod compare;
mod correlation;
mod dynamics;
mod engine;
mod fees;
mod gain_cut;
mod insurance;
mod lending;
mod liquidation;
mod normal;
mod ordering;
mod parameters;
mod published;
mod random;
mod reference;
mod reference_accuracy;
mod sequences;
mod solver;
mod terms;
mod textbook;
mod totals;
mod value_at_risk;
mod vectors;
mod waterfall;

//! The numeric core against high-precision vectors, against its own documented error bounds, and against identities that
//! any correct implementation satisfies.
#![allow(clippy::float_arithmetic, reason = "references and tolerances are real numbers")]

mod black_scholes_vectors;
mod envelope;
mod pricing_properties;
mod primitives;
mod reference;
mod scenario_golden;
mod scenario_properties;
mod surface;
mod tables;
mod vectors;
mod wide_arithmetic;

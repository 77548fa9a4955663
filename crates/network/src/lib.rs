//! Ballast over the wire.

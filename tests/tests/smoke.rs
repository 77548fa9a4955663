//! Smoke test.

//! market-maker.

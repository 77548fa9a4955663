//! What the keeper computes before it sends, against what the program's real image makes of it.

mod prices;
mod settling;
mod steps;

//! What the markets of a group share, so that their scenarios can be scanned together.

use super::{
    Defaults::{List, Same},
    Parameter, Scope, Unit, hundredths, millionths, parameters, percent,
};
use crate::scenario::{MAX_CORE_NODES, MAX_TAILS};

/// The bits of the first nodes.
const fn first_nodes(count: usize) -> i64 {
    (1 << count) - 1
}

/// With volatility up all nodes, flat and down the core.
const CELLS_BY_ROW: [i64; 3] = [first_nodes(9 + MAX_TAILS), first_nodes(9), first_nodes(9)];

const PRICE_FACTORS: [i64; MAX_TAILS] = [
    hundredths(34),
    hundredths(67),
    hundredths(150),
    hundredths(200),
    hundredths(300),
    hundredths(400),
    hundredths(500),
    hundredths(600),
];

/// The product of move and weight is the same for every rise.
const WEIGHTS: [i64; MAX_TAILS] = [
    percent(21),
    percent(42),
    millionths(277_200),
    millionths(138_600),
    millionths(69_300),
    millionths(46_200),
    millionths(34_650),
    millionths(27_720),
];

parameters! { Group:
    /// Nodes of the core grid: 9 or 11.
    CORE_NODES "core_nodes" Count, Same(9), 9, 11, Fixed;
    /// Which nodes exist with volatility up, flat and down: bit i is node i, the core from the deepest fall to the
    /// highest rise, then the tails. The middle of the flat row always exists.
    CELLS "cells" NodeMask, List(&CELLS_BY_ROW), 0, first_nodes(MAX_CORE_NODES + MAX_TAILS), Fixed;
    /// Tails in use.
    TAIL_NODES "tail_nodes" Count, Same(MAX_TAILS as i64), 0, MAX_TAILS as i64, Fixed;
    /// Price after a tail's move, as a multiple of the price before.
    TAIL_PRICE_FACTORS "tail_price_factors" Multiple, List(&PRICE_FACTORS), hundredths(1), hundredths(700), Fixed;
    /// Share of the loss of a tail that counts.
    TAIL_WEIGHTS "tail_weights" Ratio, List(&WEIGHTS), 0, percent(100), Fixed;
    /// κ: by how many nodes the move of one market may differ from that of another in a joint scenario.
    WINDOW "window" Count, Same(2), 0, 10, Up;
    /// θ: share of a market's gain in a joint scenario that offsets another market's loss.
    GAIN_ALLOWANCE "gain_allowance" Ratio, Same(percent(60)), 0, percent(100), Down;
    /// Correlation of two markets' prices, for the value at risk that is reported; together positive definite.
    CORRELATION "correlation" Ratio, Same(percent(80)), -percent(100), percent(100), Fixed;
}

//! Across markets: the joint scenario of a group (docs/margin-model.md, section 4).
//!
//! Markets of a group share the index of a scenario, not the move: node i is the same share of each market's own scan
//! range. Within a window of κ nodes to each side every market takes its worst, and gains count by θ:
//! `M = max over row, node of Σ_u h(max over |t − i| ≤ κ of L_u[t])`, h(x) = x for losses, θ·x for gains.
//!
//! M is subadditive, positively homogeneous and monotone in losses, and never below the worst scenario that moves all
//! markets alike. It generalises SPAN's scanning-based spread with its gain allowance.

use bytemuck::{Pod, Zeroable};

use super::{MarketInput, MarketRisk, Workspace};
use crate::{
    black76::{FIRST_CORE, MAX_NODES, VOLATILITY_ROWS},
    quantity::{MicroUsd, Ratio},
    scenario::{MAX_CORE_NODES, MAX_TAILS, ScenarioIndex},
};

/// The group of markets that a market belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group {
    /// Which of the account's groups: below [`MAX_GROUPS`](crate::margin::MAX_GROUPS).
    pub index: u8,
    /// κ: nodes to each side within which a market takes its worst.
    pub window: u8,
    /// θ: share of a gain that offsets losses of other markets; at most one.
    pub gain_allowance: Ratio,
}

/// Losses of a group's markets added up, µUSD.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct GroupSums {
    /// Σ h(worst within the window), by row and core node.
    joint: [[i64; MAX_CORE_NODES]; VOLATILITY_ROWS],
    /// Σ losses of the tails, gains left out, by row.
    tails: [[i64; MAX_TAILS]; VOLATILITY_ROWS],
    skew: [i64; 2],
    basis: i64,
    /// Σ maintenance share × scan loss of each market alone.
    maintenance_apart: i64,
    /// Largest maintenance share, bits of a [`Ratio`].
    maintenance_share: u64,
    core_nodes: u64,
    /// Cells that exist, by row.
    cells: [u64; VOLATILITY_ROWS],
    /// Markets so far.
    pub members: u64,
}

/// What a group of markets can lose together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GroupLoss {
    /// Largest joint loss, not negative.
    pub loss: MicroUsd,
    /// Loss that the maintenance factor applies to: less while a rise of a scan range is being phased in.
    pub maintenance_loss: MicroUsd,
    /// Binding joint scenario.
    pub binding: ScenarioIndex,
}

/// The loss of a cell that does not exist: below any other, and far enough from the end to be added up.
const ABSENT: i64 = i64::MIN >> 4;

impl Workspace {
    /// Adds the market whose pass has just ended to its group. All markets of a group must have the same nodes and cells:
    /// those of the first one decide.
    pub(super) fn join(&mut self, group: &Group, input: &MarketInput, risk: &MarketRisk) {
        let Some(sums) = self.groups.get_mut(usize::from(group.index)) else { return };
        if sums.members == 0 {
            *sums = GroupSums::zeroed();
            sums.core_nodes = self.core_nodes;
            sums.cells = input.scenarios.cells.0.map(u64::from);
        }
        sums.members = sums.members.wrapping_add(1);
        let core = (sums.core_nodes as usize).min(MAX_CORE_NODES);
        for (row, profits) in self.profits.iter().enumerate() {
            let cells = sums.cells[row];
            if cells == 0 {
                continue;
            }
            let joint = &mut sums.joint[row];
            let worst = worst_within(group.window, profits, cells, core);
            for node in 0..core {
                if cells >> (node & 63) & 1 == 1 {
                    let loss = worst[node];
                    let counted = if loss >= 0 { loss } else { group.gain_allowance.of_ceil(MicroUsd(loss)).0 };
                    joint[node] = joint[node].wrapping_add(counted);
                }
            }
            let mut tails = cells >> (core & 63);
            let mut tail = 0;
            while tails != 0 && tail < MAX_TAILS {
                let profit = profits[FIRST_CORE.wrapping_add(core).wrapping_add(tail).min(MAX_NODES - 1)];
                if tails & 1 == 1 && profit < 0 {
                    let loss = input.weighted(tail, profit).wrapping_neg();
                    sums.tails[row][tail] = sums.tails[row][tail].wrapping_add(loss);
                }
                tails >>= 1;
                tail = tail.wrapping_add(1);
            }
        }
        for (sum, loss) in sums.skew.iter_mut().zip(self.skew_losses) {
            *sum = sum.wrapping_add(loss);
        }
        sums.basis = sums.basis.wrapping_add(self.basis_loss);
        let share = input.maintenance_share;
        sums.maintenance_apart = sums.maintenance_apart.wrapping_add(share.of_ceil(risk.scan_loss).0);
        sums.maintenance_share = sums.maintenance_share.max(u64::from(share.to_bits()));
    }

    /// What each group that has markets can lose.
    pub fn group_losses(&self) -> impl Iterator<Item = GroupLoss> + '_ {
        self.groups.iter().filter(|group| group.members > 0).map(GroupSums::loss)
    }
}

/// The worst loss within a window around each core node of a row; cells that do not exist count for nothing.
///
/// Maxima over twice as many nodes at a time, and then two overlapping ones: about three comparisons a node whatever the
/// window.
#[inline(always)]
fn worst_within(window: u8, profits: &[i64; MAX_NODES], cells: u64, core: usize) -> [i64; MAX_CORE_NODES] {
    let window = usize::from(window).min(MAX_CORE_NODES - 1);
    let mut padded = [ABSENT; 3 * MAX_CORE_NODES];
    for node in 0..core {
        if cells >> (node & 63) & 1 == 1 {
            padded[node.wrapping_add(window)] = profits[FIRST_CORE.wrapping_add(node)].wrapping_neg();
        }
    }
    let whole = window.wrapping_mul(2).wrapping_add(1);
    let length = core.wrapping_add(window).wrapping_add(window);
    let mut covered = 1_usize;
    while covered.wrapping_mul(2) <= whole {
        for node in 0..length.wrapping_sub(covered) {
            padded[node] = padded[node].max(padded[node.wrapping_add(covered)]);
        }
        covered = covered.wrapping_mul(2);
    }
    let mut worst = [ABSENT; MAX_CORE_NODES];
    let shift = whole.wrapping_sub(covered);
    for node in 0..core {
        worst[node] = padded[node].max(padded[node.wrapping_add(shift)]);
    }
    worst
}

impl GroupSums {
    fn loss(&self) -> GroupLoss {
        let core = self.core_nodes as usize;
        let mut loss = 0;
        let mut binding = ScenarioIndex { row: 1, node: (core / 2) as u8 };
        let mut consider = |candidate: i64, row: u8, node: usize| {
            if candidate > loss {
                (loss, binding) = (candidate, ScenarioIndex { row, node: node as u8 });
            }
        };
        for row in 0..VOLATILITY_ROWS {
            for (node, &candidate) in self.joint[row].iter().enumerate().take(core) {
                consider(candidate, row as u8, node);
            }
            if self.cells[row] >> (core & 63) != 0 {
                for (tail, &candidate) in self.tails[row].iter().enumerate() {
                    consider(candidate, row as u8, core.wrapping_add(tail));
                }
            }
        }
        for (node, &candidate) in self.skew.iter().enumerate() {
            consider(candidate, ScenarioIndex::SKEW, node);
        }
        consider(self.basis, ScenarioIndex::BASIS, 0);
        let loss = MicroUsd(loss);
        // No more than without offsets, whose shares are each market's own.
        let together = Ratio::from_bits(self.maintenance_share as u32).of_ceil(loss);
        GroupLoss { loss, maintenance_loss: together.min(MicroUsd(self.maintenance_apart)), binding }
    }
}

//! Which positions are worth a settlement: computed with the program's own functions, so that nothing is sent that would move nothing.

use ballast::SettlePnlArgs;
use ballast_client::{MarginAccountKey, Snapshot};
use ballast_risk::{MicroUsd, revaluation::Workspace};
use ballast_state::{
    MarginAccount, PositionKind,
    revaluation::{self, Moment, Sources, value_scale},
};

/// A gain is paid out once this part of what can be paid has vested: it vests all the time, and each payment is a transaction.
const RIPE_PART: i64 = 4;

/// A settlement that is worth a transaction.
#[derive(Debug)]
pub struct Due {
    /// The account.
    pub key: MarginAccountKey,
    /// Number of the market.
    pub market: u16,
    /// The position.
    pub args: SettlePnlArgs,
    /// What moves, or begins to vest, µUSD.
    pub amount: i64,
}

/// What a settlement now would do.
struct Outcome {
    /// What moves between cash and pool, µUSD; negative for a loss.
    moved: i64,
    /// The most that could move if everything had vested, µUSD.
    payable: i64,
    /// Gain in the market that vested until now, or was seen and vests, µUSD.
    seen: i64,
    /// Gain in the market that begins to vest, µUSD.
    unseen: i64,
}

/// The settlements of an account that are worth a transaction at the prices of a snapshot, at a moment of settlement: those that move
/// `least` µUSD or more. A gain vests only once a settlement has seen it; that one is worth a transaction if it sees `least`
/// or more, and at least as much as has been seen before.
pub fn due_of(snapshot: &Snapshot, account: &MarginAccount, moment: Moment, least: i64) -> Vec<Due> {
    let mut workspace: Box<Workspace> = bytemuck::zeroed_box();
    let mut due = Vec::new();
    for (index, position) in account.positions().iter().enumerate() {
        let kind = position.kind();
        let Some(held) = account.markets.get(usize::from(position.market_slot)) else { continue };
        let outcome = outcome_of(snapshot, account, held.market, index, moment, &mut workspace);
        let Some(Outcome { moved, payable, seen, unseen }) = outcome else { continue };
        let is_ripe = kind == PositionKind::Claim || moved < 0 || moved.saturating_mul(RIPE_PART) >= payable;
        let amount = if moved.saturating_abs() >= least && is_ripe {
            moved.saturating_abs()
        } else if unseen >= least.max(seen) {
            unseen
        } else {
            continue;
        };
        let number = if kind == PositionKind::Perpetual { 0 } else { position.number };
        let args = SettlePnlArgs { kind: position.kind, number };
        due.push(Due { key: MarginAccountKey::of(account), market: held.market, args, amount });
    }
    due
}

/// Settles a copy as the program does; nothing if the program would refuse.
fn outcome_of(
    snapshot: &Snapshot,
    account: &MarginAccount,
    number: u16,
    index: usize,
    moment: Moment,
    workspace: &mut Workspace,
) -> Option<Outcome> {
    let kind = account.positions().get(index)?.kind();
    if !matches!(kind, PositionKind::Perpetual | PositionKind::Future | PositionKind::Claim) {
        return None;
    }
    let mut market = Box::new(*snapshot.market(number)?);
    let mut after = Box::new(*account);
    after.apply_gain_cut(&mut market);
    if kind == PositionKind::Claim {
        after.apply_claim_cut(&mut market, index).ok()?;
        let profit = after.positions[index].ledger;
        let moved = after.settle_position(&mut market, index, profit, i64::MAX).moved;
        return Some(Outcome { moved, payable: moved, seen: 0, unseen: 0 });
    }
    after.settle_funding(&market, index).ok()?;
    let slot = usize::from(after.positions[index].market_slot);
    let seen = after.markets[slot].linear_gain.seen;
    let exchange = &snapshot.exchange;
    let (risk, limits) = revaluation::market_risk(&after, exchange, &market, moment, workspace).ok()?;
    let vesting_seconds = exchange.parameters.vesting_seconds;
    after.markets[slot].vest(&risk, limits.option_premium, moment.now, vesting_seconds);
    let gain = after.markets[slot].linear_gain;
    let position = after.positions[index];
    let mark = position.contract().mark(&market, moment.now).ok()?.price;
    let value = value_scale(&market).and_then(|scale| scale.value_floor(position.quantity, mark)).ok()?;
    let profit = (value + MicroUsd(position.ledger)).0;
    let pool = match kind {
        PositionKind::Perpetual => market.perpetual_pool,
        _ => market.expiries.get(usize::from(position.expiry_slot))?.pool,
    };
    let payable = profit.min(i64::try_from(pool).unwrap_or(i64::MAX));
    let limit = position.steady_gain(&market, mark).min(gain.vested);
    let moved = after.settle_position(&mut market, index, profit, limit).moved;
    let unseen = if profit > 0 { gain.seen.saturating_sub(seen) } else { 0 };
    Some(Outcome { moved, payable, seen, unseen })
}

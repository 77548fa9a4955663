//! Compute units that instructions take at most, for the limits of transactions.
//!
//! What a check takes follows from the account's shape by the program's published formula; the rest is what docs/compute-units.md
//! measures, with room for the derivation of addresses.

use ballast_state::{MarginAccount, revaluation};

/// `refresh`, beside its targets.
pub const REFRESH: u32 = 2_500;
/// Each market or bank that `refresh` reads.
pub const REFRESHED: u32 = 9_000;
/// `post_surface` or `post_perpetual_basis`.
pub const POST: u32 = 8_000;
/// `settle_pnl`, with the valuation of the market, an account's positions in it at most.
pub const SETTLE: u32 = 30_000;
/// `settle_expired`, 64 positions at most.
pub const SETTLE_EXPIRED: u32 = 30_000;
/// `fix_settlement`, `remove_expiry`, `collect_fees`: each.
pub const HOUSEKEEPING: u32 = 8_000;
/// `open_order_records`.
pub const OPEN_ORDER_RECORDS: u32 = 24_000;
/// `cancel_order`.
pub const CANCEL_ORDER: u32 = 6_000;
/// `match_orders`, beside checks and legs.
pub const MATCH: u32 = 45_000;
/// Each leg of a match.
pub const LEG: u32 = 9_000;
/// `liquidate`, `resolve_bankruptcy`, `record_bankruptcy`: each beside its checks.
pub const LIQUIDATE: u32 = 45_000;
/// Most compute units of a transaction, less what sets them.
pub const MOST: u32 = 1_399_000;

/// A check of an account.
pub fn check(account: &MarginAccount) -> u32 {
    revaluation::shape(account).compute_units(account.mode().netting())
}

/// `refresh` of so many markets and banks.
pub fn refresh(targets: usize) -> u32 {
    REFRESH.saturating_add(REFRESHED.saturating_mul(u32::try_from(targets).unwrap_or(u32::MAX)))
}

/// A match of two accounts with so many legs. An account that fails initial margin is checked a second time, as it was; it may grow
/// by as many positions, in as many expiries, as there are legs.
pub fn match_orders(accounts: [&MarginAccount; 2], legs: usize) -> u32 {
    let legs = u32::try_from(legs).unwrap_or(u32::MAX);
    let grown = legs.saturating_mul(20_000);
    let checks = accounts.map(|account| check(account).saturating_mul(2).saturating_add(grown));
    MATCH.saturating_add(legs.saturating_mul(LEG)).saturating_add(checks[0]).saturating_add(checks[1]).min(MOST)
}

/// A step of a liquidation or a resolution: the account is checked before, at favourable prices, and after; the liquidator once, with
/// what it takes over.
pub fn liquidate(victim: &MarginAccount, liquidator: &MarginAccount) -> u32 {
    let checks = check(victim).saturating_mul(4).saturating_add(check(liquidator));
    LIQUIDATE.saturating_add(checks).min(MOST)
}

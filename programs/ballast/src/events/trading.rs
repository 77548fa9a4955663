//! What owners do with their accounts.

use anchor_lang::prelude::*;

/// A margin account was opened.
#[event]
pub struct AccountOpened {
    /// The account.
    pub account: Pubkey,
    /// Its owner.
    pub owner: Pubkey,
    /// Its margin mode.
    pub mode: u8,
}

/// A margin account was closed.
#[event]
pub struct AccountClosed {
    /// The account.
    pub account: Pubkey,
    /// Its owner.
    pub owner: Pubkey,
}

/// Collateral came in or went out.
#[event]
pub struct CollateralMoved {
    /// The account.
    pub account: Pubkey,
    /// The bank.
    pub bank: Pubkey,
    /// Balance (cash in the quote bank) before, native units.
    pub before: i64,
    /// Balance after, native units.
    pub after: i64,
}

/// The margin mode or a hedge changed.
#[event]
pub struct AccountChanged {
    /// The account.
    pub account: Pubkey,
    /// Mode before.
    pub mode_before: u8,
    /// Mode after.
    pub mode: u8,
    /// Bank whose hedge changed; zero if none did.
    pub bank: u16,
    /// Hedge before, native units.
    pub hedge_before: u64,
    /// Hedge after, native units.
    pub hedge: u64,
    /// Initial excess after.
    pub initial_excess: i64,
}

/// A leg was filled.
#[event]
pub struct LegFilled {
    /// Account that bought if `quantity` is positive.
    pub first: Pubkey,
    /// Its counterparty.
    pub second: Pubkey,
    /// The market's number.
    pub market: u16,
    /// Kind of contract (see `PositionKind`).
    pub kind: u8,
    /// Number of the series or expiry; zero for the perpetual.
    pub number: u32,
    /// Lots that `first` bought.
    pub quantity: i64,
    /// Price.
    pub price: u64,
    /// Mark at the fill.
    pub mark: u64,
    /// Position of `first` before.
    pub first_before: i64,
    /// Position of `second` before.
    pub second_before: i64,
}

/// A trade went through.
#[event]
pub struct Traded {
    /// First account.
    pub first: Pubkey,
    /// Second account.
    pub second: Pubkey,
    /// Cash of the first account before.
    pub first_cash_before: i64,
    /// Cash of the first account after.
    pub first_cash: i64,
    /// Cash of the second account before.
    pub second_cash_before: i64,
    /// Cash of the second account after.
    pub second_cash: i64,
    /// Equity of the first account after.
    pub first_equity: i64,
    /// Initial excess of the first account after.
    pub first_initial_excess: i64,
    /// Equity of the second account after.
    pub second_equity: i64,
    /// Initial excess of the second account after.
    pub second_initial_excess: i64,
    /// Value that the first account handed over against the mark (negative: received).
    pub handed_over: i64,
    /// Fee of the first account, the taker, its rebate not taken off.
    pub first_fee: i64,
    /// What it was given back of that.
    pub first_rebate: i64,
    /// Fee of the second account, the maker, its rebate not taken off.
    pub second_fee: i64,
    /// What it was given back of that.
    pub second_rebate: i64,
}

/// An account lent cash to the pool or took it back.
#[event]
pub struct LendingChanged {
    /// The account.
    pub account: Pubkey,
    /// Cash before.
    pub cash_before: i64,
    /// Cash after.
    pub cash: i64,
    /// Shares of the pool before.
    pub shares_before: u64,
    /// Shares after.
    pub shares: u64,
    /// What belongs to all lenders after.
    pub pool_assets: u64,
    /// All shares after.
    pub pool_shares: u64,
}

/// An account borrowed from the pool or paid back.
#[event]
pub struct DebtChanged {
    /// The account.
    pub account: Pubkey,
    /// Cash before.
    pub cash_before: i64,
    /// Cash after.
    pub cash: i64,
    /// Debt before, the interest since it last changed not included.
    pub debt_before: u64,
    /// Debt after, all interest included.
    pub debt: u64,
    /// Debts of all accounts after, as they stand in them.
    pub pool_borrowed: u64,
    /// What belongs to all lenders after.
    pub pool_assets: u64,
}

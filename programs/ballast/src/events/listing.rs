//! Listing and delisting.

use anchor_lang::prelude::*;

/// An exchange was opened.
#[event]
pub struct ExchangeCreated {
    /// The exchange.
    pub exchange: Pubkey,
    /// Its governance.
    pub governance: Pubkey,
    /// Mint of the quote token.
    pub quote_mint: Pubkey,
}

/// A collateral token was listed.
#[event]
pub struct BankCreated {
    /// The exchange.
    pub exchange: Pubkey,
    /// The bank.
    pub bank: Pubkey,
    /// The token's mint.
    pub mint: Pubkey,
    /// The bank's number.
    pub number: u16,
}

/// A group of markets was opened.
#[event]
pub struct GroupCreated {
    /// The exchange.
    pub exchange: Pubkey,
    /// Slot of the group.
    pub slot: u8,
}

/// An underlying was listed.
#[event]
pub struct MarketCreated {
    /// The exchange.
    pub exchange: Pubkey,
    /// The market.
    pub market: Pubkey,
    /// The market's number.
    pub number: u16,
    /// Slot of its group.
    pub group: u8,
    /// Its place in the group.
    pub group_place: u8,
}

/// An expiry was listed.
#[event]
pub struct ExpiryCreated {
    /// The market.
    pub market: Pubkey,
    /// The expiry's number.
    pub expiry: u32,
    /// Its slot.
    pub slot: u8,
    /// When it expires, Unix seconds.
    pub expires_at: i64,
}

/// An option series was listed.
#[event]
pub struct SeriesCreated {
    /// The market.
    pub market: Pubkey,
    /// The series' number.
    pub series: u32,
    /// Its slot.
    pub slot: u8,
    /// The expiry's number.
    pub expiry: u32,
    /// Strike.
    pub strike: u64,
    /// 0 call, 1 put.
    pub kind: u8,
}

/// Governance began to close a market.
#[event]
pub struct MarketClosingBegan {
    /// The market.
    pub market: Pubkey,
    /// Number of the expiry that the perpetual settles with.
    pub expiry: u32,
    /// When it does, Unix seconds.
    pub settles_at: i64,
}

/// A market was removed.
#[event]
pub struct MarketRemoved {
    /// The exchange.
    pub exchange: Pubkey,
    /// The market.
    pub market: Pubkey,
    /// The market's number, which is never used again.
    pub number: u16,
    /// What was left in the perpetual's pool, now in the insurance fund.
    pub residue: u64,
}

/// Governance began to close a bank.
#[event]
pub struct BankClosingBegan {
    /// The bank.
    pub bank: Pubkey,
    /// The bank's number.
    pub number: u16,
    /// What is deposited, native units.
    pub deposits: u64,
}

/// A bank was removed.
#[event]
pub struct BankRemoved {
    /// The exchange.
    pub exchange: Pubkey,
    /// The bank.
    pub bank: Pubkey,
    /// The bank's number, which is never used again.
    pub number: u16,
    /// Tokens that the vault held without anybody having deposited them, native units.
    pub surplus: u64,
}

//! What becomes of orders, and who may sign them.

use anchor_lang::prelude::*;

/// A part or all of an order was filled.
#[event]
pub struct OrderFilled {
    /// The order: the SHA-256 of its message.
    pub order: [u8; 32],
    /// The margin account that traded.
    pub account: Pubkey,
    /// Who signed or placed the order.
    pub signer: Pubkey,
    /// The order's nonce.
    pub nonce: u64,
    /// Packages filled before.
    pub filled_before: u32,
    /// Packages filled after.
    pub filled: u32,
    /// Packages of the whole order.
    pub size: u32,
    /// Whether it was the taking order.
    pub is_taking: bool,
    /// What the packages cost, µUSD (negative: brought), fees left out.
    pub cost: i64,
    /// Fee, rebate taken off, µUSD.
    pub fee: i64,
    /// Fees of all fills of the order so far, µUSD.
    pub fees: u64,
}

/// An order was placed as an account.
#[event]
pub struct OrderPlaced {
    /// The order: the SHA-256 of its message.
    pub order: [u8; 32],
    /// The account that holds it.
    pub placed: Pubkey,
    /// The margin account that trades.
    pub account: Pubkey,
    /// Who placed it.
    pub signer: Pubkey,
    /// Its nonce.
    pub nonce: u64,
    /// When it expires, Unix seconds.
    pub expires_at: i64,
}

/// A placed order was removed.
#[event]
pub struct OrderRemoved {
    /// The account that held it.
    pub placed: Pubkey,
    /// The margin account that it was for.
    pub account: Pubkey,
    /// Its nonce.
    pub nonce: u64,
    /// Who removed it.
    pub by: Pubkey,
}

/// Orders were cancelled.
#[event]
pub struct OrdersCancelled {
    /// The margin account.
    pub account: Pubkey,
    /// Who cancelled them.
    pub by: Pubkey,
    /// The nonce, if the orders of one were cancelled.
    pub nonce: Option<u64>,
    /// Lowest nonce that was not cancelled before.
    pub minimum_nonce_before: u64,
    /// Lowest nonce that is not cancelled after.
    pub minimum_nonce: u64,
    /// Domain before.
    pub domain_before: [u8; 16],
    /// Domain after: another one if all orders were cancelled.
    pub domain: [u8; 16],
}

/// An account's order records were opened.
#[event]
pub struct OrderRecordsOpened {
    /// The records.
    pub records: Pubkey,
    /// The margin account.
    pub account: Pubkey,
    /// What its orders must be signed for.
    pub domain: [u8; 16],
}

/// An account's order records were closed; its orders ended with them.
#[event]
pub struct OrderRecordsClosed {
    /// The records.
    pub records: Pubkey,
    /// The margin account.
    pub account: Pubkey,
}

/// An account has another delegate, or its delegate other rights.
#[event]
pub struct DelegateChanged {
    /// The account.
    pub account: Pubkey,
    /// Delegate before; the zero key for none.
    pub delegate_before: Pubkey,
    /// Delegate after.
    pub delegate: Pubkey,
    /// When the right ended before, Unix seconds.
    pub expires_at_before: i64,
    /// When the right ends, Unix seconds.
    pub expires_at: i64,
    /// Markets that it was limited to; zeros for all.
    pub markets_before: [u16; 4],
    /// Markets that it is limited to.
    pub markets: [u16; 4],
}

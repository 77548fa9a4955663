//! Program-derived addresses: one function per account, so that no client spells out seeds.

use anchor_lang::prelude::Pubkey;

use crate::ID;

/// Seed of an [`Exchange`](crate::Exchange): `[EXCHANGE, creator, index]`.
pub const EXCHANGE: &[u8] = b"exchange";
/// Seed of a [`Bank`](crate::Bank): `[BANK, exchange, mint]`.
pub const BANK: &[u8] = b"bank";
/// Seed of a bank's token vault: `[VAULT, bank]`.
pub const VAULT: &[u8] = b"vault";
/// Seed of a [`Market`](crate::Market): `[MARKET, exchange, number]`.
pub const MARKET: &[u8] = b"market";
/// Seed of a [`MarginAccount`](crate::MarginAccount): `[MARGIN_ACCOUNT, exchange, owner, sub-account]`.
pub const MARGIN_ACCOUNT: &[u8] = b"account";
/// Seed of a [`Stake`](crate::Stake): `[STAKE, exchange, owner]`.
pub const STAKE: &[u8] = b"stake";
/// Seed of [`OrderRecords`](crate::OrderRecords): `[ORDER_RECORDS, margin account]`.
pub const ORDER_RECORDS: &[u8] = b"orders";
/// Seed of a [`PlacedOrder`](crate::PlacedOrder): `[ORDER, margin account, nonce]`.
pub const ORDER: &[u8] = b"order";

/// Address and bump of the exchange that `creator` opened under `index`.
pub fn exchange(creator: &Pubkey, index: u16) -> (Pubkey, u8) {
    Pubkey::find_program_address(&[EXCHANGE, creator.as_ref(), &index.to_le_bytes()], &ID)
}

/// Address and bump of the bank for `mint`.
pub fn bank(exchange: &Pubkey, mint: &Pubkey) -> (Pubkey, u8) {
    Pubkey::find_program_address(&[BANK, exchange.as_ref(), mint.as_ref()], &ID)
}

/// Address and bump of a bank's token vault.
pub fn vault(bank: &Pubkey) -> (Pubkey, u8) {
    Pubkey::find_program_address(&[VAULT, bank.as_ref()], &ID)
}

/// Address and bump of the market with this number.
pub fn market(exchange: &Pubkey, number: u16) -> (Pubkey, u8) {
    Pubkey::find_program_address(&[MARKET, exchange.as_ref(), &number.to_le_bytes()], &ID)
}

/// Address and bump of an owner's margin account.
pub fn margin_account(exchange: &Pubkey, owner: &Pubkey, sub_account: u16) -> (Pubkey, u8) {
    Pubkey::find_program_address(&[MARGIN_ACCOUNT, exchange.as_ref(), owner.as_ref(), &sub_account.to_le_bytes()], &ID)
}

/// Address and bump of an owner's stake in the insurance fund.
pub fn stake(exchange: &Pubkey, owner: &Pubkey) -> (Pubkey, u8) {
    Pubkey::find_program_address(&[STAKE, exchange.as_ref(), owner.as_ref()], &ID)
}

/// Address and bump of what a margin account remembers of its orders.
pub fn order_records(account: &Pubkey) -> (Pubkey, u8) {
    Pubkey::find_program_address(&[ORDER_RECORDS, account.as_ref()], &ID)
}

/// Address and bump of a placed order.
pub fn order(account: &Pubkey, nonce: u64) -> (Pubkey, u8) {
    Pubkey::find_program_address(&[ORDER, account.as_ref(), &nonce.to_le_bytes()], &ID)
}

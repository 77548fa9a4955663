//! Disputes about bankruptcies have a length of their own: one more parameter, and everything behind it moves.

use core::mem::offset_of;

use ballast_risk::parameters::exchange::BANKRUPTCY_DISPUTE_SECONDS;

use super::{EXCHANGE_TAG, Migration};
use crate::{Exchange, ExchangeParameters};

/// Type tag of version 1.
const TAG: [u8; 8] = [30, 200, 220, 149, 3, 61, 104, 50];
/// Bytes of the account in both versions: what the parameters grew by came out of the reserve.
const SIZE: usize = TAG.len() + size_of::<Exchange>();
/// Where the new parameter begins, which is where the parameters ended.
const INSERTED_AT: usize =
    TAG.len() + offset_of!(Exchange, parameters) + offset_of!(ExchangeParameters, bankruptcy_dispute_seconds);
/// Bytes that it and its padding take.
const INSERTED: usize = 8;
const VERSION_AT: usize = TAG.len() + offset_of!(Exchange, version);

/// Whether the data is an exchange of version 1.
pub(super) fn applies(data: &[u8]) -> bool {
    data.len() == SIZE && data.starts_with(&TAG)
}

/// Gives the exchange the new parameter at its default, which is not below any `dispute_seconds` that version 1 allowed.
pub(super) fn apply(data: &mut [u8]) -> Migration {
    let seconds = BANKRUPTCY_DISPUTE_SECONDS.default_at(0) as u64;
    data.copy_within(INSERTED_AT..SIZE - INSERTED, INSERTED_AT + INSERTED);
    data[INSERTED_AT..INSERTED_AT + INSERTED].copy_from_slice(&seconds.to_le_bytes());
    data[..TAG.len()].copy_from_slice(EXCHANGE_TAG);
    let from = core::mem::replace(&mut data[VERSION_AT], Exchange::LAYOUT_VERSION);
    Migration { from, to: Exchange::LAYOUT_VERSION }
}

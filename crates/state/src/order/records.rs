//! What an account remembers of its orders, so that none is filled twice or after it was cancelled.
//!
//! Every order has one slot: its nonce modulo the number of slots. Who signs chooses the nonce, so nobody else can take
//! up the slots of an account: an order's slot is only ever in use by another order that the same trader signed. A
//! slot is free again once its order has expired, since it can never be filled then.

use anchor_lang::prelude::*;

use super::{MAX_ORDER_BYTES, Order, OrderRefusal};

/// Orders of an account that can be remembered at once.
pub const ORDER_SLOTS: usize = 128;
/// Bytes kept for the message of a placed order.
pub const MESSAGE_SPACE: usize = 328;

/// What a margin account remembers of its orders.
#[account(zero_copy)]
#[derive(Debug)]
pub struct OrderRecords {
    /// The margin account.
    pub account: Pubkey,
    /// Its owner.
    pub owner: Pubkey,
    /// What an order must be signed for. Drawn from the hash of a recent slot, so no two clusters have it in common, and drawn
    /// anew to cancel all orders. It dies with these records.
    pub domain: [u8; 16],
    /// Orders with a lower nonce are cancelled.
    pub minimum_nonce: u64,
    /// Slot in which the records were opened.
    pub opened_slot: u64,
    /// How often the domain was drawn anew.
    pub epoch: u32,
    /// [`LAYOUT_VERSION`](crate::LAYOUT_VERSION) at creation.
    pub version: u8,
    /// Bump of the address.
    pub bump: u8,
    /// Zero.
    pub padding: [u8; 2],
    /// The records, by nonce modulo [`ORDER_SLOTS`].
    pub records: [OrderRecord; ORDER_SLOTS],
    /// Zero.
    pub reserved: [u64; 8],
}

/// What is remembered of one order, until it expires.
#[zero_copy]
#[derive(Debug, PartialEq, Eq)]
pub struct OrderRecord {
    /// Its nonce.
    pub nonce: u64,
    /// When it expires, Unix seconds; from then on the slot is free.
    pub expires_at: i64,
    /// Fees that its fills have cost, rebates taken off, µUSD.
    pub fees: u64,
    /// The first eight bytes of its [`id`](super::id); zero if it was cancelled before it was filled.
    pub id: [u8; 8],
    /// Packages filled.
    pub filled: u32,
    /// 1 if it was cancelled, otherwise 0.
    pub is_cancelled: u8,
    /// Zero.
    pub padding: [u8; 3],
}

/// An order that a transaction placed, for wallets that cannot sign anything else.
#[account(zero_copy)]
#[derive(Debug)]
pub struct PlacedOrder {
    /// The margin account that trades.
    pub account: Pubkey,
    /// Who placed it: the account's owner or delegate then.
    pub signer: Pubkey,
    /// Who paid the rent and gets it back.
    pub payer: Pubkey,
    /// The order's nonce; part of the address.
    pub nonce: u64,
    /// The message, padded with zeros.
    pub message: [u8; MESSAGE_SPACE],
    /// Bytes of the message.
    pub length: u16,
    /// [`LAYOUT_VERSION`](crate::LAYOUT_VERSION) at creation.
    pub version: u8,
    /// Bump of the address.
    pub bump: u8,
    /// Zero.
    pub padding: [u8; 4],
}

impl PlacedOrder {
    /// The message.
    pub fn message(&self) -> &[u8] {
        &self.message[..usize::from(self.length).min(MESSAGE_SPACE)]
    }
}

impl OrderRecord {
    /// Whether the order could still be filled, if it were not for this record.
    fn is_live(&self, minimum_nonce: u64, now: i64) -> bool {
        self.expires_at > now && self.nonce >= minimum_nonce
    }
}

impl OrderRecords {
    /// Draws a domain from the hash of a recent slot. All orders signed so far are cancelled by it, and forgotten.
    pub fn draw_domain(&mut self, slot_hash: &[u8; 32]) {
        let epoch = self.epoch.to_le_bytes();
        let drawn = solana_sha256_hasher::hashv(&[slot_hash, self.account.as_ref(), &epoch]).to_bytes();
        self.domain.copy_from_slice(&drawn[..16]);
        self.records = bytemuck::Zeroable::zeroed();
    }

    /// Packages that are left of an order.
    ///
    /// # Errors
    /// [`OrderRefusal`]: why none can be filled.
    pub fn left(&self, order: &Order, id: &[u8; 32], now: i64) -> core::result::Result<u32, OrderRefusal> {
        if order.account != self.account {
            return Err(OrderRefusal::ForAnother("the order was signed for another account"));
        }
        if order.domain != self.domain {
            return Err(OrderRefusal::ForAnother(
                "the order was signed for another domain: on another cluster, or before all orders were cancelled",
            ));
        }
        if now >= order.expires_at {
            return Err(OrderRefusal::Expired { expires_at: order.expires_at, now });
        }
        if order.nonce < self.minimum_nonce {
            return Err(OrderRefusal::Cancelled { nonce: order.nonce });
        }
        let record = &self.records[slot_of(order.nonce)];
        if !record.is_live(self.minimum_nonce, now) {
            return Ok(order.size);
        }
        if record.nonce != order.nonce {
            return Err(OrderRefusal::SlotTaken { nonce: record.nonce });
        }
        if record.is_cancelled != 0 {
            return Err(OrderRefusal::Cancelled { nonce: order.nonce });
        }
        if record.id != id[..8] {
            return Err(OrderRefusal::NonceTaken { nonce: order.nonce });
        }
        Ok(order.size.saturating_sub(record.filled))
    }

    /// Enters a fill of this many packages. Returns how many were filled before.
    ///
    /// # Errors
    /// [`OrderRefusal`].
    pub fn fill(
        &mut self,
        order: &Order,
        id: &[u8; 32],
        units: u32,
        now: i64,
    ) -> core::result::Result<u32, OrderRefusal> {
        let left = self.left(order, id, now)?;
        if units == 0 || units > left {
            return Err(OrderRefusal::Exceeded { left, asked: units });
        }
        let least = order.minimum_fill.min(left);
        if units < least {
            return Err(OrderRefusal::BelowMinimum { least, asked: units });
        }
        let before = order.size - left;
        let minimum_nonce = self.minimum_nonce;
        let record = &mut self.records[slot_of(order.nonce)];
        if !record.is_live(minimum_nonce, now) {
            *record = bytemuck::Zeroable::zeroed();
            (record.nonce, record.expires_at) = (order.nonce, order.expires_at);
            record.id.copy_from_slice(&id[..8]);
        }
        record.filled = before + units;
        Ok(before)
    }

    /// Enters the fee of a fill that [`OrderRecords::fill`] has entered, µUSD. Returns the fees so far.
    ///
    /// # Errors
    /// [`OrderRefusal::FeeAboveMaximum`].
    pub fn charge(&mut self, order: &Order, fee: u64) -> core::result::Result<u64, OrderRefusal> {
        let record = &mut self.records[slot_of(order.nonce)];
        record.fees = record.fees.saturating_add(fee);
        let most = order.fee_limit(record.filled);
        if record.fees > most {
            return Err(OrderRefusal::FeeAboveMaximum { most, fees: record.fees });
        }
        Ok(record.fees)
    }

    /// Cancels the orders of one nonce, which expire at this time or before.
    ///
    /// # Errors
    /// [`OrderRefusal::SlotTaken`]: the slot still remembers another order. [`OrderRefusal::Expired`]: nothing to cancel.
    pub fn cancel(&mut self, nonce: u64, expires_at: i64, now: i64) -> core::result::Result<(), OrderRefusal> {
        if now >= expires_at {
            return Err(OrderRefusal::Expired { expires_at, now });
        }
        let minimum_nonce = self.minimum_nonce;
        let record = &mut self.records[slot_of(nonce)];
        if record.is_live(minimum_nonce, now) {
            if record.nonce != nonce {
                return Err(OrderRefusal::SlotTaken { nonce: record.nonce });
            }
        } else {
            *record = bytemuck::Zeroable::zeroed();
            record.nonce = nonce;
        }
        record.expires_at = record.expires_at.max(expires_at);
        record.is_cancelled = 1;
        Ok(())
    }
}

/// The slot of a nonce.
fn slot_of(nonce: u64) -> usize {
    (nonce % ORDER_SLOTS as u64) as usize
}

const _: () = assert!(MESSAGE_SPACE >= MAX_ORDER_BYTES && MESSAGE_SPACE.is_multiple_of(8));
const _: () = assert!(size_of::<OrderRecord>() == 40);
const _: () = assert!(size_of::<OrderRecords>() == 2 * 32 + 16 + 2 * 8 + 8 + ORDER_SLOTS * 40 + 8 * 8);
const _: () = assert!(size_of::<PlacedOrder>() == 3 * 32 + 8 + MESSAGE_SPACE + 8);

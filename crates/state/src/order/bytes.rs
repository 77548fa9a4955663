//! The encoding of an order.

use anchor_lang::prelude::Pubkey;

use super::{MAX_ORDER_BYTES, MAX_ORDER_LEGS, Order, OrderLeg, OrderRefusal, OrderRole, PREFIX, VERSION};
use crate::Contract;

/// The order rests.
const RESTING: u8 = 1;
/// The order only reduces.
const REDUCE_ONLY: u8 = 2;
/// A net limit follows.
const NET_LIMIT: u8 = 4;
/// A counterparty follows.
const COUNTERPARTY: u8 = 8;
/// The account claims rebates.
const CLAIMS_REBATES: u8 = 16;
/// All of them.
const KNOWN: u8 = RESTING | REDUCE_ONLY | NET_LIMIT | COUNTERPARTY | CLAIMS_REBATES;

impl Order {
    /// The message to sign.
    ///
    /// # Errors
    /// [`OrderRefusal::Malformed`]: the program would refuse it.
    pub fn encode(&self) -> Result<Vec<u8>, OrderRefusal> {
        self.validate()?;
        let flag = |holds: bool, flag: u8| if holds { flag } else { 0 };
        let flags = flag(self.role == OrderRole::Resting, RESTING)
            | flag(self.is_reduce_only, REDUCE_ONLY)
            | flag(self.net_limit.is_some(), NET_LIMIT)
            | flag(self.counterparty.is_some(), COUNTERPARTY)
            | flag(self.claims_rebates, CLAIMS_REBATES);
        let mut bytes = Vec::with_capacity(MAX_ORDER_BYTES);
        bytes.extend(PREFIX);
        bytes.extend([VERSION, flags]);
        bytes.extend(self.domain);
        bytes.extend(self.exchange.to_bytes());
        bytes.extend(self.account.to_bytes());
        bytes.extend(self.nonce.to_le_bytes());
        bytes.extend(self.expires_at.to_le_bytes());
        bytes.extend(self.maximum_fee.to_le_bytes());
        bytes.extend(self.size.to_le_bytes());
        bytes.extend(self.minimum_fill.to_le_bytes());
        bytes.push(self.legs.len() as u8);
        bytes.extend(self.counterparty.iter().flat_map(|key| key.to_bytes()));
        bytes.extend(self.net_limit.iter().flat_map(|limit| limit.to_le_bytes()));
        for leg in &self.legs {
            bytes.extend(leg.market.to_le_bytes());
            bytes.extend([leg.contract.kind, leg.contract.slot]);
            bytes.extend(leg.contract.number.to_le_bytes());
            bytes.extend(leg.ratio.to_le_bytes());
            if self.net_limit.is_none() {
                bytes.extend(leg.price.to_le_bytes());
            }
        }
        Ok(bytes)
    }

    /// Reads a message. Whatever it accepts, [`Order::encode`] writes the same way.
    ///
    /// # Errors
    /// [`OrderRefusal::NotAnOrder`], [`OrderRefusal::Malformed`].
    pub fn decode(message: &[u8]) -> Result<Self, OrderRefusal> {
        let mut reader = Reader(message);
        if reader.take() != Ok(PREFIX) || reader.take() != Ok([VERSION]) {
            return Err(OrderRefusal::NotAnOrder);
        }
        let [flags] = reader.take()?;
        if flags & !KNOWN != 0 {
            return Err(OrderRefusal::Malformed("a flag is set that this version does not know"));
        }
        let has = |flag: u8| flags & flag != 0;
        let mut order = Self {
            domain: reader.take()?,
            exchange: Pubkey::new_from_array(reader.take()?),
            account: Pubkey::new_from_array(reader.take()?),
            nonce: u64::from_le_bytes(reader.take()?),
            expires_at: i64::from_le_bytes(reader.take()?),
            maximum_fee: u64::from_le_bytes(reader.take()?),
            size: u32::from_le_bytes(reader.take()?),
            minimum_fill: u32::from_le_bytes(reader.take()?),
            role: if has(RESTING) { OrderRole::Resting } else { OrderRole::Taking },
            is_reduce_only: has(REDUCE_ONLY),
            claims_rebates: has(CLAIMS_REBATES),
            counterparty: None,
            net_limit: None,
            legs: Vec::new(),
        };
        let [legs] = reader.take()?;
        if has(COUNTERPARTY) {
            order.counterparty = Some(Pubkey::new_from_array(reader.take()?));
        }
        if has(NET_LIMIT) {
            order.net_limit = Some(i64::from_le_bytes(reader.take()?));
        }
        order.legs.reserve_exact(usize::from(legs).min(MAX_ORDER_LEGS));
        for _ in 0..legs {
            let market = u16::from_le_bytes(reader.take()?);
            let [kind, slot] = reader.take()?;
            let number = u32::from_le_bytes(reader.take()?);
            let ratio = i32::from_le_bytes(reader.take()?);
            let price = if has(NET_LIMIT) { 0 } else { u64::from_le_bytes(reader.take()?) };
            order.legs.push(OrderLeg { market, contract: Contract { kind, slot, number }, ratio, price });
        }
        if !reader.0.is_empty() {
            return Err(OrderRefusal::Malformed("the message goes on after the last leg"));
        }
        order.validate()?;
        Ok(order)
    }
}

/// What is left to read.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], OrderRefusal> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(OrderRefusal::Malformed("the message is too short"))?;
        self.0 = rest;
        Ok(*taken)
    }
}

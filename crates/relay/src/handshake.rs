//! How a maker shows who it is: it signs what the relay has drawn for this connection alone.
//!
//! | offset | bytes | field |
//! |---|---|---|
//! | 0 | 14 | [`PREFIX`] |
//! | 14 | 1 | [`VERSION`] |
//! | 15 | 32 | exchange |
//! | 47 | 32 | margin account |
//! | 79 | 32 | what the relay has drawn |
//!
//! The signature, Ed25519, is the owner's or the delegate's. It serves for one connection: another one is sent something else to sign.

use anchor_lang::prelude::Pubkey;

/// What every message begins with. No transaction begins with 0xFF, and no order so, so none can be mistaken for a maker's word.
pub const PREFIX: [u8; 14] = *b"\xffBallast maker";
/// The encoding that this crate writes and reads.
pub const VERSION: u8 = 1;
/// Bytes of a message.
pub const BYTES: usize = PREFIX.len() + 1 + 3 * 32;

/// What a maker signs for an account on an exchange.
pub fn message(exchange: &Pubkey, account: &Pubkey, drawn: &[u8; 32]) -> [u8; BYTES] {
    let mut message = [0; BYTES];
    let parts = [&PREFIX[..], &[VERSION], exchange.as_array(), account.as_array(), drawn];
    let bytes = parts.into_iter().flatten();
    for (place, byte) in message.iter_mut().zip(bytes) {
        *place = *byte;
    }
    message
}

#[cfg(test)]
mod tests {
    use ballast_state::order;

    use super::*;

    #[test]
    fn each_part_has_its_place_and_no_order_begins_so() {
        let [exchange, account, drawn] = [1, 2, 3].map(|byte| [byte; 32]);
        let message = message(&Pubkey::from(exchange), &Pubkey::from(account), &drawn);
        assert_eq!((&message[..14], message[14]), (&PREFIX[..], 1));
        assert_eq!((&message[15..47], &message[47..79], &message[79..]), (&exchange[..], &account[..], &drawn[..]));
        assert_ne!(PREFIX, order::PREFIX);
        assert!(order::Order::decode(&message).is_err());
    }
}

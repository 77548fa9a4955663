//! The messages of orders, against vectors that another implementation wrote.

use std::fs;

use anchor_lang::prelude::Pubkey;
use ballast_state::{
    Contract, Order, OrderLeg, OrderRole,
    order::{self, MAX_ORDER_BYTES},
};
use ballast_tests::dice::Dice;
use serde::Deserialize;

#[derive(Deserialize)]
struct Vectors {
    seed: String,
    signer: String,
    orders: Vec<Case>,
    refused: Vec<Refused>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    order: Fields,
    message: String,
    id: String,
    signature: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fields {
    domain: String,
    exchange: String,
    account: String,
    nonce: String,
    expires_at: String,
    maximum_fee: String,
    size: u32,
    minimum_fill: u32,
    role: String,
    reduce_only: bool,
    claims_rebates: bool,
    counterparty: Option<String>,
    net_limit: Option<String>,
    legs: Vec<Leg>,
}

#[derive(Deserialize)]
struct Leg {
    market: u16,
    kind: u8,
    slot: u8,
    number: u32,
    ratio: i32,
    price: String,
}

#[derive(Deserialize)]
struct Refused {
    name: String,
    message: String,
}

fn vectors() -> Vectors {
    let text = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/order-vectors.json"));
    serde_json::from_str(&text.expect("the vectors can be read")).expect("the vectors are JSON")
}

fn bytes(hex: &str) -> Vec<u8> {
    let digit = |place: usize| u8::from_str_radix(&hex[place..place + 2], 16).expect("it is hexadecimal");
    (0..hex.len()).step_by(2).map(digit).collect()
}

fn array<const N: usize>(hex: &str) -> [u8; N] {
    bytes(hex).try_into().expect("it has the length that it should")
}

impl Fields {
    fn order(&self) -> Order {
        let key = |hex: &String| Pubkey::new_from_array(array(hex));
        let leg = |leg: &Leg| OrderLeg {
            market: leg.market,
            contract: Contract { kind: leg.kind, slot: leg.slot, number: leg.number },
            ratio: leg.ratio,
            price: leg.price.parse().expect("it is a price"),
        };
        Order {
            domain: array(&self.domain),
            exchange: key(&self.exchange),
            account: key(&self.account),
            nonce: self.nonce.parse().expect("it is a nonce"),
            expires_at: self.expires_at.parse().expect("it is a time"),
            maximum_fee: self.maximum_fee.parse().expect("it is an amount"),
            size: self.size,
            minimum_fill: self.minimum_fill,
            role: if self.role == "resting" { OrderRole::Resting } else { OrderRole::Taking },
            is_reduce_only: self.reduce_only,
            claims_rebates: self.claims_rebates,
            counterparty: self.counterparty.as_ref().map(key),
            net_limit: self.net_limit.as_ref().map(|limit| limit.parse().expect("it is an amount")),
            legs: self.legs.iter().map(leg).collect(),
        }
    }
}

#[test]
fn messages_ids_and_signatures_are_those_of_the_vectors() {
    let vectors = vectors();
    let mut seed = [0; 32];
    seed.copy_from_slice(&bytes(&vectors.seed));
    let wallet = ballast_harness::chain::wallet_of(seed);
    let mut longest = 0;
    for case in &vectors.orders {
        let order = case.order.order();
        let message = order.encode().unwrap_or_else(|refusal| panic!("{}: {refusal}", case.name));
        assert_eq!(message, bytes(&case.message), "{}", case.name);
        assert_eq!(Order::decode(&message), Ok(order.clone()), "{}", case.name);
        assert_eq!(order::id(&message), array(&case.id), "{}", case.name);
        let signed = ballast_harness::ordering::sign(&wallet, &order);
        assert_eq!(signed.signer, Pubkey::new_from_array(array(&vectors.signer)));
        assert_eq!(signed.signature, array(&case.signature), "{}", case.name);
        longest = longest.max(message.len());
    }
    assert_eq!(longest, MAX_ORDER_BYTES);
}

#[test]
fn messages_that_are_no_orders_are_refused() {
    for Refused { name, message } in vectors().refused {
        assert!(Order::decode(&bytes(&message)).is_err(), "{name}");
    }
}

#[test]
fn every_message_has_one_encoding() {
    // Whatever is read is written the same way: no two messages say the same, and nothing panics.
    let mut dice = Dice::new(1);
    let samples: Vec<Vec<u8>> = vectors().orders.iter().map(|case| bytes(&case.message)).collect();
    let mut accepted = 0;
    for _ in 0..200_000 {
        let mut message = dice.pick(&samples).clone();
        for _ in 0..1 + dice.roll(3) {
            match dice.roll(4) {
                0 => message.truncate(dice.roll(message.len() as u64 + 1) as usize),
                1 => message.push(dice.roll(256) as u8),
                _ if message.is_empty() => {}
                _ => {
                    let place = dice.roll(message.len() as u64) as usize;
                    message[place] = dice.roll(256) as u8;
                }
            }
        }
        if let Ok(order) = Order::decode(&message) {
            assert_eq!(order.encode().as_ref(), Ok(&message));
            accepted += 1;
        }
    }
    assert!(accepted > 1_000, "{accepted}");
}

#[test]
fn no_message_is_a_transaction() {
    for case in vectors().orders {
        // The first byte of a versioned message is 128 and its version, of which there is none above 0; of an older one,
        // the number of its signatures.
        assert_eq!(bytes(&case.message)[0], 0xFF);
    }
}

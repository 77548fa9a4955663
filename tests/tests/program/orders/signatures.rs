//! Signatures: what a forger tries. The Ed25519 program runs for real.

use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use ballast::BallastError;
use ballast_client::{MatchedOrder, OrderSource, SignedOrder, instructions};
use ballast_harness::{
    Exchange, Outcome, Refusal, Trader,
    ordering::{self, SIGNATURES},
};
use ballast_state::{Order, seeds};
use ballast_tests::{assert_refused, state, substitute};

use super::{matched, orders, with_orderers};

/// Both orders for ten packages, signed.
fn signed() -> (Exchange, (Trader, SignedOrder), (Trader, SignedOrder)) {
    let (exchange, taker, maker) = with_orderers();
    let (taking, resting) = orders(&exchange, &taker, &maker, 10);
    let (taking, resting) = (taker.sign(&taking), maker.sign(&resting));
    (exchange, (taker, taking), (maker, resting))
}

fn matching(exchange: &Exchange, taker: &(Trader, SignedOrder), maker: &(Trader, SignedOrder)) -> [Instruction; 2] {
    exchange.matching((&taker.0, &taker.1, 10), (&maker.0, &maker.1, 10))
}

/// Asserts that the Ed25519 program itself fails the transaction, and that nothing changes.
#[track_caller]
fn assert_not_verified(exchange: &mut Exchange, instructions: &[Instruction]) {
    let before = state(exchange);
    let refusal = exchange.chain.send(instructions, &[]).expect_err("the signature is not one");
    assert_eq!(refusal.instruction, Some(SIGNATURES), "{refusal}");
    assert!(refusal.code.is_none_or(|code| code < 100), "{refusal}");
    assert!(state(exchange) == before);
}

/// Offsets of the fields of the first signature's offsets in an Ed25519 instruction.
mod field {
    pub const SIGNATURE: usize = 2;
    pub const KEY: usize = 6;
    pub const MESSAGE: usize = 10;
    pub const LENGTH: usize = 12;
}

fn write(data: &mut [u8], at: usize, value: u16) {
    data[at..at + 2].copy_from_slice(&value.to_le_bytes());
}

fn read(data: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([data[at], data[at + 1]])
}

#[test]
fn attacker_signs_with_a_key_of_his_own() {
    let (mut exchange, (taker, taking), maker) = signed();
    let forger = exchange.chain.wallet();
    let forged = ordering::sign_message(&forger, taking.message);
    let instructions = matching(&exchange, &(taker, forged), &maker);
    assert_refused(&mut exchange, BallastError::NotOwner, |exchange| exchange.chain.send(&instructions, &[]));
}

#[test]
fn attacker_claims_another_key_than_the_one_that_signed() {
    let (mut exchange, (taker, taking), maker) = signed();
    let forger = exchange.chain.wallet();
    let forged = SignedOrder { signer: taker.owner(), ..ordering::sign_message(&forger, taking.message) };
    let instructions = matching(&exchange, &(taker, forged), &maker);
    assert_not_verified(&mut exchange, &instructions);
}

#[test]
fn attacker_changes_any_byte_of_a_message() {
    let (mut exchange, (taker, taking), maker) = signed();
    for place in (0..taking.message.len()).step_by(7) {
        let mut changed = taking.clone();
        changed.message[place] ^= 1;
        let instructions = matching(&exchange, &(taker.clone(), changed), &maker);
        assert_not_verified(&mut exchange, &instructions);
    }
}

#[test]
fn attacker_sends_two_signatures_of_which_one_is_bad() {
    let (mut exchange, taker, (maker, resting)) = signed();
    let mut bad = resting.clone();
    bad.signature[40] ^= 1;
    let instructions = matching(&exchange, &taker, &(maker, bad));
    assert_not_verified(&mut exchange, &instructions);
}

#[test]
fn attacker_uses_one_signature_for_both_sides() {
    let (mut exchange, taker, maker) = signed();
    let mut instructions = matching(&exchange, &taker, &maker);
    // The maker's proof is signature 1 of instruction 1: let it be the taker's.
    let data = &mut instructions[1].data;
    let last = data.len() - 1;
    assert_eq!(data[last], 1);
    data[last] = 0;
    assert_refused(&mut exchange, BallastError::OrderForAnother, |exchange| exchange.chain.send(&instructions, &[]));
}

#[test]
fn attacker_leaves_the_signatures_out() {
    let (mut exchange, taker, maker) = signed();
    let [_, matching] = matching(&exchange, &taker, &maker);
    // Instruction 1 is then the match itself.
    assert_refused(&mut exchange, BallastError::OrderSignature, |exchange| exchange.chain.send(&[matching], &[]));
}

#[test]
fn attacker_names_an_instruction_or_signature_that_is_not_there() {
    let (mut exchange, taker, maker) = signed();
    let instructions = matching(&exchange, &taker, &maker);
    let last = instructions[1].data.len() - 1;
    for (place, value) in [(last, 2), (last, 255), (last - 1, 0), (last - 1, 2), (last - 1, 3), (last - 1, 255)] {
        let mut instructions = instructions.clone();
        instructions[1].data[place] = value;
        assert_refused(&mut exchange, BallastError::OrderSignature, |exchange| exchange.chain.send(&instructions, &[]));
    }
}

#[test]
fn attacker_has_another_program_stand_in_for_the_verifier() {
    let (mut exchange, taker, maker) = signed();
    let mut instructions = matching(&exchange, &taker, &maker);
    // The same bytes behind an instruction that reads no further than its own arguments.
    instructions[0] = Instruction {
        accounts: instructions::expect_changes(taker.0.address(), 0).accounts,
        program_id: ballast::ID,
        data: [
            instructions::expect_changes(taker.0.address(), exchange.account(&taker.0).authorised_changes).data,
            instructions[0].data.clone(),
        ]
        .concat(),
    };
    assert_refused(&mut exchange, BallastError::OrderSignature, |exchange| exchange.chain.send(&instructions, &[]));
}

#[test]
fn attacker_lets_the_verifier_look_at_another_instruction() {
    let (mut exchange, (taker, taking), (maker, resting)) = signed();
    let forger = exchange.chain.wallet();
    // The forger's own order for the taker's account stands where a careless reader looks; the verifier is sent to the
    // real one in a second Ed25519 instruction.
    let mut forged = Order::decode(&taking.message).expect("it is an order");
    forged.legs[0].price *= 2;
    let forged = SignedOrder { signer: taker.owner(), ..ordering::sign(&forger, &forged) };
    assert_eq!(forged.message.len(), taking.message.len());
    let message = taking.message.clone();
    exchange.place_order(&maker, &Order::decode(&resting.message).expect("it is an order")).expect("it is placed");
    let order = |trader: &Trader, source| MatchedOrder { account: trader.key, units: 10, source };
    let matching = instructions::match_orders(
        &order(&taker, OrderSource::Signature { instruction: SIGNATURES, index: 0 }),
        &order(&maker, OrderSource::Placed { nonce: 1 }),
        exchange.match_check(&taker, &maker, &message),
    );
    for fields in [
        &[field::SIGNATURE, field::KEY, field::MESSAGE][..],
        &[field::SIGNATURE, field::MESSAGE],
        &[field::SIGNATURE, field::KEY],
        &[field::MESSAGE],
        &[field::KEY],
    ] {
        let mut verified = instructions::verify_signatures(&[&forged]);
        for &field in fields {
            // The instruction index follows the offset; a message has its length in between.
            let index = if field == field::MESSAGE { field + 4 } else { field + 2 };
            write(&mut verified.data, index, 3);
        }
        let attempt = [verified, matching.clone(), instructions::verify_signatures(&[&taking])];
        let before = state(&exchange);
        let refusal = exchange.chain.send(&attempt, &[]).expect_err("the signature is of another message");
        // The forger names the taker's key: with signature and message elsewhere, the verifier is content, and it is the
        // program that must not be.
        let is_verified = fields.contains(&field::SIGNATURE) && fields.contains(&field::MESSAGE);
        let ours = (Some(BallastError::OrderSignature.into()), Some(SIGNATURES + 1));
        assert_eq!((refusal.code, refusal.instruction) == ours, is_verified, "{refusal}");
        assert!(is_verified || refusal.instruction == Some(SIGNATURES), "{refusal}");
        assert!(state(&exchange) == before);
    }
}

#[test]
fn attacker_points_the_message_at_other_bytes_of_the_instruction() {
    let (mut exchange, (taker, taking), (maker, resting)) = signed();
    let [verified, matching] = exchange.matching((&taker, &taking, 10), (&maker, &resting, 10));
    let at = read(&verified.data, field::MESSAGE);
    let length = read(&verified.data, field::LENGTH);
    for (offset, length) in
        [(at + 1, length - 1), (at, length - 1), (at, length + 1), (at - 96, length), (0, 16), (at, 0), (60_000, 8)]
    {
        let mut verified = verified.clone();
        write(&mut verified.data, field::MESSAGE, offset);
        write(&mut verified.data, field::LENGTH, length);
        assert_not_verified(&mut exchange, &[verified, matching.clone()]);
    }
}

#[test]
fn messages_may_stand_anywhere_in_the_instruction_that_verifies_them() {
    let (mut exchange, (taker, taking), (maker, resting)) = signed();
    let [mut verified, matching] = exchange.matching((&taker, &taking, 10), (&maker, &resting, 10));
    // Moved to the end, with rubbish where it stood: what the verifier looks at is what is read.
    let (at, length) = (read(&verified.data, field::MESSAGE), read(&verified.data, field::LENGTH));
    let end = verified.data.len() as u16;
    verified.data.extend(&taking.message);
    verified.data[usize::from(at)..usize::from(at + length)].fill(0xEE);
    write(&mut verified.data, field::MESSAGE, end);
    exchange.chain.send(&[verified, matching], &[]).expect("the offsets say where the message is");
    assert_eq!(exchange.order_records(&taker).records[1].filled, 10);
}

#[test]
fn attacker_makes_a_second_signature_out_of_a_first() {
    let (mut exchange, (taker, taking), maker) = signed();
    // s + the order of the group satisfies the equation, too.
    const ORDER: [u8; 32] = [
        0xED, 0xD3, 0xF5, 0x5C, 0x1A, 0x63, 0x12, 0x58, 0xD6, 0x9C, 0xF7, 0xA2, 0xDE, 0xF9, 0xDE, 0x14, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let mut other = taking.clone();
    let mut carry = 0;
    for (byte, more) in other.signature[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(more) + carry;
        (*byte, carry) = (sum as u8, sum >> 8);
    }
    assert!(carry == 0 && other.signature != taking.signature);
    let instructions = matching(&exchange, &(taker, other), &maker);
    assert_not_verified(&mut exchange, &instructions);
}

#[test]
fn attacker_signs_with_keys_of_small_order() {
    let (mut exchange, (taker, taking), maker) = signed();
    // With such a key, R = the identity and s = 0 would verify any message for one in eight, or all.
    let mut identity = [0; 32];
    identity[0] = 1;
    let mut signature = [0; 64];
    signature[0] = 1;
    for key in [identity, [0; 32]] {
        let forged = SignedOrder { signer: Pubkey::new_from_array(key), signature, message: taking.message.clone() };
        let instructions = matching(&exchange, &(taker.clone(), forged), &maker);
        assert_not_verified(&mut exchange, &instructions);
    }
}

#[test]
fn attacker_substitutes_accounts_of_others() {
    let (mut exchange, taker, maker) = signed();
    let other = exchange.orderer(ballast_risk::Mode::Portfolio, &[("USDC", 1_000_000_000_000)]);
    let records = |trader: &Trader| seeds::order_records(&trader.address()).0;
    let [verified, matching] = matching(&exchange, &taker, &maker);
    let victim = substitute(matching.clone(), taker.0.address(), other.address());
    let with_records = substitute(victim.clone(), records(&taker.0), records(&other));
    for attempt in [
        victim,
        // The order was signed for another account than the one that would trade.
        with_records,
        // Records of another account would forget what was filled.
        substitute(matching.clone(), records(&taker.0), records(&other)),
        substitute(matching.clone(), records(&maker.0), records(&other)),
        substitute(matching.clone(), records(&maker.0), records(&taker.0)),
    ] {
        let attempt = [verified.clone(), attempt];
        assert_refused(&mut exchange, BallastError::OrderForAnother, |exchange| exchange.chain.send(&attempt, &[]));
    }
    let sysvar = ballast::signature::INSTRUCTIONS;
    // A sysvar that the attacker wrote himself.
    let forged = Pubkey::new_from_array([77; 32]);
    exchange.chain.set_account(forged, ballast::ID, vec![0; 512]);
    let attempt = [verified, substitute(matching, sysvar, forged)];
    assert_refused(&mut exchange, BallastError::OrderSignature, |exchange| exchange.chain.send(&attempt, &[]));
}

#[test]
fn attacker_replays_an_order_on_another_exchange_account_or_domain() {
    let (mut exchange, taker, maker) = with_orderers();
    let (taking, resting) = orders(&exchange, &taker, &maker, 10);
    let other = Pubkey::new_from_array([5; 32]);
    let refused = |exchange: &mut Exchange, taking: &Order| {
        assert_refused(exchange, BallastError::OrderForAnother, |exchange| {
            matched(exchange, (&taker, taking), (&maker, &resting), 10)
        });
    };
    refused(&mut exchange, &Order { exchange: other, ..taking.clone() });
    refused(&mut exchange, &Order { account: other, ..taking.clone() });
    refused(&mut exchange, &Order { domain: [0; 16], ..taking.clone() });
    // The same owner's second account.
    let second = exchange.open_account(&taker.wallet, 1, ballast_risk::Mode::Portfolio).expect("it is opened");
    exchange.open_order_records(&second).expect("they are opened");
    let signed = (second.sign(&taking), maker.sign(&resting));
    assert_refused(&mut exchange, BallastError::OrderForAnother, |exchange| {
        exchange.match_signed((&second, &signed.0, 10), (&maker, &signed.1, 10))
    });
}

#[test]
fn attacker_replays_an_order_on_another_cluster() {
    // Two clusters with the same program, exchange, accounts and balances, to the byte.
    let make = |cluster: u8| {
        let mut exchange = ballast_tests::standard();
        exchange.chain.fork(cluster);
        let deposits = [("USDC", 1_000_000_000_000)];
        let [taker, maker] = [0; 2].map(|_| exchange.orderer(ballast_risk::Mode::Portfolio, &deposits));
        (exchange, taker, maker)
    };
    let ((mut one, taker, maker), (mut two, same_taker, same_maker)) = (make(1), make(2));
    assert_eq!((taker.address(), maker.address()), (same_taker.address(), same_maker.address()));
    let (taking, resting) = orders(&one, &taker, &maker, 10);
    let (taking, resting) = (taker.sign(&taking), maker.sign(&resting));
    let attempt = |exchange: &mut Exchange| -> Result<Outcome, Refusal> {
        exchange.match_signed((&taker, &taking, 10), (&maker, &resting, 10))
    };
    assert_refused(&mut two, BallastError::OrderForAnother, attempt);
    attempt(&mut one).expect("the orders are for this one");
}

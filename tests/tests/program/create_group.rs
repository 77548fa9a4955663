//! `create_group`

use ballast::{BallastError, events::GroupCreated};
use ballast_client::instructions;
use ballast_harness::{Exchange, defaults};
use ballast_state::GroupParameters;
use ballast_tests::assert_refused;
use solana_signer::Signer;

#[test]
fn create_group_opens_each_slot_once() {
    let mut exchange = Exchange::new();
    for slot in 0..4 {
        let event: GroupCreated = exchange.create_group(slot, defaults::group()).expect("the group is opened").event();
        assert_eq!((event.exchange, event.slot), (exchange.address, slot));
        let group = exchange.state().groups[usize::from(slot)];
        assert_eq!((group.parameters, group.market_count), (defaults::group(), 0));
        assert_refused(&mut exchange, BallastError::GroupSlot, |exchange| {
            exchange.create_group(slot, defaults::group())
        });
    }
    for slot in [4, 255] {
        assert_refused(&mut exchange, BallastError::GroupSlot, |exchange| {
            exchange.create_group(slot, defaults::group())
        });
    }
}

#[test]
fn create_group_takes_the_largest_grid() {
    let mut exchange = Exchange::new();
    exchange.create_group(0, defaults::largest_grid()).expect("eleven nodes and eight tails are allowed");
}

#[test]
fn create_group_refuses_parameters_out_of_bounds() {
    // The bounds themselves are tested where they stand, in the state crate: here, that none is passed by.
    let cases: [fn(&mut GroupParameters); 7] = [
        |parameters| parameters.core_nodes = 10,
        |parameters| parameters.tail_nodes = 9,
        |parameters| parameters.tail_nodes = 7,
        |parameters| parameters.cells[1] = 0,
        |parameters| parameters.cells[2] |= 1 << 17,
        |parameters| parameters.gain_allowance = u32::MAX,
        |parameters| parameters.padding[4] = 1,
    ];
    let mut exchange = Exchange::new();
    for break_one in cases {
        let mut parameters = defaults::group();
        break_one(&mut parameters);
        assert_refused(&mut exchange, BallastError::ParameterOutOfBounds, |exchange| {
            exchange.create_group(0, parameters)
        });
    }
}

#[test]
fn attacker_create_group_without_the_listing_role() {
    let mut exchange = Exchange::new();
    let attacker = exchange.chain.wallet();
    let args = ballast::CreateGroupArgs { slot: 0, parameters: defaults::group() };
    let instruction = instructions::create_group(exchange.address, attacker.pubkey(), args);
    assert_refused(&mut exchange, BallastError::NotRoleHolder, |exchange| {
        exchange.chain.send(&[instruction], &[&attacker])
    });
}

//! Orders at the edges of their arithmetic.

use anchor_lang::prelude::Pubkey;
use ballast_state::{
    Contract, Order, OrderLeg, OrderRole,
    order::{OrderRefusal, match_legs},
};

fn order(size: u32, ratio: i32, price: u64) -> Order {
    Order {
        domain: [1; 16],
        exchange: Pubkey::new_from_array([2; 32]),
        account: Pubkey::new_from_array([3; 32]),
        nonce: 4,
        expires_at: 5,
        maximum_fee: 100,
        size,
        minimum_fill: 1,
        role: OrderRole::Taking,
        is_reduce_only: false,
        claims_rebates: false,
        counterparty: None,
        net_limit: None,
        legs: vec![OrderLeg { market: 1, contract: Contract::PERPETUAL, ratio, price }],
    }
}

#[test]
fn fees_are_limited_in_proportion_rounded_up_and_never_above_the_whole() {
    let thirds = order(3, 1, 1);
    assert_eq!([0, 1, 2, 3, 4, u32::MAX].map(|filled| thirds.fee_limit(filled)), [0, 34, 67, 100, 100, 100]);
    let any = Order { maximum_fee: u64::MAX, size: u32::MAX, ..thirds.clone() };
    assert_eq!([any.fee_limit(0), any.fee_limit(u32::MAX)], [0, u64::MAX]);
    assert!(any.fee_limit(1) >= u64::MAX / u64::from(u32::MAX));
    let none = Order { maximum_fee: 0, ..thirds };
    assert_eq!(none.fee_limit(3), 0);
}

#[test]
fn net_limits_hold_at_the_ends_of_their_range() {
    let limited = |limit| Order { net_limit: Some(limit), ..order(10, 1, 0) };
    assert_eq!(limited(i64::MAX).require_net_limit(10, i64::MAX), Ok(()));
    assert_eq!(limited(i64::MIN).require_net_limit(10, i64::MIN), Ok(()));
    assert!(limited(i64::MIN).require_net_limit(1, i64::MIN + 1).is_err());
    assert_eq!(limited(-7).require_net_limit(3, -21), Ok(()));
    let refusal = OrderRefusal::OutsideNetLimit { limit: -21, cost: -20 };
    assert_eq!(limited(-7).require_net_limit(3, -20), Err(refusal));
    assert_eq!(order(1, 1, 1).require_net_limit(1, i64::MAX), Ok(()), "without a net limit there is none");
}

#[test]
fn no_quantity_overflows() {
    let taking = order(u32::MAX, i32::MAX, 9);
    let resting = Order { role: OrderRole::Resting, ..order(u32::MAX, -i32::MAX, 9) };
    let legs = match_legs((&taking, u32::MAX), (&resting, u32::MAX)).expect("they are the reverse of each other");
    assert_eq!(legs[0].quantity, i64::from(i32::MAX) * i64::from(u32::MAX));
    let lowest = order(u32::MAX, i32::MIN, 9);
    assert!(match_legs((&lowest, u32::MAX), (&resting, u32::MAX)).is_err());
    assert!(lowest.encode().is_err(), "no such order is ever signed");
}

#[test]
fn markets_are_named_once() {
    let leg = |market, number| OrderLeg { market, contract: Contract::future(0, number), ratio: 1, price: 1 };
    let several = Order { legs: vec![leg(1, 1), leg(1, 2), leg(4, 1), leg(9, 1), leg(9, 3)], ..order(1, 1, 1) };
    assert_eq!(several.markets().collect::<Vec<_>>(), [1, 4, 9]);
}

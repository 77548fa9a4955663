use bytemuck::Zeroable;
use proptest::prelude::*;

use super::*;
use crate::{Contract, book::MAX_LOTS};

fn position(quantity: i64, entry_index: i64) -> Position {
    Position { quantity, entry_index, kind: PositionKind::Perpetual as u8, ..Position::zeroed() }
}

fn market(funding_index: i64) -> Box<Market> {
    let mut market: Box<Market> = Box::new(Zeroable::zeroed());
    (market.number, market.funding_index) = (1, funding_index);
    market.parameters.open_interest_limit = MAX_LOTS.unsigned_abs();
    market
}

#[test]
fn whoever_is_long_pays_while_the_index_rises() {
    let market = market(5 << Market::FUNDING_BITS);
    assert_eq!(market.pending_funding(&position(7, 2 << Market::FUNDING_BITS)), -21);
    assert_eq!(market.pending_funding(&position(-7, 2 << Market::FUNDING_BITS)), 21);
    assert_eq!(market.pending_funding(&position(7, 9 << Market::FUNDING_BITS)), 28);
    assert_eq!(market.pending_funding(&position(0, 0)), 0);
}

#[test]
fn the_ends_of_the_index_saturate_instead_of_wrapping() {
    let limit = Market::FUNDING_INDEX_LIMIT;
    let market = market(limit);
    assert_eq!(market.pending_funding(&position(MAX_LOTS, -limit)), i64::MIN);
    assert_eq!(market.pending_funding(&position(-MAX_LOTS, -limit)), i64::MAX);
}

proptest! {
    #[test]
    fn pending_funding_is_the_exact_one_rounded_down(
        quantity in -MAX_LOTS..=MAX_LOTS, entry in -(1_i64 << 54)..1 << 54, index in -(1_i64 << 54)..1 << 54
    ) {
        let exact = -i128::from(quantity) * (i128::from(index) - i128::from(entry));
        let floor = exact.div_euclid(1 << Market::FUNDING_BITS);
        prop_assume!(i64::try_from(floor).is_ok());
        let pending = market(index).pending_funding(&position(quantity, entry));
        prop_assert_eq!(i128::from(pending), floor);
        let other = market(index).pending_funding(&position(-quantity, entry));
        prop_assert!((-1..=0).contains(&(pending + other)), "the two sides leave at most one µUSD over");
    }

    #[test]
    fn funding_of_all_holders_sums_to_zero_but_for_rounding(
        trades in prop::collection::vec((0_usize..4, 0_usize..4, -500_i64..500, -(1_i64 << 30)..1 << 30), 1..60)
    ) {
        let mut market = market(0);
        let mut accounts: Vec<Box<MarginAccount>> = (0..4).map(|_| Box::new(Zeroable::zeroed())).collect();
        let contract = Contract::PERPETUAL.find(&market).unwrap();
        let mut settlements = 0;
        let mut exact = [0_i128; 4];
        for (buyer, seller, lots, funding) in trades {
            for (account, exact) in accounts.iter().zip(&mut exact) {
                *exact -= i128::from(account.quantity_of(1, PositionKind::Perpetual, 0)) * i128::from(funding);
            }
            market.funding_index += funding;
            if buyer == seller || lots == 0 {
                continue;
            }
            accounts[buyer].adjust(&mut market, &contract, lots, 0).unwrap();
            accounts[seller].adjust(&mut market, &contract, -lots, 0).unwrap();
            settlements += 2;
        }
        for account in &mut accounts {
            if account.position_count > 0 {
                account.settle_funding(&market, 0).unwrap();
                settlements += 1;
                prop_assert_eq!(market.pending_funding(&account.positions[0]), 0);
            }
        }
        let ledgers: Vec<i64> = accounts.iter().map(|account| account.positions[0].ledger).collect();
        let total: i64 = ledgers.iter().sum();
        prop_assert!((-settlements..=0).contains(&total), "{} after {} settlements", total, settlements);
        for (ledger, exact) in ledgers.iter().zip(&exact) {
            let difference = exact - (i128::from(*ledger) << Market::FUNDING_BITS);
            let allowed = i128::from(settlements) << Market::FUNDING_BITS;
            prop_assert!((0..=allowed).contains(&difference), "never more than is due");
        }
    }
}

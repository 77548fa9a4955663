//! Cuts of claims on a settled expiry: whatever settles and is cut in whichever order, claims add up to the pool, and the
//! expiry comes to its end.

#![allow(missing_docs)]

use ballast_risk::MicroUsd;
use ballast_state::{Contract, ExpiryStatus, MarginAccount, Market, PositionKind};
use bytemuck::Zeroable;
use proptest::prelude::*;

/// What an account is owed by the expiry, less what is pending.
fn claim(account: &MarginAccount, market: &Market) -> Option<i64> {
    let slot = account.market_slot(1)?;
    let index = account.find_position(slot, PositionKind::Claim, 1)?;
    Some(account.positions[index].ledger - account.positions[index].pending_claim_cut(&market.expiries[0]))
}

/// Settles a claim as `settle_pnl` does.
fn settle(account: &mut MarginAccount, market: &mut Market) {
    let Some(index) = account.market_slot(1).and_then(|slot| account.find_position(slot, PositionKind::Claim, 1))
    else {
        return;
    };
    account.apply_claim_cut(market, index).unwrap();
    let profit = account.positions[index].ledger;
    account.settle_position(market, index, profit, i64::MAX);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn claims_add_up_to_the_pool_and_the_expiry_ends(
        cash in prop::array::uniform5(0_i64..2_000_000_000),
        fills in prop::collection::vec((0_usize..5, 0_usize..5, 1_i64..50_000), 1..12),
        price in 1_000_000_u64..30_000_000,
        steps in prop::collection::vec((0_usize..5, 0_usize..5, 0_i64..1 << 34), 0..40),
    ) {
        let mut market: Box<Market> = Box::new(Zeroable::zeroed());
        (market.number, market.price, market.price_decimals, market.quantity_decimals) = (1, 10_000_000, 2, 5);
        (market.expiries[0].number, market.expiries[0].status) = (1, ExpiryStatus::Listed as u8);
        let future = Contract::future(0, 1).find(&market).unwrap();
        let mut accounts: Vec<Box<MarginAccount>> = (0..5).map(|_| Box::new(Zeroable::zeroed())).collect();
        for (account, cash) in accounts.iter_mut().zip(cash) {
            account.cash = cash;
        }
        for (buyer, seller, lots) in fills {
            if buyer != seller {
                let value = lots * 1_000_000;
                accounts[seller].adjust(&mut market, &future, -lots, value).unwrap();
                accounts[buyer].adjust(&mut market, &future, lots, -value).unwrap();
            }
        }
        (market.expiries[0].settlement_price, market.expiries[0].status) = (price, ExpiryStatus::Settled as u8);
        for account in &mut accounts {
            account.settle_expiry(&mut market, 0).unwrap();
        }
        let check = |accounts: &[Box<MarginAccount>], market: &Market| {
            let expiry = &market.expiries[0];
            let claims: Vec<i64> = accounts.iter().filter_map(|account| claim(account, market)).collect();
            assert_eq!((expiry.claim_count, expiry.position_count), (claims.len() as u32, claims.len() as u32));
            let residue = i128::from(expiry.pool) - claims.iter().map(|&owed| i128::from(owed)).sum::<i128>();
            assert!((0..1_000).contains(&residue), "{residue} µUSD beyond what claims are owed");
            let all: i128 = accounts.iter().map(|account| i128::from(account.cash)).sum();
            assert_eq!(all + i128::from(expiry.pool), cash.iter().map(|&cash| i128::from(cash)).sum::<i128>());
        };
        check(&accounts, &market);
        // Somebody's debt passes to somebody else, in part, and is cut off what others are owed; others settle.
        let take = |accounts: &mut [Box<MarginAccount>], market: &mut Market, debtor: usize, taker: usize, most: i64| {
            let debt = {
                let (debtor, taker) = (&accounts[debtor], &accounts[taker]);
                debtor.debts_to_expiries(market, taker).next()
            };
            let Some(debt) = debt.filter(|_| debtor != taker) else { return };
            let owed = -claim(&accounts[debtor], market).unwrap();
            let part = owed.min(most.max(1));
            accounts[debtor].adjust(market, &debt.claim, 0, part).unwrap();
            accounts[taker].adjust(market, &debt.claim, 0, -part).unwrap();
            let cut = accounts[taker].take_credits(market, MicroUsd(most), &debt).unwrap();
            assert!(cut.0 >= 0 && cut.0 <= part);
        };
        for (one, other, most) in steps {
            if most % 3 == 0 {
                settle(&mut accounts[one], &mut market);
            } else {
                take(&mut accounts, &mut market, one, other, most);
            }
            check(&accounts, &market);
        }
        // To the end: what can be paid is paid, what cannot is cut off what is owed, until nobody is left.
        for round in 0..30 {
            for account in &mut accounts {
                settle(account, &mut market);
            }
            for debtor in 0..5 {
                take(&mut accounts, &mut market, debtor, (debtor + 1 + round % 4) % 5, i64::MAX);
            }
            check(&accounts, &market);
        }
        let left: i64 = accounts.iter().filter_map(|account| claim(account, &market)).map(i64::abs).sum();
        prop_assert!(left < 1_000, "{left} µUSD are stuck");
    }
}

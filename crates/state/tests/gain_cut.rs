//! Cuts of gains on a perpetual: whatever is traded, settled and cut, the ledgers add up to the pool.

#![allow(missing_docs)]

use ballast_risk::{MicroUsd, Ratio, gain_cut::CutIndex};
use ballast_state::{Contract, MarginAccount, Market, PositionKind};
use bytemuck::Zeroable;
use proptest::prelude::*;

const HALF: Ratio = Ratio::from_millionths(500_000);

#[derive(Clone, Copy, Debug)]
enum Action {
    Fill { buyer: usize, seller: usize, lots: i64 },
    Price(u64),
    Settle { holder: usize, vested: bool },
    Cut { taker: usize, wanted: i64 },
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        3 => (0_usize..4, 0_usize..4, -50_000_i64..50_000)
            .prop_map(|(buyer, seller, lots)| Action::Fill { buyer, seller, lots }),
        2 => (1_000_000_u64..30_000_000).prop_map(Action::Price),
        4 => (0_usize..4, any::<bool>()).prop_map(|(holder, vested)| Action::Settle { holder, vested }),
        2 => (0_usize..4, 0_i64..1 << 40).prop_map(|(taker, wanted)| Action::Cut { taker, wanted }),
    ]
}

/// What the account is owed beyond the mark, less what is pending of cuts.
fn ledger(account: &MarginAccount, market: &Market) -> i128 {
    let Some(slot) = account.market_slot(1) else { return 0 };
    let ledger = account.find_position(slot, PositionKind::Perpetual, 0).map_or(0, |at| account.positions[at].ledger);
    i128::from(ledger) - i128::from(account.markets[slot].pending_cut(market))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn ledgers_add_up_to_the_pool(actions in prop::collection::vec(action(), 1..80)) {
        let mut market: Box<Market> = Box::new(Zeroable::zeroed());
        (market.number, market.price, market.price_decimals, market.quantity_decimals) = (1, 10_000_000, 2, 5);
        market.parameters.open_interest_limit = 1 << 30;
        let mut accounts: Vec<Box<MarginAccount>> = (0..4).map(|_| Box::new(Zeroable::zeroed())).collect();
        for account in &mut accounts {
            account.cash = 100_000_000_000;
        }
        let perpetual = Contract::PERPETUAL.find(&market).unwrap();
        let (mut cuts, mut received) = (0_u64, 0_i128);
        for action in actions {
            match action {
                Action::Fill { buyer, seller, lots } if buyer != seller && lots != 0 => {
                    let value = lots * (market.price as i64) / 10;
                    accounts[seller].adjust(&mut market, &perpetual, -lots, value).unwrap();
                    accounts[buyer].adjust(&mut market, &perpetual, lots, -value).unwrap();
                }
                Action::Fill { .. } => {}
                Action::Price(price) => market.price = price,
                Action::Settle { holder, vested } => {
                    let account = &mut accounts[holder];
                    let Some(slot) = account.market_slot(1) else { continue };
                    let (before, unborne) = (ledger(account, &market), market.uncollected_cut);
                    let index = account.find_position(slot, PositionKind::Perpetual, 0).unwrap();
                    let gain = market.perpetual_profit(&account.positions[index]).unwrap();
                    account.apply_gain_cut(&mut market);
                    let unborne = i128::from(market.uncollected_cut - unborne);
                    prop_assert_eq!(i128::from(account.positions[index].ledger), before + unborne);
                    // Nobody is left with a loss by a cut, and nobody with a gain bears less than he can.
                    let after = market.perpetual_profit(&account.positions[index]).unwrap();
                    prop_assert!(after >= gain.min(MicroUsd::ZERO), "{gain:?} became {after:?}");
                    prop_assert!(unborne == 0 || after <= MicroUsd::ZERO, "{after:?} left of a cut, {unborne} unborne");
                    let profit = market.perpetual_profit(&account.positions[index]).unwrap();
                    account.settle_position(&mut market, index, profit.0, if vested { i64::MAX } else { 0 });
                }
                Action::Cut { taker, wanted } => {
                    let own = accounts[taker].current_gain(&mut market);
                    let counted = CutIndex(market.perpetual_gain_index).worth(market.perpetual_gain_units);
                    let cut = accounts[taker].take_gains(&mut market, MicroUsd(wanted), HALF, own).unwrap();
                    prop_assert!(cut.0 <= wanted && cut.0 as u64 <= (counted + own.0 as u64) / 2 + 1);
                    cuts += 1;
                    received += i128::from(cut.0);
                }
            }
            let owed: i128 = accounts.iter().map(|account| ledger(account, &market)).sum();
            let residue = i128::from(market.perpetual_pool) + i128::from(market.uncollected_cut) - owed;
            // Each cut rounds up by less than one µUSD an account; its index, too fine to matter here, by another.
            prop_assert!((0..=5 * i128::from(cuts)).contains(&residue), "{residue} µUSD beyond what is owed");
            let counted = CutIndex(market.perpetual_gain_index).worth(market.perpetual_gain_units);
            let remembered: i128 = accounts
                .iter()
                .filter_map(|account| account.market_slot(1).map(|slot| &account.markets[slot]))
                .map(|held| i128::from(held.perpetual_gain - held.pending_cut(&market)))
                .sum();
            prop_assert!(i128::from(counted) <= remembered + 4, "{counted} counted, {remembered} remembered");
            prop_assert!(i128::from(counted) + 8 + i128::from(cuts) * 8 >= remembered, "{counted} of {remembered}");
        }
        prop_assert!(received >= 0);
        // Money is where it was: cash and pool.
        let cash: i128 = accounts.iter().map(|account| i128::from(account.cash)).sum();
        prop_assert_eq!(cash + i128::from(market.perpetual_pool), 400_000_000_000);
    }
}

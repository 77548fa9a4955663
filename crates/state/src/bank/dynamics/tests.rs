use ballast_risk::{Price, parameters::BankClass};
use bytemuck::Zeroable;

use super::*;
use crate::{BankParameters, ExchangeParameters};

fn accept(bank: &mut Bank, price: u64, publish_time: i64, slot: u64) {
    let publication =
        Publication { price: Price::new(price).unwrap(), confidence: price / 2_000, publish_time, average: 0 };
    bank.accept_price(&publication, slot, &ExchangeParameters::defaults());
}

#[test]
fn only_a_publication_moves_the_haircut_and_the_stable_price() {
    let mut bank = Bank::zeroed();
    bank.parameters = BankParameters::defaults(BankClass::Major);
    bank.begin_dynamics();
    accept(&mut bank, 1_000_000, 1_000, 1);
    assert_eq!(bank.prices.stable_price, 1_000_000 << 16);
    let calm = bank.maintenance_haircut;
    accept(&mut bank, 1_300_000, 1_360, 2);
    // Ten per cent an hour, for six minutes.
    assert_eq!(bank.prices.stable_price >> 16, 1_009_999);
    assert!(bank.maintenance_haircut > calm);
    let after = bank;
    accept(&mut bank, 1_300_000, 1_360, 3);
    assert_eq!(bank.refreshed_slot, 3);
    bank.refreshed_slot = after.refreshed_slot;
    assert_eq!(bytemuck::bytes_of(&bank), bytemuck::bytes_of(&after));
}

//! Attacks: published incidents and the classes of audit findings, each tried for profit (docs/attacks.md).
//!
//! Every test counts what the attackers own before and after: tokens in their wallets, and what their margin accounts
//! are worth, where an account that owes more than it has counts nothing, because its owner would walk away. Bystanders
//! must not be poorer afterwards. Prices are back where they were when it is counted, unless a test says otherwise.

mod accounts;
mod expiry;
mod identity;
mod listing;
mod lists;
mod margin;
mod oracle;
mod pump;

use ballast_harness::{Exchange, Trader};

/// One bitcoin in lots of the seeded market.
const BITCOIN: i64 = 100_000;
/// One µUSD-dollar.
const DOLLAR: u64 = 1_000_000;
/// Banks of the seeded exchange with the decimals of their tokens.
const TOKENS: [(&str, u32); 5] = [("USDC", 6), ("BTC", 8), ("ETH", 8), ("SOL", 9), ("PYUSD", 6)];

/// Who owned how much when an attack began.
struct Stakes {
    attackers: Vec<Trader>,
    bystanders: Vec<Trader>,
    before: Vec<i128>,
}

impl Stakes {
    /// Counts before an attack.
    fn before(exchange: &Exchange, attackers: &[&Trader], bystanders: &[&Trader]) -> Self {
        let owned = |traders: &[&Trader]| traders.iter().map(|&trader| trader.clone()).collect();
        let before = attackers.iter().chain(bystanders).map(|trader| wealth(exchange, trader)).collect();
        Self { attackers: owned(attackers), bystanders: owned(bystanders), before }
    }

    /// Asserts that the attackers together gained nothing and that no bystander lost.
    #[track_caller]
    fn assert_no_profit(&self, exchange: &Exchange) {
        self.assert_no_profit_beyond(exchange, 0);
    }

    /// The same, if a bystander may pay fees of this much, µUSD, which the attackers may receive.
    #[track_caller]
    fn assert_no_profit_beyond(&self, exchange: &Exchange, fees: i128) {
        let (attackers, bystanders) = self.before.split_at(self.attackers.len());
        let after: i128 = self.attackers.iter().map(|trader| wealth(exchange, trader)).sum();
        let before: i128 = attackers.iter().sum();
        assert!(after <= before + fees, "the attackers gained {} µUSD", after - before);
        for (trader, before) in self.bystanders.iter().zip(bystanders) {
            let after = wealth(exchange, trader);
            assert!(after >= before - fees, "{} lost {} µUSD", trader.address(), before - after);
        }
        exchange.assert_books_balance();
    }
}

/// What somebody owns, µUSD at the prices last published: tokens in the wallet and the margin account, if it is worth
/// anything.
pub(crate) fn wealth(exchange: &Exchange, trader: &Trader) -> i128 {
    let wallet: i128 = TOKENS
        .iter()
        .map(|&(bank, decimals)| {
            let price = i128::from(exchange.collateral(bank).price);
            // Prices have eight decimals, µUSD six.
            i128::from(exchange.wallet_tokens(trader, bank)) * price / 10_i128.pow(decimals + 2)
        })
        .sum();
    wallet + i128::from(exchange.preview(trader).equity).max(0)
}

/// Withdraws every quote token that the account may give up.
fn withdraw_what_goes(exchange: &mut Exchange, trader: &Trader) {
    let cash = exchange.account(trader).cash;
    let is_free = exchange.account(trader).position_count == 0;
    let amount = if is_free { cash } else { cash.min(exchange.withdrawable(trader)) };
    if amount > 0 {
        exchange.withdraw(trader, "USDC", amount as u64).expect("the excess may leave");
    }
}

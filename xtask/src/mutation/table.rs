//! The broken variants.

use anyhow::{Result, bail};

/// One broken variant.
pub struct Mutant {
    /// What it is called on the command line.
    pub name: &'static str,
    /// What is broken in it.
    pub what: &'static str,
    /// The file, from the root of the checkout.
    pub file: &'static str,
    /// What stands there, exactly once.
    pub original: &'static str,
    /// What takes its place.
    pub replacement: &'static str,
}

impl Mutant {
    /// The source with the snippet replaced.
    pub fn apply(&self, source: &str) -> Result<String> {
        let found = source.matches(self.original).count();
        if found != 1 {
            bail!(
                "mutant `{}`: {} has its snippet {found} times, not once; the code has changed, so bring \
                 xtask/src/mutation/table.rs up to it:\n{}",
                self.name,
                self.file,
                self.original
            );
        }
        Ok(source.replace(self.original, self.replacement))
    }
}

const STEP: &str = "crates/risk/src/liquidation/step.rs";
const BOOK: &str = "crates/state/src/book.rs";
const GAIN_CUT: &str = "crates/state/src/gain_cut.rs";
const PERPETUAL: &str = "crates/state/src/perpetual.rs";
const SETTLEMENT: &str = "crates/state/src/settlement.rs";
const GRADES: &str = "crates/state/src/oracle_grade.rs";
const CHECK: &str = "programs/ballast/src/check.rs";
const FILL: &str = "programs/ballast/src/fill.rs";
const ORACLE: &str = "programs/ballast/src/oracle.rs";
const TRADE: &str = "programs/ballast/src/instructions/trader/trade.rs";
const SIDE: &str = "programs/ballast/src/instructions/trader/trade/side.rs";
const WITHDRAW: &str = "programs/ballast/src/instructions/trader/withdraw.rs";
const SETTLE_PNL: &str = "programs/ballast/src/instructions/keeper/settle_pnl.rs";
const REMOVE_EXPIRY: &str = "programs/ballast/src/instructions/keeper/remove_expiry.rs";
const LIQUIDATE: &str = "programs/ballast/src/instructions/keeper/liquidate.rs";
const LEGS: &str = "programs/ballast/src/instructions/keeper/liquidate/legs.rs";
const MATCHING: &str = "crates/state/src/order/matching.rs";
const RECORDS: &str = "crates/state/src/order/records.rs";
const SIGNATURE: &str = "programs/ballast/src/signature.rs";
const MATCH_ORDERS: &str = "programs/ballast/src/instructions/orders/match_orders.rs";
const SLICE: &str = "programs/ballast/src/instructions/keeper/liquidate/slice.rs";

/// All of them.
pub const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "fill-rounds-up",
        what: "a fill is worth a µUSD more",
        file: FILL,
        original: "scale.value_floor(quantity, price)).map_err",
        replacement: "scale.value_floor(quantity, price)).map(|value| MicroUsd(value.0 + 1)).map_err",
    },
    Mutant {
        name: "expiry-rounds-up",
        what: "options settle rounded up",
        file: SETTLEMENT,
        original: "_ => scale.value_floor(position.quantity, intrinsic_value(market, &position, &expiry))?,",
        replacement: "_ => -scale.value_floor(-position.quantity, intrinsic_value(market, &position, &expiry))?,",
    },
    Mutant {
        name: "no-initial-margin",
        what: "a trade may leave any margin behind",
        file: CHECK,
        original: "if after.initial_excess.0 >= 0 {",
        replacement: "if after.initial_excess.0 > i64::MIN {",
    },
    Mutant {
        name: "no-handover-check",
        what: "a price off the mark carries value out of an account",
        file: SIDE,
        original: "if paid > MicroUsd::ZERO && checker.withdrawal_excess(account, sources, &margin)? < MicroUsd::ZERO {",
        replacement: "if paid == MicroUsd(i64::MAX) && margin.withdrawal_excess < MicroUsd::ZERO {",
    },
    Mutant {
        name: "no-band",
        what: "trades may be a hundred times as far from the mark",
        file: TRADE,
        original: "if price.abs_diff(mark.price) > width {",
        replacement: "if price.abs_diff(mark.price) / 100 > width {",
    },
    Mutant {
        name: "settled-again",
        what: "profit and loss stay in the ledger when they are settled",
        file: SETTLEMENT,
        original: "        position.ledger -= moved;\n",
        replacement: "",
    },
    Mutant {
        name: "pool-pays-twice",
        what: "a gain that is paid stays in the pool",
        file: SETTLEMENT,
        original: "*pool = pool.wrapping_sub(moved as u64);",
        replacement: "*pool = pool.wrapping_sub(moved.min(0) as u64);",
    },
    Mutant {
        name: "no-vesting",
        what: "gains are paid before they have vested",
        file: SETTLE_PNL,
        original: ".min(account.markets[slot].linear_gain.vested)",
        replacement: "",
    },
    Mutant {
        name: "unsigned-counterparty",
        what: "the second side of a trade need not sign",
        file: TRADE,
        original: "    pub second_authority: Signer<'info>,",
        replacement: "    /// CHECK: broken on purpose.\n    pub second_authority: UncheckedAccount<'info>,",
    },
    Mutant {
        name: "anyone-withdraws",
        what: "whoever signs may withdraw",
        file: WITHDRAW,
        original: ", has_one = owner @ BallastError::NotOwner",
        replacement: "",
    },
    Mutant {
        name: "no-open-interest",
        what: "fills do not change the open interest",
        file: BOOK,
        original: "        market.change_open_interest(contract, after.max(0) - before.max(0))?;\n",
        replacement: "",
    },
    Mutant {
        name: "hedge-stays",
        what: "a declared hedge stays when its collateral leaves",
        file: BOOK,
        original: "        balance.hedge = balance.hedge.min(balance.amount);\n",
        replacement: "",
    },
    Mutant {
        name: "old-prices",
        what: "checks take prices of any age",
        file: GRADES,
        original: "} else if age > i64::from(limits.oldest_seconds) {",
        replacement: "} else if age > i64::MAX - i64::from(limits.oldest_seconds) {",
    },
    Mutant {
        name: "wide-prices",
        what: "refresh takes prices of any confidence",
        file: ORACLE,
        original: "if self.confidence > widest {",
        replacement: "if self.confidence > widest.saturating_mul(1_000) {",
    },
    Mutant {
        name: "trade-at-any-index",
        what: "doubtful prices restrict no trade",
        file: TRADE,
        original: "if let Some(refusal) = restriction {",
        replacement: "if let Some(refusal) = restriction.filter(|_| leg.quantity == 0) {",
    },
    Mutant {
        name: "no-disputes",
        what: "doubtful prices liquidate at once",
        file: LIQUIDATE,
        original: "if judged.is_protected() {",
        replacement: "if judged.is_protected() && before.equity.0 == 0 {",
    },
    Mutant {
        name: "withdrawals-at-the-index",
        what: "withdrawals count with the index alone",
        file: CHECK,
        original: "let excess = checker.withdrawal_excess(account, &sources, &margin)?;",
        replacement: "let excess = margin.withdrawal_excess;",
    },
    Mutant {
        name: "residue-lost",
        what: "what rounding left in an expiry's pool goes nowhere",
        file: REMOVE_EXPIRY,
        original: "bank.insurance.checked_add(residue)",
        replacement: "bank.insurance.checked_add(residue / 2)",
    },
    Mutant {
        name: "removed-while-held",
        what: "an expiry may leave while accounts still hold something of it",
        file: REMOVE_EXPIRY,
        original: "    require!(!market.is_expiry_held(slot), BallastError::ExpiryInUse);\n",
        replacement: "",
    },
    Mutant {
        name: "reward-twice",
        what: "a liquidator is rewarded twice",
        file: LEGS,
        original: "liquidator.cash += reward.0;",
        replacement: "liquidator.cash += reward.0 * 2;",
    },
    Mutant {
        name: "slice-for-free",
        what: "a slice costs half",
        file: SLICE,
        original: "let paid = terms.price",
        replacement: "let paid = Ratio::from_bits(terms.price.to_bits() / 2)",
    },
    Mutant {
        name: "healthy-liquidated",
        what: "accounts above maintenance margin are liquidated",
        file: STEP,
        original: "if margin.maintenance_excess >= MicroUsd::ZERO && !may_continue {",
        replacement: "if margin.maintenance_excess >= margin.equity && !may_continue {",
    },
    Mutant {
        name: "own-account-liquidated",
        what: "an owner liquidates an account of his own",
        file: LIQUIDATE,
        original: "        constraint = liquidator.key() != account.key() @ BallastError::SelfLiquidation,\n        constraint = account.load()?.owner != liquidator_owner.key() @ BallastError::SelfLiquidation\n",
        replacement: "        constraint = liquidator.key() != account.key() @ BallastError::SelfLiquidation\n",
    },
    Mutant {
        name: "no-close-factor",
        what: "a step may take any share of an account",
        file: STEP,
        original: "if share.min(Ratio::ONE) > self.allowance {",
        replacement: "if share.min(Ratio::ONE) > Ratio::ONE.max(self.allowance) {",
    },
    Mutant {
        name: "funding-for-shorts",
        what: "funding goes the wrong way",
        file: PERPETUAL,
        original: "let received_by = position.quantity.saturating_neg();",
        replacement: "let received_by = position.quantity;",
    },
    Mutant {
        name: "cut-beyond-the-gain",
        what: "a cut takes cash from whoever has no gain left",
        file: GAIN_CUT,
        original: "let borne = cut.min(gain);",
        replacement: "let borne = cut;",
    },
    Mutant {
        name: "fees-lost",
        what: "half of the fees go nowhere",
        file: TRADE,
        original: "checked_add_signed((charged[0] + charged[1]).0)",
        replacement: "checked_add_signed((charged[0] + charged[1]).0 / 2)",
    },
    Mutant {
        name: "gains-of-spikes",
        what: "gains are paid out whatever the stable price",
        file: SETTLE_PNL,
        original: "position.steady_gain(market, mark).min(account.markets[slot].linear_gain.vested)",
        replacement: "account.markets[slot].linear_gain.vested",
    },
    Mutant {
        name: "order-never-full",
        what: "what was filled of an order is not remembered",
        file: RECORDS,
        original: "record.filled = before + units;",
        replacement: "record.filled = before;",
    },
    Mutant {
        name: "order-after-expiry",
        what: "orders are filled after they have expired",
        file: RECORDS,
        original: "if now >= order.expires_at {",
        replacement: "if now == i64::MAX {",
    },
    Mutant {
        name: "order-beyond-limit",
        what: "a taking order is filled at any price",
        file: MATCHING,
        original: "if taking.net_limit.is_none() && !is_within {",
        replacement: "if taking.net_limit.is_none() && !is_within && price == u64::MAX {",
    },
    Mutant {
        name: "order-by-anyone",
        what: "whoever signs may sign for any account",
        file: MATCH_ORDERS,
        original: "account.require_trader(signer, order.markets(), now).map_err(authority_error)?;",
        replacement: "let _ = account.require_trader(signer, order.markets(), now).map_err(authority_error);",
    },
    Mutant {
        name: "order-signed-elsewhere",
        what: "the message that was verified may stand in another instruction than the one that is read",
        file: SIGNATURE,
        original: ".any(|&it| it != THIS_INSTRUCTION)",
        replacement: ".any(|&it| it == THIS_INSTRUCTION - 1)",
    },
    Mutant {
        name: "no-time-lock",
        what: "a change is carried out as soon as it is proposed",
        file: "crates/state/src/governance/change.rs",
        original: "self.applied_at == 0 && is_due(self.earliest, now)",
        replacement: "self.applied_at == 0 && is_due(self.proposed_at, now)",
    },
    Mutant {
        name: "no-step",
        what: "a change goes as far as it likes",
        file: "crates/state/src/governance/change.rs",
        original: "if value.abs_diff(before) > largest.unsigned_abs() {",
        replacement: "if value.abs_diff(before) > u64::MAX - largest.unsigned_abs() {",
    },
    Mutant {
        name: "tightening-that-loosens",
        what: "a change is not judged again when it is carried out",
        file: "crates/state/src/governance/change.rs",
        original: "direction == Direction::Tightening || self.direction == Direction::Loosening as u8",
        replacement: "direction == Direction::Tightening || self.direction != 0",
    },
    Mutant {
        name: "signed-long-ago",
        what: "governance takes transactions on durable nonces",
        file: "programs/ballast/src/governance.rs",
        original: "|| !data.starts_with(&ADVANCE_NONCE) => Ok(()),",
        replacement: "|| !data.is_empty() => Ok(()),",
    },
    Mutant {
        name: "pauses-without-end",
        what: "the guardian pauses again when a pause is over",
        file: "crates/state/src/governance/pause.rs",
        original: "if now < self.next_pause_at {",
        replacement: "if now < self.pause_ends_at {",
    },
    Mutant {
        name: "deposits-do-not-count",
        what: "the outflow breaker forgets what came in",
        file: "programs/ballast/src/instructions/trader/deposit.rs",
        original: "bank.record_inflow(received, now,",
        replacement: "bank.record_inflow(0, now,",
    },
    Mutant {
        name: "breaker-by-the-vault-as-it-is",
        what: "tokens that leave again widen the outflow limit",
        file: "crates/state/src/bank/outflow.rs",
        original: "(i128::from(held) + i128::from(outflow)).max(0)",
        replacement: "(i128::from(held) + i128::from(outflow.max(0))).max(0)",
    },
    Mutant {
        name: "open-at-once",
        what: "a listing opens with its first price",
        file: "crates/state/src/governance/opening.rs",
        original: "publish_time.saturating_sub(*first) >= i64::from(life_seconds)",
        replacement: "publish_time.saturating_sub(*first) >= i64::from(life_seconds) * 0",
    },
    Mutant {
        name: "bankruptcies-disputed-like-anything",
        what: "who is bankrupt at a doubtful price goes after five minutes",
        file: "crates/state/src/market/index.rs",
        original: "if is_bankrupt { self.bankruptcy_dispute_seconds } else",
        replacement: "if is_bankrupt { self.dispute_seconds } else",
    },
    Mutant {
        name: "takeover-at-any-cash",
        what: "a bankruptcy's takeover ignores the least that it must bring",
        file: "programs/ballast/src/instructions/keeper/resolve_bankruptcy.rs",
        original: "require_output(liquidator.cash.saturating_sub(liquidator_cash), minimum_proceeds)?;",
        replacement: "let _ = (liquidator_cash, minimum_proceeds);",
    },
    Mutant {
        name: "second-fee-unlimited",
        what: "a trade holds only the first account's fee against its limit",
        file: "programs/ballast/src/instructions/trader/trade.rs",
        original: "executed.charged.into_iter().zip(args.maximum_fees)",
        replacement: "executed.charged.into_iter().zip(args.maximum_fees).take(1)",
    },
    Mutant {
        name: "migrated-without-moving",
        what: "the migration of an exchange leaves what stands behind the parameters where it was",
        file: "crates/state/src/migration/exchange_1_to_2.rs",
        original: "data.copy_within(INSERTED_AT..SIZE - INSERTED, INSERTED_AT + INSERTED);",
        replacement: "data.copy_within(INSERTED_AT..INSERTED_AT + INSERTED, INSERTED_AT + INSERTED);",
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    #[test]
    fn every_mutant_still_finds_its_snippet() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        for mutant in MUTANTS {
            let source = fs::read_to_string(root.join(mutant.file)).expect("the file can be read");
            let mutated = mutant.apply(&source).expect("the snippet stands there once");
            assert_ne!(mutated, source, "{} changes something", mutant.name);
        }
    }

    #[test]
    fn names_are_different() {
        let names: BTreeSet<_> = MUTANTS.iter().map(|mutant| mutant.name).collect();
        assert_eq!(names.len(), MUTANTS.len());
    }
}

//! Expiries: fixing the settlement price, settling accounts, removing what is over.

use anchor_lang::solana_program::instruction::Instruction;
use ballast::{
    ExpiryArgs,
    events::{ExpiryRemoved, ExpirySettled, SettlementFixed},
};
use ballast_client::instructions;
use ballast_state::{ExpiryStatus, PositionKind};
use ballast_tests::dice::Dice;
use serde::{Deserialize, Serialize};

use crate::fuzz::{
    action::{Act, Action, Done},
    cast::Cast,
    ledger::{ContractKey, Ledger, share_ceil, value},
    state::State,
};

/// The window before expiry whose average price settles the contracts, seconds (docs/margin-model.md, section 1).
const WINDOW: i64 = 1_800;

/// What happens to an expiry, named by its market, slot and number.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum ExpiryAction {
    /// Its settlement price is fixed.
    Fix { market: u16, slot: u8, number: u32 },
    /// An account's positions are settled.
    Settle { account: u8, market: u16, slot: u8, number: u32 },
    /// It leaves its slot.
    Remove { market: u16, slot: u8, number: u32 },
}

use ExpiryAction::{Fix, Remove, Settle};

/// Draws what comes next for an expiry that is over; for one that is not, what comes too early.
pub fn propose(dice: &mut Dice, cast: &Cast, state: &State, ledger: &Ledger) -> Vec<Action> {
    let mut known: Vec<(u16, u8, u32, bool, ExpiryStatus)> = Vec::new();
    for (_, market) in state.snapshot.markets() {
        let listed = (0_u8..).zip(&market.expiries).filter(|(_, expiry)| expiry.number != 0);
        known.extend(listed.map(|(slot, expiry)| {
            (market.number, slot, expiry.number, expiry.expires_at <= state.now, expiry.status())
        }));
    }
    let over: Vec<_> = known.iter().copied().filter(|(.., is_over, _)| *is_over).collect();
    let from = if over.is_empty() || dice.once_in(20) { &known } else { &over };
    if from.is_empty() {
        return Vec::new();
    }
    let (market, slot, number, _, status) = *dice.pick(from);
    let mut account = dice.roll(cast.accounts.len() as u64) as u8;
    let number = if dice.once_in(30) { number + 1 } else { number };
    let actions = match (status, dice.roll(12)) {
        (_, 0) => vec![Settle { account, market, slot, number }],
        (_, 1) => vec![Remove { market, slot, number }],
        (ExpiryStatus::Listed, _) => vec![Fix { market, slot, number }],
        _ => {
            // Every account in turn, from a random one on; whoever owes goes first or last.
            let mut actions = Vec::new();
            for _ in 0..cast.accounts.len() {
                account = (account + 1) % cast.accounts.len() as u8;
                let books = ledger.accounts.get(&cast.address(account));
                let mut held = books.into_iter().flat_map(|books| books.holdings.keys());
                if held.any(|contract| belongs(ledger, contract, market, number)) {
                    actions.push(Settle { account, market, slot, number });
                }
            }
            actions.push(Remove { market, slot, number });
            actions
        }
    };
    actions.into_iter().map(Action::Expiry).collect()
}

impl Act for ExpiryAction {
    fn name(&self) -> &'static str {
        match self {
            Fix { .. } => "fix_settlement",
            Settle { .. } => "settle_expired",
            Remove { .. } => "remove_expiry",
        }
    }

    fn instructions(&self, cast: &Cast, _: &State) -> Vec<Instruction> {
        let exchange = cast.exchange;
        vec![match *self {
            Fix { market, slot, number } => instructions::fix_settlement(exchange, market, ExpiryArgs { slot, number }),
            Settle { account, market, slot, number } => {
                instructions::settle_expired(cast.key(account), market, ExpiryArgs { slot, number })
            }
            Remove { market, slot, number } => {
                instructions::remove_expiry(exchange, &cast.quote(), market, ExpiryArgs { slot, number })
            }
        }]
    }

    fn book(&self, ledger: &mut Ledger, done: &Done) {
        match *self {
            Fix { market, number, .. } => {
                let price = done.outcome.event::<SettlementFixed>().price;
                let expiry = ledger.expiries.get_mut(&(market, number)).expect("fixed: the expiry is listed");
                let before = expiry.settlement.replace(price);
                assert!(before.is_none(), "fixed: the settlement price was fixed twice");
                // The perpetual of a closing market settles with it, and its pool joins that of the expiry.
                if ledger.closing.get(&market) == Some(&number) {
                    let pool = std::mem::take(ledger.pool(market, 0));
                    *ledger.pool(market, number) += pool;
                }
            }
            Settle { account, market, number, .. } => settle(ledger, done, account, market, number),
            Remove { market, number, .. } => {
                let residue = ledger.pools.remove(&(market, number)).unwrap_or(0);
                ledger.insurance += residue;
                ledger.expiries.remove(&(market, number));
                ledger.series.retain(|(of, _), terms| *of != market || terms.expiry != number);
            }
        }
    }

    fn verify(&self, ledger: &Ledger, done: &Done) {
        match *self {
            Fix { market, slot, number } => verify_fixed(ledger, done, market, slot, number),
            Settle { .. } => {}
            Remove { market, number, .. } => {
                let expiry = ledger.expiries.get(&(market, number)).expect("removed: the expiry is listed");
                assert!(expiry.settlement.is_some(), "removed: before its settlement price was fixed");
                let is_of = |contract: &ContractKey| belongs(ledger, contract, market, number);
                let holders = ledger.accounts.values().filter(|account| account.holdings.keys().any(is_of)).count();
                assert_eq!(holders, 0, "removed: accounts still hold something of the expiry");
                let residue = ledger.pools.get(&(market, number)).copied().unwrap_or(0);
                assert_eq!(i128::from(done.outcome.event::<ExpiryRemoved>().residue), residue, "removed: residue");
            }
        }
    }

    fn accounts(&self) -> Vec<u8> {
        if let Settle { account, .. } = self { vec![*account] } else { Vec::new() }
    }
}

/// Whether a contract settles with an expiry.
fn belongs(ledger: &Ledger, contract: &ContractKey, market: u16, expiry: u32) -> bool {
    contract.market == market
        && match contract.kind {
            PositionKind::Future | PositionKind::Claim => contract.number == expiry,
            PositionKind::Call | PositionKind::Put => ledger.series[&(market, contract.number)].expiry == expiry,
            PositionKind::Perpetual => ledger.closing.get(&market) == Some(&expiry),
            PositionKind::None => false,
        }
}

/// Turns an account's holdings of an expiry into one claim and settles it as far as cash and pool go.
fn settle(ledger: &mut Ledger, done: &Done, account: u8, market: u16, number: u32) {
    let address = done.cast.address(account);
    let price = ledger.expiries[&(market, number)].settlement.expect("settled: before the price was fixed");
    let of_expiry: Vec<ContractKey> = ledger.accounts[&address]
        .holdings
        .keys()
        .copied()
        .filter(|contract| belongs(ledger, contract, market, number))
        .collect();
    assert!(!of_expiry.is_empty(), "settled: the account holds nothing of the expiry");
    let mut claim = 0;
    for contract in of_expiry {
        ledger.bring_funding(&address, contract);
        let at = |price| value(done.cast, market, ledger.accounts[&address].holdings[&contract].quantity, price);
        let worth = match contract.kind {
            PositionKind::Call => at(price.saturating_sub(ledger.series[&(market, contract.number)].strike)),
            PositionKind::Put => at(ledger.series[&(market, contract.number)].strike.saturating_sub(price)),
            PositionKind::Future | PositionKind::Perpetual => at(price),
            _ => 0,
        };
        let holding = ledger.account(&address).holdings.remove(&contract).expect("it was found above");
        claim += worth + if contract.is_option() { 0 } else { holding.ledger };
    }
    let pool = *ledger.pool(market, number);
    let books = ledger.account(&address);
    let moved = if claim < 0 { -(-claim).min(books.cash) } else { claim.min(pool) };
    books.cash += moved;
    books.adjust(ContractKey { market, kind: PositionKind::Claim, number }, 0, claim - moved);
    *ledger.pool(market, number) -= moved;
    let event: ExpirySettled = done.outcome.event();
    assert_eq!((i128::from(event.value), i128::from(event.settled)), (claim, moved), "settled: value and payment");
}

/// The settlement price is the average of the accepted prices, each for the seconds that it stood in the window, at most the
/// longest gap; where they cover too little, also of those after it (docs/margin-model.md, section 8). If none came at all,
/// it is the stable price, which is taken from the market.
fn verify_fixed(ledger: &Ledger, done: &Done, market: u16, slot: u8, number: u32) {
    let terms = ledger.expiries.get(&(market, number)).expect("fixed: the expiry is listed");
    let parameters = &done.before.snapshot.exchange.parameters;
    let prices = ledger.prices.get(&market).map_or(&[][..], Vec::as_slice);
    let newest = prices.last().expect("fixed: without a price");
    let known_until = newest.0.max(done.before.now - i64::from(parameters.liquidation_oracle_age));
    assert!(known_until >= terms.expires_at, "fixed: while a price from before expiry may still come");

    let gap = i64::from(parameters.settlement_gap_seconds).min(WINDOW);
    let extended_until = terms.expires_at + i64::from(parameters.settlement_extension_seconds);
    let required = share_ceil(parameters.settlement_coverage, WINDOW.into()).min(WINDOW.into());
    let (mut sum, mut seconds) = (0_i128, 0_i128);
    // A price counts until the next one that was accepted after the listing; the last one until now.
    let counted = &prices[terms.prices_before.saturating_sub(1)..];
    let ends = counted.iter().skip(1).map(|(published, _)| *published).chain([known_until]);
    for ((from, price), end) in counted.iter().zip(ends) {
        let end = end.min(from + gap);
        let overlap = |begins: i64, ends: i64| i128::from((end.min(ends) - (*from).max(begins)).max(0));
        let inside = overlap(terms.expires_at - WINDOW, terms.expires_at);
        let beyond = overlap(terms.expires_at, extended_until).min((required - seconds - inside).max(0));
        sum += i128::from(*price) * (inside + beyond);
        seconds += inside + beyond;
    }
    assert!(seconds >= required || known_until >= extended_until, "fixed: {seconds} of {required} seconds are covered");
    let held = done.before.market(market);
    let kept = held.expiries[usize::from(slot)].settlement_price;
    let stable = if kept > 0 { kept } else { held.prices.stable().ticks().max(1) };
    let expected = if seconds == 0 { i128::from(stable) } else { sum / seconds };
    let event: SettlementFixed = done.outcome.event();
    assert_eq!(i128::from(event.price), expected, "fixed: average of the accepted prices");
    let reported = [event.covered_seconds, event.required_seconds].map(i128::from);
    assert_eq!(reported, [seconds, required], "fixed: seconds covered and required");
}

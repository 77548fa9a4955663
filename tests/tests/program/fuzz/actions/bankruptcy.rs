//! Bankrupt accounts: taken over by fractions, and kept on record until nothing is missing.
//!
//! Deficit and bonus, the lending pool's part and the books of the insurance fund are computed anew. How a loss is divided
//! among markets and sources comes from the event, and what a cut takes off each holder from the accounts: it must add up
//! to what the liquidator received, and take from nobody more than was cut in all.

use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use ballast::events::{BankruptcyRecorded, BankruptcyResolved, MarketLoss};
use ballast_client::instructions;
use ballast_state::{MarginAccount, PositionKind, revaluation::Purpose};
use ballast_tests::dice::Dice;
use serde::{Deserialize, Serialize};

use super::{
    liquidation::{WHOLE, favourable_margin, margin, margin_before, pass_share},
    pick_account,
};
use crate::fuzz::{
    action::{Act, Action, Done},
    cast::Cast,
    cuts,
    ledger::{Account, ContractKey, Ledger, share_floor},
    state::State,
};

/// What happens to a bankrupt account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum BankruptcyAction {
    /// A fraction of it (scale 2^-28) is taken over.
    Resolve { victim: u8, liquidator: u8, fraction: u32 },
    /// It is put on record, or taken off it.
    Record { account: u8 },
}

use BankruptcyAction::{Record, Resolve};

/// Draws a step against an account under water, or rarely any.
pub fn propose(dice: &mut Dice, cast: &Cast, state: &State, _: &Ledger) -> Vec<Action> {
    let all = (0..cast.accounts.len() as u8).filter_map(|index| {
        let account = state.account(&cast.address(index))?;
        Some((index, state.margin(account, Purpose::Liquidation).ok()?))
    });
    let all: Vec<_> = all.collect();
    let bankrupt: Vec<u8> = all.iter().filter(|(_, margin)| margin.equity.0 < 0).map(|(index, _)| *index).collect();
    if bankrupt.is_empty() && !dice.once_in(12) {
        return Vec::new();
    }
    let victim =
        if bankrupt.is_empty() || dice.once_in(20) { pick_account(dice, cast, state) } else { *dice.pick(&bankrupt) };
    // On record first, as often as not.
    let record = dice.once_in(2).then_some(Action::Bankruptcy(Record { account: victim }));
    let strongest = all.iter().max_by_key(|(_, margin)| margin.initial_excess).map_or(0, |(index, _)| *index);
    let liquidator = if dice.once_in(3) { pick_account(dice, cast, state) } else { strongest };
    let fraction = match dice.roll(6) {
        0 => *dice.pick(&[0, 1, WHOLE + 1, u32::MAX]),
        1 | 2 => 1 << (16 + dice.roll(12)),
        _ => WHOLE,
    };
    record.into_iter().chain([Action::Bankruptcy(Resolve { victim, liquidator, fraction })]).collect()
}

impl Act for BankruptcyAction {
    fn name(&self) -> &'static str {
        match self {
            Resolve { .. } => "resolve_bankruptcy",
            Record { .. } => "record_bankruptcy",
        }
    }

    fn instructions(&self, cast: &Cast, state: &State) -> Vec<Instruction> {
        vec![match *self {
            Resolve { victim, liquidator, fraction } => {
                let held = state.account(&cast.address(victim)).map(|account| account.markets.map(|held| held.market));
                let touched = held.into_iter().flatten().filter(|&market| market != 0);
                let check = state.check(cast, &[victim, liquidator], touched);
                instructions::resolve_bankruptcy(cast.key(victim), cast.key(liquidator), &cast.quote(), fraction, check)
            }
            Record { account } => {
                let check = state.check(cast, &[account], []);
                instructions::record_bankruptcy(cast.key(account), &cast.quote(), check)
            }
        }]
    }

    fn book(&self, ledger: &mut Ledger, done: &Done) {
        let dust = i128::from(done.before.snapshot.exchange.parameters.dust_limit);
        let is_open = |equity: i64| equity < 0 && -i128::from(equity) >= dust;
        match *self {
            Resolve { victim, liquidator, fraction } => {
                resolve(ledger, done, (victim, liquidator), fraction);
                let event: BankruptcyResolved = done.outcome.event();
                ledger.account(&done.cast.address(victim)).is_bankrupt = is_open(event.equity);
            }
            Record { account } => {
                let address = done.cast.address(account);
                let event: BankruptcyRecorded = done.outcome.event();
                let is_open = is_open(event.equity);
                assert_eq!(event.is_open, is_open, "bankruptcy: the record");
                let undisputed = favourable_margin(done, &address);
                let equity = undisputed.map(|margin| margin.equity.0);
                assert!(equity.is_none_or(|equity| equity == event.equity), "bankruptcy: equity on record");
                let before = std::mem::replace(&mut ledger.account(&address).is_bankrupt, is_open);
                assert_ne!(before, is_open, "bankruptcy: the record did not change");
            }
        }
    }

    fn verify(&self, ledger: &Ledger, done: &Done) {
        let Resolve { victim, liquidator, .. } = *self else { return };
        let owners = [victim, liquidator].map(|account| done.cast.key(account).owner);
        assert!(owners[0] != owners[1], "bankruptcy: of an own account");
        let before = margin_before(ledger, done, &done.cast.address(victim), Purpose::Liquidation);
        let event: BankruptcyResolved = done.outcome.event();
        let reported = [event.equity_before, event.maintenance_excess_before];
        assert_eq!(reported, [before.equity.0, before.maintenance_excess.0], "bankruptcy: equity and excess before");
        assert!(before.equity.0 < 0, "bankruptcy: of an account with equity");
        let undisputed = favourable_margin(done, &done.cast.address(victim));
        let interest = margin(done.before, &done.cast.address(victim), Purpose::Liquidation).equity - before.equity;
        let left = undisputed.map_or(-1, |margin| (margin.equity - interest).0);
        assert!(left < 0, "dispute: resolved with {left} µUSD at the prices that favour the account");
        let rise = event.maintenance_excess - event.maintenance_excess_before;
        assert!(rise > 0, "bankruptcy: maintenance excess changed by {rise} µUSD");
        if event.losses.iter().all(|loss| loss.claims + loss.gains == 0) {
            let after = margin(done.after, &done.cast.address(victim), Purpose::Liquidation);
            let computed = [after.equity.0, after.maintenance_excess.0];
            assert_eq!([event.equity, event.maintenance_excess], computed, "bankruptcy: equity and excess after");
        }
        let address = done.cast.address(liquidator);
        let taker = margin(done.after, &address, Purpose::Liquidation);
        assert!(taker.initial_excess.0 >= 0, "bankruptcy: the liquidator is below initial margin");
        let owes_cash = done.after.account(&address).is_some_and(|account| account.cash < 0);
        assert!(!owes_cash, "bankruptcy: the liquidator owes cash");
    }

    fn accounts(&self) -> Vec<u8> {
        match *self {
            Resolve { victim, liquidator, .. } => vec![victim, liquidator],
            Record { account } => vec![account],
        }
    }
}

fn resolve(ledger: &mut Ledger, done: &Done, (victim, liquidator): (u8, u8), fraction: u32) {
    let (victim, liquidator) = (done.cast.address(victim), done.cast.address(liquidator));
    let parameters = &done.before.snapshot.exchange.parameters;
    let event: BankruptcyResolved = done.outcome.event();
    let before = margin_before(ledger, done, &victim, Purpose::Liquidation);
    ledger.accrue_interest(done);
    for account in [&victim, &liquidator] {
        ledger.charge_interest(account);
    }
    ledger.account(&victim).liquidation.proceeds = 0;
    pass_share(ledger, (&victim, &liquidator), fraction, 0);

    let whole = -i128::from(event.equity_before);
    let part = -(-whole * i128::from(fraction)).div_euclid(i128::from(WHOLE));
    let deficit = part.min(i128::from(event.equity - event.equity_before).max(0));
    let after = margin(done.after, &victim, Purpose::Liquidation);
    let freed = i128::from(before.maintenance_requirement.0 - after.maintenance_requirement.0).max(0);
    let bonus = share_floor(parameters.liquidation_fee, freed).min(deficit);
    let reported = (i128::from(event.deficit), i128::from(event.bonus));
    assert_eq!(reported, (deficit, bonus), "bankruptcy: deficit and bonus");

    let mut uncovered = deficit + bonus;
    let divided: i128 = event.losses.iter().map(|loss| i128::from(loss.loss)).sum();
    assert!(divided == uncovered || event.losses.is_empty(), "bankruptcy: {divided} µUSD of {uncovered} are divided");
    for loss in &event.losses {
        let [insurance, claims, gains] = [loss.insurance, loss.claims, loss.gains].map(i128::from);
        let made_good = insurance + claims + gains;
        assert!(insurance.min(claims).min(gains) >= 0, "bankruptcy: a source took in a part of {loss:?}");
        assert!(made_good <= i128::from(loss.loss), "bankruptcy: more than the loss was made good, {loss:?}");
        let drawn = i128::from(done.before.market(loss.market).insurance_drawn);
        let most = share_floor(parameters.insurance_draw_share, ledger.insurance + drawn);
        assert!(insurance <= most, "bankruptcy: {insurance} µUSD were drawn, {most} may be");
        draw(ledger, insurance);
        ledger.account(&liquidator).cash += insurance;
        uncovered -= made_good;
    }
    let lent = absorb(ledger, &liquidator, uncovered);
    assert_eq!(i128::from(event.lending_pool), lent, "bankruptcy: the lending pool's part");
    assert_eq!(uncovered, lent, "bankruptcy: a loss stays uncovered");
    for loss in event.losses.iter().filter(|loss| loss.claims + loss.gains > 0) {
        if loss.gains > 0 {
            cuts::assert_proportional(done, loss.market, loss.gains.into(), &victim, &liquidator);
        }
        take_cuts(ledger, done, loss, &liquidator);
    }
}

/// Takes a loss out of the insurance fund; shares that have lost nearly everything are void.
pub(super) fn draw(ledger: &mut Ledger, amount: i128) {
    ledger.insurance -= amount;
    if ledger.fund_shares > 0 && ledger.insurance <= ledger.fund_shares >> 16 {
        ledger.fund_shares = 0;
        ledger.fund_epoch += 1;
    }
}

/// What falls on the lending pool: it forgives the liquidator's debt, then pays tokens that are not lent out.
fn absorb(ledger: &mut Ledger, liquidator: &Pubkey, wanted: i128) -> i128 {
    let wanted = wanted.clamp(0, ledger.lending.assets);
    let forgiven = wanted.min(ledger.accounts[liquidator].debt);
    ledger.account(liquidator).debt -= forgiven;
    ledger.lending.borrowed -= forgiven;
    ledger.lending.assets -= forgiven;
    let paid = (wanted - forgiven).min(ledger.lending.liquidity());
    ledger.account(liquidator).cash += paid;
    ledger.lending.assets -= paid;
    forgiven + paid
}

/// Enters what was cut off claims and off gains on the perpetual of a market.
fn take_cuts(ledger: &mut Ledger, done: &Done, loss: &MarketLoss, liquidator: &Pubkey) {
    for (kind, amount) in [(PositionKind::Claim, loss.claims), (PositionKind::Perpetual, loss.gains)] {
        let amount = i128::from(amount);
        if amount == 0 {
            continue;
        }
        if kind == PositionKind::Perpetual {
            let perpetual = ContractKey { market: loss.market, kind, number: 0 };
            ledger.bring_funding(liquidator, perpetual);
        }
        // A part rounds up by its units and by the index, which has 48 bits of what was remembered, however often the
        // index was halved since.
        let rounding = 2 + i128::from(largest_remembered(done.before, loss.market) >> 46);
        let (mut received, mut holders) = (0, 0);
        // What the liquidator took over may be made good whole, and nothing stays of it.
        let is_gone = |contract: &ContractKey| {
            let held = done.after.account(liquidator).map(|account| Account::on_chain(account, done.after));
            contract.market == loss.market
                && contract.kind == kind
                && held.is_some_and(|held| !held.holdings.contains_key(contract))
        };
        let gone = ledger.account(liquidator).holdings.iter_mut().filter(|(contract, _)| is_gone(contract));
        for (_, holding) in gone {
            let change = -std::mem::take(&mut holding.ledger);
            assert!((0..=amount).contains(&change), "bankruptcy: a cut of {amount} closed a holding of {change}");
            (received, holders) = (received + change, holders + 1);
        }
        for (address, account) in done.after.accounts() {
            let on_chain = Account::on_chain(account, done.after);
            let is_cut = |contract: &ContractKey| contract.market == loss.market && contract.kind == kind;
            for (contract, holding) in on_chain.holdings.iter().filter(|(contract, _)| is_cut(contract)) {
                let known = ledger.account(address).holdings.entry(*contract).or_default();
                let change = holding.ledger - known.ledger;
                // The liquidator bears a part of what he receives, which may be all of it.
                let is_in_range = if address == liquidator { -rounding..=amount } else { -amount - rounding..=0 };
                assert!(
                    is_in_range.contains(&change),
                    "bankruptcy: a cut of {amount} changed {contract:?} by {change}"
                );
                known.ledger = holding.ledger;
                (received, holders) = (received + change, holders + 1);
            }
        }
        // Every part rounds up, over all cuts since its gain was seen: of one cut among several it may be less. That they
        // add up over all of them is what the books of the market's pool are held against.
        assert!(
            (-rounding * holders..=holders).contains(&received),
            "bankruptcy: a cut of {amount} created {received} µUSD"
        );
        let left = |contract: &ContractKey| contract.market == loss.market && contract.kind == kind;
        let known: Vec<ContractKey> = ledger.accounts[liquidator].holdings.keys().copied().filter(left).collect();
        for contract in known {
            ledger.account(liquidator).adjust(contract, 0, 0);
        }
    }
}

/// The largest gain or claim in a market that an account remembers, cuts not taken off, µUSD.
fn largest_remembered(state: &State, market: u16) -> u64 {
    let of_account = |account: &MarginAccount| {
        let slot = account.market_slot(market)?;
        let of_market = account.positions().iter().filter(|position| usize::from(position.market_slot) == slot);
        let claims =
            of_market.filter(|position| position.kind() == PositionKind::Claim).map(|position| position.ledger);
        claims.chain([account.markets[slot].perpetual_gain]).max()
    };
    state.accounts().filter_map(|(_, account)| of_account(account)).max().unwrap_or(0).max(0).unsigned_abs()
}

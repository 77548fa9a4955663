//! `propose_change`, `apply_change`, `cancel_change`, `close_change`

use anchor_lang::error::ErrorCode;
use ballast::{
    BallastError,
    events::{ChangeCancelled, ChangeProposed, ParameterChanged},
};
use ballast_client::instructions;
use ballast_harness::{Exchange, defaults, governing::change_of};
use ballast_risk::parameters::{
    Direction, Parameter, Scope, Tightening, bank, exchange as common, governance, group, market, table,
};
use ballast_state::{
    Bank, Market,
    governance::{Governed, LAPSE_SECONDS, Role},
    seeds,
};
use ballast_tests::{assert_refused, standard, substitute, tamper};
use solana_signer::Signer;

use super::{DAY, HOUR};

/// Where a parameter of a scope stands in the seeded exchange.
fn target_of(exchange: &Exchange, scope: Scope) -> anchor_lang::prelude::Pubkey {
    match scope {
        Scope::Exchange | Scope::Group | Scope::Governance => exchange.address,
        Scope::Market => exchange.market_address("BTC"),
        Scope::Bank => exchange.bank_address("BTC"),
    }
}

fn value_of(exchange: &Exchange, parameter: &Parameter) -> i64 {
    let id = parameter.id();
    let held = match parameter.scope {
        Scope::Exchange | Scope::Group | Scope::Governance => exchange.state().parameter(id, 0),
        Scope::Market => Governed::parameter(&exchange.market(1), id, 0),
        Scope::Bank => Governed::parameter(&exchange.bank("BTC"), id, 0),
    };
    held.unwrap_or_else(|| panic!("there is no {}", parameter.name)).1
}

/// A step down and up from the value that is there, as far as the bounds allow.
fn steps(parameter: &Parameter, value: i64) -> [i64; 2] {
    let step = parameter.largest_step(value);
    [value.saturating_sub(step).max(parameter.lowest), value.saturating_add(step).min(parameter.highest)]
}

#[test]
fn a_loosening_waits_two_days_and_a_tightening_an_hour() {
    let mut exchange = standard();
    let target = exchange.market_address("BTC");
    let parameter = &market::LINEAR_MAINTENANCE;
    let before = value_of(&exchange, parameter);
    for (value, direction, delay) in
        [(before - before / 8, Direction::Loosening, 2 * DAY), (before - before / 8 + 1, Direction::Tightening, HOUR)]
    {
        let before = value_of(&exchange, parameter);
        let event: ChangeProposed = exchange.propose(target, parameter, value).expect("the risk role may").event();
        assert_eq!((event.target, event.parameter, event.slot), (target, parameter.id(), 0));
        assert_eq!((event.value_before, event.value, event.direction), (before, value, direction as u8));
        assert_eq!(event.earliest, exchange.chain.now() + delay as i64);
        // Everybody can read it where its address says.
        let pending = exchange.pending(target, parameter.id(), 0);
        assert_eq!(event.change, seeds::change(&target, parameter.id(), 0).0);
        assert_eq!((pending.value_before, pending.value, pending.earliest), (before, value, event.earliest));
        assert_eq!((pending.exchange, pending.target, pending.applied_at), (exchange.address, target, 0));
        assert_eq!(value_of(&exchange, parameter), before);
        exchange.chain.advance(delay - 1);
        assert_refused(&mut exchange, BallastError::TimeLock, |exchange| exchange.apply(target, parameter.id(), 0));
        exchange.chain.advance(1);
        let event: ParameterChanged = exchange.apply(target, parameter.id(), 0).expect("the lock is over").event();
        assert_eq!((event.value_before, event.value), (before, value));
        assert_eq!(value_of(&exchange, parameter), value);
        // It happens once, and the next one has to wait.
        assert_refused(&mut exchange, BallastError::TimeLock, |exchange| exchange.apply(target, parameter.id(), 0));
        assert_refused(&mut exchange, 0_u32, |exchange| exchange.propose(target, parameter, value + 1));
        assert_refused(&mut exchange, BallastError::TimeLock, |exchange| {
            exchange.close_change(target, parameter.id(), 0)
        });
        let risk = exchange.risk.clone();
        assert_refused(&mut exchange, BallastError::ChangeApplied, |exchange| {
            exchange.cancel_by(&risk, target, parameter.id(), 0)
        });
        exchange.chain.advance(DAY);
        exchange.close_change(target, parameter.id(), 0).expect("a day has passed");
    }
}

#[test]
fn every_parameter_that_is_not_fixed_changes_by_the_same_path() {
    let mut exchange = Exchange::standard_with(defaults::with_disputes());
    let mut proposed = Vec::new();
    for parameter in table() {
        let target = target_of(&exchange, parameter.scope);
        let by = exchange.role(if parameter.scope == Scope::Governance { Role::Governance } else { Role::Risk });
        if parameter.tightens == Tightening::Fixed {
            let args = change_of(parameter, parameter.lowest);
            assert_refused(&mut exchange, BallastError::UnknownParameter, |exchange| {
                exchange.propose_by(&by, target, args)
            });
            continue;
        }
        let value = value_of(&exchange, parameter);
        // The way that the other parameters leave free is found by trying.
        for stepped in steps(parameter, value) {
            if stepped == value {
                continue;
            }
            let mut ahead = exchange.clone();
            ahead.propose_by(&by, target, change_of(parameter, stepped)).expect("a step is allowed");
            ahead.chain.advance(2 * DAY);
            if ahead.apply(target, parameter.id(), 0).is_ok() {
                assert_eq!(value_of(&ahead, parameter), stepped, "{}", parameter.name);
                exchange.propose_by(&by, target, change_of(parameter, stepped)).expect("a step is allowed");
                proposed.push((parameter, target, stepped));
                break;
            }
        }
        assert_eq!(proposed.last().map(|last| last.0), Some(parameter), "{} cannot change", parameter.name);
    }
    exchange.chain.advance(2 * DAY);
    // Together, too, but for those whose orderings meet.
    let mut carried_out = 0;
    for (parameter, target, value) in &proposed {
        if exchange.apply(*target, parameter.id(), 0).is_ok() {
            assert_eq!(value_of(&exchange, parameter), *value, "{}", parameter.name);
            carried_out += 1;
        }
    }
    assert!(carried_out > proposed.len() - 8, "{carried_out} of {}", proposed.len());
    exchange.publish_again();
    exchange.refresh_all();
}

#[test]
fn a_change_goes_no_further_than_a_step_and_never_beyond_its_bounds() {
    let mut exchange = standard();
    let target = exchange.bank_address("BTC");
    let parameter = &bank::HAIRCUT_BASE;
    let value = value_of(&exchange, parameter);
    let [down, up] = steps(parameter, value);
    for beyond in [down - 1, up + 1] {
        assert_refused(&mut exchange, BallastError::ParameterStep, |exchange| {
            exchange.propose(target, parameter, beyond)
        });
    }
    for outside in [parameter.lowest - 1, parameter.highest + 1, i64::MIN, i64::MAX] {
        assert_refused(&mut exchange, BallastError::ParameterOutOfBounds, |exchange| {
            exchange.propose(target, parameter, outside)
        });
    }
    assert_refused(&mut exchange, BallastError::ChangesNothing, |exchange| exchange.propose(target, parameter, value));
    // Where the value is zero, the least step leads away from it.
    let from_zero = &market::SKEW_VOLATILITY_PER_ROOT;
    let market = exchange.market_address("BTC");
    assert_eq!(value_of(&exchange, from_zero), 0);
    assert_refused(&mut exchange, BallastError::ParameterStep, |exchange| {
        exchange.propose(market, from_zero, from_zero.least_step() + 1)
    });
    exchange.propose(market, from_zero, from_zero.least_step()).expect("the least step is allowed");
}

#[test]
fn step_and_direction_are_judged_again_by_the_value_that_is_there_then() {
    let mut exchange = standard();
    let target = exchange.market_address("BTC");
    let address = target;
    let parameter = &market::LINEAR_MAINTENANCE;
    let value = value_of(&exchange, parameter);
    exchange.propose(target, parameter, value + 10).expect("a tightening");
    exchange.chain.advance(HOUR);
    // Behind the program's back, the value moves past the one proposed: what tightened now loosens.
    tamper(&mut exchange, address, |market: &mut Market| market.parameters.linear_maintenance += 20);
    assert_refused(&mut exchange, BallastError::TimeLock, |exchange| exchange.apply(target, parameter.id(), 0));
    tamper(&mut exchange, address, |market: &mut Market| market.parameters.linear_maintenance /= 2);
    assert_refused(&mut exchange, BallastError::ParameterStep, |exchange| exchange.apply(target, parameter.id(), 0));
    tamper(&mut exchange, address, |market: &mut Market| market.parameters.linear_maintenance = value as u32 + 10);
    assert_refused(&mut exchange, BallastError::ChangesNothing, |exchange| exchange.apply(target, parameter.id(), 0));
    tamper(&mut exchange, address, |market: &mut Market| market.parameters.linear_maintenance = value as u32 + 9);
    exchange.apply(target, parameter.id(), 0).expect("it tightens again");
}

#[test]
fn orderings_between_parameters_hold_when_a_change_is_carried_out() {
    let mut exchange = standard();
    let target = exchange.bank_address("BTC");
    let (lower, higher) = (&bank::HAIRCUT_BASE, &bank::HAIRCUT_HIGHEST);
    tamper(&mut exchange, target, |bank: &mut Bank| bank.parameters.haircut_highest = bank.parameters.haircut_base + 1);
    let value = value_of(&exchange, lower);
    exchange.propose(target, lower, value + 2).expect("a step");
    exchange.propose(target, higher, value + 2).expect("a step");
    exchange.chain.advance(HOUR);
    assert_refused(&mut exchange, BallastError::ParameterOutOfBounds, |exchange| exchange.apply(target, lower.id(), 0));
    exchange.apply(target, higher.id(), 0).expect("first the highest");
    exchange.apply(target, lower.id(), 0).expect("then the base");
    // A threshold beyond the publishers there are would silence them.
    let threshold = &market::PUBLISHER_THRESHOLD;
    let market = exchange.market_address("BTC");
    tamper(&mut exchange, market, |market: &mut Market| market.publisher_count = 2);
    exchange.propose(market, threshold, 3).expect("a step");
    exchange.chain.advance(HOUR);
    assert_refused(&mut exchange, BallastError::ParameterOutOfBounds, |exchange| {
        exchange.apply(market, threshold.id(), 0)
    });
}

#[test]
fn a_change_lapses_after_a_week() {
    let mut exchange = standard();
    let parameter = &common::VESTING_SECONDS;
    let (target, value) = (exchange.address, value_of(&exchange, parameter));
    exchange.propose(target, parameter, value - 1).expect("a loosening");
    exchange.chain.advance(2 * DAY + LAPSE_SECONDS as u64 - 1);
    exchange.clone().apply(target, parameter.id(), 0).expect("the last second");
    assert_refused(&mut exchange, BallastError::TimeLock, |exchange| exchange.close_change(target, parameter.id(), 0));
    exchange.chain.advance(1);
    assert_refused(&mut exchange, BallastError::TimeLock, |exchange| exchange.apply(target, parameter.id(), 0));
    let rent = |exchange: &Exchange| exchange.chain.account(&exchange.risk.pubkey()).map_or(0, |it| it.lamports);
    let before = rent(&exchange);
    exchange.close_change(target, parameter.id(), 0).expect("it lapsed");
    assert_eq!(rent(&exchange), before + exchange.chain.rent(8 + size_of::<ballast_state::PendingChange>()));
    exchange.propose(target, parameter, value - 1).expect("it may be proposed again");
}

#[test]
fn guardian_governance_and_the_proposing_role_cancel() {
    let mut exchange = standard();
    let parameter = &common::MARK_AGE_SLOTS;
    let target = exchange.address;
    let value = value_of(&exchange, parameter);
    for role in [Role::Guardian, Role::Governance, Role::Risk] {
        exchange.propose(target, parameter, value + 1).expect("the risk role may");
        for nobody in [exchange.listing.clone(), exchange.publishers[0].clone()] {
            assert_refused(&mut exchange, BallastError::NotRoleHolder, |exchange| {
                exchange.cancel_by(&nobody, target, parameter.id(), 0)
            });
        }
        exchange.chain.advance(2 * DAY);
        let by = exchange.role(role);
        let event: ChangeCancelled =
            exchange.cancel_by(&by, target, parameter.id(), 0).expect("they may, to the end").event();
        assert_eq!((event.target, event.parameter, event.value), (target, parameter.id(), value + 1));
        assert_eq!(event.canceller, by.pubkey());
    }
    assert_eq!(value_of(&exchange, parameter), value);
    // Governance's own are not the risk role's to cancel.
    let own = &governance::PAUSE_SECONDS;
    let (governance, risk) = (exchange.governance.clone(), exchange.risk.clone());
    exchange.propose_by(&governance, target, change_of(own, value_of(&exchange, own) - 1)).expect("governance may");
    assert_refused(&mut exchange, BallastError::NotRoleHolder, |exchange| {
        exchange.cancel_by(&risk, target, own.id(), 0)
    });
}

#[test]
fn the_locks_themselves_wait_as_long_as_they_are() {
    let mut exchange = standard();
    let (target, governance) = (exchange.address, exchange.governance.clone());
    let lock = &governance::LOOSENING_DELAY_SECONDS;
    let delay = value_of(&exchange, lock);
    assert_eq!(delay, 2 * DAY as i64);
    exchange.propose_by(&governance, target, change_of(lock, delay - delay / 8)).expect("a step down");
    exchange.chain.advance(DAY);
    assert_refused(&mut exchange, BallastError::TimeLock, |exchange| exchange.apply(target, lock.id(), 0));
    exchange.chain.advance(DAY);
    exchange.apply(target, lock.id(), 0).expect("two days have passed");
    assert_eq!(value_of(&exchange, lock), delay - delay / 8);
    assert!(lock.check(DAY as i64 - 1).is_err(), "never below a day");
    assert_eq!(defaults::governance().validate(), Ok(()));
}

#[test]
fn a_group_changes_in_its_own_slot() {
    let mut exchange = standard();
    let (target, risk) = (exchange.address, exchange.risk.clone());
    let allowance = &group::GAIN_ALLOWANCE;
    let value = value_of(&exchange, allowance);
    let args = ballast::ChangeArgs { slot: 1, ..change_of(allowance, value - 1) };
    assert_refused(&mut exchange, BallastError::UnknownParameter, |exchange| exchange.propose_by(&risk, target, args));
    exchange.create_group(1, defaults::group()).expect("the slot is free");
    exchange.propose_by(&risk, target, args).expect("the group is there");
    exchange.chain.advance(HOUR);
    exchange.apply(target, allowance.id(), 1).expect("the lock is over");
    assert_eq!(exchange.state().groups[1].parameters.gain_allowance, value as u32 - 1);
    assert_eq!(exchange.state().groups[0].parameters.gain_allowance, value as u32);
    // Nothing else has slots.
    let args = ballast::ChangeArgs { slot: 1, ..change_of(&common::VESTING_SECONDS, 90_000) };
    assert_refused(&mut exchange, BallastError::UnknownParameter, |exchange| exchange.propose_by(&risk, target, args));
}

#[test]
fn attacker_proposes_with_another_role_or_about_another_account() {
    let mut exchange = standard();
    let (market, bank) = (exchange.market_address("BTC"), exchange.bank_address("BTC"));
    let attacker = exchange.chain.wallet();
    let by_risk = change_of(&market::LINEAR_MAINTENANCE, i64::from(defaults::percent(3)) + 1);
    for wallet in [&attacker, &exchange.governance.clone(), &exchange.listing.clone(), &exchange.guardian.clone()] {
        assert_refused(&mut exchange, BallastError::NotRoleHolder, |exchange| {
            exchange.propose_by(wallet, market, by_risk)
        });
    }
    let by_governance = change_of(&governance::OUTFLOW_FLOOR, 250_000_000_001);
    let risk = exchange.risk.clone();
    assert_refused(&mut exchange, BallastError::NotRoleHolder, |exchange| {
        exchange.propose_by(&risk, exchange.address, by_governance)
    });
    // A parameter of a market is none of a bank, and accounts of other types have none.
    assert_refused(&mut exchange, BallastError::UnknownParameter, |exchange| exchange.propose_by(&risk, bank, by_risk));
    let trader = exchange.trader(ballast_risk::Mode::Cross, &[]);
    let vault = exchange.quote_token().bank(&exchange.address).1;
    for foreign in [trader.address(), vault, attacker.pubkey()] {
        assert_refused(&mut exchange, BallastError::ForeignAccount, |exchange| {
            exchange.propose_by(&risk, foreign, by_risk)
        });
    }
    let other = exchange.open_another(1).expect("another exchange");
    let theirs = exchange.list_market_in(other, "BTC").expect("its market");
    for target in [other, theirs] {
        assert_refused(&mut exchange, BallastError::WrongExchange, |exchange| {
            exchange.propose_by(&risk, target, by_risk)
        });
    }
    // A change is carried out on the account that it names, in its exchange.
    exchange.propose_by(&risk, market, by_risk).expect("the risk role may");
    exchange.chain.advance(HOUR);
    let apply = instructions::apply_change(exchange.address, market, by_risk.parameter, 0);
    let elsewhere = substitute(apply.clone(), market, exchange.market_address("ETH"));
    assert_refused(&mut exchange, ErrorCode::ConstraintHasOne, |exchange| exchange.chain.send(&[elsewhere], &[]));
    let elsewhere = substitute(apply, exchange.address, other);
    assert_refused(&mut exchange, BallastError::WrongExchange, |exchange| exchange.chain.send(&[elsewhere], &[]));
    let change = seeds::change(&market, by_risk.parameter, 0).0;
    let close = instructions::cancel_change(exchange.address, change, attacker.pubkey(), risk.pubkey());
    assert_refused(&mut exchange, ErrorCode::ConstraintHasOne, |exchange| exchange.chain.send(&[close], &[&risk]));
}

//! `propose_role`, `accept_role`, `cancel_role`

use anchor_lang::error::ErrorCode;
use ballast::{
    BallastError,
    events::{RoleProposalCancelled, RoleProposed, RoleTaken},
};
use ballast_client::instructions;
use ballast_harness::defaults;
use ballast_state::governance::{LAPSE_SECONDS, Role};
use ballast_tests::{assert_refused, standard, substitute, unsigned};
use solana_signer::Signer;

use super::DAY;

#[test]
fn a_role_is_handed_over_in_two_steps_with_time_between() {
    let rules = defaults::governance();
    for role in Role::ALL {
        let mut exchange = standard();
        let (holder, successor) = (exchange.role(role).pubkey(), exchange.chain.wallet());
        let proposed: RoleProposed = exchange.propose_role(role, successor.pubkey()).expect("governance may").event();
        let delay = match role {
            Role::Governance | Role::Guardian => rules.hand_over_delay_seconds,
            Role::Risk | Role::Listing => rules.loosening_delay_seconds,
        };
        let earliest = exchange.chain.now() + i64::from(delay);
        assert_eq!((proposed.role, proposed.holder, proposed.proposed), (role as u8, holder, successor.pubkey()));
        assert_eq!(proposed.earliest, earliest);
        assert_eq!(exchange.state().holder(role), holder, "nothing has changed yet");
        exchange.chain.advance(u64::from(delay) - 1);
        assert_refused(&mut exchange, BallastError::TimeLock, |exchange| exchange.accept_role(role, &successor));
        exchange.chain.advance(1);
        let stranger = exchange.chain.wallet();
        assert_refused(&mut exchange, BallastError::RoleNotProposed, |exchange| exchange.accept_role(role, &stranger));
        let taken: RoleTaken = exchange.accept_role(role, &successor).expect("the time lock is over").event();
        assert_eq!((taken.role, taken.holder_before, taken.holder), (role as u8, holder, successor.pubkey()));
        assert_eq!(exchange.state().holder(role), successor.pubkey());
        assert_refused(&mut exchange, BallastError::RoleNotProposed, |exchange| exchange.accept_role(role, &successor));
        for other in Role::ALL.into_iter().filter(|&other| other != role) {
            assert_eq!(exchange.state().holder(other), exchange.role(other).pubkey());
        }
    }
}

#[test]
fn a_proposal_lapses_and_a_new_one_starts_over() {
    let mut exchange = standard();
    let (first, second) = (exchange.chain.wallet(), exchange.chain.wallet());
    exchange.propose_role(Role::Risk, first.pubkey()).expect("governance may");
    exchange.chain.advance(DAY);
    exchange.propose_role(Role::Risk, second.pubkey()).expect("governance may think better of it");
    exchange.chain.advance(DAY);
    assert_refused(&mut exchange, BallastError::RoleNotProposed, |exchange| exchange.accept_role(Role::Risk, &first));
    assert_refused(&mut exchange, BallastError::TimeLock, |exchange| exchange.accept_role(Role::Risk, &second));
    exchange.chain.advance(DAY + LAPSE_SECONDS as u64);
    assert_refused(&mut exchange, BallastError::TimeLock, |exchange| exchange.accept_role(Role::Risk, &second));
}

#[test]
fn governance_and_the_guardian_cancel_but_the_guardian_does_not_keep_itself() {
    let mut exchange = standard();
    let successor = exchange.chain.wallet();
    for role in Role::ALL {
        exchange.propose_role(role, successor.pubkey()).expect("governance may");
    }
    let [governance, risk, listing, guardian] = Role::ALL.map(|role| exchange.role(role));
    for (role, nobody) in [(Role::Risk, &risk), (Role::Risk, &listing), (Role::Governance, &successor)] {
        assert_refused(&mut exchange, BallastError::NotRoleHolder, |exchange| exchange.cancel_role(role, nobody));
    }
    assert_refused(&mut exchange, BallastError::NotRoleHolder, |exchange| {
        exchange.cancel_role(Role::Guardian, &guardian)
    });
    for (role, canceller) in [
        (Role::Governance, &guardian),
        (Role::Risk, &guardian),
        (Role::Listing, &governance),
        (Role::Guardian, &governance),
    ] {
        let event: RoleProposalCancelled = exchange.cancel_role(role, canceller).expect("they may").event();
        assert_eq!((event.role, event.proposed, event.canceller), (role as u8, successor.pubkey(), canceller.pubkey()));
        assert_refused(&mut exchange, BallastError::RoleNotProposed, |exchange| exchange.cancel_role(role, canceller));
    }
    exchange.chain.advance(8 * DAY);
    for role in Role::ALL {
        assert_refused(&mut exchange, BallastError::RoleNotProposed, |exchange| exchange.accept_role(role, &successor));
    }
}

#[test]
fn a_number_beyond_the_roles_is_refused() {
    let mut exchange = standard();
    let governance = exchange.governance.clone();
    let mut propose =
        instructions::propose_role(exchange.address, governance.pubkey(), Role::Risk, governance.pubkey());
    let mut accept = instructions::accept_role(exchange.address, governance.pubkey(), Role::Risk);
    let mut cancel = instructions::cancel_role(exchange.address, governance.pubkey(), Role::Risk);
    for instruction in [&mut propose, &mut accept, &mut cancel] {
        // The role's number follows the discriminator.
        instruction.data[8] = 4;
        assert_refused(&mut exchange, BallastError::UnknownRole, |exchange| {
            exchange.chain.send(std::slice::from_ref(instruction), &[&governance])
        });
    }
}

#[test]
fn attacker_proposes_or_takes_a_role_without_being_asked() {
    let mut exchange = standard();
    let attacker = exchange.chain.wallet();
    let governance = exchange.governance.pubkey();
    let propose = instructions::propose_role(exchange.address, governance, Role::Governance, attacker.pubkey());
    let theirs = substitute(propose.clone(), governance, attacker.pubkey());
    assert_refused(&mut exchange, BallastError::NotGovernance, |exchange| exchange.chain.send(&[theirs], &[&attacker]));
    let theirs = unsigned(propose, governance);
    assert_refused(&mut exchange, ErrorCode::AccountNotSigner, |exchange| exchange.chain.send(&[theirs], &[]));
    // The zero key is proposed to nobody: nobody holds a role that was never proposed.
    for role in Role::ALL {
        assert_refused(&mut exchange, BallastError::RoleNotProposed, |exchange| exchange.accept_role(role, &attacker));
        let accept =
            unsigned(instructions::accept_role(exchange.address, Default::default(), role), Default::default());
        assert_refused(&mut exchange, ErrorCode::AccountNotSigner, |exchange| exchange.chain.send(&[accept], &[]));
    }
    // Nor does one role make another.
    for role in [Role::Risk, Role::Listing, Role::Guardian] {
        let wallet = exchange.role(role);
        let instruction = instructions::propose_role(exchange.address, wallet.pubkey(), role, attacker.pubkey());
        assert_refused(&mut exchange, BallastError::NotGovernance, |exchange| {
            exchange.chain.send(&[instruction], &[&wallet])
        });
    }
}

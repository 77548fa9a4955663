//! Who may change what, and how long everybody sees it coming.

mod change;
mod opening;
mod pause;

use anchor_lang::prelude::*;
use borsh::{BorshDeserialize, BorshSerialize};

pub use change::{Change, ChangeRefusal, Governed, PUBLISHER, PendingChange};
pub use opening::{DEPOSIT_CAP_GROWTH, OPENING_VALUE_LIMIT};
pub use pause::PauseSpent;

use crate::{Exchange, bank::OutflowRules};

/// How many roles there are.
pub const ROLES: usize = 4;

/// How long after its time lock a proposal can still be carried out, seconds: nothing lies in wait for ever.
pub const LAPSE_SECONDS: i64 = 7 * 86_400;

/// What a key may be trusted with; no two need be the same key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Role {
    /// Hands the roles over, changes how things change, names publishers and delists.
    Governance = 0,
    /// Proposes changes of parameters.
    Risk = 1,
    /// Lists banks, groups, markets, expiries and series.
    Listing = 2,
    /// Pauses, lowers limits and cancels what others proposed.
    Guardian = 3,
}

impl Role {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; ROLES] = [Self::Governance, Self::Risk, Self::Listing, Self::Guardian];

    /// The role with this number.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }
}

/// A holder of a role that was proposed and did not accept yet.
#[zero_copy]
#[derive(Debug, PartialEq, Eq)]
pub struct PendingRole {
    /// Who was proposed; the zero key if nobody was.
    pub key: Pubkey,
    /// From when on it may accept, for [`LAPSE_SECONDS`]; Unix seconds.
    pub earliest: i64,
}

/// How parameters, roles and pauses change. `ballast_risk::parameters::governance` has a constant of the same name for
/// each, with its default and bounds.
#[zero_copy]
#[derive(Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct GovernanceParameters {
    /// Value that may leave any bank within the outflow window, whatever its share, µUSD.
    pub outflow_floor: i64,
    /// Time lock of changes that loosen, and of hand-overs of the risk and listing roles, seconds.
    pub loosening_delay_seconds: u32,
    /// Time lock of changes that tighten, seconds.
    pub tightening_delay_seconds: u32,
    /// Time lock of hand-overs of governance and the guardian's role, seconds.
    pub hand_over_delay_seconds: u32,
    /// Time after a change before the same parameter may be proposed again, seconds.
    pub change_interval_seconds: u32,
    /// Length of a pause, seconds.
    pub pause_seconds: u32,
    /// Time between two pauses, seconds.
    pub pause_gap_seconds: u32,
    /// Time over which withdrawals are counted, seconds.
    pub outflow_window_seconds: u32,
    /// Time between the two prices that open a listing, seconds; zero if it is open at once.
    pub oracle_life_seconds: u32,
}

/// Why a hand-over cannot be completed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandOverRefusal {
    /// The role was proposed to nobody, or to another key.
    NotProposed,
    /// It is too soon, or too late.
    Locked {
        /// From when on the holder may accept, Unix seconds.
        earliest: i64,
    },
}

/// Whether a proposal may be carried out: its time lock is over, and it has not lapsed.
pub fn is_due(earliest: i64, now: i64) -> bool {
    now >= earliest && now < earliest.saturating_add(LAPSE_SECONDS)
}

impl GovernanceParameters {
    /// How withdrawals are counted.
    pub fn outflow_rules(&self) -> OutflowRules {
        OutflowRules { window_seconds: self.outflow_window_seconds, floor: self.outflow_floor }
    }
}

impl Exchange {
    /// Who holds a role.
    pub fn holder(&self, role: Role) -> Pubkey {
        match role {
            Role::Governance => self.governance,
            Role::Risk => self.risk,
            Role::Listing => self.listing,
            Role::Guardian => self.guardian,
        }
    }

    /// Proposes a new holder of a role, instead of any proposed before. Returns from when on it may accept: governance
    /// and the guardian, who watch each other, change hands slowest.
    pub fn propose_holder(&mut self, role: Role, key: Pubkey, now: i64) -> i64 {
        let delay = match role {
            Role::Governance | Role::Guardian => self.governing.hand_over_delay_seconds,
            Role::Risk | Role::Listing => self.governing.loosening_delay_seconds,
        };
        let earliest = now.saturating_add(i64::from(delay));
        self.pending_roles[role as usize] = PendingRole { key, earliest };
        earliest
    }

    /// Makes the proposed holder the holder. Returns who held the role before.
    ///
    /// # Errors
    /// [`HandOverRefusal`].
    pub fn accept_role(&mut self, role: Role, key: Pubkey, now: i64) -> core::result::Result<Pubkey, HandOverRefusal> {
        let PendingRole { key: proposed, earliest } = self.pending_roles[role as usize];
        if proposed != key || key == Pubkey::default() {
            return Err(HandOverRefusal::NotProposed);
        }
        if !is_due(earliest, now) {
            return Err(HandOverRefusal::Locked { earliest });
        }
        self.pending_roles[role as usize] = PendingRole { key: Pubkey::default(), earliest: 0 };
        let held = match role {
            Role::Governance => &mut self.governance,
            Role::Risk => &mut self.risk,
            Role::Listing => &mut self.listing,
            Role::Guardian => &mut self.guardian,
        };
        Ok(core::mem::replace(held, key))
    }

    /// Withdraws a proposed hand-over. Returns who was proposed.
    ///
    /// # Errors
    /// [`HandOverRefusal::NotProposed`] if nobody was.
    pub fn cancel_role(&mut self, role: Role) -> core::result::Result<Pubkey, HandOverRefusal> {
        let pending = &mut self.pending_roles[role as usize];
        let PendingRole { key, .. } = *pending;
        if key == Pubkey::default() {
            return Err(HandOverRefusal::NotProposed);
        }
        *pending = PendingRole { key: Pubkey::default(), earliest: 0 };
        Ok(key)
    }

    /// Whether a key may withdraw a proposed hand-over: governance, and the guardian unless it is the one to be
    /// replaced, so that a stolen guardian's key cannot hold on to its role.
    pub fn may_cancel_role(&self, role: Role, key: &Pubkey) -> bool {
        *key == self.governance || (*key == self.guardian && role != Role::Guardian)
    }
}

const _: () = assert!(size_of::<PendingRole>() == 40);
const _: () = assert!(size_of::<GovernanceParameters>() == 40);

//! Roles, changes of parameters, pauses, openings.

use anchor_lang::prelude::*;

/// A new holder of a role was proposed.
#[event]
pub struct RoleProposed {
    /// The exchange.
    pub exchange: Pubkey,
    /// Number of the role: 0 governance, 1 risk, 2 listing, 3 guardian.
    pub role: u8,
    /// Who holds it.
    pub holder: Pubkey,
    /// Who was proposed.
    pub proposed: Pubkey,
    /// From when on that key may accept, Unix seconds.
    pub earliest: i64,
}

/// A role was taken over.
#[event]
pub struct RoleTaken {
    /// The exchange.
    pub exchange: Pubkey,
    /// Number of the role.
    pub role: u8,
    /// Who held it before.
    pub holder_before: Pubkey,
    /// Who holds it now.
    pub holder: Pubkey,
}

/// A proposed hand-over was withdrawn.
#[event]
pub struct RoleProposalCancelled {
    /// The exchange.
    pub exchange: Pubkey,
    /// Number of the role.
    pub role: u8,
    /// Who was proposed.
    pub proposed: Pubkey,
    /// Who withdrew the proposal.
    pub canceller: Pubkey,
}

/// A change of a parameter was proposed.
#[event]
pub struct ChangeProposed {
    /// The account of the change.
    pub change: Pubkey,
    /// The exchange, market or bank whose parameter is to change.
    pub target: Pubkey,
    /// Number of the parameter; 1 for a publisher.
    pub parameter: u32,
    /// Slot of the group or of the publisher.
    pub slot: u8,
    /// The value that is there.
    pub value_before: i64,
    /// The value to be.
    pub value: i64,
    /// The publisher to be; the zero key removes the one in the slot.
    pub key: Pubkey,
    /// 1 tightens, 2 loosens.
    pub direction: u8,
    /// From when on it may be carried out, Unix seconds.
    pub earliest: i64,
}

/// A parameter changed.
#[event]
pub struct ParameterChanged {
    /// The exchange, market or bank.
    pub target: Pubkey,
    /// Number of the parameter; 1 for a publisher.
    pub parameter: u32,
    /// Slot of the group or of the publisher.
    pub slot: u8,
    /// The value before.
    pub value_before: i64,
    /// The value now.
    pub value: i64,
    /// The publisher now; the zero key if one was removed.
    pub key: Pubkey,
}

/// A proposed change was withdrawn.
#[event]
pub struct ChangeCancelled {
    /// The exchange, market or bank.
    pub target: Pubkey,
    /// Number of the parameter.
    pub parameter: u32,
    /// Slot of the group or of the publisher.
    pub slot: u8,
    /// The value that was to be.
    pub value: i64,
    /// Who withdrew it.
    pub canceller: Pubkey,
}

/// The guardian paused something, or took a pause back.
#[event]
pub struct Paused {
    /// The exchange, market or bank.
    pub target: Pubkey,
    /// Whether trades only reduce there.
    pub trades: bool,
    /// Whether nothing is withdrawn there.
    pub withdrawals: bool,
    /// When it ends, Unix seconds; zero if nothing is paused any more.
    pub ends_at: i64,
}

/// A new market or bank was opened, since its oracle has lived long enough.
#[event]
pub struct ListingOpened {
    /// The market or bank.
    pub target: Pubkey,
    /// When its oracle published the first price that was accepted, Unix seconds.
    pub first_published_at: i64,
}

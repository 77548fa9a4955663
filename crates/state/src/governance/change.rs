//! A change of a parameter: proposed, readable by everybody for as long as its time lock, then carried out by anybody.

use core::fmt;

use anchor_lang::prelude::*;
use ballast_risk::{
    Ratio, RiskError,
    parameters::{Direction, Parameter, bank, governance, market},
};

use super::{GovernanceParameters, Role, is_due};
use crate::{Bank, Exchange, Market, market::MAX_PUBLISHERS};

/// Stands for a publisher of a market where a parameter's number is asked for; the slot is its place.
pub const PUBLISHER: u32 = 1;

/// A change that was proposed, at an address derived from what it changes: one at a time for each parameter. Once
/// carried out it stays until the same parameter may be changed again.
#[account(zero_copy)]
#[derive(Debug)]
pub struct PendingChange {
    /// The exchange.
    pub exchange: Pubkey,
    /// The exchange, market or bank whose parameter changes.
    pub target: Pubkey,
    /// Who proposed it and paid the rent.
    pub proposer: Pubkey,
    /// For a publisher: who is to be one; the zero key removes the one in the slot.
    pub key: Pubkey,
    /// For a publisher: who stood in the slot when it was proposed; the zero key if nobody did.
    pub key_before: Pubkey,
    /// The value to be.
    pub value: i64,
    /// The value when it was proposed.
    pub value_before: i64,
    /// When it was proposed, Unix seconds.
    pub proposed_at: i64,
    /// From when on it may be carried out, for [`LAPSE_SECONDS`](super::LAPSE_SECONDS); Unix seconds.
    pub earliest: i64,
    /// When it was carried out, Unix seconds; zero before.
    pub applied_at: i64,
    /// [`id`](Parameter::id) of the parameter, or [`PUBLISHER`].
    pub parameter: u32,
    /// Slot of the group or of the publisher; otherwise zero.
    pub slot: u8,
    /// What it did when it was proposed: a [`Direction`].
    pub direction: u8,
    /// [`LAYOUT_VERSION`](crate::LAYOUT_VERSION) at creation.
    pub version: u8,
    /// Bump of the address.
    pub bump: u8,
    /// Zero.
    pub reserved: [u64; 4],
}

/// What is to change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// [`id`](Parameter::id) of the parameter, or [`PUBLISHER`].
    pub parameter: u32,
    /// Slot of the group or of the publisher; otherwise zero.
    pub slot: u8,
    /// The value to be; zero for a publisher.
    pub value: i64,
    /// Who is to be publisher; the zero key removes the one in the slot, and goes with every other parameter.
    pub key: Pubkey,
}

/// Why a change is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeRefusal {
    /// The target has no such parameter, or it is fixed.
    Unknown,
    /// The value is the one that is there.
    Nothing,
    /// It goes too far at once.
    Step {
        /// The parameter.
        name: &'static str,
        /// The value that is there.
        before: i64,
        /// The value that came.
        value: i64,
        /// The largest step.
        largest: i64,
    },
    /// A limit may be lowered, this would not.
    NotLower,
    /// The list of publishers would not do.
    Publishers,
    /// A bound, or what the parameters have to keep together.
    Risk(RiskError),
}

impl From<RiskError> for ChangeRefusal {
    fn from(error: RiskError) -> Self {
        Self::Risk(error)
    }
}

impl fmt::Display for ChangeRefusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => formatter.write_str("no parameter that may change has that number"),
            Self::Nothing => formatter.write_str("the value is the one that is there"),
            Self::Step { name, before, value, largest } => {
                write!(formatter, "{name} of {before} may move by {largest}, {value} came")
            }
            Self::NotLower => formatter.write_str("a limit can only be lowered this way"),
            Self::Publishers => formatter.write_str("publishers are different, and as many as have to sign"),
            Self::Risk(error) => write!(formatter, "{error}"),
        }
    }
}

/// An account whose parameters change by proposals.
pub trait Governed {
    /// The parameter with a number, and its value.
    fn parameter(&self, id: u32, slot: u8) -> Option<(&'static Parameter, i64)>;

    /// Gives it a value, and everything that follows from it at once.
    ///
    /// # Errors
    /// [`RiskError::ParameterOutOfRange`] if the value is out of bounds or does not fit the others; nothing is changed
    /// then.
    fn set_parameter(&mut self, id: u32, slot: u8, value: i64) -> core::result::Result<(), RiskError>;

    /// Who stands in a slot for publishers; the zero key if nobody does.
    fn publisher(&self, _slot: u8) -> Pubkey {
        Pubkey::default()
    }

    /// Changes a publisher.
    ///
    /// # Errors
    /// [`ChangeRefusal::Unknown`] where there are none, and [`ChangeRefusal::Publishers`].
    fn set_publisher(&mut self, _slot: u8, _key: Pubkey) -> core::result::Result<(), ChangeRefusal> {
        Err(ChangeRefusal::Unknown)
    }

    /// Lowers a limit at once, as the guardian may. Returns what it was.
    ///
    /// # Errors
    /// [`ChangeRefusal`]; nothing is changed then.
    fn lower_limit(&mut self, _id: u32, _value: i64) -> core::result::Result<i64, ChangeRefusal> {
        Err(ChangeRefusal::Unknown)
    }

    /// Pauses trades or withdrawals until a time, or lets them go on.
    fn set_pause(&mut self, trades_until: i64, withdrawals_until: i64);

    /// What a change would do: the value that is there, and the direction. Does not ask whether the new value fits the
    /// other parameters, since they may change until it is carried out.
    ///
    /// # Errors
    /// [`ChangeRefusal`].
    fn preview(&self, change: &Change) -> core::result::Result<(i64, Direction), ChangeRefusal> {
        let Change { parameter: id, slot, value, key } = *change;
        if id == PUBLISHER {
            let removes = key == Pubkey::default();
            return Ok((0, if removes { Direction::Tightening } else { Direction::Loosening }));
        }
        let (parameter, before) = self.parameter(id, slot).ok_or(ChangeRefusal::Unknown)?;
        if before == value {
            return Err(ChangeRefusal::Nothing);
        }
        let direction = parameter.direction(before, value).ok_or(ChangeRefusal::Unknown)?;
        parameter.check(value)?;
        let largest = parameter.largest_step(before);
        if value.abs_diff(before) > largest.unsigned_abs() {
            return Err(ChangeRefusal::Step { name: parameter.name, before, value, largest });
        }
        Ok((before, direction))
    }

    /// Carries a change out, if bounds, step and the other parameters allow. Returns the value before and what the
    /// change does now.
    ///
    /// # Errors
    /// [`ChangeRefusal`]; nothing is changed then.
    fn change(&mut self, change: &Change) -> core::result::Result<(i64, Direction), ChangeRefusal> {
        let previewed = self.preview(change)?;
        if change.parameter == PUBLISHER {
            self.set_publisher(change.slot, change.key)?;
        } else {
            self.set_parameter(change.parameter, change.slot, change.value)?;
        }
        Ok(previewed)
    }
}

impl Governed for Exchange {
    fn parameter(&self, id: u32, slot: u8) -> Option<(&'static Parameter, i64)> {
        let group = self.groups.get(usize::from(slot)).filter(|group| group.is_open());
        if let Some(found) = group.and_then(|group| group.parameters.parameter(id)) {
            return Some(found);
        }
        let alone = self.parameters.parameter(id).or_else(|| self.governing.parameter(id));
        alone.filter(|_| slot == 0)
    }

    fn set_parameter(&mut self, id: u32, slot: u8, value: i64) -> core::result::Result<(), RiskError> {
        if self.parameters.parameter(id).is_some() {
            let mut parameters = self.parameters;
            parameters.set_parameter(id, value)?;
            parameters.validate()?;
            self.parameters = parameters;
        } else if let Some(group) =
            self.groups.get_mut(usize::from(slot)).filter(|it| it.parameters.parameter(id).is_some())
        {
            let mut parameters = group.parameters;
            parameters.set_parameter(id, value)?;
            parameters.validate()?;
            group.parameters = parameters;
        } else {
            let mut parameters = self.governing;
            parameters.set_parameter(id, value)?;
            parameters.validate()?;
            self.governing = parameters;
        }
        Ok(())
    }

    fn set_pause(&mut self, trades_until: i64, withdrawals_until: i64) {
        (self.trades_paused_until, self.withdrawals_paused_until) = (trades_until, withdrawals_until);
    }
}

impl Governed for Market {
    fn parameter(&self, id: u32, slot: u8) -> Option<(&'static Parameter, i64)> {
        self.parameters.parameter(id).filter(|_| slot == 0)
    }

    fn set_parameter(&mut self, id: u32, _slot: u8, value: i64) -> core::result::Result<(), RiskError> {
        let mut parameters = self.parameters;
        parameters.set_parameter(id, value)?;
        parameters.validate()?;
        let publishers = i64::from(self.publisher_count);
        market::PUBLISHER_THRESHOLD.check_between(i64::from(parameters.publisher_threshold), 0, publishers)?;
        // The basis shocks are prepared in the scenarios, which otherwise wait for the next change of the scan range.
        self.scenarios = self.scenarios.with_range(Ratio::from_bits(self.scan_range), &parameters)?;
        self.parameters = parameters;
        Ok(())
    }

    fn publisher(&self, slot: u8) -> Pubkey {
        self.publishers.get(usize::from(slot)).copied().unwrap_or_default()
    }

    fn set_publisher(&mut self, slot: u8, key: Pubkey) -> core::result::Result<(), ChangeRefusal> {
        let count = usize::from(self.publisher_count).min(MAX_PUBLISHERS);
        let slot = usize::from(slot);
        if key == Pubkey::default() {
            if slot >= count || count <= usize::from(self.parameters.publisher_threshold) {
                return Err(ChangeRefusal::Publishers);
            }
            self.publishers[slot] = self.publishers[count - 1];
            self.publishers[count - 1] = Pubkey::default();
            self.publisher_count -= 1;
        } else {
            if slot > count || slot >= MAX_PUBLISHERS || self.publishers[..count].contains(&key) {
                return Err(ChangeRefusal::Publishers);
            }
            self.publishers[slot] = key;
            self.publisher_count += u8::from(slot == count);
        }
        Ok(())
    }

    fn lower_limit(&mut self, id: u32, value: i64) -> core::result::Result<i64, ChangeRefusal> {
        lower(self, id, value, &[market::OPEN_INTEREST_LIMIT.id()])
    }

    fn set_pause(&mut self, trades_until: i64, _withdrawals_until: i64) {
        self.paused_until = trades_until;
    }
}

impl Governed for Bank {
    fn parameter(&self, id: u32, slot: u8) -> Option<(&'static Parameter, i64)> {
        self.parameters.parameter(id).filter(|_| slot == 0)
    }

    fn set_parameter(&mut self, id: u32, _slot: u8, value: i64) -> core::result::Result<(), RiskError> {
        let mut parameters = self.parameters;
        parameters.set_parameter(id, value)?;
        parameters.validate()?;
        self.parameters = parameters;
        Ok(())
    }

    fn lower_limit(&mut self, id: u32, value: i64) -> core::result::Result<i64, ChangeRefusal> {
        let before = self.parameters;
        // The cap at the start goes along: it is never above the cap in the end.
        if id == bank::DEPOSIT_CAP.id() {
            self.parameters.initial_cap = before.initial_cap.min(value.max(0).unsigned_abs());
        }
        let lowered = lower(self, id, value, &[bank::DEPOSIT_CAP.id(), bank::INITIAL_CAP.id()]);
        if lowered.is_err() {
            self.parameters = before;
        }
        lowered
    }

    fn set_pause(&mut self, _trades_until: i64, withdrawals_until: i64) {
        self.paused_until = withdrawals_until;
    }
}

/// Lowers one of the limits that are allowed.
fn lower(
    account: &mut impl Governed,
    id: u32,
    value: i64,
    allowed: &[u32],
) -> core::result::Result<i64, ChangeRefusal> {
    let (_, before) = account.parameter(id, 0).filter(|_| allowed.contains(&id)).ok_or(ChangeRefusal::Unknown)?;
    if value >= before {
        return Err(ChangeRefusal::NotLower);
    }
    account.set_parameter(id, 0, value)?;
    Ok(before)
}

impl Change {
    /// Which role proposes it: how things change and who publishes is governance's, every other parameter the risk
    /// role's.
    pub fn role(&self) -> Role {
        let is_governing = governance::ALL.iter().any(|parameter| parameter.id() == self.parameter);
        if self.parameter == PUBLISHER || is_governing { Role::Governance } else { Role::Risk }
    }
}

impl PendingChange {
    /// What is to change.
    pub fn change(&self) -> Change {
        Change { parameter: self.parameter, slot: self.slot, value: self.value, key: self.key }
    }

    /// Whether it may be carried out now.
    pub fn is_due(&self, now: i64) -> bool {
        self.applied_at == 0 && is_due(self.earliest, now)
    }

    /// Whether what the change does now was proposed with a time lock as long as that takes.
    pub fn covers(&self, direction: Direction) -> bool {
        direction == Direction::Tightening || self.direction == Direction::Loosening as u8
    }

    /// Whether the account has served: the change lapsed, or was carried out so long ago that the parameter may change
    /// again.
    pub fn is_spent(&self, rules: &GovernanceParameters, now: i64) -> bool {
        if self.applied_at == 0 {
            now >= self.earliest.saturating_add(super::LAPSE_SECONDS)
        } else {
            now >= self.applied_at.saturating_add(i64::from(rules.change_interval_seconds))
        }
    }
}

impl GovernanceParameters {
    /// The time lock of a change, seconds.
    pub fn delay(&self, direction: Direction) -> i64 {
        i64::from(match direction {
            Direction::Tightening => self.tightening_delay_seconds,
            Direction::Loosening => self.loosening_delay_seconds,
        })
    }
}

const _: () = assert!(size_of::<PendingChange>() == 5 * 32 + 5 * 8 + 8 + 4 * 8);

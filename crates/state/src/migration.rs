//! From the layouts of earlier versions to those of this one.
//!
//! An account's type tag, its first eight bytes, changes with its layout: that of version 1 is Anchor's own, later ones are
//! the first bytes of the SHA-256 hash of `account:<name>:<version>`. So no instruction can take an account of an earlier
//! version for one of this version, and none has to look. [`migrate`] is the way from one to the other; a step for each
//! change of a layout stands in a module of its own, and `migrations/` says what it does and holds its evidence.

mod exchange_1_to_2;

use core::fmt;

use anchor_lang::Discriminator;

use crate::{Bank, Exchange, MarginAccount, Market, OrderRecords, PendingChange, PlacedOrder, Stake};

/// Type tag of an [`Exchange`] of this version: the hash of `account:Exchange:2`.
pub const EXCHANGE_TAG: &[u8] = &[211, 107, 62, 113, 30, 51, 113, 113];

/// A change of an account's layout that was carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Migration {
    /// Version before.
    pub from: u8,
    /// Version after.
    pub to: u8,
}

/// Why an account is not migrated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MigrationRefusal {
    /// It has this version's layout.
    UpToDate,
    /// It is no account of Ballast's, of any version.
    Unknown,
}

impl fmt::Display for MigrationRefusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UpToDate => write!(formatter, "the account has this version's layout already"),
            Self::Unknown => write!(formatter, "the account is none of Ballast's, of any version"),
        }
    }
}

impl core::error::Error for MigrationRefusal {}

/// Whether an account's data, type tag included, is that of an earlier version.
pub fn is_earlier(data: &[u8]) -> bool {
    exchange_1_to_2::applies(data)
}

/// Rewrites an account's data, type tag included, from an earlier version's layout to that of this version. What is refused
/// stays as it is.
///
/// # Errors
/// [`MigrationRefusal`].
pub fn migrate(data: &mut [u8]) -> Result<Migration, MigrationRefusal> {
    if exchange_1_to_2::applies(data) {
        return Ok(exchange_1_to_2::apply(data));
    }
    let current = [
        Exchange::DISCRIMINATOR,
        Bank::DISCRIMINATOR,
        Market::DISCRIMINATOR,
        MarginAccount::DISCRIMINATOR,
        OrderRecords::DISCRIMINATOR,
        PlacedOrder::DISCRIMINATOR,
        PendingChange::DISCRIMINATOR,
        Stake::DISCRIMINATOR,
    ];
    let is_current = current.iter().any(|tag| data.starts_with(tag));
    Err(if is_current { MigrationRefusal::UpToDate } else { MigrationRefusal::Unknown })
}

//! From the bytes of an account to its structure.
//!
//! Bytes that come over a network are aligned to nothing in particular, so the reader copies.

use core::fmt;

use anchor_lang::Discriminator;
use bytemuck::Pod;

use crate::migration;

/// Why bytes are not the account that was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadError {
    /// The account is of another type, or of another program.
    WrongType,
    /// The account is of an earlier version: somebody has to send `migrate` for it.
    EarlierVersion,
    /// The account has another size than this version's layout.
    WrongSize {
        /// Bytes of the layout, discriminator included.
        expected: usize,
        /// Bytes given.
        found: usize,
    },
}

impl fmt::Display for ReadError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WrongType => write!(formatter, "the account is of another type"),
            Self::EarlierVersion => {
                write!(formatter, "the account has the layout of an earlier version: send `migrate` for it")
            }
            Self::WrongSize { expected, found } => {
                write!(formatter, "the account has {found} bytes where its layout has {expected}")
            }
        }
    }
}

impl core::error::Error for ReadError {}

/// Reads an account's data, discriminator included.
///
/// # Errors
/// [`ReadError`] unless the bytes are an account of type `T` in this layout.
pub fn read<T: Discriminator + Pod>(data: &[u8]) -> Result<Box<T>, ReadError> {
    let body = data
        .strip_prefix(T::DISCRIMINATOR)
        .ok_or_else(|| if migration::is_earlier(data) { ReadError::EarlierVersion } else { ReadError::WrongType })?;
    // Built where it will stay: on a stack an account may be too large.
    let mut account: Box<T> = bytemuck::zeroed_box();
    let target = bytemuck::bytes_of_mut(&mut *account);
    if target.len() != body.len() {
        return Err(ReadError::WrongSize { expected: T::DISCRIMINATOR.len() + target.len(), found: data.len() });
    }
    target.copy_from_slice(body);
    Ok(account)
}

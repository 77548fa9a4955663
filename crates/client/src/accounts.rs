//! Readers: from the bytes of an account to its structure.
//!
//! Bytes that come over a network are aligned to nothing in particular, so readers copy.

use core::fmt;

use anchor_lang::Discriminator;
use ballast_risk::MarginReport;
use ballast_state::{Bank, Exchange, MarginAccount, Market};
use bytemuck::{Pod, Zeroable};

/// Why bytes are not the account that was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadError {
    /// The account is of another type, or of another program.
    WrongType,
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
            Self::WrongSize { expected, found } => {
                write!(formatter, "the account has {found} bytes where its layout has {expected}")
            }
        }
    }
}

impl core::error::Error for ReadError {}

/// Reads an exchange.
///
/// # Errors
/// [`ReadError`] unless the bytes are an exchange in this layout.
pub fn read_exchange(data: &[u8]) -> Result<Exchange, ReadError> {
    read(data)
}

/// Reads a bank.
///
/// # Errors
/// [`ReadError`] unless the bytes are a bank in this layout.
pub fn read_bank(data: &[u8]) -> Result<Bank, ReadError> {
    read(data)
}

/// Reads a market.
///
/// # Errors
/// [`ReadError`] unless the bytes are a market in this layout.
pub fn read_market(data: &[u8]) -> Result<Market, ReadError> {
    read(data)
}

/// Reads a margin account.
///
/// # Errors
/// [`ReadError`] unless the bytes are a margin account in this layout.
pub fn read_margin_account(data: &[u8]) -> Result<MarginAccount, ReadError> {
    read(data)
}

/// Reads what `assess` returned. The network cuts trailing zeros off return data.
///
/// # Errors
/// [`ReadError`] unless the bytes are a report in this layout.
pub fn read_report(return_data: &[u8]) -> Result<MarginReport, ReadError> {
    let mut report = MarginReport::zeroed();
    let target = bytemuck::bytes_of_mut(&mut report).get_mut(..return_data.len());
    let target = target.ok_or(ReadError::WrongSize { expected: MarginReport::SIZE, found: return_data.len() })?;
    target.copy_from_slice(return_data);
    if report.version == MarginReport::VERSION { Ok(report) } else { Err(ReadError::WrongType) }
}

/// Whether the bytes begin as an account of type `T`: tells the accounts of a program scan apart.
pub fn is<T: Discriminator>(data: &[u8]) -> bool {
    data.starts_with(T::DISCRIMINATOR)
}

fn read<T: Discriminator + Pod>(data: &[u8]) -> Result<T, ReadError> {
    let body = data.strip_prefix(T::DISCRIMINATOR).ok_or(ReadError::WrongType)?;
    bytemuck::try_pod_read_unaligned(body)
        .map_err(|_| ReadError::WrongSize { expected: T::DISCRIMINATOR.len() + size_of::<T>(), found: data.len() })
}

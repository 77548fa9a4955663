//! Readers: from the bytes of an account to its structure.
//!
//! Bytes that come over a network are aligned to nothing in particular, so readers copy.

use anchor_lang::Discriminator;
use ballast_risk::{MarginReport, report::ScenarioMatrix};
use ballast_state::{Bank, Exchange, MarginAccount, Market, OrderRecords, PlacedOrder, Stake, reader};
use bytemuck::Pod;

pub use ballast_state::reader::ReadError;

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

/// Reads a stake in the insurance fund.
///
/// # Errors
/// [`ReadError`] unless the bytes are a stake in this layout.
pub fn read_stake(data: &[u8]) -> Result<Stake, ReadError> {
    read(data)
}

/// Reads what a margin account remembers of its orders.
///
/// # Errors
/// [`ReadError`] unless the bytes are order records in this layout.
pub fn read_order_records(data: &[u8]) -> Result<OrderRecords, ReadError> {
    read(data)
}

/// Reads a placed order.
///
/// # Errors
/// [`ReadError`] unless the bytes are a placed order in this layout.
pub fn read_placed_order(data: &[u8]) -> Result<PlacedOrder, ReadError> {
    read(data)
}

/// Reads what `assess` returned. The network cuts trailing zeros off return data.
///
/// # Errors
/// [`ReadError`] unless the bytes are a report in this layout.
pub fn read_report(return_data: &[u8]) -> Result<MarginReport, ReadError> {
    MarginReport::from_return_data(return_data).ok_or(ReadError::WrongType)
}

/// Reads what `assess_market` returned. The network cuts trailing zeros off return data.
///
/// # Errors
/// [`ReadError`] unless the bytes are a matrix in this layout.
pub fn read_matrix(return_data: &[u8]) -> Result<ScenarioMatrix, ReadError> {
    ScenarioMatrix::from_return_data(return_data).ok_or(ReadError::WrongType)
}

/// Whether the bytes begin as an account of type `T`: tells the accounts of a program scan apart.
pub fn is<T: Discriminator>(data: &[u8]) -> bool {
    data.starts_with(T::DISCRIMINATOR)
}

fn read<T: Discriminator + Pod>(data: &[u8]) -> Result<T, ReadError> {
    reader::read::<T>(data).map(|account| *account)
}

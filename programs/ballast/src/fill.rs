//! Fills: one contract passing between two accounts at a price.

use anchor_lang::prelude::*;
use ballast_risk::MicroUsd;
use ballast_state::{
    Contract, MarginAccount, Market,
    book::BookRefusal,
    contract::{ContractRefusal, ListedContract},
    revaluation::value_scale,
    settlement::SettlementRefusal,
};

use crate::errors::{BallastError, risk_error};

/// Finds a contract in its market.
///
/// # Errors
/// [`BallastError::UnknownContract`].
pub fn find(contract: &Contract, market: &Market) -> Result<ListedContract> {
    contract.find(market).map_err(contract_error)
}

/// Value of a fill in µUSD, rounded towards minus infinity. Both sides book the same number, so nothing is lost.
///
/// # Errors
/// [`BallastError::NotionalOutOfRange`].
pub fn value(market: &Market, quantity: i64, price: u64) -> Result<MicroUsd> {
    value_scale(market).and_then(|scale| scale.value_floor(quantity, price)).map_err(risk_error)
}

/// Moves `quantity` lots of a contract from `seller` to `buyer` for `value`: in cash for an option, through the ledgers
/// for anything else. Returns the lots that buyer and seller held before.
///
/// Cash may come out negative: the caller checks it once the whole trade is in.
///
/// # Errors
/// What the book refuses, and [`BallastError::Overflow`].
pub fn exchange(
    market: &mut Market,
    contract: &ListedContract,
    buyer: &mut MarginAccount,
    seller: &mut MarginAccount,
    quantity: i64,
    value: MicroUsd,
) -> Result<(i64, i64)> {
    let negated = value.0.checked_neg().ok_or(BallastError::Overflow)?;
    // The side that shrinks a long position goes first, so that the open interest never counts one lot twice.
    let (buyer_before, seller_before) = if quantity > 0 {
        let seller_before = seller.adjust(market, contract, -quantity, value.0).map_err(book_error)?;
        (buyer.adjust(market, contract, quantity, negated).map_err(book_error)?, seller_before)
    } else {
        let buyer_before = buyer.adjust(market, contract, quantity, negated).map_err(book_error)?;
        (buyer_before, seller.adjust(market, contract, -quantity, value.0).map_err(book_error)?)
    };
    if contract.kind.is_option() {
        buyer.cash = buyer.cash.checked_sub(value.0).ok_or(BallastError::Overflow)?;
        seller.cash = seller.cash.checked_add(value.0).ok_or(BallastError::Overflow)?;
    }
    Ok((buyer_before, seller_before))
}

/// A program error for what the book refuses.
pub fn book_error(refusal: BookRefusal) -> Error {
    msg!("{}", refusal);
    match refusal {
        BookRefusal::NoFreePosition => BallastError::NoFreePosition.into(),
        BookRefusal::NoFreeMarket => BallastError::NoFreeMarket.into(),
        BookRefusal::OpenInterestLimit => BallastError::OpenInterestLimit.into(),
        BookRefusal::QuantityOutOfRange => BallastError::QuantityOutOfRange.into(),
        BookRefusal::Overflow => BallastError::Overflow.into(),
        BookRefusal::NoFreeBalance => BallastError::NoFreeBalance.into(),
        BookRefusal::InsufficientBalance { .. } => BallastError::InsufficientBalance.into(),
    }
}

/// A program error for a contract that cannot be traded.
pub fn contract_error(refusal: ContractRefusal) -> Error {
    match refusal {
        ContractRefusal::Unknown => BallastError::UnknownContract.into(),
        ContractRefusal::Expired => BallastError::ContractExpired.into(),
        ContractRefusal::NoSurface => BallastError::StaleSurface.into(),
        ContractRefusal::Risk(error) => risk_error(error),
    }
}

/// A program error for a settlement that failed.
pub fn settlement_error(refusal: SettlementRefusal) -> Error {
    match refusal {
        SettlementRefusal::Risk(error) => risk_error(error),
        SettlementRefusal::Book(refusal) => book_error(refusal),
    }
}

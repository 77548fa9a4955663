//! From what engine and book refuse to the program's errors.

use anchor_lang::prelude::*;
use ballast_risk::{
    RiskError,
    liquidation::{StepRefusal, StepTerms},
};
use ballast_state::{
    delegate::AuthorityRefusal, lending::LendingRefusal, market::PublicationRefusal, migration::MigrationRefusal,
    order::OrderRefusal, revaluation::CheckRefusal,
};

use super::BallastError;

/// Logs what the engine says and turns it into a program error.
pub fn risk_error(error: RiskError) -> Error {
    msg!("{}", error);
    BallastError::from(error).into()
}

/// Logs why the lending pool refuses and turns it into a program error.
pub fn lending_error(refusal: LendingRefusal) -> Error {
    msg!("{}", refusal);
    match refusal {
        LendingRefusal::Nothing => BallastError::ZeroAmount.into(),
        LendingRefusal::Illiquid { .. } => BallastError::PoolIlliquid.into(),
        LendingRefusal::Insufficient { .. } => BallastError::InsufficientBalance.into(),
        LendingRefusal::Overflow => BallastError::Overflow.into(),
    }
}

/// Logs why a post is refused and turns it into a program error.
pub fn publication_error(refusal: PublicationRefusal) -> Error {
    msg!("{}", refusal);
    match refusal {
        PublicationRefusal::UnknownExpiry => BallastError::UnknownExpiry.into(),
        PublicationRefusal::Risk(error) => BallastError::from(error).into(),
        PublicationRefusal::Step { .. } => BallastError::SurfaceStep.into(),
        PublicationRefusal::Calendar { .. } => BallastError::CalendarArbitrage.into(),
    }
}

/// Logs on which terms a step was refused and turns it into a program error.
pub fn step_error(refusal: StepRefusal, terms: &StepTerms) -> Error {
    msg!(
        "share left {}, close factor {} (2^-30), restoring slice {} (2^-28)",
        terms.allowance.to_bits(),
        terms.close_factor.to_bits(),
        terms.restoring_slice
    );
    match refusal {
        StepRefusal::NoImprovement => BallastError::LiquidationNoImprovement.into(),
        StepRefusal::BeyondTarget => BallastError::LiquidationBeyondTarget.into(),
        StepRefusal::CoolingDown => BallastError::LiquidationCoolingDown.into(),
        StepRefusal::CloseFactorExceeded => BallastError::CloseFactorExceeded.into(),
    }
}

/// Refuses what came out of an instruction if it is less than who signed it asked for at least.
pub fn require_output<T: PartialOrd + std::fmt::Display>(output: T, least: T) -> Result<()> {
    if output < least {
        return Err(error!(BallastError::OutputBelowMinimum).with_values((least, output)));
    }
    Ok(())
}

/// Logs why an order is refused and turns it into a program error.
pub fn order_error(refusal: OrderRefusal) -> Error {
    msg!("{}", refusal);
    match refusal {
        OrderRefusal::NotAnOrder | OrderRefusal::Malformed(_) => BallastError::OrderMalformed.into(),
        OrderRefusal::ForAnother(_) => BallastError::OrderForAnother.into(),
        OrderRefusal::Expired { .. } => BallastError::OrderExpired.into(),
        OrderRefusal::Cancelled { .. } => BallastError::OrderCancelled.into(),
        OrderRefusal::Exceeded { .. } => BallastError::OrderExceeded.into(),
        OrderRefusal::BelowMinimum { .. } => BallastError::OrderBelowMinimum.into(),
        OrderRefusal::SlotTaken { .. } | OrderRefusal::NonceTaken { .. } => BallastError::OrderSlotTaken.into(),
        OrderRefusal::NoMatch(_) => BallastError::OrdersDiffer.into(),
        OrderRefusal::OutsideLimit { .. } | OrderRefusal::OutsideNetLimit { .. } => BallastError::OrderLimit.into(),
        OrderRefusal::FeeAboveMaximum { .. } => BallastError::OrderFee.into(),
    }
}

/// A program error for somebody who may not trade for an account.
pub fn authority_error(refusal: AuthorityRefusal) -> Error {
    match refusal {
        AuthorityRefusal::Stranger => BallastError::NotOwner.into(),
        AuthorityRefusal::Ended => BallastError::DelegateRights.into(),
        AuthorityRefusal::Market(market) => {
            msg!("the delegate may not trade in market {}", market);
            BallastError::DelegateRights.into()
        }
    }
}

/// Logs why a check could not be made and turns it into a program error.
pub fn check_error(refusal: CheckRefusal) -> Error {
    msg!("{}", refusal);
    match refusal {
        CheckRefusal::MissingMarket { .. } => BallastError::MissingMarket.into(),
        CheckRefusal::MissingBank { .. } => BallastError::MissingBank.into(),
        CheckRefusal::StaleMarket { .. } => BallastError::StaleMarket.into(),
        CheckRefusal::DoubtfulMarket { .. } | CheckRefusal::DoubtfulBank { .. } => BallastError::PriceDoubtful.into(),
        CheckRefusal::StaleQuote { .. } => BallastError::StaleQuote.into(),
        CheckRefusal::StaleBank { .. } => BallastError::StaleCollateral.into(),
        CheckRefusal::StaleSurface { .. } => BallastError::StaleSurface.into(),
        CheckRefusal::Corrupt => BallastError::CorruptAccount.into(),
        CheckRefusal::Risk(error) => BallastError::from(error).into(),
    }
}

/// A program error for an account that is not migrated.
pub fn migration_error(refusal: MigrationRefusal) -> Error {
    match refusal {
        MigrationRefusal::UpToDate => BallastError::UpToDate.into(),
        MigrationRefusal::Unknown => BallastError::ForeignAccount.into(),
    }
}

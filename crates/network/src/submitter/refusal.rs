//! Why a transaction did not go through.

use std::fmt;

use anchor_lang::error::ErrorCode;
use ballast::BallastError;
use solana_rpc_client_api::{
    client_error::ErrorKind,
    request::{RpcError as NodeError, RpcResponseErrorData},
};
use solana_signature::Signature;

use super::{MOST_COMPUTE_UNITS, SIGNINGS, TRANSACTION_LIMIT};
use crate::RpcError;

/// Why a program refused a transaction.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// The error's name, such as `BelowInitialMargin`; what the network says if no program gave one.
    pub name: String,
    /// The program's error code.
    pub code: Option<u32>,
    /// What the program logged about it: what it expected and what came.
    pub details: Vec<String>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.name)?;
        if let Some(code) = self.code {
            write!(formatter, " ({code})")?;
        }
        for line in &self.details {
            write!(formatter, "; {line}")?;
        }
        Ok(())
    }
}

/// Why a transaction did not go through.
#[derive(Debug)]
pub enum SendError {
    /// The network or the program refuses it.
    Refused(Box<Refusal>),
    /// It was not confirmed in time; it may be, still, if it was sent.
    Expired(Signature),
    /// No node knew the blockhash, however often it was signed with a fresh one.
    UnknownBlockhash,
    /// No node answers.
    Unreachable(RpcError),
    /// It is larger than the network takes.
    TooLarge {
        /// Its bytes.
        bytes: usize,
    },
    /// Its instructions need more compute units than a transaction has.
    TooDear {
        /// What they need.
        compute_units: u32,
    },
    /// It cannot be put together.
    Invalid(String),
}

impl SendError {
    /// Whether a program refused it since an account that it names is not there, or not any more.
    pub fn is_account_missing(&self) -> bool {
        const MISSING: [ErrorCode; 2] = [ErrorCode::AccountNotInitialized, ErrorCode::AccountOwnedByWrongProgram];
        let Self::Refused(refusal) = self else { return false };
        MISSING.into_iter().any(|error| refusal.code == Some(u32::from(error)))
    }

    /// Whether the program refused it with one of these errors.
    pub fn is_one_of<const N: usize>(&self, errors: [BallastError; N]) -> bool {
        let Self::Refused(refusal) = self else { return false };
        errors.into_iter().any(|error| refusal.code == Some(u32::from(error)))
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => write!(formatter, "refused: {refusal}"),
            Self::Expired(signature) => write!(formatter, "{signature} was not confirmed in time"),
            Self::UnknownBlockhash => {
                write!(formatter, "no node knows the blockhash, signed with a fresh one {SIGNINGS} times")
            }
            Self::Unreachable(error) => write!(formatter, "no node answers: {error}"),
            Self::TooLarge { bytes } => write!(formatter, "{bytes} bytes, more than {TRANSACTION_LIMIT}"),
            Self::TooDear { compute_units } => {
                write!(formatter, "{compute_units} compute units, more than {MOST_COMPUTE_UNITS}")
            }
            Self::Invalid(problem) => formatter.write_str(problem),
        }
    }
}

impl std::error::Error for SendError {}

impl From<RpcError> for SendError {
    fn from(error: RpcError) -> Self {
        match error.cause.kind() {
            ErrorKind::RpcError(NodeError::RpcResponseError {
                data: RpcResponseErrorData::SendTransactionPreflightFailure(failure),
                message,
                ..
            }) => Self::Refused(Box::new(refusal(failure.logs.as_deref().unwrap_or_default(), message))),
            _ if !error.is_transient => Self::Invalid(error.to_string()),
            _ => Self::Unreachable(error),
        }
    }
}

/// Reads a refusal out of a log: Anchor says name, number and message in one line; what is logged besides says what was expected
/// and what came.
pub(super) fn refusal(logs: &[String], otherwise: &str) -> Refusal {
    let lines = logs.iter().filter_map(|line| line.strip_prefix("Program log: "));
    let mut refusal = Refusal { name: otherwise.to_owned(), code: None, details: Vec::new() };
    for line in lines {
        if let Some((_, rest)) = line.split_once("Error Code: ") {
            let (name, rest) = rest.split_once(". Error Number: ").unwrap_or((rest, ""));
            let (number, message) = rest.split_once(". Error Message: ").unwrap_or((rest, ""));
            refusal.name = name.to_owned();
            refusal.code = number.parse().ok();
            refusal.details.insert(0, message.trim_end_matches('.').to_owned());
        } else if !line.starts_with("Instruction: ") && !line.starts_with("Left: ") && !line.starts_with("Right: ") {
            refusal.details.push(line.to_owned());
        }
    }
    refusal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_read_out_of_the_log() {
        let logs = [
            "Program Ba11astPortfo1ioMargin1111111111111111111111 invoke [1]",
            "Program log: Instruction: Trade",
            "Program log: equity 4 µUSD",
            "Program log: AnchorError occurred. Error Code: BelowInitialMargin. Error Number: 6500. Error Message: The account \
             would be below initial margin.",
        ];
        let logs: Vec<String> = logs.iter().map(ToString::to_string).collect();
        let found = refusal(&logs, "InstructionError");
        assert_eq!((found.name.as_str(), found.code), ("BelowInitialMargin", Some(6_500)));
        assert_eq!(found.details, ["The account would be below initial margin", "equity 4 µUSD"]);
        assert_eq!(refusal(&[], "AccountNotFound").name, "AccountNotFound");
    }
}

//! Landing transactions: built, simulated, sent, sent again until they are confirmed or cannot be any more; or the reason why not.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use ballast::BallastError;
use serde::{Deserialize, Serialize};
use solana_address_lookup_table_interface::state::AddressLookupTable;
use solana_commitment_config::{CommitmentConfig, CommitmentLevel};
use solana_compute_budget_interface::ComputeBudgetInstruction;
use solana_keypair::Keypair;
use solana_message::{AddressLookupTableAccount, VersionedMessage, v0};
use solana_rpc_client_api::{
    client_error::ErrorKind,
    config::RpcSendTransactionConfig,
    request::{RpcError as NodeError, RpcResponseErrorData},
};
use solana_signature::Signature;
use solana_signer::Signer;
use solana_transaction::versioned::VersionedTransaction;
use solana_transaction_error::TransactionError;
use tokio::time::sleep;
use tracing::{debug, info};

use crate::{Rpc, RpcError};

/// Most bytes of a transaction on the wire.
const TRANSACTION_LIMIT: usize = 1_232;
/// Bytes of a signature.
const SIGNATURE: usize = 64;
/// Most compute units of a transaction.
const MOST_COMPUTE_UNITS: u32 = 1_400_000;
/// What the instructions cost that set limit and price.
const BUDGET_UNITS: u32 = 300;
/// Most accounts that nodes take in a question about fees.
const MOST_FEE_ACCOUNTS: usize = 128;
/// From one look at a transaction's status to the next.
const LOOKING: Duration = Duration::from_millis(100);
/// From one time it is sent to the next.
const REPEATING: Duration = Duration::from_secs(2);

/// What is paid for priority, micro-lamports for each compute unit.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "policy", deny_unknown_fields)]
pub enum PriorityFee {
    /// Always the same.
    Fixed {
        /// The price.
        price: u64,
    },
    /// What was paid lately to write the same accounts.
    Recent {
        /// Which of what was paid, per cent: 75 is the third quartile.
        percentile: u8,
        /// At least this.
        lowest: u64,
        /// At most this.
        highest: u64,
    },
}

impl Default for PriorityFee {
    fn default() -> Self {
        Self::Recent { percentile: 75, lowest: 0, highest: 1_000_000 }
    }
}

/// How transactions are sent.
#[derive(Clone, Debug)]
pub struct SubmitterOptions {
    /// What is paid for priority.
    pub priority_fee: PriorityFee,
    /// Whether transactions are simulated and nothing is sent.
    pub dry_run: bool,
    /// After which a transaction that is not confirmed is given up.
    pub patience: Duration,
    /// What counts as confirmed.
    pub commitment: CommitmentLevel,
}

impl Default for SubmitterOptions {
    fn default() -> Self {
        Self {
            priority_fee: PriorityFee::default(),
            dry_run: false,
            patience: Duration::from_secs(45),
            commitment: CommitmentLevel::Confirmed,
        }
    }
}

/// A transaction to be.
pub struct Draft<'a> {
    /// What it does, for logs and metrics.
    pub label: &'static str,
    /// Its instructions. Those that set limit and price come after them, so that an instruction that names another by its place
    /// finds it.
    pub instructions: Vec<Instruction>,
    /// Compute units that they need at most.
    pub compute_units: u32,
    /// Who signs; the first pays.
    pub signers: &'a [&'a Keypair],
    /// Lookup tables that hold some of the addresses.
    pub lookup_tables: &'a [Pubkey],
}

/// A transaction that went through.
#[derive(Clone, Copy, Debug)]
pub struct Landed {
    /// Its signature.
    pub signature: Signature,
    /// The slot that it is in; zero if it was not sent.
    pub slot: u64,
}

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

/// Sends transactions. Cheap to clone.
#[derive(Clone)]
pub struct Submitter {
    rpc: Rpc,
    options: Arc<SubmitterOptions>,
    tables: Arc<Mutex<HashMap<Pubkey, AddressLookupTableAccount>>>,
}

impl Submitter {
    /// Sends to these nodes.
    pub fn new(rpc: Rpc, options: SubmitterOptions) -> Self {
        Self { rpc, options: Arc::new(options), tables: Arc::default() }
    }

    /// Whether transactions are only simulated.
    pub fn is_dry_run(&self) -> bool {
        self.options.dry_run
    }

    /// Lands a transaction.
    ///
    /// # Errors
    /// [`SendError`].
    pub async fn send(&self, draft: Draft<'_>) -> Result<Landed, SendError> {
        let label = draft.label;
        let started = Instant::now();
        let result = self.land(draft).await;
        let outcome = match &result {
            Ok(_) => "landed",
            Err(SendError::Refused(_)) => "refused",
            Err(SendError::Expired(_)) => "expired",
            Err(_) => "failed",
        };
        metrics::counter!("ballast_transactions_total", "what" => label, "outcome" => outcome).increment(1);
        match &result {
            Ok(landed) if self.options.dry_run => info!(label, "would be accepted; not sent: {}", landed.signature),
            Ok(landed) => {
                metrics::histogram!("ballast_landing_seconds", "what" => label).record(started.elapsed());
                debug!(label, signature = %landed.signature, slot = landed.slot, "landed");
            }
            Err(error) => debug!(label, %error, "did not land"),
        }
        result
    }

    async fn land(&self, draft: Draft<'_>) -> Result<Landed, SendError> {
        let compute_units = draft.compute_units.saturating_add(BUDGET_UNITS);
        if compute_units > MOST_COMPUTE_UNITS {
            return Err(SendError::TooDear { compute_units });
        }
        let tables = self.tables(draft.lookup_tables).await?;
        let (transaction, last_block) = self.sign(&draft, compute_units, &tables).await?;
        let signature = transaction.signatures[0];
        if self.options.dry_run {
            self.simulate(&transaction).await?;
            return Ok(Landed { signature, slot: 0 });
        }
        self.dispatch(&transaction, false).await?;
        let deadline = Instant::now() + self.options.patience;
        let mut sent_at = Instant::now();
        loop {
            sleep(LOOKING).await;
            if let Some(landed) = self.status(signature).await? {
                return Ok(landed);
            }
            if Instant::now() > deadline {
                return Err(SendError::Expired(signature));
            }
            if sent_at.elapsed() > REPEATING {
                let height = self.rpc.ask("getBlockHeight", |node| async move {
                    node.client().get_block_height_with_commitment(CommitmentConfig::confirmed()).await
                });
                if height.await? > last_block {
                    return Err(SendError::Expired(signature));
                }
                self.dispatch(&transaction, true).await?;
                sent_at = Instant::now();
            }
        }
    }

    async fn sign(
        &self,
        draft: &Draft<'_>,
        compute_units: u32,
        tables: &[AddressLookupTableAccount],
    ) -> Result<(VersionedTransaction, u64), SendError> {
        let payer = draft.signers.first().ok_or_else(|| SendError::Invalid("nobody signs".to_owned()))?;
        let mut instructions = draft.instructions.clone();
        let price = self.price(&instructions).await?;
        instructions.push(ComputeBudgetInstruction::set_compute_unit_limit(compute_units));
        if price > 0 {
            instructions.push(ComputeBudgetInstruction::set_compute_unit_price(price));
        }
        let (blockhash, last_block) = self
            .rpc
            .ask("getLatestBlockhash", |node| async move {
                node.client().get_latest_blockhash_with_commitment(CommitmentConfig::confirmed()).await
            })
            .await?;
        let invalid = |problem: &dyn fmt::Display| SendError::Invalid(problem.to_string());
        let message = v0::Message::try_compile(&payer.pubkey(), &instructions, tables, blockhash);
        let message = VersionedMessage::V0(message.map_err(|error| invalid(&error))?);
        let bytes = 1 + SIGNATURE * usize::from(message.header().num_required_signatures) + message.serialize().len();
        if bytes > TRANSACTION_LIMIT {
            return Err(SendError::TooLarge { bytes });
        }
        let transaction = VersionedTransaction::try_new(message, draft.signers).map_err(|error| invalid(&error))?;
        Ok((transaction, last_block))
    }

    async fn price(&self, instructions: &[Instruction]) -> Result<u64, SendError> {
        let PriorityFee::Recent { percentile, lowest, highest } = self.options.priority_fee else {
            let PriorityFee::Fixed { price } = self.options.priority_fee else { return Ok(0) };
            return Ok(price);
        };
        let written = instructions.iter().flat_map(|it| &it.accounts).filter(|meta| meta.is_writable);
        let mut written: Vec<Pubkey> = written.map(|meta| meta.pubkey).collect();
        written.sort_unstable();
        written.dedup();
        written.truncate(MOST_FEE_ACCOUNTS);
        let written = &written;
        let recent = self.rpc.ask("getRecentPrioritizationFees", |node| async move {
            node.client().get_recent_prioritization_fees(written).await
        });
        let mut paid: Vec<u64> = recent.await?.into_iter().map(|slot| slot.prioritization_fee).collect();
        paid.sort_unstable();
        let wanted = paid.get(paid.len() * usize::from(percentile.min(99)) / 100).copied().unwrap_or_default();
        Ok(wanted.max(lowest).min(highest))
    }

    async fn tables(&self, addresses: &[Pubkey]) -> Result<Vec<AddressLookupTableAccount>, SendError> {
        let mut tables = Vec::with_capacity(addresses.len());
        for address in addresses {
            let known = self.tables.lock().unwrap_or_else(PoisonError::into_inner).get(address).cloned();
            if let Some(table) = known {
                tables.push(table);
                continue;
            }
            let data = self.rpc.account(address).await?;
            let data = data.ok_or_else(|| SendError::Invalid(format!("there is no lookup table at {address}")))?;
            let table = AddressLookupTable::deserialize(&data)
                .map_err(|error| SendError::Invalid(format!("{address} is no lookup table: {error}")))?;
            let table = AddressLookupTableAccount { key: *address, addresses: table.addresses.to_vec() };
            self.tables.lock().unwrap_or_else(PoisonError::into_inner).insert(*address, table.clone());
            tables.push(table);
        }
        Ok(tables)
    }

    async fn dispatch(&self, transaction: &VersionedTransaction, skip_preflight: bool) -> Result<(), SendError> {
        let config = RpcSendTransactionConfig {
            skip_preflight,
            preflight_commitment: Some(CommitmentLevel::Processed),
            // Sent again from here, with an eye on its status.
            max_retries: Some(0),
            ..RpcSendTransactionConfig::default()
        };
        let sent = self.rpc.ask("sendTransaction", |node| async move {
            node.client().send_transaction_with_config(transaction, config).await
        });
        match sent.await {
            Ok(_) => Ok(()),
            // A node took it before, and its answer was lost.
            Err(error) if error.cause.get_transaction_error() == Some(TransactionError::AlreadyProcessed) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    async fn simulate(&self, transaction: &VersionedTransaction) -> Result<(), SendError> {
        let simulated = self.rpc.ask("simulateTransaction", |node| async move {
            node.client()
                .simulate_transaction_with_config(
                    transaction,
                    solana_rpc_client_api::config::RpcSimulateTransactionConfig {
                        commitment: Some(CommitmentConfig::processed()),
                        ..Default::default()
                    },
                )
                .await
        });
        let result = simulated.await?.value;
        match result.err {
            None => Ok(()),
            Some(error) => {
                let logs = result.logs.unwrap_or_default();
                Err(SendError::Refused(Box::new(refusal(&logs, &format!("{error:?}")))))
            }
        }
    }

    /// Where a transaction is, once it is anywhere.
    async fn status(&self, signature: Signature) -> Result<Option<Landed>, SendError> {
        let statuses = self.rpc.ask("getSignatureStatuses", |node| async move {
            node.client().get_signature_statuses(&[signature]).await
        });
        let Some(status) = statuses.await?.value.into_iter().flatten().next() else { return Ok(None) };
        if let Some(error) = status.err {
            let logs = self.logs(signature).await.unwrap_or_default();
            return Err(SendError::Refused(Box::new(refusal(&logs, &format!("{error:?}")))));
        }
        let is_confirmed = status.satisfies_commitment(CommitmentConfig { commitment: self.options.commitment });
        Ok(is_confirmed.then_some(Landed { signature, slot: status.slot }))
    }

    /// What the programs of a transaction logged.
    ///
    /// # Errors
    /// [`RpcError`] if no node knows it.
    pub async fn logs(&self, signature: Signature) -> Result<Vec<String>, RpcError> {
        let config = solana_rpc_client_api::config::RpcTransactionConfig {
            commitment: Some(CommitmentConfig::confirmed()),
            max_supported_transaction_version: Some(0),
            ..Default::default()
        };
        let read = self.rpc.ask("getTransaction", |node| async move {
            node.client().get_transaction_with_config(&signature, config).await
        });
        let meta = read.await?.transaction.meta;
        Ok(meta.and_then(|meta| Option::<Vec<String>>::from(meta.log_messages)).unwrap_or_default())
    }
}

/// Reads a refusal out of a log: Anchor says name, number and message in one line; what is logged besides says what was expected
/// and what came.
fn refusal(logs: &[String], otherwise: &str) -> Refusal {
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

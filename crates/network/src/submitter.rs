//! Landing transactions: built, simulated, sent, sent again until they are confirmed or cannot be any more; or the reason why not.

mod refusal;

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use serde::{Deserialize, Serialize};
use solana_address_lookup_table_interface::state::AddressLookupTable;
use solana_commitment_config::{CommitmentConfig, CommitmentLevel};
use solana_compute_budget_interface::ComputeBudgetInstruction;
use solana_keypair::Keypair;
use solana_message::{AddressLookupTableAccount, VersionedMessage, v0};
use solana_rpc_client_api::config::RpcSendTransactionConfig;
use solana_signature::Signature;
use solana_signer::Signer;
use solana_transaction::versioned::VersionedTransaction;
use solana_transaction_error::TransactionError;
use tokio::time::sleep;
use tracing::{debug, info};

use crate::{Rpc, RpcError};
use refusal::refusal;
pub use refusal::{Refusal, SendError};

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
/// How often a transaction is signed anew because a node does not know its blockhash: it is behind the node that gave it, or the
/// blockhash was too old when it arrived.
const SIGNINGS: u32 = 5;

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
        for _ in 0..SIGNINGS {
            let (transaction, last_block) = self.sign(&draft, compute_units, &tables).await?;
            let sent = if self.options.dry_run {
                self.simulate(&transaction).await
            } else {
                self.dispatch(&transaction, false).await
            };
            match sent {
                Err(SendError::UnknownBlockhash) => {
                    metrics::counter!("ballast_signed_anew_total", "what" => draft.label).increment(1);
                    sleep(LOOKING).await;
                }
                Err(error) => return Err(error),
                Ok(()) if self.options.dry_run => return Ok(Landed { signature: transaction.signatures[0], slot: 0 }),
                Ok(()) => return self.confirm(&transaction, last_block).await,
            }
        }
        Err(SendError::UnknownBlockhash)
    }

    /// Waits until a transaction that was sent is confirmed, and sends it again in between.
    async fn confirm(&self, transaction: &VersionedTransaction, last_block: u64) -> Result<Landed, SendError> {
        let signature = transaction.signatures[0];
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
                match self.dispatch(transaction, true).await {
                    // It was known when it was sent first; whether it is too old by now, the height says.
                    Ok(()) | Err(SendError::UnknownBlockhash) => sent_at = Instant::now(),
                    Err(error) => return Err(error),
                }
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
        let Err(error) = sent.await else { return Ok(()) };
        match error.cause.get_transaction_error() {
            // A node took it before, and its answer was lost.
            Some(TransactionError::AlreadyProcessed) => Ok(()),
            Some(TransactionError::BlockhashNotFound) => Err(SendError::UnknownBlockhash),
            _ => Err(error.into()),
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
        match result.err.map(TransactionError::from) {
            None => Ok(()),
            Some(TransactionError::BlockhashNotFound) => Err(SendError::UnknownBlockhash),
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

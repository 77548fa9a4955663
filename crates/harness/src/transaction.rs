//! Transactions as a wallet would send them, and what comes of them.

use std::{borrow::Cow, fmt};

use anchor_lang::{Event, prelude::Pubkey, solana_program::instruction::Instruction};
use base64::{Engine, engine::general_purpose::STANDARD};
use litesvm::types::{FailedTransactionMetadata, TransactionMetadata};
use solana_account::Account;
use solana_address_lookup_table_interface::{
    program,
    state::{AddressLookupTable, LookupTableMeta},
};
use solana_instruction_error::InstructionError;
use solana_message::{AddressLookupTableAccount, VersionedMessage, v0};
use solana_transaction_error::TransactionError;

/// Most bytes of a transaction on the wire.
pub const TRANSACTION_LIMIT: usize = 1_232;
/// Bytes of a signature.
const SIGNATURE: usize = 64;

/// What a transaction that went through left behind.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Compute units that the whole transaction used.
    pub compute_units: u64,
    /// Program logs.
    pub logs: Vec<String>,
    /// Return data of the last instruction that set any.
    pub return_data: Vec<u8>,
    /// Bytes of the transaction on the wire.
    pub transaction_bytes: usize,
    /// Accounts that the transaction locked; the network allows 64.
    pub account_locks: usize,
}

impl Outcome {
    pub(crate) fn new(metadata: TransactionMetadata, size: Size) -> Self {
        Self {
            compute_units: metadata.compute_units_consumed,
            logs: metadata.logs,
            return_data: metadata.return_data.data,
            transaction_bytes: size.bytes,
            account_locks: size.locks,
        }
    }

    /// The events of one type, in order.
    pub fn events<E: Event>(&self) -> Vec<E> {
        self.logs
            .iter()
            .filter_map(|line| line.strip_prefix("Program data: "))
            .filter_map(|text| STANDARD.decode(text).ok())
            .filter_map(|bytes| E::deserialize(&mut bytes.strip_prefix(E::DISCRIMINATOR)?).ok())
            .collect()
    }

    /// The only event of one type.
    ///
    /// # Panics
    /// If there is none or more than one.
    pub fn event<E: Event>(&self) -> E {
        let mut events = self.events::<E>();
        assert_eq!(events.len(), 1, "events of the type in {:#?}", self.logs);
        events.remove(0)
    }
}

/// Why a transaction was refused.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// The program's error code: a `BallastError` counts from 6000, Anchor's own errors stand below.
    pub code: Option<u32>,
    /// Index of the instruction that failed; the compute budget instruction is number 0.
    pub instruction: Option<u8>,
    /// The network's error.
    pub error: TransactionError,
    /// Program logs.
    pub logs: Vec<String>,
    /// Compute units used until the failure.
    pub compute_units: u64,
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "transaction refused: {}", self.error)?;
        for line in &self.logs {
            writeln!(formatter, "    {line}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Refusal {}

impl From<FailedTransactionMetadata> for Refusal {
    fn from(failed: FailedTransactionMetadata) -> Self {
        let (code, instruction) = match &failed.err {
            TransactionError::InstructionError(index, InstructionError::Custom(code)) => (Some(*code), Some(*index)),
            TransactionError::InstructionError(index, _) => (None, Some(*index)),
            _ => (None, None),
        };
        Self {
            code,
            instruction,
            error: failed.err,
            logs: failed.meta.logs,
            compute_units: failed.meta.compute_units_consumed,
        }
    }
}

/// What a message costs on the wire and in locks.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Bytes on the wire.
    pub bytes: usize,
    /// Accounts locked.
    pub locks: usize,
}

impl Size {
    /// Measures a message.
    pub fn of(message: &VersionedMessage) -> Self {
        let signatures = usize::from(message.header().num_required_signatures);
        let looked_up = message.address_table_lookups().unwrap_or_default();
        let loaded: usize =
            looked_up.iter().map(|lookup| lookup.writable_indexes.len() + lookup.readonly_indexes.len()).sum();
        Self {
            bytes: 1 + signatures * SIGNATURE + message.serialize().len(),
            locks: message.static_account_keys().len() + loaded,
        }
    }
}

/// Everything that a lookup table may stand for: what is neither a signer nor a program that is called.
pub(crate) fn table_addresses(instructions: &[Instruction], payer: &Pubkey) -> Vec<Pubkey> {
    let metas = || instructions.iter().flat_map(|instruction| &instruction.accounts);
    let mut addresses: Vec<Pubkey> = metas()
        .filter(|meta| {
            meta.pubkey != *payer
                && !instructions.iter().any(|instruction| instruction.program_id == meta.pubkey)
                && !metas().any(|other| other.pubkey == meta.pubkey && other.is_signer)
        })
        .map(|meta| meta.pubkey)
        .collect();
    addresses.sort_unstable();
    addresses.dedup();
    addresses
}

/// The account of an address lookup table that was last extended in `slot`.
pub(crate) fn table_account(addresses: &[Pubkey], slot: u64, lamports: u64) -> Account {
    let table = AddressLookupTable {
        meta: LookupTableMeta { last_extended_slot: slot, ..LookupTableMeta::default() },
        addresses: Cow::Borrowed(addresses),
    };
    let data = table.serialize_for_tests().expect("an address lookup table serialises");
    Account { lamports, data, owner: program::ID, executable: false, rent_epoch: u64::MAX }
}

/// Compiles a message, with a lookup table if there is one.
pub(crate) fn compile(
    instructions: &[Instruction],
    payer: &Pubkey,
    table: Option<AddressLookupTableAccount>,
    blockhash: solana_message::Hash,
) -> VersionedMessage {
    let message = v0::Message::try_compile(payer, instructions, table.as_slice(), blockhash)
        .expect("the instructions compile to a message");
    VersionedMessage::V0(message)
}

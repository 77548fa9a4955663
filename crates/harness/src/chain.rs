//! The chain: LiteSVM with the program's real image, a clock, and transactions as the network takes them.
//!
//! # How close this is to mainnet
//!
//! [`LiteSVM::new`] in version 0.16 starts from the features active on mainnet-beta (its `MAINNET_ACTIVE_FEATURES`), not
//! from all features. `increase_tx_account_lock_limit` is not among them, so a transaction locks at most 64 accounts;
//! `FeatureSet::all_enabled` would allow 128. Signatures and blockhashes are checked, logs are cut at 10,000 bytes, the
//! token programs are the deployed images. What LiteSVM leaves to the network is the size of a transaction: the chain
//! asserts 1,232 bytes itself, and resorts to an address lookup table as a client would.

use std::sync::Arc;

use anchor_lang::{
    prelude::{Pubkey, pubkey},
    solana_program::instruction::Instruction,
};
use litesvm::LiteSVM;
use solana_account::Account;
use solana_clock::Clock;
use solana_compute_budget_interface::ComputeBudgetInstruction;
use solana_keypair::Keypair;
use solana_message::{AddressLookupTableAccount, Hash, VersionedMessage};
use solana_signer::Signer;
use solana_transaction::versioned::VersionedTransaction;

use crate::{
    image,
    transaction::{self, Outcome, Refusal, Size, TRANSACTION_LIMIT},
};

/// A key pair that can be shared.
pub type Wallet = Arc<Keypair>;

/// Most compute units of a transaction.
pub const COMPUTE_LIMIT: u32 = 1_400_000;
/// Milliseconds from slot to slot.
const SLOT_MILLISECONDS: u64 = 400;
/// When the chain starts: 2026-01-05 08:00:00 UTC, a Monday.
pub const GENESIS_TIME: i64 = 1_767_600_000;
/// What wallets start with.
const PLENTY_OF_LAMPORTS: u64 = 1_000_000_000_000;

/// The sysvar of the hashes of recent slots, and who owns sysvars.
const SLOT_HASHES: (Pubkey, Pubkey) =
    (pubkey!("SysvarS1otHashes111111111111111111111111111"), pubkey!("Sysvar1111111111111111111111111111111111111"));

/// The wallet with this secret key, which has nothing.
pub fn wallet_of(secret: [u8; 32]) -> Wallet {
    Arc::new(Keypair::new_from_array(secret))
}

/// LiteSVM with the program loaded.
#[derive(Clone)]
pub struct Chain {
    svm: LiteSVM,
    payer: Wallet,
    wallets: u64,
    tables: u64,
    /// What tells the cluster from others: it goes into the hash of every slot.
    cluster: u8,
}

impl Default for Chain {
    fn default() -> Self {
        Self::new()
    }
}

impl Chain {
    /// Starts a chain with the program loaded.
    ///
    /// # Panics
    /// If there is no program image, or the loader refuses it.
    pub fn new() -> Self {
        let mut svm = LiteSVM::new();
        svm.add_program(ballast::ID, &image::read()).expect("the loader accepts the program image");
        let mut chain =
            Self { svm, payer: Arc::new(Keypair::new_from_array([7; 32])), wallets: 0, tables: 0, cluster: 0 };
        let slot = chain.slot();
        chain.set_clock(GENESIS_TIME, slot);
        chain.give_lamports(&chain.payer.pubkey(), PLENTY_OF_LAMPORTS);
        chain
    }

    /// Loads another program beside Ballast: one that calls it.
    ///
    /// # Panics
    /// If the loader refuses the image.
    pub fn add_program(&mut self, address: Pubkey, image: &[u8]) {
        self.svm.add_program(address, image).expect("the loader accepts the image");
    }

    /// A new wallet with plenty of SOL. Wallets are the same in every run, so that addresses, and with them the compute
    /// units of deriving addresses, are too.
    pub fn wallet(&mut self) -> Wallet {
        self.wallets += 1;
        let mut secret = *b"a wallet of the Ballast harness!";
        secret[..8].copy_from_slice(&self.wallets.to_le_bytes());
        let wallet = Arc::new(Keypair::new_from_array(secret));
        self.give_lamports(&wallet.pubkey(), PLENTY_OF_LAMPORTS);
        wallet
    }

    /// The wallet that pays for transactions.
    pub fn payer(&self) -> &Wallet {
        &self.payer
    }

    /// Unix time.
    pub fn now(&self) -> i64 {
        self.svm.get_sysvar::<Clock>().unix_timestamp
    }

    /// Slot.
    pub fn slot(&self) -> u64 {
        self.svm.get_sysvar::<Clock>().slot
    }

    /// Sets time and slot.
    pub fn set_clock(&mut self, unix_timestamp: i64, slot: u64) {
        let clock = Clock { unix_timestamp, slot, ..self.svm.get_sysvar::<Clock>() };
        self.svm.set_sysvar(&clock);
        self.set_slot_hash(slot);
    }

    /// Turns the chain into another cluster, with the same accounts and other hashes of slots.
    pub fn fork(&mut self, cluster: u8) {
        self.cluster = cluster;
        self.set_slot_hash(self.slot());
    }

    /// Writes the hash of the slot before this one, as every bank does: here it is nothing but cluster and slot.
    fn set_slot_hash(&mut self, slot: u64) {
        let mut hash = [self.cluster; 32];
        hash[..8].copy_from_slice(&slot.to_le_bytes());
        let mut data = 1_u64.to_le_bytes().to_vec();
        data.extend(slot.saturating_sub(1).to_le_bytes());
        data.extend(hash);
        let (address, owner) = SLOT_HASHES;
        let lamports = self.svm.minimum_balance_for_rent_exemption(data.len());
        let account = Account { lamports, data, owner, executable: false, rent_epoch: u64::MAX };
        self.svm.set_account(address, account).expect("the sysvar can be written");
    }

    /// Lets time pass, with a slot every 400 ms.
    pub fn advance(&mut self, seconds: u64) {
        let slots = seconds * 1_000 / SLOT_MILLISECONDS;
        self.set_clock(self.now() + seconds as i64, self.slot() + slots);
    }

    /// An account, if it exists.
    pub fn account(&self, address: &Pubkey) -> Option<Account> {
        self.svm.get_account(address).filter(|account| account.lamports > 0)
    }

    /// Data of an account.
    ///
    /// # Panics
    /// If the account does not exist.
    pub fn data(&self, address: &Pubkey) -> Vec<u8> {
        self.account(address).unwrap_or_else(|| panic!("account {address} does not exist")).data
    }

    /// Writes an account, as another program would have.
    pub fn set_account(&mut self, address: Pubkey, owner: Pubkey, data: Vec<u8>) {
        let lamports = self.svm.minimum_balance_for_rent_exemption(data.len());
        let account = Account { lamports, data, owner, executable: false, rent_epoch: u64::MAX };
        self.svm.set_account(address, account).expect("the account can be written");
    }

    /// All accounts of the program, in the order of their addresses.
    pub fn program_accounts(&self) -> Vec<(Pubkey, Account)> {
        self.accounts_of(&ballast::ID)
    }

    /// All accounts that a program owns, in the order of their addresses.
    pub fn accounts_of(&self, program: &Pubkey) -> Vec<(Pubkey, Account)> {
        let mut accounts = self.svm.get_program_accounts(program);
        accounts.retain(|(_, account)| account.lamports > 0);
        accounts.sort_unstable_by_key(|(address, _)| *address);
        accounts
    }

    /// Least lamports of an account with this many bytes.
    pub fn rent(&self, bytes: usize) -> u64 {
        self.svm.minimum_balance_for_rent_exemption(bytes)
    }

    /// Sends a transaction that the payer pays for.
    ///
    /// # Errors
    /// [`Refusal`]; nothing but the fee has changed then.
    ///
    /// # Panics
    /// If the transaction is larger than the network takes.
    pub fn send(&mut self, instructions: &[Instruction], signers: &[&Wallet]) -> Result<Outcome, Refusal> {
        self.send_with_limit(instructions, signers, COMPUTE_LIMIT)
    }

    /// [`Chain::send`] with a compute limit of one's own.
    ///
    /// # Errors
    /// [`Refusal`].
    ///
    /// # Panics
    /// If the transaction is larger than the network takes.
    pub fn send_with_limit(
        &mut self,
        instructions: &[Instruction],
        signers: &[&Wallet],
        compute_units: u32,
    ) -> Result<Outcome, Refusal> {
        let (transaction, size) = self.sign(instructions, signers, compute_units);
        let result = self.svm.send_transaction(transaction);
        // Two equal transactions in one block would be one: let each have its own blockhash.
        self.svm.expire_blockhash();
        Ok(Outcome::new(result?, size))
    }

    /// Runs a transaction without keeping its effects.
    ///
    /// # Errors
    /// [`Refusal`].
    ///
    /// # Panics
    /// If the transaction is larger than the network takes.
    pub fn simulate(&mut self, instructions: &[Instruction], signers: &[&Wallet]) -> Result<Outcome, Refusal> {
        let (transaction, size) = self.sign(instructions, signers, COMPUTE_LIMIT);
        Ok(Outcome::new(self.svm.simulate_transaction(transaction)?.meta, size))
    }

    fn sign(
        &mut self,
        instructions: &[Instruction],
        signers: &[&Wallet],
        compute_units: u32,
    ) -> (VersionedTransaction, Size) {
        let mut all = vec![ComputeBudgetInstruction::set_compute_unit_limit(compute_units)];
        all.extend_from_slice(instructions);
        let blockhash = self.svm.latest_blockhash();
        self.signed(&all, signers, blockhash)
    }

    /// A signed transaction, for this chain or for another one with the same accounts.
    ///
    /// # Panics
    /// If a signer is missing, or the transaction is larger than the network takes.
    pub fn signed(
        &mut self,
        instructions: &[Instruction],
        signers: &[&Wallet],
        blockhash: Hash,
    ) -> (VersionedTransaction, Size) {
        let (message, size) = self.message(instructions, blockhash);
        // Only the signatures that the message asks for, each once and in its order.
        let required = &message.static_account_keys()[..usize::from(message.header().num_required_signatures)];
        let offered = || signers.iter().copied().chain([&self.payer]);
        let keys: Vec<&Keypair> = required
            .iter()
            .filter_map(|address| offered().find(|wallet| wallet.pubkey() == *address))
            .map(AsRef::as_ref)
            .collect();
        let transaction = VersionedTransaction::try_new(message, &keys).expect("every signer of the transaction signs");
        (transaction, size)
    }

    fn message(&mut self, instructions: &[Instruction], blockhash: Hash) -> (VersionedMessage, Size) {
        let payer = self.payer.pubkey();
        let message = transaction::compile(instructions, &payer, None, blockhash);
        let size = Size::of(&message);
        if size.bytes <= TRANSACTION_LIMIT {
            return (message, size);
        }
        let table = self.lookup_table(transaction::table_addresses(instructions, &payer));
        let message = transaction::compile(instructions, &payer, Some(table), blockhash);
        let size = Size::of(&message);
        assert!(
            size.bytes <= TRANSACTION_LIMIT,
            "a transaction of {} bytes is more than the network takes",
            size.bytes
        );
        (message, size)
    }

    /// Makes a lookup table that was extended in an earlier slot, as if a client had prepared it.
    fn lookup_table(&mut self, addresses: Vec<Pubkey>) -> AddressLookupTableAccount {
        self.tables += 1;
        let mut key = [0xA7; 32];
        key[..8].copy_from_slice(&self.tables.to_le_bytes());
        let key = Pubkey::new_from_array(key);
        let lamports = self.rent(56 + 32 * addresses.len());
        let account = transaction::table_account(&addresses, self.slot() - 1, lamports);
        self.svm.set_account(key, account).expect("the lookup table can be written");
        AddressLookupTableAccount { key, addresses }
    }

    fn give_lamports(&mut self, address: &Pubkey, lamports: u64) {
        let account = Account { lamports, rent_epoch: u64::MAX, ..Account::default() };
        self.svm.set_account(*address, account).expect("a wallet can be written");
    }
}

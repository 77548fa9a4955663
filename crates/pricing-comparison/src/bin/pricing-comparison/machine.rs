//! The virtual machine with the comparison's program.

use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use anyhow::{Context, Result, anyhow};
use litesvm::LiteSVM;
use pricing_comparison::{Method, Priced, Terms, decode, encode};
use solana_account::Account;
use solana_compute_budget_interface::ComputeBudgetInstruction;
use solana_keypair::Keypair;
use solana_message::{Message, VersionedMessage};
use solana_signer::Signer;
use solana_transaction::versioned::VersionedTransaction;

/// Most compute units of a transaction.
const COMPUTE_LIMIT: u32 = 1_400_000;

/// What a method made of an option.
pub struct Answer {
    /// The numbers; nothing if the implementation refused the option.
    pub priced: Option<Priced>,
    /// Compute units of the whole transaction.
    pub compute_units: u64,
}

/// LiteSVM with the program loaded.
pub struct Machine {
    svm: LiteSVM,
    payer: Keypair,
    program: Pubkey,
}

impl Machine {
    /// Loads the program.
    pub fn start(image: &[u8]) -> Result<Self> {
        let mut svm = LiteSVM::new();
        let program = Pubkey::new_from_array([5; 32]);
        svm.add_program(program, image).map_err(|error| anyhow!("the loader refuses the image: {error:?}"))?;
        let payer = Keypair::new_from_array([7; 32]);
        let wallet = Account { lamports: 1_000_000_000_000, rent_epoch: u64::MAX, ..Account::default() };
        svm.set_account(payer.pubkey(), wallet).map_err(|error| anyhow!("no wallet: {error:?}"))?;
        Ok(Self { svm, payer, program })
    }

    /// Has a method price an option.
    pub fn price(&mut self, method: Method, terms: &Terms) -> Result<Answer> {
        let instructions = [
            ComputeBudgetInstruction::set_compute_unit_limit(COMPUTE_LIMIT),
            Instruction { program_id: self.program, accounts: Vec::new(), data: encode(method, terms) },
        ];
        let blockhash = self.svm.latest_blockhash();
        let message = Message::new_with_blockhash(&instructions, Some(&self.payer.pubkey()), &blockhash);
        let transaction = VersionedTransaction::try_new(VersionedMessage::Legacy(message), &[&self.payer])?;
        let result = self.svm.send_transaction(transaction);
        self.svm.expire_blockhash();
        match result {
            Ok(done) => {
                let priced = decode(&done.return_data.data).context("the answer has too many bytes")?;
                Ok(Answer { priced: Some(priced), compute_units: done.compute_units_consumed })
            }
            Err(failed) if format!("{:?}", failed.err).contains("InvalidArgument") => {
                Ok(Answer { priced: None, compute_units: failed.meta.compute_units_consumed })
            }
            Err(failed) => Err(anyhow!("{method:?} of {terms:?}: {:?}\n{:?}", failed.err, failed.meta.logs)),
        }
    }
}

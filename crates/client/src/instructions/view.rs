//! What anyone may look at.

use anchor_lang::{
    prelude::{AccountMeta, Pubkey},
    solana_program::instruction::Instruction,
};

use super::instruction;

/// Returns an account's margin report as return data; meant to be simulated.
pub fn assess(exchange: Pubkey, account: Pubkey, check: Vec<AccountMeta>) -> Instruction {
    let accounts = ballast::accounts::Assess { exchange, account };
    instruction(&accounts, check, &ballast::instruction::Assess {})
}

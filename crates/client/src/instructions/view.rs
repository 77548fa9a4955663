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

/// Returns what an account's positions in one market gain or lose in every scenario as return data; meant to be simulated.
pub fn assess_market(exchange: Pubkey, account: Pubkey, market: u16, check: Vec<AccountMeta>) -> Instruction {
    let accounts = ballast::accounts::Assess { exchange, account };
    instruction(&accounts, check, &ballast::instruction::AssessMarket { market })
}

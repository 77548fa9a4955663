//! Roles, changes of parameters, pauses.

use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction, system_program};
use ballast::{ChangeArgs, PauseArgs, governance::INSTRUCTIONS};
use ballast_state::{governance::Role, seeds};

use super::instruction;

/// Proposes a new holder of a role, which may accept after a time lock.
pub fn propose_role(exchange: Pubkey, governance: Pubkey, role: Role, key: Pubkey) -> Instruction {
    let accounts = ballast::accounts::ProposeRole { exchange, governance, instructions: INSTRUCTIONS };
    instruction(&accounts, Vec::new(), &ballast::instruction::ProposeRole { role: role as u8, key })
}

/// Takes a role over.
pub fn accept_role(exchange: Pubkey, holder: Pubkey, role: Role) -> Instruction {
    let accounts = ballast::accounts::AcceptRole { exchange, holder, instructions: INSTRUCTIONS };
    instruction(&accounts, Vec::new(), &ballast::instruction::AcceptRole { role: role as u8 })
}

/// Withdraws a proposed hand-over of a role.
pub fn cancel_role(exchange: Pubkey, canceller: Pubkey, role: Role) -> Instruction {
    let accounts = ballast::accounts::CancelRole { exchange, canceller };
    instruction(&accounts, Vec::new(), &ballast::instruction::CancelRole { role: role as u8 })
}

/// Proposes a change of a parameter of `target`: the exchange, a market or a bank. `proposer` pays the rent of the
/// pending change, and gets it back.
pub fn propose_change(exchange: Pubkey, proposer: Pubkey, target: Pubkey, args: ChangeArgs) -> Instruction {
    let accounts = ballast::accounts::ProposeChange {
        exchange,
        proposer,
        target,
        change: seeds::change(&target, args.parameter, args.slot).0,
        instructions: INSTRUCTIONS,
        system_program: system_program::ID,
    };
    instruction(&accounts, Vec::new(), &ballast::instruction::ProposeChange { args })
}

/// Carries a proposed change out.
pub fn apply_change(exchange: Pubkey, target: Pubkey, parameter: u32, slot: u8) -> Instruction {
    let change = seeds::change(&target, parameter, slot).0;
    let accounts = ballast::accounts::ApplyChange { exchange, change, target };
    instruction(&accounts, Vec::new(), &ballast::instruction::ApplyChange {})
}

/// Withdraws a proposed change; the rent goes back to `proposer`.
pub fn cancel_change(exchange: Pubkey, change: Pubkey, proposer: Pubkey, canceller: Pubkey) -> Instruction {
    let accounts = ballast::accounts::CancelChange { exchange, change, proposer, canceller };
    instruction(&accounts, Vec::new(), &ballast::instruction::CancelChange {})
}

/// Closes the account of a change that has served; the rent goes back to `proposer`.
pub fn close_change(exchange: Pubkey, change: Pubkey, proposer: Pubkey) -> Instruction {
    let accounts = ballast::accounts::CloseChange { exchange, change, proposer };
    instruction(&accounts, Vec::new(), &ballast::instruction::CloseChange {})
}

/// Pauses trades or withdrawals of the exchange, a market or a bank; what is false goes on.
pub fn pause(exchange: Pubkey, guardian: Pubkey, target: Pubkey, trades: bool, withdrawals: bool) -> Instruction {
    let accounts = ballast::accounts::Pause { exchange, guardian, target };
    let args = PauseArgs { trades, withdrawals };
    instruction(&accounts, Vec::new(), &ballast::instruction::Pause { args })
}

/// Lowers a limit of a market or bank at once.
pub fn lower_limit(exchange: Pubkey, guardian: Pubkey, target: Pubkey, parameter: u32, value: i64) -> Instruction {
    let accounts = ballast::accounts::LowerLimit { exchange, guardian, target };
    instruction(&accounts, Vec::new(), &ballast::instruction::LowerLimit { parameter, value })
}

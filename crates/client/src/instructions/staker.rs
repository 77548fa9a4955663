//! What owners do with their stakes in the insurance fund.

use anchor_lang::{
    prelude::{AccountMeta, Pubkey},
    solana_program::instruction::Instruction,
    system_program,
};
use ballast_state::seeds;

use super::{CollateralToken, MarginAccountKey, instruction};

/// Opens the owner's stake; `payer` pays its rent.
pub fn open_stake(exchange: Pubkey, owner: Pubkey, payer: Pubkey) -> Instruction {
    let stake = seeds::stake(&exchange, &owner).0;
    let accounts = ballast::accounts::OpenStake { exchange, stake, owner, payer, system_program: system_program::ID };
    instruction(&accounts, Vec::new(), &ballast::instruction::OpenStake {})
}

/// Closes a stake without shares; its rent goes to `receiver`.
pub fn close_stake(exchange: Pubkey, owner: Pubkey, quote: &CollateralToken, receiver: Pubkey) -> Instruction {
    let accounts = ballast::accounts::CloseStake {
        exchange,
        stake: seeds::stake(&exchange, &owner).0,
        owner,
        quote_bank: quote.bank(&exchange).0,
        receiver,
    };
    instruction(&accounts, Vec::new(), &ballast::instruction::CloseStake {})
}

/// Stakes cash of the account, for however many shares. The check covers the account.
pub fn stake(account: &MarginAccountKey, quote: &CollateralToken, amount: u64, check: Vec<AccountMeta>) -> Instruction {
    stake_for(account, quote, amount, 0, check)
}

/// Stakes cash of the account, for at least so many shares.
pub fn stake_for(
    account: &MarginAccountKey,
    quote: &CollateralToken,
    amount: u64,
    minimum_shares: u64,
    check: Vec<AccountMeta>,
) -> Instruction {
    instruction(&move_stake(account, quote), check, &ballast::instruction::Stake { amount, minimum_shares })
}

/// Gives notice for shares of the owner's stake.
pub fn request_unstake(exchange: Pubkey, owner: Pubkey, quote: &CollateralToken, shares: u64) -> Instruction {
    let accounts = ballast::accounts::RequestUnstake {
        exchange,
        stake: seeds::stake(&exchange, &owner).0,
        owner,
        quote_bank: quote.bank(&exchange).0,
    };
    instruction(&accounts, Vec::new(), &ballast::instruction::RequestUnstake { shares })
}

/// Pays the shares for which notice was given out to the account.
pub fn unstake(account: &MarginAccountKey, quote: &CollateralToken) -> Instruction {
    unstake_for(account, quote, 0)
}

/// [`unstake`], if they are worth at least so much.
pub fn unstake_for(account: &MarginAccountKey, quote: &CollateralToken, minimum_amount: u64) -> Instruction {
    instruction(&move_stake(account, quote), Vec::new(), &ballast::instruction::Unstake { minimum_amount })
}

fn move_stake(account: &MarginAccountKey, quote: &CollateralToken) -> ballast::accounts::MoveStake {
    ballast::accounts::MoveStake {
        exchange: account.exchange,
        account: account.address(),
        stake: seeds::stake(&account.exchange, &account.owner).0,
        owner: account.owner,
        quote_bank: quote.bank(&account.exchange).0,
    }
}

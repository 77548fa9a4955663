//! What owners do with their accounts.

use anchor_lang::{
    prelude::{AccountMeta, Pubkey},
    solana_program::instruction::Instruction,
    system_program,
};
use ballast::{DeclareHedgeArgs, OpenAccountArgs, TradeArgs, TradeLeg};
use ballast_risk::Mode;

use super::{CollateralToken, MarginAccountKey, instruction};

/// Opens a margin account; `payer` pays its rent.
pub fn open_account(account: &MarginAccountKey, payer: Pubkey, mode: Mode) -> Instruction {
    let accounts = ballast::accounts::OpenAccount {
        exchange: account.exchange,
        account: account.address(),
        owner: account.owner,
        payer,
        system_program: system_program::ID,
    };
    let args = OpenAccountArgs { sub_account: account.sub_account, mode: mode as u8 };
    instruction(&accounts, Vec::new(), &ballast::instruction::OpenAccount { args })
}

/// Closes an empty margin account; its rent goes to `receiver`.
pub fn close_account(account: &MarginAccountKey, receiver: Pubkey) -> Instruction {
    let accounts = ballast::accounts::CloseAccount { account: account.address(), owner: account.owner, receiver };
    instruction(&accounts, Vec::new(), &ballast::instruction::CloseAccount {})
}

/// Deposits `amount` native units from the owner's token account `source`.
pub fn deposit(account: &MarginAccountKey, token: &CollateralToken, source: Pubkey, amount: u64) -> Instruction {
    let (bank, vault) = token.bank(&account.exchange);
    let accounts = ballast::accounts::Deposit {
        exchange: account.exchange,
        account: account.address(),
        owner: account.owner,
        bank,
        vault,
        mint: token.mint,
        source,
        token_program: token.program,
    };
    instruction(&accounts, Vec::new(), &ballast::instruction::Deposit { amount })
}

/// Withdraws `amount` native units to the token account `destination`. The check also lists the bank that is named
/// already.
pub fn withdraw(
    account: &MarginAccountKey,
    token: &CollateralToken,
    destination: Pubkey,
    amount: u64,
    check: Vec<AccountMeta>,
) -> Instruction {
    let (bank, vault) = token.bank(&account.exchange);
    let accounts = ballast::accounts::Withdraw {
        exchange: account.exchange,
        account: account.address(),
        owner: account.owner,
        bank,
        vault,
        mint: token.mint,
        destination,
        token_program: token.program,
    };
    instruction(&accounts, check, &ballast::instruction::Withdraw { amount })
}

/// Declares `amount` native units of the deposit in a bank a hedge of positions in that token's own market.
pub fn declare_hedge(account: &MarginAccountKey, bank: u16, amount: u64, check: Vec<AccountMeta>) -> Instruction {
    let args = DeclareHedgeArgs { bank, amount };
    instruction(&change_account(account), check, &ballast::instruction::DeclareHedge { args })
}

/// Changes the margin mode.
pub fn set_mode(account: &MarginAccountKey, mode: Mode, check: Vec<AccountMeta>) -> Instruction {
    instruction(&change_account(account), check, &ballast::instruction::SetMode { mode: mode as u8 })
}

pub(super) fn change_account(account: &MarginAccountKey) -> ballast::accounts::ChangeAccount {
    ballast::accounts::ChangeAccount { exchange: account.exchange, account: account.address(), owner: account.owner }
}

/// Limits of the fees of a trade that limit nothing.
pub const ANY_FEES: [u64; 2] = [u64::MAX; 2];

/// Trades between two accounts; quantities are what `first`, the taker, buys. Both owners sign. The check covers both
/// accounts and touches the legs' markets. No rebates are claimed, and fees are not limited: see [`trade_with`].
pub fn trade(
    first: &MarginAccountKey,
    second: &MarginAccountKey,
    legs: Vec<TradeLeg>,
    check: Vec<AccountMeta>,
) -> Instruction {
    trade_with(first, second, TradeArgs { legs, claims_rebates: false, maximum_fees: ANY_FEES }, check)
}

/// [`trade`] with all of its arguments. Claiming rebates costs each account that pays a fee a check more.
pub fn trade_with(
    first: &MarginAccountKey,
    second: &MarginAccountKey,
    args: TradeArgs,
    check: Vec<AccountMeta>,
) -> Instruction {
    trade_by([first.owner, second.owner], first, second, args, check)
}

/// [`trade_with`], signed by the owners or delegates named first.
pub fn trade_by(
    [first_authority, second_authority]: [Pubkey; 2],
    first: &MarginAccountKey,
    second: &MarginAccountKey,
    args: TradeArgs,
    check: Vec<AccountMeta>,
) -> Instruction {
    let accounts = ballast::accounts::Trade {
        exchange: first.exchange,
        first: first.address(),
        second: second.address(),
        first_authority,
        second_authority,
    };
    instruction(&accounts, check, &ballast::instruction::Trade { args })
}

/// Lends cash to the lending pool, for however many shares.
pub fn lend(account: &MarginAccountKey, quote: &CollateralToken, amount: u64, check: Vec<AccountMeta>) -> Instruction {
    lend_for(account, quote, amount, 0, check)
}

/// Lends cash to the lending pool, for at least so many shares.
pub fn lend_for(
    account: &MarginAccountKey,
    quote: &CollateralToken,
    amount: u64,
    minimum_shares: u64,
    check: Vec<AccountMeta>,
) -> Instruction {
    instruction(&use_pool(account, quote), check, &ballast::instruction::Lend { amount, minimum_shares })
}

/// Turns shares of the lending pool back into cash, however much.
pub fn unlend(account: &MarginAccountKey, quote: &CollateralToken, shares: u64) -> Instruction {
    unlend_for(account, quote, shares, 0)
}

/// Turns shares of the lending pool back into cash, at least so much.
pub fn unlend_for(
    account: &MarginAccountKey,
    quote: &CollateralToken,
    shares: u64,
    minimum_amount: u64,
) -> Instruction {
    instruction(&use_pool(account, quote), Vec::new(), &ballast::instruction::Unlend { shares, minimum_amount })
}

/// Borrows cash from the lending pool. The check also lists the quote token's bank, which is named already.
pub fn borrow(
    account: &MarginAccountKey,
    quote: &CollateralToken,
    amount: u64,
    check: Vec<AccountMeta>,
) -> Instruction {
    instruction(&use_pool(account, quote), check, &ballast::instruction::Borrow { amount })
}

/// Pays a debt to the lending pool back; `u64::MAX` for all of it.
pub fn repay(account: &MarginAccountKey, quote: &CollateralToken, amount: u64) -> Instruction {
    instruction(&use_pool(account, quote), Vec::new(), &ballast::instruction::Repay { amount })
}

fn use_pool(account: &MarginAccountKey, quote: &CollateralToken) -> ballast::accounts::UsePool {
    ballast::accounts::UsePool {
        exchange: account.exchange,
        account: account.address(),
        owner: account.owner,
        quote_bank: quote.bank(&account.exchange).0,
    }
}

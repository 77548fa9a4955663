//! The program's instructions: one builder each.
//!
//! Builders derive every address that the program derives and take only what they cannot know. Where an instruction
//! checks margin, `check` is the list that [`CheckAccounts`](crate::CheckAccounts) makes.

mod admin;
mod governance;
mod keeper;
mod orders;
mod staker;
mod trader;
mod view;

use anchor_lang::{
    InstructionData, ToAccountMetas,
    prelude::{AccountMeta, Pubkey},
    solana_program::instruction::Instruction,
};
use ballast_state::{MarginAccount, seeds};

pub use admin::{
    close_bank, close_market, create_bank, create_exchange, create_expiry, create_group, create_market, create_series,
    post_perpetual_basis, post_surface, remove_bank, remove_market,
};
pub use governance::{
    accept_role, apply_change, cancel_change, cancel_role, close_change, lower_limit, pause, propose_change,
    propose_role,
};
pub use keeper::{
    Priced, collect_fees, fix_settlement, liquidate, liquidate_for, migrate, record_bankruptcy, refresh, remove_expiry,
    resolve_bankruptcy, resolve_bankruptcy_for, settle_expired, settle_pnl,
};
pub use orders::{
    MatchedOrder, OrderSource, SignedOrder, cancel_order, cancel_orders, close_order_records, expect_changes,
    match_orders, match_signed_orders, open_order_records, place_order, set_delegate, verify_signatures,
};
pub use staker::{close_stake, open_stake, request_unstake, stake, stake_for, unstake, unstake_for};
pub use trader::{
    ANY_FEES, borrow, close_account, declare_hedge, deposit, lend, lend_for, open_account, repay, set_mode, trade,
    trade_by, trade_with, unlend, unlend_for, withdraw,
};
pub use view::{assess, assess_market};

/// A margin account, by what its address derives from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarginAccountKey {
    /// The exchange.
    pub exchange: Pubkey,
    /// The owner.
    pub owner: Pubkey,
    /// Number among the owner's accounts.
    pub sub_account: u16,
}

impl MarginAccountKey {
    /// What the address of an account derives from.
    pub fn of(account: &MarginAccount) -> Self {
        Self { exchange: account.exchange, owner: account.owner, sub_account: account.sub_account }
    }

    /// The account's address.
    pub fn address(&self) -> Pubkey {
        seeds::margin_account(&self.exchange, &self.owner, self.sub_account).0
    }
}

/// A token that an exchange takes as collateral.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CollateralToken {
    /// The mint.
    pub mint: Pubkey,
    /// The mint's program: SPL Token or Token-2022.
    pub program: Pubkey,
}

impl CollateralToken {
    /// Addresses of the token's bank and of its vault.
    pub fn bank(&self, exchange: &Pubkey) -> (Pubkey, Pubkey) {
        let bank = seeds::bank(exchange, &self.mint).0;
        (bank, seeds::vault(&bank).0)
    }
}

/// Puts an instruction together; `others` follow the named accounts.
fn instruction(accounts: &impl ToAccountMetas, others: Vec<AccountMeta>, data: &impl InstructionData) -> Instruction {
    let mut metas = accounts.to_account_metas(None);
    metas.extend(others);
    Instruction { program_id: ballast::ID, accounts: metas, data: data.data() }
}

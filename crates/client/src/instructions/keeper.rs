//! What anyone may do to keep the exchange going.

use anchor_lang::{
    prelude::{AccountMeta, Pubkey},
    solana_program::instruction::Instruction,
};
use ballast::{ExpiryArgs, LiquidationPlan, RefreshArgs, SettlePnlArgs};
use ballast_state::seeds;

use super::{CollateralToken, MarginAccountKey, instruction};

/// A market or bank, and the oracle accounts that price it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Priced {
    /// The market or bank.
    pub target: Pubkey,
    /// The price account.
    pub oracle: Pubkey,
    /// That of the second source, if the market has one.
    pub second_oracle: Option<Pubkey>,
}

impl Priced {
    /// Something with one source.
    pub fn new(target: Pubkey, oracle: Pubkey) -> Self {
        Self { target, oracle, second_oracle: None }
    }
}

/// Reads oracles into markets and banks. With `skip_refused` a quote that is refused leaves its target as it was;
/// otherwise it fails the instruction.
pub fn refresh(exchange: Pubkey, priced: &[Priced], skip_refused: bool) -> Instruction {
    let metas = priced.iter().flat_map(|priced| {
        let oracles = [Some(priced.oracle), priced.second_oracle].into_iter().flatten();
        let oracles = oracles.map(|oracle| AccountMeta::new_readonly(oracle, false));
        [AccountMeta::new(priced.target, false)].into_iter().chain(oracles)
    });
    let accounts = ballast::accounts::Refresh { exchange };
    instruction(&accounts, metas.collect(), &ballast::instruction::Refresh { args: RefreshArgs { skip_refused } })
}

/// Brings an account of an earlier version into this version's layout.
pub fn migrate(account: Pubkey) -> Instruction {
    instruction(&ballast::accounts::Migrate { account }, Vec::new(), &ballast::instruction::Migrate {})
}

/// Turns an account's unsettled profit or loss in one market into cash.
pub fn settle_pnl(account: &MarginAccountKey, market: u16, args: SettlePnlArgs) -> Instruction {
    let accounts = ballast::accounts::SettlePnl {
        exchange: account.exchange,
        account: account.address(),
        market: seeds::market(&account.exchange, market).0,
    };
    instruction(&accounts, Vec::new(), &ballast::instruction::SettlePnl { args })
}

/// Fixes the settlement price of an expiry.
pub fn fix_settlement(exchange: Pubkey, market: u16, args: ExpiryArgs) -> Instruction {
    let accounts = ballast::accounts::FixSettlement { exchange, market: seeds::market(&exchange, market).0 };
    instruction(&accounts, Vec::new(), &ballast::instruction::FixSettlement { args })
}

/// Settles an account's positions of an expiry whose settlement price is fixed.
pub fn settle_expired(account: &MarginAccountKey, market: u16, args: ExpiryArgs) -> Instruction {
    let accounts = ballast::accounts::SettleExpired {
        exchange: account.exchange,
        account: account.address(),
        market: seeds::market(&account.exchange, market).0,
    };
    instruction(&accounts, Vec::new(), &ballast::instruction::SettleExpired { args })
}

/// Frees the slot of a settled expiry that nobody holds any more; what rounding left goes to the insurance fund.
pub fn remove_expiry(exchange: Pubkey, quote: &CollateralToken, market: u16, args: ExpiryArgs) -> Instruction {
    let accounts = ballast::accounts::RemoveExpiry {
        exchange,
        market: seeds::market(&exchange, market).0,
        quote_bank: quote.bank(&exchange).0,
    };
    instruction(&accounts, Vec::new(), &ballast::instruction::RemoveExpiry { args })
}

/// Sweeps a market's fees into the insurance fund.
pub fn collect_fees(exchange: Pubkey, quote: &CollateralToken, market: u16) -> Instruction {
    let accounts = ballast::accounts::CollectFees {
        exchange,
        market: seeds::market(&exchange, market).0,
        quote_bank: quote.bank(&exchange).0,
    };
    instruction(&accounts, Vec::new(), &ballast::instruction::CollectFees {})
}

/// Closes legs or takes a slice of an account below maintenance margin, whatever it costs. The check covers both accounts and touches the
/// markets of the victim's positions.
pub fn liquidate(
    victim: &MarginAccountKey,
    liquidator: &MarginAccountKey,
    quote: &CollateralToken,
    plan: LiquidationPlan,
    check: Vec<AccountMeta>,
) -> Instruction {
    liquidate_for(victim, liquidator, quote, plan, i64::MIN, check)
}

/// [`liquidate`], if the liquidator's cash changes by at least so much, µUSD; negative: if it pays no more.
pub fn liquidate_for(
    victim: &MarginAccountKey,
    liquidator: &MarginAccountKey,
    quote: &CollateralToken,
    plan: LiquidationPlan,
    minimum_proceeds: i64,
    check: Vec<AccountMeta>,
) -> Instruction {
    let accounts = liquidation(victim, liquidator, quote);
    instruction(&accounts, check, &ballast::instruction::Liquidate { plan, minimum_proceeds })
}

/// Takes over a fraction (scale 2^-28) of a bankrupt account, whatever it brings. The check is that of [`liquidate`].
pub fn resolve_bankruptcy(
    victim: &MarginAccountKey,
    liquidator: &MarginAccountKey,
    quote: &CollateralToken,
    fraction: u32,
    check: Vec<AccountMeta>,
) -> Instruction {
    resolve_bankruptcy_for(victim, liquidator, quote, fraction, i64::MIN, check)
}

/// [`resolve_bankruptcy`], if the liquidator's cash changes by at least so much, µUSD.
pub fn resolve_bankruptcy_for(
    victim: &MarginAccountKey,
    liquidator: &MarginAccountKey,
    quote: &CollateralToken,
    fraction: u32,
    minimum_proceeds: i64,
    check: Vec<AccountMeta>,
) -> Instruction {
    let accounts = liquidation(victim, liquidator, quote);
    instruction(&accounts, check, &ballast::instruction::ResolveBankruptcy { fraction, minimum_proceeds })
}

fn liquidation(
    victim: &MarginAccountKey,
    liquidator: &MarginAccountKey,
    quote: &CollateralToken,
) -> ballast::accounts::Liquidate {
    ballast::accounts::Liquidate {
        exchange: victim.exchange,
        account: victim.address(),
        liquidator: liquidator.address(),
        liquidator_owner: liquidator.owner,
        quote_bank: quote.bank(&victim.exchange).0,
    }
}

/// Records an account as an open bankruptcy, or takes it off the record. The check covers the account.
pub fn record_bankruptcy(account: &MarginAccountKey, quote: &CollateralToken, check: Vec<AccountMeta>) -> Instruction {
    let accounts = ballast::accounts::RecordBankruptcy {
        exchange: account.exchange,
        account: account.address(),
        quote_bank: quote.bank(&account.exchange).0,
    };
    instruction(&accounts, check, &ballast::instruction::RecordBankruptcy {})
}

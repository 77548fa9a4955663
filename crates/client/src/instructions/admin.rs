//! Listing and publishing.

use anchor_lang::{
    prelude::{AccountMeta, Pubkey},
    solana_program::instruction::Instruction,
    system_program,
};
use ballast::{
    CreateBankArgs, CreateExchangeArgs, CreateExpiryArgs, CreateGroupArgs, CreateMarketArgs, CreateSeriesArgs,
    ExpiryArgs, PostSurfaceArgs, governance::INSTRUCTIONS,
};
use ballast_state::seeds;

use super::{CollateralToken, instruction};

/// Opens an exchange; `creator` becomes its governance and pays its rent.
pub fn create_exchange(creator: Pubkey, quote_mint: Pubkey, args: CreateExchangeArgs) -> Instruction {
    let exchange = seeds::exchange(&creator, args.index).0;
    let accounts =
        ballast::accounts::CreateExchange { exchange, creator, quote_mint, system_program: system_program::ID };
    instruction(&accounts, Vec::new(), &ballast::instruction::CreateExchange { args })
}

/// Lists a collateral token.
pub fn create_bank(exchange: Pubkey, listing: Pubkey, token: &CollateralToken, args: CreateBankArgs) -> Instruction {
    let (bank, vault) = token.bank(&exchange);
    let accounts = ballast::accounts::CreateBank {
        exchange,
        listing,
        instructions: INSTRUCTIONS,
        mint: token.mint,
        bank,
        vault,
        token_program: token.program,
        system_program: system_program::ID,
    };
    instruction(&accounts, Vec::new(), &ballast::instruction::CreateBank { args })
}

/// Opens a group of markets.
pub fn create_group(exchange: Pubkey, listing: Pubkey, args: CreateGroupArgs) -> Instruction {
    let accounts = ballast::accounts::CreateGroup { exchange, listing, instructions: INSTRUCTIONS };
    instruction(&accounts, Vec::new(), &ballast::instruction::CreateGroup { args })
}

/// Lists an underlying under the next free number, which is one more than the exchange's `market_count`.
pub fn create_market(exchange: Pubkey, listing: Pubkey, number: u16, args: CreateMarketArgs) -> Instruction {
    let accounts = ballast::accounts::CreateMarket {
        exchange,
        listing,
        instructions: INSTRUCTIONS,
        market: seeds::market(&exchange, number).0,
        system_program: system_program::ID,
    };
    instruction(&accounts, Vec::new(), &ballast::instruction::CreateMarket { number, args })
}

/// Lists an expiry date in a market.
pub fn create_expiry(exchange: Pubkey, listing: Pubkey, market: u16, args: CreateExpiryArgs) -> Instruction {
    let market = seeds::market(&exchange, market).0;
    let accounts = ballast::accounts::CreateExpiry { exchange, market, listing, instructions: INSTRUCTIONS };
    instruction(&accounts, Vec::new(), &ballast::instruction::CreateExpiry { args })
}

/// Lists an option series in a market.
pub fn create_series(exchange: Pubkey, listing: Pubkey, market: u16, args: CreateSeriesArgs) -> Instruction {
    let market = seeds::market(&exchange, market).0;
    let accounts = ballast::accounts::CreateSeries { exchange, market, listing, instructions: INSTRUCTIONS };
    instruction(&accounts, Vec::new(), &ballast::instruction::CreateSeries { args })
}

/// Begins to close a market, whose perpetual will settle with an expiry.
pub fn close_market(exchange: Pubkey, governance: Pubkey, market: u16, args: ExpiryArgs) -> Instruction {
    let market = seeds::market(&exchange, market).0;
    let accounts = ballast::accounts::CloseMarket { exchange, market, governance, instructions: INSTRUCTIONS };
    instruction(&accounts, Vec::new(), &ballast::instruction::CloseMarket { args })
}

/// Removes a closed market that holds nothing any more; what is left in its pool goes to the insurance fund.
pub fn remove_market(exchange: Pubkey, governance: Pubkey, quote: &CollateralToken, market: u16) -> Instruction {
    let accounts = ballast::accounts::RemoveMarket {
        exchange,
        market: seeds::market(&exchange, market).0,
        quote_bank: quote.bank(&exchange).0,
        governance,
        instructions: INSTRUCTIONS,
    };
    instruction(&accounts, Vec::new(), &ballast::instruction::RemoveMarket {})
}

/// Begins to close a bank.
pub fn close_bank(exchange: Pubkey, governance: Pubkey, token: &CollateralToken) -> Instruction {
    let accounts = ballast::accounts::CloseBank {
        exchange,
        bank: token.bank(&exchange).0,
        governance,
        instructions: INSTRUCTIONS,
    };
    instruction(&accounts, Vec::new(), &ballast::instruction::CloseBank {})
}

/// Removes a closed bank without deposits. `surplus` receives what was sent to its vault without being deposited.
pub fn remove_bank(exchange: Pubkey, governance: Pubkey, token: &CollateralToken, surplus: Pubkey) -> Instruction {
    let (bank, vault) = token.bank(&exchange);
    let accounts = ballast::accounts::RemoveBank {
        exchange,
        bank,
        vault,
        mint: token.mint,
        surplus,
        governance,
        instructions: INSTRUCTIONS,
        token_program: token.program,
    };
    instruction(&accounts, Vec::new(), &ballast::instruction::RemoveBank {})
}

/// Posts an expiry's volatility surface, forward basis and interest rate; all `publishers` sign.
pub fn post_surface(exchange: Pubkey, publishers: &[Pubkey], market: u16, args: PostSurfaceArgs) -> Instruction {
    let market = seeds::market(&exchange, market).0;
    let accounts = ballast::accounts::Publish { exchange, market };
    instruction(&accounts, signers(publishers), &ballast::instruction::PostSurface { args })
}

/// Posts the perpetual's basis, scale 2^-30; all `publishers` sign.
pub fn post_perpetual_basis(exchange: Pubkey, publishers: &[Pubkey], market: u16, basis: i32) -> Instruction {
    let market = seeds::market(&exchange, market).0;
    let accounts = ballast::accounts::Publish { exchange, market };
    instruction(&accounts, signers(publishers), &ballast::instruction::PostPerpetualBasis { basis })
}

fn signers(addresses: &[Pubkey]) -> Vec<AccountMeta> {
    addresses.iter().map(|&address| AccountMeta::new_readonly(address, true)).collect()
}

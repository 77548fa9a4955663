//! A bank: one kind of collateral.

use anchor_lang::prelude::*;
use borsh::{BorshDeserialize, BorshSerialize};

/// One collateral token: its vault, its price and how much of that price counts.
#[account(zero_copy)]
#[derive(Debug)]
pub struct Bank {
    /// The exchange that the bank belongs to.
    pub exchange: Pubkey,
    /// The collateral token's mint.
    pub mint: Pubkey,
    /// Token account, owned by the bank's own address, that holds every deposit.
    pub vault: Pubkey,
    /// The mint's token program: SPL Token or Token-2022.
    pub token_program: Pubkey,
    /// Where the price comes from.
    pub oracle: OracleSource,
    /// Haircuts and limits.
    pub parameters: BankParameters,
    /// Sum of all accounts' deposits, native units. Zero in the quote bank, whose deposits are cash.
    pub deposits: u64,
    /// Quote bank only: what belongs to the insurance fund, µUSD.
    pub insurance: u64,
    /// Price of one whole token, ticks of 10^-`price_decimals` USD; zero until the first refresh.
    pub price: u64,
    /// Confidence of the price as the oracle publishes it, ticks.
    pub confidence: u64,
    /// When the oracle published the price, Unix seconds.
    pub publish_time: i64,
    /// Slot of the last accepted refresh.
    pub refreshed_slot: u64,
    /// The bank's number in its exchange, from 1.
    pub number: u16,
    /// Number of the market whose underlying this token is, so that a deposit can be declared a hedge there; 0: none.
    pub hedge_market: u16,
    /// Decimals of the token, fixed at listing.
    pub token_decimals: u8,
    /// Decimals of the price.
    pub price_decimals: u8,
    /// [`LAYOUT_VERSION`](crate::LAYOUT_VERSION) at creation.
    pub version: u8,
    /// Bump of the bank's address.
    pub bump: u8,
    /// Zero; for realised volatility, the stable price, ramps, the outflow window and the lending pool.
    pub reserved: [u64; 64],
}

/// Where a price comes from: which account, owned by which program, may speak for it.
#[zero_copy]
#[derive(Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct OracleSource {
    /// [`OracleSource::PULL`] or [`OracleSource::PUSH`].
    pub kind: u8,
    /// Zero.
    pub padding: [u8; 7],
    /// Program that must own the price account.
    pub program: Pubkey,
    /// Pull: the Pyth feed id. Push: the address of the price account.
    pub feed: [u8; 32],
}

impl OracleSource {
    /// A `PriceUpdateV2` account of a Pyth receiver program, fully verified.
    pub const PULL: u8 = 1;
    /// A price account in the older Pyth layout.
    pub const PUSH: u8 = 2;
}

/// Haircuts and limits of a bank.
#[zero_copy]
#[derive(Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct BankParameters {
    /// Most native units that all accounts together may deposit.
    pub deposit_cap: u64,
    /// Share of the value that initial margin does not count: ratio (scale 2^-30), at most 1.
    pub initial_haircut: u32,
    /// Share of the value that maintenance margin does not count: ratio, at most `initial_haircut`.
    pub maintenance_haircut: u32,
    /// Widest accepted confidence, as a ratio of the price.
    pub confidence_limit: u32,
    /// Zero.
    pub padding: u32,
}

const _: () = assert!(size_of::<OracleSource>() == 72);
const _: () = assert!(size_of::<BankParameters>() == 24);
const _: () = assert!(size_of::<Bank>() == 4 * 32 + 72 + 24 + 6 * 8 + 8 + 64 * 8);

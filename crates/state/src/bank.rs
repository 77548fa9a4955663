//! A bank: one kind of collateral.

mod dynamics;
mod outflow;
mod quote;

use anchor_lang::prelude::*;
use ballast_risk::{
    Ratio,
    haircut::{CapParameters, HaircutParameters},
};
use borsh::{BorshDeserialize, BorshSerialize};

pub use outflow::{OutflowLimit, OutflowRules};

use crate::PriceHistory;

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
    /// When the bank was opened, Unix seconds: from then on its deposit cap grows.
    pub listed_at: i64,
    /// What is remembered of the prices before.
    pub prices: PriceHistory,
    /// Realised volatility per year: bits of [`Multiple`](ballast_risk::quantity::Multiple), scale 2^-28.
    pub volatility: u32,
    /// Share of the value that maintenance margin does not count, on its ramp: ratio (scale 2^-30).
    pub maintenance_haircut: u32,
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
    /// When governance began to close the bank, Unix seconds; zero while it is open.
    pub closing_since: i64,
    /// Quote bank only: cash that accounts lend to others.
    pub lending: LendingPool,
    /// Quote bank only: shares in the insurance fund, the protocol's own included; worth one µUSD each at first.
    pub insurance_shares: u64,
    /// Quote bank only: how often losses made all shares void.
    pub insurance_epoch: u32,
    /// Quote bank only: accounts that are recorded as bankrupt.
    pub open_bankruptcies: u32,
    /// What left the vault of late less what came in, native units; fades to zero over the outflow window.
    pub outflow: i64,
    /// When that last changed, Unix seconds.
    pub outflow_at: i64,
    /// Until when nothing is withdrawn, Unix seconds.
    pub paused_until: i64,
    /// When the oracle published the first price that was accepted, Unix seconds; zero before.
    pub first_published_at: i64,
    /// When the bank was opened for deposits, Unix seconds; zero before.
    pub activated_at: i64,
    /// The oracle's own average of its price, ticks; zero if it states none.
    pub oracle_average: u64,
    /// Since when the price is wide or diverges, Unix seconds; zero while it is neither.
    pub doubtful_since: i64,
    /// Zero.
    pub reserved: [u64; 47],
}

/// The lending pool: cash that accounts lent it, and what it lent on. Interest is that of the last accrual.
#[zero_copy]
#[derive(Debug, PartialEq, Eq)]
pub struct LendingPool {
    /// What belongs to the lenders, µUSD: tokens, and what they lent on with its interest.
    pub assets: u64,
    /// Shares of the lenders.
    pub shares: u64,
    /// Debts as they stand in the accounts, µUSD.
    pub borrowed: u64,
    /// Interest on them that no account was charged yet, µUSD.
    pub uncollected: u64,
    /// Part of the interest that belongs to the insurance fund and has not moved there, µUSD.
    pub insurance_due: u64,
    /// What a debt of one from the beginning has grown to, scale 2^-48; zero before the first accrual.
    pub index: u64,
    /// When interest last accrued, Unix seconds.
    pub accrued_at: i64,
}

/// Where a price comes from: which account, owned by which program, may speak for it.
#[zero_copy]
#[derive(Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct OracleSource {
    /// [`OracleSource::PULL`] or [`OracleSource::PUSH`]; of a second source also [`OracleSource::NONE`].
    pub kind: u8,
    /// Zero.
    pub padding: [u8; 7],
    /// Program that must own the price account.
    pub program: Pubkey,
    /// Pull: the Pyth feed id. Push: the address of the price account.
    pub feed: [u8; 32],
}

impl OracleSource {
    /// No source: a market without a second one.
    pub const NONE: u8 = 0;
    /// A `PriceUpdateV2` account of a Pyth receiver program, fully verified.
    pub const PULL: u8 = 1;
    /// A price account in the older Pyth layout.
    pub const PUSH: u8 = 2;
}

/// Haircuts and limits of a bank. `ballast_risk::parameters::bank` has a constant of the same name for each, with its
/// default and bounds.
///
/// Unless stated otherwise they are bits of [`Ratio`], scale 2^-30.
#[zero_copy]
#[derive(Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct BankParameters {
    /// Most native units that all accounts together may deposit.
    pub deposit_cap: u64,
    /// The same at listing, from where it grows to `deposit_cap`.
    pub initial_cap: u64,
    /// Time that this takes, seconds.
    pub cap_ramp_seconds: u32,
    /// Haircut of a calm token.
    pub haircut_base: u32,
    /// Highest haircut.
    pub haircut_highest: u32,
    /// Haircut per volatility above `calm_volatility`.
    pub haircut_volatility_slope: u32,
    /// Realised volatility per year up to which the base suffices.
    pub calm_volatility: u32,
    /// Haircut per confidence of the oracle's price, of that price.
    pub haircut_confidence_slope: u32,
    /// Haircut per share of the deposit cap that is taken beyond one half.
    pub haircut_size_slope: u32,
    /// Share of the haircut, without the size term, that maintenance margin takes.
    pub haircut_maintenance_share: u32,
    /// Time in which the maintenance haircut could rise from nothing to the highest, seconds.
    pub haircut_ramp_seconds: u32,
    /// Haircut of deposits declared as a hedge, instead of the others.
    pub liquidity_haircut: u32,
    /// How fast the stable price follows the oracle's, of itself per hour.
    pub stable_price_growth: u32,
    /// Volatility per year that realised variance starts from.
    pub seed_volatility: u32,
    /// Confidence of the price, of that price, beyond which it is wide.
    pub confidence_limit: u32,
    /// Share of what the vault held that may leave it, net of deposits, within the outflow window.
    pub outflow_share: u32,
    /// Widest confidence of an oracle's price that is taken at all, of that price.
    pub confidence_refusal: u32,
    /// Distance of the stable price, or of the oracle's own average, beyond which the price diverges, of the price.
    pub divergence_limit: u32,
}

impl BankParameters {
    /// How haircuts follow from prices, for the engine.
    pub fn haircuts(&self) -> HaircutParameters {
        HaircutParameters {
            base: Ratio::from_bits(self.haircut_base),
            highest: Ratio::from_bits(self.haircut_highest),
            volatility_slope: Ratio::from_bits(self.haircut_volatility_slope),
            calm_volatility: Ratio::from_bits(self.calm_volatility),
            confidence_slope: Ratio::from_bits(self.haircut_confidence_slope),
            size_slope: Ratio::from_bits(self.haircut_size_slope),
            maintenance_share: Ratio::from_bits(self.haircut_maintenance_share),
            ramp_seconds: self.haircut_ramp_seconds,
        }
    }

    /// How the deposit cap grows, for the engine.
    pub fn caps(&self) -> CapParameters {
        CapParameters {
            deposit_cap: self.deposit_cap,
            initial_cap: self.initial_cap,
            ramp_seconds: self.cap_ramp_seconds,
        }
    }
}

impl Bank {
    /// Whether governance is closing the bank: nothing is deposited any more.
    pub fn is_closing(&self) -> bool {
        self.closing_since != 0
    }

    /// Most native units that all accounts together may deposit at the moment.
    pub fn effective_cap(&self, now: i64) -> u64 {
        self.parameters.caps().effective_cap(now.saturating_sub(self.listed_at).max(0).unsigned_abs())
    }
}

const _: () = assert!(size_of::<LendingPool>() == 56);
const _: () = assert!(size_of::<OracleSource>() == 72);
const _: () = assert!(size_of::<BankParameters>() == 80);
const _: () = assert!(size_of::<Bank>() == 4 * 32 + 72 + 80 + 6 * 8 + 6 * 8 + 8 + 8 + 8 + 56 + 2 * 8 + 7 * 8 + 47 * 8);

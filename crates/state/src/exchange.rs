//! The exchange: roles, limits and the parameters that all markets share.

use anchor_lang::prelude::*;
use ballast_risk::{
    MicroUsd, Ratio,
    correlation::{self, CorrelationMatrix},
    liquidation::LiquidationRules,
    margin::{MAX_GROUPS, MarginFactors, PegProtection},
    quantity::Multiple,
    realised::VarianceParameters,
    scenario::MAX_TAILS,
};
use borsh::{BorshDeserialize, BorshSerialize};

use crate::{
    governance::{GovernanceParameters, PendingRole, ROLES},
    migration,
};

/// Most markets of a group.
pub const MAX_GROUP_MARKETS: usize = correlation::MAX_MARKETS;
/// Pairs of them.
const CORRELATIONS: usize = MAX_GROUP_MARKETS * (MAX_GROUP_MARKETS - 1) / 2;

/// One clearing house. Written by governance only, so that no trade ever waits for another on this account.
#[account(zero_copy, discriminator = migration::EXCHANGE_TAG)]
#[derive(Debug)]
pub struct Exchange {
    /// Who created the exchange; part of its address.
    pub creator: Pubkey,
    /// Who hands the roles over, changes how things change, names publishers and delists.
    pub governance: Pubkey,
    /// Mint of the quote token (six decimals): cash, premiums and profits are paid in it.
    pub quote_mint: Pubkey,
    /// Bank of the quote token; the zero key until that bank is created.
    pub quote_bank: Pubkey,
    /// Limits and factors shared by all markets.
    pub parameters: ExchangeParameters,
    /// Groups of markets that are scanned together; one without core nodes is free.
    pub groups: [MarketGroup; MAX_GROUPS],
    /// Number of the quote token's bank; zero until it is created.
    pub quote_bank_number: u16,
    /// Zero.
    pub padding: [u8; 6],
    /// Number of the newest market; 0 when there is none.
    pub market_count: u16,
    /// Number of the newest bank; 0 when there is none.
    pub bank_count: u16,
    /// Distinguishes the exchanges of one creator; part of the address.
    pub index: u16,
    /// [`Exchange::LAYOUT_VERSION`].
    pub version: u8,
    /// Bump of the address.
    pub bump: u8,
    /// Who proposes changes of parameters.
    pub risk: Pubkey,
    /// Who lists banks, groups, markets, expiries and series.
    pub listing: Pubkey,
    /// Who pauses, lowers limits and cancels what others proposed.
    pub guardian: Pubkey,
    /// Holders that were proposed and did not accept yet, in the order of [`Role`](crate::governance::Role).
    pub pending_roles: [PendingRole; ROLES],
    /// How parameters, roles and pauses change.
    pub governing: GovernanceParameters,
    /// Until when trades only reduce in all markets, Unix seconds.
    pub trades_paused_until: i64,
    /// Until when nothing is withdrawn or borrowed, Unix seconds.
    pub withdrawals_paused_until: i64,
    /// When the newest pause ends, of whatever it was, Unix seconds.
    pub pause_ends_at: i64,
    /// When the guardian may pause again, Unix seconds.
    pub next_pause_at: i64,
    /// Zero.
    pub reserved: [u64; 208],
}

/// Limits and factors shared by all markets of an exchange.
///
/// Ratios are bits of [`ballast_risk::Ratio`], scale 2^-30.
#[zero_copy]
#[derive(Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ExchangeParameters {
    /// Equity below which an account under liquidation may be taken over whole, µUSD.
    pub dust_limit: i64,
    /// Age in slots after which a market's or bank's refresh no longer serves a check.
    pub mark_age_slots: u32,
    /// Oldest oracle publication, in seconds, that a trade or a change of collateral accepts.
    pub trade_oracle_age: u32,
    /// Oldest oracle publication, in seconds, that a liquidation accepts.
    pub liquidation_oracle_age: u32,
    /// Oldest volatility surface, in seconds, on which a trade or a change of collateral may rely.
    pub surface_age: u32,
    /// Most compute units that one account's check may need at its worst.
    pub check_compute_cap: u32,
    /// Time over which an unsettled gain becomes payable, in seconds.
    pub vesting_seconds: u32,
    /// Share of the scan loss that the maintenance requirement holds: ratio.
    pub maintenance_factor: u32,
    /// Share of the scan loss that the initial requirement holds: ratio, at least `maintenance_factor`.
    pub initial_factor: u32,
    /// A liquidation aims at maintenance excess = this × maintenance requirement: ratio.
    pub liquidation_buffer: u32,
    /// How far, as a ratio of the maintenance requirement before, a liquidation may pass its target.
    pub liquidation_tolerance: u32,
    /// Highest reward for closing legs, as a ratio of the maintenance requirement that the closing frees.
    pub liquidation_fee: u32,
    /// Part of the liquidation fee that goes to the insurance fund: ratio.
    pub insurance_share: u32,
    /// Fraction of value that a liquidator pays for a slice when a liquidation starts: ratio.
    pub slice_price_start: u32,
    /// Fraction of value that a liquidator pays for a slice once `slice_price_slots` have passed: ratio.
    pub slice_price_end: u32,
    /// Slots over which the price of a slice falls from start to end in a calm market.
    pub slice_price_slots: u32,
    /// Price of the quote token in dollars below which the initial factor grows: ratio.
    pub peg_threshold: u32,
    /// By how much it grows per dollar below that: bits of a [`Multiple`], scale 2^-28.
    pub peg_factor: u32,
    /// What the volatility shocks of a surface older than `surface_age` grow by per hour: ratio.
    pub surface_widening_rate: u32,
    /// Most that they grow by: ratio.
    pub surface_widening_cap: u32,
    /// Time constant of the fast realised variance, seconds.
    pub variance_fast_seconds: u32,
    /// Time constant of the slow realised variance, seconds.
    pub variance_slow_seconds: u32,
    /// Shortest time between two prices that both count for realised variance, seconds.
    pub variance_interval_seconds: u32,
    /// Standard deviations of the value at risk that is reported: bits of a [`Multiple`], scale 2^-28.
    pub value_at_risk_deviations: u32,
    /// Its horizon, seconds.
    pub value_at_risk_horizon_seconds: u32,
    /// Share of an account that a liquidation may take within a cool-down, per shortfall of its requirement: ratio.
    pub close_factor: u32,
    /// Least share that it may take: ratio.
    pub close_factor_floor: u32,
    /// Slots of a cool-down in a calm market.
    pub liquidation_cooldown_slots: u32,
    /// Slots of a liquidation after which an account below maintenance margin is on offer whole.
    pub accelerated_slots: u32,
    /// Share of the insurance fund that the losses of one market may draw within a window: ratio.
    pub insurance_draw_share: u32,
    /// Length of that window, seconds.
    pub insurance_window_seconds: u32,
    /// Share of a market's unsettled gains that one bankruptcy may cut: ratio.
    pub gain_cut_share: u32,
    /// Time between a staker's notice and the exit from the insurance fund, seconds.
    pub stake_cooldown_seconds: u32,
    /// Time over which a perpetual pays its basis once as funding, seconds.
    pub funding_period_seconds: u32,
    /// Most funding of one period, of the index: ratio.
    pub funding_limit: u32,
    /// Longest time without a refresh for which funding is caught up, seconds.
    pub funding_catch_up_seconds: u32,
    /// Longest time that one price counts for in a settlement average, seconds.
    pub settlement_gap_seconds: u32,
    /// Share of the averaging window that prices must cover for a settlement: ratio.
    pub settlement_coverage: u32,
    /// How long after expiry prices still count where they cover less than that, seconds.
    pub settlement_extension_seconds: u32,
    /// Most that the fee for an option may be, of its premium: ratio.
    pub premium_fee_cap: u32,
    /// Rebate of fees per maintenance requirement that a trade frees: ratio.
    pub rebate_rate: u32,
    /// Most of an account's fees in a window that rebates return: ratio.
    pub rebate_share: u32,
    /// Length of that window, seconds.
    pub fee_window_seconds: u32,
    /// Interest per year on debts to a lending pool of which nothing is lent out: ratio.
    pub lending_rate_base: u32,
    /// Share of the pool lent out at which interest becomes steeper: ratio.
    pub lending_kink: u32,
    /// Interest per year there: ratio.
    pub lending_rate_kink: u32,
    /// Interest per year with the whole pool lent out: ratio.
    pub lending_rate_highest: u32,
    /// Part of the interest for the insurance fund: ratio.
    pub lending_insurance_share: u32,
    /// Longest time without a refresh of the quote token for which interest is caught up, seconds.
    pub lending_catch_up_seconds: u32,
    /// How long doubtful prices keep accounts from being liquidated that are healthy at better ones, seconds.
    pub dispute_seconds: u32,
    /// How far a publication moves the index of withdrawals, of itself per minute: ratio.
    pub withdrawal_index_step: u32,
    /// How long doubtful prices keep accounts from being liquidated that are bankrupt at the index and not at better ones,
    /// seconds; at least `dispute_seconds`.
    pub bankruptcy_dispute_seconds: u32,
    /// Zero.
    pub padding: [u8; 4],
}

/// Markets whose scenarios share an index, so that a joint scenario can move them together.
#[zero_copy]
#[derive(Debug, PartialEq, Eq)]
pub struct MarketGroup {
    /// What the markets share.
    pub parameters: GroupParameters,
    /// Correlations of the markets' prices: bits of an engine's
    /// [`CorrelationMatrix`].
    pub correlations: [i32; CORRELATIONS],
    /// Numbers of the markets, in the order of their places.
    pub markets: [u16; MAX_GROUP_MARKETS],
    /// Markets in the group.
    pub market_count: u8,
    /// Zero.
    pub padding: [u8; 7],
}

/// What the markets of a group share. `ballast_risk::parameters::group` has a constant of the same name for each, with its
/// default and bounds.
#[zero_copy]
#[derive(Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct GroupParameters {
    /// Prices after the tails' moves, as multiples of the price before: scale 2^-28.
    pub tail_price_factors: [u32; MAX_TAILS],
    /// Weight of each tail's loss: ratio, at most 1.
    pub tail_weights: [u32; MAX_TAILS],
    /// Which cells exist with volatility up, flat and down: bit i is node i, core nodes first, then the tails.
    pub cells: [u32; 3],
    /// Share of a market's gain in a joint scenario that offsets another market's loss: ratio.
    pub gain_allowance: u32,
    /// Nodes of the core grid: 9 or 11; zero for a free slot.
    pub core_nodes: u8,
    /// Tails in use.
    pub tail_nodes: u8,
    /// By how many nodes the move of one market may differ from that of another in a joint scenario.
    pub window: u8,
    /// Zero.
    pub padding: [u8; 5],
}

impl Exchange {
    /// Version of the layout.
    pub const LAYOUT_VERSION: u8 = 2;
}

impl MarketGroup {
    /// Whether governance opened the group.
    pub fn is_open(&self) -> bool {
        self.parameters.core_nodes != 0
    }

    /// The correlations for the engine.
    pub fn matrix(&self) -> CorrelationMatrix {
        bytemuck::cast(self.correlations)
    }
}

impl ExchangeParameters {
    /// Factors of the scan loss, for the engine, at a price of the quote token in dollars.
    pub fn factors(&self, quote_price: Ratio) -> MarginFactors {
        let peg = PegProtection {
            threshold: Ratio::from_bits(self.peg_threshold),
            factor: Multiple::from_bits(self.peg_factor),
        };
        let initial = self.initial_factor.saturating_add(peg.surcharge(quote_price).to_bits());
        MarginFactors { maintenance: Ratio::from_bits(self.maintenance_factor), initial: Ratio::from_bits(initial) }
    }

    /// How realised variance is measured, for the engine.
    pub fn variance(&self) -> VarianceParameters {
        VarianceParameters {
            fast_seconds: self.variance_fast_seconds,
            slow_seconds: self.variance_slow_seconds,
            min_interval_seconds: self.variance_interval_seconds,
        }
    }

    /// The rules of liquidation for the engine.
    pub fn liquidation_rules(&self) -> LiquidationRules {
        LiquidationRules {
            buffer: Ratio::from_bits(self.liquidation_buffer),
            tolerance: Ratio::from_bits(self.liquidation_tolerance),
            price_start: Ratio::from_bits(self.slice_price_start),
            price_end: Ratio::from_bits(self.slice_price_end),
            price_slots: self.slice_price_slots,
            fee: Ratio::from_bits(self.liquidation_fee),
            insurance_share: Ratio::from_bits(self.insurance_share),
            dust_limit: MicroUsd(self.dust_limit),
            close_factor: Ratio::from_bits(self.close_factor),
            close_factor_floor: Ratio::from_bits(self.close_factor_floor),
            cooldown_slots: self.liquidation_cooldown_slots,
            accelerated_slots: self.accelerated_slots,
        }
    }
}

const _: () = assert!(size_of::<ExchangeParameters>() == 216);
const _: () = assert!(size_of::<GroupParameters>() == 88);
const _: () = assert!(size_of::<MarketGroup>() == 88 + 112 + 16 + 8);
const _: () =
    assert!(size_of::<Exchange>() == 4 * 32 + 216 + 4 * 224 + 8 + 8 + 3 * 32 + ROLES * 40 + 40 + 4 * 8 + 208 * 8);

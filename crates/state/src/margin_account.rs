//! A margin account: cash, collateral and positions of one owner.

use anchor_lang::prelude::*;
use ballast_risk::{MicroUsd, Mode, Ratio, liquidation::Progress};

use crate::delegate::Delegate;

/// Most collateral balances of an account.
pub const MAX_BALANCES: usize = 16;
/// Most markets that an account holds positions in at once.
pub const MAX_MARKETS: usize = 8;
/// Most positions of an account.
pub const MAX_POSITIONS: usize = 64;

/// One owner's cash, collateral and positions, margined together.
#[account(zero_copy)]
#[derive(Debug)]
pub struct MarginAccount {
    /// The exchange that the account belongs to.
    pub exchange: Pubkey,
    /// Who may do everything with it.
    pub owner: Pubkey,
    /// Quote tokens, µUSD.
    pub cash: i64,
    /// Cash received for slices in the liquidation under way, µUSD; later slices leave it out.
    pub liquidation_proceeds: i64,
    /// Slot in which the latest liquidation began; zero when there was none, or it reached its target.
    pub liquidation_started_slot: u64,
    /// Slot in which its latest cool-down was opened.
    pub liquidation_step_slot: u64,
    /// Distinguishes the accounts of one owner; part of the address.
    pub sub_account: u16,
    /// A [`Mode`].
    pub mode: u8,
    /// [`LAYOUT_VERSION`](crate::LAYOUT_VERSION) at creation.
    pub version: u8,
    /// Bump of the address.
    pub bump: u8,
    /// Positions in use; they come first in `positions`.
    pub position_count: u8,
    /// 1 while the account is recorded as an open bankruptcy, and counted in the quote bank; otherwise 0.
    pub is_bankrupt: u8,
    /// Zero.
    pub padding: [u8; 1],
    /// Collateral other than cash; a slot with bank 0 is free.
    pub balances: [Balance; MAX_BALANCES],
    /// The markets that the positions are in; a slot with market 0 is free.
    pub markets: [AccountMarket; MAX_MARKETS],
    /// Positions, sorted by market slot, expiry, strike and kind (see [`Position::order`]).
    pub positions: [Position; MAX_POSITIONS],
    /// Share of the account that steps of the liquidation have taken in that cool-down: ratio, scale 2^-30.
    pub liquidation_taken: u64,
    /// Fees of the account's trades, and what it got back of them.
    pub fee_window: FeeWindow,
    /// Debt to the lending pool at `debt_index`, µUSD.
    pub debt: u64,
    /// Index of the pool when the debt was last charged interest.
    pub debt_index: u64,
    /// Shares of the lending pool. They count for nothing in the account's margin.
    pub lending_shares: u64,
    /// Who may trade for the account beside its owner.
    pub delegate: Delegate,
    /// Changes so far that were signed for, and liquidations: see [`MarginAccount::count_change`].
    pub authorised_changes: u64,
    /// Zero.
    pub reserved: [u64; 33],
}

impl MarginAccount {
    /// The positions in use.
    pub fn positions(&self) -> &[Position] {
        &self.positions[..usize::from(self.position_count).min(MAX_POSITIONS)]
    }

    /// The margin mode. A value that no version wrote reads as isolated, the most demanding.
    pub fn mode(&self) -> Mode {
        Mode::from_index(self.mode).unwrap_or(Mode::Isolated)
    }

    /// How far the liquidation of the account has come.
    pub fn liquidation(&self) -> Progress {
        Progress {
            started_slot: self.liquidation_started_slot,
            step_slot: self.liquidation_step_slot,
            taken: Ratio::from_bits(self.liquidation_taken.min(u64::from(u32::MAX)) as u32),
            proceeds: MicroUsd(self.liquidation_proceeds),
        }
    }

    /// Remembers how far it has come.
    pub fn set_liquidation(&mut self, progress: &Progress) {
        self.liquidation_started_slot = progress.started_slot;
        self.liquidation_step_slot = progress.step_slot;
        self.liquidation_taken = u64::from(progress.taken.to_bits());
        self.liquidation_proceeds = progress.proceeds.0;
    }

    /// Whether anything is required of the account: it has positions, or it owes the lending pool.
    pub fn has_obligations(&self) -> bool {
        self.position_count > 0 || self.debt > 0
    }

    /// Slot of the market with this number, if the account has positions or vesting gains there.
    pub fn market_slot(&self, number: u16) -> Option<usize> {
        self.markets.iter().position(|market| number != 0 && market.market == number)
    }

    /// Slot of the balance in the bank with this number.
    pub fn balance_slot(&self, number: u16) -> Option<usize> {
        self.balances.iter().position(|balance| number != 0 && balance.bank == number)
    }
}

/// A deposit in one bank.
#[zero_copy]
#[derive(Debug)]
pub struct Balance {
    /// Native units of the token.
    pub amount: u64,
    /// Part of `amount` declared as a hedge of positions in the bank's own market, native units.
    pub hedge: u64,
    /// Number of the bank; zero for a free slot.
    pub bank: u16,
    /// Zero.
    pub padding: [u8; 6],
}

/// What an account remembers about one market beside its positions.
#[zero_copy]
#[derive(Debug)]
pub struct AccountMarket {
    /// Unsettled gain of perpetual, futures and claims.
    pub linear_gain: VestingGain,
    /// Gain of the options over their premium.
    pub option_gain: VestingGain,
    /// When gains last vested, Unix seconds.
    pub vested_at: i64,
    /// Gain on the perpetual as last seen, µUSD, not negative: what a bankruptcy in the market may cut.
    pub perpetual_gain: i64,
    /// [`Market::perpetual_gain_index`](crate::Market::perpetual_gain_index) when it was seen.
    pub perpetual_gain_index: u64,
    /// Number of the market; zero for a free slot.
    pub market: u16,
    /// Positions in this market.
    pub position_count: u8,
    /// Zero.
    pub padding: [u8; 5],
}

/// A gain, and how much of it has lasted long enough to be paid out.
#[zero_copy]
#[derive(Debug, PartialEq, Eq)]
pub struct VestingGain {
    /// The gain at the last vesting, µUSD, not negative.
    pub seen: i64,
    /// Part of it that has vested, µUSD.
    pub vested: i64,
    /// When the rest of it has vested if it lasts, Unix seconds.
    pub vests_at: i64,
}

/// Fees that an account paid since its window began.
#[zero_copy]
#[derive(Debug, PartialEq, Eq)]
pub struct FeeWindow {
    /// When the window began, Unix seconds; zero before the first fee.
    pub started_at: i64,
    /// Fees since then, rebates not taken off, µUSD.
    pub paid: i64,
    /// Rebates since then, µUSD; at most `paid`.
    pub rebated: i64,
}

/// One holding: a perpetual, a future, an option, or what a settled expiry still owes or is owed.
#[zero_copy]
#[derive(Debug)]
pub struct Position {
    /// Lots; positive is long. Zero for a claim.
    pub quantity: i64,
    /// Quote ledger, µUSD: what sales brought less what purchases cost, less what was settled. Profit is
    /// quantity × mark + ledger, and the perpetual's pending funding. Premiums of options are paid in cash, so their
    /// ledger only remembers the cost. For a claim, what the holder is owed (negative: owes).
    pub ledger: i64,
    /// Number of the series (options) or expiry (futures, claims); zero for the perpetual.
    pub number: u32,
    /// A [`PositionKind`].
    pub kind: u8,
    /// Slot in [`MarginAccount::markets`].
    pub market_slot: u8,
    /// Slot in [`Market::expiries`](crate::Market::expiries); zero for the perpetual.
    pub expiry_slot: u8,
    /// Slot in [`Market::series`](crate::Market::series); zero unless an option.
    pub series_slot: u8,
    /// For the perpetual, the [`Market::funding_index`](crate::Market::funding_index) up to which the ledger holds its
    /// funding; for a claim, the bits of [`Expiry::credit_index`](crate::Expiry::credit_index) when its ledger was last
    /// changed; zero otherwise.
    pub entry_index: i64,
}

/// What a position is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum PositionKind {
    /// A free slot.
    None = 0,
    /// The market's perpetual.
    Perpetual = 1,
    /// What a settled expiry owes the holder, or the holder owes it: see [`Position::ledger`].
    Claim = 2,
    /// A dated future.
    Future = 3,
    /// A call.
    Call = 4,
    /// A put.
    Put = 5,
}

impl PositionKind {
    /// Whether it is a call or a put.
    pub fn is_option(self) -> bool {
        matches!(self, Self::Call | Self::Put)
    }
}

impl Position {
    /// What the position is. A value that no version wrote reads as a free slot.
    pub fn kind(&self) -> PositionKind {
        match self.kind {
            1 => PositionKind::Perpetual,
            2 => PositionKind::Claim,
            3 => PositionKind::Future,
            4 => PositionKind::Call,
            5 => PositionKind::Put,
            _ => PositionKind::None,
        }
    }

    /// Sort key: market slot, the perpetual before expiries, linear before options, then strike, calls before
    /// puts. Options of one expiry and strike thus stand side by side, which lets a check price them once.
    ///
    /// `strike` is the series' strike in ticks, zero for anything but an option.
    pub fn order(&self, strike: u64) -> (u8, u8, u64, PositionKind) {
        let group = if self.kind() == PositionKind::Perpetual { 0 } else { self.expiry_slot + 1 };
        (self.market_slot, group, strike, self.kind())
    }
}

const _: () = assert!(size_of::<Balance>() == 24);
const _: () = assert!(size_of::<VestingGain>() == 24);
const _: () = assert!(size_of::<AccountMarket>() == 80);
const _: () = assert!(size_of::<FeeWindow>() == 24);
const _: () = assert!(size_of::<Position>() == 32);
const _: () = assert!(
    size_of::<MarginAccount>()
        == 2 * 32
            + 4 * 8
            + 8
            + MAX_BALANCES * 24
            + MAX_MARKETS * 80
            + MAX_POSITIONS * 32
            + 8
            + 24
            + 3 * 8
            + 48
            + 8
            + 33 * 8
);

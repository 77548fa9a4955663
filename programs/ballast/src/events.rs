//! Events: what happened, with the values before and after.
//!
//! Amounts are µUSD unless a field says otherwise; quantities are lots, prices ticks, deposits native units.

use anchor_lang::prelude::*;
use ballast_risk::MicroUsd;
use ballast_state::market::FundingAccrual;

/// An exchange was opened.
#[event]
pub struct ExchangeCreated {
    /// The exchange.
    pub exchange: Pubkey,
    /// Its governance.
    pub governance: Pubkey,
    /// Mint of the quote token.
    pub quote_mint: Pubkey,
}

/// A collateral token was listed.
#[event]
pub struct BankCreated {
    /// The exchange.
    pub exchange: Pubkey,
    /// The bank.
    pub bank: Pubkey,
    /// The token's mint.
    pub mint: Pubkey,
    /// The bank's number.
    pub number: u16,
}

/// A group of markets was opened.
#[event]
pub struct GroupCreated {
    /// The exchange.
    pub exchange: Pubkey,
    /// Slot of the group.
    pub slot: u8,
}

/// An underlying was listed.
#[event]
pub struct MarketCreated {
    /// The exchange.
    pub exchange: Pubkey,
    /// The market.
    pub market: Pubkey,
    /// The market's number.
    pub number: u16,
    /// Slot of its group.
    pub group: u8,
    /// Its place in the group.
    pub group_place: u8,
}

/// An expiry was listed.
#[event]
pub struct ExpiryCreated {
    /// The market.
    pub market: Pubkey,
    /// The expiry's number.
    pub expiry: u32,
    /// Its slot.
    pub slot: u8,
    /// When it expires, Unix seconds.
    pub expires_at: i64,
}

/// An option series was listed.
#[event]
pub struct SeriesCreated {
    /// The market.
    pub market: Pubkey,
    /// The series' number.
    pub series: u32,
    /// Its slot.
    pub slot: u8,
    /// The expiry's number.
    pub expiry: u32,
    /// Strike.
    pub strike: u64,
    /// 0 call, 1 put.
    pub kind: u8,
}

/// Governance began to close a market.
#[event]
pub struct MarketClosingBegan {
    /// The market.
    pub market: Pubkey,
    /// Number of the expiry that the perpetual settles with.
    pub expiry: u32,
    /// When it does, Unix seconds.
    pub settles_at: i64,
}

/// A market was removed.
#[event]
pub struct MarketRemoved {
    /// The exchange.
    pub exchange: Pubkey,
    /// The market.
    pub market: Pubkey,
    /// The market's number, which is never used again.
    pub number: u16,
    /// What was left in the perpetual's pool, now in the insurance fund.
    pub residue: u64,
}

/// Governance began to close a bank.
#[event]
pub struct BankClosingBegan {
    /// The bank.
    pub bank: Pubkey,
    /// The bank's number.
    pub number: u16,
    /// What is deposited, native units.
    pub deposits: u64,
}

/// A bank was removed.
#[event]
pub struct BankRemoved {
    /// The exchange.
    pub exchange: Pubkey,
    /// The bank.
    pub bank: Pubkey,
    /// The bank's number, which is never used again.
    pub number: u16,
    /// Tokens that the vault held without anybody having deposited them, native units.
    pub surplus: u64,
}

/// A volatility surface was posted.
#[event]
pub struct SurfacePosted {
    /// The market.
    pub market: Pubkey,
    /// The expiry's number.
    pub expiry: u32,
    /// eSSVI θ, scale 2^-28.
    pub theta: u32,
    /// eSSVI ρ, scale 2^-30.
    pub rho: i32,
    /// eSSVI ψ, scale 2^-28.
    pub psi: u32,
    /// ln(forward / index), scale 2^-30.
    pub basis: i32,
    /// Interest rate, scale 2^-30.
    pub rate: i32,
    /// Scan range of the market before: ratio, scale 2^-30.
    pub scan_range_before: u32,
    /// Scan range after.
    pub scan_range: u32,
}

/// The perpetual's basis was posted.
#[event]
pub struct PerpetualBasisPosted {
    /// The market.
    pub market: Pubkey,
    /// Mark less index as a share of the index, before: scale 2^-30.
    pub basis_before: i32,
    /// The same after.
    pub basis: i32,
}

/// The perpetual's funding moved on.
#[event]
pub struct FundingAccrued {
    /// The market.
    pub market: Pubkey,
    /// Funding since listing before, units of 2^-24 µUSD per lot, positive if longs paid.
    pub index_before: i64,
    /// The same after.
    pub index: i64,
    /// Seconds that counted.
    pub seconds: u64,
}

impl FundingAccrued {
    pub(crate) fn new(market: Pubkey, accrual: &FundingAccrual) -> Self {
        let FundingAccrual { index_before, index, seconds } = *accrual;
        Self { market, index_before, index, seconds }
    }
}

/// A market's or bank's price was refreshed.
#[event]
pub struct PriceRefreshed {
    /// The market or bank.
    pub target: Pubkey,
    /// Price before.
    pub price_before: u64,
    /// Price after.
    pub price: u64,
    /// Confidence.
    pub confidence: u64,
    /// When the oracle published it, Unix seconds.
    pub publish_time: i64,
}

/// A quote was refused and its target left as it was.
#[event]
pub struct PriceRefused {
    /// The market or bank.
    pub target: Pubkey,
    /// Error code of the refusal.
    pub error: u32,
}

/// A margin account was opened.
#[event]
pub struct AccountOpened {
    /// The account.
    pub account: Pubkey,
    /// Its owner.
    pub owner: Pubkey,
    /// Its margin mode.
    pub mode: u8,
}

/// A margin account was closed.
#[event]
pub struct AccountClosed {
    /// The account.
    pub account: Pubkey,
    /// Its owner.
    pub owner: Pubkey,
}

/// Collateral came in or went out.
#[event]
pub struct CollateralMoved {
    /// The account.
    pub account: Pubkey,
    /// The bank.
    pub bank: Pubkey,
    /// Balance (cash in the quote bank) before, native units.
    pub before: i64,
    /// Balance after, native units.
    pub after: i64,
}

/// The margin mode or a hedge changed.
#[event]
pub struct AccountChanged {
    /// The account.
    pub account: Pubkey,
    /// Mode before.
    pub mode_before: u8,
    /// Mode after.
    pub mode: u8,
    /// Bank whose hedge changed; zero if none did.
    pub bank: u16,
    /// Hedge before, native units.
    pub hedge_before: u64,
    /// Hedge after, native units.
    pub hedge: u64,
    /// Initial excess after.
    pub initial_excess: i64,
}

/// A leg was filled.
#[event]
pub struct LegFilled {
    /// Account that bought if `quantity` is positive.
    pub first: Pubkey,
    /// Its counterparty.
    pub second: Pubkey,
    /// The market's number.
    pub market: u16,
    /// Kind of contract (see `PositionKind`).
    pub kind: u8,
    /// Number of the series or expiry; zero for the perpetual.
    pub number: u32,
    /// Lots that `first` bought.
    pub quantity: i64,
    /// Price.
    pub price: u64,
    /// Mark at the fill.
    pub mark: u64,
    /// Position of `first` before.
    pub first_before: i64,
    /// Position of `second` before.
    pub second_before: i64,
}

/// A trade went through.
#[event]
pub struct Traded {
    /// First account.
    pub first: Pubkey,
    /// Second account.
    pub second: Pubkey,
    /// Cash of the first account before.
    pub first_cash_before: i64,
    /// Cash of the first account after.
    pub first_cash: i64,
    /// Cash of the second account before.
    pub second_cash_before: i64,
    /// Cash of the second account after.
    pub second_cash: i64,
    /// Equity of the first account after.
    pub first_equity: i64,
    /// Initial excess of the first account after.
    pub first_initial_excess: i64,
    /// Equity of the second account after.
    pub second_equity: i64,
    /// Initial excess of the second account after.
    pub second_initial_excess: i64,
    /// Value that the first account handed over against the mark (negative: received).
    pub handed_over: i64,
    /// Fee of the first account, the taker, its rebate not taken off.
    pub first_fee: i64,
    /// What it was given back of that.
    pub first_rebate: i64,
    /// Fee of the second account, the maker, its rebate not taken off.
    pub second_fee: i64,
    /// What it was given back of that.
    pub second_rebate: i64,
}

/// An account lent cash to the pool or took it back.
#[event]
pub struct LendingChanged {
    /// The account.
    pub account: Pubkey,
    /// Cash before.
    pub cash_before: i64,
    /// Cash after.
    pub cash: i64,
    /// Shares of the pool before.
    pub shares_before: u64,
    /// Shares after.
    pub shares: u64,
    /// What belongs to all lenders after.
    pub pool_assets: u64,
    /// All shares after.
    pub pool_shares: u64,
}

/// An account borrowed from the pool or paid back.
#[event]
pub struct DebtChanged {
    /// The account.
    pub account: Pubkey,
    /// Cash before.
    pub cash_before: i64,
    /// Cash after.
    pub cash: i64,
    /// Debt before, the interest since it last changed not included.
    pub debt_before: u64,
    /// Debt after, all interest included.
    pub debt: u64,
    /// Debts of all accounts after, as they stand in them.
    pub pool_borrowed: u64,
    /// What belongs to all lenders after.
    pub pool_assets: u64,
}

/// Fees were swept into the insurance fund.
#[event]
pub struct FeesCollected {
    /// The market that they waited in.
    pub market: Pubkey,
    /// What was swept.
    pub amount: u64,
    /// Insurance fund before.
    pub insurance_before: u64,
    /// Insurance fund after.
    pub insurance: u64,
}

/// Profit or loss became cash.
#[event]
pub struct PnlSettled {
    /// The account.
    pub account: Pubkey,
    /// The market's number.
    pub market: u16,
    /// The expiry's number; zero for the perpetual.
    pub expiry: u32,
    /// What bankruptcies had cut off the account's gain in the meantime.
    pub cut: i64,
    /// Unsettled profit before, without that.
    pub profit: i64,
    /// What was settled; negative for a loss.
    pub settled: i64,
    /// Cash after.
    pub cash: i64,
    /// The pool after.
    pub pool: u64,
}

/// The settlement price of an expiry was fixed.
#[event]
pub struct SettlementFixed {
    /// The market.
    pub market: Pubkey,
    /// The expiry's number.
    pub expiry: u32,
    /// Settlement price.
    pub price: u64,
    /// Seconds that accepted prices cover; none if the stable price stands in for them.
    pub covered_seconds: u32,
    /// Seconds that they should cover; fewer do where the extension ended first.
    pub required_seconds: u32,
}

/// An account's positions of an expiry were settled.
#[event]
pub struct ExpirySettled {
    /// The account.
    pub account: Pubkey,
    /// The market's number.
    pub market: u16,
    /// The expiry's number.
    pub expiry: u32,
    /// What the positions were worth.
    pub value: i64,
    /// What was settled in cash at once; negative was paid.
    pub settled: i64,
    /// Cash after.
    pub cash: i64,
}

/// A settled expiry left its slot.
#[event]
pub struct ExpiryRemoved {
    /// The market.
    pub market: Pubkey,
    /// The expiry's number.
    pub expiry: u32,
    /// What rounding had left in its pool, now in the insurance fund.
    pub residue: u64,
}

/// A liquidation step.
#[event]
pub struct Liquidated {
    /// The account liquidated.
    pub account: Pubkey,
    /// The liquidator's account.
    pub liquidator: Pubkey,
    /// Tier that the step was taken in: 2 partial, 3 accelerated, 4 bankrupt.
    pub tier: u8,
    /// Share of the account that may go within a cool-down, scale 2^-30; it binds in tier 2.
    pub close_factor: u32,
    /// The account's volatility regime, scale 2^-30.
    pub regime: u32,
    /// Share of the account taken, scale 2^-28; zero unless a slice.
    pub slice: u32,
    /// Number of the bank whose token was bought; zero unless collateral.
    pub bank: u16,
    /// Native units of it.
    pub collateral: u64,
    /// What the liquidator paid for the slice or the collateral.
    pub paid: i64,
    /// Reward for closing legs.
    pub reward: i64,
    /// What the insurance fund received.
    pub insurance: i64,
    /// Equity before.
    pub equity_before: i64,
    /// Equity after.
    pub equity: i64,
    /// Maintenance excess before.
    pub maintenance_excess_before: i64,
    /// Maintenance excess after.
    pub maintenance_excess: i64,
    /// Maintenance requirement before.
    pub requirement_before: i64,
    /// Maintenance requirement after.
    pub requirement: i64,
}

/// A stake in the insurance fund was opened.
#[event]
pub struct StakeOpened {
    /// The stake.
    pub stake: Pubkey,
    /// Its owner.
    pub owner: Pubkey,
}

/// A stake in the insurance fund was closed.
#[event]
pub struct StakeClosed {
    /// The stake.
    pub stake: Pubkey,
    /// Its owner.
    pub owner: Pubkey,
}

/// Cash was staked in the insurance fund.
#[event]
pub struct Staked {
    /// The stake.
    pub stake: Pubkey,
    /// The margin account that the cash came from.
    pub account: Pubkey,
    /// What was staked.
    pub amount: u64,
    /// Shares of the stake before.
    pub shares_before: u64,
    /// Shares of the stake after.
    pub shares: u64,
    /// What the fund holds after.
    pub fund: u64,
    /// Shares in the fund after.
    pub fund_shares: u64,
    /// Cash of the account after.
    pub cash: i64,
}

/// Notice was given for shares in the insurance fund.
#[event]
pub struct UnstakeRequested {
    /// The stake.
    pub stake: Pubkey,
    /// Shares for which an earlier notice was still there.
    pub requested_before: u64,
    /// Shares for which notice was given.
    pub requested: u64,
    /// When they may leave, Unix seconds.
    pub leaves_from: i64,
}

/// Shares in the insurance fund were paid out.
#[event]
pub struct Unstaked {
    /// The stake.
    pub stake: Pubkey,
    /// The margin account that the cash went to.
    pub account: Pubkey,
    /// What was paid out.
    pub amount: u64,
    /// Shares of the stake before.
    pub shares_before: u64,
    /// Shares of the stake after.
    pub shares: u64,
    /// What the fund holds after.
    pub fund: u64,
    /// Shares in the fund after.
    pub fund_shares: u64,
    /// Cash of the account after.
    pub cash: i64,
}

/// A bankruptcy was put on record, or taken off it.
#[event]
pub struct BankruptcyRecorded {
    /// The account.
    pub account: Pubkey,
    /// Whether it is on record now.
    pub is_open: bool,
    /// The account's equity.
    pub equity: i64,
    /// Bankruptcies on record after.
    pub open_bankruptcies: u32,
}

/// A part of a bankrupt account was taken over, and its deficit made good.
#[event]
pub struct BankruptcyResolved {
    /// The bankrupt account.
    pub account: Pubkey,
    /// The liquidator's account.
    pub liquidator: Pubkey,
    /// Share of the account taken, scale 2^-28.
    pub fraction: u32,
    /// What the part was short of.
    pub deficit: i64,
    /// What the liquidator received on top.
    pub bonus: i64,
    /// Who bore deficit and bonus, by market.
    pub losses: Vec<MarketLoss>,
    /// What the lending pool bore beyond them.
    pub lending_pool: i64,
    /// Equity before.
    pub equity_before: i64,
    /// Equity after.
    pub equity: i64,
    /// Maintenance excess before.
    pub maintenance_excess_before: i64,
    /// Maintenance excess after.
    pub maintenance_excess: i64,
    /// What the insurance fund holds after.
    pub insurance: u64,
    /// Whether the account is on record as an open bankruptcy after.
    pub is_open: bool,
}

/// A market's part of a loss, and who bore it.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarketLoss {
    /// The market's number.
    pub market: u16,
    /// Its part of deficit and bonus.
    pub loss: i64,
    /// What the insurance fund paid of it, in cash.
    pub insurance: i64,
    /// What was cut off claims on settled expiries of the market for it.
    pub claims: i64,
    /// What was cut off unsettled gains on the market's perpetual for it.
    pub gains: i64,
}

impl MarketLoss {
    /// What of the loss somebody bore.
    pub fn made_good(&self) -> MicroUsd {
        MicroUsd(self.insurance) + MicroUsd(self.claims) + MicroUsd(self.gains)
    }
}

//! Ballast: one margin account for many kinds of collateral, perpetuals, dated futures and European options, in
//! which every trade is allowed or refused by a full revaluation of the whole book on chain.
//!
//! The program loads state, asks the engine (`ballast-risk`), and moves money. Accounts are laid out in
//! `ballast-state`; docs/architecture.md draws how they hang together.
//!
//! # Who may call what
//!
//! - anyone opens an exchange: [`ballast::create_exchange`];
//! - the listing role lists: [`ballast::create_bank`], [`ballast::create_group`], [`ballast::create_market`],
//!   [`ballast::create_expiry`], [`ballast::create_series`];
//! - the risk role proposes changes of parameters, governance those of how they change: [`ballast::propose_change`],
//!   [`ballast::cancel_change`]; anyone carries them out: [`ballast::apply_change`], [`ballast::close_change`];
//! - governance hands roles over: [`ballast::propose_role`], [`ballast::accept_role`], [`ballast::cancel_role`];
//! - the guardian only reduces: [`ballast::pause`], [`ballast::lower_limit`], and cancels what others proposed;
//! - governance delists: [`ballast::close_market`], [`ballast::remove_market`], [`ballast::close_bank`],
//!   [`ballast::remove_bank`];
//! - publishers post, several together: [`ballast::post_surface`], [`ballast::post_perpetual_basis`];
//! - owners trade: [`ballast::open_account`], [`ballast::close_account`], [`ballast::deposit`],
//!   [`ballast::withdraw`], [`ballast::declare_hedge`], [`ballast::set_mode`], [`ballast::trade`], [`ballast::lend`],
//!   [`ballast::unlend`], [`ballast::borrow`], [`ballast::repay`];
//! - owners and delegates order, and anyone matches: [`ballast::open_order_records`], [`ballast::close_order_records`],
//!   [`ballast::place_order`], [`ballast::cancel_order`], [`ballast::cancel_orders`], [`ballast::match_orders`];
//! - owners delegate and guard: [`ballast::set_delegate`], [`ballast::expect_changes`];
//! - owners insure: [`ballast::open_stake`], [`ballast::close_stake`], [`ballast::stake`],
//!   [`ballast::request_unstake`], [`ballast::unstake`];
//! - anyone keeps the exchange going: [`ballast::refresh`], [`ballast::settle_pnl`], [`ballast::fix_settlement`],
//!   [`ballast::settle_expired`], [`ballast::remove_expiry`], [`ballast::collect_fees`], [`ballast::liquidate`],
//!   [`ballast::resolve_bankruptcy`], [`ballast::record_bankruptcy`], [`ballast::migrate`];
//! - anyone looks: [`ballast::assess`], [`ballast::assess_market`].
//!
//! # Accounts that a check needs
//!
//! Instructions that check margin take, after their named accounts, every market and every bank that the checked
//! accounts refer to, and the quote token's bank if one of them has positions or a debt: each once, in any order.
//! Markets that a trade touches must be writable.

#![deny(unsafe_code)]
#![allow(missing_docs, reason = "Anchor's macros generate undocumented items beside the documented ones")]
#![allow(ambiguous_glob_reexports, reason = "Anchor finds generated items by glob; handlers are called by their path")]

pub mod check;
pub mod errors;
pub mod events;
pub mod fill;
pub mod governance;
pub mod instructions;
pub mod oracle;
pub mod parameters;
pub mod security;
pub mod signature;
pub mod token;

use anchor_lang::prelude::*;

// The upstream code generator calls for its 128-bit arithmetic; naming the crate links it.
#[cfg(target_arch = "bpf")]
use sbpf_builtins as _;

pub use ballast_state as state;
pub use ballast_state::ID;
pub use errors::BallastError;
pub use instructions::*;

/// Checks that a transaction names the program by its declared address.
pub use ballast_state::check_id;
/// The program's address.
pub use ballast_state::id;

/// The program's instructions.
#[program]
pub mod ballast {
    use super::*;

    /// (anyone) Opens an exchange; its creator becomes governance.
    pub fn create_exchange(ctx: Context<CreateExchange>, args: CreateExchangeArgs) -> Result<()> {
        instructions::admin::create_exchange::handler(ctx, args)
    }

    /// (listing) Lists a collateral token and opens its vault.
    pub fn create_bank(ctx: Context<CreateBank>, args: CreateBankArgs) -> Result<()> {
        instructions::admin::create_bank::handler(ctx, args)
    }

    /// (listing) Opens a group of markets, whose scenarios are scanned together.
    pub fn create_group(ctx: Context<CreateGroup>, args: CreateGroupArgs) -> Result<()> {
        instructions::admin::create_group::handler(ctx, args)
    }

    /// (listing) Lists an underlying.
    pub fn create_market(ctx: Context<CreateMarket>, number: u16, args: CreateMarketArgs) -> Result<()> {
        instructions::admin::create_market::handler(ctx, number, args)
    }

    /// (listing) Lists an expiry date in a market.
    pub fn create_expiry(ctx: Context<CreateExpiry>, args: CreateExpiryArgs) -> Result<()> {
        instructions::admin::create_expiry::handler(ctx, args)
    }

    /// (listing) Lists an option series.
    pub fn create_series(ctx: Context<CreateSeries>, args: CreateSeriesArgs) -> Result<()> {
        instructions::admin::create_series::handler(ctx, args)
    }

    /// (governance) Begins to close a market: only reducing trades, and the perpetual settles with the named expiry.
    pub fn close_market(ctx: Context<CloseMarket>, args: ExpiryArgs) -> Result<()> {
        instructions::admin::close_market::handler(ctx, args)
    }

    /// (governance) Removes a closed market that holds nothing any more.
    pub fn remove_market(ctx: Context<RemoveMarket>) -> Result<()> {
        instructions::admin::remove_market::handler(ctx)
    }

    /// (governance) Begins to close a bank: no more deposits.
    pub fn close_bank(ctx: Context<CloseBank>) -> Result<()> {
        instructions::admin::close_bank::handler(ctx)
    }

    /// (governance) Removes a closed bank without deposits, and its vault.
    pub fn remove_bank(ctx: Context<RemoveBank>) -> Result<()> {
        instructions::admin::remove_bank::handler(ctx)
    }

    /// (governance) Proposes a new holder of a role: 0 governance, 1 risk, 2 listing, 3 guardian.
    pub fn propose_role(ctx: Context<ProposeRole>, role: u8, key: Pubkey) -> Result<()> {
        instructions::governance::propose_role::handler(ctx, role, key)
    }

    /// (proposed key) Takes a role over after its time lock.
    pub fn accept_role(ctx: Context<AcceptRole>, role: u8) -> Result<()> {
        instructions::governance::accept_role::handler(ctx, role)
    }

    /// (governance, guardian) Withdraws a proposed hand-over of a role.
    pub fn cancel_role(ctx: Context<CancelRole>, role: u8) -> Result<()> {
        instructions::governance::cancel_role::handler(ctx, role)
    }

    /// (risk, governance) Proposes a change of a parameter or of a publisher.
    pub fn propose_change(ctx: Context<ProposeChange>, args: ChangeArgs) -> Result<()> {
        instructions::governance::propose_change::handler(ctx, args)
    }

    /// (permissionless) Carries a proposed change out after its time lock.
    pub fn apply_change(ctx: Context<ApplyChange>) -> Result<()> {
        instructions::governance::apply_change::handler(ctx)
    }

    /// (guardian, governance, proposing role) Withdraws a proposed change.
    pub fn cancel_change(ctx: Context<CancelChange>) -> Result<()> {
        instructions::governance::cancel_change::handler(ctx)
    }

    /// (permissionless) Closes the account of a change that lapsed or was carried out.
    pub fn close_change(ctx: Context<CloseChange>) -> Result<()> {
        instructions::governance::close_change::handler(ctx)
    }

    /// (guardian) Pauses trades or withdrawals of the exchange, a market or a bank, for a while.
    pub fn pause(ctx: Context<Pause>, args: PauseArgs) -> Result<()> {
        instructions::governance::pause::handler(ctx, args)
    }

    /// (guardian) Lowers a limit of a market or bank at once.
    pub fn lower_limit(ctx: Context<LowerLimit>, parameter: u32, value: i64) -> Result<()> {
        instructions::governance::lower_limit::handler(ctx, parameter, value)
    }

    /// (publishers) Posts an expiry's volatility surface, forward basis and interest rate.
    pub fn post_surface(ctx: Context<Publish>, args: PostSurfaceArgs) -> Result<()> {
        instructions::admin::post_surface::handler(ctx, args)
    }

    /// (publishers) Posts the perpetual's basis: its mark less the index, as a share of the index, scale 2^-30.
    pub fn post_perpetual_basis(ctx: Context<Publish>, basis: i32) -> Result<()> {
        instructions::admin::post_perpetual_basis::handler(ctx, basis)
    }

    /// (permissionless) Reads oracles into markets and banks.
    pub fn refresh<'info>(ctx: Context<'info, Refresh<'info>>, args: RefreshArgs) -> Result<()> {
        instructions::keeper::refresh::handler(ctx, args)
    }

    /// (owner) Opens a margin account.
    pub fn open_account(ctx: Context<OpenAccount>, args: OpenAccountArgs) -> Result<()> {
        instructions::trader::open_account::handler(ctx, args)
    }

    /// (owner) Closes an empty margin account and returns its rent.
    pub fn close_account(ctx: Context<CloseAccount>) -> Result<()> {
        instructions::trader::close_account::handler(ctx)
    }

    /// (owner) Deposits collateral; quote tokens become cash.
    pub fn deposit(ctx: Context<Deposit>, amount: u64) -> Result<()> {
        instructions::trader::deposit::handler(ctx, amount)
    }

    /// (owner) Withdraws collateral or cash within the withdrawal excess.
    pub fn withdraw<'info>(ctx: Context<'info, Withdraw<'info>>, amount: u64) -> Result<()> {
        instructions::trader::withdraw::handler(ctx, amount)
    }

    /// (owner) Declares part of a deposit a hedge of positions in its own market.
    pub fn declare_hedge<'info>(ctx: Context<'info, ChangeAccount<'info>>, args: DeclareHedgeArgs) -> Result<()> {
        instructions::trader::change_account::declare_hedge(ctx, args)
    }

    /// (owner) Changes the margin mode.
    pub fn set_mode<'info>(ctx: Context<'info, ChangeAccount<'info>>, mode: u8) -> Result<()> {
        instructions::trader::change_account::set_mode(ctx, mode)
    }

    /// (owner) Lets somebody trade for an account, and nothing else; the zero key nobody.
    pub fn set_delegate<'info>(ctx: Context<'info, ChangeAccount<'info>>, args: SetDelegateArgs) -> Result<()> {
        instructions::trader::set_delegate::handler(ctx, args)
    }

    /// (anyone) Refuses the transaction if an account was changed since somebody looked at it.
    pub fn expect_changes(ctx: Context<ExpectChanges>, authorised_changes: u64) -> Result<()> {
        instructions::trader::expect_changes::handler(ctx, authorised_changes)
    }

    /// (owner) Opens what an account remembers of its orders.
    pub fn open_order_records(ctx: Context<OpenOrderRecords>) -> Result<()> {
        instructions::orders::open_order_records::handler(ctx)
    }

    /// (owner) Closes them and returns their rent; all orders end with them.
    pub fn close_order_records(ctx: Context<CloseOrderRecords>) -> Result<()> {
        instructions::orders::close_order_records::handler(ctx)
    }

    /// (owner, delegate) Places an order as an account.
    pub fn place_order(ctx: Context<PlaceOrder>, args: PlaceOrderArgs) -> Result<()> {
        instructions::orders::place_order::handler(ctx, args)
    }

    /// (who placed it; after it expired anyone) Removes a placed order and returns its rent.
    pub fn cancel_order(ctx: Context<CancelOrder>) -> Result<()> {
        instructions::orders::cancel_order::handler(ctx)
    }

    /// (owner, delegate) Cancels signed and placed orders: those of a nonce, those below one, or all.
    pub fn cancel_orders(ctx: Context<CancelOrders>, which: Cancellation) -> Result<()> {
        instructions::orders::cancel_orders::handler(ctx, which)
    }

    /// (permissionless) Matches a taking order with a resting one, at the resting one's prices.
    pub fn match_orders<'info>(ctx: Context<'info, MatchOrders<'info>>, args: MatchOrdersArgs) -> Result<()> {
        instructions::orders::match_orders::handler(ctx, args)
    }

    /// (both owners or delegates) Trades up to eight contracts between two accounts, all or none.
    pub fn trade<'info>(ctx: Context<'info, Trade<'info>>, args: TradeArgs) -> Result<()> {
        instructions::trader::trade::handler(ctx, args)
    }

    /// (owner) Lends cash to the lending pool for shares of it.
    pub fn lend<'info>(ctx: Context<'info, UsePool<'info>>, amount: u64, minimum_shares: u64) -> Result<()> {
        instructions::trader::lending::lend(ctx, amount, minimum_shares)
    }

    /// (owner) Turns shares of the lending pool back into cash.
    pub fn unlend<'info>(ctx: Context<'info, UsePool<'info>>, shares: u64, minimum_amount: u64) -> Result<()> {
        instructions::trader::lending::unlend(ctx, shares, minimum_amount)
    }

    /// (owner) Borrows cash from the lending pool within the withdrawal excess.
    pub fn borrow<'info>(ctx: Context<'info, UsePool<'info>>, amount: u64) -> Result<()> {
        instructions::trader::lending::borrow(ctx, amount)
    }

    /// (owner) Pays a debt to the lending pool back out of cash.
    pub fn repay<'info>(ctx: Context<'info, UsePool<'info>>, amount: u64) -> Result<()> {
        instructions::trader::lending::repay(ctx, amount)
    }

    /// (permissionless) Turns unsettled profit or loss into cash.
    pub fn settle_pnl(ctx: Context<SettlePnl>, args: SettlePnlArgs) -> Result<()> {
        instructions::keeper::settle_pnl::handler(ctx, args)
    }

    /// (permissionless) Sweeps a market's fees into the insurance fund.
    pub fn collect_fees(ctx: Context<CollectFees>) -> Result<()> {
        instructions::keeper::collect_fees::handler(ctx)
    }

    /// (permissionless) Fixes the settlement price of an expiry, once.
    pub fn fix_settlement(ctx: Context<FixSettlement>, args: ExpiryArgs) -> Result<()> {
        instructions::keeper::fix_settlement::handler(ctx, args)
    }

    /// (permissionless) Settles one account's positions of an expiry whose settlement price is fixed.
    pub fn settle_expired(ctx: Context<SettleExpired>, args: ExpiryArgs) -> Result<()> {
        instructions::keeper::settle_expired::handler(ctx, args)
    }

    /// (permissionless) Frees the slot of a settled expiry that nobody holds any more, and those of its series.
    pub fn remove_expiry(ctx: Context<RemoveExpiry>, args: ExpiryArgs) -> Result<()> {
        instructions::keeper::remove_expiry::handler(ctx, args)
    }

    /// (permissionless) Closes legs or takes a slice of an account below maintenance margin.
    pub fn liquidate<'info>(
        ctx: Context<'info, Liquidate<'info>>,
        plan: LiquidationPlan,
        minimum_proceeds: i64,
    ) -> Result<()> {
        instructions::keeper::liquidate::handler(ctx, plan, minimum_proceeds)
    }

    /// (permissionless) Takes over a part (scale 2^-28) of a bankrupt account, whose deficit others make good.
    pub fn resolve_bankruptcy<'info>(
        ctx: Context<'info, Liquidate<'info>>,
        fraction: u32,
        minimum_proceeds: i64,
    ) -> Result<()> {
        instructions::keeper::resolve_bankruptcy::handler(ctx, fraction, minimum_proceeds)
    }

    /// (permissionless) Records an account as an open bankruptcy, or takes it off the record.
    pub fn record_bankruptcy<'info>(ctx: Context<'info, RecordBankruptcy<'info>>) -> Result<()> {
        instructions::keeper::record_bankruptcy::handler(ctx)
    }

    /// (permissionless) Brings an account of an earlier version into this version's layout.
    pub fn migrate(ctx: Context<Migrate>) -> Result<()> {
        instructions::keeper::migrate::handler(ctx)
    }

    /// (owner) Opens a stake in the insurance fund.
    pub fn open_stake(ctx: Context<OpenStake>) -> Result<()> {
        instructions::staker::open_stake::handler(ctx)
    }

    /// (owner) Closes a stake without shares and returns its rent.
    pub fn close_stake(ctx: Context<CloseStake>) -> Result<()> {
        instructions::staker::close_stake::handler(ctx)
    }

    /// (owner) Stakes cash of a margin account in the insurance fund.
    pub fn stake<'info>(ctx: Context<'info, MoveStake<'info>>, amount: u64, minimum_shares: u64) -> Result<()> {
        instructions::staker::stake::handler(ctx, amount, minimum_shares)
    }

    /// (owner) Gives notice for shares in the insurance fund, which starts their cool-down.
    pub fn request_unstake(ctx: Context<RequestUnstake>, shares: u64) -> Result<()> {
        instructions::staker::request_unstake::handler(ctx, shares)
    }

    /// (owner) Pays out the shares for which notice was given, after their cool-down.
    pub fn unstake(ctx: Context<MoveStake>, minimum_amount: u64) -> Result<()> {
        instructions::staker::unstake::handler(ctx, minimum_amount)
    }

    /// (view) Returns an account's margin report in all three modes.
    pub fn assess<'info>(ctx: Context<'info, Assess<'info>>) -> Result<()> {
        instructions::view::assess::handler(ctx)
    }

    /// (view) Returns what an account's positions in one market gain or lose in every scenario.
    pub fn assess_market<'info>(ctx: Context<'info, Assess<'info>>, market: u16) -> Result<()> {
        instructions::view::assess_market::handler(ctx, market)
    }
}

/// Prints the address for the IDL, as `declare_id!` would if it stood in this crate.
#[cfg(all(test, feature = "idl-build"))]
#[test]
fn __anchor_private_print_idl_address() {
    println!("--- IDL begin address ---\n\"{ID}\"");
}

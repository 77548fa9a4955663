//! Matches two orders.

mod proof;

use anchor_lang::prelude::*;
use ballast_risk::MicroUsd;
use ballast_state::{Exchange, MarginAccount, OrderRecords, OrderRole, order::match_legs};

pub use self::proof::OrderProof;
use self::proof::Proven;
use crate::{
    check::CheckAccounts,
    errors::{BallastError, authority_error, order_error},
    events::OrderFilled,
    instructions::trader::trade::{Party, execute},
};

/// Which orders to match, and how much of them.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Debug)]
pub struct MatchOrdersArgs {
    /// Packages of the taking order.
    pub taker_units: u32,
    /// Packages of the resting order.
    pub maker_units: u32,
    /// What shows that the taker signed.
    pub taker: OrderProof,
    /// What shows that the maker signed.
    pub maker: OrderProof,
}

/// Accounts of [`match_orders`](crate::ballast::match_orders), followed by the markets and banks of both checks; markets of a
/// leg writable.
#[derive(Accounts)]
pub struct MatchOrders<'info> {
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// The margin account of the taking order.
    #[account(mut, has_one = exchange @ BallastError::WrongExchange)]
    pub taker: AccountLoader<'info, MarginAccount>,
    /// The margin account of the resting order.
    #[account(
        mut,
        dup,
        has_one = exchange @ BallastError::WrongExchange,
        constraint = maker.key() != taker.key() @ BallastError::SameAccount
    )]
    pub maker: AccountLoader<'info, MarginAccount>,
    /// What the taker's account remembers of its orders.
    #[account(mut, constraint = taker_records.load()?.account == taker.key() @ BallastError::OrderForAnother)]
    pub taker_records: AccountLoader<'info, OrderRecords>,
    /// What the maker's account remembers of its orders.
    #[account(mut, dup, constraint = maker_records.load()?.account == maker.key() @ BallastError::OrderForAnother)]
    pub maker_records: AccountLoader<'info, OrderRecords>,
    /// Where the taker's signature is found: see [`OrderProof`].
    /// CHECK: by the kind of proof.
    pub taker_proof: UncheckedAccount<'info>,
    /// Where the maker's signature is found.
    /// CHECK: by the kind of proof.
    pub maker_proof: UncheckedAccount<'info>,
}

/// Matches a taking order with a resting one, at the resting one's prices. Anyone may submit it: what trades, at which
/// price, and for which accounts is in the two messages alone.
///
/// 1. Reads both orders, and who signed them.
/// 2. Checks that each was signed for this exchange and account by its owner or delegate, that it is not expired, cancelled
///    or filled, and that the other side is nobody whom it excludes. Enters the fill.
/// 3. Checks that the orders trade the reverse of each other, within the taking order's limits.
/// 4. Trades as [`trade`](crate::ballast::trade) does.
/// 5. Checks the net limit against what the legs came to, and the fees against what the orders allow.
///
/// # Errors
/// Those of orders (68xx) and of [`trade`](crate::ballast::trade).
pub fn handler<'info>(ctx: Context<'info, MatchOrders<'info>>, args: MatchOrdersArgs) -> Result<()> {
    let accounts = &ctx.accounts;
    let now = Clock::get()?.unix_timestamp;
    let taking = Proven::read(&args.taker, &accounts.taker_proof)?;
    let resting = Proven::read(&args.maker, &accounts.maker_proof)?;
    let exchange = accounts.exchange.load()?;
    let mut taker = accounts.taker.load_mut()?;
    let mut maker = accounts.maker.load_mut()?;
    require_keys_neq!(taker.owner, maker.owner, BallastError::SelfTrade);

    let mut taker_records = accounts.taker_records.load_mut()?;
    let mut maker_records = accounts.maker_records.load_mut()?;
    let (taker_key, maker_key) = (accounts.taker.key(), accounts.maker.key());
    require_agreed(&taking, (&taker_key, &taker), &maker_key, now)?;
    require_agreed(&resting, (&maker_key, &maker), &taker_key, now)?;
    let taker_before = taker_records.fill(&taking.order, &taking.id, args.taker_units, now).map_err(order_error)?;
    let maker_before = maker_records.fill(&resting.order, &resting.id, args.maker_units, now).map_err(order_error)?;
    let legs =
        match_legs((&taking.order, args.taker_units), (&resting.order, args.maker_units)).map_err(order_error)?;

    taking.count_change(&mut taker);
    resting.count_change(&mut maker);
    let sources = CheckAccounts::load(&accounts.exchange.key(), ctx.remaining_accounts)?;
    let parties = [taking.party(taker_key, &mut taker), resting.party(maker_key, &mut maker)];
    let executed = execute(&exchange, &sources, &legs, parties)?;

    taking.order.require_net_limit(args.taker_units, executed.value.0).map_err(order_error)?;
    let [taker_fee, maker_fee] = executed.charged;
    taking.emit_filled(&mut taker_records, taker_before, args.taker_units, executed.value, taker_fee)?;
    resting.emit_filled(&mut maker_records, maker_before, args.maker_units, -executed.value, maker_fee)
}

/// Refuses an order for another exchange or account, by somebody who may not sign it, or not for this counterparty.
fn require_agreed(proven: &Proven, (key, account): (&Pubkey, &MarginAccount), other: &Pubkey, now: i64) -> Result<()> {
    let Proven { order, signer, .. } = proven;
    require_keys_eq!(order.account, *key, BallastError::OrderForAnother);
    require_keys_eq!(order.exchange, account.exchange, BallastError::OrderForAnother);
    account.require_trader(signer, order.markets(), now).map_err(authority_error)?;
    match order.counterparty {
        Some(named) if named != *other => Err(error!(BallastError::OrderCounterparty).with_pubkeys((named, *other))),
        _ => Ok(()),
    }
}

impl Proven {
    /// The order's account in the trade.
    fn party<'a>(&self, key: Pubkey, account: &'a mut MarginAccount) -> Party<'a> {
        Party { key, account, claims_rebates: self.order.claims_rebates, is_reduce_only: self.order.is_reduce_only }
    }

    /// Counts the fill as a change of the account if the transaction itself is signed for it: not if a stranger chose when.
    fn count_change(&self, account: &mut MarginAccount) {
        if self.is_of_transaction {
            account.count_change();
        }
    }

    /// Enters the fee of a fill, and says what was filled.
    fn emit_filled(
        &self,
        records: &mut OrderRecords,
        filled_before: u32,
        units: u32,
        cost: MicroUsd,
        fee: MicroUsd,
    ) -> Result<()> {
        let fees = records.charge(&self.order, fee.0.max(0).unsigned_abs()).map_err(order_error)?;
        emit!(OrderFilled {
            order: self.id,
            account: self.order.account,
            signer: self.signer,
            nonce: self.order.nonce,
            filled_before,
            filled: filled_before + units,
            size: self.order.size,
            is_taking: self.order.role == OrderRole::Taking,
            cost: cost.0,
            fee: fee.0,
            fees,
        });
        Ok(())
    }
}

//! Turns profit and loss into cash: losses as far as there is cash for them, gains as far as a pool can pay them. Sweeps fees.

use std::{cmp::Reverse, sync::Arc};

use anyhow::Result;
use ballast::{BallastError, SettlePnlArgs};
use ballast_client::{MarginAccountKey, cost, instructions};
use ballast_network::View;
use ballast_state::{
    MarginAccount, Market, Position, PositionKind,
    revaluation::{Sources, value_scale},
};

use crate::Context;

/// Settlements in one transaction.
const BATCH: usize = 4;

/// The role.
pub struct Settle;

/// A position that can be settled.
struct Due {
    key: MarginAccountKey,
    market: u16,
    args: SettlePnlArgs,
    /// What could move at most, µUSD.
    amount: i64,
}

impl Settle {
    pub(crate) async fn round(&mut self, context: &Arc<Context>) -> Result<()> {
        let view = context.feed.view();
        let settings = &context.settings.settle;
        let mut due: Vec<Due> = view.accounts.values().flat_map(|account| due_of(&view, account)).collect();
        due.retain(|it| it.amount >= settings.least.max(1));
        due.sort_by_key(|it| Reverse(it.amount));
        due.truncate(settings.most);
        for some in due.chunks(BATCH) {
            let built = some.iter().map(|it| instructions::settle_pnl(&it.key, it.market, it.args)).collect();
            let units = cost::SETTLE * some.len() as u32;
            let sent =
                context.send("settle", built, units, |error| error.is_one_of([BallastError::NothingToSettle])).await;
            // One that cannot be settled keeps the others of its transaction back: they are tried alone.
            if !matches!(sent, Ok(Some(_))) && some.len() > 1 {
                for it in some {
                    let one = vec![instructions::settle_pnl(&it.key, it.market, it.args)];
                    let _ = context
                        .send("settle", one, cost::SETTLE, |error| error.is_one_of([BallastError::NothingToSettle]))
                        .await;
                }
            }
        }
        self.sweep(context, &view).await
    }

    async fn sweep(&self, context: &Arc<Context>, view: &View) -> Result<()> {
        let quote = context.quote_token(&view.snapshot)?;
        let least = context.settings.settle.least_fees.max(1);
        let rich = view.snapshot.markets().filter(|(_, market)| market.fees >= least);
        let built: Vec<_> = rich
            .map(|(_, market)| instructions::collect_fees(context.target.exchange, &quote, market.number))
            .collect();
        if !built.is_empty() {
            let units = cost::HOUSEKEEPING * built.len() as u32;
            context.send("sweep", built, units, |_| false).await?;
        }
        Ok(())
    }
}

/// What of an account can be settled.
fn due_of<'a>(view: &'a View, account: &'a MarginAccount) -> impl Iterator<Item = Due> + 'a {
    let key = MarginAccountKey::of(account);
    account.positions().iter().filter_map(move |position| {
        let number = account.markets.get(usize::from(position.market_slot))?.market;
        let market = view.snapshot.market(number)?;
        let kind = position.kind();
        let amount = match kind {
            PositionKind::Perpetual | PositionKind::Future | PositionKind::Claim => {
                movable(account, position, market, profit(position, market, view.now)?)
            }
            PositionKind::Call | PositionKind::Put | PositionKind::None => 0,
        };
        let number_of_expiry = if kind == PositionKind::Perpetual { 0 } else { position.number };
        let args = SettlePnlArgs { kind: position.kind, number: number_of_expiry };
        (amount > 0).then_some(Due { key, market: number, args, amount })
    })
}

/// Unsettled profit of a position at its mark, µUSD; a claim's is what its ledger says.
fn profit(position: &Position, market: &Market, now: i64) -> Option<i64> {
    if position.kind() == PositionKind::Claim {
        return Some(position.ledger);
    }
    let mark = position.contract().mark(market, now).ok()?;
    let value = value_scale(market).and_then(|scale| scale.value_floor(position.quantity, mark.price)).ok()?;
    let funding = if position.kind() == PositionKind::Perpetual { market.pending_funding(position) } else { 0 };
    value.0.checked_add(position.ledger)?.checked_add(funding)
}

/// What of a profit could move: a loss as far as there is cash, a gain as far as losses have been paid in.
fn movable(account: &MarginAccount, position: &Position, market: &Market, profit: i64) -> i64 {
    if profit < 0 {
        return profit.saturating_neg().min(account.cash.max(0));
    }
    let pool = match position.kind() {
        PositionKind::Perpetual => market.perpetual_pool,
        _ => market.expiries.get(usize::from(position.expiry_slot)).map_or(0, |expiry| expiry.pool),
    };
    profit.min(i64::try_from(pool).unwrap_or(i64::MAX))
}

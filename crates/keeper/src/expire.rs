//! Ends what has expired: fixes settlement prices, settles every holder, frees the slot, closes placed orders.

mod orders;

use std::sync::Arc;

use anyhow::Result;
use ballast::{BallastError, ExpiryArgs};
use ballast_client::{MarginAccountKey, cost, instructions};
use ballast_network::{SendError, View};
use ballast_state::{Market, PositionKind, market::ExpiryStatus};
use tracing::info;

use crate::Context;
use orders::Orders;

/// Holders that one transaction settles.
const BATCH: usize = 4;

/// The role.
#[derive(Default)]
pub struct Expire {
    orders: Orders,
}

impl Expire {
    pub(crate) async fn round(&mut self, context: &Arc<Context>) -> Result<()> {
        let view = context.feed.view();
        for (_, market) in view.snapshot.markets() {
            for (slot, expiry) in market.expiries.iter().enumerate() {
                let args = ExpiryArgs { slot: slot as u8, number: expiry.number };
                match expiry.status() {
                    ExpiryStatus::Listed if expiry.expires_at <= view.now => {
                        self.fix(context, &view, market, args).await?
                    }
                    ExpiryStatus::Settled if market.is_expiry_held(args.slot) => {
                        self.settle(context, &view, market, args).await?;
                    }
                    ExpiryStatus::Settled => self.remove(context, &view, market, args).await?,
                    ExpiryStatus::Listed | ExpiryStatus::Free => {}
                }
            }
        }
        self.orders.round(context, &view).await
    }

    /// Fixes a settlement price as soon as there are enough prices, or waiting for them is over.
    async fn fix(&self, context: &Arc<Context>, view: &View, market: &Market, args: ExpiryArgs) -> Result<()> {
        let oldest = view.now.saturating_sub(i64::from(view.snapshot.exchange.parameters.liquidation_oracle_age));
        let known_until = market.publish_time.max(oldest);
        let Some(expiry) = market.expiry(args.slot, args.number) else { return Ok(()) };
        let progress = market.settlement_progress(expiry, known_until);
        if known_until < expiry.expires_at || progress.outstanding_seconds > 0 {
            return Ok(());
        }
        let fix = instructions::fix_settlement(context.target.exchange, market.number, args.clone());
        let is_lost = |error: &SendError| error.is_one_of([BallastError::SettlementState, BallastError::UnknownExpiry]);
        if context.send("fix_settlement", vec![fix], cost::HOUSEKEEPING, is_lost).await?.is_some() {
            info!(market = market.number, expiry = args.number, price = progress.price, "settlement price fixed");
        }
        Ok(())
    }

    /// Settles those who hold something of an expiry beside a claim.
    async fn settle(&self, context: &Arc<Context>, view: &View, market: &Market, args: ExpiryArgs) -> Result<()> {
        let holders = view.accounts.values().filter(|account| {
            let Some(slot) = account.market_slot(market.number) else { return false };
            let mut held = account.positions().iter().filter(|position| usize::from(position.market_slot) == slot);
            held.any(|position| {
                let is_settled = matches!(position.kind(), PositionKind::Perpetual | PositionKind::Claim);
                !is_settled && position.expiry_slot == args.slot
            })
        });
        let keys: Vec<MarginAccountKey> = holders.map(|account| MarginAccountKey::of(account)).collect();
        let is_lost = |error: &SendError| error.is_one_of([BallastError::NothingToSettle, BallastError::UnknownExpiry]);
        for some in keys.chunks(BATCH) {
            let built = some.iter().map(|key| instructions::settle_expired(key, market.number, args.clone())).collect();
            let units = cost::SETTLE_EXPIRED * some.len() as u32;
            if context.send("settle_expired", built, units, is_lost).await?.is_none() && some.len() > 1 {
                for key in some {
                    let one = vec![instructions::settle_expired(key, market.number, args.clone())];
                    context.send("settle_expired", one, cost::SETTLE_EXPIRED, is_lost).await?;
                }
            }
        }
        Ok(())
    }

    async fn remove(&self, context: &Arc<Context>, view: &View, market: &Market, args: ExpiryArgs) -> Result<()> {
        let quote = context.quote_token(&view.snapshot)?;
        let remove = instructions::remove_expiry(context.target.exchange, &quote, market.number, args.clone());
        let is_lost = |error: &SendError| error.is_one_of([BallastError::UnknownExpiry, BallastError::SettlementState]);
        if context.send("remove_expiry", vec![remove], cost::HOUSEKEEPING, is_lost).await?.is_some() {
            info!(market = market.number, expiry = args.number, "expiry removed");
        }
        Ok(())
    }
}

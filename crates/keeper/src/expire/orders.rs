//! Closes placed orders that have expired: anyone may, and the rent goes back to whoever paid it.

use std::{sync::Arc, time::Duration};

use anchor_lang::{Discriminator, prelude::Pubkey, solana_program::instruction::Instruction};
use anyhow::Result;
use ballast_client::{MarginAccountKey, accounts, cost, instructions};
use ballast_network::{SendError, View};
use ballast_state::{Order, PlacedOrder};
use solana_signer::Signer;
use tokio::time::Instant;
use tracing::info;

use crate::Context;

/// Orders that one transaction closes.
const BATCH: usize = 8;

/// Closes expired orders, now and then: they are no part of what a feed follows, and have to be asked for.
pub(super) struct Orders {
    again_at: Instant,
}

impl Default for Orders {
    fn default() -> Self {
        Self { again_at: Instant::now() }
    }
}

impl Orders {
    pub(super) async fn round(&mut self, context: &Arc<Context>, view: &View) -> Result<()> {
        if Instant::now() < self.again_at {
            return Ok(());
        }
        self.again_at = Instant::now() + Duration::from_secs(context.settings.expire.orders_interval_seconds);
        let placed = context.rpc.program_accounts(0, PlacedOrder::DISCRIMINATOR).await?;
        let closings: Vec<Instruction> = placed
            .iter()
            .filter_map(|(_, data)| accounts::read_placed_order(data).ok())
            .filter_map(|placed| closing(view, &placed, context.wallet.pubkey()))
            .collect();
        for some in closings.chunks(BATCH) {
            let units = cost::CANCEL_ORDER * some.len() as u32;
            let sent = context.send("close_order", some.to_vec(), units, SendError::is_account_missing).await;
            let closed = if matches!(sent, Ok(Some(_))) { some.len() } else { one_by_one(context, some).await };
            if closed > 0 {
                info!(closed, "expired orders closed");
            }
        }
        Ok(())
    }
}

/// One that cannot be closed keeps the others of its transaction back: they are tried alone. Returns how many were closed.
async fn one_by_one(context: &Context, closings: &[Instruction]) -> usize {
    let mut closed = 0;
    for closing in closings {
        let one = vec![closing.clone()];
        let sent = context.send("close_order", one, cost::CANCEL_ORDER, SendError::is_account_missing).await;
        closed += usize::from(matches!(sent, Ok(Some(_))));
    }
    closed
}

/// What closes an order, if it has expired and is of an account of this exchange.
fn closing(view: &View, placed: &PlacedOrder, by: Pubkey) -> Option<Instruction> {
    let account = view.accounts.get(&placed.account)?;
    let order = Order::decode(placed.message()).ok()?;
    (order.expires_at <= view.now)
        .then(|| instructions::cancel_order(&MarginAccountKey::of(account), placed.nonce, by, placed.payer))
}

//! Keeps the book and the quotes in step with the chain and with time.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Weak,
    time::Duration,
};

use anchor_lang::prelude::Pubkey;
use ballast_client::accounts;
use ballast_network::RpcError;
use ballast_state::{OrderRecords, seeds};
use tracing::debug;

use crate::Relay;

/// From one sweep to the next.
const INTERVAL: Duration = Duration::from_secs(5);

/// Takes orders out of the book that were cancelled, filled elsewhere, or have expired, and forgets quotes that have expired, for as long
/// as there is a relay.
pub(crate) async fn go_on(relay: Weak<Relay>) {
    loop {
        tokio::time::sleep(INTERVAL).await;
        let Some(relay) = relay.upgrade() else { return };
        let now = relay.view().now;
        relay.quotes().retain(|_, quote| quote.order.order.expires_at > now);
        if let Err(error) = relay.sweep_book(now).await {
            debug!("the book cannot be compared with the chain: {error}");
        }
        metrics::gauge!("ballast_relay_resting_orders").set(relay.book().len() as f64);
        metrics::gauge!("ballast_relay_quotes_standing").set(relay.quotes().len() as f64);
        metrics::gauge!("ballast_relay_makers").set(relay.makers.count() as f64);
    }
}

impl Relay {
    /// Compares the book with the order records on chain, and tells whose orders have shrunk or gone.
    async fn sweep_book(&self, now: i64) -> Result<(), RpcError> {
        let orders = self.book().all();
        let accounts: BTreeSet<Pubkey> = orders.iter().map(|(order, _)| order.order.account).collect();
        let addresses: Vec<Pubkey> = accounts.iter().map(|account| seeds::order_records(account).0).collect();
        let read = self.rpc.accounts(&addresses).await?;
        let records = read.into_iter().map(|data| data.and_then(|data| accounts::read_order_records(&data).ok()));
        let records: HashMap<Pubkey, Option<OrderRecords>> = accounts.into_iter().zip(records).collect();
        for (order, version) in orders {
            let of_account = records.get(&order.order.account).and_then(Option::as_ref);
            // Without records no order can be filled.
            let left = of_account.and_then(|records| records.left(&order.order, &order.id, now).ok()).unwrap_or(0);
            if self.book().correct(&order.id, version, left) {
                self.tell_of(&order, left);
            }
        }
        Ok(())
    }
}

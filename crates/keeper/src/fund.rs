//! Keeps funding up to date.
//!
//! Funding accrues with every refresh of a market. Where prices are refreshed all the time this role has nothing to do; where nobody
//! plays `refresh`, it brings a market's publication in for the sake of its funding. While an oracle is silent nothing accrues.

use std::sync::Arc;

use anyhow::Result;
use ballast_client::{cost, instructions, oracle};

use crate::{Context, prices::News};

/// The role.
pub struct Fund;

impl Fund {
    pub(crate) async fn round(&mut self, context: &Arc<Context>) -> Result<()> {
        let view = context.feed.view();
        let oldest = view.now.saturating_sub(context.settings.fund.oldest_seconds);
        let prices = context.prices.borrow().clone();
        let behind = view.snapshot.markets().filter(|(_, market)| {
            let is_behind = market.funded_at > 0 && market.funded_at < oldest;
            is_behind && !prices.silent.contains(&News::Market(market.number))
        });
        let priced: Vec<_> = behind.map(|(address, market)| oracle::priced_market(address, market)).collect();
        for some in priced.chunks(context.settings.refresh.batch.max(1)) {
            let instruction = instructions::refresh(context.target.exchange, some, true);
            context.send("fund", vec![instruction], cost::refresh(some.len()), |_| false).await?;
        }
        Ok(())
    }
}

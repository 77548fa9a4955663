//! Brings prices in: whatever a price account says that the exchange does not hold yet.

use std::{collections::HashMap, sync::Arc};

use anyhow::Result;
use ballast_client::{cost, instructions};
use ballast_network::SendError;

use crate::{Context, prices::News};

/// The role.
#[derive(Default)]
pub struct Refresh {
    /// The publication that was brought in last, by whom it is of: the view may show it a moment later.
    sent: HashMap<News, i64>,
}

impl Refresh {
    pub(crate) async fn round(&mut self, context: &Arc<Context>) -> Result<()> {
        let prices = context.prices.borrow().clone();
        let published = |news: &News| {
            let time = match *news {
                News::Market(number) => {
                    prices.fresh.markets().find(|(_, it)| it.number == number).map(|(_, it)| it.publish_time)
                }
                News::Bank(number) => {
                    prices.fresh.banks().find(|(_, it)| it.number == number).map(|(_, it)| it.publish_time)
                }
            };
            time.unwrap_or_default()
        };
        let due: Vec<News> = prices
            .news
            .iter()
            .filter(|news| self.sent.get(news).is_none_or(|&sent| sent < published(news)))
            .copied()
            .collect();
        for some in due.chunks(context.settings.refresh.batch.max(1)) {
            let priced: Vec<_> = some.iter().filter_map(|news| prices.priced(*news)).collect();
            let instruction = instructions::refresh(context.target.exchange, &priced, true);
            let never = |_: &SendError| false;
            context.send("refresh", vec![instruction], cost::refresh(priced.len()), never).await?;
            self.sent.extend(some.iter().map(|news| (*news, published(news))));
        }
        Ok(())
    }
}

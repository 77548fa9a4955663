//! Brings prices in: whatever a price account says that the exchange does not hold yet.

use std::{collections::HashMap, sync::Arc};

use anyhow::Result;
use ballast_client::{Snapshot, cost, instructions};
use ballast_network::SendError;
use ballast_state::revaluation::Sources;

use crate::{Context, prices::News};

/// When first and second source published what is held, Unix seconds.
type Published = (i64, i64);

/// The role.
#[derive(Default)]
pub struct Refresh {
    /// The publications that were brought in last, by whom they are of: the view may show them a moment later.
    sent: HashMap<News, Published>,
}

impl Refresh {
    pub(crate) async fn round(&mut self, context: &Arc<Context>) -> Result<()> {
        let prices = context.prices.borrow().clone();
        let view = context.feed.view();
        // Somebody else may have brought it in since the price accounts were looked at.
        let is_due = |news: &&News| {
            let (first, second) = published(&prices.fresh, **news);
            let (held_first, held_second) = published(&view.snapshot, **news);
            (first > held_first || second > held_second) && self.sent.get(*news) != Some(&(first, second))
        };
        let due: Vec<News> = prices.news.iter().filter(is_due).copied().collect();
        for some in due.chunks(context.settings.refresh.batch.max(1)) {
            let priced: Vec<_> = some.iter().filter_map(|news| prices.priced(*news)).collect();
            let instruction = instructions::refresh(context.target.exchange, &priced, true);
            let never = |_: &SendError| false;
            context.send("refresh", vec![instruction], cost::refresh(priced.len()), never).await?;
            self.sent.extend(some.iter().map(|news| (*news, published(&prices.fresh, *news))));
        }
        Ok(())
    }
}

fn published(snapshot: &Snapshot, news: News) -> Published {
    let times = match news {
        News::Market(number) => snapshot.market(number).map(|it| (it.publish_time, it.second_publish_time)),
        News::Bank(number) => snapshot.bank(number).map(|it| (it.publish_time, 0)),
    };
    times.unwrap_or_default()
}

//! Turns profit and loss into cash: losses as far as there is cash for them, gains as far as a pool can pay them. Sweeps fees.

pub mod due;

use std::{cmp::Reverse, sync::Arc};

use anyhow::Result;
use ballast::BallastError;
use ballast_client::{cost, instructions};
use ballast_network::View;
use ballast_state::revaluation::Purpose;

use crate::Context;
use due::{Due, due_of};

/// Settlements in one transaction.
const BATCH: usize = 4;

/// The role.
pub struct Settle;

impl Settle {
    pub(crate) async fn round(&mut self, context: &Arc<Context>) -> Result<()> {
        let view = context.feed.view();
        let settings = &context.settings.settle;
        let moment = view.moment(Purpose::Settlement);
        let of = |account| due_of(&view.snapshot, account, moment, settings.least.max(1));
        let mut due: Vec<Due> = view.accounts.values().flat_map(|account| of(account)).collect();
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

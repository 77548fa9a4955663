//! The record of open bankruptcies: puts accounts on it, and takes those off it that are none any more.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::{Duration, Instant},
};

use anchor_lang::prelude::Pubkey;
use ballast::BallastError;
use ballast_client::{CheckAccounts, MarginAccountKey, cost, instructions};
use ballast_network::SendError;
use ballast_risk::{MicroUsd, waterfall};
use ballast_state::MarginAccount;
use tokio::task::JoinSet;
use tracing::debug;

use super::refreshed;
use crate::{Context, margins::Survey, prices::Prices};

/// From one attempt on an account to the next: until then it is known what came of it.
const PAUSE: Duration = Duration::from_secs(5);

/// Keeps the record, beside the liquidations: none of them waits for it.
#[derive(Default)]
pub(super) struct Record {
    again_at: HashMap<Pubkey, Instant>,
    under_way: JoinSet<()>,
}

impl Record {
    /// Begins to bring the record up to what a survey found, but for accounts that the round's steps changed.
    pub(super) fn round(
        &mut self,
        context: &Arc<Context>,
        prices: &Arc<Prices>,
        survey: &Survey,
        touched: &HashSet<Pubkey>,
    ) {
        while self.under_way.try_join_next().is_some() {}
        let now = Instant::now();
        self.again_at.retain(|_, again_at| *again_at > now);
        let dust = MicroUsd(prices.fresh.exchange.parameters.dust_limit);
        let most = context.settings.liquidate.parallel.max(1).saturating_sub(self.under_way.len());
        let is_due = |address: &Pubkey| !touched.contains(address) && !self.again_at.contains_key(address);
        let due: Vec<_> = misrecorded(survey, dust).filter(|(address, _)| is_due(address)).take(most).collect();
        for (address, account) in due {
            self.again_at.insert(address, now + PAUSE);
            self.under_way.spawn(record(context.clone(), prices.clone(), account.clone()));
        }
    }
}

/// Accounts whose entry in the record is not what the program would make of it: open if the undisputed deficit is not dust. An
/// account that a dispute protects stays as it is until the dispute is over.
fn misrecorded(survey: &Survey, dust: MicroUsd) -> impl Iterator<Item = (Pubkey, &Arc<MarginAccount>)> {
    let distressed = survey.distressed.iter().filter_map(move |it| {
        let is_open = waterfall::is_open_bankruptcy(it.undisputed_equity, dust);
        (is_open != (it.account.is_bankrupt != 0)).then_some((it.address, &it.account))
    });
    distressed.chain(survey.recovered.iter().map(|(address, account)| (*address, account)))
}

async fn record(context: Arc<Context>, prices: Arc<Prices>, account: Arc<MarginAccount>) {
    let list = CheckAccounts::of(&[&account]);
    let instruction = || -> anyhow::Result<_> {
        let check = list.metas(&prices.fresh)?;
        let quote = context.quote_token(&prices.fresh)?;
        Ok(instructions::record_bankruptcy(&MarginAccountKey::of(&account), &quote, check))
    };
    let record = match instruction() {
        Ok(record) => record,
        Err(error) => return debug!("a bankruptcy cannot be recorded: {error:#}"),
    };
    let units = cost::LIQUIDATE + 2 * cost::check(&account);
    let (built, units) = refreshed(&context, &prices, &list, record, units);
    let is_lost = |error: &SendError| error.is_one_of([BallastError::BankruptcyUnchanged]);
    // What is wrong is in the log, and the next round tries again.
    let _ = context.send("record_bankruptcy", built, units, is_lost).await;
}

#[cfg(test)]
mod tests {
    use ballast_risk::Margin;
    use bytemuck::Zeroable;

    use super::*;
    use crate::margins::Distressed;

    const DUST: MicroUsd = MicroUsd(1_000_000);

    fn account(is_bankrupt: bool) -> Arc<MarginAccount> {
        Arc::new(MarginAccount { is_bankrupt: u8::from(is_bankrupt), ..MarginAccount::zeroed() })
    }

    fn distressed(undisputed_equity: i64, is_bankrupt: bool) -> Distressed {
        Distressed {
            address: Pubkey::new_unique(),
            account: account(is_bankrupt),
            margin: Margin::default(),
            undisputed_equity: MicroUsd(undisputed_equity),
        }
    }

    #[test]
    fn the_undisputed_equity_decides_and_who_stands_right_is_left_alone() {
        let survey = Survey {
            distressed: vec![
                distressed(-5_000_000, false),
                distressed(-5_000_000, true),
                distressed(-1, true),
                distressed(-1, false),
                distressed(7, true),
                distressed(7, false),
            ],
            recovered: vec![(Pubkey::new_unique(), account(true))],
        };
        let found: Vec<Pubkey> = misrecorded(&survey, DUST).map(|(address, _)| address).collect();
        let wrong = [&survey.distressed[0], &survey.distressed[2], &survey.distressed[4]].map(|it| it.address);
        assert_eq!(found, [&wrong[..], &[survey.recovered[0].0]].concat());
    }
}

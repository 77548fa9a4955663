//! Roles, and how each is played: round after round, as often as it is due.

use std::{
    hash::{BuildHasher, RandomState},
    sync::Arc,
    time::Duration,
};

use anyhow::Result;
use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use tokio::time::{MissedTickBehavior, interval, sleep};
use tracing::warn;

use crate::{
    Context, expire::Expire, fund::Fund, liquidate::Liquidate, publish::Publish, refresh::Refresh, settle::Settle,
};

/// After so many rounds' time without a round, a role counts as ill.
const ROUNDS_OF_SILENCE: u32 = 10;
/// From one look to the next at whether the exchange is followed again.
const WAITING: Duration = Duration::from_millis(200);
/// At least this long.
const LEAST_PATIENCE: Duration = Duration::from_secs(60);

/// What a keeper can do.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Brings prices in.
    Refresh,
    /// Turns profit and loss into cash, and sweeps fees.
    Settle,
    /// Brings funding up to date.
    Fund,
    /// Ends what has expired.
    Expire,
    /// Posts volatility surfaces.
    Publish,
    /// Liquidates.
    Liquidate,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Refresh, Self::Settle, Self::Fund, Self::Expire, Self::Publish, Self::Liquidate];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Refresh => "refresh",
            Self::Settle => "settle",
            Self::Fund => "fund",
            Self::Expire => "expire",
            Self::Publish => "publish",
            Self::Liquidate => "liquidate",
        }
    }
}

/// A role that is played.
enum Worker {
    Refresh(Refresh),
    Settle(Settle),
    Fund(Fund),
    Expire(Expire),
    Publish(Box<Publish>),
    Liquidate(Box<Liquidate>),
}

impl Worker {
    async fn round(&mut self, context: &Arc<Context>) -> Result<()> {
        match self {
            Self::Refresh(role) => role.round(context).await,
            Self::Settle(role) => role.round(context).await,
            Self::Fund(role) => role.round(context).await,
            Self::Expire(role) => role.round(context).await,
            Self::Publish(role) => role.round(context).await,
            Self::Liquidate(role) => role.round(context).await,
        }
    }
}

/// Plays a role until the process ends. A round that fails is reported, and the next one tries again.
///
/// # Errors
/// If the role lacks something that it needs.
pub async fn play(context: Arc<Context>, role: Role) -> Result<std::convert::Infallible> {
    let settings = &context.settings;
    let seconds = |seconds: u64| Duration::from_secs(seconds.max(1));
    // Prices wake some roles at once; the pause is then what they wait at most.
    let (mut worker, pause, follows_prices) = match role {
        Role::Refresh => (Worker::Refresh(Refresh::default()), settings.price_interval(), true),
        Role::Settle => (Worker::Settle(Settle), seconds(settings.settle.interval_seconds), false),
        Role::Fund => (Worker::Fund(Fund), seconds(settings.fund.oldest_seconds.unsigned_abs() / 4), false),
        Role::Expire => (Worker::Expire(Expire::default()), seconds(settings.expire.interval_seconds), false),
        Role::Publish => {
            (Worker::Publish(Box::new(Publish::new(&context)?)), seconds(settings.publish.interval_seconds), false)
        }
        Role::Liquidate => (Worker::Liquidate(Box::new(Liquidate::new(&context).await?)), Duration::from_secs(1), true),
    };
    // Somebody else's refresh or settlement is as good as ours, but for a liquidation every moment counts.
    let jitter = if role == Role::Liquidate { Duration::ZERO } else { settings.jitter() };
    context.health.expect(role.name(), LEAST_PATIENCE.max(pause * ROUNDS_OF_SILENCE));
    let mut ticks = interval(pause);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut prices = context.prices.subscribe();
    loop {
        if follows_prices {
            tokio::select! {
                _ = ticks.tick() => {}
                changed = prices.changed() => changed?,
            }
        } else {
            ticks.tick().await;
        }
        sleep(at_random(jitter)).await;
        while !context.feed.view().is_live {
            context.health.report(role.name(), Err("the exchange is not followed: no subscription".to_owned()));
            sleep(WAITING).await;
        }
        let result = worker.round(&context).await;
        if let Err(error) = &result {
            warn!(role = role.name(), "{error:#}");
            metrics::counter!("ballast_rounds_failed_total", "role" => role.name()).increment(1);
        }
        context.health.report(role.name(), result.map_err(|error| format!("{error:#}")));
    }
}

/// A time up to this one, at random.
fn at_random(most: Duration) -> Duration {
    let Ok(most) = u64::try_from(most.as_millis()) else { return most };
    // Every state draws keys of its own.
    let drawn = RandomState::new().hash_one(());
    Duration::from_millis(drawn % most.saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_differ_and_stay_below_the_most() {
        let most = Duration::from_millis(500);
        let drawn: Vec<Duration> = (0..1_000).map(|_| at_random(most)).collect();
        assert!(drawn.iter().all(|it| *it <= most));
        let is_late = |it: &&Duration| **it > most / 2;
        assert!(
            (300..700).contains(&drawn.iter().filter(is_late).count()),
            "half of them wait for more than half of it"
        );
        assert_eq!(at_random(Duration::ZERO), Duration::ZERO);
    }
}

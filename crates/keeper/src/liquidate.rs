//! Liquidates: takes over what accounts below maintenance margin have to give up, when that pays and fits into the liquidator's own
//! book, and trades what it took over away.

mod bankruptcies;
mod hedge;
pub mod inventory;
pub mod steps;

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::{Duration, Instant},
};

use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use anyhow::{Context as _, Result, bail};
use ballast::BallastError;
use ballast_client::{
    CheckAccounts, MarginAccountKey, cost, instructions,
    liquidation::{FULL_SIZE, Plan, Valuer},
};
use ballast_network::SendError;
use ballast_risk::MicroUsd;
use ballast_state::{MarginAccount, revaluation::Purpose};
use futures_util::future::join_all;
use tokio::task::JoinSet;
use tracing::{debug, info};

use crate::{Context, margins::survey, prices::Prices};
use bankruptcies::Record;
use steps::{Step, choose, kind_of};

/// After a refusal an account is left alone for so long.
const PAUSE: Duration = Duration::from_millis(800);

/// The role.
pub struct Liquidate {
    attempts: HashMap<Pubkey, Attempt>,
    record: Record,
    /// Hedging, which ends with the role.
    _hedging: JoinSet<()>,
}

/// What came of the last attempt on an account.
struct Attempt {
    /// When it may be tried again.
    again_at: Instant,
    /// Parts of [`FULL_SIZE`] that are tried next.
    size: u64,
}

/// What came of a step.
enum Outcome {
    Landed,
    TooLarge,
    Refused,
}

impl Liquidate {
    /// Makes sure that there is an account to liquidate with.
    ///
    /// # Errors
    /// If there is none.
    pub async fn new(context: &Arc<Context>) -> Result<Self> {
        let address = context.own_account().address();
        if !context.feed.view().accounts.contains_key(&address) {
            bail!(
                "there is no margin account {address} to liquidate with: open sub-account {} of {} and deposit what it may risk, or \
                 play other roles",
                context.settings.sub_account,
                context.own_account().owner
            );
        }
        let hedging = hedge::start(context).await?;
        Ok(Self { attempts: HashMap::new(), record: Record::default(), _hedging: hedging })
    }

    pub(crate) async fn round(&mut self, context: &Arc<Context>) -> Result<()> {
        let prices = context.prices.borrow().clone();
        let view = context.feed.view();
        let own_key = context.own_account();
        let own = view.accounts.get(&own_key.address()).context("the liquidator's account is gone")?.clone();
        let survey = survey(&view, &prices.fresh);

        let now = Instant::now();
        self.attempts.retain(|address, _| survey.distressed.iter().any(|it| it.address == *address));
        let valuer = Valuer::new(&prices.fresh, view.moment(Purpose::Liquidation));
        let is_due = |address: &Pubkey| self.attempts.get(address).is_none_or(|attempt| attempt.again_at <= now);
        let victims = survey.distressed.iter().filter(|it| it.account.owner != own_key.owner && is_due(&it.address));
        let victims = victims.map(|it| (it, self.attempts.get(&it.address).map_or(FULL_SIZE, |attempt| attempt.size)));
        let steps = choose(&context.settings.liquidate, &valuer, &own, victims);
        let sent = join_all(steps.iter().map(|step| send(context, &prices, &own, step))).await;
        for (step, outcome) in steps.iter().zip(sent) {
            let (size, pause) = match outcome {
                Outcome::Landed => ((2 * step.size).min(FULL_SIZE), Duration::ZERO),
                Outcome::TooLarge => ((step.size / 2).max(1), Duration::ZERO),
                Outcome::Refused => (step.size, PAUSE),
            };
            self.attempts.insert(step.victim.address, Attempt { again_at: now + pause, size });
        }
        let touched: HashSet<Pubkey> = steps.iter().map(|step| step.victim.address).collect();
        self.record.round(context, &prices, &survey, &touched);
        Ok(())
    }
}

/// Sends a step, with a refresh of what has news in front of it.
async fn send(context: &Context, prices: &Prices, own: &MarginAccount, step: &Step<'_>) -> Outcome {
    let started = prices.seen_at;
    match land(context, prices, own, step).await {
        Ok(true) => {
            let kind = kind_of(&step.choice.plan);
            metrics::counter!("ballast_liquidations_total", "plan" => kind).increment(1);
            metrics::counter!("ballast_liquidation_profit_micro_usd_total")
                .increment(step.profit.gain().0.unsigned_abs());
            metrics::histogram!("ballast_reaction_seconds").record(started.elapsed());
            info!(
                account = %step.victim.address,
                plan = kind,
                expected_profit_usd = %dollars(step.profit),
                milliseconds = started.elapsed().as_millis() as u64,
                "liquidated"
            );
            Outcome::Landed
        }
        Ok(false) => Outcome::Refused,
        Err(error) => {
            debug!(account = %step.victim.address, %error, "a step was refused");
            let is_too_large = error.is_one_of([
                BallastError::LiquidatorBelowMargin,
                BallastError::LossUncovered,
                BallastError::LiquidationBeyondTarget,
                BallastError::CloseFactorExceeded,
            ]);
            if is_too_large { Outcome::TooLarge } else { Outcome::Refused }
        }
    }
}

/// Returns whether it landed; somebody else was first otherwise.
async fn land(context: &Context, prices: &Prices, own: &MarginAccount, step: &Step<'_>) -> Result<bool, SendError> {
    let victim = &step.victim.account;
    let invalid = |problem: &dyn std::fmt::Display| SendError::Invalid(problem.to_string());
    let quote = context.quote_token(&prices.fresh).map_err(|error| invalid(&error))?;
    let keys = [MarginAccountKey::of(victim), context.own_account()];
    let touched = victim.markets.iter().map(|held| held.market).filter(|&market| market != 0);
    let list = CheckAccounts::of(&[victim, own]).touching(touched);
    let check = list.metas(&prices.fresh).map_err(|error| invalid(&error))?;
    let least = step.choice.least_proceeds(context.settings.liquidate.slippage_basis_points).0;
    let instruction = match &step.choice.plan {
        Plan::Step(plan) => instructions::liquidate_for(&keys[0], &keys[1], &quote, plan.clone(), least, check),
        Plan::Resolution(fraction) => {
            instructions::resolve_bankruptcy_for(&keys[0], &keys[1], &quote, *fraction, least, check)
        }
    };
    let (built, units) = refreshed(context, prices, &list, instruction, cost::liquidate(victim, own));
    let is_lost =
        |error: &SendError| error.is_one_of([BallastError::NotLiquidatable, BallastError::LiquidationCoolingDown]);
    Ok(context.send("liquidate", built, units, is_lost).await?.is_some())
}

/// An instruction with a check, behind a refresh of what the check needs refreshed, and their compute units.
fn refreshed(
    context: &Context,
    prices: &Prices,
    list: &CheckAccounts,
    instruction: Instruction,
    units: u32,
) -> (Vec<Instruction>, u32) {
    let (markets, banks) = list.sources(&prices.fresh);
    let stale = prices.stale_among(markets, banks);
    if stale.is_empty() {
        return (vec![instruction], units.min(cost::MOST));
    }
    let units = units.saturating_add(cost::refresh(stale.len())).min(cost::MOST);
    (vec![instructions::refresh(context.target.exchange, &stale, true), instruction], units)
}

/// An amount in dollars, for people.
fn dollars(amount: MicroUsd) -> String {
    let sign = if amount < MicroUsd::ZERO { "-" } else { "" };
    let whole = amount.0.unsigned_abs();
    format!("{sign}{}.{:02}", whole / 1_000_000, whole % 1_000_000 / 10_000)
}

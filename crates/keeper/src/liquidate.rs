//! Liquidates: takes over what accounts below maintenance margin have to give up, when that pays and fits into the liquidator's own
//! book, and trades what it took over away.

mod hedge;
mod inventory;

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use anchor_lang::prelude::Pubkey;
use anyhow::{Context as _, Result, bail};
use ballast::{BallastError, LiquidationPlan};
use ballast_client::{
    CheckAccounts, MarginAccountKey, cost, instructions,
    liquidation::{Candidate, Choice, FULL_SIZE, Plan, Valuer},
};
use ballast_network::{SendError, View};
use ballast_risk::{MicroUsd, margin::Tier, waterfall};
use ballast_state::{MarginAccount, revaluation::Purpose};
use futures_util::future::join_all;
use tracing::{debug, info};

use crate::{
    Context,
    margins::{Distressed, survey},
    prices::Prices,
};
use hedge::Hedger;

/// After a refusal an account is left alone for so long.
const PAUSE: Duration = Duration::from_millis(800);
/// What slices may cost more than they were computed to, per cent: the price that the program computes is a slot or two older.
const SLIPPAGE: i64 = 2;

/// The role.
pub struct Liquidate {
    hedger: Hedger,
    attempts: HashMap<Pubkey, Attempt>,
}

/// What came of the last attempt on an account.
struct Attempt {
    /// When it may be tried again.
    again_at: Instant,
    /// Parts of [`FULL_SIZE`] that are tried next.
    size: u64,
}

/// A step that is to be sent.
struct Step<'a> {
    victim: &'a Distressed,
    choice: Choice,
    profit: MicroUsd,
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
    pub async fn new(context: &Context) -> Result<Self> {
        let address = context.own_account().address();
        if !context.feed.view().accounts.contains_key(&address) {
            bail!(
                "there is no margin account {address} to liquidate with: open sub-account {} of {} and deposit what it may risk, or \
                 play other roles",
                context.settings.sub_account,
                context.own_account().owner
            );
        }
        Ok(Self { hedger: Hedger::new(context).await?, attempts: HashMap::new() })
    }

    pub(crate) async fn round(&mut self, context: &Arc<Context>) -> Result<()> {
        let prices = context.prices.borrow().clone();
        let view = context.feed.view();
        let own_key = context.own_account();
        let own = view.accounts.get(&own_key.address()).context("the liquidator's account is gone")?.clone();
        let mut distressed = survey(&view, &prices.fresh);
        distressed.retain(|it| it.account.owner != own_key.owner);
        self.keep_record(context, &view, &prices, &distressed).await;

        let now = Instant::now();
        self.attempts.retain(|address, _| distressed.iter().any(|it| it.address == *address));
        let valuer = Valuer::new(&prices.fresh, view.moment(Purpose::Liquidation));
        let is_due = |it: &&Distressed| self.attempts.get(&it.address).is_none_or(|attempt| attempt.again_at <= now);
        let steps: Vec<Step> = distressed
            .iter()
            .filter(is_due)
            .filter_map(|victim| {
                let size = self.attempts.get(&victim.address).map_or(FULL_SIZE, |attempt| attempt.size);
                best_step(context, &valuer, victim, &own, size)
            })
            .take(context.settings.liquidate.parallel.max(1))
            .collect();
        let sent = join_all(steps.iter().map(|step| self.send(context, &prices, &own, step))).await;
        for (step, outcome) in steps.iter().zip(sent) {
            let (size, pause) = match outcome {
                Outcome::Landed => ((2 * step.size).min(FULL_SIZE), Duration::ZERO),
                Outcome::TooLarge => ((step.size / 2).max(1), Duration::ZERO),
                Outcome::Refused => (step.size, PAUSE),
            };
            self.attempts.insert(step.victim.address, Attempt { again_at: now + pause, size });
        }
        self.hedger.round(context, &view, &prices.fresh).await;
        Ok(())
    }

    /// Sends a step, with a refresh of what has news in front of it.
    async fn send(&self, context: &Arc<Context>, prices: &Prices, own: &MarginAccount, step: &Step<'_>) -> Outcome {
        let started = prices.seen_at;
        match self.land(context, prices, own, step).await {
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

    async fn land(
        &self,
        context: &Arc<Context>,
        prices: &Prices,
        own: &MarginAccount,
        step: &Step<'_>,
    ) -> Result<bool, SendError> {
        let victim = &step.victim.account;
        let invalid = |problem: &dyn std::fmt::Display| SendError::Invalid(problem.to_string());
        let quote = context.quote_token(&prices.fresh).map_err(|error| invalid(&error))?;
        let keys = [MarginAccountKey::of(victim), context.own_account()];
        let touched = victim.markets.iter().map(|held| held.market).filter(|&market| market != 0);
        let list = CheckAccounts::of(&[victim, own]).touching(touched);
        let (markets, banks) = list.sources(&prices.fresh);
        let stale = prices.stale_among(markets, banks);
        let check = list.metas(&prices.fresh).map_err(|error| invalid(&error))?;
        let mut built = Vec::with_capacity(2);
        let mut units = cost::liquidate(victim, own);
        if !stale.is_empty() {
            built.push(instructions::refresh(context.target.exchange, &stale, true));
            units = units.saturating_add(cost::refresh(stale.len())).min(cost::MOST);
        }
        built.push(match &step.choice.plan {
            Plan::Step(plan) => {
                let least = match plan {
                    LiquidationPlan::Legs { .. } => i64::MIN,
                    _ => -(step.choice.paid.0.saturating_mul(100 + SLIPPAGE) / 100),
                };
                instructions::liquidate_for(&keys[0], &keys[1], &quote, plan.clone(), least, check)
            }
            Plan::Resolution(fraction) => {
                instructions::resolve_bankruptcy(&keys[0], &keys[1], &quote, *fraction, check)
            }
        });
        let is_lost =
            |error: &SendError| error.is_one_of([BallastError::NotLiquidatable, BallastError::LiquidationCoolingDown]);
        Ok(context.send("liquidate", built, units, is_lost).await?.is_some())
    }

    /// Puts accounts on the record of open bankruptcies, and takes those off it that are none any more.
    async fn keep_record(&self, context: &Arc<Context>, view: &View, prices: &Prices, distressed: &[Distressed]) {
        let dust = MicroUsd(view.snapshot.exchange.parameters.dust_limit);
        let is_open = |address: &Pubkey| {
            distressed.iter().any(|it| {
                it.address == *address
                    && it.margin.tier() == Tier::Bankrupt
                    && waterfall::is_open_bankruptcy(it.margin.equity, dust)
            })
        };
        for (address, account) in &view.accounts {
            if is_open(address) == (account.is_bankrupt != 0) {
                continue;
            }
            let record = || -> Result<_> {
                let check = CheckAccounts::of(&[account]).metas(&prices.fresh)?;
                let quote = context.quote_token(&prices.fresh)?;
                Ok(instructions::record_bankruptcy(&MarginAccountKey::of(account), &quote, check))
            };
            if let Ok(record) = record() {
                let units = cost::LIQUIDATE + 2 * cost::check(account);
                // A price that is on its way is the only reason to refuse; the next round tries again.
                let _ = context.send("record_bankruptcy", vec![record], units, |_| true).await;
            }
        }
    }
}

/// The step that pays best of those that fit into the liquidator's book; nothing if none pays.
fn best_step<'a>(
    context: &Context,
    valuer: &Valuer,
    victim: &'a Distressed,
    own: &MarginAccount,
    size: u64,
) -> Option<Step<'a>> {
    let settings = &context.settings.liquidate;
    let candidate = Candidate::look(valuer, &victim.account, &victim.margin)?;
    let steps = candidate.choices(size).into_iter().filter_map(|choice| {
        let charge = inventory::charge(settings, valuer, &victim.account, own, &choice.plan)?;
        let profit = choice.gain - charge - MicroUsd(settings.transaction_cost);
        (profit >= MicroUsd(settings.least_profit)).then_some(Step { victim, choice, profit, size })
    });
    steps.max_by_key(|step| step.profit)
}

fn kind_of(plan: &Plan) -> &'static str {
    match plan {
        Plan::Step(LiquidationPlan::Legs { .. }) => "legs",
        Plan::Step(LiquidationPlan::Slice { .. }) => "slice",
        Plan::Step(LiquidationPlan::Collateral { .. }) => "collateral",
        Plan::Resolution(_) => "resolution",
    }
}

/// An amount in dollars, for people.
fn dollars(amount: MicroUsd) -> String {
    let sign = if amount < MicroUsd::ZERO { "-" } else { "" };
    let whole = amount.0.unsigned_abs();
    format!("{sign}{}.{:02}", whole / 1_000_000, whole % 1_000_000 / 10_000)
}

//! Steps of a round: together they stay within the limits of the own book, and earn at least what they are sent for.

use std::sync::Arc;

use ballast::{BallastError, LiquidationPlan};
use ballast_client::{
    Snapshot, instructions,
    liquidation::{Candidate, Choice, FULL_SIZE, Plan, Valuer},
};
use ballast_harness::{Exchange, Outcome, Refusal, Trader, oracle::USD};
use ballast_keeper::{
    liquidate::{
        inventory::Inventory,
        steps::{Step, choose},
    },
    margins::Distressed,
    settings::LiquidateSettings,
};
use ballast_risk::{Margin, Mode};
use ballast_state::{Contract, OptionKind};

/// A dollar in µUSD.
const DOLLAR: u64 = 1_000_000;
/// One token of SOL in native units.
const SOL: u64 = 1_000_000_000;
/// Cash alone: whoever liquidates has to take positions over.
const CASH: [(&str, u64); 1] = [("USDC", 31_000 * DOLLAR)];
/// Cash and collateral.
const COLLATERAL: [(&str, u64); 2] = [("USDC", 22_000 * DOLLAR), ("SOL", 60 * SOL)];
/// A coin bought, and a few puts sold.
const LONG: [i64; 2] = [4, 1];
/// Puts alone.
const SHORT_PUTS: [i64; 2] = [0, 4];
/// Accounts in distress.
const VICTIMS: usize = 4;

/// Accounts below maintenance margin, each with these deposits, quarters of a coin in perpetuals bought and in puts sold, and a
/// liquidator with nothing but cash.
#[derive(Clone)]
struct Stage {
    exchange: Exchange,
    victims: [Trader; VICTIMS],
    liquidator: Trader,
}

impl Stage {
    fn new(cash: u64, deposits: &[(&str, u64)], [perpetuals, puts]: [i64; 2]) -> Self {
        let mut exchange = Exchange::standard();
        let victims = [0; VICTIMS].map(|_| exchange.trader(Mode::Portfolio, deposits));
        let other = exchange.trader(Mode::Portfolio, &[("USDC", 2_000_000 * DOLLAR)]);
        let liquidator = exchange.trader(Mode::Portfolio, &[("USDC", cash)]);
        let bitcoin = exchange.underlying("BTC").lots(1);
        let expiry = exchange.list_chain("BTC", 30, &[90_000]);
        let put = exchange.option(&expiry, 90_000, OptionKind::Put);
        for victim in &victims {
            exchange.buy(&other, victim, "BTC", put, bitcoin / 4 * puts);
            if perpetuals > 0 {
                exchange.buy(victim, &other, "BTC", Contract::PERPETUAL, bitcoin / 4 * perpetuals);
            }
        }
        exchange.set_price("SOL", 150 * USD);
        let mut stage = Self { exchange, victims, liquidator };
        for thousands in (60..100).rev() {
            stage.exchange.set_price("BTC", thousands * 1_000 * USD);
            stage.exchange.refresh_all();
            if stage.victims.iter().all(|it| stage.margin(it).maintenance_excess.0 < 0) {
                return stage;
            }
        }
        panic!("no fall of the index brings the accounts below maintenance margin");
    }

    fn margin(&self, trader: &Trader) -> Margin {
        let snapshot = self.exchange.snapshot();
        let valuer = Valuer::new(&snapshot, self.exchange.liquidation_moment());
        valuer.margin(&self.exchange.account(trader)).expect("the account can be valued")
    }

    fn distressed(&self, snapshot: &Snapshot) -> Vec<Distressed> {
        let look = |victim: &Trader| {
            let account = Arc::new(self.exchange.account(victim));
            let judged = snapshot.liquidation_margin(&account, self.exchange.liquidation_moment());
            let judged = judged.expect("the account can be valued");
            let undisputed_equity = judged.undisputed_equity();
            Distressed { address: victim.address(), account, margin: judged.margin, undisputed_equity }
        };
        self.victims.iter().map(look).collect()
    }

    /// The steps of a round, as the plans of victims by their index.
    fn chosen(&self, settings: &LiquidateSettings) -> Vec<(usize, Choice)> {
        let snapshot = self.exchange.snapshot();
        let valuer = Valuer::new(&snapshot, self.exchange.liquidation_moment());
        let distressed = self.distressed(&snapshot);
        let own = self.exchange.account(&self.liquidator);
        let steps = choose(settings, &valuer, &own, distressed.iter().map(|it| (it, FULL_SIZE)));
        let index = |step: &Step| self.victims.iter().position(|it| it.address() == step.victim.address);
        steps.into_iter().map(|step| (index(&step).expect("it is one of them"), step.choice)).collect()
    }

    /// What one may do to the first account.
    fn choices(&self) -> Vec<Choice> {
        let snapshot = self.exchange.snapshot();
        let valuer = Valuer::new(&snapshot, self.exchange.liquidation_moment());
        let victim = self.exchange.account(&self.victims[0]);
        let candidate = Candidate::look(&valuer, &victim, &self.margin(&self.victims[0]));
        candidate.expect("it may be liquidated").choices(FULL_SIZE)
    }

    /// Sends a step, for at least so much.
    fn land(&mut self, victim: usize, choice: &Choice, least: i64) -> Result<Outcome, Refusal> {
        let (victim, liquidator) = (&self.victims[victim], &self.liquidator);
        let check = self.exchange.liquidation_check(victim, liquidator);
        let plan = step(choice);
        let quote = self.exchange.quote_token();
        let built = instructions::liquidate_for(&victim.key, &liquidator.key, &quote, plan, least, check);
        self.exchange.chain.send(&[built], &[&liquidator.wallet])
    }

    /// Delta and vega of the liquidator in BTC.
    fn greeks(&self) -> [i64; 2] {
        let report = self.exchange.preview(&self.liquidator);
        let number = self.exchange.underlying("BTC").number;
        let held = report.markets.iter().take(usize::from(report.market_count)).find(|it| it.market == number);
        held.map_or([0, 0], |it| [it.delta, it.vega])
    }

    /// Every stage on which some of the steps have landed and the others have not.
    fn outcomes(self, steps: &[(usize, Choice)]) -> Vec<Stage> {
        let Some(((victim, choice), rest)) = steps.split_first() else { return vec![self] };
        let without = self.clone();
        let mut with = self;
        let least = choice.least_proceeds(100).0;
        with.land(*victim, choice, least).unwrap_or_else(|refusal| panic!("{choice:?}: {refusal:?}"));
        let mut outcomes = with.outcomes(rest);
        outcomes.extend(without.outcomes(rest));
        outcomes
    }
}

fn step(choice: &Choice) -> LiquidationPlan {
    match &choice.plan {
        Plan::Step(plan) => plan.clone(),
        Plan::Resolution(_) => panic!("the account is not bankrupt"),
    }
}

/// No limit that matters.
fn unlimited() -> LiquidateSettings {
    LiquidateSettings {
        most_delta: i64::MAX,
        most_vega: i64::MAX,
        most_margin_basis_points: 10_000,
        parallel: VICTIMS,
        ..LiquidateSettings::default()
    }
}

/// Chooses with room for two and a half of four equal steps in one greek of the book, and lands some of them in every way that there is.
fn assert_limit_holds(book: [i64; 2], greek: usize, limited: impl Fn(i64) -> LiquidateSettings) {
    let stage = Stage::new(500_000 * DOLLAR, &CASH, book);
    let all = stage.chosen(&unlimited());
    assert_eq!(all.len(), VICTIMS);
    let mut alone = stage.clone();
    alone.land(all[0].0, &all[0].1, i64::MIN).expect("a step lands");
    let one = alone.greeks()[greek].abs();
    assert!(one > 0, "the step brings risk: {:?}", all[0]);
    let most = one * 5 / 2;
    let furthest = |steps: &[(usize, Choice)]| {
        let outcomes = stage.clone().outcomes(steps);
        outcomes.iter().map(|outcome| outcome.greeks()[greek].abs()).max().unwrap_or_default()
    };
    assert!(furthest(&all) > most, "all four are too much");
    let reached = furthest(&stage.chosen(&limited(most)));
    assert!((one..=most).contains(&reached), "{reached} of {most}, a step brings {one}");
}

#[test]
fn the_limit_of_delta_holds_whichever_steps_of_a_round_land() {
    assert_limit_holds(LONG, 0, |most_delta| LiquidateSettings { most_delta, ..unlimited() });
}

#[test]
fn the_limit_of_vega_holds_whichever_steps_of_a_round_land() {
    assert_limit_holds(SHORT_PUTS, 1, |most_vega| LiquidateSettings { most_vega, ..unlimited() });
}

#[test]
fn the_share_of_margin_holds_for_all_steps_of_a_round() {
    let stage = Stage::new(60_000 * DOLLAR, &CASH, LONG);
    let all = stage.chosen(&unlimited());
    assert_eq!(all.len(), VICTIMS);
    let mut alone = stage.clone();
    alone.land(all[0].0, &all[0].1, i64::MIN).expect("a step lands");
    let margin = alone.margin(&alone.liquidator);
    let most = margin.initial_requirement.0 * 25_000 / margin.equity.0;
    let limited = LiquidateSettings { most_margin_basis_points: most, ..unlimited() };
    let share = |stage: &Stage| {
        let margin = stage.margin(&stage.liquidator);
        i128::from(margin.initial_requirement.0) * 10_000 / i128::from(margin.equity.0)
    };
    let (together, limited) = (stage.clone().outcomes(&all), stage.clone().outcomes(&stage.chosen(&limited)));
    assert!(share(&together[0]) > i128::from(most), "all four are too much");
    for outcome in limited {
        assert!(share(&outcome) <= i128::from(most), "{} of {most}", share(&outcome));
    }
}

#[test]
fn collateral_counts_as_equity_once_it_is_paid_for() {
    let stage = Stage::new(30_000 * DOLLAR, &COLLATERAL, LONG);
    let choices = stage.choices();
    let slice = choices.iter().find(|it| matches!(it.plan, Plan::Step(LiquidationPlan::Slice { .. })));
    let slice = slice.expect("a slice may go");
    let mut after = stage.clone();
    after.land(0, slice, i64::MIN).expect("a slice lands");
    let margin = after.margin(&after.liquidator);
    let (needed, equity) = (margin.initial_requirement.0, margin.equity.0);
    let snapshot = stage.exchange.snapshot();
    let valuer = Valuer::new(&snapshot, stage.exchange.liquidation_moment());
    let [own, victim] = [&stage.liquidator, &stage.victims[0]].map(|trader| stage.exchange.account(trader));
    let fits = |equity: i64| {
        let most_margin_basis_points = needed * 10_000 / equity;
        let settings = LiquidateSettings { most_margin_basis_points, ..unlimited() };
        Inventory::new(&settings, &valuer, &own).expect("it can be valued").fits(&victim, slice).is_some()
    };
    assert!(slice.paid.0 > equity / 50, "what is paid matters: {slice:?}");
    assert!(fits(equity - slice.paid.0 / 2));
    assert!(!fits(equity + slice.paid.0 / 2), "what is not paid for is no equity");
}

#[test]
fn a_step_is_refused_if_it_brings_less_than_it_was_sent_for() {
    let stage = Stage::new(500_000 * DOLLAR, &COLLATERAL, LONG);
    let choices = stage.choices();
    assert!(choices.len() >= 4, "a slice, collateral, one leg, all legs: {choices:?}");
    for choice in choices {
        let exact = choice.least_proceeds(0).0;
        assert_eq!(exact, choice.proceeds.0);
        let least = choice.least_proceeds(100).0;
        assert!(least < exact && exact - least <= choice.turnover.0 / 100 + 1, "{choice:?}");
        stage.clone().land(0, &choice, least).unwrap_or_else(|refusal| panic!("{choice:?}: {refusal:?}"));
        let refusal = stage.clone().land(0, &choice, exact + choice.turnover.0 / 50 + 1).expect_err("it is too much");
        assert_eq!(refusal.code, Some(u32::from(BallastError::OutputBelowMinimum)), "{choice:?}");
        // Lots of a slice that do not divide stay with the account.
        if !matches!(step(&choice), LiquidationPlan::Slice { .. }) {
            stage.clone().land(0, &choice, exact).unwrap_or_else(|refusal| panic!("{choice:?}: {refusal:?}"));
            let refusal = stage.clone().land(0, &choice, exact + 1).expect_err("it is more than it brings");
            assert_eq!(refusal.code, Some(u32::from(BallastError::OutputBelowMinimum)), "{choice:?}");
        }
    }
}

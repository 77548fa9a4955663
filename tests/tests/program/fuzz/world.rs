//! The world that actions happen in: a chain, the ledger beside it, and what must hold after every step.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::OnceLock,
};

use anchor_lang::prelude::Pubkey;
use ballast_client::{accounts, instructions};
use ballast_harness::{Exchange, Refusal, Wallet, defaults};
use ballast_state::Market;
use ballast_tests::{dice::Dice, standard, tamper};

use super::{
    action::{Act, Action, Done, Step},
    actions::{
        account::AccountAction,
        collateral::CollateralAction,
        listing,
        oracle::{EVERYTHING, OracleAction},
    },
    cast::{Cast, USERS},
    cuts,
    funding::Funding,
    ledger::Ledger,
    pool::Pool,
    quiet,
    state::State,
};

/// What came of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It happened outside the program.
    Outside,
    /// The program accepted it.
    Accepted,
    /// The program refused it, with this code if it is one of a program.
    Refused(Option<u32>),
}

/// A chain and its ledger.
#[derive(Clone)]
pub struct World {
    /// The cast.
    pub cast: Cast,
    /// What there is.
    pub state: State,
    /// What there must be.
    pub ledger: Ledger,
    /// The lowest equity that a report showed, µUSD.
    pub lowest_equity: i64,
    exchange: Exchange,
    /// Whose report is compared next, beside those of the accounts that a step is about.
    next_assessed: u8,
}

/// Dollars of the accounts at the start, thousands: some can carry what others lose.
const WEALTH: [u64; USERS] = [2_000, 800, 3_000, 5, 8, 20, 30, 60, 120, 15];
/// Net delta from which the last market charges a surcharge, µUSD.
const SURCHARGED_FROM: i64 = 100_000_000_000;

impl World {
    /// A world with accounts in all modes, collateral, and two chains in every market. It is made once, by actions.
    pub fn begin() -> Self {
        static BEGUN: OnceLock<World> = OnceLock::new();
        BEGUN.get_or_init(Self::make).clone()
    }

    fn make() -> Self {
        let mut exchange = standard();
        let cast = Cast::gather(&mut exchange);
        charge_fees(&mut exchange, &cast);
        let mut ledger = Ledger::open(&cast, |wallet, bank| tokens(&exchange, &cast, wallet, bank));
        let state = State::read(&exchange);
        let markets = state.snapshot.markets();
        let quote = state.snapshot.banks().find(|(_, bank)| bank.number == 1).expect("there is a quote bank").1;
        (ledger.fund_shares, ledger.fund_epoch) = (quote.insurance_shares.into(), quote.insurance_epoch);
        ledger.lending = Pool::on_chain(&quote.lending);
        ledger.funding = markets.map(|(_, market)| (market.number, Funding::on_chain(market))).collect();
        let mut world = Self { cast, state, ledger, lowest_equity: 0, exchange, next_assessed: 0 };
        let mut setup = vec![Action::Oracle(OracleAction::Refresh { targets: EVERYTHING, skip_refused: false })];
        for account in 0..USERS as u8 {
            setup.push(Action::Account(AccountAction::Open { account, mode: account % 3 }));
            let amount = WEALTH[usize::from(account)] * 1_000_000_000;
            setup.push(Action::Collateral(CollateralAction::Deposit { account, bank: 1, amount }));
            let bank = 2 + u16::from(account) % 4;
            let amount = world.cast.bank(bank).usual / 4;
            setup.push(Action::Collateral(CollateralAction::Deposit { account, bank, amount }));
        }
        world.set_up(setup);
        let mut dice = Dice::new(1);
        for life in [5_400, 7 * 86_400] {
            for market in 1..=world.cast.markets.len() as u16 {
                let chain = listing::chain(&mut dice, &world.state, market, world.state.now + life);
                world.set_up(chain);
            }
        }
        world
    }

    fn set_up(&mut self, actions: Vec<Action>) {
        for action in actions {
            let step = Step { action, twist: None };
            let verdict = self.take(&step);
            assert_eq!(verdict, Verdict::Accepted, "setup: {step:?}");
        }
    }

    /// Takes a step and asserts everything that must hold after it.
    ///
    /// # Panics
    /// If something does not hold.
    pub fn take(&mut self, step: &Step) -> Verdict {
        let act = step.action.act();
        let mut instructions = act.instructions(&self.cast, &self.state);
        if instructions.is_empty() {
            act.happen(&self.cast, &mut self.exchange);
            (self.state.now, self.state.slot) = (self.exchange.chain.now(), self.exchange.chain.slot());
            return Verdict::Outside;
        }
        let mut must_fail = false;
        if let Some(twist) = step.twist {
            let first = instructions.first_mut().expect("there is an instruction");
            must_fail = twist.apply(first, &self.cast, &self.state, &self.cast.payer);
        }
        let wallets: Vec<&Wallet> = self.cast.wallets.iter().collect();
        match self.exchange.chain.send(&instructions, &wallets) {
            Err(refusal) => {
                assert_orderly(&refusal, step);
                let same = ballast_tests::state(&self.exchange) == self.state.all;
                assert!(same, "refused: but an account changed");
                Verdict::Refused(refusal.code)
            }
            Ok(outcome) => {
                assert!(!must_fail, "signature: it went through without one that it needs");
                let after = State::read(&self.exchange);
                let done = Done { cast: &self.cast, before: &self.state, after: &after, outcome: &outcome };
                cuts::leave_unborne(&mut self.ledger, &done);
                act.verify(&self.ledger, &done);
                self.ledger.accrue_funding(&done);
                act.book(&mut self.ledger, &done);
                self.state = after;
                self.assert_invariants(act);
                Verdict::Accepted
            }
        }
    }

    /// Takes a step. What does not hold comes back as a message, with nothing printed.
    ///
    /// # Errors
    /// What does not hold.
    pub fn attempt(&mut self, step: &Step) -> Result<Verdict, String> {
        let attempt = quiet::quietly(|| catch_unwind(AssertUnwindSafe(|| self.take(step))));
        attempt.map_err(|panic| {
            let text = panic.downcast_ref::<String>().cloned();
            text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string)).unwrap_or_default()
        })
    }

    /// What docs/testing.md lists as holding after every step.
    fn assert_invariants(&mut self, act: &dyn Act) {
        self.ledger.compare(&self.state, |wallet, bank| tokens(&self.exchange, &self.cast, wallet, bank));
        self.exchange.assert_books_balance();
        let mut assessed = act.accounts();
        assessed.push(self.next_assessed);
        self.next_assessed = (self.next_assessed + 1) % self.cast.accounts.len() as u8;
        for account in assessed {
            self.assert_assessment(account);
        }
    }

    /// The report that the program returns is the one that a client computes, and its modes are in order.
    fn assert_assessment(&mut self, account: u8) {
        let address = self.cast.address(account);
        let Some(held) = self.state.account(&address) else { return };
        let check = self.state.check(&self.cast, &[account], []);
        let instruction = instructions::assess(self.cast.exchange, address, check);
        let on_chain = self.exchange.chain.simulate(&[instruction], &[]);
        match (self.state.report(held), on_chain) {
            (Ok(report), Ok(outcome)) => {
                let returned = accounts::read_report(&outcome.return_data).expect("assess: it returned a report");
                assert_eq!(returned, report, "assess: on chain against the preview");
                self.lowest_equity = self.lowest_equity.min(report.equity);
                for pair in report.modes.windows(2) {
                    let requirements =
                        |mode: usize| [pair[mode].initial_requirement, pair[mode].maintenance_requirement];
                    let [stricter, looser] = [requirements(0), requirements(1)];
                    let in_order = stricter[0] >= looser[0] && stricter[1] >= looser[1];
                    assert!(in_order, "modes: requirements {stricter:?} of the stricter, {looser:?} of the looser");
                }
            }
            (Err(_), Err(_)) => {}
            (preview, on_chain) => panic!("assess: {on_chain:?} on chain, {preview:?} in the preview"),
        }
    }
}

/// All markets but the first charge fees, and the last a surcharge from little on.
fn charge_fees(exchange: &mut Exchange, cast: &Cast) {
    for (place, market) in cast.markets.iter().enumerate().skip(1) {
        tamper(exchange, market.address, |market: &mut Market| {
            market.parameters = defaults::with_fees(market.parameters);
            if place == 2 {
                market.parameters.delta_free = SURCHARGED_FROM;
            }
        });
    }
}

/// A refusal says why; it is not a crash, and not for want of compute.
fn assert_orderly(refusal: &Refusal, step: &Step) {
    // A wrong account may fail in the network's own checks, which have no code.
    let is_orderly = refusal.code.is_some() || step.twist.is_some();
    let error = format!("{:?}", refusal.error);
    let crashes = ["ProgramFailedToComplete", "ComputationalBudgetExceeded", "AccessViolation"];
    let is_crash = crashes.iter().any(|crash| error.contains(crash));
    assert!(is_orderly && !is_crash, "crash: {refusal}");
}

/// Tokens of a bank in a wallet.
fn tokens(exchange: &Exchange, cast: &Cast, wallet: &Pubkey, bank: u16) -> u64 {
    exchange.chain.tokens_of(&cast.bank(bank).mint, wallet)
}

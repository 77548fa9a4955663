//! Random sequences of everything that traders, keepers and oracles do. After every step the books balance, and whoever
//! acted of their own accord is at initial margin, or no worse than before.
//!
//! The environment variable `BALLAST_SEQUENCES` asks for more of them.

use ballast::{LiquidationLeg, LiquidationPlan};
use ballast_harness::{Exchange, ExpiryKey, Outcome, Refusal, Trader, oracle::USD};
use ballast_risk::{MarginReport, Mode};
use ballast_state::{Contract, OptionKind, PositionKind};
use ballast_tests::{USUAL_DEPOSITS as BANKS, dice::Dice, standard};

const MARKETS: [(&str, i64, [u64; 3], i64); 3] = [
    ("BTC", 100_000, [80_000, 100_000, 120_000], 50_000),
    ("ETH", 4_000, [3_000, 4_000, 5_000], 100_000),
    ("SOL", 200, [150, 200, 250], 20_000),
];

/// One sequence.
struct Sequence {
    dice: Dice,
    exchange: Exchange,
    traders: Vec<Trader>,
    prices: [i64; 3],
    expiries: Vec<(usize, ExpiryKey)>,
    /// Expiries that are over and wait for their settlement price.
    waiting: Vec<ExpiryKey>,
    accepted: [u32; 10],
}

impl Sequence {
    fn new(seed: u64) -> Self {
        let mut exchange = standard();
        let traders = [Mode::Isolated, Mode::Cross, Mode::Portfolio, Mode::Portfolio, Mode::Cross]
            .map(|mode| exchange.trader(mode, &BANKS))
            .to_vec();
        let mut sequence = Self {
            dice: Dice::new(seed),
            exchange,
            traders,
            prices: MARKETS.map(|(_, price, _, _)| price * USD),
            expiries: Vec::new(),
            waiting: Vec::new(),
            accepted: [0; 10],
        };
        for market in 0..3 {
            for days in [1, 14] {
                sequence.list(market, days);
            }
        }
        sequence
    }

    fn list(&mut self, market: usize, days: i64) {
        let (name, _, strikes, _) = MARKETS[market];
        let expiry = self.exchange.list_chain(name, days, &strikes);
        self.expiries.push((market, expiry));
    }

    fn own(&mut self, trader: &Trader) -> ballast_risk::report::ModeReport {
        let report: MarginReport = self.exchange.assess(trader);
        assert_eq!(report, self.exchange.preview(trader));
        report.modes[usize::from(report.mode)]
    }

    fn contract(&mut self, market: usize) -> Contract {
        let listed: Vec<ExpiryKey> =
            self.expiries.iter().filter(|(other, _)| *other == market).map(|(_, expiry)| *expiry).collect();
        let expiry = *self.dice.pick(&listed);
        match self.dice.roll(4) {
            0 => Contract::PERPETUAL,
            1 => expiry.future(),
            _ => {
                let kind = *self.dice.pick(&[OptionKind::Call, OptionKind::Put]);
                let strike = *self.dice.pick(&MARKETS[market].2);
                self.exchange.option(&expiry, strike, kind)
            }
        }
    }

    /// A step. What is refused must be refused by an error, not by a crash.
    fn step(&mut self) {
        let action = self.dice.roll(10);
        let result = match action {
            0..=3 => self.trade(),
            4 => self.move_collateral(),
            5 => self.change_account(),
            6 => self.settle(),
            7 | 8 => self.liquidate(),
            _ => {
                self.pass_time();
                self.expire();
                return;
            }
        };
        match result {
            Ok(_) => self.accepted[action as usize] += 1,
            Err(refusal) => assert!(refusal.code.is_some_and(|code| code >= 6_000), "{refusal}"),
        }
    }

    fn trade(&mut self) -> Result<Outcome, Refusal> {
        let first = self.dice.pick(&self.traders).clone();
        let second = self.dice.pick(&self.traders).clone();
        let mut legs = Vec::new();
        for _ in 0..=self.dice.roll(4) {
            let market = self.dice.roll(3) as usize;
            let contract = self.contract(market);
            let (name, _, _, most) = MARKETS[market];
            let lots = self.dice.roll(2 * most as u64) as i64 - most;
            let mut leg = self.exchange.leg_at_mark(name, contract, lots);
            let index = self.exchange.market(leg.market).price;
            leg.price = (leg.price + self.dice.roll(index / 50)).saturating_sub(index / 100);
            legs.push(leg);
        }
        if first.key == second.key {
            return self.exchange.trade(&first, &second, &legs);
        }
        let before = [&first, &second].map(|trader| self.own(trader));
        let outcome = self.exchange.trade(&first, &second, &legs)?;
        for (trader, before) in [&first, &second].into_iter().zip(before) {
            let after = self.own(trader);
            let no_worse =
                after.initial_excess >= before.initial_excess && after.maintenance_excess >= before.maintenance_excess;
            assert!(after.initial_excess >= 0 || no_worse, "{before:?} {after:?}");
        }
        Ok(outcome)
    }

    fn move_collateral(&mut self) -> Result<Outcome, Refusal> {
        let trader = self.dice.pick(&self.traders).clone();
        let (bank, most) = *self.dice.pick(&BANKS);
        let amount = self.dice.roll(most);
        if self.dice.roll(3) == 0 {
            self.exchange.fund(&trader, bank, amount);
            return self.exchange.deposit(&trader, bank, amount);
        }
        let outcome = self.exchange.withdraw(&trader, bank, amount)?;
        assert!(self.own(&trader).withdrawal_excess >= 0);
        Ok(outcome)
    }

    fn change_account(&mut self) -> Result<Outcome, Refusal> {
        let trader = self.dice.pick(&self.traders).clone();
        let outcome = if self.dice.roll(2) == 0 {
            let mode = *self.dice.pick(&Mode::ALL);
            self.exchange.set_mode(&trader, mode)?
        } else {
            let (bank, most) = *self.dice.pick(&BANKS);
            let amount = self.dice.roll(most);
            self.exchange.declare_hedge(&trader, bank, amount)?
        };
        assert!(self.own(&trader).initial_excess >= 0);
        Ok(outcome)
    }

    fn settle(&mut self) -> Result<Outcome, Refusal> {
        let trader = self.dice.pick(&self.traders).clone();
        let account = self.exchange.account(&trader);
        let linear: Vec<_> = account.positions().iter().filter(|position| !position.kind().is_option()).collect();
        if linear.is_empty() {
            return self.exchange.settle_pnl(&trader, "BTC", PositionKind::Perpetual, 0);
        }
        let position = **self.dice.pick(&linear);
        let market = account.markets[usize::from(position.market_slot)].market;
        let name = MARKETS[usize::from(market) - 1].0;
        self.exchange.settle_pnl(&trader, name, position.kind(), position.number)
    }

    fn liquidate(&mut self) -> Result<Outcome, Refusal> {
        // The weakest account, half of the time.
        let mut victim = self.dice.pick(&self.traders).clone();
        if self.dice.roll(2) == 0 {
            let traders = self.traders.clone();
            let weakest = traders.into_iter().min_by_key(|trader| self.own(trader).maintenance_excess);
            victim = weakest.expect("there are traders");
        }
        let liquidator = self.dice.pick(&self.traders).clone();
        if self.exchange.assess(&victim).equity < 0 && self.dice.roll(2) == 0 {
            let fraction = 1 << (20 + self.dice.roll(9));
            return self.exchange.resolve_bankruptcy(&victim, &liquidator, fraction);
        }
        let account = self.exchange.account(&victim);
        let balances: Vec<_> = account.balances.iter().filter(|balance| balance.bank != 0).collect();
        let plan = if self.dice.roll(2) == 0 || account.position_count == 0 {
            LiquidationPlan::Slice { fraction: 1 << (20 + self.dice.roll(9)) }
        } else if self.dice.roll(4) == 0 && !balances.is_empty() {
            let balance = self.dice.pick(&balances);
            LiquidationPlan::Collateral { bank: balance.bank, amount: balance.amount >> self.dice.roll(8) }
        } else {
            let position = *self.dice.pick(account.positions());
            let slot = if position.kind().is_option() { position.series_slot } else { position.expiry_slot };
            let market = account.markets[usize::from(position.market_slot)].market;
            let contract = Contract { kind: position.kind, slot, number: position.number };
            let quantity = position.quantity / (1 + self.dice.roll(8) as i64);
            LiquidationPlan::Legs { legs: vec![LiquidationLeg { market, contract, quantity }] }
        };
        if victim.key == liquidator.key {
            return self.exchange.liquidate(&victim, &liquidator, plan);
        }
        let before = self.own(&victim);
        let outcome = self.exchange.liquidate(&victim, &liquidator, plan)?;
        assert!(self.own(&victim).maintenance_excess > before.maintenance_excess);
        assert!(self.own(&liquidator).initial_excess >= 0);
        Ok(outcome)
    }

    fn pass_time(&mut self) {
        for (market, (name, ..)) in MARKETS.iter().enumerate() {
            let price = self.prices[market];
            // Up to 5 % either way, and once in a while up to 40 %.
            let widest = if self.dice.roll(4) == 0 { price / 5 * 2 } else { price / 20 };
            let change = self.dice.roll(2 * widest as u64) as i64 - widest;
            self.prices[market] = price + change;
            self.exchange.set_price(name, self.prices[market]);
        }
        let longest = if self.dice.roll(6) == 0 { 20_000 } else { 120 };
        let seconds = 1 + self.dice.roll(longest);
        self.exchange.pass_time(seconds);
        self.exchange.post_surfaces_again();
    }

    /// Settles and removes what has expired, and lists the next.
    fn expire(&mut self) {
        let now = self.exchange.chain.now();
        let over: Vec<_> = self.expiries.iter().copied().filter(|(_, expiry)| expiry.expires_at <= now).collect();
        self.expiries.retain(|(_, expiry)| expiry.expires_at > now);
        for (market, expiry) in over {
            self.waiting.push(expiry);
            self.list(market, 2);
        }
        for expiry in core::mem::take(&mut self.waiting) {
            if let Err(refusal) = self.exchange.fix_settlement(&expiry) {
                // Time may have leapt over the window: then its prices are still to come, or the extension to end.
                assert_eq!(refusal.code, Some(ballast::BallastError::SettlementCoverage.into()), "{refusal}");
                self.waiting.push(expiry);
                continue;
            }
            for trader in self.traders.clone() {
                let outcome = self.exchange.settle_expired(&trader, &expiry);
                if let Err(refusal) = outcome {
                    assert_eq!(refusal.code, Some(ballast::BallastError::NothingToSettle.into()), "{refusal}");
                }
                self.exchange.assert_books_balance();
            }
            // Debts that could not be paid keep the slot; then a market may fill up, which is what a slot is for.
            let _ = self.exchange.remove_expiry(&expiry);
        }
    }
}

#[test]
fn random_sequences_keep_every_invariant() {
    let sequences = std::env::var("BALLAST_SEQUENCES").map_or(6, |count| count.parse().expect("a number of sequences"));
    let mut accepted = [0; 10];
    for seed in 1..=sequences {
        let mut sequence = Sequence::new(seed);
        for step in 0..150 {
            // Shown only if the test fails.
            println!("sequence {seed}, step {step}");
            sequence.step();
            sequence.exchange.assert_books_balance();
        }
        for (total, count) in accepted.iter_mut().zip(sequence.accepted) {
            *total += count;
        }
    }
    println!("accepted by kind of action: {accepted:?}");
    // Each kind of action went through often enough to mean something.
    let trades: u32 = accepted[..4].iter().sum();
    let liquidations = accepted[7] + accepted[8];
    assert!(trades > 40 && accepted[4..7].iter().all(|&count| count > 4) && liquidations > 4, "{accepted:?}");
}

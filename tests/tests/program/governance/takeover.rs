//! What the most harmful use of each single stolen key moves within a day, measured; docs/threat-model.md states the
//! figures.
//!
//! Each thief has an account of their own with a million dollars, and tries what the key allows, hour by hour. Honest
//! accounts do nothing against it: no guardian cancels, nobody withdraws. Refreshes go on, as anybody may do them.

use std::{fs, path::Path, sync::OnceLock};

use ballast::{BallastError, ExpiryArgs};
use ballast_client::instructions;
use ballast_harness::{
    Exchange, ExpiryKey, Refusal, Trader, defaults,
    governing::{change_of, publisher},
    oracle::{Feed, USD},
    surfaces::{Smile, next_volatility, volatility_of},
    tokens::SPL_TOKEN,
};
use ballast_risk::{
    Mode,
    parameters::{Direction, Parameter, Scope, bank, market, table},
};
use ballast_state::{
    BankParameters, Contract, Exchange as ExchangeState, OptionKind,
    governance::{Governed, Role},
};
use ballast_tests::tamper;
use solana_signer::Signer;

use super::{BITCOIN, DAY, DOLLAR, HOUR, outflow::with_breaker};
use crate::attacks::wealth;

const MILLION: u64 = 1_000_000 * DOLLAR;
/// The lines of the document that are measured stand between these.
const MARKERS: [&str; 2] = ["<!-- measured: begin -->\n", "<!-- measured: end -->"];

/// The stage: an exchange with five accounts of a million dollars, one of them the thief's, one that lends half of it;
/// an account with ten bitcoins on little margin; and an account that sold options.
struct Stage {
    exchange: Exchange,
    thief: Trader,
    honest: Vec<Trader>,
    leveraged: Trader,
    seller: Trader,
    expiry: ExpiryKey,
    call: Contract,
}

/// What a key did in a day.
#[derive(Debug)]
struct Damage {
    /// What the thief has more than on a quiet day, µUSD at the marks of the end.
    gained: i128,
    /// What honest accounts have less than on a quiet day, together, µUSD at the marks of the end.
    lost: i128,
    /// Hours in which a withdrawal was refused.
    stopped: u32,
}

impl Stage {
    fn new() -> Self {
        let (mut exchange, [thief, lender, counterpart, seller, _]) = with_breaker();
        let address = exchange.address;
        tamper(&mut exchange, address, |it: &mut ExchangeState| it.governing.oracle_life_seconds = DAY as u32);
        let leveraged = exchange.trader(Mode::Portfolio, &[("USDC", 210_000 * DOLLAR)]);
        exchange.lend(&lender, MILLION / 2).expect("the pool takes it");
        exchange.buy(&leveraged, &counterpart, "BTC", Contract::PERPETUAL, 10 * BITCOIN);
        let expiry = exchange.list_chain("BTC", 40, &[100_000]);
        let call = exchange.option(&expiry, 100_000, OptionKind::Call);
        exchange.buy(&thief, &seller, "BTC", call, 20 * BITCOIN);
        // The price has fallen a little: the leveraged account is between initial and maintenance margin.
        exchange.set_price("BTC", 97_000 * USD);
        exchange.pass_time(1);
        let honest = vec![lender, counterpart, seller.clone(), leveraged.clone()];
        Self { exchange, thief, honest, leveraged, seller, expiry, call }
    }

    /// Lets a day pass, hour by hour; honest publishers post the smile that there is, unless their keys are stolen, and the
    /// thief acts before every hour. Says what the thief and honest accounts own in the end, µUSD, and in how many hours a
    /// withdrawal was refused.
    fn play(mut self, posts: bool, mut act: impl FnMut(&mut Self, u64)) -> (i128, Vec<i128>, u32) {
        let mut stopped = 0;
        for hour in 0..=24 {
            if posts {
                self.exchange.post_surfaces_again();
            }
            act(&mut self, hour);
            if hour == 24 {
                break;
            }
            let lender = self.honest[0].clone();
            stopped += u32::from(self.exchange.withdraw(&lender, "USDC", DOLLAR).is_err());
            self.exchange.pass_time(HOUR);
        }
        self.exchange.assert_books_balance();
        let honest = self.honest.iter().map(|trader| wealth(&self.exchange, trader)).collect();
        (wealth(&self.exchange, &self.thief), honest, stopped)
    }

    /// What a thief does in a day, beside a day on which nobody does anything.
    fn day(self, posts: bool, act: impl FnMut(&mut Self, u64)) -> Damage {
        static QUIET: OnceLock<(i128, Vec<i128>, u32)> = OnceLock::new();
        let (thief_else, honest_else, stopped_else) = QUIET.get_or_init(|| Self::new().play(true, |_, _| {}));
        assert_eq!(*stopped_else, 0);
        let (thief, honest, stopped) = self.play(posts, act);
        let losses = honest.iter().zip(honest_else);
        Damage {
            gained: (thief - thief_else).max(0),
            lost: losses.map(|(owned, owned_else)| (owned_else - owned).max(0)).sum(),
            stopped,
        }
    }

    /// Proposes the largest step of every parameter that a role may change, in one direction.
    fn propose_all(
        &mut self,
        role: Role,
        direction: Direction,
    ) -> Vec<(anchor_lang::prelude::Pubkey, &'static Parameter)> {
        let wallet = self.exchange.role(role);
        let mut proposed = Vec::new();
        // More publishers to sign would only keep honest ones from posting.
        let governs = |parameter: &&Parameter| {
            (parameter.scope == Scope::Governance) == (role == Role::Governance)
                && parameter.id() != market::PUBLISHER_THRESHOLD.id()
        };
        for parameter in table().filter(governs) {
            let id = parameter.id();
            let (target, held) = match parameter.scope {
                Scope::Market => {
                    (self.exchange.market_address("BTC"), Governed::parameter(&self.exchange.market(1), id, 0))
                }
                Scope::Bank => {
                    (self.exchange.bank_address("USDC"), Governed::parameter(&self.exchange.bank("USDC"), id, 0))
                }
                _ => (self.exchange.address, self.exchange.state().parameter(id, 0)),
            };
            let Some((_, value)) = held else { continue };
            let step = parameter.largest_step(value);
            for stepped in [value.saturating_sub(step), value.saturating_add(step)] {
                let stepped = stepped.clamp(parameter.lowest, parameter.highest);
                let is_wanted = parameter.direction(value, stepped) == Some(direction);
                let args = change_of(parameter, stepped);
                if is_wanted && self.exchange.propose_by(&wallet, target, args).is_ok() {
                    proposed.push((target, parameter));
                    break;
                }
            }
        }
        proposed
    }

    /// Takes as much of the leveraged account, and of the seller's, as liquidation lets the thief.
    fn liquidate_what_goes(&mut self) {
        for victim in [self.leveraged.clone(), self.seller.clone()] {
            for _ in 0..30 {
                let Some(terms) = self.exchange.liquidation_terms(&victim) else { break };
                let contract = if victim.address() == self.seller.address() { self.call } else { Contract::PERPETUAL };
                let slice = ballast::LiquidationPlan::Slice { fraction: terms.largest_slice() as u32 };
                let held = self.exchange.account(&victim).positions().iter().any(|it| it.kind == contract.kind);
                let leg = held.then(|| self.exchange.small_leg(&victim, "BTC", contract));
                let plans = leg.into_iter().chain([slice]);
                let thief = self.thief.clone();
                let mut taken = false;
                for plan in plans {
                    taken |= self.exchange.liquidate(&victim, &thief, plan).is_ok();
                }
                if !taken {
                    break;
                }
                self.exchange.pass_time(2);
            }
        }
    }
}

/// Asserts that an attempt is refused with an error, and forgets it.
#[track_caller]
fn refused(result: Result<ballast_harness::Outcome, Refusal>, error: BallastError) {
    let refusal = result.expect_err("it is refused");
    assert_eq!(refusal.code, Some(error.into()), "{refusal}");
}

/// Governance: hands itself every role, loosens every lock, names publishers of its own, closes what can be closed.
fn governance() -> Damage {
    let mut loosened = Vec::new();
    Stage::new().day(true, |stage, hour| {
        let (wallet, market) = (stage.exchange.governance.clone(), stage.exchange.market_address("BTC"));
        match hour {
            0 => {
                for role in Role::ALL {
                    stage.exchange.propose_role(role, wallet.pubkey()).expect("governance proposes");
                }
                loosened = stage.propose_all(Role::Governance, Direction::Loosening);
                assert!(loosened.len() > 5);
                let own = stage.thief.owner();
                stage.exchange.propose_by(&wallet, market, publisher(0, Some(own))).expect("governance proposes");
                let args = ExpiryArgs { slot: stage.expiry.slot, number: stage.expiry.number };
                let close = instructions::close_market(stage.exchange.address, wallet.pubkey(), 1, args);
                stage.exchange.chain.send(&[close], &[&wallet]).expect("it closes with notice");
                stage.exchange.close_bank("SOL").expect("it takes no deposits any more");
            }
            _ => {
                for role in Role::ALL {
                    refused(stage.exchange.accept_role(role, &wallet), BallastError::TimeLock);
                }
                for &(target, parameter) in &loosened {
                    refused(stage.exchange.apply(target, parameter.id(), 0), BallastError::TimeLock);
                }
                let id = ballast_state::governance::PUBLISHER;
                refused(stage.exchange.apply(market, id, 0), BallastError::TimeLock);
            }
        }
    })
}

/// Risk: tightens whatever raises requirements, and liquidates who falls below; loosens whatever lets value out.
fn risk() -> Damage {
    let (mut tightened, mut loosened) = (Vec::new(), Vec::new());
    Stage::new().day(true, |stage, hour| match hour {
        0 => {
            tightened = stage.propose_all(Role::Risk, Direction::Tightening);
            // One change of a parameter at a time: what is loosened is what was not tightened.
            loosened = stage.propose_all(Role::Risk, Direction::Loosening);
            assert!(tightened.len() > 50 && !loosened.is_empty());
        }
        _ => {
            for &(target, parameter) in &tightened {
                let result = stage.exchange.apply(target, parameter.id(), 0);
                assert!(hour == 1 || result.is_err(), "one step a day");
            }
            for &(target, parameter) in &loosened {
                refused(stage.exchange.apply(target, parameter.id(), 0), BallastError::TimeLock);
            }
            stage.liquidate_what_goes();
        }
    })
}

/// Listing: lists a token and a market that only the thief prices, with the kindest parameters that there are.
fn listing() -> Damage {
    Stage::new().day(true, |stage, hour| {
        if hour == 0 {
            let mint = stage.exchange.chain.mint(6, SPL_TOKEN, &[]);
            let feed = Feed::pull([99; 32]);
            let market = defaults::major_market();
            stage.exchange.list_market("FAKE", feed.clone(), (4, 2), market).expect("it is listed");
            let parameters =
                BankParameters { haircut_base: 0, cap_ramp_seconds: 7 * DAY as u32, ..defaults::stable_bank() };
            stage.exchange.list_bank("FAKE", &mint, feed, parameters, 0).expect("it is listed");
            stage.exchange.set_price("FAKE", 1_000 * USD);
            stage.exchange.refresh(&["FAKE"]);
        }
        let thief = stage.thief.clone();
        stage.exchange.fund(&thief, "FAKE", 1_000 * DOLLAR);
        if hour < 24 {
            refused(stage.exchange.deposit(&thief, "FAKE", 1_000 * DOLLAR), BallastError::NotOpen);
            let accomplice = stage.honest[1].clone();
            let leg = stage.exchange.leg("FAKE", Contract::PERPETUAL, 1, 10_000_000);
            refused(stage.exchange.trade(&thief, &accomplice, &[leg]), BallastError::NotOpen);
        }
    })
}

/// Guardian: pauses and lowers whatever can be.
fn guardian() -> Damage {
    Stage::new().day(true, |stage, _| {
        let address = stage.exchange.address;
        let _ = stage.exchange.pause(address, true, true);
        for parameter in [&bank::DEPOSIT_CAP, &bank::INITIAL_CAP] {
            for name in ["BTC", "ETH", "SOL", "PYUSD"] {
                let target = stage.exchange.bank_address(name);
                let _ = stage.exchange.lower_limit(target, parameter, 0);
            }
        }
        for name in ["BTC", "ETH", "SOL"] {
            let target = stage.exchange.market_address(name);
            let _ = stage.exchange.lower_limit(target, &market::OPEN_INTEREST_LIMIT, 1);
        }
    })
}

/// Publishers: post the volatility as far up as they can, with this many keys; the thief holds calls that others sold.
fn publishers(keys: usize) -> Damage {
    Stage::new().day(keys == 1, |stage, _| {
        for _ in 0..10 {
            let seconds = stage.expiry.expires_at - stage.exchange.chain.now();
            let posted = stage.exchange.market(1).expiries[usize::from(stage.expiry.slot)];
            let volatility = volatility_of(posted.theta, posted.surface_seconds());
            let smile = stage.exchange.smile("BTC");
            let surface = Smile { volatility: next_volatility(volatility, f64::MAX, 0.099), ..smile }.surface(seconds);
            let args = ballast::PostSurfaceArgs {
                expiry_slot: stage.expiry.slot,
                expiry_number: stage.expiry.number,
                theta: surface.theta,
                rho: surface.rho,
                psi: surface.psi,
                basis: surface.basis,
                rate: surface.rate,
            };
            let wallets = stage.exchange.publishers.clone();
            let addresses: Vec<_> = wallets[..keys].iter().map(|wallet| wallet.pubkey()).collect();
            let post = instructions::post_surface(stage.exchange.address, &addresses, 1, args);
            let signers: Vec<_> = wallets[..keys].iter().collect();
            match stage.exchange.chain.send(&[post], &signers) {
                Ok(_) => assert!(keys > 1),
                Err(refusal) if keys == 1 => refused(Err(refusal), BallastError::TooFewPublishers),
                // The limit of a day is reached.
                Err(_) => break,
            }
        }
        if keys > 1 {
            stage.liquidate_what_goes();
        }
    })
}

/// Whole dollars with separators, rounded up.
fn dollars(amount: i128) -> String {
    let digits = ((amount + i128::from(DOLLAR) - 1) / i128::from(DOLLAR)).to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).expect("digits")).collect();
    groups.join(",")
}

#[test]
fn the_threat_model_states_what_each_stolen_key_moved_in_a_day() {
    let measured = [
        ("governance", governance()),
        ("risk", risk()),
        ("listing", listing()),
        ("guardian", guardian()),
        ("one publisher", publishers(1)),
        ("two publishers, as many as must sign", publishers(2)),
    ];
    // Alone, only the risk role's key earns its thief anything, and no more than liquidations pay.
    for (key, damage) in &measured[..5] {
        let limit = if *key == "risk" { 10_000 * i128::from(DOLLAR) } else { 0 };
        assert!(damage.gained <= limit, "{key}: {damage:?}");
    }
    let mut text = String::new();
    let rows = measured.iter().map(|(key, damage)| {
        vec![(*key).to_owned(), dollars(damage.gained), dollars(damage.lost), damage.stopped.to_string()]
    });
    ballast_harness::markdown::table(
        &mut text,
        &["stolen key", "thief gains, USD", "others lose, USD", "hours without withdrawals"],
        rows,
    );
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/threat-model.md");
    let document = fs::read_to_string(path).expect("docs/threat-model.md is there");
    let stated = document.split_once(MARKERS[0]).and_then(|(_, rest)| rest.split_once(MARKERS[1]));
    let stated = stated.expect("the document marks what is measured").0;
    assert!(stated == text, "docs/threat-model.md states\n{stated}\nmeasured was\n{text}");
}

//! A model-based fuzzer: long random sequences of everything that users, keepers, publishers, oracles and attackers do,
//! against the real image. After every step the program is held against an independent ledger and against the
//! invariants; docs/testing.md lists them.
//!
//! A sequence is data. A [`generator`] draws [`action`]s from a seed, in the light of what there is; a [`world`] sends
//! them, some with a [`twist`], and asserts what must hold; a sequence that fails is made short by [`shrink`] and written
//! as a [`regression`] file, which a test replays from then on.
//!
//! # Adding an instruction
//!
//! 1. A file in `fuzz/actions/` with a type that derives `Serialize` and `Deserialize`, holds plain numbers (accounts by
//!    their index in the [`cast`]), and implements [`action::Act`]: `instructions` sends it, `book` enters it into the
//!    [`ledger`] from its arguments and events, `verify` asserts what else must hold, such as what an event reports.
//! 2. A function `propose` in that file, which draws it: mostly so that it makes sense, now and then not.
//! 3. A variant of [`action::Action`], its line in `Action::act`, and a line with its weight in [`action::FAMILIES`].
//! 4. If money can stand in a new place, a field of [`ledger::Ledger`] and its line in `Ledger::compare`.
//!
//! `book` computes in `i128` from the documents, not with the program's functions: what both get wrong would not show.
//! Margins, marks, volatility regimes and stable prices are the exception: they are the engine's, of which other tests
//! are the judges. Which markets accrued funding is read from the accounts; how much follows from what they held before.

mod action;
mod actions;
mod cast;
mod cuts;
mod fees;
mod funding;
mod generator;
mod ledger;
mod pool;
mod quiet;
mod regression;
mod shrink;
mod state;
mod terms;
mod twist;
mod world;

use std::{
    collections::BTreeMap,
    env, fmt,
    time::{Duration, Instant},
};

use action::Step;
use generator::Generator;
use regression::Heading;
use world::{Verdict, World};

/// Instructions of one sequence; then another begins, with the next seed.
const SEQUENCE: u64 = 1_000;
/// Instructions in all, unless the environment asks for another number.
const INSTRUCTIONS: u64 = 10_000;
/// Longest time that a failing sequence is shortened for, seconds, unless the environment asks for another.
const SHRINKING: u64 = 180;

/// How often each action came and what came of it.
#[derive(Default)]
struct Tally {
    accepted: BTreeMap<&'static str, u64>,
    refused: BTreeMap<&'static str, u64>,
    codes: BTreeMap<u32, u64>,
    instructions: u64,
    /// Sequences in which an account went under water.
    under_water: u64,
}

impl Tally {
    fn count(&mut self, step: &Step, verdict: Verdict) {
        let name = step.action.act().name();
        match verdict {
            Verdict::Outside => return,
            Verdict::Accepted => *self.accepted.entry(name).or_default() += 1,
            Verdict::Refused(code) => {
                *self.refused.entry(name).or_default() += 1;
                *self.codes.entry(code.unwrap_or(0)).or_default() += 1;
            }
        }
        self.instructions += 1;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{:<24}{:>10}{:>10}", "action", "accepted", "refused")?;
        let names: std::collections::BTreeSet<_> = self.accepted.keys().chain(self.refused.keys()).collect();
        for name in names {
            let count = |of: &BTreeMap<&str, u64>| of.get(name).copied().unwrap_or(0);
            writeln!(formatter, "{name:<24}{:>10}{:>10}", count(&self.accepted), count(&self.refused))?;
        }
        writeln!(formatter, "refusals by code: {:?}", self.codes)?;
        write!(formatter, "sequences with an account under water: {}", self.under_water)
    }
}

fn setting(variable: &str, otherwise: u64) -> u64 {
    env::var(variable).map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{variable} is a number")))
}

/// A sequence that breaks an invariant with its last step.
struct Failure {
    message: String,
    steps: Vec<Step>,
    /// The same without what the program refused, which should change nothing.
    accepted: Vec<Step>,
}

/// Runs one sequence.
fn run(seed: u64, instructions: u64, tally: &mut Tally) -> Result<(), Failure> {
    let mut world = World::begin();
    let mut generator = Generator::new(seed);
    let (mut steps, mut accepted) = (Vec::new(), Vec::new());
    let until = tally.instructions + instructions;
    while tally.instructions < until {
        let step = generator.next(&world);
        steps.push(step.clone());
        accepted.push(step.clone());
        let verdict = match world.attempt(&step) {
            Ok(verdict) => verdict,
            Err(message) => return Err(Failure { message, steps, accepted }),
        };
        if matches!(verdict, Verdict::Refused(_)) {
            accepted.pop();
        }
        tally.count(&step, verdict);
        generator.done(&step, &world);
    }
    tally.under_water += u64::from(world.lowest_equity < 0);
    Ok(())
}

/// Shortens and writes down what failed, and fails.
fn report(seed: u64, failure: Failure) -> ! {
    let Failure { message, steps, accepted } = failure;
    let count = steps.len();
    let topic = shrink::topic(&message).to_owned();
    eprintln!("sequence {seed} fails at step {count}: {message}\nshortening it …");
    let steps = if shrink::fails(&accepted, &topic) { accepted } else { steps };
    let steps = shrink::shrink(steps, &topic, Duration::from_secs(setting("BALLAST_FUZZ_SHRINKING", SHRINKING)));
    let heading = Heading { about: shrink::summary(&message).to_owned(), seed };
    let (text, path) = regression::write(&heading, &topic, &steps);
    panic!(
        "sequence {seed} fails at step {count}: {message}\n\n{} steps do it:\n{text}\nwritten to {}",
        steps.len(),
        path.display()
    );
}

#[test]
fn random_instructions_keep_every_invariant() {
    let first = setting("BALLAST_FUZZ_SEED", 1);
    let wanted = setting("BALLAST_FUZZ_INSTRUCTIONS", INSTRUCTIONS);
    let started = Instant::now();
    let mut tally = Tally::default();
    let mut seed = first;
    while tally.instructions < wanted {
        let length = SEQUENCE.min(wanted - tally.instructions);
        if let Err(failure) = run(seed, length, &mut tally) {
            report(seed, failure);
        }
        seed += 1;
        let seconds = started.elapsed().as_secs();
        println!("{} of {wanted} instructions, {} sequences, {seconds} s", tally.instructions, seed - first);
    }
    println!("{tally}");
    let rare: Vec<&str> = tally.refused.keys().filter(|name| !tally.accepted.contains_key(*name)).copied().collect();
    let is_varied = rare.is_empty() && tally.under_water > 0;
    assert!(is_varied || wanted < INSTRUCTIONS, "never accepted: {rare:?}; under water: {}", tally.under_water);
}

#[test]
fn what_failed_once_does_not_fail_again() {
    for file in regression::files() {
        let (heading, steps) = regression::read(&file);
        println!("{}: {}", file.display(), heading.about);
        let mut world = World::begin();
        let verdicts: Vec<Verdict> = steps.iter().map(|step| world.take(step)).collect();
        println!("{verdicts:?}");
        let accepted = verdicts.iter().filter(|verdict| **verdict == Verdict::Accepted).count();
        assert!(accepted > 0, "nothing of the sequence is accepted any more: it says nothing");
    }
}

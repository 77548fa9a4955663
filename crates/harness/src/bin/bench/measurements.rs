//! Everything that is measured.

use ballast_risk::cost;
use serde::Serialize;

use crate::{
    checks::{self, CheckCost, Marginal},
    instructions,
    largest::{self, LargestLiquidation},
    matches::{self, OrderMatch},
    stages::{self, Stages},
};

/// Everything that the document shows.
#[derive(Serialize)]
pub struct Measurements {
    pub instructions: Vec<InstructionCost>,
    pub ceilings: Vec<Ceiling>,
    pub checks: Vec<CheckCost>,
    pub marginals: Vec<Marginal>,
    pub largest: Vec<LargestLiquidation>,
    pub matches: Vec<OrderMatch>,
    pub stages: Stages,
}

/// Compute units of one call of an instruction.
#[derive(Serialize)]
pub struct InstructionCost {
    pub instruction: &'static str,
    pub call: &'static str,
    pub compute_units: u64,
}

/// A promise about a check, and what was measured.
#[derive(Serialize)]
pub struct Ceiling {
    pub account: &'static str,
    pub compute_units: u64,
    pub ceiling: u64,
}

impl Measurements {
    pub fn take() -> Self {
        Self {
            instructions: instructions::measure(),
            ceilings: checks::ceilings(),
            checks: checks::measure(),
            marginals: checks::marginals(),
            largest: largest::measure(),
            matches: matches::measure(),
            stages: stages::measure(),
        }
    }

    /// Ceilings, formula results and coefficients that a measurement exceeds.
    pub fn broken_promises(&self) -> Vec<String> {
        let mut broken = Vec::new();
        let mut require = |what: &str, measured: u64, promised: u64| {
            if measured > promised {
                broken.push(format!("{what}: {measured} compute units, promised were {promised}"));
            }
        };
        for it in &self.ceilings {
            require(it.account, it.compute_units, it.ceiling);
        }
        for it in &self.checks {
            require(&it.account, it.portfolio, it.portfolio_formula);
            require(&it.account, it.isolated, it.isolated_formula);
        }
        for it in &self.marginals {
            require(it.each, it.usual.max(it.dearest), it.coefficient);
        }
        let too_large = self.largest.iter().filter(|it| !it.fits());
        broken.extend(too_large.map(|it| format!("{}: more than one transaction takes", it.account)));
        let dear = self.matches.iter().filter(|it| !it.is_kept());
        broken.extend(dear.map(|it| format!("{}: more than was promised, or than one transaction takes", it.orders)));
        broken
    }
}

/// The coefficients of the formula, by the names that the document uses.
pub const COEFFICIENTS: [(&str, u32); 7] = [
    ("base", cost::BASE),
    ("option, positions netted (portfolio, cross)", cost::PER_OPTION),
    ("option, positions alone (isolated)", cost::PER_OPTION_ALONE),
    ("future, perpetual or claim", cost::PER_LINEAR),
    ("expiry", cost::PER_EXPIRY),
    ("market", cost::PER_MARKET),
    ("collateral balance", cost::PER_COLLATERAL),
];

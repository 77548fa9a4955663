//! From markets and collateral to an account's margin (docs/margin-model.md, section 6).

use crate::{
    collateral::CollateralValue,
    num,
    quantity::{MicroUsd, Multiple, Ratio},
    revaluation::{Charges, MarketRisk, Netting, Workspace},
};

/// Most groups of markets of an exchange.
pub const MAX_GROUPS: usize = 4;

/// How far an account's positions offset each other. Requirements fall in this order for every book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Mode {
    /// Every position alone.
    Isolated = 0,
    /// Positions of one market offset each other, markets add up.
    Cross = 1,
    /// Positions of one market offset each other, and markets of one group in the joint scenario.
    Portfolio = 2,
}

impl Mode {
    /// All modes, most demanding first.
    pub const ALL: [Self; 3] = [Self::Isolated, Self::Cross, Self::Portfolio];

    /// The mode with this number.
    pub fn from_index(index: u8) -> Option<Self> {
        Self::ALL.get(usize::from(index)).copied()
    }

    /// Whether positions of one market offset each other.
    pub fn netting(self) -> Netting {
        if self == Self::Isolated { Netting::Alone } else { Netting::Together }
    }
}

/// Factors that all markets of an exchange share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarginFactors {
    /// Share of the scan loss that the maintenance requirement holds.
    pub maintenance: Ratio,
    /// Share of the scan loss that the initial requirement holds; at least `maintenance`.
    pub initial: Ratio,
}

/// What initial margin adds while the quote token is worth less than a dollar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PegProtection {
    /// Price of the quote token, USD, below which the initial factor rises …
    pub threshold: Ratio,
    /// … by this for every dollar below.
    pub factor: Multiple,
}

impl PegProtection {
    /// What is added to the initial factor at a price of the quote token: `factor·max(0, threshold − price)`, rounded up
    /// and below 4.
    pub fn surcharge(&self, price: Ratio) -> Ratio {
        let missing = u64::from(self.threshold.to_bits().saturating_sub(price.to_bits()));
        let bits = missing.wrapping_mul(u64::from(self.factor.to_bits())).div_ceil(1 << 28);
        Ratio::from_bits(bits.min(u64::from(u32::MAX)) as u32)
    }
}

/// How far unsettled gains and option values of one market count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GainLimits {
    /// Weight of unsettled linear gains in initial margin; at most one.
    pub weight: Ratio,
    /// Most that unsettled linear gains add to initial margin.
    pub cap: MicroUsd,
    /// Premium paid less premium received for the options held.
    pub option_premium: MicroUsd,
    /// Part of the options' gain over their premium that has vested.
    pub vested_option_gain: MicroUsd,
}

impl GainLimits {
    /// What of an unsettled linear gain counts for initial margin.
    fn counted(&self, gain: MicroUsd) -> MicroUsd {
        self.weight.of_floor(gain).min(self.cap)
    }

    /// What initial margin counts of a market's gains that a withdrawal may not rely on.
    fn relied_on(&self, risk: &MarketRisk) -> MicroUsd {
        let covered = self.option_premium.gain() + self.vested_option_gain;
        self.counted(risk.linear_profit.gain()) + (risk.option_value - covered).gain()
    }
}

/// Sums that make up a margin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Components {
    /// Cash.
    pub cash: MicroUsd,
    /// Collateral at its prices.
    pub collateral: MicroUsd,
    /// Options at their marks.
    pub options: MicroUsd,
    /// Unsettled profit of perpetuals, futures and claims.
    pub linear_profit: MicroUsd,
    /// Initial haircuts.
    pub initial_haircut: MicroUsd,
    /// Maintenance haircuts.
    pub maintenance_haircut: MicroUsd,
    /// Scan losses of all markets, joint ones in portfolio mode.
    pub scan_loss: MicroUsd,
    /// Part of it that the maintenance factor applies to: less while a rise of a scan range is being phased in.
    pub maintenance_loss: MicroUsd,
    /// Charges of all markets.
    pub charges: Charges,
    /// Part of the unsettled gains that initial margin does not count, and what is set aside for markets whose prices are
    /// in doubt.
    pub uncounted_gain: MicroUsd,
    /// What a withdrawal may not rely on, beyond `uncounted_gain`: counted gains, and option value that was neither
    /// paid for nor has vested.
    pub unwithdrawable: MicroUsd,
    /// Σ |quantity| × index.
    pub gross_notional: MicroUsd,
}

/// An account's margin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Margin {
    /// Cash + collateral + options + unsettled profit.
    pub equity: MicroUsd,
    /// What is left of equity, unsettled gains counted in part, after the initial haircut and requirement.
    pub initial_excess: MicroUsd,
    /// What is left of equity after the maintenance haircut and requirement. Negative: the account may be liquidated.
    pub maintenance_excess: MicroUsd,
    /// What may leave the account: initial excess without unsettled gains and without unvested option gains.
    pub withdrawal_excess: MicroUsd,
    /// Initial requirement, haircuts not included: factor × scan loss + charges.
    pub initial_requirement: MicroUsd,
    /// Maintenance requirement, haircuts not included.
    pub maintenance_requirement: MicroUsd,
    /// The sums behind it.
    pub components: Components,
}

/// Adds up an account.
#[derive(Clone, Copy, Debug)]
pub struct MarginCalculation {
    factors: MarginFactors,
    components: Components,
}

impl MarginCalculation {
    /// Starts an account with its cash, and forgets the groups of the account that the workspace served before.
    pub fn begin(factors: MarginFactors, cash: MicroUsd, workspace: &mut Workspace) -> Self {
        workspace.begin_account();
        Self { factors, components: Components { cash, ..Components::default() } }
    }

    /// Adds a market.
    pub fn add_market(&mut self, risk: &MarketRisk, limits: &GainLimits) {
        let sums = &mut self.components;
        sums.options += risk.option_value;
        sums.linear_profit += risk.linear_profit;
        if !risk.joined {
            sums.scan_loss += risk.scan_loss;
            sums.maintenance_loss += risk.maintenance_share.of_ceil(risk.scan_loss);
        }
        sums.charges += risk.charges;
        sums.gross_notional += risk.gross_notional;

        let gain = risk.linear_profit.gain();
        sums.uncounted_gain += gain - limits.counted(gain);
        sums.unwithdrawable += limits.relied_on(risk);
    }

    /// Takes a market that was added out of what initial margin relies on: no gain in it counts any more, nor option value
    /// beyond what was paid for or has vested, and its whole notional is set aside. Equity and maintenance stay.
    pub fn set_aside(&mut self, risk: &MarketRisk, limits: &GainLimits) {
        let sums = &mut self.components;
        let gains = limits.relied_on(risk);
        sums.uncounted_gain += gains + risk.gross_notional;
        sums.unwithdrawable -= gains;
    }

    /// Adds a kind of collateral.
    pub fn add_collateral(&mut self, collateral: &CollateralValue) {
        let sums = &mut self.components;
        sums.collateral += collateral.value;
        sums.initial_haircut += collateral.initial_haircut;
        sums.maintenance_haircut += collateral.maintenance_haircut;
    }

    /// The margin, with the losses of the groups that markets were joined to.
    pub fn finish(mut self, workspace: &Workspace) -> Margin {
        for group in workspace.group_losses() {
            self.components.scan_loss += group.loss;
            self.components.maintenance_loss += group.maintenance_loss;
        }
        self.finish_apart()
    }

    /// The margin of an account none of whose markets was joined to a group.
    pub fn finish_apart(self) -> Margin {
        let sums = self.components;
        let equity = sums.cash + sums.collateral + sums.options + sums.linear_profit;
        let maintenance_charge = sums.charges.maintenance();
        let maintenance_requirement = self.factors.maintenance.of_ceil(sums.maintenance_loss) + maintenance_charge;
        let initial_requirement =
            self.factors.initial.of_ceil(sums.scan_loss) + maintenance_charge + sums.charges.initial();
        let initial_excess = equity - sums.uncounted_gain - sums.initial_haircut - initial_requirement;
        Margin {
            equity,
            initial_excess,
            maintenance_excess: equity - sums.maintenance_haircut - maintenance_requirement,
            withdrawal_excess: initial_excess - sums.unwithdrawable,
            initial_requirement,
            maintenance_requirement,
            components: sums,
        }
    }
}

impl Margin {
    /// Gross notional per unit of initial requirement, scale 2^-16, rounded down: how many dollars of positions one dollar
    /// of margin carries, haircuts left out. Zero without positions, `u64::MAX` if they require nothing.
    pub fn leverage(&self) -> u64 {
        let notional = self.components.gross_notional.gain().0.unsigned_abs();
        match self.initial_requirement.gain().0.unsigned_abs() {
            0 if notional == 0 => 0,
            requirement => num::mul_div_floor(notional, 1 << 16, requirement).unwrap_or(u64::MAX),
        }
    }

    /// Which stage of docs/margin-model.md, section 6, the account is in.
    pub fn tier(&self) -> Tier {
        let sums = &self.components;
        if self.equity < MicroUsd::ZERO {
            Tier::Bankrupt
        } else if self.maintenance_excess < MicroUsd::ZERO {
            let cover = self.equity - sums.maintenance_haircut;
            if cover + cover < self.maintenance_requirement { Tier::Accelerated } else { Tier::Partial }
        } else if self.initial_excess < MicroUsd::ZERO {
            Tier::CloseOnly
        } else {
            Tier::Healthy
        }
    }
}

/// What may happen to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Tier {
    /// Everything.
    Healthy = 0,
    /// Below initial margin: trades that reduce risk.
    CloseOnly = 1,
    /// Below maintenance margin: anyone may close legs or take a slice.
    Partial = 2,
    /// Cover below half of the maintenance requirement.
    Accelerated = 3,
    /// Equity below zero.
    Bankrupt = 4,
}

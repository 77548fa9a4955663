//! How much of a deposit's value margin does not count, and how much of a new token may be deposited
//! (docs/margin-model.md).

use crate::{
    num,
    quantity::{Multiple, Ratio},
    realised::LONGEST_STEP_SECONDS,
};

/// How a bank's haircuts follow from its price's volatility, its oracle's confidence and its size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HaircutParameters {
    /// h0: haircut of a calm token, at most `highest`.
    pub base: Ratio,
    /// h_max: highest haircut, at most 1; wins over the base.
    pub highest: Ratio,
    /// k_vol: haircut per volatility above `calm_volatility`.
    pub volatility_slope: Ratio,
    /// σ0: volatility per year up to which the base suffices.
    pub calm_volatility: Ratio,
    /// k_conf: haircut per confidence of the oracle's price, as a share of that price.
    pub confidence_slope: Ratio,
    /// k_size: haircut per share of the cap that is taken, beyond one half.
    pub size_slope: Ratio,
    /// Share of the haircut, without its size term, that maintenance margin takes; at most 1.
    pub maintenance_share: Ratio,
    /// Time in which the maintenance haircut could rise from nothing to the highest, seconds; 0: at once.
    pub ramp_seconds: u32,
}

/// What the haircut of a bank depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HaircutInputs {
    /// σ̂: realised volatility per year.
    pub volatility: Multiple,
    /// The oracle's price, ticks; zero gives the highest haircut.
    pub price: u64,
    /// The confidence of that price, ticks.
    pub confidence: u64,
}

impl HaircutParameters {
    /// Initial haircut, as a share of the value, rounded up:
    ///
    /// ```text
    /// clamp(h0 + k_vol·max(0, σ̂ − σ0) + k_conf·confidence/price + k_size·max(0, deposits/cap − ½), h0, h_max)
    /// ```
    ///
    /// `deposits` are native units, `cap` the [`effective_cap`](CapParameters::effective_cap); deposits beyond four times
    /// the cap count as four times.
    pub fn initial(&self, inputs: &HaircutInputs, deposits: u64, cap: u64) -> Ratio {
        let taken = ratio_ceil(deposits, cap);
        let size = share_ceil(taken.saturating_sub(1 << 29), self.size_slope);
        self.limited(self.unlimited(inputs).saturating_add(size))
    }

    /// Where the maintenance haircut is heading: the share of the initial one without its size term, rounded up.
    pub fn maintenance_target(&self, inputs: &HaircutInputs) -> Ratio {
        self.maintenance_of(self.limited(self.unlimited(inputs)))
    }

    /// The maintenance haircut of a bank just listed: the share of the base.
    pub fn maintenance_at_listing(&self) -> Ratio {
        self.maintenance_of(self.base.min(self.highest))
    }

    /// The maintenance haircut a step later, given the time since the last accepted price, of which at most a day
    /// counts.
    ///
    /// It falls to its target at once and rises by at most share·h_max·Δt/ramp, rounded up, so that nobody is
    /// liquidated by a haircut that he could not see coming.
    pub fn maintenance(&self, before: Ratio, inputs: &HaircutInputs, elapsed_seconds: u64) -> Ratio {
        let target = self.maintenance_target(inputs);
        let highest = u64::from(self.maintenance_of(self.highest).to_bits());
        let rise = match self.ramp_seconds {
            0 => highest,
            // Below 2³²·2¹⁷.
            seconds => highest.wrapping_mul(elapsed_seconds.min(LONGEST_STEP_SECONDS)).div_ceil(u64::from(seconds)),
        };
        let risen = u64::from(before.to_bits()).saturating_add(rise).min(u64::from(u32::MAX)) as u32;
        target.min(Ratio::from_bits(risen))
    }

    /// The haircut before it is limited, without the size term: Q30, below 2³⁷.
    fn unlimited(&self, inputs: &HaircutInputs) -> u64 {
        if inputs.price == 0 {
            return u64::MAX;
        }
        let volatility =
            (u64::from(inputs.volatility.to_bits()) << 2).saturating_sub(u64::from(self.calm_volatility.to_bits()));
        let confidence = ratio_ceil(inputs.confidence, inputs.price);
        u64::from(self.base.to_bits())
            .saturating_add(share_ceil(volatility, self.volatility_slope))
            .saturating_add(share_ceil(confidence, self.confidence_slope))
    }

    fn limited(&self, haircut_q30: u64) -> Ratio {
        let haircut = Ratio::from_bits(haircut_q30.min(u64::from(u32::MAX)) as u32);
        haircut.max(self.base).min(self.highest)
    }

    fn maintenance_of(&self, haircut: Ratio) -> Ratio {
        let share = share_ceil(u64::from(haircut.to_bits()), self.maintenance_share);
        Ratio::from_bits(share.min(u64::from(u32::MAX)) as u32)
    }
}

/// part / whole in Q30, rounded up, at most 4; 4 if the whole is nothing.
fn ratio_ceil(part: u64, whole: u64) -> u64 {
    const HIGHEST: u64 = 4 << 30;
    num::mul_div_ceil(part, 1 << 30, whole).map_or(HIGHEST, |ratio| ratio.min(HIGHEST))
}

/// A share of an amount below 2³⁴ in Q30, rounded up.
fn share_ceil(amount_q30: u64, share: Ratio) -> u64 {
    num::mul_div_ceil(amount_q30, u64::from(share.to_bits()), 1 << 30).unwrap_or(u64::MAX)
}

/// How a new bank's cap grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CapParameters {
    /// Most native units that may be deposited in the end.
    pub deposit_cap: u64,
    /// Most native units at listing; more than `deposit_cap` counts as that.
    pub initial_cap: u64,
    /// Time from one to the other, seconds.
    pub ramp_seconds: u32,
}

impl CapParameters {
    /// The cap some seconds after listing, growing in a straight line, rounded down.
    pub fn effective_cap(&self, seconds_since_listing: u64) -> u64 {
        let ramp = u64::from(self.ramp_seconds);
        if seconds_since_listing >= ramp || self.initial_cap >= self.deposit_cap {
            return self.deposit_cap;
        }
        let growth = self.deposit_cap.wrapping_sub(self.initial_cap);
        let grown = num::mul_div_floor(growth, seconds_since_listing, ramp).unwrap_or(0);
        self.initial_cap.saturating_add(grown)
    }
}

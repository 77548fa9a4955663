//! What publishers post: volatility surfaces and the perpetual's basis, and the rules a post has to keep.
//!
//! A post replaces an expiry's smile, forward and rate. It must be free of arbitrage by itself and against the fresh
//! surfaces of the neighbouring expiries, and may move only so far from the post before and from the first one of the day:
//! whoever holds the publishers' keys for an hour cannot put the surface where he likes.

use core::fmt;

use ballast_risk::{
    Ratio, RiskError, SignedRatio, num,
    quantity::Multiple,
    surface::{EssviSlice, RawSvi, SurfaceError},
};

use super::{FundingAccrual, FundingRules};
use crate::{Expiry, Market, MarketParameters};

/// Largest interest rate, up and down: one a year.
const RATE_LIMIT: i64 = Ratio::ONE.to_bits() as i64;
/// Length of the day in which the daily steps are counted, seconds.
const DAY_SECONDS: i64 = 86_400;

/// A fit of one expiry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SurfacePost {
    /// The smile; its total variance spans the time from the post to expiry.
    pub smile: EssviSlice,
    /// ln(forward / index).
    pub basis: SignedRatio,
    /// Interest rate per year, continuously compounded.
    pub rate: SignedRatio,
}

/// Why a post is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublicationRefusal {
    /// The expiry is not listed, settled, or over.
    UnknownExpiry,
    /// A number leaves its bounds, or the engine does not take what follows from it.
    Risk(RiskError),
    /// The post moves too far from the one before, or from the first one of the day.
    Step {
        /// What moves too far.
        name: &'static str,
        /// What came, in the scale of the name's field.
        value: i64,
        /// Lowest accepted value.
        lowest: i64,
        /// Highest accepted value.
        highest: i64,
    },
    /// The surface and that of a neighbouring expiry admit calendar arbitrage.
    Calendar {
        /// Number of the neighbour.
        neighbour: u32,
        /// Which condition fails.
        error: SurfaceError,
    },
}

impl fmt::Display for PublicationRefusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownExpiry => write!(formatter, "the expiry is not listed or over"),
            Self::Risk(error) => write!(formatter, "{error}"),
            Self::Step { name, value, lowest, highest } => {
                write!(formatter, "{name} would be {value}; this post may bring it to {lowest} to {highest}")
            }
            Self::Calendar { neighbour, error } => write!(formatter, "against expiry {neighbour}: {error}"),
        }
    }
}

impl core::error::Error for PublicationRefusal {}

impl From<RiskError> for PublicationRefusal {
    fn from(error: RiskError) -> Self {
        Self::Risk(error)
    }
}

impl From<SurfaceError> for PublicationRefusal {
    fn from(error: SurfaceError) -> Self {
        Self::Risk(RiskError::Surface(error))
    }
}

impl Market {
    /// Takes a post for an expiry. A rise of the implied variance takes effect on the scan range at once.
    ///
    /// Neighbours whose surface is older than `surface_age` seconds are passed over: nobody trades on them, and a smile
    /// that time has bent out of shape must not keep a fresh one from being posted.
    ///
    /// # Errors
    /// [`PublicationRefusal`]; the market is then as it was.
    pub fn post_surface(
        &mut self,
        slot: u8,
        number: u32,
        post: &SurfacePost,
        now: i64,
        surface_age: u32,
    ) -> Result<(), PublicationRefusal> {
        let limit = i64::from(self.parameters.basis_limit);
        require_within("basis", i64::from(post.basis.to_bits()), -limit, limit)?;
        require_within("rate", i64::from(post.rate.to_bits()), -RATE_LIMIT, RATE_LIMIT)?;
        let raw = post.smile.to_raw()?;
        let expiry = *self.listed_expiry_mut(slot, number).ok_or(PublicationRefusal::UnknownExpiry)?;
        let remaining = u32::try_from(expiry.expires_at.saturating_sub(now)).unwrap_or(0);
        if remaining == 0 {
            return Err(PublicationRefusal::UnknownExpiry);
        }
        let volatility = volatility_at_the_money(post.smile.theta_q40, u64::from(remaining));
        if expiry.posted_at != 0 {
            expiry.require_steps(post, volatility, &self.parameters)?;
            expiry.require_day_steps(post, volatility, now, &self.parameters)?;
        }
        self.require_calendar(&expiry, &post.smile, now, i64::from(surface_age))?;
        if let Some(expiry) = self.listed_expiry_mut(slot, number) {
            expiry.set_surface(post, &raw, volatility, remaining, now);
        }
        Ok(self.update_scan_range(0, now)?)
    }

    /// Takes a post for the perpetual: its mark less the index, as a share of the index. Funding accrues at the basis before
    /// up to now; returns what that changed.
    ///
    /// # Errors
    /// [`PublicationRefusal`] beyond the limit or the step; the market is then as it was.
    pub fn post_perpetual_basis(
        &mut self,
        basis: SignedRatio,
        funding: &FundingRules,
        now: i64,
    ) -> Result<Option<FundingAccrual>, PublicationRefusal> {
        let limit = i64::from(self.parameters.perpetual_basis_limit);
        let value = i64::from(basis.to_bits());
        require_within("perpetual_basis", value, -limit, limit)?;
        let (before, step) = (i64::from(self.perpetual_basis), i64::from(self.parameters.surface_basis_step));
        require_step("perpetual_basis", value, before - step, before + step)?;
        let accrual = self.accrue_funding(funding, now);
        self.perpetual_basis = basis.to_bits();
        Ok(accrual)
    }

    /// Refuses a smile that admits calendar arbitrage with a fresh one next to it, earlier or later.
    fn require_calendar(
        &self,
        posted: &Expiry,
        smile: &EssviSlice,
        now: i64,
        surface_age: i64,
    ) -> Result<(), PublicationRefusal> {
        let is_fresh = |expiry: &&Expiry| {
            expiry.is_marked(now)
                && expiry.number != posted.number
                && now.saturating_sub(expiry.posted_at) <= surface_age
        };
        let fresh = || self.expiries.iter().filter(is_fresh);
        let earlier = fresh().filter(|it| it.expires_at < posted.expires_at).max_by_key(|it| it.expires_at);
        let later = fresh().filter(|it| it.expires_at > posted.expires_at).min_by_key(|it| it.expires_at);
        if let Some(earlier) = earlier {
            EssviSlice::check_calendar(&earlier.smile(now), smile)
                .map_err(|error| PublicationRefusal::Calendar { neighbour: earlier.number, error })?;
        }
        if let Some(later) = later {
            EssviSlice::check_calendar(smile, &later.smile(now))
                .map_err(|error| PublicationRefusal::Calendar { neighbour: later.number, error })?;
        }
        Ok(())
    }
}

impl Expiry {
    /// The smile as of now: volatilities stay as posted while the time that variance spans runs off.
    fn smile(&self, now: i64) -> EssviSlice {
        let remaining = self.expires_at.saturating_sub(now).max(0).unsigned_abs();
        let seconds = self.surface_seconds().max(1);
        let scaled = |value: u64| num::mul_div_floor(value, remaining.min(seconds), seconds).unwrap_or(value);
        EssviSlice { theta_q40: scaled(self.theta), rho_q29: self.svi_rho, psi_q40: scaled(self.psi) }
    }

    /// Refuses a post that is too far from the one before.
    fn require_steps(
        &self,
        post: &SurfacePost,
        volatility: Multiple,
        limits: &MarketParameters,
    ) -> Result<(), PublicationRefusal> {
        let before = volatility_at_the_money(self.theta, self.surface_seconds());
        require_share(
            "volatility",
            volatility.to_bits().into(),
            before.to_bits().into(),
            limits.surface_volatility_step,
        )?;
        let wing = wing_slope(post.smile.psi_q40, post.smile.theta_q40);
        require_share("wing", wing, wing_slope(self.psi, self.theta), limits.surface_wing_step)?;
        // ρ has scale 2^-29, the step 2^-30.
        let (tilt, step) = (self.svi_rho, i64::from(limits.surface_tilt_step) >> 1);
        require_step("tilt", post.smile.rho_q29, tilt - step, tilt + step)?;
        let (basis, step) = (i64::from(self.basis), i64::from(limits.surface_basis_step));
        require_step("basis", i64::from(post.basis.to_bits()), basis - step, basis + step)?;
        let (rate, step) = (i64::from(self.rate), i64::from(limits.surface_rate_step));
        require_step("rate", i64::from(post.rate.to_bits()), rate - step, rate + step)
    }

    /// Refuses a post that is too far from the first one of the running day.
    fn require_day_steps(
        &self,
        post: &SurfacePost,
        volatility: Multiple,
        now: i64,
        limits: &MarketParameters,
    ) -> Result<(), PublicationRefusal> {
        if self.begins_day(now) {
            return Ok(());
        }
        // A factor of 1 + step, up and down.
        let first = u64::from(self.day_volatility);
        let factor = (1 << 30) + u64::from(limits.surface_volatility_day);
        let lowest = num::mul_div_ceil(first, 1 << 30, factor).unwrap_or(0);
        let highest = num::mul_div_floor(first, factor, 1 << 30).unwrap_or(u64::MAX);
        let range = [lowest, highest].map(|bound| i64::try_from(bound).unwrap_or(i64::MAX));
        require_step("volatility of the day", i64::from(volatility.to_bits()), range[0], range[1])?;
        let (basis, step) = (i64::from(self.day_basis), i64::from(limits.surface_basis_day));
        require_step("basis of the day", i64::from(post.basis.to_bits()), basis - step, basis + step)
    }

    /// Whether a post now is the first one of a day.
    fn begins_day(&self, now: i64) -> bool {
        self.day_started_at == 0 || now >= self.day_started_at.saturating_add(DAY_SECONDS)
    }

    fn set_surface(&mut self, post: &SurfacePost, raw: &RawSvi, volatility: Multiple, remaining: u32, now: i64) {
        if self.begins_day(now) {
            self.day_started_at = now;
            self.day_volatility = volatility.to_bits();
            self.day_basis = post.basis.to_bits();
        }
        self.posted_at = now;
        self.surface_sqrt_time = num::sqrt_years_q28(remaining);
        self.theta = post.smile.theta_q40;
        self.psi = post.smile.psi_q40;
        self.svi_a = raw.a;
        self.svi_b = raw.b;
        self.svi_rho = raw.rho;
        self.svi_m = raw.m;
        self.svi_sigma = raw.sigma;
        self.svi_variance_shift = raw.variance_shift;
        self.basis = post.basis.to_bits();
        self.rate = post.rate.to_bits();
    }
}

/// Volatility per year at the money, from total variance (Q40) and the time it spans; at most the largest multiple, 16.
fn volatility_at_the_money(theta_q40: u64, seconds: u64) -> Multiple {
    let variance = ballast_risk::scan_range::annual_variance(theta_q40, seconds);
    // √(v·2³²·2²⁴) = √v·2²⁸.
    let bits =
        if variance >= 1 << 40 { u32::MAX } else { num::sqrt_floor(variance << 24).min(u64::from(u32::MAX)) as u32 };
    Multiple::from_bits(bits)
}

/// Slope of a smile's wings in standard deviations, ψ/√θ: scale 2^-30. A valid slice has at most two.
fn wing_slope(psi_q40: u64, theta_q40: u64) -> u64 {
    // θ is at most 9: √(θ·2⁴⁰·2²⁰) = √θ·2³⁰.
    num::mul_div_floor(psi_q40, 1 << 20, num::sqrt_floor(theta_q40 << 20)).unwrap_or(u64::MAX)
}

fn require_within(name: &'static str, value: i64, lowest: i64, highest: i64) -> Result<(), PublicationRefusal> {
    if value < lowest || value > highest {
        return Err(RiskError::ParameterOutOfRange { name, value, lowest, highest }.into());
    }
    Ok(())
}

fn require_step(name: &'static str, value: i64, lowest: i64, highest: i64) -> Result<(), PublicationRefusal> {
    if value < lowest || value > highest {
        return Err(PublicationRefusal::Step { name, value, lowest, highest });
    }
    Ok(())
}

/// Refuses a value more than a share of what was there away from it. Both values are below 2^34.
fn require_share(name: &'static str, value: u64, before: u64, share: u32) -> Result<(), PublicationRefusal> {
    let step = num::mul_div_floor(before, u64::from(share), 1 << 30).unwrap_or(u64::MAX);
    let signed = |bits: u64| i64::try_from(bits).unwrap_or(i64::MAX);
    require_step(name, signed(value), signed(before.saturating_sub(step)), signed(before.saturating_add(step)))
}

#[cfg(test)]
mod tests;

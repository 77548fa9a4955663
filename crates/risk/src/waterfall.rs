//! Who bears a bankrupt account's deficit, and how much of it (docs/margin-model.md, section 8).

use crate::{
    num,
    quantity::{MicroUsd, Ratio},
};

/// What a liquidator is owed for taking over a part of a bankrupt account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Compensation {
    /// What the part is short of: its negative equity.
    pub deficit: MicroUsd,
    /// On top of it, for the work and the risk.
    pub bonus: MicroUsd,
}

impl Compensation {
    /// Owed for the part `fraction` (scale 2^-28) of an account with this much equity, whose equity rose by `equity_rise`
    /// and whose maintenance requirement fell by `requirement_freed` when the part left it.
    ///
    /// The deficit is that part of the negative equity, rounded up, but no more than what actually left: of a single lot no
    /// part can leave. The bonus is `fee` × the requirement freed, rounded down, and at most the deficit: a bankruptcy that
    /// somebody brings about against himself costs the fund at most twice what it cost him.
    pub fn owed(
        equity: MicroUsd,
        fraction: u32,
        equity_rise: MicroUsd,
        requirement_freed: MicroUsd,
        fee: Ratio,
    ) -> Self {
        let whole = (-equity).gain().0.unsigned_abs();
        let part = num::mul_div_ceil(whole, u64::from(fraction), 1 << 28).unwrap_or(whole).min(whole);
        let deficit = MicroUsd(part as i64).min(equity_rise.gain());
        Self { deficit, bonus: fee.of_floor(requirement_freed.gain()).min(deficit) }
    }

    /// Deficit and bonus.
    pub fn total(&self) -> MicroUsd {
        self.deficit + self.bonus
    }
}

/// Whether equity is so far below zero that the bankruptcy is recorded: dust resolves at once, and must not keep anybody
/// in the insurance fund.
pub fn is_open_bankruptcy(equity: MicroUsd, dust_limit: MicroUsd) -> bool {
    equity < MicroUsd::ZERO && -equity >= dust_limit
}

/// Divides `total` in proportion to `weights`, to the unit: parts round down, and what is left goes to the first weights
/// that are not zero. All zero without weights, which are cut at 2^60.
pub fn divide<const N: usize>(total: MicroUsd, weights: &[MicroUsd; N]) -> [MicroUsd; N] {
    let weights = weights.map(|weight| weight.gain().0.unsigned_abs().min((1 << 60) / N as u64));
    let sum: u64 = weights.iter().sum();
    let total = total.gain().0.unsigned_abs();
    let mut parts = weights.map(|weight| num::mul_div_floor(total, weight, sum).unwrap_or(0));
    let mut left = if sum == 0 { 0 } else { total.saturating_sub(parts.iter().sum()) };
    for (part, _) in parts.iter_mut().zip(weights).filter(|(_, weight)| *weight > 0) {
        let more = left.min(1);
        *part = part.saturating_add(more);
        left -= more;
    }
    parts.map(|part| part as i64).map(MicroUsd)
}

/// What losses of one market have drawn from the insurance fund within the running window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DrawWindow {
    /// µUSD.
    pub drawn: u64,
    /// When the window began, Unix seconds.
    pub started_at: i64,
}

impl DrawWindow {
    /// Draws up to `wanted` from a fund that holds `assets`, and returns what it is: within a window at most `share` of
    /// what the fund would hold without the draws of the market, rounded down. A window begins with the first draw after
    /// the one before is over.
    pub fn draw(&mut self, wanted: MicroUsd, assets: u64, share: Ratio, now: i64, seconds: u32) -> MicroUsd {
        let is_over = now.saturating_sub(self.started_at) >= i64::from(seconds);
        let drawn = if is_over { 0 } else { self.drawn };
        let base = i64::try_from(assets.saturating_add(drawn)).unwrap_or(i64::MAX).min(1 << 60);
        let limit = share.of_floor(MicroUsd(base)).gain().0.unsigned_abs();
        let taken = wanted.gain().0.unsigned_abs().min(limit.saturating_sub(drawn)).min(assets);
        if taken == 0 {
            return MicroUsd::ZERO;
        }
        if is_over {
            self.started_at = now;
        }
        self.drawn = drawn.saturating_add(taken);
        MicroUsd(taken as i64)
    }
}

//! How far the engine may be from exact arithmetic, and on which side.
//!
//! Losses, charges and haircuts are never below the exact ones, and values never above, beyond what is named here:
//!
//! | what | allowance |
//! |---|---|
//! | rounding of the vectors and of this comparison | 1 µUSD |
//! | a future, held in whole ticks of a forward of 30 bits | half a tick and 7·10⁻⁹ of the index a lot, times the move |
//! | a basis loss, whose weight has a resolution of 2^-26 | 2·10⁻⁸ of the notional |
//! | a charge on net delta or vega | 4·10⁻⁷ of the notional |

use crate::{
    book::{Account, Expiry, Kind, Market},
    reference,
};

/// Bounds for one book, which scale with its notional (µUSD).
pub struct Bounds<'a> {
    name: &'a str,
    notional: f64,
    /// What the marks of all futures may be off by, µUSD.
    futures: f64,
    /// Largest move of any scenario, up or down.
    largest_move: f64,
    has_basis: bool,
    /// Most times that a basis loss counts.
    basis_weight: f64,
    /// Share of the price by which the place of a near-expiry point is unsure: twelve units of a forward of 2^28 of which, in
    /// the last seconds of an averaging window, only a small share still moves.
    place: f64,
}

/// Share of the notional by which rounding and error bounds may enlarge a loss or a requirement.
pub const LARGEST_EXCESS: f64 = 8e-6;
/// Share of the notional by which a basis loss may be too small.
const BASIS_RESOLUTION: f64 = 2e-9;

/// Share of the forward that its mantissa and exponential may be off by.
const FORWARD_RESOLUTION: f64 = 7e-9;
/// Share of the notional by which a charge on a Greek may be too small.
pub const CONCENTRATION_RESOLUTION: f64 = 4e-7;

impl<'a> Bounds<'a> {
    pub fn of(name: &'a str, market: &Market) -> Self {
        let futures = market.legs.iter().filter(|leg| leg.kind == Kind::Future);
        let lots: f64 = futures.map(|leg| leg.lots.unsigned_abs() as f64).sum();
        let basis = &market.basis;
        let weight = |expiry: &Expiry| {
            reference::ratio(basis.add) + reference::ratio(basis.multiple) * f64::from(expiry.seconds) / 31_536_000.0
        };
        let place = |expiry: &Expiry| 12.0 / (268_435_456.0 - f64::from(expiry.fixed_share));
        let moves = market.price_factors.iter().map(|&factor| (f64::from(factor) / 268_435_456.0 - 1.0).abs());
        Self {
            name,
            notional: market.notional(),
            futures: lots * market.unit() * (0.5 + FORWARD_RESOLUTION * market.price as f64),
            largest_move: moves.fold(0.0, f64::max),
            has_basis: basis.add | basis.multiple != 0,
            basis_weight: market.expiries.iter().map(weight).fold(1.0, f64::max),
            place: market.expiries.iter().filter(|expiry| expiry.seconds > 0).map(place).fold(0.0, f64::max),
        }
    }

    /// What a loss may lack: futures, rounding.
    pub fn missing_loss(&self) -> f64 {
        1.0 + self.futures * self.largest_move
    }

    /// What the largest of all losses may lack.
    fn missing_scan(&self) -> f64 {
        self.missing_loss().max(self.missing_basis())
    }

    /// What a basis loss may lack.
    fn missing_basis(&self) -> f64 {
        1.0 + self.basis_weight * self.futures + if self.has_basis { BASIS_RESOLUTION * self.notional } else { 0.0 }
    }

    /// By how much the value of futures may be off.
    pub fn missing_value(&self) -> f64 {
        1.0 + self.futures
    }

    fn most(&self) -> f64 {
        (LARGEST_EXCESS + self.place) * self.notional + 100.0
    }

    fn within(&self, what: &str, computed: f64, exact: f64, lowest: f64, highest: f64) {
        let excess = computed - exact;
        assert!(
            excess >= lowest && excess <= highest,
            "{}, {what}: computed {computed}, exact {exact}, excess {excess:.3} ({:.2e} of the notional), expected \
             {lowest:.3} to {highest:.3}",
            self.name,
            excess / self.notional,
        );
    }

    /// A loss: never below the exact one.
    pub fn loss(&self, what: &str, computed: i64, exact: f64) {
        self.within(what, computed as f64, exact, -self.missing_loss(), self.most());
    }

    /// A loss at a node that a point may count at which the reference counts at the node beside it.
    pub fn loss_beside_tie(&self, what: &str, computed: i64, exact: f64) {
        self.within(what, computed as f64, exact, -self.missing_loss(), f64::MAX);
    }

    /// The largest of all losses.
    pub fn scan(&self, what: &str, computed: i64, exact: f64) {
        self.within(what, computed as f64, exact, -self.missing_scan(), self.basis_weight * self.most());
    }

    /// A loss in a skew scenario.
    pub fn skew(&self, what: &str, computed: i64, exact: f64) {
        self.within(what, computed as f64, exact, -1.0, self.most());
    }

    /// A basis loss.
    pub fn basis(&self, what: &str, computed: i64, exact: f64) {
        self.within(what, computed as f64, exact, -self.missing_basis(), self.basis_weight * self.most());
    }

    /// A value that counts for the owner: never above the exact one.
    pub fn value(&self, what: &str, computed: i64, exact: f64) {
        self.within(what, computed as f64, exact, -self.most() - self.futures, self.missing_value());
    }

    /// A charge: never below the exact one.
    pub fn charge(&self, what: &str, computed: i64, exact: f64) {
        self.within(what, computed as f64, exact, -self.missing_value(), self.most());
    }

    /// A charge on a Greek.
    pub fn concentration(&self, what: &str, computed: i64, exact: f64) {
        self.within(
            what,
            computed as f64,
            exact,
            -self.missing_value() - CONCENTRATION_RESOLUTION * self.notional,
            self.most(),
        );
    }

    /// A number without a direction.
    pub fn near(&self, what: &str, computed: i64, exact: f64) {
        let most = self.futures + 1e-8 * self.notional + 100.0;
        self.within(what, computed as f64, exact, -most, most);
    }

    /// A Greek, whose error scales with its gross amount. Theta of the last hours can be many times the notional.
    pub fn greek(&self, what: &str, computed: i64, exact: f64, scale: f64) {
        let most = self.futures + 5e-7 * scale + 2e-5 * exact.abs() + 100.0;
        self.within(what, computed as f64, exact, -most, most);
    }
}

/// What an account's sums may be off by to the owner's advantage, µUSD.
#[derive(Clone, Copy, Debug, Default)]
pub struct Allowances {
    /// Of equity.
    pub value: f64,
    /// Of a loss.
    pub loss: f64,
    /// Of initial charges.
    pub charge: f64,
    /// Most to the owner's disadvantage.
    pub most: f64,
}

impl Allowances {
    pub fn of(account: &Account) -> Self {
        // Products of two ratios are stored rounded up, to 2^-30.
        let deposits: f64 = account.collateral.iter().map(|held| reference::deposit(held).0).sum();
        let mut sums = Self { most: 2e-9 * deposits + 1_000.0, ..Self::default() };
        for market in &account.markets {
            let bounds = Bounds::of("", market);
            sums.value += bounds.missing_value();
            sums.loss += bounds.missing_scan();
            sums.charge += bounds.missing_value() + CONCENTRATION_RESOLUTION * bounds.notional;
            sums.most += 2.0 * (bounds.basis_weight * bounds.most() + bounds.futures);
        }
        sums
    }

    /// Of a requirement at a factor on the loss.
    pub fn requirement(&self, factor: f64) -> f64 {
        1.0 + factor * self.loss + self.charge
    }
}

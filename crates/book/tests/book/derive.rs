//! Derive's two portfolio margins, computed here from their published formulas and parameters (derivexyz/v2-core,
//! commit 7736900, PMRMLib.sol, PMRMLib_2.sol and scripts/config-mainnet.sol), against the books that configure them.

use crate::assert_near;

/// What the engine's error bounds, and those of its volatilities, come to for four options on bitcoin: a millionth.
const SLACK: f64 = 0.15;

/// Standard normal distribution.
fn normal(x: f64) -> f64 {
    0.5 * libm::erfc(-x / 2_f64.sqrt())
}

/// Undiscounted Black-76 value.
fn black(is_call: bool, forward: f64, strike: f64, deviation: f64) -> f64 {
    let d1 = (forward / strike).ln() / deviation + deviation / 2.0;
    let call = forward * normal(d1) - strike * normal(d1 - deviation);
    if is_call { call } else { call - forward + strike }
}

struct Leg {
    is_call: bool,
    strike: f64,
    quantity: f64,
    volatility: f64,
}

/// A book of options of one expiry and a perpetual, and what the two versions differ in.
struct Pmrm {
    spot: f64,
    forward: f64,
    years: f64,
    rate: f64,
    perpetual: f64,
    legs: Vec<Leg>,
    up: f64,
    down: f64,
    up_floor: f64,
    long_base: f64,
    long_multiple: f64,
    long_add: f64,
    short_multiple: f64,
    basis_shock: f64,
    basis_add: f64,
    basis_multiple: f64,
}

impl Pmrm {
    fn discount(&self) -> f64 {
        (-self.rate * self.years).exp()
    }

    /// Discounted value at a forward, with volatilities changed.
    fn value(&self, forward: f64, change: impl Fn(&Leg) -> f64) -> f64 {
        let root = self.years.sqrt();
        let of = |leg: &Leg| leg.quantity * black(leg.is_call, forward, leg.strike, change(leg) * root);
        self.discount() * self.legs.iter().map(of).sum::<f64>()
    }

    fn unshocked(&self) -> f64 {
        self.value(self.forward, |leg| leg.volatility)
    }

    fn discounted(&self, value: f64) -> f64 {
        if value >= 0.0 {
            value * self.long_base * (-self.years * (self.rate * self.long_multiple + self.long_add)).exp()
        } else {
            value * (self.years * self.rate * self.short_multiple).exp().min(1.0 / self.discount())
        }
    }

    fn term(&self) -> f64 {
        let ratio = 30.0 / (self.years * 365.0).max(1.0);
        ratio.powf(if ratio > 1.0 { 0.3 } else { 0.13 })
    }

    /// Loss with the price moved and volatility up (1), flat (0) or down (−1).
    fn loss(&self, price_move: f64, row: i32) -> f64 {
        let shocked = |leg: &Leg| match row {
            1 => (leg.volatility * (1.0 + self.up * self.term())).max(self.up_floor),
            0 => leg.volatility,
            _ => leg.volatility * (1.0 - self.down * self.term()).max(0.0),
        };
        let options = self.discounted(self.value(self.forward * (1.0 + price_move), shocked)) - self.unshocked();
        -(self.perpetual * self.spot * price_move + options)
    }

    fn skew_loss(&self, is_absolute: bool) -> f64 {
        let root = self.years.sqrt();
        let cap = 0.06 * root + 0.1;
        let width = (root * 4.0 * 0.5).max(0.01);
        let shocked = |leg: &Leg| {
            let k = (leg.strike / self.forward).ln();
            let k = if is_absolute { k.abs() } else { k };
            leg.volatility * (1.0 + (k * cap / width).clamp(-cap, cap)).max(0.0)
        };
        (self.discounted(self.value(self.forward, shocked)) - self.unshocked()).abs()
    }

    fn basis_loss(&self) -> f64 {
        let at = |shock: f64| self.value(self.forward * (1.0 + shock), |leg| leg.volatility);
        let worst = at(self.basis_shock).min(at(-self.basis_shock)) - self.unshocked();
        -worst.min(0.0) * (self.basis_add + self.basis_multiple * self.years)
    }

    /// Largest loss on the core grid, whose outermost moves have volatility up only.
    fn core_loss(&self, step: f64) -> f64 {
        let mut worst = 0.0_f64;
        for node in -4..=4 {
            for row in -1..=1 {
                if row == 1 || i32::abs(node) < 4 {
                    worst = worst.max(self.loss(f64::from(node) * step, row));
                }
            }
        }
        worst
    }
}

#[test]
fn first_version() {
    let leg = |strike, quantity, volatility| Leg { is_call: true, strike, quantity, volatility };
    let pmrm = Pmrm {
        spot: 2_000.0,
        forward: 2_010.0,
        years: 28.0 / 365.0,
        rate: 0.05,
        perpetual: 3.0,
        legs: vec![leg(2_200.0, -10.0, 0.62), leg(2_400.0, 10.0, 0.66)],
        up: 0.6,
        down: 0.3,
        up_floor: 0.0,
        long_base: 0.95,
        long_multiple: 1.0,
        long_add: 0.12,
        short_multiple: 0.0,
        basis_shock: 0.05,
        basis_add: 1.0,
        basis_multiple: 1.2,
    };
    let text = include_str!("../../../../examples/books/derive-pmrm.json");
    let report = ballast_book::evaluate(&ballast_book::parse(text).unwrap()).unwrap();
    let loss = pmrm.core_loss(0.05).max(pmrm.basis_loss());
    let charges = 0.02 * 10.0 * 2_000.0 + 0.03 * 3.0 * 2_000.0;
    // Of the expiry's feeds the volatility is the worst, at 0.5; the perpetual's 0.9 is above the threshold.
    let confidence = 0.5 * 0.05 * 20.0 * 2_000.0;
    let own = &report.modes[2];
    assert_near(report.equity.options, pmrm.unshocked(), 0.01);
    assert_near(own.scan_loss, loss, 0.02);
    assert_near(report.markets[0].basis_loss, pmrm.basis_loss(), 0.02);
    assert_near(own.maintenance_requirement, loss + charges, 0.02);
    assert_near(own.initial_requirement, 1.25 * loss + charges + confidence, 0.02);
}

#[test]
fn second_version() {
    let (years, forward) = (14.0 / 365.0_f64, 100_200.0_f64);
    let leg = |strike: f64, quantity: f64| {
        let k = (strike / forward).ln() - 0.01;
        let variance = 0.005 + 0.02 * (-0.1 * k + (k * k + 0.01).sqrt());
        Leg { is_call: false, strike, quantity, volatility: (variance / years).sqrt() }
    };
    let pmrm = Pmrm {
        spot: 100_000.0,
        forward,
        years,
        rate: 0.05,
        perpetual: -0.5,
        legs: vec![leg(95_000.0, -2.0), leg(85_000.0, 2.0)],
        up: 0.5,
        down: 0.3,
        up_floor: 0.4,
        long_base: 1.0,
        long_multiple: 1.0,
        long_add: 0.0,
        short_multiple: 1.0,
        basis_shock: 0.045,
        basis_add: 0.5,
        basis_multiple: 2.0,
    };
    let text = include_str!("../../../../examples/books/derive-pmrm-2.json");
    let report = ballast_book::evaluate(&ballast_book::parse(text).unwrap()).unwrap();
    let market = &report.markets[0];
    let tails = [
        (-0.66, 0.21),
        (-0.33, 0.42),
        (0.5, 0.2772),
        (1.0, 0.1386),
        (2.0, 0.0693),
        (3.0, 0.0462),
        (4.0, 0.03465),
        (5.0, 0.02772),
    ];
    for (index, (price_move, weight)) in tails.into_iter().enumerate() {
        assert_near(market.matrix.up[9 + index].unwrap(), -weight * pmrm.loss(price_move, 1), SLACK);
    }
    let tail = tails.into_iter().map(|(price_move, weight)| weight * pmrm.loss(price_move, 1)).fold(0.0, f64::max);
    let skews = [pmrm.skew_loss(false), pmrm.skew_loss(true)];
    assert_near(market.skew_losses[0], skews[0], SLACK);
    assert_near(market.skew_losses[1], skews[1], SLACK);
    assert_near(market.basis_loss, pmrm.basis_loss(), SLACK);
    let loss = [pmrm.core_loss(0.045), tail, skews[0], skews[1], pmrm.basis_loss()].into_iter().fold(0.0, f64::max);
    let own = &report.modes[2];
    assert_near(own.scan_loss, loss, SLACK);
    // 2 naked puts at 0.3 % and 0.2 % of spot, half a perpetual at 3 % and 1 %, whose feed has a confidence of 0.5.
    assert_near(own.maintenance_requirement, 0.8 * loss + 600.0 + 1_500.0, SLACK);
    let initial = (1.0 + (0.99 - 0.985) * 4.0) * loss + 1_000.0 + 2_000.0 + 0.5 * 0.05 * 50_000.0;
    assert_near(own.initial_requirement, initial, SLACK);
}

#[test]
fn deribit_volatilities_in_the_three_rows() {
    let text = include_str!("../../../../examples/books/deribit.json");
    let report = ballast_book::evaluate(&ballast_book::parse(text).unwrap()).unwrap();
    // At 30 days the term factor is one: half as much again, and a quarter less.
    for (position, marked) in report.markets[0].positions.iter().zip([0.482, 0.557]) {
        let [up, flat, down] = position.volatilities.unwrap();
        assert_near(up, 1.5 * marked, 1e-6);
        assert_near(flat, marked, 1e-6);
        assert_near(down, 0.75 * marked, 1e-6);
    }
}

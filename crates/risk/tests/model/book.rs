//! Books for the engine under test, and a walk that feeds them to it.

use ballast_risk::{
    MicroUsd, Price, Ratio, SignedRatio, num,
    quantity::ValueScale,
    revaluation::{ChargeRates, ExpiryInput, MarketInput, MarketPass, MarketRisk, Netting, Workspace},
    scenario::{ScenarioSet, VolatilityShock},
    surface::{EssviSlice, RawSvi},
};
use proptest::prelude::*;

/// A book in one market.
#[derive(Clone, Debug)]
pub struct Book {
    pub price: u64,
    pub price_decimals: u8,
    pub quantity_decimals: u8,
    pub expiries: Vec<TestExpiry>,
    pub legs: Vec<Leg>,
}

#[derive(Clone, Debug)]
pub struct TestExpiry {
    pub seconds: u32,
    pub basis: f64,
    pub rate: f64,
    pub theta: f64,
    pub rho: f64,
    pub psi: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Leg {
    Perpetual { lots: i64 },
    Future { expiry: usize, lots: i64 },
    Option { expiry: usize, strike: u64, is_call: bool, lots: i64 },
}

impl Leg {
    pub fn lots(&self) -> i64 {
        match *self {
            Self::Perpetual { lots } | Self::Future { lots, .. } | Self::Option { lots, .. } => lots,
        }
    }
}

impl Book {
    pub fn index(&self) -> f64 {
        self.price as f64 * 10f64.powi(-i32::from(self.price_decimals))
    }

    /// Gross notional at the index, USD.
    pub fn gross_notional(&self) -> f64 {
        let lots: f64 = self.legs.iter().map(|leg| leg.lots().unsigned_abs() as f64).sum();
        lots * 10f64.powi(-i32::from(self.quantity_decimals)) * self.index()
    }

    pub fn market(&self) -> MarketInput {
        let q28 = |factor: f64| (factor * 268_435_456.0).round() as u32;
        let tails = [(0.34, 210_000), (0.67, 420_000), (1.5, 277_200), (2.0, 138_600), (6.0, 27_720)];
        let mut tail_weights = [Ratio::ZERO; 8];
        for (weight, (_, millionths)) in tail_weights.iter_mut().zip(tails) {
            *weight = Ratio::from_millionths(millionths);
        }
        let factors = tails.map(|(factor, _)| q28(factor));
        MarketInput {
            price: Price::new(self.price).unwrap(),
            log_price: num::ln_q40(self.price),
            scale: ValueScale::new(self.price_decimals, self.quantity_decimals).unwrap(),
            scenarios: ScenarioSet::new(9, Ratio::from_millionths(160_000), &factors).unwrap(),
            tail_weights,
            volatility: VolatilityShock {
                up: Ratio::from_millionths(500_000),
                down: Ratio::from_millionths(300_000),
                up_floor: Ratio::from_millionths(400_000),
                exponent_near: Ratio::from_millionths(300_000),
                exponent_far: Ratio::from_millionths(130_000),
                floor_seconds: 86_400,
            },
            charges: ChargeRates {
                naked_short_maintenance: Ratio::from_millionths(3_000),
                naked_short_initial: Ratio::from_millionths(2_000),
                linear_maintenance: Ratio::from_millionths(30_000),
                linear_initial: Ratio::from_millionths(10_000),
            },
            hedge_value: MicroUsd::ZERO,
        }
    }

    pub fn expiry(&self, index: usize) -> ExpiryInput {
        let expiry = &self.expiries[index];
        let q30 = |value: f64| SignedRatio::from_bits((value * 1_073_741_824.0).round() as i32);
        let q40 = |value: f64| (value * 1_099_511_627_776.0).round() as u64;
        let slice = EssviSlice {
            theta_q40: q40(expiry.theta),
            rho_q29: (expiry.rho * 536_870_912.0).round() as i64,
            psi_q40: q40(expiry.psi),
        };
        let surface: RawSvi = slice.to_raw().expect("an accepted surface");
        ExpiryInput {
            seconds: expiry.seconds,
            basis: q30(expiry.basis),
            rate: q30(expiry.rate),
            surface,
            surface_sqrt_time: num::sqrt_years_q28(expiry.seconds),
            average: 0,
            fixed_share: 0,
        }
    }

    /// Lets the engine value the book.
    pub fn risk(&self, netting: Netting) -> MarketRisk {
        self.risk_in(&self.market(), netting)
    }

    pub fn risk_in(&self, market: &MarketInput, netting: Netting) -> MarketRisk {
        let mut workspace: Workspace = bytemuck::Zeroable::zeroed();
        let mut pass = MarketPass::begin(market, netting, &mut workspace);
        for leg in &self.legs {
            if let Leg::Perpetual { lots } = *leg {
                pass.perpetual(lots, 0).unwrap();
            }
        }
        for index in 0..self.expiries.len() {
            let valuation = pass.begin_expiry(&self.expiry(index)).unwrap();
            let mut strikes: Vec<(u64, i64, i64)> = Vec::new();
            for leg in &self.legs {
                match *leg {
                    Leg::Future { expiry, lots } if expiry == index => pass.future(&valuation, lots, 0).unwrap(),
                    Leg::Option { expiry, strike, is_call, lots } if expiry == index => {
                        let entry = match strikes.iter_mut().find(|entry| entry.0 == strike) {
                            Some(entry) => entry,
                            None => {
                                strikes.push((strike, 0, 0));
                                strikes.last_mut().unwrap()
                            }
                        };
                        if is_call { entry.1 += lots } else { entry.2 += lots }
                    }
                    _ => {}
                }
            }
            for (strike, calls, puts) in strikes {
                pass.option(&valuation, strike, num::ln_q40(strike), calls, puts).unwrap();
            }
            pass.end_expiry(&valuation);
        }
        pass.finish().unwrap()
    }
}

/// One future and one option of each kind and strike at most, as in an account.
fn merge(legs: Vec<Leg>) -> Vec<Leg> {
    let mut merged: Vec<Leg> = Vec::new();
    for leg in legs {
        let same = merged.iter_mut().find(|other| match (**other, leg) {
            (Leg::Perpetual { .. }, Leg::Perpetual { .. }) => true,
            (Leg::Future { expiry: a, .. }, Leg::Future { expiry: b, .. }) => a == b,
            (
                Leg::Option { expiry: a, strike: k, is_call: c, .. },
                Leg::Option { expiry: b, strike: l, is_call: d, .. },
            ) => a == b && k == l && c == d,
            _ => false,
        });
        match same {
            Some(Leg::Perpetual { lots } | Leg::Future { lots, .. } | Leg::Option { lots, .. }) => *lots += leg.lots(),
            None => merged.push(leg),
        }
    }
    merged.retain(|leg| leg.lots() != 0);
    merged
}

prop_compose! {
    fn any_expiry()(
        seconds in 3_600u32..40_000_000,
        basis in -0.05..0.05f64,
        rate in -0.02..0.2f64,
        volatility in 0.2..1.8f64,
        rho in -0.7..0.7f64,
        steepness in 0.2..0.9f64,
    ) -> TestExpiry {
        let time = f64::from(seconds) / 31_536_000.0;
        let theta = (volatility * volatility * time).max(1e-5);
        // Well inside the butterfly conditions, and no flatter than the surface's envelope allows.
        let widest = (4.0 * theta / (1.0 + rho.abs())).sqrt().min(4.0 / (1.0 + rho.abs()));
        let psi = (steepness * widest).max(0.26 * theta);
        TestExpiry { seconds, basis, rate, theta, rho, psi }
    }
}

fn any_leg(expiries: usize) -> impl Strategy<Value = Leg> {
    let lots = prop_oneof![-20_000i64..20_000, -50i64..50];
    (0..10u8, 0..expiries, 0..25u64, any::<bool>(), lots).prop_map(|(kind, expiry, step, is_call, lots)| match kind {
        0 => Leg::Perpetual { lots },
        1 => Leg::Future { expiry, lots },
        // Strikes from 40 % to 232 % of an index of 100,000.00 USD, in steps of 8 %.
        _ => Leg::Option { expiry, strike: 4_000_000 + step * 800_000, is_call, lots },
    })
}

/// Random books of an underlying at about 100,000 USD.
pub fn any_book(legs: usize) -> impl Strategy<Value = Book> {
    (prop::collection::vec(any_expiry(), 1..4), 5_000_000u64..20_000_000).prop_flat_map(move |(expiries, price)| {
        prop::collection::vec(any_leg(expiries.len()), 1..legs).prop_map(move |legs| Book {
            price,
            price_decimals: 2,
            quantity_decimals: 3,
            expiries: expiries.clone(),
            legs: merge(legs),
        })
    })
}

/// The two books as one.
pub fn join(one: &Book, other: &Book) -> Book {
    let mut legs = one.legs.clone();
    legs.extend(other.legs.iter().copied());
    Book { legs: merge(legs), ..one.clone() }
}

//! Marks, Greeks and charges of a book in one market.

use super::{Terms, intrinsic, ratio, sensitivities, signed_ratio};
use crate::book::{Concentration, Kind, Market};

/// Values at the mark and Greeks: delta, gamma per 100 % of the index, vega per 1.00, theta per day, rho per 1.00.
#[derive(Clone, Copy, Debug, Default)]
pub struct Marks {
    pub option_value: f64,
    pub linear_profit: f64,
    pub gross_notional: f64,
    pub delta: f64,
    pub gamma: f64,
    pub vega: f64,
    pub theta: f64,
    pub rho: f64,
    pub gross_delta: f64,
    pub gross_vega: f64,
}

impl Marks {
    pub fn of(market: &Market, expiries: &[Terms]) -> Self {
        let index = market.price as f64;
        let hedge = market.hedge_value as f64;
        let mut marks = Self { delta: hedge, gross_delta: hedge, ..Self::default() };
        for leg in &market.legs {
            let lots = leg.lots as f64 * market.unit();
            let delta = match leg.kind {
                Kind::Perpetual => {
                    marks.linear_profit +=
                        lots * index * (1.0 + signed_ratio(market.perpetual_basis)) + leg.ledger as f64;
                    marks.gross_notional += lots.abs() * index;
                    lots * index
                }
                Kind::Future => {
                    let terms = &expiries[leg.expiry];
                    marks.linear_profit += lots * terms.forward() + leg.ledger as f64;
                    marks.gross_notional += lots.abs() * terms.forward();
                    lots * terms.moving
                }
                Kind::Call | Kind::Put => {
                    marks.gross_notional += lots.abs() * index;
                    let terms = &expiries[leg.expiry];
                    let forward = terms.forward();
                    if terms.is_alive() {
                        let deviation = terms.deviation(leg);
                        marks.option_value += lots * terms.value(leg, forward, deviation);
                        let (density, first, second) = sensitivities(leg, forward, deviation);
                        let scaled = lots * terms.discount;
                        let vega = scaled * forward * density * terms.years.sqrt();
                        marks.vega += vega;
                        marks.gross_vega += vega.abs();
                        marks.gamma += scaled * terms.moving * density / deviation;
                        marks.theta -= scaled * forward * density * deviation / (2.0 * terms.years) / 365.0;
                        marks.rho += scaled * leg.strike as f64 * second * terms.years;
                        scaled * terms.moving * first
                    } else {
                        marks.option_value += lots * intrinsic(leg, forward);
                        0.0
                    }
                }
            };
            marks.delta += delta;
            marks.gross_delta += delta.abs();
        }
        marks
    }
}

/// Charges by name.
#[derive(Clone, Copy, Debug, Default)]
pub struct ChargeSums {
    pub naked_maintenance: f64,
    pub naked_initial: f64,
    pub linear_maintenance: f64,
    pub linear_initial: f64,
    pub confidence: f64,
    pub concentration_delta: f64,
    pub concentration_vega: f64,
}

impl ChargeSums {
    pub fn of(market: &Market, expiries: &[Terms], marks: &Marks, is_netted: bool) -> Self {
        let rates = &market.charges;
        let index = market.price as f64;
        let mut linear = 0.0;
        let mut confidence = 0.0;
        for leg in &market.legs {
            let (price, quality) = match leg.kind {
                Kind::Perpetual => (index, market.quality),
                Kind::Future => (expiries[leg.expiry].forward(), expiries[leg.expiry].quality),
                Kind::Call | Kind::Put => (index, expiries[leg.expiry].quality),
            };
            let notional = leg.lots.unsigned_abs() as f64 * market.unit() * price;
            if !leg.is_option() {
                linear += notional;
            }
            if quality < rates.confidence_threshold {
                confidence += (1.0 - ratio(quality)) * ratio(rates.confidence_rate) * notional;
            }
        }
        let naked = naked_lots(market, is_netted) as f64 * index * market.unit();
        let (delta, vega) = if is_netted { (marks.delta, marks.vega) } else { (marks.gross_delta, marks.gross_vega) };
        Self {
            naked_maintenance: ratio(rates.naked_short_maintenance) * naked,
            naked_initial: ratio(rates.naked_short_initial) * naked,
            linear_maintenance: ratio(rates.linear_maintenance) * linear,
            linear_initial: ratio(rates.linear_initial) * linear,
            confidence,
            concentration_delta: concentration(&rates.concentration_delta, delta),
            concentration_vega: concentration(&rates.concentration_vega, vega),
        }
    }

    pub fn maintenance(&self) -> f64 {
        self.naked_maintenance + self.linear_maintenance
    }

    pub fn initial(&self) -> f64 {
        self.naked_initial + self.linear_initial + self.confidence + self.concentration_delta + self.concentration_vega
    }
}

fn concentration(shape: &Concentration, amount: f64) -> f64 {
    let beyond = (amount.abs() - shape.free as f64).max(0.0);
    (ratio(shape.slope) * beyond / 1e13).min(ratio(shape.cap)) * beyond
}

fn naked_lots(market: &Market, is_netted: bool) -> i64 {
    let options = || market.legs.iter().filter(|leg| leg.is_option());
    if !is_netted {
        return options().map(|leg| (-leg.lots).max(0)).sum();
    }
    let mut total = 0;
    for leg in options() {
        let other =
            options().find(|other| other.kind != leg.kind && other.expiry == leg.expiry && other.strike == leg.strike);
        total += match other.map(|other| other.lots) {
            // Both sides see an offset pair; only the short one counts what is left.
            Some(cover) if leg.lots < 0 && cover > 0 => (-(leg.lots + cover)).max(0),
            _ => (-leg.lots).max(0),
        };
    }
    total
}

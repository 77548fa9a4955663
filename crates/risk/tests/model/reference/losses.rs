//! Scenario losses of a book in one market.

use super::{Terms, intrinsic, q28, ratio};
use crate::book::{Kind, Leg, Market};

/// Losses of a market's book, together and position by position.
pub struct Losses {
    /// By row and node; nothing where the cell does not exist. Near-expiry losses included.
    pub core: Vec<Vec<Option<f64>>>,
    /// Core nodes on either side of a near-expiry point so close to their middle that rounding may take it to the other.
    pub ties: Vec<usize>,
    /// Weighted.
    pub tails: Vec<Vec<Option<f64>>>,
    /// Linear, absolute.
    pub skew: [Option<f64>; 2],
    pub basis: f64,
    /// The largest of them, not negative.
    pub scan: f64,
    /// The same of the hedge (if any) and of every position by itself.
    pub alone: Vec<f64>,
}

/// Share of a step that counts as its middle: in the last seconds of an averaging window a step has few units.
const MIDDLE: f64 = 5e-3;

impl Losses {
    pub fn of(market: &Market, expiries: &[Terms]) -> Self {
        let revalued: Vec<Revalued> = market.legs.iter().map(|leg| Revalued::of(market, expiries, leg)).collect();
        let together = Book { market, expiries, revalued: revalued.iter().collect(), hedge: market.hedge_value as f64 };
        let mut losses = together.losses(false);
        if market.hedge_value != 0 {
            losses.alone.push(Book { revalued: Vec::new(), ..together }.losses(true).scan);
        }
        for revalued in &revalued {
            let book = Book { market, expiries, revalued: vec![revalued], hedge: 0.0 };
            losses.alone.push(book.losses(true).scan);
        }
        losses
    }
}

/// A position's value in every scenario, ticks × lots; for linear positions the exposure.
struct Revalued<'a> {
    leg: &'a Leg,
    /// Of a perpetual or future: value that moves with the index.
    linear: f64,
    base: f64,
    nodes: [Vec<f64>; 3],
    skewed: [f64; 2],
    shifted: [f64; 2],
}

impl<'a> Revalued<'a> {
    fn of(market: &Market, expiries: &[Terms], leg: &'a Leg) -> Self {
        let lots = leg.lots as f64;
        let mut revalued =
            Self { leg, linear: 0.0, base: 0.0, nodes: [vec![], vec![], vec![]], skewed: [0.0; 2], shifted: [0.0; 2] };
        let basis = [1.0 + ratio(market.basis.up), 1.0 - ratio(market.basis.down)];
        match leg.kind {
            Kind::Perpetual => revalued.linear = lots * market.price as f64,
            Kind::Future => {
                revalued.linear = lots * expiries[leg.expiry].moving;
                revalued.shifted = basis.map(|factor| revalued.linear * (factor - 1.0));
            }
            Kind::Call | Kind::Put => {
                let terms = &expiries[leg.expiry];
                let deviation = if terms.is_alive() { terms.deviation(leg) } else { 0.0 };
                let value = |factor: f64, deviation: f64| lots * terms.value(leg, terms.shifted(factor), deviation);
                revalued.base = value(1.0, deviation);
                for (row, deviation) in terms.rows(&market.volatility, deviation).into_iter().enumerate() {
                    revalued.nodes[row] =
                        market.price_factors.iter().map(|&factor| value(q28(factor), deviation)).collect();
                }
                revalued.shifted = basis.map(|factor| value(factor, deviation));
                if terms.is_alive() && (market.skew.linear || market.skew.absolute) {
                    revalued.skewed = [false, true]
                        .map(|is_absolute| value(1.0, deviation * skew_multiplier(market, terms, leg, is_absolute)));
                } else {
                    revalued.skewed = [revalued.base; 2];
                }
            }
        }
        revalued
    }
}

fn skew_multiplier(market: &Market, terms: &Terms, leg: &Leg, is_absolute: bool) -> f64 {
    let shape = &market.skew;
    let log_strike = (leg.strike as f64 / terms.forward()).ln();
    let log_strike = if is_absolute { log_strike.abs() } else { log_strike };
    let root = terms.years.sqrt();
    let cap = ratio(shape.base) * root + ratio(shape.scale_cap);
    let spread = root * q28(shape.width) * (ratio(shape.volatility_static) + root * ratio(shape.volatility_scale));
    let reach = spread.max(ratio(shape.least_log_strike));
    (1.0 + (log_strike * cap / reach).clamp(-cap, cap)).max(0.0)
}

/// Positions revalued together.
struct Book<'a> {
    market: &'a Market,
    expiries: &'a [Terms],
    revalued: Vec<&'a Revalued<'a>>,
    hedge: f64,
}

impl Book<'_> {
    fn losses(&self, is_alone: bool) -> Losses {
        let market = self.market;
        let nodes: Vec<f64> = market.price_factors.iter().map(|&factor| q28(factor)).collect();
        let core = usize::from(market.core_nodes);
        let exists = |row: usize, node: usize| market.mask[row] >> node & 1 == 1;
        let linear: f64 = self.revalued.iter().map(|one| one.linear).sum::<f64>() * market.unit() + self.hedge;
        let own: Vec<Vec<Vec<f64>>> = (0..self.expiries.len()).map(|expiry| self.expiry_profits(expiry)).collect();
        let profit = |row: usize, node: usize| {
            linear * (nodes[node] - 1.0) + own.iter().map(|rows| rows[row][node]).sum::<f64>()
        };
        let mut cells: Vec<Vec<Option<f64>>> = (0..3)
            .map(|row| {
                (0..nodes.len())
                    .map(|node| {
                        let weight = if node < core { 1.0 } else { ratio(market.tail_weights[node - core]) };
                        exists(row, node).then(|| -weight * profit(row, node))
                    })
                    .collect()
            })
            .collect();

        let mut ties = Vec::new();
        let half_step = ratio(market.scan_range) / (core as f64 - 1.0);
        for (expiry, terms) in self.expiries.iter().enumerate() {
            let options = self.options(expiry);
            if options.is_empty() || !terms.is_alive() || terms.surface_deviation(0.0) >= half_step {
                continue;
            }
            let mut moves = vec![nodes[0], nodes[core - 1]];
            if !is_alone {
                let strikes = options.iter().map(|one| (one.leg.strike as f64 - terms.fixed) / terms.moving);
                moves.extend(strikes.filter(|&place| place >= nodes[0] && place <= nodes[core - 1]));
            }
            let base: f64 = options.iter().map(|one| one.base).sum();
            for place in moves {
                let forward = terms.shifted(place);
                let payoff: f64 = options.iter().map(|one| one.leg.lots as f64 * intrinsic(one.leg, forward)).sum();
                let gained = (terms.scaled(terms.discount * payoff) - base) * market.unit();
                let step = (nodes[core - 1] - nodes[0]) / (core as f64 - 1.0);
                let below = (((place - nodes[0]) / step) as usize).min(core - 2);
                let share = (place - nodes[below]) / (nodes[below + 1] - nodes[below]);
                let nearest = if share > 0.5 { below + 1 } else { below };
                if (share - 0.5).abs() < MIDDLE {
                    ties.extend([below, below + 1]);
                }
                for row in 0..3 {
                    let lacks = |node: usize, share: f64| share > 0.0 && !exists(row, node);
                    if (lacks(below, 1.0 - share) || lacks(below + 1, share)) && !is_alone {
                        continue;
                    }
                    let other = |node: usize| profit(row, node) - own[expiry][row][node];
                    let loss = -(gained + other(below) * (1.0 - share) + other(below + 1) * share);
                    let cell = &mut cells[row][nearest];
                    *cell = Some(cell.map_or(loss, |known| known.max(loss)));
                }
            }
        }

        let skew = [(market.skew.linear, 0), (market.skew.absolute, 1)]
            .map(|(is_on, kind)| is_on.then(|| self.skew_loss(kind)));
        let basis = self.basis_loss();
        let scan = cells.iter().flatten().chain(&skew).flatten().fold(basis.max(0.0), |worst, &loss| worst.max(loss));
        let tails = cells.iter_mut().map(|row| row.split_off(core)).collect();
        Losses { core: cells, ties, tails, skew, basis, scan, alone: Vec::new() }
    }

    fn options(&self, expiry: usize) -> Vec<&Revalued<'_>> {
        self.revalued.iter().copied().filter(|one| one.leg.is_option() && one.leg.expiry == expiry).collect()
    }

    /// Profit of an expiry's options by row and node, µUSD.
    fn expiry_profits(&self, expiry: usize) -> Vec<Vec<f64>> {
        let (options, terms) = (self.options(expiry), &self.expiries[expiry]);
        let base: f64 = options.iter().map(|one| one.base).sum();
        (0..3)
            .map(|row| {
                (0..self.market.price_factors.len())
                    .map(|node| {
                        let value: f64 = options.iter().map(|one| one.nodes[row][node]).sum();
                        (terms.scaled(value) - base) * self.market.unit()
                    })
                    .collect()
            })
            .collect()
    }

    fn skew_loss(&self, kind: usize) -> f64 {
        let loss = |expiry: usize| {
            let (options, terms) = (self.options(expiry), &self.expiries[expiry]);
            if !terms.is_alive() {
                return 0.0;
            }
            let base: f64 = options.iter().map(|one| one.base).sum();
            let value: f64 = options.iter().map(|one| one.skewed[kind]).sum();
            (if self.market.skew.discounted { terms.scaled(value) } else { value } - base).abs()
        };
        (0..self.expiries.len()).map(loss).sum::<f64>() * self.market.unit()
    }

    fn basis_loss(&self) -> f64 {
        let shape = &self.market.basis;
        let loss = |(expiry, terms): (usize, &Terms)| {
            let members =
                || self.revalued.iter().filter(|one| one.leg.kind != Kind::Perpetual && one.leg.expiry == expiry);
            let worst = (0..2)
                .map(|side| members().map(|one| one.shifted[side] - one.base).sum::<f64>())
                .fold(0.0, |worst: f64, profit| worst.min(profit));
            -worst * (ratio(shape.add) + ratio(shape.multiple) * terms.years)
        };
        self.expiries.iter().enumerate().map(loss).sum::<f64>() * self.market.unit()
    }
}

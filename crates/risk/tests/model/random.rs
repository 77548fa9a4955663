//! Random accounts from a seed: every feature of the model, in every combination. The same seed gives the same account.

use crate::{
    book::{
        Account, Basis, Charges, Concentration, Deposit, Discount, Expiry, Factors, Group, Kind, Leg, Market, ONE,
        Shock, Skew,
    },
    reference::{Terms, ratio},
};

/// SplitMix64 (Steele, Lea and Flood 2014).
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to `end`, exclusive.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// True once in `times`.
    pub fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    pub fn signed(&mut self, limit: i64) -> i64 {
        self.below(2 * limit as u64 + 1) as i64 - limit
    }

    fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u64) as usize]
    }
}

/// The bits of a ratio, rounded down.
pub fn bits(value: f64) -> u32 {
    (value * f64::from(ONE)) as u32
}

fn signed_bits(value: f64) -> i32 {
    (value * f64::from(ONE)) as i32
}

/// Which features a random account may have.
#[derive(Clone, Copy, Debug)]
pub struct Features {
    pub markets: u64,
    pub legs: u64,
    /// Expiries within hours, whose losses hide between nodes, and those in their averaging window.
    pub near: bool,
    pub masks: bool,
    pub skew: bool,
    /// Skew losses of discounted values, for which no order of modes is promised.
    pub discounted_skew: bool,
    pub basis: bool,
    pub discounts: bool,
    pub hedge: bool,
}

impl Features {
    pub const ALL: Self = Self {
        markets: 4,
        legs: 10,
        near: true,
        masks: true,
        skew: true,
        discounted_skew: false,
        basis: true,
        discounts: true,
        hedge: true,
    };
}

const TAILS: [(f64, f64); 8] = [
    (0.34, 0.21),
    (0.67, 0.42),
    (1.5, 0.2772),
    (2.0, 0.1386),
    (3.0, 0.0693),
    (4.0, 0.0462),
    (5.0, 0.03465),
    (6.0, 0.02772),
];

/// Price, price decimals, quantity decimals: from a bitcoin in cents to a fraction of a cent.
const COINS: [(u64, u8, u8); 5] =
    [(10_000_000, 2, 3), (350_127, 2, 2), (154_321, 3, 1), (123_457, 7, 0), (10_123_456_789, 5, 6)];

/// Nodes and cells that the markets of a group share.
#[derive(Clone)]
struct Nodes {
    core: u8,
    tails: Vec<(f64, f64)>,
    mask: [u32; 3],
}

impl Nodes {
    fn random(random: &mut Random, features: Features) -> Self {
        let core = random.pick(&[9u8, 9, 11, 11, 7, 5, 3]);
        let tails = TAILS[..random.below(9) as usize].to_vec();
        let (all, inside) = ((1u32 << (usize::from(core) + tails.len())) - 1, (1u32 << core) - 1);
        let narrow = inside & !1 & !(1 << (core - 1));
        let masks =
            [[all, inside, inside], [all, narrow, narrow], [inside, all, inside], [all, inside, 0], [all, 0, 0]];
        let mask = if features.masks && random.once_in(3) { random.pick(&masks) } else { masks[0] };
        Self { core, tails, mask }
    }
}

/// 1 + move of the core nodes, to the nearest 2^-28.
fn core_factors(core: u8, scan_range: u32) -> Vec<u32> {
    let half = i64::from(core / 2);
    let exact = |node: i64| (1i64 << 31) * half + 2 * i64::from(scan_range) * (node - half) + 4 * half;
    (0..i64::from(core)).map(|node| exact(node).div_euclid(8 * half) as u32).collect()
}

/// An account.
pub fn account(seed: u64, features: Features) -> Account {
    let mut random = Random::new(seed);
    let random = &mut random;
    let sets = [Nodes::random(random, features), Nodes::random(random, features)];
    let group = |random: &mut Random| Group {
        window: random.below(4) as u8,
        gain_allowance: random.pick(&[0, bits(0.3), bits(0.6), bits(0.9), ONE]),
    };
    let groups = vec![group(random), group(random)];
    let count = 1 + random.below(features.markets);
    let markets = (0..count)
        .map(|_| {
            let group = random.pick(&[0u8, 0, 0, 1]);
            market(random, features, &sets[usize::from(group)], group)
        })
        .collect();
    Account {
        cash: random.below(1 << 40) as i64,
        factors: Factors {
            initial: random.pick(&[ONE, bits(1.25)]),
            maintenance: bits(0.8),
            quote_price: random.pick(&[ONE, bits(0.985), bits(0.9), bits(1.02)]),
            peg_threshold: bits(0.99),
            peg_factor: 4 << 28,
        },
        groups,
        markets,
        collateral: (0..random.below(3)).map(|_| deposit(random)).collect(),
    }
}

/// Takes out of a book the options of expiries that are valued at their strikes.
pub fn drop_near_options(market: &mut Market) {
    let half_step = ratio(market.scan_range) / f64::from(market.core_nodes - 1);
    // Expiries at the very limit count as near, too.
    let is_near = |expiry: &Expiry| Terms::of(market, expiry).surface_deviation(0.0) < 1.001 * half_step;
    let near: Vec<bool> = market.expiries.iter().map(is_near).collect();
    market.legs.retain(|leg| !leg.is_option() || !near[leg.expiry]);
}

fn deposit(random: &mut Random) -> Deposit {
    let amount = 1 + random.below(1 << 30);
    let price = 10_000 + random.below(20_000_000);
    Deposit {
        amount,
        hedge: random.pick(&[0, 0, amount / 2, amount]),
        price,
        stable_price: (price as f64 * random.between(0.85, 1.15)) as u64,
        price_decimals: 2,
        token_decimals: random.pick(&[6, 8, 9]),
        initial_haircut: bits(random.between(0.0, 0.6)),
        maintenance_haircut: bits(random.between(0.0, 0.4)),
        liquidity_haircut: bits(random.pick(&[0.0, 0.01, 0.05])),
        maintenance_share: bits(0.8),
        stale: random.once_in(8),
    }
}

fn market(random: &mut Random, features: Features, nodes: &Nodes, group: u8) -> Market {
    let (price, price_decimals, quantity_decimals) = random.pick(&COINS);
    let scan_range = bits(random.pick(&[0.16, 0.16, 0.27, 0.33, 0.6, 0.05]));
    let mut market = Market {
        price,
        price_decimals,
        quantity_decimals,
        group,
        perpetual_basis: signed_bits(random.between(-0.01, 0.01)),
        maintenance_share: if random.once_in(3) { bits(random.between(0.3, 1.0)) } else { ONE },
        quality: random.pick(&[ONE, bits(0.7), bits(0.5), bits(0.1)]),
        hedge_value: if features.hedge && random.once_in(3) { random.below(1 << 41) as i64 } else { 0 },
        core_nodes: nodes.core,
        scan_range,
        price_factors: core_factors(nodes.core, scan_range)
            .into_iter()
            .chain(nodes.tails.iter().map(|(factor, _)| (factor * 268_435_456.0) as u32))
            .collect(),
        tail_weights: nodes.tails.iter().map(|(_, weight)| bits(*weight)).collect(),
        mask: nodes.mask,
        volatility: shock(random),
        discount: if features.discounts { discount(random) } else { Discount::PLAIN },
        skew: skew(random, features),
        basis: basis(random, features),
        charges: charges(random),
        gain_weight: bits(0.8),
        gain_cap: 250_000_000_000,
        option_premium: random.signed(1 << 34),
        vested_option_gain: random.below(1 << 34) as i64,
        expiries: Vec::new(),
        legs: Vec::new(),
    };
    let spread = random.pick(&[0.05, 0.2, 0.6]);
    market.expiries = (0..1 + random.below(3)).map(|_| expiry(random, features, &market)).collect();
    let legs = 1 + random.below(features.legs);
    for _ in 0..legs {
        let leg = leg(random, &market, spread);
        if !market.legs.iter().any(|other| other.is_same_contract(&leg)) {
            market.legs.push(leg);
        }
    }
    market.sort();
    market
}

fn shock(random: &mut Random) -> Shock {
    let shifts = random.once_in(4);
    Shock {
        up: bits(random.pick(&[0.5, 0.6, 0.0, 1.5])),
        down: bits(random.pick(&[0.3, 0.25, 0.0, 1.0])),
        up_floor: bits(random.pick(&[0.4, 0.0, 1.0])),
        exponent_near: bits(0.3),
        exponent_far: bits(random.pick(&[0.13, 0.5])),
        up_shift: if shifts { bits(random.between(0.0, 0.3)) } else { 0 },
        down_shift: if shifts { bits(random.between(0.0, 0.3)) } else { 0 },
        floor_seconds: random.pick(&[86_400, 3_600]),
    }
}

impl Market {
    /// Widens or narrows the core grid.
    pub fn set_scan_range(&mut self, scan_range: u32) {
        self.scan_range = scan_range;
        for (factor, core) in self.price_factors.iter_mut().zip(core_factors(self.core_nodes, scan_range)) {
            *factor = core;
        }
    }
}

impl Discount {
    /// Long value discounted once more, short value not at all.
    pub const PLAIN: Self =
        Self { long_base: ONE, long_rate: 0, long_add: 0, short_base: ONE, short_rate: 0, short_add: 0 };
}

fn discount(random: &mut Random) -> Discount {
    Discount {
        long_base: random.pick(&[ONE, ONE, bits(0.95)]),
        long_rate: random.pick(&[ONE, 0, bits(1.5)]),
        long_add: random.pick(&[0, 0, bits(0.05)]),
        short_base: random.pick(&[ONE, ONE, bits(1.03)]),
        short_rate: random.pick(&[ONE, 0, bits(2.0)]),
        short_add: random.pick(&[0, 0, bits(0.02)]),
    }
}

fn skew(random: &mut Random, features: Features) -> Skew {
    let is_on = features.skew && !random.once_in(4);
    Skew {
        linear: is_on && !random.once_in(4),
        absolute: is_on && !random.once_in(4),
        discounted: features.discounted_skew && random.once_in(3),
        base: bits(random.pick(&[0.06, 0.4])),
        scale_cap: bits(random.pick(&[0.1, 0.5])),
        least_log_strike: bits(0.01),
        width: 4 << 28,
        volatility_static: bits(random.pick(&[0.5, 0.1])),
        volatility_scale: random.pick(&[0, bits(0.2)]),
    }
}

fn basis(random: &mut Random, features: Features) -> Basis {
    let is_on = features.basis && !random.once_in(4);
    // Moves of whole units of 2^-28.
    let (up, down) = random.pick(&[(0.045, 0.045), (0.09, 0.02), (0.0, 0.3)]);
    Basis {
        up: bits(up) / 4 * 4,
        down: bits(down) / 4 * 4,
        add: if is_on { bits(0.5) } else { 0 },
        multiple: if is_on { bits(random.pick(&[2.0, 0.0, 3.5])) } else { 0 },
    }
}

fn charges(random: &mut Random) -> Charges {
    let concentration = |random: &mut Random| Concentration {
        free: random.pick(&[1_000_000_000_000, 10_000_000_000, 0]),
        slope: bits(random.pick(&[0.1, 1.0])),
        cap: bits(0.1),
    };
    Charges {
        naked_short_maintenance: bits(0.003),
        naked_short_initial: bits(0.002),
        linear_maintenance: bits(0.03),
        linear_initial: bits(0.01),
        confidence_threshold: bits(0.55),
        confidence_rate: bits(0.05),
        concentration_delta: concentration(random),
        concentration_vega: concentration(random),
    }
}

fn expiry(random: &mut Random, features: Features, market: &Market) -> Expiry {
    let horizon = if features.near { random.below(6) } else { 5 };
    let seconds = match horizon {
        0 => 1 + random.below(1_800),
        1 | 2 => 1_800 + random.below(40_000),
        _ => random.between(11.5, 18.3).exp() as u64,
    } as u32;
    let is_over = horizon == 0 && random.once_in(5);
    let seconds = if is_over { 0 } else { seconds };
    let surface_seconds = seconds.max(1) + random.below(900) as u32;
    let volatility = random.between(0.2, 1.6);
    let rho = random.between(-0.7, 0.7);
    let theta = (volatility * volatility * f64::from(surface_seconds) / 31_536_000.0).max(1.3e-7);
    // No flatter than the surface's envelope allows and inside the butterfly conditions.
    let steepest = (4.0 * theta / (1.0 + f64::abs(rho))).sqrt().min(4.0 / (1.0 + f64::abs(rho)));
    let psi = (steepest * random.between(0.2, 0.9)).max(0.26 * theta);
    let fixed_share = if seconds < 1_800 { (1_800 - u64::from(seconds)) * (1 << 28) / 1_800 } else { 0 };
    Expiry {
        seconds,
        basis: signed_bits(random.between(-0.06, 0.06) * f64::from(seconds).sqrt() / 6_000.0),
        rate: signed_bits(random.between(-0.03, 0.15)),
        theta: (theta * 2f64.powi(40)) as u64,
        rho: (rho * 2f64.powi(29)) as i64,
        psi: (psi * 2f64.powi(40)) as u64,
        surface_seconds,
        average: (market.price as f64 * random.between(0.97, 1.03)) as u64,
        fixed_share: fixed_share as u32,
        widening: random.pick(&[ONE, ONE, bits(1.3), bits(2.0)]),
        quality: random.pick(&[ONE, bits(0.9), bits(0.4), 0]),
    }
}

fn leg(random: &mut Random, market: &Market, spread: f64) -> Leg {
    // Up to ten million USD a leg, and now and then a single lot.
    let lot = market.price as f64 * market.unit() / 1e6;
    let largest = ((10f64.powf(random.between(2.0, 7.0)) / lot) as i64).clamp(1, 1 << 24);
    let lots = match random.signed(largest) {
        0 => 1,
        lots => lots,
    };
    let kind = random.pick(&[
        Kind::Perpetual,
        Kind::Future,
        Kind::Call,
        Kind::Call,
        Kind::Call,
        Kind::Put,
        Kind::Put,
        Kind::Put,
    ]);
    let step = market.price as f64 * spread / 10.0;
    let strike = (market.price as f64 + step * random.signed(8) as f64).max(1.0) as u64;
    let expiry = if kind == Kind::Perpetual { 0 } else { random.below(market.expiries.len() as u64) as usize };
    let is_option = matches!(kind, Kind::Call | Kind::Put);
    Leg {
        kind,
        expiry,
        strike: if is_option { strike } else { 0 },
        lots,
        ledger: if is_option { 0 } else { random.signed(1 << 32) },
        volatility: 0,
    }
}

//! Books as the vectors hold them: exact integers in the engine's units, known to engine and references alike.

use serde::Deserialize;

/// Bits of one in the scale of ratios.
pub const ONE: u32 = 1 << 30;

/// An account.
#[derive(Clone, Debug, Deserialize)]
pub struct Account {
    pub cash: i64,
    pub factors: Factors,
    pub groups: Vec<Group>,
    pub markets: Vec<Market>,
    pub collateral: Vec<Deposit>,
}

/// Ratios of the whole exchange.
#[derive(Clone, Debug, Deserialize)]
pub struct Factors {
    pub initial: u32,
    pub maintenance: u32,
    pub quote_price: u32,
    pub peg_threshold: u32,
    /// Scale 2^-28.
    pub peg_factor: u32,
}

/// Window and gain allowance of a group of markets.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Group {
    pub window: u8,
    pub gain_allowance: u32,
}

/// A market, its parameters and the account's positions in it.
#[derive(Clone, Debug, Deserialize)]
pub struct Market {
    pub price: u64,
    pub price_decimals: u8,
    pub quantity_decimals: u8,
    pub group: u8,
    pub perpetual_basis: i32,
    pub maintenance_share: u32,
    pub quality: u32,
    pub hedge_value: i64,
    pub core_nodes: u8,
    pub scan_range: u32,
    /// 1 + move of every node, scale 2^-28: core nodes, then tails.
    pub price_factors: Vec<u32>,
    pub tail_weights: Vec<u32>,
    pub mask: [u32; 3],
    pub volatility: Shock,
    pub discount: Discount,
    pub skew: Skew,
    pub basis: Basis,
    pub charges: Charges,
    pub gain_weight: u32,
    pub gain_cap: i64,
    pub option_premium: i64,
    pub vested_option_gain: i64,
    pub expiries: Vec<Expiry>,
    pub legs: Vec<Leg>,
}

/// Volatility rows.
#[derive(Clone, Debug, Deserialize)]
pub struct Shock {
    pub up: u32,
    pub down: u32,
    pub up_floor: u32,
    pub exponent_near: u32,
    pub exponent_far: u32,
    pub up_shift: u32,
    pub down_shift: u32,
    pub floor_seconds: u32,
}

/// Discount factors of long and short option value.
#[derive(Clone, Debug, Deserialize)]
pub struct Discount {
    pub long_base: u32,
    pub long_rate: u32,
    pub long_add: u32,
    pub short_base: u32,
    pub short_rate: u32,
    pub short_add: u32,
}

/// Skew scenarios; `width` has scale 2^-28.
#[derive(Clone, Debug, Deserialize)]
pub struct Skew {
    pub linear: bool,
    pub absolute: bool,
    pub discounted: bool,
    pub base: u32,
    pub scale_cap: u32,
    pub least_log_strike: u32,
    pub width: u32,
    pub volatility_static: u32,
    pub volatility_scale: u32,
}

/// Basis shocks and how their loss counts.
#[derive(Clone, Debug, Deserialize)]
pub struct Basis {
    pub up: u32,
    pub down: u32,
    pub add: u32,
    pub multiple: u32,
}

/// Charge rates.
#[derive(Clone, Debug, Deserialize)]
pub struct Charges {
    pub naked_short_maintenance: u32,
    pub naked_short_initial: u32,
    pub linear_maintenance: u32,
    pub linear_initial: u32,
    pub confidence_threshold: u32,
    pub confidence_rate: u32,
    pub concentration_delta: Concentration,
    pub concentration_vega: Concentration,
}

/// A charge on a large amount: free part in µUSD, slope per 10 million USD.
#[derive(Clone, Debug, Deserialize)]
pub struct Concentration {
    pub free: i64,
    pub slope: u32,
    pub cap: u32,
}

/// An expiry; θ and ψ have scale 2^-40, ρ 2^-29, the fixed share 2^-28.
#[derive(Clone, Debug, Deserialize)]
pub struct Expiry {
    pub seconds: u32,
    pub basis: i32,
    pub rate: i32,
    pub theta: u64,
    pub rho: i64,
    pub psi: u64,
    pub surface_seconds: u32,
    pub average: u64,
    pub fixed_share: u32,
    pub widening: u32,
    pub quality: u32,
}

/// What a position is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Perpetual,
    Future,
    Call,
    Put,
}

/// A position. A `volatility` above zero (scale 2^-28) takes the place of the surface's.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
pub struct Leg {
    pub kind: Kind,
    #[serde(default)]
    pub expiry: usize,
    #[serde(default)]
    pub strike: u64,
    pub lots: i64,
    #[serde(default)]
    pub ledger: i64,
    #[serde(default)]
    pub volatility: u32,
}

impl Leg {
    pub fn is_option(&self) -> bool {
        matches!(self.kind, Kind::Call | Kind::Put)
    }

    /// Whether both are positions in the same contract.
    pub fn is_same_contract(&self, other: &Self) -> bool {
        let key = |leg: &Self| (leg.kind, leg.expiry, leg.strike);
        key(self) == key(other)
    }
}

/// A deposit.
#[derive(Clone, Debug, Deserialize)]
pub struct Deposit {
    pub amount: u64,
    pub hedge: u64,
    pub price: u64,
    pub stable_price: u64,
    pub price_decimals: u8,
    pub token_decimals: u8,
    pub initial_haircut: u32,
    pub maintenance_haircut: u32,
    pub liquidity_haircut: u32,
    pub maintenance_share: u32,
    pub stale: bool,
}

impl Market {
    /// µUSD of one lot × tick.
    pub fn unit(&self) -> f64 {
        10f64.powi(6 - i32::from(self.price_decimals) - i32::from(self.quantity_decimals))
    }

    /// Σ |quantity| × index with the hedge, µUSD: the scale of rounding errors.
    pub fn notional(&self) -> f64 {
        let lots: f64 = self.legs.iter().map(|leg| leg.lots.unsigned_abs() as f64).sum();
        lots * self.price as f64 * self.unit() + self.hedge_value as f64
    }

    /// The same market with other positions.
    pub fn with_legs(&self, legs: Vec<Leg>) -> Self {
        Self { legs, ..self.clone() }
    }

    /// Positions in the order of an account: perpetual, then by expiry its future and its options by strike.
    pub fn sort(&mut self) {
        let order = |leg: &Leg| (leg.kind != Kind::Perpetual, leg.expiry, leg.is_option(), leg.strike, leg.kind);
        self.legs.sort_by_key(order);
    }

    /// The positions of both books, one per contract.
    pub fn merged(&self, other: &[Leg]) -> Self {
        let mut legs = self.legs.clone();
        for leg in other {
            match legs.iter_mut().find(|mine| mine.is_same_contract(leg)) {
                Some(mine) => mine.lots += leg.lots,
                None => legs.push(*leg),
            }
        }
        legs.retain(|leg| leg.lots != 0);
        let mut merged = self.with_legs(legs);
        merged.sort();
        merged
    }
}

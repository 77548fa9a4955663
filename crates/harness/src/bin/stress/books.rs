//! The books that traders hold when the market breaks.

use ballast_risk::Mode;
use ballast_state::Contract;

use crate::{contracts::Chain, random::Random};

/// Kinds of books.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A perpetual, long or short.
    Perpetual,
    /// A dated future, long or short.
    Future,
    /// Coins, declared a hedge, and calls sold on them.
    CoveredCall,
    /// A long perpetual and a call sold on it, on margin.
    LeveragedCoveredCall,
    /// A long perpetual and a put that protects it.
    ProtectedLong,
    /// A call and a put of one strike, both sold.
    ShortStraddle,
    /// A call above and a put below the price, both sold.
    ShortStrangle,
    /// A strangle sold and a wider one bought.
    IronCondor,
    /// An option of the near expiry sold and one of the far expiry bought.
    Calendar,
    /// Long one underlying, short another.
    Pair,
}

impl Kind {
    /// What the kind is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Perpetual => "perpetual, long or short",
            Self::Future => "future, long or short",
            Self::CoveredCall => "covered call on coins",
            Self::LeveragedCoveredCall => "covered call on a perpetual",
            Self::ProtectedLong => "perpetual with a protective put",
            Self::ShortStraddle => "short straddle",
            Self::ShortStrangle => "short strangle",
            Self::IronCondor => "iron condor",
            Self::Calendar => "calendar",
            Self::Pair => "pair of two underlyings",
        }
    }
}

/// How many of a hundred accounts hold which kind.
const KINDS: [(Kind, u64); 10] = [
    (Kind::Perpetual, 28),
    (Kind::Future, 10),
    (Kind::CoveredCall, 5),
    (Kind::LeveragedCoveredCall, 7),
    (Kind::ProtectedLong, 4),
    (Kind::ShortStraddle, 9),
    (Kind::ShortStrangle, 11),
    (Kind::IronCondor, 9),
    (Kind::Calendar, 7),
    (Kind::Pair, 10),
];
/// Which modes the accounts are in.
const MODES: [(Mode, u64); 3] = [(Mode::Portfolio, 60), (Mode::Cross, 25), (Mode::Isolated, 15)];
/// Which collateral the accounts hold beside some cash.
const COLLATERALS: [(&str, u64); 5] = [("USDC", 60), ("PYUSD", 8), ("BTC", 12), ("ETH", 8), ("SOL", 12)];
/// Which underlyings the books are in.
const UNDERLYINGS: [(usize, u64); 3] = [(0, 50), (1, 30), (2, 20)];
/// Of a hundred directional books, how many are long.
const LONG: u64 = 75;
/// Smallest notional of a leg, dollars, and how often it may double.
const NOTIONAL: (i64, u64) = (4_000, 5);
/// Smallest cushion above the initial requirement, per cent of it, and how often it may double.
const CUSHION: (i64, u64) = (4, 6);

/// One leg of a book.
#[derive(Clone, Copy)]
pub struct Leg {
    /// Index of the chain.
    pub chain: usize,
    /// The contract.
    pub contract: Contract,
    /// Lots; positive is bought.
    pub lots: i64,
}

/// What an account is to hold.
#[derive(Clone)]
pub struct Book {
    /// Its kind.
    pub kind: Kind,
    /// The account's margin mode.
    pub mode: Mode,
    /// Its positions.
    pub legs: Vec<Leg>,
    /// Bank of its collateral.
    pub collateral: &'static str,
    /// What it has beyond its initial requirement, per cent of it.
    pub cushion: i64,
    /// Lots of coins of the first leg's underlying that are deposited and declared a hedge.
    pub hedge_lots: i64,
}

impl Book {
    /// Draws a book.
    pub fn draw(random: &mut Random, chains: &[Chain]) -> Self {
        let kind = random.weighted(&KINDS);
        let chain = random.weighted(&UNDERLYINGS);
        let notional = random.spread(NOTIONAL.0, NOTIONAL.1);
        let legs = legs(kind, chain, notional, random, chains);
        let hedge_lots = if kind == Kind::CoveredCall { chains[chain].lots(notional) } else { 0 };
        let mode = random.weighted(&MODES);
        let collateral = random.weighted(&COLLATERALS);
        Self { kind, mode, legs, collateral, cushion: random.spread(CUSHION.0, CUSHION.1), hedge_lots }
    }

    /// The other side of a book, held by someone with collateral of his own.
    pub fn mirrored(&self, random: &mut Random) -> Self {
        let legs = self.legs.iter().map(|leg| Leg { lots: -leg.lots, ..*leg }).collect();
        let cushion = random.spread(CUSHION.0, CUSHION.1);
        Self { legs, mode: random.weighted(&MODES), collateral: random.weighted(&COLLATERALS), cushion, ..*self }
    }
}

fn legs(kind: Kind, chain: usize, notional: i64, random: &mut Random, chains: &[Chain]) -> Vec<Leg> {
    let Chain { near, far, expiries, .. } = &chains[chain];
    let lots = chains[chain].lots(notional);
    let leg = |contract: Contract, lots: i64| Leg { chain, contract, lots };
    let (bought, sold) = (|contract| leg(contract, lots), |contract| leg(contract, -lots));
    match kind {
        Kind::Perpetual => vec![leg(Contract::PERPETUAL, direction(random) * lots)],
        Kind::Future => {
            let expiry = &expiries[random.below(2) as usize];
            vec![leg(expiry.future(), direction(random) * lots)]
        }
        Kind::CoveredCall => vec![sold(near[3].call)],
        Kind::LeveragedCoveredCall => vec![bought(Contract::PERPETUAL), sold(near[3].call)],
        Kind::ProtectedLong => vec![bought(Contract::PERPETUAL), bought(near[1].put)],
        Kind::ShortStraddle => vec![sold(near[2].call), sold(near[2].put)],
        Kind::ShortStrangle => vec![sold(near[3].call), sold(near[1].put)],
        Kind::IronCondor => vec![bought(near[0].put), sold(near[1].put), sold(near[3].call), bought(near[4].call)],
        Kind::Calendar if random.happens(50) => vec![sold(near[2].call), bought(far.call)],
        Kind::Calendar => vec![sold(near[2].put), bought(far.put)],
        Kind::Pair => {
            let other = (chain + 1 + random.below(2) as usize) % chains.len();
            let short = Leg { chain: other, contract: Contract::PERPETUAL, lots: -chains[other].lots(notional) };
            vec![bought(Contract::PERPETUAL), short]
        }
    }
}

fn direction(random: &mut Random) -> i64 {
    if random.happens(LONG) { 1 } else { -1 }
}

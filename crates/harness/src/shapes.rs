//! Accounts of a given shape, to measure what their checks cost.

use ballast_client::instructions;
use ballast_risk::{Mode, parameters::exchange::CHECK_COMPUTE_CAP};
use ballast_state::{Contract, ExchangeParameters, Expiry, GroupParameters, OptionKind, revaluation};

use crate::{
    defaults,
    exchange::Exchange,
    oracle::{Feed, USD},
    tokens::SPL_TOKEN,
    trading::Trader,
};

/// Compute units that the compute budget instruction of every transaction costs.
pub const BUDGET_INSTRUCTION: u64 = 150;

/// What an account holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// Options, spread evenly over the expiries.
    pub options: usize,
    /// Expiries with a position, spread evenly over the markets.
    pub expiries: usize,
    /// Markets with a position: up to eight.
    pub markets: usize,
    /// Whether every market also has a perpetual.
    pub perpetuals: bool,
    /// Whether every expiry also has a future.
    pub futures: bool,
    /// Kinds of collateral beside cash: up to sixteen.
    pub collaterals: usize,
    /// Whether the collateral that can hedge one of the markets is declared to.
    pub hedged: bool,
    /// Which strikes the options have.
    pub strikes: Strikes,
    /// How much of the expiries' life is left.
    pub life: Life,
    /// Dollars of the index that each position is short. Zero: a single lot, alternately long and short.
    pub short_dollars: u64,
}

/// Which strikes the options of a shape have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strikes {
    /// Around the index, two per cent of it apart; no two options of one strike.
    #[default]
    Near,
    /// A call and a put of each strike around the index.
    Pairs,
    /// Fractions and multiples of the index, deep in and far out of the money.
    Far,
    /// Close together at this many per cent of the index.
    At(u64),
}

/// How much of the life of a shape's expiries is left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Life {
    /// Years: even extreme moves are within reach.
    Years,
    /// Weeks.
    #[default]
    Weeks,
    /// Minutes: the settlement averages of all expiries are being formed.
    Minutes,
    /// Nothing, and no settlement price is fixed yet.
    Over,
}

const MARKETS: [(&str, u64, u64); 8] = [
    ("BTC", 100_000, 2_000),
    ("ETH", 4_000, 80),
    ("SOL", 200, 4),
    ("MARKET 4", 1_000, 20),
    ("MARKET 5", 1_000, 20),
    ("MARKET 6", 1_000, 20),
    ("MARKET 7", 1_000, 20),
    ("MARKET 8", 1_000, 20),
];
/// How many of the markets [`Exchange::standard`] lists.
const STANDARD_MARKETS: usize = 3;
const COLLATERALS: [(&str, u64); 4] =
    [("BTC", 100_000_000), ("ETH", 1_000_000_000), ("SOL", 100_000_000_000), ("PYUSD", 1_000_000_000)];
/// Native units of every further collateral.
const FURTHER_AMOUNT: u64 = 1_000_000_000;
/// The largest cap that governance may set: shapes beyond the default can be built and measured too.
const WIDEST_CAP: u32 = CHECK_COMPUTE_CAP.highest as u32;
/// Most legs of a trade.
const LEGS: usize = 8;

/// Most compute units of the check of 16 options in one market in portfolio mode.
pub const CHECK_OF_16_CEILING: u64 = 45_000;
/// Most compute units of the check of 32 options in one market in portfolio mode.
pub const CHECK_OF_32_CEILING: u64 = 75_000;
/// Most compute units of the check of [`Shape::full`] in portfolio mode.
pub const CHECK_CEILING: u64 = 200_000;
/// Most compute units that one more option adds to it.
pub const OPTION_CEILING: u64 = 1_900;

impl Shape {
    /// The account that the ceilings are stated for: 64 options over four markets and eight expiries, six banks.
    pub fn full() -> Self {
        Self { collaterals: 6, ..Self::options(64, 8, 4) }
    }

    /// The largest account that the default cap on a check's compute allows: 64 options in eight markets with sixteen
    /// kinds of collateral, and as many expiries as that leaves room for. Its positions are large enough to be liquidated.
    pub fn largest() -> Self {
        Self { collaterals: 16, hedged: true, short_dollars: 100_000, ..Self::options(64, 9, 8) }
    }

    /// Options in one market and expiry after another.
    pub fn options(options: usize, expiries: usize, markets: usize) -> Self {
        Self { options, expiries, markets, ..Self::default() }
    }

    /// Opens an exchange, its markets in a group with these parameters, and an account of this shape in this mode.
    /// Every strike is priced, and none cancels.
    ///
    /// # Panics
    /// If the program refuses, or the shape asks for more than there is.
    pub fn build(&self, mode: Mode, group: GroupParameters) -> (Exchange, Trader) {
        let widest = ExchangeParameters { check_compute_cap: WIDEST_CAP, ..defaults::exchange() };
        let mut exchange = Exchange::standard_in(widest, group);
        self.list_more_markets(&mut exchange);
        let rich: [(&str, u64); 1] = [("USDC", 1 << 50)];
        let maker = exchange.trader(Mode::Portfolio, &rich);
        let trader = exchange.trader(mode, &rich);
        let deposits = self.deposit_collaterals(&mut exchange, &trader);
        let mut contracts = self.list_contracts(&mut exchange);
        if self.short_dollars > 0 {
            for (market, _, lots) in &mut contracts {
                *lots = -self.lots(&exchange, market);
            }
        }
        for batch in contracts.chunks(LEGS) {
            let leg = |(market, contract, lots): &(&str, Contract, i64)| {
                // What is worth less than a tick trades at one.
                exchange.leg(market, *contract, *lots, exchange.mark(market, *contract).max(1))
            };
            let legs: Vec<_> = batch.iter().map(leg).collect();
            exchange.trade(&trader, &maker, &legs).expect("the trade is accepted");
        }
        self.age(&mut exchange);
        for (bank, amount) in deposits.iter().filter(|(bank, _)| self.hedged && self.is_market(bank)) {
            exchange.declare_hedge(&trader, bank, *amount).expect("the deposit can be a hedge");
        }
        (exchange, trader)
    }

    /// Lots of each position in a market.
    fn lots(&self, exchange: &Exchange, market: &str) -> i64 {
        let underlying = exchange.underlying(market);
        underlying.lots(self.short_dollars as i64) * USD / underlying.price
    }

    fn is_market(&self, name: &str) -> bool {
        MARKETS[..self.markets].iter().any(|(market, _, _)| *market == name)
    }

    fn list_more_markets(&self, exchange: &mut Exchange) {
        for (place, (name, index, _)) in MARKETS.iter().enumerate().take(self.markets).skip(STANDARD_MARKETS) {
            let feed = Feed::pull([100 + place as u8; 32]);
            exchange.list_market(name, feed, (2, 2), defaults::major_market()).expect("the market is listed");
            exchange.set_price(name, *index as i64 * USD);
        }
        exchange.refresh_all();
    }

    /// Deposits every kind of collateral; lists those that the standard exchange lacks. Returns what was deposited.
    fn deposit_collaterals(&self, exchange: &mut Exchange, trader: &Trader) -> Vec<(String, u64)> {
        let known = COLLATERALS.iter().map(|(name, amount)| ((*name).to_owned(), *amount));
        let further = (COLLATERALS.len()..).map(|place| (format!("TOKEN {place}"), FURTHER_AMOUNT));
        let deposits: Vec<_> = known.chain(further.take(self.collaterals)).take(self.collaterals).collect();
        for (place, (name, amount)) in deposits.iter().enumerate() {
            if place >= COLLATERALS.len() {
                let mint = exchange.chain.mint(6, SPL_TOKEN, &[]);
                let feed = Feed::pull([200 + place as u8; 32]);
                exchange.list_bank(name, &mint, feed, defaults::major_bank(), 0).expect("the bank is listed");
                exchange.set_price(name, 10 * USD);
                exchange.refresh_all();
            }
            exchange.fund(trader, name, *amount);
            exchange.deposit(trader, name, *amount).expect("the deposit is accepted");
        }
        deposits
    }

    /// Lists what the account is to hold: market, contract and lots.
    fn list_contracts(&self, exchange: &mut Exchange) -> Vec<(&'static str, Contract, i64)> {
        let mut contracts: Vec<(&str, Contract, i64)> = Vec::new();
        // Within and across trades, neighbours have opposite signs.
        let alternate = |place: usize| sign(place + place / LEGS);
        for (index, (market, centre, step)) in MARKETS.into_iter().enumerate().take(self.markets) {
            let expiries = share(self.expiries, self.markets, index);
            let options = share(self.options, self.markets, index);
            if self.perpetuals {
                contracts.push((market, Contract::PERPETUAL, alternate(contracts.len())));
            }
            for place in 0..expiries {
                let options = self.strikes.options(share(options, expiries, place), centre, step);
                let mut strikes: Vec<u64> = options.iter().map(|(strike, _)| *strike).collect();
                strikes.dedup();
                let expiry = exchange.list_chain_at(market, self.life.expires_at(exchange, place as i64), &strikes);
                if self.futures {
                    contracts.push((market, expiry.future(), alternate(contracts.len())));
                }
                for (place, (strike, kind)) in options.into_iter().enumerate() {
                    // A call against a put of the same strike would be a forward, which needs no pricing.
                    let is_pair = self.strikes == Strikes::Pairs;
                    let lots = if is_pair { sign(place / 2) } else { alternate(contracts.len()) };
                    contracts.push((market, exchange.option(&expiry, strike, kind), lots));
                }
            }
        }
        contracts
    }

    /// Lets time pass until the expiries have the life that the shape says.
    fn age(&self, exchange: &mut Exchange) {
        let first = self.life.expires_at(exchange, 0);
        let stops = match self.life {
            Life::Years | Life::Weeks => return,
            // The second stop has an average to add to.
            Life::Minutes => [Expiry::AVERAGING_SECONDS - 60, Expiry::AVERAGING_SECONDS / 2],
            Life::Over => [Expiry::AVERAGING_SECONDS - 60, -Expiry::AVERAGING_SECONDS],
        };
        for before in stops {
            exchange.pass_time((first - before - exchange.chain.now()) as u64);
            exchange.post_surfaces_again();
        }
    }
}

impl Strikes {
    /// As many options as `count`, by strike, in whole dollars.
    fn options(self, count: usize, centre: u64, step: u64) -> Vec<(u64, OptionKind)> {
        let kinds = [OptionKind::Call, OptionKind::Put];
        let strike = |place: u64| match self {
            Self::Near => centre + place * step - count as u64 / 2 * step,
            Self::Pairs => centre + place / 2 * step - count as u64 / 4 * step,
            Self::Far if place < count as u64 / 2 => centre * (place + 1) / count as u64,
            Self::Far => centre * (2 + place - count as u64 / 2),
            Self::At(percent) => centre * percent / 100 + place,
        };
        (0..count).map(|place| (strike(place as u64), kinds[place % 2])).collect()
    }
}

impl Life {
    /// When the expiry at a place among those of a market expires. Those that end soon do so a minute apart, all
    /// within one averaging window.
    fn expires_at(self, exchange: &Exchange, place: i64) -> i64 {
        let (days, seconds) = match self {
            Self::Years => (365 + 45 * place, 0),
            Self::Weeks => (7 * (place + 1), 0),
            Self::Minutes | Self::Over => (1, 60 * place),
        };
        (exchange.chain.now() / DAY + days) * DAY + 8 * 3_600 + seconds
    }
}

/// Seconds of a day.
const DAY: i64 = 86_400;

/// One lot, long at even places and short at odd ones.
fn sign(place: usize) -> i64 {
    if place.is_multiple_of(2) { 1 } else { -1 }
}

/// How many of `total` things, spread evenly over `parts`, fall to the part at `index`.
fn share(total: usize, parts: usize, index: usize) -> usize {
    total / parts + usize::from(index < total % parts)
}

impl Exchange {
    /// Compute units of one full check of an account in its own mode, account loading included: what `set_mode` costs
    /// that sets the mode which the account has.
    ///
    /// # Panics
    /// If the program refuses.
    pub fn check_cost(&mut self, trader: &Trader) -> u64 {
        let instruction = instructions::set_mode(&trader.key, self.account(trader).mode(), self.check_of(trader));
        let outcome = self.chain.simulate(&[instruction], &[&trader.wallet]).expect("the account passes its check");
        outcome.compute_units - BUDGET_INSTRUCTION
    }

    /// Compute units that the published formula allows the same check.
    pub fn check_bound(&self, trader: &Trader) -> u64 {
        let account = self.account(trader);
        u64::from(revaluation::shape(&account).compute_units(account.mode().netting()))
    }
}

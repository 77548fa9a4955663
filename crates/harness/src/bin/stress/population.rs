//! Opens the accounts: traders with their books, the market makers who take the other side, and liquidators.

use ballast::TradeLeg;
use ballast_risk::{MicroUsd, Mode};
use ballast_state::{
    MarginAccount, Market,
    contract::ListedContract,
    revaluation::{collateral_input, value_scale},
};

use crate::{
    books::{Book, Kind, Leg},
    progress::Progress,
    random::Random,
    world::World,
};

/// One dollar, µUSD.
pub const DOLLAR: i64 = 1_000_000;
/// Market makers.
const MAKERS: usize = 4;
/// What each of them deposits, dollars.
const MAKER_CAPITAL: i64 = 20_000_000;
/// Least cash that a trader keeps, per cent of what his book needs.
const CASH_SHARE: i64 = 10;
/// What a deposit exceeds the computed need by, dollars: deposits that are rounded, premiums that are.
const ROUNDING: i64 = 2;
/// Least that a trader holds beside premiums, dollars.
const SMALLEST: i64 = 100;
/// What stakers have in the insurance fund, and what lenders have in the lending pool: hundredths of a per cent of the
/// traders' notional, each.
const FUND_SHARE: i128 = 100;
/// Of a hundred perpetual positions, how many are opened against another trader instead of a market maker.
const PAIRED: u64 = 20;

/// Everyone on the exchange before anything happens.
#[derive(Clone)]
pub struct Population {
    /// The exchange.
    pub world: World,
    /// Traders come first among the holders: how many there are.
    pub traders: usize,
    /// Kinds of their books.
    pub kinds: Vec<Kind>,
    /// Indexes of the market makers.
    pub makers: Vec<usize>,
}

impl Population {
    /// Opens `traders` accounts whose books follow from a seed.
    pub fn open(traders: usize, seed: u64, progress: &Progress) -> Self {
        let mut world = World::new();
        let mut random = Random::new(seed);
        let mut kinds = Vec::with_capacity(traders);
        let mut books: Vec<Book> = Vec::with_capacity(traders);
        // Who takes the other side of a book: nobody again if the book is itself another one's other side.
        let mut other_sides: Vec<Option<usize>> = Vec::with_capacity(traders);
        for index in 0..traders {
            progress.show(&format!("opening account {} of {traders}", index + 1));
            let mirrors = index > 0 && other_sides[index - 1] == Some(index);
            let book =
                if mirrors { books[index - 1].mirrored(&mut random) } else { Book::draw(&mut random, &world.chains) };
            let account = open_trader(&mut world, &book);
            assert_eq!(account, index, "traders come first");
            let pairs = book.kind == Kind::Perpetual && index + 1 < traders && random.happens(PAIRED);
            let other = if pairs { index + 1 } else { traders + index % MAKERS };
            other_sides.push((!mirrors).then_some(other));
            kinds.push(book.kind);
            books.push(book);
        }
        let cash = (MAKER_CAPITAL * DOLLAR).unsigned_abs();
        let makers: Vec<usize> = (0..MAKERS).map(|_| world.open(Mode::Portfolio, &[("USDC", cash)])).collect();
        for (index, (book, other)) in books.iter().zip(&other_sides).enumerate() {
            progress.show(&format!("trading for account {} of {traders}", index + 1));
            if let Some(other) = *other {
                enter(&mut world, index, other, book);
            }
        }
        fill_funds(&mut world, traders);
        Self { world, traders, kinds, makers }
    }
}

/// Lets a staker fill the insurance fund and a lender the lending pool.
fn fill_funds(world: &mut World, traders: usize) {
    let notional: i128 = world.holders[..traders].iter().map(|holder| world.notional(&holder.account)).sum();
    let amount = (notional * FUND_SHARE / 10_000) as u64;
    let [staker, lender] = [0; 2].map(|_| world.open(Mode::Portfolio, &[("USDC", amount)]));
    let trader = |world: &World, index: usize| world.holders[index].trader.clone();
    let (staking, lending) = (trader(world, staker), trader(world, lender));
    world.exchange.open_stake(&staking).expect("the stake is opened");
    world.exchange.stake(&staking, amount).expect("the stake is accepted");
    world.exchange.lend(&lending, amount).expect("the loan is accepted");
    world.reload(staker);
    world.reload(lender);
    world.reload_prices();
}

/// Opens an account with what its book needs and the cushion on top.
fn open_trader(world: &mut World, book: &Book) -> usize {
    let (premium, requirement) = need(world, book);
    let wanted = (requirement + requirement * book.cushion / 100).max(SMALLEST * DOLLAR);
    let cash_share = if book.collateral == "USDC" { 100 } else { CASH_SHARE };
    let cash = premium.max(0) + wanted * cash_share / 100 + ROUNDING * DOLLAR;
    let mut deposits = vec![("USDC", cash.unsigned_abs())];
    if cash_share < 100 {
        let value = wanted - wanted * cash_share / 100 + ROUNDING * DOLLAR;
        deposits.push((book.collateral, native_units(world, book.collateral, value)));
    }
    if book.hedge_lots > 0 {
        let chain = &world.chains[book.legs[0].chain];
        let coins = chain.coins(book.hedge_lots, world.exchange.collateral(chain.name).mint.decimals);
        match deposits.iter_mut().find(|(bank, _)| *bank == chain.name) {
            Some((_, amount)) => *amount += coins,
            None => deposits.push((chain.name, coins)),
        }
    }
    world.open(book.mode, &deposits)
}

/// What a book costs in premium, and its initial requirement, µUSD.
fn need(world: &mut World, book: &Book) -> (i64, i64) {
    let mut account: Box<MarginAccount> = bytemuck::zeroed_box();
    account.mode = book.mode as u8;
    for leg in &book.legs {
        let (mut market, contract, price) = quote(world, leg);
        let value =
            value_scale(&market).and_then(|scale| scale.value_floor(leg.lots, price)).expect("a leg has a value");
        account.adjust(&mut market, &contract, leg.lots, -value.0).expect("a book fits into an account");
        if contract.kind.is_option() {
            account.cash -= value.0;
        }
    }
    let margin = world.margin_of(&account);
    (-account.cash, -margin.initial_excess.0.min(0))
}

/// Market, contract and mark of a leg.
fn quote(world: &World, leg: &Leg) -> (Market, ListedContract, u64) {
    let market = world.exchange.market(world.chains[leg.chain].market);
    let contract = leg.contract.find(&market).expect("the contract is listed");
    let mark = contract.mark(&market, world.exchange.chain.now()).expect("the contract has a mark");
    (market, contract, mark.price)
}

/// Native units of a collateral that count this much in initial margin.
fn native_units(world: &World, bank: &str, value: i64) -> u64 {
    let bank = world.exchange.bank(bank);
    let whole = 10_u64.pow(u32::from(bank.token_decimals));
    let input = collateral_input(&bank, whole, 0, false, world.exchange.chain.now()).expect("the bank has a price");
    let one = input.value().expect("one token has a value");
    let counted = (one.value - one.initial_haircut).max(MicroUsd(1)).0;
    let units = i128::from(value) * i128::from(whole) / i128::from(counted) + 1;
    u64::try_from(units).expect("a deposit is not negative")
}

/// Buys and sells the legs of a book at their marks, and declares its hedge.
fn enter(world: &mut World, index: usize, other: usize, book: &Book) {
    let leg = |leg: &Leg| world.exchange.leg_at_mark(world.chains[leg.chain].name, leg.contract, leg.lots);
    let legs: Vec<TradeLeg> = book.legs.iter().map(leg).collect();
    world.trade(index, other, legs).unwrap_or_else(|refusal| panic!("a book of kind {:?}: {refusal}", book.kind));
    if book.hedge_lots > 0 {
        let chain = &world.chains[book.legs[0].chain];
        let (bank, coins) = (chain.name, chain.coins(book.hedge_lots, world.exchange.bank(chain.name).token_decimals));
        let trader = world.holders[index].trader.clone();
        world.exchange.declare_hedge(&trader, bank, coins).expect("the hedge is declared");
        world.reload(index);
    }
}

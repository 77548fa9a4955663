//! Owners' instructions.

use ballast::TradeLeg;
use ballast_client::{MarginAccountKey, instructions};
use ballast_harness::{Exchange, ExpiryKey, Trader, defaults, shapes::Shape};
use ballast_risk::Mode;
use ballast_state::{Contract, OptionKind};
use solana_signer::Signer;

use super::{BITCOIN, DOLLAR, row};
use crate::measurements::InstructionCost;

pub fn measure() -> Vec<InstructionCost> {
    let mut costs = opening_and_closing();
    costs.extend(transfers());
    costs.extend(changes());
    costs.extend(trades());
    costs.extend(lending());
    costs
}

fn opening_and_closing() -> Vec<InstructionCost> {
    let mut exchange = Exchange::standard();
    let wallet = exchange.chain.wallet();
    let key = MarginAccountKey { exchange: exchange.address, owner: wallet.pubkey(), sub_account: 0 };
    let opening = instructions::open_account(&key, exchange.chain.payer().pubkey(), Mode::Portfolio);
    let opened = exchange.chain.send(&[opening], &[&wallet]).expect("the account is opened");
    let closed = exchange.close_account(&Trader { wallet, key }).expect("an empty account closes");
    vec![row("open_account", "", &opened), row("close_account", "", &closed)]
}

fn transfers() -> Vec<InstructionCost> {
    let mut exchange = Exchange::standard();
    let trader = exchange.trader(Mode::Portfolio, &[]);
    let mut costs = Vec::new();
    let tokens = [("USDC", "cash, SPL Token"), ("BTC", "collateral, SPL Token"), ("PYUSD", "collateral, Token-2022")];
    for (bank, call) in tokens {
        exchange.fund(&trader, bank, DOLLAR);
        let deposited = exchange.deposit(&trader, bank, DOLLAR).expect("the deposit is accepted");
        costs.push(row("deposit", call, &deposited));
    }
    let withdrawals = [
        ("USDC", "cash, no positions"),
        ("BTC", "collateral, SPL Token, no positions"),
        ("PYUSD", "collateral, Token-2022, no positions"),
    ];
    for (bank, call) in withdrawals {
        let withdrawn = exchange.withdraw(&trader, bank, DOLLAR).expect("without positions all may leave");
        costs.push(row("withdraw", call, &withdrawn));
    }
    let (mut exchange, trader) = Shape::options(16, 1, 1).build(Mode::Portfolio, defaults::group());
    let withdrawn = exchange.withdraw(&trader, "USDC", DOLLAR).expect("the excess may leave");
    costs.push(row("withdraw", "cash, 16 options in one market", &withdrawn));
    costs
}

fn changes() -> Vec<InstructionCost> {
    let (mut exchange, first, second) = with_traders();
    exchange.fund(&first, "BTC", 100_000_000);
    exchange.deposit(&first, "BTC", 100_000_000).expect("the deposit is accepted");
    exchange.buy(&second, &first, "BTC", Contract::PERPETUAL, BITCOIN);
    let hedged = exchange.declare_hedge(&first, "BTC", 100_000_000).expect("bitcoins hedge the perpetual");
    let changed = exchange.set_mode(&first, Mode::Cross).expect("the account can carry it");
    vec![
        row("declare_hedge", "1 perpetual, 1 collateral", &hedged),
        row("set_mode", "1 perpetual, 1 collateral", &changed),
    ]
}

fn trades() -> Vec<InstructionCost> {
    let (exchange, first, second) = with_traders();
    let (mut exchange, expiry) = with_chain(exchange);
    let option = |exchange: &Exchange, strike, kind, lots| {
        exchange.leg_at_mark("BTC", exchange.option(&expiry, strike, kind), lots)
    };
    let (call, put) = (OptionKind::Call, OptionKind::Put);
    let perpetual = exchange.leg_at_mark("BTC", Contract::PERPETUAL, BITCOIN);
    let one = option(&exchange, 100_000, call, BITCOIN);
    let condor = [(80_000, put, BITCOIN), (90_000, put, -BITCOIN), (110_000, call, -BITCOIN), (120_000, call, BITCOIN)]
        .map(|(strike, kind, lots)| option(&exchange, strike, kind, lots));
    let eight: Vec<TradeLeg> = (0..8)
        .map(|place| option(&exchange, 80_000 + 5_000 * place, call, if place % 2 == 0 { BITCOIN } else { -BITCOIN }))
        .collect();
    let trades: [(&'static str, &[TradeLeg]); 4] = [
        ("1 leg: a perpetual", &[perpetual]),
        ("1 leg: an option", &[one]),
        ("4 legs: an iron condor", &condor),
        ("8 legs: options of one expiry", &eight),
    ];
    trades
        .map(|(call, legs)| {
            let check = exchange.trade_check(&first, &second, legs);
            let instruction = instructions::trade(&first.key, &second.key, legs.to_vec(), check);
            let signers = [&first.wallet, &second.wallet];
            row("trade", call, &exchange.chain.simulate(&[instruction], &signers).expect("the trade is accepted"))
        })
        .into()
}

/// A lender's cash, lent on to somebody with a bitcoin, and everything back.
fn lending() -> [InstructionCost; 4] {
    let (mut exchange, lender, _) = with_traders();
    let borrower = exchange.trader(Mode::Portfolio, &[("BTC", 100_000_000)]);
    let lent = exchange.lend(&lender, 1_000 * DOLLAR).expect("there is cash");
    let borrowed = exchange.borrow(&borrower, 500 * DOLLAR).expect("the bitcoin secures it");
    exchange.pass_time(60);
    let repaid = exchange.repay(&borrower, 100 * DOLLAR).expect("there is cash");
    let taken_back = exchange.unlend(&lender, 100 * DOLLAR).expect("so much is there");
    [
        row("lend", "no positions", &lent),
        row("unlend", "", &taken_back),
        row("borrow", "1 collateral, no positions", &borrowed),
        row("repay", "", &repaid),
    ]
}

/// Two traders with a million USDC each and no positions.
fn with_traders() -> (Exchange, Trader, Trader) {
    let mut exchange = Exchange::standard();
    let deposits = [("USDC", 1_000_000 * DOLLAR)];
    let first = exchange.trader(Mode::Portfolio, &deposits);
    let second = exchange.trader(Mode::Portfolio, &deposits);
    (exchange, first, second)
}

fn with_chain(mut exchange: Exchange) -> (Exchange, ExpiryKey) {
    let strikes: Vec<u64> = (0..9).map(|place| 80_000 + 5_000 * place).collect();
    let expiry = exchange.list_chain("BTC", 30, &strikes);
    (exchange, expiry)
}

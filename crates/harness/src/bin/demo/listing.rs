//! Section 1: what the exchange lists.

use ballast_harness::{Exchange, image};
use serde::Serialize;

use crate::{
    contracts,
    figures::{self, Money},
    screen::{Cell, Screen, Table},
    stage::Stage,
};

/// Names of the collateral tokens, cash first.
const TOKENS: [&str; 5] = ["USDC", "PYUSD", "BTC", "ETH", "SOL"];
/// Names of the markets.
const MARKETS: [&str; 3] = ["BTC", "ETH", "SOL"];

/// What is listed.
#[derive(Serialize)]
pub struct Listing {
    program: String,
    image_bytes: usize,
    exchange: String,
    markets: Vec<ListedMarket>,
    collateral: Vec<ListedToken>,
}

#[derive(Serialize)]
struct ListedMarket {
    name: String,
    price: Money,
    scan_range_basis_points: i64,
    expiries: usize,
    option_series: usize,
}

#[derive(Serialize)]
struct ListedToken {
    name: String,
    price: Money,
    initial_haircut_basis_points: i64,
    is_cash: bool,
}

/// Shows what is listed.
pub fn show(screen: &Screen, stage: &Stage) -> Listing {
    let exchange = &stage.exchange;
    let listing = Listing {
        program: ballast::ID.to_string(),
        image_bytes: image::read().len(),
        exchange: exchange.address.to_string(),
        markets: MARKETS.iter().map(|name| listed_market(exchange, name)).collect(),
        collateral: TOKENS.iter().map(|name| listed_token(exchange, name)).collect(),
    };
    screen.heading(1, "The exchange");
    screen.say(&format!(
        "Ballast's program image ({} bytes) runs in a Solana virtual machine in this process, under the program id {}. \
         Prices come from Pyth accounts, balances are real token accounts.",
        figures::whole(listing.image_bytes as i128),
        listing.program
    ));
    screen.blank();
    let mut table = Table::default();
    table.titles(&["market", "index USD", "scan range", "expiries", "option series"]);
    for market in &listing.markets {
        table.row([
            Cell::new(&market.name),
            Cell::new(market.price.to_string()),
            Cell::new(format!("±{} %", figures::round_percent(market.scan_range_basis_points))),
            Cell::new(market.expiries.to_string()),
            Cell::new(market.option_series.to_string()),
        ]);
    }
    table.print(screen);
    screen.blank();
    let mut table = Table::default();
    table.titles(&["collateral", "price USD", "haircut"]);
    for token in &listing.collateral {
        let haircut = if token.is_cash {
            "cash, none".to_owned()
        } else {
            format!("{} %", figures::round_percent(token.initial_haircut_basis_points))
        };
        table.row([Cell::new(&token.name), Cell::new(token.price.to_string()), Cell::new(haircut)]);
    }
    table.print(screen);
    listing
}

fn listed_market(exchange: &Exchange, name: &str) -> ListedMarket {
    let market = exchange.market(exchange.underlying(name).number);
    ListedMarket {
        name: contracts::market_name(&market),
        price: contracts::price(&market, market.price),
        scan_range_basis_points: figures::basis_points(i64::from(market.scan_range), 30),
        expiries: market.expiries.iter().filter(|expiry| expiry.number != 0).count(),
        option_series: market.series.iter().filter(|series| series.number != 0).count(),
    }
}

fn listed_token(exchange: &Exchange, name: &str) -> ListedToken {
    let bank = exchange.bank(name);
    let haircut = i64::from(bank.parameters.haircut_base);
    ListedToken {
        name: name.to_owned(),
        price: figures::price(bank.price, bank.price_decimals),
        initial_haircut_basis_points: figures::basis_points(haircut, 30),
        is_cash: bank.mint == exchange.quote_token().mint,
    }
}

//! What the programs in TypeScript take over from the code in Rust, as files that are checked in: the standard exchange
//! that the local network lists, and what a check costs. The tests fail if a file is out of date, and write it anew if
//! [`WRITE`] is set: `cargo xtask client` does both.

use std::{env, fs, path::PathBuf};

use anchor_lang::AnchorSerialize;
use ballast_client::oracle::PUSH_FEEDS;
use ballast_harness::{
    defaults,
    exchange::BANK_PRICE_DECIMALS,
    oracle::{self, EXPONENT, Quote, RECEIVER, USD, feed_id},
    standard::{BANKS, BTC_FEED, MARKETS, PRICES},
    surfaces::{Smile, Surface},
};
use ballast_risk::cost;
use ballast_state::{BankParameters, MarketParameters};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

/// Environment variable that has the files written.
const WRITE: &str = "BALLAST_WRITE_APP_DATA";

#[test]
fn the_local_network_lists_the_standard_exchange() {
    let markets: Vec<Value> = MARKETS
        .iter()
        .map(|market| {
            json!({
                "name": market.name,
                "feed": market.feed,
                "priceDecimals": market.decimals.0,
                "quantityDecimals": market.decimals.1,
                "volatility": market.volatility,
                "parameters": encoded(&MarketParameters::defaults(market.class)),
            })
        })
        .collect();
    let banks: Vec<Value> = BANKS
        .iter()
        .map(|bank| {
            json!({
                "name": bank.name,
                "feed": bank.feed,
                "tokenDecimals": bank.decimals,
                "tokenProgram": bank.program.to_string(),
                "priceDecimals": BANK_PRICE_DECIMALS,
                "parameters": encoded(&BankParameters::defaults(bank.class)),
            })
        })
        .collect();
    let prices: Value = PRICES.iter().map(|(name, price)| ((*name).to_owned(), json!(price / USD))).collect();
    let Smile { skew, curvature, carry, rate, .. } = Smile::new(MARKETS[0].volatility);
    let listing = json!({
        "about": "Made by crates/harness/tests/app_data.rs; parameters are their bytes in base64.",
        "exchange": encoded(&defaults::exchange()),
        "governing": encoded(&defaults::governance()),
        "group": encoded(&defaults::group()),
        "correlation": defaults::correlation(),
        "pyth": { "receiver": RECEIVER.to_string(), "pushFeeds": PUSH_FEEDS.to_string(), "exponent": EXPONENT },
        "smile": { "skew": skew, "curvature": curvature, "carry": carry, "rate": rate },
        "markets": markets,
        "banks": banks,
        "prices": prices,
        "examples": { "surface": surface_example(), "priceAccount": price_example() },
    });
    let text = serde_json::to_string_pretty(&listing).expect("it is JSON") + "\n";
    // The order of the fields depends on how serde_json was built.
    let is_it = |found: &str| serde_json::from_str::<Value>(found).is_ok_and(|found| found == listing);
    compare("app/localnet/standard.json", &text, is_it);
}

/// A surface, for the conversion on the other side to be held against.
fn surface_example() -> Value {
    let seconds = 1_234_567;
    let Surface { theta, rho, psi, basis, rate } = Smile::new(MARKETS[0].volatility).surface(seconds);
    json!({ "market": MARKETS[0].name, "seconds": seconds, "theta": theta, "rho": rho, "psi": psi, "basis": basis, "rate": rate })
}

/// A price account, for the same.
fn price_example() -> Value {
    let quote = Quote::new(98_765 * USD + 4_321, 1_767_600_123);
    let data = oracle::pull_data(feed_id(BTC_FEED), &quote, 77);
    json!({
        "feed": BTC_FEED,
        "price": quote.price,
        "confidence": quote.confidence,
        "publishTime": quote.publish_time,
        "slot": 77,
        "data": STANDARD.encode(data),
    })
}

#[test]
fn the_client_knows_what_a_check_costs() {
    let text = format!(
        "// Made by crates/harness/tests/app_data.rs from crates/risk/src/cost.rs.

/** Compute units of a check: of one without positions, and of each of what it holds. */
export const CHECK_COST = {{
    base: {},
    option: {},
    optionAlone: {},
    linear: {},
    expiry: {},
    market: {},
    collateral: {},
}} as const;
",
        cost::BASE,
        cost::PER_OPTION,
        cost::PER_OPTION_ALONE,
        cost::PER_LINEAR,
        cost::PER_EXPIRY,
        cost::PER_MARKET,
        cost::PER_COLLATERAL,
    );
    compare("app/client/src/check-cost.ts", &text, |found| found == text);
}

fn encoded(parameters: &impl AnchorSerialize) -> String {
    let mut bytes = Vec::new();
    parameters.serialize(&mut bytes).expect("parameters serialise");
    STANDARD.encode(bytes)
}

fn compare(file: &str, expected: &str, is_it: impl Fn(&str) -> bool) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(file);
    if env::var_os(WRITE).is_some() {
        fs::write(&path, expected).expect("the file can be written");
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(is_it(&found), "{file} is out of date: run `cargo xtask client`");
}

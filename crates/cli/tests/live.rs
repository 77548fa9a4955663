//! `ballast margin --account` against a node that is a mock: a listener in this process that answers the three
//! questions with the bytes of accounts in the program's own layout. What it prints has to be what the program would
//! compute.

#![allow(missing_docs)]

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::{Command, Output},
    str::FromStr,
    thread,
};

use anchor_lang::{Discriminator, prelude::Pubkey};
use ballast_risk::{
    MarginReport, MicroUsd, Ratio, SignedRatio, num,
    parameters::{
        Defaults, Parameter, bank as bank_table, exchange as exchange_table, group as group_table, market as table,
    },
    revaluation::Workspace,
    surface::EssviSlice,
};
use ballast_state::{
    Bank, Exchange, ExpiryStatus, MarginAccount, Market, OptionKind, Position, PositionKind, Scenarios,
    guide::{self, GuideLeg},
    revaluation::{self, Moment, Purpose, Sources},
    seeds,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytemuck::Zeroable;
use serde_json::{Value, json};

const NOW: i64 = 1_800_000_000;
const SLOT: u64 = 400_000_000;
const DAY: i64 = 86_400;

/// Accounts by address, each with its owner.
type Chain = BTreeMap<Pubkey, Vec<u8>>;

fn bits(parameter: &Parameter) -> u32 {
    parameter.default_at(0) as u32
}

fn list<const LENGTH: usize>(parameter: &Parameter) -> [u32; LENGTH] {
    let Defaults::List(values) = parameter.default else { panic!("a list") };
    std::array::from_fn(|index| values[index] as u32)
}

fn bytes<T: Discriminator + bytemuck::Pod>(account: &T) -> Vec<u8> {
    [T::DISCRIMINATOR, bytemuck::bytes_of(account)].concat()
}

fn exchange() -> Box<Exchange> {
    let mut exchange: Box<Exchange> = Box::new(Zeroable::zeroed());
    exchange.quote_bank_number = 1;
    let parameters = &mut exchange.parameters;
    parameters.initial_factor = bits(&exchange_table::INITIAL_FACTOR);
    parameters.maintenance_factor = bits(&exchange_table::MAINTENANCE_FACTOR);
    parameters.peg_threshold = bits(&exchange_table::PEG_THRESHOLD);
    parameters.peg_factor = bits(&exchange_table::PEG_FACTOR);
    parameters.surface_age = bits(&exchange_table::SURFACE_AGE);
    parameters.surface_widening_rate = bits(&exchange_table::SURFACE_WIDENING_RATE);
    parameters.surface_widening_cap = bits(&exchange_table::SURFACE_WIDENING_CAP);
    parameters.liquidation_buffer = bits(&exchange_table::LIQUIDATION_BUFFER);
    parameters.liquidation_fee = bits(&exchange_table::LIQUIDATION_FEE);
    parameters.value_at_risk_deviations = bits(&table::SCAN_DEVIATIONS);
    parameters.value_at_risk_horizon_seconds = bits(&table::SCAN_HORIZON_SECONDS);
    for group in &mut exchange.groups {
        let parameters = &mut group.parameters;
        parameters.core_nodes = 9;
        parameters.tail_nodes = 8;
        parameters.tail_price_factors = list(&group_table::TAIL_PRICE_FACTORS);
        parameters.tail_weights = list(&group_table::TAIL_WEIGHTS);
        parameters.cells = list(&group_table::CELLS);
        parameters.window = 2;
        parameters.gain_allowance = bits(&group_table::GAIN_ALLOWANCE);
        group.correlations[0] = Ratio::from_millionths(850_000).to_bits() as i32;
    }
    exchange
}

/// A market whose first expiry has a future and a strike of calls and puts.
fn market(exchange: &Exchange, address: Pubkey, number: u16, price: u64) -> Box<Market> {
    let mut market: Box<Market> = Box::new(Zeroable::zeroed());
    market.exchange = address;
    market.number = number;
    market.group_place = number as u8 - 1;
    market.name[..2].copy_from_slice(b"M0");
    market.name[1] += number as u8;
    market.price = price;
    (market.price_decimals, market.quantity_decimals) = (2, 3);
    market.perpetual_basis = 1 << 18;
    market.funding_index = 7 << 40;
    market.quality = Ratio::from_millionths(400_000).to_bits();
    (market.scan_range, market.maintenance_range) =
        (Ratio::from_millionths(200_000).to_bits(), bits(&table::SCAN_RANGE_FLOOR));
    (market.prices.variance_fast, market.prices.variance_slow) = (3 << 30, 1 << 31);
    let parameters = &mut market.parameters;
    parameters.volatility_up = bits(&table::VOLATILITY_UP);
    parameters.volatility_down = bits(&table::VOLATILITY_DOWN);
    parameters.volatility_up_floor = bits(&table::VOLATILITY_UP_FLOOR);
    parameters.term_exponent_near = bits(&table::TERM_EXPONENT_NEAR);
    parameters.term_exponent_far = bits(&table::TERM_EXPONENT_FAR);
    parameters.term_floor_seconds = bits(&table::TERM_FLOOR_SECONDS);
    parameters.skew_scenarios = 3;
    parameters.skew_base = bits(&table::SKEW_BASE);
    parameters.skew_scale = bits(&table::SKEW_SCALE);
    parameters.skew_width_floor = bits(&table::SKEW_WIDTH_FLOOR);
    parameters.skew_width = bits(&table::SKEW_WIDTH);
    parameters.skew_volatility = bits(&table::SKEW_VOLATILITY);
    parameters.basis_down = bits(&table::BASIS_DOWN);
    parameters.basis_up = bits(&table::BASIS_UP);
    parameters.basis_add = bits(&table::BASIS_ADD);
    parameters.basis_per_year = bits(&table::BASIS_PER_YEAR);
    parameters.discount_base_long = bits(&table::DISCOUNT_BASE_LONG);
    parameters.discount_base_short = bits(&table::DISCOUNT_BASE_SHORT);
    parameters.discount_rate_long = bits(&table::DISCOUNT_RATE_LONG);
    parameters.discount_rate_short = bits(&table::DISCOUNT_RATE_SHORT);
    parameters.naked_short_maintenance = bits(&table::NAKED_SHORT_MAINTENANCE);
    parameters.naked_short_initial = bits(&table::NAKED_SHORT_INITIAL);
    parameters.linear_maintenance = bits(&table::LINEAR_MAINTENANCE);
    parameters.linear_initial = bits(&table::LINEAR_INITIAL);
    parameters.confidence_threshold = bits(&table::CONFIDENCE_THRESHOLD);
    parameters.confidence_rate = bits(&table::CONFIDENCE_RATE);
    parameters.volatility_of_volatility = bits(&table::VOLATILITY_OF_VOLATILITY);
    parameters.unsettled_gain_weight = bits(&table::UNSETTLED_GAIN_WEIGHT);
    parameters.unsettled_gain_cap = table::UNSETTLED_GAIN_CAP.default_at(0);
    parameters.band_price = bits(&table::BAND_PRICE);
    parameters.band_volatility = bits(&table::BAND_VOLATILITY);
    parameters.delta_free = table::DELTA_FREE.default_at(0);
    parameters.vega_free = table::VEGA_FREE.default_at(0);
    let range = Ratio::from_bits(market.scan_range);
    market.scenarios = Scenarios::of_group(&exchange.groups[0].parameters, range, &market.parameters).unwrap();

    let smile = EssviSlice { theta_q40: 1 << 34, rho_q29: -(1 << 27), psi_q40: 3 << 36 };
    let raw = smile.to_raw().unwrap();
    let expiry = &mut market.expiries[3];
    expiry.number = 7;
    expiry.status = ExpiryStatus::Listed as u8;
    expiry.expires_at = NOW + 20 * DAY;
    // Half an hour older than fresh, so that shocks are wider.
    expiry.posted_at = NOW - 2_100;
    (expiry.svi_a, expiry.svi_b, expiry.svi_rho, expiry.svi_m, expiry.svi_sigma) =
        (raw.a, raw.b, raw.rho, raw.m, raw.sigma);
    expiry.svi_variance_shift = raw.variance_shift;
    expiry.surface_sqrt_time = num::sqrt_years_q28(20 * 86_400 + 2_100);
    expiry.basis = SignedRatio::from_millionths(2_000).to_bits();
    expiry.rate = SignedRatio::from_millionths(40_000).to_bits();
    for (slot, kind) in [OptionKind::Call, OptionKind::Put].into_iter().enumerate() {
        let series = &mut market.series[slot];
        series.number = slot as u32 + 1;
        series.expiry_slot = 3;
        series.kind = kind as u8;
        series.strike = price / 10 * 11;
        series.log_strike = num::ln_q40(series.strike);
    }
    market
}

fn bank(exchange: Pubkey, number: u16, price: u64) -> Box<Bank> {
    let mut bank: Box<Bank> = Box::new(Zeroable::zeroed());
    bank.exchange = exchange;
    bank.number = number;
    (bank.price, bank.price_decimals, bank.token_decimals) = (price, 4, 6);
    bank.prices.stable_price = (price << 16) / 100 * 98;
    bank.hedge_market = number - 1;
    bank.deposits = 1 << 30;
    bank.maintenance_haircut = Ratio::from_millionths(120_000).to_bits();
    bank.prices.variance_fast = 1 << 31;
    let parameters = &mut bank.parameters;
    parameters.deposit_cap = 1 << 50;
    parameters.initial_cap = 1 << 50;
    parameters.haircut_base = bits(&bank_table::HAIRCUT_BASE);
    parameters.haircut_highest = bits(&bank_table::HAIRCUT_HIGHEST);
    parameters.haircut_volatility_slope = bits(&bank_table::HAIRCUT_VOLATILITY_SLOPE);
    parameters.haircut_maintenance_share = bits(&bank_table::HAIRCUT_MAINTENANCE_SHARE);
    parameters.liquidity_haircut = bits(&bank_table::LIQUIDITY_HAIRCUT);
    bank
}

fn account(exchange: Pubkey) -> Box<MarginAccount> {
    let mut account: Box<MarginAccount> = Box::new(Zeroable::zeroed());
    account.exchange = exchange;
    account.cash = 250_000_000_000;
    account.mode = 2;
    for (slot, hedge) in [(0, 0), (1, 400_000)] {
        account.balances[slot].bank = slot as u16 + 1;
        account.balances[slot].amount = 1_500_000;
        account.balances[slot].hedge = hedge;
        account.markets[slot].market = slot as u16 + 1;
        account.markets[slot].option_gain.vested = 5_000_000;
    }
    let mut positions = Vec::new();
    for (market_slot, sign) in [(0_u8, 1_i64), (1, -1)] {
        let mut add = |kind: PositionKind, number: u32, series_slot: u8, quantity: i64, ledger: i64| {
            let expiry_slot = if kind == PositionKind::Perpetual { 0 } else { 3 };
            positions.push(Position {
                quantity: sign * quantity,
                ledger: sign * ledger,
                number,
                kind: kind as u8,
                market_slot,
                expiry_slot,
                series_slot,
                entry_index: 3_000_000,
            });
        };
        add(PositionKind::Perpetual, 0, 0, 900, -80_000_000_000);
        add(PositionKind::Future, 7, 0, -400, 41_000_000_000);
        add(PositionKind::Call, 1, 0, -1_300, 2_000_000_000);
        add(PositionKind::Put, 2, 1, 600, -3_000_000_000);
        account.markets[usize::from(market_slot)].position_count = 4;
    }
    account.position_count = positions.len() as u8;
    account.positions[..positions.len()].copy_from_slice(&positions);
    account
}

struct World {
    address: Pubkey,
    account: Box<MarginAccount>,
    exchange: Box<Exchange>,
    markets: Vec<Box<Market>>,
    banks: Vec<Bank>,
}

impl Sources for World {
    fn market(&self, number: u16) -> Option<&Market> {
        self.markets.iter().find(|market| market.number == number).map(Box::as_ref)
    }

    fn bank(&self, number: u16) -> Option<&Bank> {
        self.banks.iter().find(|bank| bank.number == number)
    }
}

impl World {
    fn new() -> Self {
        let home = Pubkey::new_from_array([7; 32]);
        let exchange = exchange();
        let markets = vec![market(&exchange, home, 1, 10_000_000), market(&exchange, home, 2, 400_000)];
        let banks = vec![*bank(home, 1, 9_850), *bank(home, 2, 1_000_000_000)];
        Self { address: Pubkey::new_from_array([9; 32]), account: account(home), exchange, markets, banks }
    }

    fn expected(&self) -> MarginReport {
        let moment = Moment { now: NOW, slot: SLOT, purpose: Purpose::View };
        revaluation::report(&self.account, &self.exchange, self, moment, &mut Workspace::zeroed()).unwrap()
    }

    fn expected_guide(&self) -> Vec<GuideLeg> {
        let moment = Moment { now: NOW, slot: SLOT, purpose: Purpose::View };
        guide::rank_legs(&self.account, &self.exchange, self, moment, &mut Workspace::zeroed()).unwrap()
    }

    fn chain(&self) -> Chain {
        let home = self.account.exchange;
        let mut clock = vec![0; 40];
        clock[..8].copy_from_slice(&SLOT.to_le_bytes());
        clock[32..].copy_from_slice(&NOW.to_le_bytes());
        let mut chain = Chain::from([
            (self.address, bytes(&*self.account)),
            (home, bytes(&*self.exchange)),
            (Pubkey::from_str("SysvarC1ock11111111111111111111111111111111").unwrap(), clock),
        ]);
        chain.extend(self.markets.iter().map(|market| (seeds::market(&home, market.number).0, bytes(&**market))));
        chain.extend(self.banks.iter().map(|bank| (Pubkey::new_from_array([bank.number as u8; 32]), bytes(bank))));
        chain
    }
}

/// A mock of a node, for as long as the test runs: answers requests one after the other. Returns its address.
fn mock_node(chain: Chain) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            answer(stream.unwrap(), &chain);
        }
    });
    url
}

fn answer(stream: TcpStream, chain: &Chain) {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let request: Value = serde_json::from_slice(&body).unwrap();
    let text = json!({ "jsonrpc": "2.0", "id": request["id"], "result": result(&request, chain) }).to_string();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        text.len()
    );
    reader.get_mut().write_all((head + &text).as_bytes()).unwrap();
}

fn result(request: &Value, chain: &Chain) -> Value {
    let owner = ballast_state::ID.to_string();
    let shown = |data: &[u8]| json!({ "owner": owner, "data": [BASE64_STANDARD.encode(data), "base64"] });
    match request["method"].as_str().unwrap() {
        "getMultipleAccounts" => {
            let wanted = request["params"][0].as_array().unwrap().iter();
            let found = wanted.map(|address| {
                let address = Pubkey::from_str(address.as_str().unwrap()).unwrap();
                chain.get(&address).map(|data| shown(data))
            });
            json!({ "context": { "slot": SLOT }, "value": found.collect::<Vec<_>>() })
        }
        "getProgramAccounts" => {
            let size = request["params"][1]["filters"][0]["dataSize"].as_u64().unwrap() as usize;
            let of_size = chain.iter().filter(|(_, data)| data.len() == size);
            of_size.map(|(address, data)| json!({ "pubkey": address.to_string(), "account": shown(data) })).collect()
        }
        other => panic!("unexpected question {other}"),
    }
}

fn ballast(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ballast")).args(arguments).output().unwrap()
}

fn micro(value: &Value) -> i64 {
    value.to_string().parse::<ballast_book::Decimal>().unwrap().to_integer(6).unwrap()
}

#[test]
fn a_live_account_has_the_report_of_the_program() {
    let world = World::new();
    let url = mock_node(world.chain());
    let output = ballast(&["margin", "--account", &world.address.to_string(), "--url", &url, "--json"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let expected = world.expected();
    assert_eq!(micro(&found["equity"]["total"]), expected.equity);
    assert_eq!(micro(&found["equity"]["options"]), expected.options);
    assert_eq!(micro(&found["value_at_risk"]["total"]), expected.value_at_risk);
    for (found, expected) in found["modes"].as_array().unwrap().iter().zip(&expected.modes) {
        assert_eq!(micro(&found["scan_loss"]), expected.scan_loss);
        assert_eq!(micro(&found["maintenance_loss"]), expected.maintenance_loss);
        assert_eq!(micro(&found["initial_requirement"]), expected.initial_requirement);
        assert_eq!(micro(&found["maintenance_requirement"]), expected.maintenance_requirement);
        assert_eq!(micro(&found["initial_excess"]), expected.initial_excess);
        assert_eq!(micro(&found["maintenance_excess"]), expected.maintenance_excess);
        assert_eq!(micro(&found["withdrawal_excess"]), expected.withdrawal_excess);
    }
    for (found, expected) in found["markets"].as_array().unwrap().iter().zip(&expected.markets) {
        assert_eq!(micro(&found["scan_loss"]), expected.scan_loss);
        assert_eq!(micro(&found["greeks"]["delta"]), expected.delta);
        assert_eq!(micro(&found["greeks"]["vega"]), expected.vega);
        assert_eq!(found["binding"]["node"], expected.binding_node);
    }
    assert!(expected.modes[2].scan_loss < expected.modes[1].scan_loss, "the markets offset each other");
    assert!(MicroUsd(expected.modes[1].scan_loss) < MicroUsd(expected.modes[0].scan_loss));
}

#[test]
fn a_live_account_has_a_guide_to_its_legs() {
    let mut world = World::new();
    // Where nothing offsets anything, every leg frees something.
    world.account.mode = 0;
    let url = mock_node(world.chain());
    let address = world.address.to_string();
    let output = ballast(&["margin", "--account", &address, "--url", &url, "--json"]);
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let (found, expected) = (found["guide"].as_array().unwrap(), world.expected_guide());
    assert_eq!([found.len(), expected.len()], [8, 8], "{found:?}");
    for (found, expected) in found.iter().zip(&expected) {
        assert_eq!(found["market"], format!("M{}", expected.market));
        assert_eq!(micro(&found["quantity"]), expected.quantity * 1_000);
        assert_eq!([micro(&found["freed"]), micro(&found["cost"])], [expected.freed.0, expected.cost.0]);
    }
    let per_dollar: Vec<_> = found.iter().map(|entry| micro(&entry["freed_per_dollar"])).collect();
    assert!(per_dollar.is_sorted_by(|better, worse| better >= worse), "{per_dollar:?}");

    let shown = ballast(&["margin", "--account", &address, "--url", &url]);
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    let best = format!("{} {}", found[0]["market"].as_str().unwrap(), found[0]["contract"].as_str().unwrap());
    assert!(shown.contains("freed per dollar") && shown.contains(&best), "{shown}");
}

#[test]
fn mistakes_exit_with_a_message() {
    let world = World::new();
    let mut chain = world.chain();
    let url = mock_node(chain.clone());
    let refused = |address: &str, url: &str, part: &str| {
        let output = ballast(&["margin", "--account", address, "--url", url]);
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{message}");
        assert!(message.contains(part), "{message}");
    };
    refused("no-address", &url, "is not an address");
    refused(&Pubkey::new_from_array([5; 32]).to_string(), &url, "does not exist");
    refused(&Pubkey::new_from_array([1; 32]).to_string(), &url, "is not a MarginAccount");
    refused(&world.address.to_string(), "http://127.0.0.1:1", "does not answer");
    chain.get_mut(&world.address).unwrap().pop();
    refused(&world.address.to_string(), &mock_node(chain), "bytes where the layout");
}

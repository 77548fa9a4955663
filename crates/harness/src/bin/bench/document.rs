//! The measurements as a document.

use std::fmt::Write;

use ballast_harness::{
    defaults,
    figures::whole,
    markdown::{section, table},
};
use ballast_state::margin_account::MAX_POSITIONS;

use crate::{
    measurements::{COEFFICIENTS, Measurements},
    stages::{OPTIONS, SCENARIOS, Stages},
};

/// The cap of the default parameters on what a check may cost by the formula.
fn default_cap() -> u64 {
    u64::from(defaults::exchange().check_compute_cap)
}

/// Most positions of an account.
const MOST_POSITIONS: u64 = MAX_POSITIONS as u64;

const INTRODUCTION: &str = "\
# Compute units

`cargo xtask bench` measures this on the program's real image and writes it; `cargo xtask bench -- --check` fails if it
is out of date. Every number is what a whole transaction with this one instruction took, less the 150 units of the
compute budget instruction. Markets have the default parameters (nine price moves under three volatilities, and eight
tails: 35 scenarios) unless a table says otherwise. A transaction may take 1,400,000 units.

Instructions that derive an address take up to some thousand units more or less, depending on how many attempts the
derivation needs; here the addresses are those of the test rig.
";

/// The whole document.
pub fn render(measurements: &Measurements) -> String {
    let mut text = INTRODUCTION.to_owned();
    section(&mut text, "Ceilings", CEILINGS);
    let rows =
        measurements.ceilings.iter().map(|it| vec![it.account.to_owned(), whole(it.compute_units), whole(it.ceiling)]);
    table(&mut text, &["account", "compute units", "ceiling"], rows);
    section(&mut text, "Instructions", INSTRUCTIONS);
    let rows = measurements
        .instructions
        .iter()
        .map(|it| vec![format!("`{}`", it.instruction), it.call.to_owned(), whole(it.compute_units)]);
    table(&mut text, &["instruction", "call", "compute units"], rows);
    section(&mut text, "The check by the shape of the account", CHECKS);
    let rows = measurements.checks.iter().map(|it| {
        let [portfolio, isolated] = [it.portfolio_formula, it.isolated_formula].map(formula);
        vec![it.account.clone(), whole(it.portfolio), portfolio, whole(it.isolated), isolated]
    });
    table(&mut text, &["account", "portfolio", "formula", "isolated", "formula"], rows);
    section(&mut text, "What one more costs", MARGINALS);
    let rows = measurements
        .marginals
        .iter()
        .map(|it| vec![it.each.to_owned(), whole(it.usual), whole(it.dearest), whole(it.coefficient)]);
    table(&mut text, &["each", "usual", "dearest", "coefficient"], rows);
    room_under_the_cap(&mut text);
    section(&mut text, "The largest accounts, liquidated", LARGEST);
    let rows = measurements.largest.iter().map(|it| {
        let numbers = [it.bytes as u64, it.locks as u64, it.refresh, it.compute_units].map(whole);
        [vec![it.account.to_owned()], numbers.to_vec()].concat()
    });
    table(&mut text, &["account", "bytes", "account locks", "refresh", "compute units"], rows);
    section(&mut text, "Signed orders, matched", MATCHES);
    let rows = measurements.matches.iter().map(|it| {
        let ceiling = it.ceiling.map_or_else(String::new, whole);
        vec![it.orders.to_owned(), whole(it.bytes as u64), whole(it.locks as u64), whole(it.compute_units), ceiling]
    });
    table(&mut text, &["orders", "bytes", "account locks", "compute units", "ceiling"], rows);
    section(&mut text, "Where the units of a check go", "");
    stages(&mut text, &measurements.stages);
    text
}

const CEILINGS: &str = "\
One full check in portfolio mode, account loading included: what `set_mode` takes when it sets the mode that the account
has. Strikes lie around the index, expiries weeks away; every term of the model counts. Tests assert the ceilings.
";
const INSTRUCTIONS: &str = "\
A representative call of each. `trade` and `liquidate` check two accounts, here without other positions; what positions
add is in the next table, once per account, and once more for an account that fails initial margin, since the check is
then repeated on the account as it was before.
";
const CHECKS: &str = "\
Positions are alternately long and short, spread evenly over expiries and markets; strikes lie two per cent of the index
apart around it, expiries weeks away, unless stated. \"Averaging\" means that all expiries are in the half hour in which
their settlement averages are formed. Next to what was measured stands what the published formula allows; an asterisk
marks what is beyond the default cap, where a trade that enlarges the account is refused.

Isolated mode values every position alone, so a market's perpetual or future is a scan of its own; cross mode costs what
portfolio mode costs. A call and a put of one strike are priced once when netted.
";
const MARGINALS: &str = "\
Differences between measured checks, divided by how many of the thing they differ in, next to the coefficients of the
formula in `crates/risk/src/cost.rs`. \"Dearest\" takes the largest scenario grid that governance may choose (41
scenarios) and the dearest circumstances: strikes a hundred times above the index and years to expiry for options,
isolated mode for linear positions, the averaging window for expiries, a declared hedge and isolated mode for markets,
and twelve more collaterals beside four others.
";

const LARGEST: &str = "\
One transaction with a lookup table that refreshes every market and bank and then takes a slice: of accounts with eight
markets, sixteen kinds of collateral and as many positions as the default cap leaves room for. A transaction may have
1,232 bytes, lock 64 accounts and take 1,400,000 units. The checks of the account before and after and of the liquidator
after it make up nearly all of what the refresh leaves. Tests assert that all of them fit.
";
const MATCHES: &str = "\
One version 0 transaction, with a lookup table where it needs one, that verifies two signed orders and matches them: a
quote with a price per leg for a named counterparty, and a taking order with a net limit. Signatures that the Ed25519
program verifies cost no compute units. A test asserts the ceiling and the size.
";

/// How many positions the formula leaves room for.
fn room_under_the_cap(text: &mut String) {
    let [base, netted, alone, _, expiry, market, _] = COEFFICIENTS.map(|(_, coefficient)| u64::from(coefficient));
    let without_options = base + 8 * expiry + 2 * market;
    let expiries = (default_cap() - base - 2 * market - MOST_POSITIONS * netted) / expiry;
    let _ = write!(
        text,
        "\nUnder the default cap of {} units an account may hold {MOST_POSITIONS} netted options, the most there are \
         positions, over\ntwo markets and {expiries} expiries; in isolated mode {} options over two markets and eight \
         expiries.\n",
        whole(default_cap()),
        (default_cap() - without_options) / alone
    );
}

fn stages(text: &mut String, stages: &Stages) {
    let share = |part: u64| {
        let tenths = (part * 1_000 + stages.total / 2) / stages.total;
        format!("{}.{} %", tenths / 10, tenths % 10)
    };
    let each = |name: &str, part: u64| vec![name.to_owned(), whole(part), share(part)];
    let _ = write!(
        text,
        "A check of {OPTIONS} options in one market and expiry. Loading is the check of an account without positions; an \
         option is a\nsixteenth of what 32 cost more than 16; a scenario is what eight tails add per option, divided by \
         eight: {}.{:03} units,\ntimes {SCENARIOS}; an expiry is a third of what four cost more than one; the market is \
         the rest.\n\n",
        stages.scenario_thousandths / 1_000,
        stages.scenario_thousandths % 1_000
    );
    let rows = [
        each("instruction, accounts, result", stages.loading),
        each("market: scenarios' worst, charges", stages.market),
        each("expiry: forward, volatility rows, nodes, money", stages.expiry),
        each("options: surface, mark, Greeks, preparing scenarios", stages.marks),
        each("options: scenarios", stages.scenarios),
        each("total", stages.total),
    ];
    table(text, &["stage", "compute units", "share"], rows);
}

/// What the formula allows, marked if it is beyond the default cap.
fn formula(compute_units: u64) -> String {
    let mark = if compute_units > default_cap() { " *" } else { "" };
    format!("{}{mark}", whole(compute_units))
}

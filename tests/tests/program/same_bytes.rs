//! One book, three homes: the report has the same bytes from the program's image, from native code and from
//! WebAssembly in Node.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use ballast_harness::{Exchange, Trader};
use ballast_risk::{MarginReport, revaluation::Workspace};
use ballast_state::revaluation::{Moment, Purpose, scenario_matrix};
use bytemuck::Zeroable;

use crate::random_books::for_each_book;

const BOOKS: u64 = 1_000;
/// No seed of the test that compares the program with native code alone.
const SEED: u64 = 1_000;

/// A file of the checkout.
fn checkout(path: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).join(path)
}

/// A book as `answer-cases.mjs` reads it: the moment and the data of every account.
fn case(exchange: &Exchange, trader: &Trader) -> Vec<u8> {
    let snapshot = exchange.snapshot();
    let mut addresses = vec![exchange.address, trader.address()];
    addresses.extend(snapshot.markets().map(|(address, _)| address));
    addresses.extend(snapshot.banks().map(|(address, _)| address));
    let mut case = Vec::new();
    case.extend(exchange.chain.now().to_le_bytes());
    case.extend(exchange.chain.slot().to_le_bytes());
    case.extend((addresses.len() as u32).to_le_bytes());
    for address in addresses {
        let data = exchange.chain.data(&address);
        case.extend((data.len() as u32).to_le_bytes());
        case.extend(data);
    }
    case
}

/// What a client computes about the book: the report, and the scenario matrix of every market with positions.
fn native_answer(exchange: &Exchange, trader: &Trader) -> Vec<u8> {
    let (snapshot, account) = (exchange.snapshot(), exchange.account(trader));
    let moment = Moment { now: exchange.chain.now(), slot: exchange.chain.slot(), purpose: Purpose::View };
    let report = exchange.preview(trader);
    let mut answer = bytemuck::bytes_of(&report).to_vec();
    for market in &report.markets[..usize::from(report.market_count)] {
        let mut workspace = Workspace::zeroed();
        let matrix = scenario_matrix(&account, &snapshot.exchange, &snapshot, market.market, moment, &mut workspace);
        answer.extend(bytemuck::bytes_of(&matrix.expect("the engine revalues the market")));
    }
    answer
}

/// The module's answers to all cases, one after another, from Node.
fn answers_from_node(cases: &[u8]) -> Vec<u8> {
    let folder = checkout("target/same-bytes");
    fs::create_dir_all(&folder).expect("a folder can be made below target");
    let (questions, answers) = (folder.join("cases.bin"), folder.join("answers.bin"));
    fs::write(&questions, cases).expect("the cases can be written");
    let mut node = Command::new("node");
    node.arg(checkout("crates/risk-wasm/tests/answer-cases.mjs")).args([&questions, &answers]);
    let output = node
        .output()
        .unwrap_or_else(|error| panic!("`node` cannot be started: {error}; this test needs Node 20 or later"));
    assert!(output.status.success(), "node failed:\n{}", String::from_utf8_lossy(&output.stderr));
    fs::read(&answers).expect("node wrote the answers")
}

#[test]
fn the_program_native_code_and_webassembly_return_the_same_bytes() {
    let (mut cases, mut native) = (Vec::new(), Vec::new());
    let (mut reports, mut with_positions) = (BTreeSet::new(), 0);
    for_each_book(SEED, BOOKS, |book, exchange, trader| {
        cases.extend(case(exchange, trader));
        let mut on_chain = exchange.assess_outcome(trader).1.return_data;
        // The network cuts trailing zeros off.
        on_chain.resize(MarginReport::SIZE, 0);
        let answer = native_answer(exchange, trader);
        assert!(answer.starts_with(&on_chain), "book {book}: the program and native code differ");
        with_positions += u64::from(answer.len() > MarginReport::SIZE);
        reports.insert(on_chain);
        native.push(answer);
    });

    let in_node = answers_from_node(&cases);
    let mut rest = &in_node[..];
    for (book, answer) in native.iter().enumerate() {
        rest = rest.strip_prefix(&answer[..]).unwrap_or_else(|| {
            panic!(
                "book {book}: native code and WebAssembly differ; if the sources are newer than \
                 target/wasm/engine.wasm, run `cargo xtask build`"
            )
        });
    }
    assert!(rest.is_empty());
    assert_eq!(reports.len() as u64, BOOKS, "books that are not all different say little");
    assert!(with_positions > BOOKS * 3 / 4, "{with_positions} of {BOOKS} books have positions");
}

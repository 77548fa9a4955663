//! Every example book gives the same report, to the last byte, from native code and from WebAssembly in Node.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use ballast_risk_wasm::margin;

/// A file of the checkout.
fn checkout(path: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join(path)
}

/// The example books.
fn books() -> Vec<PathBuf> {
    let entries = fs::read_dir(checkout("examples/books")).expect("there are examples");
    let mut books: Vec<PathBuf> = entries.map(|entry| entry.expect("the folder can be read").path()).collect();
    books.sort();
    books
}

#[test]
fn native_code_and_webassembly_write_the_same_reports() {
    let books = books();
    let native: Vec<String> = books
        .iter()
        .map(|book| {
            let report = margin(&fs::read(book).expect("the book can be read"));
            let report = report.unwrap_or_else(|refusal| panic!("{book:?}: {}", String::from_utf8_lossy(&refusal)));
            String::from_utf8(report).expect("a report is UTF-8")
        })
        .collect();
    let output = Command::new("node")
        .arg(checkout("crates/risk-wasm/tests/answer-books.mjs"))
        .args(&books)
        .output()
        .unwrap_or_else(|error| panic!("`node` cannot be started: {error}; this test needs Node 20 or later"));
    assert!(output.status.success(), "node failed:\n{}", String::from_utf8_lossy(&output.stderr));
    let in_node = String::from_utf8(output.stdout).expect("reports are UTF-8");

    assert_eq!(in_node.lines().count(), books.len());
    for ((book, native), in_node) in books.iter().zip(&native).zip(in_node.lines()) {
        assert!(
            native == in_node,
            "{}: native code and WebAssembly differ; if the sources are newer than target/wasm, run `cargo xtask build`",
            book.display()
        );
    }
}

#[test]
fn a_book_that_states_nonsense_is_refused_by_its_field() {
    let refusal = margin(br#"{ "markets": [{ "name": "BTC", "price": -1 }] }"#).unwrap_err();
    let refusal: serde_json::Value = serde_json::from_slice(&refusal).expect("a refusal is JSON");
    assert_eq!(refusal["problem"]["path"], "markets[0].price");
    assert!(refusal["message"].as_str().is_some_and(|message| message.contains("markets[0].price")));
    // Not even UTF-8.
    assert!(margin(&[b'{', 0xff]).is_err());
}

//! The chart: well-formed, and with a mark for every exceedance.

use super::{TemporaryFile, output, prices};

fn chart(prices: &str, options: &[&str]) -> String {
    let (file, svg) = (TemporaryFile::with("csv", prices), TemporaryFile::new("svg"));
    let mut arguments = vec!["backtest", "--prices", file.path(), "--svg", svg.path()];
    arguments.extend(options);
    output(&arguments);
    std::fs::read_to_string(&svg.0).expect("a chart")
}

fn has_class(node: &roxmltree::Node<'_, '_>, name: &str) -> bool {
    node.attribute("class").is_some_and(|classes| classes.split(' ').any(|class| class == name))
}

#[test]
fn every_book_has_a_panel_with_its_lines() {
    let text = chart(&output(&["generate-prices", "--days", "400"]), &[]);
    let document = roxmltree::Document::parse(&text).expect("well-formed XML");
    let panels: Vec<_> = document.descendants().filter(|node| has_class(node, "panel")).collect();
    assert_eq!(panels.len(), 6 * 3 + 2);
    for panel in panels {
        let count = |class: &str| panel.descendants().filter(|node| has_class(node, class)).count();
        let lines = count("initial");
        assert!(
            lines == 3
                || lines == 2
                    && panel.descendants().any(|node| {
                        node.text().is_some_and(|text| text.starts_with("isolated") && text.ends_with("not drawn"))
                    })
        );
        assert_eq!(count("maintenance"), lines);
        assert_eq!(count("loss"), 1);
    }
}

#[test]
fn marks_are_the_exceedances() {
    // A fall by 18 % is beyond maintenance (15.8 %) only; one by 30 % after the scan range has come back is beyond
    // both.
    let mut prices = prices::step(100.0, 30, 82.0, 150);
    prices.push(57.4);
    let text = chart(&prices::daily("BTC", &prices), &["--books", "directional"]);
    let document = roxmltree::Document::parse(&text).expect("well-formed XML");
    let panel = document.descendants().find(|node| has_class(node, "panel")).expect("a panel");
    let marks: Vec<_> = panel.descendants().filter(|node| has_class(node, "exceedance")).collect();
    assert_eq!(marks.len(), 2);
    assert!(!has_class(&marks[0], "beyond-initial") && has_class(&marks[1], "beyond-initial"));
    assert!(marks.iter().all(|mark| has_class(mark, "isolated")));
}

#[test]
fn names_of_assets_are_text_and_nothing_else() {
    let text = chart("date,<b>&\"\n2024-01-01,1\n2024-01-02,1\n2024-01-03,1\n", &["--books", "directional"]);
    let document = roxmltree::Document::parse(&text).expect("well-formed XML");
    assert!(document.descendants().any(|node| node.text() == Some("<b>&\" directional")));
}

#[test]
fn long_and_short_histories_have_a_readable_time_axis() {
    for (days, fewest, most) in [("2", 1, 8), ("20", 3, 8), ("100", 2, 8), ("1000", 3, 9), ("9000", 3, 9)] {
        let prices = output(&["generate-prices", "--days", days, "--assets", "BTC", "--start", "2001-03-05"]);
        let text = chart(&prices, &["--books", "directional"]);
        let document = roxmltree::Document::parse(&text).expect("well-formed XML");
        let dates = document.descendants().filter(|node| {
            let label = node.text().unwrap_or_default();
            label.starts_with("20") && label.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
        });
        // Text nodes are counted beside the elements that hold them.
        let marks = dates.filter(roxmltree::Node::is_element).count();
        assert!((fewest..=most).contains(&marks), "{marks} marks for {days} days");
    }
}

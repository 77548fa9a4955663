//! The example history, and its generator.

use super::{TemporaryFile, output, run};

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/prices/synthetic-daily.csv");
const DOCUMENT: &str = include_str!("../../../../docs/backtest.md");

fn example() -> String {
    std::fs::read_to_string(EXAMPLE).expect("the example history")
}

#[test]
fn the_same_seed_gives_the_same_history() {
    let generated = output(&["generate-prices", "--seed", "3"]);
    assert!(generated == example(), "the example no longer follows from its seed");
    let file = TemporaryFile::new("csv");
    assert!(output(&["generate-prices", "--seed", "3", "--output", file.path()]).is_empty());
    assert_eq!(std::fs::read_to_string(&file.0).expect("a file"), generated);
    assert_ne!(output(&["generate-prices", "--seed", "4"]), generated);
}

#[test]
fn a_generated_history_says_that_it_is_made_up() {
    let text = output(&["generate-prices", "--seed", "8", "--days", "10", "--assets", "X,Y", "--start", "2020-02-25"]);
    let mut lines = text.lines();
    let expected = "# Synthetic prices that no market ever had: \
                    ballast generate-prices --seed 8 --days 10 --start 2020-02-25 --assets X,Y";
    assert_eq!(lines.next(), Some(expected));
    assert_eq!(lines.next(), Some("date,X,Y"));
    let dates: Vec<&str> = lines.filter_map(|line| line.split(',').next()).collect();
    assert_eq!(dates.len(), 10);
    assert_eq!((dates[0], dates[4], dates[9]), ("2020-02-25", "2020-02-29", "2020-03-05"));
}

#[test]
fn the_generator_refuses_what_it_cannot_do() {
    let cases: [(&[&str], &str); 4] = [
        (&["--days", "1"], "--days is \"1\", expected 2 to 36500"),
        (&["--start", "soon"], "--start is \"soon\", expected a date"),
        (&["--assets", "A,A"], "--assets is \"A\", expected different names"),
        (&["--assets", "A B"], "--assets is \"A B\", expected different names"),
    ];
    for (options, expected) in cases {
        let output = run(&[&["generate-prices"], options].concat());
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains(expected));
    }
}

/// Volatility in spells, fat tails, one crash of all assets, and assets that move together.
#[test]
fn the_example_has_what_makes_margin_hard() {
    let rows: Vec<Vec<f64>> = example()
        .lines()
        .skip(2)
        .map(|line| line.split(',').skip(1).map(|price| price.parse().expect("a price")).collect())
        .collect();
    let returns =
        |asset: usize| -> Vec<f64> { rows.windows(2).map(|pair| (pair[1][asset] / pair[0][asset]).ln()).collect() };
    let all = [returns(0), returns(1), returns(2)];
    let crash: Vec<usize> =
        all.iter().map(|asset| (0..asset.len()).min_by(|&a, &b| asset[a].total_cmp(&asset[b])).unwrap()).collect();
    assert!(crash.iter().all(|&day| day == crash[0] && all[0][day] < -0.2), "{crash:?}");
    let moment = |one: &[f64], other: &[f64]| one.iter().zip(other).map(|(x, y)| x * y).sum::<f64>() / one.len() as f64;
    for asset in &all {
        let squares: Vec<f64> = asset.iter().map(|change| change * change).collect();
        assert!(moment(&squares, &squares) > 5.0 * moment(asset, asset).powi(2), "tails are fat");
    }
    let correlation = moment(&all[0], &all[1]) / (moment(&all[0], &all[0]) * moment(&all[1], &all[1])).sqrt();
    assert!((0.6..0.98).contains(&correlation), "{correlation}");
}

/// The table that the document shows is the one that the program prints.
#[test]
fn the_document_shows_the_output_of_the_example() {
    let books = "directional,straddle,condor,pair";
    let printed = output(&["backtest", "--prices", EXAMPLE, "--assets", "BTC,ETH", "--books", books]);
    let mut shown = DOCUMENT.split("```text\n").filter_map(|part| part.split("```").next());
    let table = printed.split_once("\n\n").expect("a heading").1;
    assert!(shown.any(|block| block == table), "docs/backtest.md does not show:\n{table}");
}

//! What a price file or an option may get wrong, and what the program says.

use super::{TemporaryFile, run};

/// The complaint about a price file, which has to fail with exit code 2 and leave standard output empty.
fn complaint(prices: &str, options: &[&str]) -> String {
    let file = TemporaryFile::with("csv", prices);
    let mut arguments = vec!["backtest", "--prices", file.path()];
    arguments.extend(options);
    let output = run(&arguments);
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(output.stdout.is_empty());
    String::from_utf8(output.stderr).expect("text in UTF-8").replace(file.path(), "FILE")
}

#[track_caller]
fn assert_says(complaint: &str, expected: &str) {
    assert!(complaint.contains(expected), "\"{complaint}\" does not say \"{expected}\"");
}

#[test]
fn faults_of_a_price_file_name_line_and_column() {
    let cases = [
        ("", "FILE: no header"),
        ("day,BTC\n2024-01-01,1\n", "FILE, line 1, column 1: the header is \"day\", expected date, timestamp, time"),
        ("date\n2024-01-01\n", "FILE, line 1, column 2: no header"),
        ("date,BTC,\n2024-01-01,1,2\n", "FILE, line 1, column 3: no header"),
        ("date,BTC,BTC\n2024-01-01,1,1\n", "FILE, line 1, column 3: BTC has a column already"),
        ("date,BTC\n2024-01-01,1\n", "FILE: 1 rows of prices, expected at least 2"),
        ("date,BTC\n2024-01-01,1\n2024-02-30,1\n", "FILE, line 3, column date: \"2024-02-30\", expected a date"),
        ("date,BTC\n,1\n2024-01-01,1\n", "FILE, line 2, column date: \"\", expected a date"),
        ("date,BTC\n2024-01-01,1\n2024-01-01,1\n", "FILE, line 3, column date: 2024-01-01 stands on line 2 already"),
        (
            "date,BTC\n2024-01-02,1\n2024-01-01,1\n",
            "FILE, line 3, column date: 2024-01-01 comes after 2024-01-02 of line 2: rows go forward in time",
        ),
        ("date,BTC\n2024-01-01,1\n2024-01-02,0\n", "FILE, line 3, column BTC: \"0\", expected a price above zero"),
        ("date,BTC,ETH\n2024-01-01,1,-3\n", "FILE, line 2, column ETH: \"-3\", expected a price above zero"),
        ("date,BTC\n2024-01-01,many\n", "FILE, line 2, column BTC: \"many\", expected a price above zero"),
        ("date,BTC\n2024-01-01,inf\n", "FILE, line 2, column BTC: \"inf\", expected a price above zero"),
        ("date,BTC\n2024-01-01,NaN\n", "FILE, line 2, column BTC: \"NaN\", expected a price above zero"),
        ("date,BTC,ETH\n2024-01-01,1\n", "FILE, line 2, column ETH: no price"),
        ("date,BTC\n2024-01-01,1,2\n", "FILE, line 2, column 3: 3 values, expected 2 as in the header"),
        // Comments and blank lines count as lines.
        ("# made up\n\ndate,BTC\n2024-01-01,1\n\n# here\n2024-01-02,x\n", "FILE, line 7, column BTC: \"x\""),
    ];
    for (prices, expected) in cases {
        assert_says(&complaint(prices, &[]), expected);
    }
}

#[test]
fn a_gap_is_a_fault_unless_it_is_allowed() {
    let gap = "date,BTC\n2024-01-01,1\n2024-01-02,1\n2024-01-03,1\n2024-01-09,1\n2024-01-10,1\n";
    let expected = "FILE, line 5, column date: 2024-01-09 comes 6 days after 2024-01-03, where 1 day is usual and \
                    4 days is the longest that --max-gap allows";
    assert_says(&complaint(gap, &[]), expected);
    let file = TemporaryFile::with("csv", gap);
    assert!(run(&["backtest", "--prices", file.path(), "--max-gap", "6d"]).status.success());
    // A long weekend is none.
    let weekend = TemporaryFile::with("csv", "date,SPX\n2024-01-03,1\n2024-01-04,1\n2024-01-05,1\n2024-01-09,1\n");
    assert!(run(&["backtest", "--prices", weekend.path()]).status.success());
}

#[test]
fn a_price_beyond_the_engine_is_a_fault_of_the_file() {
    let far = "date,BTC,ETH\n2024-01-01,1,1\n2024-01-02,1,0.000001\n";
    let expected = "FILE, line 3, column ETH: 0.000001 is beyond 100000 times the first price 1, up or down";
    assert_says(&complaint(far, &[]), expected);
}

#[test]
fn options_say_what_they_expect() {
    let prices = "date,BTC,ETH\n2024-01-01,1,1\n2024-01-02,1,1\n";
    let cases: [(&[&str], &str); 13] = [
        (&["--horizon", "1"], "--horizon is \"1\", expected a whole number and d, h or m, such as 1d"),
        (&["--horizon", "0d"], "--horizon is \"0d\", expected a whole number"),
        (&["--horizon", "15d"], "--horizon is \"15d\", expected at most 14d"),
        (&["--horizon", "9999999999999999d"], "--horizon is \"9999999999999999d\", expected a whole number"),
        (&["--notional", "10"], "--notional is \"10\", expected 1000 to 500000"),
        (&["--target", "1"], "--target is \"1\", expected a share between 0 and 1"),
        (&["--books", "butterfly"], "--books is \"butterfly\", expected one of directional, short, covered-call"),
        (&["--assets", "DOGE"], "--assets is \"DOGE\", expected one of BTC, ETH"),
        (&["--assets", "BTC", "--books", "pair"], "--books is \"pair\", expected a book of one asset, or two assets"),
        (&["--assets", "ETH,BTC,ETH"], "--assets is \"ETH\", expected each name once"),
        (&["--class", "BTC=huge"], "--class is \"BTC=huge\", expected ASSET=major"),
        (&["--start", "yesterday"], "--start is \"yesterday\", expected a date such as 2026-01-31"),
        (
            &["--start", "2025-01-01"],
            "no date within --start and --end has 1 day of prices after it: the prices go from 2024-01-01",
        ),
    ];
    for (options, expected) in cases {
        assert_says(&complaint(prices, options), expected);
    }
    let missing = run(&["backtest", "--prices", "no-such-file.csv"]);
    assert_eq!(missing.status.code(), Some(2));
    assert_says(&String::from_utf8_lossy(&missing.stderr), "no-such-file.csv: ");
}

#[test]
fn dates_come_in_several_forms() {
    let forms = [
        ["2024-01-01", "2024-01-02"],
        ["2024-01-01T00:00:00Z", "2024-01-02T02:00:00+02:00"],
        ["2024-01-01 00:00:00", "2024-01-02 00:00:00"],
        ["1704067200", "1704153600"],
        ["1704067200000", "1704153600000"],
    ];
    for [first, second] in forms {
        let report = super::report(&format!("Time,BTC\n{first},100\n{second},90\n"), &["--books", "directional"]);
        let dates = super::series(&report, "directional", "BTC");
        assert_eq!(dates.len(), 1);
        assert_eq!((dates[0]["date"].as_str(), dates[0]["until"].as_str()), (Some(first), Some(second)));
        super::assert_near(super::number(&dates[0]["loss"]), 10_000.0, 0.01);
    }
}

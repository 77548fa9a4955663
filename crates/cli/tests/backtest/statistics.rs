//! Histories whose statistics are known.

use super::{
    assert_near, number,
    prices::{DAY, FIRST, daily, step, table},
    report, result, series,
};

/// What a long perpetual of 100,000 USD requires of a major coin at the lowest scan range: 16 % of scan loss and 4 % of
/// linear charges, and for maintenance 80 % of the one and 3 %.
const CALM_INITIAL: f64 = 20_000.0;
const CALM_MAINTENANCE: f64 = 15_800.0;
/// Parameters are stored at a resolution of 2^-30, money at one of 10^-6.
const CENT: f64 = 0.01;

#[test]
fn a_price_that_never_moves_takes_nothing_and_exceeds_nothing() {
    let still = vec![100.0; 200];
    let report = report(&table(&[("BTC", &still), ("ETH", &still), ("SOL", &still)], DAY), &[]);
    for result in report["results"].as_array().expect("results") {
        assert_eq!(result["dates"], 199);
        for kind in ["initial", "maintenance"] {
            assert_eq!(result[kind]["exceedances"]["count"], 0, "{result}");
            assert!(result[kind]["exceedances"]["worst"].is_null());
        }
    }
    let long = result(&report, "directional", "BTC", "portfolio");
    assert_eq!(number(&long["largest_loss"]), 0.0);
    assert_near(number(&long["initial"]["average"]), CALM_INITIAL, CENT);
    assert_near(number(&long["maintenance"]["average"]), CALM_MAINTENANCE, CENT);
    assert_near(number(&long["initial"]["efficiency"]), 0.2, 1e-6);
    assert_near(number(&long["initial"]["peak_to_trough"]), 1.0, 1e-9);
    assert_near(number(&long["initial"]["largest_daily_rise"]["share"]), 0.0, 1e-9);
    assert!(series(&report, "short", "ETH").iter().all(|date| number(&date["loss"]) == 0.0));
}

#[test]
fn one_crash_exceeds_the_requirement_of_the_day_before_and_no_other() {
    let report = report(&daily("BTC", &step(50_000.0, 100, 35_000.0, 1)), &["--books", "directional,short"]);
    let crash_eve = (FIRST + 99 * DAY).to_string();
    for mode in ["isolated", "cross", "portfolio"] {
        let long = result(&report, "directional", "BTC", mode);
        for (kind, requirement) in [("initial", CALM_INITIAL), ("maintenance", CALM_MAINTENANCE)] {
            let exceedances = &long[kind]["exceedances"];
            assert_eq!(exceedances["count"], 1);
            assert_near(number(&exceedances["share"]), 0.01, 1e-12);
            assert_near(number(&exceedances["average_excess"]), 30_000.0 - requirement, 2.0 * CENT);
            let worst = &exceedances["worst"];
            assert_eq!(worst["date"], crash_eve.as_str());
            assert_eq!(worst["until"], (FIRST + 100 * DAY).to_string());
            assert_near(number(&worst["loss"]), 30_000.0, CENT);
            assert_near(number(&worst["requirement"]), requirement, CENT);
            assert_near(number(&worst["excess"]), 30_000.0 - requirement, 2.0 * CENT);
            assert_near(number(&worst["excess_share"]), 30_000.0 / requirement - 1.0, 1e-6);
        }
        let short = result(&report, "short", "BTC", mode);
        assert_eq!(short["initial"]["exceedances"]["count"], 0);
        assert_eq!(number(&short["largest_loss"]), 0.0);
    }
}

#[test]
fn counts_are_compared_with_the_target() {
    let prices = daily("BTC", &step(50_000.0, 100, 35_000.0, 1));
    // One miss in a hundred is what 99 % means.
    let at_target = report(&prices, &["--books", "directional"]);
    let exceedances = &result(&at_target, "directional", "BTC", "cross")["initial"]["exceedances"];
    assert_near(number(&exceedances["expected"]), 1.0, 1e-9);
    assert_near(number(&exceedances["z"]), 0.0, 1e-9);
    assert_near(number(&exceedances["kupiec"]), 0.0, 1e-9);
    // Against 95 %: z = (1 − 5)/√4.75, and Kupiec's ratio 2·(ln 0.2 + 99·ln(0.99/0.95)).
    let below_target = report(&prices, &["--books", "directional", "--target", "0.95"]);
    let exceedances = &result(&below_target, "directional", "BTC", "cross")["initial"]["exceedances"];
    assert_near(number(&exceedances["expected"]), 5.0, 1e-9);
    assert_near(number(&exceedances["z"]), -1.835_325_870_964, 1e-9);
    assert_near(number(&exceedances["kupiec"]), 4.947_229_964_873, 1e-9);
}

#[test]
fn a_longer_horizon_sees_a_slide_that_single_days_hide() {
    // Twelve per cent of the first price a day, for four days.
    let mut prices = vec![100.0; 20];
    prices.extend([88.0, 76.0, 64.0, 52.0]);
    let days = report(&daily("BTC", &prices), &["--books", "directional"]);
    assert_eq!(result(&days, "directional", "BTC", "cross")["initial"]["exceedances"]["count"], 0);
    let long = report(&daily("BTC", &prices), &["--books", "directional", "--horizon", "3d"]);
    let long = result(&long, "directional", "BTC", "cross");
    // 21 dates have three days after them. Opened at 100 on the 19th or 20th day, the book loses 24 % or 36 % of
    // 100,000 USD; later ones meet a wider scan range.
    assert_eq!(long["dates"], 21);
    assert_near(number(&long["initial"]["exceedances"]["worst"]["loss"]), 36_000.0, CENT);
    assert_eq!(long["initial"]["exceedances"]["count"], 2);
    // Horizons overlap, so that misses come in runs.
    assert!(long["initial"]["exceedances"]["z"].is_null());
    assert!(long["initial"]["exceedances"]["kupiec"].is_null());
}

#[test]
fn a_pair_loses_what_its_legs_do_and_nets_only_in_portfolio_mode() {
    let first = step(50_000.0, 50, 45_000.0, 1);
    let second = step(2_000.0, 50, 2_100.0, 1);
    let report = report(&table(&[("BTC", &first), ("ETH", &second)], DAY), &["--books", "pair,directional"]);
    let dates = series(&report, "pair", "BTC/ETH");
    // Long what falls by 10 %, short what rises by 5 %.
    assert_near(number(&dates[49]["loss"]), 15_000.0, CENT);
    let isolated = number(&result(&report, "pair", "BTC/ETH", "isolated")["initial"]["average"]);
    let cross = number(&result(&report, "pair", "BTC/ETH", "cross")["initial"]["average"]);
    let portfolio = number(&result(&report, "pair", "BTC/ETH", "portfolio")["initial"]["average"]);
    assert_near(isolated, 2.0 * CALM_INITIAL, CENT);
    assert_near(cross, 2.0 * CALM_INITIAL, CENT);
    // Nine nodes and a window of two: around a fall of 8 % the long leg loses up to 16 % while the short one gains
    // nothing yet; the charges of 4 % on each leg stay.
    assert_near(portfolio, 16_000.0 + 8_000.0, CENT);
}

#[test]
fn requirements_depend_on_nothing_that_comes_later() {
    let prices = super::output(&["generate-prices", "--seed", "5", "--days", "120"]);
    let cut: String = prices.lines().take(2 + 80).map(|line| format!("{line}\n")).collect();
    let (whole, cut) = (report(&prices, &[]), report(&cut, &[]));
    for (long, short) in whole["series"].as_array().unwrap().iter().zip(cut["series"].as_array().unwrap()) {
        let (long, short) = (long["dates"].as_array().unwrap(), short["dates"].as_array().unwrap());
        assert_eq!(short.len(), 79);
        assert_eq!(&long[..79], &short[..]);
    }
}

#[test]
fn start_and_end_choose_dates_and_leave_the_dynamics_alone() {
    let prices = super::output(&["generate-prices", "--seed", "5", "--days", "120"]);
    let whole = report(&prices, &["--books", "straddle", "--assets", "SOL"]);
    let part = report(
        &prices,
        &["--books", "straddle", "--assets", "SOL", "--start", "2024-02-01", "--end", "2024-02-29T00:00:00Z"],
    );
    assert_eq!(part["settings"]["first"], "2024-02-01");
    assert_eq!(part["settings"]["last"], "2024-02-29");
    assert_eq!(series(&part, "straddle", "SOL"), &series(&whole, "straddle", "SOL")[31..60]);
}

//! The engine against the high-precision reference, term by term and account by account.

use ballast_risk::revaluation::Netting;

use crate::{
    compare,
    vectors::{AccountCase, TermCase, read, real},
};

fn cases(term: &str) -> Vec<TermCase> {
    let cases: Vec<TermCase> = read("terms");
    let chosen: Vec<TermCase> = cases.into_iter().filter(|case| case.name.split(' ').next() == Some(term)).collect();
    assert!(!chosen.is_empty(), "no vectors for {term}");
    chosen
}

macro_rules! terms {
    ($($term:ident),* $(,)?) => {
        $(
            #[test]
            fn $term() {
                for case in cases(stringify!($term)) {
                    compare::market(&case.name, &case.market, &(&case.expected).into());
                }
            }
        )*
    };
}

terms! {
    linear, shocks, averaging, discounts, masks, skews, bases, near_expiries, marked, charges, whole, parity, far_strikes,
    short_fly,
}

/// The true worst loss of the butterfly lies between two nodes and is found.
#[test]
fn a_butterfly_between_two_nodes_hides_nothing() {
    for case in cases("short_fly") {
        let densest = real(case.expected.densest_loss.as_ref().expect("a dense scan"));
        let computed = case.market.risk(Netting::Together).scan_loss.0 as f64;
        assert!(computed >= densest, "{computed} below {densest}");
        let width = 500.0 * 1e6;
        assert!(computed <= width, "no fly loses more than its width: {computed}");
    }
}

/// Requirements and excess in all modes: groups, windows, gains, ramps, peg protection, haircuts.
#[test]
fn accounts() {
    let cases: Vec<AccountCase> = read("accounts");
    assert!(cases.len() > 40);
    for case in &cases {
        compare::account(&case.name, &case.account, &(&case.expected).into());
    }
}

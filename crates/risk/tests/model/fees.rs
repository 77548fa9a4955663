//! Fees: rounding, caps, and what a surcharge cannot be talked out of.

use ballast_risk::{
    Margin, MicroUsd, Ratio,
    fees::{self, FeeRates, Fees},
    revaluation::ConcentrationRate,
};

const MILLION: i64 = 1_000_000_000_000;

const RATES: FeeRates = FeeRates {
    taker: Ratio::from_bits(1 << 19),
    maker: Ratio::from_bits(1 << 17),
    premium_cap: Ratio::from_millionths(125_000),
    concentration: ConcentrationRate {
        free: MicroUsd(MILLION),
        slope: Ratio::from_millionths(200),
        cap: Ratio::from_millionths(1_000),
    },
};

#[test]
fn fees_are_shares_of_the_notional_rounded_up() {
    let of = |notional| RATES.of_fill(MicroUsd(notional), None);
    assert_eq!(of(1 << 40), Fees { taker: MicroUsd(1 << 29), maker: MicroUsd(1 << 27) });
    assert_eq!(of((1 << 40) + 1), Fees { taker: MicroUsd((1 << 29) + 1), maker: MicroUsd((1 << 27) + 1) });
    assert_eq!(of(1), Fees { taker: MicroUsd(1), maker: MicroUsd(1) });
    assert_eq!(of(0), Fees::default());
}

#[test]
fn fees_of_an_option_are_at_most_a_share_of_its_premium() {
    let of = |premium| RATES.of_fill(MicroUsd(1 << 40), Some(MicroUsd(premium)));
    assert_eq!(of(1 << 33).taker, MicroUsd(1 << 29), "a rich option pays on its notional");
    assert_eq!(of(8_000_000), Fees { taker: MicroUsd(1_000_000), maker: MicroUsd(1_000_000) });
    assert_eq!(of(0), Fees::default());
}

#[test]
fn surcharge_is_the_same_in_one_trade_and_in_parts() {
    let whole = RATES.surcharge(MicroUsd::ZERO, MicroUsd(40 * MILLION));
    let parts = (0..40).map(|part| RATES.surcharge(MicroUsd(part * MILLION), MicroUsd((part + 1) * MILLION)).0);
    assert_eq!(parts.sum::<i64>(), whole.0);
    // 39 millions beyond what is free, at 7.8 hundredths of a per cent.
    assert!((whole.0 - 39 * MILLION * 78 / 100_000).abs() < 100_000, "{whole:?}");
}

#[test]
fn surcharge_is_for_what_is_added_beyond_the_free_amount_on_either_side() {
    let surcharge = |before: i64, after: i64| RATES.surcharge(MicroUsd(before * MILLION), MicroUsd(after * MILLION));
    for (before, after) in [(0, 1), (-1, 1), (20, 19), (-20, 0), (20, -20), (5, 5)] {
        assert_eq!(surcharge(before, after), MicroUsd::ZERO, "{before} to {after}");
    }
    assert!(surcharge(0, 2) > MicroUsd::ZERO);
    assert_eq!(surcharge(0, 2), surcharge(0, -2));
    // Never more than the highest rate on all that is beyond.
    assert!(surcharge(0, 1_000) <= MicroUsd(999 * MILLION / 1_000 + 1));
}

#[test]
fn a_fee_is_reduced_to_what_a_trade_that_takes_risk_off_raised() {
    let margin = |initial: i64, maintenance: i64| Margin {
        initial_excess: MicroUsd(initial),
        maintenance_excess: MicroUsd(maintenance),
        ..Margin::default()
    };
    let before = margin(-100, -20);
    let reduced = |after: Margin, cash| fees::reduced(MicroUsd(50), MicroUsd(cash), &after, &before);
    assert_eq!(reduced(margin(-10, 40), 1_000), Some(MicroUsd(50)));
    assert_eq!(reduced(margin(-70, 40), 1_000), Some(MicroUsd(30)));
    assert_eq!(reduced(margin(-10, 0), 1_000), Some(MicroUsd(20)));
    assert_eq!(reduced(margin(-10, 40), 7), Some(MicroUsd(7)));
    assert_eq!(reduced(margin(-100, -20), 1_000), Some(MicroUsd(0)));
    assert_eq!(reduced(margin(-101, 40), 1_000), None);
    assert_eq!(reduced(margin(40, -21), 1_000), None);
}

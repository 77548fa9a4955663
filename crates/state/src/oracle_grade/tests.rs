use super::*;

const NOW: i64 = 1_900_000_000;
const SLOT: u64 = 5_000;

fn limits() -> QuoteLimits {
    QuoteLimits {
        refresh_slots: 25,
        fresh_seconds: 60,
        oldest_seconds: 120,
        confidence: Ratio::from_millionths(20_000),
        divergence: Ratio::from_millionths(160_000),
        second_distance: Ratio::from_millionths(30_000),
    }
}

/// A million ticks, published now.
fn quote() -> Quote {
    Quote {
        price: 1_000_000,
        confidence: 500,
        publish_time: NOW,
        refreshed_slot: SLOT,
        stable: 1_000_000,
        average: 1_000_000,
        second: None,
    }
}

fn second() -> SecondQuote {
    SecondQuote { price: 1_000_000, confidence: 500, publish_time: NOW }
}

fn grade(quote: Quote) -> Grade {
    Grade::of(&quote, &limits(), NOW, SLOT)
}

#[test]
fn each_limit_is_the_last_value_of_the_better_grade() {
    let cases = [
        (quote(), Grade::Fresh),
        (Quote { publish_time: NOW - 60, ..quote() }, Grade::Fresh),
        (Quote { publish_time: NOW - 61, ..quote() }, Grade::Aged),
        (Quote { publish_time: NOW - 120, ..quote() }, Grade::Aged),
        (Quote { publish_time: NOW - 121, ..quote() }, Grade::Silent),
        (Quote { refreshed_slot: SLOT - 25, ..quote() }, Grade::Fresh),
        (Quote { refreshed_slot: SLOT - 26, ..quote() }, Grade::Stale),
        // Ratios of millionths round down: 2 % of a million is 19,999 and a bit.
        (Quote { confidence: 19_999, ..quote() }, Grade::Fresh),
        (Quote { confidence: 20_000, ..quote() }, Grade::Wide),
        (Quote { stable: 1_159_999, ..quote() }, Grade::Fresh),
        (Quote { stable: 1_160_000, ..quote() }, Grade::Divergent),
        (Quote { stable: 840_001, ..quote() }, Grade::Fresh),
        (Quote { stable: 840_000, ..quote() }, Grade::Divergent),
        (Quote { average: 1_160_000, ..quote() }, Grade::Divergent),
        (Quote { average: 0, stable: 0, ..quote() }, Grade::Fresh),
        (Quote { price: 0, ..quote() }, Grade::Invalid),
        (Quote { price: 0, publish_time: 0, refreshed_slot: 0, ..quote() }, Grade::Invalid),
    ];
    for (quote, expected) in cases {
        assert_eq!(grade(quote), expected, "{quote:?}");
    }
}

#[test]
fn the_worst_of_several_grades_counts() {
    let aged = Quote { publish_time: NOW - 100, ..quote() };
    let wide = Quote { confidence: 50_000, ..aged };
    let divergent = Quote { stable: 2_000_000, ..wide };
    let stale = Quote { refreshed_slot: SLOT - 30, ..divergent };
    let silent = Quote { publish_time: NOW - 1_000, ..stale };
    let invalid = Quote { price: 0, ..silent };
    let grades = [quote(), aged, wide, divergent, stale, silent, invalid].map(grade);
    assert_eq!(grades, Grade::ALL);
    assert!(Grade::ALL.is_sorted());
}

#[test]
fn a_second_source_widens_first_and_breaks_the_circuit_beyond_its_limit() {
    let with = |second| Quote { second: Some(second), ..quote() };
    assert_eq!(grade(with(second())), Grade::Fresh);
    let apart = SecondQuote { price: 1_019_499, ..second() };
    assert_eq!((with(apart).uncertainty(), grade(with(apart))), (19_999, Grade::Fresh));
    let wider = SecondQuote { price: 980_500, ..second() };
    assert_eq!((with(wider).uncertainty(), grade(with(wider))), (20_000, Grade::Wide));
    assert_eq!(grade(with(SecondQuote { price: 1_029_999, ..second() })), Grade::Wide);
    assert_eq!(grade(with(SecondQuote { price: 1_030_000, ..second() })), Grade::Divergent);
    assert_eq!(grade(with(SecondQuote { price: 970_000, ..second() })), Grade::Divergent);
}

#[test]
fn a_second_source_that_is_silent_confirms_nothing() {
    let with = |second| Quote { second: Some(second), ..quote() };
    assert_eq!(grade(with(SecondQuote { publish_time: NOW - 120, ..second() })), Grade::Fresh);
    assert_eq!(grade(with(SecondQuote { publish_time: NOW - 121, ..second() })), Grade::Divergent);
    assert_eq!(grade(with(SecondQuote { price: 0, confidence: 0, publish_time: 0 })), Grade::Divergent);
}

#[test]
fn bounds_cover_whatever_the_price_could_stand_for() {
    assert_eq!(quote().bounds(), (999_500, 1_000_500));
    assert_eq!(Quote { stable: 700_000, average: 1_400_000, ..quote() }.bounds(), (700_000, 1_400_000));
    let second = Some(SecondQuote { price: 900_000, confidence: 100, publish_time: NOW });
    assert_eq!(Quote { second, ..quote() }.bounds(), (899_900, 1_100_100));
    assert_eq!(Quote { confidence: u64::MAX, ..quote() }.bounds(), (1, u64::MAX));
}

#[test]
fn extreme_quotes_have_a_grade() {
    for price in [1, 1 << 47, u64::MAX] {
        for confidence in [0, u64::MAX] {
            for publish_time in [i64::MIN, 0, i64::MAX] {
                let second = Some(SecondQuote { price: u64::MAX, confidence: u64::MAX, publish_time: i64::MIN });
                let quote = Quote { price, confidence, publish_time, refreshed_slot: u64::MAX, second, ..quote() };
                let _ = (grade(quote), quote.bounds());
            }
        }
    }
}

#[test]
fn a_surface_is_fresh_or_aged_or_was_never_posted() {
    let of = |posted_at| Grade::of_surface(posted_at, 300, NOW);
    assert_eq!([of(NOW - 300), of(NOW - 301), of(0)], [Grade::Fresh, Grade::Aged, Grade::Invalid]);
}

#[test]
fn no_row_becomes_milder_but_for_last_prices_where_nobody_may_be_kept_from_liquidating() {
    for action in Action::ALL {
        let row = [Grade::Fresh, Grade::Aged, Grade::Wide, Grade::Divergent, Grade::Invalid];
        let row = row.map(|grade| action.accepts(grade));
        assert!(row.is_sorted(), "{}: {row:?}", action.meaning());
        assert_eq!(row[0], Acceptance::Full, "{}", action.meaning());
        let takes_last = matches!(action, Action::CloseElsewhere | Action::Cover | Action::Report);
        let silent = action.accepts(Grade::Silent);
        assert!(takes_last || silent >= action.accepts(Grade::Divergent), "{}", action.meaning());
        // Who is refused for a stale price can refresh it.
        let stale = action.accepts(Grade::Stale);
        assert!(stale >= action.accepts(Grade::Divergent) || stale == silent, "{}", action.meaning());
    }
}

#[test]
fn the_table_has_a_row_for_each_action_in_its_place() {
    for (place, action) in Action::ALL.into_iter().enumerate() {
        assert_eq!(action as usize, place);
    }
    for (place, grade) in Grade::ALL.into_iter().enumerate() {
        assert_eq!(grade as usize, place);
    }
}

/// What must hold of the table whatever else is changed in it.
#[test]
fn no_grade_of_one_asset_freezes_an_account_or_blocks_its_liquidation() {
    for grade in Grade::ALL {
        // A deposit never stands in the way, nor does it count more than nothing in doubt.
        for action in [Action::Pledge, Action::LiquidatorPledge, Action::Cover] {
            assert!(action.accepts(grade) <= Acceptance::Nothing);
        }
        if matches!(grade, Grade::Stale | Grade::Invalid) {
            continue;
        }
        assert!(Action::Carry.accepts(grade) < Acceptance::Refused);
        assert!(Action::Peg.accepts(grade) < Acceptance::Refused);
        assert!(Action::CloseElsewhere.accepts(grade) <= Acceptance::Disputed);
    }
    // What owners may do at all in doubt is no more than reduce where the doubt is.
    for grade in [Grade::Aged, Grade::Wide, Grade::Divergent] {
        assert_eq!(Action::Trade.accepts(grade), Acceptance::ReduceOnly);
        assert_eq!(Action::Withdraw.accepts(grade), Acceptance::SetAside);
    }
}

use super::*;

const NOW: i64 = 1_900_000_000;

fn acceptance() -> Acceptance {
    Acceptance {
        price_decimals: 4,
        confidence_refusal: ballast_risk::Ratio::from_millionths(20_000).to_bits(),
        oldest: 60,
        held_publish_time: NOW - 30,
        now: NOW,
    }
}

/// 98,765.43210987 ± 12.34 as Pyth states it.
fn publication() -> Statement {
    Statement {
        price: 9_876_543_210_987,
        confidence: 1_234_000_001,
        exponent: -8,
        publish_time: NOW - 1,
        average: 9_876_500_000_000,
    }
}

fn refusal(change: impl FnOnce(&mut Statement)) -> BallastError {
    let mut publication = publication();
    change(&mut publication);
    let Err(Error::AnchorError(error)) = publication.accept(&acceptance()) else {
        panic!("{publication:?} is accepted")
    };
    [
        BallastError::OraclePriceNotPositive,
        BallastError::OracleExponent,
        BallastError::OracleConfidence,
        BallastError::OracleStale,
        BallastError::OracleFromFuture,
        BallastError::OracleOutOfOrder,
        BallastError::OraclePriceOutOfRange,
    ]
    .into_iter()
    .find(|&expected| u32::from(expected) == error.error_code_number)
    .unwrap_or_else(|| panic!("unexpected {error:?}"))
}

#[test]
fn converts_to_ticks_price_to_nearest_and_confidence_up() {
    let quote = publication().accept(&acceptance()).ok();
    let price = Price::new(987_654_321).expect("the price is in range");
    assert_eq!(quote, Some(Publication { price, confidence: 123_401, publish_time: NOW - 1, average: 987_650_000 }));
    assert_eq!(to_ticks(15, -1, Rounding::Nearest), Some(2));
    assert_eq!(to_ticks(14, -1, Rounding::Nearest), Some(1));
    assert_eq!(to_ticks(11, -1, Rounding::Up), Some(2));
    assert_eq!(to_ticks(10, -1, Rounding::Up), Some(1));
    assert_eq!(to_ticks(3, 2, Rounding::Nearest), Some(300));
    assert_eq!(to_ticks(u64::MAX, 1, Rounding::Nearest), None);
    assert_eq!(to_ticks(u64::MAX, -1, Rounding::Nearest), None);
    assert_eq!(to_ticks(1, 31, Rounding::Nearest), None);
    assert_eq!(to_ticks(1, -18, Rounding::Up), Some(1));
}

#[test]
fn each_property_is_refused_with_its_own_error() {
    assert_eq!(refusal(|it| it.price = 0), BallastError::OraclePriceNotPositive);
    assert_eq!(refusal(|it| it.price = i64::MIN), BallastError::OraclePriceNotPositive);
    assert_eq!(refusal(|it| it.exponent = 7), BallastError::OracleExponent);
    assert_eq!(refusal(|it| it.exponent = i32::MIN), BallastError::OracleExponent);
    assert_eq!(refusal(|it| it.publish_time = NOW + 1), BallastError::OracleFromFuture);
    assert_eq!(refusal(|it| it.publish_time = NOW - 61), BallastError::OracleStale);
    assert_eq!(refusal(|it| it.publish_time = i64::MIN), BallastError::OracleStale);
    assert_eq!(refusal(|it| it.publish_time = NOW - 31), BallastError::OracleOutOfOrder);
    assert_eq!(refusal(|it| it.confidence = u64::MAX), BallastError::OracleConfidence);
    assert_eq!(refusal(|it| it.confidence = 200_000_000_000), BallastError::OracleConfidence);
    assert_eq!(refusal(|it| it.exponent = 6), BallastError::OraclePriceOutOfRange);
    assert_eq!(refusal(|it| (it.exponent, it.price, it.confidence) = (-18, 1, 0)), BallastError::OraclePriceOutOfRange);
}

#[test]
fn accepts_the_limits_themselves() {
    for publish_time in [NOW - 30, NOW] {
        assert!(Statement { publish_time, ..publication() }.accept(&acceptance()).is_ok());
    }
    let widest = num::mul_div_floor(9_876_543_210_987, u64::from(acceptance().confidence_refusal), 1 << 30);
    let confidence = widest.unwrap_or_default();
    assert!(Statement { confidence, ..publication() }.accept(&acceptance()).is_ok());
    assert_eq!(refusal(|it| it.confidence = confidence + 1), BallastError::OracleConfidence);
}

#[test]
fn an_average_that_does_not_fit_is_none() {
    for average in [0, -1, i64::MIN, i64::MAX, 1] {
        let taken = Statement { average, ..publication() }.accept(&acceptance());
        assert!(matches!(taken, Ok(Publication { average: 0, .. })), "{average}");
    }
}

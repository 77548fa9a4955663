//! Orders that every book keeps: isolated above cross, the whole below its parts, losses in proportion.

use ballast_risk::{MicroUsd, revaluation::Netting};
use proptest::prelude::*;

use crate::book::{Book, Leg, any_book, join};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    /// Term by term, to the last unit.
    #[test]
    fn positions_alone_need_no_less_than_together(book in any_book(14)) {
        let alone = book.risk(Netting::Alone);
        let together = book.risk(Netting::Together);
        prop_assert!(alone.scan_loss >= together.scan_loss, "{:?} {:?}", alone.scan_loss, together.scan_loss);
        prop_assert!(alone.maintenance_charge >= together.maintenance_charge);
        prop_assert!(alone.initial_charge >= together.initial_charge);
        prop_assert_eq!(alone.option_value, together.option_value);
        prop_assert_eq!(alone.linear_profit, together.linear_profit);
        prop_assert_eq!(alone.gross_notional, together.gross_notional);
    }

    /// A declared hedge keeps the order.
    #[test]
    fn a_hedge_keeps_the_order(book in any_book(6), hedge in 0i64..1_000_000_000_000) {
        let mut market = book.market();
        market.hedge_value = MicroUsd(hedge);
        prop_assert!(
            book.risk_in(&market, Netting::Alone).scan_loss >= book.risk_in(&market, Netting::Together).scan_loss
        );
    }

    /// Two books merged lose at most what they lose apart; the slack of a rounded conversion is a few µUSD per expiry.
    #[test]
    fn scan_loss_is_subadditive(book in any_book(10), split in any::<u64>()) {
        let part = |wanted: bool| Book {
            legs: book.legs.iter().enumerate()
                .filter(|(index, _)| (split >> (index % 64) & 1 == 1) == wanted)
                .map(|(_, leg)| *leg).collect(),
            ..book.clone()
        };
        let (one, other) = (part(true), part(false));
        let sum = one.risk(Netting::Together).scan_loss + other.risk(Netting::Together).scan_loss;
        let whole = join(&one, &other).risk(Netting::Together).scan_loss;
        prop_assert!(whole <= sum, "{whole:?} {sum:?}");
    }

    /// Twice the book loses twice as much, up to rounding.
    #[test]
    fn scan_loss_is_homogeneous(book in any_book(8)) {
        let twice = Book {
            legs: book.legs.iter().map(|leg| match *leg {
                Leg::Perpetual { lots } => Leg::Perpetual { lots: 2 * lots },
                Leg::Future { expiry, lots } => Leg::Future { expiry, lots: 2 * lots },
                Leg::Option { expiry, strike, is_call, lots } =>
                    Leg::Option { expiry, strike, is_call, lots: 2 * lots },
            }).collect(),
            ..book.clone()
        };
        let one = book.risk(Netting::Together).scan_loss.0;
        let two = twice.risk(Netting::Together).scan_loss.0;
        prop_assert!((two - 2 * one).abs() <= 64, "{two} {one}");
    }
}

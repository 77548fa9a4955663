//! Who bears a deficit: attribution, the fund's window and the liquidator's compensation.

use ballast_risk::{
    MicroUsd, Ratio,
    waterfall::{Compensation, DrawWindow, divide, is_open_bankruptcy},
};
use proptest::prelude::*;

const HALF: Ratio = Ratio::from_millionths(500_000);
const FEE: Ratio = Ratio::from_millionths(50_000);
const DAY: u32 = 86_400;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn parts_add_up_and_follow_their_weights(total in 0_i64..1 << 57, weights in prop::array::uniform8(-(1_i64 << 50)..1 << 56)) {
        let parts = divide(MicroUsd(total), &weights.map(MicroUsd));
        let sum: i128 = weights.iter().map(|&weight| i128::from(weight.max(0))).sum();
        if sum == 0 {
            prop_assert_eq!(parts, [MicroUsd::ZERO; 8]);
            return Ok(());
        }
        prop_assert_eq!(parts.iter().map(|part| i128::from(part.0)).sum::<i128>(), i128::from(total));
        for (part, weight) in parts.iter().zip(weights) {
            let exact = i128::from(total) * i128::from(weight.max(0)) / sum;
            prop_assert!((exact..=exact + 1).contains(&i128::from(part.0)), "{part:?} for {weight}");
            prop_assert!(weight > 0 || part.0 == 0);
        }
    }

    /// Whatever is asked for and whenever, one market never draws more within a window than its share of the fund.
    #[test]
    fn a_market_draws_its_share_a_window(
        assets in 0_u64..1 << 50,
        asked in prop::collection::vec((0_i64..1 << 50, 0_i64..100_000, 0_u64..1 << 40), 1..40),
    ) {
        let (mut window, mut fund, mut now) = (DrawWindow::default(), assets, 1_700_000_000);
        let (mut in_window, mut started_at) = (0_u64, None);
        for (wanted, pause, income) in asked {
            now += pause;
            fund += income;
            let drawn = window.draw(MicroUsd(wanted), fund, HALF, now, DAY).0 as u64;
            prop_assert!(drawn <= fund && drawn <= wanted as u64);
            if started_at.is_none_or(|start: i64| now - start >= i64::from(DAY)) && drawn > 0 {
                (in_window, started_at) = (0, Some(now));
            }
            in_window += drawn;
            fund -= drawn;
            // Half of what there would be without the draws.
            prop_assert!(in_window <= fund, "{in_window} drawn, {fund} left");
            // And nothing is held back without need.
            prop_assert!(drawn == wanted as u64 || in_window + 1 >= fund, "{in_window} drawn, {fund} left");
        }
    }

    #[test]
    fn compensation_is_bounded(
        equity in -(1_i64 << 50)..0,
        fraction in 1_u32..=1 << 28,
        rise in -(1_i64 << 50)..1 << 50,
        freed in -(1_i64 << 50)..1 << 50,
    ) {
        let owed = Compensation::owed(MicroUsd(equity), fraction, MicroUsd(rise), MicroUsd(freed), FEE);
        let exact = -i128::from(equity) * i128::from(fraction);
        let ceiling = (exact + (1 << 28) - 1) >> 28;
        prop_assert_eq!(i128::from(owed.deficit.0), ceiling.min(i128::from(rise.max(0))));
        prop_assert!(owed.bonus.0 >= 0 && owed.bonus <= owed.deficit && owed.bonus <= FEE.of_ceil(MicroUsd(freed.max(0))));
    }
}

#[test]
fn a_window_begins_with_the_first_draw_after_the_last() {
    let mut window = DrawWindow::default();
    let mut draw = |wanted, assets, now| window.draw(MicroUsd(wanted), assets, HALF, now, DAY).0;
    assert_eq!(draw(30, 100, 1_000_000), 30);
    assert_eq!(draw(30, 70, 1_000_010), 20, "half of a hundred");
    assert_eq!(draw(1, 50, 1_000_000 + 86_399), 0);
    assert_eq!(draw(100, 50, 1_000_000 + 86_400), 25, "a new window");
    assert_eq!(draw(100, 25, 1_000_000 + 86_401), 0);
}

#[test]
fn dust_is_not_put_on_record() {
    let limit = MicroUsd(50);
    assert!(!is_open_bankruptcy(MicroUsd(-49), limit) && is_open_bankruptcy(MicroUsd(-50), limit));
    assert!(!is_open_bankruptcy(MicroUsd(0), MicroUsd(0)) && is_open_bankruptcy(MicroUsd(-1), MicroUsd(0)));
}

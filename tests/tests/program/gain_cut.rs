//! `resolve_bankruptcy` where the insurance fund does not suffice: cuts of unsettled gains on the perpetual.

use ballast::{
    BallastError,
    events::{BankruptcyResolved, ExpirySettled, FeesCollected, PnlSettled},
};
use ballast_harness::{Exchange, Trader, oracle::USD};
use ballast_risk::Mode;
use ballast_state::{Contract, Expiry, PositionKind};
use ballast_tests::{assert_refused, standard};

/// One bitcoin in lots of the seeded market.
const BITCOIN: i64 = 100_000;
/// One µUSD-dollar.
const DOLLAR: i64 = 1_000_000;
/// One, in the scale of fractions.
const WHOLE: u32 = 1 << 28;
const DAY: u64 = 86_400;

/// Somebody with 21,000 USDC who bought a bitcoin at 100,000, three quarters from the first winner and one from the
/// second; a liquidator; the bitcoin at this price, and no insurance fund.
fn crash(price: i64) -> (Exchange, Trader, [Trader; 2], Trader) {
    let mut exchange = standard();
    let victim = exchange.trader(Mode::Portfolio, &[("USDC", 21_000 * DOLLAR as u64)]);
    let winners = [0; 2].map(|_| exchange.trader(Mode::Portfolio, &[("USDC", 500_000 * DOLLAR as u64)]));
    let liquidator = exchange.trader(Mode::Portfolio, &[("USDC", 200_000 * DOLLAR as u64)]);
    exchange.buy(&victim, &winners[0], "BTC", Contract::PERPETUAL, BITCOIN / 4 * 3);
    exchange.buy(&victim, &winners[1], "BTC", Contract::PERPETUAL, BITCOIN / 4);
    exchange.set_price("BTC", price * USD);
    exchange.refresh_all();
    (exchange, victim, winners, liquidator)
}

fn settle(exchange: &mut Exchange, trader: &Trader) -> PnlSettled {
    let outcome = exchange.settle_pnl(trader, "BTC", PositionKind::Perpetual, 0).expect("the position settles");
    exchange.assert_books_balance();
    outcome.event()
}

fn resolve(exchange: &mut Exchange, victim: &Trader, liquidator: &Trader, fraction: u32) -> BankruptcyResolved {
    let outcome = exchange.resolve_bankruptcy(victim, liquidator, fraction).expect("the bankruptcy is resolved");
    exchange.assert_books_balance();
    outcome.event()
}

#[test]
fn gains_are_cut_in_proportion_and_the_liquidator_has_them() {
    let (mut exchange, victim, winners, liquidator) = crash(78_900);
    for winner in &winners {
        assert_eq!(settle(&mut exchange, winner).cut, 0);
    }
    let equities = winners.each_ref().map(|winner| exchange.assess(winner).equity);
    let event = resolve(&mut exchange, &victim, &liquidator, WHOLE);
    // A deficit of 100 dollars and as much of a bonus.
    let total = 200 * DOLLAR;
    assert_eq!((event.deficit + event.bonus, event.losses[0].insurance, event.losses[0].gains), (total, 0, total));
    // Pending, and counted already: 150 dollars of the one, 50 of the other, rounded up.
    let after = winners.each_ref().map(|winner| exchange.assess(winner).equity);
    let cuts = [equities[0] - after[0], equities[1] - after[1]];
    assert_eq!(winners.each_ref().map(|winner| exchange.preview(winner).equity), after);
    for (cut, exact) in cuts.into_iter().zip([total / 4 * 3, total / 4]) {
        assert!((exact..=exact + 1).contains(&cut), "{cut} cut, {exact} by proportion");
    }
    for (winner, cut) in winners.iter().zip(cuts) {
        let settled = settle(&mut exchange, winner);
        assert_eq!(settled.cut, cut);
        assert_eq!(settle(&mut exchange, winner).cut, 0, "only once");
    }
    assert_eq!(winners.each_ref().map(|winner| exchange.assess(winner).equity), after);
    let taken = exchange.account(&liquidator).positions[0];
    assert_eq!((taken.quantity, taken.ledger), (BITCOIN, -100_000 * DOLLAR + total));
    // Cash is nobody's but its owner's.
    assert!(winners.iter().all(|winner| exchange.account(winner).cash == 500_000 * DOLLAR));
}

#[test]
fn what_was_cut_is_paid_out_of_losses_that_come_in() {
    let (mut exchange, victim, winners, liquidator) = crash(78_900);
    for winner in &winners {
        settle(&mut exchange, winner);
    }
    resolve(&mut exchange, &victim, &liquidator, WHOLE);
    for (winner, lots) in winners.iter().zip([BITCOIN / 4 * 3, BITCOIN / 4]) {
        exchange.buy(winner, &liquidator, "BTC", Contract::PERPETUAL, lots);
    }
    // The liquidator owes 21,100 for the bitcoin, less the 200 that were cut.
    assert_eq!(settle(&mut exchange, &liquidator).settled, -20_900 * DOLLAR);
    exchange.pass_time(DAY);
    let paid: i64 = winners.each_ref().map(|winner| settle(&mut exchange, winner).settled).iter().sum();
    exchange.pass_time(DAY);
    let rest: i64 = winners
        .iter()
        .filter(|winner| exchange.account(winner).position_count > 0)
        .map(|winner| exchange.account(winner).positions[0].ledger)
        .sum();
    assert!((20_899_999_998..=20_900 * DOLLAR).contains(&(paid + rest)), "{paid} and {rest}");
    assert_eq!(exchange.account(&liquidator).cash, 200_000 * DOLLAR + 21_000 * DOLLAR - 20_900 * DOLLAR);
}

#[test]
fn the_fund_pays_first() {
    let (mut exchange, victim, winners, liquidator) = crash(78_900);
    let staker = exchange.staker(300 * DOLLAR as u64);
    exchange.stake(&staker, 300 * DOLLAR as u64).expect("the stake is accepted");
    settle(&mut exchange, &winners[0]);
    let event = resolve(&mut exchange, &victim, &liquidator, WHOLE);
    assert_eq!((event.losses[0].insurance, event.losses[0].gains), (150 * DOLLAR, 50 * DOLLAR));
    // Whose gain nobody has seen is not cut, and that of whoever comes later is not either.
    assert_eq!(settle(&mut exchange, &winners[1]).cut, 0);
    let cut = settle(&mut exchange, &winners[0]).cut;
    assert!((50 * DOLLAR..=50 * DOLLAR + 1).contains(&cut));
}

#[test]
fn a_bankruptcy_cuts_only_a_share_of_the_gains() {
    let (mut exchange, victim, winners, liquidator) = crash(50_000);
    for winner in &winners {
        settle(&mut exchange, winner);
    }
    // 29,000 dollars and the bonus, of gains of 50,000.
    assert_refused(&mut exchange, BallastError::LossUncovered, |exchange| {
        exchange.resolve_bankruptcy(&victim, &liquidator, WHOLE)
    });
    let first = resolve(&mut exchange, &victim, &liquidator, WHOLE / 2);
    assert_eq!(first.deficit, 14_500 * DOLLAR);
    let second = resolve(&mut exchange, &victim, &liquidator, WHOLE / 2);
    assert_eq!(second.deficit, 7_250 * DOLLAR);
    let cuts: i64 = winners.each_ref().map(|winner| settle(&mut exchange, winner).cut).iter().sum();
    let total: i64 = [&first, &second].iter().map(|event| event.losses[0].gains).sum();
    assert!((total..=total + 4).contains(&cuts), "{cuts} of {total}");
}

#[test]
fn what_has_vested_is_cut_too() {
    let (mut exchange, victim, winners, liquidator) = crash(78_900);
    settle(&mut exchange, &winners[0]);
    exchange.pass_time(DAY);
    settle(&mut exchange, &winners[0]);
    let vested = exchange.account(&winners[0]).markets[0].linear_gain.vested;
    assert_eq!(vested, 15_825 * DOLLAR);
    resolve(&mut exchange, &victim, &liquidator, WHOLE);
    let cut = settle(&mut exchange, &winners[0]).cut;
    assert_eq!(exchange.account(&winners[0]).markets[0].linear_gain.vested, vested - cut);
}

#[test]
fn a_cut_reaches_a_position_that_is_traded_or_liquidated_first() {
    let (mut exchange, victim, winners, liquidator) = crash(78_900);
    for winner in &winners {
        settle(&mut exchange, winner);
    }
    resolve(&mut exchange, &victim, &liquidator, WHOLE);
    let before = exchange.account(&winners[0]).positions[0].ledger;
    exchange.buy(&winners[0], &liquidator, "BTC", Contract::PERPETUAL, 1);
    let bought = exchange.account(&winners[0]);
    // One lot is 0.789 dollars, and 150 dollars were cut.
    let cut = before - 789_000 - bought.positions[0].ledger;
    assert!((150 * DOLLAR..=150 * DOLLAR + 1).contains(&cut), "{cut}");
    assert_eq!(bought.markets[0].pending_cut(&exchange.market(1)), 0);
    exchange.assert_books_balance();
    // The other one falls below maintenance margin and is taken by slices.
    exchange.withdraw(&winners[1], "USDC", 490_000 * DOLLAR as u64).expect("the excess may leave");
    exchange.set_price("BTC", 135_000 * USD);
    exchange.refresh_all();
    let slice = ballast::LiquidationPlan::Slice { fraction: WHOLE / 8 };
    exchange.liquidate(&winners[1], &liquidator, slice).expect("the slice is taken");
    assert_eq!(exchange.account(&winners[1]).markets[0].pending_cut(&exchange.market(1)), 0);
    exchange.assert_books_balance();
}

/// A winner whose gain is gone by the time its cut is looked at pays nothing for it, and whose gain is left bears no more
/// than his part: the insurance fund makes the difference good, within what the market may draw.
#[test]
fn a_gain_that_is_gone_costs_its_holder_nothing() {
    let (mut exchange, victim, winners, liquidator) = crash(78_900);
    for winner in &winners {
        settle(&mut exchange, winner);
    }
    resolve(&mut exchange, &victim, &liquidator, WHOLE);
    exchange.set_price("BTC", 100_000 * USD);
    exchange.refresh_all();
    let before = exchange.assess(&winners[0]).equity;
    assert_eq!(before, 500_000 * DOLLAR, "the pending cut counts for nothing where there is no gain");
    let settled = settle(&mut exchange, &winners[0]);
    assert_eq!((settled.cut, settled.profit, settled.cash), (0, 0, 500_000 * DOLLAR));
    let uncollected = exchange.market(1).uncollected_cut;
    assert!((150 * DOLLAR as u64..=150 * DOLLAR as u64 + 1).contains(&uncollected), "{uncollected}");

    // Of the other one's gain a part is left: 20 dollars for his quarter, of a cut of 50.
    exchange.set_price("BTC", 99_920 * USD);
    exchange.refresh_all();
    let settled = settle(&mut exchange, &winners[1]);
    assert_eq!((settled.cut, settled.profit, settled.cash), (20 * DOLLAR, 0, 500_000 * DOLLAR));
    let uncollected = exchange.market(1).uncollected_cut as i64;
    assert!((180 * DOLLAR..=180 * DOLLAR + 2).contains(&uncollected), "{uncollected}");

    // The fund is empty at first, then pays a share of what it holds in each window.
    let swept: FeesCollected = exchange.collect_fees("BTC").expect("anyone may sweep").event();
    assert_eq!((swept.cuts_made_good, swept.uncollected_cut as i64), (0, uncollected));
    let staker = exchange.staker(300 * DOLLAR as u64);
    exchange.stake(&staker, 300 * DOLLAR as u64).expect("the stake is accepted");
    let pool = exchange.market(1).perpetual_pool as i64;
    let swept: FeesCollected = exchange.collect_fees("BTC").expect("anyone may sweep").event();
    assert_eq!(swept.cuts_made_good as i64, 150 * DOLLAR);
    assert_eq!(exchange.market(1).perpetual_pool as i64, pool + 150 * DOLLAR);
    exchange.assert_books_balance();
    let swept: FeesCollected = exchange.collect_fees("BTC").expect("anyone may sweep").event();
    assert_eq!(swept.cuts_made_good, 0, "no more in the same window");
    exchange.pass_time(DAY);
    let swept: FeesCollected = exchange.collect_fees("BTC").expect("anyone may sweep").event();
    assert_eq!((swept.cuts_made_good as i64, swept.uncollected_cut), (uncollected - 150 * DOLLAR, 0));
    exchange.assert_books_balance();
}

/// The perpetual of a closing market settles with a cut pending: it is borne there too, at the settlement price.
#[test]
fn a_cut_reaches_a_perpetual_that_settles_with_its_market() {
    let (mut exchange, victim, winners, liquidator) = crash(78_900);
    let expiry = exchange.list_chain("BTC", 3, &[]);
    for winner in &winners {
        settle(&mut exchange, winner);
    }
    exchange.close_market(&expiry).expect("the market closes");
    resolve(&mut exchange, &victim, &liquidator, WHOLE);
    exchange.pass_time((expiry.expires_at - Expiry::AVERAGING_SECONDS - exchange.chain.now()) as u64);
    exchange.pass_minutes_until(expiry.expires_at);
    exchange.fix_settlement(&expiry).expect("the price is fixed");
    let settled: ExpirySettled = exchange.settle_expired(&winners[0], &expiry).expect("it settles").event();
    // Three quarters of 21,100 dollars gained, less 150 cut; nothing moves in the market while time passes.
    let gain = 15_825 * DOLLAR - 150 * DOLLAR;
    assert!((gain - 1..=gain).contains(&settled.value), "{} settled", settled.value);
    exchange.assert_books_balance();
}

/// Whoever has a gain himself resolves the bankruptcy to get away without the cut: his gain is cut like any other.
#[test]
fn attacker_resolves_a_bankruptcy_to_keep_his_own_gain_from_the_cut() {
    let (mut exchange, victim, winners, _) = crash(78_900);
    for winner in &winners {
        settle(&mut exchange, winner);
    }
    let others = exchange.assess(&winners[1]).equity;
    resolve(&mut exchange, &victim, &winners[0], WHOLE);
    let lost = others - exchange.assess(&winners[1]).equity;
    assert!((50 * DOLLAR..=50 * DOLLAR + 1).contains(&lost), "the other one loses his quarter, {lost}");
}

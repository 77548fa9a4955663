//! Sizes, prices and speed of liquidation steps.

use ballast_risk::{
    Margin, MicroUsd, Ratio,
    liquidation::{LiquidationRules, Progress, StepRefusal, StepTerms, share_freed},
    margin::Tier,
    scenario::ONE_Q28,
};
use proptest::prelude::*;

const RULES: LiquidationRules = LiquidationRules {
    buffer: Ratio::ZERO,
    tolerance: Ratio::from_millionths(10_000),
    price_start: Ratio::from_millionths(990_000),
    price_end: Ratio::from_millionths(700_000),
    price_slots: 300,
    fee: Ratio::from_millionths(50_000),
    insurance_share: Ratio::from_millionths(500_000),
    dust_limit: MicroUsd(1_000_000),
    close_factor: Ratio::from_millionths(250_000),
    close_factor_floor: Ratio::from_millionths(100_000),
    cooldown_slots: 4,
    accelerated_slots: 150,
};

/// Regimes of a sleepy, a calm and a wild market.
const SLEEPY: Ratio = Ratio::from_millionths(500_000);
const CALM: Ratio = Ratio::ONE;
const WILD: Ratio = Ratio::from_millionths(3_000_000);

fn share(ratio: Ratio) -> f64 {
    f64::from(ratio.to_bits()) / f64::from(1_u32 << 30)
}

fn margin(equity: i64, maintenance_excess: i64) -> Margin {
    Margin {
        equity: MicroUsd(equity * 1_000_000),
        maintenance_excess: MicroUsd(maintenance_excess * 1_000_000),
        ..Margin::default()
    }
}

/// Derive's example of its own formula: BM −10, equity 100, price 0.95 gives 9.52 %.
#[test]
fn the_slice_restores_the_target() {
    let fraction = RULES.largest_slice(&margin(100, -10), Ratio::from_millionths(950_000), MicroUsd::ZERO);
    assert!((fraction as f64 / ONE_Q28 as f64 - 10.0 / 105.0).abs() < 1e-7, "{fraction}");
}

#[test]
fn cash_already_received_makes_the_slice_larger_or_equal() {
    let price = Ratio::from_millionths(950_000);
    let without = RULES.largest_slice(&margin(100, -10), price, MicroUsd::ZERO);
    let with = RULES.largest_slice(&margin(100, -10), price, MicroUsd(40_000_000));
    // B / (B − E·p − R·(1−p)) = 10 / (10 + 95 + 2).
    assert!((with as f64 / ONE_Q28 as f64 - 10.0 / 107.0).abs() < 1e-7);
    assert!(with < without);
}

#[test]
fn a_healthy_account_yields_no_slice_and_dust_goes_whole() {
    assert_eq!(RULES.largest_slice(&margin(100, 1), Ratio::ONE, MicroUsd::ZERO), 0);
    let dust = Margin { equity: MicroUsd(999_999), maintenance_excess: MicroUsd(-1), ..Margin::default() };
    assert_eq!(RULES.largest_slice(&dust, Ratio::ONE, MicroUsd::ZERO), ONE_Q28);
}

#[test]
fn the_price_falls_to_its_end_and_stays() {
    let at = |slots| share(RULES.slice_price(slots, CALM));
    assert!((at(0) - 0.99).abs() < 1e-8);
    assert!((at(150) - 0.845).abs() < 1e-8);
    assert!((at(300) - 0.70).abs() < 1e-8);
    assert!((at(u64::MAX) - 0.70).abs() < 1e-8);
    // Three times as fast where the market is wild, half as fast where it sleeps.
    assert!((share(RULES.slice_price(50, WILD)) - 0.845).abs() < 1e-8);
    assert!((share(RULES.slice_price(300, SLEEPY)) - 0.845).abs() < 1e-8);
}

#[test]
fn a_step_must_help_and_must_not_overshoot() {
    let before = margin(100, -10);
    assert_eq!(RULES.accepts(&before, &margin(100, -10)), Err(StepRefusal::NoImprovement));
    assert_eq!(RULES.accepts(&before, &margin(100, -11)), Err(StepRefusal::NoImprovement));
    assert_eq!(RULES.accepts(&before, &margin(100, -2)), Ok(()));
    assert_eq!(RULES.accepts(&before, &margin(100, 1)), Ok(()));
    assert_eq!(RULES.accepts(&before, &margin(100, 3)), Err(StepRefusal::BeyondTarget));
}

#[test]
fn the_reward_is_split_and_limited_by_cash() {
    const PLENTY: MicroUsd = MicroUsd(i64::MAX);
    let (liquidator, insurance) = RULES.leg_reward(RULES.fee, MicroUsd(1_000_000), PLENTY, PLENTY);
    assert!((liquidator.0 - 25_000).abs() <= 1 && (insurance.0 - 25_000).abs() <= 1);
    let (liquidator, insurance) = RULES.leg_reward(RULES.fee, MicroUsd(1_000_000), PLENTY, MicroUsd(101));
    assert_eq!((liquidator.0, insurance.0), (50, 51));
    let nothing = (MicroUsd::ZERO, MicroUsd::ZERO);
    assert_eq!(RULES.leg_reward(RULES.fee, MicroUsd(-5), PLENTY, MicroUsd(100)), nothing);
    assert_eq!(RULES.leg_reward(RULES.fee, MicroUsd(1_000_000), PLENTY, MicroUsd(-1)), nothing);
    // Legs that free much and let the excess rise by little, as when a hedge becomes ordinary collateral.
    let (liquidator, insurance) = RULES.leg_reward(RULES.fee, MicroUsd(1_000_000), MicroUsd(1_000), PLENTY);
    assert_eq!((liquidator.0, insurance.0), (250, 250));
    assert_eq!(RULES.leg_reward(RULES.fee, MicroUsd(1_000_000), MicroUsd(-1_000), PLENTY), nothing);
}

#[test]
fn urgency_and_what_follows_from_it() {
    // Ten dollars short of 110 required.
    let short = margin(100, -10);
    let urgency = RULES.urgency(&short, CALM);
    assert!((share(urgency) - 10.0 / 110.0).abs() < 1e-8);
    // A quarter of that is below the floor; where the market is wild, three quarters of it.
    assert_eq!(RULES.close_factor(urgency), RULES.close_factor_floor);
    let short = margin(50, -50);
    assert!((share(RULES.close_factor(RULES.urgency(&short, CALM))) - 0.125).abs() < 1e-8);
    assert!((share(RULES.close_factor(RULES.urgency(&short, WILD))) - 0.375).abs() < 1e-8);
    // Nothing goes more than whole.
    let doubled = LiquidationRules { close_factor: Ratio::from_millionths(500_000), ..RULES };
    assert_eq!(doubled.close_factor(Ratio::from_bits(u32::MAX)), Ratio::ONE);
    // Half of the fee, and from half of the cover missing all of it.
    assert!((share(RULES.leg_bonus(RULES.urgency(&margin(100, -10), CALM))) - 0.025).abs() < 1e-8);
    assert!((share(RULES.leg_bonus(RULES.urgency(&margin(60, -30), CALM))) - 0.05 * 2.0 / 3.0).abs() < 1e-8);
    assert!((share(RULES.leg_bonus(RULES.urgency(&margin(50, -50), CALM))) - 0.05).abs() < 1e-8);
    // At the target nothing is urgent; where nothing is required, everything.
    assert_eq!(RULES.urgency(&margin(100, 0), WILD), Ratio::ZERO);
    assert_eq!(RULES.urgency(&margin(-10, -10), CALM), Ratio::from_bits(u32::MAX));
    assert_eq!([SLEEPY, CALM, WILD].map(|regime| RULES.cooldown(regime)), [8, 4, 1]);
}

/// The terms of a step, and the progress that it starts from.
fn step(margin: &Margin, progress: Progress, slot: u64) -> (Progress, StepTerms) {
    RULES.next_step(margin, CALM, progress, slot).expect("the account may be liquidated")
}

/// A margin whose requirement has no haircut in it.
fn breached(equity: i64, maintenance_excess: i64) -> Margin {
    let requirement = MicroUsd((equity - maintenance_excess) * 1_000_000);
    Margin { maintenance_requirement: requirement, ..margin(equity, maintenance_excess) }
}

#[test]
fn tiers_follow_cover_and_time() {
    let at = |margin: &Margin, slots: u64| {
        step(margin, Progress { started_slot: 1_000, step_slot: 1_000 + slots, ..Progress::default() }, 1_000 + slots)
            .1
            .tier
    };
    assert_eq!(at(&breached(100, -10), 0), Tier::Partial);
    assert_eq!(at(&breached(100, -10), 150), Tier::Partial);
    assert_eq!(at(&breached(100, -10), 151), Tier::Accelerated);
    assert_eq!(at(&breached(40, -50), 0), Tier::Accelerated);
    assert_eq!(at(&breached(-1, -50), 0), Tier::Bankrupt);
    // Above maintenance margin, on its way to the target, nothing is accelerated however long it takes.
    let rules = LiquidationRules { buffer: Ratio::from_millionths(150_000), ..RULES };
    let progress = Progress { started_slot: 1_000, step_slot: 1_990, ..Progress::default() };
    let (_, terms) = rules.next_step(&breached(100, 5), CALM, progress, 2_000).expect("it is below its target");
    assert_eq!(terms.tier, Tier::Partial);
}

#[test]
fn steps_share_the_close_factor_of_a_cool_down() {
    let short = breached(100, -10);
    let (progress, terms) = step(&short, Progress::default(), 1_000);
    assert_eq!((progress.started_slot, progress.step_slot, terms.allowance), (1_000, 1_000, RULES.close_factor_floor));
    let tenth = u64::from(RULES.close_factor_floor.to_bits()) >> 2;
    assert_eq!(terms.largest_slice(), terms.restoring_slice.min(tenth));
    assert_eq!(terms.allows_slice(tenth + 1), Err(StepRefusal::BeyondTarget));
    let deep = breached(60, -50);
    let (_, terms) = step(&deep, Progress::default(), 1_000);
    assert_eq!(terms.allows_slice(ONE_Q28 / 3), Err(StepRefusal::CloseFactorExceeded));
    assert_eq!(terms.allows_slice(terms.largest_slice()), Ok(()));

    // A tiny step keeps nobody from taking the rest at once, and gives nobody more than the rest.
    let tiny = progress.after(Ratio::from_millionths(1_000), MicroUsd::ZERO);
    let (progress, terms) = step(&short, tiny, 1_001);
    assert_eq!(terms.allowance.to_bits(), RULES.close_factor_floor.to_bits() - tiny.taken.to_bits());
    assert_eq!(terms.allows_share(RULES.close_factor_floor), Err(StepRefusal::CloseFactorExceeded));
    let full = progress.after(terms.allowance, MicroUsd(5));
    assert_eq!((full.step_slot, full.taken, full.proceeds), (1_000, RULES.close_factor_floor, MicroUsd(5)));
    for slot in 1_001..1_004 {
        let (_, terms) = step(&short, full, slot);
        assert_eq!(terms.require_allowance(), Err(StepRefusal::CoolingDown));
        assert_eq!(terms.allows_slice(1), Err(StepRefusal::CoolingDown));
    }
    let (progress, terms) = step(&short, full, 1_004);
    assert_eq!((progress.started_slot, progress.step_slot, progress.taken), (1_000, 1_004, Ratio::ZERO));
    assert_eq!((progress.proceeds, terms.allowance), (MicroUsd(5), RULES.close_factor_floor));

    // Neither close factor nor cool-down bind a liquidation that is accelerated.
    let (_, terms) = step(&breached(40, -50), full, 1_001);
    assert_eq!((terms.allowance, terms.largest_slice()), (Ratio::ONE, terms.restoring_slice));
}

#[test]
fn a_liquidation_lapses_only_after_its_last_price_was_on_offer_as_long_as_it_took() {
    assert_eq!([SLEEPY, CALM, WILD].map(|regime| RULES.lapse_slots(regime)), [1_202, 602, 300]);
    let begun = Progress { started_slot: 1_000, step_slot: 1_000, ..Progress::default() };
    let short = breached(100, -10);
    let (progress, terms) = step(&short, begun, 1_602);
    assert_eq!((progress.started_slot, terms.price, terms.tier), (1_000, RULES.price_end, Tier::Accelerated));
    let (progress, terms) = step(&short, begun, 1_603);
    assert_eq!((progress.started_slot, terms.price, terms.tier), (1_603, RULES.price_start, Tier::Partial));
    // What was received before is the account's own by then.
    let received = Progress { proceeds: MicroUsd(7), taken: Ratio::ONE, ..begun };
    assert_eq!(step(&short, received, 1_603).0.proceeds, MicroUsd::ZERO);
    // Above maintenance margin only a liquidation that is under way goes on, and only below the target.
    let rules = LiquidationRules { buffer: Ratio::from_millionths(150_000), ..RULES };
    assert!(rules.next_step(&breached(100, 5), CALM, begun, 1_602).is_some());
    assert!(rules.next_step(&breached(100, 5), CALM, begun, 1_603).is_none());
    assert!(rules.next_step(&breached(100, 5), CALM, Progress::default(), 1_000).is_none());
    assert!(rules.next_step(&breached(100, 50), CALM, begun, 1_001).is_none());
}

/// Attack: whoever wants the price to stay high, or the account to stay out of tier 3, takes a little whenever possible.
#[test]
fn tiny_steps_put_neither_the_price_nor_acceleration_off() {
    let short = breached(100, -10);
    let mut progress = Progress::default();
    let mut last = Ratio::ONE;
    for slot in 1_000..1_400 {
        let (next, terms) = step(&short, progress, slot);
        assert!(terms.price <= last && next.started_slot == 1_000);
        assert_eq!(terms.tier == Tier::Accelerated, slot > 1_150);
        assert!(terms.require_allowance().is_ok(), "a tiny step keeps nobody waiting");
        last = terms.price;
        progress = next.after(Ratio::from_bits(1), MicroUsd(1));
    }
    assert_eq!(last, RULES.price_end);
}

#[test]
fn dust_and_what_a_step_would_leave_of_it_go_whole() {
    let cents = |equity: i64| Margin {
        maintenance_requirement: MicroUsd(3_000_000),
        equity: MicroUsd(equity * 10_000),
        maintenance_excess: MicroUsd(equity * 10_000 - 3_000_000),
        ..Margin::default()
    };
    // The limit is a dollar. The close factor is 12 % here, so that 1.10 would leave 0.97.
    let rules = LiquidationRules { close_factor_floor: Ratio::from_millionths(120_000), ..RULES };
    let whole = |equity| {
        let (_, terms) = rules
            .next_step(
                &Margin { maintenance_requirement: MicroUsd(0), ..cents(equity) },
                CALM,
                Progress::default(),
                1_000,
            )
            .expect("below maintenance margin");
        assert_eq!(terms.allows_slice(ONE_Q28).is_ok(), terms.goes_whole);
        terms.goes_whole
    };
    assert_eq!([99, 110, 120].map(whole), [true, true, false]);
    // Dust does not wait for a cool-down either.
    let used = Progress { started_slot: 1_000, step_slot: 1_000, taken: Ratio::ONE, proceeds: MicroUsd::ZERO };
    assert_eq!(step(&cents(99), used, 1_001).1.allows_slice(ONE_Q28), Ok(()));
}

#[test]
fn collateral_is_never_sold_for_less_than_half_of_what_that_frees() {
    let price = Ratio::from_millionths(700_000);
    // A haircut of 80 % pays for the discount of 30 %; one of 12 % bounds it to 6 %.
    assert_eq!(RULES.collateral_price(price, MicroUsd(1_000), MicroUsd(800)), MicroUsd(700));
    assert_eq!(RULES.collateral_price(price, MicroUsd(1_000), MicroUsd(120)), MicroUsd(940));
    assert_eq!(RULES.collateral_price(price, MicroUsd(1_000), MicroUsd(-50)), MicroUsd(1_000));
    assert_eq!(RULES.collateral_price(price, MicroUsd(1), MicroUsd(1)), MicroUsd(1));
}

#[test]
fn shares_of_the_requirement_round_up() {
    let before = breached(100, -10);
    assert_eq!(share_freed(&before, MicroUsd(-1)), Ratio::ZERO);
    assert_eq!(share_freed(&before, MicroUsd(110_000_000)), Ratio::ONE);
    assert_eq!(share_freed(&before, MicroUsd(1)), Ratio::from_bits(10));
    assert_eq!(share_freed(&Margin::default(), MicroUsd(1)), Ratio::from_bits(u32::MAX));
}

/// Any rules within the bounds of the parameters.
fn rules() -> impl Strategy<Value = LiquidationRules> {
    let ratio = |from: u32, to: u32| (from..=to).prop_map(Ratio::from_millionths);
    let prices = (ratio(100_000, 1_000_000), ratio(100_000, 1_000_000), 1_u32..216_000);
    let factors = (ratio(10_000, 1_000_000), ratio(10_000, 1_000_000), 0_u32..1_000, 1_u32..216_000);
    let shares =
        (ratio(0, 1_000_000), ratio(0, 500_000), ratio(0, 200_000), ratio(0, 1_000_000), 0_i64..10_000_000_000);
    (prices, factors, shares).prop_map(
        |((one, other, price_slots), (c0, least, cooldown_slots, accelerated_slots), rest)| {
            let (buffer, tolerance, fee, insurance_share, dust_limit) = rest;
            LiquidationRules {
                buffer,
                tolerance,
                price_start: one.max(other),
                price_end: one.min(other),
                price_slots,
                fee,
                insurance_share,
                dust_limit: MicroUsd(dust_limit),
                close_factor: c0.max(least),
                close_factor_floor: c0.min(least),
                cooldown_slots,
                accelerated_slots,
            }
        },
    )
}

fn regime() -> impl Strategy<Value = Ratio> {
    (500_000_u32..=3_000_000).prop_map(Ratio::from_millionths)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    /// Close factor and bonus rise with the shortfall and with the regime, within their bounds; the price falls with
    /// either time or regime; the cool-down and the lapse shorten with the regime.
    #[test]
    fn speed_is_monotone_and_bounded(
        rules in rules(), regimes in [regime(), regime()], required in 1_i64..1 << 57,
        covers in [-(1_i64 << 57)..1 << 57, -(1_i64 << 57)..1 << 57], slots in any::<[u64; 2]>(),
    ) {
        let [calmer, wilder] = [regimes[0].min(regimes[1]), regimes[0].max(regimes[1])];
        let at = |cover: i64| Margin {
            equity: MicroUsd(cover),
            maintenance_excess: MicroUsd(cover) - MicroUsd(required),
            ..Margin::default()
        };
        let (better, worse) = (at(covers[0].max(covers[1])), at(covers[0].min(covers[1])));
        for (less, more) in [
            (rules.urgency(&better, calmer), rules.urgency(&worse, calmer)),
            (rules.urgency(&worse, calmer), rules.urgency(&worse, wilder)),
        ] {
            prop_assert!(less <= more);
            let factors = [less, more].map(|urgency| rules.close_factor(urgency));
            prop_assert!(factors[0] <= factors[1]);
            prop_assert!(factors[0] >= rules.close_factor_floor && factors[1] <= Ratio::ONE);
            let bonuses = [less, more].map(|urgency| rules.leg_bonus(urgency));
            prop_assert!(bonuses[0] <= bonuses[1] && bonuses[1] <= rules.fee);
            prop_assert!(bonuses[0].to_bits() >= rules.fee.to_bits() / 2);
        }
        let [soon, late] = [slots[0].min(slots[1]), slots[0].max(slots[1])];
        let prices = [(soon, calmer), (late, calmer), (late, wilder)].map(|(slots, g)| rules.slice_price(slots, g));
        prop_assert!(prices.is_sorted_by(|earlier, later| earlier >= later));
        prop_assert!(prices[0] <= rules.price_start && prices[2] >= rules.price_end);
        prop_assert!(rules.cooldown(wilder) <= rules.cooldown(calmer));
        prop_assert!(rules.lapse_slots(wilder) <= rules.lapse_slots(calmer));
        prop_assert!(rules.lapse_slots(wilder) >= 2 * u64::from(rules.accelerated_slots));
        prop_assert_eq!(rules.slice_price(rules.lapse_slots(wilder) / 2, wilder), rules.price_end);
    }

    /// A reward, and the discount on collateral, cost the account at most half of what the step gains.
    #[test]
    fn costs_leave_the_account_half_of_the_gain(
        rules in rules(), urgency in any::<u32>(), freed in -(1_i64 << 57)..1 << 57, risen in -(1_i64 << 57)..1 << 57,
        cash in -(1_i64 << 57)..1 << 57, value in 0_i64..1 << 57, slots in any::<u64>(), g in regime(),
    ) {
        let bonus = rules.leg_bonus(Ratio::from_bits(urgency));
        let (reward, insurance) = rules.leg_reward(bonus, MicroUsd(freed), MicroUsd(risen), MicroUsd(cash));
        let fee = reward + insurance;
        prop_assert!(reward >= MicroUsd::ZERO && insurance >= MicroUsd::ZERO);
        prop_assert!(fee.0 <= risen.max(0) / 2 && fee.0 <= cash.max(0) && fee <= rules.fee.of_ceil(MicroUsd(freed.max(0))));

        let paid = rules.collateral_price(rules.slice_price(slots, g), MicroUsd(value), MicroUsd(freed));
        prop_assert!(paid.0 <= value && paid >= rules.price_end.of_ceil(MicroUsd(value)));
        prop_assert!(value - paid.0 <= freed.max(0) / 2);
    }

    /// Whatever steps are taken, within the time of a cool-down no more goes than twice the close factor.
    #[test]
    fn steps_never_take_more_than_the_close_factor(
        rules in rules(), g in regime(), steps in prop::collection::vec((0_u64..12, 0_u32..1 << 28), 1..60),
    ) {
        let short = breached(100, -10);
        let rules = LiquidationRules { dust_limit: MicroUsd::ZERO, ..rules };
        let mut progress = Progress::default();
        let mut taken: Vec<(u64, u64)> = Vec::new();
        let mut slot = 1_000;
        for (wait, wanted) in steps {
            slot += wait;
            let Some((next, terms)) = rules.next_step(&short, g, progress, slot) else { break };
            prop_assert!(terms.largest_slice() <= u64::from(terms.allowance.to_bits()) >> 2);
            if terms.tier != Tier::Partial {
                break;
            }
            let share = Ratio::from_bits(wanted << 2).min(terms.allowance);
            prop_assert!(terms.allows_share(share).is_ok());
            let more = Ratio::from_bits(terms.allowance.to_bits() + 1);
            prop_assert!(terms.allowance == Ratio::ONE || terms.allows_share(more).is_err());
            progress = next.after(share, MicroUsd::ZERO);
            taken.push((slot, u64::from(share.to_bits())));
            let window = rules.cooldown(g);
            let sum: u64 = taken.iter().filter(|(at, _)| slot - at < window).map(|(_, share)| share).sum();
            prop_assert!(sum <= 2 * u64::from(terms.close_factor.to_bits()), "{sum} within {window}");
        }
    }

    #[test]
    fn nothing_panics_on_absurd_rules_and_margins(
        bits in any::<[u32; 12]>(), amounts in any::<[i64; 4]>(), slots in any::<[u64; 3]>(), fraction in any::<u64>(),
    ) {
        let rules = LiquidationRules {
            buffer: Ratio::from_bits(bits[0]),
            tolerance: Ratio::from_bits(bits[1]),
            price_start: Ratio::from_bits(bits[2]),
            price_end: Ratio::from_bits(bits[3]),
            price_slots: bits[4],
            fee: Ratio::from_bits(bits[5]),
            insurance_share: Ratio::from_bits(bits[6]),
            dust_limit: MicroUsd(amounts[0]),
            close_factor: Ratio::from_bits(bits[7]),
            close_factor_floor: Ratio::from_bits(bits[8]),
            cooldown_slots: bits[9],
            accelerated_slots: bits[10],
        };
        let margin = Margin {
            equity: MicroUsd(amounts[1]),
            maintenance_excess: MicroUsd(amounts[2]),
            maintenance_requirement: MicroUsd(amounts[3]),
            ..Margin::default()
        };
        let progress = Progress {
            started_slot: slots[0], step_slot: slots[1], taken: Ratio::from_bits(bits[9]), proceeds: MicroUsd(amounts[3]),
        };
        if let Some((next, terms)) = rules.next_step(&margin, Ratio::from_bits(bits[11]), progress, slots[2]) {
            prop_assert!(terms.largest_slice() <= ONE_Q28);
            let _ = terms.allows_slice(fraction);
            next.after(Ratio::from_bits(bits[10]), MicroUsd(amounts[0]));
        }
        share_freed(&margin, MicroUsd(amounts[0]));
    }
}

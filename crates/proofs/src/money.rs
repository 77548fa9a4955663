//! Money: shares of amounts, values of positions, and the slice of a liquidation.

use ballast_risk::liquidation::LiquidationRules;
use ballast_risk::quantity::ValueScale;
use ballast_risk::{Margin, MicroUsd, Ratio};

use crate::Check;
use crate::parallel::blocks;
use crate::wide::corners;

pub const CHECKS: &[Check] = &[
    Check {
        property: "Ratio::of_floor and of_ceil round as named; a share and the rest make the whole",
        domain: "all pairs of corner amounts up to 2^60, of both signs, and corner ratios",
        run: shares,
    },
    Check {
        property: "ValueScale::value_floor rounds against the holder, long and short, and refuses what is beyond the limit",
        domain: "all sums of decimals with corner quantities and corner prices",
        run: values,
    },
    Check {
        property: "largest_slice reaches the target, does not pass it by a µUSD, and a unit more would not fall short",
        domain: "100 million combinations of equity, shortfall, price and proceeds from 1 µUSD to 2^57 µUSD",
        run: slices,
    },
];

fn shares() -> Result<u64, String> {
    let corners = corners();
    let amounts: Vec<i64> = corners
        .iter()
        .filter(|&&amount| amount <= 1 << 60)
        .flat_map(|&amount| [amount as i64, -(amount as i64)])
        .collect();
    let ratios: Vec<u32> = corners.iter().filter_map(|&bits| u32::try_from(bits).ok()).collect();
    for &amount in &amounts {
        for &bits in &ratios {
            let exact = i128::from(amount) * i128::from(bits);
            let (floor, ceil) = (exact >> 30, -(-exact >> 30));
            let ratio = Ratio::from_bits(bits);
            let (down, up) = (ratio.of_floor(MicroUsd(amount)), ratio.of_ceil(MicroUsd(amount)));
            if i128::from(down.0) != floor || i128::from(up.0) != ceil {
                return Err(format!("{amount} x {bits}"));
            }
            let rest = Ratio::from_bits((1u32 << 30).saturating_sub(bits));
            if bits <= 1 << 30 && down + rest.of_ceil(MicroUsd(amount)) != MicroUsd(amount) {
                return Err(format!("{amount} x {bits} and the rest"));
            }
        }
    }
    Ok((amounts.len() * ratios.len()) as u64)
}

fn values() -> Result<u64, String> {
    let corners = corners();
    let quantities: Vec<i64> =
        corners.iter().filter(|&&lots| lots <= 1 << 37).flat_map(|&lots| [lots as i64, -(lots as i64)]).collect();
    let prices: Vec<u64> = corners.iter().copied().filter(|price| (1..1 << 48).contains(price)).collect();
    let mut cases = 0;
    for decimals in 0..=18u8 {
        let scale = ValueScale::new(decimals / 2, decimals - decimals / 2).map_err(|error| error.to_string())?;
        for &quantity in &quantities {
            for &price in &prices {
                let product = i128::from(quantity) * i128::from(price) * 1_000_000;
                let exact = product.div_euclid(10i128.pow(u32::from(decimals)));
                let wanted = (exact.abs() <= i128::from(ValueScale::NOTIONAL_LIMIT)).then_some(exact);
                let found = scale.value_floor(quantity, price).ok().map(|value| i128::from(value.0));
                if found != wanted {
                    return Err(format!("{quantity} x {price} at {decimals} decimals: {found:?}, not {wanted:?}"));
                }
                cases += 1;
            }
        }
    }
    Ok(cases)
}

/// With B the distance to the target, E equity, p the price, R the proceeds so far: after a slice f the distance is
/// B + f·(E·p + R·(1 − p) − B), if requirement and value shrink alike and what was received stays.
fn slices() -> Result<u64, String> {
    const CASES: i64 = 100_000_000;
    const RULES: LiquidationRules = LiquidationRules {
        buffer: Ratio::ZERO,
        tolerance: Ratio::ZERO,
        price_start: Ratio::ONE,
        price_end: Ratio::ZERO,
        price_slots: 1,
        fee: Ratio::ZERO,
        insurance_share: Ratio::ZERO,
        dust_limit: MicroUsd(i64::MIN),
        close_factor: Ratio::ONE,
        close_factor_floor: Ratio::ONE,
        cooldown_slots: 0,
        accelerated_slots: 0,
    };
    blocks(0, CASES, |from, to| {
        for case in from..to {
            let mut random = Random(case as u64);
            let equity = random.amount();
            let shortfall = random.amount().max(1);
            let proceeds = (random.amount()).min(equity);
            let price = Ratio::from_bits((random.next() as u32) & ((1 << 30) - 1));
            let margin =
                Margin { equity: MicroUsd(equity), maintenance_excess: MicroUsd(-shortfall), ..Margin::default() };
            let slice = RULES.largest_slice(&margin, price, MicroUsd(proceeds));
            if slice > 1 << 28 {
                return Err(format!("{slice} is more than the whole"));
            }
            let (p, one) = (i128::from(price.to_bits()), 1i128 << 30);
            // Scale 2^-30.
            let gained = i128::from(equity) * p + i128::from(proceeds) * (one - p) + i128::from(shortfall) * one;
            // Scale 2^-58.
            let distance = |slice: u64| -(i128::from(shortfall) << 58) + i128::from(slice) * gained;
            let unit = 1i128 << 58;
            if distance(slice) > unit {
                return Err(format!("{slice} passes the target: {margin:?} {price:?} {proceeds}"));
            }
            if slice < 1 << 28 && distance(slice + 1) < -unit {
                return Err(format!("{slice} is not the largest: {margin:?} {price:?} {proceeds}"));
            }
        }
        Ok(())
    })
}

/// Reproducible numbers: SplitMix64 from the number of the case.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// An amount of any magnitude up to 2^57.
    fn amount(&mut self) -> i64 {
        let bits = self.next() % 58;
        (self.next() & ((1u64 << bits) - 1) | 1 << bits) as i64 >> 1
    }
}

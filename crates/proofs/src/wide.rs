//! Wide arithmetic: exact quotients and rounding directions, against 128-bit integers.

use ballast_risk::num::{
    mul_div_ceil, mul_div_ceil_signed, mul_div_floor, mul_div_floor_signed, mul_shift_30_floor, widening_mul,
};

use crate::Check;
use crate::parallel::blocks;

pub const CHECKS: &[Check] = &[
    Check {
        property: "widening_mul is exact; mul_div_floor and mul_div_ceil are exact, round as named, and refuse what overflows",
        domain: "all triples of 0, 2^k - 1, 2^k, 2^k + 1, 3*2^k and 10^k, k up to 63",
        run: quotients,
    },
    Check {
        property: "mul_shift_30_floor rounds towards minus infinity",
        domain: "every ratio of 32 bits, for amounts around 2^60, 2^30 and 0, of both signs",
        run: ratios,
    },
];

/// Numbers at which carries, shifts and digits change.
pub fn corners() -> Vec<u64> {
    let mut all = vec![0, u64::MAX, u64::MAX - 1];
    for bit in 0..64 {
        let power = 1u64 << bit;
        all.extend([power - 1, power, power.saturating_add(1), power.saturating_mul(3)]);
    }
    all.extend((0..20).filter_map(|exponent| 10u64.checked_pow(exponent)));
    all.sort_unstable();
    all.dedup();
    all
}

fn quotients() -> Result<u64, String> {
    let corners = corners();
    let count = corners.len() as i64;
    blocks(0, count * count, |from, to| {
        for pair in from..to {
            let (a, b) = (corners[(pair / count) as usize], corners[(pair % count) as usize]);
            let product = u128::from(a) * u128::from(b);
            let (high, low) = widening_mul(a, b);
            if (u128::from(high) << 64 | u128::from(low)) != product {
                return Err(format!("{a} x {b}"));
            }
            for &c in &corners {
                divide(a, b, c, product)?;
            }
        }
        Ok(())
    })
    .map(|pairs| pairs * corners.len() as u64)
}

fn divide(a: u64, b: u64, c: u64, product: u128) -> Result<(), String> {
    let wanted = |quotient: Option<u128>| quotient.and_then(|quotient| u64::try_from(quotient).ok());
    let divisor = u128::from(c);
    let floor = wanted(product.checked_div(divisor));
    let ceil = if c == 0 { None } else { wanted(Some(product.div_ceil(divisor))) };
    if mul_div_floor(a, b, c) != floor || mul_div_ceil(a, b, c) != ceil {
        return Err(format!("{a} x {b} / {c}"));
    }
    for signed in [a as i64, (a as i64).wrapping_neg()] {
        let product = i128::from(signed) * i128::from(b);
        let wanted = |quotient: i128| i64::try_from(quotient).ok();
        let divisor = i128::from(c);
        let (floor, ceil) = if c == 0 {
            (None, None)
        } else {
            let floor = product.div_euclid(divisor);
            (wanted(floor), wanted(floor + i128::from(product.rem_euclid(divisor) != 0)))
        };
        if mul_div_floor_signed(signed, b, c) != floor || mul_div_ceil_signed(signed, b, c) != ceil {
            return Err(format!("{signed} x {b} / {c}, signed"));
        }
    }
    Ok(())
}

fn ratios() -> Result<u64, String> {
    const AMOUNTS: [i64; 6] = [1 << 60, -(1 << 60), (1 << 60) - 1, -(1 << 60) + 1, (1 << 30) + 1, -1];
    blocks(0, 1 << 32, |from, to| {
        for bits in from..to {
            for amount in AMOUNTS {
                let exact = (i128::from(amount) * i128::from(bits)) >> 30;
                if i128::from(mul_shift_30_floor(amount, bits as u32)) != exact {
                    return Err(format!("{amount} x {bits}"));
                }
            }
        }
        Ok(())
    })
    .map(|ratios| ratios * AMOUNTS.len() as u64)
}

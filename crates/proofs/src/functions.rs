//! Exponential, logarithm and the normal distribution: error, range and order.

use ballast_risk::num::{LN_2_Q40, exp_neg_q31, exp_q30, ln_q40, normal_cdf_q31, normal_pdf_q31};

use crate::Check;
use crate::parallel::blocks;
use crate::reference::Expansion;

const Q28: f64 = 268_435_456.0;
const Q30: f64 = 1_073_741_824.0;
const Q31: f64 = 2_147_483_648.0;
const Q40: f64 = 1_099_511_627_776.0;

pub const CHECKS: &[Check] = &[
    Check {
        property: "exp_neg_q31 is within 6e-10 of e^-y, at most 1, and never rises by more than a unit",
        domain: "every y; it is 0 from y = 22 on",
        run: exponential_decay,
    },
    Check {
        property: "exp_q30 is within 2e-9 of e^x, relatively, plus half a unit",
        domain: "every x from -1 to 1",
        run: exponential,
    },
    Check {
        property: "normal_cdf_q31 is within 5e-10 plus rounding of N(x), from 0 to 1, and never falls by more than a unit",
        domain: "every x from -6.5 to 6.5; beyond it is 0 or 1",
        run: distribution,
    },
    Check {
        property: "normal_pdf_q31 is within 1.2e-8 of the density",
        domain: "every |x| below 6.5; beyond it is 0, and it is even",
        run: density,
    },
    Check {
        property: "ln_q40 is within its documented error, rises strictly, and doubles exactly",
        domain: "every integer from 1 to 2^32",
        run: logarithm,
    },
];

/// Tries a function of a scaled argument against an expansion around the middle of each block.
fn against(
    domain: std::ops::Range<i64>,
    scale: f64,
    value: impl Fn(i64) -> f64 + Sync,
    expansion: impl Fn(f64) -> Expansion + Sync,
    bound: impl Fn(f64) -> f64 + Sync,
) -> Result<u64, String> {
    blocks(domain.start, domain.end, |from, to| {
        let middle = (from + to) / 2;
        let around = expansion(middle as f64 / scale);
        for x in from..to {
            let exact = around.at((x - middle) as f64 / scale);
            let error = (value(x) - exact).abs();
            if error > bound(exact) {
                return Err(format!("at {x}: off by {error:e}"));
            }
        }
        Ok(())
    })
}

/// Whether neighbours keep their order up to `slack` units, each block with the integer before it.
fn in_order(from: i64, to: i64, falls: bool, value: impl Fn(i64) -> u64) -> Result<(), String> {
    let mut previous = value(from.saturating_sub(1).max(if falls { 0 } else { i64::MIN }));
    for x in from..to {
        let current = value(x);
        let (low, high) = if falls { (current, previous) } else { (previous, current) };
        if low > high + 1 {
            return Err(format!("wrong order at {x}: {previous}, then {current}"));
        }
        if current > 1 << 31 {
            return Err(format!("above one at {x}: {current}"));
        }
        previous = current;
    }
    Ok(())
}

fn exponential_decay() -> Result<u64, String> {
    let value = |y: i64| exp_neg_q31(y as u64);
    let end = 22 << 28;
    blocks(0, end + 4_096, |from, to| in_order(from, to, true, value))?;
    for beyond in [22 << 28, (22 << 28) + 1, u64::from(u32::MAX) << 3, u64::MAX] {
        if exp_neg_q31(beyond) != 0 {
            return Err(format!("not 0 at {beyond}"));
        }
    }
    against(0..end, Q28, |y| value(y) as f64 / Q31, Expansion::decay, |_| 6e-10)
}

fn exponential() -> Result<u64, String> {
    against(
        -(1 << 30)..(1 << 30) + 1,
        -Q30,
        |x| exp_q30(x) as f64 / Q30,
        Expansion::decay,
        |exact| 2e-9 * exact + 0.5 / Q30,
    )
}

fn distribution() -> Result<u64, String> {
    let end = 13 << 27;
    for beyond in [end, end + 1, i64::MAX / 2, i64::MAX] {
        if normal_cdf_q31(beyond) != 1 << 31 || normal_cdf_q31(-beyond - 1) != 0 {
            return Err(format!("not 0 and 1 at {beyond}"));
        }
    }
    blocks(-end, end, |from, to| in_order(from, to, false, normal_cdf_q31))?;
    against(-end..end, Q28, |x| normal_cdf_q31(x) as f64 / Q31, Expansion::distribution, |_| 5e-10)
}

fn density() -> Result<u64, String> {
    let end = 13 << 27;
    blocks(0, end, |from, to| match (from..to).find(|&x| normal_pdf_q31(x) != normal_pdf_q31(-x)) {
        Some(x) => Err(format!("not even at {x}")),
        None => Ok(()),
    })?;
    for beyond in [end, end + 1, i64::MAX] {
        if normal_pdf_q31(beyond) != 0 {
            return Err(format!("not 0 at {beyond}"));
        }
    }
    against(0..end, Q28, |x| normal_pdf_q31(x) as f64 / Q31, Expansion::density, |_| 1.2e-8)
}

fn logarithm() -> Result<u64, String> {
    blocks(1, (1 << 32) + 1, |from, to| {
        let mut previous = if from == 1 { -1 } else { ln_q40(from as u64 - 1) };
        for value in from..to {
            let result = ln_q40(value as u64);
            let bound = 2e-12 + 3.8e-13 * f64::from(value.ilog2());
            let error = (result as f64 / Q40 - (value as f64).ln()).abs();
            if error > bound {
                return Err(format!("at {value}: off by {error:e}"));
            }
            if result <= previous {
                return Err(format!("does not rise at {value}"));
            }
            if ln_q40((value as u64) << 31) != result + 31 * LN_2_Q40 {
                return Err(format!("does not double at {value}"));
            }
            previous = result;
        }
        Ok(())
    })
}

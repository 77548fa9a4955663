// Made by crates/harness/tests/app_data.rs from crates/risk/src/cost.rs.

/** Compute units of a check: of one without positions, and of each of what it holds. */
export const CHECK_COST = {
    base: 5300,
    option: 4000,
    optionAlone: 6300,
    linear: 2350,
    expiry: 9100,
    market: 10500,
    collateral: 2000,
} as const;

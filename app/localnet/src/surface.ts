// What a publisher does: from volatilities per year to the numbers that are posted, as crates/harness/src/surfaces.rs.

const YEAR_SECONDS = 31_536_000;

/** How an expiry's smile looks. */
export interface Smile {
    /** Volatility per year at the money. */
    readonly volatility: number;
    /** Tilt, between -1 and 1; negative when low strikes cost more. */
    readonly skew: number;
    /** Curvature: ψ = curvature × √θ. */
    readonly curvature: number;
    /** ln(forward / index) per year. */
    readonly carry: number;
    /** Interest rate per year. */
    readonly rate: number;
}

/** A surface in the units in which it is posted. */
export interface Surface {
    readonly theta: number;
    readonly rho: number;
    readonly psi: number;
    readonly basis: number;
    readonly rate: number;
}

/** The surface of an expiry that is so many seconds away. */
export function surfaceOf(smile: Smile, seconds: number): Surface {
    const years = seconds / YEAR_SECONDS;
    const theta = smile.volatility * smile.volatility * years;
    return {
        theta: scaled(theta, 28),
        rho: scaled(smile.skew, 30),
        psi: scaled(smile.curvature * Math.sqrt(theta), 28),
        basis: scaled(smile.carry * years, 30),
        rate: scaled(smile.rate, 30),
    };
}

/** Halves away from zero, as Rust rounds. */
function scaled(value: number, bits: number): number {
    return Math.sign(value) * Math.round(Math.abs(value) * 2 ** bits);
}

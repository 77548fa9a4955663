// Implied volatilities for display, from the surface as it was posted. Nothing is margined with them: the engine has its
// own, in whole numbers.

import type { Expiry } from '@ballast/client';

const THETA_BITS = 40;
const RHO_BITS = 29;
const TIME_BITS = 28;

/** Whether an expiry has a surface. */
export function hasSurface(expiry: Pick<Expiry, 'postedAt' | 'theta'>): boolean {
    return expiry.postedAt > 0n && expiry.theta > 0n;
}

/**
 * Implied volatility per year at ln(strike / forward), from eSSVI:
 * w = ½(θ + ρψk + √((ψk + θρ)² + θ²(1 − ρ²))) over the time that θ spans.
 */
export function impliedVolatility(
    expiry: Pick<Expiry, 'theta' | 'psi' | 'sviRho' | 'surfaceSqrtTime'>,
    logMoneyness: number,
): number {
    const theta = Number(expiry.theta) / 2 ** THETA_BITS;
    const psi = Number(expiry.psi) / 2 ** THETA_BITS;
    const rho = Number(expiry.sviRho) / 2 ** RHO_BITS;
    const time = (Number(expiry.surfaceSqrtTime) / 2 ** TIME_BITS) ** 2;
    const tilted = psi * logMoneyness + theta * rho;
    const variance = (theta + rho * psi * logMoneyness + Math.sqrt(tilted ** 2 + theta ** 2 * (1 - rho ** 2))) / 2;
    return time > 0 ? Math.sqrt(variance / time) : Number.NaN;
}

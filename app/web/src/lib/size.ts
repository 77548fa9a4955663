// Steps from nothing to the largest size of a ticket. A package keeps its proportions: every leg is there, or none.

import type { LegSpec } from './url.js';

/** Steps between nothing and the largest size at most. */
const MOST_STEPS = 100n;

const magnitude = (lots: bigint) => (lots < 0n ? -lots : lots);

/** Steps up to the largest size: as many as its smallest leg has lots, for none of them to vanish on the way. */
export function stepsOf(largest: readonly LegSpec[]): bigint {
    return largest.reduce((least, { lots }) => (magnitude(lots) < least ? magnitude(lots) : least), MOST_STEPS);
}

/** The legs at a step: the largest size in parts, to the nearest lot; none at 0. */
export function legsAt(largest: readonly LegSpec[], step: bigint): LegSpec[] {
    if (step <= 0n) return [];
    return largest.map((leg) => ({ ...leg, lots: nearest(leg.lots * step, stepsOf(largest)) }));
}

/** The step that legs are at, beyond the last where they are larger than the largest size. */
export function stepOf(largest: readonly LegSpec[], legs: readonly LegSpec[]): bigint {
    const [first] = largest;
    if (!first || legs.length === 0) return 0n;
    // Of the legs, the one of most lots tells steps apart best.
    const at = largest.reduce(
        (best, { lots }, index) => (magnitude(lots) > magnitude(largest[best]?.lots ?? 0n) ? index : best),
        0,
    );
    const [lots, most] = [legs[at]?.lots ?? 0n, largest[at]?.lots ?? 1n];
    return nearest(magnitude(lots) * stepsOf(largest), magnitude(most));
}

/** A quotient by a positive number, half away from zero. */
function nearest(product: bigint, by: bigint): bigint {
    const rounded = (2n * magnitude(product) + by) / (2n * by);
    return product < 0n ? -rounded : rounded;
}

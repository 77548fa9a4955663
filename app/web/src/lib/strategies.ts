// Books that desks know by name, made of what a market lists: strikes are the nearest listed to a share of the index.

import { listedExpiries, listedOptions, marketName, type Market } from '@ballast/client';

import type { LegSpec } from './url.js';

/** A strategy: its legs, by moneyness of the strike and which of two expiries, for one unit. */
interface Strategy {
    readonly name: string;
    readonly legs: readonly {
        readonly kind: LegSpec['kind'];
        readonly sign: 1 | -1;
        readonly moneyness?: number;
        /** The chosen expiry, or the one after it. */
        readonly later?: true;
    }[];
}

const at = (kind: 'call' | 'put', sign: 1 | -1, moneyness: number) => ({ kind, sign, moneyness });

/** The strategies. */
export const STRATEGIES: readonly Strategy[] = [
    { name: 'Iron condor', legs: [at('put', 1, 0.8), at('put', -1, 0.9), at('call', -1, 1.1), at('call', 1, 1.2)] },
    { name: 'Covered call', legs: [{ kind: 'perpetual', sign: 1 }, at('call', -1, 1.1)] },
    { name: 'Collar', legs: [{ kind: 'perpetual', sign: 1 }, at('put', 1, 0.9), at('call', -1, 1.1)] },
    { name: 'Straddle', legs: [at('call', 1, 1), at('put', 1, 1)] },
    { name: 'Strangle, sold', legs: [at('put', -1, 0.9), at('call', -1, 1.1)] },
    { name: 'Call spread', legs: [at('call', 1, 1), at('call', -1, 1.1)] },
    { name: 'Calendar', legs: [at('call', -1, 1), { kind: 'call', sign: 1, moneyness: 1, later: true }] },
    { name: 'Box', legs: [at('call', 1, 0.9), at('put', -1, 0.9), at('call', -1, 1.1), at('put', 1, 1.1)] },
];

/**
 * The legs of a strategy; nothing if the market lists too few expiries or strikes for it.
 */
export function legsOf(strategy: Strategy, market: Market, expiresAt: bigint, lots: bigint): LegSpec[] | undefined {
    const expiries = listedExpiries(market).map((expiry) => expiry.expiresAt);
    const next = expiries[expiries.indexOf(expiresAt) + 1];
    const legs = strategy.legs.map(({ kind, sign, moneyness, later }): LegSpec | undefined => {
        const size = { market: marketName(market), lots: BigInt(sign) * lots };
        if (kind === 'perpetual') return { ...size, kind };
        const when = later ? next : expiresAt;
        const strike = when === undefined ? undefined : nearestStrike(market, when, moneyness ?? 1);
        if (when === undefined || strike === undefined) return undefined;
        return { ...size, kind, expiresAt: when, strike };
    });
    return legs.every((leg) => leg !== undefined) ? legs : undefined;
}

/** The listed strike nearest to a share of the index. */
export function nearestStrike(market: Market, expiresAt: bigint, moneyness: number): bigint | undefined {
    const wanted = Number(market.price) * moneyness;
    const strikes = listedOptions(market)
        .filter((option) => option.expiresAt === expiresAt)
        .map((option) => option.strike);
    return strikes.reduce<bigint | undefined>(
        (best, strike) =>
            best === undefined || Math.abs(Number(strike) - wanted) < Math.abs(Number(best) - wanted) ? strike : best,
        undefined,
    );
}

// What positions and legs are called, and where their contracts are listed.

import {
    POSITION_KINDS,
    fromTicks,
    listedExpiries,
    listedOptions,
    marketName,
    perpetual,
    future,
    type Contract,
    type ExchangeState,
    type Listed,
    type Market,
    type Position,
} from '@ballast/client';

import { expiryName } from './format.js';
import type { LegSpec } from './url.js';

/** A kind of position in words. */
export type Kind = 'perpetual' | 'claim' | 'future' | 'call' | 'put';

const KINDS: Readonly<Record<number, Kind>> = {
    [POSITION_KINDS.perpetual]: 'perpetual',
    [POSITION_KINDS.claim]: 'claim',
    [POSITION_KINDS.future]: 'future',
    [POSITION_KINDS.call]: 'call',
    [POSITION_KINDS.put]: 'put',
};

/** What a position is, in words and numbers. */
export interface Described {
    readonly market: string;
    readonly kind: Kind;
    /** When it expires, Unix seconds. */
    readonly expiresAt?: bigint;
    /** Strike, ticks. */
    readonly strike?: bigint;
}

/** Describes a position of a market. */
export function describePosition(
    market: Market,
    position: Pick<Position, 'kind' | 'expirySlot' | 'seriesSlot'>,
): Described {
    const kind = KINDS[position.kind] ?? 'claim';
    const name = marketName(market);
    if (kind === 'perpetual') return { market: name, kind };
    const expiresAt = market.expiries[position.expirySlot]?.expiresAt ?? 0n;
    if (kind === 'call' || kind === 'put') {
        return { market: name, kind, expiresAt, strike: market.series[position.seriesSlot]?.strike ?? 0n };
    }
    return { market: name, kind, expiresAt };
}

/** A contract's name as desks write it: BTC-25DEC26-100000-C. */
export function contractName(market: Pick<Market, 'priceDecimals'>, what: Described | LegSpec): string {
    const expiry = what.expiresAt === undefined ? '' : `-${expiryName(what.expiresAt)}`;
    if (what.kind === 'perpetual') return `${what.market}-PERP`;
    if (what.kind === 'future') return `${what.market}${expiry}`;
    if (what.kind === 'claim') return `${what.market}${expiry} settled`;
    return `${what.market}${expiry}-${fromTicks(market, what.strike ?? 0n)}-${what.kind === 'call' ? 'C' : 'P'}`;
}

/** A leg with the contract that it is listed as. */
export interface FoundLeg {
    readonly spec: LegSpec;
    readonly market: Listed<Market>;
    readonly contract: Contract;
    /** Slot of its expiry; 0 for the perpetual. */
    readonly expirySlot: number;
}

/** Finds the contract that a leg names. Nothing if the exchange does not list it, or no longer. */
export function findLeg(state: ExchangeState, spec: LegSpec): FoundLeg | undefined {
    const market = [...state.markets.values()].find((listed) => marketName(listed.data) === spec.market);
    if (!market) return undefined;
    if (spec.kind === 'perpetual') return { spec, market, contract: perpetual(), expirySlot: 0 };
    const expiry = listedExpiries(market.data).find((listed) => listed.expiresAt === spec.expiresAt);
    if (!expiry) return undefined;
    if (spec.kind === 'future') return { spec, market, contract: future(expiry), expirySlot: expiry.slot };
    const option = listedOptions(market.data).find(
        (it) => it.expiresAt === spec.expiresAt && it.strike === spec.strike && it.kind === spec.kind,
    );
    return option && { spec, market, contract: option.contract, expirySlot: expiry.slot };
}

/** The leg that would hold a position as it is. */
export function specOf(described: Described, lots: bigint): LegSpec | undefined {
    if (described.kind === 'claim') return undefined;
    const { market, kind, expiresAt, strike } = described;
    return {
        market,
        kind,
        lots,
        ...(expiresAt === undefined ? {} : { expiresAt }),
        ...(strike === undefined ? {} : { strike }),
    };
}

/** The slot of a contract's expiry; 0 for the perpetual. */
export function expirySlotOf(market: Market, { kind, slot }: Contract): number {
    if (kind === POSITION_KINDS.perpetual) return 0;
    return kind >= POSITION_KINDS.call ? (market.series[slot]?.expirySlot ?? 0) : slot;
}

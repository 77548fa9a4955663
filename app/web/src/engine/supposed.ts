// The exchange as it would be at a later time, or with other volatilities: everything else as it is.

import { getBankDecoder, getMarketDecoder, type ExchangeState, type Listed } from '@ballast/client';

import { publishedLater, withVolatility } from './surfaces.js';

/** What is supposed. */
export interface Supposition {
    /** Seconds from now. */
    readonly seconds: bigint;
    /** What implied volatilities are multiplied with. */
    readonly volatility: number;
}

/** A supposed exchange. */
export interface Supposed {
    readonly state: ExchangeState;
    /** Whether the program's bounds of a smile kept a volatility from being multiplied in full. */
    readonly isClamped: boolean;
}

/**
 * Supposes. Prices and surfaces are as fresh then as they are now; scan ranges stay, although they would follow volatilities
 * in time.
 */
export function supposed(state: ExchangeState, { seconds, volatility }: Supposition): Supposed {
    let isClamped = false;
    const marketOf = (bytes: Uint8Array) => {
        const scaled = withVolatility(publishedLater(bytes, 'market', seconds), volatility);
        isClamped ||= scaled.isClamped;
        return scaled.bytes;
    };
    const markets = moved(state.markets, getMarketDecoder(), marketOf);
    const banks = moved(state.banks, getBankDecoder(), (bytes) => publishedLater(bytes, 'bank', seconds));
    const { now, slot } = state.moment;
    return { state: { ...state, markets, banks, moment: { now: now + seconds, slot } }, isClamped };
}

function moved<TData>(
    listed: ReadonlyMap<number, Listed<TData>>,
    decoder: { decode(bytes: Uint8Array): TData },
    move: (bytes: Uint8Array) => Uint8Array,
): Map<number, Listed<TData>> {
    return new Map(
        [...listed].map(([number, it]) => {
            const bytes = move(it.bytes);
            return [number, { ...it, bytes, data: decoder.decode(bytes) }];
        }),
    );
}

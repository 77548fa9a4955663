// What the engine is asked in front of: everything that a margin depends on besides the account, as bytes.

import type { Listed, Market } from '@ballast/client';

/** A market as its bytes, with what else is asked about it. */
export interface MarketSource {
    readonly number: number;
    /** Index price, ticks. */
    readonly price: bigint;
    readonly bytes: Uint8Array;
}

/** A bank as its bytes. */
export interface BankSource {
    readonly number: number;
    /** The market whose underlying the token is; 0: none. */
    readonly hedgeMarket: number;
    /** Price, ticks. */
    readonly price: bigint;
    readonly bytes: Uint8Array;
}

/** Everything that a margin depends on besides the account, at one moment. */
export interface Snapshot {
    readonly exchange: Uint8Array;
    readonly markets: readonly MarketSource[];
    readonly banks: readonly BankSource[];
    readonly now: bigint;
    readonly slot: bigint;
}

/** A snapshot of what was read. */
export function snapshotOf(state: {
    readonly exchange: { readonly bytes: Uint8Array };
    readonly markets: ReadonlyMap<number, Listed<Market>>;
    readonly banks: ReadonlyMap<number, Listed<{ number: number; hedgeMarket: number; price: bigint }>>;
    readonly moment: { readonly now: bigint; readonly slot: bigint };
}): Snapshot {
    return {
        exchange: state.exchange.bytes,
        markets: [...state.markets.values()].map(({ data, bytes }) => ({
            number: data.number,
            price: data.price,
            bytes,
        })),
        banks: [...state.banks.values()].map(({ data, bytes }) => ({
            number: data.number,
            hedgeMarket: data.hedgeMarket,
            price: data.price,
            bytes,
        })),
        now: state.moment.now,
        slot: state.moment.slot,
    };
}

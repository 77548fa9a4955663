// A hypothetical book: legs as they are typed, the contracts that they name, and the account that they would make.

import { MODES, type ExchangeState, type Leg, type Listed, type MarginAccount } from '@ballast/client';
import type { Mark } from '@ballast/engine';
import type { Address } from '@solana/kit';
import { useMemo } from 'react';

import type { Snapshot } from '../engine/snapshot.js';
import { EngineProblem, analyse } from '../engine/client.js';
import { HypotheticalError, encode, filled, fresh, type Fill } from '../engine/hypothetical.js';
import { findLeg, type FoundLeg } from '../lib/contracts.js';
import type { LegSpec } from '../lib/url.js';
import { markOf } from './figures.js';

/** Cash of a book that starts from nothing, µUSD. */
export const STARTING_CASH = 100_000_000_000n;

/** A leg, what it names, and the price that it is taken at. */
export interface PricedLeg {
    readonly spec: LegSpec;
    /** Nothing if the exchange does not list it. */
    readonly found: FoundLeg | undefined;
    readonly mark: Mark | undefined;
    /** The price asked for, otherwise the mark; ticks. */
    readonly price: bigint | undefined;
}

/** A book before and after its legs. */
export interface Book {
    readonly legs: readonly PricedLeg[];
    readonly fills: readonly Fill[];
    /** The account that the legs come on top of. */
    readonly base: MarginAccount;
    readonly before: Uint8Array;
    readonly after: Uint8Array;
    /** The legs alone, on starting cash: what their payoff is drawn of. */
    readonly alone: MarginAccount;
    readonly problem?: string;
}

/** Prices legs at marks. */
export function priced(
    state: ExchangeState,
    marks: ReadonlyMap<number, readonly Mark[]> | undefined,
    legs: readonly LegSpec[],
): PricedLeg[] {
    return legs.map((spec) => {
        const found = findLeg(state, spec);
        const mark = found && markOf(marks, found.market.data.number, found.contract);
        return { spec, found, mark, price: spec.price ?? mark?.price };
    });
}

/** The fills of legs that are listed and have a price. */
export function fillsOf(legs: readonly PricedLeg[]): Fill[] {
    return legs.flatMap(({ spec, found, price }) =>
        found && price !== undefined
            ? [
                  {
                      market: found.market.data,
                      contract: found.contract,
                      expirySlot: found.expirySlot,
                      lots: spec.lots,
                      price,
                  },
              ]
            : [],
    );
}

/** An account that nobody has, with starting cash. */
export function emptyAccount(exchange: Address): MarginAccount {
    return fresh(exchange, MODES.indexOf('portfolio'), STARTING_CASH);
}

/** The book that legs make, on top of an account or of starting cash. Marks do not move it once they are filled in. */
export function useBook(
    state: ExchangeState | undefined,
    marks: ReadonlyMap<number, readonly Mark[]> | undefined,
    account: Listed<MarginAccount> | undefined,
    legs: readonly LegSpec[],
): Book | undefined {
    return useMemo(() => {
        if (!state || !marks) return undefined;
        const base = account?.data ?? emptyAccount(state.exchange.address);
        const all = priced(state, marks, legs);
        const markets = new Map([...state.markets].map(([number, { data }]) => [number, data]));
        const fills = fillsOf(all);
        const before = account?.bytes ?? encode(base);
        const nothing = emptyAccount(state.exchange.address);
        try {
            const alone = filled(nothing, markets, fills);
            return { legs: all, fills, base, before, after: encode(filled(base, markets, fills)), alone };
        } catch (error) {
            if (!(error instanceof HypotheticalError)) throw error;
            return { legs: all, fills: [], base, before, after: before, alone: nothing, problem: error.message };
        }
    }, [state, marks, account, legs]);
}

/** The legs of a book as a trade has them: those that are listed and have a price. */
export function tradeLegs(book: Book | undefined): Leg[] {
    return (book?.legs ?? []).flatMap(({ spec, found, price }) =>
        found && price !== undefined
            ? [{ market: found.market.data.number, contract: found.contract, quantity: spec.lots, price }]
            : [],
    );
}

/** Parts of the legs as they are typed, and how many of those are tried at most: a thousand times their size. */
const PARTS = 10_000n;
const MOST_PARTS = 1_000n * PARTS;

/**
 * The same legs in the largest size that initial margin and cash allow, by halving; nothing if not even a ten-thousandth of
 * them. `fee` is what the legs as they are typed cost, µUSD; `kept` parts in a hundred of the size are kept, the rest is left for
 * prices that move.
 */
export async function largestSize(
    snapshot: Snapshot,
    state: ExchangeState,
    book: Book,
    fee: bigint,
    kept: bigint,
): Promise<LegSpec[] | undefined> {
    const markets = new Map([...state.markets].map(([number, { data }]) => [number, data]));
    const scaled = (parts: bigint) => book.fills.map((fill) => ({ ...fill, lots: (fill.lots * parts) / PARTS }));
    const isAllowed = async (parts: bigint) => {
        const fills = scaled(parts).filter(({ lots }) => lots !== 0n);
        const account = filled(book.base, markets, fills);
        const charged = (fee * parts) / PARTS;
        if (account.cash < charged) return false;
        try {
            const { value } = await analyse('report', snapshot, encode(account));
            return value.modes[value.mode].initialExcess >= charged;
        } catch (error) {
            // A size that the engine has no numbers for is beyond what margin allows.
            if (error instanceof EngineProblem) return false;
            throw error;
        }
    };
    let [low, high] = [0n, MOST_PARTS];
    while (high - low > 1n) {
        const middle = (low + high) / 2n;
        if (await isAllowed(middle)) low = middle;
        else high = middle;
    }
    const size = (low * kept) / 100n;
    if (size === 0n || book.fills.length !== book.legs.length) return undefined;
    return scaled(size).flatMap(({ lots }, index) => {
        const spec = book.legs[index]?.spec;
        return spec && lots !== 0n ? [{ ...spec, lots }] : [];
    });
}

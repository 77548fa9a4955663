// Liquidations that the page has seen or looked up, and what the exchange was like when it saw them.

import {
    fetchLiquidations,
    refetchExchangeState,
    type BallastEvent,
    type ExchangeState,
    type LiquidationStep,
    type LiquidationTransaction,
} from '@ballast/client';
import type { Address, Signature } from '@solana/kit';
import { useSyncExternalStore } from 'react';

import { timeOf } from '../lib/liquidation.js';
import type { Network } from './network.js';

/** A step of a liquidation, without what its liquidator asked for. */
export interface SeenLiquidation {
    readonly signature: Signature;
    /** When it happened, or was seen happening: milliseconds. */
    readonly at: number;
    readonly event: LiquidationStep['event'];
}

/** Transactions of one account that are looked through at most, newest first, and of all together. */
const MOST_SIGNATURES = 40;
export const MOST_TRANSACTIONS = 200;
/** Liquidations that are remembered, and states of the exchange. */
const MOST_SEEN = 500;
const MOST_STATES = 40;
/** Transactions that are asked for at the same time. */
const AT_ONCE = 6;

let seen: readonly SeenLiquidation[] = [];
const states = new Map<Signature, ExchangeState>();
const listeners = new Set<() => void>();

/** The liquidations that are known of, newest first. */
export function useLiquidations(): readonly SeenLiquidation[] {
    return useSyncExternalStore(
        (listener) => {
            listeners.add(listener);
            return () => listeners.delete(listener);
        },
        () => seen,
    );
}

/** Whether an event is a step of a liquidation. */
export function isLiquidation(event: BallastEvent): event is LiquidationStep['event'] {
    return event.name === 'Liquidated' || event.name === 'BankruptcyResolved';
}

/** Remembers a liquidation that happens now, with the exchange as it is right after. */
export function witness(
    network: Network,
    state: ExchangeState | undefined,
    signature: Signature,
    event: LiquidationStep['event'],
): void {
    add([{ signature, at: Date.now(), event }]);
    if (!state || states.has(signature)) return;
    keep(signature, state);
    // If the node does not answer, what was read a second ago does.
    refetchExchangeState(network.rpc, state).then(
        (fresh) => keep(signature, fresh),
        () => undefined,
    );
}

function keep(signature: Signature, state: ExchangeState): void {
    states.set(signature, state);
    const [oldest] = states.keys();
    if (states.size > MOST_STATES && oldest) states.delete(oldest);
}

/** The exchange as it was when the page saw a liquidation happen; nothing if it did not. */
export function stateAt(signature: Signature): ExchangeState | undefined {
    return states.get(signature);
}

/**
 * Looks through the newest transactions of accounts for liquidations: as many of them as a public node answers in a while.
 *
 * @throws if the node refuses, or does not answer
 */
export async function lookBack(network: Network, accounts: readonly Address[]): Promise<void> {
    const found = await inTurn(accounts, async (account) => {
        const options = { limit: MOST_SIGNATURES, commitment: 'confirmed' } as const;
        return network.rpc.getSignaturesForAddress(account, options).send();
    });
    const known = new Set(seen.map(({ signature }) => signature));
    const wanted = found.flat().filter(({ err, signature }) => err === null && !known.has(signature));
    const distinct = [...new Map(wanted.map((it) => [it.signature, it])).values()];
    const newest = distinct.sort((a, b) => Number(b.slot - a.slot)).slice(0, MOST_TRANSACTIONS);
    await inTurn(newest, async ({ signature }) => {
        const transaction = await fetchLiquidations(network.rpc, signature);
        if (transaction) add(stepsOf(transaction));
    });
}

function stepsOf(transaction: LiquidationTransaction): SeenLiquidation[] {
    const { signature, steps } = transaction;
    const milliseconds = Number(timeOf(transaction) ?? 0n) * 1_000;
    return steps.map(({ event }) => ({ signature, at: milliseconds, event }));
}

function add(steps: readonly SeenLiquidation[]): void {
    const keyOf = ({ signature, event }: SeenLiquidation) => `${signature} ${event.account} ${event.equityBefore}`;
    const known = new Set(seen.map(keyOf));
    const fresh = steps.filter((step) => !known.has(keyOf(step)));
    if (fresh.length === 0) return;
    seen = [...fresh, ...seen].sort((a, b) => b.at - a.at).slice(0, MOST_SEEN);
    for (const listener of listeners) listener();
}

/** Calls a function for each, a few at the same time. */
async function inTurn<T, R>(all: readonly T[], call: (one: T) => Promise<R>): Promise<R[]> {
    const results: R[] = [];
    for (let from = 0; from < all.length; from += AT_ONCE) {
        results.push(...(await Promise.all(all.slice(from, from + AT_ONCE).map(call))));
    }
    return results;
}

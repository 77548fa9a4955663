// Hooks over what is known, the address bar, the clock and the engine.

import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from 'react';

import { formatView, parseView, type View } from '../lib/url.js';
import type { Computed } from '../engine/client.js';
import { snapshot, subscribe, type Known } from './store.js';

/** What is known of the network. */
export function useKnown(): Known {
    return useSyncExternalStore(subscribe, snapshot);
}

/** This machine's time in milliseconds, once a second. */
export function useClock(): number {
    const [now, setNow] = useState(() => Date.now());
    useEffect(() => {
        const timer = setInterval(() => setNow(Date.now()), 1_000);
        return () => clearInterval(timer);
    }, []);
    return now;
}

/** What the address bar holds, and how to change it. */
export function useView(): [View, (change: Partial<View>) => void] {
    const [view, setView] = useState(() => parseView(new URL(location.href)));
    useEffect(() => {
        const read = () => setView(parseView(new URL(location.href)));
        addEventListener('popstate', read);
        addEventListener('hashchange', read);
        return () => {
            removeEventListener('popstate', read);
            removeEventListener('hashchange', read);
        };
    }, []);
    const change = useCallback((part: Partial<View>) => {
        setView((before) => {
            const after = { ...before, ...part };
            const address = formatView(after);
            // Another screen or account is somewhere to come back to; every keystroke in a leg is not.
            const isOther = before.account !== undefined && before.account !== after.account;
            const moves = before.screen !== after.screen || isOther || before.liquidation !== after.liquidation;
            if (moves) history.pushState(undefined, '', address);
            else history.replaceState(undefined, '', address);
            return after;
        });
    }, []);
    return [view, change];
}

/** Something that the engine computes. */
export interface Computation<T> {
    /** The newest result; that of earlier figures while a new one is awaited. */
    readonly value?: T;
    readonly milliseconds?: number;
    readonly problem?: string;
    /** Whether a newer result is awaited. */
    readonly isPending: boolean;
}

/**
 * Computes something anew whenever `dependencies` change. While one is under way only the newest of what came meanwhile is
 * computed next, so fast prices never pile up. Nothing is computed while `compute` is undefined.
 */
export function useComputed<T>(
    compute: (() => Promise<Computed<T>>) | undefined,
    dependencies: readonly unknown[],
): Computation<T> {
    const [result, setResult] = useState<Computation<T>>({ isPending: true });
    const queue = useRef<{ next?: () => Promise<Computed<T>>; isBusy: boolean; epoch: number }>({
        isBusy: false,
        epoch: 0,
    });
    useEffect(() => {
        const mine = queue.current;
        if (!compute) {
            mine.epoch += 1;
            delete mine.next;
            setResult({ isPending: true });
            return;
        }
        mine.next = compute;
        if (!mine.isBusy) void drain(mine, setResult);
        // The caller names what `compute` depends on.
    }, dependencies);
    return result;
}

async function drain<T>(
    queue: { next?: () => Promise<Computed<T>>; isBusy: boolean; epoch: number },
    setResult: (change: Computation<T> | ((before: Computation<T>) => Computation<T>)) => void,
): Promise<void> {
    queue.isBusy = true;
    while (queue.next) {
        const compute = queue.next;
        delete queue.next;
        const { epoch } = queue;
        try {
            const { value, milliseconds } = await compute();
            if (epoch === queue.epoch) setResult({ value, milliseconds, isPending: queue.next !== undefined });
        } catch (error) {
            const problem = error instanceof Error ? error.message : String(error);
            if (epoch === queue.epoch) setResult({ problem, isPending: false });
        }
    }
    queue.isBusy = false;
}

// What is known of the network at this moment, and since when. One store feeds every screen.

import {
    fetchExchangeState,
    fetchMarginAccount,
    findMarginAccount,
    refetchExchangeState,
    watchMarginAccount,
    type ExchangeState,
    type Listed,
    type MarginAccount,
} from '@ballast/client';
import { isAddress, type Address } from '@solana/kit';

import { readNetwork, type Network } from './network.js';

/** Milliseconds from one reading of the exchange to the next. */
const READING = 1_000;
/** Readings after which listings are looked for again. */
const RELISTING = 60;
/** Milliseconds without an answer after which figures are called stale. */
export const STALE_AFTER = 6_000;

/** How the account that was asked for stands. */
export type AccountState =
    | { readonly is: 'none' }
    | { readonly is: 'loading'; readonly wanted: string }
    | { readonly is: 'missing'; readonly wanted: string; readonly why: string }
    | { readonly is: 'here'; readonly wanted: string; readonly account: Listed<MarginAccount> };

/** Everything that is known. */
export interface Known {
    readonly network?: Network;
    readonly state?: ExchangeState;
    readonly account: AccountState;
    /** When the exchange was last read, by this machine's clock; 0 before. */
    readonly readAt: number;
    /** Why nothing comes, while nothing comes. */
    readonly problem?: string;
}

let known: Known = { account: { is: 'none' }, readAt: 0 };
const listeners = new Set<() => void>();
let following: AbortController | undefined;

/** What is known now. */
export function snapshot(): Known {
    return known;
}

/** Calls back after every change, until the returned function is called. */
export function subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
}

function change(part: Partial<Known>): void {
    known = { ...known, ...part };
    for (const listener of listeners) listener();
}

/** Reads the exchange again and again; never returns. */
export async function run(base: string): Promise<never> {
    for (let round = 0; ; round += 1) {
        const began = Date.now();
        try {
            await readOnce(base, round);
        } catch (error) {
            change({ problem: wordsOf(error) });
        }
        await pause(Math.max(100, READING - (Date.now() - began)));
    }
}

async function readOnce(base: string, round: number): Promise<void> {
    const network = known.network ?? (await readNetwork(base));
    const read = known.state && round % RELISTING !== 0 ? known.state : undefined;
    const state = read
        ? await refetchExchangeState(network.rpc, read)
        : await fetchExchangeState(network.rpc, network.exchange);
    const isFirst = !known.network;
    const { problem: _, ...rest } = known;
    known = rest;
    change({ network, state, readAt: Date.now() });
    if (isFirst && 'wanted' in known.account) show(known.account.wanted);
}

/** Reads the exchange and the account at once, after something was sent. */
export async function refreshNow(): Promise<void> {
    const { network, state, account } = known;
    if (!network || !state) return;
    const [later, read] = await Promise.all([
        refetchExchangeState(network.rpc, state),
        account.is === 'here' ? fetchMarginAccount(network.rpc, account.account.address) : undefined,
    ]);
    change({
        state: later,
        readAt: Date.now(),
        ...(read && account.is === 'here' ? { account: { ...account, account: read } } : {}),
    });
}

/** Shows an account: a margin account, or the first one of an owner. */
export function show(wanted: string | undefined): void {
    following?.abort();
    if (!wanted) return change({ account: { is: 'none' } });
    change({ account: { is: 'loading', wanted } });
    if (!known.network) return;
    const abort = new AbortController();
    following = abort;
    void follow(known.network, wanted, abort.signal);
}

async function follow(network: Network, wanted: string, abort: AbortSignal): Promise<void> {
    const missing = (why: string) => change({ account: { is: 'missing', wanted, why } });
    if (!isAddress(wanted)) return missing('This is not an address.');
    while (!abort.aborted) {
        try {
            const account = await resolve(network, wanted);
            if (abort.aborted) return;
            if (account) {
                change({ account: { is: 'here', wanted, account } });
                for await (const next of watchMarginAccount(network, account.address, abort)) {
                    if (!abort.aborted) change({ account: { is: 'here', wanted, account: next } });
                }
            } else missing('Neither a margin account of this exchange, nor the owner of one.');
        } catch (error) {
            // What was shown stays; the banner says that nothing new comes.
            if (!abort.aborted && known.account.is !== 'here') missing(wordsOf(error));
        }
        await pause(2 * READING);
    }
}

/** The margin account at an address, or the first one of the owner with that address. */
async function resolve(network: Network, wanted: Address): Promise<Listed<MarginAccount> | undefined> {
    const direct = await fetchMarginAccount(network.rpc, wanted).catch(() => undefined);
    if (direct) return direct;
    const { exchange } = network;
    return fetchMarginAccount(network.rpc, await findMarginAccount({ exchange, owner: wanted }));
}

function pause(milliseconds: number): Promise<void> {
    return new Promise((resume) => setTimeout(resume, milliseconds));
}

function wordsOf(error: unknown): string {
    return error instanceof Error ? error.message : String(error);
}

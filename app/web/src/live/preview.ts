// A trade, or the match of a quote, as the node would fill it: simulated on chain, and the margin of what comes out.

import {
    matchQuote,
    nextNonce,
    readOrderRecords,
    simulate,
    trade,
    type BallastEvent,
    type ExchangeState,
    type Leg,
    type Listed,
    type MarginAccount,
    type RelayQuote,
    type TakenQuote,
    type Trader,
} from '@ballast/client';
import type { MarginReport } from '@ballast/engine';
import type { Address } from '@solana/kit';

import { snapshotOf, type Snapshot } from '../engine/snapshot.js';
import { analyse } from '../engine/client.js';
import type { Network } from './network.js';

/** What the chain makes of a trade. */
export interface ChainPreview {
    /** What was simulated. */
    readonly by: Previewed['by'];
    /** The taker's margin afterwards, of the bytes that the simulation left. */
    readonly report: MarginReport;
    /** The same from the account that the page made itself, before the same prices: what the engine here says. */
    readonly here: MarginReport;
    /** The taker's fee, less what it gets back of it; µUSD. */
    readonly fee: bigint;
    readonly computeUnits: number;
    /** What a check of the account may need at most. */
    readonly events: readonly BallastEvent[];
}

/** What is simulated: a trade that both sides sign, or a match of a quote with an order that takes it. */
export type Previewed =
    | { readonly by: 'trade'; readonly taker: Trader; readonly maker: Trader; readonly legs: readonly Leg[] }
    | { readonly by: 'match'; readonly taken: TakenQuote };

/**
 * Simulates a trade or a match. Nobody signs. The node refreshes prices first, so both margins are computed at the prices
 * that the simulation left.
 *
 * @throws {RefusedError} the program would refuse it
 */
export async function previewOnChain(
    network: Network,
    state: ExchangeState,
    what: Previewed,
    hypothetical: Uint8Array,
): Promise<ChainPreview> {
    const action = what.by === 'trade' ? await trade(state, what) : await matchQuote(state, what.taken);
    const { account, owner } = what.by === 'trade' ? what.taker : what.taken;
    const { address } = account;
    const sources: readonly Listed<unknown>[] = [...state.markets.values(), ...state.banks.values()];
    const touched = new Set(action.instructions.flatMap((it) => it.accounts ?? []).map((meta) => meta.address));
    const asked = [address, ...sources.map((listed) => listed.address).filter((it) => touched.has(it))];
    const plan = { feePayer: owner, action, lookupTables: network.lookupTables };
    const { accounts, events, computeUnits } = await simulate(network.rpc, plan, asked);
    const after = accounts.get(address);
    if (!after) throw new Error('the node did not return the account');
    const snapshot = withBytes(state, accounts);
    const [chain, here] = await Promise.all([
        analyse('report', snapshot, after),
        analyse('report', snapshot, hypothetical),
    ]);
    return {
        by: what.by,
        report: chain.value,
        here: here.value,
        fee: feeOf(events, address),
        computeUnits,
        events,
    };
}

/**
 * The match that would take a quote, ready to be simulated; nothing while the account has no order records, which the first
 * take opens.
 */
export async function takingOf(
    network: Network,
    account: Listed<MarginAccount>,
    maker: Listed<MarginAccount>,
    quote: RelayQuote,
): Promise<TakenQuote | undefined> {
    const records = await readOrderRecords(network.rpc, account.address);
    if (!records) return undefined;
    return {
        account,
        owner: unsigned(account).owner,
        domain: Uint8Array.from(records.data.domain),
        nonce: nextNonce(records.data),
        maker,
        quote: quote.order,
        size: 1,
    };
}

/** An account's fee in a trade, less what it is given back of it; µUSD. */
function feeOf(events: readonly BallastEvent[], account: Address): bigint {
    const traded = events.find((event) => event.name === 'Traded');
    if (!traded || traded.name !== 'Traded') return 0n;
    return traded.first === account ? traded.firstFee - traded.firstRebate : traded.secondFee - traded.secondRebate;
}

/** The state with the bytes that a simulation left. */
function withBytes(state: ExchangeState, accounts: ReadonlyMap<string, Uint8Array>): Snapshot {
    const { markets, banks, ...rest } = snapshotOf(state);
    const bytesOf = (listed: ReadonlyMap<number, Listed<unknown>>, number: number, before: Uint8Array) =>
        accounts.get(listed.get(number)?.address ?? '') ?? before;
    return {
        ...rest,
        markets: markets.map((it) => ({ ...it, bytes: bytesOf(state.markets, it.number, it.bytes) })),
        banks: banks.map((it) => ({ ...it, bytes: bytesOf(state.banks, it.number, it.bytes) })),
    };
}

/** A margin account as somebody without a key would trade it: for simulations, which nobody signs. */
export function unsigned(account: Listed<MarginAccount>): Trader {
    const { owner } = account.data;
    return { account, owner: { address: owner, signTransactions: () => Promise.reject(new Error('nobody signs')) } };
}

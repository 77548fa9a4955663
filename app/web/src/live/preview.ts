// A trade as the node would fill it: simulated on chain, and the margin of what comes out.

import {
    simulate,
    trade,
    type BallastEvent,
    type ExchangeState,
    type Leg,
    type Listed,
    type MarginAccount,
    type Trader,
} from '@ballast/client';
import type { MarginReport } from '@ballast/engine';

import { snapshotOf, type Snapshot } from '../engine/analysis.js';
import { analyse } from '../engine/client.js';
import type { Network } from './network.js';

/** What the chain makes of a trade. */
export interface ChainPreview {
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

/**
 * Simulates a trade. Nobody signs. The node refreshes prices first, so both margins are computed at the prices that the
 * simulation left.
 *
 * @throws {RefusedError} the program would refuse it
 */
export async function previewOnChain(
    network: Network,
    state: ExchangeState,
    what: { readonly taker: Trader; readonly maker: Trader; readonly legs: readonly Leg[] },
    hypothetical: Uint8Array,
): Promise<ChainPreview> {
    const action = await trade(state, what);
    const { address } = what.taker.account;
    const sources: readonly Listed<unknown>[] = [...state.markets.values(), ...state.banks.values()];
    const touched = new Set(action.instructions.flatMap((it) => it.accounts ?? []).map((meta) => meta.address));
    const asked = [address, ...sources.map((listed) => listed.address).filter((it) => touched.has(it))];
    const plan = { feePayer: what.taker.owner, action, lookupTables: network.lookupTables };
    const { accounts, events, computeUnits } = await simulate(network.rpc, plan, asked);
    const after = accounts.get(address);
    if (!after) throw new Error('the node did not return the account');
    const snapshot = withBytes(state, accounts);
    const [chain, here] = await Promise.all([
        analyse('report', snapshot, after),
        analyse('report', snapshot, hypothetical),
    ]);
    const traded = events.find((event) => event.name === 'Traded');
    const fee = traded && 'firstFee' in traded ? traded.firstFee - traded.firstRebate : 0n;
    return { report: chain.value, here: here.value, fee, computeUnits, events };
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

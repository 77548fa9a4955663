// Margins, before anything is sent: by the program's engine in WebAssembly.

import type { Engine, MarginReport } from '@ballast/engine';
import {
    compileTransaction,
    getBase64EncodedWireTransaction,
    getBase64Encoder,
    type Address,
    type Rpc,
    type SimulateTransactionApi,
    type TransactionSigner,
} from '@solana/kit';

import { decodeMarginAccountBytes } from './accounts.js';
import { trade, type Action, type Trade } from './actions.js';
import { refusal } from './errors.js';
import { readEvents } from './events.js';
import type { BallastEvent } from './generated/events.js';
import type { MarginAccount } from './generated/index.js';
import type { Listed } from './listed.js';
import type { ExchangeState } from './state.js';
import { buildTransaction, type BuildingRpc } from './transactions.js';

/** What previewing asks of a node. */
export type PreviewRpc = BuildingRpc & Rpc<SimulateTransactionApi>;

/**
 * The margin report of an account, as the program's `assess` would return it when the state was read.
 *
 * @throws {EngineError} if the state lacks a market or bank that the account refers to
 * @example
 * const account = await fetchMarginAccount(rpc, await findMarginAccount({ exchange, owner: alice.address }));
 * const report = assess(engine, state, account);
 * console.log(report.tier, fromMicroUsd(report.modes.portfolio.initialExcess));
 */
export function assess(engine: Engine, state: ExchangeState, account: Listed<MarginAccount>): MarginReport {
    const sources = [...state.markets.values(), ...state.banks.values()].map((listed) => listed.bytes);
    return engine.assess({ exchange: state.exchange.bytes, account: account.bytes, sources }, state.moment);
}

/** What an action would do. */
export interface Simulation {
    /** The program's events. */
    readonly events: readonly BallastEvent[];
    /** Compute units that the transaction would use. */
    readonly computeUnits: number;
    /** The bytes of the accounts that were asked for, afterwards. */
    readonly accounts: ReadonlyMap<Address, Uint8Array>;
}

/**
 * Runs an action on the node without keeping its effects. Nobody signs.
 *
 * @throws {RefusedError} the program would refuse it; the error says why
 * @example
 * const action = await refresh(state, { markets: [...state.markets.keys()] });
 * const { events, computeUnits } = await simulate(rpc, { feePayer: alice, action }, []);
 * console.log(events.length, computeUnits);
 */
export async function simulate(
    rpc: PreviewRpc,
    plan: { feePayer: TransactionSigner; action: Action; lookupTables?: readonly Address[] },
    addresses: readonly Address[],
): Promise<Simulation> {
    const message = await buildTransaction(rpc, plan);
    const wire = getBase64EncodedWireTransaction(compileTransaction(message));
    const { value } = await rpc
        .simulateTransaction(wire, {
            accounts: { addresses: [...addresses], encoding: 'base64' },
            commitment: 'confirmed',
            encoding: 'base64',
            replaceRecentBlockhash: true,
        })
        .send();
    const logs = value.logs ?? [];
    if (value.err) {
        const [instruction, custom] = failure(value.err);
        throw refusal(custom, instruction, logs, new Error(`the transaction would fail: ${describe(value.err)}`));
    }
    const bytes = value.accounts.map(
        (account) => account && Uint8Array.from(getBase64Encoder().encode(account.data[0])),
    );
    return {
        events: readEvents(logs),
        computeUnits: Number(value.unitsConsumed ?? 0n),
        accounts: new Map(addresses.flatMap((address, at) => (bytes[at] ? [[address, bytes[at]]] : []))),
    };
}

/** What a trade would make of both accounts. */
export interface TradePreview {
    /** The taker's margin afterwards. */
    readonly taker: MarginReport;
    /** The maker's margin afterwards. */
    readonly maker: MarginReport;
    /** The program's events: fills with their marks, fees. */
    readonly events: readonly BallastEvent[];
    /** Compute units that the transaction would use. */
    readonly computeUnits: number;
}

/**
 * What a trade would make of both accounts: the node fills it without keeping its effects, and the engine computes the
 * margins of what comes out. Nobody signs.
 *
 * @throws {RefusedError} the program would refuse the trade; the error says why
 * @example
 * const sol = findMarket(state, 'SOL');
 * const [taker, maker] = await Promise.all([alice, bob].map(async (owner) => {
 *     const address = await findMarginAccount({ exchange, owner: owner.address });
 *     return { owner, account: await fetchMarginAccount(rpc, address) };
 * }));
 * const leg = { market: sol.data.number, contract: perpetual(), quantity: toLots(sol.data, '10'), price: sol.data.price };
 * const preview = await previewTrade(rpc, engine, state, { taker, maker, legs: [leg] }, [lookupTable]);
 * console.log(fromMicroUsd(preview.taker.modes.portfolio.initialExcess));
 */
export async function previewTrade(
    rpc: PreviewRpc,
    engine: Engine,
    state: ExchangeState,
    what: Trade,
    lookupTables: readonly Address[] = [],
): Promise<TradePreview> {
    const action = await trade(state, what);
    const sources = [...state.markets.values(), ...state.banks.values()];
    const both = [what.taker.account.address, what.maker.account.address];
    const touched = new Set(action.instructions.flatMap((it) => it.accounts ?? []).map((account) => account.address));
    const asked = [...both, ...sources.map((listed) => listed.address).filter((address) => touched.has(address))];
    const plan = { feePayer: what.taker.owner, action, lookupTables };
    const { accounts, events, computeUnits } = await simulate(rpc, plan, asked);
    const after = sources.map((listed) => accounts.get(listed.address) ?? listed.bytes);
    const report = (address: Address) => {
        const bytes = accounts.get(address);
        if (!bytes) throw new Error(`the node did not return ${address}`);
        const account = decodeMarginAccountBytes(address, bytes);
        return engine.assess({ exchange: state.exchange.bytes, account: account.bytes, sources: after }, state.moment);
    };
    return {
        taker: report(what.taker.account.address),
        maker: report(what.maker.account.address),
        events,
        computeUnits,
    };
}

/** Which instruction failed, and with which code of its own. */
function failure(error: unknown): [number | undefined, number | undefined] {
    const failed = (error as { InstructionError?: [unknown, unknown] }).InstructionError;
    if (!failed) return [undefined, undefined];
    const custom = (failed[1] as { Custom?: unknown } | null)?.Custom;
    return [Number(failed[0]), custom === undefined ? undefined : Number(custom)];
}

function describe(error: unknown): string {
    return JSON.stringify(error, (_, value: unknown) => (typeof value === 'bigint' ? Number(value) : value));
}

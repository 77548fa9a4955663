// The local network's housekeeping: what keeps a seeded exchange usable while somebody develops against it. It publishes
// prices, refreshes markets and banks with them, and posts every surface again before it is too old. It is no keeper:
// it liquidates nobody, settles nothing, and lists no new expiries.

import {
    fetchExchangeState,
    findMarket,
    getPostSurfaceInstruction,
    listedExpiries,
    refetchExchangeState,
    refresh,
    withAccounts,
    type ExchangeState,
} from '@ballast/client';
import { AccountRole, type Address, type Instruction, type KeyPairSigner } from '@solana/kit';

import { networkMoment, sendInstructions, type Connection } from './connection.js';
import type { PriceServer } from './prices.js';
import { STANDARD } from './standard.js';
import { surfaceOf } from './surface.js';

/** Milliseconds from round to round. */
const ROUND = 1_000;
/** Rounds from one post of the surfaces to the next: 30 seconds, where an exchange takes them for five minutes. */
const ROUNDS_PER_POST = 30;

/** Who does it. */
export interface Housekeepers {
    /** Pays. */
    readonly payer: KeyPairSigner;
    /** Sign surfaces: as many as a market asks for. */
    readonly publishers: readonly KeyPairSigner[];
}

/** Posts the surface of every running expiry, soonest first, so that calendar order holds at every step. */
export async function postSurfaces(
    connection: Connection,
    state: ExchangeState,
    { payer, publishers }: Housekeepers,
    lookupTables: readonly Address[],
): Promise<void> {
    const { now } = await networkMoment(connection);
    await Promise.all(
        STANDARD.markets.map(({ name, volatility }) => {
            const market = findMarket(state, name);
            const signing = publishers.slice(0, market.data.parameters.publisherThreshold);
            const running = listedExpiries(market.data).filter((expiry) => expiry.expiresAt > now);
            const posts = running.map((expiry): Instruction => {
                const surface = surfaceOf({ ...STANDARD.smile, volatility }, Number(expiry.expiresAt - now));
                const post = getPostSurfaceInstruction({
                    exchange: state.exchange.address,
                    market: market.address,
                    expirySlot: expiry.slot,
                    expiryNumber: expiry.data.number,
                    ...surface,
                });
                const metas = signing.map((signer) => ({
                    address: signer.address,
                    role: AccountRole.READONLY_SIGNER,
                    signer,
                }));
                return withAccounts(post, metas);
            });
            return posts.length > 0 ? sendInstructions(connection, payer, posts, lookupTables) : undefined;
        }),
    );
}

/** Publishes prices, and refreshes every market and bank with them. */
export async function refreshAll(
    connection: Connection,
    state: ExchangeState,
    prices: PriceServer,
    payer: KeyPairSigner,
    lookupTables: readonly Address[],
): Promise<void> {
    await prices.publish(await networkMoment(connection));
    const action = await refresh(state, { markets: [...state.markets.keys()], banks: [...state.banks.keys()] });
    await sendInstructions(connection, payer, action.instructions, lookupTables);
}

/** What the network itself does: prices, refreshes and surfaces; prices alone; nothing. */
export type Housekeeping = 'everything' | 'prices' | 'nothing';

/** A house to keep. */
export interface House {
    readonly connection: Connection;
    readonly exchange: Address;
    readonly prices: PriceServer;
    readonly housekeepers: Housekeepers;
    readonly lookupTables: readonly Address[];
    /** Told of what went wrong. */
    readonly report: (problem: string) => void;
}

/** Keeps house until the returned function has been called and has answered. */
export async function keepHouse(house: House, what: Housekeeping): Promise<() => Promise<void>> {
    if (what === 'nothing') return () => Promise.resolve();
    const { connection, exchange, prices, housekeepers, lookupTables, report } = house;
    if (what === 'prices') return repeat(async () => prices.publish(await networkMoment(connection)), report);
    let state = await fetchExchangeState(connection.rpc, exchange);
    return repeat(async (round) => {
        await refreshAll(connection, state, prices, housekeepers.payer, lookupTables);
        if (round % ROUNDS_PER_POST === ROUNDS_PER_POST - 1) {
            state = await refetchExchangeState(connection.rpc, state);
            await postSurfaces(connection, state, housekeepers, lookupTables);
        }
    }, report);
}

function repeat(work: (round: number) => Promise<void>, report: (problem: string) => void): () => Promise<void> {
    let round = 0;
    let stopping = false;
    let wake: () => void = () => undefined;
    const working = (async () => {
        while (!stopping) {
            const began = Date.now();
            try {
                await work(round);
            } catch (error) {
                if (!stopping) report(`housekeeping: ${error instanceof Error ? error.message : String(error)}`);
            }
            round += 1;
            const pause = Math.max(0, ROUND - (Date.now() - began));
            await new Promise<void>((resolve) => {
                const timer = setTimeout(resolve, stopping ? 0 : pause);
                wake = () => {
                    clearTimeout(timer);
                    resolve();
                };
            });
        }
    })();
    return async () => {
        stopping = true;
        wake();
        await working;
    };
}

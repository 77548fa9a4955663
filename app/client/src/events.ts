// The program's events, out of the logs of transactions.

import {
    getBase64Encoder,
    type GetTransactionApi,
    type LogsNotificationsApi,
    type Rpc,
    type RpcSubscriptions,
    type Signature,
} from '@solana/kit';

import { BALLAST_PROGRAM_ADDRESS } from './generated/index.js';
import { BALLAST_EVENTS, type BallastEvent } from './generated/events.js';

/**
 * The program's events in a log, in order. What other programs write is passed over.
 *
 * @example
 * const { value } = await rpc.getLatestBlockhash().send();
 * console.log(value.blockhash, readEvents(['Program log: nothing of ours']).length); // 0
 */
export function readEvents(logs: readonly string[]): BallastEvent[] {
    const running: string[] = [];
    const events: BallastEvent[] = [];
    for (const line of logs) {
        const invoked = /^Program (\w+) invoke \[\d+\]$/.exec(line)?.[1];
        if (invoked) running.push(invoked);
        else if (/^Program \w+ (success|failed)/.test(line)) running.pop();
        else if (running.at(-1) === BALLAST_PROGRAM_ADDRESS && line.startsWith('Program data: ')) {
            const event = decodeEvent(line.slice('Program data: '.length));
            if (event) events.push(event);
        }
    }
    return events;
}

/**
 * The events of a transaction that was confirmed; nothing if the node does not know it.
 *
 * @example
 * const action = await refresh(state, { markets: [...state.markets.keys()] });
 * const signature = await send({ rpc, rpcSubscriptions }, { feePayer: alice, action });
 * for (const event of await fetchEvents(rpc, signature)) console.log(event.name);
 */
export async function fetchEvents(rpc: Rpc<GetTransactionApi>, signature: Signature): Promise<BallastEvent[]> {
    const config = { commitment: 'confirmed', encoding: 'json', maxSupportedTransactionVersion: 0 } as const;
    const transaction = await rpc.getTransaction(signature, config).send();
    return readEvents(transaction?.meta?.logMessages ?? []);
}

/** An event, and the transaction that it is of. */
export interface ObservedEvent {
    readonly signature: Signature;
    readonly event: BallastEvent;
}

/**
 * Follows the program's events, of every exchange, until the signal aborts.
 *
 * @example
 * const abort = new AbortController();
 * const events = watchEvents(rpcSubscriptions, abort.signal);
 * setTimeout(async () => {
 *     const action = await refresh(state, { markets: [...state.markets.keys()] });
 *     await send({ rpc, rpcSubscriptions }, { feePayer: alice, action });
 * }, 500);
 * for await (const { event } of events) {
 *     console.log(event.name);
 *     abort.abort(); // after the first, here
 * }
 */
export async function* watchEvents(
    rpcSubscriptions: RpcSubscriptions<LogsNotificationsApi>,
    abortSignal: AbortSignal,
): AsyncGenerator<ObservedEvent> {
    const notifications = await rpcSubscriptions
        .logsNotifications({ mentions: [BALLAST_PROGRAM_ADDRESS] }, { commitment: 'confirmed' })
        .subscribe({ abortSignal });
    for await (const { value } of notifications) {
        if (value.err) continue;
        for (const event of readEvents(value.logs ?? [])) yield { signature: value.signature, event };
    }
}

function decodeEvent(text: string): BallastEvent | undefined {
    const bytes = Uint8Array.from(getBase64Encoder().encode(text));
    for (const [name, { discriminator, decoder }] of Object.entries(BALLAST_EVENTS)) {
        if (discriminator.every((byte, index) => bytes[index] === byte)) {
            return { name, ...decoder().decode(bytes, discriminator.length) } as BallastEvent;
        }
    }
    return undefined;
}

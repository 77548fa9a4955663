// A network to talk to.

import {
    createSolanaRpc,
    createSolanaRpcSubscriptions,
    fetchEncodedAccount,
    getBase64EncodedWireTransaction,
    signTransactionMessageWithSigners,
    type Address,
    type Instruction,
    type KeyPairSigner,
    type Rpc,
    type RpcSubscriptions,
    type SolanaRpcApi,
    type SolanaRpcSubscriptionsApi,
} from '@solana/kit';
import { buildTransaction, explainError } from '@ballast/client';

import { Cheatcodes } from './surfnet.js';

/** Compute units that a transaction of the set-up may use. */
const PLENTY = 600_000;
let sent = 0;
/** Milliseconds after which a transaction that is not processed is given up. */
const PATIENCE = 20_000;
const CLOCK = 'SysvarC1ock11111111111111111111111111111111' as Address;

/** Where a network answers. */
export interface Endpoints {
    readonly rpcUrl: string;
    readonly wsUrl: string;
}

/** A Surfpool network, and everything that is asked of it. */
export interface Connection extends Endpoints {
    readonly rpc: Rpc<SolanaRpcApi>;
    readonly rpcSubscriptions: RpcSubscriptions<SolanaRpcSubscriptionsApi>;
    readonly cheatcodes: Cheatcodes;
}

/** Prepares to talk to a network. */
export function connectTo({ rpcUrl, wsUrl }: Endpoints): Connection {
    return {
        rpcUrl,
        wsUrl,
        rpc: createSolanaRpc(rpcUrl),
        rpcSubscriptions: createSolanaRpcSubscriptions(wsUrl),
        cheatcodes: new Cheatcodes(rpcUrl),
    };
}

/**
 * Sends instructions that `payer` pays for, and waits until they are processed: the network has no forks, and waiting for
 * a block after each would take most of the time that listing an exchange takes.
 *
 * @throws {RefusedError} the network or the program refuses them
 */
export async function sendInstructions(
    connection: Connection,
    payer: KeyPairSigner,
    instructions: readonly Instruction[],
    lookupTables: readonly Address[] = [],
): Promise<void> {
    // Two equal transactions of one block would be one.
    sent = (sent + 1) % PLENTY;
    const plan = { feePayer: payer, action: { instructions, computeUnits: PLENTY + sent }, lookupTables };
    try {
        const transaction = await signTransactionMessageWithSigners(await buildTransaction(connection.rpc, plan));
        const wire = getBase64EncodedWireTransaction(transaction);
        const signature = await connection.rpc
            .sendTransaction(wire, { encoding: 'base64', preflightCommitment: 'processed' })
            .send();
        const deadline = Date.now() + PATIENCE;
        const config = { commitment: 'confirmed', encoding: 'json', maxSupportedTransactionVersion: 0 } as const;
        for (;;) {
            // Surfpool knows a transaction at once, its status only with the next block.
            const transaction = await connection.rpc.getTransaction(signature, config).send();
            if (transaction?.meta?.err)
                throw new Error(`${signature} failed: ${(transaction.meta.logMessages ?? []).join('\n')}`);
            if (transaction) return;
            if (Date.now() > deadline) throw new Error(`${signature} was not processed within ${PATIENCE} ms`);
            await new Promise((resolve) => setTimeout(resolve, 10));
        }
    } catch (error) {
        throw explainError(error);
    }
}

/** The network's time and slot. */
export async function networkMoment(connection: Connection): Promise<{ now: bigint; slot: bigint }> {
    const clock = await fetchEncodedAccount(connection.rpc, CLOCK, { commitment: 'processed' });
    if (!clock.exists) throw new Error('the network has no clock account');
    const view = new DataView(Uint8Array.from(clock.data).buffer);
    return { slot: view.getBigUint64(0, true), now: view.getBigInt64(32, true) };
}

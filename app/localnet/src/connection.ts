// A network to talk to.

import {
    createSolanaRpc,
    createSolanaRpcSubscriptions,
    fetchEncodedAccount,
    type Address,
    type Instruction,
    type KeyPairSigner,
    type Rpc,
    type RpcSubscriptions,
    type SolanaRpcApi,
    type SolanaRpcSubscriptionsApi,
} from '@solana/kit';
import { send } from '@ballast/client';

import { Cheatcodes } from './surfnet.js';

/** Compute units that a transaction of the set-up may use. */
const PLENTY = 1_000_000;
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

/** Sends instructions that `payer` pays for, and waits until they are confirmed. */
export async function sendInstructions(
    connection: Connection,
    payer: KeyPairSigner,
    instructions: readonly Instruction[],
    lookupTables: readonly Address[] = [],
): Promise<void> {
    await send(connection, { feePayer: payer, action: { instructions, computeUnits: PLENTY }, lookupTables });
}

/** The network's time and slot. */
export async function networkMoment(connection: Connection): Promise<{ now: bigint; slot: bigint }> {
    const clock = await fetchEncodedAccount(connection.rpc, CLOCK, { commitment: 'processed' });
    if (!clock.exists) throw new Error('the network has no clock account');
    const view = new DataView(Uint8Array.from(clock.data).buffer);
    return { slot: view.getBigUint64(0, true), now: view.getBigInt64(32, true) };
}

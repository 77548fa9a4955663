// Which network the page is about: what `network.json` beside the page says.

import {
    createSolanaRpc,
    createSolanaRpcSubscriptions,
    type Address,
    type Rpc,
    type RpcSubscriptions,
    type SolanaRpcApi,
    type SolanaRpcSubscriptionsApi,
} from '@solana/kit';

/** What `network.json` holds, as the local network writes it; an operator writes the first five lines by hand. */
export interface Description {
    readonly rpcUrl: string;
    readonly wsUrl: string;
    readonly exchange: Address;
    readonly lookupTable?: Address;
    /** The network's name for wallets: solana:mainnet, solana:devnet; the local network if left out. */
    readonly chain?: `solana:${string}`;
    readonly banks?: readonly { readonly name: string; readonly mint: Address }[];
    /** Accounts that are shown to whoever brings none. */
    readonly traders?: readonly { readonly name: string; readonly owner: Address; readonly account: Address }[];
    /** The local network's price server. */
    readonly pricesUrl?: string;
    /** A relay that asks makers for quotes. */
    readonly relayUrl?: string;
}

/** A network, and how to talk to it. */
export interface Network extends Description {
    readonly rpc: Rpc<SolanaRpcApi>;
    readonly rpcSubscriptions: RpcSubscriptions<SolanaRpcSubscriptionsApi>;
    readonly chain: `solana:${string}`;
    readonly lookupTables: readonly Address[];
    /** Names of tokens by mint. */
    readonly tokens: ReadonlyMap<string, string>;
}

/**
 * Reads the description and prepares to talk to the network.
 *
 * @throws if there is none
 */
export async function readNetwork(base: string): Promise<Network> {
    const response = await fetch(new URL('network.json', base), { cache: 'no-store' });
    const isJson = response.headers.get('content-type')?.includes('json') ?? false;
    if (!response.ok || !isJson) throw new Error('there is no network.json beside this page');
    const description = (await response.json()) as Description;
    return {
        ...description,
        rpc: createSolanaRpc(description.rpcUrl),
        rpcSubscriptions: createSolanaRpcSubscriptions(description.wsUrl),
        chain: description.chain ?? 'solana:localnet',
        lookupTables: description.lookupTable ? [description.lookupTable] : [],
        tokens: new Map((description.banks ?? []).map(({ mint, name }) => [mint as string, name])),
    };
}

// What the tests share: a network of their own, and its traders.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { loadEngine, type Engine } from '@ballast/engine';
import type { Address, KeyPairSigner } from '@solana/kit';
import {
    fetchExchangeState,
    fetchMarginAccount,
    findMarginAccount,
    type ExchangeState,
    type Trader,
} from '@ballast/client';
import {
    freePorts,
    startLocalNetwork,
    startServices,
    type Housekeeping,
    type LocalNetwork,
    type Services,
} from '@ballast/localnet';

const CHECKOUT = new URL('../../../', import.meta.url);

/** Starts a network whose prices stay, and which is refreshed when a test asks for it. */
export async function startNetwork(housekeeping: Housekeeping = 'nothing'): Promise<LocalNetwork> {
    const image = process.env['BALLAST_IMAGE'] ?? new URL('target/deploy/ballast.so', CHECKOUT).pathname;
    const network = await startLocalNetwork({ image, housekeeping });
    // On a busy machine the prices of the start may be too old by now.
    await network.refresh();
    return network;
}

/** Starts keeper, relay and market maker beside a network. The programs are those that the workspace's tests have built. */
export async function startServicesOf(network: LocalNetwork): Promise<Services & { readonly relayUrl: string }> {
    const folder = await mkdtemp(join(tmpdir(), 'ballast-services-'));
    const programs = process.env['BALLAST_PROGRAMS'] ?? new URL('target/debug', CHECKOUT).pathname;
    const services = await startServices(network, network.description, { programs, folder, ports: await freePorts() });
    const stop = async () => {
        await services.stop();
        await rm(folder, { recursive: true });
    };
    return { ...services, stop, relayUrl: services.description.relayUrl ?? '' };
}

/** The margin engine. */
export async function engine(): Promise<Engine> {
    return loadEngine(await readFile(new URL('target/wasm/engine.wasm', CHECKOUT)));
}

/** The signer of a trader. */
export function signerOf(network: LocalNetwork, name: string): KeyPairSigner {
    const found = network.wallets.find((wallet) => wallet.name === name);
    if (!found) throw new Error(`nobody is called ${name}`);
    return found.signer;
}

/** A trader as of now. */
export async function traderOf(network: LocalNetwork, name: string): Promise<Trader> {
    const owner = signerOf(network, name);
    const { exchange } = network.description;
    const address = await findMarginAccount({ exchange, owner: owner.address });
    const account = await fetchMarginAccount(network.connection.rpc, address);
    if (!account) throw new Error(`${name} has no account`);
    return { owner, account };
}

/** The exchange as of now. */
export function stateOf(network: LocalNetwork): Promise<ExchangeState> {
    return fetchExchangeState(network.connection.rpc, network.description.exchange);
}

/** The lookup table of a network, as transactions take it. */
export function tablesOf(network: LocalNetwork): Address[] {
    return [network.description.lookupTable];
}

// What the tests share: a network of their own, and its traders.

import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { loadEngine, type Engine } from '@ballast/engine';
import { getAddressDecoder, type Address, type KeyPairSigner } from '@solana/kit';
import {
    fetchExchangeState,
    fetchMarginAccount,
    findMarginAccount,
    type ExchangeState,
    type Order,
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

/** What docs/order-vectors.json holds. */
interface Vectors {
    readonly seed: string;
    readonly orders: readonly {
        readonly name: string;
        readonly order: {
            readonly domain: string;
            readonly exchange: string;
            readonly account: string;
            readonly nonce: string;
            readonly expiresAt: string;
            readonly maximumFee: string;
            readonly size: number;
            readonly minimumFill: number;
            readonly role: 'taking' | 'resting';
            readonly reduceOnly: boolean;
            readonly claimsRebates: boolean;
            readonly counterparty: string | null;
            readonly netLimit: string | null;
            readonly legs: readonly {
                readonly market: number;
                readonly kind: number;
                readonly slot: number;
                readonly number: number;
                readonly ratio: number;
                readonly price: string;
            }[];
        };
        readonly message: string;
        readonly id: string;
        readonly signature: string;
    }[];
    readonly refused: readonly { readonly name: string; readonly message: string }[];
}

/** The vectors of docs/orders.md. */
export const VECTORS = JSON.parse(readFileSync(new URL('docs/order-vectors.json', CHECKOUT), 'utf8')) as Vectors;

/** Bytes from hexadecimal. */
export const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));
/** Hexadecimal of bytes. */
export const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const addressOf = (hex: string): Address => getAddressDecoder().decode(bytesOf(hex));

/** The order of a vector. */
export function orderOf(vector: Vectors['orders'][number]['order']): Order {
    const { legs, counterparty, netLimit, ...plain } = vector;
    return {
        ...plain,
        domain: bytesOf(plain.domain),
        exchange: addressOf(plain.exchange),
        account: addressOf(plain.account),
        nonce: BigInt(plain.nonce),
        expiresAt: BigInt(plain.expiresAt),
        maximumFee: BigInt(plain.maximumFee),
        counterparty: counterparty === null ? undefined : addressOf(counterparty),
        netLimit: netLimit === null ? undefined : BigInt(netLimit),
        legs: legs.map(({ market, kind, slot, number, ratio, price }) => ({
            market,
            contract: { kind, slot, number },
            ratio,
            price: BigInt(price),
        })),
    };
}

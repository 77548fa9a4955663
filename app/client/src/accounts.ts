// Margin accounts: where they are, what they hold, and following them.

import {
    createAsyncGeneratorWithInitialValueAndSlotTracking,
    fetchEncodedAccount,
    getBase64Encoder,
    getAddressEncoder,
    getBase64Decoder,
    type AccountNotificationsApi,
    type Address,
    type Base64EncodedBytes,
    type GetAccountInfoApi,
    type GetProgramAccountsApi,
    type Rpc,
    type RpcSubscriptions,
} from '@solana/kit';

import {
    BALLAST_PROGRAM_ADDRESS,
    MARGIN_ACCOUNT_DISCRIMINATOR,
    findMarginAccountPda,
    getMarginAccountDecoder,
    type MarginAccount,
} from './generated/index.js';
import type { Listed } from './listed.js';

/** A margin account by what its address derives from. */
export interface MarginAccountKey {
    /** The exchange. */
    readonly exchange: Address;
    /** Its owner. */
    readonly owner: Address;
    /** Its number among those of its owner; 0 if left out. */
    readonly subAccount?: number;
}

/** How an account is margined, and the number that stands for it: 0, 1, 2. */
export const MODES = ['isolated', 'cross', 'portfolio'] as const;

/** The margin modes: every position alone, positions of one market together, markets of one group together. */
export type Mode = (typeof MODES)[number];

/**
 * The address of an owner's margin account, whether it is open or not.
 *
 * @example
 * console.log(await findMarginAccount({ exchange, owner: alice.address }));
 */
export async function findMarginAccount(key: MarginAccountKey): Promise<Address> {
    const { exchange, owner, subAccount = 0 } = key;
    const [address] = await findMarginAccountPda({ exchange, owner, subAccount });
    return address;
}

/**
 * Reads a margin account; `undefined` if it is not open.
 *
 * @throws if something else is at the address
 * @example
 * const account = await fetchMarginAccount(rpc, await findMarginAccount({ exchange, owner: alice.address }));
 * console.log(account ? `${fromMicroUsd(account.data.cash)} USD of cash` : 'not open');
 */
export async function fetchMarginAccount(
    rpc: Rpc<GetAccountInfoApi>,
    address: Address,
): Promise<Listed<MarginAccount> | undefined> {
    const account = await fetchEncodedAccount(rpc, address);
    return account.exists ? decodeMarginAccountBytes(address, Uint8Array.from(account.data)) : undefined;
}

/**
 * Reads every margin account of an exchange, in the order of their addresses: one scan, which nodes may refuse where
 * there are many.
 *
 * @example
 * for (const { address, data } of await fetchMarginAccounts(rpc, exchange)) console.log(address, data.owner);
 */
export async function fetchMarginAccounts(
    rpc: Rpc<GetProgramAccountsApi>,
    exchange: Address,
): Promise<Listed<MarginAccount>[]> {
    const start = new Uint8Array([...MARGIN_ACCOUNT_DISCRIMINATOR, ...getAddressEncoder().encode(exchange)]);
    const bytes = getBase64Decoder().decode(start) as Base64EncodedBytes;
    const found = await rpc
        .getProgramAccounts(BALLAST_PROGRAM_ADDRESS, {
            commitment: 'confirmed',
            encoding: 'base64',
            filters: [
                { memcmp: { bytes, encoding: 'base64', offset: 0n } },
                { dataSize: BigInt(getMarginAccountDecoder().fixedSize) },
            ],
        })
        .send();
    const accounts = found.map(({ pubkey, account }) =>
        decodeMarginAccountBytes(pubkey, Uint8Array.from(getBase64Encoder().encode(account.data[0]))),
    );
    return accounts.sort((a, b) => (a.address < b.address ? -1 : 1));
}

/**
 * Reads a margin account from its bytes.
 *
 * @throws if they are those of something else
 * @example
 * const first = await fetchMarginAccount(rpc, await findMarginAccount({ exchange, owner: alice.address }));
 * console.log(decodeMarginAccountBytes(first.address, first.bytes).data.owner === alice.address); // true
 */
export function decodeMarginAccountBytes(address: Address, bytes: Uint8Array): Listed<MarginAccount> {
    const decoder = getMarginAccountDecoder();
    const begins = MARGIN_ACCOUNT_DISCRIMINATOR.every((byte, index) => bytes[index] === byte);
    if (!begins || bytes.length !== decoder.fixedSize) {
        throw new Error(`${address} is not a margin account of this version (${bytes.length} bytes)`);
    }
    return { address, data: decoder.decode(bytes), bytes };
}

/**
 * Follows a margin account: what it is now, and again after every change, newest last. Ends when the signal aborts.
 * While the account is not open, nothing comes.
 *
 * @example
 * const abort = new AbortController();
 * const address = await findMarginAccount({ exchange, owner: alice.address });
 * for await (const account of watchMarginAccount({ rpc, rpcSubscriptions }, address, abort.signal)) {
 *     console.log(account.data.positionCount, 'positions');
 *     abort.abort(); // after the first, here
 * }
 */
export async function* watchMarginAccount(
    network: { rpc: Rpc<GetAccountInfoApi>; rpcSubscriptions: RpcSubscriptions<AccountNotificationsApi> },
    address: Address,
    abortSignal: AbortSignal,
): AsyncGenerator<Listed<MarginAccount>> {
    type Info = { readonly data: readonly [string, 'base64'] } | null;
    const bytesOf = (info: Info) => (info ? Uint8Array.from(getBase64Encoder().encode(info.data[0])) : undefined);
    const values = createAsyncGeneratorWithInitialValueAndSlotTracking({
        abortSignal,
        rpcRequest: network.rpc.getAccountInfo(address, { commitment: 'confirmed', encoding: 'base64' }),
        rpcSubscriptionRequest: network.rpcSubscriptions.accountNotifications(address, {
            commitment: 'confirmed',
            encoding: 'base64',
        }),
        rpcValueMapper: bytesOf,
        rpcSubscriptionValueMapper: bytesOf,
    });
    for await (const { value } of values) {
        if (value && value.length > 0) yield decodeMarginAccountBytes(address, value);
    }
}

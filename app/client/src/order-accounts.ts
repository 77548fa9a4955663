// What the chain keeps of orders: an account's records, and orders that stand as accounts.

import {
    fetchEncodedAccount,
    fetchEncodedAccounts,
    getAddressEncoder,
    getBase64Decoder,
    type Address,
    type Base64EncodedBytes,
    type GetAccountInfoApi,
    type GetMultipleAccountsApi,
    type GetProgramAccountsApi,
    type Rpc,
    type TransactionSigner,
} from '@solana/kit';

import type { Action } from './actions.js';
import { INSTRUCTION_UNITS } from './cost.js';
import {
    BALLAST_PROGRAM_ADDRESS,
    PLACED_ORDER_DISCRIMINATOR,
    findOrderRecordsPda,
    findPlacedOrderPda,
    getCancelOrderInstruction,
    getCancelOrdersInstruction,
    getOpenOrderRecordsInstruction,
    getOrderRecordsDecoder,
    getPlaceOrderInstruction,
    getPlacedOrderDecoder,
    type CancellationArgs,
    type OrderRecords,
    type PlacedOrder,
} from './generated/index.js';
import type { Listed } from './listed.js';
import { decodeOrder, encodeOrder, type Order } from './orders.js';

/**
 * Opens what a margin account remembers of its orders, once, and draws the domain that they are signed for: see
 * `readOrderRecords`.
 *
 * @example
 * const account = await findMarginAccount({ exchange, owner: bob.address });
 * const opened = await readOrderRecords(rpc, account);
 * if (!opened) await send({ rpc, rpcSubscriptions }, { feePayer: bob, action: await openOrderRecords(account, bob) });
 * console.log((await readOrderRecords(rpc, account)).data.domain);
 */
export async function openOrderRecords(
    account: Address,
    owner: TransactionSigner,
    payer: TransactionSigner = owner,
): Promise<Action> {
    const [records] = await findOrderRecordsPda({ account });
    const instruction = getOpenOrderRecordsInstruction({ account, records, owner, payer });
    return { instructions: [instruction], computeUnits: INSTRUCTION_UNITS.openOrderRecords };
}

/**
 * What a margin account remembers of its orders; `undefined` if its records are not open.
 *
 * @throws if something else is at the address
 * @example
 * const records = await readOrderRecords(rpc, await findMarginAccount({ exchange, owner: alice.address }));
 * console.log(records ? nextNonce(records.data) : 'not open');
 */
export async function readOrderRecords(
    rpc: Rpc<GetAccountInfoApi>,
    account: Address,
): Promise<Listed<OrderRecords> | undefined> {
    const [address] = await findOrderRecordsPda({ account });
    const found = await fetchEncodedAccount(rpc, address, { commitment: 'confirmed' });
    if (!found.exists) return undefined;
    const decoder = getOrderRecordsDecoder();
    if (found.data.length !== decoder.fixedSize) {
        throw new Error(
            `${address} holds ${found.data.length} bytes, expected the ${decoder.fixedSize} of order records`,
        );
    }
    return { address, data: decoder.decode(found.data), bytes: Uint8Array.from(found.data) };
}

/** What of an order can still be filled. */
export interface OrderRemains {
    /** Packages. */
    readonly left: number;
    /** Why none can be filled. */
    readonly why?:
        'another account' | 'another domain' | 'expired' | 'cancelled' | 'slot taken' | 'nonce taken' | 'filled';
}

/**
 * What is left of an order by its account's records, as the program would say at `now`, Unix seconds.
 *
 * @example
 * const account = await findMarginAccount({ exchange, owner: alice.address });
 * const legs = [{ market: 1, contract: perpetual(), ratio: 1, price: 1n }];
 * const order = {
 *     domain: new Uint8Array(16), exchange, account, nonce: 1n, expiresAt: state.moment.now + 60n, maximumFee: ANY_FEE,
 *     size: 1, minimumFill: 1, role: 'resting', reduceOnly: false, claimsRebates: false, legs,
 * };
 * const records = await readOrderRecords(rpc, account);
 * if (records) console.log(remainsOf(records.data, order, await orderId(encodeOrder(order)), state.moment.now));
 */
export function remainsOf(records: OrderRecords, order: Order, id: Uint8Array, now: bigint): OrderRemains {
    const none = (why: NonNullable<OrderRemains['why']>) => ({ left: 0, why });
    if (order.account !== records.account) return none('another account');
    if (!isSame(order.domain, records.domain)) return none('another domain');
    if (now >= order.expiresAt) return none('expired');
    if (order.nonce < records.minimumNonce) return none('cancelled');
    const record = records.records[Number(order.nonce % BigInt(records.records.length))];
    const isLive = record && record.expiresAt > now && record.nonce >= records.minimumNonce;
    if (!isLive) return { left: order.size };
    if (record.nonce !== order.nonce) return none('slot taken');
    if (record.isCancelled !== 0) return none('cancelled');
    if (!isSame(record.id, id.subarray(0, record.id.length))) return none('nonce taken');
    const left = Math.max(0, order.size - record.filled);
    return left > 0 ? { left } : none('filled');
}

/**
 * A nonce above every one that the records know: orders that were signed and never filled are not among them, so whoever
 * has such orders counts on from them.
 *
 * @example
 * const records = await readOrderRecords(rpc, await findMarginAccount({ exchange, owner: alice.address }));
 * if (records) console.log(nextNonce(records.data));
 */
export function nextNonce(records: Pick<OrderRecords, 'minimumNonce' | 'records'>): bigint {
    const known = records.records.map(({ nonce }) => nonce);
    return known.reduce((highest, nonce) => (nonce >= highest ? nonce + 1n : highest), records.minimumNonce || 1n);
}

/**
 * Places an order as an account, for wallets that sign only transactions. The payer gets the rent back when it is removed.
 *
 * @throws if the order is none that the program takes
 * @example
 * const account = await findMarginAccount({ exchange, owner: alice.address });
 * if (!(await readOrderRecords(rpc, account)))
 *     await send({ rpc, rpcSubscriptions }, { feePayer: alice, action: await openOrderRecords(account, alice) });
 * const { data: records } = await readOrderRecords(rpc, account);
 * const { number: market, price } = findMarket(state, 'BTC').data;
 * const action = await placeOrder(alice, {
 *     domain: Uint8Array.from(records.domain), exchange, account, nonce: nextNonce(records),
 *     expiresAt: state.moment.now + 600n, maximumFee: ANY_FEE, size: 1, minimumFill: 1, role: 'resting',
 *     reduceOnly: false, claimsRebates: false, legs: [{ market, contract: perpetual(), ratio: -100, price }],
 * });
 * await send({ rpc, rpcSubscriptions }, { feePayer: alice, action });
 */
export async function placeOrder(
    authority: TransactionSigner,
    order: Order,
    payer: TransactionSigner = authority,
): Promise<Action> {
    const { account, nonce } = order;
    const [[records], [address]] = await Promise.all([
        findOrderRecordsPda({ account }),
        findPlacedOrderPda({ account, nonce }),
    ]);
    const message = encodeOrder(order);
    const instruction = getPlaceOrderInstruction({
        account,
        records,
        order: address,
        authority,
        payer,
        nonce,
        message,
    });
    return { instructions: [instruction], computeUnits: INSTRUCTION_UNITS.placeOrder };
}

/** An order that stands as an account. */
export interface PlacedOrderAccount extends Listed<PlacedOrder> {
    readonly order: Order;
    /** The bytes that `order` says. */
    readonly message: Uint8Array;
}

/**
 * The orders of a margin account that stand as accounts, by their nonces. `remainsOf` says what is left of them.
 *
 * @example
 * const account = await findMarginAccount({ exchange, owner: alice.address });
 * for (const { order } of await fetchPlacedOrders(rpc, account)) console.log(orderText(order, state));
 */
export async function fetchPlacedOrders(
    rpc: Rpc<GetProgramAccountsApi & GetMultipleAccountsApi>,
    account: Address,
): Promise<PlacedOrderAccount[]> {
    const start = new Uint8Array([...PLACED_ORDER_DISCRIMINATOR, ...getAddressEncoder().encode(account)]);
    const bytes = getBase64Decoder().decode(start) as Base64EncodedBytes;
    const found = await rpc
        .getProgramAccounts(BALLAST_PROGRAM_ADDRESS, {
            commitment: 'confirmed',
            encoding: 'base64',
            dataSlice: { offset: 0, length: 0 },
            filters: [{ memcmp: { bytes, encoding: 'base64', offset: 0n } }],
        })
        .send();
    const addresses = found.map(({ pubkey }) => pubkey);
    const accounts = await fetchEncodedAccounts(rpc, addresses, { commitment: 'confirmed' });
    const placed = accounts.flatMap((it): PlacedOrderAccount[] => {
        if (!it.exists) return [];
        const data = getPlacedOrderDecoder().decode(it.data);
        const message = Uint8Array.from(data.message).subarray(0, data.length);
        return [{ address: it.address, data, bytes: Uint8Array.from(it.data), message, order: decodeOrder(message) }];
    });
    return placed.sort((a, b) => (a.order.nonce < b.order.nonce ? -1 : 1));
}

/**
 * Removes an order that stands as an account; its rent goes back to who paid it. Until it expires only who placed it, or
 * paid for it, may. What was filled of it stays filled.
 *
 * @example
 * const account = await findMarginAccount({ exchange, owner: alice.address });
 * for (const placed of await fetchPlacedOrders(rpc, account)) {
 *     await send({ rpc, rpcSubscriptions }, { feePayer: alice, action: cancelPlacedOrder(alice, placed) });
 * }
 */
export function cancelPlacedOrder(
    authority: TransactionSigner,
    { address, data }: Pick<Listed<PlacedOrder>, 'address' | 'data'>,
): Action {
    const instruction = getCancelOrderInstruction({ order: address, authority, payer: data.payer });
    return { instructions: [instruction], computeUnits: INSTRUCTION_UNITS.cancelOrder };
}

/**
 * Cancels orders of a margin account, signed and placed alike: those of one nonce, of all nonces below one, or all. A
 * relay need not be asked.
 *
 * @example
 * const account = await findMarginAccount({ exchange, owner: alice.address });
 * if (!(await readOrderRecords(rpc, account)))
 *     await send({ rpc, rpcSubscriptions }, { feePayer: alice, action: await openOrderRecords(account, alice) });
 * const action = await cancelOrders(account, alice, cancellation('Below', { nonce: 1n }));
 * await send({ rpc, rpcSubscriptions }, { feePayer: alice, action });
 */
export async function cancelOrders(
    account: Address,
    authority: TransactionSigner,
    which: CancellationArgs,
): Promise<Action> {
    const [records] = await findOrderRecordsPda({ account });
    const instruction = getCancelOrdersInstruction({ account, records, authority, which });
    return { instructions: [instruction], computeUnits: INSTRUCTION_UNITS.cancelOrder };
}

function isSame(one: ArrayLike<number>, other: ArrayLike<number>): boolean {
    return one.length === other.length && Array.from(one).every((byte, index) => byte === other[index]);
}

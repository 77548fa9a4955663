// Orders: what a trader signs, byte for byte as docs/orders.md says. order-accounts.ts has what the chain keeps of them,
// matching.ts what becomes of two that meet.

import {
    createSignableMessage,
    getAddressDecoder,
    getAddressEncoder,
    getPublicKeyFromAddress,
    signatureBytes,
    verifySignature,
    type Address,
    type MessagePartialSigner,
    type SignatureBytes,
} from '@solana/kit';

import type { Contract } from './generated/index.js';

/** What every message begins with: no transaction begins with `FF`. */
const PREFIX = Uint8Array.of(0xff, ...new TextEncoder().encode('Ballast order'));
const VERSION = 1;
const FLAGS = { resting: 1, reduceOnly: 2, netLimit: 4, counterparty: 8, claimsRebates: 16 } as const;
const MAX_LEGS = 8;
const MAX_LOTS = 2n ** 30n;

/** The maximum fee of an order that takes any. */
export const ANY_FEE = 2n ** 64n - 1n;

/** A leg of an order. */
export interface OrderLeg {
    /** Number of the market. */
    readonly market: number;
    readonly contract: Contract;
    /** Lots that one package buys; negative: sells. */
    readonly ratio: number;
    /** Ticks; 0 in an order with a net limit. */
    readonly price: bigint;
}

/** What a trader signs: so many packages of legs, each package whole. */
export interface Order {
    /** The domain of the account's order records: 16 bytes. */
    readonly domain: Uint8Array;
    readonly exchange: Address;
    /** The margin account that trades. */
    readonly account: Address;
    /** Counts up; orders of one nonce are alternatives. */
    readonly nonce: bigint;
    /** Unix seconds. */
    readonly expiresAt: bigint;
    /** Highest fee of the whole order, µUSD; `ANY_FEE` for any. */
    readonly maximumFee: bigint;
    /** Packages. */
    readonly size: number;
    /** Fewest packages of a fill, unless fewer are left. */
    readonly minimumFill: number;
    /** A resting order is filled at its prices; a taking order's are limits. */
    readonly role: 'taking' | 'resting';
    readonly reduceOnly: boolean;
    readonly claimsRebates: boolean;
    /** Margin account of the only counterparty, if there is but one. */
    readonly counterparty?: Address | undefined;
    /** Most that a package costs, negative: least that it brings, µUSD; instead of prices, for taking orders. */
    readonly netLimit?: bigint | undefined;
    /** Sorted by market, kind, slot and number. */
    readonly legs: readonly OrderLeg[];
}

/** A message and its signature. */
export interface SignedOrder {
    readonly message: Uint8Array;
    /** Owner or delegate of the account. */
    readonly signer: Address;
    readonly signature: SignatureBytes;
}

/**
 * The message of an order.
 *
 * @throws if the order is none that the program takes; the message says what is wrong
 * @example
 * const account = await findMarginAccount({ exchange, owner: alice.address });
 * const legs = [{ market: 1, contract: perpetual(), ratio: 100, price: findMarket(state, 'BTC').data.price }];
 * const order = {
 *     domain: new Uint8Array(16), exchange, account, nonce: 1n, expiresAt: state.moment.now + 60n, maximumFee: ANY_FEE,
 *     size: 10, minimumFill: 1, role: 'taking', reduceOnly: false, claimsRebates: false, legs,
 * };
 * console.log(encodeOrder(order).length); // 157
 */
export function encodeOrder(order: Order): Uint8Array {
    validate(order);
    const { counterparty, netLimit, legs } = order;
    const legBytes = netLimit === undefined ? 20 : 12;
    const length = 129 + (counterparty ? 32 : 0) + (netLimit === undefined ? 0 : 8) + legBytes * legs.length;
    const bytes = new Uint8Array(length);
    const view = new DataView(bytes.buffer);
    let at = 0;
    const put = (some: Iterable<number>) => {
        for (const byte of some) bytes[at++] = byte;
    };
    const number = (size: 1 | 2 | 4 | 8, value: number | bigint) => {
        const whole = BigInt(value);
        if (size === 8) view.setBigUint64(at, BigInt.asUintN(64, whole), true);
        else if (size === 4) view.setUint32(at, Number(BigInt.asUintN(32, whole)), true);
        else if (size === 2) view.setUint16(at, Number(whole), true);
        else view.setUint8(at, Number(whole));
        at += size;
    };
    put(PREFIX);
    number(1, VERSION);
    number(1, flagsOf(order));
    put(order.domain);
    put(getAddressEncoder().encode(order.exchange));
    put(getAddressEncoder().encode(order.account));
    number(8, order.nonce);
    number(8, order.expiresAt);
    number(8, order.maximumFee);
    number(4, order.size);
    number(4, order.minimumFill);
    number(1, legs.length);
    if (counterparty) put(getAddressEncoder().encode(counterparty));
    if (netLimit !== undefined) number(8, netLimit);
    for (const { market, contract, ratio, price } of legs) {
        number(2, market);
        number(1, contract.kind);
        number(1, contract.slot);
        number(4, contract.number);
        number(4, ratio);
        if (netLimit === undefined) number(8, price);
    }
    return bytes;
}

/**
 * The order of a message.
 *
 * @throws if it is none, or says it in other bytes than the program takes
 * @example
 * const account = await findMarginAccount({ exchange, owner: alice.address });
 * const legs = [{ market: 1, contract: perpetual(), ratio: 1, price: 1n }];
 * const message = encodeOrder({
 *     domain: new Uint8Array(16), exchange, account, nonce: 1n, expiresAt: 0n, maximumFee: ANY_FEE,
 *     size: 1, minimumFill: 1, role: 'resting', reduceOnly: false, claimsRebates: false, legs,
 * });
 * console.log(decodeOrder(message).legs.length); // 1
 */
export function decodeOrder(message: Uint8Array): Order {
    const view = new DataView(message.buffer, message.byteOffset, message.length);
    let at = 0;
    const take = (count: number) => {
        if (at + count > message.length) throw new Error(`an order of ${message.length} bytes ends early`);
        at += count;
        return at - count;
    };
    const bytes = (count: number) => message.slice(take(count), at);
    const address = () => getAddressDecoder().decode(bytes(32));
    if (bytes(PREFIX.length).some((byte, index) => byte !== PREFIX[index])) throw new Error('this is no order');
    const version = view.getUint8(take(1));
    if (version !== VERSION) throw new Error(`the order has version ${version}, expected ${VERSION}`);
    const flags = view.getUint8(take(1));
    const has = (flag: number) => (flags & flag) !== 0;
    const head = {
        domain: bytes(16),
        exchange: address(),
        account: address(),
        nonce: view.getBigUint64(take(8), true),
        expiresAt: view.getBigInt64(take(8), true),
        maximumFee: view.getBigUint64(take(8), true),
        size: view.getUint32(take(4), true),
        minimumFill: view.getUint32(take(4), true),
        role: has(FLAGS.resting) ? ('resting' as const) : ('taking' as const),
        reduceOnly: has(FLAGS.reduceOnly),
        claimsRebates: has(FLAGS.claimsRebates),
    };
    const count = view.getUint8(take(1));
    const counterparty = has(FLAGS.counterparty) ? address() : undefined;
    const netLimit = has(FLAGS.netLimit) ? view.getBigInt64(take(8), true) : undefined;
    const legs = Array.from({ length: count }, (): OrderLeg => {
        const market = view.getUint16(take(2), true);
        const contract = {
            kind: view.getUint8(take(1)),
            slot: view.getUint8(take(1)),
            number: view.getUint32(take(4), true),
        };
        const ratio = view.getInt32(take(4), true);
        const price = netLimit === undefined ? view.getBigUint64(take(8), true) : 0n;
        return { market, contract, ratio, price };
    });
    const order = { ...head, counterparty, netLimit, legs };
    // One encoding only: what is left over, or said in another way, is refused.
    const again = encodeOrder(order);
    if (again.length !== message.length || again.some((byte, index) => byte !== message[index])) {
        throw new Error('the order is not in the encoding that the program takes');
    }
    return order;
}

/**
 * The id of an order: SHA-256 of its message.
 *
 * @example
 * console.log((await orderId(new Uint8Array(0))).length); // 32
 */
export async function orderId(message: Uint8Array): Promise<Uint8Array> {
    return new Uint8Array(await crypto.subtle.digest('SHA-256', Uint8Array.from(message)));
}

/**
 * Signs an order with the key of the account's owner or delegate.
 *
 * @throws if the order is none that the program takes
 * @example
 * const account = await findMarginAccount({ exchange, owner: alice.address });
 * const legs = [{ market: 1, contract: perpetual(), ratio: 1, price: 1n }];
 * const signed = await signOrder(alice, {
 *     domain: new Uint8Array(16), exchange, account, nonce: 1n, expiresAt: 0n, maximumFee: ANY_FEE,
 *     size: 1, minimumFill: 1, role: 'resting', reduceOnly: false, claimsRebates: false, legs,
 * });
 * console.log(await verifyOrder(signed)); // true
 */
export async function signOrder(signer: MessagePartialSigner, order: Order): Promise<SignedOrder> {
    const message = encodeOrder(order);
    const [signatures] = await signer.signMessages([createSignableMessage(message)]);
    const signature = signatures?.[signer.address];
    if (!signature) throw new Error(`${signer.address} did not sign the order`);
    return { message, signer: signer.address, signature };
}

/**
 * Whether a message is an order, and the signature its signer's. Whether the signer may trade for the account, and the
 * order is still good, the network knows.
 *
 * @example
 * const signed = { message: new Uint8Array(0), signer: alice.address, signature: new Uint8Array(64) };
 * console.log(await verifyOrder(signed)); // false
 */
export async function verifyOrder({ message, signer, signature }: SignedOrder): Promise<boolean> {
    try {
        decodeOrder(message);
    } catch {
        return false;
    }
    return verifySignature(await getPublicKeyFromAddress(signer), signatureBytes(signature), message);
}

function flagsOf(order: Order): number {
    return (
        (order.role === 'resting' ? FLAGS.resting : 0) |
        (order.reduceOnly ? FLAGS.reduceOnly : 0) |
        (order.netLimit === undefined ? 0 : FLAGS.netLimit) |
        (order.counterparty ? FLAGS.counterparty : 0) |
        (order.claimsRebates ? FLAGS.claimsRebates : 0)
    );
}

function validate({ domain, size, minimumFill, role, netLimit, legs }: Order): void {
    const require = (holds: boolean, what: string) => {
        if (!holds) throw new Error(what);
    };
    require(domain.length === 16, 'a domain has 16 bytes');
    require(size > 0, 'an order is for at least one package');
    require(minimumFill >= 1 && minimumFill <= size, 'the minimum fill must be from 1 to the size');
    require(legs.length >= 1 && legs.length <= MAX_LEGS, 'an order has one to eight legs');
    require(netLimit === undefined || role === 'taking', 'a net limit is for taking orders');
    const names = legs.map(({ market, contract: { kind, slot, number } }) => [market, kind, slot, number]);
    const isSorted = names.every((name, index) => index === 0 || compare(names[index - 1] ?? [], name) < 0);
    require(isSorted, 'legs must be sorted by market, kind, slot and number, each contract once');
    for (const { ratio, price } of legs) {
        const lots = BigInt(Math.abs(ratio)) * BigInt(size);
        require(lots >= 1n && lots <= MAX_LOTS, 'a leg must be for one to 2^30 lots in all');
        require(netLimit === undefined || price === 0n, 'with a net limit, legs have no price');
    }
}

function compare(one: readonly number[], other: readonly number[]): number {
    const at = one.findIndex((part, index) => part !== other[index]);
    return at < 0 ? 0 : (one[at] ?? 0) - (other[at] ?? 0);
}

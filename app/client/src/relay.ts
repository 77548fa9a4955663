// The relay: asking makers for quotes, taking one, sending orders. docs/relay.md describes what is said.

import {
    getBase64Decoder,
    getBase64Encoder,
    type Address,
    type GetAccountInfoApi,
    type Rpc,
    type Signature,
    type SignatureBytes,
} from '@solana/kit';

import type { Leg } from './contracts.js';
import { fetchOrderRecords, findOrderRecordsPda, type Contract } from './generated/index.js';
import { ANY_FEE, type Order, type OrderLeg, type SignedOrder } from './orders.js';
import type { ExchangeState } from './state.js';

/** What the relay refuses; its code stays the same: `quoteGone`, `unknownAccount`, or an error of the program. */
export class RelayError extends Error {
    override name = 'RelayError';

    constructor(
        message: string,
        /** The problem's name. */
        readonly code: string,
    ) {
        super(message);
    }
}

/** A leg of a package. */
export interface PackageLeg {
    /** Number of the market. */
    readonly market: number;
    readonly contract: Contract;
    /** Lots that one package buys; negative: sells. */
    readonly ratio: number;
}

/** A maker's quote: a signed resting order that only the account that asked can take. */
export interface RelayQuote {
    /** By which it is taken. */
    readonly id: string;
    /** The maker's margin account. */
    readonly maker: Address;
    readonly order: SignedOrder;
    /** Unix seconds. */
    readonly expiresAt: bigint;
    /** Packages at most. */
    readonly size: number;
    /** What is traded, at the quoted prices: what one package buys for whoever asked. */
    readonly legs: readonly OrderLeg[];
    /** What a package costs, µUSD; negative: brings. Of futures and perpetuals it is the notional. */
    readonly net: bigint;
}

/** A match that was confirmed. */
export interface RelayFill {
    readonly signature: Signature;
    readonly taker: Address;
    readonly maker: Address;
    /** Packages. */
    readonly units: number;
    /** What the taker bought with each, at which prices. */
    readonly legs: readonly OrderLeg[];
}

/** What became of an order. */
export interface RelayOutcome {
    /** The order's id, in hexadecimal. */
    readonly id: string;
    readonly status: 'resting' | 'filled' | 'partlyFilled' | 'refused';
    readonly fills: readonly RelayFill[];
    /** Why no more was filled. */
    readonly refusal?: { readonly code: string; readonly message: string };
}

/**
 * Asks makers for quotes of a package, best first; none if nobody quotes.
 *
 * @throws {RelayError} the relay refuses the request
 * @example
 * const account = await findMarginAccount({ exchange, owner: alice.address });
 * const btc = findMarket(state, 'BTC').data;
 * const legs = [{ market: btc.number, contract: perpetual(), ratio: Number(toLots(btc, '0.01')) }];
 * for (const quote of await requestQuotes(relayUrl, { account, legs })) console.log(fromMicroUsd(quote.net));
 */
export async function requestQuotes(
    relayUrl: string,
    request: {
        /** The margin account that will trade. */
        readonly account: Address;
        /** What one package buys and sells. */
        readonly legs: readonly PackageLeg[];
        /** Packages; 1 if left out. */
        readonly size?: number;
    },
): Promise<RelayQuote[]> {
    const { account, legs, size = 1 } = request;
    const asked = legs.map(({ market, contract: { kind, slot, number }, ratio }) => ({
        market,
        contract: { kind, slot, number },
        ratio,
    }));
    const answer = (await ask(relayUrl, '/v1/requests', { account, legs: asked, size })) as {
        quotes: (Record<'id' | 'maker' | 'message' | 'signer' | 'signature' | 'expiresAt' | 'net', string> & {
            size: number;
            prices: string[];
        })[];
    };
    return answer.quotes.map((quote) => ({
        id: quote.id,
        maker: quote.maker as Address,
        order: {
            message: bytesOf(quote.message),
            signer: quote.signer as Address,
            signature: bytesOf(quote.signature) as SignatureBytes,
        },
        expiresAt: BigInt(quote.expiresAt),
        size: quote.size,
        legs: legs.map((leg, index) => ({ ...leg, price: BigInt(quote.prices[index] ?? 0) })),
        net: BigInt(quote.net),
    }));
}

/**
 * The order that takes a quote, to be signed: the quote's legs and prices, for a minute. Its account's order records have to
 * be open: see `openOrderRecords`.
 *
 * @throws if the account has no order records
 * @example
 * const account = await findMarginAccount({ exchange, owner: bob.address });
 * const [records] = await findOrderRecordsPda({ account });
 * const open = await fetchMaybeOrderRecords(rpc, records);
 * if (!open.exists) {
 *     await send({ rpc, rpcSubscriptions }, { feePayer: bob, action: await openOrderRecords(account, bob) });
 * }
 * const btc = findMarket(state, 'BTC').data;
 * const legs = [{ market: btc.number, contract: perpetual(), ratio: Number(toLots(btc, '0.01')) }];
 * const [quote] = await requestQuotes(relayUrl, { account, legs });
 * const order = await takingOrder(rpc, state, { account, legs: quote.legs, size: 1 });
 * const { status } = await submitOrder(relayUrl, await signOrder(bob, order), quote.id);
 * console.log(status); // filled
 */
export async function takingOrder(
    rpc: Rpc<GetAccountInfoApi>,
    state: ExchangeState,
    wanted: {
        readonly account: Address;
        readonly legs: readonly OrderLeg[];
        readonly size: number;
        /** Highest fee, µUSD; any if left out. */
        readonly maximumFee?: bigint;
        /** Seconds that the order stands; a minute if left out. */
        readonly seconds?: bigint;
    },
): Promise<Order> {
    const { account, legs, size, maximumFee = ANY_FEE, seconds = 60n } = wanted;
    const [records] = await findOrderRecordsPda({ account });
    const { domain } = (await fetchOrderRecords(rpc, records, { commitment: 'confirmed' })).data;
    return {
        domain: Uint8Array.from(domain),
        exchange: state.exchange.address,
        account,
        // Counts up, whoever signs next, on whichever device.
        nonce: BigInt(Date.now()),
        expiresAt: state.moment.now + seconds,
        maximumFee,
        size,
        minimumFill: 1,
        role: 'taking',
        reduceOnly: false,
        claimsRebates: false,
        legs: [...legs].sort(byContract),
    };
}

/**
 * Sends a signed order: to take a quote, or to rest in the relay's book, or to meet what rests there. An order that is to meet
 * what rests may name another one that rests `otherwise`, if nothing meets it: a resting order of the same account and nonce, so
 * that one of the two is filled at most.
 *
 * @throws {RelayError} the relay refuses the order itself; that it was not filled is part of what is returned
 * @example
 * const account = await findMarginAccount({ exchange, owner: alice.address });
 * const legs = [{ market: 1, contract: perpetual(), ratio: 100, price: findMarket(state, 'BTC').data.price }];
 * try {
 *     await submitOrder(relayUrl, await signOrder(alice, {
 *         domain: new Uint8Array(16), exchange, account, nonce: 1n, expiresAt: state.moment.now + 60n, maximumFee: ANY_FEE,
 *         size: 1, minimumFill: 1, role: 'resting', reduceOnly: false, claimsRebates: false, legs,
 *     }));
 * } catch (error) {
 *     console.log(error.code, error.message); // notLive: signed for another domain
 * }
 */
export async function submitOrder(
    relayUrl: string,
    order: SignedOrder,
    quote?: string,
    otherwise?: SignedOrder,
): Promise<RelayOutcome> {
    const answer = (await ask(relayUrl, '/v1/orders', {
        ...signedParts(order),
        ...(quote === undefined ? {} : { quote }),
        ...(otherwise === undefined ? {} : { otherwise: signedParts(otherwise) }),
    })) as Omit<RelayOutcome, 'fills'> & {
        fills: (Omit<RelayFill, 'legs'> & { legs: (PackageLeg & { price: string })[] })[];
    };
    const fills = answer.fills.map((fill) => ({
        ...fill,
        legs: fill.legs.map((leg) => ({ ...leg, price: BigInt(leg.price) })),
    }));
    return { ...answer, fills };
}

/**
 * Legs of a trade as legs of one package.
 *
 * @throws if a leg has more lots than an order holds
 * @example
 * const btc = findMarket(state, 'BTC').data;
 * console.log(packageOf([{ market: btc.number, contract: perpetual(), quantity: 100n, price: btc.price }])[0].ratio); // 100
 */
export function packageOf(legs: readonly Leg[]): PackageLeg[] {
    return legs.map(({ market, contract, quantity }) => {
        const ratio = Number(quantity);
        if (Math.abs(ratio) > 2 ** 30) throw new Error(`a leg has ${ratio} lots, an order holds 2^30`);
        return { market, contract, ratio };
    });
}

/** An order as the relay reads it. */
function signedParts({ message, signer, signature }: SignedOrder) {
    const base64 = (bytes: Uint8Array) => getBase64Decoder().decode(bytes);
    return { message: base64(message), signer, signature: base64(Uint8Array.from(signature)) };
}

function byContract(a: OrderLeg, b: OrderLeg): number {
    return (
        a.market - b.market ||
        a.contract.kind - b.contract.kind ||
        a.contract.slot - b.contract.slot ||
        a.contract.number - b.contract.number
    );
}

function bytesOf(text: string): Uint8Array {
    return Uint8Array.from(getBase64Encoder().encode(text));
}

async function ask(relayUrl: string, path: string, body: unknown): Promise<unknown> {
    let response: Response;
    try {
        response = await fetch(`${relayUrl}${path}`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify(body),
        });
    } catch (error) {
        throw new RelayError(`the relay at ${relayUrl} does not answer: ${String(error)}`, 'unreachable');
    }
    const answer = (await response.json().catch(() => undefined)) as
        { error?: { code: string; message: string } } | undefined;
    if (answer?.error) throw new RelayError(answer.error.message, answer.error.code);
    if (!response.ok || !answer) throw new RelayError(`the relay answers ${response.status}`, 'unreachable');
    return answer;
}

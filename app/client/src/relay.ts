// A relay over HTTP: asking makers for quotes, handing in signed orders, following what becomes of them. A relay is trusted
// with nothing: every quote is held against its own signature and message before anybody sees it.

import {
    getBase64Decoder,
    getBase64Encoder,
    type Address,
    type ReadonlyUint8Array,
    type Signature,
    type SignatureBytes,
} from '@solana/kit';

import type { Contract } from './generated/index.js';
import { decodeOrder, verifyOrder, type Order, type SignedOrder } from './orders.js';
import type { ExchangeState } from './state.js';

/** Milliseconds that a relay has for an answer: a match waits for the network's confirmation. */
const PATIENCE = 60_000;
/** µUSD are 10^-6 USD. */
const USD_DECIMALS = 6;

/** A relay that refused, or that could not be asked. */
export class RelayError extends Error {
    override name = 'RelayError';

    constructor(
        message: string,
        /** The relay's word for it, such as `unknownAccount`; nothing if it did not answer in its own terms. */
        readonly code: string | undefined,
        /** HTTP status; nothing if there was no answer. */
        readonly status: number | undefined,
        options?: ErrorOptions,
    ) {
        super(message, options);
    }
}

/** What a relay says about itself. */
export interface RelayInfo {
    /** The exchange whose orders it matches. */
    readonly exchange: Address;
    /** Pays for the transactions. */
    readonly payer: Address;
    /** Makers that are connected. */
    readonly makers: number;
    /** Milliseconds that makers have for a quote. */
    readonly quoteWindowMillis: number;
}

/** A leg that quotes are asked for. */
export interface RequestedLeg {
    /** Number of the market. */
    readonly market: number;
    readonly contract: Contract;
    /** Lots that one package buys for whoever asks; negative: sells. */
    readonly ratio: number;
}

/** What quotes are asked for. */
export interface QuoteRequest {
    /** The margin account that would trade. */
    readonly account: Address;
    /** Sorted as an order's: by market, kind, slot and number. */
    readonly legs: readonly RequestedLeg[];
    /** Packages. */
    readonly size: number;
}

/** A quote, held against its signature: everything but the id is what the maker signed. */
export interface Quote {
    /** The relay's name for it. */
    readonly id: string;
    /** What the maker signed: a resting order that trades the reverse, with the asking account as counterparty. */
    readonly signed: SignedOrder;
    readonly order: Order;
    /** The maker's margin account. */
    readonly maker: Address;
    /** Unix seconds. */
    readonly expiresAt: bigint;
    /** Packages, which may be fewer than were asked for. */
    readonly size: number;
    /** Ticks, one for each leg that was asked for. */
    readonly prices: readonly bigint[];
    /** What a package costs whoever asked, µUSD, rounded up; negative: brings. */
    readonly net: bigint;
}

/** What makers answered. */
export interface Quotes {
    /** The relay's name for the request. */
    readonly id: string;
    /** Cheapest first. */
    readonly quotes: readonly Quote[];
    /** Answers that are no quotes for what was asked, and why. */
    readonly rejected: readonly { readonly id: string; readonly why: string }[];
}

/** What became of an order that was handed in. */
export interface RelayOutcome {
    /** The order's id, as the relay writes it. */
    readonly id: string;
    readonly status: 'resting' | 'filled' | 'partlyFilled' | 'refused';
    readonly fills: readonly { readonly signature: Signature; readonly units: number }[];
    /** Why nothing more was filled: the program's error, or the relay's. */
    readonly refusal?: { readonly name: string; readonly code?: number; readonly message: string };
}

/** Something that happened to an account's orders; what else it holds depends on its type. */
export interface RelayEvent {
    readonly type: 'fill' | 'order' | 'quote';
    readonly [field: string]: unknown;
}

/** What can be said about a question to a relay. */
export interface RelayOptions {
    /** Ends the wait. A minute passes at most without one. */
    readonly abortSignal?: AbortSignal;
}

/**
 * What a relay says about itself.
 *
 * @throws {RelayError} it does not answer
 * @example
 * const { exchange: matched, makers } = await fetchRelayInfo(relayUrl);
 * console.log(matched === exchange, makers);
 */
export async function fetchRelayInfo(url: string, options: RelayOptions = {}): Promise<RelayInfo> {
    const { exchange, payer, makers, quoteWindowMillis } = await ask(url, 'v1/info', options);
    return {
        exchange: exchange as Address,
        payer: payer as Address,
        makers: Number(makers),
        quoteWindowMillis: Number(quoteWindowMillis),
    };
}

/**
 * Asks a relay's makers for quotes, and waits until they answered or its window is over. Answers that are not signed, or
 * that are for something else than was asked, are told apart from quotes.
 *
 * @throws {RelayError} the relay refuses the request, or does not answer
 * @example
 * const account = await findMarginAccount({ exchange, owner: alice.address });
 * const legs = [{ market: findMarket(state, 'BTC').data.number, contract: perpetual(), ratio: 100 }];
 * const { quotes } = await requestQuotes(relayUrl, state, { account, legs, size: 10 });
 * for (const { maker, net } of quotes) console.log(maker, `${fromMicroUsd(net)} USD for a package`);
 */
export async function requestQuotes(
    url: string,
    state: ExchangeState,
    request: QuoteRequest,
    options: RelayOptions = {},
): Promise<Quotes> {
    const { account, size } = request;
    const legs = request.legs.map(({ market, contract: { kind, slot, number }, ratio }) => ({
        market,
        contract: { kind, slot, number },
        ratio,
    }));
    const answer = await ask(url, 'v1/requests', options, { account, legs, size });
    const quotes: Quote[] = [];
    const rejected: { id: string; why: string }[] = [];
    for (const it of Array.isArray(answer['quotes']) ? (answer['quotes'] as Record<string, unknown>[]) : []) {
        const id = String(it['id']);
        try {
            quotes.push({ id, ...(await readQuote(state, request, it)) });
        } catch (error) {
            rejected.push({ id, why: error instanceof Error ? error.message : String(error) });
        }
    }
    quotes.sort((a, b) => (a.net < b.net ? -1 : a.net > b.net ? 1 : 0));
    return { id: String(answer['id']), quotes, rejected };
}

/**
 * Hands a signed order to a relay. With a quote's id it is matched with that quote at once; otherwise a taking order meets
 * the best of what rests, and a resting one joins it. What the network refuses comes back in the outcome.
 *
 * @throws {RelayError} the relay takes no such order, or does not answer
 * @example
 * const account = await findMarginAccount({ exchange, owner: alice.address });
 * const { number: market, price } = findMarket(state, 'BTC').data;
 * const signed = await signOrder(alice, {
 *     domain: new Uint8Array(16), // alice's order records have it
 *     exchange, account, nonce: 1n, expiresAt: state.moment.now + 60n, maximumFee: ANY_FEE, size: 10, minimumFill: 1,
 *     role: 'resting', reduceOnly: false, claimsRebates: false,
 *     legs: [{ market, contract: perpetual(), ratio: 100, price }],
 * });
 * const { status, refusal } = await submitOrder(relayUrl, signed);
 * console.log(status, refusal?.message);
 */
export async function submitOrder(
    url: string,
    { message, signer, signature }: SignedOrder,
    { quote, ...options }: RelayOptions & { readonly quote?: string } = {},
): Promise<RelayOutcome> {
    const body = { message: base64(message), signer, signature: base64(signature), ...(quote ? { quote } : {}) };
    const answer = await ask(url, 'v1/orders', options, body);
    const statuses = ['resting', 'filled', 'partlyFilled', 'refused'] as const;
    const status = statuses.find((name) => name === answer['status']);
    if (!status) {
        throw new RelayError(
            `the relay says ${String(answer['status'])}, expected ${statuses.join(', ')}`,
            undefined,
            200,
        );
    }
    const fills = Array.isArray(answer['fills']) ? (answer['fills'] as Record<string, unknown>[]) : [];
    const refusal = answer['refusal'] as RelayOutcome['refusal'] | null | undefined;
    return {
        id: String(answer['id']),
        status,
        fills: fills.map(({ signature: landed, units }) => ({ signature: landed as Signature, units: Number(units) })),
        ...(refusal ? { refusal } : {}),
    };
}

/** Opens a connection: a browser's `WebSocket`, Node's from 22 on, or that of the package `ws`. */
export type WebSocketConstructor = new (url: string) => {
    addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
    addEventListener(type: 'close' | 'error', listener: () => void): void;
    close(): void;
};

/**
 * Follows what becomes of an account's orders at a relay, until the signal aborts.
 *
 * @throws {RelayError} the connection ends by itself: follow anew
 * @example
 * const abort = new AbortController();
 * const account = await findMarginAccount({ exchange, owner: alice.address });
 * for await (const event of followRelay(relayUrl, account, abort.signal)) {
 *     console.log(event.type);
 *     abort.abort(); // after the first, here
 * }
 */
export async function* followRelay(
    url: string,
    account: Address,
    abortSignal: AbortSignal,
    { WebSocket = globalThis.WebSocket as WebSocketConstructor }: { readonly WebSocket?: WebSocketConstructor } = {},
): AsyncGenerator<RelayEvent> {
    const address = new URL(`v1/stream?account=${account}`, folder(url));
    address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
    const waiting: unknown[] = [];
    let wake: () => void = () => undefined;
    let isOpen = !abortSignal.aborted;
    const socket = new WebSocket(address.href);
    const end = () => {
        isOpen = false;
        wake();
    };
    socket.addEventListener('message', ({ data }) => {
        waiting.push(data);
        wake();
    });
    socket.addEventListener('close', end);
    socket.addEventListener('error', end);
    abortSignal.addEventListener('abort', end, { once: true });
    try {
        while (!abortSignal.aborted) {
            while (waiting.length > 0) {
                const event = eventOf(waiting.shift());
                if (event && !abortSignal.aborted) yield event;
            }
            if (!isOpen && !abortSignal.aborted) {
                throw new RelayError('the relay ended the connection', undefined, undefined);
            }
            if (abortSignal.aborted) break;
            await new Promise<void>((resume) => {
                wake = resume;
            });
        }
    } finally {
        abortSignal.removeEventListener('abort', end);
        socket.close();
    }
}

/** What a package costs at these prices, µUSD, rounded up; negative: what it brings. */
function netOf(state: ExchangeState, legs: readonly RequestedLeg[], prices: readonly bigint[]): bigint {
    return legs.reduce((sum, { market, ratio }, index) => {
        const listed = state.markets.get(market)?.data;
        if (!listed)
            throw new Error(`market ${market} is not part of the state that was read: read the exchange again`);
        const product = BigInt(ratio) * (prices[index] ?? 0n) * 10n ** BigInt(USD_DECIMALS);
        const unit = 10n ** BigInt(listed.quantityDecimals + listed.priceDecimals);
        const quotient = product / unit;
        return sum + (product > 0n && product % unit !== 0n ? quotient + 1n : quotient);
    }, 0n);
}

/** A quote as the maker signed it, if it is one for what was asked. */
async function readQuote(
    state: ExchangeState,
    { account, legs, size }: QuoteRequest,
    answer: Record<string, unknown>,
): Promise<Omit<Quote, 'id'>> {
    const signed: SignedOrder = {
        message: bytesOf(answer['message']),
        signer: answer['signer'] as Address,
        signature: bytesOf(answer['signature']) as ReadonlyUint8Array as SignatureBytes,
    };
    const order = decodeOrder(signed.message);
    const require = (holds: boolean, what: string) => {
        if (!holds) throw new Error(what);
    };
    require(await verifyOrder(signed), `${signed.signer} did not sign the quote`);
    require(order.role === 'resting', 'the quote is a taking order');
    require(order.exchange === state.exchange.address, `the quote is for exchange ${order.exchange}`);
    require(order.counterparty === account, `the quote is for ${order.counterparty ?? 'anybody'}, expected ${account}`);
    require(order.size <= size, `the quote is for ${order.size} packages, ${size} were asked for`);
    const isReverse =
        order.legs.length === legs.length &&
        order.legs.every(({ market, contract: { kind, slot, number }, ratio }, index) => {
            const leg = legs[index];
            const isSame = leg?.market === market && leg.contract.kind === kind && leg.contract.slot === slot;
            return isSame && leg.contract.number === number && leg.ratio === -ratio;
        });
    require(isReverse, 'the quote is for other legs than were asked for');
    const prices = order.legs.map(({ price }) => price);
    const { account: maker, expiresAt } = order;
    return { signed, order, maker, expiresAt, size: order.size, prices, net: netOf(state, legs, prices) };
}

async function ask(
    url: string,
    path: string,
    { abortSignal }: RelayOptions,
    body?: unknown,
): Promise<Record<string, unknown>> {
    const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    let response: Response;
    let text: string;
    try {
        response = await fetch(new URL(path, folder(url)), {
            ...init,
            headers: { 'content-type': 'application/json' },
            signal: abortSignal ?? AbortSignal.timeout(PATIENCE),
        });
        text = await response.text();
    } catch (cause) {
        throw new RelayError('the relay does not answer', undefined, undefined, { cause });
    }
    const answer = parse(text);
    if (!response.ok || !answer) {
        const error = answer?.['error'] as { readonly code?: string; readonly message?: string } | undefined;
        throw new RelayError(error?.message ?? `the relay answers ${response.status}`, error?.code, response.status);
    }
    return answer;
}

/** The address as a folder, so that a relay may stand below one. */
function folder(url: string): string {
    return url.endsWith('/') ? url : `${url}/`;
}

function parse(text: string): Record<string, unknown> | undefined {
    try {
        const value: unknown = JSON.parse(text);
        return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
    } catch {
        return undefined;
    }
}

/** An event; nothing for what a later relay may say besides. */
function eventOf(data: unknown): RelayEvent | undefined {
    const value = parse(String(data));
    const type = (['fill', 'order', 'quote'] as const).find((name) => name === value?.['type']);
    return value && type ? { ...value, type } : undefined;
}

function base64(bytes: Uint8Array | ReadonlyUint8Array): string {
    return getBase64Decoder().decode(bytes);
}

function bytesOf(text: unknown): Uint8Array {
    return Uint8Array.from(getBase64Encoder().encode(String(text)));
}

// The relay client against a stand-in that answers what it is told; quotes are really signed, by a trader of a local network.

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';

import {
    ANY_FEE,
    RelayError,
    decodeOrder,
    fetchRelayInfo,
    findMarginAccount,
    findMarket,
    followRelay,
    perpetual,
    requestQuotes,
    signOrder,
    submitOrder,
    takingOrder,
    toTicks,
    type ExchangeState,
    type Order,
    type QuoteRequest,
    type RelayEvent,
    type SignedOrder,
} from '@ballast/client';
import type { LocalNetwork } from '@ballast/localnet';
import { WebSocket } from 'ws';

import { startStandIn, type StandIn } from './relay-stand-in.js';
import { signerOf, startNetwork, stateOf } from './support.js';

let network: LocalNetwork;
let relay: StandIn;
let state: ExchangeState;
let request: QuoteRequest;
let quoted: Order;
before(async () => {
    [network, relay] = await Promise.all([startNetwork(), startStandIn()]);
    state = await stateOf(network);
    const { exchange } = network.description;
    const [account, maker] = await Promise.all(
        ['alice', 'maker'].map((name) => findMarginAccount({ exchange, owner: signerOf(network, name).address })),
    );
    assert.ok(account && maker);
    const btc = findMarket(state, 'BTC').data;
    request = { account, legs: [{ market: btc.number, contract: perpetual(), ratio: 1 }], size: 10 };
    quoted = {
        domain: new Uint8Array(16).fill(7),
        exchange,
        account: maker,
        nonce: 1n,
        expiresAt: state.moment.now + 60n,
        maximumFee: ANY_FEE,
        size: 10,
        minimumFill: 1,
        role: 'resting',
        reduceOnly: false,
        claimsRebates: false,
        counterparty: account,
        legs: [{ market: btc.number, contract: perpetual(), ratio: -1, price: toTicks(btc, '100000.01') }],
    };
});
after(async () => {
    relay.stop();
    await network.stop();
});
beforeEach(() => relay.answers.clear());

const base64 = (bytes: Iterable<number>) => Buffer.from(Uint8Array.from(bytes)).toString('base64');

/** A quote as a relay would pass it on. */
function passedOn(id: string, { message, signer, signature }: SignedOrder) {
    return { id, signer, message: base64(message), signature: base64(signature), net: '0', prices: ['1'] };
}

const signedBy = (name: string, change: Partial<Order> = {}) =>
    signOrder(signerOf(network, name), { ...quoted, ...change });

test('quotes are what their makers signed, cheapest first, whatever the relay says of them', async () => {
    const [leg] = quoted.legs;
    assert.ok(leg);
    const cheaper = await signedBy('maker', { nonce: 2n, size: 4, legs: [{ ...leg, price: leg.price - 100n }] });
    relay.answers.set('/v1/requests', [
        200,
        { id: 'r', expiresAt: '5', quotes: [passedOn('a', await signedBy('maker')), passedOn('b', cheaper)] },
    ]);
    const { id, quotes, rejected } = await requestQuotes(relay.url, state, request);
    assert.equal(id, 'r');
    assert.deepEqual(rejected, []);
    // 0.00001 BTC at 100,000.01 USD is 1.0000001 USD, rounded up to the µUSD; at 99,999.01 it is 0.9999901.
    assert.deepEqual(
        quotes.map((quote) => [quote.id, quote.net, quote.size, quote.prices, quote.maker]),
        [
            ['b', 999_991n, 4, [9_999_901n], quoted.account],
            ['a', 1_000_001n, 10, [10_000_001n], quoted.account],
        ],
    );
    const asked = relay.asked.findLast(({ path }) => path === '/v1/requests')?.body;
    assert.deepEqual(asked, {
        account: request.account,
        legs: [{ market: 1, contract: { kind: 1, slot: 0, number: 0 }, ratio: 1 }],
        size: 10,
    });
});

test('what is no quote for what was asked is told apart, and why', async () => {
    const [leg] = quoted.legs;
    assert.ok(leg);
    const honest = await signedBy('maker');
    const forged = { ...honest, signature: (await signedBy('bob', { nonce: 3n })).signature };
    const others: readonly (readonly [string, SignedOrder])[] = [
        ['forged', forged],
        ['taking', await signedBy('maker', { role: 'taking' })],
        ['for bob', await signedBy('maker', { counterparty: quoted.account })],
        ['for anybody', await signedBy('maker', { counterparty: undefined })],
        ['too large', await signedBy('maker', { size: 11 })],
        ['same side', await signedBy('maker', { legs: [{ ...leg, ratio: 1 }] })],
        ['another market', await signedBy('maker', { legs: [{ ...leg, market: 2 }] })],
        ['elsewhere', await signedBy('maker', { exchange: quoted.account })],
    ];
    const quotes = [
        ...others.map(([id, signed]) => passedOn(id, signed)),
        { ...passedOn('torn', honest), message: 'AA==' },
    ];
    relay.answers.set('/v1/requests', [200, { id: 'r', quotes }]);
    const answer = await requestQuotes(relay.url, state, request);
    assert.deepEqual(answer.quotes, []);
    assert.deepEqual(
        answer.rejected.map(({ id }) => id),
        [...others.map(([id]) => id), 'torn'],
    );
    const whys = answer.rejected.map(({ why }) => why).join('\n');
    for (const why of [
        /did not sign the quote/,
        /a taking order/,
        /for anybody, expected/,
        /for 11 packages, 10 were asked for/,
        /other legs/,
        /for exchange/,
        /ends early/,
    ]) {
        assert.match(whys, why);
    }
});

test('an order is handed in with the quote that it takes', async () => {
    const { exchange } = network.description;
    const signer = signerOf(network, 'alice');
    const order = takingOrder(quoted, { domain: new Uint8Array(16), exchange, account: request.account, nonce: 5n });
    assert.deepEqual(
        order.legs.map(({ ratio, price }) => [ratio, price]),
        [[1, 10_000_001n]],
    );
    const signed = await signOrder(signer, order);
    relay.answers.set('/v1/orders', [
        200,
        { id: 'o', status: 'filled', fills: [{ signature: 'landed', units: 10, legs: [] }], refusal: null },
    ]);
    const outcome = await submitOrder(relay.url, signed, { quote: 'a' });
    assert.deepEqual(outcome, { id: 'o', status: 'filled', fills: [{ signature: 'landed', units: 10 }] });
    const asked = relay.asked.at(-1)?.body as { message: string; signer: string; signature: string; quote: string };
    assert.deepEqual([asked.quote, asked.signer], ['a', signer.address]);
    assert.deepEqual(decodeOrder(Uint8Array.from(Buffer.from(asked.message, 'base64'))).nonce, 5n);
    assert.equal(asked.signature, base64(signed.signature));

    const refusal = { name: 'BelowInitialMargin', code: 6500, message: 'below initial margin' };
    relay.answers.set('/v1/orders', [200, { id: 'o', status: 'refused', fills: [], refusal }]);
    assert.deepEqual(await submitOrder(relay.url, signed), { id: 'o', status: 'refused', fills: [], refusal });
    relay.answers.set('/v1/orders', [200, { id: 'o', status: 'lost' }]);
    await assert.rejects(submitOrder(relay.url, signed), /the relay says lost, expected resting, filled/);
});

test('a relay that refuses, talks nonsense or is silent says so', async () => {
    const why = async (answer: Promise<unknown>) => {
        const error: unknown = await answer.then(
            () => assert.fail('there was an answer'),
            (thrown: unknown) => thrown,
        );
        assert.ok(error instanceof RelayError);
        return [error.status, error.code, error.message];
    };
    relay.answers.set('/v1/info', [429, { error: { code: 'tooManyRequests', message: 'wait a second' } }]);
    assert.deepEqual(await why(fetchRelayInfo(relay.url)), [429, 'tooManyRequests', 'wait a second']);
    relay.answers.set('/v1/info', [502, 'bad gateway']);
    assert.deepEqual(await why(fetchRelayInfo(relay.url)), [502, undefined, 'the relay answers 502']);
    relay.answers.set('/v1/info', [200, 'hello']);
    assert.deepEqual(await why(fetchRelayInfo(relay.url)), [200, undefined, 'the relay answers 200']);
    assert.deepEqual(await why(fetchRelayInfo('http://127.0.0.1:9/')), [
        undefined,
        undefined,
        'the relay does not answer',
    ]);
    const aborted = fetchRelayInfo(relay.url, { abortSignal: AbortSignal.abort() });
    assert.deepEqual(await why(aborted), [undefined, undefined, 'the relay does not answer']);
    relay.answers.set('/v1/info', [200, { exchange: 'e', payer: 'p', makers: 2, quoteWindowMillis: '400' }]);
    assert.deepEqual(await fetchRelayInfo(`${relay.url}/`), {
        exchange: 'e',
        payer: 'p',
        makers: 2,
        quoteWindowMillis: 400,
    });
});

test('what becomes of orders is followed until the reader stops, and until the relay hangs up', async () => {
    const abort = new AbortController();
    relay.events = {
        texts: ['{"type":"order","left":3}', 'nonsense', '{"type":"later"}', '{"type":"fill"}'],
        hangsUp: false,
    };
    const events: RelayEvent[] = [];
    for await (const event of followRelay(relay.url, request.account, abort.signal, { WebSocket })) {
        events.push(event);
        if (events.length === 2) abort.abort();
    }
    assert.deepEqual(events, [{ type: 'order', left: 3 }, { type: 'fill' }]);
    assert.equal(relay.asked.at(-1)?.path, `/v1/stream?account=${request.account}`);

    relay.events = { texts: ['{"type":"fill"}'], hangsUp: true };
    const more: RelayEvent[] = [];
    const following = async () => {
        for await (const event of followRelay(relay.url, request.account, new AbortController().signal, {
            WebSocket,
        })) {
            more.push(event);
        }
    };
    await assert.rejects(following(), RelayError);
    assert.deepEqual(more, [{ type: 'fill' }]);
});

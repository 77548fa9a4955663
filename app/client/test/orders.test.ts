// Signed orders: the vectors of docs/orders.md, and two orders matched on the local network.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { createKeyPairSignerFromPrivateKeyBytes, type Signature } from '@solana/kit';
import {
    ANY_FEE,
    cancelOrders,
    cancelPlacedOrder,
    cancellation,
    decodeOrder,
    encodeOrder,
    fetchEvents,
    fetchPlacedOrders,
    findMarket,
    matchOrders,
    matchQuote,
    nextNonce,
    openOrderRecords,
    orderId,
    perpetual,
    placeOrder,
    readOrderRecords,
    remainsOf,
    send,
    signOrder,
    verifyOrder,
    type Action,
    type Order,
    type OrderRecords,
    type RefusedError,
    type Trader,
} from '@ballast/client';
import type { LocalNetwork } from '@ballast/localnet';

import { bytesOf, hexOf, orderOf, signerOf, startNetwork, stateOf, tablesOf, traderOf, VECTORS } from './support.js';

let network: LocalNetwork;
before(async () => {
    network = await startNetwork();
});
after(() => network.stop());

for (const vector of VECTORS.orders) {
    test(`the bytes, the id and the signature of ${vector.name}`, async () => {
        const order = orderOf(vector.order);
        const message = encodeOrder(order);
        assert.equal(hexOf(message), vector.message);
        assert.deepEqual(decodeOrder(message), order);
        assert.equal(hexOf(await orderId(message)), vector.id);
        const signed = await signOrder(await createKeyPairSignerFromPrivateKeyBytes(bytesOf(VECTORS.seed)), order);
        assert.equal(hexOf(signed.signature), vector.signature);
        assert.ok(await verifyOrder(signed));
        const forged = message.slice();
        // Another nonce.
        forged[96] = (forged[96] ?? 0) ^ 1;
        assert.ok(!(await verifyOrder({ ...signed, message: forged })));
    });
}

for (const { name, message } of VECTORS.refused) {
    test(`${name} is refused`, () => {
        assert.throws(() => decodeOrder(bytesOf(message)));
    });
}

/** Opens the order records of these traders unless they are open. */
async function openRecords(...traders: readonly Trader[]): Promise<void> {
    for (const { account, owner } of traders) {
        if (await readOrderRecords(network.connection.rpc, account.address)) continue;
        await send(network.connection, { feePayer: owner, action: await openOrderRecords(account.address, owner) });
    }
}

/** The records of a trader. */
async function recordsOf({ account }: Trader): Promise<OrderRecords> {
    const records = await readOrderRecords(network.connection.rpc, account.address);
    assert.ok(records);
    return records.data;
}

/** A limit on ten times 0.001 BTC's perpetual at the index. */
async function orderFor(who: Trader, role: 'taking' | 'resting', ratio: number, nonce: bigint): Promise<Order> {
    const state = await stateOf(network);
    const btc = findMarket(state, 'BTC').data;
    return {
        domain: Uint8Array.from((await recordsOf(who)).domain),
        exchange: network.description.exchange,
        account: who.account.address,
        nonce,
        expiresAt: state.moment.now + 600n,
        maximumFee: ANY_FEE,
        size: 10,
        minimumFill: 1,
        role,
        reduceOnly: false,
        claimsRebates: false,
        legs: [{ market: btc.number, contract: perpetual(), ratio, price: btc.price }],
    };
}

/** Sends and holds what was used against what was asked for. */
async function sendWithinLimit(feePayer: Trader['owner'], action: Action): Promise<Signature> {
    const { connection } = network;
    const signature = await send(connection, { feePayer, action, lookupTables: tablesOf(network), priorityFee: 10n });
    const config = { commitment: 'confirmed', encoding: 'json', maxSupportedTransactionVersion: 0 } as const;
    const transaction = await connection.rpc.getTransaction(signature, config).send();
    const used = Number(transaction?.meta?.computeUnitsConsumed);
    assert.ok(used > 0 && used <= action.computeUnits, `${used} of ${action.computeUnits} compute units`);
    return signature;
}

test('two signed orders are matched by somebody else', async () => {
    const { connection } = network;
    const [taker, maker, matcher] = (await Promise.all(
        ['alice', 'maker', 'carol'].map((name) => traderOf(network, name)),
    )) as [Trader, Trader, Trader];
    await openRecords(taker, maker);
    const state = await stateOf(network);
    const signed = async (name: string, who: Trader, role: 'taking' | 'resting', ratio: number) =>
        signOrder(signerOf(network, name), await orderFor(who, role, ratio, 1n));
    const orders = {
        taker: { account: taker.account, order: await signed('alice', taker, 'taking', 1_000), units: 4 },
        maker: { account: maker.account, order: await signed('maker', maker, 'resting', -1_000), units: 4 },
    };
    const action = await matchOrders(state, orders);
    const signature = await sendWithinLimit(matcher.owner, action);
    const lookupTables = tablesOf(network);
    const names = (await fetchEvents(connection.rpc, signature)).map(({ name }) => name);
    assert.deepEqual(names.slice(-2), ['OrderFilled', 'OrderFilled']);
    const held = (await traderOf(network, 'alice')).account.data.positions[0];
    assert.equal(held?.quantity, 4_000n);

    // A signature of somebody else's does not do, and the network says so before the program runs.
    const forged = { ...orders.maker, order: { ...orders.maker.order, signature: orders.taker.order.signature } };
    const wrong = await matchOrders(await stateOf(network), { ...orders, maker: forged });
    await assert.rejects(send(connection, { feePayer: matcher.owner, action: wrong, lookupTables }));
});

test('a quote is taken in one transaction, which the taker signs alone', async () => {
    const [taker, maker] = (await Promise.all(['bob', 'maker'].map((name) => traderOf(network, name)))) as [
        Trader,
        Trader,
    ];
    await openRecords(taker, maker);
    const quoted = { ...(await orderFor(maker, 'resting', -1_000, 20n)), counterparty: taker.account.address };
    const quote = await signOrder(signerOf(network, 'maker'), quoted);
    const records = await recordsOf(taker);
    const what = {
        account: taker.account,
        owner: taker.owner,
        domain: Uint8Array.from(records.domain),
        nonce: nextNonce(records),
        maker: maker.account,
        quote,
    };
    const signature = await sendWithinLimit(
        taker.owner,
        await matchQuote(await stateOf(network), { ...what, size: 4 }),
    );
    const filled = (await fetchEvents(network.connection.rpc, signature)).filter(({ name }) => name === 'OrderFilled');
    assert.deepEqual(
        filled.map((event) => 'filled' in event && [event.account, event.filled]),
        [
            [taker.account.address, 4],
            [maker.account.address, 4],
        ],
    );
    assert.equal((await traderOf(network, 'bob')).account.data.positions[0]?.quantity, 4_000n);

    // Six packages are left of the quote, and no more.
    const now = (await stateOf(network)).moment.now;
    assert.deepEqual(remainsOf(await recordsOf(maker), quoted, await orderId(quote.message), now), { left: 6 });
    const again = { ...what, account: (await traderOf(network, 'bob')).account, nonce: what.nonce + 1n };
    await assert.rejects(
        sendWithinLimit(taker.owner, await matchQuote(await stateOf(network), again)),
        (error: RefusedError) => error.errorName === 'OrderExceeded',
    );
    await sendWithinLimit(taker.owner, await matchQuote(await stateOf(network), { ...again, size: 6 }));
    assert.deepEqual(remainsOf(await recordsOf(maker), quoted, await orderId(quote.message), now), {
        left: 0,
        why: 'filled',
    });
    // It is for bob alone.
    const carol = await traderOf(network, 'carol');
    await assert.rejects(
        matchQuote(await stateOf(network), { ...again, account: carol.account, owner: carol.owner }),
        /the quote is for \w+, not for/,
    );
});

test('placed orders are read, matched with each other, and cancelled', async () => {
    const { rpc } = network.connection;
    const [taker, maker] = (await Promise.all(['carol', 'maker'].map((name) => traderOf(network, name)))) as [
        Trader,
        Trader,
    ];
    await openRecords(taker, maker);
    const [taking, resting] = [
        await orderFor(taker, 'taking', 1_000, 3n),
        await orderFor(maker, 'resting', -1_000, 30n),
    ];
    await sendWithinLimit(taker.owner, await placeOrder(taker.owner, taking));
    await sendWithinLimit(maker.owner, await placeOrder(maker.owner, resting));
    const [placed, ...others] = await fetchPlacedOrders(rpc, taker.account.address);
    const [rests] = await fetchPlacedOrders(rpc, maker.account.address);
    assert.ok(placed && rests && others.length === 0);
    assert.deepEqual(placed.order, { ...taking, counterparty: undefined, netLimit: undefined });
    assert.equal(placed.data.signer, taker.owner.address);

    const action = await matchOrders(await stateOf(network), {
        taker: { account: taker.account, order: placed, units: 3 },
        maker: { account: maker.account, order: rests, units: 3 },
    });
    // Nobody's signature but that of who pays: prices, match.
    assert.equal(action.instructions.length, 2);
    await sendWithinLimit(signerOf(network, 'alice'), action);
    const { now } = (await stateOf(network)).moment;
    const remains = async () => remainsOf(await recordsOf(taker), placed.order, await orderId(placed.message), now);
    assert.deepEqual(await remains(), { left: 7 });
    assert.equal(nextNonce(await recordsOf(taker)), 4n);

    const account = taker.account.address;
    const one = cancellation('One', { nonce: 3n, expiresAt: taking.expiresAt });
    await sendWithinLimit(taker.owner, await cancelOrders(account, taker.owner, one));
    assert.deepEqual(await remains(), { left: 0, why: 'cancelled' });
    await sendWithinLimit(taker.owner, await cancelOrders(account, taker.owner, cancellation('Below', { nonce: 50n })));
    assert.equal(nextNonce(await recordsOf(taker)), 50n);
    await sendWithinLimit(taker.owner, await cancelOrders(account, taker.owner, cancellation('All')));
    assert.deepEqual(await remains(), { left: 0, why: 'another domain' });
    await sendWithinLimit(taker.owner, cancelPlacedOrder(taker.owner, placed));
    assert.deepEqual(await fetchPlacedOrders(rpc, account), []);
});

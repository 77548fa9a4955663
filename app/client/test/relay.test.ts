// Orders through the relay: one that takes what it crosses, and rests otherwise.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import {
    RelayError,
    findMarket,
    openOrderRecords,
    perpetual,
    send,
    signOrder,
    submitOrder,
    takingOrder,
    type Order,
} from '@ballast/client';
import type { LocalNetwork } from '@ballast/localnet';

import { signerOf, startNetwork, startServicesOf, stateOf, traderOf } from './support.js';

let network: LocalNetwork;
let services: Awaited<ReturnType<typeof startServicesOf>>;
before(async () => {
    network = await startNetwork('prices');
    services = await startServicesOf(network);
});
after(async () => {
    await services?.stop();
    await network?.stop();
});

test('who comes later gets the price of the order that rests, or rests himself', async () => {
    const { relayUrl } = services;
    for (const name of ['alice', 'bob']) {
        const { account, owner } = await traderOf(network, name);
        await send(network.connection, { feePayer: owner, action: await openOrderRecords(account.address, owner) });
    }
    const state = await stateOf(network);
    const btc = findMarket(state, 'BTC').data;
    const taking = async (name: string, ratio: number, price: bigint): Promise<Order> => {
        const account = (await traderOf(network, name)).account.address;
        const legs = [{ market: btc.number, contract: perpetual(), ratio, price }];
        return takingOrder(network.connection.rpc, state, { account, legs, size: 1 });
    };
    const signed = (name: string, order: Order) => signOrder(signerOf(network, name), order);

    const offer: Order = { ...(await taking('bob', -1_000, btc.price + 100n)), role: 'resting' };
    assert.equal((await submitOrder(relayUrl, await signed('bob', offer))).status, 'resting');
    const buy = await taking('alice', 1_000, btc.price + 200n);
    const outcome = await submitOrder(
        relayUrl,
        await signed('alice', buy),
        undefined,
        await signed('alice', { ...buy, role: 'resting' }),
    );
    assert.equal(outcome.status, 'filled', outcome.refusal?.message);
    assert.equal(outcome.fills[0]?.legs[0]?.price, btc.price + 100n);

    const again = await taking('alice', 1_000, btc.price + 200n);
    const rests = await signed('alice', { ...again, role: 'resting' });
    const rested = await submitOrder(relayUrl, await signed('alice', again), undefined, rests);
    assert.equal(rested.status, 'resting', rested.refusal?.message);
    await assert.rejects(
        submitOrder(relayUrl, await signed('alice', { ...again, nonce: again.nonce + 1n }), undefined, rests),
        (error) => error instanceof RelayError && error.code === 'noAlternative',
    );
});

// Signed orders: the vectors of docs/orders.md, and two orders matched on the local network.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';

import { createKeyPairSignerFromPrivateKeyBytes, getAddressDecoder, type Address } from '@solana/kit';
import {
    ANY_FEE,
    decodeOrder,
    encodeOrder,
    fetchEvents,
    fetchOrderRecords,
    findMarket,
    findOrderRecordsPda,
    matchOrders,
    openOrderRecords,
    orderId,
    perpetual,
    send,
    signOrder,
    verifyOrder,
    type Order,
    type Trader,
} from '@ballast/client';
import type { LocalNetwork } from '@ballast/localnet';

import { startNetwork, stateOf, tablesOf, traderOf } from './support.js';

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

const VECTORS = JSON.parse(
    readFileSync(new URL('../../../docs/order-vectors.json', import.meta.url), 'utf8'),
) as Vectors;

let network: LocalNetwork;
before(async () => {
    network = await startNetwork();
});
after(() => network.stop());

const bytesOf = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'));
const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const addressOf = (hex: string): Address => getAddressDecoder().decode(bytesOf(hex));

for (const vector of VECTORS.orders) {
    test(`the bytes, the id and the signature of ${vector.name}`, async () => {
        const { legs, counterparty, netLimit, ...plain } = vector.order;
        const order: Order = {
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

test('two signed orders are matched by somebody else', async () => {
    const { connection, description } = network;
    const { exchange } = description;
    const [taker, maker, matcher] = (await Promise.all(
        ['alice', 'maker', 'carol'].map((name) => traderOf(network, name)),
    )) as [Trader, Trader, Trader];
    for (const { account, owner } of [taker, maker]) {
        await send(connection, { feePayer: owner, action: await openOrderRecords(account.address, owner) });
    }
    const state = await stateOf(network);
    const btc = findMarket(state, 'BTC').data;
    const signed = async (name: string, who: Trader, role: 'taking' | 'resting', ratio: number) => {
        const [records] = await findOrderRecordsPda({ account: who.account.address });
        const { data } = await fetchOrderRecords(connection.rpc, records);
        const signer = network.wallets.find((wallet) => wallet.name === name)?.signer;
        assert.ok(signer);
        return signOrder(signer, {
            domain: Uint8Array.from(data.domain),
            exchange,
            account: who.account.address,
            nonce: 1n,
            expiresAt: state.moment.now + 600n,
            maximumFee: ANY_FEE,
            size: 10,
            minimumFill: 1,
            role,
            reduceOnly: false,
            claimsRebates: false,
            legs: [{ market: btc.number, contract: perpetual(), ratio, price: btc.price }],
        });
    };
    const orders = {
        taker: { account: taker.account, order: await signed('alice', taker, 'taking', 1_000), units: 4 },
        maker: { account: maker.account, order: await signed('maker', maker, 'resting', -1_000), units: 4 },
    };
    const action = await matchOrders(state, orders);
    const lookupTables = tablesOf(network);
    const signature = await send(connection, { feePayer: matcher.owner, action, lookupTables, priorityFee: 10n });
    const config = { commitment: 'confirmed', encoding: 'json', maxSupportedTransactionVersion: 0 } as const;
    const transaction = await connection.rpc.getTransaction(signature, config).send();
    const used = Number(transaction?.meta?.computeUnitsConsumed);
    assert.ok(used <= action.computeUnits, `${used} of ${action.computeUnits}`);
    const names = (await fetchEvents(connection.rpc, signature)).map(({ name }) => name);
    assert.deepEqual(names.slice(-2), ['OrderFilled', 'OrderFilled']);
    const held = (await traderOf(network, 'alice')).account.data.positions[0];
    assert.equal(held?.quantity, 4_000n);

    // A signature of somebody else's does not do, and the network says so before the program runs.
    const forged = { ...orders.maker, order: { ...orders.maker.order, signature: orders.taker.order.signature } };
    const wrong = await matchOrders(await stateOf(network), { ...orders, maker: forged });
    await assert.rejects(send(connection, { feePayer: matcher.owner, action: wrong, lookupTables }));
});

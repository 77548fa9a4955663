// Orders in words: the words of crates/client/src/order_text.rs, for the orders of the vectors and for markets that are known.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import {
    ANY_FEE,
    findMarket,
    findOption,
    future,
    listedExpiries,
    orderText,
    perpetual,
    toLots,
    toTicks,
    type ExchangeState,
    type Order,
} from '@ballast/client';
import type { LocalNetwork } from '@ballast/localnet';
import type { Address } from '@solana/kit';

import { orderOf, startNetwork, stateOf, VECTORS } from './support.js';

let network: LocalNetwork;
let state: ExchangeState;
before(async () => {
    network = await startNetwork();
    state = await stateOf(network);
});
after(() => network.stop());

test('markets that are not known stay numbers', () => {
    const nothing = { markets: new Map() };
    const [perpetualLimit, condor] = VECTORS.orders.slice(0, 2).map(({ order }) => orderText(orderOf(order), nothing));
    // The addresses of bytes that are all 0x22 and all 0x11, in the other implementation's base 58.
    const [account, exchange] = [
        '3JF3sEqM796hk5WFqA6EtmEwJQ9quALszsfJyvXNQKy3',
        '29d2S7vB453rNYFdR5Ycwt7y9haRT5fwVwL9zTmBhfV2',
    ];
    const end = `Account ${account} of exchange ${exchange}, domain 000102030405060708090a0b0c0d0e0f.\n`;
    assert.equal(
        perpetualLimit,
        "Taking order: filled at the other side's prices, within these limits.\n" +
            'Buys 1000 market 1 perpetual at most 10000000 USD.\n' +
            'Packages: 10, at least 1 at a time.\n' +
            'Fees: at most 2.5 USD.\n' +
            'With any account of another owner.\n' +
            `Ends at Unix second 1767600600; nonce 1.\n${end}`,
    );
    assert.equal(
        condor,
        "Taking order: filled at the other side's prices, within these limits.\n" +
            'Sells 10000 market 1 contract 4 5.\n' +
            'Buys 10000 market 1 contract 4 7.\n' +
            'Buys 10000 market 1 contract 5 2.\n' +
            'Sells 10000 market 1 contract 5 4.\n' +
            'Each package brings at least 1.234567 USD in all.\n' +
            'Packages: 5, at least 5 at a time.\n' +
            'Fees: at most 2.5 USD.\n' +
            'With any account of another owner.\n' +
            `Ends at Unix second 1767600600; nonce 2.\n${end}`,
    );
});

test('markets that are known have names, decimals, strikes and times', () => {
    const btc = findMarket(state, 'BTC').data;
    const [soon] = listedExpiries(btc);
    assert.ok(soon);
    const { expiresAt } = soon;
    const call = findOption(btc, { expiresAt, strike: toTicks(btc, '100000'), kind: 'call' });
    const address = findMarket(state, 'BTC').address;
    const order: Order = {
        domain: new Uint8Array(16).fill(0xab),
        exchange: address,
        account: address,
        nonce: 9n,
        expiresAt: 5n,
        maximumFee: ANY_FEE,
        size: 2,
        minimumFill: 2,
        role: 'resting',
        reduceOnly: true,
        claimsRebates: true,
        counterparty: '11111111111111111111111111111111' as Address,
        legs: [
            { market: 1, contract: perpetual(), ratio: Number(toLots(btc, '0.25')), price: toTicks(btc, '100000.5') },
            { market: 1, contract: future(soon), ratio: -Number(toLots(btc, '1')), price: toTicks(btc, '99999') },
            { market: 1, contract: call.contract, ratio: -1, price: toTicks(btc, '0.01') },
        ],
    };
    assert.equal(
        orderText(order, state),
        'Resting order: filled at exactly these prices.\n' +
            'Buys 0.25 BTC perpetual at 100000.5 USD.\n' +
            `Sells 1 BTC future of Unix second ${expiresAt} at 99999 USD.\n` +
            `Sells 0.00001 BTC 100000 call of Unix second ${expiresAt} at 0.01 USD.\n` +
            'Packages: 2, at least 2 at a time.\n' +
            'Fees: whatever the exchange charges.\n' +
            'Only reduces positions.\n' +
            'Claims rebates.\n' +
            'Only with account 11111111111111111111111111111111.\n' +
            'Ends at Unix second 5; nonce 9.\n' +
            `Account ${address} of exchange ${address}, domain ${'ab'.repeat(16)}.\n`,
    );
    // A series that has gone, whose slot another one has: its number says that it is not known.
    const [, , leg] = order.legs;
    assert.ok(leg);
    const gone = { ...leg, contract: { ...leg.contract, number: 9_999 } };
    assert.match(orderText({ ...order, legs: [gone] }, state), /Sells 0\.00001 BTC call 9999 at 0\.01 USD\./);
});

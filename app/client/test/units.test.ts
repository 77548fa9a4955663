import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
    fromLots,
    fromMicroUsd,
    fromNative,
    fromTicks,
    messageOf,
    readEvents,
    toLots,
    toMicroUsd,
    toNative,
    toTicks,
} from '@ballast/client';

test('amounts go both ways, digit by digit', () => {
    const market = { priceDecimals: 2, quantityDecimals: 5 };
    assert.equal(toLots(market, '-0.00001'), -1n);
    assert.equal(fromLots(market, -150_000n), '-1.5');
    assert.equal(toTicks(market, '99999.99'), 9_999_999n);
    assert.equal(fromTicks(market, 5n), '0.05');
    assert.equal(toNative({ tokenDecimals: 9 }, '18446744073.709551615'), 2n ** 64n - 1n);
    assert.equal(fromNative({ tokenDecimals: 9 }, 2n ** 64n - 1n), '18446744073.709551615');
    assert.equal(toMicroUsd('-12.5'), -12_500_000n);
    assert.equal(fromMicroUsd(1n), '0.000001');
});

test('nothing is rounded, and nothing else is taken for an amount', () => {
    const market = { priceDecimals: 2, quantityDecimals: 5 };
    for (const text of ['0.000001', 'x', '', '1e400', 'NaN']) assert.throws(() => toLots(market, text), text);
    assert.throws(() => toTicks(market, '-1'));
    assert.throws(() => toNative({ tokenDecimals: 0 }, '18446744073709551616'));
});

test('the program has words for its codes, and for no others', () => {
    assert.equal(messageOf(6_000), "The signer is not the exchange's governance");
    assert.equal(messageOf(5_999), undefined);
});

test('what other programs log is no event', () => {
    const data = 'Program data: UwAAAAAAAAA=';
    const logs = [
        'Program 11111111111111111111111111111111 invoke [1]',
        data,
        'Program 11111111111111111111111111111111 success',
        data,
    ];
    assert.deepEqual(readEvents(logs), []);
});

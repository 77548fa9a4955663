import assert from 'node:assert/strict';
import { test } from 'node:test';

import { age, axisUsd, decimal, expiryName, fixed, multiple, percentOf, usd, usdShort } from '../src/lib/format.js';

test('amounts keep every digit and round half away from zero', () => {
    assert.equal(usd(1_234_567_890_123n), '1,234,567.89');
    assert.equal(usd(-1_005_000n), '−1.01');
    assert.equal(usd(9_007_199_254_740_993n, { digits: 6 }), '9,007,199,254.740993');
    assert.equal(fixed(5n, 2), '0.05');
    assert.equal(fixed(5n, 0, { digits: 2 }), '5.00');
});

test('what rounds to nothing has no sign', () => {
    assert.equal(usd(-4_000n), '0.00');
    assert.equal(usd(4_000n, { signed: true }), '0.00');
    assert.equal(usd(5_000n, { signed: true }), '+0.01');
});

test('short amounts change their unit, not their meaning', () => {
    assert.equal(usdShort(-13_500_000_000n), '−13.5\u202fk');
    assert.equal(usdShort(999_000_000n), '999');
    assert.equal(usdShort(5_000_000_000_000n, { signed: true }), '+5.00\u202fM');
});

test('shares are exact, and dashes where there is no whole', () => {
    assert.equal(percentOf(1n, 3n), '33.3\u202f%');
    assert.equal(percentOf(-1n, 8n, { signed: true }), '−12.5\u202f%');
    assert.equal(percentOf(1n, 0n), '–');
    assert.equal(multiple(10n, 4n), '2.50×');
    assert.equal(multiple(10n, -4n), '–');
    assert.equal(decimal(Number.NaN), '–');
});

test('axes say levels in few digits', () => {
    assert.equal(axisUsd(-2_000), '−2\u202fk');
    assert.equal(axisUsd(1_250_000), '1.25\u202fM');
    assert.equal(axisUsd(0), '0');
});

test('dates and ages', () => {
    assert.equal(expiryName(1_798_272_000n), '26DEC26');
    assert.equal(age(-1), '0\u202fs');
    assert.equal(age(7_300), '2\u202fh');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { payoutAt, zeros } from '../src/lib/payoff.js';

test('a condor pays the same wherever the price ends beyond its wings', () => {
    const leg = (kind: 'call' | 'put', strike: number, quantity: number) => ({ kind, strike, quantity, ledger: 0 });
    const condor = [leg('put', 80, 1), leg('put', 90, -1), leg('call', 110, -1), leg('call', 120, 1)];
    assert.deepEqual(
        [10, 80, 85, 90, 100, 110, 115, 120, 500].map((price) => payoutAt(price, condor)),
        [-10, -10, -5, 0, 0, 0, -5, -10, -10],
    );
});

test('a future pays its settlement price, less what it cost', () => {
    assert.equal(payoutAt(105, [{ kind: 'future', strike: 0, quantity: 2, ledger: -200 }]), 10);
});

test('a line breaks even between the points where its sign changes', () => {
    assert.deepEqual(zeros([0, 10, 20, 30], [-5, 5, 5, -15]), [5, 22.5]);
    assert.deepEqual(zeros([0, 10], [null, 5]), []);
});

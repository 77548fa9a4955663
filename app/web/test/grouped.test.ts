// Positions as the overview groups them.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Described } from '../src/lib/contracts.js';
import { grouped, groupKey, type PositionRow } from '../src/screens/figures.js';

test('positions are grouped by underlying, then by expiry: what never expires first, then the nearest', () => {
    const row = (index: number, market: string, kind: Described['kind'], expiresAt?: bigint) =>
        ({ index, what: { market, kind, ...(expiresAt === undefined ? {} : { expiresAt }) } }) as PositionRow;
    // Slots of expiries are used again, so positions come in no order of time.
    const rows = [
        row(0, 'BTC', 'perpetual'),
        row(1, 'BTC', 'put', 900n),
        row(2, 'BTC', 'future', 300n),
        row(3, 'BTC', 'call', 900n),
        row(4, 'ETH', 'claim', 200n),
    ];
    const shown = grouped(rows).map(({ market, rows: all, expiries }) => [
        market,
        groupKey(all),
        ...expiries.map(({ expiresAt, rows: its }) => `${expiresAt}: ${groupKey(its)}`),
    ]);
    assert.deepEqual(shown, [
        ['BTC', '0,1,2,3', 'undefined: 0', '300: 2', '900: 1,3'],
        ['ETH', '4', '200: 4'],
    ]);
    assert.deepEqual(grouped([]), []);
});

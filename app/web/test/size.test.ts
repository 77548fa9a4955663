// The steps of the size slider.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { legsAt, stepOf, stepsOf } from '../src/lib/size.js';
import type { LegSpec } from '../src/lib/url.js';

const legs = (...lots: bigint[]): LegSpec[] => lots.map((it) => ({ market: 'BTC', kind: 'perpetual', lots: it }));
const lotsOf = (some: readonly LegSpec[]) => some.map(({ lots }) => lots);

test('every step is told from the legs that it makes, and none is larger than the largest', () => {
    for (const largest of [legs(1n), legs(-7n), legs(101n), legs(-199n, 333n), legs(50_000n, -100_001n, 3n)]) {
        const steps = stepsOf(largest);
        for (let step = 0n; step <= steps; step += 1n) {
            const made = legsAt(largest, step);
            assert.equal(stepOf(largest, made), step);
            assert.equal(made.length, step === 0n ? 0 : largest.length);
            for (const [index, { lots }] of made.entries()) {
                const most = largest[index]?.lots ?? 0n;
                assert.ok(lots !== 0n && lots * most > 0n && lots * lots <= most * most, `${lots} of ${most}`);
            }
        }
        assert.deepEqual(legsAt(largest, steps), largest);
    }
});

test('there are no more steps than lots, and a hundred at most', () => {
    assert.equal(stepsOf(legs(3n, -1_000n)), 3n);
    assert.equal(stepsOf(legs(1_000n, -1_001n)), 100n);
    assert.deepEqual(lotsOf(legsAt(legs(3n, -1_000n), 1n)), [1n, -333n]);
});

test('legs that were typed are at the nearest step, or beyond the last', () => {
    assert.equal(stepOf(legs(1_000n), legs(374n)), 37n);
    assert.equal(stepOf(legs(1_000n), legs(2_500n)), 250n);
    assert.equal(stepOf(legs(1_000n), legs()), 0n);
});

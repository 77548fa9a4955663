import assert from 'node:assert/strict';
import { test } from 'node:test';

import { getBankDecoder, getMarketDecoder } from '@ballast/client';

import { withPrice } from '../src/engine/prices.js';

test('a moved price is the price, and nothing else', () => {
    for (const [layout, decoder] of [
        ['market', getMarketDecoder()],
        ['bank', getBankDecoder()],
    ] as const) {
        const before = Uint8Array.from({ length: decoder.fixedSize }, (_, index) => index % 7);
        const after = decoder.decode(withPrice(before, layout, 123_456_789n));
        assert.deepEqual(after, { ...decoder.decode(before), price: 123_456_789n });
    }
});

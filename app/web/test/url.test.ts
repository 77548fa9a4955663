import assert from 'node:assert/strict';
import { test } from 'node:test';

import { formatView, parseView, type View } from '../src/lib/url.js';

const SITE = 'http://127.0.0.1:8080/';

test('a view survives the address bar', () => {
    const view: View = {
        screen: 'build',
        account: 'Abi23WA6vHs3ueHZuUjyk1Z3jEG3tADUSCfvKfe7mNqt',
        onTop: false,
        legs: [
            { market: 'BTC', kind: 'put', expiresAt: 1_798_272_000n, strike: 8_000_000n, lots: -100_000n },
            { market: 'ETH', kind: 'perpetual', lots: 5n, price: 400_000n },
            { market: 'SOL', kind: 'future', expiresAt: 1_798_272_000n, lots: 1n },
        ],
    };
    assert.deepEqual(parseView(new URL(formatView(view), SITE)), view);
});

test('the explanation of a liquidation can be sent to somebody, from the monitor alone', () => {
    const view: View = {
        screen: 'monitor',
        liquidation: '5VERv8NMvzbJMEkV8xnrLkEaWRtSz9CosKDYjCJjBRnb',
        onTop: true,
        legs: [],
    };
    assert.deepEqual(parseView(new URL(formatView(view), SITE)), view);
    assert.equal(formatView({ ...view, screen: 'risk' }), '?screen=risk');
});

test('the plain address is the overview of nothing in particular', () => {
    assert.deepEqual(parseView(new URL(SITE)), { screen: 'overview', onTop: true, legs: [] });
    assert.equal(formatView({ screen: 'overview', onTop: true, legs: [] }), './');
});

test('what makes no sense in an address is left out', () => {
    const legs = [
        'BTC_C__8000000_1_',
        'BTC_C_1798272000__1_',
        'BTC_P___0_',
        'BTC_X___1_',
        'BTC_P___1e9_',
        '_P___1_',
        'BTC_P___7_',
    ];
    const view = parseView(new URL(`${SITE}?screen=nowhere#book=${legs.join('~')}`));
    assert.equal(view.screen, 'overview');
    assert.deepEqual(view.legs, [{ market: 'BTC', kind: 'perpetual', lots: 7n }]);
});

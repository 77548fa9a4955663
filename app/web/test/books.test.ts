// Books as files, and books that a browser keeps.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { getMarketDecoder, type Market } from '@ballast/client';

import { BookFileError, bookToCsv, bookToJson, readBook } from '../src/lib/books.js';
import { forgetBook, keepBook, keptBooks, type Shelf } from '../src/lib/shelf.js';
import type { LegSpec } from '../src/lib/url.js';

const CHRISTMAS = 1_798_185_600n; // 2026-12-25T08:00:00Z

function market(name: string): Market {
    const decoder = getMarketDecoder();
    const blank = decoder.decode(new Uint8Array(decoder.fixedSize));
    const expiries = blank.expiries.map((expiry, slot) =>
        slot === 0 ? { ...expiry, number: 1, status: 1, expiresAt: CHRISTMAS } : expiry,
    );
    const text = new TextEncoder().encode(name.padEnd(16, '\0'));
    return { ...blank, name: text, priceDecimals: 2, quantityDecimals: 5, expiries };
}

const MARKETS = [market('BTC'), market('ETH')];
const LEGS: readonly LegSpec[] = [
    { market: 'BTC', kind: 'put', expiresAt: CHRISTMAS, strike: 8_000_000n, lots: -50_000n },
    { market: 'ETH', kind: 'perpetual', lots: 123_456n, price: 400_001n },
    { market: 'BTC', kind: 'future', expiresAt: CHRISTMAS, lots: 1n },
];

function problemsOf(text: string): readonly string[] {
    try {
        readBook(text, MARKETS);
    } catch (error) {
        assert.ok(error instanceof BookFileError);
        return error.problems;
    }
    return [];
}

test('a book survives both kinds of file', () => {
    assert.deepEqual(readBook(bookToJson('Collar', LEGS, MARKETS), MARKETS), { name: 'Collar', legs: LEGS });
    assert.deepEqual(readBook(bookToCsv(LEGS, MARKETS), MARKETS), { name: undefined, legs: LEGS });
    assert.equal(bookToCsv(LEGS, MARKETS).split('\n')[1], 'BTC,put,2026-12-25T08:00:00Z,80000,-0.5,');
});

test('files of other programs are read: spreadsheets’ separators, days, letters of any size', () => {
    const text =
        '\uFEFFKind;Market;Quantity;Expiry;Strike\r\n"Call";btc;−0.5;25DEC26;100000\r\nput;BTC;1;2026-12-25;90000.5\r\n\r\n';
    assert.deepEqual(readBook(text, MARKETS).legs, [
        { market: 'BTC', kind: 'call', expiresAt: CHRISTMAS, strike: 10_000_000n, lots: -50_000n },
        { market: 'BTC', kind: 'put', expiresAt: CHRISTMAS, strike: 9_000_050n, lots: 100_000n },
    ]);
    assert.deepEqual(readBook('[{ "market": "ETH", "kind": "perpetual", "quantity": 2 }]', MARKETS).legs, [
        { market: 'ETH', kind: 'perpetual', lots: 200_000n },
    ]);
});

test('a file that is no book says what was expected, what came, and where', () => {
    assert.deepEqual(problemsOf(''), ['The file is empty.']);
    assert.match(problemsOf('{ "legs": [')[0] ?? '', /^The file is no JSON: /);
    assert.deepEqual(problemsOf('{ "name": "x" }'), ['The file has no list called "legs".']);
    assert.match(problemsOf('{ "format": "ballast-book", "version": 2, "legs": [] }')[0] ?? '', /version 2; expected/);
    assert.deepEqual(problemsOf('{ "legs": [] }'), ['The file has no legs.']);
    assert.match(problemsOf('hello')[0] ?? '', /neither JSON.*Missing: market, kind, quantity/);
    const rows = [
        'DOGE,call,,1,1,',
        'BTC,swap,,,1,',
        'BTC,perpetual,,,zero,',
        'BTC,perpetual,,,0,',
        'BTC,future,,,1,',
        'BTC,call,25DEC26,,1,',
        'BTC,perpetual,,,1,free',
        'BTC,perpetual,,,0.0000001,',
    ];
    const found = problemsOf(`market,kind,expiry,strike,quantity,price\n${rows.join('\n')}`);
    assert.equal(found[0], 'line 2: market: expected one of BTC, ETH, came "DOGE"');
    assert.equal(found[1], 'line 3: kind: expected one of perpetual, future, call, put, came "swap"');
    assert.match(found[2] ?? '', /^line 4: quantity: .* came "zero"$/);
    assert.match(found[3] ?? '', /^line 5: quantity: .* came "0"$/);
    assert.match(found[4] ?? '', /^line 6: expiry: expected a listed day such as 25DEC26, .* came nothing$/);
    assert.match(found[5] ?? '', /^line 7: strike: .* came nothing$/);
    assert.match(found[6] ?? '', /^line 8: price: .* came "free"$/);
    assert.match(found[7] ?? '', /^line 9: quantity: .* came "0.0000001"$/);
    const many = problemsOf(`market,kind,quantity\n${'BTC,swap,1\n'.repeat(20)}`);
    assert.equal(many.length, 9);
    assert.equal(many[8], '… and 12 more problems.');
    assert.match(problemsOf(`market,kind,quantity\n${'BTC,perpetual,1\n'.repeat(65)}`)[0] ?? '', /has 65 legs/);
    assert.match(problemsOf('x'.repeat(100_001))[0] ?? '', /100001 characters/);
});

function shelfOf(text?: string): Shelf {
    const kept = new Map(text === undefined ? [] : [['ballast.books', text]]);
    return { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => void kept.set(key, value) };
}

test('books are kept by name, and forgotten', () => {
    const shelf = shelfOf();
    assert.deepEqual(keptBooks(shelf), []);
    const collar = { name: 'Collar', legs: LEGS, onTop: false, savedAt: 5 };
    keepBook(shelf, { ...collar, name: 'Zebra' });
    assert.deepEqual(
        keepBook(shelf, collar).map(({ name }) => name),
        ['Collar', 'Zebra'],
    );
    assert.deepEqual(keptBooks(shelf)[0], collar);
    const replaced = keepBook(shelf, { ...collar, legs: LEGS.slice(0, 1) });
    assert.equal(replaced.length, 2);
    assert.equal(replaced[0]?.legs.length, 1);
    assert.deepEqual(
        forgetBook(shelf, 'Collar').map(({ name }) => name),
        ['Zebra'],
    );
});

test('what cannot be read on a shelf is passed over', () => {
    for (const text of ['', 'no JSON', '{}', '[1, null, { "name": "", "book": "BTC_P___1_" }]']) {
        assert.deepEqual(keptBooks(shelfOf(text)), []);
    }
    const some = keptBooks(shelfOf('[{ "name": "A", "book": "BTC_P___7_" }, { "name": "B", "book": "nonsense" }]'));
    assert.deepEqual(some, [
        { name: 'A', legs: [{ market: 'BTC', kind: 'perpetual', lots: 7n }], onTop: true, savedAt: 0 },
    ]);
});
